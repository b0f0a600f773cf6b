//! A denied unit applies anew only with new documents.

use quanheng_streams::RecertificationState;

use super::Asked;

/// Whether an application rests on at least one legal basis or duty document that the denied
/// one did not have.
pub(crate) fn brings_new(asked: &Asked, denied: &RecertificationState) -> bool {
    let (new, old) = (&asked.grounds, &denied.grounds);
    let bases = new.bases.iter().any(|basis| {
        !old.bases.iter().any(|other| {
            (other.kind, &other.title, &other.number, &other.article)
                == (basis.kind, &basis.title, &basis.number, &basis.article)
        })
    });
    let known = |one: &quanheng_recertification::DutyDocument| {
        old.duties.iter().any(|other| other.document == one.document)
    };
    bases || new.duties.iter().any(|one| !known(one))
}

//! 公示: who is proposed, in one posting.

use quanheng_forms::notice::{self, Contact, Notice};
use quanheng_runtime::Failure;

use super::{Candidate, Ground};

/// A notice for each posting: who was noticed for the same days under the same number.
///
/// # Errors
/// `CALENDAR_NOT_PUBLISHED` where the working days cannot be counted.
pub(super) fn forms(ground: &Ground, chosen: &[&Candidate]) -> Result<Vec<Notice>, Failure> {
    let mut forms: Vec<Notice> = Vec::new();
    for candidate in chosen {
        let Some(posted) = candidate.history.state.notice.as_ref() else { continue };
        let same = forms.iter_mut().find(|form| {
            (form.from, form.to) == (posted.from, posted.to) && form.contact.phone == posted.phone
        });
        match same {
            Some(form) => form.candidates.push(entry(ground, candidate, posted)),
            None => forms.push(begun(ground, candidate, posted)?),
        }
    }
    Ok(forms)
}

fn begun(
    ground: &Ground,
    candidate: &Candidate,
    posted: &quanheng_streams::Notice,
) -> Result<Notice, Failure> {
    let name = ground.name();
    let days = ground.calendar.count_working_days(posted.from, posted.to);
    let working_days = days.map_err(|error| {
        Failure::rule(error.code(), &name, error.to_string()).with("round", name.clone())
    })?;
    let unit = &ground.profile.name;
    Ok(Notice {
        issuer: unit.clone(),
        title: None,
        basis: Vec::new(),
        decided_by: format!("{}会议", ground.body()),
        candidates: vec![entry(ground, candidate, posted)],
        from: posted.from,
        to: posted.to,
        working_days,
        contact: Contact {
            receiver: unit.clone(),
            phone: posted.phone.clone(),
            ..Contact::default()
        },
        dated: posted.from,
    })
}

/// One candidate, as of the day of posting.
fn entry(
    ground: &Ground,
    candidate: &Candidate,
    posted: &quanheng_streams::Notice,
) -> notice::Candidate {
    let profile = candidate.profile();
    notice::Candidate {
        name: profile.name.clone(),
        sex: candidate.sex(),
        born: candidate.born(),
        education: candidate.education(),
        political_status: profile.political_status.clone(),
        present: candidate.position(ground, posted.from).text(),
        proposed_rank: candidate.proposed(ground),
    }
}

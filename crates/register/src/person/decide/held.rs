//! What is held under seal: assessments, commendations, sanctions, investigations,
//! relatives. It is not read here; only whether it exists is known.

use crate::Sealed;
use crate::facts::Facts;
use crate::id::FactId;
use crate::person::event::Event;
use crate::person::state::{FactKind, Person};
use crate::refusal::{Refusal, Refused};
use crate::text::{REMARK_CHARS_MAX, given};

/// At most so many facts of one kind about one person.
const FACTS_MAX: usize = 200;
/// No assessment is older.
const YEAR_MIN: i16 = 1949;

/// Records a fact under a name that is not taken.
pub(super) fn record(
    person: &Person,
    kind: FactKind,
    id: FactId,
    sealed: Sealed,
) -> Result<Vec<Event>, Refused> {
    fresh(person, kind, &id)?;
    Ok(vec![match kind {
        FactKind::Commendation => Event::CommendationRecorded { commendation: id, sealed },
        FactKind::Sanction => Event::SanctionRecorded { sanction: id, sealed },
        FactKind::Investigation => Event::InvestigationOpened { investigation: id, sealed },
        FactKind::Relative => Event::RelativeDeclared { relative: id, sealed },
    }])
}

pub(super) fn lift(
    person: &Person,
    sanction: FactId,
    sealed: Sealed,
) -> Result<Vec<Event>, Refused> {
    open(person, FactKind::Sanction, &sanction)?;
    Ok(vec![Event::SanctionLifted { sanction, sealed }])
}

pub(super) fn close(
    person: &Person,
    investigation: FactId,
    sealed: Sealed,
) -> Result<Vec<Event>, Refused> {
    open(person, FactKind::Investigation, &investigation)?;
    Ok(vec![Event::InvestigationClosed { investigation, sealed }])
}

pub(super) fn withdraw(person: &Person, relative: FactId) -> Result<Vec<Event>, Refused> {
    open(person, FactKind::Relative, &relative)?;
    Ok(vec![Event::RelativeWithdrawn { relative }])
}

pub(super) fn correct(
    person: &Person,
    kind: FactKind,
    fact: FactId,
    sealed: Option<Sealed>,
    reason: String,
) -> Result<Vec<Event>, Refused> {
    known(person, kind, &fact)?;
    Refused::none_of(given("reason", &reason, REMARK_CHARS_MAX).into_iter().collect())?;
    Ok(vec![Event::FactCorrected { kind, fact, sealed, reason }])
}

/// Records the result of a year, or puts it right.
pub(super) fn assess(
    person: &Person,
    year: i16,
    sealed: Sealed,
    corrects: bool,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    if !(YEAR_MIN..=facts.today.year()).contains(&year) {
        let what = format!("考核年度应在 {YEAR_MIN} 至 {} 之间", facts.today.year());
        return Err(Refusal::invalid("year", &what).into());
    }
    let what = || format!("{year} 年度考核");
    match (person.assessments.contains_key(&year), corrects) {
        (true, false) => Err(Refusal::Exists { what: what() }.into()),
        (false, true) => Err(Refusal::NotFound { what: what() }.into()),
        _ => Ok(vec![Event::AssessmentRecorded { year, sealed, corrects }]),
    }
}

fn named(kind: FactKind, fact: &FactId) -> String {
    format!("{} {fact}", kind.label())
}

fn fresh(person: &Person, kind: FactKind, fact: &FactId) -> Result<(), Refusal> {
    if person.fact(kind, fact).is_some() {
        return Err(Refusal::Exists { what: named(kind, fact) });
    }
    match person.held.get(&kind).map_or(0, std::collections::BTreeMap::len) {
        0..FACTS_MAX => Ok(()),
        _ => Err(Refusal::state(format!("{}不超过 {FACTS_MAX} 项", kind.label()))),
    }
}

fn known(person: &Person, kind: FactKind, fact: &FactId) -> Result<(), Refusal> {
    match person.fact(kind, fact) {
        Some(_) => Ok(()),
        None => Err(Refusal::NotFound { what: named(kind, fact) }),
    }
}

fn open(person: &Person, kind: FactKind, fact: &FactId) -> Result<(), Refusal> {
    known(person, kind, fact)?;
    match person.fact(kind, fact).is_some_and(|held| held.closed) {
        false => Ok(()),
        true => Err(Refusal::state(format!("{} 已解除或结束", named(kind, fact)))),
    }
}

//! Filing after use (使用后备案): with the names, no more than were pre-reviewed.

use quanheng_policy::PersonId;

use super::{counted, distinct, given};
use crate::account::Account;
use crate::command::Facts;
use crate::event::{Event, FilingFault};
use crate::hold::{Hold, Status, Use};
use crate::id::HoldId;
use crate::refusal::{Refusal, Refused};

fn find<'a>(account: &'a Account, id: &HoldId) -> Result<&'a Hold, Refused> {
    Ok(account.hold(id).ok_or_else(|| Refusal::NotFound { what: id.to_string() })?)
}

fn uses(hold: &Hold) -> impl Iterator<Item = &Use> {
    hold.moves.iter().filter_map(|m| match &m.status {
        Status::Used(used) => Some(used),
        _ => None,
    })
}

/// A filing that lists more than was pre-reviewed, or others than took the seats, comes
/// back: that is an outcome, not a refusal.
pub(super) fn file(
    account: &Account,
    id: HoldId,
    persons: Vec<PersonId>,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    counted("persons", &persons)?;
    distinct("persons", &persons)?;
    let hold = find(account, &id)?;
    let due = |person: &PersonId| hold.unfiled().any(|used| used.person == *person);
    let strangers: Vec<_> = persons.iter().filter(|person| !due(person)).cloned().collect();
    let fault = if persons.len() > hold.size() {
        let (filed, pre_reviewed) = (persons.len() as u64, hold.size() as u64);
        Some(FilingFault::MoreThanPreReviewed { filed, pre_reviewed })
    } else if !strangers.is_empty() {
        Some(FilingFault::NotTheUsers { persons: strangers })
    } else {
        None
    };
    let on = facts.today;
    Ok(vec![match fault {
        Some(fault) => Event::FilingReturned { hold: id, fault, persons: vec![], on },
        None => Event::UseFiled { hold: id, persons, filed_on: on },
    }])
}

pub(super) fn give_back(
    account: &Account,
    id: HoldId,
    persons: Vec<PersonId>,
    reason: String,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    counted("persons", &persons)?;
    given("reason", &reason)?;
    let hold = find(account, &id)?;
    let filed = |person: &PersonId| uses(hold).any(|used| used.filed && used.person == *person);
    if let Some(person) = persons.iter().find(|person| !filed(person)) {
        return Err(Refusal::WrongState { what: format!("{person} 未备案") }.into());
    }
    let fault = FilingFault::ByReview { reason };
    Ok(vec![Event::FilingReturned { hold: id, fault, persons, on: facts.today }])
}

/// The last days of filing periods that awaited a calendar, as far as they are known by now.
pub(super) fn set_dues(account: &Account, facts: Facts<'_>) -> Result<Vec<Event>, Refused> {
    let mut events = Vec::new();
    for (hold, kept) in account.unfiled_holds() {
        for (index, m) in kept.moves.iter().enumerate() {
            let Status::Used(used) = &m.status else { continue };
            let Some(period) = used.filing_awaits.filter(|_| !used.filed) else { continue };
            if let Some(due_on) = period.last_day(facts.calendar)? {
                let (hold, on) = (hold.clone(), facts.today);
                events.push(Event::FilingDueSet { hold, index, due_on, on });
            }
        }
    }
    Ok(events)
}

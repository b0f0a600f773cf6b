//! What the decisions on a step's tasks come to, in each mode.
//!
//! A position is a task of a seat or a signer beside it. With signers after it, a position
//! approves when it and all of them do, and refuses when one of them does. Signers before
//! it give opinions only.

use quanheng_policy::Ratio;

use crate::case::{OpenStep, Origin, Position, Task, TaskState, Verdict};
use crate::definition::{Mode, Refusing};

/// What a position comes to; none while it is open.
fn value(open: &OpenStep, task: &Task) -> Option<Verdict> {
    let TaskState::Decided { verdict, .. } = &task.state else { return None };
    let after = open.tasks.iter().filter(|t| t.is_signer_of(task.nr, Position::After));
    let mut value = Some(*verdict);
    for signer in after.filter(|signer| signer.state != TaskState::Void) {
        match (&signer.state, value) {
            (TaskState::Decided { verdict: Verdict::Refuse, .. }, _) => {
                return Some(Verdict::Refuse);
            }
            (TaskState::Decided { .. }, _) | (_, Some(Verdict::Refuse)) => {}
            _ => value = None,
        }
    }
    value
}

/// The positions of a step.
pub(crate) fn positions(open: &OpenStep) -> impl Iterator<Item = &Task> {
    open.tasks.iter().filter(|task| {
        let equal = match &task.origin {
            Origin::Seat(_) => true,
            Origin::Signer { position, .. } => *position == Position::Parallel,
        };
        equal && task.state != TaskState::Void
    })
}

/// What the step comes to; none while it is open.
pub(crate) fn tally(how: &Mode, open: &OpenStep) -> Option<Verdict> {
    let values: Vec<_> = positions(open).map(|task| value(open, task)).collect();
    let count = |wanted| values.iter().filter(|value| **value == wanted).count();
    let (approve, refuse) = (count(Some(Verdict::Approve)), count(Some(Verdict::Refuse)));
    let (pending, all) = (count(None), values.len());
    let at_once = |refusal: &Refusing| *refusal == Refusing::AtOnce;
    match how {
        Mode::InTurn {} if refuse > 0 => Some(Verdict::Refuse),
        Mode::All { refusal } if refuse > 0 && at_once(refusal) => Some(Verdict::Refuse),
        Mode::All { .. } | Mode::InTurn {} if pending > 0 => None,
        Mode::All { .. } | Mode::InTurn {} => Some(verdict(refuse == 0)),
        Mode::Any { .. } if approve > 0 => Some(Verdict::Approve),
        Mode::Any { refusal } if refuse > 0 && at_once(refusal) => Some(Verdict::Refuse),
        Mode::Any { .. } => (pending == 0).then_some(Verdict::Refuse),
        Mode::Quorum { threshold } if reaches(approve, all, *threshold) => Some(Verdict::Approve),
        Mode::Quorum { threshold } => {
            (!reaches(approve + pending, all, *threshold)).then_some(Verdict::Refuse)
        }
    }
}

fn verdict(approve: bool) -> Verdict {
    if approve { Verdict::Approve } else { Verdict::Refuse }
}

/// Whether a count is at least a share of all.
pub(crate) fn reaches(count: usize, all: usize, share: Ratio) -> bool {
    count as u128 * u128::from(share.denominator()) >= all as u128 * u128::from(share.numerator())
}

/// Whether a count is more than a share of all.
pub(crate) fn exceeds(count: usize, all: usize, share: Ratio) -> bool {
    count as u128 * u128::from(share.denominator()) > all as u128 * u128::from(share.numerator())
}

/// Whether every open task of a step needs a person of its own; where any one decides for
/// all, one person is enough.
pub(crate) fn needs_all(how: &Mode) -> bool {
    !matches!(how, Mode::Any { refusal: Refusing::AtOnce })
}

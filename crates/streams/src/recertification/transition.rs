//! What happens to the staff of a unit that leaves (过渡安排).

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_ledger::id::AccountKey;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{PersonId, RankId, UnitId};
use quanheng_register::Sealed;
use serde::{Deserialize, Serialize};

use super::{RecertificationId, TransitionId};
use crate::entity::Entity;

/// The talk with a person (谈话记录).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TalkRecord {
    /// 日期
    pub on: Date,
    /// 讲解的政策
    pub policy: String,
    /// 本人提出的问题, sealed; none if there was none.
    pub question: Option<Sealed>,
    /// 本人签字
    pub signed: bool,
    /// Who talked.
    pub by: PersonId,
}

/// Where a person goes (去向).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// As policy names the options.
    pub option: String,
    /// The unit, if it is another.
    pub unit: Option<UnitId>,
    /// 新岗位; may be empty.
    pub post: String,
    /// 待遇保留
    pub pay_protected: bool,
    /// 文号
    pub document: DocumentNumber,
    /// From when.
    pub effective_on: Date,
}

/// What became of a person's seat (职数).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatMove {
    /// The account that the seat was charged to.
    pub from: AccountKey,
    /// The account that it is charged to now; none: it was released.
    pub to: Option<AccountKey>,
}

/// What happens to a transition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum TransitionEvent {
    /// 建立过渡方案
    TransitionOpened {
        transition: TransitionId,
        case: RecertificationId,
        unit: UnitId,
        document: DocumentNumber,
        from: Date,
        /// The last day, as policy had it.
        ends_on: Date,
        roster: BTreeMap<PersonId, Option<(RankId, Date)>>,
        by: PersonId,
        on: Date,
    },
    /// 列入过渡人员: who came onto the unit's staff after the plan was made.
    PersonAdded { person: PersonId, rank: Option<(RankId, Date)>, by: PersonId, on: Date },
    /// 谈话
    TalkRecorded { person: PersonId, talk: TalkRecord },
    /// 去向
    PersonPlaced { person: PersonId, placement: Placement, seat: Option<SeatMove>, by: PersonId },
    /// 职数释放或随转, by the decision on the unit.
    SeatSettled { person: PersonId, seat: SeatMove },
    /// 一人办结
    PersonFinished { person: PersonId, by: PersonId, on: Date },
    /// 过渡办结
    TransitionClosed { by: PersonId, on: Date },
    /// 方案作废: its case was withdrawn or ended otherwise.
    TransitionCancelled { reason: String, on: Date },
}

/// A person of a transition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitionPerson {
    /// 现职级、任现职级时间, when the plan was made.
    pub rank: Option<(RankId, Date)>,
    /// The talk.
    pub talk: Option<TalkRecord>,
    /// Where to.
    pub placement: Option<Placement>,
    /// What became of the seat; none if there was none, or nothing yet.
    pub seat: Option<SeatMove>,
    /// 办结日期
    pub done_on: Option<Date>,
}

/// A transition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitionState {
    /// Its name.
    pub transition: TransitionId,
    /// The exit or the denial.
    pub case: RecertificationId,
    /// The unit that leaves.
    pub unit: UnitId,
    /// 过渡期政策文号
    pub document: DocumentNumber,
    /// From when.
    pub from: Date,
    /// The last day.
    pub ends_on: Date,
    /// Everybody who was on the unit's staff.
    pub persons: BTreeMap<PersonId, TransitionPerson>,
    /// Who made the plan.
    pub opened_by: PersonId,
    /// When.
    pub opened_on: Date,
    /// 办结
    pub closed_on: Option<Date>,
    /// 作废
    pub cancelled: Option<String>,
}

/// Transitions (过渡方案).
pub struct Transitions;

impl Entity for Transitions {
    const AREA: &'static str = "recertification";
    const FORM: &'static str = "transition.1";
    type Event = TransitionEvent;
    type State = Option<TransitionState>;

    fn evolve(state: &mut Option<TransitionState>, event: &TransitionEvent) {
        if let TransitionEvent::TransitionOpened {
            transition,
            case,
            unit,
            document,
            from,
            ends_on,
            roster,
            by,
            on,
        } = event
        {
            *state = Some(TransitionState {
                transition: transition.clone(),
                case: case.clone(),
                unit: unit.clone(),
                document: document.clone(),
                from: *from,
                ends_on: *ends_on,
                persons: roster.iter().map(|(id, rank)| (id.clone(), planned(rank))).collect(),
                opened_by: by.clone(),
                opened_on: *on,
                closed_on: None,
                cancelled: None,
            });
            return;
        }
        let Some(transition) = state else { return };
        let persons = &mut transition.persons;
        match event {
            TransitionEvent::TransitionOpened { .. } => {}
            TransitionEvent::PersonAdded { person, rank, .. } => {
                persons.entry(person.clone()).or_insert_with(|| planned(rank));
            }
            TransitionEvent::TalkRecorded { person, talk } => {
                change(persons, person, |one| one.talk = Some(talk.clone()));
            }
            TransitionEvent::PersonPlaced { person, placement, seat, .. } => {
                change(persons, person, |one| {
                    one.placement = Some(placement.clone());
                    one.seat = seat.clone().or(one.seat.take());
                });
            }
            TransitionEvent::SeatSettled { person, seat } => {
                change(persons, person, |one| one.seat = Some(seat.clone()));
            }
            TransitionEvent::PersonFinished { person, on, .. } => {
                change(persons, person, |one| one.done_on = Some(*on));
            }
            TransitionEvent::TransitionClosed { on, .. } => transition.closed_on = Some(*on),
            TransitionEvent::TransitionCancelled { reason, .. } => {
                transition.cancelled = Some(reason.clone());
            }
        }
    }
}

/// A person about whom nothing is decided yet.
fn planned(rank: &Option<(RankId, Date)>) -> TransitionPerson {
    let rank = rank.clone();
    TransitionPerson { rank, talk: None, placement: None, seat: None, done_on: None }
}

fn change(
    persons: &mut BTreeMap<PersonId, TransitionPerson>,
    person: &PersonId,
    how: impl FnOnce(&mut TransitionPerson),
) {
    if let Some(one) = persons.get_mut(person) {
        how(one);
    }
}

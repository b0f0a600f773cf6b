//! Seats: accounts, pre-reviews on their way, refusals, and where each person is seated.

use std::collections::BTreeSet;

use quanheng_eventlog::{EventDraft, Tag};
use quanheng_ledger::account::Account;
use quanheng_ledger::event::{Basis, Event};
use quanheng_ledger::hold::MoveRequest;
use quanheng_ledger::id::{AccountKey, OwnerId};
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_register::claim::{self, Claim};
use serde::{Deserialize, Serialize};

use crate::entity::{Entity, Unreadable, draft};
use crate::names;

/// Accounts (职数账户).
pub struct Accounts;

impl Entity for Accounts {
    const AREA: &'static str = "quota";
    const FORM: &'static str = "account.2";
    type Event = Event;
    type State = Option<Account>;

    fn evolve(state: &mut Option<Account>, event: &Event) {
        quanheng_ledger::evolve(state, event);
    }
}

/// The draft of an account's event, tagged with the division, the persons, the unit, the
/// hold and the other account that it is about.
///
/// # Errors
/// [`Unreadable`].
pub fn account_draft(
    key: &AccountKey,
    division: &DivisionCode,
    event: &Event,
) -> Result<EventDraft, Unreadable> {
    let mut draft = draft::<Accounts>(names::account_stream(key), event)?;
    let mut tags = BTreeSet::from([format!("divisions/{division}")]);
    if let OwnerId::Unit(unit) = &key.owner {
        tags.insert(names::unit(unit).to_string());
    }
    let persons = match event {
        Event::UseFiled { persons, .. } | Event::FilingReturned { persons, .. } => {
            persons.iter().collect()
        }
        event => event.persons(),
    };
    if persons.len() <= PERSONS_TAGGED_MAX {
        tags.extend(persons.into_iter().map(|person| names::person(person).to_string()));
    }
    if let Some(hold) = event.hold() {
        tags.insert(names::pre_review(key, hold).to_string());
    }
    if let Event::SeatsAllocated { side, .. } | Event::SeatsLent { side, .. } = event {
        tags.insert(names::account_stream(&side.peer).to_string());
    }
    for tag in tags {
        draft = draft.tagged(Tag::new(tag)?);
    }
    Ok(draft)
}

/// An event bears few tags; larger sets of persons are found through the ledger's views.
const PERSONS_TAGGED_MAX: usize = 48;

/// What happens to a pre-review before seats are held, and when they are (职数使用预审).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PreReviewEvent {
    /// 申报
    PreReviewRequested {
        /// Who asks.
        unit: UnitId,
        /// For what.
        moves: Vec<MoveRequest>,
        /// 申报单位党委(党组)意见
        opinion: String,
        /// Who entered it: a principal's name.
        by: String,
    },
    /// 同意; the account holds the seats.
    PreReviewGranted {
        /// 公务员主管部门意见
        opinion: String,
        /// Who entered it.
        by: String,
        /// On what it rests.
        basis: Basis,
    },
    /// 退回
    PreReviewReturned {
        /// Why.
        opinion: String,
        /// Who entered it.
        by: String,
    },
    /// 不予通过
    PreReviewRejected {
        /// Why.
        opinion: String,
        /// Who entered it.
        by: String,
        /// On what it rests; a unit's own meeting may name no document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    },
    /// 撤回
    PreReviewWithdrawn {
        /// Why.
        reason: String,
        /// Who entered it.
        by: String,
    },
}

/// How far a pre-review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreReviewPhase {
    /// 待预审
    Pending,
    /// 预审通过
    Granted,
    /// 退回
    Returned,
    /// 不予通过
    Rejected,
    /// 撤回
    Withdrawn,
}

/// A pre-review on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreReviewState {
    /// Who asks.
    pub unit: UnitId,
    /// For what.
    pub moves: Vec<MoveRequest>,
    /// How far it is.
    pub phase: PreReviewPhase,
    /// 申报单位意见
    pub unit_opinion: String,
    /// 主管部门意见
    pub authority_opinion: String,
    /// Who entered the request.
    pub requested_by: String,
    /// Who entered the decision.
    pub decided_by: String,
    /// On what the decision rests.
    pub basis: Option<Basis>,
}

/// Pre-reviews.
pub struct PreReviews;

impl Entity for PreReviews {
    const AREA: &'static str = "quota";
    const FORM: &'static str = "pre_review.1";
    type Event = PreReviewEvent;
    type State = Option<PreReviewState>;

    fn evolve(state: &mut Option<PreReviewState>, event: &PreReviewEvent) {
        if let PreReviewEvent::PreReviewRequested { unit, moves, opinion, by } = event {
            *state = Some(PreReviewState {
                unit: unit.clone(),
                moves: moves.clone(),
                phase: PreReviewPhase::Pending,
                unit_opinion: opinion.clone(),
                authority_opinion: String::new(),
                requested_by: by.clone(),
                decided_by: String::new(),
                basis: None,
            });
            return;
        }
        let Some(state) = state else { return };
        match event {
            PreReviewEvent::PreReviewRequested { .. } => {}
            PreReviewEvent::PreReviewGranted { opinion, by, basis } => {
                state.phase = PreReviewPhase::Granted;
                state.basis = Some(basis.clone());
                state.decided(opinion, by);
            }
            PreReviewEvent::PreReviewReturned { opinion, by } => {
                state.phase = PreReviewPhase::Returned;
                state.decided(opinion, by);
            }
            PreReviewEvent::PreReviewRejected { opinion, by, basis } => {
                state.phase = PreReviewPhase::Rejected;
                state.basis.clone_from(basis);
                state.decided(opinion, by);
            }
            PreReviewEvent::PreReviewWithdrawn { reason, by } => {
                state.phase = PreReviewPhase::Withdrawn;
                state.decided(reason, by);
            }
        }
    }
}

impl PreReviewState {
    fn decided(&mut self, opinion: &str, by: &str) {
        opinion.clone_into(&mut self.authority_opinion);
        by.clone_into(&mut self.decided_by);
    }
}

/// A rule that the ledger refused by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRule {
    /// Its code.
    pub code: String,
    /// With the figures, zh-CN.
    pub message: String,
}

/// What the ledger refused: an auditor asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RefusalEvent {
    /// 不予办理
    UseRefused {
        /// The method that was asked.
        method: String,
        /// Who asked for seats, where it is known.
        unit: Option<UnitId>,
        /// Every rule.
        rules: Vec<RefusedRule>,
    },
}

/// Refusals. They make no state.
pub struct Refusals;

impl Entity for Refusals {
    const AREA: &'static str = "quota";
    const FORM: &'static str = "refusal.1";
    type Event = RefusalEvent;
    type State = ();

    fn evolve(_: &mut (), _: &RefusalEvent) {}
}

/// In which account each person has a seat of a category (一人一职级).
pub struct Seats;

impl Entity for Seats {
    const AREA: &'static str = "seat";
    const FORM: &'static str = "claim.1";
    type Event = claim::Event;
    type State = Option<Claim>;

    fn evolve(state: &mut Option<Claim>, event: &claim::Event) {
        claim::evolve(state, event);
    }
}

//! Cases on their way through flows, who sits in which office, which unit is the authority
//! of a division, and who stands in for whom.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::{PersonId, UnitId};
use quanheng_workflow::case::Case;
use quanheng_workflow::definition::Role;
use serde::{Deserialize, Serialize};

use crate::entity::Entity;

/// The names of the events of cases, for projections that show cases.
pub const CASE_EVENTS: [&str; 26] = [
    "case_started",
    "step_opened",
    "step_resumed",
    "task_claimed",
    "task_decided",
    "task_transferred",
    "task_delegated",
    "delegation_resolved",
    "signers_added",
    "signers_removed",
    "next_in_turn",
    "copied",
    "urged",
    "recorded",
    "body_decided",
    "checked",
    "step_completed",
    "step_returned",
    "decision_recalled",
    "deadline_passed",
    "task_reseated",
    "due_set",
    "paused",
    "resumed",
    "withdrawn",
    "case_ended",
];

/// Cases (事项).
pub struct Cases;

impl Entity for Cases {
    const AREA: &'static str = "approval";
    const FORM: &'static str = "case.2";
    type Event = quanheng_workflow::event::Event;
    type State = Option<Case>;

    fn evolve(state: &mut Option<Case>, event: &Self::Event) {
        quanheng_workflow::evolve(state, event);
    }
}

/// What happens to the offices of a unit (流程岗位).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OfficeEvent {
    /// 设置
    OfficeTaken {
        /// The office.
        role: Role,
        /// Who.
        person: PersonId,
        /// From which day on.
        from: Date,
    },
    /// 免去
    OfficeLeft {
        /// The office.
        role: Role,
        /// Who.
        person: PersonId,
        /// The first day on which it is no longer theirs.
        on: Date,
    },
}

/// The offices of a unit: who sits where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficesState {
    /// By office and person: from which day, and the first day on which no longer.
    pub sittings: BTreeMap<Role, BTreeMap<PersonId, (Date, Option<Date>)>>,
}

impl OfficesState {
    /// Who sits in an office on a day.
    pub fn on(&self, role: &Role, day: Date) -> impl Iterator<Item = &PersonId> {
        let sittings = self.sittings.get(role).into_iter().flatten();
        let sits = move |(_, (from, to)): &(&PersonId, &(Date, Option<Date>))| {
            *from <= day && to.is_none_or(|to| day < to)
        };
        sittings.filter(sits).map(|(person, _)| person)
    }
}

/// The offices of units (流程岗位).
pub struct Offices;

impl Entity for Offices {
    const AREA: &'static str = "office";
    const FORM: &'static str = "offices.1";
    type Event = OfficeEvent;
    type State = OfficesState;

    fn evolve(state: &mut OfficesState, event: &OfficeEvent) {
        match event {
            OfficeEvent::OfficeTaken { role, person, from } => {
                let sittings = state.sittings.entry(role.clone()).or_default();
                sittings.insert(person.clone(), (*from, None));
            }
            OfficeEvent::OfficeLeft { role, person, on } => {
                let sitting =
                    state.sittings.get_mut(role).and_then(|sittings| sittings.get_mut(person));
                if let Some((_, to)) = sitting {
                    *to = Some(*on);
                }
            }
        }
    }
}

/// Which unit is the authority of a division (公务员主管部门).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AuthorityEvent {
    /// 明确主管部门
    AuthorityNamed {
        /// The unit.
        unit: UnitId,
    },
}

/// The authorities of divisions (公务员主管部门).
pub struct Authorities;

impl Entity for Authorities {
    const AREA: &'static str = "authority";
    const FORM: &'static str = "authority.1";
    type Event = AuthorityEvent;
    type State = Option<UnitId>;

    fn evolve(state: &mut Option<UnitId>, event: &AuthorityEvent) {
        let AuthorityEvent::AuthorityNamed { unit } = event;
        *state = Some(unit.clone());
    }
}

/// A dated stand-in for a person (代办).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandIn {
    /// Who stands in.
    pub by: PersonId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Why.
    pub reason: String,
}

/// What happens to the stand-ins of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SubstitutionEvent {
    /// 设定代办
    SubstitutionMade {
        /// Its name.
        id: String,
        /// Who, when, why.
        stand_in: StandIn,
    },
    /// 撤销代办
    SubstitutionEnded {
        /// Its name.
        id: String,
    },
}

impl SubstitutionEvent {
    /// Of which stand-in it is.
    #[must_use]
    pub fn id(&self) -> &str {
        let (Self::SubstitutionMade { id, .. } | Self::SubstitutionEnded { id }) = self;
        id
    }
}

/// The stand-ins of persons (代办), each stream one person's.
pub struct Substitutions;

impl Entity for Substitutions {
    const AREA: &'static str = "substitution";
    const FORM: &'static str = "substitutions.1";
    type Event = SubstitutionEvent;
    type State = BTreeMap<String, StandIn>;

    fn evolve(state: &mut BTreeMap<String, StandIn>, event: &SubstitutionEvent) {
        match event {
            SubstitutionEvent::SubstitutionMade { id, stand_in } => {
                state.insert(id.clone(), stand_in.clone());
            }
            SubstitutionEvent::SubstitutionEnded { id } => {
                state.remove(id);
            }
        }
    }
}

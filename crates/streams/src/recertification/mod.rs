//! Reference management (参照管理): campaigns and their surveys, the book of counts that only
//! decrease, cases, and what becomes of the staff of units that leave.

mod book;
mod campaign;
mod case;
mod phase;
mod survey;
mod transition;

use quanheng_policy::id_type;
use quanheng_register::claim::{self, Claim};

use crate::entity::Entity;

pub use book::{BookEvent, BookState, Books, Settled};
pub use campaign::{CampaignEvent, CampaignState, Campaigns, Frozen, Member, Notified, TaskForce};
pub use case::{
    CaseGrounds, Consulted, Correction, Decision, ExternalReferral, GateRecord, Precedent,
    RecertificationEvent, RecertificationState, Recertifications, ReportedChange, ReportedUnit,
    Verdict,
};
pub use phase::{
    PhaseCaseEvent, PhaseCaseState, PhaseCases, ProvinceCampaignEvent, ProvinceCampaignState,
    ProvinceCampaigns,
};
pub use survey::{SurveyAnswer, SurveyEvent, SurveyState, SurveyedChange, Surveys};
pub use transition::{
    Placement, SeatMove, TalkRecord, TransitionEvent, TransitionPerson, TransitionState,
    Transitions,
};

id_type!(
    /// A campaign (重新认定工作).
    CampaignId
);
id_type!(
    /// A case of re-certification, filing or exit (重新认定、备案、退出事项).
    RecertificationId
);
id_type!(
    /// A transition (过渡方案).
    TransitionId
);

/// Which case of a unit is open: one at a time.
pub struct OpenCases;

impl Entity for OpenCases {
    const AREA: &'static str = "reference_case";
    const FORM: &'static str = "claim.1";
    type Event = claim::Event;
    type State = Option<Claim>;

    fn evolve(state: &mut Option<Claim>, event: &claim::Event) {
        claim::evolve(state, event);
    }
}

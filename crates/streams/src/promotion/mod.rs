//! Rounds and requests of promotion (职级晋升批次、职级晋升申请), and what only one of them may have:
//! a person's candidacy in a category, a pre-review.

mod rank;
mod request;
mod round;

use quanheng_policy::id_type;
use quanheng_register::claim::{self, Claim};

use crate::entity::Entity;

pub use rank::{LadderRank, RankDecision, RankDecisionEvent, RankDecisions};
pub use request::{
    Appointment, Ending, Feedback, Judgement, Notice, RequestEvent, RequestState, Requests, Seat,
};
pub use round::{Milestone, Plan, PlannedRank, RoundEvent, RoundPhase, RoundState, Rounds};

id_type!(
    /// A round of promotion (晋升批次).
    RoundId
);
id_type!(
    /// A request (晋升申请): one person's candidacy in a round.
    RequestId
);

/// In which request a person is a candidate of a category: one at a time.
pub struct Candidacies;

impl Entity for Candidacies {
    const AREA: &'static str = "candidacy";
    const FORM: &'static str = "claim.1";
    type Event = claim::Event;
    type State = Option<Claim>;

    fn evolve(state: &mut Option<Claim>, event: &claim::Event) {
        claim::evolve(state, event);
    }
}

/// Which round uses a pre-review: one alone.
pub struct HoldUses;

impl Entity for HoldUses {
    const AREA: &'static str = "hold_use";
    const FORM: &'static str = "claim.1";
    type Event = claim::Event;
    type State = Option<Claim>;

    fn evolve(state: &mut Option<Claim>, event: &claim::Event) {
        claim::evolve(state, event);
    }
}

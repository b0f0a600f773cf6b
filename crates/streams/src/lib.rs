//! The map of the log: which stream holds what, what its events are called, and how they
//! become a state. Services that share a stream share it from here, so that none imports
//! another.
//!
//! | stream | holds |
//! |---|---|
//! | `units/{unit}`, `units/{unit}/posts/{post}` | the register of units and posts |
//! | `persons/{person}` | the register of persons; private facts sealed |
//! | `identities/{digest}`, `creditCodes/{code}` | values that only one may have |
//! | `quotaAccounts/{account}` | seats of one owner in one category |
//! | `quotaAccounts/{account}/holds/{hold}` | a pre-review on its way |
//! | `quotaAccounts/{account}/refusals` | what the ledger refused |
//! | `seats/{person}.{category}` | in which account a person has a seat |
//! | `cases/{case}` | a case on its way through a flow, whatever it is about |
//! | `offices/{unit}` | who sits in which office of a unit |
//! | `authorities/{division}` | which unit is the authority of a division |
//! | `substitutions/{person}` | who stands in for a person |
//! | `promotionRounds/{round}`, `promotionRequests/{request}` | rounds of promotion, and who is a candidate in them |
//! | `persons/{person}/rankDecisions` | ranks that changed by no promotion |
//! | `candidacies/{person}.{category}`, `quotaAccounts/{account}/holds/{hold}/round` | values that only one request, one round may have |
//! | `campaigns/{campaign}`, `campaigns/{campaign}/surveys/{unit}` | re-certification: its course, and what units say of themselves |
//! | `divisions/{division}/campaigns`, `campaigns/{campaign}/phases/{phase}` | which campaign of a province is open; which cases of a phase are |
//! | `campaigns/{campaign}/book` | what was counted before the reform, and what was decided since |
//! | `recertificationCases/{case}`, `transitions/{transition}` | cases of reference management, and what becomes of staff |
//! | `units/{unit}/referenceCase`, `…/referenceDenial` | values that only one case may have |
//! | `policies` | which profiles, flows and calendars are published |
//! | `attachments/{sha256}` | a file, and what it is linked to |
//! | `operations/{operation}` | work that goes on after its call |
//! | `principals/{principal}/denials`, `…/exports`, `persons/{person}/views` | who was refused, who took out, who looked |

mod approval;
mod audit;
mod content;
mod entity;
mod names;
mod policy;
mod promotion;
mod quota;
mod recertification;
mod registry;

pub use approval::{
    Authorities, AuthorityEvent, CASE_EVENTS, Cases, OfficeEvent, Offices, OfficesState, StandIn,
    SubstitutionEvent, Substitutions,
};
pub use audit::{Audit, AuditEvent};
pub use content::{
    Attachment, AttachmentEvent, Attachments, OperationEvent, OperationState, Operations, Phase,
};
pub use entity::{Entity, Of, Unreadable, draft, read, state};
pub use names::{
    CaseKey, CaseKind, TaskKey, account, account_id, account_stream, attachment, authority, book,
    campaign, candidacy, case, credit_code, denials, exports, hold_use, identity, offices,
    operation, person, phase_cases, policies, post, pre_review, promotion_request, promotion_round,
    province_campaigns, rank_decisions, recertification, reference_case, reference_denial,
    refusals, seat, substitutions, survey, transition, unit, views,
};
pub use policy::{Policies, PolicyEvent, PolicyIndex, PublishedDocument, PublishedYears};
pub use promotion::{
    Appointment, Candidacies, Ending, Feedback, HoldUses, Judgement, LadderRank, Milestone, Notice,
    Plan, PlannedRank, RankDecision, RankDecisionEvent, RankDecisions, RequestEvent, RequestId,
    RequestState, Requests, RoundEvent, RoundId, RoundPhase, RoundState, Rounds, Seat,
};
pub use quota::{
    Accounts, PreReviewEvent, PreReviewPhase, PreReviewState, PreReviews, RefusalEvent, Refusals,
    RefusedRule, Seats, account_draft,
};
pub use recertification::{
    BookEvent, BookState, Books, CampaignEvent, CampaignId, CampaignState, Campaigns, CaseGrounds,
    Consulted, Correction, Decision, DeniedCases, ExternalReferral, Frozen, GateRecord, Member,
    Notified, OpenCases, PhaseCaseEvent, PhaseCaseState, PhaseCases, Placement, Precedent,
    ProvinceCampaignEvent, ProvinceCampaignState, ProvinceCampaigns, RecertificationEvent,
    RecertificationId, RecertificationState, Recertifications, ReportedChange, ReportedUnit,
    SeatMove, Settled, SurveyAnswer, SurveyEvent, SurveyState, SurveyedChange, Surveys, TalkRecord,
    TaskForce, TransitionEvent, TransitionId, TransitionPerson, TransitionState, Transitions,
    Verdict,
};
pub use registry::{
    CreditCodes, Identities, Persons, Posts, Units, identity_draft, person_draft, post_draft,
    unit_draft,
};

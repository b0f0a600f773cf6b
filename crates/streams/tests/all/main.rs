//! Published events are frozen: what was written once is read for good. Every form that an
//! event has ever had stands in `golden/`, one file a form, as it stands in the log.
//!
//! `UPDATE_GOLDEN=1 cargo test -p quanheng-streams` writes the files that are missing. It
//! never changes one: a published version stays as it is, and the next form of the event is
//! `.v2`, with an upcaster from `.v1`.

#![allow(clippy::unwrap_used)]

mod approval;
mod campaigns;
mod content;
mod golden;
mod histories;
mod names;
mod persons;
mod promotion;
mod quota;
mod reference;
mod registry;
mod sample;
mod words;

/// Calls a check for every kind of stream: `check::<Accounts>(…)`, …
macro_rules! for_every_entity {
    ($check:ident $arguments:tt) => {{
        $check::<quanheng_streams::Accounts> $arguments;
        $check::<quanheng_streams::PreReviews> $arguments;
        $check::<quanheng_streams::Refusals> $arguments;
        $check::<quanheng_streams::Seats> $arguments;
        $check::<quanheng_streams::Rounds> $arguments;
        $check::<quanheng_streams::Requests> $arguments;
        $check::<quanheng_streams::RankDecisions> $arguments;
        $check::<quanheng_streams::Candidacies> $arguments;
        $check::<quanheng_streams::HoldUses> $arguments;
        $check::<quanheng_streams::Books> $arguments;
        $check::<quanheng_streams::Campaigns> $arguments;
        $check::<quanheng_streams::DeniedCases> $arguments;
        $check::<quanheng_streams::OpenCases> $arguments;
        $check::<quanheng_streams::PhaseCases> $arguments;
        $check::<quanheng_streams::ProvinceCampaigns> $arguments;
        $check::<quanheng_streams::Recertifications> $arguments;
        $check::<quanheng_streams::Surveys> $arguments;
        $check::<quanheng_streams::Transitions> $arguments;
        $check::<quanheng_streams::Units> $arguments;
        $check::<quanheng_streams::Posts> $arguments;
        $check::<quanheng_streams::Persons> $arguments;
        $check::<quanheng_streams::Identities> $arguments;
        $check::<quanheng_streams::CreditCodes> $arguments;
        $check::<quanheng_streams::Cases> $arguments;
        $check::<quanheng_streams::Offices> $arguments;
        $check::<quanheng_streams::Authorities> $arguments;
        $check::<quanheng_streams::Substitutions> $arguments;
        $check::<quanheng_streams::Policies> $arguments;
        $check::<quanheng_streams::Attachments> $arguments;
        $check::<quanheng_streams::Operations> $arguments;
        $check::<quanheng_streams::Audit> $arguments;
    }};
}
pub(crate) use for_every_entity;

//! Whom a caller may ask about, and what of the findings is told.

use jiff::civil::Date;
use quanheng_eligibility::Rule;
use quanheng_identity::{Action, Principal};
use quanheng_policy::codes::DivisionCode;

use crate::roster::PersonDoc;

/// Whether a principal may see a person at all: from the division of the newest slot, and,
/// until that is in effect, from that of the day's slot. Whose place is not known, only those
/// see who see the whole country.
pub(crate) fn may_see(principal: &Principal, document: &PersonDoc, today: Date) -> bool {
    let mut places = document.divisions(today).peekable();
    match places.peek() {
        Some(_) => places.any(|division| principal.within(division)),
        None => principal.within(&DivisionCode::nation()),
    }
}

/// Whether a principal may read what is held about persons under seal.
pub(crate) fn reads_sealed(principal: &Principal) -> bool {
    principal.may(Action::PersonsReadPrivate)
}

/// Whether what a rule finds about a registered person rests on sealed facts: who a person
/// is, assessments, commendations, sanctions, investigations. That there is one at all is
/// for those who may read it, so the outcome of such a rule is, too.
pub(crate) fn rests_on_sealed(rule: Rule) -> bool {
    match rule {
        Rule::Service
        | Rule::Ladder
        | Rule::NextRank
        | Rule::RankSetUp
        | Rule::Qualification
        | Rule::TransferBand => false,
        Rule::Tenure
        | Rule::AssessmentsPresent
        | Rule::AssessmentsCompetent
        | Rule::StateSanction
        | Rule::PartySanction
        | Rule::Admonition
        | Rule::OrganisationalMeasure
        | Rule::UseAffected
        | Rule::Investigation
        | Rule::ExtraConditions => true,
    }
}

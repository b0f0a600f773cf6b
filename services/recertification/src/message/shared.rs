//! What several resources tell: findings, routes, grounds, counts.

use quanheng_api::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::campaign::Override;
use quanheng_recertification::decrease::{Figures, Room, Scope, ScopeLine};
use quanheng_recertification::{Clear, DutyDocument, Finding, LegalBasis, Routed, ThreeClear};
use quanheng_register::unit::UnitProfile;
use quanheng_runtime::wire::units::{change_kind_message, establishment_message, profile_message};
use quanheng_streams::{CaseGrounds, ReportedChange, ReportedUnit};

use crate::code;

/// `units/{unit}`
pub(crate) fn unit_name(unit: &UnitId) -> String {
    format!("units/{unit}")
}

/// `persons/{person}`
pub(crate) fn person_name(person: &PersonId) -> String {
    format!("persons/{person}")
}

/// Files, by their names.
pub(crate) fn attachment_names(digests: &[String]) -> Vec<String> {
    digests.iter().map(|digest| format!("attachments/{digest}")).collect()
}

/// What a unit is, without its contact: that is sealed elsewhere.
pub(crate) fn profile(profile: &UnitProfile) -> registry::UnitProfile {
    registry::UnitProfile { contact_phone: None, ..profile_message(profile) }
}

/// What one rule found.
pub(crate) fn finding(found: &Finding) -> wire::RuleFinding {
    let facts = found.facts.iter().map(|(name, value)| (name.clone(), value.to_string()));
    wire::RuleFinding {
        rule: found.rule.id().to_owned(),
        outcome: code::outcome_message(found.outcome).into(),
        reason: found.reason.map(|reason| reason.code().to_owned()).unwrap_or_default(),
        message: found.message.clone(),
        facts: facts.collect(),
        article: found.article.clone(),
    }
}

/// What every rule found.
pub(crate) fn findings<'a>(found: impl IntoIterator<Item = &'a Finding>) -> Vec<wire::RuleFinding> {
    found.into_iter().map(finding).collect()
}

/// The route of a unit, and why.
pub(crate) fn routed(routed: &Routed) -> wire::RoutedUnit {
    let changes = routed.changes.iter().map(|change| code::change_message(*change).into());
    let follows = routed.consequences.iter();
    wire::RoutedUnit {
        unit: unit_name(&routed.unit),
        changes: changes.collect(),
        route: routed.route.map_or(0, |route| code::route_message(route).into()),
        consequences: follows.map(|one| code::consequence_message(*one).into()).collect(),
        findings: findings(&routed.findings.0),
    }
}

/// A change as it was reported.
pub(crate) fn change(change: &ReportedChange) -> wire::ReportedChange {
    wire::ReportedChange {
        kind: change_kind_message(change.kind).into(),
        predecessors: change.predecessors.iter().map(changed_unit).collect(),
        successors: change.successors.iter().map(changed_unit).collect(),
        documents: change.documents.iter().map(DocumentNumber::to_string).collect(),
        effective_on: Some(date(change.effective_on)),
    }
}

fn changed_unit(unit: &ReportedUnit) -> wire::ChangedUnit {
    wire::ChangedUnit {
        unit: unit_name(&unit.unit),
        before: unit.before.as_deref().map(profile),
        after: unit.after.as_deref().map(profile),
        functions_changed: unit.functions_changed,
    }
}

/// What the conditions are asked about.
pub(crate) fn grounds(grounds: &CaseGrounds) -> wire::CaseGrounds {
    wire::CaseGrounds {
        bases: grounds.bases.iter().map(basis).collect(),
        duties: grounds.duties.iter().map(duty).collect(),
        establishment: grounds.establishment.as_ref().map(establishment_message),
        pay: grounds.pay.map_or(0, |pay| code::pay_message(pay).into()),
    }
}

fn basis(basis: &LegalBasis) -> wire::LegalBasis {
    wire::LegalBasis {
        kind: code::basis_kind_message(basis.kind).into(),
        title: basis.title.clone(),
        number: basis.number.clone(),
        article: basis.article.clone(),
        excerpt: basis.excerpt.clone(),
        issuer: code::issuer_message(basis.issuer).into(),
        division: basis.division.as_ref().map(ToString::to_string).unwrap_or_default(),
        approved_on: basis.approved_on.map(date),
        in_force_from: Some(date(basis.in_force_from)),
        in_force_to: basis.in_force_to.map(date),
        function: basis.function.clone(),
    }
}

fn duty(duty: &DutyDocument) -> wire::DutyDocument {
    wire::DutyDocument {
        document_number: duty.document.to_string(),
        issuer: code::duty_issuer_message(duty.issuer).into(),
        issued_on: Some(date(duty.issued_on)),
        duties: duty.duties.clone(),
    }
}

/// 三清
pub(crate) fn three_clear(three: &ThreeClear) -> wire::ThreeClear {
    let one = |clear: &Clear| wire::Clear { clear: clear.clear, evidence: clear.evidence.clone() };
    wire::ThreeClear {
        staff: Some(one(&three.staff)),
        documents: Some(one(&three.documents)),
        functions: Some(one(&three.functions)),
    }
}

/// A reasoned exception.
pub(crate) fn exception(by: &Override) -> wire::ReasonedOverride {
    wire::ReasonedOverride {
        person: person_name(&by.by),
        on: Some(date(by.on)),
        reason: by.reason.clone(),
    }
}

/// Counts.
pub(crate) fn figures(figures: Figures) -> wire::ScopeFigures {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    wire::ScopeFigures { units: whole(figures.units), headcount: whole(figures.headcount) }
}

/// What is left.
pub(crate) fn room(room: Room) -> wire::ScopeFigures {
    wire::ScopeFigures { units: room.units, headcount: room.headcount }
}

/// The code or the name of a scope.
pub(crate) fn scope_name(scope: &Scope) -> String {
    match scope {
        Scope::Province(code) | Scope::City(code) | Scope::County(code) => code.to_string(),
        Scope::Department(unit) => unit_name(unit),
    }
}

/// A scope under a batch.
pub(crate) fn scope_line(line: &ScopeLine) -> wire::ScopeLine {
    wire::ScopeLine {
        kind: code::scope_kind_message(line.scope.kind()).into(),
        scope: scope_name(&line.scope),
        label: line.scope.label(),
        before: line.before.map(figures),
        committed: Some(figures(line.committed)),
        after: Some(figures(line.after)),
        room: Some(room(line.room)),
        hard: line.severity == quanheng_policy::profile::Severity::Hard,
        outcome: code::outcome_message(line.outcome).into(),
    }
}

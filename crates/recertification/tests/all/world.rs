//! What the tests share: the national policy with local overlays, made-up units, short names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_policy::profile::{ChangeRoute, NATIONAL, Policy, PolicyBook, Published};
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::campaign::{Campaign, Override, Phase, PhaseState, SurveyState};
use quanheng_recertification::decrease::{Counted, Place};
use quanheng_recertification::{
    BasisKind, Change, Clear, DutyDocument, DutyIssuer, Findings, Grounds, Issuer, LegalBasis,
    Material, MaterialStatus, Opinion, PaySource, SuccessorFacts, ThreeClear, checklist,
};
use quanheng_register::unit::{
    Actual, ChangeKind, Establishment, LeadershipPosts, Nature, UnitProfile,
};

/// The day of most tests.
pub(crate) const TODAY: Date = date(2026, 3, 2);

/// The national policy.
pub(crate) fn policy() -> &'static Policy {
    static NATIONAL_ONLY: LazyLock<Policy> = LazyLock::new(|| with(""));
    &NATIONAL_ONLY
}

/// The national policy with an overlay of one division.
pub(crate) fn with(overlay: &str) -> Policy {
    let mut book = PolicyBook::default();
    book.publish(Published::read("national.toml", NATIONAL).unwrap()).unwrap();
    if !overlay.is_empty() {
        let text = format!(
            "format = 1\nprofile = \"local\"\nversion = 1\njurisdiction = \"420000\"\n\
             title = \"本地\"\neffective_from = \"2015-01-01\"\n{overlay}"
        );
        let read = Published::read("local.toml", &text);
        book.publish(read.unwrap_or_else(|errors| panic!("{}", errors[0]))).unwrap();
    }
    book.policy(&division("420106"), TODAY)
}

/// The national policy without a parameter.
pub(crate) fn without(name: &str) -> Policy {
    let (mut kept, mut skipping) = (String::new(), false);
    for line in NATIONAL.lines() {
        if line.starts_with('[') {
            skipping = line.starts_with(&format!("[parameters.{name}]"));
        }
        if !skipping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    assert!(kept.len() < NATIONAL.len(), "{name}");
    let mut book = PolicyBook::default();
    book.publish(Published::read("without.toml", &kept).unwrap()).unwrap();
    book.policy(&division("420106"), TODAY)
}

/// One parameter of an overlay.
pub(crate) fn parameter(name: &str, value: &str) -> String {
    format!("[parameters.{name}]\nvalue = {value}\narticle = \"本地规定\"\n")
}

/// A policy for transitions: what the nation leaves open.
pub(crate) fn with_transition() -> Policy {
    let options = parameter("transition_options", "[\"随职能划转机关\", \"转为事业单位工作人员\"]");
    with(&(options + &parameter("transition_period_months", "36")))
}

pub(crate) fn division(code: &str) -> DivisionCode {
    DivisionCode::parse(code).unwrap()
}

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::new(id).unwrap()
}

pub(crate) fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

pub(crate) fn document(number: u32) -> DocumentNumber {
    DocumentNumber::parse(&format!("某编发〔2025〕{number}号")).unwrap()
}

/// Codes of rules that failed.
pub(crate) fn codes(found: &Findings) -> Vec<&'static str> {
    found.reasons().into_iter().map(|reason| reason.code()).collect()
}

/// A referenced institution of a city, with so many slots.
pub(crate) fn referenced(name: &str, slots: u32) -> UnitProfile {
    UnitProfile {
        name: name.to_owned(),
        short_name: String::new(),
        credit_code: None,
        division: division("420100"),
        tier: Tier::Prefecture,
        standing: Standing::Ordinary,
        grade: UnitGrade::Section,
        kind: UnitKind::ReferencedUnit,
        nature: Nature::ReferencedInstitution,
        sequence: String::new(),
        parent: Some(unit("bureau")),
        vertical: false,
        establishment: Establishment { referenced_institution: slots, ..Establishment::default() },
        actual: Actual::default(),
        leadership: LeadershipPosts::default(),
        category_posts: BTreeMap::new(),
        reference: None,
        functions: "执法".to_owned(),
        contact: None,
        remarks: String::new(),
    }
}

/// The same of another nature, with its slots of the kind that belongs to it.
pub(crate) fn natured(mut profile: UnitProfile, nature: Nature) -> UnitProfile {
    let slots = profile.establishment.referenced_institution;
    profile.nature = nature;
    profile.establishment = match nature {
        Nature::Organ => Establishment { administrative: slots, ..Establishment::default() },
        Nature::PublicInstitution => {
            Establishment { other_institution: slots, ..Establishment::default() }
        }
        Nature::ReferencedInstitution | Nature::ReferencedMassOrganization => profile.establishment,
    };
    profile
}

pub(crate) fn successor(
    id: &str,
    before: Option<UnitProfile>,
    after: UnitProfile,
) -> SuccessorFacts {
    SuccessorFacts { unit: unit(id), before, after, functions_changed: Some(false) }
}

/// A change of one unit that goes on.
pub(crate) fn alone(kind: ChangeKind, before: UnitProfile, after: UnitProfile) -> Change {
    Change {
        kind,
        predecessors: [(unit("u1"), before.clone())].into(),
        successors: vec![successor("u1", Some(before), after)],
        documents: vec![document(1)],
    }
}

pub(crate) fn counted(division_code: &str, headcount: u32) -> Counted {
    Counted { place: Place::new(division(division_code), None).unwrap(), headcount }
}

/// A provincial regulation in force that grants a function.
pub(crate) fn regulation() -> LegalBasis {
    LegalBasis {
        kind: BasisKind::ProvincialLocalRegulation,
        title: "某省渔业管理条例".to_owned(),
        number: String::new(),
        article: "第六条".to_owned(),
        excerpt: String::new(),
        issuer: Issuer::ProvincialCongress,
        division: Some(division("420000")),
        approved_on: None,
        in_force_from: date(2010, 1, 1),
        in_force_to: None,
        function: "渔政执法".to_owned(),
    }
}

/// Grounds on which both conditions are met.
pub(crate) fn grounds() -> Grounds {
    Grounds {
        division: division("420100"),
        bases: vec![regulation()],
        duties: vec![DutyDocument {
            document: document(7),
            issuer: DutyIssuer::EstablishmentOffice,
            issued_on: date(2024, 5, 1),
            duties: "承担渔政执法".to_owned(),
        }],
        establishment: Some(Establishment {
            referenced_institution: 20,
            ..Establishment::default()
        }),
        pay: Some(PaySource::Fiscal),
    }
}

/// A campaign whose phases are so far.
pub(crate) fn campaign(provincial: PhaseState, municipal: PhaseState) -> Campaign {
    Campaign {
        version: 1,
        document: document(1),
        baseline_on: date(2024, 12, 31),
        survey: SurveyState::Open,
        phases: [(Phase::Provincial, provincial), (Phase::Municipal, municipal)].into(),
        gate_override: None,
        closed: false,
    }
}

pub(crate) fn reasoned(reason: &str) -> Override {
    Override { by: person("p9"), on: TODAY, reason: reason.to_owned() }
}

pub(crate) fn clear() -> Clear {
    Clear { clear: Some(true), evidence: vec!["佐证".to_owned()] }
}

pub(crate) fn three_clear() -> ThreeClear {
    ThreeClear { staff: clear(), documents: clear(), functions: clear() }
}

/// All materials of a route, so far.
pub(crate) fn materials(route: ChangeRoute, status: MaterialStatus) -> Vec<Material> {
    let rows = checklist(policy(), route, &BTreeSet::new()).unwrap();
    let row = |code: String| Material {
        code,
        files: vec!["00ff".to_owned()],
        status,
        reviewer: Some(person("p8")),
        reason: String::new(),
    };
    rows.into_iter().map(|one| row(one.code)).collect()
}

pub(crate) fn opinion(department: &str) -> Opinion {
    Opinion {
        department: department.to_owned(),
        reviewer: person(&format!("p-{department}")),
        reviewer_unit: unit(department),
        favourable: true,
        signed: true,
    }
}

pub(crate) fn opinions() -> Vec<Opinion> {
    ["organization_department", "establishment_office", "finance_department"].map(opinion).to_vec()
}

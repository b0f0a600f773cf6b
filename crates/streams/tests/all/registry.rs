//! Events of units and posts, and of values that only one may have.

use std::collections::BTreeMap;

use jiff::civil::date;
use quanheng_eventlog::StreamName;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_register::Basis;
use quanheng_register::claim::Event as ClaimEvent;
use quanheng_register::id::PostId;
use quanheng_register::post::{
    Correction as PostCorrection, Event as PostEvent, PostPatch, PostProfile,
};
use quanheng_register::unit::{
    Actual, ChangeKind, Correction as UnitCorrection, Establishment, Event as UnitEvent,
    LeadershipPosts, Nature, Reference, UnitPatch, UnitProfile,
};
use quanheng_streams::{CreditCodes, Identities, Posts, Units};

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{LATER, ON, category, credit_code, division, document, level, sealed, unit};

fn basis() -> Basis {
    Basis { document: document(), effective_on: ON }
}

const ESTABLISHMENT: Establishment = Establishment {
    administrative: 30,
    referenced_institution: 12,
    special_political_legal: 5,
    logistics: 3,
    other_institution: 2,
};
const ACTUAL: Actual = Actual { administrative: 28, referenced: 11 };
const LEADERSHIP: LeadershipPosts = LeadershipPosts {
    division_principal: 1,
    division_deputy: 2,
    section_principal: 3,
    section_deputy: 4,
    group_posts: 5,
};

fn profile() -> UnitProfile {
    UnitProfile {
        name: "某县农业农村局".to_owned(),
        short_name: "县农业农村局".to_owned(),
        credit_code: Some(credit_code()),
        division: division(),
        tier: Tier::County,
        standing: Standing::Ordinary,
        grade: UnitGrade::Section,
        kind: UnitKind::Organ,
        nature: Nature::Organ,
        sequence: "政府".to_owned(),
        parent: Some(unit("u0")),
        vertical: false,
        establishment: ESTABLISHMENT,
        actual: ACTUAL,
        leadership: LEADERSHIP,
        category_posts: BTreeMap::from([(category(), 20)]),
        reference: Some(Reference { approved_on: date(2019, 6, 1), approval_document: document() }),
        functions: "农业农村工作".to_owned(),
        contact: Some(sealed("contact")),
        remarks: "由两局合并".to_owned(),
    }
}

fn bare_profile() -> UnitProfile {
    UnitProfile {
        short_name: String::new(),
        credit_code: None,
        sequence: String::new(),
        parent: None,
        category_posts: BTreeMap::new(),
        reference: None,
        functions: String::new(),
        contact: None,
        remarks: String::new(),
        ..profile()
    }
}

/// Sets every field.
fn unit_patch() -> UnitPatch {
    let UnitProfile { name, short_name, credit_code, reference, functions, contact, .. } =
        profile();
    UnitPatch {
        name: Some(name),
        short_name: Some(short_name),
        credit_code: Some(credit_code),
        division: Some(division()),
        tier: Some(Tier::Prefecture),
        standing: Some(Standing::SubProvincialCity),
        grade: Some(UnitGrade::Division),
        kind: Some(UnitKind::ReferencedUnit),
        nature: Some(Nature::ReferencedInstitution),
        sequence: Some("党群".to_owned()),
        parent: Some(Some(unit("u9"))),
        vertical: Some(true),
        establishment: Some(ESTABLISHMENT),
        actual: Some(ACTUAL),
        leadership: Some(LEADERSHIP),
        category_posts: Some(BTreeMap::from([(category(), 18)])),
        reference: Some(reference),
        functions: Some(functions),
        contact: Some(contact),
        remarks: Some("隶属关系调整".to_owned()),
    }
}

/// Clears what can be cleared.
fn clearing_unit_patch() -> UnitPatch {
    UnitPatch {
        credit_code: Some(None),
        parent: Some(None),
        reference: Some(None),
        contact: Some(None),
        ..UnitPatch::default()
    }
}

fn unit_corrected(version: u64, correction: UnitCorrection, basis: Option<Basis>) -> UnitEvent {
    UnitEvent::UnitCorrected { version, correction, reason: "录入有误".to_owned(), basis }
}

impl Published for Units {
    names! { UnitEvent {
        UnitRegistered: "unit_registered",
        UnitUpdated: "unit_updated",
        UnitAbolished: "unit_abolished",
        UnitCorrected: "unit_corrected",
    } }

    fn stream() -> StreamName {
        quanheng_streams::unit(&unit("u1"))
    }

    fn samples() -> Vec<Sample<UnitEvent>> {
        let registered = |profile, kinds, predecessors, note: &str| UnitEvent::UnitRegistered {
            unit: unit("u1"),
            profile: Box::new(profile),
            kinds,
            predecessors,
            basis: basis(),
            note: note.to_owned(),
        };
        let updated = |changes, kinds, predecessors, note: &str| UnitEvent::UnitUpdated {
            changes: Box::new(changes),
            kinds,
            predecessors,
            basis: basis(),
            note: note.to_owned(),
        };
        let abolished = |successors, note: &str| UnitEvent::UnitAbolished {
            kind: ChangeKind::Abolished,
            successors,
            basis: basis(),
            note: note.to_owned(),
        };
        let amended = |changes, effective_on| UnitCorrection::Amended {
            changes: Box::new(changes),
            effective_on,
        };
        let before = || vec![unit("u7"), unit("u8")];
        let changes = vec![ChangeKind::Transferred, ChangeKind::AffiliationChanged];
        vec![
            full(registered(profile(), vec![ChangeKind::Merged], before(), "机构改革")),
            form("bare", registered(bare_profile(), Vec::new(), Vec::new(), "")),
            full(updated(unit_patch(), changes, before(), "机构改革")),
            form("clearing", updated(clearing_unit_patch(), Vec::new(), Vec::new(), "")),
            full(abolished(vec![unit("u9")], "机构改革")),
            form("bare", abolished(Vec::new(), "")),
            full(unit_corrected(2, amended(unit_patch(), Some(LATER)), Some(basis()))),
            form("undated", unit_corrected(1, amended(clearing_unit_patch(), None), None)),
            form("voided", unit_corrected(4, UnitCorrection::Voided, None)),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![
            vec![
                "unit_registered",
                "unit_updated",
                "unit_corrected",
                "unit_updated.clearing",
                "unit_corrected.voided",
                "unit_corrected.undated",
                "unit_abolished",
            ],
            vec!["unit_registered.bare", "unit_abolished.bare"],
        ]
    }
}

fn post_id() -> PostId {
    PostId::new("director").unwrap()
}

fn post_profile(of: Option<&str>) -> PostProfile {
    PostProfile {
        title: "局长".to_owned(),
        level: of.map(level),
        category: category(),
        leading_group_member: true,
        authorised: 1,
        duties: "主持全面工作".to_owned(),
    }
}

/// Sets every field.
fn post_patch() -> PostPatch {
    PostPatch {
        title: Some("党组书记、局长".to_owned()),
        level: Some(Some(level("L41"))),
        category: Some(category()),
        leading_group_member: Some(false),
        authorised: Some(2),
        duties: Some("主持党组工作".to_owned()),
    }
}

fn clearing_post_patch() -> PostPatch {
    PostPatch { level: Some(None), ..PostPatch::default() }
}

fn post_corrected(version: u64, correction: PostCorrection, basis: Option<Basis>) -> PostEvent {
    PostEvent::PostCorrected { version, correction, reason: "录入有误".to_owned(), basis }
}

impl Published for Posts {
    names! { PostEvent {
        PostCreated: "post_created",
        PostUpdated: "post_updated",
        PostAbolished: "post_abolished",
        PostCorrected: "post_corrected",
    } }

    fn stream() -> StreamName {
        quanheng_streams::post(&unit("u1"), &post_id())
    }

    fn samples() -> Vec<Sample<PostEvent>> {
        let created = |profile| PostEvent::PostCreated {
            unit: unit("u1"),
            post: post_id(),
            profile,
            basis: basis(),
        };
        let updated = |changes| PostEvent::PostUpdated { changes, basis: basis() };
        let amended = |changes, effective_on| PostCorrection::Amended { changes, effective_on };
        vec![
            full(created(post_profile(Some("L31")))),
            form("without_level", created(post_profile(None))),
            full(updated(post_patch())),
            form("clearing", updated(clearing_post_patch())),
            full(PostEvent::PostAbolished { basis: basis() }),
            full(post_corrected(2, amended(post_patch(), Some(LATER)), Some(basis()))),
            form("undated", post_corrected(1, amended(clearing_post_patch(), None), None)),
            form("voided", post_corrected(4, PostCorrection::Voided, None)),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![
            vec![
                "post_created",
                "post_updated",
                "post_corrected",
                "post_updated.clearing",
                "post_corrected.voided",
                "post_corrected.undated",
                "post_abolished",
            ],
            vec!["post_created.without_level"],
        ]
    }
}

/// Events of a value that one may have.
fn of_claims(by: &str) -> Vec<Sample<ClaimEvent>> {
    let by = || by.to_owned();
    vec![full(ClaimEvent::Claimed { by: by() }), full(ClaimEvent::Released { by: by() })]
}

impl Published for Identities {
    names! { ClaimEvent { Claimed: "claimed", Released: "released", } }

    fn stream() -> StreamName {
        quanheng_streams::identity(crate::sample::SHA256)
    }

    fn samples() -> Vec<Sample<ClaimEvent>> {
        of_claims("persons/pn1")
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![Self::NAMES.to_vec()]
    }
}

impl Published for CreditCodes {
    names! { ClaimEvent { Claimed: "claimed", Released: "released", } }

    fn stream() -> StreamName {
        quanheng_streams::credit_code(&credit_code())
    }

    fn samples() -> Vec<Sample<ClaimEvent>> {
        of_claims("units/u1")
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![Self::NAMES.to_vec()]
    }
}

//! Events of cases of reference management, and of the book that they are entered in.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_eventlog::StreamName;
use quanheng_policy::PersonId;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::profile::{ChangeRoute, GateAct, GateBody, ReferenceChange};
use quanheng_recertification::decrease::{Counted, Place};
use quanheng_recertification::{
    BasisKind, DutyDocument, DutyIssuer, Issuer, LegalBasis, MaterialStatus, Opinion, PaySource,
};
use quanheng_register::claim::Event as Claimed;
use quanheng_register::unit::{
    Actual, ChangeKind, Establishment, LeadershipPosts, Nature, Reference, UnitProfile,
};
use quanheng_streams::{
    BookEvent, Books, CampaignId, CaseGrounds, Consulted, Decision, DeniedCases, GateRecord,
    OpenCases, Precedent, RecertificationEvent, RecertificationId, Recertifications,
    ReportedChange, ReportedUnit, Settled, TransitionId, Verdict,
};

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{
    LATER, ON, SHA256, category, credit_code, division, document, person, sealed, unit,
};

fn case() -> RecertificationId {
    RecertificationId::new("k1").unwrap()
}

fn by() -> PersonId {
    person("p7")
}

fn counted() -> Counted {
    Counted { place: Place::new(division(), Some(unit("u9"))).unwrap(), headcount: 20 }
}

impl Published for Books {
    names! { BookEvent {
        UnitsFrozen: "units_frozen",
        UnitsRetained: "units_retained",
        BookOpened: "book_opened",
        UnitsSettled: "units_settled",
    } }

    fn stream() -> StreamName {
        quanheng_streams::book(&CampaignId::new("c1").unwrap())
    }

    fn samples() -> Vec<Sample<BookEvent>> {
        let units = || BTreeMap::from([(unit("u1"), counted()), (unit("u2"), counted())]);
        let settled = |becomes: Option<Counted>, other: Option<Counted>| BookEvent::UnitsSettled {
            case: case(),
            settled: vec![
                Settled { unit: unit("u1"), becomes },
                Settled { unit: unit("u2"), becomes: other },
            ],
            on: ON,
        };
        let more = Counted { headcount: 30, ..counted() };
        vec![
            full(BookEvent::UnitsFrozen { units: units() }),
            full(BookEvent::UnitsRetained { units: units() }),
            full(BookEvent::BookOpened { on: ON }),
            full(settled(Some(more), None)),
            form("left", settled(None, None)),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        let begun = ["units_frozen", "units_retained", "book_opened"];
        let with = |more: &[&'static str]| begun.iter().chain(more).copied().collect();
        vec![with(&["units_settled", "units_settled.left"])]
    }
}

fn profile() -> UnitProfile {
    UnitProfile {
        name: "市政管理中心".to_owned(),
        short_name: "市政中心".to_owned(),
        credit_code: Some(credit_code()),
        division: division(),
        tier: Tier::County,
        standing: Standing::Ordinary,
        grade: UnitGrade::Section,
        kind: UnitKind::ReferencedUnit,
        nature: Nature::ReferencedInstitution,
        sequence: "政府".to_owned(),
        parent: Some(unit("u9")),
        vertical: false,
        establishment: establishment(),
        actual: Actual { administrative: 0, referenced: 18 },
        leadership: LeadershipPosts { section_principal: 1, ..LeadershipPosts::default() },
        category_posts: BTreeMap::from([(category(), 20)]),
        reference: Some(Reference { approved_on: ON, approval_document: document() }),
        functions: "市政公用事业管理".to_owned(),
        contact: Some(sealed("contact")),
        remarks: "改革后更名".to_owned(),
    }
}

fn establishment() -> Establishment {
    Establishment { referenced_institution: 20, ..Establishment::default() }
}

fn change() -> ReportedChange {
    let one = |before: bool, after: bool| ReportedUnit {
        unit: unit("u1"),
        before: before.then(|| Box::new(profile())),
        after: after.then(|| Box::new(profile())),
        functions_changed: Some(true),
    };
    ReportedChange {
        kind: ChangeKind::FunctionChanged,
        predecessors: vec![one(true, true)],
        successors: vec![one(true, true)],
        documents: vec![document()],
        effective_on: ON,
    }
}

fn grounds() -> CaseGrounds {
    CaseGrounds {
        bases: vec![LegalBasis {
            kind: BasisKind::CityLocalRegulationApproved,
            title: "某市市政条例".to_owned(),
            number: "公告第5号".to_owned(),
            article: "第三条".to_owned(),
            excerpt: "由市政管理机构实施".to_owned(),
            issuer: Issuer::CityCongress,
            division: Some(division()),
            approved_on: Some(ON),
            in_force_from: ON,
            in_force_to: Some(LATER),
            function: "市政管理".to_owned(),
        }],
        duties: vec![DutyDocument {
            document: document(),
            issuer: DutyIssuer::EstablishmentOffice,
            issued_on: ON,
            duties: "市政管理".to_owned(),
        }],
        establishment: Some(establishment()),
        pay: Some(PaySource::Fiscal),
    }
}

fn created(whole: bool) -> RecertificationEvent {
    RecertificationEvent::CaseCreated {
        case: case(),
        unit: unit("u1"),
        campaign: whole.then(|| CampaignId::new("c1").unwrap()),
        change: Box::new(change()),
        changes: BTreeSet::from([ReferenceChange::FunctionChanged]),
        route: ChangeRoute::Recertify,
        grounds: Box::new(if whole { grounds() } else { CaseGrounds::default() }),
        reason: "职能调整".to_owned(),
        renews: whole.then(|| RecertificationId::new("k0").unwrap()),
        by: by(),
        on: ON,
    }
}

fn gate(act: GateAct, body: GateBody) -> RecertificationEvent {
    RecertificationEvent::GatePassed {
        gate: GateRecord {
            act,
            body,
            favourable: true,
            by: by(),
            on: ON,
            opinion: "同意".to_owned(),
            minutes: "某常纪〔2024〕3号".to_owned(),
        },
    }
}

fn decided(verdict: Verdict) -> RecertificationEvent {
    let denied = verdict == Verdict::Denied;
    RecertificationEvent::CaseDecided {
        decision: Decision {
            verdict,
            document: (!denied).then(document),
            minutes: "某常纪〔2024〕3号".to_owned(),
            on: ON,
            reasons: match denied {
                true => vec!["NO_STATUTORY_AUTHORIZATION".to_owned()],
                false => vec![],
            },
        },
    }
}

fn on_the_way() -> Vec<Sample<RecertificationEvent>> {
    use RecertificationEvent as E;
    let reviewed = |status, reason: &str| E::MaterialReviewed {
        code: "request".to_owned(),
        status,
        reason: reason.to_owned(),
        by: by(),
        on: ON,
    };
    vec![
        full(created(true)),
        form("bare", created(false)),
        full(E::CaseUpdated {
            change: Box::new(change()),
            changes: BTreeSet::from([ReferenceChange::FunctionChanged, ReferenceChange::Renamed]),
            route: ChangeRoute::Recertify,
            grounds: Box::new(grounds()),
            reason: "职能、名称调整".to_owned(),
            by: by(),
            on: ON,
        }),
        full(E::MaterialsSubmitted {
            files: BTreeMap::from([("request".to_owned(), vec![SHA256.to_owned()])]),
            by: by(),
            on: ON,
        }),
        full(reviewed(MaterialStatus::Rejected, "缺公章")),
        form("accepted", reviewed(MaterialStatus::Accepted, "")),
        full(E::CaseSubmitted { by: by(), on: ON }),
        full(E::CorrectionRequested {
            text: "请补充".to_owned(),
            materials: BTreeSet::from(["other".to_owned()]),
            by: by(),
            on: ON,
        }),
        full(E::CorrectionAnswered { answer: "已补充".to_owned(), by: by(), on: ON }),
        full(E::DocumentConsulted {
            consulted: Consulted {
                document: document(),
                title: "三定规定".to_owned(),
                by: by(),
                on: ON,
            },
        }),
        full(E::CaseReferred { question: "请厘清职能".to_owned(), by: by(), on: ON }),
        full(E::ReferralAnswered {
            answer: "已厘清".to_owned(),
            document: document(),
            by: by(),
            on: ON,
        }),
        full(E::OpinionRecorded {
            opinion: Opinion {
                department: "finance_department".to_owned(),
                reviewer: person("p8"),
                reviewer_unit: unit("u8"),
                favourable: true,
                signed: true,
            },
            text: "同意".to_owned(),
            on: ON,
        }),
    ]
}

fn after_review() -> Vec<Sample<RecertificationEvent>> {
    use RecertificationEvent as E;
    vec![
        full(gate(GateAct::Propose, GateBody::ParentDepartment)),
        form("concluded", gate(GateAct::Conclude, GateBody::PrefectureTaskForce)),
        full(E::GatesReturned { from: 1, opinions: true, on: ON }),
        full(decided(Verdict::Approved)),
        form("denied", decided(Verdict::Denied)),
        form("exit_approved", decided(Verdict::ExitApproved)),
        form("filed", decided(Verdict::Filed)),
        full(E::UnitEnteredRegister { by: by(), on: ON }),
        full(E::CentralFilingDue { due_on: LATER }),
        full(E::CentrallyFiled { document: document(), by: by(), on: LATER }),
        full(E::TransitionBound { transition: TransitionId::new("t1").unwrap() }),
        full(E::PrecedentPublished {
            precedent: Precedent {
                title: "市级条例授权".to_owned(),
                summary: "经批准的条例可为依据".to_owned(),
                on: LATER,
            },
            by: by(),
        }),
        full(E::CaseWithdrawn { reason: "暂缓".to_owned(), by: by(), on: ON }),
    ]
}

impl Published for Recertifications {
    names! { RecertificationEvent {
        CaseCreated: "case_created",
        CaseUpdated: "case_updated",
        MaterialsSubmitted: "materials_submitted",
        MaterialReviewed: "material_reviewed",
        CaseSubmitted: "case_submitted",
        CorrectionRequested: "correction_requested",
        CorrectionAnswered: "correction_answered",
        DocumentConsulted: "document_consulted",
        CaseReferred: "case_referred",
        ReferralAnswered: "referral_answered",
        OpinionRecorded: "opinion_recorded",
        GatePassed: "gate_passed",
        GatesReturned: "gates_returned",
        CaseDecided: "case_decided",
        UnitEnteredRegister: "unit_entered_register",
        CentralFilingDue: "central_filing_due",
        CentrallyFiled: "centrally_filed",
        TransitionBound: "transition_bound",
        PrecedentPublished: "precedent_published",
        CaseWithdrawn: "case_withdrawn",
    } }

    fn stream() -> StreamName {
        quanheng_streams::recertification(&case())
    }

    fn samples() -> Vec<Sample<RecertificationEvent>> {
        let mut samples = on_the_way();
        samples.extend(after_review());
        samples
    }

    fn histories() -> Vec<Vec<&'static str>> {
        let begun = ["case_created", "materials_submitted", "case_submitted"];
        let with = |more: &[&'static str]| begun.iter().chain(more).copied().collect();
        vec![
            with(&[
                "gate_passed",
                "material_reviewed",
                "correction_requested",
                "correction_answered",
                "material_reviewed.accepted",
                "document_consulted",
                "case_referred",
                "referral_answered",
                "opinion_recorded",
                "gate_passed.concluded",
                "gates_returned",
                "case_decided",
                "central_filing_due",
                "unit_entered_register",
                "centrally_filed",
                "precedent_published",
            ]),
            vec!["case_created.bare", "case_updated", "case_withdrawn"],
            with(&["case_decided.denied", "transition_bound"]),
            with(&["transition_bound", "case_decided.exit_approved"]),
            with(&["case_decided.filed"]),
        ]
    }
}

/// Values that only one case of a unit may have.
macro_rules! claimed {
    ($entity:ident, $stream:path) => {
        impl Published for $entity {
            names! { Claimed {
                Claimed: "claimed",
                Released: "released",
            } }

            fn stream() -> StreamName {
                $stream(&unit("u1"))
            }

            fn samples() -> Vec<Sample<Claimed>> {
                let by = "recertificationCases/k1".to_owned();
                vec![full(Claimed::Claimed { by: by.clone() }), full(Claimed::Released { by })]
            }

            fn histories() -> Vec<Vec<&'static str>> {
                vec![vec!["claimed", "released"]]
            }
        }
    };
}
claimed!(OpenCases, quanheng_streams::reference_case);
claimed!(DeniedCases, quanheng_streams::reference_denial);

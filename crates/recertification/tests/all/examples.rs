//! The worked examples of chapter 10.6, each a row or a test named by its id.

use std::collections::BTreeSet;

use jiff::civil::date;
use quanheng_policy::UnitId;
use quanheng_policy::class::Tier;
use quanheng_policy::condition::Value;
use quanheng_policy::profile::{ChangeRoute, ReferenceChange};
use quanheng_recertification::campaign::PhaseState;
use quanheng_recertification::decrease::{Batch, Book, Figures, Room, Scope, Settlement};
use quanheng_recertification::detect::{StaffOfFunctions, detect_staff};
use quanheng_recertification::onboarding::{
    FourQuestions, Recertification, Team, check_four_questions, check_onboarding,
};
use quanheng_recertification::transition::{
    Move, PersonTransition, Plan, Talk, check_close, check_handover,
};
use quanheng_recertification::{
    BasisKind, Change, Clear, Conclusion, Consequence, Grounds, Issuer, LegalBasis, MaterialStatus,
    Outcome, PaySource, Reason, Rule, ThreeClear, Verdict, check_conclusion, check_conditions,
    check_phase, check_three_clear, route_change,
};
use quanheng_register::unit::{ChangeKind, Nature};

use crate::world::{
    TODAY, alone, campaign, codes, counted, division, document, grounds, materials, natured,
    opinions, parameter, person, policy, reasoned, referenced, regulation, successor, three_clear,
    unit, with, with_transition,
};

fn province() -> Scope {
    Scope::Province(division("420000"))
}

fn merged() -> Change {
    let parts = [("u1", 20), ("u2", 15), ("u3", 10)];
    let before = parts.map(|(id, slots)| (unit(id), referenced(id, slots)));
    let mut change = alone(ChangeKind::Merged, before[0].1.clone(), referenced("u1", 40));
    change.predecessors = before.into();
    change
}

#[test]
fn routes() {
    let was = || referenced("甲", 20);
    let renamed = alone(ChangeKind::Renamed, was(), referenced("乙", 20));
    let mut both = renamed.clone();
    both.successors[0].functions_changed = Some(true);
    let organ = natured(was(), Nature::Organ);
    let mut converted = alone(ChangeKind::ConvertedToOrgan, was(), organ.clone());
    let stays_the_same_unit = converted.clone();
    converted.successors = vec![successor("organ", None, organ)];
    use ChangeRoute::{Exit, Filing, Recertify};
    use ReferenceChange::{ConvertedToOrgan, FunctionChanged, MergedReferencedOnly, Renamed};
    let rows = [
        ("W-90", renamed, Filing, vec![Renamed]),
        ("W-91", merged(), Filing, vec![MergedReferencedOnly]),
        ("W-93", both, Recertify, vec![Renamed, FunctionChanged]),
        ("W-94", converted, Exit, vec![ConvertedToOrgan]),
        ("W-94, the same unit", stays_the_same_unit, Exit, vec![ConvertedToOrgan]),
    ];
    for (id, change, route, changes) in rows {
        let routed = route_change(policy(), &change);
        assert_eq!(routed.len(), 1, "{id}: {routed:?}");
        assert_eq!(routed[0].unit, unit("u1"), "{id}");
        assert_eq!(routed[0].route, Some(route), "{id}: {:?}", routed[0].findings);
        assert!(changes.iter().all(|kind| routed[0].changes.contains(kind)), "{id}");
        assert!(routed[0].findings.passed(), "{id}");
        let staff = routed[0].consequences.contains(&Consequence::OpenTransition);
        assert_eq!(staff, route == Exit, "{id}");
    }
}

#[test]
fn w_91_a_merger_gives_room() {
    let retained = [("u1", 20), ("u2", 15), ("u3", 10)].map(|(id, n)| (id, counted("420100", n)));
    let mut book = Book::frozen_from(retained.iter().map(|(_, counted)| counted));
    for (id, counted) in retained {
        book.retain(unit(id), counted);
    }
    let merged = [("u1", Some(counted("420100", 40))), ("u2", None), ("u3", None)];
    let merged = merged.map(|(id, becomes)| Settlement { unit: unit(id), becomes });
    let check = book.commit(policy(), &Batch::new(merged).unwrap()).unwrap();
    let room = Room { units: 2, headcount: 5 };
    assert!(check.lines.iter().all(|line| line.room == room), "{:?}", check.lines);
    assert_eq!(book.room(&province()), room);
}

#[test]
fn w_94_an_exit_takes_the_unit_out_and_its_holders_along() {
    let mut book = Book::frozen_from(&[counted("420100", 20), counted("420100", 5)]);
    book.retain(unit("u1"), counted("420100", 20));
    book.retain(unit("u2"), counted("420100", 5));
    let exit = Batch::new([Settlement { unit: unit("u1"), becomes: None }]).unwrap();
    book.commit(policy(), &exit).unwrap();
    assert_eq!(book.after(&province()), Figures { units: 1, headcount: 5 });
    assert_eq!(book.room(&province()), Room { units: 1, headcount: 20 });

    let holders: BTreeSet<_> = [person("p1"), person("p2")].into();
    let to = |id: &str, account: &'static str| Move { person: person(id), to: account };
    let left = check_handover(&holders, &[to("p1", "organ"), to("p2", "elsewhere")], &"organ");
    assert_eq!(left.reason, Some(Reason::HoldersLeft));
    assert_eq!(left.facts["left"], Value::Text("p2".to_owned()));
    let all = check_handover(&holders, &[to("p1", "organ"), to("p2", "organ")], &"organ");
    assert_eq!(all.outcome, Outcome::Pass);
}

/// 500 units and 12 000 slots before; 480 and 11 950 committed after.
fn book() -> Book {
    let before = [(province(), Figures { units: 500, headcount: 12_000 })];
    let mut book = Book::frozen(before.into());
    for nr in 0..480_u32 {
        let slots = if nr == 0 { 11_950 - 479 * 24 } else { 24 };
        book.retain(unit(&format!("r{nr}")), counted("420000", slots));
    }
    assert_eq!(book.after(&province()), Figures { units: 480, headcount: 11_950 });
    book
}

/// Twelve units that are to be approved, with so many slots together.
fn twelve(slots: u32) -> Batch {
    let one = |nr: u32| {
        let headcount = if nr == 0 { slots - 11 * 4 } else { 4 };
        let becomes = Some(counted("420000", headcount));
        Settlement { unit: unit(&format!("n{nr}")), becomes }
    };
    Batch::new((0..12).map(one)).unwrap()
}

#[test]
fn batches() {
    let rows = [("W-95", 60, false, 12_010, (8, -10)), ("W-96", 50, true, 12_000, (8, 0))];
    for (id, slots, fits, headcount, (room_units, room_headcount)) in rows {
        let mut book = book();
        let was = book.clone();
        let done = book.commit(policy(), &twelve(slots));
        assert_eq!(done.is_ok(), fits, "{id}");
        let check = done.unwrap_or_else(|refused| refused);
        let line = check.lines.iter().find(|line| line.scope == province()).unwrap();
        assert_eq!(line.after, Figures { units: 492, headcount }, "{id}");
        assert_eq!(line.before, Some(Figures { units: 500, headcount: 12_000 }), "{id}");
        assert_eq!(line.room, Room { units: room_units, headcount: room_headcount }, "{id}");
        let expected: &[&str] = if fits { &[] } else { &["ONLY_DECREASE_VIOLATED"] };
        assert_eq!(codes(&check.findings), expected, "{id}");
        assert_eq!(book == was, !fits, "{id}: committed whole or not at all");
        let facts = &check.findings.0[0].facts;
        assert_eq!(facts["after_headcount"], Value::Number(headcount.try_into().unwrap()), "{id}");
        assert!(check.findings.0[0].message.contains(&headcount.to_string()), "{id}");
    }
}

#[test]
fn conditions() {
    let rule =
        LegalBasis { kind: BasisKind::DepartmentalRule, issuer: Issuer::Ministry, ..regulation() };
    let duties = LegalBasis {
        kind: BasisKind::ThreeDeterminations,
        issuer: Issuer::EstablishmentOffice,
        ..regulation()
    };
    let law = LegalBasis {
        kind: BasisKind::NationalLaw,
        issuer: Issuer::NationalCongress,
        division: None,
        ..regulation()
    };
    let rules_only = Grounds { bases: vec![rule, duties], ..grounds() };
    let self_funded = Grounds { bases: vec![law], pay: Some(PaySource::SelfFunded), ..grounds() };
    let rows = [
        ("W-98", rules_only, Verdict::Denied, vec!["NO_STATUTORY_AUTHORIZATION"]),
        ("W-99", grounds(), Verdict::Met, vec![]),
        ("W-100", self_funded, Verdict::Denied, vec!["NOT_FISCALLY_FUNDED"]),
    ];
    for (id, grounds, verdict, expected) in rows {
        let found = check_conditions(&grounds, TODAY);
        assert_eq!(found.verdict(), verdict, "{id}");
        assert_eq!(codes(&found.findings), expected, "{id}");
        assert!(found.findings.0.iter().all(|one| !one.article.is_empty()), "{id}");
    }
}

#[test]
fn w_103_a_city_waits_for_the_province_and_its_survey_does_not() {
    let campaign = campaign(PhaseState::Open, PhaseState::NotOpen);
    let found = check_phase(policy(), &campaign, Tier::Prefecture);
    assert_eq!(found.reason, Some(Reason::PhaseLocked));
    assert_eq!(found.facts["provincial_state"], Value::Text("open".to_owned()));
    assert!(campaign.survey_open());
    assert!(!check_phase(policy(), &campaign, Tier::Province).failed());
}

#[test]
fn w_104_nothing_is_concluded_without_finance() {
    let materials = materials(ChangeRoute::Recertify, MaterialStatus::Accepted);
    let mut opinions = opinions();
    opinions.retain(|opinion| opinion.department != "finance_department");
    let (applicant, none): (UnitId, _) = (unit("u1"), BTreeSet::new());
    let asked = Conclusion {
        route: ChangeRoute::Recertify,
        applicant: &applicant,
        parent: None,
        opinions: &opinions,
        materials: &materials,
        requested: &none,
        feedback_rounds: 0,
    };
    let found = check_conclusion(policy(), &asked);
    assert_eq!(codes(&found), ["OPINION_MISSING"]);
    let finding = found.of(Rule::Opinions).unwrap();
    assert_eq!(finding.facts["missing"], Value::Text("finance_department".to_owned()));
}

#[test]
fn w_105_documents_that_are_not_clear() {
    let unclear = ThreeClear { documents: Clear::default(), ..three_clear() };
    let (hard, warn) = (policy().clone(), with(&parameter("three_clear", "\"warn\"")));
    let said = reasoned("编制文件正在重新印发");
    let blank = reasoned("  ");
    for (policy, exception, outcome) in [
        (&hard, None, Outcome::Fail),
        (&hard, Some(&said), Outcome::Fail),
        (&warn, None, Outcome::Fail),
        (&warn, Some(&blank), Outcome::Fail),
        (&warn, Some(&said), Outcome::Warn),
    ] {
        let found = check_three_clear(policy, &unclear, exception);
        assert_eq!(found.outcome, outcome, "{exception:?}");
        assert_eq!(found.reason, Some(Reason::ThreeClearIncomplete));
        assert_eq!(found.facts["unclear"], Value::Text("编制文件".to_owned()));
        let recorded = found.facts.get("override_reason");
        assert_eq!(recorded.is_some(), outcome == Outcome::Warn);
    }
}

#[test]
fn w_107_functions_moved_and_staff_did_not() {
    let facts =
        StaffOfFunctions { unit: unit("u1"), functions_moved: 2, staff: 20, still_attached: 6 };
    let issue = detect_staff(&facts).unwrap();
    assert_eq!(issue.detector.code(), "staff_not_moved_with_function");
    assert_eq!(issue.facts["staff"], Value::Number(20));
    assert_eq!(issue.facts["still_attached"], Value::Number(6));
    assert_eq!(detect_staff(&StaffOfFunctions { still_attached: 0, ..facts.clone() }), None);
    assert_eq!(detect_staff(&StaffOfFunctions { functions_moved: 0, ..facts }), None);
}

#[test]
fn w_108_a_plan_with_open_persons_stays_open() {
    let one = |nr: u32, done: bool| PersonTransition {
        person: person(&format!("p{nr}")),
        option: Some("转为事业单位工作人员".to_owned()),
        talk: Some(Talk {
            on: date(2025, 9, 1), policy: "过渡期政策".to_owned(), signed: true
        }),
        pay_protected: None,
        done_on: done.then_some(date(2025, 10, 1)),
    };
    let plan = |done: u32| Plan {
        unit: unit("u1"),
        document: document(30),
        from: date(2025, 7, 1),
        roster: (0..12).map(|nr| person(&format!("p{nr}"))).collect(),
        persons: (0..12).map(|nr| one(nr, nr < done)).collect(),
    };
    let policy = with_transition();
    let found = check_close(&policy, &plan(10), TODAY);
    assert_eq!(found.reason, Some(Reason::TransitionOpen));
    assert_eq!(found.facts["persons"], Value::Number(12));
    assert_eq!(found.facts["persons_done"], Value::Number(10));
    assert_eq!(check_close(&policy, &plan(12), TODAY).outcome, Outcome::Pass);
}

#[test]
fn w_110_a_team_waits_for_its_unit() {
    let team = |recertification| Team {
        recertification: Some(recertification),
        nature: Some(Nature::ReferencedInstitution),
        staff_identified: Some(true),
    };
    let found = check_onboarding(&team(Recertification::Pending), TODAY);
    assert_eq!(found.reason.unwrap().code(), "RECERTIFICATION_PENDING");
    let approved = Recertification::Approved { document: document(9), on: date(2026, 1, 4) };
    assert_eq!(check_onboarding(&team(approved), TODAY).outcome, Outcome::Pass);
}

#[test]
fn w_111_four_questions_and_all_of_them_yes() {
    let all = FourQuestions {
        main_duty_in_specialty: Some(true),
        technical_and_hard_to_replace: Some(true),
        staff_mostly_technical: Some(true),
        serves_the_cause: Some(true),
    };
    assert_eq!(check_four_questions(all).outcome, Outcome::Pass);
    for one in [
        FourQuestions { main_duty_in_specialty: Some(false), ..all },
        FourQuestions { technical_and_hard_to_replace: Some(false), ..all },
        FourQuestions { staff_mostly_technical: Some(false), ..all },
        FourQuestions { serves_the_cause: Some(false), ..all },
    ] {
        assert_eq!(check_four_questions(one).reason, Some(Reason::FourQuestionsNotMet));
    }
    let open = FourQuestions { serves_the_cause: None, ..all };
    assert_eq!(check_four_questions(open).reason, Some(Reason::FactMissing));
}

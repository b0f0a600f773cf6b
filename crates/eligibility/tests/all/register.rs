//! A career of what the register holds, and what is refused because not all of it is known.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use quanheng_eligibility::{Career, Elsewhere, Holding, Opened, Refusal, career_of};
use quanheng_policy::class::Tier;
use quanheng_policy::condition::Value;
use quanheng_policy::{LevelId, PersonId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::{FactId, SpellId};
use quanheng_register::person::{
    self, EntryWay, Event, LeaveReason, Person, PersonFacts, PostSpell, PostWay, RankReason,
    RankSpell, SlotKind, SlotSpell,
};
use quanheng_register::private::{
    AssessmentResult, Commendation, CommendationKind, PrivateProfile, SanctionKind, Sex,
};

use crate::world::{
    TODAY, ask, assessment, codes, general, investigation, policy, qualified, rank, sanction, unit,
};

const BEGAN: Date = date(2022, 7, 1);

fn sealed() -> Sealed {
    Sealed::new("x").unwrap()
}

fn spell_id(id: &str) -> SpellId {
    SpellId::new(id).unwrap()
}

fn fact_id(id: &str) -> FactId {
    FactId::new(id).unwrap()
}

fn slot(kind: SlotKind) -> SlotSpell {
    let unit = UnitId::new("u1").unwrap();
    SlotSpell { unit, slot: kind, category: general(), from: BEGAN, document: None }
}

fn post(level: Option<&str>, concurrent: bool) -> PostSpell {
    PostSpell {
        unit: UnitId::new("u1").unwrap(),
        post: None,
        level: level.map(|level| LevelId::new(level).unwrap()),
        title: "主任".to_owned(),
        from: BEGAN,
        to: None,
        way: PostWay::Selection,
        concurrent,
        left: None,
        document: None,
    }
}

/// A person of the register, made by its own events.
fn registered(kind: SlotKind, more: Vec<Event>) -> Person {
    let rank = RankSpell {
        category: general(),
        rank: rank("GM10"),
        from: BEGAN,
        to: None,
        reason: RankReason::Probation,
        exemption: None,
        batch: String::new(),
        left: None,
        document: None,
    };
    let mut events = vec![
        Event::PersonRegistered {
            person: PersonId::new("p7").unwrap(),
            private: sealed(),
            facts: PersonFacts {
                entry: Some(EntryWay::Recruitment),
                same_level_since: Some(date(2022, 1, 1)),
                ..PersonFacts::default()
            },
            spell: spell_id("s1"),
            slot: slot(kind),
        },
        Event::RankTaken { spell: spell_id("r1"), rank },
    ];
    events.extend(more);
    let mut state = None;
    for event in &events {
        person::evolve(&mut state, event);
    }
    state.unwrap()
}

fn profile() -> PrivateProfile {
    PrivateProfile {
        name: "张三".to_owned(),
        identity_number: "11010519491231002X".to_owned(),
        sex: Sex::Female,
        nation: "汉族".to_owned(),
        birth_date: date(1994, 12, 31).into(),
        native_place: String::new(),
        political_status: String::new(),
        party_joined: None,
        work_started: Some(date(2021, 7, 1).into()),
        registered_on: None,
        grass_roots_two_years: true,
        full_time_education: None,
        in_service_education: None,
        pay_grade: Some(24),
        phone: String::new(),
        resume: String::new(),
    }
}

fn opened() -> Opened {
    Opened {
        profile: profile(),
        assessments: BTreeMap::new(),
        commendations: BTreeMap::new(),
        sanctions: BTreeMap::new(),
        investigations: BTreeMap::new(),
    }
}

fn elsewhere() -> Elsewhere {
    Elsewhere { unit: Some(unit(Tier::County)), ..Elsewhere::default() }
}

fn made(person: &Person, opened: Opened) -> Result<Career, Refusal> {
    career_of(person, opened, elsewhere(), TODAY)
}

/// Results of the years 2022 to 2025, a sanction, a commendation and an investigation.
fn events() -> Vec<Event> {
    let years = (2022..=2025).map(|year| Event::AssessmentRecorded {
        year,
        sealed: sealed(),
        corrects: false,
    });
    let facts = [
        Event::SanctionRecorded { sanction: fact_id("f1"), sealed: sealed() },
        Event::CommendationRecorded { commendation: fact_id("f2"), sealed: sealed() },
        Event::InvestigationOpened { investigation: fact_id("f3"), sealed: sealed() },
    ];
    years.chain(facts).collect()
}

fn all_opened() -> Opened {
    let competent = AssessmentResult::Competent;
    let merit = Commendation {
        kind: CommendationKind::Merit3,
        on: date(2023, 5, 4),
        document: None,
        note: String::new(),
    };
    Opened {
        assessments: (2022..=2025).map(|year| (year, assessment(year, competent))).collect(),
        sanctions: BTreeMap::from([(
            fact_id("f1"),
            sanction(SanctionKind::Warning, date(2023, 1, 9)),
        )]),
        commendations: BTreeMap::from([(fact_id("f2"), merit)]),
        investigations: BTreeMap::from([(
            fact_id("f3"),
            investigation(date(2022, 8, 1), Some(date(2022, 12, 1))),
        )]),
        ..opened()
    }
}

#[test]
fn everything_that_rules_read_is_taken_over() {
    let more = [
        Event::PostTaken { spell: spell_id("q1"), post: post(Some("L42"), false) },
        Event::PostTaken { spell: spell_id("q2"), post: post(Some("L41"), true) },
        Event::PostTaken { spell: spell_id("q3"), post: post(None, false) },
    ];
    let person = registered(SlotKind::Administrative, [events(), more.to_vec()].concat());
    let qualification = qualified("police_technical", "junior", BEGAN, None);
    let elsewhere = Elsewhere { qualifications: vec![qualification.clone()], ..elsewhere() };
    let career = career_of(&person, all_opened(), elsewhere, TODAY).unwrap();
    assert!(career.in_service && !career.worker);
    assert_eq!(career.person.as_str(), "p7");
    assert_eq!((career.category.clone(), career.unit), (Some(general()), Some(unit(Tier::County))));
    assert_eq!((career.pay_grade, career.same_level_since), (Some(24), Some(date(2022, 1, 1))));
    assert_eq!(career.spells.len(), 2, "posts held beside, and without level, give no time");
    assert!(career.spells.iter().any(|spell| spell.reason == Some(RankReason::Probation)));
    let level = LevelId::new("L42").unwrap();
    assert!(
        career.spells.iter().any(|spell| spell.holding == Holding::Post { level: level.clone() })
    );
    let counts = [
        career.assessments.len(),
        career.sanctions.len(),
        career.commendations.len(),
        career.investigations.len(),
    ];
    assert_eq!(counts, [4, 1, 1, 1]);
    assert_eq!(career.extra.get("grass_roots_two_years"), Some(&Value::Flag(true)));
    assert!(career.qualifications == [qualification]);
    // And the rules read it as any other.
    let found = ask(policy(), &career, "GM09", TODAY);
    assert!(found.candidate().is_some(), "{:?}", codes(&found));
}

#[test]
fn what_could_not_be_opened_never_passes_for_nothing() {
    let person = registered(SlotKind::Administrative, events());
    assert!(made(&person, all_opened()).is_ok());
    let drop = |change: fn(&mut Opened)| {
        let mut opened = all_opened();
        change(&mut opened);
        opened
    };
    for (fact, opened) in [
        ("assessments", drop(|opened| drop_last(&mut opened.assessments))),
        ("sanctions", drop(|opened| drop_last(&mut opened.sanctions))),
        ("commendations", drop(|opened| drop_last(&mut opened.commendations))),
        ("investigations", drop(|opened| drop_last(&mut opened.investigations))),
        (
            "sanctions",
            drop(|opened| {
                let one = opened.sanctions.pop_last().unwrap().1;
                opened.sanctions.insert(fact_id("another"), one);
            }),
        ),
        ("assessments", drop(|opened| opened.assessments.get_mut(&2024).unwrap().year = 2020)),
    ] {
        assert_eq!(made(&person, opened).unwrap_err(), Refusal::FactMissing { fact });
    }
}

fn drop_last<K: Ord, V>(map: &mut BTreeMap<K, V>) {
    assert!(map.pop_last().is_some());
}

#[test]
fn who_was_erased_is_nobody_and_who_left_is_out_of_service() {
    let erased = Event::PersonErased {
        ordered_by: "某机关".to_owned(),
        reason: "申请".to_owned(),
        on: TODAY,
    };
    let person = registered(SlotKind::Administrative, vec![erased]);
    let refused = made(&person, opened()).unwrap_err();
    assert_eq!((refused.clone(), refused.code()), (Refusal::Erased, "PERSON_ERASED"));

    let left = Event::LeftService {
        reason: LeaveReason::Retirement,
        on: date(2026, 1, 1),
        document: None,
        closed: vec![],
    };
    let person = registered(SlotKind::Administrative, vec![left]);
    let career = made(&person, opened()).unwrap();
    assert!(!career.in_service && career.category.is_none());
    assert_eq!(codes(&ask(policy(), &career, "GM09", TODAY))[0], "NOT_IN_SERVICE");
    let before = career_of(&person, opened(), elsewhere(), date(2025, 12, 31)).unwrap();
    assert!(before.in_service);
}

#[test]
fn a_workers_slot_makes_a_worker() {
    let person = registered(SlotKind::Logistics, vec![]);
    assert!(made(&person, opened()).unwrap().worker);
}

//! Events of persons.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use quanheng_eventlog::StreamName;
use quanheng_policy::codes::DocumentNumber;
use quanheng_register::id::{FactId, PostId, SpellId};
use quanheng_register::person::{
    Conversion, EntryWay, Event, Exemption, FactKind, LeaveReason, ListingReason, MoveWay,
    PersonFacts, PersonPatch, PostFix, PostLeaveReason, PostSpell, PostWay, RankFix,
    RankLeaveReason, RankReason, RankSpell, Secondment, SecondmentFix, SeparateListing, SlotFix,
    SlotKind, SlotSpell, SpellFix,
};
use quanheng_streams::Persons;

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{LATER, ON, category, document, level, person, rank, sealed, unit};

const BEGUN: Date = date(2016, 9, 1);

fn spell(id: &str) -> SpellId {
    SpellId::new(id).unwrap()
}

fn fact(id: &str) -> FactId {
    FactId::new(id).unwrap()
}

fn post_id() -> PostId {
    PostId::new("director").unwrap()
}

fn reason() -> String {
    "录入有误".to_owned()
}

fn listing() -> SeparateListing {
    SeparateListing { reason: ListingReason::Reform, since: ON }
}

fn conversion() -> Conversion {
    Conversion {
        rank: rank("GM09"),
        on: date(2019, 6, 1),
        level_since: date(2013, 3, 1),
        months_used: 24,
        promotions: 1,
    }
}

fn facts() -> PersonFacts {
    PersonFacts {
        entry: Some(EntryWay::Recruitment),
        ex_military: true,
        separately_listed: Some(listing()),
        same_level_since: Some(BEGUN),
        conversion: Some(conversion()),
    }
}

/// Sets every field.
fn patch() -> PersonPatch {
    PersonPatch {
        entry: Some(Some(EntryWay::ExMilitary)),
        ex_military: Some(false),
        separately_listed: Some(Some(listing())),
        same_level_since: Some(Some(BEGUN)),
        conversion: Some(Some(conversion())),
    }
}

/// Clears what can be cleared.
fn clearing_patch() -> PersonPatch {
    PersonPatch {
        entry: Some(None),
        ex_military: None,
        separately_listed: Some(None),
        same_level_since: Some(None),
        conversion: Some(None),
    }
}

fn slot(document: Option<DocumentNumber>) -> SlotSpell {
    let slot = SlotKind::Administrative;
    SlotSpell { unit: unit("u1"), slot, category: category(), from: BEGUN, document }
}

fn post() -> PostSpell {
    PostSpell {
        unit: unit("u1"),
        post: Some(post_id()),
        level: Some(level("L31")),
        title: "局长".to_owned(),
        from: BEGUN,
        to: Some(ON),
        way: PostWay::Selection,
        concurrent: false,
        left: Some(PostLeaveReason::TurnedToRank),
        document: Some(document()),
    }
}

fn bare_post() -> PostSpell {
    PostSpell { post: None, level: None, to: None, left: None, document: None, ..post() }
}

fn rank_spell() -> RankSpell {
    RankSpell {
        category: category(),
        rank: rank("GM09"),
        from: BEGUN,
        to: Some(ON),
        reason: RankReason::InitialConversion,
        exemption: Some(Exemption::SeparatelyListed),
        batch: "2019年首次套转".to_owned(),
        left: Some(RankLeaveReason::Promoted),
        document: Some(document()),
    }
}

fn bare_rank() -> RankSpell {
    let batch = String::new();
    RankSpell { to: None, exemption: None, batch, left: None, document: None, ..rank_spell() }
}

fn secondment() -> Secondment {
    Secondment {
        unit: Some(unit("u5")),
        place: "某县某镇党委副书记".to_owned(),
        from: BEGUN,
        to: Some(ON),
        document: Some(document()),
    }
}

fn bare_secondment() -> Secondment {
    Secondment { unit: None, to: None, document: None, ..secondment() }
}

/// Sets every field.
fn slot_fix() -> SlotFix {
    SlotFix {
        unit: Some(unit("u2")),
        slot: Some(SlotKind::SpecialPoliticalLegal),
        category: Some(category()),
        from: Some(ON),
        document: Some(Some(document())),
    }
}

/// Sets every field.
fn post_fix() -> PostFix {
    PostFix {
        unit: Some(unit("u2")),
        post: Some(Some(post_id())),
        level: Some(Some(level("L32"))),
        title: Some("副局长".to_owned()),
        from: Some(BEGUN),
        to: Some(Some(LATER)),
        way: Some(PostWay::Election),
        concurrent: Some(true),
        left: Some(Some(PostLeaveReason::NotRenominated)),
        document: Some(Some(document())),
    }
}

/// Sets every field.
fn rank_fix() -> RankFix {
    RankFix {
        category: Some(category()),
        rank: Some(rank("GM08")),
        from: Some(BEGUN),
        to: Some(Some(LATER)),
        reason: Some(RankReason::Promotion),
        exemption: Some(Some(Exemption::ExMilitaryFirstPlacement)),
        batch: Some("2024年第一批".to_owned()),
        left: Some(Some(RankLeaveReason::Lowered)),
        document: Some(Some(document())),
    }
}

/// Sets every field.
fn secondment_fix() -> SecondmentFix {
    SecondmentFix {
        unit: Some(Some(unit("u6"))),
        place: Some("某县某镇镇长".to_owned()),
        from: Some(BEGUN),
        to: Some(Some(LATER)),
        document: Some(Some(document())),
    }
}

/// The same fixes, where they clear what can be cleared.
fn clearing_fixes() -> [(&'static str, &'static str, SpellFix); 4] {
    let slot = SlotFix { document: Some(None), ..SlotFix::default() };
    let post = PostFix {
        post: Some(None),
        level: Some(None),
        to: Some(None),
        left: Some(None),
        document: Some(None),
        ..PostFix::default()
    };
    let rank = RankFix {
        to: Some(None),
        exemption: Some(None),
        left: Some(None),
        document: Some(None),
        ..RankFix::default()
    };
    let away = SecondmentFix {
        unit: Some(None),
        to: Some(None),
        document: Some(None),
        ..SecondmentFix::default()
    };
    [
        ("clearing_slot", "s1", SpellFix::Slot(slot)),
        ("clearing_post", "s2", SpellFix::Post(post)),
        ("clearing_rank", "s3", SpellFix::Rank(rank)),
        ("clearing_secondment", "s4", SpellFix::Secondment(away)),
    ]
}

impl Published for Persons {
    names! { Event {
        PersonRegistered: "person_registered",
        OpeningFactsRecorded: "opening_facts_recorded",
        PersonUpdated: "person_updated",
        SlotMoved: "slot_moved",
        PostTaken: "post_taken",
        PostLeft: "post_left",
        RankTaken: "rank_taken",
        RankLeft: "rank_left",
        SecondmentStarted: "secondment_started",
        SecondmentEnded: "secondment_ended",
        SpellCorrected: "spell_corrected",
        LeftService: "left_service",
        Reinstated: "reinstated",
        PersonRejoined: "person_rejoined",
        AssessmentRecorded: "assessment_recorded",
        CommendationRecorded: "commendation_recorded",
        SanctionRecorded: "sanction_recorded",
        SanctionLifted: "sanction_lifted",
        InvestigationOpened: "investigation_opened",
        InvestigationClosed: "investigation_closed",
        RelativeDeclared: "relative_declared",
        RelativeWithdrawn: "relative_withdrawn",
        FactCorrected: "fact_corrected",
        PersonErased: "person_erased",
    } }

    fn stream() -> StreamName {
        quanheng_streams::person(&person("pn1"))
    }

    fn samples() -> Vec<Sample<Event>> {
        let mut samples = of_entry();
        samples.extend(of_spells());
        samples.extend(of_corrections());
        samples.extend(of_leaving());
        samples.extend(of_sealed_facts());
        samples
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![
            vec![
                "person_registered",
                "opening_facts_recorded",
                "person_updated",
                "person_updated.clearing",
                "slot_moved",
                "slot_moved.undocumented",
                "post_taken",
                "post_left",
                "post_taken.bare",
                "post_left.undocumented",
                "rank_taken",
                "rank_left",
                "rank_taken.bare",
                "rank_left.undocumented",
                "secondment_started",
                "secondment_started.bare",
                "secondment_ended",
                "spell_corrected",
                "spell_corrected.slot",
                "spell_corrected.post",
                "spell_corrected.secondment",
                "spell_corrected.clearing_slot",
                "spell_corrected.clearing_post",
                "spell_corrected.clearing_rank",
                "spell_corrected.clearing_secondment",
                "spell_corrected.voided",
                "left_service",
                "reinstated",
                "left_service.undocumented",
                "reinstated.undocumented",
                "left_service",
                "person_rejoined",
                "assessment_recorded",
                "commendation_recorded",
                "sanction_recorded",
                "sanction_lifted",
                "investigation_opened",
                "investigation_closed",
                "relative_declared",
                "relative_withdrawn",
                "fact_corrected",
                "fact_corrected.voided",
                "person_erased",
            ],
            vec!["person_registered.bare"],
        ]
    }
}

fn of_entry() -> Vec<Sample<Event>> {
    let registered = |slot, facts| Event::PersonRegistered {
        person: person("pn1"),
        private: sealed("private"),
        spell: spell("s1"),
        slot,
        facts,
    };
    let updated = |changes, private| Event::PersonUpdated { changes, private };
    vec![
        full(registered(slot(Some(document())), facts())),
        form("bare", registered(slot(None), PersonFacts::default())),
        full(Event::OpeningFactsRecorded {
            cut_over: ON,
            posts: BTreeMap::from([(spell("s2"), post()), (spell("s5"), bare_post())]),
            ranks: BTreeMap::from([(spell("s3"), rank_spell()), (spell("s6"), bare_rank())]),
            changes: patch(),
        }),
        full(updated(patch(), Some(sealed("private-2")))),
        form("clearing", updated(clearing_patch(), None)),
    ]
}

/// Intervals that begin and end.
fn of_spells() -> Vec<Sample<Event>> {
    let moved = |document| Event::SlotMoved {
        spell: spell("s7"),
        slot: slot(document),
        way: MoveWay::LateralTransfer,
    };
    let post_left = |document| Event::PostLeft {
        spell: spell("s2"),
        on: LATER,
        reason: PostLeaveReason::OtherPost,
        document,
    };
    let rank_left = |document| Event::RankLeft {
        spell: spell("s3"),
        on: LATER,
        reason: RankLeaveReason::LeadershipPost,
        document,
    };
    let started = |secondment| Event::SecondmentStarted { spell: spell("s4"), secondment };
    vec![
        full(moved(Some(document()))),
        form("undocumented", moved(None)),
        full(Event::PostTaken { spell: spell("s2"), post: post() }),
        form("bare", Event::PostTaken { spell: spell("s2"), post: bare_post() }),
        full(post_left(Some(document()))),
        form("undocumented", post_left(None)),
        full(Event::RankTaken { spell: spell("s3"), rank: rank_spell() }),
        form("bare", Event::RankTaken { spell: spell("s3"), rank: bare_rank() }),
        full(rank_left(Some(document()))),
        form("undocumented", rank_left(None)),
        full(started(secondment())),
        form("bare", started(bare_secondment())),
        full(Event::SecondmentEnded { spell: spell("s4"), on: LATER }),
    ]
}

fn of_corrections() -> Vec<Sample<Event>> {
    let corrected = |id, fix, document| Event::SpellCorrected {
        spell: spell(id),
        fix,
        reason: reason(),
        document,
    };
    let mut samples = vec![
        full(corrected("s3", SpellFix::Rank(rank_fix()), Some(document()))),
        form("slot", corrected("s1", SpellFix::Slot(slot_fix()), Some(document()))),
        form("post", corrected("s2", SpellFix::Post(post_fix()), Some(document()))),
        form(
            "secondment",
            corrected("s4", SpellFix::Secondment(secondment_fix()), Some(document())),
        ),
        form("voided", corrected("s5", SpellFix::Voided, None)),
    ];
    let clearing = clearing_fixes().map(|(name, id, fix)| form(name, corrected(id, fix, None)));
    samples.extend(clearing);
    samples
}

fn of_leaving() -> Vec<Sample<Event>> {
    let left = |document| Event::LeftService {
        reason: LeaveReason::Resignation,
        on: LATER,
        closed: vec![spell("s2"), spell("s3")],
        document,
    };
    let reinstated = |document| Event::Reinstated {
        reason: reason(),
        reopened: vec![spell("s2"), spell("s3")],
        document,
    };
    vec![
        full(left(Some(document()))),
        form("undocumented", left(None)),
        full(reinstated(Some(document()))),
        form("undocumented", reinstated(None)),
        full(Event::PersonRejoined {
            spell: spell("s8"),
            slot: slot(Some(document())),
            entry: EntryWay::InboundTransfer,
        }),
    ]
}

fn of_sealed_facts() -> Vec<Sample<Event>> {
    let corrected = |sealed| Event::FactCorrected {
        kind: FactKind::Sanction,
        fact: fact("f2"),
        sealed,
        reason: reason(),
    };
    let (sanction, investigation) = (fact("f2"), fact("f3"));
    vec![
        full(Event::AssessmentRecorded {
            year: 2023,
            sealed: sealed("assessment"),
            corrects: true,
        }),
        full(Event::CommendationRecorded {
            commendation: fact("f1"),
            sealed: sealed("commendation"),
        }),
        full(Event::SanctionRecorded { sanction: sanction.clone(), sealed: sealed("sanction") }),
        full(Event::SanctionLifted { sanction, sealed: sealed("sanction-lifted") }),
        full(Event::InvestigationOpened {
            investigation: investigation.clone(),
            sealed: sealed("investigation"),
        }),
        full(Event::InvestigationClosed { investigation, sealed: sealed("investigation-closed") }),
        full(Event::RelativeDeclared { relative: fact("f4"), sealed: sealed("relative") }),
        full(Event::RelativeWithdrawn { relative: fact("f4") }),
        full(corrected(Some(sealed("sanction-2")))),
        form("voided", corrected(None)),
        full(Event::PersonErased {
            ordered_by: "principals/keeper-1".to_owned(),
            reason: "保存期满".to_owned(),
            on: LATER,
        }),
    ]
}

//! The form of what is kept: events by their names, refusals by their codes, lists by their
//! Chinese names.

use quanheng_policy::class::Tier;
use quanheng_register::person::{
    self, EntryWay, FactKind, LeaveReason, ListingReason, MoveWay, PostLeaveReason, PostWay,
    RankLeaveReason, RankReason, ServiceStatus, SlotKind,
};
use quanheng_register::unit::{self, ChangeKind, Nature};
use quanheng_register::{Refusal, Refused};

use crate::world::{basis, day, fact, organ, person_id, sealed, slot, spell, unit_id};

#[test]
fn events_are_tagged_by_their_names() {
    let events = [
        person::Event::RelativeWithdrawn { relative: fact("k") },
        person::Event::SecondmentEnded { spell: spell("m"), on: day(0) },
        person::Event::PersonRegistered {
            person: person_id("wang"),
            private: sealed("s"),
            spell: spell("s0"),
            slot: slot("ju", day(0)),
            facts: person::PersonFacts::default(),
        },
    ];
    for event in events {
        assert_eq!(serde_json::to_value(&event).unwrap()["type"], event.name());
    }
    let event = unit::Event::UnitRegistered {
        unit: unit_id("ju"),
        profile: Box::new(organ("某局")),
        kinds: vec![ChangeKind::Split],
        predecessors: vec![unit_id("old")],
        basis: basis(day(0)),
        note: String::new(),
    };
    let value = serde_json::to_value(&event).unwrap();
    assert_eq!(value["type"], event.name());
    assert_eq!(value["kinds"][0], "split");
    assert_eq!(value["basis"]["effective_on"], "2024-01-01");
    assert_eq!(value["profile"]["tier"], "county");
}

#[test]
fn lists_are_read_by_their_names() {
    macro_rules! all {
        ($($type:ident),*) => {
            $(for one in $type::ALL {
                assert_eq!($type::read(one.label()), Some(*one), "{}", stringify!($type));
            }
            assert_eq!($type::read("无此项"), None);)*
        };
    }
    all!(
        ChangeKind,
        EntryWay,
        FactKind,
        LeaveReason,
        ListingReason,
        MoveWay,
        Nature,
        PostLeaveReason,
        PostWay,
        RankLeaveReason,
        RankReason,
        ServiceStatus,
        SlotKind
    );
}

#[test]
fn refusals_say_where_and_why() {
    let refused =
        Refused::from(Refusal::TierMismatch { tier: Tier::County, division: "530300".into() });
    assert_eq!(refused.code(), "TIER_MISMATCH");
    assert_eq!(refused.to_string(), "行政区划 530300 与层级不符");
    assert_eq!(refused.refusals()[0].field(), Some("division"));
    assert_eq!(Refusal::PersonErased.field(), None);
    let missing = Refusal::SuccessorMissing { kind: ChangeKind::Split, least: 2 };
    assert_eq!(missing.to_string(), "分设须有 2 个以上承接单位");
}

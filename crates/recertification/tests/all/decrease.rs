//! Counts may only decrease: scopes, how strict each is, and whole histories beside a plain
//! model that counts everything anew.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use quanheng_policy::UnitId;
use quanheng_policy::profile::{Policy, Severity, UnitScope};
use quanheng_recertification::decrease::{
    Batch, Book, Counted, Figures, Place, Room, Scope, Settlement,
};
use quanheng_recertification::detect::detect_scopes;
use quanheng_recertification::{Outcome, Reason};

use crate::world::{counted, division, parameter, policy, unit, with, without};

fn one(id: &str, becomes: Option<Counted>) -> Batch {
    Batch::new([Settlement { unit: unit(id), becomes }]).unwrap()
}

fn of_department(counted: Counted, department: &str) -> Counted {
    let place = Place::new(counted.place.division().clone(), Some(unit(department)));
    Counted { place: place.unwrap(), ..counted }
}

#[test]
fn where_a_unit_counts() {
    let rows: [(&str, &[(UnitScope, &str)]); 5] = [
        ("420000", &[(UnitScope::Province, "420000")]),
        ("420100", &[(UnitScope::City, "420100"), (UnitScope::Province, "420000")]),
        (
            "420106",
            &[
                (UnitScope::County, "420106"),
                (UnitScope::City, "420100"),
                (UnitScope::Province, "420000"),
            ],
        ),
        (
            "420106001",
            &[
                (UnitScope::County, "420106"),
                (UnitScope::City, "420100"),
                (UnitScope::Province, "420000"),
            ],
        ),
        // A municipality's districts are managed by no city.
        ("500103", &[(UnitScope::County, "500103"), (UnitScope::Province, "500000")]),
    ];
    for (code, wanted) in rows {
        let place = Place::new(division(code), Some(unit("d1"))).unwrap();
        assert_eq!(place.department(), Some(&unit("d1")));
        let mut scopes = place.scopes();
        assert_eq!(scopes.pop(), Some(Scope::Department(unit("d1"))));
        let found: Vec<_> = scopes
            .iter()
            .map(|scope| match scope {
                Scope::Province(code) | Scope::City(code) | Scope::County(code) => {
                    (scope.kind(), code.as_str())
                }
                Scope::Department(_) => panic!("{code}"),
            })
            .collect();
        assert_eq!(found, wanted, "{code}");
    }
}

#[test]
fn a_batch_names_each_unit_once_and_in_a_province() {
    let becomes = || Some(counted("420000", 3));
    let twice = ["u1", "u1"].map(|id| Settlement { unit: unit(id), becomes: becomes() });
    let refused = Batch::new(twice).unwrap_err();
    assert_eq!(refused.code(), "INVALID_FIELD");
    // What lies in no province would count nowhere.
    assert_eq!(Place::new(division("000000"), None).unwrap_err().code(), "INVALID_FIELD");
    let place = counted("420106", 3).place;
    let text = serde_json::to_string(&place).unwrap();
    assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), place);
    assert!(serde_json::from_str::<Place>(&text.replace("420106", "000000")).is_err());
}

#[test]
fn the_province_is_hard_and_lower_scopes_as_policy_says() {
    // The city is full, the province has room.
    let mut book = Book::frozen_from(&[counted("420100", 10), counted("420000", 50)]);
    book.retain(unit("u1"), counted("420100", 10));
    let more = one("u2", Some(counted("420100", 1)));
    let check = book.check(policy(), &more);
    assert!(check.passed());
    assert_eq!(check.findings.warnings(), [Reason::OnlyDecreaseViolated]);
    let city = check.lines.iter().find(|line| line.scope.kind() == UnitScope::City).unwrap();
    assert_eq!((city.severity, city.outcome), (Severity::Warn, Outcome::Warn));
    assert_eq!(city.room, Room { units: -1, headcount: -1 });

    let hard = "[{ scope = \"city\", severity = \"hard\" }]";
    let hard = with(&parameter("only_decrease_scopes", hard));
    assert!(!book.check(&hard, &more).passed());
    // No policy makes the province's total anything but hard.
    let soft = "[{ scope = \"province\", severity = \"warn\" }]";
    let soft = with(&parameter("only_decrease_scopes", soft));
    let too_much = one("u2", Some(counted("420000", 51)));
    for policy in [policy(), &hard, &soft] {
        let check = book.check(policy, &too_much);
        assert_eq!(check.findings.reasons(), [Reason::OnlyDecreaseViolated]);
    }
    let silent = book.check(&without("only_decrease_scopes"), &more);
    assert_eq!(silent.findings.reasons(), [Reason::PolicyNotConfigured]);
}

#[test]
fn departments_are_measured_where_policy_says_so() {
    let at = |n| of_department(counted("420000", n), "d1");
    let mut book = Book::frozen_from(&[at(10), counted("420000", 10)]);
    book.retain(unit("u1"), at(10));
    let more = one("u2", Some(at(5)));
    assert!(book.check(policy(), &more).findings.warnings().is_empty());
    let scopes = "[{ scope = \"parent_department\", severity = \"hard\" }]";
    let departments = with(&parameter("only_decrease_scopes", scopes));
    let check = book.check(&departments, &more);
    assert_eq!(check.findings.reasons(), [Reason::OnlyDecreaseViolated]);
    let line = &check.lines[1];
    assert_eq!(line.scope, Scope::Department(unit("d1")));
    assert_eq!((line.after, line.room.units), (Figures { units: 2, headcount: 15 }, -1));
}

#[test]
fn what_was_not_frozen_has_no_room() {
    let book = Book::frozen(BTreeMap::new());
    let check = book.check(policy(), &one("u1", Some(counted("420000", 1))));
    assert!(!check.passed());
    assert_eq!(check.lines[0].before, None);
    assert_eq!(check.lines[0].room, Room { units: -1, headcount: -1 });
    // A batch that does nothing is no violation.
    assert!(book.check(policy(), &Batch::default()).passed());
}

#[test]
fn what_has_grown_may_shrink_and_is_told() {
    let mut book = Book::frozen_from(&[counted("420000", 10)]);
    book.retain(unit("u1"), counted("420000", 8));
    book.retain(unit("u2"), counted("420000", 8));
    let issues = detect_scopes(&book);
    assert_eq!((issues.len(), issues[0].detector.code()), (1, "V-RC-4"));
    // One leaves a little: still too much, and let through with a warning.
    let less = book.commit(policy(), &one("u2", Some(counted("420000", 5)))).unwrap();
    assert_eq!(less.findings.warnings(), [Reason::OnlyDecreaseViolated]);
    // Fewer units and more slots is growth all the same.
    let swap = Batch::new([
        Settlement { unit: unit("u1"), becomes: None },
        Settlement { unit: unit("u2"), becomes: Some(counted("420000", 14)) },
    ]);
    assert!(!book.check(policy(), &swap.unwrap()).passed());
    book.commit(policy(), &one("u2", None)).unwrap();
    assert!(detect_scopes(&book).is_empty());
}

#[test]
fn a_simulation_commits_nothing_and_approvals_that_wait_count() {
    let mut book = Book::frozen_from(&[counted("420000", 10), counted("420000", 10)]);
    let first = one("u1", Some(counted("420000", 15)));
    let was = book.clone();
    assert!(book.check(policy(), &first).passed());
    assert_eq!(book, was);
    book.commit(policy(), &first).unwrap();
    // Approved and not in effect yet: it counts against the next one.
    let second = one("u2", Some(counted("420000", 6)));
    let refused = book.commit(policy(), &second).unwrap_err();
    assert_eq!(refused.lines[0].committed, Figures { units: 1, headcount: 15 });
    assert_eq!(book.room(&refused.lines[0].scope), Room { units: 1, headcount: 5 });
}

// The plain model: no totals are kept, everything is counted anew for every question.

const PLACES: [&str; 5] = ["420000", "420100", "420106", "420200", "420202"];

#[derive(Debug, Clone, Default)]
struct Plain {
    before: Vec<(String, u32)>,
    units: Vec<(String, String, u32)>,
}

impl Plain {
    /// Units and slots under a code's stem.
    fn sum<'a>(stem: &str, all: impl Iterator<Item = (&'a String, u32)>) -> (usize, u32) {
        let inside: Vec<u32> =
            all.filter(|(at, _)| at.starts_with(stem)).map(|(_, slots)| slots).collect();
        (inside.len(), inside.iter().sum())
    }

    fn before(&self, stem: &str) -> (usize, u32) {
        Self::sum(stem, self.before.iter().map(|(at, slots)| (at, *slots)))
    }

    fn now(&self, stem: &str) -> (usize, u32) {
        Self::sum(stem, self.units.iter().map(|(_, at, slots)| (at, *slots)))
    }

    fn with(&self, batch: &BTreeMap<String, Option<(String, u32)>>) -> Self {
        let mut after = self.clone();
        after.units.retain(|(id, ..)| !batch.contains_key(id));
        for (id, becomes) in batch {
            let becomes = becomes.clone().into_iter();
            after.units.extend(becomes.map(|(at, slots)| (id.clone(), at, slots)));
        }
        after
    }

    /// Whether every stem that is hard allows it.
    fn allows(&self, after: &Self, stems: &[&str]) -> bool {
        stems.iter().all(|stem| {
            let (before, now, then) = (self.before(stem), self.now(stem), after.now(stem));
            let fits = then.0 <= before.0 && then.1 <= before.1;
            let shrinks = then.0 <= now.0 && then.1 <= now.1;
            fits || shrinks
        })
    }
}

type Raw = BTreeMap<String, Option<(String, u32)>>;

fn raw() -> impl Strategy<Value = Raw> {
    let id = (0..8_u8).prop_map(|nr| format!("u{nr}"));
    let place = prop::sample::select(PLACES.to_vec()).prop_map(str::to_owned);
    let becomes = prop::option::weighted(0.7, (place, 0..12_u32));
    prop::collection::btree_map(id, becomes, 0..5)
}

fn batch(raw: &Raw, backwards: bool) -> Batch {
    let mut all: Vec<Settlement> = raw
        .iter()
        .map(|(id, becomes)| Settlement {
            unit: unit(id),
            becomes: becomes.as_ref().map(|(at, slots)| counted(at, *slots)),
        })
        .collect();
    if backwards {
        all.reverse();
    }
    Batch::new(all).unwrap()
}

fn frozen() -> impl Strategy<Value = Vec<(String, u32)>> {
    let place = prop::sample::select(PLACES.to_vec()).prop_map(str::to_owned);
    prop::collection::vec((place, 0..12_u32), 0..8)
}

fn stem(scope: &Scope) -> String {
    match scope {
        Scope::Province(code) => code.as_str()[..2].to_owned(),
        Scope::City(code) => code.as_str()[..4].to_owned(),
        Scope::County(code) => code.as_str().to_owned(),
        Scope::Department(unit) => panic!("{unit}"),
    }
}

fn all_hard() -> Policy {
    let scopes = "[{ scope = \"city\", severity = \"hard\" }, \
                  { scope = \"county\", severity = \"hard\" }]";
    with(&parameter("only_decrease_scopes", scopes))
}

proptest! {
    #[test]
    fn the_book_is_the_plain_count(
        before in frozen(),
        retained in raw(),
        batches in prop::collection::vec(raw(), 0..12),
        lower_are_hard in any::<bool>(),
    ) {
        let local = all_hard();
        let policy = if lower_are_hard { &local } else { policy() };
        let stems: &[&str] =
            if lower_are_hard { &["42", "4201", "4202", "420106", "420202"] } else { &["42"] };
        let figures: Vec<Counted> = before.iter().map(|(at, n)| counted(at, *n)).collect();
        let mut book = Book::frozen_from(&figures);
        let mut plain = Plain { before, units: vec![] }.with(&retained);
        for (id, at, slots) in &plain.units {
            book.retain(unit(id), counted(at, *slots));
        }
        for raw in batches {
            let then = plain.with(&raw);
            let allowed = plain.allows(&then, stems);
            let check = book.check(policy, &batch(&raw, false));
            prop_assert_eq!(&check, &book.check(policy, &batch(&raw, true)), "no order within");
            prop_assert_eq!(check.passed(), allowed);
            for line in &check.lines {
                let stem = stem(&line.scope);
                let pair = |(units, slots): (usize, u32)| Figures {
                    units: units.try_into().unwrap(),
                    headcount: slots.into(),
                };
                prop_assert_eq!(line.before.unwrap_or_default(), pair(plain.before(&stem)));
                prop_assert_eq!(line.committed, pair(plain.now(&stem)));
                prop_assert_eq!(line.after, pair(then.now(&stem)));
                let whole = |n: u64| i64::try_from(n).unwrap();
                let before = line.before.unwrap_or_default();
                prop_assert_eq!(line.room.units, whole(before.units) - whole(line.after.units));
                let slots = whole(before.headcount) - whole(line.after.headcount);
                prop_assert_eq!(line.room.headcount, slots);
            }
            let was = book.clone();
            prop_assert_eq!(book.commit(policy, &batch(&raw, true)).is_ok(), allowed);
            match allowed {
                true => plain = then,
                false => prop_assert_eq!(&book, &was),
            }
            let ids: BTreeSet<UnitId> = plain.units.iter().map(|(id, ..)| unit(id)).collect();
            prop_assert!(book.units().keys().eq(ids.iter()));
        }
    }

    #[test]
    fn no_accepted_sequence_in_any_order_lets_a_scope_grow(
        before in frozen(),
        batches in prop::collection::vec(raw(), 1..10),
        order in any::<prop::sample::Index>(),
    ) {
        let local = all_hard();
        let figures: Vec<Counted> = before.iter().map(|(at, n)| counted(at, *n)).collect();
        let turned = order.index(batches.len());
        let mut orders = vec![batches.clone(), batches.clone(), batches];
        orders[1].reverse();
        orders[2].rotate_left(turned);
        for batches in orders {
            let mut book = Book::frozen_from(&figures);
            for raw in batches {
                let _ = book.commit(&local, &batch(&raw, false));
                prop_assert!(book.excess().is_empty(), "{:?}", book.excess());
                for scope in book.scopes() {
                    let room = book.room(scope);
                    prop_assert!(room.units >= 0 && room.headcount >= 0);
                }
            }
        }
    }

    #[test]
    fn a_scope_that_has_grown_before_grows_no_more(
        before in frozen(), retained in raw(), batches in prop::collection::vec(raw(), 1..10),
    ) {
        let local = all_hard();
        let figures: Vec<Counted> = before.iter().map(|(at, n)| counted(at, *n)).collect();
        let mut book = Book::frozen_from(&figures);
        for (id, becomes) in retained.iter().filter_map(|(id, one)| Some((id, one.clone()?))) {
            book.retain(unit(id), counted(&becomes.0, becomes.1));
        }
        for raw in batches {
            let was = book.clone();
            if book.commit(&local, &batch(&raw, false)).is_err() { continue }
            for scope in book.scopes().filter(|scope| scope.kind() != UnitScope::ParentDepartment) {
                let (bound, old, new) = (
                    book.before(scope).unwrap_or_default(), was.after(scope), book.after(scope)
                );
                prop_assert!(new.within(bound) || new.within(old), "{scope:?}");
            }
        }
    }
}

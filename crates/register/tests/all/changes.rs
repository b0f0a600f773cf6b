//! Changes over several units: what each brings about, and when it is no such change.

use jiff::civil::Date;
use proptest::prelude::*;
use quanheng_policy::class::{UnitGrade, UnitKind};
use quanheng_register::unit::{
    Becomes, ChangeKind, Establishment, Event, Nature, Successor, UnitChange, UnitPatch,
    UnitProfile, UnitStatus,
};

use crate::world::{World, basis, code, day, institution, organ, referenced, unit_id};

fn change(kind: ChangeKind, from: &[&str], to: Vec<Successor>, on: Date) -> UnitChange {
    UnitChange {
        kind,
        predecessors: from.iter().map(|id| unit_id(id)).collect(),
        successors: to,
        basis: basis(on),
        note: String::new(),
    }
}

pub(crate) fn abolish(unit: &str, on: Date) -> UnitChange {
    change(ChangeKind::Abolished, &[unit], Vec::new(), on)
}

fn new(id: &str, profile: UnitProfile) -> Successor {
    Successor { unit: unit_id(id), becomes: Becomes::Registered(Box::new(profile)) }
}

fn stays(id: &str, changes: UnitPatch) -> Successor {
    Successor { unit: unit_id(id), becomes: Becomes::Updated(Box::new(changes)) }
}

fn none() -> UnitPatch {
    UnitPatch::default()
}

fn named(name: &str) -> UnitPatch {
    UnitPatch { name: Some(name.into()), ..none() }
}

fn slots(n: u32) -> UnitPatch {
    let establishment = Establishment { referenced_institution: n, ..Establishment::default() };
    UnitPatch { establishment: Some(establishment), ..none() }
}

fn to_organ() -> UnitPatch {
    UnitPatch {
        nature: Some(Nature::Organ),
        kind: Some(UnitKind::Organ),
        reference: Some(None),
        ..none()
    }
}

fn to_institution() -> UnitPatch {
    UnitPatch {
        nature: Some(Nature::PublicInstitution),
        kind: Some(UnitKind::DirectlyAffiliated),
        reference: Some(None),
        ..none()
    }
}

fn to_referenced() -> UnitPatch {
    UnitPatch {
        nature: Some(Nature::ReferencedInstitution),
        kind: Some(UnitKind::ReferencedUnit),
        ..none()
    }
}

/// Three referenced stations (20, 15, 10), an institution, a bureau, one that begins later
/// and one that has ended.
fn world() -> World {
    let mut world = World::default();
    world.register("a", referenced("甲站", 20), day(0));
    world.register("b", referenced("乙站", 15), day(0));
    world.register("c", referenced("丙站", 10), day(0));
    world.register("inst", institution("某院"), day(0));
    world.register("ju", organ("某局"), day(0));
    world.register("late", referenced("丁站", 5), day(90));
    world.register("gone", referenced("戊站", 5), day(0));
    world.change(abolish("gone", day(20))).unwrap();
    world
}

#[test]
fn three_units_merge_into_one() {
    // W-91
    let mut world = world();
    let headcount = |world: &World, on: Date| -> (usize, u64) {
        let standing = ["a", "b", "c", "m"].iter().filter_map(|id| {
            let unit = world.units.get(&unit_id(id))?;
            (unit.status(on) == UnitStatus::Active).then(|| unit.as_of(on)).flatten()
        });
        let slots: Vec<_> = standing.map(|unit| unit.counted_establishment()).collect();
        (slots.len(), slots.iter().sum())
    };
    let to = vec![new("m", referenced("综合站", 40))];
    let events = world.change(change(ChangeKind::Merged, &["a", "b", "c"], to, day(60))).unwrap();
    assert_eq!(headcount(&world, day(59)), (3, 45));
    assert_eq!(headcount(&world, day(60)), (1, 40), "room: two units and five slots");
    let names: Vec<_> = events.iter().map(|(id, event)| (id.as_str(), event.name())).collect();
    let abolished = "unit_abolished";
    assert_eq!(
        names,
        [("m", "unit_registered"), ("a", abolished), ("b", abolished), ("c", abolished)]
    );
    let merged = &world.units[&unit_id("m")];
    assert_eq!(merged.lineage[0].predecessors, ["a", "b", "c"].map(unit_id));
    let (on, why) = world.units[&unit_id("b")].abolition().unwrap();
    assert_eq!(
        (on, why.kind, &why.successors[..]),
        (day(60), ChangeKind::Merged, &[unit_id("m")][..])
    );
}

#[test]
fn one_of_the_merged_may_go_on() {
    let mut world = world();
    let to = vec![stays("a", UnitPatch { name: Some("综合站".into()), ..slots(33) })];
    world.change(change(ChangeKind::Merged, &["a", "b"], to, day(60))).unwrap();
    let a = &world.units[&unit_id("a")];
    assert_eq!(a.lineage[0].predecessors, [unit_id("b")]);
    let kinds = [ChangeKind::Merged, ChangeKind::Renamed, ChangeKind::HeadcountIncreased];
    assert_eq!(a.lineage[0].kinds, kinds);
    assert_eq!(a.as_of(day(60)).unwrap().name, "综合站");
    assert_eq!(world.units[&unit_id("b")].status(day(60)), UnitStatus::Abolished);
}

#[test]
fn a_declared_kind_comes_with_what_else_changes() {
    // W-93: the strictest route is found from all kinds together.
    let mut world = world();
    let both = UnitPatch { functions: Some("新职能".into()), ..named("新名") };
    let to = vec![stays("a", both)];
    let events = world.change(change(ChangeKind::Renamed, &["a"], to, day(30))).unwrap();
    let Event::UnitUpdated { kinds, .. } = &events[0].1 else { panic!("{events:?}") };
    assert_eq!(kinds, &[ChangeKind::Renamed, ChangeKind::FunctionChanged]);
}

#[test]
fn each_kind_is_what_it_says() {
    use ChangeKind as K;
    let grade = |grade| UnitPatch { grade: Some(grade), ..none() };
    let under = |id: &str| UnitPatch { parent: Some(Some(unit_id(id))), ..none() };
    let part = |id: &str| new(id, referenced("分站", 10));
    type Row = (&'static str, ChangeKind, Vec<&'static str>, Vec<Successor>, &'static str);
    let rows: Vec<Row> = vec![
        ("abolish", K::Abolished, vec!["a"], vec![], "OK"),
        ("abolish, functions taken up", K::Abolished, vec!["a"], vec![stays("b", none())], "OK"),
        (
            "abolish what goes on",
            K::Abolished,
            vec!["a"],
            vec![stays("a", none())],
            "CHANGE_MISMATCH",
        ),
        ("nothing to begin with", K::Abolished, vec![], vec![], "INVALID_FIELD"),
        ("the same twice", K::Abolished, vec!["a", "a"], vec![], "INVALID_FIELD"),
        ("an unknown unit", K::Abolished, vec!["nowhere"], vec![], "RESOURCE_NOT_FOUND"),
        ("one that has ended", K::Abolished, vec!["gone"], vec![], "UNIT_ABOLISHED"),
        ("one that has not begun", K::Abolished, vec!["late"], vec![], "BEFORE_UNIT_EXISTED"),
        ("merge into nothing", K::Merged, vec!["a", "b"], vec![], "SUCCESSOR_MISSING"),
        ("merge one", K::Merged, vec!["a"], vec![part("m")], "CHANGE_MISMATCH"),
        (
            "merge into two",
            K::Merged,
            vec!["a", "b"],
            vec![part("m"), part("n")],
            "CHANGE_MISMATCH",
        ),
        (
            "merge with an institution",
            K::Merged,
            vec!["a", "inst"],
            vec![part("m")],
            "CHANGE_MISMATCH",
        ),
        (
            "merge into a known unit as if new",
            K::Merged,
            vec!["a", "b"],
            vec![part("c")],
            "RESOURCE_EXISTS",
        ),
        (
            "merge into an unknown unit",
            K::Merged,
            vec!["a", "b"],
            vec![stays("x", none())],
            "RESOURCE_NOT_FOUND",
        ),
        (
            "merge into one that has ended",
            K::Merged,
            vec!["a", "b"],
            vec![stays("gone", none())],
            "UNIT_ABOLISHED",
        ),
        (
            "merge into the same twice",
            K::Merged,
            vec!["a", "b"],
            vec![part("m"), part("m")],
            "INVALID_FIELD",
        ),
        ("integrate", K::Integrated, vec!["a", "inst"], vec![stays("a", none())], "OK"),
        ("integrate one", K::Integrated, vec!["a"], vec![part("m")], "CHANGE_MISMATCH"),
        (
            "integrate into two",
            K::Integrated,
            vec!["a", "inst"],
            vec![part("m"), part("n")],
            "CHANGE_MISMATCH",
        ),
        (
            "integrate referenced ones",
            K::Integrated,
            vec!["a", "b"],
            vec![part("m")],
            "CHANGE_MISMATCH",
        ),
        ("split", K::Split, vec!["a"], vec![part("m"), part("n")], "OK"),
        (
            "split, one part goes on",
            K::Split,
            vec!["a"],
            vec![stays("a", slots(12)), part("n")],
            "OK",
        ),
        ("split into one", K::Split, vec!["a"], vec![part("m")], "SUCCESSOR_MISSING"),
        ("split two", K::Split, vec!["a", "b"], vec![part("m"), part("n")], "CHANGE_MISMATCH"),
        ("rename", K::Renamed, vec!["a"], vec![stays("a", named("新名"))], "OK"),
        (
            "rename to the same",
            K::Renamed,
            vec!["a"],
            vec![stays("a", named("甲站"))],
            "CHANGE_MISMATCH",
        ),
        (
            "rename another",
            K::Renamed,
            vec!["a"],
            vec![stays("b", named("新名"))],
            "CHANGE_MISMATCH",
        ),
        ("rename into a new unit", K::Renamed, vec!["a"], vec![part("m")], "CHANGE_MISMATCH"),
        ("rename nothing", K::Renamed, vec!["a"], vec![], "SUCCESSOR_MISSING"),
        ("transfer", K::Transferred, vec!["a"], vec![stays("a", under("ju"))], "OK"),
        (
            "transfer nowhere",
            K::Transferred,
            vec!["a"],
            vec![stays("a", named("新名"))],
            "CHANGE_MISMATCH",
        ),
        (
            "transfer under itself",
            K::Transferred,
            vec!["a"],
            vec![stays("a", under("a"))],
            "PARENT_CYCLE",
        ),
        (
            "transfer under nobody known",
            K::Transferred,
            vec!["a"],
            vec![stays("a", under("x"))],
            "RESOURCE_NOT_FOUND",
        ),
        ("affiliation", K::AffiliationChanged, vec!["a"], vec![stays("a", under("ju"))], "OK"),
        (
            "raise",
            K::GradeRaised,
            vec!["a"],
            vec![stays("a", grade(UnitGrade::ViceDivision))],
            "OK",
        ),
        (
            "raise by lowering",
            K::GradeRaised,
            vec!["a"],
            vec![stays("a", grade(UnitGrade::ViceSection))],
            "CHANGE_MISMATCH",
        ),
        (
            "lower",
            K::GradeLowered,
            vec!["a"],
            vec![stays("a", grade(UnitGrade::ViceSection))],
            "OK",
        ),
        ("more slots", K::HeadcountIncreased, vec!["a"], vec![stays("a", slots(21))], "OK"),
        (
            "more slots by fewer",
            K::HeadcountIncreased,
            vec!["a"],
            vec![stays("a", slots(19))],
            "CHANGE_MISMATCH",
        ),
        ("fewer slots", K::HeadcountDecreased, vec!["a"], vec![stays("a", slots(19))], "OK"),
        (
            "functions",
            K::FunctionChanged,
            vec!["a"],
            vec![stays("a", UnitPatch { functions: Some("新职能".into()), ..none() })],
            "OK",
        ),
        ("to an organ", K::ConvertedToOrgan, vec!["a"], vec![stays("a", to_organ())], "OK"),
        ("to a new organ", K::ConvertedToOrgan, vec!["a"], vec![new("m", organ("新局"))], "OK"),
        (
            "to an organ that is none",
            K::ConvertedToOrgan,
            vec!["a"],
            vec![stays("a", named("新名"))],
            "CHANGE_MISMATCH",
        ),
        (
            "an organ to an organ",
            K::ConvertedToOrgan,
            vec!["ju"],
            vec![stays("ju", named("新名"))],
            "CHANGE_MISMATCH",
        ),
        (
            "to an institution",
            K::ConvertedOther,
            vec!["a"],
            vec![stays("a", to_institution())],
            "OK",
        ),
        (
            "referenced",
            K::BecameReferenced,
            vec!["inst"],
            vec![stays("inst", to_referenced())],
            "OK",
        ),
        (
            "referenced already",
            K::BecameReferenced,
            vec!["a"],
            vec![stays("a", named("新名"))],
            "CHANGE_MISMATCH",
        ),
        ("to an enterprise", K::ConvertedOther, vec!["a"], vec![], "OK"),
        ("an institution to another", K::ConvertedOther, vec!["inst"], vec![], "CHANGE_MISMATCH"),
        (
            "a profile that breaks a rule",
            K::Renamed,
            vec!["a"],
            vec![stays("a", named(""))],
            "CHANGE_OR_FIELD",
        ),
        (
            "a new unit that breaks a rule",
            K::Merged,
            vec!["a", "b"],
            vec![new("m", organ(""))],
            "INVALID_FIELD",
        ),
    ];
    for (name, kind, from, to, expected) in rows {
        let mut world = world();
        let before = world.units.clone();
        let outcome = world.change(change(kind, &from, to, day(60)));
        // An empty name is a change of the name all the same.
        let expected = if expected == "CHANGE_OR_FIELD" { "INVALID_FIELD" } else { expected };
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
        assert_eq!(outcome.is_err(), before == world.units, "{name}");
    }
}

#[test]
fn a_conversion_closes_the_referenced_unit_and_opens_the_organ() {
    // W-94
    let mut world = world();
    let to = vec![new("bureau", organ("新局"))];
    world.change(change(ChangeKind::ConvertedToOrgan, &["c"], to, day(60))).unwrap();
    let referenced = |on: Date| {
        let standing = world.units.values().filter(|unit| unit.status(on) == UnitStatus::Active);
        standing.filter(|unit| unit.as_of(on).unwrap().nature.is_referenced()).count()
    };
    assert_eq!(referenced(day(59)), 3);
    assert_eq!(referenced(day(60)), 2, "one less");
    let bureau = &world.units[&unit_id("bureau")];
    assert_eq!(bureau.lineage[0].kinds, [ChangeKind::ConvertedToOrgan]);
}

#[test]
fn a_part_may_come_under_a_part() {
    let mut world = world();
    let child = UnitProfile { parent: Some(unit_id("m")), ..referenced("分站", 8) };
    let to = vec![new("n", child), new("m", referenced("总站", 10))];
    world.change(change(ChangeKind::Split, &["a"], to, day(60))).unwrap();
    assert_eq!(world.units[&unit_id("n")].parent_on(day(60)), Some(unit_id("m")));
}

#[test]
fn what_takes_effect_later_stands_in_the_way_of_an_end() {
    let mut world = world();
    let rename = change(ChangeKind::Renamed, &["a"], vec![stays("a", named("新名"))], day(70));
    world.change(rename).unwrap();
    assert_eq!(code(&world.change(abolish("a", day(70)))), "LATER_ENTRIES");
    assert_eq!(code(&world.change(abolish("a", day(0)))), "LATER_ENTRIES");
    assert_eq!(code(&world.change(abolish("a", day(71)))), "OK");
    assert_eq!(code(&world.change(abolish("a", day(75)))), "UNIT_ABOLISHED");
    world.change(abolish("c", day(80))).unwrap();
    assert_eq!(code(&world.change(abolish("c", day(75)))), "WRONG_STATE", "not another end");
    assert_eq!(code(&world.change(abolish("b", day(900)))), "TOO_FAR_AHEAD");
    assert_eq!(code(&world.change(abolish("b", day(0)))), "LATER_ENTRIES", "not on its first day");
}

/// A change of any kind over some of the units, mostly of the kind's own shape.
fn any_change() -> impl Strategy<Value = UnitChange> {
    use ChangeKind as K;
    const OLD: &[&str] = &["a", "b", "c", "a", "b", "c", "inst", "ju", "late", "m", "n"];
    const NEW: &[&str] = &["m", "n", "o", "p", "q", "r", "s"];
    let old = || prop::sample::select(OLD);
    let fresh = || prop::sample::select(NEW).prop_map(|id| new(id, referenced("新站", 9)));
    let update = prop_oneof![
        (0..30_u32).prop_map(slots),
        (0..9_u8).prop_map(|n| named(&format!("名{n}"))),
        Just(to_organ()),
        Just(to_institution()),
        old().prop_map(|id| UnitPatch { parent: Some(Some(unit_id(id))), ..none() }),
    ];
    let kind = prop::sample::select(ChangeKind::ALL);
    let from = prop::collection::vec(old(), 2..4);
    let noise = prop::bool::weighted(0.1);
    (kind, from, fresh(), fresh(), update, any::<bool>(), noise, 20..120_i64).prop_map(
        |(kind, from, first, second, update, goes_on, noise, on)| {
            let itself = stays(from[0], update);
            let first = if goes_on { itself.clone() } else { first };
            let (from, to) = match kind {
                _ if noise => (&from[..], vec![first, second]),
                K::Merged | K::Integrated => (&from[..], vec![first]),
                K::Split => (&from[..1], vec![first, second]),
                K::Abolished => (&from[..1], Vec::new()),
                _ => (&from[..1], vec![itself]),
            };
            change(kind, from, to, day(on))
        },
    )
}

proptest! {
    #[test]
    fn a_change_is_whole_or_not_at_all(changes in prop::collection::vec(any_change(), 1..20)) {
        let mut world = world();
        for change in changes {
            let before = world.units.clone();
            let on = change.basis.effective_on;
            let successors: Vec<_> = change.successors.iter().map(|to| to.unit.clone()).collect();
            let mut concerned = change.predecessors.clone();
            concerned.extend(successors.clone());
            // The world checks every invariant after every event.
            if world.change(change.clone()).is_err() {
                prop_assert_eq!(&before, &world.units);
                continue;
            }
            for (id, unit) in &world.units {
                let grown = before.get(id).map_or(0, |unit| unit.version) + 1 == unit.version;
                prop_assert_eq!(grown, concerned.contains(id), "{:?}", change);
            }
            for id in &change.predecessors {
                let goes_on = successors.contains(id);
                let unit = &world.units[id];
                prop_assert_eq!(unit.status(on) == UnitStatus::Active, goes_on, "{:?}", change);
                if !goes_on {
                    prop_assert_eq!(&unit.abolition().unwrap().1.successors, &successors);
                }
            }
            for id in &successors {
                let others: Vec<_> =
                    change.predecessors.iter().filter(|from| *from != id).cloned().collect();
                let unit = &world.units[id];
                prop_assert_eq!(unit.status(on), UnitStatus::Active);
                let last = unit.lineage.last().filter(|line| line.version == unit.version);
                prop_assert_eq!(last.map(|line| line.predecessors.clone()).unwrap_or_default(), others);
            }
        }
    }
}

//! Random histories of units: what held on a day is what a plain model finds that replays
//! the entries by date; and whatever happens to parents, no day ever has a cycle.

use std::collections::BTreeSet;

use jiff::civil::Date;
use proptest::prelude::*;
use quanheng_policy::UnitId;
use quanheng_register::unit::{Actual, Command, Correction, UnitPatch, UnitProfile, UnitStatus};

use crate::changes::abolish;
use crate::world::{World, basis, day, organ, unit_id};

const DAYS: i64 = 30;

/// What is tried with one unit.
#[derive(Debug, Clone)]
enum Op {
    Update(UnitPatch, i64),
    Amend(u64, UnitPatch, Option<i64>),
    Void(u64),
    Abolish(i64),
}

fn patch() -> impl Strategy<Value = UnitPatch> {
    let name = prop::option::of((0..5_u8).prop_map(|n| format!("名{n}")));
    let remarks = prop::option::of((0..5_u8).prop_map(|n| format!("注{n}")));
    let parent = prop::option::of(prop::option::of(Just(unit_id("top"))));
    let actual = prop::option::of(
        (0..9_u32).prop_map(|administrative| Actual { administrative, referenced: 0 }),
    );
    (name, remarks, parent, actual).prop_map(|(name, remarks, parent, actual)| UnitPatch {
        name,
        remarks,
        parent,
        actual,
        ..UnitPatch::default()
    })
}

fn op() -> impl Strategy<Value = Op> {
    let on = || -3..DAYS + 3;
    prop_oneof![
        6 => (patch(), on()).prop_map(|(patch, on)| Op::Update(patch, on)),
        2 => (1..12_u64, patch(), prop::option::of(on()))
            .prop_map(|(version, patch, on)| Op::Amend(version, patch, on)),
        2 => (1..12_u64).prop_map(Op::Void),
        1 => on().prop_map(Op::Abolish),
    ]
}

/// The entries as a list: version, day, and what the entry sets, field by field.
#[derive(Debug, Clone, Default)]
struct Model {
    entries: Vec<(u64, Date, UnitPatch)>,
    begun: Option<(u64, Date)>,
    ended: Option<(u64, Date)>,
    version: u64,
}

fn merge(into: &mut UnitPatch, by: &UnitPatch) {
    if by.name.is_some() {
        into.name.clone_from(&by.name);
    }
    if by.remarks.is_some() {
        into.remarks.clone_from(&by.remarks);
    }
    if by.parent.is_some() {
        into.parent.clone_from(&by.parent);
    }
    if by.actual.is_some() {
        into.actual = by.actual;
    }
}

impl Model {
    /// Whether the model takes it; it changes only if so.
    fn apply(&mut self, op: &Op) -> bool {
        let mut next = self.clone();
        next.version += 1;
        let fits = next.change(op) && next.is_sound();
        if fits {
            *self = next;
        }
        fits
    }

    fn change(&mut self, op: &Op) -> bool {
        let begun = self.begun.unwrap();
        match op {
            Op::Update(patch, on) => {
                self.entries.push((self.version, day(*on), patch.clone()));
                let ended = self.ended.is_some_and(|(_, end)| end <= day(*on));
                !patch.is_empty() && begun.1 <= day(*on) && !ended
            }
            Op::Abolish(on) => {
                let fits = self.ended.is_none() && begun.1 <= day(*on);
                self.ended = Some((self.version, day(*on)));
                fits
            }
            Op::Amend(version, patch, on) => {
                let moved = on.map(day);
                if let Some((_, end)) = self.ended.as_mut().filter(|(v, _)| v == version) {
                    *end = moved.unwrap_or(*end);
                    return patch.is_empty() && moved.is_some();
                }
                let entry = self.entries.iter_mut().find(|(v, ..)| v == version);
                let Some((v, at, sets)) = entry else { return false };
                *at = moved.unwrap_or(*at);
                merge(sets, patch);
                if *v == begun.0 {
                    self.begun = Some((*v, *at));
                }
                !patch.is_empty() || moved.is_some()
            }
            Op::Void(version) => {
                let known = self.entries.len();
                self.entries.retain(|(v, ..)| v != version);
                let ended = self.ended.is_some_and(|(v, _)| v == *version);
                if ended {
                    self.ended = None;
                }
                *version != begun.0 && (ended || self.entries.len() < known)
            }
        }
    }

    fn is_sound(&self) -> bool {
        let begun = self.begun.unwrap().1;
        let inside = |on: Date| begun <= on && self.ended.is_none_or(|(_, end)| on < end);
        self.entries.iter().all(|(_, on, _)| inside(*on))
    }

    fn as_of(&self, on: Date) -> Option<UnitProfile> {
        if on < self.begun.unwrap().1 {
            return None;
        }
        let mut entries: Vec<_> = self.entries.iter().filter(|(_, at, _)| *at <= on).collect();
        entries.sort_by_key(|(version, at, _)| (*version != self.begun.unwrap().0, *at, *version));
        let mut sets = UnitPatch::default();
        entries.into_iter().for_each(|(.., patch)| merge(&mut sets, patch));
        Some(UnitProfile {
            name: sets.name.unwrap(),
            remarks: sets.remarks.unwrap(),
            parent: sets.parent.unwrap(),
            actual: sets.actual.unwrap(),
            ..organ("")
        })
    }

    fn status(&self, on: Date) -> UnitStatus {
        match () {
            () if on < self.begun.unwrap().1 => UnitStatus::NotYet,
            () if self.ended.is_some_and(|(_, end)| end <= on) => UnitStatus::Abolished,
            () => UnitStatus::Active,
        }
    }
}

fn run(world: &mut World, op: &Op) -> bool {
    let reason = "误录".to_owned();
    let command = match op.clone() {
        Op::Abolish(on) => return world.change(abolish("u", day(on))).is_ok(),
        Op::Update(changes, on) => {
            Command::Update { changes: Box::new(changes), basis: basis(day(on)) }
        }
        Op::Amend(version, changes, on) => {
            let changes = Box::new(changes);
            let correction = Correction::Amended { changes, effective_on: on.map(day) };
            Command::Correct { version, correction, reason, basis: None }
        }
        Op::Void(version) => {
            Command::Correct { version, correction: Correction::Voided, reason, basis: None }
        }
    };
    world.unit("u", command).is_ok()
}

proptest! {
    #[test]
    fn what_held_on_a_day_is_what_a_replay_finds(ops in prop::collection::vec(op(), 0..25)) {
        let mut world = World::default();
        world.register("top", organ("上级"), day(-100));
        world.register("u", organ("名"), day(0));
        let first = UnitPatch {
            name: Some("名".into()),
            remarks: Some(String::new()),
            parent: Some(None),
            actual: Some(Actual::default()),
            ..UnitPatch::default()
        };
        let begun = Some((1, day(0)));
        let mut model = Model { entries: vec![(1, day(0), first)], begun, ended: None, version: 1 };
        for op in ops {
            prop_assert_eq!(run(&mut world, &op), model.apply(&op), "{:?} of {:?}", op, model);
            let unit = &world.units[&unit_id("u")];
            prop_assert_eq!(unit.version, model.version);
            for on in (-5..DAYS + 5).map(day) {
                prop_assert_eq!(unit.as_of(on), model.as_of(on));
                prop_assert_eq!(unit.status(on), model.status(on));
            }
        }
    }
}

/// What is tried with parents: who, under whom, from when; or an entry is taken out.
#[derive(Debug, Clone)]
enum Move {
    Under(usize, Option<usize>, i64),
    Void(usize, u64),
    Shift(usize, u64, i64),
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn moves() -> impl Strategy<Value = Move> {
    let unit = || 0..NAMES.len();
    prop_oneof![
        6 => (unit(), prop::option::weighted(0.9, unit()), 0..DAYS)
            .prop_map(|(unit, parent, on)| Move::Under(unit, parent, on)),
        1 => (unit(), 2..8_u64).prop_map(|(unit, version)| Move::Void(unit, version)),
        1 => (unit(), 2..8_u64, 0..DAYS).prop_map(|(unit, version, on)| Move::Shift(unit, version, on)),
    ]
}

/// Whether the way up from a unit comes back to one that it passed.
fn comes_back(world: &World, unit: &UnitId, on: Date) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = Some(unit.clone());
    while let Some(id) = next {
        next = world.units[&id].parent_on(on);
        if !seen.insert(id) {
            return true;
        }
    }
    false
}

fn any_cycle(world: &World) -> bool {
    let mut days = (0..DAYS).map(day);
    days.any(|on| world.units.keys().any(|unit| comes_back(world, unit, on)))
}

/// Does it without asking.
fn forced(world: &World, unit: &str, command: &Command) -> World {
    let mut after = world.clone();
    let event = match command.clone() {
        Command::Update { changes, basis } => quanheng_register::unit::Event::UnitUpdated {
            changes,
            kinds: Vec::new(),
            predecessors: Vec::new(),
            basis,
            note: String::new(),
        },
        Command::Correct { version, correction, reason, basis } => {
            quanheng_register::unit::Event::UnitCorrected { version, correction, reason, basis }
        }
        Command::Register { .. } => unreachable!("not tried"),
    };
    let mut state = after.units.remove(&unit_id(unit));
    quanheng_register::unit::evolve(&mut state, &event);
    after.units.insert(unit_id(unit), state.unwrap());
    after
}

proptest! {
    #[test]
    fn a_move_is_refused_exactly_when_some_day_would_have_a_cycle(
        moves in prop::collection::vec(moves(), 0..25)
    ) {
        let mut world = World::default();
        for name in NAMES {
            world.register(name, organ(name), day(0));
        }
        for step in moves {
            let (unit, command) = match step {
                Move::Under(unit, parent, on) => {
                    let parent = Some(parent.map(|parent| unit_id(NAMES[parent])));
                    let changes = Box::new(UnitPatch { parent, ..UnitPatch::default() });
                    (unit, Command::Update { changes, basis: basis(day(on)) })
                }
                Move::Void(unit, version) => {
                    let (correction, reason) = (Correction::Voided, "误录".to_owned());
                    (unit, Command::Correct { version, correction, reason, basis: None })
                }
                Move::Shift(unit, version, on) => {
                    let changes = Box::default();
                    let correction = Correction::Amended { changes, effective_on: Some(day(on)) };
                    (unit, Command::Correct { version, correction, reason: "误录".into(), basis: None })
                }
            };
            let unit = NAMES[unit];
            let would = any_cycle(&forced(&world, unit, &command));
            match world.unit(unit, command) {
                Ok(()) => prop_assert!(!would),
                Err(refused) if refused.code() == "PARENT_CYCLE" => prop_assert!(would),
                Err(refused) => prop_assert_eq!(refused.code(), "RESOURCE_NOT_FOUND"),
            }
            prop_assert!(!any_cycle(&world));
        }
    }
}

//! Random histories of a person: a plain model keeps, for every day, who holds what, as a
//! row of cells. The register accepts a rank or a post exactly when its cells are free, and
//! says the same of every day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use proptest::prelude::*;
use quanheng_register::person::{
    Command, EntryWay, LeaveReason, PostFix, PostSpell, RankFix, RankSpell, SpellFix,
};

use crate::persons::{correct, leave, leave_post, leave_rank, move_slot, take_post, take_rank};
use crate::world::{World, category, day, post_spell, rank_spell, slot, spell};

const DAYS: i64 = 40;

/// What is tried; numbers name intervals and days.
#[derive(Debug, Clone)]
enum Op {
    TakeRank { category: u8, from: i64, length: Option<i64> },
    LeaveRank { which: u8, on: i64 },
    TakePost { from: i64, length: Option<i64>, concurrent: bool },
    LeavePost { which: u8, on: i64 },
    MoveSlot { unit: u8, from: i64 },
    Fix { which: u8, from: Option<i64>, to: Option<Option<i64>> },
    Void { which: u8 },
    Leave { on: i64 },
    Reinstate,
    Rejoin { from: i64 },
}

fn op() -> impl Strategy<Value = Op> {
    let on = || 0..DAYS;
    let length = || prop::option::weighted(0.6, 0..9_i64);
    let which = any::<u8>;
    prop_oneof![
        8 => (0..2_u8, on(), length())
            .prop_map(|(category, from, length)| Op::TakeRank { category, from, length }),
        3 => (which(), on()).prop_map(|(which, on)| Op::LeaveRank { which, on }),
        6 => (on(), length(), any::<bool>())
            .prop_map(|(from, length, concurrent)| Op::TakePost { from, length, concurrent }),
        3 => (which(), on()).prop_map(|(which, on)| Op::LeavePost { which, on }),
        3 => (0..2_u8, on()).prop_map(|(unit, from)| Op::MoveSlot { unit, from }),
        4 => (which(), prop::option::of(on()), prop::option::of(prop::option::of(on())))
            .prop_map(|(which, from, to)| Op::Fix { which, from, to }),
        2 => which().prop_map(|which| Op::Void { which }),
        1 => on().prop_map(|on| Op::Leave { on }),
        1 => Just(Op::Reinstate),
        1 => on().prop_map(|from| Op::Rejoin { from }),
    ]
}

/// One row of cells: which interval holds each day. The last cell stands for ever after.
type Row = BTreeMap<i64, String>;

#[derive(Debug, Clone, Default)]
struct Model {
    ranks: [Row; 2],
    posts: Row,
}

fn cells(from: i64, to: Option<i64>) -> std::ops::Range<i64> {
    from..to.unwrap_or(DAYS * 2)
}

fn free(row: &Row, from: i64, to: Option<i64>) -> bool {
    cells(from, to).all(|cell| !row.contains_key(&cell))
}

fn paint(row: &mut Row, name: &str, from: i64, to: Option<i64>) {
    cells(from, to).for_each(|cell| {
        row.insert(cell, name.to_owned());
    });
}

fn number(date: Date) -> i64 {
    (-DAYS..DAYS * 3).find(|n| day(*n) == date).unwrap()
}

fn ladder(n: u8) -> quanheng_policy::CategoryId {
    category(["general_management", "police_enforcement"][usize::from(n)])
}

/// Paints the model anew from the intervals as the register keeps them, and finds whether
/// two would share a cell.
fn repaint(world: &World) -> Option<Model> {
    let mut model = Model::default();
    let wang = world.wang();
    for (name, rank) in &wang.ranks {
        let row = &mut model.ranks[usize::from(rank.category != ladder(0))];
        let (from, to) = (number(rank.from), rank.to.map(number));
        if !free(row, from, to) {
            return None;
        }
        paint(row, name.as_str(), from, to);
    }
    for (name, post) in wang.posts.iter().filter(|(_, post)| post.is_main_leadership()) {
        let (from, to) = (number(post.from), post.to.map(number));
        if !free(&model.posts, from, to) {
            return None;
        }
        paint(&mut model.posts, name.as_str(), from, to);
    }
    Some(model)
}

/// Paints what a taken rank or post brings; none if its cells are taken.
fn foresee(model: &Model, world: &World, op: &Op, name: &str) -> Option<Model> {
    let mut next = model.clone();
    match op {
        Op::TakeRank { category, from, length } => {
            let row = &mut next.ranks[usize::from(*category)];
            let to = length.map(|length| from + length);
            // The open rank ends with the next.
            let open = world.wang().ranks.iter().find(|(_, rank)| {
                rank.category == ladder(*category) && rank.to.is_none() && number(rank.from) < *from
            });
            if let Some((open, _)) = open {
                row.retain(|cell, holder| holder != open.as_str() || cell < from);
            }
            if !free(row, *from, to) {
                return None;
            }
            paint(row, name, *from, to);
        }
        Op::TakePost { from, length, concurrent: false } => {
            let to = length.map(|length| from + length);
            if !free(&next.posts, *from, to) {
                return None;
            }
            paint(&mut next.posts, name, *from, to);
        }
        _ => {}
    }
    Some(next)
}

fn pick<'a>(names: impl Iterator<Item = &'a quanheng_register::id::SpellId>, which: u8) -> String {
    let names: Vec<_> = names.collect();
    let at = usize::from(which).checked_rem(names.len());
    at.map_or_else(|| "none".to_owned(), |at| names[at].to_string())
}

fn command(world: &World, op: &Op, name: &str) -> Command {
    let wang = world.wang();
    match op.clone() {
        Op::TakeRank { category, from, length } => {
            let to = length.map(|length| day(from + length));
            let rank = rank_spell("GM08", day(from), to);
            take_rank(name, RankSpell { category: ladder(category), ..rank })
        }
        Op::LeaveRank { which, on } => leave_rank(&pick(wang.ranks.keys(), which), day(on)),
        Op::TakePost { from, length, concurrent } => {
            let post = post_spell("ju", day(from), length.map(|length| day(from + length)));
            take_post(name, PostSpell { concurrent, ..post })
        }
        Op::LeavePost { which, on } => leave_post(&pick(wang.posts.keys(), which), day(on)),
        Op::MoveSlot { unit, from } => {
            move_slot(name, slot(["ju", "zhan"][usize::from(unit)], day(from)))
        }
        Op::Fix { which, from, to } => {
            let id = pick(wang.ranks.keys().chain(wang.posts.keys()), which);
            let (from, to) = (from.map(day), to.map(|to| to.map(day)));
            let fix = match wang.ranks.contains_key(&spell(&id)) {
                true => {
                    SpellFix::Rank(RankFix { from, to, left: Some(None), ..RankFix::default() })
                }
                false => {
                    SpellFix::Post(PostFix { from, to, left: Some(None), ..PostFix::default() })
                }
            };
            correct(&id, fix)
        }
        Op::Void { which } => {
            let all = wang.ranks.keys().chain(wang.posts.keys()).chain(wang.slots.keys());
            correct(&pick(all, which), SpellFix::Voided)
        }
        Op::Leave { on } => leave(LeaveReason::TransferOut, day(on)),
        Op::Reinstate => Command::Reinstate { reason: "误录".into(), document: None },
        Op::Rejoin { from } => Command::Rejoin {
            spell: spell(name),
            slot: slot("ju", day(from)),
            entry: EntryWay::InboundTransfer,
        },
    }
}

proptest! {
    #[test]
    fn intervals_are_taken_exactly_where_they_are_free(ops in prop::collection::vec(op(), 0..30)) {
        let mut world = World::with_person();
        let mut model = Model::default();
        for (n, op) in ops.iter().enumerate() {
            let name = format!("n{n}");
            let foreseen = foresee(&model, &world, op, &name);
            // The world checks every invariant after every event.
            match world.person("wang", command(&world, op, &name)) {
                Err(refused) => {
                    let takes = matches!(op, Op::TakeRank { .. } | Op::TakePost { .. });
                    let overlap = refused.refusals().iter().any(|one| one.code() == "SPELL_OVERLAP");
                    if takes && overlap {
                        prop_assert!(foreseen.is_none(), "{op:?}: {refused}");
                    }
                }
                Ok(_) => {
                    prop_assert!(foreseen.is_some(), "{op:?} over {model:?}");
                    let painted = repaint(&world);
                    prop_assert!(painted.is_some(), "{op:?}: two share a day");
                    let painted = painted.unwrap();
                    if let (Op::TakeRank { .. } | Op::TakePost { .. }, Some(foreseen)) = (op, foreseen) {
                        prop_assert_eq!(&painted.ranks, &foreseen.ranks);
                        prop_assert_eq!(&painted.posts, &foreseen.posts);
                    }
                    model = painted;
                }
            }
            for on in 0..DAYS {
                let stood = world.wang().as_of(day(on));
                for (n, row) in [0_u8, 1].into_iter().zip(&model.ranks) {
                    let mut ranks = stood.ranks.iter().filter(|(_, rank)| rank.category == ladder(n));
                    let holder = ranks.next().map(|(id, _)| id.to_string());
                    prop_assert_eq!(holder.as_ref(), row.get(&on));
                    prop_assert!(ranks.next().is_none());
                }
                let mut posts = stood.posts.iter().filter(|(_, post)| post.is_main_leadership());
                let holder = posts.next().map(|(id, _)| id.to_string());
                prop_assert_eq!(holder.as_ref(), model.posts.get(&on));
            }
        }
    }
}

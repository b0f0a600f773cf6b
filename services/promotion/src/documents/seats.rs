//! Figures of the account: 《公务员职级职数使用审批表》, and the seats on the roster.

use std::collections::BTreeMap;

use quanheng_forms::Opinion;
use quanheng_forms::pre_review::{Ladder, PreReview, RankCount, Seats};
use quanheng_forms::roster::RosterSet;
use quanheng_ledger::account::{Owner, Quantities, SetSeats};
use quanheng_ledger::hold::{Hold, MoveRequest, Status};
use quanheng_policy::RankId;
use quanheng_streams::PreReviewPhase;

use super::Ground;

const RESEARCHERS: [&str; 4] = ["一级调研员", "二级调研员", "三级调研员", "四级调研员"];
/// The ranks of sections' officials.
pub(super) const CLERKS: [&str; 4] =
    ["一级主任科员", "二级主任科员", "三级主任科员", "四级主任科员"];

/// Four ranks of the account's ladder; none for one that the ladder does not have.
pub(super) type Ranks = [Option<RankId>; 4];

/// Ranks by their names.
pub(super) fn ranks(ground: &Ground, names: [&str; 4]) -> Ranks {
    let ladder = ground.policy.ladder(ground.account.category());
    names.map(|name| {
        let ladder = ladder.as_ref().ok()?;
        let rank = ladder.value.ranks.iter().find(|rank| rank.name == name)?;
        Some(rank.id.clone())
    })
}

/// The form; none where the account has none of its ranks.
pub(super) fn pre_review(ground: &Ground) -> Option<PreReview> {
    let ladders = [ranks(ground, RESEARCHERS), ranks(ground, CLERKS)];
    let admitted = |rank: &RankId| ground.account.admits(rank);
    ladders.iter().flatten().flatten().find(|rank| admitted(rank))?;
    let of_sets = |value: fn(&Quantities) -> i64| both(&ladders, |of| in_sets(ground, of, value));
    let (held, asked) = (held(ground), asked(ground));
    let (applicant, authority) = opinions(ground);
    let profile = &ground.profile;
    Some(PreReview {
        unit_name: profile.name.clone(),
        nature: profile.nature.label().to_owned(),
        grade: profile.grade.label().to_owned(),
        slots: profile.establishment.administrative,
        determined: of_sets(|found| count(found.determined)),
        used: both(&ladders, |of| by_rank(ground, of, &held)),
        vacant: of_sets(Quantities::vacancy),
        intended: both(&ladders, |of| by_rank(ground, of, &asked)),
        applicant,
        authority,
    })
}

fn both(ladders: &[Ranks; 2], ladder: impl Fn(&Ranks) -> Ladder) -> Seats {
    Seats { researchers: ladder(&ladders[0]), clerks: ladder(&ladders[1]) }
}

/// Seats are counted in the thousands; what does not fit is refused by the form.
fn count(seats: u64) -> i64 {
    i64::try_from(seats).unwrap_or(i64::MAX)
}

fn figure(seats: i64) -> i32 {
    i32::try_from(seats).unwrap_or(i32::MAX)
}

/// So many for each rank that there may be.
fn by_rank(ground: &Ground, of: &Ranks, counts: &BTreeMap<RankId, i64>) -> Ladder {
    let ranks = of.clone().map(|rank| {
        let Some(rank) = rank else { return RankCount::Blank };
        match (counts.get(&rank), ground.account.admits(&rank)) {
            (Some(seats), _) => RankCount::Count(figure(*seats)),
            (None, true) => RankCount::Count(0),
            (None, false) => RankCount::Blank,
        }
    });
    Ladder { subtotal: None, ranks }
}

/// How many hold each rank.
fn held(ground: &Ground) -> BTreeMap<RankId, i64> {
    let mut counts = BTreeMap::new();
    for holder in ground.account.holders().values() {
        *counts.entry(holder.rank.clone()).or_default() += 1;
    }
    counts
}

/// How many seats of each rank are asked for: by the pre-review; before there is one, by the
/// plan.
fn asked(ground: &Ground) -> BTreeMap<RankId, i64> {
    let mut counts = BTreeMap::new();
    match (hold(ground), &ground.pre_review) {
        (Some(hold), _) => {
            for one in &hold.moves {
                *counts.entry(one.request.to.clone()).or_default() += 1;
            }
        }
        (None, Some(asked)) => {
            for MoveRequest { to, .. } in &asked.moves {
                *counts.entry(to.clone()).or_default() += 1;
            }
        }
        (None, None) => {
            for line in &ground.round.plan.ranks {
                *counts.entry(line.rank.clone()).or_default() += i64::from(line.seats);
            }
        }
    }
    counts
}

fn hold(ground: &Ground) -> Option<&Hold> {
    ground.account.hold(ground.round.hold.as_ref()?)
}

/// Figures of rank sets, ranks that share their seats together: what of a set is not of a
/// smaller one within it, stands at its other ranks.
pub(super) fn in_sets(ground: &Ground, of: &Ranks, value: fn(&Quantities) -> i64) -> Ladder {
    let sets = ground.account.sets();
    let whole = |set: &SetSeats| {
        let found = ground.account.quantities(&set.set);
        found.as_ref().map(value).unwrap_or_default()
    };
    let own = |set: &SetSeats| {
        let parts = sets.iter().filter(|part| part.of.as_ref() == Some(&set.set));
        whole(set) - parts.map(whole).sum::<i64>()
    };
    let inside =
        |set: &SetSeats| set.ranks.iter().all(|rank| of.iter().flatten().any(|r| r == rank));
    let smallest = of.clone().map(|rank| {
        let rank = rank?;
        let sets = sets.iter().filter(|set| set.ranks.contains(&rank) && inside(set));
        sets.min_by_key(|set| set.ranks.len())
    });
    let is = |at: usize, set: &SetSeats| {
        smallest.get(at).is_some_and(|found| found.is_some_and(|found| found.set == set.set))
    };
    let apart = |set: &SetSeats| {
        let places: Vec<usize> = (0..smallest.len()).filter(|at| is(*at, set)).collect();
        places.windows(2).any(|pair| pair[1] != pair[0] + 1)
    };
    let mut ranks = [RankCount::Blank; 4];
    for (at, rank) in ranks.iter_mut().enumerate() {
        *rank = match smallest[at] {
            Some(set) if !apart(set) && is(at + 1, set) => RankCount::JoinedWithNext,
            Some(set) if !apart(set) => RankCount::Count(figure(own(set))),
            _ => RankCount::Blank,
        };
    }
    let top = |set: &&SetSeats| {
        let parent = sets.iter().find(|parent| set.of.as_ref() == Some(&parent.set));
        inside(set) && !parent.is_some_and(inside)
    };
    let tops: Vec<i64> = sets.iter().filter(top).map(whole).collect();
    let open = ranks.contains(&RankCount::Blank) && !tops.is_empty();
    Ladder { subtotal: open.then(|| figure(tops.iter().sum())), ranks }
}

/// What the unit and the authority said of the pre-review. When the unit did is not kept.
fn opinions(ground: &Ground) -> (Opinion, Opinion) {
    let Some(said) = &ground.pre_review else { return Default::default() };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let decided = said.phase == PreReviewPhase::Granted;
    let authority = Opinion {
        text: text(&said.authority_opinion).filter(|_| decided),
        on: said.basis.as_ref().filter(|_| decided).map(|basis| basis.effective_on),
    };
    (Opinion { text: text(&said.unit_opinion), on: None }, authority)
}

/// The sets of the account, with what the round still is to use of each.
pub(super) fn sets(ground: &Ground) -> Vec<RosterSet> {
    let owner = match ground.account.owner() {
        Owner::Unit { .. } => ground.profile.name.clone(),
        Owner::Pool { pool, .. } => format!("统筹池 {pool}"),
    };
    let sets = ground.account.sets().iter().map(|set| {
        let found = ground.account.quantities(&set.set).unwrap_or_default();
        let seats = |seats: u64| u32::try_from(seats).unwrap_or(u32::MAX);
        RosterSet {
            owner: owner.clone(),
            name: set.name.clone(),
            usable: u32::try_from(found.usable().max(0)).unwrap_or(u32::MAX),
            charged: seats(found.charged()),
            held: seats(found.held),
            reserved: seats(found.reserved),
            intended: figure(intended(ground, set)),
        }
    });
    sets.collect()
}

/// How many more of a set the moves that are not used yet take, than they leave.
fn intended(ground: &Ground, set: &SetSeats) -> i64 {
    let moves = hold(ground).into_iter().flat_map(|hold| &hold.moves);
    let open = moves.filter(|one| matches!(one.status, Status::Held | Status::Waiting));
    let net =
        open.map(|one| i64::from(one.request.enters(set)) - i64::from(one.request.exits(set)));
    net.sum()
}

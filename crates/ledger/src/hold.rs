//! Holds (预审占用): the seats that an approved pre-review keeps, move by move.
//!
//! A batch is judged by its net effect. A move that enters a set may use the seat that
//! another move of the batch leaves there; it then *depends* on that move and keeps no
//! seat of its own. If the other falls away, it takes a free seat, or falls back to
//! waiting.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::calendar::{Calendar, CalendarError};
use quanheng_policy::{PersonId, RankId, SetId, UnitId};
use serde::{Deserialize, Serialize};

use crate::account::{Account, Quantities, SetSeats, signed};
use crate::event::Seated;
use crate::id::CaseId;
use crate::pool::Protects;
use crate::refusal::Refusal;

/// One seat that is asked for. Who will take it is not yet known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveRequest {
    /// The rank whose charged seat becomes free (拟免职级); none for who comes from outside the
    /// account, or holds no charged seat in it.
    pub leaves: Option<RankId>,
    /// The rank that is taken (拟任职级).
    pub to: RankId,
}

impl MoveRequest {
    /// Whether it enters a set.
    #[must_use]
    pub fn enters(&self, set: &SetSeats) -> bool {
        set.ranks.contains(&self.to) && !self.in_set(set)
    }

    /// Whether it leaves a set.
    #[must_use]
    pub fn exits(&self, set: &SetSeats) -> bool {
        self.in_set(set) && !set.ranks.contains(&self.to)
    }

    fn in_set(&self, set: &SetSeats) -> bool {
        self.leaves.as_ref().is_some_and(|rank| set.ranks.contains(rank))
    }
}

/// Where the seat of a set that a move enters comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// A seat that is kept for it.
    Seat,
    /// The seat that another move of the batch leaves: its index.
    After(usize),
}

/// A use of a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Who took it.
    pub person: PersonId,
    /// By when the use is to be filed (使用后备案期限); none while that awaits a calendar.
    pub filing_due_on: Option<Date>,
    /// The period, while its last day awaits a calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing_awaits: Option<FilingPeriod>,
    /// Whether it is filed.
    pub filed: bool,
}

/// A filing period whose last day is known once the calendar of the year into which it reaches
/// is published: on a holiday, it is the next working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingPeriod {
    /// The day from which it is counted.
    pub from: Date,
    /// How many days it has.
    pub days: u16,
}

impl FilingPeriod {
    /// Its last day; none while that awaits a calendar.
    ///
    /// # Errors
    /// A day that there is not.
    pub fn last_day(self, calendar: &Calendar) -> Result<Option<Date>, CalendarError> {
        match calendar.calendar_deadline(self.from, self.days.into()) {
            Ok(day) => Ok(Some(day)),
            Err(CalendarError::NotPublished { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What became of a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its seats are kept.
    Held,
    /// What it depended on fell away and no seat is free.
    Waiting,
    /// Its seat is taken.
    Used(Use),
    /// It was given up, ran out, or was reversed.
    Ended,
}

/// One move of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// What was asked for.
    pub request: MoveRequest,
    /// What became of it.
    pub status: Status,
    /// While it is held: where the seat of every set that it enters comes from.
    pub covers: BTreeMap<SetId, Cover>,
}

impl Move {
    pub(crate) fn is_held(&self) -> bool {
        self.status == Status::Held
    }
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The case that it belongs to.
    pub case: CaseId,
    /// The unit that asked.
    pub unit: UnitId,
    /// Its moves, in the order of the request.
    pub moves: Vec<Move>,
    /// The last day on which it holds.
    pub expires_on: Date,
    /// Reasons for which it was extended: each serves once.
    pub extended_for: BTreeSet<String>,
}

impl Hold {
    /// How many seats of a set it keeps.
    #[must_use]
    pub fn seats(&self, set: &SetId) -> u64 {
        let kept = |m: &&Move| m.is_held() && m.covers.get(set) == Some(&Cover::Seat);
        self.moves.iter().filter(kept).count() as u64
    }

    /// Whether a move is held or waits.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.moves.iter().any(|m| matches!(m.status, Status::Held | Status::Waiting))
    }

    /// Uses that are not filed.
    pub fn unfiled(&self) -> impl Iterator<Item = &Use> {
        self.moves.iter().filter_map(|m| match &m.status {
            Status::Used(used) if !used.filed => Some(used),
            _ => None,
        })
    }

    /// By when the first of the uses that are not filed is to be filed, as far as that is known.
    #[must_use]
    pub fn filing_due_on(&self) -> Option<Date> {
        self.unfiled().filter_map(|used| used.filing_due_on).min()
    }

    /// Whether the filing of a use awaits a calendar.
    #[must_use]
    pub fn filing_awaits(&self) -> bool {
        self.unfiled().any(|used| used.filing_awaits.is_some())
    }

    /// How many seats were pre-reviewed.
    #[must_use]
    pub fn size(&self) -> usize {
        self.moves.len()
    }
}

/// Where the seats of a batch come from: for every move, the sets that it enters.
pub(crate) type Covers = Vec<BTreeMap<SetId, Cover>>;

/// Judges a batch by its net effect over every set at once.
///
/// # Errors
/// Every rule that it breaks.
pub(crate) fn judge(
    account: &Account,
    unit: &UnitId,
    moves: &[MoveRequest],
) -> Result<Covers, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let ranks: BTreeSet<&RankId> = moves.iter().map(|m| &m.to).collect();
    for rank in ranks.into_iter().filter(|rank| !account.admits(rank)) {
        refusals.push(Refusal::RankNotSetUp { rank: rank.clone() });
    }
    too_many_leave(account, moves, &mut refusals);
    let mut covers = vec![BTreeMap::new(); moves.len()];
    for set in &account.sets {
        let leaving = moves.iter().enumerate().filter(|(_, m)| m.exits(set)).map(|(j, _)| j);
        let mut leaving = leaving.map(Cover::After);
        let mut kept = 0_u64;
        for (cover, _) in covers.iter_mut().zip(moves).filter(|(_, m)| m.enters(set)) {
            let from = leaving.next().unwrap_or(Cover::Seat);
            kept += u64::from(from == Cover::Seat);
            cover.insert(set.set.clone(), from);
        }
        if kept > 0 {
            refusals.extend(lacking(account, set, signed(kept)));
            refusals.extend(above_ceiling(account, unit, set, kept));
        }
    }
    if refusals.is_empty() { Ok(covers) } else { Err(refusals) }
}

/// Moves that leave a rank need charged holders there, one each, over all open holds.
fn too_many_leave(account: &Account, moves: &[MoveRequest], refusals: &mut Vec<Refusal>) {
    let mut leaving: BTreeMap<&RankId, u64> = BTreeMap::new();
    for rank in moves.iter().filter_map(|m| m.leaves.as_ref()) {
        *leaving.entry(rank).or_default() += 1;
    }
    for (rank, asked) in leaving {
        let pending = account.open_holds().flat_map(|(_, hold)| &hold.moves);
        let pending = pending.filter(|m| matches!(m.status, Status::Held | Status::Waiting));
        let pending = pending.filter(|m| m.request.leaves.as_ref() == Some(rank)).count() as u64;
        let holders = account.totals.get(rank).copied().unwrap_or_default().charged();
        if asked + pending > holders {
            refusals.push(Refusal::NoSuchHolders { rank: rank.clone(), asked, pending, holders });
        }
    }
}

/// I1, I3, I8: so many more seats of a set must be available. A set without vacancy has
/// none available, so nothing increases it.
pub(crate) fn lacking(account: &Account, set: &SetSeats, wanted: i64) -> Option<Refusal> {
    let found = account.quantities(&set.set).unwrap_or_default();
    (found.available() < wanted).then(|| insufficient(set, found, wanted))
}

/// The refusal for lack of seats, with its figures.
pub(crate) fn insufficient(set: &SetSeats, found: Quantities, wanted: i64) -> Refusal {
    Refusal::InsufficientAvailable {
        set: set.set.clone(),
        name: set.name.clone(),
        vacancy: found.vacancy(),
        held: found.held,
        reserved: found.reserved,
        available: found.available(),
        wanted,
    }
}

/// §4.4-5 and 6: what other members of a pool use stays within what they earned, and
/// earmarked seats stay with the grass roots.
pub(crate) fn above_ceiling(
    account: &Account,
    unit: &UnitId,
    set: &SetSeats,
    more: u64,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for ceiling in account.ceilings.iter().filter(|ceiling| ceiling.others.contains(unit)) {
        let Some(earned) = ceiling.earned.get(&set.set).copied() else { continue };
        let used = account.taken_by(&ceiling.others, set) + more;
        if used > earned {
            let (set, name) = (set.set.clone(), set.name.clone());
            refusals.push(match ceiling.protects {
                Protects::TiersFrom(_) => Refusal::UpwardUseInPool { set, name, earned, used },
                Protects::ReferencedUnits => {
                    Refusal::ParentOccupiesInPool { set, name, earned, used }
                }
            });
        }
    }
    refusals.extend(earmarked(account, unit, set, more));
    refusals
}

/// Seats kept for lower tiers that those have not taken yet are not available to others.
fn earmarked(account: &Account, unit: &UnitId, set: &SetSeats, more: u64) -> Option<Refusal> {
    let crate::account::Owner::Pool { members, earmarks, .. } = &account.owner else {
        return None;
    };
    let tier = members.iter().find(|member| member.unit == *unit)?.tier;
    let kept: u64 = earmarks
        .iter()
        .filter(|earmark| earmark.set == set.set && tier < earmark.tier)
        .map(|earmark| {
            let lower = members.iter().filter(|member| member.tier >= earmark.tier);
            let lower = lower.map(|member| member.unit.clone()).collect();
            earmark.seats.saturating_sub(account.taken_by(&lower, set))
        })
        .sum();
    let available = account.quantities(&set.set).unwrap_or_default().available() - signed(kept);
    (kept > 0 && available < signed(more)).then(|| Refusal::Earmarked {
        set: set.set.clone(),
        name: set.name.clone(),
        kept,
        available,
        wanted: more,
    })
}

/// What happens to the rest of a hold when some of its moves end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fall {
    /// Moves that take a free seat instead of the one they depended on.
    pub(crate) seated: Vec<Seated>,
    /// Moves that find none.
    pub(crate) waiting: Vec<usize>,
}

/// Lets moves of a hold end, and sees what those that depended on them can do.
pub(crate) fn fall(account: &Account, hold: &Hold, ended: &BTreeSet<usize>) -> Fall {
    let mut fall = Fall::default();
    let mut gone = ended.clone();
    let free = |fall: &Fall, gone: &BTreeSet<usize>, set: &SetSeats| {
        let kept = |index: &usize| {
            let m = &hold.moves[*index];
            m.is_held() && m.covers.get(&set.set) == Some(&Cover::Seat)
        };
        let freed = gone.iter().filter(|index| kept(index)).count() as u64;
        let taken = 1 + fall.seated.iter().filter(|taken| taken.set == set.set).count() as u64;
        let more = taken.saturating_sub(freed);
        more == 0
            || lacking(account, set, signed(more)).is_none()
                && above_ceiling(account, &hold.unit, set, more).is_empty()
    };
    // A move that falls back frees seats, so those that lost theirs are looked at again
    // until nothing changes.
    loop {
        let before = gone.len();
        for (index, m) in hold.moves.iter().enumerate() {
            if !m.is_held() || gone.contains(&index) {
                continue;
            }
            let lost = |(set, cover): (&SetId, &Cover)| match cover {
                Cover::After(other) if gone.contains(other) => Some(set.clone()),
                _ => None,
            };
            let seated =
                |set: &SetId| fall.seated.iter().any(|s| s.index == index && s.set == *set);
            let lost: Vec<_> =
                m.covers.iter().filter_map(lost).filter(|set| !seated(set)).collect();
            let finds = |set: &SetId| {
                account.index(set).is_some_and(|at| free(&fall, &gone, &account.sets[at]))
            };
            if lost.iter().all(finds) {
                fall.seated.extend(lost.into_iter().map(|set| Seated { index, set }));
            } else {
                fall.waiting.push(index);
                fall.seated.retain(|seated| seated.index != index);
                gone.insert(index);
            }
        }
        if gone.len() == before {
            fall.waiting.sort_unstable();
            return fall;
        }
    }
}

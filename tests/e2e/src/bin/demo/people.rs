//! Made-up persons, and the ranks that they hold: most seats of an account are taken, as
//! they are in life.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_api::quanheng::quota::v1::SetBalance;
use quanheng_policy::{PersonId, UnitId};
use quanheng_sheets::persons::{
    AppointmentWay, EstablishmentKind, LeadershipPost, NamedRank, PersonRow, RankReason, RankSpell,
    RankState, level_of,
};
use quanheng_sheets::sample::{self, GENERAL_RANKS};

use crate::outcome::{Outcome, there};
use crate::units::Unit;

/// The day as of which persons and balances are brought in (启用日期).
pub(crate) const CUT_OVER: Date = Date::constant(2025, 7, 1);
/// The last day before it.
pub(crate) const DAY_BEFORE: Date = Date::constant(2025, 6, 30);

/// The name of a rank.
pub(crate) fn rank_name(id: &str) -> &str {
    GENERAL_RANKS.iter().find(|(_, own)| *own == id).map_or(id, |(name, _)| name)
}

/// Somebody of a unit.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    /// 职级; none: holds a leadership post.
    pub(crate) rank: Option<String>,
    pub(crate) since: Date,
    row: PersonRow,
}

impl Member {
    pub(crate) fn name(&self) -> String {
        format!("persons/{}", self.id)
    }

    pub(crate) fn row(&self) -> &PersonRow {
        &self.row
    }
}

/// How far the seats of an account are taken.
pub(crate) struct Filling<'a> {
    pub(crate) percent: u64,
    /// Beyond the seats of one set, so many.
    pub(crate) over: Option<(&'a str, u64)>,
}

/// Ranks for so many persons by the seats of an account, the highest first.
pub(crate) fn ranks(
    sets: &[SetBalance],
    uncapped: &[String],
    persons: usize,
    filling: &Filling<'_>,
) -> Vec<String> {
    let mut ranks: Vec<String> = Vec::new();
    // A set stands after the one that it is part of: the parts come first here.
    for set in sets.iter().rev() {
        let parts = sets.iter().filter(|part| part.of == set.set);
        let elsewhere: BTreeSet<&String> = parts.flat_map(|part| &part.ranks).collect();
        let own: Vec<&String> = set.ranks.iter().filter(|r| !elsewhere.contains(r)).collect();
        let more = filling.over.filter(|(over, _)| *over == set.set);
        let wanted = match more {
            Some((_, more)) => set.determined + more,
            None => set.determined * filling.percent / 100,
        };
        let taken = ranks.iter().filter(|rank| set.ranks.contains(rank)).count() as u64;
        let lowest_first = own.iter().rev().cycle().take(match own.is_empty() {
            true => 0,
            false => usize::try_from(wanted.saturating_sub(taken)).unwrap_or(0),
        });
        ranks.extend(lowest_first.map(|rank| (*rank).clone()));
    }
    ranks.sort_unstable();
    ranks.truncate(persons);
    let rest = persons - ranks.len();
    ranks.extend(uncapped.iter().cycle().take(if uncapped.is_empty() { 0 } else { rest }).cloned());
    ranks
}

/// Makes persons up, each with a number of its own.
pub(crate) struct Maker {
    next: u64,
}

impl Maker {
    pub(crate) fn new() -> Self {
        Self { next: 1 }
    }

    /// Two who lead a unit, and holders of ranks.
    pub(crate) fn staff(&mut self, unit: &Unit, ranks: &[String]) -> Outcome<Vec<Member>> {
        let leaders = (0..2).map(|place| (place, None));
        let holders = ranks.iter().zip(2..).map(|(rank, place)| (place, Some(rank.as_str())));
        leaders.chain(holders).map(|(place, rank)| self.member(unit, place, rank)).collect()
    }

    fn member(&mut self, unit: &Unit, place: usize, rank: Option<&str>) -> Outcome<Member> {
        let division = there(unit.row.division.as_ref(), "行政区划")?;
        let made = sample::person(self.next, division);
        self.next += 1;
        let id = format!("{}-{:03}", unit.id, place + 1);
        let since = made.spell.as_ref().and_then(|spell| spell.since).unwrap_or(DAY_BEFORE);
        let spell = rank.map(|rank| spell(rank, since)).transpose()?;
        let row = PersonRow {
            serial: u32::try_from(self.next - 1).ok(),
            unit_name: Some(unit.row.name.clone()),
            establishment: Some(match unit.row.is_referenced() {
                true => EstablishmentKind::Referenced,
                false => EstablishmentKind::Administrative,
            }),
            post: rank.is_none().then(|| post(unit, place, since)),
            conversion: None,
            spell,
            unit_id: Some(UnitId::new(unit.id.clone())?),
            id: Some(PersonId::new(id.clone())?),
            ..made
        };
        Ok(Member { id, rank: rank.map(str::to_owned), since, row })
    }
}

fn spell(rank: &str, since: Date) -> Outcome<RankSpell> {
    let name = rank_name(rank);
    let (category, id) = there(sample::general_rank(name), &format!("职级 {rank}"))?;
    Ok(RankSpell {
        rank: Some(NamedRank { name: name.to_owned(), category, rank: id }),
        since: Some(since),
        reason: Some(RankReason::Promotion),
        approved_on: Some(since),
        state: Some(RankState::Held),
        ..RankSpell::default()
    })
}

fn post(unit: &Unit, place: usize, since: Date) -> LeadershipPost {
    use quanheng_policy::class::Tier;
    let of_county = unit.row.tier.is_none_or(|tier| tier >= Tier::County);
    let (level, title) = match (of_county, place) {
        (true, 0) => ("乡科级正职", "主要负责人"),
        (true, _) => ("乡科级副职", "副职"),
        (false, 0) => ("县处级正职", "主要负责人"),
        (false, _) => ("县处级副职", "副职"),
    };
    LeadershipPost {
        level: level_of(level),
        title: Some(format!("{}{title}", unit.row.name)),
        since: Some(since),
        way: Some(AppointmentWay::Selection),
        same_level_since: Some(since),
        concurrent: Some(false),
        approved_on: Some(since),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(set: &str, of: &str, ranks: &[&str], determined: u64) -> SetBalance {
        SetBalance {
            set: set.to_owned(),
            of: of.to_owned(),
            ranks: ranks.iter().map(|rank| (*rank).to_owned()).collect(),
            determined,
            ..SetBalance::default()
        }
    }

    #[test]
    fn ranks_fill_the_seats_and_no_more_unless_told() {
        let sets = [
            set("GM07-10", "", &["GM07", "GM08", "GM09", "GM10"], 20),
            set("GM07-08", "GM07-10", &["GM07", "GM08"], 10),
        ];
        let uncapped = ["GM11".to_owned(), "GM12".to_owned()];
        for (percent, over, upper, both) in
            [(100, None, 10, 20), (80, None, 8, 16), (80, Some(("GM07-08", 2)), 12, 16)]
        {
            let ranks = ranks(&sets, &uncapped, 30, &Filling { percent, over });
            let held = |of: &[&str]| ranks.iter().filter(|r| of.contains(&r.as_str())).count();
            assert_eq!(ranks.len(), 30);
            assert_eq!(held(&["GM07", "GM08"]), upper);
            assert_eq!(held(&["GM07", "GM08", "GM09", "GM10"]), both);
        }
    }
}

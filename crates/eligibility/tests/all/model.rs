//! Tenure and bars computed slowly: month by month and day by day, by the words of §5.3 and
//! §5.5 and nothing of the crate's own counting.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use quanheng_eligibility::{Career, Rule, Spell};
use quanheng_policy::profile::Policy;
use quanheng_register::person::RankReason;
use quanheng_register::private::AssessmentResult::{
    BasicallyCompetent, Excellent, NotAssessed, Ungraded,
};
use quanheng_register::private::{AssessmentResult, Sanction, SanctionKind};

use crate::world::{ask, of, parameter, with};

/// One choice of every parameter of counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Choice {
    pub(crate) days: bool,
    pub(crate) entry: bool,
    pub(crate) whole_year: bool,
    pub(crate) year_end: bool,
    pub(crate) merge: bool,
    pub(crate) corresponding_free: bool,
}

impl Choice {
    /// The choice with a number: all of them are below 64.
    pub(crate) fn numbered(n: usize) -> Self {
        let bit = |at: usize| n >> at & 1 == 1;
        Self {
            days: bit(0),
            entry: bit(1),
            whole_year: bit(2),
            year_end: bit(3),
            merge: bit(4),
            corresponding_free: bit(5),
        }
    }

    pub(crate) fn policy(self) -> Policy {
        let text = |yes: bool, a: &str, b: &str| format!("\"{}\"", if yes { a } else { b });
        let overlay = [
            parameter("tenure_granularity", &text(self.days, "day", "month")),
            parameter("excellent_entry_year_counts", &self.entry.to_string()),
            parameter("noncounting_overlap", &text(self.whole_year, "whole_year", "overlap")),
            parameter("excellent_usable_from", &text(self.year_end, "year_end", "confirmed")),
            parameter("merge_time_before_lowering", &self.merge.to_string()),
            parameter("bar_corresponding_day_free", &self.corresponding_free.to_string()),
        ];
        with(&overlay.concat())
    }
}

/// A month, counted from the year 0 on.
fn month(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn first_of(month: i64) -> Date {
    let year = i16::try_from(month / 12).unwrap();
    date(year, i8::try_from(month % 12).unwrap() + 1, 1)
}

fn next(day: Date) -> Date {
    day.tomorrow().unwrap()
}

/// The first day on which so many months have passed, found by walking.
pub(crate) fn walk_months(from: Date, months: u32) -> Date {
    let goal = (month(from) + i64::from(months), from.day());
    let mut day = from;
    while (month(day), day.day()) < goal {
        day = next(day);
    }
    day
}

/// A time in the qualifying rank, with what touches it joined.
#[derive(Debug, Clone, Copy)]
struct Block {
    from: Date,
    to: Option<Date>,
}

impl Block {
    fn has_day_in(&self, year: i16) -> bool {
        let begins = self.from.max(date(year, 1, 1));
        begins.year() == year && self.to.is_none_or(|to| begins < to)
    }

    fn has(&self, unit: Unit) -> bool {
        match unit {
            Unit::Month(m) => month(self.from) <= m && self.to.is_none_or(|to| m < month(to)),
            Unit::Day(day) => self.from <= day && self.to.is_none_or(|to| day < to),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Month(i64),
    Day(Date),
}

impl Unit {
    fn year(self) -> i16 {
        match self {
            Self::Month(m) => i16::try_from(m / 12).unwrap(),
            Self::Day(day) => day.year(),
        }
    }
}

/// The spells in the rank that qualifies, joined where one begins before or as another ends.
fn blocks(
    career: &Career,
    qualifies: impl Fn(&Spell) -> bool,
    choice: Choice,
    on: Date,
) -> Vec<Block> {
    let known: Vec<&Spell> = career.spells.iter().filter(|spell| spell.from <= on).collect();
    let lowered = known.iter().filter(|spell| spell.reason == Some(RankReason::Lowered));
    let restart = lowered.map(|spell| spell.from).max().filter(|_| !choice.merge);
    let mut spells: Vec<&&Spell> = known
        .iter()
        .filter(|spell| qualifies(spell) && restart.is_none_or(|restart| spell.from >= restart))
        .collect();
    spells.sort_by_key(|spell| spell.from);
    let mut blocks: Vec<Block> = Vec::new();
    for spell in spells {
        let joins = blocks.last().is_some_and(|last| match last.to {
            None => true,
            Some(to) if choice.days => spell.from <= to,
            Some(to) => month(spell.from) <= month(to),
        });
        if joins {
            let last = blocks.last_mut().unwrap();
            last.to = match (last.to, spell.to) {
                (Some(a), Some(b)) => Some(a.max(b)),
                _ => None,
            };
        } else {
            blocks.push(Block { from: spell.from, to: spell.to });
        }
    }
    blocks
}

/// The results that are known on a day, by year; of two of one year the later.
fn results(career: &Career, on: Date) -> BTreeMap<i16, (AssessmentResult, Date)> {
    let mut found: BTreeMap<i16, (AssessmentResult, Date)> = BTreeMap::new();
    for one in career.assessments.iter().filter(|one| one.confirmed_on <= on) {
        let newer = found.get(&one.year).is_none_or(|(_, on)| *on < one.confirmed_on);
        if newer {
            found.insert(one.year, (one.result, one.confirmed_on));
        }
    }
    found
}

/// The first day with two years, credits of six months, by walking to a horizon.
pub(crate) fn slow_tenure(
    career: &Career,
    qualifies: impl Fn(&Spell) -> bool,
    choice: Choice,
    on: Date,
) -> Option<Date> {
    let blocks = blocks(career, qualifies, choice, on);
    let start = blocks.first()?.from;
    let results = results(career, on);
    let excluded: BTreeSet<i16> = results
        .iter()
        .filter(|(year, (result, _))| {
            let excluded = matches!(result, BasicallyCompetent | Ungraded | NotAssessed);
            excluded && blocks.iter().any(|block| block.has_day_in(**year))
        })
        .map(|(year, _)| *year)
        .collect();
    let credits: Vec<Date> = results
        .iter()
        .filter(|(year, (result, _))| {
            let enters = |block: &Block| match choice.entry {
                true => block.from.year() <= **year,
                false => block.from.year() < **year,
            };
            *result == Excellent
                && blocks.iter().any(|block| enters(block) && block.has_day_in(**year))
        })
        .map(|(year, (_, confirmed_on))| match choice.year_end {
            true => date(year + 1, 1, 1),
            false => *confirmed_on,
        })
        .collect();
    let walker = Walker { blocks, excluded, credits, choice, start };
    if choice.days { walker.by_days() } else { walker.by_months() }
}

struct Walker {
    blocks: Vec<Block>,
    excluded: BTreeSet<i16>,
    credits: Vec<Date>,
    choice: Choice,
    start: Date,
}

/// Fourteen years are more than any case of the tests needs.
const HORIZON_YEARS: i16 = 14;

impl Walker {
    fn credit(&self, day: Date) -> u32 {
        let usable = self.credits.iter().filter(|usable| **usable <= day).count();
        u32::try_from(usable).unwrap() * 6
    }

    /// Adds one unit to what counts, and to the years whose whole is taken away.
    fn add(&self, unit: Unit, counted: &mut i64, taken: &mut BTreeSet<i16>) {
        if !self.blocks.iter().any(|block| block.has(unit)) {
            return;
        }
        let year = unit.year();
        let excluded = self.excluded.contains(&year);
        if !excluded || self.choice.whole_year {
            *counted += 1;
        }
        if excluded && self.choice.whole_year {
            taken.insert(year);
        }
    }

    fn by_months(&self) -> Option<Date> {
        let (mut counted, mut taken) = (0, BTreeSet::new());
        let first = month(self.start);
        for m in first..first + i64::from(HORIZON_YEARS) * 12 {
            let whole_years = i64::try_from(taken.len()).unwrap() * 12;
            let mut days: Vec<Date> =
                self.credits.iter().copied().filter(|day| month(*day) == m).collect();
            days.push(first_of(m));
            let mut days: Vec<Date> = days.into_iter().map(|day| day.max(self.start)).collect();
            days.sort();
            for day in days {
                if counted - whole_years + i64::from(self.credit(day)) >= 24 {
                    return Some(day);
                }
            }
            self.add(Unit::Month(m), &mut counted, &mut taken);
        }
        None
    }

    fn by_days(&self) -> Option<Date> {
        let (mut counted, mut taken) = (0, BTreeSet::<i16>::new());
        let length = |months: u32| {
            let mut days = 0;
            let (mut day, end) = (self.start, walk_months(self.start, months));
            while day < end {
                (day, days) = (next(day), days + 1);
            }
            days
        };
        let needs: Vec<i64> = (0..=4).map(|credits| length(24 - credits * 6)).collect();
        let mut day = self.start;
        while day.year() < self.start.year() + HORIZON_YEARS {
            let whole_years: i64 =
                taken.iter().map(|year| i64::from(date(*year, 1, 1).days_in_year())).sum();
            let credits = usize::try_from(self.credit(day) / 6).unwrap().min(4);
            if counted - whole_years >= needs[credits] {
                return Some(day);
            }
            self.add(Unit::Day(day), &mut counted, &mut taken);
            day = next(day);
        }
        None
    }
}

/// The first free day after sanctions of the state, without ends of their own: each served
/// after what still runs, at most 48 months from its own day. The flag: whether the end is a
/// day that a month has.
pub(crate) fn slow_state_bar(sanctions: &[Sanction], on: Date, free: bool) -> Option<Date> {
    let period = |kind: SanctionKind| match kind {
        SanctionKind::Warning => 6,
        SanctionKind::Demerit => 12,
        SanctionKind::MajorDemerit => 18,
        _ => 24,
    };
    let walk = |from: Date, months: u32| {
        let end = walk_months(from, months);
        (end, end.day() == from.day())
    };
    let free_day = |(end, exact): (Date, bool)| if exact && !free { next(end) } else { end };
    let days: BTreeSet<Date> =
        sanctions.iter().map(|one| one.on).filter(|day| *day <= on).collect();
    let mut end: Option<(Date, bool)> = None;
    for day in days {
        let running = end.filter(|end| day < free_day(*end));
        let begin = running.map_or(day, |(end, _)| end);
        let mut latest = running;
        for kind in SanctionKind::ALL.iter().filter(|kind| kind.is_of_state()) {
            let count = sanctions.iter().filter(|one| one.on == day && one.kind == *kind).count();
            if count > 0 {
                let months = u32::try_from(count).unwrap() * period(*kind);
                let own = walk(begin, months).min(walk(day, 48));
                latest = Some(latest.map_or(own, |other| other.max(own)));
            }
        }
        end = latest;
    }
    end.map(free_day)
}

#[test]
fn the_model_gives_the_examples_too() {
    use crate::world::{assessed, clerk, sanction};
    let national = Choice {
        days: false,
        entry: true,
        whole_year: false,
        year_end: false,
        merge: false,
        corresponding_free: true,
    };
    let on = date(2026, 3, 2);
    let year = |others: &[(i16, AssessmentResult)]| {
        slow_tenure(&assessed(clerk(), 2022, others), |_| true, national, on)
    };
    assert_eq!(year(&[]), Some(date(2024, 7, 1)), "W-40");
    assert_eq!(year(&[(2023, Excellent)]), Some(date(2024, 2, 1)), "W-41");
    assert_eq!(year(&[(2022, Excellent), (2023, Excellent)]), Some(date(2024, 1, 1)), "W-43");
    assert_eq!(year(&[(2023, BasicallyCompetent)]), Some(date(2025, 7, 1)), "W-44");
    assert_eq!(year(&[(2022, Ungraded)]), Some(date(2025, 1, 1)), "W-45");
    for (id, kind, day, expected) in [
        ("W-53", SanctionKind::Warning, date(2023, 8, 31), date(2024, 3, 1)),
        ("W-54", SanctionKind::MajorDemerit, date(2023, 1, 31), date(2024, 7, 31)),
    ] {
        assert_eq!(slow_state_bar(&[sanction(kind, day)], on, true), Some(expected), "{id}");
    }
    // And the choices are 64 policies, of which the rules find the national one's days.
    let found = ask(&national.policy(), &clerk(), "GM09", on);
    assert_eq!(of(&found, Rule::Tenure).earliest, year(&[]));
    let choices: BTreeSet<Choice> = (0..64).map(Choice::numbered).collect();
    assert_eq!(choices.len(), 64);
}

//! How long a rank or level was held, and when that is long enough (最低任职年限, §5.3).
//!
//! With `counted` the time in qualifying spells outside years that do not count, and
//! `credit` the months that confirmed excellent years shorten, the first day is the least
//! on which `counted + credit` reaches the years that the table asks for.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_policy::CategoryId;
use quanheng_policy::profile::{
    ExcellentUsableFrom, NonCounting, Policy, PolicyError, TenureGranularity, YearResult,
};
use quanheng_policy::ranks::MinimumTenure;

use crate::known::{Known, year_result};
use crate::qualify::{Qualifying, Stretch, qualifying};
use crate::span::Grain;

const MONTHS_PER_YEAR: u32 = 12;

/// The parameters of counting, as policy sets them.
struct Terms {
    grain: Grain,
    entry_year_counts: bool,
    credit_months: u32,
    usable_from: ExcellentUsableFrom,
    first_year: i16,
    noncounting: Vec<YearResult>,
    overlap: NonCounting,
}

impl Terms {
    fn read(policy: &Policy) -> Result<Self, PolicyError> {
        Ok(Self {
            grain: Grain(*policy.tenure_granularity()?.value),
            entry_year_counts: *policy.excellent_entry_year_counts()?.value,
            credit_months: u32::from(*policy.excellent_credit_months()?.value),
            usable_from: *policy.excellent_usable_from()?.value,
            first_year: *policy.first_assessment_year()?.value,
            noncounting: policy.noncounting_results()?.value.into_owned(),
            overlap: *policy.noncounting_overlap()?.value,
        })
    }
}

/// The time that counts towards a rank, as of a day (任职年限).
pub(crate) struct Tenure {
    /// Years that the table asks for.
    pub(crate) years: u8,
    /// In what it was counted.
    pub(crate) granularity: TenureGranularity,
    /// Times without a break.
    pub(crate) stretches: Vec<Stretch>,
    /// Months known as a number only.
    pub(crate) prior_months: u32,
    /// What counts on the day, in months or days, without the months before.
    pub(crate) counted: i64,
    /// By how many months excellent years shorten it on the day.
    pub(crate) credit_months: u32,
    /// Those years.
    pub(crate) excellent_years: Vec<i16>,
    /// Years that do not count.
    pub(crate) noncounting_years: BTreeSet<i16>,
    /// The first year whose result is read, of time that is not recorded as spells.
    pub(crate) first_year: i16,
    /// The first day on which it is long enough; none if it will not be by time alone.
    pub(crate) earliest: Option<Date>,
    /// What is missing to count more.
    pub(crate) missing: Option<&'static str>,
}

/// A time in which all counts, or nothing. Without a gap from the first on.
struct Piece {
    from: i64,
    to: Option<i64>,
    counts: bool,
    /// Taken away as soon as some of it has passed (a whole year that does not count).
    drop: i64,
}

impl Tenure {
    /// Counts, as of a day.
    ///
    /// # Errors
    /// [`PolicyError`] when a parameter is not set.
    pub(crate) fn count(
        policy: &Policy,
        row: &MinimumTenure,
        target: &CategoryId,
        known: Known<'_>,
    ) -> Result<Self, PolicyError> {
        let terms = Terms::read(policy)?;
        let grain = terms.grain;
        let counting = qualifying(policy, row, target, known, grain)?;
        let noncounting_years = noncounting(&terms, known, &counting.stretches);
        let pieces = pieces(&terms, &counting.stretches, &noncounting_years);
        let credits = credits(&terms, known, &counting);
        let usable = |on: Date| credits.iter().filter(move |(day, _)| *day <= on);
        let taken = u32::try_from(usable(known.on).count()).unwrap_or(u32::MAX);
        Ok(Self {
            years: row.years,
            granularity: grain.0,
            prior_months: counting.prior_months,
            counted: counted(&pieces, grain.of(known.on)),
            credit_months: taken.saturating_mul(terms.credit_months),
            excellent_years: usable(known.on).map(|(_, year)| *year).collect(),
            earliest: earliest(&terms, row, &counting, &pieces, &credits),
            noncounting_years,
            first_year: terms.first_year,
            missing: counting.missing,
            stretches: counting.stretches,
        })
    }

    /// Since when time without a break counts; the first of such times.
    pub(crate) fn since(&self) -> Option<Date> {
        self.stretches.first().map(|stretch| stretch.from)
    }
}

/// Years within the tenure whose results keep them from counting.
fn noncounting(terms: &Terms, known: Known<'_>, stretches: &[Stretch]) -> BTreeSet<i16> {
    let found = known.assessments().into_iter().filter(|(year, one)| {
        terms.noncounting.contains(&year_result(one.result))
            && stretches.iter().any(|stretch| stretch.touches(*year))
    });
    found.map(|(year, _)| year).collect()
}

/// Excellent years that shorten the tenure, with the day from which on each does; by day.
fn credits(terms: &Terms, known: Known<'_>, counting: &Qualifying) -> Vec<(Date, i16)> {
    let entered = |stretch: &Stretch, year: i16| match terms.entry_year_counts {
        true => stretch.credit_from.year() <= year,
        false => stretch.credit_from.year() < year,
    };
    let within = |year: i16| {
        let too_early = counting.converted && year < terms.first_year;
        let mut stretches = counting.stretches.iter();
        !too_early && stretches.any(|stretch| stretch.touches(year) && entered(stretch, year))
    };
    let excellent = known
        .assessments()
        .into_iter()
        .filter(|(year, one)| year_result(one.result) == YearResult::Excellent && within(*year));
    let mut credits: Vec<(Date, i16)> = excellent
        .filter_map(|(year, one)| match terms.usable_from {
            ExcellentUsableFrom::Confirmed => Some((one.confirmed_on, year)),
            ExcellentUsableFrom::YearEnd => {
                Some((Date::new(year.checked_add(1)?, 1, 1).ok()?, year))
            }
        })
        .collect();
    credits.sort_unstable();
    credits
}

/// The time from the first stretch on, cut where counting begins and ends.
fn pieces(terms: &Terms, stretches: &[Stretch], noncounting: &BTreeSet<i16>) -> Vec<Piece> {
    let grain = terms.grain;
    let whole_year = terms.overlap == NonCounting::WholeYear;
    let mut dropped = BTreeSet::new();
    let mut found: Vec<Piece> = Vec::new();
    let mut end = None;
    for stretch in stretches {
        let (mut at, to) = (grain.of(stretch.from), stretch.to.map(|to| grain.of(to)));
        if let Some(end) = end {
            found.push(Piece { from: end, to: Some(at), counts: false, drop: 0 });
        }
        for year in noncounting {
            let (begin, next) = (grain.year(*year), grain.year(year.saturating_add(1)));
            let cut = begin.max(at);
            let until = to.map_or(next, |to| next.min(to));
            if cut >= until {
                continue;
            }
            found.push(Piece { from: at, to: Some(cut), counts: true, drop: 0 });
            let drop = if whole_year && dropped.insert(*year) { next - begin } else { 0 };
            found.push(Piece { from: cut, to: Some(until), counts: whole_year, drop });
            at = until;
        }
        found.push(Piece { from: at, to, counts: true, drop: 0 });
        end = to;
    }
    if let Some(end) = end {
        found.push(Piece { from: end, to: None, counts: false, drop: 0 });
    }
    found
}

/// How much counts before a unit.
fn counted(pieces: &[Piece], at: i64) -> i64 {
    let begun = pieces.iter().filter(|piece| piece.from < at);
    let lengths = begun.map(|piece| {
        let to = piece.to.map_or(at, |to| to.min(at));
        if piece.counts { to - piece.from - piece.drop } else { -piece.drop }
    });
    lengths.sum()
}

/// The first unit, not before another, by which enough counts.
fn reached(pieces: &[Piece], at_least: i64, need: i64) -> Option<i64> {
    let mut counted = 0;
    for piece in pieces {
        let start = piece.from.max(at_least);
        if start == piece.from && counted >= need {
            return Some(start);
        }
        counted -= piece.drop;
        let at = match piece.counts {
            true => Some(start.max(piece.from + need - counted)),
            false => (counted >= need).then_some(start),
        };
        if let Some(at) = at.filter(|at| piece.to.is_none_or(|to| *at < to)) {
            return Some(at);
        }
        if let (true, Some(to)) = (piece.counts, piece.to) {
            counted += to - piece.from;
        }
    }
    None
}

/// The first day on which what counts and what excellent years shorten are enough together.
fn earliest(
    terms: &Terms,
    row: &MinimumTenure,
    counting: &Qualifying,
    pieces: &[Piece],
    credits: &[(Date, i16)],
) -> Option<Date> {
    let grain = terms.grain;
    let start = counting.stretches.first()?.from;
    let years = u32::from(row.years) * MONTHS_PER_YEAR;
    let mut best: Option<Date> = None;
    let mut usable = vec![start];
    usable.extend(credits.iter().map(|(day, _)| *day));
    for (credit, day) in usable.into_iter().enumerate() {
        let credit = u32::try_from(credit).ok()?.saturating_mul(terms.credit_months);
        let months = years.saturating_sub(counting.prior_months).saturating_sub(credit);
        let from = day.max(start);
        let Some(need) = grain.months(start, months) else { continue };
        let Some(unit) = reached(pieces, grain.of(from), need) else { continue };
        let Some(first) = grain.first_day(unit) else { continue };
        let first = first.max(from);
        best = Some(best.map_or(first, |best| best.min(first)));
    }
    best
}

//! What bars a promotion for a time (不得晋升的情形, §5.5).
//!
//! * A period runs from the day on which the decision took effect, and ends at the
//!   corresponding day so many months later.
//! * Several sanctions of one kind that took effect together have a period between one and
//!   the sum of theirs: the sum, unless each says its own end.
//! * A sanction that takes effect while another of its track runs is served after it.
//! * Sanctions of the state are never longer than a maximum together; those of the Party are.
//! * Organisational measures and admonitions do not add up: the longest prevails.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::profile::{BarPeriods, Policy, PolicyError};
use quanheng_register::private::{Sanction, SanctionKind};

use crate::known::Known;
use crate::span::{Mark, after_months};

/// What kind of measure a bar comes from. Bars of one track may run one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Track {
    /// 政务处分
    State,
    /// 党纪处分
    Party,
    /// 诫勉
    Admonition,
    /// 组织处理
    Organisational,
}

impl Track {
    fn of(kind: SanctionKind) -> Self {
        match () {
            () if kind.is_of_state() => Self::State,
            () if kind.is_of_party() => Self::Party,
            () if kind.is_organisational() => Self::Organisational,
            () => Self::Admonition,
        }
    }
}

/// A bar.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Its kinds, in the order in which they took effect.
    pub(crate) kinds: Vec<SanctionKind>,
    /// The first day that is barred.
    pub(crate) from: Date,
    /// The first day that is free; none if no time frees it.
    pub(crate) until: Option<Date>,
}

impl Bar {
    /// Whether a day, not before the bar, is barred.
    pub(crate) fn holds(&self, on: Date) -> bool {
        self.until.is_none_or(|until| on < until)
    }
}

/// How long a kind bars, in months; none where no time frees (开除; 留党察看 before the
/// Party rights are restored).
fn months(periods: &BarPeriods, kind: SanctionKind) -> Result<Option<u32>, PolicyError> {
    let months = match kind {
        SanctionKind::Warning => periods.warning,
        SanctionKind::Demerit => periods.demerit,
        SanctionKind::MajorDemerit => periods.major_demerit,
        SanctionKind::GradeReduction => periods.grade_reduction,
        SanctionKind::Removal => periods.removal,
        SanctionKind::Dismissal => return Ok(None),
        SanctionKind::PartyWarning => periods.party_warning,
        SanctionKind::PartySeriousWarning => periods.party_serious_warning,
        SanctionKind::PartyRemoval => periods.party_removal,
        SanctionKind::PartyProbation => periods.party_probation,
        SanctionKind::PartyExpulsion => {
            let key = "bar_periods.party_expulsion".to_owned();
            return Err(PolicyError::NotConfigured { key });
        }
        SanctionKind::Admonition => periods.admonition,
        SanctionKind::PostAdjustment => periods.post_adjustment,
        SanctionKind::OrderedResignation => periods.ordered_resignation,
        SanctionKind::DismissalFromPost => periods.dismissal_from_post,
        SanctionKind::Demotion => periods.demotion,
    };
    Ok(Some(u32::from(months)))
}

/// How the ends of periods are found.
struct Terms<'p> {
    periods: &'p BarPeriods,
    corresponding_day_free: bool,
}

/// The bars of a track, as of a day, each with the bars that ran on into it.
///
/// # Errors
/// [`PolicyError`] when a period that is needed is not set.
pub(crate) fn bars(
    policy: &Policy,
    track: Track,
    known: Known<'_>,
) -> Result<Vec<Bar>, PolicyError> {
    let mut by_day: BTreeMap<Date, Vec<&Sanction>> = BTreeMap::new();
    for sanction in known.sanctions().filter(|one| Track::of(one.kind) == track) {
        by_day.entry(sanction.on).or_default().push(sanction);
    }
    if by_day.is_empty() {
        return Ok(Vec::new());
    }
    let periods = policy.bar_periods()?;
    let free = policy.bar_corresponding_day_free()?;
    let terms = Terms { periods: &periods.value, corresponding_day_free: *free.value };
    let mut found: Vec<Bar> = Vec::new();
    let mut running: Option<Mark> = None;
    for (day, together) in by_day {
        let runs_on = found.last().is_some_and(|bar| bar.holds(day));
        let before = running.filter(|_| runs_on && adds_up(track));
        let end = terms.end_of_group(track, day, &together, before, known)?;
        let kinds = together.iter().map(|one| one.kind);
        match found.last_mut() {
            Some(last) if runs_on => {
                running = later(running, end);
                last.kinds.extend(kinds);
                last.until = terms.free_day(running);
            }
            _ => {
                running = end;
                let until = terms.free_day(running);
                found.push(Bar { kinds: kinds.collect(), from: day, until });
            }
        }
    }
    Ok(found)
}

/// Whether a new measure is served after the one that runs.
fn adds_up(track: Track) -> bool {
    matches!(track, Track::State | Track::Party)
}

/// The later end; none is never.
fn later(a: Option<Mark>, b: Option<Mark>) -> Option<Mark> {
    let (a, b) = a.zip(b)?;
    Some(if (a.day, !a.rolled) < (b.day, !b.rolled) { b } else { a })
}

fn earlier(a: Mark, b: Mark) -> Mark {
    if (a.day, !a.rolled) < (b.day, !b.rolled) { a } else { b }
}

impl Terms<'_> {
    fn free_day(&self, end: Option<Mark>) -> Option<Date> {
        end?.first_free(self.corresponding_day_free)
    }

    /// Where the measures that took effect on one day end together. None: never.
    fn end_of_group(
        &self,
        track: Track,
        day: Date,
        together: &[&Sanction],
        before: Option<Mark>,
        known: Known<'_>,
    ) -> Result<Option<Mark>, PolicyError> {
        let mut end = Some(before.unwrap_or(Mark::at(day)));
        let (lifted, standing): (Vec<&Sanction>, Vec<&Sanction>) =
            together.iter().partition(|one| known.lifted_on(one).is_some());
        for sanction in &lifted {
            let Some(lifted_on) = known.lifted_on(sanction) else { continue };
            let lifted = Mark::at(lifted_on);
            let served = self.served(track, day, &[*sanction], before, known);
            let end_of_it = match served {
                Ok(Some(served)) => earlier(served, lifted),
                Ok(None) | Err(_) => lifted,
            };
            end = later(end, Some(end_of_it));
        }
        let mut kinds: Vec<Vec<&Sanction>> = Vec::new();
        for sanction in standing {
            match kinds.iter_mut().find(|same| same[0].kind == sanction.kind) {
                Some(same) => same.push(sanction),
                None => kinds.push(vec![sanction]),
            }
        }
        for same in kinds {
            end = later(end, self.served(track, day, &same, before, known)?);
        }
        Ok(end)
    }

    /// Where measures of one kind that took effect on one day end.
    fn served(
        &self,
        track: Track,
        day: Date,
        same: &[&Sanction],
        before: Option<Mark>,
        known: Known<'_>,
    ) -> Result<Option<Mark>, PolicyError> {
        let Some(first) = same.first() else { return Ok(Some(Mark::at(day))) };
        let Some(one) = months(self.periods, first.kind)? else { return Ok(None) };
        let start = match first.kind {
            SanctionKind::PartyProbation => {
                let restored: Option<Vec<_>> = same.iter().map(|s| known.restored_on(s)).collect();
                let last = restored.and_then(|days| days.into_iter().max());
                let Some(last) = last else { return Ok(None) };
                last
            }
            _ => day,
        };
        let count = u32::try_from(same.len()).unwrap_or(u32::MAX);
        // A decision on several acts says one end for all of them; without it, the sum holds.
        let stated = same.iter().all(|sanction| sanction.ends_on.is_some());
        let months = if adds_up(track) && !stated { one.saturating_mul(count) } else { one };
        let begin = before.map_or(start, |before| before.day.max(start));
        let Some(mut end) = after_months(begin, months) else { return Ok(None) };
        if track == Track::State {
            let cap = after_months(start, u32::from(self.periods.state_sanctions_max));
            end = cap.map_or(end, |cap| earlier(end, cap));
        }
        // What a decision says never shortens what the rules give.
        let said = same.iter().filter_map(|sanction| sanction.ends_on).max();
        let said = said.and_then(|last| last.tomorrow().ok()).map_or(end, Mark::at);
        Ok(later(Some(end), Some(said)))
    }
}

/// Measures whose effect outlasts their period (期满影响使用).
pub(crate) fn affecting_use(known: Known<'_>) -> Vec<SanctionKind> {
    known.sanctions().filter(|one| one.affects_use).map(|one| one.kind).collect()
}

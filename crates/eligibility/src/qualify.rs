//! Which time qualifies for a rank (§5.3, §5.4): spells in the qualifying rank or at the
//! qualifying level add up, over ladders that correspond, back to the conversion of 2019 or
//! to the date of the file.

use jiff::civil::Date;
use quanheng_policy::CategoryId;
use quanheng_policy::profile::{Policy, PolicyError};
use quanheng_policy::ranks::MinimumTenure;
use quanheng_register::person::{Conversion, RankReason};

use crate::career::{Holding, Spell};
use crate::known::Known;
use crate::span::{Grain, after_months};

/// A time that counts without a break.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Since when it counts.
    pub(crate) from: Date,
    /// Up to when; none while it lasts.
    pub(crate) to: Option<Date>,
    /// Since when spells are recorded: before, the file or the conversion says it.
    pub(crate) recorded_from: Date,
    /// The entry from which on excellent years count.
    pub(crate) credit_from: Date,
}

impl Stretch {
    fn of(spell: &Spell) -> Self {
        Self { from: spell.from, to: spell.to, recorded_from: spell.from, credit_from: spell.from }
    }

    /// Whether some of a year lies in it.
    pub(crate) fn touches(&self, year: i16) -> bool {
        let ended_before = self.to.is_some_and(|to| {
            let last = to.yesterday().unwrap_or(to);
            to <= self.from || last.year() < year
        });
        self.from.year() <= year && !ended_before
    }
}

/// What counts towards a rank.
pub(crate) struct Qualifying {
    /// Times without a break, one after the other.
    pub(crate) stretches: Vec<Stretch>,
    /// Months that are known as a number only.
    pub(crate) prior_months: u32,
    /// Whether the person was converted in 2019, so that results count from a year on.
    pub(crate) converted: bool,
    /// What is missing to use the time before the conversion.
    pub(crate) missing: Option<&'static str>,
}

/// What is missing where the register does not say what the first promotion used up.
const MONTHS_USED: &str = "conversion.months_used";

/// Whether a rank or post qualifies for a row of the tenure table.
pub(crate) fn qualifies(
    policy: &Policy,
    row: &MinimumTenure,
    target: &CategoryId,
    holding: &Holding,
) -> Result<bool, PolicyError> {
    let (category, rank) = match holding {
        Holding::Post { level } => return Ok(row.level.as_ref() == Some(level)),
        Holding::Rank { category, rank } => (category, rank),
    };
    if category == target {
        return Ok(policy.rank(category, rank)?.order == row.rank_order);
    }
    // What no rule lets become a rank here is no time in one.
    let Ok(becomes) = policy.conversion(category, rank, target) else { return Ok(false) };
    let ladder = policy.ladder(target)?;
    let qualifying = ladder.value.at(row.rank_order).map(|rank| &rank.id);
    let among = becomes.value.iter().any(|rank| Some(rank) == qualifying);
    Ok(among && (becomes.value.len() == 1 || *policy.banded_rank_time_counts()?.value))
}

/// Everything that counts towards the target of a row, as of a day.
pub(crate) fn qualifying(
    policy: &Policy,
    row: &MinimumTenure,
    target: &CategoryId,
    known: Known<'_>,
    grain: Grain,
) -> Result<Qualifying, PolicyError> {
    let merge = *policy.merge_time_before_lowering()?.value;
    let restart = if merge { None } else { known.lowered_on() };
    let mut spells = Vec::new();
    for spell in known.spells().filter(|spell| restart.is_none_or(|on| on <= spell.from)) {
        if qualifies(policy, row, target, &spell.holding)? {
            spells.push(spell);
        }
    }
    let mut prior_months = 0_u32;
    for prior in known.career.prior.iter().filter(|_| restart.is_none()) {
        if qualifies(policy, row, target, &prior.holding)? {
            prior_months = prior_months.saturating_add(prior.months);
        }
    }
    let conversion = known.career.conversion.as_ref();
    let conversion = conversion.filter(|one| one.on <= known.on && known.lowered_on().is_none());
    let mut missing = None;
    let mut stretches = Vec::new();
    for spell in spells {
        let mut stretch = Stretch::of(spell);
        match conversion {
            Some(conversion) => {
                missing = missing.or(extend(&mut stretch, spell, conversion, known))
            }
            None if restart.is_none() => reach_back(&mut stretch, known),
            None => {}
        }
        stretches.push(stretch);
    }
    let converted = conversion.is_some();
    Ok(Qualifying { stretches: merged(stretches, grain), prior_months, converted, missing })
}

/// The first promotion after the conversion counts from the start at the level before it;
/// the second from there too, less what the first used; later ones from the last promotion
/// (§5.4). Answers with what is missing.
fn extend(
    stretch: &mut Stretch,
    spell: &Spell,
    conversion: &Conversion,
    known: Known<'_>,
) -> Option<&'static str> {
    let promoted =
        |spell: &&Spell| spell.reason == Some(RankReason::Promotion) && spell.from > conversion.on;
    let mut promotions: Vec<Date> = known.spells().filter(promoted).map(|one| one.from).collect();
    promotions.sort_unstable();
    let is_converted = spell.from == conversion.on
        && matches!(&spell.holding, Holding::Rank { rank, .. } if *rank == conversion.rank);
    if is_converted && conversion.level_since < stretch.from {
        stretch.from = conversion.level_since;
        stretch.credit_from = conversion.level_since;
        return None;
    }
    let second = promotions.first() == Some(&spell.from) && promotions.len() == 1;
    if !second {
        return None;
    }
    if conversion.promotions != 1 {
        return Some(MONTHS_USED);
    }
    let since = after_months(conversion.level_since, conversion.months_used)?.day;
    stretch.from = stretch.from.min(since);
    None
}

/// The file's date of the level reaches back before the first spell after it, unless another
/// spell says what was held then.
fn reach_back(stretch: &mut Stretch, known: Known<'_>) {
    let Some(since) = known.career.same_level_since else { return };
    if since >= stretch.from {
        return;
    }
    let between = known
        .spells()
        .any(|spell| spell.from < stretch.from && spell.to.is_none_or(|to| since < to));
    if !between {
        (stretch.from, stretch.credit_from) = (since, since);
    }
}

/// What touches or overlaps becomes one.
fn merged(mut stretches: Vec<Stretch>, grain: Grain) -> Vec<Stretch> {
    stretches.sort_by_key(|stretch| stretch.from);
    let mut found: Vec<Stretch> = Vec::new();
    for next in stretches {
        let Some(last) = found.last_mut() else {
            found.push(next);
            continue;
        };
        let touches = last.to.is_none_or(|to| grain.of(next.from) <= grain.of(to));
        if !touches {
            found.push(next);
            continue;
        }
        last.to = last.to.zip(next.to).map(|(a, b)| a.max(b));
        last.recorded_from = last.recorded_from.min(next.recorded_from);
        last.credit_from = last.credit_from.min(next.credit_from);
    }
    found
}

//! What follows from an incompetent year (不称职): one rank down, and dismissal from service
//! after several together (§5.8).

use jiff::civil::Date;
use quanheng_policy::profile::{Policy, Source};
use quanheng_policy::{CategoryId, RankId};
use quanheng_register::private::AssessmentResult;

use crate::career::{Career, Holding};
use crate::known::Known;
use crate::refusal::Refusal;
use crate::span::Grain;

/// What follows from an incompetent year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lowering {
    /// 降低职级. The years of the lower rank begin anew on the day of the lowering.
    Rank {
        /// 现任职级
        from: RankId,
        /// 降低后的职级
        to: RankId,
        /// Months in that rank before, from the month of each start on.
        months_before: u32,
        /// Whether they are added to those that begin now
        /// (parameter `merge_time_before_lowering`).
        merged: bool,
        /// The entry of policy that says by how many ranks.
        source: Source,
    },
    /// 辞退: so many incompetent years together.
    Dismissal {
        /// The years, the earliest first.
        years: Vec<i16>,
        /// The entry of policy that says how many are enough.
        source: Source,
    },
}

/// What follows from the incompetent result of a year, as of a day. It is what the rules
/// give; people decide it. Incompetent years count together whichever of them is named; and
/// a year lowers a rank once.
///
/// # Errors
/// [`Refusal::NotIncompetent`], [`Refusal::YearUsed`], [`Refusal::LowestRank`];
/// [`Refusal::OtherLadder`] where the ladder is not that of the slot;
/// [`Refusal::FactMissing`] where no rank of it is held; [`Refusal::Policy`].
pub fn lowering_for_year(
    policy: &Policy,
    career: &Career,
    category: &CategoryId,
    year: i16,
    on: Date,
) -> Result<Lowering, Refusal> {
    let known = Known { career, on };
    own_ladder(career, category)?;
    let results = known.assessments();
    let incompetent = |year: &i16| {
        results.get(year).is_some_and(|one| one.result == AssessmentResult::Incompetent)
    };
    if !incompetent(&year) {
        return Err(Refusal::NotIncompetent { year });
    }
    let enough = policy.incompetent_years_to_dismiss()?;
    let mut years: Vec<i16> = (i16::MIN..=year).rev().take_while(incompetent).collect();
    years.reverse();
    years.extend((year..=i16::MAX).skip(1).take_while(incompetent));
    if years.len() >= usize::from(*enough.value) {
        return Ok(Lowering::Dismissal { years, source: enough.source });
    }
    let confirmed_on = results.get(&year).map(|one| one.confirmed_on);
    if let Some(used_on) = known.lowered_on().filter(|on| confirmed_on <= Some(*on)) {
        return Err(Refusal::YearUsed { year, used_on });
    }
    lowered(policy, known, category)
}

/// A rank is lowered in the ladder of the slot (职位类别), where it stands.
fn own_ladder(career: &Career, category: &CategoryId) -> Result<(), Refusal> {
    let own = career.category.as_ref().ok_or(Refusal::FactMissing { fact: "category" })?;
    match own == category {
        true => Ok(()),
        false => Err(Refusal::OtherLadder { own: own.clone(), asked: category.clone() }),
    }
}

/// What follows where a rank is lowered on another ground than an incompetent year
/// (职务与职级并行规定第二十二条), as of a day: always a lower rank.
///
/// # Errors
/// [`Refusal::LowestRank`]; [`Refusal::OtherLadder`] where the ladder is not that of the
/// slot; [`Refusal::FactMissing`] where no rank of it is held; [`Refusal::Policy`].
pub fn lowering(
    policy: &Policy,
    career: &Career,
    category: &CategoryId,
    on: Date,
) -> Result<Lowering, Refusal> {
    own_ladder(career, category)?;
    lowered(policy, Known { career, on }, category)
}

fn lowered(policy: &Policy, known: Known<'_>, category: &CategoryId) -> Result<Lowering, Refusal> {
    let from = known.rank(category).ok_or(Refusal::FactMissing { fact: "held_rank" })?;
    let by = policy.lowering_ranks()?;
    let ladder = policy.ladder(category)?;
    policy.rank(category, from)?;
    let mut to = from;
    for _ in 0..*by.value {
        let below = ladder.value.next_below(to);
        to = &below.ok_or_else(|| Refusal::LowestRank { rank: from.clone() })?.id;
    }
    let merged = *policy.merge_time_before_lowering()?.value;
    let months_before = months_in(known, to)?;
    let (from, to) = (from.clone(), to.clone());
    Ok(Lowering::Rank { from, to, months_before, merged, source: by.source })
}

/// Months in a rank up to a day.
fn months_in(known: Known<'_>, rank: &RankId) -> Result<u32, Refusal> {
    let month = Grain(quanheng_policy::profile::TenureGranularity::Month);
    let at = known
        .spells()
        .filter(|spell| matches!(&spell.holding, Holding::Rank { rank: own, .. } if own == rank));
    let months: i64 = at
        .map(|spell| {
            let to = spell.to.map_or(known.on, |to| to.min(known.on));
            (month.of(to) - month.of(spell.from)).max(0)
        })
        .sum();
    u32::try_from(months).map_err(|_| Refusal::FactMissing { fact: "spells" })
}

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
/// give; people decide it.
///
/// # Errors
/// [`Refusal::NotIncompetent`], [`Refusal::LowestRank`]; [`Refusal::FactMissing`] where no
/// rank of the person's ladder is held; [`Refusal::Policy`].
pub fn lowering_for_year(
    policy: &Policy,
    career: &Career,
    year: i16,
    on: Date,
) -> Result<Lowering, Refusal> {
    let known = Known { career, on };
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
    if years.len() >= usize::from(*enough.value) {
        return Ok(Lowering::Dismissal { years, source: enough.source });
    }
    let category = career.category.as_ref().ok_or(Refusal::FactMissing { fact: "category" })?;
    lowered(policy, known, category)
}

/// What follows where a rank is lowered on another ground than an incompetent year
/// (职务与职级并行规定第二十二条), as of a day: always a lower rank.
///
/// # Errors
/// [`Refusal::LowestRank`]; [`Refusal::FactMissing`] where no rank of the ladder is held;
/// [`Refusal::Policy`].
pub fn lowering(
    policy: &Policy,
    career: &Career,
    category: &CategoryId,
    on: Date,
) -> Result<Lowering, Refusal> {
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

//! Which rank a person may have after a transfer to another ladder (转任后职级确定, §3.7):
//! the one of equal order, or one of a band. “可确定为” means *may be*: people pick one of
//! them, and need a seat for it, which the ledger keeps.

use jiff::civil::Date;
use quanheng_policy::profile::{Policy, PolicyError, Source};
use quanheng_policy::{CategoryId, RankId};

use crate::career::Career;
use crate::check::{Context, Target};
use crate::finding::{Finding, Reason, Rule, text};
use crate::known::Known;
use crate::position;

/// The ranks that a rank may become in another ladder, the highest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedRanks {
    /// The ranks.
    pub ranks: Vec<RankId>,
    /// The entry of policy that says so.
    pub source: Source,
}

/// The ranks that a rank may become in another ladder; in its own, itself.
///
/// # Errors
/// [`PolicyError`] where nothing says what it becomes, or the rank is none of the ladder.
pub fn allowed_ranks(
    policy: &Policy,
    from: &CategoryId,
    rank: &RankId,
    to: &CategoryId,
) -> Result<AllowedRanks, PolicyError> {
    if from == to {
        let rank = policy.rank(from, rank)?.id;
        return Ok(AllowedRanks { ranks: vec![rank], source: policy.ladder(from)?.source });
    }
    let found = policy.conversion(from, rank, to)?;
    Ok(AllowedRanks { ranks: found.value.into_owned(), source: found.source })
}

/// What the rules find about a transfer. It is no decision.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferCheck {
    /// The ranks that may be determined; empty where no rule says.
    pub allowed: Vec<RankId>,
    /// Service, ladder of the slot, band, what the unit may have, qualification; in this order.
    pub findings: Vec<Finding>,
}

crate::career::debug_hides!(TransferCheck);

impl TransferCheck {
    /// The rules that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.failed())
    }

    /// The reasons for which rules failed, in the order of the rules.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        self.failures().filter_map(|finding| finding.reason).collect()
    }
}

/// Asks whether a person may have a rank after a transfer. `from` is the ladder whose rank
/// the person holds; the slot is of the target's ladder already, for a transfer comes before
/// the rank that it leads to; the context's unit is the one that the person goes to.
#[must_use]
pub fn check_transfer(
    policy: &Policy,
    career: &Career,
    from: &CategoryId,
    target: &Target,
    on: Date,
    context: &Context,
) -> TransferCheck {
    let known = Known { career, on };
    let (allowed, band) = match band(policy, known, from, target) {
        Ok(found) => found,
        Err(error) => (Vec::new(), Finding::refused(Rule::TransferBand, &error)),
    };
    let unit = context.unit.as_ref().or(career.unit.as_ref());
    let set_up = position::set_up(policy, unit, target);
    let qualification = position::qualification(policy, known, target);
    let findings = vec![
        position::service(known),
        moved(policy, known, target).unwrap_or_else(|error| Finding::refused(Rule::Ladder, &error)),
        band,
        set_up.unwrap_or_else(|error| Finding::refused(Rule::RankSetUp, &error)),
        qualification.unwrap_or_else(|error| Finding::refused(Rule::Qualification, &error)),
    ];
    TransferCheck { allowed, findings }
}

/// The slot is of the ladder that the rank is determined in (转任后的职位类别).
fn moved(policy: &Policy, known: Known<'_>, target: &Target) -> Result<Finding, PolicyError> {
    let Some(own) = &known.career.category else {
        return Ok(Finding::missing(Rule::Ladder, "category"));
    };
    let wanted = policy.ladder(&target.category)?;
    let name = &wanted.value.name;
    let finding = match *own == target.category {
        true => Finding::pass(Rule::Ladder, format!("编制的职位类别为{name}")),
        false => {
            let own = &policy.ladder(own)?.value.name;
            let message = format!("编制的职位类别为{own},应先转任至{name}再确定职级");
            Finding::fail(Rule::Ladder, Reason::LadderMismatch, message)
        }
    };
    let finding = finding.fact("category", text(own.as_str()));
    Ok(finding.fact("target_category", text(target.category.as_str())).by(&wanted.source))
}

fn band(
    policy: &Policy,
    known: Known<'_>,
    from: &CategoryId,
    target: &Target,
) -> Result<(Vec<RankId>, Finding), PolicyError> {
    let rule = Rule::TransferBand;
    let Some(held) = known.rank(from) else {
        return Ok((Vec::new(), Finding::missing(rule, "held_rank")));
    };
    let wanted = policy.rank(&target.category, &target.rank)?;
    let allowed = allowed_ranks(policy, from, held, &target.category)?;
    let held_name = policy.rank(from, held)?.name;
    let names: Result<Vec<String>, PolicyError> = allowed
        .ranks
        .iter()
        .map(|rank| policy.rank(&target.category, rank).map(|rank| rank.name))
        .collect();
    let names = names?.join("、");
    let finding = if allowed.ranks.contains(&target.rank) {
        Finding::pass(rule, format!("{held_name}转任可以确定为{}", wanted.name))
    } else {
        let message = format!("{held_name}转任可以确定为{names},不能确定为{}", wanted.name);
        Finding::fail(rule, Reason::NotInBand, message)
    };
    let ranks: Vec<&str> = allowed.ranks.iter().map(RankId::as_str).collect();
    let finding = finding
        .fact("held_rank", text(held.as_str()))
        .fact("target_rank", text(target.rank.as_str()))
        .fact("allowed_ranks", text(&ranks.join("、")))
        .by(&allowed.source);
    Ok((allowed.ranks, finding))
}

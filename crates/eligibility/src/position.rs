//! Whether the target may be asked for at all: service, ladder, the next rank up, what the
//! unit may have, and the qualification that a rank requires.

use quanheng_policy::class::UnitFacts;
use quanheng_policy::profile::{Policy, PolicyError, RatioTable, Resolved};
use quanheng_policy::ranks::{Ladder, Rank};

use crate::check::Target;
use crate::finding::{Finding, Reason, Rule, text};
use crate::known::Known;

/// In service (在职).
pub(crate) fn service(known: Known<'_>) -> Finding {
    match known.career.in_service {
        true => Finding::pass(Rule::Service, "在职"),
        false => Finding::fail(Rule::Service, Reason::NotInService, "不在职,不能晋升职级"),
    }
}

/// The target belongs to the ladder of the slot (职位类别).
pub(crate) fn ladder(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
) -> Result<Finding, PolicyError> {
    let Some(own) = &known.career.category else {
        return Ok(Finding::missing(Rule::Ladder, "category"));
    };
    let wanted = policy.ladder(&target.category)?;
    let own_ladder = policy.ladder(own)?;
    let rank = policy.rank(&target.category, &target.rank)?;
    let finding = match *own == target.category {
        true => Finding::pass(Rule::Ladder, format!("{}属于{}", rank.name, wanted.value.name)),
        false => {
            let message = format!(
                "本人职位类别为{},{}属于{};应先按转任确定职级",
                own_ladder.value.name, rank.name, wanted.value.name
            );
            Finding::fail(Rule::Ladder, Reason::LadderMismatch, message)
        }
    };
    let finding = finding.fact("category", text(own.as_str()));
    Ok(finding.fact("target_category", text(target.category.as_str())).by(&wanted.source))
}

/// The target is the next rank above the one held, or the one that the leadership level held
/// qualifies for (逐级晋升).
pub(crate) fn next_rank(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
) -> Result<Finding, PolicyError> {
    let ladder = policy.ladder(&target.category)?;
    let wanted = policy.rank(&target.category, &target.rank)?;
    let held = known.rank(&target.category);
    let held = held.map(|rank| policy.rank(&target.category, rank)).transpose()?;
    let by_level = level_order(policy, known, target)?;
    if held.is_none() && by_level.is_none() {
        return Ok(Finding::missing(Rule::NextRank, "held_rank"));
    }
    let finding = step(&ladder.value, &wanted, held.as_ref(), by_level.as_ref());
    let finding = finding.fact("target_rank", text(wanted.id.as_str()));
    Ok(match &held {
        Some(held) => finding.fact("held_rank", text(held.id.as_str())),
        None => finding,
    })
}

/// A leadership level that is held, seen from the ladder.
struct LevelStep {
    name: String,
    /// The order of the lowest rank that corresponds to it.
    order: Option<u8>,
    /// Whether it qualifies for the target.
    qualifies: bool,
}

fn level_order(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
) -> Result<Option<LevelStep>, PolicyError> {
    let row = match policy.minimum_tenure(&target.category, &target.rank) {
        Ok(row) => row.value.level.clone(),
        Err(PolicyError::NotConfigured { .. }) => None,
        Err(error) => return Err(error),
    };
    let mut highest: Option<LevelStep> = None;
    for level in known.levels() {
        let entry = policy.leadership_level(level)?;
        let step = LevelStep {
            name: entry.value.name.clone(),
            order: entry.value.minimum_rank_order,
            qualifies: row.as_ref() == Some(level),
        };
        let better = highest.as_ref().is_none_or(|other| {
            (step.qualifies, std::cmp::Reverse(step.order))
                > (other.qualifies, std::cmp::Reverse(other.order))
        });
        if better {
            highest = Some(step);
        }
    }
    Ok(highest)
}

fn step(
    ladder: &Ladder,
    wanted: &Rank,
    held: Option<&Rank>,
    by_level: Option<&LevelStep>,
) -> Finding {
    let next = held.and_then(|held| ladder.next_above(&held.id));
    if next.is_some_and(|next| next.id == wanted.id) {
        let held = held.map_or("", |held| &held.name);
        return Finding::pass(Rule::NextRank, format!("{held}逐级晋升{}", wanted.name));
    }
    // Whoever holds the target, or a higher rank, is not promoted to it by a post.
    let holds_it = held.is_some_and(|held| held.order <= wanted.order);
    if let Some(level) = by_level.filter(|level| level.qualifies && !holds_it) {
        return Finding::pass(Rule::NextRank, format!("{}可以晋升{}", level.name, wanted.name));
    }
    let from = held.map(|held| held.order).into_iter();
    let from = from.chain(by_level.and_then(|level| level.order)).min();
    let name = held.map(|held| &held.name).or(by_level.map(|level| &level.name));
    let name = name.map_or("", |name| name);
    if from.is_some_and(|from| from <= wanted.order) {
        let message = format!("{}不高于现任{name},不是晋升", wanted.name);
        return Finding::fail(Rule::NextRank, Reason::NotAPromotion, message);
    }
    let message = match next {
        Some(next) => {
            format!("职级应逐级晋升:{name}只能晋升{},不能越级晋升{}", next.name, wanted.name)
        }
        None => format!("职级应逐级晋升:{name}不能越级晋升{}", wanted.name),
    };
    Finding::fail(Rule::NextRank, Reason::SkipRank, message)
}

/// The table of what the unit may have, and whether the rank has a cap there.
pub(crate) fn table<'p>(
    policy: &'p Policy,
    unit: &UnitFacts,
    target: &Target,
) -> Result<Resolved<'p, RatioTable>, PolicyError> {
    let class = policy.quota_class(&target.category, unit)?;
    policy.ratio_table(&target.category, &class.value)
}

/// The unit's class may have the rank (职级设置规格).
pub(crate) fn set_up(
    policy: &Policy,
    unit: Option<&UnitFacts>,
    target: &Target,
) -> Result<Finding, PolicyError> {
    let Some(unit) = unit else { return Ok(Finding::missing(Rule::RankSetUp, "unit")) };
    let class = policy.quota_class(&target.category, unit)?;
    let table = policy.ratio_table(&target.category, &class.value)?;
    let name = policy.rank(&target.category, &target.rank)?.name;
    let finding = match table.value.admits(&target.rank) {
        true => Finding::pass(Rule::RankSetUp, format!("所在单位可以设置{name}")),
        false => {
            let message = format!("所在单位不设{name}");
            Finding::fail(Rule::RankSetUp, Reason::RankNotSetUp, message)
        }
    };
    let finding = finding.fact("class", text(class.value.as_str()));
    Ok(finding.fact("rank", text(target.rank.as_str())).by(&table.source))
}

/// A valid qualification of the level that the rank requires, or a higher one (任职资格).
pub(crate) fn qualification(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
) -> Result<Finding, PolicyError> {
    let rule = Rule::Qualification;
    let ladder = policy.ladder(&target.category)?;
    if !ladder.value.requires_qualification {
        return Ok(Finding::not_applicable(rule, "本职级序列不要求任职资格"));
    }
    let name = policy.rank(&target.category, &target.rank)?.name;
    let own = known.career.qualifications.iter();
    let own: Vec<_> = own.filter(|one| one.category == target.category).collect();
    if own.is_empty() {
        let message = format!("晋升{name}应当取得相应任职资格");
        return Ok(Finding::fail(rule, Reason::QualificationRequired, message)
            .with_figures_of(&ladder.source));
    }
    let (levels, map) = (policy.qualification_levels()?, policy.qualification_rank_map()?);
    let place = |id: &str| levels.value.iter().position(|level| level.id == id);
    let wanted = map.value.get(&target.rank).and_then(|id| Some((id, place(id)?)));
    let Some((required, least)) = wanted else {
        let key = format!("qualification_rank_map.{}", target.rank);
        return Err(PolicyError::NotConfigured { key });
    };
    let label = &levels.value[least].name;
    let enough = own.into_iter().filter(|one| place(&one.level).is_some_and(|own| own <= least));
    let unexpired = enough.filter(|one| one.to.is_none_or(|to| known.on < to));
    let earliest = unexpired.map(|one| one.from).min();
    let finding = match earliest {
        Some(from) if from <= known.on => {
            Finding::pass(rule, format!("已取得{label}任职资格,符合{name}要求"))
        }
        _ => {
            let message = format!("晋升{name}应当取得{label}以上任职资格");
            Finding::fail(rule, Reason::QualificationRequired, message)
        }
    };
    Ok(finding.fact("required_level", text(required)).since(earliest).by(&map.source))
}

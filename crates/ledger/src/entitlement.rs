//! Entitlement (职数核定): what the ratios of a class give for a base, as a nested tree of
//! rank sets, with the working shown line by line.
//!
//! "不超过" is an upper bound on a whole number, so shares are rounded down. A nested cap
//! is a share of its parent's cap: of the rounded one, or of the exact one, as the profile
//! says; it never exceeds the parent's.

use std::collections::BTreeMap;
use std::fmt;

use quanheng_policy::profile::{NestedRounding, Policy, PolicyError, RatioTable, Source};
use quanheng_policy::{CategoryId, Exact, QuotaClassId, RankId, Ratio, SetId};
use serde::Serialize;

/// How shares become seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RoundingRules {
    /// Of what nested caps are shares.
    pub nested: NestedRounding,
    /// Whether a share of less than one gives one.
    pub min_one: bool,
    /// Whether lower ranks may not use the room that higher ones leave (高低分设).
    pub strict_split: bool,
}

/// The number of authorised posts that ratios are taken of (核定基数). Logistics posts
/// (工勤) are never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Establishment {
    /// Posts that count for the category: 行政编制, or of a referenced unit its 参公事业编制;
    /// of a leading group its posts.
    pub counted: u64,
    /// 工勤编制
    pub logistics: u64,
}

impl Establishment {
    /// The base: what counts, and nothing else.
    #[must_use]
    pub fn base(self) -> u64 {
        self.counted
    }
}

/// One cap, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The set.
    pub set: SetId,
    /// Its Chinese name.
    pub name: String,
    /// Its ranks.
    pub ranks: Vec<RankId>,
    /// The set that it is part of; none: it is a share of the base.
    pub of: Option<SetId>,
    /// What the cap is made of.
    pub how: How,
    /// The seats: no more holders than these.
    pub cap: u64,
}

/// What a cap is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum How {
    /// A share of a number, rounded down.
    Share {
        /// The share.
        ratio: Ratio,
        /// Of which number.
        of: u64,
        /// Before rounding, as it is shown.
        exact: String,
        /// Whether it was raised to one (不足一个按一个).
        raised: bool,
    },
    /// What the other part of its parent leaves (高低分设).
    Rest {
        /// The parent's seats.
        parent: u64,
        /// The other part's seats.
        other: u64,
    },
}

/// What a class gives for a base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entitlement {
    /// The base.
    pub base: u64,
    /// The caps, each after the one that it is part of.
    pub lines: Vec<Line>,
    /// Ranks that may be held without a cap.
    pub uncapped: Vec<RankId>,
}

/// An entitlement with where its figures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The category.
    pub category: CategoryId,
    /// The class.
    pub class: QuotaClassId,
    /// The caps.
    pub entitlement: Entitlement,
    /// The ratio table, then the parameters that took part.
    pub sources: Vec<Source>,
}

/// `三级、四级主任科员 ≤ 50% × 108 = 54 → 54`
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, cap, .. } = self;
        match &self.how {
            How::Share { ratio, of, exact, raised } => {
                let raised = if *raised { "(不足一个按一个)" } else { "" };
                write!(f, "{name} ≤ {ratio} × {of} = {exact} → {cap}{raised}")
            }
            How::Rest { parent, other } => write!(f, "{name} ≤ {parent} − {other} = {cap}"),
        }
    }
}

impl Entitlement {
    /// What a ratio table gives for a base.
    #[must_use]
    pub fn compute(table: &RatioTable, base: u64, rules: RoundingRules) -> Self {
        let mut exact: BTreeMap<&SetId, Exact> = BTreeMap::new();
        let mut lines: Vec<Line> = Vec::new();
        for set in &table.sets {
            let parent = set.of.as_ref();
            let parent_cap = parent.and_then(|id| lines.iter().find(|line| line.set == *id));
            let parent_cap = parent_cap.map(|line| line.cap);
            let whole = match (parent, rules.nested) {
                (Some(id), NestedRounding::FloorOfExact) => {
                    exact.get(id).copied().unwrap_or(Exact::whole(0))
                }
                _ => Exact::whole(parent_cap.unwrap_or(base)),
            };
            let share = whole.times(set.ratio);
            exact.insert(&set.id, share);
            let limit = parent_cap.unwrap_or(base);
            let floor = share.floor();
            let raised = rules.min_one && floor == 0 && limit > 0 && set.ratio.numerator() > 0;
            lines.push(Line {
                set: set.id.clone(),
                name: set.name.clone(),
                ranks: set.ranks.clone(),
                of: set.of.clone(),
                how: How::Share {
                    ratio: set.ratio,
                    of: whole.floor(),
                    exact: share.to_string(),
                    raised,
                },
                cap: if raised { 1 } else { floor }.min(limit),
            });
        }
        if rules.strict_split {
            split_strictly(&mut lines);
        }
        Self { base, lines, uncapped: table.uncapped.clone() }
    }

    /// The cap of a set.
    #[must_use]
    pub fn cap(&self, set: &SetId) -> Option<u64> {
        self.lines.iter().find(|line| line.set == *set).map(|line| line.cap)
    }
}

/// Adds, to every set with a part, the rest as a part of its own, so that neither part
/// may use the other's room.
fn split_strictly(lines: &mut Vec<Line>) {
    let mut rests = Vec::new();
    for parent in lines.iter() {
        let parts: Vec<_> =
            lines.iter().filter(|line| line.of.as_ref() == Some(&parent.set)).collect();
        let covered = |rank: &&RankId| !parts.iter().any(|part| part.ranks.contains(*rank));
        let ranks: Vec<RankId> = parent.ranks.iter().filter(covered).cloned().collect();
        if parts.is_empty() || ranks.is_empty() {
            continue;
        }
        let other = parts.iter().map(|part| part.cap).sum::<u64>();
        let Ok(set) = SetId::new(format!("{}-rest", parent.set)) else { continue };
        rests.push(Line {
            set,
            name: format!("{}的其余职级", parent.name),
            ranks,
            of: Some(parent.set.clone()),
            how: How::Rest { parent: parent.cap, other },
            cap: parent.cap.saturating_sub(other),
        });
    }
    lines.append(&mut rests);
}

/// What the policy gives a class for a base, with every source named.
///
/// # Errors
/// [`PolicyError::NoRatioTable`] without a ratio table for the category and class;
/// [`PolicyError::NotConfigured`] without one of the rounding parameters.
pub fn explain(
    policy: &Policy,
    category: &CategoryId,
    class: &QuotaClassId,
    base: u64,
) -> Result<Explained, PolicyError> {
    let table = policy.ratio_table(category, class)?;
    let (rules, sources) = rounding_rules(policy)?;
    let sources = std::iter::once(table.source.clone()).chain(sources).collect();
    let entitlement = Entitlement::compute(&table.value, base, rules);
    Ok(Explained { category: category.clone(), class: class.clone(), entitlement, sources })
}

/// The rounding parameters of a policy.
///
/// # Errors
/// [`PolicyError::NotConfigured`].
pub fn rounding_rules(policy: &Policy) -> Result<(RoundingRules, Vec<Source>), PolicyError> {
    // The only rounding there is; that it is set at all is still demanded.
    let rounding = policy.quota_rounding()?;
    let nested = policy.nested_rounding()?;
    let min_one = policy.min_one_rule()?;
    let strict = policy.strict_split()?;
    let rules = RoundingRules {
        nested: *nested.value,
        min_one: *min_one.value,
        strict_split: *strict.value,
    };
    Ok((rules, vec![rounding.source, nested.source, min_one.source, strict.source]))
}

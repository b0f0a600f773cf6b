//! Ladders of ranks (职级序列), leadership levels (领导职务层次) and how they correspond.
//! What is written here is shape; every figure and name comes from policy documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{CategoryId, LevelId, RankId};

/// Pay grades (级别) from the lowest to the highest: the larger number is the lower grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grades {
    /// The lowest grade, for example 22.
    pub lowest: u8,
    /// The highest grade, for example 16.
    pub highest: u8,
}

impl Grades {
    /// Whether a grade lies within.
    #[must_use]
    pub fn contains(self, grade: u8) -> bool {
        (self.highest..=self.lowest).contains(&grade)
    }
}

/// One rank of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// Its id.
    pub id: RankId,
    /// 1 is the highest. Ranks of equal order correspond to each other across ladders.
    pub order: u8,
    /// Its Chinese name.
    pub name: String,
    /// Its pay grades, where the ladder has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grades: Option<Grades>,
}

/// The ladder of a position category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Its Chinese name.
    pub name: String,
    /// The article that sets it.
    pub article: String,
    /// Whether its orders are those of the general ladder, so that ranks of equal order
    /// correspond. Not so for judges and prosecutors, whose bands are listed.
    #[serde(default)]
    pub follows_general_order: bool,
    /// Whether its ranks require a professional qualification (须取得任职资格): which one,
    /// the parameter `qualification_rank_map` says.
    #[serde(default)]
    pub requires_qualification: bool,
    /// The ranks, the highest first.
    pub ranks: Vec<Rank>,
}

impl Ladder {
    /// A rank by its id.
    #[must_use]
    pub fn rank(&self, id: &RankId) -> Option<&Rank> {
        self.ranks.iter().find(|rank| rank.id == *id)
    }

    /// The rank of an order.
    #[must_use]
    pub fn at(&self, order: u8) -> Option<&Rank> {
        self.ranks.iter().find(|rank| rank.order == order)
    }

    /// The next rank up (逐级晋升): the only one that a promotion may lead to.
    #[must_use]
    pub fn next_above(&self, id: &RankId) -> Option<&Rank> {
        let own = self.rank(id)?.order;
        self.ranks.iter().filter(|rank| rank.order < own).max_by_key(|rank| rank.order)
    }

    /// The next rank down.
    #[must_use]
    pub fn next_below(&self, id: &RankId) -> Option<&Rank> {
        let own = self.rank(id)?.order;
        self.ranks.iter().filter(|rank| rank.order > own).min_by_key(|rank| rank.order)
    }
}

/// A leadership level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadershipLevel {
    /// Its Chinese name.
    pub name: String,
    /// The article that sets it.
    pub article: String,
    /// Its place from the top.
    pub order: u8,
    /// Its pay grades.
    pub grades: Grades,
    /// The order of the lowest rank that corresponds to it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_rank_order: Option<u8>,
}

/// A band of ranks of one ladder that become ranks of another (职级转换): the decision
/// picks one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionBand {
    /// From this ladder …
    pub from: CategoryId,
    /// … any of these orders …
    pub from_orders: Vec<u8>,
    /// … to these ladders …
    pub to: Vec<CategoryId>,
    /// … at one of these orders.
    pub to_orders: Vec<u8>,
    /// The source of the rule.
    pub article: String,
}

/// What qualifies for a rank, and for how long it must have been held (最低任职年限).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MinimumTenure {
    /// The order of the rank that is aimed at.
    pub target_order: u8,
    /// The order of the rank that qualifies.
    pub rank_order: u8,
    /// The leadership level that qualifies as well, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<LevelId>,
    /// Years.
    pub years: u8,
}

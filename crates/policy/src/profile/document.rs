//! A policy document as it is written.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Parameters;
use crate::calendar::DayKind;
use crate::class::ClassRule;
use crate::codes::DivisionCode;
use crate::id::{CategoryId, LevelId, QuotaClassId, RankId, SetId};
use crate::ranks::{ConversionBand, Ladder, LeadershipLevel, MinimumTenure};
use crate::ratio::Ratio;

/// A value with the article that sets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// The article, document or decision that sets it.
    pub article: String,
}

/// Ranks under one cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankSet {
    /// Its id.
    pub id: SetId,
    /// Its Chinese name.
    pub name: String,
    /// Its ranks.
    pub ranks: Vec<RankId>,
    /// The set that it is part of and whose cap it is a share of; none: of the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<SetId>,
    /// Its share.
    pub ratio: Ratio,
}

/// The row of the ratio table (职数比例) for one class of units in one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioTable {
    /// The article that sets it.
    pub article: String,
    /// Capped sets, each after the one that it is part of.
    pub sets: Vec<RankSet>,
    /// Ranks that the class may have without a cap (未限定职数比例).
    #[serde(default)]
    pub uncapped: Vec<RankId>,
}

impl RatioTable {
    /// A set by its id.
    #[must_use]
    pub fn set(&self, id: &SetId) -> Option<&RankSet> {
        self.sets.iter().find(|set| set.id == *id)
    }

    /// Whether the class may have the rank at all (职级设置规格).
    #[must_use]
    pub fn admits(&self, rank: &RankId) -> bool {
        self.uncapped.contains(rank) || self.sets.iter().any(|set| set.ranks.contains(rank))
    }
}

/// A local day off or working day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalDay {
    /// The day.
    #[schemars(with = "String")]
    pub date: Date,
    /// `holiday` or `workday`.
    #[schemars(with = "String")]
    pub kind: DayKind,
    /// The decision that makes it one.
    pub article: String,
}

/// A policy document: one version of one profile. Parts that are not written leave what
/// the layers above it say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The form of the document; 1.
    pub format: u32,
    /// The profile's name, the same in all its versions.
    pub profile: String,
    /// The version, from 1.
    pub version: u32,
    /// Where it holds: a division code; `000000` is the whole country.
    pub jurisdiction: DivisionCode,
    /// What it is, in Chinese.
    pub title: String,
    /// The first day on which it holds.
    #[schemars(with = "String")]
    pub effective_from: Date,
    /// The last day on which it holds, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub effective_to: Option<Date>,
    /// Ladders of ranks.
    #[serde(default)]
    pub ladders: BTreeMap<CategoryId, Ladder>,
    /// Leadership levels.
    #[serde(default)]
    pub leadership_levels: BTreeMap<LevelId, LeadershipLevel>,
    /// Bands for transfers between ladders whose orders do not correspond.
    #[serde(default)]
    pub conversions: Vec<ConversionBand>,
    /// Minimum tenure by ladder.
    #[serde(default)]
    pub tenure: BTreeMap<CategoryId, Set<Vec<MinimumTenure>>>,
    /// Which class a unit takes; the first rule that admits it.
    #[serde(default)]
    pub classes: Vec<ClassRule>,
    /// Ratio tables by category and class.
    #[serde(default)]
    pub ratios: BTreeMap<CategoryId, BTreeMap<QuotaClassId, RatioTable>>,
    /// Parameters.
    #[serde(default)]
    pub parameters: Parameters,
    /// Local days.
    #[serde(default)]
    pub local_days: Vec<LocalDay>,
}

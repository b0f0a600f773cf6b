//! Resolving: which value holds for a unit on a date, and where it comes from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use super::{Document, Parameters, Published, RatioTable, Set};
use crate::calendar::Calendar;
use crate::class::{ClassRule, UnitFacts};
use crate::codes::DivisionCode;
use crate::id::{CategoryId, LevelId, QuotaClassId, RankId};
use crate::ranks::{Ladder, LeadershipLevel, MinimumTenure, Rank};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The jurisdiction whose layer sets it.
    pub layer: DivisionCode,
    /// The profile.
    pub profile: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of the document, hex.
    pub hash: String,
    /// The key within the document.
    pub key: String,
    /// The article that it rests on.
    pub article: String,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, profile, version, key, article, .. } = self;
        write!(f, "{article}({layer} {profile} 第 {version} 版,{key})")
    }
}

/// A value with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved<'a, T: Clone> {
    /// The value.
    pub value: Cow<'a, T>,
    /// Where it comes from.
    pub source: Source,
}

impl<T: Clone + Serialize> Resolved<'_, T> {
    pub(super) fn as_data(&self) -> Resolved<'static, serde_json::Value> {
        let value = serde_json::to_value(&*self.value).unwrap_or(serde_json::Value::Null);
        Resolved { value: Cow::Owned(value), source: self.source.clone() }
    }
}

/// Why policy gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No layer sets it.
    #[error("POLICY_NOT_CONFIGURED: 未配置参数 {key}")]
    NotConfigured {
        /// The key.
        key: String,
    },
    /// There is no ratio table for the category and the unit.
    #[error("NO_RATIO_TABLE: 未配置职数比例({category},{class})")]
    NoRatioTable {
        /// The category.
        category: CategoryId,
        /// The class, or what is known of the unit if it has none.
        class: String,
    },
    /// There is no such rank in the ladder.
    #[error("RANK_NOT_SET_UP: 未设置职级 {rank}")]
    NoSuchRank {
        /// The rank.
        rank: RankId,
    },
    /// A version was published before with another text.
    #[error("RESOURCE_EXISTS: {profile} 第 {version} 版已发布,内容不同")]
    VersionExists {
        /// The profile.
        profile: String,
        /// The version.
        version: u32,
    },
    /// Two profiles claim one jurisdiction, or a profile moved to another one.
    #[error("INVALID_FIELD: {profile} 与已发布的 {other} 辖区冲突")]
    JurisdictionTaken {
        /// The profile.
        profile: String,
        /// The one that is there.
        other: String,
    },
}

impl PolicyError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured { .. } => "POLICY_NOT_CONFIGURED",
            Self::NoRatioTable { .. } => "NO_RATIO_TABLE",
            Self::NoSuchRank { .. } => "RANK_NOT_SET_UP",
            Self::VersionExists { .. } => "RESOURCE_EXISTS",
            Self::JurisdictionTaken { .. } => "INVALID_FIELD",
        }
    }

    pub(super) fn not_configured(key: impl Into<String>) -> Self {
        Self::NotConfigured { key: key.into() }
    }
}

/// All documents that were published.
#[derive(Debug, Clone, Default)]
pub struct PolicyBook {
    documents: Vec<Arc<Published>>,
}

impl PolicyBook {
    /// Adds a document. The same text again changes nothing.
    ///
    /// # Errors
    /// [`PolicyError::VersionExists`], [`PolicyError::JurisdictionTaken`].
    pub fn publish(&mut self, published: Arc<Published>) -> Result<(), PolicyError> {
        let new = &published.document;
        for known in &self.documents {
            let old = &known.document;
            if (old.profile == new.profile) != (old.jurisdiction == new.jurisdiction) {
                return Err(PolicyError::JurisdictionTaken {
                    profile: new.profile.clone(),
                    other: old.profile.clone(),
                });
            }
            if (&old.profile, old.version) == (&new.profile, new.version) {
                return match known.hash == published.hash {
                    true => Ok(()),
                    false => Err(PolicyError::VersionExists {
                        profile: new.profile.clone(),
                        version: new.version,
                    }),
                };
            }
        }
        self.documents.push(published);
        Ok(())
    }

    /// The documents, as they were published.
    pub fn documents(&self) -> impl Iterator<Item = &Arc<Published>> {
        self.documents.iter()
    }

    /// The policy for a division on a date: of every jurisdiction around it, the newest
    /// version that holds then; the closest first.
    #[must_use]
    pub fn policy(&self, division: &DivisionCode, date: Date) -> Policy {
        let holds = |published: &&Arc<Published>| {
            let document = &published.document;
            document.jurisdiction.contains(division)
                && document.effective_from <= date
                && document.effective_to.is_none_or(|to| date <= to)
        };
        let mut layers: Vec<Arc<Published>> = Vec::new();
        for published in self.documents.iter().filter(holds) {
            let document = &published.document;
            let same =
                |layer: &&mut Arc<Published>| layer.document.jurisdiction == document.jurisdiction;
            match layers.iter_mut().find(same) {
                Some(layer) if layer.document.version < document.version => {
                    *layer = Arc::clone(published);
                }
                Some(_) => {}
                None => layers.push(Arc::clone(published)),
            }
        }
        layers.sort_by_key(|layer| std::cmp::Reverse(layer.document.jurisdiction.level()));
        Policy { layers, division: division.clone(), date }
    }
}

/// What holds for a division on a date.
#[derive(Debug, Clone)]
pub struct Policy {
    layers: Vec<Arc<Published>>,
    division: DivisionCode,
    date: Date,
}

impl Policy {
    /// For which division.
    #[must_use]
    pub fn division(&self) -> &DivisionCode {
        &self.division
    }

    /// On which date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// The documents that hold, the closest first.
    #[must_use]
    pub fn layers(&self) -> &[Arc<Published>] {
        &self.layers
    }

    /// A hash over all documents that hold: it stands on every event decided under them.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        use sha2::Digest as _;
        let mut hasher = sha2::Sha256::new();
        for layer in &self.layers {
            hasher.update(layer.hash);
        }
        hasher.finalize().into()
    }

    fn source(published: &Published, key: String, article: &str) -> Source {
        let Document { jurisdiction, profile, version, .. } = &published.document;
        Source {
            layer: jurisdiction.clone(),
            profile: profile.clone(),
            version: *version,
            hash: published.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            key,
            article: article.to_owned(),
        }
    }

    /// The first layer that says something, and what it says.
    fn find<'a, T: ?Sized>(
        &'a self,
        part: impl Fn(&'a Document) -> Option<&'a T>,
    ) -> Option<(&'a Published, &'a T)> {
        self.layers.iter().find_map(|layer| Some((&**layer, part(&layer.document)?)))
    }

    pub(super) fn parameter<'a, T: Clone>(
        &'a self,
        name: &str,
        of: impl Fn(&'a Parameters) -> Option<&'a Set<T>>,
    ) -> Result<Resolved<'a, T>, PolicyError> {
        let key = format!("parameters.{name}");
        let found = self.find(|document| of(&document.parameters));
        let (layer, set) = found.ok_or_else(|| PolicyError::not_configured(name))?;
        let source = Self::source(layer, key, &set.article);
        Ok(Resolved { value: Cow::Borrowed(&set.value), source })
    }

    /// The ladder of a category.
    ///
    /// # Errors
    /// [`PolicyError::NotConfigured`].
    pub fn ladder(&self, category: &CategoryId) -> Result<Resolved<'_, Ladder>, PolicyError> {
        let key = format!("ladders.{category}");
        let found = self.find(|document| document.ladders.get(category));
        let (layer, ladder) = found.ok_or_else(|| PolicyError::not_configured(&key))?;
        let source = Self::source(layer, key, &ladder.article);
        Ok(Resolved { value: Cow::Borrowed(ladder), source })
    }

    /// A rank of a ladder.
    ///
    /// # Errors
    /// [`PolicyError::NotConfigured`], [`PolicyError::NoSuchRank`].
    pub fn rank(&self, category: &CategoryId, rank: &RankId) -> Result<Rank, PolicyError> {
        let ladder = self.ladder(category)?;
        let found = ladder.value.rank(rank).cloned();
        found.ok_or_else(|| PolicyError::NoSuchRank { rank: rank.clone() })
    }

    /// A leadership level.
    ///
    /// # Errors
    /// [`PolicyError::NotConfigured`].
    pub fn leadership_level(
        &self,
        level: &LevelId,
    ) -> Result<Resolved<'_, LeadershipLevel>, PolicyError> {
        let key = format!("leadership_levels.{level}");
        let found = self.find(|document| document.leadership_levels.get(level));
        let (layer, entry) = found.ok_or_else(|| PolicyError::not_configured(&key))?;
        let source = Self::source(layer, key, &entry.article);
        Ok(Resolved { value: Cow::Borrowed(entry), source })
    }

    /// Every leadership level that a layer sets, by its order from the top.
    #[must_use]
    pub fn leadership_levels(&self) -> Vec<(&LevelId, &LeadershipLevel)> {
        let mut found: BTreeMap<&LevelId, &LeadershipLevel> = BTreeMap::new();
        for layer in &self.layers {
            for (id, level) in &layer.document.leadership_levels {
                found.entry(id).or_insert(level);
            }
        }
        let mut levels: Vec<_> = found.into_iter().collect();
        levels.sort_by_key(|(_, level)| level.order);
        levels
    }

    /// The minimum tenure for a rank of a category.
    ///
    /// # Errors
    /// [`PolicyError::NotConfigured`], [`PolicyError::NoSuchRank`].
    pub fn minimum_tenure(
        &self,
        category: &CategoryId,
        target: &RankId,
    ) -> Result<Resolved<'static, MinimumTenure>, PolicyError> {
        let order = self.rank(category, target)?.order;
        let key = format!("tenure.{category}");
        let found = self.find(|document| document.tenure.get(category));
        let (layer, rows) = found.ok_or_else(|| PolicyError::not_configured(&key))?;
        let row = rows.value.iter().find(|row| row.target_order == order).cloned();
        let row = row.ok_or_else(|| PolicyError::not_configured(format!("{key}.{order}")))?;
        let source = Self::source(layer, key, &rows.article);
        Ok(Resolved { value: Cow::Owned(row), source })
    }

    /// The ranks of another ladder that a rank may become on transfer (转任后职级确定):
    /// the rank of equal order, or the band that the rules list.
    ///
    /// # Errors
    /// [`PolicyError::NotConfigured`] when the rules say nothing about this pair.
    pub fn conversion(
        &self,
        from: &CategoryId,
        rank: &RankId,
        to: &CategoryId,
    ) -> Result<Resolved<'static, Vec<RankId>>, PolicyError> {
        let own = self.rank(from, rank)?;
        let (from_ladder, to_ladder) = (self.ladder(from)?, self.ladder(to)?);
        let key = format!("conversions.{from}.{to}");
        let band = self.layers.iter().find_map(|layer| {
            let fits = |band: &&crate::ranks::ConversionBand| {
                band.from == *from && band.to.contains(to) && band.from_orders.contains(&own.order)
            };
            Some((layer, layer.document.conversions.iter().find(fits)?))
        });
        let (orders, source) = match band {
            Some((layer, band)) => {
                (band.to_orders.clone(), Self::source(layer, key.clone(), &band.article))
            }
            None if from_ladder.value.follows_general_order
                && to_ladder.value.follows_general_order =>
            {
                (vec![own.order], to_ladder.source.clone())
            }
            None => return Err(PolicyError::not_configured(key)),
        };
        let ranks: Vec<RankId> = orders
            .iter()
            .filter_map(|order| Some(to_ladder.value.at(*order)?.id.clone()))
            .collect();
        if ranks.is_empty() {
            return Err(PolicyError::not_configured(key));
        }
        Ok(Resolved { value: Cow::Owned(ranks), source })
    }

    /// The class of a unit (4.3a): the first rule that admits it, the closest layer first.
    ///
    /// # Errors
    /// [`PolicyError::NoRatioTable`].
    pub fn quota_class(
        &self,
        category: &CategoryId,
        unit: &UnitFacts,
    ) -> Result<Resolved<'static, QuotaClassId>, PolicyError> {
        let admits = |rule: &&ClassRule| rule.admits(unit);
        let found = self.find(|document| document.classes.iter().find(admits));
        let (layer, rule) = found.ok_or_else(|| PolicyError::NoRatioTable {
            category: category.clone(),
            class: unit.to_string(),
        })?;
        let source = Self::source(layer, "classes".into(), &rule.article);
        Ok(Resolved { value: Cow::Owned(rule.class.clone()), source })
    }

    /// The ratio table of a class in a category.
    ///
    /// # Errors
    /// [`PolicyError::NoRatioTable`].
    pub fn ratio_table(
        &self,
        category: &CategoryId,
        class: &QuotaClassId,
    ) -> Result<Resolved<'_, RatioTable>, PolicyError> {
        let found = self.find(|document| document.ratios.get(category)?.get(class));
        let (layer, table) = found.ok_or_else(|| PolicyError::NoRatioTable {
            category: category.clone(),
            class: class.to_string(),
        })?;
        let source = Self::source(layer, format!("ratios.{category}.{class}"), &table.article);
        Ok(Resolved { value: Cow::Borrowed(table), source })
    }

    /// A calendar with the local days of every layer.
    #[must_use]
    pub fn calendar(&self, national: &Calendar) -> Calendar {
        let mut calendar = national.clone();
        for layer in self.layers.iter().rev() {
            let days = layer.document.local_days.iter().map(|day| (day.date, day.kind));
            calendar = calendar.with_local(days);
        }
        calendar
    }
}

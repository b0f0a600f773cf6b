//! Counts of referenced units and of their slots may only decrease (只减不增, §6.6): what was
//! frozen before the reform, what is committed since, and what a batch would make of it.
//!
//! Slots are referenced institution slots (参公事业编制), never persons. What is approved and not yet
//! in effect is committed all the same: a batch is measured against everything that was
//! decided before it.

mod batch;
mod scope;

use std::collections::BTreeMap;

use quanheng_policy::UnitId;
use serde::{Deserialize, Serialize};

pub use batch::{Batch, BatchCheck, ScopeLine, Settlement};
pub use scope::{Place, Scope};

/// How many units, and how many slots (单位数、编制数).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// 单位数
    pub units: u64,
    /// 编制数
    pub headcount: u64,
}

impl Figures {
    /// Whether neither count is more than another's.
    #[must_use]
    pub fn within(self, other: Self) -> bool {
        self.units <= other.units && self.headcount <= other.headcount
    }

    fn add(&mut self, counted: &Counted) {
        self.units += 1;
        self.headcount += u64::from(counted.headcount);
    }

    fn take(&mut self, counted: &Counted) {
        self.units = self.units.saturating_sub(1);
        self.headcount = self.headcount.saturating_sub(u64::from(counted.headcount));
    }
}

/// What is left of a scope (余量): before less after. Negative where it has grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Room {
    /// 单位数
    pub units: i64,
    /// 编制数
    pub headcount: i64,
}

impl Room {
    fn between(before: Figures, after: Figures) -> Self {
        let less = |before: u64, after: u64| {
            let whole = i128::from(before) - i128::from(after);
            i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
        };
        Self {
            units: less(before.units, after.units),
            headcount: less(before.headcount, after.headcount),
        }
    }
}

/// A referenced unit as it counts (计入单位).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Where it counts.
    pub place: Place,
    /// Its referenced institution slots (参公事业编制).
    pub headcount: u32,
}

/// The book of one campaign (只减不增台账).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawBook", into = "RawBook")]
pub struct Book {
    before: BTreeMap<Scope, Figures>,
    units: BTreeMap<UnitId, Counted>,
    after: BTreeMap<Scope, Figures>,
}

/// A book as it is kept: totals of what counts are taken anew.
#[derive(Serialize, Deserialize)]
struct RawBook {
    before: Vec<(Scope, Figures)>,
    units: BTreeMap<UnitId, Counted>,
}

impl From<RawBook> for Book {
    fn from(raw: RawBook) -> Self {
        let mut book = Self::frozen(raw.before.into_iter().collect());
        for (unit, counted) in raw.units {
            book.retain(unit, counted);
        }
        book
    }
}

impl From<Book> for RawBook {
    fn from(book: Book) -> Self {
        Self { before: book.before.into_iter().collect(), units: book.units }
    }
}

impl Book {
    /// A book on the counts that were frozen on the baseline day (改革前基数). Nothing is committed
    /// yet.
    #[must_use]
    pub fn frozen(before: BTreeMap<Scope, Figures>) -> Self {
        Self { before, ..Self::default() }
    }

    /// A book on the units that were referenced on the baseline day.
    #[must_use]
    pub fn frozen_from<'a>(units: impl IntoIterator<Item = &'a Counted>) -> Self {
        let mut book = Self::default();
        for counted in units {
            book.freeze(counted);
        }
        book
    }

    /// Freezes one more unit as it counted before the reform.
    pub fn freeze(&mut self, counted: &Counted) {
        for scope in counted.place.scopes() {
            self.before.entry(scope).or_default().add(counted);
        }
    }

    /// Counts a unit that stays referenced without any change (未涉改保留). Counting it again
    /// replaces what was counted. Nothing is checked: what is so is so, and [`Self::excess`]
    /// tells where it is too much.
    pub fn retain(&mut self, unit: UnitId, counted: Counted) {
        self.settle(unit, Some(counted));
    }

    /// Takes over what became of a unit by a decision that was checked before.
    pub fn settle(&mut self, unit: UnitId, becomes: Option<Counted>) {
        if let Some(was) = self.units.remove(&unit) {
            for scope in was.place.scopes() {
                let left = self.after.entry(scope.clone()).or_default();
                left.take(&was);
                if *left == Figures::default() {
                    // A scope in which nothing counts any more is no scope that is kept.
                    self.after.remove(&scope);
                }
            }
        }
        if let Some(counted) = becomes {
            for scope in counted.place.scopes() {
                self.after.entry(scope).or_default().add(&counted);
            }
            self.units.insert(unit, counted);
        }
    }

    /// The frozen counts of a scope; none if nothing was frozen for it.
    #[must_use]
    pub fn before(&self, scope: &Scope) -> Option<Figures> {
        self.before.get(scope).copied()
    }

    /// What is committed in a scope.
    #[must_use]
    pub fn after(&self, scope: &Scope) -> Figures {
        self.after.get(scope).copied().unwrap_or_default()
    }

    /// What is left of a scope; nothing where nothing was frozen.
    #[must_use]
    pub fn room(&self, scope: &Scope) -> Room {
        Room::between(self.before(scope).unwrap_or_default(), self.after(scope))
    }

    /// The units that count.
    #[must_use]
    pub fn units(&self) -> &BTreeMap<UnitId, Counted> {
        &self.units
    }

    /// Every scope with a count before or after.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        let only_after = self.after.keys().filter(|scope| !self.before.contains_key(scope));
        self.before.keys().chain(only_after)
    }

    /// Scopes whose counts are more than before (V-RC-4), with both.
    #[must_use]
    pub fn excess(&self) -> Vec<(Scope, Figures, Figures)> {
        let figures = self.scopes().map(|scope| {
            (scope.clone(), self.before(scope).unwrap_or_default(), self.after(scope))
        });
        figures.filter(|(_, before, after)| !after.within(*before)).collect()
    }
}

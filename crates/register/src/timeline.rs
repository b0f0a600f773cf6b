//! Changes with dates (时间轴): a record that begins on a day, is changed from days on, and
//! may end. Entries are recorded in any order; what held on a day is the beginning with
//! every change up to that day, in the order of their dates, and of recording within a date.

use std::fmt::Debug;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a timeline is about.
pub trait Record: Clone + Debug + PartialEq + Eq + Serialize + DeserializeOwned {
    /// A sparse change.
    type Patch: Clone + Debug + PartialEq + Eq + Serialize + DeserializeOwned;
    /// What is known of the end.
    type End: Clone + Debug + PartialEq + Eq + Serialize + DeserializeOwned;

    /// Takes over what a patch sets.
    fn apply(&mut self, patch: &Self::Patch);

    /// Takes over into a patch what another sets.
    fn amend(patch: &mut Self::Patch, by: &Self::Patch);
}

/// An entry: at which version it was recorded, from which day it holds, what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    /// The version that the state had with it.
    pub version: u64,
    /// From when it holds.
    pub on: Date,
    /// What it says.
    pub what: T,
}

/// How a record stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It has not begun.
    NotYet,
    /// It exists.
    Active,
    /// It has ended.
    Ended,
}

/// A record over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Timeline<R: Record> {
    begin: Dated<R>,
    changes: Vec<Dated<R::Patch>>,
    end: Option<Dated<R::End>>,
}

/// What an entry of a timeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// The beginning.
    Begin,
    /// A change.
    Change,
    /// The end.
    End,
}

impl<R: Record> Timeline<R> {
    pub(crate) fn new(version: u64, on: Date, what: R) -> Self {
        Self { begin: Dated { version, on, what }, changes: Vec::new(), end: None }
    }

    pub(crate) fn change(&mut self, version: u64, on: Date, what: R::Patch) {
        self.changes.push(Dated { version, on, what });
        self.sort();
    }

    pub(crate) fn finish(&mut self, version: u64, on: Date, what: R::End) {
        self.end = Some(Dated { version, on, what });
    }

    /// Corrects the entry of a version: what it says, and from when.
    pub(crate) fn amend(&mut self, version: u64, patch: &R::Patch, on: Option<Date>) {
        if self.begin.version == version {
            self.begin.what.apply(patch);
            self.begin.on = on.unwrap_or(self.begin.on);
        }
        for change in self.changes.iter_mut().filter(|change| change.version == version) {
            R::amend(&mut change.what, patch);
            change.on = on.unwrap_or(change.on);
        }
        if let Some(end) = self.end.as_mut().filter(|end| end.version == version) {
            end.on = on.unwrap_or(end.on);
        }
        self.sort();
    }

    /// Takes the entry of a version out; the beginning stays.
    pub(crate) fn void(&mut self, version: u64) {
        self.changes.retain(|change| change.version != version);
        self.end = self.end.take().filter(|end| end.version != version);
    }

    fn sort(&mut self) {
        self.changes.sort_by_key(|change| (change.on, change.version));
    }

    /// From when it exists.
    #[must_use]
    pub fn begun_on(&self) -> Date {
        self.begin.on
    }

    /// The changes, by date.
    #[must_use]
    pub fn changes(&self) -> &[Dated<R::Patch>] {
        &self.changes
    }

    /// Its end, if it has one: the first day on which it is no more.
    #[must_use]
    pub fn end(&self) -> Option<&Dated<R::End>> {
        self.end.as_ref()
    }

    /// What the entry of a version is; none if there is no such entry.
    #[must_use]
    pub fn entry(&self, version: u64) -> Option<EntryKind> {
        if self.begin.version == version {
            return Some(EntryKind::Begin);
        }
        if self.end.as_ref().is_some_and(|end| end.version == version) {
            return Some(EntryKind::End);
        }
        let change = self.changes.iter().any(|change| change.version == version);
        change.then_some(EntryKind::Change)
    }

    /// How it stands on a day.
    #[must_use]
    pub fn standing(&self, on: Date) -> Phase {
        let ended = self.end.as_ref().is_some_and(|end| end.on <= on);
        match on < self.begin.on {
            true => Phase::NotYet,
            false if ended => Phase::Ended,
            false => Phase::Active,
        }
    }

    /// Whether it exists on a day.
    #[must_use]
    pub fn stands_on(&self, on: Date) -> bool {
        self.standing(on) == Phase::Active
    }

    /// What held on a day, or last before it ended; none before it began.
    #[must_use]
    pub fn as_of(&self, on: Date) -> Option<R> {
        if on < self.begin.on {
            return None;
        }
        let mut record = self.begin.what.clone();
        for change in self.changes.iter().filter(|change| change.on <= on) {
            record.apply(&change.what);
        }
        Some(record)
    }

    /// Every day on which something changes, from a day on, that day with them.
    #[must_use]
    pub fn days_from(&self, on: Date) -> Vec<Date> {
        let changes = self.changes.iter().map(|change| change.on);
        let mut days: Vec<Date> = changes.chain([self.begin.on]).filter(|day| *day > on).collect();
        days.push(on.max(self.begin.on));
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The last day on which something changes.
    #[must_use]
    pub fn last_change_on(&self) -> Date {
        self.changes.last().map_or(self.begin.on, |change| change.on)
    }
}

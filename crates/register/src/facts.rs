//! What decisions read besides the state that they change.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_policy::UnitId;

use crate::id::PostId;
use crate::post::Post;
use crate::refusal::Refusal;
use crate::timeline::Phase;
use crate::unit::{Unit, UnitStatus};

/// The units and posts that the caller has read for a decision: everything that the command
/// names, and every unit above them ([`Unit::parents_ever`], followed upwards). What is not
/// here does not exist.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// Units.
    pub units: BTreeMap<UnitId, &'a Unit>,
    /// Posts.
    pub posts: BTreeMap<(UnitId, PostId), &'a Post>,
}

/// What a decision reads besides the state that it changes.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The day.
    pub today: Date,
    /// The last day that an entry may take effect on.
    pub latest: Date,
    /// The units and posts.
    pub known: &'a Known<'a>,
}

impl<'a> Facts<'a> {
    /// Facts of a day; entries may take effect up to a year later.
    #[must_use]
    pub fn new(today: Date, known: &'a Known<'a>) -> Self {
        Self { today, latest: today.saturating_add(1.year()), known }
    }

    /// Entries may be for any day in the past, and not far ahead.
    pub(crate) fn in_time(&self, field: &'static str, on: Date) -> Result<(), Refusal> {
        match on <= self.latest {
            true => Ok(()),
            false => Err(Refusal::TooFarAhead { field, on, latest: self.latest }),
        }
    }

    /// The unit, if it exists on a day.
    pub(crate) fn unit_on(&self, id: &UnitId, on: Date) -> Result<&'a Unit, Refusal> {
        let unit = self.known.units.get(id).copied();
        let unit = unit.ok_or_else(|| Refusal::NotFound { what: format!("units/{id}") })?;
        active(unit, on)?;
        Ok(unit)
    }

    /// The unit, if it exists on a day or later.
    pub(crate) fn unit_by(&self, id: &UnitId, on: Date) -> Result<&'a Unit, Refusal> {
        match self.unit_on(id, on) {
            Err(Refusal::BeforeUnit { from, .. }) => self.unit_on(id, from),
            found => found,
        }
    }

    /// The post of a unit, if it exists on a day, or later.
    pub(crate) fn post_on(
        &self,
        unit: &UnitId,
        post: &PostId,
        on: Date,
        or_later: bool,
    ) -> Result<&'a Post, Refusal> {
        let what = format!("units/{unit}/posts/{post}");
        let found = self.known.posts.get(&(unit.clone(), post.clone())).copied();
        let Some(found) = found else { return Err(Refusal::NotFound { what }) };
        match found.timeline.standing(on) {
            Phase::Active => Ok(found),
            Phase::NotYet if or_later => Ok(found),
            _ => {
                Err(Refusal::WrongState { what: format!("{what} 在 {on} 不存在或已撤销") })
            }
        }
    }
}

/// Whether a unit exists on a day.
pub(crate) fn active(unit: &Unit, on: Date) -> Result<(), Refusal> {
    let id = || unit.unit.clone();
    match unit.status(on) {
        UnitStatus::Active => Ok(()),
        UnitStatus::NotYet => {
            Err(Refusal::BeforeUnit { unit: id(), on, from: unit.timeline.begun_on() })
        }
        UnitStatus::Abolished => Err(Refusal::UnitAbolished { unit: id(), on }),
    }
}

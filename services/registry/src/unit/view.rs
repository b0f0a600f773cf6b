//! Units and posts as documents. A document tells what is recorded last, entries that take
//! effect later among it: no clock stands behind it. Who asks as of a day is answered by
//! the whole state, which it holds, too.

mod collections;
mod project;

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::CategoryId;
use quanheng_projection::ProjectError;
use quanheng_register::post::PostProfile;
use quanheng_register::unit::{Establishment, Unit};
use quanheng_runtime::wire::{grade_message, kind_message, tier_message};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::message;

pub use collections::{UNITS, UNITS_PROJECTION, units_definition};

/// A unit's history that is longer stays in the log alone: a document has a bound.
const STATE_BYTES_MAX: usize = 400 * 1024;

/// What a post counts for in its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PostSeats {
    /// 职位类别
    pub(crate) category: CategoryId,
    /// 核定职位数
    pub(crate) authorised: u32,
    /// Whether it is not abolished.
    pub(crate) active: bool,
}

impl PostSeats {
    /// As much of a post as counts.
    pub(crate) fn profile(&self) -> PostProfile {
        PostProfile {
            title: String::new(),
            level: None,
            category: self.category.clone(),
            leading_group_member: false,
            authorised: self.authorised,
            duties: String::new(),
        }
    }
}

/// What answers need of a unit's document.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct UnitView {
    /// Where it is, by what is recorded last.
    pub(crate) division: String,
    /// 实有人数 by the register.
    pub(crate) registered_headcount: u32,
    /// Its posts.
    #[serde(default)]
    pub(crate) posts: BTreeMap<String, PostSeats>,
    /// All of it; none if it is too long for a document.
    #[serde(default)]
    pub(crate) state: Option<Unit>,
}

/// A unit's document.
#[derive(Debug, Serialize)]
struct UnitDocument<'a> {
    name: &'a str,
    short_name: &'a str,
    division: &'a str,
    tier: &'static str,
    kind: &'static str,
    nature: &'static str,
    grade: &'static str,
    status: &'static str,
    parent: String,
    referenced: bool,
    credit_code: String,
    established_on: Date,
    abolished_on: Option<Date>,
    establishment: Establishment,
    counted_establishment: u64,
    registered_headcount: u32,
    /// As the API tells it, without the contact.
    unit: Json,
    posts: BTreeMap<String, PostSeats>,
    state: Option<Json>,
}

/// What stays of the document before.
#[derive(Debug, Default, Deserialize)]
struct Kept {
    registered_headcount: u32,
    #[serde(default)]
    posts: BTreeMap<String, PostSeats>,
}

fn unit_document(unit: &Unit, kept: Kept) -> Result<Json, ProjectError> {
    let other = |error: serde_json::Error| ProjectError::Other(error.to_string());
    let profile = unit.as_of(Date::MAX);
    let profile = profile.ok_or_else(|| ProjectError::Other("a unit that never is".into()))?;
    let mut told = message::unit(unit, Date::MAX);
    if let Some(profile) = told.profile.as_mut() {
        profile.contact_phone = None;
    }
    told.registered_headcount = kept.registered_headcount;
    let state = serde_json::to_value(unit).map_err(other)?;
    let state = Some(state).filter(|state| state.to_string().len() <= STATE_BYTES_MAX);
    let document = UnitDocument {
        name: &profile.name,
        short_name: &profile.short_name,
        division: profile.division.as_str(),
        tier: tier_message(profile.tier).as_str_name(),
        kind: kind_message(profile.kind).as_str_name(),
        nature: message::nature_message(profile.nature).as_str_name(),
        grade: grade_message(profile.grade).as_str_name(),
        status: message::status(unit.status(Date::MAX)).as_str_name(),
        parent: profile.parent.as_ref().map(message::name).unwrap_or_default(),
        referenced: profile.nature.is_referenced(),
        credit_code: profile.credit_code.as_ref().map(ToString::to_string).unwrap_or_default(),
        established_on: unit.timeline.begun_on(),
        abolished_on: unit.abolition().map(|(on, _)| on),
        establishment: profile.establishment,
        counted_establishment: profile.counted_establishment(),
        registered_headcount: kept.registered_headcount,
        unit: quanheng_api::json::<wire::Unit>(&told).map_err(other)?,
        posts: kept.posts,
        state,
    };
    serde_json::to_value(document).map_err(other)
}

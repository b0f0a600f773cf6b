//! Posts as documents, as they are recorded last.

use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_projection::ProjectError;
use quanheng_register::post::{Post, PostProfile};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::message;
use crate::unit::PostSeats;

/// A post's history that is longer stays in the log alone.
const STATE_BYTES_MAX: usize = 400 * 1024;

/// What answers need of a post's document.
#[derive(Debug, Deserialize)]
pub(super) struct PostView {
    /// All of it; none if it is too long for a document.
    #[serde(default)]
    pub(super) state: Option<Post>,
}

#[derive(Debug, Serialize)]
struct PostDocument<'a> {
    unit: String,
    title: &'a str,
    division: &'a str,
    level: &'a str,
    category: &'a str,
    leading_group_member: bool,
    authorised: u32,
    status: &'static str,
    established_on: Date,
    abolished_on: Option<Date>,
    /// As the API tells it.
    post: Json,
    state: Option<Json>,
}

fn last(post: &Post) -> Result<PostProfile, ProjectError> {
    let profile = post.as_of(Date::MAX);
    profile.ok_or_else(|| ProjectError::Other("a post that never is".into()))
}

/// What a post counts for in its unit.
pub(crate) fn seats(post: &Post) -> Result<PostSeats, ProjectError> {
    let profile = last(post)?;
    let active = post.timeline.end().is_none();
    Ok(PostSeats { category: profile.category, authorised: profile.authorised, active })
}

/// The document of a post in a division.
pub(crate) fn post_document(post: &Post, division: &str) -> Result<Json, ProjectError> {
    let other = |error: serde_json::Error| ProjectError::Other(error.to_string());
    let profile = last(post)?;
    let told = message::post(post, Date::MAX);
    let state = serde_json::to_value(post).map_err(other)?;
    let document = PostDocument {
        unit: format!("units/{}", post.unit),
        title: &profile.title,
        division,
        level: profile.level.as_ref().map(|level| level.as_str()).unwrap_or_default(),
        category: profile.category.as_str(),
        leading_group_member: profile.leading_group_member,
        authorised: profile.authorised,
        status: if post.timeline.end().is_none() { "ACTIVE" } else { "ABOLISHED" },
        established_on: post.timeline.begun_on(),
        abolished_on: post.timeline.end().map(|end| end.on),
        post: quanheng_api::json::<wire::Post>(&told).map_err(other)?,
        state: Some(state).filter(|state| state.to_string().len() <= STATE_BYTES_MAX),
    };
    serde_json::to_value(document).map_err(other)
}

//! Reading posts.

use futures::{StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_projection::{Doc, Filter};
use quanheng_register::id::PostId;
use quanheng_register::post::Post;
use quanheng_register::timeline::Phase;
use quanheng_runtime::reading::{self, Horizon, day, jurisdiction, read_failure, state_at};
use quanheng_runtime::wire::unit as named;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;

use super::POSTS;
use super::message::{self, parse_name};
use super::view::PostView;
use crate::unit::{LOGGED_PAGE_MAX, PostSeats, UNITS_PROJECTION, known, post_warnings, visible};

/// States that are read from the log at once.
const LOGGED_AT_ONCE: usize = 8;

pub(crate) async fn get(
    call: &Call,
    request: wire::GetPostRequest,
) -> Result<wire::GetPostResponse, Failure> {
    let (unit, id) = parse_name("name", &request.name)?;
    let as_of = day("as_of", request.as_of.as_ref())?;
    let horizon = Horizon::of(request.known_at.as_ref())?;
    let view = call.realm.view(UNITS_PROJECTION, request.min_position, call.deadline).await?;
    let missing = || Failure::not_found(&request.name);
    // Who does not see the unit does not see its posts.
    let owner = visible(call, &view, &format!("units/{unit}")).await;
    let (mut owner, position) =
        owner.map_err(
            |failure| if failure.code() == tonic::Code::NotFound { missing() } else { failure },
        )?;
    let doc = view.get(POSTS, &request.name).await.map_err(read_failure)?;
    let doc = doc.ok_or_else(missing)?;
    let position = position.max(doc.position);
    let state = post_state(call, (&unit, &id), &doc, horizon).await?.ok_or_else(missing)?;
    let on = as_of.unwrap_or_else(|| call.realm.today());
    let mut told = message::post(&state, on);
    if as_of.is_none() && horizon == Horizon::Now {
        let owner_state = known(call, &unit, owner.state.take(), horizon).await?;
        if let Some(profile) = owner_state.and_then(|unit| unit.as_of(on)) {
            let posts: Vec<_> =
                owner.posts.values().filter(|p| p.active).map(PostSeats::profile).collect();
            told.warnings = post_warnings(&profile, &posts);
        }
    }
    Ok(wire::GetPostResponse { post: Some(told), position: position.0 })
}

async fn post_state(
    call: &Call,
    (unit, id): (&UnitId, &PostId),
    doc: &Doc,
    horizon: Horizon,
) -> Result<Option<Post>, Failure> {
    let held: PostView = doc.parse().map_err(Failure::internal)?;
    if let (Horizon::Now, Some(post)) = (horizon, held.state) {
        return Ok(Some(post));
    }
    let state = state_at::<streams::Posts>(&call.realm.log, streams::post(unit, id), horizon);
    Ok(state.await?.0)
}

pub(crate) async fn list(
    call: &Call,
    mut request: wire::ListPostsRequest,
) -> Result<wire::ListPostsResponse, Failure> {
    let as_of = day("as_of", request.as_of.as_ref())?;
    let horizon = Horizon::of(request.known_at.as_ref())?;
    if horizon != Horizon::Now {
        request.page_size = request.page_size.min(LOGGED_PAGE_MAX);
    }
    let view = call.realm.view(UNITS_PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let (within, order) = match request.parent.as_str() {
        "units/-" => (jurisdiction(call), "division"),
        name => {
            named("parent", name)?;
            visible(call, &view, name).await?;
            (Filter::equal("unit", name), "title")
        }
    };
    let page = reading::list(call, &view, POSTS, &request, within, order).await?;
    let found = futures::stream::iter(page.docs);
    let found = found.map(|doc| item(call, doc, as_of, horizon)).buffered(LOGGED_AT_ONCE);
    let found: Vec<Option<wire::Post>> = found.try_collect().await?;
    let posts: Vec<_> = found.into_iter().flatten().collect();
    Ok(wire::ListPostsResponse {
        total_size: page.total.map_or(0, |_| posts.len() as u64),
        posts,
        position: position.0,
        next_page_token: page.next,
    })
}

/// A post as it is today.
pub(super) async fn told_today(call: &Call, doc: Doc) -> Result<Option<wire::Post>, Failure> {
    item(call, doc, None, Horizon::Now).await
}

/// One of a list; none where it was not set up yet, or not known.
async fn item(
    call: &Call,
    doc: Doc,
    as_of: Option<Date>,
    horizon: Horizon,
) -> Result<Option<wire::Post>, Failure> {
    let (unit, id) = parse_name("name", &doc.id)?;
    let Some(state) = post_state(call, (&unit, &id), &doc, horizon).await? else {
        return Ok(None);
    };
    if as_of.is_some_and(|on| state.timeline.standing(on) == Phase::NotYet) {
        return Ok(None);
    }
    let on = as_of.unwrap_or_else(|| call.realm.today());
    Ok(Some(message::post(&state, on)))
}

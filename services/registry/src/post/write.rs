//! Posts are set up, changed, abolished, put right.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_register::id::PostId;
use quanheng_register::post::{self, Command, Correction, Post, PostPatch, PostProfile};
use quanheng_register::{Basis, Facts};
use quanheng_runtime::reading::day;
use quanheng_runtime::wire::{basis, basis_message, given_or_new, unit as named};
use quanheng_runtime::{Call, Decided, Failure, check_etag, next_etag};
use quanheng_streams as streams;

use super::message::{self, name, parse_name, profile};
use crate::refusal;
use crate::unit::{PostSeats, Scope, Sight, UNITS_PROJECTION, post_warnings, run, unit_view};

/// Posts of one unit: its document names them all.
const POSTS_OF_UNIT_MAX: usize = 2_000;

pub(crate) async fn create(
    call: &Call,
    request: wire::CreatePostRequest,
) -> Result<wire::CreatePostResponse, Failure> {
    let unit = named("parent", &request.parent)?;
    let id: PostId = given_or_new("post_id", &request.post_id)?;
    let given = request.post.as_ref();
    let profile = profile(given.ok_or_else(|| Failure::field("post", "须填写职位情况"))?)?;
    let basis: Basis = basis(request.basis.as_ref())?.into();
    let others = others(call, &unit, &id).await?;
    if others.len() >= POSTS_OF_UNIT_MAX {
        let (max, actual) = (POSTS_OF_UNIT_MAX as u64, others.len() as u64 + 1);
        return Err(Failure::bound("posts_of_unit_max", max, actual));
    }
    let scope = Scope::new(call).post(&unit, &id);
    let done = run(call, &request, scope, move |sight| {
        let on = basis.effective_on;
        sight.governs_unit(sight.unit(&unit)?, on)?;
        let (profile, basis) = (profile.clone(), basis.clone());
        let command = Command::Create { unit: unit.clone(), post: id.clone(), profile, basis };
        decided(sight, (&unit, &id), command, on, &others)
    });
    let done = done.await?;
    Ok(wire::CreatePostResponse { post: Some(done.answer), position: done.position.0 })
}

pub(crate) async fn update(
    call: &Call,
    request: wire::UpdatePostRequest,
) -> Result<wire::UpdatePostResponse, Failure> {
    let given = request.post.as_ref();
    let given = given.ok_or_else(|| Failure::field("post", "须填写职位情况"))?;
    let (unit, id) = parse_name("post.name", &given.name)?;
    let asked = Asked::of(&request, given)?;
    let others = others(call, &unit, &id).await?;
    let scope = Scope::new(call).post(&unit, &id);
    let etag = request.etag.clone();
    let done = run(call, &request, scope, move |sight| {
        let owner = sight.unit(&unit)?;
        let known = sight.known.posts.get(&(unit.clone(), id.clone())).copied();
        let post = known.ok_or_else(|| Failure::not_found(name(&unit, &id)))?;
        let (command, on) = asked.command(post, sight.today);
        sight.governs_unit(owner, on)?;
        check_etag(sight.desk, &streams::post(&unit, &id), &etag)?;
        decided(sight, (&unit, &id), command, on, &others)
    });
    let done = done.await?;
    Ok(wire::UpdatePostResponse { post: Some(done.answer), position: done.position.0 })
}

/// What is asked of a post that exists.
#[derive(Clone)]
enum Asked {
    Update {
        becomes: PostProfile,
        basis: Basis,
    },
    Abolish {
        basis: Basis,
    },
    Correct {
        version: Option<u64>,
        /// None: the entry never was.
        becomes: Option<PostProfile>,
        effective_on: Option<Date>,
        reason: String,
        basis: Option<Basis>,
    },
}

impl Asked {
    fn of(request: &wire::UpdatePostRequest, given: &wire::Post) -> Result<Self, Failure> {
        let effective_on = day("corrected_effective_on", request.corrected_effective_on.as_ref())?;
        if request.correction {
            if request.abolish {
                return Err(Failure::field("abolish", "更正与撤销不能同时办理"));
            }
            if request.void_entry && effective_on.is_some() {
                return Err(Failure::field("void_entry", "作废登记时不得填写更正内容"));
            }
            return Ok(Self::Correct {
                version: Some(request.corrected_version).filter(|version| *version != 0),
                becomes: match request.void_entry {
                    true => None,
                    false => Some(profile(given)?),
                },
                effective_on,
                reason: request.reason.trim().to_owned(),
                basis: match &request.basis {
                    Some(given) => Some(basis(Some(given))?.into()),
                    None => None,
                },
            });
        }
        for (field, given) in [
            ("reason", !request.reason.is_empty()),
            ("corrected_version", request.corrected_version != 0),
            ("corrected_effective_on", effective_on.is_some()),
            ("void_entry", request.void_entry),
        ] {
            if given {
                return Err(Failure::field(field, "仅用于更正"));
            }
        }
        let basis = basis(request.basis.as_ref())?.into();
        match request.abolish {
            true => Ok(Self::Abolish { basis }),
            false => Ok(Self::Update { becomes: profile(given)?, basis }),
        }
    }

    /// The command, and the day from which it holds.
    fn command(&self, post: &Post, today: Date) -> (Command, Date) {
        match self.clone() {
            Self::Update { becomes, basis } => {
                let on = basis.effective_on;
                (Command::Update { changes: patch(post, on, &becomes), basis }, on)
            }
            Self::Abolish { basis } => {
                let on = basis.effective_on;
                (Command::Abolish { basis }, on)
            }
            Self::Correct { version, becomes, effective_on, reason, basis } => {
                let (version, held_from) = entry(post, version);
                let correction = match becomes {
                    None => Correction::Voided,
                    Some(becomes) => Correction::Amended {
                        changes: patch(post, held_from, &becomes),
                        effective_on,
                    },
                };
                let on = effective_on.unwrap_or(today);
                (Command::Correct { version, correction, reason, basis }, on)
            }
        }
    }
}

/// What has to change for the post to be so from a day on.
fn patch(post: &Post, on: Date, becomes: &PostProfile) -> PostPatch {
    let before = post.as_of(on.max(post.timeline.begun_on()));
    before.map(|before| PostPatch::between(&before, becomes)).unwrap_or_default()
}

/// An entry, the last if none is named, and from when it holds.
fn entry(post: &Post, version: Option<u64>) -> (u64, Date) {
    let timeline = &post.timeline;
    // A post's first event sets it up.
    let mut entries = vec![(1, timeline.begun_on())];
    entries.extend(timeline.changes().iter().map(|change| (change.version, change.on)));
    entries.extend(timeline.end().map(|end| (end.version, end.on)));
    let last = entries.iter().max().copied().unwrap_or((1, timeline.begun_on()));
    match version {
        None => last,
        Some(version) => {
            let found = entries.into_iter().find(|(known, _)| *known == version);
            found.unwrap_or((version, timeline.begun_on()))
        }
    }
}

/// The other posts of the unit, as the views know them: for what people should look at.
async fn others(
    call: &Call,
    unit: &UnitId,
    post: &PostId,
) -> Result<BTreeMap<String, PostSeats>, Failure> {
    let view = call.realm.view(UNITS_PROJECTION, 0, call.deadline).await?;
    let found = unit_view(&view, unit).await?;
    let mut posts = found.map(|unit| unit.posts).unwrap_or_default();
    posts.remove(post.as_str());
    Ok(posts)
}

fn decided(
    sight: &Sight<'_>,
    (unit, id): (&UnitId, &PostId),
    command: Command,
    on: Date,
    others: &BTreeMap<String, PostSeats>,
) -> Result<Decided<wire::Post>, Failure> {
    let before = sight.known.posts.get(&(unit.clone(), id.clone())).copied();
    let document = match &command {
        Command::Create { basis, .. }
        | Command::Update { basis, .. }
        | Command::Abolish { basis } => Some(basis.clone()),
        Command::Correct { basis, .. } => basis.clone(),
    };
    let facts = Facts::new(sight.today, &sight.known);
    let events = post::decide(before, command, facts);
    let events = events.map_err(|refused| refusal::failure(&refused, &name(unit, id)))?;
    let mut after = before.cloned();
    let mut drafts = Vec::with_capacity(events.len());
    for event in &events {
        post::evolve(&mut after, event);
        drafts.push(streams::post_draft(unit, id, event).map_err(Failure::internal)?);
    }
    let after = after.ok_or_else(|| Failure::internal("a post that never began"))?;
    let on = sight.today.max(on);
    let mut told = message::post(&after, on);
    told.etag = next_etag(sight.desk, &streams::post(unit, id), &drafts);
    told.basis = document.map(|basis| basis_message(&basis.document, basis.effective_on));
    if let (Some(owner), Some(own)) = (sight.unit(unit)?.as_of(on), after.as_of(on)) {
        let mut posts: Vec<_> =
            others.values().filter(|post| post.active).map(PostSeats::profile).collect();
        if after.timeline.end().is_none() {
            posts.push(own);
        }
        told.warnings = post_warnings(&owner, &posts);
    }
    Ok(Decided::new(drafts, told))
}

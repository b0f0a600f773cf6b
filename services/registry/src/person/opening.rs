//! Facts as they stand at cut-over (期初): of many persons in one request, all or none, or
//! each for itself.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_policy::PersonId;
use quanheng_register::person::{Command, Person, PersonPatch};
use quanheng_runtime::wire::{Basis, basis};
use quanheng_runtime::{Call, Failure, derived_id, request_id};

use super::code;
use super::decide::{Deciding, Item, Prepare, change, execute, moved_on, seen};
use super::events::Recorder;
use super::parse::{self, Ground, Maker};
use super::seal::Sealer;
use super::write::person_id;

/// Persons of one request at most.
const PERSONS_MAX: usize = 1_000;
/// Persons that are prepared, or committed each for itself, at once.
const AT_ONCE: usize = 32;
/// How often a batch is prepared anew because somebody in it changed meanwhile.
const TRIES_MAX: u32 = 8;

/// One person's facts, and where they stand in the request.
struct Opening<'r> {
    at: String,
    person: PersonId,
    facts: &'r wire::OpeningFacts,
    basis: &'r Basis,
    maker: &'r Maker,
}

impl Opening<'_> {
    fn command(&self) -> Result<Command, Failure> {
        let (at, facts) = (&self.at, self.facts);
        let document = Some(self.basis.document.clone());
        // A spell names its own first day: that of cut-over is not it.
        let ground = Ground { document, on: None };
        let (mut posts, mut ranks) = (BTreeMap::new(), BTreeMap::new());
        for (place, spell) in facts.posts.iter().enumerate() {
            let at = format!("{at}.posts[{place}]");
            let id = self.maker.given_or_made(&format!("{at}.spell_id"), &spell.spell_id)?;
            if posts.insert(id, parse::post_spell(&at, spell, &ground)?).is_some() {
                return Err(Failure::field(format!("{at}.spell_id"), "编号重复"));
            }
        }
        for (place, spell) in facts.ranks.iter().enumerate() {
            let at = format!("{at}.ranks[{place}]");
            let id = self.maker.given_or_made(&format!("{at}.spell_id"), &spell.spell_id)?;
            if ranks.insert(id, parse::rank_spell(&at, spell, &ground)?).is_some() {
                return Err(Failure::field(format!("{at}.spell_id"), "编号重复"));
            }
        }
        let listing = format!("{at}.separate_listing");
        let conversion = format!("{at}.conversion");
        let since = format!("{at}.same_level_since");
        let changes = PersonPatch {
            entry: code::entry(facts.entry()).map(Some),
            ex_military: facts.ex_military,
            separately_listed: parse::listing(&listing, facts.separate_listing.as_ref())?.map(Some),
            same_level_since: parse::day(&since, facts.same_level_since.as_ref())?.map(Some),
            conversion: parse::conversion(&conversion, facts.conversion.as_ref())?.map(Some),
        };
        Ok(Command::RecordOpening { cut_over: self.basis.effective_on, posts, ranks, changes })
    }
}

#[async_trait]
impl Prepare for Opening<'_> {
    async fn prepare(&self, call: &Call, person: &Person) -> Result<Item, Failure> {
        let mut item = Item::of(person, "");
        item.then(self.at.as_str(), self.command()?);
        if self.facts.assessments.is_empty() {
            return Ok(item);
        }
        let sealer = Sealer::of(&call.realm.keys, &person.person).await?;
        item.unsealed = sealer.is_erased();
        let recorder = Recorder::new(person, &sealer, self.maker, call.realm.today());
        for (place, assessment) in self.facts.assessments.iter().enumerate() {
            let at = format!("{}.assessments[{place}]", self.at);
            let command = recorder.assess(&at, assessment, false)?;
            item.then(at, command);
        }
        Ok(item)
    }
}

/// 期初
pub(crate) async fn record_opening(
    call: &Call,
    request: wire::RecordOpeningFactsRequest,
) -> Result<wire::RecordOpeningFactsResponse, Failure> {
    let basis = basis(request.basis.as_ref())?;
    match request.facts.len() {
        0 => return Err(Failure::field("facts", "须填写期初信息")),
        1..=PERSONS_MAX => {}
        many => {
            return Err(Failure::bound("opening_persons_max", PERSONS_MAX as u64, many as u64));
        }
    }
    let mut named = BTreeSet::new();
    for (place, facts) in request.facts.iter().enumerate() {
        if !named.insert(&facts.person) {
            return Err(Failure::field(format!("facts[{place}].person"), "同一人员重复"));
        }
    }
    let maker = Maker::new(request_id(&request.request_id)?);
    match request.atomic {
        true => together(call, &request, &basis, &maker).await,
        false => each(call, &request, &basis, &maker).await,
    }
}

fn opening<'r>(
    place: usize,
    facts: &'r wire::OpeningFacts,
    basis: &'r Basis,
    maker: &'r Maker,
) -> Result<Opening<'r>, Failure> {
    let at = format!("facts[{place}]");
    let person = person_id(&format!("{at}.person"), &facts.person)?;
    Ok(Opening { at, person, facts, basis, maker })
}

/// All or none.
async fn together(
    call: &Call,
    request: &wire::RecordOpeningFactsRequest,
    basis: &Basis,
    maker: &Maker,
) -> Result<wire::RecordOpeningFactsResponse, Failure> {
    for _ in 0..TRIES_MAX {
        let facts = request.facts.iter().enumerate();
        let prepared = facts.map(|(place, facts)| async move {
            let opening = opening(place, facts, basis, maker)?;
            let person = seen(call, &opening.person).await?;
            opening.prepare(call, &person).await
        });
        let prepared: Vec<_> = prepared.collect();
        let items: BoxStream<'_, _> = stream::iter(prepared).buffered(AT_ONCE).boxed();
        let items: Vec<Item> = items.try_collect().await?;
        match execute(call, request, Deciding::new(call, items, false)).await {
            Err(failure) if moved_on(&failure) => {}
            done => {
                return Ok(wire::RecordOpeningFactsResponse {
                    results: vec![common::Failure::default(); request.facts.len()],
                    position: done?.position.0,
                });
            }
        }
    }
    Err(Failure::lost_race("persons"))
}

/// Each for itself, under a request id of its own that follows from the caller's.
async fn each(
    call: &Call,
    request: &wire::RecordOpeningFactsRequest,
    basis: &Basis,
    maker: &Maker,
) -> Result<wire::RecordOpeningFactsResponse, Failure> {
    let facts = request.facts.iter().enumerate();
    let recorded = facts.map(|(place, facts)| async move {
        let opening = opening(place, facts, basis, maker)?;
        let id = derived_id("opening", &request.request_id, &facts.person);
        let one = wire::RecordOpeningFactsRequest {
            facts: vec![facts.clone()],
            basis: request.basis.clone(),
            atomic: true,
            request_id: id.to_string(),
            validate_only: request.validate_only,
        };
        let done = change(call, &one, &opening.person, &opening).await?;
        Ok::<_, Failure>(done.position)
    });
    let recorded: Vec<_> = recorded.collect();
    let recorded: BoxStream<'_, _> = stream::iter(recorded).buffered(AT_ONCE).boxed();
    let recorded: Vec<Result<Position, Failure>> = recorded.collect().await;
    let last = recorded.iter().filter_map(|result| result.as_ref().ok()).max();
    let position = match last {
        Some(position) => *position,
        None => call.realm.log.head().await?,
    };
    let results = recorded.into_iter().map(|result| match result {
        Ok(_) => common::Failure::default(),
        Err(failure) => failure.into_message(),
    });
    Ok(wire::RecordOpeningFactsResponse { results: results.collect(), position: position.0 })
}

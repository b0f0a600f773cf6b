//! Reads what documents are made of: cases, books, units of the ledger, transitions.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Filter, Op, Order, Query};
use quanheng_recertification::checklist;
use quanheng_recertification::decrease::Scope;
use quanheng_register::private::PrivateProfile;
use quanheng_runtime::reading::{Horizon, day, read_failure, state_at};
use quanheng_runtime::wire::{division, named, unit as unit_named};
use quanheng_runtime::{Call, Failure, Shelf, sealed};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use quanheng_streams::{
    CampaignId, CampaignState, Entity, RecertificationId, RecertificationState, TransitionId,
};
use wire::RecertificationDocument as Document;

use super::findings::below;
use super::ledger::{listed, opened, sees};
use crate::documents::{
    BookGround, CaseGround, Ground, LedgerGround, ReviewGround, TransitionGround, Units,
};
use crate::ledger::{Entry, Known};
use crate::parse;
use crate::view::{LEDGER_UNITS, REVIEWS, UnitDoc};

/// Streams that are read at the same time.
const READ_AHEAD: usize = 16;
/// Units of one ledger at most, and cases of one review ledger.
const ROWS_MAX: usize = 5_000;
/// Documents of a page.
const PAGE: usize = 500;

/// Reads it.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`, `INVALID_FIELD`, `DOCUMENT_ROWS_MAX`.
pub(super) async fn read(
    call: &Call,
    document: Document,
    request: &wire::ExportDocumentsRequest,
) -> Result<Ground, Failure> {
    let as_of = day("as_of", request.as_of.as_ref())?;
    let of = request.of.as_str();
    let dated = matches!(document, Document::UnitLedger | Document::UnitSheet);
    if as_of.is_some() && !dated {
        return Err(Failure::field("as_of", "本表样只能按当日情况填写"));
    }
    let on = as_of.unwrap_or_else(|| call.realm.today());
    let shelf = call.realm.policies.shelf_at(Position(request.min_position), call.deadline).await?;
    Ok(match document {
        Document::Application => Ground::Application(Box::new(case(call, &shelf, of).await?)),
        Document::ApprovalForm => Ground::Approval(Box::new(case(call, &shelf, of).await?)),
        Document::FilingForm => Ground::Filing(Box::new(case(call, &shelf, of).await?)),
        Document::Comparison => Ground::Comparison(Box::new(book(call, &shelf, of).await?)),
        Document::UnitLedger => {
            Ground::Ledger(Box::new(ledger(call, of, on, request.min_position).await?))
        }
        Document::UnitSheet => {
            Ground::Sheet(Box::new(sheet(call, of, on, request.min_position).await?))
        }
        Document::ReviewLedger => {
            Ground::Review(Box::new(review(call, of, request.min_position).await?))
        }
        Document::Transition => Ground::Transition(Box::new(transition(call, &shelf, of).await?)),
        Document::Unspecified => return Err(Failure::field("document", "须指定表样")),
    })
}

async fn state<E: Entity>(
    call: &Call,
    stream: quanheng_eventlog::StreamName,
) -> Result<E::State, Failure> {
    Ok(state_at::<E>(&call.realm.log, stream, Horizon::Now).await?.0)
}

/// Units that a document names.
async fn units(call: &Call, ids: BTreeSet<UnitId>) -> Result<Units, Failure> {
    let read = stream::iter(ids).map(|id| async move {
        let found = state::<streams::Units>(call, streams::unit(&id)).await?;
        Ok::<_, Failure>(found.map(|unit| (id, unit)))
    });
    let found: Vec<_> = read.buffer_unordered(READ_AHEAD).try_collect().await?;
    Ok(Units(found.into_iter().flatten().collect()))
}

/// Where a unit of a case is: by the register, or by what it becomes.
fn division_of(case: &RecertificationState, units: &Units) -> Option<DivisionCode> {
    let registered = units.0.get(&case.unit).and_then(|unit| unit.as_of(Date::MAX));
    let own = case.change.successors.iter().chain(&case.change.predecessors);
    let mut own = own.filter(|one| one.unit == case.unit);
    let reported = own.find_map(|one| one.after.as_deref().or(one.before.as_deref()));
    let profile = registered.or_else(|| reported.cloned());
    profile.map(|profile| profile.division)
}

/// The units that a case names: its own, those of its change, and their parents.
fn named_by(case: &RecertificationState) -> BTreeSet<UnitId> {
    let mut ids = crate::view::units_of(&case.unit, &case.change);
    let profiles = case.change.successors.iter().chain(&case.change.predecessors);
    let profiles = profiles.flat_map(|one| [one.before.as_ref(), one.after.as_ref()]);
    ids.extend(profiles.flatten().filter_map(|profile| profile.parent.clone()));
    ids
}

async fn case(call: &Call, shelf: &Shelf, of: &str) -> Result<CaseGround, Failure> {
    let id: RecertificationId = parse::case("of", of)?;
    let found = state::<streams::Recertifications>(call, streams::recertification(&id)).await?;
    let case = found.ok_or_else(|| Failure::not_found(of))?;
    let units = units(call, named_by(&case)).await?;
    let division = division_of(&case, &units).ok_or_else(|| Failure::not_found(of))?;
    if call.principal.unit.as_ref() != Some(&case.unit) {
        call.sees(&division, of)?;
    }
    let today = call.realm.today();
    let survey = match &case.campaign {
        Some(campaign) => {
            let stream = streams::survey(campaign, &case.unit);
            state::<streams::Surveys>(call, stream).await?
        }
        None => None,
    };
    let policy = shelf.policy(&division, today);
    let asked = case.corrections.iter().flat_map(|round| round.materials.iter().cloned());
    // Where policy has no list, the form has none.
    let checklist = checklist(&policy, case.route, &asked.collect()).unwrap_or_default();
    let registered = units.0.get(&case.unit).and_then(|unit| unit.as_of(today));
    Ok(CaseGround {
        today,
        registered,
        three: survey.map(|survey| survey.three),
        checklist,
        case,
        units,
    })
}

/// A campaign that the caller may see.
async fn campaign(call: &Call, of: &str) -> Result<(CampaignId, CampaignState), Failure> {
    let id: CampaignId = parse::campaign("of", of)?;
    let found = state::<streams::Campaigns>(call, streams::campaign(&id)).await?;
    let found = found.ok_or_else(|| Failure::not_found(of))?;
    call.sees(&found.notified.division, of)?;
    Ok((id, found))
}

async fn book(call: &Call, shelf: &Shelf, of: &str) -> Result<BookGround, Failure> {
    let (id, campaign) = campaign(call, of).await?;
    let book = state::<streams::Books>(call, streams::book(&id)).await?;
    if !book.open {
        let message = "改革前基数尚未冻结";
        return Err(Failure::rule("BASELINE_MISSING", of, message).with("resource", of));
    }
    let today = call.realm.today();
    let departments = book.book.scopes().filter_map(|scope| match scope {
        Scope::Department(unit) => Some(unit.clone()),
        Scope::Province(_) | Scope::City(_) | Scope::County(_) => None,
    });
    Ok(BookGround {
        today,
        baseline_on: campaign.notified.baseline_on,
        units: units(call, departments.collect()).await?,
        policy: shelf.policy(&campaign.notified.division, today),
        book: book.book,
    })
}

/// The units that entries name.
async fn around(call: &Call, entries: &[Entry], on: Date) -> Result<Units, Failure> {
    let mut ids = BTreeSet::new();
    for entry in entries {
        ids.insert(entry.id.clone());
        ids.extend(entry.profile(on).and_then(|profile| profile.parent));
        ids.extend(entry.successors(on));
        let lines = entry.history.iter().flat_map(|history| &history.unit.lineage);
        ids.extend(lines.flat_map(|line| line.predecessors.iter().cloned()));
    }
    units(call, ids).await
}

async fn ledger(
    call: &Call,
    of: &str,
    on: Date,
    min_position: u64,
) -> Result<LedgerGround, Failure> {
    let code = division("of", of)?;
    call.governs(&code)?;
    let (view, shelf) = opened(call, min_position).await?;
    let mut query = Query {
        filter: Filter::equal("listed", true).and(below(&code)),
        order: Order::ascending(&["division"]),
        limit: PAGE,
        ..Query::default()
    };
    let mut docs: Vec<(UnitId, UnitDoc)> = Vec::new();
    loop {
        let page = view.list(LEDGER_UNITS, &query).await.map_err(read_failure)?;
        for doc in &page.docs {
            let id = UnitId::new(doc.id.as_str()).map_err(Failure::internal)?;
            docs.push((id, doc.parse().map_err(Failure::internal)?));
        }
        within_bound(docs.len())?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let known = Known { on, horizon: Horizon::Now };
    let shelf = &shelf;
    let read = stream::iter(docs)
        .map(|(id, doc)| async move { Entry::read(call, shelf, &id, &doc, known).await });
    let entries: Vec<Entry> = read.buffered(READ_AHEAD).try_collect().await?;
    let units = around(call, &entries, on).await?;
    Ok(LedgerGround { keeper: code.to_string(), as_of: on, entries, units })
}

async fn sheet(
    call: &Call,
    of: &str,
    on: Date,
    min_position: u64,
) -> Result<LedgerGround, Failure> {
    let id = unit_named("of", of)?;
    let (view, shelf) = opened(call, min_position).await?;
    let doc = listed(call, &view, &id).await?;
    let known = Known { on, horizon: Horizon::Now };
    let entry = Entry::read(call, &shelf, &id, &doc, known).await?;
    if entry.profile(on).is_none() {
        return Err(Failure::not_found(of));
    }
    let entries = vec![entry];
    let units = around(call, &entries, on).await?;
    Ok(LedgerGround { keeper: String::new(), as_of: on, entries, units })
}

fn within_bound(rows: usize) -> Result<(), Failure> {
    match rows > ROWS_MAX {
        true => Err(Failure::bound("document_rows_max", ROWS_MAX as u64, rows as u64)),
        false => Ok(()),
    }
}

async fn review(call: &Call, of: &str, min_position: u64) -> Result<ReviewGround, Failure> {
    let (_, campaign) = campaign(call, of).await?;
    let (view, _) = opened(call, min_position).await?;
    let mut query = Query {
        filter: Filter::compare("campaign", Op::Equal, of),
        order: Order::ascending(&["division"]),
        limit: PAGE,
        ..Query::default()
    };
    let mut ids: Vec<RecertificationId> = Vec::new();
    loop {
        let page = view.list(REVIEWS, &query).await.map_err(read_failure)?;
        for doc in &page.docs {
            ids.push(RecertificationId::new(doc.id.as_str()).map_err(Failure::internal)?);
        }
        within_bound(ids.len())?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let read = stream::iter(ids).map(|id| async move {
        state::<streams::Recertifications>(call, streams::recertification(&id)).await
    });
    let cases: Vec<_> = read.buffered(READ_AHEAD).try_collect().await?;
    let cases: Vec<RecertificationState> = cases.into_iter().flatten().collect();
    let named = cases.iter().flat_map(named_by).collect();
    Ok(ReviewGround {
        keeper: campaign.notified.title,
        today: call.realm.today(),
        units: units(call, named).await?,
        cases,
    })
}

async fn transition(call: &Call, shelf: &Shelf, of: &str) -> Result<TransitionGround, Failure> {
    let id: TransitionId = named("of", "transitions/{transition}", of)?;
    let found = state::<streams::Transitions>(call, streams::transition(&id)).await?;
    let found = found.ok_or_else(|| Failure::not_found(of))?;
    let today = call.realm.today();
    let mut ids = BTreeSet::from([found.unit.clone()]);
    let placed = found.persons.values().filter_map(|person| person.placement.as_ref());
    ids.extend(placed.filter_map(|placement| placement.unit.clone()));
    let units = units(call, ids).await?;
    let profile = units.0.get(&found.unit).and_then(|unit| unit.as_of(Date::MAX));
    let profile = profile.ok_or_else(|| Failure::not_found(of))?;
    sees(call, profile.division.as_str(), &found.unit)?;
    let policy = shelf.policy(&profile.division, found.from);
    let names: Vec<String> = found.persons.keys().map(|id| format!("persons/{id}")).collect();
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let keys = call.realm.keys.get_many(&asked).await;
    let keys = keys.map_err(|error| sealed::keys_failure(&error))?;
    let mut ground = TransitionGround {
        today,
        names: BTreeMap::new(),
        posts: BTreeMap::new(),
        ranks: BTreeMap::new(),
        units,
        state: found,
    };
    for (id, one) in &ground.state.persons {
        let person = state::<streams::Persons>(call, streams::person(id)).await?;
        let Some(person) = person else { continue };
        let stands = person.as_of(ground.state.from);
        if let Some(post) = stands.main_post() {
            ground.posts.insert(id.clone(), post.title.clone());
        }
        if let Some((rank, _)) = &one.rank {
            let held = stands.ranks.iter().find(|(_, held)| held.rank == *rank);
            let known = held.and_then(|(_, held)| policy.rank(&held.category, rank).ok());
            let name = known.map_or_else(|| rank.to_string(), |known| known.name);
            ground.ranks.insert(id.clone(), name);
        }
        let key = keys.get(&format!("persons/{id}"));
        if let (Some(KeyState::Live(key)), Some(held)) = (key, person.private.as_ref()) {
            let profile: PrivateProfile = sealed::open(key, sealed::PROFILE, held.as_str())?;
            ground.names.insert(id.clone(), profile.name);
        }
    }
    Ok(ground)
}

//! Reads what the documents of a round are made of: requests with their histories, persons with
//! what is held about them, their units, the account, policy.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use quanheng_api::quanheng::promotion::v1::RoundDocument;
use quanheng_eligibility::{Context, Elsewhere, Target, career_of, check};
use quanheng_eventlog::Position;
use quanheng_policy::UnitId;
use quanheng_register::person::Person;
use quanheng_register::unit::{Unit, UnitProfile};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure, Shelf, sealed};
use quanheng_sealing::{KeyState, SubjectKey};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, RequestId, RoundId, RoundState, account_id};

use super::timeline::records;
use crate::documents::{Candidate, Ground, History, nothing};
use crate::roster::name_of;
use crate::seal::{Nomination, Part, open};
use crate::{message, parse, person, refusal};

/// Streams that are read at the same time.
const READ_AHEAD: usize = 16;
/// Persons of one document at most.
const PERSONS_MAX: u64 = 1_000;
/// The same, where each has forms of one's own.
const FORMS_MAX: u64 = 500;

/// Reads it.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`; `INVALID_FIELD` for a request of another round; `WRONG_STATE` for one
/// that does not belong in the document; `NOTHING_TO_EXPORT`; `PERSON_ERASED`;
/// `EXPORT_ROUND_PERSONS_MAX`.
pub(super) async fn read(
    call: &Call,
    id: &RoundId,
    kind: RoundDocument,
    asked: &[RequestId],
    min_position: u64,
) -> Result<Ground, Failure> {
    let name = format!("promotionRounds/{id}");
    let (today, log) = (call.realm.today(), &call.realm.log);
    let round = state_at::<streams::Rounds>(log, streams::promotion_round(id), Horizon::Now);
    let round = round.await?.0.ok_or_else(|| Failure::not_found(&name))?;
    let histories = histories(call, &round, kind, asked).await?;
    let with_persons = !matches!(kind, RoundDocument::PreReviewForm | RoundDocument::All);
    if with_persons && histories.is_empty() {
        return Err(nothing(&name));
    }
    let position = Position(min_position);
    let shelf = call.realm.policies.shelf_at(position, call.deadline).await?;
    let persons = persons(call, &histories).await?;
    let units = units(call, &round, &persons).await?;
    let profile = units.get(&round.unit).and_then(|unit| newest(unit, today));
    let profile = profile.ok_or_else(|| Failure::not_found(format!("units/{}", round.unit)))?;
    let policy = shelf.policy(&profile.division, today);
    let account = streams::account_stream(&round.account);
    let account = state_at::<streams::Accounts>(log, account, Horizon::Now).await?.0;
    let missing = || Failure::not_found(format!("quotaAccounts/{}", account_id(&round.account)));
    let pre_review = match &round.hold {
        None => None,
        Some(hold) => {
            let stream = streams::pre_review(&round.account, hold);
            state_at::<streams::PreReviews>(log, stream, Horizon::Now).await?.0
        }
    };
    let candidates = candidates(call, &shelf, &units, histories, persons).await?;
    Ok(Ground {
        today,
        calendar: policy.calendar(shelf.calendar()),
        account: account.ok_or_else(missing)?,
        round,
        profile,
        policy,
        pre_review,
        units,
        candidates,
    })
}

fn newest(unit: &Unit, today: jiff::civil::Date) -> Option<UnitProfile> {
    unit.as_of(today).or_else(|| unit.as_of(jiff::civil::Date::MAX))
}

/// The requests that the document is about, in the order of the round.
async fn histories(
    call: &Call,
    round: &RoundState,
    kind: RoundDocument,
    asked: &[RequestId],
) -> Result<Vec<History>, Failure> {
    if let Some(other) = asked.iter().find(|id| !round.requests.contains(id)) {
        let message = format!("promotionRequests/{other} 不属于本批次");
        return Err(Failure::field("requests", message));
    }
    let wanted: BTreeSet<&RequestId> = asked.iter().collect();
    let ids = round.requests.iter().filter(|id| wanted.is_empty() || wanted.contains(id));
    let ids = ids.filter(|_| kind != RoundDocument::PreReviewForm).cloned();
    let read = stream::iter(ids.collect::<Vec<_>>()).map(|id| async move {
        let case = streams::case(&CaseKey::request(&id));
        let case = state_at::<streams::Cases>(&call.realm.log, case, Horizon::Now).await?.0;
        let records = records(call, streams::promotion_request(&id)).await?;
        let history = History::read(&records, case.as_ref())?;
        history.ok_or_else(|| Failure::internal("a round has a request that is not there"))
    });
    let named = !wanted.is_empty() && kind != RoundDocument::All;
    let max = match kind {
        RoundDocument::ApprovalForms | RoundDocument::All => FORMS_MAX,
        _ => PERSONS_MAX,
    };
    let mut read = std::pin::pin!(read.buffered(READ_AHEAD));
    let (mut found, mut count) = (Vec::new(), 0);
    while let Some(history) = read.try_next().await? {
        if history.belongs(kind) {
            count += 1;
            if count <= max {
                found.push(history);
            }
        } else if named {
            let name = format!("promotionRequests/{}", history.state.request);
            let message = format!("{name} 不在该表样填报之列");
            return Err(Failure::rule("WRONG_STATE", &name, message).with("request", name));
        }
    }
    match count <= max {
        true => Ok(found),
        false => Err(Failure::bound("export_round_persons_max", max, count)),
    }
}

/// The persons of the requests, in their order.
async fn persons(call: &Call, histories: &[History]) -> Result<Vec<Person>, Failure> {
    let ids = histories.iter().map(|history| history.state.person.clone());
    let read = stream::iter(ids.collect::<Vec<_>>()).map(|id| async move {
        let stream = streams::person(&id);
        let found = state_at::<streams::Persons>(&call.realm.log, stream, Horizon::Now).await?.0;
        found.ok_or_else(|| Failure::not_found(name_of(&id)))
    });
    read.buffered(READ_AHEAD).try_collect().await
}

/// The units that they are, or were, of, and the round's.
async fn units(
    call: &Call,
    round: &RoundState,
    persons: &[Person],
) -> Result<BTreeMap<UnitId, Unit>, Failure> {
    let slots = persons.iter().flat_map(|person| person.slots.values()).map(|slot| &slot.unit);
    let ids: BTreeSet<UnitId> = slots.chain([&round.unit]).cloned().collect();
    let read = stream::iter(ids).map(|id| async move {
        let stream = streams::unit(&id);
        let found = state_at::<streams::Units>(&call.realm.log, stream, Horizon::Now).await?.0;
        Ok::<_, Failure>(found.map(|unit| (id, unit)))
    });
    let found: Vec<_> = read.buffer_unordered(READ_AHEAD).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Opens what is held about everybody.
async fn candidates(
    call: &Call,
    shelf: &Shelf,
    units: &BTreeMap<UnitId, Unit>,
    histories: Vec<History>,
    persons: Vec<Person>,
) -> Result<Vec<Candidate>, Failure> {
    let names: Vec<String> = persons.iter().map(|person| name_of(&person.person)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let keys = call.realm.keys.get_many(&names).await;
    let keys = keys.map_err(|error| sealed::keys_failure(&error))?;
    let mut found = Vec::with_capacity(persons.len());
    for (history, person) in histories.into_iter().zip(persons) {
        found.push(candidate(call, shelf, units, &keys, history, person)?);
        // Many persons are opened here: others get their turn.
        tokio::task::yield_now().await;
    }
    Ok(found)
}

fn candidate(
    call: &Call,
    shelf: &Shelf,
    units: &BTreeMap<UnitId, Unit>,
    keys: &HashMap<String, KeyState>,
    history: History,
    person: Person,
) -> Result<Candidate, Failure> {
    let name = name_of(&person.person);
    let state = keys.get(&name);
    let opened = person::opened(&person, state)?;
    let Some(KeyState::Live(key)) = state else { return Err(sealed::erased(&name)) };
    let request = &history.state;
    let details = message::details(request, key)?;
    let kept = match &request.judgement {
        Some(judgement) => open(key, &request.request, Part::Findings, &judgement.findings)?,
        None => Vec::new(),
    };
    let elsewhere = elsewhere(&history, key)?;
    let stands_on = history.stands_on(call.realm.today());
    let slot = person.slot_on(stands_on).and_then(|(_, slot)| units.get(&slot.unit));
    let unit = slot.and_then(|unit| unit.as_of(stands_on));
    let own = units.get(&request.unit).and_then(|unit| newest(unit, stands_on));
    let division = unit.as_ref().or(own.as_ref()).map(|unit| unit.division.clone());
    let division = division.unwrap_or_else(quanheng_policy::codes::DivisionCode::nation);
    let policy = shelf.policy(&division, stands_on);
    let elsewhere = Elsewhere { unit: unit.as_ref().map(UnitProfile::facts), ..elsewhere };
    let career = career_of(&person, opened.clone(), elsewhere, stands_on);
    let career = career.map_err(|refused| refusal::failure(&name, &refused))?;
    let target = Target { category: request.category.clone(), rank: request.rank.clone() };
    let found = check(&policy, &career, &target, stands_on, &Context::default());
    Ok(Candidate { history, person, opened, details, kept, found, stands_on })
}

/// What the register does not hold: as the unit said.
fn elsewhere(history: &History, key: &SubjectKey) -> Result<Elsewhere, Failure> {
    let state = &history.state;
    let said: Nomination = open(key, &state.request, Part::Nomination, &state.nomination)?;
    Ok(Elsewhere {
        unit: None,
        qualifications: parse::qualifications("qualifications", &said.qualifications)?,
        extra: parse::extra_facts("extra_facts", &said.extra_facts)?,
    })
}

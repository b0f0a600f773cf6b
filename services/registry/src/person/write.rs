//! Registering, changing and recording.

use async_trait::async_trait;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::PersonId;
use quanheng_register::claim;
use quanheng_register::id::SpellId;
use quanheng_register::person::{Command, Person, PersonPatch};
use quanheng_register::private::PrivateProfile;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::wire::{basis, named};
use quanheng_runtime::{Call, Failure, derived_id, request_id};
use quanheng_sealing::Keys;
use quanheng_streams as streams;
use tonic::Code;

use super::decide::{self, Deciding, Item, Prepare, change, execute};
use super::events::Recorder;
use super::parse::{self, Ground, Maker};
use super::seal::{self, Sealer};
use super::{code, private};

/// Events of one request at most.
const EVENTS_MAX: usize = 100;

/// The person that a request names.
pub(crate) fn person_id(field: &str, name: &str) -> Result<PersonId, Failure> {
    named(field, "persons/{person}", name)
}

/// Lets a person be found by name and identity number. Entries are made before the person
/// is registered, so that nobody who is cannot be found; those that lead to nobody are
/// passed over when somebody is looked for.
pub(crate) async fn index(
    keys: &Keys,
    name: &str,
    profile: &PrivateProfile,
) -> Result<(), Failure> {
    let put = keys.index_put(&entries(name, profile)).await;
    put.map_err(|error| seal::keys_failure(&error))
}

fn entries<'a>(name: &'a str, profile: &'a PrivateProfile) -> [(&'a str, &'a str, &'a str); 2] {
    [(seal::NAME, &profile.name, name), (seal::IDENTITY, &profile.identity_number, name)]
}

/// What registers a person: the command, and the claim of the identity number.
pub(crate) fn registration(
    keys: &Keys,
    sealer: &Sealer,
    profile: &PrivateProfile,
    register: impl FnOnce(quanheng_register::Sealed) -> Command,
    person: PersonId,
) -> Result<Item, Failure> {
    let by = seal::resource(&person);
    let mut item = Item::new(person);
    item.unsealed = sealer.is_erased();
    item.then("", register(sealer.seal(seal::PROFILE, profile)?));
    let index = keys.index(seal::IDENTITY, &profile.identity_number);
    item.claims.push((index, claim::Command::Claim { by }));
    Ok(item)
}

/// 登记人员
pub(crate) async fn create(
    call: &Call,
    request: wire::CreatePersonRequest,
) -> Result<wire::CreatePersonResponse, Failure> {
    let keys = &call.realm.keys;
    let asked = request.person.as_ref().ok_or_else(|| Failure::field("person", "须填写人员"))?;
    let maker = Maker::new(request_id(&request.request_id)?);
    let person: PersonId = match request.person_id.is_empty() {
        // The same however often the request is sent: a key is made before it is decided.
        true => {
            let made = derived_id("person", &request.request_id, &call.principal.id);
            quanheng_runtime::wire::id("person_id", &made.to_string())?
        }
        false => quanheng_runtime::wire::id("person_id", &request.person_id)?,
    };
    let basis = basis(request.basis.as_ref())?;
    let ground = Ground { document: Some(basis.document), on: Some(basis.effective_on) };
    let place = (asked.unit.as_str(), asked.slot(), asked.category.as_str());
    let slot = parse::slot_spell("person.", place, None, &ground)?;
    let facts = parse::person_facts(asked)?;
    let field = "person.private_profile";
    let given = asked.private_profile.as_ref();
    let (profile, warnings) = private::profile(field, given, call.realm.today())?;
    let spell: SpellId = maker.given_or_made("person.slot", "")?;

    let trial = request.validate_only;
    let sealer = Sealer::new(keys, &person, trial).await?;
    let name = seal::resource(&person);
    if !trial && !sealer.is_erased() {
        index(keys, &name, &profile).await?;
    }
    let register =
        |private| Command::Register { person: person.clone(), private, spell, slot, facts };
    let mut item = registration(keys, &sealer, &profile, register, person.clone())?;
    item.warnings = warnings;
    let done = execute(call, &request, Deciding::new(call, vec![item], true)).await;
    let done = match done {
        Err(failure) if failure.code() == Code::AlreadyExists => {
            return Err(told(call, failure, &profile.identity_number).await);
        }
        Err(failure) if sealer.is_erased() && failure.reason() == "PERSON_ERASED" => {
            return Err(Failure::exists(name));
        }
        done => done?,
    };
    let mut person = done.answer.into_person(call).await?;
    if trial {
        person.private_profile = Some(private::masked(&profile));
    }
    Ok(wire::CreatePersonResponse { person: Some(person), position: done.position.0 })
}

/// Says who has an identity number, if the caller may see that person.
async fn told(call: &Call, failure: Failure, number: &str) -> Failure {
    if failure.metadata().get("field").is_none_or(|field| field != "identity_number") {
        return failure;
    }
    let index = call.realm.keys.index(seal::IDENTITY, number);
    let stream = streams::identity(&index);
    let claim = state_at::<streams::Identities>(&call.realm.log, stream, Horizon::Now).await;
    let Ok((claim, _, claimed)) = claim else { return failure };
    let Some(holder) = claim.and_then(|claim| claim.holder) else { return failure };
    // The view may not have come to the holder yet; a repetition is to tell the same.
    match super::read::is_seen(call, &holder, claimed).await {
        Ok(true) => failure.with("resource", holder),
        _ => failure,
    }
}

struct Updating<'r> {
    request: &'r wire::UpdatePersonRequest,
    changes: PersonPatch,
    profile: Option<(PrivateProfile, Vec<String>)>,
}

impl<'r> Updating<'r> {
    fn read(call: &Call, request: &'r wire::UpdatePersonRequest) -> Result<Self, Failure> {
        let given = request.private_profile.as_ref();
        let today = call.realm.today();
        let profile = given.map(|given| private::profile("private_profile", Some(given), today));
        Ok(Self { request, changes: changes(request)?, profile: profile.transpose()? })
    }
}

fn changes(request: &wire::UpdatePersonRequest) -> Result<PersonPatch, Failure> {
    let listing = parse::listing("separate_listing", request.separate_listing.as_ref())?;
    let since = parse::day("same_level_since", request.same_level_since.as_ref())?;
    let mut patch = PersonPatch {
        ex_military: request.ex_military,
        separately_listed: listing.map(Some),
        entry: code::entry(request.entry()).map(Some),
        same_level_since: since.map(Some),
        conversion: parse::conversion("conversion", request.conversion.as_ref())?.map(Some),
    };
    for field in &request.clear {
        let given = match field.as_str() {
            "separate_listing" => patch.separately_listed.replace(None).is_some(),
            "entry" => patch.entry.replace(None).is_some(),
            "same_level_since" => patch.same_level_since.replace(None).is_some(),
            "conversion" => patch.conversion.replace(None).is_some(),
            _ => return Err(Failure::field("clear", format!("没有可清除的字段 {field}"))),
        };
        if given {
            return Err(Failure::field("clear", format!("{field} 不能既填写又清除")));
        }
    }
    Ok(patch)
}

#[async_trait]
impl Prepare for Updating<'_> {
    async fn prepare(&self, call: &Call, person: &Person) -> Result<Item, Failure> {
        let keys = &call.realm.keys;
        let mut item = Item::of(person, &self.request.etag);
        let mut private = None;
        if let Some((profile, warnings)) = &self.profile {
            let sealer = Sealer::of(keys, &person.person).await?;
            item.unsealed = sealer.is_erased();
            item.warnings.clone_from(warnings);
            private = Some(sealer.seal(seal::PROFILE, profile)?);
            let before = opened(&sealer, person)?.map(|before| before.identity_number);
            if let Some(before) = before.filter(|before| *before != profile.identity_number) {
                let by = seal::resource(&person.person);
                let release = claim::Command::Release { by: by.clone() };
                item.claims.push((keys.index(seal::IDENTITY, &before), release));
                let index = keys.index(seal::IDENTITY, &profile.identity_number);
                item.claims.push((index, claim::Command::Claim { by }));
            }
            if !self.request.validate_only && !sealer.is_erased() {
                index(keys, &seal::resource(&person.person), profile).await?;
            }
        }
        item.then("", Command::Update { changes: self.changes.clone(), private });
        Ok(item)
    }
}

/// Who a person is; none if that was erased.
fn opened(sealer: &Sealer, person: &Person) -> Result<Option<PrivateProfile>, Failure> {
    match &person.private {
        Some(sealed) => sealer.open(seal::PROFILE, sealed),
        None => Ok(None),
    }
}

/// 基本信息变更
pub(crate) async fn update(
    call: &Call,
    request: wire::UpdatePersonRequest,
) -> Result<wire::UpdatePersonResponse, Failure> {
    let person = person_id("name", &request.name)?;
    let updating = Updating::read(call, &request)?;
    let before =
        stale(call, &person, updating.profile.as_ref().map(|(profile, _)| profile)).await?;
    let done = match change(call, &request, &person, &updating).await {
        Err(failure) if failure.code() == Code::AlreadyExists => {
            let number = updating.profile.as_ref().map(|(profile, _)| &profile.identity_number);
            return Err(told(call, failure, number.map_or("", String::as_str)).await);
        }
        done => done?,
    };
    if !request.validate_only && !done.replayed {
        unindex(call, &person, &before).await;
    }
    let person = done.answer.into_person(call).await?;
    Ok(wire::UpdatePersonResponse { person: Some(person), position: done.position.0 })
}

/// Kind, value, subject: what a person will no longer be found by.
type Entry = (&'static str, String, String);

async fn stale(
    call: &Call,
    person: &PersonId,
    after: Option<&PrivateProfile>,
) -> Result<Vec<Entry>, Failure> {
    let Some(after) = after else { return Ok(Vec::new()) };
    let state = decide::seen(call, person).await?;
    let sealer = Sealer::of(&call.realm.keys, person).await?;
    let Some(before) = opened(&sealer, &state)? else { return Ok(Vec::new()) };
    let name = seal::resource(person);
    let mut stale = Vec::new();
    if before.name != after.name {
        stale.push((seal::NAME, before.name, name.clone()));
    }
    if before.identity_number != after.identity_number {
        stale.push((seal::IDENTITY, before.identity_number, name));
    }
    Ok(stale)
}

/// Takes out what a person is no longer found by. What stays behind if this fails is passed
/// over when somebody is looked for. What the person is called by now is put in again: it
/// may have become the old name once more meanwhile.
async fn unindex(call: &Call, person: &PersonId, stale: &[Entry]) {
    if stale.is_empty() {
        return;
    }
    let keys = &call.realm.keys;
    let entries: Vec<_> =
        stale.iter().map(|(kind, value, name)| (*kind, value.as_str(), name.as_str())).collect();
    let mended = async {
        keys.index_remove(&entries).await.map_err(|error| seal::keys_failure(&error))?;
        let state = decide::seen(call, person).await?;
        match opened(&Sealer::of(keys, person).await?, &state)? {
            Some(profile) => index(keys, &seal::resource(person), &profile).await,
            None => Ok(()),
        }
    };
    if let Err(error) = mended.await {
        tracing::warn!(%error, "the index of persons is not tidied up");
    }
}

struct Recording<'r> {
    request: &'r wire::RecordPersonEventsRequest,
    maker: Maker,
}

#[async_trait]
impl Prepare for Recording<'_> {
    async fn prepare(&self, call: &Call, person: &Person) -> Result<Item, Failure> {
        let sealer = Sealer::of(&call.realm.keys, &person.person).await?;
        let mut item = Item::of(person, &self.request.etag);
        item.unsealed = sealer.is_erased();
        let mut recorder = Recorder::new(person, &sealer, &self.maker, call.realm.today());
        for (place, event) in self.request.events.iter().enumerate() {
            recorder.record(&mut item, &format!("events[{place}]"), event)?;
        }
        Ok(item)
    }
}

/// 人员变动
pub(crate) async fn record_events(
    call: &Call,
    request: wire::RecordPersonEventsRequest,
) -> Result<wire::RecordPersonEventsResponse, Failure> {
    let person = person_id("name", &request.name)?;
    match request.events.len() {
        0 => return Err(Failure::field("events", "须写明人员变动")),
        1..=EVENTS_MAX => {}
        many => {
            return Err(Failure::bound("person_events_max", EVENTS_MAX as u64, many as u64));
        }
    }
    let maker = Maker::new(request_id(&request.request_id)?);
    let recording = Recording { request: &request, maker };
    let done = change(call, &request, &person, &recording).await?;
    let person = done.answer.into_person(call).await?;
    Ok(wire::RecordPersonEventsResponse { person: Some(person), position: done.position.0 })
}

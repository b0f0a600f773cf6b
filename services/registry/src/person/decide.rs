//! Decisions about persons under the log's lock: commands of the register one after the
//! other over one person, or over several in one commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::{Desk, EventDraft, Read};
use quanheng_identity::Principal;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::claim::{self, Claim};
use quanheng_register::id::PostId;
use quanheng_register::person::{self, Command, Person, SlotSpell, slot_warnings};
use quanheng_register::post::Post;
use quanheng_register::refusal::Refusal;
use quanheng_register::unit::Unit;
use quanheng_register::{Facts, Known};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Decided, Failure, check_etag, policies};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use tonic::Code;

use super::{message, private, seal};
use crate::refusal;

/// Bytes of what is known of one person, sealed texts and all: a view's document holds it.
const PERSON_BYTES_MAX: usize = 768 * 1024;
/// How often a request is prepared anew because the person changed meanwhile.
const TRIES_MAX: u32 = 8;
const MOVED_ON: &str = "PERSON_MOVED_ON";

/// A command, and where in the request it stands.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) place: String,
    pub(crate) command: Command,
}

/// What is asked of one person.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) person: PersonId,
    /// The version for which it was prepared; none for a person who is registered now.
    pub(crate) seen: Option<u64>,
    pub(crate) etag: String,
    /// The units that the commands name, and those that hold the person's slot.
    pub(crate) units: BTreeSet<UnitId>,
    pub(crate) posts: BTreeSet<(UnitId, PostId)>,
    pub(crate) steps: Vec<Step>,
    /// Identity numbers by their blind index.
    pub(crate) claims: Vec<(String, claim::Command)>,
    pub(crate) warnings: Vec<String>,
    /// The key is gone: nothing could be sealed.
    pub(crate) unsealed: bool,
}

impl Item {
    /// Asks of a person who is registered now.
    pub(crate) fn new(person: PersonId) -> Self {
        Self {
            person,
            seen: None,
            etag: String::new(),
            units: BTreeSet::new(),
            posts: BTreeSet::new(),
            steps: Vec::new(),
            claims: Vec::new(),
            warnings: Vec::new(),
            unsealed: false,
        }
    }

    /// Asks of a person as one was seen.
    pub(crate) fn of(person: &Person, etag: &str) -> Self {
        let mut item = Self::new(person.person.clone());
        item.seen = Some(person.version);
        etag.clone_into(&mut item.etag);
        item.units.extend(person.slots.values().map(|slot| slot.unit.clone()));
        item
    }

    /// Adds a command, and what it names to what is read.
    pub(crate) fn then(&mut self, place: impl Into<String>, command: Command) {
        match &command {
            Command::Register { slot, .. }
            | Command::MoveSlot { slot, .. }
            | Command::Rejoin { slot, .. } => {
                self.units.insert(slot.unit.clone());
            }
            Command::TakePost { post, .. } => self.name_post(&post.unit, post.post.as_ref()),
            Command::RecordOpening { posts, .. } => {
                posts.values().for_each(|post| self.name_post(&post.unit, post.post.as_ref()));
            }
            Command::StartSecondment { secondment, .. } => {
                self.units.extend(secondment.unit.clone());
            }
            _ => {}
        }
        self.steps.push(Step { place: place.into(), command });
    }

    /// Reads a unit, and one of its posts.
    pub(crate) fn name_post(&mut self, unit: &UnitId, post: Option<&PostId>) {
        self.units.insert(unit.clone());
        self.posts.extend(post.map(|post| (unit.clone(), post.clone())));
    }
}

/// A person as one was read before a decision.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) async fn seen(call: &Call, id: &PersonId) -> Result<Person, Failure> {
    let stream = streams::person(id);
    let read = state_at::<streams::Persons>(&call.realm.log, stream, Horizon::Now).await?;
    read.0.ok_or_else(|| Failure::not_found(seal::resource(id)))
}

/// The slot that began last, or will begin last, also of who left since.
pub(crate) fn newest_slot(person: &Person) -> Option<&SlotSpell> {
    person.slots.values().max_by_key(|slot| slot.from)
}

/// Whose slot decides who may change the person: that of today, or else the newest.
fn home(person: &Person, today: Date) -> Option<&UnitId> {
    let slot = person.slot_on(today).map(|(_, slot)| slot);
    slot.or_else(|| newest_slot(person)).map(|slot| &slot.unit)
}

/// Where a unit is, or will be, or was last.
fn division_of(unit: &Unit, on: Date) -> Option<DivisionCode> {
    unit.as_of(on).or_else(|| unit.as_of(Date::MAX)).map(|profile| profile.division)
}

/// A person as the answer to a command is kept: the open facts, and who the person is,
/// sealed. It is opened when the answer goes out.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Kept {
    #[prost(message, repeated, tag = "1")]
    pub(crate) persons: Vec<KeptPerson>,
}

/// See [`Kept`].
#[derive(Clone, PartialEq, Message)]
pub(crate) struct KeptPerson {
    #[prost(message, optional, tag = "1")]
    pub(crate) person: Option<wire::Person>,
    #[prost(string, tag = "2")]
    pub(crate) private: String,
}

impl Kept {
    /// The one person that was asked for, as everybody sees one.
    ///
    /// # Errors
    /// [`Failure`] when the keys cannot be used.
    pub(crate) async fn into_person(self, call: &Call) -> Result<wire::Person, Failure> {
        let none = || Failure::internal("a kept answer without a person");
        let kept = self.persons.into_iter().next().ok_or_else(none)?;
        let mut person = kept.person.ok_or_else(none)?;
        let key = call.realm.keys.get(&person.name).await;
        match key.map_err(|error| seal::keys_failure(&error))? {
            KeyState::Erased { at } => {
                let on = quanheng_runtime::today(quanheng_eventlog::Micros(at));
                let on = person.erased_on.as_ref().and_then(quanheng_api::day).unwrap_or(on);
                return Ok(message::erased(&person.name, on));
            }
            KeyState::Live(key) if !kept.private.is_empty() => {
                let profile = seal::profile(&key, &kept.private)?;
                person.private_profile = Some(private::masked(&profile));
            }
            KeyState::Live(_) | KeyState::Missing => {}
        }
        Ok(person)
    }
}

/// A decision about persons.
#[derive(Clone)]
pub(crate) struct Deciding {
    principal: Arc<Principal>,
    items: Arc<Vec<Item>>,
    /// Whether the persons are answered, or only that it was done.
    answers: bool,
}

impl Deciding {
    /// Decides what is asked of some persons, all or none.
    pub(crate) fn new(call: &Call, items: Vec<Item>, answers: bool) -> Self {
        Self { principal: Arc::clone(&call.principal), items: Arc::new(items), answers }
    }

    fn governs(&self, division: &DivisionCode) -> Result<(), Failure> {
        if self.principal.within(division) {
            return Ok(());
        }
        let failure = Failure::denied(format!("不在管辖范围内:{division}"));
        Err(failure.with("division", division.to_string()))
    }

    fn decide_item(
        &self,
        desk: &Desk<'_>,
        item: &Item,
        known: &Known<'_>,
    ) -> Result<(Vec<EventDraft>, KeptPerson), Failure> {
        let (name, stream) = (seal::resource(&item.person), streams::person(&item.person));
        let today = policies::day(desk);
        let before = desk.state::<Option<Person>>(&stream).and_then(Option::as_ref);
        let version = before.map_or(0, |person| person.version);
        if item.seen.is_some_and(|seen| seen != version) {
            return Err(Failure::unavailable(MOVED_ON, "人员信息正在变更,请重试"));
        }
        let division = |unit: &UnitId, on| {
            known.units.get(unit).copied().and_then(|unit| division_of(unit, on))
        };
        if let Some(before) = before {
            let place = home(before, today).and_then(|unit| division(unit, today));
            self.governs(&place.unwrap_or_else(DivisionCode::nation))?;
        }
        if item.unsealed {
            return Err(seal::erased(&name));
        }
        check_etag(desk, &stream, &item.etag)?;

        let (mut after, mut events) = (before.cloned(), Vec::new());
        let mut warnings = item.warnings.clone();
        for step in &item.steps {
            if let Some(slot) = slot_of(&step.command) {
                if let Some(place) = division(&slot.unit, slot.from) {
                    self.governs(&place)?;
                }
                warnings.extend(warnings_of(known, slot));
            }
            let facts = Facts::new(today, known);
            let decided = person::decide(after.as_ref(), step.command.clone(), facts);
            let decided = decided.map_err(|refused| {
                let failure = refusal::failure(&refused, &name);
                if step.place.is_empty() { failure } else { failure.with("at", &step.place) }
            })?;
            for event in decided {
                person::evolve(&mut after, &event);
                events.push(event);
            }
        }
        let after = after.ok_or_else(|| Failure::not_found(&name))?;
        check_size(&after)?;

        let place = newest_slot(&after).and_then(|slot| division(&slot.unit, today));
        let drafts =
            events.iter().map(|event| streams::person_draft(&item.person, place.as_ref(), event));
        let mut drafts: Vec<_> = drafts.collect::<Result<_, _>>().map_err(Failure::internal)?;
        for (index, command) in &item.claims {
            drafts.extend(claimed(desk, index, command)?);
        }
        let private = after.private.as_ref().map(|sealed| sealed.as_str().to_owned());
        let mut message = message::open(&after, today);
        message.warnings = warnings;
        Ok((drafts, KeptPerson { person: Some(message), private: private.unwrap_or_default() }))
    }
}

/// The slot that a command brings somebody into.
fn slot_of(command: &Command) -> Option<&SlotSpell> {
    match command {
        Command::Register { slot, .. }
        | Command::MoveSlot { slot, .. }
        | Command::Rejoin { slot, .. } => Some(slot),
        _ => None,
    }
}

fn warnings_of(known: &Known<'_>, slot: &SlotSpell) -> Vec<String> {
    let profile = known.units.get(&slot.unit).and_then(|unit| unit.as_of(slot.from));
    let found = profile.map(|profile| slot_warnings(&profile, slot.slot)).unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

fn check_size(person: &Person) -> Result<(), Failure> {
    let bytes = serde_json::to_vec(person).map_err(Failure::internal)?.len();
    if bytes <= PERSON_BYTES_MAX {
        return Ok(());
    }
    Err(Failure::bound("person_bytes_max", PERSON_BYTES_MAX as u64, bytes as u64))
}

/// The events of a claim. Whose number it is already is not told here.
fn claimed(
    desk: &Desk<'_>,
    index: &str,
    command: &claim::Command,
) -> Result<Vec<EventDraft>, Failure> {
    let held = desk.state::<Option<Claim>>(&streams::identity(index)).and_then(Option::as_ref);
    let events = claim::decide(held, command.clone());
    let events = events.or_else(|refused| match refused.refusals().first() {
        Some(Refusal::AlreadyClaimed { .. }) => Err(taken()),
        // Nothing to give up.
        _ => Ok(Vec::new()),
    })?;
    let drafts = events.iter().map(|event| streams::identity_draft(index, event));
    drafts.collect::<Result<_, _>>().map_err(Failure::internal)
}

/// Somebody has the identity number.
pub(crate) fn taken() -> Failure {
    Failure::new(Code::AlreadyExists, "RESOURCE_EXISTS", "该公民身份号码已经登记")
        .with("field", "identity_number")
}

impl quanheng_runtime::Command for Deciding {
    type Answer = Kept;

    fn reads(&self) -> Vec<Read> {
        let items = || self.items.iter();
        let persons: BTreeSet<_> = items().map(|item| &item.person).collect();
        let units: BTreeSet<_> = items().flat_map(|item| &item.units).collect();
        let posts: BTreeSet<_> = items().flat_map(|item| &item.posts).collect();
        let claims: BTreeSet<_> = items().flat_map(|item| &item.claims).map(|(i, _)| i).collect();
        let persons = persons.into_iter().map(streams::person);
        let units = units.into_iter().map(streams::unit);
        let posts = posts.into_iter().map(|(unit, post)| streams::post(unit, post));
        let claims = claims.into_iter().map(|index| streams::identity(index));
        let mut reads: Vec<_> = persons.map(streams::state::<streams::Persons>).collect();
        reads.extend(units.map(streams::state::<streams::Units>));
        reads.extend(posts.map(streams::state::<streams::Posts>));
        reads.extend(claims.map(streams::state::<streams::Identities>));
        reads
    }

    fn decide(&self, desk: &Desk<'_>) -> Result<Decided<Kept>, Failure> {
        let mut known = Known { units: BTreeMap::new(), posts: BTreeMap::new() };
        for item in self.items.iter() {
            for id in &item.units {
                let unit = desk.state::<Option<Unit>>(&streams::unit(id));
                known.units.extend(unit.and_then(Option::as_ref).map(|unit| (id.clone(), unit)));
            }
            for (unit, id) in &item.posts {
                let post = desk.state::<Option<Post>>(&streams::post(unit, id));
                let post = post.and_then(Option::as_ref);
                known.posts.extend(post.map(|post| ((unit.clone(), id.clone()), post)));
            }
        }
        let (mut drafts, mut kept) = (Vec::new(), Kept::default());
        for item in self.items.iter() {
            let (events, person) = self.decide_item(desk, item, &known)?;
            drafts.extend(events);
            if self.answers {
                kept.persons.push(person);
            }
        }
        Ok(Decided::new(drafts, kept))
    }
}

/// What was executed.
pub(crate) type Done = quanheng_runtime::Done<Kept>;

/// Executes a decision. Refused access is noted.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn execute<R: Mutation + Message>(
    call: &Call,
    request: &R,
    deciding: Deciding,
) -> Result<Done, Failure> {
    let done = call.realm.engine.execute(call, request, deciding).await;
    if done.as_ref().is_err_and(|failure| failure.code() == Code::PermissionDenied) {
        call.realm.denials.record(&call.principal, call.method);
    }
    done
}

/// What a request asks of a person, prepared for what the person is.
#[async_trait::async_trait]
pub(crate) trait Prepare: Send + Sync {
    /// Prepares it; nothing is decided yet.
    async fn prepare(&self, call: &Call, person: &Person) -> Result<Item, Failure>;
}

/// Executes what a request asks of a person; prepares it anew when the person changed
/// meanwhile.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn change<R: Mutation + Message>(
    call: &Call,
    request: &R,
    id: &PersonId,
    prepare: &dyn Prepare,
) -> Result<Done, Failure> {
    for _ in 0..TRIES_MAX {
        let person = seen(call, id).await?;
        let item = prepare.prepare(call, &person).await?;
        match execute(call, request, Deciding::new(call, vec![item], true)).await {
            Err(failure) if moved_on(&failure) => {}
            done => return done,
        }
    }
    Err(Failure::lost_race(seal::resource(id)))
}

/// Whether a person changed between preparing and deciding.
pub(crate) fn moved_on(failure: &Failure) -> bool {
    failure.reason() == MOVED_ON
}

//! What a command reads, and how it sees it under the log's lock.
//!
//! A decision names beforehand what it knows that it needs. What turns out to be needed on
//! the way ([`Sight::need`]) is read, and the decision is taken again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use quanheng_eventlog::{Desk, EventDraft, Loaded, Read, StreamName};
use quanheng_identity::Principal;
use quanheng_ledger::account::Account;
use quanheng_ledger::command::{Applicant, Command, Facts};
use quanheng_ledger::event::Event;
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId};
use quanheng_policy::calendar::Calendar;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_register::claim::{self, Claim};
use quanheng_register::person::{Person, ServiceStatus};
use quanheng_register::unit::{Unit, UnitProfile, UnitStatus};
use quanheng_runtime::{Call, Failure, Policies, Shelf, policies};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use quanheng_streams::{Entity, PreReviewState, account_id};

use crate::foresight::Foresight;
use crate::refusal::Place;
use crate::staged::{Later, Staged, Whole};

/// What a command reads.
#[derive(Clone)]
pub struct Scope {
    /// What is published.
    pub policies: Policies,
    /// Who asks.
    pub principal: Arc<Principal>,
    /// The full name of the RPC or job.
    pub method: &'static str,
    /// Accounts that are changed or read.
    pub accounts: Vec<AccountKey>,
    /// Besides the owners of the accounts.
    pub units: BTreeSet<UnitId>,
    /// Persons, with their seats in the accounts' categories.
    pub persons: BTreeSet<PersonId>,
    /// A pre-review.
    pub pre_review: Option<(AccountKey, HoldId)>,
    /// Streams that turned out to be needed.
    more: Vec<Read>,
    /// Keys of persons that turned out to be needed.
    keys: BTreeMap<PersonId, KeyState>,
    wanted: Arc<Mutex<Wanted>>,
    /// States that were loaded on the way here.
    brought: Arc<Mutex<Vec<Loaded>>>,
    /// Who remembers what of a unit had to be read.
    learns: Option<(Foresight, UnitId)>,
}

/// What a decision found that it needs besides.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) reads: Vec<Read>,
    pub(crate) keys: BTreeSet<PersonId>,
}

impl Scope {
    /// What every decision of a call reads, and these accounts.
    pub fn new(call: &Call, accounts: Vec<AccountKey>) -> Self {
        Self {
            policies: call.realm.policies.clone(),
            principal: Arc::clone(&call.principal),
            method: call.method,
            accounts,
            units: BTreeSet::new(),
            persons: BTreeSet::new(),
            pre_review: None,
            more: Vec::new(),
            keys: BTreeMap::new(),
            wanted: Arc::default(),
            brought: Arc::default(),
            learns: None,
        }
    }

    /// With these units.
    pub fn units(mut self, units: impl IntoIterator<Item = UnitId>) -> Self {
        self.units.extend(units);
        self
    }

    /// With these persons.
    pub fn persons(mut self, persons: impl IntoIterator<Item = PersonId>) -> Self {
        self.persons.extend(persons);
        self
    }

    /// With a pre-review.
    pub fn pre_review(mut self, key: &AccountKey, hold: &HoldId) -> Self {
        self.pre_review = Some((key.clone(), hold.clone()));
        self
    }

    /// Everything that is read.
    pub fn reads(&self) -> Vec<Read> {
        let mut reads = vec![self.policies.read()];
        let mut units = self.units.clone();
        for key in &self.accounts {
            reads.push(streams::state::<streams::Accounts>(streams::account_stream(key)));
            reads.push(Read::version(streams::refusals(key)));
            if let OwnerId::Unit(unit) = &key.owner {
                units.insert(unit.clone());
            }
            for person in &self.persons {
                let seat = streams::seat(person, &key.category);
                reads.push(streams::state::<streams::Seats>(seat));
            }
        }
        let persons = self.persons.iter().map(streams::person);
        reads.extend(persons.map(streams::state::<streams::Persons>));
        reads.extend(units.iter().map(streams::unit).map(streams::state::<streams::Units>));
        if let Some((key, hold)) = &self.pre_review {
            let stream = streams::pre_review(key, hold);
            reads.push(streams::state::<streams::PreReviews>(stream));
        }
        reads.extend(self.more.iter().cloned());
        let mut seen = HashSet::new();
        reads.retain(|read| seen.insert(read.stream().clone()));
        reads
    }

    /// Takes what the last decision found that it needs; whether that was anything new.
    pub(crate) fn take_wanted(&self) -> Wanted {
        std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn add(&mut self, reads: Vec<Read>, keys: BTreeMap<PersonId, KeyState>) -> bool {
        let known: HashSet<_> = self.reads().iter().map(|read| read.stream().clone()).collect();
        let reads = reads.into_iter().filter(|read| !known.contains(read.stream()));
        let before = (self.more.len(), self.keys.len());
        self.more.extend(reads);
        self.keys.extend(keys);
        before != (self.more.len(), self.keys.len())
    }

    /// With the state of a stream that was loaded already.
    pub(crate) fn bring(&self, state: Loaded) {
        self.brought.lock().unwrap_or_else(PoisonError::into_inner).push(state);
    }

    /// What was brought, once.
    pub(crate) fn take_brought(&self) -> Vec<Loaded> {
        std::mem::take(&mut *self.brought.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn learns(&mut self, foresight: Foresight, unit: Option<UnitId>) {
        self.learns = unit.map(|unit| (foresight, unit));
    }

    /// Remembers what had to be read on the way.
    pub(crate) fn learned(&self) {
        if let Some((foresight, unit)) = &self.learns {
            foresight.remember(unit, &self.more);
        }
    }

    /// What lies on the desk.
    pub fn sight<'a>(&'a self, desk: &'a Desk<'a>) -> Result<Sight<'a>, Failure> {
        let shelf = self.policies.at(desk)?;
        Ok(Sight {
            desk,
            scope: self,
            shelf,
            today: policies::day(desk),
            staged: None,
            later: None,
        })
    }
}

/// What a command sees.
pub struct Sight<'a> {
    /// What the log lays before the decision.
    pub desk: &'a Desk<'a>,
    /// What was read.
    pub scope: &'a Scope,
    /// What is published.
    pub shelf: Arc<Shelf>,
    /// The day.
    pub today: Date,
    /// What the same decision has brought about already.
    staged: Option<&'a Staged>,
    /// What is decided when the last decision of the commit was taken.
    later: Option<&'a Later>,
}

/// Something has to be read before the decision can be taken: it is, and then tried again.
pub(crate) const UNREAD: &str = "UNREAD";

fn unread() -> Failure {
    Failure::unavailable(UNREAD, "请重试")
}

impl<'a> Sight<'a> {
    /// The same, over what the decision has brought about already.
    #[must_use]
    pub(crate) fn over<'b>(&'b self, staged: &'b Staged, later: &'b Later) -> Sight<'b> {
        let Self { desk, scope, today, .. } = *self;
        let (staged, later) = (Some(staged), Some(later));
        Sight { desk, scope, shelf: Arc::clone(&self.shelf), today, staged, later }
    }

    /// Decides something over the whole commit (整批): now, where this is its only decision, or
    /// when the last one was taken.
    ///
    /// # Errors
    /// What it is refused by.
    pub fn whole(&self, whole: Whole) -> Result<Vec<EventDraft>, Failure> {
        match self.later {
            Some(later) => {
                later.add(whole);
                Ok(Vec::new())
            }
            None => (whole.decide)(self, vec![whole.part]),
        }
    }

    /// The state of a stream, if it was read.
    fn state<E: Entity>(&self, stream: &StreamName) -> Result<Option<&'a E::State>, Failure> {
        match (self.desk.state::<E::State>(stream), self.staged) {
            (Some(read), Some(staged)) => staged.state::<E>(stream, read).map(Some),
            (read, _) => Ok(read),
        }
    }

    /// The state of a stream; read, if it was not among what the decision names.
    ///
    /// # Errors
    /// A failure that lets the decision be taken again.
    pub fn need<E: Entity>(&self, stream: &StreamName) -> Result<&'a E::State, Failure> {
        self.state::<E>(stream)?.ok_or_else(|| {
            let mut wanted = self.scope.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.reads.push(streams::state::<E>(stream.clone()));
            unread()
        })
    }

    /// The states of several streams, read together.
    ///
    /// # Errors
    /// As [`Self::need`].
    pub fn need_all<E: Entity>(
        &self,
        streams: impl IntoIterator<Item = StreamName>,
    ) -> Result<Vec<&'a E::State>, Failure> {
        let found: Vec<_> = streams.into_iter().map(|stream| self.need::<E>(&stream)).collect();
        found.into_iter().collect()
    }

    /// Reads the version of a stream that is only appended to.
    ///
    /// # Errors
    /// As [`Self::need`].
    pub fn appends(&self, stream: &StreamName) -> Result<(), Failure> {
        if self.desk.version(stream).is_some() {
            return Ok(());
        }
        let mut wanted = self.scope.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.reads.push(Read::version(stream.clone()));
        Err(unread())
    }

    /// The keys of persons.
    ///
    /// # Errors
    /// As [`Self::need`].
    pub fn keys<'p>(
        &self,
        persons: impl IntoIterator<Item = &'p PersonId>,
    ) -> Result<&'a BTreeMap<PersonId, KeyState>, Failure> {
        let unknown = persons.into_iter().filter(|person| !self.scope.keys.contains_key(*person));
        let unknown: BTreeSet<PersonId> = unknown.cloned().collect();
        if unknown.is_empty() {
            return Ok(&self.scope.keys);
        }
        let mut wanted = self.scope.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.keys.extend(unknown);
        Err(unread())
    }

    /// A unit that has to be there.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND`.
    pub fn registered_unit(&self, id: &UnitId) -> Result<&'a Unit, Failure> {
        let unit = self.need::<streams::Units>(&streams::unit(id))?;
        unit.as_ref().ok_or_else(|| Failure::not_found(format!("units/{id}")))
    }

    /// An account; none if there is none yet.
    pub fn account(&self, key: &AccountKey) -> Option<&'a Account> {
        let stream = streams::account_stream(key);
        self.state::<streams::Accounts>(&stream).ok()??.as_ref()
    }

    /// An account that has to be there.
    pub fn existing(&self, key: &AccountKey) -> Result<&'a Account, Failure> {
        let missing = || Failure::not_found(format!("quotaAccounts/{}", account_id(key)));
        let stream = streams::account_stream(key);
        self.need::<streams::Accounts>(&stream)?.as_ref().ok_or_else(missing)
    }

    /// The pre-review of the scope.
    pub fn pre_review(&self) -> Option<&'a PreReviewState> {
        let (key, hold) = self.scope.pre_review.as_ref()?;
        let stream = streams::pre_review(key, hold);
        self.state::<streams::PreReviews>(&stream).ok()??.as_ref()
    }

    fn unit(&self, id: &UnitId) -> Result<&'a Unit, Failure> {
        self.registered_unit(id)
    }

    /// What a unit is on a day on which it has to exist.
    pub fn profile(&self, id: &UnitId, on: Date) -> Result<UnitProfile, Failure> {
        let unit = self.unit(id)?;
        let name = format!("units/{id}");
        match (unit.status(on), unit.as_of(on)) {
            (UnitStatus::Active, Some(profile)) => Ok(profile),
            (UnitStatus::Abolished, _) => {
                Err(Failure::rule("UNIT_ABOLISHED", &name, format!("{name} 已撤销")))
            }
            _ => Err(Failure::rule("WRONG_STATE", &name, format!("{name} 在 {on} 尚未设立"))),
        }
    }

    /// What the owner of an account is, whether it still exists or not.
    pub fn last_profile(&self, id: &UnitId) -> Result<UnitProfile, Failure> {
        let unit = self.unit(id)?;
        let profile = unit.as_of(self.today).or_else(|| unit.as_of(Date::MAX));
        profile.ok_or_else(|| Failure::not_found(format!("units/{id}")))
    }

    /// Where an account is: that of its unit, or that of its pool's first member as far up
    /// as the pool.
    pub fn division(
        &self,
        key: &AccountKey,
        account: Option<&Account>,
    ) -> Result<DivisionCode, Failure> {
        match &key.owner {
            OwnerId::Unit(unit) => Ok(self.last_profile(unit)?.division),
            OwnerId::Pool(_) => {
                let account = account.ok_or_else(|| {
                    Failure::not_found(format!("quotaAccounts/{}", account_id(key)))
                })?;
                let first = account.owner().members().first();
                let first = first.ok_or_else(|| Failure::internal("a pool without members"))?;
                pool_division(&self.last_profile(&first.unit)?.division, account.owner().tier())
            }
        }
    }

    /// What holds for a division on a day.
    pub fn policy(&self, division: &DivisionCode, on: Date) -> Policy {
        self.shelf.policy(division, on)
    }

    /// The calendar with the local days of a policy.
    pub fn calendar(&self, policy: &Policy) -> Calendar {
        policy.calendar(self.shelf.calendar())
    }

    /// Whether the caller's jurisdiction covers a division.
    pub fn governs(&self, division: &DivisionCode) -> Result<(), Failure> {
        match self.scope.principal.within(division) {
            true => Ok(()),
            false => Err(Failure::denied(format!("不在管辖范围内:{division}"))
                .with("division", division.to_string())),
        }
    }

    /// A person who has to be there, not erased, and in service on a day.
    pub fn person(&self, id: &PersonId, on: Date) -> Result<&'a Person, Failure> {
        let name = format!("persons/{id}");
        let person = self.need::<streams::Persons>(&streams::person(id))?.as_ref();
        let person = person.ok_or_else(|| Failure::not_found(&name))?;
        if person.erased.is_some() {
            return Err(Failure::rule("PERSON_ERASED", &name, format!("{name} 的信息已删除")));
        }
        match person.status(on) {
            ServiceStatus::InService => Ok(person),
            _ => Err(Failure::rule("NOT_IN_SERVICE", &name, format!("{name} 在 {on} 不在职"))),
        }
    }

    /// The units that hold persons' establishment slots, as the ledger asks for them.
    pub fn applicants_of<'p>(
        &self,
        key: &AccountKey,
        persons: impl IntoIterator<Item = &'p PersonId>,
        on: Date,
    ) -> Result<Vec<Applicant>, Failure> {
        let persons: Vec<&PersonId> = persons.into_iter().collect();
        self.need_all::<streams::Persons>(persons.iter().map(|person| streams::person(person)))?;
        let slots = persons.into_iter().map(|person| {
            let no_slot = || {
                let name = format!("persons/{person}");
                Failure::rule("WRONG_STATE", &name, format!("{name} 在 {on} 没有编制"))
            };
            Ok(&self.person(person, on)?.slot_on(on).ok_or_else(no_slot)?.1.unit)
        });
        let slots = slots.collect::<Result<Vec<&UnitId>, Failure>>()?;
        self.need_all::<streams::Units>(slots.iter().map(|unit| streams::unit(unit)))?;
        slots.into_iter().map(|unit| self.applicant(key, unit, on)).collect()
    }

    /// A unit that asks for seats, as the ledger asks for it.
    pub fn applicant(
        &self,
        key: &AccountKey,
        unit: &UnitId,
        on: Date,
    ) -> Result<Applicant, Failure> {
        let tier = self.profile(unit, on)?.tier;
        let above_owner = match &key.owner {
            OwnerId::Unit(owner) if owner != unit => self.is_above(unit, owner, on)?,
            _ => false,
        };
        Ok(Applicant { unit: unit.clone(), tier, above_owner })
    }

    /// Whether a unit stands above another (主管单位).
    fn is_above(&self, unit: &UnitId, below: &UnitId, on: Date) -> Result<bool, Failure> {
        let mut seen = BTreeSet::new();
        let mut next = self.unit(below)?.parent_on(on);
        while let Some(parent) = next {
            if parent == *unit {
                return Ok(true);
            }
            if !seen.insert(parent.clone()) {
                break;
            }
            next = self.unit(&parent)?.parent_on(on);
        }
        Ok(false)
    }

    /// Whether a person has a seat of the category in another account.
    pub fn seated_elsewhere(&self, key: &AccountKey, person: &PersonId) -> bool {
        let holder = self.seat(person, &key.category).and_then(|claim| claim.holder.as_ref());
        holder.is_some_and(|holder| *holder != format!("quotaAccounts/{}", account_id(key)))
    }

    fn seat(&self, person: &PersonId, category: &CategoryId) -> Option<&'a Claim> {
        self.state::<streams::Seats>(&streams::seat(person, category)).ok()??.as_ref()
    }

    /// Refuses a hold that a round uses: its moves are those of the round's requests.
    ///
    /// # Errors
    /// `HOLD_IN_USE`.
    pub fn unused(&self, key: &AccountKey, hold: &HoldId) -> Result<(), Failure> {
        let claim = self.need::<streams::HoldUses>(&streams::hold_use(key, hold))?.as_ref();
        match claim.and_then(|claim| claim.holder.as_ref()) {
            None => Ok(()),
            Some(round) => {
                let name = format!("quotaAccounts/{}/holds/{hold}", account_id(key));
                let message = format!("该预审由 {round} 使用,应在其晋升申请中办理");
                Err(Failure::rule("HOLD_IN_USE", &name, message)
                    .with("hold", name)
                    .with("round", round))
            }
        }
    }

    /// Decides one command of an account.
    pub fn decide(
        &self,
        key: &AccountKey,
        division: &DivisionCode,
        command: Command,
        on: Date,
    ) -> Result<Vec<Event>, Failure> {
        self.appends(&streams::refusals(key))?;
        let policy = self.policy(division, on);
        let calendar = self.calendar(&policy);
        let facts = Facts { policy: &policy, calendar: &calendar, today: self.today };
        let unit = match &command {
            Command::PlaceHold { applicant, .. } => Some(applicant.unit.clone()),
            _ => None,
        };
        let decided = quanheng_ledger::decide(self.account(key), command, facts);
        decided.map_err(|refused| {
            let place =
                Place { key, policy: &policy, method: self.scope.method, unit: unit.as_ref() };
            place.failure(&refused)
        })
    }

    /// Decides several commands of an account, each over what the ones before it made.
    pub fn decide_all(
        &self,
        key: &AccountKey,
        commands: Vec<Command>,
    ) -> Result<Vec<Event>, Failure> {
        self.appends(&streams::refusals(key))?;
        let mut state = self.account(key).cloned();
        let division = self.division(key, state.as_ref())?;
        let policy = self.policy(&division, self.today);
        let calendar = self.calendar(&policy);
        let facts = Facts { policy: &policy, calendar: &calendar, today: self.today };
        let place = Place { key, policy: &policy, method: self.scope.method, unit: None };
        let mut events = Vec::new();
        for command in commands {
            let decided = quanheng_ledger::decide(state.as_ref(), command, facts);
            for event in decided.map_err(|refused| place.failure(&refused))? {
                quanheng_ledger::evolve(&mut state, &event);
                events.push(event);
            }
        }
        Ok(events)
    }

    /// The drafts of an account's events, with the seats that persons take or leave by
    /// them; and the account as it will be.
    pub fn written(
        &self,
        key: &AccountKey,
        division: &DivisionCode,
        events: &[Event],
    ) -> Result<(Vec<EventDraft>, Account), Failure> {
        let before = self.account(key);
        let mut after = before.map(|account| account.outline(events));
        let policy = quanheng_eventlog::Digest(self.policy(division, self.today).hash());
        let mut drafts = Vec::with_capacity(events.len());
        for event in events {
            quanheng_ledger::evolve(&mut after, event);
            let draft = streams::account_draft(key, division, event).map_err(Failure::internal)?;
            drafts.push(draft.under_policy(policy));
        }
        let after = after.ok_or_else(|| Failure::internal("an account that never began"))?;
        for person in quanheng_ledger::event::persons(events) {
            let sat = before.is_some_and(|account| account.holders().contains_key(person));
            let sits = after.holders().contains_key(person);
            drafts.extend(self.seat_change(key, person, sat, sits)?);
        }
        Ok((drafts, after))
    }

    fn seat_change(
        &self,
        key: &AccountKey,
        person: &PersonId,
        sat: bool,
        sits: bool,
    ) -> Result<Vec<EventDraft>, Failure> {
        let by = format!("quotaAccounts/{}", account_id(key));
        let command = match (sat, sits) {
            (false, true) => claim::Command::Claim { by },
            (true, false) => claim::Command::Release { by },
            _ => return Ok(Vec::new()),
        };
        let name = format!("persons/{person}");
        let seated = |_| {
            let message = format!("{name} 已在同一职位类别的其他账户占用职数");
            Failure::rule("ALREADY_SEATED", &name, message)
        };
        let events = claim::decide(self.seat(person, &key.category), command).map_err(seated)?;
        let stream = streams::seat(person, &key.category);
        let drafts = events.iter().map(|event| {
            streams::draft::<streams::Seats>(stream.clone(), event).map_err(Failure::internal)
        });
        drafts.collect()
    }
}

/// Where a pool is: as far up from a member's division as the tier that manages it.
pub fn pool_division(member: &DivisionCode, tier: Tier) -> Result<DivisionCode, Failure> {
    let level = match tier {
        Tier::Central => return Ok(DivisionCode::nation()),
        Tier::Province => DivisionLevel::Province,
        Tier::Prefecture => DivisionLevel::Prefecture,
        Tier::County => DivisionLevel::County,
        Tier::Township => DivisionLevel::Township,
    };
    if member.level() <= level {
        return Ok(member.clone());
    }
    let code = member.as_str();
    let code = match level {
        DivisionLevel::Province => format!("{}0000", &code[..2]),
        DivisionLevel::Prefecture => format!("{}00", &code[..4]),
        _ => code[..6].to_owned(),
    };
    DivisionCode::parse(&code).map_err(Failure::internal)
}

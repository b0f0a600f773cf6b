//! What placements bring about: in the register of persons, and in the ledger of seats. A
//! seat is released, or moves with the person into the account of the unit that takes them.
//! There it needs a vacant seat as any other: it is pre-reviewed, taken and filed by the same
//! decision, so that no account is charged beyond what it has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_casework::{Place, Sight};
use quanheng_eventlog::EventDraft;
use quanheng_ledger::account::Holder;
use quanheng_ledger::command::{Applicant, Command, Occupant};
use quanheng_ledger::event::{Basis, Event, ReleaseReason, VacateReason};
use quanheng_ledger::hold::MoveRequest;
use quanheng_ledger::id::{AccountKey, CaseId, HoldId, OwnerId};
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_recertification::transition::Destination;
use quanheng_register::claim;
use quanheng_register::id::SpellId;
use quanheng_register::person::{self, MoveWay, Person, RankLeaveReason, SlotKind, SlotSpell};
use quanheng_register::unit::{Nature, UnitProfile};
use quanheng_register::{Facts, Known};
use quanheng_runtime::{Failure, RuleFault, derived_id};
use quanheng_streams as streams;
use quanheng_streams::{Placement, SeatMove, TransitionState, account_id};

/// A person whose placement takes effect.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    /// Who.
    pub(crate) person: PersonId,
    /// Where to.
    pub(crate) placement: Placement,
    /// What that is.
    pub(crate) destination: Destination,
}

/// A seat that is charged to an account.
#[derive(Debug, Clone)]
pub(crate) struct Seated {
    /// The account.
    pub(crate) account: AccountKey,
    /// What is held there.
    pub(crate) holder: Holder,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Effect {
    /// Events of the register, the ledger and the seats.
    pub(crate) drafts: Vec<EventDraft>,
    /// What became of whose seat.
    pub(crate) seats: BTreeMap<PersonId, SeatMove>,
}

/// A person who has to be in the register.
fn registered<'a>(sight: &Sight<'a>, id: &PersonId) -> Result<&'a Person, Failure> {
    let found = sight.need::<streams::Persons>(&streams::person(id))?.as_ref();
    found.ok_or_else(|| Failure::not_found(format!("persons/{id}")))
}

/// The categories in which a person may have a seat.
fn categories(person: &Person) -> BTreeSet<CategoryId> {
    let slots = person.slots.values().map(|slot| slot.category.clone());
    slots.chain(person.ranks.values().map(|rank| rank.category.clone())).collect()
}

/// The seats that a person has, in any account.
///
/// # Errors
/// [`Failure`].
pub(crate) fn seats_of(sight: &Sight<'_>, person: &Person) -> Result<Vec<Seated>, Failure> {
    let streams = categories(person);
    let names = streams.iter().map(|category| streams::seat(&person.person, category));
    let claims = sight.need_all::<streams::Seats>(names.collect::<Vec<_>>())?;
    let holders = claims.into_iter().filter_map(|claim| claim.as_ref()?.holder.as_ref());
    let keys = holders.filter_map(|name| streams::account(name.strip_prefix("quotaAccounts/")?));
    let mut found = Vec::new();
    for account in keys {
        if let Some(holder) = sight.existing(&account)?.holders().get(&person.person) {
            found.push(Seated { account, holder: holder.clone() });
        }
    }
    Ok(found)
}

/// What the placements of some persons bring about together.
///
/// # Errors
/// What the register, the ledger or a rule refuses by.
pub(crate) fn of(
    sight: &Sight<'_>,
    transition: &TransitionState,
    placed: &[Placed],
) -> Result<Effect, Failure> {
    let mut effect = Effect::default();
    let mut moves = Moves::default();
    for one in placed {
        let person = registered(sight, &one.person)?;
        effect.drafts.extend(in_register(sight, transition, one, person)?);
        if one.destination.waits() {
            continue;
        }
        for Seated { account, holder } in seats_of(sight, person)? {
            let to = taken_by(one, &account, transition);
            if to.as_ref() == Some(&account) {
                continue;
            }
            let seat = SeatMove { from: account.clone(), to: to.clone() };
            effect.seats.insert(one.person.clone(), seat);
            moves.add(one, account, holder, to);
        }
    }
    effect.drafts.extend(moves.drafts(sight, transition)?);
    Ok(effect)
}

/// What a person keeps no longer who is done: the seat, and, where reference management is
/// left, the rank.
///
/// # Errors
/// What the register or the ledger refuses by.
pub(crate) fn finished(
    sight: &Sight<'_>,
    transition: &TransitionState,
    id: &PersonId,
    placement: &Placement,
    destination: Destination,
) -> Result<Effect, Failure> {
    let mut effect = Effect::default();
    if !destination.waits() {
        return Ok(effect);
    }
    let placement = Placement { effective_on: sight.today, ..placement.clone() };
    let one = Placed { person: id.clone(), placement, destination };
    let person = registered(sight, id)?;
    if destination == Destination::RetainTreatment {
        let commands = leave_ranks(person, &one.placement);
        effect.drafts.extend(decided(sight, person, commands, &Known::default())?);
    }
    let mut moves = Moves::default();
    for Seated { account, holder } in seats_of(sight, person)? {
        effect.seats.insert(id.clone(), SeatMove { from: account.clone(), to: None });
        moves.add(&one, account, holder, None);
    }
    effect.drafts.extend(moves.drafts(sight, transition)?);
    Ok(effect)
}

/// The account that a seat moves into.
fn taken_by(
    one: &Placed,
    account: &AccountKey,
    transition: &TransitionState,
) -> Option<AccountKey> {
    let unit = one.placement.unit.as_ref().filter(|_| one.destination.moves())?;
    // A seat that another unit lends stays where it is charged.
    let own = account.owner == OwnerId::Unit(transition.unit.clone());
    let owner = OwnerId::Unit(unit.clone());
    let pooled = matches!(account.owner, OwnerId::Pool(_));
    (own || pooled || account.owner == owner)
        .then(|| AccountKey { owner, category: account.category.clone() })
}

/// What the register of persons is told.
fn in_register(
    sight: &Sight<'_>,
    transition: &TransitionState,
    one: &Placed,
    person: &Person,
) -> Result<Vec<EventDraft>, Failure> {
    let placement = &one.placement;
    let own = &transition.unit;
    let (kind, way) = match one.destination {
        Destination::MoveWithFunction => (SlotKind::Administrative, MoveWay::WithFunction),
        Destination::MoveToReferenced => {
            (SlotKind::ReferencedInstitution, MoveWay::LateralTransfer)
        }
        Destination::BecomeInstitutionStaff => (SlotKind::OtherInstitution, MoveWay::WithFunction),
        Destination::RetainTreatment | Destination::EarlyRetirement => return Ok(Vec::new()),
    };
    let unit_id = placement.unit.as_ref().unwrap_or(own);
    let profile = sight.profile(unit_id, placement.effective_on)?;
    receives(one.destination, unit_id, own, &profile)?;
    let slot = person.slot_on(placement.effective_on).map(|(_, slot)| slot.clone());
    let slot = slot.ok_or_else(|| {
        let name = format!("persons/{}", one.person);
        let message = format!("{name} 在 {} 没有编制", placement.effective_on);
        Failure::rule("WRONG_STATE", &name, message).with("person", name)
    })?;
    let mut commands = Vec::new();
    if one.destination == Destination::BecomeInstitutionStaff {
        commands.extend(leave_ranks(person, placement));
    }
    if slot.unit != *unit_id || slot.slot != kind {
        let spell =
            derived_id("transition.slot", transition.transition.as_str(), one.person.as_str());
        commands.push(person::Command::MoveSlot {
            spell: SpellId::new(spell.to_string()).map_err(Failure::internal)?,
            slot: SlotSpell {
                unit: unit_id.clone(),
                slot: kind,
                category: slot.category,
                from: placement.effective_on,
                document: Some(placement.document.clone()),
            },
            way,
        });
    }
    let mut known = Known::default();
    known.units.insert(unit_id.clone(), sight.registered_unit(unit_id)?);
    decided(sight, person, commands, &known)
}

/// Whether a unit may take somebody so.
fn receives(
    destination: Destination,
    unit: &UnitId,
    own: &UnitId,
    profile: &UnitProfile,
) -> Result<(), Failure> {
    let fits = match destination {
        Destination::MoveWithFunction => profile.nature == Nature::Organ || unit == own,
        Destination::MoveToReferenced => profile.nature.is_referenced() && unit != own,
        _ => true,
    };
    match fits {
        true => Ok(()),
        false => {
            let name = format!("units/{unit}");
            let message = format!("{name} 不能接收“{}”人员", destination.label());
            Err(Failure::rule("UNIT_NOT_FIT", &name, message)
                .with("unit", name)
                .with("option", destination.id()))
        }
    }
}

fn leave_ranks(person: &Person, placement: &Placement) -> Vec<person::Command> {
    let open = person.ranks.iter().filter(|(_, rank)| rank.to.is_none());
    let left = open.map(|(spell, _)| person::Command::LeaveRank {
        spell: spell.clone(),
        on: placement.effective_on,
        reason: RankLeaveReason::LeftReferenceManagement,
        document: placement.document.clone(),
    });
    left.collect()
}

/// Commands of the register, each over what those before it made.
fn decided(
    sight: &Sight<'_>,
    person: &Person,
    commands: Vec<person::Command>,
    known: &Known<'_>,
) -> Result<Vec<EventDraft>, Failure> {
    let name = format!("persons/{}", person.person);
    let (mut state, mut drafts) = (Some(person.clone()), Vec::new());
    for command in commands {
        let unit = match &command {
            person::Command::MoveSlot { slot, .. } => Some(slot.unit.clone()),
            _ => person.slots.values().max_by_key(|slot| slot.from).map(|slot| slot.unit.clone()),
        };
        let division = unit.map(|unit| sight.last_profile(&unit)).transpose()?;
        let division = division.map(|profile| profile.division);
        let events = person::decide(state.as_ref(), command, Facts::new(sight.today, known));
        let events = events.map_err(|refused| {
            let rules = refused.refusals().iter().map(|refusal| RuleFault {
                code: refusal.code().to_owned(),
                subject: name.clone(),
                message: refusal.to_string(),
            });
            Failure::rules(rules.collect()).with("person", &name)
        })?;
        for event in events {
            person::evolve(&mut state, &event);
            let draft = streams::person_draft(&person.person, division.as_ref(), &event);
            drafts.push(draft.map_err(Failure::internal)?);
        }
    }
    Ok(drafts)
}

/// Somebody who enters an account.
struct Entering {
    person: PersonId,
    holder: Holder,
    basis: Basis,
}

/// Seats that change together, by their accounts.
#[derive(Default)]
struct Moves {
    leaving: BTreeMap<AccountKey, Vec<Command>>,
    entering: BTreeMap<AccountKey, Vec<Entering>>,
    claims: Vec<(PersonId, AccountKey, Option<AccountKey>)>,
}

impl Moves {
    fn add(&mut self, one: &Placed, from: AccountKey, holder: Holder, to: Option<AccountKey>) {
        let (document, effective_on) = (one.placement.document.clone(), one.placement.effective_on);
        let basis = Basis { document, effective_on };
        let reason = match one.destination {
            Destination::MoveWithFunction | Destination::MoveToReferenced => {
                VacateReason::TransferOut
            }
            Destination::EarlyRetirement => VacateReason::EarlyRetirement,
            Destination::BecomeInstitutionStaff | Destination::RetainTreatment => {
                VacateReason::LeftReferenceManagement
            }
        };
        let (person, based) = (one.person.clone(), basis.clone());
        let vacate = Command::Vacate { person: person.clone(), reason, basis: based };
        self.leaving.entry(from.clone()).or_default().push(vacate);
        if let Some(to) = &to {
            let entering = Entering { person: person.clone(), holder, basis };
            self.entering.entry(to.clone()).or_default().push(entering);
        }
        self.claims.push((person, from, to));
    }

    fn drafts(
        self,
        sight: &Sight<'_>,
        transition: &TransitionState,
    ) -> Result<Vec<EventDraft>, Failure> {
        let mut drafts = Vec::new();
        for (key, commands) in self.leaving {
            drafts.extend(of_account(sight, &key, commands)?);
        }
        for (key, entering) in self.entering {
            let commands = entry(sight, transition, &key, entering)?;
            drafts.extend(of_account(sight, &key, commands)?);
        }
        for (person, from, to) in self.claims {
            drafts.extend(claimed(sight, &person, &from, to.as_ref())?);
        }
        Ok(drafts)
    }
}

/// Commands by which persons enter an account: a pre-review of their own, its use and the
/// filing of that; ranks without a cap, and exempt persons, are placed.
fn entry(
    sight: &Sight<'_>,
    transition: &TransitionState,
    key: &AccountKey,
    entering: Vec<Entering>,
) -> Result<Vec<Command>, Failure> {
    let account = sight.existing(key)?;
    let OwnerId::Unit(unit) = &key.owner else {
        return Err(Failure::internal("a person who enters a pool"));
    };
    let Some(first) = entering.first() else { return Ok(Vec::new()) };
    let (basis, on) = (first.basis.clone(), first.basis.effective_on);
    let tier = sight.profile(unit, on)?.tier;
    let of = Applicant { unit: unit.clone(), tier, above_owner: false };
    let capped = |one: &Entering| {
        let charges = account.sets().iter().any(|set| set.ranks.contains(&one.holder.rank));
        one.holder.exempt.is_none() && charges
    };
    let (seated, placed): (Vec<Entering>, Vec<Entering>) = entering.into_iter().partition(capped);
    let mut commands: Vec<Command> = Vec::new();
    if let Some(person) = seated.first().map(|one| one.person.clone()) {
        let name = derived_id("transition.hold", transition.transition.as_str(), person.as_str());
        let hold = HoldId::new(name.to_string()).map_err(Failure::internal)?;
        let case = CaseId::new(transition.case.as_str()).map_err(Failure::internal)?;
        let moves =
            seated.iter().map(|one| MoveRequest { leaves: None, to: one.holder.rank.clone() });
        commands.push(Command::PlaceHold {
            hold: hold.clone(),
            case,
            applicant: of.clone(),
            moves: moves.collect(),
            basis: basis.clone(),
        });
        let occupants = seated.iter().enumerate().map(|(index, one)| Occupant {
            index,
            person: one.person.clone(),
            of: of.clone(),
            concurrent: one.holder.concurrent,
            seated_elsewhere: false,
        });
        let occupants = occupants.collect();
        commands.push(Command::Occupy { hold: hold.clone(), occupants, basis });
        let persons = seated.iter().map(|one| one.person.clone()).collect();
        commands.push(Command::FileUse { hold, persons });
    }
    commands.extend(placed.into_iter().map(|one| Command::Place {
        person: one.person,
        of: of.clone(),
        rank: one.holder.rank,
        exempt: one.holder.exempt,
        seated_elsewhere: false,
        basis: one.basis,
    }));
    Ok(commands)
}

/// The drafts of an account's events; who holds which seat is told with [`claimed`].
fn of_account(
    sight: &Sight<'_>,
    key: &AccountKey,
    commands: Vec<Command>,
) -> Result<Vec<EventDraft>, Failure> {
    let account = sight.existing(key)?;
    let division = sight.division(key, Some(account))?;
    let events: Vec<Event> = sight.decide_all(key, commands)?;
    let policy = quanheng_eventlog::Digest(sight.policy(&division, sight.today).hash());
    let drafts = events.iter().map(|event| {
        let draft = streams::account_draft(key, &division, event).map_err(Failure::internal)?;
        Ok(draft.under_policy(policy))
    });
    drafts.collect()
}

/// A person's seat of a category, given up here and taken there.
fn claimed(
    sight: &Sight<'_>,
    person: &PersonId,
    from: &AccountKey,
    to: Option<&AccountKey>,
) -> Result<Vec<EventDraft>, Failure> {
    let stream = streams::seat(person, &from.category);
    let mut held = sight.need::<streams::Seats>(&stream)?.clone();
    let by = |key: &AccountKey| format!("quotaAccounts/{}", account_id(key));
    let release = claim::Command::Release { by: by(from) };
    let take = to.map(|to| claim::Command::Claim { by: by(to) });
    let mut drafts = Vec::new();
    for command in std::iter::once(release).chain(take) {
        let events = claim::decide(held.as_ref(), command);
        for event in events.map_err(Failure::internal)? {
            claim::evolve(&mut held, &event);
            let draft = streams::draft::<streams::Seats>(stream.clone(), &event);
            drafts.push(draft.map_err(Failure::internal)?);
        }
    }
    Ok(drafts)
}

/// Closes an account that nobody holds a seat of any more: open pre-reviews end, and its seats
/// are determined to be none (核定归零).
///
/// # Errors
/// What the ledger refuses by.
pub(crate) fn close_account(
    sight: &Sight<'_>,
    key: &AccountKey,
    basis: &Basis,
    after: &[EventDraft],
) -> Result<Vec<EventDraft>, Failure> {
    use quanheng_ledger::command::{Determine, Facts as Ledger};
    let stream = streams::account_stream(key);
    sight.appends(&streams::refusals(key))?;
    let before = sight.need::<streams::Accounts>(&stream)?;
    let mut state = crate::work::after::<streams::Accounts>(before, &stream, after)?;
    let Some(account) = &state else { return Ok(Vec::new()) };
    let division = sight.division(key, Some(account))?;
    let mut commands: Vec<Command> = account
        .open_holds()
        .map(|(hold, _)| Command::ReleaseHold {
            hold: hold.clone(),
            moves: BTreeSet::new(),
            reason: ReleaseReason::CaseClosed,
        })
        .collect();
    if let Some(class) = account.class().filter(|_| account.base() > 0) {
        commands.push(Command::Determine(Determine {
            class: class.clone(),
            base: 0,
            fewer: BTreeMap::new(),
            basis: basis.clone(),
        }));
    }
    let policy = sight.policy(&division, sight.today);
    let calendar = sight.calendar(&policy);
    let hash = quanheng_eventlog::Digest(policy.hash());
    let facts = Ledger { policy: &policy, calendar: &calendar, today: sight.today };
    let mut drafts = Vec::new();
    for command in commands {
        let events = quanheng_ledger::decide(state.as_ref(), command, facts);
        let place = Place { key, policy: &policy, method: sight.scope.method, unit: None };
        let events = events.map_err(|refused| place.failure(&refused))?;
        for event in events {
            quanheng_ledger::evolve(&mut state, &event);
            let draft =
                streams::account_draft(key, &division, &event).map_err(Failure::internal)?;
            drafts.push(draft.under_policy(hash));
        }
    }
    Ok(drafts)
}

/// The accounts of a unit, in the categories of some persons and those that it has posts in.
///
/// # Errors
/// [`Failure`].
pub(crate) fn accounts_of(
    sight: &Sight<'_>,
    unit: &UnitId,
    persons: impl IntoIterator<Item = PersonId>,
) -> Result<Vec<AccountKey>, Failure> {
    let persons: Vec<PersonId> = persons.into_iter().collect();
    let read = sight.need_all::<streams::Persons>(persons.iter().map(streams::person))?;
    let mut found: BTreeSet<CategoryId> =
        read.into_iter().filter_map(Option::as_ref).flat_map(categories).collect();
    let general = CategoryId::new(quanheng_register::unit::GENERAL_MANAGEMENT);
    found.insert(general.map_err(Failure::internal)?);
    found.extend(sight.last_profile(unit)?.category_posts.into_keys());
    let owner = OwnerId::Unit(unit.clone());
    let keys: Vec<AccountKey> =
        found.into_iter().map(|category| AccountKey { owner: owner.clone(), category }).collect();
    let read = sight.need_all::<streams::Accounts>(keys.iter().map(streams::account_stream))?;
    let there = keys.into_iter().zip(read).filter(|(_, account)| account.is_some());
    Ok(there.map(|(key, _)| key).collect())
}

/// Whether a person has left service by early retirement, as the register says.
pub(crate) fn left_service(person: &Person, today: Date) -> bool {
    person.status(today) != quanheng_register::person::ServiceStatus::InService
}

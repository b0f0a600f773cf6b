//! Who sits where, seen from a case: offices at the levels that a flow names, the relatives
//! of those whom it is about, and stand-ins.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::id::FactId;
use quanheng_register::person::{FactKind, Held, Person, ServiceStatus};
use quanheng_register::private::Relative;
use quanheng_runtime::{Failure, sealed};
use quanheng_sealing::{KeyState, SubjectKey};
use quanheng_streams as streams;
use quanheng_streams::CaseKey;
use quanheng_workflow::case::{About, Case, TaskState};
use quanheng_workflow::command::{Desk, Substitution};
use quanheng_workflow::definition::{Actor, Definition, Level};
use quanheng_workflow::refusal::Refusal;
use tonic::Code;

use crate::scope::Sight;

/// The unit that stands at each level, seen from the unit that a case is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(BTreeMap<Level, UnitId>);

impl Levels {
    /// Finds them. `chosen` is whom the kind of case names: by the table of authorities, or
    /// whose task force reviews.
    ///
    /// # Errors
    /// [`Failure`] when the unit is not there.
    pub fn of(
        sight: &Sight<'_>,
        unit: &UnitId,
        chosen: BTreeMap<Level, UnitId>,
    ) -> Result<Self, Failure> {
        let mut levels = BTreeMap::from([(Level::Unit, unit.clone())]);
        let registered = sight.registered_unit(unit)?;
        if let Some(parent) = registered.parent_on(sight.today) {
            levels.insert(Level::ParentDepartment, parent);
        }
        let division = sight.last_profile(unit)?.division;
        let mut chain = vec![division.clone()];
        chain.extend(std::iter::successors(division.parent(), DivisionCode::parent));
        let named = chain.iter().map(streams::authority);
        let named = sight.need_all::<streams::Authorities>(named)?;
        let authority = |nth: usize| named.get(nth).and_then(|unit| unit.as_ref());
        let level = |wanted| chain.iter().position(|division| division.level() == wanted);
        use quanheng_policy::codes::DivisionLevel::{Nation, Province};
        let found = [
            (Level::SameLevel, authority(0)),
            (Level::OneAbove, authority(1)),
            (Level::Province, level(Province).and_then(authority)),
            (Level::Central, level(Nation).and_then(authority)),
        ];
        for (level, unit) in found {
            if let Some(unit) = unit {
                levels.insert(level, unit.clone());
            }
        }
        levels.extend(chosen);
        Ok(Self(levels))
    }

    /// The unit at a level.
    #[must_use]
    pub fn unit(&self, level: Level) -> Option<&UnitId> {
        self.0.get(&level)
    }

    /// The people of every office that a flow names, at every level that there is.
    ///
    /// # Errors
    /// As [`Sight::need`].
    pub fn desks(
        &self,
        sight: &Sight<'_>,
        flow: &Definition,
    ) -> Result<BTreeMap<Actor, Desk>, Failure> {
        let units: BTreeSet<&UnitId> = self.0.values().collect();
        let offices = units.iter().map(|unit| streams::offices(unit));
        let offices = sight.need_all::<streams::Offices>(offices)?;
        let offices: BTreeMap<&UnitId, _> = units.into_iter().zip(offices).collect();
        let seats = flow.steps.iter().flat_map(|step| step.seats());
        let roles: BTreeSet<_> = seats.map(|seat| &seat.role).collect();
        let mut desks = BTreeMap::new();
        for (level, unit) in &self.0 {
            let Some(state) = offices.get(unit) else { continue };
            for role in &roles {
                // Where nobody sits, it is still known which unit it would be.
                let persons: BTreeSet<PersonId> = state.on(role, sight.today).cloned().collect();
                let actor = Actor { role: (*role).clone(), level: *level };
                desks.insert(actor, Desk { unit: unit.clone(), persons });
            }
        }
        Ok(desks)
    }
}

/// The persons of the register who are relatives of those whom a case is about (回避): whom
/// these have declared, as a person or by the name of the principal that acts, and the
/// caller, who may have declared one of them.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`, `PERSON_ERASED`.
pub fn relatives(sight: &Sight<'_>, about: &About) -> Result<BTreeSet<PersonId>, Failure> {
    if about.persons.is_empty() {
        return Ok(BTreeSet::new());
    }
    let names = about.persons.iter().map(streams::person);
    let persons = sight.need_all::<streams::Persons>(names)?;
    let keys = sight.keys(&about.persons)?;
    let caller = &sight.scope.principal;
    let mut relatives = BTreeSet::new();
    for (id, person) in about.persons.iter().zip(persons) {
        let name = format!("persons/{id}");
        let person = person.as_ref().ok_or_else(|| Failure::not_found(&name))?;
        let Some(key) = declared(person).next().map(|_| keys.get(id)) else { continue };
        let Some(KeyState::Live(key)) = key else { return Err(sealed::erased(&name)) };
        for relative in opened(person, key) {
            let relative = relative?;
            relatives.extend(relative.person);
            let named = relative.principal.as_deref().map(|name| name.trim());
            if named.is_some_and(|name| name == caller.name() || name == caller.id) {
                relatives.extend(caller.person.clone());
            }
        }
    }
    if let Some(person) = caller.person.iter().find(|person| !relatives.contains(*person)) {
        relatives.extend(declaring(sight, about, &[person].into())?);
    }
    Ok(relatives)
}

/// Those of some persons who have themselves declared one of those whom a case is about to
/// be a relative: kinship is read from both sides.
///
/// # Errors
/// As [`Sight::need`].
pub fn declaring(
    sight: &Sight<'_>,
    about: &About,
    of: &BTreeSet<&PersonId>,
) -> Result<BTreeSet<PersonId>, Failure> {
    if about.persons.is_empty() {
        return Ok(BTreeSet::new());
    }
    let persons = of.iter().map(|person| streams::person(person));
    let persons = of.iter().zip(sight.need_all::<streams::Persons>(persons)?);
    let persons: Vec<_> = persons
        .filter_map(|(id, person)| Some((*id, person.as_ref()?)))
        .filter(|(_, person)| declared(person).next().is_some())
        .collect();
    let keys = sight.keys(persons.iter().map(|(id, _)| *id))?;
    let mut declaring = BTreeSet::new();
    for (id, person) in persons {
        // Who was erased is in no office, and what was declared cannot be read.
        let Some(KeyState::Live(key)) = keys.get(id) else { continue };
        for relative in opened(person, key) {
            if relative?.person.is_some_and(|person| about.persons.contains(&person)) {
                declaring.insert(id.clone());
            }
        }
    }
    Ok(declaring)
}

/// Refuses whom a case is about, and their relatives (回避).
///
/// # Errors
/// `CONFLICT_OF_INTEREST`.
pub fn keeps_clear(
    sight: &Sight<'_>,
    key: &CaseKey,
    about: &About,
    by: &PersonId,
) -> Result<(), Failure> {
    if !about.persons.contains(by) && !relatives(sight, about)?.contains(by) {
        return Ok(());
    }
    let refusal = Refusal::OwnCase { person: by.clone() };
    let failure = Failure::new(Code::PermissionDenied, refusal.code(), refusal.to_string());
    Err(failure.with("person", format!("persons/{by}")).with("case", format!("cases/{key}")))
}

/// What a person has declared about relatives. Whom one is no longer related to decides as
/// others do.
fn declared(person: &Person) -> impl Iterator<Item = (&FactId, &Held)> {
    let held = person.held.get(&FactKind::Relative).into_iter().flatten();
    held.filter(|(_, held)| !held.closed)
}

fn opened<'p>(
    person: &'p Person,
    key: &'p SubjectKey,
) -> impl Iterator<Item = Result<Relative, Failure>> + 'p {
    declared(person).map(move |(fact, held)| {
        let place = sealed::fact(FactKind::Relative, fact);
        sealed::open(key, &place, held.sealed.as_str())
    })
}

/// Whether a person has left the service.
pub(crate) fn has_left(person: &Person, on: Date) -> bool {
    !matches!(person.status(on), ServiceStatus::InService | ServiceStatus::NotYet)
}

/// The units to which persons belong: where they have their slots, and where they sit in one
/// of the offices of a case.
///
/// # Errors
/// As [`Sight::need`].
pub fn belongs(
    sight: &Sight<'_>,
    desks: &BTreeMap<Actor, Desk>,
    persons: &BTreeSet<&PersonId>,
) -> Result<BTreeMap<PersonId, BTreeSet<UnitId>>, Failure> {
    let states = persons.iter().map(|person| streams::person(person));
    let states = sight.need_all::<streams::Persons>(states)?;
    let belongs = persons.iter().zip(states).map(|(id, state)| {
        let slot = state.as_ref().and_then(|person| person.slot_on(sight.today));
        let mut units: BTreeSet<UnitId> =
            slot.map(|(_, slot)| slot.unit.clone()).into_iter().collect();
        let sits = desks.values().filter(|desk| desk.persons.contains(*id));
        units.extend(sits.map(|desk| desk.unit.clone()));
        ((*id).clone(), units)
    });
    Ok(belongs.collect())
}

/// Stand-ins of those who have something to do in a case.
///
/// # Errors
/// As [`Sight::need`].
pub fn substitutions(sight: &Sight<'_>, case: &Case) -> Result<Vec<Substitution>, Failure> {
    let holders = holders(case);
    let states = holders.iter().map(streams::substitutions);
    let states = sight.need_all::<streams::Substitutions>(states)?;
    let dated: Vec<_> = holders.iter().zip(states).filter(|(_, state)| !state.is_empty()).collect();
    // Nobody stands in for one who left the service.
    let persons = dated.iter().map(|(of, _)| streams::person(of));
    let persons = sight.need_all::<streams::Persons>(persons)?;
    let left = |person: &Option<Person>| {
        person.as_ref().is_some_and(|person| has_left(person, sight.today))
    };
    let dated = dated.into_iter().zip(persons).filter(|(_, person)| !left(person));
    let dated = dated.flat_map(|((of, state), _)| {
        state.values().map(|stand_in| Substitution {
            of: of.clone(),
            by: stand_in.by.clone(),
            from: stand_in.from,
            to: stand_in.to,
        })
    });
    Ok(dated.collect())
}

/// Who has something to do in a case.
pub(crate) fn holders(case: &Case) -> BTreeSet<PersonId> {
    let tasks = case.open.iter().flat_map(|open| &open.tasks).filter(|task| task.is_pending());
    let holders = tasks.flat_map(|task| match &task.state {
        TaskState::Delegated { to } => &task.holders() | &BTreeSet::from([to.clone()]),
        _ => task.holders(),
    });
    holders.collect()
}

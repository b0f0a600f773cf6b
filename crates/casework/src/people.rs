//! Who sits where, seen from a case: offices at the levels that a flow names, the relatives
//! of those whom it is about, and stand-ins.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::person::FactKind;
use quanheng_register::private::Relative;
use quanheng_runtime::{Failure, sealed};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use quanheng_workflow::case::{About, Case, TaskState};
use quanheng_workflow::command::{Desk, Substitution};
use quanheng_workflow::definition::{Actor, Definition, Level};

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
                let persons: BTreeSet<PersonId> = state.on(role, sight.today).cloned().collect();
                if !persons.is_empty() {
                    let actor = Actor { role: (*role).clone(), level: *level };
                    desks.insert(actor, Desk { unit: unit.clone(), persons });
                }
            }
        }
        Ok(desks)
    }
}

/// The persons of the register who are relatives of those whom a case is about (回避), and
/// those of them whom a principal's name stands for.
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
    let mut relatives = BTreeSet::new();
    for (id, person) in about.persons.iter().zip(persons) {
        let name = format!("persons/{id}");
        let person = person.as_ref().ok_or_else(|| Failure::not_found(&name))?;
        let held = person.held.get(&FactKind::Relative).into_iter().flatten();
        // Whom one is no longer related to decides as others do.
        for (fact, held) in held.filter(|(_, held)| !held.closed) {
            let Some(KeyState::Live(key)) = keys.get(id) else { return Err(sealed::erased(&name)) };
            let place = sealed::fact(FactKind::Relative, fact);
            let relative: Relative = sealed::open(key, &place, held.sealed.as_str())?;
            relatives.extend(relative.person);
        }
    }
    Ok(relatives)
}

/// Stand-ins of those who have something to do in a case.
///
/// # Errors
/// As [`Sight::need`].
pub fn substitutions(sight: &Sight<'_>, case: &Case) -> Result<Vec<Substitution>, Failure> {
    let holders = holders(case);
    let states = holders.iter().map(streams::substitutions);
    let states = sight.need_all::<streams::Substitutions>(states)?;
    let dated = holders.iter().zip(states).flat_map(|(of, state)| {
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

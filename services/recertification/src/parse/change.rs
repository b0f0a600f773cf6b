//! Changes as they are reported (机构变动), filled up with what the register says.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_recertification::{Change, SuccessorFacts};
use quanheng_register::unit::{ChangeKind, Unit, UnitProfile, UnitStatus};
use quanheng_runtime::Failure;
use quanheng_runtime::wire::units::{AskedKind, change_kind, patch, profile};
use quanheng_runtime::wire::{required, unit};
use quanheng_streams::{ReportedChange, ReportedUnit};

use super::shared;

/// Units of one change at most.
pub(crate) const UNITS_MAX: usize = 50;

/// A change as it was asked about: what is not said of a registered unit, the register says.
#[derive(Debug, Clone)]
pub(crate) struct AskedChange {
    kind: AskedKind,
    predecessors: Vec<AskedUnit>,
    successors: Vec<AskedUnit>,
    documents: Vec<DocumentNumber>,
    effective_on: Date,
}

#[derive(Debug, Clone)]
struct AskedUnit {
    at: String,
    unit: UnitId,
    before: Option<UnitProfile>,
    after: Option<registry::UnitProfile>,
    functions_changed: Option<bool>,
}

/// A change from the wire.
pub(crate) fn change(
    field: &str,
    given: Option<&wire::ReportedChange>,
) -> Result<AskedChange, Failure> {
    let given = given.ok_or_else(|| Failure::field(field, "须填写"))?;
    let count = given.predecessors.len() + given.successors.len();
    if count > UNITS_MAX {
        return Err(Failure::bound("change_units_max", UNITS_MAX as u64, count as u64));
    }
    shared::bounded(given.documents.len())?;
    let documents = given.documents.iter().enumerate();
    let documents =
        documents.map(|(nr, one)| shared::document(&format!("{field}.documents[{nr}]"), one));
    Ok(AskedChange {
        kind: required(&format!("{field}.kind"), change_kind(given.kind()))?,
        predecessors: units(&format!("{field}.predecessors"), &given.predecessors)?,
        successors: units(&format!("{field}.successors"), &given.successors)?,
        documents: documents.collect::<Result<_, Failure>>()?,
        effective_on: shared::day(&format!("{field}.effective_on"), given.effective_on.as_ref())?,
    })
}

fn units(field: &str, given: &[wire::ChangedUnit]) -> Result<Vec<AskedUnit>, Failure> {
    let mut found: Vec<AskedUnit> = Vec::with_capacity(given.len());
    for (nr, one) in given.iter().enumerate() {
        let at = format!("{field}[{nr}]");
        let id = unit(&format!("{at}.unit"), &one.unit)?;
        if found.iter().any(|other| other.unit == id) {
            return Err(Failure::field(format!("{at}.unit"), "同一单位不能重复"));
        }
        let before = one.before.as_ref();
        let before = before.map(|whole| profile(whole, &format!("{at}.before"), None));
        found.push(AskedUnit {
            before: before.transpose()?,
            after: one.after.clone(),
            functions_changed: one.functions_changed,
            unit: id,
            at,
        });
    }
    Ok(found)
}

impl AskedChange {
    /// Every unit that it names.
    pub(crate) fn units(&self) -> impl Iterator<Item = &UnitId> {
        self.predecessors.iter().chain(&self.successors).map(|one| &one.unit)
    }

    /// The change whole. `registered`: the units of it that the register has.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND` for a predecessor that nothing is known of, `INVALID_FIELD` for a
    /// successor that is not said to become anything.
    pub(crate) fn filled(
        &self,
        registered: &BTreeMap<UnitId, &Unit>,
    ) -> Result<ReportedChange, Failure> {
        let before = |one: &AskedUnit| match &one.before {
            Some(said) => Some(said.clone()),
            None => registered.get(&one.unit).and_then(|unit| was(unit, self.effective_on)),
        };
        let mut predecessors = Vec::with_capacity(self.predecessors.len());
        for one in &self.predecessors {
            let before = before(one);
            let missing = || Failure::not_found(format!("units/{}", one.unit));
            predecessors.push(ReportedUnit {
                unit: one.unit.clone(),
                before: Some(Box::new(bare(before.ok_or_else(missing)?))),
                after: None,
                functions_changed: one.functions_changed,
            });
        }
        let mut successors = Vec::with_capacity(self.successors.len());
        for one in &self.successors {
            let known = predecessors.iter().find(|other| other.unit == one.unit);
            let before = match known {
                Some(known) if one.before.is_none() => known.before.as_deref().cloned(),
                _ => before(one),
            };
            let is = registered.get(&one.unit).and_then(|unit| is(unit, self.effective_on));
            successors.push(ReportedUnit {
                unit: one.unit.clone(),
                after: Some(Box::new(bare(self.becomes(one, before.as_ref(), is)?))),
                before: before.map(bare).map(Box::new),
                functions_changed: one.functions_changed,
            });
        }
        let kind = self.kind(&successors);
        let (documents, effective_on) = (self.documents.clone(), self.effective_on);
        Ok(ReportedChange { kind, predecessors, successors, documents, effective_on })
    }

    fn becomes(
        &self,
        one: &AskedUnit,
        before: Option<&UnitProfile>,
        registered: Option<UnitProfile>,
    ) -> Result<UnitProfile, Failure> {
        let at = format!("{}.after", one.at);
        match (&one.after, before, registered) {
            (Some(given), Some(before), _) => {
                let mut after = before.clone();
                patch(given, &at, None)?.apply_to(&mut after);
                Ok(after)
            }
            (Some(given), None, _) => profile(given, &at, None),
            (None, _, Some(registered)) => Ok(registered),
            (None, _, None) => Err(Failure::field(at, "须写明变动后情况")),
        }
    }

    /// More slots or fewer, where only 编制调整 was said.
    fn kind(&self, successors: &[ReportedUnit]) -> ChangeKind {
        let AskedKind::One(kind) = self.kind else {
            let slots = |profile: Option<&UnitProfile>| {
                profile.map_or(0, |one| u64::from(one.establishment.referenced_institution))
            };
            let before: u64 = successors.iter().map(|one| slots(one.before.as_deref())).sum();
            let after: u64 = successors.iter().map(|one| slots(one.after.as_deref())).sum();
            return match after > before {
                true => ChangeKind::HeadcountIncreased,
                false => ChangeKind::HeadcountDecreased,
            };
        };
        kind
    }
}

/// What a unit was before the change; none if it did not exist.
fn was(unit: &Unit, effective_on: Date) -> Option<UnitProfile> {
    is(unit, effective_on.yesterday().ok()?)
}

fn is(unit: &Unit, on: Date) -> Option<UnitProfile> {
    unit.as_of(on).filter(|_| unit.status(on) == UnitStatus::Active)
}

/// Without the contact, which is sealed under a name of its own.
fn bare(profile: UnitProfile) -> UnitProfile {
    UnitProfile { contact: None, ..profile }
}

/// The change as the rules take it.
pub(crate) fn facts(change: &ReportedChange) -> Change {
    let known = |one: &ReportedUnit| {
        let before = one.before.as_deref()?;
        Some((one.unit.clone(), before.clone()))
    };
    // A unit that goes on begins the change as well.
    let units = change.predecessors.iter().chain(&change.successors);
    let successors = change.successors.iter().filter_map(|one| {
        Some(SuccessorFacts {
            unit: one.unit.clone(),
            before: one.before.as_deref().cloned(),
            after: one.after.as_deref()?.clone(),
            functions_changed: one.functions_changed,
        })
    });
    Change {
        kind: change.kind,
        predecessors: units.filter_map(known).collect(),
        successors: successors.collect(),
        documents: change.documents.clone(),
    }
}

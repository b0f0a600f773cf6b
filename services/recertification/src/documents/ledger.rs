//! 参照管理单位台账: of a division, or of one unit.

use jiff::civil::Date;
use quanheng_forms::recertification::Decided;
use quanheng_forms::recertification::ledger::{ChangeEntry, Ledger, LedgerUnit, Relation};
use quanheng_policy::UnitId;
use quanheng_policy::profile::GateAct;
use quanheng_streams::{RecertificationState, Verdict};

use super::facts::Units;
use crate::ledger::Entry;

/// What the ledger is made of.
pub(crate) struct LedgerGround {
    /// Whose it is.
    pub(crate) keeper: String,
    /// As of which day.
    pub(crate) as_of: Date,
    /// Its units.
    pub(crate) entries: Vec<Entry>,
    /// The units that they name.
    pub(crate) units: Units,
}

/// Who decided a case, when, and by which document.
fn decided(case: &RecertificationState) -> Decided {
    let decision = case.decision.as_ref();
    let gate = case.gates.iter().rev().find(|gate| gate.act == GateAct::Approve);
    Decided {
        authority: gate.map(|gate| gate.body.label().to_owned()),
        on: decision.map(|decision| decision.on),
        number: decision.and_then(|decision| Some(decision.document.as_ref()?.to_string())),
    }
}

/// When it was filed with the central authority.
fn filed(case: &RecertificationState) -> Decided {
    let filed = case.centrally_filed.as_ref();
    Decided {
        authority: None,
        on: filed.map(|(day, _)| *day),
        number: filed.map(|(_, document)| document.to_string()),
    }
}

impl LedgerGround {
    /// The day as of which it speaks.
    pub(super) fn on(&self) -> Date {
        self.as_of
    }

    /// All units.
    pub(super) fn form(&self) -> Ledger {
        Ledger {
            keeper: self.keeper.clone(),
            as_of: self.as_of,
            units: self.entries.iter().map(|entry| self.unit(entry)).collect(),
        }
    }

    /// The one unit, if it is one.
    pub(super) fn only(&self) -> Option<LedgerUnit> {
        match &self.entries[..] {
            [entry] => Some(self.unit(entry)),
            _ => None,
        }
    }

    fn unit(&self, entry: &Entry) -> LedgerUnit {
        let on = self.as_of;
        let profile = entry.profile(on);
        let facts = profile.as_ref().map(|profile| self.units.facts(profile, on));
        let newest = entry.cases.iter().rev().find(|case| case.withdrawn.is_none());
        let reference = profile.as_ref().and_then(|profile| profile.reference.as_ref());
        let approving = entry.cases.iter().rev().find(|case| {
            let decision = case.decision.as_ref();
            decision.is_some_and(|decision| decision.verdict == Verdict::Approved)
        });
        let approval = match (approving, reference) {
            (Some(case), _) => decided(case),
            (None, Some(reference)) => Decided {
                authority: None,
                on: Some(reference.approved_on),
                number: Some(reference.approval_document.to_string()),
            },
            (None, None) => Decided::default(),
        };
        LedgerUnit {
            unit: facts.unwrap_or_default(),
            status: entry.status_label(on).map(str::to_owned),
            affected: Some(!entry.changes.is_empty()),
            route: newest.map(|case| case.route.label().to_owned()),
            approval,
            filing: entry
                .cases
                .iter()
                .rev()
                .find(|case| case.centrally_filed.is_some())
                .map(filed)
                .unwrap_or_default(),
            predecessors: self.predecessors(entry),
            successors: entry.successors(on).iter().map(|unit| self.related(unit)).collect(),
            changes: self.changes(entry),
        }
    }

    fn related(&self, unit: &UnitId) -> Relation {
        let name = self.units.name(unit, self.as_of).unwrap_or_else(|| format!("units/{unit}"));
        Relation { name, how: None, on: None }
    }

    fn predecessors(&self, entry: &Entry) -> Vec<Relation> {
        let lines = entry.history.iter().flat_map(|history| &history.unit.lineage);
        let lines = lines.filter(|line| line.on <= self.as_of);
        let relations = lines.flat_map(|line| {
            line.predecessors.iter().map(|unit| Relation {
                how: line.kinds.first().map(|kind| kind.label().to_owned()),
                on: Some(line.on),
                ..self.related(unit)
            })
        });
        relations.collect()
    }

    fn changes(&self, entry: &Entry) -> Vec<ChangeEntry> {
        let changes = entry.changes.iter().map(|changed| {
            let case = changed.case.and_then(|at| entry.cases.get(at));
            let kinds: Vec<_> = changed.kinds.iter().map(|kind| kind.label()).collect();
            let documents: Vec<_> = changed.day.documents.iter().map(ToString::to_string).collect();
            let routed = changed.routed.as_ref().and_then(|routed| routed.route);
            let route = case.map(|case| case.route).or(routed);
            ChangeEntry {
                on: Some(changed.day.on),
                kind: kinds.join("、"),
                what: Some(crate::ledger::summary(&changed.day)),
                document: (!documents.is_empty()).then(|| documents.join("、")),
                route: route.map(|route| route.label().to_owned()),
                approval: case.map(decided).unwrap_or_default(),
                filing: case.map(filed).unwrap_or_default(),
            }
        });
        changes.collect()
    }
}

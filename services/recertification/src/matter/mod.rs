//! Cases of reference management on their flows: which rules hold at each step, whose people
//! act, and what the decisions bring about, in the same commit.

mod check;
mod decision;
mod follow;
mod register;

use std::collections::BTreeSet;
use std::sync::Arc;

use quanheng_casework::Sight;
use quanheng_casework::case::{Matter, Said, Turn};
use quanheng_eventlog::EventDraft;
use quanheng_policy::UnitId;
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams::{CaseKey, CaseKind, RecertificationState};
use quanheng_workflow::definition::{Check, StepId};

use crate::{way, work};

pub(crate) use check::three_of;
pub(crate) use follow::keeps_out;
pub(crate) use register::entered;

/// Cases of one procedure, or a certain one as it will be.
#[derive(Debug, Clone)]
pub struct CaseMatter {
    kind: CaseKind,
    /// The case as it will be, where this service itself acts.
    own: Option<Box<RecertificationState>>,
    /// Materials that a correction asks for.
    corrects: BTreeSet<String>,
}

impl CaseMatter {
    /// Of a kind.
    #[must_use]
    pub fn new(kind: CaseKind) -> Self {
        Self { kind, own: None, corrects: BTreeSet::new() }
    }

    /// For a case as it will be.
    pub(crate) fn over(state: RecertificationState, corrects: BTreeSet<String>) -> Self {
        let kind = CaseKey::reference(state.route, &state.case).kind;
        Self { kind, own: Some(Box::new(state)), corrects }
    }

    fn state(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<RecertificationState, Failure> {
        if let Some(own) = &self.own {
            return Ok((**own).clone());
        }
        let id = key.as_reference().ok_or_else(|| Failure::not_found(format!("cases/{key}")))?;
        work::case(sight, &id).cloned()
    }
}

impl Matter for CaseMatter {
    fn kind(&self) -> CaseKind {
        self.kind
    }

    fn flow(&self) -> &'static str {
        match self.kind {
            CaseKind::ReferenceFiling => "reference_filing",
            CaseKind::ReferenceExit => "reference_exit",
            _ => "recertification",
        }
    }

    fn check(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        check: Check,
        _: &Said,
    ) -> Result<Vec<RuleFault>, Failure> {
        let state = self.state(sight, key)?;
        check::faults(sight, key, &state, check)
    }

    fn by_table(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<Option<UnitId>, Failure> {
        way::applicant(sight, &self.state(sight, key)?.unit)?.approving(sight)
    }

    fn reviewing(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<Option<UnitId>, Failure> {
        way::applicant(sight, &self.state(sight, key)?.unit)?.reviewing(sight)
    }

    fn simplified(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<BTreeSet<StepId>, Failure> {
        way::applicant(sight, &self.state(sight, key)?.unit)?.left_out()
    }

    fn refused(&self, sight: &Sight<'_>, key: &CaseKey, failure: Failure) -> Failure {
        match self.state(sight, key) {
            Ok(state) => check::told(sight, key, &state, failure),
            Err(_) => failure,
        }
    }

    fn follow(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        turn: &Turn<'_>,
    ) -> Result<Vec<EventDraft>, Failure> {
        let mut work = work::CaseWork::of(sight, self.state(sight, key)?);
        work.corrects.clone_from(&self.corrects);
        follow::follow(work, key, self.own.is_some(), turn)
    }
}

/// The three kinds, for whoever acts on cases.
#[must_use]
pub fn matters() -> Vec<Arc<dyn Matter>> {
    let kinds = [CaseKind::Recertification, CaseKind::ReferenceFiling, CaseKind::ReferenceExit];
    kinds.into_iter().map(|kind| Arc::new(CaseMatter::new(kind)) as Arc<dyn Matter>).collect()
}

//! Cases on their way through a command: events with their drafts, turns on their flows, and
//! the state after them.

use std::collections::BTreeSet;

use quanheng_casework::Sight;
use quanheng_casework::case::{Acted, Said, act_with};
use quanheng_eventlog::EventDraft;
use quanheng_policy::PersonId;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{
    CaseKey, Entity as _, RecertificationEvent, RecertificationId, RecertificationState,
};
use quanheng_workflow::case::Case;
use quanheng_workflow::command::Command as Asked;

use super::{after, recording, tagged};
use crate::case::{self, Command};
use crate::matter::CaseMatter;

/// A case on its way through a command.
pub(crate) struct CaseWork<'w, 's> {
    pub(crate) sight: &'w Sight<'s>,
    /// As it will be.
    pub(crate) state: RecertificationState,
    /// What happens to it, and to whatever else.
    pub(crate) drafts: Vec<EventDraft>,
    /// Materials that a correction asks for.
    pub(crate) corrects: BTreeSet<String>,
}

impl<'w, 's> CaseWork<'w, 's> {
    /// A case as it is.
    pub(crate) fn of(sight: &'w Sight<'s>, state: RecertificationState) -> Self {
        Self { sight, state, drafts: Vec::new(), corrects: BTreeSet::new() }
    }

    /// A case that begins now.
    ///
    /// # Errors
    /// What is refused.
    pub(crate) fn new(
        sight: &'w Sight<'s>,
        id: &RecertificationId,
        command: Command,
    ) -> Result<Self, Failure> {
        let found = sight.need::<streams::Recertifications>(&streams::recertification(id))?;
        let event = case::decide(found.as_ref(), command, sight.today);
        let event = event.map_err(|refusal| refusal.failure(id))?;
        let mut state = None;
        streams::Recertifications::evolve(&mut state, &event);
        let state = state.ok_or_else(|| Failure::internal("a case that never began"))?;
        let mut work = Self::of(sight, state);
        work.draft(&event)?;
        Ok(work)
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        format!("recertificationCases/{}", self.state.case)
    }

    /// Its case on the flow.
    pub(crate) fn key(&self) -> CaseKey {
        CaseKey::reference(self.state.route, &self.state.case)
    }

    /// What a command brings about.
    ///
    /// # Errors
    /// What is refused.
    pub(crate) fn event(&mut self, command: Command) -> Result<(), Failure> {
        let event = case::decide(Some(&self.state), command, self.sight.today);
        let event = event.map_err(|refusal| refusal.failure(&self.state.case))?;
        self.happened(&event)
    }

    fn happened(&mut self, event: &RecertificationEvent) -> Result<(), Failure> {
        let mut state = Some(self.state.clone());
        streams::Recertifications::evolve(&mut state, event);
        self.state = state.ok_or_else(|| Failure::internal("a case that never began"))?;
        self.draft(event)
    }

    fn draft(&mut self, event: &RecertificationEvent) -> Result<(), Failure> {
        let stream = streams::recertification(&self.state.case);
        // The state may be the one it will be: what is appended to is read.
        self.sight.need::<streams::Recertifications>(&stream)?;
        let campaign = self.state.campaign.iter().map(|id| format!("campaigns/{id}"));
        let tags: Vec<String> = campaign.collect();
        let (sight, unit) = (self.sight, &self.state.unit);
        self.drafts.push(tagged::<streams::Recertifications>(sight, stream, unit, event, &tags)?);
        Ok(())
    }

    /// Acts on its case.
    ///
    /// # Errors
    /// What the flow or a rule refuses by.
    pub(crate) fn act(
        &mut self,
        said: &Said,
        next: impl FnMut(Option<&Case>) -> Result<Option<Asked>, Failure>,
    ) -> Result<Acted, Failure> {
        let matter = CaseMatter::over(self.state.clone(), self.corrects.clone());
        let acted = act_with(self.sight, &matter, &self.key(), said, next);
        let acted = acted.map_err(|failure| failure.with("resource", self.name()))?;
        let stream = streams::recertification(&self.state.case);
        let state = Some(self.state.clone());
        let state = after::<streams::Recertifications>(&state, &stream, &acted.drafts)?;
        self.state = state.ok_or_else(|| Failure::internal("a case that never began"))?;
        self.drafts.extend(acted.drafts.iter().cloned());
        Ok(acted)
    }

    /// One command on its case.
    ///
    /// # Errors
    /// As [`Self::act`].
    pub(crate) fn once(&mut self, said: &Said, command: Asked) -> Result<Acted, Failure> {
        let mut command = Some(command);
        self.act(said, |_| Ok(command.take()))
    }

    /// Records the step that is open.
    ///
    /// # Errors
    /// `WRONG_STATE` where another one is; what the flow or a rule refuses by.
    pub(crate) fn record(
        &mut self,
        step: &'static str,
        by: &PersonId,
        said: &Said,
    ) -> Result<Acted, Failure> {
        let (sight, name, mut done) = (self.sight, self.name(), false);
        self.act(said, |case| match std::mem::replace(&mut done, true) {
            true => Ok(None),
            false => recording(sight, case, step, by, &name).map(Some),
        })
    }
}

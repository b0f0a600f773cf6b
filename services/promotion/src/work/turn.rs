//! Rounds and requests on their way through a command: events with their drafts, turns of
//! their cases, and the states after them.

use quanheng_casework::Sight;
use quanheng_casework::case::{Acted, Matter, Said, act_with};
use quanheng_eventlog::EventDraft;
use quanheng_policy::PersonId;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{
    CaseKey, Entity as _, RequestEvent, RequestId, RequestState, RoundEvent, RoundId, RoundState,
};
use quanheng_workflow::case::Case;
use quanheng_workflow::command::Command as Asked;

use super::{after, recording, tagged};
use crate::matter::{RequestMatter, RoundMatter};
use crate::{request, round};

/// A round on its way through a command.
pub(crate) struct RoundWork<'w, 's> {
    pub(crate) sight: &'w Sight<'s>,
    /// As it will be.
    pub(crate) state: RoundState,
    /// What happens to it, and to whatever else.
    pub(crate) drafts: Vec<EventDraft>,
}

impl<'w, 's> RoundWork<'w, 's> {
    /// A round as it is.
    pub(crate) fn of(sight: &'w Sight<'s>, state: RoundState) -> Self {
        Self { sight, state, drafts: Vec::new() }
    }

    /// A round that begins now.
    ///
    /// # Errors
    /// What is refused.
    pub(crate) fn new(
        sight: &'w Sight<'s>,
        id: &RoundId,
        command: round::Command,
    ) -> Result<Self, Failure> {
        let found = sight.need::<streams::Rounds>(&streams::promotion_round(id))?;
        let events = round::decide(found.as_ref(), command, sight.today);
        let events = events.map_err(|refusal| refusal.failure(id))?;
        let mut state = None;
        events.iter().for_each(|event| streams::Rounds::evolve(&mut state, event));
        let state = state.ok_or_else(|| Failure::internal("a round that never began"))?;
        let mut work = Self::of(sight, state);
        for event in &events {
            work.draft(event)?;
        }
        Ok(work)
    }

    /// What a command brings about.
    ///
    /// # Errors
    /// What is refused.
    pub(crate) fn event(&mut self, command: round::Command) -> Result<(), Failure> {
        let events = round::decide(Some(&self.state), command, self.sight.today);
        for event in events.map_err(|refusal| refusal.failure(&self.state.round))? {
            let mut state = Some(self.state.clone());
            streams::Rounds::evolve(&mut state, &event);
            self.state = state.ok_or_else(|| Failure::internal("a round that never began"))?;
            self.draft(&event)?;
        }
        Ok(())
    }

    fn draft(&mut self, event: &RoundEvent) -> Result<(), Failure> {
        let stream = streams::promotion_round(&self.state.round);
        // The state may be the one it will be: what is appended to is read.
        self.sight.need::<streams::Rounds>(&stream)?;
        let unit = self.state.unit.clone();
        let draft = tagged::<streams::Rounds>(self.sight, stream, &unit, event, &[])?;
        self.drafts.push(draft);
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
        let matter = RoundMatter::over(self.state.clone());
        let key = CaseKey::round(&self.state.round);
        let acted = acted(self.sight, &matter, &key, said, next)?;
        let stream = streams::promotion_round(&self.state.round);
        let state = Some(self.state.clone());
        let state = after::<streams::Rounds>(&state, &stream, &acted.drafts)?;
        self.state = state.ok_or_else(|| Failure::internal("a round that never began"))?;
        self.drafts.extend(acted.drafts.iter().cloned());
        Ok(acted)
    }
}

/// A request on its way through a command.
pub(crate) struct RequestWork<'w, 's> {
    pub(crate) sight: &'w Sight<'s>,
    /// As it will be.
    pub(crate) state: RequestState,
    /// What happens to it, and to whatever else.
    pub(crate) drafts: Vec<EventDraft>,
}

impl<'w, 's> RequestWork<'w, 's> {
    /// A request as it is.
    pub(crate) fn of(sight: &'w Sight<'s>, state: RequestState) -> Self {
        Self { sight, state, drafts: Vec::new() }
    }

    /// A request that begins now.
    ///
    /// # Errors
    /// What is refused.
    pub(crate) fn new(
        sight: &'w Sight<'s>,
        id: &RequestId,
        command: request::Command,
    ) -> Result<Self, Failure> {
        let found = sight.need::<streams::Requests>(&streams::promotion_request(id))?;
        let event = request::decide(found.as_ref(), command, sight.today);
        let event = event.map_err(|refusal| refusal.failure(id))?;
        let mut state = None;
        streams::Requests::evolve(&mut state, &event);
        let state = state.ok_or_else(|| Failure::internal("a request that never began"))?;
        let mut work = Self::of(sight, state);
        work.draft(&event)?;
        Ok(work)
    }

    /// What a command brings about.
    ///
    /// # Errors
    /// What is refused.
    pub(crate) fn event(&mut self, command: request::Command) -> Result<(), Failure> {
        let event = request::decide(Some(&self.state), command, self.sight.today);
        let event = event.map_err(|refusal| refusal.failure(&self.state.request))?;
        let mut state = Some(self.state.clone());
        streams::Requests::evolve(&mut state, &event);
        self.state = state.ok_or_else(|| Failure::internal("a request that never began"))?;
        self.draft(&event)
    }

    fn draft(&mut self, event: &RequestEvent) -> Result<(), Failure> {
        let stream = streams::promotion_request(&self.state.request);
        self.sight.need::<streams::Requests>(&stream)?;
        let unit = self.state.unit.clone();
        let tags = [
            format!("promotionRounds/{}", self.state.round),
            format!("persons/{}", self.state.person),
        ];
        let draft = tagged::<streams::Requests>(self.sight, stream, &unit, event, &tags)?;
        self.drafts.push(draft);
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
        let matter = RequestMatter::over(self.state.clone());
        let key = CaseKey::request(&self.state.request);
        let acted = acted(self.sight, &matter, &key, said, next)?;
        let stream = streams::promotion_request(&self.state.request);
        let state = Some(self.state.clone());
        let state = after::<streams::Requests>(&state, &stream, &acted.drafts)?;
        self.state = state.ok_or_else(|| Failure::internal("a request that never began"))?;
        self.drafts.extend(acted.drafts.iter().cloned());
        Ok(acted)
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
        let name = format!("promotionRequests/{}", self.state.request);
        let (sight, mut done) = (self.sight, false);
        self.act(said, |case| match std::mem::replace(&mut done, true) {
            true => Ok(None),
            false => recording(sight, case, step, by, &name).map(Some),
        })
    }
}

fn acted(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &CaseKey,
    said: &Said,
    next: impl FnMut(Option<&Case>) -> Result<Option<Asked>, Failure>,
) -> Result<Acted, Failure> {
    let acted = act_with(sight, matter, key, said, next);
    acted.map_err(|failure| match key.as_request() {
        Some(id) => failure.with("request", format!("promotionRequests/{id}")),
        None => failure.with("round", format!("promotionRounds/{}", key.id)),
    })
}

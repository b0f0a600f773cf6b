//! What the handlers share: who acts and for which unit, events with their drafts, and the
//! states after them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use quanheng_casework::Sight;
use quanheng_casework::case::{Acted, Matter, Said, act_with};
use quanheng_eventlog::{Digest, EventDraft, StreamName, Tag, Version};
use quanheng_identity::Action;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::PolicyError;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::claim;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::{
    CaseKey, Entity, RequestEvent, RequestId, RequestState, RoundEvent, RoundId, RoundState,
};
use quanheng_workflow::Flow;
use quanheng_workflow::case::{Case, Due, OpenStep, TaskState};
use quanheng_workflow::command::Command as Asked;
use quanheng_workflow::definition::{Check, Kind};

use crate::matter::{RequestMatter, RoundMatter};
use crate::{request, round};

/// The person who acts: a token that belongs to none records nothing.
///
/// # Errors
/// `ACCESS_DENIED`.
pub(crate) fn actor(call: &Call) -> Result<PersonId, Failure> {
    call.principal.person.clone().ok_or_else(|| {
        call.realm.denials.record(&call.principal, call.method);
        Failure::denied("令牌未关联人员,不能办理")
    })
}

/// Whether the caller may act for a unit: its own clerk, or who governs its division.
///
/// # Errors
/// `ACCESS_DENIED`.
pub(crate) fn acts_for(sight: &Sight<'_>, unit: &UnitId) -> Result<(), Failure> {
    let principal = &sight.scope.principal;
    match &principal.unit {
        Some(own) if own == unit => Ok(()),
        Some(_) if !principal.may(Action::PromotionManage) => {
            Err(Failure::denied("只能办理本单位事项").with("unit", format!("units/{unit}")))
        }
        _ => sight.governs(&sight.last_profile(unit)?.division),
    }
}

/// A round that has to be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn round<'a>(sight: &Sight<'a>, id: &RoundId) -> Result<&'a RoundState, Failure> {
    let state = sight.need::<streams::Rounds>(&streams::promotion_round(id))?;
    state.as_ref().ok_or_else(|| Failure::not_found(format!("promotionRounds/{id}")))
}

/// A request that has to be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn request<'a>(sight: &Sight<'a>, id: &RequestId) -> Result<&'a RequestState, Failure> {
    let state = sight.need::<streams::Requests>(&streams::promotion_request(id))?;
    state.as_ref().ok_or_else(|| Failure::not_found(format!("promotionRequests/{id}")))
}

/// Reads everything about many requests in a few steps, rather than in one for each.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`; [`Failure`] where it has to be read first.
pub(crate) fn all<'a>(
    sight: &Sight<'a>,
    ids: &[RequestId],
) -> Result<Vec<&'a RequestState>, Failure> {
    let names: Vec<StreamName> = ids.iter().map(streams::promotion_request).collect();
    let cases = ids.iter().map(|id| streams::case(&CaseKey::request(id)));
    let cases = sight.need_all::<streams::Cases>(cases.collect::<Vec<_>>());
    sight.need_all::<streams::Requests>(names)?;
    cases?;
    let found = ids.iter().map(|id| request(sight, id));
    let found = found.collect::<Result<Vec<_>, Failure>>()?;
    let persons = found.iter().map(|request| streams::person(&request.person));
    let persons = sight.need_all::<streams::Persons>(persons.collect::<Vec<_>>());
    let keys = sight.keys(found.iter().map(|request| &request.person));
    let claims = found.iter().map(|one| streams::candidacy(&one.person, &one.category));
    let claims = sight.need_all::<streams::Candidacies>(claims.collect::<Vec<_>>());
    let seats = found.iter().map(|one| streams::seat(&one.person, &one.category));
    let seats = sight.need_all::<streams::Seats>(seats.collect::<Vec<_>>());
    persons?;
    keys?;
    claims?;
    seats?;
    Ok(found)
}

/// The flow that a case has pinned.
///
/// # Errors
/// An internal failure when it is not there.
pub(crate) fn flow(sight: &Sight<'_>, case: &Case) -> Result<Arc<Flow>, Failure> {
    let flow = sight.shelf.flow(&case.flow.flow, case.flow.version);
    flow.cloned().ok_or_else(|| Failure::internal("a case follows a flow that is not there"))
}

/// A rule that a flow asks for, and that means nothing here.
pub(crate) fn no_such_check(key: &CaseKey, check: Check) -> Failure {
    let message = format!("流程所列核查 {check:?} 不适用于本类事项");
    Failure::rule("POLICY_NOT_CONFIGURED", format!("cases/{key}"), message)
        .with("parameter", "flow")
}

/// What is recorded is told to the request as well, which only this service can do.
pub(crate) fn recorded_elsewhere(key: &CaseKey) -> Failure {
    let name = format!("cases/{key}");
    Failure::rule("WRONG_STATE", &name, "本步骤须在晋升申请中记录").with("case", name)
}

/// What the policy does not say.
pub(crate) fn policy_failure(error: &PolicyError, request: &RequestId) -> Failure {
    let name = format!("promotionRequests/{request}");
    let failure = Failure::rule(error.code(), &name, error.to_string()).with("request", name);
    match error {
        PolicyError::NotConfigured { key } => failure.with("parameter", key.to_string()),
        _ => failure,
    }
}

/// Whether a wait is over.
pub(crate) fn is_over(due: Due, today: Date) -> bool {
    matches!(due, Due::On(day) if day < today)
}

/// The etag of a round or a request: what happened to it, and to its case.
pub(crate) fn etag(own: Version, case: Version) -> String {
    format!("v{own}.{case}")
}

/// The etag of a resource, with some events more.
pub(crate) fn etag_after(
    sight: &Sight<'_>,
    stream: &StreamName,
    key: &CaseKey,
    drafts: &[EventDraft],
) -> String {
    let version = |stream: &StreamName| {
        let more = drafts.iter().filter(|draft| draft.stream == *stream).count() as u64;
        Version(sight.desk.version(stream).unwrap_or_default().0 + more)
    };
    etag(version(stream), version(&streams::case(key)))
}

/// Whether a resource is what the caller thinks it is. Its case has to be read.
///
/// # Errors
/// `ETAG_MISMATCH`.
pub(crate) fn check_etag(
    sight: &Sight<'_>,
    stream: &StreamName,
    key: &CaseKey,
    given: &str,
) -> Result<(), Failure> {
    sight.need::<streams::Cases>(&streams::case(key))?;
    let found = etag_after(sight, stream, key, &[]);
    match given.is_empty() || given == found {
        true => Ok(()),
        false => Err(Failure::etag_mismatch(given, found)),
    }
}

/// The state of a stream after the drafts that are for it.
///
/// # Errors
/// An internal failure when they are of another kind.
pub(crate) fn after<E: Entity>(
    before: &E::State,
    stream: &StreamName,
    drafts: &[EventDraft],
) -> Result<E::State, Failure>
where
    E::State: Clone,
{
    let mut state = before.clone();
    for draft in drafts.iter().filter(|draft| draft.stream == *stream) {
        let event: E::Event = serde_json::from_str(draft.data.get()).map_err(Failure::internal)?;
        E::evolve(&mut state, &event);
    }
    Ok(state)
}

/// The case of a round or request after some drafts.
///
/// # Errors
/// As [`after`].
pub(crate) fn case_after(
    sight: &Sight<'_>,
    key: &CaseKey,
    drafts: &[EventDraft],
) -> Result<Option<Case>, Failure> {
    let stream = streams::case(key);
    after::<streams::Cases>(sight.need::<streams::Cases>(&stream)?, &stream, drafts)
}

/// A draft with where it is and what it is about, under the policy of the day.
fn tagged<E: Entity>(
    sight: &Sight<'_>,
    stream: StreamName,
    unit: &UnitId,
    event: &E::Event,
    tags: &[String],
) -> Result<EventDraft, Failure> {
    let division: DivisionCode = sight.last_profile(unit)?.division;
    let mut draft = streams::draft::<E>(stream, event).map_err(Failure::internal)?;
    let places = [format!("divisions/{division}"), format!("units/{unit}")];
    for tag in places.iter().chain(tags) {
        draft = draft.tagged(Tag::new(tag.clone()).map_err(Failure::internal)?);
    }
    let policy = sight.policy(&division, sight.today).hash();
    Ok(draft.under_policy(Digest(policy)))
}

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

/// The step that a case stands at, if it is the one that is wanted.
///
/// # Errors
/// `WRONG_STATE`.
pub(crate) fn at_step<'c>(
    case: Option<&'c Case>,
    step: &str,
    name: &str,
) -> Result<&'c OpenStep, Failure> {
    let open = case.and_then(|case| case.open.as_ref());
    match open {
        Some(open) if open.step.as_str() == step => Ok(open),
        Some(open) => {
            let message = format!("当前步骤为 {},不能办理 {step}", open.step);
            Err(Failure::rule("WRONG_STATE", name, message)
                .with("resource", name)
                .with("step", open.step.to_string()))
        }
        None => Err(Failure::rule("WRONG_STATE", name, "事项已办结").with("resource", name)),
    }
}

/// The command that records a step. What was recorded stands in the request itself, the
/// larger part of it sealed: the case says that it was.
///
/// # Errors
/// `WRONG_STATE`.
pub(crate) fn recording(
    sight: &Sight<'_>,
    case: Option<&Case>,
    step: &str,
    by: &PersonId,
    name: &str,
) -> Result<Asked, Failure> {
    let open = at_step(case, step, name)?;
    let case = case.ok_or_else(|| Failure::not_found(name))?;
    let task = open.tasks.iter().find(|task| task.state == TaskState::Open);
    let task = task.ok_or_else(|| Failure::rule("TASK_NOT_OPEN", name, "没有待办任务"))?;
    let flow = flow(sight, case)?;
    let fields = match flow.definition.step(&open.step).map(|step| &step.kind) {
        Some(Kind::Record { fields, .. }) => fields.clone(),
        _ => Vec::new(),
    };
    let facts: BTreeMap<String, String> =
        fields.into_iter().map(|field| (field, "已记录".to_owned())).collect();
    Ok(Asked::Record { by: by.clone(), task: task.nr, facts })
}

/// Claims a value for a holder, or gives it up.
fn claimed<E: Entity<Event = claim::Event, State = Option<claim::Claim>>>(
    sight: &Sight<'_>,
    stream: &StreamName,
    command: claim::Command,
) -> Result<Option<Vec<EventDraft>>, Failure> {
    let held = sight.need::<E>(stream)?.as_ref();
    let Ok(events) = claim::decide(held, command) else { return Ok(None) };
    let drafts = events.iter().map(|event| streams::draft::<E>(stream.clone(), event));
    drafts.collect::<Result<Vec<_>, _>>().map(Some).map_err(Failure::internal)
}

/// Makes a person the candidate of a request, and of no other.
///
/// # Errors
/// `ALREADY_CANDIDATE`.
pub(crate) fn make_candidate(
    sight: &Sight<'_>,
    request: &RequestState,
) -> Result<Vec<EventDraft>, Failure> {
    let by = format!("promotionRequests/{}", request.request);
    let stream = streams::candidacy(&request.person, &request.category);
    let claim = claim::Command::Claim { by: by.clone() };
    claimed::<streams::Candidacies>(sight, &stream, claim)?.ok_or_else(|| {
        let name = format!("persons/{}", request.person);
        let message = format!("{name} 在同一职位类别已有在办的晋升申请");
        Failure::rule("ALREADY_CANDIDATE", &name, message).with("person", name).with("request", by)
    })
}

/// The person is a candidate no more.
///
/// # Errors
/// [`Failure`].
pub(crate) fn free_candidate(
    sight: &Sight<'_>,
    request: &RequestState,
) -> Result<Vec<EventDraft>, Failure> {
    let by = format!("promotionRequests/{}", request.request);
    let stream = streams::candidacy(&request.person, &request.category);
    let held = sight.need::<streams::Candidacies>(&stream)?.as_ref();
    if held.and_then(|claim| claim.holder.as_ref()) != Some(&by) {
        return Ok(Vec::new());
    }
    let release = claim::Command::Release { by };
    Ok(claimed::<streams::Candidacies>(sight, &stream, release)?.unwrap_or_default())
}

/// Takes a pre-review for a round, and for no other.
///
/// # Errors
/// `HOLD_IN_USE`.
pub(crate) fn use_hold(
    sight: &Sight<'_>,
    round: &RoundState,
    hold: &quanheng_ledger::id::HoldId,
) -> Result<Vec<EventDraft>, Failure> {
    let by = format!("promotionRounds/{}", round.round);
    let stream = streams::hold_use(&round.account, hold);
    let claim = claim::Command::Claim { by };
    claimed::<streams::HoldUses>(sight, &stream, claim)?.ok_or_else(|| {
        let name = crate::seats::hold_name(&round.account, hold);
        Failure::rule("HOLD_IN_USE", &name, "该预审已用于其他批次").with("hold", name)
    })
}

/// What somebody says, as a case takes it.
pub(crate) fn said(call: &Call, opinion: &str) -> Said {
    Said { by: call.principal.name(), opinion: opinion.to_owned(), ..Said::default() }
}

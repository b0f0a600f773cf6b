//! Transitions (过渡安排): plans, talks, placements, the end.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_casework::{Scope, Sight, run};
use quanheng_eventlog::EventDraft;
use quanheng_policy::PersonId;
use quanheng_policy::profile::{ChangeRoute, Policy};
use quanheng_recertification::transition::Destination;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::wire::given_or_new;
use quanheng_runtime::{Call, Decided, Done, Failure};
use quanheng_streams as streams;
use quanheng_streams::{
    RecertificationEvent, RecertificationState, SeatMove, TalkRecord, TransitionId, TransitionState,
};

use crate::message::transition::Telling;
use crate::transition::{self, Command, decide, effect, leaves, plan_of, seal, staff, written};
use crate::{exit, message, parse, work};

/// A transition on its way through a command.
struct Turn<'w, 's> {
    sight: &'w Sight<'s>,
    state: &'s TransitionState,
    case: &'s RecertificationState,
    policy: Policy,
    by: PersonId,
    drafts: Vec<EventDraft>,
    commands: Vec<Command>,
}

impl Turn<'_, '_> {
    fn name(&self) -> String {
        transition::name(&self.state.transition)
    }

    /// Whether the unit leaves by now.
    fn decided(&self) -> bool {
        leaves(self.case)
    }

    /// Puts somebody into the plan who came onto the staff after it was made.
    fn add_if_new(&mut self, person: &PersonId) -> Result<(), Failure> {
        if self.state.persons.contains_key(person) {
            return Ok(());
        }
        let stream = streams::person(person);
        let found = self.sight.need::<streams::Persons>(&stream)?.as_ref();
        let found = found.ok_or_else(|| Failure::not_found(format!("persons/{person}")))?;
        if staff::is_in(found, &self.state.unit, self.sight.today) {
            let rank = staff::rank_of(found, self.sight.today);
            self.commands.push(Command::Add { person: person.clone(), rank });
        }
        Ok(())
    }

    /// The transition as it will be.
    fn answer(mut self) -> Result<Decided<wire::Transition>, Failure> {
        let (name, sight) = (self.name(), self.sight);
        let (id, unit) = (&self.state.transition, &self.state.unit);
        let (mut state, mut events) = (Some(self.state.clone()), Vec::new());
        for command in std::mem::take(&mut self.commands) {
            let found = decide(state.as_ref(), command, &self.policy, &self.by, sight.today);
            for event in found.map_err(|refusal| refusal.failure(&name))? {
                use quanheng_streams::Entity as _;
                streams::Transitions::evolve(&mut state, &event);
                events.push(event);
            }
        }
        let (told, state) = written(sight, id, unit, &events)?;
        self.drafts.extend(told);
        let answer = told_of(sight, &state, &self.policy, &self.drafts)?;
        Ok(Decided::new(self.drafts, answer))
    }
}

/// A transition as it will be. What is sealed is not told by who records it.
fn told_of(
    sight: &Sight<'_>,
    state: &TransitionState,
    policy: &Policy,
    drafts: &[EventDraft],
) -> Result<wire::Transition, Failure> {
    let stream = streams::transition(&state.transition);
    let etag = quanheng_runtime::next_etag(sight.desk, &stream, drafts);
    let options = policy.transition_options().map(|options| options.value.to_vec());
    let telling = Telling {
        options: &options.unwrap_or_default(),
        today: sight.today,
        questions: BTreeMap::new(),
        division: sight.last_profile(&state.unit)?.division.to_string(),
        persons: true,
    };
    Ok(message::transition::transition(state, &telling, etag))
}

/// Executes a command on a transition of a unit that the caller acts for.
async fn on_transition<R: Mutation + Message>(
    call: &Call,
    request: &R,
    name: &str,
    turn: impl Fn(&mut Turn<'_, '_>) -> Result<(), Failure> + Send + Sync + 'static,
) -> Result<Done<wire::Transition>, Failure> {
    let by = work::actor(call)?;
    let id = parse::transition::transition("name", name)?;
    let given = request.etag().to_owned();
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let state = transition::transition(sight, &id)?;
        work::acts_for(sight, &state.unit)?;
        quanheng_runtime::check_etag(sight.desk, &streams::transition(&id), &given)?;
        let case = work::case(sight, &state.case)?;
        let policy = sight.policy(&sight.last_profile(&state.unit)?.division, sight.today);
        let (by, drafts, commands) = (by.clone(), Vec::new(), Vec::new());
        let mut work = Turn { sight, state, case, policy, by, drafts, commands };
        turn(&mut work)?;
        work.answer()
    })
    .await
}

pub(super) async fn open(
    call: &Call,
    request: wire::OpenTransitionRequest,
) -> Result<wire::OpenTransitionResponse, Failure> {
    let by = work::actor(call)?;
    let case = parse::case("case", &request.case)?;
    let document = parse::shared::document("document_number", &request.document_number)?;
    let from = parse::shared::day("from", request.from.as_ref())?;
    let id: TransitionId = given_or_new("transition_id", &request.transition_id)?;
    let known = state_at::<streams::Recertifications>(
        &call.realm.log,
        streams::recertification(&case),
        Horizon::Now,
    );
    let persons = match known.await?.0 {
        Some(known) => staff::ever_in(call, &known.unit).await?,
        None => BTreeSet::new(),
    };
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        let state = work::case(sight, &case)?;
        work::acts_for(sight, &state.unit)?;
        let plan = exit::plan(sight, state)?;
        may_open(state, plan)?;
        let unit = &state.unit;
        let roster = staff::on_staff(sight, unit, &persons, sight.today)?;
        let roster = roster.into_iter().map(|(id, person)| {
            let rank = staff::rank_of(person, sight.today);
            (id, rank)
        });
        let command = Command::Open {
            transition: id.clone(),
            case: case.clone(),
            unit: unit.clone(),
            document: document.clone(),
            from,
            roster: roster.collect(),
        };
        let policy = sight.policy(&sight.last_profile(unit)?.division, sight.today);
        let found = sight.need::<streams::Transitions>(&streams::transition(&id))?.as_ref();
        let events = decide(found, command, &policy, &by, sight.today);
        let events = events.map_err(|refusal| refusal.failure(&transition::name(&id)))?;
        let (mut drafts, opened) = written(sight, &id, unit, &events)?;
        let bound = RecertificationEvent::TransitionBound { transition: id.clone() };
        let stream = streams::recertification(&case);
        let tags = [transition::name(&id)];
        drafts.push(work::tagged::<streams::Recertifications>(sight, stream, unit, &bound, &tags)?);
        let answer = told_of(sight, &opened, &policy, &drafts)?;
        Ok(Decided::new(drafts, answer))
    });
    let done = done.await?;
    let transition = Some(done.answer);
    Ok(wire::OpenTransitionResponse { transition, position: done.position.0 })
}

/// A plan is made of an exit before it is approved, or of a denial; one at a time.
fn may_open(case: &RecertificationState, plan: Option<&TransitionState>) -> Result<(), Failure> {
    let name = format!("recertificationCases/{}", case.case);
    let refused =
        |code: &str, message: &str| Failure::rule(code, &name, message).with("case", name.clone());
    if let Some(plan) = plan {
        let other = transition::name(&plan.transition);
        return Err(refused("TRANSITION_EXISTS", "该事项已有过渡方案").with("transition", other));
    }
    let exits = case.route == ChangeRoute::Exit && case.decision.is_none();
    match (exits || leaves(case)) && case.withdrawn.is_none() {
        true => Ok(()),
        false => Err(refused("WRONG_STATE", "过渡方案须在退出批准前或不予认定后建立")),
    }
}

pub(super) async fn talk(
    call: &Call,
    request: wire::RecordTalkRequest,
) -> Result<wire::RecordTalkResponse, Failure> {
    let person = parse::campaigns::person("person", &request.person)?;
    let said = parse::transition::talk(request.talk.as_ref())?;
    let done = on_transition(call, &request, &request.name, move |work| {
        work.add_if_new(&person)?;
        let question = seal::question(work.sight, &work.state.transition, &person, &said.question)?;
        let talk = TalkRecord {
            on: said.on,
            policy: said.policy.clone(),
            question,
            signed: said.signed,
            by: work.by.clone(),
        };
        work.commands.push(Command::Talk { person: person.clone(), talk });
        Ok(())
    });
    let done = done.await?;
    let transition = Some(done.answer);
    Ok(wire::RecordTalkResponse { transition, position: done.position.0 })
}

pub(super) async fn place(
    call: &Call,
    request: wire::RecordPlacementRequest,
) -> Result<wire::RecordPlacementResponse, Failure> {
    let person = parse::campaigns::person("person", &request.person)?;
    let placement = parse::transition::placement(request.placement.as_ref())?;
    let done = on_transition(call, &request, &request.name, move |work| {
        work.add_if_new(&person)?;
        let (sight, decided) = (work.sight, work.decided());
        if let Some(unit) = &placement.unit {
            sight.profile(unit, placement.effective_on)?;
        }
        let place = |seat: Option<SeatMove>| Command::Place {
            person: person.clone(),
            placement: placement.clone(),
            seat,
            decided,
        };
        // Whether it may be recorded is asked before anything else of it.
        let mut commands = work.commands.clone();
        commands.push(place(None));
        tried(work, commands)?;
        let mut seat = None;
        if let Some(destination) = Destination::read(&placement.option).filter(|_| decided) {
            let (one, placement) = (person.clone(), placement.clone());
            let placed = effect::Placed { person: one, placement, destination };
            let mut effect = effect::of(sight, work.state, &[placed])?;
            seat = effect.seats.remove(&person);
            work.drafts.extend(effect.drafts);
        }
        work.commands.push(place(seat));
        Ok(())
    });
    let done = done.await?;
    let transition = Some(done.answer);
    Ok(wire::RecordPlacementResponse { transition, position: done.position.0 })
}

/// What commands would be refused by.
fn tried(work: &Turn<'_, '_>, commands: Vec<Command>) -> Result<(), Failure> {
    use quanheng_streams::Entity as _;
    let mut state = Some(work.state.clone());
    for command in commands {
        let found = decide(state.as_ref(), command, &work.policy, &work.by, work.sight.today);
        for event in found.map_err(|refusal| refusal.failure(&work.name()))? {
            streams::Transitions::evolve(&mut state, &event);
        }
    }
    Ok(())
}

pub(super) async fn finish(
    call: &Call,
    request: wire::FinishPersonRequest,
) -> Result<wire::FinishPersonResponse, Failure> {
    let person = parse::campaigns::person("person", &request.person)?;
    let done = on_transition(call, &request, &request.name, move |work| {
        let (sight, state, decided) = (work.sight, work.state, work.decided());
        let found = sight.need::<streams::Persons>(&streams::person(&person))?.as_ref();
        let left_service = found.is_none_or(|found| effect::left_service(found, sight.today));
        let finish = |seat| Command::Finish { person: person.clone(), seat, decided, left_service };
        tried(work, vec![finish(None)])?;
        let placement = state.persons.get(&person).and_then(|one| one.placement.as_ref());
        let mut seat = None;
        if let Some(placement) = placement
            && let Some(destination) = Destination::read(&placement.option)
        {
            let mut effect = effect::finished(sight, state, &person, placement, destination)?;
            seat = effect.seats.remove(&person);
            work.drafts.extend(effect.drafts);
        }
        work.commands.push(finish(seat));
        Ok(())
    });
    let done = done.await?;
    let transition = Some(done.answer);
    Ok(wire::FinishPersonResponse { transition, position: done.position.0 })
}

pub(super) async fn close(
    call: &Call,
    request: wire::CloseTransitionRequest,
) -> Result<wire::CloseTransitionResponse, Failure> {
    let id = parse::transition::transition("name", &request.name)?;
    let stream = streams::transition(&id);
    let known = state_at::<streams::Transitions>(&call.realm.log, stream, Horizon::Now).await?.0;
    let persons = match known {
        Some(known) => staff::ever_in(call, &known.unit).await?,
        None => BTreeSet::new(),
    };
    let done = on_transition(call, &request, &request.name, move |work| {
        let (sight, state) = (work.sight, work.state);
        let staff = staff::on_staff(sight, &state.unit, &persons, sight.today)?;
        // Who never was managed as a civil servant does not have to be placed.
        let managed = staff.into_iter().filter(|(_, person)| {
            person.slot_on(sight.today).is_some_and(|(_, slot)| slot.slot.has_ranks())
        });
        let plan = Box::new(plan_of(state, managed.map(|(id, _)| id)));
        let close = Command::Close { plan, decided: work.decided() };
        tried(work, vec![close.clone()])?;
        let closed = closed_accounts(work)?;
        work.drafts.extend(closed);
        work.commands.push(close);
        Ok(())
    });
    let done = done.await?;
    let transition = Some(done.answer);
    Ok(wire::CloseTransitionResponse { transition, position: done.position.0 })
}

/// Closes the accounts of a unit that is referenced no more; nobody holds a seat there. One
/// that became an organ itself keeps its accounts, to be determined anew.
fn closed_accounts(work: &Turn<'_, '_>) -> Result<Vec<EventDraft>, Failure> {
    use quanheng_register::unit::Nature;
    let (sight, state) = (work.sight, work.state);
    if sight.last_profile(&state.unit)?.nature == Nature::Organ {
        return Ok(Vec::new());
    }
    let persons = state.persons.keys().cloned();
    let mut drafts = Vec::new();
    for key in effect::accounts_of(sight, &state.unit, persons)? {
        let holders: Vec<String> =
            sight.existing(&key)?.holders().keys().map(ToString::to_string).collect();
        if !holders.is_empty() {
            let (name, many) = (work.name(), holders.len());
            let message = format!("账户中尚有 {many} 人占用职级职数,不能办结");
            return Err(Failure::rule("HOLDERS_LEFT", &name, message)
                .with("transition", name)
                .with("account", format!("quotaAccounts/{}", streams::account_id(&key)))
                .with("left", holders.join("、")));
        }
        let (document, effective_on) = (state.document.clone(), sight.today);
        let basis = quanheng_ledger::event::Basis { document, effective_on };
        drafts.extend(effect::close_account(sight, &key, &basis, &[])?);
    }
    Ok(drafts)
}

//! Cases, tasks and stand-ins, on the wire.

use jiff::civil::Date;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::{date, timestamp};
use quanheng_policy::PersonId;
use quanheng_streams::{CaseKey, StandIn, TaskKey};
use quanheng_workflow::Flow;
use quanheng_workflow::case::{ActedBy, Case, Due, Position, TaskNr};
use quanheng_workflow::definition::{Outcome, StepId};

use crate::allowed::{Viewer, allowed};
use crate::track::{Doing, Standing, TaskFacts};

/// The resource name of a task.
pub(crate) fn task_name(key: &CaseKey, nr: TaskNr) -> String {
    format!("approvalTasks/{}", TaskKey { case: key.clone(), nr })
}

/// The resource name of a person.
pub(crate) fn person_name(person: &PersonId) -> String {
    format!("persons/{person}")
}

fn maybe(person: Option<&PersonId>) -> String {
    person.map(person_name).unwrap_or_default()
}

/// Who acted, and for whom.
pub(crate) fn acted(by: &ActedBy) -> wire::ActedBy {
    wire::ActedBy { person: person_name(&by.person), for_person: maybe(by.for_person.as_ref()) }
}

fn due_on(due: Option<Due>) -> Option<Date> {
    match due {
        Some(Due::On(day)) => Some(day),
        _ => None,
    }
}

fn awaits(due: Option<Due>) -> bool {
    matches!(due, Some(Due::AwaitsCalendar { .. }))
}

/// A case, with what it takes to show it.
pub(crate) struct Shown<'a> {
    pub(crate) key: &'a CaseKey,
    pub(crate) case: &'a Case,
    pub(crate) division: &'a str,
    /// The flow that it follows, as far as it is published.
    pub(crate) flow: Option<&'a Flow>,
    pub(crate) today: Date,
    pub(crate) etag: String,
}

impl Shown<'_> {
    /// The name of a step or an end, and its article.
    pub(crate) fn step(&self, id: &StepId) -> (String, String) {
        let definition = self.flow.map(|flow| &flow.definition);
        let step = definition.and_then(|definition| definition.step(id));
        let end = definition.and_then(|definition| definition.end(id));
        match (step, end) {
            (Some(step), _) => (step.name.clone(), step.article.clone()),
            (None, Some(end)) => (end.name.clone(), String::new()),
            (None, None) => (id.to_string(), String::new()),
        }
    }

    fn unit(&self) -> String {
        self.case.about.unit.as_ref().map(|unit| format!("units/{unit}")).unwrap_or_default()
    }

    /// A task of it.
    pub(crate) fn task(&self, nr: TaskNr, facts: &TaskFacts, viewer: &Viewer) -> wire::Task {
        let (step_name, article) = facts.step.as_ref().map(|id| self.step(id)).unwrap_or_default();
        let may = match self.flow {
            Some(flow) => allowed(self.case, &flow.definition, nr, viewer),
            None => Default::default(),
        };
        let due = due_on(facts.due);
        let late = due.is_some_and(|day| day < self.today);
        wire::Task {
            name: task_name(self.key, nr),
            case: format!("cases/{}", self.key),
            kind: self.key.kind.as_str().to_owned(),
            kind_label: self.key.kind.label().to_owned(),
            title: self.case.about.title.clone(),
            subject: self.case.about.subject.clone(),
            unit: self.unit(),
            division: self.division.to_owned(),
            step: facts.step.as_ref().map(ToString::to_string).unwrap_or_default(),
            step_name,
            article,
            state: state(facts.state).into(),
            candidates: facts.candidates.iter().map(person_name).collect(),
            claimed_by: maybe(facts.claimed_by.as_ref()),
            delegated_to: maybe(facts.delegated_to.as_ref()),
            signer_of: facts.signer_of.map(|(to, position)| wire::SignerOf {
                task: task_name(self.key, to),
                position: signer_position(position).into(),
            }),
            opened_on: facts.opened_on.map(date),
            due_on: due.map(date),
            due_awaits_calendar: awaits(facts.due),
            overdue: late && facts.is_pending(),
            decided_by: facts.decided_by.as_ref().map(acted),
            verdict: facts.verdict.map_or(wire::Verdict::Unspecified, verdict).into(),
            opinion: facts.opinion.clone(),
            decided_at: facts.decided_at.map(timestamp),
            prepared: facts.prepared.as_ref().map(|(by, opinion)| wire::Prepared {
                by: Some(acted(by)),
                opinion: opinion.clone(),
            }),
            actions: may.actions.into_iter().map(Into::into).collect(),
            acting_for: maybe(may.acting_for.as_ref()),
            paused: self.case.paused.is_some(),
            etag: self.etag.clone(),
        }
    }

    /// The case itself.
    pub(crate) fn case(&self, started_on: Option<Date>, ended_on: Option<Date>) -> wire::Case {
        let case = self.case;
        let open = case.open.as_ref();
        let end = case.ended.as_ref().map(|ended| &ended.end);
        let standing = open.map(|open| &open.step).or(end);
        let step_name = standing.map(|id| self.step(id).0).unwrap_or_default();
        let due = open.and_then(|open| open.due);
        wire::Case {
            name: format!("cases/{}", self.key),
            kind: self.key.kind.as_str().to_owned(),
            kind_label: self.key.kind.label().to_owned(),
            title: case.about.title.clone(),
            subject: case.about.subject.clone(),
            unit: self.unit(),
            division: self.division.to_owned(),
            flow: format!("flowDefinitions/{}/versions/{}", case.flow.flow, case.flow.version),
            initiator: person_name(&case.initiator),
            started_on: started_on.map(date),
            state: case_state(case).into(),
            step: open.map(|open| open.step.to_string()).unwrap_or_default(),
            step_name,
            due_on: due_on(due).map(date),
            due_awaits_calendar: awaits(due),
            pause_reason: case
                .paused
                .as_ref()
                .map(|pause| pause.reason.clone())
                .unwrap_or_default(),
            ended_on: ended_on.map(date),
            etag: self.etag.clone(),
        }
    }

    /// Days of a step on the wire.
    pub(crate) fn due(due: Option<Due>) -> (Option<quanheng_api::google::r#type::Date>, bool) {
        (due_on(due).map(date), awaits(due))
    }
}

/// How a case stands.
pub(crate) fn case_state(case: &Case) -> wire::CaseState {
    match (&case.ended, &case.paused) {
        (None, None) => wire::CaseState::Open,
        (None, Some(_)) => wire::CaseState::Paused,
        (Some(ended), _) => match ended.outcome {
            Outcome::Done => wire::CaseState::Done,
            Outcome::Refused => wire::CaseState::Refused,
            Outcome::Lapsed => wire::CaseState::Lapsed,
            Outcome::Withdrawn => wire::CaseState::Withdrawn,
        },
    }
}

fn state(standing: Standing) -> wire::TaskState {
    match standing {
        Standing::Open => wire::TaskState::Open,
        Standing::Waiting => wire::TaskState::Waiting,
        Standing::Delegated => wire::TaskState::Delegated,
        Standing::Decided => wire::TaskState::Decided,
        Standing::Void => wire::TaskState::Void,
        Standing::Closed => wire::TaskState::Closed,
    }
}

fn verdict(doing: Doing) -> wire::Verdict {
    match doing {
        Doing::Approve => wire::Verdict::Approve,
        Doing::Refuse => wire::Verdict::Refuse,
        Doing::Return => wire::Verdict::Return,
        Doing::Record => wire::Verdict::Record,
    }
}

fn signer_position(position: Position) -> wire::SignerPosition {
    match position {
        Position::Before => wire::SignerPosition::Before,
        Position::After => wire::SignerPosition::After,
        Position::Parallel => wire::SignerPosition::Parallel,
    }
}

/// A stand-in.
pub(crate) fn substitution(of: &PersonId, id: &str, stand_in: &StandIn) -> wire::Substitution {
    wire::Substitution {
        name: format!("persons/{of}/substitutions/{id}"),
        person: person_name(of),
        substitute: person_name(&stand_in.by),
        from: Some(date(stand_in.from)),
        to: Some(date(stand_in.to)),
        reason: stand_in.reason.clone(),
    }
}

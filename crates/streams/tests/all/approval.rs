//! Events of cases, of offices and authorities, and of stand-ins.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_eventlog::StreamName;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_streams::{
    Authorities, AuthorityEvent, CASE_EVENTS, CaseKey, CaseKind, Cases, OfficeEvent, Offices,
    StandIn, SubstitutionEvent, Substitutions,
};
use quanheng_workflow::case::{
    About, ActedBy, Due, FlowVersion, Grounds, OpenStep, Origin, Position, Spoken, Task, TaskNr,
    TaskState, Verdict,
};
use quanheng_workflow::definition::{Actor, Check, Effect, Level, Outcome, Role, StepId};
use quanheng_workflow::event::{Completion, Event, Meeting};

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{LATER, ON, SHA256, division, person, unit};

fn persons(ids: &[&str]) -> BTreeSet<PersonId> {
    ids.iter().map(|id| person(id)).collect()
}

fn numbers(numbers: &[u32]) -> BTreeSet<TaskNr> {
    numbers.iter().copied().map(TaskNr).collect()
}

fn step(id: &str) -> StepId {
    StepId::new(id).unwrap()
}

fn role() -> Role {
    Role::new("quota_reviewer").unwrap()
}

/// A stand-in, for another.
fn stand_in() -> ActedBy {
    ActedBy { person: person("pn1"), for_person: Some(person("pn2")) }
}

fn by(id: &str) -> ActedBy {
    ActedBy { person: person(id), for_person: None }
}

fn task(nr: u32, candidates: &[&str], state: TaskState) -> Task {
    let origin = Origin::Seat(Actor { role: role(), level: Level::SameLevel });
    Task {
        nr: TaskNr(nr),
        candidates: persons(candidates),
        claimed_by: None,
        state,
        origin,
        handed_on: false,
    }
}

fn signer(nr: u32, id: &str) -> Task {
    let origin = Origin::Signer { to: TaskNr(1), position: Position::Before };
    Task { origin, claimed_by: Some(person(id)), ..task(nr, &[id], TaskState::Open) }
}

/// A step with every kind of task.
fn opened() -> OpenStep {
    let decided = TaskState::Decided { verdict: Verdict::Refuse, by: stand_in() };
    OpenStep {
        step: step("review"),
        opened_on: ON,
        due: Some(Due::On(LATER)),
        deadline_passed: false,
        tasks: vec![
            task(1, &["pn2", "pn3"], TaskState::Open),
            task(2, &["pn4"], TaskState::Waiting),
            Task {
                claimed_by: Some(person("pn5")),
                ..task(3, &["pn5"], TaskState::Delegated { to: person("pn6") })
            },
            task(4, &["pn7"], decided),
            task(5, &["pn8"], TaskState::Void),
            task(6, &["pn9"], TaskState::Waiting),
        ],
        approved: None,
    }
}

/// One whose date waits for a calendar.
fn awaiting() -> OpenStep {
    OpenStep {
        step: step("approve"),
        opened_on: LATER,
        due: Some(Due::AwaitsCalendar { from: LATER }),
        deadline_passed: true,
        tasks: vec![task(20, &["pn4"], TaskState::Open)],
        approved: None,
    }
}

impl Published for Cases {
    names! { Event {
        CaseStarted: "case_started",
        StepOpened: "step_opened",
        StepResumed: "step_resumed",
        TaskClaimed: "task_claimed",
        TaskDecided: "task_decided",
        TaskTransferred: "task_transferred",
        TaskDelegated: "task_delegated",
        DelegationResolved: "delegation_resolved",
        SignersAdded: "signers_added",
        SignersRemoved: "signers_removed",
        NextInTurn: "next_in_turn",
        Copied: "copied",
        Urged: "urged",
        Recorded: "recorded",
        BodyDecided: "body_decided",
        Checked: "checked",
        StepCompleted: "step_completed",
        StepReturned: "step_returned",
        DecisionRecalled: "decision_recalled",
        DeadlinePassed: "deadline_passed",
        TaskReseated: "task_reseated",
        DueSet: "due_set",
        Paused: "paused",
        Resumed: "resumed",
        Withdrawn: "withdrawn",
        CaseEnded: "case_ended",
    } }

    const TRACELESS: &'static [&'static str] = &["urged"];

    fn stream() -> StreamName {
        let id = "u1.general_management.h1".to_owned();
        quanheng_streams::case(&CaseKey { kind: CaseKind::PreReview, id })
    }

    fn samples() -> Vec<Sample<Event>> {
        let mut samples = of_steps();
        samples.extend(of_tasks());
        samples.extend(of_time());
        let at = |sample: &Sample<Event>| {
            Self::NAMES.iter().position(|name| *name == Self::name(&sample.event))
        };
        samples.sort_by_key(at);
        samples
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![
            vec![
                "case_started",
                "step_opened",
                "task_claimed",
                "signers_added",
                "signers_removed",
                "task_delegated",
                "delegation_resolved",
                "task_transferred",
                "copied",
                "task_decided",
                "decision_recalled",
                "urged",
                "deadline_passed",
                "task_reseated",
                "next_in_turn",
                "paused",
                "resumed",
                "due_set",
                "step_returned",
                "step_resumed",
                "recorded",
                "body_decided",
                "step_completed",
                "step_opened.awaiting_the_calendar",
                "withdrawn",
                "case_ended",
            ],
            vec!["case_started", "step_opened", "task_decided", "checked"],
            vec!["case_started", "step_opened", "task_decided.waiting"],
        ]
    }
}

/// The case and its steps.
fn of_steps() -> Vec<Sample<Event>> {
    let flow = FlowVersion { flow: "pre_review".into(), version: 1, hash: SHA256.into() };
    let about = About {
        subject: "quotaAccounts/u1.general_management/holds/h1".into(),
        title: "职数使用预审".into(),
        persons: persons(&["pn0"]),
        unit: Some(unit("u1")),
        keep_out: [unit("u2")].into(),
    };
    let meeting = Meeting {
        due: persons(&["pn11", "pn12", "pn13"]),
        present: persons(&["pn11", "pn12"]),
        in_favour: 2,
        against: 0,
        abstained: 0,
        minutes: "党组纪要〔2024〕3号".into(),
    };
    let failed = [(Check::NoBars, "尚在处分期".to_owned())].into();
    vec![
        full(Event::CaseStarted { flow, initiator: person("pn1"), about, on: ON }),
        full(Event::StepOpened { open: opened() }),
        form("awaiting_the_calendar", Event::StepOpened { open: awaiting() }),
        full(Event::StepResumed { due: Some(Due::On(ON)), on: ON }),
        full(Event::Recorded {
            facts: BTreeMap::from([("拟使用数".to_owned(), "2".to_owned())]),
            by: by("pn10"),
        }),
        full(Event::BodyDecided { meeting, adopted: true, by: by("pn11") }),
        full(Event::Checked { failed }),
        full(Event::StepCompleted {
            step: step("review"),
            completion: Completion::Passed,
            effects: [Effect::PlaceHolds].into(),
            on: ON,
        }),
        full(Event::StepReturned {
            step: step("review"),
            to: step("apply"),
            task: TaskNr(1),
            back_to_me: true,
            undone: [step("apply")].into(),
            opinion: "请补充".into(),
            by: stand_in(),
        }),
        full(Event::Withdrawn { reason: "不再申报".into(), by: by("pn1") }),
        full(Event::CaseEnded {
            end: step("held"),
            outcome: Outcome::Done,
            effects: [Effect::PlaceHolds].into(),
            on: LATER,
        }),
    ]
}

/// What people do with tasks.
fn of_tasks() -> Vec<Sample<Event>> {
    let task = TaskNr(1);
    vec![
        full(Event::TaskClaimed { task, by: stand_in() }),
        full(Event::TaskDecided {
            task,
            verdict: Verdict::Approve,
            opinion: "同意".into(),
            by: stand_in(),
            opened: numbers(&[2]),
            voided: numbers(&[3]),
            said: None,
        }),
        form(
            "waiting",
            Event::TaskDecided {
                task,
                verdict: Verdict::Approve,
                opinion: "同意".into(),
                by: by("pn2"),
                opened: numbers(&[9]),
                voided: numbers(&[]),
                said: Some(Spoken {
                    by: "principals/u1".into(),
                    minutes: "测试纪〔2026〕3号".into(),
                    grounds: Some(Grounds {
                        document: DocumentNumber::parse("测试〔2026〕7号").unwrap(),
                        effective_on: ON,
                    }),
                }),
            },
        ),
        full(Event::TaskTransferred { task, to: person("pn6"), by: by("pn2") }),
        full(Event::TaskDelegated { task, to: person("pn5"), by: by("pn2") }),
        full(Event::DelegationResolved { task, opinion: "属实".into(), by: by("pn5") }),
        full(Event::SignersAdded {
            task,
            position: Position::Before,
            signers: vec![signer(7, "pn7")],
            by: by("pn2"),
        }),
        full(Event::SignersRemoved {
            task,
            signers: numbers(&[7]),
            opened: numbers(&[1]),
            by: by("pn2"),
        }),
        full(Event::NextInTurn { task: TaskNr(6) }),
        full(Event::Copied { to: persons(&["pn14"]), by: by("pn6") }),
        full(Event::Urged { whom: persons(&["pn6"]), by: by("pn1") }),
        full(Event::DecisionRecalled { task, reason: "有误".into(), by: stand_in() }),
        full(Event::TaskReseated {
            task: TaskNr(8),
            voided: numbers(&[8]),
            opened: numbers(&[2]),
            tasks: vec![signer(9, "pn15")],
        }),
    ]
}

/// What time brings.
fn of_time() -> Vec<Sample<Event>> {
    let above = Task { claimed_by: Some(person("pn16")), ..task(8, &["pn16"], TaskState::Open) };
    vec![
        full(Event::DeadlinePassed {
            step: step("review"),
            remind: persons(&["pn2"]),
            voided: numbers(&[1]),
            escalated: vec![above],
            on: LATER,
        }),
        full(Event::DueSet { step: step("review"), due: ON }),
        full(Event::Paused { reason: "核实反映".into(), on: ON }),
        full(Event::Resumed { due: Some(Due::AwaitsCalendar { from: ON }), on: LATER }),
    ]
}

impl Published for Offices {
    names! { OfficeEvent {
        OfficeTaken: "office_taken",
        OfficeLeft: "office_left",
    } }

    fn stream() -> StreamName {
        quanheng_streams::offices(&unit("u1"))
    }

    fn samples() -> Vec<Sample<OfficeEvent>> {
        vec![
            full(OfficeEvent::OfficeTaken { role: role(), person: person("pn1"), from: ON }),
            full(OfficeEvent::OfficeLeft { role: role(), person: person("pn1"), on: LATER }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["office_taken", "office_left"]]
    }
}

impl Published for Authorities {
    names! { AuthorityEvent { AuthorityNamed: "authority_named", } }

    fn stream() -> StreamName {
        quanheng_streams::authority(&division())
    }

    fn samples() -> Vec<Sample<AuthorityEvent>> {
        vec![full(AuthorityEvent::AuthorityNamed { unit: unit("u1") })]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["authority_named"]]
    }
}

impl Published for Substitutions {
    names! { SubstitutionEvent {
        SubstitutionMade: "substitution_made",
        SubstitutionEnded: "substitution_ended",
    } }

    fn stream() -> StreamName {
        quanheng_streams::substitutions(&person("pn1"))
    }

    fn samples() -> Vec<Sample<SubstitutionEvent>> {
        let stand_in =
            StandIn { by: person("pn2"), from: ON, to: LATER, reason: "出差".to_owned() };
        let id = || "s1".to_owned();
        vec![
            full(SubstitutionEvent::SubstitutionMade { id: id(), stand_in }),
            full(SubstitutionEvent::SubstitutionEnded { id: id() }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["substitution_made", "substitution_ended"]]
    }
}

/// Else a projection would miss what happens to a case.
#[test]
fn projections_of_cases_follow_all_their_events() {
    let named: std::collections::BTreeSet<&str> = CASE_EVENTS.into_iter().collect();
    assert_eq!(named, Cases::NAMES.iter().copied().collect());
}

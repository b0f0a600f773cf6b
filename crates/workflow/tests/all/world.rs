//! What the tests share: a flow with every kind of step and mode, people at their desks,
//! and a case that runs commands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, date};
use quanheng_policy::calendar::Calendar;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{NATIONAL, Policy, PolicyBook, Published};
use quanheng_policy::{PersonId, UnitId};
use quanheng_workflow::case::{About, Case, OpenStep, Spoken, TaskNr, TaskState};
use quanheng_workflow::command::{Command, Desk, Facts, Substitution};
use quanheng_workflow::definition::{Actor, Check, Kind, Level, Role, StepId};
use quanheng_workflow::event::{Event, Meeting};
use quanheng_workflow::refusal::Refusal;
use quanheng_workflow::{Flow, decide, evolve};

pub(crate) const TODAY: Date = date(2026, 3, 2);

/// Every kind of step, and every mode.
pub(crate) const EVERYTHING: &str = r#"
format = 1
flow = "everything"
version = 1
title = "各种步骤"
first = "draft"
separate = [["draft", "any"], ["any", "all"]]

[[steps]]
id = "draft"
name = "起草"
article = "测试"
next = "any"
[steps.kind.record]
seats = [{ role = "initiator", level = "unit" }]
fields = ["事由"]
actions = ["withdraw", "copy", "urge"]

[[steps]]
id = "any"
name = "任一人办理"
article = "测试"
next = "all"
deadline = { days = 3, count = "working_days", then = "escalate" }
[steps.kind.decide]
seats = [{ role = "clerk", level = "same_level" }]
how = { any = { refusal = "at_once" } }
actions = ["approve", "refuse", "return", "transfer", "delegate", "add_signers", "remove_signers", "copy", "urge", "claim", "recall", "withdraw"]
returns = ["draft"]
refused = "refused"

[[steps]]
id = "all"
name = "会签"
article = "测试"
next = "turn"
opens_if = ["materials_complete"]
deadline = { days = 5, count = "days", then = "remind" }
[steps.kind.decide]
seats = [{ role = "organiser", level = "same_level" }, { role = "establisher", level = "same_level" }, { role = "financier", level = "same_level" }]
how = { all = { refusal = "after_all" } }
actions = ["approve", "refuse", "return", "transfer", "delegate", "add_signers", "remove_signers", "copy", "urge", "claim", "recall", "withdraw"]
returns = ["draft", "any"]
refused = "refused"

[[steps]]
id = "turn"
name = "依次"
article = "测试"
next = "vote"
deadline = { days = 2, count = "working_days", then = { go = "lapsed" } }
[steps.kind.decide]
seats = [{ role = "section", level = "same_level" }, { role = "division", level = "same_level" }, { role = "bureau", level = "same_level" }]
how = { in_turn = {} }
actions = ["approve", "refuse", "return", "transfer", "delegate", "add_signers", "remove_signers", "copy", "urge", "claim", "recall", "withdraw"]
returns = ["any", "all"]
refused = "refused"

[[steps]]
id = "vote"
name = "票决"
article = "测试"
next = "meeting"
[steps.kind.decide]
seats = [{ role = "member", level = "same_level", each = true }]
how = { quorum = { threshold = "2/3" } }
actions = ["approve", "refuse", "copy", "urge", "withdraw", "recall", "add_signers", "remove_signers"]
refused = "refused"

[[steps]]
id = "meeting"
name = "集体研究"
article = "测试"
next = "record"
effects = ["post_notice"]
[steps.kind.body]
seats = [{ role = "secretary", level = "same_level" }]
refused = "refused"
actions = ["claim", "transfer", "urge", "withdraw", "copy"]

[[steps]]
id = "record"
name = "记录"
article = "测试"
next = "notice"
skippable = true
[steps.kind.record]
seats = [{ role = "clerk", level = "same_level" }]
fields = ["方式", "结果"]
actions = ["claim", "transfer", "urge", "withdraw"]

[[steps]]
id = "notice"
name = "公示"
article = "测试"
next = "check"
[steps.kind.wait]
period = { days = "notice_working_days", count = "notice" }

[[steps]]
id = "check"
name = "核查"
article = "测试"
next = "final"
[steps.kind.check]
checks = ["no_bars", "notice_closed"]
failed = "refused"

[[steps]]
id = "final"
name = "审批"
article = "测试"
next = "done"
effects = ["occupy_seats"]
[steps.kind.decide]
seats = [{ role = "head", level = "one_above" }]
how = { any = { refusal = "at_once" } }
actions = ["approve", "refuse", "recall", "claim"]
refused = "refused"

[[ends]]
id = "done"
name = "办结"
outcome = "done"

[[ends]]
id = "refused"
name = "不予批准"
outcome = "refused"
effects = ["release_holds"]

[[ends]]
id = "lapsed"
name = "逾期终止"
outcome = "lapsed"

[[ends]]
id = "withdrawn"
name = "撤回"
outcome = "withdrawn"
"#;

pub(crate) fn everything() -> Arc<Flow> {
    static FLOW: LazyLock<Arc<Flow>> =
        LazyLock::new(|| Flow::read("everything.toml", EVERYTHING).unwrap());
    Arc::clone(&FLOW)
}

pub(crate) fn policy() -> &'static Policy {
    static POLICY: LazyLock<Policy> = LazyLock::new(|| {
        let mut book = PolicyBook::default();
        book.publish(Published::read("national.toml", NATIONAL).unwrap()).unwrap();
        book.policy(&DivisionCode::parse("420106").unwrap(), TODAY)
    });
    &POLICY
}

pub(crate) fn calendar() -> &'static Calendar {
    static BUNDLED: LazyLock<Calendar> = LazyLock::new(Calendar::bundled);
    &BUNDLED
}

pub(crate) fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(crate) fn persons(names: &[&str]) -> BTreeSet<PersonId> {
    names.iter().map(|name| person(name)).collect()
}

pub(crate) fn id(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

pub(crate) fn actor(role: &str, level: Level) -> Actor {
    Actor { role: Role::new(role).unwrap(), level }
}

/// People outside the desks, of every reviewing unit; the first two must keep out.
pub(crate) const OTHERS: [&str; 8] =
    ["subject", "spouse", "starter", "adviser", "lawyer", "peer", "chief", "stand-in"];

/// A case under test, with all that it reads.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) flow: Arc<Flow>,
    pub(crate) today: Date,
    pub(crate) desks: BTreeMap<Actor, Desk>,
    pub(crate) relatives: BTreeSet<PersonId>,
    pub(crate) substitutions: Vec<Substitution>,
    pub(crate) belongs: BTreeMap<PersonId, BTreeSet<UnitId>>,
    pub(crate) said: Spoken,
    pub(crate) checks: BTreeMap<Check, Result<(), String>>,
    pub(crate) skip: BTreeSet<StepId>,
    pub(crate) state: Option<Case>,
    pub(crate) events: Vec<Event>,
}

impl World {
    /// Two people for every role of a flow at every level above the unit, called
    /// `role-level-1` and `-2`; every check holds.
    pub(crate) fn new(flow: Arc<Flow>) -> Self {
        let mut desks = BTreeMap::new();
        let roles: BTreeSet<_> = flow
            .definition
            .steps
            .iter()
            .flat_map(|step| step.seats())
            .map(|seat| seat.role.as_str().to_owned())
            .collect();
        let levels = [
            (Level::Unit, "u"),
            (Level::SameLevel, "s"),
            (Level::OneAbove, "a"),
            (Level::ByTable, "t"),
            (Level::Reviewing, "v"),
            (Level::Province, "p"),
            (Level::Central, "c"),
        ];
        for role in &roles {
            for (level, short) in levels {
                let count = if role == "member" { 5 } else { 2 };
                let persons = (1..=count).map(|n| person(&format!("{role}-{short}-{n}")));
                let unit = UnitId::new(format!("dept-{short}")).unwrap();
                desks.insert(actor(role, level), Desk { unit, persons: persons.collect() });
            }
        }
        let reviewing = ["dept-s", "dept-a", "dept-t", "dept-p", "dept-c"];
        let reviewing: BTreeSet<_> = reviewing.map(|unit| UnitId::new(unit).unwrap()).into();
        let others = OTHERS.iter().map(|name| (person(name), reviewing.clone()));
        let mut belongs: BTreeMap<_, BTreeSet<_>> = others.collect();
        for desk in desks.values() {
            for person in &desk.persons {
                belongs.entry(person.clone()).or_default().insert(desk.unit.clone());
            }
        }
        use Check::{
            CollectiveDecision, Eligible, FilingsInTime, HardCriteria, HoldsCoverTargets,
            MaterialsComplete, NoBars, NoticeClosed, OnlyDecrease, OpinionsPresent, PhaseOpen,
            SeatsAvailable, ThreeClear,
        };
        let checks = [
            CollectiveDecision,
            Eligible,
            FilingsInTime,
            HardCriteria,
            HoldsCoverTargets,
            MaterialsComplete,
            NoBars,
            NoticeClosed,
            OnlyDecrease,
            OpinionsPresent,
            PhaseOpen,
            SeatsAvailable,
            ThreeClear,
        ];
        Self {
            flow,
            today: TODAY,
            desks,
            relatives: persons(&["spouse"]),
            substitutions: vec![],
            belongs,
            said: Spoken::default(),
            checks: checks.map(|check| (check, Ok(()))).into(),
            skip: BTreeSet::new(),
            state: None,
            events: vec![],
        }
    }

    /// A case of the flow with everything, begun.
    pub(crate) fn begun() -> Self {
        let mut world = Self::new(everything());
        world.does(world.start());
        world
    }

    /// The same, gone on to a step.
    pub(crate) fn at(step: &str) -> Self {
        let mut world = Self::begun();
        while world.open().step.as_str() != step {
            world.go_on();
        }
        world
    }

    pub(crate) fn start(&self) -> Command {
        let about = About {
            subject: "cases/1".to_owned(),
            title: "测试事项".to_owned(),
            persons: persons(&["subject"]),
            unit: Some(UnitId::new("dept-u").unwrap()),
            keep_out: BTreeSet::new(),
        };
        Command::Start { by: person("starter"), about }
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            flow: &self.flow,
            today: self.today,
            policy: policy(),
            calendar: calendar(),
            desks: &self.desks,
            relatives: &self.relatives,
            substitutions: &self.substitutions,
            belongs: &self.belongs,
            said: &self.said,
            checks: &self.checks,
            skip: &self.skip,
        }
    }

    pub(crate) fn run(&mut self, command: Command) -> Result<(), Refusal> {
        let events = decide(self.state.as_ref(), command, self.facts())?;
        assert!(!events.is_empty(), "an accepted command brings something about");
        for event in &events {
            evolve(&mut self.state, event);
        }
        self.events.extend(events);
        self.check();
        Ok(())
    }

    pub(crate) fn does(&mut self, command: Command) {
        let shown = format!("{command:?}");
        self.run(command).unwrap_or_else(|refusal| panic!("{shown}: {refusal:?}"));
    }

    pub(crate) fn refuses(&self, command: Command) -> &'static str {
        decide(self.state.as_ref(), command, self.facts()).unwrap_err().code()
    }

    pub(crate) fn case(&self) -> &Case {
        self.state.as_ref().unwrap()
    }

    pub(crate) fn open(&self) -> &OpenStep {
        self.case().open.as_ref().unwrap()
    }

    pub(crate) fn is_open(&self, step: &str) -> bool {
        self.case().open.as_ref().is_some_and(|open| open.step.as_str() == step)
    }

    pub(crate) fn end(&self) -> Option<&str> {
        self.case().ended.as_ref().map(|ended| ended.end.as_str())
    }

    /// The tasks of the open step that can be acted on.
    pub(crate) fn tasks(&self) -> Vec<TaskNr> {
        let open = self.open().tasks.iter().filter(|task| task.state == TaskState::Open);
        open.map(|task| task.nr).collect()
    }

    /// Somebody who holds a task.
    pub(crate) fn holder(&self, nr: TaskNr) -> PersonId {
        self.open().task(nr).unwrap().holders().into_iter().next().unwrap()
    }

    pub(crate) fn approve(&self, nr: TaskNr) -> Command {
        Command::Approve { by: self.holder(nr), task: nr, opinion: String::new() }
    }

    pub(crate) fn refuse(&self, nr: TaskNr) -> Command {
        Command::Refuse { by: self.holder(nr), task: nr, opinion: "不同意".to_owned() }
    }

    /// Does whatever brings the case on towards its end.
    pub(crate) fn go_on(&mut self) {
        let command = self.onward();
        if command == Command::Tick {
            match self.open().due {
                Some(quanheng_workflow::case::Due::On(day)) => self.today = day.tomorrow().unwrap(),
                due => panic!("a wait without an end: {due:?}"),
            }
        }
        self.does(command);
    }

    fn onward(&self) -> Command {
        if self.case().paused.is_some() {
            return Command::Resume;
        }
        let open = self.open();
        let step = self.flow.definition.step(&open.step).unwrap();
        let delegated =
            open.tasks.iter().find(|task| matches!(task.state, TaskState::Delegated { .. }));
        if let Some(task) = delegated {
            let by = task.claimed_by.clone().unwrap();
            let opinion = "收回自办".to_owned();
            return Command::ResolveDelegation { by, task: task.nr, opinion };
        }
        let able = || self.able();
        let people = !matches!(step.kind, Kind::Wait { .. } | Kind::Check { .. });
        if people && able().is_none() {
            // They came to decide in a step that is kept apart: others are found.
            let task = self.tasks()[0];
            return Command::Reseat { task, gone: BTreeSet::new() };
        }
        match &step.kind {
            Kind::Wait { .. } => Command::Tick,
            Kind::Check { .. } => Command::RunChecks,
            Kind::Record { fields, .. } => {
                let (task, by) = able().unwrap();
                let facts = fields.iter().map(|field| (field.clone(), "有".to_owned()));
                Command::Record { by, task, facts: facts.collect() }
            }
            Kind::Body { .. } => {
                let (task, by) = able().unwrap();
                Command::DecideInMeeting { by, task, meeting: meeting(9, 7, 7) }
            }
            Kind::Decide { .. } => {
                let (task, by) = able().unwrap();
                Command::Approve { by, task, opinion: String::new() }
            }
        }
    }

    /// A task that can be acted on and a person who can.
    fn able(&self) -> Option<(TaskNr, PersonId)> {
        for task in self.open().tasks.iter().filter(|task| task.state == TaskState::Open) {
            for by in task.holders() {
                let approve =
                    Command::Approve { by: by.clone(), task: task.nr, opinion: String::new() };
                let found = decide(self.state.as_ref(), approve, self.facts());
                let refused = found.err().map(|refusal| refusal.code());
                if refused.is_none_or(|code| code == "ACTION_NOT_ALLOWED") {
                    return Some((task.nr, by));
                }
            }
        }
        None
    }

    /// What is true of every state.
    pub(crate) fn check(&self) {
        let case = self.case();
        assert_ne!(case.open.is_some(), case.ended.is_some(), "open, or ended: {case:#?}");
        let Some(open) = &case.open else {
            assert!(case.parked.is_none() && case.paused.is_none() && case.recallable.is_none());
            return;
        };
        let step = self.flow.definition.step(&open.step).unwrap();
        let numbers: BTreeSet<_> = open.tasks.iter().map(|task| task.nr).collect();
        assert_eq!(numbers.len(), open.tasks.len(), "numbers are used once");
        assert!(numbers.iter().all(|nr| nr.0 < case.next_task));
        match &step.kind {
            Kind::Wait { .. } => assert!(open.due.is_some() && open.tasks.is_empty()),
            Kind::Check { .. } => assert!(open.tasks.is_empty()),
            _ => {
                let on_turn = open.tasks.iter().any(|task| {
                    matches!(task.state, TaskState::Open | TaskState::Delegated { .. })
                });
                assert!(on_turn, "somebody can act: {open:#?}");
            }
        }
        let mut opened = case.opened.clone();
        opened.sort();
        opened.dedup();
        assert_eq!(opened.len(), case.opened.len(), "no step twice: {:?}", case.opened);
        let parked = case.parked.iter().map(|parked| &parked.step);
        let decided = case.deciders.keys();
        for step in [&open.step].into_iter().chain(parked).chain(decided) {
            assert!(opened.contains(step), "{step} has opened: {:?}", case.opened);
        }
        for task in &open.tasks {
            assert!(!task.candidates.is_empty());
            assert!(task.claimed_by.as_ref().is_none_or(|by| task.candidates.contains(by)));
            let TaskState::Decided { by, .. } = &task.state else { continue };
            let own = by.persons().any(|person| {
                case.about.persons.contains(person) || self.relatives.contains(person)
            });
            assert!(!own, "nobody decides on their own case or a relative's");
        }
        assert_eq!(
            step.deadline.is_some() || matches!(step.kind, Kind::Wait { .. }),
            open.due.is_some()
        );
    }
}

/// A meeting of so many members due and present, so many of them in favour.
pub(crate) fn meeting(due: u32, present: u32, in_favour: u32) -> Meeting {
    let members = |count| (0..count).map(|n| person(&format!("committee-{n}"))).collect();
    Meeting {
        due: members(due),
        present: members(present),
        in_favour,
        against: present - in_favour,
        abstained: 0,
        minutes: "会议纪要〔2026〕3号".to_owned(),
    }
}

//! What happened to a case: its steps with their tasks, and everything in its order, as the
//! log has it.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use jiff::civil::Date;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::{date, timestamp};
use quanheng_eventlog::{Direction, Record, Version};
use quanheng_policy::PersonId;
use quanheng_runtime::{Call, Failure, etag, today};
use quanheng_streams as streams;
use quanheng_workflow::case::{ActedBy, Case, Due, TaskNr, Verdict};
use quanheng_workflow::definition::StepId;
use quanheng_workflow::event::{Completion, Event};

use crate::allowed::Viewer;
use crate::message::{Shown, acted, person_name, task_name};
use crate::track::{Moved, TaskFacts};

/// Entries of a timeline at most: the newest.
const TIMELINE_MAX: usize = 1_000;

/// What happened.
pub(crate) struct History {
    pub(crate) steps: Vec<wire::CaseStep>,
    pub(crate) timeline: Vec<wire::TimelineEntry>,
    pub(crate) etag: String,
    /// The case as the log has it, which may be newer than the views.
    pub(crate) case: Option<Case>,
    pub(crate) ended_on: Option<Date>,
}

/// A step as it was each time that it opened.
struct Opened {
    step: StepId,
    opened_on: Date,
    due: Option<Due>,
    ended: Option<(Date, wire::StepOutcome)>,
    tasks: Vec<TaskNr>,
}

#[derive(Default)]
struct Book {
    case: Option<Case>,
    steps: Vec<Opened>,
    tasks: BTreeMap<TaskNr, TaskFacts>,
    timeline: Vec<wire::TimelineEntry>,
    version: Version,
    ended_on: Option<Date>,
}

/// Reads it.
pub(crate) async fn read(
    call: &Call,
    shown: &Shown<'_>,
    viewer: &Viewer,
) -> Result<History, Failure> {
    let stream = streams::case(shown.key);
    let records = call.realm.log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let mut book = Book::default();
    while let Some(record) = records.next().await {
        let record = record?;
        let event = streams::read::<streams::Cases>(&record).map_err(Failure::internal)?;
        book.enter(shown, &record, &event);
    }
    let etag = etag(book.version);
    let steps = book.steps.iter().map(|opened| book.step(shown, opened, viewer)).collect();
    let cut = book.timeline.len().saturating_sub(TIMELINE_MAX);
    let timeline = book.timeline.split_off(cut);
    let (case, ended_on) = (book.case, book.ended_on);
    Ok(History { steps, timeline, etag, case, ended_on })
}

impl Book {
    fn enter(&mut self, shown: &Shown<'_>, record: &Record, event: &Event) {
        let on = today(record.time);
        let before = self.case.take();
        let moved = Moved::of(before.as_ref(), event);
        for nr in moved.numbers() {
            moved.apply(nr, self.tasks.entry(nr).or_default(), record.time.0);
        }
        let entry = entry(shown, record, &moved);
        self.timeline.push(entry);
        if let Event::CaseEnded { on, .. } = event {
            self.ended_on = Some(*on);
        }
        self.end(event, on);
        self.open(&moved);
        self.version = record.version;
        self.case = moved.after;
    }

    /// The step that was open is so no more.
    fn end(&mut self, event: &Event, on: Date) {
        let outcome = match event {
            Event::StepCompleted { step, completion, on, .. } => {
                let outcome = completed(*completion);
                if *completion == Completion::Skipped {
                    self.steps.push(Opened {
                        step: step.clone(),
                        opened_on: *on,
                        due: None,
                        ended: Some((*on, outcome)),
                        tasks: Vec::new(),
                    });
                    return;
                }
                outcome
            }
            Event::StepReturned { .. } => wire::StepOutcome::Returned,
            Event::DecisionRecalled { .. } => wire::StepOutcome::Recalled,
            Event::Withdrawn { .. } => wire::StepOutcome::Withdrawn,
            _ => return,
        };
        if let Some(last) = self.steps.iter_mut().rev().find(|step| step.ended.is_none()) {
            last.ended = Some((on, outcome));
        }
    }

    /// The step that is open, as it is now.
    fn open(&mut self, moved: &Moved<'_>) {
        let Some(open) = moved.after.as_ref().and_then(|case| case.open.as_ref()) else { return };
        let tasks = open.tasks.iter().map(|task| task.nr).collect();
        match self.steps.iter_mut().rev().find(|step| step.ended.is_none()) {
            Some(last) if last.step == open.step => (last.due, last.tasks) = (open.due, tasks),
            _ => self.steps.push(Opened {
                step: open.step.clone(),
                opened_on: open.opened_on,
                due: open.due,
                ended: None,
                tasks,
            }),
        }
    }

    fn step(&self, shown: &Shown<'_>, opened: &Opened, viewer: &Viewer) -> wire::CaseStep {
        let (step_name, article) = shown.step(&opened.step);
        let (due_on, due_awaits_calendar) = Shown::due(opened.due);
        let known = opened.tasks.iter().filter_map(|nr| Some((*nr, self.tasks.get(nr)?)));
        wire::CaseStep {
            step: opened.step.to_string(),
            step_name,
            article,
            opened_on: Some(date(opened.opened_on)),
            due_on,
            due_awaits_calendar,
            completed_on: opened.ended.map(|(on, _)| date(on)),
            outcome: opened.ended.map_or(wire::StepOutcome::Unspecified, |(_, how)| how).into(),
            tasks: known.map(|(nr, facts)| shown.task(nr, facts, viewer)).collect(),
        }
    }
}

fn completed(completion: Completion) -> wire::StepOutcome {
    match completion {
        Completion::Passed => wire::StepOutcome::Passed,
        Completion::Refused => wire::StepOutcome::Refused,
        Completion::Overdue => wire::StepOutcome::Overdue,
        Completion::Skipped => wire::StepOutcome::Skipped,
    }
}

/// One line of what happened.
fn entry(shown: &Shown<'_>, record: &Record, moved: &Moved<'_>) -> wire::TimelineEntry {
    let told = tell(shown, moved.event);
    let deed = moved.deed();
    let open = moved.before.and_then(|case| case.open.as_ref()).map(|open| &open.step);
    let step = told.step.or(open);
    let task = told.task.or(deed.as_ref().map(|deed| deed.task));
    let name = record.event_type.as_str().split('.').nth(2).unwrap_or_default();
    wire::TimelineEntry {
        version: record.version.0,
        log_position: record.position.0,
        time: Some(timestamp(record.time.0)),
        r#type: name.to_owned(),
        step: step.map(ToString::to_string).unwrap_or_default(),
        step_name: step.map(|step| shown.step(step).0).unwrap_or_default(),
        task: task.map(|nr| task_name(shown.key, nr)).unwrap_or_default(),
        by: told.by.map(acted),
        summary: told.summary,
        opinion: told.opinion.to_owned(),
    }
}

struct Told<'e> {
    step: Option<&'e StepId>,
    task: Option<TaskNr>,
    by: Option<&'e ActedBy>,
    summary: String,
    opinion: &'e str,
}

fn names<'p>(persons: impl IntoIterator<Item = &'p PersonId>) -> String {
    persons.into_iter().map(person_name).collect::<Vec<_>>().join("、")
}

/// What an event says to people.
fn tell<'e>(shown: &Shown<'_>, event: &'e Event) -> Told<'e> {
    let says = |summary: &str| Told {
        step: None,
        task: None,
        by: None,
        summary: summary.to_owned(),
        opinion: "",
    };
    let step_name = |step: &StepId| shown.step(step).0;
    match event {
        Event::CaseStarted { initiator, .. } => says(&format!("{} 发起", person_name(initiator))),
        Event::StepOpened { open } => {
            Told { step: Some(&open.step), ..says(&format!("进入 {}", step_name(&open.step))) }
        }
        Event::StepResumed { .. } => says("回到退回前的步骤"),
        Event::TaskClaimed { task, by } => {
            Told { task: Some(*task), by: Some(by), ..says("签收") }
        }
        Event::TaskDecided { task, verdict, opinion, by, .. } => {
            let word = if *verdict == Verdict::Approve { "同意" } else { "不同意" };
            Told { task: Some(*task), by: Some(by), opinion, ..says(word) }
        }
        Event::TaskTransferred { task, to, by } => {
            let text = format!("转办给 {}", person_name(to));
            Told { task: Some(*task), by: Some(by), ..says(&text) }
        }
        Event::TaskDelegated { task, to, by } => {
            let text = format!("委派给 {}", person_name(to));
            Told { task: Some(*task), by: Some(by), ..says(&text) }
        }
        Event::DelegationResolved { task, opinion, by } => {
            Told { task: Some(*task), by: Some(by), opinion, ..says("委派办结") }
        }
        Event::SignersAdded { task, signers, by, .. } => {
            let persons = names(signers.iter().flat_map(|signer| &signer.candidates));
            Told { task: Some(*task), by: Some(by), ..says(&format!("加签 {persons}")) }
        }
        Event::SignersRemoved { task, by, signers, .. } => {
            let text = format!("减签 {} 人", signers.len());
            Told { task: Some(*task), by: Some(by), ..says(&text) }
        }
        Event::NextInTurn { task } => Told { task: Some(*task), ..says("轮到下一办理人") },
        Event::Copied { to, by } => Told { by: Some(by), ..says(&format!("抄送 {}", names(to))) },
        Event::Urged { whom, by } => {
            Told { by: Some(by), ..says(&format!("催办 {}", names(whom))) }
        }
        Event::Recorded { facts, by } => {
            let facts: Vec<_> = facts.iter().map(|(k, v)| format!("{k}:{v}")).collect();
            Told { by: Some(by), ..says(&format!("记录 {}", facts.join(";"))) }
        }
        Event::BodyDecided { meeting, adopted, by } => {
            let word = if *adopted { "通过" } else { "未通过" };
            let text = format!(
                "集体研究{word}:应到 {} 人,实到 {} 人,赞成 {},反对 {},弃权 {},纪要 {}",
                meeting.due.len(),
                meeting.present.len(),
                meeting.in_favour,
                meeting.against,
                meeting.abstained,
                meeting.minutes
            );
            Told { by: Some(by), ..says(&text) }
        }
        Event::Checked { failed } if failed.is_empty() => says("核查通过"),
        Event::Checked { failed } => {
            let failed: Vec<_> = failed.values().map(String::as_str).collect();
            says(&format!("核查未通过:{}", failed.join(";")))
        }
        Event::StepCompleted { step, completion, .. } => {
            let word = match completion {
                Completion::Passed => "通过",
                Completion::Refused => "未通过",
                Completion::Overdue => "逾期",
                Completion::Skipped => "简化省略",
            };
            Told { step: Some(step), ..says(&format!("{} {word}", step_name(step))) }
        }
        Event::StepReturned { step, to, task, back_to_me, opinion, by, .. } => {
            let then = if *back_to_me { ",办后回到本步骤" } else { "" };
            let text = format!("退回至 {}{then}", step_name(to));
            Told { step: Some(step), task: Some(*task), by: Some(by), opinion, ..says(&text) }
        }
        Event::DecisionRecalled { task, reason, by } => {
            Told { task: Some(*task), by: Some(by), opinion: reason, ..says("收回") }
        }
        Event::DeadlinePassed { step, remind, escalated, .. } => {
            let text = match (escalated.is_empty(), remind.is_empty()) {
                (false, _) => "逾期,提级办理".to_owned(),
                (true, false) => format!("逾期,提醒 {}", names(remind)),
                (true, true) => "逾期".to_owned(),
            };
            Told { step: Some(step), ..says(&text) }
        }
        Event::TaskReseated { task, .. } => {
            Told { task: Some(*task), ..says("重新确定办理人") }
        }
        Event::DueSet { step, due } => {
            Told { step: Some(step), ..says(&format!("期限定为 {due}")) }
        }
        Event::Paused { reason, .. } => Told { opinion: reason, ..says("中止") },
        Event::Resumed { .. } => says("恢复"),
        Event::Withdrawn { reason, by } => Told { by: Some(by), opinion: reason, ..says("撤回") },
        Event::CaseEnded { end, .. } => {
            Told { step: Some(end), ..says(&format!("结束:{}", step_name(end))) }
        }
    }
}

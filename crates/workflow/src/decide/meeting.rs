//! Steps that are not decided on a task: facts recorded, rules checked, a body's decision.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::PersonId;

use super::{Draft, given, some};
use crate::case::{OpenStep, Task, TaskNr, TaskState};
use crate::definition::{Kind, Step};
use crate::event::{Completion, Event, Meeting};
use crate::refusal::Refusal;
use crate::tally::{exceeds, reaches};

impl<'a> Draft<'a> {
    fn open_task(&self, nr: TaskNr) -> Result<(Task, OpenStep, &'a Step), Refusal> {
        let (open, step) = self.opened()?;
        let task = open.task(nr).filter(|task| task.state == TaskState::Open).cloned();
        Ok((task.ok_or(Refusal::TaskNotOpen { task: nr })?, open, step))
    }

    pub(super) fn record(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        facts: BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        let (task, open, step) = self.open_task(nr)?;
        let Kind::Record { fields, .. } = &step.kind else { return Err(other_kind(step)) };
        let by = self.decides(&by, &task, &open, step)?;
        let given: BTreeSet<&str> =
            facts.iter().filter(|(_, v)| !v.trim().is_empty()).map(|(k, _)| k.as_str()).collect();
        let asked: BTreeSet<&str> = fields.iter().map(String::as_str).collect();
        if given != asked || facts.len() != asked.len() {
            let missing: Vec<_> = asked.difference(&given).copied().collect();
            let what = format!("须逐项写明:{};缺 {}", fields.join("、"), missing.join("、"));
            return Err(Refusal::Invalid { field: "facts", what });
        }
        self.push(Event::Recorded { facts, by });
        self.complete(step, Completion::Passed)
    }

    /// A meeting without a quorum has decided nothing. One vote more than the share of all
    /// members who were due adopts.
    pub(super) fn meet(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        meeting: Meeting,
    ) -> Result<(), Refusal> {
        let (task, open, step) = self.open_task(nr)?;
        let Kind::Body { .. } = &step.kind else { return Err(other_kind(step)) };
        let by = self.decides(&by, &task, &open, step)?;
        given("minutes", &meeting.minutes)?;
        for person in meeting.due.union(&meeting.present) {
            self.may(step, person)?;
        }
        let invalid = |what: &str| Refusal::Invalid { field: "meeting", what: what.to_owned() };
        some("due", meeting.due.len())?;
        if !meeting.present.is_subset(&meeting.due) {
            return Err(invalid("实到成员应在应到成员之内"));
        }
        let Meeting { in_favour, against, abstained, .. } = &meeting;
        let votes = [in_favour, against, abstained].map(|n| u64::from(*n)).iter().sum::<u64>();
        if votes != meeting.present.len() as u64 {
            return Err(invalid("赞成、反对、弃权之和应等于实到人数"));
        }
        let (due, present) = (meeting.due.len(), meeting.present.len());
        let rule = self.facts.policy.collective_decision()?.value.into_owned();
        if !reaches(present, due, rule.quorum) {
            return Err(Refusal::QuorumNotMet { due, present });
        }
        let adopted = exceeds(*in_favour as usize, due, rule.more_than);
        self.push(Event::BodyDecided { meeting, adopted, by });
        let completion = if adopted { Completion::Passed } else { Completion::Refused };
        self.complete(step, completion)
    }

    pub(super) fn run_checks(&mut self) -> Result<(), Refusal> {
        let (_, step) = self.opened()?;
        let Kind::Check { checks, .. } = &step.kind else { return Err(other_kind(step)) };
        let failed = self.failed(step, checks)?;
        let passed = failed.is_empty();
        self.push(Event::Checked { failed });
        let completion = if passed { Completion::Passed } else { Completion::Refused };
        self.complete(step, completion)
    }
}

fn other_kind(step: &Step) -> Refusal {
    Refusal::ActionNotAllowed { step: step.id.clone(), action: None }
}

//! What a turn of a case brings about: what people decided on their tasks is told to the case.

use jiff::civil::Date;
use quanheng_casework::case::Turn;
use quanheng_eventlog::EventDraft;
use quanheng_policy::profile::{ChangeRoute, GateAct, GateRow};
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::campaign::Phase;
use quanheng_recertification::{Opinion, check_opinions};
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, GateRecord};
use quanheng_workflow::case::{ActedBy, Case, Origin, TaskNr, Verdict};
use quanheng_workflow::event::{Completion, Event};
use tonic::Code;

use super::decision;
use crate::case::Command;
use crate::way::Applicant;
use crate::work::{self, CaseWork};
use crate::{campaign, way};

/// The steps in which gates are passed, in the order in which a case comes to them.
const STEPS: [&str; 7] =
    ["apply", "completeness", "joint_review", "conclusion", "report_first", "report", "approval"];

/// What was decided last in a turn.
#[derive(Default)]
struct Decided {
    opinion: String,
    by: Option<PersonId>,
}

/// What a turn brings about. `own`: this service itself acts, so that what is recorded is told
/// to the case as well.
pub(super) fn follow(
    mut work: CaseWork<'_, '_>,
    key: &CaseKey,
    own: bool,
    turn: &Turn<'_>,
) -> Result<Vec<EventDraft>, Failure> {
    let applicant = way::applicant(work.sight, &work.state.unit)?;
    let (mut case, mut decided) = (turn.before.cloned(), Decided::default());
    for event in turn.events {
        match event {
            Event::Recorded { .. } if !own => return Err(recorded_elsewhere(key)),
            Event::TaskDecided { task, verdict, opinion, by, .. } => {
                decided = Decided { opinion: opinion.clone(), by: Some(by.person.clone()) };
                let (case, task, verdict) = (case.as_ref(), *task, *verdict);
                let reviewed = Reviewed { case, task, verdict, opinion, by };
                heard(&mut work, &applicant, &reviewed)?;
            }
            Event::StepCompleted { step, completion, .. } => {
                gate(&mut work, &applicant, step.as_str(), *completion, &decided)?;
            }
            Event::StepReturned { to, undone, opinion, by, .. } => {
                if !undone.is_empty() {
                    undo(&mut work, &applicant, to.as_str(), true)?;
                }
                if to.as_str() == "apply" {
                    let (text, by) = (opinion.clone(), by.person.clone());
                    let materials = work.corrects.clone();
                    work.event(Command::RequestCorrection { text, materials, by })?;
                }
            }
            Event::BodyDecided { meeting, adopted, by } => {
                let by = by.person.clone();
                decision::decided(&mut work, &applicant, meeting, *adopted, by, turn.said)?;
            }
            Event::Resumed { .. } if !own && asks(&work) => {
                let name = work.name();
                let message = "已转机构编制部门,尚未答复";
                return Err(Failure::rule("WRONG_STATE", &name, message).with("resource", name));
            }
            Event::Withdrawn { reason, by } => {
                let (reason, by) = (reason.clone(), by.person.clone());
                work.event(Command::Withdraw { reason, by })?;
                left_phase(&mut work, &applicant)?;
            }
            Event::CaseEnded { .. } => ended(&mut work)?,
            _ => {}
        }
        quanheng_workflow::evolve(&mut case, event);
        if let Event::DecisionRecalled { .. } = event {
            let open = case.as_ref().and_then(|case| case.open.as_ref());
            if let Some(open) = open {
                undo(&mut work, &applicant, open.step.as_str(), false)?;
            }
        }
    }
    Ok(work.drafts)
}

/// Whether the establishment office is being asked: its answer takes the case on.
fn asks(work: &CaseWork<'_, '_>) -> bool {
    work.state.referrals.last().is_some_and(|last| last.answered.is_none())
}

/// What is recorded is told to the case as well, which only this service can do.
fn recorded_elsewhere(key: &CaseKey) -> Failure {
    let name = format!("cases/{key}");
    Failure::rule("WRONG_STATE", &name, "本步骤须在参照管理事项中记录").with("case", name)
}

/// A decision on a task.
struct Reviewed<'r> {
    case: Option<&'r Case>,
    task: TaskNr,
    verdict: Verdict,
    opinion: &'r str,
    by: &'r ActedBy,
}

impl Reviewed<'_> {
    /// The step, and the role that the task is there for.
    fn seat(&self) -> Option<(&str, &str)> {
        let open = self.case?.open.as_ref()?;
        match &open.task(self.task)?.origin {
            Origin::Seat(actor) => Some((open.step.as_str(), actor.role.as_str())),
            Origin::Signer { .. } => None,
        }
    }
}

/// A reviewer decided: nobody of the applicant or its parent does, and a department's opinion is
/// given by a member that it sent.
fn heard(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    reviewed: &Reviewed<'_>,
) -> Result<(), Failure> {
    let Some((step, role)) = reviewed.seat() else { return Ok(()) };
    let reviewer = reviewed.by.person.clone();
    let unit = keeps_out(work, applicant, &reviewer)?;
    let department = role.strip_suffix("_reviewer");
    match (step, department) {
        ("joint_review", Some(department)) => {
            of_task_force(work, applicant, &reviewer, Some(department))?;
            let opinion = Opinion {
                department: department.to_owned(),
                reviewer,
                reviewer_unit: unit.unwrap_or_else(|| work.state.unit.clone()),
                favourable: reviewed.verdict == Verdict::Approve,
                signed: true,
            };
            let text = reviewed.opinion.to_owned();
            work.event(Command::RecordOpinion { opinion, text })
        }
        ("conclusion", _) => of_task_force(work, applicant, &reviewer, None),
        _ => Ok(()),
    }
}

/// The unit that a reviewer belongs to, which is neither the applicant nor its parent.
///
/// # Errors
/// `CONFLICT_OF_INTEREST`.
pub(crate) fn keeps_out(
    work: &CaseWork<'_, '_>,
    applicant: &Applicant,
    reviewer: &PersonId,
) -> Result<Option<UnitId>, Failure> {
    let sight = work.sight;
    let person = sight.need::<streams::Persons>(&streams::person(reviewer))?.as_ref();
    let slot = person.and_then(|person| person.slot_on(sight.today));
    let Some(unit) = slot.map(|(_, slot)| slot.unit.clone()) else {
        // Who is not in the register sits in an office of the authority.
        return applicant.reviewing(sight);
    };
    if unit == work.state.unit || Some(&unit) == applicant.profile.parent.as_ref() {
        let message = format!("persons/{reviewer} 属于申报单位或其主管部门,应当回避");
        return Err(Failure::new(Code::PermissionDenied, "CONFLICT_OF_INTEREST", message)
            .with("person", format!("persons/{reviewer}"))
            .with("unit", format!("units/{unit}"))
            .with("resource", work.name()));
    }
    Ok(Some(unit))
}

/// Where the campaign has a task force for the division, its lead concludes, and a department's
/// opinion is its member's.
fn of_task_force(
    work: &CaseWork<'_, '_>,
    applicant: &Applicant,
    reviewer: &PersonId,
    department: Option<&str>,
) -> Result<(), Failure> {
    let Some(campaign) = &work.state.campaign else { return Ok(()) };
    let Some(division) = applicant.reviewed_in() else { return Ok(()) };
    let campaign = work::campaign(work.sight, campaign)?;
    let Some(force) = campaign.task_forces.get(&division) else { return Ok(()) };
    let belongs = match department {
        Some(department) => {
            let mut members = force.members.iter();
            members.any(|one| one.person == *reviewer && one.department == department)
        }
        None => force.lead == *reviewer,
    };
    if belongs {
        return Ok(());
    }
    let message = format!("persons/{reviewer} 不是工作专班的相应成员({division})");
    Err(Failure::rule("NOT_OF_TASK_FORCE", work.name(), message)
        .with("person", format!("persons/{reviewer}"))
        .with("division", division.to_string())
        .with("department", department.unwrap_or("lead")))
}

/// A gate was passed.
fn gate(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    step: &str,
    completion: Completion,
    decided: &Decided,
) -> Result<(), Failure> {
    let favourable = match completion {
        Completion::Passed => true,
        Completion::Refused => false,
        Completion::Skipped | Completion::Overdue => return Ok(()),
    };
    let Some((act, body)) = applicant.body_of(step).filter(|_| step != "approval") else {
        return Ok(());
    };
    let Some(by) = decided.by.clone() else { return Ok(()) };
    if act == GateAct::Conclude && work.state.route == ChangeRoute::Recertify {
        // An adverse conclusion needs the opinions as much as a favourable one.
        let found = check_opinions(&applicant.policy, &work.state.opinions);
        if let Some(reason) = found.reason.filter(|_| found.failed()) {
            let failure = Failure::rule(reason.code(), work.name(), found.message.clone());
            return Err(failure.with("resource", work.name()));
        }
    }
    pass(
        work,
        applicant,
        GateRecord {
            act,
            body,
            favourable,
            by,
            on: work.sight.today,
            opinion: decided.opinion.clone(),
            minutes: String::new(),
        },
    )
}

/// Passes a gate, if it is the next one of the chain.
///
/// # Errors
/// `GATE_SKIPPED`, `WRONG_AUTHORITY`.
pub(super) fn pass(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    gate: GateRecord,
) -> Result<(), Failure> {
    if work.state.route != ChangeRoute::Filing {
        let passed = work.state.gates.iter();
        let passed: Vec<GateRow> =
            passed.map(|gate| GateRow { act: gate.act, by: gate.body }).collect();
        let found = applicant.chain.check_gate(&passed, gate.act, gate.body);
        if let Some(reason) = found.reason.filter(|_| found.failed()) {
            let failure = Failure::rule(reason.code(), work.name(), found.message.clone());
            return Err(failure.with("resource", work.name()));
        }
    }
    work.event(Command::PassGate { gate })
}

/// Gates from a step on are to be passed again; opinions are to be given again, if the case was
/// returned to the joint review or to before it.
fn undo(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    to: &str,
    returned: bool,
) -> Result<(), Failure> {
    let place = |step: &str| STEPS.iter().position(|one| *one == step).unwrap_or(STEPS.len());
    let step_of = |gate: &GateRecord| {
        let known = STEPS.iter().find(|step| {
            applicant.body_of(step).is_some_and(|(act, body)| (act, body) == (gate.act, gate.body))
        });
        known.copied().unwrap_or("apply")
    };
    let kept = work.state.gates.iter().take_while(|gate| place(step_of(gate)) < place(to));
    let from = kept.count();
    let anew = returned && place(to) <= place("joint_review");
    let opinions = anew && !work.state.opinions.is_empty();
    if from < work.state.gates.len() || opinions {
        work.event(Command::ReturnGates { from, opinions })?;
    }
    Ok(())
}

/// It is not among the open cases of its phase any more.
pub(super) fn left_phase(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
) -> Result<(), Failure> {
    let phase = Phase::of(applicant.profile.tier);
    if let (Some(id), Some(phase)) = (work.state.campaign.clone(), phase) {
        let left = campaign::left(work.sight, &id, phase, &work.state.case)?;
        work.drafts.extend(left);
    }
    Ok(())
}

/// Its unit may have another case.
fn ended(work: &mut CaseWork<'_, '_>) -> Result<(), Failure> {
    let freed = work::free(work.sight, &work.state)?;
    work.drafts.extend(freed);
    Ok(())
}

/// The day of a decision, as it counts for periods.
pub(super) fn days_after(from: Date, days: u16) -> Date {
    from.saturating_add(jiff::Span::new().days(i64::from(days)))
}

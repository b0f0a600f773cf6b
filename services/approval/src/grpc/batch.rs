//! Many decisions at once (批量办理): each by itself, or all in one commit.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use futures::stream;
use prost::Message as _;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::task_decision_result::Outcome;
use quanheng_casework::case::{Matters, Said, act};
use quanheng_casework::{Scope, Sight, in_one, run, run_asked};
use quanheng_policy::PersonId;
use quanheng_runtime::{Asked, Call, Decided, Failure, check_etag, derived_id, request_id};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, TaskKey};
use quanheng_workflow::command::Command;
use quanheng_workflow::event::Meeting;

use super::act::{answer, decided, existing};
use crate::parse;
use crate::sight::acting;

/// Cases that are worked on at once.
const CASES_AT_ONCE: usize = 16;

/// How it is decided.
#[derive(Clone)]
enum Decides {
    /// 同意
    Approve,
    /// 不同意
    Refuse,
    /// 集体研究
    Meeting(Box<Meeting>),
}

/// One decision, understood.
#[derive(Clone)]
struct Item {
    key: TaskKey,
    decides: Decides,
    said: Said,
    etag: String,
    body: Vec<u8>,
}

impl Item {
    fn of(call: &Call, index: usize, decision: &wire::TaskDecision) -> Result<Self, Failure> {
        let field = |name: &str| format!("decisions[{index}].{name}");
        let (decides, minutes) = match (decision.verdict(), &decision.meeting) {
            (wire::Verdict::Approve, None) => (Decides::Approve, decision.minutes_ref.clone()),
            (wire::Verdict::Refuse, None) => (Decides::Refuse, decision.minutes_ref.clone()),
            (wire::Verdict::Unspecified, Some(meeting)) => {
                let meeting = parse::meeting(Some(meeting))?;
                let minutes = meeting.minutes.clone();
                (Decides::Meeting(Box::new(meeting)), minutes)
            }
            _ => return Err(Failure::field(field("verdict"), "应为同意、不同意,或写明会议情况")),
        };
        let basis = decision.basis.as_ref();
        Ok(Self {
            key: parse::task(&field("task"), &decision.task)?,
            decides,
            said: parse::said(call, &decision.opinion, basis, &minutes)?,
            etag: decision.etag.clone(),
            body: decision.encode_to_vec(),
        })
    }

    fn command(&self, by: &PersonId) -> Command {
        let (by, task, opinion) = (by.clone(), self.key.nr, self.said.opinion.clone());
        match &self.decides {
            Decides::Approve => Command::Approve { by, task, opinion },
            Decides::Refuse => Command::Refuse { by, task, opinion },
            Decides::Meeting(meeting) => {
                Command::DecideInMeeting { by, task, meeting: (**meeting).clone() }
            }
        }
    }
}

pub(super) async fn decide(
    matters: &Matters,
    call: &Call,
    request: wire::BatchDecideTasksRequest,
) -> Result<wire::BatchDecideTasksResponse, Failure> {
    let count = request.decisions.len();
    if count == 0 {
        return Err(Failure::field("decisions", "须填写"));
    }
    if count > parse::BATCH_MAX {
        let (max, actual) = (parse::BATCH_MAX as u64, count as u64);
        return Err(Failure::bound("batch_items_max", max, actual));
    }
    let by = acting(call)?;
    let items = request.decisions.iter().enumerate();
    let items = items.map(|(index, decision)| Item::of(call, index, decision));
    let items = items.collect::<Result<Vec<_>, Failure>>()?;
    let mut seen = BTreeSet::new();
    if let Some(index) = items.iter().position(|item| !seen.insert(item.key.to_string())) {
        return Err(Failure::field(format!("decisions[{index}].task"), "同一任务不能出现两次"));
    }
    match request.atomic {
        true => together(matters, call, &request, items, by).await,
        false => one_by_one(matters, call, &request, items, by).await,
    }
}

/// All in one commit: each over what those before it brought about.
async fn together(
    matters: &Matters,
    call: &Call,
    request: &wire::BatchDecideTasksRequest,
    items: Vec<Item>,
    by: PersonId,
) -> Result<wire::BatchDecideTasksResponse, Failure> {
    let matters = matters.clone();
    let done = run(call, request, Scope::new(call, vec![]), move |sight| {
        let acts = items.iter().map(|item| {
            |sight: &Sight<'_>| {
                let before = existing(sight, &item.key)?.clone();
                let matter = matters.of(&item.key.case)?;
                check_etag(sight.desk, &streams::case(&item.key.case), &item.etag)?;
                let acted = act(sight, matter, &item.key.case, item.command(&by), &item.said)?;
                let drafts = acted.drafts.clone();
                Ok((drafts, (before, acted)))
            }
        });
        let (drafts, acted) = in_one(sight, acts)?;
        let results = items.iter().zip(&acted).map(|(item, (before, acted))| {
            let task = answer(sight, &item.key, Some(before), acted, &drafts, Some(&by))?;
            Ok(wire::TaskDecisionResult { outcome: Some(Outcome::Task(task)) })
        });
        let results = results.collect::<Result<_, Failure>>()?;
        Ok(Decided::new(drafts, wire::BatchDecideTasksResponse { results, position: 0 }))
    });
    let done = done.await?;
    Ok(wire::BatchDecideTasksResponse { position: done.position.0, ..done.answer })
}

/// Each by itself, under a request id that is derived from the batch's and its task; those of
/// one case in their order.
async fn one_by_one(
    matters: &Matters,
    call: &Call,
    request: &wire::BatchDecideTasksRequest,
    items: Vec<Item>,
    by: PersonId,
) -> Result<wire::BatchDecideTasksResponse, Failure> {
    // The batch as a whole is known by its own id: another one under it is refused.
    let nothing = wire::BatchDecideTasksResponse::default();
    let claimed = run(call, request, Scope::new(call, vec![]), move |_| {
        Ok(Decided::new(vec![], nothing.clone()))
    });
    let begun = claimed.await?.position.0;
    let batch = request_id(&request.request_id)?.to_string();
    let count = items.len();
    let mut cases: BTreeMap<CaseKey, Vec<(usize, Item)>> = BTreeMap::new();
    for (index, item) in items.into_iter().enumerate() {
        cases.entry(item.key.case.clone()).or_default().push((index, item));
    }
    let trial = request.validate_only;
    let work = cases.into_values().map(|items| {
        let (batch, by) = (&batch, &by);
        async move {
            let mut told = Vec::with_capacity(items.len());
            for (index, item) in items {
                let task = item.key.to_string();
                let request_id = derived_id("approval.batch", batch, &task);
                let asked = Asked { request_id, body: item.body.clone(), trial };
                told.push((index, one(matters, call, &asked, item, by.clone()).await));
            }
            told
        }
    });
    let mut told: Vec<_> = stream::iter(work).buffer_unordered(CASES_AT_ONCE).collect().await;
    let mut results = vec![wire::TaskDecisionResult::default(); count];
    let mut position = begun;
    for (index, outcome) in told.drain(..).flatten() {
        let outcome = match outcome {
            Ok((task, at)) => {
                position = position.max(at);
                Outcome::Task(task)
            }
            Err(failure) => Outcome::Failure(failure.into_message()),
        };
        results[index].outcome = Some(outcome);
    }
    Ok(wire::BatchDecideTasksResponse { results, position })
}

async fn one(
    matters: &Matters,
    call: &Call,
    asked: &Asked,
    item: Item,
    by: PersonId,
) -> Result<(wire::Task, u64), Failure> {
    let scope = matters.scope(call, &item.key.case).await?;
    let matters = matters.clone();
    let done = run_asked(call, asked, scope, move |sight| {
        decided(sight, &matters, &item.key, item.command(&by), &item.said, &item.etag, &by)
    });
    let done = done.await?;
    Ok((done.answer, done.position.0))
}

//! Lists of one's own: what is to be done, what was done, what one began or was told of.

use std::collections::BTreeMap;

use quanheng_api::Listing;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::Matters;
use quanheng_policy::PersonId;
use quanheng_projection::{Doc, Filter, View};
use quanheng_runtime::reading::{list as page_of, page_size, read_failure};
use quanheng_runtime::{Call, Failure};
use quanheng_streams::{CaseKey, TaskKey};

use super::reads::{position, shown};
use crate::allowed::Viewer;
use crate::message::person_name;
use crate::sight::{acting, stands_in_for};
use crate::view::{
    CASES, CaseDoc, INBOX, InboxDoc, PROJECTION, TASKS, TaskDoc, Tray, case_id, task_id,
};

/// A part of a list: of one person, as far as the page goes.
struct Part<'a> {
    request: &'a wire::ListTasksRequest,
    size: i32,
    token: String,
}

impl Listing for Part<'_> {
    fn page_size(&self) -> i32 {
        self.size
    }

    fn page_token(&self) -> &str {
        &self.token
    }

    fn filter(&self) -> &str {
        &self.request.filter
    }

    fn order_by(&self) -> &str {
        &self.request.order_by
    }
}

fn tray(view: wire::TaskView) -> (Tray, &'static str) {
    match view {
        wire::TaskView::Unspecified | wire::TaskView::Todo => (Tray::Todo, "due_on"),
        wire::TaskView::Done => (Tray::Done, "log_position desc"),
        wire::TaskView::Initiated => (Tray::Initiated, "log_position desc"),
        wire::TaskView::Copied => (Tray::Copied, "log_position desc"),
    }
}

pub(super) async fn list(
    _matters: &Matters,
    call: &Call,
    request: wire::ListTasksRequest,
) -> Result<wire::ListTasksResponse, Failure> {
    let person = acting(call)?;
    let (tray, order) = tray(request.view());
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let stands_in_for = stands_in_for(call, &view, &person).await?;
    let mut whose = vec![person.clone()];
    if tray == Tray::Todo {
        whose.extend(stands_in_for.iter().cloned());
    }
    let viewer = Viewer { person: Some(person), stands_in_for };
    let page = pages(call, &view, &request, &whose, tray, order).await?;
    let mut answer = wire::ListTasksResponse {
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
        ..Default::default()
    };
    show(call, &view, &viewer, page.entries, &mut answer).await?;
    Ok(answer)
}

struct Page {
    /// Of whom each is.
    entries: Vec<(PersonId, InboxDoc)>,
    next: String,
    total: Option<u64>,
}

/// One's own first; then, person by person, those that one stands in for. The token says
/// whose part goes on, and where.
async fn pages(
    call: &Call,
    view: &View,
    request: &wire::ListTasksRequest,
    whose: &[PersonId],
    tray: Tray,
    order: &str,
) -> Result<Page, Failure> {
    let size = page_size(call, request)?;
    let (mut at, mut token) = resumed(&request.page_token, whose)?;
    let mut page = Page { entries: Vec::new(), next: String::new(), total: None };
    let mut total = request.page_token.is_empty().then_some(0);
    while let Some(person) = whose.get(at) {
        let left = i32::try_from(size - page.entries.len()).unwrap_or(i32::MAX);
        let part = Part { request, size: left, token: std::mem::take(&mut token) };
        let within = Filter::equal("person", person_name(person));
        let within = within.and(Filter::equal("view", tray.as_str()));
        let listed = page_of(call, view, INBOX, &part, within, order).await?;
        let docs = listed.docs.iter().map(|doc| Ok((person.clone(), parsed(doc)?)));
        page.entries.extend(docs.collect::<Result<Vec<_>, Failure>>()?);
        total = total.zip(listed.total).map(|(sum, more)| sum + more);
        let full = page.entries.len() >= size;
        if !listed.next.is_empty() {
            page.next = format!("{person}.{}", listed.next);
            return Ok(page);
        }
        at += 1;
        if let Some(next) = whose.get(at).filter(|_| full) {
            page.next = format!("{next}.");
            return Ok(page);
        }
    }
    page.total = total;
    Ok(page)
}

/// Whose part a token goes on with, and where.
fn resumed(token: &str, whose: &[PersonId]) -> Result<(usize, String), Failure> {
    if token.is_empty() {
        return Ok((0, String::new()));
    }
    let found = token.split_once('.').and_then(|(person, rest)| {
        Some((whose.iter().position(|known| known.as_str() == person)?, rest.to_owned()))
    });
    found.ok_or_else(|| Failure::field("page_token", "翻页标记无效,或不属于本次查询"))
}

fn parsed<T: serde::de::DeserializeOwned>(doc: &Doc) -> Result<T, Failure> {
    doc.parse().map_err(Failure::internal)
}

/// Documents by their ids.
async fn by_id<T: serde::de::DeserializeOwned>(
    view: &View,
    collection: &str,
    ids: Vec<String>,
) -> Result<BTreeMap<String, T>, Failure> {
    let docs = view.get_many(collection, &ids).await.map_err(read_failure)?;
    let docs = docs.iter().flatten().map(|doc| Ok((doc.id.clone(), parsed(doc)?)));
    docs.collect()
}

async fn show(
    call: &Call,
    view: &View,
    viewer: &Viewer,
    entries: Vec<(PersonId, InboxDoc)>,
    answer: &mut wire::ListTasksResponse,
) -> Result<(), Failure> {
    let keys: Vec<(CaseKey, Option<TaskKey>)> = entries
        .iter()
        .map(|(_, doc)| {
            let case = CaseKey::parse(&doc.case);
            let case = case.ok_or_else(|| Failure::internal("an inbox without a case"))?;
            Ok((case, doc.task.as_deref().and_then(TaskKey::parse)))
        })
        .collect::<Result<_, Failure>>()?;
    let ids = keys.iter().map(|(case, _)| case_id(case)).collect();
    let cases: BTreeMap<String, CaseDoc> = by_id(view, CASES, ids).await?;
    let ids = keys.iter().filter_map(|(_, task)| task.as_ref().map(task_id)).collect();
    let tasks: BTreeMap<String, TaskDoc> = by_id(view, TASKS, ids).await?;
    let (shelf, today) = (call.realm.policies.shelf(), call.realm.today());
    for ((whose, _), (key, task)) in entries.iter().zip(&keys) {
        let Some(doc) = cases.get(&case_id(key)) else { continue };
        let Some(case) = &doc.state else { continue };
        let flow = shelf.flow(&case.flow.flow, case.flow.version);
        let shown = shown(key, doc, case, flow.map(AsRef::as_ref), today);
        match task {
            None => answer.cases.push(shown.case(doc.started_on, doc.ended_on)),
            Some(task) => {
                let Some(found) = tasks.get(&task_id(task)) else { continue };
                let own = viewer.person.as_ref() == Some(whose);
                // What is one's own, too, stands among one's own.
                let twice = viewer.person.as_ref().is_some_and(|person| {
                    found.facts.is_pending() && found.facts.holders().contains(person)
                });
                if !own && twice {
                    continue;
                }
                let mut told = shown.task(task.nr, &found.facts, viewer);
                if !own {
                    told.acting_for = person_name(whose);
                }
                answer.tasks.push(told);
            }
        }
    }
    Ok(())
}

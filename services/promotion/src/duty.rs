//! What the register says about a candidate stops the candidacy at once (中止): a sanction or an
//! investigation is heard of when it is recorded, not at the next step.
//!
//! Every process that does what falls due follows the register. Nothing rests on how often it
//! is heard of: a pause bears a request id that is derived from the request and the version of
//! the person, so it takes effect once whoever asks for it. What was recorded while no process
//! listened is found by looking at everybody whose candidacy is open, before it follows.
//!
//! A bar that ends resumes nothing: people do.

use std::sync::{Arc, Weak};
use std::time::Duration;

use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_casework::{Scope, Sight, run_asked};
use quanheng_eventlog::{
    EventDraft, EventType, Filter as Events, InvalidName, Position, Record, Version,
};
use quanheng_identity::Principal;
use quanheng_projection::{Cursor, Filter, Order, Query, View};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Asked, Deadline, Decided, Failure, House, Realm, derived_id};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, RequestId};
use quanheng_workflow::command::Command;
use tokio::task::JoinHandle;

use crate::judge::judge;
use crate::matter::PAUSED;
use crate::view::{PROJECTION, REQUESTS, RequestDoc};
use crate::work::{self, RequestWork};

const METHOD: &str = "quanheng.promotion.jobs/StopBarred";
const DUTY: &str = "promotion.stop_barred";

/// What of a person may come to bar a promotion.
const BARS: [&str; 3] = ["sanction_recorded", "investigation_opened", "fact_corrected"];

/// How long it waits before it tries again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long it waits for the view.
const PATIENCE: Duration = Duration::from_secs(60);
/// Events, and requests, that are looked at together.
const PAGE: usize = 256;

fn bars() -> Result<Events, InvalidName> {
    let types = BARS.iter().map(|name| EventType::new(format!("quanheng.registry.{name}.v1")));
    let types: Result<Vec<EventType>, InvalidName> = types.collect();
    Ok(types?.into_iter().fold(Events::all(), Events::or_type))
}

/// Stops candidates whom the register comes to bar, as long as the realm is open.
#[must_use]
pub fn watch_bars(realm: &Arc<Realm>) -> JoinHandle<()> {
    let realm = Arc::downgrade(realm);
    tokio::spawn(async move {
        let mut after = None;
        while follow(&realm, &mut after).await {
            tokio::time::sleep(PAUSE).await;
        }
    })
}

/// Follows the register until something goes wrong; false once the realm is gone.
async fn follow(weak: &Weak<Realm>, after: &mut Option<Position>) -> bool {
    let (Some(realm), Ok(filter)) = (weak.upgrade(), bars()) else { return false };
    let from = match *after {
        Some(position) => position,
        None => match everybody(&realm).await {
            Ok(position) => *after.insert(position),
            Err(failure) => {
                tracing::warn!(%failure, "candidates cannot be looked at yet");
                return true;
            }
        },
    };
    let mut subscription = match realm.log.subscribe(from, filter).await {
        Ok(subscription) => subscription.page_size(PAGE),
        Err(error) => {
            tracing::warn!(%error, "what bars candidates cannot be followed");
            return true;
        }
    };
    drop(realm);
    loop {
        let page = match subscription.next().await {
            Ok(page) => page,
            Err(error) => {
                tracing::debug!(%error, "what bars candidates is no longer followed from here");
                return weak.strong_count() > 0;
            }
        };
        let Some(realm) = weak.upgrade() else { return false };
        for record in &page.records {
            if let Err(failure) = heard(&realm, record).await {
                tracing::warn!(%failure, "a candidate cannot be stopped yet");
                return true;
            }
        }
        *after = Some(page.through);
    }
}

/// Looks at everybody whose candidacy is open; up to which position of the log.
async fn everybody(realm: &Arc<Realm>) -> Result<Position, Failure> {
    let head = realm.log.head().await?;
    let view = view(realm, head).await?;
    let mut next = None;
    loop {
        let open = |state: &str| Filter::equal("state", state);
        let ended = ["DRAFT", "SUSPENDED", "APPOINTED", "FILED", "REFUSED", "WITHDRAWN"];
        let ended = Filter::Any(ended.into_iter().map(open).collect());
        let (docs, more) = requests(&view, Filter::Not(Box::new(ended)), next).await?;
        for doc in docs.iter().filter_map(candidate) {
            let person = streams::person(&doc.person);
            let version = realm.log.stream_version(&person).await?;
            stop(realm, &doc.request, version).await?;
        }
        match more {
            Some(more) => next = Some(more),
            None => return Ok(head),
        }
    }
}

/// Stops the candidacies of the person that an event is about.
async fn heard(realm: &Arc<Realm>, record: &Record) -> Result<(), Failure> {
    let view = view(realm, record.position).await?;
    let mut next = None;
    loop {
        let person = Filter::equal("person", record.stream.as_str());
        let (docs, more) = requests(&view, person, next).await?;
        for doc in docs.iter().filter_map(candidate) {
            stop(realm, &doc.request, record.version).await?;
        }
        match more {
            Some(more) => next = Some(more),
            None => return Ok(()),
        }
    }
}

async fn view(realm: &Realm, position: Position) -> Result<View, Failure> {
    realm.view(PROJECTION, position.0, Deadline::after(PATIENCE)).await
}

async fn requests(
    view: &View,
    filter: Filter,
    after: Option<Cursor>,
) -> Result<(Vec<RequestDoc>, Option<Cursor>), Failure> {
    let order = Order::ascending(&["created_on"]);
    let query = Query { filter, order, after, limit: PAGE };
    let page = view.list(REQUESTS, &query).await.map_err(read_failure)?;
    let docs = page.docs.iter().map(|doc| doc.parse().map_err(Failure::internal));
    Ok((docs.collect::<Result<_, Failure>>()?, page.next))
}

/// The request of a document, if it stands for a candidacy.
fn candidate(doc: &RequestDoc) -> Option<&streams::RequestState> {
    doc.own.as_ref().filter(|own| is_open(own))
}

fn is_open(request: &streams::RequestState) -> bool {
    let candidate = request.submissions > 0 && request.appointment.is_none();
    candidate && request.ended.is_none() && request.suspended.is_none()
}

/// Pauses a request, if something bars its candidate by now.
async fn stop(realm: &Arc<Realm>, id: &RequestId, version: Version) -> Result<(), Failure> {
    let name = format!("promotionRequests/{id}");
    let instance = format!("v{version}");
    let request_id = derived_id(DUTY, &name, &instance);
    let call = House::job(realm, Arc::new(Principal::system(realm.name.clone())), METHOD);
    let asked = Asked { request_id, body: instance.into_bytes(), trial: false };
    let (said, id) = (work::said(&call, ""), id.clone());
    let stopped = run_asked(&call, &asked, Scope::new(&call, vec![]), move |sight| {
        let case = approval::Case {
            name: format!("cases/{}", CaseKey::request(&id)),
            ..Default::default()
        };
        Ok(Decided::new(barred(sight, &id, &said)?, case))
    });
    match stopped.await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_kept() => {
            tracing::info!(request = name, %failure, "a candidate is not stopped");
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

fn barred(
    sight: &Sight<'_>,
    id: &RequestId,
    said: &quanheng_casework::case::Said,
) -> Result<Vec<EventDraft>, Failure> {
    let request = work::request(sight, id)?;
    if !is_open(request) || judge(sight, request)?.found.suspension_causes().next().is_none() {
        return Ok(Vec::new());
    }
    let mut work = RequestWork::of(sight, request.clone());
    let mut asked = Some(Command::Pause { reason: PAUSED.to_owned() });
    work.act(said, |_| Ok(asked.take()))?;
    Ok(work.drafts)
}

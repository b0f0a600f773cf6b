//! Decisions on approval tasks: each is a case's own commit of several events, with all that
//! the flow has to know read under the log's lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use quanheng_api::quanheng::approval::v1::approval_task_service_client::ApprovalTaskServiceClient;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_e2e::{Client, Server, Shown, Who, request_id, staff};
use quanheng_eventlog::{Log, Position};
use quanheng_policy::codes::DivisionCode;

use crate::limit::Appender;
use crate::load::{self, Caller, Pace, caught_up};
use crate::place::{Database, Place};
use crate::report::{Line, Report, Target, median, rounded};
use crate::town::{self, Unit};

/// Callers at the same time.
const CLIENTS: usize = 64;
const CONNECTIONS: usize = 4;
/// Requests that are made at the same time beforehand.
const IN_FLIGHT: usize = 32;
/// Events that one decision appends, in one commit; the limit's commits have as many.
const EVENTS_EACH: usize = 3;
/// Tasks that are ready for each second of measurement: more than can be decided.
const TASKS_A_SECOND: usize = 3_000;

/// Writes down what a party group decided on one case after another.
#[derive(Clone)]
struct Decider {
    client: ApprovalTaskServiceClient<Shown>,
    tasks: Arc<Vec<String>>,
    next: Arc<AtomicUsize>,
}

impl Caller for Decider {
    async fn call(&mut self) {
        let nr = self.next.fetch_add(1, Ordering::Relaxed);
        let task = self.tasks.get(nr).expect("enough tasks are ready");
        let meeting = staff::unanimous(task.clone());
        let answer = self.client.record_meeting(meeting).await.unwrap().into_inner();
        assert!(answer.position > 0);
    }
}

/// Decisions of many callers against the log's own rate.
pub(crate) async fn tasks(database: &Database, rounds: usize, time: Duration, report: &mut Report) {
    let place = database.place();
    let mut server = place.serve().await;
    let client = server.client(Who::Everything).await;
    let units = town::units(&client, CLIENTS).await;
    town::accounts(&client, &units).await;
    seat(&client, &units).await;
    let wanted = (rounds + 1) * time.as_secs().max(1) as usize * TASKS_A_SECOND;
    let begun = Instant::now();
    let tasks = Arc::new(ask(&server, &units, wanted).await);
    eprintln!("{}: {wanted} tasks ready after {:.1?}", database.name(), begun.elapsed());
    let beside = database.place();
    let log = beside.log().await;
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(server.client(Who::Secretary).await);
    }
    let decide = || async {
        let deciders = (0..CLIENTS).map(|nr| Decider {
            client: clients[nr % CONNECTIONS].tasks(),
            tasks: Arc::clone(&tasks),
            next: Arc::clone(&next),
        });
        load::closed(deciders.collect(), time).await
    };
    let mut line = Line::new("tasks", "1/s", Target::AtLeast(0.5));
    // Connections, caches and statements are warm before anything counts.
    let before = log_of(&place).await;
    let _ = (decide().await, limit(&log, EVENTS_EACH, time).await);
    let after = log_of(&place).await;
    assert_eq!(after.0 - before.0, EVENTS_EACH as u64 * next.load(Ordering::Relaxed) as u64);
    let (mut p99, mut singles, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut behind = Vec::new();
    for _ in 0..rounds {
        // What the views have still to take must not slow the limit down.
        behind.push(caught_up(&client).await.as_secs_f64());
        let single = limit(&log, 1, time).await;
        let limit = limit(&log, EVENTS_EACH, time).await;
        let ours = decide().await;
        line.round(limit.rate, ours.rate);
        p99.push(ours.p99_us);
        singles.push(single.rate);
        ratios.push(ours.rate / single.rate);
    }
    let line = line
        .with("clients", CLIENTS)
        .with("events_each", EVENTS_EACH)
        .with("limit_events_each", EVENTS_EACH)
        .with("single_event_limit", rounded(median(singles)))
        .with("views_behind_s", rounded(median(behind)))
        .with("single_event_ratio", rounded(median(ratios)));
    report.add(database.name(), line.with("p99_us", median(p99)));
    log.close().await;
    assert!(server.stop().await, "the server ends well");
}

/// The log's rate in commits of so many events.
async fn limit(log: &Log, events: usize, time: Duration) -> Pace {
    load::closed((0..CLIENTS).map(|nr| Appender::of(log, nr, events)).collect(), time).await
}

/// Where the log of a place stands.
async fn log_of(place: &Place) -> Position {
    let log = place.log_to_read().await;
    let head = log.head().await.unwrap();
    log.close().await;
    head
}

/// Who sits where: one organisation department for every city.
async fn seat(client: &Client, units: &[Unit]) {
    let first = &units[0];
    let division = DivisionCode::parse(first.division).unwrap();
    for who in [Who::Everything, Who::Secretary, Who::Reviewer, Who::Head] {
        staff::register(client, who, &first.name(), &division).await.unwrap();
    }
    let mut seen = std::collections::BTreeSet::new();
    for unit in units {
        if seen.insert(unit.division) {
            staff::authority(client, unit.division, &unit.name()).await.unwrap();
            staff::office(client, &unit.name(), staff::REVIEWER, Who::Reviewer).await.unwrap();
            staff::office(client, &unit.name(), staff::HEAD, Who::Head).await.unwrap();
        }
        // A department's own cases go to the authority above.
        staff::office(client, &unit.name(), staff::SECRETARY, Who::Secretary).await.unwrap();
    }
}

/// Asks for so many pre-reviews; the tasks of their party groups.
async fn ask(server: &Server, units: &[Unit], count: usize) -> Vec<String> {
    let client = server.client(Who::Everything).await;
    let asking: Vec<&Unit> = units.iter().skip(8).collect();
    let tasks = stream::iter(0..count).map(|nr| {
        let (unit, client) = (asking[nr % asking.len()], client.clone());
        async move {
            let account = format!("quotaAccounts/{}.general_management", unit.id);
            let request = quota::RequestPreReviewRequest {
                account: account.clone(),
                unit: unit.name(),
                moves: vec![quota::Move { leaves: String::new(), to: "GM10".to_owned() }],
                unit_opinion: "测量".to_owned(),
                hold_id: format!("h-{nr}"),
                basis: town::basis(town::DETERMINED),
                request_id: request_id(),
                ..Default::default()
            };
            client.quota().request_pre_review(request).await.unwrap();
            staff::task(&format!("{account}/holds/h-{nr}"), 2)
        }
    });
    tasks.buffer_unordered(IN_FLIGHT).collect().await
}

//! Decisions on approval tasks: each is a case's own commit of several events, with all that
//! the flow has to know read under the log's lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use quanheng_api::quanheng::approval::v1::approval_task_service_client::ApprovalTaskServiceClient;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_e2e::{Client, Server, Shown, Who, request_id, staff};
use quanheng_eventlog::Log;
use quanheng_policy::codes::DivisionCode;

use crate::limit::Appender;
use crate::load::{self, Caller, Pace};
use crate::place::Database;
use crate::report::{Line, Report, Target, median};
use crate::town::{self, Unit};

/// Callers at the same time.
const CLIENTS: usize = 64;
const CONNECTIONS: usize = 4;
/// Requests that are made at the same time beforehand.
const IN_FLIGHT: usize = 32;
/// Tasks that are ready for each second of measurement: more than can be decided.
const TASKS_A_SECOND: usize = 4_000;

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
    let tasks = Arc::new(ask(&server, &units, wanted).await);
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
    let _ = (decide().await, limit(&log, time).await);
    let mut p99 = Vec::new();
    for _ in 0..rounds {
        let limit = limit(&log, time).await;
        let ours = decide().await;
        line.round(limit.rate, ours.rate);
        p99.push(ours.p99_us);
    }
    let line = line.with("clients", CLIENTS).with("events_each", 3);
    report.add(database.name(), line.with("p99_us", median(p99)));
    log.close().await;
    assert!(server.stop().await, "the server ends well");
}

async fn limit(log: &Log, time: Duration) -> Pace {
    load::closed((0..CLIENTS).map(|nr| Appender::new(log, nr)).collect(), time).await
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

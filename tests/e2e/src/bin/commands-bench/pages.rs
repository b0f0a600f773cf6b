//! Pages of many persons against pages of few, and how soon a server is ready on them.

use std::time::{Duration, Instant};

use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, Server, Who, binary};
use quanheng_projection::{Bounds, Filter, Projections, Query};
use quanheng_registry::{PERSONS, PERSONS_PROJECTION, persons_definition};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::idle::anonymous_kib;
use crate::people;
use crate::place::{Database, Place};
use crate::report::{Line, Report, Target, median, rounded};
use crate::town::{self, Unit};

/// Units that the persons are of.
const UNITS: usize = 100;
/// Persons of the small register.
const FEW: usize = 10_000;
/// Calls of one round on each register.
const CALLS: usize = 50;
const PAGE_SIZE: i32 = 100;
/// How long a server is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3_600);

/// What is asked: a name for the report, filter, order.
const ASKED: [(&str, &str, &str); 4] = [
    ("page_all", "", ""),
    ("page_status", r#"status = "in_service""#, "division"),
    ("page_unit", r#"unit = "units/bench-7" AND status = "in_service""#, "division"),
    ("page_ranks", r#"division = "420600""#, "rank, rank_since"),
];

/// A register with a number of persons, and its server.
pub(crate) struct Registered {
    place: Place,
    server: Server,
    units: Vec<Unit>,
    persons: usize,
    events: u64,
    log_s: f64,
    fold_s: f64,
}

impl Registered {
    /// Makes it: units through the API, persons as events, views by the server.
    pub(crate) async fn make(database: &Database, persons: usize) -> Self {
        let place = database.place();
        let mut server = place.serve().await;
        let units = town::units(&server.client(Who::Everything).await, UNITS).await;
        assert!(server.stop().await, "the server ends well");
        let (log, keys) = (place.log().await, place.keys().await);
        let begun = Instant::now();
        let log_s = people::register(&log, &keys, &units, persons).await.as_secs_f64();
        let events = log.head().await.unwrap().0;
        keys.close().await;
        log.close().await;
        eprintln!("{}: {persons} persons made in {:?}", database.name(), begun.elapsed());
        let begun = Instant::now();
        server.restart().await;
        let client = server.client(Who::Everything).await;
        let mut request = tonic::Request::new(asked("", "", 1, events));
        request.set_timeout(PATIENCE);
        client.registry().list_persons(request).await.unwrap();
        let fold_s = begun.elapsed().as_secs_f64();
        eprintln!("{}: {persons} persons folded in {fold_s:.1} s", database.name());
        Self { place, server, units, persons, events, log_s, fold_s }
    }

    /// How many persons there are.
    pub(crate) fn persons(&self) -> usize {
        self.persons
    }

    /// The units that they are of, in turn.
    pub(crate) fn units(&self) -> &[Unit] {
        &self.units
    }

    pub(crate) async fn client(&self) -> Client {
        self.server.client(Who::Everything).await
    }

    /// How the database finds a page, as it says itself; the server stands still meanwhile.
    async fn plan(&mut self, filter: &str, order: &str) -> Vec<String> {
        assert!(self.server.stop().await, "the server ends well");
        let (log, views) = (self.place.log().await, self.place.views().await);
        let definitions = vec![persons_definition().unwrap()];
        let bounds = Bounds::default();
        let running = Projections::start(log.clone(), views.clone(), definitions, bounds.clone());
        let running = running.await.unwrap();
        let view = running.view(PERSONS_PROJECTION).unwrap();
        let collection = view.definition().collection(PERSONS).unwrap();
        let filter = match filter {
            "" => Filter::all(),
            text => collection.parse_filter(text, &bounds).unwrap(),
        };
        let order = if order.is_empty() { "division" } else { order };
        let order = collection.parse_order(order).unwrap();
        let order = collection.serves(&filter, &order).unwrap();
        let limit = usize::try_from(PAGE_SIZE).unwrap() + 1;
        let query = Query { filter, order, after: None, limit };
        let plan = view.explain(PERSONS, &query).await.unwrap();
        running.close().await;
        log.close().await;
        views.close().await;
        self.server.restart().await;
        plan
    }

    /// First pages of many persons against those of few, and what the plans say.
    pub(crate) async fn pages(&mut self, database: &Database, rounds: usize, report: &mut Report) {
        let mut few = Self::make(database, FEW).await;
        for (name, filter, order) in ASKED {
            let plan = self.plan(filter, order).await;
            let (of_few, of_many) = (few.client().await, self.client().await);
            let mut line = Line::new(name, "us", Target::AtMost(2.0));
            for round in 0..=rounds {
                let (mut small, mut large) = (Vec::new(), Vec::new());
                for _ in 0..CALLS {
                    small.push(page_us(&of_few, filter, order).await);
                    large.push(page_us(&of_many, filter, order).await);
                }
                // The first only warms up.
                if round > 0 {
                    line.round(median(small), median(large));
                }
            }
            let line = line.with("persons", self.persons).with("persons_limit", FEW);
            let line = line.with("filter", filter).with("order_by", order);
            report.add(database.name(), line.with("fold_s", rounded(self.fold_s)));
            let mut line = Line::new("plan", "scans", Target::AtMost(0.0));
            line.round(1.0, plan.iter().filter(|step| is_scan(step)).count() as f64);
            let sorts = plan.iter().filter(|step| is_sort(step)).count();
            let line = line.with("of", name).with("sorts", sorts).with("plan", plan);
            report.add(database.name(), line.with("persons", self.persons));
        }
        assert!(few.server.stop().await, "the server ends well");
    }

    /// How fast the projections of a new server take the whole log: told, without a limit.
    pub(crate) fn folding(&self) -> serde_json::Value {
        serde_json::json!({
            "events": self.events,
            "log_events_s": rounded(self.events as f64 / self.log_s),
            "fold_events_s": rounded(self.events as f64 / self.fold_s),
            "fold_s": rounded(self.fold_s),
        })
    }

    /// From the start of the process to the first answer.
    pub(crate) async fn ready(&mut self, database: &Database, rounds: usize, report: &mut Report) {
        let mut line = Line::new("ready", "s", Target::AtMost(1.0));
        let mut listening = Vec::new();
        let mut memory = Vec::new();
        for _ in 0..rounds {
            assert!(self.server.stop().await, "the server ends well");
            let (listens, answers, kib) = self.start_once().await;
            line.round(1.0, answers);
            listening.push(listens);
            memory.push(kib);
        }
        let line = line
            .with("events", self.events)
            .with("listening_s", rounded(median(listening)))
            .with("anonymous_mib", rounded(median(memory) / 1_024.0))
            .with("folding", self.folding());
        report.add(database.name(), line);
        self.server.restart().await;
    }

    async fn start_once(&self) -> (f64, f64, f64) {
        let begun = Instant::now();
        let setup = self.place.setup();
        let mut command = Command::new(binary());
        command.args(["serve", "--listen", "127.0.0.1:0", "--realm", &setup.realm]);
        command.arg("--data-dir").arg(self.server.folder().join("data"));
        command.arg("--tokens-file").arg(self.server.tokens().file());
        if let Some(url) = &setup.database {
            command.env("QUANHENG_DATABASE", url);
        }
        command.stdin(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command.stdout(std::process::Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let address = line.strip_prefix("listening on ").unwrap().parse().unwrap();
        let listening = begun.elapsed().as_secs_f64();
        let client = Client::connect(address, self.server.tokens().of(Who::Everything)).await;
        let get = registry::GetPersonRequest {
            name: "persons/bench-0000042".to_owned(),
            view: registry::PersonView::Basic.into(),
            min_position: self.events,
            ..registry::GetPersonRequest::default()
        };
        client.registry().get_person(get).await.unwrap();
        let answered = begun.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let pid = child.id().unwrap();
        let kib = anonymous_kib(pid);
        quanheng_testkit::signal::sigterm(pid);
        assert!(child.wait().await.unwrap().success());
        (listening, answered, kib)
    }

    pub(crate) async fn end(mut self) {
        assert!(self.server.stop().await, "the server ends well");
    }
}

/// A step that goes through the table. A walk along an index that a page's length ends is
/// none.
pub(crate) fn is_scan(step: &str) -> bool {
    let step = step.trim();
    (step.starts_with("SCAN") && !step.contains("USING")) || step.contains("Seq Scan")
}

/// A step that sorts what it found: of few, or else the time tells.
pub(crate) fn is_sort(step: &str) -> bool {
    step.contains("TEMP B-TREE") || step.contains("Sort  (")
}

fn asked(
    filter: &str,
    order: &str,
    page_size: i32,
    min_position: u64,
) -> registry::ListPersonsRequest {
    registry::ListPersonsRequest {
        filter: filter.to_owned(),
        order_by: order.to_owned(),
        page_size,
        min_position,
        ..registry::ListPersonsRequest::default()
    }
}

async fn page_us(client: &Client, filter: &str, order: &str) -> f64 {
    let begun = Instant::now();
    let request = asked(filter, order, PAGE_SIZE, 0);
    let answer = client.registry().list_persons(request).await.unwrap().into_inner();
    assert_eq!(answer.persons.len(), usize::try_from(PAGE_SIZE).unwrap(), "{filter}");
    begun.elapsed().as_micros() as f64
}

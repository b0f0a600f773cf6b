//! The to-do list (待办) of a person among many open tasks, against that among few.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_e2e::{Client, Server, Who, request_id, staff};
use quanheng_eventlog::{Direction, EventDraft, Log, StreamName, Tag, Transaction, Version};
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Bounds, Filter, Projections, Query};
use quanheng_streams as streams;
use quanheng_streams::Cases;
use quanheng_workflow::case::{Due, Task, TaskNr};
use quanheng_workflow::event::Event;

use crate::pages::{PATIENCE, is_scan, is_sort};
use crate::place::{Database, Place};
use crate::report::{Line, Report, Target, median, rounded};
use crate::town::{self, Unit};

/// Tasks of the small list.
const FEW: usize = 10_000;
/// What one person has to do, in both.
const EACH: usize = 100;
/// Tasks that one case has open, each somebody else's.
const TASKS_OF_A_CASE: usize = 4;
/// Cases of one commit.
const BATCH: usize = 200;
const CALLS: usize = 50;
const PAGE_SIZE: i32 = 50;
/// Far off, so that nothing falls due meanwhile.
const DUE: Date = Date::constant(2098, 1, 1);

/// A server with a number of open tasks.
struct Open {
    place: Place,
    server: Server,
    tasks: usize,
    fold_s: f64,
}

/// The events that a real case began with, to be made many of.
struct Pattern {
    started: Event,
    opened: Event,
    division: String,
    unit: Unit,
}

impl Pattern {
    /// Asks for one pre-review, and takes what was recorded of it.
    async fn of(client: &Client, place: &Place, unit: &Unit) -> (Self, Log) {
        let account = format!("quotaAccounts/{}.general_management", unit.id);
        let request = quota::RequestPreReviewRequest {
            account: account.clone(),
            unit: unit.name(),
            moves: vec![quota::Move { leaves: String::new(), to: "GM10".to_owned() }],
            unit_opinion: "测量".to_owned(),
            hold_id: "pattern".to_owned(),
            basis: town::basis(town::DETERMINED),
            request_id: request_id(),
            ..Default::default()
        };
        client.quota().request_pre_review(request).await.unwrap();
        let log = place.log_to_read().await;
        let name = format!("cases/pre_review.{}.general_management.pattern", unit.id);
        let stream = StreamName::new(name).unwrap();
        let records = log.read_stream(stream, Version(1), Direction::Forward);
        let records: Vec<_> = records.try_collect().await.unwrap();
        let events = records.iter().map(|record| streams::read::<Cases>(record).unwrap());
        let events: Vec<_> = events.map(|event| Event::clone(&event)).collect();
        let opened = events.iter().rfind(|event| matches!(event, Event::StepOpened { .. }));
        let (started, opened) = (events[0].clone(), opened.unwrap().clone());
        let division = unit.division.to_owned();
        (Self { started, opened, division, unit: unit.clone() }, log)
    }

    fn draft(&self, stream: &StreamName, event: &Event) -> EventDraft {
        let draft = streams::draft::<Cases>(stream.clone(), event).unwrap();
        let tag = |text: String| Tag::new(text).unwrap();
        draft.tagged(tag(format!("divisions/{}", self.division))).tagged(tag(self.unit.name()))
    }

    /// A case whose tasks are those of some persons.
    fn case(&self, nr: usize, persons: &[PersonId]) -> [EventDraft; 2] {
        let name = format!("cases/pre_review.{}.general_management.i-{nr}", self.unit.id);
        let stream = StreamName::new(name).unwrap();
        let mut opened = self.opened.clone();
        if let Event::StepOpened { open } = &mut opened {
            let due = DUE.checked_add(i64::try_from(nr % 300).unwrap().days()).unwrap();
            open.due = Some(Due::On(due));
            let pattern = open.tasks[0].clone();
            let tasks = persons.iter().zip(1..).map(|(person, nr)| Task {
                nr: TaskNr(nr),
                candidates: BTreeSet::from([person.clone()]),
                ..pattern.clone()
            });
            open.tasks = tasks.collect();
        }
        [self.draft(&stream, &self.started), self.draft(&stream, &opened)]
    }
}

impl Open {
    /// Makes it: the tasks as events, the lists by the server.
    async fn make(database: &Database, tasks: usize) -> Self {
        let place = database.place();
        let mut server = place.serve().await;
        let client = server.client(Who::Everything).await;
        let units = town::units(&client, 1).await;
        town::accounts(&client, &units).await;
        let division = DivisionCode::parse(units[0].division).unwrap();
        for who in [Who::Everything, Who::Secretary] {
            staff::register(&client, who, &units[0].name(), &division).await.unwrap();
        }
        staff::office(&client, &units[0].name(), staff::SECRETARY, Who::Secretary).await.unwrap();
        staff::authority(&client, units[0].division, &units[0].name()).await.unwrap();
        let (pattern, read) = Pattern::of(&client, &place, &units[0]).await;
        read.close().await;
        assert!(server.stop().await, "the server ends well");
        let log = place.log().await;
        append(&log, &pattern, tasks).await;
        let head = log.head().await.unwrap();
        log.close().await;
        let begun = Instant::now();
        server.restart().await;
        let client = server.client(Who::Reviewer).await;
        let mut request = tonic::Request::new(asked(head.0));
        request.set_timeout(PATIENCE);
        client.tasks().list_tasks(request).await.unwrap();
        let fold_s = begun.elapsed().as_secs_f64();
        eprintln!("{}: {tasks} tasks folded in {fold_s:.1} s", database.name());
        Self { place, server, tasks, fold_s }
    }

    /// How the database finds the page, as it says itself; the server stands still meanwhile.
    async fn plan(&mut self, person: &str) -> Vec<String> {
        assert!(self.server.stop().await, "the server ends well");
        let (log, views) = (self.place.log().await, self.place.views().await);
        let definitions = vec![quanheng_approval::definition().unwrap()];
        let running =
            Projections::start(log.clone(), views.clone(), definitions, Bounds::default());
        let running = running.await.unwrap();
        let view = running.view(quanheng_approval::PROJECTION).unwrap();
        let collection = view.definition().collection(quanheng_approval::INBOX).unwrap();
        let filter = Filter::equal("person", format!("persons/{person}"));
        let filter = filter.and(Filter::equal("view", "todo"));
        let order = collection.parse_order("due_on").unwrap();
        let order = collection.serves(&filter, &order).unwrap();
        let limit = usize::try_from(PAGE_SIZE).unwrap() + 1;
        let query = Query { filter, order, after: None, limit };
        let plan = view.explain(quanheng_approval::INBOX, &query).await.unwrap();
        running.close().await;
        log.close().await;
        views.close().await;
        self.server.restart().await;
        plan
    }
}

/// Appends cases until so many tasks are open. Each person has as many as any other.
async fn append(log: &Log, pattern: &Pattern, tasks: usize) {
    let own = PersonId::new(Who::Reviewer.person().unwrap()).unwrap();
    let others = (1..tasks / EACH).map(|nr| PersonId::new(format!("todo-{nr:06}")).unwrap());
    let persons: Vec<PersonId> = std::iter::once(own).chain(others).collect();
    let mut whose = persons.iter().cycle();
    let mut transaction = Transaction::default();
    for nr in 0..tasks / TASKS_OF_A_CASE {
        let of_case: Vec<_> = whose.by_ref().take(TASKS_OF_A_CASE).cloned().collect();
        for draft in pattern.case(nr, &of_case) {
            transaction = transaction.append(draft);
        }
        if nr % BATCH == BATCH - 1 {
            log.commit(std::mem::take(&mut transaction)).await.unwrap();
        }
    }
    log.commit(transaction).await.unwrap();
}

/// First pages of a to-do list among many tasks against those among few, and what the plan
/// says.
pub(crate) async fn inbox(database: &Database, tasks: usize, rounds: usize, report: &mut Report) {
    let mut few = Open::make(database, FEW).await;
    let mut many = Open::make(database, tasks).await;
    let plan = many.plan(&Who::Reviewer.person().unwrap()).await;
    let of_few = few.server.client(Who::Reviewer).await;
    let of_many = many.server.client(Who::Reviewer).await;
    let mut line = Line::new("todo", "us", Target::AtMost(2.0));
    for round in 0..=rounds {
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for _ in 0..CALLS {
            small.push(page_us(&of_few).await);
            large.push(page_us(&of_many).await);
        }
        // The first only warms up.
        if round > 0 {
            line.round(median(small), median(large));
        }
    }
    let line = line.with("tasks", many.tasks).with("tasks_limit", FEW).with("of_one_person", EACH);
    report.add(database.name(), line.with("fold_s", rounded(many.fold_s)));
    let mut line = Line::new("plan", "scans", Target::AtMost(0.0));
    line.round(1.0, plan.iter().filter(|step| is_scan(step)).count() as f64);
    let sorts = plan.iter().filter(|step| is_sort(step)).count();
    let line = line.with("of", "todo").with("sorts", sorts).with("plan", plan);
    report.add(database.name(), line.with("tasks", many.tasks));
    assert!(few.server.stop().await && many.server.stop().await, "the servers end well");
}

fn asked(min_position: u64) -> approval::ListTasksRequest {
    approval::ListTasksRequest {
        view: approval::TaskView::Todo.into(),
        page_size: PAGE_SIZE,
        min_position,
        ..Default::default()
    }
}

async fn page_us(client: &Client) -> f64 {
    let begun = Instant::now();
    let answer = client.tasks().list_tasks(asked(0)).await.unwrap().into_inner();
    assert_eq!(answer.tasks.len(), usize::try_from(PAGE_SIZE).unwrap());
    begun.elapsed().max(Duration::from_micros(1)).as_micros() as f64
}

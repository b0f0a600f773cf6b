//! A county department with its people, a bureau that cases are about, and the services over
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use bytes::Bytes;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_approval::{ApprovalApi, OfficeApi, definition};
use quanheng_casework::Sight;
use quanheng_casework::case::{Matter, Matters, Said, Turn};
use quanheng_eventlog::{BlobRef, EventDraft, Transaction};
use quanheng_identity::{Principal, Role};
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::FactId;
use quanheng_register::person::Event as PersonEvent;
use quanheng_register::private::Relative;
use quanheng_runtime::{Failure, RuleFault};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use quanheng_streams::{
    CaseKey, CaseKind, PolicyEvent, PublishedDocument, PublishedYears, StandIn, SubstitutionEvent,
    TaskKey,
};
use quanheng_test_house::{Kind, Registered, TestHouse, person, principal, request_id};
use quanheng_workflow::Flow;
use quanheng_workflow::case::{About, Case, TaskNr};
use quanheng_workflow::command::Command;
use quanheng_workflow::definition::Check;
use tonic::Status;

use crate::flows::flows;

pub(crate) use quanheng_test_house::told;

/// The county: 武昌区.
pub(crate) const COUNTY: &str = "420106";

/// A kind of case that is about nothing: it counts its turns.
#[derive(Clone)]
pub(crate) struct TestMatter {
    flow: &'static str,
    /// Whether the materials are complete.
    pub(crate) complete: Arc<AtomicBool>,
    /// Whether the case pauses where a rule holds it up.
    pub(crate) pauses: Arc<AtomicBool>,
    /// How many turns it was asked what follows.
    pub(crate) turns: Arc<AtomicU32>,
    /// Minutes of the last turn.
    pub(crate) minutes: Arc<std::sync::Mutex<String>>,
    /// The opinion of the last turn.
    pub(crate) opinion: Arc<std::sync::Mutex<String>>,
    /// Who approved the step that the last turn completed after others had acted.
    pub(crate) approved: Arc<std::sync::Mutex<Option<PersonId>>>,
    /// Whether something keeps a case that pauses from going on.
    pub(crate) held: Arc<AtomicBool>,
    /// Whether the reason of a pause is for the matter alone.
    pub(crate) sealed: Arc<AtomicBool>,
}

impl Matter for TestMatter {
    fn kind(&self) -> CaseKind {
        CaseKind::Request
    }

    fn flow(&self) -> &'static str {
        self.flow
    }

    fn check(
        &self,
        _: &Sight<'_>,
        key: &CaseKey,
        _: Check,
        _: &Said,
    ) -> Result<Vec<RuleFault>, Failure> {
        if self.complete.load(Ordering::SeqCst) {
            return Ok(Vec::new());
        }
        Ok(vec![RuleFault {
            code: "MATERIALS_MISSING".to_owned(),
            subject: format!("cases/{key}"),
            message: "材料不齐".to_owned(),
        }])
    }

    fn held_up(&self, failure: &Failure) -> Option<String> {
        self.pauses.load(Ordering::SeqCst).then(|| failure.message().to_owned())
    }

    fn may_resume(&self, _: &Sight<'_>, key: &CaseKey) -> Result<Vec<RuleFault>, Failure> {
        let fault = RuleFault {
            code: "UNDER_INVESTIGATION".to_owned(),
            subject: format!("cases/{key}"),
            message: "尚未查清".to_owned(),
        };
        Ok(self.held.load(Ordering::SeqCst).then_some(fault).into_iter().collect())
    }

    fn pauses_as(&self) -> Option<&'static str> {
        self.sealed.load(Ordering::SeqCst).then_some("中止办理")
    }

    fn follow(
        &self,
        _: &Sight<'_>,
        _: &CaseKey,
        turn: &Turn<'_>,
    ) -> Result<Vec<EventDraft>, Failure> {
        turn.said.opinion.clone_into(&mut self.opinion.lock().unwrap());
        let approved = turn.approved.as_ref().map(|approval| approval.by.person.clone());
        *self.approved.lock().unwrap() = approved;
        self.turns.fetch_add(1, Ordering::SeqCst);
        turn.said.minutes.clone_into(&mut self.minutes.lock().unwrap());
        Ok(Vec::new())
    }
}

pub(crate) struct World {
    pub(crate) test: TestHouse,
    pub(crate) api: ApprovalApi,
    pub(crate) offices: OfficeApi,
    pub(crate) matter: TestMatter,
    cases: AtomicU32,
}

/// Calls an RPC as somebody, and takes its answer out.
macro_rules! call {
    ($world:expr, $who:expr, $method:ident, $message:expr) => {
        $world
            .api
            .$method(quanheng_test_house::request($who, $message))
            .await
            .map(tonic::Response::into_inner)
    };
}
pub(crate) use call;

/// People of the department, each in an office of it.
const OFFICES: [(&str, &str); 8] = [
    ("t_clerk", "c1"),
    ("t_clerk", "c2"),
    ("t_second", "s1"),
    ("t_member", "m1"),
    ("t_member", "m2"),
    ("t_member", "m3"),
    ("t_secretary", "y1"),
    ("t_secretary", "y2"),
];

/// Everybody else who is registered.
const OTHERS: [&str; 4] = ["starter", "subject", "deputy", "stranger"];
/// People of the department who are in no office.
const COLLEAGUES: [&str; 3] = ["n1", "n2", "n3"];

impl World {
    pub(crate) async fn new(kind: Kind) -> Self {
        let test = TestHouse::open(kind, vec![definition().unwrap()]).await;
        test.publish_national().await;
        Self::publish(&test).await;
        let registered = Registered(&test.realm);
        registered.unit("dept", COUNTY, 60, None).await;
        registered.unit("city", "420100", 60, None).await;
        registered.unit("bureau", COUNTY, 60, None).await;
        registered.authority(COUNTY, "dept").await;
        registered.authority("420100", "city").await;
        for (role, id) in OFFICES {
            registered.person(id, "dept", None).await;
            registered.office("dept", role, id).await;
        }
        for id in OTHERS {
            registered.person(id, "bureau", None).await;
        }
        for id in COLLEAGUES {
            registered.person(id, "dept", None).await;
        }
        for id in ["h1", "h2"] {
            registered.person(id, "city", None).await;
            registered.office("city", "t_head", id).await;
        }
        registered.person("above", "city", None).await;
        registered.office("city", "t_clerk", "above").await;
        test.realm.keys.create(&["persons/subject"]).await.unwrap();
        let matter = TestMatter {
            flow: "t_any",
            complete: Arc::new(AtomicBool::new(true)),
            pauses: Arc::default(),
            turns: Arc::default(),
            minutes: Arc::default(),
            opinion: Arc::default(),
            approved: Arc::default(),
            held: Arc::default(),
            sealed: Arc::default(),
        };
        let matters = Matters::new([Arc::new(matter.clone()) as Arc<dyn Matter>]);
        let api = ApprovalApi::new(Arc::clone(&test.house), matters);
        let offices = OfficeApi::new(Arc::clone(&test.house));
        Self { test, api, offices, matter, cases: AtomicU32::new(0) }
    }

    /// The flows, and next year's calendar, in case a test runs at the end of a year.
    async fn publish(test: &TestHouse) {
        let mut transaction = Transaction::default();
        for text in flows() {
            let flow = Flow::read("test.toml", &text).unwrap();
            let event = PolicyEvent::FlowPublished { document: described(&flow, &text) };
            transaction = with(transaction, &event, &text);
        }
        let year = test.realm.today().year() + 1;
        let text = calendar(&[year - 1, year]);
        let known = test.realm.policies.shelf().calendar().published_years().max();
        if known.is_none_or(|known| known < year) {
            transaction = with(transaction, &published(&[year - 1, year], &text), &text);
        }
        test.realm.log.commit(transaction).await.unwrap();
    }

    /// Publishes the calendar of some years.
    pub(crate) async fn publish_calendar(&self, years: &[i16]) {
        let text = calendar(years);
        let transaction = with(Transaction::default(), &published(years, &text), &text);
        self.test.realm.log.commit(transaction).await.unwrap();
        let head = self.test.realm.log.head().await.unwrap();
        let deadline = quanheng_runtime::Deadline::after(std::time::Duration::from_secs(20));
        self.test.realm.policies.shelf_at(head, deadline).await.unwrap();
    }

    /// The matters of a program that knows this kind.
    pub(crate) fn matters(&self) -> Matters {
        Matters::new([Arc::new(self.matter.clone()) as Arc<dyn Matter>])
    }

    /// A case of a flow, begun: its form is to be filled in.
    pub(crate) async fn begun(&self, flow: &'static str) -> CaseKey {
        let number = self.cases.fetch_add(1, Ordering::SeqCst);
        let key = CaseKey { kind: CaseKind::Request, id: format!("r{number}") };
        let about = About {
            subject: format!("promotionRequests/r{number}"),
            title: "测试事项".to_owned(),
            persons: BTreeSet::from([person("subject")]),
            unit: Some(UnitId::new("bureau").unwrap()),
            keep_out: BTreeSet::new(),
        };
        let matter = TestMatter { flow, ..self.matter.clone() };
        let command = Command::Start { by: person("starter"), about };
        self.test.act(&matter, &key, Said::default(), command).await.unwrap();
        key
    }

    /// A case whose form is filled in: the step under test is open.
    pub(crate) async fn at_work(&self, flow: &'static str) -> CaseKey {
        let key = self.begun(flow).await;
        self.record(&key, "事由").await;
        key
    }

    /// Fills in a form of one field.
    pub(crate) async fn record(&self, key: &CaseKey, field: &str) {
        let task = self.test.task(key).await;
        let case = self.test.case(key).await.unwrap();
        let open = case.open.unwrap();
        let by = open.task(task).unwrap().holders().into_iter().next().unwrap();
        let facts = BTreeMap::from([(field.to_owned(), "有".to_owned())]);
        self.act(key, Command::Record { by, task, facts }).await;
    }

    /// Does something without the service.
    pub(crate) async fn act(&self, key: &CaseKey, command: Command) -> Case {
        self.test.act(&self.matter, key, Said::default(), command).await.unwrap()
    }

    /// The number of somebody's task in the step that is open.
    pub(crate) async fn task_of(&self, key: &CaseKey, who: &str) -> TaskNr {
        let case = self.test.case(key).await.unwrap();
        let open = case.open.unwrap();
        let own = |task: &&quanheng_workflow::case::Task| task.candidates.contains(&person(who));
        open.tasks.iter().find(own).unwrap_or_else(|| panic!("{who} has no task: {open:?}")).nr
    }

    /// Makes somebody a relative of the one whom cases are about.
    pub(crate) async fn relate(&self, who: &str) {
        self.declare("subject", &format!("rel-{who}"), Some(person(who)), None).await;
    }

    /// Somebody declares a relative: a person, or a principal by name.
    pub(crate) async fn declare(
        &self,
        by: &str,
        fact: &str,
        relative: Option<PersonId>,
        principal: Option<String>,
    ) {
        let keys = &self.test.realm.keys;
        let name = format!("persons/{by}");
        keys.create(&[name.as_str()]).await.unwrap();
        let KeyState::Live(key) = keys.get(&name).await.unwrap() else { panic!("there is a key") };
        let relative = Relative {
            relation: "配偶".into(),
            name: "样例".into(),
            person: relative,
            principal,
            position: String::new(),
        };
        let fact = FactId::new(fact).unwrap();
        let plain = serde_json::to_vec(&relative).unwrap();
        let context = format!("persons/{by}:relative/{fact}");
        let sealed = Sealed::new(key.seal(&context, &plain)).unwrap();
        let event = PersonEvent::RelativeDeclared { relative: fact, sealed };
        let stream = streams::person(&person(by));
        let draft = streams::draft::<streams::Persons>(stream, &event).unwrap();
        Registered(&self.test.realm).append(draft).await;
    }

    /// Somebody retires today.
    pub(crate) async fn retire(&self, who: &str) {
        let event = PersonEvent::LeftService {
            reason: quanheng_register::person::LeaveReason::Retirement,
            on: self.test.realm.today(),
            closed: Vec::new(),
            document: None,
        };
        let draft = streams::draft::<streams::Persons>(streams::person(&person(who)), &event);
        Registered(&self.test.realm).append(draft.unwrap()).await;
    }

    /// Withdraws it again.
    pub(crate) async fn unrelate(&self, who: &str) {
        let relative = FactId::new(format!("rel-{who}")).unwrap();
        let event = PersonEvent::RelativeWithdrawn { relative };
        let stream = streams::person(&person("subject"));
        let draft = streams::draft::<streams::Persons>(stream, &event).unwrap();
        Registered(&self.test.realm).append(draft).await;
    }

    /// Lets somebody stand in for another from some days from today on, for so many days.
    pub(crate) async fn stand_in(&self, of: &str, by: &str, after: i32, days: i32) {
        let from = self.test.realm.today() + jiff::Span::new().days(after);
        let stand_in = StandIn {
            by: person(by),
            from,
            to: from + jiff::Span::new().days(days - 1),
            reason: "出差".to_owned(),
        };
        let event = SubstitutionEvent::SubstitutionMade { id: format!("for-{by}"), stand_in };
        let stream = streams::substitutions(&person(of));
        let draft = streams::draft::<streams::Substitutions>(stream, &event).unwrap();
        Registered(&self.test.realm).append(draft).await;
    }

    /// A task as somebody sees it.
    pub(crate) async fn task(&self, who: &Principal, name: &str) -> Result<wire::Task, Status> {
        let min_position = self.test.head().await;
        let asked = wire::GetTaskRequest { name: name.to_owned(), min_position };
        Ok(call!(self, who, get_task, asked)?.task.unwrap())
    }

    /// Somebody's list.
    pub(crate) async fn list(
        &self,
        who: &str,
        view: wire::TaskView,
        ask: impl FnOnce(&mut wire::ListTasksRequest),
    ) -> wire::ListTasksResponse {
        let mut asked = wire::ListTasksRequest {
            view: view.into(),
            min_position: self.test.head().await,
            ..Default::default()
        };
        ask(&mut asked);
        call!(self, &as_person(who), list_tasks, asked).unwrap()
    }

    /// What somebody has to do: names of tasks.
    pub(crate) async fn todo(&self, who: &str) -> Vec<String> {
        let listed = self.list(who, wire::TaskView::Todo, |_| {}).await;
        listed.tasks.into_iter().map(|task| task.name).collect()
    }

    /// Approves a task as somebody.
    pub(crate) async fn approve(&self, who: &str, name: &str) -> Result<wire::Task, Status> {
        let answer = call!(self, &as_person(who), approve_task, approval(name))?;
        Ok(answer.task.unwrap())
    }

    /// What the log and a case stand at.
    pub(crate) async fn standing(&self, key: &CaseKey) -> (u64, u64) {
        let version = self.test.realm.log.stream_version(&streams::case(key)).await.unwrap();
        (self.test.head().await, version.0)
    }
}

/// A token that names a person.
pub(crate) fn as_person(who: &str) -> Principal {
    let mut found = principal(&format!("u-{who}"), &[Role::Viewer]);
    found.person = Some(person(who));
    // Elsewhere: what this one sees is what this one takes part in.
    found.jurisdiction = quanheng_policy::codes::DivisionCode::parse("650000").unwrap();
    found
}

/// Who manages promotions of the province.
pub(crate) fn manager() -> Principal {
    let mut found = principal("manager", &[Role::QuotaManager]);
    found.jurisdiction = quanheng_policy::codes::DivisionCode::parse("420000").unwrap();
    found.person = Some(person("manager"));
    found
}

pub(crate) fn id(text: &str) -> PersonId {
    person(text)
}

pub(crate) fn named(who: &str) -> String {
    format!("persons/{who}")
}

pub(crate) fn task_name(key: &CaseKey, nr: TaskNr) -> String {
    format!("approvalTasks/{}", TaskKey { case: key.clone(), nr })
}

pub(crate) fn case_name(key: &CaseKey) -> String {
    format!("cases/{key}")
}

pub(crate) fn approval(name: &str) -> wire::ApproveTaskRequest {
    wire::ApproveTaskRequest {
        name: name.to_owned(),
        opinion: "同意".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

fn described(flow: &Flow, text: &str) -> PublishedDocument {
    PublishedDocument {
        id: flow.definition.flow.clone(),
        version: flow.definition.version,
        title: flow.definition.title.clone(),
        sha256: BlobRef::of(text.as_bytes()).digest.to_string(),
        size: text.len() as u64,
    }
}

/// A calendar of years whose only holiday is New Year's day.
fn calendar(years: &[i16]) -> String {
    let days = years.iter().map(|year| format!("{year}-01-01,holiday,元旦\n"));
    format!("date,kind,occasion\n{}", days.collect::<String>())
}

fn published(years: &[i16], text: &str) -> PolicyEvent {
    PolicyEvent::CalendarPublished {
        calendar: PublishedYears {
            years: years.to_vec(),
            source: "测试".to_owned(),
            sha256: BlobRef::of(text.as_bytes()).digest.to_string(),
            size: text.len() as u64,
        },
    }
}

fn with(transaction: Transaction, event: &PolicyEvent, text: &str) -> Transaction {
    let draft = streams::draft::<streams::Policies>(streams::policies(), event).unwrap();
    let draft = draft.with_blob(BlobRef::of(text.as_bytes()));
    transaction.append(draft).blob(Bytes::copy_from_slice(text.as_bytes()))
}

//! What time brings to cases, without anybody asking: the end of a wait, a deadline that has
//! passed, a date that can be set because the year's calendar was published.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::{Matters, Said, tick};
use quanheng_casework::run_asked;
use quanheng_identity::Principal;
use quanheng_projection::{Cursor, Doc, Filter, Op, Order, Query, View};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Asked, Deadline, Decided, Due, Duty, Failure, House, Realm};
use quanheng_streams::CaseKey;
use uuid::Uuid;

use crate::view::{CASES, CaseDoc, PROJECTION};

const METHOD: &str = "quanheng.approval.jobs/Tick";

/// Takes cases on as time passes.
///
/// What a rule does not let go on stays due, and is tried once a day; so that it keeps
/// nothing else from its turn, each look goes on where the last one ended.
pub struct Tick {
    matters: Matters,
    rounds: Mutex<Rounds>,
}

#[derive(Default)]
struct Rounds {
    /// Where the round of what is due goes on.
    due: Option<Cursor>,
    /// Where the round of dates that wait for a calendar goes on.
    awaiting: Option<Cursor>,
    /// How many calendars there were when that round was last at its end: until there is
    /// another one, no date can be set.
    calendars: Option<usize>,
}

impl Tick {
    /// Over these kinds of cases.
    #[must_use]
    pub fn new(matters: Matters) -> Self {
        Self { matters, rounds: Mutex::default() }
    }

    fn rounds<T>(&self, change: impl FnOnce(&mut Rounds) -> T) -> T {
        change(&mut self.rounds.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is due by its day.
    async fn by_day(&self, realm: &Realm, view: &View, limit: usize) -> Result<Vec<Due>, Failure> {
        let today = realm.today();
        let query = Query {
            filter: Filter::compare("tick_on", Op::LessOrEqual, today).and(Filter::compare(
                "tick_on",
                Op::GreaterOrEqual,
                jiff::civil::Date::ZERO,
            )),
            order: Order::ascending(&["tick_on"]),
            after: self.rounds(|rounds| rounds.due.take()),
            limit,
        };
        let listed = view.list(CASES, &query).await.map_err(read_failure)?;
        self.rounds(|rounds| rounds.due = listed.next);
        listed.docs.iter().map(|doc| of(doc, &today.to_string())).collect()
    }

    /// Dates that wait for a calendar, once there is another one.
    async fn by_calendar(
        &self,
        realm: &Realm,
        view: &View,
        limit: usize,
    ) -> Result<Vec<Due>, Failure> {
        let calendars = realm.policies.shelf().calendars.len();
        let (after, settled) = self.rounds(|r| (r.awaiting.take(), r.calendars == Some(calendars)));
        if after.is_none() && settled {
            return Ok(Vec::new());
        }
        let filter = Filter::equal("awaits", true);
        let query = Query { filter, after, limit, ..Query::default() };
        let listed = view.list(CASES, &query).await.map_err(read_failure)?;
        self.rounds(|rounds| {
            rounds.calendars = listed.next.is_none().then_some(calendars);
            rounds.awaiting = listed.next;
        });
        listed.docs.iter().map(|doc| of(doc, &format!("calendars-{calendars}"))).collect()
    }
}

/// A firing of a case: by its step and the event since which it is due on its day, and by
/// when it is tried.
fn of(doc: &Doc, tried: &str) -> Result<Due, Failure> {
    let doc: CaseDoc = doc.parse().map_err(Failure::internal)?;
    let day = doc.tick_on.map(|day| day.to_string()).unwrap_or_default();
    let instance = format!("{}.{day}.{tried}", doc.tick);
    Ok(Due { resource: format!("cases/{}", doc.case), instance })
}

#[async_trait]
impl Duty for Tick {
    fn name(&self) -> &'static str {
        "approval.tick"
    }

    async fn due(&self, realm: &Arc<Realm>, limit: usize) -> Result<Vec<Due>, Failure> {
        let view = realm.view(PROJECTION, 0, Deadline::after(Duration::from_secs(1))).await?;
        let mut due = self.by_day(realm, &view, limit).await?;
        due.extend(self.by_calendar(realm, &view, limit).await?);
        Ok(due)
    }

    async fn fire(&self, realm: &Arc<Realm>, due: &Due, request_id: Uuid) -> Result<(), Failure> {
        let key = due.resource.strip_prefix("cases/").and_then(CaseKey::parse);
        let key = key.ok_or_else(|| Failure::internal(format!("{} is no case", due.resource)))?;
        let principal = Arc::new(Principal::system(realm.name.clone()));
        let said = Said { by: principal.name(), ..Said::default() };
        let call = House::job(realm, principal, METHOD);
        let body = due.instance.clone().into_bytes();
        let asked = Asked { request_id, body, trial: false };
        let scope = self.matters.scope(&call, &key).await?;
        let matters = self.matters.clone();
        let fired = run_asked(&call, &asked, scope, move |sight| {
            let acted = tick(sight, matters.of(&key)?, &key, &said)?;
            let case = wire::Case { name: format!("cases/{key}"), ..wire::Case::default() };
            Ok(Decided::new(acted.drafts, case))
        });
        let fired = fired.await;
        if fired.as_ref().is_err_and(|failure| !failure.is_kept()) {
            // It is tried again when the round comes to it; what waits for a calendar, in a
            // round more.
            self.rounds(|rounds| rounds.calendars = None);
        }
        fired.map(drop)
    }
}

//! What falls due without anybody asking: holds that ran out (预审逾期释放), and last days of
//! filing periods that awaited a calendar (备案期限确定).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use quanheng_eventlog::{Desk, Method};
use quanheng_identity::Principal;
use quanheng_ledger::command::Command;
use quanheng_projection::{Cursor, Filter, Op, Order, Query};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Deadline, Decided, Deciding, Due, Duty, Failure, House, Realm};
use quanheng_streams as streams;
use uuid::Uuid;

use crate::message;
use crate::view::{ACCOUNTS, PRE_REVIEWS, PROJECTION};
use quanheng_casework::Scope;

/// Releases holds the day after their last day, in the account's own commit.
pub struct ExpireHolds;

const METHOD: &str = "quanheng.quota.jobs/ExpireHolds";

#[async_trait]
impl Duty for ExpireHolds {
    fn name(&self) -> &'static str {
        "quota.expire_holds"
    }

    async fn due(&self, realm: &Arc<Realm>, limit: usize) -> Result<Vec<Due>, Failure> {
        let today = realm.today();
        let view = realm.view(PROJECTION, 0, Deadline::after(Duration::from_secs(1)));
        let filter =
            Filter::equal("state", "HELD").and(Filter::compare("expires_on", Op::Less, today));
        let order = Order::ascending(&["expires_on"]);
        let query = Query { filter, order, limit, ..Query::default() };
        let listed = view.await?.list(PRE_REVIEWS, &query).await.map_err(read_failure)?;
        let accounts = listed.docs.iter().filter_map(|doc| doc.id.split_once('/'));
        let mut accounts: Vec<String> = accounts.map(|(account, _)| account.to_owned()).collect();
        accounts.dedup();
        let due = |resource| Due { resource, instance: today.to_string() };
        Ok(accounts.into_iter().map(due).collect())
    }

    async fn fire(&self, realm: &Arc<Realm>, due: &Due, request_id: Uuid) -> Result<(), Failure> {
        on_account(realm, due, request_id, METHOD, Command::ExpireHolds).await
    }
}

/// Lets the ledger find what has come due of an account.
async fn on_account(
    realm: &Arc<Realm>,
    due: &Due,
    request_id: Uuid,
    method: &'static str,
    asked: Command,
) -> Result<(), Failure> {
    let Some(key) = streams::account(&due.resource) else {
        return Err(Failure::internal(format!("{} is no account", due.resource)));
    };
    debug_assert!(Method::new(method).is_ok());
    let principal = Arc::new(Principal::system(realm.name.clone()));
    let call = House::job(realm, principal, method);
    let mut scope = Scope::new(&call, vec![key.clone()]);
    // A pool's division is found through its first member.
    let account = quanheng_runtime::reading::state_at::<streams::Accounts>(
        &realm.log,
        streams::account_stream(&key),
        quanheng_runtime::reading::Horizon::Now,
    );
    if let Some(account) = account.await?.0 {
        scope = scope.units(account.owner().members().first().map(|m| m.unit.clone()));
    }
    let reads = scope.reads();
    let command = Deciding::new(reads, move |desk: &Desk<'_>| {
        let sight = scope.sight(desk)?;
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        let events = sight.decide(&key, &division, asked.clone(), sight.today)?;
        let (drafts, after) = match events.is_empty() {
            true => (Vec::new(), account.outline(&[])),
            false => sight.written(&key, &division, &events)?,
        };
        Ok(Decided::new(drafts, message::account(&after, String::new())))
    });
    realm.engine.execute_as(&call, request_id, due.instance.as_bytes(), command).await?;
    Ok(())
}

/// Sets the last days of filing periods that awaited a calendar, once there is another one.
#[derive(Default)]
pub struct SetFilingDues(Mutex<Round>);

/// A round of the accounts that await.
#[derive(Default)]
struct Round {
    /// Where it goes on.
    after: Option<Cursor>,
    /// How many calendars there were when it was last at its end.
    calendars: Option<usize>,
}

impl SetFilingDues {
    fn round<T>(&self, change: impl FnOnce(&mut Round) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const SET_DUES: &str = "quanheng.quota.jobs/SetFilingDues";

#[async_trait]
impl Duty for SetFilingDues {
    fn name(&self) -> &'static str {
        "quota.set_filing_dues"
    }

    async fn due(&self, realm: &Arc<Realm>, limit: usize) -> Result<Vec<Due>, Failure> {
        let calendars = realm.policies.shelf().calendars.len();
        let (after, settled) =
            self.round(|round| (round.after.take(), round.calendars == Some(calendars)));
        if after.is_none() && settled {
            return Ok(Vec::new());
        }
        let view = realm.view(PROJECTION, 0, Deadline::after(Duration::from_secs(1))).await?;
        let filter = Filter::equal("filing_awaits_calendar", true);
        let order = Order::ascending(&["division"]);
        let query = Query { filter, order, after, limit };
        let listed = view.list(ACCOUNTS, &query).await.map_err(read_failure)?;
        self.round(|round| {
            round.calendars = listed.next.is_none().then_some(calendars);
            round.after = listed.next;
        });
        let due =
            |id: &String| Due { resource: id.clone(), instance: format!("calendars-{calendars}") };
        Ok(listed.docs.iter().map(|doc| due(&doc.id)).collect())
    }

    async fn fire(&self, realm: &Arc<Realm>, due: &Due, request_id: Uuid) -> Result<(), Failure> {
        let set = on_account(realm, due, request_id, SET_DUES, Command::SetFilingDues).await;
        if set.as_ref().is_err_and(|failure| !failure.is_kept()) {
            // It is tried again: the round begins anew.
            self.round(|round| *round = Round::default());
        }
        set
    }
}

//! What falls due without anybody asking: holds that ran out (预审逾期释放).

use std::sync::Arc;

use async_trait::async_trait;
use quanheng_eventlog::{Desk, Method};
use quanheng_identity::Principal;
use quanheng_ledger::command::Command;
use quanheng_projection::{Filter, Op, Order, Query};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Deadline, Decided, Deciding, Due, Duty, Failure, House, Realm};
use quanheng_streams as streams;
use uuid::Uuid;

use crate::message;
use crate::view::{PRE_REVIEWS, PROJECTION};
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
        let view = realm.view(PROJECTION, 0, Deadline::after(std::time::Duration::from_secs(1)));
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
        let Some(key) = streams::account(&due.resource) else {
            return Err(Failure::internal(format!("{} is no account", due.resource)));
        };
        debug_assert!(Method::new(METHOD).is_ok());
        let principal = Arc::new(Principal::system(realm.name.clone()));
        let call = House::job(realm, principal, METHOD);
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
            let events = sight.decide(&key, &division, Command::ExpireHolds, sight.today)?;
            let (drafts, after) = match events.is_empty() {
                true => (Vec::new(), account.outline(&[])),
                false => sight.written(&key, &division, &events)?,
            };
            Ok(Decided::new(drafts, message::account(&after, String::new())))
        });
        realm.engine.execute_as(&call, request_id, due.instance.as_bytes(), command).await?;
        Ok(())
    }
}

//! Timers: what falls due without anybody asking (预审到期、备案逾期).
//!
//! What is due stands in a view. One process at a time looks for it, by a lease with a
//! fencing token; but nothing rests on the lease: every firing bears a request id that is
//! derived from the timer, so it takes effect once whoever fires it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::failure::Failure;
use crate::house::Realm;

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The resource.
    pub resource: String,
    /// What makes this firing different from the next of the same resource: the day, say.
    pub instance: String,
}

/// A kind of timer.
#[async_trait]
pub trait Duty: Send + Sync + 'static {
    /// Its name.
    fn name(&self) -> &'static str;

    /// What is due now, the longest overdue first.
    ///
    /// # Errors
    /// [`Failure`]: it is tried again.
    async fn due(&self, realm: &Arc<Realm>, limit: usize) -> Result<Vec<Due>, Failure>;

    /// Does what is due, under the request id given.
    ///
    /// # Errors
    /// [`Failure`]: it is tried again, unless a rule refuses it. Either way what is due besides
    /// is done.
    async fn fire(&self, realm: &Arc<Realm>, due: &Due, request_id: Uuid) -> Result<(), Failure>;
}

/// The request id of a firing, the same whoever fires it.
#[must_use]
pub fn derived_id(duty: &str, resource: &str, instance: &str) -> Uuid {
    let text = format!("quanheng timer {duty} {resource} {instance}");
    let digest = quanheng_eventlog::Digest::of(text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.0[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The task that looks for what is due.
pub struct Timers {
    task: JoinHandle<()>,
}

/// What is done at once before looking again.
const BATCH_MAX: usize = 256;
/// For how many turns a process that looks keeps the others from looking: so long it takes
/// until another one goes on for a process that died.
const LEASE_TURNS: u32 = 6;
/// At least so long: a look takes a while.
const LEASE_MIN: Duration = Duration::from_secs(1);

impl Timers {
    /// Looks for what is due, again and again.
    #[must_use]
    pub fn start(realm: &Arc<Realm>, duties: Vec<Arc<dyn Duty>>, every: Duration) -> Self {
        let realm = Arc::downgrade(realm);
        Self { task: tokio::spawn(run(realm, duties, every)) }
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(realm: Weak<Realm>, duties: Vec<Arc<dyn Duty>>, every: Duration) {
    let holder = Uuid::now_v7().to_string();
    let lease = (every * LEASE_TURNS).max(LEASE_MIN);
    loop {
        tokio::time::sleep(every).await;
        let Some(realm) = realm.upgrade() else { return };
        match realm.views.lease("timers", &holder, lease).await {
            Ok(Some(token)) => tracing::trace!(token, "this process looks for what is due"),
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(%error, "the lease of the timers cannot be read");
                continue;
            }
        }
        for duty in &duties {
            if let Err(error) = look(&realm, duty).await {
                tracing::warn!(duty = duty.name(), %error, "what is due cannot be done");
            }
        }
    }
}

async fn look(realm: &Arc<Realm>, duty: &Arc<dyn Duty>) -> Result<(), Failure> {
    for due in duty.due(realm, BATCH_MAX).await? {
        let request_id = derived_id(duty.name(), &due.resource, &due.instance);
        match duty.fire(realm, &due, request_id).await {
            Ok(()) => {}
            Err(failure) if failure.is_kept() => {
                tracing::info!(duty = duty.name(), resource = due.resource, %failure, "refused");
            }
            // What cannot be done keeps nothing else from its turn.
            Err(failure) => {
                let resource = due.resource;
                tracing::warn!(duty = duty.name(), resource, %failure, "it is tried again");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firing_has_one_request_id() {
        let id = derived_id("expire", "quotaAccounts/a", "2026-11-24");
        assert_eq!(id, derived_id("expire", "quotaAccounts/a", "2026-11-24"));
        assert_ne!(id, derived_id("expire", "quotaAccounts/a", "2026-11-25"));
        assert!(!id.is_nil());
    }
}

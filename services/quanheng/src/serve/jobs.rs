//! Work that nobody asks for: what comes due, old answers, erased keys, imports that were
//! interrupted, candidates whom the register bars, refused access.

use std::sync::Arc;
use std::time::Duration;

use quanheng_approval::Tick;
use quanheng_casework::case::Matters;
use quanheng_eventlog::Micros;
use quanheng_quota::{ExpireHolds, SetFilingDues};
use quanheng_registry::Imports;
use quanheng_runtime::{Denials, Duty, Realm, Timers};
use tokio::task::JoinHandle;

use super::Fault;
use crate::config::{Config, Role};

/// Jobs, as long as they are kept.
pub(super) struct Jobs {
    tasks: Vec<JoinHandle<()>>,
    _timers: Option<Timers>,
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Starts what this process's roles ask for.
pub(super) async fn start(
    config: &Config,
    realm: &Arc<Realm>,
    imports: &Imports,
    matters: &Matters,
) -> Result<Jobs, Fault> {
    Denials::keep(realm);
    let mut tasks = Vec::new();
    if config.plays(Role::Registry) {
        quanheng_registry::finish_erasures(realm).await?;
        tasks.push(quanheng_registry::watch_erasures(realm));
        imports.resume_all(realm).await?;
    }
    let interval = Duration::from_millis(config.timers.interval_ms);
    let duties = || -> Vec<Arc<dyn Duty>> {
        let (holds, dues) = (Arc::new(ExpireHolds), Arc::new(SetFilingDues::default()));
        vec![holds, dues, Arc::new(Tick::new(matters.clone()))]
    };
    let timers = config.plays(Role::Timers).then(|| Timers::start(realm, duties(), interval));
    if config.plays(Role::Timers) {
        tasks.push(quanheng_promotion::watch_bars(realm));
        let kept = Duration::from_secs(u64::from(config.limits.answers_kept_days) * 86_400);
        tasks.push(tokio::spawn(forget_answers(Arc::clone(realm), kept)));
    }
    Ok(Jobs { tasks, _timers: timers })
}

/// Forgets answers that nobody will ask for again.
async fn forget_answers(realm: Arc<Realm>, kept: Duration) {
    const EVERY: Duration = Duration::from_secs(3_600);
    loop {
        tokio::time::sleep(EVERY).await;
        let age = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
        let before = Micros(realm.now().0.saturating_sub(age));
        match realm.log.prune_answers(before).await {
            Ok(0) => {}
            Ok(pruned) => tracing::info!(pruned, "old answers were forgotten"),
            Err(error) => tracing::warn!(%error, "old answers cannot be forgotten now"),
        }
    }
}

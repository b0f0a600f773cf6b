//! The runner: one task for each projection, which follows the log and moves documents
//! and checkpoint together.
//!
//! Any number of processes may run the same projection over the same views. Who writes
//! first moves the checkpoint from where all saw it; the others' writes find it moved,
//! are undone, and they go on from there. So each event is folded exactly once, and
//! nobody has to be the only one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quanheng_eventlog::{Log, Micros, Page, Position, ReadError as LogError, Record};
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::bounds::Bounds;
use crate::definition::Definition;
use crate::fold::{FoldError, Folding, before_commit};
use crate::metrics::Metrics;
use crate::parsed::Parsed;
use crate::projector::ProjectError;
use crate::states::States;
use crate::store::checkpoint::{Checkpoint, Failure};
use crate::store::documents::CollectionWrite;
use crate::store::{StoreError, Views};

/// How far a projection has come, as far as this process knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    /// Everything up to here is in the documents.
    pub(crate) position: Position,
    pub(crate) failure: Option<Failure>,
    /// What keeps it from going on at the moment.
    pub(crate) trouble: Option<String>,
    /// Whether its indexes are still to be made.
    pub(crate) bare: bool,
}

/// Something that may pass: the runner tries again.
struct Trouble(String);

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<LogError> for Trouble {
    fn from(error: LogError) -> Self {
        Self(error.to_string())
    }
}

/// What became of a page.
enum Written {
    /// It is in the documents.
    Yes,
    /// Somebody else moved the checkpoint first.
    Overtaken,
}

const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often one that stands still looks whether somebody let it try again.
const STANDSTILL_POLL: Duration = Duration::from_millis(500);
const LAG_INTERVAL: Duration = Duration::from_secs(1);

/// One projection, followed by one task.
pub(crate) struct Runner {
    log: Log,
    views: Views,
    definition: Arc<Definition>,
    bounds: Arc<Bounds>,
    progress: watch::Sender<Progress>,
    /// Up to where somebody waits.
    wanted: watch::Receiver<Position>,
    /// Documents as they were read last.
    parsed: Arc<Parsed>,
    incarnation: String,
    metrics: Metrics,
    states: States,
    /// Up to where it is built without indexes, if it is.
    bare_until: Option<Position>,
    /// Removals since they were last pruned.
    removals: u64,
    lag_told: Option<Instant>,
}

impl Runner {
    pub(crate) fn new(
        log: Log,
        views: Views,
        definition: Arc<Definition>,
        bounds: Arc<Bounds>,
        progress: watch::Sender<Progress>,
        wanted: watch::Receiver<Position>,
        parsed: Arc<Parsed>,
    ) -> Self {
        let incarnation = log.realm().incarnation.to_string();
        let metrics = Metrics::new(&definition);
        let states = States::new(bounds.states_cached_max);
        Self {
            log,
            views,
            definition,
            bounds,
            progress,
            wanted,
            parsed,
            incarnation,
            metrics,
            states,
            bare_until: None,
            removals: 0,
            lag_told: None,
        }
    }

    /// Follows the log until it is told to end.
    pub(crate) async fn run(mut self, mut closed: watch::Receiver<bool>) {
        let mut pause = PAUSE_MIN;
        loop {
            let before = self.progress.borrow().position;
            let followed = tokio::select! {
                followed = self.follow() => followed,
                _ = closed.wait_for(|closed| *closed) => return,
            };
            self.states.forget();
            let Err(Trouble(reason)) = followed else { continue };
            if self.progress.borrow().position != before {
                pause = PAUSE_MIN;
            }
            tracing::warn!(projection = self.definition.name(), reason, "a projection waits");
            self.progress.send_modify(|progress| progress.trouble = Some(reason));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = closed.wait_for(|closed| *closed) => return,
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Goes on from the checkpoint until somebody else moves it.
    async fn follow(&mut self) -> Result<(), Trouble> {
        let checkpoint = self.settle().await?;
        if checkpoint.failure.is_some() {
            tokio::time::sleep(STANDSTILL_POLL).await;
            return Ok(());
        }
        self.begin_bare(checkpoint.position).await?;
        let (start, filter) = (checkpoint.position, self.definition.filter().clone());
        let subscription = self.log.subscribe(start, filter).await?;
        let mut subscription = subscription.page_size(self.bounds.fold_events_max);
        // Where the stored checkpoint stands, and since when it lags behind what was read.
        let mut stored = start;
        let mut waits_since = None::<Instant>;
        // Events that come close together are folded together.
        let mut gathers_until = None::<Instant>;
        loop {
            self.end_bare(subscription.after()).await?;
            if let Some(until) = gathers_until.take() {
                self.gather(until, stored).await;
            }
            let due = waits_since.map(|since| since + self.bounds.checkpoint_interval);
            let page = tokio::select! {
                page = subscription.next() => page?,
                () = until(due) => {
                    // Nothing changed but the checkpoint.
                    let read = subscription.after();
                    match self.write(&[], stored, read, None).await? {
                        Written::Overtaken => return Ok(()),
                        Written::Yes => (stored, waits_since) = (read, None),
                    }
                    continue;
                }
            };
            if page.records.is_empty() {
                waits_since = waits_since.or_else(|| Some(Instant::now()));
                self.publish(page.through);
                continue;
            }
            let through = page.through;
            if page.records.len() < self.bounds.fold_events_max {
                gathers_until = Some(Instant::now() + self.bounds.fold_interval);
            }
            let span = tracing::debug_span!(
                "projection.page",
                projection = self.definition.name(),
                through = through.0,
                events = page.records.len(),
            );
            match self.take(page, stored).instrument(span).await? {
                Written::Overtaken => return Ok(()),
                Written::Yes => (stored, waits_since) = (through, None),
            }
            self.tell_lag(through).await;
        }
    }

    /// A projection that begins with much before it is built without indexes.
    async fn begin_bare(&mut self, at: Position) -> Result<(), Trouble> {
        if at != Position::START {
            return Ok(());
        }
        let head = self.log.head().await?;
        if head.0 >= self.bounds.bare_events_min as u64
            && self.views.drop_indexes(&self.definition, &self.incarnation).await?
        {
            self.bare_until = Some(head);
            self.progress.send_modify(|progress| progress.bare = true);
        }
        Ok(())
    }

    /// Makes the indexes once everything is in that was there when it began. Until then it
    /// does not say how far it has come: nobody asks documents that no index leads to.
    async fn end_bare(&mut self, read: Position) -> Result<(), Trouble> {
        if self.bare_until.is_none_or(|until| read < until) {
            return Ok(());
        }
        let begun = Instant::now();
        self.views.make_indexes(&self.definition).await?;
        self.bare_until = None;
        let projection = self.definition.name();
        tracing::info!(projection, took = ?begun.elapsed(), "the indexes of a new view were made");
        self.publish(read);
        Ok(())
    }

    /// Lets events come together for a while, unless somebody waits for one of them.
    async fn gather(&mut self, until: Instant, at: Position) {
        let wanted = async {
            let nobody_left = self.wanted.wait_for(|wanted| *wanted > at).await.is_err();
            if nobody_left {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep_until(until.into()) => {}
            () = wanted => {}
        }
    }

    /// Finds where to go on. A checkpoint over another incarnation of the log, or ahead
    /// of it, tells of events that are no more: everything is built anew.
    async fn settle(&mut self) -> Result<Checkpoint, Trouble> {
        loop {
            let Some(checkpoint) = self.views.checkpoint(&self.definition).await? else {
                self.views.begin_projection(&self.definition, self.log.realm()).await?;
                continue;
            };
            // Read after the checkpoint: the log is never behind what was read from it.
            let head = self.log.head().await?;
            if checkpoint.incarnation == self.incarnation && checkpoint.position <= head {
                let is_bare = self.bare_until.is_some();
                self.progress.send_replace(Progress {
                    position: if is_bare { Position::START } else { checkpoint.position },
                    failure: checkpoint.failure.clone(),
                    trouble: None,
                    bare: is_bare,
                });
                return Ok(checkpoint);
            }
            tracing::warn!(
                projection = self.definition.name(),
                position = checkpoint.position.0,
                head = head.0,
                "the view is of another log: it is built anew"
            );
            self.views.reset(&self.definition, &checkpoint, &self.incarnation).await?;
            // Another log has other changes at the same positions.
            self.parsed.clear();
        }
    }

    /// Folds a page and writes what it changes.
    async fn take(&mut self, page: Page, stored: Position) -> Result<Written, Trouble> {
        let begun = Instant::now();
        let Page { records, through } = page;
        let written = match self.fold(&records).await {
            Ok(writes) => self.write(&writes, stored, through, records.last()).await?,
            Err(FoldError::Trouble(reason)) => return Err(Trouble(reason)),
            Err(FoldError::Record { index, error }) => {
                return self.stop(&records, index, &error, stored).await;
            }
        };
        self.metrics.folded(records.len(), begun.elapsed());
        Ok(written)
    }

    async fn fold(&mut self, records: &[Record]) -> Result<Vec<CollectionWrite>, FoldError> {
        let mut folding = Folding {
            log: &self.log,
            views: &self.views,
            definition: &self.definition,
            bounds: &self.bounds,
            states: &mut self.states,
        };
        folding.fold(records).await
    }

    /// Writes the commits before the record that cannot be folded, and records why the
    /// projection stands still.
    async fn stop(
        &mut self,
        records: &[Record],
        index: usize,
        error: &ProjectError,
        stored: Position,
    ) -> Result<Written, Trouble> {
        self.states.forget();
        let broken = &records[index];
        let through = before_commit(broken).max(stored);
        let whole = records.iter().take_while(|record| record.position <= through).count();
        let whole = &records[..whole];
        let writes = match self.fold(whole).await {
            Ok(writes) => writes,
            Err(FoldError::Trouble(reason)) => return Err(Trouble(reason)),
            Err(FoldError::Record { error, .. }) => {
                return Err(Trouble(format!("the fold is not pure: {error}")));
            }
        };
        if through > stored
            && let Written::Overtaken = self.write(&writes, stored, through, whole.last()).await?
        {
            return Ok(Written::Overtaken);
        }
        let failure = Failure { position: broken.position, reason: error.to_string() };
        let recorded =
            self.views.record_failure(&self.definition, &self.incarnation, through, &failure);
        if recorded.await? {
            self.metrics.failed();
            tracing::error!(
                projection = self.definition.name(),
                position = broken.position.0,
                event = broken.event_type.as_str(),
                %error,
                "a projection stands still"
            );
        }
        // The checkpoint tells the rest.
        Ok(Written::Overtaken)
    }

    /// Documents, removals and checkpoint in one transaction.
    async fn write(
        &mut self,
        writes: &[CollectionWrite],
        from: Position,
        to: Position,
        last: Option<&Record>,
    ) -> Result<Written, Trouble> {
        let (views, definition) = (&self.views, &self.definition);
        let mut work = views.database.begin().await?;
        if !views.advance(&mut work, definition, &self.incarnation, from, to).await? {
            self.metrics.lost_race();
            return Ok(Written::Overtaken);
        }
        let time = last.map_or(Micros(0), |record| record.time);
        for write in writes {
            views.write(&mut work, definition, write, time).await?;
            self.removals += write.removals() as u64;
        }
        work.commit().await?;
        self.publish(to);
        self.prune(time).await;
        Ok(Written::Yes)
    }

    /// Forgets removals now and then, when some were added.
    async fn prune(&mut self, now: Micros) {
        let kept = self.bounds.removals_kept;
        if self.removals == 0 || self.removals < kept / 8 {
            return;
        }
        self.removals = 0;
        let age = i64::try_from(self.bounds.removals_age_max.as_micros()).unwrap_or(i64::MAX);
        let before = Micros(now.0.saturating_sub(age));
        if let Err(error) = self.views.prune_removals(&self.definition, kept, before).await {
            tracing::warn!(%error, "old removals are kept for now");
        }
    }

    fn publish(&self, position: Position) {
        if self.bare_until.is_some() {
            return;
        }
        self.progress.send_replace(Progress { position, ..Progress::default() });
    }

    async fn tell_lag(&mut self, position: Position) {
        if self.lag_told.is_some_and(|told| told.elapsed() < LAG_INTERVAL) {
            return;
        }
        self.lag_told = Some(Instant::now());
        if let Ok(head) = self.log.head().await {
            self.metrics.lag(head.0.saturating_sub(position.0));
        }
    }
}

/// Waits until a moment, or for ever.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

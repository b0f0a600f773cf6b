//! The sequencer: one task per process that gives every event its place.
//!
//! Transactions wait in a bounded queue. The sequencer takes what waits, opens one
//! database transaction, takes the log's lock as its first statement, and only then
//! settles what depends on the order: versions, positions, the time, decisions, and
//! whether a request was answered before. One sync makes the whole batch durable;
//! then, and not earlier, the callers hear of it.
//!
//! * If somebody else committed since the last batch, remembered versions are
//!   forgotten, states are caught up from the log, and decisions are taken over these.
//! * What the database refuses is split in halves and run again, until the one
//!   transaction that it does not take stands alone; that one fails.
//! * If the connection breaks while committing, the outcome is unknown. The sequencer
//!   takes the lock again, which waits for the old session to end, and looks whether
//!   the batch is there. Only then does it answer.
//!
//! No answer, not even a refusal, leaves before the batch it was decided in is
//! settled: a seat refused because an earlier transaction of the batch took the last
//! one must not be refused if that transaction failed after all.

mod batch;
mod intake;
mod prepare;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lru::LruCache;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument as _;

pub(crate) use intake::{Answer, Entrance, Item};

use crate::bounds::Bounds;
use crate::clock::Clock;
use crate::desk::{Remembered, Warm};
use crate::metrics::Metrics;
use crate::name::{Micros, Position, StreamName, Version};
use crate::storage::{Begun, StorageError, Witness, Writer};
use crate::tail::Tail;
use crate::transaction::{CommitError, Fate};

use batch::{Attempt, Decided, Verdict};

/// What the sequencer is asked to do.
pub(crate) enum Order {
    Commit(Box<Item>),
    Prune { before: Micros, reply: oneshot::Sender<Result<u64, CommitError>> },
    Close { done: oneshot::Sender<()> },
}

/// What the sequencer needs besides its writer.
pub(crate) struct Setting {
    pub(crate) bounds: Arc<Bounds>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) source: String,
    pub(crate) tail: Arc<Tail>,
    /// Told which states are remembered.
    pub(crate) warm: Warm,
    pub(crate) head: watch::Sender<Position>,
    /// Told after every commit, to wake other processes.
    pub(crate) notify: Option<watch::Sender<Position>>,
}

pub(crate) struct Sequencer {
    writer: Box<dyn Writer>,
    orders: mpsc::Receiver<Order>,
    setting: Arc<Setting>,
    /// The head as this process last saw it under the lock.
    seen: Option<Position>,
    versions: LruCache<StreamName, Version>,
    remembered: Remembered,
    /// Whether to look request keys up before deciding. Off while requests are new,
    /// on after one was found to be a repetition: repetitions come in swarms.
    careful: bool,
    /// Taken from the queue, but not part of the batch at hand.
    deferred: VecDeque<Order>,
}

/// How a database transaction of a batch ended.
enum Ended {
    /// Everybody was answered.
    Settled,
    /// Nothing is stored; run these again.
    Again(Vec<Item>),
    /// The database does not take these together.
    Split(Vec<Item>, StorageError),
    /// Nothing is stored, and the database cannot be used now.
    Retry(Vec<Item>, StorageError),
}

impl Sequencer {
    pub(crate) fn new(
        writer: Box<dyn Writer>,
        orders: mpsc::Receiver<Order>,
        setting: Setting,
    ) -> Self {
        let versions = std::num::NonZeroUsize::new(setting.bounds.versions_cached_max)
            .unwrap_or(std::num::NonZeroUsize::MIN);
        Self {
            writer,
            orders,
            seen: None,
            versions: LruCache::new(versions),
            remembered: Remembered::new(setting.bounds.states_cached_max, setting.warm.clone()),
            careful: false,
            deferred: VecDeque::new(),
            setting: Arc::new(setting),
        }
    }

    pub(crate) async fn run(mut self) {
        loop {
            let order = match self.deferred.pop_front() {
                Some(order) => order,
                None => match self.orders.recv().await {
                    Some(order) => order,
                    None => break,
                },
            };
            match order {
                Order::Commit(item) => {
                    let batch = self.gather(*item);
                    let events = batch.len() as u64;
                    let span = tracing::debug_span!("eventlog.batch", transactions = events);
                    self.settle_batch(batch).instrument(span).await;
                    self.writer.maintain().await;
                }
                Order::Prune { before, reply } => {
                    let _ = reply.send(self.prune(before).await);
                    self.writer.maintain().await;
                }
                Order::Close { done } => {
                    // Whoever still waits is told; nobody new comes in.
                    self.orders.close();
                    while let Ok(order) = self.orders.try_recv() {
                        self.deferred.push_back(order);
                    }
                    let mut closing = vec![done];
                    for order in self.deferred.drain(..) {
                        match order {
                            Order::Commit(item) => item.answer(Err(CommitError::Draining)),
                            Order::Prune { reply, .. } => {
                                let _ = reply.send(Err(CommitError::Draining));
                            }
                            Order::Close { done } => closing.push(done),
                        }
                    }
                    self.writer.close().await;
                    for done in closing {
                        let _ = done.send(());
                    }
                    return;
                }
            }
        }
        self.writer.close().await;
    }

    /// Takes what waits into one batch, in order, up to the batch's bounds. A second
    /// use of a request key waits for the next batch, where the first is stored.
    fn gather(&mut self, first: Item) -> Vec<Item> {
        let bounds = &self.setting.bounds;
        let (mut events, mut bytes) = (first.events(), first.bytes);
        let mut batch = vec![first];
        let mut keys = std::collections::HashSet::new();
        keys.extend(batch[0].request_id());
        let mut waiting = std::mem::take(&mut self.deferred);
        while events < bounds.batch_events_max && bytes < bounds.batch_bytes_max {
            let order = match waiting.pop_front() {
                Some(order) => order,
                None => match self.orders.try_recv() {
                    Ok(order) => order,
                    Err(_) => break,
                },
            };
            match order {
                Order::Commit(item) if item.request_id().is_none_or(|id| keys.insert(id)) => {
                    events += item.events();
                    bytes += item.bytes;
                    batch.push(*item);
                }
                Order::Commit(item) => self.deferred.push_back(Order::Commit(item)),
                other => {
                    self.deferred.push_back(other);
                    break;
                }
            }
        }
        self.deferred.append(&mut waiting);
        let now = Instant::now();
        for item in &batch {
            self.setting.metrics.waited(now - item.enqueued);
        }
        batch
    }

    /// Runs a batch until every transaction in it has its answer.
    async fn settle_batch(&mut self, batch: Vec<Item>) {
        let deadline = Instant::now() + self.setting.bounds.commit_wait_max;
        let mut parts = vec![batch];
        let mut pause = Pause::new();
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.attempt(part, deadline).await {
                Ended::Settled => pause = Pause::new(),
                Ended::Again(items) => parts.push(items),
                Ended::Split(mut items, error) => {
                    self.setting.metrics.split();
                    tracing::warn!(transactions = items.len(), %error, "batch refused");
                    let late = Instant::now() >= deadline;
                    if items.len() == 1 || late {
                        for item in items {
                            match &error {
                                StorageError::Refused(reason) if !late => {
                                    item.answer(Err(CommitError::Refused(reason.clone())));
                                }
                                error => item.unavailable(&error.to_string()),
                            }
                        }
                    } else {
                        let second = items.split_off(items.len() / 2);
                        parts.push(second);
                        parts.push(items);
                    }
                }
                Ended::Retry(items, error) => {
                    if matches!(error, StorageError::Exhausted(_)) || Instant::now() >= deadline {
                        for item in items.into_iter().chain(parts.drain(..).flatten()) {
                            item.unavailable(&error.to_string());
                        }
                        return;
                    }
                    tracing::warn!(%error, "the log cannot be written, trying again");
                    pause.wait().await;
                    parts.push(items);
                }
            }
        }
    }

    /// One database transaction.
    async fn attempt(&mut self, items: Vec<Item>, deadline: Instant) -> Ended {
        // States that nobody remembers are loaded by their callers, outside the lock.
        let ready = |item: &Item| item.missing_states(&self.remembered).is_empty();
        let (items, cold): (Vec<Item>, Vec<Item>) = items.into_iter().partition(ready);
        for item in cold {
            let missing = item.missing_states(&self.remembered);
            item.send_back(missing);
        }
        if items.is_empty() {
            return Ended::Settled;
        }
        let started = Instant::now();
        let begun = match self.writer.begin().await {
            Ok(begun) => begun,
            Err(error) => return Ended::Retry(items, error),
        };
        let head = begun.head;
        if self.look_around(begun) {
            // The states they were to build on are forgotten: they come back with new ones.
            self.writer.rollback().await;
            return Ended::Again(items);
        }
        let stamp = Micros(head.time.0.max(self.setting.clock.now().0));
        let mut attempt = Attempt::new(Arc::clone(&self.setting), head, stamp);
        let decided = attempt.decide_all(
            items,
            &mut *self.writer,
            &mut self.versions,
            &mut self.remembered,
            self.careful,
        );
        let decided = decided.await;
        for item in attempt.rest.drain(..).rev() {
            self.deferred.push_front(Order::Commit(Box::new(item)));
        }
        let verdicts = match decided {
            Ok(Decided::All(verdicts)) => verdicts,
            Ok(Decided::Without(items)) => {
                self.writer.rollback().await;
                return Ended::Again(items);
            }
            Ok(Decided::Carefully(items)) => {
                self.writer.rollback().await;
                self.careful = true;
                return Ended::Again(items);
            }
            Err((items, error)) => return self.failed(items, error).await,
        };
        self.careful = attempt.repetitions > 0;
        if attempt.rows.is_empty() {
            self.writer.rollback().await;
            attempt.keep(&mut self.versions, &mut self.remembered);
            Verdict::answer_all(verdicts, &self.setting.metrics);
            return Ended::Settled;
        }
        match self.writer.append(&attempt.rows).await {
            Ok(crate::storage::Appended::Stored) => {}
            Ok(crate::storage::Appended::KeyTaken) => {
                self.writer.rollback().await;
                self.careful = true;
                return Ended::Again(Verdict::items(verdicts));
            }
            Err(error) => return self.failed(Verdict::items(verdicts), error).await,
        }
        match self.writer.commit().await {
            Ok(()) => {}
            Err(StorageError::Lost(reason)) => {
                tracing::warn!(reason, "connection lost while committing; finding out");
                match self.find_out(&attempt.rows, deadline).await {
                    Some(true) => {}
                    Some(false) => {
                        let mut items = Verdict::items(verdicts);
                        let doubtful = !self.writer.absence_is_final();
                        items.iter_mut().for_each(|item| item.proposal.doubtful |= doubtful);
                        return Ended::Retry(items, StorageError::Lost(reason));
                    }
                    None => {
                        self.seen = None;
                        Verdict::answer_unknown(verdicts, &reason);
                        return Ended::Settled;
                    }
                }
            }
            Err(error) => return self.failed(Verdict::items(verdicts), error).await,
        }
        let metrics = Arc::clone(&self.setting.metrics);
        metrics.committed(attempt.rows.events.len(), started.elapsed());
        let rows = attempt.keep(&mut self.versions, &mut self.remembered);
        self.publish(rows);
        Verdict::answer_all(verdicts, &metrics);
        Ended::Settled
    }

    /// The database failed before anything was committed.
    async fn failed(&mut self, items: Vec<Item>, error: StorageError) -> Ended {
        self.writer.rollback().await;
        match error {
            error @ (StorageError::Refused(_) | StorageError::Slow(_)) => {
                // Whatever was remembered may be what the database disagrees with.
                self.versions.clear();
                Ended::Split(items, error)
            }
            error => Ended::Retry(items, error),
        }
    }

    /// Under the lock: has somebody else committed since this process last looked? And is
    /// it still the same server? A new session may be with one that took over and lacks
    /// the last events: then states that were remembered are forgotten, and this is true.
    fn look_around(&mut self, begun: Begun) -> bool {
        let position = begun.head.position;
        if begun.fresh || self.seen != Some(position) {
            self.versions.clear();
            self.setting.tail.clear();
            self.seen = Some(position);
        }
        begun.fresh && self.remembered.forget()
    }

    /// Finds out whether a batch was committed. The lock is taken first: it is free
    /// only when the session that was committing has ended, one way or the other.
    async fn find_out(&mut self, rows: &crate::storage::Batch, deadline: Instant) -> Option<bool> {
        let witness = match (rows.events.first(), rows.answers.first()) {
            (Some(event), _) => Witness::Event(event.id),
            (None, Some(answer)) => {
                Witness::Answer { key: answer.key.clone(), commit_id: answer.commit_id }
            }
            // Only content, addressed by its digest: storing it again changes nothing.
            (None, None) => return Some(false),
        };
        self.setting.metrics.settled_unknown();
        let mut pause = Pause::new();
        while Instant::now() < deadline {
            if let Ok(begun) = self.writer.begin().await {
                // Likely a new session: whoever begins next would not hear of it.
                self.look_around(begun);
                let found = self.writer.has_commit(&witness).await;
                self.writer.rollback().await;
                if let Ok(found) = found {
                    return Some(found);
                }
            }
            pause.wait().await;
        }
        None
    }

    /// Tells subscribers here, and wakes those elsewhere.
    fn publish(&mut self, rows: crate::storage::Batch) {
        let position = rows.head.position;
        self.seen = Some(position);
        self.setting.tail.push(rows.events);
        self.setting.head.send_if_modified(|head| {
            let newer = *head < position;
            *head = position.max(*head);
            newer
        });
        if let Some(notify) = &self.setting.notify {
            notify.send_replace(position);
        }
    }

    async fn prune(&mut self, before: Micros) -> Result<u64, CommitError> {
        const CHUNK: usize = 1_000;
        let unavailable = |error: StorageError| CommitError::Unavailable {
            fate: Fate::Unknown,
            reason: error.to_string(),
        };
        let begun = self.writer.begin().await.map_err(unavailable)?;
        self.look_around(begun);
        let pruned = match self.writer.prune_answers(before, CHUNK).await {
            Ok(pruned) => pruned,
            Err(error) => {
                self.writer.rollback().await;
                return Err(unavailable(error));
            }
        };
        if let Err(error) = self.writer.commit().await {
            self.writer.rollback().await;
            return Err(unavailable(error));
        }
        Ok(pruned)
    }
}

/// Waits a little longer each time, up to a second.
pub(crate) struct Pause(Duration);

impl Pause {
    const FIRST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_secs(1);

    pub(crate) fn new() -> Self {
        Self(Self::FIRST)
    }

    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}

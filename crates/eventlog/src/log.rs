//! The log as the rest of the house sees it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, Weak};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::bounds::Bounds;
use crate::clock::{Clock, SystemClock};
use crate::desk::{Slot, StateKey, Warm, state_key};
use crate::metrics::Metrics;
use crate::name::{Micros, Position, StreamName, Version};
use crate::postgres::{self, PostgresOptions};
use crate::read::{self, Direction, Filter, Page};
use crate::record::{Context, Digest, Record};
use crate::sequencer::{Answer, Entrance, Order, Sequencer, Setting};
use crate::snapshot::{self, Snapshots};
use crate::sqlite::{self, OpenError, SqliteOptions};
use crate::storage::{ReadError, Reader, Realm, Writer};
use crate::subscribe::Subscription;
use crate::tail::Tail;
use crate::transaction::{AnyFold, CommitError, Fate, Loaded, Outcome, Proposal, Read, Work};

/// States that one caller loads at the same time.
const LOADS_AT_ONCE: usize = 8;

/// In which database the log is kept.
// Made once a process: its size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone)]
pub enum Backend {
    /// A folder with an embedded SQLite file.
    Sqlite(SqliteOptions),
    /// A schema of a PostgreSQL database.
    Postgres(PostgresOptions),
}

/// How to open a log.
#[derive(Clone)]
pub struct Options {
    /// Where it is.
    pub backend: Backend,
    /// Its limits.
    pub bounds: Bounds,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Where snapshots of long streams are kept, if anywhere.
    pub snapshots: Option<Arc<dyn Snapshots>>,
}

impl Options {
    /// The log in a folder, with the defaults.
    #[must_use]
    pub fn sqlite(folder: impl Into<std::path::PathBuf>) -> Self {
        Backend::Sqlite(SqliteOptions::new(folder)).into()
    }
}

impl From<Backend> for Options {
    fn from(backend: Backend) -> Self {
        let (bounds, clock) = (Bounds::default(), Arc::new(SystemClock));
        Self { backend, bounds, clock, snapshots: None }
    }
}

/// One realm's log. Cheap to clone; all clones share one sequencer.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use quanheng_eventlog::{EventDraft, EventType, Expect, Log, Options, StreamName, Transaction};
/// # let folder = tempfile::tempdir()?;
/// let log = Log::open(Options::sqlite(folder.path())).await?;
/// let unit = StreamName::new("units/1")?;
/// let event = EventDraft::new(
///     unit.clone(),
///     EventType::new("quanheng.registry.unit_registered.v1")?,
///     &serde_json::json!({"name": "某县档案局"}),
/// )?;
/// let outcome = log
///     .commit(Transaction::default().append(event).expect(unit, Expect::None))
///     .await?;
/// assert_eq!(outcome.receipt().position.0, 1);
/// log.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) reader: Arc<dyn Reader>,
    pub(crate) bounds: Arc<Bounds>,
    pub(crate) head: watch::Sender<Position>,
    pub(crate) tail: Arc<Tail>,
    pub(crate) metrics: Arc<Metrics>,
    realm: Realm,
    /// True once the log is closed: subscriptions end.
    pub(crate) closed: watch::Sender<bool>,
    entrance: Option<Entrance>,
    /// What the sequencer remembers.
    warm: Warm,
    loading: Loading,
    snapshots: Option<Arc<dyn Snapshots>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end_tasks();
    }
}

impl Inner {
    fn end_tasks(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(|broken| broken.into_inner());
        tasks.drain(..).for_each(|task| task.abort());
    }
}

/// What differs between the databases once they are open.
struct Parts {
    backend: &'static str,
    writer: Option<Box<dyn Writer>>,
    reader: Arc<dyn Reader>,
    realm: Realm,
    poll_interval: Option<std::time::Duration>,
    wake: Option<(sqlx::PgPool, String)>,
}

impl Log {
    /// Opens a log for reading and writing; makes it where it is not there yet.
    ///
    /// # Errors
    /// [`OpenError`]: it is served by another process, cannot be reached, or is kept
    /// in a way that could lose what it acknowledges.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let parts = match &options.backend {
            Backend::Sqlite(sqlite) => {
                let opened = sqlite::open(sqlite).await?;
                Parts {
                    backend: "sqlite",
                    writer: Some(Box::new(opened.writer)),
                    reader: Arc::new(opened.reader),
                    realm: opened.realm,
                    poll_interval: None,
                    wake: None,
                }
            }
            Backend::Postgres(postgres) => {
                let opened = postgres::open(postgres).await?;
                let pool = opened.reader.pool().clone();
                Parts {
                    backend: "postgres",
                    writer: Some(Box::new(opened.writer)),
                    reader: Arc::new(opened.reader),
                    realm: opened.realm,
                    poll_interval: Some(postgres.poll_interval),
                    wake: postgres.notify.then(|| (pool, channel(postgres))),
                }
            }
        };
        Self::start(options, parts).await
    }

    /// Opens a log for reading only, beside whoever serves it.
    ///
    /// # Errors
    /// [`OpenError`] when there is no log, or it cannot be reached.
    pub async fn open_read_only(options: Options) -> Result<Self, OpenError> {
        const POLL: std::time::Duration = std::time::Duration::from_millis(100);
        let parts = match &options.backend {
            Backend::Sqlite(sqlite) => {
                let reader = sqlite::open_read_only(sqlite).await?;
                let realm = reader.realm().await;
                Parts {
                    backend: "sqlite",
                    writer: None,
                    realm: realm.map_err(|error| OpenError::Database(error.to_string()))?,
                    reader: Arc::new(reader),
                    poll_interval: Some(POLL),
                    wake: None,
                }
            }
            Backend::Postgres(postgres) => {
                let (reader, realm) = postgres::open_read_only(postgres).await?;
                let pool = reader.pool().clone();
                Parts {
                    backend: "postgres",
                    writer: None,
                    reader: Arc::new(reader),
                    realm,
                    poll_interval: Some(postgres.poll_interval),
                    wake: postgres.notify.then(|| (pool, channel(postgres))),
                }
            }
        };
        Self::start(options, parts).await
    }

    async fn start(options: Options, parts: Parts) -> Result<Self, OpenError> {
        let Parts { backend, writer, reader, realm, poll_interval, wake } = parts;
        let bounds = Arc::new(options.bounds.sane());
        let metrics = Arc::new(Metrics::new(backend));
        let tail = Arc::new(Tail::new(bounds.tail_bytes_max));
        let first = reader.head().await;
        let first = first.map_err(|error| OpenError::Database(error.to_string()))?;
        let (head, _) = watch::channel(first.position);
        let (notify, notified) = watch::channel(first.position);
        let (woken, warm) = (Arc::new(Notify::new()), Warm::default());
        let mut tasks = Vec::new();
        let entrance = writer.map(|writer| {
            let (orders, received) = mpsc::channel(bounds.queue_items_max.max(1));
            let setting = Setting {
                bounds: Arc::clone(&bounds),
                clock: options.clock,
                metrics: Arc::clone(&metrics),
                source: format!("/realms/{}", realm.id),
                tail: Arc::clone(&tail),
                warm: warm.clone(),
                head: head.clone(),
                notify: wake.is_some().then_some(notify),
            };
            // Not among the tasks that end with the log: it ends by itself when the
            // last entrance is gone, after the transactions that wait.
            let sequencer = tokio::spawn(Sequencer::new(writer, received, setting).run());
            tokio::spawn(async move {
                if sequencer.await.is_err_and(|error| error.is_panic()) {
                    tracing::error!("the sequencer failed; open the log again to write to it");
                }
            });
            Entrance::new(orders, Arc::clone(&bounds))
        });
        if let Some((pool, channel)) = wake {
            if entrance.is_some() {
                tasks.push(tokio::spawn(postgres::notify(pool.clone(), channel.clone(), notified)));
            }
            tasks.push(tokio::spawn(postgres::listen(pool, channel, Arc::clone(&woken))));
        }
        if let Some(interval) = poll_interval {
            tasks.push(tokio::spawn(poll(Arc::clone(&reader), head.clone(), woken, interval)));
        }
        let inner = Inner {
            reader,
            bounds,
            head,
            tail,
            metrics,
            realm,
            closed: watch::Sender::new(false),
            entrance,
            warm,
            loading: Loading::default(),
            snapshots: options.snapshots,
            tasks: Mutex::new(tasks),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Which log this is.
    #[must_use]
    pub fn realm(&self) -> Realm {
        self.inner.realm
    }

    /// Its limits.
    #[must_use]
    pub fn bounds(&self) -> &Bounds {
        &self.inner.bounds
    }

    /// Commits a [`crate::Transaction`] or a [`Proposal`]: wholly, in order, and
    /// durably before this returns.
    ///
    /// # Errors
    /// [`CommitError`]. Unless its fate is unknown, nothing was stored.
    pub async fn commit(&self, proposal: impl Into<Proposal>) -> Result<Outcome, CommitError> {
        let proposal = proposal.into();
        let Context { method, request_id, .. } = &proposal.context;
        let span = tracing::debug_span!("eventlog.commit", ?method, ?request_id);
        self.commit_proposal(proposal).instrument(span).await
    }

    async fn commit_proposal(&self, mut proposal: Proposal) -> Result<Outcome, CommitError> {
        /// Each round loads what the last one found missing; more than a few mean that
        /// the states do not stay loaded.
        const ROUNDS_MAX: usize = 32;
        let entrance = self.inner.entrance.as_ref().ok_or(CommitError::ReadOnly)?;
        let brought = std::mem::take(&mut proposal.brought).into_iter();
        let mut loaded: Vec<_> = brought.map(|Loaded { key, slot }| (key, slot)).collect();
        let mut waited_for = HashSet::new();
        // What nobody remembers is loaded before the first turn in the queue.
        let cold = self.cold(&proposal, &loaded);
        let mut turns = self.load_in_time(cold, &mut waited_for, &mut loaded).await?;
        for _ in 0..ROUNDS_MAX {
            match entrance.submit(proposal, std::mem::take(&mut loaded)).await {
                Answer::Done(done) => return done,
                Answer::LoadFirst(again, missing, kept) => {
                    proposal = *again;
                    turns.clear();
                    // What was brought along and not used is brought along again.
                    loaded = kept;
                    let turn = self.load_in_time(missing, &mut waited_for, &mut loaded).await;
                    turns = turn.map_err(|error| proposal.qualify(error))?;
                }
            }
        }
        Err(proposal.qualify(CommitError::Unavailable {
            fate: Fate::NotStored,
            reason: "the states that the decision reads do not stay loaded".into(),
        }))
    }

    /// The states that a decision reads, and that are neither remembered, as far as that can
    /// be told, nor brought along.
    fn cold(&self, proposal: &Proposal, brought: &[(StateKey, Slot)]) -> Vec<Read> {
        let Work::Decide(decision) = &proposal.work else { return Vec::new() };
        let reads = decision.reads();
        if reads.len() > self.inner.bounds.streams_per_commit_max {
            // It is refused at the entrance.
            return Vec::new();
        }
        let mut missing = self.inner.warm.missing(&reads);
        let has =
            |read: &Read| brought.iter().any(|(key, _)| state_key(read).as_ref() == Some(key));
        missing.retain(|read| !has(read));
        missing
    }

    /// Loads states, unless it takes longer than a commit may.
    async fn load_in_time(
        &self,
        missing: Vec<Read>,
        waited_for: &mut HashSet<StateKey>,
        loaded: &mut Vec<(StateKey, Slot)>,
    ) -> Result<Vec<tokio::sync::OwnedMutexGuard<()>>, CommitError> {
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let patience = self.inner.bounds.commit_wait_max;
        let slowly = || CommitError::Unavailable {
            fate: Fate::NotStored,
            reason: "the states that the decision reads load too slowly".into(),
        };
        let loading = self.load(missing, waited_for, loaded);
        tokio::time::timeout(patience, loading).await.map_err(|_elapsed| slowly()).flatten()
    }

    /// Loads the state of a stream, to look at it and to bring it to a decision.
    ///
    /// # Errors
    /// [`CommitError`] when the stream cannot be read.
    pub async fn load_state(&self, read: &Read) -> Result<Option<Loaded>, CommitError> {
        let (Some(key), Some(fold)) = (state_key(read), &read.fold) else { return Ok(None) };
        Ok(Some(Loaded { key, slot: self.build(read, fold).await? }))
    }

    /// Loads states from the log, each by one caller at a time. Who had to wait for
    /// another finds it remembered, most likely; if not, it loads the next time.
    async fn load(
        &self,
        mut missing: Vec<Read>,
        waited_for: &mut HashSet<StateKey>,
        loaded: &mut Vec<(StateKey, Slot)>,
    ) -> Result<Vec<tokio::sync::OwnedMutexGuard<()>>, CommitError> {
        // In one order, so that two callers never wait for each other.
        missing.sort_by_cached_key(state_key);
        missing.dedup_by_key(|read| state_key(read));
        let mut turns = Vec::new();
        let mut building = Vec::new();
        for read in missing {
            let Some(key) = state_key(&read) else { continue };
            let (turn, waited) = self.inner.loading.turn(&key).await;
            if waited && waited_for.insert(key.clone()) {
                // Let the others through: what they wait for is there, too.
                continue;
            }
            turns.push(turn);
            building.push((key, read));
        }
        let building = building.into_iter().filter_map(|(key, read)| {
            let fold = Arc::clone(read.fold.as_ref()?);
            Some(async move { Ok::<_, CommitError>((key, self.build(&read, &fold).await?)) })
        });
        let mut built = stream::iter(building).buffered(LOADS_AT_ONCE);
        while let Some(state) = built.try_next().await? {
            loaded.push(state);
        }
        Ok(turns)
    }

    /// Builds a state from its newest snapshot and the events after it.
    async fn build(&self, read: &Read, fold: &Arc<dyn AnyFold>) -> Result<Slot, CommitError> {
        let (stream, realm) = (&read.stream, self.inner.realm);
        let snapshots = self.inner.snapshots.as_deref();
        let mut slot = Slot::initial(fold);
        // Most streams are short: one page holds them, and no snapshot is looked for.
        let (reader, limit) = (&self.inner.reader, self.inner.bounds.page_events_max);
        let first = reader.stream(stream, Version(1), Direction::Forward, limit).await;
        let first = first.map_err(unreadable)?;
        let goes_on = first.len() == limit;
        if goes_on && snapshots.is_some() && fold.form().is_some() {
            let newest = self.stream_version(stream).await.map_err(unreadable)?;
            if newest.0 >= snapshot::EVENTS_MIN
                && let Some(found) = snapshot::begin(snapshots, realm, read, newest).await
            {
                slot = found;
            }
        }
        let begun = slot.version;
        if begun == Version::NONE {
            first.iter().try_for_each(|record| follow(&mut slot, stream, record))?;
        }
        if !goes_on {
            return Ok(slot);
        }
        let from = slot.version.next();
        let records = self.read_stream(stream.clone(), from, Direction::Forward);
        let mut records = std::pin::pin!(records);
        while let Some(record) = records.try_next().await.map_err(unreadable)? {
            follow(&mut slot, stream, &record)?;
        }
        snapshot::end(snapshots, realm, stream, begun, &slot).await;
        Ok(slot)
    }

    /// Keeps a snapshot of a state that a decision read, beside the log. For streams that
    /// are always in memory, and so never built from their events until the next start.
    ///
    /// # Errors
    /// [`CommitError`] when the stream cannot be read.
    pub async fn keep_snapshot(&self, read: &Read) -> Result<(), CommitError> {
        if let Some(fold) = &read.fold {
            self.build(read, fold).await?;
        }
        Ok(())
    }

    /// The newest position.
    ///
    /// # Errors
    /// [`ReadError`] when the database cannot be read.
    pub async fn head(&self) -> Result<Position, ReadError> {
        Ok(self.inner.reader.head().await?.position)
    }

    /// The version of a stream; [`Version::NONE`] if it has no event.
    ///
    /// # Errors
    /// [`ReadError`] when the database cannot be read.
    pub async fn stream_version(&self, stream: &StreamName) -> Result<Version, ReadError> {
        self.inner.reader.version(stream).await
    }

    /// One event by its id.
    ///
    /// # Errors
    /// [`ReadError`] when the database cannot be read.
    pub async fn event(&self, id: Uuid) -> Result<Option<Record>, ReadError> {
        self.inner.reader.event(id).await
    }

    /// The content of a blob.
    ///
    /// # Errors
    /// [`ReadError`] when the database cannot be read.
    pub async fn blob(&self, digest: &Digest) -> Result<Option<Bytes>, ReadError> {
        self.inner.reader.blob(digest).await
    }

    /// The events of a stream from a version on (inclusive), oldest or newest first.
    pub fn read_stream(
        &self,
        stream: StreamName,
        from: Version,
        direction: Direction,
    ) -> impl Stream<Item = Result<Record, ReadError>> + Send + use<> {
        let (reader, bounds) = (Arc::clone(&self.inner.reader), Arc::clone(&self.inner.bounds));
        read::stream_records(reader, bounds, stream, from, direction)
    }

    /// The log after a position, up to the head at the start, as pages that end at
    /// the ends of commits. Memory is bounded by a few pages.
    pub fn read(
        &self,
        after: Position,
        filter: Filter,
        page_size: usize,
    ) -> impl Stream<Item = Result<Page, ReadError>> + Send + use<> {
        let (reader, bounds) = (Arc::clone(&self.inner.reader), Arc::clone(&self.inner.bounds));
        read::pages(reader, bounds, after, filter, page_size)
    }

    /// One page after a position.
    ///
    /// # Errors
    /// [`ReadError`], also when the position lies beyond the head.
    pub async fn page(
        &self,
        after: Position,
        filter: &Filter,
        page_size: usize,
    ) -> Result<Page, ReadError> {
        let inner = &self.inner;
        let head = inner.reader.head().await?.position;
        read::page(&*inner.reader, &inner.bounds, after, head, filter, page_size).await
    }

    /// Everything after a position, and then what comes, for ever. Any number of
    /// subscribers, each at its own pace.
    ///
    /// # Errors
    /// [`ReadError`], also when the position lies beyond the head.
    pub async fn subscribe(
        &self,
        after: Position,
        filter: Filter,
    ) -> Result<Subscription, ReadError> {
        let head = self.head().await?;
        filter.check(self.bounds())?;
        if after > head {
            return Err(ReadError::BeyondHead { asked: after, head });
        }
        raise(&self.inner.head, head);
        Ok(Subscription::new(Arc::clone(&self.inner), after, filter))
    }

    pub(crate) fn reader(&self) -> &dyn Reader {
        &*self.inner.reader
    }

    /// Forgets the answers kept under request keys before a moment, a thousand at a
    /// time; tells how many. A request repeated after that takes effect again, so the
    /// moment must lie further back than any caller repeats.
    ///
    /// # Errors
    /// [`CommitError`] when the log cannot be written.
    pub async fn prune_answers(&self, before: Micros) -> Result<u64, CommitError> {
        let entrance = self.inner.entrance.as_ref().ok_or(CommitError::ReadOnly)?;
        let mut total = 0;
        loop {
            let (reply, pruned) = oneshot::channel();
            entrance.send(Order::Prune { before, reply }).await?;
            match pruned.await.map_err(|_| CommitError::Draining)?? {
                0 => return Ok(total),
                pruned => total += pruned,
            }
        }
    }

    /// Stops taking transactions in, finishes those that wait, and closes.
    pub async fn close(&self) {
        if let Some(entrance) = &self.inner.entrance {
            let (done, closed) = oneshot::channel();
            if entrance.send(Order::Close { done }).await.is_ok() {
                let _ = closed.await;
            }
        }
        self.inner.closed.send_replace(true);
        self.inner.end_tasks();
        self.inner.reader.close().await;
    }
}

/// Brings a state on by the next event of its stream.
fn follow(slot: &mut Slot, stream: &StreamName, record: &Record) -> Result<(), CommitError> {
    if record.version != slot.version.next() {
        let hole = format!("{stream} lacks version {}", slot.version.next());
        return Err(unreadable(ReadError::Damaged(hole)));
    }
    slot.evolve(record).map_err(|error| CommitError::Invalid(error.to_string()))
}

/// Gives a log that was restored from a backup a new incarnation, so that positions
/// and tokens of the part that was lost are told apart. Nobody may serve it meanwhile.
///
/// # Errors
/// [`OpenError`] when it is served or cannot be reached.
pub async fn renew_incarnation(backend: &Backend) -> Result<Realm, OpenError> {
    match backend {
        Backend::Sqlite(options) => sqlite::renew_incarnation(options).await,
        Backend::Postgres(options) => postgres::renew_incarnation(options).await,
    }
}

fn channel(options: &PostgresOptions) -> String {
    format!("quanheng_{}", options.schema)
}

fn unreadable(error: ReadError) -> CommitError {
    CommitError::Unavailable { fate: Fate::NotStored, reason: error.to_string() }
}

/// Raises the known head; it never sinks.
pub(crate) fn raise(head: &watch::Sender<Position>, position: Position) {
    head.send_if_modified(|known| {
        let newer = *known < position;
        *known = position.max(*known);
        newer
    });
}

/// Looks for what others committed, while somebody wants to know.
async fn poll(
    reader: Arc<dyn Reader>,
    head: watch::Sender<Position>,
    woken: Arc<Notify>,
    interval: std::time::Duration,
) {
    loop {
        // Woken, or after a while.
        let _ = tokio::time::timeout(interval, woken.notified()).await;
        if head.receiver_count() > 0
            && let Ok(newest) = reader.head().await
        {
            raise(&head, newest.position);
        }
    }
}

/// Who is loading which state.
#[derive(Default)]
struct Loading {
    turns: Mutex<HashMap<StateKey, Weak<tokio::sync::Mutex<()>>>>,
}

impl Loading {
    /// Waits for the turn to load a state; tells whether somebody had it before.
    async fn turn(&self, key: &StateKey) -> (tokio::sync::OwnedMutexGuard<()>, bool) {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(|broken| broken.into_inner());
            turns.retain(|_, turn| turn.strong_count() > 0);
            match turns.get(key).and_then(Weak::upgrade) {
                Some(turn) => turn,
                None => {
                    let turn = Arc::default();
                    turns.insert(key.clone(), Arc::downgrade(&turn));
                    turn
                }
            }
        };
        match Arc::clone(&turn).try_lock_owned() {
            Ok(guard) => (guard, false),
            Err(_) => (turn.lock_owned().await, true),
        }
    }
}

//! What a caller hands to the log, and what it gets back.

use std::any::{Any, TypeId};
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::bounds::Exceeded;
use crate::desk::{Desk, Slot, StateKey};
use crate::name::{InvalidName, Method, Micros, Position, Principal, StreamName, Version};
use crate::record::{BlobRef, Context, Digest, EventDraft, MalformedRecord, Record};

/// What a stream's version must be for a transaction to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Exactly this version, counted before the transaction.
    Exact(Version),
    /// No event yet.
    None,
    /// Whatever it is.
    Any,
}

impl Expect {
    pub(crate) fn allows(self, actual: Version) -> bool {
        match self {
            Self::Exact(expected) => expected == actual,
            Self::None => actual == Version::NONE,
            Self::Any => true,
        }
    }
}

/// Names a request, so that it takes effect once however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The request id that the caller chose.
    pub request_id: Uuid,
    /// Who asks.
    pub principal: Principal,
    /// What is asked.
    pub method: Method,
    /// Digest of the request's body; the same key with another digest is refused.
    pub digest: Digest,
}

/// What a decision changes: events in order, content they refer to, and the answer
/// that is kept under the request key.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Events in the order in which they are appended.
    pub events: Vec<EventDraft>,
    /// Content to store in the same commit. What is stored already is not stored twice.
    pub blobs: Vec<Bytes>,
    /// What to answer now and whenever the request is repeated.
    pub answer: Bytes,
}

/// Changes that were decided beforehand, with the versions that they rest on.
///
/// ```
/// use quanheng_eventlog::{EventDraft, EventType, Expect, StreamName, Transaction};
/// let unit = StreamName::new("units/1")?;
/// let registered = EventType::new("quanheng.registry.unit_registered.v1")?;
/// let transaction = Transaction::default()
///     .append(EventDraft::new(unit.clone(), registered, &serde_json::json!({}))?)
///     .expect(unit, Expect::None);
/// # let _ = transaction;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    /// Who acts and why.
    pub context: Context,
    /// Under which request key, if any.
    pub key: Option<RequestKey>,
    /// What must hold: for streams that are appended to, and for streams that were
    /// only read (guards). A stream that is not named may have any version.
    pub expects: Vec<(StreamName, Expect)>,
    /// What changes.
    pub changes: Changes,
}

impl Transaction {
    /// Appends an event.
    #[must_use]
    pub fn append(mut self, event: EventDraft) -> Self {
        self.changes.events.push(event);
        self
    }

    /// Demands a version of a stream, whether or not it is appended to.
    #[must_use]
    pub fn expect(mut self, stream: StreamName, expect: Expect) -> Self {
        self.expects.push((stream, expect));
        self
    }

    /// Stores content in the same commit.
    #[must_use]
    pub fn blob(mut self, content: Bytes) -> Self {
        self.changes.blobs.push(content);
        self
    }

    /// Keeps an answer under a request key.
    #[must_use]
    pub fn keyed(mut self, key: RequestKey, answer: impl Into<Bytes>) -> Self {
        self.key = Some(key);
        self.changes.answer = answer.into();
        self
    }
}

/// How the events of a stream become its state. Pure: no I/O, no clock.
pub trait Fold: Send + Sync + 'static {
    /// The state of a stream.
    type State: Send + Sync + 'static;

    /// The state of a stream without events.
    fn initial(&self) -> Self::State;

    /// The state after one more event.
    ///
    /// # Errors
    /// When the record is not of this stream's events; the decision is then not taken.
    fn evolve(&self, state: &mut Self::State, record: &Record) -> Result<(), MalformedRecord>;

    /// The form of snapshots: another one as soon as a state means something else than
    /// it did, or is written in another way. None: the state has no snapshots.
    fn form(&self) -> Option<&'static str> {
        None
    }

    /// A state as a snapshot; none if it cannot be written.
    fn save(&self, _state: &Self::State) -> Option<Vec<u8>> {
        None
    }

    /// The state of a snapshot; none if it cannot be read. Then the events are read.
    fn restore(&self, _snapshot: &[u8]) -> Option<Self::State> {
        None
    }
}

/// A [`Fold`] whose state type is known only to itself.
pub(crate) trait AnyFold: Send + Sync {
    fn state_type(&self) -> TypeId;
    fn initial(&self) -> Box<dyn Any + Send + Sync>;
    fn evolve(&self, state: &mut dyn Any, record: &Record) -> Result<(), MalformedRecord>;
    fn form(&self) -> Option<&'static str>;
    fn save(&self, state: &(dyn Any + Send + Sync)) -> Option<Vec<u8>>;
    fn restore(&self, snapshot: &[u8]) -> Option<Box<dyn Any + Send + Sync>>;
}

impl<F: Fold> AnyFold for F {
    fn state_type(&self) -> TypeId {
        TypeId::of::<F::State>()
    }

    fn initial(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(Fold::initial(self))
    }

    fn evolve(&self, state: &mut dyn Any, record: &Record) -> Result<(), MalformedRecord> {
        let state = state.downcast_mut().expect("states are kept under their own type");
        Fold::evolve(self, state, record)
    }

    fn form(&self) -> Option<&'static str> {
        Fold::form(self)
    }

    fn save(&self, state: &(dyn Any + Send + Sync)) -> Option<Vec<u8>> {
        let state = state.downcast_ref().expect("states are kept under their own type");
        Fold::save(self, state)
    }

    fn restore(&self, snapshot: &[u8]) -> Option<Box<dyn Any + Send + Sync>> {
        Some(Box::new(Fold::restore(self, snapshot)?))
    }
}

/// A stream that a decision reads or appends to.
#[derive(Clone)]
pub struct Read {
    pub(crate) stream: StreamName,
    pub(crate) fold: Option<Arc<dyn AnyFold>>,
}

impl Read {
    /// Reads a stream's state.
    pub fn state<F: Fold>(stream: StreamName, fold: Arc<F>) -> Self {
        Self { stream, fold: Some(fold) }
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &StreamName {
        &self.stream
    }

    /// Reads a stream's version alone, or only appends to it.
    #[must_use]
    pub fn version(stream: StreamName) -> Self {
        Self { stream, fold: None }
    }
}

/// The state of a stream as it was when it was loaded.
pub struct Loaded {
    pub(crate) key: StateKey,
    pub(crate) slot: Slot,
}

impl Loaded {
    /// The version that it holds.
    #[must_use]
    pub fn version(&self) -> Version {
        self.slot.version
    }

    /// The state, if it is of this type.
    #[must_use]
    pub fn state<S: 'static>(&self) -> Option<&S> {
        self.slot.state.downcast_ref()
    }
}

/// Why a decision is not taken: goes back to the caller as it is, and nothing is kept.
/// A refusal that is to be kept is an answer ([`Changes`] without events).
pub type Abort = Box<dyn Error + Send + Sync>;

/// A decision that the sequencer takes, in order, over the newest states, while it
/// holds the log's lock. So two callers on one hot stream never conflict.
///
/// It may be taken more than once (when a batch is run again) and must then depend
/// on nothing but the desk. It runs on the sequencer's thread: microseconds, no I/O.
pub trait Decide: Send + Sync + 'static {
    /// Every stream that the decision reads or appends to.
    fn reads(&self) -> Vec<Read>;

    /// Decides over what lies on the desk.
    ///
    /// # Errors
    /// [`Abort`] goes back to the caller; nothing is stored.
    fn decide(&mut self, desk: &Desk<'_>) -> Result<Changes, Abort>;
}

/// A decision on its way to the log.
pub struct Proposal {
    pub(crate) context: Context,
    pub(crate) key: Option<RequestKey>,
    pub(crate) work: Work,
    /// States that its caller has loaded already.
    pub(crate) brought: Vec<Loaded>,
    /// A commit of it failed in a way that may still turn out to have stored it.
    pub(crate) doubtful: bool,
}

/// What the sequencer is to do.
pub(crate) enum Work {
    Fixed { expects: Vec<(StreamName, Expect)>, changes: Changes },
    Decide(Box<dyn Decide>),
}

impl Proposal {
    /// Once in doubt, no failure is certain: a later recovery of the database may bring
    /// back what a failed commit left behind.
    pub(crate) fn qualify(&self, error: CommitError) -> CommitError {
        match self.doubtful {
            false => error,
            true => CommitError::Unavailable { fate: Fate::Unknown, reason: error.to_string() },
        }
    }

    /// A decision, who asks for it, and the key under which its answer is kept.
    pub fn decide(context: Context, key: Option<RequestKey>, decision: impl Decide) -> Self {
        let work = Work::Decide(Box::new(decision));
        Self { context, key, work, brought: Vec::new(), doubtful: false }
    }

    /// Brings along states that were loaded ([`crate::Log::load_state`]), so that they need
    /// not be loaded again. The decision sees them as they are when it is taken.
    #[must_use]
    pub fn bringing(mut self, states: impl IntoIterator<Item = Loaded>) -> Self {
        self.brought.extend(states);
        self
    }

    /// A decision given as a function of the desk.
    pub fn with(
        context: Context,
        key: Option<RequestKey>,
        reads: Vec<Read>,
        decide: impl FnMut(&Desk<'_>) -> Result<Changes, Abort> + Send + Sync + 'static,
    ) -> Self {
        Self::decide(context, key, With { reads, decide })
    }
}

/// A decision given as a function of the desk.
struct With<F> {
    reads: Vec<Read>,
    decide: F,
}

impl<F> Decide for With<F>
where
    F: FnMut(&Desk<'_>) -> Result<Changes, Abort> + Send + Sync + 'static,
{
    fn reads(&self) -> Vec<Read> {
        self.reads.clone()
    }

    fn decide(&mut self, desk: &Desk<'_>) -> Result<Changes, Abort> {
        (self.decide)(desk)
    }
}

impl From<Transaction> for Proposal {
    fn from(transaction: Transaction) -> Self {
        let Transaction { context, key, expects, changes } = transaction;
        let work = Work::Fixed { expects, changes };
        Self { context, key, work, brought: Vec::new(), doubtful: false }
    }
}

/// What was committed. It is durable when the caller sees this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Id of the commit.
    pub commit_id: Uuid,
    /// The position of the log after the commit: that of its last event, or, for a
    /// kept answer without events, the head at the time.
    pub position: Position,
    /// When it was committed.
    pub time: Micros,
    /// Stream and version of each event, in order.
    pub versions: Vec<(StreamName, Version)>,
    /// The answer.
    pub answer: Bytes,
}

impl Receipt {
    /// The position of the first event, if there is one.
    #[must_use]
    pub fn first_position(&self) -> Option<Position> {
        let events = self.versions.len() as u64;
        (events > 0).then(|| Position(self.position.0 + 1 - events))
    }
}

/// The outcome of a commit that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stored now.
    Committed(Receipt),
    /// Stored before under the same request key: the first answer.
    Replayed(Receipt),
}

impl Outcome {
    /// What was committed, now or before.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        match self {
            Self::Committed(receipt) | Self::Replayed(receipt) => receipt,
        }
    }

    /// What was committed, now or before.
    #[must_use]
    pub fn into_receipt(self) -> Receipt {
        match self {
            Self::Committed(receipt) | Self::Replayed(receipt) => receipt,
        }
    }
}

/// What is known of a transaction that was not answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was not and will not be stored: send it again when you like.
    NotStored,
    /// It may or may not be stored, now or shortly: send it again with the same
    /// request key, and it takes effect once.
    Unknown,
}

/// Why a commit did not go through. Nothing of it is stored, except where the
/// [`Fate`] is unknown.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A stream is not at the version that the transaction rests on. Read it again
    /// and decide anew.
    #[error("conflict on {stream}: expected {expected:?}, found version {actual}")]
    Conflict {
        /// The stream.
        stream: StreamName,
        /// What the transaction expected.
        expected: Expect,
        /// What the version is.
        actual: Version,
    },
    /// The request id was used before with another body. Choose a new one.
    #[error("request id {request_id} was used before with another body")]
    KeyReused {
        /// The request id.
        request_id: Uuid,
    },
    /// The transaction, or the queue, is beyond a bound. For the queue: try later.
    #[error("{0}")]
    BoundExceeded(Exceeded),
    /// The transaction can never be stored as it is.
    #[error("invalid transaction: {0}")]
    Invalid(String),
    /// An event refers to content that is neither in this commit nor stored.
    #[error("blob {} is not stored", .0.digest)]
    BlobMissing(BlobRef),
    /// The decision was not taken.
    #[error("{0}")]
    Aborted(Abort),
    /// The database refused this transaction and no other.
    #[error("the database refused the transaction: {0}")]
    Refused(String),
    /// The log cannot be written now.
    #[error("the log is unavailable ({reason}); fate: {fate:?}")]
    Unavailable {
        /// What is known of the transaction.
        fate: Fate,
        /// What happened, for operators.
        reason: String,
    },
    /// The log is closing. Nothing was stored.
    #[error("the log is draining")]
    Draining,
    /// The log was opened for reading only.
    #[error("the log was opened for reading only")]
    ReadOnly,
}

impl From<Exceeded> for CommitError {
    fn from(exceeded: Exceeded) -> Self {
        Self::BoundExceeded(exceeded)
    }
}

impl From<InvalidName> for CommitError {
    fn from(error: InvalidName) -> Self {
        Self::Invalid(error.to_string())
    }
}

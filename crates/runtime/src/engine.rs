//! Command execution: a command's pure decision is taken by the log's sequencer over the
//! newest states, and what comes of it is kept under the caller's request key.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use prost::Message;
use quanheng_api::Mutation;
use quanheng_eventlog::{
    Abort, Changes, Context, Decide, Desk, Digest, EventDraft, Loaded, Log, Method, Outcome,
    Position, Proposal, Read, RequestKey, StreamName, Version,
};
use quanheng_sealing::Keys;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::call::Call;
use crate::failure::Failure;
use crate::kept;
use crate::policies::Policies;

/// A command on its way: which streams it reads, and what it makes of their newest states.
/// Pure: what it needs of clock, ids and sealed data comes in when it is made.
pub trait Command: Clone + Send + Sync + 'static {
    /// What is answered: the resource, above all. Kept for repetitions.
    type Answer: Message + Default;

    /// Every stream that the decision reads or appends to.
    fn reads(&self) -> Vec<Read>;

    /// Decides. May run more than once.
    ///
    /// # Errors
    /// [`Failure`]: nothing changes but what it tells.
    fn decide(&self, desk: &Desk<'_>) -> Result<Decided<Self::Answer>, Failure>;

    /// States that were loaded on the way here, if any: the log need not load them again.
    fn brings(&self) -> Vec<Loaded> {
        Vec::new()
    }
}

/// What a decision brings about.
#[derive(Debug, Clone)]
pub struct Decided<A> {
    /// Events, in order.
    pub events: Vec<EventDraft>,
    /// Content to store in the same commit.
    pub blobs: Vec<Bytes>,
    /// What is answered.
    pub answer: A,
}

impl<A> Decided<A> {
    /// Events and an answer.
    pub fn new(events: Vec<EventDraft>, answer: A) -> Self {
        Self { events, blobs: Vec::new(), answer }
    }
}

/// A command that was executed.
#[derive(Debug, Clone)]
pub struct Done<A> {
    /// What is answered.
    pub answer: A,
    /// The log's position after it; of a trial, before it.
    pub position: Position,
    /// Whether it was executed before under the same request key.
    pub replayed: bool,
}

/// Executes commands against one realm's log.
#[derive(Clone)]
pub struct Engine {
    log: Log,
    policies: Policies,
    keys: Keys,
}

/// What a request is known by: its id, what it says, and whether it is only tried.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The id: the caller's, or one that was derived.
    pub request_id: Uuid,
    /// What is asked, as bytes: the same request again has the same.
    pub body: Vec<u8>,
    /// Whether only to say what would happen.
    pub trial: bool,
}

impl Asked {
    /// By a message.
    ///
    /// # Errors
    /// `INVALID_FIELD` without an id.
    pub fn of<R: Mutation + Message>(request: &R) -> Result<Self, Failure> {
        let request_id = request_id(request.request_id())?;
        Ok(Self { request_id, body: request.encode_to_vec(), trial: request.validate_only() })
    }
}

/// How often a command is decided anew because what it reads outside the log had to catch
/// up.
const TRIES_MAX: u32 = 8;

impl Engine {
    /// An engine over a log.
    #[must_use]
    pub fn new(log: Log, policies: Policies, keys: Keys) -> Self {
        Self { log, policies, keys }
    }

    /// What a request is recognised by. Under a key of the realm, because messages hold
    /// numbers of persons, which whoever reads the log could otherwise try out.
    fn digest(&self, body: &[u8]) -> Result<Digest, Failure> {
        let plain = Digest::of(body).to_string();
        self.keys.index("request", &plain).parse().map_err(Failure::internal)
    }

    /// Executes a command under the request id and flags of its message.
    ///
    /// # Errors
    /// [`Failure`]; nothing changed, except where its fate is told to be unknown.
    pub async fn execute<R, C>(
        &self,
        call: &Call,
        request: &R,
        command: C,
    ) -> Result<Done<C::Answer>, Failure>
    where
        R: Mutation + Message,
        C: Command,
    {
        let asked = Asked::of(request)?;
        self.execute_asked(call, &asked, command).await
    }

    /// Executes a command under what was made of its message.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn execute_asked<C: Command>(
        &self,
        call: &Call,
        asked: &Asked,
        command: C,
    ) -> Result<Done<C::Answer>, Failure> {
        let Asked { request_id, trial, .. } = *asked;
        let digest = self.digest(&asked.body)?;
        let span = tracing::info_span!("command", method = call.method, %request_id, trial);
        self.run(call, request_id, digest, trial, command).instrument(span).await
    }

    /// Executes a command under a request id that was derived, as timers and imports do.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn execute_as<C: Command>(
        &self,
        call: &Call,
        request_id: Uuid,
        body: &[u8],
        command: C,
    ) -> Result<Done<C::Answer>, Failure> {
        let asked = Asked { request_id, body: body.to_vec(), trial: false };
        self.execute_asked(call, &asked, command).await
    }

    async fn run<C: Command>(
        &self,
        call: &Call,
        request_id: Uuid,
        digest: Digest,
        trial: bool,
        command: C,
    ) -> Result<Done<C::Answer>, Failure> {
        let principal = call.principal_name()?;
        let method = Method::new(call.method).map_err(Failure::internal)?;
        let context = Context {
            principal: Some(principal.clone()),
            on_behalf_of: None,
            method: Some(method.clone()),
            request_id: Some(request_id),
            correlation_id: Some(call.correlation_id.unwrap_or(request_id)),
            causation_id: call.causation_id,
            // Inside the command's span: what follows from its events goes on from there.
            traceparent: quanheng_telemetry::current_traceparent()
                .or_else(|| call.traceparent.clone()),
        };
        let key = (!trial).then_some(RequestKey { request_id, principal, method, digest });
        let mut tries = 0;
        loop {
            let told = Told::default();
            let running = Running { command: command.clone(), trial, told: told.clone() };
            let proposal = Proposal::decide(context.clone(), key.clone(), running);
            let proposal = proposal.bringing(command.brings());
            match self.log.commit(proposal).await {
                Ok(outcome) => {
                    let replayed = matches!(outcome, Outcome::Replayed(_));
                    let receipt = outcome.into_receipt();
                    if !replayed {
                        self.keep_snapshots(&receipt.versions, &command);
                    }
                    let answer = match told.take().filter(|_| !replayed) {
                        Some(answer) => answer,
                        None => kept::read::<C::Answer>(&receipt.answer)?,
                    };
                    return Ok(Done { answer, position: receipt.position, replayed });
                }
                Err(quanheng_eventlog::CommitError::Aborted(abort)) => {
                    match abort.downcast::<Halt>().map(|halt| *halt) {
                        Ok(Halt::Tried { answer, head }) => {
                            let answer = kept::read::<C::Answer>(&answer)?;
                            return Ok(Done { answer, position: head, replayed: false });
                        }
                        Ok(Halt::Refused(failure)) => return Err(failure),
                        Ok(Halt::Behind(version)) if tries < TRIES_MAX => {
                            tries += 1;
                            self.policies.catch_up(version).await?;
                        }
                        Ok(Halt::Behind(_)) => return Err(Failure::lost_race("policies")),
                        Err(other) => return Err(Failure::internal(other)),
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Engine {
    /// Every so many events of a stream its state is kept, so that the next start does not
    /// build it from the first.
    fn keep_snapshots<C: Command>(&self, versions: &[(StreamName, Version)], command: &C) {
        const EVERY: u64 = 1_000;
        let due = |(_, version): &&(StreamName, Version)| version.0.is_multiple_of(EVERY);
        for (stream, _) in versions.iter().filter(due) {
            let reads = command.reads();
            let Some(read) = reads.into_iter().find(|read| read.stream() == stream) else {
                continue;
            };
            let log = self.log.clone();
            tokio::spawn(async move {
                if let Err(error) = log.keep_snapshot(&read).await {
                    tracing::warn!(%error, "a snapshot cannot be kept");
                }
            });
        }
    }
}

/// The caller's request id.
///
/// # Errors
/// `INVALID_FIELD` when it is missing or no UUID.
pub fn request_id(text: &str) -> Result<Uuid, Failure> {
    match text.parse::<Uuid>() {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Failure::field("request_id", "须填写请求编号(UUID)")),
    }
}

/// Why a decision stores nothing.
#[derive(Debug, thiserror::Error)]
enum Halt {
    #[error("tried only")]
    Tried { answer: Bytes, head: Position },
    #[error("{0}")]
    Refused(Failure),
    #[error("the published policies have moved on to version {0}")]
    Behind(Version),
}

struct Running<C: Command> {
    command: C,
    trial: bool,
    told: Told<C::Answer>,
}

/// The answer of the newest decision: of the one that counts, once it is committed. What
/// is kept of it need not be read back then.
struct Told<A>(Arc<Mutex<Option<A>>>);

impl<A> Default for Told<A> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<A> Clone for Told<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A> Told<A> {
    fn set(&self, answer: Option<A>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    fn take(&self) -> Option<A> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<C: Command> Decide for Running<C> {
    fn reads(&self) -> Vec<Read> {
        self.command.reads()
    }

    fn decide(&mut self, desk: &Desk<'_>) -> Result<Changes, Abort> {
        self.told.set(None);
        match self.command.decide(desk) {
            Ok(decided) => {
                let answer = kept::success(&decided.answer);
                if self.trial {
                    return Err(Box::new(Halt::Tried { answer, head: desk.head() }));
                }
                self.told.set(Some(decided.answer));
                Ok(Changes { events: decided.events, blobs: decided.blobs, answer })
            }
            Err(failure) => match crate::policies::behind(&failure) {
                Some(version) => Err(Box::new(Halt::Behind(version))),
                None if self.trial || !failure.is_kept() => Err(Box::new(Halt::Refused(failure))),
                None => {
                    let answer = kept::refusal(&failure);
                    Ok(Changes { events: failure.into_events(), blobs: Vec::new(), answer })
                }
            },
        }
    }
}

/// The etag of a stream at a version.
#[must_use]
pub fn etag(version: Version) -> String {
    format!("v{version}")
}

/// Whether a resource is what the caller thinks it is.
///
/// # Errors
/// `ETAG_MISMATCH`.
pub fn check_etag(desk: &Desk<'_>, stream: &StreamName, given: &str) -> Result<(), Failure> {
    let found = etag(desk.version(stream).unwrap_or_default());
    if given.is_empty() || given == found {
        return Ok(());
    }
    Err(Failure::etag_mismatch(given, found))
}

/// The etag that a resource will have after some events of a decision.
#[must_use]
pub fn next_etag(desk: &Desk<'_>, stream: &StreamName, events: &[EventDraft]) -> String {
    let more = events.iter().filter(|event| event.stream == *stream).count() as u64;
    etag(Version(desk.version(stream).unwrap_or_default().0 + more))
}

/// A command given as a function of the desk.
#[derive(Clone)]
pub struct Deciding<A> {
    reads: Vec<Read>,
    #[allow(clippy::type_complexity, reason = "a function that a command is made of")]
    decide: Arc<dyn Fn(&Desk<'_>) -> Result<Decided<A>, Failure> + Send + Sync>,
    /// Taken once.
    brings: Arc<Mutex<Vec<Loaded>>>,
}

impl<A> Deciding<A> {
    /// A command that reads these streams.
    pub fn new(
        reads: Vec<Read>,
        decide: impl Fn(&Desk<'_>) -> Result<Decided<A>, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { reads, decide: Arc::new(decide), brings: Arc::default() }
    }

    /// With states that were loaded already.
    #[must_use]
    pub fn bringing(self, states: Vec<Loaded>) -> Self {
        Self { brings: Arc::new(Mutex::new(states)), ..self }
    }
}

impl<A: Message + Default + Clone + 'static> Command for Deciding<A> {
    type Answer = A;

    fn reads(&self) -> Vec<Read> {
        self.reads.clone()
    }

    fn decide(&self, desk: &Desk<'_>) -> Result<Decided<A>, Failure> {
        (self.decide)(desk)
    }

    fn brings(&self) -> Vec<Loaded> {
        std::mem::take(&mut *self.brings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

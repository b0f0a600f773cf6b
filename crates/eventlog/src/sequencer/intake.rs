//! The way in: the bounded queue, and what waits in it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use uuid::Uuid;

use super::Order;
use super::batch::Unfit;
use crate::bounds::{Bounds, Exceeded};
use crate::desk::{Remembered, Slot, StateKey, state_key};
use crate::transaction::{CommitError, Fate, Outcome, Proposal, Read, Work};

/// What comes back for a proposal.
pub(crate) enum Answer {
    Done(Result<Outcome, CommitError>),
    /// These states are not remembered. Load them and come again.
    LoadFirst(Box<Proposal>, Vec<Read>, Vec<(StateKey, Slot)>),
}

/// A proposal in the queue.
pub(crate) struct Item {
    pub(crate) proposal: Proposal,
    pub(crate) reads: Vec<Read>,
    pub(crate) loaded: Vec<(StateKey, Slot)>,
    pub(crate) enqueued: Instant,
    pub(crate) bytes: usize,
    /// Found wanting in an earlier run of its batch: answered, not decided again.
    pub(crate) unfit: Option<Unfit>,
    reply: oneshot::Sender<Answer>,
    _place: OwnedSemaphorePermit,
}

impl Item {
    pub(crate) fn request_id(&self) -> Option<Uuid> {
        self.proposal.key.as_ref().map(|key| key.request_id)
    }

    /// How many events it brings, as far as that is known before it is decided.
    pub(crate) fn events(&self) -> usize {
        match &self.proposal.work {
            Work::Fixed { changes, .. } => changes.events.len().max(1),
            Work::Decide(_) => 1,
        }
    }

    /// The log cannot be written: nothing is stored, as far as that is known.
    pub(crate) fn unavailable(self, reason: &str) {
        let fate = Fate::NotStored;
        self.answer(Err(CommitError::Unavailable { fate, reason: reason.to_owned() }));
    }

    pub(crate) fn answer(self, answer: Result<Outcome, CommitError>) {
        let answer = answer.map_err(|error| self.proposal.qualify(error));
        // A caller that went away has lost its interest, not the commit.
        let _ = self.reply.send(Answer::Done(answer));
    }

    /// Which of the states it reads are neither remembered nor brought along.
    pub(crate) fn missing_states(&self, remembered: &Remembered) -> Vec<Read> {
        if self.unfit.is_some() {
            return Vec::new();
        }
        let unknown = |read: &&Read| {
            state_key(read).is_some_and(|key| {
                !remembered.contains(&key) && !self.loaded.iter().any(|(k, _)| *k == key)
            })
        };
        self.reads.iter().filter(unknown).cloned().collect()
    }

    /// Sends the proposal back to its caller, to load what is missing first.
    pub(crate) fn send_back(self, missing: Vec<Read>) {
        let answer = Answer::LoadFirst(Box::new(self.proposal), missing, self.loaded);
        let _ = self.reply.send(answer);
    }
}

/// The bounded queue's entrance.
#[derive(Clone)]
pub(crate) struct Entrance {
    orders: mpsc::Sender<Order>,
    bytes: Arc<Semaphore>,
    bounds: Arc<Bounds>,
}

impl Entrance {
    pub(crate) fn new(orders: mpsc::Sender<Order>, bounds: Arc<Bounds>) -> Self {
        Self { orders, bytes: Arc::new(Semaphore::new(bounds.queue_bytes_max)), bounds }
    }

    /// Takes a proposal in and waits for its answer. The wait is bounded twice: for
    /// a place in the queue, and for the outcome.
    pub(crate) async fn submit(&self, proposal: Proposal, loaded: Vec<(StateKey, Slot)>) -> Answer {
        match self.enqueue(proposal, loaded).await {
            Err(error) => Answer::Done(Err(error)),
            Ok(answer) => match tokio::time::timeout(self.bounds.commit_wait_max, answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_closed)) => Answer::Done(Err(unknown("the log was closed"))),
                Err(_elapsed) => Answer::Done(Err(unknown("no outcome in time"))),
            },
        }
    }

    async fn enqueue(
        &self,
        proposal: Proposal,
        loaded: Vec<(StateKey, Slot)>,
    ) -> Result<oneshot::Receiver<Answer>, CommitError> {
        let bounds = &self.bounds;
        let bytes = weight(&proposal);
        Exceeded::check("queue_bytes_max", bounds.queue_bytes_max, bytes)?;
        let reads = match &proposal.work {
            Work::Fixed { .. } => Vec::new(),
            Work::Decide(decision) => decision.reads(),
        };
        let streams = match &proposal.work {
            Work::Fixed { expects, .. } => expects.len(),
            Work::Decide(_) => reads.len(),
        };
        Exceeded::check("streams_per_commit_max", bounds.streams_per_commit_max, streams)?;
        let enter = async {
            let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
            let place = Arc::clone(&self.bytes).acquire_many_owned(permits).await;
            let place = place.map_err(|_| CommitError::Draining)?;
            let slot = self.orders.reserve().await;
            let slot = slot.map_err(|_| CommitError::Draining)?;
            let (reply, answer) = oneshot::channel();
            slot.send(Order::Commit(Box::new(Item {
                proposal,
                reads,
                loaded,
                enqueued: Instant::now(),
                bytes,
                unfit: None,
                reply,
                _place: place,
            })));
            Ok(answer)
        };
        match tokio::time::timeout(bounds.queue_wait_max, enter).await {
            Ok(entered) => entered,
            // Which of the two was full: the one that is full now.
            Err(_elapsed) if self.bytes.available_permits() < bytes => {
                let (max, taken) = (bounds.queue_bytes_max, bounds.queue_bytes_max + bytes);
                Err(Exceeded { bound: "queue_bytes_max", max: max as u64, actual: taken as u64 }
                    .into())
            }
            Err(_elapsed) => {
                let max = bounds.queue_items_max as u64;
                Err(Exceeded { bound: "queue_items_max", max, actual: max + 1 }.into())
            }
        }
    }

    pub(crate) async fn send(&self, order: Order) -> Result<(), CommitError> {
        let sent = self.orders.send(order).await;
        sent.map_err(|_| CommitError::Draining)
    }
}

fn unknown(reason: &str) -> CommitError {
    CommitError::Unavailable { fate: Fate::Unknown, reason: reason.into() }
}

/// What a proposal weighs in the queue, about.
fn weight(proposal: &Proposal) -> usize {
    const ENVELOPE: usize = 1_024;
    match &proposal.work {
        Work::Decide(_) => 2 * ENVELOPE,
        Work::Fixed { changes, .. } => {
            let events = changes.events.iter();
            let events: usize = events.map(|e| e.data.get().len() + ENVELOPE).sum();
            let blobs: usize = changes.blobs.iter().map(bytes::Bytes::len).sum();
            events + blobs + changes.answer.len() + ENVELOPE
        }
    }
}

//! Watching a collection: a snapshot, then changes, commit by commit, for ever.
//!
//! What is delivered is always the latest state of a document, never one after
//! another. So a document whose change is still to be told may be told in a later
//! state, and told again with the later commit; but never in a state older than one
//! already seen, and never not at all:
//!
//! * The snapshot is read after the position that closes it, and is followed by all
//!   that changed after that position.
//! * Changes are read up to a position that the projection has reached, so that a
//!   commit's changes are all there; what changes again meanwhile has left its place
//!   and comes at its new one.
//! * A document that was removed stands among the removals until it is put again.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures::Stream;
use quanheng_eventlog::Position;
use tokio::sync::{OwnedSemaphorePermit, TryAcquireError, mpsc};

use crate::bounds::Exceeded;
use crate::definition::Collection;
use crate::document::Doc;
use crate::filter::Filter;
use crate::read::ReadError;
use crate::resume_token::{ResumeToken, Scope, TokenMismatch, Unfit};
use crate::store::StoreError;
use crate::store::documents::Changed;
use crate::view::{Query, View};

/// What to watch.
#[derive(Debug, Clone)]
pub struct WatchQuery {
    /// Which documents. One that changed and does not pass is told as deleted, whether
    /// or not it passed before.
    pub filter: Filter,
    /// Of which documents anything may be told at all: others are passed over in silence,
    /// also when they are removed. Must rest on what never changes about a document, such
    /// as whose it is.
    pub within: Filter,
    /// From where to go on. Without a token, from now.
    pub resume: Option<ResumeToken>,
    /// Whether to begin with what there is. Not after a token.
    pub snapshot: bool,
    /// How often to tell where the watch stands; none for the default. Cut to
    /// `bookmark_interval_min`.
    pub bookmark_interval: Option<Duration>,
}

impl Default for WatchQuery {
    fn default() -> Self {
        Self {
            filter: Filter::all(),
            within: Filter::all(),
            resume: None,
            snapshot: true,
            bookmark_interval: None,
        }
    }
}

/// What a watcher is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// A document that there is.
    SnapshotItem(Doc),
    /// Those were all. Changes follow.
    SnapshotComplete {
        /// Everything up to here was in the snapshot.
        position: Position,
        /// To go on from here.
        token: ResumeToken,
    },
    /// A document stands like this now.
    Upsert(Doc),
    /// A document was removed, or does not pass the filter.
    Delete {
        /// Which.
        id: String,
        /// The end of the commit that did it.
        position: Position,
    },
    /// These were the changes of a commit.
    CommitEnd {
        /// The end of the commit.
        position: Position,
        /// To go on from here.
        token: ResumeToken,
    },
    /// Nothing else changed up to here.
    Bookmark {
        /// How far the projection has come.
        position: Position,
        /// The newest position of the log.
        head: Position,
        /// To go on from here.
        token: ResumeToken,
    },
}

/// Why a watch ended, or did not begin.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WatchError {
    /// The token is of another realm, projection or filter.
    #[error(transparent)]
    Mismatch(#[from] TokenMismatch),
    /// The token is too old, or of a log or version that is no more: begin with a
    /// snapshot.
    #[error("the resume token has expired: begin with a snapshot")]
    Expired,
    /// The watcher did not keep up. Go on from the token; without one, begin again.
    #[error("the watcher was too slow")]
    TooSlow {
        /// From where to go on.
        resume: Option<ResumeToken>,
    },
    /// The documents cannot be read.
    #[error(transparent)]
    Read(ReadError),
}

impl From<ReadError> for WatchError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Expired { .. } => Self::Expired,
            error => Self::Read(error),
        }
    }
}

/// A watch that goes on as long as it is kept and read.
pub struct Watch {
    events: mpsc::Receiver<WatchEvent>,
    end: Arc<OnceLock<WatchError>>,
    ended: bool,
}

impl Watch {
    /// What is told next. Nothing comes after an error.
    pub async fn next(&mut self) -> Option<Result<WatchEvent, WatchError>> {
        if let Some(event) = self.events.recv().await {
            return Some(Ok(event));
        }
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        let closing = || WatchError::Read(ReadError::Closing);
        Some(Err(self.end.get().cloned().unwrap_or_else(closing)))
    }

    /// As a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<WatchEvent, WatchError>> + Send {
        futures::stream::unfold(self, |mut watch| async move {
            let next = watch.next().await?;
            Some((next, watch))
        })
    }
}

impl View {
    /// Watches a collection.
    ///
    /// # Errors
    /// [`WatchError`] when it cannot begin.
    pub async fn watch(&self, collection: &str, query: WatchQuery) -> Result<Watch, WatchError> {
        let collection = self.collection(collection)?;
        for filter in [&query.filter, &query.within] {
            let checked = filter.check(collection, &self.shared.bounds);
            checked.map_err(ReadError::from)?;
        }
        let here = self.position()?;
        let realm = self.shared.log.realm();
        let scope = {
            let filters = [&query.filter, &query.within];
            Scope::new(realm, self.definition(), collection.name, filters)
        };
        let start = match &query.resume {
            None => here,
            Some(token) => self.resume(&scope, token).await?,
        };
        let watchers = Arc::clone(&self.member.watchers);
        let permit = watchers.try_acquire_owned().map_err(|error| match error {
            TryAcquireError::Closed => ReadError::Closing,
            TryAcquireError::NoPermits => {
                let max = self.shared.bounds.watchers_max as u64;
                Exceeded { bound: "watchers_max", max, actual: max + 1 }.into()
            }
        })?;
        let (sender, events) = mpsc::channel(self.shared.bounds.watch_buffer_max);
        let end = Arc::new(OnceLock::new());
        let snapshot = query.snapshot && query.resume.is_none();
        let interval = query.bookmark_interval.unwrap_or(self.shared.bounds.bookmark_interval);
        let watcher = Watcher {
            view: self.clone(),
            collection,
            filter: query.filter,
            within: query.within,
            scope,
            sender,
            position: start,
            resume: (!snapshot).then_some(ResumeToken { scope, position: start }),
            bookmark_interval: interval.max(self.shared.bounds.bookmark_interval_min),
            bookmarked: Instant::now(),
            _permit: permit,
        };
        tokio::spawn(watcher.run(snapshot, Arc::clone(&end)));
        Ok(Watch { events, end, ended: false })
    }

    async fn resume(&self, scope: &Scope, token: &ResumeToken) -> Result<Position, WatchError> {
        let position = scope.admits(token).map_err(|unfit| match unfit {
            Unfit::Mismatch => WatchError::Mismatch(TokenMismatch),
            Unfit::Expired => WatchError::Expired,
        })?;
        let head = self.shared.log.head().await.map_err(ReadError::from)?;
        if position > head {
            return Err(TokenMismatch.into());
        }
        self.known_since(position).await?;
        Ok(position)
    }
}

/// The task behind a watch.
struct Watcher {
    view: View,
    collection: &'static Collection,
    filter: Filter,
    within: Filter,
    scope: Scope,
    sender: mpsc::Sender<WatchEvent>,
    /// Everything up to here was told.
    position: Position,
    /// From where to go on if the watch is cut off; none within a snapshot.
    resume: Option<ResumeToken>,
    bookmark_interval: Duration,
    bookmarked: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Watcher {
    async fn run(mut self, snapshot: bool, end: Arc<OnceLock<WatchError>>) {
        let mut closed = self.view.shared.closed.subscribe();
        let sender = self.sender.clone();
        let ended = tokio::select! {
            ended = self.tell(snapshot) => ended,
            _ = closed.wait_for(|closed| *closed) => Err(ReadError::Closing.into()),
            // Whoever drops the watch stops it.
            () = sender.closed() => return,
        };
        if let Err(error) = ended {
            // Before the channel closes: that is how the other end knows it is there.
            let _ = end.set(error);
        }
    }

    async fn tell(&mut self, snapshot: bool) -> Result<(), WatchError> {
        if snapshot {
            self.tell_snapshot().await?;
        }
        let mut progress = self.view.member.progress.clone();
        loop {
            let reached = self.view.running(&progress.borrow_and_update())?;
            if reached > self.position {
                self.tell_changes(reached).await?;
                continue;
            }
            let due = self.bookmarked + self.bookmark_interval;
            tokio::select! {
                changed = progress.changed() => changed.map_err(|_| ReadError::Closing)?,
                () = tokio::time::sleep_until(due.into()) => self.tell_bookmark().await?,
            }
        }
    }

    async fn tell_snapshot(&mut self) -> Result<(), WatchError> {
        let filter = self.within.clone().and(self.filter.clone());
        let mut query = Query { filter, ..Query::default() };
        query.limit = self.view.shared.bounds.watch_buffer_max;
        loop {
            let listed = self.view.list(self.collection.name, &query).await?;
            for doc in listed.docs {
                self.send(WatchEvent::SnapshotItem(doc)).await?;
            }
            match listed.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        // A snapshot may take long: are the removals since its beginning still known?
        self.view.known_since(self.position).await?;
        let (position, token) = (self.position, self.token(self.position));
        self.send(WatchEvent::SnapshotComplete { position, token }).await?;
        self.resume = Some(token);
        Ok(())
    }

    /// Tells what changed up to a position that the projection has reached.
    async fn tell_changes(&mut self, reached: Position) -> Result<(), WatchError> {
        let limit = self.view.shared.bounds.watch_buffer_max;
        let mut place = (self.position.next(), String::new());
        let mut commit = None::<Position>;
        loop {
            let (views, definition) = (&self.view.shared.views, self.view.definition());
            let changed = views.changed(definition, self.collection, &place, reached, limit);
            let changes = changed.await.map_err(ReadError::from)?;
            self.view.known_since(self.position).await?;
            let full = changes.len() == limit;
            if let Some(last) = changes.last() {
                place = (last.position(), last.id().to_owned());
            }
            for change in changes {
                let position = change.position();
                let Some(event) = self.event(change)? else { continue };
                if let Some(ended) = commit.filter(|commit| *commit != position) {
                    self.end_commit(ended).await?;
                }
                commit = Some(position);
                self.send(event).await?;
            }
            if !full {
                break;
            }
        }
        if let Some(ended) = commit {
            self.end_commit(ended).await?;
        }
        self.position = reached;
        if self.bookmarked.elapsed() >= self.bookmark_interval {
            self.tell_bookmark().await?;
        }
        Ok(())
    }

    /// What to tell of a change, if anything.
    fn event(&self, change: Changed) -> Result<Option<WatchEvent>, WatchError> {
        let json = match &change {
            Changed::Put(doc) => &doc.json,
            Changed::Removed { last, .. } => last,
        };
        let document = serde_json::from_str(json).map_err(|error| {
            let damaged = format!("document {} is no JSON: {error}", change.id());
            ReadError::Store(StoreError::Refused(damaged))
        })?;
        if !self.within.matches(self.collection, change.id(), &document) {
            return Ok(None);
        }
        let passes = self.filter.matches(self.collection, change.id(), &document);
        Ok(Some(match change {
            Changed::Put(doc) if passes => WatchEvent::Upsert(doc),
            Changed::Put(Doc { id, position, .. }) | Changed::Removed { id, position, .. } => {
                WatchEvent::Delete { id, position }
            }
        }))
    }

    async fn end_commit(&mut self, position: Position) -> Result<(), WatchError> {
        let token = self.token(position);
        self.send(WatchEvent::CommitEnd { position, token }).await?;
        self.resume = Some(token);
        Ok(())
    }

    async fn tell_bookmark(&mut self) -> Result<(), WatchError> {
        let head = self.view.shared.log.head().await.map_err(ReadError::from)?;
        let (position, token) = (self.position, self.token(self.position));
        self.send(WatchEvent::Bookmark { position, head, token }).await?;
        self.resume = Some(token);
        self.bookmarked = Instant::now();
        Ok(())
    }

    fn token(&self, position: Position) -> ResumeToken {
        ResumeToken { scope: self.scope, position }
    }

    /// Hands an event over; gives a watcher that does not take it up.
    async fn send(&self, event: WatchEvent) -> Result<(), WatchError> {
        let patience = self.view.shared.bounds.watch_send_wait_max;
        match self.sender.send_timeout(event, patience).await {
            Ok(()) => Ok(()),
            Err(_) => Err(WatchError::TooSlow { resume: self.resume }),
        }
    }
}

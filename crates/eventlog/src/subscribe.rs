//! Subscribing: everything after a position, then what comes, in order, without hole
//! or repetition.
//!
//! Positions are dense and become visible in order, so "everything up to here" is
//! a promise that the log keeps by itself; a subscriber only asks what follows the
//! last page. A notification, or the poll behind it, does no more than say that it is
//! worth asking. A subscriber pulls: a slow one keeps nobody waiting.

use std::sync::Arc;

use futures::Stream;
use futures::stream;
use tokio::sync::watch;

use crate::log::Inner;
use crate::name::Position;
use crate::read::{Filter, Page, page};
use crate::sequencer::Pause;
use crate::storage::ReadError;

/// A place in the log that moves on as it is read.
pub struct Subscription {
    log: Arc<Inner>,
    head: watch::Receiver<Position>,
    closed: watch::Receiver<bool>,
    after: Position,
    filter: Filter,
    page_size: usize,
}

impl Subscription {
    pub(crate) fn new(log: Arc<Inner>, after: Position, filter: Filter) -> Self {
        let (head, closed) = (log.head.subscribe(), log.closed.subscribe());
        let page_size = log.bounds.page_events_max;
        Self { log, head, closed, after, filter, page_size }
    }

    /// Asks for smaller pages.
    #[must_use]
    pub fn page_size(mut self, page_size: usize) -> Self {
        self.page_size = page_size.clamp(1, self.log.bounds.page_events_max);
        self
    }

    /// Where to go on from: everything up to here was delivered.
    #[must_use]
    pub fn after(&self) -> Position {
        self.after
    }

    /// Waits for the next page. A page without events says that none up to its end
    /// passes the filter. While the database is away this waits. Dropping the future
    /// loses nothing.
    ///
    /// # Errors
    /// [`ReadError`] when waiting would not help: the log is damaged, or was restored
    /// to before this subscription's position.
    pub async fn next(&mut self) -> Result<Page, ReadError> {
        let mut pause = Pause::new();
        loop {
            let page = match self.log.tail.page(self.after, &self.filter, self.page_size) {
                Some(page) => page,
                None => {
                    let known = *self.head.borrow_and_update();
                    if *self.closed.borrow() {
                        return Err(ReadError::Unavailable("the log was closed".into()));
                    }
                    if known <= self.after {
                        tokio::select! {
                            _ = self.head.changed() => {}
                            _ = self.closed.changed() => {}
                        }
                        continue;
                    }
                    match self.read_database().await {
                        // More was heard of than there is. It may come; it is not waited
                        // for in a circle.
                        Ok(page) if page.through == self.after => {
                            pause.wait().await;
                            continue;
                        }
                        Ok(page) => page,
                        Err(ReadError::Unavailable(reason)) => {
                            tracing::warn!(reason, "a subscription waits for the database");
                            pause.wait().await;
                            continue;
                        }
                        Err(error) => return Err(error),
                    }
                }
            };
            self.after = page.through;
            let known = *self.head.borrow();
            self.log.metrics.lag(known.0.saturating_sub(self.after.0));
            return Ok(page);
        }
    }

    async fn read_database(&self) -> Result<Page, ReadError> {
        let (log, after) = (&self.log, self.after);
        // What is asked is the database, not what was heard: after a restore the two
        // may differ, and hearing must not lead over a gap.
        let head = log.reader.head().await?.position;
        page(&*log.reader, &log.bounds, after, head, &self.filter, self.page_size).await
    }

    /// As a stream of pages, which ends after an error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Page, ReadError>> + Send {
        stream::unfold(Some(self), |subscription| async {
            let mut subscription = subscription?;
            match subscription.next().await {
                Ok(page) => Some((Ok(page), Some(subscription))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

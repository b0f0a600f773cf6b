//! A view: the documents of one projection, as they are asked for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use quanheng_eventlog::Position;

use crate::bounds::Exceeded;
use crate::definition::{Collection, Definition};
use crate::document::{Doc, DocKey};
use crate::filter::Filter;
use crate::order::Order;
use crate::page_token::Cursor;
use crate::projections::{Member, Shared};
use crate::read::ReadError;
use crate::runner::Progress;
use crate::store::documents::Changed;

/// The documents of one projection. Cheap to clone.
#[derive(Clone)]
pub struct View {
    pub(crate) shared: Arc<Shared>,
    pub(crate) member: Arc<Member>,
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which documents.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// After which document: where the last page ended.
    pub after: Option<Cursor>,
    /// How many; cut to `page_size_max`. 0: as many as may be.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self { filter: Filter::all(), order: Order::BY_ID, after: None, limit: 0 }
    }
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The documents, in order.
    pub docs: Vec<Doc>,
    /// Where to go on; none at the end.
    pub next: Option<Cursor>,
}

/// What changed in a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Documents and removals in the order of positions: what one commit changed stands
    /// together and is complete. A document that changed more than once stands where it
    /// changed last, and nowhere else.
    pub changes: Vec<Changed>,
    /// All that changed up to here was told: go on from here. Always a commit's end.
    pub through: Position,
}

impl View {
    /// Whose documents these are.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.member.definition
    }

    pub(crate) fn collection(&self, name: &str) -> Result<&'static Collection, ReadError> {
        let definition = self.definition();
        let missing = || ReadError::NoCollection(definition.name(), name.to_owned());
        definition.collection(name).ok_or_else(missing)
    }

    /// The position up to which everything is in the documents. What is read afterwards
    /// is of this position or a later one.
    ///
    /// # Errors
    /// [`ReadError::Failed`] if the projection stands still.
    pub fn position(&self) -> Result<Position, ReadError> {
        self.running(&self.member.progress.borrow())
    }

    /// A projection that stands still answers nothing: its documents are no longer what
    /// the log says.
    pub(crate) fn running(&self, progress: &Progress) -> Result<Position, ReadError> {
        match &progress.failure {
            None => Ok(progress.position),
            Some(failure) => Err(ReadError::Failed {
                projection: self.definition().name(),
                failure: failure.clone(),
            }),
        }
    }

    /// Waits until the projection has come to a position.
    ///
    /// # Errors
    /// [`ReadError`]: the deadline has passed, the projection stands still, or the log
    /// has no such position.
    pub async fn wait_for(&self, asked: Position, deadline: Instant) -> Result<(), ReadError> {
        let mut progress = self.member.progress.clone();
        if self.running(&progress.borrow_and_update())? >= asked {
            return Ok(());
        }
        let head = self.shared.log.head().await?;
        if asked > head {
            return Err(ReadError::BeyondHead { asked, head });
        }
        self.member.wanted.send_if_modified(|wanted| {
            let further = asked > *wanted;
            *wanted = asked.max(*wanted);
            further
        });
        let deadline = tokio::time::Instant::from_std(deadline);
        let poll = self.shared.bounds.poll_interval;
        loop {
            let at = self.running(&progress.borrow_and_update())?;
            if at >= asked {
                return Ok(());
            }
            tokio::select! {
                changed = progress.changed() => {
                    if changed.is_err() {
                        return Err(ReadError::Closing);
                    }
                }
                () = tokio::time::sleep(poll) => {
                    if progress.borrow().bare {
                        continue;
                    }
                    // Another process may be ahead of this one's task.
                    let stored = self.shared.views.checkpoint(self.definition()).await?;
                    let incarnation = self.shared.log.realm().incarnation.to_string();
                    let ours = stored.filter(|stored| stored.incarnation == incarnation);
                    if ours.is_some_and(|stored| stored.position >= asked) {
                        return Ok(());
                    }
                }
                () = tokio::time::sleep_until(deadline) => {
                    let projection = self.definition().name();
                    return Err(ReadError::Behind { projection, asked, at });
                }
            }
        }
    }

    /// A document by its id; none if there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn get(&self, collection: &str, id: &str) -> Result<Option<Doc>, ReadError> {
        let collection = self.collection(collection)?;
        self.position()?;
        // No id holds a NUL, and no database takes one.
        if id.contains('\0') {
            return Ok(None);
        }
        Ok(self.shared.views.document(self.definition(), collection, id).await?)
    }

    /// Documents by their ids, in the order of the ids.
    ///
    /// # Errors
    /// [`ReadError`], also for too many ids.
    pub async fn get_many(
        &self,
        collection: &str,
        ids: &[impl AsRef<str>],
    ) -> Result<Vec<Option<Doc>>, ReadError> {
        let collection = self.collection(collection)?;
        self.position()?;
        let ids_max = self.shared.bounds.ids_per_get_max;
        Exceeded::check("ids_per_get_max", ids_max, ids.len())?;
        // No id holds a NUL, and no database takes one.
        let sought = ids.iter().map(AsRef::as_ref).filter(|id| !id.contains('\0'));
        let keys: Vec<_> = sought.map(|id| DocKey::new(collection.name, id)).collect();
        let found = self.shared.views.load(self.definition(), &keys).await?;
        let found: HashMap<_, _> = found.into_iter().map(|(key, doc)| (key.id, doc)).collect();
        Ok(ids.iter().map(|id| found.get(id.as_ref()).cloned()).collect())
    }

    /// A page of documents. While documents change, each that keeps its place in the
    /// order is listed exactly once.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn list(&self, collection: &str, query: &Query) -> Result<Listed, ReadError> {
        let collection = self.collection(collection)?;
        self.position()?;
        let bounds = &self.shared.bounds;
        query.filter.check(collection, bounds)?;
        let Order { columns, .. } = query.order;
        if collection.key_column(columns).is_none() {
            let order = columns.join(", ");
            return Err(ReadError::NoOrder { collection: collection.name, order });
        }
        let limit = match query.limit {
            0 => bounds.page_size_max,
            limit => limit.min(bounds.page_size_max),
        };
        let (views, definition) = (&self.shared.views, self.definition());
        let (filter, after) = (&query.filter, query.after.as_ref());
        // One more tells whether there is a next page.
        let page = views.page(definition, collection, filter, query.order, after, limit + 1);
        let mut page = page.await?;
        let goes_on = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| goes_on).map(|(_, cursor)| cursor.clone());
        Ok(Listed { docs: page.into_iter().map(|(doc, _)| doc).collect(), next })
    }

    /// How the database would find a page of documents, in its own words, line by line:
    /// whether an index leads to them.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn explain(&self, collection: &str, query: &Query) -> Result<Vec<String>, ReadError> {
        let collection = self.collection(collection)?;
        query.filter.check(collection, &self.shared.bounds)?;
        let limit = query.limit.clamp(1, self.shared.bounds.page_size_max);
        let (views, definition) = (&self.shared.views, self.definition());
        let (filter, after) = (&query.filter, query.after.as_ref());
        Ok(views.explain(definition, collection, filter, query.order, after, limit).await?)
    }

    /// How many documents pass a filter; none if there are more than `count_max`.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn count(&self, collection: &str, filter: &Filter) -> Result<Option<u64>, ReadError> {
        let collection = self.collection(collection)?;
        self.position()?;
        filter.check(collection, &self.shared.bounds)?;
        let (views, count_max) = (&self.shared.views, self.shared.bounds.count_max);
        Ok(views.count(self.definition(), collection, filter, count_max).await?)
    }

    /// What changed in a collection after a position and up to another (or to where the
    /// projection has come), about `limit` of it: the last commit is told whole.
    ///
    /// # Errors
    /// [`ReadError::Expired`] when removals since then are no longer known.
    pub async fn changes(
        &self,
        collection: &str,
        after: Position,
        through: Position,
        limit: usize,
    ) -> Result<Changes, ReadError> {
        let collection = self.collection(collection)?;
        let through = through.min(self.position()?);
        let limit = limit.clamp(1, self.shared.bounds.page_size_max);
        let (views, definition) = (&self.shared.views, self.definition());
        let mut place = (after.next(), String::new());
        let mut changes: Vec<Changed> = Vec::new();
        let told = loop {
            let page = views.changed(definition, collection, &place, through, limit).await?;
            let full = page.len() == limit;
            changes.extend(page);
            let Some(last) = changes.last().filter(|_| full) else { break through.max(after) };
            place = (last.position(), last.id().to_owned());
            // The last commit may go on. If it is the only one, its rest is read, too.
            let cut = changes.partition_point(|change| change.position() < place.0);
            if cut > 0 {
                changes.truncate(cut);
                break changes[cut - 1].position();
            }
        };
        self.known_since(after).await?;
        Ok(Changes { changes, through: told })
    }

    /// Whether all removals after a position are still known. Asked after they were
    /// read: what was forgotten meanwhile was not read.
    pub(crate) async fn known_since(&self, after: Position) -> Result<(), ReadError> {
        let checkpoint = self.shared.views.checkpoint(self.definition()).await?;
        let floor = checkpoint.map_or(Position::START, |checkpoint| checkpoint.removals_floor);
        match floor > after {
            true => Err(ReadError::Expired { after, floor }),
            false => Ok(()),
        }
    }
}

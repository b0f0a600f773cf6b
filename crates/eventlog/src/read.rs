//! Reading: the log from a position, a stream either way, one event, one blob.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _, TryStreamExt as _};

use crate::bounds::{Bounds, Exceeded};
use crate::name::{EventType, Position, StreamName, Tag, Version};
use crate::record::Record;
use crate::storage::{ReadError, Reader};

/// Which events of the log: of any of the types (all types if none is named), and
/// bearing every one of the tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Any of these types; empty for all.
    pub types: Vec<EventType>,
    /// All of these tags.
    pub tags: Vec<Tag>,
}

impl Filter {
    /// Every event.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Events of one more type.
    #[must_use]
    pub fn or_type(mut self, event_type: EventType) -> Self {
        self.types.push(event_type);
        self
    }

    /// Only events with this tag, too.
    #[must_use]
    pub fn and_tag(mut self, tag: Tag) -> Self {
        self.tags.push(tag);
        self
    }

    /// Whether every event passes.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.types.is_empty() && self.tags.is_empty()
    }

    /// Each term is a part of a statement: there may not be any number of them.
    pub(crate) fn check(&self, bounds: &Bounds) -> Result<(), ReadError> {
        let terms = self.types.len() + self.tags.len();
        Exceeded::check("filter_terms_max", bounds.filter_terms_max, terms)?;
        Ok(())
    }

    /// Whether a record passes.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        let of_type = self.types.is_empty() || self.types.contains(&record.event_type);
        if !of_type || self.tags.is_empty() {
            return of_type;
        }
        let Ok(envelope) = record.envelope() else {
            return false;
        };
        let bears = |wanted: &Tag| envelope.tags().any(|tag| tag == wanted.as_str());
        self.tags.iter().all(bears)
    }
}

/// Oldest first, or newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    Forward,
    /// Newest first.
    Backward,
}

/// A piece of the log that ends at the end of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The events that pass the filter, in order.
    pub records: Vec<Record>,
    /// Everything up to here was looked at: go on from here. Always a commit's end.
    pub through: Position,
}

/// One page: everything after `after` and up to `head` that passes the filter, until
/// the page is full and the commit it stops in is whole.
pub(crate) async fn page(
    reader: &dyn Reader,
    bounds: &Bounds,
    after: Position,
    head: Position,
    filter: &Filter,
    page_size: usize,
) -> Result<Page, ReadError> {
    filter.check(bounds)?;
    if after > head {
        return Err(ReadError::BeyondHead { asked: after, head });
    }
    if after == head {
        return Ok(Page { records: Vec::new(), through: head });
    }
    let limit = page_size.clamp(1, bounds.page_events_max);
    let mut records = reader.range(after, head, filter, limit).await?;
    if filter.is_all() {
        check_dense(after, &records, head, limit)?;
    }
    if records.len() < limit {
        return Ok(Page { records, through: head });
    }
    // The page is full. The commit it stops in may go on: its rest belongs to the page.
    let (last, commit) = match records.last() {
        Some(record) => (record.position, record.commit),
        None => return Err(ReadError::Damaged("an empty page that is full".into())),
    };
    let rest = u64::from(commit.count.saturating_sub(commit.index + 1));
    let through = Position(last.0 + rest).min(head);
    if rest > 0 {
        let rest_max = bounds.events_per_commit_max.max(rest as usize);
        records.extend(reader.range(last, through, filter, rest_max).await?);
    }
    Ok(Page { records, through })
}

/// Positions are dense. Whoever reads everything sees at once if they are not, and must
/// not pass over it.
fn check_dense(
    after: Position,
    records: &[Record],
    head: Position,
    limit: usize,
) -> Result<(), ReadError> {
    let mut expected = after;
    for record in records {
        expected = expected.next();
        if record.position != expected {
            return Err(ReadError::Damaged(format!("no event at position {expected}")));
        }
    }
    if records.len() < limit && expected != head {
        return Err(ReadError::Damaged(format!("no event at position {}", expected.next())));
    }
    Ok(())
}

/// All pages from `after` up to the head at the start.
pub(crate) fn pages(
    reader: Arc<dyn Reader>,
    bounds: Arc<Bounds>,
    after: Position,
    filter: Filter,
    page_size: usize,
) -> BoxStream<'static, Result<Page, ReadError>> {
    let start = async move {
        filter.check(&bounds)?;
        let head = reader.head().await?.position;
        if after > head {
            return Err(ReadError::BeyondHead { asked: after, head });
        }
        Ok(match filter.is_all() {
            true => whole_pages(reader, bounds, after, head, page_size).boxed(),
            false => filtered_pages(reader, bounds, after, head, filter, page_size).boxed(),
        })
    };
    stream::once(start).try_flatten().boxed()
}

fn filtered_pages(
    reader: Arc<dyn Reader>,
    bounds: Arc<Bounds>,
    after: Position,
    head: Position,
    filter: Filter,
    page_size: usize,
) -> impl Stream<Item = Result<Page, ReadError>> + Send {
    stream::try_unfold(after, move |after| {
        let (reader, bounds, filter) = (Arc::clone(&reader), Arc::clone(&bounds), filter.clone());
        async move {
            if after == head {
                return Ok(None);
            }
            let page = page(&*reader, &bounds, after, head, &filter, page_size).await?;
            let through = page.through;
            Ok(Some((page, through)))
        }
    })
}

/// Windows of the log that are fetched ahead of the one that is being read.
const WINDOWS_AHEAD: usize = 3;
/// Fewer events than this are not worth a statement.
const WINDOW_EVENTS_MIN: usize = 64;

/// Everything, as pages. Positions are dense and what stands before the head never
/// changes: so the windows to fetch are known beforehand, and while one is read the
/// next are on their way.
fn whole_pages(
    reader: Arc<dyn Reader>,
    bounds: Arc<Bounds>,
    after: Position,
    head: Position,
    page_size: usize,
) -> impl Stream<Item = Result<Page, ReadError>> + Send {
    let page_size = page_size.clamp(1, bounds.page_events_max);
    let window = page_size.max(WINDOW_EVENTS_MIN).min(bounds.page_events_max);
    let starts = (after.0..head.0).step_by(window).map(Position);
    let windows = stream::iter(starts)
        .map(move |start| {
            let reader = Arc::clone(&reader);
            let end = Position(start.0 + window as u64).min(head);
            // A task of its own: it gives its connection back even while nobody asks for
            // the next page. A statement left half-read would hold old pages of the
            // database, and the connection with them.
            let fetch = tokio::spawn(async move {
                let records = reader.range(start, end, &Filter::all(), window).await?;
                check_dense(start, &records, end, window)?;
                Ok::<_, ReadError>(records)
            });
            async move { fetch.await.map_err(|e| ReadError::Unavailable(e.to_string()))? }
        })
        .buffered(WINDOWS_AHEAD);
    let state = (Box::pin(windows), VecDeque::<Record>::new(), after);
    stream::try_unfold(state, move |(mut windows, mut waiting, through)| async move {
        let mut page = Page { records: Vec::with_capacity(page_size), through };
        loop {
            let Some(record) = waiting.pop_front() else {
                match windows.try_next().await? {
                    Some(records) => waiting.extend(records),
                    // The head is a commit's end: nothing is left over.
                    None if page.records.is_empty() => return Ok(None),
                    None => return Ok(Some((page, (windows, waiting, head)))),
                }
                continue;
            };
            page.through = record.position;
            let end = record.commit.is_end();
            page.records.push(record);
            if end && page.records.len() >= page_size {
                let through = page.through;
                return Ok(Some((page, (windows, waiting, through))));
            }
        }
    })
}

/// The events of a stream from a version on, in a direction, page by page.
pub(crate) fn stream_records(
    reader: Arc<dyn Reader>,
    bounds: Arc<Bounds>,
    name: StreamName,
    from: Version,
    direction: Direction,
) -> impl Stream<Item = Result<Record, ReadError>> + Send {
    let pages = stream::try_unfold(Some(from), move |next| {
        let (reader, name) = (Arc::clone(&reader), name.clone());
        let limit = bounds.page_events_max;
        async move {
            let Some(from) = next else { return Ok(None) };
            let records = reader.stream(&name, from, direction, limit).await?;
            let Some(last) = records.last().map(|record| record.version) else {
                return Ok(None);
            };
            let next = match direction {
                _ if records.len() < limit => None,
                Direction::Forward => Some(last.next()),
                Direction::Backward => last.0.checked_sub(1).filter(|v| *v > 0).map(Version),
            };
            Ok::<_, ReadError>(Some((records, next)))
        }
    });
    pages.map_ok(|records| stream::iter(records).map(Ok)).try_flatten()
}

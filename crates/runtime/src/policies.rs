//! Profiles, flows and calendars as the log has them, read once and kept in memory.
//!
//! A decision names the stream of policies among what it reads, and takes the shelf that
//! holds exactly what the log holds then ([`Policies::at`]). If this process has not read
//! the newest publication yet, the engine lets it catch up and decides anew: no command is
//! decided under a policy that is out of date.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use futures::StreamExt as _;
use quanheng_eventlog::{
    Desk, Direction, EventType, Filter, Log, Micros, Position, Read, ReadError, Record, Version,
};
use quanheng_policy::calendar::Calendar;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{Policy, PolicyBook, Published};
use quanheng_streams::{PolicyEvent, PublishedDocument, PublishedYears, read};
use quanheng_workflow::Flow;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::reading::Horizon;
use crate::time::{Deadline, today};

const BEHIND: &str = "POLICIES_BEHIND";

/// Who published something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication<T> {
    /// What.
    pub what: T,
    /// By whom: a principal's name.
    pub by: String,
    /// When.
    pub time: Micros,
}

/// Everything that was published up to a version of the stream.
#[derive(Clone, Default)]
pub struct Shelf {
    version: Version,
    position: Position,
    book: PolicyBook,
    calendar: Calendar,
    flows: BTreeMap<(String, u32), Arc<Flow>>,
    /// Where and when each of the profiles was published.
    profiles_known: Vec<(Position, Micros)>,
    /// Profiles, in order.
    pub profiles: Vec<Publication<(PublishedDocument, Arc<Published>)>>,
    /// Flows, in order.
    pub flow_list: Vec<Publication<PublishedDocument>>,
    /// Calendars, in order.
    pub calendars: Vec<Publication<PublishedYears>>,
}

impl Shelf {
    /// The policy for a division on a day.
    #[must_use]
    pub fn policy(&self, division: &DivisionCode, on: jiff::civil::Date) -> Policy {
        self.book.policy(division, on)
    }

    /// All profiles.
    #[must_use]
    pub fn book(&self) -> &PolicyBook {
        &self.book
    }

    /// The profiles that were published up to a horizon.
    ///
    /// # Errors
    /// An internal failure when they do not stand beside each other; together they do.
    pub fn book_at(&self, horizon: Horizon) -> Result<PolicyBook, Failure> {
        if horizon == Horizon::Now {
            return Ok(self.book.clone());
        }
        let mut book = PolicyBook::default();
        let known = self.profiles.iter().zip(&self.profiles_known);
        for (profile, _) in known.filter(|(_, (at, time))| horizon.admits(*at, *time)) {
            book.publish(Arc::clone(&profile.what.1)).map_err(Failure::internal)?;
        }
        Ok(book)
    }

    /// The calendar, without local days.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// A flow.
    #[must_use]
    pub fn flow(&self, id: &str, version: u32) -> Option<&Arc<Flow>> {
        self.flows.get(&(id.to_owned(), version))
    }

    /// The newest version of a flow: a case that begins follows it.
    #[must_use]
    pub fn newest_flow(&self, id: &str) -> Option<&Arc<Flow>> {
        let versions = self.flows.range((id.to_owned(), 0)..=(id.to_owned(), u32::MAX));
        versions.map(|(_, flow)| flow).next_back()
    }

    /// The version of the stream that it holds.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }
}

/// The shelf, kept up with the log.
#[derive(Clone)]
pub struct Policies {
    inner: Arc<Inner>,
}

struct Inner {
    log: Log,
    shelf: RwLock<Arc<Shelf>>,
    turn: tokio::sync::Mutex<()>,
    through: watch::Sender<Position>,
}

impl Policies {
    /// Reads everything that is published, and follows the log from there.
    ///
    /// # Errors
    /// [`Failure`] when the log cannot be read, or what is published is not sound.
    pub async fn open(log: Log) -> Result<Self, Failure> {
        let head = log.head().await?;
        let inner = Inner {
            log,
            shelf: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            through: watch::Sender::new(Position::START),
        };
        let policies = Self { inner: Arc::new(inner) };
        policies.read_on().await?;
        policies.inner.through.send_replace(head);
        policies.follow(head).await?;
        Ok(policies)
    }

    /// Reads the newest publications as they come.
    async fn follow(&self, after: Position) -> Result<(), Failure> {
        let mut filter = Filter::all();
        for name in ["profile_published", "flow_published", "calendar_published"] {
            let event_type = EventType::new(format!("quanheng.policy.{name}.v1"));
            filter = filter.or_type(event_type.map_err(Failure::internal)?);
        }
        let mut subscription = self.inner.log.subscribe(after, filter).await?;
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            while let Ok(page) = subscription.next().await {
                let Some(inner) = weak.upgrade() else { return };
                let policies = Self { inner };
                if !page.records.is_empty()
                    && let Err(error) = policies.read_on().await
                {
                    tracing::error!(%error, "a publication cannot be read");
                    continue;
                }
                policies.inner.through.send_replace(page.through);
            }
        });
        Ok(())
    }

    /// What is published, as far as it was read.
    #[must_use]
    pub fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.inner.shelf.read().unwrap_or_else(|broken| broken.into_inner()))
    }

    /// Everything up to here was read. What is on the shelf afterwards is of this position
    /// or a later one.
    #[must_use]
    pub fn position(&self) -> Position {
        *self.inner.through.borrow()
    }

    /// What is published, once everything up to a position was read.
    ///
    /// # Errors
    /// `PROJECTION_BEHIND` past the deadline.
    pub async fn shelf_at(
        &self,
        position: Position,
        deadline: Deadline,
    ) -> Result<Arc<Shelf>, Failure> {
        let mut through = self.inner.through.subscribe();
        let reached = through.wait_for(|through| *through >= position);
        match deadline.bound(reached).await {
            Some(Ok(_)) => Ok(self.shelf()),
            _ => Err(crate::reading::behind("policies", position)),
        }
    }

    /// The stream as a decision reads it.
    #[must_use]
    pub fn read(&self) -> Read {
        Read::version(quanheng_streams::policies())
    }

    /// What is published as of the decision at hand.
    ///
    /// # Errors
    /// When this process has to catch up first; the engine sees to that.
    pub fn at(&self, desk: &Desk<'_>) -> Result<Arc<Shelf>, Failure> {
        let newest = desk.version(&quanheng_streams::policies()).unwrap_or_default();
        let shelf = self.shelf();
        if shelf.version == newest {
            return Ok(shelf);
        }
        let failure = Failure::unavailable(BEHIND, "政策参数正在更新,请稍后重试");
        Err(failure.with("version", newest.to_string()))
    }

    /// Reads on until a version of the stream.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read.
    pub async fn catch_up(&self, version: Version) -> Result<(), Failure> {
        if self.shelf().version < version {
            self.read_on().await?;
        }
        Ok(())
    }

    async fn read_on(&self) -> Result<(), Failure> {
        let _turn = self.inner.turn.lock().await;
        let mut shelf = (*self.shelf()).clone();
        let stream = quanheng_streams::policies();
        let log = &self.inner.log;
        let records = log.read_stream(stream, shelf.version.next(), Direction::Forward);
        let mut records = std::pin::pin!(records);
        while let Some(record) = records.next().await {
            let record = record?;
            self.put(&mut shelf, &record).await?;
            shelf.version = record.version;
            shelf.position = record.position;
        }
        *self.inner.shelf.write().unwrap_or_else(|broken| broken.into_inner()) = Arc::new(shelf);
        Ok(())
    }

    async fn put(&self, shelf: &mut Shelf, record: &Record) -> Result<(), Failure> {
        let event = read::<quanheng_streams::Policies>(record).map_err(Failure::internal)?;
        let envelope = record.envelope().map_err(Failure::internal)?;
        let by = envelope.principal.as_deref().unwrap_or_default().to_owned();
        let time = record.time;
        match PolicyEvent::clone(&event) {
            PolicyEvent::ProfilePublished { document, .. } => {
                let text = self.text(&document.sha256).await?;
                let published = Published::read(&document.id, &text).map_err(unsound)?;
                shelf.book.publish(Arc::clone(&published)).map_err(Failure::internal)?;
                shelf.profiles_known.push((record.position, time));
                shelf.profiles.push(Publication { what: (document, published), by, time });
            }
            PolicyEvent::FlowPublished { document } => {
                let text = self.text(&document.sha256).await?;
                let flow = Flow::read(&document.id, &text).map_err(unsound)?;
                shelf.flows.insert((document.id.clone(), document.version), flow);
                shelf.flow_list.push(Publication { what: document, by, time });
            }
            PolicyEvent::CalendarPublished { calendar } => {
                let text = self.text(&calendar.sha256).await?;
                let newer = Calendar::from_csv(&text).map_err(Failure::internal)?;
                shelf.calendar = shelf.calendar.with_published(&newer);
                shelf.calendars.push(Publication { what: calendar, by, time });
            }
        }
        Ok(())
    }

    /// A published text.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read.
    pub async fn text(&self, sha256: &str) -> Result<String, Failure> {
        let digest = sha256.parse().map_err(Failure::internal)?;
        let content = self.inner.log.blob(&digest).await?;
        let missing = || Failure::from(ReadError::Damaged(format!("no blob {sha256}")));
        String::from_utf8(content.ok_or_else(missing)?.to_vec()).map_err(Failure::internal)
    }
}

fn unsound(errors: Vec<quanheng_policy::located::DocumentError>) -> Failure {
    let first = errors.first().map(ToString::to_string).unwrap_or_default();
    Failure::internal(format!("a published document cannot be read: {first}"))
}

/// The version to catch up with, if that is why a decision was not taken.
pub(crate) fn behind(failure: &Failure) -> Option<Version> {
    if failure.reason() != BEHIND {
        return None;
    }
    failure.metadata().get("version")?.parse().ok().map(Version)
}

/// The day of a decision, in China.
#[must_use]
pub fn day(desk: &Desk<'_>) -> jiff::civil::Date {
    today(desk.time())
}

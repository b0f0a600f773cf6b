//! Verification: walks a log and compares what is stored with what must be true of it.
//! Stops at the first fault, by position.

use std::collections::HashMap;
use std::fmt;

use crate::log::Log;
use crate::name::{Micros, Position, StreamName, Tag, Version};
use crate::record::{CommitRef, Digest, MalformedRecord, Record};
use crate::storage::ReadError;

/// What kind of fault was found. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The stored bytes are no record.
    RecordMalformed,
    /// A column is not what the record says.
    ColumnMismatch,
    /// The record belongs to another realm.
    RealmMismatch,
    /// A position is missing.
    PositionHole,
    /// An event stands beyond the head, or the head beyond the events.
    HeadMismatch,
    /// A version of a stream is missing, or stands after a later one.
    VersionHole,
    /// A commit is not whole.
    CommitBroken,
    /// Time goes back.
    TimeWentBack,
    /// A tag of the record is not indexed.
    TagMissing,
    /// The index has a tag that no record bears.
    TagStray,
    /// The content that the record refers to is not stored.
    BlobMissing,
    /// Stored content does not have the digest and size under which it is stored.
    BlobMismatch,
}

/// The first thing that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where; none if it cannot be laid to one event.
    pub position: Option<Position>,
    /// What kind.
    pub kind: FaultKind,
    /// In words, for operators. Holds no facts of the record.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "position {position}: ")?,
            None => write!(f, "log: ")?,
        }
        write!(f, "{:?}: {}", self.kind, self.detail)
    }
}

/// Why a log could not be said to be sound.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not sound.
    #[error("{0}")]
    Fault(Fault),
    /// It could not be read to the end.
    #[error("{0}")]
    Read(#[from] ReadError),
}

/// What was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verified {
    /// Every event up to here is sound.
    pub through: Position,
    /// How many commits.
    pub commits: u64,
    /// How many tags.
    pub tags: u64,
    /// How many blobs were rehashed.
    pub blobs: u64,
}

fn fault(position: Position, kind: FaultKind, detail: impl Into<String>) -> VerifyError {
    VerifyError::Fault(Fault { position: Some(position), kind, detail: detail.into() })
}

impl Log {
    /// Walks the whole log up to the head at the start: bytes against columns,
    /// positions and versions for holes, commits for wholeness, tags both ways, blobs
    /// against digests. `progress` hears of every page. Memory is bounded by a page
    /// and the digests of the blobs.
    ///
    /// # Errors
    /// [`VerifyError::Fault`] with the first fault.
    pub async fn verify(
        &self,
        mut progress: impl FnMut(Position),
    ) -> Result<Verified, VerifyError> {
        const PAGE: usize = 512;
        let reader = self.reader();
        let head = reader.head().await?;
        let mut walk = Walk::new(self, head.position);
        while walk.seen.through < head.position {
            let filter = crate::read::Filter::all();
            let after = walk.seen.through;
            let records = reader.range(after, head.position, &filter, PAGE).await?;
            if records.is_empty() {
                let detail = format!("the head is {}, but there is no such event", head.position);
                return Err(fault(after.next(), FaultKind::PositionHole, detail));
            }
            walk.page(records).await?;
            progress(walk.seen.through);
        }
        walk.finish(head.time).await
    }
}

struct Walk<'a> {
    log: &'a Log,
    source: String,
    head: Position,
    seen: Verified,
    time: Micros,
    /// The commit that is not whole yet.
    open: Option<CommitRef>,
    /// Blobs that were rehashed, with their sizes.
    blobs: HashMap<Digest, u64>,
}

impl<'a> Walk<'a> {
    fn new(log: &'a Log, head: Position) -> Self {
        Self {
            log,
            source: format!("/realms/{}", log.realm().id),
            head,
            seen: Verified::default(),
            time: Micros(i64::MIN),
            open: None,
            blobs: HashMap::new(),
        }
    }

    async fn page(&mut self, records: Vec<Record>) -> Result<(), VerifyError> {
        let mut tags = Vec::new();
        let mut newest: HashMap<StreamName, Version> = HashMap::new();
        let mut before = Vec::new();
        for record in &records {
            // The first fault is the one with the lowest position. Those that need a
            // look into the database are collected for the page, and looked up for what
            // stands before this record if it is bad by itself.
            let alone = self.alone(record, &mut tags).await;
            if let Err(error) = alone {
                self.together(&before, &tags).await?;
                return Err(error);
            }
            match newest.insert(record.stream.clone(), record.version) {
                Some(last) if last.next() == record.version => {}
                Some(last) => {
                    self.together(&before, &tags).await?;
                    let detail = format!("version {} follows {last}", record.version);
                    return Err(fault(record.position, FaultKind::VersionHole, detail));
                }
                None if record.version == Version(1) => {}
                None => {
                    let previous = Version(record.version.0.saturating_sub(1));
                    before.push((record.position, record.stream.clone(), previous));
                }
            }
        }
        self.together(&before, &tags).await
    }

    /// What is true of a record by itself and after its predecessor.
    async fn alone(
        &mut self,
        record: &Record,
        tags: &mut Vec<(Tag, Position)>,
    ) -> Result<(), VerifyError> {
        let at = record.position;
        if at != self.seen.through.next() {
            let missing = self.seen.through.next();
            let detail = format!("the next event stands at {at}");
            return Err(fault(missing, FaultKind::PositionHole, detail));
        }
        let envelope = record
            .envelope()
            .map_err(|MalformedRecord(detail)| fault(at, FaultKind::RecordMalformed, detail))?;
        if let Some(column) = mismatch(record, &envelope) {
            let detail = format!("column {column} is not what the record says");
            return Err(fault(at, FaultKind::ColumnMismatch, detail));
        }
        if envelope.source != self.source {
            let detail = format!("the record's source is {}", envelope.source);
            return Err(fault(at, FaultKind::RealmMismatch, detail));
        }
        if record.time < self.time {
            return Err(fault(at, FaultKind::TimeWentBack, "earlier than the event before"));
        }
        self.time = record.time;
        let follows = match self.open {
            None => record.commit.index == 0 && record.commit.count > 0,
            Some(open) => {
                record.commit.id == open.id
                    && record.commit.count == open.count
                    && record.commit.index == open.index + 1
            }
        };
        if !follows {
            let detail = "the event does not continue its commit";
            return Err(fault(at, FaultKind::CommitBroken, detail));
        }
        self.open = (!record.commit.is_end()).then_some(record.commit);
        self.seen.commits += u64::from(record.commit.is_end());
        for tag in envelope.tags() {
            tags.push((Tag::stored(tag), at));
            self.seen.tags += 1;
        }
        for blob in envelope.blobs() {
            let blob = blob
                .map_err(|MalformedRecord(detail)| fault(at, FaultKind::RecordMalformed, detail))?;
            let size = match self.blobs.get(&blob.digest) {
                Some(size) => *size,
                None => {
                    let content = self.log.blob(&blob.digest).await?;
                    let Some(content) = content else {
                        let detail = format!("blob {} is not stored", blob.digest);
                        return Err(fault(at, FaultKind::BlobMissing, detail));
                    };
                    if Digest::of(&content) != blob.digest {
                        let detail = format!("blob {} has other content", blob.digest);
                        return Err(fault(at, FaultKind::BlobMismatch, detail));
                    }
                    self.blobs.insert(blob.digest, content.len() as u64);
                    content.len() as u64
                }
            };
            if size != blob.size {
                let detail = format!("blob {} has {size} bytes", blob.digest);
                return Err(fault(at, FaultKind::BlobMismatch, detail));
            }
        }
        self.seen.through = at;
        Ok(())
    }

    /// What a page of records says about rows elsewhere.
    async fn together(
        &self,
        before: &[(Position, StreamName, Version)],
        tags: &[(Tag, Position)],
    ) -> Result<(), VerifyError> {
        let reader = self.log.reader();
        let mut first: Option<(Position, FaultKind, String)> = None;
        let places: Vec<_> = before.iter().map(|(_, s, v)| (s.clone(), *v)).collect();
        let positions = reader.positions_of(&places).await?;
        for ((at, stream, previous), position) in before.iter().zip(positions) {
            if position.is_none_or(|position| position >= *at) {
                let detail = format!("version {previous} of {stream} does not stand before");
                first = Some((*at, FaultKind::VersionHole, detail));
                break;
            }
        }
        let stored = reader.tags_stored(tags).await?;
        for ((tag, at), stored) in tags.iter().zip(stored) {
            if !stored && first.as_ref().is_none_or(|(position, ..)| at < position) {
                let detail = format!("tag {tag} is not indexed");
                first = Some((*at, FaultKind::TagMissing, detail));
                break;
            }
        }
        match first {
            Some((at, kind, detail)) => Err(fault(at, kind, detail)),
            None => Ok(()),
        }
    }

    /// Every tag of a record was found in the index. So if the index has as many, it has
    /// no others.
    async fn no_stray_tags(&self) -> Result<(), VerifyError> {
        const PAGE: usize = 10_000;
        let reader = self.log.reader();
        let (mut indexed, mut beyond, mut after) = (0, None, None);
        loop {
            let tags = reader.tags_after(after.take(), PAGE).await?;
            for (_, position) in &tags {
                match *position <= self.head {
                    true => indexed += 1,
                    false => beyond = beyond.max(Some(*position)),
                }
            }
            match tags.into_iter().last() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        // What was appended meanwhile has tags, too.
        let head = reader.head().await?.position;
        let stray = beyond.filter(|beyond| *beyond > head);
        if indexed == self.seen.tags && stray.is_none() {
            return Ok(());
        }
        Err(VerifyError::Fault(Fault {
            position: stray,
            kind: FaultKind::TagStray,
            detail: format!("{indexed} tags are indexed, the records bear {}", self.seen.tags),
        }))
    }

    /// What is true of the log as a whole.
    async fn finish(mut self, head_time: Micros) -> Result<Verified, VerifyError> {
        let reader = self.log.reader();
        if self.open.is_some() {
            let detail = "the last commit is not whole";
            return Err(fault(self.head, FaultKind::CommitBroken, detail));
        }
        if self.head > Position::START && self.time > head_time {
            let detail = "the head's time is before that of the last event";
            return Err(fault(self.head, FaultKind::TimeWentBack, detail));
        }
        let everything = crate::read::Filter::all();
        let end = Position(i64::MAX as u64);
        let beyond = reader.range(self.head, end, &everything, 1).await?;
        if let Some(record) = beyond.first()
            && reader.head().await?.position < record.position
        {
            let detail = "the event stands beyond the head";
            return Err(fault(record.position, FaultKind::HeadMismatch, detail));
        }
        self.no_stray_tags().await?;
        let mut after = None;
        loop {
            let blobs = reader.blobs_after(after, 256).await?;
            let Some((last, _)) = blobs.last() else { break };
            after = Some(*last);
            for (digest, size) in &blobs {
                let sound = match self.blobs.get(digest) {
                    Some(rehashed) => rehashed == size,
                    None => {
                        self.seen.blobs += 1;
                        let content = reader.blob(digest).await?;
                        content.is_some_and(|content| {
                            Digest::of(&content) == *digest && content.len() as u64 == *size
                        })
                    }
                };
                if !sound {
                    return Err(VerifyError::Fault(Fault {
                        position: None,
                        kind: FaultKind::BlobMismatch,
                        detail: format!("blob {digest} has other content or another size"),
                    }));
                }
            }
        }
        self.seen.blobs += self.blobs.len() as u64;
        Ok(self.seen)
    }
}

/// The first column that is not derived from the record.
fn mismatch(record: &Record, envelope: &crate::record::Envelope<'_>) -> Option<&'static str> {
    let checks = [
        ("position", envelope.position == record.position.to_string()),
        ("stream", envelope.subject == record.stream.as_str()),
        ("version", envelope.version == record.version.to_string()),
        ("id", envelope.id == record.id),
        ("type", envelope.event_type == record.event_type.as_str()),
        ("time", envelope.time.parse() == Ok(record.time)),
        ("commit_id", envelope.commitid == record.commit.id),
        ("commit_index", envelope.commitindex == record.commit.index),
        ("commit_count", envelope.commitcount == record.commit.count),
        ("specversion", envelope.specversion == "1.0"),
    ];
    let mismatch = checks.into_iter().find(|(_, agrees)| !agrees);
    mismatch.map(|(column, _)| column)
}

//! One run of a batch under the lock: who was answered before, which versions hold,
//! what is decided, and the rows that come of it.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use lru::LruCache;
use uuid::Uuid;

use super::{Item, Setting};
use crate::bounds::{BLOB_BYTES_MAX, Bounds, Exceeded};
use crate::desk::{Desk, Reads, Remembered, Working, state_key};
use crate::metrics::Metrics;
use crate::name::{Micros, StreamName, Version};
use crate::record::{BlobRef, CommitRef, Digest, Facts, Place, Record, Stamp, encode};
use crate::storage::{Batch, Head, KeptAnswer, StorageError, Writer};
use crate::transaction::{
    Changes, CommitError, Fate, Outcome, Proposal, Read, Receipt, RequestKey, Work,
};

/// What was decided about a transaction, told once the batch is settled.
pub(super) struct Verdict {
    item: Item,
    finding: Finding,
}

enum Finding {
    Outcome(Result<Outcome, CommitError>),
    LoadFirst(Vec<Read>),
}

impl Finding {
    fn refuses(&self) -> bool {
        matches!(self, Self::Outcome(Err(_)))
    }
}

impl Verdict {
    fn of(item: Item, outcome: Result<Outcome, CommitError>) -> Self {
        Self { item, finding: Finding::Outcome(outcome) }
    }

    pub(super) fn items(verdicts: Vec<Self>) -> Vec<Item> {
        verdicts.into_iter().map(|verdict| verdict.item).collect()
    }

    pub(super) fn answer_all(verdicts: Vec<Self>, metrics: &Metrics) {
        for Self { item, finding } in verdicts {
            match finding {
                Finding::Outcome(outcome) => {
                    match &outcome {
                        Ok(Outcome::Replayed(_)) => metrics.replayed(),
                        Err(CommitError::Conflict { .. }) => metrics.conflict(),
                        _ => {}
                    }
                    item.answer(outcome);
                }
                Finding::LoadFirst(missing) => item.send_back(missing),
            }
        }
    }

    pub(super) fn answer_unknown(verdicts: Vec<Self>, reason: &str) {
        for Self { item, .. } in verdicts {
            item.answer(Err(CommitError::Unavailable {
                fate: Fate::Unknown,
                reason: reason.to_owned(),
            }));
        }
    }
}

/// What came of deciding a batch.
pub(super) enum Decided {
    /// Every transaction has its verdict.
    All(Vec<Verdict>),
    /// One was found unfit after others had built on it. Nothing of this run counts:
    /// run the batch again, without its effect.
    Without(Vec<Item>),
    /// One that was refused may be a repetition: look the request keys up first.
    Carefully(Vec<Item>),
}

/// A batch in the making.
pub(super) struct Attempt {
    pub(super) setting: Arc<Setting>,
    time_text: String,
    pub(super) rows: Batch,
    /// The version of every stream that the batch touches, as the rows run.
    pub(super) current: HashMap<StreamName, Version>,
    pub(super) working: Working,
    /// Content that comes with this batch, with its size.
    stored_blobs: HashMap<Digest, u64>,
    /// How many requests were repetitions.
    pub(super) repetitions: u64,
    /// Bytes of the rows so far.
    bytes: usize,
    /// Transactions that found no room in this batch.
    pub(super) rest: Vec<Item>,
}

type Failed = (Vec<Item>, StorageError);

impl Attempt {
    pub(super) fn new(setting: Arc<Setting>, head: Head, time: Micros) -> Self {
        let rows = Batch { head: Head { position: head.position, time }, ..Batch::default() };
        Self {
            setting,
            time_text: time.to_string(),
            rows,
            current: HashMap::new(),
            working: Working::default(),
            stored_blobs: HashMap::new(),
            repetitions: 0,
            bytes: 0,
            rest: Vec::new(),
        }
    }

    /// Decides every transaction, in order. What must be read is read first, under
    /// the lock; deciding itself is pure.
    pub(super) async fn decide_all(
        &mut self,
        mut items: Vec<Item>,
        writer: &mut dyn Writer,
        versions: &mut LruCache<StreamName, Version>,
        remembered: &mut Remembered,
        careful: bool,
    ) -> Result<Decided, Failed> {
        let mut verdicts = Vec::with_capacity(items.len());
        if careful {
            let answered = match self.repetitions(&items, writer).await {
                Ok(answered) => answered,
                Err(error) => return Err((items, error)),
            };
            let mut new = Vec::with_capacity(items.len());
            for (item, answer) in items.into_iter().zip(answered) {
                match answer {
                    Some(answer) => verdicts.push(Verdict::of(item, answer)),
                    None => new.push(item),
                }
            }
            items = new;
        }
        let prepared = async {
            self.look_up_versions(&items, writer, versions).await?;
            self.gather_states(&mut items, writer, remembered).await
        };
        if let Err(error) = prepared.await {
            items.extend(Verdict::items(verdicts));
            return Err((items, error));
        }
        let mut findings = Vec::with_capacity(items.len());
        let mut references = Vec::new();
        while findings.len() < items.len() {
            let index = findings.len();
            match self.decide(&mut items[index], index, &mut references) {
                Ok(finding) => findings.push(finding),
                Err(reason) => {
                    items[index].unfit = Some(Unfit::Invalid(reason));
                    items.extend(Verdict::items(verdicts));
                    return Ok(Decided::Without(items));
                }
            }
            if self.bytes >= self.setting.bounds.batch_bytes_max {
                // How much a decision writes is known only now. The others come next.
                self.rest = items.split_off(findings.len());
            }
        }
        match self.dangling(references, writer).await {
            Ok(None) => {}
            Ok(Some((index, blob))) => {
                items[index].unfit = Some(Unfit::BlobMissing(blob));
                items.extend(Verdict::items(verdicts));
                return Ok(Decided::Without(items));
            }
            Err(error) => {
                items.extend(Verdict::items(verdicts));
                return Err((items, error));
            }
        }
        if !careful {
            // A repetition must not be told that what it did stands in its own way.
            let refused = items.iter().zip(&findings).filter(|(_, finding)| finding.refuses());
            let refused = refused.filter_map(|(item, _)| item.proposal.key.clone());
            let refused: Vec<RequestKey> = refused.collect();
            let kept = match refused.is_empty() {
                true => Ok(Vec::new()),
                false => writer.answers(&refused).await,
            };
            match kept {
                Err(error) => return Err((items, error)),
                Ok(kept) if kept.iter().any(Option::is_some) => {
                    return Ok(Decided::Carefully(items));
                }
                Ok(_) => {}
            }
        }
        let decided = items.into_iter().zip(findings);
        verdicts.extend(decided.map(|(item, finding)| Verdict { item, finding }));
        Ok(Decided::All(verdicts))
    }

    /// Takes one decision and writes its rows.
    ///
    /// # Errors
    /// When the decision was found broken after its rows were written.
    fn decide(
        &mut self,
        item: &mut Item,
        index: usize,
        references: &mut Vec<(usize, BlobRef)>,
    ) -> Result<Finding, String> {
        if let Some(unfit) = &item.unfit {
            return Ok(Finding::Outcome(Err(unfit.clone().into())));
        }
        let Proposal { context, key, work, .. } = &mut item.proposal;
        let decided;
        let changes: &Changes = match work {
            Work::Fixed { expects, changes } => {
                if let Some(conflict) = self.conflict(expects) {
                    return Ok(Finding::Outcome(Err(conflict)));
                }
                changes
            }
            Work::Decide(decision) => {
                let on_desk = |read: &&Read| {
                    state_key(read).is_some_and(|key| !self.working.slots.contains_key(&key))
                };
                let missing: Vec<Read> = item.reads.iter().filter(on_desk).cloned().collect();
                if !missing.is_empty() {
                    return Ok(Finding::LoadFirst(missing));
                }
                let desk = Desk {
                    head: self.rows.head.position,
                    time: self.rows.head.time,
                    versions: &self.current,
                    states: &self.working,
                    reads: Reads::new(&item.reads),
                };
                match catch_unwind(AssertUnwindSafe(|| decision.decide(&desk))) {
                    Ok(Ok(changes)) => decided = changes,
                    Ok(Err(abort)) => {
                        return Ok(Finding::Outcome(Err(CommitError::Aborted(abort))));
                    }
                    Err(_panic) => {
                        let reason = "the decision panicked".to_owned();
                        return Ok(Finding::Outcome(Err(CommitError::Invalid(reason))));
                    }
                }
                let reads = |event: &&crate::record::EventDraft| {
                    !item.reads.iter().any(|read| read.stream == event.stream)
                };
                if let Some(event) = decided.events.iter().find(reads) {
                    let reason = format!("{} is appended to but not read", event.stream);
                    return Ok(Finding::Outcome(Err(CommitError::Invalid(reason))));
                }
                &decided
            }
        };
        if let Err(error) = check(&self.setting.bounds, changes) {
            return Ok(Finding::Outcome(Err(error)));
        }
        let first = self.rows.events.len();
        let receipt = match self.write(context, key.as_ref(), changes) {
            Ok(receipt) => receipt,
            Err(error) => return Ok(Finding::Outcome(Err(error))),
        };
        references.extend(changes.events.iter().flat_map(|event| {
            let unstored =
                |blob: &&BlobRef| self.stored_blobs.get(&blob.digest) != Some(&blob.size);
            let blobs = event.blobs.iter().filter(unstored);
            blobs.map(move |blob| (index, *blob))
        }));
        self.evolve(first)?;
        Ok(Finding::Outcome(Ok(Outcome::Committed(receipt))))
    }

    fn conflict(&self, expects: &[(StreamName, crate::Expect)]) -> Option<CommitError> {
        let actual = |stream| self.current.get(stream).copied().unwrap_or_default();
        let (stream, expected) =
            expects.iter().find(|(stream, expect)| !expect.allows(actual(stream)))?;
        Some(CommitError::Conflict {
            stream: stream.clone(),
            expected: *expected,
            actual: actual(stream),
        })
    }

    /// Writes the rows of one transaction: all of them, or none.
    fn write(
        &mut self,
        context: &crate::record::Context,
        key: Option<&RequestKey>,
        changes: &Changes,
    ) -> Result<Receipt, CommitError> {
        let commit_id = Uuid::now_v7();
        let stamp = Stamp { source: &self.setting.source, time: &self.time_text };
        let time = self.rows.head.time;
        let count = u32::try_from(changes.events.len()).unwrap_or(u32::MAX);
        let mut position = self.rows.head.position;
        let mut records = Vec::with_capacity(changes.events.len());
        let mut moved: HashMap<&StreamName, Version> = HashMap::new();
        let mut bytes_total = 0;
        for (index, draft) in (0..count).zip(&changes.events) {
            position = position.next();
            let before = match moved.get(&draft.stream) {
                Some(version) => *version,
                None => self.current.get(&draft.stream).copied().unwrap_or_default(),
            };
            moved.insert(&draft.stream, before.next());
            let place = Place {
                id: Uuid::now_v7(),
                position,
                version: before.next(),
                commit: CommitRef { id: commit_id, index, count },
            };
            let bytes = encode(&stamp, context, draft, &place)?;
            bytes_total += bytes.len();
            records.push(Record {
                position,
                stream: draft.stream.clone(),
                version: place.version,
                id: place.id,
                event_type: draft.event_type.clone(),
                time,
                commit: place.commit,
                bytes: Bytes::from(bytes),
                facts: Facts::default(),
            });
        }
        let bytes_max = self.setting.bounds.commit_bytes_max;
        Exceeded::check("commit_bytes_max", bytes_max, bytes_total)?;

        // From here on nothing fails.
        self.bytes += bytes_total + changes.blobs.iter().map(Bytes::len).sum::<usize>();
        for (stream, version) in moved {
            self.current.insert(stream.clone(), version);
        }
        for (record, draft) in records.iter().zip(&changes.events) {
            let tags = draft.tags.iter().cloned();
            let rows = tags.map(|tag| (tag, record.position));
            self.rows.tags.extend(rows);
        }
        for content in &changes.blobs {
            let digest = Digest::of(content);
            let size = content.len() as u64;
            if self.stored_blobs.insert(digest, size).is_none() {
                self.rows.blobs.push((digest, content.clone()));
            }
        }
        if let Some(key) = key {
            self.rows.answers.push(KeptAnswer {
                key: key.clone(),
                answer: changes.answer.clone(),
                commit_id,
                position,
                events: u64::from(count),
                time,
            });
        }
        self.rows.head.position = position;
        let versions = records.iter().map(|r| (r.stream.clone(), r.version));
        let versions = versions.collect();
        self.rows.events.extend(records);
        Ok(Receipt { commit_id, position, time, versions, answer: changes.answer.clone() })
    }

    /// Brings the states on the desk on by the rows just written.
    fn evolve(&mut self, first: usize) -> Result<(), String> {
        for record in &self.rows.events[first..] {
            let working = &mut self.working;
            match catch_unwind(AssertUnwindSafe(|| working.evolve(record))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    return Err(format!(
                        "the state of {} refuses its own event: {error}",
                        record.stream
                    ));
                }
                Err(_panic) => {
                    return Err(format!(
                        "the state of {} panicked at its own event",
                        record.stream
                    ));
                }
            }
        }
        Ok(())
    }

    /// The batch is settled: remembers what it found, and gives its rows away.
    pub(super) fn keep(
        self,
        versions: &mut LruCache<StreamName, Version>,
        remembered: &mut Remembered,
    ) -> Batch {
        for (stream, version) in self.current {
            versions.put(stream, version);
        }
        remembered.keep(self.working);
        self.rows
    }
}

/// Why a transaction cannot be part of any batch.
#[derive(Debug, Clone)]
pub(crate) enum Unfit {
    Invalid(String),
    BlobMissing(BlobRef),
}

impl From<Unfit> for CommitError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Invalid(reason) => Self::Invalid(reason),
            Unfit::BlobMissing(blob) => Self::BlobMissing(blob),
        }
    }
}

/// What can be said of changes without knowing the log.
fn check(bounds: &Bounds, changes: &Changes) -> Result<(), CommitError> {
    let events = &changes.events;
    Exceeded::check("events_per_commit_max", bounds.events_per_commit_max, events.len())?;
    Exceeded::check("answer_bytes_max", bounds.answer_bytes_max, changes.answer.len())?;
    let mut blob_bytes = 0;
    for blob in &changes.blobs {
        Exceeded::check("blob_bytes_max", BLOB_BYTES_MAX, blob.len())?;
        blob_bytes += blob.len();
    }
    Exceeded::check("commit_blob_bytes_max", bounds.commit_blob_bytes_max, blob_bytes)?;
    for event in events {
        Exceeded::check("tags_per_event_max", bounds.tags_per_event_max, event.tags.len())?;
        let mut seen = HashSet::with_capacity(event.tags.len());
        if let Some(tag) = event.tags.iter().find(|tag| !seen.insert(tag.as_str())) {
            return Err(CommitError::Invalid(format!("tag {tag} stands twice")));
        }
    }
    Ok(())
}

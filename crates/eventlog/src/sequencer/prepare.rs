//! What a batch must know before it is decided, read under the lock: which requests were
//! answered before, the versions of the streams it names, and their newest states.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lru::LruCache;

use super::Item;
use super::batch::Attempt;
use crate::desk::{Remembered, Slot, state_key};
use crate::name::{Position, StreamName, Version};
use crate::record::{BlobRef, Digest};
use crate::storage::{StorageError, Writer};
use crate::transaction::{CommitError, Outcome, Receipt, RequestKey, Work};

impl Attempt {
    /// Which requests were answered before, and with what.
    pub(super) async fn repetitions(
        &mut self,
        items: &[Item],
        writer: &mut dyn Writer,
    ) -> Result<Vec<Option<Result<Outcome, CommitError>>>, StorageError> {
        let keys = items.iter().filter_map(|item| item.proposal.key.clone());
        let keys: Vec<RequestKey> = keys.collect();
        let mut kept = writer.answers(&keys).await?.into_iter();
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            let Some(key) = &item.proposal.key else {
                answers.push(None);
                continue;
            };
            let Some(kept) = kept.next().flatten() else {
                answers.push(None);
                continue;
            };
            self.repetitions += 1;
            answers.push(Some(if kept.key.digest == key.digest {
                let before = Position(kept.position.0 - kept.events);
                Ok(Outcome::Replayed(Receipt {
                    commit_id: kept.commit_id,
                    position: kept.position,
                    time: kept.time,
                    versions: match kept.events {
                        0 => Vec::new(),
                        _ => writer.places(before, kept.position).await?,
                    },
                    answer: kept.answer,
                }))
            } else {
                Err(CommitError::KeyReused { request_id: key.request_id })
            }));
        }
        Ok(answers)
    }

    /// The version of every stream that the batch names: remembered, or read.
    pub(super) async fn look_up_versions(
        &mut self,
        items: &[Item],
        writer: &mut dyn Writer,
        remembered: &mut LruCache<StreamName, Version>,
    ) -> Result<(), StorageError> {
        let mut unknown = Vec::new();
        let current = &mut self.current;
        let mut need = |stream: &StreamName| {
            if current.contains_key(stream) {
                return;
            }
            let known = remembered.get(stream).copied();
            if known.is_none() {
                unknown.push(stream.clone());
            }
            current.insert(stream.clone(), known.unwrap_or_default());
        };
        for item in items {
            match &item.proposal.work {
                Work::Fixed { expects, changes } => {
                    expects.iter().for_each(|(stream, _)| need(stream));
                    changes.events.iter().for_each(|event| need(&event.stream));
                }
                Work::Decide(_) => item.reads.iter().for_each(|read| need(&read.stream)),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let versions = writer.versions(&unknown).await?;
        self.current.extend(unknown.into_iter().zip(versions));
        Ok(())
    }

    /// Puts every state that is read onto the desk, brought up to the newest version.
    pub(super) async fn gather_states(
        &mut self,
        items: &mut [Item],
        writer: &mut dyn Writer,
        remembered: &mut Remembered,
    ) -> Result<(), StorageError> {
        let mut caught_up = HashSet::new();
        for item in items.iter_mut() {
            for (key, slot) in item.loaded.drain(..) {
                remembered.lend(&key, &mut self.working);
                let known = self.working.slots.get(&key).map(|slot| slot.version);
                if known.is_none_or(|known| known < slot.version) {
                    self.working.insert(key, slot);
                }
            }
        }
        for item in items.iter() {
            let mut news = false;
            for read in &item.reads {
                let Some(key) = state_key(read) else { continue };
                remembered.lend(&key, &mut self.working);
                let newest = self.current.get(&read.stream).copied().unwrap_or_default();
                let Some(slot) = self.working.slots.get_mut(&key) else {
                    continue;
                };
                if slot.version != newest {
                    caught_up.insert(read.stream.clone());
                    let limit = self.setting.bounds.catch_up_events_max;
                    if !catch_up(slot, &read.stream, newest, limit, writer).await? {
                        // Too far behind, or broken: its reader loads it anew.
                        self.working.remove(&key);
                    }
                }
                news |= caught_up.contains(&read.stream);
            }
            if news {
                self.setting.metrics.redecided(1);
            }
        }
        Ok(())
    }

    /// The first reference to content that is neither in this batch nor stored.
    pub(super) async fn dangling(
        &self,
        references: Vec<(usize, BlobRef)>,
        writer: &mut dyn Writer,
    ) -> Result<Option<(usize, BlobRef)>, StorageError> {
        if references.is_empty() {
            return Ok(None);
        }
        let digests: Vec<Digest> = references.iter().map(|(_, blob)| blob.digest).collect();
        let sizes = writer.blob_sizes(&digests).await?;
        let mut pairs = references.into_iter().zip(sizes);
        let dangling = pairs.find(|((_, blob), size)| *size != Some(blob.size));
        Ok(dangling.map(|(reference, _)| reference))
    }
}

/// Brings a state up to the newest version from the log. False when it cannot be:
/// too far behind, or its stream is not what it was built from.
async fn catch_up(
    slot: &mut Slot,
    stream: &StreamName,
    newest: Version,
    limit: usize,
    writer: &mut dyn Writer,
) -> Result<bool, StorageError> {
    let behind = newest.0.checked_sub(slot.version.0);
    if behind.is_none_or(|behind| behind > limit as u64) {
        return Ok(false);
    }
    for record in writer.stream_after(stream, slot.version, limit).await? {
        if record.version != slot.version.next() {
            return Ok(false);
        }
        match catch_unwind(AssertUnwindSafe(|| slot.evolve(&record))) {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Ok(false),
        }
    }
    Ok(slot.version == newest)
}

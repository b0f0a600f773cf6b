//! The newest records, kept in memory, so that subscribers of this process that keep
//! up do not each read them from the database.

use std::collections::VecDeque;
use std::sync::RwLock;

use crate::name::Position;
use crate::read::{Filter, Page};
use crate::record::Record;

/// A gapless run of the newest records, ending at a commit's end.
pub(crate) struct Tail {
    bytes_max: usize,
    run: RwLock<Run>,
}

#[derive(Default)]
struct Run {
    records: VecDeque<Record>,
    bytes: usize,
}

/// What a record weighs besides its bytes, about.
const OVERHEAD: usize = 256;

impl Run {
    fn drop_oldest(&mut self) {
        if let Some(record) = self.records.pop_front() {
            self.bytes -= record.bytes.len() + OVERHEAD;
        }
    }
}

impl Tail {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, run: RwLock::default() }
    }

    /// Forgets everything: somebody else committed, and the run would have a gap.
    pub(crate) fn clear(&self) {
        let mut run = self.write();
        *run = Run::default();
    }

    /// Adds the records of whole commits, directly behind what is there.
    pub(crate) fn push(&self, records: Vec<Record>) {
        let mut run = self.write();
        if let (Some(last), Some(first)) = (run.records.back(), records.first())
            && last.position.next() != first.position
        {
            *run = Run::default();
        }
        for record in records {
            run.bytes += record.bytes.len() + OVERHEAD;
            run.records.push_back(record);
        }
        while run.bytes > self.bytes_max {
            run.drop_oldest();
        }
    }

    /// The next page after a position, if the run holds what follows it.
    pub(crate) fn page(&self, after: Position, filter: &Filter, page_size: usize) -> Option<Page> {
        let run = self.run.read().unwrap_or_else(|broken| broken.into_inner());
        let first = run.records.front()?.position;
        let last = run.records.back()?.position;
        if after.next() < first || after >= last {
            return None;
        }
        let start = usize::try_from(after.next().0 - first.0).ok()?;
        let mut page = Page { records: Vec::new(), through: after };
        for record in run.records.range(start..) {
            if filter.matches(record) {
                page.records.push(record.clone());
            }
            page.through = record.position;
            if page.records.len() >= page_size && record.commit.is_end() {
                break;
            }
        }
        Some(page)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Run> {
        // The run is consistent between any two statements that can panic.
        self.run.write().unwrap_or_else(|broken| broken.into_inner())
    }
}

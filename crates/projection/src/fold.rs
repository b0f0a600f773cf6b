//! Folding a page of records: pure but for what it loads.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use memchr::memmem::Finder;
use quanheng_eventlog::{Log, Position, ReadError, Record};
use tracing::{Instrument as _, Span};

use crate::bounds::Bounds;
use crate::definition::Definition;
use crate::document::{DocKey, Docs};
use crate::projector::{ProjectError, Projector, StateFold, StreamState};
use crate::states::{Lent, StateError, States};
use crate::store::documents::{CollectionWrite, prepare};
use crate::store::{StoreError, Views};

/// Records that are folded before others get their turn.
const RECORDS_AT_ONCE: usize = 16;

/// What a page of records is folded with.
pub(crate) struct Folding<'a> {
    pub(crate) log: &'a Log,
    pub(crate) views: &'a Views,
    pub(crate) definition: &'a Definition,
    pub(crate) bounds: &'a Bounds,
    pub(crate) states: &'a mut States,
}

/// Why a page was not folded.
pub(crate) enum FoldError {
    /// This record of the page cannot be folded, now or later.
    Record { index: usize, error: ProjectError },
    /// Something could not be read. Try again.
    Trouble(String),
}

impl From<StoreError> for FoldError {
    fn from(error: StoreError) -> Self {
        Self::Trouble(error.to_string())
    }
}

impl Folding<'_> {
    /// What the records change.
    pub(crate) async fn fold(
        &mut self,
        records: &[Record],
    ) -> Result<Vec<CollectionWrite>, FoldError> {
        let projector = self.definition.projector();
        let mut touched = HashSet::new();
        for (index, record) in records.iter().enumerate() {
            let keys = guarded(|| projector.touches(record));
            touched.extend(keys.map_err(|error| FoldError::Record { index, error })?);
        }
        let touched: Vec<DocKey> = touched.into_iter().collect();
        let loaded = self.views.load(self.definition, &touched).await?;
        let loaded = loaded.into_iter().map(|(key, doc)| (key, doc.json));
        let bytes_max = self.bounds.document_bytes_max;
        let mut docs = Docs::new(self.definition.collections(), touched, loaded, bytes_max);
        self.foresee(projector, records, &mut docs).await?;
        for (index, record) in records.iter().enumerate() {
            if index % RECORDS_AT_ONCE == RECORDS_AT_ONCE - 1 {
                // Calls are answered meanwhile.
                tokio::task::yield_now().await;
            }
            docs.enter(commit_end(record));
            let span = trace(self.definition, record);
            match self.fold_one(projector, record, &mut docs).instrument(span).await {
                Ok(()) => {}
                Err(StateError::Record(error)) => return Err(FoldError::Record { index, error }),
                Err(StateError::Log(error)) => return Err(FoldError::Trouble(error.to_string())),
            }
        }
        self.conclude(projector, records, &mut docs)?;
        self.states.trim();
        let last = records.len().saturating_sub(1);
        prepare(self.definition, docs.into_changes())
            .map_err(|error| FoldError::Record { index: last, error })
    }

    /// Ends each stream of the page, in the order of their last records.
    fn conclude(
        &self,
        projector: &dyn Projector,
        records: &[Record],
        docs: &mut Docs,
    ) -> Result<(), FoldError> {
        let mut streams = HashSet::new();
        let mut last = Vec::new();
        for (index, record) in records.iter().enumerate().rev() {
            if streams.contains(&record.stream) {
                continue;
            }
            let fold = guarded(|| Ok(projector.state(record)));
            let fold = fold.map_err(|error| FoldError::Record { index, error })?;
            if let Some(fold) = fold {
                streams.insert(&record.stream);
                last.push((index, fold));
            }
        }
        for (index, fold) in last.into_iter().rev() {
            let record = &records[index];
            docs.enter(commit_end(record));
            let after = self.states.after(record, &fold);
            guarded(|| projector.conclude(record, after, docs))
                .map_err(|error| FoldError::Record { index, error })?;
        }
        Ok(())
    }

    async fn fold_one(
        &mut self,
        projector: &dyn Projector,
        record: &Record,
        docs: &mut Docs,
    ) -> Result<(), StateError> {
        let Some(fold) = guarded(|| Ok(projector.state(record))).map_err(StateError::Record)?
        else {
            self.lay(projector, record, StreamState::none(), docs).await?;
            return guarded(|| projector.fold(record, StreamState::none(), docs))
                .map_err(StateError::Record);
        };
        let mut lent = self.before(projector, record, fold, docs).await?;
        self.lay(projector, record, lent.state(), docs).await?;
        let folded = guarded(|| {
            projector.fold(record, lent.state(), docs)?;
            lent.evolve(record)?;
            projector.settle(record, lent.state(), docs)
        });
        folded.map_err(StateError::Record)?;
        self.states.keep(lent);
        Ok(())
    }

    /// The state of a record's stream before it: remembered, or held by a document, or read.
    async fn before(
        &mut self,
        projector: &dyn Projector,
        record: &Record,
        fold: StateFold,
        docs: &Docs,
    ) -> Result<Lent, StateError> {
        let begins = record.version.0 <= 1;
        if !begins
            && !self.states.knows(record, &fold)
            && let Ok(Some(seed)) = guarded(|| projector.seed(record, docs))
        {
            self.states.plant(record, &fold, seed);
        }
        self.states.before(self.log, record, fold).await
    }

    /// Loads at once what the records of each stream will lead to, as far as it is foreseen.
    async fn foresee(
        &mut self,
        projector: &dyn Projector,
        records: &[Record],
        docs: &mut Docs,
    ) -> Result<(), FoldError> {
        let mut streams = HashMap::new();
        let mut runs: Vec<(StateFold, Vec<&Record>)> = Vec::new();
        for record in records {
            let Ok(Some(fold)) = guarded(|| Ok(projector.state(record))) else { continue };
            let run = *streams.entry(&record.stream).or_insert_with(|| {
                runs.push((fold, Vec::new()));
                runs.len() - 1
            });
            runs[run].1.push(record);
        }
        let mut keys = HashSet::new();
        for (nr, (fold, run)) in runs.into_iter().enumerate() {
            if nr % RECORDS_AT_ONCE == RECORDS_AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
            // What is wrong with a record is told when its turn comes.
            let Ok(lent) = self.before(projector, run[0], fold, docs).await else { break };
            let foreseen = guarded(|| projector.foresees(&run, lent.state(), docs));
            self.states.keep(lent);
            keys.extend(foreseen.unwrap_or_default());
        }
        let missing: Vec<DocKey> = keys.into_iter().filter(|key| !docs.has(key)).collect();
        if !missing.is_empty() {
            let loaded = self.views.load(self.definition, &missing).await?;
            docs.lay(missing, loaded.into_iter().map(|(key, doc)| (key, doc.json)));
        }
        Ok(())
    }

    /// Loads the documents that the state or other documents lead to.
    async fn lay(
        &self,
        projector: &dyn Projector,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), StateError> {
        let more = guarded(|| projector.touches_also(record, before, docs));
        let more = more.map_err(StateError::Record)?.into_iter();
        let missing: Vec<DocKey> = more.filter(|key| !docs.has(key)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let loaded = self.views.load(self.definition, &missing).await;
        let loaded = loaded.map_err(|e| StateError::Log(ReadError::Unavailable(e.to_string())))?;
        docs.lay(missing, loaded.into_iter().map(|(key, doc)| (key, doc.json)));
        Ok(())
    }
}

/// The span of folding a record that a traced call wrote: it goes on with that trace.
/// Records of calls that nobody traces have none.
fn trace(definition: &Definition, record: &Record) -> Span {
    // Most records are not traced, and their envelope is not worth reading for that.
    if !looks_sampled(&record.bytes) {
        return Span::none();
    }
    let Ok(envelope) = record.envelope() else { return Span::none() };
    let sampled = envelope.traceparent.as_deref().filter(|parent| parent.ends_with("-01"));
    let Some(traceparent) = sampled else { return Span::none() };
    let span = tracing::info_span!(
        parent: None,
        "projection.fold",
        projection = definition.name(),
        event = record.event_type.as_str(),
        position = record.position.0,
    );
    quanheng_telemetry::follow(traceparent, &span);
    span
}

/// Whether the bytes hold the attribute of a trace that is sampled, or something that looks
/// like it: `"traceparent":"00-<32 hex>-<16 hex>-01`.
fn looks_sampled(bytes: &[u8]) -> bool {
    static FINDER: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(b"\"traceparent\":\"00-"));
    const TO_FLAGS: usize = 32 + 1 + 16;
    FINDER.find_iter(bytes).any(|at| {
        let flags = at + FINDER.needle().len() + TO_FLAGS;
        bytes.get(flags..).is_some_and(|rest| rest.starts_with(b"-01"))
    })
}

/// A projector that panics stops its projection, and nothing else.
fn guarded<T>(call: impl FnOnce() -> Result<T, ProjectError>) -> Result<T, ProjectError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(ProjectError::Panicked(text.unwrap_or_else(|| "without words".to_owned())))
        }
    }
}

/// The position of the last record of the record's commit.
pub(crate) fn commit_end(record: &Record) -> Position {
    let rest = record.commit.count.saturating_sub(record.commit.index + 1);
    Position(record.position.0 + u64::from(rest))
}

/// The position before the first record of the record's commit.
pub(crate) fn before_commit(record: &Record) -> Position {
    Position(record.position.0.saturating_sub(u64::from(record.commit.index) + 1))
}

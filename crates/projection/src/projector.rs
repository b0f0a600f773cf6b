//! Projectors: the pure fold from records to documents.

use std::any::{Any, TypeId};
use std::sync::Arc;

use quanheng_eventlog::{Fold, MalformedRecord, Record, Version};

use crate::bounds::Exceeded;
use crate::column::WrongKind;
use crate::document::{DocKey, Docs};

/// Folds records into documents. Pure: no I/O, no clock, no randomness; the same log
/// gives the same documents, in whatever pieces it is read.
pub trait Projector: Send + Sync + 'static {
    /// The documents that a record may read or change.
    ///
    /// # Errors
    /// [`ProjectError`] stops the projection at this record.
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError>;

    /// Further documents that a record may read or change, where only the state of its
    /// stream before it, or the documents of [`Projector::touches`], tell which.
    ///
    /// # Errors
    /// [`ProjectError`] stops the projection at this record.
    fn touches_also(
        &self,
        _record: &Record,
        _before: StreamState<'_>,
        _docs: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        Ok(Vec::new())
    }

    /// The documents that [`Projector::touches_also`] will name for the records of one
    /// stream in a page, as far as they can be told from the state before the first of them:
    /// they are loaded together, and not one record after the other. A hint; what it misses
    /// is loaded when its record's turn comes.
    ///
    /// # Errors
    /// [`ProjectError`]: then nothing is foreseen, and the record itself tells what is wrong.
    fn foresees(
        &self,
        _records: &[&Record],
        _before: StreamState<'_>,
        _docs: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        Ok(Vec::new())
    }

    /// The state of a record's stream, where a document of [`Projector::touches`] holds it:
    /// then a stream that is not remembered need not be read from its first event.
    ///
    /// # Errors
    /// [`ProjectError`]: then the stream is read.
    fn seed(&self, _record: &Record, _docs: &Docs) -> Result<Option<Seed>, ProjectError> {
        Ok(None)
    }

    /// Folds a record into the documents. `before` is the state of the record's stream
    /// before it, if [`Projector::state`] asks for one.
    ///
    /// # Errors
    /// [`ProjectError`] stops the projection at this record.
    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError>;

    /// Goes on where [`Projector::fold`] ended, with the state of the stream after the
    /// record. Not called without a state.
    ///
    /// # Errors
    /// [`ProjectError`] stops the projection at this record.
    fn settle(
        &self,
        _record: &Record,
        _after: StreamState<'_>,
        _docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        Ok(())
    }

    /// Ends what a page does to a stream, with the last of its records in the page that has
    /// a state and the state after it: what depends on nothing but these is written once
    /// for all of them. Called after every record of the page was folded, stream by stream
    /// in the order of those records. Not called without a state.
    ///
    /// # Errors
    /// [`ProjectError`] stops the projection at this record.
    fn conclude(
        &self,
        _last: &Record,
        _after: StreamState<'_>,
        _docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        Ok(())
    }

    /// Which state of the record's stream the projector wants to see, if any.
    fn state(&self, _record: &Record) -> Option<StateFold> {
        None
    }
}

/// The state of a record's stream, if it was asked for.
#[derive(Clone, Copy, Default)]
pub struct StreamState<'a>(pub(crate) Option<&'a (dyn Any + Send + Sync)>);

impl<'a> StreamState<'a> {
    /// No state.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// The state, if it is of this type.
    #[must_use]
    pub fn get<S: 'static>(self) -> Option<&'a S> {
        self.0?.downcast_ref()
    }

    /// The state, where the projector asked for it.
    ///
    /// # Errors
    /// [`ProjectError::NoState`] if it is not of this type.
    pub fn wanted<S: 'static>(self) -> Result<&'a S, ProjectError> {
        self.get().ok_or(ProjectError::NoState(std::any::type_name::<S>()))
    }
}

/// A state that a document holds, with its version: that of the last record of its stream
/// that was folded into the document.
pub struct Seed {
    pub(crate) version: Version,
    pub(crate) state: Box<dyn Any + Send + Sync>,
}

impl Seed {
    /// A state at a version.
    pub fn new<S: Any + Send + Sync>(version: Version, state: S) -> Self {
        Self { version, state: Box::new(state) }
    }
}

/// A log's [`Fold`] whose state a projector wants to see.
#[derive(Clone)]
pub struct StateFold(pub(crate) Arc<dyn AnyFold>);

impl StateFold {
    /// The state that a fold builds.
    pub fn of<F: Fold>(fold: Arc<F>) -> Self {
        Self(fold)
    }
}

impl<F: Fold> From<F> for StateFold {
    fn from(fold: F) -> Self {
        Self(Arc::new(fold))
    }
}

/// A [`Fold`] whose state's type only it knows.
pub(crate) trait AnyFold: Send + Sync {
    fn state_type(&self) -> TypeId;
    fn initial(&self) -> Box<dyn Any + Send + Sync>;
    fn evolve(
        &self,
        state: &mut (dyn Any + Send + Sync),
        record: &Record,
    ) -> Result<(), MalformedRecord>;
}

impl<F: Fold> AnyFold for F {
    fn state_type(&self) -> TypeId {
        TypeId::of::<F::State>()
    }

    fn initial(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(Fold::initial(self))
    }

    fn evolve(
        &self,
        state: &mut (dyn Any + Send + Sync),
        record: &Record,
    ) -> Result<(), MalformedRecord> {
        let state = state.downcast_mut().expect("states are kept under their own type");
        Fold::evolve(self, state, record)
    }
}

/// Why a record cannot be folded. Stops this projection at this record, and no other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// The record is not what its type says.
    #[error("{0}")]
    Record(#[from] MalformedRecord),
    /// A document is not of the shape that the projector expects or can write.
    #[error("document {key}: {reason}")]
    Document {
        /// Which.
        key: DocKey,
        /// What is wrong with it.
        reason: String,
    },
    /// A document's value is not of the kind of its column.
    #[error("{0}")]
    Column(#[from] WrongKind),
    /// The projector reads or changes a document that it did not say the record touches.
    #[error("document {0} is not among those that the record touches")]
    Untouched(DocKey),
    /// The projector names a collection that the projection does not have.
    #[error("there is no collection {0}")]
    NoCollection(&'static str),
    /// The projector expects a state that it did not ask for.
    #[error("there is no state of type {0}")]
    NoState(&'static str),
    /// A document is beyond a bound.
    #[error("{0}")]
    BoundExceeded(Exceeded),
    /// The projector panicked.
    #[error("the projector panicked: {0}")]
    Panicked(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

impl ProjectError {
    pub(crate) fn document(key: &DocKey, error: &serde_json::Error) -> Self {
        // Where it broke, never what stood there: it may be about a person.
        let at = (error.line(), error.column());
        let reason = format!("{:?} at line {} column {}", error.classify(), at.0, at.1);
        Self::Document { key: key.clone(), reason }
    }
}

impl From<Exceeded> for ProjectError {
    fn from(exceeded: Exceeded) -> Self {
        Self::BoundExceeded(exceeded)
    }
}

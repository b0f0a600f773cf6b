//! An operation as the log has it, and as it is told.

use futures::StreamExt as _;
use quanheng_api::quanheng::common::v1 as common;
use quanheng_eventlog::{Direction, Log, Micros, Position, Record, Version};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::{Entity as _, OperationEvent, OperationState, Operations, Phase};
use serde::{Deserialize, Serialize};
use tonic::Code;
use uuid::Uuid;

use crate::import::{Input, sheet_errors_of};

/// How an operation stands, on the wire.
pub(crate) fn state_message(phase: Phase) -> common::operation::State {
    match phase {
        Phase::None => common::operation::State::Unspecified,
        Phase::Running => common::operation::State::Running,
        Phase::Done => common::operation::State::Done,
        Phase::Failed => common::operation::State::Failed,
        Phase::Cancelled => common::operation::State::Cancelled,
    }
}

/// An operation, and when it moved.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) state: OperationState,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) position: u64,
    /// How often it was resumed.
    pub(crate) resumptions: u64,
}

impl Told {
    /// After one more event.
    pub(crate) fn evolve(&mut self, event: &OperationEvent, time: Micros, end: Position) {
        Operations::evolve(&mut self.state, event);
        match event {
            OperationEvent::OperationStarted { .. } => self.created = time.0,
            OperationEvent::OperationResumed { .. } => self.resumptions += 1,
            _ => {}
        }
        (self.updated, self.position) = (time.0, end.0);
    }

    /// As it is told, without what was found in the file.
    pub(crate) fn message(&self, operation: &str, input: &Input) -> common::Operation {
        let OperationState { phase, kind, items, items_done, failure, failed_row, .. } =
            &self.state;
        let failure = failure.as_ref().map(|(reason, message)| {
            let failure = Failure::new(Code::FailedPrecondition, reason, message);
            let failure = match failed_row {
                Some(row) => failure.with("row", row.to_string()),
                None => failure,
            };
            failure.into_message()
        });
        let copy = input.marked_copy.as_ref();
        common::Operation {
            name: format!("operations/{operation}"),
            kind: kind.clone(),
            state: state_message(*phase).into(),
            items_total: *items,
            items_done: *items_done,
            failure,
            sheet_errors: Vec::new(),
            sheet_errors_total: input.findings,
            marked_copy: copy.map(|c| format!("attachments/{}", c.sha256)).unwrap_or_default(),
            create_time: Some(quanheng_api::timestamp(self.created)),
            update_time: Some(quanheng_api::timestamp(self.updated)),
            position: self.position,
        }
    }
}

/// The end of the commit that a record belongs to.
pub(crate) fn commit_end(record: &Record) -> Position {
    let rest = record.commit.count.saturating_sub(record.commit.index + 1);
    Position(record.position.0 + u64::from(rest))
}

/// An operation that there is.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) operation: Uuid,
    pub(crate) state: OperationState,
    pub(crate) input: Input,
    pub(crate) resumptions: u64,
    told: Told,
}

impl Known {
    fn of(operation: Uuid, told: Told) -> Result<Self, Failure> {
        let input = Input::of(&told.state.input)?;
        let (state, resumptions) = (told.state.clone(), told.resumptions);
        Ok(Self { operation, state, input, resumptions, told })
    }

    /// Whether it goes on.
    pub(crate) fn is_running(&self) -> bool {
        self.state.phase == Phase::Running
    }

    /// The position of its last commit.
    pub(crate) fn position(&self) -> Position {
        Position(self.told.position)
    }

    /// As it is told, with what was found in the file.
    ///
    /// # Errors
    /// [`Failure`] when that cannot be read.
    pub(crate) async fn message(&self, log: &Log) -> Result<common::Operation, Failure> {
        let mut message = self.told.message(&self.operation.to_string(), &self.input);
        message.sheet_errors = sheet_errors_of(log, &self.input).await?;
        Ok(message)
    }
}

/// An operation by its id, as the log has it now; none if there is none.
///
/// # Errors
/// [`Failure`] when the log cannot be read.
pub(crate) async fn find(log: &Log, operation: Uuid) -> Result<Option<Known>, Failure> {
    let stream = streams::operation(operation);
    let records = log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let mut told = Told::default();
    while let Some(record) = records.next().await {
        let record = record?;
        let event = streams::read::<Operations>(&record).map_err(Failure::internal)?;
        told.evolve(&event, record.time, commit_end(&record));
    }
    match told.state.phase {
        Phase::None => Ok(None),
        _ => Known::of(operation, told).map(Some),
    }
}

/// An operation that there has to be, as it is told.
///
/// # Errors
/// [`Failure`].
pub(crate) async fn told(call: &Call, operation: Uuid) -> Result<common::Operation, Failure> {
    let log = &call.realm.log;
    let known = find(log, operation).await?;
    let missing = || Failure::not_found(format!("operations/{operation}"));
    known.ok_or_else(missing)?.message(log).await
}

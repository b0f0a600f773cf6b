//! One command's calls: request ids, bounded retries, pages, answers.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use prost::{Message as _, Name};
use prost_reflect::{DynamicMessage, MethodDescriptor, ReflectMessage as _, Value};
use tonic::{Code, Status};
use uuid::Uuid;

use super::api::{self, Rpc};
use super::args::Paging;
use super::connect::Connection;
use super::failure::CliFailure;
use super::output::{ListWriter, Output, print};

/// How often a call is made at most.
const TRIES_MAX: u32 = 4;
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Items of a page when everything is asked for.
const PAGE_SIZE_ALL: i32 = 500;

/// What a command ends with.
pub(crate) type Done = Result<(), CliFailure>;

/// A connection, and how answers are written.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) connection: Connection,
    pub(crate) output: Output,
}

impl Session {
    /// Calls and prints the answer.
    ///
    /// # Errors
    /// [`CliFailure`].
    pub(crate) async fn answer<R: Rpc>(&self, request: R) -> Done {
        let answer = self.call(request).await?;
        print(&answer, self.output)
    }

    /// Calls a method by its request.
    ///
    /// # Errors
    /// [`CliFailure`].
    pub(crate) async fn call<R: Rpc>(&self, request: R) -> Result<DynamicMessage, CliFailure> {
        self.call_dynamic(&api::method_of::<R>(), api::dynamic(&request)).await
    }

    /// Calls and answers the message itself.
    ///
    /// # Errors
    /// [`CliFailure`].
    pub(crate) async fn ask<R: Rpc>(&self, request: R) -> Result<R::Answer, CliFailure> {
        let answer = self.call(request).await?;
        answer.transcode_to().map_err(CliFailure::internal)
    }

    /// Calls a method with a dynamic message, under a request id where it has one, and
    /// again under the same while the server asks for patience.
    ///
    /// # Errors
    /// [`CliFailure`], with the request id where the outcome is unknown.
    pub(crate) async fn call_dynamic(
        &self,
        method: &MethodDescriptor,
        mut message: DynamicMessage,
    ) -> Result<DynamicMessage, CliFailure> {
        let request_id = settle_request_id(&mut message);
        let bytes = Bytes::from(message.encode_to_vec());
        let mut tries = 1;
        let status = loop {
            let status = match self.connection.unary(method, bytes.clone()).await {
                Ok(answer) => {
                    let answer = DynamicMessage::decode(method.output(), answer);
                    return answer.map_err(CliFailure::internal);
                }
                Err(status) => status,
            };
            let failure = CliFailure::status(&status);
            let Some(pause) = pause(&status, &failure, tries) else { break status };
            tokio::time::sleep(pause).await;
            tries += 1;
        };
        Err(self.failure(&status, request_id))
    }

    /// What is told of a status.
    pub(crate) fn failure(&self, status: &Status, request_id: Option<String>) -> CliFailure {
        let mut failure = CliFailure::status(status);
        failure.trace_id = Some(self.connection.trace_id().to_owned());
        failure.request_id = request_id.filter(|_| fate_is_unknown(status.code()));
        failure
    }

    /// Lists page by page, as far as was asked for.
    ///
    /// # Errors
    /// [`CliFailure`].
    pub(crate) async fn pages<R: Rpc>(&self, request: R, paging: &Paging) -> Done {
        let method = api::method_of::<R>();
        let mut message = api::dynamic(&request);
        set(&mut message, "page_token", Value::String(paging.page_token.clone()));
        let mut left = paging.limit;
        let mut writer = ListWriter::new(self.output, paging.all);
        loop {
            let size = if paging.all { PAGE_SIZE_ALL } else { left.min(1_000) };
            set(&mut message, "page_size", Value::I32(size));
            let answer = self.call_dynamic(&method, message.clone()).await?;
            let token = text(&answer, "next_page_token");
            let found = writer.page(&answer)?;
            left = left.saturating_sub(i32::try_from(found).unwrap_or(i32::MAX));
            if token.is_empty() || (!paging.all && left <= 0) {
                return writer.finish(&answer, &token);
            }
            set(&mut message, "page_token", Value::String(token));
        }
    }
}

/// Gives a message a request id if it has a place for one, and says which.
pub(crate) fn settle_request_id(message: &mut DynamicMessage) -> Option<String> {
    message.descriptor().get_field_by_name("request_id")?;
    let given = text(message, "request_id");
    if !given.is_empty() {
        return Some(given);
    }
    let made = Uuid::now_v7().to_string();
    set(message, "request_id", Value::String(made.clone()));
    Some(made)
}

/// A text field; empty if there is none.
pub(crate) fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Sets a field if there is one.
pub(crate) fn set(message: &mut DynamicMessage, field: &str, value: Value) {
    if message.descriptor().get_field_by_name(field).is_some() {
        message.set_field_by_name(field, value);
    }
}

/// How long to wait before the call is made again; none: it is not.
fn pause(status: &Status, failure: &CliFailure, tries: u32) -> Option<Duration> {
    let lost_race = status.code() == Code::Aborted && failure.retry_after.is_some();
    if tries >= TRIES_MAX || !(status.code() == Code::Unavailable || lost_race) {
        return None;
    }
    let own = PAUSE_FIRST * 2_u32.pow(tries - 1);
    Some(failure.retry_after.unwrap_or(own).max(own).min(PAUSE_MAX))
}

/// Whether what was asked for may have happened although no answer came.
fn fate_is_unknown(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Unknown
            | Code::Internal
    )
}

/// A typed message inside an answer.
///
/// # Errors
/// When the answer is of another shape.
pub(crate) fn part<M: prost::Message + Name + Default>(
    answer: &DynamicMessage,
    field: &str,
) -> Result<M, CliFailure> {
    let value = answer.get_field_by_name(field);
    let message = value.as_ref().and_then(|value| value.as_message());
    let message = message.ok_or_else(|| CliFailure::internal(format!("回答中没有 {field}")))?;
    message.transcode_to().map_err(CliFailure::internal)
}

/// Says something to the person beside the answer.
pub(crate) fn note(what: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

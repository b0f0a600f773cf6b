//! Why a call is refused: one type for every service, which becomes a status with the
//! details that `google.rpc` knows.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use quanheng_eventlog::{CommitError, EventDraft, Exceeded, Fate, ReadError};
use serde::{Deserialize, Serialize};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt as _};

/// The domain of every reason.
pub const DOMAIN: &str = "quanheng";

/// Why a call changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(Box<Parts>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Parts {
    #[serde(with = "code")]
    code: Code,
    reason: String,
    message: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldFault>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleFault>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_ms: Option<u64>,
    /// What an auditor would ask about: appended although the command is refused.
    #[serde(skip)]
    events: Vec<EventDraft>,
}

/// A field that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// The field's path.
    pub field: String,
    /// A stable code.
    pub reason: String,
    /// For people, zh-CN.
    pub message: String,
}

/// A rule of the domain that is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFault {
    /// The rule's code.
    pub code: String,
    /// What it is about: a resource or a rank set.
    pub subject: String,
    /// For people, zh-CN, with the figures.
    pub message: String,
}

mod code {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use tonic::Code;

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    pub(super) fn serialize<S: Serializer>(code: &Code, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i32(i32::from(*code))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
        i32::deserialize(from).map(Code::from)
    }
}

impl Failure {
    /// A failure of a kind.
    #[must_use]
    pub fn new(code: Code, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            reason: reason.into(),
            message: message.into(),
            metadata: BTreeMap::new(),
            fields: Vec::new(),
            rules: Vec::new(),
            retry_ms: None,
            events: Vec::new(),
        }))
    }

    /// A malformed or missing field.
    #[must_use]
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::coded_field(field, "INVALID_FIELD", message)
    }

    /// A malformed field whose fault has a code of its own, as a wrong check digit.
    #[must_use]
    pub fn coded_field(
        field: impl Into<String>,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::fields(vec![FieldFault {
            field: field.into(),
            reason: reason.into(),
            message: message.into(),
        }])
    }

    /// Several malformed fields.
    #[must_use]
    pub fn fields(fields: Vec<FieldFault>) -> Self {
        let first = fields.first();
        let reason = first.map_or_else(|| "INVALID_FIELD".to_owned(), |f| f.reason.clone());
        let messages: Vec<_> =
            fields.iter().map(|fault| format!("{}:{}", fault.field, fault.message)).collect();
        let mut failure = Self::new(Code::InvalidArgument, reason, messages.join(";"));
        if let Some(fault) = first {
            failure.0.metadata.insert("field".into(), fault.field.clone());
        }
        failure.0.fields = fields;
        failure
    }

    /// Rules of the domain that refuse; the first gives the reason.
    #[must_use]
    pub fn rules(rules: Vec<RuleFault>) -> Self {
        let first = rules.first();
        let reason = first.map_or_else(|| "WRONG_STATE".to_owned(), |rule| rule.code.clone());
        let messages: Vec<_> = rules.iter().map(|rule| rule.message.clone()).collect();
        let mut failure = Self::new(Code::FailedPrecondition, reason, messages.join(";"));
        failure.0.rules = rules;
        failure
    }

    /// One rule that refuses.
    #[must_use]
    pub fn rule(
        code: impl Into<String>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (code, subject, message) = (code.into(), subject.into(), message.into());
        Self::rules(vec![RuleFault { code, subject, message }])
    }

    /// Missing, or hidden from the caller.
    #[must_use]
    pub fn not_found(name: impl Into<String>) -> Self {
        let name = name.into();
        Self::new(Code::NotFound, "RESOURCE_NOT_FOUND", format!("未找到 {name}"))
            .with("resource", name)
    }

    /// There is one with the same id.
    #[must_use]
    pub fn exists(name: impl Into<String>) -> Self {
        let name = name.into();
        Self::new(Code::AlreadyExists, "RESOURCE_EXISTS", format!("{name} 已存在"))
            .with("resource", name)
    }

    /// Not allowed.
    #[must_use]
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, "ACCESS_DENIED", message)
    }

    /// The resource is not what the caller thinks.
    #[must_use]
    pub fn etag_mismatch(expected: impl Into<String>, found: impl Into<String>) -> Self {
        let message = "资源已被他人修改,请重新读取后再提交";
        Self::new(Code::Aborted, "ETAG_MISMATCH", message)
            .with("etag_given", expected)
            .with("etag_found", found)
    }

    /// What the decision read has moved on: decide anew.
    #[must_use]
    pub fn lost_race(what: impl Into<String>) -> Self {
        Self::new(Code::Aborted, "CONFLICT", "并发修改冲突,请重试")
            .with("what", what)
            .retry_after(Duration::from_millis(50))
    }

    /// A bound that is exceeded, by its name.
    #[must_use]
    pub fn bound(bound: &str, max: u64, actual: u64) -> Self {
        let reason = bound.to_ascii_uppercase();
        let message = format!("超出限额 {bound}:上限 {max},实际 {actual}");
        Self::new(Code::ResourceExhausted, reason, message)
            .with("bound", bound)
            .with("max", max.to_string())
            .with("actual", actual.to_string())
    }

    /// Not now; try again.
    #[must_use]
    pub fn unavailable(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, reason, message).retry_after(Duration::from_millis(500))
    }

    /// A fault of the program. What happened goes to the log, not to the caller.
    #[must_use]
    pub fn internal(what: impl std::fmt::Display) -> Self {
        tracing::error!(%what, "a call failed by a fault of the program");
        Self::new(Code::Internal, "INTERNAL", "系统内部错误,已记录")
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key.into(), value.into());
        self
    }

    /// Says after what time it is worth trying again.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_ms = Some(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Adds an event that is kept although the command is refused.
    #[must_use]
    pub fn telling(mut self, event: EventDraft) -> Self {
        self.0.events.push(event);
        self
    }

    /// The canonical code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The stable reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// For people, zh-CN.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The facts.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.metadata
    }

    /// The rules that refuse.
    #[must_use]
    pub fn broken_rules(&self) -> &[RuleFault] {
        &self.0.rules
    }

    /// The events that are kept although the command is refused.
    #[must_use]
    pub fn into_events(self) -> Vec<EventDraft> {
        self.0.events
    }

    /// Whether it is an answer that a repetition gets again: a refusal that rests on what
    /// the registers and ledgers said. What was malformed, raced, unavailable or not allowed
    /// is not: it may be sent again.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match self.0.code {
            Code::FailedPrecondition | Code::NotFound | Code::AlreadyExists => true,
            Code::PermissionDenied => self.0.reason == "CONFLICT_OF_INTEREST",
            _ => false,
        }
    }

    /// As it stands in a batch or a report.
    #[must_use]
    pub fn into_message(self) -> quanheng_api::quanheng::common::v1::Failure {
        quanheng_api::quanheng::common::v1::Failure {
            code: self.0.code.into(),
            reason: self.0.reason,
            message: self.0.message,
            metadata: self.0.metadata,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.reason, self.0.message)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let failure = *failure.0;
        let metadata: HashMap<String, String> = failure.metadata.into_iter().collect();
        let mut details = ErrorDetails::with_error_info(&failure.reason, DOMAIN, metadata);
        details.set_localized_message("zh-CN", &failure.message);
        if !failure.fields.is_empty() {
            let fields = failure.fields.into_iter();
            let fields = fields.map(|fault| FieldViolation::new(fault.field, fault.message));
            details.set_bad_request(fields.collect::<Vec<_>>());
        }
        if !failure.rules.is_empty() {
            let rules = failure.rules.into_iter();
            let rules =
                rules.map(|rule| PreconditionViolation::new(rule.code, rule.subject, rule.message));
            details.set_precondition_failure(rules.collect::<Vec<_>>());
        }
        if let Some(ms) = failure.retry_ms {
            details.set_retry_info(Some(Duration::from_millis(ms)));
        }
        Status::with_error_details(failure.code, failure.message, details)
    }
}

impl From<Exceeded> for Failure {
    fn from(exceeded: Exceeded) -> Self {
        Self::bound(exceeded.bound, exceeded.max, exceeded.actual)
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict { stream, .. } => Self::lost_race(stream.as_str()),
            CommitError::KeyReused { request_id } => {
                let message = "该请求编号已用于内容不同的请求,请更换编号";
                Self::new(Code::InvalidArgument, "REQUEST_ID_REUSED", message)
                    .with("request_id", request_id.to_string())
            }
            CommitError::BoundExceeded(exceeded) => exceeded.into(),
            CommitError::Aborted(abort) => match abort.downcast::<Self>() {
                Ok(failure) => *failure,
                Err(other) => Self::internal(other),
            },
            CommitError::Unavailable { fate, reason } => {
                tracing::warn!(reason, ?fate, "the log did not take a command");
                let known = match fate {
                    Fate::NotStored => "not_stored",
                    Fate::Unknown => "unknown",
                };
                Self::unavailable("LOG_UNAVAILABLE", "暂时无法写入,请以同一请求编号重试")
                    .with("fate", known)
            }
            CommitError::Draining => draining(),
            error @ (CommitError::Invalid(_)
            | CommitError::BlobMissing(_)
            | CommitError::Refused(_)
            | CommitError::ReadOnly) => Self::internal(error),
        }
    }
}

fn draining() -> Failure {
    Failure::unavailable("DRAINING", "服务正在停止,请稍后重试")
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(reason) => {
                tracing::warn!(reason, "the log cannot be read");
                Self::unavailable("LOG_UNAVAILABLE", "暂时无法读取,请稍后重试")
            }
            ReadError::BoundExceeded(exceeded) => exceeded.into(),
            ReadError::BeyondHead { asked, head } => {
                let message = format!("位置 {asked} 超出日志末尾 {head}");
                Self::new(Code::OutOfRange, "POSITION_BEYOND_HEAD", message)
                    .with("position", asked.to_string())
                    .with("head", head.to_string())
            }
            error @ ReadError::Damaged(_) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_refusal_is_read_as_it_was_written() {
        let failure = Failure::rule("INSUFFICIENT_AVAILABLE", "GM05", "可用空缺不足")
            .with("available", "2")
            .retry_after(Duration::from_millis(7));
        let text = serde_json::to_vec(&failure).expect("JSON");
        let read: Failure = serde_json::from_slice(&text).expect("what was written");
        let (first, second): (Status, Status) = (failure.into(), read.into());
        assert_eq!(first.details(), second.details());
        assert_eq!((first.code(), first.message()), (second.code(), second.message()));
    }

    #[test]
    fn a_status_carries_every_detail() {
        let failure = Failure::rules(vec![
            RuleFault { code: "A".into(), subject: "s".into(), message: "甲".into() },
            RuleFault { code: "B".into(), subject: "t".into(), message: "乙".into() },
        ]);
        let status: Status = failure.into();
        let details = status.get_error_details();
        let info = details.error_info().expect("the reason");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("A", "quanheng"));
        assert_eq!(details.localized_message().expect("a message").locale, "zh-CN");
        assert_eq!(details.precondition_failure().expect("rules").violations.len(), 2);
        let status: Status = Failure::field("unit_id", "须填写").into();
        let details = status.get_error_details();
        assert_eq!(details.bad_request().expect("fields").field_violations[0].field, "unit_id");
        assert_eq!(status.code(), Code::InvalidArgument);
    }
}

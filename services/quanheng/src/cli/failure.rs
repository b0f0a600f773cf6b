//! Why a command did not do what was asked, and with which exit code it ends.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::{Deref, DerefMut};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::output::Output;

/// How the program ends; part of what scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A rule or the state of things refuses.
    Refused = 1,
    /// The command or a field of it is wrong.
    Usage = 2,
    /// What it names is not there, or hidden.
    NotFound = 3,
    /// Unknown caller, or not allowed.
    Denied = 4,
    /// Not now; worth trying again.
    Unavailable = 5,
    /// A fault of the program or of the machine.
    Internal = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A field that is wrong, or a rule that refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detail {
    /// The field's path, or the rule's code.
    pub(crate) key: String,
    /// What the rule is about; empty for fields.
    pub(crate) subject: String,
    /// For people, zh-CN.
    pub(crate) message: String,
}

/// Why a command failed. One word wide: it is part of every result.
#[derive(Debug, Clone)]
pub(crate) struct CliFailure(Box<Told>);

/// What is told of a failure.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) exit: Exit,
    /// The canonical code, as `FAILED_PRECONDITION`.
    pub(crate) code: &'static str,
    /// Stable, UPPER_SNAKE.
    pub(crate) reason: String,
    /// For people, zh-CN.
    pub(crate) message: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) fields: Vec<Detail>,
    pub(crate) rules: Vec<Detail>,
    pub(crate) retry_after: Option<Duration>,
    /// Under which the same request may be sent again; told where its fate is unknown.
    pub(crate) request_id: Option<String>,
    pub(crate) trace_id: Option<String>,
}

impl Deref for CliFailure {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl DerefMut for CliFailure {
    fn deref_mut(&mut self) -> &mut Told {
        &mut self.0
    }
}

impl CliFailure {
    fn new(exit: Exit, code: &'static str, reason: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Told {
            exit,
            code,
            reason: reason.to_owned(),
            message: message.into(),
            metadata: BTreeMap::new(),
            fields: Vec::new(),
            rules: Vec::new(),
            retry_after: None,
            request_id: None,
            trace_id: None,
        }))
    }

    /// The command is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "INVALID_ARGUMENT", "USAGE", message)
    }

    /// A file or the terminal cannot be used.
    pub(crate) fn io(what: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Self::new(Exit::Internal, "INTERNAL", "IO", format!("{what}:{error}"))
    }

    /// Something refuses for a stable reason, on this side.
    pub(crate) fn refused(reason: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, "FAILED_PRECONDITION", reason, message)
    }

    /// Not now.
    pub(crate) fn unavailable(reason: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Unavailable, "UNAVAILABLE", reason, message)
    }

    /// What is asked for is not there, on this side.
    pub(crate) fn not_found(reason: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, "NOT_FOUND", reason, message)
    }

    /// What was given is wrong, on this side.
    pub(crate) fn invalid(reason: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "INVALID_ARGUMENT", reason, message)
    }

    /// The machine fails, for a stable reason.
    pub(crate) fn broken(reason: &str, message: impl Into<String>) -> Self {
        Self::new(Exit::Internal, "INTERNAL", reason, message)
    }

    /// A fault of this program.
    pub(crate) fn internal(message: impl std::fmt::Display) -> Self {
        Self::new(Exit::Internal, "INTERNAL", "INTERNAL", message.to_string())
    }

    /// What a server answered.
    pub(crate) fn status(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let localized = details.localized_message().map(|message| message.message.clone());
        let message = localized.filter(|message| !message.is_empty());
        let retry_after = details.retry_info().and_then(|retry| retry.retry_delay);
        let code = status.code();
        let mut failure = Self::new(
            exit_of(code, retry_after.is_some()),
            code_name(code),
            info.map_or("", |info| info.reason.as_str()),
            message.unwrap_or_else(|| told(code, status.message())),
        );
        failure.retry_after = retry_after;
        if let Some(info) = info {
            failure.metadata = info.metadata.clone().into_iter().collect();
        }
        if let Some(request) = details.bad_request() {
            let fields = request.field_violations.iter().map(|violation| Detail {
                key: violation.field.clone(),
                subject: String::new(),
                message: violation.description.clone(),
            });
            failure.fields = fields.collect();
        }
        if let Some(rules) = details.precondition_failure() {
            let rules = rules.violations.iter().map(|violation| Detail {
                key: violation.r#type.clone(),
                subject: violation.subject.clone(),
                message: violation.description.clone(),
            });
            failure.rules = rules.collect();
        }
        if failure.reason.is_empty() {
            let code = failure.code;
            code.clone_into(&mut failure.reason);
        }
        failure
    }

    /// The failure as one JSON document.
    pub(crate) fn as_json(&self) -> Value {
        let details = |details: &[Detail], key: &str| -> Vec<Value> {
            let details = details.iter().map(|detail| {
                let mut value = json!({ key: detail.key, "message": detail.message });
                if !detail.subject.is_empty() {
                    value["subject"] = detail.subject.clone().into();
                }
                value
            });
            details.collect()
        };
        let mut error = json!({
            "code": self.code,
            "reason": self.reason,
            "message": self.message,
            "exit_code": self.exit as u8,
        });
        let mut put = |key: &str, value: Value, empty: bool| {
            if !empty {
                error[key] = value;
            }
        };
        put("metadata", json!(self.metadata), self.metadata.is_empty());
        put("fields", details(&self.fields, "field").into(), self.fields.is_empty());
        put("rules", details(&self.rules, "rule").into(), self.rules.is_empty());
        let retry_ms = self.retry_after.map(|pause| pause.as_millis().to_string());
        put("retry_after_ms", json!(retry_ms), retry_ms.is_none());
        put("request_id", json!(self.request_id), self.request_id.is_none());
        put("trace_id", json!(self.trace_id), self.trace_id.is_none());
        json!({ "error": error })
    }

    /// The failure for people.
    pub(crate) fn as_text(&self) -> String {
        let mut lines = vec![format!("{}:{}", self.reason, self.message)];
        for field in &self.fields {
            lines.push(format!("  字段 {}:{}", field.key, field.message));
        }
        for rule in &self.rules {
            let subject = if rule.subject.is_empty() { "" } else { " " };
            lines.push(format!("  规则 {}{subject}{}:{}", rule.key, rule.subject, rule.message));
        }
        for (key, value) in &self.metadata {
            lines.push(format!("  {key}={value}"));
        }
        if let Some(request_id) = &self.request_id {
            lines.push(format!("  结果未知;以同一编号重复是安全的:--request-id {request_id}"));
        }
        if let Some(trace_id) = self.trace_id.as_ref().filter(|_| self.exit == Exit::Internal) {
            lines.push(format!("  追踪编号 {trace_id}"));
        }
        lines.join("\n")
    }

    /// Tells it on standard error, and says with which code to end.
    pub(crate) fn report(&self, output: Output) -> ExitCode {
        let text = match output {
            Output::Json => self.as_json().to_string(),
            Output::Table => self.as_text(),
        };
        let _ = writeln!(std::io::stderr(), "{text}");
        self.exit.into()
    }
}

/// With which code a status ends the program.
pub(crate) fn exit_of(code: Code, can_be_retried: bool) -> Exit {
    match code {
        Code::InvalidArgument | Code::OutOfRange => Exit::Usage,
        Code::NotFound => Exit::NotFound,
        Code::PermissionDenied | Code::Unauthenticated => Exit::Denied,
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Exit::Unavailable,
        Code::Aborted | Code::ResourceExhausted if can_be_retried => Exit::Unavailable,
        Code::Aborted | Code::ResourceExhausted => Exit::Refused,
        Code::FailedPrecondition | Code::AlreadyExists => Exit::Refused,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss | Code::Unimplemented => {
            Exit::Internal
        }
    }
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// What is said where the server has no words of its own.
fn told(code: Code, message: &str) -> String {
    let said = match code {
        Code::Unavailable => "服务暂时无法连接",
        Code::DeadlineExceeded => "等待超时",
        Code::Unimplemented => "该服务没有这个方法",
        Code::Cancelled => "调用已取消",
        _ => "调用失败",
    };
    if message.is_empty() { said.to_owned() } else { format!("{said}({message})") }
}

//! Approval tasks (审批任务): the one way to decide, for every kind of case.
//!
//! * [`grpc`](ApprovalApi): the service; each handler makes a command of its message, which
//!   `quanheng-casework` carries out. [`OfficeApi`]: who sits where.
//! * [`view`](definition): cases, tasks and inboxes as documents.
//! * `track`: what becomes of a task as its case goes on; `allowed`: what may be done with
//!   it; `history`: what happened to a case.
//! * [`Tick`]: what time brings, without anybody asking.

mod allowed;
mod duty;
mod grpc;
mod history;
mod message;
mod parse;
mod sight;
mod track;
mod view;

pub use duty::Tick;
pub use grpc::{ApprovalApi, OfficeApi};
pub use view::{CASES, INBOX, OFFICES, PROJECTION, SUBSTITUTIONS, TASKS, definition};

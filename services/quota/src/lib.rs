//! The quota ledger (职级职数台账): handlers and views over `quanheng-ledger`.
//!
//! * [`grpc`](QuotaApi): the service; each handler makes a command of its message.
//! * [`view`](definition): accounts, entries, holders and pre-reviews as documents.
//! * [`PreReviewMatter`]: pre-reviews as cases, decided on tasks.
//! * [`ExpireHolds`], [`SetFilingDues`]: what falls due without anybody asking.

mod duty;
mod grpc;
mod matter;
mod message;
mod parse;
mod view;

pub use duty::{ExpireHolds, SetFilingDues};
pub use grpc::QuotaApi;
pub use matter::PreReviewMatter;
pub use view::{ACCOUNTS, ENTRIES, HOLDERS, PRE_REVIEWS, PROJECTION, definition};

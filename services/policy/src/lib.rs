//! Figures of law as data (政策参数、流程、日历): publishing, listing, explaining.
//!
//! * [`PolicyApi`]: the service; `profile`, `flow`, `calendar`, `explain` hold its handlers.
//! * [`publish_defaults`]: what the program ships, committed at start.
//!
//! What is published stands in one stream, its texts in blobs of the same commit; a
//! decision sees the shelf exactly as the log has it, so that two who publish at once are
//! told apart. Reads come from the same shelf.

mod calendar;
mod defaults;
mod document;
mod explain;
mod festivals;
mod flow;
mod grpc;
mod page;
mod profile;
mod table;

pub use defaults::publish_defaults;
pub use document::TEXT_BYTES_MAX;
pub use grpc::PolicyApi;

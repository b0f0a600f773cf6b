//! Reference management (参照管理): campaigns of re-certification with their surveys, cases of
//! re-certification, filing and exit, what becomes of the staff of units that leave, and the
//! ledger of units.
//!
//! * [`RecertificationApi`]: the service.
//! * [`matters`]: its cases as cases on flows: which rules hold at each step, and what
//!   decisions bring about, in the same commit.
//! * [`definitions`]: what it shows, as documents.
//!
//! The rules themselves stand in `quanheng-recertification`, pure; what is kept, in
//! `quanheng-streams`.

mod book;
mod campaign;
mod case;
mod code;
mod documents;
mod exit;
mod findings;
mod grpc;
mod ledger;
mod matter;
mod message;
mod parse;
mod survey;
mod timeline;
mod transition;
mod view;
mod way;
mod work;

use quanheng_projection::Definition;

pub use grpc::RecertificationApi;
pub use matter::{CaseMatter, matters};

/// The projections of the service.
///
/// # Errors
/// A fault of the program.
pub fn definitions() -> Result<Vec<Definition>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(vec![view::campaigns::definition()?, view::cases::definition()?, view::ledger()?])
}

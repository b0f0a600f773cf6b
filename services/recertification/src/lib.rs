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

mod campaign;
mod code;
mod documents;
mod findings;
mod grpc;
mod ledger;
mod message;
mod parse;
mod view;
mod work;

use std::sync::Arc;

use quanheng_casework::case::Matter;
use quanheng_projection::Definition;

pub use grpc::RecertificationApi;

/// The kinds of cases of reference management, for whoever acts on cases.
#[must_use]
pub fn matters() -> Vec<Arc<dyn Matter>> {
    Vec::new()
}

/// The projections of the service.
///
/// # Errors
/// A fault of the program.
pub fn definitions() -> Result<Vec<Definition>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(vec![view::ledger()?])
}

//! Rounds and requests as cases on their flows: which rules hold for them, and what the
//! decisions of their flows bring about, in the same commit.

mod follow;
mod refused;
mod request;
mod round;

use std::sync::Arc;

use quanheng_casework::case::Matter;

pub(crate) use request::PAUSED;
pub use request::RequestMatter;
pub use round::RoundMatter;

/// The kinds of cases of promotion, for whoever acts on cases.
#[must_use]
pub fn matters() -> Vec<Arc<dyn Matter>> {
    vec![Arc::new(RoundMatter::default()), Arc::new(RequestMatter::default())]
}

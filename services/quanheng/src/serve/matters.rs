//! The kinds of cases that this program knows: each service gives its own.

use std::sync::Arc;

use quanheng_casework::case::{Matter, Matters};
use quanheng_quota::PreReviewMatter;

/// All of them. What falls due, tasks and the services' own calls go by the same.
pub(super) fn all() -> Matters {
    let matters: [Arc<dyn Matter>; 1] = [Arc::new(PreReviewMatter)];
    Matters::new(matters)
}

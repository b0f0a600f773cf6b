//! The kinds of cases that this program knows: one way to decide, for all of them.

use std::sync::Arc;

use quanheng_casework::case::{Matter, Matters};
use quanheng_quota::PreReviewMatter;

/// Every kind.
pub(super) fn matters() -> Matters {
    let kinds: [Arc<dyn Matter>; 1] = [Arc::new(PreReviewMatter)];
    Matters::new(kinds)
}

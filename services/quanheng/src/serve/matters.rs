//! The kinds of cases that this program knows: one way to decide, for all of them.

use std::sync::Arc;

use quanheng_casework::case::{Matter, Matters};
use quanheng_quota::PreReviewMatter;

/// Every kind.
pub(super) fn matters() -> Matters {
    let pre_review: Arc<dyn Matter> = Arc::new(PreReviewMatter);
    Matters::new(std::iter::once(pre_review).chain(quanheng_promotion::matters()))
}

//! The kinds of cases that this program knows: one way to decide, for all of them.

use std::sync::Arc;

use quanheng_casework::case::{Matter, Matters};
use quanheng_quota::PreReviewMatter;

/// Every kind.
pub(super) fn matters() -> Matters {
    let pre_review: Arc<dyn Matter> = Arc::new(PreReviewMatter);
    let others = quanheng_promotion::matters().into_iter();
    let others = others.chain(quanheng_recertification_service::matters());
    Matters::new(std::iter::once(pre_review).chain(others))
}

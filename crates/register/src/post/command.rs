//! What may be asked of a post.

use quanheng_policy::UnitId;

use super::event::Correction;
use super::profile::{PostPatch, PostProfile};
use crate::basis::Basis;
use crate::id::PostId;

/// What may be asked of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the events, explained there")]
pub enum Command {
    /// 设置职位
    Create { unit: UnitId, post: PostId, profile: PostProfile, basis: Basis },
    /// 调整职位
    Update { changes: PostPatch, basis: Basis },
    /// 撤销职位
    Abolish { basis: Basis },
    /// 更正
    Correct { version: u64, correction: Correction, reason: String, basis: Option<Basis> },
}

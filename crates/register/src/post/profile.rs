//! What a post is at one time.

use quanheng_policy::{CategoryId, LevelId};
use serde::{Deserialize, Serialize};

use crate::double;
use crate::patch::Overlay as _;
use crate::timeline::Record;

/// What a post is at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostProfile {
    /// 职位名称
    pub title: String,
    /// 领导职务层次, if it is a leadership post.
    pub level: Option<LevelId>,
    /// 职位类别
    pub category: CategoryId,
    /// 是否领导班子成员
    pub leading_group_member: bool,
    /// 核定职位数
    pub authorised: u32,
    /// 职位职责; may be empty.
    pub duties: String,
}

patch_of! {
    /// What changes of a post.
    PostPatch of PostProfile {
        title: String,
        #[serde(deserialize_with = "double::read")]
        level: Option<LevelId>,
        category: CategoryId,
        leading_group_member: bool,
        authorised: u32,
        duties: String,
    }
}

impl Record for PostProfile {
    type Patch = PostPatch;
    type End = ();

    fn apply(&mut self, patch: &PostPatch) {
        patch.apply_to(self);
    }

    fn amend(patch: &mut PostPatch, by: &PostPatch) {
        patch.overlay(by);
    }
}

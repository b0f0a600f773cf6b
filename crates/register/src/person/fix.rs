//! What is put right in an interval.

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{CategoryId, LevelId, RankId, UnitId};

use super::spell::{
    Exemption, PostLeaveReason, PostSpell, PostWay, RankLeaveReason, RankReason, RankSpell,
    Secondment, SlotKind, SlotSpell,
};
use crate::double;
use crate::id::PostId;

patch_of! {
    /// What is put right in a time in a slot.
    SlotFix of SlotSpell {
        unit: UnitId,
        slot: SlotKind,
        category: CategoryId,
        from: Date,
        #[serde(deserialize_with = "double::read")]
        document: Option<DocumentNumber>,
    }
}

patch_of! {
    /// What is put right in a time in a post.
    PostFix of PostSpell {
        unit: UnitId,
        #[serde(deserialize_with = "double::read")]
        post: Option<PostId>,
        #[serde(deserialize_with = "double::read")]
        level: Option<LevelId>,
        title: String,
        from: Date,
        #[serde(deserialize_with = "double::read")]
        to: Option<Date>,
        way: PostWay,
        concurrent: bool,
        #[serde(deserialize_with = "double::read")]
        left: Option<PostLeaveReason>,
        #[serde(deserialize_with = "double::read")]
        document: Option<DocumentNumber>,
    }
}

patch_of! {
    /// What is put right in a time in a rank.
    RankFix of RankSpell {
        category: CategoryId,
        rank: RankId,
        from: Date,
        #[serde(deserialize_with = "double::read")]
        to: Option<Date>,
        reason: RankReason,
        #[serde(deserialize_with = "double::read")]
        exemption: Option<Exemption>,
        batch: String,
        #[serde(deserialize_with = "double::read")]
        left: Option<RankLeaveReason>,
        #[serde(deserialize_with = "double::read")]
        document: Option<DocumentNumber>,
    }
}

patch_of! {
    /// What is put right in a secondment.
    SecondmentFix of Secondment {
        #[serde(deserialize_with = "double::read")]
        unit: Option<UnitId>,
        place: String,
        from: Date,
        #[serde(deserialize_with = "double::read")]
        to: Option<Date>,
        #[serde(deserialize_with = "double::read")]
        document: Option<DocumentNumber>,
    }
}

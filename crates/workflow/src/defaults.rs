//! The national default flows, as the program ships them.

/// 职数使用预审 (§4.7)
pub const PRE_REVIEW: &str = include_str!("../data/pre_review.toml");
/// 职级晋升 (§5.6)
pub const PROMOTION: &str = include_str!("../data/promotion.toml");
/// 职级晋升工作方案 (§5.6), with which a round begins
pub const PROMOTION_ROUND: &str = include_str!("../data/promotion_round.toml");
/// 参照管理单位重新认定 (§6.7)
pub const RECERTIFICATION: &str = include_str!("../data/recertification.toml");
/// 参照管理单位备案 (§6.5)
pub const REFERENCE_FILING: &str = include_str!("../data/reference_filing.toml");
/// 退出参照管理 (§6.5, §6.7)
pub const REFERENCE_EXIT: &str = include_str!("../data/reference_exit.toml");

/// All of them, with the names of their files.
pub const ALL: [(&str, &str); 6] = [
    ("pre_review.toml", PRE_REVIEW),
    ("promotion.toml", PROMOTION),
    ("promotion_round.toml", PROMOTION_ROUND),
    ("recertification.toml", RECERTIFICATION),
    ("reference_filing.toml", REFERENCE_FILING),
    ("reference_exit.toml", REFERENCE_EXIT),
];

//! The documents of re-certification (参照管理单位重新认定): what units apply with, what
//! authorities decide on, and the registers that remain.
//!
//! * [`application`]: 参照公务员法管理申请 (请示).
//! * [`approval`]: 参照公务员法管理审批表.
//! * [`filing`]: 《参照公务员法管理机关（单位）备案表》.
//! * [`decrease`]: 只减不增对比表.
//! * [`changes`]: 机构编制前后对照表, 职能对照表.
//! * [`ledger`]: 参照管理单位台账.
//! * [`cases`]: 重新认定审核台账, 统计.
//! * [`transition`]: 退出人员过渡安排表, 谈话记录.
//! * [`papers`]: all of a case or a campaign in one file.
//!
//! What is not known is left for the pen.

pub mod application;
pub mod approval;
pub mod cases;
pub mod changes;
pub mod decrease;
mod facts;
pub mod filing;
pub mod ledger;
mod paper;
pub mod papers;
pub mod transition;

pub use facts::{Basis, Decided, Duty, UnitFacts};

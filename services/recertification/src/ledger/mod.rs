//! The ledger of units under reference management (参照管理单位台账): what the register recorded of a
//! unit, which procedure each change takes, and what became of it.

mod entry;
mod group;
pub(crate) mod history;
mod lineage;
mod summary;

pub(crate) use entry::{Entry, Known};
pub(crate) use group::{Group, history};
pub(crate) use lineage::lineage;
pub(crate) use summary::summary;

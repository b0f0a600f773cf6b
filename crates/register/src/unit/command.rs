//! What may be asked of one unit. Changes over several are
//! [`decide_change`](super::decide_change).

use quanheng_policy::UnitId;

use super::event::Correction;
use super::patch::UnitPatch;
use super::profile::UnitProfile;
use crate::basis::Basis;

/// What may be asked of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the events, explained there")]
pub enum Command {
    /// 登记
    Register { unit: UnitId, profile: Box<UnitProfile>, basis: Basis },
    /// 变更 of what concerns this unit alone.
    Update { changes: Box<UnitPatch>, basis: Basis },
    /// 更正
    Correct { version: u64, correction: Correction, reason: String, basis: Option<Basis> },
}

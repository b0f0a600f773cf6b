//! What may be asked of a round.

use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_policy::{PersonId, UnitId};
use quanheng_streams::{Plan, RequestId, RoundId};

/// What may be asked of a round. `by` is who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// 提出工作方案
    Create { round: RoundId, unit: UnitId, account: AccountKey, plan: Plan, by: PersonId },
    /// 党委(党组)研究工作方案
    DecidePlan { adopted: bool, minutes: String, by: PersonId },
    /// 记录预审
    Attach { hold: HoldId, by: PersonId },
    /// 提出人选
    Add { request: RequestId },
    /// A request takes a move.
    Take { index: usize, request: RequestId },
    /// It gives it up.
    Free { index: usize, request: RequestId },
    /// 结束申报
    Close { reason: String, by: PersonId },
    /// 撤回
    Withdraw { reason: String, by: PersonId },
}

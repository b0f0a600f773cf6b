//! What may be asked of a request.

use jiff::civil::Date;
use quanheng_ledger::event::Basis;
use quanheng_ledger::id::AccountKey;
use quanheng_policy::{CategoryId, PersonId, RankId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::FactId;
use quanheng_streams::{Appointment, Ending, Judgement, Notice, RequestId, RoundId, Seat};

/// What may be asked of a request. `by` is who asks; nobody where a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// 提出人选
    Create {
        request: RequestId,
        round: RoundId,
        unit: UnitId,
        account: AccountKey,
        person: PersonId,
        category: CategoryId,
        rank: RankId,
        nomination: Sealed,
        by: PersonId,
    },
    /// 修改
    Update { rank: RankId, nomination: Sealed, by: PersonId },
    /// 提交、重新提交
    Submit { seat: Seat, by: PersonId },
    /// 任职资格审核
    Judge(Judgement),
    /// 民主推荐或民主测评
    Recommend { voters: u32, valid_ballots: u32, votes: u32, sealed: Sealed, by: PersonId },
    /// 考察了解
    Vet { record: Sealed, by: PersonId },
    /// 党委(党组)研究确定拟晋升人选
    DecideCandidate { adopted: bool, minutes: String, by: PersonId },
    /// 发布公示
    Post(Notice),
    /// 公示期重新计算
    MoveNotice { to: Date },
    /// 收到反映
    Report { feedback: FactId, record: Sealed, by: PersonId },
    /// 核实反映
    Resolve { feedback: FactId, founded: bool, findings: Sealed, by: PersonId },
    /// 公示结果
    CloseNotice { result: Sealed, by: PersonId },
    /// 审批
    Approve { approved: bool, opinion: String, minutes: String, basis: Option<Basis>, by: PersonId },
    /// 任职
    Appoint(Appointment),
    /// 使用后备案
    File { by: PersonId },
    /// 中止
    Suspend { reported: bool, cause: Sealed, by: Option<PersonId> },
    /// 恢复
    Resume { by: Option<PersonId> },
    /// 不予晋升、撤回
    End { ending: Ending, reason: Sealed, by: Option<PersonId> },
}

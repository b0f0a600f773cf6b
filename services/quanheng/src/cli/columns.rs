//! Which columns a list shows. What is not named here shows every plain field it has.

/// Heading and path of each column of a kind of message.
pub(crate) fn columns(message: &str) -> Option<&'static [(&'static str, &'static str)]> {
    let found = TABLE.iter().find(|(name, _)| message.strip_prefix("quanheng.") == Some(*name));
    found.map(|(_, columns)| *columns)
}

type Columns = &'static [(&'static str, &'static str)];

/// By the message's full name behind `quanheng.`.
pub(crate) const TABLE: [(&str, Columns); 52] = [
    (
        "registry.v1.Unit",
        &[
            ("资源", "name"),
            ("单位名称", "profile.display_name"),
            ("政区", "profile.division"),
            ("层级", "profile.tier"),
            ("规格", "profile.grade"),
            ("类型", "profile.kind"),
            ("状态", "status"),
            ("在册", "registered_headcount"),
        ],
    ),
    (
        "registry.v1.Post",
        &[
            ("资源", "name"),
            ("职位名称", "title"),
            ("层次", "level"),
            ("类别", "category"),
            ("可任", "authorised"),
            ("设立", "established_on"),
            ("撤销", "abolished_on"),
        ],
    ),
    (
        "registry.v1.Person",
        &[
            ("资源", "name"),
            ("姓名", "private_profile.full_name"),
            ("单位", "unit"),
            ("编制", "slot"),
            ("状态", "status"),
            ("职级", "current_rank"),
            ("任职级起", "current_rank_since"),
            ("职务", "current_title"),
        ],
    ),
    (
        "registry.v1.HistoryEntry",
        &[
            ("版本", "version"),
            ("位置", "position"),
            ("生效", "effective_on"),
            ("内容", "summary"),
            ("文号", "document_number"),
            ("经办", "principal"),
            ("登记时间", "recorded_at"),
        ],
    ),
    (
        "quota.v1.QuotaAccount",
        &[
            ("账户", "name"),
            ("单位", "unit"),
            ("类别", "category"),
            ("比例类别", "quota_class"),
            ("基数", "base"),
            ("任职人数", "holders"),
            ("占用中", "open_holds"),
            ("待备案", "unfiled_holds"),
            ("备案期限", "filing_due_on"),
            ("超职数", "over_quota"),
        ],
    ),
    (
        "quota.v1.SetBalance",
        &[
            ("职数组", "set"),
            ("名称", "label"),
            ("核定", "determined"),
            ("调出", "allocated_out"),
            ("调入", "allocated_in"),
            ("借出", "lent_out"),
            ("借入", "borrowed_in"),
            ("预留", "reserved"),
            ("占用", "held"),
            ("使用", "occupied"),
            ("不占", "exempt"),
            ("空缺", "vacancy"),
            ("可用", "available"),
            ("满缺", "badge"),
        ],
    ),
    (
        "quota.v1.EntitlementLine",
        &[
            ("职数组", "set"),
            ("名称", "label"),
            ("比例", "ratio"),
            ("计算基数", "whole"),
            ("取整前", "exact"),
            ("应得", "cap"),
            ("核定过程", "working"),
        ],
    ),
    (
        "quota.v1.LedgerEntry",
        &[
            ("分录", "name"),
            ("生效", "effective_on"),
            ("内容", "summary"),
            ("文号", "document_number"),
            ("经办", "principal"),
            ("登记时间", "recorded_at"),
            ("已冲正", "reversed"),
        ],
    ),
    (
        "quota.v1.Holder",
        &[
            ("人员", "person"),
            ("职级", "rank"),
            ("单位", "unit"),
            ("不占职数", "exemption"),
            ("兼任", "concurrent"),
            ("自", "since"),
        ],
    ),
    (
        "quota.v1.PreReview",
        &[
            ("预审", "name"),
            ("单位", "unit"),
            ("状态", "state"),
            ("有效至", "expires_on"),
            ("申报人", "requested_by"),
            ("审核人", "decided_by"),
        ],
    ),
    (
        "quota.v1.HeldMove",
        &[
            ("序号", "index"),
            ("拟免", "move.leaves"),
            ("拟任", "move.to"),
            ("状态", "status"),
            ("人员", "person"),
            ("备案期限", "filing_due_on"),
            ("期限待定", "filing_awaits_calendar"),
            ("已备案", "filed"),
        ],
    ),
    (
        "quota.v1.Finding",
        &[
            ("代码", "code"),
            ("说明", "message"),
            ("人员", "person"),
            ("职数组", "set"),
            ("台账", "in_ledger"),
            ("登记", "in_registry"),
        ],
    ),
    (
        "quota.v1.FigureSource",
        &[("政区", "jurisdiction"), ("政策", "profile"), ("项", "key"), ("条款", "article")],
    ),
    (
        "policy.v1.Profile",
        &[
            ("资源", "name"),
            ("标题", "title"),
            ("政区", "jurisdiction"),
            ("生效自", "effective_from"),
            ("生效至", "effective_to"),
            ("发布时间", "publish_time"),
        ],
    ),
    ("policy.v1.Flow", &[("资源", "name"), ("标题", "title"), ("发布时间", "publish_time")]),
    (
        "policy.v1.CalendarYear",
        &[
            ("年度", "year"),
            ("放假天数", "holidays"),
            ("调休上班", "makeup_workdays"),
            ("依据", "source"),
        ],
    ),
    (
        "policy.v1.Explanation",
        &[
            ("项", "key"),
            ("名称", "label"),
            ("值", "value_json"),
            ("政策", "source.profile"),
            ("条款", "source.article"),
            ("无值原因", "failure.message"),
        ],
    ),
    (
        "projection.v1.Projection",
        &[
            ("投影", "name"),
            ("版本", "version"),
            ("位置", "position"),
            ("末尾", "head"),
            ("落后", "lag"),
            ("失败", "failure"),
        ],
    ),
    (
        "attachment.v1.Attachment",
        &[
            ("资源", "name"),
            ("文件名", "file_name"),
            ("字节数", "size_bytes"),
            ("上传人", "uploader"),
            ("关联", "links"),
        ],
    ),
    (
        "common.v1.Operation",
        &[
            ("资源", "name"),
            ("种类", "kind"),
            ("状态", "state"),
            ("已办", "items_done"),
            ("总数", "items_total"),
            ("表格错误", "sheet_errors_total"),
            ("更新时间", "update_time"),
        ],
    ),
    (
        "common.v1.SheetError",
        &[
            ("行", "row"),
            ("列", "letter"),
            ("栏目", "column"),
            ("原因", "reason"),
            ("说明", "message"),
            ("仅提示", "warning"),
        ],
    ),
    (
        "promotion.v1.RuleFinding",
        &[
            ("审核项目", "label"),
            ("结果", "outcome"),
            ("原因", "reason"),
            ("最早日期", "earliest_on"),
            ("说明", "message"),
            ("条款", "article"),
        ],
    ),
    (
        "promotion.v1.PromotionRound",
        &[
            ("批次", "name"),
            ("名称", "plan.title"),
            ("单位", "unit"),
            ("状态", "state"),
            ("步骤", "step"),
            ("申请", "requests"),
            ("已用项", "moves_taken"),
            ("预审", "hold"),
            ("提出日期", "created_on"),
        ],
    ),
    (
        "promotion.v1.PromotionRequest",
        &[
            ("申请", "name"),
            ("人员", "person"),
            ("拟免", "leaves"),
            ("拟任", "rank"),
            ("状态", "state"),
            ("步骤", "step"),
            ("期限", "due_on"),
            ("待解决", "blockers"),
            ("生效", "effective_on"),
        ],
    ),
    (
        "promotion.v1.TimelineEntry",
        &[
            ("登记时间", "recorded_at"),
            ("内容", "summary"),
            ("步骤", "step"),
            ("办理人", "person"),
            ("代", "for_person"),
            ("意见", "opinion"),
            ("纪要", "minutes"),
        ],
    ),
    (
        "approval.v1.Task",
        &[
            ("任务", "name"),
            ("事项", "kind_label"),
            ("标题", "title"),
            ("单位", "unit"),
            ("步骤", "step_name"),
            ("状态", "state"),
            ("到达", "opened_on"),
            ("期限", "due_on"),
            ("已逾期", "overdue"),
            ("代办", "acting_for"),
            ("办理人", "decided_by.person"),
            ("被代办人", "decided_by.for_person"),
            ("结果", "verdict"),
            ("意见", "opinion"),
            ("中止", "paused"),
        ],
    ),
    (
        "approval.v1.Case",
        &[
            ("事项", "name"),
            ("种类", "kind_label"),
            ("标题", "title"),
            ("单位", "unit"),
            ("状态", "state"),
            ("步骤", "step_name"),
            ("期限", "due_on"),
            ("发起", "started_on"),
            ("办结", "ended_on"),
        ],
    ),
    (
        "approval.v1.CaseStep",
        &[
            ("步骤", "step_name"),
            ("到达", "opened_on"),
            ("期限", "due_on"),
            ("结束", "completed_on"),
            ("结果", "outcome"),
            ("条款", "article"),
        ],
    ),
    (
        "approval.v1.TimelineEntry",
        &[
            ("时间", "time"),
            ("步骤", "step_name"),
            ("办理人", "by.person"),
            ("被代办人", "by.for_person"),
            ("内容", "summary"),
            ("意见", "opinion"),
            ("任务", "task"),
        ],
    ),
    (
        "approval.v1.TaskDecisionResult",
        &[
            ("任务", "task.name"),
            ("状态", "task.state"),
            ("结果", "task.verdict"),
            ("原因", "failure.reason"),
            ("说明", "failure.message"),
        ],
    ),
    (
        "approval.v1.ReturnTarget",
        &[("步骤", "step"), ("名称", "step_name"), ("可回到本步骤", "back_to_me")],
    ),
    (
        "approval.v1.Substitution",
        &[
            ("代办", "name"),
            ("被代办人", "person"),
            ("代办人", "substitute"),
            ("自", "from"),
            ("至", "to"),
            ("事由", "reason"),
        ],
    ),
    (
        "approval.v1.Office",
        &[
            ("单位", "unit"),
            ("岗位", "role"),
            ("人员", "person"),
            ("自", "from"),
            ("截止", "until"),
            ("政区", "division"),
        ],
    ),
    (
        "recertification.v1.Campaign",
        &[
            ("重新认定工作", "name"),
            ("名称", "title"),
            ("政区", "division"),
            ("文号", "document_number"),
            ("基准日", "baseline_on"),
            ("摸底", "survey"),
            ("摸底截止", "survey_due_on"),
            ("冻结", "baseline.frozen_on"),
            ("已结束", "closed"),
        ],
    ),
    (
        "recertification.v1.PhaseStanding",
        &[("阶段", "phase"), ("状态", "state"), ("未办结", "open_cases")],
    ),
    (
        "recertification.v1.TaskForce",
        &[("政区", "division"), ("负责人", "lead"), ("文号", "document_number")],
    ),
    (
        "recertification.v1.Survey",
        &[
            ("摸底表", "name"),
            ("政区", "division"),
            ("状态", "state"),
            ("涉改", "answer.affected"),
            ("填报", "submitted_on"),
            ("签署人", "signed_by"),
            ("签署", "signed_on"),
            ("三清完成", "three_clear_complete"),
        ],
    ),
    (
        "recertification.v1.RecertificationCase",
        &[
            ("事项", "name"),
            ("单位", "unit"),
            ("办理方式", "route"),
            ("状态", "state"),
            ("步骤", "step"),
            ("重新认定工作", "campaign"),
            ("编制前", "headcount_before"),
            ("编制后", "headcount_after"),
            ("政区", "division"),
            ("提出", "created_on"),
            ("申报", "submitted_on"),
            ("阻碍", "blockers"),
        ],
    ),
    (
        "recertification.v1.Material",
        &[
            ("材料", "code"),
            ("名称", "title"),
            ("必需", "required"),
            ("状态", "status"),
            ("文件", "files"),
            ("审核人", "reviewer"),
            ("原因", "reason"),
        ],
    ),
    (
        "recertification.v1.RoutedUnit",
        &[
            ("单位", "unit"),
            ("变动", "changes"),
            ("办理方式", "route"),
            ("后续事项", "consequences"),
        ],
    ),
    (
        "recertification.v1.RuleFinding",
        &[
            ("项目", "rule"),
            ("结果", "outcome"),
            ("原因", "reason"),
            ("说明", "message"),
            ("条款", "article"),
        ],
    ),
    (
        "recertification.v1.ScopeLine",
        &[
            ("范围", "label"),
            ("改革前单位", "before.units"),
            ("改革前编制", "before.headcount"),
            ("已认定单位", "committed.units"),
            ("已认定编制", "committed.headcount"),
            ("本批后单位", "after.units"),
            ("本批后编制", "after.headcount"),
            ("单位余量", "room.units"),
            ("编制余量", "room.headcount"),
            ("结果", "outcome"),
        ],
    ),
    (
        "recertification.v1.Precedent",
        &[
            ("事项", "case"),
            ("标题", "title"),
            ("要旨", "summary"),
            ("依据种类", "bases"),
            ("结论", "outcome"),
            ("发布", "published_on"),
        ],
    ),
    (
        "recertification.v1.Transition",
        &[
            ("过渡方案", "name"),
            ("事项", "case"),
            ("单位", "unit"),
            ("状态", "state"),
            ("自", "from"),
            ("届满", "ends_on"),
            ("人数", "persons_total"),
            ("办结人数", "persons_done"),
            ("已逾期", "overdue"),
        ],
    ),
    (
        "recertification.v1.TransitionPerson",
        &[
            ("人员", "person"),
            ("职级", "rank"),
            ("任职级起", "rank_since"),
            ("谈话", "talk.on"),
            ("去向", "placement.option"),
            ("接收单位", "placement.unit"),
            ("办结", "done_on"),
            ("待办", "open"),
        ],
    ),
    (
        "recertification.v1.TimelineEntry",
        &[
            ("登记时间", "recorded_at"),
            ("内容", "summary"),
            ("步骤", "step"),
            ("办理人", "person"),
            ("经办", "principal"),
            ("意见", "opinion"),
            ("文号", "document_number"),
        ],
    ),
    (
        "recertification.v1.LedgerUnit",
        &[
            ("单位", "unit"),
            ("单位名称", "profile.display_name"),
            ("政区", "division"),
            ("状态", "status"),
            ("编制", "profile.establishment.referenced_institution"),
            ("审批时间", "approved_on"),
            ("审批文号", "approval_document_number"),
            ("中央备案", "centrally_filed_on"),
        ],
    ),
    (
        "recertification.v1.LedgerChange",
        &[
            ("生效", "effective_on"),
            ("变动", "changes"),
            ("内容", "summary"),
            ("办理方式", "route"),
            ("文号", "document_number"),
            ("事项", "case"),
            ("已办结", "settled"),
            ("提出用时(日)", "days_to_case"),
            ("决定用时(日)", "days_to_decision"),
        ],
    ),
    (
        "recertification.v1.GraphNode",
        &[
            ("单位", "unit"),
            ("名称", "display_name"),
            ("自", "from"),
            ("至", "to"),
            ("参照管理", "referenced"),
        ],
    ),
    (
        "recertification.v1.GraphEdge",
        &[
            ("原单位", "predecessor"),
            ("承接单位", "successor"),
            ("日期", "on"),
            ("变动", "kinds"),
            ("文号", "document_number"),
        ],
    ),
    (
        "recertification.v1.MachineFinding",
        &[
            ("代码", "detector"),
            ("问题", "label"),
            ("对象", "subject"),
            ("单位", "unit"),
            ("政区", "division"),
            ("说明", "message"),
            ("条款", "article"),
        ],
    ),
    ("common.v1.Failure", &[("代码", "code"), ("原因", "reason"), ("说明", "message")]),
];

#[cfg(test)]
mod tests {
    use super::super::api;
    use super::*;

    #[test]
    fn every_column_is_a_field() {
        for (name, columns) in TABLE {
            for (heading, path) in columns {
                let full = format!("quanheng.{name}");
                let mut message = api::message(&full);
                for part in path.split('.') {
                    let descriptor = message.unwrap_or_else(|| panic!("{name}: {path}"));
                    let field = descriptor.get_field_by_name(part);
                    let field = field.unwrap_or_else(|| panic!("{name}: {path} ({heading})"));
                    message = field.kind().as_message().cloned();
                }
            }
        }
    }
}

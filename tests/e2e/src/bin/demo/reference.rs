//! Cases of a campaign, one of each kind: re-certified, denied for want of statutory authority,
//! filed, let out with its people placed, and a batch that would let the headcount grow.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::recertification::v1 as recert;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, staff};
use recert::{CampaignPhase, CaseState, ChangeRoute};
use registry::UnitChangeKind;

use crate::campaign::{self, CAMPAIGN, Cast, show_scopes, slots_of};
use crate::outcome::{Outcome, ensure, refused, there};
use crate::rules::show_refusal;
use crate::stage::{Stage, basis, new_id, patient, shown};
use crate::table::Table;

/// Cases of the story that can be looked at later.
pub(crate) const CERTIFIED: &str = "recertificationCases/njtz-2026";

/// A case on its way.
struct Case {
    name: String,
    route: ChangeRoute,
    position: u64,
}

impl Case {
    /// The case of the flow behind it.
    fn flow(&self) -> String {
        let kind = match self.route {
            ChangeRoute::Filing => "reference_filing",
            ChangeRoute::Exit => "reference_exit",
            _ => "recertification",
        };
        format!("cases/{kind}.{}", self.name.trim_start_matches("recertificationCases/"))
    }
}

/// 省直阶段: one certified, one denied.
pub(crate) async fn provincial(stage: &mut Stage, cast: &Cast) -> Outcome {
    campaign::open(stage, CampaignPhase::Provincial).await?;
    locked(stage, cast).await?;
    certified(stage, cast).await?;
    denied(stage, cast).await?;
    campaign::close(stage, CampaignPhase::Provincial).await
}

/// 市县阶段: one filed, one let out, one batch too large.
pub(crate) async fn municipal(stage: &mut Stage, cast: &Cast) -> Outcome {
    campaign::open(stage, CampaignPhase::Municipal).await?;
    filed(stage, cast).await?;
    too_many(stage, cast).await?;
    told(stage).await
}

/// 先省直后市县
async fn locked(stage: &mut Stage, cast: &Cast) -> Outcome {
    stage.step("先省直后市县:县级单位此时不能申报", "a county cannot submit yet");
    let unit = cast.of_county("njfw");
    let case = create(stage, "njfw-early", &unit, renamed(&unit, "农业技术服务中心"), None).await?;
    materials(stage, cast, &case).await?;
    let submit = recert::SubmitCaseRequest {
        name: case.name.clone(),
        request_id: new_id(),
        ..Default::default()
    };
    let answer = stage.asker.recertification().submit_case(submit).await;
    show_refusal(&refused("提前申报", answer, "PHASE_LOCKED")?);
    let withdraw = recert::WithdrawCaseRequest {
        name: case.name,
        reason: "待市县阶段开放后申报".to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.asker.recertification().withdraw_case(withdraw).await?;
    Ok(())
}

/// 重新认定
async fn certified(stage: &mut Stage, cast: &Cast) -> Outcome {
    stage.step("职能调整单位重新认定", "a unit whose functions changed is certified anew");
    let unit = cast.provincial("njtz");
    let grounds = grounds(cast, vec![regulation(&cast.province)], 60);
    let change = functions_changed(&unit, 60);
    let mut case = create(stage, "njtz-2026", &unit, change, Some(grounds)).await?;
    ensure!(case.route == ChangeRoute::Recertify, "应为重新认定,实际 {:?}", case.route);
    submitted(stage, cast, &mut case).await?;
    reviewed(stage, cast, &mut case, true).await?;
    meeting(stage, &mut case, 3).await?;
    let register = recert::RegisterUnitRequest {
        name: case.name.clone(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.decider.recertification().register_unit(register).await?;
    let file = recert::FileWithCentralAuthorityRequest {
        name: case.name.clone(),
        document_number: "示例组函〔2026〕5号".to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    let answer = stage.decider.recertification().file_with_central_authority(file).await?;
    let done = there(answer.into_inner().case, "事项")?;
    ensure!(done.state() == CaseState::CentrallyFiled, "应已报备案,实际 {:?}", done.state());
    let decision = there(done.decision, "审批决定")?;
    println!(
        "  {}:三部门意见 {} 份,反馈 {} 轮,批准 {},登记 {},报中央备案限 {}",
        case.name,
        done.opinions.len(),
        done.corrections.len(),
        decision.document_number,
        shown(done.registered_on.as_ref()),
        shown(done.central_filing_due_on.as_ref())
    );
    Ok(())
}

/// 不予认定
async fn denied(stage: &mut Stage, cast: &Cast) -> Outcome {
    stage.step("没有法律法规授权的,坚决不予审批", "denied for want of statutory authority");
    let unit = cast.provincial("nyxx");
    let rule = recert::LegalBasis {
        kind: recert::BasisKind::DepartmentalRule.into(),
        title: "农业信息管理办法(演示)".to_owned(),
        article: "第三条".to_owned(),
        issuer: recert::BasisIssuer::Ministry.into(),
        in_force_from: Some(date(jiff::civil::date(2015, 1, 1))),
        function: "农业信息采集".to_owned(),
        ..Default::default()
    };
    let grounds = grounds(cast, vec![rule], 38);
    let change = functions_changed(&unit, 38);
    let mut case = create(stage, "nyxx-2026", &unit, change, Some(grounds)).await?;
    submitted(stage, cast, &mut case).await?;
    reviewed(stage, cast, &mut case, false).await?;
    let task = todo(&stage.secretary, &case).await?;
    let approve = meeting_on(task.clone(), 3);
    let answer = stage.secretary.tasks().record_meeting(approve).await;
    println!("  会议若要通过:");
    show_refusal(&refused("无授权仍通过", answer, "NO_STATUTORY_AUTHORIZATION")?);
    let refuse = meeting_on(task, 0);
    let answer = stage.secretary.tasks().record_meeting(refuse).await?;
    case.position = answer.into_inner().position;
    let done = read(stage, &case).await?;
    ensure!(done.state() == CaseState::Denied, "应为不予认定,实际 {:?}", done.state());
    println!("  {} 不予认定;硬性条件没有例外通道", case.name);
    Ok(())
}

/// 备案
async fn filed(stage: &mut Stage, cast: &Cast) -> Outcome {
    stage.step("仅名称调整的,备案管理", "a mere rename is filed");
    let unit = cast.of_county("njfw");
    let change = renamed(&unit, "农业技术服务中心");
    let mut case = create(stage, "njfw-2026", &unit, change, None).await?;
    ensure!(case.route == ChangeRoute::Filing, "应为备案,实际 {:?}", case.route);
    submitted(stage, cast, &mut case).await?;
    meeting(stage, &mut case, 3).await?;
    let done = read(stage, &case).await?;
    ensure!(done.state() == CaseState::Filed, "应已备案,实际 {:?}", done.state());
    println!("  {} 已备案;单位新名称由登记机关登记,台账两处对照", case.name);
    Ok(())
}

/// 只减不增
async fn too_many(stage: &mut Stage, cast: &Cast) -> Outcome {
    stage.step("只减不增:一批增编的申报不予提交", "a batch that would grow is not committed");
    let mut cases = Vec::new();
    for (end, slots) in [("xmz", 400), ("sdz", 400)] {
        let unit = cast.of_county(end);
        let grounds = grounds(cast, vec![regulation(&cast.province)], slots);
        let change = more_slots(&unit, slots);
        let mut case = create(stage, &format!("{end}-2026"), &unit, change, Some(grounds)).await?;
        submitted(stage, cast, &mut case).await?;
        reviewed_in_county(stage, cast, &mut case).await?;
        cases.push(case);
    }
    let check = recert::CheckOnlyDecreaseRequest {
        campaign: CAMPAIGN.to_owned(),
        cases: cases.iter().map(|case| case.name.clone()).collect(),
        min_position: cases.iter().map(|case| case.position).max().unwrap_or_default(),
        ..Default::default()
    };
    let checked = stage.decider.recertification().check_only_decrease(patient(check)).await?;
    let checked = checked.into_inner();
    show_scopes(&checked.scopes);
    ensure!(!checked.passed, "本批应突破只减不增");
    let mut decisions = Vec::new();
    for case in &cases {
        let record = meeting_on(todo(&stage.secretary, case).await?, 3);
        decisions.push(approval::TaskDecision {
            task: record.name,
            opinion: record.opinion,
            basis: record.basis,
            meeting: record.meeting,
            ..Default::default()
        });
    }
    let batch = approval::BatchDecideTasksRequest {
        decisions,
        atomic: true,
        request_id: new_id(),
        validate_only: false,
    };
    let answer = stage.secretary.tasks().batch_decide_tasks(batch).await;
    show_refusal(&refused("增编", answer, "ONLY_DECREASE_VIOLATED")?);
    for case in &cases {
        let still = read(stage, case).await?;
        ensure!(still.state() == CaseState::Approval, "不予提交不等于不予认定:{:?}", still.state());
    }
    println!("  两个单位都没有被否决:仍在审批环节,核减编制后可再提交");
    Ok(())
}

/// What there is to tell in the end.
async fn told(stage: &mut Stage) -> Outcome {
    stage.step("重新认定情况", "how the campaign stands");
    let list = recert::ListCasesRequest {
        filter: format!("campaign = \"{CAMPAIGN}\""),
        min_position: stage.head_position().await?,
        ..Default::default()
    };
    let cases = stage.auditor.recertification().list_cases(patient(list)).await?.into_inner().cases;
    let mut table = Table::new(&["事项", "单位", "办理方式", "状态"], 9);
    for case in &cases {
        table.row([
            case.name.clone(),
            case.unit.clone(),
            format!("{:?}", case.route()),
            format!("{:?}", case.state()),
        ]);
    }
    table.print();
    let book = recert::GetBookRequest {
        campaign: CAMPAIGN.to_owned(),
        kind: recert::ScopeKind::Province.into(),
        ..Default::default()
    };
    let book = stage.auditor.recertification().get_book(patient(book)).await?.into_inner();
    show_scopes(&book.scopes);
    for line in &book.scopes {
        let room = line.room.unwrap_or_default();
        ensure!(room.units >= 0 && room.headcount >= 0, "{} 已增长:{room:?}", line.label);
    }
    Ok(())
}

/// 提出事项
async fn create(
    stage: &Stage,
    id: &str,
    unit: &str,
    change: recert::ReportedChange,
    grounds: Option<recert::CaseGrounds>,
) -> Outcome<Case> {
    let create = recert::CreateCaseRequest {
        unit: unit.to_owned(),
        campaign: CAMPAIGN.to_owned(),
        change: Some(change),
        grounds,
        reason: "机构改革后重新核定(演示)".to_owned(),
        case_id: id.to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    let answer = stage.asker.recertification().create_case(create).await?.into_inner();
    let case = there(answer.case, "事项")?;
    println!("  {} {}:办理方式 {:?}", case.name, unit, case.route());
    Ok(Case { route: case.route(), name: case.name, position: answer.position })
}

/// 材料 that the route asks for.
async fn materials(stage: &Stage, cast: &Cast, case: &Case) -> Outcome<Vec<String>> {
    let found = read(stage, case).await?;
    let due = found.materials.iter().filter(|one| one.required);
    let codes: Vec<String> = due.map(|one| one.code.clone()).collect();
    let materials = codes.iter().map(|code| recert::Material {
        code: code.clone(),
        files: vec![cast.document.clone()],
        ..Default::default()
    });
    let submit = recert::SubmitMaterialsRequest {
        name: case.name.clone(),
        materials: materials.collect(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.asker.recertification().submit_materials(submit).await?;
    Ok(codes)
}

/// 申报、材料齐全性审查
async fn submitted(stage: &Stage, cast: &Cast, case: &mut Case) -> Outcome {
    let codes = materials(stage, cast, case).await?;
    let submit = recert::SubmitCaseRequest {
        name: case.name.clone(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.asker.recertification().submit_case(submit).await?;
    let accepted = codes.iter().map(|code| recert::Material {
        code: code.clone(),
        status: recert::MaterialStatus::Accepted.into(),
        ..Default::default()
    });
    let review = recert::ReviewMaterialsRequest {
        name: case.name.clone(),
        materials: accepted.collect(),
        request_id: new_id(),
        ..Default::default()
    };
    let answer = stage.decider.recertification().review_materials(review).await?;
    case.position = answer.into_inner().position;
    agree(&stage.decider, case, true).await
}

/// 联合审核、专班结论、沟通汇报
async fn reviewed(stage: &Stage, cast: &Cast, case: &mut Case, favourable: bool) -> Outcome {
    for who in [&stage.reviewer, &cast.establishment, &cast.finance, &cast.lead, &cast.chief] {
        agree(who, case, favourable).await?;
    }
    Ok(())
}

/// The same of a county's unit, which its own authority reports on as well.
async fn reviewed_in_county(stage: &Stage, cast: &Cast, case: &mut Case) -> Outcome {
    for who in [&stage.reviewer, &cast.establishment, &cast.finance, &cast.lead] {
        agree(who, case, true).await?;
    }
    agree(&stage.head, case, true).await?;
    agree(&cast.chief, case, true).await
}

/// Decides the task that somebody has on a case.
async fn agree(who: &Client, case: &mut Case, favourable: bool) -> Outcome {
    let task = todo(who, case).await?;
    let position = match favourable {
        true => {
            let approve = staff::approve(task, None);
            who.tasks().approve_task(approve).await?.into_inner().position
        }
        false => {
            let refuse = approval::RefuseTaskRequest {
                name: task,
                opinion: "所列依据为部门规章,不足以授权".to_owned(),
                request_id: new_id(),
                ..Default::default()
            };
            who.tasks().refuse_task(refuse).await?.into_inner().position
        }
    };
    case.position = position;
    Ok(())
}

/// What somebody has to do about a case.
async fn todo(who: &Client, case: &Case) -> Outcome<String> {
    let list = approval::ListTasksRequest {
        view: approval::TaskView::Todo.into(),
        min_position: case.position,
        page_size: 500,
        ..Default::default()
    };
    let listed = who.tasks().list_tasks(patient(list)).await?.into_inner();
    let flow = case.flow();
    let task = listed.tasks.into_iter().find(|task| task.case == flow);
    Ok(there(task, &format!("{} 的待办任务", case.name))?.name)
}

/// 集体讨论
async fn meeting(stage: &Stage, case: &mut Case, in_favour: u32) -> Outcome {
    let task = todo(&stage.secretary, case).await?;
    let answer = stage.secretary.tasks().record_meeting(meeting_on(task, in_favour)).await?;
    case.position = answer.into_inner().position;
    Ok(())
}

fn meeting_on(task: String, in_favour: u32) -> approval::RecordMeetingRequest {
    let mut request = staff::unanimous(task);
    if let Some(meeting) = &mut request.meeting {
        meeting.in_favour = in_favour;
        meeting.against = 3 - in_favour;
    }
    request.basis = basis(41, crate::today());
    request
}

async fn read(stage: &Stage, case: &Case) -> Outcome<recert::RecertificationCase> {
    let get = recert::GetCaseRequest { name: case.name.clone(), min_position: case.position };
    let answer = stage.auditor.recertification().get_case(patient(get)).await?.into_inner();
    there(answer.case, "事项")
}

/// A change of one unit alone.
fn of_one(
    unit: &str,
    kind: UnitChangeKind,
    after: registry::UnitProfile,
    functions: Option<bool>,
) -> recert::ReportedChange {
    let before = recert::ChangedUnit { unit: unit.to_owned(), ..Default::default() };
    let after = recert::ChangedUnit {
        unit: unit.to_owned(),
        after: Some(after),
        functions_changed: functions,
        ..Default::default()
    };
    recert::ReportedChange {
        kind: kind.into(),
        predecessors: vec![before],
        successors: vec![after],
        documents: vec!["示例编办〔2026〕12号".to_owned()],
        effective_on: Some(date(REFORMED)),
    }
}

/// When the reform took effect.
const REFORMED: Date = Date::constant(2026, 6, 1);

fn renamed(unit: &str, name: &str) -> recert::ReportedChange {
    let after = registry::UnitProfile {
        display_name: Some(format!("{name}(演示)")),
        ..Default::default()
    };
    of_one(unit, UnitChangeKind::Rename, after, Some(false))
}

fn functions_changed(unit: &str, slots: u32) -> recert::ReportedChange {
    let after = registry::UnitProfile {
        functions: Some("承担农机安全监理、推广管理(演示)".to_owned()),
        establishment: Some(slots_of(slots)),
        ..Default::default()
    };
    of_one(unit, UnitChangeKind::Function, after, Some(true))
}

fn more_slots(unit: &str, slots: u32) -> recert::ReportedChange {
    let after =
        registry::UnitProfile { establishment: Some(slots_of(slots)), ..Default::default() };
    of_one(unit, UnitChangeKind::HeadcountIncrease, after, Some(false))
}

/// 省级地方性法规
fn regulation(province: &str) -> recert::LegalBasis {
    recert::LegalBasis {
        kind: recert::BasisKind::ProvincialLocalRegulation.into(),
        title: "农业机械化促进条例(演示)".to_owned(),
        number: "省人大常委会公告第12号".to_owned(),
        article: "第五条".to_owned(),
        excerpt: "农业机械化管理机构负责农机安全监督管理。".to_owned(),
        issuer: recert::BasisIssuer::ProvincialCongress.into(),
        division: province.to_owned(),
        in_force_from: Some(date(jiff::civil::date(2018, 1, 1))),
        function: "农机安全监督管理".to_owned(),
        ..Default::default()
    }
}

fn grounds(_: &Cast, bases: Vec<recert::LegalBasis>, slots: u32) -> recert::CaseGrounds {
    let duty = recert::DutyDocument {
        document_number: "示例编发〔2026〕7号".to_owned(),
        issuer: recert::DutyIssuer::EstablishmentOffice.into(),
        issued_on: Some(date(REFORMED)),
        duties: "承担农机安全监督管理(演示)".to_owned(),
    };
    recert::CaseGrounds {
        bases,
        duties: vec![duty],
        establishment: Some(slots_of(slots)),
        pay: recert::PaySource::Fiscal.into(),
    }
}

//! A campaign of re-certification (重新认定工作): the notice, task forces of each level, the baseline
//! that is frozen, what units say of themselves, and phases.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::attachment::v1 as attachment;
use quanheng_api::quanheng::recertification::v1 as recert;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, Who, staff};
use quanheng_policy::codes::DivisionCode;
use recert::{CampaignPhase, PhaseState};

use crate::outcome::{Outcome, ensure, there};
use crate::stage::{Stage, basis, new_id, patient};
use crate::table::{Table, thousands};
use crate::units::World;

pub(crate) const CAMPAIGN: &str = "campaigns/crd-2026";
/// 改革前基准日
const BASELINE: Date = Date::constant(2025, 12, 31);
/// When the units that the story adds were founded, and approved.
const FOUNDED: Date = Date::constant(2020, 6, 1);

/// Who reviews, reports and signs.
pub(crate) struct Cast {
    pub(crate) establishment: Client,
    pub(crate) finance: Client,
    pub(crate) lead: Client,
    pub(crate) chief: Client,
    pub(crate) agency: Client,
    pub(crate) bureau: Client,
    /// A document that stands for every material and evidence: `attachments/{sha256}`.
    pub(crate) document: String,
    pub(crate) province: String,
    pub(crate) city: String,
    pub(crate) county: String,
}

impl Cast {
    /// Units of the story, the end of their ids behind the place.
    pub(crate) fn provincial(&self, end: &str) -> String {
        format!("units/{}-{end}", self.province)
    }

    pub(crate) fn of_county(&self, end: &str) -> String {
        format!("units/{}-{end}", self.county)
    }
}

/// 部署: units, people, the notice, the baseline.
pub(crate) async fn begin(stage: &mut Stage, world: &World) -> Outcome<Cast> {
    stage.step("部署参照管理单位重新认定", "a campaign of re-certification");
    let cast = cast(stage, world).await?;
    founded(stage, &cast).await?;
    seated(stage, &cast).await?;
    let create = recert::CreateCampaignRequest {
        title: format!("{}参照管理单位重新认定", world.province.name),
        division: cast.province.clone(),
        document_number: "示例组通〔2026〕31号".to_owned(),
        notice: "精准摸底,做到三清;先省直后市县;只减不增(演示)".to_owned(),
        baseline_on: Some(date(BASELINE)),
        survey_due_on: Some(date(jiff::civil::date(2026, 12, 31))),
        campaign_id: CAMPAIGN.trim_start_matches("campaigns/").to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.decider.recertification().create_campaign(create).await?;
    for division in [&cast.province, &cast.city] {
        let force = recert::SetTaskForceRequest {
            name: CAMPAIGN.to_owned(),
            task_force: Some(task_force(division)),
            request_id: new_id(),
            ..Default::default()
        };
        stage.decider.recertification().set_task_force(force).await?;
    }
    println!("  省、市两级工作专班,成员来自组织、编办、财政部门");
    freeze(stage).await?;
    Ok(cast)
}

async fn cast(stage: &Stage, world: &World) -> Outcome<Cast> {
    let server = &stage.server;
    Ok(Cast {
        establishment: server.client(Who::Establishment).await,
        finance: server.client(Who::Finance).await,
        lead: server.client(Who::Lead).await,
        chief: server.client(Who::Chief).await,
        agency: server.client(Who::Agency).await,
        bureau: server.client(Who::Bureau).await,
        document: upload(stage).await?,
        province: world.province.code.to_owned(),
        city: world.city.place.code.to_owned(),
        county: world.showcase()?.place.code.to_owned(),
    })
}

/// 材料
async fn upload(stage: &Stage) -> Outcome<String> {
    use attachment::upload_attachment_request::{Head, Part};
    let head = Head {
        file_name: "机构编制文件(演示).txt".to_owned(),
        media_type: "text/plain".to_owned(),
        request_id: new_id(),
        ..Head::default()
    };
    let content = "演示用机构编制文件,内容为虚构。".as_bytes().to_vec();
    let parts = [Part::Head(head), Part::Content(content)];
    let parts = parts.map(|part| attachment::UploadAttachmentRequest { part: Some(part) });
    let parts = futures::stream::iter(parts);
    let answer = stage.registrar.attachment().upload_attachment(parts).await?;
    Ok(there(answer.into_inner().attachment, "附件")?.name)
}

/// Units that the story adds to those of the province.
async fn founded(stage: &Stage, cast: &Cast) -> Outcome {
    let county = registry::Tier::County;
    let province = registry::Tier::Province;
    for (id, name, tier, parent, slots) in [
        ("njtz", "省农业机械化技术推广总站", province, "nyt", 64),
        ("nyxx", "省农业信息中心", province, "nyt", 38),
        ("njfw", "农技推广中心", county, "nyj", 22),
        ("xmz", "畜牧兽医站", county, "nyj", 30),
        ("sdz", "水稻良种站", county, "nyj", 18),
    ] {
        let of_province = tier == province;
        let division = if of_province { &cast.province } else { &cast.county };
        let grade = match of_province {
            true => registry::UnitGrade::Division,
            false => registry::UnitGrade::Section,
        };
        let profile = registry::UnitProfile {
            display_name: Some(format!("{name}(演示)")),
            division: Some(division.clone()),
            tier: Some(tier.into()),
            grade: Some(grade.into()),
            kind: Some(registry::UnitKind::ReferencedUnit.into()),
            nature: Some(registry::UnitNature::ReferencedInstitution.into()),
            sequence: Some("政府".to_owned()),
            parent: Some(format!("units/{division}-{parent}")),
            establishment: Some(slots_of(slots)),
            reference: Some(registry::ReferenceApproval {
                approved_on: Some(date(FOUNDED)),
                document_number: "示例组通〔2020〕18号".to_owned(),
            }),
            functions: Some("承担行业公共事务管理(演示)".to_owned()),
            ..Default::default()
        };
        let create = registry::CreateUnitRequest {
            unit_id: format!("{division}-{id}"),
            profile: Some(profile),
            basis: basis(18, FOUNDED),
            request_id: new_id(),
            validate_only: false,
        };
        stage.registrar.registry().create_unit(create).await?;
    }
    Ok(())
}

/// Referenced institution slots alone.
pub(crate) fn slots_of(slots: u32) -> registry::Establishment {
    registry::Establishment { referenced_institution: slots, ..Default::default() }
}

/// 流程岗位 of the authorities of the province, the city and the county.
async fn seated(stage: &Stage, cast: &Cast) -> Outcome {
    let department = cast.provincial("zzb");
    let city = format!("units/{}-zzb", cast.city);
    let county = cast.of_county("zzb");
    let (in_province, in_county) = (parsed(&cast.province)?, parsed(&cast.county)?);
    for who in [Who::Establishment, Who::Finance, Who::Lead, Who::Chief] {
        staff::register(&stage.asker, who, &department, &in_province).await?;
    }
    staff::register(&stage.asker, Who::Agency, &cast.provincial("nyt"), &in_province).await?;
    staff::register(&stage.asker, Who::Bureau, &cast.of_county("nyj"), &in_county).await?;
    staff::authority(&stage.asker, &cast.province, &department).await?;
    for unit in [&department, &city] {
        for (role, who) in [
            ("case_officer", Who::Decider),
            ("organization_department_reviewer", Who::Reviewer),
            ("establishment_office_reviewer", Who::Establishment),
            ("finance_department_reviewer", Who::Finance),
            ("task_force_lead", Who::Lead),
            (staff::HEAD, Who::Chief),
            ("approval_secretary", Who::Secretary),
            ("registrar", Who::Decider),
        ] {
            staff::office(&stage.asker, unit, role, who).await?;
        }
    }
    for (role, who) in [("registrar", Who::Decider)] {
        staff::office(&stage.asker, &county, role, who).await?;
    }
    Ok(())
}

fn parsed(division: &str) -> Outcome<DivisionCode> {
    Ok(DivisionCode::parse(division)?)
}

fn task_force(division: &str) -> recert::TaskForce {
    let person = |who: Who| format!("persons/{}", who.person().unwrap_or_default());
    let members = [
        (Who::Reviewer, "organization_department"),
        (Who::Establishment, "establishment_office"),
        (Who::Finance, "finance_department"),
    ];
    let members = members.map(|(who, department)| recert::TaskForceMember {
        person: person(who),
        department: department.to_owned(),
    });
    recert::TaskForce {
        division: division.to_owned(),
        lead: person(Who::Lead),
        members: members.to_vec(),
        document_number: "示例组通〔2026〕32号".to_owned(),
    }
}

/// 冻结改革前基数
async fn freeze(stage: &Stage) -> Outcome {
    let freeze = recert::FreezeBaselineRequest {
        name: CAMPAIGN.to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    let answer = stage.decider.recertification().freeze_baseline(patient(freeze)).await?;
    let campaign = there(answer.into_inner().campaign, "重新认定工作")?;
    let baseline = there(campaign.baseline, "改革前基数")?;
    let before = there(baseline.before, "改革前基数")?;
    ensure!(before.units > 5 && before.headcount > 0, "基数应不为空:{before:?}");
    println!(
        "  {CAMPAIGN}:{BASELINE} 基数冻结,参照管理单位 {} 个、编制 {} 名;此后只减不增",
        thousands(before.units.unsigned_abs()),
        thousands(before.headcount.unsigned_abs())
    );
    Ok(())
}

/// 摸底、三清 of the units of the story.
pub(crate) async fn surveys(stage: &mut Stage, cast: &Cast) -> Outcome {
    stage.step("摸底填报、签署、三清确认", "what units say of themselves; three clears");
    let ends = ["njz", "njfw", "xmz", "sdz"];
    let county = ends.map(|end| (cast.of_county(end), &cast.bureau));
    let provincial = ["njtz", "nyxx"].map(|end| (cast.provincial(end), &cast.agency));
    for (unit, signer) in provincial.into_iter().chain(county) {
        let name = format!("{CAMPAIGN}/surveys/{}", unit.trim_start_matches("units/"));
        let submit = recert::SubmitSurveyRequest {
            name: name.clone(),
            answer: Some(recert::SurveyAnswer {
                functions: "承担行业公共事务管理(演示)".to_owned(),
                staff: 20,
                ..Default::default()
            }),
            request_id: new_id(),
            ..Default::default()
        };
        stage.asker.recertification().submit_survey(submit).await?;
        let sign = recert::SignSurveyRequest {
            name: name.clone(),
            request_id: new_id(),
            ..Default::default()
        };
        signer.recertification().sign_survey(sign).await?;
        let clear = || recert::Clear { clear: Some(true), evidence: vec![cast.document.clone()] };
        let confirm = recert::ConfirmThreeClearRequest {
            name,
            three_clear: Some(recert::ThreeClear {
                staff: Some(clear()),
                documents: Some(clear()),
                functions: Some(clear()),
            }),
            request_id: new_id(),
            ..Default::default()
        };
        let answer = stage.decider.recertification().confirm_three_clear(confirm).await?;
        let survey = there(answer.into_inner().survey, "摸底表")?;
        ensure!(survey.three_clear_complete, "{} 三清应已完成", survey.name);
    }
    println!("  6 个单位填报,填报人以外的人签署,三清(人员底数、编制文件、职能设置)均附佐证");
    Ok(())
}

/// Opens a phase, or goes on with it.
pub(crate) async fn open(stage: &Stage, phase: CampaignPhase) -> Outcome<recert::Campaign> {
    let open = recert::OpenPhaseRequest {
        name: CAMPAIGN.to_owned(),
        phase: phase.into(),
        request_id: new_id(),
        ..Default::default()
    };
    let answer = stage.decider.recertification().open_phase(open).await?;
    there(answer.into_inner().campaign, "重新认定工作")
}

/// Takes no more cases in, and closes the phase: all are decided.
pub(crate) async fn close(stage: &Stage, phase: CampaignPhase) -> Outcome {
    let end = recert::EndIntakeRequest {
        name: CAMPAIGN.to_owned(),
        phase: phase.into(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.decider.recertification().end_intake(end).await?;
    let close = recert::ClosePhaseRequest {
        name: CAMPAIGN.to_owned(),
        phase: phase.into(),
        request_id: new_id(),
        ..Default::default()
    };
    let answer = stage.decider.recertification().close_phase(close).await?;
    let campaign = there(answer.into_inner().campaign, "重新认定工作")?;
    let standing = campaign.phases.iter().find(|one| one.phase() == phase);
    let state = there(standing, "阶段")?.state();
    ensure!(state == PhaseState::Closed, "阶段应已结束,实际 {state:?}");
    Ok(())
}

/// 只减不增对比 of the province.
pub(crate) fn show_scopes(scopes: &[recert::ScopeLine]) {
    let mut table = Table::new(&["范围", "改革前", "已认定", "本批后", "余量(单位/编制)"], 1);
    let figures = |one: &Option<recert::ScopeFigures>| match one {
        Some(one) => format!("{}/{}", one.units, thousands(one.headcount.unsigned_abs())),
        None => "-".to_owned(),
    };
    for line in scopes {
        let room = line.room.unwrap_or_default();
        table.row([
            line.label.clone(),
            figures(&line.before),
            figures(&line.committed),
            figures(&line.after),
            format!("{}/{}", room.units, room.headcount),
        ]);
    }
    table.print();
}

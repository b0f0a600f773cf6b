//! One county bureau's round of promotion, from the plan to the filing: six who reach the
//! years are candidates and nothing more; one withdraws, one is reported in the notice and
//! suspended, one is refused, three are appointed and filed. A demonstration's clock lets
//! the days of the notice pass.

use std::time::{Duration, Instant};

use jiff::civil::Date;
use promotion::PromotionRequestState as State;
use quanheng_api::date;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Program, staff};

use crate::load::Roster;
use crate::outcome::{Outcome, ensure, refused, there};
use crate::people::{Member, rank_name};
use crate::stage::{Stage, basis, new_id, patient, set, shown};
use crate::table::Table;
use crate::units::Unit;

pub(crate) const ROUND: &str = "promotionRounds/nyj-2026-2";
const FROM: &str = "GM10";
const TO: &str = "GM09";
/// The story needs so many candidates.
const CANDIDATES: usize = 6;
/// A day after the notice, whatever holidays lie in between.
pub(crate) const AFTER_NOTICE: &str = "2026-11-24T09:00:00+08:00";

/// A candidate, with the name of the request.
struct Candidate {
    member: Member,
    request: String,
}

impl Candidate {
    /// A task of the request's case, by its number in the default flow.
    fn task(&self, nr: u32) -> String {
        format!(
            "approvalTasks/request.{}.{nr}",
            self.request.trim_start_matches("promotionRequests/")
        )
    }
}

/// 晋升批次
pub(crate) async fn round(stage: &mut Stage, unit: &Unit, roster: &Roster) -> Outcome {
    let hold = plan(stage, unit).await?;
    let candidates = candidates(stage, roster).await?;
    let named = submitted(stage, &candidates).await?;
    let decided = chosen(stage, &named).await?;
    noticed(stage, &decided).await?;
    pass_the_notice(stage, &decided).await?;
    let appointed = approved(stage, unit, &decided).await?;
    filed(stage, &named, &appointed, &hold).await
}

/// 工作方案、职数预审
async fn plan(stage: &mut Stage, unit: &Unit) -> Outcome<String> {
    stage.step("晋升批次:工作方案、职数预审", "a round of promotion: plan and pre-review");
    let account = unit.account();
    let plan = promotion::PromotionPlan {
        title: format!("{}2026年第2批职级晋升", unit.row.name),
        scope: "本单位四级主任科员".to_owned(),
        ranks: vec![promotion::PlannedRank { rank: TO.to_owned(), seats: 6 }],
        conditions: "符合规定的基本条件和资格条件".to_owned(),
        timetable: vec![promotion::Milestone {
            what: "完成备案".to_owned(),
            by: Some(date(jiff::civil::date(2026, 12, 20))),
        }],
    };
    let create = promotion::CreatePromotionRoundRequest {
        unit: unit.name(),
        account: account.clone(),
        plan: Some(plan),
        round_id: ROUND.trim_start_matches("promotionRounds/").to_owned(),
        request_id: new_id(),
        validate_only: false,
    };
    stage.asker.promotion().create_promotion_round(create).await?;
    let meeting = format!("approvalTasks/round.{}.2", ROUND.trim_start_matches("promotionRounds/"));
    stage.secretary.tasks().record_meeting(staff::unanimous(meeting)).await?;
    println!("  {} {}:方案经党组研究通过", unit.row.name, ROUND);
    let ask = quota::RequestPreReviewRequest {
        account,
        unit: unit.name(),
        moves: vec![quota::Move { leaves: FROM.to_owned(), to: TO.to_owned() }; CANDIDATES],
        unit_opinion: "经党组会议研究,同意申报".to_owned(),
        hold_id: "nyj-2026-2".to_owned(),
        basis: basis(21, crate::today()),
        request_id: new_id(),
        ..Default::default()
    };
    let asked = stage.asker.quota().request_pre_review(ask).await?.into_inner();
    let hold = there(asked.pre_review, "预审")?.name;
    let people = [&stage.secretary, &stage.reviewer, &stage.head];
    staff::grant(people, &hold, basis(22, crate::today())).await?;
    let attach = promotion::AttachPreReviewRequest {
        name: ROUND.to_owned(),
        hold: hold.clone(),
        request_id: new_id(),
        ..Default::default()
    };
    let opened = stage.asker.promotion().attach_pre_review(attach).await?.into_inner();
    let opened = there(opened.round, "批次")?;
    ensure!(
        opened.state() == promotion::PromotionRoundState::Opened,
        "预审通过后批次应可申报,实际 {:?}",
        opened.state()
    );
    println!("  预审 {hold}:{CANDIDATES} 个三级主任科员职数,已占用");
    Ok(hold)
}

/// Who reaches the years: candidates, and no decision.
async fn candidates(stage: &mut Stage, roster: &Roster) -> Outcome<Vec<Candidate>> {
    stage.step("任职年限期满者为人选,不是“到点就提”", "reaching the years makes candidates");
    let members: Vec<&Member> =
        roster.members.iter().filter(|member| member.rank.as_deref() == Some(FROM)).collect();
    for member in &members {
        assessed(stage, member).await?;
    }
    let questions = members.iter().map(|member| promotion::EligibilityQuestion {
        subject: Some(promotion::eligibility_question::Subject::Person(member.name())),
        rank: TO.to_owned(),
        ..Default::default()
    });
    let check = promotion::BatchCheckEligibilityRequest {
        questions: questions.collect(),
        on: Some(date(crate::today())),
        min_position: stage.head_position().await?,
        ..Default::default()
    };
    let checked = stage.asker.promotion().batch_check_eligibility(patient(check)).await?;
    let mut table = Table::new(&["人员", "现职级", "任职级时间", "结果", "最早"], 9);
    let mut found = Vec::new();
    for (member, result) in members.iter().zip(checked.into_inner().results) {
        let outcome = there(result.outcome, "审核结果")?;
        let promotion::eligibility_result::Outcome::Eligibility(told) = outcome else {
            return Err(crate::outcome::Fault::new(format!("{} 不能审核", member.id)));
        };
        let earliest = shown(told.earliest_on.as_ref());
        let result = if told.candidate { "人选" } else { "不符合" };
        table.row([
            member.name(),
            rank_name(FROM).to_owned(),
            member.since.to_string(),
            result.to_owned(),
            earliest,
        ]);
        if told.candidate {
            found.push((*member).clone());
        }
    }
    table.print();
    println!("  {} 人为人选;没有作出任何决定", found.len());
    ensure!(found.len() >= CANDIDATES, "人选应至少 {CANDIDATES} 名,实际 {}", found.len());
    let named = found.into_iter().take(CANDIDATES).zip(1..);
    let named = named.map(|(member, nr)| Candidate {
        member,
        request: format!("promotionRequests/nyj-2026-2-{nr}"),
    });
    Ok(named.collect())
}

/// The roster holds five years of results; the others are recorded.
async fn assessed(stage: &Stage, member: &Member) -> Outcome {
    let known: Vec<u32> = member.row().assessments.iter().map(|one| one.year).collect();
    let years = (member.since.year()..=2025)
        .filter(|year| !known.contains(&u32::from(year.unsigned_abs())));
    let events = years.map(|year| registry::PersonEvent {
        basis: basis(23, Date::constant(2026, 3, 2)),
        event: Some(registry::person_event::Event::RecordAssessment(registry::Assessment {
            year: year.into(),
            result: "competent".to_owned(),
            confirmed_on: Some(date(jiff::civil::date(year + 1, 2, 15))),
            raw: "称职".to_owned(),
        })),
    });
    let request = registry::RecordPersonEventsRequest {
        name: member.name(),
        events: events.collect(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.registrar.registry().record_person_events(request).await?;
    Ok(())
}

/// 提出人选、资格审核、民主推荐
async fn submitted<'c>(stage: &mut Stage, all: &'c [Candidate]) -> Outcome<Vec<&'c Candidate>> {
    stage.step("资格审核、民主推荐、考察", "eligibility review, recommendation, vetting");
    for candidate in all {
        let create = promotion::CreatePromotionRequestRequest {
            round: ROUND.to_owned(),
            person: candidate.member.name(),
            rank: TO.to_owned(),
            nomination: "德才表现和工作实绩突出(演示)".to_owned(),
            conditions: conditions(),
            promotion_request_id: candidate
                .request
                .trim_start_matches("promotionRequests/")
                .to_owned(),
            request_id: new_id(),
            ..Default::default()
        };
        stage.asker.promotion().create_promotion_request(create).await?;
        let submit = promotion::SubmitPromotionRequestRequest {
            name: candidate.request.clone(),
            request_id: new_id(),
            ..Default::default()
        };
        stage.asker.promotion().submit_promotion_request(submit).await?;
    }
    println!("  提出 {} 名人选,逐人送组织部门资格审核", all.len());
    decide(stage, all.iter().map(|one| (one.task(2), true)).collect(), false).await?;
    println!("  资格审核通过 {} 名(批量办理,逐项有结果)", all.len());
    let recommend = promotion::RecordRecommendationRequest {
        round: ROUND.to_owned(),
        voters: 32,
        valid_ballots: 30,
        votes: all
            .iter()
            .zip([27, 26, 25, 22, 24, 19])
            .map(|(one, votes)| promotion::RequestVotes { request: one.request.clone(), votes })
            .collect(),
        request_id: new_id(),
        validate_only: false,
    };
    stage.asker.promotion().record_recommendation(recommend).await?;
    println!("  民主推荐:参加 32 人,有效票 30 张");
    let withdraw = promotion::WithdrawPromotionRequestRequest {
        name: all[CANDIDATES - 1].request.clone(),
        reason: "本人申请退出".to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.asker.promotion().withdraw_promotion_request(withdraw).await?;
    println!("  {} 撤回:所占职数同时释放", all[CANDIDATES - 1].request);
    Ok(all.iter().collect())
}

fn conditions() -> Vec<promotion::BasicCondition> {
    use promotion::BasicConditionKind::{Ability, Conduct, Political, Recognition, Seniority};
    let kinds = [Political, Ability, Recognition, Seniority, Conduct];
    let condition = |kind: promotion::BasicConditionKind| promotion::BasicCondition {
        kind: kind.into(),
        passed: true,
        note: "符合".to_owned(),
    };
    kinds.into_iter().map(condition).collect()
}

/// Decides several tasks at once, each with an outcome of its own.
async fn decide(stage: &Stage, tasks: Vec<(String, bool)>, approval: bool) -> Outcome {
    let decision = |(task, approve): (String, bool)| approval::TaskDecision {
        task,
        verdict: match approve {
            true => approval::Verdict::Approve.into(),
            false => approval::Verdict::Refuse.into(),
        },
        opinion: if approve { "同意" } else { "岗位贡献尚不突出,暂不晋升" }.to_owned(),
        basis: if approval { basis(24, jiff::civil::date(2026, 11, 24)) } else { None },
        minutes_ref: if approval {
            "部务会纪要〔2026〕11号".to_owned()
        } else {
            String::new()
        },
        etag: String::new(),
        meeting: None,
    };
    let request = approval::BatchDecideTasksRequest {
        decisions: tasks.into_iter().map(decision).collect(),
        atomic: false,
        request_id: new_id(),
        validate_only: false,
    };
    let who = if approval { &stage.head } else { &stage.reviewer };
    let answer = who.tasks().batch_decide_tasks(request).await?.into_inner();
    for result in answer.results {
        if let Some(approval::task_decision_result::Outcome::Failure(failure)) = result.outcome {
            let what = format!("批量办理被拒:{} {}", failure.reason, failure.message);
            return Err(crate::outcome::Fault::new(what));
        }
    }
    Ok(())
}

/// 考察、党组会议确定拟晋升人选
async fn chosen<'c>(stage: &mut Stage, named: &[&'c Candidate]) -> Outcome<Vec<&'c Candidate>> {
    let left: Vec<&Candidate> = named[..CANDIDATES - 1].to_vec();
    for candidate in &left {
        let vet = promotion::RecordVettingRequest {
            name: candidate.request.clone(),
            vetting: Some(promotion::Vetting {
                method: "个别谈话".to_owned(),
                interviews: "谈话 6 人,评价良好(演示)".to_owned(),
                file_check: "档案核查无异常".to_owned(),
                discipline_opinion: "无不良反映".to_owned(),
                integrity_reply: "同意".to_owned(),
            }),
            request_id: new_id(),
            ..Default::default()
        };
        stage.asker.promotion().record_vetting(vet).await?;
        stage.secretary.tasks().record_meeting(staff::unanimous(candidate.task(5))).await?;
    }
    println!("  考察 {0} 名;党组会议确定拟晋升人选 {0} 名", left.len());
    Ok(left)
}

/// 公示
async fn noticed(stage: &mut Stage, decided: &[&Candidate]) -> Outcome {
    stage.step("公示,收到一人反映", "public notice; one is reported and suspended alone");
    let post = promotion::PostNoticeRequest {
        round: ROUND.to_owned(),
        entries: decided
            .iter()
            .map(|one| promotion::NoticeEntry {
                request: one.request.clone(),
                ..Default::default()
            })
            .collect(),
        text: "经党组会议研究,拟晋升下列同志职级,现予公示。".to_owned(),
        channels: vec!["单位公示栏".to_owned(), "内部办公网".to_owned()],
        phone: "0713-0000000".to_owned(),
        start_on: None,
        request_id: new_id(),
        validate_only: false,
    };
    let posted = stage.asker.promotion().post_notice(post).await?.into_inner();
    println!(
        "  {} 起公示 {} 名,至 {}(5 个工作日)",
        crate::today(),
        posted.requests.len(),
        shown(posted.last_day.as_ref())
    );
    let reported = decided[CANDIDATES - 2];
    let feedback = promotion::RecordNoticeFeedbackRequest {
        name: reported.request.clone(),
        reporter: "署名来信".to_owned(),
        text: "反映其加班考勤记录有出入(演示)".to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    stage.asker.promotion().record_notice_feedback(feedback).await?;
    println!("  {} 因反映中止,其他人选继续", reported.request);
    let early = promotion::CloseNoticeRequest {
        requests: vec![decided[0].request.clone()],
        result: "未收到反映".to_owned(),
        request_id: new_id(),
        validate_only: false,
    };
    println!("  公示未满即结束:");
    let early = stage.asker.promotion().close_notice(early).await;
    crate::rules::show_refusal(&refused("提前结束公示", early, "NOTICE_TOO_SHORT")?);
    Ok(())
}

/// The days of the notice pass by the demonstration's clock, which nobody has otherwise.
async fn pass_the_notice(stage: &mut Stage, decided: &[&Candidate]) -> Outcome {
    let clock = format!("demo.clock={AFTER_NOTICE}");
    let moved = Program::new(["serve", "--listen", "127.0.0.1:0", "--set", &clock]).run().await;
    ensure!(moved.code != Some(0), "演示时钟在演示模式之外应被拒绝");
    println!("  演示时钟在演示模式之外:拒绝启动 refused outside demo mode");
    stage.restart_at(AFTER_NOTICE).await?;
    println!("  演示时钟拨至 {AFTER_NOTICE}");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut ended = 0;
        for candidate in &decided[..CANDIDATES - 2] {
            let state = state(stage, &candidate.request).await?;
            ended += usize::from(state == State::NoticeEnded);
        }
        if ended == CANDIDATES - 2 {
            break;
        }
        ensure!(Instant::now() < deadline, "公示期满后一分钟内没有进入下一步");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!("  公示期满 {} 名", CANDIDATES - 2);
    Ok(())
}

async fn state(stage: &Stage, request: &str) -> Outcome<State> {
    let get =
        promotion::GetPromotionRequestRequest { name: request.to_owned(), ..Default::default() };
    let answer = stage.asker.promotion().get_promotion_request(patient(get)).await?.into_inner();
    Ok(there(answer.request, "申请")?.state())
}

/// 审批、任职
async fn approved<'c>(
    stage: &mut Stage,
    unit: &Unit,
    decided: &[&'c Candidate],
) -> Outcome<Vec<&'c Candidate>> {
    stage.step("审批、任职", "approval, appointment");
    let left = &decided[..CANDIDATES - 2];
    let close = promotion::CloseNoticeRequest {
        requests: left.iter().map(|one| one.request.clone()).collect(),
        result: "公示期间未收到反映".to_owned(),
        request_id: new_id(),
        validate_only: false,
    };
    stage.asker.promotion().close_notice(close).await?;
    let before = stage.account(&unit.account(), 0).await?;
    let tasks = left.iter().enumerate();
    let tasks = tasks.map(|(nr, one)| (one.task(8), nr + 1 < left.len())).collect();
    decide(stage, tasks, true).await?;
    let (refused, appointed) =
        left.split_last().ok_or_else(|| crate::outcome::Fault::new("没有人选"))?;
    println!("  县委组织部审批:同意 {} 名,{} 不予晋升", appointed.len(), refused.request);
    let confirm = promotion::ConfirmAppointmentRequest {
        requests: appointed.iter().map(|one| one.request.clone()).collect(),
        basis: basis(25, jiff::civil::date(2026, 11, 24)),
        request_id: new_id(),
        validate_only: false,
    };
    let confirmed = stage.decider.promotion().confirm_appointment(confirm).await?.into_inner();
    let after = stage.account(&unit.account(), confirmed.position).await?;
    // The set stays as it is: each leaves a seat of it and takes another.
    ensure!(
        set(&after, "GM07-10")?.charged == set(&before, "GM07-10")?.charged,
        "三级、四级主任科员同组晋升,使用数不应变化"
    );
    for candidate in appointed {
        let get = registry::GetPersonRequest {
            name: candidate.member.name(),
            min_position: confirmed.position,
            as_of: Some(date(jiff::civil::date(2026, 11, 24))),
            ..Default::default()
        };
        let person = stage.registrar.registry().get_person(patient(get)).await?.into_inner();
        let rank = there(person.person, "人员")?.current_rank;
        ensure!(rank == TO, "{} 现职级应为三级主任科员,实际 {rank}", candidate.member.name());
        println!("  {} 任{},台账、登记同时变更", candidate.member.name(), rank_name(TO));
    }
    Ok(appointed.to_vec())
}

/// 备案、办结
async fn filed(
    stage: &mut Stage,
    named: &[&Candidate],
    appointed: &[&Candidate],
    hold: &str,
) -> Outcome {
    stage.step("使用后备案,批次结束", "filing, and the end of the round");
    let file = promotion::FilePromotionRequest {
        requests: appointed.iter().map(|one| one.request.clone()).collect(),
        request_id: new_id(),
        validate_only: false,
    };
    stage.asker.promotion().file_promotion(file).await?;
    let close = promotion::ClosePromotionRoundRequest {
        name: ROUND.to_owned(),
        reason: "本批次办理完毕,中止人选核实后另行办理".to_owned(),
        request_id: new_id(),
        ..Default::default()
    };
    let closed = stage.asker.promotion().close_promotion_round(close).await?.into_inner();
    let list = promotion::ListPromotionRequestsRequest {
        parent: ROUND.to_owned(),
        min_position: closed.position,
        page_size: 100,
        ..Default::default()
    };
    let listed = stage.asker.promotion().list_promotion_requests(patient(list)).await?.into_inner();
    ensure!(listed.requests.len() == named.len(), "花名册应有 {} 人", named.len());
    let mut table = Table::new(&["申请", "人员", "拟任", "状态", "待解决", "文号"], 9);
    let mut counts = [0_usize; 4];
    for request in &listed.requests {
        let label = match request.state() {
            State::Filed => {
                counts[0] += 1;
                "已备案"
            }
            State::Suspended => {
                counts[1] += 1;
                "中止"
            }
            State::Refused => {
                counts[2] += 1;
                "不予晋升"
            }
            State::Withdrawn => {
                counts[3] += 1;
                "撤回"
            }
            other => {
                return Err(crate::outcome::Fault::new(format!("{} 状态 {other:?}", request.name)));
            }
        };
        table.row([
            request.name.clone(),
            request.person.clone(),
            rank_name(&request.rank).to_owned(),
            label.to_owned(),
            request.blockers.join("、"),
            request.document_number.clone(),
        ]);
    }
    table.print();
    ensure!(counts == [CANDIDATES - 3, 1, 1, 1], "各状态人数不对:{counts:?}");
    let get = quota::GetPreReviewRequest { name: hold.to_owned(), min_position: closed.position };
    let review = stage.auditor.quota().get_pre_review(patient(get)).await?.into_inner();
    let moves = there(review.pre_review, "预审")?.moves;
    let held = moves.iter().filter(|one| one.status() == quota::MoveStatus::Held).count();
    ensure!(held == 1, "应只为中止的 1 人保留职数,实际 {held}");
    println!("  预审 {hold}:已使用 3,释放 2,为中止人选保留 1");
    documents(stage, closed.position).await?;
    timeline(stage, appointed).await
}

/// The round's forms as officials print them.
async fn documents(stage: &Stage, min_position: u64) -> Outcome {
    use promotion::RoundDocument::{ApprovalForms, FilingForm, Notice, PreReviewForm, Roster};
    println!(
        "  表格与公示(xlsx、docx),如 quanheng round export {ROUND} --kind notice --to 公示.docx:"
    );
    for kind in [PreReviewForm, Notice, ApprovalForms, FilingForm, Roster] {
        let request = promotion::ExportRoundDocumentsRequest {
            round: ROUND.to_owned(),
            kind: kind.into(),
            min_position,
            ..Default::default()
        };
        let answer = stage.asker.promotion().export_round_documents(patient(request)).await?;
        let mut parts = answer.into_inner();
        let (mut head, mut bytes) = (None, 0);
        while let Some(part) = parts.message().await? {
            match part.part {
                Some(promotion::export_round_documents_response::Part::Head(file)) => {
                    head = Some(file);
                }
                Some(promotion::export_round_documents_response::Part::Content(piece)) => {
                    bytes += piece.len() as u64;
                }
                None => {}
            }
        }
        let head = there(head, "文件")?;
        ensure!(
            bytes > 0 && bytes == head.size,
            "{} 应为 {} 字节,实际 {bytes}",
            head.file_name,
            head.size
        );
        println!("    {} {bytes} 字节", head.file_name);
    }
    Ok(())
}

async fn timeline(stage: &Stage, appointed: &[&Candidate]) -> Outcome {
    let first = there(appointed.first(), "已任职人选")?;
    let get = promotion::GetTimelineRequest { name: first.request.clone(), min_position: 0 };
    let entries = stage.auditor.promotion().get_timeline(patient(get)).await?.into_inner().entries;
    ensure!(entries.len() > 10, "办理过程应逐项可查,实际 {} 项", entries.len());
    println!("  {} 的办理过程共 {} 项,如:", first.request, entries.len());
    for entry in entries.iter().rev().take(4).rev() {
        println!("    {} {}", entry.recorded_at, entry.summary);
    }
    Ok(())
}

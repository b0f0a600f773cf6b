//! The use of seats: asked for by one, decided by another, taken, filed; and how it shows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::staff;
use quota::{MoveStatus, PreReviewState};
use registry::person_event::Event;

use crate::load::Roster;
use crate::outcome::{Fault, Outcome, ensure, refused, there};
use crate::people::{CUT_OVER, DAY_BEFORE, Member, rank_name};
use crate::rules::{request, show_refusal};
use crate::stage::{Stage, adds_up, basis, new_id, patient, set, show_account, shown};
use crate::table::{Table, thousands};
use crate::units::Unit;

/// The last day of which the bundled calendar surely knows the thirty days that follow.
const CALENDAR_KNOWS: Date = Date::constant(2026, 11, 30);

/// The moves of the story: what is left, what is taken.
const MOVES: [(&str, &str); 2] = [("GM09", "GM08"), ("", "GM10")];

/// Seats that were used.
pub(crate) struct Used {
    /// Who took which rank.
    promoted: Vec<(Member, &'static str)>,
    hold: String,
    on: Date,
    position: u64,
}

/// 预审、占用、备案
pub(crate) async fn used(stage: &mut Stage, unit: &Unit, roster: &Roster) -> Outcome<Used> {
    stage.step("预审、占用、备案", "pre-review, occupation, filing");
    let name = unit.account();
    let before = stage.account(&name, 0).await?;
    println!("  {name} {}", unit.row.name);
    show_account(&before)?;

    let ask = request(&name, &unit.name(), &MOVES);
    let asked = stage.asker.quota().request_pre_review(ask).await?.into_inner();
    let asked = there(asked.pre_review, "预审")?;
    ensure!(asked.state() == PreReviewState::Pending, "申报后应为待预审,实际 {:?}", asked.state());
    println!("  {} 申报:三级→二级主任科员、一级科员→四级主任科员", asked.requested_by);

    let (meeting, review, approval) =
        (staff::task(&asked.name, 2), staff::task(&asked.name, 3), staff::task(&asked.name, 4));
    let meet = staff::unanimous(meeting);
    stage.secretary.tasks().record_meeting(meet).await?;
    println!("  党组会议:应到 3 人,实到 3 人,赞成 3 票");
    println!("  申报人自己审核:");
    let own = staff::approve(review.clone(), None);
    let own = stage.asker.tasks().approve_task(own).await;
    show_refusal(&refused("自报自审", own, "ACCESS_DENIED")?);
    let reviewed = staff::approve(review, None);
    stage.reviewer.tasks().approve_task(reviewed).await?;
    println!("  未经集体讨论的批准:");
    let alone = staff::approve(approval.clone(), None);
    let alone = stage.head.tasks().approve_task(alone).await;
    show_refusal(&refused("个人批准", alone, "COLLECTIVE_DECISION_REQUIRED")?);
    let approve = staff::approve(approval, basis(9, crate::today()));
    let position = stage.head.tasks().approve_task(approve).await?.into_inner().position;
    let get = quota::GetPreReviewRequest { name: asked.name, min_position: position };
    let granted = stage.auditor.quota().get_pre_review(patient(get)).await?.into_inner();
    let granted = there(granted.pre_review, "预审")?;
    ensure!(granted.state() == PreReviewState::Held, "应为预审占用,实际 {:?}", granted.state());
    let until = shown(granted.expires_on.as_ref());
    println!("  {} 批准,占用有效期至 {until}", granted.decided_by);
    let held = stage.account(&name, position).await?;
    ensure!(
        (set(&held, "GM07-08")?.held, set(&held, "GM07-10")?.held) == (1, 1),
        "预审占用应各为 1"
    );

    let promoted = promoted(roster)?;
    let on = crate::today().min(CALENDAR_KNOWS);
    let occupants = promoted.iter().zip(0..).map(|((member, _), move_index)| quota::Occupant {
        move_index,
        person: member.name(),
        concurrent: false,
    });
    let occupy = quota::OccupySeatsRequest {
        hold: granted.name.clone(),
        occupants: occupants.collect(),
        basis: basis(10, on),
        request_id: new_id(),
        validate_only: false,
    };
    let taken = stage.decider.quota().occupy_seats(occupy.clone()).await?.into_inner();
    let account = there(taken.account.clone(), "账户")?;
    println!("  任职后 occupied:");
    show_account(&account)?;
    grew(&before, &account)?;
    repeated(stage, &occupy, &taken).await?;
    let used = Used { promoted, hold: granted.name, on, position: taken.position };
    file(stage, &used).await?;
    Ok(used)
}

/// Who is promoted: a 三级主任科员, and somebody without a capped rank.
fn promoted(roster: &Roster) -> Outcome<Vec<(Member, &'static str)>> {
    let with = |rank: &str| {
        let mut members = roster.members.iter();
        let found = members.find(|member| member.rank.as_deref() == Some(rank));
        there(found.cloned(), &format!("{} 的 {rank}", roster.account))
    };
    Ok(vec![(with("GM09")?, "GM08"), (with("GM11")?, "GM10")])
}

fn grew(before: &quota::QuotaAccount, after: &quota::QuotaAccount) -> Outcome {
    for (id, more) in [("GM07-08", 1), ("GM07-10", 1), ("GM05-06", 0)] {
        let (was, is) = (set(before, id)?, set(after, id)?);
        ensure!(is.charged == was.charged + more, "{id} 使用应由 {} 增 {more}", was.charged);
        ensure!(is.held == was.held, "{id} 的预审占用没有消去");
    }
    Ok(())
}

/// A request that is sent again has its answer again, and no second effect.
async fn repeated(
    stage: &Stage,
    request: &quota::OccupySeatsRequest,
    first: &quota::OccupySeatsResponse,
) -> Outcome {
    let again = stage.decider.quota().occupy_seats(request.clone()).await?.into_inner();
    ensure!(again == *first, "同一请求编号再发一次,答复不同");
    let other = quota::OccupySeatsRequest { basis: basis(11, crate::today()), ..request.clone() };
    let other = stage.decider.quota().occupy_seats(other).await;
    let reused = refused("同一编号、不同内容", other, "REQUEST_ID_REUSED")?;
    println!("  同一请求编号再发一次 same request id: 答复相同,位置仍为 {}", again.position);
    println!("  同一编号换了内容:{} · {}", reused.reason, reused.message);
    Ok(())
}

async fn file(stage: &Stage, used: &Used) -> Outcome {
    let persons: Vec<_> = used.promoted.iter().map(|(member, _)| member.name()).collect();
    let file = |persons: Vec<String>| quota::FileUseRequest {
        hold: used.hold.clone(),
        persons,
        request_id: new_id(),
        validate_only: false,
    };
    let mut more = persons.clone();
    more.push("persons/nobody-of-this-unit".to_owned());
    let back = stage.asker.quota().file_use(file(more)).await?.into_inner();
    let returned = there(back.returned, "退回备案")?;
    println!("  多报 1 人的备案:退回 · {} · {}", returned.reason, returned.message);
    ensure!(returned.reason == "MORE_THAN_PRE_REVIEWED", "退回的原因不对:{}", returned.reason);
    let filed = stage.asker.quota().file_use(file(persons)).await?.into_inner();
    ensure!(filed.returned.is_none(), "备案被退回:{:?}", filed.returned);
    let review = there(filed.pre_review, "预审")?;
    let done = |m: &quota::HeldMove| m.status() == MoveStatus::Used && m.filed;
    ensure!(
        review.state() == PreReviewState::Closed && review.moves.iter().all(done),
        "备案后预审应已办结"
    );
    for held in &review.moves {
        let to = held.r#move.as_ref().map(|m| rank_name(&m.to)).unwrap_or_default();
        let due = shown(held.filing_due_on.as_ref());
        println!("  已备案 filed: {} 任{to},备案期限 {due}", held.person);
    }
    Ok(())
}

/// 编制减少 10 名
pub(crate) async fn simulation(stage: &mut Stage, unit: &Unit) -> Outcome {
    stage.step("模拟:编制减少 10 名", "what if the establishment shrank by ten");
    let name = unit.account();
    let request = quota::SimulateUseRequest {
        account: name.clone(),
        base_change: -10,
        moves: vec![quota::Move { leaves: "GM09".to_owned(), to: "GM08".to_owned() }],
        ..quota::SimulateUseRequest::default()
    };
    let before = stage.account(&name, 0).await?;
    let answer = stage.auditor.quota().simulate_use(request).await?.into_inner();
    let (was, would) = (there(answer.before, "现状")?, there(answer.after, "模拟结果")?);
    ensure!(would.base + 10 == was.base, "基数应减少 10");
    let headings = ["职级", "现设置", "现空缺", "将设置", "将空缺", "标记"];
    let mut table = Table::new(&headings, 1);
    for balance in &was.sets {
        let then = set(&would, &balance.set)?;
        table.row([
            balance.label.clone(),
            balance.determined.to_string(),
            balance.vacancy.to_string(),
            then.determined.to_string(),
            then.vacancy.to_string(),
            then.badge.clone(),
        ]);
    }
    table.print();
    for set in would.sets.iter().filter(|set| set.vacancy < 0) {
        ensure!(answer.over_quota_sets.contains(&set.set), "{} 超职数而未列出", set.set);
    }
    ensure!(!answer.over_quota_sets.is_empty(), "减少 10 名编制后应有职级超职数");
    println!("  将超职数 over quota: {}", answer.over_quota_sets.join("、"));
    ensure!(!answer.refusals.is_empty(), "超职数后再晋升应被拒绝");
    for refusal in &answer.refusals {
        println!("  届时再晋升 1 名二级主任科员:{} · {}", refusal.reason, refusal.message);
    }
    let after = stage.account(&name, 0).await?;
    ensure!(after == before, "模拟改动了账户");
    println!("  账户未变 nothing changed: 版本 {}", after.version);
    Ok(())
}

async fn differences(stage: &Stage, account: &str) -> Outcome<quota::ReconcileAccountResponse> {
    let request = quota::ReconcileAccountRequest {
        account: account.to_owned(),
        ..quota::ReconcileAccountRequest::default()
    };
    Ok(stage.auditor.quota().reconcile_account(request).await?.into_inner())
}

/// 核对: the ledger knows the promotions, the register does not yet.
pub(crate) async fn reconciliation(stage: &mut Stage, unit: &Unit, used: &Used) -> Outcome {
    stage.step("台账与登记核对", "ledger against registry");
    let found = differences(stage, &unit.account()).await?;
    println!(
        "  核对台账 {} 人、登记 {} 人,发现 {} 处不符:",
        thousands(found.holders_checked),
        thousands(found.registered_checked),
        found.findings.len()
    );
    for finding in &found.findings {
        println!(
            "    {} {} {}:台账 {},登记 {}",
            finding.code,
            finding.message,
            finding.person,
            rank_name(&finding.in_ledger),
            rank_name(&finding.in_registry)
        );
    }
    let mut persons: Vec<_> = found.findings.iter().map(|f| f.person.clone()).collect();
    let mut expected: Vec<_> = used.promoted.iter().map(|(member, _)| member.name()).collect();
    persons.sort();
    expected.sort();
    let differ = found.findings.iter().all(|finding| finding.code == "RANK_DIFFERS");
    ensure!(differ && persons == expected, "不符的应恰为刚任职的 {expected:?}");

    for (member, rank) in &used.promoted {
        register(stage, member, rank, used.on).await?;
    }
    let found = differences(stage, &unit.account()).await?;
    ensure!(found.findings.is_empty(), "补登记后仍不符:{:?}", found.findings);
    println!("  登记补录两人的任职后再核对:无不符");
    Ok(())
}

/// The promotion as the register has it.
async fn register(stage: &Stage, member: &Member, rank: &str, on: Date) -> Outcome {
    let taken = registry::RankSpell {
        category: "general_management".to_owned(),
        rank: rank.to_owned(),
        from: Some(date(on)),
        reason: registry::RankReason::Promotion.into(),
        ..registry::RankSpell::default()
    };
    let event = registry::PersonEvent { basis: basis(10, on), event: Some(Event::TakeRank(taken)) };
    let request = registry::RecordPersonEventsRequest {
        name: member.name(),
        events: vec![event],
        request_id: new_id(),
        ..registry::RecordPersonEventsRequest::default()
    };
    let answer = stage.registrar.registry().record_person_events(request).await?.into_inner();
    let person = there(answer.person, "人员")?;
    ensure!(person.current_rank == rank, "{} 现职级应为 {rank}", member.name());
    Ok(())
}

/// 台账分录
pub(crate) async fn entries(stage: &mut Stage, unit: &Unit, used: &Used) -> Outcome {
    stage.step("台账分录(复式)", "ledger entries");
    let request = quota::ListLedgerEntriesRequest {
        parent: unit.account(),
        min_position: used.position,
        page_size: 100,
        ..quota::ListLedgerEntriesRequest::default()
    };
    let page = stage.auditor.quota().list_ledger_entries(patient(request)).await?.into_inner();
    let mut table = Table::new(&["版本", "生效", "文号", "经办", "分录", "过账"], 9);
    for entry in &page.entries {
        table.row([
            entry.version.to_string(),
            shown(entry.effective_on.as_ref()),
            entry.document_number.clone(),
            entry.principal.trim_start_matches("principals/").to_owned(),
            entry.summary.clone(),
            moved(entry, "GM07-08"),
        ]);
    }
    table.print();
    println!("  (过账一栏只列一级、二级主任科员)");
    let account = stage.account(&unit.account(), used.position).await?;
    for balance in &account.sets {
        ensure!(
            booked(&page.entries, &balance.set) == i128::from(balance.available),
            "{} 的分录合计与可用空缺 {} 不符",
            balance.set,
            balance.available
        );
    }
    println!("  各职级组分录合计均等于可用空缺 entries add up to the balances");
    Ok(())
}

/// What an entry moves in a set: 空缺→使用 11.
fn moved(entry: &quota::LedgerEntry, set: &str) -> String {
    let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for posting in entry.postings.iter().filter(|posting| posting.set == set) {
        *sums.entry((place(&posting.from), place(&posting.to))).or_default() += posting.seats;
    }
    let sums = sums.iter().map(|((from, to), seats)| format!("{from}→{to} {seats}"));
    sums.collect::<Vec<_>>().join(";")
}

/// What entries leave available in a set.
fn booked(entries: &[quota::LedgerEntry], set: &str) -> i128 {
    let postings = entries.iter().flat_map(|entry| &entry.postings);
    let postings = postings.filter(|posting| posting.set == set);
    let seats = postings.map(|posting| {
        let seats = i128::from(posting.seats);
        let into = if posting.to == "available" { seats } else { 0 };
        let out = if posting.from == "available" { seats } else { 0 };
        into - out
    });
    seats.sum()
}

fn place(place: &str) -> &str {
    match place {
        "determination" => "核定",
        "available" => "空缺",
        "reserved" => "预留",
        "held" => "预审占用",
        "occupied" => "使用",
        "exemption" => "不占职数",
        other => other,
    }
}

/// 以往日期的余额
pub(crate) async fn as_of(stage: &mut Stage, unit: &Unit, used: &Used) -> Outcome {
    stage.step("以往日期的余额", "balances as of earlier days");
    let name = unit.account();
    let now = stage.account(&name, used.position).await?;
    let early = stage.account_on(&name, used.position, Some(DAY_BEFORE)).await?;
    let opened = stage.account_on(&name, used.position, Some(CUT_OVER)).await?;
    let mut table = Table::new(&["日期", "设置", "使用", "空缺"], 1);
    let mut charged = Vec::new();
    for (day, account) in [
        (DAY_BEFORE.to_string(), &early),
        (CUT_OVER.to_string(), &opened),
        ("今日".to_owned(), &now),
    ] {
        adds_up(account)?;
        let balance = set(account, "GM07-10")?;
        charged.push(balance.charged);
        table.row([
            format!("{day} 一级至四级主任科员"),
            balance.determined.to_string(),
            balance.charged.to_string(),
            balance.vacancy.to_string(),
        ]);
    }
    table.print();
    let [before, at, today] = charged[..] else { return Err(Fault::new("缺少一天的余额")) };
    ensure!(before == 0 && at > 0, "启用日前使用应为 0、当日不为 0");
    ensure!(today == at + 1, "今日使用应比启用日多 1");
    Ok(())
}

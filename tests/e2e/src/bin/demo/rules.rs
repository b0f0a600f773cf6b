//! What the rules give, and what they refuse: entitlements with their working, an account
//! beyond its seats, and seats of lower levels that higher ones ask for.

use jiff::civil::Date;
use quanheng_api::quanheng::quota::v1 as quota;
use quota::compute_entitlement_request::Subject;

use crate::load::Accounts;
use crate::outcome::{Outcome, Refusal, ensure, refused, there};
use crate::people::rank_name;
use crate::stage::{Stage, basis, new_id, set, show_account};
use crate::table::Table;
use crate::units::{Unit, World};

/// Seats that the unit of the story holds beyond its quota.
pub(crate) const OVER: u64 = 2;
pub(crate) const OVER_SET: &str = "GM07-08";

pub(crate) fn show_refusal(refusal: &Refusal) {
    println!("  拒绝 refused: {:?} · {}", refusal.code, refusal.reason);
    match &refusal.rules[..] {
        [] | [_] => println!("    {}", refusal.message),
        // Every rule that refuses is told.
        rules => rules.iter().for_each(|(code, subject, message)| {
            println!("    {code}({subject}):{message}");
        }),
    }
    let facts = refusal.facts.iter().filter(|(key, _)| *key != "account");
    let facts: Vec<_> = facts.map(|(key, value)| format!("{key}={value}")).collect();
    if !facts.is_empty() {
        println!("    依据 facts: {}", facts.join(" "));
    }
}

/// 核定过程
pub(crate) async fn entitlement(stage: &mut Stage, unit: &Unit, accounts: &Accounts) -> Outcome {
    stage.step("按比例应得职数,附核定过程与依据", "an entitlement with its working");
    let request = quota::ComputeEntitlementRequest {
        subject: Some(Subject::Unit(unit.name())),
        ..quota::ComputeEntitlementRequest::default()
    };
    let answer = stage.auditor.quota().compute_entitlement(request).await?.into_inner();
    let found = there(answer.entitlement, "核定过程")?;
    println!(
        "  {} {},比例类别 {},核定基数 {}",
        unit.name(),
        unit.row.name,
        found.quota_class,
        found.base
    );
    ensure!(found.base == u64::from(unit.slots()), "基数应为编制数 {}", unit.slots());
    for line in &found.lines {
        let part = if line.of.is_empty() { "" } else { "  其中 " };
        println!("    {part}{}", line.working);
        let ratio = there(line.ratio, "比例")?;
        let exact = ratio.numerator * line.whole / ratio.denominator;
        ensure!(line.cap == exact, "{} 应向下取整为 {exact},实际 {}", line.label, line.cap);
    }
    let uncapped: Vec<_> = found.uncapped.iter().map(|rank| rank_name(rank)).collect();
    println!("    不限比例:{}", uncapped.join("、"));
    for source in &found.sources {
        println!("    依据 {}({} {})", source.article, source.profile, source.key);
    }
    ensure!(!found.sources.is_empty(), "核定过程没有依据");
    let determined = there(accounts.get(&unit.name()), "账户")?;
    ensure!(determined.policy_hash == found.policy_hash, "核定时与现行的政策参数不一致");
    Ok(())
}

/// A class without ratios is refused, never guessed.
pub(crate) async fn no_table(stage: &mut Stage, world: &World) -> Outcome {
    let Some(unit) = &world.without_table else { return Ok(()) };
    stage.step("政策未定比例的类别", "a class that no ratio table names");
    let request = quota::ComputeEntitlementRequest {
        subject: Some(Subject::Unit(format!("units/{unit}"))),
        ..quota::ComputeEntitlementRequest::default()
    };
    let answer = stage.auditor.quota().compute_entitlement(request).await;
    let refusal = refused("无比例表的单位", answer, "NO_RATIO_TABLE")?;
    println!("  units/{unit}(副省级城市领导班子,公开文本未见比例)");
    show_refusal(&refusal);
    Ok(())
}

/// A pre-review as a unit asks for it.
pub(crate) fn request(
    account: &str,
    unit: &str,
    moves: &[(&str, &str)],
) -> quota::RequestPreReviewRequest {
    let moves = moves
        .iter()
        .map(|(leaves, to)| quota::Move { leaves: (*leaves).to_owned(), to: (*to).to_owned() });
    quota::RequestPreReviewRequest {
        account: account.to_owned(),
        unit: unit.to_owned(),
        moves: moves.collect(),
        unit_opinion: "经党组集体研究,同意申报(演示)".to_owned(),
        hold_id: String::new(),
        basis: basis(7, crate::today()),
        request_id: new_id(),
        validate_only: false,
    }
}

async fn findings(stage: &Stage, account: &str) -> Outcome<Vec<quota::Finding>> {
    let request = quota::ReconcileAccountRequest {
        account: account.to_owned(),
        ..quota::ReconcileAccountRequest::default()
    };
    Ok(stage.auditor.quota().reconcile_account(request).await?.into_inner().findings)
}

/// 超职数: what is refused while it lasts, and the plan to digest it.
pub(crate) async fn over_quota(stage: &mut Stage, unit: &Unit) -> Outcome {
    stage.step("超职数单位:期初带入,只减不增", "over quota since cut-over");
    let name = unit.account();
    let account = stage.account(&name, 0).await?;
    println!("  {name} {}", unit.row.name);
    show_account(&account)?;
    let balance = set(&account, OVER_SET)?;
    let over = i64::try_from(OVER).unwrap_or(0);
    ensure!(balance.vacancy == -over, "应超 {OVER} 个,实际空缺 {}", balance.vacancy);
    ensure!(account.over_quota && balance.badge == format!("超 {OVER}"), "没有超职数标记");
    ensure!(balance.forced_by == "opening_balance", "没有说明超职数来自期初");

    println!("  申请三级主任科员晋升二级主任科员:");
    let more = request(&name, &unit.name(), &[("GM09", "GM08")]);
    let more = stage.asker.quota().request_pre_review(more).await;
    let refusal = refused("超职数时再用职数", more, "INSUFFICIENT_AVAILABLE")?;
    ensure!(refusal.figure("available")? == -over, "拒绝所说的可用空缺不对:{refusal}");
    show_refusal(&refusal);

    let found = findings(stage, &name).await?;
    ensure!(found.iter().any(|f| f.code == "V-QT-3"), "核对没有发现超职数且无消化计划");
    let plan = |quarters: &[(i32, u32, quota::DigestionRoute)]| quota::SetDigestionPlanRequest {
        account: name.clone(),
        steps: quarters
            .iter()
            .map(|(year, quarter, route)| step(*year, *quarter, *route))
            .collect(),
        basis: basis(8, crate::today()),
        request_id: new_id(),
        validate_only: false,
        etag: String::new(),
    };
    let (soon, later) = quarters(crate::today());
    let half = plan(&[(soon.0, soon.1, quota::DigestionRoute::Retirement)]);
    let half = stage.manager.quota().set_digestion_plan(half).await;
    println!("  只消化 1 个的计划:");
    show_refusal(&refused("不足的消化计划", half, "DIGESTION_PLAN_INCOMPLETE")?);
    let whole = plan(&[
        (soon.0, soon.1, quota::DigestionRoute::Retirement),
        (later.0, later.1, quota::DigestionRoute::Promotion),
    ]);
    let answer = stage.manager.quota().set_digestion_plan(whole).await?.into_inner();
    let planned = there(answer.account, "账户")?;
    ensure!(planned.digestion_plan.len() == 2, "消化计划没有记下");
    println!("  消化计划已定 plan set:");
    for step in &planned.digestion_plan {
        let route = match step.route() {
            quota::DigestionRoute::Retirement => "退休",
            quota::DigestionRoute::Promotion => "职级晋升",
            _ => "其他",
        };
        println!("    {} 年第 {} 季度,{route} {} 个", step.year, step.quarter, step.seats);
    }
    let found = findings(stage, &name).await?;
    ensure!(!found.iter().any(|f| f.code == "V-QT-3"), "有了消化计划,核对仍报 V-QT-3");
    Ok(())
}

fn step(year: i32, quarter: u32, route: quota::DigestionRoute) -> quota::DigestionStep {
    let set = OVER_SET.to_owned();
    quota::DigestionStep { year, quarter, set, route: route.into(), seats: 1 }
}

/// The two quarters after a day's.
fn quarters(day: Date) -> ((i32, u32), (i32, u32)) {
    let at = |ahead: u32| {
        let quarter = u32::from(day.month().unsigned_abs() - 1) / 3 + ahead;
        let years = i32::try_from(quarter / 4).unwrap_or(0);
        (i32::from(day.year()) + years, quarter % 4 + 1)
    };
    (at(1), at(2))
}

/// 上级机关不得占用基层职数: asked for by a bureau of the city.
pub(crate) async fn upward(stage: &mut Stage, city: &Unit, county: &Unit) -> Outcome {
    stage.step("上级机关不得占用基层职数", "a refused upward use");
    let name = county.account();
    let before = stage.account(&name, 0).await?;
    println!("  {}({})申请使用 {name}({})的职数:", city.row.name, city.name(), county.row.name);
    let asked = request(&name, &city.name(), &[("", "GM10")]);
    let answer = stage.asker.quota().request_pre_review(asked).await;
    let refusal = refused("向上占用职数", answer, "UPWARD_USE_FORBIDDEN")?;
    ensure!(
        refusal.code == tonic::Code::FailedPrecondition,
        "应为 FAILED_PRECONDITION,实际 {:?}",
        refusal.code
    );
    let named = refusal.facts.get("unit").is_some_and(|unit| *unit == city.name());
    ensure!(named, "拒绝没有说明是哪个单位:{:?}", refusal.facts);
    show_refusal(&refusal);
    let after = stage.account(&name, 0).await?;
    ensure!(after == before, "被拒绝的申请改动了账户");
    println!("  账户未变 unchanged: 版本 {} → {}", before.version, after.version);
    Ok(())
}

/// Another city's account is not there for those who do not govern it.
pub(crate) async fn jurisdiction(stage: &mut Stage, county: &Unit) -> Outcome {
    stage.step("管辖范围之外的账户", "beyond the jurisdiction");
    let request = quota::GetQuotaAccountRequest {
        name: county.account(),
        ..quota::GetQuotaAccountRequest::default()
    };
    let answer = stage.stranger.quota().get_quota_account(request).await;
    println!("  principals/city-manager(管辖 420100)查询 {}:", county.account());
    show_refusal(&refused("越权查询", answer, "RESOURCE_NOT_FOUND")?);
    Ok(())
}

/// A county pools the seats of its departments and townships (统筹): the pool.
pub(crate) struct Pool {
    pub(crate) account: quota::QuotaAccount,
    /// What the departments earned themselves.
    pub(crate) earned: quota::Entitlement,
}

/// 建立统筹池
pub(crate) async fn pool(stage: &mut Stage, world: &World) -> Outcome<Pool> {
    let county = world.pooling()?;
    stage.step(
        &format!("{}:县直机关与乡镇统筹使用职数", county.place.name),
        "a county pool with its townships",
    );
    let pool_id = format!("{}-tcc", county.place.code);
    let departments = departments(world)?;
    let members = departments.iter().copied().chain(&county.townships);
    let create = quota::CreatePoolRequest {
        pool_id,
        tier: quanheng_api::quanheng::registry::v1::Tier::County.into(),
        kind: quota::PoolKind::Common.into(),
        members: members.map(Unit::name).collect(),
        basis: basis(6, crate::load::DETERMINED),
        request_id: new_id(),
        ..quota::CreatePoolRequest::default()
    };
    let made = stage.manager.quota().create_pool(create).await?.into_inner();
    let made = there(made.account, "统筹池账户")?;
    let determine = quota::DetermineQuotaRequest {
        owner: Some(quota::determine_quota_request::Owner::PoolAccount(made.name.clone())),
        basis: basis(6, crate::load::DETERMINED),
        request_id: new_id(),
        ..quota::DetermineQuotaRequest::default()
    };
    let answer = stage.manager.quota().determine_quota(determine).await?.into_inner();
    let account = there(answer.account, "统筹池账户")?;
    let base = |units: &mut dyn Iterator<Item = &Unit>| -> u64 {
        units.map(|unit| u64::from(unit.slots())).sum()
    };
    let of_county = base(&mut departments.iter().copied());
    let of_townships = base(&mut county.townships.iter());
    ensure!(account.base == of_county + of_townships, "池的基数应为成员基数之和");
    let alone = quota::ComputeEntitlementRequest {
        subject: Some(Subject::PoolAccount(made.name.clone())),
        base: Some(of_county),
        ..quota::ComputeEntitlementRequest::default()
    };
    let alone = stage.auditor.quota().compute_entitlement(alone).await?.into_inner();
    let earned = there(alone.entitlement, "核定过程")?;
    println!(
        "  {}:县直 {} 个单位,基数 {of_county};乡镇 {} 个,基数 {of_townships}",
        account.name,
        departments.len(),
        county.townships.len()
    );
    let mut table = Table::new(&["职级", "全池核定", "县直自身应得", "乡镇应得"], 1);
    for set in &account.sets {
        let own = earned.lines.iter().find(|line| line.set == set.set).map_or(0, |line| line.cap);
        let rest = set.determined.saturating_sub(own);
        table.row([
            set.label.clone(),
            set.determined.to_string(),
            own.to_string(),
            rest.to_string(),
        ]);
    }
    table.print();
    Ok(Pool { account, earned })
}

/// The departments of the pooling county. Its referenced unit has an account of its own.
pub(crate) fn departments(world: &World) -> Outcome<Vec<&Unit>> {
    let organs = world.pooling()?.organs.iter();
    let own = organs.filter(|unit| !unit.is_leading_group() && !unit.row.is_referenced());
    Ok(own.collect())
}

/// A pool never defeats the prohibition: departments stay within what they earned.
pub(crate) async fn pool_ceiling(stage: &mut Stage, world: &World, pool: &Pool) -> Outcome {
    stage.step("统筹池中,县直机关不得占用乡镇应得的职数", "the pool protects its townships");
    const SET: &str = "GM07-10";
    let name = &pool.account.name;
    let account = stage.account(name, 0).await?;
    let free = set(&account, SET)?.available;
    let earned = pool.earned.lines.iter().find(|line| line.set == SET).map_or(0, |line| line.cap);
    let department = *there(departments(world)?.first(), "县直单位")?;
    let township = there(world.pooling()?.townships.first(), "乡镇")?;
    println!("  一级至四级主任科员:池内可用 {free} 个,县直机关已用满自身应得的 {earned} 个");
    ensure!(free > 0, "池内应有可用空缺");
    println!("  {}再申请 1 个:", department.row.name);
    let asked = request(name, &department.name(), &[("", "GM10")]);
    let asked = stage.asker.quota().request_pre_review(asked).await;
    let refusal = refused("县直占用乡镇职数", asked, "UPWARD_USE_FORBIDDEN")?;
    let figures = (refusal.figure("earned")?, refusal.figure("used")?);
    let limit = i64::try_from(earned).unwrap_or(i64::MAX);
    ensure!(
        figures == (limit, limit + 1),
        "拒绝的数字应为 {limit} 与 {},实际 {figures:?}",
        limit + 1
    );
    show_refusal(&refusal);
    let mut asked = request(name, &township.name(), &[("", "GM10")]);
    asked.validate_only = true;
    stage.asker.quota().request_pre_review(asked).await?;
    println!("  {}同样申请 1 个(只校验 validate_only):通过", township.row.name);
    Ok(())
}

//! `make demo`: the server on an empty folder, driven over gRPC only, as its callers would.
//!
//! One province of the real division data comes in as units with made-up establishment
//! figures; the quotas of one city are determined; made-up persons come in with opening
//! balances; then the rules are put to the test. Every step asserts what it tells.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod campaign;
mod divisions;
mod load;
mod outcome;
mod people;
mod reference;
mod round;
mod rules;
mod seats;
mod stage;
mod table;
mod units;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use futures::FutureExt as _;
use jiff::civil::Date;
use quanheng_api::quanheng::projection::v1 as projection;
use quanheng_api::quanheng::quota::v1::QuotaAccount;
use quanheng_e2e::Who;

use divisions::Province;
use load::{Accounts, Roster};
use outcome::{Fault, Outcome, ensure, there};
use people::{Filling, Maker};
use stage::Stage;
use table::{Table, thousands};
use units::{Unit, World, figure};

/// 铨衡演示:空目录上启动服务,只经 gRPC 调用
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Args {
    /// 省份(行政区划代码)
    #[arg(long, default_value = "420000", value_name = "代码")]
    province: String,
    /// 虚构人员的人数
    #[arg(long, default_value_t = 3_000, value_name = "人数", value_parser = clap::value_parser!(u32).range(500..=100_000))]
    persons: u32,
    /// 数据目录,须为空;未指定则用临时目录,结束后删除
    #[arg(long, value_name = "目录")]
    folder: Option<PathBuf>,
    /// 演示完成后服务继续运行,直至 Ctrl-C
    #[arg(long)]
    stay: bool,
}

/// The day of the story: the demonstration's clock stands there, so that it is the same
/// whenever it is told, and its calendar is published.
fn today() -> Date {
    Date::constant(2026, 11, 16)
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // The harness panics where it cannot go on: told in one line.
    std::panic::set_hook(Box::new(|told| eprintln!("{told}")));
    let what = match AssertUnwindSafe(run(args)).catch_unwind().await {
        Ok(Ok(())) => {
            println!("demo: ok");
            return ExitCode::SUCCESS;
        }
        Ok(Err(fault)) => fault.to_string(),
        Err(_) => "测试工具出错,见上 the harness gave up, see above".to_owned(),
    };
    eprintln!("demo: 失败 failed: {what}");
    ExitCode::FAILURE
}

async fn run(args: Args) -> Outcome {
    println!("铨衡演示:只经 gRPC 调用  [driven over gRPC only]");
    let world = World::of(&Province::read(&args.province)?)?;
    let mut stage = Stage::set(args.folder.clone()).await?;
    let told = story(&mut stage, &world, &args).await;
    if let Err(fault) = told {
        show_log(&stage);
        return Err(Fault::new(format!("{}:{fault}", stage.at())));
    }
    println!("\n全程用时 {:.1} 秒 all of it", stage.seconds());
    further(&stage, &world, &args)?;
    if args.stay {
        println!("服务继续运行,按 Ctrl-C 结束 the server stays until Ctrl-C");
        tokio::signal::ctrl_c().await?;
    }
    ensure!(stage.server.stop().await, "服务没有正常停止");
    Ok(())
}

async fn story(stage: &mut Stage, world: &World, args: &Args) -> Outcome {
    let county = world.showcase()?;
    let (finance, labour) = (county.organ("czj")?, county.organ("rsj")?);
    load::units(stage, world).await?;
    let more = load::more_units(stage, world).await?;
    load::offices(stage, world).await?;
    let accounts = load::quotas(stage, world, &more).await?;
    rules::entitlement(stage, finance, &accounts).await?;
    rules::no_table(stage, world).await?;
    let pool = rules::pool(stage, world).await?;

    let rosters = rosters(world, &accounts, &pool, args.persons as usize)?;
    load::people(stage, &rosters).await?;
    load::openings(stage, &rosters).await?;
    rules::over_quota(stage, labour).await?;
    rules::upward(stage, world.city.organ("czj")?, finance).await?;
    rules::jurisdiction(stage, finance).await?;
    rules::pool_ceiling(stage, world, &pool).await?;

    let roster = rosters.iter().find(|roster| roster.account == finance.account());
    let used = seats::used(stage, finance, there(roster, "花名册")?).await?;
    seats::reconciliation(stage, finance, &used).await?;
    seats::entries(stage, finance, &used).await?;
    seats::as_of(stage, finance, &used).await?;
    seats::simulation(stage, finance).await?;
    let cast = campaign::begin(stage, world).await?;
    campaign::surveys(stage, &cast).await?;
    reference::provincial(stage, &cast).await?;
    reference::municipal(stage, &cast).await?;
    let farming = county.organ("nyj")?;
    let roster = rosters.iter().find(|roster| roster.account == farming.account());
    round::round(stage, farming, there(roster, "花名册")?).await?;
    projections(stage).await
}

/// Who is in which account, for so many persons in all: the units of the story first.
fn rosters(
    world: &World,
    accounts: &Accounts,
    pool: &rules::Pool,
    persons: usize,
) -> Outcome<Vec<Roster>> {
    let mut maker = Maker::new();
    let county = world.showcase()?;
    let labour = county.organ("rsj")?;
    let mut rosters = vec![pooled(world, pool, &mut maker)?];
    let mut left = persons.saturating_sub(rosters[0].members.len());
    let first = [county.organ("czj")?, labour];
    let rest = world.showcase()?.organs.iter().chain(&county.townships);
    let rest = rest.chain(&world.city.organs).chain(world.determined()?);
    let mut seen = std::collections::BTreeSet::new();
    for unit in first.into_iter().chain(rest) {
        if unit.is_leading_group() || !seen.insert(&unit.id) || left < 3 {
            continue;
        }
        let account = there(accounts.get(&unit.name()), &unit.account())?;
        let over = (unit.id == labour.id).then_some((rules::OVER_SET, rules::OVER));
        let members = staff(unit, account, over, left, &mut maker)?;
        left -= members.len();
        rosters.push(Roster { account: unit.account(), members });
    }
    Ok(rosters)
}

fn staff(
    unit: &Unit,
    account: &QuotaAccount,
    over: Option<(&str, u64)>,
    left: usize,
    maker: &mut Maker,
) -> Outcome<Vec<people::Member>> {
    // Two of them lead the unit and hold no rank.
    let persons = (unit.headcount() as usize).min(left).saturating_sub(2);
    let percent = match unit.id.ends_with("-czj") {
        true => 85,
        false => u64::from(figure(&format!("{} seats", unit.id), (75, 98))),
    };
    let filling = Filling { percent, over };
    maker.staff(unit, &people::ranks(&account.sets, &account.uncapped, persons, &filling))
}

/// Holders in the pool: the departments use all 主任科员 seats that they earned, and one
/// township some.
fn pooled(world: &World, pool: &rules::Pool, maker: &mut Maker) -> Outcome<Roster> {
    let cap = |set: &str| {
        let line = pool.earned.lines.iter().find(|line| line.set == set);
        there(line.map(|line| line.cap as usize), set)
    };
    let (all, upper) = (cap("GM07-10")?, cap("GM07-08")?);
    let departments = rules::departments(world)?;
    let mut ranks: Vec<Vec<String>> = vec![Vec::new(); departments.len()];
    for seat in 0..all {
        let rank = match (seat < upper * 9 / 10, seat % 3) {
            (true, 0) => "GM07",
            (true, _) => "GM08",
            (false, 0) => "GM09",
            (false, _) => "GM10",
        };
        ranks[seat % departments.len()].push(rank.to_owned());
    }
    let mut members = Vec::new();
    for (unit, ranks) in departments.iter().zip(&ranks) {
        members.extend(maker.staff(unit, ranks)?);
    }
    let township = there(world.pooling()?.townships.last(), "乡镇")?;
    let ranks: Vec<String> =
        ["GM08", "GM08", "GM09", "GM10", "GM10", "GM10", "GM11"].map(str::to_owned).to_vec();
    members.extend(maker.staff(township, &ranks)?);
    Ok(Roster { account: pool.account.name.clone(), members })
}

/// 投影
async fn projections(stage: &mut Stage) -> Outcome {
    stage.step("投影追上日志", "projections have caught up");
    let deadline = Instant::now() + Duration::from_secs(120);
    let listed = loop {
        let request = projection::ListProjectionsRequest {};
        let answer = stage.operator.projection().list_projections(request).await?.into_inner();
        if answer.projections.iter().all(|one| one.lag == 0) {
            break answer.projections;
        }
        ensure!(Instant::now() < deadline, "投影两分钟内没有追上:{:?}", answer.projections);
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    ensure!(!listed.is_empty(), "没有任何投影");
    let mut table = Table::new(&["投影", "版本", "位置", "日志末尾", "落后"], 1);
    for one in &listed {
        ensure!(one.failure.is_empty(), "投影 {} 停止:{}", one.name, one.failure);
        table.row([
            one.name.clone(),
            one.version.to_string(),
            thousands(one.position),
            thousands(one.head),
            one.lag.to_string(),
        ]);
    }
    table.print();
    Ok(())
}

/// What the server said last, where something went wrong.
fn show_log(stage: &Stage) {
    let log = std::fs::read_to_string(stage.server.log()).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.len().saturating_sub(20);
    if !lines.is_empty() {
        eprintln!("\n服务日志末尾 the server's log:\n{}", lines[last..].join("\n"));
    }
}

/// How to look further.
fn further(stage: &Stage, world: &World, args: &Args) -> Outcome {
    let county = world.showcase()?;
    let account = county.organ("czj")?.account();
    println!("\n继续查看 look further:");
    let Some(folder) = &args.folder else {
        println!("  以 --folder DIR --stay 运行,可保留数据并继续查看:");
        println!(
            "  cargo run --release -p quanheng-e2e --bin demo -- --folder /tmp/quanheng --stay"
        );
        return Ok(());
    };
    let token = folder.join("token");
    keep_token(&token, stage.server.tokens().of(Who::Everything))?;
    if !args.stay {
        println!(
            "  quanheng serve --listen 127.0.0.1:7300 --realm demo --data-dir {} --tokens-file {} {}",
            folder.join("data").display(),
            stage.server.tokens().file().display(),
            stage::clock_flags(round::AFTER_NOTICE).join(" ")
        );
    }
    let server = match args.stay {
        true => format!("http://{}", stage.server.address()),
        false => "http://127.0.0.1:7300".to_owned(),
    };
    let to = format!("--server {server} --token-file {}", token.display());
    let unit = county.organ("czj")?.name();
    for command in [
        format!("unit show {unit}"),
        format!("quota show {account}"),
        format!("quota entries {account}"),
        format!("quota entitlement --unit {unit}"),
        format!("campaign show {}", campaign::CAMPAIGN),
        format!("campaign book {}", campaign::CAMPAIGN),
        format!("recert show {}", reference::CERTIFIED),
        format!("recert timeline {}", reference::CERTIFIED),
        format!("round show {}", round::ROUND),
        "projection list".to_owned(),
    ] {
        println!("  quanheng {command} {to}");
    }
    Ok(())
}

/// Keeps a token where only its owner reads it.
fn keep_token(file: &std::path::Path, token: &str) -> Outcome {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(token.as_bytes())?;
    file.sync_all().map_err(Fault::from)
}

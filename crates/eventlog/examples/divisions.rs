//! The log on real input: every administrative division of the country (行政区划) as a
//! registry fact, one commit a county with what lies in it, in a folder of its own.
//!
//! `cargo run --release --example divisions [FOLDER]`
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use futures::TryStreamExt as _;
use futures::future::try_join_all;
use quanheng_eventlog::{
    Context, Digest, Direction, EventDraft, EventType, Expect, Filter, Log, Method, Options,
    Outcome, Position, Principal, RequestKey, StreamName, Tag, Transaction, Version,
};
use uuid::Uuid;

const DIVISIONS: &str = include_str!("../../policy/data/divisions.csv");

/// One line of the file.
#[derive(Clone, Copy, serde::Serialize)]
struct Division {
    code: &'static str,
    level: &'static str,
    name: &'static str,
    parent: &'static str,
}

fn divisions() -> Result<Vec<Division>, Box<dyn Error>> {
    let lines = DIVISIONS.lines().skip(1).filter(|line| !line.is_empty());
    let division = |line: &'static str| {
        let fields: Vec<&'static str> = line.split(',').collect();
        match fields[..] {
            [code, level, name, parent] => Ok(Division { code, level, name, parent }),
            _ => Err(format!("not four fields: {line}").into()),
        }
    };
    // A city without counties is listed a second time, as its own county: one place.
    let once = |division: &Result<Division, _>| {
        division.as_ref().map_or(true, |division: &Division| division.code != division.parent)
    };
    lines.map(division).filter(once).collect()
}

/// Divisions that belong together: those below a county with it, and the rest by
/// province.
fn groups(divisions: &[Division]) -> BTreeMap<&'static str, Vec<Division>> {
    let mut groups: BTreeMap<&str, Vec<Division>> = BTreeMap::new();
    for division in divisions {
        let digits = if matches!(division.level, "province" | "city") { 2 } else { 6 };
        groups.entry(&division.code[..digits]).or_default().push(*division);
    }
    groups
}

fn registered(group: &str, divisions: &[Division]) -> Result<Transaction, Box<dyn Error>> {
    let event_type = EventType::new("quanheng.registry.division_registered.v1")?;
    let request_id = Uuid::from_u128(
        Digest::of(group.as_bytes()).0[..16].iter().fold(0, |id, byte| id << 8 | u128::from(*byte)),
    );
    let key = RequestKey {
        request_id,
        principal: Principal::new("principals/demo")?,
        method: Method::new("demo.LoadDivisions")?,
        digest: Digest::of(&serde_json::to_vec(divisions)?),
    };
    let mut transaction = Transaction {
        context: Context {
            principal: Some(key.principal.clone()),
            method: Some(key.method.clone()),
            request_id: Some(request_id),
            ..Context::default()
        },
        ..Transaction::default()
    };
    for division in divisions {
        let stream = StreamName::new(format!("divisions/{}", division.code))?;
        let province = Tag::new(format!("divisions/{}", &division.code[..2]))?;
        let draft = EventDraft::new(stream.clone(), event_type.clone(), division)?;
        transaction = transaction.append(draft.tagged(province)).expect(stream, Expect::None);
    }
    Ok(transaction.keyed(key, format!("{} divisions", divisions.len())))
}

async fn load(
    log: &Log,
    groups: &BTreeMap<&'static str, Vec<Division>>,
) -> Result<(u64, u64), Box<dyn Error>> {
    let mut commits = Vec::new();
    for (group, divisions) in groups {
        commits.push(log.commit(registered(group, divisions)?));
    }
    let outcomes = try_join_all(commits).await?;
    let stored = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Committed(_)));
    let stored = stored.count() as u64;
    Ok((stored, outcomes.len() as u64 - stored))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let folder = std::env::args_os().nth(1).map_or(temporary.path().to_owned(), Into::into);
    println!(
        "示例:事件日志(服务程序尚未建成,本示例直接使用日志)  [the server does not exist yet: this drives the log itself]"
    );
    println!("数据目录 folder: {}", folder.display());
    let divisions = divisions()?;
    let groups = groups(&divisions);
    let log = Log::open(Options::sqlite(&folder)).await?;

    let start = Instant::now();
    let (stored, repeated) = load(&log, &groups).await?;
    let head = log.head().await?;
    println!(
        "写入 {} 个行政区划,{stored} 次提交(重复 {repeated} 次),日志位置 {head},用时 {:?}",
        divisions.len(),
        start.elapsed()
    );
    let (stored, repeated) = load(&log, &groups).await?;
    println!("同一批请求再发一次:新提交 {stored} 次,返回原答复 {repeated} 次");
    if stored > 0 || log.head().await? != head {
        return Err("a repeated request took effect twice".into());
    }

    let province = Filter::all().and_tag(Tag::new("divisions/42")?);
    let pages: Vec<_> = log.read(Position::START, province, 512).try_collect().await?;
    let count: usize = pages.iter().map(|page| page.records.len()).sum();
    println!("按标签查询 divisions/42(湖北省):{count} 条,分 {} 页,每页止于提交边界", pages.len());
    let expected = divisions.iter().filter(|division| division.code.starts_with("42")).count();
    if count != expected {
        return Err(format!("the file has {expected} divisions of that province").into());
    }

    let stream = StreamName::new("divisions/420106")?;
    let history = log.read_stream(stream, Version(1), Direction::Forward);
    let history: Vec<_> = history.try_collect().await?;
    for record in &history {
        let facts: serde_json::Value = record.data()?;
        println!("单个流 {}:位置 {},{}", record.stream, record.position, facts["name"]);
    }
    let verified = log.verify(|_| {}).await?;
    println!(
        "校验通过:{} 个事件、{} 次提交、{} 个标签,逐字节与索引一致",
        verified.through, verified.commits, verified.tags
    );
    log.close().await;
    println!("demo: ok");
    Ok(())
}

//! What sets an account up: determination, opening balances, reserves, digestion, reversal.

use std::collections::BTreeMap;

use clap::Subcommand;
use quanheng_api::quanheng::quota::v1 as quota;
use quota::determine_quota_request::Owner;
use quota::{DigestionRoute, DigestionStep, Exemption, OpeningHolder};

use crate::cli::args::{self, BasisArgs, Etag, Write};
use crate::cli::failure::CliFailure;
use crate::cli::session::{Done, Session};
use crate::cli::{api, input, labels};

/// What sets an account up.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// 核定或重新核定职数
    Determine {
        /// 单位
        #[arg(long, value_name = "单位", value_parser = args::unit, group = "owner", required = true)]
        unit: Option<String>,
        /// 统筹池账户
        #[arg(long, value_name = "账户", value_parser = args::account, group = "owner")]
        pool: Option<String>,
        /// 职位类别
        #[arg(long, value_name = "类别", default_value = "")]
        category: String,
        /// 指定比例类别
        #[arg(long, value_name = "类别", default_value = "")]
        quota_class: String,
        /// 少核定的职数,如 GM05-06=3(可重复)
        #[arg(long, value_name = "职数组=职数", value_parser = fewer)]
        fewer: Vec<(String, u64)>,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 录入期初任职情况
    Opening {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        /// JSON(OpeningHolder 数组)或 CSV(person,rank,exemption,concurrent,since);- 为标准输入的 JSON
        file: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 预留职数
    #[command(subcommand)]
    Reserve(ReserveCommand),
    /// 制定超职数消化计划
    DigestionPlan {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        /// 一步,如 2026Q3:GM05-06:retirement:2(可重复)
        #[arg(long = "step", value_name = "季度:职数组:途径:职数", value_parser = step)]
        steps: Vec<DigestionStep>,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 冲正一笔分录
    Reverse {
        /// 分录
        #[arg(value_parser = args::entry)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
}

/// Seats that are kept back.
#[derive(Debug, Subcommand)]
pub(crate) enum ReserveCommand {
    /// 设置预留
    Set(ReserveArgs),
    /// 释放预留
    Release(ReserveArgs),
}

/// Which seats, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct ReserveArgs {
    /// 账户
    #[arg(value_parser = args::account)]
    account: String,
    /// 职数组,如 GM05-06
    #[arg(long, value_name = "职数组")]
    set: String,
    /// 职数
    #[arg(long, value_name = "职数")]
    seats: u64,
    /// 原因
    #[arg(long, value_name = "文字", default_value = "")]
    reason: String,
    #[command(flatten)]
    basis: BasisArgs,
    #[command(flatten)]
    write: Write,
    #[command(flatten)]
    etag: Etag,
}

impl AccountCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Determine { unit, pool, category, quota_class, fewer, basis, write, etag } => {
                let request = quota::DetermineQuotaRequest {
                    category,
                    quota_class,
                    fewer: fewer.into_iter().collect::<BTreeMap<_, _>>(),
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                    owner: unit.map(Owner::Unit).or(pool.map(Owner::PoolAccount)),
                };
                session.answer(request).await
            }
            Self::Opening { account, file, basis, write, etag } => {
                let request = quota::RecordOpeningBalancesRequest {
                    account,
                    holders: holders(&file)?,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Reserve(ReserveCommand::Set(reserve)) => {
                let request = quota::SetReserveRequest {
                    account: reserve.account,
                    set: reserve.set,
                    seats: reserve.seats,
                    reason: reserve.reason,
                    basis: reserve.basis.basis(),
                    request_id: reserve.write.request_id,
                    validate_only: reserve.write.validate_only,
                    etag: reserve.etag.etag,
                };
                session.answer(request).await
            }
            Self::Reserve(ReserveCommand::Release(reserve)) => {
                let request = quota::ReleaseReserveRequest {
                    account: reserve.account,
                    set: reserve.set,
                    seats: reserve.seats,
                    reason: reserve.reason,
                    basis: reserve.basis.basis(),
                    request_id: reserve.write.request_id,
                    validate_only: reserve.write.validate_only,
                    etag: reserve.etag.etag,
                };
                session.answer(request).await
            }
            Self::DigestionPlan { account, steps, basis, write, etag } => {
                let request = quota::SetDigestionPlanRequest {
                    account,
                    steps,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Reverse { name, reason, basis, write } => {
                let request = quota::ReverseEntryRequest {
                    name,
                    reason,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
        }
    }
}

fn fewer(text: &str) -> Result<(String, u64), String> {
    let parsed = text.split_once('=').and_then(|(set, seats)| Some((set, seats.parse().ok()?)));
    let (set, seats) = parsed.ok_or_else(|| "应形如 GM05-06=3".to_owned())?;
    Ok((set.to_owned(), seats))
}

fn step(text: &str) -> Result<DigestionStep, String> {
    let expected = || "应形如 2026Q3:GM05-06:retirement:2".to_owned();
    let [when, set, route, seats] = text.split(':').collect::<Vec<_>>()[..] else {
        return Err(expected());
    };
    let (year, quarter) = when.split_once('Q').ok_or_else(expected)?;
    let route = value_of("quanheng.quota.v1.DigestionRoute", route)
        .and_then(|number| DigestionRoute::try_from(number).ok())
        .ok_or_else(|| format!("没有消化途径 {route}"))?;
    Ok(DigestionStep {
        year: year.parse().map_err(|_| expected())?,
        quarter: quarter.parse().map_err(|_| expected())?,
        set: set.to_owned(),
        route: route.into(),
        seats: seats.parse().map_err(|_| expected())?,
    })
}

/// The number of a value by its short name.
fn value_of(enumeration: &str, short: &str) -> Option<i32> {
    let of = api::enumeration(enumeration)?;
    let found = of.values().find(|value| labels::short(&of, value.name()) == short);
    found.map(|value| value.number())
}

/// The holders of a file: CSV by its ending, JSON otherwise.
fn holders(file: &str) -> Result<Vec<OpeningHolder>, CliFailure> {
    if !file.to_ascii_lowercase().ends_with(".csv") {
        return input::message_list(file);
    }
    let text = input::read(file)?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let wrong = |line: u64, what: &str| CliFailure::usage(format!("{file} 第 {line} 行:{what}"));
    let headings = reader.headers().map_err(|_| wrong(1, "不是 CSV"))?.clone();
    for needed in ["person", "rank"] {
        if !headings.iter().any(|heading| heading == needed) {
            return Err(wrong(1, &format!("缺少列 {needed}")));
        }
    }
    let mut holders = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            wrong(error.position().map_or(0, csv::Position::line), "列数与表头不符")
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |name: &str| {
            let at = headings.iter().position(|heading| heading == name);
            at.and_then(|at| row.get(at)).unwrap_or_default()
        };
        let exemption = match cell("exemption") {
            "" => 0,
            text => value_of("quanheng.quota.v1.Exemption", text)
                .ok_or_else(|| wrong(line, &format!("没有不占职数情形 {text}")))?,
        };
        let since = match cell("since") {
            "" => None,
            text => Some(args::date(text).map_err(|what| wrong(line, &what))?),
        };
        holders.push(OpeningHolder {
            person: args::person(cell("person")).map_err(|_| wrong(line, "缺少 person"))?,
            rank: cell("rank").to_owned(),
            exemption: Exemption::try_from(exemption).unwrap_or_default().into(),
            concurrent: matches!(cell("concurrent"), "true" | "是" | "1"),
            since,
        });
    }
    Ok(holders)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn steps_and_shares_are_read() {
        let parsed = step("2026Q3:GM05-06:retirement:2").unwrap();
        assert_eq!((parsed.year, parsed.quarter, parsed.seats), (2026, 3, 2));
        assert_eq!(parsed.route(), DigestionRoute::Retirement);
        for wrong in ["2026Q3:GM05-06:retirement", "2026:a:retirement:1", "2026Q3:a:away:1"] {
            assert!(step(wrong).is_err(), "{wrong}");
        }
        assert_eq!(fewer("GM05-06=3"), Ok(("GM05-06".to_owned(), 3)));
        assert!(fewer("GM05-06").is_err());
    }

    #[test]
    fn holders_come_from_csv_with_the_lines_of_faults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("opening.CSV");
        let path = file.to_str().unwrap();
        let good = "\u{feff}person,rank,exemption,since\np-1,GM07,,2024-05-01\n\
                    persons/p-2,GM08,separately-listed,\n";
        std::fs::write(&file, good).unwrap();
        let read = holders(path).unwrap();
        assert_eq!(read[0].person, "persons/p-1");
        assert_eq!(read[0].since.unwrap().year, 2024);
        assert_eq!(read[1].exemption(), Exemption::SeparatelyListed);
        for (text, expected) in [
            ("person\np-1\n", "第 1 行:缺少列 rank"),
            ("person,rank,since\np-1,GM07,2024-13-01\n", "第 2 行:应为日期"),
            ("person,rank,exemption\np-1,GM07,x\n", "第 2 行:没有不占职数情形"),
            ("person,rank\np-1,GM07,3\n", "第 2 行:列数与表头不符"),
        ] {
            std::fs::write(&file, text).unwrap();
            let failure = holders(path).unwrap_err();
            assert!(failure.message.contains(expected), "{}", failure.message);
        }
    }
}

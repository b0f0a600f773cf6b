//! What many commands take: dates, names, the basis of a decision, pages.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser};
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::common::v1::{Basis, KnownAt, known_at};

use super::{api, labels};

/// On what a decision rests.
#[derive(Debug, Clone, Args)]
pub(crate) struct BasisArgs {
    /// 依据文号,如 组通〔2026〕12号
    #[arg(long, value_name = "文号")]
    document: Option<String>,
    /// 生效日期,如 2026-01-01
    #[arg(long, value_name = "日期", value_parser = date)]
    effective_on: Option<Date>,
}

impl BasisArgs {
    /// As the API has it; none if nothing is said.
    pub(crate) fn basis(self) -> Option<Basis> {
        if self.document.is_none() && self.effective_on.is_none() {
            return None;
        }
        Some(Basis {
            document_number: self.document.unwrap_or_default(),
            effective_on: self.effective_on,
        })
    }
}

/// What every change takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Write {
    /// 请求编号(UUID);未指定时自动生成,重复同一请求时须相同
    #[arg(long, value_name = "编号", default_value = "")]
    pub(crate) request_id: String,
    /// 只检查,不办理
    #[arg(long)]
    pub(crate) validate_only: bool,
}

/// Only if nobody else has changed it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Etag {
    /// 版本标签:资源已被他人修改时不办理
    #[arg(long, value_name = "标签", default_value = "")]
    pub(crate) etag: String,
}

/// As of when, and as known when.
#[derive(Debug, Clone, Args)]
pub(crate) struct When {
    /// 截至某日的情况
    #[arg(long, value_name = "日期", value_parser = date)]
    pub(crate) as_of: Option<Date>,
    /// 系统在某一日志位置或时刻所知的情况,如 1024 或 2026-01-01T08:00:00+08:00
    #[arg(long, value_name = "位置或时刻", value_parser = known_at)]
    pub(crate) known_at: Option<KnownAt>,
    #[command(flatten)]
    pub(crate) fresh: Fresh,
}

/// Not older than a position.
#[derive(Debug, Clone, Args)]
pub(crate) struct Fresh {
    /// 结果至少包含到该日志位置
    #[arg(long, value_name = "位置", default_value_t = 0)]
    pub(crate) min_position: u64,
}

/// How much of a list.
#[derive(Debug, Clone, Args)]
pub(crate) struct Paging {
    /// 最多列出的条数
    #[arg(long, value_name = "条数", default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) limit: i32,
    /// 列出全部
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,
    /// 从该处继续
    #[arg(long, value_name = "标记", default_value = "")]
    pub(crate) page_token: String,
}

/// Which of a list, in which order.
#[derive(Debug, Clone, Args)]
pub(crate) struct Which {
    /// 筛选(AIP-160),如 'tier = "COUNTY"'
    #[arg(long, value_name = "条件", default_value = "")]
    pub(crate) filter: String,
    /// 排序(AIP-132),如 'name desc'
    #[arg(long, value_name = "次序", default_value = "")]
    pub(crate) order_by: String,
}

/// A date: `2026-01-01`.
///
/// # Errors
/// What is expected, for people.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    let day: jiff::civil::Date = text.parse().map_err(|_| "应为日期,如 2026-01-01".to_owned())?;
    Ok(quanheng_api::date(day))
}

/// A position of the log, or a moment.
///
/// # Errors
/// What is expected, for people.
pub(crate) fn known_at(text: &str) -> Result<KnownAt, String> {
    if let Ok(position) = text.parse() {
        return Ok(KnownAt { at: Some(known_at::At::Position(position)) });
    }
    let moment: jiff::Timestamp = text
        .parse()
        .map_err(|_| "应为日志位置或时刻,如 1024、2026-01-01T08:00:00+08:00".to_owned())?;
    let time = quanheng_api::timestamp(moment.as_microsecond());
    Ok(KnownAt { at: Some(known_at::At::Time(time)) })
}

/// The values of an enumeration by their short names, with Chinese help.
pub(crate) fn choices(enumeration: &'static str) -> ValueParser {
    let of = api::enumeration(enumeration).expect("an enumeration of the API, as a test says");
    let values = of.values().filter(|value| value.number() != 0);
    let named: Vec<(String, i32)> =
        values.map(|value| (labels::short(&of, value.name()), value.number())).collect();
    let possible = named
        .iter()
        .map(|(name, number)| PossibleValue::new(name.clone()).help(labels::value(&of, *number)));
    let parser = PossibleValuesParser::new(possible.collect::<Vec<_>>());
    ValueParser::new(parser.map(move |name: String| {
        named.iter().find(|(known, _)| *known == name).map_or(0, |(_, number)| *number)
    }))
}

fn prefixed(collection: &str, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("不得为空".to_owned());
    }
    Ok(if text.contains('/') { text.to_owned() } else { format!("{collection}/{text}") })
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $collection:literal;)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// When it is empty.
        pub(crate) fn $name(text: &str) -> Result<String, String> {
            prefixed($collection, text)
        })*
    };
}

names! {
    /// `units/{unit}`, or the id alone.
    unit = "units";
    /// `persons/{person}`, or the id alone.
    person = "persons";
    /// `approvalTasks/{task}`, or the id alone.
    task = "approvalTasks";
    /// `cases/{case}`, or the id alone.
    case = "cases";
    /// `quotaAccounts/{account}`, or the id alone.
    account = "quotaAccounts";
    /// `promotionRounds/{round}`, or the id alone.
    round = "promotionRounds";
    /// `promotionRequests/{request}`, or the id alone.
    request = "promotionRequests";
    /// `operations/{operation}`, or the id alone.
    operation = "operations";
    /// `attachments/{sha256}`, or the digest alone.
    attachment = "attachments";
    /// `campaigns/{campaign}`, or the id alone.
    campaign = "campaigns";
    /// `recertificationCases/{case}`, or the id alone.
    recertification_case = "recertificationCases";
    /// `transitions/{transition}`, or the id alone.
    transition = "transitions";
}

/// `units/{unit}/posts/{post}`, or `{unit}/{post}`.
///
/// # Errors
/// What is expected.
pub(crate) fn post(text: &str) -> Result<String, String> {
    nested("units", "posts", text)
}

/// `persons/{person}/substitutions/{substitution}`, or `{person}/{substitution}`.
///
/// # Errors
/// What is expected.
pub(crate) fn substitution(text: &str) -> Result<String, String> {
    nested("persons", "substitutions", text)
}

/// `quotaAccounts/{account}/holds/{hold}`, or `{account}/{hold}`.
///
/// # Errors
/// What is expected.
pub(crate) fn hold(text: &str) -> Result<String, String> {
    nested("quotaAccounts", "holds", text)
}

/// `campaigns/{campaign}/surveys/{unit}`, or `{campaign}/{unit}`.
///
/// # Errors
/// What is expected.
pub(crate) fn survey(text: &str) -> Result<String, String> {
    nested("campaigns", "surveys", text)
}

/// `quotaAccounts/{account}/entries/{version}`, or `{account}/{version}`.
///
/// # Errors
/// What is expected.
pub(crate) fn entry(text: &str) -> Result<String, String> {
    nested("quotaAccounts", "entries", text)
}

fn nested(outer: &str, inner: &str, text: &str) -> Result<String, String> {
    match text.split('/').collect::<Vec<_>>()[..] {
        [parent, child] => Ok(format!("{outer}/{parent}/{inner}/{child}")),
        [first, _, second, _] if first == outer && second == inner => Ok(text.to_owned()),
        _ => Err(format!("应形如 {outer}/…/{inner}/…")),
    }
}

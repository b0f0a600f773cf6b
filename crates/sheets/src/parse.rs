//! From what a cell says to what it means.

use jiff::civil::Date;
use quanheng_policy::Ratio;
use quanheng_policy::codes::{
    CreditCode, DateText, DivisionCode, DocumentNumber, IdentityNumber, InvalidCode, YearMonth,
    half_width,
};

use crate::finding::Fault;
use crate::form::{Column, Kind};
use crate::value::{Value, clean};

/// A cell as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Raw {
    Empty,
    /// A text of a worksheet.
    Text(String),
    /// A text of a file that knows no types: a number may have lost its form.
    Untyped(String),
    /// A number in plain decimal digits, as a worksheet shows it.
    Number(String),
    Date(Date),
    Bool(bool),
    /// `#REF!` and the like.
    Failed(String),
    /// Longer than the bound; its beginning.
    TooLong(String),
}

impl Raw {
    /// What it says, for headers and for showing.
    pub(crate) fn display(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text)
            | Self::Untyped(text)
            | Self::Number(text)
            | Self::Failed(text)
            | Self::TooLong(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Bool(yes) => (if *yes { "是" } else { "否" }).to_owned(),
        }
    }
}

/// What a cell means in a column; of a bad cell, what is wrong.
pub(crate) fn parse(column: &Column, raw: Raw) -> (Value, Option<Fault>) {
    let text = clean(&raw.display());
    if text.is_empty() || (blank_mark(&text) && column.kind != Kind::Text) {
        let missing = || Fault::error("VALUE_MISSING", format!("「{}」不能为空", column.title()));
        return (Value::Empty, column.required.then(missing));
    }
    match read(column, raw, &text) {
        Ok((value, fault)) => (value, fault),
        Err(fault) => (Value::Invalid(text.into()), Some(fault)),
    }
}

/// What people write where there is nothing to write.
fn blank_mark(text: &str) -> bool {
    matches!(half_width(text).as_str(), "无" | "/" | "-" | "—" | "——")
}

type Reading = Result<(Value, Option<Fault>), Fault>;

fn read(column: &Column, raw: Raw, text: &str) -> Reading {
    match raw {
        Raw::Failed(_) => {
            return Err(Fault::error("CELL_FORMULA_FAILED", "单元格公式出错,请改填数值"));
        }
        Raw::TooLong(_) => return Err(Fault::error("CELL_TOO_LONG", "单元格文字过长")),
        _ => {}
    }
    let text = synonym(column, text);
    let code = |invalid: InvalidCode| Fault::error(invalid.reason, invalid.message);
    let value = match column.kind {
        Kind::Text => plain_text(&raw, text)?,
        Kind::Date => return date(&raw, text),
        Kind::Month => Value::Month(month(&raw, text)?),
        Kind::Year => Value::Number(year(text)?),
        Kind::Count => Value::Number(count(text)?),
        Kind::Percent => return percent(&raw, text),
        Kind::Choice(options) => choice(options, text)?,
        Kind::IdentityNumber => {
            typed_as_text(&raw, text, "IDENTITY_AS_NUMBER", "身份证号应为文本格式")?;
            Value::Identity(IdentityNumber::parse(text).map_err(code)?)
        }
        Kind::CreditCode => {
            typed_as_text(&raw, text, "CREDIT_CODE_AS_NUMBER", "统一社会信用代码应为文本格式")?;
            Value::Credit(CreditCode::parse(text).map_err(code)?)
        }
        Kind::DivisionCode => Value::Division(DivisionCode::parse(text).map_err(code)?),
        Kind::DocumentNumber => {
            Value::Document(Box::new(DocumentNumber::parse(text).map_err(code)?))
        }
        Kind::Phone => phone(text)?,
    };
    Ok((value, None))
}

fn synonym<'a>(column: &Column, text: &'a str) -> &'a str {
    if column.synonyms.is_empty() {
        return text;
    }
    let plain = half_width(text);
    let found = column.synonyms.iter().find(|(word, _)| *word == plain);
    found.map_or(text, |(_, meaning)| meaning)
}

/// Worksheets keep fifteen digits of a number: of a longer one the last are lost.
const NUMBER_DIGITS_MAX: usize = 15;

fn digits_lost(raw: &Raw) -> bool {
    matches!(raw, Raw::Number(number) if number.bytes().filter(u8::is_ascii_digit).count() > NUMBER_DIGITS_MAX)
}

/// `1.10105E+17`: a number of many digits after a worksheet program saved it as CSV.
fn scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    mantissa.contains('.') && digits(&mantissa.replace('.', "")) && digits(exponent)
}

fn typed_as_text(raw: &Raw, text: &str, code: &'static str, message: &str) -> Result<(), Fault> {
    let number = matches!(raw, Raw::Number(_)) || scientific(text);
    if number { Err(Fault::error(code, message)) } else { Ok(()) }
}

fn plain_text(raw: &Raw, text: &str) -> Result<Value, Fault> {
    if digits_lost(raw) {
        return Err(Fault::error("NUMBER_DIGITS_LOST", "长数字应为文本格式,末尾数位已丢失"));
    }
    Ok(Value::text(text))
}

const DATE_FORMS: &str =
    "不是日期(可写作 2020-01-22、2020.01、202001、20200122、2020年1月22日或表格日期)";

/// A number 2012.1 may have been 2012.10: the sheet dropped the nought.
fn month_nought_lost(raw: &Raw) -> bool {
    let text = match raw {
        Raw::Number(text) | Raw::Untyped(text) => text.trim(),
        _ => return false,
    };
    text.len() == 6 && text.ends_with(".1") && text[..4].bytes().all(|b| b.is_ascii_digit())
}

fn date_text(raw: &Raw, text: &str) -> Result<DateText, Fault> {
    if let Raw::Date(day) = raw {
        return Ok(DateText::Day(*day));
    }
    if month_nought_lost(raw) {
        let message = "按数值保存的年月无法区分 1 月与 10 月,请改为文本(如 2012.10)";
        return Err(Fault::error("DATE_MONTH_AMBIGUOUS", message));
    }
    DateText::parse(text).map_err(|_| Fault::error("DATE_FORMAT", DATE_FORMS))
}

fn date(raw: &Raw, text: &str) -> Reading {
    Ok(match date_text(raw, text)? {
        DateText::Day(day) => (Value::Date(day), None),
        DateText::Month(month) => {
            let message = "日期只写到月,按当月 1 日计";
            (Value::Date(month.first_day()), Some(Fault::warning("DATE_TO_THE_MONTH", message)))
        }
    })
}

fn month(raw: &Raw, text: &str) -> Result<YearMonth, Fault> {
    date_text(raw, text).map(|date| YearMonth::of(date.first_day()))
}

fn year(text: &str) -> Result<u32, Fault> {
    let text = half_width(text);
    let digits = text.strip_suffix("年度").or_else(|| text.strip_suffix('年')).unwrap_or(&text);
    let year = (digits.len() == 4).then(|| digits.parse().ok()).flatten();
    let plausible = year.filter(|year| (1949..=2999).contains(year));
    plausible.ok_or_else(|| Fault::error("YEAR_FORMAT", "年份应为四位数字"))
}

fn count(text: &str) -> Result<u32, Fault> {
    let text = half_width(text);
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let count = digits.then(|| text.parse().ok()).flatten();
    count.ok_or_else(|| Fault::error("COUNT_FORMAT", "应为不小于 0 的整数"))
}

fn choice(options: &[&str], text: &str) -> Result<Value, Fault> {
    let plain = |text: &str| -> String {
        half_width(text).chars().filter(|c| !c.is_whitespace()).collect()
    };
    let text = plain(text);
    let found = options.iter().find(|option| plain(option) == text);
    let listed = || {
        let some: Vec<&str> = options.iter().take(20).copied().collect();
        let more = if options.len() > 20 { "……" } else { "" };
        Fault::error("CHOICE_UNKNOWN", format!("应为以下之一:{}{more}", some.join("、")))
    };
    found.map(|option| Value::Text((*option).into())).ok_or_else(listed)
}

fn phone(text: &str) -> Result<Value, Fault> {
    let text = half_width(text);
    let allowed = |c: char| c.is_ascii_digit() || "+-() ,、/转;".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if (5..=40).contains(&digits) && text.chars().all(allowed) {
        return Ok(Value::text(&text));
    }
    Err(Fault::error("PHONE_FORMAT", "电话号码格式不正确"))
}

/// Decimals of a share beyond which a computed number is rounded.
const SHARE_DECIMALS_MAX: usize = 6;

/// `90%` or `2/3` as text; 0.9 as a number, which a sheet shows as 90%. A bare 90 is
/// refused: it is not known what it means.
fn percent(raw: &Raw, text: &str) -> Reading {
    let format = || Fault::error("PERCENT_FORMAT", "应写作百分数或分数,如 90%、2/3");
    let text: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
    if text.ends_with('%') || text.contains('/') {
        let share = text.parse::<Ratio>().map_err(|_| format())?;
        return Ok((Value::Percent(share), None));
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if whole == "0" && digits(decimals) => (0, decimals),
        None if matches!(raw, Raw::Number(_)) && matches!(text.as_str(), "0" | "1") => {
            (u64::from(text == "1"), "")
        }
        _ => return Err(format()),
    };
    let (share, rounded) = decimal_share(whole, decimals).ok_or_else(format)?;
    let warning = || Fault::warning("PERCENT_ROUNDED", "比例按六位小数取近似值,宜写作分数");
    Ok((Value::Percent(share), rounded.then(warning)))
}

fn decimal_share(whole: u64, decimals: &str) -> Option<(Ratio, bool)> {
    let rounded = decimals.len() > SHARE_DECIMALS_MAX;
    let kept = decimals.get(..SHARE_DECIMALS_MAX).unwrap_or(decimals);
    let up = decimals.as_bytes().get(SHARE_DECIMALS_MAX).is_some_and(|digit| *digit >= b'5');
    let scale = 10_u64.pow(u32::try_from(kept.len()).ok()?);
    let part: u64 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    Ratio::new(whole * scale + part + u64::from(up), scale).map(|share| (share, rounded))
}

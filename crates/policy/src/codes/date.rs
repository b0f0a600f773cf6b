//! Dates as people write them (8.8), and those that are known to the month only.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::half_width;

/// A month: many personnel dates are known no better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct YearMonth {
    year: i16,
    month: i8,
}

impl YearMonth {
    /// A month; none if there is no such month.
    #[must_use]
    pub fn new(year: i16, month: i8) -> Option<Self> {
        Date::new(year, month, 1).ok().map(|_| Self { year, month })
    }

    /// The month that a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    /// The first day of the month.
    #[must_use]
    pub fn first_day(self) -> Date {
        Date::constant(self.year, self.month, 1)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub fn month(self) -> i8 {
        self.month
    }

    /// So many months later; none beyond the calendar's end.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Option<Self> {
        self.first_day().checked_add(i64::from(months).months()).ok().map(Self::of)
    }
}

/// `2012.07`, as in résumés and appointment forms.
impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.year, self.month)
    }
}

/// A date as it was written: to the day, or to the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateText {
    /// A day.
    Day(Date),
    /// A month.
    Month(YearMonth),
}

/// A text that is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "DATE_FORMAT: 不是日期(可写作 2020-01-22、2020.01、202001、20200122、2020年1月22日或表格日期序号):{0:?}"
)]
pub struct InvalidDate(pub String);

impl DateText {
    /// Reads `2009-1-1`, `2009-01-01`, `2009/1/1`, `2012.07`, `2012.7.1`, `201207`,
    /// `20120701`, `2020年1月`, `2020年1月22日`, and the serial numbers of worksheets.
    ///
    /// # Errors
    /// [`InvalidDate`].
    pub fn parse(text: &str) -> Result<Self, InvalidDate> {
        let invalid = || InvalidDate(text.chars().take(32).collect());
        let plain: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
        Self::read(&plain).ok_or_else(invalid)
    }

    fn read(text: &str) -> Option<Self> {
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return match text.len() {
                8 => day(&text[..4], &text[4..6], &text[6..]),
                6 => month(&text[..4], &text[4..]),
                5 => Self::from_serial(text.parse().ok()?),
                _ => None,
            };
        }
        let parts: Vec<&str> = if text.contains('年') {
            let text = text.strip_suffix('日').or_else(|| text.strip_suffix('月'))?;
            text.split(['年', '月']).collect()
        } else {
            let separator = text.chars().find(|c| matches!(c, '-' | '.' | '/'))?;
            text.split(separator).collect()
        };
        match parts[..] {
            [y, m, d] => day(y, m, d),
            [y, m] => month(y, m),
            _ => None,
        }
    }

    /// A serial number of a worksheet (1900 system): 43831 is 2020-01-01. Numbers up to
    /// 60 are refused: there the count is off by one, and nobody means them.
    #[must_use]
    pub fn from_serial(serial: u32) -> Option<Self> {
        if !(61..=2_958_465).contains(&serial) {
            return None;
        }
        let epoch = Date::constant(1899, 12, 30);
        epoch.checked_add(i64::from(serial).days()).ok().map(Self::Day)
    }

    /// The day, or the first day of the month.
    #[must_use]
    pub fn first_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Month(month) => month.first_day(),
        }
    }
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i16> {
    let plain = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn day(y: &str, m: &str, d: &str) -> Option<DateText> {
    let (y, m, d) = (number(y, 4..=4)?, number(m, 1..=2)?, number(d, 1..=2)?);
    let date = Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()?;
    (date.year() >= 1900).then_some(DateText::Day(date))
}

fn month(y: &str, m: &str) -> Option<DateText> {
    let (y, m) = (number(y, 4..=4)?, number(m, 1..=2)?);
    let month = YearMonth::new(y, i8::try_from(m).ok()?)?;
    (y >= 1900).then_some(DateText::Month(month))
}

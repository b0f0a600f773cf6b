//! Dates as each kind of document wants them (8.8).

use jiff::civil::Date;
use quanheng_policy::codes::YearMonth;

/// `2012.07`, as in résumés and appointment forms.
///
/// ```
/// use jiff::civil::date;
/// assert_eq!(quanheng_forms::dotted(date(2012, 7, 15)), "2012.07");
/// ```
#[must_use]
pub fn dotted(day: Date) -> String {
    YearMonth::of(day).to_string()
}

/// `2020年1月22日`, as in documents.
///
/// ```
/// use jiff::civil::date;
/// assert_eq!(quanheng_forms::spoken(date(2020, 1, 22)), "2020年1月22日");
/// ```
#[must_use]
pub fn spoken(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

/// `1980年5月`, as in documents.
///
/// ```
/// use quanheng_forms::{YearMonth, spoken_month};
/// assert_eq!(YearMonth::new(1980, 5).map(spoken_month).as_deref(), Some("1980年5月"));
/// ```
#[must_use]
pub fn spoken_month(month: YearMonth) -> String {
    format!("{}年{}月", month.year(), month.month())
}

/// `2020-01-22`, as in sheets.
///
/// ```
/// use jiff::civil::date;
/// assert_eq!(quanheng_forms::iso(date(2020, 1, 22)), "2020-01-22");
/// ```
#[must_use]
pub fn iso(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}

/// Full years of age (周岁) on a day of someone born in a month: a month of birth counts from
/// its first day. None before the birth.
///
/// ```
/// use jiff::civil::date;
/// use quanheng_forms::{YearMonth, age_on};
/// let born = YearMonth::new(1980, 5).unwrap();
/// assert_eq!(age_on(born, date(2026, 4, 30)), Some(45));
/// assert_eq!(age_on(born, date(2026, 5, 1)), Some(46));
/// assert_eq!(age_on(born, date(1980, 4, 1)), None);
/// ```
#[must_use]
pub fn age_on(born: YearMonth, day: Date) -> Option<u32> {
    let months = |month: YearMonth| i32::from(month.year()) * 12 + i32::from(month.month()) - 1;
    u32::try_from(months(YearMonth::of(day)) - months(born)).ok().map(|months| months / 12)
}

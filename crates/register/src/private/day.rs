//! Dates of a file: many are known to the month only.

use std::fmt;

use jiff::civil::Date;
use quanheng_policy::codes::{DateText, InvalidDate, YearMonth};
use serde::{Deserialize, Serialize};

/// A day, or a month where the day is not known. Written `1980-05-01` or `1980.05`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayOrMonth(pub DateText);

impl DayOrMonth {
    /// The day, or the first of the month.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.0.first_day()
    }

    /// Whether a day may be this one.
    #[must_use]
    pub fn may_be(self, day: Date) -> bool {
        match self.0 {
            DateText::Day(own) => own == day,
            DateText::Month(month) => month == YearMonth::of(day),
        }
    }
}

impl From<Date> for DayOrMonth {
    fn from(day: Date) -> Self {
        Self(DateText::Day(day))
    }
}

impl From<YearMonth> for DayOrMonth {
    fn from(month: YearMonth) -> Self {
        Self(DateText::Month(month))
    }
}

impl TryFrom<String> for DayOrMonth {
    type Error = InvalidDate;

    fn try_from(text: String) -> Result<Self, InvalidDate> {
        DateText::parse(&text).map(Self)
    }
}

impl From<DayOrMonth> for String {
    fn from(date: DayOrMonth) -> Self {
        date.to_string()
    }
}

impl fmt::Display for DayOrMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DateText::Day(day) => day.fmt(f),
            DateText::Month(month) => month.fmt(f),
        }
    }
}

super::debug_hides!(DayOrMonth);

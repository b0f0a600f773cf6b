//! The working-day calendar (工作日历), from data: which days the State Council office
//! made holidays (放假) and which days off it made working days (调休上班), by year.
//!
//! A working day is a weekday that is no holiday, or a weekend day that is made up. A
//! year whose arrangement is not published is refused: a legal deadline is never guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// The arrangement of the years that the program ships: 2004 to 2026.
pub const BUNDLED: &str = include_str!("../data/calendar.csv");

/// What a day that is not as its weekday suggests is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DayKind {
    /// 放假
    Holiday,
    /// 调休上班
    Workday,
}

/// Why the calendar gives no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The arrangement of the year is not known.
    #[error("CALENDAR_NOT_PUBLISHED: {year} 年放假调休安排尚未公布或未导入")]
    NotPublished {
        /// The year.
        year: i16,
    },
    /// A line of the data is wrong.
    #[error("日历数据第 {line} 行:{what}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, and what was expected.
        what: String,
    },
    /// A printed period is shorter than it must be.
    #[error("NOTICE_TOO_SHORT: {from} 至 {to} 只有 {working_days} 个工作日,至少应为 {required} 个")]
    PeriodTooShort {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
        /// How many working days it has.
        working_days: u32,
        /// How many it must have.
        required: u32,
    },
    /// A period that ends before it begins, or a date out of range.
    #[error("INVALID_FIELD: 日期区间无效:{from} 至 {to}")]
    InvalidPeriod {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
}

impl CalendarError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotPublished { .. } => "CALENDAR_NOT_PUBLISHED",
            Self::Malformed { .. } | Self::InvalidPeriod { .. } => "INVALID_FIELD",
            Self::PeriodTooShort { .. } => "NOTICE_TOO_SHORT",
        }
    }
}

/// Whether the day of posting counts (公示首日是否计入).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FirstDay {
    /// The day of posting is the first day, if it is a working day. The printed practice.
    Include,
    /// The first working day after posting is the first day.
    Exclude,
}

/// A calendar of working days: the arrangement of whole years, and on top of it the
/// local holidays (地方假日) of a jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    years: Arc<BTreeSet<i16>>,
    exceptions: Arc<BTreeMap<Date, DayKind>>,
    local: BTreeMap<Date, DayKind>,
}

impl Calendar {
    /// The calendar that the program ships.
    ///
    /// # Panics
    /// Never with the data as shipped, which the tests read.
    #[must_use]
    pub fn bundled() -> Self {
        Self::from_csv(BUNDLED).expect("the shipped calendar is well-formed")
    }

    /// Reads `date,kind,occasion` lines below a heading. Every year that has a line is
    /// taken to be published as a whole.
    ///
    /// # Errors
    /// [`CalendarError::Malformed`] with the line.
    pub fn from_csv(text: &str) -> Result<Self, CalendarError> {
        let mut years = BTreeSet::new();
        let mut exceptions = BTreeMap::new();
        for (nr, line) in text.lines().enumerate().skip(1) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let malformed =
                |what: &str| CalendarError::Malformed { line: nr + 1, what: what.into() };
            let mut fields = line.split(',');
            let (Some(date), Some(kind)) = (fields.next(), fields.next()) else {
                return Err(malformed("应为 日期,holiday|workday,名称"));
            };
            let date: Date = date.parse().map_err(|_| malformed("日期应为 YYYY-MM-DD"))?;
            let kind = match kind {
                "holiday" => DayKind::Holiday,
                "workday" => DayKind::Workday,
                _ => return Err(malformed("类别应为 holiday 或 workday")),
            };
            if exceptions.insert(date, kind).is_some() {
                return Err(malformed("日期重复"));
            }
            years.insert(date.year());
        }
        Ok(Self {
            years: Arc::new(years),
            exceptions: Arc::new(exceptions),
            local: BTreeMap::new(),
        })
    }

    /// The same calendar with the arrangement of more years; a year that is published
    /// again replaces what was known of it.
    #[must_use]
    pub fn with_published(&self, newer: &Self) -> Self {
        let mut exceptions = (*self.exceptions).clone();
        exceptions.retain(|date, _| !newer.years.contains(&date.year()));
        exceptions.extend(newer.exceptions.iter().map(|(date, kind)| (*date, *kind)));
        Self {
            years: Arc::new(self.years.union(&newer.years).copied().collect()),
            exceptions: Arc::new(exceptions),
            local: self.local.clone(),
        }
    }

    /// The same calendar with local days of a jurisdiction, which go before the national
    /// ones.
    #[must_use]
    pub fn with_local(&self, days: impl IntoIterator<Item = (Date, DayKind)>) -> Self {
        let mut local = self.local.clone();
        local.extend(days);
        Self { local, ..self.clone() }
    }

    /// The years whose arrangement is known.
    pub fn published_years(&self) -> impl Iterator<Item = i16> {
        self.years.iter().copied()
    }

    /// Whether people work on a day.
    ///
    /// # Errors
    /// [`CalendarError::NotPublished`].
    pub fn is_working_day(&self, day: Date) -> Result<bool, CalendarError> {
        if !self.years.contains(&day.year()) {
            return Err(CalendarError::NotPublished { year: day.year() });
        }
        let exception = self.local.get(&day).or_else(|| self.exceptions.get(&day));
        Ok(match exception {
            Some(DayKind::Holiday) => false,
            Some(DayKind::Workday) => true,
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        })
    }

    /// How many working days lie from one day through another, both included.
    ///
    /// # Errors
    /// [`CalendarError::NotPublished`], [`CalendarError::InvalidPeriod`].
    pub fn count_working_days(&self, from: Date, to: Date) -> Result<u32, CalendarError> {
        if to < from {
            return Err(CalendarError::InvalidPeriod { from, to });
        }
        let mut count = 0;
        let mut day = from;
        loop {
            count += u32::from(self.is_working_day(day)?);
            if day == to {
                return Ok(count);
            }
            day = next(day)?;
        }
    }

    /// The day on which so many working days have passed after a day: 0 is the day
    /// itself, 1 the first working day after it.
    ///
    /// # Errors
    /// [`CalendarError::NotPublished`].
    pub fn add_working_days(&self, after: Date, days: u32) -> Result<Date, CalendarError> {
        let mut day = after;
        for _ in 0..days {
            day = self.next_working_day(day)?;
        }
        Ok(day)
    }

    fn next_working_day(&self, after: Date) -> Result<Date, CalendarError> {
        let mut day = next(after)?;
        while !self.is_working_day(day)? {
            day = next(day)?;
        }
        Ok(day)
    }

    /// The last day of a public notice (公示) of so many working days.
    ///
    /// # Errors
    /// [`CalendarError::NotPublished`].
    pub fn notice_end(
        &self,
        posted: Date,
        working_days: u32,
        first_day: FirstDay,
    ) -> Result<Date, CalendarError> {
        let counts_today = first_day == FirstDay::Include && self.is_working_day(posted)?;
        self.add_working_days(posted, working_days.saturating_sub(u32::from(counts_today)))
    }

    /// Holds a printed period ("X日至Y日") against the working days that it must have.
    ///
    /// # Errors
    /// [`CalendarError::PeriodTooShort`] and those of counting.
    pub fn check_printed_period(
        &self,
        from: Date,
        to: Date,
        required: u32,
    ) -> Result<u32, CalendarError> {
        let working_days = self.count_working_days(from, to)?;
        if working_days < required {
            return Err(CalendarError::PeriodTooShort { from, to, working_days, required });
        }
        Ok(working_days)
    }

    /// A deadline in calendar days (日), counted from the day after; if its last day is
    /// no working day it moves on to the next one (期限顺延).
    ///
    /// # Errors
    /// [`CalendarError::NotPublished`].
    pub fn calendar_deadline(&self, known: Date, days: u32) -> Result<Date, CalendarError> {
        let end = known
            .checked_add(i64::from(days).days())
            .map_err(|_| CalendarError::InvalidPeriod { from: known, to: known })?;
        if self.is_working_day(end)? { Ok(end) } else { self.next_working_day(end) }
    }
}

fn next(day: Date) -> Result<Date, CalendarError> {
    day.tomorrow().map_err(|_| CalendarError::InvalidPeriod { from: day, to: day })
}

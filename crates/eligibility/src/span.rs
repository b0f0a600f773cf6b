//! Spans of months and days: the corresponding day (对应日), full years, and the two grains
//! in which tenure is counted.

use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_policy::codes::{DateText, YearMonth};
use quanheng_policy::profile::TenureGranularity;
use quanheng_register::private::DayOrMonth;

/// More months than any career or period has; beyond it nothing is computed.
const MONTHS_MAX: u32 = 12_000;

/// Where a number of months ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The corresponding day; the first of the next month where there is no such day.
    pub(crate) day: Date,
    /// Whether there is no such day.
    pub(crate) rolled: bool,
}

impl Mark {
    /// A day that no month was counted to.
    pub(crate) fn at(day: Date) -> Self {
        Self { day, rolled: true }
    }

    /// The first day after a bar that ends here: the day itself, or the next one where the
    /// corresponding day is still barred. A month's missing day has the first of the next
    /// month for its first free day either way.
    pub(crate) fn first_free(self, corresponding_day_free: bool) -> Option<Date> {
        if corresponding_day_free || self.rolled {
            return Some(self.day);
        }
        self.day.tomorrow().ok()
    }
}

/// So many months after a day; none beyond the calendar's end.
pub(crate) fn after_months(from: Date, months: u32) -> Option<Mark> {
    let months = i32::try_from(months.min(MONTHS_MAX + 1)).ok()?;
    if months.unsigned_abs() > MONTHS_MAX {
        return None;
    }
    let month = YearMonth::of(from).plus_months(months)?;
    if let Ok(day) = Date::new(month.year(), month.month(), from.day()) {
        return Some(Mark { day, rolled: false });
    }
    Some(Mark { day: month.plus_months(1)?.first_day(), rolled: true })
}

/// The first day on which so many months have passed since a date of a file.
pub(crate) fn reached_after(from: DayOrMonth, months: u32) -> Option<Date> {
    after_months(from.first_day(), months).map(|mark| mark.day)
}

/// The day on which an age in months is reached: in the month that so many months make, its
/// last day where it has no such day.
pub(crate) fn age_reached(birth: DayOrMonth, months: u32) -> Option<Date> {
    let mark = after_months(birth.first_day(), months)?;
    if mark.rolled { mark.day.yesterday().ok() } else { Some(mark.day) }
}

/// Full years from a date of a file to a day (周岁、周年); none if it is later. Where only
/// the month is known, the month of the anniversary counts.
pub(crate) fn full_years(from: DayOrMonth, to: Date) -> Option<i64> {
    let first = from.first_day();
    if first > to {
        return None;
    }
    let years = i64::from(to.year()) - i64::from(first.year());
    let before = match from.0 {
        DateText::Day(day) => (to.month(), to.day()) < (day.month(), day.day()),
        DateText::Month(month) => to.month() < month.month(),
    };
    Some(years - i64::from(before))
}

/// In what tenure is counted: months or days since a fixed beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grain(pub(crate) TenureGranularity);

const EPOCH: Date = Date::constant(1900, 1, 1);
const HOURS_PER_DAY: i64 = 24;

impl Grain {
    /// The month or the day that a date lies in.
    pub(crate) fn of(self, day: Date) -> i64 {
        match self.0 {
            TenureGranularity::Month => i64::from(day.year()) * 12 + i64::from(day.month()) - 1,
            TenureGranularity::Day => day.duration_since(EPOCH).as_hours() / HOURS_PER_DAY,
        }
    }

    /// Its first day; none beyond the calendar's end.
    pub(crate) fn first_day(self, unit: i64) -> Option<Date> {
        match self.0 {
            TenureGranularity::Month => {
                let year = i16::try_from(unit.div_euclid(12)).ok()?;
                let month = i8::try_from(unit.rem_euclid(12) + 1).ok()?;
                Date::new(year, month, 1).ok()
            }
            TenureGranularity::Day => {
                let within = unit.abs() <= i64::from(MONTHS_MAX) * 31;
                if within { EPOCH.checked_add(unit.days()).ok() } else { None }
            }
        }
    }

    /// Where a year begins.
    pub(crate) fn year(self, year: i16) -> i64 {
        match self.0 {
            TenureGranularity::Month => i64::from(year) * 12,
            TenureGranularity::Day => {
                let year = year.clamp(-9999, 9999);
                self.of(Date::constant(year, 1, 1))
            }
        }
    }

    /// How many units so many months after a day are; none beyond the calendar's end.
    pub(crate) fn months(self, from: Date, months: u32) -> Option<i64> {
        match self.0 {
            TenureGranularity::Month => Some(i64::from(months)),
            TenureGranularity::Day => {
                Some(self.of(after_months(from, months)?.day) - self.of(from))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_corresponding_day_or_the_first_of_the_next_month() {
        for (from, months, day, rolled) in [
            (date(2023, 1, 31), 18, date(2024, 7, 31), false),
            (date(2023, 8, 31), 6, date(2024, 3, 1), true),
            (date(2024, 2, 29), 18, date(2025, 8, 29), false),
            (date(2024, 2, 29), 12, date(2025, 3, 1), true),
            (date(2023, 12, 15), 0, date(2023, 12, 15), false),
        ] {
            assert_eq!(after_months(from, months), Some(Mark { day, rolled }), "{from} {months}");
        }
        assert_eq!(after_months(date(2024, 1, 1), u32::MAX), None);
        assert_eq!(after_months(date(9999, 12, 31), 1), None);
    }

    #[test]
    fn birthdays_to_the_day_or_the_month() {
        let day = DayOrMonth::from(date(1980, 2, 29));
        assert_eq!(full_years(day, date(2025, 2, 28)), Some(44));
        assert_eq!(full_years(day, date(2025, 3, 1)), Some(45));
        let month = DayOrMonth::from(YearMonth::new(1980, 5).expect("a month"));
        assert_eq!(full_years(month, date(2025, 5, 1)), Some(45));
        assert_eq!(full_years(month, date(2025, 4, 30)), Some(44));
        assert_eq!(full_years(month, date(1979, 1, 1)), None);
    }

    proptest! {
        /// The plain meaning: the first day that is so many months on, or later.
        #[test]
        fn a_mark_is_the_first_day_not_before_it(start in 0..20_000_i64, months in 0..60_u32) {
            let grain = Grain(TenureGranularity::Day);
            let from = grain.first_day(start + 30_000).expect("a day");
            let month = Grain(TenureGranularity::Month);
            let target = (month.of(from) + i64::from(months), from.day());
            let mut day = from;
            while (month.of(day), day.day()) < target {
                day = day.tomorrow().expect("a day");
            }
            prop_assert_eq!(after_months(from, months).map(|mark| mark.day), Some(day));
        }

        #[test]
        fn units_and_their_first_days_agree(unit in 20_000..60_000_i64) {
            for granularity in [TenureGranularity::Month, TenureGranularity::Day] {
                let grain = Grain(granularity);
                let day = grain.first_day(unit).expect("a day");
                prop_assert_eq!(grain.of(day), unit);
                prop_assert!(grain.year(day.year()) <= unit && unit < grain.year(day.year() + 1));
            }
        }
    }
}

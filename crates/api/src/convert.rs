//! Dates, moments and messages as JSON.

use jiff::civil::Date;

use crate::google;

/// A day as the API writes it.
#[must_use]
pub fn date(day: Date) -> google::r#type::Date {
    google::r#type::Date {
        year: day.year().into(),
        month: day.month().into(),
        day: day.day().into(),
    }
}

/// The day that a date names; none if there is no such day.
#[must_use]
pub fn day(date: &google::r#type::Date) -> Option<Date> {
    let year = i16::try_from(date.year).ok()?;
    let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    Date::new(year, month, day).ok().filter(|day| (1..=9999).contains(&day.year()))
}

/// The day that a date names, if one is given; none within if there is no such day.
#[must_use]
pub fn optional_day(date: Option<&google::r#type::Date>) -> Option<Option<Date>> {
    date.map(day)
}

/// A moment, from microseconds since 1970.
#[must_use]
pub fn timestamp(micros: i64) -> pbjson_types::Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000)).unwrap_or(0) * 1_000;
    pbjson_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// A message as JSON, as proto3 writes it, with the field names of the files.
///
/// # Errors
/// When a value cannot be written, as a time out of range.
pub fn json<M: serde::Serialize>(message: &M) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quanheng::common::v1::{Basis, Ratio};

    #[test]
    fn days_are_checked() {
        let of = |year, month, day| google::r#type::Date { year, month, day };
        for (given, expected) in [
            (of(2026, 11, 24), Some(Date::constant(2026, 11, 24))),
            (of(2024, 2, 29), Some(Date::constant(2024, 2, 29))),
            (of(2026, 2, 29), None),
            (of(2026, 2, 0), None),
            (of(0, 1, 1), None),
            (of(99_999, 1, 1), None),
        ] {
            assert_eq!(day(&given), expected, "{given:?}");
        }
    }

    #[test]
    fn messages_are_written_as_json() {
        let basis = Basis {
            document_number: "组通〔2026〕12号".into(),
            effective_on: Some(date(Date::constant(2026, 1, 2))),
        };
        let json = json(&basis).expect("of this API");
        assert_eq!(json["document_number"], "组通〔2026〕12号");
        assert_eq!(json["effective_on"]["day"], 2);
        let ratio = super::json(&Ratio { numerator: 1, denominator: 3 }).expect("of this API");
        assert_eq!(ratio["denominator"], "3");
    }

    #[test]
    fn moments_before_1970_are_moments() {
        let moment = timestamp(-1);
        assert_eq!((moment.seconds, moment.nanos), (-1, 999_999_000));
    }
}

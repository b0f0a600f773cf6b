//! Moments, days and deadlines.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use quanheng_eventlog::Micros;
use tokio::time::Instant;

/// The whole country keeps one time.
const CHINA: Offset = Offset::constant(8);

/// The day of a moment, in China.
#[must_use]
pub fn today(now: Micros) -> Date {
    let moment = Timestamp::from_microsecond(now.0).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::fixed(CHINA).to_datetime(moment).date()
}

/// By when a call has to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// After a while.
    #[must_use]
    pub fn after(wait: Duration) -> Self {
        Self(Instant::now() + wait)
    }

    /// The moment.
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }

    /// How long it is until then.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Waits for something, but not longer.
    pub async fn bound<F: Future>(self, wait: F) -> Option<F::Output> {
        tokio::time::timeout_at(self.0, wait).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        for (moment, day) in [
            ("2026-11-23T15:59:59.999999Z", "2026-11-23"),
            ("2026-11-23T16:00:00.000000Z", "2026-11-24"),
        ] {
            let moment: Micros = moment.parse().expect("a moment");
            assert_eq!(today(moment).to_string(), day);
        }
    }
}

//! What projections tell about themselves, as OpenTelemetry metrics of the meter
//! `quanheng.projection`. Durations are whole microseconds.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram};

use crate::definition::Definition;

/// The instruments of one projection.
pub(crate) struct Metrics {
    labels: [KeyValue; 2],
    events: Counter<u64>,
    page_us: Histogram<u64>,
    lag: Gauge<u64>,
    lost_races: Counter<u64>,
    failures: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new(definition: &Definition) -> Self {
        let meter = opentelemetry::global::meter("quanheng.projection");
        let boundaries = [
            200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
            1_000_000, 5_000_000,
        ];
        let count = |name, about| meter.u64_counter(name).with_description(about).build();
        Self {
            labels: [
                KeyValue::new("projection", definition.name()),
                KeyValue::new("version", i64::from(definition.version())),
            ],
            events: count("projection.events", "events folded"),
            page_us: meter
                .u64_histogram("projection.page.duration")
                .with_unit("us")
                .with_boundaries(boundaries.map(f64::from).to_vec())
                .with_description("from the page of events to the durable checkpoint")
                .build(),
            lag: meter
                .u64_gauge("projection.lag")
                .with_description("positions between the checkpoint and the head")
                .build(),
            lost_races: count(
                "projection.lost_races",
                "pages that another process had written first",
            ),
            failures: count("projection.failures", "events that could not be folded"),
        }
    }

    pub(crate) fn folded(&self, events: usize, took: Duration) {
        self.events.add(events as u64, &self.labels);
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.page_us.record(took, &self.labels);
    }

    pub(crate) fn lag(&self, positions: u64) {
        self.lag.record(positions, &self.labels);
    }

    pub(crate) fn lost_race(&self) {
        self.lost_races.add(1, &self.labels);
    }

    pub(crate) fn failed(&self) {
        self.failures.add(1, &self.labels);
    }
}

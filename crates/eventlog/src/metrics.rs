//! What the log tells about itself, as OpenTelemetry metrics of the meter
//! `quanheng.eventlog`. Durations are whole microseconds.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram};

/// The instruments of one log.
pub(crate) struct Metrics {
    labels: [KeyValue; 1],
    batch_events: Histogram<u64>,
    commit_us: Histogram<u64>,
    queue_wait_us: Histogram<u64>,
    conflicts: Counter<u64>,
    redecisions: Counter<u64>,
    replays: Counter<u64>,
    splits: Counter<u64>,
    unknown: Counter<u64>,
    subscriber_lag: Gauge<u64>,
}

impl Metrics {
    pub(crate) fn new(backend: &'static str) -> Self {
        let meter = opentelemetry::global::meter("quanheng.eventlog");
        let us = |name, about| {
            let histogram = meter.u64_histogram(name).with_unit("us");
            let boundaries = [
                50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000,
                500_000, 1_000_000, 5_000_000,
            ];
            let boundaries = boundaries.map(f64::from).to_vec();
            histogram.with_boundaries(boundaries).with_description(about).build()
        };
        let count = |name, about| {
            let counter = meter.u64_counter(name);
            counter.with_description(about).build()
        };
        Self {
            labels: [KeyValue::new("backend", backend)],
            batch_events: meter
                .u64_histogram("eventlog.batch.events")
                .with_description("events of one database transaction")
                .build(),
            commit_us: us("eventlog.commit.duration", "from taking the log's lock to durable"),
            queue_wait_us: us("eventlog.queue.wait", "wait in the sequencer's queue"),
            conflicts: count("eventlog.conflicts", "transactions whose expectation failed"),
            redecisions: count(
                "eventlog.redecisions",
                "decisions taken over events that others committed",
            ),
            replays: count("eventlog.replays", "repeated requests answered from the log"),
            splits: count("eventlog.batch.splits", "batches that the database refused"),
            unknown: count("eventlog.commit.settled", "commits whose outcome had to be found out"),
            subscriber_lag: meter
                .u64_gauge("eventlog.subscriber.lag")
                .with_description("positions between a subscriber and the head")
                .build(),
        }
    }

    pub(crate) fn waited(&self, wait: Duration) {
        self.queue_wait_us.record(micros(wait), &self.labels);
    }

    pub(crate) fn committed(&self, events: usize, took: Duration) {
        self.batch_events.record(events as u64, &self.labels);
        self.commit_us.record(micros(took), &self.labels);
    }

    pub(crate) fn conflict(&self) {
        self.conflicts.add(1, &self.labels);
    }

    pub(crate) fn redecided(&self, decisions: u64) {
        self.redecisions.add(decisions, &self.labels);
    }

    pub(crate) fn replayed(&self) {
        self.replays.add(1, &self.labels);
    }

    pub(crate) fn split(&self) {
        self.splits.add(1, &self.labels);
    }

    pub(crate) fn settled_unknown(&self) {
        self.unknown.add(1, &self.labels);
    }

    pub(crate) fn lag(&self, positions: u64) {
        self.subscriber_lag.record(positions, &self.labels);
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

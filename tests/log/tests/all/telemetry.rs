//! The log tells how it is doing.

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use quanheng_eventlog::{Expect, Filter, Position};
use quanheng_log_tests::{Fixture, Kind, count_up, key, stream};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_shows_in_the_metrics() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    opentelemetry::global::set_meter_provider(provider.clone());
    let fixture = Fixture::new(Kind::Postgres);
    let (log, other) = (fixture.open().await, fixture.open().await);
    let id = Uuid::now_v7();
    let keyed = || count_up([&stream("a")]).keyed(key(id, ""), "");
    log.commit(keyed()).await.unwrap();
    log.commit(keyed()).await.unwrap();
    let conflict = count_up([&stream("a")]).expect(stream("a"), Expect::None);
    log.commit(conflict).await.unwrap_err();
    for log in [&log, &other, &log] {
        let decision = quanheng_log_tests::next_count(stream("hot"), None, u64::MAX);
        log.commit(decision).await.unwrap();
    }
    let mut subscription = log.subscribe(Position::START, Filter::all()).await.unwrap();
    subscription.next().await.unwrap();
    provider.force_flush().unwrap();

    let mut counts = std::collections::BTreeMap::new();
    for resource in exporter.get_finished_metrics().unwrap() {
        for scope in resource.scope_metrics().filter(|s| s.scope().name() == "quanheng.eventlog") {
            for metric in scope.metrics() {
                let count = match metric.data() {
                    AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                        sum.data_points().map(|point| point.value()).sum::<u64>()
                    }
                    AggregatedMetrics::U64(MetricData::Histogram(histogram)) => {
                        histogram.data_points().map(|point| point.count()).sum()
                    }
                    AggregatedMetrics::U64(MetricData::Gauge(_)) => 1,
                    _ => 0,
                };
                counts.insert(metric.name().to_owned(), count);
            }
        }
    }
    let at_least = |name: &str, least: u64| {
        let count = counts.get(name).copied().unwrap_or(0);
        assert!(count >= least, "{name}: {count}, expected at least {least}; {counts:?}");
    };
    at_least("eventlog.batch.events", 4);
    at_least("eventlog.commit.duration", 4);
    at_least("eventlog.queue.wait", 6);
    at_least("eventlog.conflicts", 1);
    at_least("eventlog.replays", 1);
    at_least("eventlog.redecisions", 1);
    at_least("eventlog.subscriber.lag", 1);
}

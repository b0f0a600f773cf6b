//! A projection tells how it is doing.

use std::collections::BTreeMap;

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

use crate::domain::{commit, odd, post, register, set};
use crate::rig::{Kind, Rig, caught_up, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_shows_in_the_metrics() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    opentelemetry::global::set_meter_provider(provider.clone());
    let rig = Rig::new(Kind::Sqlite);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    for n in 0..3 {
        commit(&log, [set("a", &post("u1", "GM07", n))]).await;
    }
    caught_up(&projections).await;
    commit(&log, [odd("a", "broken")]).await;
    eventually(async || projections.view("register").unwrap().position().is_err()).await;
    provider.force_flush().unwrap();

    let mut counts = BTreeMap::new();
    for resource in exporter.get_finished_metrics().unwrap() {
        for scope in resource.scope_metrics().filter(|s| s.scope().name() == "quanheng.projection")
        {
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
    assert_eq!(counts.get("projection.events"), Some(&3), "{counts:?}");
    assert_eq!(counts.get("projection.failures"), Some(&1), "{counts:?}");
    assert!((1..=3).contains(&counts["projection.page.duration"]), "{counts:?}");
    assert_eq!(counts.get("projection.lag"), Some(&1), "{counts:?}");
}

//! What the gRPC server tells about itself, as metrics of the meter `quanheng.rpc`.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
use tonic::Code;

use super::method::MethodName;

/// Upper bounds of the buckets of durations, in microseconds: half a millisecond to a
/// minute, for a stream may be watched that long.
const BOUNDARIES_US: [u32; 15] = [
    500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
    2_000_000, 5_000_000, 10_000_000, 60_000_000,
];

/// The instruments of one server.
#[derive(Debug)]
pub(super) struct Metrics {
    duration_us: Histogram<u64>,
    requests: Counter<u64>,
    in_flight: UpDownCounter<i64>,
}

impl Metrics {
    pub(super) fn of(meter: &Meter) -> Self {
        Self {
            duration_us: meter
                .u64_histogram("rpc.server.duration")
                .with_unit("us")
                .with_boundaries(BOUNDARIES_US.map(f64::from).to_vec())
                .with_description("from the request's head to the answer's trailers")
                .build(),
            requests: meter
                .u64_counter("rpc.server.requests")
                .with_description("calls that have ended")
                .build(),
            in_flight: meter
                .i64_up_down_counter("rpc.server.in_flight")
                .with_description("calls that have begun and not ended")
                .build(),
        }
    }

    pub(super) fn begun(&self) {
        self.in_flight.add(1, &[]);
    }

    pub(super) fn ended(&self, method: &MethodName, code: Code, after: Duration) {
        let labels = match code {
            // The name may be anything that a caller thought of.
            Code::Unimplemented => labels(&MethodName::other(), code),
            _ => labels(method, code),
        };
        self.in_flight.add(-1, &[]);
        self.requests.add(1, &labels);
        self.duration_us.record(u64::try_from(after.as_micros()).unwrap_or(u64::MAX), &labels);
    }
}

fn labels(method: &MethodName, code: Code) -> [KeyValue; 4] {
    [
        KeyValue::new("rpc.system", "grpc"),
        KeyValue::new("rpc.service", method.service().to_owned()),
        KeyValue::new("rpc.method", method.method().to_owned()),
        KeyValue::new("rpc.grpc.status_code", code as i64),
    ]
}

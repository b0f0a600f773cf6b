//! Callers that wait for their answers, and callers that do not.

use std::future::Future;
use std::time::{Duration, Instant};

use quanheng_api::quanheng::projection::v1 as projection;
use quanheng_e2e::Client;

/// Waits until the views of a server hold everything that is in the log; how long that took.
pub(crate) async fn caught_up(client: &Client) -> Duration {
    let begun = Instant::now();
    loop {
        let request = projection::ListProjectionsRequest::default();
        let answer = client.projection().list_projections(request).await.unwrap().into_inner();
        if answer.projections.iter().all(|one| one.lag == 0) {
            return begun.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Calls again and again.
pub(crate) trait Caller: Send + 'static {
    /// One call and its answer.
    fn call(&mut self) -> impl Future<Output = ()> + Send;
}

/// How fast it went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// Calls per second.
    pub(crate) rate: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

impl Pace {
    /// Of the times that calls took, in a span of time.
    pub(crate) fn of(mut times: Vec<u64>, took: Duration) -> Self {
        times.sort_unstable();
        Self {
            rate: times.len() as f64 / took.as_secs_f64(),
            p50_us: percentile(&times, 50.0),
            p99_us: percentile(&times, 99.0),
        }
    }
}

/// A share of some figures lies below this one.
pub(crate) fn percentile(sorted: &[u64], percent: f64) -> f64 {
    let rank = (sorted.len() as f64 * percent / 100.0) as usize;
    sorted.get(rank.min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |figure| *figure as f64)
}

/// Each caller calls as soon as it has its answer.
pub(crate) async fn closed<C: Caller>(callers: Vec<C>, time: Duration) -> Pace {
    let start = Instant::now();
    let tasks = callers.into_iter().map(|mut caller| {
        tokio::spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < time {
                let before = Instant::now();
                caller.call().await;
                times.push(before.elapsed().as_micros() as u64);
            }
            times
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    Pace::of(times, start.elapsed())
}

/// So many calls a second, whether or not the answers come. The callers take turns.
pub(crate) async fn open<C: Caller + Clone + Sync>(
    callers: &[C],
    rate: f64,
    time: Duration,
) -> Pace {
    const LANES: usize = 16;
    let start = Instant::now();
    let every = Duration::from_secs_f64(LANES as f64 / rate);
    let lanes = (0..LANES).map(|lane| {
        let own: Vec<C> = callers.iter().skip(lane).step_by(LANES).cloned().collect();
        tokio::spawn(async move {
            let shift = every.mul_f64(lane as f64 / LANES as f64);
            let mut ticks = tokio::time::interval_at((start + shift).into(), every);
            let mut turn = own.iter().cycle();
            let mut calls = Vec::new();
            while start.elapsed() < time {
                ticks.tick().await;
                let mut caller = turn.next().unwrap().clone();
                let sent = Instant::now();
                calls.push(tokio::spawn(async move {
                    caller.call().await;
                    sent.elapsed().as_micros() as u64
                }));
            }
            calls
        })
    });
    let lanes: Vec<_> = lanes.collect();
    let mut times = Vec::new();
    for lane in lanes {
        for call in lane.await.unwrap() {
            times.push(call.await.unwrap());
        }
    }
    Pace::of(times, start.elapsed())
}

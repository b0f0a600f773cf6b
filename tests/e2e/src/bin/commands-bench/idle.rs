//! What a server takes that does nothing.

use std::time::Duration;

use crate::place::Database;
use crate::report::{Line, Report, Target};

/// Anonymous memory of a process.
pub(crate) fn anonymous_kib(pid: u32) -> f64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = rollup.lines().find(|line| line.starts_with("Anonymous:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A server on an empty realm, after some seconds without calls.
pub(crate) async fn idle(database: &Database, rounds: usize, report: &mut Report) {
    let mut line = Line::new("idle_memory", "MiB", Target::AtMost(1.0));
    for _ in 0..rounds {
        let place = database.place();
        let mut server = place.serve().await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        line.round(60.0, anonymous_kib(server.pid()) / 1_024.0);
        assert!(server.stop().await, "the server ends well");
    }
    report.add(database.name(), line);
}

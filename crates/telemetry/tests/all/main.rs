//! Telemetry as a process has it: real receivers, real calls, real scrapes. What is
//! installed is global, so a process runs one of these tests; nextest does so.

#![allow(clippy::unwrap_used)]

mod collector;
mod served;

mod follows;
mod logs;
mod metrics;
mod refused;
mod silent;
mod traces;

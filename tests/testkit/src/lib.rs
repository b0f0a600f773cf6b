//! What tests and benchmarks need from the machine: private PostgreSQL clusters,
//! connections that break on demand, and signals.

pub mod cluster;
pub mod proxy;
pub mod signal;

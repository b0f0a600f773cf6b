//! Routes of changes, the ledger of units, and where units came from.

mod lineage;
mod routes;
mod units;
pub(crate) mod world;

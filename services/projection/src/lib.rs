//! What projections there are, and their documents as they change (投影与订阅).
//!
//! * [`ProjectionApi`]: the service.
//! * `list`: how far each projection is, and what its collections can be asked.
//! * `watch`: a snapshot and then changes; personal data masked (`mask`).

mod grpc;
mod list;
mod mask;
mod right;
mod watch;

pub use grpc::ProjectionApi;
pub use right::right;
pub use watch::HEARTBEAT_SECONDS_MAX;

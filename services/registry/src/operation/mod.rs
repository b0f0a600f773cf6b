//! Operations (长时操作): work that goes on after the call that asked for it.
//!
//! * [`state`]: an operation as the log has it, and as it is told.
//! * [`view`]: all of them, to be listed.

mod grpc;
mod state;
mod view;

pub use grpc::OperationApi;
pub use view::{OPERATIONS, OPERATIONS_PROJECTION, operations_definition};

pub(crate) use state::{Known, find, state_message, told};
pub(crate) use view::OperationDoc;

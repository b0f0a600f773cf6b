//! The registers of units, posts and persons (单位、职位、人员登记): handlers and views over
//! `quanheng-register`.
//!
//! * [`RegistryApi`]: the service; `unit/`, `post/`, `person/` hold its handlers and views.
//! * [`OperationApi`]: imports that go on after their call.
//!
//! Personal data comes in, is validated, and is sealed at once; events, views and states
//! hold it sealed. It is opened only to answer who may see it, and masked otherwise.

mod grpc;
mod import;
mod operation;
mod person;
mod post;
mod refusal;
mod unit;

pub use grpc::RegistryApi;
pub use import::{ImportBounds, Imports};
pub use operation::{OPERATIONS, OPERATIONS_PROJECTION, OperationApi, operations_definition};
pub use person::{
    PERSONS, PERSONS_PROJECTION, finish_erasures, persons_definition, watch_erasures,
};
pub use post::POSTS;
pub use unit::{UNITS, UNITS_PROJECTION, units_definition};

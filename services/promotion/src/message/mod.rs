//! The domain's types as messages.

mod eligibility;
mod request;
mod round;

pub(crate) use eligibility::{Detail, eligibility};
pub(crate) use request::{details, request};
pub(crate) use round::round;

//! The domain's types as messages.

pub(crate) mod shared;

//! The domain's types as messages.

pub(crate) mod case;
pub(crate) mod shared;

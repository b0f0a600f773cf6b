//! The domain's types as messages.

pub(crate) mod campaign;
pub(crate) mod case;
pub(crate) mod shared;
pub(crate) mod survey;
pub(crate) mod transition;

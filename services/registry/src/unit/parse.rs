//! Units from the wire.

pub(super) use quanheng_runtime::wire::units::{AskedKind, change_kind, patch, profile, units};

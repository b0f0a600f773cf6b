//! Short words to write columns and indexes of a collection down by.

use crate::column::{Column, ColumnKind};
use crate::definition::Index;

/// A text.
#[must_use]
pub const fn text(name: &'static str, pointer: &'static str) -> Column {
    Column { name, pointer, kind: ColumnKind::Text }
}

/// True or false.
#[must_use]
pub const fn truth(name: &'static str, pointer: &'static str) -> Column {
    Column { name, pointer, kind: ColumnKind::Boolean }
}

/// A day.
#[must_use]
pub const fn day(name: &'static str, pointer: &'static str) -> Column {
    Column { name, pointer, kind: ColumnKind::Date }
}

/// Documents where some columns have given values, in an order.
#[must_use]
pub const fn index(equals: &'static [&'static str], order: &'static [&'static str]) -> Index {
    Index { equals, order }
}

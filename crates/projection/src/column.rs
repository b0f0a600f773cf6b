//! Columns: what of a document is indexed, and as what.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::Date;
use serde_json::Value as Json;

use crate::bounds::COLUMN_BYTES_MAX;

/// Of which kind the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Text, in the order of its UTF-8 bytes.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// True or false; false comes first.
    Boolean,
    /// A day, written `2026-11-24` in the document.
    Date,
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "true or false",
            Self::Date => "date (YYYY-MM-DD)",
        })
    }
}

/// A typed part of the documents of a collection, by which they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Column {
    /// As filters and orders name it: lower-case letters, digits, `_` and `.`.
    pub name: &'static str,
    /// Where it stands in the document, as a JSON pointer (RFC 6901).
    pub pointer: &'static str,
    /// What it is.
    pub kind: ColumnKind,
}

/// A document whose value at a column's place is of another kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{column} is not of its kind: {kind}")]
pub struct WrongKind {
    /// The column.
    pub column: &'static str,
    /// What its values must be.
    pub kind: ColumnKind,
}

impl Column {
    /// The column's value in a document; none where it is absent, null, or a text that
    /// cannot be indexed ([`COLUMN_BYTES_MAX`]).
    ///
    /// # Errors
    /// [`WrongKind`] where something else stands there.
    pub fn of(&self, document: &Json) -> Result<Option<Value>, WrongKind> {
        let wrong = || WrongKind { column: self.name, kind: self.kind };
        let value = match document.pointer(self.pointer) {
            None | Some(Json::Null) => return Ok(None),
            Some(value) => value,
        };
        match self.kind {
            ColumnKind::Text => {
                let text = value.as_str().ok_or_else(wrong)?;
                Ok(is_indexable(text).then(|| Value::Text(text.to_owned())))
            }
            ColumnKind::Integer => value.as_i64().map(Value::Integer).map(Some).ok_or_else(wrong),
            ColumnKind::Boolean => value.as_bool().map(Value::Boolean).map(Some).ok_or_else(wrong),
            ColumnKind::Date => {
                let date: Date = value.as_str().and_then(|t| t.parse().ok()).ok_or_else(wrong)?;
                if date.year() < 0 { Err(wrong()) } else { Ok(Some(Value::Date(date))) }
            }
        }
    }
}

pub(crate) fn is_indexable(text: &str) -> bool {
    text.len() <= COLUMN_BYTES_MAX && !text.contains('\0')
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// A day.
    Date(Date),
}

impl Value {
    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> ColumnKind {
        match self {
            Self::Text(_) => ColumnKind::Text,
            Self::Integer(_) => ColumnKind::Integer,
            Self::Boolean(_) => ColumnKind::Boolean,
            Self::Date(_) => ColumnKind::Date,
        }
    }

    /// The order of two values of one kind; none between kinds.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// As it stands in the database. Days are text: both databases order it alike.
    pub(crate) fn to_sql(&self) -> sea_query::Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Integer(number) => (*number).into(),
            Self::Boolean(truth) => (*truth).into(),
            Self::Date(date) => date.to_string().into(),
        }
    }

    /// Nothing, as it stands in the database.
    pub(crate) fn missing(kind: ColumnKind) -> sea_query::Value {
        match kind {
            ColumnKind::Text | ColumnKind::Date => None::<String>.into(),
            ColumnKind::Integer => None::<i64>.into(),
            ColumnKind::Boolean => None::<bool>.into(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_at_its_place() {
        let document = serde_json::json!({
            "name": "某局", "seats": 3, "open": true, "since": "2026-11-24", "nothing": null,
            "deep": {"er": 1}, "nul": "a\u{0}b", "long": "长".repeat(200),
        });
        let at = |pointer, kind| Column { name: "c", pointer, kind }.of(&document);
        let day = jiff::civil::date(2026, 11, 24);
        for (pointer, kind, expected) in [
            ("/name", ColumnKind::Text, Ok(Some(Value::from("某局")))),
            ("/seats", ColumnKind::Integer, Ok(Some(Value::from(3)))),
            ("/open", ColumnKind::Boolean, Ok(Some(Value::from(true)))),
            ("/since", ColumnKind::Date, Ok(Some(Value::from(day)))),
            ("/deep/er", ColumnKind::Integer, Ok(Some(Value::from(1)))),
            ("/nothing", ColumnKind::Date, Ok(None)),
            ("/absent", ColumnKind::Text, Ok(None)),
            ("/nul", ColumnKind::Text, Ok(None)),
            ("/long", ColumnKind::Text, Ok(None)),
        ] {
            assert_eq!(at(pointer, kind), expected, "{pointer}");
        }
        assert!(at("/name", ColumnKind::Integer).is_err());
        assert!(at("/seats", ColumnKind::Text).is_err());
        assert!(at("/name", ColumnKind::Date).is_err());
    }
}

//! Sort keys: the values of an order's columns and the id as bytes that compare as the
//! values do.
//!
//! A database's index over several columns is walked from any place in it only if no
//! column is missing and the comparison of rows is written just so, and the two
//! databases disagree on where what is missing stands. One column of bytes has one
//! order everywhere: what is missing comes first, and "after this document" is one
//! comparison, whatever the order.

use crate::column::Value;
use crate::filter::{Filter, Op};
use crate::order::Direction;
use crate::page_token::Cursor;

const MISSING: u8 = 0;
const PRESENT: u8 = 1;
/// Above every byte that may follow a value.
const ABOVE: u8 = u8::MAX;

/// The key of a document: the values of the order's columns, then its id.
pub(crate) fn sort_key<'a>(
    values: impl IntoIterator<Item = Option<&'a Value>>,
    id: &str,
) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    for value in values {
        match value {
            Some(value) => push(&mut key, value),
            None => key.push(MISSING),
        }
    }
    key.extend_from_slice(id.as_bytes());
    key
}

fn push(key: &mut Vec<u8>, value: &Value) {
    key.push(PRESENT);
    match value {
        // No indexed text holds a NUL: so it ends the text, and a text comes before
        // those that it begins.
        Value::Text(text) => {
            key.extend_from_slice(text.as_bytes());
            key.push(0);
        }
        Value::Integer(number) => {
            let lifted = number.cast_unsigned() ^ (1 << 63);
            key.extend_from_slice(&lifted.to_be_bytes());
        }
        Value::Boolean(truth) => key.push(u8::from(*truth)),
        Value::Date(date) => {
            key.extend_from_slice(date.to_string().as_bytes());
            key.push(0);
        }
    }
}

/// Not below the key of any document whose first column is this value.
pub(crate) fn first_of(value: &Value) -> Vec<u8> {
    let mut key = Vec::new();
    push(&mut key, value);
    key
}

/// Above the keys of all documents whose first column is this value.
pub(crate) fn end_of(value: &Value) -> Vec<u8> {
    let mut key = first_of(value);
    key.push(ABOVE);
    key
}

/// Not above the key of any document that has a first column.
pub(crate) fn first_present() -> Vec<u8> {
    vec![PRESENT]
}

/// The part of an index that holds what is asked for: `from` and above, below `to`.
///
/// A condition that stands here stands nowhere else in the statement: said twice, it
/// makes a database believe that fewer rows are left than there are, and leave the
/// index's order for a sort.
#[derive(Default)]
pub(crate) struct KeyRange {
    pub(crate) from: Option<Vec<u8>>,
    pub(crate) to: Option<Vec<u8>>,
}

impl KeyRange {
    fn raise(&mut self, key: Vec<u8>) {
        self.from = self.from.take().max(Some(key));
    }

    fn lower(&mut self, key: Vec<u8>) {
        self.to = Some(self.to.take().map_or(key.clone(), |to| to.min(key)));
    }

    /// Takes over what a filter says of the first column of the order; leaves the rest.
    pub(crate) fn take_from(&mut self, filter: &Filter, first: &str) -> Filter {
        match filter {
            Filter::All(parts) => {
                Filter::All(parts.iter().map(|part| self.take_from(part, first)).collect())
            }
            Filter::Compare { column, op, value } if column == first && *op != Op::NotEqual => {
                self.narrow(*op, value);
                Filter::all()
            }
            rest => rest.clone(),
        }
    }

    fn narrow(&mut self, op: Op, value: &Value) {
        match op {
            Op::Equal | Op::GreaterOrEqual => self.raise(first_of(value)),
            Op::Greater => self.raise(end_of(value)),
            // What is missing is not smaller: it does not compare.
            Op::Less | Op::LessOrEqual => self.raise(first_present()),
            Op::NotEqual => {}
        }
        match op {
            Op::Equal | Op::LessOrEqual => self.lower(end_of(value)),
            Op::Less => self.lower(first_of(value)),
            Op::Greater | Op::GreaterOrEqual | Op::NotEqual => {}
        }
    }

    /// Only what comes after a cursor.
    pub(crate) fn go_on(&mut self, Cursor(cursor): &Cursor, direction: Direction) {
        match direction {
            // The least key above one has a zero more.
            Direction::Ascending => self.raise([&cursor[..], &[0]].concat()),
            Direction::Descending => self.lower(cursor.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            "[a-c铨]{0,3}".prop_map(Value::Text),
            prop_oneof![any::<i64>(), -2i64..3].prop_map(Value::Integer),
            any::<bool>().prop_map(Value::Boolean),
            (0i16..=9999, 1i8..=12).prop_map(|(y, m)| Value::Date(jiff::civil::date(y, m, 1))),
        ]
    }

    fn pair() -> impl Strategy<Value = (Option<Value>, Option<Value>)> {
        let alike = |a: &Option<Value>, b: &Option<Value>| match (a, b) {
            (Some(a), Some(b)) => a.kind() == b.kind(),
            _ => true,
        };
        let two = (proptest::option::of(value()), proptest::option::of(value()));
        two.prop_filter("of one kind", move |(a, b)| alike(a, b))
    }

    fn order(a: &Option<Value>, b: &Option<Value>) -> std::cmp::Ordering {
        match (a, b) {
            (Some(a), Some(b)) => a.order(b).expect("of one kind"),
            _ => a.is_some().cmp(&b.is_some()),
        }
    }

    proptest! {
        #[test]
        fn keys_compare_as_what_they_hold(
            (a1, b1) in pair(), (a2, b2) in pair(), (a, b) in ("[a-b/]{1,3}", "[a-b/]{1,3}"),
        ) {
            let expected = order(&a1, &b1).then(order(&a2, &b2)).then(a.cmp(&b));
            let left = sort_key([a1.as_ref(), a2.as_ref()], &a);
            let right = sort_key([b1.as_ref(), b2.as_ref()], &b);
            prop_assert_eq!(left.cmp(&right), expected);
        }

        #[test]
        fn the_ends_of_a_value_enclose_it((a, b) in pair(), id in "[a-b/]{1,3}") {
            let Some(b) = b else { return Ok(()) };
            let key = sort_key([a.as_ref()], &id);
            let order = order(&a, &Some(b.clone()));
            prop_assert_eq!(key >= first_of(&b), order.is_ge());
            prop_assert_eq!(key >= end_of(&b), order.is_gt());
            prop_assert_eq!(key >= first_present(), a.is_some());
        }
    }
}

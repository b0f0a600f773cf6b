//! Orders: as text by AIP-132, and as an index is walked.

use std::fmt;

use crate::definition::Collection;
use crate::lex::{Placed, Token, words};
use crate::parse::{ParseError, Problem};

/// From the smallest, or from the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The smallest first. What is missing is smaller than everything.
    Ascending,
    /// The greatest first.
    Descending,
}

/// An order as it was asked for: columns, each in its direction. Empty: any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderBy(pub Vec<(&'static str, Direction)>);

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (column, direction)) in self.0.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            let desc = if *direction == Direction::Descending { " desc" } else { "" };
            write!(f, "{comma}{column}{desc}")?;
        }
        Ok(())
    }
}

/// The order of an index, in one direction. Documents alike in its columns are in the
/// order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The columns of one of the collection's orders; empty: by id.
    pub columns: &'static [&'static str],
    /// Which way.
    pub direction: Direction,
}

impl Order {
    /// By id.
    pub const BY_ID: Self = Self { columns: &[], direction: Direction::Ascending };

    /// The smallest first.
    #[must_use]
    pub fn ascending(columns: &'static [&'static str]) -> Self {
        Self { columns, direction: Direction::Ascending }
    }

    /// The greatest first.
    #[must_use]
    pub fn descending(columns: &'static [&'static str]) -> Self {
        Self { columns, direction: Direction::Descending }
    }
}

impl Collection {
    /// Reads an order by AIP-132: `name desc, id`. An empty text is any order.
    ///
    /// # Errors
    /// [`ParseError`] says where and what is wrong, and what is supported.
    pub fn parse_order(&self, text: &str) -> Result<OrderBy, ParseError> {
        let expected = |at, what| Err(ParseError::new(at, Problem::Expected(what)));
        let end = text.chars().count();
        let mut words = words(text)?.into_iter().peekable();
        let mut order = OrderBy::default();
        while words.peek().is_some() || !order.0.is_empty() {
            let (at, name) = match words.next() {
                Some(Placed { at, token: Token::Bare(name) }) => (at, name),
                word => return expected(word.map_or(end, |word| word.at), "a field"),
            };
            let column = self.column(&name);
            let column = column.ok_or_else(|| ParseError::no_column(at, &name, self))?;
            if order.0.iter().any(|(named, _)| *named == column.name) {
                return expected(at, "each field once");
            }
            let is_word = |wanted: &'static str| {
                move |word: &Placed| word.token == Token::Bare(wanted.to_owned())
            };
            let descending = words.next_if(is_word("desc")).is_some();
            let direction = if descending { Direction::Descending } else { Direction::Ascending };
            if !descending {
                words.next_if(is_word("asc"));
            }
            order.0.push((column.name, direction));
            match words.next() {
                None => break,
                Some(Placed { token: Token::Comma, .. }) => {}
                Some(word) => return expected(word.at, "asc, desc or a comma"),
            }
        }
        Ok(order)
    }
}

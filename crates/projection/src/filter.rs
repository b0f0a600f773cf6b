//! Filters: one tree with two forms, in SQL and in memory, that agree.
//!
//! Logic has two values. A comparison with what is missing is false, and its negation
//! true. SQL's third value appears nowhere: negations are carried down to the
//! comparisons, where they say what becomes of what is missing, and a tree without
//! negations is true in SQL exactly when it is true with "unknown" read as false.

use std::fmt;

use sea_query::{Alias, Condition, Expr, ExprTrait as _};
use serde_json::Value as Json;

use crate::bounds::{Bounds, Exceeded};
use crate::column::{ColumnKind, Value};
use crate::definition::Collection;

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Op {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

/// Which documents of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Those for which all hold; without any, every document.
    All(Vec<Filter>),
    /// Those for which one holds; without any, no document.
    Any(Vec<Filter>),
    /// Those for which it does not hold.
    Not(Box<Filter>),
    /// Those that have the column.
    Present {
        /// The column.
        column: String,
    },
    /// Those whose column compares so; those without it do not.
    Compare {
        /// The column.
        column: String,
        /// How.
        op: Op,
        /// With what.
        value: Value,
    },
}

/// A filter that does not fit the collection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFilter {
    /// There is no such column.
    #[error("there is no column {0}")]
    NoColumn(String),
    /// The column's values are of another kind.
    #[error("{column} takes: {expected}")]
    Kind {
        /// The column.
        column: String,
        /// The kind of its values.
        expected: ColumnKind,
    },
    /// The filter is beyond a bound.
    #[error("{0}")]
    BoundExceeded(Exceeded),
}

impl From<Exceeded> for InvalidFilter {
    fn from(exceeded: Exceeded) -> Self {
        Self::BoundExceeded(exceeded)
    }
}

impl Filter {
    /// Every document.
    #[must_use]
    pub fn all() -> Self {
        Self::All(Vec::new())
    }

    /// A comparison.
    pub fn compare(column: impl Into<String>, op: Op, value: impl Into<Value>) -> Self {
        Self::Compare { column: column.into(), op, value: value.into() }
    }

    /// Documents whose column has a value.
    pub fn equal(column: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::compare(column, Op::Equal, value)
    }

    /// Documents that have a column.
    pub fn present(column: impl Into<String>) -> Self {
        Self::Present { column: column.into() }
    }

    /// Documents for which another filter holds, too.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All(mut parts), Self::All(more)) => {
                parts.extend(more);
                Self::All(parts)
            }
            (Self::All(mut parts), other) => {
                parts.push(other);
                Self::All(parts)
            }
            (this, Self::All(mut parts)) => {
                parts.insert(0, this);
                Self::All(parts)
            }
            (this, other) => Self::All(vec![this, other]),
        }
    }

    /// Documents for which it does not hold.
    #[must_use]
    #[allow(clippy::should_implement_trait)]
    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Whether it fits the collection and the bounds.
    ///
    /// # Errors
    /// [`InvalidFilter`] says what does not.
    pub fn check(&self, collection: &Collection, bounds: &Bounds) -> Result<(), InvalidFilter> {
        let mut terms = 0;
        self.check_part(collection, bounds, 0, &mut terms)
    }

    fn check_part(
        &self,
        collection: &Collection,
        bounds: &Bounds,
        depth: usize,
        terms: &mut usize,
    ) -> Result<(), InvalidFilter> {
        *terms += 1;
        // The brackets of the tree and its comparisons alike are parts of a statement.
        Exceeded::check("filter_terms_max", bounds.filter_terms_max.saturating_mul(2), *terms)?;
        Exceeded::check("filter_depth_max", bounds.filter_depth_max.saturating_mul(2), depth)?;
        let column =
            |name: &String| collection.column(name).ok_or(InvalidFilter::NoColumn(name.clone()));
        match self {
            Self::All(parts) | Self::Any(parts) => parts
                .iter()
                .try_for_each(|part| part.check_part(collection, bounds, depth + 1, terms)),
            Self::Not(part) => part.check_part(collection, bounds, depth + 1, terms),
            Self::Present { column: name } => column(name).map(|_| ()),
            Self::Compare { column: name, value, .. } => {
                let expected = column(name)?.kind;
                // No text in a database holds a NUL.
                let is_text = !matches!(value, Value::Text(text) if text.contains('\0'));
                match value.kind() == expected && is_text {
                    true => Ok(()),
                    false => Err(InvalidFilter::Kind { column: name.clone(), expected }),
                }
            }
        }
    }

    /// Whether it holds for a document.
    #[must_use]
    pub fn matches(&self, collection: &Collection, id: &str, document: &Json) -> bool {
        let value = |name: &str| match name {
            "id" => Some(Value::from(id)),
            _ => collection.column(name)?.of(document).ok().flatten(),
        };
        self.holds(&value)
    }

    fn holds(&self, value: &impl Fn(&str) -> Option<Value>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(value)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(value)),
            Self::Not(part) => !part.holds(value),
            Self::Present { column } => value(column).is_some(),
            Self::Compare { column, op, value: with } => {
                let order = value(column).and_then(|value| value.order(with));
                order.is_some_and(|order| op.holds(order))
            }
        }
    }

    /// The filter as a condition over the columns of the collection's table.
    pub(crate) fn to_sql(&self) -> Condition {
        self.condition(true)
    }

    fn condition(&self, wanted: bool) -> Condition {
        let parts = |parts: &[Self], empty: Condition| {
            // An empty condition would hold in SQL, whatever it is of.
            if parts.is_empty() {
                let nothing = Expr::val(i64::from(wanted == empty_is_true(self)));
                return Condition::all().add(nothing.eq(1_i64));
            }
            parts.iter().fold(empty, |whole, part| whole.add(part.condition(wanted)))
        };
        match self {
            Self::All(all) if wanted => parts(all, Condition::all()),
            Self::All(all) => parts(all, Condition::any()),
            Self::Any(any) if wanted => parts(any, Condition::any()),
            Self::Any(any) => parts(any, Condition::all()),
            Self::Not(part) => part.condition(!wanted),
            Self::Present { column } => {
                let column = Expr::col(Alias::new(column));
                Condition::all().add(if wanted { column.is_not_null() } else { column.is_null() })
            }
            Self::Compare { column, op, value } => {
                let column = Expr::col(Alias::new(column));
                match wanted {
                    true => Condition::all().add(comparison(column, *op, value)),
                    false => Condition::any().add(column.clone().is_null()).add(comparison(
                        column,
                        op.opposite(),
                        value,
                    )),
                }
            }
        }
    }
}

fn empty_is_true(filter: &Filter) -> bool {
    matches!(filter, Filter::All(_))
}

fn comparison(column: Expr, op: Op, value: &Value) -> Expr {
    let value = Expr::val(value.to_sql());
    match op {
        Op::Equal => column.eq(value),
        Op::NotEqual => column.ne(value),
        Op::Less => column.lt(value),
        Op::LessOrEqual => column.lte(value),
        Op::Greater => column.gt(value),
        Op::GreaterOrEqual => column.gte(value),
    }
}

//! Filters as text, by AIP-160, over the columns of a collection.
//!
//! `unit = "units/1" AND status = ACTIVE AND (rank >= "GM07" OR NOT name:*)`. As AIP-160
//! has it, OR binds more closely than AND. What AIP-160 leaves to the service is not
//! offered: literals without a column, wildcards within text, functions, traversal.

use std::fmt;

use crate::bounds::{Bounds, Exceeded};
use crate::column::{Column, ColumnKind, Value};
use crate::definition::Collection;
use crate::filter::{Filter, Op};
use crate::lex::{Placed, Token, words};

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A character that stands for nothing.
    Character(char),
    /// A backslash before something other than a quote or a backslash.
    Escape,
    /// A quote that is not closed.
    Unclosed,
    /// There is no such column; these are supported.
    NoColumn {
        /// The name that was given.
        name: String,
        /// The columns that there are.
        supported: Vec<String>,
    },
    /// Something else was expected here.
    Expected(&'static str),
    /// The value is not of the column's kind.
    Kind {
        /// The column.
        column: String,
        /// The kind of its values.
        kind: ColumnKind,
    },
    /// A bound is exceeded.
    BoundExceeded(Exceeded),
}

/// A text that is no filter or no order, and where it stops being one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: {problem}", at + 1)]
pub struct ParseError {
    /// Where, in characters from 0.
    pub at: usize,
    /// What is wrong.
    pub problem: Problem,
}

impl ParseError {
    pub(crate) fn new(at: usize, problem: Problem) -> Self {
        Self { at, problem }
    }

    fn expected(at: usize, what: &'static str) -> Self {
        Self::new(at, Problem::Expected(what))
    }

    pub(crate) fn no_column(at: usize, name: &str, collection: &Collection) -> Self {
        let names = collection.columns.iter().map(|column| column.name.to_owned());
        let supported = std::iter::once("id".to_owned()).chain(names).collect();
        Self::new(at, Problem::NoColumn { name: name.to_owned(), supported })
    }

    /// For people.
    #[must_use]
    pub fn zh(&self) -> String {
        let what = match &self.problem {
            Problem::Character(c) => format!("不认识的字符 {c:?}"),
            Problem::Escape => "反斜杠后只能是引号或反斜杠".to_owned(),
            Problem::Unclosed => "引号没有闭合".to_owned(),
            Problem::NoColumn { name, supported } => {
                format!("没有字段 {name}，可用的字段：{}", supported.join("、"))
            }
            Problem::Expected(what) => format!("此处应为：{what}"),
            Problem::Kind { column, kind } => {
                let kind = match kind {
                    ColumnKind::Text => "文本",
                    ColumnKind::Integer => "整数",
                    ColumnKind::Boolean => "true 或 false",
                    ColumnKind::Date => "日期（YYYY-MM-DD）",
                };
                format!("字段 {column} 的值应为{kind}")
            }
            Problem::BoundExceeded(exceeded) => format!("超出限额 {exceeded}"),
        };
        format!("第 {} 个字符处：{what}", self.at + 1)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(c) => write!(f, "unexpected character {c:?}"),
            Self::Escape => f.write_str("a backslash escapes a quote or a backslash only"),
            Self::Unclosed => f.write_str("this quote is not closed"),
            Self::NoColumn { name, supported } => {
                write!(f, "there is no field {name}; supported are {}", supported.join(", "))
            }
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::Kind { column, kind } => write!(f, "{column} takes: {kind}"),
            Self::BoundExceeded(exceeded) => exceeded.fmt(f),
        }
    }
}

impl Collection {
    /// Reads a filter by AIP-160. An empty text is every document.
    ///
    /// ```
    /// use quanheng_projection::{Bounds, Collection, Column, ColumnKind, Index, Order};
    /// const POSTS: Collection = Collection {
    ///     name: "posts",
    ///     columns: &[
    ///         Column { name: "unit", pointer: "/unit", kind: ColumnKind::Text },
    ///         Column { name: "rank", pointer: "/rank", kind: ColumnKind::Text },
    ///     ],
    ///     indexes: &[Index { equals: &["unit"], order: &["rank"] }],
    /// };
    /// let filter = POSTS.parse_filter(r#"unit = "units/1" AND rank >= GM07"#, &Bounds::default())?;
    /// let order = POSTS.serves(&filter, &POSTS.parse_order("rank desc")?)?;
    /// assert_eq!(order, Order::descending(&["rank"]));
    /// let unserved = POSTS.parse_filter("rank = GM07", &Bounds::default())?;
    /// let refused = POSTS.serves(&unserved, &POSTS.parse_order("")?).unwrap_err();
    /// assert!(refused.to_string().contains("supported are: order by id; unit = …, order by rank, id"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ParseError`] says where and what is wrong, and what is supported.
    pub fn parse_filter(&self, text: &str, bounds: &Bounds) -> Result<Filter, ParseError> {
        let exceeded = |exceeded| ParseError::new(0, Problem::BoundExceeded(exceeded));
        Exceeded::check("filter_bytes_max", bounds.filter_bytes_max, text.len())
            .map_err(exceeded)?;
        let words = words(text)?;
        if words.is_empty() {
            return Ok(Filter::all());
        }
        let end = text.chars().count();
        let mut parser = Parser { collection: self, bounds, words, end, next: 0, terms: 0 };
        let filter = parser.expression(0)?;
        match parser.peek() {
            None => Ok(filter),
            Some(word) => Err(ParseError::expected(word.at, "AND, OR or the end")),
        }
    }
}

struct Parser<'a> {
    collection: &'a Collection,
    bounds: &'a Bounds,
    words: Vec<Placed>,
    end: usize,
    next: usize,
    terms: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Placed> {
        self.words.get(self.next)
    }

    fn at(&self) -> usize {
        self.peek().map_or(self.end, |word| word.at)
    }

    fn take(&mut self) -> Option<Placed> {
        let word = self.words.get(self.next).cloned();
        self.next += 1;
        word
    }

    fn take_if(&mut self, wanted: &Token) -> bool {
        let found = self.peek().is_some_and(|word| word.token == *wanted);
        self.next += usize::from(found);
        found
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        self.take_if(&Token::Bare(keyword.to_owned()))
    }

    /// factor {AND factor}
    fn expression(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let checked = Exceeded::check("filter_depth_max", self.bounds.filter_depth_max, depth);
        let at = self.at();
        checked.map_err(|exceeded| ParseError::new(at, Problem::BoundExceeded(exceeded)))?;
        let mut parts = vec![self.factor(depth)?];
        while self.take_keyword("AND") {
            parts.push(self.factor(depth)?);
        }
        Ok(whole(parts, Filter::All))
    }

    /// term {OR term}
    fn factor(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let mut parts = vec![self.term(depth)?];
        while self.take_keyword("OR") {
            parts.push(self.term(depth)?);
        }
        Ok(whole(parts, Filter::Any))
    }

    /// [NOT | -] ( restriction | "(" expression ")" )
    fn term(&mut self, depth: usize) -> Result<Filter, ParseError> {
        if self.take_keyword("NOT") || self.take_if(&Token::Minus) {
            return Ok(self.simple(depth)?.not());
        }
        self.simple(depth)
    }

    fn simple(&mut self, depth: usize) -> Result<Filter, ParseError> {
        if !self.take_if(&Token::Open) {
            return self.restriction();
        }
        let inner = self.expression(depth + 1)?;
        let at = self.at();
        match self.take_if(&Token::Close) {
            true => Ok(inner),
            false => Err(ParseError::expected(at, "AND, OR or )")),
        }
    }

    /// column operator value
    fn restriction(&mut self) -> Result<Filter, ParseError> {
        self.terms += 1;
        let at = self.at();
        Exceeded::check("filter_terms_max", self.bounds.filter_terms_max, self.terms)
            .map_err(|exceeded| ParseError::new(at, Problem::BoundExceeded(exceeded)))?;
        let column = match self.take() {
            Some(Placed { token: Token::Bare(name), .. }) => self
                .collection
                .column(&name)
                .ok_or_else(|| ParseError::no_column(at, &name, self.collection))?,
            _ => return Err(ParseError::expected(at, "a field")),
        };
        let at = self.at();
        let operator = match self.take() {
            Some(Placed { token: Token::Operator(operator), .. }) => operator,
            _ => return Err(ParseError::expected(at, "=, !=, <, <=, >, >= or :*")),
        };
        self.argument(column, operator)
    }

    fn argument(&mut self, column: Column, operator: &str) -> Result<Filter, ParseError> {
        let at = self.at();
        let (text, quoted) = match self.take() {
            Some(Placed { token: Token::Bare(text), .. }) => (text, false),
            Some(Placed { token: Token::Quoted(text), .. }) => (text, true),
            _ => return Err(ParseError::expected(at, "a value")),
        };
        let op = match operator {
            ":" if text == "*" && !quoted => return Ok(Filter::present(column.name)),
            ":" => return Err(ParseError::expected(at, "* (: asks whether a field is there)")),
            "=" => Op::Equal,
            "!=" => Op::NotEqual,
            "<" => Op::Less,
            "<=" => Op::LessOrEqual,
            ">" => Op::Greater,
            _ => Op::GreaterOrEqual,
        };
        let kind = Problem::Kind { column: column.name.to_owned(), kind: column.kind };
        let value = value(&column, &text, quoted).ok_or(ParseError::new(at, kind))?;
        Ok(Filter::Compare { column: column.name.to_owned(), op, value })
    }
}

fn value(column: &Column, text: &str, quoted: bool) -> Option<Value> {
    match column.kind {
        ColumnKind::Text => {
            // A bare star asks for a pattern, which is not offered.
            let is_text = !text.contains('\0') && (quoted || !text.contains('*'));
            is_text.then(|| Value::Text(text.to_owned()))
        }
        ColumnKind::Integer => (!quoted).then(|| text.parse().ok().map(Value::Integer))?,
        ColumnKind::Boolean => (!quoted).then(|| text.parse().ok().map(Value::Boolean))?,
        ColumnKind::Date => {
            let date: jiff::civil::Date = text.parse().ok()?;
            (text.len() == 10 && date.year() >= 0).then_some(Value::Date(date))
        }
    }
}

fn whole(mut parts: Vec<Filter>, join: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => join(parts),
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

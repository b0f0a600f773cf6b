//! Between rows of values and typed rows.

use jiff::civil::Date;
use quanheng_policy::Ratio;
use quanheng_policy::codes::{CreditCode, DivisionCode, DocumentNumber, IdentityNumber, YearMonth};

use crate::bounds::Bounds;
use crate::error::ReadError;
use crate::finding::{Problem, Severity};
use crate::form::Form;
use crate::read::{Row, Table, table};
use crate::value::Value;

/// One of a few words that a form knows.
pub trait Choice: Sized + Copy + PartialEq + 'static {
    /// Its values with their words, in the form's order.
    const ALL: &'static [(&'static str, Self)];

    /// Its word.
    #[must_use]
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }

    /// The value of a word.
    #[must_use]
    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == word).map(|(_, value)| *value)
    }
}

/// Words for the values of a type; with `pub enum`, the type as well. `WORDS` are what a
/// column lists.
macro_rules! choice {
    ($(#[$doc:meta])* pub enum $type:ident / $words:ident { $($word:literal => $value:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type {
            $(#[doc = $word] $value,)*
        }
        $crate::convert::choice!($type / $words { $($word => $value),* });
    };
    ($type:ident / $words:ident { $($word:literal => $value:ident),* $(,)? }) => {
        const $words: &[&str] = &[$($word),*];
        impl $crate::convert::Choice for $type {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$value)),*];
        }
    };
}
pub(crate) use choice;

/// Takes the values of a row from the left, each as the type of its column. A value of
/// another type gives nothing: rows with invalid values are not converted.
pub(crate) struct Take<'a> {
    values: std::slice::Iter<'a, Value>,
}

impl<'a> Take<'a> {
    pub(crate) fn new(values: &'a [Value]) -> Self {
        Self { values: values.iter() }
    }

    fn next(&mut self) -> &'a Value {
        const EMPTY: &Value = &Value::Empty;
        self.values.next().unwrap_or(EMPTY)
    }

    pub(crate) fn str(&mut self) -> Option<&'a str> {
        match self.next() {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        self.str().map(str::to_owned)
    }

    pub(crate) fn choice<T: Choice>(&mut self) -> Option<T> {
        self.str().and_then(T::of_word)
    }

    pub(crate) fn yes(&mut self) -> Option<bool> {
        self.str().map(|word| word == "是")
    }

    pub(crate) fn date(&mut self) -> Option<Date> {
        match self.next() {
            Value::Date(day) => Some(*day),
            _ => None,
        }
    }

    pub(crate) fn month(&mut self) -> Option<YearMonth> {
        match self.next() {
            Value::Month(month) => Some(*month),
            _ => None,
        }
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        match self.next() {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn share(&mut self) -> Option<Ratio> {
        match self.next() {
            Value::Percent(share) => Some(*share),
            _ => None,
        }
    }

    pub(crate) fn identity(&mut self) -> Option<IdentityNumber> {
        match self.next() {
            Value::Identity(number) => Some(number.clone()),
            _ => None,
        }
    }

    pub(crate) fn credit(&mut self) -> Option<CreditCode> {
        match self.next() {
            Value::Credit(code) => Some(code.clone()),
            _ => None,
        }
    }

    pub(crate) fn division(&mut self) -> Option<DivisionCode> {
        match self.next() {
            Value::Division(code) => Some(code.clone()),
            _ => None,
        }
    }

    pub(crate) fn document(&mut self) -> Option<DocumentNumber> {
        match self.next() {
            Value::Document(number) => Some((**number).clone()),
            _ => None,
        }
    }
}

/// Gives the values of a row from the left.
#[derive(Default)]
pub(crate) struct Give(Vec<Value>);

impl Give {
    pub(crate) fn push(&mut self, value: Value) -> &mut Self {
        self.0.push(value);
        self
    }

    pub(crate) fn text(&mut self, text: Option<&str>) -> &mut Self {
        self.push(Value::of(text, Value::text))
    }

    pub(crate) fn choice<T: Choice>(&mut self, value: Option<T>) -> &mut Self {
        self.text(value.map(Choice::word))
    }

    pub(crate) fn yes(&mut self, value: Option<bool>) -> &mut Self {
        self.text(value.map(|yes| if yes { "是" } else { "否" }))
    }

    pub(crate) fn date(&mut self, value: Option<Date>) -> &mut Self {
        self.push(Value::of(value, Value::Date))
    }

    pub(crate) fn month(&mut self, value: Option<YearMonth>) -> &mut Self {
        self.push(Value::of(value, Value::Month))
    }

    pub(crate) fn number(&mut self, value: Option<u32>) -> &mut Self {
        self.push(Value::of(value, Value::Number))
    }

    pub(crate) fn values(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.0)
    }
}

/// A typed row with its number in the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered<R> {
    /// The row's number as the sheet shows it.
    pub number: u32,
    /// The row.
    pub row: R,
}

/// A file read: the sheet with all findings, and the rows without errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import<R> {
    /// The sheet, and what is wrong in it.
    pub table: Table,
    /// The rows without errors, typed.
    pub rows: Vec<Numbered<R>>,
}

/// A row converted, and what is wrong or doubtful in it.
pub(crate) struct Converted<R> {
    pub(crate) row: Option<R>,
    pub(crate) problems: Vec<Problem>,
}

/// Reads a file and converts its rows one by one. `twins` names what no two rows may
/// share.
pub(crate) fn import<R>(
    form: &Form,
    bytes: &[u8],
    bounds: &Bounds,
    twins: &[Twin],
    mut convert: impl FnMut(&Row) -> Converted<R>,
) -> Result<Import<R>, ReadError> {
    let mut table = table(form, bytes, bounds)?;
    let doubled = doubled(&table, twins);
    let mut rows = Vec::new();
    let mut findings = table.findings.clone();
    for (row, mut problems) in table.rows.iter().zip(doubled) {
        let converted = (!table.failed(row)).then(|| convert(row));
        let converted = converted.unwrap_or(Converted { row: None, problems: Vec::new() });
        problems.extend(converted.problems);
        let sound = problems.iter().all(|problem| problem.fault.severity < Severity::Error);
        if let (true, Some(typed)) = (sound, converted.row) {
            rows.push(Numbered { number: row.number, row: typed });
        }
        for problem in problems {
            findings.push(table.layout.finding(row, problem));
        }
    }
    findings.sort();
    table.findings = findings;
    Ok(Import { table, rows })
}

/// A column whose values may not come twice in a file.
pub(crate) struct Twin {
    pub(crate) key: &'static str,
    pub(crate) code: &'static str,
    pub(crate) what: &'static str,
}

/// For each row, what it shares with other rows and must not.
fn doubled(table: &Table, twins: &[Twin]) -> Vec<Vec<Problem>> {
    use std::collections::HashMap;
    let mut problems: Vec<Vec<Problem>> = vec![Vec::new(); table.rows.len()];
    for twin in twins {
        let Some(position) = table.layout.form().position(twin.key) else { continue };
        let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, row) in table.rows.iter().enumerate() {
            match &row.values[position] {
                Value::Empty | Value::Invalid(_) => {}
                value => seen.entry(value.display()).or_default().push(index),
            }
        }
        for same in seen.into_values().filter(|same| same.len() > 1) {
            for index in &same {
                let others = same.iter().filter(|other| *other != index).take(5);
                let others: Vec<String> =
                    others.map(|other| table.rows[*other].number.to_string()).collect();
                let message = format!("{}与第 {} 行重复", twin.what, others.join("、"));
                let fault = crate::finding::Fault::error(twin.code, message);
                problems[*index].push(fault.at(twin.key));
            }
        }
    }
    problems
}

//! What a cell holds once it is understood.

use jiff::civil::Date;
use quanheng_policy::Ratio;
use quanheng_policy::codes::{CreditCode, DivisionCode, DocumentNumber, IdentityNumber, YearMonth};

/// A cell that was understood, or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Empty,
    /// A text: of free columns, of lists, of telephone numbers.
    Text(Box<str>),
    /// A day.
    Date(Date),
    /// A month.
    Month(YearMonth),
    /// A count or a year.
    Number(u32),
    /// A share.
    Percent(Ratio),
    /// An identity number.
    Identity(IdentityNumber),
    /// A credit code.
    Credit(CreditCode),
    /// A division.
    Division(DivisionCode),
    /// A document's number.
    Document(Box<DocumentNumber>),
    /// What stands there instead of a valid value.
    Invalid(Box<str>),
}

impl Value {
    /// A text as cells hold it: without blanks around it, without control characters, with
    /// plain line ends; nothing if that leaves nothing.
    #[must_use]
    pub fn text(text: &str) -> Self {
        match clean(text) {
            text if text.is_empty() => Self::Empty,
            text => Self::Text(text.into()),
        }
    }

    /// Of an option: its value, or nothing.
    pub fn of<T>(value: Option<T>, wrap: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, wrap)
    }

    /// As a sheet shows it. Whole: not for logs.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Invalid(text) => text.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Month(month) => month.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Percent(share) => share.to_string(),
            Self::Identity(number) => number.reveal().to_owned(),
            Self::Credit(code) => code.to_string(),
            Self::Division(code) => code.to_string(),
            Self::Document(number) => number.to_string(),
        }
    }

    /// Bytes that it holds outside itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Invalid(text) => text.len(),
            _ => 0,
        }
    }
}

/// A text without blanks around it and control characters in it, with plain line ends.
#[must_use]
pub(crate) fn clean(text: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(odd) {
        return text.trim().to_owned();
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let keep = |c: &char| matches!(c, '\n' | '\t') || !odd(*c);
    let text: String = text.chars().filter(keep).collect();
    text.trim().to_owned()
}

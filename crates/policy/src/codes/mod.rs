//! Codes and texts as the forms carry them: each type holds only what is valid.
//!
//! Full-width digits, letters and brackets, which input methods produce, are taken for
//! their plain forms.

mod date;
mod division;
mod document;
mod identity;
mod organisation;

pub use date::{DateText, InvalidDate, YearMonth};
pub use division::{DivisionCode, DivisionLevel};
pub use document::DocumentNumber;
pub use identity::{IdentityNumber, Sex};
pub use organisation::{CreditCode, OrganisationCode};

/// Why a code was refused. The reason is stable; the value itself is never repeated,
/// as it may be somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct InvalidCode {
    /// A stable code.
    pub reason: &'static str,
    /// What is wrong, for people.
    pub message: &'static str,
}

const fn invalid(reason: &'static str, message: &'static str) -> InvalidCode {
    InvalidCode { reason, message }
}

/// Text without the full-width forms of ASCII and without blanks around it.
#[must_use]
pub fn half_width(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{3000}' => ' ',
        '！'..='～' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        c => c,
    };
    text.chars().map(plain).collect::<String>().trim().to_owned()
}

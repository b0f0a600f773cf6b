//! Document numbers (文号): `组通〔2024〕12号`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{InvalidCode, half_width, invalid};

/// A document number: who issued it, in which year, under which number. Written with the
/// brackets 〔〕 whatever brackets were typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNumber {
    issuer: String,
    year: u16,
    number: u32,
}

impl DocumentNumber {
    /// Reads a number with any usual brackets and blanks.
    ///
    /// # Errors
    /// `DOCUMENT_NUMBER_FORMAT`.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let format = invalid("DOCUMENT_NUMBER_FORMAT", "文号应如 组通〔2024〕12号");
        let text: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
        let opens = |c: char| matches!(c, '〔' | '[' | '(' | '【' | '﹝');
        let closes = |c: char| matches!(c, '〕' | ']' | ')' | '】' | '﹞');
        let (issuer, rest) = text.split_once(opens).ok_or(format)?;
        let (year, number) = rest.split_once(closes).ok_or(format)?;
        let number = number.strip_suffix('号').ok_or(format)?;
        let number = number.strip_prefix('第').unwrap_or(number);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(number) || year.len() != 4 || !digits(year) {
            return Err(format);
        }
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '、');
        if issuer.is_empty() || issuer.chars().count() > 30 || !issuer.chars().all(plain) {
            return Err(format);
        }
        let (year, number) =
            (year.parse().map_err(|_| format)?, number.parse().map_err(|_| format)?);
        if !(1949..=2999).contains(&year) || number == 0 {
            return Err(format);
        }
        Ok(Self { issuer: issuer.to_owned(), year, number })
    }

    /// The year in the number.
    #[must_use]
    pub fn year(&self) -> u16 {
        self.year
    }
}

impl TryFrom<String> for DocumentNumber {
    type Error = InvalidCode;
    fn try_from(text: String) -> Result<Self, InvalidCode> {
        Self::parse(&text)
    }
}

impl From<DocumentNumber> for String {
    fn from(number: DocumentNumber) -> Self {
        number.to_string()
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕{}号", self.issuer, self.year, self.number)
    }
}

//! Codes of organisations: GB 11714 and GB 32100-2015.

use std::fmt;

use super::{InvalidCode, half_width, invalid};

/// An organisation code (组织机构代码), GB 11714: eight characters and a check.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrganisationCode([u8; 9]);

const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

fn organisation_value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        _ => None,
    }
}

impl OrganisationCode {
    /// Reads a code with or without the hyphen before its check.
    ///
    /// # Errors
    /// `ORGANISATION_CODE_FORMAT`, `ORGANISATION_CODE_CHECK`.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let format =
            invalid("ORGANISATION_CODE_FORMAT", "组织机构代码应为 8 位本体代码和 1 位校验码");
        let text = half_width(text).to_ascii_uppercase();
        let code = match text.split_once('-') {
            Some((body, check)) if body.len() == 8 && check.len() == 1 => format!("{body}{check}"),
            Some(_) => return Err(format),
            None => text,
        };
        let code: [u8; 9] = code.as_bytes().try_into().map_err(|_| format)?;
        let values = code[..8].iter().map(|byte| organisation_value(*byte));
        let values = values.collect::<Option<Vec<u32>>>().ok_or(format)?;
        let sum: u32 = values.iter().zip(ORGANISATION_WEIGHTS).map(|(value, w)| value * w).sum();
        let check = match 11 - sum % 11 {
            10 => b'X',
            11 => b'0',
            digit => b'0' + u8::try_from(digit).unwrap_or(0),
        };
        if code[8] != check {
            return Err(invalid("ORGANISATION_CODE_CHECK", "组织机构代码校验码不符"));
        }
        Ok(Self(code))
    }
}

/// With the hyphen: `D2143569-X`.
impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = std::str::from_utf8(&self.0).map_err(|_| fmt::Error)?;
        write!(f, "{}-{}", &text[..8], &text[8..])
    }
}

/// A unified social credit code (统一社会信用代码), GB 32100-2015.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CreditCode([u8; 18]);

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const CREDIT_WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

fn credit_value(byte: u8) -> Option<u32> {
    let index = ALPHABET.iter().position(|letter| *letter == byte)?;
    u32::try_from(index).ok()
}

impl CreditCode {
    /// Reads a code.
    ///
    /// # Errors
    /// `CREDIT_CODE_FORMAT`, `CREDIT_CODE_CHECK`.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let format = invalid("CREDIT_CODE_FORMAT", "统一社会信用代码应为 18 位,不含 I、O、S、V、Z");
        let text = half_width(text).to_ascii_uppercase();
        let code: [u8; 18] = text.as_bytes().try_into().map_err(|_| format)?;
        let values = code.iter().map(|byte| credit_value(*byte));
        let values = values.collect::<Option<Vec<u32>>>().ok_or(format)?;
        if !code[2..8].iter().all(u8::is_ascii_digit) {
            return Err(format);
        }
        let sum: u32 = values.iter().zip(CREDIT_WEIGHTS).map(|(value, w)| value * w).sum();
        if values[17] != (31 - sum % 31) % 31 {
            return Err(invalid("CREDIT_CODE_CHECK", "统一社会信用代码校验码不符"));
        }
        Ok(Self(code))
    }

    /// Who registered it and as what: `11` an organ, `12` a public institution, `13` a
    /// mass organisation.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.as_str()[..2]
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is text")
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

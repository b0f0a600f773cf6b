//! The identity number (公民身份号码), GB 11643-1999.

use std::fmt;

use jiff::civil::Date;

use super::{InvalidCode, half_width, invalid};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// Sex as the number and GB/T 2261.1 know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// A valid identity number of 18 digits. The area is checked for its form only: it may
/// be one that no longer exists.
///
/// Shown masked: `110105********002X`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityNumber([u8; 18]);

fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    CHECKS[(sum % 11) as usize]
}

impl IdentityNumber {
    /// Reads a number of 18 digits, or one of the old 15.
    ///
    /// # Errors
    /// `IDENTITY_FORMAT`, `IDENTITY_BIRTH_DATE`, `IDENTITY_CHECK_DIGIT`.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let format = invalid("IDENTITY_FORMAT", "公民身份号码应为 18 位(末位可为 X)或旧式 15 位");
        let text = half_width(text).to_ascii_uppercase();
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let number: [u8; 18] = match text.as_bytes() {
            old if old.len() == 15 && digits(old) => {
                let mut number = [0; 18];
                number[..6].copy_from_slice(&old[..6]);
                number[6..8].copy_from_slice(b"19");
                number[8..17].copy_from_slice(&old[6..]);
                number[17] = check_digit(&number[..17]);
                number
            }
            new => {
                let number: [u8; 18] = new.try_into().map_err(|_| format)?;
                let last = number[17];
                if !digits(&number[..17]) || !(last.is_ascii_digit() || last == b'X') {
                    return Err(format);
                }
                number
            }
        };
        let number = Self(number);
        let plausible = |birth: Date| birth.year() >= 1880;
        if !number.birth().is_some_and(plausible) {
            return Err(invalid("IDENTITY_BIRTH_DATE", "公民身份号码中的出生日期不存在"));
        }
        if check_digit(&number.0[..17]) != number.0[17] {
            return Err(invalid("IDENTITY_CHECK_DIGIT", "公民身份号码校验码不符"));
        }
        Ok(number)
    }

    fn birth(&self) -> Option<Date> {
        let number = |range: std::ops::Range<usize>| {
            self.0[range].iter().fold(0_i16, |n, digit| n * 10 + i16::from(digit - b'0'))
        };
        let small = |n: i16| i8::try_from(n).ok();
        Date::new(number(6..10), small(number(10..12))?, small(number(12..14))?).ok()
    }

    /// The birth date in the number. The one in a person's file (档案认定) may differ.
    #[must_use]
    pub fn birth_date(&self) -> Date {
        self.birth().expect("checked when it was read")
    }

    /// The sex in the number.
    #[must_use]
    pub fn sex(&self) -> Sex {
        match (self.0[16] - b'0') % 2 {
            1 => Sex::Male,
            _ => Sex::Female,
        }
    }

    /// The whole number. For sealing and for comparing; never for lists or logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are text")
    }
}

impl fmt::Display for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.reveal();
        write!(f, "{}********{}", &text[..6], &text[14..])
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

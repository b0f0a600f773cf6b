//! Exact ratios (比例): no floating point anywhere.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A share between nothing and the whole, as a reduced fraction: `2%`, `1.5%` or `1/3`.
///
/// ```
/// use quanheng_policy::Ratio;
/// let share: Ratio = "2%".parse()?;
/// assert_eq!((share.floor_of(180), share.to_string()), (3, "2%".to_owned()));
/// # Ok::<(), quanheng_policy::InvalidRatio>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

/// A text that is no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("不是比例(应为 0 至 100% 的百分数或分数,如 \"2%\"、\"1.5%\"、\"1/3\"):{0:?}")]
pub struct InvalidRatio(pub String);

/// Larger than any denominator that a regulation would name, and small enough that no
/// product of two shares and a headcount overflows.
const DENOMINATOR_MAX: u64 = 1_000_000;

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl Ratio {
    /// A share as a fraction; none if it is more than the whole or too fine.
    #[must_use]
    pub fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 || numerator > denominator {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        let reduced = Self { numerator: numerator / divisor, denominator: denominator / divisor };
        (reduced.denominator <= DENOMINATOR_MAX).then_some(reduced)
    }

    /// The numerator of the reduced fraction.
    #[must_use]
    pub fn numerator(self) -> u64 {
        self.numerator
    }

    /// The denominator of the reduced fraction.
    #[must_use]
    pub fn denominator(self) -> u64 {
        self.denominator
    }

    /// The share of a count, rounded down (不超过: an upper bound on a whole number).
    #[must_use]
    pub fn floor_of(self, count: u64) -> u64 {
        Exact::whole(count).times(self).floor()
    }
}

/// A count multiplied by shares and not rounded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    numerator: u128,
    denominator: u128,
}

impl Exact {
    /// A whole count.
    #[must_use]
    pub fn whole(count: u64) -> Self {
        Self { numerator: count.into(), denominator: 1 }
    }

    /// A share of it.
    ///
    /// # Panics
    /// After more nested shares than fit 128 bits: five of the finest denominator.
    #[must_use]
    pub fn times(self, share: Ratio) -> Self {
        let product = |a: u128, b: u64| {
            a.checked_mul(b.into()).expect("nested shares of a headcount fit 128 bits")
        };
        Self {
            numerator: product(self.numerator, share.numerator),
            denominator: product(self.denominator, share.denominator),
        }
    }

    /// Rounded down.
    #[must_use]
    pub fn floor(self) -> u64 {
        u64::try_from(self.numerator / self.denominator).unwrap_or(u64::MAX)
    }
}

/// With up to four decimals, cut, not rounded; a trailing `…` says that it was cut.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.numerator / self.denominator;
        let rest = self.numerator % self.denominator;
        let scaled = rest * 10_000;
        let (digits, cut) = (scaled / self.denominator, !scaled.is_multiple_of(self.denominator));
        write!(f, "{whole}")?;
        if digits > 0 || cut {
            let text = format!("{digits:04}");
            let text = if cut { text.as_str() } else { text.trim_end_matches('0') };
            write!(f, ".{text}{}", if cut { "…" } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A percentage where that is exact with two decimals, else the fraction.
        let basis_points = u128::from(self.numerator) * 10_000;
        if basis_points.is_multiple_of(self.denominator.into()) {
            let points = basis_points / u128::from(self.denominator);
            let (whole, rest) = (points / 100, points % 100);
            return match (rest, rest % 10) {
                (0, _) => write!(f, "{whole}%"),
                (_, 0) => write!(f, "{whole}.{}%", rest / 10),
                _ => write!(f, "{whole}.{rest:02}%"),
            };
        }
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Ratio {
    type Err = InvalidRatio;

    fn from_str(text: &str) -> Result<Self, InvalidRatio> {
        let invalid = || InvalidRatio(text.chars().take(32).collect());
        let plain = |part: &str| -> Option<u64> {
            let digits =
                !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        let (numerator, denominator) = if let Some(percent) = text.strip_suffix('%') {
            let (whole, decimals) = percent.split_once('.').unwrap_or((percent, ""));
            if percent.ends_with('.') || decimals.len() > 4 {
                return Err(invalid());
            }
            let scale = 10_u64.pow(u32::try_from(decimals.len()).map_err(|_| invalid())?);
            let whole = plain(whole).ok_or_else(invalid)?;
            let decimals = match decimals {
                "" => 0,
                digits => plain(digits).ok_or_else(invalid)?,
            };
            (whole * scale + decimals, 100 * scale)
        } else {
            let (numerator, denominator) = text.split_once('/').ok_or_else(invalid)?;
            (plain(numerator).ok_or_else(invalid)?, plain(denominator).ok_or_else(invalid)?)
        };
        Self::new(numerator, denominator).ok_or_else(invalid)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Ratio {
    fn schema_name() -> Cow<'static, str> {
        "Ratio".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^([0-9]{1,3}(\\.[0-9]{1,4})?%|[0-9]{1,9}/[0-9]{1,9})$",
            "description": "比例:百分数或分数,如 \"2%\"、\"1.5%\"、\"1/3\""
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_are_read_and_written() {
        for (text, written) in [
            ("2%", Some("2%")),
            ("1.5%", Some("1.5%")),
            ("0.25%", Some("0.25%")),
            ("100%", Some("100%")),
            ("0%", Some("0%")),
            ("1/3", Some("1/3")),
            ("2/4", Some("50%")),
            ("101%", None),
            ("4/3", None),
            ("1/0", None),
            ("-1%", None),
            ("2", None),
            ("0.02", None),
            ("2.%", None),
            ("%", None),
            ("1.23456%", None),
            ("１%", None),
            ("", None),
        ] {
            let read = text.parse::<Ratio>().map(|ratio| ratio.to_string()).ok();
            assert_eq!(read.as_deref(), written, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_rounded_is_shown() {
        for (count, share, shown) in
            [(180, "2%", "3.6"), (67, "1.5%", "1.005"), (10, "1/3", "3.3333…"), (50, "2%", "1")]
        {
            let share: Ratio = share.parse().expect("a share");
            assert_eq!(Exact::whole(count).times(share).to_string(), shown);
        }
    }

    proptest! {
        #[test]
        fn a_share_never_exceeds_and_just_fits(count in 0..10_000_000_u64, n in 0..1_000_u64, d in 1..1_000_u64) {
            prop_assume!(n <= d);
            let ratio = Ratio::new(n, d).expect("a share");
            let floor = u128::from(ratio.floor_of(count));
            let (n, d, count) = (u128::from(n), u128::from(d), u128::from(count));
            prop_assert!(floor * d <= count * n);
            prop_assert!((floor + 1) * d > count * n);
        }

        #[test]
        fn writing_and_reading_are_inverse(n in 0..100_000_u64, d in 1..100_000_u64) {
            prop_assume!(n <= d);
            let ratio = Ratio::new(n, d).expect("a share");
            prop_assert_eq!(ratio.to_string().parse(), Ok(ratio));
        }
    }
}

//! Division codes (行政区划代码), GB/T 2260, and those of townships with nine digits.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{InvalidCode, half_width, invalid};

/// How deep in the hierarchy a division stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivisionLevel {
    /// 全国
    Nation,
    /// 省、自治区、直辖市
    Province,
    /// 市、地区、州、盟
    Prefecture,
    /// 县、区、县级市
    County,
    /// 乡、镇、街道
    Township,
}

/// A division by its code. Codes change over the years: the form is checked, not whether
/// it exists today. `000000` is the whole country.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct DivisionCode(String);

impl DivisionCode {
    /// The whole country.
    #[must_use]
    pub fn nation() -> Self {
        Self("000000".into())
    }

    /// Reads a code of six digits, or nine for a township.
    ///
    /// # Errors
    /// `DIVISION_CODE_FORMAT`.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let format = invalid("DIVISION_CODE_FORMAT", "行政区划代码应为 6 位数字,乡镇为 9 位");
        let text = half_width(text);
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        if !digits || !matches!(text.len(), 6 | 9) {
            return Err(format);
        }
        let (province, prefecture, county) = (&text[..2], &text[2..4], &text[4..6]);
        let township = text.get(6..).filter(|digits| !digits.is_empty());
        // Some cities (东莞、中山、儋州) have townships and no counties: 441900003.
        let gap = (province == "00" && &text[2..6] != "0000")
            || (prefecture == "00" && (county != "00" || township.is_some()));
        if gap { Err(format) } else { Ok(Self(text)) }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its level, by its form.
    #[must_use]
    pub fn level(&self) -> DivisionLevel {
        match (self.0.len(), &self.0[..2], self.0.get(2..4), self.0.get(4..6)) {
            (9, ..) => DivisionLevel::Township,
            (_, "00", ..) => DivisionLevel::Nation,
            (_, _, Some("00"), _) => DivisionLevel::Province,
            (_, _, _, Some("00")) => DivisionLevel::Prefecture,
            _ => DivisionLevel::County,
        }
    }

    fn stem(&self) -> &str {
        match self.level() {
            DivisionLevel::Nation => "",
            DivisionLevel::Province => &self.0[..2],
            DivisionLevel::Prefecture => &self.0[..4],
            DivisionLevel::County => &self.0[..6],
            DivisionLevel::Township => &self.0,
        }
    }

    /// The division that manages this one (上级行政区划); none of the nation. What only
    /// groups the codes of a municipality's districts, or of counties directly under a
    /// province, manages nothing and is passed over.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let province = || Self(format!("{}0000", &self.0[..2]));
        let prefecture = &self.0[2..4];
        match self.level() {
            DivisionLevel::Nation => None,
            DivisionLevel::Province => Some(Self::nation()),
            DivisionLevel::Prefecture => Some(province()),
            DivisionLevel::Township if &self.0[4..6] != "00" => Some(Self(self.0[..6].to_owned())),
            DivisionLevel::County | DivisionLevel::Township => {
                let municipality = matches!(&self.0[..2], "11" | "12" | "31" | "50");
                let groups = matches!(prefecture, "01" | "02" | "03") && municipality;
                match groups || prefecture == "90" {
                    true => Some(province()),
                    false => Some(Self(format!("{}00", &self.0[..4]))),
                }
            }
        }
    }

    /// Whether another division lies in this one, or is it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(self.stem()) && self.level() <= other.level()
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = InvalidCode;

    fn try_from(text: String) -> Result<Self, InvalidCode> {
        Self::parse(&text)
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.0
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

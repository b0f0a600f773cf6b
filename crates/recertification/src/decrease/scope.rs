//! Over which units counts are taken (核查范围).

use quanheng_policy::UnitId;
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_policy::profile::UnitScope;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// A scope (范围).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// 全省
    Province(DivisionCode),
    /// 一市
    City(DivisionCode),
    /// 一县
    County(DivisionCode),
    /// 一个主管部门
    Department(UnitId),
}

impl Scope {
    /// Of which kind, as policy names it.
    #[must_use]
    pub fn kind(&self) -> UnitScope {
        match self {
            Self::Province(_) => UnitScope::Province,
            Self::City(_) => UnitScope::City,
            Self::County(_) => UnitScope::County,
            Self::Department(_) => UnitScope::ParentDepartment,
        }
    }

    /// Its name, for people.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Province(code) => format!("全省({code})"),
            Self::City(code) => format!("市({code})"),
            Self::County(code) => format!("县({code})"),
            Self::Department(unit) => format!("主管部门({unit})"),
        }
    }
}

/// Where a unit counts (计入范围): its division, within a province, and its parent department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawPlace")]
pub struct Place {
    division: DivisionCode,
    department: Option<UnitId>,
}

#[derive(Deserialize)]
struct RawPlace {
    division: DivisionCode,
    department: Option<UnitId>,
}

impl TryFrom<RawPlace> for Place {
    type Error = Refusal;

    fn try_from(raw: RawPlace) -> Result<Self, Refusal> {
        Self::new(raw.division, raw.department)
    }
}

impl Place {
    /// A place (所在地). A provincial unit has the province's own code, and counts in no city.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the division lies in no province: such a unit would count
    /// nowhere.
    pub fn new(division: DivisionCode, department: Option<UnitId>) -> Result<Self, Refusal> {
        match division.level() {
            DivisionLevel::Nation => {
                Err(Refusal::invalid("division", "单位应在某一省级行政区划内"))
            }
            _ => Ok(Self { division, department }),
        }
    }

    /// 行政区划
    #[must_use]
    pub fn division(&self) -> &DivisionCode {
        &self.division
    }

    /// 主管部门
    #[must_use]
    pub fn department(&self) -> Option<&UnitId> {
        self.department.as_ref()
    }

    /// Every scope that it counts in.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        let mut found = Vec::new();
        let mut at = Some(self.division.clone());
        while let Some(division) = at {
            found.extend(match division.level() {
                DivisionLevel::Nation | DivisionLevel::Township => None,
                DivisionLevel::Province => Some(Scope::Province(division.clone())),
                DivisionLevel::Prefecture => Some(Scope::City(division.clone())),
                DivisionLevel::County => Some(Scope::County(division.clone())),
            });
            at = division.parent();
        }
        found.extend(self.department.clone().map(Scope::Department));
        found
    }
}

//! What must agree within a unit's row.

use quanheng_policy::codes::DivisionCode;

use super::{PlaceNames, UnitRow};
use crate::finding::{Fault, Problem};

/// What is wrong or doubtful across a unit's cells; `divisions` finds a division by its
/// names.
pub fn check(
    unit: &UnitRow,
    divisions: &impl Fn(&PlaceNames) -> Option<DivisionCode>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if unit.is_referenced() {
        reference(unit, &mut problems);
    }
    if !unit.place.is_empty() {
        problems.extend(place(unit, divisions(&unit.place)));
    }
    problems
}

/// A referenced unit has an approval, and is registered as an institution (12) or a mass
/// organisation (13).
fn reference(unit: &UnitRow, problems: &mut Vec<Problem>) {
    let missing = |key, what: &str| {
        let message = format!("参照管理单位应填写{what}");
        Fault::warning("REFERENCE_APPROVAL_MISSING", message).at(key)
    };
    if unit.approved_on.is_none() {
        problems.push(missing("approved_on", "参照公务员法管理审批时间"));
    }
    if unit.approval_number.is_none() {
        problems.push(missing("approval_number", "参照公务员法管理审批文号"));
    }
    let category = unit.credit_code.as_ref().map(|code| code.category());
    if category.is_some_and(|category| !matches!(category, "12" | "13")) {
        let message = "参照管理单位的统一社会信用代码一般以 12(事业单位)或 13(群团)开头";
        problems.push(Fault::warning("CREDIT_CODE_CATEGORY", message).at("credit_code"));
    }
}

fn place(unit: &UnitRow, named: Option<DivisionCode>) -> Option<Problem> {
    match (named, &unit.division) {
        (None, _) => {
            let message = "未找到所填的省、市、县名称对应的行政区划";
            let place = &unit.place;
            let key = match (&place.county, &place.prefecture) {
                (Some(_), _) => "county",
                (None, Some(_)) => "prefecture",
                (None, None) => "province",
            };
            Some(Fault::warning("DIVISION_UNKNOWN", message).at(key))
        }
        // A township's code lies in the county that the names say.
        (Some(named), Some(code)) if !named.contains(code) => {
            let message = format!("行政区划代码与所在省、市、县不符(按名称应为 {named})");
            Some(Fault::error("DIVISION_MISMATCH", message).at("division"))
        }
        _ => None,
    }
}

//! What must agree within a row of the survey.

use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::ReferenceChange;

use super::{Clear, SurveyRow};
use crate::finding::{Fault, Problem};
use crate::units::{self, PlaceNames};

/// What is wrong or doubtful across a unit's cells; `divisions` finds a division by its
/// names. A survey takes what is doubtful: it is there to find it.
pub fn check(
    row: &SurveyRow,
    divisions: &impl Fn(&PlaceNames) -> Option<DivisionCode>,
) -> Vec<Problem> {
    let mut problems = units::check(&row.unit, divisions);
    reform(row, &mut problems);
    slots(row, &mut problems);
    let three = [
        (&row.staff, "staff_evidence", "staff_clear", "人员底数"),
        (&row.documents, "documents_evidence", "documents_clear", "编制文件"),
        (&row.functions_set, "functions_evidence", "functions_clear", "单位职能设置"),
    ];
    problems.extend(
        three
            .into_iter()
            .filter_map(|(one, evidence, key, name)| unclear(one, evidence, key, name)),
    );
    problems
}

fn warning(code: &'static str, message: &str, key: &'static str) -> Problem {
    Fault::warning(code, message).at(key)
}

fn reform(row: &SurveyRow, problems: &mut Vec<Problem>) {
    match row.affected {
        None => problems.push(warning("AFFECTED_MISSING", "应填写是否涉改", "affected")),
        Some(true) => affected(row, problems),
        Some(false) => {
            if !row.changes.is_empty() || renamed(row) {
                let message = "填写为未涉改,但有改革变动情形或改革前后名称不同";
                problems.push(warning("AFFECTED_CONTRADICTED", message, "affected"));
            }
        }
    }
    if row.changes.contains(&ReferenceChange::Renamed) && row.before.name.is_none() {
        let message = "名称调整的单位应填写改革前机构名称";
        problems.push(warning("BEFORE_NAME_MISSING", message, "before_name"));
    }
}

fn affected(row: &SurveyRow, problems: &mut Vec<Problem>) {
    if row.changes.is_empty() {
        let message = "涉改单位应填写改革变动情形";
        problems.push(warning("CHANGE_KIND_MISSING", message, "changes"));
    }
    if row.change_documents.is_empty() {
        let message = "涉改单位应填写改革变动文件文号";
        problems.push(warning("CHANGE_DOCUMENT_MISSING", message, "change_documents"));
    }
}

fn renamed(row: &SurveyRow) -> bool {
    row.before.name.as_ref().is_some_and(|name| *name != row.unit.name)
}

/// More slots than before are no survey's mistake, but decided anew (只减不增).
fn slots(row: &SurveyRow, problems: &mut Vec<Problem>) {
    let (before, after) = (row.before.referenced_slots, row.unit.referenced_slots);
    if let (Some(before), Some(after)) = (before, after)
        && after > before
    {
        let message = format!("参照管理编制数较改革前增加({before} → {after}),请核对编制文件");
        problems.push(warning("SLOTS_INCREASED", &message, "referenced_slots"));
    }
}

fn unclear(one: &Clear, evidence: &'static str, key: &'static str, name: &str) -> Option<Problem> {
    match one.clear {
        None => {
            let message = format!("应填写{name}是否清楚");
            Some(warning("CLEAR_MISSING", &message, key))
        }
        Some(true) if one.evidence.is_empty() => {
            let message = format!("{name}填写为清,但未填写佐证材料,不能按清认定");
            Some(warning("CLEAR_WITHOUT_EVIDENCE", &message, evidence))
        }
        Some(_) => None,
    }
}

//! Rows of the survey sheet (基础摸底表) as answers.

use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::ReferenceChange;
use quanheng_register::unit::{ChangeKind, Establishment};
use quanheng_sheets::survey::{Clear, SurveyRow};
use quanheng_sheets::{Fault, Problem};
use quanheng_streams::{SurveyAnswer, SurveyedChange};

/// A row's answer, and whose; or what is wrong with the row.
pub(crate) fn answer(row: &SurveyRow) -> Result<(UnitId, SurveyAnswer), Vec<Problem>> {
    let mut problems = Vec::new();
    if row.unit.id.is_none() {
        problems.push(Fault::error("UNIT_ID_MISSING", "须填写单位代码").at("id"));
    }
    if row.affected.is_none() {
        problems.push(Fault::error("AFFECTED_MISSING", "须填写是否涉改").at("affected"));
    }
    let affected = row.affected.unwrap_or_default();
    let differs = differences(row);
    let document = row.change_documents.first();
    if affected && document.is_none() {
        let message = "涉改单位须填写改革变动文件文号";
        problems.push(Fault::error("CHANGE_DOCUMENT_MISSING", message).at("change_documents"));
    }
    if affected && differs.is_empty() && row.changes.is_empty() {
        let message = "涉改单位须填写改革变动情形,或改革前后的不同";
        problems.push(Fault::error("CHANGE_KIND_MISSING", message).at("changes"));
    }
    if !(affected || differs.is_empty() && row.changes.is_empty()) && row.affected.is_some() {
        let message = "填写了改革变动情形或改革前后的不同,应为涉改单位";
        problems.push(Fault::error("AFFECTED_CONTRADICTED", message).at("affected"));
    }
    let (Some(unit), true) = (&row.unit.id, problems.is_empty()) else { return Err(problems) };
    let changes = match document {
        Some(document) => changes(row, differs, document),
        None => Vec::new(),
    };
    let answer = SurveyAnswer {
        affected,
        changes,
        structural: row.changes.iter().find_map(|change| structural(*change)),
        predecessors: Vec::new(),
        successors: Vec::new(),
        functions: row.functions.clone().unwrap_or_default(),
        establishment_before: row.before.referenced_slots.map(referenced),
        establishment_after: row.unit.referenced_slots.map(|slots| Establishment {
            administrative: row.unit.administrative_slots.unwrap_or_default(),
            ..referenced(slots)
        }),
        staff: row.unit.referenced_headcount.unwrap_or_default(),
        issues: issues(row),
        remarks: row.unit.note.clone().unwrap_or_default(),
    };
    Ok((unit.clone(), answer))
}

fn referenced(slots: u32) -> Establishment {
    Establishment { referenced_institution: slots, ..Establishment::default() }
}

/// What is not the same before and after the reform: its name, and both.
fn differences(row: &SurveyRow) -> Vec<(&'static str, String, String)> {
    let (before, unit) = (&row.before, &row.unit);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let slots = |slots: Option<u32>| slots.map(|slots| slots.to_string());
    let all = [
        ("名称", before.name.clone(), unit.name.clone()),
        ("隶属关系", before.affiliation.clone(), text(&unit.affiliation)),
        ("主管单位", before.supervisor.clone(), text(&unit.supervisor)),
        ("职能", before.functions.clone(), text(&row.functions)),
        (
            "参照管理编制",
            slots(before.referenced_slots),
            slots(unit.referenced_slots).unwrap_or_default(),
        ),
    ];
    let differ = all.into_iter().filter_map(|(field, before, after)| {
        let before = before.filter(|before| *before != after)?;
        Some((field, before, after))
    });
    differ.collect()
}

fn changes(
    row: &SurveyRow,
    differs: Vec<(&'static str, String, String)>,
    document: &DocumentNumber,
) -> Vec<SurveyedChange> {
    let change = |(field, before, after): (&str, String, String)| SurveyedChange {
        field: field.to_owned(),
        before,
        after,
        document: document.clone(),
        effective_on: row.changed_on,
    };
    let mut found: Vec<SurveyedChange> = differs.into_iter().map(change).collect();
    if found.is_empty() {
        let kinds: Vec<&str> = row.changes.iter().map(|kind| kind.label()).collect();
        found.push(change(("机构变动", String::new(), kinds.join("、"))));
    }
    found
}

/// The change of an organisation that a kind of change is.
fn structural(change: ReferenceChange) -> Option<ChangeKind> {
    Some(match change {
        ReferenceChange::ConvertedToOrgan => ChangeKind::ConvertedToOrgan,
        ReferenceChange::Renamed => ChangeKind::Renamed,
        ReferenceChange::GradeRaised => ChangeKind::GradeRaised,
        ReferenceChange::GradeLowered => ChangeKind::GradeLowered,
        ReferenceChange::MergedReferencedOnly => ChangeKind::Merged,
        ReferenceChange::IntegratedWithNonReferenced => ChangeKind::Integrated,
        ReferenceChange::FunctionChanged => ChangeKind::FunctionChanged,
        ReferenceChange::Abolished => ChangeKind::Abolished,
        ReferenceChange::Split => ChangeKind::Split,
        ReferenceChange::ConvertedOther => ChangeKind::ConvertedOther,
        ReferenceChange::AffiliationChanged => ChangeKind::AffiliationChanged,
        ReferenceChange::HeadcountIncreased => ChangeKind::HeadcountIncreased,
        ReferenceChange::HeadcountDecreased => ChangeKind::HeadcountDecreased,
        ReferenceChange::BecameReferenced => ChangeKind::BecameReferenced,
    })
}

/// What is said not to be clear is an issue of the unit; that it is clear is confirmed with
/// evidence once the answer is signed.
fn issues(row: &SurveyRow) -> Vec<String> {
    let three: [(&Clear, &str); 3] = [
        (&row.staff, "人员底数"),
        (&row.documents, "编制文件"),
        (&row.functions_set, "单位职能设置"),
    ];
    let unclear = three.into_iter().filter(|(one, _)| one.clear == Some(false));
    unclear.map(|(_, name)| format!("{name}未清")).collect()
}

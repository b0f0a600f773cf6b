//! What an entry says, for people.

use quanheng_register::unit::{ChangeKind, Correction, Event, UnitPatch};

use super::message::name;

/// What a unit's event says.
pub(super) fn summary(event: &Event) -> String {
    let text = said(event);
    match event {
        Event::UnitRegistered { note, .. }
        | Event::UnitUpdated { note, .. }
        | Event::UnitAbolished { note, .. }
            if !note.is_empty() =>
        {
            format!("{text};说明:{note}")
        }
        _ => text,
    }
}

fn said(event: &Event) -> String {
    match event {
        Event::UnitRegistered { profile, kinds, predecessors, .. } => {
            let mut text = format!("设立登记:{}", profile.name);
            if !predecessors.is_empty() {
                let from = predecessors.iter().map(name).collect::<Vec<_>>().join("、");
                text += &format!("({},由 {from})", labels(kinds));
            }
            text
        }
        Event::UnitUpdated { changes, kinds, predecessors, .. } => {
            let mut parts = Vec::new();
            if !kinds.is_empty() {
                parts.push(labels(kinds));
            }
            if !changes.is_empty() {
                parts.push(format!("修改 {}", fields(changes)));
            }
            if let Some(name) = &changes.name {
                parts.push(format!("单位名称改为 {name}"));
            }
            if !predecessors.is_empty() {
                let from = predecessors.iter().map(name).collect::<Vec<_>>().join("、");
                parts.push(format!("承接 {from}"));
            }
            format!("变更登记:{}", parts.join(";"))
        }
        Event::UnitAbolished { kind, successors, .. } if successors.is_empty() => {
            format!("撤销登记:{}", kind.label())
        }
        Event::UnitAbolished { kind, successors, .. } => {
            let into = successors.iter().map(name).collect::<Vec<_>>().join("、");
            format!("撤销登记:{},承接单位 {into}", kind.label())
        }
        Event::UnitCorrected { version, correction, reason, .. } => {
            let how = match correction {
                Correction::Voided => "作废".to_owned(),
                Correction::Amended { changes, effective_on } => {
                    let mut parts = Vec::new();
                    if !changes.is_empty() {
                        parts.push(format!("改 {}", fields(changes)));
                    }
                    parts.extend(effective_on.map(|on| format!("生效日期改为 {on}")));
                    parts.join("、")
                }
            };
            format!("更正第 {version} 次登记:{how};原因:{reason}")
        }
    }
}

fn labels(kinds: &[ChangeKind]) -> String {
    kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>().join("、")
}

fn fields(patch: &UnitPatch) -> String {
    patch.fields().into_iter().map(label).collect::<Vec<_>>().join("、")
}

fn label(field: &str) -> &str {
    match field {
        "name" => "单位名称",
        "short_name" => "简称",
        "credit_code" => "统一社会信用代码",
        "division" => "行政区划",
        "tier" => "层级",
        "standing" => "层级类型",
        "grade" => "机构规格",
        "kind" => "机构类型",
        "nature" => "单位性质",
        "sequence" => "所属序列",
        "parent" => "主管单位",
        "vertical" => "垂直管理",
        "establishment" => "编制",
        "actual" => "实有人数",
        "leadership" => "领导职数",
        "category_posts" => "各职位类别职位数",
        "reference" => "参照管理审批",
        "functions" => "主要职责",
        "contact" => "联系人、联系电话",
        "remarks" => "备注",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::civil::date;
    use quanheng_policy::UnitId;
    use quanheng_policy::codes::DocumentNumber;
    use quanheng_register::Basis;
    use quanheng_register::unit::Establishment;

    use super::*;

    #[test]
    fn every_event_says_what_it_did() {
        let basis = || Basis {
            document: DocumentNumber::parse("云编〔2026〕1号").unwrap(),
            effective_on: date(2026, 3, 1),
        };
        let id = |id: &str| UnitId::new(id).unwrap();
        let renamed = || UnitPatch {
            name: Some("样例县档案馆".into()),
            establishment: Some(Establishment::default()),
            ..UnitPatch::default()
        };
        let updated = |changes, kinds, predecessors| Event::UnitUpdated {
            changes: Box::new(changes),
            kinds,
            predecessors,
            basis: basis(),
            note: String::new(),
        };
        let corrected = |correction| Event::UnitCorrected {
            version: 2,
            correction,
            reason: "录入有误".into(),
            basis: None,
        };
        for (event, expected) in [
            (
                updated(renamed(), vec![ChangeKind::Renamed], vec![]),
                "变更登记:更名;修改 单位名称、编制;单位名称改为 样例县档案馆",
            ),
            (
                updated(UnitPatch::default(), vec![ChangeKind::Merged], vec![id("a"), id("b")]),
                "变更登记:合并;承接 units/a、units/b",
            ),
            (
                Event::UnitAbolished {
                    kind: ChangeKind::Merged,
                    successors: vec![id("c")],
                    basis: basis(),
                    note: "县编委会议研究同意".into(),
                },
                "撤销登记:合并,承接单位 units/c;说明:县编委会议研究同意",
            ),
            (
                Event::UnitAbolished {
                    kind: ChangeKind::Abolished,
                    successors: vec![],
                    basis: basis(),
                    note: String::new(),
                },
                "撤销登记:撤销",
            ),
            (corrected(Correction::Voided), "更正第 2 次登记:作废;原因:录入有误"),
            (
                corrected(Correction::Amended {
                    changes: Box::new(renamed()),
                    effective_on: Some(date(2026, 4, 1)),
                }),
                "更正第 2 次登记:改 单位名称、编制、生效日期改为 2026-04-01;原因:录入有误",
            ),
        ] {
            assert_eq!(summary(&event), expected);
        }
    }

    #[test]
    fn every_field_has_a_name() {
        let all = serde_json::json!({
            "name": "", "short_name": "", "credit_code": null, "division": "530102",
            "tier": "county", "standing": "ordinary", "grade": "section", "kind": "organ",
            "nature": "organ", "sequence": "", "parent": null, "vertical": false,
            "establishment": Establishment::default(),
            "actual": {"administrative": 0, "referenced": 0},
            "leadership": {"division_principal": 0, "division_deputy": 0,
                "section_principal": 0, "section_deputy": 0, "group_posts": 0},
            "category_posts": {}, "reference": null, "functions": "", "contact": null,
            "remarks": "",
        });
        let patch: UnitPatch = serde_json::from_value(all).unwrap();
        assert_eq!(patch.fields().len(), 20);
        for field in patch.fields() {
            assert_ne!(label(field), field);
        }
    }
}

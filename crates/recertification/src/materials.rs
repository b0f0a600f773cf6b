//! What an application must bring (申报材料, §6.3).

use std::collections::BTreeSet;

use quanheng_policy::PersonId;
use quanheng_policy::profile::{ChangeRoute, MaterialRow, Policy, PolicyError};
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Reason, Rule, count, list, text};

/// How a material stands (材料状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialStatus {
    /// 未提交
    Missing,
    /// 已收到
    Received,
    /// 已接受
    Accepted,
    /// 退回
    Rejected,
}

/// A material of a case (材料).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// Its code in the checklist.
    pub code: String,
    /// The digests of its files.
    pub files: Vec<String>,
    /// How it stands.
    pub status: MaterialStatus,
    /// Who accepted or rejected it.
    pub reviewer: Option<PersonId>,
    /// Why it was rejected; may be empty.
    pub reason: String,
}

/// What is asked of materials at a step (材料要求).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// When the case is submitted, they are there (提交时).
    Submission,
    /// Before the joint review, they are accepted (联合审核前).
    JointReview,
}

impl Stage {
    fn enough(self, material: &Material) -> bool {
        let status = match self {
            Self::Submission => {
                matches!(material.status, MaterialStatus::Received | MaterialStatus::Accepted)
            }
            Self::JointReview => {
                material.status == MaterialStatus::Accepted && material.reviewer.is_some()
            }
        };
        status && !material.files.is_empty()
    }
}

/// The checklist of a route (材料清单). `requested`: the codes that the authority asked for
/// besides what is always due.
///
/// # Errors
/// [`PolicyError`]: policy does not say it.
pub fn checklist(
    policy: &Policy,
    route: ChangeRoute,
    requested: &BTreeSet<String>,
) -> Result<Vec<MaterialRow>, PolicyError> {
    let rows = policy.recertification_materials()?;
    let due = |row: &&MaterialRow| !row.on_request || requested.contains(&row.code);
    let asked = rows.value.iter().filter(|row| row.required_for.contains(&route));
    Ok(asked.filter(due).cloned().collect())
}

/// Whether the materials of a route are there, and which are not.
#[must_use]
pub fn check_materials(
    policy: &Policy,
    route: ChangeRoute,
    stage: Stage,
    materials: &[Material],
    requested: &BTreeSet<String>,
) -> Finding {
    let rule = Rule::Materials;
    let rows = match checklist(policy, route, requested) {
        Ok(rows) => rows,
        Err(error) => return Finding::unset(rule, &error),
    };
    let known: BTreeSet<_> = rows.iter().map(|row| row.code.as_str()).collect();
    let unlisted = requested.iter().filter(|code| !known.contains(code.as_str()));
    let there = |code: &str| materials.iter().any(|one| one.code == code && stage.enough(one));
    let missing: Vec<&MaterialRow> = rows.iter().filter(|row| !there(&row.code)).collect();
    let mut names: Vec<&str> = missing.iter().map(|row| row.name.as_str()).collect();
    let mut codes: Vec<&str> = missing.iter().map(|row| row.code.as_str()).collect();
    // What was asked for beyond the list is due too, and has no other name than its code.
    for code in unlisted.filter(|code| !there(code)) {
        names.push(code);
        codes.push(code);
    }
    let finding = match names.is_empty() {
        true => Finding::pass(rule, format!("{}所需材料齐全", route.label())),
        false => {
            let wanted = match stage {
                Stage::Submission => "未提交",
                Stage::JointReview => "未提交或未经审核接受",
            };
            let message = format!("{}{wanted}:{}", route.label(), list(&names));
            Finding::fail(rule, Reason::MaterialsIncomplete, message)
                .fact("missing", text(list(&codes)))
        }
    };
    finding.fact("due", count(rows.len()))
}

//! What cases are asked.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::codes::DocumentNumber;
use quanheng_recertification::MaterialStatus;
use quanheng_runtime::Failure;
use quanheng_runtime::wire::required;

use super::shared;
use crate::code;

/// The code of a material: a plain word.
fn material_code(field: &str, given: &str) -> Result<String, Failure> {
    match quanheng_policy::check_id(given.trim()) {
        Ok(()) => Ok(given.trim().to_owned()),
        Err(error) => Err(Failure::field(field, error.to_string())),
    }
}

/// Files by the codes of materials.
pub(crate) fn files(given: &[wire::Material]) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    some(given.len())?;
    let mut files = BTreeMap::new();
    for (nr, one) in given.iter().enumerate() {
        let at = format!("materials[{nr}]");
        let code = material_code(&format!("{at}.code"), &one.code)?;
        let there = shared::attachments(&format!("{at}.files"), &one.files)?;
        if there.is_empty() {
            return Err(Failure::field(format!("{at}.files"), "须填写"));
        }
        if files.insert(code, there).is_some() {
            return Err(Failure::field(format!("{at}.code"), "同一材料不能重复"));
        }
    }
    Ok(files)
}

fn some(count: usize) -> Result<(), Failure> {
    match count {
        0 => Err(Failure::field("materials", "须填写")),
        count => shared::bounded(count),
    }
}

/// A material that was looked through.
#[derive(Debug, Clone)]
pub(crate) struct ReviewedMaterial {
    pub(crate) code: String,
    pub(crate) status: MaterialStatus,
    pub(crate) reason: String,
}

/// Materials that were looked through.
pub(crate) fn reviewed(given: &[wire::Material]) -> Result<Vec<ReviewedMaterial>, Failure> {
    some(given.len())?;
    let mut seen = BTreeSet::new();
    let one = |(nr, one): (usize, &wire::Material)| {
        let at = format!("materials[{nr}]");
        let code = material_code(&format!("{at}.code"), &one.code)?;
        if !seen.insert(code.clone()) {
            return Err(Failure::field(format!("{at}.code"), "同一材料不能重复"));
        }
        let status = code::material_status(one.status());
        Ok(ReviewedMaterial {
            code,
            status: required(&format!("{at}.status"), status)?,
            reason: shared::short(&format!("{at}.reason"), &one.reason)?,
        })
    };
    given.iter().enumerate().map(one).collect()
}

/// Codes of materials that are asked for.
pub(crate) fn codes(given: &[String]) -> Result<BTreeSet<String>, Failure> {
    shared::bounded(given.len())?;
    let named = given.iter().enumerate();
    named.map(|(nr, code)| material_code(&format!("materials[{nr}]"), code)).collect()
}

/// Documents that were looked up.
pub(crate) fn consulted(
    given: &[wire::ConsultedDocument],
) -> Result<Vec<(DocumentNumber, String)>, Failure> {
    if given.is_empty() {
        return Err(Failure::field("documents", "须填写"));
    }
    shared::bounded(given.len())?;
    let one = |(nr, one): (usize, &wire::ConsultedDocument)| {
        let at = format!("documents[{nr}]");
        Ok((
            shared::document(&format!("{at}.document_number"), &one.document_number)?,
            shared::text(&format!("{at}.title"), &one.title)?,
        ))
    };
    given.iter().enumerate().map(one).collect()
}

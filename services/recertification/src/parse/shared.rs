//! What several requests bring: changes, grounds, the three clears, counts.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_api::google;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_recertification::decrease::{Counted, Place, Settlement};
use quanheng_recertification::{Clear, DutyDocument, LegalBasis, ThreeClear};
use quanheng_runtime::wire::units::establishment;
use quanheng_runtime::wire::{division, required, unit, wrong_code};
use quanheng_runtime::{Failure, reading};
use quanheng_streams::CaseGrounds;

use crate::code;

type WireDate = google::r#type::Date;

/// Entries of one list at most.
pub(crate) const ENTRIES_MAX: usize = 200;
/// Characters of a text at most.
pub(crate) const TEXT_MAX: usize = 4_000;

/// A day that has to be given.
pub(crate) fn day(field: &str, given: Option<&WireDate>) -> Result<Date, Failure> {
    reading::required_day(field, given)
}

/// A day that may be given.
pub(crate) fn some_day(field: &str, given: Option<&WireDate>) -> Result<Option<Date>, Failure> {
    reading::day(field, given)
}

/// A text that has to be given.
pub(crate) fn text(field: &str, given: &str) -> Result<String, Failure> {
    match given.trim() {
        "" => Err(Failure::field(field, "须填写")),
        given => short(field, given),
    }
}

/// A text that may be empty.
pub(crate) fn short(field: &str, given: &str) -> Result<String, Failure> {
    let length = given.chars().count();
    match length > TEXT_MAX {
        true => {
            let bound = Failure::bound("text_chars_max", TEXT_MAX as u64, length as u64);
            Err(bound.with("field", field))
        }
        false => Ok(given.trim().to_owned()),
    }
}

/// No more than one list holds.
pub(crate) fn bounded(count: usize) -> Result<(), Failure> {
    match count > ENTRIES_MAX {
        true => Err(Failure::bound("entries_max", ENTRIES_MAX as u64, count as u64)),
        false => Ok(()),
    }
}

/// 文号
pub(crate) fn document(field: &str, given: &str) -> Result<DocumentNumber, Failure> {
    DocumentNumber::parse(given.trim()).map_err(|error| wrong_code(field, error))
}

/// The digest of a file, by its name.
pub(crate) fn attachment(field: &str, given: &str) -> Result<String, Failure> {
    let digest = given.strip_prefix("attachments/").unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    match digest.len() == 64 && digest.bytes().all(plain) {
        true => Ok(digest.to_owned()),
        false => Err(Failure::field(field, "应为 attachments/{sha256}")),
    }
}

/// Files, by their names; each once.
pub(crate) fn attachments(field: &str, given: &[String]) -> Result<Vec<String>, Failure> {
    bounded(given.len())?;
    let named = given.iter().enumerate();
    let files = named.map(|(nr, name)| attachment(&format!("{field}[{nr}]"), name));
    let files = files.collect::<Result<Vec<_>, Failure>>()?;
    match files.iter().collect::<BTreeSet<_>>().len() == files.len() {
        true => Ok(files),
        false => Err(Failure::field(field, "同一文件不能重复")),
    }
}

/// What the conditions are asked about.
pub(crate) fn grounds(
    field: &str,
    given: Option<&wire::CaseGrounds>,
) -> Result<CaseGrounds, Failure> {
    let Some(given) = given else { return Ok(CaseGrounds::default()) };
    bounded(given.bases.len())?;
    bounded(given.duties.len())?;
    let bases = given.bases.iter().enumerate();
    let bases = bases.map(|(nr, one)| basis(&format!("{field}.bases[{nr}]"), one));
    let duties = given.duties.iter().enumerate();
    let duties = duties.map(|(nr, one)| duty(&format!("{field}.duties[{nr}]"), one));
    Ok(CaseGrounds {
        bases: bases.collect::<Result<_, Failure>>()?,
        duties: duties.collect::<Result<_, Failure>>()?,
        establishment: given.establishment.as_ref().map(establishment),
        pay: code::pay(given.pay()),
    })
}

/// A legal basis. Whether it carries is for the rules to say: what it is has to be told.
fn basis(at: &str, given: &wire::LegalBasis) -> Result<LegalBasis, Failure> {
    let field = |name: &str| format!("{at}.{name}");
    let area = given.division.trim();
    Ok(LegalBasis {
        kind: required(&field("kind"), code::basis_kind(given.kind()))?,
        title: text(&field("title"), &given.title)?,
        number: short(&field("number"), &given.number)?,
        article: short(&field("article"), &given.article)?,
        excerpt: short(&field("excerpt"), &given.excerpt)?,
        issuer: required(&field("issuer"), code::issuer(given.issuer()))?,
        division: match area {
            "" => None,
            area => Some(division(&field("division"), area)?),
        },
        approved_on: some_day(&field("approved_on"), given.approved_on.as_ref())?,
        in_force_from: day(&field("in_force_from"), given.in_force_from.as_ref())?,
        in_force_to: some_day(&field("in_force_to"), given.in_force_to.as_ref())?,
        function: short(&field("function"), &given.function)?,
    })
}

fn duty(at: &str, given: &wire::DutyDocument) -> Result<DutyDocument, Failure> {
    let field = |name: &str| format!("{at}.{name}");
    Ok(DutyDocument {
        document: document(&field("document_number"), &given.document_number)?,
        issuer: required(&field("issuer"), code::duty_issuer(given.issuer()))?,
        issued_on: day(&field("issued_on"), given.issued_on.as_ref())?,
        duties: short(&field("duties"), &given.duties)?,
    })
}

/// 三清
pub(crate) fn three_clear(
    field: &str,
    given: Option<&wire::ThreeClear>,
) -> Result<ThreeClear, Failure> {
    let given = given.ok_or_else(|| Failure::field(field, "须填写"))?;
    let one = |name: &str, clear: Option<&wire::Clear>| -> Result<Clear, Failure> {
        let Some(clear) = clear else { return Ok(Clear::default()) };
        bounded(clear.evidence.len())?;
        let at = format!("{field}.{name}.evidence");
        let evidence = clear.evidence.iter().map(|one| text(&at, one));
        Ok(Clear { clear: clear.clear, evidence: evidence.collect::<Result<_, Failure>>()? })
    };
    Ok(ThreeClear {
        staff: one("staff", given.staff.as_ref())?,
        documents: one("documents", given.documents.as_ref())?,
        functions: one("functions", given.functions.as_ref())?,
    })
}

/// How a unit counts.
pub(crate) fn counted(at: &str, given: &wire::UnitSettlement) -> Result<Counted, Failure> {
    let field = |name: &str| format!("{at}.{name}");
    let department = match given.department.trim() {
        "" => None,
        name => Some(unit(&field("department"), name)?),
    };
    let code = division(&field("division"), &given.division)?;
    let place = Place::new(code, department);
    let place = place.map_err(|error| Failure::field(field("division"), error.to_string()))?;
    Ok(Counted { place, headcount: given.headcount })
}

/// What becomes of a unit.
pub(crate) fn settlement(at: &str, given: &wire::UnitSettlement) -> Result<Settlement, Failure> {
    let id: UnitId = unit(&format!("{at}.unit"), &given.unit)?;
    let becomes = match given.leaves {
        true => None,
        false => Some(counted(at, given)?),
    };
    Ok(Settlement { unit: id, becomes })
}

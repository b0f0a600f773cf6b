//! A unit's row as a profile of the register.

use std::collections::BTreeMap;

use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_register::unit::{
    Actual, Establishment, LeadershipPosts, Nature, Reference, UnitProfile,
};
use quanheng_sheets::units::{UnitLevel, UnitNature, UnitRow};
use quanheng_sheets::{Fault, Problem};

use super::kind::Ground;

/// The profile, without parent and contact; what is missing or doubtful. Columns that we
/// added may be empty: what they say follows from the customary ones, where it does.
pub(super) fn profile(row: &UnitRow, ground: &Ground) -> (Option<UnitProfile>, Vec<Problem>) {
    let mut problems = Vec::new();
    let standing = row.standing.unwrap_or(Standing::Ordinary);
    let kind = kind(row);
    let nature = nature(row);
    if row.division.is_none() {
        let message = "须填写行政区划代码,或可识别的所在省、市、县";
        problems.push(Fault::error("DIVISION_MISSING", message).at("division"));
    }
    let grade = row.grade.or_else(|| row.level.map(grade_of));
    if grade.is_none() {
        let message = "须填写机构规格或单位级别";
        problems.push(Fault::error("GRADE_MISSING", message).at("grade"));
    }
    if row.approved_on.is_some_and(|on| on > ground.today) {
        let message = "审批时间晚于今日";
        problems.push(Fault::error("DATE_IN_FUTURE", message).at("approved_on"));
    }
    let (Some(division), Some(grade)) = (row.division.clone(), grade) else {
        return (None, problems);
    };
    let tier = row.tier.unwrap_or_else(|| tier_of(&division, standing));
    let profile = UnitProfile {
        name: row.name.clone(),
        short_name: String::new(),
        credit_code: row.credit_code.clone(),
        division,
        tier,
        standing,
        grade,
        kind,
        nature,
        sequence: row.sequence.clone().unwrap_or_default(),
        parent: None,
        vertical: kind == UnitKind::Vertical,
        establishment: establishment(row),
        actual: Actual {
            administrative: row.administrative_headcount.unwrap_or_default(),
            referenced: row.referenced_headcount.unwrap_or_default(),
        },
        leadership: leadership(row),
        category_posts: BTreeMap::new(),
        reference: reference(row),
        functions: String::new(),
        contact: None,
        remarks: row.note.clone().unwrap_or_default(),
    };
    (Some(profile), problems)
}

fn kind(row: &UnitRow) -> UnitKind {
    row.kind.unwrap_or(match row.nature {
        Some(UnitNature::ReferencedInstitution | UnitNature::ReferencedMassOrganisation) => {
            UnitKind::ReferencedUnit
        }
        Some(UnitNature::Organ) | None => UnitKind::Organ,
    })
}

/// The form knows no institutions outside reference management: all of them are.
fn nature(row: &UnitRow) -> Nature {
    match row.nature {
        Some(UnitNature::Organ) => Nature::Organ,
        Some(UnitNature::ReferencedInstitution) => Nature::ReferencedInstitution,
        Some(UnitNature::ReferencedMassOrganisation) => Nature::ReferencedMassOrganization,
        None if row.kind == Some(UnitKind::ReferencedUnit) => Nature::ReferencedInstitution,
        None => Nature::Organ,
    }
}

fn grade_of(level: UnitLevel) -> UnitGrade {
    match level {
        UnitLevel::County => UnitGrade::Division,
        UnitLevel::ViceCounty => UnitGrade::ViceDivision,
        UnitLevel::Township => UnitGrade::Section,
    }
}

fn tier_of(division: &DivisionCode, standing: Standing) -> Tier {
    match (division.level(), standing) {
        (DivisionLevel::County, Standing::MunicipalityDistrict) => Tier::Prefecture,
        (DivisionLevel::Nation, _) => Tier::Central,
        (DivisionLevel::Province, _) => Tier::Province,
        (DivisionLevel::Prefecture, _) => Tier::Prefecture,
        (DivisionLevel::County, _) => Tier::County,
        (DivisionLevel::Township, _) => Tier::Township,
    }
}

fn establishment(row: &UnitRow) -> Establishment {
    Establishment {
        administrative: row.administrative_slots.unwrap_or_default(),
        referenced_institution: row.referenced_slots.unwrap_or_default(),
        special_political_legal: row.political_legal_slots.unwrap_or_default(),
        logistics: row.logistics_slots.unwrap_or_default(),
        other_institution: row.institution_slots.unwrap_or_default(),
    }
}

fn leadership(row: &UnitRow) -> LeadershipPosts {
    LeadershipPosts {
        division_principal: row.division_chief_seats.unwrap_or_default(),
        division_deputy: row.division_deputy_seats.unwrap_or_default(),
        section_principal: row.section_chief_seats.unwrap_or_default(),
        section_deputy: row.section_deputy_seats.unwrap_or_default(),
        group_posts: row.leading_group_seats.unwrap_or_default(),
    }
}

fn reference(row: &UnitRow) -> Option<Reference> {
    let (approved_on, approval_document) = (row.approved_on?, row.approval_number.clone()?);
    Some(Reference { approved_on, approval_document })
}

//! Made-up units and persons, as requests.

use quanheng_api::date;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_policy::codes::{DivisionCode, Sex};
use quanheng_sheets::sample;

use crate::client::request_id;

/// Where made-up units are.
const DIVISION: &str = "420106";

/// A document of a day.
///
/// # Panics
/// When there is no such day.
#[must_use]
pub fn basis(year: i16, month: i8, day: i8) -> Option<Basis> {
    Some(Basis {
        document_number: format!("鄂组通〔{year}〕7号"),
        effective_on: Some(date(jiff::civil::date(year, month, day))),
    })
}

/// Registers an organ of a county with sixty slots.
#[must_use]
pub fn unit(id: &str) -> registry::CreateUnitRequest {
    let profile = registry::UnitProfile {
        display_name: Some(format!("示例区{id}局")),
        division: Some(DIVISION.to_owned()),
        tier: Some(registry::Tier::County.into()),
        grade: Some(registry::UnitGrade::Section.into()),
        kind: Some(registry::UnitKind::Organ.into()),
        nature: Some(registry::UnitNature::Organ.into()),
        establishment: Some(registry::Establishment {
            administrative: 60,
            ..registry::Establishment::default()
        }),
        ..registry::UnitProfile::default()
    };
    registry::CreateUnitRequest {
        unit_id: id.to_owned(),
        profile: Some(profile),
        basis: basis(2019, 6, 1),
        request_id: request_id(),
        validate_only: false,
    }
}

/// Registers somebody in a unit. Another seed is another person.
///
/// # Panics
/// Never: the division is one.
#[must_use]
pub fn person(id: &str, unit: &str, seed: u64) -> registry::CreatePersonRequest {
    let division = DivisionCode::parse(DIVISION).expect("a division");
    let row = sample::person(seed, &division);
    let number = &row.identity.number;
    let sex = match number.sex() {
        Sex::Male => registry::Sex::Male,
        Sex::Female => registry::Sex::Female,
    };
    let profile = registry::PrivateProfile {
        full_name: row.identity.name.clone(),
        identity_number: number.reveal().to_owned(),
        sex: sex.into(),
        nation: "汉族".to_owned(),
        birth_date: Some(date(number.birth_date())),
        native_place: "虚构示例地".to_owned(),
        political_status: "中共党员".to_owned(),
        phone: format!("000-0000{seed:04}"),
        resume: format!("虚构履历{seed:04}"),
        ..registry::PrivateProfile::default()
    };
    registry::CreatePersonRequest {
        person_id: id.to_owned(),
        person: Some(registry::Person {
            unit: format!("units/{unit}"),
            slot: registry::SlotKind::Administrative.into(),
            category: "general_management".to_owned(),
            private_profile: Some(profile),
            ..registry::Person::default()
        }),
        basis: basis(2024, 3, 4),
        request_id: request_id(),
        validate_only: false,
    }
}

/// What only those may see who may see private facts: name, number, phone, resume.
///
/// # Panics
/// When the request is of nobody.
#[must_use]
pub fn secrets(request: &registry::CreatePersonRequest) -> Vec<String> {
    let person = request.person.as_ref().expect("somebody");
    let profile = person.private_profile.clone().expect("private facts");
    vec![profile.full_name, profile.identity_number, profile.phone, profile.resume]
}

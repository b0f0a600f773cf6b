//! What is sealed, between the wire and the register; and what of it everybody sees.

use jiff::civil::Date;
use quanheng_api::google;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::codes::{DateText, IdentityNumber, YearMonth};
use quanheng_register::id::FactId;
use quanheng_register::private::{
    Assessment, Commendation, DayOrMonth, Education, Investigation, PrivateProfile, Relative,
    Sanction,
};
use quanheng_register::refusal::Refused;
use quanheng_runtime::wire::{named, required};
use quanheng_runtime::{Failure, FieldFault};
use quanheng_sheets::persons::person_name;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::parse::{Ground, day};
use super::{code, mask};

type WireDate = google::r#type::Date;

/// A name as the register keeps it and finds it.
pub(crate) fn full_name(text: &str) -> String {
    person_name(text)
}

/// An identity number as the register keeps it and finds it; what is none stays as it is.
pub(crate) fn identity_number(text: &str) -> String {
    IdentityNumber::parse(text).map_or_else(|_| text.to_owned(), |id| id.reveal().to_owned())
}

/// Who a person is, checked as of a day; with what people should look at.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn profile(
    field: &str,
    profile: Option<&wire::PrivateProfile>,
    today: Date,
) -> Result<(PrivateProfile, Vec<String>), Failure> {
    let profile = profile.ok_or_else(|| Failure::field(field, "须填写个人信息"))?;
    let at = |name: &str| format!("{field}.{name}");
    let born = day_or_month(&at("birth_date"), profile.birth_date.as_ref())?;
    let pay_grade = u8::try_from(profile.pay_grade);
    let pay_grade = pay_grade.map_err(|_| Failure::field(at("pay_grade"), "级别应为 1 至 27"))?;
    let profile = PrivateProfile {
        name: full_name(&profile.full_name),
        identity_number: identity_number(&profile.identity_number),
        sex: required(&at("sex"), code::sex(profile.sex()))?,
        nation: profile.nation.clone(),
        birth_date: born.ok_or_else(|| Failure::field(at("birth_date"), "须填写出生日期"))?,
        native_place: profile.native_place.clone(),
        political_status: profile.political_status.clone(),
        party_joined: day_or_month(&at("party_joined"), profile.party_joined.as_ref())?,
        work_started: day_or_month(&at("work_started"), profile.work_started.as_ref())?,
        registered_on: day(&at("registered_on"), profile.registered_on.as_ref())?,
        grass_roots_two_years: profile.grass_roots_two_years,
        full_time_education: profile.full_time_education.as_ref().map(education),
        in_service_education: profile.in_service_education.as_ref().map(education),
        pay_grade: (pay_grade > 0).then_some(pay_grade),
        phone: profile.phone.clone(),
        resume: profile.resume.clone(),
    };
    let warnings = profile.validate(today).map_err(|refused| invalid(field, &refused))?;
    Ok((profile, warnings.iter().map(ToString::to_string).collect()))
}

/// Input that is wrong, field by field, each with the code that it has.
pub(crate) fn invalid(field: &str, refused: &Refused) -> Failure {
    let faults = refused.refusals().iter().map(|refusal| {
        let own = refusal.field().unwrap_or_default();
        let message = refusal.to_string();
        let message = message.strip_prefix(&format!("{own}:")).unwrap_or(&message).to_owned();
        // What the wire calls otherwise.
        let own = if own == "name" { "full_name" } else { own };
        FieldFault { field: format!("{field}.{own}"), reason: refusal.code().to_owned(), message }
    });
    Failure::fields(faults.collect())
}

fn education(education: &wire::Education) -> Education {
    let wire::Education { level, degree, school, major } = education.clone();
    Education { level, degree, school, major }
}

fn education_message(education: &Education) -> wire::Education {
    let Education { level, degree, school, major } = education.clone();
    wire::Education { level, degree, school, major }
}

/// A day, or with a day of 0 a month.
fn day_or_month(field: &str, date: Option<&WireDate>) -> Result<Option<DayOrMonth>, Failure> {
    let Some(date) = date.filter(|date| date.day == 0) else {
        return Ok(day(field, date)?.map(DayOrMonth::from));
    };
    let (year, month) = (i16::try_from(date.year).ok(), i8::try_from(date.month).ok());
    let month = year.zip(month).filter(|(year, _)| (1..=9999).contains(year));
    let month = month.and_then(|(year, month)| YearMonth::new(year, month));
    let month = month.ok_or_else(|| Failure::field(field, "不是有效日期"))?;
    Ok(Some(month.into()))
}

fn month_message(month: YearMonth) -> WireDate {
    WireDate { year: month.year().into(), month: month.month().into(), day: 0 }
}

fn day_or_month_message(day: DayOrMonth) -> WireDate {
    match day.0 {
        DateText::Day(day) => quanheng_api::date(day),
        DateText::Month(month) => month_message(month),
    }
}

/// Who a person is, whole.
pub(crate) fn whole(profile: &PrivateProfile) -> wire::PrivateProfile {
    wire::PrivateProfile {
        full_name: profile.name.clone(),
        identity_number: profile.identity_number.clone(),
        sex: code::sex_message(profile.sex).into(),
        nation: profile.nation.clone(),
        birth_date: Some(day_or_month_message(profile.birth_date)),
        native_place: profile.native_place.clone(),
        political_status: profile.political_status.clone(),
        party_joined: profile.party_joined.map(day_or_month_message),
        work_started: profile.work_started.map(day_or_month_message),
        full_time_education: profile.full_time_education.as_ref().map(education_message),
        in_service_education: profile.in_service_education.as_ref().map(education_message),
        phone: profile.phone.clone(),
        resume: profile.resume.clone(),
        grass_roots_two_years: profile.grass_roots_two_years,
        registered_on: profile.registered_on.map(quanheng_api::date),
        pay_grade: profile.pay_grade.unwrap_or_default().into(),
    }
}

/// Who a person is, as far as everybody sees who may read persons at all.
pub(crate) fn masked(profile: &PrivateProfile) -> wire::PrivateProfile {
    let born = YearMonth::of(profile.birth_date.first_day());
    wire::PrivateProfile {
        full_name: mask::name(&profile.name),
        identity_number: mask::identity_number(&profile.identity_number),
        sex: code::sex_message(profile.sex).into(),
        birth_date: Some(month_message(born)),
        phone: mask::phone(&profile.phone),
        ..wire::PrivateProfile::default()
    }
}

/// A value of a list, by the word that the wire has for it.
fn word<T: DeserializeOwned>(field: &str, text: &str) -> Result<T, Failure> {
    let value = serde_json::Value::String(text.to_owned());
    required(field, serde_json::from_value(value).ok())
}

fn word_of(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// 年度考核, checked as of a day.
pub(crate) fn assessment(
    field: &str,
    assessment: &wire::Assessment,
    today: Date,
) -> Result<Assessment, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let year = i16::try_from(assessment.year);
    let confirmed_on = day(&at("confirmed_on"), assessment.confirmed_on.as_ref())?;
    let missing = || Failure::field(at("confirmed_on"), "须填写等次确定日期");
    let assessment = Assessment {
        year: year.map_err(|_| Failure::field(at("year"), "考核年度无效"))?,
        result: word(&at("result"), &assessment.result)?,
        confirmed_on: confirmed_on.ok_or_else(missing)?,
        raw: assessment.raw.clone(),
    };
    assessment.validate(today).map_err(|refused| invalid(field, &refused))?;
    Ok(assessment)
}

/// 年度考核
pub(crate) fn assessment_message(assessment: &Assessment) -> wire::Assessment {
    wire::Assessment {
        year: assessment.year.into(),
        result: word_of(&assessment.result),
        confirmed_on: Some(quanheng_api::date(assessment.confirmed_on)),
        raw: assessment.raw.clone(),
    }
}

/// 奖励, checked as of a day.
pub(crate) fn commendation(
    field: &str,
    fact: &wire::Commendation,
    ground: &Ground,
    today: Date,
) -> Result<Commendation, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let fact = Commendation {
        kind: word(&at("kind"), &fact.kind)?,
        on: ground.day(&at("on"), fact.on.as_ref())?,
        document: ground.document(&at("document_number"), &fact.document_number)?,
        note: fact.note.clone(),
    };
    fact.validate(today).map_err(|refused| invalid(field, &refused))?;
    Ok(fact)
}

/// 奖励
pub(crate) fn commendation_message(id: &FactId, fact: &Commendation) -> wire::Commendation {
    wire::Commendation {
        id: id.to_string(),
        kind: word_of(&fact.kind),
        on: Some(quanheng_api::date(fact.on)),
        document_number: fact.document.as_ref().map(ToString::to_string).unwrap_or_default(),
        note: fact.note.clone(),
    }
}

/// 处分、组织处理、诫勉, checked as of a day.
pub(crate) fn sanction(
    field: &str,
    fact: &wire::Sanction,
    ground: &Ground,
    today: Date,
) -> Result<Sanction, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let fact = Sanction {
        kind: word(&at("kind"), &fact.kind)?,
        on: ground.day(&at("on"), fact.on.as_ref())?,
        document: ground.document(&at("document_number"), &fact.document_number)?,
        note: fact.note.clone(),
        restored_on: day(&at("restored_on"), fact.restored_on.as_ref())?,
        ends_on: day(&at("ends_on"), fact.ends_on.as_ref())?,
        affects_use: fact.affects_use,
        lifted_on: day(&at("lifted_on"), fact.lifted_on.as_ref())?,
    };
    fact.validate(today).map_err(|refused| invalid(field, &refused))?;
    Ok(fact)
}

/// 处分、组织处理、诫勉
pub(crate) fn sanction_message(id: &FactId, fact: &Sanction) -> wire::Sanction {
    wire::Sanction {
        id: id.to_string(),
        kind: word_of(&fact.kind),
        on: Some(quanheng_api::date(fact.on)),
        document_number: fact.document.as_ref().map(ToString::to_string).unwrap_or_default(),
        note: fact.note.clone(),
        lifted_on: fact.lifted_on.map(quanheng_api::date),
        restored_on: fact.restored_on.map(quanheng_api::date),
        ends_on: fact.ends_on.map(quanheng_api::date),
        affects_use: fact.affects_use,
    }
}

/// 立案审查调查, checked as of a day.
pub(crate) fn investigation(
    field: &str,
    fact: &wire::Investigation,
    ground: &Ground,
    today: Date,
) -> Result<Investigation, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let fact = Investigation {
        opened_on: ground.day(&at("opened_on"), fact.opened_on.as_ref())?,
        opened_by: fact.opened_by.clone(),
        closed_on: day(&at("closed_on"), fact.closed_on.as_ref())?,
        outcome: fact.outcome.clone(),
    };
    fact.validate(today).map_err(|refused| invalid(field, &refused))?;
    Ok(fact)
}

/// 立案审查调查
pub(crate) fn investigation_message(id: &FactId, fact: &Investigation) -> wire::Investigation {
    wire::Investigation {
        id: id.to_string(),
        opened_on: Some(quanheng_api::date(fact.opened_on)),
        opened_by: fact.opened_by.clone(),
        closed_on: fact.closed_on.map(quanheng_api::date),
        outcome: fact.outcome.clone(),
    }
}

/// 亲属
pub(crate) fn relative(field: &str, fact: &wire::Relative) -> Result<Relative, Failure> {
    let person = match fact.person.is_empty() {
        true => None,
        false => Some(named(&format!("{field}.person"), "persons/{person}", &fact.person)?),
    };
    let fact = Relative {
        relation: fact.relation.clone(),
        name: full_name(&fact.full_name),
        person,
        principal: Some(fact.principal.clone()).filter(|name| !name.is_empty()),
        position: fact.position.clone(),
    };
    fact.validate().map_err(|refused| invalid(field, &refused))?;
    Ok(fact)
}

/// 亲属
pub(crate) fn relative_message(id: &FactId, fact: &Relative, withdrawn: bool) -> wire::Relative {
    wire::Relative {
        id: id.to_string(),
        relation: fact.relation.clone(),
        full_name: fact.name.clone(),
        person: fact.person.as_ref().map(super::seal::resource).unwrap_or_default(),
        principal: fact.principal.clone().unwrap_or_default(),
        position: fact.position.clone(),
        withdrawn,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 24);

    fn date(year: i32, month: i32, day: i32) -> Option<WireDate> {
        Some(WireDate { year, month, day })
    }

    fn sample() -> wire::PrivateProfile {
        let education = |level: &str| wire::Education {
            level: level.into(),
            degree: "学士".into(),
            school: "样例大学".into(),
            major: "档案学".into(),
        };
        wire::PrivateProfile {
            full_name: "甄样例".into(),
            identity_number: "11010519491231002X".into(),
            sex: wire::Sex::Female.into(),
            nation: "汉族".into(),
            birth_date: date(1949, 12, 0),
            native_place: "北京".into(),
            political_status: "群众".into(),
            party_joined: date(1975, 7, 1),
            work_started: date(1970, 1, 0),
            full_time_education: Some(education("大学本科")),
            in_service_education: Some(education("硕士研究生")),
            phone: "13800005678".into(),
            resume: "1970.01—2009.12 样例县".into(),
            grass_roots_two_years: true,
            registered_on: date(2006, 1, 1),
            pay_grade: 12,
        }
    }

    #[test]
    fn a_profile_comes_back_whole() {
        let (read, warnings) = profile("p", Some(&sample()), TODAY).unwrap();
        assert_eq!(whole(&read), sample());
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn a_profile_is_read_in_the_register_s_form() {
        let given = wire::PrivateProfile {
            full_name: "甄 样例".into(),
            identity_number: "１１０１０５１９４９１２３１００２x".into(),
            ..sample()
        };
        let (read, _) = profile("p", Some(&given), TODAY).unwrap();
        assert_eq!(
            (read.name.as_str(), read.identity_number.as_str()),
            ("甄样例", "11010519491231002X")
        );
    }

    #[test]
    fn the_mask_keeps_the_rest_to_itself() {
        let (read, _) = profile("p", Some(&sample()), TODAY).unwrap();
        let expected = wire::PrivateProfile {
            full_name: "甄**".into(),
            identity_number: "110105********002X".into(),
            sex: wire::Sex::Female.into(),
            birth_date: date(1949, 12, 0),
            phone: "138****5678".into(),
            ..wire::PrivateProfile::default()
        };
        assert_eq!(masked(&read), expected);
    }

    #[test]
    fn what_is_wrong_is_told_field_by_field() {
        type Change = fn(&mut wire::PrivateProfile);
        let rows: [(&str, Change, &str, &str); 9] = [
            (
                "check digit",
                |p| p.identity_number = "110105194912310021".into(),
                "p.identity_number",
                "IDENTITY_CHECK_DIGIT",
            ),
            ("no number", |p| p.identity_number.clear(), "p.identity_number", "IDENTITY_FORMAT"),
            ("no name", |p| p.full_name = " ".into(), "p.full_name", "INVALID_FIELD"),
            ("sex", |p| p.sex = 0, "p.sex", "INVALID_FIELD"),
            ("no birth", |p| p.birth_date = None, "p.birth_date", "INVALID_FIELD"),
            ("month 13", |p| p.birth_date = date(1949, 13, 0), "p.birth_date", "INVALID_FIELD"),
            ("day 31", |p| p.work_started = date(1970, 2, 31), "p.work_started", "INVALID_FIELD"),
            ("grade", |p| p.pay_grade = 28, "p.pay_grade", "INVALID_FIELD"),
            ("phone", |p| p.phone = "一二三".into(), "p.phone", "INVALID_FIELD"),
        ];
        for (what, change, field, reason) in rows {
            let mut given = sample();
            change(&mut given);
            let failure = profile("p", Some(&given), TODAY).map(|_| ()).unwrap_err();
            assert_eq!(failure.metadata().get("field").map(String::as_str), Some(field), "{what}");
            assert_eq!(failure.reason(), reason, "{what}");
        }
    }

    #[test]
    fn another_sex_or_birth_date_is_only_doubtful() {
        let given = wire::PrivateProfile {
            sex: wire::Sex::Male.into(),
            birth_date: date(1950, 1, 2),
            ..sample()
        };
        let (_, warnings) = profile("p", Some(&given), TODAY).unwrap();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
    }

    #[test]
    fn facts_come_back_whole() {
        let (ground, id) = (Ground::default(), FactId::new("f1").unwrap());
        let given = wire::Sanction {
            id: "f1".into(),
            kind: "party_probation".into(),
            on: date(2020, 1, 2),
            document_number: "样纪〔2020〕3号".into(),
            note: "样例".into(),
            lifted_on: date(2022, 1, 2),
            restored_on: date(2021, 1, 2),
            ends_on: date(2022, 1, 2),
            affects_use: true,
        };
        assert_eq!(sanction_message(&id, &sanction("f", &given, &ground, TODAY).unwrap()), given);
        let given = wire::Commendation {
            id: "f1".into(),
            kind: "merit_3".into(),
            on: date(2020, 1, 2),
            document_number: "样组〔2020〕3号".into(),
            note: String::new(),
        };
        let read = commendation("f", &given, &ground, TODAY).unwrap();
        assert_eq!(commendation_message(&id, &read), given);
        let given = wire::Investigation {
            id: "f1".into(),
            opened_on: date(2020, 1, 2),
            opened_by: "样例县纪委监委".into(),
            closed_on: date(2020, 3, 4),
            outcome: "了结".into(),
        };
        let read = investigation("f", &given, &ground, TODAY).unwrap();
        assert_eq!(investigation_message(&id, &read), given);
        let given = wire::Relative {
            id: "f1".into(),
            relation: "配偶".into(),
            full_name: "贾样例".into(),
            person: "persons/p2".into(),
            principal: "principals/u2".into(),
            position: "样例县档案馆".into(),
            withdrawn: true,
        };
        assert_eq!(relative_message(&id, &relative("f", &given).unwrap(), true), given);
        for result in [
            "excellent",
            "competent",
            "basically_competent",
            "incompetent",
            "ungraded",
            "not_assessed",
        ] {
            let given = wire::Assessment {
                year: 2025,
                result: result.into(),
                confirmed_on: date(2026, 1, 20),
                raw: "样例".into(),
            };
            let read = assessment("f", &given, TODAY).unwrap();
            assert_eq!(assessment_message(&read), given);
        }
        let unknown = wire::Assessment { year: 2025, result: "good".into(), ..Default::default() };
        assert!(assessment("f", &unknown, TODAY).is_err());
    }
}

//! What is sealed, before it is sealed.

use jiff::civil::date;
use quanheng_policy::codes::DateText;
use quanheng_register::private::{
    Assessment, AssessmentResult, Commendation, CommendationKind, DayOrMonth, Education,
    Investigation, PrivateProfile, PrivateWarning, Relative, Sanction, SanctionKind, Sex,
};
use quanheng_register::{Refused, SEALED_BYTES_MAX, Sealed};

use crate::world::{TODAY, code, document, identity};

fn when(text: &str) -> DayOrMonth {
    DayOrMonth(DateText::parse(text).unwrap())
}

fn profile() -> PrivateProfile {
    PrivateProfile {
        name: "王芳".into(),
        identity_number: identity("53030219800512004").reveal().to_owned(),
        sex: Sex::Female,
        nation: "汉族".into(),
        birth_date: when("1980-05-12"),
        native_place: "云南曲靖".into(),
        political_status: "中共党员".into(),
        party_joined: Some(when("2003.07")),
        work_started: Some(when("2002.08")),
        registered_on: Some(date(2007, 1, 1)),
        grass_roots_two_years: true,
        full_time_education: Some(Education { level: "大学".into(), ..Education::default() }),
        in_service_education: None,
        pay_grade: Some(20),
        phone: "0874-3120000".into(),
        resume: "2002.08 某县某局科员".into(),
    }
}

#[test]
fn a_profile_is_checked() {
    let rows: Vec<(&str, PrivateProfile, &str)> = vec![
        ("as it should be", profile(), "OK"),
        ("no name", PrivateProfile { name: String::new(), ..profile() }, "INVALID_FIELD"),
        (
            "a blank in the name",
            PrivateProfile { name: "王 芳".into(), ..profile() },
            "INVALID_FIELD",
        ),
        (
            "too short a number",
            PrivateProfile { identity_number: "530302".into(), ..profile() },
            "IDENTITY_FORMAT",
        ),
        (
            "no such day",
            PrivateProfile { identity_number: "530302198013120041".into(), ..profile() },
            "IDENTITY_BIRTH_DATE",
        ),
        (
            "a wrong check",
            PrivateProfile { identity_number: wrong_check(), ..profile() },
            "IDENTITY_CHECK_DIGIT",
        ),
        (
            "born tomorrow",
            PrivateProfile {
                birth_date: when("2024-07-01"),
                party_joined: None,
                work_started: None,
                registered_on: None,
                ..profile()
            },
            "INVALID_FIELD",
        ),
        (
            "at work before birth",
            PrivateProfile { work_started: Some(when("1979.01")), ..profile() },
            "INVALID_FIELD",
        ),
        (
            "at work tomorrow",
            PrivateProfile { work_started: Some(when("2024-07-01")), ..profile() },
            "INVALID_FIELD",
        ),
        ("no such grade", PrivateProfile { pay_grade: Some(28), ..profile() }, "INVALID_FIELD"),
        ("no telephone", PrivateProfile { phone: "ask me".into(), ..profile() }, "INVALID_FIELD"),
        (
            "no level of education",
            PrivateProfile { in_service_education: Some(Education::default()), ..profile() },
            "INVALID_FIELD",
        ),
        (
            "too long a life",
            PrivateProfile { resume: "长".repeat(8_001), ..profile() },
            "INVALID_FIELD",
        ),
    ];
    for (name, profile, expected) in rows {
        let outcome = profile.validate(TODAY);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

fn wrong_check() -> String {
    let number = profile().identity_number;
    let check = if number.ends_with('1') { '2' } else { '1' };
    format!("{}{check}", &number[..17])
}

#[test]
fn what_differs_from_the_identity_number_is_told() {
    let rows = [
        ("the same", profile(), vec![]),
        ("to the month", PrivateProfile { birth_date: when("1980.05"), ..profile() }, vec![]),
        (
            "another month",
            PrivateProfile { birth_date: when("1980.06"), ..profile() },
            vec![PrivateWarning::BirthDateDiffers],
        ),
        (
            "another day",
            PrivateProfile { birth_date: when("1980-05-13"), ..profile() },
            vec![PrivateWarning::BirthDateDiffers],
        ),
        (
            "another sex",
            PrivateProfile { sex: Sex::Male, ..profile() },
            vec![PrivateWarning::SexDiffers],
        ),
    ];
    for (name, profile, expected) in rows {
        assert_eq!(profile.validate(TODAY).unwrap(), expected, "{name}");
    }
}

#[test]
fn facts_are_checked() {
    let (before, after) = (date(2024, 3, 1), date(2024, 7, 1));
    let assessment = |year, confirmed_on| {
        let result = AssessmentResult::Excellent;
        Assessment { year, result, confirmed_on, raw: "优秀".into() }.validate(TODAY)
    };
    let commendation = |on| {
        let kind = CommendationKind::Merit3;
        Commendation { kind, on, document: Some(document()), note: String::new() }.validate(TODAY)
    };
    let sanction = |kind, on, restored_on, lifted_on| {
        Sanction {
            kind,
            on,
            document: None,
            note: String::new(),
            restored_on,
            ends_on: None,
            affects_use: false,
            lifted_on,
        }
        .validate(TODAY)
    };
    let case = |closed_on, outcome: &str| {
        Investigation {
            opened_on: before,
            opened_by: "某县纪委监委".into(),
            closed_on,
            outcome: outcome.into(),
        }
        .validate(TODAY)
    };
    let relative = |relation: &str, principal: Option<&str>| {
        Relative {
            relation: relation.into(),
            name: "李强".into(),
            person: None,
            principal: principal.map(Into::into),
            position: String::new(),
        }
        .validate()
    };
    let rows: Vec<(&str, Result<(), Refused>, bool)> = vec![
        ("a result", assessment(2023, before), true),
        ("a result before its year", assessment(2025, before), false),
        ("a result to come", assessment(2023, after), false),
        ("a merit", commendation(before), true),
        ("a merit to come", commendation(after), false),
        ("a warning", sanction(SanctionKind::Warning, before, None, Some(TODAY)), true),
        ("a warning to come", sanction(SanctionKind::Warning, after, None, None), false),
        (
            "lifted before it was",
            sanction(SanctionKind::Warning, before, None, Some(date(2024, 2, 1))),
            false,
        ),
        ("probation", sanction(SanctionKind::PartyProbation, before, Some(TODAY), None), true),
        (
            "restored from a warning",
            sanction(SanctionKind::Warning, before, Some(TODAY), None),
            false,
        ),
        ("an open case", case(None, ""), true),
        ("an open case with an outcome", case(None, "不成立"), false),
        ("a closed case", case(Some(TODAY), "不成立"), true),
        ("a closed case without an outcome", case(Some(TODAY), ""), false),
        ("a case closed before it was open", case(Some(date(2024, 1, 1)), "不成立"), false),
        ("a case closed tomorrow", case(Some(after), "不成立"), false),
        ("a relative", relative("配偶", Some("principals/li")), true),
        ("no relation", relative("", None), false),
        ("an empty principal", relative("配偶", Some("")), false),
    ];
    for (name, outcome, fine) in rows {
        assert_eq!(outcome.is_ok(), fine, "{name}: {outcome:?}");
    }
}

#[test]
fn results_are_read_as_rosters_write_them() {
    let rows = [
        ("优秀", Some("优秀")),
        (" 称 职 ", Some("称职")),
        ("合格", Some("称职")),
        ("基本合格", Some("基本称职")),
        ("不合格", Some("不称职")),
        ("不定等次", Some("不定等次")),
        ("新录用人员试用期内只写评语不确定等次", Some("不定等次")),
        ("受政纪处分期间参加年度考核不确定等次", Some("不定等次")),
        ("病事假累计超过半年不进行考核", Some("不进行考核")),
        ("好", None),
        ("", None),
    ];
    for (text, expected) in rows {
        let found = AssessmentResult::read_roster(text).map(AssessmentResult::label);
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn values_come_back_from_their_json_and_show_nothing() {
    let profile = profile();
    let text = serde_json::to_string(&profile).unwrap();
    assert!(serde_json::from_str::<PrivateProfile>(&text).unwrap() == profile);
    assert!(text.contains(r#""birth_date":"1980-05-12""#) && text.contains(r#""2003.07""#));
    assert_eq!(format!("{profile:?}"), "PrivateProfile(…)");
    assert!(serde_json::from_str::<DayOrMonth>(r#""昨天""#).is_err());
    assert_eq!(serde_json::to_string(&CommendationKind::Merit3).unwrap(), r#""merit_3""#);
    for kind in SanctionKind::ALL {
        assert_eq!(SanctionKind::read(kind.label()).map(SanctionKind::label), Some(kind.label()));
        let of = [kind.is_of_state(), kind.is_of_party(), kind.is_organisational()];
        assert!(of.into_iter().filter(|is| *is).count() <= 1, "{}", kind.label());
    }
}

#[test]
fn sealed_text_is_bounded_and_hidden() {
    assert!(Sealed::new("").is_err());
    assert!(Sealed::new("有字").is_err());
    assert!(Sealed::new("a b").is_err());
    assert!(Sealed::new("a".repeat(SEALED_BYTES_MAX)).is_ok());
    assert!(Sealed::new("a".repeat(SEALED_BYTES_MAX + 1)).is_err());
    assert_eq!(format!("{:?}", Sealed::new("secret").unwrap()), "Sealed(6 bytes)");
    assert!(serde_json::from_str::<Sealed>(r#""""#).is_err());
}

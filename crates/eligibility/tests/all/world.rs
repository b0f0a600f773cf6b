//! What the tests share: the national policy with local overlays, made-up careers, short
//! names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use quanheng_eligibility::{
    Career, Context, Eligibility, Finding, Holding, Qualification, Rule, Spell, Target, check,
};
use quanheng_policy::class::{Standing, Tier, UnitFacts, UnitGrade, UnitKind};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{NATIONAL, Policy, PolicyBook, Published};
use quanheng_policy::{CategoryId, LevelId, PersonId, RankId};
use quanheng_register::person::RankReason;
use quanheng_register::private::{
    Assessment, AssessmentResult, Investigation, Sanction, SanctionKind, Sex,
};

/// The day of most tests.
pub(crate) const TODAY: Date = date(2026, 3, 2);

/// The national policy.
pub(crate) fn policy() -> &'static Policy {
    static NATIONAL_ONLY: LazyLock<Policy> = LazyLock::new(|| with(""));
    &NATIONAL_ONLY
}

/// The national policy with an overlay of one division.
pub(crate) fn with(overlay: &str) -> Policy {
    let mut book = PolicyBook::default();
    book.publish(Published::read("national.toml", NATIONAL).unwrap()).unwrap();
    if !overlay.is_empty() {
        let text = format!(
            "format = 1\nprofile = \"local\"\nversion = 1\njurisdiction = \"420106\"\n\
             title = \"本地\"\neffective_from = \"2015-01-01\"\n{overlay}"
        );
        let read = Published::read("local.toml", &text);
        book.publish(read.unwrap_or_else(|errors| panic!("{}", errors[0]))).unwrap();
    }
    book.policy(&DivisionCode::parse("420106").unwrap(), TODAY)
}

/// The national policy without a table or a parameter: what stands between `[name` and the
/// next heading is left out.
pub(crate) fn without(heading: &str) -> Policy {
    let mut kept = String::new();
    let mut skipping = false;
    for line in NATIONAL.lines() {
        if line.starts_with('[') {
            skipping = line.starts_with(&format!("[{heading}]"))
                || line.starts_with(&format!("[{heading}."));
        }
        if !skipping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    assert!(kept.len() < NATIONAL.len(), "{heading}");
    let mut book = PolicyBook::default();
    book.publish(Published::read("without.toml", &kept).unwrap()).unwrap();
    book.policy(&DivisionCode::parse("420106").unwrap(), TODAY)
}

/// One parameter of an overlay.
pub(crate) fn parameter(name: &str, value: &str) -> String {
    format!("[parameters.{name}]\nvalue = {value}\narticle = \"本地规定\"\n")
}

/// Ratio tables that let units of a county have every rank of the police ladders, made up.
pub(crate) fn police_tables() -> String {
    let ranks = |prefix: &str| {
        let ranks: Vec<String> = (5..=10).map(|n| format!("\"{prefix}{n:02}\"")).collect();
        ranks.join(", ")
    };
    let table = |category: &str, prefix: &str| {
        format!(
            "[ratios.{category}.county_township]\narticle = \"x\"\n\
             sets = [{{ id = \"{prefix}05-10\", name = \"甲\", ranks = [{}], ratio = \"50%\" }}]\n",
            ranks(prefix)
        )
    };
    table("police_enforcement", "PE") + &table("police_technical", "PX")
}

pub(crate) fn category(id: &str) -> CategoryId {
    CategoryId::new(id).unwrap()
}

pub(crate) fn general() -> CategoryId {
    category("general_management")
}

pub(crate) fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

/// The ladder of a rank, by its prefix.
pub(crate) fn ladder_of(rank: &str) -> CategoryId {
    category(match &rank[..2] {
        "GM" => "general_management",
        "PT" => "professional_technical",
        "AE" => "administrative_enforcement",
        "PE" => "police_enforcement",
        "PX" => "police_technical",
        "JD" => "judge",
        prefix => panic!("{prefix}"),
    })
}

pub(crate) fn target(id: &str) -> Target {
    Target { category: ladder_of(id), rank: rank(id) }
}

/// A unit whose class is that of its tier.
pub(crate) fn unit(tier: Tier) -> UnitFacts {
    let grade = match tier {
        Tier::Central => UnitGrade::Ministerial,
        Tier::Province => UnitGrade::Bureau,
        Tier::Prefecture => UnitGrade::Division,
        Tier::County | Tier::Township => UnitGrade::Section,
    };
    UnitFacts { tier, standing: Standing::Ordinary, grade, kind: UnitKind::Organ }
}

/// A rank (`GM10`) or a leadership level (`L42`).
pub(crate) fn holding(id: &str) -> Holding {
    match id.strip_prefix('L') {
        Some(_) => Holding::Post { level: LevelId::new(id).unwrap() },
        None => Holding::Rank { category: ladder_of(id), rank: rank(id) },
    }
}

/// A time in a rank or at a level.
pub(crate) fn spell(id: &str, from: Date, to: Option<Date>) -> Spell {
    Spell { holding: holding(id), from, to, reason: None }
}

pub(crate) fn promoted(id: &str, from: Date, to: Option<Date>) -> Spell {
    Spell { reason: Some(RankReason::Promotion), ..spell(id, from, to) }
}

pub(crate) fn lowered(id: &str, from: Date, to: Option<Date>) -> Spell {
    Spell { reason: Some(RankReason::Lowered), ..spell(id, from, to) }
}

/// A made-up person of a county organ, with these spells.
pub(crate) fn career(spells: Vec<Spell>) -> Career {
    Career {
        person: PersonId::new("p1").unwrap(),
        sex: Sex::Male,
        birth: date(1980, 3, 15).into(),
        work_started: Some(date(2003, 7, 1).into()),
        worker: false,
        in_service: true,
        category: Some(general()),
        unit: Some(unit(Tier::County)),
        pay_grade: None,
        spells,
        prior: vec![],
        same_level_since: None,
        conversion: None,
        assessments: vec![],
        commendations: vec![],
        sanctions: vec![],
        investigations: vec![],
        qualifications: vec![],
        extra: BTreeMap::new(),
    }
}

/// A result that was confirmed in February of the next year.
pub(crate) fn assessment(year: i16, result: AssessmentResult) -> Assessment {
    Assessment { year, result, confirmed_on: date(year + 1, 2, 1), raw: String::new() }
}

/// The same career with results: competent from one year through 2025, but for some.
pub(crate) fn assessed(
    mut career: Career,
    from: i16,
    others: &[(i16, AssessmentResult)],
) -> Career {
    let mut results: BTreeMap<i16, AssessmentResult> =
        (from..=2025).map(|year| (year, AssessmentResult::Competent)).collect();
    results.extend(others.iter().copied());
    career.assessments = results.into_iter().map(|(year, one)| assessment(year, one)).collect();
    career
}

/// 四级主任科员 since July 2022, competent every year.
pub(crate) fn clerk() -> Career {
    assessed(career(vec![spell("GM10", date(2022, 7, 1), None)]), 2022, &[])
}

pub(crate) fn at(mut career: Career, tier: Tier) -> Career {
    career.unit = Some(unit(tier));
    career
}

pub(crate) fn in_ladder(mut career: Career, rank: &str) -> Career {
    career.category = Some(ladder_of(rank));
    career
}

pub(crate) fn sanction(kind: SanctionKind, on: Date) -> Sanction {
    Sanction {
        kind,
        on,
        document: None,
        note: String::new(),
        restored_on: None,
        ends_on: None,
        affects_use: false,
        lifted_on: None,
    }
}

pub(crate) fn investigation(opened_on: Date, closed_on: Option<Date>) -> Investigation {
    Investigation {
        opened_on,
        opened_by: "某县纪委监委".to_owned(),
        closed_on,
        outcome: String::new(),
    }
}

pub(crate) fn qualified(
    category: &str,
    level: &str,
    from: Date,
    to: Option<Date>,
) -> Qualification {
    Qualification { category: self::category(category), level: level.to_owned(), from, to }
}

pub(crate) fn ask(policy: &Policy, career: &Career, id: &str, on: Date) -> Eligibility {
    check(policy, career, &target(id), on, &Context::default())
}

/// The codes of the rules that failed.
pub(crate) fn codes(found: &Eligibility) -> Vec<&'static str> {
    found.reasons().into_iter().map(|reason| reason.code()).collect()
}

/// What a rule found.
pub(crate) fn of(found: &Eligibility, rule: Rule) -> &Finding {
    found.finding(rule).unwrap()
}

/// A fact as text.
pub(crate) fn fact(finding: &Finding, name: &str) -> String {
    finding.facts.get(name).map(ToString::to_string).unwrap_or_default()
}

/// Cases of a property: a few always, many with `QUANHENG_LONG=1`.
pub(crate) fn cases(short: u32, long: u32) -> u32 {
    if std::env::var_os("QUANHENG_LONG").is_some_and(|value| value != "0") { long } else { short }
}

//! Local conditions as trees over facts (§5.9): the prison system's example, exclusions, ranks
//! without a cap, and from when on a condition holds.

use jiff::civil::{Date, date};
use quanheng_eligibility::{Career, Outcome, Reason, Rule};
use quanheng_policy::condition::Value;
use quanheng_policy::profile::Policy;
use quanheng_register::private::Sex;

use crate::world::{
    TODAY, ask, assessed, career, clerk, codes, fact, in_ladder, of, parameter, police_tables,
    policy, spell, with,
};

fn compare(fact: &str, is: &str, value: &str) -> String {
    format!("{{ compare = {{ fact = \"{fact}\", is = \"{is}\", value = {value} }} }}")
}

fn at_least(fact: &str, value: u8) -> String {
    compare(fact, "at_least", &value.to_string())
}

fn all(branches: &[String]) -> String {
    format!("{{ all = [{}] }}", branches.join(", "))
}

fn any(branches: &[String]) -> String {
    format!("{{ any = [{}] }}", branches.join(", "))
}

/// To 四级高级警长: two years in the rank, and one of six combinations.
fn prisons() -> Policy {
    let held = |level: &str| compare("held_level", "equal", &format!("\"{level}\""));
    let section = |years| at_least("years_at_or_above_L42", years);
    let by_sex = |male, female| {
        let of = |sex: &str, age| {
            all(&[compare("sex", "equal", &format!("\"{sex}\"")), at_least("age", age)])
        };
        any(&[of("male", male), of("female", female)])
    };
    let tree = all(&[
        at_least("years_in_rank", 2),
        any(&[
            all(&[at_least("years_at_L41", 5), at_least("age", 43)]),
            all(&[held("L41"), section(10), at_least("age", 45)]),
            all(&[at_least("years_at_L42", 15), at_least("age", 48)]),
            all(&[at_least("years_at_L42", 13), at_least("age", 50)]),
            all(&[section(15), by_sex(55, 50)]),
            by_sex(57, 52),
        ]),
    ]);
    let conditions = parameter("extra_conditions", &format!("{{ PE06 = {tree} }}"));
    with(&(police_tables() + &conditions))
}

/// An officer of the prisons: 一级警长 since one day, 三级警长 since another before.
fn officer(born: Date, deputy: Date, chief: Date) -> Career {
    let spells = vec![spell("PE09", deputy, Some(chief)), spell("PE07", chief, None)];
    let person = assessed(career(spells), chief.year(), &[]);
    in_ladder(Career { birth: born.into(), ..person }, "PE07")
}

#[test]
fn the_prisons_example() {
    let policy = prisons();
    let rows = [
        (
            "正科 5 years and 43",
            officer(date(1983, 3, 2), date(2015, 1, 1), date(2021, 3, 1)),
            None,
        ),
        (
            "a day too young",
            officer(date(1983, 3, 3), date(2015, 1, 1), date(2021, 3, 1)),
            Some(date(2026, 3, 3)),
        ),
        (
            "a month too short",
            officer(date(1980, 1, 1), date(2017, 1, 1), date(2021, 4, 1)),
            Some(date(2026, 4, 1)),
        ),
        // Five years 正科 are there; 43 in June 2027 comes before 45 with ten years 科级.
        (
            "by age after the years",
            officer(date(1984, 6, 10), date(2017, 1, 1), date(2021, 1, 1)),
            Some(date(2027, 6, 10)),
        ),
        (
            "57, whatever the years",
            officer(date(1969, 3, 2), date(2023, 1, 1), date(2023, 6, 1)),
            None,
        ),
    ];
    for (name, person, earliest) in rows {
        let found = ask(&policy, &person, "PE06", TODAY);
        let finding = of(&found, Rule::ExtraConditions);
        assert_eq!(found.candidate().is_some(), earliest.is_none(), "{name}: {:?}", codes(&found));
        if let Some(earliest) = earliest {
            assert_eq!(codes(&found), ["CONDITION_NOT_MET"], "{name}");
            assert_eq!(
                (finding.earliest, found.earliest),
                (Some(earliest), Some(earliest)),
                "{name}"
            );
            let on = ask(&policy, &person, "PE06", earliest);
            assert_eq!(of(&on, Rule::ExtraConditions).outcome, Outcome::Pass, "{name}");
            let before = ask(&policy, &person, "PE06", earliest.yesterday().unwrap());
            assert!(of(&before, Rule::ExtraConditions).failed(), "{name}");
        }
    }
    let mut woman = officer(date(1974, 3, 2), date(2023, 1, 1), date(2023, 6, 1));
    assert!(ask(&policy, &woman, "PE06", TODAY).candidate().is_none());
    woman.sex = Sex::Female;
    assert!(ask(&policy, &woman, "PE06", TODAY).candidate().is_some(), "52 is enough for her");
}

#[test]
fn the_failing_branches_are_named() {
    let person = officer(date(1983, 3, 3), date(2015, 1, 1), date(2021, 3, 1));
    let found = ask(&prisons(), &person, "PE06", TODAY);
    let finding = of(&found, Rule::ExtraConditions);
    let first = &finding.failing[0];
    assert_eq!((first.path.as_str(), first.fact.as_str()), ("all/1/any/0/all/1", "age"));
    assert_eq!((&first.wanted, &first.found), (&Value::Number(43), &Some(Value::Number(42))));
    assert_eq!(fact(finding, "age"), "42");
    assert_eq!(fact(finding, "years_at_or_above_L42"), "11");
    assert_eq!(finding.article, "本地规定");
}

#[test]
fn exclusions_read_extra_facts() {
    let away = compare("family_emigrated", "equal", "true");
    let tree = format!("{{ GM09 = {{ not = {away} }} }}");
    let policy = with(&parameter("extra_conditions", &tree));
    let with_fact = |value: Option<bool>| {
        let mut person = clerk();
        if let Some(value) = value {
            person.extra.insert("family_emigrated".to_owned(), Value::Flag(value));
        }
        ask(&policy, &person, "GM09", TODAY)
    };
    assert!(with_fact(Some(false)).candidate().is_some());
    let found = with_fact(Some(true));
    assert_eq!((codes(&found), found.earliest), (vec!["CONDITION_NOT_MET"], None));
    // What nobody knows is in nobody's favour.
    let found = with_fact(None);
    assert_eq!((codes(&found), found.earliest), (vec!["FACT_MISSING"], None));
    assert_eq!(fact(of(&found, Rule::ExtraConditions), "missing"), "family_emigrated");
}

#[test]
fn a_condition_that_ends_ends_the_prospect() {
    // Too old before the years are reached.
    let tree = format!("{{ GM09 = {} }}", compare("age", "at_most", "46"));
    let policy = with(&parameter("extra_conditions", &tree));
    let person = assessed(career(vec![spell("GM10", date(2025, 6, 1), None)]), 2025, &[]);
    let found = ask(&policy, &person, "GM09", TODAY);
    assert_eq!(of(&found, Rule::ExtraConditions).outcome, Outcome::Pass);
    assert_eq!((codes(&found), found.earliest), (vec!["TENURE_INSUFFICIENT"], None));
    let younger = Career { birth: date(1985, 1, 1).into(), ..person };
    assert_eq!(ask(&policy, &younger, "GM09", TODAY).earliest, Some(date(2027, 6, 1)));
}

#[test]
fn ranks_without_a_cap_need_conditions() {
    // 一级科员 has no cap in a county.
    let person = assessed(career(vec![spell("GM12", date(2022, 1, 1), None)]), 2022, &[]);
    let found = ask(policy(), &person, "GM11", TODAY);
    assert_eq!((codes(&found), found.earliest), (vec!["POLICY_NOT_CONFIGURED"], None));
    assert_eq!(fact(of(&found, Rule::ExtraConditions), "missing"), "extra_conditions");
    // A jurisdiction that has set conditions has spoken, also where it sets none for a rank.
    let spoken = with(&parameter("extra_conditions", "{ GM05 = { all = [] } }"));
    let found = ask(&spoken, &person, "GM11", TODAY);
    assert_eq!(of(&found, Rule::ExtraConditions).outcome, Outcome::NotApplicable);
    assert!(found.candidate().is_some());
    let loose = with(&parameter("uncapped_needs_conditions", "false"));
    assert!(ask(&loose, &person, "GM11", TODAY).candidate().is_some());
    // One with a cap needs none.
    assert_eq!(
        of(&ask(policy(), &clerk(), "GM09", TODAY), Rule::ExtraConditions).outcome,
        Outcome::NotApplicable
    );
    assert_eq!(Reason::PolicyNotConfigured.code(), "POLICY_NOT_CONFIGURED");
}

#[test]
fn conditions_are_one_layers_whole() {
    let years =
        parameter("extra_conditions", &format!("{{ GM09 = {} }}", at_least("years_in_rank", 3)));
    let found = ask(&with(&years), &clerk(), "GM09", date(2025, 6, 30));
    assert_eq!(
        (codes(&found), found.earliest),
        (vec!["CONDITION_NOT_MET"], Some(date(2025, 7, 1)))
    );
}

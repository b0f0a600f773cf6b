//! The conversion of 2019 (§5.4): first, second and later promotions after it.

use jiff::civil::{Date, date};
use quanheng_eligibility::{Career, Rule, converted_rank};
use quanheng_register::person::{Conversion, RankReason};
use quanheng_register::private::AssessmentResult::{BasicallyCompetent, Excellent};

use crate::world::{
    TODAY, ask, assessed, career, codes, fact, of, parameter, policy, promoted, rank, spell, with,
};

const CONVERTED: Date = date(2019, 6, 1);

/// 主任科员 since 2013, converted to 二级主任科员, and what came then.
fn converted(promotions: &[(&str, Date)], months_used: u32, recorded: u32) -> Career {
    let mut spells = vec![spell("GM08", CONVERTED, None)];
    spells[0].reason = Some(RankReason::InitialConversion);
    for (id, on) in promotions {
        spells.last_mut().unwrap().to = Some(*on);
        spells.push(promoted(id, *on, None));
    }
    let mut person = assessed(career(spells), 2019, &[]);
    person.conversion = Some(Conversion {
        rank: rank("GM08"),
        on: CONVERTED,
        level_since: date(2013, 4, 1),
        months_used,
        promotions: recorded,
    });
    person
}

#[test]
fn the_first_promotion_counts_from_the_level_before() {
    let person = converted(&[], 0, 0);
    let found = ask(policy(), &person, "GM07", CONVERTED);
    assert!(found.candidate().is_some(), "{:?}", codes(&found));
    assert_eq!(found.earliest, Some(date(2015, 4, 1)));
    assert_eq!(fact(of(&found, Rule::Tenure), "since"), "2013-04-01");
    let plain = ask(policy(), &Career { conversion: None, ..person }, "GM07", TODAY);
    assert_eq!(plain.earliest, Some(date(2021, 6, 1)), "without the conversion");
}

#[test]
fn the_second_counts_what_the_first_left() {
    let first = date(2019, 12, 1);
    let person = converted(&[("GM07", first)], 24, 1);
    let found = ask(policy(), &person, "GM06", TODAY);
    assert_eq!(found.earliest, Some(date(2017, 4, 1)), "24 months of 2013 are used up");
    assert!(found.candidate().is_some());
    let used_more = converted(&[("GM07", first)], 90, 1);
    let found = ask(policy(), &used_more, "GM06", date(2020, 2, 3));
    assert_eq!(found.earliest, Some(first + jiff::ToSpan::months(24)), "nothing is left");
    let some_left = converted(&[("GM07", first)], 70, 1);
    let found = ask(policy(), &some_left, "GM06", date(2020, 2, 3));
    assert_eq!(found.earliest, Some(date(2021, 2, 1)), "since February 2019");
}

#[test]
fn later_ones_count_from_the_last() {
    let person = converted(&[("GM07", date(2019, 12, 1)), ("GM06", date(2022, 8, 1))], 24, 2);
    assert_eq!(ask(policy(), &person, "GM05", TODAY).earliest, Some(date(2024, 8, 1)));
}

#[test]
fn what_the_first_used_up_must_be_known() {
    let person = converted(&[("GM07", date(2025, 6, 1))], 0, 0);
    let found = ask(policy(), &person, "GM06", TODAY);
    assert_eq!(codes(&found), ["FACT_MISSING"]);
    assert_eq!(fact(of(&found, Rule::Tenure), "missing"), "conversion.months_used");
    assert_eq!(found.earliest, Some(date(2027, 6, 1)), "by the rank alone");
}

#[test]
fn results_count_from_a_year_on() {
    let mut person = converted(&[], 0, 0);
    if let Some(conversion) = &mut person.conversion {
        conversion.level_since = date(2018, 3, 1);
    }
    let mut person = assessed(person, 2018, &[(2018, Excellent), (2019, Excellent)]);
    // 2018 does not shorten, 2019 does, once it is confirmed.
    let found = ask(policy(), &person, "GM07", TODAY);
    assert_eq!(found.earliest, Some(date(2020, 2, 1)));
    assert_eq!(fact(of(&found, Rule::Tenure), "excellent_years"), "2019");
    let from_2018 = with(&parameter("first_assessment_year", "2018"));
    assert_eq!(ask(&from_2018, &person, "GM07", TODAY).earliest, Some(date(2019, 9, 1)));
    let from_2020 = with(&parameter("first_assessment_year", "2020"));
    assert_eq!(ask(&from_2020, &person, "GM07", TODAY).earliest, Some(date(2020, 3, 1)));
    // Results before it are not asked for; but one that is known and does not count, does not.
    person = assessed(person, 2019, &[]);
    assert!(ask(policy(), &person, "GM07", TODAY).candidate().is_some());
    person = assessed(person, 2018, &[(2018, BasicallyCompetent)]);
    assert_eq!(ask(policy(), &person, "GM07", TODAY).earliest, Some(date(2021, 1, 1)));
}

#[test]
fn old_titles_became_ranks() {
    for (title, became) in [
        ("巡视员", "GM01"),
        ("副巡视员", "GM02"),
        ("调研员", "GM04"),
        ("副调研员", "GM06"),
        (" 主任科员 ", "GM08"),
        ("副主任科员", "GM10"),
        ("科员", "GM11"),
        ("办事员", "GM12"),
    ] {
        assert_eq!(converted_rank(policy(), title).unwrap().0, rank(became), "{title}");
    }
    // Leaders are not converted, and what nobody wrote down is not guessed.
    for title in ["副局长", ""] {
        let refused = converted_rank(policy(), title).map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), "POLICY_NOT_CONFIGURED", "{title}");
    }
}

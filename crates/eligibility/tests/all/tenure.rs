//! Every parameter of counting with its variants, and what qualifies.

use jiff::civil::{Date, date};
use quanheng_eligibility::{Career, PriorTime, Rule};
use quanheng_policy::class::Tier;
use quanheng_register::private::Assessment;
use quanheng_register::private::AssessmentResult::{
    self, BasicallyCompetent, Excellent, NotAssessed, Ungraded,
};

use crate::world::{
    TODAY, ask, assessed, at, career, clerk, codes, fact, holding, in_ladder, lowered, of,
    parameter, police_tables, policy, promoted, spell, with,
};

fn since(from: Date, others: &[(i16, AssessmentResult)]) -> Career {
    assessed(career(vec![spell("GM10", from, None)]), from.year(), others)
}

/// name, overlay, results besides 称职, the first day
type Variant<'a> = (&'a str, String, &'a [(i16, AssessmentResult)], Date);

#[test]
fn parameters_of_counting() {
    let day = parameter("tenure_granularity", "\"day\"");
    let whole = parameter("noncounting_overlap", "\"whole_year\"");
    let after_entry = parameter("excellent_entry_year_counts", "false");
    let year_end = parameter("excellent_usable_from", "\"year_end\"");
    let three = parameter("excellent_credit_months", "3");
    let ungraded_only = parameter("noncounting_results", "[\"ungraded\"]");
    let entry = &[(2022, Excellent)][..];
    let rows: [Variant<'_>; 17] = [
        ("by months", String::new(), &[], date(2024, 7, 1)),
        ("by days", day.clone(), &[], date(2024, 7, 20)),
        ("entry year counts", String::new(), entry, date(2024, 1, 1)),
        ("entry year does not", after_entry.clone(), entry, date(2024, 7, 1)),
        ("entry year, by days", day.clone(), entry, date(2024, 1, 20)),
        ("the next year does", after_entry, &[(2023, Excellent)], date(2024, 2, 1)),
        ("usable once confirmed", String::new(), &[(2023, Excellent)], date(2024, 2, 1)),
        ("usable at the year's end", year_end.clone(), &[(2023, Excellent)], date(2024, 1, 1)),
        ("the same by days", day.clone() + &year_end, &[(2023, Excellent)], date(2024, 1, 20)),
        ("a credit of three months", three, &[(2022, Excellent)], date(2024, 4, 1)),
        ("only the overlap", String::new(), &[(2022, Ungraded)], date(2025, 1, 1)),
        ("the whole year", whole.clone(), &[(2022, Ungraded)], date(2025, 7, 1)),
        // 165 days of 2022 do not count: 731 days from the first of January 2023 on.
        ("only the overlap, by days", day.clone(), &[(2022, Ungraded)], date(2025, 1, 1)),
        ("the whole year, by days", day + &whole, &[(2022, Ungraded)], date(2025, 7, 20)),
        ("not assessed, as ungraded", String::new(), &[(2023, NotAssessed)], date(2025, 7, 1)),
        (
            "not assessed, where it counts",
            ungraded_only.clone(),
            &[(2023, NotAssessed)],
            date(2024, 7, 1),
        ),
        (
            "basically competent, where it counts",
            ungraded_only,
            &[(2023, BasicallyCompetent)],
            date(2024, 7, 1),
        ),
    ];
    for (name, overlay, others, expected) in rows {
        let found = ask(&with(&overlay), &since(date(2022, 7, 20), others), "GM09", TODAY);
        assert_eq!(found.earliest, Some(expected), "{name}: {:?}", codes(&found));
    }
}

#[test]
fn a_credit_is_usable_on_the_day_of_confirmation_and_not_before() {
    let mut person = since(date(2022, 7, 1), &[(2023, Excellent)]);
    let confirmed_on = date(2024, 2, 19);
    person.assessments.retain(|one| one.year != 2023);
    let raw = String::new();
    person.assessments.push(Assessment { year: 2023, result: Excellent, confirmed_on, raw });
    let before = ask(policy(), &person, "GM09", date(2024, 2, 18));
    assert_eq!(
        (codes(&before), before.earliest),
        (vec!["TENURE_INSUFFICIENT"], Some(date(2024, 7, 1)))
    );
    let after = ask(policy(), &person, "GM09", confirmed_on);
    assert_eq!(after.earliest, Some(confirmed_on));
    assert!(after.candidate().is_some());
}

#[test]
fn of_two_results_of_a_year_the_later_counts() {
    let mut person = clerk();
    let corrected = Assessment {
        year: 2023,
        result: Excellent,
        confirmed_on: date(2024, 5, 6),
        raw: String::new(),
    };
    person.assessments.insert(0, corrected);
    let found = ask(policy(), &person, "GM09", TODAY);
    assert_eq!(found.earliest, Some(date(2024, 5, 6)));
    assert_eq!(ask(policy(), &person, "GM09", date(2024, 5, 5)).earliest, Some(date(2024, 7, 1)));
}

#[test]
fn what_counts_is_told() {
    let others = [(2022, Ungraded), (2023, Excellent)];
    let found = ask(policy(), &since(date(2022, 7, 1), &others), "GM09", date(2024, 3, 1));
    let tenure = of(&found, Rule::Tenure);
    for (name, expected) in [
        ("years_required", "2"),
        ("counted_months", "14"),
        ("credit_months", "6"),
        ("excellent_years", "2023"),
        ("noncounting_years", "2022"),
        ("since", "2022-07-01"),
    ] {
        assert_eq!(fact(tenure, name), expected, "{name}");
    }
    assert_eq!(tenure.article, "职务与职级并行规定第十八条");
    assert!(tenure.message.contains("2024.07 起符合"), "{}", tenure.message);
    assert_eq!(tenure.source.as_ref().unwrap().key, "tenure.general_management");
}

/// name, spells, target, unit, ladder of the slot, the first day
type Row<'a> = (&'a str, Career, &'a str, Option<Date>);

#[test]
fn what_qualifies() {
    let (a, b, c) = (date(2021, 3, 1), date(2022, 3, 1), date(2023, 3, 1));
    let police = with(&police_tables());
    let general = |spells| assessed(career(spells), 2021, &[]);
    let rows: [Row<'_>; 8] = [
        (
            "a leader's time",
            general(vec![spell("L42", a, Some(b)), spell("GM10", b, None)]),
            "GM09",
            Some(date(2023, 3, 1)),
        ),
        ("a leader alone", general(vec![spell("L42", a, None)]), "GM09", Some(date(2023, 3, 1))),
        (
            "held twice at once counts once",
            general(vec![spell("L42", a, None), spell("GM10", b, None)]),
            "GM09",
            Some(date(2023, 3, 1)),
        ),
        (
            "a gap does not count",
            general(vec![spell("GM10", a, Some(b)), spell("GM10", c, None)]),
            "GM09",
            Some(date(2024, 3, 1)),
        ),
        (
            "a lower rank does not",
            general(vec![spell("GM11", a, Some(b)), spell("GM10", b, None)]),
            "GM09",
            Some(date(2024, 3, 1)),
        ),
        (
            "another level does not",
            general(vec![spell("L41", a, Some(b)), spell("GM10", b, None)]),
            "GM09",
            Some(date(2024, 3, 1)),
        ),
        (
            "the corresponding police rank does",
            general(vec![spell("PE10", a, Some(b)), spell("GM10", b, None)]),
            "GM09",
            Some(date(2023, 3, 1)),
        ),
        (
            "and the other way",
            in_ladder(general(vec![spell("GM10", a, Some(b)), spell("PE10", b, None)]), "PE10"),
            "PE09",
            Some(date(2023, 3, 1)),
        ),
    ];
    for (name, career, target, expected) in rows {
        let found = ask(&police, &career, target, TODAY);
        assert_eq!(found.earliest, expected, "{name}: {:?}", codes(&found));
        assert!(found.candidate().is_some(), "{name}: {:?}", codes(&found));
    }
}

#[test]
fn banded_time_counts_where_policy_says_so() {
    let (a, b) = (date(2020, 1, 1), date(2024, 6, 1));
    let spells = vec![spell("JD06", a, Some(b)), spell("GM04", b, None)];
    let person = at(assessed(career(spells), 2020, &[]), Tier::Prefecture);
    let found = ask(policy(), &person, "GM03", TODAY);
    assert_eq!(
        (codes(&found), found.earliest),
        (vec!["TENURE_INSUFFICIENT"], Some(date(2027, 6, 1)))
    );
    let counting = with(&parameter("banded_rank_time_counts", "true"));
    assert_eq!(ask(&counting, &person, "GM03", TODAY).earliest, Some(date(2023, 1, 1)));
    // A band that does not hold the qualifying rank is no time in it.
    let spells = vec![spell("JD05", a, Some(b)), spell("GM04", b, None)];
    let person = at(assessed(career(spells), 2020, &[]), Tier::Prefecture);
    assert_eq!(ask(&counting, &person, "GM03", TODAY).earliest, Some(date(2027, 6, 1)));
}

#[test]
fn time_before_the_register() {
    let from = date(2025, 1, 10);
    let held = || assessed(career(vec![spell("GM10", from, None)]), 2025, &[]);
    let plain = ask(policy(), &held(), "GM09", TODAY);
    assert_eq!(plain.earliest, Some(date(2027, 1, 1)));

    let prior = |id: &str, months| Career {
        prior: vec![PriorTime { holding: holding(id), months }],
        ..held()
    };
    let with_prior = ask(policy(), &prior("GM10", 15), "GM09", TODAY);
    assert_eq!(with_prior.earliest, Some(date(2025, 10, 1)));
    assert_eq!(fact(of(&with_prior, Rule::Tenure), "prior_months"), "15");
    assert_eq!(ask(policy(), &prior("GM11", 15), "GM09", TODAY).earliest, plain.earliest);
    assert_eq!(ask(policy(), &prior("GM10", 90), "GM09", TODAY).earliest, Some(from));

    let mut of_file = held();
    of_file.same_level_since = Some(date(2024, 5, 1));
    of_file = assessed(of_file, 2024, &[]);
    assert_eq!(ask(policy(), &of_file, "GM09", TODAY).earliest, Some(date(2026, 5, 1)));
    // Another spell says what was held then: the file's date is not believed.
    let mut contradicted = of_file.clone();
    contradicted.spells.push(spell("GM11", date(2020, 1, 1), Some(from)));
    assert_eq!(ask(policy(), &contradicted, "GM09", TODAY).earliest, plain.earliest);
    // Nor after a lowering.
    let mut down = of_file.clone();
    down.spells = vec![lowered("GM10", from, None)];
    assert_eq!(ask(policy(), &down, "GM09", TODAY).earliest, plain.earliest);
    // Results of the file's years are due from the first that is read.
    of_file.same_level_since = Some(date(2012, 5, 1));
    let due = ask(policy(), &of_file, "GM09", TODAY);
    let missing = of(&due, Rule::AssessmentsPresent);
    assert_eq!(fact(missing, "missing_years"), "2019、2020、2021、2022、2023");
    assert_eq!(due.earliest, None);
}

#[test]
fn results_are_due_after_a_month() {
    let mut person = clerk();
    person.assessments.retain(|one| one.year != 2024);
    let last = date(2025, 3, 31);
    assert!(ask(policy(), &person, "GM09", last).candidate().is_some());
    let found = ask(policy(), &person, "GM09", last.tomorrow().unwrap());
    assert_eq!((codes(&found), found.earliest), (vec!["ASSESSMENT_MISSING"], None));
    assert_eq!(fact(of(&found, Rule::AssessmentsPresent), "missing_years"), "2024");
    let june = with(&parameter("assessment_due_month", "6"));
    assert!(ask(&june, &person, "GM09", date(2025, 6, 30)).candidate().is_some());
    assert!(ask(&june, &person, "GM09", date(2025, 7, 1)).candidate().is_none());
    let december = with(&parameter("assessment_due_month", "12"));
    assert!(ask(&december, &person, "GM09", date(2025, 12, 31)).candidate().is_some());
    assert!(ask(&december, &person, "GM09", date(2026, 1, 1)).candidate().is_none());
}

#[test]
fn years_outside_the_tenure_are_not_asked_for() {
    // The year before the rank, and a year between two spells.
    let spells = vec![
        spell("GM10", date(2019, 2, 1), Some(date(2021, 1, 1))),
        spell("GM11", date(2021, 1, 1), Some(date(2023, 1, 1))),
        spell("GM10", date(2023, 1, 1), None),
    ];
    let mut person =
        assessed(career(spells), 2019, &[(2021, Excellent), (2022, BasicallyCompetent)]);
    let found = ask(policy(), &person, "GM09", TODAY);
    let tenure = of(&found, Rule::Tenure);
    assert_eq!(
        (fact(tenure, "credit_months"), fact(tenure, "noncounting_years")),
        ("0".into(), String::new())
    );
    person.assessments.retain(|one| !(2021..=2022).contains(&one.year));
    let found = ask(policy(), &person, "GM09", TODAY);
    assert!(found.candidate().is_some(), "{:?}", codes(&found));
    assert_eq!(found.earliest, Some(date(2023, 2, 1)), "23 months, and one more");
}

#[test]
fn the_next_rank_after_a_promotion_begins_anew() {
    let spells = vec![
        spell("GM10", date(2018, 1, 1), Some(date(2025, 6, 1))),
        promoted("GM09", date(2025, 6, 1), None),
    ];
    let person = assessed(career(spells), 2018, &[(2024, Excellent)]);
    let found = ask(policy(), &person, "GM08", TODAY);
    assert_eq!(found.earliest, Some(date(2027, 6, 1)), "years before the rank never count");
}

#[test]
fn a_level_held_no_more_does_not_count_on() {
    // Held, left, and taken up again years later.
    let spells = vec![
        spell("L42", date(2020, 1, 1), Some(date(2021, 1, 1))),
        spell("GM10", date(2021, 1, 1), Some(date(2021, 7, 1))),
        spell("GM10", date(2026, 1, 1), None),
    ];
    let person = assessed(career(spells), 2020, &[]);
    let found = ask(policy(), &person, "GM09", TODAY);
    assert_eq!(found.earliest, Some(date(2026, 7, 1)));
    assert_eq!(fact(of(&found, Rule::Tenure), "counted_months"), "20");
}

#[test]
fn who_has_the_months_already_loses_none_to_the_first_year() {
    // The whole of 2025 is taken away only once some of it has passed.
    let whole = with(&parameter("noncounting_overlap", "\"whole_year\""));
    let from = date(2025, 3, 10);
    let mut person = assessed(career(vec![spell("GM10", from, None)]), 2025, &[(2025, Ungraded)]);
    person.prior = vec![PriorTime { holding: holding("GM10"), months: 24 }];
    assert_eq!(ask(&whole, &person, "GM09", TODAY).earliest, Some(from));
}

#[test]
fn a_year_that_was_lowered_for_is_settled() {
    let (promotion, lowering) = (date(2024, 6, 1), date(2025, 3, 1));
    let spells = vec![
        spell("GM10", date(2021, 1, 1), Some(promotion)),
        promoted("GM09", promotion, Some(lowering)),
        lowered("GM10", lowering, None),
    ];
    let person = assessed(career(spells), 2021, &[(2024, AssessmentResult::Incompetent)]);
    let merging = with(&parameter("merge_time_before_lowering", "true"));
    // 2024 lies in both ranks; the lowering answered for it.
    let found = ask(&merging, &person, "GM09", TODAY);
    assert!(found.candidate().is_some(), "{:?}", codes(&found));
    // An incompetent year after the lowering is not settled by it.
    let again = assessed(person, 2021, &[(2025, AssessmentResult::Incompetent)]);
    assert_eq!(codes(&ask(&merging, &again, "GM09", TODAY)), ["ASSESSMENT_INCOMPETENT"]);
}

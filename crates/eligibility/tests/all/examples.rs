//! The worked examples of chapter 10.3, each a row named by its id. Results are confirmed in
//! February of the next year.

use jiff::civil::{Date, date};
use quanheng_eligibility::{
    Career, Context, GradeChange, Lowering, Reason, Rule, check_transfer, early_retirement,
    grade_after_promotion, lowering_for_year, retirement,
};
use quanheng_policy::PersonId;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::YearMonth;
use quanheng_register::private::AssessmentResult::{
    BasicallyCompetent, Excellent, Incompetent, Ungraded,
};
use quanheng_register::private::{SanctionKind, Sex};

use crate::world::{
    TODAY, ask, assessed, at, career, clerk, codes, general, in_ladder, investigation, ladder_of,
    lowered, of, parameter, police_tables, policy, promoted, qualified, rank, sanction, spell,
    target, with,
};

fn month(year: i16, month: i8) -> YearMonth {
    YearMonth::new(year, month).unwrap()
}

fn leader_then_rank() -> Career {
    let (turned, began) = (date(2021, 3, 1), date(2019, 8, 1));
    let spells = vec![spell("L31", began, Some(turned)), spell("GM04", turned, None)];
    at(career(spells), Tier::Prefecture)
}

#[test]
fn tenure() {
    let clerk_with = |others: &[_]| assessed(clerk(), 2022, others);
    let since = |id: &str, from: Date| career(vec![spell(id, from, None)]);
    let deputy = at(since("L22", date(2018, 6, 1)), Tier::Province);
    let december = assessed(since("GM10", date(2024, 12, 1)), 2024, &[(2024, Excellent)]);
    let rows: [(&str, Career, &str, YearMonth); 9] = [
        ("W-40", clerk(), "GM09", month(2024, 7)),
        ("W-41", clerk_with(&[(2023, Excellent)]), "GM09", month(2024, 2)),
        ("W-43", clerk_with(&[(2022, Excellent), (2023, Excellent)]), "GM09", month(2024, 1)),
        ("W-44", clerk_with(&[(2023, BasicallyCompetent)]), "GM09", month(2025, 7)),
        ("W-45", clerk_with(&[(2022, Ungraded)]), "GM09", month(2025, 1)),
        ("W-47", assessed(leader_then_rank(), 2019, &[]), "GM03", month(2022, 8)),
        ("W-47b", assessed(leader_then_rank(), 2019, &[(2020, Excellent)]), "GM03", month(2022, 2)),
        ("W-49", assessed(deputy, 2018, &[]), "GM01", month(2022, 6)),
        ("W-51", december, "GM09", month(2026, 6)),
    ];
    for (id, career, target, expected) in rows {
        let found = ask(policy(), &career, target, TODAY);
        assert_eq!(found.earliest.map(YearMonth::of), Some(expected), "{id}");
        let reached = expected.first_day() <= TODAY;
        assert_eq!(found.candidate().is_some(), reached, "{id}: {:?}", codes(&found));
        if !reached {
            assert_eq!(codes(&found), ["TENURE_INSUFFICIENT"], "{id}");
        }
    }
    let whole = with(&parameter("noncounting_overlap", "\"whole_year\""));
    let found = ask(&whole, &clerk_with(&[(2022, Ungraded)]), "GM09", TODAY);
    assert_eq!(found.earliest.map(YearMonth::of), Some(month(2025, 7)), "W-45, whole year");
}

#[test]
fn ends_of_bars() {
    use SanctionKind::{MajorDemerit, PartySeriousWarning, Warning};
    let barred = with(&parameter("bar_corresponding_day_free", "false"));
    let rows = [
        ("W-53", Warning, date(2023, 8, 31), date(2024, 3, 1), date(2024, 3, 1)),
        ("W-54", MajorDemerit, date(2023, 1, 31), date(2024, 7, 31), date(2024, 8, 1)),
        ("W-55", PartySeriousWarning, date(2024, 2, 29), date(2025, 8, 29), date(2025, 8, 30)),
    ];
    for (id, kind, on, free, free_if_barred) in rows {
        let mut career = assessed(career(vec![spell("GM10", date(2016, 1, 4), None)]), 2016, &[]);
        career.sanctions = vec![sanction(kind, on)];
        for (policy, free) in [(policy(), free), (&barred, free_if_barred)] {
            let last = free.yesterday().unwrap();
            let found = ask(policy, &career, "GM09", last);
            assert_eq!(codes(&found), ["IN_SANCTION_PERIOD"], "{id}: {last}");
            assert_eq!(found.earliest, Some(free), "{id}");
            assert!(ask(policy, &career, "GM09", free).candidate().is_some(), "{id}: {free}");
        }
        let before = on.yesterday().unwrap();
        assert!(ask(policy(), &career, "GM09", before).candidate().is_some(), "{id}: {before}");
    }
}

#[test]
fn w_57_ranks_are_never_skipped() {
    let career = assessed(career(vec![spell("GM10", date(2018, 1, 1), None)]), 2018, &[]);
    let found = ask(policy(), &career, "GM08", TODAY);
    assert_eq!((codes(&found), found.earliest), (vec!["SKIP_RANK"], None));
    assert!(of(&found, Rule::NextRank).message.contains("四级主任科员只能晋升三级主任科员"));
}

#[test]
fn w_58_a_rank_above_the_ceiling_is_not_set_up() {
    let career = assessed(career(vec![spell("GM04", date(2018, 1, 1), None)]), 2018, &[]);
    let found = ask(policy(), &career, "GM03", TODAY);
    assert_eq!((codes(&found), found.earliest), (vec!["RANK_NOT_SET_UP"], None));
    // The same person in a prefecture's organ may.
    assert!(ask(policy(), &at(career, Tier::Prefecture), "GM03", TODAY).candidate().is_some());
}

#[test]
fn w_60_an_investigation_suspends_one_and_the_others_go_on() {
    let round: Vec<Career> = (0..3)
        .map(|n| Career { person: PersonId::new(format!("p{n}")).unwrap(), ..clerk() })
        .collect();
    let mut at_notice_end = round.clone();
    at_notice_end[1].investigations = vec![investigation(date(2025, 12, 8), None)];
    for career in &round {
        assert!(ask(policy(), career, "GM09", date(2025, 12, 1)).candidate().is_some());
    }
    for (n, career) in at_notice_end.iter().enumerate() {
        let found = ask(policy(), career, "GM09", date(2025, 12, 15));
        let causes: Vec<_> = found.suspension_causes().map(|cause| cause.reason).collect();
        let expected = if n == 1 { vec![Some(Reason::UnderInvestigation)] } else { vec![] };
        assert_eq!((causes, found.candidate().is_none()), (expected, n == 1), "{n}");
    }
}

#[test]
fn w_61_reaching_the_years_makes_candidates_and_decides_nothing() {
    let on = date(2024, 7, 1);
    let mut candidates = Vec::new();
    for n in 0..300 {
        let career = Career { person: PersonId::new(format!("p{n}")).unwrap(), ..clerk() };
        assert!(ask(policy(), &career, "GM09", on.yesterday().unwrap()).candidate().is_none());
        candidates.extend(ask(policy(), &career, "GM09", on).candidate());
        // What the rules find is all there is: the career is as it was.
        assert_eq!(career.spells.len(), 1);
    }
    assert_eq!(candidates.len(), 300);
    assert!(candidates.iter().all(|one| one.checked_on() == on && *one.target() == target("GM09")));
    let persons: std::collections::BTreeSet<_> =
        candidates.iter().map(|one| one.person()).collect();
    assert_eq!(persons.len(), 300);
}

#[test]
fn w_62_an_incompetent_year_lowers_the_rank_and_counting_restarts() {
    let (began, promotion, lowering) = (date(2020, 5, 1), date(2022, 6, 1), date(2025, 3, 1));
    let before = vec![spell("GM10", began, Some(promotion)), promoted("GM09", promotion, None)];
    let before = assessed(career(before), 2020, &[(2024, Incompetent)]);
    let found = lowering_for_year(policy(), &before, &general(), 2024, lowering).unwrap();
    let Lowering::Rank { from, to, months_before, merged, .. } = found else { panic!("{found:?}") };
    assert_eq!((from, to, months_before, merged), (rank("GM09"), rank("GM10"), 25, false));
    // Until it is lowered, nothing is promoted either.
    let asked = ask(policy(), &before, "GM08", lowering);
    assert_eq!(codes(&asked), ["ASSESSMENT_INCOMPETENT"]);
    // After it, the years begin anew, unless earlier time at that rank is merged.
    let mut after = before;
    after.spells[1].to = Some(lowering);
    after.spells.push(lowered("GM10", lowering, None));
    let asked = ask(policy(), &after, "GM09", TODAY);
    assert_eq!(asked.earliest.map(YearMonth::of), Some(month(2027, 3)));
    assert_eq!(codes(&asked), ["TENURE_INSUFFICIENT"]);
    let merging = with(&parameter("merge_time_before_lowering", "true"));
    let asked = ask(&merging, &after, "GM09", TODAY);
    assert!(asked.candidate().is_some(), "25 months before: {:?}", codes(&asked));
}

#[test]
fn w_63_a_judge_becomes_one_of_a_band() {
    let judge = in_ladder(career(vec![spell("JD06", date(2019, 1, 1), None)]), "GM06");
    let judge = at(judge, Tier::Prefecture);
    let ask = |wanted: &str| {
        let judges = ladder_of("JD06");
        check_transfer(policy(), &judge, &judges, &target(wanted), TODAY, &Context::default())
    };
    for wanted in ["GM03", "GM04", "GM05", "GM06"] {
        let found = ask(wanted);
        assert_eq!(found.reasons(), [], "{wanted}");
        assert_eq!(found.allowed, ["GM03", "GM04", "GM05", "GM06"].map(rank));
    }
    for wanted in ["GM02", "GM07"] {
        assert_eq!(ask(wanted).reasons()[0].code(), "NOT_IN_BAND", "{wanted}");
    }
    assert_eq!(ladder_of("GM03"), general());
}

#[test]
fn w_64_a_technical_rank_requires_its_qualification() {
    let spells = vec![spell("PX07", date(2021, 1, 1), None)];
    let mut person = in_ladder(assessed(career(spells), 2021, &[]), "PX07");
    let policy = with(&police_tables());
    let found = ask(&policy, &person, "PX06", TODAY);
    assert_eq!((codes(&found), found.earliest), (vec!["QUALIFICATION_REQUIRED"], None));
    // Which one it is, nobody has written down for the country: refused, not guessed.
    let deputy = qualified("police_technical", "senior_deputy", date(2020, 1, 1), None);
    person.qualifications = vec![deputy];
    assert_eq!(codes(&ask(&policy, &person, "PX06", TODAY)), ["POLICY_NOT_CONFIGURED"]);
    let mapped = parameter("qualification_rank_map", "{ PX06 = \"senior_deputy\" }");
    let mapped = with(&(police_tables() + &mapped));
    assert!(ask(&mapped, &person, "PX06", TODAY).candidate().is_some());
}

#[test]
fn w_66_the_pay_grade_after_a_promotion() {
    for (name, wanted, before, after, change) in [
        ("W-66: 四级→三级调研员, no grade up", "GM05", 17, 17, GradeChange::Kept),
        ("W-66: 三级→二级调研员", "GM04", 17, 16, GradeChange::Stepped),
        ("below the new rank's grades", "GM08", 24, 22, GradeChange::RaisedToLowest),
        ("below them, without a step", "GM09", 25, 23, GradeChange::RaisedToLowest),
        ("the highest already", "GM04", 12, 12, GradeChange::Kept),
        ("above them", "GM08", 14, 14, GradeChange::Kept),
        ("police, as the rank that corresponds", "PE05", 17, 17, GradeChange::Kept),
    ] {
        let found = grade_after_promotion(policy(), &target(wanted), before).unwrap();
        assert_eq!((found.before, found.after, found.change), (before, after, change), "{name}");
    }
}

#[test]
fn w_67_the_age_of_retirement_grows() {
    let born = |sex: Sex, year: i16, month: i8, held: &str| {
        let mut person = career(vec![spell(held, date(2010, 1, 1), None)]);
        (person.sex, person.birth) = (sex, YearMonth::new(year, month).unwrap().into());
        person
    };
    use Sex::{Female, Male};
    for (id, person, due, age, delay) in [
        ("W-67", born(Male, 1966, 9, "GM07"), month(2027, 3), 726, 6),
        ("W-67", born(Female, 1971, 5, "GM07"), month(2026, 10), 665, 5),
        ("before the delay", born(Male, 1964, 12, "GM07"), month(2024, 12), 720, 0),
        ("its first month", born(Male, 1965, 1, "GM07"), month(2025, 2), 721, 1),
        ("its end", born(Male, 1980, 1, "GM07"), month(2043, 1), 756, 36),
        ("a woman at 处级", born(Female, 1966, 9, "L32"), month(2027, 3), 726, 6),
        ("of a rank that corresponds", born(Female, 1966, 9, "GM06"), month(2027, 3), 726, 6),
    ] {
        let found = retirement(policy(), &person, TODAY).unwrap();
        let got = (found.month(), found.age_months, found.delay_months);
        assert_eq!(got, (due, age, delay), "{id} {due}");
    }
    let mut worker = born(Female, 1975, 3, "GM07");
    worker.worker = true;
    let found = retirement(policy(), &worker, TODAY).unwrap();
    assert_eq!((found.month(), found.delay_months), (month(2025, 5), 2), "a month for two");
    let none = early_retirement(policy(), &Career { work_started: None, ..worker }, TODAY);
    assert_eq!(none.map(|_| ()).unwrap_err().code(), "FACT_MISSING");
}

//! Lowering, grades, retirement and ranking: what is refused, and their variants.

use jiff::civil::{Date, date};
use quanheng_eligibility::{
    Candidate, Career, EarlyGround, Lowering, Refusal, early_retirement, grade_after_promotion,
    lowering as rank_lowering, lowering_for_year, rank_candidates, retirement,
};
use quanheng_policy::PersonId;
use quanheng_policy::codes::YearMonth;
use quanheng_policy::condition::Value;
use quanheng_policy::profile::Policy;
use quanheng_register::private::AssessmentResult::{Competent, Incompetent};
use quanheng_register::private::{Commendation, CommendationKind, Sex};

use crate::world::{
    TODAY, ask, assessed, career, clerk, general, in_ladder, ladder_of, lowered, parameter, policy,
    rank, spell, target, with, without,
};

fn incompetent(held: &str, years: &[i16]) -> Career {
    let years: Vec<_> = years.iter().map(|year| (*year, Incompetent)).collect();
    in_ladder(assessed(career(vec![spell(held, date(2018, 1, 1), None)]), 2018, &years), held)
}

#[test]
fn incompetent_years() {
    let on = |policy: &Policy, career: &Career, year, day| {
        lowering_for_year(policy, career, &general(), year, day)
    };
    let ask = |policy: &Policy, career: &Career, year| on(policy, career, year, TODAY);
    let one = incompetent("GM09", &[2023, 2025]);
    let Lowering::Rank { from, to, months_before, .. } = ask(policy(), &one, 2025).unwrap() else {
        panic!("not two together")
    };
    assert_eq!((from, to, months_before), (rank("GM09"), rank("GM10"), 0));
    let two = incompetent("GM09", &[2024, 2025]);
    let Lowering::Dismissal { years, source } = ask(policy(), &two, 2025).unwrap() else {
        panic!("two together")
    };
    assert_eq!((years, source.article.as_str()), (vec![2024, 2025], "公务员法第八十八条"));
    let Ok(Lowering::Dismissal { years, .. }) = ask(policy(), &two, 2024) else {
        panic!("two together, whichever of them is named")
    };
    assert_eq!(years, [2024, 2025]);
    let before = on(policy(), &two, 2024, date(2026, 1, 31));
    assert!(matches!(before, Ok(Lowering::Rank { .. })), "the second is not confirmed yet");
    // A rank that was lowered for an earlier year is lowered for a later one.
    let used = |year: i16| {
        let lowered_on = date(year + 1, 2, 1);
        let mut used = one.clone();
        used.spells[0].to = Some(lowered_on);
        used.spells.push(lowered("GM10", lowered_on, None));
        used
    };
    assert!(matches!(ask(policy(), &used(2023), 2025), Ok(Lowering::Rank { .. })));
    let by_two = with(&parameter("lowering_ranks", "2"));
    let Lowering::Rank { to, .. } = ask(&by_two, &one, 2025).unwrap() else { panic!() };
    assert_eq!(to, rank("GM11"));

    for (name, refused, code) in [
        ("competent", ask(policy(), &one, 2024), "NOT_INCOMPETENT"),
        ("no result", ask(policy(), &one, 2010), "NOT_INCOMPETENT"),
        ("the lowest", ask(policy(), &incompetent("GM12", &[2025]), 2025), "LOWEST_RANK"),
        (
            "two down from the last but one",
            ask(&by_two, &incompetent("GM11", &[2025]), 2025),
            "LOWEST_RANK",
        ),
        ("lowered on the day of the result", ask(policy(), &used(2025), 2025), "YEAR_USED"),
        ("lowered since", ask(policy(), &used(2023), 2023), "YEAR_USED"),
        ("another ladder", ask(policy(), &in_ladder(one.clone(), "JD06"), 2025), "LADDER_MISMATCH"),
        ("no slot", ask(policy(), &Career { category: None, ..one.clone() }, 2025), "FACT_MISSING"),
        ("no rank", ask(policy(), &Career { spells: vec![], ..one.clone() }, 2025), "FACT_MISSING"),
        (
            "no figure",
            ask(&without("parameters.lowering_ranks"), &one, 2025),
            "POLICY_NOT_CONFIGURED",
        ),
        (
            "no figure of years",
            ask(&without("parameters.incompetent_years_to_dismiss"), &one, 2025),
            "POLICY_NOT_CONFIGURED",
        ),
    ] {
        assert_eq!(refused.map(|_| ()).unwrap_err().code(), code, "{name}");
    }
    let message = Refusal::LowestRank { rank: rank("GM12") }.to_string();
    assert_eq!(message, "GM12 已是本序列最低职级,不能再降低");
    // A result that is not confirmed yet is none.
    assert!(on(policy(), &one, 2025, date(2026, 1, 31)).is_err());
    // On another ground, too, it is the rank of the slot's ladder.
    let judge = rank_lowering(policy(), &one, &ladder_of("JD06"), TODAY).unwrap_err();
    assert_eq!(judge.code(), "LADDER_MISMATCH");
    assert!(rank_lowering(policy(), &one, &general(), TODAY).is_ok());
}

#[test]
fn grades_that_nobody_has_set() {
    let judge = grade_after_promotion(policy(), &target("JD05"), 14).map(|_| ()).unwrap_err();
    assert_eq!(judge.code(), "POLICY_NOT_CONFIGURED");
    let general = target("GM04");
    let unset = grade_after_promotion(&without("parameters.grade_on_promotion"), &general, 17);
    assert_eq!(unset.map(|_| ()).unwrap_err().code(), "POLICY_NOT_CONFIGURED");
    let by_two = parameter("grade_on_promotion", "{ step = 2, without_step = [] }");
    let found = grade_after_promotion(&with(&by_two), &general, 13).unwrap();
    assert_eq!(found.after, 12, "never above the rank's highest");
    let unknown = grade_after_promotion(policy(), &target("GM44"), 17).map(|_| ()).unwrap_err();
    assert_eq!(unknown.code(), "RANK_NOT_SET_UP");
}

fn born(sex: Sex, birth: Date, started: Date) -> Career {
    let work_started = Some(started.into());
    Career { sex, birth: birth.into(), work_started, ..clerk() }
}

#[test]
fn the_day_of_retirement() {
    let person = born(Sex::Male, date(1966, 9, 30), date(1990, 1, 1));
    assert_eq!(retirement(policy(), &person, TODAY).unwrap().on, date(2027, 3, 30));
    // A month without that day: its last day, for the month is what the table gives.
    let person = born(Sex::Male, date(1966, 10, 31), date(1990, 1, 1));
    assert_eq!(retirement(policy(), &person, TODAY).unwrap().on, date(2027, 4, 30));
    assert_eq!(retirement(policy(), &person, TODAY).unwrap().group, "男干部");
    let refused = retirement(&without("parameters.retirement"), &person, TODAY);
    assert_eq!(refused.map(|_| ()).unwrap_err().code(), "POLICY_NOT_CONFIGURED");
    let only_women = "{ delay_from_year = 2025, groups = [{ name = \"女干部\", sex = \"female\", \
                      age_months = 660, age_months_max = 696, months_per_step = 4 }] }";
    let refused = retirement(&with(&parameter("retirement", only_women)), &person, TODAY);
    assert_eq!(refused.map(|_| ()).unwrap_err().code(), "POLICY_NOT_CONFIGURED");
}

#[test]
fn earlier_retirement_on_request() {
    for (name, birth, started, on, ground) in [
        (
            "30 years of service first",
            date(1970, 5, 1),
            date(1990, 7, 1),
            date(2020, 7, 1),
            EarlyGround::Service,
        ),
        // Due in June 2037 at 62 years and 6 months, so near the age from June 2032 on.
        (
            "five years before, with 20 of service",
            date(1974, 12, 1),
            date(2005, 1, 1),
            date(2032, 6, 1),
            EarlyGround::NearAge,
        ),
        (
            "20 of service come later",
            date(1974, 12, 1),
            date(2013, 6, 1),
            date(2033, 6, 1),
            EarlyGround::NearAge,
        ),
    ] {
        let person = born(Sex::Male, birth, started);
        let found = early_retirement(policy(), &person, TODAY).unwrap().unwrap();
        assert_eq!((found.on, found.ground), (on, ground), "{name}");
    }
    let late = born(Sex::Male, date(1970, 5, 1), date(2015, 1, 1));
    assert!(early_retirement(policy(), &late, TODAY).unwrap().is_none(), "the age comes first");
    let unset = early_retirement(&without("parameters.early_retirement"), &late, TODAY);
    assert_eq!(unset.map(|_| ()).unwrap_err().code(), "POLICY_NOT_CONFIGURED");
}

#[test]
fn a_step_every_four_months_up_to_the_end() {
    // The published table: born January to April 1965, one month; May to August, two; …
    let months = |birth: YearMonth| {
        let person = Career { birth: birth.into(), ..clerk() };
        retirement(policy(), &person, TODAY).unwrap().delay_months
    };
    let first = YearMonth::new(1965, 1).unwrap();
    for n in 0..200 {
        let expected = (n / 4 + 1).min(36);
        let birth = first.plus_months(n).unwrap();
        assert_eq!(months(birth), u32::try_from(expected).unwrap(), "{birth}");
    }
}

fn tilts() -> String {
    let tilt = |name: &str, fact: &str, value: &str, points: u8| {
        format!(
            "{{ name = \"{name}\", points = {points}, when = {{ compare = {{ fact = \"{fact}\", \
             is = \"at_least\", value = {value} }} }} }}"
        )
    };
    let rules = [
        tilt("记三等功以上", "commendations_merit_3", "1", 10),
        tilt("长期在基层一线", "grass_roots_years", "10", 7),
        tilt("任职年限较长", "years_in_rank", "5", 2),
    ];
    parameter("tilt_rules", &format!("[{}]", rules.join(", ")))
}

#[test]
fn tilt_ranks_candidates_and_makes_none() {
    let policy = with(&tilts());
    let named = |id: &str| Career { person: PersonId::new(id).unwrap(), ..clerk() };
    let mut merit = named("merit");
    let on = date(2024, 5, 1);
    merit.commendations = vec![Commendation {
        kind: CommendationKind::Merit3,
        on,
        document: None,
        note: String::new(),
    }];
    let mut village = named("village");
    village.extra.insert("grass_roots_years".to_owned(), Value::Number(12));
    let mut both = merit.clone();
    both.person = PersonId::new("both").unwrap();
    both.extra = village.extra.clone();
    let plain = [named("a"), named("b")];
    let careers = [&plain[0], &village, &both, &plain[1], &merit];
    let candidates: Vec<(Candidate, &Career)> = careers
        .iter()
        .map(|career| (ask(&policy, career, "GM09", TODAY).candidate().unwrap(), *career))
        .collect();
    let ranked = rank_candidates(&policy, candidates.clone()).unwrap();
    let order: Vec<_> =
        ranked.iter().map(|one| (one.candidate.person().as_str(), one.points)).collect();
    assert_eq!(order, [("both", 17), ("merit", 10), ("village", 7), ("a", 0), ("b", 0)]);
    assert_eq!(ranked[0].grounds, ["记三等功以上", "长期在基层一线"]);

    // Merit waives nothing: without the years there is no candidate to rank.
    let mut early = merit.clone();
    early.spells = vec![spell("GM10", date(2025, 1, 1), None)];
    assert!(ask(&policy, &early, "GM09", TODAY).candidate().is_none());
    // A rule is evaluated for the candidate's own career only, and only where it is set.
    let other = vec![(candidates[0].0.clone(), &merit)];
    assert_eq!(rank_candidates(&policy, other).unwrap_err().code(), "FACT_MISSING");
    let unset = rank_candidates(crate::world::policy(), candidates);
    assert_eq!(unset.unwrap_err().code(), "POLICY_NOT_CONFIGURED");
    assert_eq!(Competent.label(), "称职");
}

//! What holds of every career: more can only help or only harm, the first day is the first,
//! and the rules agree with slow plain models.

use std::sync::LazyLock;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::test_runner::Config;
use quanheng_eligibility::{Career, Holding, Outcome, Rule, Spell};
use quanheng_policy::profile::Policy;
use quanheng_register::person::RankReason;
use quanheng_register::private::{
    Assessment, AssessmentResult, Investigation, Sanction, SanctionKind,
};

use crate::model::{Choice, slow_state_bar, slow_tenure};
use crate::world::{ask, career, cases, of, rank, sanction, spell};

static POLICIES: LazyLock<Vec<Policy>> =
    LazyLock::new(|| (0..64).map(|n| Choice::numbered(n).policy()).collect());

/// The last day that a career reaches.
const END: Date = date(2026, 12, 31);

fn day() -> impl Strategy<Value = Date> {
    (0..3_650_i64).prop_map(|n| date(2016, 1, 1).checked_add(n.days()).unwrap())
}

/// Days at the ends of months, where corresponding days fail.
fn edge() -> impl Strategy<Value = Date> {
    prop_oneof![
        day(),
        day().prop_map(|day| day.last_of_month()),
        day().prop_map(|day| day.first_of_month()),
        day().prop_map(|day| day.last_of_month().yesterday().unwrap()),
    ]
}

fn past_spell() -> impl Strategy<Value = Spell> {
    let held = prop::sample::select(vec!["GM10", "GM10", "L42", "PE10", "GM11", "L41"]);
    (held, edge(), 1..1_200_i64).prop_map(|(held, from, length)| {
        let to = from.checked_add(length.days()).unwrap();
        spell(held, from, Some(to))
    })
}

fn result() -> impl Strategy<Value = AssessmentResult> {
    use AssessmentResult::{BasicallyCompetent, Competent, Excellent, NotAssessed, Ungraded};
    prop::sample::select(vec![
        Competent,
        Competent,
        Competent,
        Excellent,
        Excellent,
        BasicallyCompetent,
        Ungraded,
        NotAssessed,
    ])
}

fn assessments() -> impl Strategy<Value = Vec<Assessment>> {
    let one = prop::option::weighted(0.9, (result(), 0..180_i64));
    prop::collection::vec(one, 11).prop_map(|years| {
        let years = (2015..).zip(years).filter_map(|(year, one)| {
            let (result, after) = one?;
            let confirmed_on = date(year + 1, 1, 1).checked_add(after.days()).unwrap();
            Some(Assessment { year, result, confirmed_on, raw: String::new() })
        });
        years.collect()
    })
}

fn measure() -> impl Strategy<Value = Sanction> {
    let kinds: Vec<SanctionKind> = SanctionKind::ALL.to_vec();
    let ends = prop::option::weighted(0.2, 0..1_500_i64);
    let lifted = prop::option::weighted(0.2, 0..900_i64);
    let restored = prop::option::weighted(0.7, 0..900_i64);
    (prop::sample::select(kinds), edge(), ends, lifted, restored, prop::bool::weighted(0.05))
        .prop_map(|(kind, on, ends, lifted, restored, affects_use)| {
            let after = |days: Option<i64>| Some(on.checked_add(days?.days()).unwrap());
            let restored = restored.filter(|_| kind == SanctionKind::PartyProbation);
            Sanction {
                ends_on: after(ends),
                lifted_on: after(lifted),
                restored_on: after(restored),
                affects_use,
                ..sanction(kind, on)
            }
        })
}

fn inquiry() -> impl Strategy<Value = Investigation> {
    (edge(), prop::option::weighted(0.8, 0..700_i64)).prop_map(|(opened_on, length)| {
        Investigation {
            opened_on,
            opened_by: "某县纪委监委".to_owned(),
            closed_on: length.map(|days| opened_on.checked_add(days.days()).unwrap()),
            outcome: String::new(),
        }
    })
}

/// 四级主任科员 today, by way of anything before; sometimes by a lowering.
fn person() -> impl Strategy<Value = Career> {
    let past = prop::collection::vec(past_spell(), 0..4);
    let measures = prop::collection::vec(measure(), 0..3);
    let inquiries = prop::collection::vec(inquiry(), 0..2);
    (past, edge(), prop::bool::weighted(0.2), assessments(), measures, inquiries).prop_map(
        |(past, from, down, assessments, sanctions, investigations)| {
            let reason = if down { RankReason::Lowered } else { RankReason::Other };
            let now = Spell { reason: Some(reason), ..spell("GM10", from, None) };
            let spells = past.into_iter().chain([now]).collect();
            Career { assessments, sanctions, investigations, ..career(spells) }
        },
    )
}

/// A career without anything but time and results.
fn plain_person() -> impl Strategy<Value = Career> {
    person().prop_map(|person| Career { sanctions: vec![], investigations: vec![], ..person })
}

/// The same, and a day on which the rank is held.
fn holder() -> impl Strategy<Value = (Career, Date)> {
    (plain_person(), 0..2_500_i64).prop_map(|(mut person, after)| {
        let since = person.spells.last().map_or(END, |spell| spell.from);
        // Another rank that was taken later would be the one that is held.
        person.spells.retain(|spell| qualifies(spell) || spell.from < since);
        (person, since.checked_add(after.days()).unwrap())
    })
}

/// Sanctions of the state on few days, so that they meet; some at the ends of months.
fn state_sanctions() -> impl Strategy<Value = Vec<Sanction>> {
    let kinds: Vec<SanctionKind> =
        SanctionKind::ALL.iter().copied().filter(|kind| kind.is_of_state()).collect();
    let kinds: Vec<SanctionKind> =
        kinds.into_iter().filter(|kind| *kind != SanctionKind::Dismissal).collect();
    let one = (prop::sample::select(kinds), edge());
    prop::collection::vec(one, 1..6).prop_flat_map(|ones| {
        let count = ones.len();
        (Just(ones), prop::collection::vec(any::<bool>(), count)).prop_map(|(ones, same)| {
            let mut day = ones[0].1;
            let ones = ones.into_iter().zip(same).map(|((kind, own), same)| {
                day = if same { day } else { own };
                sanction(kind, day)
            });
            ones.collect()
        })
    })
}

fn qualifies(spell: &Spell) -> bool {
    match &spell.holding {
        Holding::Rank { rank: own, .. } => *own == rank("GM10") || *own == rank("PE10"),
        Holding::Post { level } => level.as_str() == "L42",
    }
}

/// Never is later than any day.
fn or_never(day: Option<Date>) -> Date {
    day.unwrap_or(Date::MAX)
}

proptest! {
    #![proptest_config(Config { cases: cases(3_000, 100_000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn one_more_excellent_year_never_delays(person in person(), year in 2015..2026_i16, choice in 0..64_usize, on in day()) {
        let mut better = person.clone();
        let confirmed_on = person.assessments.iter().find(|one| one.year == year).map(|one| one.confirmed_on);
        let confirmed_on = confirmed_on.unwrap_or(date(year + 1, 2, 20));
        better.assessments.retain(|one| one.year != year);
        better.assessments.push(Assessment { year, result: AssessmentResult::Excellent, confirmed_on, raw: String::new() });
        let policy = &POLICIES[choice];
        let (before, after) = (ask(policy, &person, "GM09", on), ask(policy, &better, "GM09", on));
        prop_assert!(or_never(after.earliest) <= or_never(before.earliest), "{:?} {:?}", before.earliest, after.earliest);
        prop_assert!(after.candidate().is_some() || before.candidate().is_none());
    }

    #[test]
    fn one_more_bar_never_advances(person in person(), more in measure(), inquiry in prop::option::of(inquiry()), choice in 0..64_usize, on in day()) {
        let mut worse = person.clone();
        worse.sanctions.push(more);
        worse.investigations.extend(inquiry);
        let policy = &POLICIES[choice];
        let (before, after) = (ask(policy, &person, "GM09", on), ask(policy, &worse, "GM09", on));
        prop_assert!(or_never(after.earliest) >= or_never(before.earliest), "{:?} {:?}", before.earliest, after.earliest);
        prop_assert!(before.candidate().is_some() || after.candidate().is_none());
    }

    #[test]
    fn who_fails_has_a_later_day_or_none_and_who_passes_has_had_it(person in person(), choice in 0..64_usize, on in day()) {
        let found = ask(&POLICIES[choice], &person, "GM09", on);
        for finding in &found.findings {
            match finding.outcome {
                Outcome::Fail => {
                    prop_assert!(finding.reason.is_some());
                    prop_assert!(or_never(finding.earliest) > on, "{}", finding.rule.id());
                }
                Outcome::Pass => {
                    prop_assert!(finding.reason.is_none());
                    prop_assert!(finding.earliest.is_none_or(|day| day <= on), "{}", finding.rule.id());
                }
                Outcome::NotApplicable => prop_assert!(finding.earliest.is_none()),
            }
        }
        prop_assert_eq!(found.candidate().is_some(), found.earliest.is_some_and(|day| day <= on));
    }

    #[test]
    fn the_order_of_entries_does_not_matter(person in person(), choice in 0..64_usize, on in day()) {
        let mut turned = person.clone();
        turned.spells.reverse();
        turned.assessments.reverse();
        turned.sanctions.reverse();
        turned.investigations.reverse();
        let policy = &POLICIES[choice];
        let (a, b) = (ask(policy, &person, "GM09", on), ask(policy, &turned, "GM09", on));
        prop_assert_eq!(a.earliest, b.earliest);
        prop_assert_eq!(a.reasons(), b.reasons());
    }

    /// Without new facts the first day that was told is the first day that passes.
    #[test]
    fn the_first_day_is_the_first(mut person in plain_person(), choice in 0..64_usize) {
        // What is held at the end is held on: the rank alone.
        person.spells.retain(|spell| spell.to.is_none_or(|to| to <= END));
        let policy = &POLICIES[choice];
        let told = of(&ask(policy, &person, "GM09", END), Rule::Tenure).earliest;
        if let Some(first) = told.filter(|first| *first > END) {
            let outcome = |on: Date| of(&ask(policy, &person, "GM09", on), Rule::Tenure).outcome;
            prop_assert_eq!(outcome(first), Outcome::Pass);
            prop_assert_eq!(outcome(first.yesterday().unwrap()), Outcome::Fail);
        }
    }

    #[test]
    fn bars_of_the_state_are_the_models(sanctions in state_sanctions(), free in any::<bool>(), on in day()) {
        let choice = if free { 32 } else { 0 };
        let person = Career { sanctions, ..career(vec![spell("GM10", date(2010, 1, 1), None)]) };
        let found = ask(&POLICIES[choice], &person, "GM09", on);
        let told = of(&found, Rule::StateSanction).earliest;
        prop_assert_eq!(told, slow_state_bar(&person.sanctions, on, free));
    }
}

proptest! {
    #![proptest_config(Config { cases: cases(3_000, 100_000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn tenure_by_months_is_the_models((person, on) in holder(), choice in 0..32_usize) {
        let number = choice * 2;
        let found = ask(&POLICIES[number], &person, "GM09", on);
        prop_assert!(of(&found, Rule::Tenure).outcome != Outcome::NotApplicable);
        let told = of(&found, Rule::Tenure).earliest;
        prop_assert_eq!(told, slow_tenure(&person, qualifies, Choice::numbered(number), on));
    }
}

proptest! {
    #![proptest_config(Config { cases: cases(300, 10_000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn tenure_by_days_is_the_models((person, on) in holder(), choice in 0..32_usize) {
        let number = choice * 2 + 1;
        let found = ask(&POLICIES[number], &person, "GM09", on);
        prop_assert!(of(&found, Rule::Tenure).outcome != Outcome::NotApplicable);
        let told = of(&found, Rule::Tenure).earliest;
        prop_assert_eq!(told, slow_tenure(&person, qualifies, Choice::numbered(number), on));
    }
}

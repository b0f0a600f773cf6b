//! The facts that conditions may ask for.

use jiff::civil::{Date, date};
use quanheng_eligibility::{Career, facts};
use quanheng_policy::codes::YearMonth;
use quanheng_policy::condition::Value;
use quanheng_register::private::AssessmentResult::Excellent;
use quanheng_register::private::{Commendation, CommendationKind};

use crate::world::{TODAY, assessed, career, policy, spell};

fn shown(career: &Career, on: Date, name: &str) -> String {
    facts(policy(), career, on).get(name).map_or("–".to_owned(), ToString::to_string)
}

/// 科员, a deputy at 乡科级, then 二级主任科员.
fn person() -> Career {
    let spells = vec![
        spell("GM11", date(2008, 7, 1), Some(date(2012, 3, 1))),
        spell("L42", date(2012, 3, 1), Some(date(2018, 3, 1))),
        // Held beside the post for a while: counted once.
        spell("GM10", date(2017, 3, 1), Some(date(2018, 3, 1))),
        spell("GM08", date(2018, 3, 1), None),
    ];
    let mut person = assessed(career(spells), 2018, &[(2019, Excellent), (2025, Excellent)]);
    person.pay_grade = Some(19);
    let merit = |on| Commendation {
        kind: CommendationKind::Merit3,
        on,
        document: None,
        note: String::new(),
    };
    person.commendations = vec![merit(date(2021, 1, 1)), merit(date(2026, 9, 1))];
    person
}

#[test]
fn they_are_as_the_table_says() {
    let person = person();
    for (name, expected) in [
        ("sex", "male"),
        ("age", "45"),
        ("years_of_service", "22"),
        ("held_rank", "GM08"),
        ("held_level", "L41"),
        ("months_in_rank", "96"),
        ("years_in_rank", "8"),
        ("months_at_L41", "96"),
        ("years_at_L41", "8"),
        ("months_at_L42", "72"),
        ("years_at_L42", "6"),
        ("years_at_or_above_L42", "14"),
        ("years_at_or_above_L41", "8"),
        ("months_at_L32", "0"),
        ("excellent_years", "2"),
        ("commendations_merit_3", "1"),
        ("commendations_merit_1", "0"),
        ("pay_grade", "19"),
        ("nothing_of_the_kind", "–"),
    ] {
        assert_eq!(shown(&person, TODAY, name), expected, "{name}");
    }
}

#[test]
fn levels_of_ranks_reach_up_to_the_next_level() {
    for (held, level) in [
        ("GM01", "L21"),
        ("GM02", "L22"),
        ("GM03", "L31"),
        ("GM04", "L31"),
        ("PE05", "L32"),
        ("GM06", "L32"),
        ("PX07", "L41"),
        ("GM08", "L41"),
        ("GM09", "L42"),
        ("GM10", "L42"),
        ("GM11", "–"),
        ("JD06", "–"),
        ("L32", "L32"),
        ("L11", "L11"),
    ] {
        let person = career(vec![spell(held, date(2020, 1, 1), None)]);
        assert_eq!(shown(&person, TODAY, "held_level"), level, "{held}");
    }
}

#[test]
fn time_moves_them_and_a_day_decides() {
    let person = person();
    assert_eq!(shown(&person, date(2026, 3, 14), "age"), "45");
    assert_eq!(shown(&person, date(2026, 3, 15), "age"), "46");
    assert_eq!(shown(&person, date(2026, 2, 28), "years_in_rank"), "7");
    assert_eq!(shown(&person, date(2026, 3, 1), "years_in_rank"), "8");
    assert_eq!(shown(&person, date(2026, 1, 31), "excellent_years"), "1", "not confirmed yet");
    assert_eq!(shown(&person, date(2026, 9, 1), "commendations_merit_3"), "2");
    assert_eq!(shown(&person, date(2010, 1, 1), "held_rank"), "GM11");
    assert_eq!(shown(&person, date(2007, 1, 1), "held_rank"), "–", "not known is not there");
    assert_eq!(shown(&person, date(2007, 1, 1), "months_in_rank"), "–");
    let by_month = Career { birth: YearMonth::new(1980, 3).unwrap().into(), ..person };
    assert_eq!(shown(&by_month, date(2026, 3, 1), "age"), "46");
}

#[test]
fn extra_facts_stand_beside_them_and_never_in_their_place() {
    let mut person = person();
    person.work_started = None;
    for (name, value) in [("border_years", 6), ("age", 99), ("years_of_service", 40)] {
        person.extra.insert(name.to_owned(), Value::Number(value));
    }
    assert_eq!(shown(&person, TODAY, "border_years"), "6");
    assert_eq!(shown(&person, TODAY, "age"), "45");
    assert_eq!(shown(&person, TODAY, "years_of_service"), "–", "unknown, whatever is said");
}

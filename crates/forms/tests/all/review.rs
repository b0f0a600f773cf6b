use quanheng_forms::review::{Outcome, Review, TITLE, xlsx};

use crate::open::sheet;
use crate::world::{MADE, review};

#[test]
fn each_rule_stands_with_what_came_of_it() {
    let sheet = sheet(&xlsx(&review(2), MADE).unwrap());
    assert_eq!(sheet.name, "任职资格审核表");
    assert_eq!(sheet.at("A1"), TITLE);
    let rows = [
        ("A4", "1"),
        ("B4", "甄示甲甲"),
        ("C4", "二级主任科员"),
        ("D4", "一级主任科员"),
        ("E4", "在职"),
        ("F4", "符合"),
        ("H4", "公务员法第二条"),
        ("I4", "符合"),
        ("J4", "2026-06-01"),
        ("E8", "任职资格"),
        ("F8", "不适用"),
        ("B9", "甄示甲乙"),
        ("F11", "不符合"),
        ("G11", "应满24个月，已满21个月（TENURE_INSUFFICIENT）"),
        ("I9", "不符合"),
        ("A14", "组织（人事）部门\n审核意见"),
    ];
    for (cell, expected) in rows {
        assert_eq!(sheet.at(cell), expected, "{cell}");
    }
    for area in ["A4:A8", "B4:B8", "I4:I8", "J9:J13", "A14:B15", "C14:J14", "C15:J15"] {
        assert!(sheet.merged(area), "{area}");
    }
}

#[test]
fn one_rule_that_fails_is_enough() {
    let cases = [
        (vec![Outcome::Pass], true),
        (vec![Outcome::Pass, Outcome::NotApplicable], true),
        (vec![Outcome::Pass, Outcome::Fail], false),
        (vec![], false),
    ];
    let Review { persons, .. } = review(1);
    for (outcomes, expected) in cases {
        let mut person = persons[0].clone();
        let rule = person.rules[0].clone();
        let with = |outcome| quanheng_forms::review::RuleResult { outcome, ..rule.clone() };
        person.rules = outcomes.into_iter().map(with).collect();
        assert_eq!(person.eligible(), expected);
    }
}

#[test]
fn a_person_of_whom_nothing_was_asked_is_refused() {
    let mut review = review(1);
    review.persons[0].rules.clear();
    assert_eq!(xlsx(&review, MADE).unwrap_err().code(), "FIELD_MISSING");
}

//! Texts and what they mean.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::definition::Index;
use crate::order::{Direction, OrderBy};

const POSTS: Collection = Collection {
    name: "posts",
    columns: &[
        Column { name: "unit", pointer: "/unit", kind: ColumnKind::Text },
        Column { name: "status", pointer: "/status", kind: ColumnKind::Text },
        Column { name: "seats", pointer: "/seats", kind: ColumnKind::Integer },
        Column { name: "open", pointer: "/open", kind: ColumnKind::Boolean },
        Column { name: "since", pointer: "/since", kind: ColumnKind::Date },
    ],
    indexes: &[Index { equals: &["unit"], order: &["seats"] }],
};

fn parse(text: &str) -> Result<Filter, ParseError> {
    POSTS.parse_filter(text, &Bounds::default())
}

#[test]
fn a_text_is_a_filter() {
    let unit = || Filter::equal("unit", "units/1");
    let active = || Filter::equal("status", "ACTIVE");
    let seats = |op| Filter::compare("seats", op, 3);
    let day = jiff::civil::date(2026, 11, 24);
    for (text, expected) in [
        ("", Filter::all()),
        ("  ", Filter::all()),
        (r#"unit = "units/1""#, unit()),
        ("unit=units/1", unit()),
        ("unit = 'units/1'", unit()),
        (r#"unit = "a \"b\" \\ c""#, Filter::equal("unit", r#"a "b" \ c"#)),
        ("unit = 单位", Filter::equal("unit", "单位")),
        ("unit = \"\"", Filter::equal("unit", "")),
        ("seats = 3", seats(Op::Equal)),
        ("seats != 3", seats(Op::NotEqual)),
        ("seats < 3", seats(Op::Less)),
        ("seats<=3", seats(Op::LessOrEqual)),
        ("seats > 3", seats(Op::Greater)),
        ("seats>=3", seats(Op::GreaterOrEqual)),
        ("seats = -3", Filter::equal("seats", -3)),
        ("open = true", Filter::equal("open", true)),
        ("since >= 2026-11-24", Filter::compare("since", Op::GreaterOrEqual, day)),
        (r#"since >= "2026-11-24""#, Filter::compare("since", Op::GreaterOrEqual, day)),
        ("unit:*", Filter::present("unit")),
        ("id = p/1", Filter::equal("id", "p/1")),
        ("unit = units/1 AND status = ACTIVE", Filter::All(vec![unit(), active()])),
        ("unit = units/1 OR status = ACTIVE", Filter::Any(vec![unit(), active()])),
        ("NOT unit = units/1", unit().not()),
        ("-unit = units/1", unit().not()),
        ("-(unit = units/1)", unit().not()),
        ("((unit = units/1))", unit()),
        // As AIP-160 has it: OR binds more closely.
        (
            "open = true AND unit = units/1 OR status = ACTIVE",
            Filter::All(vec![Filter::equal("open", true), Filter::Any(vec![unit(), active()])]),
        ),
        (
            "(open = true AND unit = units/1) OR NOT status = ACTIVE",
            Filter::Any(vec![
                Filter::All(vec![Filter::equal("open", true), unit()]),
                active().not(),
            ]),
        ),
    ] {
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_filter_says_where_and_why() {
    for (text, at, says) in [
        ("unit", 4, "expected =, !="),
        ("unit =", 6, "expected a value"),
        ("= 3", 0, "expected a field"),
        ("rank = 3", 0, "supported are id, unit, status, seats, open, since"),
        ("unit = a AND rank = 3", 13, "there is no field rank"),
        ("seats = many", 8, "seats takes: integer"),
        ("seats = \"3\"", 8, "seats takes: integer"),
        ("open = yes", 7, "open takes: true or false"),
        ("since = 2026-13-01", 8, "since takes: date"),
        ("since = 2026", 8, "since takes: date"),
        ("unit = a status = b", 9, "expected AND, OR or the end"),
        ("unit = a AND", 12, "expected a field"),
        ("(unit = a", 9, "expected AND, OR or )"),
        ("unit = a)", 8, "expected AND, OR or the end"),
        ("unit = \"a", 7, "not closed"),
        (r#"unit = "a\n""#, 9, "backslash"),
        ("unit = a*", 7, "unit takes: text"),
        ("unit:a", 5, "expected *"),
        ("unit ! a", 5, "unexpected character"),
        ("AND unit = a", 0, "there is no field AND"),
        ("单位 = a", 0, "there is no field 单位"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.to_string().contains(says), "{text}: {error}");
        assert!(error.zh().starts_with(&format!("第 {} 个字符处", at + 1)));
    }
}

#[test]
fn a_filter_is_bounded() {
    let many = vec!["unit = a"; 65].join(" AND ");
    let deep = format!("{}unit = a{}", "(".repeat(17), ")".repeat(17));
    let long = format!("unit = {}", "a".repeat(4_096));
    for (text, bound) in
        [(many, "filter_terms_max"), (deep, "filter_depth_max"), (long, "filter_bytes_max")]
    {
        match parse(&text).expect_err(bound).problem {
            Problem::BoundExceeded(exceeded) => assert_eq!(exceeded.bound, bound),
            other => panic!("{bound}: {other}"),
        }
    }
}

#[test]
fn a_text_is_an_order() {
    use Direction::{Ascending, Descending};
    for (text, expected) in [
        ("", vec![]),
        ("seats", vec![("seats", Ascending)]),
        ("seats desc", vec![("seats", Descending)]),
        (" seats  desc , id asc ", vec![("seats", Descending), ("id", Ascending)]),
    ] {
        assert_eq!(POSTS.parse_order(text), Ok(OrderBy(expected)), "{text}");
    }
    for (text, at) in
        [("rank", 0), ("seats,", 6), ("seats up", 6), ("seats, seats", 7), (",", 0), ("\"a\"", 0)]
    {
        assert_eq!(POSTS.parse_order(text).expect_err(text).at, at, "{text}");
    }
}

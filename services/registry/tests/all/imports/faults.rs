//! Files that are refused: each fault in its row and cell, and nothing committed.

use std::io::Cursor;

use calamine::{Reader as _, Xlsx};
use jiff::civil::date;
use quanheng_api::quanheng::common::v1::operation::State;
use quanheng_api::quanheng::common::v1::{Operation, SheetError};
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_sheets::LIST_TITLE;
use quanheng_sheets::persons::{FORM as ROSTER, PersonRow, RankState};
use quanheng_sheets::units::{UnitNature, UnitRow};
use quanheng_streams as streams;

use super::{
    What, World, person_file, person_rows, registrar, sent, unit_file, unit_rows, with_units,
};
use crate::world::Kind;

on_both!(
    units_that_cannot_be,
    persons_that_cannot_be,
    files_that_are_none,
    the_marked_copy,
    jurisdiction_holds_row_by_row,
    bounds_are_named,
);

/// The errors of an operation, without warnings: row, column, reason.
fn errors(operation: &Operation) -> Vec<(u32, &str, &str)> {
    let errors = operation.sheet_errors.iter().filter(|error| !error.warning);
    errors.map(|error| (error.row, error.column.as_str(), error.reason.as_str())).collect()
}

/// A change of rows, and the errors that it makes. The first row stands in row 2.
type UnitCase = (&'static str, fn(&mut Vec<UnitRow>), &'static [(u32, &'static str, &'static str)]);

async fn units_that_cannot_be(kind: Kind) {
    let world = World::open(kind).await;
    with_units(&world, 3).await;
    let before = world.records("quanheng.registry.unit_registered.v1").await.len();
    let unit = |id: &str| UnitId::new(id).ok();
    let cases: [UnitCase; 12] = [
        (
            "an id twice",
            |rows| rows[1].id = rows[2].id.clone(),
            &[(3, "id", "UNIT_ID_DUPLICATE"), (4, "id", "UNIT_ID_DUPLICATE")],
        ),
        (
            "a code twice",
            |rows| rows[1].credit_code = rows[2].credit_code.clone(),
            &[
                (3, "credit_code", "CREDIT_CODE_DUPLICATE"),
                (4, "credit_code", "CREDIT_CODE_DUPLICATE"),
            ],
        ),
        (
            "registered",
            |rows| rows[1].id = UnitId::new("sample-1").ok(),
            &[(3, "id", "UNIT_EXISTS")],
        ),
        (
            "a code of another",
            |rows| rows[1].credit_code = unit_rows(2)[1].credit_code.clone(),
            &[(3, "credit_code", "CREDIT_CODE_TAKEN")],
        ),
        (
            "an unknown parent",
            |rows| rows[1].parent_id = UnitId::new("nobody").ok(),
            &[(3, "parent_id", "RESOURCE_NOT_FOUND")],
        ),
        (
            "a cycle",
            |rows| {
                rows[1].parent_id = rows[2].id.clone();
                rows[2].parent_id = rows[1].id.clone();
            },
            &[(3, "parent_id", "PARENT_CYCLE"), (4, "parent_id", "PARENT_CYCLE")],
        ),
        (
            "its own parent",
            |rows| rows[1].parent_id = rows[1].id.clone(),
            &[(3, "parent_id", "PARENT_CYCLE")],
        ),
        ("no division", |rows| rows[1].division = None, &[(3, "division", "DIVISION_MISSING")]),
        (
            "a division of another tier",
            |rows| {
                rows[1].division = DivisionCode::parse("530100").ok();
            },
            &[(3, "division", "TIER_MISMATCH")],
        ),
        (
            "another place",
            |rows| rows[1].place.province = Some("广东省".into()),
            &[(3, "division", "DIVISION_MISMATCH")],
        ),
        (
            "no grade",
            |rows| (rows[1].grade, rows[1].level) = (None, None),
            &[(3, "grade", "GRADE_MISSING")],
        ),
        (
            "a nature of another kind",
            |rows| {
                rows[1].nature = Some(UnitNature::Organ);
                rows[1].kind = Some(quanheng_policy::class::UnitKind::ReferencedUnit);
            },
            &[(3, "nature", "NATURE_MISMATCH")],
        ),
    ];
    for (what, change, expected) in cases {
        // New units under one that is there.
        let mut rows: Vec<UnitRow> = unit_rows(16).split_off(10);
        for row in &mut rows {
            row.parent_id = unit("sample-0");
        }
        change(&mut rows);
        let operation = world.imported(What::Units, sent(unit_file(&rows))).await;
        assert_eq!(operation.state(), State::Failed, "{what}");
        assert_eq!(errors(&operation), expected, "{what}");
        assert_eq!((operation.items_total, operation.items_done), (6, 0), "{what}");
        let failure = operation.failure.as_ref().unwrap();
        assert_eq!(failure.reason, "SHEET_REFUSED", "{what}");
    }
    let after = world.records("quanheng.registry.unit_registered.v1").await.len();
    assert_eq!(after, before);
}

type PersonCase =
    (&'static str, fn(&mut Vec<PersonRow>), &'static [(u32, &'static str, &'static str)]);

async fn persons_that_cannot_be(kind: Kind) {
    let world = World::open(kind).await;
    with_units(&world, 3).await;
    let known = person_rows(2, 3);
    let operation = world.imported(What::Persons, sent(person_file(&known))).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    let cases: [PersonCase; 16] = [
        (
            "an id twice",
            |rows| rows[1].id = rows[2].id.clone(),
            &[(6, "id", "PERSON_ID_DUPLICATE"), (7, "id", "PERSON_ID_DUPLICATE")],
        ),
        (
            "a number twice",
            |rows| {
                rows[1].identity = rows[2].identity.clone();
            },
            &[
                (6, "identity_number", "IDENTITY_DUPLICATE"),
                (7, "identity_number", "IDENTITY_DUPLICATE"),
            ],
        ),
        (
            "registered",
            |rows| rows[1].id = person_rows(1, 3)[0].id.clone(),
            &[(6, "id", "PERSON_EXISTS")],
        ),
        (
            "a number of another",
            |rows| rows[1].identity = person_rows(1, 3)[0].identity.clone(),
            &[(6, "identity_number", "IDENTITY_REGISTERED")],
        ),
        (
            "an unknown unit",
            |rows| rows[1].unit_id = UnitId::new("nobody").ok(),
            &[(6, "unit_id", "UNIT_UNKNOWN")],
        ),
        (
            "no unit",
            |rows| (rows[1].unit_id, rows[1].unit_name) = (None, None),
            &[(6, "unit_id", "UNIT_MISSING")],
        ),
        (
            "no establishment",
            |rows| rows[1].establishment = None,
            &[(6, "establishment", "ESTABLISHMENT_MISSING")],
        ),
        (
            "a rank that there is not",
            |rows| {
                rows[1].spell.as_mut().unwrap().rank.as_mut().unwrap().name = "特级科员".into();
            },
            &[(6, "rank", "RANK_UNKNOWN")],
        ),
        (
            "a rank since never",
            |rows| rows[1].spell.as_mut().unwrap().since = None,
            &[(6, "rank_since", "RANK_SINCE_MISSING")],
        ),
        (
            "a rank after cut-over",
            |rows| {
                rows[1].spell.as_mut().unwrap().since = Some(date(2026, 3, 1));
            },
            &[(6, "rank_since", "AFTER_CUT_OVER")],
        ),
        (
            "a rank that ended, but when",
            |rows| {
                rows[1].spell.as_mut().unwrap().state = Some(RankState::Ended);
            },
            &[(6, "rank_ended_on", "RANK_END_MISSING")],
        ),
        (
            "registered in the future",
            |rows| rows[1].registered_on = Some(date(2090, 1, 1)),
            &[(6, "registered_on", "INVALID_FIELD")],
        ),
        (
            "at work before birth",
            |rows| {
                rows[1].identity.work_started_on = Some(date(1950, 1, 1));
            },
            &[(6, "work_started_on", "INVALID_FIELD")],
        ),
        (
            "a sanction in other words",
            |rows| {
                rows[1].sanctions.title = Some("曾受过某种处理".into());
            },
            &[(6, "sanction", "SANCTION_NOT_UNDERSTOOD")],
        ),
        (
            "a year to come",
            |rows| rows[1].assessments[4].year = 2088,
            &[(6, "assessment_year_1", "ASSESSMENT_YEAR")],
        ),
        (
            "a conversion without a day",
            |rows| {
                let conversion = quanheng_sheets::persons::Conversion {
                    rank: rows[1].spell.as_ref().unwrap().rank.clone(),
                    ..Default::default()
                };
                rows[1].conversion = Some(conversion);
            },
            &[(6, "conversion_on", "CONVERSION_DATE_MISSING")],
        ),
    ];
    let header = ROSTER.header_rows();
    for (what, change, expected) in cases {
        let mut rows = person_rows(16, 3).split_off(10);
        change(&mut rows);
        let operation = world.imported(What::Persons, sent(person_file(&rows))).await;
        assert_eq!(operation.state(), State::Failed, "{what}");
        // The second row of persons, whatever the header takes.
        let shift = |row: u32| row - 6 + header + 2;
        let expected: Vec<_> =
            expected.iter().map(|(row, column, reason)| (shift(*row), *column, *reason)).collect();
        assert_eq!(errors(&operation), expected, "{what}");
    }
    let registered = world.records("quanheng.registry.person_registered.v1").await;
    assert_eq!(registered.len(), 2);
    assert!(world.records("quanheng.operation.operation_advanced.v1").await.len() == 2);

    // Cells that say nothing of use only warn.
    let mut rows = person_rows(11, 3).split_off(10);
    rows[0].commendations.title = Some("某项荣誉".into());
    let operation = world.imported(What::Persons, sent(person_file(&rows))).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    let warned = |error: &SheetError| error.warning && error.reason == "COMMENDATION_NOT_TAKEN";
    assert!(operation.sheet_errors.iter().any(warned), "{operation:?}");
}

async fn files_that_are_none(kind: Kind) {
    let world = World::open(kind).await;
    let header = unit_file(&[]);
    for (what, content, reason) in [
        ("nothing", Vec::new(), "FILE_EMPTY"),
        ("a web page", b"<html><body>x</body></html>".to_vec(), "FILE_IS_HTML"),
        ("a broken archive", b"PK\x03\x04broken".to_vec(), "FILE_DAMAGED"),
        ("another form", "甲,乙,丙\n1,2,3\n".as_bytes().to_vec(), "HEADER_MISSING"),
        ("no rows", header, "NO_ROWS"),
    ] {
        let operation = world.imported(What::Units, sent(content)).await;
        assert_eq!(operation.state(), State::Failed, "{what}");
        assert_eq!(errors(&operation), [(0, "", reason)], "{what}");
        assert!(operation.marked_copy.is_empty(), "{what}");
    }
}

/// What the copy of an operation's sheet says, and its list of errors.
async fn copy(world: &World, operation: &Operation) -> (Vec<String>, Vec<String>) {
    let sha256 = operation.marked_copy.strip_prefix("attachments/").unwrap();
    let log = &world.house.realm.log;
    let blob = log.blob(&sha256.parse().unwrap()).await.unwrap().unwrap();
    let stream = streams::attachment(sha256);
    let horizon = quanheng_runtime::reading::Horizon::Now;
    let attachment = quanheng_runtime::reading::state_at::<streams::Attachments>;
    let (state, ..) = attachment(log, stream, horizon).await.unwrap();
    assert_eq!((state.sha256.as_str(), state.size), (sha256, blob.len() as u64));
    assert_eq!(state.file_name, "样例-错误标注.xlsx");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(blob.to_vec())).unwrap();
    let mut texts = |sheet: &str| -> Vec<String> {
        let range = workbook.worksheet_range(sheet).unwrap();
        range.cells().map(|(_, _, cell)| cell.to_string()).collect()
    };
    (texts(ROSTER.title), texts(LIST_TITLE))
}

async fn the_marked_copy(kind: Kind) {
    let world = World::open(kind).await;
    with_units(&world, 2).await;
    let mut rows = person_rows(12, 2);
    rows[4].unit_id = UnitId::new("nobody").ok();
    let number = rows[4].identity.number.reveal().to_owned();
    let name = rows[4].identity.name.clone();
    let operation = world.imported(What::Persons, sent(person_file(&rows))).await;
    let (cells, list) = copy(&world, &operation).await;
    assert!(list.iter().any(|text| text == "UNIT_UNKNOWN"), "{list:?}");
    // It is kept for good: nothing personal is in it, and what is wrong is.
    assert!(!cells.contains(&number) && !cells.contains(&name));
    assert!(!list.contains(&number) && !list.contains(&name));
    assert!(cells.contains(&rows[4].id.as_ref().map_or_else(String::new, ToString::to_string)));
}

async fn jurisdiction_holds_row_by_row(kind: Kind) {
    let world = World::open(kind).await;
    with_units(&world, 2).await;
    let mut local = registrar();
    local.jurisdiction = DivisionCode::parse("530103").unwrap();
    let client = world.client(&local).await;
    let mut rows = unit_rows(12).split_off(10);
    rows[1].division = DivisionCode::parse("530103").ok();
    for row in &mut rows {
        row.parent_id = None;
    }
    let operation = client.import(What::Units, sent(unit_file(&rows))).await.unwrap();
    assert_eq!(errors(&operation), [(2, "division", "ACCESS_DENIED")]);
    // Units that are not within are not there.
    let rows = person_rows(1, 2);
    let operation = client.import(What::Persons, sent(person_file(&rows))).await.unwrap();
    let row = ROSTER.header_rows() + 1;
    assert_eq!(errors(&operation), [(row, "unit_id", "UNIT_UNKNOWN")]);
}

async fn bounds_are_named(kind: Kind) {
    let bounds = quanheng_registry::ImportBounds {
        import_bytes_max: 400_000,
        ..quanheng_registry::ImportBounds::default()
    };
    let world = World::open_with(kind, bounds).await;
    let client = world.client(&registrar()).await;
    let refused = client.import(What::Units, sent(vec![b'x'; 500_000])).await.unwrap_err();
    assert_eq!(refused.reason, "IMPORT_BYTES_MAX");
    assert_eq!(refused.metadata["max"], "400000");
    let mut wrong = sent(b"abc".to_vec());
    wrong.head.sha256 = "0".repeat(64);
    let refused = client.import(What::Units, wrong).await.unwrap_err();
    assert_eq!(refused.reason, "DIGEST_MISMATCH");
    let mut wrong = sent(b"abc".to_vec());
    wrong.head.request_id.clear();
    let refused = client.import(What::Units, wrong).await.unwrap_err();
    assert_eq!(refused.reason, "INVALID_FIELD");
    let mut wrong = sent(b"abc".to_vec());
    wrong.head.basis = None;
    let refused = client.import(What::Units, wrong).await.unwrap_err();
    assert_eq!(refused.fields, ["basis"]);
}

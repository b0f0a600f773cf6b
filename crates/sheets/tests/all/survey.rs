//! The survey sheet.

use std::io::Read as _;

use jiff::civil::date;
use proptest::prelude::*;
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_policy::profile::ReferenceChange;
use quanheng_sheets::survey::{Before, Clear, FORM, SurveyRow, read, template};
use quanheng_sheets::units::PlaceNames;
use quanheng_sheets::{
    Bounds, Encoding, Import, Kind, LIST_TITLE, Severity, csv, sample, units, write_marked, xlsx,
};

fn divisions(place: &PlaceNames) -> Option<DivisionCode> {
    let known = place.province.as_deref() == Some("示例省");
    known.then(|| DivisionCode::parse("990000").unwrap())
}

fn survey(text: &str) -> Import<SurveyRow> {
    read(text.as_bytes(), &Bounds::default(), divisions).unwrap()
}

fn findings(import: &Import<SurveyRow>) -> Vec<(u32, &str, &str, Severity)> {
    let list = import.table.findings.list();
    list.iter().map(|f| (f.row, f.key, f.code, f.severity)).collect()
}

#[test]
fn the_sheet_has_the_unit_form_and_its_own() {
    assert_eq!((FORM.title, FORM.columns.len()), ("基础摸底表", 27 + 2 + 16));
    assert_eq!(FORM.columns[..27], units::FORM.columns[..27]);
    assert_eq!(FORM.columns[27].header, ["单位代码"]);
    assert_eq!(FORM.columns[28].header, ["行政区划代码"]);
    let mut headers: Vec<&str> = FORM.columns.iter().map(|column| column.header[0]).collect();
    headers.sort_unstable();
    headers.dedup();
    assert_eq!(headers.len(), FORM.columns.len(), "every header is its column's alone");
}

#[test]
fn proposals_are_kinds_of_change() {
    let column = FORM.columns.iter().find(|column| column.key == "changes").unwrap();
    assert_eq!(column.suggestions.len(), ReferenceChange::ALL.len());
    for kind in ReferenceChange::ALL {
        assert!(column.suggestions.contains(&kind.label()), "{}", kind.label());
    }
}

#[test]
fn a_row_is_read_with_its_types() {
    let import = survey(
        "单位名称,隶属关系,参照公务员法管理事业单位编制数,所在省,单位代码,改革前名称,改革前隶属关系,\
         改革前主管部门,改革前职能,改革前编制数,改革后职能,涉改,变动情形,变动文件,变动时间,\
         人员底数清,人员底数清佐证材料,编制文件清,编制文件清佐证材料,单位职能设置清,单位职能设置清佐证材料\n\
         示例县虚构中心,示例隶属,40,示例省,u-1,示例县虚构站,旧示例隶属,示例局,示例管理,45,示例管理与服务,涉改,\
         \"名称调整、编制减少；转企、转公益事业单位\",样编[2025]3号、样编〔2025〕4号,2025年3月1日,\
         清,花名册；编制台账,是,编制文件汇编,未清,\n",
    );
    assert_eq!(findings(&import), []);
    let row = &import.rows[0].row;
    let numbers = ["样编〔2025〕3号", "样编〔2025〕4号"];
    let text = |text: &str| Some(text.to_owned());
    assert_eq!((row.unit.name.as_str(), row.unit.referenced_slots), ("示例县虚构中心", Some(40)));
    assert_eq!(row.unit.affiliation, text("示例隶属"));
    assert_eq!(row.unit.id.as_ref().unwrap().as_str(), "u-1");
    assert_eq!(row.unit.division, DivisionCode::parse("990000").ok(), "found by its names");
    let before = Before {
        name: text("示例县虚构站"),
        affiliation: text("旧示例隶属"),
        supervisor: text("示例局"),
        functions: text("示例管理"),
        referenced_slots: Some(45),
    };
    assert_eq!(row.before, before);
    assert_eq!((&row.functions, row.affected), (&text("示例管理与服务"), Some(true)));
    let kinds = [
        ReferenceChange::Renamed,
        ReferenceChange::HeadcountDecreased,
        ReferenceChange::ConvertedOther,
    ];
    assert_eq!(row.changes, kinds);
    assert_eq!(row.change_documents, numbers.map(|n| DocumentNumber::parse(n).unwrap()));
    assert_eq!(row.changed_on, Some(date(2025, 3, 1)));
    assert_eq!(row.staff.evidence, ["花名册", "编制台账"]);
    let clear = [&row.staff, &row.documents, &row.functions_set].map(|one| one.clear);
    assert_eq!(clear, [Some(true), Some(true), Some(false)]);
}

#[test]
fn what_is_wrong_or_doubtful_is_told_by_cell() {
    const W: Severity = Severity::Warning;
    const E: Severity = Severity::Error;
    let header = "单位名称,参照公务员法管理事业单位编制数,改革前机构名称,改革前参照管理编制数,是否涉改,\
                  改革变动情形,改革变动文件文号,人员底数清,人员底数清佐证材料,编制文件清,编制文件清佐证材料,\
                  单位职能设置清,单位职能设置清佐证材料\n";
    type Case = (&'static str, &'static [(&'static str, &'static str, Severity)]);
    let cases: &[Case] = &[
        ("甲,5,甲,5,否,,,否,,否,,否,", &[]),
        ("甲,5,甲,5,是,职能调整,样编〔2025〕3号,是,册,是,册,是,册", &[]),
        (
            "甲,,,,,,,,,,,,",
            &[
                ("affected", "AFFECTED_MISSING", W),
                ("staff_clear", "CLEAR_MISSING", W),
                ("documents_clear", "CLEAR_MISSING", W),
                ("functions_clear", "CLEAR_MISSING", W),
            ],
        ),
        (
            "甲,6,,5,是,,,是,,否,,否,",
            &[
                ("changes", "CHANGE_KIND_MISSING", W),
                ("change_documents", "CHANGE_DOCUMENT_MISSING", W),
                ("referenced_slots", "SLOTS_INCREASED", W),
                ("staff_evidence", "CLEAR_WITHOUT_EVIDENCE", W),
            ],
        ),
        ("甲,,乙,,否,,,否,,否,,否,", &[("affected", "AFFECTED_CONTRADICTED", W)]),
        (
            "甲,,,,是,名称调整,样编〔2025〕3号,否,,否,,否,",
            &[("before_name", "BEFORE_NAME_MISSING", W)],
        ),
        ("甲,,,,是,名称变更,样编〔2025〕3号,否,,否,,否,", &[("changes", "CHANGE_KIND_UNKNOWN", E)]),
        ("甲,,,,是,分设了,样编〔2025〕3号,否,,否,,否,", &[("changes", "CHANGE_KIND_UNKNOWN", E)]),
        ("甲,,,,是,分设,某文件,否,,否,,否,", &[("change_documents", "DOCUMENT_NUMBER_FORMAT", E)]),
        ("甲,五,,,否,,,否,,否,,否,", &[("referenced_slots", "COUNT_FORMAT", E)]),
        ("甲,,,,也许,,,否,,否,,否,", &[("affected", "CHOICE_UNKNOWN", E)]),
    ];
    for (line, expected) in cases {
        let import = survey(&format!("{header}{line}\n"));
        let found: Vec<_> = findings(&import)
            .into_iter()
            .map(|(_, key, code, severity)| (key, code, severity))
            .collect();
        assert_eq!(found, *expected, "{line}");
        let kept = !expected.iter().any(|(_, _, severity)| *severity == E);
        assert_eq!(import.rows.len(), usize::from(kept), "{line}");
    }
}

#[test]
fn twins_are_errors() {
    let import = survey("单位名称,单位代码,是否涉改\n甲,u-1,否\n乙,u-1,否\n");
    let errors =
        findings(&import).into_iter().filter(|(.., severity)| *severity == Severity::Error);
    let errors: Vec<_> = errors.map(|(row, key, code, _)| (row, key, code)).collect();
    assert_eq!(errors, [(2, "id", "UNIT_ID_DUPLICATE"), (3, "id", "UNIT_ID_DUPLICATE")]);
    assert!(import.rows.is_empty());
}

#[test]
fn the_marked_copy_shows_the_cells_and_is_read_again() {
    let import = survey("单位名称,是否涉改,改革变动情形\n甲,是,名称变更\n");
    let bytes = write_marked(&import.table, import.table.findings.list()).unwrap();
    let again = read(&bytes, &Bounds::default(), divisions).unwrap();
    let codes = |import: &Import<SurveyRow>| -> Vec<_> {
        import.table.findings.list().iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&again), codes(&import));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
    let mut comments = String::new();
    archive.by_name("xl/comments1.xml").unwrap().read_to_string(&mut comments).unwrap();
    assert!(comments.contains("CHANGE_KIND_UNKNOWN"), "{comments}");
    let mut book = String::new();
    archive.by_name("xl/workbook.xml").unwrap().read_to_string(&mut book).unwrap();
    assert!(book.contains("基础摸底表") && book.contains(LIST_TITLE), "{book}");
}

#[test]
fn the_template_is_empty_and_offers_its_lists() {
    let bytes = template().unwrap();
    let import = read(&bytes, &Bounds::default(), divisions).unwrap();
    assert_eq!((import.rows.len(), import.table.findings.list().len()), (0, 0));
    assert_eq!(import.table.layout.unknown(), []);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
    let mut sheet = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    let lists = FORM.columns.iter().filter(|column| column.list().is_some()).count();
    assert_eq!(sheet.matches("<dataValidation ").count(), lists);
    assert!(sheet.contains("\"是,否\"") && sheet.contains("名称调整,"), "drop-downs");
    let choices = FORM.columns.iter().filter(|column| matches!(column.kind, Kind::Choice(_)));
    assert_eq!(choices.count(), 2 + 4, "of the unit form two, of the survey four");
}

fn made(seed: u64, kinds: &[usize], flags: (u8, u8)) -> SurveyRow {
    let mut unit = sample::unit(seed, &DivisionCode::parse("990122").unwrap());
    // What the survey sheet has no columns for.
    (unit.parent_id, unit.supervisor_id) = (None, None);
    (unit.tier, unit.standing, unit.grade, unit.kind) = (None, None, None, None);
    (unit.political_legal_slots, unit.institution_slots) = (None, None);
    (unit.logistics_slots, unit.leading_group_seats) = (None, None);
    let flag = |nr: u8| [None, Some(false), Some(true)][usize::from(nr % 3)];
    let clear = |nr: u8| Clear {
        clear: flag(nr),
        evidence: (0..nr % 3).map(|nr| format!("示例佐证{nr}")).collect(),
    };
    let mut changes: Vec<ReferenceChange> = Vec::new();
    for kind in kinds.iter().map(|nr| ReferenceChange::ALL[nr % ReferenceChange::ALL.len()]) {
        if !changes.contains(&kind) {
            changes.push(kind);
        }
    }
    SurveyRow {
        before: Before {
            name: Some(format!("示例{seed}旧站")),
            affiliation: (flags.0 > 3).then(|| "旧隶属".to_owned()),
            supervisor: None,
            functions: Some("示例职能".to_owned()),
            referenced_slots: unit.referenced_slots,
        },
        functions: Some("示例职能二".to_owned()),
        affected: flag(flags.1),
        change_documents: (1..=kinds.len())
            .map(|nr| DocumentNumber::parse(&format!("样编〔2025〕{nr}号")).unwrap())
            .collect(),
        changes,
        changed_on: (seed % 2 == 0).then(|| date(2025, 3, 1)),
        staff: clear(flags.0),
        documents: clear(flags.1),
        functions_set: clear(flags.0.wrapping_add(flags.1)),
        unit,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn surveys_come_back(
        rows in prop::collection::vec((0_u64..4, prop::collection::vec(0_usize..14, 0..4), any::<(u8, u8)>()), 1..6)
    ) {
        let rows: Vec<SurveyRow> = rows
            .iter()
            .zip(0_u64..)
            .map(|((seed, kinds, flags), nr)| made(seed + 10 * nr, kinds, *flags))
            .collect();
        let values: Vec<_> = rows.iter().map(SurveyRow::values).collect();
        let slices = || values.iter().map(Vec::as_slice);
        let files = [
            xlsx(&FORM, slices()).unwrap(),
            csv(&FORM, Encoding::Utf8, slices()).unwrap(),
            csv(&FORM, Encoding::Gb18030, slices()).unwrap(),
        ];
        for bytes in files {
            let read = read(&bytes, &Bounds::default(), |_| None).unwrap();
            prop_assert_eq!(read.table.findings.errors(), 0);
            let found: Vec<SurveyRow> = read.rows.into_iter().map(|row| row.row).collect();
            prop_assert_eq!(&found, &rows);
        }
    }
}

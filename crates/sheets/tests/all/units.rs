//! The unit form.

use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::DivisionCode;
use quanheng_sheets::units::{FORM, PlaceNames, UnitLevel, UnitNature, read};
use quanheng_sheets::{Bounds, Import, Severity, units::UnitRow};

fn divisions(place: &PlaceNames) -> Option<DivisionCode> {
    let code =
        match (place.province.as_deref(), place.prefecture.as_deref(), place.county.as_deref()) {
            (Some("示例省"), None, None) => "990000",
            (Some("示例省"), Some("虚构市"), None) => "990100",
            (Some("示例省"), Some("虚构市"), Some("样例县")) => "990122",
            _ => return None,
        };
    DivisionCode::parse(code).ok()
}

fn units(text: &str) -> Import<UnitRow> {
    read(text.as_bytes(), &Bounds::default(), divisions).unwrap()
}

fn findings(import: &Import<UnitRow>) -> Vec<(u32, &str, &str)> {
    import.table.findings.list().iter().map(|f| (f.row, f.key, f.code)).collect()
}

#[test]
fn the_form_has_its_27_columns_and_ours() {
    let ours = FORM.columns.iter().filter(|column| column.ours).count();
    assert_eq!((FORM.columns.len(), ours), (39, 12));
    assert!(FORM.columns[..27].iter().all(|column| !column.ours));
}

#[test]
fn a_unit_is_read_with_its_types() {
    let import = units(
        "单位名称,所在省,所在市,所在县（区）,单位性质,单位级别,行政编制数,层级,层级类型,机构规格,机构类型,单位代码\n\
         示例县虚构局,示例省,虚构市,样例县,机关,正科级,35,县,一般,正乡科级,机关,u-1\n",
    );
    assert_eq!(findings(&import), []);
    let unit = &import.rows[0].row;
    assert_eq!(unit.nature, Some(UnitNature::Organ));
    assert_eq!(unit.level, Some(UnitLevel::Township));
    assert_eq!(unit.tier, Some(Tier::County));
    assert_eq!(unit.standing, Some(Standing::Ordinary));
    assert_eq!(unit.grade, Some(UnitGrade::Section));
    assert_eq!(unit.kind, Some(UnitKind::Organ));
    assert_eq!(unit.administrative_slots, Some(35));
    assert_eq!(unit.division, DivisionCode::parse("990122").ok(), "found by its names");
}

#[test]
fn national_codes_are_headers() {
    let import = units(
        "B0101,B0114,B0121,B0117,B0124,B0127,B0131,B0227,B0232,B0233,B0236,B0238,B0239,B0180\n\
         示例局,u-2,u-1,990122,示例隶属,正处级,行政机关,1,2,3,4,20120701,组通[2012]3号,备注\n",
    );
    assert_eq!((findings(&import), import.table.layout.warning()), (vec![], None));
    let unit = &import.rows[0].row;
    assert_eq!(unit.id.as_ref().unwrap().as_str(), "u-2");
    assert_eq!(unit.parent_id.as_ref().unwrap().as_str(), "u-1");
    assert_eq!(unit.grade, Some(UnitGrade::Division));
    let slots = (
        unit.administrative_slots,
        unit.referenced_slots,
        unit.institution_slots,
        unit.logistics_slots,
    );
    assert_eq!(slots, (Some(1), Some(2), Some(3), Some(4)));
    assert_eq!(unit.approval_number.as_ref().unwrap().to_string(), "组通〔2012〕3号");
    assert_eq!(unit.note.as_deref(), Some("备注"));
}

#[test]
fn what_does_not_agree_is_told() {
    let header = "单位名称,统一社会信用代码,单位性质,参照公务员法管理审批时间,参照公务员法管理审批文号,所在省,所在市,所在县,行政区划代码,单位代码\n";
    type Case = (&'static str, &'static [(&'static str, &'static str)], Severity);
    let cases: &[Case] = &[
        (
            "甲,,参公管理的事业单位,,,,,,,",
            &[
                ("approved_on", "REFERENCE_APPROVAL_MISSING"),
                ("approval_number", "REFERENCE_APPROVAL_MISSING"),
            ],
            Severity::Warning,
        ),
        (
            "甲,91350100M000100Y43,参公管理的群团组织,2012-7-1,组通〔2012〕1号,,,,,",
            &[("credit_code", "CREDIT_CODE_CATEGORY")],
            Severity::Warning,
        ),
        (
            "甲,,机关单位,,,示例省,虚构市,样例县,990121,",
            &[("division", "DIVISION_MISMATCH")],
            Severity::Error,
        ),
        ("甲,,机关单位,,,示例省,虚构市,样例县,990122,", &[], Severity::Error),
        ("甲,,机关单位,,,示例省,虚构市,样例县,990122001,", &[], Severity::Error),
        (
            "甲,,机关单位,,,示例省,虚构市,火星县,,",
            &[("county", "DIVISION_UNKNOWN")],
            Severity::Warning,
        ),
        ("甲,,机关单位,,,火星省,,,,", &[("province", "DIVISION_UNKNOWN")], Severity::Warning),
        ("甲,,机关单位,,,,,,,有 空格", &[("id", "UNIT_ID_FORMAT")], Severity::Error),
    ];
    for (line, expected, severity) in cases {
        let import = units(&format!("{header}{line}\n"));
        let found: Vec<_> = import.table.findings.list().iter().map(|f| (f.key, f.code)).collect();
        assert_eq!(found, *expected, "{line}");
        assert!(import.table.findings.list().iter().all(|f| f.severity == *severity), "{line}");
        let kept = expected.is_empty() || *severity == Severity::Warning;
        assert_eq!(import.rows.len(), usize::from(kept), "{line}");
    }
}

#[test]
fn twins_are_errors_on_all_their_rows() {
    let import = units(
        "单位名称,单位代码,统一社会信用代码\n甲,u-1,\n乙,u-2,91350100M000100Y43\n丙,u-1,91350100M000100Y43\n",
    );
    assert_eq!(
        findings(&import),
        [
            (2, "id", "UNIT_ID_DUPLICATE"),
            (3, "credit_code", "CREDIT_CODE_DUPLICATE"),
            (4, "id", "UNIT_ID_DUPLICATE"),
            (4, "credit_code", "CREDIT_CODE_DUPLICATE"),
        ]
    );
    assert!(import.rows.is_empty());
}

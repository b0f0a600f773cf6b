use quanheng_forms::appointment::{COPIES, TITLE, docx};

use crate::open::{paragraphs, part, spans};
use crate::world::{MADE, appointment};

#[test]
fn the_form_says_all_of_a_person() {
    let bytes = docx(&[appointment(0)], MADE).unwrap();
    let texts = paragraphs(&bytes);
    assert_eq!(texts.first().unwrap(), TITLE);
    assert_eq!(texts.last().unwrap(), COPIES);
    // Each label, and what stands in the cell after it.
    let pairs = [
        ("姓  名", "甄示甲甲"),
        ("性别", "女"),
        ("出生日期\n（岁）", "1980.05\n（45岁）"),
        ("籍  贯", "虚构示例"),
        ("民族", "汉族"),
        ("政治面貌", "中共党员"),
        ("工作单位及\n职务职级", "样例县示例局办公室副主任、二级主任科员"),
        ("参加工作\n时间", "2003.07"),
        ("全日制\n教  育", "大学本科\n管理学学士"),
        ("毕业院校系\n及专业", "示例大学公共管理学院行政管理专业"),
        ("在  职\n教  育", ""),
        ("现职务层次\n和职级", "乡科级副职、二级主任科员"),
        ("任现职务\n职级时间", "2021.12"),
        ("现级\n别", "20级"),
        ("拟任职级", "一级主任科员"),
        ("拟免职级", "二级主任科员"),
        ("年度考核折算年限", "6个月"),
        ("备  注", ""),
    ];
    for (label, expected) in pairs {
        let at = texts.iter().position(|text| text == label).unwrap_or_else(|| panic!("{label}"));
        assert_eq!(texts[at + 1], expected, "{label}");
    }
    let heads = texts.iter().position(|text| text == "优  秀\n年度数").unwrap();
    assert_eq!(texts[heads + 1], "基本称职（不参加考核、\n不定等次）年度数");
    assert_eq!(texts[heads + 2], "不称职\n年度数");
    assert_eq!(texts[heads + 5..heads + 8], ["1", "0", "0"]);
    let first = texts.iter().position(|text| text.starts_with("1999.09—2003.07  示例大学"));
    let last = &texts[first.unwrap() + 3];
    assert_eq!(
        last,
        "2018.03—\u{3000}\u{3000}\u{3000}   样例县示例局办公室副主任（其间：2021.12晋升二级主任科员）"
    );
}

#[test]
fn every_row_fills_the_fifteen_columns() {
    let rows = spans(&docx(&[appointment(0)], MADE).unwrap());
    assert_eq!(rows.len(), 15);
    for (row, number) in rows.iter().zip(0..) {
        assert_eq!(row.iter().sum::<usize>(), 15, "row {number}: {row:?}");
    }
    let xml = part(&docx(&[appointment(0)], MADE).unwrap(), "word/document.xml");
    assert_eq!(xml.matches("w:vMerge w:val=\"restart\"").count(), 7);
    assert!(xml.contains("w:eastAsia=\"方正小标宋简体\"") && xml.contains("w:eastAsia=\"宋体\""));
}

#[test]
fn many_persons_are_many_forms_each_beginning_a_page() {
    let persons: Vec<_> = (0..3).map(appointment).collect();
    let bytes = docx(&persons, MADE).unwrap();
    let texts = paragraphs(&bytes);
    assert_eq!(texts.iter().filter(|text| *text == TITLE).count(), 3);
    assert_eq!(texts.iter().filter(|text| *text == COPIES).count(), 3);
    for person in &persons {
        assert!(texts.contains(&person.name));
    }
    let xml = part(&bytes, "word/document.xml");
    assert_eq!(xml.matches("<w:pageBreakBefore/>").count(), 2);
}

#[test]
fn credit_is_told_in_years_and_months() {
    let cases =
        [(0, "0"), (6, "6个月"), (12, "1年"), (18, "1年6个月"), (-6, "-6个月"), (-18, "-1年6个月")];
    for (months, expected) in cases {
        let mut person = appointment(0);
        person.assessments.credit_months = Some(months);
        let texts = paragraphs(&docx(&[person], MADE).unwrap());
        let at = texts.iter().position(|text| text == "年度考核折算年限").unwrap();
        assert_eq!(texts[at + 1], expected, "{months}");
    }
}

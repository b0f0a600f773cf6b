use quanheng_forms::roster::{Badge, RosterSet, TITLE, xlsx};

use crate::open::sheets;
use crate::world::{MADE, UNIT, roster};

#[test]
fn candidates_stand_with_what_is_in_their_way() {
    let sheets = sheets(&xlsx(&roster(3), MADE).unwrap());
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    assert_eq!(names, ["花名册", "职级职数"]);
    let sheet = &sheets[0];
    assert_eq!(sheet.at("A1"), TITLE);
    assert_eq!(sheet.at("A2"), format!("单位：{UNIT}    批次：第3批    截止日期：2026年3月2日"));
    let row: Vec<String> = ('A'..='M').map(|column| sheet.at(&format!("{column}5"))).collect();
    let expected = [
        "2",
        "甄示甲乙",
        "男",
        "1980.05",
        UNIT,
        "",
        "二级主任科员",
        "2021-12-01",
        "2022",
        "一级主任科员",
        "2024-06-01",
        "任职资格审核",
        "任职年限不足，还差3个月（TENURE_INSUFFICIENT）\n\
         处分影响期至2026年8月31日（IN_SANCTION_PERIOD）",
    ];
    assert_eq!(row, expected);
    assert_eq!(sheet.at("M4"), "");
}

#[test]
fn sets_stand_with_their_marks() {
    let sheets = sheets(&xlsx(&roster(1), MADE).unwrap());
    let rows: [[&str; 10]; 3] = [
        [UNIT, "一、二级主任科员", "41", "39", "2", "缺 2", "1", "0", "1", "1"],
        [UNIT, "三、四级主任科员", "40", "40", "0", "满", "1", "0", "-1", "1"],
        [UNIT, "三、四级调研员", "13", "15", "-2", "超 2", "1", "0", "-3", "-2"],
    ];
    for (expected, row) in rows.iter().zip(4..) {
        let found: Vec<String> =
            ('A'..='J').map(|column| sheets[1].at(&format!("{column}{row}"))).collect();
        assert_eq!(found, *expected);
    }
}

#[test]
fn marks_and_figures_of_a_set() {
    let set = |usable, charged, held, reserved, intended| RosterSet {
        usable,
        charged,
        held,
        reserved,
        intended,
        ..RosterSet::default()
    };
    let cases = [
        (set(41, 39, 1, 0, 1), "缺 2", (2, 1, 1)),
        (set(40, 40, 0, 0, 0), "满", (0, 0, 0)),
        (set(13, 15, 0, 1, 0), "超 2", (-2, -3, -2)),
        (set(0, 0, 0, 0, 0), "满", (0, 0, 0)),
        (set(10, 7, 1, 1, -1), "缺 3", (3, 1, 4)),
    ];
    for (set, badge, figures) in cases {
        assert_eq!(Badge::of(set.usable, set.charged).to_string(), badge);
        assert_eq!((set.vacancy(), set.available(), set.after()), figures);
    }
}

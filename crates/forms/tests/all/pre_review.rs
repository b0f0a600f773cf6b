use quanheng_forms::pre_review::{Ladder, PreReview, RankCount, TITLE, xlsx};

use crate::open::sheet;
use crate::world::{MADE, UNIT, pre_review};

#[test]
fn the_form_has_four_blocks_of_the_same_ten_columns() {
    let sheet = sheet(&xlsx(&pre_review(), MADE).unwrap());
    assert_eq!(sheet.name, "职级职数使用审批表");
    assert_eq!(sheet.at("A1"), TITLE);
    let head = ["A2", "B2", "E2", "F2", "H2", "I2", "J2", "K2"].map(|cell| sheet.at(cell));
    let expected =
        ["单位名称", UNIT, "机构性质", "行政机关", "机构规格", "正科级", "行政编制数", "137"];
    assert_eq!(head, expected);
    let columns = [
        "小计",
        "一级调研员",
        "二级调研员",
        "三级调研员",
        "四级调研员",
        "小计",
        "一级主任科员",
        "二级主任科员",
        "三级主任科员",
        "四级主任科员",
    ];
    let blocks =
        ["职级职数\n设置情况", "职级职数\n使用情况", "职级职数\n空缺情况", "拟使用\n职级职数"];
    for (block, row) in blocks.iter().zip([3, 5, 7, 9]) {
        assert_eq!(sheet.at(&format!("A{row}")), *block);
        assert!(sheet.merged(&format!("A{row}:A{}", row + 1)), "{block}");
        for (name, column) in columns.iter().zip('B'..='K') {
            assert_eq!(sheet.at(&format!("{column}{row}")), *name);
        }
    }
}

#[test]
fn figures_stand_under_their_ranks_and_joined_ones_in_one_cell() {
    let sheet = sheet(&xlsx(&pre_review(), MADE).unwrap());
    let rows: [(u32, [&str; 10]); 4] = [
        (4, ["15", "", "2", "13", "", "82", "41", "", "41", ""]),
        (6, ["11", "", "", "3", "8", "82", "20", "19", "22", "21"]),
        (8, ["2", "", "", "0", "2", "0", "2", "", "-2", ""]),
        (10, ["1", "", "", "0", "1", "1", "1", "0", "0", "0"]),
    ];
    for (row, figures) in rows {
        for (figure, column) in figures.iter().zip('B'..='K') {
            let cell = format!("{column}{row}");
            assert_eq!(sheet.at(&cell), *figure, "{cell}");
        }
    }
    for joined in ["E4:F4", "H4:I4", "J4:K4", "H8:I8", "J8:K8"] {
        assert!(sheet.merged(joined), "{joined}");
    }
}

#[test]
fn two_opinions_with_their_days_and_two_copies() {
    let sheet = sheet(&xlsx(&pre_review(), MADE).unwrap());
    assert_eq!(sheet.at("A11"), "申报单位\n党委（党组）\n意见");
    assert_eq!(sheet.at("G11"), "公务员\n主管部门\n意见");
    assert_eq!(sheet.at("B11"), "经局党组会议研究，同意申报使用职级职数2个，请予审批。");
    assert!(sheet.at("B12").contains("2026年3月2日"));
    assert!(sheet.at("H12").contains("年    月    日"));
    assert_eq!(sheet.at("A13"), "此表一式两份");
    for area in ["A1:K1", "B2:D2", "F2:G2", "A11:A12", "B11:F11", "B12:F12", "G11:G12", "H11:K11"] {
        assert!(sheet.merged(area), "{area}");
    }
}

#[test]
fn it_prints_on_a4_across() {
    let xml = sheet(&xlsx(&pre_review(), MADE).unwrap()).xml;
    assert!(xml.contains("paperSize=\"9\"") && xml.contains("orientation=\"landscape\""), "{xml}");
    assert!(xml.contains("<pageSetUpPr fitToPage=\"1\"/>"), "{xml}");
}

#[test]
fn subtotals_are_sums_unless_a_rank_is_left_out() {
    use RankCount::{Blank, Count, JoinedWithNext};
    let ladder = |subtotal, ranks| Ladder { subtotal, ranks };
    let cases = [
        ("sum", ladder(None, [Count(1), Count(2), Count(3), Count(4)]), Ok(Some(10))),
        ("empty", Ladder::default(), Ok(None)),
        ("pairs", Ladder::pairs(41, 41), Ok(Some(82))),
        ("over", Ladder::of([1, -2, 0, 0]), Ok(Some(-1))),
        ("given", ladder(Some(10), [Count(1), Count(2), Count(3), Count(4)]), Ok(Some(10))),
        ("blank", ladder(Some(10), [Blank, Count(2), Count(3), Count(4)]), Ok(Some(10))),
        (
            "wrong",
            ladder(Some(9), [Count(1), Count(2), Count(3), Count(4)]),
            Err("SUBTOTAL_MISMATCH"),
        ),
        ("huge", Ladder::of([i32::MAX; 4]), Err("COUNT_MAX")),
    ];
    for (case, ladder, expected) in cases {
        assert_eq!(ladder.total("小计").map_err(|error| error.code()), expected, "{case}");
    }
    let mut form: PreReview = pre_review();
    form.used.clerks.ranks[3] = JoinedWithNext;
    assert_eq!(xlsx(&form, MADE).unwrap_err().code(), "NOTHING_TO_JOIN");
}

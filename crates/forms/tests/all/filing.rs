use proptest::prelude::*;
use quanheng_forms::filing::{
    Concurrent, Filing, FilingCounts, Holders, Leaders, PersonColumn, Promoted, Removed, Turned,
    adjusted, xlsx,
};

use crate::open::sheet;
use crate::world::{MADE, UNIT, counts, filing, identity};

/// What changes, and what comes of it: ranks, leaders, those without a seat.
type Case = (&'static str, FilingCounts, Result<([u32; 4], [u32; 3], [u32; 2]), &'static str>);

fn present() -> FilingCounts {
    FilingCounts {
        present: Holders { ranks: [20, 19, 17, 16], exempt_upper: 2, exempt_lower: 1 },
        leaders_present: Some(Leaders { chief: 6, deputy: 8, listed: 1 }),
        ..FilingCounts::default()
    }
}

fn cases() -> Vec<Case> {
    let with = |change: fn(&mut FilingCounts)| {
        let mut counts = present();
        change(&mut counts);
        counts
    };
    let (ranks, leaders, exempt) = ([20, 19, 17, 16], [6, 8, 1], [2, 1]);
    vec![
        ("nothing changes", with(|_| ()), Ok((ranks, leaders, exempt))),
        (
            "each rank gains who is promoted to it",
            with(|c| c.promoted.ranks = [1, 2, 3, 4]),
            Ok(([21, 21, 20, 20], leaders, exempt)),
        ),
        (
            "the first three gain leaders who take a rank beside their post",
            with(|c| {
                c.promoted.concurrent =
                    Concurrent { chief_first: 1, deputy_second: 2, deputy_third: 3 };
            }),
            Ok(([21, 21, 20, 16], leaders, exempt)),
        ),
        (
            "each rank loses who leaves it",
            with(|c| c.removed.ranks = [1, 2, 3, 4]),
            Ok(([19, 17, 14, 12], leaders, exempt)),
        ),
        (
            "second to first",
            with(|c| {
                c.promoted.ranks = [1, 0, 0, 0];
                c.removed.ranks = [0, 1, 0, 0];
            }),
            Ok(([21, 18, 17, 16], leaders, exempt)),
        ),
        (
            "leaders who turn to a rank are counted once, among those who take it",
            with(|c| {
                c.turned = Turned { chief_to_second: 1, deputy_to_fourth: 1 };
                c.promoted.ranks = [0, 1, 0, 1];
                c.removed.leaders = Leaders { chief: 1, deputy: 1, listed: 0 };
            }),
            Ok(([20, 20, 17, 17], [5, 7, 1], exempt)),
        ),
        (
            "posts gain and lose on their own",
            with(|c| {
                c.promoted.leaders = Leaders { chief: 2, deputy: 1, listed: 1 };
                c.removed.leaders = Leaders { chief: 0, deputy: 2, listed: 2 };
            }),
            Ok((ranks, [8, 7, 0], exempt)),
        ),
        (
            "one who rises takes a seat from then on",
            with(|c| c.removed.exempt_upper = 2),
            Ok((ranks, leaders, [0, 1])),
        ),
        (
            "down to none",
            with(|c| c.removed.ranks = [20, 19, 17, 16]),
            Ok(([0; 4], leaders, exempt)),
        ),
        ("more leave than are there", with(|c| c.removed.ranks[3] = 17), Err("COUNT_NEGATIVE")),
        ("more leaders leave", with(|c| c.removed.leaders.listed = 2), Err("COUNT_NEGATIVE")),
        ("more end being exempt", with(|c| c.removed.exempt_lower = 2), Err("COUNT_NEGATIVE")),
        ("too many", with(|c| c.promoted.ranks[0] = u32::MAX), Err("COUNT_MAX")),
    ]
}

#[test]
fn figures_become_what_the_form_says() {
    for (case, counts, expected) in cases() {
        let found = adjusted(&counts).map(|after| {
            let leaders = after.leaders.unwrap();
            let leaders = [leaders.chief, leaders.deputy, leaders.listed];
            let exempt = [after.holders.exempt_upper, after.holders.exempt_lower];
            (after.holders.ranks, leaders, exempt)
        });
        assert_eq!(found.map_err(|error| error.code()), expected, "{case}");
    }
}

proptest! {
    #[test]
    fn nobody_is_lost_or_made_up(
        present in prop::array::uniform4(0_u32..1_000),
        promoted in prop::array::uniform4(0_u32..1_000),
        concurrent in prop::array::uniform3(0_u32..1_000),
        removed in prop::array::uniform4(0_u32..1_000),
    ) {
        let [chief_first, deputy_second, deputy_third] = concurrent;
        let counts = FilingCounts {
            present: Holders { ranks: present, ..Holders::default() },
            promoted: Promoted {
                ranks: promoted,
                concurrent: Concurrent { chief_first, deputy_second, deputy_third },
                ..Promoted::default()
            },
            removed: Removed { ranks: removed, ..Removed::default() },
            ..FilingCounts::default()
        };
        let sum = |numbers: &[u32]| numbers.iter().copied().map(i64::from).sum::<i64>();
        match adjusted(&counts) {
            Ok(after) => {
                let all = sum(&[after.holders.upper(), after.holders.lower()]);
                let expected =
                    sum(&present) + sum(&promoted) + sum(&concurrent) - sum(&removed);
                prop_assert_eq!(all, expected);
            }
            Err(error) => {
                prop_assert_eq!(error.code(), "COUNT_NEGATIVE");
                let short = |rank: usize| present[rank] + promoted[rank] < removed[rank];
                prop_assert!((0..4).any(short));
            }
        }
    }
}

#[test]
fn thirty_nine_figures_stand_in_forty_one_columns() {
    let sheet = sheet(&xlsx(&filing(3), MADE).unwrap());
    assert_eq!(sheet.at("A1"), quanheng_forms::filing::TITLE);
    assert_eq!(sheet.at("E3"), UNIT);
    assert_eq!(sheet.cells.width(), 41);
    let row: Vec<String> = (0..41)
        .filter_map(|column| sheet.cells.get_value((7, column)))
        .map(ToString::to_string)
        .collect();
    let figures: Vec<&str> =
        row.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    let expected = [
        "137", "6", "9", "6", "8", "1", "41", "40", // seats, leaders, approved
        "39", "20", "19", "2", "33", "17", "16", "1", // present
        "0", "1", "0", "2", "3", "1", "0", "1", "1", "1", // promoted, concurrent
        "1", "0", // turned
        "5", "9", "1", // leaders adjusted
        "44", "23", "21", "1", "32", "17", "15", "1", // ranks adjusted
    ];
    assert_eq!(figures, expected);
    for area in ["A1:AO2", "A4:A7", "B4:C5", "D4:F5", "G4:J5", "G6:H7", "G8:H8", "K4:R4", "K5:N5"] {
        assert!(sheet.merged(area), "{area}");
    }
    for area in ["S4:AB4", "S5:U5", "V5:Y5", "Z5:AB5", "AC4:AD5", "AE4:AO4", "AH5:AK5", "AL5:AO5"] {
        assert!(sheet.merged(area), "{area}");
    }
    let leaves = [
        ("B6", "正科"),
        ("F6", "实名制管理干部"),
        ("G6", "一、二级主任科员"),
        ("I6", "三、四级主任科员"),
        ("K6", "小计"),
        ("N6", "首次套转不占职数军转干部数"),
        ("V6", "一级主任科员"),
        ("Z6", "正科兼任一级主任科员"),
        ("AD6", "副科改任四级主任科员"),
        ("AO6", "首次套转不占职数军转干部数"),
    ];
    for (cell, label) in leaves {
        assert_eq!(sheet.at(cell), label, "{cell}");
    }
}

#[test]
fn what_is_not_known_is_left_for_the_pen() {
    let mut form = filing(1);
    form.counts.leaders_determined = None;
    form.counts.leaders_present = None;
    form.counts.determined = None;
    form.persons[0].work_started = None;
    let sheet = sheet(&xlsx(&form, MADE).unwrap());
    // Seats, leaders, approved ranks; and what the leaders become.
    for cell in ["B8", "C8", "D8", "E8", "F8", "G8", "I8", "AE8", "AF8", "AG8", "K12"] {
        assert_eq!(sheet.at(cell), "", "{cell}");
    }
    assert_eq!(
        (sheet.at("A8"), sheet.at("K8"), sheet.at("AH8")),
        ("137".into(), "39".into(), "44".into())
    );
}

#[test]
fn persons_stand_below_under_eighteen_headers() {
    let sheet = sheet(&xlsx(&filing(6), MADE).unwrap());
    let places = [
        "A", "C", "E", "G", "I", "K", "M", "O", "R", "U", "X", "Z", "AB", "AD", "AF", "AH", "AJ",
        "AM",
    ];
    let row = |row: u32| places.map(|column| sheet.at(&format!("{column}{row}")));
    let expected = [
        "1",
        "甄示甲甲",
        "女",
        "大学本科",
        "1980.01",
        "2003.07",
        "示例甲科",
        "副科长",
        "2018-03-01",
        "二级主任科员",
        "2021-12-01",
        "示例甲科",
        "",
        "一级主任科员",
        "",
        "二级主任科员",
        "2022;2024;",
        "军转干部",
    ];
    assert_eq!(row(12), expected);
    assert_eq!(sheet.at("A17"), "6");
    assert!(sheet.merged("A12:B12") && sheet.merged("O12:Q12") && sheet.merged("AM17:AO17"));
    let headers = [
        ("A9", "序号"),
        ("I9", "出生年月"),
        ("M9", "现任职务职级"),
        ("X10", "同级职级任职时间"),
        ("Z9", "拟任职务职级"),
        ("AF9", "拟免职务职级"),
    ];
    for (cell, label) in headers {
        assert_eq!(sheet.at(cell), label, "{cell}");
    }
    assert!(sheet.xml.contains("orientation=\"landscape\""));
    assert_eq!(sheet.at("A18"), "说明：一级主任科员含兼任1人。");
    assert_eq!(
        sheet.at("A19"),
        "呈报单位意见：经2月27日党组（党委）会议研究决定，甄示甲甲等6名同志职级晋升符合规定的\
         资格条件，同意晋升。"
    );
    assert_eq!(sheet.at("U19"), "公务员主管部门审核备案意见：");
    assert_eq!(sheet.at("A22"), "填表人：虚构样本");
    assert_eq!(sheet.at("U22"), "联系电话：000-00000000");
    assert_eq!(sheet.at("AH22"), "填表时间：2026年3月2日");
}

#[test]
fn headers_of_the_list_are_repeated() {
    let bytes = xlsx(&filing(2), MADE).unwrap();
    let book = crate::open::part(&bytes, "xl/workbook.xml");
    assert!(book.contains("_xlnm.Print_Titles") && book.contains("$9:$11"), "{book}");
}

#[test]
fn identity_numbers_stand_only_where_they_are_asked_for_and_as_text() {
    let form = filing(1);
    let number = identity(0).reveal().to_owned();
    let plain = xlsx(&form, MADE).unwrap();
    assert!(sheet(&plain).find(&number).is_empty());
    assert!(!crate::open::part(&plain, "xl/sharedStrings.xml").contains(&number));
    let asked = Filing { person_column: PersonColumn::IdentityNumber, ..form.clone() };
    let opened = sheet(&xlsx(&asked, MADE).unwrap());
    assert_eq!(opened.at("I9"), "身份证号");
    assert_eq!(opened.at("I12"), number);
    assert!(opened.is_text("I12"));
    let mut missing = asked;
    missing.persons[0].identity = None;
    assert_eq!(xlsx(&missing, MADE).unwrap_err().code(), "FIELD_MISSING");
}

#[test]
fn a_form_whose_sums_do_not_work_is_refused() {
    let mut form = filing(1);
    form.counts = FilingCounts {
        removed: Removed { ranks: [0, 0, 0, 99], ..Removed::default() },
        ..counts()
    };
    assert_eq!(xlsx(&form, MADE).unwrap_err().code(), "COUNT_NEGATIVE");
}

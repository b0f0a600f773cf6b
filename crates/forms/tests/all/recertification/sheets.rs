//! Ledgers and tables: their cells.

use quanheng_forms::recertification::cases::{Outcomes, average};
use quanheng_forms::recertification::decrease::{Counts, ScopeRow};
use quanheng_forms::recertification::{cases, changes, decrease, filing, ledger, transition};

use super::world::{self, CENTRE};
use crate::open::{Opened, sheet, sheets};
use crate::world::MADE;

fn letters(column: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at).unwrap());
    match column / 26 {
        0 => letter(column).to_string(),
        first => format!("{}{}", letter(first - 1), letter(column % 26)),
    }
}

fn row(sheet: &Opened, row: u32, from: usize, columns: usize) -> Vec<String> {
    (from..from + columns).map(|column| sheet.at(&format!("{}{row}", letters(column)))).collect()
}

#[test]
fn a_filing_list_has_the_unit_form_the_basis_and_the_approval() {
    let sheet = sheet(&filing::xlsx(&world::filing(3), MADE).unwrap());
    assert_eq!(sheet.at("A1"), filing::TITLE);
    assert_eq!(sheet.at("A2"), "填报单位：示例省委组织部    填报日期：2026年3月2日");
    let heads = row(&sheet, 3, 0, 32);
    assert_eq!(heads[..4], ["序号", "单位名称", "统一社会信用代码", "主管单位"]);
    assert_eq!(heads[27..], ["备注", "法律、法规授权依据", "审批机关", "审批时间", "审批文号"]);
    assert_eq!(row(&sheet, 4, 0, 3), ["1", CENTRE, "129900000000000000"]);
    assert!(sheet.is_text("C4"), "long numbers are text");
    assert_eq!(row(&sheet, 5, 11, 6), ["", "", "40", "38", "2012-07-01", "样组通〔2012〕3号"]);
    assert_eq!(row(&sheet, 6, 29, 3), ["示例省委组织部", "2026-02-20", "示组审〔2026〕6号"]);
}

#[test]
fn scopes_stand_with_what_is_left_of_them() {
    let sheet = sheet(&decrease::xlsx(&world::decrease(), MADE).unwrap());
    assert_eq!(
        sheet.at("A2"),
        "批次：第2批    改革前基准日：2024年1月1日    截止日期：2026年3月2日"
    );
    for area in ["D3:E3", "F3:G3", "H3:I3", "J3:K3", "L3:M3", "A3:A4", "N3:N4"] {
        assert!(sheet.merged(area), "{area}");
    }
    let rows = [
        [
            "1",
            "全省",
            "示例省",
            "500",
            "12000",
            "480",
            "11950",
            "12",
            "60",
            "492",
            "12010",
            "8",
            "-10",
            "超出",
        ],
        [
            "2",
            "市",
            "虚构市",
            "60",
            "900",
            "50",
            "850",
            "-2",
            "-50",
            "48",
            "800",
            "12",
            "100",
            "符合",
        ],
        ["3", "县", "样例县", "6", "90", "6", "95", "0", "-2", "6", "93", "0", "-3", "提醒"],
        ["4", "主管部门", "样例县示例局", "", "", "3", "60", "0", "0", "3", "60", "", "", ""],
    ];
    for (expected, number) in rows.iter().zip(5..) {
        assert_eq!(row(&sheet, number, 0, 14), *expected);
    }
    assert!(sheet.at("A9").contains("余量=改革前−本批后"));
}

#[test]
fn room_and_batch_are_differences() {
    let counts = |units, slots| Counts { units, slots };
    type Case = (Option<Counts>, Counts, Counts, (i64, i64), Option<(i64, i64)>);
    let cases: [Case; 3] = [
        // What merges gives room.
        (Some(counts(3, 45)), counts(3, 45), counts(1, 40), (-2, -5), Some((2, 5))),
        (
            Some(counts(500, 12_000)),
            counts(480, 11_950),
            counts(492, 12_000),
            (12, 50),
            Some((8, 0)),
        ),
        (None, counts(0, 0), counts(u32::MAX, 1), (i64::from(u32::MAX), 1), None),
    ];
    for (before, committed, after, batch, room) in cases {
        let row = ScopeRow { before, committed, after, ..ScopeRow::default() };
        assert_eq!((row.batch(), row.room()), (batch, room));
    }
}

#[test]
fn units_stand_before_and_after_with_their_documents() {
    let sheets = sheets(&changes::xlsx(&world::changes(2), MADE).unwrap());
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    assert_eq!(names, ["机构编制前后对照表", "职能对照表"]);
    let fields = &sheets[0];
    assert!(fields.merged("B5:B8") && fields.merged("B9:B12"));
    assert_eq!(
        row(fields, 5, 0, 9),
        [
            "1",
            CENTRE,
            "样例县示例局",
            "机构名称",
            "样例县示例事务1站、2站",
            CENTRE,
            "有变化",
            "样编〔2025〕3号",
            "2025-03-01"
        ]
    );
    assert_eq!(
        row(fields, 6, 3, 5),
        ["隶属关系", "县政府部门所属", "县政府部门所属", "无变化", ""]
    );
    assert_eq!(row(fields, 8, 3, 4), ["实有人数", "", "38", ""], "one side is not known");
    let functions = &sheets[1];
    assert_eq!(row(functions, 6, 3, 4), ["示例设施养护", "", "样例县虚构公司", ""]);
    let mut without = world::changes(1);
    without.units[0].functions.clear();
    let bytes = changes::xlsx(&without, MADE).unwrap();
    assert_eq!(crate::open::sheets(&bytes).len(), 1);
}

#[test]
fn the_ledger_has_every_unit_and_its_history() {
    let mut facts = world::ledger(3);
    facts.units[2].changes.clear();
    let sheets = sheets(&ledger::xlsx(&facts, MADE).unwrap());
    let units = &sheets[0];
    assert_eq!(units.at("A2"), "台账单位：中共样例县委组织部    截止日期：2026年3月2日");
    assert_eq!(row(units, 3, 28, 5), ["参照管理状态", "是否涉改", "办理路径", "审批", "中央备案"]);
    let expected = [
        "参照管理",
        "是",
        "重新认定",
        "示例省委组织部\n2026-02-20\n示组审〔2026〕6号",
        "2026-03-02",
    ];
    assert_eq!(row(units, 4, 28, 5), expected);
    let history = &sheets[1];
    assert_eq!(history.name, "沿革");
    assert!(history.merged("C4:C5"));
    assert_eq!(
        row(history, 4, 2, 6),
        [
            "样例县示例事务1站（合并，2025年3月1日）\n样例县示例事务2站（合并）",
            "",
            "2019-05-06",
            "名称调整",
            "由样例县示例所更名为样例县示例事务1站",
            "样编〔2025〕3号",
        ]
    );
    // A unit without changes has its row all the same.
    assert_eq!(row(history, 8, 0, 2), ["3", "样例县示例事务2站"]);
}

#[test]
fn cases_stand_with_rounds_documents_and_opinions() {
    let sheets = sheets(&cases::xlsx(&world::cases(2), MADE).unwrap());
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    assert_eq!(names, ["审核台账", "沟通反馈", "查阅文件"]);
    let expected = [
        "CR-2026-000",
        CENTRE,
        "样例县示例局",
        "重新认定",
        "2026-01-05",
        "予以认定",
        "2",
        "2",
        "组织部门：同意\n机构编制部门：同意，职能清晰\n财政部门：",
        "建议予以认定",
        "示例省委组织部\n2026-02-20\n示组审〔2026〕6号",
        "予以认定",
    ];
    assert_eq!(row(&sheets[0], 4, 1, 12), expected);
    assert_eq!(row(&sheets[1], 5, 3, 5), ["2", "", "说明工勤人员去向", "", ""]);
    assert_eq!(
        row(&sheets[2], 4, 3, 4),
        ["关于组建样例县示例事务中心的批复", "样编〔2025〕3号", "2026-01-20", "编制40名，职能两项"]
    );
}

#[test]
fn statistics_count_and_average() {
    let sheets = sheets(&world::statistics().xlsx(MADE).unwrap());
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    assert_eq!(names, ["按地区统计", "按主管部门统计"]);
    assert_eq!(
        row(&sheets[0], 7, 1, 13),
        ["县", "样例县", "50", "20", "3", "1", "1", "0", "1", "3", "7", "2.3", "40"]
    );
    assert_eq!(row(&sheets[1], 6, 5, 9), ["0", "0", "0", "0", "0", "0", "0", "", "0"]);
    let averages = [((0, 3), "0.0"), ((7, 3), "2.3"), ((5, 3), "1.7"), ((1, 20), "0.1")];
    for ((sum, over), shown) in averages {
        assert_eq!(average(sum, over).unwrap().to_string(), shown);
    }
    assert_eq!(average(3, 0), None);
    let many = Outcomes { approved: u32::MAX, filed: u32::MAX, ..Outcomes::default() };
    assert_eq!(many.decided(), 2 * u64::from(u32::MAX));
}

#[test]
fn persons_of_a_plan_stand_with_what_is_open() {
    let sheet = sheet(&transition::xlsx(&world::transition(3), MADE).unwrap());
    assert_eq!(
        sheet.at("A2"),
        "单位：样例县示例事务中心    过渡期政策文号：样组通〔2026〕5号    \
         过渡期：2026年1月1日至    年  月  日"
    );
    let expected = [
        "1",
        "甄示甲甲",
        "副站长",
        "二级主任科员",
        "2021-12-01",
        "转为事业单位工作人员",
        "",
        "2026-02-01",
        "是",
        "否",
        "2026-02-25",
        "",
    ];
    assert_eq!(row(&sheet, 5, 0, 12), expected);
    assert_eq!(row(&sheet, 6, 8, 4), ["", "否", "", ""]);
    assert_eq!(sheet.at("A8"), "合计3人，已办结2人，未办结1人。");
}

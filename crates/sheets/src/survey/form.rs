//! The columns of the survey sheet (基础摸底表).

use crate::form::{Column, Form, Kind};
use crate::units;

const YES_NO: &[&str] = &["是", "否"];
const AFFECTED_WORDS: &[(&str, &str)] =
    &[("1", "是"), ("0", "否"), ("√", "是"), ("×", "否"), ("涉改", "是"), ("未涉改", "否")];
const CLEAR_WORDS: &[(&str, &str)] = &[
    ("1", "是"),
    ("0", "否"),
    ("√", "是"),
    ("×", "否"),
    ("清", "是"),
    ("已清", "是"),
    ("不清", "否"),
    ("未清", "否"),
];

/// What a cell proposes; several kinds stand side by side, as `名称调整、编制减少`.
const CHANGES: &[&str] = &[
    "名称调整",
    "规格提升",
    "规格降低",
    "隶属关系调整",
    "编制增加",
    "编制减少",
    "职能调整",
    "多个参照管理单位合并",
    "与其他事业单位整合",
    "分设",
    "撤销",
    "划转为行政机关",
    "转企、转公益事业单位",
    "纳入参照管理",
];

const fn text(key: &'static str, header: &'static [&'static str]) -> Column {
    Column::new(key, header, Kind::Text).ours()
}

const fn clear(key: &'static str, header: &'static [&'static str]) -> Column {
    Column::new(key, header, Kind::Choice(YES_NO)).ours().synonyms(CLEAR_WORDS)
}

/// The columns of the survey itself, after those of the unit form: what was before the
/// reform, its documents, the three clears.
const OWN: &[Column] = &[
    text("before_name", &["改革前机构名称"]).width(30).aliases(&["改革前名称"]),
    text("before_affiliation", &["改革前隶属关系"]),
    text("before_supervisor", &["改革前主管单位"]).width(24).aliases(&["改革前主管部门"]),
    text("before_functions", &["改革前公共事务管理职能"]).width(36).aliases(&["改革前职能"]),
    Column::new("before_referenced_slots", &["改革前参照管理编制数"], Kind::Count)
        .ours()
        .width(12)
        .aliases(&["改革前编制数"]),
    text("functions", &["改革后公共事务管理职能"])
        .width(36)
        .aliases(&["改革后职能", "公共事务管理职能"]),
    Column::new("affected", &["是否涉改"], Kind::Choice(YES_NO))
        .ours()
        .synonyms(AFFECTED_WORDS)
        .aliases(&["涉改", "是否涉改单位"]),
    text("changes", &["改革变动情形"])
        .width(24)
        .suggestions(CHANGES)
        .aliases(&["变动情形", "变动种类"]),
    text("change_documents", &["改革变动文件文号"]).width(26).aliases(&[
        "变动文件",
        "改革变动文件",
        "变动文件文号",
    ]),
    Column::new("changed_on", &["改革变动时间"], Kind::Date).ours().aliases(&["变动时间"]),
    clear("staff_clear", &["人员底数清"]),
    text("staff_evidence", &["人员底数清佐证材料"]).width(24),
    clear("documents_clear", &["编制文件清"]),
    text("documents_evidence", &["编制文件清佐证材料"]).width(24),
    clear("functions_clear", &["单位职能设置清"]),
    text("functions_evidence", &["单位职能设置清佐证材料"]).width(24),
];

/// The customary 27 columns of the unit form and 单位代码, as they stand there.
pub(super) const CUSTOMARY: usize = 28;
/// Where the unit form has 行政区划代码.
pub(super) const DIVISION_AT: usize = 30;

static COLUMNS: [Column; CUSTOMARY + 1 + OWN.len()] = columns();

const fn columns() -> [Column; CUSTOMARY + 1 + OWN.len()] {
    let mut all = [units::COLUMNS[DIVISION_AT]; CUSTOMARY + 1 + OWN.len()];
    let mut at = 0;
    while at < CUSTOMARY {
        all[at] = units::COLUMNS[at];
        at += 1;
    }
    let mut own = 0;
    while own < OWN.len() {
        all[CUSTOMARY + 1 + own] = OWN[own];
        own += 1;
    }
    all
}

/// The survey sheet (基础摸底表): the 27 columns of 单位基本情况 as they are after the reform,
/// the codes of unit and division, and the survey's own.
pub static FORM: Form = Form { title: "基础摸底表", columns: &COLUMNS };

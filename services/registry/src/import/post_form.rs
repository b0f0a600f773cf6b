//! The form of posts (职位表).

use quanheng_policy::UnitId;
use quanheng_policy::codes::half_width;
use quanheng_register::id::PostId;
use quanheng_register::post::PostProfile;
use quanheng_sheets::persons::level_of;
use quanheng_sheets::{Column, Fault, Form, Kind, Problem, Row, Value};

use super::names::Names;

/// 领导职务层次 (3.1)
const LEVELS: &[&str] = &[
    "国家级正职",
    "国家级副职",
    "省部级正职",
    "省部级副职",
    "厅局级正职",
    "厅局级副职",
    "县处级正职",
    "县处级副职",
    "乡科级正职",
    "乡科级副职",
];

/// Their ids, as exports write them.
const LEVEL_IDS: &[(&str, &str)] = &[
    ("L01", "国家级正职"),
    ("L02", "国家级副职"),
    ("L11", "省部级正职"),
    ("L12", "省部级副职"),
    ("L21", "厅局级正职"),
    ("L22", "厅局级副职"),
    ("L31", "县处级正职"),
    ("L32", "县处级副职"),
    ("L41", "乡科级正职"),
    ("L42", "乡科级副职"),
];

/// Posts of units. Exports have further columns, which are passed over.
pub(crate) static FORM: Form = Form {
    title: "职位",
    columns: &[
        Column::new("unit_id", &["单位代码"], Kind::Text).required().width(20),
        Column::new("post_id", &["职位代码"], Kind::Text).width(20),
        Column::new("title", &["职位名称"], Kind::Text).required().width(24).aliases(&["职务名称"]),
        Column::new("level", &["领导职务层次"], Kind::Choice(LEVELS))
            .aliases(&["职务层次"])
            .synonyms(LEVEL_IDS),
        Column::new("category", &["职位类别"], Kind::Text).width(16).suggestions(&[
            "综合管理类",
            "专业技术类",
            "行政执法类",
        ]),
        Column::new("leading_group_member", &["是否领导班子成员"], Kind::Choice(&["是", "否"]))
            .synonyms(&[("√", "是"), ("有", "是"), ("无", "否")]),
        Column::new("authorised", &["职数"], Kind::Count).aliases(&[
            "核定职位数",
            "核定职数",
            "职位数",
        ]),
        Column::new("duties", &["职责"], Kind::Text).width(40).aliases(&["职位职责"]),
    ],
};

/// A post as the form has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PostRow {
    pub(crate) unit: UnitId,
    pub(crate) post: Option<PostId>,
    pub(crate) profile: PostProfile,
}

/// A post of a row's values; none if something is wrong with it.
pub(super) fn of_row(row: &Row, names: &Names) -> (Option<PostRow>, Vec<Problem>) {
    let mut problems = Vec::new();
    let text = |key: &str| match FORM.position(key).and_then(|at| row.values.get(at)) {
        Some(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    };
    let number = |key: &str| match FORM.position(key).and_then(|at| row.values.get(at)) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let mut id_fault = |key: &'static str| {
        let message = "代码应由 1 至 64 个字母、数字、下划线或连字符组成";
        problems.push(Fault::error("ID_FORMAT", message).at(key));
    };
    let unit = text("unit_id")
        .and_then(|id| UnitId::new(half_width(&id)).inspect_err(|_| id_fault("unit_id")).ok());
    let post = text("post_id")
        .map(|id| PostId::new(half_width(&id)).inspect_err(|_| id_fault("post_id")).ok());
    let category = text("category").map_or(Some("general_management".to_owned()), Some);
    let category = category.and_then(|name| {
        let known = names.category(&name);
        if known.is_none() {
            let message = "未找到该职位类别";
            problems.push(Fault::error("CATEGORY_UNKNOWN", message).at("category"));
        }
        known
    });
    let authorised = number("authorised").unwrap_or(1);
    if authorised == 0 {
        problems.push(Fault::error("AUTHORISED_ZERO", "职数应大于 0").at("authorised"));
    }
    let (Some(unit), Some(category), true) = (unit, category, problems.is_empty()) else {
        return (None, problems);
    };
    let profile = PostProfile {
        title: text("title").unwrap_or_default(),
        level: text("level").and_then(|name| level_of(&name)),
        category,
        leading_group_member: text("leading_group_member").is_some_and(|word| word == "是"),
        authorised,
        duties: text("duties").unwrap_or_default(),
    };
    (Some(PostRow { unit, post: post.flatten(), profile }), problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_of_the_form_is_one() {
        assert!(LEVELS.iter().all(|name| level_of(name).is_some()));
        let named = |(id, name): &(&str, &str)| level_of(name).is_some_and(|l| l.as_str() == *id);
        assert!(LEVEL_IDS.len() == LEVELS.len() && LEVEL_IDS.iter().all(named));
    }
}

//! Facts that several of the documents tell.

use jiff::civil::Date;

use crate::days::{iso, spoken};
use crate::grid::Value;

/// What a unit is, in the 27 columns of 单位基本情况 (8.5). What is not known stays empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitFacts {
    /// 单位名称
    pub name: String,
    /// 统一社会信用代码
    pub credit_code: Option<String>,
    /// 主管单位
    pub supervisor: Option<String>,
    /// 所在省
    pub province: Option<String>,
    /// 所在市
    pub prefecture: Option<String>,
    /// 所在县（区）
    pub county: Option<String>,
    /// 单位性质
    pub nature: Option<String>,
    /// 隶属关系
    pub affiliation: Option<String>,
    /// 所属序列
    pub sequence: Option<String>,
    /// 单位级别
    pub level: Option<String>,
    /// 行政编制数
    pub administrative_slots: Option<u32>,
    /// （行政）实有人数
    pub administrative_actual: Option<u32>,
    /// 参照公务员法管理事业单位编制数
    pub referenced_slots: Option<u32>,
    /// （参公）实有人数
    pub referenced_actual: Option<u32>,
    /// 参照公务员法管理审批时间
    pub approved_on: Option<Date>,
    /// 参照公务员法管理审批文号
    pub approval_number: Option<String>,
    /// 县处级正职、副职领导职数
    pub division_posts: (Option<u32>, Option<u32>),
    /// 乡科级正职、副职领导职数
    pub section_posts: (Option<u32>, Option<u32>),
    /// 一二级、三四级调研员职数
    pub researcher_seats: (Option<u32>, Option<u32>),
    /// 一二级、三四级主任科员职数
    pub clerk_seats: (Option<u32>, Option<u32>),
    /// 联系人
    pub contact: Option<String>,
    /// 联系电话
    pub phone: Option<String>,
    /// 备注
    pub remarks: Option<String>,
}

/// A column of the unit form: its label, its width on a sheet, what a unit has in it.
pub(super) struct Entry {
    pub(super) label: &'static str,
    pub(super) width: u32,
    pub(super) value: Value,
}

impl UnitFacts {
    /// The 27 columns in their order.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let entry = |label, width, value| Entry { label, width, value };
        let text = |label, width, text: &Option<String>| {
            entry(label, width, Value::maybe(text.as_deref()))
        };
        let count = |label, count| entry(label, 44, Value::count(count));
        vec![
            entry("单位名称", 118, Value::text(&self.name)),
            text("统一社会信用代码", 88, &self.credit_code),
            text("主管单位", 84, &self.supervisor),
            text("所在省", 48, &self.province),
            text("所在市", 48, &self.prefecture),
            text("所在县（区）", 48, &self.county),
            text("单位性质", 60, &self.nature),
            text("隶属关系", 60, &self.affiliation),
            text("所属序列", 44, &self.sequence),
            text("单位级别", 48, &self.level),
            count("行政编制数", self.administrative_slots),
            count("（行政）实有人数", self.administrative_actual),
            entry("参照公务员法管理事业单位编制数", 62, Value::count(self.referenced_slots)),
            count("（参公）实有人数", self.referenced_actual),
            entry("参照公务员法管理审批时间", 84, Value::Day(self.approved_on)),
            text("参照公务员法管理审批文号", 80, &self.approval_number),
            count("县处级正职领导职数", self.division_posts.0),
            count("县处级副职领导职数", self.division_posts.1),
            count("乡科级正职领导职数", self.section_posts.0),
            count("乡科级副职领导职数", self.section_posts.1),
            count("一二级调研员职数", self.researcher_seats.0),
            count("三四级调研员职数", self.researcher_seats.1),
            count("一二级主任科员职数", self.clerk_seats.0),
            count("三四级主任科员职数", self.clerk_seats.1),
            text("联系人", 52, &self.contact),
            text("联系电话", 76, &self.phone),
            text("备注", 70, &self.remarks),
        ]
    }
}

/// A basis of authority (授权依据).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Basis {
    /// 依据种类
    pub kind: String,
    /// 名称
    pub title: String,
    /// 文号、公布令号
    pub number: Option<String>,
    /// 条款
    pub article: String,
    /// 条文摘录
    pub excerpt: Option<String>,
    /// 制定机关
    pub issuer: String,
    /// 施行日期
    pub in_force_from: Option<Date>,
    /// The last day on which it is in force, if it was repealed (废止).
    pub in_force_to: Option<Date>,
    /// 授予的职能
    pub function: Option<String>,
}

impl Basis {
    /// `《示例条例》（示例令第1号）第五条`
    pub(super) fn cited(&self) -> String {
        let number = self.number.as_deref().map_or_else(String::new, |text| format!("（{text}）"));
        format!("{}{number}{}", in_marks(&self.title), self.article)
    }

    /// Who issued it, since when it is in force: `某机关制定，自2020年1月1日起施行`.
    pub(super) fn origin(&self) -> String {
        let since = self.in_force_from.map(|day| format!("自{}起施行", spoken(day)));
        let until = self.in_force_to.map(|day| format!("有效至{}", spoken(day)));
        let issuer = (!self.issuer.is_empty()).then(|| format!("{}制定", self.issuer));
        let kind = (!self.kind.is_empty()).then(|| self.kind.clone());
        [kind, issuer, since, until].into_iter().flatten().collect::<Vec<_>>().join("，")
    }

    /// In a few lines, as cells of forms have it.
    pub(super) fn lines(&self) -> String {
        let origin = self.origin();
        let origin = if origin.is_empty() { origin } else { format!("（{origin}）") };
        let excerpt = self.excerpt.as_deref().map_or_else(String::new, |text| format!("：{text}"));
        let function = self.function.as_deref();
        let function = function.map_or_else(String::new, |text| format!("\n授予职能：{text}"));
        format!("{}{origin}{excerpt}{function}", self.cited())
    }
}

/// A document that says which main duties a unit has (主要职责文件).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duty {
    /// 文号
    pub number: String,
    /// 确定机关
    pub issuer: String,
    /// 印发日期
    pub issued_on: Option<Date>,
    /// 主要职责
    pub duties: String,
}

impl Duty {
    /// `样编〔2025〕3号（样例县委编办，2025年3月1日印发）：承担……`
    pub(super) fn line(&self) -> String {
        let day = self.issued_on.map(|day| format!("{}印发", spoken(day)));
        let issuer = (!self.issuer.is_empty()).then(|| self.issuer.clone());
        let origin = [issuer, day].into_iter().flatten().collect::<Vec<_>>().join("，");
        let origin = if origin.is_empty() { origin } else { format!("（{origin}）") };
        format!("{}{origin}：{}", self.number, self.duties)
    }
}

/// Who decided, when, under which number (审批、备案).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// 审批机关
    pub authority: Option<String>,
    /// 日期
    pub on: Option<Date>,
    /// 文号
    pub number: Option<String>,
}

impl Decided {
    /// In the lines of a sheet's cell, whatever of it is known.
    pub(super) fn lines(&self) -> String {
        let parts = [self.authority.clone(), self.on.map(iso), self.number.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// The same in one line of a document.
    pub(super) fn spoken(&self) -> String {
        let parts = [self.authority.clone(), self.on.map(spoken), self.number.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("，")
    }
}

/// A title in its marks (书名号), once.
pub(super) fn in_marks(title: &str) -> String {
    if title.starts_with('《') { title.to_owned() } else { format!("《{title}》") }
}

/// Numbers of paragraphs: 一, 十, 二十一, ….
pub(super) fn han(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match (number / 10, number % 10) {
        (0, ones) => DIGITS[ones].to_owned(),
        (1, ones) => format!("十{}", DIGITS[ones]),
        (tens, ones) if tens < 10 => format!("{}十{}", DIGITS[tens], DIGITS[ones]),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{han, in_marks};

    #[test]
    fn paragraphs_are_numbered() {
        let numbers = [1, 9, 10, 11, 20, 21, 99, 100].map(han);
        assert_eq!(numbers, ["一", "九", "十", "十一", "二十", "二十一", "九十九", "100"]);
    }

    #[test]
    fn titles_have_their_marks_once() {
        assert_eq!(["示例条例", "《示例条例》"].map(in_marks), ["《示例条例》"; 2]);
    }
}

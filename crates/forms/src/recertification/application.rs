//! 参照公务员法管理申请: the request (请示) with which a unit applies, or the department above it.

use jiff::civil::Date;

use super::facts::{Basis, Duty, UnitFacts, han};
use crate::bounds::{FACTS_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::letter;
use crate::word::Document;

/// What the file calls itself.
pub const TITLE: &str = "参照公务员法管理申请";
const FIELD: &str = "申请内容";
/// Room to write what is not known.
const BLANK: &str = "________";

/// Referenced slots before and after the reform (机构编制).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slots {
    /// 改革前参照管理编制数
    pub before: Option<u32>,
    /// 改革后参照管理编制数
    pub after: Option<u32>,
    /// 编制文件
    pub documents: Vec<String>,
}

/// Who bears pay and benefits (工资福利来源).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pay {
    /// 来源: 财政负担
    pub source: Option<String>,
    /// The certificate of the finance department (财政部门证明).
    pub certificate: Option<String>,
}

/// The staff (现有人员).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staff {
    /// 实有人数
    pub present: Option<u32>,
    /// 其中参照管理登记人数
    pub registered: Option<u32>,
    /// 其中工勤人员
    pub logistics: Option<u32>,
    /// What else is to be said: 分流安置.
    pub remark: Option<String>,
}

/// A material that comes with the application (申报材料).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Material {
    /// 名称
    pub name: String,
    /// 份数
    pub copies: Option<u32>,
    /// 备注
    pub remark: Option<String>,
}

/// What the application says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// The title; left out, the usual one.
    pub title: Option<String>,
    /// 发文字号
    pub number: Option<String>,
    /// 主送机关
    pub addressee: Option<String>,
    /// Who applies (申报单位): the unit itself, or the department above it.
    pub applicant: String,
    /// 申请参照管理的单位
    pub unit: UnitFacts,
    /// 机构改革变动情况
    pub background: Option<String>,
    /// 授权依据
    pub bases: Vec<Basis>,
    /// 主要职责
    pub duties: Vec<Duty>,
    /// 机构编制
    pub slots: Slots,
    /// 工资福利来源
    pub pay: Pay,
    /// 现有人员
    pub staff: Staff,
    /// 申报材料
    pub materials: Vec<Material>,
    /// 成文日期
    pub dated: Option<Date>,
}

impl Application {
    /// The title that stands above it.
    #[must_use]
    pub fn heading(&self) -> String {
        let usual = || format!("关于{}申请参照公务员法管理的请示", self.unit.name);
        self.title.clone().unwrap_or_else(usual)
    }
}

/// The application as a document in the layout of GB/T 9704.
///
/// # Errors
/// [`FormError`]: `FIELD_MISSING` without applicant or unit, `FACTS_MAX`.
pub fn docx(application: &Application, made_on: Date) -> Result<Vec<u8>, FormError> {
    for (field, text) in
        [("申报单位", &application.applicant), ("单位名称", &application.unit.name)]
    {
        if text.is_empty() {
            return Err(FormError::Missing { field });
        }
    }
    for count in [application.bases.len(), application.duties.len(), application.materials.len()] {
        at_most("FACTS_MAX", count, FACTS_MAX)?;
    }
    let mut document = letter::begin(TITLE, &application.heading())?;
    opening(&mut document, application)?;
    let sections: [(&str, fn(&Application) -> Vec<String>); 7] = [
        ("单位基本情况", about),
        ("法律、法规授权依据", bases),
        ("主要职责", duties),
        ("机构编制情况", slots),
        ("工资福利来源", pay),
        ("现有人员情况", staff),
        ("申报材料", materials),
    ];
    for ((name, paragraphs), number) in sections.into_iter().zip(1..) {
        letter::heading(&mut document, &format!("{}、{name}", han(number)));
        for text in paragraphs(application) {
            letter::body(&mut document, FIELD, &text)?;
        }
    }
    letter::body(&mut document, FIELD, "妥否，请批示。")?;
    let day = application.dated.map_or_else(|| "    年  月  日".to_owned(), spoken);
    letter::signature(&mut document, "申报单位", &application.applicant, &day)?;
    letter::body(&mut document, "联系人", &contact(&application.unit))?;
    document.finish(made_on)
}

fn opening(document: &mut Document, application: &Application) -> Result<(), FormError> {
    if let Some(number) = &application.number {
        letter::flush(document, "发文字号", number)?;
    }
    let addressee = application.addressee.as_deref().unwrap_or(BLANK);
    letter::flush(document, "主送机关", &format!("{addressee}："))?;
    let text = format!(
        "根据《中华人民共和国公务员法》和参照公务员法管理有关规定，现申请将{}列入参照公务员法管理范围，\
         有关情况报告如下。",
        application.unit.name
    );
    letter::body(document, FIELD, &text)
}

fn known(text: Option<&String>) -> &str {
    text.map_or(BLANK, String::as_str)
}

fn count(count: Option<u32>) -> String {
    count.map_or_else(|| BLANK.to_owned(), |count| count.to_string())
}

fn about(application: &Application) -> Vec<String> {
    let unit = &application.unit;
    let place: String = [&unit.province, &unit.prefecture, &unit.county]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let place = if place.is_empty() { BLANK.to_owned() } else { place };
    let text = format!(
        "{}，所在地{place}，主管单位{}，单位性质为{}，隶属关系为{}，所属序列为{}，单位级别为{}。",
        unit.name,
        known(unit.supervisor.as_ref()),
        known(unit.nature.as_ref()),
        known(unit.affiliation.as_ref()),
        known(unit.sequence.as_ref()),
        known(unit.level.as_ref()),
    );
    // By itself: a long code would tear the line that it stands in.
    let code = format!("统一社会信用代码：{}", known(unit.credit_code.as_ref()));
    let reference = match (unit.approved_on, &unit.approval_number) {
        (None, None) => None,
        (day, number) => Some(format!(
            "该单位于{}经{}批准参照公务员法管理。",
            day.map_or_else(|| BLANK.to_owned(), spoken),
            known(number.as_ref())
        )),
    };
    let change = application.background.as_ref().map(|text| format!("机构改革变动情况：{text}"));
    [Some(text), Some(code), reference, change].into_iter().flatten().collect()
}

fn bases(application: &Application) -> Vec<String> {
    let mut lines = Vec::new();
    for (basis, number) in application.bases.iter().zip(1..) {
        let origin = basis.origin();
        let origin = if origin.is_empty() { origin } else { format!("（{origin}）") };
        lines.push(format!("（{}）{}{origin}。", han(number), basis.cited()));
        lines.extend(basis.excerpt.as_ref().map(|text| format!("条文：{text}")));
        lines.extend(basis.function.as_ref().map(|text| format!("授予职能：{text}")));
    }
    or_blank(lines)
}

fn duties(application: &Application) -> Vec<String> {
    let numbered = |(duty, number): (&Duty, usize)| format!("（{}）{}", han(number), duty.line());
    or_blank(application.duties.iter().zip(1..).map(numbered).collect())
}

fn or_blank(lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() { vec![BLANK.to_owned()] } else { lines }
}

fn slots(application: &Application) -> Vec<String> {
    let slots = &application.slots;
    let figures = format!(
        "参照公务员法管理事业单位编制改革前{}名，改革后{}名。",
        count(slots.before),
        count(slots.after)
    );
    let documents = (!slots.documents.is_empty())
        .then(|| format!("编制文件：{}。", slots.documents.join("、")));
    [Some(figures), documents].into_iter().flatten().collect()
}

fn pay(application: &Application) -> Vec<String> {
    let pay = &application.pay;
    let certificate = pay.certificate.as_ref();
    let certificate = certificate.map_or_else(String::new, |text| format!("（{text}）"));
    vec![format!("工资福利由{}{certificate}。", known(pay.source.as_ref()))]
}

fn staff(application: &Application) -> Vec<String> {
    let staff = &application.staff;
    let figures = format!(
        "现有人员{}名，其中参照公务员法管理登记{}名，工勤人员{}名。",
        count(staff.present),
        count(staff.registered),
        count(staff.logistics)
    );
    [Some(figures), staff.remark.clone()].into_iter().flatten().collect()
}

fn materials(application: &Application) -> Vec<String> {
    let line = |(material, number): (&Material, usize)| {
        let copies = material.copies.map_or_else(String::new, |copies| format!("，{copies}份"));
        let remark = material.remark.as_ref();
        let remark = remark.map_or_else(String::new, |text| format!("（{text}）"));
        format!("{number}．{}{copies}{remark}", material.name)
    };
    or_blank(application.materials.iter().zip(1..).map(line).collect())
}

fn contact(unit: &UnitFacts) -> String {
    let (name, phone) = (known(unit.contact.as_ref()), known(unit.phone.as_ref()));
    format!("（联系人：{name}，联系电话：{phone}）")
}

//! 《公务员职级任免审批表》 (8.3): one person a form, on one A4 page upright.

mod form;

use jiff::civil::Date;
use quanheng_policy::codes::{Sex, YearMonth};

use crate::bounds::{FORMS_MAX, at_most};
use crate::error::FormError;
use crate::opinion::Opinion;
use crate::word::{Document, Face, Margins, Type, mm};

/// The title of the form.
pub const TITLE: &str = "公务员职级任免审批表";
/// Who gets the copies.
pub const COPIES: &str = "注：此表一式四份，个人档案、单位、职级审批部门、工资审批部门各存一份。";

/// 学历、学位 of one kind of schooling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schooling {
    /// 学历
    pub education: Option<String>,
    /// 学位
    pub degree: Option<String>,
    /// 毕业院校系及专业
    pub school: Option<String>,
}

/// 任现职年限的年度考核结果
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AssessmentYears {
    /// 优秀年度数
    pub excellent: u32,
    /// 基本称职（不参加考核、不定等次）年度数
    pub not_counted: u32,
    /// 不称职年度数
    pub incompetent: u32,
    /// 年度考核折算年限, in months: six for each excellent year, as the rules counted them;
    /// none where they did not.
    pub credit_months: Option<i32>,
}

/// A line of the résumé (工作简历).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareerLine {
    /// The first month.
    pub from: YearMonth,
    /// The month in which the next begins; none for the present.
    pub to: Option<YearMonth>,
    /// Where, and as what.
    pub what: String,
}

/// What the form says of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// 姓名
    pub name: String,
    /// 性别
    pub sex: Sex,
    /// 出生日期, as the file has it.
    pub born: YearMonth,
    /// The day on which the age (岁) is counted (计算年龄时间).
    pub age_on: Date,
    /// 籍贯
    pub native_place: String,
    /// 民族
    pub nation: String,
    /// 政治面貌
    pub political_status: String,
    /// 工作单位及职务职级
    pub unit_and_position: String,
    /// 参加工作时间
    pub work_started: Option<YearMonth>,
    /// 全日制教育
    pub full_time: Schooling,
    /// 在职教育
    pub on_job: Schooling,
    /// 现职务层次和职级
    pub present: String,
    /// 任现职务职级时间
    pub present_since: Option<YearMonth>,
    /// 现级别
    pub grade: Option<String>,
    /// 任现职年限的年度考核结果
    pub assessments: AssessmentYears,
    /// 拟任职级
    pub proposed_rank: Option<String>,
    /// 拟免职级
    pub removed_rank: Option<String>,
    /// 工作简历
    pub career: Vec<CareerLine>,
    /// 民主测评和考核、公示情况
    pub findings: String,
    /// 呈报单位意见
    pub applicant: Opinion,
    /// 审批部门意见
    pub authority: Opinion,
    /// 备注
    pub remark: Option<String>,
}

const MARGINS: Margins = Margins { top: mm(16), bottom: mm(13), left: mm(20), right: mm(20) };
/// 五号
const NORMAL: Type = Type::new(Face::Song, 21);

/// The forms of one or many persons in one document, each beginning a page.
///
/// # Errors
/// [`FormError`]: `FORMS_MAX`, `FIELD_MISSING` without a person.
pub fn docx(persons: &[Appointment], made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("FORMS_MAX", persons.len(), FORMS_MAX)?;
    if persons.is_empty() {
        return Err(FormError::Missing { field: "任免人员" });
    }
    let mut document = Document::new(TITLE, MARGINS, NORMAL, false);
    for (person, number) in persons.iter().zip(0_usize..) {
        form::write(&mut document, person, number > 0)?;
    }
    document.finish(made_on)
}

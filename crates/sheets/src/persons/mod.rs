//! The roster (人员信息, 8.6) as typed rows.

mod assessment;
mod check;
mod convert;
mod form;

use jiff::civil::Date;
use quanheng_policy::codes::{IdentityNumber, Sex, YearMonth, half_width};
use quanheng_policy::{CategoryId, LevelId, PersonId, RankId, Ratio, UnitId};

pub use assessment::{Assessment, AssessmentResult};
pub use check::check;
pub use convert::from_values;
pub use form::{
    AppointmentWay, EstablishmentKind, FORM, PoliticalStatus, RankEndReason, RankReason, RankState,
    SeparateListingReason,
};
pub(crate) use form::{LEVELS, NATIONS};

use crate::bounds::Bounds;
use crate::convert::{Converted, Import, Twin, import};
use crate::error::ReadError;

/// A person as the roster has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// 序号
    pub serial: Option<u32>,
    /// 单位
    pub unit_name: Option<String>,
    /// Who the person is.
    pub identity: Identity,
    /// 编制类型
    pub establishment: Option<EstablishmentKind>,
    /// 公务员登记时间
    pub registered_on: Option<Date>,
    /// 全日制教育
    pub full_time: Education,
    /// 在职教育
    pub on_job: Education,
    /// 领导职务
    pub post: Option<LeadershipPost>,
    /// 职级套转
    pub conversion: Option<Conversion>,
    /// 单列管理
    pub separately_listed: Option<SeparateListing>,
    /// 职级任免
    pub spell: Option<RankSpell>,
    /// 奖励
    pub commendations: Honours,
    /// 处分
    pub sanctions: Sanctions,
    /// 近五年考核
    pub assessments: Vec<Assessment>,
    /// 单位代码
    pub unit_id: Option<UnitId>,
    /// 人员代码
    pub id: Option<PersonId>,
}

/// Who a person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// 姓名, without blanks in it.
    pub name: String,
    /// 身份证号
    pub number: IdentityNumber,
    /// 性别
    pub sex: Option<Sex>,
    /// 民族
    pub nation: Option<String>,
    /// 出生年月, which the person's file settles (档案认定).
    pub birth_month: Option<YearMonth>,
    /// 籍贯
    pub native_place: Option<String>,
    /// 政治面貌
    pub political_status: Option<PoliticalStatus>,
    /// 入党(团)时间
    pub joined_on: Option<Date>,
    /// 参加工作时间
    pub work_started_on: Option<Date>,
    /// 是否具有两年以上基层工作经历
    pub grass_roots_two_years: Option<bool>,
}

/// 学历、学位、学校、专业
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Education {
    /// 学历
    pub education: Option<String>,
    /// 学位
    pub degree: Option<String>,
    /// 学校
    pub school: Option<String>,
    /// 专业
    pub major: Option<String>,
}

/// 领导职务信息
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeadershipPost {
    /// 现任职务: its level (领导职务层次).
    pub level: Option<LevelId>,
    /// 职务名称
    pub title: Option<String>,
    /// 现任职务时间
    pub since: Option<Date>,
    /// 任职方式
    pub way: Option<AppointmentWay>,
    /// 同级职务任职时间
    pub same_level_since: Option<Date>,
    /// 是否兼任
    pub concurrent: Option<bool>,
    /// 审批通过时间
    pub approved_on: Option<Date>,
}

/// A rank by its name, and which rank of which ladder that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRank {
    /// Its name as it was written.
    pub name: String,
    /// Its category.
    pub category: CategoryId,
    /// The rank.
    pub rank: RankId,
}

/// 职级套转信息
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conversion {
    /// 套转职级
    pub rank: Option<NamedRank>,
    /// 套转时间
    pub on: Option<Date>,
    /// 同级职级任职时间
    pub same_level_since: Option<Date>,
    /// 军转不占职数
    pub ex_military: Option<bool>,
    /// 审批时间
    pub approved_on: Option<Date>,
}

/// 实名制(单列)
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeparateListing {
    /// 职务名称
    pub title: Option<String>,
    /// 任职时间
    pub since: Option<Date>,
    /// 单列管理事由
    pub reason: Option<SeparateListingReason>,
    /// 审批时间
    pub approved_on: Option<Date>,
    /// 同职务层次时间
    pub same_level_since: Option<Date>,
}

/// 批次
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Batch {
    /// 首次套改
    FirstConversion,
    /// 第n批
    Number(u32),
}

/// 职级任免
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RankSpell {
    /// 现任职级
    pub rank: Option<NamedRank>,
    /// 任职级时间
    pub since: Option<Date>,
    /// 任职级事由
    pub reason: Option<RankReason>,
    /// 审批通过日期
    pub approved_on: Option<Date>,
    /// 批次
    pub batch: Option<Batch>,
    /// 免职级时间
    pub ended_on: Option<Date>,
    /// 免职级事由
    pub end_reason: Option<RankEndReason>,
    /// 民主测评结果
    pub vote: Option<Ratio>,
    /// 终止日期
    pub terminated_on: Option<Date>,
    /// 状态
    pub state: Option<RankState>,
}

/// 奖励, as texts: one cell often holds several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Honours {
    /// 奖励名称
    pub title: Option<String>,
    /// 奖励时间
    pub time: Option<String>,
    /// 奖励批准机关
    pub authority: Option<String>,
    /// 奖励文号
    pub document: Option<String>,
}

/// 处分, as texts: one cell often holds several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sanctions {
    /// 处分名称
    pub title: Option<String>,
    /// 处分时间
    pub time: Option<String>,
    /// 处分批准机关
    pub authority: Option<String>,
    /// 处分解除时间
    pub lifted: Option<String>,
}

/// No two persons of a file may share these.
const TWINS: &[Twin] = &[
    Twin { key: "identity_number", code: "IDENTITY_DUPLICATE", what: "身份证号" },
    Twin { key: "id", code: "PERSON_ID_DUPLICATE", what: "人员代码" },
];

/// Reads the roster; `ranks` finds a rank by its name. Persons with warnings are taken,
/// those with errors are not.
///
/// # Errors
/// [`ReadError`].
pub fn read(
    bytes: &[u8],
    bounds: &Bounds,
    ranks: impl Fn(&str) -> Option<(CategoryId, RankId)>,
) -> Result<Import<PersonRow>, ReadError> {
    import(&FORM, bytes, bounds, TWINS, |row| {
        let (person, mut problems) = from_values(&row.values, &ranks);
        if let Some(person) = &person {
            problems.extend(check(person));
        }
        Converted { row: person, problems }
    })
}

/// A name as registers keep it: no blanks in it, plain width, one kind of middle dot.
#[must_use]
pub fn person_name(text: &str) -> String {
    let dot = |c: char| if matches!(c, '•' | '・' | '‧' | '∙' | '.') { '·' } else { c };
    half_width(text).chars().filter(|c| !c.is_whitespace()).map(dot).collect()
}

/// The level of one of the ten names (3.1).
#[must_use]
pub fn level_of(name: &str) -> Option<LevelId> {
    const IDS: [&str; 10] = ["L01", "L02", "L11", "L12", "L21", "L22", "L31", "L32", "L41", "L42"];
    let position = LEVELS.iter().position(|level| *level == name)?;
    LevelId::new(IDS[position]).ok()
}

/// The name of one of the ten levels.
#[must_use]
pub fn level_name(level: &LevelId) -> Option<&'static str> {
    LEVELS.iter().copied().find(|name| level_of(name).as_ref() == Some(level))
}

impl Batch {
    /// Reads 首次套改, 第3批, 第三批 or 3.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
        if matches!(text.as_str(), "首次套改" | "首次套转" | "套改" | "套转") {
            return Some(Self::FirstConversion);
        }
        let text = text.strip_prefix('第').unwrap_or(&text);
        let text = text.strip_suffix("批次").or_else(|| text.strip_suffix('批')).unwrap_or(text);
        let number = match text.parse::<u32>() {
            Ok(number) => Some(number),
            Err(_) => chinese_number(text),
        };
        number.filter(|number| (1..=999).contains(number)).map(Self::Number)
    }
}

/// 首次套改, 第3批
impl std::fmt::Display for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FirstConversion => f.write_str("首次套改"),
            Self::Number(number) => write!(f, "第{number}批"),
        }
    }
}

/// 一 to 九十九.
fn chinese_number(text: &str) -> Option<u32> {
    const DIGITS: &str = "一二三四五六七八九";
    let digit = |text: &str| {
        let mut chars = text.chars();
        let (only, None) = (chars.next()?, chars.next()) else { return None };
        let value = DIGITS.chars().position(|digit| digit == only)?;
        u32::try_from(value + 1).ok()
    };
    let Some((tens, ones)) = text.split_once('十') else { return digit(text) };
    let tens = if tens.is_empty() { 1 } else { digit(tens)? };
    let ones = if ones.is_empty() { 0 } else { digit(ones)? };
    Some(tens * 10 + ones)
}

//! The unit form (单位基本情况, 8.5) as typed rows.

mod check;
mod form;

use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{CreditCode, DivisionCode, DocumentNumber};

pub use check::check;
pub(crate) use form::COLUMNS;
pub use form::{FORM, UnitLevel, UnitNature};

use crate::bounds::Bounds;
use crate::convert::{Converted, Give, Import, Take, Twin, import};
use crate::error::ReadError;
use crate::finding::{Fault, Problem};
use crate::value::Value;

/// A unit as the form has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    /// 单位名称
    pub name: String,
    /// 统一社会信用代码
    pub credit_code: Option<CreditCode>,
    /// 主管单位
    pub supervisor: Option<String>,
    /// Where it is, by names.
    pub place: PlaceNames,
    /// 单位性质
    pub nature: Option<UnitNature>,
    /// 隶属关系
    pub affiliation: Option<String>,
    /// 所属序列
    pub sequence: Option<String>,
    /// 单位级别
    pub level: Option<UnitLevel>,
    /// 行政编制数
    pub administrative_slots: Option<u32>,
    /// (行政)实有人数
    pub administrative_headcount: Option<u32>,
    /// 参照公务员法管理事业单位编制数
    pub referenced_slots: Option<u32>,
    /// (参公)实有人数
    pub referenced_headcount: Option<u32>,
    /// 参照公务员法管理审批时间
    pub approved_on: Option<Date>,
    /// 参照公务员法管理审批文号
    pub approval_number: Option<DocumentNumber>,
    /// 县处级正职领导职数
    pub division_chief_seats: Option<u32>,
    /// 县处级副职领导职数
    pub division_deputy_seats: Option<u32>,
    /// 乡科级正职领导职数
    pub section_chief_seats: Option<u32>,
    /// 乡科级副职领导职数
    pub section_deputy_seats: Option<u32>,
    /// 一二级调研员职数
    pub researcher_upper_seats: Option<u32>,
    /// 三四级调研员职数
    pub researcher_lower_seats: Option<u32>,
    /// 一二级主任科员职数
    pub clerk_upper_seats: Option<u32>,
    /// 三四级主任科员职数
    pub clerk_lower_seats: Option<u32>,
    /// 联系人
    pub contact: Option<String>,
    /// 联系电话
    pub phone: Option<String>,
    /// 备注
    pub note: Option<String>,
    /// 单位代码
    pub id: Option<UnitId>,
    /// 上级单位代码
    pub parent_id: Option<UnitId>,
    /// 主管单位代码
    pub supervisor_id: Option<UnitId>,
    /// 行政区划代码; found by the names of the place where the column is empty.
    pub division: Option<DivisionCode>,
    /// 层级
    pub tier: Option<Tier>,
    /// 层级类型
    pub standing: Option<Standing>,
    /// 机构规格
    pub grade: Option<UnitGrade>,
    /// 机构类型
    pub kind: Option<UnitKind>,
    /// 政法专项编制数
    pub political_legal_slots: Option<u32>,
    /// 事业编制数(非参照)
    pub institution_slots: Option<u32>,
    /// 工勤编制数
    pub logistics_slots: Option<u32>,
    /// 领导班子职数
    pub leading_group_seats: Option<u32>,
}

/// 所在省、市、县: the deepest that is given says where the unit is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceNames {
    /// 所在省
    pub province: Option<String>,
    /// 所在市
    pub prefecture: Option<String>,
    /// 所在县(区)
    pub county: Option<String>,
}

impl PlaceNames {
    /// Whether nothing is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.province.is_none() && self.prefecture.is_none() && self.county.is_none()
    }
}

/// No two units of a file may share these.
pub(crate) const TWINS: &[Twin] = &[
    Twin { key: "id", code: "UNIT_ID_DUPLICATE", what: "单位代码" },
    Twin { key: "credit_code", code: "CREDIT_CODE_DUPLICATE", what: "统一社会信用代码" },
];

/// Reads the form; `divisions` finds a division by its names. Units with warnings are
/// taken, those with errors are not.
///
/// # Errors
/// [`ReadError`].
pub fn read(
    bytes: &[u8],
    bounds: &Bounds,
    divisions: impl Fn(&PlaceNames) -> Option<DivisionCode>,
) -> Result<Import<UnitRow>, ReadError> {
    import(&FORM, bytes, bounds, TWINS, |row| {
        let (mut unit, mut problems) = from_values(&row.values);
        problems.extend(check(&unit, &divisions));
        if unit.division.is_none() && !unit.place.is_empty() {
            unit.division = divisions(&unit.place);
        }
        Converted { row: Some(unit), problems }
    })
}

/// A unit of the values of a row; ids that are no ids are problems.
#[must_use]
pub fn from_values(values: &[Value]) -> (UnitRow, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut id = |key: &'static str, text: Option<&str>| {
        let id = UnitId::new(text?);
        let format = "单位代码应由 1 至 64 个字母、数字、下划线或连字符组成";
        if id.is_err() {
            problems.push(Fault::error("UNIT_ID_FORMAT", format).at(key));
        }
        id.ok()
    };
    let mut take = Take::new(values);
    let unit = UnitRow {
        name: take.text().unwrap_or_default(),
        credit_code: take.credit(),
        supervisor: take.text(),
        place: PlaceNames { province: take.text(), prefecture: take.text(), county: take.text() },
        nature: take.choice(),
        affiliation: take.text(),
        sequence: take.text(),
        level: take.choice(),
        administrative_slots: take.number(),
        administrative_headcount: take.number(),
        referenced_slots: take.number(),
        referenced_headcount: take.number(),
        approved_on: take.date(),
        approval_number: take.document(),
        division_chief_seats: take.number(),
        division_deputy_seats: take.number(),
        section_chief_seats: take.number(),
        section_deputy_seats: take.number(),
        researcher_upper_seats: take.number(),
        researcher_lower_seats: take.number(),
        clerk_upper_seats: take.number(),
        clerk_lower_seats: take.number(),
        contact: take.text(),
        phone: take.text(),
        note: take.text(),
        id: id("id", take.str()),
        parent_id: id("parent_id", take.str()),
        supervisor_id: id("supervisor_id", take.str()),
        division: take.division(),
        tier: take.choice(),
        standing: take.choice(),
        grade: take.choice(),
        kind: take.choice(),
        political_legal_slots: take.number(),
        institution_slots: take.number(),
        logistics_slots: take.number(),
        leading_group_seats: take.number(),
    };
    (unit, problems)
}

impl UnitRow {
    /// The values of its row.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        let mut give = Give::default();
        give.text(Some(&self.name))
            .push(Value::of(self.credit_code.clone(), Value::Credit))
            .text(self.supervisor.as_deref())
            .text(self.place.province.as_deref())
            .text(self.place.prefecture.as_deref())
            .text(self.place.county.as_deref())
            .choice(self.nature)
            .text(self.affiliation.as_deref())
            .text(self.sequence.as_deref())
            .choice(self.level)
            .number(self.administrative_slots)
            .number(self.administrative_headcount)
            .number(self.referenced_slots)
            .number(self.referenced_headcount)
            .date(self.approved_on)
            .push(Value::of(self.approval_number.clone(), |n| Value::Document(Box::new(n))))
            .number(self.division_chief_seats)
            .number(self.division_deputy_seats)
            .number(self.section_chief_seats)
            .number(self.section_deputy_seats)
            .number(self.researcher_upper_seats)
            .number(self.researcher_lower_seats)
            .number(self.clerk_upper_seats)
            .number(self.clerk_lower_seats)
            .text(self.contact.as_deref())
            .text(self.phone.as_deref())
            .text(self.note.as_deref())
            .text(self.id.as_ref().map(UnitId::as_str))
            .text(self.parent_id.as_ref().map(UnitId::as_str))
            .text(self.supervisor_id.as_ref().map(UnitId::as_str))
            .push(Value::of(self.division.clone(), Value::Division))
            .choice(self.tier)
            .choice(self.standing)
            .choice(self.grade)
            .choice(self.kind)
            .number(self.political_legal_slots)
            .number(self.institution_slots)
            .number(self.logistics_slots)
            .number(self.leading_group_seats);
        give.values()
    }

    /// Whether it is managed under the Civil Servant Law by reference (参照管理单位).
    #[must_use]
    pub fn is_referenced(&self) -> bool {
        let nature = self.nature.is_some_and(|nature| nature != UnitNature::Organ);
        nature || self.kind == Some(UnitKind::ReferencedUnit)
    }
}

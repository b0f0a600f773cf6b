//! The persons of the filing form (备案名册): eighteen fields across the 41 columns.

use jiff::civil::Date;
use quanheng_policy::codes::{IdentityNumber, Sex, YearMonth};

use crate::days::iso;
use crate::error::FormError;
use crate::sheet::{FANG_SONG, Look, SONG, Sheet, at};
use crate::text::sex_name;

/// What the fifth column of the list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PersonColumn {
    /// 出生年月
    #[default]
    BirthMonth,
    /// 身份证号: only where the receiver asks for it.
    IdentityNumber,
}

/// 现任职务职级
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CurrentPosition {
    /// 任职部门名称
    pub department: String,
    /// 职务名称
    pub post: Option<String>,
    /// 同级职务任职时间
    pub post_since: Option<Date>,
    /// 职级名称
    pub rank: Option<String>,
    /// 同级职级任职时间
    pub rank_since: Option<Date>,
}

/// 拟任职务职级
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProposedPosition {
    /// 任职部门名称
    pub department: Option<String>,
    /// 职务名称
    pub post: Option<String>,
    /// 职级名称
    pub rank: Option<String>,
}

/// 拟免职务职级
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedPosition {
    /// 职务名称
    pub post: Option<String>,
    /// 职级名称
    pub rank: Option<String>,
}

/// A person of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilingPerson {
    /// 姓名
    pub name: String,
    /// 性别
    pub sex: Sex,
    /// 文化程度
    pub education: String,
    /// 出生年月, as the file has it.
    pub born: YearMonth,
    /// 身份证号: printed only with [`PersonColumn::IdentityNumber`].
    pub identity: Option<IdentityNumber>,
    /// 参加工作年月
    pub work_started: Option<YearMonth>,
    /// 现任职务职级
    pub current: CurrentPosition,
    /// 拟任职务职级
    pub proposed: ProposedPosition,
    /// 拟免职务职级
    pub removed: RemovedPosition,
    /// 因考核优秀缩短晋升职级年限情况: the years.
    pub excellent_years: Vec<i16>,
    /// 军转干部、实名制管理干部
    pub remark: Option<String>,
}

const HEADER_ROW: u32 = 8;
const FIRST_ROW: u32 = 11;
const HEADER: Look = Look::new(SONG, 9);
const CELL: Look = Look::new(FANG_SONG, 9);

/// First columns of the eighteen fields; each ends where the next begins.
const PLACES: [u16; 19] = [0, 2, 4, 6, 8, 10, 12, 14, 17, 20, 23, 25, 27, 29, 31, 33, 35, 38, 41];

/// Writes the list; answers with the next free row.
pub(super) fn write(
    sheet: &mut Sheet,
    persons: &[FilingPerson],
    column: PersonColumn,
) -> Result<u32, FormError> {
    header(sheet, column)?;
    sheet.repeat(HEADER_ROW, HEADER_ROW + 2)?;
    let mut row = FIRST_ROW;
    for (person, serial) in persons.iter().zip(1_u32..) {
        sheet.raise(row, 34);
        person_row(sheet, row, serial, person, column)?;
        row += 1;
    }
    Ok(row)
}

fn place(row: u32, field: usize) -> crate::sheet::Area {
    at(row, PLACES[field]).columns(PLACES[field + 1] - PLACES[field])
}

fn header(sheet: &mut Sheet, column: PersonColumn) -> Result<(), FormError> {
    for row in HEADER_ROW..FIRST_ROW {
        sheet.raise(row, 24);
    }
    let birth = match column {
        PersonColumn::BirthMonth => "出生年月",
        PersonColumn::IdentityNumber => "身份证号",
    };
    let single = [
        (0, "序号"),
        (1, "姓名"),
        (2, "性别"),
        (3, "文化程度"),
        (4, birth),
        (5, "参加工作年月"),
        (16, "因考核优秀缩短晋升职级年限情况"),
        (17, "军转干部、实名制管理干部"),
    ];
    for (field, label) in single {
        sheet.label(place(HEADER_ROW, field).rows(3), label, &HEADER)?;
    }
    let groups: [(usize, &str, &[&str]); 3] = [
        (
            6,
            "现任职务职级",
            &["任职部门名称", "职务名称", "同级职务任职时间", "职级名称", "同级职级任职时间"],
        ),
        (11, "拟任职务职级", &["任职部门名称", "职务名称", "职级名称"]),
        (14, "拟免职务职级", &["职务名称", "职级名称"]),
    ];
    for (first, group, labels) in groups {
        let columns = PLACES[first + labels.len()] - PLACES[first];
        sheet.label(at(HEADER_ROW, PLACES[first]).columns(columns), group, &HEADER)?;
        for (label, field) in labels.iter().zip(first..) {
            sheet.label(place(HEADER_ROW + 1, field).rows(2), label, &HEADER)?;
        }
    }
    Ok(())
}

fn person_row(
    sheet: &mut Sheet,
    row: u32,
    serial: u32,
    person: &FilingPerson,
    column: PersonColumn,
) -> Result<(), FormError> {
    sheet.number(place(row, 0), i32::try_from(serial).ok(), &CELL)?;
    let birth = match (column, &person.identity) {
        (PersonColumn::BirthMonth, _) => person.born.to_string(),
        (PersonColumn::IdentityNumber, Some(number)) => number.reveal().to_owned(),
        (PersonColumn::IdentityNumber, None) => {
            return Err(FormError::Missing { field: "身份证号" });
        }
    };
    let years: String = person.excellent_years.iter().map(|year| format!("{year};")).collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<Date>| day.map_or_else(String::new, iso);
    let month = |month: Option<YearMonth>| month.map_or_else(String::new, |one| one.to_string());
    let (current, proposed, removed) = (&person.current, &person.proposed, &person.removed);
    let fields: [(&'static str, String); 17] = [
        ("姓名", person.name.clone()),
        ("性别", sex_name(person.sex).to_owned()),
        ("文化程度", person.education.clone()),
        ("出生年月", birth),
        ("参加工作年月", month(person.work_started)),
        ("现任职部门名称", current.department.clone()),
        ("现任职务名称", text(&current.post)),
        ("同级职务任职时间", day(current.post_since)),
        ("现任职级名称", text(&current.rank)),
        ("同级职级任职时间", day(current.rank_since)),
        ("拟任职部门名称", text(&proposed.department)),
        ("拟任职务名称", text(&proposed.post)),
        ("拟任职级名称", text(&proposed.rank)),
        ("拟免职务名称", text(&removed.post)),
        ("拟免职级名称", text(&removed.rank)),
        ("因考核优秀缩短晋升职级年限情况", years),
        ("军转干部、实名制管理干部", text(&person.remark)),
    ];
    for ((field, value), index) in fields.iter().zip(1..) {
        sheet.text(place(row, index), field, value, &CELL)?;
    }
    Ok(())
}

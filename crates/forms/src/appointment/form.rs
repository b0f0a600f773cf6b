//! The table of the form: fifteen columns, as the printed form has them.

use quanheng_policy::codes::YearMonth;

use super::{Appointment, COPIES, CareerLine, Schooling, TITLE};
use crate::bounds::{CAREER_LINES_MAX, at_most};
use crate::days::age_on;
use crate::error::FormError;
use crate::opinion::Opinion;
use crate::text::{self, sex_name};
use crate::word::{
    Align, Cell, Document, Face, Indent, Merge, Paragraph, Row, Table, Type, mm, points,
};

const HEADING: Type = Type::new(Face::TitleSong, 44);
const LABEL: Type = Type::new(Face::Song, 21);
const VALUE: Type = Type::new(Face::FangSong, 21);
const NOTE: Type = Type::new(Face::Song, 18);

/// 170 mm in all.
const COLUMNS_MM: [u32; 15] = [11, 11, 8, 8, 10, 12, 9, 9, 12, 13, 13, 15, 13, 13, 13];

/// Room for the résumé and the findings on the page.
const TEXTS_MM: u32 = 82;
const FINDINGS_MM: u32 = 26;
/// The width of their column, in thousandths of their letters.
const ROOM: u32 = 38_000;
const LINE_MM: u32 = 5;

pub(super) fn write(
    document: &mut Document,
    person: &Appointment,
    new_page: bool,
) -> Result<(), FormError> {
    let title = Paragraph::label(TITLE, HEADING).align(Align::Centre);
    document.paragraph(&title.exactly(points(34)).new_page(new_page).with_next());
    let mut table = Table::new(COLUMNS_MM.map(mm).to_vec());
    who(&mut table, person)?;
    schooling(&mut table, person)?;
    position(&mut table, person)?;
    assessments(&mut table, person)?;
    texts(&mut table, person)?;
    opinions(&mut table, &person.applicant, &person.authority)?;
    let remark = person.remark.as_deref().unwrap_or("");
    let cells = vec![label(2, "备  注"), value(13, "备注", remark)?];
    table.row(Row::new(mm(10), cells));
    document.table(&table);
    document.paragraph(&Paragraph::label(COPIES, NOTE).exactly(points(16)));
    Ok(())
}

fn label(columns: usize, text: &str) -> Cell {
    Cell::new(columns, Paragraph::label(text, LABEL).align(Align::Centre))
}

fn value(columns: usize, field: &'static str, text: &str) -> Result<Cell, FormError> {
    Ok(Cell::new(columns, Paragraph::text(field, text, VALUE)?.align(Align::Centre)))
}

/// A longer text, from the upper left.
fn long(columns: usize, field: &'static str, text: &str) -> Result<Cell, FormError> {
    Ok(Cell::new(columns, Paragraph::text(field, text, VALUE)?))
}

fn continued(columns: usize) -> Cell {
    label(columns, "").merge(Merge::Continued)
}

fn who(table: &mut Table, person: &Appointment) -> Result<(), FormError> {
    let age = age_on(person.born, person.age_on);
    let born = match age {
        Some(age) => format!("{}\n（{age}岁）", person.born),
        None => person.born.to_string(),
    };
    let cells = vec![
        label(2, "姓  名"),
        value(4, "姓名", &person.name)?,
        label(2, "性别"),
        value(2, "性别", sex_name(person.sex))?,
        label(2, "出生日期\n（岁）"),
        value(3, "出生日期", &born)?,
    ];
    table.row(Row::new(mm(12), cells));
    let cells = vec![
        label(2, "籍  贯"),
        value(4, "籍贯", &person.native_place)?,
        label(2, "民族"),
        value(2, "民族", &person.nation)?,
        label(2, "政治面貌"),
        value(3, "政治面貌", &person.political_status)?,
    ];
    table.row(Row::new(mm(10), cells));
    let cells = vec![
        label(4, "工作单位及\n职务职级"),
        value(6, "工作单位及职务职级", &person.unit_and_position)?,
        label(2, "参加工作\n时间"),
        value(3, "参加工作时间", &month(person.work_started))?,
    ];
    table.row(Row::new(mm(12), cells));
    Ok(())
}

fn schooling(table: &mut Table, person: &Appointment) -> Result<(), FormError> {
    let rows = [("全日制\n教  育", &person.full_time), ("在  职\n教  育", &person.on_job)];
    for ((kind, schooling), merge) in rows.into_iter().zip([Merge::First, Merge::Continued]) {
        let name = if merge == Merge::First { "学  历\n学  位" } else { "" };
        let school = schooling.school.as_deref().unwrap_or("");
        let cells = vec![
            label(2, name).merge(merge),
            label(3, kind),
            value(3, "学历学位", &degrees(schooling))?,
            label(3, "毕业院校系\n及专业"),
            value(4, "毕业院校系及专业", school)?,
        ];
        table.row(Row::new(mm(12), cells));
    }
    Ok(())
}

/// A month, or room to write it.
fn month(month: Option<YearMonth>) -> String {
    month.map_or_else(String::new, |month| month.to_string())
}

/// The education, and the degree below.
fn degrees(schooling: &Schooling) -> String {
    let parts = [schooling.education.as_deref(), schooling.degree.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn position(table: &mut Table, person: &Appointment) -> Result<(), FormError> {
    let cells = vec![
        label(3, "现职务层次\n和职级"),
        value(5, "现职务层次和职级", &person.present)?,
        label(3, "任现职务\n职级时间"),
        value(2, "任现职务职级时间", &month(person.present_since))?,
        label(1, "现级\n别"),
        value(1, "现级别", person.grade.as_deref().unwrap_or(""))?,
    ];
    table.row(Row::new(mm(12), cells));
    Ok(())
}

fn assessments(table: &mut Table, person: &Appointment) -> Result<(), FormError> {
    let years = &person.assessments;
    let proposed = person.proposed_rank.as_deref().unwrap_or("");
    let removed = person.removed_rank.as_deref().unwrap_or("");
    let count = |columns, count: u32| value(columns, "年度数", &count.to_string());
    table.row(Row::new(
        mm(8),
        vec![
            label(9, "任现职年限的年度考核结果"),
            label(2, "拟任职级").merge(Merge::First),
            value(4, "拟任职级", proposed)?.merge(Merge::First),
        ],
    ));
    let heads = vec![
        label(2, "优  秀\n年度数"),
        label(5, "基本称职（不参加考核、\n不定等次）年度数"),
        label(2, "不称职\n年度数"),
        continued(2),
        continued(4),
    ];
    table.row(Row::new(mm(11), heads));
    let figures = vec![
        count(2, years.excellent)?,
        count(5, years.not_counted)?,
        count(2, years.incompetent)?,
        label(2, "拟免职级").merge(Merge::First),
        value(4, "拟免职级", removed)?.merge(Merge::First),
    ];
    table.row(Row::new(mm(8), figures));
    let cells = vec![
        label(5, "年度考核折算年限"),
        value(4, "年度考核折算年限", &years.credit_months.map_or_else(String::new, span))?,
        continued(2),
        continued(4),
    ];
    table.row(Row::new(mm(8), cells));
    Ok(())
}

/// Months as years and months: `1年6个月`.
fn span(months: i32) -> String {
    let sign = if months < 0 { "-" } else { "" };
    match (months.unsigned_abs() / 12, months.unsigned_abs() % 12) {
        (0, 0) => "0".to_owned(),
        (years, 0) => format!("{sign}{years}年"),
        (0, months) => format!("{sign}{months}个月"),
        (years, months) => format!("{sign}{years}年{months}个月"),
    }
}

/// Résumé and findings share the room that the other rows leave on the page: the longer the
/// one, the lower the other.
fn texts(table: &mut Table, person: &Appointment) -> Result<(), FormError> {
    at_most("CAREER_LINES_MAX", person.career.len(), CAREER_LINES_MAX)?;
    let career: Vec<String> = person.career.iter().map(career_line).collect();
    let career_mm = height_mm(&career);
    let findings_mm = height_mm(std::slice::from_ref(&person.findings)).max(FINDINGS_MM);
    let left_mm = TEXTS_MM.saturating_sub(findings_mm);
    let cells = vec![label(2, "工\n作\n简\n历"), Cell::of(13, paragraphs(&career)?).top()];
    table.row(Row::new(mm(career_mm.max(left_mm)), cells).divided());
    let cells = vec![
        label(2, "民主测评\n和考核、\n公示情况"),
        long(13, "民主测评和考核、公示情况", &person.findings)?,
    ];
    table.row(Row::new(mm(FINDINGS_MM), cells).divided());
    Ok(())
}

/// How high lines of text are about, across thirteen columns.
fn height_mm(texts: &[String]) -> u32 {
    let lines: u32 = texts.iter().map(|text| text::lines(text, ROOM)).sum();
    lines * LINE_MM
}

fn paragraphs(career: &[String]) -> Result<Vec<Paragraph>, FormError> {
    let hanging = Indent { hanging: 800, ..Indent::default() };
    let paragraph = |line: &String| Ok(Paragraph::text("工作简历", line, VALUE)?.indent(hanging));
    let lines: Result<Vec<Paragraph>, FormError> = career.iter().map(paragraph).collect();
    match lines? {
        none if none.is_empty() => Ok(vec![Paragraph::label("", VALUE)]),
        lines => Ok(lines),
    }
}

/// `2012.07—2016.03  示例县示例局科员`, further lines below the text.
fn career_line(line: &CareerLine) -> String {
    // As wide as a month.
    let present = "\u{3000}\u{3000}\u{3000} ".to_owned();
    let to = line.to.map_or(present, |to| to.to_string());
    format!("{}—{to}  {}", line.from, line.what)
}

fn opinions(table: &mut Table, left: &Opinion, right: &Opinion) -> Result<(), FormError> {
    let words = |columns, opinion: &Opinion| {
        Ok::<_, FormError>(long(columns, "意见", opinion.words())?.upper())
    };
    let seal = |columns, opinion: &Opinion| {
        let text = format!("（章）          \n{}    ", opinion.day());
        Cell::new(columns, Paragraph::label(&text, LABEL).align(Align::Right)).lower()
    };
    let cells = vec![
        label(2, "呈\n报\n单\n位\n意\n见").merge(Merge::First),
        words(6, left)?,
        label(2, "审\n批\n部\n门\n意\n见").merge(Merge::First),
        words(5, right)?,
    ];
    table.row(Row::new(mm(24), cells));
    let cells = vec![continued(2), seal(6, left), continued(2), seal(5, right)];
    table.row(Row::new(mm(15), cells));
    Ok(())
}

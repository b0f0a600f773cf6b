//! 《参照公务员法管理机关（单位）备案表》: what is filed with the central authority after an
//! approval. Its columns are those of 单位基本情况, the authorisation, the approval.

use jiff::civil::Date;

use super::facts::{Basis, Decided, UnitFacts};
use super::paper;
use crate::bounds::{FACTS_MAX, FORMS_MAX, UNITS_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Grid, Head, Value, head};
use crate::opinion::Opinion;
use crate::sheet::{Book, Paper};
use crate::word::{Row, mm};

/// The title of the form.
pub const TITLE: &str = "参照公务员法管理机关（单位）备案表";
const SHEET: &str = "备案表";

/// A unit that is filed (备案单位).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filed {
    /// 单位
    pub unit: UnitFacts,
    /// 授权依据
    pub bases: Vec<Basis>,
    /// 审批
    pub approval: Decided,
}

/// What the form says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filing {
    /// Who files (填报单位).
    pub reporter: String,
    /// 填报日期
    pub on: Option<Date>,
    /// 备案单位
    pub units: Vec<Filed>,
    /// 填报单位意见
    pub opinion: Opinion,
    /// 备案机关意见
    pub receiver: Opinion,
}

fn check(filing: &Filing, max: (&'static str, usize)) -> Result<(), FormError> {
    at_most(max.0, filing.units.len(), max.1)?;
    if filing.units.is_empty() {
        return Err(FormError::Missing { field: "备案单位" });
    }
    filing.units.iter().try_for_each(|unit| at_most("FACTS_MAX", unit.bases.len(), FACTS_MAX))
}

fn line(filing: &Filing) -> String {
    let day = filing.on.map_or_else(|| "    年  月  日".to_owned(), spoken);
    format!("填报单位：{}    填报日期：{day}", filing.reporter)
}

/// One form a unit, each beginning a page.
///
/// # Errors
/// [`FormError`]: `FORMS_MAX`, `FACTS_MAX`, `FIELD_MISSING` without a unit.
pub fn docx(filing: &Filing, made_on: Date) -> Result<Vec<u8>, FormError> {
    check(filing, ("FORMS_MAX", FORMS_MAX))?;
    let mut document = paper::document(TITLE);
    for (filed, number) in filing.units.iter().zip(0_usize..) {
        paper::title(&mut document, TITLE, number > 0);
        paper::line(&mut document, "填报单位", &line(filing))?;
        let mut table = paper::table();
        paper::unit(&mut table, &filed.unit)?;
        let bases: Vec<String> = filed.bases.iter().map(Basis::lines).collect();
        paper::listed(&mut table, 40, "法律、法规授权依据", &bases)?;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let day = filed.approval.on.map_or_else(String::new, spoken);
        let cells = vec![
            paper::label(2, "审批机关"),
            paper::value(2, "审批机关", &text(&filed.approval.authority))?,
            paper::label(2, "审批时间"),
            paper::value(2, "审批时间", &day)?,
            paper::label(2, "审批文号"),
            paper::value(2, "审批文号", &text(&filed.approval.number))?,
        ];
        table.row(Row::new(mm(10), cells));
        for (name, opinion) in
            [("填报单位\n意见", &filing.opinion), ("备案机关\n意见", &filing.receiver)]
        {
            paper::opinion(&mut table, name, opinion.words(), opinion)?;
        }
        document.table(&table);
        paper::note(&mut document, "");
    }
    document.finish(made_on)
}

/// All units on one sheet, a unit a row.
///
/// # Errors
/// [`FormError`]: `UNITS_MAX`, `FACTS_MAX`, `FIELD_MISSING` without a unit.
pub fn xlsx(filing: &Filing, made_on: Date) -> Result<Vec<u8>, FormError> {
    check(filing, ("UNITS_MAX", UNITS_MAX))?;
    let mut heads = vec![head("序号", 32)];
    let unit = UnitFacts::default();
    heads.extend(unit.entries().iter().map(|entry| head(entry.label, entry.width)));
    let more: [Head; 4] = [
        head("法律、法规授权依据", 220),
        head("审批机关", 90),
        head("审批时间", 84),
        head("审批文号", 84),
    ];
    heads.extend(more);
    let mut grid = Grid::on(Paper::A3, SHEET, TITLE, &line(filing), &heads)?;
    for (filed, serial) in filing.units.iter().zip(1..) {
        let bases: Vec<String> = filed.bases.iter().map(Basis::lines).collect();
        let mut values = vec![Value::serial(serial)];
        values.extend(filed.unit.entries().into_iter().map(|entry| entry.value));
        values.extend([
            Value::Long(bases.join("\n")),
            Value::maybe(filed.approval.authority.as_deref()),
            Value::Day(filed.approval.on),
            Value::maybe(filed.approval.number.as_deref()),
        ]);
        grid.row(&values)?;
    }
    let mut book = Book::new(TITLE, made_on)?;
    book.add(grid.sheet)?;
    book.finish()
}

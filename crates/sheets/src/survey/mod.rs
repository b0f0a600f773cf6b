//! The survey sheet of re-certification (基础摸底表, B-03…B-06) as typed rows: every referenced
//! unit as it is after the reform, what it was before, by which documents, and whether the
//! three are clear (三清).
//!
//! ```
//! use quanheng_sheets::{Bounds, survey};
//! let template = survey::template()?;
//! let read = survey::read(&template, &Bounds::default(), |_| None)?;
//! assert!(read.rows.is_empty() && !read.table.has_errors());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod form;

use jiff::civil::Date;
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_policy::profile::ReferenceChange;

pub use check::check;
pub use form::FORM;

use crate::bounds::Bounds;
use crate::convert::{Converted, Give, Import, Take, import};
use crate::error::{ReadError, WriteError};
use crate::finding::{Fault, Problem};
use crate::units::{self, PlaceNames, UnitRow};
use crate::value::Value;
use form::{CUSTOMARY, DIVISION_AT};

/// What a unit was before the reform (改革前).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// 改革前机构名称
    pub name: Option<String>,
    /// 改革前隶属关系
    pub affiliation: Option<String>,
    /// 改革前主管单位
    pub supervisor: Option<String>,
    /// 改革前公共事务管理职能
    pub functions: Option<String>,
    /// 改革前参照管理编制数
    pub referenced_slots: Option<u32>,
}

/// One of the three that are to be clear (三清之一).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clear {
    /// Whether it is said to be clear; none if the cell is empty.
    pub clear: Option<bool>,
    /// 佐证材料, one a line. Without any it is not clear.
    pub evidence: Vec<String>,
}

/// A unit as the survey has it (摸底单位).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyRow {
    /// The unit after the reform (改革后): name, affiliation, superior, slots and the rest of
    /// 单位基本情况. Columns that the survey sheet does not have are empty.
    pub unit: UnitRow,
    /// 改革前
    pub before: Before,
    /// 改革后公共事务管理职能
    pub functions: Option<String>,
    /// 是否涉改
    pub affected: Option<bool>,
    /// 改革变动情形, in the order of the cell.
    pub changes: Vec<ReferenceChange>,
    /// 改革变动文件文号
    pub change_documents: Vec<DocumentNumber>,
    /// 改革变动时间
    pub changed_on: Option<Date>,
    /// 人员底数清
    pub staff: Clear,
    /// 编制文件清
    pub documents: Clear,
    /// 单位职能设置清
    pub functions_set: Clear,
}

/// Reads the sheet, from xlsx, xls or CSV (UTF-8 or GB18030); `divisions` finds a division by
/// its names. Units with warnings are taken, those with errors are not: `import.table` has
/// every finding with row, column and code, and [`crate::write_marked`] makes the marked copy
/// of it.
///
/// # Errors
/// [`ReadError`].
pub fn read(
    bytes: &[u8],
    bounds: &Bounds,
    divisions: impl Fn(&PlaceNames) -> Option<DivisionCode>,
) -> Result<Import<SurveyRow>, ReadError> {
    import(&FORM, bytes, bounds, units::TWINS, |row| {
        let (mut survey, mut problems) = from_values(&row.values);
        // A cell that holds an error needs no word on what it lacks.
        let faulty: Vec<_> = problems.iter().map(|problem| problem.key).collect();
        let doubtful = check(&survey, &divisions).into_iter();
        problems.extend(doubtful.filter(|problem| !faulty.contains(&problem.key)));
        let unit = &mut survey.unit;
        if unit.division.is_none() && !unit.place.is_empty() {
            unit.division = divisions(&unit.place);
        }
        Converted { row: Some(survey), problems }
    })
}

/// The empty sheet to fill in (空白模板), with its drop-down lists.
///
/// # Errors
/// [`WriteError`].
pub fn template() -> Result<Vec<u8>, WriteError> {
    crate::write::xlsx(&FORM, [])
}

/// A row of the values of the sheet; ids, kinds of change and numbers of documents that are
/// none are problems.
#[must_use]
pub fn from_values(values: &[Value]) -> (SurveyRow, Vec<Problem>) {
    let (unit, mut problems) = units::from_values(&unit_values(values));
    let mut take = Take::new(values.get(CUSTOMARY + 1..).unwrap_or(&[]));
    let before = Before {
        name: take.text(),
        affiliation: take.text(),
        supervisor: take.text(),
        functions: take.text(),
        referenced_slots: take.number(),
    };
    let functions = take.text();
    let affected = take.yes();
    let changes = changes(take.str(), &mut problems);
    let change_documents = documents(take.str(), &mut problems);
    let changed_on = take.date();
    let mut clear = || Clear { clear: take.yes(), evidence: lines(take.str()) };
    let (staff, documents, functions_set) = (clear(), clear(), clear());
    let row = SurveyRow {
        unit,
        before,
        functions,
        affected,
        changes,
        change_documents,
        changed_on,
        staff,
        documents,
        functions_set,
    };
    (row, problems)
}

/// The values as the unit form has them, its other columns empty.
fn unit_values(values: &[Value]) -> Vec<Value> {
    let mut all = vec![Value::Empty; units::FORM.columns.len()];
    for (value, at) in values.iter().zip((0..CUSTOMARY).chain([DIVISION_AT])) {
        all[at] = value.clone();
    }
    all
}

fn lines(text: Option<&str>) -> Vec<String> {
    parts(text.unwrap_or("")).map(str::to_owned).collect()
}

/// What stands side by side in a cell.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(['；', ';', '\n']);
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// Kinds of change by their names; 、 and commas part them too, though one name has a 、.
fn changes(text: Option<&str>, problems: &mut Vec<Problem>) -> Vec<ReferenceChange> {
    let mut found = Vec::new();
    for part in parts(text.unwrap_or("")) {
        let mut rest = part.trim_start_matches(['、', '，', ',', ' ']);
        while !rest.is_empty() {
            let named = |kind: &&ReferenceChange| rest.starts_with(kind.label());
            let Some(kind) = ReferenceChange::ALL.iter().find(named) else {
                problems.push(unknown_change());
                return found;
            };
            let after = &rest[kind.label().len()..];
            let next = after.trim_start_matches(['、', '，', ',', ' ']);
            if !next.is_empty() && next.len() == after.len() {
                problems.push(unknown_change());
                return found;
            }
            if !found.contains(kind) {
                found.push(*kind);
            }
            rest = next;
        }
    }
    found
}

fn unknown_change() -> Problem {
    let known: Vec<&str> = ReferenceChange::ALL.iter().map(|kind| kind.label()).collect();
    let message = format!("应为以下一种或几种,以顿号或分号隔开:{}", known.join(";"));
    Fault::error("CHANGE_KIND_UNKNOWN", message).at("changes")
}

/// Numbers of documents; a 、 parts them after 号 only, as issuers may have one.
fn documents(text: Option<&str>, problems: &mut Vec<Problem>) -> Vec<DocumentNumber> {
    let text = text.unwrap_or("").replace("号、", "号；").replace(['，', ','], "；");
    let mut found = Vec::new();
    for part in parts(&text) {
        match DocumentNumber::parse(part) {
            Ok(number) => found.push(number),
            Err(invalid) => {
                let fault = Fault::error(invalid.reason, invalid.message);
                problems.push(fault.at("change_documents"));
                return found;
            }
        }
    }
    found
}

impl SurveyRow {
    /// The values of its row: of the unit, those that the survey sheet has columns for.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        let unit = self.unit.values();
        let mut give = Give::default();
        for value in unit.iter().take(CUSTOMARY).chain(unit.get(DIVISION_AT)) {
            give.push(value.clone());
        }
        let before = &self.before;
        let joined = |parts: Vec<String>| (!parts.is_empty()).then(|| parts.join("；"));
        let changes = joined(self.changes.iter().map(|kind| kind.label().to_owned()).collect());
        let documents = joined(self.change_documents.iter().map(ToString::to_string).collect());
        give.text(before.name.as_deref())
            .text(before.affiliation.as_deref())
            .text(before.supervisor.as_deref())
            .text(before.functions.as_deref())
            .number(before.referenced_slots)
            .text(self.functions.as_deref())
            .yes(self.affected)
            .text(changes.as_deref())
            .text(documents.as_deref())
            .date(self.changed_on);
        for clear in [&self.staff, &self.documents, &self.functions_set] {
            give.yes(clear.clear).text(joined(clear.evidence.clone()).as_deref());
        }
        give.values()
    }
}

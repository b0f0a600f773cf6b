//! Tables on sheets: a title, a line below it, headers in one row or two, rows of values.

use jiff::civil::Date;

use crate::bounds::COUNT_MAX;
use crate::days::iso;
use crate::error::FormError;
use crate::sheet::{FANG_SONG, HEI, KAI, Look, Page, Paper, Sheet, TITLE_SONG, at};

pub(crate) const PAGE: Page =
    Page { paper: Paper::A4, landscape: true, margins_mm: (14, 14, 10), numbered: true };
pub(crate) const HEADER: Look = Look::new(HEI, 10);
pub(crate) const CELL: Look = Look::new(FANG_SONG, 10);
/// Behind what does not hold, and behind what somebody should look at.
pub(crate) const RED: u32 = 0x00FF_C7CE;
pub(crate) const YELLOW: u32 = 0x00FF_EB9C;

/// A header over a column, so many pixels wide, under a group's where it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) group: &'static str,
    pub(crate) label: &'static str,
    pub(crate) width: u32,
}

/// A header without a group.
pub(crate) const fn head(label: &'static str, width: u32) -> Head {
    Head { group: "", label, width }
}

/// A header within a group.
pub(crate) const fn under(group: &'static str, label: &'static str, width: u32) -> Head {
    Head { group, label, width }
}

/// What a cell says. What is not known leaves it empty.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A short text, centred.
    Text(String),
    /// A longer one, from the left.
    Long(String),
    Count(Option<i64>),
    Day(Option<Date>),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn maybe(text: Option<&str>) -> Self {
        Self::text(text.unwrap_or(""))
    }

    pub(crate) fn long(text: &str) -> Self {
        Self::Long(text.to_owned())
    }

    pub(crate) fn count(count: Option<u32>) -> Self {
        Self::Count(count.map(i64::from))
    }

    pub(crate) fn serial(number: usize) -> Self {
        Self::Count(i64::try_from(number).ok())
    }

    /// 是 or 否.
    pub(crate) fn yes(yes: Option<bool>) -> Self {
        Self::text(yes.map_or("", |yes| if yes { "是" } else { "否" }))
    }
}

/// A table in the making.
pub(crate) struct Grid {
    pub(crate) sheet: Sheet,
    heads: Vec<Head>,
    next: u32,
}

impl Grid {
    /// A sheet with title, the line below it, and its headers.
    pub(crate) fn new(
        name: &str,
        title: &str,
        line: &str,
        heads: &[Head],
    ) -> Result<Self, FormError> {
        Self::on(Paper::A4, name, title, line, heads)
    }

    /// The same on a paper of one's own.
    pub(crate) fn on(
        paper: Paper,
        name: &str,
        title: &str,
        line: &str,
        heads: &[Head],
    ) -> Result<Self, FormError> {
        let widths: Vec<u32> = heads.iter().map(|head| head.width).collect();
        let columns = u16::try_from(heads.len()).unwrap_or(u16::MAX);
        let mut sheet = Sheet::new(name, &widths, Page { paper, ..PAGE })?;
        sheet.raise(0, 44);
        sheet.text(at(0, 0).columns(columns), "标题", title, &Look::bare(TITLE_SONG, 20))?;
        sheet.raise(1, 26);
        sheet.text(at(1, 0).columns(columns), "表头", line, &Look::bare(KAI, 11).left())?;
        let mut grid = Self { sheet, heads: heads.to_vec(), next: 2 };
        grid.headers()?;
        Ok(grid)
    }

    fn headers(&mut self) -> Result<(), FormError> {
        let grouped = self.heads.iter().any(|head| !head.group.is_empty());
        let rows: u32 = if grouped { 2 } else { 1 };
        let (first, last) = (self.next, self.next + rows - 1);
        self.sheet.raise(last, 34);
        let mut begun: Option<(u16, &str)> = None;
        for (head, column) in self.heads.clone().iter().zip(0_u16..) {
            if head.group.is_empty() {
                self.sheet.label(at(first, column).rows(rows), head.label, &HEADER)?;
                begun = None;
                continue;
            }
            self.sheet.label(at(last, column), head.label, &HEADER)?;
            if begun.is_none_or(|(_, group)| group != head.group) {
                begun = Some((column, head.group));
                let same = self.heads[usize::from(column)..]
                    .iter()
                    .take_while(|one| one.group == head.group);
                let columns = u16::try_from(same.count()).unwrap_or(1);
                self.sheet.label(at(first, column).columns(columns), head.group, &HEADER)?;
            }
        }
        self.sheet.repeat(first, last)?;
        self.next = last + 1;
        Ok(())
    }

    /// Writes a row of values from the first column.
    pub(crate) fn row(&mut self, values: &[Value]) -> Result<(), FormError> {
        self.part(self.next, 0, 1, values, None)?;
        self.next += 1;
        Ok(())
    }

    /// The same with a colour behind it.
    pub(crate) fn row_filled(&mut self, values: &[Value], fill: u32) -> Result<(), FormError> {
        self.part(self.next, 0, 1, values, Some(fill))?;
        self.next += 1;
        Ok(())
    }

    /// Writes one thing of many parts: what is said once, over as many rows as the parts
    /// have, and beside it the parts. There is always one row.
    pub(crate) fn block(&mut self, once: &[Value], parts: &[Vec<Value>]) -> Result<(), FormError> {
        let column = u16::try_from(once.len()).unwrap_or(u16::MAX);
        let first = self.next;
        for (part, row) in parts.iter().zip(first..) {
            self.part(row, column, 1, part, None)?;
        }
        if parts.is_empty() {
            let rest = self.heads.len().saturating_sub(once.len());
            self.part(first, column, 1, &vec![Value::text(""); rest], None)?;
        }
        let rows = u32::try_from(parts.len().max(1)).unwrap_or(1);
        self.part(first, 0, rows, once, None)?;
        self.next = first + rows;
        Ok(())
    }

    fn part(
        &mut self,
        row: u32,
        column: u16,
        rows: u32,
        values: &[Value],
        fill: Option<u32>,
    ) -> Result<(), FormError> {
        let look = fill.map_or(CELL, |fill| CELL.fill(fill));
        if rows == 1 {
            self.sheet.raise(row, 30);
        }
        for (value, column) in values.iter().zip(column..) {
            let area = at(row, column).rows(rows);
            let field = self.heads.get(usize::from(column)).map_or("表格", |head| head.label);
            match value {
                Value::Text(text) => self.sheet.text(area, field, text, &look)?,
                Value::Long(text) => self.sheet.text(area, field, text, &look.left())?,
                Value::Day(day) => {
                    self.sheet.text(area, field, &day.map_or_else(String::new, iso), &look)?;
                }
                Value::Count(count) => {
                    let count = count.map(figure).transpose()?;
                    self.sheet.number(area, count, &look)?;
                }
            }
        }
        Ok(())
    }

    /// A line below the table, over all its columns.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), FormError> {
        let columns = u16::try_from(self.heads.len()).unwrap_or(u16::MAX);
        let look = Look::bare(FANG_SONG, 10).left();
        self.sheet.text(at(self.next, 0).columns(columns), "说明", text, &look)?;
        self.next += 1;
        Ok(())
    }
}

/// A figure that a cell may print.
pub(crate) fn figure(count: i64) -> Result<i32, FormError> {
    let too_many = FormError::Bound { bound: "COUNT_MAX", max: u64::from(COUNT_MAX) };
    i32::try_from(count).ok().filter(|count| count.unsigned_abs() <= COUNT_MAX).ok_or(too_many)
}

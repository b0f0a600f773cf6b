//! Sheets for printing: cells placed by area, text that wraps into rows high enough for it,
//! A4 set-up. Measures are pixels, 96 to the inch, as worksheets count them.

mod look;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet};

pub(crate) use look::{Edges, Look};

use crate::error::FormError;
use crate::text::{self, Clean};

/// Fonts by the names under which officials' machines have them.
pub(crate) const SONG: &str = "宋体";
pub(crate) const FANG_SONG: &str = "仿宋_GB2312";
pub(crate) const HEI: &str = "黑体";
pub(crate) const KAI: &str = "楷体_GB2312";
pub(crate) const TITLE_SONG: &str = "方正小标宋简体";

/// What sheets are printed on, by the numbers that worksheets give paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paper {
    A4 = 9,
    /// For ledgers of more columns than anybody could read on A4.
    A3 = 8,
}

const INCH_MM: f64 = 25.4;
/// A worksheet's row is at most 409.5 points high.
const ROW_PX_MAX: u32 = 545;
const ROW_PX: u32 = 20;
/// What programs leave free at a cell's sides, and above and below its text.
const CELL_PAD_PX: u32 = 6;

/// Cells that are one: where they begin, how many rows and columns they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    row: u32,
    column: u16,
    rows: u32,
    columns: u16,
}

/// One cell, counted from nothing.
pub(crate) fn at(row: u32, column: u16) -> Area {
    Area { row, column, rows: 1, columns: 1 }
}

impl Area {
    pub(crate) fn rows(self, rows: u32) -> Self {
        Self { rows, ..self }
    }

    pub(crate) fn columns(self, columns: u16) -> Self {
        Self { columns, ..self }
    }

    fn single(self) -> bool {
        (self.rows, self.columns) == (1, 1)
    }
}

/// How a sheet comes onto paper: as wide as the page, on as many pages as it needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) paper: Paper,
    pub(crate) landscape: bool,
    /// Top, bottom, and either side.
    pub(crate) margins_mm: (u8, u8, u8),
    /// Whether each page shows its number below.
    pub(crate) numbered: bool,
}

/// A workbook in the making.
pub(crate) struct Book(Workbook);

impl Book {
    pub(crate) fn new(title: &str, made_on: Date) -> Result<Self, FormError> {
        let mut workbook = Workbook::new();
        let part = |number: i8| u8::try_from(number).unwrap_or(1);
        let year = u16::try_from(made_on.year()).unwrap_or(0);
        let made = ExcelDateTime::from_ymd(year, part(made_on.month()), part(made_on.day()))?;
        let properties = DocProperties::new().set_title(title).set_creation_datetime(&made);
        workbook.set_properties(&properties);
        Ok(Self(workbook))
    }

    /// Adds a sheet that is done.
    pub(crate) fn add(&mut self, sheet: Sheet) -> Result<(), FormError> {
        self.0.push_worksheet(sheet.done()?);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>, FormError> {
        Ok(self.0.save_to_buffer()?)
    }
}

/// A text in rows that are one, and the height that it needs there.
struct Tall {
    area: Area,
    field: &'static str,
    needed: u32,
}

/// A sheet in the making.
pub(crate) struct Sheet {
    sheet: Worksheet,
    columns: Vec<u32>,
    heights: BTreeMap<u32, u32>,
    tall: Vec<Tall>,
}

impl Sheet {
    /// A sheet with a Chinese name and columns so many pixels wide.
    pub(crate) fn new(name: &str, columns: &[u32], page: Page) -> Result<Self, FormError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        for (width, column) in columns.iter().zip(0_u16..) {
            sheet.set_column_width_pixels(column, *width)?;
        }
        set_up(&mut sheet, page);
        let (heights, tall) = (BTreeMap::new(), Vec::new());
        Ok(Self { sheet, columns: columns.to_vec(), heights, tall })
    }

    /// Writes a text that came from outside; an absent one leaves the cells empty.
    pub(crate) fn text(
        &mut self,
        area: Area,
        field: &'static str,
        text: &str,
        look: &Look,
    ) -> Result<(), FormError> {
        let text = Clean::new(field, text)?;
        self.fill(area, field, &text, look)
    }

    /// Writes a label of the form itself.
    pub(crate) fn label(&mut self, area: Area, text: &str, look: &Look) -> Result<(), FormError> {
        self.fill(area, "表头", &Clean::label(text), look)
    }

    /// Writes a number, or leaves the cells empty.
    pub(crate) fn number(
        &mut self,
        area: Area,
        number: Option<i32>,
        look: &Look,
    ) -> Result<(), FormError> {
        let format = look.number_format();
        self.merge(area, &format)?;
        self.raise(area.row, ROW_PX);
        match number {
            Some(number) => {
                self.sheet.write_number_with_format(area.row, area.column, number, &format)?
            }
            None => self.sheet.write_blank(area.row, area.column, &format)?,
        };
        Ok(())
    }

    /// Makes a row at least so high.
    pub(crate) fn raise(&mut self, row: u32, height: u32) {
        let found = self.heights.entry(row).or_insert(ROW_PX);
        *found = (*found).max(height);
    }

    /// Repeats rows at the top of every page, and keeps them in sight on the screen with all
    /// above them.
    pub(crate) fn repeat(&mut self, first: u32, last: u32) -> Result<(), FormError> {
        self.sheet.set_repeat_rows(first, last)?;
        self.sheet.set_freeze_panes(last + 1, 0)?;
        Ok(())
    }

    fn fill(
        &mut self,
        area: Area,
        field: &'static str,
        text: &Clean,
        look: &Look,
    ) -> Result<(), FormError> {
        self.fit(area, field, text.as_str(), look);
        let format = look.text_format(text.as_str().chars().count());
        self.merge(area, &format)?;
        if text.as_str().is_empty() {
            self.sheet.write_blank(area.row, area.column, &format)?;
        } else {
            // A string cell, which no program reads as a formula.
            self.sheet.write_string_with_format(area.row, area.column, text.as_str(), &format)?;
        }
        Ok(())
    }

    fn merge(&mut self, area: Area, format: &rust_xlsxwriter::Format) -> Result<(), FormError> {
        if !area.single() {
            let (bottom, right) = (area.row + area.rows - 1, area.column + area.columns - 1);
            self.sheet.merge_range(area.row, area.column, bottom, right, "", format)?;
        }
        Ok(())
    }

    /// Sees to it that the rows are high enough for a text.
    fn fit(&mut self, area: Area, field: &'static str, text: &str, look: &Look) {
        let first = usize::from(area.column);
        let width: u32 = self.columns.iter().skip(first).take(usize::from(area.columns)).sum();
        let room = width.saturating_sub(CELL_PAD_PX) * 750 / look.size;
        let needed = text::lines(text, room) * look.line_px() + CELL_PAD_PX;
        if area.rows == 1 && needed <= ROW_PX_MAX {
            self.raise(area.row, needed);
        } else {
            self.tall.push(Tall { area, field, needed });
        }
    }

    fn done(mut self) -> Result<Worksheet, FormError> {
        for tall in std::mem::take(&mut self.tall) {
            self.stretch(&tall)?;
        }
        for (row, height) in &self.heights {
            self.sheet.set_row_height_pixels(*row, *height)?;
        }
        Ok(self.sheet)
    }

    /// Shares what a text needs beyond its rows' heights among them.
    fn stretch(&mut self, tall: &Tall) -> Result<(), FormError> {
        let rows = tall.area.row..tall.area.row + tall.area.rows;
        let there: u32 = rows.clone().map(|row| *self.heights.get(&row).unwrap_or(&ROW_PX)).sum();
        let more = tall.needed.saturating_sub(there).div_ceil(tall.area.rows);
        for row in rows {
            let height = *self.heights.get(&row).unwrap_or(&ROW_PX) + more;
            if height > ROW_PX_MAX {
                return Err(FormError::TextTooTall { field: tall.field });
            }
            self.raise(row, height);
        }
        Ok(())
    }
}

fn set_up(sheet: &mut Worksheet, page: Page) {
    let inches = |mm: u8| f64::from(mm) / INCH_MM;
    let (top, bottom, side) = page.margins_mm;
    sheet.set_paper_size(page.paper as u8);
    if page.landscape {
        sheet.set_landscape();
    } else {
        sheet.set_portrait();
    }
    sheet.set_margins(inches(side), inches(side), inches(top), inches(bottom), 0.2, 0.2);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_print_center_horizontally(true);
    if page.numbered {
        sheet.set_footer("&C&\"宋体\"&9第 &P 页 共 &N 页");
    }
}

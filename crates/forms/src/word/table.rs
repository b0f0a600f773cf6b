//! Tables of fixed columns with merged cells.

use super::paragraph::Paragraph;
use super::xml::Xml;

/// How a cell goes with the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    /// By itself.
    Single,
    /// The first of several rows that are one cell.
    First,
    /// Goes on with the cell above.
    Continued,
}

/// Where a cell's text stands between its top and its bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Down {
    Top,
    Centre,
    Bottom,
}

/// A cell across one or more columns.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    columns: usize,
    merge: Merge,
    down: Down,
    /// Whether the line above and the line below are drawn.
    lines: (bool, bool),
    paragraphs: Vec<Paragraph>,
}

impl Cell {
    pub(crate) fn new(columns: usize, paragraph: Paragraph) -> Self {
        Self::of(columns, vec![paragraph])
    }

    /// A cell of several paragraphs; there is always one.
    pub(crate) fn of(columns: usize, paragraphs: Vec<Paragraph>) -> Self {
        Self { columns, merge: Merge::Single, down: Down::Centre, lines: (true, true), paragraphs }
    }

    pub(crate) fn merge(self, merge: Merge) -> Self {
        Self { merge, ..self }
    }

    /// The upper of two cells that look like one: its text begins at the top.
    pub(crate) fn upper(self) -> Self {
        Self { down: Down::Top, lines: (true, false), ..self }
    }

    /// The lower of two cells that look like one: its text ends at the bottom.
    pub(crate) fn lower(self) -> Self {
        Self { down: Down::Bottom, lines: (false, true), ..self }
    }

    /// Its text begins at the top.
    pub(crate) fn top(self) -> Self {
        Self { down: Down::Top, ..self }
    }

    fn write(&self, xml: &mut Xml, width: u32) {
        xml.open("w:tc", &[]);
        xml.open("w:tcPr", &[]);
        xml.empty("w:tcW", &[("w:w", &width.to_string()), ("w:type", "dxa")]);
        if self.columns > 1 {
            xml.value("w:gridSpan", &self.columns.to_string());
        }
        match self.merge {
            Merge::Single => {}
            Merge::First => xml.value("w:vMerge", "restart"),
            Merge::Continued => xml.value("w:vMerge", "continue"),
        }
        if self.lines != (true, true) {
            xml.open("w:tcBorders", &[]);
            for (drawn, edge) in [(self.lines.0, "w:top"), (self.lines.1, "w:bottom")] {
                if !drawn {
                    xml.value(edge, "nil");
                }
            }
            xml.close("w:tcBorders");
        }
        let down = match self.down {
            Down::Top => "top",
            Down::Centre => "center",
            Down::Bottom => "bottom",
        };
        xml.value("w:vAlign", down);
        xml.close("w:tcPr");
        debug_assert!(!self.paragraphs.is_empty(), "a cell ends with a paragraph");
        self.paragraphs.iter().for_each(|paragraph| paragraph.write(xml));
        xml.close("w:tc");
    }
}

/// A row at least so high.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    height: u32,
    cells: Vec<Cell>,
    header: bool,
    whole: bool,
}

impl Row {
    /// A row that stays on one page.
    pub(crate) fn new(height: u32, cells: Vec<Cell>) -> Self {
        Self { height, cells, header: false, whole: true }
    }

    /// Repeated at the top of every page.
    pub(crate) fn header(self) -> Self {
        Self { header: true, ..self }
    }

    /// May go on with the next page: long texts.
    pub(crate) fn divided(self) -> Self {
        Self { whole: false, ..self }
    }
}

/// A table of columns of fixed widths.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<u32>,
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(columns: Vec<u32>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// `w:tbl`.
    pub(super) fn write(&self, xml: &mut Xml) {
        xml.open("w:tbl", &[]);
        self.properties(xml);
        xml.open("w:tblGrid", &[]);
        for width in &self.columns {
            xml.empty("w:gridCol", &[("w:w", &width.to_string())]);
        }
        xml.close("w:tblGrid");
        self.rows.iter().for_each(|row| self.write_row(xml, row));
        xml.close("w:tbl");
    }

    fn properties(&self, xml: &mut Xml) {
        let width: u32 = self.columns.iter().sum();
        xml.open("w:tblPr", &[]);
        xml.empty("w:tblW", &[("w:w", &width.to_string()), ("w:type", "dxa")]);
        xml.value("w:jc", "center");
        xml.open("w:tblBorders", &[]);
        for (edge, eighths) in [
            ("w:top", "8"),
            ("w:left", "8"),
            ("w:bottom", "8"),
            ("w:right", "8"),
            ("w:insideH", "4"),
            ("w:insideV", "4"),
        ] {
            let line =
                [("w:val", "single"), ("w:sz", eighths), ("w:space", "0"), ("w:color", "000000")];
            xml.empty(edge, &line);
        }
        xml.close("w:tblBorders");
        xml.empty("w:tblLayout", &[("w:type", "fixed")]);
        xml.open("w:tblCellMar", &[]);
        for side in ["w:left", "w:right"] {
            xml.empty(side, &[("w:w", "57"), ("w:type", "dxa")]);
        }
        xml.close("w:tblCellMar");
        xml.close("w:tblPr");
    }

    fn write_row(&self, xml: &mut Xml, row: &Row) {
        xml.open("w:tr", &[]);
        xml.open("w:trPr", &[]);
        if row.whole {
            xml.empty("w:cantSplit", &[]);
        }
        xml.empty("w:trHeight", &[("w:val", &row.height.to_string()), ("w:hRule", "atLeast")]);
        if row.header {
            xml.empty("w:tblHeader", &[]);
        }
        xml.close("w:trPr");
        let mut first = 0;
        for cell in &row.cells {
            let width = self.columns.iter().skip(first).take(cell.columns).sum();
            cell.write(xml, width);
            first += cell.columns;
        }
        debug_assert_eq!(first, self.columns.len(), "a row fills the table");
        xml.close("w:tr");
    }
}

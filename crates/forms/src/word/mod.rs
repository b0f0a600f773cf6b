//! Documents for printing, written as OOXML: paragraphs, tables with merged cells, page
//! set-up. Written here because the same content must give the same bytes, and because
//! official layout needs what writers at hand leave out: cells that look like one, line
//! spacing to the point, numbers of pages outside.
//!
//! Measures are twentieths of a point, as documents count them; [`mm`] makes them.

mod package;
mod paragraph;
mod table;
mod xml;

use jiff::civil::Date;

pub(crate) use paragraph::{Align, Face, Indent, Paragraph, Type};
pub(crate) use table::{Cell, Merge, Row, Table};

use crate::error::FormError;
use xml::Xml;

/// Millimetres in twentieths of a point.
pub(crate) const fn mm(millimetres: u32) -> u32 {
    (millimetres * 14_400 + 127) / 254
}

/// Points in twentieths of a point.
pub(crate) const fn points(points: u32) -> u32 {
    points * 20
}

/// Margins of an A4 page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Margins {
    pub(crate) top: u32,
    pub(crate) bottom: u32,
    pub(crate) left: u32,
    pub(crate) right: u32,
}

/// A4 (210 mm by 297 mm) in twentieths of a point.
const A4: (u32, u32) = (11_906, 16_838);

/// A document in the making.
pub(crate) struct Document {
    title: &'static str,
    margins: Margins,
    /// How text looks that says nothing else.
    normal: Type,
    /// Whether pages show their numbers, outside below, as GB/T 9704 has it.
    numbered: bool,
    body: Xml,
}

impl Document {
    pub(crate) fn new(title: &'static str, margins: Margins, normal: Type, numbered: bool) -> Self {
        Self { title, margins, normal, numbered, body: Xml::default() }
    }

    pub(crate) fn paragraph(&mut self, paragraph: &Paragraph) {
        paragraph.write(&mut self.body);
    }

    pub(crate) fn table(&mut self, table: &Table) {
        table.write(&mut self.body);
    }

    /// The bytes of the file.
    pub(crate) fn finish(self, made_on: Date) -> Result<Vec<u8>, FormError> {
        package::pack(&self, made_on)
    }

    /// The main part.
    fn main(&self) -> String {
        let mut xml = Xml::part();
        xml.open("w:document", &package::NAMESPACES);
        xml.open("w:body", &[]);
        xml.append(&self.body);
        xml.open("w:sectPr", &[]);
        if self.numbered {
            xml.empty("w:footerReference", &[("w:type", "default"), ("r:id", "rId3")]);
            xml.empty("w:footerReference", &[("w:type", "even"), ("r:id", "rId4")]);
        }
        let (width, height) = (A4.0.to_string(), A4.1.to_string());
        xml.empty("w:pgSz", &[("w:w", &width), ("w:h", &height)]);
        let [top, right, bottom, left] =
            [self.margins.top, self.margins.right, self.margins.bottom, self.margins.left]
                .map(|margin| margin.to_string());
        let footer = self.margins.bottom.saturating_sub(mm(9)).max(mm(5)).to_string();
        let margins = [
            ("w:top", top.as_str()),
            ("w:right", right.as_str()),
            ("w:bottom", bottom.as_str()),
            ("w:left", left.as_str()),
            ("w:header", "720"),
            ("w:footer", footer.as_str()),
            ("w:gutter", "0"),
        ];
        xml.empty("w:pgMar", &margins);
        xml.close("w:sectPr");
        xml.close("w:body");
        xml.close("w:document");
        xml.into_text()
    }
}

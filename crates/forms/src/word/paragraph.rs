//! Paragraphs and how they look.

use super::xml::Xml;
use crate::error::FormError;
use crate::text::Clean;

/// A font for Chinese text, by the name under which officials' machines have it; other text
/// is set in Times New Roman beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// 宋体
    Song,
    /// 仿宋_GB2312
    FangSong,
    /// 黑体
    Hei,
    /// 方正小标宋简体
    TitleSong,
}

impl Face {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Song => "宋体",
            Self::FangSong => "仿宋_GB2312",
            Self::Hei => "黑体",
            Self::TitleSong => "方正小标宋简体",
        }
    }
}

/// Font and size of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) face: Face,
    /// In half points.
    pub(crate) half_points: u32,
}

impl Type {
    pub(crate) const fn new(face: Face, half_points: u32) -> Self {
        Self { face, half_points }
    }

    /// `w:rPr`.
    pub(super) fn write(self, xml: &mut Xml) {
        xml.open("w:rPr", &[]);
        let fonts = [
            ("w:ascii", "Times New Roman"),
            ("w:hAnsi", "Times New Roman"),
            ("w:eastAsia", self.face.name()),
            ("w:cs", "Times New Roman"),
            ("w:hint", "eastAsia"),
        ];
        xml.empty("w:rFonts", &fonts);
        let size = self.half_points.to_string();
        xml.value("w:sz", &size);
        xml.value("w:szCs", &size);
        xml.close("w:rPr");
    }
}

/// Where lines stand between the margins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
}

/// Indents in hundredths of a character.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Indent {
    pub(crate) first_line: u32,
    pub(crate) right: u32,
    /// Of all lines but the first.
    pub(crate) hanging: u32,
}

/// A paragraph of one look. A line end in its text is a line end on the page.
#[derive(Debug, Clone)]
pub(crate) struct Paragraph {
    text: Clean,
    pub(crate) kind: Type,
    pub(crate) align: Align,
    /// Line spacing to the point (固定值), in twentieths; left out, as the font has it.
    pub(crate) exactly: Option<u32>,
    pub(crate) indent: Indent,
    /// Begins a page.
    pub(crate) new_page: bool,
    /// Stays on the page of the next paragraph.
    pub(crate) with_next: bool,
}

impl Paragraph {
    /// A text that came from outside. `field` is named if it is refused.
    pub(crate) fn text(field: &'static str, text: &str, kind: Type) -> Result<Self, FormError> {
        Ok(Self::of(Clean::new(field, text)?, kind))
    }

    /// A text of the form itself.
    pub(crate) fn label(text: &str, kind: Type) -> Self {
        Self::of(Clean::label(text), kind)
    }

    fn of(text: Clean, kind: Type) -> Self {
        Self {
            text,
            kind,
            align: Align::Left,
            exactly: None,
            indent: Indent::default(),
            new_page: false,
            with_next: false,
        }
    }

    pub(crate) fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    pub(crate) fn exactly(self, twentieths: u32) -> Self {
        Self { exactly: Some(twentieths), ..self }
    }

    pub(crate) fn indent(self, indent: Indent) -> Self {
        Self { indent, ..self }
    }

    pub(crate) fn new_page(self, new_page: bool) -> Self {
        Self { new_page, ..self }
    }

    pub(crate) fn with_next(self) -> Self {
        Self { with_next: true, ..self }
    }

    /// `w:p`.
    pub(super) fn write(&self, xml: &mut Xml) {
        xml.open("w:p", &[]);
        self.properties(xml);
        for (line, number) in self.text.as_str().split('\n').zip(0_u32..) {
            xml.open("w:r", &[]);
            self.kind.write(xml);
            if number > 0 {
                xml.empty("w:br", &[]);
            }
            xml.holding("w:t", &[("xml:space", "preserve")], line);
            xml.close("w:r");
        }
        xml.close("w:p");
    }

    fn properties(&self, xml: &mut Xml) {
        xml.open("w:pPr", &[]);
        if self.with_next {
            xml.empty("w:keepNext", &[]);
        }
        if self.new_page {
            xml.empty("w:pageBreakBefore", &[]);
        }
        xml.value("w:snapToGrid", "0");
        let spacing = match self.exactly {
            Some(twentieths) => (twentieths.to_string(), "exact"),
            None => ("240".to_owned(), "auto"),
        };
        let (line, rule) = (spacing.0.as_str(), spacing.1);
        let none = [("w:before", "0"), ("w:after", "0"), ("w:line", line), ("w:lineRule", rule)];
        xml.empty("w:spacing", &none);
        self.indents(xml);
        let align = match self.align {
            Align::Left => "left",
            Align::Centre => "center",
            Align::Right => "right",
        };
        xml.value("w:jc", align);
        self.kind.write(xml);
        xml.close("w:pPr");
    }

    /// In characters, and the same in twentieths of a point for programs that know no
    /// characters.
    fn indents(&self, xml: &mut Xml) {
        if self.indent == Indent::default() {
            return;
        }
        let twentieths = |hundredths: u32| (hundredths * self.kind.half_points / 10).to_string();
        let both = |hundredths: u32| (hundredths.to_string(), twentieths(hundredths));
        let right = both(self.indent.right);
        let mut attributes = vec![("w:rightChars", right.0.as_str()), ("w:right", &right.1)];
        let (first, hanging) = (both(self.indent.first_line), both(self.indent.hanging));
        if self.indent.hanging > 0 {
            attributes.extend([("w:leftChars", hanging.0.as_str()), ("w:left", &hanging.1)]);
            attributes.extend([("w:hangingChars", hanging.0.as_str()), ("w:hanging", &hanging.1)]);
        } else {
            attributes.extend([("w:firstLineChars", first.0.as_str()), ("w:firstLine", &first.1)]);
        }
        xml.empty("w:ind", &attributes);
    }
}

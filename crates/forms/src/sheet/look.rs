//! How cells look.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// The built-in format of text (`@`), and of whole numbers (`0`).
const TEXT_FORMAT: u8 = 49;
const WHOLE_FORMAT: u8 = 1;
const TEXT_FORMAT_CHARS_MAX: usize = 255;

/// Where text stands across its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Across {
    Left,
    Centre,
    Right,
}

/// Where text stands between the top and the bottom of its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Down {
    Top,
    Centre,
    Bottom,
}

/// Which edges of a cell are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edges {
    pub(crate) top: bool,
    pub(crate) bottom: bool,
    pub(crate) sides: bool,
}

impl Edges {
    pub(crate) const ALL: Self = Self { top: true, bottom: true, sides: true };
    pub(crate) const NONE: Self = Self { top: false, bottom: false, sides: false };
    /// The upper of two cells that look like one.
    pub(crate) const UPPER: Self = Self { top: true, bottom: false, sides: true };
    /// The lower of two cells that look like one.
    pub(crate) const LOWER: Self = Self { top: false, bottom: true, sides: true };
}

/// Font, size in points, place and edges of a cell. Text always wraps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) font: &'static str,
    pub(crate) size: u32,
    pub(crate) bold: bool,
    pub(crate) across: Across,
    pub(crate) down: Down,
    pub(crate) edges: Edges,
    /// A colour behind the text, as 0xRRGGBB.
    pub(crate) fill: Option<u32>,
}

impl Look {
    /// Centred in a drawn cell.
    pub(crate) const fn new(font: &'static str, size: u32) -> Self {
        let (across, down) = (Across::Centre, Down::Centre);
        Self { font, size, bold: false, across, down, edges: Edges::ALL, fill: None }
    }

    /// Centred, without edges: titles and what stands below a table.
    pub(crate) const fn bare(font: &'static str, size: u32) -> Self {
        Self { edges: Edges::NONE, ..Self::new(font, size) }
    }

    pub(crate) const fn left(self) -> Self {
        Self { across: Across::Left, ..self }
    }

    pub(crate) const fn right(self) -> Self {
        Self { across: Across::Right, ..self }
    }

    pub(crate) const fn top(self) -> Self {
        Self { down: Down::Top, ..self }
    }

    pub(crate) const fn bottom(self) -> Self {
        Self { down: Down::Bottom, ..self }
    }

    pub(crate) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) const fn edges(self, edges: Edges) -> Self {
        Self { edges, ..self }
    }

    pub(crate) const fn fill(self, colour: u32) -> Self {
        Self { fill: Some(colour), ..self }
    }

    /// The height of a line of this size, with the room that Chinese fonts ask for.
    pub(crate) fn line_px(&self) -> u32 {
        (self.size * 1_800).div_ceil(1_000)
    }

    /// As text: long numbers keep their last digits, and nothing typed over it becomes a
    /// formula. Old programs show more than 255 characters of that kind as `####`: a longer
    /// text is marked as one by a quote instead.
    pub(crate) fn text_format(&self, chars: usize) -> Format {
        let format = self.format().set_text_wrap();
        if chars <= TEXT_FORMAT_CHARS_MAX {
            format.set_num_format_index(TEXT_FORMAT)
        } else {
            format.set_quote_prefix()
        }
    }

    /// As a number, which cannot wrap: one too wide is set smaller.
    pub(crate) fn number_format(&self) -> Format {
        self.format().set_shrink().set_num_format_index(WHOLE_FORMAT)
    }

    fn format(&self) -> Format {
        let across = match self.across {
            Across::Left => FormatAlign::Left,
            Across::Centre => FormatAlign::Center,
            Across::Right => FormatAlign::Right,
        };
        let down = match self.down {
            Down::Top => FormatAlign::Top,
            Down::Centre => FormatAlign::VerticalCenter,
            Down::Bottom => FormatAlign::Bottom,
        };
        let format = Format::new()
            .set_font_name(self.font)
            .set_font_size(self.size)
            .set_align(across)
            .set_align(down);
        let format = if self.bold { format.set_bold() } else { format };
        let format = match self.fill {
            Some(colour) => format.set_background_color(Color::RGB(colour)),
            None => format,
        };
        self.drawn(format)
    }

    fn drawn(&self, format: Format) -> Format {
        let edge = |drawn: bool| if drawn { FormatBorder::Thin } else { FormatBorder::None };
        format
            .set_border_top(edge(self.edges.top))
            .set_border_bottom(edge(self.edges.bottom))
            .set_border_left(edge(self.edges.sides))
            .set_border_right(edge(self.edges.sides))
    }
}

//! Forms as data: which columns a sheet has, under which headers, and what they hold.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A day.
    Date,
    /// A month.
    Month,
    /// A year.
    Year,
    /// A whole number, not negative.
    Count,
    /// A share: `90%`, `2/3`.
    Percent,
    /// One of these.
    Choice(&'static [&'static str]),
    /// 公民身份号码
    IdentityNumber,
    /// 统一社会信用代码
    CreditCode,
    /// 行政区划代码
    DivisionCode,
    /// 文号
    DocumentNumber,
    /// A telephone number.
    Phone,
}

/// A column of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// A stable name.
    pub key: &'static str,
    /// The header from the top: blocks, then the column's own words. One to four texts.
    pub header: &'static [&'static str],
    /// What it holds.
    pub kind: Kind,
    /// Whether the sheet must have the column, and each row a value in it.
    pub required: bool,
    /// Its width in characters.
    pub width: u8,
    /// Whether it says who a person is or what is held about them.
    pub personal: bool,
    /// Further headers that mean it: codes of national systems, other wordings.
    pub aliases: &'static [&'static str],
    /// Other words for values, and what they mean.
    pub synonyms: &'static [(&'static str, &'static str)],
    /// Values that the sheet proposes without insisting.
    pub suggestions: &'static [&'static str],
    /// Whether we added it to the customary form.
    pub ours: bool,
}

impl Column {
    /// A column that may be missing or empty.
    #[must_use]
    pub const fn new(key: &'static str, header: &'static [&'static str], kind: Kind) -> Self {
        let width = match kind {
            Kind::Count | Kind::Year | Kind::Month | Kind::Percent => 9,
            Kind::Date | Kind::DivisionCode => 12,
            Kind::IdentityNumber | Kind::CreditCode => 21,
            _ => 14,
        };
        Self {
            key,
            header,
            kind,
            required: false,
            width,
            personal: false,
            aliases: &[],
            synonyms: &[],
            suggestions: &[],
            ours: false,
        }
    }

    /// The sheet must have it, and each row a value.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// It is about a person: masked in findings.
    #[must_use]
    pub const fn personal(mut self) -> Self {
        self.personal = true;
        self
    }

    /// We added it.
    #[must_use]
    pub const fn ours(mut self) -> Self {
        self.ours = true;
        self
    }

    /// Its width in characters.
    #[must_use]
    pub const fn width(mut self, width: u8) -> Self {
        self.width = width;
        self
    }

    /// Further headers that mean it.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Other words for its values.
    #[must_use]
    pub const fn synonyms(mut self, synonyms: &'static [(&'static str, &'static str)]) -> Self {
        self.synonyms = synonyms;
        self
    }

    /// Values that are proposed.
    #[must_use]
    pub const fn suggestions(mut self, suggestions: &'static [&'static str]) -> Self {
        self.suggestions = suggestions;
        self
    }

    /// The whole header in one line, for messages: `职级任免·现任职级`.
    #[must_use]
    pub fn title(&self) -> String {
        self.header.join("·")
    }

    /// The values of a drop-down list, and whether others are refused.
    #[must_use]
    pub fn list(&self) -> Option<(&'static [&'static str], bool)> {
        match self.kind {
            Kind::Choice(options) => Some((options, true)),
            _ if !self.suggestions.is_empty() => Some((self.suggestions, false)),
            _ => None,
        }
    }
}

/// A form: a sheet's title and its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// The name of the sheet.
    pub title: &'static str,
    /// The columns, from the left.
    pub columns: &'static [Column],
}

/// A cell of a header, over so many rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderCell {
    /// Its top row, from nothing.
    pub row: u32,
    /// Its left column, from nothing.
    pub column: u16,
    /// How many rows it covers.
    pub rows: u32,
    /// How many columns it covers.
    pub columns: u16,
    /// What it says.
    pub text: &'static str,
}

impl Form {
    /// Where the column of a key stands.
    #[must_use]
    pub fn position(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }

    /// How many rows the header takes.
    #[must_use]
    pub fn header_rows(&self) -> u32 {
        let deepest = self.columns.iter().map(|column| column.header.len()).max();
        u32::try_from(deepest.unwrap_or(1)).unwrap_or(1)
    }

    /// The header's cells, row by row: blocks over their columns, and a column's own words
    /// down to the last row of the header.
    #[must_use]
    pub fn header_cells(&self) -> Vec<HeaderCell> {
        let depth = self.header_rows();
        (0..depth).flat_map(|row| self.header_row(row, depth)).collect()
    }

    fn header_row(&self, row: u32, depth: u32) -> Vec<HeaderCell> {
        let level = row as usize;
        let mut cells: Vec<HeaderCell> = Vec::new();
        let mut over: Option<&[&str]> = None;
        for (column, position) in self.columns.iter().zip(0_u16..) {
            let Some(text) = column.header.get(level) else {
                over = None;
                continue;
            };
            let path = &column.header[..=level];
            let own = column.header.len() == level + 1;
            match cells.last_mut() {
                Some(cell) if !own && over == Some(path) => cell.columns += 1,
                _ => {
                    let rows = if own { depth - row } else { 1 };
                    cells.push(HeaderCell { row, column: position, rows, columns: 1, text });
                }
            }
            over = (!own).then_some(path);
        }
        cells
    }
}

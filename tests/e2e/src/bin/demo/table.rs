//! Tables for a terminal, where a Chinese character is two columns wide.

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// Whether a terminal draws a character over two columns (East Asian wide and full-width).
fn is_wide(c: char) -> bool {
    matches!(
        u32::from(c),
        0x1100..=0x115F
            | 0x2E80..=0x303E
            | 0x3041..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60
            | 0xFFE0..=0xFFE6
            | 0x20000..=0x3FFFD
    )
}

/// A table: the first row is its heading. Columns of numbers stand to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right_from: usize,
}

impl Table {
    /// A table whose columns from the one on, counted from 0, are numbers.
    pub(crate) fn new(heading: &[&str], right_from: usize) -> Self {
        let heading = heading.iter().map(|text| (*text).to_owned()).collect();
        Self { rows: vec![heading], right_from }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wide = |column| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell: &String| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(wide).collect();
        for (index, row) in self.rows.iter().enumerate() {
            println!("  {}", self.line(row, &widths));
            if index == 0 {
                let rules = widths.iter().map(|width| "─".repeat(*width));
                println!("  {}", rules.collect::<Vec<_>>().join("──"));
            }
        }
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, wide))| {
            let blank = " ".repeat(wide.saturating_sub(width(cell)));
            match column >= self.right_from {
                true => format!("{blank}{cell}"),
                false => format!("{cell}{blank}"),
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// A number with its thousands apart: 12,345.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        for (text, columns) in [("", 0), ("abc", 3), ("职数", 4), ("缺 3", 4), ("〔2024〕", 8)]
        {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}

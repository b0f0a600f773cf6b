//! What documents in the layout of GB/T 9704 have in common: 方正小标宋 二号 above, 仿宋 三号
//! below, 28 points from line to line, issuer and date at the right.

use crate::error::FormError;
use crate::text;
use crate::word::{Align, Document, Face, Indent, Margins, Paragraph, Type, mm, points};

const MARGINS: Margins = Margins { top: mm(37), bottom: mm(35), left: mm(28), right: mm(26) };
/// 二号
pub(crate) const TITLE: Type = Type::new(Face::TitleSong, 44);
/// 三号
pub(crate) const HEADING: Type = Type::new(Face::Hei, 32);
pub(crate) const BODY: Type = Type::new(Face::FangSong, 32);
pub(crate) const LINE: u32 = points(28);
const TWO_CHARS: Indent = Indent { first_line: 200, right: 0, hanging: 0 };

/// A document of this layout with its title and the empty line below it. `file_title` is what
/// the file calls itself: names of persons do not stand in a file's properties.
pub(crate) fn begin(file_title: &'static str, title: &str) -> Result<Document, FormError> {
    let mut document = Document::new(file_title, MARGINS, BODY, true);
    let title = Paragraph::text("标题", title, TITLE)?.align(Align::Centre);
    document.paragraph(&title.exactly(points(36)).with_next());
    empty(&mut document);
    Ok(document)
}

pub(crate) fn empty(document: &mut Document) {
    document.paragraph(&Paragraph::label("", BODY).exactly(LINE));
}

/// A paragraph of the text. Not justified: LibreOffice loses a comma that hangs at the end of a
/// justified line.
pub(crate) fn body(
    document: &mut Document,
    field: &'static str,
    text: &str,
) -> Result<(), FormError> {
    let paragraph = Paragraph::text(field, text, BODY)?;
    document.paragraph(&paragraph.exactly(LINE).indent(TWO_CHARS));
    Ok(())
}

/// A line from the margin: whom the document is for (主送机关).
pub(crate) fn flush(
    document: &mut Document,
    field: &'static str,
    text: &str,
) -> Result<(), FormError> {
    document.paragraph(&Paragraph::text(field, text, BODY)?.exactly(LINE));
    Ok(())
}

pub(crate) fn heading(document: &mut Document, text: &str) {
    let paragraph = Paragraph::label(text, HEADING).exactly(LINE).indent(TWO_CHARS);
    document.paragraph(&paragraph.with_next());
}

/// Issuer and date at the right, one centred over the other (GB/T 9704 7.3.5): the date four
/// characters from the edge, or the issuer two where it is the longer.
pub(crate) fn signature(
    document: &mut Document,
    field: &'static str,
    issuer: &str,
    date: &str,
) -> Result<(), FormError> {
    let (above, below) = right_indents(text::width(issuer), text::width(date));
    document.paragraph(&Paragraph::label("\n", BODY).exactly(LINE).with_next());
    let right = |right| Indent { first_line: 0, right, hanging: 0 };
    let name = Paragraph::text(field, issuer, BODY)?.align(Align::Right);
    document.paragraph(&name.exactly(LINE).indent(right(above)).with_next());
    let date = Paragraph::label(date, BODY).align(Align::Right);
    document.paragraph(&date.exactly(LINE).indent(right(below)));
    Ok(())
}

/// The right indents of issuer and date, in hundredths of a character, from their widths in
/// thousandths.
fn right_indents(issuer: u32, date: u32) -> (u32, u32) {
    let half = issuer.abs_diff(date) / 20;
    match issuer <= date {
        true => (400 + half, 400),
        false if half + 200 <= 400 => (400 - half, 400),
        false => (200, 200 + half),
    }
}

#[cfg(test)]
mod tests {
    use super::right_indents;

    #[test]
    fn issuer_and_date_share_their_middle() {
        // Widths in thousandths of a character; indents in hundredths.
        let cases = [
            ((7_800, 7_800), (400, 400)),
            ((5_800, 7_800), (500, 400)),
            ((9_800, 7_800), (300, 400)),
            ((11_800, 7_800), (200, 400)),
            ((13_800, 7_800), (200, 500)),
        ];
        for ((issuer, date), expected) in cases {
            assert_eq!(right_indents(issuer, date), expected, "{issuer} over {date}");
        }
    }
}

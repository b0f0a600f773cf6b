//! The notice as a document in the layout of GB/T 9704.

use jiff::civil::Date;

use super::{Candidate, Notice, wording};
use crate::days::spoken;
use crate::error::FormError;
use crate::text::{self, sex_name};
use crate::word::{
    Align, Cell, Document, Face, Indent, Margins, Paragraph, Row, Table, Type, mm, points,
};

/// What the file calls itself: names of persons do not stand in a file's properties.
const FILE_TITLE: &str = "职级晋升公示";
const ATTACHED: &str = "拟晋升职级人选名单";
const MARGINS: Margins = Margins { top: mm(37), bottom: mm(35), left: mm(28), right: mm(26) };
/// 二号
const TITLE: Type = Type::new(Face::TitleSong, 44);
/// 三号
const HEADING: Type = Type::new(Face::Hei, 32);
const BODY: Type = Type::new(Face::FangSong, 32);
/// 小四
const TABLE_HEAD: Type = Type::new(Face::Hei, 24);
const TABLE_BODY: Type = Type::new(Face::FangSong, 24);
const LINE: u32 = points(28);
/// 156 mm in all.
const COLUMNS_MM: [u32; 8] = [11, 19, 11, 20, 19, 19, 29, 28];
const TWO_CHARS: Indent = Indent { first_line: 200, right: 0, hanging: 0 };

/// The notice as a document: 方正小标宋 二号 above, 仿宋 三号 below, 28 points from line to
/// line; the candidates in a table on a page of its own where they are more than one.
///
/// # Errors
/// [`FormError`]: `IDENTITY_NUMBER_IN_NOTICE`, `CANDIDATES_MAX`, `PERIOD_REVERSED`,
/// `FIELD_MISSING` without a candidate.
pub fn docx(notice: &Notice, made_on: Date) -> Result<Vec<u8>, FormError> {
    notice.check()?;
    let mut document = Document::new(FILE_TITLE, MARGINS, BODY, true);
    let title = Paragraph::text("标题", &notice.heading(), TITLE)?.align(Align::Centre);
    document.paragraph(&title.exactly(points(36)).with_next());
    document.paragraph(&Paragraph::label("", BODY).exactly(LINE));
    body(&mut document, &wording::opening(notice))?;
    heading(&mut document, "一、公示对象");
    for line in wording::candidates(notice) {
        body(&mut document, &line)?;
    }
    heading(&mut document, "二、公示时间");
    body(&mut document, &wording::period(notice))?;
    heading(&mut document, "三、受理方式");
    for line in wording::receiving(notice) {
        body(&mut document, &line)?;
    }
    let several = notice.candidates.len() > 1;
    if several {
        document.paragraph(&Paragraph::label("", BODY).exactly(LINE));
        body(&mut document, &format!("附件：{ATTACHED}"))?;
    }
    signature(&mut document, notice)?;
    if several {
        attachment(&mut document, &notice.candidates)?;
    }
    document.finish(made_on)
}

fn body(document: &mut Document, text: &str) -> Result<(), FormError> {
    let paragraph = Paragraph::text("公示内容", text, BODY)?;
    document.paragraph(&paragraph.align(Align::Both).exactly(LINE).indent(TWO_CHARS));
    Ok(())
}

fn heading(document: &mut Document, text: &str) {
    let paragraph = Paragraph::label(text, HEADING).exactly(LINE).indent(TWO_CHARS);
    document.paragraph(&paragraph.with_next());
}

/// Issuer and date at the right, one centred over the other (GB/T 9704 7.3.5): the date four
/// characters from the edge, or the issuer two where it is the longer.
fn signature(document: &mut Document, notice: &Notice) -> Result<(), FormError> {
    let date = spoken(notice.dated);
    let (issuer, day) = right_indents(text::width(&notice.issuer), text::width(&date));
    document.paragraph(&Paragraph::label("\n", BODY).exactly(LINE).with_next());
    let right = |right| Indent { first_line: 0, right, hanging: 0 };
    let name = Paragraph::text("公示单位", &notice.issuer, BODY)?.align(Align::Right);
    document.paragraph(&name.exactly(LINE).indent(right(issuer)).with_next());
    let date = Paragraph::label(&date, BODY).align(Align::Right);
    document.paragraph(&date.exactly(LINE).indent(right(day)));
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

fn attachment(document: &mut Document, candidates: &[Candidate]) -> Result<(), FormError> {
    document.paragraph(&Paragraph::label("附件", HEADING).exactly(LINE).new_page(true));
    document.paragraph(&Paragraph::label("", BODY).exactly(LINE));
    let title = Paragraph::label(ATTACHED, TITLE).align(Align::Centre);
    document.paragraph(&title.exactly(points(36)).with_next());
    document.paragraph(&Paragraph::label("", BODY).exactly(LINE).with_next());
    let mut table = Table::new(COLUMNS_MM.map(mm).to_vec());
    let head = |text: &&str| Cell::new(1, Paragraph::label(text, TABLE_HEAD).align(Align::Centre));
    table.row(Row::new(mm(12), super::list::HEADERS.iter().map(head).collect()).header());
    for (candidate, serial) in candidates.iter().zip(1_usize..) {
        table.row(row(candidate, serial)?);
    }
    document.table(&table);
    document.paragraph(&Paragraph::label("", TABLE_BODY).exactly(points(2)));
    Ok(())
}

fn row(candidate: &Candidate, serial: usize) -> Result<Row, FormError> {
    let serial = serial.to_string();
    let born = candidate.born.to_string();
    let cell = |(field, text): (&'static str, &str)| {
        Ok(Cell::new(1, Paragraph::text(field, text, TABLE_BODY)?.align(Align::Centre)))
    };
    let cells = [
        ("序号", serial.as_str()),
        ("姓名", &candidate.name),
        ("性别", sex_name(candidate.sex)),
        ("出生年月", &born),
        ("学历", &candidate.education),
        ("政治面貌", &candidate.political_status),
        ("现任职务职级", &candidate.present),
        ("拟晋升职级", &candidate.proposed_rank),
    ];
    let cells: Result<Vec<Cell>, FormError> = cells.into_iter().map(cell).collect();
    Ok(Row::new(mm(14), cells?))
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

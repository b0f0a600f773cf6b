//! The notice as a document in the layout of GB/T 9704.

use jiff::civil::Date;

use super::{Candidate, Notice, wording};
use crate::days::spoken;
use crate::error::FormError;
use crate::letter::{self, BODY, HEADING, LINE, TITLE};
use crate::text::sex_name;
use crate::word::{Align, Cell, Document, Face, Paragraph, Row, Table, Type, mm, points};

/// What the file calls itself: names of persons do not stand in a file's properties.
const FILE_TITLE: &str = "职级晋升公示";
const ATTACHED: &str = "拟晋升职级人选名单";
/// 小四
const TABLE_HEAD: Type = Type::new(Face::Hei, 24);
const TABLE_BODY: Type = Type::new(Face::FangSong, 24);
/// 156 mm in all.
const COLUMNS_MM: [u32; 8] = [11, 19, 11, 20, 19, 19, 29, 28];

/// The notice as a document: 方正小标宋 二号 above, 仿宋 三号 below, 28 points from line to
/// line; the candidates in a table on a page of its own where they are more than one.
///
/// # Errors
/// [`FormError`]: `IDENTITY_NUMBER_IN_NOTICE`, `CANDIDATES_MAX`, `PERIOD_REVERSED`,
/// `FIELD_MISSING` without a candidate.
pub fn docx(notice: &Notice, made_on: Date) -> Result<Vec<u8>, FormError> {
    notice.check()?;
    let mut document = letter::begin(FILE_TITLE, &notice.heading())?;
    let body = |document: &mut Document, text: &str| letter::body(document, "公示内容", text);
    body(&mut document, &wording::opening(notice))?;
    letter::heading(&mut document, "一、公示对象");
    for line in wording::candidates(notice) {
        body(&mut document, &line)?;
    }
    letter::heading(&mut document, "二、公示时间");
    body(&mut document, &wording::period(notice))?;
    letter::heading(&mut document, "三、受理方式");
    for line in wording::receiving(notice) {
        body(&mut document, &line)?;
    }
    let several = notice.candidates.len() > 1;
    if several {
        letter::empty(&mut document);
        body(&mut document, &format!("附件：{ATTACHED}"))?;
    }
    letter::signature(&mut document, "公示单位", &notice.issuer, &spoken(notice.dated))?;
    if several {
        attachment(&mut document, &notice.candidates)?;
    }
    document.finish(made_on)
}

fn attachment(document: &mut Document, candidates: &[Candidate]) -> Result<(), FormError> {
    document.paragraph(&Paragraph::label("附件", HEADING).exactly(LINE).new_page(true));
    letter::empty(document);
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

//! Each document on paper: its pages, and where its words stand on them.
//!
//! What is expected of a document's words stands in `golden/`, one word a line: page, left
//! and top in thousandths of the page's size, text. `UPDATE_GOLDEN=1` writes it anew;
//! `QUANHENG_FORMS_KEEP=<folder>` keeps the documents and their PDF files to look at.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::every::{LONG, documents};
use crate::open::{paragraphs, sheets};
use crate::paper::{Page, Word, facts, pages, print};

const A4: (f64, f64) = (595.3, 841.9);
/// Words may stand this far from where they are expected, in thousandths of the page: fonts
/// differ.
const SLACK: f64 = 25.0;
/// Nothing stands nearer to the edge of the paper, in points.
const EDGE: f64 = 12.0;

/// A document's pages, and whether they lie across.
const EXPECTED: [(&str, usize, bool); 29] = [
    ("pre_review", 1, true),
    ("filing", 1, true),
    ("filing_long", 3, true),
    ("filing_identity", 1, true),
    ("filing_wrapped", 1, true),
    ("appointment", 1, false),
    ("appointment_many", 3, false),
    ("appointment_full", 1, false),
    ("appointment_wordy", 2, false),
    ("notice_one", 1, false),
    ("notice", 3, false),
    ("notice_many", 4, false),
    ("notice_list", 1, true),
    ("roster", 2, true),
    ("review", 1, true),
    ("rc_application", 3, false),
    ("rc_application_blank", 2, false),
    ("rc_approval", 4, false),
    ("rc_approval_wordy", 2, false),
    ("rc_filing", 2, false),
    ("rc_filing_list", 1, true),
    ("rc_decrease", 1, true),
    ("rc_changes", 2, true),
    ("rc_ledger", 2, true),
    ("rc_ledger_one", 1, false),
    ("rc_cases", 3, true),
    ("rc_statistics", 2, true),
    ("rc_transition", 1, true),
    ("rc_talk", 2, false),
];

/// Pages of more columns than A4 could show.
const ON_A3: [(&str, usize); 2] = [("rc_filing_list", 1), ("rc_ledger", 1)];

#[test]
fn every_document_looks_as_it_should() {
    let documents = documents();
    let kept = std::env::var_os("QUANHENG_FORMS_KEEP").map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = kept.as_deref().unwrap_or(temporary.path());
    let pdf = print(folder, &documents);
    let mut faults = Vec::new();
    assert_eq!(documents.len(), EXPECTED.len());
    for ((name, bytes), (stem, count, across)) in documents.iter().zip(EXPECTED) {
        assert_eq!(name.split('.').next(), Some(stem));
        let path = pdf.join(format!("{stem}.pdf"));
        let pages = pages(&path);
        paper(&mut faults, stem, &path, &pages, (count, across));
        places(&mut faults, stem, &pages);
        letters(&mut faults, name, bytes, &pages);
        golden(&mut faults, stem, &pages);
        match stem {
            "filing_long" => headers_on_every_page(&mut faults, &pages),
            "filing_wrapped" => wrapped_within_its_row(&mut faults, &pages[0]),
            "notice_many" => numbers_outside(&mut faults, &pages),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A4, upright or across, or A3 across, and as many pages as expected.
fn paper(
    faults: &mut Vec<String>,
    stem: &str,
    path: &Path,
    pages: &[Page],
    (count, across): (usize, bool),
) {
    let (told, width, height) = facts(path);
    if told != count || pages.len() != count {
        faults.push(format!("{stem}: {told} pages instead of {count}"));
    }
    let sizes = pages.iter().map(|page| (page.width, page.height)).zip(1..);
    for ((width, height), number) in sizes.chain([((width, height), 1)]) {
        let expected = match (across, ON_A3.contains(&(stem, number))) {
            (_, true) => (A4.1 * 1.414, A4.1),
            (true, false) => (A4.1, A4.0),
            (false, false) => A4,
        };
        if (width - expected.0).abs() > 1.0 || (height - expected.1).abs() > 1.0 {
            faults.push(format!("{stem}: a page of {width} by {height}"));
        }
    }
}

/// Nothing beyond the page, nothing over anything else.
fn places(faults: &mut Vec<String>, stem: &str, pages: &[Page]) {
    for (page, number) in pages.iter().zip(1..) {
        for (word, index) in page.words.iter().zip(1..) {
            let inside = word.left >= EDGE
                && word.top >= EDGE
                && word.right <= page.width - EDGE
                && word.bottom <= page.height - EDGE;
            if !inside {
                faults.push(format!("{stem}, page {number}: beyond the page: {word:?}"));
            }
            for other in &page.words[index..] {
                if word.lies_over(other) {
                    let (one, two) = (&word.text, &other.text);
                    faults.push(format!("{stem}, page {number}: {one} lies over {two}"));
                }
            }
        }
    }
}

/// Every letter of the document is on the paper.
fn letters(faults: &mut Vec<String>, name: &str, bytes: &[u8], pages: &[Page]) {
    let source: String = if name.ends_with(".docx") {
        paragraphs(bytes).concat()
    } else {
        let cells = |sheet: crate::open::Opened| {
            let used: Vec<String> =
                sheet.cells.used_cells().map(|(_, _, value)| value.to_string()).collect();
            used.concat()
        };
        sheets(bytes).into_iter().map(cells).collect()
    };
    let printed = counted(&pages.iter().map(Page::text).collect::<String>());
    for (letter, count) in counted(&source) {
        let found = printed.get(&letter).copied().unwrap_or(0);
        if found < count {
            faults.push(format!("{name}: {letter} stands {found} times instead of {count}"));
        }
    }
}

fn counted(text: &str) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        *counts.entry(letter).or_default() += 1;
    }
    counts
}

/// Every word stands about where it is expected.
fn golden(faults: &mut Vec<String>, stem: &str, pages: &[Page]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/all/golden/{stem}.tsv"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, table(pages)).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap();
    let (mut missing, mut all) = (Vec::new(), 0);
    for line in expected.lines() {
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        let [page, left, top, text] = fields[..] else { panic!("{stem}: {line}") };
        let page: usize = page.parse().unwrap();
        let (left, top): (f64, f64) = (left.parse().unwrap(), top.parse().unwrap());
        let near = |page: &Page| {
            page.words.iter().filter(|word| word.text == text).any(|word| {
                let (found_left, found_top) = place(page, word);
                (found_left - left).abs() <= SLACK && (found_top - top).abs() <= SLACK
            })
        };
        all += 1;
        if !pages.get(page - 1).is_some_and(near) {
            missing.push(line.replace('\t', " "));
        }
    }
    // Another font may break a line or two elsewhere.
    if missing.len() * 20 > all {
        faults.push(format!("{stem}: not where expected: {}", missing.join("; ")));
    }
}

fn place(page: &Page, word: &Word) -> (f64, f64) {
    (word.left / page.width * 1_000.0, word.top / page.height * 1_000.0)
}

fn table(pages: &[Page]) -> String {
    let mut table = String::new();
    for (page, number) in pages.iter().zip(1..) {
        for word in &page.words {
            let (left, top) = place(page, word);
            writeln!(table, "{number}\t{left:.0}\t{top:.0}\t{}", word.text).unwrap();
        }
    }
    table
}

/// The list's headers stand on each page that has persons.
fn headers_on_every_page(faults: &mut Vec<String>, pages: &[Page]) {
    for (page, number) in pages.iter().zip(1..) {
        if page.text().contains("甄示") && !page.text().contains("拟免职务职级") {
            faults.push(format!("filing_long: no header on page {number}"));
        }
    }
}

/// A long text stays between the persons above and below its own.
fn wrapped_within_its_row(faults: &mut Vec<String>, page: &Page) {
    let name = |text: &str| page.words.iter().find(|word| word.text == text).unwrap();
    let (above, below) = (name("甄示甲甲"), name("甄示甲丙"));
    let own = |word: &&Word| LONG.contains(&word.text) && word.top > above.top;
    let lines: Vec<&Word> =
        page.words.iter().filter(own).filter(|word| word.bottom < below.bottom).collect();
    let written: usize = lines.iter().map(|word| word.text.chars().count()).sum();
    let within = |word: &&&Word| word.top >= above.bottom && word.bottom <= below.top;
    if written < LONG.chars().count() || lines.iter().filter(within).count() != lines.len() {
        faults.push(format!("filing_wrapped: {written} letters in their row: {lines:?}"));
    }
}

/// `— 1 —`: odd pages to the right, even ones to the left.
fn numbers_outside(faults: &mut Vec<String>, pages: &[Page]) {
    for (page, number) in pages.iter().zip(1_usize..) {
        let last = page.words.iter().max_by(|one, two| one.top.total_cmp(&two.top)).unwrap();
        let right = last.left > page.width / 2.0;
        if right != (number % 2 == 1) || last.top < page.height * 0.88 {
            faults.push(format!("notice_many: the number of page {number}: {last:?}"));
        }
    }
}

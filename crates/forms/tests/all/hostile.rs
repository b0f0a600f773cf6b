//! Texts that mean harm, and more than fits.

use quanheng_forms::filing::Filing;
use quanheng_forms::notice::Notice;
use quanheng_forms::review::Review;
use quanheng_forms::roster::Roster;
use quanheng_forms::{
    CANDIDATES_MAX, CAREER_LINES_MAX, FILING_ROWS_MAX, FORMS_MAX, FormError, REVIEW_ROWS_MAX,
    ROSTER_ROWS_MAX, SETS_MAX, TEXT_CHARS_MAX, appointment, filing, notice, pre_review, review,
    roster,
};

use crate::open::{paragraphs, sheets};
use crate::world::{self, MADE};

type Made = Result<Vec<u8>, FormError>;
/// A document with a text where a name stands.
type Maker = fn(&str) -> Made;

const SHEETS: [(&str, Maker); 5] = [
    ("pre_review", |text| {
        let mut form = world::pre_review();
        text.clone_into(&mut form.unit_name);
        pre_review::xlsx(&form, MADE)
    }),
    ("filing", |text| {
        let mut form = world::filing(1);
        text.clone_into(&mut form.persons[0].name);
        filing::xlsx(&form, MADE)
    }),
    ("notice", |text| {
        let mut form = world::notice(1);
        text.clone_into(&mut form.candidates[0].name);
        notice::xlsx(&form, MADE)
    }),
    ("roster", |text| {
        let mut form = world::roster(1);
        text.clone_into(&mut form.persons[0].name);
        roster::xlsx(&form, MADE)
    }),
    ("review", |text| {
        let mut form = world::review(1);
        text.clone_into(&mut form.persons[0].name);
        review::xlsx(&form, MADE)
    }),
];
const DOCUMENTS: [(&str, Maker); 2] = [
    ("appointment", |text| {
        let mut form = world::appointment(0);
        text.clone_into(&mut form.name);
        appointment::docx(&[form], MADE)
    }),
    ("notice", |text| {
        let mut form = world::notice(2);
        text.clone_into(&mut form.candidates[1].name);
        notice::docx(&form, MADE)
    }),
];

#[test]
fn no_text_becomes_a_formula_or_changes() {
    let texts = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "=HYPERLINK(\"http://example.invalid\")",
        "<w:p>&amp;'\"</w:p>]]>",
        "_x0041_",
        "007",
        "𠮷示例",
        "甲 乙",
    ];
    for text in texts {
        for (form, make) in SHEETS {
            let sheets = sheets(&make(text).unwrap());
            assert!(!sheets[0].find(text).is_empty(), "{form}: {text}");
            for sheet in sheets {
                assert!(!sheet.xml.contains("<f>") && !sheet.xml.contains("<f "), "{form}: {text}");
                assert!(!sheet.xml.contains("<hyperlink"), "{form}: {text}");
            }
        }
        for (form, make) in DOCUMENTS {
            let paragraphs = paragraphs(&make(text).unwrap());
            assert!(paragraphs.iter().any(|found| found == text), "{form}: {text}");
        }
    }
}

#[test]
fn characters_that_no_file_may_hold_are_refused() {
    for bad in ['\u{0}', '\u{B}', '\u{1B}', '\u{7F}', '\u{FFFF}', '\u{202E}'] {
        for (form, make) in SHEETS.into_iter().chain(DOCUMENTS) {
            let refused = make(&format!("甄示{bad}例")).unwrap_err();
            assert_eq!(refused.code(), "CHARACTER_NOT_ALLOWED", "{form}: {bad:?}");
        }
    }
}

#[test]
fn texts_are_bounded_and_long_ones_wrap_or_are_refused() {
    let beyond = "长".repeat(TEXT_CHARS_MAX + 1);
    for (form, make) in SHEETS.into_iter().chain(DOCUMENTS) {
        assert_eq!(make(&beyond).unwrap_err().code(), "TEXT_CHARS_MAX", "{form}");
    }
    let tall = "长".repeat(1_000);
    for (form, make) in [SHEETS[1], SHEETS[3]] {
        assert_eq!(make(&tall).unwrap_err().code(), "TEXT_TOO_TALL", "{form}");
    }
    for (form, make) in DOCUMENTS {
        assert!(make(&tall).is_ok(), "{form}");
    }
}

#[test]
fn more_rows_than_a_bound_are_refused() {
    let filing =
        Filing { persons: vec![world::filing_person(0); FILING_ROWS_MAX + 1], ..world::filing(0) };
    let one = world::candidate(0);
    let notice = Notice { candidates: vec![one; CANDIDATES_MAX + 1], ..world::notice(1) };
    let person = world::roster(1).persons.remove(0);
    let persons = Roster { persons: vec![person; ROSTER_ROWS_MAX + 1], ..world::roster(0) };
    let set = world::roster(0).sets.remove(0);
    let sets = Roster { sets: vec![set; SETS_MAX + 1], ..world::roster(0) };
    let mut many = world::review(1);
    let rule = many.persons[0].rules[0].clone();
    many.persons[0].rules = vec![rule; REVIEW_ROWS_MAX + 1];
    let forms = vec![world::appointment(0); FORMS_MAX + 1];
    let mut career = world::appointment(0);
    career.career = vec![career.career[0].clone(); CAREER_LINES_MAX + 1];
    let cases: [(&str, Made); 8] = [
        ("CAREER_LINES_MAX", appointment::docx(&[career], MADE)),
        ("FILING_ROWS_MAX", filing::xlsx(&filing, MADE)),
        ("CANDIDATES_MAX", notice::docx(&notice, MADE)),
        ("CANDIDATES_MAX", notice::xlsx(&notice, MADE)),
        ("ROSTER_ROWS_MAX", roster::xlsx(&persons, MADE)),
        ("SETS_MAX", roster::xlsx(&sets, MADE)),
        ("REVIEW_ROWS_MAX", review::xlsx(&many, MADE)),
        ("FORMS_MAX", appointment::docx(&forms, MADE)),
    ];
    for (code, made) in cases {
        assert_eq!(made.unwrap_err().code(), code);
    }
}

#[test]
fn as_many_as_a_bound_allows_are_written() {
    let filing =
        Filing { persons: vec![world::filing_person(0); FILING_ROWS_MAX], ..world::filing(0) };
    assert!(filing::xlsx(&filing, MADE).is_ok());
    let notice =
        Notice { candidates: vec![world::candidate(0); CANDIDATES_MAX], ..world::notice(1) };
    assert!(notice::docx(&notice, MADE).is_ok());
    let forms = vec![world::appointment(0); FORMS_MAX];
    assert!(appointment::docx(&forms, MADE).is_ok());
}

#[test]
fn figures_are_bounded() {
    let mut form = world::pre_review();
    form.slots = u32::MAX;
    assert_eq!(pre_review::xlsx(&form, MADE).unwrap_err().code(), "COUNT_MAX");
    let mut form = world::filing(0);
    form.counts.present.ranks = [u32::MAX; 4];
    assert_eq!(filing::xlsx(&form, MADE).unwrap_err().code(), "COUNT_MAX");
    let mut form = world::roster(0);
    form.sets[0].usable = u32::MAX;
    assert_eq!(roster::xlsx(&form, MADE).unwrap_err().code(), "COUNT_MAX");
}

#[test]
fn empty_forms_are_forms_to_fill_in() {
    assert!(pre_review::xlsx(&pre_review::PreReview::default(), MADE).is_ok());
    assert!(filing::xlsx(&Filing::default(), MADE).is_ok());
    assert!(review::xlsx(&Review::default(), MADE).is_ok());
}

#[test]
fn long_texts_are_no_cells_of_text_format() {
    // Which old programs show as `####` beyond 255 characters.
    for (chars, kind) in [(255, "numFmtId=\"49\""), (256, "quotePrefix=\"1\"")] {
        let mut form = world::pre_review();
        form.authority.text = Some("长".repeat(chars));
        let bytes = pre_review::xlsx(&form, MADE).unwrap();
        let xml = &sheets(&bytes)[0].xml;
        let (_, cell) = xml.split_once("<c r=\"H11\" s=\"").unwrap();
        let style: usize = cell.split('"').next().unwrap().parse().unwrap();
        let styles = crate::open::part(&bytes, "xl/styles.xml");
        let (_, formats) = styles.split_once("<cellXfs").unwrap();
        let format = formats.split("<xf ").nth(style + 1).unwrap();
        assert!(format.contains(kind), "{chars}: {format}");
    }
}

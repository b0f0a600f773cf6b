//! Every document that there is.

use quanheng_forms::filing::{Filing, PersonColumn};
use quanheng_forms::{appointment, filing, notice, pre_review, review, roster};

use crate::open::part;
use crate::world::{self, MADE};

/// A text far longer than its cell is wide.
pub(crate) const LONG: &str =
    "示例县虚构镇人民政府综合行政执法大队（挂虚构镇应急救援中心牌子）暨示例管理委员会办公室";

/// Every kind of document, under the name that a test knows it by.
pub(crate) fn documents() -> Vec<(String, Vec<u8>)> {
    let persons: Vec<_> = (0..3).map(world::appointment).collect();
    let identities = Filing { person_column: PersonColumn::IdentityNumber, ..world::filing(2) };
    let mut wrapped = world::filing(3);
    LONG.clone_into(&mut wrapped.persons[1].current.department);
    let mut wordy = world::appointment(0);
    wordy.findings = LONG.repeat(30);
    let mut full = world::appointment(0);
    full.findings = LONG.repeat(8);
    let documents = [
        ("pre_review.xlsx", pre_review::xlsx(&world::pre_review(), MADE)),
        ("filing.xlsx", filing::xlsx(&world::filing(8), MADE)),
        ("filing_long.xlsx", filing::xlsx(&world::filing(60), MADE)),
        ("filing_identity.xlsx", filing::xlsx(&identities, MADE)),
        ("filing_wrapped.xlsx", filing::xlsx(&wrapped, MADE)),
        ("appointment.docx", appointment::docx(&[world::appointment(0)], MADE)),
        ("appointment_many.docx", appointment::docx(&persons, MADE)),
        ("appointment_full.docx", appointment::docx(&[full], MADE)),
        ("appointment_wordy.docx", appointment::docx(&[wordy], MADE)),
        ("notice_one.docx", notice::docx(&world::notice(1), MADE)),
        ("notice.docx", notice::docx(&world::notice(3), MADE)),
        ("notice_many.docx", notice::docx(&world::notice(40), MADE)),
        ("notice_list.xlsx", notice::xlsx(&world::notice(3), MADE)),
        ("roster.xlsx", roster::xlsx(&world::roster(6), MADE)),
        ("review.xlsx", review::xlsx(&world::review(3), MADE)),
    ];
    let made = documents.into_iter().map(|(name, made)| (name.to_owned(), made.unwrap()));
    made.chain(crate::recertification::made()).collect()
}

#[test]
fn the_same_facts_make_the_same_bytes() {
    let (first, second) = (documents(), documents());
    for ((name, first), (_, second)) in first.iter().zip(&second) {
        assert!(first == second, "{name}");
    }
}

#[test]
fn the_only_day_in_a_file_is_the_one_it_is_given() {
    for (name, bytes) in documents() {
        let core = part(&bytes, "docProps/core.xml");
        assert!(core.contains("2026-03-02T00:00:00Z</dcterms:created>"), "{name}: {core}");
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        for index in 0..archive.len() {
            let time = archive.by_index(index).unwrap().last_modified().unwrap();
            assert_eq!(time, zip::DateTime::default(), "{name}");
        }
    }
}

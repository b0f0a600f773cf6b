use std::io::{Cursor, Read as _};

use quanheng_forms::bundle::{self, Named};
use quanheng_forms::{DOCUMENTS_MAX, FormError, NAME_CHARS_MAX};

use crate::every::documents;
use crate::world::MADE;

#[test]
fn documents_come_out_as_they_went_in() {
    let documents = documents();
    let named: Vec<Named<'_>> =
        documents.iter().map(|(name, bytes)| Named { name, bytes }).collect();
    let bytes = bundle::zip(&named, MADE).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), documents.len());
    for (index, (name, expected)) in documents.iter().enumerate() {
        let mut file = archive.by_index(index).unwrap();
        assert_eq!(&*file.name().unwrap(), name.as_str());
        let day = file.last_modified().unwrap();
        assert_eq!((day.year(), day.month(), day.day(), day.hour()), (2026, 3, 2, 0));
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        assert!(found == *expected, "{name}");
    }
}

#[test]
fn names_that_are_no_plain_files_are_refused() {
    let long = "长".repeat(NAME_CHARS_MAX + 1);
    let names = [
        "",
        "../公示.docx",
        "甲/公示.docx",
        "甲\\公示.docx",
        ".公示",
        "公示.",
        " 公示",
        "C:公示",
        "公\u{0}示",
        "公示\u{202E}xcod.exe",
        &long,
    ];
    for name in names {
        let refused = bundle::zip(&[Named { name, bytes: b"" }], MADE).unwrap_err();
        assert_eq!(refused, FormError::FileName { name: name.to_owned() }, "{name:?}");
    }
    let twice = ["a.docx", "A.docx"].map(|name| Named { name, bytes: b"" });
    assert_eq!(bundle::zip(&twice, MADE).unwrap_err().code(), "FILE_NAME_TWICE");
}

#[test]
fn too_many_are_refused() {
    let document = Named { name: "公示.docx", bytes: b"" };
    let refused = bundle::zip(&vec![document; DOCUMENTS_MAX + 1], MADE).unwrap_err();
    assert_eq!(refused.code(), "DOCUMENTS_MAX");
}

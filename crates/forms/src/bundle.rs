//! Many documents in one file (批量下载): a zip archive, the same for the same documents.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use jiff::civil::Date;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::bounds::{DOCUMENTS_BYTES_MAX, DOCUMENTS_MAX, NAME_CHARS_MAX, at_most};
use crate::error::FormError;

/// A document under its name (文件).
#[derive(Debug, Clone, Copy)]
pub struct Named<'d> {
    /// The name with its ending: `公示.docx`.
    pub name: &'d str,
    /// The document.
    pub bytes: &'d [u8],
}

/// Puts documents into one zip file, in their order, dated on a day.
///
/// ```
/// use jiff::civil::date;
/// use quanheng_forms::bundle::{Named, zip};
/// let documents = [Named { name: "公示.docx", bytes: b"..." }];
/// let bytes = zip(&documents, date(2026, 3, 2))?;
/// assert_eq!(bytes, zip(&documents, date(2026, 3, 2))?);
/// # Ok::<(), quanheng_forms::FormError>(())
/// ```
///
/// # Errors
/// `FILE_NAME_INVALID` of a name that is empty, too long, or no plain name of one file on
/// every system; `FILE_NAME_TWICE`, also where only the case differs; `DOCUMENTS_MAX`,
/// `DOCUMENTS_BYTES_MAX`.
pub fn zip(documents: &[Named<'_>], made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("DOCUMENTS_MAX", documents.len(), DOCUMENTS_MAX)?;
    let bytes = documents.iter().map(|document| document.bytes.len()).sum();
    at_most("DOCUMENTS_BYTES_MAX", bytes, DOCUMENTS_BYTES_MAX)?;
    let mut names = BTreeSet::new();
    for document in documents {
        let name = document.name;
        if !plain(name) {
            return Err(FormError::FileName { name: name.to_owned() });
        }
        if !names.insert(name.to_lowercase()) {
            return Err(FormError::FileNameTwice { name: name.to_owned() });
        }
    }
    pack(documents, options(made_on)?)
}

fn pack(documents: &[Named<'_>], options: SimpleFileOptions) -> Result<Vec<u8>, FormError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for document in documents {
        zip.start_file(document.name, options).map_err(FormError::writer)?;
        zip.write_all(document.bytes).map_err(FormError::writer)?;
    }
    Ok(zip.finish().map_err(FormError::writer)?.into_inner())
}

fn options(made_on: Date) -> Result<SimpleFileOptions, FormError> {
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let year = u16::try_from(made_on.year()).unwrap_or(0);
    let (month, day) = (part(made_on.month()), part(made_on.day()));
    let time =
        DateTime::from_date_and_time(year, month, day, 0, 0, 0).map_err(FormError::writer)?;
    Ok(SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(time))
}

/// Whether a name is one that every system takes for a file beside the others.
fn plain(name: &str) -> bool {
    let reserved = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let turns_around = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !name.is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.chars().any(|c| reserved(c) || turns_around(c))
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
}

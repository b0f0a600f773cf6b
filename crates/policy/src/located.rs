//! Errors in TOML documents that say file, line, key and what was expected, so that an
//! official's IT staff can mend what they wrote.

use std::fmt;

use serde::de::DeserializeOwned;

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key, from the root: `parameters.notice_working_days.value`.
    pub key: String,
    /// What is wrong, and what was expected.
    pub expected: String,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, key, expected } = self;
        write!(f, "{file}:{line}: {key}: {expected}")
    }
}

impl std::error::Error for DocumentError {}

impl DocumentError {
    /// An error at a key of a document: the line that sets it, or the heading of the
    /// closest table around it.
    #[must_use]
    pub fn at(file: &str, text: &str, key: String, expected: String) -> Self {
        Self { file: file.to_owned(), line: line_of(text, &key), key, expected }
    }
}

/// Reads a document of a type.
///
/// # Errors
/// The first thing that is not as the type has it.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DocumentError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text[..at.min(text.len())].matches('\n').count() + 1;
        let (key, expected) = (key_at(text, line), error.message().to_owned());
        DocumentError { file: file.to_owned(), line, key, expected }
    })
}

/// The heading of a table: `[a.b]` or `[[a.b]]`.
fn heading(line: &str) -> Option<String> {
    let line = line.trim();
    let inner = line.strip_prefix('[')?;
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    Some(inner.split(']').next()?.replace(['"', ' '], ""))
}

fn key_of(line: &str) -> Option<String> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim().replace(['"', ' '], "");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

fn joined(heading: &str, key: &str) -> String {
    match heading {
        "" => key.to_owned(),
        heading => format!("{heading}.{key}"),
    }
}

/// The key that stands on a line, or the last one before it.
fn key_at(text: &str, line: usize) -> String {
    let (mut table, mut key) = (String::new(), String::new());
    for text in text.lines().take(line) {
        if let Some(name) = heading(text) {
            (table, key) = (name, String::new());
        } else if let Some(name) = key_of(text) {
            key = name;
        }
    }
    match (table.as_str(), key.as_str()) {
        ("", "") => "(文件开头)".to_owned(),
        (table, "") => table.to_owned(),
        (table, key) => joined(table, key),
    }
}

/// The line that sets a key, or the heading of the closest table around it.
fn line_of(text: &str, wanted: &str) -> usize {
    let (mut table, mut best) = (String::new(), (0, 1));
    for (nr, line) in text.lines().enumerate() {
        let name = match heading(line) {
            Some(name) => {
                table.clone_from(&name);
                name
            }
            None => match key_of(line) {
                Some(key) => joined(&table, &key),
                None => continue,
            },
        };
        let around = wanted == name || wanted.starts_with(&format!("{name}."));
        if around && name.len() > best.0 {
            best = (name.len(), nr + 1);
        }
    }
    best.1
}

//! Page tokens of lists that no view keeps: a place, bound to the question and the caller.

use quanheng_eventlog::Digest;
use quanheng_runtime::Failure;

/// Digits of the digest in a token.
const SEAL_CHARS: usize = 32;

/// The token of a place: plain letters and digits, `_` and `-`.
pub(crate) fn token(place: &str, binding: &str) -> String {
    format!("{}{place}", seal(place, binding))
}

/// The place of a token; none for the first page.
///
/// # Errors
/// `INVALID_FIELD` for that of another question or caller.
pub(crate) fn place<'t>(token: &'t str, binding: &str) -> Result<Option<&'t str>, Failure> {
    if token.is_empty() {
        return Ok(None);
    }
    let split = token.split_at_checked(SEAL_CHARS);
    let found = split.filter(|(sealed, place)| *sealed == seal(place, binding));
    let invalid = || Failure::field("page_token", "翻页标记无效,或不属于本次查询");
    found.map(|(_, place)| Some(place)).ok_or_else(invalid)
}

fn seal(place: &str, binding: &str) -> String {
    let digest = Digest::of(format!("{}:{binding}:{place}", binding.len()).as_bytes());
    digest.to_string()[..SEAL_CHARS].to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_belongs_to_its_question() {
        let first = token("17", "list a");
        assert_eq!(place(&first, "list a").unwrap(), Some("17"));
        assert_eq!(place("", "list a").unwrap(), None);
        for (wrong, binding) in [
            (first.as_str(), "list b"),
            (&first[1..], "list a"),
            ("17", "list a"),
            ("張", "list a"),
        ] {
            assert!(place(wrong, binding).is_err(), "{wrong} {binding}");
        }
    }
}

//! Formula injection: a CSV cell that begins like a formula runs when a worksheet program
//! opens the file. Such cells get an apostrophe on writing and lose it on reading.

fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠')
}

fn dangerous(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(begins_formula)
}

/// With the apostrophe, if it needs one. A text that has apostrophes before the sign gets
/// one more, so that reading gives back what was written.
pub(crate) fn added(text: &str) -> std::borrow::Cow<'_, str> {
    if dangerous(text) { format!("'{text}").into() } else { text.into() }
}

/// Without it.
pub(crate) fn removed(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if dangerous(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_come_back() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("+86", "'+86"),
            ("-", "'-"),
            ("@x", "'@x"),
            ("'=1", "''=1"),
            ("'quoted", "'quoted"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(added(text), written);
            assert_eq!(removed(&added(text)), text);
        }
    }
}

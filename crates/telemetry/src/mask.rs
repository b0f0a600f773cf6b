//! Masking: personal data and secrets never leave through a log line or a span.
//!
//! What is masked is recognised by its form alone, and rather once too often: a number
//! of eighteen digits is masked also when its check digit is wrong, for a mistyped
//! identity number still tells who is meant.

use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of an identity number (公民身份号码).
const IDENTITY: &str = "[identity]";
/// What stands in the place of a mobile number (手机号码).
const MOBILE: &str = "[mobile]";
/// What stands in the place of a bearer token.
const TOKEN: &str = "[token]";

/// How our own bearer tokens begin; `_` follows.
const TOKEN_PREFIX: &str = "qh";
/// The scheme of an `authorization` header, in any case.
const BEARER: &str = "bearer";
/// The bytes of a UUID with hyphens.
const UUID_BYTES: usize = 36;

/// `text` with everything masked that looks like
///
/// * an identity number: 15 or 18 digits, the last of 18 may be `X` or `x`;
/// * a mobile number: 11 digits from 1, also after `86`, or written 3-4-4;
/// * a bearer token: `qh_…`, or what stands after `Bearer `.
///
/// Full-width digits count as digits. Digits within a UUID or a hexadecimal id (of 16,
/// 32, 40 or 64 characters) stay, as do numbers of any other length. Masking twice is
/// masking once.
///
/// ```
/// assert_eq!(quanheng_telemetry::mask("call 13800138000 back"), "call [mobile] back");
/// ```
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let step = if is_word(first) { look(text, at) } else { Step::to(at + first.len_utf8()) };
        if let Some((secret, instead)) = step.secret {
            masked.push_str(&text[kept..secret.start]);
            masked.push_str(instead);
            kept = secret.end;
        }
        at = step.next;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[kept..]);
    Cow::Owned(masked)
}

/// The masked form of a number, or nothing if it may be shown.
pub(crate) fn mask_number(number: impl ToString) -> Option<String> {
    match mask(&number.to_string()) {
        Cow::Borrowed(_) => None,
        Cow::Owned(masked) => Some(masked),
    }
}

/// What was found at a place: the next secret, and where to look on if there is none.
struct Step {
    secret: Option<(Range<usize>, &'static str)>,
    next: usize,
}

impl Step {
    fn to(next: usize) -> Self {
        Self { secret: None, next }
    }

    fn hide(secret: Range<usize>, instead: &'static str) -> Self {
        Self { next: secret.end, secret: Some((secret, instead)) }
    }
}

/// Looks at the word that begins at `at`, which is a word's first character.
fn look(text: &str, at: usize) -> Step {
    let rest = &text[at..];
    if is_uuid(rest) {
        return Step::to(at + UUID_BYTES);
    }
    let word = &rest[..span(rest, is_word)];
    let found = |range: Range<usize>| at + range.start..at + range.end;
    if let Some(token) = token_after_bearer(rest, word) {
        return Step::hide(found(token), TOKEN);
    }
    if is_hexadecimal_id(word) {
        return Step::to(at + word.len());
    }
    if let Some(bytes) = grouped_mobile(rest, word) {
        return Step::hide(found(0..bytes), MOBILE);
    }
    // A number first: it stands before a token of ours, which ends the word.
    if let Some((number, instead)) = number_in(word) {
        return Step::hide(found(number), instead);
    }
    match own_token(rest, word) {
        Some(token) => Step::hide(found(token), TOKEN),
        None => Step::to(at + word.len()),
    }
}

/// A token of ours, whose prefix ends where the word does.
fn own_token(rest: &str, word: &str) -> Option<Range<usize>> {
    let secret = rest[word.len()..].strip_prefix('_')?;
    let start = word.strip_suffix(TOKEN_PREFIX)?.len();
    let bytes = span(secret, is_token);
    (bytes > 0).then_some(start..word.len() + 1 + bytes)
}

/// What follows the word `Bearer` and white space.
fn token_after_bearer(rest: &str, word: &str) -> Option<Range<usize>> {
    if !word.eq_ignore_ascii_case(BEARER) {
        return None;
    }
    let start = word.len() + span(&rest[word.len()..], char::is_whitespace);
    let bytes = span(&rest[start..], is_token);
    (start > word.len() && bytes > 0).then_some(start..start + bytes)
}

/// The first number of a word that is to be masked.
fn number_in(word: &str) -> Option<(Range<usize>, &'static str)> {
    let mut at = 0;
    while at < word.len() {
        at += span(&word[at..], |c| digit(c).is_none());
        let end = at + span(&word[at..], |c| digit(c).is_some());
        let digits: Vec<u8> = word[at..end].chars().filter_map(digit).collect();
        let letter = word[end..].chars().next().filter(|c| is_check_letter(*c));
        match (digits.len(), letter, digits.as_slice()) {
            (17, Some(letter), _) => return Some((at..end + letter.len_utf8(), IDENTITY)),
            (15 | 18, ..) => return Some((at..end, IDENTITY)),
            (11, _, [1, ..]) | (13, _, [8, 6, 1, ..]) => return Some((at..end, MOBILE)),
            _ => at = end,
        }
    }
    None
}

/// The bytes of a mobile number written `138 0013 8000` or `138-0013-8000`.
fn grouped_mobile(rest: &str, word: &str) -> Option<usize> {
    let digits: Vec<u8> = word.chars().filter_map(digit).collect();
    let ([1, 3..=9, _], 3) = (digits.as_slice(), word.chars().count()) else { return None };
    let separator = rest[word.len()..].chars().next().filter(|c| matches!(c, ' ' | '-'))?;
    let mut bytes = word.len();
    for _ in 0..2 {
        let group = rest[bytes..].strip_prefix(separator)?;
        let length = span(group, is_word);
        let all_digits = group[..length].chars().all(|c| digit(c).is_some());
        if !all_digits || group[..length].chars().count() != 4 {
            return None;
        }
        bytes += separator.len_utf8() + length;
    }
    Some(bytes)
}

/// Whether `rest` begins with a UUID, and with nothing that would lengthen it.
fn is_uuid(rest: &str) -> bool {
    let Some(uuid) = rest.get(..UUID_BYTES) else { return false };
    let hyphens = [8, 13, 18, 23];
    let shape = |(at, byte): (usize, u8)| match hyphens.contains(&at) {
        true => byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    uuid.bytes().enumerate().all(shape) && !rest[UUID_BYTES..].starts_with(is_word)
}

/// Whether a word is a span id, a trace id, or a digest in hexadecimal.
fn is_hexadecimal_id(word: &str) -> bool {
    matches!(word.len(), 16 | 32 | 40 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The bytes of the longest beginning of `text` whose characters all pass.
fn span(text: &str, pass: impl Fn(char) -> bool) -> usize {
    text.find(|c| !pass(c)).unwrap_or(text.len())
}

/// The value of a digit, half or full width.
fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => u8::try_from(u32::from(c) - u32::from('0')).ok(),
        '０'..='９' => u8::try_from(u32::from(c) - u32::from('０')).ok(),
        _ => None,
    }
}

/// The letter that is the last sign of some identity numbers.
fn is_check_letter(c: char) -> bool {
    matches!(c, 'X' | 'x' | 'Ｘ' | 'ｘ')
}

/// What makes up a word: numbers that touch letters are not cut out of it blindly.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || digit(c).is_some() || is_check_letter(c)
}

/// What a bearer token is made of (RFC 6750, `b64token`).
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '=')
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;

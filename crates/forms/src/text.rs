//! Text before it goes into a document, and how much room it takes there.

use quanheng_policy::codes::{IdentityNumber, Sex, half_width};

use crate::bounds::TEXT_CHARS_MAX;
use crate::error::FormError;

/// 男 or 女.
#[must_use]
pub fn sex_name(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "男",
        Sex::Female => "女",
    }
}

/// A text that may stand in a document: of bounded length, without characters that XML
/// forbids, without those that turn the order of others around, line ends as `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clean(String);

impl Clean {
    /// Checks what came from outside. `field` is named in the refusal.
    pub(crate) fn new(field: &'static str, text: &str) -> Result<Self, FormError> {
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(FormError::TextTooLong { field, max: TEXT_CHARS_MAX });
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
        if let Some(bad) = text.chars().find(|c| forbidden(*c)) {
            return Err(FormError::Character { field, code_point: u32::from(bad) });
        }
        Ok(Self(text))
    }

    /// A text of the form itself.
    pub(crate) fn label(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn forbidden(c: char) -> bool {
    let turns_around = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let no_character = matches!(u32::from(c) & 0xFFFF, 0xFFFE | 0xFFFF);
    (c.is_control() && c != '\n') || turns_around || no_character
}

/// Whether a text holds a valid identity number, of 18 digits or the old 15, written
/// together or in groups.
pub(crate) fn holds_identity_number(text: &str) -> bool {
    let text = half_width(text).to_ascii_uppercase();
    let digit = |c: char| c.is_ascii_digit() || c == 'X';
    let valid = |digits: &str| IdentityNumber::parse(digits).is_ok();
    let together = text.split(|c| !digit(c)).any(|run| {
        let mut windows = run.as_bytes().windows(18).map(String::from_utf8_lossy);
        windows.any(|window| valid(&window)) || (run.len() == 15 && valid(run))
    });
    let grouped = text.split(|c| !digit(c) && !matches!(c, ' ' | '-')).any(|run| {
        let digits: String = run.chars().filter(|c| digit(*c)).collect();
        digits.len() == 18 && valid(&digits)
    });
    together || grouped
}

/// Widths in thousandths of the font's size: Chinese characters are squares, others are at
/// most this wide in the fonts that officials use.
const WIDE: u32 = 1_000;
const NARROW: u32 = 600;

fn width_of(c: char) -> u32 {
    if c.is_ascii() { NARROW } else { WIDE }
}

/// The width of a text, in thousandths of the font's size.
pub(crate) fn width(text: &str) -> u32 {
    text.chars().map(width_of).sum()
}

/// Lines that a text takes when wrapped at any character in a room so many thousandths of
/// the font's size wide. Programs keep words together, which may take one line more: it is
/// added where there are long ones.
pub(crate) fn lines(text: &str, room: u32) -> u32 {
    let room = room.max(WIDE);
    text.split('\n').map(|line| lines_of(line, room)).sum()
}

fn lines_of(line: &str, room: u32) -> u32 {
    let mut lines = 1;
    let mut used = 0;
    let mut before = None;
    for c in line.chars() {
        let width = width_of(c);
        if used + width > room {
            lines += 1;
            // What may not begin or end a line takes its neighbour along.
            let taken = before.filter(|before| CLOSING.contains(c) || OPENING.contains(*before));
            used = taken.map_or(0, width_of);
        }
        used += width;
        before = Some(c);
    }
    let words = line.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.len() > 3);
    lines + u32::from(words && lines > 1)
}

/// No line begins with one of these.
const CLOSING: &str = "，。、；：！？）》」』】〕”’,.;:!?)]%";
/// No line ends with one of these.
const OPENING: &str = "（《「『【〔“‘([";

#[cfg(test)]
mod tests {
    use super::{Clean, FormError, holds_identity_number, lines, width};

    #[test]
    fn text_is_cleaned_or_refused() {
        let cases: [(&str, Result<&str, u32>); 8] = [
            ("甲\r\n乙\r丙", Ok("甲\n乙\n丙")),
            ("甲\t乙", Ok("甲 乙")),
            ("=1+1", Ok("=1+1")),
            ("甲\u{0}", Err(0)),
            ("甲\u{1B}[1m", Err(0x1B)),
            ("甲\u{202E}乙", Err(0x202E)),
            ("甲\u{FFFE}", Err(0xFFFE)),
            ("甲\u{85}", Err(0x85)),
        ];
        for (text, expected) in cases {
            let found = Clean::new("姓名", text);
            let expected = expected
                .map(|text| Clean(text.to_owned()))
                .map_err(|code_point| FormError::Character { field: "姓名", code_point });
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn identity_numbers_are_found() {
        let cases = [
            ("11010519491231002X", true),
            ("号码:11010519491231002x。", true),
            ("110105 19491231 002X", true),
            ("110105-19491231-002X", true),
            ("11010519491231002X9", true),
            ("１１０１０５１９４９１２３１００２Ｘ", true),
            ("110105194912310021", false),
            ("电话 0000-00000000、0000-00000001", false),
            ("1949年12月", false),
            ("110105491231002", true),
        ];
        for (text, expected) in cases {
            assert_eq!(holds_identity_number(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_are_counted() {
        let cases = [
            ("", 4_000, 1),
            ("四个汉字", 4_000, 1),
            ("五个汉字了", 4_000, 2),
            ("四个汉字，八个汉", 4_000, 2 + 1), // 四个汉 字，八个 汉
            ("三个字（括号", 4_000, 2),         // 三个字 （括号
            ("一\n二\n三", 4_000, 3),
            ("汉字", 10, 2),
            ("2020-01-22", 6_000, 1),
            ("2020-01-22", 3_000, 3), // five to a line, and one for the word
        ];
        for (text, room, expected) in cases {
            assert_eq!(lines(text, room), expected, "{text} in {room}");
        }
        assert_eq!(width("甲1"), 1_600);
    }
}

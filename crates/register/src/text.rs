//! Bounds of texts.

use crate::refusal::Refusal;

/// Names and titles.
pub(crate) const NAME_CHARS_MAX: usize = 100;
/// Reasons and remarks.
pub(crate) const REMARK_CHARS_MAX: usize = 1_000;
/// Functions and duties.
pub(crate) const DUTIES_CHARS_MAX: usize = 8_000;

/// Refuses a text that is blank or too long.
pub(crate) fn given(field: &'static str, text: &str, chars_max: usize) -> Option<Refusal> {
    match text.trim().is_empty() {
        true => Some(Refusal::invalid(field, "不得为空")),
        false => bounded(field, text, chars_max),
    }
}

/// Refuses a text that is too long or holds control characters other than line ends.
pub(crate) fn bounded(field: &'static str, text: &str, chars_max: usize) -> Option<Refusal> {
    if text.chars().count() > chars_max {
        return Some(Refusal::invalid(field, &format!("不超过 {chars_max} 字")));
    }
    let control = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    control.then(|| Refusal::invalid(field, "不得含有控制字符"))
}

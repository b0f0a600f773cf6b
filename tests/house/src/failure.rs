//! What a refused call tells, in one piece.

use std::collections::BTreeMap;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// What a refused call tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The canonical code.
    pub code: Code,
    /// The stable reason.
    pub reason: String,
    /// The facts.
    pub metadata: BTreeMap<String, String>,
    /// For people.
    pub message: String,
    /// Fields that are wrong.
    pub fields: Vec<String>,
    /// Rules that refuse.
    pub rules: Vec<String>,
}

/// Reads a status, and checks what is true of every one: a reason of this domain and a
/// message in zh-CN.
///
/// # Panics
/// When it lacks them.
#[must_use]
pub fn told(status: &Status) -> Told {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no reason: {status:?}"));
    assert_eq!(info.domain, "quanheng", "{status:?}");
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    assert!(info.reason.bytes().all(upper), "{} is not UPPER_SNAKE", info.reason);
    let localized = details.localized_message().expect("a message for people");
    assert_eq!(localized.locale, "zh-CN");
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(chinese(&localized.message), "not Chinese: {}", localized.message);
    Told {
        code: status.code(),
        reason: info.reason.clone(),
        metadata: info.metadata.clone().into_iter().collect(),
        message: localized.message.clone(),
        fields: details
            .bad_request()
            .map(|bad| bad.field_violations.iter().map(|fault| fault.field.clone()).collect())
            .unwrap_or_default(),
        rules: details
            .precondition_failure()
            .map(|failed| failed.violations.iter().map(|rule| rule.r#type.clone()).collect())
            .unwrap_or_default(),
    }
}

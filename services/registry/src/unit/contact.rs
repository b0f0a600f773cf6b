//! Who is reached at a unit (联系人、联系电话): sealed under the unit's own key.

use std::collections::HashMap;

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Action;
use quanheng_policy::UnitId;
use quanheng_register::Sealed;
use quanheng_register::unit::UnitProfile;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure};
use quanheng_sealing::{KeyState, KeysError, SubjectKey};
use quanheng_streams as streams;
use serde::{Deserialize, Serialize};

use super::message::name;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 100;

/// Who is reached, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) phone: String,
}

/// What a profile says of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    name: Option<String>,
    phone: Option<String>,
}

/// What a profile says of the contact; none if it says nothing.
pub(super) fn part(given: &wire::UnitProfile, at: &str) -> Result<Option<Part>, Failure> {
    let trimmed = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
    let part = Part { name: trimmed(&given.contact_name), phone: trimmed(&given.contact_phone) };
    if let Some(name) = &part.name
        && (name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control))
    {
        let message = format!("不超过 {NAME_CHARS_MAX} 字,不得含有控制字符");
        return Err(Failure::field(format!("{at}.contact_name"), message));
    }
    if let Some(phone) = part.phone.as_deref().filter(|phone| !phone.is_empty())
        && !is_phone(phone)
    {
        let field = format!("{at}.contact_phone");
        return Err(Failure::coded_field(field, "PHONE_FORMAT", "电话号码格式不正确"));
    }
    Ok((part.name.is_some() || part.phone.is_some()).then_some(part))
}

/// As worksheets take it.
fn is_phone(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_digit() || "+-() ,、/转;".contains(c);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (5..=40).contains(&digits) && text.chars().all(allowed)
}

fn context(subject: &str) -> String {
    format!("{subject}:contact")
}

/// What becomes of a unit's sealed contact: absent, it stays; none within, it is cleared.
/// The unit's key is made first, so that what the log holds can always be opened; not for
/// a trial, of which nothing is stored.
pub(super) async fn sealed(
    call: &Call,
    unit: &UnitId,
    part: Option<Part>,
    trial: bool,
) -> Result<Option<Option<Sealed>>, Failure> {
    let Some(part) = part else { return Ok(None) };
    let subject = name(unit);
    let known = match &part {
        Part { name: Some(_), phone: Some(_) } => Contact::default(),
        _ => known(call, unit).await?,
    };
    let contact =
        Contact { name: part.name.unwrap_or(known.name), phone: part.phone.unwrap_or(known.phone) };
    if contact == Contact::default() {
        return Ok(Some(None));
    }
    let plain = serde_json::to_vec(&contact).map_err(Failure::internal)?;
    let keys = &call.realm.keys;
    if !trial {
        keys.create(&[&subject]).await.map_err(keys_failure)?;
    }
    let text = match keys.get(&subject).await.map_err(keys_failure)? {
        KeyState::Live(key) => key.seal(&context(&subject), &plain),
        // Only a trial has none: what it answers with is not opened again.
        _ if trial => "trial".to_owned(),
        _ => return Err(Failure::internal(format!("{subject} has no key"))),
    };
    Sealed::new(text).map(|sealed| Some(Some(sealed))).map_err(Failure::internal)
}

/// The contact of a unit that is imported, under its key.
pub(crate) fn sealed_contact(key: &SubjectKey, name: &str, phone: &str) -> Result<Sealed, Failure> {
    let contact = Contact { name: name.to_owned(), phone: phone.to_owned() };
    let plain = serde_json::to_vec(&contact).map_err(Failure::internal)?;
    Sealed::new(key.seal(&context(key.subject()), &plain)).map_err(Failure::internal)
}

/// The contact that is recorded last.
async fn known(call: &Call, unit: &UnitId) -> Result<Contact, Failure> {
    let stream = streams::unit(unit);
    let (state, ..) = state_at::<streams::Units>(&call.realm.log, stream, Horizon::Now).await?;
    let profile: Option<UnitProfile> = state.and_then(|unit| unit.as_of(jiff::civil::Date::MAX));
    let Some(sealed) = profile.and_then(|profile| profile.contact) else {
        return Ok(Contact::default());
    };
    match call.realm.keys.get(&name(unit)).await.map_err(keys_failure)? {
        KeyState::Live(key) => Ok(opened(&key, sealed.as_str()).unwrap_or_default()),
        _ => Ok(Contact::default()),
    }
}

fn opened(key: &SubjectKey, sealed: &str) -> Option<Contact> {
    match key.open(&context(key.subject()), sealed) {
        Ok(plain) => serde_json::from_slice(&plain).ok(),
        Err(error) => {
            tracing::error!(subject = key.subject(), %error, "a contact cannot be opened");
            None
        }
    }
}

/// Where contacts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// One unit: whole, to those who may see private data.
    Alone,
    /// In a list: the telephone number masked for everybody.
    Listed,
}

/// Opens the contacts of units for the caller.
pub(super) async fn reveal(
    call: &Call,
    units: &mut [wire::Unit],
    shown: Shown,
) -> Result<(), Failure> {
    let sealed = |unit: &wire::Unit| unit.profile.as_ref()?.contact_phone.clone();
    let subjects: Vec<&str> =
        units.iter().filter(|unit| sealed(unit).is_some()).map(|unit| unit.name.as_str()).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let keys: HashMap<String, KeyState> =
        call.realm.keys.get_many(&subjects).await.map_err(keys_failure)?;
    let may = call.may(Action::PersonsReadPrivate);
    for unit in units {
        let Some(profile) = unit.profile.as_mut() else { continue };
        let Some(sealed) = profile.contact_phone.take() else { continue };
        let Some(KeyState::Live(key)) = keys.get(&unit.name) else { continue };
        let Some(Contact { name, phone }) = opened(key, &sealed) else { continue };
        profile.contact_name = Some(if may { name } else { masked_name(&name) });
        let whole = may && shown == Shown::Alone;
        profile.contact_phone = Some(if whole { phone } else { masked_phone(&phone) });
    }
    Ok(())
}

/// The family name's first character.
fn masked_name(name: &str) -> String {
    name.chars().enumerate().map(|(at, c)| if at == 0 { c } else { '*' }).collect()
}

/// The last four digits of a long number, the last two of a short one; before them the
/// first three of a mobile number.
fn masked_phone(phone: &str) -> String {
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let (first, last) = match digits {
        11.. => (3, 4),
        7..=10 => (0, 4),
        _ => (0, 2),
    };
    let mut at = 0;
    let mask = |c: char| {
        if !c.is_ascii_digit() {
            return c;
        }
        at += 1;
        if at <= first || at + last > digits { c } else { '*' }
    };
    phone.chars().map(mask).collect()
}

/// Why the keys cannot serve.
pub(super) fn keys_failure(error: KeysError) -> Failure {
    match error {
        KeysError::Unavailable(_) | KeysError::Master(_) => {
            tracing::warn!(%error, "the keys cannot be had");
            Failure::unavailable(error.code(), "密钥服务暂不可用,请稍后重试")
        }
        error => Failure::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_leave_little() {
        for (phone, masked) in [
            ("13812345678", "138****5678"),
            ("0871-65123456", "087*-****3456"),
            ("65123456", "****3456"),
            ("12345", "***45"),
            ("", ""),
        ] {
            assert_eq!(masked_phone(phone), masked, "{phone}");
        }
        for (name, masked) in [("", ""), ("王", "王"), ("王小明", "王**")] {
            assert_eq!(masked_name(name), masked, "{name}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_changed() {
        let say = |name: Option<&str>, phone: Option<&str>| {
            let given = wire::UnitProfile {
                contact_name: name.map(str::to_owned),
                contact_phone: phone.map(str::to_owned),
                ..wire::UnitProfile::default()
            };
            part(&given, "profile").map_err(|failure| failure.reason().to_owned())
        };
        assert_eq!(say(None, None), Ok(None));
        let phone = Part { name: None, phone: Some("0871-65123456".into()) };
        assert_eq!(say(None, Some(" 0871-65123456 ")), Ok(Some(phone)));
        let cleared = Part { name: Some(String::new()), phone: Some(String::new()) };
        assert_eq!(say(Some(""), Some("")), Ok(Some(cleared)));
        assert_eq!(say(None, Some("八七一")), Err("PHONE_FORMAT".to_owned()));
        assert_eq!(say(Some("王\u{0}"), None), Err("INVALID_FIELD".to_owned()));
    }
}

//! The entries of a token file, checked one by one.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId, check_id};
use serde::Deserialize;
use toml::Spanned;

use super::{PRINCIPALS_MAX, TokenFileError};
use crate::principal::{Principal, RESERVED, Role, realm_is_plain};
use crate::token::{TokenDigest, parse_digest};

/// The realm of whom the file says none.
const REALM: &str = "default";
const DISPLAY_NAME_CHARS_MAX: usize = 64;

/// Somebody with a token.
pub(super) struct Entry {
    pub(super) principal: Arc<Principal>,
    pub(super) digest: TokenDigest,
    pub(super) expires_on: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    principals: Vec<Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Spanned<String>,
    display_name: Spanned<String>,
    roles: Spanned<Vec<Spanned<String>>>,
    unit: Option<Spanned<String>>,
    jurisdiction: Spanned<String>,
    realm: Option<Spanned<String>>,
    person: Option<Spanned<String>>,
    token_sha256: Spanned<String>,
    expires_on: Option<Spanned<toml::value::Datetime>>,
}

/// Where something stands in the text.
type At = std::ops::Range<usize>;

/// What is wrong, and where.
struct Fault(At, String);

fn fault<T>(at: &Spanned<T>, what: impl Into<String>) -> Fault {
    Fault(at.span(), what.into())
}

/// Reads the text of a file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Entry>, TokenFileError> {
    let invalid = |Fault(at, what)| TokenFileError::Invalid {
        path: path.to_owned(),
        line: text[..at.start.min(text.len())].matches('\n').count() + 1,
        what,
    };
    let document: Document = toml::from_str(text).map_err(|error| {
        invalid(Fault(error.span().unwrap_or_default(), error.message().to_owned()))
    })?;
    entries(document.principals).map_err(invalid)
}

fn entries(raws: Vec<Raw>) -> Result<Vec<Entry>, Fault> {
    if raws.is_empty() {
        return Err(Fault(0..0, "没有任何 [[principals]]".to_owned()));
    }
    if raws.len() > PRINCIPALS_MAX {
        return Err(Fault(0..0, format!("主体超过 {PRINCIPALS_MAX} 个")));
    }
    let (mut ids, mut digests) = (HashSet::new(), HashSet::new());
    let mut entries = Vec::with_capacity(raws.len());
    for raw in raws {
        let (id, token) = (raw.id.clone(), raw.token_sha256.clone());
        let entry = entry(raw)?;
        if !ids.insert(entry.principal.id.clone()) {
            return Err(fault(&id, format!("id 重复:{}", entry.principal.id)));
        }
        if !digests.insert(entry.digest) {
            return Err(fault(&token, "token_sha256 重复:每个主体须有自己的令牌"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(raw: Raw) -> Result<Entry, Fault> {
    let roles = roles(&raw.roles)?;
    let unit = raw.unit.map(|unit| id_of(&unit, UnitId::new)).transpose()?;
    if roles.contains(&Role::UnitClerk) && unit.is_none() {
        return Err(fault(&raw.roles, "单位经办(unit_clerk)须写明所在单位 unit"));
    }
    let principal = Principal {
        id: principal_id(&raw.id)?,
        display_name: display_name(&raw.display_name)?,
        roles,
        unit,
        jurisdiction: DivisionCode::parse(raw.jurisdiction.get_ref())
            .map_err(|error| fault(&raw.jurisdiction, format!("jurisdiction:{error}")))?,
        realm: raw.realm.as_ref().map_or_else(|| Ok(REALM.to_owned()), realm_of)?,
        person: raw.person.map(|person| id_of(&person, PersonId::new)).transpose()?,
    };
    let digest = parse_digest(raw.token_sha256.get_ref())
        .ok_or_else(|| fault(&raw.token_sha256, "token_sha256 应为 64 位十六进制数字"))?;
    let expires_on = raw.expires_on.map(|date| date_of(&date)).transpose()?;
    Ok(Entry { principal: Arc::new(principal), digest, expires_on })
}

fn principal_id(id: &Spanned<String>) -> Result<String, Fault> {
    let text = id.get_ref();
    check_id(text).map_err(|error| fault(id, format!("id:{error}")))?;
    if RESERVED.contains(&text.as_str()) {
        return Err(fault(id, format!("id 不得为保留名称:{text}")));
    }
    Ok(text.clone())
}

fn display_name(name: &Spanned<String>) -> Result<String, Fault> {
    let text = name.get_ref().trim();
    let chars = text.chars().count();
    if !(1..=DISPLAY_NAME_CHARS_MAX).contains(&chars) || text.chars().any(char::is_control) {
        let what = format!("display_name 应为 1 至 {DISPLAY_NAME_CHARS_MAX} 个字符,不含控制字符");
        return Err(fault(name, what));
    }
    Ok(text.to_owned())
}

fn roles(names: &Spanned<Vec<Spanned<String>>>) -> Result<BTreeSet<Role>, Fault> {
    let mut roles = BTreeSet::new();
    for name in names.get_ref() {
        let text = name.get_ref();
        let role = Role::parse(text).ok_or_else(|| {
            let known: Vec<&str> = given().map(Role::as_str).collect();
            fault(name, format!("未知角色 {text:?},可用:{}", known.join("、")))
        })?;
        if role == Role::System {
            return Err(fault(name, "system 为系统内部角色,不得授予令牌"));
        }
        if !roles.insert(role) {
            return Err(fault(name, format!("角色重复:{role}")));
        }
    }
    if roles.is_empty() {
        return Err(fault(names, "roles 不得为空"));
    }
    Ok(roles)
}

/// The roles that a token may have.
fn given() -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().filter(|role| *role != Role::System)
}

fn id_of<T, E: std::fmt::Display>(
    text: &Spanned<String>,
    new: impl Fn(String) -> Result<T, E>,
) -> Result<T, Fault> {
    new(text.get_ref().clone()).map_err(|error| fault(text, error.to_string()))
}

fn realm_of(realm: &Spanned<String>) -> Result<String, Fault> {
    let text = realm.get_ref();
    if !realm_is_plain(text) {
        return Err(fault(realm, "realm 应为 1 至 32 个小写字母、数字或下划线,以字母开头"));
    }
    Ok(text.clone())
}

fn date_of(date: &Spanned<toml::value::Datetime>) -> Result<Date, Fault> {
    let refused = || fault(date, "expires_on 应为日期,如 2027-12-31");
    let value = date.get_ref();
    if value.time.is_some() || value.offset.is_some() {
        return Err(refused());
    }
    let day = value.date.ok_or_else(refused)?;
    let part = |n: u8| i8::try_from(n).map_err(|_| refused());
    let year = i16::try_from(day.year).map_err(|_| refused())?;
    Date::new(year, part(day.month)?, part(day.day)?).map_err(|_| refused())
}

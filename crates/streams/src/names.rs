//! What streams are called.

use quanheng_eventlog::StreamName;
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId, PoolId};
use quanheng_policy::codes::CreditCode;
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_register::id::PostId;

/// Ids are at most 64 plain characters, so names are always fit.
fn stream(name: String) -> StreamName {
    StreamName::new(name).expect("ids are short and plain")
}

/// A unit's.
#[must_use]
pub fn unit(id: &UnitId) -> StreamName {
    stream(format!("units/{id}"))
}

/// A post's.
#[must_use]
pub fn post(unit: &UnitId, id: &PostId) -> StreamName {
    stream(format!("units/{unit}/posts/{id}"))
}

/// A person's.
#[must_use]
pub fn person(id: &PersonId) -> StreamName {
    stream(format!("persons/{id}"))
}

/// An identity number's, by its blind index (hex).
#[must_use]
pub fn identity(index: &str) -> StreamName {
    stream(format!("identities/{index}"))
}

/// A credit code's.
#[must_use]
pub fn credit_code(code: &CreditCode) -> StreamName {
    stream(format!("creditCodes/{code}"))
}

/// The id of an account: `{unit}.{category}`, or `pool.{pool}.{category}`.
#[must_use]
pub fn account_id(key: &AccountKey) -> String {
    match &key.owner {
        OwnerId::Unit(unit) => format!("{unit}.{}", key.category),
        OwnerId::Pool(pool) => format!("pool.{pool}.{}", key.category),
    }
}

/// The account of an id; none if it is no account's.
#[must_use]
pub fn account(id: &str) -> Option<AccountKey> {
    let parts: Vec<&str> = id.split('.').collect();
    let (owner, category) = match parts[..] {
        [unit, category] => (OwnerId::Unit(UnitId::new(unit).ok()?), category),
        ["pool", pool, category] => (OwnerId::Pool(PoolId::new(pool).ok()?), category),
        _ => return None,
    };
    Some(AccountKey { owner, category: CategoryId::new(category).ok()? })
}

/// An account's.
#[must_use]
pub fn account_stream(key: &AccountKey) -> StreamName {
    stream(format!("quotaAccounts/{}", account_id(key)))
}

/// A pre-review's.
#[must_use]
pub fn pre_review(key: &AccountKey, hold: &HoldId) -> StreamName {
    stream(format!("quotaAccounts/{}/holds/{hold}", account_id(key)))
}

/// What was refused of an account.
#[must_use]
pub fn refusals(key: &AccountKey) -> StreamName {
    stream(format!("quotaAccounts/{}/refusals", account_id(key)))
}

/// In which account a person has a seat of a category (一人一职级).
#[must_use]
pub fn seat(person: &PersonId, category: &CategoryId) -> StreamName {
    stream(format!("seats/{person}.{category}"))
}

/// What is published.
#[must_use]
pub fn policies() -> StreamName {
    stream("policies".to_owned())
}

/// An attachment's, by the digest of its content (hex).
#[must_use]
pub fn attachment(sha256: &str) -> StreamName {
    stream(format!("attachments/{sha256}"))
}

/// An operation's.
#[must_use]
pub fn operation(id: uuid::Uuid) -> StreamName {
    stream(format!("operations/{id}"))
}

/// What a principal was refused.
#[must_use]
pub fn denials(principal: &str) -> StreamName {
    stream(format!("principals/{principal}/denials"))
}

/// What private data a principal exported.
#[must_use]
pub fn exports(principal: &str) -> StreamName {
    stream(format!("principals/{principal}/exports"))
}

/// Who saw a person's private data.
#[must_use]
pub fn views(person: &PersonId) -> StreamName {
    stream(format!("persons/{person}/views"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_id() {
        for (id, known) in [
            ("u1.general_management", true),
            ("pool.p1.judge", true),
            ("pool.judge", true),
            ("u1", false),
            ("a.b.c", false),
            ("pool.a.b.c", false),
            ("单位.judge", false),
            ("", false),
        ] {
            let found = account(id);
            assert_eq!(found.is_some(), known, "{id}");
            if let Some(key) = found {
                assert_eq!(account_id(&key), id);
            }
        }
    }
}

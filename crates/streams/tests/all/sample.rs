//! Ids, dates and documents that samples share. The people and the offices are made up.

use jiff::civil::{Date, date};
use quanheng_policy::codes::{CreditCode, DivisionCode, DocumentNumber};
use quanheng_policy::{CategoryId, LevelId, PersonId, RankId, SetId, UnitId};
use quanheng_register::Sealed;

pub(crate) const ON: Date = date(2024, 7, 1);
pub(crate) const LATER: Date = date(2025, 3, 31);
pub(crate) const SHA256: &str = "823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812";
pub(crate) const CLERK: &str = "principals/clerk-7";

pub(crate) fn document() -> DocumentNumber {
    DocumentNumber::parse("组通〔2024〕12号").unwrap()
}

pub(crate) fn division() -> DivisionCode {
    DivisionCode::parse("530302").unwrap()
}

/// With its check character.
pub(crate) fn credit_code() -> CreditCode {
    let mut codes = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    codes.find_map(|check| CreditCode::parse(&format!("11530302MB0A1B2C3{check}")).ok()).unwrap()
}

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::new(id).unwrap()
}

pub(crate) fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

pub(crate) fn category() -> CategoryId {
    CategoryId::new("general_management").unwrap()
}

pub(crate) fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

pub(crate) fn ranks(ids: &[&str]) -> Vec<RankId> {
    ids.iter().map(|id| rank(id)).collect()
}

pub(crate) fn set(id: &str) -> SetId {
    SetId::new(id).unwrap()
}

pub(crate) fn level(id: &str) -> LevelId {
    LevelId::new(id).unwrap()
}

/// Stands for a sealed text; nothing here has a key.
pub(crate) fn sealed(what: &str) -> Sealed {
    Sealed::new(format!("q1.AES-256-GCM.{what}")).unwrap()
}

//! What streams are called.

use quanheng_eventlog::StreamName;
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId, PoolId};
use quanheng_policy::codes::{CreditCode, DivisionCode};
use quanheng_policy::profile::ChangeRoute;
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_recertification::campaign::Phase;
use quanheng_register::id::PostId;

use crate::promotion::{RequestId, RoundId};
use crate::recertification::{CampaignId, RecertificationId, TransitionId};

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

/// What a case is about (事项种类).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseKind {
    /// 职数使用预审
    PreReview,
    /// 职级晋升批次: its plan.
    Round,
    /// 职级晋升: one person's.
    Request,
    /// 重新认定
    Recertification,
    /// 参照管理备案
    ReferenceFiling,
    /// 退出参照管理
    ReferenceExit,
}

impl CaseKind {
    const ALL: [Self; 6] = [
        Self::PreReview,
        Self::Round,
        Self::Request,
        Self::Recertification,
        Self::ReferenceFiling,
        Self::ReferenceExit,
    ];

    /// The stable name, the first part of a case's id.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreReview => "pre_review",
            Self::Round => "round",
            Self::Request => "request",
            Self::Recertification => "recertification",
            Self::ReferenceFiling => "reference_filing",
            Self::ReferenceExit => "reference_exit",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::PreReview => "职数使用预审",
            Self::Round => "职级晋升工作方案",
            Self::Request => "职级晋升",
            Self::Recertification => "参照管理单位重新认定",
            Self::ReferenceFiling => "参照管理单位备案",
            Self::ReferenceExit => "退出参照管理",
        }
    }
}

/// A case: what kind it is of, and the id of what it is about. Its text is
/// `{kind}.{id}`; the id may have parts of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseKey {
    /// The kind.
    pub kind: CaseKind,
    /// The id of what it is about: of a pre-review, `{account}.{hold}`.
    pub id: String,
}

impl CaseKey {
    /// A pre-review's.
    #[must_use]
    pub fn pre_review(key: &AccountKey, hold: &HoldId) -> Self {
        Self { kind: CaseKind::PreReview, id: format!("{}.{hold}", account_id(key)) }
    }

    /// A round's.
    #[must_use]
    pub fn round(id: &RoundId) -> Self {
        Self { kind: CaseKind::Round, id: id.to_string() }
    }

    /// A request's.
    #[must_use]
    pub fn request(id: &RequestId) -> Self {
        Self { kind: CaseKind::Request, id: id.to_string() }
    }

    /// That of a case of reference management, by the procedure that it takes.
    #[must_use]
    pub fn reference(route: ChangeRoute, id: &RecertificationId) -> Self {
        let kind = match route {
            ChangeRoute::Filing => CaseKind::ReferenceFiling,
            ChangeRoute::Recertify => CaseKind::Recertification,
            ChangeRoute::Exit => CaseKind::ReferenceExit,
        };
        Self { kind, id: id.to_string() }
    }

    /// The case of reference management that it is about, if it is about one.
    #[must_use]
    pub fn as_reference(&self) -> Option<RecertificationId> {
        use CaseKind::{Recertification, ReferenceExit, ReferenceFiling};
        let reference = matches!(self.kind, Recertification | ReferenceFiling | ReferenceExit);
        RecertificationId::new(self.id.as_str()).ok().filter(|_| reference)
    }

    /// The round that it is about, if it is about one.
    #[must_use]
    pub fn as_round(&self) -> Option<RoundId> {
        RoundId::new(self.id.as_str()).ok().filter(|_| self.kind == CaseKind::Round)
    }

    /// The request that it is about, if it is about one.
    #[must_use]
    pub fn as_request(&self) -> Option<RequestId> {
        RequestId::new(self.id.as_str()).ok().filter(|_| self.kind == CaseKind::Request)
    }

    /// The pre-review that it is about, if it is about one.
    #[must_use]
    pub fn as_pre_review(&self) -> Option<(AccountKey, HoldId)> {
        let (key, hold) = self.id.rsplit_once('.').filter(|_| self.kind == CaseKind::PreReview)?;
        Some((account(key)?, HoldId::new(hold).ok()?))
    }

    /// The case of a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once('.')?;
        let kind = CaseKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
        let parts = id.split('.').collect::<Vec<_>>();
        let plain =
            parts.len() <= 5 && parts.iter().all(|part| quanheng_policy::check_id(part).is_ok());
        plain.then(|| Self { kind, id: id.to_owned() })
    }
}

impl std::fmt::Display for CaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.kind.as_str(), self.id)
    }
}

/// A task: its case and its number there. Its text is `{case}.{number}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskKey {
    /// The case.
    pub case: CaseKey,
    /// The number.
    pub nr: quanheng_workflow::case::TaskNr,
}

impl TaskKey {
    /// The task of a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (case, nr) = text.rsplit_once('.')?;
        let plain = !nr.starts_with('0') && nr.bytes().all(|b| b.is_ascii_digit());
        let nr = nr.parse().ok().filter(|_| plain)?;
        Some(Self { case: CaseKey::parse(case)?, nr: quanheng_workflow::case::TaskNr(nr) })
    }
}

impl std::fmt::Display for TaskKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.case, self.nr.0)
    }
}

/// A case's.
#[must_use]
pub fn case(key: &CaseKey) -> StreamName {
    stream(format!("cases/{key}"))
}

/// The offices of a unit.
#[must_use]
pub fn offices(unit: &UnitId) -> StreamName {
    stream(format!("offices/{unit}"))
}

/// The authority of a division.
#[must_use]
pub fn authority(division: &DivisionCode) -> StreamName {
    stream(format!("authorities/{division}"))
}

/// The stand-ins of a person.
#[must_use]
pub fn substitutions(person: &PersonId) -> StreamName {
    stream(format!("substitutions/{person}"))
}

/// A round's.
#[must_use]
pub fn promotion_round(id: &RoundId) -> StreamName {
    stream(format!("promotionRounds/{id}"))
}

/// A request's.
#[must_use]
pub fn promotion_request(id: &RequestId) -> StreamName {
    stream(format!("promotionRequests/{id}"))
}

/// What was decided on a person's rank.
#[must_use]
pub fn rank_decisions(person: &PersonId) -> StreamName {
    stream(format!("persons/{person}/rankDecisions"))
}

/// In which request a person is a candidate of a category.
#[must_use]
pub fn candidacy(person: &PersonId, category: &CategoryId) -> StreamName {
    stream(format!("candidacies/{person}.{category}"))
}

/// Which round uses a pre-review.
#[must_use]
pub fn hold_use(key: &AccountKey, hold: &HoldId) -> StreamName {
    stream(format!("quotaAccounts/{}/holds/{hold}/round", account_id(key)))
}

/// A campaign's.
#[must_use]
pub fn campaign(id: &CampaignId) -> StreamName {
    stream(format!("campaigns/{id}"))
}

/// The campaigns of a province.
#[must_use]
pub fn province_campaigns(division: &DivisionCode) -> StreamName {
    stream(format!("divisions/{division}/campaigns"))
}

/// The cases of a phase that are not decided.
#[must_use]
pub fn phase_cases(campaign: &CampaignId, phase: Phase) -> StreamName {
    let phase = match phase {
        Phase::Provincial => "provincial",
        Phase::Municipal => "municipal",
    };
    stream(format!("campaigns/{campaign}/phases/{phase}"))
}

/// What a unit says of itself in a campaign.
#[must_use]
pub fn survey(campaign: &CampaignId, unit: &UnitId) -> StreamName {
    stream(format!("campaigns/{campaign}/surveys/{unit}"))
}

/// The book of a campaign (只减不增台账).
#[must_use]
pub fn book(campaign: &CampaignId) -> StreamName {
    stream(format!("campaigns/{campaign}/book"))
}

/// A case of reference management.
#[must_use]
pub fn recertification(id: &RecertificationId) -> StreamName {
    stream(format!("recertificationCases/{id}"))
}

/// A transition's.
#[must_use]
pub fn transition(id: &TransitionId) -> StreamName {
    stream(format!("transitions/{id}"))
}

/// Which case of a unit is open.
#[must_use]
pub fn reference_case(unit: &UnitId) -> StreamName {
    stream(format!("units/{unit}/referenceCase"))
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

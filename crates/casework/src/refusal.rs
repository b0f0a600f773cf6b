//! Refusals of the ledger as failures of a call, with what an auditor would ask about.

use quanheng_eventlog::EventDraft;
use quanheng_ledger::id::AccountKey;
use quanheng_ledger::refusal::{Refusal, Refused};
use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, UnitId};
use quanheng_runtime::{Failure, FieldFault, RuleFault};
use quanheng_streams::{RefusalEvent, Refusals, RefusedRule, account_id, draft, refusals};
use tonic::Code;

/// Where a refusal happened, for its messages and its record.
pub struct Place<'a> {
    /// The account.
    pub key: &'a AccountKey,
    /// What holds for it.
    pub policy: &'a Policy,
    /// What was asked.
    pub method: &'static str,
    /// For which unit.
    pub unit: Option<&'a UnitId>,
}

impl Place<'_> {
    /// The failure of a refused command. Refusals by a rule are recorded with it.
    pub fn failure(&self, refused: &Refused) -> Failure {
        let failure = failure(refused, self.policy, self.key);
        if failure.code() != Code::FailedPrecondition {
            return failure;
        }
        match self.record(&failure) {
            Ok(event) => failure.telling(event),
            Err(failure) => failure,
        }
    }

    /// The record of a refusal.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn record(&self, failure: &Failure) -> Result<EventDraft, Failure> {
        let rules = failure.broken_rules().iter();
        let rules = rules.map(|rule| RefusedRule {
            code: rule.code.clone(),
            message: rule.message.chars().take(MESSAGE_CHARS_MAX).collect(),
        });
        let event = RefusalEvent::UseRefused {
            method: self.method.to_owned(),
            unit: self.unit.cloned(),
            rules: rules.take(RULES_MAX).collect(),
        };
        draft::<Refusals>(refusals(self.key), &event).map_err(Failure::internal)
    }
}

/// A record holds so much and no more.
const RULES_MAX: usize = 100;
const MESSAGE_CHARS_MAX: usize = 150;

/// The failure that a refusal is.
pub fn failure(refused: &Refused, policy: &Policy, key: &AccountKey) -> Failure {
    let refusals = refused.refusals();
    let account = format!("quotaAccounts/{}", account_id(key));
    let first = refusals.first();
    match first {
        Some(Refusal::Invalid { .. }) => {
            let fields = refusals.iter().filter_map(|refusal| match refusal {
                Refusal::Invalid { field, what } => Some(FieldFault {
                    field: (*field).to_owned(),
                    reason: "INVALID_FIELD".to_owned(),
                    message: what.clone(),
                }),
                _ => None,
            });
            Failure::fields(fields.collect())
        }
        Some(Refusal::NotFound { what }) => Failure::not_found(what.clone()),
        Some(Refusal::Exists { .. }) => Failure::exists(account),
        _ => {
            let rules = refusals.iter().map(|refusal| RuleFault {
                code: refusal.code().to_owned(),
                subject: subject(refusal).unwrap_or_else(|| account.clone()),
                message: named(&refusal.to_string(), policy, &key.category),
            });
            let failure = Failure::rules(rules.collect()).with("account", account);
            match first {
                Some(refusal) => {
                    figures(refusal).into_iter().fold(failure, |failure, (k, v)| failure.with(k, v))
                }
                None => failure,
            }
        }
    }
}

fn subject(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::InsufficientAvailable { set, .. }
        | Refusal::UpwardUseInPool { set, .. }
        | Refusal::ParentOccupiesInPool { set, .. }
        | Refusal::Earmarked { set, .. }
        | Refusal::ExceedsEntitlement { set, .. }
        | Refusal::NotOwnSeats { set, .. }
        | Refusal::NotOverQuota { set }
        | Refusal::SetInUse { set }
        | Refusal::DependsOnMove { set, .. }
        | Refusal::PlanIncomplete { set, .. } => Some(set.to_string()),
        Refusal::UpwardUse { unit }
        | Refusal::ParentOccupies { unit }
        | Refusal::NotOfAccount { unit } => Some(format!("units/{unit}")),
        Refusal::AlreadySeated { person } | Refusal::OtherRankHeld { person, .. } => {
            Some(format!("persons/{person}"))
        }
        Refusal::RankNotSetUp { rank }
        | Refusal::NoSuchHolders { rank, .. }
        | Refusal::PreReviewRequired { rank } => Some(rank.to_string()),
        _ => None,
    }
}

/// The figures that the first refusal rests on, as metadata.
fn figures(refusal: &Refusal) -> Vec<(&'static str, String)> {
    match refusal {
        Refusal::InsufficientAvailable {
            set, vacancy, held, reserved, available, wanted, ..
        } => {
            vec![
                ("set", set.to_string()),
                ("vacancy", vacancy.to_string()),
                ("held", held.to_string()),
                ("reserved", reserved.to_string()),
                ("available", available.to_string()),
                ("wanted", wanted.to_string()),
            ]
        }
        Refusal::UpwardUseInPool { set, earned, used, .. }
        | Refusal::ParentOccupiesInPool { set, earned, used, .. } => vec![
            ("set", set.to_string()),
            ("earned", earned.to_string()),
            ("used", used.to_string()),
        ],
        Refusal::UpwardUse { unit }
        | Refusal::ParentOccupies { unit }
        | Refusal::NotOfAccount { unit } => vec![("unit", format!("units/{unit}"))],
        Refusal::ExceedsEntitlement { set, asked, entitled, .. } => vec![
            ("set", set.to_string()),
            ("asked", asked.to_string()),
            ("entitled", entitled.to_string()),
        ],
        Refusal::HoldExpired { hold, expires_on } => {
            vec![("hold", hold.to_string()), ("expires_on", expires_on.to_string())]
        }
        Refusal::FilingOverdue { hold, due_on } => {
            vec![("hold", hold.to_string()), ("due_on", due_on.to_string())]
        }
        Refusal::AlreadySeated { person } | Refusal::OtherRankHeld { person, .. } => {
            vec![("person", format!("persons/{person}"))]
        }
        Refusal::RankNotSetUp { rank } | Refusal::PreReviewRequired { rank } => {
            vec![("rank", rank.to_string())]
        }
        Refusal::PlanIncomplete { set, over, planned } => vec![
            ("set", set.to_string()),
            ("over", over.to_string()),
            ("planned", planned.to_string()),
        ],
        Refusal::MoreThanOutstanding { outstanding, asked, .. } => {
            vec![("outstanding", outstanding.to_string()), ("asked", asked.to_string())]
        }
        _ => Vec::new(),
    }
}

/// The message with ranks by their names: people do not read codes.
pub fn named(message: &str, policy: &Policy, category: &CategoryId) -> String {
    let Ok(ladder) = policy.ladder(category) else { return message.to_owned() };
    let ranks = ladder.value.ranks.iter();
    ranks.fold(message.to_owned(), |text, rank| match text.contains(rank.id.as_str()) {
        true => replace_word(&text, rank.id.as_str(), &rank.name),
        false => text,
    })
}

/// Replaces a code where it stands alone: `GM05` but not in `GM05-06`.
fn replace_word(text: &str, code: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    while let Some(at) = rest.find(code) {
        let (before, after) = (&rest[..at], &rest[at + code.len()..]);
        out.push_str(before);
        let alone = !out.ends_with(part) && !after.starts_with(part);
        out.push_str(if alone { name } else { code });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_codes_are_replaced() {
        for (text, expected) in [
            ("本账户不设职级 GM05", "本账户不设职级 三级调研员"),
            ("GM05-06 可用空缺 1", "GM05-06 可用空缺 1"),
            ("GM05,GM05", "三级调研员,三级调研员"),
            ("xGM05", "xGM05"),
            ("", ""),
        ] {
            assert_eq!(replace_word(text, "GM05", "三级调研员"), expected);
        }
    }
}

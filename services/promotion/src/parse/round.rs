//! What requests about rounds and requests of promotion say.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::resource_id;
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_runtime::Failure;
use quanheng_runtime::wire::{id, named, required};
use quanheng_streams as streams;
use quanheng_streams::{Milestone, Plan, PlannedRank, RequestId, RoundId};

use super::{BATCH_MAX, each, needed_day};
use crate::seal::Nomination;

/// Characters of one text that people write, at most.
const TEXT_CHARS_MAX: usize = 4_000;
/// Characters of a name, a phone number, a channel, at most.
const SHORT_CHARS_MAX: usize = 200;
/// Channels of a notice at most.
const CHANNELS_MAX: usize = 20;

/// A round by its resource name.
pub(crate) fn round(field: &str, name: &str) -> Result<RoundId, Failure> {
    named(field, "promotionRounds/{round}", name)
}

/// A request by its resource name.
pub(crate) fn request(field: &str, name: &str) -> Result<RequestId, Failure> {
    named(field, "promotionRequests/{request}", name)
}

/// Several requests, each once, at most so many and not none.
pub(crate) fn requests(field: &str, names: &[String]) -> Result<Vec<RequestId>, Failure> {
    bounded(field, names.len())?;
    let ids = names.iter().map(|name| request(field, name));
    let ids = ids.collect::<Result<Vec<RequestId>, Failure>>()?;
    distinct(field, &ids)?;
    Ok(ids)
}

/// No more than one batch, and not nothing.
pub(crate) fn bounded(field: &str, items: usize) -> Result<(), Failure> {
    match items {
        0 => Err(Failure::field(field, "须至少有一项")),
        1..=BATCH_MAX => Ok(()),
        many => Err(Failure::bound("batch_items_max", BATCH_MAX as u64, many as u64)),
    }
}

/// Each once.
pub(crate) fn distinct(field: &str, ids: &[RequestId]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    match ids.iter().find(|id| !seen.insert(*id)) {
        Some(twice) => Err(Failure::field(field, format!("promotionRequests/{twice} 重复"))),
        None => Ok(()),
    }
}

/// An account by its resource name.
pub(crate) fn account(field: &str, name: &str) -> Result<AccountKey, Failure> {
    let invalid = || Failure::field(field, "名称应形如 quotaAccounts/{account}");
    let [id] = resource_id::<1>("quotaAccounts/{account}", name).map_err(|_| invalid())?;
    streams::account(id).ok_or_else(invalid)
}

/// A pre-review by its resource name.
pub(crate) fn hold(field: &str, name: &str) -> Result<(AccountKey, HoldId), Failure> {
    let invalid = || Failure::field(field, "名称应形如 quotaAccounts/{account}/holds/{hold}");
    let pattern = "quotaAccounts/{account}/holds/{hold}";
    let [account, hold] = resource_id::<2>(pattern, name).map_err(|_| invalid())?;
    Ok((streams::account(account).ok_or_else(invalid)?, id(field, hold)?))
}

/// A text that people write, which has to be there.
pub(crate) fn text(field: &str, text: &str) -> Result<String, Failure> {
    match text.trim() {
        "" => Err(Failure::field(field, "须写明")),
        text => optional(field, text),
    }
}

/// A text that people write.
pub(crate) fn optional(field: &str, text: &str) -> Result<String, Failure> {
    within(field, text, TEXT_CHARS_MAX)
}

fn within(field: &str, text: &str, max: usize) -> Result<String, Failure> {
    let (text, chars) = (text.trim(), text.chars().count());
    match chars <= max {
        true => Ok(text.to_owned()),
        false => {
            let failure = Failure::bound("text_chars_max", max as u64, chars as u64);
            Err(failure.with("field", field))
        }
    }
}

/// The plan of a round.
pub(crate) fn plan(plan: Option<&wire::PromotionPlan>) -> Result<Plan, Failure> {
    let plan = plan.ok_or_else(|| Failure::field("plan", "须填写工作方案"))?;
    Ok(Plan {
        title: within("plan.title", &plan.title, SHORT_CHARS_MAX)?,
        scope: optional("plan.scope", &plan.scope)?,
        ranks: each("plan.ranks", &plan.ranks, |field, line| {
            let rank = id(&format!("{field}.rank"), &line.rank)?;
            Ok(PlannedRank { rank, seats: line.seats })
        })?,
        conditions: optional("plan.conditions", &plan.conditions)?,
        timetable: each("plan.timetable", &plan.timetable, |field, part| {
            let by: Date = needed_day(&format!("{field}.by"), part.by.as_ref())?;
            Ok(Milestone { what: within(field, &part.what, SHORT_CHARS_MAX)?, by })
        })?,
    })
}

/// What the unit says for its candidate.
pub(crate) fn nomination(
    reason: &str,
    conditions: &[wire::BasicCondition],
    qualifications: &[wire::Qualification],
    extra_facts: &std::collections::BTreeMap<String, wire::FactValue>,
) -> Result<Nomination, Failure> {
    let mut seen = BTreeSet::new();
    for (index, condition) in conditions.iter().enumerate() {
        let field = format!("conditions[{index}]");
        let kind = Some(condition.kind()).filter(|kind| *kind != UNSPECIFIED);
        required(&format!("{field}.kind"), kind)?;
        optional(&format!("{field}.note"), &condition.note)?;
        if !seen.insert(condition.kind) {
            return Err(Failure::field(format!("{field}.kind"), "重复"));
        }
    }
    super::qualifications("qualifications", qualifications)?;
    let facts = super::extra_facts("extra_facts", extra_facts)?;
    super::not_registered("extra_facts", &facts)?;
    Ok(Nomination {
        reason: text("nomination", reason)?,
        conditions: conditions.to_vec(),
        qualifications: qualifications.to_vec(),
        extra_facts: extra_facts.clone(),
    })
}

const UNSPECIFIED: wire::BasicConditionKind = wire::BasicConditionKind::Unspecified;

/// The five basic conditions (基本条件).
const BASIC: [(wire::BasicConditionKind, &str); 5] = [
    (wire::BasicConditionKind::Political, "政治素质"),
    (wire::BasicConditionKind::Ability, "能力实绩"),
    (wire::BasicConditionKind::Recognition, "群众公认"),
    (wire::BasicConditionKind::Seniority, "年限资历"),
    (wire::BasicConditionKind::Conduct, "作风品行"),
];

/// Basic conditions that are lacking, or not met.
pub(crate) fn conditions_lacking(given: &[wire::BasicCondition]) -> Vec<&'static str> {
    let met = |kind| given.iter().any(|one| one.kind() == kind && one.passed);
    BASIC.into_iter().filter(|(kind, _)| !met(*kind)).map(|(_, name)| name).collect()
}

/// What was found in vetting: all of it.
pub(crate) fn vetting(vetting: Option<&wire::Vetting>) -> Result<wire::Vetting, Failure> {
    let vetting = vetting.ok_or_else(|| Failure::field("vetting", "须填写考察情况"))?;
    Ok(wire::Vetting {
        method: text("vetting.method", &vetting.method)?,
        interviews: text("vetting.interviews", &vetting.interviews)?,
        file_check: text("vetting.file_check", &vetting.file_check)?,
        discipline_opinion: text("vetting.discipline_opinion", &vetting.discipline_opinion)?,
        integrity_reply: text("vetting.integrity_reply", &vetting.integrity_reply)?,
    })
}

/// How a notice is posted, and whom to call.
pub(crate) fn channels(channels: &[String], phone: &str) -> Result<(Vec<String>, String), Failure> {
    if !(1..=CHANNELS_MAX).contains(&channels.len()) {
        return Err(Failure::field("channels", "应为 1 至 20 种公示方式"));
    }
    let each = channels.iter().map(|channel| match channel.trim() {
        "" => Err(Failure::field("channels", "须写明")),
        channel => within("channels", channel, SHORT_CHARS_MAX),
    });
    let phone = within("phone", &text("phone", phone)?, SHORT_CHARS_MAX)?;
    Ok((each.collect::<Result<_, _>>()?, phone))
}

//! What requests about transitions say.

use jiff::civil::Date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_runtime::Failure;
use quanheng_runtime::wire::{named, unit};
use quanheng_streams::{Placement, TransitionId};

use super::shared::{day, document, short, text};

/// `transitions/{transition}`
pub(crate) fn transition(field: &str, name: &str) -> Result<TransitionId, Failure> {
    named(field, "transitions/{transition}", name)
}

/// A talk, before its question is sealed.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) on: Date,
    pub(crate) policy: String,
    pub(crate) question: String,
    pub(crate) signed: bool,
}

/// 谈话记录
pub(crate) fn talk(given: Option<&wire::Talk>) -> Result<Said, Failure> {
    let given = given.ok_or_else(|| Failure::field("talk", "须填写谈话记录"))?;
    Ok(Said {
        on: day("talk.on", given.on.as_ref())?,
        policy: text("talk.policy", &given.policy)?,
        question: short("talk.question", &given.question)?,
        signed: given.signed,
    })
}

/// 去向
pub(crate) fn placement(given: Option<&wire::Placement>) -> Result<Placement, Failure> {
    let given = given.ok_or_else(|| Failure::field("placement", "须填写去向"))?;
    Ok(Placement {
        option: text("placement.option", &given.option)?,
        unit: match given.unit.as_str() {
            "" => None,
            name => Some(unit("placement.unit", name)?),
        },
        post: short("placement.post", &given.post)?,
        pay_protected: given.pay_protected,
        document: document("placement.document_number", &given.document_number)?,
        effective_on: day("placement.effective_on", given.effective_on.as_ref())?,
    })
}

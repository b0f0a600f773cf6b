//! Sealing what is said about a candidate, under the candidate's own key. Every text is
//! sealed for its place: `persons/{person}:promotion/{request}/vetting`; it opens nowhere else.

use std::collections::BTreeMap;

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_casework::Sight;
use quanheng_policy::PersonId;
use quanheng_register::Sealed;
use quanheng_runtime::{Failure, sealed};
use quanheng_sealing::{KeyState, SubjectKey};
use quanheng_streams::{RequestId, RequestState};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What of a request is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// 提名理由、基本条件
    Nomination,
    /// 审核项目
    Findings,
    /// 得票数
    Votes,
    /// 考察
    Vetting,
    /// 公示内容
    Notice,
    /// 反映, by its id.
    Feedback(&'a str),
    /// 核实情况, by the report's id.
    Resolution(&'a str),
    /// 公示结果
    Result,
    /// 中止原因
    Suspension,
    /// 结束原因
    Ending,
}

fn place(request: &RequestId, part: Part<'_>) -> String {
    let name = match part {
        Part::Nomination => "nomination".to_owned(),
        Part::Findings => "findings".to_owned(),
        Part::Votes => "votes".to_owned(),
        Part::Vetting => "vetting".to_owned(),
        Part::Notice => "notice".to_owned(),
        Part::Feedback(id) => format!("feedback/{id}"),
        Part::Resolution(id) => format!("resolution/{id}"),
        Part::Result => "result".to_owned(),
        Part::Suspension => "suspension".to_owned(),
        Part::Ending => "ending".to_owned(),
    };
    format!("promotion/{request}/{name}")
}

/// What the unit says for its candidate.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Nomination {
    /// 提名理由
    pub(crate) reason: String,
    /// 基本条件
    pub(crate) conditions: Vec<wire::BasicCondition>,
    /// 任职资格
    pub(crate) qualifications: Vec<wire::Qualification>,
    /// 地方附加事实
    pub(crate) extra_facts: BTreeMap<String, wire::FactValue>,
}

/// A report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Report {
    /// 反映人
    pub(crate) reporter: String,
    /// 反映内容
    pub(crate) text: String,
}

/// Seals for a person, whoever asks. Of who was erased nothing is kept any more.
///
/// # Errors
/// A bound that is exceeded; [`Failure`] where the key has to be read first.
pub(crate) fn seal(
    sight: &Sight<'_>,
    person: &PersonId,
    request: &RequestId,
    part: Part<'_>,
    value: &impl Serialize,
) -> Result<Sealed, Failure> {
    let key = match sight.keys([person])?.get(person) {
        Some(KeyState::Live(key)) => key,
        Some(KeyState::Erased { .. }) => return Sealed::new("none").map_err(Failure::internal),
        Some(KeyState::Missing) | None => {
            tracing::error!(%person, "a registered person has no key");
            return Err(Failure::internal("the key of a person is missing"));
        }
    };
    seal_at(key, &place(request, part), value)
}

/// Seals for a place of a person's own.
///
/// # Errors
/// A bound that is exceeded.
pub(crate) fn seal_at(
    key: &SubjectKey,
    place: &str,
    value: &impl Serialize,
) -> Result<Sealed, Failure> {
    let plain = serde_json::to_vec(value).map_err(Failure::internal)?;
    let context = format!("{}:{place}", key.subject());
    let text = key.seal(&context, &plain);
    let (max, bytes) = (quanheng_register::SEALED_BYTES_MAX as u64, text.len() as u64);
    Sealed::new(text).map_err(|_| Failure::bound("sealed_bytes_max", max, bytes))
}

/// Opens what was sealed for a place.
///
/// # Errors
/// An internal failure when it does not open.
pub(crate) fn open<T: DeserializeOwned>(
    key: &SubjectKey,
    request: &RequestId,
    part: Part<'_>,
    text: &Sealed,
) -> Result<T, Failure> {
    sealed::open(key, &place(request, part), text.as_str())
}

/// What the unit said for its candidate.
///
/// # Errors
/// `PERSON_ERASED`.
pub(crate) fn nomination(sight: &Sight<'_>, request: &RequestState) -> Result<Nomination, Failure> {
    let name = format!("persons/{}", request.person);
    match sight.keys([&request.person])?.get(&request.person) {
        Some(KeyState::Live(key)) => {
            open(key, &request.request, Part::Nomination, &request.nomination)
        }
        Some(KeyState::Erased { .. }) => Err(sealed::erased(&name)),
        Some(KeyState::Missing) | None => Err(Failure::internal("the key of a person is missing")),
    }
}

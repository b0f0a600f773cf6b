//! Rounds and requests as documents, and until when the pre-reviews hold whose seats they
//! use. What is said about a person stands in them sealed; no
//! name of a person stands in them at all.

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eventlog::{EventType, Filter, InvalidName, Record, Version};
use quanheng_ledger::event::Event;
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_projection::columns::{day, index, text};
use quanheng_projection::{
    Collection, Definition, DocKey, Docs, ProjectError, Projector, StateFold, StreamState,
};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, CaseKind, RequestId, RequestState, RoundId, RoundState};
use quanheng_workflow::case::Case;
use serde::{Deserialize, Serialize};

use crate::{message, work};

/// The projection.
pub const PROJECTION: &str = "promotion";
/// Rounds: id `{round}`.
pub const ROUNDS: &str = "promotion_rounds";
/// Requests: id `{request}`.
pub const REQUESTS: &str = "promotion_requests";
/// Pre-reviews that hold seats: id `{account}/{hold}`.
pub(crate) const HOLDS: &str = "promotion_holds";

static COLLECTIONS: [Collection; 3] = [
    Collection {
        name: ROUNDS,
        columns: &[
            text("unit", "/unit"),
            text("account", "/account"),
            text("state", "/state"),
            text("division", "/division"),
            day("created_on", "/created_on"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&[], &["created_on"]),
            index(&["unit"], &["created_on"]),
            index(&["account"], &["created_on"]),
            index(&["state"], &["division"]),
            index(&["state"], &["created_on"]),
        ],
    },
    Collection {
        name: REQUESTS,
        columns: &[
            text("round", "/round"),
            text("unit", "/unit"),
            text("person", "/person"),
            text("state", "/state"),
            text("rank", "/rank"),
            text("division", "/division"),
            day("created_on", "/created_on"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&[], &["created_on"]),
            index(&["round"], &["created_on"]),
            index(&["round", "state"], &["created_on"]),
            index(&["round", "rank"], &["created_on"]),
            index(&["unit"], &["created_on"]),
            index(&["person"], &["created_on"]),
            index(&["state"], &["division"]),
            index(&["rank"], &["division"]),
        ],
    },
    Collection { name: HOLDS, columns: &[], indexes: &[] },
];

/// The events of rounds and requests.
const PROMOTION: [&str; 26] = [
    "round_created",
    "plan_decided",
    "pre_review_attached",
    "request_added",
    "move_taken",
    "move_freed",
    "round_closed",
    "round_withdrawn",
    "request_created",
    "request_updated",
    "request_submitted",
    "eligibility_decided",
    "recommendation_recorded",
    "vetting_recorded",
    "candidate_decided",
    "notice_posted",
    "notice_moved",
    "feedback_received",
    "feedback_resolved",
    "notice_closed",
    "approval_decided",
    "appointed",
    "promotion_filed",
    "request_suspended",
    "request_resumed",
    "request_ended",
];
/// What sets until when a pre-review holds.
const HELD: [&str; 2] = ["pre_review_approved", "hold_extended"];

/// The projection's definition.
///
/// # Errors
/// A fault of the program.
pub fn definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let own = PROMOTION.iter().map(|name| EventType::new(format!("quanheng.promotion.{name}.v1")));
    let cases = streams::CASE_EVENTS
        .iter()
        .map(|name| EventType::new(format!("quanheng.approval.{name}.v1")));
    let held = HELD.iter().map(|name| EventType::new(format!("quanheng.quota.{name}.v1")));
    let types: Result<Vec<EventType>, InvalidName> = own.chain(cases).chain(held).collect();
    let filter = types?.into_iter().fold(Filter::all(), Filter::or_type);
    Ok(Definition::new(PROJECTION, 2, &COLLECTIONS, Promotion)?.over(filter))
}

/// A round's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RoundDoc {
    pub(crate) unit: String,
    pub(crate) account: String,
    pub(crate) state: String,
    pub(crate) division: String,
    pub(crate) created_on: Option<Date>,
    pub(crate) version: u64,
    pub(crate) case_version: u64,
    pub(crate) own: Option<RoundState>,
    pub(crate) case: Option<Case>,
}

impl RoundDoc {
    /// As the API answers it; none before the round's own events came.
    pub(crate) fn message(&self) -> Option<wire::PromotionRound> {
        let etag = work::etag(Version(self.version), Version(self.case_version));
        Some(message::round(self.own.as_ref()?, self.case.as_ref(), etag))
    }

    fn settle(&mut self) {
        let Some(round) = self.message() else { return };
        let name = round.state().as_str_name();
        name.trim_start_matches("PROMOTION_ROUND_STATE_").clone_into(&mut self.state);
        (self.unit, self.account) = (round.unit, round.account);
        self.created_on = self.own.as_ref().map(|own| own.created_on);
    }
}

/// A request's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RequestDoc {
    pub(crate) round: String,
    pub(crate) unit: String,
    pub(crate) person: String,
    pub(crate) state: String,
    pub(crate) rank: String,
    pub(crate) division: String,
    pub(crate) created_on: Option<Date>,
    pub(crate) version: u64,
    pub(crate) case_version: u64,
    pub(crate) own: Option<RequestState>,
    pub(crate) case: Option<Case>,
}

impl RequestDoc {
    /// As the API answers it; none before the request's own events came.
    pub(crate) fn message(&self) -> Option<wire::PromotionRequest> {
        let etag = work::etag(Version(self.version), Version(self.case_version));
        Some(message::request(self.own.as_ref()?, self.case.as_ref(), etag))
    }

    fn settle(&mut self) {
        let Some(request) = self.message() else { return };
        let name = request.state().as_str_name();
        name.trim_start_matches("PROMOTION_REQUEST_STATE_").clone_into(&mut self.state);
        (self.round, self.unit) = (request.round, request.unit);
        (self.person, self.rank) = (request.person, request.rank);
        self.created_on = self.own.as_ref().map(|own| own.created_on);
    }
}

/// Until when a pre-review holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct HoldDoc {
    /// The last day.
    pub(crate) expires_on: Option<Date>,
}

/// The document's id of a pre-review.
pub(crate) fn hold_id(account: &AccountKey, hold: &HoldId) -> String {
    format!("{}/{hold}", streams::account_id(account))
}

/// What a record of an account says about until when a pre-review holds.
fn held(record: &Record, account: &str) -> Result<Option<(DocKey, Date)>, ProjectError> {
    Ok(match &*streams::read::<streams::Accounts>(record)? {
        Event::PreReviewApproved { hold, expires_on, .. }
        | Event::HoldExtended { hold, expires_on, .. } => {
            Some((DocKey::new(HOLDS, format!("{account}/{hold}")), *expires_on))
        }
        _ => None,
    })
}

/// Which stream a record is of.
enum Of {
    Account(String),
    Round(RoundId),
    Request(RequestId),
    RoundCase(RoundId),
    RequestCase(RequestId),
}

fn stream_of(record: &Record) -> Option<Of> {
    let (kind, id) = record.stream.as_str().split_once('/')?;
    match kind {
        "quotaAccounts" if !id.contains('/') => Some(Of::Account(id.to_owned())),
        "promotionRounds" => Some(Of::Round(RoundId::new(id).ok()?)),
        "promotionRequests" => Some(Of::Request(RequestId::new(id).ok()?)),
        "cases" => {
            let key = CaseKey::parse(id)?;
            match key.kind {
                CaseKind::Round => key.as_round().map(Of::RoundCase),
                CaseKind::Request => key.as_request().map(Of::RequestCase),
                _ => None,
            }
        }
        _ => None,
    }
}

fn division_of(record: &Record) -> Result<String, ProjectError> {
    let envelope = record.envelope()?;
    let mut divisions = envelope.tags().filter_map(|tag| tag.strip_prefix("divisions/"));
    Ok(divisions.next().unwrap_or_default().to_owned())
}

struct Promotion;

impl Projector for Promotion {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(match stream_of(record) {
            None => Vec::new(),
            Some(Of::Account(account)) => {
                held(record, &account)?.into_iter().map(|(key, _)| key).collect()
            }
            Some(Of::Round(id) | Of::RoundCase(id)) => vec![DocKey::new(ROUNDS, id.to_string())],
            Some(Of::Request(id) | Of::RequestCase(id)) => {
                vec![DocKey::new(REQUESTS, id.to_string())]
            }
        })
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        match stream_of(record)? {
            Of::Account(_) => None,
            Of::Round(_) => Some(streams::Of::<streams::Rounds>::default().into()),
            Of::Request(_) => Some(streams::Of::<streams::Requests>::default().into()),
            Of::RoundCase(_) | Of::RequestCase(_) => {
                Some(streams::Of::<streams::Cases>::default().into())
            }
        }
    }

    fn fold(
        &self,
        record: &Record,
        _: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(Of::Account(account)) = stream_of(record) else { return Ok(()) };
        let Some((key, expires_on)) = held(record, &account)? else { return Ok(()) };
        docs.change::<HoldDoc>(&key, |doc| doc.expires_on = Some(expires_on))
    }

    fn conclude(
        &self,
        last: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(of) = stream_of(last) else { return Ok(()) };
        let (version, division) = (last.version.0, division_of(last)?);
        match of {
            Of::Account(_) => Ok(()),
            Of::Round(id) => {
                let state = after.wanted::<Option<RoundState>>()?.clone();
                docs.change::<RoundDoc>(&DocKey::new(ROUNDS, id.to_string()), |doc| {
                    (doc.own, doc.version, doc.division) = (state, version, division);
                    doc.settle();
                })
            }
            Of::Request(id) => {
                let state = after.wanted::<Option<RequestState>>()?.clone();
                docs.change::<RequestDoc>(&DocKey::new(REQUESTS, id.to_string()), |doc| {
                    (doc.own, doc.version, doc.division) = (state, version, division);
                    doc.settle();
                })
            }
            Of::RoundCase(id) => {
                let case = after.wanted::<Option<Case>>()?.clone();
                docs.change::<RoundDoc>(&DocKey::new(ROUNDS, id.to_string()), |doc| {
                    (doc.case, doc.case_version) = (case, version);
                    doc.settle();
                })
            }
            Of::RequestCase(id) => {
                let case = after.wanted::<Option<Case>>()?.clone();
                docs.change::<RequestDoc>(&DocKey::new(REQUESTS, id.to_string()), |doc| {
                    (doc.case, doc.case_version) = (case, version);
                    doc.settle();
                })
            }
        }
    }
}

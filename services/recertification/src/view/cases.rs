//! Cases and precedents as documents.

use jiff::civil::Date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{EventType, Filter, InvalidName, Record, Version};
use quanheng_policy::profile::Policy;
use quanheng_projection::columns::{day, index, text};
use quanheng_projection::{
    Collection, Definition, DocKey, Docs, ProjectError, Projector, StateFold, StreamState,
};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, RecertificationId, RecertificationState, Verdict};
use quanheng_workflow::case::Case;
use serde::{Deserialize, Serialize};

use crate::message::case::{Shown, stage};
use crate::{code, message, work};

/// The projection.
pub(crate) const PROJECTION: &str = "reference_cases";
/// Cases: id `{case}`.
pub(crate) const CASES: &str = "reference_cases";
/// Precedents: id `{case}`.
pub(crate) const PRECEDENTS: &str = "reference_precedents";

static COLLECTIONS: [Collection; 2] = [
    Collection {
        name: CASES,
        columns: &[
            text("unit", "/unit"),
            text("campaign", "/campaign"),
            text("state", "/state"),
            text("route", "/route"),
            text("division", "/division"),
            day("created_on", "/created_on"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&[], &["created_on"]),
            index(&["unit"], &["created_on"]),
            index(&["campaign"], &["created_on"]),
            index(&["campaign"], &["division"]),
            index(&["campaign", "state"], &["created_on"]),
            index(&["campaign", "state"], &["division"]),
            index(&["campaign", "route"], &["created_on"]),
            index(&["campaign", "route"], &["division"]),
            index(&["state"], &["created_on"]),
            index(&["state"], &["division"]),
            index(&["route"], &["created_on"]),
            index(&["route"], &["division"]),
        ],
    },
    Collection {
        name: PRECEDENTS,
        columns: &[
            text("campaign", "/campaign"),
            text("basis", "/basis"),
            text("outcome", "/outcome"),
            day("published_on", "/published_on"),
        ],
        indexes: &[
            index(&[], &["published_on"]),
            index(&["campaign"], &["published_on"]),
            index(&["basis"], &["published_on"]),
            index(&["outcome"], &["published_on"]),
        ],
    },
];

/// The events of cases of reference management.
const OWN: [&str; 20] = [
    "case_created",
    "case_updated",
    "materials_submitted",
    "material_reviewed",
    "case_submitted",
    "correction_requested",
    "correction_answered",
    "document_consulted",
    "case_referred",
    "referral_answered",
    "opinion_recorded",
    "gate_passed",
    "gates_returned",
    "case_decided",
    "unit_entered_register",
    "central_filing_due",
    "centrally_filed",
    "transition_bound",
    "precedent_published",
    "case_withdrawn",
];
/// The projection's definition.
///
/// # Errors
/// A fault of the program.
pub(crate) fn definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let own = OWN.iter().map(|name| EventType::new(format!("quanheng.recertification.{name}.v1")));
    let flow = streams::CASE_EVENTS
        .iter()
        .map(|name| EventType::new(format!("quanheng.approval.{name}.v1")));
    let types: Result<Vec<EventType>, InvalidName> = own.chain(flow).collect();
    let filter = types?.into_iter().fold(Filter::all(), Filter::or_type);
    Ok(Definition::new(PROJECTION, 1, &COLLECTIONS, Cases)?.over(filter))
}

/// A case's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CaseDoc {
    pub(crate) unit: String,
    pub(crate) campaign: String,
    pub(crate) state: String,
    pub(crate) route: String,
    pub(crate) division: String,
    pub(crate) created_on: Option<Date>,
    pub(crate) version: u64,
    pub(crate) case_version: u64,
    pub(crate) own: Option<RecertificationState>,
    pub(crate) case: Option<Case>,
}

impl CaseDoc {
    /// As the API answers it; none before the case's own events came.
    pub(crate) fn message(
        &self,
        policy: &Policy,
        today: Date,
    ) -> Option<wire::RecertificationCase> {
        let shown = Shown {
            case: self.case.as_ref(),
            policy,
            division: &self.division,
            today,
            etag: work::etag(Version(self.version), Version(self.case_version)),
        };
        Some(message::case::case(self.own.as_ref()?, &shown))
    }

    fn settle(&mut self) {
        let Some(own) = &self.own else { return };
        let state = stage(own, self.case.as_ref()).as_str_name();
        state.trim_start_matches("CASE_STATE_").clone_into(&mut self.state);
        let route = code::route_message(own.route).as_str_name();
        route.trim_start_matches("CHANGE_ROUTE_").clone_into(&mut self.route);
        self.unit = message::shared::unit_name(&own.unit);
        self.campaign =
            own.campaign.as_ref().map(|id| format!("campaigns/{id}")).unwrap_or_default();
        self.created_on = Some(own.created_on);
    }
}

/// A precedent's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PrecedentDoc {
    case: String,
    campaign: String,
    /// The first of its bases: that on which it rests.
    basis: String,
    bases: Vec<i32>,
    outcome: String,
    title: String,
    summary: String,
    published_on: Option<Date>,
}

impl PrecedentDoc {
    fn of(state: &RecertificationState) -> Option<Self> {
        let (told, decision) = (state.precedent.as_ref()?, state.decision.as_ref()?);
        let kinds: Vec<wire::BasisKind> =
            state.grounds.bases.iter().map(|one| code::basis_kind_message(one.kind)).collect();
        let basis = kinds.first().map(wire::BasisKind::as_str_name).unwrap_or_default();
        let outcome = match decision.verdict {
            Verdict::Approved => "APPROVED",
            Verdict::Denied => "DENIED",
            Verdict::ExitApproved => "EXIT_APPROVED",
            Verdict::Filed => "FILED",
        };
        let campaign = state.campaign.as_ref();
        Some(Self {
            case: message::case::name(state),
            campaign: campaign.map(|id| format!("campaigns/{id}")).unwrap_or_default(),
            basis: basis.trim_start_matches("BASIS_KIND_").to_owned(),
            bases: kinds.into_iter().map(Into::into).collect(),
            outcome: outcome.to_owned(),
            title: told.title.clone(),
            summary: told.summary.clone(),
            published_on: Some(told.on),
        })
    }

    /// As the API answers it.
    pub(crate) fn message(self) -> wire::Precedent {
        wire::Precedent {
            case: self.case,
            campaign: self.campaign,
            title: self.title,
            summary: self.summary,
            bases: self.bases,
            outcome: self.outcome,
            published_on: self.published_on.map(quanheng_api::date),
        }
    }
}

/// Which stream a record is of.
enum Of {
    Own(RecertificationId),
    Flow(RecertificationId),
}

fn stream_of(record: &Record) -> Option<Of> {
    let (kind, id) = record.stream.as_str().split_once('/')?;
    match kind {
        "recertificationCases" => RecertificationId::new(id).ok().map(Of::Own),
        "cases" => CaseKey::parse(id)?.as_reference().map(Of::Flow),
        _ => None,
    }
}

fn division_of(record: &Record) -> Result<String, ProjectError> {
    let envelope = record.envelope()?;
    let mut divisions = envelope.tags().filter_map(|tag| tag.strip_prefix("divisions/"));
    Ok(divisions.next().unwrap_or_default().to_owned())
}

struct Cases;

impl Projector for Cases {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(match stream_of(record) {
            None => Vec::new(),
            Some(Of::Flow(id)) => vec![DocKey::new(CASES, id.to_string())],
            Some(Of::Own(id)) => {
                vec![DocKey::new(CASES, id.to_string()), DocKey::new(PRECEDENTS, id.to_string())]
            }
        })
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        Some(match stream_of(record)? {
            Of::Own(_) => streams::Of::<streams::Recertifications>::default().into(),
            Of::Flow(_) => streams::Of::<streams::Cases>::default().into(),
        })
    }

    fn fold(&self, _: &Record, _: StreamState<'_>, _: &mut Docs) -> Result<(), ProjectError> {
        Ok(())
    }

    fn conclude(
        &self,
        last: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(of) = stream_of(last) else { return Ok(()) };
        let version = last.version.0;
        match of {
            Of::Own(id) => {
                let state = after.wanted::<Option<RecertificationState>>()?.clone();
                let division = division_of(last)?;
                let precedent = state.as_ref().and_then(PrecedentDoc::of);
                docs.change::<CaseDoc>(&DocKey::new(CASES, id.to_string()), |doc| {
                    (doc.own, doc.version, doc.division) = (state, version, division);
                    doc.settle();
                })?;
                match precedent {
                    Some(told) => {
                        let key = DocKey::new(PRECEDENTS, id.to_string());
                        docs.change::<PrecedentDoc>(&key, |doc| *doc = told)
                    }
                    None => Ok(()),
                }
            }
            Of::Flow(id) => {
                let case = after.wanted::<Option<Case>>()?.clone();
                docs.change::<CaseDoc>(&DocKey::new(CASES, id.to_string()), |doc| {
                    (doc.case, doc.case_version) = (case, version);
                    doc.settle();
                })
            }
        }
    }
}

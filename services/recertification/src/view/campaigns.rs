//! Campaigns, surveys and transitions as documents. No name of a person stands in them.

use jiff::civil::Date;
use quanheng_eventlog::{EventType, Filter, InvalidName, Record};
use quanheng_policy::UnitId;
use quanheng_projection::columns::{day, index, text, truth};
use quanheng_projection::{
    Collection, Definition, DocKey, Docs, ProjectError, Projector, StateFold, StreamState,
};
use quanheng_recertification::campaign::Phase;
use quanheng_streams as streams;
use quanheng_streams::{
    CampaignId, CampaignState, PhaseCaseState, SurveyState, TransitionId, TransitionState,
};
use serde::{Deserialize, Serialize};

/// The projection.
pub(crate) const PROJECTION: &str = "campaigns";
/// Campaigns: id `{campaign}`.
pub(crate) const CAMPAIGNS: &str = "campaigns";
/// Surveys: id `{campaign}.{unit}`.
pub(crate) const SURVEYS: &str = "surveys";
/// Transitions: id `{transition}`.
pub(crate) const TRANSITIONS: &str = "transitions";

static COLLECTIONS: [Collection; 3] = [
    Collection {
        name: CAMPAIGNS,
        columns: &[
            text("division", "/division"),
            truth("closed", "/closed"),
            day("created_on", "/created_on"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&[], &["created_on"]),
            index(&["closed"], &["division"]),
            index(&["closed"], &["created_on"]),
            index(&["division"], &["created_on"]),
        ],
    },
    Collection {
        name: SURVEYS,
        columns: &[
            text("campaign", "/campaign"),
            text("unit", "/unit"),
            text("state", "/state"),
            text("division", "/division"),
            truth("affected", "/affected"),
        ],
        indexes: &[
            index(&["campaign"], &["division"]),
            index(&["campaign", "state"], &["division"]),
            index(&["campaign", "affected"], &["division"]),
            index(&["campaign", "state", "affected"], &["division"]),
            index(&["campaign", "unit"], &["division"]),
            index(&["campaign", "unit", "state"], &["division"]),
            index(&["campaign", "unit", "affected"], &["division"]),
        ],
    },
    Collection {
        name: TRANSITIONS,
        columns: &[
            text("unit", "/unit"),
            text("state", "/state"),
            text("division", "/division"),
            day("from", "/from"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&[], &["from"]),
            index(&["unit"], &["division"]),
            index(&["unit"], &["from"]),
            index(&["unit", "state"], &["division"]),
            index(&["unit", "state"], &["from"]),
            index(&["state"], &["division"]),
            index(&["state"], &["from"]),
        ],
    },
];

/// The events of campaigns, surveys and transitions.
const EVENTS: [&str; 18] = [
    "campaign_notified",
    "campaign_moved",
    "task_force_set",
    "baseline_frozen",
    "phase_case_entered",
    "phase_case_left",
    "survey_submitted",
    "survey_signed",
    "survey_reopened",
    "three_clear_confirmed",
    "transition_opened",
    "person_added",
    "talk_recorded",
    "person_placed",
    "seat_settled",
    "person_finished",
    "transition_closed",
    "transition_cancelled",
];

/// The projection's definition.
///
/// # Errors
/// A fault of the program.
pub(crate) fn definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let types =
        EVENTS.iter().map(|name| EventType::new(format!("quanheng.recertification.{name}.v1")));
    let types: Result<Vec<EventType>, InvalidName> = types.collect();
    let filter = types?.into_iter().fold(Filter::all(), Filter::or_type);
    Ok(Definition::new(PROJECTION, 1, &COLLECTIONS, Campaigns)?.over(filter))
}

/// A campaign's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CampaignDoc {
    pub(crate) division: String,
    pub(crate) closed: bool,
    pub(crate) created_on: Option<Date>,
    pub(crate) version: u64,
    /// Open cases of both phases, in their order.
    pub(crate) open_cases: [u64; 2],
    pub(crate) own: Option<CampaignState>,
}

/// A survey's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SurveyDoc {
    pub(crate) campaign: String,
    pub(crate) unit: String,
    pub(crate) state: String,
    pub(crate) division: String,
    pub(crate) affected: bool,
    pub(crate) version: u64,
    pub(crate) own: Option<SurveyState>,
}

/// A transition's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TransitionDoc {
    pub(crate) unit: String,
    pub(crate) state: String,
    pub(crate) division: String,
    pub(crate) from: Option<Date>,
    pub(crate) version: u64,
    pub(crate) own: Option<TransitionState>,
}

/// The id of a survey's document.
pub(crate) fn survey_key(campaign: &CampaignId, unit: &UnitId) -> String {
    format!("{campaign}.{unit}")
}

/// Which stream a record is of.
enum Of {
    Campaign(CampaignId),
    Phase(CampaignId, Phase),
    Survey(CampaignId, UnitId),
    Transition(TransitionId),
}

fn stream_of(record: &Record) -> Option<Of> {
    let parts: Vec<&str> = record.stream.as_str().split('/').collect();
    match parts[..] {
        ["campaigns", id] => Some(Of::Campaign(CampaignId::new(id).ok()?)),
        ["campaigns", id, "phases", "provincial"] => {
            Some(Of::Phase(CampaignId::new(id).ok()?, Phase::Provincial))
        }
        ["campaigns", id, "phases", "municipal"] => {
            Some(Of::Phase(CampaignId::new(id).ok()?, Phase::Municipal))
        }
        ["campaigns", id, "surveys", unit] => {
            Some(Of::Survey(CampaignId::new(id).ok()?, UnitId::new(unit).ok()?))
        }
        ["transitions", id] => Some(Of::Transition(TransitionId::new(id).ok()?)),
        _ => None,
    }
}

impl Of {
    fn key(&self) -> DocKey {
        match self {
            Self::Campaign(id) | Self::Phase(id, _) => DocKey::new(CAMPAIGNS, id.to_string()),
            Self::Survey(id, unit) => DocKey::new(SURVEYS, survey_key(id, unit)),
            Self::Transition(id) => DocKey::new(TRANSITIONS, id.to_string()),
        }
    }
}

fn division_of(record: &Record) -> Result<String, ProjectError> {
    let envelope = record.envelope()?;
    let mut divisions = envelope.tags().filter_map(|tag| tag.strip_prefix("divisions/"));
    Ok(divisions.next().unwrap_or_default().to_owned())
}

struct Campaigns;

impl Projector for Campaigns {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(stream_of(record).iter().map(Of::key).collect())
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        Some(match stream_of(record)? {
            Of::Campaign(_) => streams::Of::<streams::Campaigns>::default().into(),
            Of::Phase(..) => streams::Of::<streams::PhaseCases>::default().into(),
            Of::Survey(..) => streams::Of::<streams::Surveys>::default().into(),
            Of::Transition(_) => streams::Of::<streams::Transitions>::default().into(),
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
        let (version, division, key) = (last.version.0, division_of(last)?, of.key());
        match of {
            Of::Campaign(_) => {
                let state = after.wanted::<Option<CampaignState>>()?.clone();
                docs.change::<CampaignDoc>(&key, |doc| {
                    (doc.version, doc.division) = (version, division);
                    doc.closed = state.as_ref().is_some_and(|state| state.course.closed);
                    doc.created_on = state.as_ref().map(|state| state.created_on);
                    doc.own = state;
                })
            }
            Of::Phase(_, phase) => {
                let open = after.wanted::<PhaseCaseState>()?.len() as u64;
                let place = usize::from(phase == Phase::Municipal);
                docs.change::<CampaignDoc>(&key, |doc| doc.open_cases[place] = open)
            }
            Of::Survey(campaign, unit) => {
                let state = after.wanted::<Option<SurveyState>>()?.clone();
                docs.change::<SurveyDoc>(&key, |doc| {
                    doc.campaign = crate::campaign::name(&campaign);
                    doc.unit = format!("units/{unit}");
                    (doc.version, doc.division) = (version, division);
                    if let Some(own) = &state {
                        let name = crate::message::survey::state(own).as_str_name();
                        name.trim_start_matches("SURVEY_STATE_").clone_into(&mut doc.state);
                        doc.affected = own.answer.affected;
                    }
                    doc.own = state;
                })
            }
            Of::Transition(_) => {
                let state = after.wanted::<Option<TransitionState>>()?.clone();
                docs.change::<TransitionDoc>(&key, |doc| {
                    (doc.version, doc.division) = (version, division);
                    if let Some(own) = &state {
                        doc.unit = format!("units/{}", own.unit);
                        doc.from = Some(own.from);
                        let name = crate::message::transition::state(own).as_str_name();
                        name.trim_start_matches("TRANSITION_STATE_").clone_into(&mut doc.state);
                    }
                    doc.own = state;
                })
            }
        }
    }
}

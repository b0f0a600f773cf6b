//! Units in the ledger of reference management (参照管理单位台账), as documents that say which units
//! stand in it, how, and by what else an answer is made: the cases, transitions and books that
//! are about them. What an answer tells of a unit is read from the log.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{EventType, Filter, InvalidName, Record};
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::GateAct;
use quanheng_projection::columns::{text, truth};
use quanheng_projection::{
    Collection, Definition, DocKey, Docs, Index, ProjectError, Projector, StateFold, StreamState,
};
use quanheng_recertification::decrease::Counted;
use quanheng_register::unit::{ChangeKind, Event as UnitEvent, Unit, UnitStatus};
use quanheng_streams as streams;
use quanheng_streams::{
    BookEvent, CampaignEvent, CampaignId, RecertificationEvent, RecertificationId,
    RecertificationState, SurveyState, TransitionEvent, TransitionId, TransitionState, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::ledger::history::{Day, Note, days, ever_referenced};

/// The projection.
pub(crate) const LEDGER_PROJECTION: &str = "reference_ledger";
/// Units: id `{unit}`.
pub(crate) const LEDGER_UNITS: &str = "reference_units";
/// Campaigns with their counts: id `{campaign}`.
pub(crate) const BOOKS: &str = "reference_books";
/// Cases of campaigns: id `{case}`.
pub(crate) const REVIEWS: &str = "reference_reviews";

const fn by(equals: &'static [&'static str]) -> Index {
    Index { equals, order: &["division"] }
}

static COLLECTIONS: [Collection; 3] = [
    Collection {
        name: LEDGER_UNITS,
        columns: &[
            text("division", "/division"),
            text("status", "/status"),
            truth("listed", "/listed"),
            truth("case_missing", "/case_missing"),
        ],
        indexes: &[
            by(&["listed"]),
            by(&["listed", "status"]),
            by(&["listed", "case_missing"]),
            by(&["listed", "status", "case_missing"]),
        ],
    },
    Collection { name: BOOKS, columns: &[text("division", "/division")], indexes: &[by(&[])] },
    Collection {
        name: REVIEWS,
        columns: &[text("campaign", "/campaign"), text("division", "/division")],
        indexes: &[by(&["campaign"])],
    },
];

const REGISTRY: [&str; 4] = ["unit_registered", "unit_updated", "unit_abolished", "unit_corrected"];
const RECERTIFICATION: [&str; 26] = [
    "case_created",
    "case_updated",
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
    "case_withdrawn",
    "units_frozen",
    "transition_opened",
    "transition_closed",
    "transition_cancelled",
    "campaign_notified",
    "survey_submitted",
    "survey_signed",
    "survey_reopened",
    "three_clear_confirmed",
];

/// The projection's definition.
///
/// # Errors
/// A fault of the program.
pub(crate) fn definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let of = |area: &str, name: &&str| EventType::new(format!("quanheng.{area}.{name}.v1"));
    let registry = REGISTRY.iter().map(|name| of("registry", name));
    let own = RECERTIFICATION.iter().map(|name| of("recertification", name));
    let types: Result<Vec<EventType>, InvalidName> = registry.chain(own).collect();
    let filter = types?.into_iter().fold(Filter::all(), Filter::or_type);
    Ok(Definition::new(LEDGER_PROJECTION, 1, &COLLECTIONS, Ledger)?.over(filter))
}

/// A day on which something changed that concerns reference management.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Which.
    on: Date,
    /// 文号
    documents: Vec<DocumentNumber>,
    /// How it ended, and into what, if it did.
    ended: Option<(ChangeKind, Vec<UnitId>)>,
    /// Whether the unit is a part that a split took out.
    part: bool,
    /// Whether it is referenced before or after.
    referenced: bool,
}

/// A case as far as the ledger looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CaseRow {
    on: Date,
    documents: Vec<DocumentNumber>,
    submitted: bool,
    decided: bool,
    withdrawn: bool,
}

impl CaseRow {
    fn of(case: &RecertificationState) -> Self {
        let mut documents = case.change.documents.clone();
        documents.extend(case.decision.as_ref().and_then(|decision| decision.document.clone()));
        Self {
            on: case.change.effective_on,
            documents,
            submitted: case.submitted_on.is_some(),
            decided: case.decision.is_some(),
            withdrawn: case.withdrawn.is_some(),
        }
    }

    fn open(&self) -> bool {
        self.submitted && !self.decided && !self.withdrawn
    }

    fn covers(&self, row: &Row) -> bool {
        let shared = row.documents.iter().any(|document| self.documents.contains(document));
        !self.withdrawn && (self.on == row.on || shared)
    }
}

/// How a unit counted when a campaign froze it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FrozenRow {
    /// Where, and with how many slots.
    pub(crate) counted: Counted,
    /// Where that stands in the log, and when it was recorded.
    pub(crate) position: u64,
    pub(crate) time: i64,
}

/// A unit's document. There is one of every unit: one that is not listed may be later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct UnitDoc {
    pub(crate) division: String,
    pub(crate) listed: bool,
    pub(crate) status: String,
    pub(crate) case_missing: bool,
    /// Whether it is referenced, and approved as such, by what is recorded last.
    referenced: bool,
    approved: bool,
    /// Whether it ever was.
    ever: bool,
    /// Whether a unit that it came from was.
    from_referenced: bool,
    /// Whether a unit that took it up is.
    lives_on: bool,
    notes: BTreeMap<u64, Note>,
    rows: Vec<Row>,
    pub(crate) cases: BTreeMap<RecertificationId, CaseRow>,
    pub(crate) transitions: BTreeSet<TransitionId>,
    pub(crate) frozen: BTreeMap<CampaignId, FrozenRow>,
}

/// How a unit stands, as the API names it.
pub(crate) const UNAPPROVED: &str = "UNAPPROVED";
pub(crate) const APPROVED: &str = "APPROVED";
pub(crate) const PENDING: &str = "PENDING";
pub(crate) const LEFT: &str = "LEFT";

impl UnitDoc {
    /// Whether a change asks for a case of this unit's own.
    fn asks(&self, row: &Row) -> bool {
        let Some((kind, successors)) = &row.ended else {
            return row.referenced || row.part && self.from_referenced;
        };
        let own = matches!(
            kind,
            ChangeKind::Abolished | ChangeKind::ConvertedToOrgan | ChangeKind::ConvertedOther
        );
        let decided_there = match kind {
            ChangeKind::Split => !successors.is_empty(),
            _ => !own && self.lives_on,
        };
        row.referenced && !decided_there
    }

    fn settle(&mut self) {
        let asked = self.rows.iter().filter(|row| self.asks(row)).collect::<Vec<_>>();
        let brought = |row: &Row| self.cases.values().any(|case| case.covers(row));
        let (any, missing) = (!asked.is_empty(), asked.iter().any(|row| !brought(row)));
        self.case_missing = missing;
        self.listed = self.ever || any || !self.cases.is_empty() || !self.frozen.is_empty();
        let open = self.cases.values().any(CaseRow::open);
        self.status = match (self.referenced, self.ever) {
            (_, _) if open => PENDING,
            (true, _) if self.approved => APPROVED,
            (true, _) => UNAPPROVED,
            (false, true) => LEFT,
            (false, false) => "",
        }
        .to_owned();
    }
}

/// Which stream a record is of.
enum Of {
    Unit(UnitId),
    Case(RecertificationId),
    Book(CampaignId),
    Campaign(CampaignId),
    Transition(TransitionId),
    Survey(CampaignId),
}

fn stream_of(record: &Record) -> Option<Of> {
    let parts: Vec<&str> = record.stream.as_str().split('/').collect();
    match parts[..] {
        ["units", unit] => UnitId::new(unit).ok().map(Of::Unit),
        ["recertificationCases", id] => RecertificationId::new(id).ok().map(Of::Case),
        ["campaigns", id, "book"] => CampaignId::new(id).ok().map(Of::Book),
        ["campaigns", id, "surveys", _] => CampaignId::new(id).ok().map(Of::Survey),
        ["campaigns", id] => CampaignId::new(id).ok().map(Of::Campaign),
        ["transitions", id] => TransitionId::new(id).ok().map(Of::Transition),
        _ => None,
    }
}

fn key(unit: &UnitId) -> DocKey {
    DocKey::new(LEDGER_UNITS, unit.as_str())
}

fn keys<'a>(units: impl IntoIterator<Item = &'a UnitId>) -> Vec<DocKey> {
    let units: BTreeSet<&UnitId> = units.into_iter().collect();
    units.into_iter().map(key).collect()
}

/// Other units that an event of a unit names.
fn named(event: &UnitEvent) -> &[UnitId] {
    match event {
        UnitEvent::UnitRegistered { predecessors, .. }
        | UnitEvent::UnitUpdated { predecessors, .. } => predecessors,
        UnitEvent::UnitAbolished { successors, .. } => successors,
        UnitEvent::UnitCorrected { .. } => &[],
    }
}

/// The units that a case is about.
pub(crate) fn units_of(unit: &UnitId, change: &streams::ReportedChange) -> BTreeSet<UnitId> {
    let others = change.predecessors.iter().chain(&change.successors).map(|one| &one.unit);
    others.chain([unit]).cloned().collect()
}

struct Ledger;

impl Projector for Ledger {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(match stream_of(record) {
            Some(Of::Unit(unit)) => {
                let event = streams::read::<streams::Units>(record)?;
                keys(named(&event).iter().chain([&unit]))
            }
            Some(Of::Case(id)) => {
                let mut found = match &*streams::read::<streams::Recertifications>(record)? {
                    RecertificationEvent::CaseCreated { unit, change, campaign, .. } => {
                        let mut found = keys(&units_of(unit, change));
                        found.extend(campaign.as_ref().map(campaign_key));
                        found
                    }
                    RecertificationEvent::CaseUpdated { change, .. } => {
                        let units = change.predecessors.iter().chain(&change.successors);
                        keys(units.map(|one| &one.unit))
                    }
                    _ => Vec::new(),
                };
                found.push(DocKey::new(REVIEWS, id.as_str()));
                found
            }
            Some(Of::Book(campaign)) => match &*streams::read::<streams::Books>(record)? {
                BookEvent::UnitsFrozen { units } => {
                    let mut found = keys(units.keys());
                    found.push(campaign_key(&campaign));
                    found
                }
                _ => Vec::new(),
            },
            Some(Of::Campaign(id) | Of::Survey(id)) => vec![campaign_key(&id)],
            Some(Of::Transition(_)) => match &*streams::read::<streams::Transitions>(record)? {
                TransitionEvent::TransitionOpened { unit, .. } => vec![key(unit)],
                _ => Vec::new(),
            },
            None => Vec::new(),
        })
    }

    fn touches_also(
        &self,
        record: &Record,
        before: StreamState<'_>,
        _: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        Ok(match stream_of(record) {
            Some(Of::Case(_)) => {
                let before = before.wanted::<Option<RecertificationState>>()?;
                before.as_ref().map(|case| {
                    let mut found = keys(&units_of(&case.unit, &case.change));
                    found.extend(case.campaign.as_ref().map(campaign_key));
                    found
                })
            }
            Some(Of::Transition(_)) => {
                let before = before.wanted::<Option<TransitionState>>()?;
                before.as_ref().map(|transition| vec![key(&transition.unit)])
            }
            _ => None,
        }
        .unwrap_or_default())
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        match stream_of(record)? {
            Of::Unit(_) => Some(streams::Of::<streams::Units>::default().into()),
            Of::Case(_) => Some(streams::Of::<streams::Recertifications>::default().into()),
            Of::Transition(_) => Some(streams::Of::<streams::Transitions>::default().into()),
            Of::Survey(_) => Some(streams::Of::<streams::Surveys>::default().into()),
            Of::Book(_) | Of::Campaign(_) => None,
        }
    }

    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        match stream_of(record) {
            Some(Of::Case(id)) => {
                // A change that is reported anew may be about other units.
                let before = before.wanted::<Option<RecertificationState>>()?;
                if let Some(case) = before {
                    counted(case.campaign.as_ref(), docs, |counts| counts.count(case, -1))?;
                }
                let units = before.as_ref().map(|case| units_of(&case.unit, &case.change));
                for unit in units.into_iter().flatten() {
                    docs.change::<UnitDoc>(&key(&unit), |doc| {
                        doc.cases.remove(&id);
                        doc.settle();
                    })?;
                }
                Ok(())
            }
            Some(Of::Book(campaign)) => froze(record, &campaign, docs),
            Some(Of::Campaign(id)) => notified(record, &id, docs),
            Some(Of::Survey(campaign)) => match before.wanted::<Option<SurveyState>>()? {
                Some(survey) => counted(Some(&campaign), docs, |counts| counts.survey(survey, -1)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn settle(
        &self,
        record: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        match stream_of(record) {
            Some(Of::Unit(id)) => match after.wanted::<Option<Unit>>()? {
                Some(unit) => registered(record, &id, unit, docs),
                None => Ok(()),
            },
            Some(Of::Case(id)) => match after.wanted::<Option<RecertificationState>>()? {
                Some(case) => reported(&id, case, docs),
                None => Ok(()),
            },
            Some(Of::Survey(campaign)) => match after.wanted::<Option<SurveyState>>()? {
                Some(survey) => counted(Some(&campaign), docs, |counts| counts.survey(survey, 1)),
                None => Ok(()),
            },
            Some(Of::Transition(id)) => match after.wanted::<Option<TransitionState>>()? {
                Some(state) => docs.change::<UnitDoc>(&key(&state.unit), |doc| {
                    match state.cancelled.is_some() {
                        true => doc.transitions.remove(&id),
                        false => doc.transitions.insert(id.clone()),
                    };
                }),
                None => Ok(()),
            },
            Some(Of::Book(_) | Of::Campaign(_)) | None => Ok(()),
        }
    }
}

/// 改革前基数
fn froze(record: &Record, campaign: &CampaignId, docs: &mut Docs) -> Result<(), ProjectError> {
    let event = streams::read::<streams::Books>(record)?;
    let BookEvent::UnitsFrozen { units } = &*event else { return Ok(()) };
    let count = i64::try_from(units.len()).unwrap_or(i64::MAX);
    counted(Some(campaign), docs, |counts| counts.units += count)?;
    for (unit, held) in units {
        let row =
            FrozenRow { counted: held.clone(), position: record.position.0, time: record.time.0 };
        docs.change::<UnitDoc>(&key(unit), |doc| {
            if doc.division.is_empty() {
                doc.division = held.place.division().to_string();
            }
            doc.frozen.insert(campaign.clone(), row);
            doc.settle();
        })?;
    }
    Ok(())
}

fn campaign_key(campaign: &CampaignId) -> DocKey {
    DocKey::new(BOOKS, campaign.as_str())
}

/// A campaign: where it is, and what was counted of it (审核统计).
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BookDoc {
    pub(crate) division: String,
    /// By state, as the API names them.
    pub(crate) states: BTreeMap<String, i64>,
    /// 查阅文件
    pub(crate) documents: i64,
    /// 沟通反馈
    pub(crate) rounds: i64,
    /// 已签署摸底表
    pub(crate) signed: i64,
    /// 涉改单位
    pub(crate) affected: i64,
    /// 改革前基数
    pub(crate) units: i64,
}

impl BookDoc {
    fn count(&mut self, case: &RecertificationState, by: i64) {
        let state = review_state(case).as_str_name().trim_start_matches("CASE_STATE_");
        let count = self.states.entry(state.to_owned()).or_default();
        *count += by;
        if *count == 0 {
            self.states.remove(state);
        }
        let length = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        self.documents += by * length(case.consulted.len());
        self.rounds += by * length(case.corrections.len());
    }

    fn survey(&mut self, survey: &SurveyState, by: i64) {
        self.signed += by * i64::from(survey.signed.is_some());
        self.affected += by * i64::from(survey.answer.affected);
    }
}

/// Counts something of a campaign; of what belongs to none, nothing.
fn counted(
    campaign: Option<&CampaignId>,
    docs: &mut Docs,
    how: impl FnOnce(&mut BookDoc),
) -> Result<(), ProjectError> {
    match campaign {
        Some(campaign) => docs.change::<BookDoc>(&campaign_key(campaign), how),
        None => Ok(()),
    }
}

/// How far a case is, as far as what was recorded of the case itself tells.
fn review_state(case: &RecertificationState) -> wire::CaseState {
    use wire::CaseState as State;
    let answered = case.corrections.last().is_none_or(|round| round.answered.is_some());
    let referred = case.referrals.last().is_some_and(|one| one.answered.is_none());
    let decided = case.decision.as_ref().map(|decision| decision.verdict);
    let gate = case.gates.last().map(|gate| gate.act);
    match (decided, gate) {
        _ if case.withdrawn.is_some() => State::Withdrawn,
        _ if case.centrally_filed.is_some() => State::CentrallyFiled,
        _ if case.registered_on.is_some() => State::Registered,
        (Some(Verdict::Approved), _) => State::Approved,
        (Some(Verdict::Denied), _) => State::Denied,
        (Some(Verdict::ExitApproved), _) => State::ExitApproved,
        (Some(Verdict::Filed), _) => State::Filed,
        _ if case.submitted_on.is_none() => State::Draft,
        _ if referred => State::Referred,
        _ if !answered => State::CorrectionRequested,
        (None, Some(GateAct::Report | GateAct::Approve)) => State::Approval,
        (None, Some(GateAct::Conclude)) => State::Report,
        _ if case.opinions.is_empty() => State::CompletenessCheck,
        _ => State::JointReview,
    }
}

fn notified(record: &Record, id: &CampaignId, docs: &mut Docs) -> Result<(), ProjectError> {
    let event = streams::read::<streams::Campaigns>(record)?;
    let CampaignEvent::CampaignNotified { notified, .. } = &*event else { return Ok(()) };
    let division = notified.division.to_string();
    counted(Some(id), docs, |counts| counts.division = division)
}

/// A case of a campaign.
#[derive(Debug, Default, Serialize, Deserialize)]
struct ReviewDoc {
    campaign: String,
    division: String,
}

/// A case: it stands at every unit that it is about.
fn reported(
    id: &RecertificationId,
    case: &RecertificationState,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let profiles = case.change.successors.iter().chain(&case.change.predecessors);
    let divisions: BTreeMap<&UnitId, String> = profiles
        .filter_map(|one| {
            let profile = one.after.as_ref().or(one.before.as_ref())?;
            Some((&one.unit, profile.division.to_string()))
        })
        .collect();
    if let Some(campaign) = &case.campaign {
        counted(Some(campaign), docs, |counts| counts.count(case, 1))?;
        let campaign = format!("campaigns/{campaign}");
        let division = divisions.get(&case.unit).cloned().unwrap_or_default();
        docs.put(&DocKey::new(REVIEWS, id.as_str()), &ReviewDoc { campaign, division })?;
    }
    for unit in units_of(&case.unit, &case.change) {
        docs.change::<UnitDoc>(&key(&unit), |doc| {
            if let (true, Some(division)) = (doc.division.is_empty(), divisions.get(&unit)) {
                doc.division.clone_from(division);
            }
            doc.cases.insert(id.clone(), CaseRow::of(case));
            doc.settle();
        })?;
    }
    Ok(())
}

/// What the register recorded of a unit, and what that means for those beside it.
fn registered(
    record: &Record,
    id: &UnitId,
    unit: &Unit,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let event = streams::read::<streams::Units>(record)?;
    let note = Note::of(&event, record.position, record.time);
    let beside: BTreeSet<&UnitId> = named(&event).iter().filter(|other| *other != id).collect();
    let profile = unit.as_of(Date::MAX);
    let stands = unit.status(Date::MAX) == UnitStatus::Active;
    let referenced =
        stands && profile.as_ref().is_some_and(|profile| profile.nature.is_referenced());
    let (mut from_referenced, mut lives_on) = (false, false);
    for other in &beside {
        match &*event {
            UnitEvent::UnitAbolished { .. } => {
                let doc = docs.get::<UnitDoc>(&key(other))?.unwrap_or_default();
                lives_on |= doc.referenced;
            }
            _ => docs.change::<UnitDoc>(&key(other), |doc| {
                from_referenced |= doc.ever;
                doc.lives_on |= referenced;
                doc.settle();
            })?,
        }
    }
    docs.change::<UnitDoc>(&key(id), |doc| {
        doc.notes.insert(unit.version, note);
        doc.from_referenced |= from_referenced;
        doc.lives_on |= lives_on;
        doc.ever = ever_referenced(unit);
        doc.referenced = referenced;
        if let Some(profile) = &profile {
            doc.division = profile.division.to_string();
            doc.approved = profile.reference.is_some();
        }
        let days = days(unit, &doc.notes);
        doc.rows = days.iter().filter_map(|day| row(id, day)).collect();
        doc.settle();
    })
}

/// What of a day concerns reference management, if anything may.
fn row(unit: &UnitId, day: &Day) -> Option<Row> {
    let part = day.kinds.contains(&ChangeKind::Split) && day.before.is_none();
    let ended = day
        .after
        .is_none()
        .then(|| (crate::ledger::history::decisive(&day.kinds), day.successors.clone()));
    let changes = ended.is_some() || !day.own_changes(unit).is_empty();
    (changes && (day.referenced() || part)).then(|| Row {
        on: day.on,
        documents: day.documents.clone(),
        ended,
        part,
        referenced: day.referenced(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn the_definition_is_sound() {
        let definition = super::definition().unwrap();
        assert_eq!(definition.name(), super::LEDGER_PROJECTION);
    }
}

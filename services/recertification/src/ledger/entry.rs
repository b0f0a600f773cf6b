//! A unit in the ledger, as of a day, as was known at a time.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{Micros, Position};
use quanheng_policy::UnitId;
use quanheng_policy::profile::ReferenceChange;
use quanheng_recertification::Routed;
use quanheng_register::unit::{ChangeKind, UnitProfile};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure, Shelf};
use quanheng_streams as streams;
use quanheng_streams::{RecertificationState, TransitionState, Verdict};

use super::group::{Group, heirs, history};
use super::history::{Day, History};
use super::summary::summary;
use crate::code;
use crate::message::shared::{profile, unit_name};
use crate::view::{UnitDoc, units_of};

/// Up to where, and as of which day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// As of which day.
    pub(crate) on: Date,
    /// Up to where the log was known.
    pub(crate) horizon: Horizon,
}

/// A unit in the ledger with everything that is recorded about it.
pub(crate) struct Entry {
    /// The unit.
    pub(crate) id: UnitId,
    /// What the register says; none of a unit that it does not have (yet).
    pub(crate) history: Option<History>,
    /// Its cases, the oldest first.
    pub(crate) cases: Vec<RecertificationState>,
    /// Its changes that concern reference management, with their routes.
    pub(crate) changes: Vec<Changed>,
    /// Its transitions, the oldest first.
    transitions: Vec<TransitionState>,
    /// 改革前基数
    baseline: Option<wire::BaselineUnit>,
    /// What took something of it up, and since when.
    heirs: BTreeSet<UnitId>,
}

/// A change of a unit, the procedure that it takes, and how far that is.
pub(crate) struct Changed {
    /// The day.
    pub(crate) day: Day,
    /// Of which kinds it is under reference management.
    pub(crate) kinds: BTreeSet<ReferenceChange>,
    /// The procedure; none if policy does not say, or it is decided where the unit lives on.
    pub(crate) routed: Option<Routed>,
    /// Which of the unit's cases is about it, by its place.
    pub(crate) case: Option<usize>,
    /// Whether it asks for a case of the unit's own.
    pub(crate) own: bool,
}

impl Entry {
    /// Reads it. `doc` says by what else than the register.
    pub(crate) async fn read(
        call: &Call,
        shelf: &Shelf,
        id: &UnitId,
        doc: &UnitDoc,
        known: Known,
    ) -> Result<Self, Failure> {
        let Known { on, horizon } = known;
        let log = &call.realm.log;
        let history = history(call, id, horizon).await?;
        let mut cases = Vec::new();
        for case in doc.cases.keys() {
            let stream = streams::recertification(case);
            let state = state_at::<streams::Recertifications>(log, stream, horizon).await?.0;
            let about = |case: &RecertificationState| {
                case.created_on <= on && units_of(&case.unit, &case.change).contains(id)
            };
            cases.extend(state.filter(about));
        }
        cases.sort_by(|a, b| (a.created_on, &a.case).cmp(&(b.created_on, &b.case)));
        let mut transitions = Vec::new();
        for transition in &doc.transitions {
            let stream = streams::transition(transition);
            let state = state_at::<streams::Transitions>(log, stream, horizon).await?.0;
            transitions.extend(state.filter(|one| one.opened_on <= on));
        }
        transitions.sort_by(|a, b| (a.opened_on, &a.transition).cmp(&(b.opened_on, &b.transition)));
        let baseline = baseline(call, doc, history.as_ref(), horizon).await?;
        let changes = match &history {
            Some(history) => changes(call, shelf, id, history, &cases, known).await?,
            None => Vec::new(),
        };
        let heirs = heirs(call, id, horizon).await?.into_iter();
        let heirs = heirs.filter(|(_, since)| *since <= on).map(|(heir, _)| heir).collect();
        let id = id.clone();
        Ok(Self { id, history, cases, changes, transitions, baseline, heirs })
    }

    /// What it is on a day; none if it does not stand.
    pub(crate) fn profile(&self, on: Date) -> Option<UnitProfile> {
        self.history.as_ref()?.unit.as_of(on)
    }

    /// Whether it is referenced on a day.
    pub(crate) fn referenced(&self, on: Date) -> bool {
        let Some(history) = &self.history else { return false };
        let stands = history.unit.timeline.stands_on(on);
        stands && self.profile(on).is_some_and(|it| it.nature.is_referenced())
    }

    fn status(&self, on: Date) -> wire::ReferenceStatus {
        let open = |case: &&RecertificationState| {
            let submitted = case.submitted_on.is_some_and(|day| day <= on);
            let decided = case.decision.as_ref().is_some_and(|decision| decision.on <= on);
            submitted && !decided && case.withdrawn.is_none()
        };
        let profile = self.profile(on);
        let approved = profile.as_ref().is_some_and(|it| it.reference.is_some());
        let was = self.history.as_ref().is_some_and(History::ever_referenced);
        match self.referenced(on) {
            _ if self.cases.iter().any(|case| open(&case)) => wire::ReferenceStatus::Pending,
            true if approved => wire::ReferenceStatus::Approved,
            true => wire::ReferenceStatus::Unapproved,
            false if was && self.was_before(on) => wire::ReferenceStatus::Left,
            false => wire::ReferenceStatus::Unspecified,
        }
    }

    fn was_before(&self, on: Date) -> bool {
        let Some(history) = &self.history else { return false };
        let timeline = &history.unit.timeline;
        let days = timeline.days_from(timeline.begun_on()).into_iter().filter(|day| *day <= on);
        let mut profiles = days.filter_map(|day| history.unit.as_of(day));
        profiles.any(|profile| profile.nature.is_referenced())
    }

    /// How it stands on a day, in Chinese; none of a unit that is not referenced yet.
    pub(crate) fn status_label(&self, on: Date) -> Option<&'static str> {
        match self.status(on) {
            wire::ReferenceStatus::Unapproved => Some("参照管理,无审批记录"),
            wire::ReferenceStatus::Approved => Some("参照管理"),
            wire::ReferenceStatus::Pending => Some("重新认定中"),
            wire::ReferenceStatus::Left => Some("已退出"),
            wire::ReferenceStatus::Unspecified => None,
        }
    }

    /// What took it up by a day, wholly or in part.
    pub(crate) fn successors(&self, on: Date) -> BTreeSet<UnitId> {
        let ended = self.history.as_ref().and_then(|history| history.unit.abolition());
        let ended = ended.filter(|(day, _)| *day <= on);
        let named = ended.into_iter().flat_map(|(_, why)| why.successors.iter());
        named.chain(&self.heirs).cloned().collect()
    }

    /// As the API tells it.
    pub(crate) fn message(&self, on: Date) -> wire::LedgerUnit {
        let held = self.profile(on);
        let mut predecessors = Vec::new();
        if let Some(history) = &self.history {
            let lines = history.unit.lineage.iter().filter(|line| line.on <= on);
            for unit in lines.flat_map(|line| &line.predecessors) {
                if !predecessors.contains(&unit_name(unit)) {
                    predecessors.push(unit_name(unit));
                }
            }
        }
        let reference = held.as_ref().and_then(|profile| profile.reference.as_ref());
        let filed = self.cases.iter().rev().find_map(|case| case.centrally_filed.as_ref());
        let division = held.as_ref().map(|profile| profile.division.to_string());
        wire::LedgerUnit {
            unit: unit_name(&self.id),
            profile: held.as_ref().map(profile),
            status: self.status(on).into(),
            baseline: self.baseline.clone(),
            predecessors,
            successors: self.successors(on).iter().map(unit_name).collect(),
            changes: self.changes.iter().map(|changed| self.change_message(changed)).collect(),
            approved_on: reference.map(|reference| date(reference.approved_on)),
            approval_document_number: reference
                .map(|reference| reference.approval_document.to_string())
                .unwrap_or_default(),
            centrally_filed_on: filed.map(|(day, _)| date(*day)),
            transition: self
                .transitions
                .iter()
                .rev()
                .find(|transition| transition.cancelled.is_none())
                .map(|transition| format!("transitions/{}", transition.transition))
                .unwrap_or_default(),
            division: division.unwrap_or_default(),
        }
    }

    fn change_message(&self, changed: &Changed) -> wire::LedgerChange {
        let case = changed.case.and_then(|at| self.cases.get(at));
        let (position, time) = changed.day.recorded;
        let routed = changed.routed.as_ref().and_then(|routed| routed.route);
        let route = case.map(|case| case.route).or(routed);
        let documents = changed.day.documents.iter().map(ToString::to_string);
        let decision = case.and_then(|case| case.decision.as_ref());
        let after = |day: Date| {
            let days = changed.day.on.until(day).map_or(0, |span| span.get_days());
            u32::try_from(days).unwrap_or(0)
        };
        wire::LedgerChange {
            effective_on: Some(date(changed.day.on)),
            position,
            changes: changed.kinds.iter().map(|kind| code::change_message(*kind).into()).collect(),
            route: route.map_or(0, |route| code::route_message(route).into()),
            document_number: documents.collect::<Vec<_>>().join("、"),
            case: case
                .map(|case| format!("recertificationCases/{}", case.case))
                .unwrap_or_default(),
            summary: summary(&changed.day),
            recorded_at: Micros(time).to_string(),
            settled: decision.is_some(),
            days_to_case: case.map(|case| after(case.created_on)),
            days_to_decision: decision.map(|decision| after(decision.on)),
        }
    }

    /// The newest decision that let it out, and when.
    pub(crate) fn exited_on(&self) -> Option<Date> {
        let decided = self.cases.iter().filter(|case| case.unit == self.id);
        let exits = decided.filter_map(|case| {
            let decision = case.decision.as_ref()?;
            (decision.verdict == Verdict::ExitApproved).then_some(decision.on)
        });
        exits.max()
    }
}

/// 改革前基数 as the newest campaign froze it.
async fn baseline(
    call: &Call,
    doc: &UnitDoc,
    history: Option<&History>,
    horizon: Horizon,
) -> Result<Option<wire::BaselineUnit>, Failure> {
    let known = doc
        .frozen
        .iter()
        .filter(|(_, row)| horizon.admits(Position(row.position), Micros(row.time)));
    let Some((campaign, row)) = known.max_by_key(|(_, row)| row.position) else { return Ok(None) };
    let stream = streams::campaign(campaign);
    let state = state_at::<streams::Campaigns>(&call.realm.log, stream, horizon).await?.0;
    let on = state.map(|campaign| campaign.notified.baseline_on);
    let then = on.zip(history).and_then(|(on, history)| history.unit.as_of(on));
    Ok(Some(wire::BaselineUnit {
        display_name: then.map(|profile| profile.name).unwrap_or_default(),
        division: row.counted.place.division().to_string(),
        department: row.counted.place.department().map(unit_name).unwrap_or_default(),
        headcount: row.counted.headcount,
    }))
}

/// Whether a case is about what a day did.
fn about(case: &RecertificationState, day: &Day) -> bool {
    let decided = case.decision.as_ref().and_then(|decision| decision.document.as_ref());
    let mut documents = case.change.documents.iter().chain(decided);
    let shared = documents.any(|document| day.documents.contains(document));
    case.withdrawn.is_none() && (case.change.effective_on == day.on || shared)
}

/// The changes of a unit that concern reference management.
async fn changes(
    call: &Call,
    shelf: &Shelf,
    id: &UnitId,
    history: &History,
    cases: &[RecertificationState],
    known: Known,
) -> Result<Vec<Changed>, Failure> {
    let mut found = Vec::new();
    for day in history.days().into_iter().filter(|day| day.on <= known.on) {
        let part = day.before.is_none() && day.kinds.contains(&ChangeKind::Split);
        if !day.referenced() && !part {
            continue;
        }
        let on = day.on;
        let group = Group::read(call, id, day.clone(), known.horizon).await?;
        let routed = group.routes(shelf, on).into_iter().find(|routed| routed.unit == *id);
        let decided = |case: &&RecertificationState| about(case, &day);
        let mut covering: Vec<&RecertificationState> = cases.iter().filter(decided).collect();
        // A case of the unit itself stands before one that names it.
        covering.sort_by_key(|case| (case.unit == *id, case.created_on));
        let case = covering.last().map(|case| case.case.clone());
        let case = case.and_then(|case| cases.iter().position(|one| one.case == case));
        let own = routed.is_some();
        let kinds = match (&routed, case.and_then(|at| cases.get(at))) {
            (Some(routed), _) => routed.changes.clone(),
            (None, Some(case)) if case.unit == *id => case.changes.clone(),
            (None, _) => BTreeSet::new(),
        };
        if own || case.is_some() || day.after.is_none() {
            found.push(Changed { day, kinds, routed, case, own });
        }
    }
    Ok(found)
}

//! Cases on the wire.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::profile::{GateAct, GateBody, Policy};
use quanheng_recertification::{
    Grounds, Material, MaterialStatus, Opinion, Outcome, check_conditions, checklist, route_change,
};
use quanheng_register::unit::UnitProfile;
use quanheng_streams::{
    Consulted, Correction, Decision, ExternalReferral, GateRecord, RecertificationState,
    ReportedUnit, Verdict,
};
use quanheng_workflow::case::Case;
use serde::Serialize;

use super::shared;
use crate::{code, parse};

/// What a case is shown by, besides itself.
pub(crate) struct Shown<'a> {
    /// Where it stands in its flow.
    pub(crate) case: Option<&'a Case>,
    /// What holds for its division.
    pub(crate) policy: &'a Policy,
    /// Where its unit is.
    pub(crate) division: &'a str,
    /// The day.
    pub(crate) today: Date,
    pub(crate) etag: String,
}

/// `recertificationCases/{case}`
pub(crate) fn name(state: &RecertificationState) -> String {
    format!("recertificationCases/{}", state.case)
}

/// A case.
pub(crate) fn case(state: &RecertificationState, shown: &Shown<'_>) -> wire::RecertificationCase {
    let routed = route_change(shown.policy, &parse::change::facts(&state.change));
    let routed = routed.iter().find(|routed| routed.unit == state.unit);
    let slots = |before: bool| headcount(state, before);
    wire::RecertificationCase {
        name: name(state),
        unit: shared::unit_name(&state.unit),
        campaign: state.campaign.as_ref().map(|id| format!("campaigns/{id}")).unwrap_or_default(),
        change: Some(shared::change(&state.change)),
        route: code::route_message(state.route).into(),
        routed: routed.map(shared::routed),
        state: stage(state, shown.case).into(),
        step: open_step(shown.case).unwrap_or_default().to_owned(),
        grounds: Some(shared::grounds(&state.grounds)),
        materials: materials(state, shown.policy),
        three_clear: None,
        three_clear_override: None,
        corrections: (1..).zip(&state.corrections).map(correction).collect(),
        consulted: state.consulted.iter().map(consulted).collect(),
        referrals: state.referrals.iter().map(referral).collect(),
        opinions: state.opinions.iter().map(|one| opinion(one, state)).collect(),
        gates: state.gates.iter().map(gate).collect(),
        recommendation: recommendation(state).into(),
        decision: state.decision.as_ref().map(|one| decision(one, state, shown)),
        registered_on: state.registered_on.map(date),
        central_filing_due_on: state.central_filing_due.map(date),
        centrally_filed_on: state.centrally_filed.as_ref().map(|(on, _)| date(*on)),
        central_filing_number: state
            .centrally_filed
            .as_ref()
            .map(|(_, number)| number.to_string())
            .unwrap_or_default(),
        transition: state
            .transition
            .as_ref()
            .map(|id| format!("transitions/{id}"))
            .unwrap_or_default(),
        headcount_before: slots(true),
        headcount_after: slots(false),
        division: shown.division.to_owned(),
        created_on: Some(date(state.created_on)),
        submitted_on: state.submitted_on.map(date),
        blockers: blockers(state, shown),
        reason: state.reason.clone(),
        precedent: state.precedent.is_some(),
        renews: state
            .renews
            .as_ref()
            .map(|id| format!("recertificationCases/{id}"))
            .unwrap_or_default(),
        etag: shown.etag.clone(),
    }
}

fn open_step(case: Option<&Case>) -> Option<&str> {
    Some(case?.open.as_ref()?.step.as_str())
}

/// How far it is.
pub(crate) fn stage(state: &RecertificationState, case: Option<&Case>) -> wire::CaseState {
    use wire::CaseState as S;
    if state.withdrawn.is_some() {
        return S::Withdrawn;
    }
    if let Some(decision) = &state.decision {
        let registered = state.registered_on.is_some();
        return match (decision.verdict, registered, state.centrally_filed.is_some()) {
            (Verdict::Approved, _, true) => S::CentrallyFiled,
            (Verdict::Approved, true, false) => S::Registered,
            (Verdict::Approved, false, false) => S::Approved,
            (Verdict::Denied, ..) => S::Denied,
            (Verdict::ExitApproved, ..) => S::ExitApproved,
            (Verdict::Filed, ..) => S::Filed,
        };
    }
    if case.is_some_and(|case| case.paused.is_some()) {
        let asked = state.referrals.last().is_some_and(|last| last.answered.is_none());
        return if asked { S::Referred } else { S::Suspended };
    }
    let corrects = state.corrections.last().is_some_and(|last| last.answered.is_none());
    match open_step(case) {
        Some("apply") if corrects => S::CorrectionRequested,
        Some("completeness") => S::CompletenessCheck,
        Some("joint_review") => S::JointReview,
        Some("conclusion") => S::Conclusion,
        Some("report_first" | "report") => S::Report,
        Some("approval") => S::Approval,
        _ => S::Draft,
    }
}

/// 参公事业编制 of the unit and, before, of predecessors that end in it.
fn headcount(state: &RecertificationState, before: bool) -> u32 {
    let slots = |profile: Option<&UnitProfile>| {
        let referenced = profile.filter(|profile| profile.nature.is_referenced());
        referenced.map_or(0, |profile| profile.establishment.referenced_institution)
    };
    let change = &state.change;
    let own = |one: &&ReportedUnit| one.unit == state.unit;
    if !before {
        let after = change.successors.iter().find(own);
        return slots(after.and_then(|one| one.after.as_deref()));
    }
    let goes_on =
        |one: &&ReportedUnit| change.successors.iter().any(|other| other.unit == one.unit);
    let ends = change.predecessors.iter().filter(|one| !goes_on(one) && !own(one));
    let alone = change.successors.len() <= 1;
    let ended: u32 = ends.map(|one| slots(one.before.as_deref())).filter(|_| alone).sum();
    let mut units = change.successors.iter().chain(&change.predecessors).filter(own);
    units.next().map_or(0, |one| slots(one.before.as_deref())) + ended
}

/// Materials: what the route asks for, whether it is there or not, and what else is there.
fn materials(state: &RecertificationState, policy: &Policy) -> Vec<wire::Material> {
    let requested: BTreeSet<String> =
        state.corrections.iter().flat_map(|round| round.materials.iter().cloned()).collect();
    let rows = checklist(policy, state.route, &requested).unwrap_or_default();
    let missing = |code: &str| Material {
        code: code.to_owned(),
        files: Vec::new(),
        status: MaterialStatus::Missing,
        reviewer: None,
        reason: String::new(),
    };
    let mut told: Vec<wire::Material> = rows
        .iter()
        .map(|row| {
            let there = state.materials.get(&row.code).cloned();
            material(&there.unwrap_or_else(|| missing(&row.code)), &row.name, true)
        })
        .collect();
    let listed = |code: &str| rows.iter().any(|row| row.code == code);
    for code in requested.iter().filter(|code| !listed(code)) {
        let there = state.materials.get(code).cloned();
        told.push(material(&there.unwrap_or_else(|| missing(code)), "", true));
    }
    let others = state.materials.values();
    let others = others.filter(|one| !listed(&one.code) && !requested.contains(&one.code));
    told.extend(others.map(|one| material(one, "", false)));
    told
}

fn material(material: &Material, title: &str, required: bool) -> wire::Material {
    wire::Material {
        code: material.code.clone(),
        title: title.to_owned(),
        required,
        files: shared::attachment_names(&material.files),
        status: code::material_status_message(material.status).into(),
        reviewer: material.reviewer.as_ref().map(shared::person_name).unwrap_or_default(),
        reason: material.reason.clone(),
    }
}

fn correction((round, one): (u32, &Correction)) -> wire::CorrectionRound {
    wire::CorrectionRound {
        round,
        text: one.text.clone(),
        materials: one.materials.iter().cloned().collect(),
        asked_on: Some(date(one.on)),
        asked_by: shared::person_name(&one.by),
        answer: one.answered.as_ref().map(|(answer, _)| answer.clone()).unwrap_or_default(),
        answered_on: one.answered.as_ref().map(|(_, on)| date(*on)),
    }
}

fn consulted(one: &Consulted) -> wire::ConsultedDocument {
    wire::ConsultedDocument {
        document_number: one.document.to_string(),
        title: one.title.clone(),
        by: shared::person_name(&one.by),
        on: Some(date(one.on)),
    }
}

fn referral(one: &ExternalReferral) -> wire::Referral {
    let answered = one.answered.as_ref();
    wire::Referral {
        question: one.question.clone(),
        asked_on: Some(date(one.on)),
        answer: answered.map(|(answer, ..)| answer.clone()).unwrap_or_default(),
        document_number: answered.map(|(_, number, _)| number.to_string()).unwrap_or_default(),
        answered_on: answered.map(|(.., on)| date(*on)),
    }
}

fn opinion(one: &Opinion, state: &RecertificationState) -> wire::DepartmentOpinion {
    let heard = state.opinion_notes.get(&one.department);
    wire::DepartmentOpinion {
        department: one.department.clone(),
        reviewer: shared::person_name(&one.reviewer),
        reviewer_unit: shared::unit_name(&one.reviewer_unit),
        favourable: one.favourable,
        text: heard.map(|(text, _)| text.clone()).unwrap_or_default(),
        on: heard.map(|(_, on)| date(*on)),
    }
}

/// The name of something as it is kept.
fn id(value: &impl Serialize) -> String {
    let id = serde_json::to_value(value).ok();
    id.and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `conclude`, `report`, `approve`
pub(crate) fn act_id(act: GateAct) -> String {
    id(&act)
}

/// As policy names the body.
pub(crate) fn body_id(body: GateBody) -> String {
    id(&body)
}

fn gate(gate: &GateRecord) -> wire::GateRecord {
    wire::GateRecord {
        act: act_id(gate.act),
        body: body_id(gate.body),
        favourable: gate.favourable,
        by: shared::person_name(&gate.by),
        on: Some(date(gate.on)),
        opinion: gate.opinion.clone(),
        minutes: gate.minutes.clone(),
    }
}

/// What the task force recommends.
fn recommendation(state: &RecertificationState) -> wire::Recommendation {
    let concluded = state.gates.iter().rev().find(|gate| gate.act == GateAct::Conclude);
    match concluded.map(|gate| gate.favourable) {
        Some(true) => wire::Recommendation::Approve,
        Some(false) => wire::Recommendation::Deny,
        None => wire::Recommendation::Unspecified,
    }
}

/// What the conditions are asked about on a day.
fn conditions_on(
    state: &RecertificationState,
    shown: &Shown<'_>,
    on: Date,
) -> Option<quanheng_recertification::Conditions> {
    let recertify = quanheng_policy::profile::ChangeRoute::Recertify;
    let division = quanheng_policy::codes::DivisionCode::parse(shown.division).ok()?;
    let grounds = Grounds {
        division,
        bases: state.grounds.bases.clone(),
        duties: state.grounds.duties.clone(),
        establishment: state.grounds.establishment,
        pay: state.grounds.pay,
    };
    (state.route == recertify).then(|| check_conditions(&grounds, on))
}

fn decision(one: &Decision, state: &RecertificationState, shown: &Shown<'_>) -> wire::CaseDecision {
    let found = conditions_on(state, shown, one.on);
    wire::CaseDecision {
        approved: one.verdict != Verdict::Denied,
        document_number: one.document.as_ref().map(ToString::to_string).unwrap_or_default(),
        minutes: one.minutes.clone(),
        on: Some(date(one.on)),
        reasons: one.reasons.clone(),
        findings: found.map(|found| shared::findings(&found.findings.0)).unwrap_or_default(),
        scopes: Vec::new(),
    }
}

/// What it waits for: stable codes.
fn blockers(state: &RecertificationState, shown: &Shown<'_>) -> Vec<String> {
    use wire::CaseState as S;
    let mut found: Vec<&str> = Vec::new();
    let stage = stage(state, shown.case);
    match stage {
        S::Draft | S::CompletenessCheck | S::CorrectionRequested => {
            let enough = |status: i32| match stage {
                S::CompletenessCheck => status == wire::MaterialStatus::Accepted as i32,
                _ => {
                    status == wire::MaterialStatus::Accepted as i32
                        || status == wire::MaterialStatus::Received as i32
                }
            };
            let due = materials(state, shown.policy);
            if due.iter().any(|one| one.required && !enough(one.status)) {
                found.push("MATERIALS_INCOMPLETE");
            }
            if stage == S::CorrectionRequested {
                found.push("CORRECTION_REQUESTED");
            }
        }
        S::Referred => found.push("REFERRAL_OPEN"),
        S::JointReview => found.push("OPINION_MISSING"),
        S::Registered | S::Approved
            if state.central_filing_due.is_some_and(|due| due < shown.today) =>
        {
            found.push("CENTRAL_FILING_OVERDUE");
        }
        S::Registered if state.central_filing_due.is_some() => found.push("CENTRAL_FILING_DUE"),
        _ => {}
    }
    let open = !matches!(stage, S::Withdrawn) && state.decision.is_none();
    let exit = state.route == quanheng_policy::profile::ChangeRoute::Exit;
    if (open && exit || stage == S::Denied && !exit) && state.transition.is_none() {
        found.push("TRANSITION_PLAN_MISSING");
    }
    let mut found: Vec<String> = found.into_iter().map(str::to_owned).collect();
    if let Some(conditions) = conditions_on(state, shown, shown.today).filter(|_| open) {
        let failed = conditions.findings.0.into_iter().filter(|one| one.outcome == Outcome::Fail);
        found.extend(failed.filter_map(|one| one.reason).map(|reason| reason.code().to_owned()));
    }
    found
}

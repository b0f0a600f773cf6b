//! Cases: begun, changed, submitted, withdrawn.

use std::collections::BTreeMap;

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_casework::{Scope, Sight, run};
use quanheng_policy::UnitId;
use quanheng_policy::profile::ChangeRoute;
use quanheng_policy::profile::GateAct;
use quanheng_recertification::campaign::Phase;
use quanheng_recertification::route_change;
use quanheng_register::unit::Unit;
use quanheng_runtime::wire::{given_or_new, unit};
use quanheng_runtime::{Call, Decided, Done, Failure};
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, CaseGrounds, CaseKey, GateRecord, RecertificationId, Verdict};
use quanheng_workflow::case::About;
use quanheng_workflow::command::Command as OnCase;

use crate::case::{Asked, Command, brings_new};
use crate::message::case::Shown;
use crate::parse::change::AskedChange;
use crate::work::{self, CaseWork};
use crate::{campaign, message, parse, way};

/// A case as it will be.
pub(super) fn answer(work: &CaseWork<'_, '_>) -> Result<wire::RecertificationCase, Failure> {
    let (sight, key) = (work.sight, work.key());
    let case = work::case_after(sight, &key, &work.drafts)?;
    let stream = streams::recertification(&work.state.case);
    let division = sight.last_profile(&work.state.unit)?.division;
    let shown = Shown {
        case: case.as_ref(),
        policy: &sight.policy(&division, sight.today),
        division: division.as_str(),
        today: sight.today,
        etag: work::etag_after(sight, &stream, &key, &work.drafts),
    };
    let mut told = message::case::case(&work.state, &shown);
    if let Some((three, exception)) = crate::matter::three_of(sight, &work.state)? {
        told.three_clear = Some(message::shared::three_clear(&three));
        told.three_clear_override = exception.as_ref().map(message::shared::exception);
    }
    Ok(told)
}

/// Executes a command on a case; answers with the case as it will be.
pub(super) async fn on_case<R: Mutation + Message>(
    call: &Call,
    request: &R,
    name: &str,
    turn: impl Fn(&mut CaseWork<'_, '_>) -> Result<(), Failure> + Send + Sync + 'static,
) -> Result<Done<wire::RecertificationCase>, Failure> {
    let id = parse::case("name", name)?;
    let given = request.etag().to_owned();
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let state = work::case(sight, &id)?.clone();
        let stream = streams::recertification(&id);
        let key = CaseKey::reference(state.route, &id);
        work::check_etag(sight, &stream, &key, &given)?;
        let mut work = CaseWork::of(sight, state);
        turn(&mut work)?;
        let answer = answer(&work)?;
        Ok(Decided::new(work.drafts, answer))
    })
    .await
}

/// What is asked, with what the register says, and the route that it takes.
fn asked(
    sight: &Sight<'_>,
    unit: &UnitId,
    change: &AskedChange,
    grounds: &CaseGrounds,
    reason: &str,
) -> Result<Asked, Failure> {
    let units = change.units().map(streams::unit).collect::<Vec<_>>();
    let known = sight.need_all::<streams::Units>(units)?;
    let known = change.units().cloned().zip(known);
    let registered: BTreeMap<UnitId, &Unit> =
        known.filter_map(|(id, unit)| Some((id, unit.as_ref()?))).collect();
    let change = change.filled(&registered)?;
    let division = sight.last_profile(unit)?.division;
    let policy = sight.policy(&division, sight.today);
    let routed = route_change(&policy, &parse::change::facts(&change));
    let own = routed.into_iter().find(|routed| routed.unit == *unit);
    let own = own
        .ok_or_else(|| Failure::field("change", format!("该变动不涉及 units/{unit} 的参照管理")))?;
    let Some(route) = own.route else {
        let name = format!("units/{unit}");
        let said: Vec<&str> =
            own.findings.0.iter().filter(|one| one.failed()).map(|one| &*one.message).collect();
        return Err(Failure::rule("POLICY_NOT_CONFIGURED", &name, said.join(";"))
            .with("parameter", "change_routes")
            .with("unit", name));
    };
    let after = change.successors.iter().find(|one| one.unit == *unit);
    let after = after.and_then(|one| one.after.as_deref()).map(|one| one.establishment);
    let slots = |one: quanheng_register::unit::Establishment| one.referenced_institution;
    if route == ChangeRoute::Recertify
        && let (Some(after), Some(said)) = (after, grounds.establishment)
        && slots(after) != slots(said)
    {
        return Err(Failure::field("grounds.establishment", "与变动后参公事业编制不一致"));
    }
    let (changes, grounds, reason) = (own.changes, grounds.clone(), reason.to_owned());
    Ok(Asked { change, changes, route, grounds, reason })
}

/// The campaign is there, and is the unit's province's.
fn of_province(sight: &Sight<'_>, id: &CampaignId, unit: &UnitId) -> Result<(), Failure> {
    let campaign = work::campaign(sight, id)?;
    let division = sight.last_profile(unit)?.division;
    match campaign.notified.division.contains(&division) {
        true => Ok(()),
        false => Err(Failure::field("campaign", format!("units/{unit} 不在该次工作范围内"))),
    }
}

/// A unit that was denied is heard again only with new documents: the denial that it applies
/// anew after, if there is one.
///
/// # Errors
/// `NOTHING_NEW`; `INVALID_FIELD` for a case that is no denial of the unit that stands.
fn renewed(
    sight: &Sight<'_>,
    unit: &UnitId,
    renews: Option<&RecertificationId>,
    asked: &Asked,
) -> Result<Option<RecertificationId>, Failure> {
    let stands = work::denial(sight, unit)?;
    let stands = stands.map(|name| parse::case("renews", &name)).transpose()?;
    let denied = match (renews, stands) {
        (Some(renews), stands) if Some(renews) != stands.as_ref() => {
            work::case(sight, renews)?;
            return Err(Failure::field("renews", "不是该单位现行的不予认定决定"));
        }
        (_, None) => return Ok(None),
        (_, Some(stands)) => stands,
    };
    if asked.route != ChangeRoute::Recertify {
        return Ok(Some(denied));
    }
    let before = work::case(sight, &denied)?;
    let is_denial = before.decision.as_ref().is_some_and(|one| one.verdict == Verdict::Denied);
    match is_denial && !brings_new(asked, before) {
        true => Err(nothing_new(unit, &denied)),
        false => Ok(Some(denied)),
    }
}

fn nothing_new(unit: &UnitId, denied: &RecertificationId) -> Failure {
    let message = "不予认定后重新申报,须有新的授权依据或主要职责文件";
    let unit = format!("units/{unit}");
    Failure::rule("NOTHING_NEW", &unit, message)
        .with("unit", unit)
        .with("denied", format!("recertificationCases/{denied}"))
}

pub(super) async fn create(
    call: &Call,
    request: wire::CreateCaseRequest,
) -> Result<wire::CreateCaseResponse, Failure> {
    let by = work::actor(call)?;
    let unit = unit("unit", &request.unit)?;
    let campaign = match request.campaign.as_str() {
        "" => None,
        name => Some(parse::campaign("campaign", name)?),
    };
    let renews = match request.renews.as_str() {
        "" => None,
        name => Some(parse::case("renews", name)?),
    };
    let change = parse::change::change("change", request.change.as_ref())?;
    let grounds = parse::shared::grounds("grounds", request.grounds.as_ref())?;
    let reason = parse::shared::short("reason", &request.reason)?;
    let case: RecertificationId = given_or_new("case_id", &request.case_id)?;
    let said = work::said(call, "");
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        work::acts_for(sight, &unit)?;
        if let Some(campaign) = &campaign {
            of_province(sight, campaign, &unit)?;
        }
        let asked = asked(sight, &unit, &change, &grounds, &reason)?;
        let renews = renewed(sight, &unit, renews.as_ref(), &asked)?;
        let command = Command::Create {
            case: case.clone(),
            unit: unit.clone(),
            campaign: campaign.clone(),
            asked: Box::new(asked),
            renews,
            by: by.clone(),
        };
        let mut work = CaseWork::new(sight, &case, command)?;
        work.drafts.extend(work::take(sight, &work.state)?);
        let profile = sight.last_profile(&unit)?;
        let about = About {
            subject: work.name(),
            title: format!("{}:{}", work.key().kind.label(), profile.name),
            unit: Some(unit.clone()),
            keep_out: profile.parent.into_iter().collect(),
            ..About::default()
        };
        work.once(&said, OnCase::Start { by: by.clone(), about })?;
        let answer = answer(&work)?;
        Ok(Decided::new(work.drafts, answer))
    });
    let done = done.await?;
    Ok(wire::CreateCaseResponse { case: Some(done.answer), position: done.position.0 })
}

pub(super) async fn update(
    call: &Call,
    request: wire::UpdateCaseRequest,
) -> Result<wire::UpdateCaseResponse, Failure> {
    let by = work::actor(call)?;
    let change = parse::change::change("change", request.change.as_ref())?;
    let grounds = parse::shared::grounds("grounds", request.grounds.as_ref())?;
    let reason = parse::shared::short("reason", &request.reason)?;
    let done = on_case(call, &request, &request.name, move |work| {
        at_apply(work)?;
        let sight = work.sight;
        let unit = work.state.unit.clone();
        let asked = asked(sight, &unit, &change, &grounds, &reason)?;
        work.event(Command::Update { asked: Box::new(asked), by: by.clone() })
    });
    let done = done.await?;
    Ok(wire::UpdateCaseResponse { case: Some(done.answer), position: done.position.0 })
}

/// The case is with its applicant, for whom the caller acts.
///
/// # Errors
/// `WRONG_STATE`, `ACCESS_DENIED`.
pub(super) fn at_apply(work: &CaseWork<'_, '_>) -> Result<(), Failure> {
    work::acts_for(work.sight, &work.state.unit)?;
    let case = work::case_after(work.sight, &work.key(), &work.drafts)?;
    work::at_step(case.as_ref(), "apply", &work.name()).map(drop)
}

/// The applicant's own gate: it, or its parent, proposes.
pub(super) fn propose(
    work: &mut CaseWork<'_, '_>,
    by: &quanheng_policy::PersonId,
) -> Result<(), Failure> {
    if work.state.gates.iter().any(|gate| gate.act == GateAct::Propose) {
        return Ok(());
    }
    let applicant = way::applicant(work.sight, &work.state.unit)?;
    let gate = GateRecord {
        act: GateAct::Propose,
        body: applicant.proposer(),
        favourable: true,
        by: by.clone(),
        on: work.sight.today,
        opinion: String::new(),
        minutes: String::new(),
    };
    work.event(Command::PassGate { gate })
}

pub(super) async fn submit(
    call: &Call,
    request: wire::SubmitCaseRequest,
) -> Result<wire::SubmitCaseResponse, Failure> {
    let by = work::actor(call)?;
    let said = work::said(call, "");
    let done = on_case(call, &request, &request.name, move |work| {
        at_apply(work)?;
        let (sight, state) = (work.sight, work.state.clone());
        // What was changed since the draft is judged as it is now.
        let asked = Asked {
            change: state.change.clone(),
            changes: state.changes.clone(),
            route: state.route,
            grounds: state.grounds.clone(),
            reason: state.reason.clone(),
        };
        if work.state.submitted_on.is_none() {
            renewed(sight, &state.unit, state.renews.as_ref(), &asked)?;
        }
        work.record("apply", &by, &said)?;
        work.event(Command::Submit { by: by.clone() })?;
        propose(work, &by)?;
        let tier = sight.last_profile(&state.unit)?.tier;
        if let (Some(id), Some(phase)) = (&state.campaign, Phase::of(tier)) {
            let entered = campaign::entered(sight, id, phase, &state.case)?;
            work.drafts.extend(entered);
        }
        Ok(())
    });
    let done = done.await?;
    Ok(wire::SubmitCaseResponse { case: Some(done.answer), position: done.position.0 })
}

pub(super) async fn withdraw(
    call: &Call,
    request: wire::WithdrawCaseRequest,
) -> Result<wire::WithdrawCaseResponse, Failure> {
    let by = work::actor(call)?;
    let reason = parse::shared::text("reason", &request.reason)?;
    let said = work::said(call, &reason);
    let done = on_case(call, &request, &request.name, move |work| {
        work::acts_for(work.sight, &work.state.unit)?;
        work.once(&said, OnCase::Withdraw { by: by.clone(), reason: reason.clone() })?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::WithdrawCaseResponse { case: Some(done.answer), position: done.position.0 })
}

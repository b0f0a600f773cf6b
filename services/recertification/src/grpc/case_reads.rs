//! Reading cases.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Doc, Filter, View};
use quanheng_runtime::reading::{Horizon, jurisdiction, list, read_failure, state_at};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::RecertificationId;

use crate::view::cases::{CASES, CaseDoc, PROJECTION};
use crate::{message, parse};

fn parsed(doc: &Doc) -> Result<CaseDoc, Failure> {
    doc.parse().map_err(Failure::internal)
}

/// The document of a case that the caller may see: who governs the division, and who acts for
/// the unit.
pub(super) async fn case_doc(
    call: &Call,
    view: &View,
    id: &RecertificationId,
) -> Result<CaseDoc, Failure> {
    let name = format!("recertificationCases/{id}");
    let doc = view.get(CASES, id.as_str()).await.map_err(read_failure)?;
    let doc = parsed(&doc.ok_or_else(|| Failure::not_found(&name))?)?;
    let own = call.principal.unit.as_ref().map(|unit| format!("units/{unit}"));
    if own.as_deref() != Some(doc.unit.as_str()) {
        let division = DivisionCode::parse(&doc.division).map_err(Failure::internal)?;
        call.sees(&division, &name)?;
    }
    Ok(doc)
}

fn told(call: &Call, doc: &CaseDoc) -> Result<wire::RecertificationCase, Failure> {
    let division = DivisionCode::parse(&doc.division).map_err(Failure::internal)?;
    let today = call.realm.today();
    let policy = call.realm.policies.shelf().policy(&division, today);
    let missing = || Failure::internal("a case without its events");
    doc.message(&policy, today).ok_or_else(missing)
}

pub(super) async fn get(
    call: &Call,
    request: wire::GetCaseRequest,
) -> Result<wire::GetCaseResponse, Failure> {
    let id = parse::case("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = case_doc(call, &view, &id).await?;
    let mut case = told(call, &doc)?;
    if let Some(own) = &doc.own
        && let Some(campaign) = &own.campaign
    {
        let stream = streams::survey(campaign, &own.unit);
        let log = &call.realm.log;
        let survey = state_at::<streams::Surveys>(log, stream, Horizon::Now).await?.0;
        if let Some(survey) = survey {
            case.three_clear = Some(message::shared::three_clear(&survey.three));
            case.three_clear_override = survey.exception.as_ref().map(message::shared::exception);
        }
    }
    let position = view.position().map_err(read_failure)?.0;
    Ok(wire::GetCaseResponse { case: Some(case), position })
}

pub(super) async fn list_cases(
    call: &Call,
    request: wire::ListCasesRequest,
) -> Result<wire::ListCasesResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let within = match &call.principal.unit {
        Some(unit) => Filter::equal("unit", format!("units/{unit}")),
        None => jurisdiction(call),
    };
    let page = list(call, &view, CASES, &request, within, "created_on").await?;
    let cases = page.docs.iter().map(|doc| told(call, &parsed(doc)?));
    Ok(wire::ListCasesResponse {
        cases: cases.collect::<Result<_, Failure>>()?,
        position: view.position().map_err(read_failure)?.0,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

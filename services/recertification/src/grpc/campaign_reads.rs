//! Reading campaigns, surveys and transitions.

use jiff::civil::Date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Version;
use quanheng_identity::Action;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Doc, Filter, View};
use quanheng_runtime::reading::{jurisdiction, list, read_failure};
use quanheng_runtime::{Call, Failure, etag};
use quanheng_streams::CampaignId;
use serde::de::DeserializeOwned;

use super::surveys::sees;
use crate::view::campaigns::{CAMPAIGNS, CampaignDoc, PROJECTION, SURVEYS, SurveyDoc, survey_key};
use crate::{message, parse};

pub(super) fn parsed<T: DeserializeOwned>(doc: &Doc) -> Result<T, Failure> {
    doc.parse().map_err(Failure::internal)
}

pub(super) fn position(view: &View) -> Result<u64, Failure> {
    Ok(view.position().map_err(read_failure)?.0)
}

fn campaign(doc: &CampaignDoc) -> Option<wire::Campaign> {
    let own = doc.own.as_ref()?;
    Some(message::campaign::campaign(own, doc.open_cases, etag(Version(doc.version))))
}

/// The document of a campaign. Every unit of its province is concerned: who lies within the
/// province sees it, and who governs it.
pub(super) async fn campaign_doc(
    call: &Call,
    view: &View,
    id: &CampaignId,
) -> Result<CampaignDoc, Failure> {
    let name = crate::campaign::name(id);
    let doc = view.get(CAMPAIGNS, id.as_str()).await.map_err(read_failure)?;
    let doc: CampaignDoc = parsed(&doc.ok_or_else(|| Failure::not_found(&name))?)?;
    let province = DivisionCode::parse(&doc.division).map_err(Failure::internal)?;
    match province.contains(&call.principal.jurisdiction) {
        true => Ok(doc),
        false => call.sees(&province, &name).map(|()| doc),
    }
}

pub(super) async fn get_campaign(
    call: &Call,
    request: wire::GetCampaignRequest,
) -> Result<wire::GetCampaignResponse, Failure> {
    let id = parse::campaign("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = campaign_doc(call, &view, &id).await?;
    let told = campaign(&doc).ok_or_else(|| Failure::not_found(&request.name))?;
    Ok(wire::GetCampaignResponse { campaign: Some(told), position: position(&view)? })
}

/// Whose jurisdiction is a part of a province lists that province's campaigns.
fn campaigns_within(call: &Call) -> Filter {
    let mut at = call.principal.jurisdiction.clone();
    loop {
        match at.parent() {
            Some(above) if above != DivisionCode::nation() => at = above,
            _ => break,
        }
    }
    match at == call.principal.jurisdiction {
        true => jurisdiction(call),
        false => Filter::equal("division", at.to_string()),
    }
}

pub(super) async fn list_campaigns(
    call: &Call,
    request: wire::ListCampaignsRequest,
) -> Result<wire::ListCampaignsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let page = list(call, &view, CAMPAIGNS, &request, campaigns_within(call), "").await?;
    let found = page.docs.iter().map(|doc| Ok(campaign(&parsed::<CampaignDoc>(doc)?)));
    let found = found.collect::<Result<Vec<_>, Failure>>()?;
    Ok(wire::ListCampaignsResponse {
        campaigns: found.into_iter().flatten().collect(),
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

fn survey(doc: &SurveyDoc, due: Option<Date>) -> Option<wire::Survey> {
    let etag = etag(Version(doc.version));
    Some(message::survey::survey(doc.own.as_ref()?, due, doc.division.clone(), etag))
}

async fn due(view: &View, id: &CampaignId) -> Result<Option<Date>, Failure> {
    let doc = view.get(CAMPAIGNS, id.as_str()).await.map_err(read_failure)?;
    let doc = doc.map(|doc| parsed::<CampaignDoc>(&doc)).transpose()?;
    Ok(doc.and_then(|doc| doc.own).map(|own| own.notified.survey_due_on))
}

pub(super) async fn get_survey(
    call: &Call,
    request: wire::GetSurveyRequest,
) -> Result<wire::GetSurveyResponse, Failure> {
    let (id, unit) = parse::survey::survey("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = view.get(SURVEYS, &survey_key(&id, &unit)).await.map_err(read_failure)?;
    let doc: SurveyDoc = parsed(&doc.ok_or_else(|| Failure::not_found(&request.name))?)?;
    sees(call, &unit, &doc.division, &request.name).await?;
    let told = survey(&doc, due(&view, &id).await?);
    let told = told.ok_or_else(|| Failure::not_found(&request.name))?;
    Ok(wire::GetSurveyResponse { survey: Some(told), position: position(&view)? })
}

/// What a caller may list: its jurisdiction's, or its own unit's.
fn within(call: &Call) -> Filter {
    match &call.principal.unit {
        Some(unit) if !call.may(Action::RecertificationManage) => {
            Filter::equal("unit", format!("units/{unit}"))
        }
        _ => jurisdiction(call),
    }
}

pub(super) async fn list_surveys(
    call: &Call,
    request: wire::ListSurveysRequest,
) -> Result<wire::ListSurveysResponse, Failure> {
    let id = parse::campaign("parent", &request.parent)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let campaign = campaign_doc(call, &view, &id).await?;
    let due = campaign.own.map(|own| own.notified.survey_due_on);
    let within = Filter::equal("campaign", request.parent.clone()).and(within(call));
    let page = list(call, &view, SURVEYS, &request, within, "division").await?;
    let found = page.docs.iter().map(|doc| Ok(survey(&parsed::<SurveyDoc>(doc)?, due)));
    let found = found.collect::<Result<Vec<_>, Failure>>()?;
    Ok(wire::ListSurveysResponse {
        surveys: found.into_iter().flatten().collect(),
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

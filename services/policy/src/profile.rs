//! Profiles (政策参数档): published once a version, for good.

use std::sync::Arc;

use bytes::Bytes;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_eventlog::Tag;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{Document, PolicyError, Published};
use quanheng_runtime::{Call, Decided, Deciding, Failure, Publication, Shelf};
use quanheng_streams::{PolicyEvent, PublishedDocument};

use crate::document::{
    bounded, check_id, decided, event, located, moment, publication, published, published_here,
    publisher, shelf, version,
};
use crate::page;

/// A profile with what is recorded of it.
type Profile = Publication<(PublishedDocument, Arc<Published>)>;

/// `policyProfiles/{profile}/versions/{v}`
pub(crate) fn name(profile: &str, version: u32) -> String {
    format!("policyProfiles/{profile}/versions/{version}")
}

fn name_of(document: &Document) -> String {
    name(&document.profile, document.version)
}

fn message(profile: &Profile) -> wire::Profile {
    let (recorded, read) = &profile.what;
    let document = &read.document;
    wire::Profile {
        name: name_of(document),
        profile: document.profile.clone(),
        version: document.version,
        jurisdiction: document.jurisdiction.to_string(),
        title: document.title.clone(),
        effective_from: Some(quanheng_api::date(document.effective_from)),
        effective_to: document.effective_to.map(quanheng_api::date),
        sha256: recorded.sha256.clone(),
        publish_time: moment(profile.time),
        publisher: publisher(&profile.by),
        text: String::new(),
    }
}

fn find<'a>(shelf: &'a Shelf, profile: &str, version: u32) -> Option<&'a Profile> {
    shelf.profiles.iter().find(|known| {
        let (recorded, _) = &known.what;
        recorded.id == profile && recorded.version == version
    })
}

/// Whose policy says something about the caller's jurisdiction: the layers around it, and
/// those within it.
pub(crate) fn concerns(call: &Call, division: &DivisionCode) -> bool {
    call.principal.within(division) || division.contains(&call.principal.jurisdiction)
}

pub(crate) async fn publish(
    call: &Call,
    request: wire::PublishProfileRequest,
) -> Result<wire::PublishProfileResponse, Failure> {
    let text = &request.text;
    bounded("text", text)?;
    let read = Published::read("text", text).map_err(located)?;
    check_id(text, "profile", &read.document.profile)?;
    call.governs(&read.document.jurisdiction)?;
    let command = deciding(call, read, text)?;
    let done = published_here(call, &request, command).await?;
    let profile = wire::Profile { text: request.text, ..done.answer };
    Ok(wire::PublishProfileResponse { profile: Some(profile), position: done.position.0 })
}

/// The command that publishes a profile, unless the same text is there.
pub(crate) fn deciding(
    call: &Call,
    read: Arc<Published>,
    text: &str,
) -> Result<Deciding<wire::Profile>, Failure> {
    let policies = call.realm.policies.clone();
    let by = call.principal_name()?;
    let text = Bytes::copy_from_slice(text.as_bytes());
    Ok(Deciding::new(vec![policies.read()], move |desk| {
        let shelf = policies.at(desk)?;
        let document = &read.document;
        if let Some(known) = find(&shelf, &document.profile, document.version) {
            return match known.what.1.hash == read.hash {
                true => Ok(Decided::new(Vec::new(), message(known))),
                false => Err(Failure::exists(name_of(document))),
            };
        }
        let mut book = shelf.book().clone();
        book.publish(Arc::clone(&read)).map_err(|error| clash(document, &error))?;
        let Document { profile, version, title, .. } = document;
        let recorded = published(profile, *version, title, &text);
        let happened = PolicyEvent::ProfilePublished {
            document: recorded.clone(),
            jurisdiction: document.jurisdiction.clone(),
            effective_from: document.effective_from,
            effective_to: document.effective_to,
        };
        let tag = Tag::new(format!("divisions/{}", document.jurisdiction));
        let draft = event(&happened, &text)?.tagged(tag.map_err(Failure::internal)?);
        let new = publication((recorded, Arc::clone(&read)), by.as_str(), desk.time());
        Ok(decided(draft, text.clone(), message(&new)))
    }))
}

fn clash(document: &Document, error: &PolicyError) -> Failure {
    let name = name_of(document);
    let PolicyError::JurisdictionTaken { other, .. } = error else {
        return Failure::exists(name);
    };
    let message = format!(
        "{} 与已发布的 {other} 辖区冲突:一个辖区只有一个政策参数档,一个档只属于一个辖区",
        document.profile
    );
    Failure::rule("JURISDICTION_TAKEN", &name, message)
        .with("profile", &document.profile)
        .with("other", other)
        .with("jurisdiction", document.jurisdiction.to_string())
}

pub(crate) async fn get(
    call: &Call,
    request: wire::GetProfileRequest,
) -> Result<wire::GetProfileResponse, Failure> {
    const PATTERN: &str = "policyProfiles/{profile}/versions/{v}";
    let [id, number] = quanheng_api::resource_id::<2>(PATTERN, &request.name)
        .map_err(|error| Failure::field("name", error.to_string()))?;
    let missing = || Failure::not_found(&request.name);
    let number = version(number).ok_or_else(missing)?;
    let (shelf, position) = shelf(call, request.min_position).await?;
    let found = find(&shelf, id, number).ok_or_else(missing)?;
    if !concerns(call, &found.what.1.document.jurisdiction) {
        call.realm.denials.record(&call.principal, call.method);
        return Err(missing());
    }
    let text = call.realm.policies.text(&found.what.0.sha256).await?;
    let profile = wire::Profile { text, ..message(found) };
    Ok(wire::GetProfileResponse { profile: Some(profile), position })
}

pub(crate) async fn list(
    call: &Call,
    request: wire::ListProfilesRequest,
) -> Result<wire::ListProfilesResponse, Failure> {
    let (shelf, position) = shelf(call, request.min_position).await?;
    let seen = shelf.profiles.iter();
    let seen = seen.filter(|known| concerns(call, &known.what.1.document.jurisdiction));
    let page = page::cut(call, &request, seen)?;
    Ok(wire::ListProfilesResponse {
        profiles: page.items.into_iter().map(message).collect(),
        position,
        next_page_token: page.next,
        total_size: page.total,
    })
}

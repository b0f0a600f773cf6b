//! Offices (流程岗位) and authorities (公务员主管部门).

use quanheng_api::date;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::{Scope, Sight, run};
use quanheng_eventlog::{EventDraft, Tag};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_projection::Doc;
use quanheng_runtime::reading::{Horizon, day, jurisdiction, list as page_of, state_at};
use quanheng_runtime::wire::{division as division_code, id, unit as unit_of};
use quanheng_runtime::{Call, Decided, Failure, Shelf, check_etag, etag, next_etag};
use quanheng_streams as streams;
use quanheng_streams::{AuthorityEvent, OfficeEvent};
use quanheng_workflow::definition::{INITIATOR, Role};

use super::reads::position;
use crate::message::person_name;
use crate::parse;
use crate::view::{OFFICES, OfficeDoc, PROJECTION};

/// Which office, and whose.
#[derive(Clone)]
struct Seat {
    unit: UnitId,
    role: Role,
    person: PersonId,
}

impl Seat {
    fn of(unit: &str, role: &str, person: &str) -> Result<Self, Failure> {
        Ok(Self {
            unit: unit_of("unit", unit)?,
            role: id("role", role)?,
            person: parse::person("person", person)?,
        })
    }

    fn name(&self) -> String {
        format!("offices/{}/{}/{}", self.unit, self.role, self.person)
    }

    fn message(
        &self,
        division: &DivisionCode,
        from: jiff::civil::Date,
        until: Option<jiff::civil::Date>,
    ) -> wire::Office {
        wire::Office {
            unit: format!("units/{}", self.unit),
            role: self.role.to_string(),
            person: person_name(&self.person),
            from: Some(date(from)),
            until: until.map(date),
            division: division.to_string(),
        }
    }

    fn draft(&self, division: &DivisionCode, event: &OfficeEvent) -> Result<EventDraft, Failure> {
        let draft = streams::draft::<streams::Offices>(streams::offices(&self.unit), event);
        let unit = format!("units/{}", self.unit);
        let tags = [format!("divisions/{division}"), unit, person_name(&self.person)];
        tagged(draft.map_err(Failure::internal)?, tags)
    }
}

fn tagged(
    mut draft: EventDraft,
    tags: impl IntoIterator<Item = String>,
) -> Result<EventDraft, Failure> {
    for tag in tags {
        draft = draft.tagged(Tag::new(tag).map_err(Failure::internal)?);
    }
    Ok(draft)
}

/// Whether some published flow names a role.
fn is_named(shelf: &Shelf, role: &Role) -> bool {
    let flows = shelf.flow_list.iter();
    let mut flows = flows.filter_map(|flow| shelf.flow(&flow.what.id, flow.what.version));
    flows.any(|flow| {
        let mut seats = flow.definition.steps.iter().flat_map(|step| step.seats());
        seats.any(|seat| seat.role == *role)
    })
}

pub(super) async fn set(
    call: &Call,
    request: wire::SetOfficeRequest,
) -> Result<wire::SetOfficeResponse, Failure> {
    let seat = Seat::of(&request.unit, &request.role, &request.person)?;
    if seat.role.as_str() == INITIATOR {
        return Err(Failure::field("role", "发起人不是岗位"));
    }
    let from = day("from", request.from.as_ref())?;
    let scope = Scope::new(call, vec![]).units([seat.unit.clone()]).persons([seat.person.clone()]);
    let done = run(call, &request, scope, move |sight| {
        if !is_named(&sight.shelf, &seat.role) {
            return Err(Failure::field("role", "已发布的流程没有该岗位"));
        }
        let division = sight.profile(&seat.unit, sight.today)?.division;
        sight.governs(&division)?;
        sight.person(&seat.person, sight.today)?;
        let from = from.unwrap_or(sight.today);
        let offices = sight.need::<streams::Offices>(&streams::offices(&seat.unit))?;
        let sits = offices.sittings.get(&seat.role).and_then(|sits| sits.get(&seat.person));
        // One sitting at a time is known: who sits there still, or will, is not set anew.
        if sits.is_some_and(|(_, to)| to.is_none_or(|to| to > from.min(sight.today))) {
            let message = format!("{} 已任该岗位", person_name(&seat.person));
            return Err(Failure::rule("WRONG_STATE", seat.name(), message));
        }
        let event =
            OfficeEvent::OfficeTaken { role: seat.role.clone(), person: seat.person.clone(), from };
        let answer = seat.message(&division, from, None);
        Ok(Decided::new(vec![seat.draft(&division, &event)?], answer))
    });
    let done = done.await?;
    Ok(wire::SetOfficeResponse { office: Some(done.answer), position: done.position.0 })
}

pub(super) async fn end(
    call: &Call,
    request: wire::EndOfficeRequest,
) -> Result<wire::EndOfficeResponse, Failure> {
    let seat = Seat::of(&request.unit, &request.role, &request.person)?;
    let on = day("on", request.on.as_ref())?;
    let scope = Scope::new(call, vec![]).units([seat.unit.clone()]);
    let done = run(call, &request, scope, move |sight| {
        let division = sight.last_profile(&seat.unit)?.division;
        sight.governs(&division)?;
        let offices = sight.need::<streams::Offices>(&streams::offices(&seat.unit))?;
        let sits = offices.sittings.get(&seat.role).and_then(|sits| sits.get(&seat.person));
        let (from, until) = sits.copied().ok_or_else(|| Failure::not_found(seat.name()))?;
        let on = on.unwrap_or(sight.today);
        if until.is_some_and(|until| until <= on) {
            let message = format!("{} 已免去该岗位", person_name(&seat.person));
            return Err(Failure::rule("WRONG_STATE", seat.name(), message));
        }
        if on < from {
            return Err(Failure::field("on", "不得早于任岗之日"));
        }
        let (role, person) = (seat.role.clone(), seat.person.clone());
        let event = OfficeEvent::OfficeLeft { role, person, on };
        let answer = seat.message(&division, from, Some(on));
        Ok(Decided::new(vec![seat.draft(&division, &event)?], answer))
    });
    let done = done.await?;
    Ok(wire::EndOfficeResponse { office: Some(done.answer), position: done.position.0 })
}

fn shown(doc: &Doc) -> Result<wire::Office, Failure> {
    let doc: OfficeDoc = doc.parse().map_err(Failure::internal)?;
    Ok(wire::Office {
        unit: doc.unit,
        role: doc.role,
        person: doc.person,
        from: doc.from.map(date),
        until: doc.until.map(date),
        division: doc.division,
    })
}

pub(super) async fn list(
    call: &Call,
    request: wire::ListOfficesRequest,
) -> Result<wire::ListOfficesResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let page = page_of(call, &view, OFFICES, &request, jurisdiction(call), "").await?;
    Ok(wire::ListOfficesResponse {
        offices: page.docs.iter().map(shown).collect::<Result<_, Failure>>()?,
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

fn authority_message(division: &DivisionCode, unit: &UnitId, etag: String) -> wire::Authority {
    wire::Authority {
        name: format!("authorities/{division}"),
        division: division.to_string(),
        unit: format!("units/{unit}"),
        etag,
    }
}

/// A unit that may be the authority of a division: one of the division, or of one around it.
fn fit(sight: &Sight<'_>, division: &DivisionCode, unit: &UnitId) -> Result<(), Failure> {
    let place = sight.profile(unit, sight.today)?.division;
    let around = std::iter::successors(Some(division.clone()), DivisionCode::parent);
    match around.into_iter().any(|around| around == place) {
        true => Ok(()),
        false => Err(Failure::field("unit", format!("units/{unit} 不在 {division} 或其上级政区"))),
    }
}

pub(super) async fn name_authority(
    call: &Call,
    request: wire::NameAuthorityRequest,
) -> Result<wire::NameAuthorityResponse, Failure> {
    let division = division_code("division", &request.division)?;
    let unit = unit_of("unit", &request.unit)?;
    let given = request.etag.clone();
    let scope = Scope::new(call, vec![]).units([unit.clone()]);
    let done = run(call, &request, scope, move |sight| {
        sight.governs(&division)?;
        fit(sight, &division, &unit)?;
        let stream = streams::authority(&division);
        let known = sight.need::<streams::Authorities>(&stream)?;
        check_etag(sight.desk, &stream, &given)?;
        if known.as_ref() == Some(&unit) {
            let name = format!("authorities/{division}");
            let message = format!("units/{unit} 已是该政区的主管部门");
            return Err(Failure::rule("WRONG_STATE", name, message));
        }
        let event = AuthorityEvent::AuthorityNamed { unit: unit.clone() };
        let draft = streams::draft::<streams::Authorities>(stream.clone(), &event);
        let tags = [format!("divisions/{division}"), format!("units/{unit}")];
        let drafts = vec![tagged(draft.map_err(Failure::internal)?, tags)?];
        let etag = next_etag(sight.desk, &stream, &drafts);
        Ok(Decided::new(drafts, authority_message(&division, &unit, etag)))
    });
    let done = done.await?;
    Ok(wire::NameAuthorityResponse { authority: Some(done.answer), position: done.position.0 })
}

pub(super) async fn authority(
    call: &Call,
    request: wire::GetAuthorityRequest,
) -> Result<wire::GetAuthorityResponse, Failure> {
    let division = parse::authority("name", &request.name)?;
    call.sees(&division, &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let stream = streams::authority(&division);
    let state = state_at::<streams::Authorities>(&call.realm.log, stream, Horizon::Now).await?;
    let (unit, version, _) = state;
    let unit = unit.ok_or_else(|| Failure::not_found(&request.name))?;
    let authority = authority_message(&division, &unit, etag(version));
    Ok(wire::GetAuthorityResponse { authority: Some(authority), position: position(&view)? })
}

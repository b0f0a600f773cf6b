//! Dated stand-ins (代办): both people are shown.

use jiff::civil::Date;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::Matters;
use quanheng_casework::{Scope, Sight, run};
use quanheng_eventlog::{EventDraft, Tag};
use quanheng_identity::Action;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Doc, Filter};
use quanheng_runtime::reading::{day, jurisdiction, list as page_of, required_day};
use quanheng_runtime::{Call, Decided, Failure};
use quanheng_streams as streams;
use quanheng_streams::{StandIn, SubstitutionEvent};

use super::reads::position;
use crate::message::{person_name, substitution};
use crate::parse;
use crate::sight::acting;
use crate::view::{PROJECTION, SUBSTITUTIONS, SubstitutionDoc};

/// Stand-ins of one person at a time at most.
const SUBSTITUTIONS_MAX: usize = 50;

/// Whose stand-ins they are: the caller's own, or another's, by those who set offices.
fn whose(call: &Call, name: &str) -> Result<PersonId, Failure> {
    let of = match name.is_empty() {
        true => return acting(call),
        false => parse::person("person", name)?,
    };
    if call.principal.person.as_ref() != Some(&of) {
        call.demand(Action::OfficesWrite)?;
    }
    Ok(of)
}

/// Where a person is, or was last, for those who are not that person.
fn division(sight: &Sight<'_>, of: &PersonId) -> Result<DivisionCode, Failure> {
    let person = sight.need::<streams::Persons>(&streams::person(of))?.as_ref();
    let person = person.ok_or_else(|| Failure::not_found(person_name(of)))?;
    let slot = person.slot_on(sight.today).map(|(_, slot)| slot);
    let slot = slot.or_else(|| person.slots.values().max_by_key(|slot| slot.from));
    let slot = slot.map(|slot| slot.unit.clone());
    let no_slot = || {
        let name = person_name(of);
        Failure::rule("NOT_IN_SERVICE", &name, format!("{name} 不在职"))
    };
    let division = sight.last_profile(&slot.ok_or_else(no_slot)?)?.division;
    if sight.scope.principal.person.as_ref() != Some(of) {
        sight.governs(&division)?;
    }
    Ok(division)
}

fn draft(
    of: &PersonId,
    division: &DivisionCode,
    event: &SubstitutionEvent,
) -> Result<EventDraft, Failure> {
    let draft = streams::draft::<streams::Substitutions>(streams::substitutions(of), event);
    let mut draft = draft.map_err(Failure::internal)?;
    for tag in [format!("divisions/{division}"), person_name(of)] {
        draft = draft.tagged(Tag::new(tag).map_err(Failure::internal)?);
    }
    Ok(draft)
}

/// Who stands in, from when to when, and why.
fn stand_in(
    request: &wire::CreateSubstitutionRequest,
    of: &PersonId,
    today: Date,
) -> Result<StandIn, Failure> {
    let by = parse::person("substitute", &request.substitute)?;
    let from = day("from", request.from.as_ref())?.unwrap_or(today);
    let to = required_day("to", request.to.as_ref())?;
    let reason = parse::opinion(&request.reason)?;
    if by == *of {
        return Err(Failure::field("substitute", "不能由本人代办"));
    }
    if reason.is_empty() {
        return Err(Failure::field("reason", "须写明"));
    }
    if to < from || to < today {
        return Err(Failure::field("to", "截止日期不得早于起始日期和今日"));
    }
    Ok(StandIn { by, from, to, reason })
}

pub(super) async fn create(
    _matters: &Matters,
    call: &Call,
    request: wire::CreateSubstitutionRequest,
) -> Result<wire::CreateSubstitutionResponse, Failure> {
    let of = whose(call, &request.person)?;
    let asked = request.clone();
    // The id that the server makes has to be the same when the request comes again.
    let id = match request.substitution_id.as_str() {
        "" => quanheng_runtime::request_id(&request.request_id)?.to_string(),
        id => id.to_owned(),
    };
    quanheng_policy::check_id(&id)
        .map_err(|error| Failure::field("substitution_id", error.to_string()))?;
    let scope = Scope::new(call, vec![]).persons([of.clone()]);
    let done = run(call, &request, scope, move |sight| {
        let stand_in = stand_in(&asked, &of, sight.today)?;
        let division = division(sight, &of)?;
        sight.person(&of, sight.today)?;
        sight.person(&stand_in.by, sight.today)?;
        let kept = sight.need::<streams::Substitutions>(&streams::substitutions(&of))?;
        if kept.contains_key(&id) {
            return Err(Failure::exists(substitution(&of, &id, &stand_in).name));
        }
        let live = kept.values().filter(|stand_in| stand_in.to >= sight.today).count();
        if live >= SUBSTITUTIONS_MAX {
            let (max, actual) = (SUBSTITUTIONS_MAX as u64, live as u64 + 1);
            return Err(Failure::bound("substitutions_per_person_max", max, actual));
        }
        let answer = substitution(&of, &id, &stand_in);
        let event = SubstitutionEvent::SubstitutionMade { id: id.clone(), stand_in };
        Ok(Decided::new(vec![draft(&of, &division, &event)?], answer))
    });
    let done = done.await?;
    let (substitution, position) = (Some(done.answer), done.position.0);
    Ok(wire::CreateSubstitutionResponse { substitution, position })
}

pub(super) async fn delete(
    _matters: &Matters,
    call: &Call,
    request: wire::DeleteSubstitutionRequest,
) -> Result<wire::DeleteSubstitutionResponse, Failure> {
    let (of, id) = parse::substitution("name", &request.name)?;
    let of = whose(call, &person_name(&of))?;
    let name = request.name.clone();
    let scope = Scope::new(call, vec![]).persons([of.clone()]);
    let done = run(call, &request, scope, move |sight| {
        let division = division(sight, &of)?;
        let kept = sight.need::<streams::Substitutions>(&streams::substitutions(&of))?;
        let stand_in = kept.get(&id).ok_or_else(|| Failure::not_found(&name))?;
        let answer = substitution(&of, &id, stand_in);
        let event = SubstitutionEvent::SubstitutionEnded { id: id.clone() };
        Ok(Decided::new(vec![draft(&of, &division, &event)?], answer))
    });
    let done = done.await?;
    let (substitution, position) = (Some(done.answer), done.position.0);
    Ok(wire::DeleteSubstitutionResponse { substitution, position })
}

fn shown(doc: &Doc) -> Result<wire::Substitution, Failure> {
    let doc: SubstitutionDoc = doc.parse().map_err(Failure::internal)?;
    let of = parse::person("person", &doc.person)?;
    Ok(substitution(&of, &doc.id, &doc.stand_in))
}

pub(super) async fn list(
    _matters: &Matters,
    call: &Call,
    request: wire::ListSubstitutionsRequest,
) -> Result<wire::ListSubstitutionsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let (within, order) = match request.parent.as_str() {
        "" => return own(call, &view, &request).await,
        "persons/-" => {
            call.demand(Action::OfficesRead)?;
            (jurisdiction(call), "division")
        }
        name => {
            let of = parse::person("parent", name)?;
            if call.principal.person.as_ref() != Some(&of) {
                call.demand(Action::OfficesRead)?;
            }
            (Filter::equal("person", person_name(&of)), "to")
        }
    };
    let page = page_of(call, &view, SUBSTITUTIONS, &request, within, order).await?;
    let own = call.principal.person.as_ref().map(person_name);
    let mut substitutions = Vec::new();
    for doc in &page.docs {
        let found: SubstitutionDoc = doc.parse().map_err(Failure::internal)?;
        let division = DivisionCode::parse(&found.division).map_err(Failure::internal)?;
        let mine = own.as_ref().is_some_and(|own| *own == found.person);
        if mine || call.principal.within(&division) {
            substitutions.push(shown(doc)?);
        }
    }
    Ok(wire::ListSubstitutionsResponse {
        substitutions,
        position: position(&view)?,
        next_page_token: page.next,
    })
}

/// Those of the caller, either way: who stands in for the caller, then for whom the caller
/// does.
async fn own(
    call: &Call,
    view: &quanheng_projection::View,
    request: &wire::ListSubstitutionsRequest,
) -> Result<wire::ListSubstitutionsResponse, Failure> {
    let person = person_name(&acting(call)?);
    let (side, token) = match request.page_token.split_once('.') {
        None if request.page_token.is_empty() => ("of", ""),
        Some((side @ ("of" | "by"), rest)) => (side, rest),
        _ => return Err(Failure::field("page_token", "翻页标记无效,或不属于本次查询")),
    };
    let part = wire::ListSubstitutionsRequest { page_token: token.to_owned(), ..request.clone() };
    let column = if side == "of" { "person" } else { "substitute" };
    let within = Filter::equal(column, person.as_str());
    let page = page_of(call, view, SUBSTITUTIONS, &part, within, "to").await?;
    let next = match (side, page.next.as_str()) {
        ("of", "") => "by.".to_owned(),
        (_, "") => String::new(),
        (side, next) => format!("{side}.{next}"),
    };
    Ok(wire::ListSubstitutionsResponse {
        substitutions: page.docs.iter().map(shown).collect::<Result<_, Failure>>()?,
        position: position(view)?,
        next_page_token: next,
    })
}

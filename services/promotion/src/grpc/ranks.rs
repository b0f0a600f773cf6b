//! Lowering a rank (降低职级), and determining one on a transfer (转任后职级确定).

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_casework::{Scope, run};
use quanheng_eligibility::Target;
use quanheng_policy::{CategoryId, PersonId, RankId};
use quanheng_register::id::SpellId;
use quanheng_register::unit::GENERAL_MANAGEMENT;
use quanheng_runtime::wire::{basis, basis_message, id, named, required};
use quanheng_runtime::{Call, Decided, Failure, derived_id};

use crate::ranks::{self, Changed, Grounds};
use crate::{parse, work};

fn category(field: &str, text: &str) -> Result<CategoryId, Failure> {
    id(field, if text.is_empty() { GENERAL_MANAGEMENT } else { text })
}

/// The name of the new spell: the same however often the request is sent.
fn spell(call: &Call, request_id: &str) -> Result<SpellId, Failure> {
    let made = derived_id("rank", request_id, &call.principal.id);
    SpellId::new(made.to_string()).map_err(Failure::internal)
}

/// What a meeting decided has its minutes.
fn minutes(person: &PersonId, text: &str) -> Result<String, Failure> {
    match text.trim() {
        "" => {
            let (name, message) =
                (format!("persons/{person}"), "须经集体讨论决定,写明会议纪要文号");
            Err(Failure::rule("COLLECTIVE_DECISION_REQUIRED", &name, message).with("person", name))
        }
        text => parse::round::optional("minutes", text),
    }
}

fn message(person: &PersonId, changed: &Changed, grounds: &Grounds) -> wire::RankChange {
    let basis = &grounds.basis;
    wire::RankChange {
        person: format!("persons/{person}"),
        from_category: changed.from.category.to_string(),
        from_rank: changed.from.rank.to_string(),
        category: changed.to.category.to_string(),
        rank: changed.to.rank.to_string(),
        basis: Some(basis_message(&basis.document, basis.effective_on)),
        minutes: grounds.minutes.clone(),
        months_before: changed.months_before,
        merged: changed.merged,
        left_account: changed.left_account.clone().unwrap_or_default(),
        account: changed.account.clone().unwrap_or_default(),
    }
}

pub(super) async fn lower(
    call: &Call,
    request: wire::LowerRankRequest,
) -> Result<wire::LowerRankResponse, Failure> {
    let by = work::actor(call)?;
    let person: PersonId = named("person", "persons/{person}", &request.person)?;
    let category = category("category", &request.category)?;
    let ground = request.ground();
    let known = Some(ground).filter(|ground| *ground != wire::LoweringGround::Unspecified);
    required("ground", known)?;
    let year = match (ground, request.year) {
        (wire::LoweringGround::Incompetent, 0) => {
            return Err(Failure::field("year", "须填写考核年度"));
        }
        (wire::LoweringGround::Incompetent, year) => {
            Some(i16::try_from(year).map_err(|_| Failure::field("year", "考核年度无效"))?)
        }
        _ => None,
    };
    let reason = parse::round::text("reason", &request.reason)?;
    let grounds = Grounds {
        text: format!("{}:{reason}", ground.as_str_name()),
        minutes: minutes(&person, &request.minutes)?,
        basis: basis(request.basis.as_ref())?,
        by,
        spell: spell(call, &request.request_id)?,
    };
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        let on = grounds.basis.effective_on;
        let subject = ranks::subject(sight, &person, &[], &grounds.by, on)?;
        let changed = ranks::lower(sight, &subject, &category, year, &grounds)?;
        let change = Some(message(&person, &changed, &grounds));
        let answer = wire::LowerRankResponse { change, position: 0 };
        Ok(Decided::new(changed.drafts, answer))
    });
    let done = done.await?;
    Ok(wire::LowerRankResponse { position: done.position.0, ..done.answer })
}

pub(super) async fn determine(
    call: &Call,
    request: wire::DetermineRankOnTransferRequest,
) -> Result<wire::DetermineRankOnTransferResponse, Failure> {
    let by = work::actor(call)?;
    let person: PersonId = named("person", "persons/{person}", &request.person)?;
    let from: CategoryId = id("from_category", &request.from_category)?;
    let category = category("category", &request.category)?;
    let qualifications = parse::qualifications("qualifications", &request.qualifications)?;
    let hold = match request.hold.is_empty() {
        true => None,
        false => Some(parse::round::hold("hold", &request.hold)?),
    };
    let chosen = match request.rank.is_empty() {
        true => None,
        false => {
            let rank: RankId = id("rank", &request.rank)?;
            let grounds = Grounds {
                text: parse::round::text("reason", &request.reason)?,
                minutes: minutes(&person, &request.minutes)?,
                basis: basis(request.basis.as_ref())?,
                by: by.clone(),
                spell: spell(call, &request.request_id)?,
            };
            Some((rank, grounds))
        }
    };
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        let on = chosen.as_ref().map_or(sight.today, |(_, grounds)| grounds.basis.effective_on);
        let subject = ranks::subject(sight, &person, &qualifications, &by, on)?;
        let (_, allowed) = ranks::allowed(&subject, &from, &category)?;
        let allowed = allowed.iter().map(ToString::to_string).collect();
        let Some((rank, grounds)) = &chosen else {
            let answer =
                wire::DetermineRankOnTransferResponse { allowed, change: None, position: 0 };
            return Ok(Decided::new(Vec::new(), answer));
        };
        let target = Target { category: category.clone(), rank: rank.clone() };
        let changed = ranks::determine(sight, &subject, &from, &target, hold.as_ref(), grounds)?;
        let change = Some(message(&person, &changed, grounds));
        let answer = wire::DetermineRankOnTransferResponse { allowed, change, position: 0 };
        Ok(Decided::new(changed.drafts, answer))
    });
    let done = done.await?;
    Ok(wire::DetermineRankOnTransferResponse { position: done.position.0, ..done.answer })
}

//! Pre-review (职数使用预审): asking and withdrawing. It is decided on the tasks of its case;
//! approval holds the seats in the same commit ([`PreReviewMatter`]).

use std::collections::BTreeMap;

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_casework::case::{Said, act, act_all};
use quanheng_casework::{Scope, Sight, run};
use quanheng_eventlog::EventDraft;
use quanheng_identity::Action;
use quanheng_ledger::account::{Account, Quantities};
use quanheng_ledger::command::Command;
use quanheng_ledger::event::ReleaseReason;
use quanheng_ledger::hold::{Hold, MoveRequest};
use quanheng_ledger::id::{AccountKey, CaseId, HoldId};
use quanheng_policy::{PersonId, RankId, UnitId};
use quanheng_runtime::wire::{basis, given_or_new, unit};
use quanheng_runtime::{Call, Decided, Failure, check_etag, next_etag};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, Entity as _, PreReviewEvent, PreReviewPhase};
use quanheng_workflow::case::{About, TaskNr, TaskState};
use quanheng_workflow::command as flow;

use crate::matter::{self, PreReviewMatter};
use crate::{message, parse};

/// A text that people write, bounded.
fn opinion(field: &'static str, text: &str, must: bool) -> Result<String, Failure> {
    const CHARS_MAX: usize = 2_000;
    let text = text.trim();
    match text.chars().count() {
        0 if must => Err(Failure::field(field, "须写明")),
        count if count > CHARS_MAX => {
            Err(Failure::bound("opinion_chars_max", CHARS_MAX as u64, count as u64))
        }
        _ => Ok(text.to_owned()),
    }
}

/// 申报, or 重新申报 of what was returned.
pub(super) async fn request(
    call: &Call,
    request: wire::RequestPreReviewRequest,
) -> Result<wire::RequestPreReviewResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let asking = unit("unit", &request.unit)?;
    let moves = parse::moves(&request.moves)?;
    let opinion = opinion("unit_opinion", &request.unit_opinion, true)?;
    let hold: HoldId = given_or_new("hold_id", &request.hold_id)?;
    let basis = basis(request.basis.as_ref())?;
    for_own_unit(call, &asking)?;
    let person = acting(call)?;
    let by = call.principal.name();
    let scope = Scope::new(call, vec![key.clone()]).units([asking.clone()]).pre_review(&key, &hold);
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        let profile = sight.profile(&asking, sight.today)?;
        sight.governs(&profile.division)?;
        let returned = sight
            .pre_review()
            .is_some_and(|state| state.phase == PreReviewPhase::Returned && state.unit == asking);
        if (sight.pre_review().is_some() && !returned) || account.hold(&hold).is_some() {
            return Err(Failure::exists(message::hold_name(&key, &hold)));
        }
        // What would be refused when it is decided is refused at once.
        let applicant = sight.applicant(&key, &asking, sight.today)?;
        let trial = Command::PlaceHold {
            hold: hold.clone(),
            case: CaseId::new(hold.as_str()).map_err(Failure::internal)?,
            applicant,
            moves: moves.clone(),
            basis: basis.clone().into(),
        };
        sight.decide(&key, &division, trial, sight.today)?;
        let event = PreReviewEvent::PreReviewRequested {
            unit: asking.clone(),
            moves: moves.clone(),
            opinion: opinion.clone(),
            by: by.clone(),
        };
        let mut drafts = vec![matter::draft(sight, &key, &hold, &event)?];
        let case = CaseKey::pre_review(&key, &hold);
        let title = format!("{}:{} 个职数", profile.name, moves.len());
        let about = About {
            subject: message::hold_name(&key, &hold),
            title,
            unit: Some(asking.clone()),
            ..About::default()
        };
        let start = flow::Command::Start { by: person.clone(), about };
        let task = match returned {
            true => open_form(sight, &case)?,
            false => TaskNr(1),
        };
        let form = form(account, &moves);
        let record = flow::Command::Record { by: person.clone(), task, facts: form };
        let commands = if returned { vec![record] } else { vec![start, record] };
        let said = Said { by: by.clone(), opinion: opinion.clone(), ..Said::default() };
        let acted = act_all(sight, &PreReviewMatter, &case, commands, &said)?;
        drafts.extend(acted.drafts);
        let mut state = sight.pre_review().cloned();
        streams::PreReviews::evolve(&mut state, &event);
        let etag = next_etag(sight.desk, &streams::pre_review(&key, &hold), &drafts);
        Ok(Decided::new(drafts, message::pre_review(&key, &hold, state.as_ref(), None, etag)))
    });
    let done = done.await?;
    Ok(wire::RequestPreReviewResponse { pre_review: Some(done.answer), position: done.position.0 })
}

/// The person who acts: flows know persons, not tokens.
fn acting(call: &Call) -> Result<PersonId, Failure> {
    call.principal.person.clone().ok_or_else(|| nobody(call))
}

fn nobody(call: &Call) -> Failure {
    Failure::denied("令牌未关联人员,不能办理事项").with("principal", call.principal.name())
}

/// A clerk asks for the unit that the clerk acts for.
fn for_own_unit(call: &Call, unit: &UnitId) -> Result<(), Failure> {
    match &call.principal.unit {
        Some(own) if own != unit && !call.may(Action::QuotaDecide) => {
            call.realm.denials.record(&call.principal, call.method);
            Err(Failure::denied("只能为本单位申报").with("unit", format!("units/{unit}")))
        }
        _ => Ok(()),
    }
}

/// The task of the form, which a return opened again.
fn open_form(sight: &Sight<'_>, case: &CaseKey) -> Result<TaskNr, Failure> {
    let state = sight.need::<streams::Cases>(&streams::case(case))?;
    let open = state.as_ref().and_then(|case| case.open.as_ref());
    let tasks = open.filter(|open| open.step.as_str() == matter::APPLY).map(|open| &open.tasks);
    let task = tasks.and_then(|tasks| tasks.iter().find(|task| task.state == TaskState::Open));
    let closed = || Failure::rule("WRONG_STATE", format!("cases/{case}"), "该预审不在填报步骤");
    task.map(|task| task.nr).ok_or_else(closed)
}

/// The figures of the form (职级职数使用审批表), set by set.
fn form(account: &Account, moves: &[MoveRequest]) -> BTreeMap<String, String> {
    let each = |figure: &dyn Fn(&Quantities) -> i64| {
        let sets = account.sets().iter().map(|set| {
            let found = account.quantities(&set.set).unwrap_or_default();
            format!("{} {}", set.name, figure(&found))
        });
        let sets: Vec<String> = sets.collect();
        if sets.is_empty() { "不限".to_owned() } else { sets.join(";") }
    };
    let mut wanted: BTreeMap<&RankId, u32> = BTreeMap::new();
    for one in moves {
        *wanted.entry(&one.to).or_default() += 1;
    }
    let wanted: Vec<String> =
        wanted.iter().map(|(rank, count)| format!("{rank} {count}")).collect();
    let charged = |found: &Quantities| i64::try_from(found.charged()).unwrap_or(i64::MAX);
    BTreeMap::from([
        ("编制数".to_owned(), account.base().to_string()),
        ("核定数".to_owned(), each(&Quantities::usable)),
        ("使用数".to_owned(), each(&charged)),
        ("空缺数".to_owned(), each(&Quantities::vacancy)),
        ("拟使用数".to_owned(), wanted.join(";")),
    ])
}

pub(super) async fn withdraw(
    call: &Call,
    request: wire::WithdrawPreReviewRequest,
) -> Result<wire::WithdrawPreReviewResponse, Failure> {
    let (key, hold) = parse::hold("name", &request.name)?;
    let reason = opinion("reason", &request.reason, true)?;
    let (by, person) = (call.principal.name(), call.principal.person.clone());
    let person = person.ok_or_else(|| nobody(call));
    let own = call.principal.unit.clone().filter(|_| !call.may(Action::QuotaDecide));
    let given = request.etag.clone();
    let scope = Scope::new(call, vec![key.clone()]).pre_review(&key, &hold);
    let done = run(call, &request, scope, move |sight| {
        let name = message::hold_name(&key, &hold);
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        let state = sight.pre_review().ok_or_else(|| Failure::not_found(&name))?;
        if own.as_ref().is_some_and(|own| *own != state.unit) {
            return Err(Failure::denied("只能撤回本单位的申报"));
        }
        sight.governs(&division).or_else(|denied| match own {
            Some(_) => Ok(()),
            None => Err(denied),
        })?;
        check_etag(sight.desk, &streams::pre_review(&key, &hold), &given)?;
        let open = account.hold(&hold).is_some_and(|kept| kept.is_open());
        let event = PreReviewEvent::PreReviewWithdrawn { reason: reason.clone(), by: by.clone() };
        match state.phase {
            // Who began it takes it back through its flow.
            PreReviewPhase::Pending | PreReviewPhase::Returned => {
                let case = CaseKey::pre_review(&key, &hold);
                let said = Said { by: by.clone(), ..Said::default() };
                let person = person.clone()?;
                let command = flow::Command::Withdraw { by: person, reason: reason.clone() };
                let acted = act(sight, &PreReviewMatter, &case, command, &said)?;
                answered(sight, &key, &hold, acted.drafts, None, &event)
            }
            PreReviewPhase::Granted if open => {
                let command = Command::ReleaseHold {
                    hold: hold.clone(),
                    moves: std::collections::BTreeSet::new(),
                    reason: ReleaseReason::Withdrawn,
                };
                let events = sight.decide(&key, &division, command, sight.today)?;
                let (mut drafts, after) = sight.written(&key, &division, &events)?;
                drafts.push(matter::draft(sight, &key, &hold, &event)?);
                answered(sight, &key, &hold, drafts, after.hold(&hold), &event)
            }
            _ => Err(Failure::rule("WRONG_STATE", &name, "该预审已办结,不能撤回")),
        }
    });
    let done = done.await?;
    Ok(wire::WithdrawPreReviewResponse { pre_review: Some(done.answer), position: done.position.0 })
}

/// The answer after an event of the pre-review.
fn answered(
    sight: &Sight<'_>,
    key: &AccountKey,
    hold: &HoldId,
    drafts: Vec<EventDraft>,
    kept: Option<&Hold>,
    event: &PreReviewEvent,
) -> Result<Decided<wire::PreReview>, Failure> {
    let mut state = sight.pre_review().cloned();
    streams::PreReviews::evolve(&mut state, event);
    let etag = next_etag(sight.desk, &streams::pre_review(key, hold), &drafts);
    Ok(Decided::new(drafts, message::pre_review(key, hold, state.as_ref(), kept, etag)))
}

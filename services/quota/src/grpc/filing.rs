//! Filing after use (使用后备案), and its return.

use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_identity::Action;
use quanheng_ledger::command::Command;
use quanheng_ledger::event::{Event, FilingFault};
use quanheng_runtime::{Call, Decided, Failure, etag};
use quanheng_streams as streams;

use super::holds::on_hold;
use crate::{message, parse};
use quanheng_casework::Scope;
use quanheng_casework::run;

pub(super) async fn file(
    call: &Call,
    request: wire::FileUseRequest,
) -> Result<wire::FileUseResponse, Failure> {
    let (key, hold) = parse::hold("hold", &request.hold)?;
    let persons = parse::persons("persons", &request.persons)?;
    let own = call.principal.unit.clone().filter(|_| !call.may(Action::QuotaDecide));
    let scope = Scope::new(call, vec![key.clone()]).pre_review(&key, &hold);
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        let name = message::hold_name(&key, &hold);
        let kept = account.hold(&hold).ok_or_else(|| Failure::not_found(&name))?;
        match &own {
            Some(own) if *own != kept.unit => {
                return Err(Failure::denied("只能为本单位备案"));
            }
            Some(_) => {}
            None => sight.governs(&division)?,
        }
        let command = Command::FileUse { hold: hold.clone(), persons: persons.clone() };
        let events = sight.decide(&key, &division, command, sight.today)?;
        let returned = events.iter().find_map(|event| match event {
            Event::FilingReturned { fault, .. } => Some(fault_message(fault)),
            _ => None,
        });
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let stream = streams::pre_review(&key, &hold);
        let version = etag(sight.desk.version(&stream).unwrap_or_default());
        let case = sight.pre_review();
        let pre_review = message::pre_review(&key, &hold, case, after.hold(&hold), version);
        Ok(Decided::new(
            drafts,
            wire::FileUseResponse { pre_review: Some(pre_review), returned, position: 0 },
        ))
    });
    let done = done.await?;
    Ok(wire::FileUseResponse { position: done.position.0, ..done.answer })
}

/// A filing that comes back is an outcome, not a failure of the call.
fn fault_message(fault: &FilingFault) -> common::Failure {
    let failure = match fault {
        FilingFault::MoreThanPreReviewed { filed, pre_reviewed } => {
            let message = format!("备案 {filed} 人,超出预审 {pre_reviewed} 人");
            Failure::rule("MORE_THAN_PRE_REVIEWED", "persons", message)
                .with("filed", filed.to_string())
                .with("pre_reviewed", pre_reviewed.to_string())
        }
        FilingFault::NotTheUsers { persons } => {
            let names: Vec<_> =
                persons.iter().take(20).map(|person| format!("persons/{person}")).collect();
            let message = format!("以下人员未使用本次预审职数或已备案:{}", names.join("、"));
            Failure::rule("NOT_THE_USERS", "persons", message)
        }
        FilingFault::ByReview { reason } => {
            Failure::rule("RETURNED_BY_REVIEW", "persons", reason.clone())
        }
    };
    failure.into_message()
}

pub(super) async fn give_back(
    call: &Call,
    request: wire::ReturnFilingRequest,
) -> Result<wire::ReturnFilingResponse, Failure> {
    let (key, hold) = parse::hold("hold", &request.hold)?;
    let persons = parse::persons("persons", &request.persons)?;
    let (reason, id) = (request.reason.clone(), hold.clone());
    let scope = Scope::new(call, vec![key.clone()]);
    let done = on_hold(call, &request, key, hold, scope, move |_| {
        let (hold, persons, reason) = (id.clone(), persons.clone(), reason.clone());
        Ok(Command::ReturnFiling { hold, persons, reason })
    });
    let done = done.await?;
    Ok(wire::ReturnFilingResponse { pre_review: Some(done.answer), position: done.position.0 })
}

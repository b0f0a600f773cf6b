//! Public notices (公示): posting, what is reported, closing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_casework::{Scope, run};
use quanheng_register::id::FactId;
use quanheng_runtime::reading::day;
use quanheng_runtime::{Call, Decided, Failure, derived_id};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, Notice, RequestId};
use quanheng_workflow::case::Due;
use quanheng_workflow::command::Command as Asked;

use super::{answer, nothing_more, on_request, on_requests};
use crate::judge::judge;
use crate::matter::PAUSED;
use crate::parse;
use crate::request::Command;
use crate::seal::{Part, Report, seal};
use crate::work::{self, RequestWork};

/// What a notice says, and how.
struct Text {
    own: BTreeMap<RequestId, String>,
    common: String,
    channels: Vec<String>,
    phone: String,
}

pub(super) async fn post(
    call: &Call,
    request: wire::PostNoticeRequest,
) -> Result<wire::PostNoticeResponse, Failure> {
    let by = work::actor(call)?;
    let round = parse::round::round("round", &request.round)?;
    let text = text(&request)?;
    let start_on = day("start_on", request.start_on.as_ref())?;
    let said = work::said(call, "");
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        if let Some(day) = start_on.filter(|day| *day != sight.today) {
            let message = format!("公示自发布之日起,应为今日 {},不能为 {day}", sight.today);
            return Err(Failure::field("start_on", message));
        }
        let of = work::round(sight, &round)?;
        work::acts_for(sight, &of.unit)?;
        let chosen: Vec<RequestId> = match text.own.is_empty() {
            false => text.own.keys().cloned().collect(),
            true => {
                let all = work::all(sight, &of.requests)?;
                let cases = all.iter().filter(|state| {
                    let key = CaseKey::request(&state.request);
                    let case = sight.need::<streams::Cases>(&streams::case(&key));
                    case.is_ok_and(|case| {
                        let case = case.as_ref().filter(|case| case.paused.is_none());
                        work::at_step(case, "posting", "").is_ok()
                    })
                });
                cases.map(|state| state.request.clone()).collect()
            }
        };
        if chosen.is_empty() {
            let name = format!("promotionRounds/{round}");
            return Err(
                Failure::rule("WRONG_STATE", &name, "本批次没有待公示的申请").with("round", name)
            );
        }
        let (mut drafts, mut states, mut last) = (Vec::new(), Vec::new(), None);
        for state in work::all(sight, &chosen)? {
            let mut work = RequestWork::of(sight, state.clone());
            super::steps::in_round(&work, &round)?;
            // Of all that wait, those who are barred stop, and the others go on.
            match text.own.is_empty() && is_barred(&work)? {
                true => {
                    let mut asked = Some(Asked::Pause { reason: PAUSED.to_owned() });
                    work.act(&said, |_| Ok(asked.take()))?;
                }
                false => last = last.max(Some(posted(&mut work, &text, &by, &said)?)),
            }
            drafts.extend(work.drafts);
            states.push(work.state);
        }
        let answers = states.iter().map(|state| answer(sight, state, &drafts));
        let answer = wire::PostNoticeResponse {
            requests: answers.collect::<Result<_, Failure>>()?,
            last_day: last.map(date),
            position: 0,
        };
        Ok(Decided::new(drafts, answer))
    });
    let done = done.await?;
    Ok(wire::PostNoticeResponse { position: done.position.0, ..done.answer })
}

fn text(request: &wire::PostNoticeRequest) -> Result<Text, Failure> {
    let max = parse::BATCH_MAX;
    if request.entries.len() > max {
        let actual = request.entries.len() as u64;
        return Err(Failure::bound("batch_items_max", max as u64, actual));
    }
    let common = parse::round::text("text", &request.text)?;
    let (channels, phone) = parse::round::channels(&request.channels, &request.phone)?;
    let mut own = BTreeMap::new();
    for entry in &request.entries {
        let id = parse::round::request("entries.request", &entry.request)?;
        let said = parse::round::optional("entries.text", &entry.text)?;
        if own.insert(id, said).is_some() {
            return Err(Failure::field("entries", format!("{} 重复", entry.request)));
        }
    }
    Ok(Text { own, common, channels, phone })
}

/// Posts the notice of one candidate; its last day.
fn posted(
    work: &mut RequestWork<'_, '_>,
    text: &Text,
    by: &quanheng_policy::PersonId,
    said: &quanheng_casework::case::Said,
) -> Result<Date, Failure> {
    let (sight, own) = (work.sight, work.state.request.clone());
    let name = format!("promotionRequests/{own}");
    let acted = work.record("posting", by, said)?;
    let to = match acted.case.open.as_ref().and_then(|open| open.due) {
        Some(Due::On(day)) => day,
        _ => {
            let message = "放假调休安排尚未公布,不能确定公示截止日";
            return Err(
                Failure::rule("CALENDAR_NOT_PUBLISHED", &name, message).with("request", name)
            );
        }
    };
    let content = match text.own.get(&own).map(String::as_str) {
        None | Some("") => text.common.clone(),
        Some(special) => format!("{}\n{special}", text.common),
    };
    let sealed = seal(sight, &work.state.person, &own, Part::Notice, &content)?;
    work.event(Command::Post(Notice {
        text: sealed,
        channels: text.channels.clone(),
        phone: text.phone.clone(),
        from: sight.today,
        to,
        by: by.clone(),
    }))?;
    Ok(to)
}

pub(super) async fn report(
    call: &Call,
    request: wire::RecordNoticeFeedbackRequest,
) -> Result<wire::RecordNoticeFeedbackResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::round::request("name", &request.name)?;
    let kept = Report {
        reporter: parse::round::optional("reporter", &request.reporter)?,
        text: parse::round::text("text", &request.text)?,
    };
    // The same however often the request is sent.
    let made = derived_id("feedback", &request.request_id, &call.principal.id);
    let feedback = FactId::new(made.to_string()).map_err(Failure::internal)?;
    let answered = feedback.to_string();
    let said = work::said(call, "公示期间收到反映");
    let done = on_request(call, &request, id, move |work| {
        let (sight, person) = (work.sight, work.state.person.clone());
        let own = work.state.request.clone();
        let part = Part::Feedback(feedback.as_str());
        let record = seal(sight, &person, &own, part, &kept)?;
        let (feedback, by) = (feedback.clone(), by.clone());
        work.event(Command::Report { feedback, record, by })?;
        if work.state.suspended.is_none() {
            let mut asked = Some(Asked::Pause { reason: PAUSED.to_owned() });
            work.act(&said, |_| Ok(asked.take()))?;
        }
        Ok(())
    });
    let done = done.await?;
    Ok(wire::RecordNoticeFeedbackResponse {
        request: Some(done.answer),
        feedback_id: answered,
        position: done.position.0,
    })
}

pub(super) async fn resolve(
    call: &Call,
    request: wire::ResolveNoticeFeedbackRequest,
) -> Result<wire::ResolveNoticeFeedbackResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::round::request("name", &request.name)?;
    let feedback: FactId = quanheng_runtime::wire::id("feedback_id", &request.feedback_id)?;
    let findings = parse::round::text("findings", &request.findings)?;
    let founded = request.founded;
    let said = work::said(call, &findings);
    let done = on_request(call, &request, id, move |work| {
        not_own(work, &by)?;
        let (sight, person) = (work.sight, work.state.person.clone());
        let own = work.state.request.clone();
        let part = Part::Resolution(feedback.as_str());
        let findings = seal(sight, &person, &own, part, &findings)?;
        let (feedback, by) = (feedback.clone(), by.clone());
        work.event(Command::Resolve { feedback, founded, findings, by })?;
        let reported = work.state.suspended.as_ref().is_some_and(|(reported, _)| *reported);
        let mut asked = match (founded, work.state.unresolved().next()) {
            (true, _) => Some(Asked::Stop),
            // What came to bar the candidate meanwhile keeps the request where it is.
            (false, None) if reported && !is_barred(work)? => Some(Asked::Resume),
            (false, _) => return Ok(()),
        };
        work.act(&said, |_| Ok(asked.take()))?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::ResolveNoticeFeedbackResponse {
        request: Some(done.answer),
        position: done.position.0,
    })
}

fn is_barred(work: &RequestWork<'_, '_>) -> Result<bool, Failure> {
    Ok(judge(work.sight, &work.state)?.found.suspension_causes().next().is_some())
}

/// Nobody decides on their own candidacy, nor on a relative's.
///
/// # Errors
/// `CONFLICT_OF_INTEREST`.
pub(super) fn not_own(
    work: &RequestWork<'_, '_>,
    by: &quanheng_policy::PersonId,
) -> Result<(), Failure> {
    let key = CaseKey::request(&work.state.request);
    let case = work.sight.need::<streams::Cases>(&streams::case(&key))?.as_ref();
    let Some(case) = case else { return Ok(()) };
    let relatives = quanheng_casework::people::relatives(work.sight, &case.about)?;
    match case.about.persons.contains(by) || relatives.contains(by) {
        false => Ok(()),
        true => {
            let message = format!("{by} 应当回避:事项涉及本人或其亲属");
            Err(Failure::new(tonic::Code::PermissionDenied, "CONFLICT_OF_INTEREST", message)
                .with("person", format!("persons/{by}"))
                .with("request", format!("promotionRequests/{}", work.state.request)))
        }
    }
}

pub(super) async fn close(
    call: &Call,
    request: wire::CloseNoticeRequest,
) -> Result<wire::CloseNoticeResponse, Failure> {
    let by = work::actor(call)?;
    let ids = parse::round::requests("requests", &request.requests)?;
    let result = parse::round::text("result", &request.result)?;
    let said = work::said(call, "");
    let turn = move |work: &mut RequestWork<'_, '_>| {
        let (sight, person) = (work.sight, work.state.person.clone());
        let own = work.state.request.clone();
        let name = format!("promotionRequests/{own}");
        let sealed = seal(sight, &person, &own, Part::Result, &result)?;
        let mut recorded = false;
        work.act(&said, |case| {
            if std::mem::replace(&mut recorded, true) {
                return Ok(None);
            }
            let open = case.and_then(|case| case.open.as_ref());
            let waiting = open.filter(|open| open.step.as_str() == "notice");
            match waiting.and_then(|open| open.due) {
                // What time brings may not have been looked for yet.
                Some(due) if work::is_over(due, sight.today) => {
                    recorded = false;
                    Ok(Some(Asked::Tick))
                }
                Some(Due::On(last)) => {
                    Err(Failure::rule("NOTICE_TOO_SHORT", &name, format!("公示至 {last},尚未期满"))
                        .with("last_day", last.to_string()))
                }
                _ => work::recording(sight, case, "closing", &by, &name).map(Some),
            }
        })?;
        work.event(Command::CloseNotice { result: sealed, by: by.clone() })
    };
    let answered = |requests| wire::CloseNoticeResponse { requests, position: 0 };
    let done = on_requests(call, &request, ids, turn, nothing_more, answered).await?;
    Ok(wire::CloseNoticeResponse { position: done.position.0, ..done.answer })
}

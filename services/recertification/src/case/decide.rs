//! Decisions about a case.

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_recertification::MaterialStatus;
use quanheng_streams::{
    Consulted, Precedent, RecertificationEvent as Event, RecertificationState, Verdict,
};

use super::{Asked, Command, Refusal};

/// What a command brings about.
///
/// # Errors
/// Why not; nothing changes then.
pub(crate) fn decide(
    state: Option<&RecertificationState>,
    command: Command,
    on: Date,
) -> Result<Event, Refusal> {
    if let Command::Create { case, unit, campaign, asked, renews, by } = command {
        if state.is_some() {
            return Err(Refusal::Exists);
        }
        let Asked { change, changes, route, grounds, reason } = *asked;
        let (change, grounds) = (Box::new(change), Box::new(grounds));
        return Ok(Event::CaseCreated {
            case,
            unit,
            campaign,
            change,
            changes,
            route,
            grounds,
            reason,
            renews,
            by,
            on,
        });
    }
    let state = state.ok_or(Refusal::Missing)?;
    match command {
        Command::Register { .. }
        | Command::OweCentralFiling { .. }
        | Command::FileCentrally { .. }
        | Command::PublishPrecedent { .. } => decided(state, command, on),
        command => undecided(state, command, on),
    }
}

/// On the way to a decision.
fn undecided(state: &RecertificationState, command: Command, on: Date) -> Result<Event, Refusal> {
    if state.decision.is_some() || state.withdrawn.is_some() {
        return Err(Refusal::WrongState("事项已有结论或已撤回"));
    }
    Ok(match command {
        Command::Update { asked, by } => {
            let Asked { change, changes, route, grounds, reason } = *asked;
            if route != state.route {
                return Err(Refusal::OtherRoute);
            }
            let (change, grounds) = (Box::new(change), Box::new(grounds));
            Event::CaseUpdated { change, changes, route, grounds, reason, by, on }
        }
        Command::SubmitMaterials { files, by } => Event::MaterialsSubmitted { files, by, on },
        Command::ReviewMaterial { code, status, reason, by } => {
            reviewed(state, code, status, reason, by, on)?
        }
        Command::Submit { by } => match state.submitted_on {
            Some(_) => return Err(Refusal::WrongState("事项已申报")),
            None => Event::CaseSubmitted { by, on },
        },
        Command::RequestCorrection { text, materials, by } => {
            Event::CorrectionRequested { text, materials, by, on }
        }
        Command::AnswerCorrection { answer, by } => {
            let open = state.corrections.last().is_some_and(|last| last.answered.is_none());
            match open {
                true => Event::CorrectionAnswered { answer, by, on },
                false => return Err(Refusal::WrongState("没有待补正的反馈")),
            }
        }
        Command::Consult { document, title, by } => {
            Event::DocumentConsulted { consulted: Consulted { document, title, by, on } }
        }
        Command::Refer { question, by } => match waits(state) {
            true => return Err(Refusal::WrongState("已转机构编制部门,尚未答复")),
            false => Event::CaseReferred { question, by, on },
        },
        Command::AnswerReferral { answer, document, by } => match waits(state) {
            true => Event::ReferralAnswered { answer, document, by, on },
            false => return Err(Refusal::WrongState("没有待答复的转办")),
        },
        Command::RecordOpinion { opinion, text } => Event::OpinionRecorded { opinion, text, on },
        Command::PassGate { gate } => Event::GatePassed { gate },
        Command::ReturnGates { from, opinions } => Event::GatesReturned { from, opinions, on },
        Command::Decide { decision } => Event::CaseDecided { decision },
        Command::Withdraw { reason, by } => Event::CaseWithdrawn { reason, by, on },
        _ => return Err(Refusal::WrongState("事项尚无结论")),
    })
}

/// Whether the establishment office is being asked.
fn waits(state: &RecertificationState) -> bool {
    state.referrals.last().is_some_and(|last| last.answered.is_none())
}

fn reviewed(
    state: &RecertificationState,
    code: String,
    status: MaterialStatus,
    reason: String,
    by: PersonId,
    on: Date,
) -> Result<Event, Refusal> {
    let there = state.materials.get(&code).is_some_and(|material| !material.files.is_empty());
    match (there, status) {
        (false, _) => Err(Refusal::NoSuchMaterial(code)),
        (true, MaterialStatus::Rejected) if reason.trim().is_empty() => {
            Err(Refusal::Invalid("materials.reason", "退回材料须说明理由"))
        }
        (true, MaterialStatus::Accepted | MaterialStatus::Rejected) => {
            Ok(Event::MaterialReviewed { code, status, reason, by, on })
        }
        (true, _) => Err(Refusal::Invalid("materials.status", "应为已接受或退回")),
    }
}

/// After the decision.
fn decided(state: &RecertificationState, command: Command, today: Date) -> Result<Event, Refusal> {
    let decision = state.decision.as_ref().ok_or(Refusal::WrongState("事项尚无结论"))?;
    Ok(match command {
        Command::Register { on, by } => {
            if decision.verdict != Verdict::Approved || state.registered_on.is_some() {
                return Err(Refusal::WrongState("不是予以认定而尚未登记的事项"));
            }
            if on < decision.on || on > today {
                return Err(Refusal::Invalid("registered_on", "应在批准之日至今日之间"));
            }
            Event::UnitEnteredRegister { by, on }
        }
        Command::OweCentralFiling { due_on } => Event::CentralFilingDue { due_on },
        Command::FileCentrally { document, by } => {
            if state.central_filing_due.is_none() || state.centrally_filed.is_some() {
                return Err(Refusal::WrongState("不是待报中央备案的事项"));
            }
            Event::CentrallyFiled { document, by, on: today }
        }
        Command::PublishPrecedent { title, summary, by } => {
            let precedent = Precedent { title, summary, on: today };
            Event::PrecedentPublished { precedent, by }
        }
        _ => return Err(Refusal::WrongState("事项已有结论")),
    })
}

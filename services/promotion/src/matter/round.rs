//! Rounds as cases: the Party group decides on the plan, and the pre-review covers it.

use quanheng_casework::Sight;
use quanheng_casework::case::{Matter, Said, Turn};
use quanheng_eventlog::{EventDraft, Read};
use quanheng_ledger::event::ReleaseReason;
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, CaseKind, RoundState};
use quanheng_workflow::definition::{Check, Outcome};
use quanheng_workflow::event::Event;

use crate::round::Command;
use crate::seats;
use crate::work::{self, RoundWork};

/// The matter of rounds.
#[derive(Debug, Clone, Default)]
pub struct RoundMatter {
    /// The round as it will be, where this service itself acts.
    own: Option<Box<RoundState>>,
}

impl RoundMatter {
    /// For a round as it will be.
    pub(crate) fn over(round: RoundState) -> Self {
        Self { own: Some(Box::new(round)) }
    }

    fn round(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<RoundState, Failure> {
        if let Some(round) = &self.own {
            return Ok((**round).clone());
        }
        let id = key.as_round().ok_or_else(|| Failure::not_found(format!("cases/{key}")))?;
        work::round(sight, &id).cloned()
    }
}

impl Matter for RoundMatter {
    fn kind(&self) -> CaseKind {
        CaseKind::Round
    }

    fn flow(&self) -> &'static str {
        "promotion_round"
    }

    fn reads(&self, key: &CaseKey) -> Vec<Read> {
        let round = key.as_round().map(|id| streams::promotion_round(&id));
        round.map(streams::state::<streams::Rounds>).into_iter().collect()
    }

    fn check(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        check: Check,
        _: &Said,
    ) -> Result<Vec<RuleFault>, Failure> {
        let round = self.round(sight, key)?;
        match (check, &round.hold) {
            (Check::HoldsCoverTargets, Some(hold)) => seats::plan_uncovered(sight, &round, hold),
            (Check::HoldsCoverTargets, None) => Ok(vec![RuleFault {
                code: "PRE_REVIEW_REQUIRED".to_owned(),
                subject: format!("promotionRounds/{}", round.round),
                message: "尚未记录职数使用预审".to_owned(),
            }]),
            _ => Err(work::no_such_check(key, check)),
        }
    }

    fn follow(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        turn: &Turn<'_>,
    ) -> Result<Vec<EventDraft>, Failure> {
        let mut round = RoundWork::of(sight, self.round(sight, key)?);
        let mut minutes = None;
        for event in turn.events {
            match event {
                Event::Recorded { .. } if self.own.is_none() => {
                    return Err(work::recorded_elsewhere(key));
                }
                Event::BodyDecided { meeting, adopted, by } => {
                    let by = by.person.clone();
                    minutes = Some(meeting.minutes.clone());
                    let minutes = meeting.minutes.clone();
                    round.event(Command::DecidePlan { adopted: *adopted, minutes, by })?;
                }
                Event::CaseEnded { outcome: Outcome::Refused, .. } if minutes.is_none() => {
                    let by = turn.after.initiator.clone();
                    let minutes = turn.said.minutes.clone();
                    round.event(Command::DecidePlan { adopted: false, minutes, by })?;
                }
                Event::Withdrawn { reason, by } => {
                    let (reason, by) = (reason.clone(), by.person.clone());
                    round.event(Command::Withdraw { reason, by })?;
                    if let Some(hold) = round.state.hold.clone() {
                        let reason = ReleaseReason::Withdrawn;
                        let account = round.state.account.clone();
                        let all = |_| true;
                        round.drafts.extend(seats::release(sight, &account, &hold, all, reason)?);
                    }
                }
                _ => {}
            }
        }
        Ok(round.drafts)
    }
}

//! What is asked of several requests at once, and what becomes of all of them when their
//! pre-reviews run out.

use jiff::civil::Date;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_e2e::request_id;

use super::command::{Decision, DecisionMessage};
use super::game::{Game, Known, STEPS};
use super::steps::{MINUTES, name, task};
use super::town::basis;

impl Game {
    /// Whatever can be done for several at once: that of one's step, with all others there;
    /// sometimes with one that is not there, which refuses them all.
    pub(super) async fn several(&mut self, id: &str) {
        let known = self.requests[id].clone();
        let Some(step) = known.at.and_then(|at| STEPS.get(at)) else { return };
        let own = |other: &Known| other.moves(step) && other.round == known.round;
        let there = self.requests.iter().filter(|(_, other)| own(other));
        let mut ids: Vec<String> = there.map(|(id, _)| id.clone()).collect();
        if self.below(4) == 0 && !ids.contains(&id.to_owned()) {
            ids.push(id.to_owned());
        }
        if ids.is_empty() {
            return;
        }
        match *step {
            "eligibility" | "approval" => self.batch(ids, *step == "approval").await,
            _ => self.together(ids).await,
        }
    }

    /// Each decision has an outcome of its own.
    async fn batch(&mut self, ids: Vec<String>, head: bool) {
        let step = if head { "approval" } else { "eligibility" };
        let at = STEPS.iter().position(|own| *own == step).unwrap_or_default();
        let decision = |id: &String| approval::TaskDecision {
            task: task(id, at),
            verdict: approval::Verdict::Approve.into(),
            opinion: "同意".to_owned(),
            basis: basis(self.today),
            minutes_ref: MINUTES.to_owned(),
            etag: String::new(),
            meeting: None,
        };
        let message = approval::BatchDecideTasksRequest {
            decisions: ids.iter().map(decision).collect(),
            atomic: false,
            request_id: request_id(),
            validate_only: false,
        };
        let told = self.must(Decision { head, message: DecisionMessage::Batch(message) }).await;
        let told: Vec<&str> = told.split(' ').collect();
        assert_eq!(told.len(), ids.len());
        for (id, told) in ids.iter().zip(told) {
            let known = &self.requests[id];
            let may = known.moves(step) && self.covered(known);
            assert_eq!(told == "+", may, "{id} {told} {known:?}");
            if may {
                self.goes_on(id);
            }
        }
    }

    /// All or none.
    pub(super) async fn together(&mut self, ids: Vec<String>) {
        let Some(at) = self.requests[&ids[0]].at.filter(|at| *at < STEPS.len()) else { return };
        let step = STEPS[at];
        let all = |own: &String| self.requests[own].moves(step);
        let covered = |own: &String| self.covered(&self.requests[own]);
        let needs_seats = matches!(step, "closing" | "appointment");
        let may = ids.iter().all(all) && (!needs_seats || ids.iter().all(covered));
        let requests: Vec<String> = ids.iter().map(|id| name(id)).collect();
        let told = match step {
            "posting" => {
                let message = self.posting(self.requests[&ids[0]].round, &requests);
                self.ask(message, may).await
            }
            "closing" | "notice" => {
                let message = promotion::CloseNoticeRequest {
                    requests,
                    result: "公示期间无异议".to_owned(),
                    request_id: request_id(),
                    validate_only: false,
                };
                self.ask(message, may && step == "closing").await
            }
            "appointment" => {
                let message = promotion::ConfirmAppointmentRequest {
                    requests,
                    basis: basis(self.today),
                    request_id: request_id(),
                    validate_only: false,
                };
                self.ask(message, may).await
            }
            "filing" => {
                let message = promotion::FilePromotionRequest {
                    requests,
                    request_id: request_id(),
                    validate_only: false,
                };
                self.ask(message, may).await
            }
            _ => return,
        };
        if told.is_some() {
            ids.iter().for_each(|id| self.goes_on(id));
        }
    }

    fn posting(&self, round: usize, requests: &[String]) -> promotion::PostNoticeRequest {
        let entries = requests.iter().map(|request| promotion::NoticeEntry {
            request: request.clone(),
            text: "拟晋升二级主任科员".to_owned(),
        });
        promotion::PostNoticeRequest {
            round: self.round_name(round),
            entries: entries.collect(),
            text: "拟晋升职级人选公示".to_owned(),
            channels: vec!["单位公示栏".to_owned()],
            phone: "12380".to_owned(),
            start_on: None,
            request_id: request_id(),
            validate_only: false,
        }
    }

    /// Files every use that is not filed.
    pub(super) async fn file_all(&mut self) {
        let filing = self.requests.iter().filter(|(_, known)| known.moves("filing"));
        let ids: Vec<String> = filing.map(|(id, _)| id.clone()).collect();
        if !ids.is_empty() {
            self.together(ids).await;
        }
    }

    /// The holds are released that ran out: nobody is promoted by them any more.
    pub(super) async fn runs_out(&mut self, today: Date) {
        self.today = today;
        self.notices_end().await;
        self.rounds.iter_mut().for_each(|round| round.expired = true);
        let open = self.requests.iter().filter(|(_, known)| known.open());
        for id in open.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.forward_if_uncovered(&id).await;
            self.withdraw(&id).await;
        }
    }

    /// What needs seats is refused without them.
    async fn forward_if_uncovered(&mut self, id: &str) {
        let step = self.requests[id].at.and_then(|at| STEPS.get(at));
        if matches!(step, Some(&("closing" | "approval" | "appointment"))) {
            self.forward(id).await;
        }
    }
}

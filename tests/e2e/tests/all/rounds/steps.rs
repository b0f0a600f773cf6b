//! What is asked of a request, what the model says to it, and what it brings about.

use std::time::{Duration, Instant};

use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{request_id, staff};
use registry::person_event::{CloseInvestigation, Event};

use super::command::{Decision, DecisionMessage};
use super::game::{CLOSING, Game, Known, NOTICE, STEPS};
use super::town::{TO, basis};

pub(super) fn name(id: &str) -> String {
    format!("promotionRequests/{id}")
}

/// A task of a request's case, by its step: nothing waits for anybody in a notice.
pub(super) fn task(id: &str, at: usize) -> String {
    format!("approvalTasks/request.{id}.{}", if at > NOTICE { at + 1 } else { at + 2 })
}

fn conditions() -> Vec<promotion::BasicCondition> {
    let condition =
        |kind| promotion::BasicCondition { kind, passed: true, note: "符合".to_owned() };
    (1..=5).map(condition).collect()
}

pub(super) const MINUTES: &str = "部务会纪要〔2026〕11号";

impl Game {
    pub(super) fn round_name(&self, nr: usize) -> String {
        format!("promotionRounds/{}", self.rounds[nr].id)
    }

    fn known(&mut self, id: &str) -> &mut Known {
        self.requests.get_mut(id).expect("a request of this unit's")
    }

    pub(super) async fn draft(&mut self, person: usize) {
        let round = self.rounds.len() - 1;
        let id = format!("{}-q{}", self.unit, self.requests.len());
        let message = promotion::CreatePromotionRequestRequest {
            round: self.round_name(round),
            person: format!("persons/{}", self.person(person)),
            rank: TO.to_owned(),
            nomination: "工作实绩突出".to_owned(),
            conditions: conditions(),
            promotion_request_id: id.clone(),
            request_id: request_id(),
            ..Default::default()
        };
        let may = !self.rounds[round].closed;
        if self.ask(message, may).await.is_some() {
            let mut known = Known { round, person, ..Known::default() };
            known.tell("request_created");
            self.requests.insert(id, known);
        }
    }

    /// Mostly a draft.
    pub(super) async fn submit_some(&mut self, id: String) {
        let draft = |known: &Known| known.at.is_none() && !known.ended;
        let drafts = self.requests.iter().filter(|(_, known)| draft(known));
        let drafts: Vec<String> = drafts.map(|(id, _)| id.clone()).collect();
        match drafts.is_empty() || self.below(4) == 0 {
            true => self.submit(&id).await,
            false => {
                let draft = drafts[self.below(drafts.len())].clone();
                self.submit(&draft).await;
            }
        }
    }

    async fn submit(&mut self, id: &str) {
        let known = self.requests[id].clone();
        if self.barred.contains_key(&known.person) {
            return; // Whoever is barred already is stopped by the reviewer.
        }
        let round = &self.rounds[known.round];
        let left = self.taken(known.round) + round.lost < round.moves && !round.expired;
        let fresh = known.at.is_none() && !known.ended && !known.suspended;
        let free = !self.promoted.contains(&known.person) && !self.is_candidate(known.person);
        let may = fresh && left && free && !round.closed;
        let message = promotion::SubmitPromotionRequestRequest {
            name: name(id),
            request_id: request_id(),
            ..Default::default()
        };
        if self.ask(message, may).await.is_some() {
            let known = self.known(id);
            known.at = Some(0);
            known.tell("request_submitted");
        }
    }

    pub(super) async fn withdraw(&mut self, id: &str) {
        let known = &self.requests[id];
        let may = !known.ended && !known.appointed;
        let message = promotion::WithdrawPromotionRequestRequest {
            name: name(id),
            reason: "本人另有安排".to_owned(),
            request_id: request_id(),
            ..Default::default()
        };
        if self.ask(message, may).await.is_some() {
            self.known(id).withdrawn = true;
            self.end(id);
        }
    }

    fn end(&mut self, id: &str) {
        let known = self.known(id);
        known.ended = true;
        known.tell("request_ended");
        let (round, had) = (known.round, known.at.is_some());
        self.rounds[round].lost += usize::from(had);
    }

    /// Not to be promoted, where somebody decides that.
    pub(super) async fn refuse(&mut self, id: &str) {
        let known = self.requests[id].clone();
        let Some(at) = known.at else { return };
        let step = STEPS.get(at).copied().unwrap_or_default();
        let may = known.open() && !known.suspended;
        let told = match step {
            "eligibility" | "approval" => {
                let message = approval::RefuseTaskRequest {
                    name: task(id, at),
                    opinion: "暂不晋升".to_owned(),
                    minutes_ref: MINUTES.to_owned(),
                    basis: basis(self.today),
                    request_id: request_id(),
                    ..Default::default()
                };
                let message = DecisionMessage::Refuse(message);
                self.ask(Decision { head: step == "approval", message }, may).await
            }
            "candidates" => {
                let mut message = staff::unanimous(task(id, at));
                if let Some(meeting) = &mut message.meeting {
                    (meeting.in_favour, meeting.against) = (1, 2);
                }
                self.ask(message, may).await
            }
            _ => return,
        };
        if told.is_some() {
            self.known(id).tell(decided(step));
            self.end(id);
        }
    }

    /// A report is taken down from the posting to the result.
    pub(super) async fn report(&mut self, id: &str) {
        let known = &self.requests[id];
        let may = known.open() && matches!(known.at, Some(NOTICE | CLOSING));
        let message = promotion::RecordNoticeFeedbackRequest {
            name: name(id),
            reporter: "样例群众".to_owned(),
            text: "反映内容样例".to_owned(),
            request_id: request_id(),
            ..Default::default()
        };
        if let Some(told) = self.ask(message, may).await {
            let report =
                told.split("feedback_id: \"").nth(1).and_then(|rest| rest.split('"').next());
            let report = report.expect("a report has an id").to_owned();
            let known = self.known(id);
            known.reports.push(report);
            known.tell("feedback_received");
            known.reported |= !known.suspended;
            if !known.suspended {
                known.pause();
            }
        }
    }

    pub(super) async fn resolve(&mut self) {
        let reported = self.requests.iter().filter(|(_, known)| !known.reports.is_empty());
        let ids: Vec<String> = reported.map(|(id, _)| id.clone()).collect();
        let Some(id) = ids.get(self.below(ids.len())).cloned() else { return };
        let (known, founded) = (self.requests[&id].clone(), self.below(4) == 0);
        let may = known.open();
        let message = promotion::ResolveNoticeFeedbackRequest {
            name: name(&id),
            feedback_id: known.reports.last().cloned().unwrap_or_default(),
            founded,
            findings: "核实情况样例".to_owned(),
            request_id: request_id(),
            ..Default::default()
        };
        if self.ask(message, may).await.is_none() {
            return;
        }
        let barred = self.barred.contains_key(&known.person);
        let today = self.today;
        let known = self.known(&id);
        known.reports.pop();
        known.tell("feedback_resolved");
        match (founded, known.reports.is_empty()) {
            (true, _) => self.end(&id),
            (false, true) if known.reported && !barred => known.resume(today),
            (false, _) => {}
        }
    }

    pub(super) async fn suspend(&mut self, id: &str) {
        let known = &self.requests[id];
        let may = !known.ended && !known.suspended && !known.appointed;
        let message = promotion::SuspendRequest {
            name: name(id),
            reason: "有关问题待核实".to_owned(),
            request_id: request_id(),
            ..Default::default()
        };
        if self.ask(message, may).await.is_some() {
            self.known(id).pause();
        }
    }

    /// Mostly one that is suspended.
    pub(super) async fn resume_some(&mut self, id: String) {
        let paused = self.requests.iter().filter(|(_, known)| known.suspended && !known.ended);
        let paused: Vec<String> = paused.map(|(id, _)| id.clone()).collect();
        let id = match paused.is_empty() || self.below(4) == 0 {
            true => id,
            false => paused[self.below(paused.len())].clone(),
        };
        let known = &self.requests[&id];
        let barred = self.barred.contains_key(&known.person);
        let may = !known.ended && known.suspended && known.reports.is_empty() && !barred;
        let message = promotion::ResumeRequest {
            name: name(&id),
            request_id: request_id(),
            ..Default::default()
        };
        if self.ask(message, may).await.is_some() {
            let today = self.today;
            self.known(&id).resume(today);
        }
    }

    pub(super) async fn close(&mut self, round: usize) {
        let message = promotion::ClosePromotionRoundRequest {
            name: self.round_name(round),
            reason: "申报期满".to_owned(),
            request_id: request_id(),
            ..Default::default()
        };
        let may = !self.rounds[round].closed;
        self.ask(message, may).await;
        self.rounds[round].closed = true;
    }

    /// An investigation is opened: whose candidacy is open is stopped without being asked for.
    pub(super) async fn bar(&mut self, person: usize) {
        if self.barred.contains_key(&person) {
            return;
        }
        let id = format!("i{}", self.fresh());
        let opened = registry::Investigation {
            id: id.clone(),
            opened_by: "示例区纪委监委".to_owned(),
            ..Default::default()
        };
        self.happens(person, Event::OpenInvestigation(opened)).await;
        self.barred.insert(person, id);
        let open = |known: &Known| known.person == person && known.open() && !known.suspended;
        let open = self.requests.iter().filter(|(_, known)| open(known));
        for id in open.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.comes_to(&id, promotion::PromotionRequestState::Suspended).await;
            self.known(&id).pause();
        }
    }

    /// It ends; nothing goes on by that.
    pub(super) async fn bar_ends(&mut self) {
        let people: Vec<usize> = self.barred.keys().copied().collect();
        let Some(person) = people.get(self.below(people.len())).copied() else { return };
        let closed = CloseInvestigation {
            id: self.barred.remove(&person).unwrap_or_default(),
            on: Some(quanheng_api::date(self.today)),
            outcome: "查无问题".to_owned(),
        };
        self.happens(person, Event::CloseInvestigation(closed)).await;
    }

    async fn happens(&mut self, person: usize, event: Event) {
        let message = registry::RecordPersonEventsRequest {
            name: format!("persons/{}", self.person(person)),
            events: vec![registry::PersonEvent { event: Some(event), basis: basis(self.today) }],
            request_id: request_id(),
            ..Default::default()
        };
        self.must(message).await;
    }

    /// Waits for what nobody asks for.
    async fn comes_to(&self, id: &str, state: promotion::PromotionRequestState) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let found = self.request(id).await;
            if found.state() == state {
                return;
            }
            assert!(Instant::now() < deadline, "{id} does not come to {state:?}: {found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Every notice that stood is over by now.
    pub(super) async fn notices_end(&mut self) {
        let stands = |known: &Known| known.moves("notice");
        let ids = self.requests.iter().filter(|(_, known)| stands(known));
        for id in ids.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.comes_to(&id, promotion::PromotionRequestState::NoticeEnded).await;
            self.known(&id).at = Some(CLOSING);
        }
    }

    /// What the step asks for that a request stands at.
    pub(super) async fn forward(&mut self, id: &str) {
        let known = self.requests[id].clone();
        let Some(at) = known.at.filter(|at| *at < STEPS.len()) else { return };
        let may = known.moves(STEPS[at]) && at != NOTICE;
        let told = match STEPS[at] {
            step @ ("eligibility" | "approval") => {
                let head = step == "approval";
                let mut message = staff::approve(task(id, at), basis(self.today));
                message.minutes_ref = MINUTES.to_owned();
                let message = DecisionMessage::Approve(message);
                self.ask(Decision { head, message }, may && self.covered(&known)).await
            }
            "recommendation" => {
                let votes = vec![promotion::RequestVotes { request: name(id), votes: 9 }];
                let message = promotion::RecordRecommendationRequest {
                    round: self.round_name(known.round),
                    voters: 12,
                    valid_ballots: 11,
                    votes,
                    request_id: request_id(),
                    validate_only: false,
                };
                self.ask(message, may).await
            }
            "vetting" => {
                let vetting = promotion::Vetting {
                    method: "个别谈话".to_owned(),
                    interviews: "谈话 8 人,反映良好".to_owned(),
                    file_check: "档案齐全".to_owned(),
                    discipline_opinion: "无不良反映".to_owned(),
                    integrity_reply: "同意".to_owned(),
                };
                let message = promotion::RecordVettingRequest {
                    name: name(id),
                    vetting: Some(vetting),
                    request_id: request_id(),
                    ..Default::default()
                };
                self.ask(message, may).await
            }
            "candidates" => self.ask(staff::unanimous(task(id, at)), may).await,
            _ => return self.together(vec![id.to_owned()]).await,
        };
        if told.is_some() {
            self.goes_on(id);
        }
    }

    pub(super) fn covered(&self, known: &Known) -> bool {
        !self.rounds[known.round].expired
            || STEPS.get(known.at.unwrap_or(9)) == Some(&"eligibility")
    }

    /// A request takes its step.
    pub(super) fn goes_on(&mut self, id: &str) {
        let today = self.today;
        let known = self.known(id);
        let at = known.at.unwrap_or_default();
        if STEPS[at] == "posting" {
            known.noticed_on = Some(today);
        }
        known.tell(decided(STEPS[at]));
        known.at = Some(at + 1);
        let person = known.person;
        if STEPS[at] == "appointment" {
            known.appointed = true;
            self.promoted.insert(person);
        }
    }
}

/// The event of a step that was taken.
fn decided(step: &str) -> &'static str {
    match step {
        "eligibility" => "eligibility_decided",
        "recommendation" => "recommendation_recorded",
        "vetting" => "vetting_recorded",
        "candidates" => "candidate_decided",
        "posting" => "notice_posted",
        "closing" => "notice_closed",
        "approval" => "approval_decided",
        "appointment" => "appointed",
        _ => "promotion_filed",
    }
}

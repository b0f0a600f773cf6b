//! A county's department, and what a unit needs before its rounds: offices, people in rank,
//! seats, a plan that was adopted, a pre-review that was granted.

use jiff::civil::{Date, date};
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, Who, made, request_id, staff};
use quanheng_policy::codes::DivisionCode;
use registry::person_event::Event;

use super::game::{Game, Round};

/// Everybody's rank, and the one they are to be promoted to.
pub(super) const FROM: &str = "GM09";
pub(super) const TO: &str = "GM08";
/// People of a unit, all in [`FROM`].
pub(super) const CLERKS: usize = 6;
/// The seats of 一级、二级主任科员 that a unit of 14 has, and its posts.
pub(super) const SEATS: usize = 4;
const POSTS: u32 = 14;
/// Moves of the first pre-review.
const MOVES: usize = 3;

/// The county's organisation department, and who sits in it.
pub(super) async fn department(client: &Client) {
    let division = DivisionCode::parse("420106").expect("a code");
    client.registry().create_unit(made::unit("org")).await.expect("a unit");
    for who in [Who::Everything, Who::Decider, Who::Secretary, Who::Reviewer, Who::Head] {
        staff::register(client, who, "units/org", &division).await.expect("a person");
    }
    staff::authority(client, "420106", "units/org").await.expect("an authority");
    for (role, who) in [
        (staff::REVIEWER, Who::Reviewer),
        (staff::ELIGIBILITY_REVIEWER, Who::Reviewer),
        (staff::HEAD, Who::Head),
        (staff::APPROVING_AUTHORITY, Who::Head),
        (staff::APPOINTMENT_OFFICER, Who::Decider),
    ] {
        staff::office(client, "units/org", role, who).await.expect("an office");
    }
}

/// A document of a day.
pub(super) fn basis(day: Date) -> Option<Basis> {
    Some(Basis {
        document_number: format!("鄂组通〔{}〕7号", day.year()),
        effective_on: Some(quanheng_api::date(day)),
    })
}

fn happened(event: Event, on: Date) -> registry::PersonEvent {
    registry::PersonEvent { event: Some(event), basis: basis(on) }
}

/// In rank since July 2022, competent in every year since.
fn career() -> Vec<registry::PersonEvent> {
    let spell = registry::RankSpell {
        category: "general_management".to_owned(),
        rank: FROM.to_owned(),
        reason: registry::RankReason::Promotion.into(),
        ..Default::default()
    };
    let years = (2022..=2025).map(|year| {
        let assessment = registry::Assessment {
            year,
            result: "competent".to_owned(),
            confirmed_on: Some(quanheng_api::date(date(year as i16 + 1, 2, 1))),
            raw: String::new(),
        };
        happened(Event::RecordAssessment(assessment), date(2026, 3, 2))
    });
    [happened(Event::TakeRank(spell), date(2022, 7, 1))].into_iter().chain(years).collect()
}

impl Game {
    /// Everything up to the first open round.
    pub(super) async fn found(&mut self) {
        let (unit, name) = (self.unit.clone(), format!("units/{}", self.unit));
        let mut create = made::unit(&unit);
        if let Some(profile) = &mut create.profile {
            profile.establishment =
                Some(registry::Establishment { administrative: POSTS, ..Default::default() });
        }
        self.must(create).await;
        for (role, who) in [
            (staff::SECRETARY, Who::Secretary),
            (staff::PERSONNEL_OFFICER, Who::Everything),
            (staff::VETTING_OFFICER, Who::Everything),
        ] {
            self.must(staff::seat(&name, role, who)).await;
        }
        for person in self.people() {
            let seed = 1_000 * (self.worker as u64 + 1) + self.fresh();
            let mut create = made::person(&person, &unit, seed);
            create.basis = basis(date(2021, 6, 1));
            self.must(create).await;
            let happened = registry::RecordPersonEventsRequest {
                name: format!("persons/{person}"),
                events: career(),
                request_id: request_id(),
                ..Default::default()
            };
            self.must(happened).await;
        }
        let determine = quota::DetermineQuotaRequest {
            owner: Some(quota::determine_quota_request::Owner::Unit(name)),
            basis: basis(date(2026, 3, 2)),
            request_id: request_id(),
            ..Default::default()
        };
        self.must(determine).await;
        let holders = self.people().into_iter().map(|person| quota::OpeningHolder {
            person: format!("persons/{person}"),
            rank: FROM.to_owned(),
            since: Some(quanheng_api::date(date(2022, 7, 1))),
            ..Default::default()
        });
        let opening = quota::RecordOpeningBalancesRequest {
            account: self.account(),
            holders: holders.collect(),
            basis: basis(date(2026, 3, 2)),
            request_id: request_id(),
            ..Default::default()
        };
        self.must(opening).await;
        self.open_round(MOVES).await;
    }

    /// A round whose plan was adopted, over a pre-review of so many moves.
    pub(super) async fn open_round(&mut self, moves: usize) {
        let id = format!("{}-r{}", self.unit, self.rounds.len());
        let plan = promotion::PromotionPlan {
            title: "2026年职级晋升".to_owned(),
            scope: "本局综合管理类公务员".to_owned(),
            ranks: vec![promotion::PlannedRank { rank: TO.to_owned(), seats: moves as u32 }],
            conditions: "符合任职年限和考核要求".to_owned(),
            timetable: vec![promotion::Milestone {
                what: "完成备案".to_owned(),
                by: Some(quanheng_api::date(date(2026, 12, 1))),
            }],
        };
        let create = promotion::CreatePromotionRoundRequest {
            unit: format!("units/{}", self.unit),
            account: self.account(),
            plan: Some(plan),
            round_id: id.clone(),
            request_id: request_id(),
            validate_only: false,
        };
        self.must(create).await;
        self.must(staff::unanimous(format!("approvalTasks/round.{id}.2"))).await;
        let hold = format!("{}/holds/{id}", self.account());
        let ask = quota::RequestPreReviewRequest {
            account: self.account(),
            unit: format!("units/{}", self.unit),
            moves: vec![quota::Move { leaves: FROM.to_owned(), to: TO.to_owned() }; moves],
            unit_opinion: "同意申报".to_owned(),
            hold_id: id.clone(),
            basis: basis(self.today),
            request_id: request_id(),
            ..Default::default()
        };
        self.must(ask).await;
        self.must(staff::unanimous(staff::task(&hold, 2))).await;
        self.decides(false, staff::approve(staff::task(&hold, 3), None)).await;
        self.decides(true, staff::approve(staff::task(&hold, 4), basis(self.today))).await;
        let attach = promotion::AttachPreReviewRequest {
            name: format!("promotionRounds/{id}"),
            hold,
            request_id: request_id(),
            ..Default::default()
        };
        self.must(attach).await;
        self.rounds.push(Round { id, moves, ..Round::default() });
    }

    async fn decides(&mut self, head: bool, message: approval::ApproveTaskRequest) {
        use super::command::{Decision, DecisionMessage};
        self.must(Decision { head, message: DecisionMessage::Approve(message) }).await;
    }
}

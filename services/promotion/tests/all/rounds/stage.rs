//! A county with a bureau and its organisation department, people in their offices, seats,
//! and short ways to do what a step asks for.

use std::sync::Arc;

use jiff::civil::Date as Day;
use quanheng_casework::case::{self, Matters, Said};
use quanheng_casework::{Scope, run_asked};
use quanheng_ledger::account::{Account, Holder, Origin};
use quanheng_ledger::command::{Command as Ledger, Determine, UnitOwner};
use quanheng_ledger::event::Basis as LedgerBasis;
use quanheng_ledger::hold::{MoveRequest, Status};
use quanheng_ledger::id::{AccountKey, CaseId, HoldId, OwnerId};
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{CategoryId, PersonId, QuotaClassId, RankId, UnitId};
use quanheng_register::person::Person;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Asked, Decided, Failure, House};
use quanheng_streams::{AuthorityEvent, CaseKey, OfficeEvent, RequestId, RequestState, RoundId};
use quanheng_workflow::case::{Case, TaskNr, TaskState};
use quanheng_workflow::command::Command;
use quanheng_workflow::definition::Role as Office;
use quanheng_workflow::event::Meeting;

pub(crate) use crate::world::*;
pub(crate) use quanheng_api::quanheng::promotion::v1 as wire;
pub(crate) use quanheng_api::quanheng::promotion::v1::promotion_service_server::PromotionService as _;
pub(crate) use quanheng_identity::{Principal, Role};
pub(crate) use quanheng_streams as streams;
pub(crate) use tonic::Code;

/// The account of the bureau.
pub(crate) const ACCOUNT: &str = "quotaAccounts/u1.general_management";

/// Calls an RPC as somebody.
macro_rules! rpc {
    ($stage:expr, $who:expr, $method:ident, $message:expr) => {{
        let answer = $stage.world.api.$method(request(&$who, $message)).await;
        answer.map(tonic::Response::into_inner).map_err(|status| told(&status))
    }};
}
pub(crate) use rpc;

pub(crate) struct Stage {
    pub(crate) world: World,
}

/// Somebody of the bureau who does its part.
pub(crate) fn clerk() -> Principal {
    of_bureau("clerk")
}

pub(crate) fn of_bureau(person: &str) -> Principal {
    Principal {
        unit: Some(UnitId::new("u1").unwrap()),
        person: Some(PersonId::new(person).unwrap()),
        ..principal(person, &[Role::UnitClerk])
    }
}

/// Somebody of the department in charge.
pub(crate) fn of_department(person: &str) -> Principal {
    Principal {
        person: Some(PersonId::new(person).unwrap()),
        ..principal(person, &[Role::QuotaManager])
    }
}

pub(crate) fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

pub(crate) fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

pub(crate) fn account() -> AccountKey {
    let owner = OwnerId::Unit(UnitId::new("u1").unwrap());
    AccountKey { owner, category: CategoryId::new("general_management").unwrap() }
}

pub(crate) fn request_key(id: &str) -> CaseKey {
    CaseKey::request(&RequestId::new(id).unwrap())
}

pub(crate) fn round_key(id: &str) -> CaseKey {
    CaseKey::round(&RoundId::new(id).unwrap())
}

pub(crate) fn ledger_basis() -> LedgerBasis {
    let document = DocumentNumber::parse("样组〔2024〕12号").unwrap();
    LedgerBasis { document, effective_on: jiff::civil::date(2024, 3, 2) }
}

/// A meeting of three that adopts, or does not.
pub(crate) fn meeting(adopts: bool) -> Meeting {
    let members = ["m1", "m2", "m3"].map(person);
    Meeting {
        due: members.clone().into(),
        present: members.into(),
        in_favour: if adopts { 3 } else { 1 },
        against: if adopts { 0 } else { 2 },
        abstained: 0,
        minutes: "样例局党组〔2026〕5号".into(),
    }
}

/// The minutes of the body that approves.
pub(crate) fn with_minutes() -> Said {
    Said { minutes: "样例县委常委会〔2026〕8号".into(), ..Said::default() }
}

/// All five basic conditions, met.
pub(crate) fn conditions() -> Vec<wire::BasicCondition> {
    let condition = |kind| wire::BasicCondition { kind, passed: true, note: "符合".into() };
    (1..=5).map(condition).collect()
}

impl Stage {
    /// As the program ships everything, on a Monday in March.
    pub(crate) async fn open(kind: Kind) -> Self {
        Self::on(kind, jiff::civil::date(2026, 3, 16)).await
    }

    /// On a day.
    pub(crate) async fn on(kind: Kind, day: Day) -> Self {
        use quanheng_eventlog::{Clock as _, SystemClock};
        let now = quanheng_runtime::today(SystemClock.now());
        let world = World::some_days_on(kind, i64::from((day - now).get_days())).await;
        quanheng_policy_service::publish_defaults(&world.house.realm).await.unwrap();
        let registered = Registered(&world.house.realm);
        registered.unit("orgdept", HERE, 20, None).await;
        registered.unit("cityorg", "530100", 40, None).await;
        registered.unit("provorg", "530000", 60, None).await;
        let stage = Self { world };
        for (division, unit) in [(HERE, "orgdept"), ("530100", "cityorg"), ("530000", "provorg")] {
            stage.authority(division, unit).await;
        }
        for (unit, office, person) in [
            ("u1", "party_group_secretary", "secretary"),
            ("u1", "personnel_officer", "clerk"),
            ("u1", "vetting_officer", "vetter"),
            ("orgdept", "eligibility_reviewer", "reviewer"),
            ("orgdept", "approving_authority", "head"),
            ("orgdept", "appointment_officer", "appointer"),
            ("cityorg", "eligibility_reviewer", "city_reviewer"),
            ("cityorg", "approving_authority", "city_head"),
        ] {
            stage.office(unit, office, person).await;
        }
        stage
    }

    /// With seats determined, so many clerks `c0`… in GM10, and their seats.
    pub(crate) async fn with(kind: Kind, clerks: u32) -> Self {
        let stage = Self::open(kind).await;
        stage.people(clerks).await;
        stage
    }

    /// So many clerks, and the seats of the bureau.
    pub(crate) async fn people(&self, clerks: u32) {
        let mut holders = Vec::new();
        for nr in 0..clerks {
            let id = format!("c{nr}");
            self.clerk(&id, nr + 1).await;
            holders.push((id, "GM10"));
        }
        self.determine(20).await;
        let holders: Vec<_> = holders.iter().map(|(id, rank)| (id.as_str(), *rank)).collect();
        self.holders(&holders).await;
    }

    /// Registers a clerk: GM10 since July 2022, competent in every year since.
    pub(crate) async fn clerk(&self, id: &str, nr: u32) {
        self.ranked(id, nr, "GM10").await;
    }

    /// The same in another rank.
    pub(crate) async fn ranked(&self, id: &str, nr: u32, rank: &str) {
        self.world.person(id, "u1", nr).await;
        let mut events = vec![take_rank(rank, day(2022, 7, 1))];
        let last = i32::from(self.today().year()) - 1;
        let known = |year: &i32| *year < last || self.today().month() > 1;
        let years = (2022..=last).filter(known);
        events.extend(years.map(|year| assess(year, "competent")));
        self.world.record(id, events).await;
    }

    pub(crate) async fn authority(&self, division: &str, unit: &str) {
        let division = quanheng_policy::codes::DivisionCode::parse(division).unwrap();
        let event = AuthorityEvent::AuthorityNamed { unit: UnitId::new(unit).unwrap() };
        let stream = streams::authority(&division);
        let draft = streams::draft::<streams::Authorities>(stream, &event).unwrap();
        Registered(&self.world.house.realm).append(draft).await;
    }

    pub(crate) async fn office(&self, unit: &str, office: &str, who: &str) {
        let event = OfficeEvent::OfficeTaken {
            role: Office::new(office).unwrap(),
            person: person(who),
            from: jiff::civil::date(2020, 1, 1),
        };
        let stream = streams::offices(&UnitId::new(unit).unwrap());
        let draft = streams::draft::<streams::Offices>(stream, &event).unwrap();
        Registered(&self.world.house.realm).append(draft).await;
    }

    /// Does something to the account of the bureau.
    pub(crate) async fn ledger(
        &self,
        persons: Vec<PersonId>,
        command: impl Fn(&quanheng_casework::Sight<'_>) -> Ledger + Send + Sync + 'static,
    ) {
        let realm = &self.world.house.realm;
        let who = Arc::new(of_department("ledger"));
        let call = House::job(realm, who, "quanheng.test.Ledger/Do");
        let scope = Scope::new(&call, vec![account()]).persons(persons);
        let asked = Asked { request_id: uuid(), body: Vec::new(), trial: false };
        let done = run_asked(&call, &asked, scope, move |sight| {
            let key = account();
            let division = quanheng_policy::codes::DivisionCode::parse(HERE).unwrap();
            sight.appends(&streams::refusals(&key))?;
            let events = sight.decide(&key, &division, command(sight), sight.today)?;
            Ok(Decided::new(sight.written(&key, &division, &events)?.0, ()))
        });
        done.await.unwrap();
    }

    /// Determines the seats of so many posts: of 20, 主任科员 12, 一二级 6, 三四级调研员 2.
    pub(crate) async fn determine(&self, base: u64) {
        self.ledger(Vec::new(), move |_| {
            let unit = UnitId::new("u1").unwrap();
            Ledger::DetermineUnit {
                owner: UnitOwner { unit, tier: Tier::County, referenced: false },
                category: account().category,
                determine: Determine {
                    class: QuotaClassId::new("county_township").unwrap(),
                    base,
                    fewer: Default::default(),
                    basis: ledger_basis(),
                },
            }
        })
        .await;
    }

    /// Brings holders into the account.
    pub(crate) async fn holders(&self, holders: &[(&str, &str)]) {
        let holders: std::collections::BTreeMap<PersonId, Holder> = holders
            .iter()
            .map(|(id, held)| {
                let holder = Holder {
                    rank: rank(held),
                    unit: UnitId::new("u1").unwrap(),
                    tier: Tier::County,
                    exempt: None,
                    concurrent: false,
                    since: jiff::civil::date(2022, 7, 1),
                    origin: Origin::Opening,
                };
                (person(id), holder)
            })
            .collect();
        let persons = holders.keys().cloned().collect();
        self.ledger(persons, move |_| Ledger::RecordOpening {
            holders: holders.clone(),
            basis: ledger_basis(),
        })
        .await;
    }

    /// Seats of ten posts, with all three of 一二级主任科员 taken: `up` in GM07 may go on to GM06,
    /// and leave the seat that `next` in GM09 needs for GM08.
    pub(crate) async fn full(&self) {
        self.ranked("up", 1, "GM07").await;
        self.ranked("next", 2, "GM09").await;
        self.determine(10).await;
        let holders = [("up", "GM07"), ("f1", "GM08"), ("f2", "GM08"), ("next", "GM09")];
        self.holders(&holders).await;
    }

    /// A pre-review that was granted, of these moves.
    pub(crate) async fn hold(&self, id: &str, moves: &[(&str, &str)]) {
        let moves: Vec<MoveRequest> = moves
            .iter()
            .map(|(leaves, to)| MoveRequest {
                leaves: (!leaves.is_empty()).then(|| rank(leaves)),
                to: rank(to),
            })
            .collect();
        let hold = HoldId::new(id).unwrap();
        self.ledger(Vec::new(), move |sight| Ledger::PlaceHold {
            hold: hold.clone(),
            case: CaseId::new(hold.as_str()).unwrap(),
            applicant: sight
                .applicant(&account(), &UnitId::new("u1").unwrap(), sight.today)
                .unwrap(),
            moves: moves.clone(),
            basis: ledger_basis(),
        })
        .await;
    }

    /// Proposes a round.
    pub(crate) async fn propose(&self, id: &str, ranks: &[(&str, u32)]) -> wire::PromotionRound {
        rpc!(self, clerk(), create_promotion_round, plan(id, ranks)).unwrap().round.unwrap()
    }

    /// A round whose plan was adopted, over a pre-review of these moves.
    pub(crate) async fn round(&self, id: &str, moves: &[(&str, &str)]) {
        let mut ranks: Vec<(&str, u32)> = Vec::new();
        for (_, to) in moves {
            match ranks.iter_mut().find(|(rank, _)| rank == to) {
                Some((_, seats)) => *seats += 1,
                None => ranks.push((to, 1)),
            }
        }
        self.propose(id, &ranks).await;
        self.meet(&round_key(id), "secretary", true).await.unwrap();
        self.hold(id, moves).await;
        rpc!(self, clerk(), attach_pre_review, attach(id, id)).unwrap();
    }

    /// A draft.
    pub(crate) async fn draft(&self, id: &str, round: &str, person: &str, rank: &str) {
        let message = nominate(id, round, person, rank);
        rpc!(self, clerk(), create_promotion_request, message).unwrap();
    }

    /// A request that was submitted.
    pub(crate) async fn submitted(&self, id: &str, round: &str, person: &str, rank: &str) {
        self.draft(id, round, person, rank).await;
        rpc!(self, clerk(), submit_promotion_request, submit(id)).unwrap();
    }

    /// Acts on a case as somebody, as the service of tasks does.
    pub(crate) async fn act(
        &self,
        who: &Principal,
        key: &CaseKey,
        said: Said,
        command: Command,
    ) -> Result<(), Told> {
        let key = key.clone();
        self.done(who, move |sight| {
            let matters = Matters::new(quanheng_promotion::matters());
            let acted = case::act(sight, matters.of(&key)?, &key, command.clone(), &said)?;
            Ok(acted.drafts)
        })
        .await
    }

    async fn done(
        &self,
        who: &Principal,
        decide: impl Fn(
            &quanheng_casework::Sight<'_>,
        ) -> Result<Vec<quanheng_eventlog::EventDraft>, Failure>
        + Send
        + Sync
        + 'static,
    ) -> Result<(), Told> {
        let realm = &self.world.house.realm;
        let call = House::job(realm, Arc::new(who.clone()), "quanheng.test.Tasks/Act");
        let asked = Asked { request_id: uuid(), body: Vec::new(), trial: false };
        let scope = Scope::new(&call, vec![]);
        let done =
            run_asked(&call, &asked, scope, move |sight| Ok(Decided::new(decide(sight)?, ())));
        done.await.map(|_| ()).map_err(|failure| told(&failure.into()))
    }

    /// Lets time bring what it brings.
    pub(crate) async fn tick(&self, id: &str) -> Result<(), Told> {
        let key = request_key(id);
        self.done(&Principal::system("test"), move |sight| {
            let matters = Matters::new(quanheng_promotion::matters());
            let said = Said::default();
            Ok(case::tick(sight, matters.of(&key)?, &key, &said)?.drafts)
        })
        .await
    }

    /// Decides the task that is open.
    pub(crate) async fn judge(&self, id: &str, who: &str, yes: bool) -> Result<(), Told> {
        let key = request_key(id);
        let (by, task, opinion) = (person(who), self.task(&key).await, "意见".to_owned());
        let command = match yes {
            true => Command::Approve { by, task, opinion },
            false => Command::Refuse { by, task, opinion },
        };
        self.act(&of_department(who), &key, with_minutes(), command).await
    }

    /// Lets a body decide.
    pub(crate) async fn meet(&self, key: &CaseKey, who: &str, adopts: bool) -> Result<(), Told> {
        let (by, task) = (person(who), self.task(key).await);
        let command = Command::DecideInMeeting { by, task, meeting: meeting(adopts) };
        self.act(&of_bureau(who), key, Said::default(), command).await
    }

    /// A case.
    pub(crate) async fn case(&self, key: &CaseKey) -> Option<Case> {
        let log = &self.world.house.realm.log;
        state_at::<streams::Cases>(log, streams::case(key), Horizon::Now).await.unwrap().0
    }

    /// The open task; the first, if there is none.
    pub(crate) async fn task(&self, key: &CaseKey) -> TaskNr {
        let case = self.case(key).await;
        let open = case.and_then(|case| case.open);
        let open = open.and_then(|open| {
            let task = open.tasks.iter().find(|task| task.state == TaskState::Open);
            task.map(|task| task.nr)
        });
        open.unwrap_or(TaskNr(1))
    }

    /// The step at which a request stands; empty once it has ended.
    pub(crate) async fn step(&self, id: &str) -> String {
        let case = self.case(&request_key(id)).await.unwrap();
        case.open.map(|open| open.step.to_string()).unwrap_or_default()
    }

    pub(crate) async fn state(&self, id: &str) -> RequestState {
        let stream = streams::promotion_request(&RequestId::new(id).unwrap());
        let log = &self.world.house.realm.log;
        state_at::<streams::Requests>(log, stream, Horizon::Now).await.unwrap().0.unwrap()
    }

    pub(crate) async fn account(&self) -> Account {
        let stream = streams::account_stream(&account());
        let log = &self.world.house.realm.log;
        state_at::<streams::Accounts>(log, stream, Horizon::Now).await.unwrap().0.unwrap()
    }

    /// What became of a move.
    pub(crate) async fn move_of(&self, hold: &str, index: usize) -> Status {
        let account = self.account().await;
        account.hold(&HoldId::new(hold).unwrap()).unwrap().moves[index].status.clone()
    }

    pub(crate) async fn registered(&self, id: &str) -> Person {
        let log = &self.world.house.realm.log;
        let stream = streams::person(&person(id));
        state_at::<streams::Persons>(log, stream, Horizon::Now).await.unwrap().0.unwrap()
    }

    /// The rank that the register has for a person today.
    pub(crate) async fn rank_of(&self, id: &str) -> String {
        let today = self.world.house.realm.today();
        let registered = self.registered(id).await;
        let held = registered.as_of(today).rank(&account().category).cloned();
        held.map(|held| held.rank.to_string()).unwrap_or_default()
    }

    pub(crate) fn today(&self) -> Day {
        self.world.house.realm.today()
    }

    /// Takes a submitted request to a step.
    pub(crate) async fn to(&self, id: &str, round: &str, step: &str) {
        for _ in 0..16 {
            let at = self.step(id).await;
            if at == step {
                return;
            }
            self.forward(id, round, &at).await.unwrap_or_else(|told| panic!("{at}: {told:?}"));
        }
        panic!("{id} does not come to {step}");
    }

    /// Does what a step asks for.
    pub(crate) async fn forward(&self, id: &str, round: &str, step: &str) -> Result<(), Told> {
        match step {
            "apply" => rpc!(self, clerk(), submit_promotion_request, submit(id)).map(drop),
            "eligibility" => self.judge(id, "reviewer", true).await,
            "recommendation" => {
                rpc!(self, clerk(), record_recommendation, recommend(round, &[(id, 9)])).map(drop)
            }
            "vetting" => rpc!(self, of_bureau("vetter"), record_vetting, vet(id)).map(drop),
            "candidates" => self.meet(&request_key(id), "secretary", true).await,
            "posting" => rpc!(self, clerk(), post_notice, post(round, &[id])).map(drop),
            "notice" => {
                let case = self.case(&request_key(id)).await.unwrap();
                if let Some(quanheng_workflow::case::Due::On(day)) = case.open.unwrap().due {
                    let left = (day - self.today()).get_days() + 1;
                    self.world.house.clock.pass_days(i64::from(left.max(0)));
                }
                self.tick(id).await
            }
            "closing" => rpc!(self, clerk(), close_notice, close(&[id])).map(drop),
            "approval" => self.judge(id, "head", true).await,
            "appointment" => {
                let message = appoint(self, &[id]);
                rpc!(self, of_department("appointer"), confirm_appointment, message).map(drop)
            }
            "filing" => rpc!(self, clerk(), file_promotion, file(&[id])).map(drop),
            other => panic!("nobody knows {other}"),
        }
    }

    /// A sanction that bars a promotion, since yesterday.
    pub(crate) async fn sanction(&self, id: &str) {
        let yesterday = quanheng_api::date(self.today().yesterday().unwrap());
        let fact = quanheng_api::quanheng::registry::v1::Sanction {
            id: "s1".into(),
            ..sanction("warning", None)
        };
        use quanheng_api::quanheng::registry::v1::person_event::Event;
        let happened = event(Event::RecordSanction(fact), Some(yesterday));
        self.world.record(id, vec![happened]).await;
    }

    /// An investigation, since yesterday.
    pub(crate) async fn investigation(&self, id: &str) {
        let yesterday = quanheng_api::date(self.today().yesterday().unwrap());
        let fact = quanheng_api::quanheng::registry::v1::Investigation {
            id: "i1".into(),
            opened_by: "样例县纪委监委".into(),
            ..Default::default()
        };
        use quanheng_api::quanheng::registry::v1::person_event::Event;
        let happened = event(Event::OpenInvestigation(fact), Some(yesterday));
        self.world.record(id, vec![happened]).await;
    }

    /// Its end, as of today.
    pub(crate) async fn investigation_closed(&self, id: &str) {
        use quanheng_api::quanheng::registry::v1::person_event::{CloseInvestigation, Event};
        let closed = CloseInvestigation {
            id: "i1".into(),
            on: Some(quanheng_api::date(self.today())),
            outcome: "查无问题".into(),
        };
        let happened = event(Event::CloseInvestigation(closed), None);
        self.world.record(id, vec![happened]).await;
    }
}

fn uuid() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

pub(crate) fn names(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| format!("promotionRequests/{id}")).collect()
}

pub(crate) fn plan(id: &str, ranks: &[(&str, u32)]) -> wire::CreatePromotionRoundRequest {
    let ranks =
        ranks.iter().map(|(rank, seats)| wire::PlannedRank { rank: (*rank).into(), seats: *seats });
    wire::CreatePromotionRoundRequest {
        unit: "units/u1".into(),
        account: ACCOUNT.into(),
        plan: Some(wire::PromotionPlan {
            title: "2026年第一批职级晋升".into(),
            scope: "本局综合管理类公务员".into(),
            ranks: ranks.collect(),
            conditions: "符合任职年限和考核要求".into(),
            timetable: vec![wire::Milestone { what: "民主推荐".into(), by: day(2026, 12, 1) }],
        }),
        round_id: id.into(),
        request_id: request_id(),
        validate_only: false,
    }
}

pub(crate) fn attach(round: &str, hold: &str) -> wire::AttachPreReviewRequest {
    wire::AttachPreReviewRequest {
        name: format!("promotionRounds/{round}"),
        hold: format!("{ACCOUNT}/holds/{hold}"),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn nominate(
    id: &str,
    round: &str,
    person: &str,
    rank: &str,
) -> wire::CreatePromotionRequestRequest {
    wire::CreatePromotionRequestRequest {
        round: format!("promotionRounds/{round}"),
        person: format!("persons/{person}"),
        rank: rank.into(),
        nomination: "工作实绩突出".into(),
        conditions: conditions(),
        promotion_request_id: id.into(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn submit(id: &str) -> wire::SubmitPromotionRequestRequest {
    wire::SubmitPromotionRequestRequest {
        name: format!("promotionRequests/{id}"),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn withdraw(id: &str) -> wire::WithdrawPromotionRequestRequest {
    wire::WithdrawPromotionRequestRequest {
        name: format!("promotionRequests/{id}"),
        reason: "本人另有安排".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn recommend(round: &str, votes: &[(&str, u32)]) -> wire::RecordRecommendationRequest {
    let votes = votes.iter().map(|(id, votes)| wire::RequestVotes {
        request: format!("promotionRequests/{id}"),
        votes: *votes,
    });
    wire::RecordRecommendationRequest {
        round: format!("promotionRounds/{round}"),
        voters: 12,
        valid_ballots: 11,
        votes: votes.collect(),
        request_id: request_id(),
        validate_only: false,
    }
}

pub(crate) fn vet(id: &str) -> wire::RecordVettingRequest {
    wire::RecordVettingRequest {
        name: format!("promotionRequests/{id}"),
        vetting: Some(wire::Vetting {
            method: "个别谈话".into(),
            interviews: "谈话 8 人,反映良好".into(),
            file_check: "档案齐全".into(),
            discipline_opinion: "无不良反映".into(),
            integrity_reply: "同意".into(),
        }),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn post(round: &str, ids: &[&str]) -> wire::PostNoticeRequest {
    let entries = ids.iter().map(|id| wire::NoticeEntry {
        request: format!("promotionRequests/{id}"),
        text: "拟晋升三级主任科员".into(),
    });
    wire::PostNoticeRequest {
        round: format!("promotionRounds/{round}"),
        entries: entries.collect(),
        text: "拟晋升职级人选公示".into(),
        channels: vec!["单位公示栏".into()],
        phone: "12380".into(),
        start_on: None,
        request_id: request_id(),
        validate_only: false,
    }
}

pub(crate) fn report(id: &str) -> wire::RecordNoticeFeedbackRequest {
    wire::RecordNoticeFeedbackRequest {
        name: format!("promotionRequests/{id}"),
        reporter: "样例群众".into(),
        text: "反映内容样例".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn resolve(
    id: &str,
    feedback: &str,
    founded: bool,
) -> wire::ResolveNoticeFeedbackRequest {
    wire::ResolveNoticeFeedbackRequest {
        name: format!("promotionRequests/{id}"),
        feedback_id: feedback.into(),
        founded,
        findings: "核实情况样例".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn close(ids: &[&str]) -> wire::CloseNoticeRequest {
    wire::CloseNoticeRequest {
        requests: names(ids),
        result: "公示期间无异议".into(),
        request_id: request_id(),
        validate_only: false,
    }
}

pub(crate) fn appoint(stage: &Stage, ids: &[&str]) -> wire::ConfirmAppointmentRequest {
    wire::ConfirmAppointmentRequest {
        requests: names(ids),
        basis: basis(Some(quanheng_api::date(stage.today()))),
        request_id: request_id(),
        validate_only: false,
    }
}

pub(crate) fn file(ids: &[&str]) -> wire::FilePromotionRequest {
    wire::FilePromotionRequest {
        requests: names(ids),
        request_id: request_id(),
        validate_only: false,
    }
}

pub(crate) fn suspend(id: &str) -> wire::SuspendRequest {
    wire::SuspendRequest {
        name: format!("promotionRequests/{id}"),
        reason: "有关问题待核实".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn resume(id: &str) -> wire::ResumeRequest {
    wire::ResumeRequest {
        name: format!("promotionRequests/{id}"),
        request_id: request_id(),
        ..Default::default()
    }
}

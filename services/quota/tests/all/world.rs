//! A county with a few units and persons, and the service over it.

use std::collections::BTreeSet;

use quanheng_api::date;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_casework::case::Said;
use quanheng_identity::{Principal, Role};
use quanheng_ledger::id::HoldId;
use quanheng_policy::PersonId;
use quanheng_quota::{PreReviewMatter, QuotaApi, definition};
use quanheng_runtime::Failure;
use quanheng_streams::{self as streams, CaseKey};
use quanheng_test_house::{
    Kind, Registered, TestHouse, everything, person, principal, request, request_id,
};
use quanheng_workflow::case::{Case, TaskNr};
use quanheng_workflow::command::Command;
use quanheng_workflow::event::Meeting;
use tonic::Status;

pub(crate) use quanheng_test_house::told;

/// The county: 武昌区.
pub(crate) const COUNTY: &str = "420106";

pub(crate) struct World {
    pub(crate) test: TestHouse,
    pub(crate) api: QuotaApi,
    pub(crate) all: Principal,
}

/// Calls an RPC as somebody, and takes its answer out.
macro_rules! call {
    ($world:expr, $method:ident, $message:expr) => {
        call!($world, &$world.all, $method, $message)
    };
    ($world:expr, $who:expr, $method:ident, $message:expr) => {
        $world
            .api
            .$method(quanheng_test_house::request($who, $message))
            .await
            .map(tonic::Response::into_inner)
    };
}
pub(crate) use call;

impl World {
    /// `bureau` with 180 posts, its referenced unit `station` with 45, `town` with 40 below the
    /// county, and `city` above it, with persons `p0`… of the bureau in 四级主任科员.
    pub(crate) async fn new(kind: Kind) -> Self {
        let test = TestHouse::open(kind, vec![definition().unwrap()]).await;
        test.publish_national().await;
        let registered = Registered(&test.realm);
        registered.unit("city", "420100", 200, None).await;
        registered.unit("bureau", COUNTY, 180, Some("city")).await;
        registered.referenced("station", COUNTY, 45, "bureau").await;
        registered.unit("town", "420106001", 40, None).await;
        registered.unit("other", "420200", 200, None).await;
        for n in 0..6 {
            registered.person(&format!("p{n}"), "bureau", Some("GM10")).await;
        }
        registered.person("townsman", "town", Some("GM10")).await;
        registered.person("citizen", "city", Some("GM10")).await;
        registered.unit("org", COUNTY, 30, Some("city")).await;
        registered.authority(COUNTY, "org").await;
        registered.office("bureau", "party_group_secretary", "secretary").await;
        registered.office("org", "quota_reviewer", "reviewer").await;
        registered.office("org", "organization_department_head", "head").await;
        let api = QuotaApi::new(std::sync::Arc::clone(&test.house));
        let all = Principal { person: Some(person("clerk")), ..everything() };
        Self { test, api, all }
    }

    /// One with the bureau determined: 三四级 18 of which 三级 7, 主任科员 108 of which 54.
    pub(crate) async fn determined(kind: Kind) -> Self {
        let world = Self::new(kind).await;
        world.determine("bureau").await.unwrap();
        world
    }

    pub(crate) async fn determine(&self, unit: &str) -> Result<wire::QuotaAccount, Status> {
        let answer = call!(self, determine_quota, determine(unit))?;
        Ok(answer.account.unwrap())
    }

    pub(crate) async fn account(&self, name: &str) -> wire::QuotaAccount {
        let message = wire::GetQuotaAccountRequest {
            name: name.to_owned(),
            min_position: self.test.head().await,
            ..Default::default()
        };
        call!(self, get_quota_account, message).unwrap().account.unwrap()
    }

    /// A set of an account, by its id.
    pub(crate) async fn set(&self, account: &str, set: &str) -> wire::SetBalance {
        let account = self.account(account).await;
        account.sets.into_iter().find(|balance| balance.set == set).unwrap()
    }

    /// A hold of some moves, asked for by the bureau's clerk, decided by its party group,
    /// reviewed and approved by the county's organisation department.
    pub(crate) async fn hold(&self, id: &str, moves: &[(&str, &str)]) -> wire::PreReview {
        call!(self, request_pre_review, ask(id, moves)).unwrap();
        self.to_approval(id).await;
        self.approves(id).await.unwrap();
        self.pre_review(id).await
    }

    /// A pre-review as its view has it.
    pub(crate) async fn pre_review(&self, id: &str) -> wire::PreReview {
        let get = wire::GetPreReviewRequest {
            name: format!("{BUREAU}/holds/{id}"),
            min_position: self.test.head().await,
        };
        call!(self, get_pre_review, get).unwrap().pre_review.unwrap()
    }

    /// The party group agrees, and the reviewer does.
    pub(crate) async fn to_approval(&self, id: &str) {
        self.meets(id, 3).await.unwrap();
        self.reviews(id, true, "情况属实").await.unwrap();
    }

    /// The bureau's party group decides with so many of its three members in favour.
    pub(crate) async fn meets(&self, id: &str, in_favour: u32) -> Result<Case, Failure> {
        let members: BTreeSet<PersonId> = ["secretary", "m1", "m2"].map(person).into();
        let meeting = Meeting {
            due: members.clone(),
            present: members,
            in_favour,
            against: 3 - in_favour,
            abstained: 0,
            minutes: "党组会议纪要〔2026〕3号".to_owned(),
        };
        let by = person("secretary");
        let act = |task| Command::DecideInMeeting { by, task, meeting };
        self.acts(id, said("", false), act).await
    }

    pub(crate) async fn reviews(
        &self,
        id: &str,
        approve: bool,
        opinion: &str,
    ) -> Result<Case, Failure> {
        let (by, opinion) = (person("reviewer"), opinion.to_owned());
        let said = said(&opinion, false);
        let act = move |task| match approve {
            true => Command::Approve { by, task, opinion },
            false => Command::Refuse { by, task, opinion },
        };
        self.acts(id, said, act).await
    }

    pub(crate) async fn approves(&self, id: &str) -> Result<Case, Failure> {
        let by = person("head");
        let act = |task| Command::Approve { by, task, opinion: "同意".to_owned() };
        self.acts(id, said("同意", true), act).await
    }

    /// Acts on the task of a pre-review that is open.
    pub(crate) async fn acts(
        &self,
        id: &str,
        said: Said,
        command: impl FnOnce(TaskNr) -> Command,
    ) -> Result<Case, Failure> {
        let key = case(id);
        let task = self.test.task(&key).await;
        self.test.act(&PreReviewMatter, &key, said, command(task)).await
    }
}

/// The case of a pre-review of the bureau's.
pub(crate) fn case(id: &str) -> CaseKey {
    let account = streams::account("bureau.general_management").unwrap();
    CaseKey::pre_review(&account, &HoldId::new(id).unwrap())
}

/// What a decider says, with document and minutes if it is the approval.
pub(crate) fn said(opinion: &str, approval: bool) -> Said {
    Said {
        by: "principals/decider".to_owned(),
        opinion: opinion.to_owned(),
        basis: approval.then(|| quanheng_runtime::wire::basis(basis().as_ref()).unwrap()),
        minutes: if approval { "部务会纪要〔2026〕9号".to_owned() } else { String::new() },
    }
}

/// The bureau's account.
pub(crate) const BUREAU: &str = "quotaAccounts/bureau.general_management";

/// Somebody who decides what others ask for.
pub(crate) fn decider() -> Principal {
    principal("decider", &[Role::QuotaManager])
}

/// The document of every decision, in effect since a day in the past.
#[allow(clippy::unnecessary_wraps, reason = "as messages have it")]
pub(crate) fn basis() -> Option<Basis> {
    Some(Basis {
        document_number: "鄂组通〔2026〕12号".into(),
        effective_on: Some(date(jiff::civil::date(2026, 3, 2))),
    })
}

pub(crate) fn determine(unit: &str) -> wire::DetermineQuotaRequest {
    wire::DetermineQuotaRequest {
        owner: Some(wire::determine_quota_request::Owner::Unit(format!("units/{unit}"))),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn moves(moves: &[(&str, &str)]) -> Vec<wire::Move> {
    let moves = moves
        .iter()
        .map(|(leaves, to)| wire::Move { leaves: (*leaves).to_owned(), to: (*to).to_owned() });
    moves.collect()
}

pub(crate) fn ask(id: &str, asked: &[(&str, &str)]) -> wire::RequestPreReviewRequest {
    wire::RequestPreReviewRequest {
        account: BUREAU.into(),
        unit: "units/bureau".into(),
        moves: moves(asked),
        unit_opinion: "经党组会议研究,拟使用职数".into(),
        hold_id: id.into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn opening(
    account: &str,
    holders: &[(&str, &str)],
) -> wire::RecordOpeningBalancesRequest {
    let holders = holders.iter().map(|(person, rank)| wire::OpeningHolder {
        person: format!("persons/{person}"),
        rank: (*rank).to_owned(),
        since: Some(date(jiff::civil::date(2020, 1, 1))),
        ..Default::default()
    });
    wire::RecordOpeningBalancesRequest {
        account: account.into(),
        holders: holders.collect(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn occupy(hold: &str, taken: &[(u32, &str)]) -> wire::OccupySeatsRequest {
    let occupants = taken.iter().map(|(index, person)| wire::Occupant {
        move_index: *index,
        person: format!("persons/{person}"),
        concurrent: false,
    });
    wire::OccupySeatsRequest {
        hold: format!("{BUREAU}/holds/{hold}"),
        occupants: occupants.collect(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn as_request<T>(who: &Principal, message: T) -> tonic::Request<T> {
    request(who, message)
}

//! W-94: a unit becomes an organ, and everybody who holds a seat moves in the same commit.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::date;
use quanheng_api::quanheng::common::v1::Basis as WireBasis;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_casework::{Scope, run_asked};
use quanheng_ledger::account::Account;
use quanheng_policy::class::{Tier, UnitKind};
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::ChangeRoute;
use quanheng_quota::QuotaApi;
use quanheng_register::unit::{ChangeKind, UnitProfile};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Asked, Decided, House};
use quanheng_streams::{
    CaseGrounds, Placement, RecertificationEvent, RecertificationId, ReportedChange, ReportedUnit,
    TransitionId,
};
use quanheng_test_house::{
    Kind, Registered, TestHouse, everything, person, principal, request, request_id,
};

use super::*;

const COUNTY: &str = "530102";
const PARAMETERS: &str = "format = 1\nprofile = \"local\"\nversion = 1\njurisdiction = \"530000\"\n\
    title = \"本地\"\neffective_from = \"2015-01-01\"\n[parameters.transition_period_months]\n\
    value = 12\narticle = \"本地\"\n[parameters.transition_options]\n\
    value = [\"随职能划转机关\", \"过渡期内保留待遇\"]\narticle = \"本地\"\n";

struct Stage {
    house: TestHouse,
}

fn document() -> DocumentNumber {
    DocumentNumber::parse("滇公局发〔2026〕9号").unwrap()
}

impl Stage {
    /// `old` becomes `organ`; `a` and `b` in 四级主任科员 hold seats, `c` none.
    async fn open(kind: Kind) -> Self {
        let house = TestHouse::open(kind, crate::definitions().unwrap()).await;
        house.publish_national().await;
        let stage = Self { house };
        stage.publish().await;
        let registered = Registered(&stage.house.realm);
        registered.unit("organ", COUNTY, 60, None).await;
        registered.referenced("old", COUNTY, 60, "organ").await;
        for (id, rank) in [("a", Some("GM10")), ("b", Some("GM10")), ("c", None)] {
            registered.person(id, "old", rank).await;
        }
        let quota = QuotaApi::new(Arc::clone(&stage.house.house));
        let who = quanheng_identity::Principal { person: Some(person("a")), ..everything() };
        let basis = || {
            let effective_on = Some(quanheng_api::date(date(2020, 1, 1)));
            Some(WireBasis { document_number: document().to_string(), effective_on })
        };
        for unit in ["old", "organ"] {
            let message = quota::DetermineQuotaRequest {
                owner: Some(quota::determine_quota_request::Owner::Unit(format!("units/{unit}"))),
                basis: basis(),
                request_id: request_id(),
                ..Default::default()
            };
            quota.determine_quota(request(&who, message)).await.unwrap();
        }
        let holders = ["a", "b"].map(|id| quota::OpeningHolder {
            person: format!("persons/{id}"),
            rank: "GM10".into(),
            since: Some(quanheng_api::date(date(2020, 1, 1))),
            ..Default::default()
        });
        let opening = quota::RecordOpeningBalancesRequest {
            account: "quotaAccounts/old.general_management".into(),
            holders: holders.to_vec(),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        quota.record_opening_balances(request(&who, opening)).await.unwrap();
        stage
    }

    async fn publish(&self) {
        use quanheng_eventlog::{BlobRef, Transaction};
        use quanheng_streams::{PolicyEvent, PublishedDocument};
        let published =
            quanheng_policy::profile::Published::read("local.toml", PARAMETERS).unwrap();
        let shipped = &published.document;
        let blob = BlobRef::of(PARAMETERS.as_bytes());
        let event = PolicyEvent::ProfilePublished {
            document: PublishedDocument {
                id: shipped.profile.clone(),
                version: shipped.version,
                title: shipped.title.clone(),
                sha256: blob.digest.to_string(),
                size: blob.size,
            },
            jurisdiction: shipped.jurisdiction.clone(),
            effective_from: shipped.effective_from,
            effective_to: shipped.effective_to,
        };
        let draft = streams::draft::<streams::Policies>(streams::policies(), &event).unwrap();
        let transaction = Transaction::default().append(draft.with_blob(blob));
        let transaction = transaction.blob(PARAMETERS.as_bytes().to_vec().into());
        self.house.realm.log.commit(transaction).await.unwrap();
    }

    async fn account(&self, unit: &str) -> Account {
        let key = streams::account(&format!("{unit}.general_management")).unwrap();
        let stream = streams::account_stream(&key);
        let log = &self.house.realm.log;
        state_at::<streams::Accounts>(log, stream, Horizon::Now).await.unwrap().0.unwrap()
    }

    async fn unit(&self, id: &str) -> UnitProfile {
        let stream = streams::unit(&UnitId::new(id).unwrap());
        let log = &self.house.realm.log;
        let unit = state_at::<streams::Units>(log, stream, Horizon::Now).await.unwrap().0;
        unit.unwrap().as_of(date(2025, 1, 1)).unwrap()
    }

    async fn case(&self) -> RecertificationState {
        let (old, organ) = (self.unit("old").await, self.unit("organ").await);
        assert_eq!((organ.kind, organ.tier), (UnitKind::Organ, Tier::County));
        let reported =
            |id: &str, before: Option<UnitProfile>, after: Option<UnitProfile>| ReportedUnit {
                unit: UnitId::new(id).unwrap(),
                before: before.map(Box::new),
                after: after.map(Box::new),
                functions_changed: None,
            };
        let change = ReportedChange {
            kind: ChangeKind::ConvertedToOrgan,
            predecessors: vec![reported("old", Some(old), None)],
            successors: vec![reported("organ", Some(organ.clone()), Some(organ))],
            documents: vec![document()],
            effective_on: date(2026, 1, 1),
        };
        let created = RecertificationEvent::CaseCreated {
            case: RecertificationId::new("k1").unwrap(),
            unit: UnitId::new("old").unwrap(),
            campaign: None,
            change: Box::new(change),
            changes: BTreeSet::from([ReferenceChange::ConvertedToOrgan]),
            route: ChangeRoute::Exit,
            grounds: Box::new(CaseGrounds::default()),
            reason: "划转为行政机关".into(),
            renews: None,
            by: person("a"),
            on: date(2026, 1, 1),
        };
        let bound = RecertificationEvent::TransitionBound { transition: transition() };
        let mut state = None;
        for event in [created, bound] {
            use quanheng_streams::Entity as _;
            streams::Recertifications::evolve(&mut state, &event);
        }
        state.unwrap()
    }

    /// Puts a plan into the log: who goes where.
    async fn plan(&self, placed: &[(&str, &str)]) {
        let roster = ["a", "b", "c"].map(|id| (person(id), None));
        let opened = TransitionEvent::TransitionOpened {
            transition: transition(),
            case: RecertificationId::new("k1").unwrap(),
            unit: UnitId::new("old").unwrap(),
            document: document(),
            from: date(2026, 1, 1),
            ends_on: date(2026, 12, 31),
            roster: roster.into(),
            by: person("a"),
            on: date(2026, 1, 1),
        };
        let placed = placed.iter().map(|(id, option)| TransitionEvent::PersonPlaced {
            person: person(id),
            placement: Placement {
                option: (*option).to_owned(),
                unit: (*option == ORGAN).then(|| UnitId::new("organ").unwrap()),
                post: String::new(),
                pay_protected: false,
                document: document(),
                effective_on: date(2026, 3, 1),
            },
            seat: None,
            by: person("a"),
        });
        for event in [opened].into_iter().chain(placed) {
            let stream = streams::transition(&transition());
            let draft = streams::draft::<streams::Transitions>(stream, &event).unwrap();
            Registered(&self.house.realm).append(draft).await;
        }
    }

    async fn approve(&self) -> Result<(), Failure> {
        let case = self.case().await;
        let who = Arc::new(principal("approver", &quanheng_identity::Role::ALL));
        let call = House::job(&self.house.realm, who, "quanheng.test/Approve");
        let request_id = uuid::Uuid::now_v7();
        let asked = Asked { request_id, body: Vec::new(), trial: false };
        let done = run_asked(&call, &asked, Scope::new(&call, Vec::new()), move |sight| {
            let drafts = approve(sight, &case, date(2026, 3, 1))?;
            Ok(Decided::new(drafts, quota::DetermineQuotaResponse::default()))
        });
        done.await.map(drop)
    }
}

const ORGAN: &str = "随职能划转机关";

fn transition() -> TransitionId {
    TransitionId::new("t1").unwrap()
}

async fn holders_move_and_the_account_closes(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.plan(&[("a", ORGAN), ("b", ORGAN), ("c", ORGAN)]).await;
    let head = stage.house.head().await;
    let determined = stage.account("organ").await.sets().to_vec();
    stage.approve().await.unwrap();
    let (old, organ) = (stage.account("old").await, stage.account("organ").await);
    assert!(old.holders().is_empty());
    assert_eq!(old.base(), 0);
    assert!(old.sets().iter().all(|set| set.determined == 0));
    let names: Vec<_> = organ.holders().keys().map(PersonId::as_str).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(organ.holders().values().all(|one| one.unit.as_str() == "organ"));
    // Nothing more was determined for it, and nothing is over quota.
    assert_eq!(organ.sets(), determined);
    assert!(organ.excesses().is_empty() && organ.unfiled_holds().next().is_none());
    let log = &stage.house.realm.log;
    for (id, seated) in [("a", true), ("b", true), ("c", false)] {
        let category = quanheng_policy::CategoryId::new("general_management").unwrap();
        let seat = streams::seat(&person(id), &category);
        let seat = state_at::<streams::Seats>(log, seat, Horizon::Now).await.unwrap().0;
        let holder = seat.and_then(|seat| seat.holder);
        assert_eq!(holder.is_some_and(|by| by == "quotaAccounts/organ.general_management"), seated);
        let stream = streams::person(&person(id));
        let one = state_at::<streams::Persons>(log, stream, Horizon::Now).await.unwrap().0.unwrap();
        assert_eq!(one.slot_on(date(2026, 3, 1)).unwrap().1.unit.as_str(), "organ");
    }
    // One commit: everything, or nothing.
    assert!(stage.house.head().await > head + 8);
}

async fn nobody_is_left_behind(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.plan(&[("a", ORGAN), ("b", "过渡期内保留待遇")]).await;
    let head = stage.house.head().await;
    let refused = stage.approve().await.unwrap_err();
    assert_eq!(refused.reason(), "HOLDERS_LEFT");
    assert_eq!(refused.metadata()["left"], "b");
    assert_eq!(refused.metadata()["account"], "quotaAccounts/old.general_management");
    assert_eq!(stage.house.head().await, head);
}

async fn an_exit_needs_its_plan(kind: Kind) {
    let stage = Stage::open(kind).await;
    let head = stage.house.head().await;
    let refused = stage.approve().await.unwrap_err();
    assert_eq!(refused.reason(), "TRANSITION_PLAN_MISSING");
    assert_eq!(stage.house.head().await, head);
}

macro_rules! on_both {
    ($($case:ident),+) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(quanheng_test_house::Kind::Sqlite).await }
        )+ }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(quanheng_test_house::Kind::Postgres).await }
        )+ }
    };
}

on_both!(holders_move_and_the_account_closes, nobody_is_left_behind, an_exit_needs_its_plan);

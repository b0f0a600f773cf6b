//! A referenced unit in a county with seats and staff, that leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::{ChangeRoute, ReferenceChange};
use quanheng_quota::QuotaApi;
use quanheng_register::person::Person;
use quanheng_register::unit::ChangeKind;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_streams as streams;
use quanheng_streams::{
    CaseGrounds, Decision, RecertificationEvent, RecertificationId, ReportedChange, Verdict,
};

pub(crate) use crate::campaigns::world::*;

pub(crate) const COUNTY: &str = "530102";
pub(crate) const PLAN: &str = "transitions/t1";

pub(crate) struct Stage {
    pub(crate) world: World,
    quota: QuotaApi,
}

/// What may be chosen, and for how long a transition lasts.
const PARAMETERS: &str = "[parameters.transition_period_months]\nvalue = 12\narticle = \"本地规定\"\n\
    [parameters.transition_options]\nvalue = [\"随职能划转机关\", \"转入其他参照管理单位\", \
    \"转为事业单位工作人员\", \"过渡期内保留待遇\", \"提前退休\"]\narticle = \"本地规定\"\n";

impl Stage {
    /// `old` leaves: `a` and `b` in 四级主任科员 with seats, `c` without a rank. `organ` and `new`
    /// (referenced) may take them.
    pub(crate) async fn open(kind: Kind) -> Self {
        let world = World::open(kind).await;
        world.publish(PARAMETERS).await;
        let registered = Registered(&world.house.realm);
        registered.unit("organ", COUNTY, 60, Some("bureau")).await;
        registered.referenced("old", COUNTY, 60, "organ").await;
        registered.referenced("new", COUNTY, 60, "organ").await;
        for (id, rank) in [("a", Some("GM10")), ("b", Some("GM10")), ("c", None)] {
            registered.person(id, "old", rank).await;
        }
        let quota = QuotaApi::new(Arc::clone(&world.house.house));
        let stage = Self { world, quota };
        for unit in ["old", "organ", "new"] {
            stage.determine(unit).await;
        }
        let holders = ["a", "b"].map(|person| quota::OpeningHolder {
            person: format!("persons/{person}"),
            rank: "GM10".into(),
            since: day(2020, 1, 1),
            ..Default::default()
        });
        let opening = quota::RecordOpeningBalancesRequest {
            account: account("old"),
            holders: holders.to_vec(),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let opened =
            stage.quota.record_opening_balances(quanheng_test_house::request(&manager(), opening));
        opened.await.unwrap();
        stage
    }

    /// Nothing but the world.
    pub(crate) fn over(world: World) -> Self {
        let quota = QuotaApi::new(Arc::clone(&world.house.house));
        Self { world, quota }
    }

    async fn determine(&self, unit: &str) {
        let message = quota::DetermineQuotaRequest {
            owner: Some(quota::determine_quota_request::Owner::Unit(format!("units/{unit}"))),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let done = self.quota.determine_quota(quanheng_test_house::request(&manager(), message));
        done.await.unwrap();
    }

    /// Puts a case of the unit into the log.
    pub(crate) async fn case(&self, id: &str, route: ChangeRoute) {
        let event = RecertificationEvent::CaseCreated {
            case: RecertificationId::new(id).unwrap(),
            unit: UnitId::new("old").unwrap(),
            campaign: None,
            change: Box::new(ReportedChange {
                kind: ChangeKind::Abolished,
                predecessors: Vec::new(),
                successors: Vec::new(),
                documents: Vec::new(),
                effective_on: founded(),
            }),
            changes: BTreeSet::from([ReferenceChange::Abolished]),
            route,
            grounds: Box::new(CaseGrounds::default()),
            reason: "撤销".into(),
            renews: None,
            by: person("boss"),
            on: founded(),
        };
        self.tell(id, &event).await;
    }

    /// Decides it.
    pub(crate) async fn decided(&self, id: &str, verdict: Verdict) {
        let decision = Decision {
            verdict,
            document: Some(DocumentNumber::parse("滇公局发〔2026〕9号").unwrap()),
            minutes: "纪要〔2026〕1号".into(),
            on: founded(),
            reasons: Vec::new(),
        };
        self.tell(id, &RecertificationEvent::CaseDecided { decision }).await;
    }

    async fn tell(&self, id: &str, event: &RecertificationEvent) {
        let stream = streams::recertification(&RecertificationId::new(id).unwrap());
        self.world
            .append(streams::draft::<streams::Recertifications>(stream, event).unwrap())
            .await;
    }

    /// A denied unit with its plan.
    pub(crate) async fn leaving(kind: Kind) -> Self {
        let stage = Self::open(kind).await;
        stage.case("k1", ChangeRoute::Recertify).await;
        stage.decided("k1", Verdict::Denied).await;
        call!(stage.world, manager(), open_transition, plan("k1")).unwrap();
        stage
    }

    pub(crate) async fn get(&self) -> wire::Transition {
        let min_position = self.world.house.head().await;
        let get = wire::GetTransitionRequest { name: PLAN.into(), min_position };
        call!(self.world, manager(), get_transition, get).unwrap().transition.unwrap()
    }

    /// Who holds a seat of a unit's account.
    pub(crate) async fn holders(&self, unit: &str) -> Vec<String> {
        let key = streams::account(&format!("{unit}.general_management")).unwrap();
        let stream = streams::account_stream(&key);
        let log = &self.world.house.realm.log;
        let account = state_at::<streams::Accounts>(log, stream, Horizon::Now).await.unwrap().0;
        account.unwrap().holders().keys().map(ToString::to_string).collect()
    }

    /// In which account a person has a seat.
    pub(crate) async fn seat(&self, id: &str) -> Option<String> {
        let category = quanheng_policy::CategoryId::new("general_management").unwrap();
        let log = &self.world.house.realm.log;
        let stream = streams::seat(&person(id), &category);
        state_at::<streams::Seats>(log, stream, Horizon::Now).await.unwrap().0?.holder
    }

    pub(crate) async fn person(&self, id: &str) -> Person {
        let log = &self.world.house.realm.log;
        let stream = streams::person(&person(id));
        state_at::<streams::Persons>(log, stream, Horizon::Now).await.unwrap().0.unwrap()
    }
}

pub(crate) fn account(unit: &str) -> String {
    format!("quotaAccounts/{unit}.general_management")
}

fn basis() -> Option<Basis> {
    Some(Basis { document_number: "滇公局〔2020〕1号".into(), effective_on: day(2020, 1, 1) })
}

pub(crate) fn plan(case: &str) -> wire::OpenTransitionRequest {
    asked!(OpenTransitionRequest {
        case: format!("recertificationCases/{case}"),
        document_number: "滇过渡〔2026〕1号".into(),
        from: in_days(0),
        transition_id: "t1".into(),
    })
}

pub(crate) fn talk(person: &str) -> wire::RecordTalkRequest {
    asked!(RecordTalkRequest {
        name: PLAN.into(),
        person: format!("persons/{person}"),
        talk: Some(wire::Talk {
            on: in_days(0),
            policy: "讲解过渡政策".into(),
            signed: true,
            ..Default::default()
        }),
    })
}

pub(crate) fn place(person: &str, option: &str, unit: &str) -> wire::RecordPlacementRequest {
    asked!(RecordPlacementRequest {
        name: PLAN.into(),
        person: format!("persons/{person}"),
        placement: Some(wire::Placement {
            option: option.into(),
            unit: if unit.is_empty() { String::new() } else { format!("units/{unit}") },
            post: "新岗位".into(),
            pay_protected: true,
            document_number: "滇调〔2026〕3号".into(),
            effective_on: in_days(0),
        }),
    })
}

pub(crate) fn finish(person: &str) -> wire::FinishPersonRequest {
    asked!(FinishPersonRequest { name: PLAN.into(), person: format!("persons/{person}") })
}

pub(crate) fn close() -> wire::CloseTransitionRequest {
    asked!(CloseTransitionRequest { name: PLAN.into() })
}

pub(crate) const ORGAN: &str = "随职能划转机关";
pub(crate) const REFERENCED: &str = "转入其他参照管理单位";
pub(crate) const INSTITUTION: &str = "转为事业单位工作人员";
pub(crate) const RETAIN: &str = "过渡期内保留待遇";
pub(crate) const RETIRE: &str = "提前退休";

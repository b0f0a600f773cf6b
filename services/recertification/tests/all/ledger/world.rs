//! A province with referenced units whose changes are put into the log, and the service over it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::{Date, date};
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
use quanheng_identity::Principal;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::{ChangeRoute, GateAct, GateBody, ReferenceChange};
use quanheng_recertification_service::{RecertificationApi, definitions};
use quanheng_register::Basis;
use quanheng_register::unit::{
    ChangeKind, Correction, Establishment, Event, Nature, Reference, UnitPatch, UnitProfile,
};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_streams as streams;
use quanheng_streams::{
    CaseGrounds, Decision, GateRecord, RecertificationEvent, RecertificationId, ReportedChange,
    ReportedUnit, Verdict,
};

pub(crate) use quanheng_test_house::{
    Kind, Registered, TestHouse, Told, everything, person, request, told,
};

/// A city of the province and a county of it.
pub(crate) const CITY: &str = "420100";
pub(crate) const COUNTY: &str = "420106";

pub(crate) struct World {
    pub(crate) house: TestHouse,
    pub(crate) api: RecertificationApi,
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

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::new(id).unwrap()
}

pub(crate) fn number(text: &str) -> DocumentNumber {
    DocumentNumber::parse(text).unwrap()
}

pub(crate) fn basis(document: &str, on: Date) -> Basis {
    Basis { document: number(document), effective_on: on }
}

impl World {
    /// `bureau` of the city with its referenced units `a`, `b`, `c` of the county, 20, 15 and 10
    /// slots, and `plain`, an institution that is none.
    pub(crate) async fn open(kind: Kind) -> Self {
        let mut all = vec![
            quanheng_registry::units_definition().unwrap(),
            quanheng_registry::persons_definition().unwrap(),
            quanheng_quota::definition().unwrap(),
        ];
        all.extend(definitions().unwrap());
        let house = TestHouse::open(kind, all).await;
        house.publish_national().await;
        let api = RecertificationApi::new(Arc::clone(&house.house));
        let registered = Registered(&house.realm);
        registered.unit("bureau", CITY, 200, None).await;
        for (id, posts) in [("a", 20), ("b", 15), ("c", 10)] {
            registered.referenced(id, COUNTY, posts, "bureau").await;
        }
        registered.referenced("plain", COUNTY, 0, "bureau").await;
        let world = Self { house, api, all: everything() };
        let nature = Some(Nature::PublicInstitution);
        // What it is, it was from the beginning.
        let changes = UnitPatch { nature, reference: Some(None), ..UnitPatch::default() };
        let correction = Correction::Amended { changes: Box::new(changes), effective_on: None };
        let (version, reason, basis) = (1, "测试".to_owned(), None);
        world.put("plain", Event::UnitCorrected { version, correction, reason, basis }).await;
        world
    }

    /// Records an event of a unit; the position of it.
    pub(crate) async fn put(&self, id: &str, event: Event) -> u64 {
        let draft = streams::unit_draft(&unit(id), &event).unwrap();
        Registered(&self.house.realm).append(draft).await;
        self.house.head().await
    }

    /// What a unit is, as it is recorded last.
    pub(crate) async fn profile(&self, id: &str) -> UnitProfile {
        let stream = streams::unit(&unit(id));
        let log = &self.house.realm.log;
        let state = state_at::<streams::Units>(log, stream, Horizon::Now).await.unwrap().0;
        state.unwrap().as_of(Date::MAX).unwrap()
    }

    /// Records a change of one unit.
    pub(crate) async fn change(
        &self,
        id: &str,
        on: Date,
        kinds: &[ChangeKind],
        changes: UnitPatch,
        predecessors: &[&str],
    ) -> u64 {
        let event = Event::UnitUpdated {
            changes: Box::new(changes),
            kinds: kinds.to_vec(),
            predecessors: predecessors.iter().map(|id| unit(id)).collect(),
            basis: basis("鄂编〔2026〕8号", on),
            note: String::new(),
        };
        self.put(id, event).await
    }

    /// Records that a unit ends.
    pub(crate) async fn end(&self, id: &str, on: Date, kind: ChangeKind, into: &[&str]) -> u64 {
        let event = Event::UnitAbolished {
            kind,
            successors: into.iter().map(|id| unit(id)).collect(),
            basis: basis("鄂编〔2026〕8号", on),
            note: String::new(),
        };
        self.put(id, event).await
    }

    /// Records that a unit begins.
    pub(crate) async fn begin(
        &self,
        id: &str,
        on: Date,
        kinds: &[ChangeKind],
        profile: UnitProfile,
        predecessors: &[&str],
    ) -> u64 {
        let event = Event::UnitRegistered {
            unit: unit(id),
            profile: Box::new(profile),
            kinds: kinds.to_vec(),
            predecessors: predecessors.iter().map(|id| unit(id)).collect(),
            basis: basis("鄂编〔2026〕8号", on),
            note: String::new(),
        };
        self.put(id, event).await
    }

    /// Records an event of a case; the position of it.
    pub(crate) async fn case(&self, id: &str, event: RecertificationEvent) -> u64 {
        let stream = streams::recertification(&RecertificationId::new(id).unwrap());
        let draft = streams::draft::<streams::Recertifications>(stream, &event).unwrap();
        Registered(&self.house.realm).append(draft).await;
        self.house.head().await
    }

    /// Records a case of a unit, as a draft.
    pub(crate) async fn draft(&self, id: &str, of: &str, route: ChangeRoute, on: Date) -> u64 {
        let profile = self.profile(of).await;
        let changed = ReportedUnit {
            unit: unit(of),
            before: Some(Box::new(profile.clone())),
            after: Some(Box::new(profile)),
            functions_changed: Some(false),
        };
        let created = RecertificationEvent::CaseCreated {
            case: RecertificationId::new(id).unwrap(),
            unit: unit(of),
            campaign: None,
            change: Box::new(ReportedChange {
                kind: ChangeKind::Renamed,
                predecessors: Vec::new(),
                successors: vec![changed],
                documents: vec![number("鄂编〔2026〕8号")],
                effective_on: on,
            }),
            changes: BTreeSet::from([ReferenceChange::Renamed]),
            route,
            grounds: Box::new(CaseGrounds::default()),
            reason: "测试".to_owned(),
            renews: None,
            by: person("clerk"),
            on: on.checked_add(jiff::Span::new().days(5)).unwrap(),
        };
        self.case(id, created).await
    }

    /// Decides a case.
    pub(crate) async fn decide(&self, id: &str, verdict: Verdict, body: GateBody, on: Date) -> u64 {
        let gate = GateRecord {
            act: GateAct::Approve,
            body,
            favourable: true,
            by: person("head"),
            on,
            opinion: String::new(),
            minutes: "纪要〔2026〕1号".to_owned(),
        };
        self.case(id, RecertificationEvent::GatePassed { gate }).await;
        let decision = Decision {
            verdict,
            document: Some(number("鄂组参〔2026〕3号")),
            minutes: "纪要〔2026〕1号".to_owned(),
            on,
            reasons: Vec::new(),
        };
        self.case(id, RecertificationEvent::CaseDecided { decision }).await
    }

    /// A unit of the ledger as it is now.
    pub(crate) async fn ledger(&self, id: &str) -> wire::LedgerUnit {
        let message = wire::GetLedgerUnitRequest {
            unit: format!("units/{id}"),
            min_position: self.house.head().await,
            ..Default::default()
        };
        call!(self, get_ledger_unit, message).unwrap().unit.unwrap()
    }

    /// The units of a list, by a filter.
    pub(crate) async fn listed(&self, filter: &str) -> Vec<String> {
        let message = wire::ListLedgerUnitsRequest {
            filter: filter.to_owned(),
            min_position: self.house.head().await,
            ..Default::default()
        };
        let answer = call!(self, list_ledger_units, message).unwrap();
        let mut units: Vec<String> = answer.units.into_iter().map(|one| one.unit).collect();
        units.sort();
        units
    }
}

/// A referenced unit of the county with so many slots.
pub(crate) fn with_slots(profile: &UnitProfile, slots: u32) -> UnitProfile {
    let establishment = Establishment { referenced_institution: slots, ..profile.establishment };
    UnitProfile { establishment, ..profile.clone() }
}

/// An approval of reference management.
pub(crate) fn approval(on: Date) -> Reference {
    Reference { approved_on: on, approval_document: number("鄂组参〔2026〕3号") }
}

/// The day of the changes of these tests.
pub(crate) const DAY: Date = date(2026, 3, 2);

//! A province with a few units and persons, the service over it, and short names.

use std::sync::Arc;

use jiff::civil::date;
use quanheng_api::google::r#type::Date;
pub(crate) use quanheng_api::quanheng::recertification::v1 as wire;
pub(crate) use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
use quanheng_eventlog::{BlobRef, Transaction};
use quanheng_identity::{Principal, Role};
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::Published;
use quanheng_recertification_service::RecertificationApi;
use quanheng_streams as streams;
use quanheng_streams::{PolicyEvent, PublishedDocument};
use quanheng_test_house::everything;
pub(crate) use quanheng_test_house::{
    Kind, Registered, TestHouse, Told, person, principal, request_id, told,
};
pub(crate) use tonic::Code;

/// The province.
pub(crate) const PROVINCE: &str = "530000";
/// The campaign.
pub(crate) const CAMPAIGN: &str = "campaigns/c1";

pub(crate) struct World {
    pub(crate) house: TestHouse,
    pub(crate) api: RecertificationApi,
}

/// Calls an RPC as somebody, and takes its answer out, or what it tells of a refusal.
macro_rules! call {
    ($world:expr, $who:expr, $method:ident, $message:expr) => {
        $world
            .api
            .$method(quanheng_test_house::request(&$who, $message))
            .await
            .map(tonic::Response::into_inner)
            .map_err(|status| quanheng_test_house::told(&status))
    };
}
pub(crate) use call;

/// A message with a request id of its own.
macro_rules! asked {
    ($message:ident { $($field:ident: $value:expr),* $(,)? }) => {
        $crate::campaigns::world::wire::$message {
            $($field: $value,)*
            request_id: $crate::campaigns::world::request_id(),
            ..Default::default()
        }
    };
}
pub(crate) use asked;

impl World {
    /// `hall` in the province with `centre` (30 slots) below it, `bureau` in a city with `station`
    /// (20) below it, `post` (10) in a county, and `foreign` in another province; persons.
    pub(crate) async fn open(kind: Kind) -> Self {
        let definitions = quanheng_recertification_service::definitions().unwrap();
        let house = TestHouse::open(kind, definitions).await;
        house.publish_national().await;
        let registered = Registered(&house.realm);
        registered.unit("hall", PROVINCE, 100, None).await;
        registered.referenced("centre", PROVINCE, 30, "hall").await;
        registered.unit("bureau", "530100", 60, None).await;
        registered.referenced("station", "530100", 20, "bureau").await;
        registered.referenced("post", "530102", 10, "bureau").await;
        registered.unit("abroad", "420100", 60, None).await;
        registered.referenced("foreign", "420100", 25, "abroad").await;
        for (id, unit) in [
            ("boss", "hall"),
            ("chief", "hall"),
            ("m1", "hall"),
            ("m2", "hall"),
            ("m3", "hall"),
            ("writer", "station"),
            ("signer", "station"),
            ("parent", "bureau"),
            ("stranger", "post"),
        ] {
            registered.person(id, unit, None).await;
        }
        let api = RecertificationApi::new(Arc::clone(&house.house));
        Self { house, api }
    }

    /// Publishes parameters of the province.
    pub(crate) async fn publish(&self, parameters: &str) {
        let text = format!(
            "format = 1\nprofile = \"local\"\nversion = 1\njurisdiction = \"{PROVINCE}\"\n\
             title = \"本地\"\neffective_from = \"2015-01-01\"\n{parameters}"
        );
        let published = Published::read("local.toml", &text).unwrap();
        let document = &published.document;
        let blob = BlobRef::of(text.as_bytes());
        let event = PolicyEvent::ProfilePublished {
            document: PublishedDocument {
                id: document.profile.clone(),
                version: document.version,
                title: document.title.clone(),
                sha256: blob.digest.to_string(),
                size: blob.size,
            },
            jurisdiction: document.jurisdiction.clone(),
            effective_from: document.effective_from,
            effective_to: document.effective_to,
        };
        let draft = streams::draft::<streams::Policies>(streams::policies(), &event).unwrap();
        let transaction = Transaction::default().append(draft.with_blob(blob));
        let transaction = transaction.blob(text.into_bytes().into());
        self.house.realm.log.commit(transaction).await.unwrap();
    }

    /// Puts an event into the log.
    pub(crate) async fn append(&self, draft: quanheng_eventlog::EventDraft) {
        Registered(&self.house.realm).append(draft).await;
    }

    /// The campaign, opened.
    pub(crate) async fn campaign(&self) -> wire::Campaign {
        let answer = call!(self, manager(), create_campaign, create("c1"));
        answer.unwrap().campaign.unwrap()
    }

    /// The campaign as the view has it.
    pub(crate) async fn get(&self) -> wire::Campaign {
        let min_position = self.house.head().await;
        let get = wire::GetCampaignRequest { name: CAMPAIGN.into(), min_position };
        call!(self, manager(), get_campaign, get).unwrap().campaign.unwrap()
    }

    /// Whether nothing was committed since a position.
    pub(crate) async fn unchanged(&self, head: u64) {
        assert_eq!(self.house.head().await, head, "something changed");
    }
}

pub(crate) fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A day from today on.
pub(crate) fn in_days(days: i64) -> Option<Date> {
    use jiff::ToSpan as _;
    Some(quanheng_api::date(today().checked_add(days.days()).unwrap()))
}

/// The day, as the realm has it.
pub(crate) fn today() -> jiff::civil::Date {
    use quanheng_eventlog::Clock as _;
    quanheng_runtime::today(quanheng_eventlog::SystemClock.now())
}

/// Who governs the whole country.
pub(crate) fn manager() -> Principal {
    Principal { person: Some(person("boss")), ..everything() }
}

/// Who governs a division.
pub(crate) fn governor(id: &str, division: &str) -> Principal {
    Principal {
        person: Some(person(id)),
        jurisdiction: DivisionCode::parse(division).unwrap(),
        ..principal(id, &[Role::QuotaManager])
    }
}

/// A unit's clerk.
pub(crate) fn clerk(id: &str, unit: &str, division: &str) -> Principal {
    Principal {
        person: Some(person(id)),
        unit: Some(UnitId::new(unit).unwrap()),
        jurisdiction: DivisionCode::parse(division).unwrap(),
        ..principal(id, &[Role::UnitClerk])
    }
}

pub(crate) fn create(id: &str) -> wire::CreateCampaignRequest {
    wire::CreateCampaignRequest {
        title: "参照管理单位重新认定".into(),
        division: PROVINCE.into(),
        document_number: "滇公局发〔2026〕1号".into(),
        notice: "请各单位按期填报".into(),
        baseline_on: day(2024, 1, 1),
        survey_due_on: in_days(30),
        campaign_id: id.into(),
        request_id: request_id(),
        ..Default::default()
    }
}

pub(crate) fn force(division: &str, departments: &[(&str, &str)]) -> wire::TaskForce {
    let members = departments.iter().map(|(person, department)| wire::TaskForceMember {
        person: format!("persons/{person}"),
        department: (*department).to_owned(),
    });
    wire::TaskForce {
        division: division.into(),
        lead: "persons/chief".into(),
        members: members.collect(),
        document_number: "滇专班〔2026〕1号".into(),
    }
}

/// Members of every required department.
pub(crate) const DEPARTMENTS: [(&str, &str); 3] = [
    ("m1", "organization_department"),
    ("m2", "establishment_office"),
    ("m3", "finance_department"),
];

pub(crate) const PROVINCIAL: i32 = wire::CampaignPhase::Provincial as i32;
pub(crate) const MUNICIPAL: i32 = wire::CampaignPhase::Municipal as i32;

/// The first day of units of the house.
pub(crate) fn founded() -> jiff::civil::Date {
    date(2019, 6, 1)
}

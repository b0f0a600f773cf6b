//! Persons through their service.

mod erasing;
mod events;
mod finding;
mod opening;
mod reading;
mod refusals;
mod sealing;
mod sheets;
mod writing;

use std::sync::Arc;

use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::common::v1::{Basis, KnownAt, known_at};
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_api::quanheng::registry::v1::registry_service_server::RegistryService as _;
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_registry::{ImportBounds, Imports, RegistryApi, persons_definition};
use tonic::Status;

use crate::world::{
    Kind, Place, Registered, TestHouse, Told, principal, request, request_id, told,
};

/// A realm with the service over it, and two units in two counties of one prefecture.
pub(crate) struct World {
    pub(crate) house: TestHouse,
    pub(crate) api: RegistryApi,
}

/// Where `u1` and `u3` are.
const HERE: &str = "530102";
/// Where `u2` is.
const THERE: &str = "530103";

impl World {
    async fn open(kind: Kind) -> Self {
        let world = Self::open_at(Place::new(kind).await).await;
        let registered = Registered(&world.house.realm);
        registered.unit("u1", HERE, 20, None).await;
        registered.unit("u2", THERE, 20, None).await;
        registered.unit("u3", HERE, 20, None).await;
        world
    }

    /// As a server that is started where there is a realm already.
    async fn open_at(place: Place) -> Self {
        let house = TestHouse::open_at(place, vec![persons_definition().unwrap()]).await;
        let imports = Imports::within(ImportBounds::default());
        let api = RegistryApi::new(Arc::clone(&house.house), imports);
        Self { house, api }
    }

    async fn create(
        &self,
        who: &Principal,
        message: wire::CreatePersonRequest,
    ) -> Result<wire::CreatePersonResponse, Told> {
        answered(self.api.create_person(request(who, message)).await)
    }

    /// Registers a person of a unit, as the registrar of the country.
    async fn person(&self, id: &str, unit: &str, nr: u32) -> wire::Person {
        let created = self.create(&registrar(), create(id, unit, nr)).await.unwrap();
        created.person.unwrap()
    }

    async fn update(
        &self,
        who: &Principal,
        message: wire::UpdatePersonRequest,
    ) -> Result<wire::Person, Told> {
        let message = wire::UpdatePersonRequest { request_id: request_id(), ..message };
        let answer = answered(self.api.update_person(request(who, message)).await)?;
        Ok(answer.person.unwrap())
    }

    async fn record(
        &self,
        who: &Principal,
        id: &str,
        events: Vec<wire::PersonEvent>,
    ) -> Result<wire::Person, Told> {
        let message = record(id, events);
        let answer = answered(self.api.record_person_events(request(who, message)).await)?;
        Ok(answer.person.unwrap())
    }

    /// A person as somebody sees one now.
    async fn get(
        &self,
        who: &Principal,
        id: &str,
        view: wire::PersonView,
    ) -> Result<wire::Person, Told> {
        let message = wire::GetPersonRequest { view: view.into(), ..get(id) };
        self.get_as(who, message).await
    }

    async fn get_as(
        &self,
        who: &Principal,
        message: wire::GetPersonRequest,
    ) -> Result<wire::Person, Told> {
        let min_position = self.house.head().await;
        let message = wire::GetPersonRequest { min_position, ..message };
        let answer = answered(self.api.get_person(request(who, message)).await)?;
        assert!(answer.position >= min_position);
        Ok(answer.person.unwrap())
    }

    async fn basic(&self, id: &str) -> wire::Person {
        self.get(&viewer(), id, wire::PersonView::Basic).await.unwrap()
    }

    async fn full(&self, id: &str) -> wire::Person {
        self.get(&registrar(), id, wire::PersonView::Full).await.unwrap()
    }

    async fn list(
        &self,
        who: &Principal,
        message: wire::ListPersonsRequest,
    ) -> Result<wire::ListPersonsResponse, Told> {
        let min_position = self.house.head().await;
        let message = wire::ListPersonsRequest { min_position, ..message };
        answered(self.api.list_persons(request(who, message)).await)
    }

    /// The ids of the persons that somebody lists under a filter.
    async fn ids(&self, who: &Principal, filter: &str) -> Vec<String> {
        let message = wire::ListPersonsRequest { filter: filter.into(), ..Default::default() };
        ids(&self.list(who, message).await.unwrap().persons)
    }

    /// The ids of the persons of a name.
    async fn named(&self, full_name: &str) -> Vec<String> {
        let full_name = full_name.to_owned();
        let message = wire::ListPersonsRequest { full_name, ..Default::default() };
        ids(&self.list(&viewer(), message).await.unwrap().persons)
    }

    /// The ids of the persons with an identity number.
    async fn numbered(&self, number: &str) -> Vec<String> {
        let identity_number = number.to_owned();
        let message = wire::ListPersonsRequest { identity_number, ..Default::default() };
        ids(&self.list(&viewer(), message).await.unwrap().persons)
    }

    async fn history(&self, who: &Principal, id: &str) -> Vec<wire::HistoryEntry> {
        let message = wire::ListPersonHistoryRequest {
            name: format!("persons/{id}"),
            min_position: self.house.head().await,
            ..Default::default()
        };
        answered(self.api.list_person_history(request(who, message)).await).unwrap().entries
    }

    async fn erase(
        &self,
        who: &Principal,
        message: wire::ErasePersonRequest,
    ) -> Result<wire::Person, Told> {
        let answer = answered(self.api.erase_person(request(who, message)).await)?;
        Ok(answer.person.unwrap())
    }

    async fn events_of(&self, stream: &str) -> Vec<quanheng_eventlog::Record> {
        use futures::TryStreamExt as _;
        let stream = quanheng_eventlog::StreamName::new(stream).unwrap();
        let (first, way) = (quanheng_eventlog::Version(1), quanheng_eventlog::Direction::Forward);
        self.house.realm.log.read_stream(stream, first, way).try_collect().await.unwrap()
    }
}

#[allow(clippy::result_large_err, reason = "what a test looks at")]
fn answered<T>(answer: Result<tonic::Response<T>, Status>) -> Result<T, Told> {
    answer.map(tonic::Response::into_inner).map_err(|status| told(&status))
}

fn ids(persons: &[wire::Person]) -> Vec<String> {
    persons.iter().map(|person| person.name.trim_start_matches("persons/").to_owned()).collect()
}

/// Keeps the registers of the country.
fn registrar() -> Principal {
    principal("registrar", &[Role::Registrar])
}

/// May see persons, masked.
fn viewer() -> Principal {
    principal("viewer", &[Role::Viewer])
}

/// May erase.
fn officer() -> Principal {
    principal("officer", &[Role::PrivacyOfficer])
}

/// Somebody with a role in a division.
fn within(id: &str, role: Role, division: &str) -> Principal {
    Principal { jurisdiction: DivisionCode::parse(division).unwrap(), ..principal(id, &[role]) }
}

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

fn basis(on: Option<Date>) -> Option<Basis> {
    Some(Basis { document_number: "样组〔2024〕12号".into(), effective_on: on })
}

fn at(position: u64) -> Option<KnownAt> {
    Some(KnownAt { at: Some(known_at::At::Position(position)) })
}

/// The identity number of a made-up person, with its check digit.
fn number(nr: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("53010219800101{:03}", nr * 2 + 1);
    let digits = body.bytes().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][sum as usize % 11];
    format!("{body}{check}")
}

/// The name of a made-up person.
fn full_name(nr: u32) -> String {
    format!("甄样例{}", ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"][nr as usize % 8])
}

fn profile(nr: u32) -> wire::PrivateProfile {
    wire::PrivateProfile {
        full_name: full_name(nr),
        identity_number: number(nr),
        sex: wire::Sex::Male.into(),
        nation: "汉族".into(),
        birth_date: day(1980, 1, 1),
        native_place: "云南昆明".into(),
        political_status: "群众".into(),
        work_started: day(2003, 7, 0),
        phone: "13812345678".into(),
        resume: "2003.07—    样例县样例局".into(),
        pay_grade: 18,
        ..wire::PrivateProfile::default()
    }
}

fn create(id: &str, unit: &str, nr: u32) -> wire::CreatePersonRequest {
    wire::CreatePersonRequest {
        person_id: id.into(),
        person: Some(wire::Person {
            unit: format!("units/{unit}"),
            slot: wire::SlotKind::Administrative.into(),
            category: "general_management".into(),
            entry: wire::EntryWay::Recruitment.into(),
            private_profile: Some(profile(nr)),
            ..wire::Person::default()
        }),
        basis: basis(day(2020, 3, 1)),
        request_id: request_id(),
        validate_only: false,
    }
}

fn get(id: &str) -> wire::GetPersonRequest {
    wire::GetPersonRequest { name: format!("persons/{id}"), ..Default::default() }
}

fn record(id: &str, events: Vec<wire::PersonEvent>) -> wire::RecordPersonEventsRequest {
    wire::RecordPersonEventsRequest {
        name: format!("persons/{id}"),
        events,
        request_id: request_id(),
        ..Default::default()
    }
}

fn event(event: wire::person_event::Event, on: Option<Date>) -> wire::PersonEvent {
    wire::PersonEvent { event: Some(event), basis: basis(on) }
}

fn take_rank(id: &str, rank: &str, on: Option<Date>) -> wire::PersonEvent {
    let spell = wire::RankSpell {
        spell_id: id.into(),
        category: "general_management".into(),
        rank: rank.into(),
        reason: wire::RankReason::Promotion.into(),
        batch: "第1批".into(),
        ..wire::RankSpell::default()
    };
    event(wire::person_event::Event::TakeRank(spell), on)
}

fn take_post(id: &str, unit: &str, on: Option<Date>) -> wire::PersonEvent {
    let spell = wire::PostSpell {
        spell_id: id.into(),
        unit: format!("units/{unit}"),
        level: "L42".into(),
        title: "样例局副局长".into(),
        way: wire::PostWay::Selection.into(),
        ..wire::PostSpell::default()
    };
    event(wire::person_event::Event::TakePost(spell), on)
}

fn move_slot(unit: &str, on: Option<Date>) -> wire::PersonEvent {
    let slot = wire::person_event::MoveSlot {
        unit: format!("units/{unit}"),
        slot: wire::SlotKind::Administrative.into(),
        category: "general_management".into(),
        way: wire::MoveWay::LateralTransfer.into(),
        ..Default::default()
    };
    event(wire::person_event::Event::MoveSlot(slot), on)
}

fn sanction(id: &str) -> wire::PersonEvent {
    let fact = wire::Sanction {
        id: id.into(),
        kind: "warning".into(),
        note: "样例处分事由".into(),
        ..Default::default()
    };
    event(wire::person_event::Event::RecordSanction(fact), day(2023, 5, 6))
}

fn assessment(year: i32, result: &str) -> wire::Assessment {
    wire::Assessment {
        year,
        result: result.into(),
        confirmed_on: day(year + 1, 1, 20),
        raw: String::new(),
    }
}

fn erase(id: &str) -> wire::ErasePersonRequest {
    wire::ErasePersonRequest {
        name: format!("persons/{id}"),
        ordered_by: "本人申请".into(),
        reason: "样例删除事由".into(),
        request_id: request_id(),
        validate_only: false,
    }
}

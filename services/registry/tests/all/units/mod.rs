//! Units and posts through their service.

mod changes;
mod lists;
mod posts;
mod refusals;
mod sheets;
mod writes;

use std::collections::BTreeMap;

use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::common::v1::{Basis, KnownAt, known_at};
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_api::quanheng::registry::v1::registry_service_server::RegistryService as _;
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_registry::{ImportBounds, Imports, RegistryApi, units_definition};
use tonic::Status;

use crate::world::{Kind, Registered, TestHouse, Told, principal, request, request_id, told};

/// Credit codes of made-up units, with their check digits.
pub(crate) const ORGAN_CODE: &str = "11530102015100001J";

/// A realm with the service over it.
pub(crate) struct World {
    pub(crate) house: TestHouse,
    pub(crate) api: RegistryApi,
}

impl World {
    pub(crate) async fn open(kind: Kind) -> Self {
        let house = TestHouse::open(kind, vec![units_definition().unwrap()]).await;
        let imports = Imports::within(ImportBounds::default());
        let api = RegistryApi::new(std::sync::Arc::clone(&house.house), imports);
        Self { house, api }
    }

    pub(crate) fn registered(&self) -> Registered<'_> {
        Registered(&self.house.realm)
    }

    /// Creates a unit as the registrar of the country; it is there at once.
    pub(crate) async fn unit(&self, id: &str, profile: wire::UnitProfile) -> wire::Unit {
        let answer = self.create(&registrar(), create(id, profile)).await.unwrap();
        answer.unit.unwrap()
    }

    pub(crate) async fn create(
        &self,
        who: &Principal,
        message: wire::CreateUnitRequest,
    ) -> Result<wire::CreateUnitResponse, Told> {
        answered(self.api.create_unit(request(who, message)).await)
    }

    pub(crate) async fn update(
        &self,
        who: &Principal,
        message: wire::UpdateUnitRequest,
    ) -> Result<wire::UpdateUnitResponse, Told> {
        answered(self.api.update_unit(request(who, message)).await)
    }

    pub(crate) async fn change(
        &self,
        who: &Principal,
        message: wire::ChangeUnitsRequest,
    ) -> Result<wire::ChangeUnitsResponse, Told> {
        answered(self.api.change_units(request(who, message)).await)
    }

    /// A unit as somebody sees it now.
    pub(crate) async fn get(&self, who: &Principal, id: &str) -> Result<wire::Unit, Told> {
        let message = wire::GetUnitRequest { name: format!("units/{id}"), ..self.now().await };
        let answer = answered(self.api.get_unit(request(who, message)).await)?;
        assert!(answer.position >= self.house.head().await);
        Ok(answer.unit.unwrap())
    }

    pub(crate) async fn get_as(&self, message: wire::GetUnitRequest) -> Result<wire::Unit, Told> {
        let answer = answered(self.api.get_unit(request(&registrar(), message)).await)?;
        Ok(answer.unit.unwrap())
    }

    pub(crate) async fn list(
        &self,
        who: &Principal,
        message: wire::ListUnitsRequest,
    ) -> Result<wire::ListUnitsResponse, Told> {
        let min_position = self.house.head().await;
        let message = wire::ListUnitsRequest { min_position, ..message };
        answered(self.api.list_units(request(who, message)).await)
    }

    /// The ids of the units that pass a filter.
    pub(crate) async fn ids(&self, who: &Principal, filter: &str) -> Vec<String> {
        let message = wire::ListUnitsRequest { filter: filter.to_owned(), ..Default::default() };
        let found = self.list(who, message).await.unwrap().units;
        found.iter().map(|unit| unit.name.trim_start_matches("units/").to_owned()).collect()
    }

    pub(crate) async fn history(
        &self,
        who: &Principal,
        message: wire::ListUnitHistoryRequest,
    ) -> Result<wire::ListUnitHistoryResponse, Told> {
        answered(self.api.list_unit_history(request(who, message)).await)
    }

    async fn now(&self) -> wire::GetUnitRequest {
        let min_position = self.house.head().await;
        wire::GetUnitRequest { min_position, ..wire::GetUnitRequest::default() }
    }
}

#[expect(clippy::result_large_err, reason = "told once a test")]
pub(crate) fn answered<T>(answer: Result<tonic::Response<T>, Status>) -> Result<T, Told> {
    answer.map(tonic::Response::into_inner).map_err(|status| told(&status))
}

pub(crate) fn registrar() -> Principal {
    principal("registrar", &[Role::Registrar])
}

/// Somebody with a role in a division.
pub(crate) fn within(id: &str, role: Role, division: &str) -> Principal {
    Principal { jurisdiction: DivisionCode::parse(division).unwrap(), ..principal(id, &[role]) }
}

pub(crate) fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

pub(crate) fn basis(year: i32, month: i32, on: i32) -> Option<Basis> {
    Some(Basis {
        document_number: "云编〔2020〕1号".into(), effective_on: day(year, month, on)
    })
}

pub(crate) fn known_at(position: u64) -> Option<KnownAt> {
    Some(KnownAt { at: Some(known_at::At::Position(position)) })
}

/// An organ of a county.
pub(crate) fn organ(name: &str, division: &str) -> wire::UnitProfile {
    wire::UnitProfile {
        display_name: Some(name.to_owned()),
        division: Some(division.to_owned()),
        tier: Some(wire::Tier::County.into()),
        grade: Some(wire::UnitGrade::Section.into()),
        kind: Some(wire::UnitKind::Organ.into()),
        nature: Some(wire::UnitNature::Organ.into()),
        establishment: Some(wire::Establishment { administrative: 20, ..Default::default() }),
        ..wire::UnitProfile::default()
    }
}

/// A referenced institution of a county.
pub(crate) fn referenced(name: &str, division: &str) -> wire::UnitProfile {
    wire::UnitProfile {
        kind: Some(wire::UnitKind::ReferencedUnit.into()),
        nature: Some(wire::UnitNature::ReferencedInstitution.into()),
        establishment: Some(wire::Establishment {
            referenced_institution: 10,
            ..Default::default()
        }),
        reference: Some(wire::ReferenceApproval {
            approved_on: day(2008, 3, 1),
            document_number: "云组参〔2008〕7号".into(),
        }),
        ..organ(name, division)
    }
}

pub(crate) fn create(id: &str, profile: wire::UnitProfile) -> wire::CreateUnitRequest {
    wire::CreateUnitRequest {
        unit_id: id.to_owned(),
        profile: Some(profile),
        basis: basis(2020, 1, 1),
        request_id: request_id(),
        validate_only: false,
    }
}

pub(crate) fn update(id: &str, profile: wire::UnitProfile) -> wire::UpdateUnitRequest {
    wire::UpdateUnitRequest {
        name: format!("units/{id}"),
        profile: Some(profile),
        basis: basis(2022, 1, 1),
        request_id: request_id(),
        ..wire::UpdateUnitRequest::default()
    }
}

pub(crate) fn change(
    kind: wire::UnitChangeKind,
    from: &[&str],
    to: Vec<wire::Successor>,
) -> wire::ChangeUnitsRequest {
    wire::ChangeUnitsRequest {
        kind: kind.into(),
        predecessors: from.iter().map(|id| format!("units/{id}")).collect(),
        successors: to,
        basis: basis(2023, 1, 1),
        request_id: request_id(),
        ..wire::ChangeUnitsRequest::default()
    }
}

pub(crate) fn successor(id: &str, profile: Option<wire::UnitProfile>) -> wire::Successor {
    wire::Successor { unit: format!("units/{id}"), profile }
}

/// A refusal's code and reason.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Told>) -> (tonic::Code, String) {
    let told = answer.unwrap_err();
    (told.code, told.reason)
}

/// The documents of a collection, by id, without their positions.
pub(crate) async fn documents(house: &TestHouse, collection: &str) -> BTreeMap<String, String> {
    house.settle().await;
    let view = house.realm.projections.view("units").unwrap();
    let query = quanheng_projection::Query::default();
    let listed = view.list(collection, &query).await.unwrap();
    assert!(listed.next.is_none());
    listed.docs.into_iter().map(|doc| (doc.id.clone(), doc.json.to_string())).collect()
}

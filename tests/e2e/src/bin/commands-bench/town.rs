//! Units to work with, made through the API.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, request_id};
use quanheng_policy::class::{Standing, Tier, UnitFacts, UnitGrade, UnitKind};
use quota::determine_quota_request::Owner;

/// When every unit is established.
pub(crate) const DAY: Date = Date::constant(2019, 1, 1);
/// When quotas are determined: there are ratios since 2019-06-01.
pub(crate) const DETERMINED: Date = Date::constant(2024, 1, 1);

/// Ordinary cities of one province (行政区划).
const DIVISIONS: [&str; 8] =
    ["420500", "420600", "420700", "420800", "420900", "421000", "421100", "421200"];

/// A unit.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) division: &'static str,
}

impl Unit {
    pub(crate) fn name(&self) -> String {
        format!("units/{}", self.id)
    }

    /// What its class is found by.
    pub(crate) fn facts(&self) -> UnitFacts {
        UnitFacts {
            tier: Tier::Prefecture,
            standing: Standing::Ordinary,
            grade: UnitGrade::Division,
            kind: UnitKind::Organ,
        }
    }
}

/// The document of everything.
pub(crate) fn basis(day: Date) -> Option<Basis> {
    let document_number = format!("示例组通〔{}〕1号", day.year());
    Some(Basis { document_number, effective_on: Some(date(day)) })
}

/// Registers units, all of a city's tier.
pub(crate) async fn units(client: &Client, count: usize) -> Vec<Unit> {
    let mut units = Vec::with_capacity(count);
    for nr in 0..count {
        let unit = Unit {
            id: format!("bench-{nr}"),
            title: format!("示例市第{nr}局"),
            division: DIVISIONS[nr % DIVISIONS.len()],
        };
        let profile = registry::UnitProfile {
            display_name: Some(unit.title.clone()),
            division: Some(unit.division.to_owned()),
            tier: Some(registry::Tier::Prefecture.into()),
            grade: Some(registry::UnitGrade::Division.into()),
            kind: Some(registry::UnitKind::Organ.into()),
            nature: Some(registry::UnitNature::Organ.into()),
            sequence: Some("政府".to_owned()),
            establishment: Some(registry::Establishment {
                administrative: 2_000,
                ..registry::Establishment::default()
            }),
            ..registry::UnitProfile::default()
        };
        let request = registry::CreateUnitRequest {
            unit_id: unit.id.clone(),
            profile: Some(profile),
            basis: basis(DAY),
            request_id: request_id(),
            validate_only: false,
        };
        client.registry().create_unit(request).await.unwrap();
        units.push(unit);
    }
    units
}

/// An account, and the set of it with the most seats.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) set: String,
    /// As a view might keep it.
    pub(crate) json: String,
}

/// Seats that are reserved beforehand, so that releases never find none.
const RESERVED: u64 = 200;

/// Determines the quotas of units.
pub(crate) async fn accounts(client: &Client, units: &[Unit]) -> Vec<Account> {
    let mut accounts = Vec::with_capacity(units.len());
    for unit in units {
        let request = quota::DetermineQuotaRequest {
            owner: Some(Owner::Unit(unit.name())),
            basis: basis(DETERMINED),
            request_id: request_id(),
            ..quota::DetermineQuotaRequest::default()
        };
        let answer = client.quota().determine_quota(request).await.unwrap().into_inner();
        let account = answer.account.unwrap();
        let set = account.sets.iter().max_by_key(|set| set.available).unwrap();
        assert!(set.available > 2 * i64::try_from(RESERVED).unwrap(), "{set:?}");
        let (name, set) = (account.name.clone(), set.set.clone());
        let request = reserve(&name, &set, RESERVED);
        let answer = client.quota().set_reserve(request).await.unwrap().into_inner();
        let json = quanheng_api::json(&answer.account.unwrap()).unwrap().to_string();
        accounts.push(Account { name, set, json });
    }
    accounts
}

/// 预留
pub(crate) fn reserve(account: &str, set: &str, seats: u64) -> quota::SetReserveRequest {
    quota::SetReserveRequest {
        account: account.to_owned(),
        set: set.to_owned(),
        seats,
        reason: "测量".to_owned(),
        basis: basis(DETERMINED),
        request_id: request_id(),
        ..quota::SetReserveRequest::default()
    }
}

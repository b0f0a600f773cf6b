//! One worker's units and persons, what it asks, and what the model says to it.

use std::collections::BTreeMap;

use quanheng_api::date;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Who, request_id, staff};
use quanheng_policy::codes::{DivisionCode, Sex};
use quanheng_sheets::sample;

use super::accounts::{Account, Hold, Stage, Verdict};
use crate::farm::{Answer, Ask, People, text};

/// A command, with the message that is sent again and again until it is answered.
#[derive(Debug, Clone)]
pub(super) enum Command {
    CreateUnit(Box<registry::CreateUnitRequest>),
    CreatePerson(Box<registry::CreatePersonRequest>),
    Determine(quota::DetermineQuotaRequest),
    Open(quota::RecordOpeningBalancesRequest),
    Ask(quota::RequestPreReviewRequest),
    Seat(approval::SetOfficeRequest),
    Meet(approval::RecordMeetingRequest),
    Review(approval::ApproveTaskRequest),
    Approve(approval::ApproveTaskRequest),
    Withdraw(quota::WithdrawPreReviewRequest),
    Occupy(quota::OccupySeatsRequest),
    File(quota::FileUseRequest),
    Vacate(quota::VacateSeatsRequest),
    Reserve(quota::SetReserveRequest),
    Release(quota::ReleaseReserveRequest),
}

impl Ask for Command {
    async fn send(&self, people: &People) -> Answer {
        let People { asker, decider, .. } = people;
        match self.clone() {
            Self::CreateUnit(m) => asker.registry().create_unit(*m).await.map(text),
            Self::CreatePerson(m) => asker.registry().create_person(*m).await.map(text),
            Self::Determine(m) => asker.quota().determine_quota(m).await.map(text),
            Self::Open(m) => asker.quota().record_opening_balances(m).await.map(text),
            Self::Ask(m) => asker.quota().request_pre_review(m).await.map(text),
            Self::Seat(m) => asker.offices().set_office(m).await.map(text),
            Self::Meet(m) => people.secretary.tasks().record_meeting(m).await.map(text),
            Self::Review(m) => people.reviewer.tasks().approve_task(m).await.map(text),
            Self::Approve(m) => people.head.tasks().approve_task(m).await.map(text),
            Self::Withdraw(m) => asker.quota().withdraw_pre_review(m).await.map(text),
            Self::Occupy(m) => decider.quota().occupy_seats(m).await.map(text),
            Self::File(m) => {
                let answer = asker.quota().file_use(m).await?;
                match &answer.get_ref().returned {
                    // An outcome, and as such the same every time.
                    Some(back) => Ok(format!("RETURNED {}", back.reason)),
                    None => Ok(text(answer)),
                }
            }
            Self::Vacate(m) => decider.quota().vacate_seats(m).await.map(text),
            Self::Reserve(m) => asker.quota().set_reserve(m).await.map(text),
            Self::Release(m) => asker.quota().release_reserve(m).await.map(text),
        }
    }
}

/// What a worker knows.
pub(super) struct World {
    worker: usize,
    made: usize,
    pub(super) accounts: BTreeMap<String, Account>,
    /// Whose slot is where.
    persons: BTreeMap<String, String>,
    /// Units whose party group has no secretary yet.
    unseated: Vec<String>,
    seed: u64,
}

fn basis() -> Option<Basis> {
    Some(Basis {
        document_number: "鄂组通〔2026〕7号".into(),
        effective_on: Some(date(jiff::civil::date(2026, 3, 2))),
    })
}

fn account(unit: &str) -> String {
    format!("quotaAccounts/{unit}.general_management")
}

fn rank(order: u8) -> String {
    format!("GM{order:02}")
}

impl World {
    pub(super) fn new(worker: usize) -> Self {
        let seed = 0x9E37_79B9 ^ (worker as u64 + 1);
        Self {
            worker,
            made: 0,
            accounts: BTreeMap::new(),
            persons: BTreeMap::new(),
            unseated: Vec::new(),
            seed,
        }
    }

    /// A number below another (splitmix64).
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}-{}-{}", self.worker, self.made)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        match from.len() {
            0 => None,
            many => Some(from[self.below(many)].clone()),
        }
    }

    /// The next command, and what the model says to it. The model moves on.
    pub(super) fn next(&mut self) -> (Command, Verdict) {
        if let Some(unit) = self.unseated.pop() {
            let seat = staff::seat(&format!("units/{unit}"), staff::SECRETARY, Who::Secretary);
            return (Command::Seat(seat), Ok(()));
        }
        let units: Vec<String> = self.accounts.keys().cloned().collect();
        if units.len() < 2 || (units.len() < 8 && self.below(60) == 0) {
            return self.create_unit();
        }
        let unit = self.pick(&units).expect("there are units");
        let here: Vec<String> = self.of(&unit);
        if here.len() < 3 || (here.len() < 30 && self.below(12) == 0) {
            return self.create_person(&unit);
        }
        if !self.accounts[&unit].is_determined() && self.below(3) > 0 {
            return self.determine(&unit);
        }
        match self.below(10) {
            0 => self.determine(&unit),
            1 => self.open(&unit, &here),
            2 | 3 => self.ask(&unit),
            4 => self.grant(&unit),
            5 => self.occupy(&unit, &here),
            6 => self.file(&unit),
            7 => self.vacate(&unit, &here),
            8 => self.reserve(&unit),
            _ => self.withdraw(&unit),
        }
    }

    fn of(&self, unit: &str) -> Vec<String> {
        let here = self.persons.iter().filter(|(_, of)| *of == unit);
        here.map(|(person, _)| person.clone()).collect()
    }

    fn create_unit(&mut self) -> (Command, Verdict) {
        let unit = self.fresh("u");
        let posts = 20 + self.below(160) as u32;
        self.accounts.insert(unit.clone(), Account::new(u64::from(posts)));
        self.unseated.push(unit.clone());
        let message = Self::unit(unit, format!("示例区第{}局", self.made), posts);
        (Command::CreateUnit(Box::new(message)), Ok(()))
    }

    fn unit(unit: String, name: String, posts: u32) -> registry::CreateUnitRequest {
        let profile = registry::UnitProfile {
            display_name: Some(name),
            division: Some("420106".into()),
            tier: Some(registry::Tier::County.into()),
            grade: Some(registry::UnitGrade::Section.into()),
            kind: Some(registry::UnitKind::Organ.into()),
            nature: Some(registry::UnitNature::Organ.into()),
            establishment: Some(registry::Establishment {
                administrative: posts,
                ..Default::default()
            }),
            ..Default::default()
        };
        registry::CreateUnitRequest {
            unit_id: unit,
            profile: Some(profile),
            basis: basis().map(|basis| Basis {
                effective_on: Some(date(jiff::civil::date(2019, 6, 1))),
                ..basis
            }),
            request_id: request_id(),
            ..Default::default()
        }
    }

    /// The authority of the county.
    pub(super) fn organisation_department() -> registry::CreateUnitRequest {
        Self::unit("org".to_owned(), "中共示例区委组织部".to_owned(), 30)
    }

    fn create_person(&mut self, unit: &str) -> (Command, Verdict) {
        let person = self.fresh("p");
        self.persons.insert(person.clone(), unit.to_owned());
        let division = DivisionCode::parse("420106").expect("a code");
        let seed = (self.worker as u64) << 32 | self.made as u64;
        let row = sample::person(seed, &division);
        let number = &row.identity.number;
        let private = registry::PrivateProfile {
            full_name: row.identity.name.clone(),
            identity_number: number.reveal().to_owned(),
            sex: match number.sex() {
                Sex::Male => registry::Sex::Male.into(),
                Sex::Female => registry::Sex::Female.into(),
            },
            nation: "汉族".into(),
            birth_date: Some(date(number.birth_date())),
            native_place: "湖北武汉".into(),
            political_status: "中共党员".into(),
            ..Default::default()
        };
        let message = registry::CreatePersonRequest {
            person_id: person,
            person: Some(registry::Person {
                unit: format!("units/{unit}"),
                slot: registry::SlotKind::Administrative.into(),
                category: "general_management".into(),
                private_profile: Some(private),
                ..Default::default()
            }),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        (Command::CreatePerson(Box::new(message)), Ok(()))
    }

    fn determine(&mut self, unit: &str) -> (Command, Verdict) {
        let message = quota::DetermineQuotaRequest {
            owner: Some(quota::determine_quota_request::Owner::Unit(format!("units/{unit}"))),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let verdict = self.model(unit).determine();
        (Command::Determine(message), verdict)
    }

    fn model(&mut self, unit: &str) -> &mut Account {
        self.accounts.get_mut(unit).expect("a unit of this worker's")
    }

    fn open(&mut self, unit: &str, here: &[String]) -> (Command, Verdict) {
        let person = self.pick(here).expect("somebody is here");
        let order = 3 + self.below(9) as u8;
        let message = quota::RecordOpeningBalancesRequest {
            account: account(unit),
            holders: vec![quota::OpeningHolder {
                person: format!("persons/{person}"),
                rank: rank(order),
                since: Some(date(jiff::civil::date(2020, 1, 1))),
                ..Default::default()
            }],
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let seated = self.accounts[unit].holders.contains_key(&person);
        let verdict = self.model(unit).open(&person, order, seated);
        (Command::Open(message), verdict)
    }

    fn ask(&mut self, unit: &str) -> (Command, Verdict) {
        let hold = self.fresh("h");
        let to = 3 + self.below(8) as u8;
        let leaves = (self.below(3) > 0).then(|| (to + 1).min(10));
        let message = quota::RequestPreReviewRequest {
            account: account(unit),
            unit: format!("units/{unit}"),
            moves: vec![quota::Move { leaves: leaves.map(rank).unwrap_or_default(), to: rank(to) }],
            unit_opinion: "同意申报".into(),
            hold_id: hold.clone(),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let verdict = self.model(unit).ask(&hold, leaves, to);
        (Command::Ask(message), verdict)
    }

    /// A hold of the unit's, in any state; one that was never asked for if there is none.
    fn hold(&mut self, unit: &str, likely: impl Fn(&Hold) -> bool) -> Option<String> {
        let holds = &self.accounts[unit].holds;
        let fit: Vec<String> =
            holds.iter().filter(|(_, hold)| likely(hold)).map(|(id, _)| id.clone()).collect();
        let all: Vec<String> = holds.keys().cloned().collect();
        if self.below(8) > 0 && !fit.is_empty() { self.pick(&fit) } else { self.pick(&all) }
    }

    /// A task of a request is acted on: mostly the one that is open.
    fn grant(&mut self, unit: &str) -> (Command, Verdict) {
        let Some(id) = self.hold(unit, |hold| matches!(hold, Hold::Asked { .. })) else {
            return self.ask(unit);
        };
        let at = match self.accounts[unit].holds[&id] {
            Hold::Asked { stage, .. } => Some(stage),
            _ => None,
        };
        let likely = match (at, self.below(8)) {
            (Some(stage), 1..) => stage,
            _ => [Stage::PartyGroup, Stage::Review, Stage::Approval][self.below(3)],
        };
        let hold = format!("{}/holds/{id}", account(unit));
        let command = match likely {
            Stage::PartyGroup => Command::Meet(staff::unanimous(staff::task(&hold, 2))),
            Stage::Review => Command::Review(staff::approve(staff::task(&hold, 3), None)),
            Stage::Approval => Command::Approve(staff::approve(staff::task(&hold, 4), basis())),
        };
        let verdict = self.model(unit).act(&id, likely);
        (command, verdict)
    }

    fn withdraw(&mut self, unit: &str) -> (Command, Verdict) {
        let Some(hold) = self.hold(unit, |hold| matches!(hold, Hold::Held { .. })) else {
            return self.reserve(unit);
        };
        let message = quota::WithdrawPreReviewRequest {
            name: format!("{}/holds/{hold}", account(unit)),
            reason: "方案调整".into(),
            request_id: request_id(),
            ..Default::default()
        };
        let verdict = self.model(unit).withdraw(&hold);
        (Command::Withdraw(message), verdict)
    }

    fn occupy(&mut self, unit: &str, here: &[String]) -> (Command, Verdict) {
        let Some(hold) = self.hold(unit, |hold| matches!(hold, Hold::Held { .. })) else {
            return self.ask(unit);
        };
        if matches!(self.accounts[unit].holds[&hold], Hold::Asked { .. }) {
            return self.grant(unit);
        }
        let person = self.pick(here).expect("somebody is here");
        let message = quota::OccupySeatsRequest {
            hold: format!("{}/holds/{hold}", account(unit)),
            occupants: vec![quota::Occupant {
                move_index: 0,
                person: format!("persons/{person}"),
                concurrent: false,
            }],
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let verdict = self.model(unit).occupy(&hold, &person);
        (Command::Occupy(message), verdict)
    }

    fn file(&mut self, unit: &str) -> (Command, Verdict) {
        let used = |hold: &Hold| matches!(hold, Hold::Used { .. });
        let holds = &self.accounts[unit].holds;
        let used: Vec<(String, String)> = holds
            .iter()
            .filter(|(_, hold)| used(hold))
            .filter_map(|(id, hold)| match hold {
                Hold::Used { person, .. } => Some((id.clone(), person.clone())),
                _ => None,
            })
            .collect();
        let unfiled: Vec<_> = used
            .iter()
            .filter(|(id, _)| matches!(holds[id], Hold::Used { filed: false, .. }))
            .cloned()
            .collect();
        let (hold, person) = match (unfiled.is_empty(), self.below(5)) {
            (false, 1..) => self.pick(&unfiled).expect("some"),
            _ => match self.pick(&used) {
                Some(found) => found,
                None => return self.ask(unit),
            },
        };
        let message = quota::FileUseRequest {
            hold: format!("{}/holds/{hold}", account(unit)),
            persons: vec![format!("persons/{person}")],
            request_id: request_id(),
            ..Default::default()
        };
        let verdict = self.model(unit).file(&hold);
        (Command::File(message), verdict)
    }

    fn vacate(&mut self, unit: &str, here: &[String]) -> (Command, Verdict) {
        if !self.accounts[unit].is_determined() {
            return self.determine(unit);
        }
        let person = self.pick(here).expect("somebody is here");
        let message = quota::VacateSeatsRequest {
            account: account(unit),
            persons: vec![format!("persons/{person}")],
            reason: quota::VacateReason::Other.into(),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let verdict = self.model(unit).vacate(&person);
        (Command::Vacate(message), verdict)
    }

    fn reserve(&mut self, unit: &str) -> (Command, Verdict) {
        let sets: Vec<&'static str> = Account::set_ids().collect();
        let set = self.pick(&sets).expect("sets");
        let seats = 1 + self.below(3) as u64;
        if self.below(2) == 0 {
            let message = quota::SetReserveRequest {
                account: account(unit),
                set: set.into(),
                seats,
                reason: "预留".into(),
                basis: basis(),
                request_id: request_id(),
                ..Default::default()
            };
            let verdict = self.model(unit).reserve(set, seats);
            return (Command::Reserve(message), verdict);
        }
        let message = quota::ReleaseReserveRequest {
            account: account(unit),
            set: set.into(),
            seats,
            reason: "释放".into(),
            basis: basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let verdict = self.model(unit).release(set, seats);
        (Command::Release(message), verdict)
    }
}

//! A realm with the services of the register and of promotion, questions, and short names.

use std::sync::Arc;

use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::common::v1::{Basis, KnownAt, known_at};
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::promotion::v1::promotion_service_server::PromotionService as _;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_api::quanheng::registry::v1::registry_service_server::RegistryService as _;
use quanheng_eventlog::{BlobRef, Transaction};
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::Published;
use quanheng_promotion::PromotionApi;
use quanheng_registry::{ImportBounds, Imports, RegistryApi, persons_definition, units_definition};
use quanheng_streams as streams;
use quanheng_streams::{PolicyEvent, PublishedDocument};
use registry::person_event::Event;
use wire::eligibility_question::Subject;

pub(crate) use quanheng_test_house::{
    Kind, Registered, TestHouse, Told, principal, request, request_id, told,
};

/// Where `u1` is, a county.
pub(crate) const HERE: &str = "530102";
/// Where `u2` is, another county.
pub(crate) const THERE: &str = "530103";

/// The realm.
pub(crate) struct World {
    pub(crate) house: TestHouse,
    pub(crate) api: PromotionApi,
    registry: RegistryApi,
}

impl World {
    /// With the national policy, and two units.
    pub(crate) async fn open(kind: Kind) -> Self {
        let world = Self::without_policy(kind).await;
        world.house.publish_national().await;
        world
    }

    /// With two units, and no policy at all.
    pub(crate) async fn without_policy(kind: Kind) -> Self {
        Self::some_days_on(kind, 0).await
    }

    /// The same, some days from now.
    pub(crate) async fn some_days_on(kind: Kind, days: i64) -> Self {
        let definitions = vec![
            persons_definition().unwrap(),
            units_definition().unwrap(),
            quanheng_promotion::definition().unwrap(),
        ];
        let house = TestHouse::open(kind, definitions).await;
        house.clock.pass_days(days);
        let imports = Imports::within(ImportBounds::default());
        let registry = RegistryApi::new(Arc::clone(&house.house), imports);
        let api = PromotionApi::new(Arc::clone(&house.house));
        let registered = Registered(&house.realm);
        registered.unit("u1", HERE, 20, None).await;
        registered.unit("u2", THERE, 20, None).await;
        Self { house, api, registry }
    }

    /// Publishes parameters of the first county.
    pub(crate) async fn publish(&self, parameters: &str) {
        let text = format!(
            "format = 1\nprofile = \"local\"\nversion = 1\njurisdiction = \"{HERE}\"\n\
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

    /// Asks one question, as somebody, of what is recorded by now.
    pub(crate) async fn check_as(
        &self,
        who: &Principal,
        request_of: wire::CheckEligibilityRequest,
    ) -> Result<wire::Eligibility, Told> {
        let min_position = self.house.head().await;
        let message = wire::CheckEligibilityRequest { min_position, ..request_of };
        let answer = self.api.check_eligibility(request(who, message)).await;
        let answer = answer.map_err(|status| told(&status))?.into_inner();
        assert!(answer.position >= min_position);
        let found = answer.eligibility.unwrap();
        // Whatever is asked, nothing changes by it; only whose sealed facts were told is noted.
        assert_eq!(self.house.head().await, min_position + u64::from(told_whole(&found)));
        Ok(found)
    }

    /// Asks one question of a day.
    pub(crate) async fn check(
        &self,
        question: wire::EligibilityQuestion,
        on: Option<Date>,
    ) -> wire::Eligibility {
        let message = ask(question, on);
        self.check_as(&manager(), message).await.unwrap()
    }

    /// Asks many questions of a day.
    pub(crate) async fn batch(
        &self,
        who: &Principal,
        questions: Vec<wire::EligibilityQuestion>,
        on: Option<Date>,
    ) -> Result<Vec<wire::EligibilityResult>, Told> {
        let min_position = self.house.head().await;
        let message = wire::BatchCheckEligibilityRequest {
            questions,
            on,
            min_position,
            ..Default::default()
        };
        let answer = self.api.batch_check_eligibility(request(who, message)).await;
        let answer = answer.map_err(|status| told(&status))?.into_inner();
        assert!(answer.position >= min_position);
        let found = answer.results.iter().filter_map(|result| match result.outcome.as_ref()? {
            wire::eligibility_result::Outcome::Eligibility(found) => Some(found),
            wire::eligibility_result::Outcome::Failure(_) => None,
        });
        let whole = found.filter(|found| told_whole(found)).map(|found| &found.person);
        let persons: std::collections::BTreeSet<&String> = whole.collect();
        assert_eq!(self.house.head().await, min_position + persons.len() as u64);
        Ok(answer.results)
    }

    /// Registers a made-up person of a unit, since March 2020.
    pub(crate) async fn person(&self, id: &str, unit: &str, nr: u32) {
        let message = registry::CreatePersonRequest {
            person_id: id.into(),
            person: Some(registry::Person {
                unit: format!("units/{unit}"),
                slot: registry::SlotKind::Administrative.into(),
                category: "general_management".into(),
                entry: registry::EntryWay::Recruitment.into(),
                private_profile: Some(profile(nr)),
                ..Default::default()
            }),
            basis: basis(day(2020, 3, 1)),
            request_id: request_id(),
            validate_only: false,
        };
        self.registry.create_person(request(&registrar(), message)).await.unwrap();
    }

    /// Records what happened to a person.
    pub(crate) async fn record(&self, id: &str, events: Vec<registry::PersonEvent>) {
        let message = registry::RecordPersonEventsRequest {
            name: format!("persons/{id}"),
            events,
            request_id: request_id(),
            ..Default::default()
        };
        self.registry.record_person_events(request(&registrar(), message)).await.unwrap();
    }

    /// Registers a clerk: 四级主任科员 since July 2022, competent in every year since.
    pub(crate) async fn clerk(&self, id: &str, unit: &str, nr: u32) {
        self.person(id, unit, nr).await;
        let mut events = vec![take_rank("GM10", day(2022, 7, 1))];
        events.extend((2022..=2025).map(|year| assess(year, "competent")));
        self.record(id, events).await;
    }

    /// Erases a person.
    pub(crate) async fn erase(&self, id: &str) {
        let message = registry::ErasePersonRequest {
            name: format!("persons/{id}"),
            ordered_by: "本人申请".into(),
            reason: "样例删除事由".into(),
            request_id: request_id(),
            validate_only: false,
        };
        let officer = principal("officer", &[Role::PrivacyOfficer]);
        self.registry.erase_person(request(&officer, message)).await.unwrap();
    }
}

/// Whether sealed facts of somebody registered were told.
pub(crate) fn told_whole(found: &wire::Eligibility) -> bool {
    !found.person.is_empty() && !found.withheld
}

/// Keeps the registers of the country.
pub(crate) fn registrar() -> Principal {
    principal("registrar", &[Role::Registrar])
}

/// Works in the department in charge: reads what is sealed.
pub(crate) fn manager() -> Principal {
    principal("manager", &[Role::QuotaManager])
}

/// May see persons, masked.
pub(crate) fn viewer() -> Principal {
    principal("viewer", &[Role::Viewer])
}

/// Somebody with a role in a division.
pub(crate) fn within(role: Role, division: &str) -> Principal {
    let jurisdiction = DivisionCode::parse(division).unwrap();
    Principal { jurisdiction, ..principal("within", &[role]) }
}

#[allow(clippy::unnecessary_wraps, reason = "as messages have it")]
pub(crate) fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

#[allow(clippy::unnecessary_wraps, reason = "as messages have it")]
pub(crate) fn at(position: u64) -> Option<KnownAt> {
    Some(KnownAt { at: Some(known_at::At::Position(position)) })
}

pub(crate) fn basis(on: Option<Date>) -> Option<Basis> {
    Some(Basis { document_number: "样组〔2024〕12号".into(), effective_on: on })
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

fn profile(nr: u32) -> registry::PrivateProfile {
    registry::PrivateProfile {
        full_name: "甄样例".into(),
        identity_number: number(nr),
        sex: registry::Sex::Male.into(),
        nation: "汉族".into(),
        birth_date: day(1980, 1, 1),
        native_place: "云南昆明".into(),
        political_status: "群众".into(),
        work_started: day(2003, 7, 0),
        phone: "13812345678".into(),
        resume: "2003.07—    样例县样例局".into(),
        pay_grade: 18,
        ..Default::default()
    }
}

pub(crate) fn event(event: Event, on: Option<Date>) -> registry::PersonEvent {
    registry::PersonEvent { event: Some(event), basis: basis(on) }
}

pub(crate) fn take_rank(rank: &str, on: Option<Date>) -> registry::PersonEvent {
    let spell = registry::RankSpell {
        category: "general_management".into(),
        rank: rank.into(),
        reason: registry::RankReason::Promotion.into(),
        ..Default::default()
    };
    event(Event::TakeRank(spell), on)
}

pub(crate) fn assess(year: i32, result: &str) -> registry::PersonEvent {
    event(Event::RecordAssessment(assessment(year, result)), None)
}

/// A result that was confirmed in February of the next year.
pub(crate) fn assessment(year: i32, result: &str) -> registry::Assessment {
    registry::Assessment {
        year,
        result: result.into(),
        confirmed_on: day(year + 1, 2, 1),
        raw: String::new(),
    }
}

pub(crate) fn sanction(kind: &str, on: Option<Date>) -> registry::Sanction {
    registry::Sanction { kind: kind.into(), on, ..Default::default() }
}

/// A question about somebody of the register.
pub(crate) fn about(id: &str, rank: &str) -> wire::EligibilityQuestion {
    wire::EligibilityQuestion {
        subject: Some(Subject::Person(format!("persons/{id}"))),
        rank: rank.into(),
        ..Default::default()
    }
}

/// A question of today, or of a day.
pub(crate) fn ask(
    question: wire::EligibilityQuestion,
    on: Option<Date>,
) -> wire::CheckEligibilityRequest {
    wire::CheckEligibilityRequest { question: Some(question), on, ..Default::default() }
}

/// A time in a rank (`GM10`) or at a leadership level (`L42`).
pub(crate) fn spell(id: &str, from: Option<Date>, to: Option<Date>) -> wire::Spell {
    use wire::spell::Holding;
    let holding = match id.strip_prefix('L') {
        Some(_) => Holding::Level(id.into()),
        None => Holding::Rank(id.into()),
    };
    let category = ladder_of(id).to_owned();
    wire::Spell { holding: Some(holding), category, from, to, ..Default::default() }
}

fn ladder_of(rank: &str) -> &'static str {
    match &rank[..2] {
        "PX" => "police_technical",
        _ => "",
    }
}

/// A made-up person, with these spells.
pub(crate) fn career(spells: Vec<wire::Spell>) -> wire::CareerFacts {
    wire::CareerFacts {
        division: HERE.into(),
        sex: registry::Sex::Male.into(),
        birth_date: day(1980, 3, 0),
        work_started: day(2003, 7, 1),
        spells,
        ..Default::default()
    }
}

/// The same with results: competent from one year through 2025, but for some.
pub(crate) fn assessed(
    facts: wire::CareerFacts,
    from: i32,
    others: &[(i32, &str)],
) -> wire::CareerFacts {
    let result = |year: i32| {
        let other = others.iter().find(|(own, _)| *own == year);
        assessment(year, other.map_or("competent", |(_, result)| result))
    };
    let assessments = (from..=2025).map(result).collect();
    wire::CareerFacts { assessments, ..facts }
}

/// 四级主任科员 since July 2022.
pub(crate) fn clerk(others: &[(i32, &str)]) -> wire::CareerFacts {
    assessed(career(vec![spell("GM10", day(2022, 7, 1), None)]), 2022, others)
}

/// What the class of an organ of a tier is found by.
pub(crate) fn organ(tier: registry::Tier) -> Option<wire::UnitFacts> {
    let grade = match tier {
        registry::Tier::Province => registry::UnitGrade::Bureau,
        registry::Tier::Prefecture => registry::UnitGrade::Division,
        _ => registry::UnitGrade::Section,
    };
    Some(wire::UnitFacts {
        tier: tier.into(),
        standing: registry::Standing::Ordinary.into(),
        grade: grade.into(),
        kind: registry::UnitKind::Organ.into(),
    })
}

/// A question about facts, in an organ of a county.
pub(crate) fn inline(facts: wire::CareerFacts, rank: &str) -> wire::EligibilityQuestion {
    wire::EligibilityQuestion {
        subject: Some(Subject::Facts(facts)),
        category: ladder_of(rank).into(),
        rank: rank.into(),
        unit: organ(registry::Tier::County),
        ..Default::default()
    }
}

/// The codes of the rules that failed.
pub(crate) fn reasons(found: &wire::Eligibility) -> Vec<&str> {
    let failed = found.findings.iter().filter(|one| one.outcome() == wire::RuleOutcome::Fail);
    failed.map(|one| one.reason.as_str()).collect()
}

/// What a rule found.
pub(crate) fn of<'a>(found: &'a wire::Eligibility, rule: &str) -> &'a wire::RuleFinding {
    found.findings.iter().find(|one| one.rule == rule).unwrap()
}

/// A fact of a finding, as text.
pub(crate) fn fact(finding: &wire::RuleFinding, name: &str) -> String {
    use wire::fact_value::Value;
    match finding.facts.get(name).and_then(|fact| fact.value.as_ref()) {
        None => String::new(),
        Some(Value::Flag(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Date(date)) => format!("{}-{:02}-{:02}", date.year, date.month, date.day),
    }
}

//! Eligibility of many persons in one batch run, against a plain loop over the same facts in
//! memory.
//!
//! The run goes the product's way: calls of `BatchCheckEligibility` with as many registered
//! persons as one call takes, until everybody was asked about. The server reads each from
//! its views, opens what is sealed, asks every rule, and answers with every finding. The
//! loop has the opened facts of the same persons in memory already, and does nothing but ask
//! the rules, one person after the other, on one thread.

use std::hint::black_box;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use jiff::civil::Date;
use promotion::eligibility_question::Subject;
use promotion::eligibility_result::Outcome;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_e2e::Client;
use quanheng_eligibility::{Career, Context, Elsewhere, Opened, Target as Rank, career_of, check};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{NATIONAL, PolicyBook, Published};
use quanheng_policy::{CategoryId, RankId};

use crate::pages::{PATIENCE, Registered};
use crate::people;
use crate::place::Database;
use crate::report::{Line, Report, Target};
use crate::town::Unit;

/// Persons of one call: as many as it takes.
const BATCH: usize = 1_000;
/// Calls under way at the same time.
const IN_FLIGHT: usize = 4;
/// Careers that lie in memory at the same time.
const CAREERS: usize = 50_000;
/// As of which day.
const ON: Date = Date::constant(2026, 6, 1);
/// 四级调研员
const RANK: &str = "GM06";
const CATEGORY: &str = "general_management";

/// Asks about everybody of a register.
pub(crate) async fn eligibility(
    database: &Database,
    register: &Registered,
    rounds: usize,
    report: &mut Report,
) {
    let (client, persons) = (register.client().await, register.persons());
    let mut line = Line::new("eligibility", "persons/s", Target::AtLeast(0.5));
    // Connections, caches and statements are warm before anything counts.
    batches(&client, persons.min(20 * BATCH)).await;
    for _ in 0..rounds {
        let looped = plain(register.units(), persons);
        let begun = Instant::now();
        batches(&client, persons).await;
        let rate = |took: Duration| persons as f64 / took.as_secs_f64();
        line.round(rate(looped), rate(begun.elapsed()));
    }
    let line = line.with("persons", persons).with("batch", BATCH).with("in_flight", IN_FLIGHT);
    report.add(database.name(), line.with("limit_of", "a plain loop on one thread"));
}

async fn batches(client: &Client, persons: usize) {
    let calls = (0..persons).step_by(BATCH).map(|first| async move {
        let questions = (first..persons.min(first + BATCH)).map(|nr| {
            let subject = Subject::Person(format!("persons/{}", people::person_id(nr)));
            promotion::EligibilityQuestion {
                subject: Some(subject),
                rank: RANK.to_owned(),
                ..Default::default()
            }
        });
        let request = promotion::BatchCheckEligibilityRequest {
            questions: questions.collect(),
            on: Some(quanheng_api::date(ON)),
            ..Default::default()
        };
        let mut request = tonic::Request::new(request);
        request.set_timeout(PATIENCE);
        let answer = client.promotion().batch_check_eligibility(request).await.unwrap();
        let answers = answer.into_inner().results.into_iter();
        let answered =
            answers.filter(|one| matches!(one.outcome, Some(Outcome::Eligibility(_)))).count();
        assert_eq!(answered, BATCH.min(persons - first));
    });
    stream::iter(calls).buffer_unordered(IN_FLIGHT).collect::<()>().await;
}

/// How long the rules alone take over the same persons.
fn plain(units: &[Unit], persons: usize) -> Duration {
    let mut book = PolicyBook::default();
    book.publish(Published::read("national.toml", NATIONAL).unwrap()).unwrap();
    let target =
        Rank { category: CategoryId::new(CATEGORY).unwrap(), rank: RankId::new(RANK).unwrap() };
    let mut took = Duration::ZERO;
    for first in (0..persons).step_by(CAREERS) {
        let range = first..persons.min(first + CAREERS);
        let careers: Vec<(DivisionCode, Career)> =
            range.map(|nr| career(nr, &units[nr % units.len()])).collect();
        let begun = Instant::now();
        for (division, career) in &careers {
            let policy = book.policy(division, ON);
            black_box(check(&policy, career, &target, ON, &Context::default()));
        }
        took += begun.elapsed();
    }
    took
}

/// What the server finds out about a person, made of the same facts.
fn career(nr: usize, unit: &Unit) -> (DivisionCode, Career) {
    let opened = Opened {
        profile: people::profile_of(nr, unit),
        assessments: Default::default(),
        commendations: Default::default(),
        sanctions: Default::default(),
        investigations: Default::default(),
    };
    let elsewhere = Elsewhere { unit: Some(unit.facts()), ..Elsewhere::default() };
    let person = people::person(nr, unit);
    let division = DivisionCode::parse(unit.division).unwrap();
    (division, career_of(&person, opened, elsewhere, ON).unwrap())
}

//! Who may be a candidate: reads what the questions are about, asks the rules, and answers.
//! Nothing is written, but who was told what is sealed.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eligibility::{Career, Context, Elsewhere, Target, career_of, check};
use quanheng_eventlog::Position;
use quanheng_identity::Action;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::PolicyBook;
use quanheng_register::unit::UnitProfile;
use quanheng_runtime::reading::{Horizon, day};
use quanheng_runtime::wire::named;
use quanheng_runtime::{Call, Failure};

use super::reads::viewed;
use crate::message::{Detail, eligibility};
use crate::parse::{self, Question, Subject};
use crate::roster::{Roster, name_of};
use crate::{person, refusal, sight};

/// 任职资格审核
pub(super) async fn check_one(
    call: &Call,
    request: wire::CheckEligibilityRequest,
) -> Result<wire::CheckEligibilityResponse, Failure> {
    let on = day("on", request.on.as_ref())?.unwrap_or_else(|| call.realm.today());
    let horizon = Horizon::of(request.known_at.as_ref())?;
    let question = question(call, "question", request.question.as_ref(), on)?;
    let asked = [Ok(question)];
    let ground = Ground::read(call, &asked, on, horizon, request.min_position).await?;
    let [question] = asked;
    let found = ground.answer(question?)?;
    let position = noted(call, &ground, std::iter::once(&found)).await?;
    Ok(wire::CheckEligibilityResponse { eligibility: Some(found), position })
}

/// 批量任职资格审核
pub(super) async fn check_many(
    call: &Call,
    request: wire::BatchCheckEligibilityRequest,
) -> Result<wire::BatchCheckEligibilityResponse, Failure> {
    parse::bounded(request.questions.len())?;
    let on = day("on", request.on.as_ref())?.unwrap_or_else(|| call.realm.today());
    let horizon = Horizon::of(request.known_at.as_ref())?;
    let asked = request.questions.iter().enumerate();
    let asked = asked.map(|(n, one)| question(call, &format!("questions[{n}]"), Some(one), on));
    let asked: Vec<Result<Question, Failure>> = asked.collect();
    let ground = Ground::read(call, &asked, on, horizon, request.min_position).await?;
    let mut results = Vec::with_capacity(asked.len());
    for question in asked {
        let answer = question.and_then(|question| ground.answer(question));
        results.push(wire::EligibilityResult { outcome: Some(outcome(answer)) });
        // A thousand persons are opened here: others get their turn.
        tokio::task::yield_now().await;
    }
    let found = results.iter().filter_map(|result| match result.outcome.as_ref()? {
        wire::eligibility_result::Outcome::Eligibility(found) => Some(found),
        wire::eligibility_result::Outcome::Failure(_) => None,
    });
    let position = noted(call, &ground, found).await?;
    Ok(wire::BatchCheckEligibilityResponse { results, position })
}

/// Records of whom the caller is told what is sealed, before it is; the position of all that
/// was read and written.
async fn noted(
    call: &Call,
    ground: &Ground,
    found: impl Iterator<Item = &wire::Eligibility>,
) -> Result<u64, Failure> {
    let whole = found.filter(|found| !found.withheld && !found.person.is_empty());
    let persons = whole.map(|found| named("person", "persons/{person}", &found.person));
    let persons = persons.collect::<Result<BTreeSet<PersonId>, Failure>>()?;
    Ok(ground.position.max(viewed(call, &persons).await?).0)
}

fn outcome(answer: Result<wire::Eligibility, Failure>) -> wire::eligibility_result::Outcome {
    match answer {
        Ok(found) => wire::eligibility_result::Outcome::Eligibility(found),
        Err(failure) => wire::eligibility_result::Outcome::Failure(failure.into_message()),
    }
}

/// A question that the caller may ask.
fn question(
    call: &Call,
    field: &str,
    question: Option<&wire::EligibilityQuestion>,
    on: Date,
) -> Result<Question, Failure> {
    let question = parse::question(field, question, on.max(call.realm.today()))?;
    if matches!(question.subject, Subject::Registered(_)) {
        call.demand(Action::PersonsRead)?;
    }
    Ok(question)
}

/// What the answers of a request rest on.
struct Ground {
    roster: Roster,
    book: PolicyBook,
    on: Date,
    position: Position,
    /// What is told of registered persons.
    detail: Detail,
}

impl Ground {
    /// Reads it: persons, units and policy up to one position, or later.
    async fn read(
        call: &Call,
        asked: &[Result<Question, Failure>],
        on: Date,
        horizon: Horizon,
        min_position: u64,
    ) -> Result<Self, Failure> {
        let policies = &call.realm.policies;
        let persons = registered(asked);
        let (roster, position) = match persons.is_empty() {
            true => {
                policies.shelf_at(Position(min_position), call.deadline).await?;
                (Roster::default(), policies.position())
            }
            false => Roster::read(call, &persons, on, horizon, min_position).await?,
        };
        let shelf = policies.shelf_at(position, call.deadline).await?;
        let detail = match sight::reads_sealed(&call.principal) {
            true => Detail::Whole,
            false => Detail::Open,
        };
        Ok(Self { roster, book: shelf.book_at(horizon)?, on, position, detail })
    }

    fn answer(&self, question: Question) -> Result<wire::Eligibility, Failure> {
        let Question { subject, target, unit, qualifications, extra } = question;
        let context = Context { unit };
        match subject {
            Subject::Registered(id) => {
                let given = Elsewhere { unit: None, qualifications, extra };
                self.registered(&id, &target, given, &context)
            }
            Subject::Inline { division, career } => {
                let career = Career { qualifications, extra, ..*career };
                Ok(self.inline(&division, &career, &target, &context))
            }
        }
    }

    /// About somebody of the register; `given` is what the register does not hold.
    fn registered(
        &self,
        id: &PersonId,
        target: &Target,
        given: Elsewhere,
        context: &Context,
    ) -> Result<wire::Eligibility, Failure> {
        let name = name_of(id);
        let found = self.roster.person(id)?;
        let opened = person::opened(found.person, found.key)?;
        let unit = self.roster.unit_of(found.person, self.on);
        let nation = DivisionCode::nation();
        let division = unit.as_ref().map(|unit| &unit.division).or(found.division);
        let policy = self.book.policy(division.unwrap_or(&nation), self.on);
        let elsewhere = Elsewhere { unit: unit.as_ref().map(UnitProfile::facts), ..given };
        let career = career_of(found.person, opened, elsewhere, self.on);
        let career = career.map_err(|refused| refusal::failure(&name, &refused))?;
        let found = check(&policy, &career, target, self.on, context);
        Ok(eligibility(&found, name, &policy, self.detail))
    }

    /// About facts that were given. They are told back whole: they are the caller's own.
    fn inline(
        &self,
        division: &DivisionCode,
        career: &Career,
        target: &Target,
        context: &Context,
    ) -> wire::Eligibility {
        let policy = self.book.policy(division, self.on);
        let found = check(&policy, career, target, self.on, context);
        eligibility(&found, String::new(), &policy, Detail::Whole)
    }
}

/// The registered persons that are asked about.
fn registered(asked: &[Result<Question, Failure>]) -> BTreeSet<PersonId> {
    let subjects = asked.iter().filter_map(|one| one.as_ref().ok().map(|one| &one.subject));
    let persons = subjects.filter_map(|subject| match subject {
        Subject::Registered(id) => Some(id.clone()),
        Subject::Inline { .. } => None,
    });
    persons.collect()
}

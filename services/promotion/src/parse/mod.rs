//! What requests ask, as the rules take it.

mod career;
pub(crate) mod round;

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::google;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eligibility::{Career, Qualification, Target};
use quanheng_policy::class::{Standing, UnitFacts};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::condition::{Facts, Value};
use quanheng_policy::{CategoryId, PersonId};
use quanheng_register::unit::GENERAL_MANAGEMENT;
use quanheng_runtime::Failure;
use quanheng_runtime::wire::{division, grade, id, kind, named, required, standing, tier};
pub(crate) use round::conditions_lacking;
use wire::eligibility_question::Subject as WireSubject;

type WireDate = google::r#type::Date;

/// Questions of one request at most.
pub(crate) const BATCH_MAX: usize = 1_000;
/// Facts of one kind in one question at most.
pub(crate) const FACTS_MAX: usize = 1_000;

/// A question.
pub(crate) struct Question {
    /// About whom.
    pub(crate) subject: Subject,
    /// Which rank.
    pub(crate) target: Target,
    /// Whose table of ranks, where it is given.
    pub(crate) unit: Option<UnitFacts>,
    /// 任职资格
    pub(crate) qualifications: Vec<Qualification>,
    /// 地方附加事实
    pub(crate) extra: Facts,
}

/// About whom a question is.
pub(crate) enum Subject {
    /// Somebody of the register.
    Registered(PersonId),
    /// Facts, and the division whose policy holds.
    Inline {
        /// Whose policy holds.
        division: DivisionCode,
        /// The facts.
        career: Box<Career>,
    },
}

/// What the register holds itself: no fact of a question takes its place.
const REGISTERED_FACTS: [&str; 1] = ["grass_roots_two_years"];

/// No more than one batch, and not nothing.
pub(crate) fn bounded(questions: usize) -> Result<(), Failure> {
    match questions {
        0 => Err(Failure::field("questions", "须至少有一项")),
        1..=BATCH_MAX => Ok(()),
        many => Err(Failure::bound("batch_items_max", BATCH_MAX as u64, many as u64)),
    }
}

/// A question. `latest` is the last day on which facts may have come about.
pub(crate) fn question(
    field: &str,
    question: Option<&wire::EligibilityQuestion>,
    latest: Date,
) -> Result<Question, Failure> {
    let question = question.ok_or_else(|| Failure::field(field, "须填写审核对象和拟晋升职级"))?;
    let at = |name: &str| format!("{field}.{name}");
    let subject = match &question.subject {
        None => return Err(Failure::field(at("subject"), "须指明人员或填写履历事实")),
        Some(WireSubject::Person(name)) => {
            Subject::Registered(named(&at("person"), "persons/{person}", name)?)
        }
        Some(WireSubject::Facts(facts)) => {
            let at = at("facts");
            Subject::Inline {
                division: division(&format!("{at}.division"), &facts.division)?,
                career: Box::new(career::career(&at, facts, latest)?),
            }
        }
    };
    let extra = extra_facts(&at("extra_facts"), &question.extra_facts)?;
    if matches!(subject, Subject::Registered(_)) {
        not_registered(&at("extra_facts"), &extra)?;
    }
    let target = Target {
        category: category(&at("category"), &question.category)?,
        rank: id(&at("rank"), &question.rank)?,
    };
    let unit = question.unit.as_ref().map(|unit| unit_facts(&at("unit"), unit)).transpose()?;
    let qualifications = qualifications(&at("qualifications"), &question.qualifications)?;
    Ok(Question { subject, target, unit, qualifications, extra })
}

/// What the register holds stands there, and is not given otherwise.
pub(crate) fn not_registered(field: &str, facts: &Facts) -> Result<(), Failure> {
    match REGISTERED_FACTS.into_iter().find(|name| facts.contains_key(*name)) {
        Some(name) => Err(Failure::field(format!("{field}.{name}"), "以登记信息为准,不能另行填写")),
        None => Ok(()),
    }
}

/// Qualifications, which the register of persons does not hold.
pub(crate) fn qualifications(
    field: &str,
    given: &[wire::Qualification],
) -> Result<Vec<Qualification>, Failure> {
    each(field, given, qualification)
}

/// A category; general management, if none is given.
fn category(field: &str, text: &str) -> Result<CategoryId, Failure> {
    id(field, if text.is_empty() { GENERAL_MANAGEMENT } else { text })
}

fn unit_facts(field: &str, unit: &wire::UnitFacts) -> Result<UnitFacts, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    Ok(UnitFacts {
        tier: required(&at("tier"), tier(unit.tier()))?,
        standing: standing(unit.standing()).unwrap_or(Standing::Ordinary),
        grade: required(&at("grade"), grade(unit.grade()))?,
        kind: required(&at("kind"), kind(unit.kind()))?,
    })
}

fn qualification(
    field: &str,
    qualification: &wire::Qualification,
) -> Result<Qualification, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    if qualification.level.is_empty() {
        return Err(Failure::field(at("level"), "须填写任职资格等级"));
    }
    let from = needed_day(&at("from"), qualification.from.as_ref())?;
    Ok(Qualification {
        category: id(&at("category"), &qualification.category)?,
        level: qualification.level.clone(),
        from,
        to: end(&at("to"), qualification.to.as_ref(), from)?,
    })
}

/// Further facts that local conditions ask for.
pub(crate) fn extra_facts(
    field: &str,
    facts: &BTreeMap<String, wire::FactValue>,
) -> Result<Facts, Failure> {
    counted(field, facts.len())?;
    let facts = facts.iter().map(|(name, value)| {
        let field = format!("{field}.{name}");
        Ok((name.clone(), fact_value(&field, value)?))
    });
    facts.collect()
}

fn fact_value(field: &str, value: &wire::FactValue) -> Result<Value, Failure> {
    use wire::fact_value::Value as Given;
    Ok(match &value.value {
        None => return Err(Failure::field(field, "须填写取值")),
        Some(Given::Flag(flag)) => Value::Flag(*flag),
        Some(Given::Number(number)) => Value::Number(*number),
        Some(Given::Date(date)) => Value::Date(needed_day(field, Some(date))?),
        Some(Given::Text(text)) => Value::Text(text.clone()),
    })
}

/// Every item of a list, no more than so many.
fn each<W, D>(
    field: &str,
    items: &[W],
    read: impl Fn(&str, &W) -> Result<D, Failure>,
) -> Result<Vec<D>, Failure> {
    counted(field, items.len())?;
    let read = |(index, item)| read(&format!("{field}[{index}]"), item);
    items.iter().enumerate().map(read).collect()
}

fn counted(field: &str, many: usize) -> Result<(), Failure> {
    if many <= FACTS_MAX {
        return Ok(());
    }
    let failure = Failure::bound("career_facts_max", FACTS_MAX as u64, many as u64);
    Err(failure.with("field", field))
}

/// A day, if one is given.
fn day(field: &str, date: Option<&WireDate>) -> Result<Option<Date>, Failure> {
    match quanheng_api::optional_day(date) {
        None => Ok(None),
        Some(Some(day)) => Ok(Some(day)),
        Some(None) => Err(Failure::field(field, "不是有效日期")),
    }
}

/// A day that has to be given.
fn needed_day(field: &str, date: Option<&WireDate>) -> Result<Date, Failure> {
    day(field, date)?.ok_or_else(|| Failure::field(field, "须填写日期"))
}

/// The first day after a time, if it has ended; never before its first day.
fn end(field: &str, date: Option<&WireDate>, from: Date) -> Result<Option<Date>, Failure> {
    match day(field, date)? {
        Some(to) if to < from => Err(Failure::field(field, "早于起始日期")),
        to => Ok(to),
    }
}

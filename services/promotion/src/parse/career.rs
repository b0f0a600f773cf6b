//! The facts of a person, given inline.

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_eligibility::{Career, Holding, PriorTime, Spell};
use quanheng_policy::PersonId;
use quanheng_policy::codes::YearMonth;
use quanheng_register::person::Conversion;
use quanheng_register::private::{Assessment, Commendation, DayOrMonth, Investigation, Sanction};
use quanheng_register::refusal::Refused;
use quanheng_runtime::wire::{id, required};
use quanheng_runtime::{Failure, FieldFault};
use serde::de::DeserializeOwned;

use super::{WireDate, category, day, each, end, needed_day};
use crate::code;

/// Who nobody is: the rules name the person, and the answer leaves it out.
const NOBODY: &str = "inline";
/// The lowest pay grade.
const PAY_GRADE_LOWEST: u32 = 27;

/// A career. No fact may have come about after `latest`.
pub(super) fn career(
    field: &str,
    facts: &wire::CareerFacts,
    latest: Date,
) -> Result<Career, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let birth = day_or_month(&at("birth_date"), facts.birth_date.as_ref())?;
    let conversion = facts.conversion.as_ref();
    Ok(Career {
        person: PersonId::new(NOBODY).map_err(Failure::internal)?,
        sex: required(&at("sex"), code::sex(facts.sex()))?,
        birth: birth.ok_or_else(|| Failure::field(at("birth_date"), "须填写出生日期"))?,
        work_started: day_or_month(&at("work_started"), facts.work_started.as_ref())?,
        worker: facts.worker,
        in_service: !facts.out_of_service,
        category: match facts.out_of_service {
            true => None,
            false => Some(category(&at("category"), &facts.category)?),
        },
        unit: None,
        pay_grade: pay_grade(&at("pay_grade"), facts.pay_grade)?,
        spells: each(&at("spells"), &facts.spells, spell)?,
        prior: each(&at("prior"), &facts.prior, prior)?,
        same_level_since: day(&at("same_level_since"), facts.same_level_since.as_ref())?,
        conversion: conversion.map(|one| converted(&at("conversion"), one)).transpose()?,
        assessments: each(&at("assessments"), &facts.assessments, |field, one| {
            assessment(field, one, latest)
        })?,
        commendations: each(&at("commendations"), &facts.commendations, |field, one| {
            commendation(field, one, latest)
        })?,
        sanctions: each(&at("sanctions"), &facts.sanctions, |field, one| {
            sanction(field, one, latest)
        })?,
        investigations: each(&at("investigations"), &facts.investigations, |field, one| {
            investigation(field, one, latest)
        })?,
        qualifications: Vec::new(),
        extra: std::collections::BTreeMap::new(),
    })
}

/// A day, or with a day of 0 a month.
fn day_or_month(field: &str, date: Option<&WireDate>) -> Result<Option<DayOrMonth>, Failure> {
    let Some(date) = date.filter(|date| date.day == 0) else {
        return Ok(day(field, date)?.map(DayOrMonth::from));
    };
    let (year, month) = (i16::try_from(date.year).ok(), i8::try_from(date.month).ok());
    let month = year.zip(month).filter(|(year, _)| (1..=9999).contains(year));
    let month = month.and_then(|(year, month)| YearMonth::new(year, month));
    let month = month.ok_or_else(|| Failure::field(field, "不是有效日期"))?;
    Ok(Some(month.into()))
}

fn pay_grade(field: &str, grade: u32) -> Result<Option<u8>, Failure> {
    match u8::try_from(grade) {
        Ok(0) => Ok(None),
        Ok(known) if grade <= PAY_GRADE_LOWEST => Ok(Some(known)),
        _ => Err(Failure::field(field, "级别应为 1 至 27")),
    }
}

fn rank(field: &str, own: &str, rank: &str) -> Result<Holding, Failure> {
    Ok(Holding::Rank {
        category: category(&format!("{field}.category"), own)?,
        rank: id(&format!("{field}.rank"), rank)?,
    })
}

fn post(field: &str, level: &str) -> Result<Holding, Failure> {
    Ok(Holding::Post { level: id(&format!("{field}.level"), level)? })
}

fn nothing_held(field: &str) -> Failure {
    Failure::field(format!("{field}.holding"), "须填写职级或领导职务层次")
}

fn spell(field: &str, spell: &wire::Spell) -> Result<Spell, Failure> {
    use wire::spell::Holding as Given;
    let holding = match &spell.holding {
        Some(Given::Rank(held)) => rank(field, &spell.category, held)?,
        Some(Given::Level(held)) => post(field, held)?,
        None => return Err(nothing_held(field)),
    };
    let from = needed_day(&format!("{field}.from"), spell.from.as_ref())?;
    let to = end(&format!("{field}.to"), spell.to.as_ref(), from)?;
    Ok(Spell { holding, from, to, reason: code::rank_reason(spell.reason()) })
}

fn prior(field: &str, prior: &wire::PriorTime) -> Result<PriorTime, Failure> {
    use wire::prior_time::Holding as Given;
    let holding = match &prior.holding {
        Some(Given::Rank(held)) => rank(field, &prior.category, held)?,
        Some(Given::Level(held)) => post(field, held)?,
        None => return Err(nothing_held(field)),
    };
    Ok(PriorTime { holding, months: prior.months })
}

fn converted(field: &str, conversion: &registry::Conversion) -> Result<Conversion, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    Ok(Conversion {
        rank: id(&at("rank"), &conversion.rank)?,
        on: needed_day(&at("on"), conversion.on.as_ref())?,
        level_since: needed_day(&at("level_since"), conversion.level_since.as_ref())?,
        months_used: conversion.months_used,
        promotions: conversion.promotions,
    })
}

/// A value of a list, by the word that the register has for it.
fn word<T: DeserializeOwned>(field: &str, text: &str) -> Result<T, Failure> {
    let value = serde_json::Value::String(text.to_owned());
    required(field, serde_json::from_value(value).ok())
}

/// Input that is wrong, field by field.
fn checked(field: &str, validated: Result<(), Refused>) -> Result<(), Failure> {
    let Err(refused) = validated else { return Ok(()) };
    let faults = refused.refusals().iter().map(|refusal| {
        let own = refusal.field().unwrap_or_default();
        let message = refusal.to_string();
        let message = message.strip_prefix(&format!("{own}:")).unwrap_or(&message).to_owned();
        FieldFault { field: format!("{field}.{own}"), reason: refusal.code().to_owned(), message }
    });
    Err(Failure::fields(faults.collect()))
}

fn assessment(
    field: &str,
    fact: &registry::Assessment,
    latest: Date,
) -> Result<Assessment, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let year = i16::try_from(fact.year).ok().filter(|year| (1..=9999).contains(year));
    let fact = Assessment {
        year: year.ok_or_else(|| Failure::field(at("year"), "考核年度无效"))?,
        result: word(&at("result"), &fact.result)?,
        confirmed_on: needed_day(&at("confirmed_on"), fact.confirmed_on.as_ref())?,
        raw: String::new(),
    };
    checked(field, fact.validate(latest))?;
    Ok(fact)
}

fn commendation(
    field: &str,
    fact: &registry::Commendation,
    latest: Date,
) -> Result<Commendation, Failure> {
    let fact = Commendation {
        kind: word(&format!("{field}.kind"), &fact.kind)?,
        on: needed_day(&format!("{field}.on"), fact.on.as_ref())?,
        document: None,
        note: String::new(),
    };
    checked(field, fact.validate(latest))?;
    Ok(fact)
}

fn sanction(field: &str, fact: &registry::Sanction, latest: Date) -> Result<Sanction, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let fact = Sanction {
        kind: word(&at("kind"), &fact.kind)?,
        on: needed_day(&at("on"), fact.on.as_ref())?,
        document: None,
        note: String::new(),
        restored_on: day(&at("restored_on"), fact.restored_on.as_ref())?,
        ends_on: day(&at("ends_on"), fact.ends_on.as_ref())?,
        affects_use: fact.affects_use,
        lifted_on: day(&at("lifted_on"), fact.lifted_on.as_ref())?,
    };
    checked(field, fact.validate(latest))?;
    Ok(fact)
}

fn investigation(
    field: &str,
    fact: &registry::Investigation,
    latest: Date,
) -> Result<Investigation, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let opened_on = needed_day(&at("opened_on"), fact.opened_on.as_ref())?;
    if opened_on > latest {
        return Err(Failure::field(at("opened_on"), "晚于审核日期"));
    }
    let closed_on = end(&at("closed_on"), fact.closed_on.as_ref(), opened_on)?;
    let (opened_by, outcome) = (String::new(), String::new());
    Ok(Investigation { opened_on, opened_by, closed_on, outcome })
}

//! Tenure, assessments, bars and local conditions as findings.

use jiff::civil::Date;
use quanheng_policy::class::UnitFacts;
use quanheng_policy::codes::YearMonth;
use quanheng_policy::condition::Value;
use quanheng_policy::profile::{Policy, PolicyError, TenureGranularity};
use quanheng_register::private::{AssessmentResult, SanctionKind};

use crate::bar::{Track, affecting_use, bars};
use crate::check::Target;
use crate::facts::Source;
use crate::finding::{FailingBranch, Finding, Reason, Rule, number, text, years};
use crate::known::Known;
use crate::position::table;
use crate::span::{Grain, after_months};
use crate::tenure::Tenure;

/// The years that the table asks for (最低任职年限).
pub(crate) fn tenure(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
    tenure: &Tenure,
) -> Result<Finding, PolicyError> {
    let row = policy.minimum_tenure(&target.category, &target.rank)?;
    let rule = Rule::Tenure;
    let (unit, unit_name) = match tenure.granularity {
        TenureGranularity::Month => ("counted_months", "个月"),
        TenureGranularity::Day => ("counted_days", "日"),
    };
    let (required, counted) = (tenure.years, tenure.counted);
    let reached = tenure.earliest.is_some_and(|day| day <= known.on);
    let finding = match (reached, tenure.earliest, tenure.missing) {
        (true, _, _) => {
            let message = format!("最低任职年限 {required} 年,已计 {counted} {unit_name},符合");
            Finding::pass(rule, message)
        }
        (false, _, Some(missing)) => Finding::missing(rule, missing),
        (false, Some(day), None) => {
            let message = format!(
                "最低任职年限 {required} 年,已计 {counted} {unit_name},{} 起符合",
                shown(day, tenure.granularity)
            );
            Finding::fail(rule, Reason::TenureInsufficient, message)
        }
        (false, None, None) => {
            let message = format!("最低任职年限 {required} 年,已计 {counted} {unit_name}");
            Finding::fail(rule, Reason::TenureInsufficient, message)
        }
    };
    let mut finding = finding
        .fact("years_required", number(required))
        .fact(unit, number(counted))
        .fact("credit_months", number(tenure.credit_months))
        .since(tenure.earliest);
    if tenure.prior_months > 0 {
        finding = finding.fact("prior_months", number(tenure.prior_months));
    }
    if let Some(since) = tenure.since() {
        finding = finding.fact("since", Value::Date(since));
    }
    if !tenure.excellent_years.is_empty() {
        finding = finding.fact("excellent_years", years(&tenure.excellent_years));
    }
    if !tenure.noncounting_years.is_empty() {
        finding = finding.fact("noncounting_years", years(&tenure.noncounting_years));
    }
    Ok(finding.by(&row.source))
}

/// To the month where tenure is counted in months and the month begins, else to the day.
fn shown(day: Date, granularity: TenureGranularity) -> String {
    match granularity {
        TenureGranularity::Month if day.day() == 1 => YearMonth::of(day).to_string(),
        _ => day.to_string(),
    }
}

/// Every year that counts, and whose result is due, has one (年度考核结果齐全).
pub(crate) fn assessments_present(
    policy: &Policy,
    known: Known<'_>,
    tenure: &Tenure,
) -> Result<Finding, PolicyError> {
    let due = policy.assessment_due_month()?;
    let results = known.assessments();
    let missing: Vec<i16> = years_due(tenure, known.on, *due.value)
        .into_iter()
        .filter(|year| !results.contains_key(year))
        .collect();
    let rule = Rule::AssessmentsPresent;
    if missing.is_empty() {
        return Ok(Finding::pass(rule, "任职年限内的年度考核结果齐全").with_figures_of(&due.source));
    }
    let shown: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let message = format!("缺少 {} 年度考核结果", shown.join("、"));
    Ok(Finding::fail(rule, Reason::AssessmentMissing, message)
        .fact("missing_years", years(&missing))
        .fact("due_month", number(*due.value))
        .with_figures_of(&due.source))
}

/// Years within the tenure that are over, and whose results were due before a day: of
/// recorded spells all, of the time before them those from the first that is read.
fn years_due(tenure: &Tenure, on: Date, due_month: u8) -> Vec<i16> {
    let grain = Grain(TenureGranularity::Month);
    let is_due = |year: i16| {
        let after = grain.year(year.saturating_add(1)) + i64::from(due_month);
        grain.of(on) >= after
    };
    let mut found = Vec::new();
    for stretch in &tenure.stretches {
        let first = stretch.recorded_from.year();
        let first = first.min(stretch.from.year().max(tenure.first_year));
        for year in first..on.year() {
            if stretch.touches(year) && is_due(year) && !found.contains(&year) {
                found.push(year);
            }
        }
    }
    found
}

/// No counted year is incompetent, unless the rank was lowered for it since
/// (任职年限内年度考核结果均为称职以上).
pub(crate) fn assessments_competent(known: Known<'_>, tenure: &Tenure) -> Finding {
    let lowered_on = known.lowered_on();
    let incompetent = known.assessments().into_iter().filter(|(year, one)| {
        one.result == AssessmentResult::Incompetent
            && lowered_on.is_none_or(|lowered_on| lowered_on < one.confirmed_on)
            && tenure.stretches.iter().any(|stretch| stretch.touches(*year))
    });
    let found: Vec<i16> = incompetent.map(|(year, _)| year).collect();
    let rule = Rule::AssessmentsCompetent;
    if found.is_empty() {
        return Finding::pass(rule, "任职年限内没有不称职的年度");
    }
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    let message = format!("{} 年度考核不称职,应当降低职级", shown.join("、"));
    Finding::fail(rule, Reason::AssessmentIncompetent, message)
        .fact("incompetent_years", years(&found))
}

/// No period of a track runs.
pub(crate) fn sanctions(
    policy: &Policy,
    known: Known<'_>,
    rule: Rule,
    track: Track,
) -> Result<Finding, PolicyError> {
    let bars = bars(policy, track, known)?;
    let Some(last) = bars.last() else {
        return Ok(Finding::pass(rule, format!("没有{}", rule.label())));
    };
    let source = policy.bar_periods()?.source;
    let kinds = labels(&last.kinds);
    let finding = if last.holds(known.on) {
        let message = match last.until {
            Some(until) => format!("{kinds}:{}未满,{until} 起解除", rule.label()),
            None => format!("{kinds}:{}没有期满日", rule.label()),
        };
        Finding::fail(rule, Reason::InSanctionPeriod, message)
    } else {
        Finding::pass(rule, format!("{kinds}:{}已满", rule.label()))
    };
    let finding = finding.fact("kinds", text(&kinds)).fact("effective_on", Value::Date(last.from));
    let finding = match last.until {
        Some(until) => finding.fact("free_on", Value::Date(until)),
        None => finding,
    };
    Ok(finding.since(last.until).with_figures_of(&source))
}

fn labels(kinds: &[SanctionKind]) -> String {
    let labels: Vec<_> = kinds.iter().map(|kind| kind.label()).collect();
    labels.join("、")
}

/// No measure affects use after its period (期满影响使用).
pub(crate) fn use_affected(known: Known<'_>) -> Finding {
    let kinds = affecting_use(known);
    let rule = Rule::UseAffected;
    if kinds.is_empty() {
        return Finding::pass(rule, "没有期满影响使用的情形");
    }
    let kinds = labels(&kinds);
    let message = format!("{kinds}:期满影响使用");
    Finding::fail(rule, Reason::UseAffected, message).fact("kinds", text(&kinds))
}

/// No investigation without conclusion (立案审查调查尚未结案).
pub(crate) fn investigation(known: Known<'_>) -> Finding {
    let rule = Rule::Investigation;
    let Some(first) = known.open_investigations().map(|one| one.opened_on).min() else {
        return Finding::pass(rule, "没有尚未结案的立案审查调查");
    };
    let message = format!("{first} 立案审查调查,尚未结案");
    Finding::fail(rule, Reason::UnderInvestigation, message).fact("opened_on", Value::Date(first))
}

/// So many months ahead a condition is tried. Beyond, it is not told by time.
const MONTHS_AHEAD: u32 = 600;
const MONTHS_PER_YEAR: i64 = 12;

/// The further conditions of the rank (附加条件).
pub(crate) fn extra_conditions(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
    unit: Option<&UnitFacts>,
) -> Result<Finding, PolicyError> {
    let rule = Rule::ExtraConditions;
    let conditions = match policy.extra_conditions() {
        Ok(conditions) => conditions,
        Err(error) => return none_set(policy, target, unit, error),
    };
    let Some(condition) = conditions.value.get(&target.rank) else {
        let message = "本职级没有附加条件";
        return Ok(Finding::not_applicable(rule, message).by(&conditions.source));
    };
    let source = Source::new(policy, known);
    let facts = source.on(known.on);
    let asked = condition.facts();
    let shown = |finding: Finding| {
        asked.iter().fold(finding, |finding, name| match facts.get(*name) {
            Some(value) => finding.fact(name, value.clone()),
            None => finding,
        })
    };
    let Err(failures) = condition.evaluate(&facts) else {
        return Ok(shown(Finding::pass(rule, "符合附加条件")).by(&conditions.source));
    };
    let unknown: Vec<&str> = failures
        .iter()
        .filter(|failure| failure.found.is_none())
        .map(|failure| failure.fact.as_str())
        .collect();
    let known_failure = failures.len() > unknown.len();
    let mut finding = match unknown.first() {
        Some(_) if !known_failure => Finding::missing(rule, &unknown.join("、")),
        _ => Finding::fail(rule, Reason::ConditionNotMet, "不符合本职级的附加条件"),
    };
    finding.failing = failures.into_iter().map(FailingBranch::from).collect();
    let holds = |day: &Date| condition.evaluate(&source.on(*day)).is_ok();
    let earliest = days_ahead(known, known.on).into_iter().find(holds);
    Ok(shown(finding).since(earliest).by(&conditions.source))
}

/// The first day, not before another, on which the conditions of the rank hold.
pub(crate) fn conditions_hold_from(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
    from: Date,
) -> Option<Date> {
    let conditions = policy.extra_conditions().ok()?;
    let condition = conditions.value.get(&target.rank)?;
    let source = Source::new(policy, known);
    let days = std::iter::once(from).chain(days_ahead(known, from));
    let mut holding = days.filter(|day| condition.evaluate(&source.on(*day)).is_ok());
    holding.next()
}

/// Without any conditions set, a rank with a cap has none; one without needs them.
fn none_set(
    policy: &Policy,
    target: &Target,
    unit: Option<&UnitFacts>,
    error: PolicyError,
) -> Result<Finding, PolicyError> {
    let rule = Rule::ExtraConditions;
    let needed = policy.uncapped_needs_conditions()?;
    let Some(unit) = unit else { return Ok(Finding::missing(rule, "unit")) };
    let table = table(policy, unit, target)?;
    if *needed.value && table.value.uncapped.contains(&target.rank) {
        return Err(error);
    }
    Ok(Finding::not_applicable(rule, "没有规定附加条件").by(&needed.source))
}

/// The days after one on which a fact may change by time alone: firsts of months and
/// anniversaries of birth and of service, in order.
fn days_ahead(known: Known<'_>, after: Date) -> Vec<Date> {
    let month = Grain(TenureGranularity::Month);
    let this = month.of(after);
    let mut days: Vec<Date> =
        (1..=i64::from(MONTHS_AHEAD)).filter_map(|ahead| month.first_day(this + ahead)).collect();
    let starts = [Some(known.career.birth), known.career.work_started];
    for start in starts.into_iter().flatten() {
        let from = start.first_day();
        let passed = (this - month.of(from)).max(0) / MONTHS_PER_YEAR;
        let passed = u32::try_from(passed).unwrap_or(0);
        let years = passed..=passed + MONTHS_AHEAD / 12;
        let on = |years: u32| after_months(from, years.saturating_mul(12)).map(|mark| mark.day);
        days.extend(years.filter_map(on));
    }
    days.retain(|day| *day > after);
    days.sort_unstable();
    days
}

//! `quanheng promotion …` (职级晋升).

use clap::{Args, Subcommand};
use promotion::eligibility_question::Subject;
use promotion::eligibility_result::Outcome;
use promotion::{Eligibility, EligibilityQuestion, EligibilityResult, RuleFinding, RuleOutcome};
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::common::v1::KnownAt;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_api::quanheng::registry::v1 as registry;
use serde_json::json;

use super::args::{self, Fresh};
use super::failure::CliFailure;
use super::output::{Output, document, json as as_json, out};
use super::session::{Done, Session};
use super::{api, input, labels, view};

/// Questions of one call at most.
const BATCH_MAX: usize = 1_000;

/// What can be done about promotion.
#[derive(Debug, Subcommand)]
pub(crate) enum PromotionCommand {
    /// 任职资格审核:一人一职级,逐项列出,不改变任何登记
    Check {
        /// 人员
        #[arg(long, value_name = "人员", value_parser = args::person, group = "subject", required = true)]
        person: Option<String>,
        /// 假设履历的 JSON 文件(CareerFacts);- 为标准输入
        #[arg(long, value_name = "文件", group = "subject")]
        facts: Option<String>,
        /// 单位条件的 JSON 文件(UnitFacts),如领导班子;- 为标准输入
        #[arg(long, value_name = "文件")]
        unit_facts: Option<String>,
        #[command(flatten)]
        asked: Asked,
    },
    /// 批量任职资格审核:按名单或一个单位的人员,不改变任何登记
    Batch {
        /// 名单文件,每行一名人员;- 为标准输入
        #[arg(long, value_name = "文件", group = "subject", required = true)]
        file: Option<String>,
        /// 单位:其全部在职人员
        #[arg(long, value_name = "单位", value_parser = args::unit, group = "subject")]
        unit: Option<String>,
        #[command(flatten)]
        asked: Asked,
    },
}

/// Which rank, and of when.
#[derive(Debug, Clone, Args)]
pub(crate) struct Asked {
    /// 拟晋升职级,如 GM09
    #[arg(long, value_name = "职级")]
    rank: String,
    /// 职位类别;未指定为综合管理类
    #[arg(long, value_name = "类别", default_value = "")]
    category: String,
    /// 审核哪一天的情况;未指定为今日
    #[arg(long, value_name = "日期", value_parser = args::date)]
    on: Option<Date>,
    /// 系统在某一日志位置或时刻所知的情况,如 1024 或 2026-01-01T08:00:00+08:00
    #[arg(long, value_name = "位置或时刻", value_parser = args::known_at)]
    known_at: Option<KnownAt>,
    #[command(flatten)]
    fresh: Fresh,
}

impl Asked {
    fn about(&self, subject: Subject) -> EligibilityQuestion {
        EligibilityQuestion {
            subject: Some(subject),
            category: self.category.clone(),
            rank: self.rank.clone(),
            ..Default::default()
        }
    }
}

impl PromotionCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Check { person, facts, unit_facts, asked } => {
                let facts = facts.map(|path| input::message(&path)).transpose()?;
                let subject = person.map(Subject::Person).or(facts.map(Subject::Facts));
                let subject = subject.ok_or_else(|| CliFailure::usage("须指明人员或履历"))?;
                let unit = unit_facts.map(|path| input::message(&path)).transpose()?;
                let question = EligibilityQuestion { unit, ..asked.about(subject) };
                check(session, question, asked).await
            }
            Self::Batch { file, unit, asked } => {
                let persons = match (file, unit) {
                    (Some(file), _) => named(&input::read(&file)?),
                    (None, Some(unit)) => serving_in(session, &unit, &asked.fresh).await?,
                    (None, None) => Vec::new(),
                };
                batch(session, persons, &asked).await
            }
        }
    }
}

async fn check(session: &Session, question: EligibilityQuestion, asked: Asked) -> Done {
    let request = promotion::CheckEligibilityRequest {
        question: Some(question),
        on: asked.on,
        min_position: asked.fresh.min_position,
        known_at: asked.known_at,
    };
    if session.output == Output::Json {
        return session.answer(request).await;
    }
    let answer = session.ask(request).await?;
    out(&shown(&answer.eligibility.unwrap_or_default(), answer.position))
}

/// Persons by name or id, one a line.
fn named(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter_map(|line| args::person(line).ok()).collect()
}

/// The persons of a unit who are in service.
async fn serving_in(
    session: &Session,
    unit: &str,
    fresh: &Fresh,
) -> Result<Vec<String>, CliFailure> {
    let mut request = registry::ListPersonsRequest {
        filter: format!("unit = \"{unit}\""),
        min_position: fresh.min_position,
        page_size: 1_000,
        ..Default::default()
    };
    let mut persons = Vec::new();
    loop {
        let page = session.ask(request.clone()).await?;
        let serving = page.persons.into_iter().filter(|person| {
            !person.erased && person.status() == registry::ServiceStatus::InService
        });
        persons.extend(serving.map(|person| person.name));
        if page.next_page_token.is_empty() {
            return Ok(persons);
        }
        request.page_token = page.next_page_token;
    }
}

async fn batch(session: &Session, persons: Vec<String>, asked: &Asked) -> Done {
    if persons.is_empty() {
        return Err(CliFailure::usage("没有要审核的人员"));
    }
    let mut position = 0;
    let mut results = Vec::with_capacity(persons.len());
    for persons in persons.chunks(BATCH_MAX) {
        let subjects = persons.iter().cloned().map(Subject::Person);
        let request = promotion::BatchCheckEligibilityRequest {
            questions: subjects.map(|subject| asked.about(subject)).collect(),
            on: asked.on,
            min_position: asked.fresh.min_position,
            known_at: asked.known_at,
        };
        let answer = session.ask(request).await?;
        position = answer.position;
        results.extend(answer.results);
    }
    match session.output {
        Output::Table => out(&table(&persons, &results, position)),
        Output::Json => {
            let results = persons.iter().zip(&results).map(|(person, result)| {
                let mut written = as_json(&api::dynamic(result))?;
                written["person"] = json!(person);
                Ok(written)
            });
            let results = results.collect::<Result<Vec<_>, CliFailure>>()?;
            document(&json!({ "results": results, "position": position.to_string() }))
        }
    }
}

/// What everything came to. No word of it says that a promotion is approved.
fn verdict(found: &Eligibility) -> &'static str {
    match (found.candidate, found.withheld) {
        (true, _) => "通过,可以列为人选(不等于批准晋升)",
        (false, true) => "不予显示(无权查看封存的个人信息)",
        (false, false) => "不通过",
    }
}

fn date(date: Option<&Date>) -> String {
    let shown = |date: &Date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
    date.map(shown).unwrap_or_default()
}

fn outcome(finding: &RuleFinding) -> String {
    let of = api::enumeration("quanheng.promotion.v1.RuleOutcome");
    of.map_or_else(|| finding.outcome.to_string(), |of| labels::value(&of, finding.outcome))
}

/// One person, rule by rule.
fn shown(found: &Eligibility, position: u64) -> String {
    let mut head = view::empty_table();
    let person = if found.person.is_empty() { "(假设履历)" } else { &found.person };
    let earliest = date(found.earliest_on.as_ref());
    for (label, value) in [
        ("人员", person),
        ("拟晋升职级", &format!("{}/{}", found.category, found.rank)),
        ("审核日期", &date(found.on.as_ref())),
        ("审核结果", verdict(found)),
        ("最早日期", if earliest.is_empty() { "—" } else { &earliest }),
        ("政策", &found.policy_layers.join("、")),
    ] {
        head.add_row([label, value]);
    }
    let mut rules = view::empty_table();
    rules.set_header(["审核项目", "结果", "最早日期", "说明", "依据条款"]);
    for finding in &found.findings {
        rules.add_row([
            &finding.label,
            &outcome(finding),
            &date(finding.earliest_on.as_ref()),
            &finding.message,
            &finding.article,
        ]);
    }
    format!("{head}\n\n{rules}\n\n位置 {position}\n")
}

/// Many persons, one a row.
fn table(persons: &[String], results: &[EligibilityResult], position: u64) -> String {
    let mut table = view::empty_table();
    table.set_header(["人员", "结果", "最早日期", "说明"]);
    let mut candidates = 0;
    for (person, result) in persons.iter().zip(results) {
        let row = match &result.outcome {
            Some(Outcome::Eligibility(found)) => {
                candidates += usize::from(found.candidate);
                let word = match (found.candidate, found.withheld) {
                    (true, _) => "通过",
                    (false, true) => "不予显示",
                    (false, false) => "不通过",
                };
                [person.clone(), word.into(), date(found.earliest_on.as_ref()), failures(found)]
            }
            Some(Outcome::Failure(failure)) => {
                let told = format!("{}:{}", failure.reason, failure.message);
                [person.clone(), "未审核".into(), String::new(), told]
            }
            None => [person.clone(), "未审核".into(), String::new(), String::new()],
        };
        table.add_row(row);
    }
    let many = results.len();
    format!(
        "{table}\n\n审核 {many} 人,可以列为人选 {candidates} 人(不等于批准晋升),位置 {position}\n"
    )
}

fn failures(found: &Eligibility) -> String {
    let failed = found.findings.iter().filter(|one| one.outcome() == RuleOutcome::Fail);
    failed.map(|one| one.message.as_str()).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(candidate: bool) -> Eligibility {
        let finding = RuleFinding {
            rule: "tenure".into(),
            label: "任职年限".into(),
            outcome: if candidate { RuleOutcome::Pass } else { RuleOutcome::Fail }.into(),
            message: "最低任职年限 2 年".into(),
            article: "某条".into(),
            earliest_on: Some(Date { year: 2026, month: 7, day: 1 }),
            ..Default::default()
        };
        let outcome = RuleOutcome::NotApplicable.into();
        let other = RuleFinding { label: "附加条件".into(), outcome, ..Default::default() };
        Eligibility {
            person: "persons/p-1".into(),
            category: "general_management".into(),
            rank: "GM09".into(),
            candidate,
            earliest_on: finding.earliest_on,
            findings: vec![finding, other],
            ..Default::default()
        }
    }

    #[test]
    fn a_check_for_people() {
        let text = shown(&found(false), 7);
        for word in ["不通过", "不适用", "任职年限", "2026-07-01", "审核项目", "位置 7"]
        {
            assert!(text.contains(word), "{word}\n{text}");
        }
        let text = shown(&found(true), 7);
        assert!(text.contains("可以列为人选(不等于批准晋升)"), "{text}");
        assert!(!text.contains("不通过"), "{text}");
    }

    #[test]
    fn a_batch_for_people() {
        let failure = quanheng_api::quanheng::common::v1::Failure {
            reason: "PERSON_ERASED".into(),
            message: "该人员信息已删除".into(),
            ..Default::default()
        };
        let results = [
            Outcome::Eligibility(found(true)),
            Outcome::Eligibility(found(false)),
            Outcome::Failure(failure),
        ];
        let results = results.map(|one| EligibilityResult { outcome: Some(one) });
        let persons = named("p-1\n\n persons/p-2 \np-3\n");
        assert_eq!(persons, ["persons/p-1", "persons/p-2", "persons/p-3"]);
        let text = table(&persons, &results, 9);
        for word in ["通过", "不通过", "未审核", "PERSON_ERASED", "审核 3 人,可以列为人选 1 人"]
        {
            assert!(text.contains(word), "{word}\n{text}");
        }
    }
}

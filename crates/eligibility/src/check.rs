//! The check of one person for one rank, rule by rule (任职资格审核).

use jiff::civil::Date;
use quanheng_policy::class::UnitFacts;
use quanheng_policy::profile::{Policy, PolicyError};
use quanheng_policy::{CategoryId, PersonId, RankId};
use serde::Serialize;

use crate::bar::Track;
use crate::career::{Career, debug_hides};
use crate::finding::{Finding, Outcome, Reason, Rule};
use crate::known::Known;
use crate::tenure::Tenure;
use crate::{position, rules};

/// The rank that is asked for (拟晋升职级).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Target {
    /// 职位类别
    pub category: CategoryId,
    /// 职级
    pub rank: RankId,
}

/// What a check reads besides policy and the career.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The unit whose table says which ranks there may be, where it is not the career's own:
    /// a leading group (领导班子) has another than the organ that its members belong to.
    pub unit: Option<UnitFacts>,
}

/// What the rules find about one person and one rank. **It is no decision**: who passes
/// every rule may be a [candidate](Self::candidate) (人选), which is where the procedure
/// begins. “不是达到最低任职年限就必须晋升,也不能简单按照任职年限论资排辈.”
///
/// The five basic conditions (政治素质、能力实绩、群众公认、年限资历、作风品行) are not among the rules: people
/// judge them in the review, item by item. Nor are seats: the ledger keeps them.
///
/// Its `Debug` says nothing about the person.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Eligibility {
    /// The person.
    pub person: PersonId,
    /// The rank that was asked for.
    pub target: Target,
    /// The day that was asked about.
    pub on: Date,
    /// What every rule found, in the order of [`Rule::ALL`].
    pub findings: Vec<Finding>,
    /// The first day on which every rule passes if nothing but time changes; none if time
    /// alone does not do it. Where every rule passes, the day since which that is so, as
    /// far as days decide.
    ///
    /// It is what could be, not what will be: on that day the rules are asked again.
    pub earliest: Option<Date>,
}

/// A person who may be taken into the procedure (可以列为人选): nothing bars it, and nothing
/// is decided by it. Only a check that found no failing rule makes one, so that whatever
/// takes candidates (ranking, for example) never sees anybody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    person: PersonId,
    target: Target,
    checked_on: Date,
}

impl Candidate {
    /// The person.
    #[must_use]
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// The rank for which.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The day on which the rules were asked.
    #[must_use]
    pub fn checked_on(&self) -> Date {
        self.checked_on
    }
}

debug_hides!(Eligibility);

impl Eligibility {
    /// Whether the person may be a candidate on the day; none if a rule failed.
    #[must_use]
    pub fn candidate(&self) -> Option<Candidate> {
        if self.findings.is_empty() || self.failures().next().is_some() {
            return None;
        }
        Some(Candidate {
            person: self.person.clone(),
            target: self.target.clone(),
            checked_on: self.on,
        })
    }

    /// The rules that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.failed())
    }

    /// The reasons for which rules failed, in the order of the rules.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        self.failures().filter_map(|finding| finding.reason).collect()
    }

    /// What one rule found; none if it was not asked.
    #[must_use]
    pub fn finding(&self, rule: Rule) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.rule == rule)
    }

    /// Why a candidate whose round is under way is to be suspended (暂缓): bars that came up
    /// since, and a register that cannot say that there are none. Others of the round go on.
    pub fn suspension_causes(&self) -> impl Iterator<Item = &Finding> {
        self.failures().filter(|finding| BARS.contains(&finding.rule))
    }
}

/// The rules that are asked again at every step of a procedure (不得晋升的情形).
const BARS: [Rule; 6] = [
    Rule::StateSanction,
    Rule::PartySanction,
    Rule::Admonition,
    Rule::OrganisationalMeasure,
    Rule::UseAffected,
    Rule::Investigation,
];

const TRACKS: [(Rule, Track); 4] = [
    (Rule::StateSanction, Track::State),
    (Rule::PartySanction, Track::Party),
    (Rule::Admonition, Track::Admonition),
    (Rule::OrganisationalMeasure, Track::Organisational),
];

/// Asks every rule about one person and one rank, as of a day. The policy is the one for
/// that day. Whatever policy or the career does not say fails its rule, with what is missing
/// ([`Reason::PolicyNotConfigured`], [`Reason::FactMissing`]).
#[must_use]
pub fn check(
    policy: &Policy,
    career: &Career,
    target: &Target,
    on: Date,
    context: &Context,
) -> Eligibility {
    let known = Known { career, on };
    let unit = context.unit.as_ref().or(career.unit.as_ref());
    let or_refused = |rule: Rule, found: Result<Finding, PolicyError>| {
        found.unwrap_or_else(|error| Finding::refused(rule, &error))
    };
    let mut findings = vec![
        position::service(known),
        or_refused(Rule::Ladder, position::ladder(policy, known, target)),
    ];
    findings.push(match findings[1].failed() {
        true => not_asked(Rule::NextRank),
        false => or_refused(Rule::NextRank, position::next_rank(policy, known, target)),
    });
    let step_fails = findings.iter().skip(1).any(Finding::failed);
    findings.push(or_refused(Rule::RankSetUp, position::set_up(policy, unit, target)));
    findings.push(or_refused(Rule::Qualification, position::qualification(policy, known, target)));
    findings.extend(match step_fails {
        true => TENURE_RULES.map(not_asked).to_vec(),
        false => tenure_rules(policy, known, target),
    });
    for (rule, track) in TRACKS {
        findings.push(or_refused(rule, rules::sanctions(policy, known, rule, track)));
    }
    findings.push(rules::use_affected(known));
    findings.push(rules::investigation(known));
    let extra = rules::extra_conditions(policy, known, target, unit);
    let extra = or_refused(Rule::ExtraConditions, extra);
    let earliest = earliest(policy, known, target, &findings, &extra);
    findings.push(extra);
    Eligibility { person: career.person.clone(), target: target.clone(), on, findings, earliest }
}

const TENURE_RULES: [Rule; 3] =
    [Rule::Tenure, Rule::AssessmentsPresent, Rule::AssessmentsCompetent];

fn not_asked(rule: Rule) -> Finding {
    Finding::not_applicable(rule, "目标职级不是本人逐级晋升的职级,未审核")
}

fn tenure_rules(policy: &Policy, known: Known<'_>, target: &Target) -> Vec<Finding> {
    let counted = policy
        .minimum_tenure(&target.category, &target.rank)
        .and_then(|row| Tenure::count(policy, &row.value, &target.category, known));
    let tenure = match counted {
        Ok(tenure) => tenure,
        Err(error) => {
            return TENURE_RULES.map(|rule| Finding::refused(rule, &error)).to_vec();
        }
    };
    let refused = |rule| move |error: PolicyError| Finding::refused(rule, &error);
    vec![
        rules::tenure(policy, known, target, &tenure).unwrap_or_else(refused(Rule::Tenure)),
        rules::assessments_present(policy, known, &tenure)
            .unwrap_or_else(refused(Rule::AssessmentsPresent)),
        rules::assessments_competent(known, &tenure),
    ]
}

/// The first day on which all rules but the conditions pass, and the conditions too from
/// there on; none as soon as a rule failed that no time mends.
fn earliest(
    policy: &Policy,
    known: Known<'_>,
    target: &Target,
    others: &[Finding],
    extra: &Finding,
) -> Option<Date> {
    let hopeless = |one: &Finding| one.outcome == Outcome::Fail && one.earliest.is_none();
    if others.iter().any(hopeless) || hopeless(extra) {
        return None;
    }
    let day = others.iter().filter_map(|finding| finding.earliest).max();
    match day {
        Some(day) if day > known.on && extra.outcome != Outcome::NotApplicable => {
            rules::conditions_hold_from(policy, known, target, day)
        }
        _ => day.max(extra.earliest),
    }
}

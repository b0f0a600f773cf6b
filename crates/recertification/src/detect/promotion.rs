//! What is wrong with promotions that were carried out.

use jiff::civil::Date;
use quanheng_eligibility::{Eligibility, Reason};
use quanheng_policy::condition::Value;
use quanheng_policy::profile::{Policy, PolicyError};

use super::{Detector, Issue, Subject};
use crate::finding::{count, list, text};

/// A promotion that was carried out (已办理的晋升).
#[derive(Debug, Clone)]
pub struct PromotionRecord<'a> {
    /// What the rules find about the person as of the day of the promotion.
    pub eligibility: &'a Eligibility,
    /// The day of the promotion.
    pub on: Date,
    /// How many working days the public notice had (公示工作日数); none if there was none.
    pub notice_working_days: Option<u32>,
}

/// V-PR-1: insufficient tenure, missing assessments, inside a bar, a skipped rank, or a public
/// notice that was too short.
///
/// # Errors
/// [`PolicyError::NotConfigured`].
pub fn detect_promotion(
    policy: &Policy,
    record: &PromotionRecord<'_>,
) -> Result<Vec<Issue>, PolicyError> {
    let issue = |cause, message: String| {
        let subject = Subject::Person(record.eligibility.person.clone());
        Issue::new(Detector::IrregularPromotion, cause, subject, message)
            .fact("on", Value::Date(record.on))
            .fact("rank", text(&record.eligibility.target.rank))
    };
    let failed = record.eligibility.reasons();
    let among = |reasons: &[Reason]| failed.iter().any(|one| reasons.contains(one));
    let codes = list(failed.iter().map(|reason| reason.code()));
    let causes = [
        (among(&[Reason::SkipRank]), "skipped_rank", "越级晋升"),
        (among(&[Reason::TenureInsufficient]), "tenure_insufficient", "任职年限不足"),
        (among(&[Reason::AssessmentMissing]), "assessment_missing", "缺年度考核结果"),
        (
            among(&[Reason::InSanctionPeriod, Reason::UnderInvestigation, Reason::UseAffected]),
            "inside_bar",
            "在影响期内或立案审查调查期间晋升",
        ),
    ];
    let found = causes.into_iter().filter(|(wrong, ..)| *wrong);
    let mut issues: Vec<Issue> = found
        .map(|(_, cause, what)| issue(cause, what.to_owned()).fact("reasons", text(&codes)))
        .collect();
    let least = policy.notice_working_days()?;
    let (days, wanted) = (record.notice_working_days.unwrap_or(0), u32::from(*least.value));
    if days < wanted {
        let message = format!("公示 {days} 个工作日,至少应为 {wanted} 个");
        let short = issue("notice_too_short", message);
        issues
            .push(short.fact("working_days", count(days)).fact("working_days_min", count(wanted)));
    }
    Ok(issues)
}

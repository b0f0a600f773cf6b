//! What requests about surveys say.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::resource_id;
use quanheng_policy::UnitId;
use quanheng_recertification::ThreeClear;
use quanheng_register::unit::{ChangeKind, Establishment};
use quanheng_runtime::Failure;
use quanheng_runtime::wire::id;
use quanheng_runtime::wire::units::{AskedKind, change_kind, establishment, units};
use quanheng_streams::{CampaignId, SurveyAnswer, SurveyedChange};

use super::shared::{attachment, bounded, document, short, some_day, text};

/// `campaigns/{campaign}/surveys/{unit}`
pub(crate) fn survey(field: &str, name: &str) -> Result<(CampaignId, UnitId), Failure> {
    let pattern = "campaigns/{campaign}/surveys/{unit}";
    let invalid = |_| Failure::field(field, format!("名称应形如 {pattern}"));
    let [campaign, unit] = resource_id::<2>(pattern, name).map_err(invalid)?;
    Ok((id(field, campaign)?, id(field, unit)?))
}

/// 机构变化. A changed headcount says by itself which way.
fn structural(
    given: &wire::SurveyAnswer,
    before: Option<&Establishment>,
    after: Option<&Establishment>,
) -> Result<Option<ChangeKind>, Failure> {
    let all = |slots: &Establishment| {
        let Establishment { administrative, referenced_institution, .. } = slots;
        let Establishment { special_political_legal, logistics, other_institution, .. } = slots;
        let kinds = [administrative, referenced_institution, special_political_legal];
        kinds.into_iter().chain([logistics, other_institution]).map(|n| u64::from(*n)).sum::<u64>()
    };
    match change_kind(given.structural()) {
        None => Ok(None),
        Some(AskedKind::One(kind)) => Ok(Some(kind)),
        Some(AskedKind::Headcount) => match before.map(all).zip(after.map(all)) {
            Some((before, after)) if after > before => Ok(Some(ChangeKind::HeadcountIncreased)),
            Some((before, after)) if after < before => Ok(Some(ChangeKind::HeadcountDecreased)),
            _ => Err(Failure::field("answer.structural", "编制调整须填写改革前后不同的编制")),
        },
    }
}

fn change(at: &str, given: &wire::SurveyedChange) -> Result<SurveyedChange, Failure> {
    let field = |name: &str| format!("{at}.{name}");
    Ok(SurveyedChange {
        field: text(&field("field"), &given.field)?,
        before: short(&field("before"), &given.before)?,
        after: short(&field("after"), &given.after)?,
        document: document(&field("document_number"), &given.document_number)?,
        effective_on: some_day(&field("effective_on"), given.effective_on.as_ref())?,
    })
}

/// What a unit says of itself.
pub(crate) fn answer(given: Option<&wire::SurveyAnswer>) -> Result<SurveyAnswer, Failure> {
    let given = given.ok_or_else(|| Failure::field("answer", "须填写摸底内容"))?;
    bounded(given.changes.len())?;
    bounded(given.issues.len())?;
    let changes = given.changes.iter().enumerate();
    let changes = changes.map(|(nr, one)| change(&format!("answer.changes[{nr}]"), one));
    let issues = given.issues.iter().map(|issue| text("answer.issues", issue));
    let before = given.establishment_before.as_ref().map(establishment);
    let after = given.establishment_after.as_ref().map(establishment);
    bounded(given.predecessors.len())?;
    bounded(given.successors.len())?;
    Ok(SurveyAnswer {
        affected: given.affected,
        changes: changes.collect::<Result<_, Failure>>()?,
        structural: structural(given, before.as_ref(), after.as_ref())?,
        predecessors: units("answer.predecessors", &given.predecessors)?,
        successors: units("answer.successors", &given.successors)?,
        functions: short("answer.functions", &given.functions)?,
        establishment_before: before,
        establishment_after: after,
        staff: given.staff,
        issues: issues.collect::<Result<_, Failure>>()?,
        remarks: short("answer.remarks", &given.remarks)?,
    })
}

/// The files among the evidence, by their digests.
pub(crate) fn evidence_files(three: &ThreeClear) -> Result<Vec<String>, Failure> {
    let all =
        [("staff", &three.staff), ("documents", &three.documents), ("functions", &three.functions)];
    let files = all.into_iter().flat_map(|(name, clear)| {
        let files = clear.evidence.iter().filter(|one| one.starts_with("attachments/"));
        files.map(move |one| attachment(&format!("three_clear.{name}.evidence"), one))
    });
    files.collect()
}

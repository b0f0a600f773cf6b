//! Surveys as messages.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_runtime::wire::units::{change_kind_message, establishment_message};
use quanheng_streams::{SurveyAnswer, SurveyState};

use super::shared::{exception, person_name, three_clear, unit_name};

fn answer(answer: &SurveyAnswer) -> wire::SurveyAnswer {
    let changes = answer.changes.iter().map(|change| wire::SurveyedChange {
        field: change.field.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
        document_number: change.document.to_string(),
        effective_on: change.effective_on.map(date),
    });
    wire::SurveyAnswer {
        affected: answer.affected,
        changes: changes.collect(),
        structural: answer.structural.map_or(0, |kind| change_kind_message(kind).into()),
        predecessors: answer.predecessors.iter().map(unit_name).collect(),
        successors: answer.successors.iter().map(unit_name).collect(),
        functions: answer.functions.clone(),
        establishment_before: answer.establishment_before.as_ref().map(establishment_message),
        establishment_after: answer.establishment_after.as_ref().map(establishment_message),
        staff: answer.staff,
        issues: answer.issues.clone(),
        remarks: answer.remarks.clone(),
    }
}

/// How it stands.
pub(crate) fn state(survey: &SurveyState) -> wire::SurveyState {
    match survey.signed {
        None => wire::SurveyState::Submitted,
        Some(_) => wire::SurveyState::Signed,
    }
}

/// A survey. `due`: the last day of the campaign's survey, where it is known.
pub(crate) fn survey(
    survey: &SurveyState,
    due: Option<Date>,
    division: String,
    etag: String,
) -> wire::Survey {
    let (signed_by, signed_on) = match &survey.signed {
        Some((by, on)) => (person_name(by), Some(date(*on))),
        None => (String::new(), None),
    };
    wire::Survey {
        name: crate::survey::name(&survey.campaign, &survey.unit),
        state: state(survey).into(),
        answer: Some(answer(&survey.answer)),
        signed_by,
        signed_on,
        three_clear: Some(three_clear(&survey.three)),
        three_clear_override: survey.exception.as_ref().map(exception),
        three_clear_complete: survey.three_clear,
        submitted_on: Some(date(survey.submitted_on)),
        division,
        late: due.is_some_and(|due| survey.submitted_on > due),
        submitted_by: person_name(&survey.submitted_by),
        etag,
    }
}

//! What was counted of a campaign (审核统计).

use quanheng_api::quanheng::common::v1::Ratio;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::codes::DivisionCode;
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Failure};

use super::ledger::opened;
use crate::parse;
use crate::view::{BOOKS, BookDoc};

pub(super) async fn get(
    call: &Call,
    request: wire::GetReviewStatisticsRequest,
) -> Result<wire::GetReviewStatisticsResponse, Failure> {
    let id = parse::campaign("campaign", &request.campaign)?;
    let (view, _) = opened(call, request.min_position).await?;
    let position = view.position().map_err(read_failure)?;
    let doc = view.get(BOOKS, id.as_str()).await.map_err(read_failure)?;
    let missing = || Failure::not_found(&request.campaign);
    let doc: BookDoc = doc.ok_or_else(missing)?.parse().map_err(Failure::internal)?;
    let division = DivisionCode::parse(&doc.division).map_err(|_| missing())?;
    call.sees(&division, &request.campaign)?;
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    let cases = count(doc.states.values().sum());
    let states = doc.states.into_iter().map(|(state, cases)| (state, count(cases)));
    Ok(wire::GetReviewStatisticsResponse {
        cases,
        states: states.collect(),
        documents_consulted: count(doc.documents),
        feedback_rounds: count(doc.rounds),
        average_rounds: average(count(doc.rounds), cases),
        surveys_signed: count(doc.signed),
        units_affected: count(doc.affected),
        units: count(doc.units),
        position: position.0,
    })
}

/// Rounds per case, exactly; none where there are no cases.
fn average(rounds: u64, cases: u64) -> Option<Ratio> {
    let divisor = greatest_common_divisor(rounds, cases);
    let part = |count: u64| count.checked_div(divisor);
    let ratio = Ratio { numerator: part(rounds)?, denominator: part(cases)? };
    (cases > 0).then_some(ratio)
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

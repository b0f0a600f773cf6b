//! What must agree within a person's row.

use quanheng_policy::codes::YearMonth;

use super::{PersonRow, RankState};
use crate::finding::{Fault, Problem};

/// What is doubtful across a person's cells. Sex and birth of a person's file may lawfully
/// differ from the identity number's (档案认定), so they only warn.
#[must_use]
pub fn check(person: &PersonRow) -> Vec<Problem> {
    let mut problems = Vec::new();
    let identity = &person.identity;
    if identity.sex.is_some_and(|sex| sex != identity.number.sex()) {
        problems.push(Fault::warning("SEX_MISMATCH", "性别与身份证号不符").at("sex"));
    }
    let born = YearMonth::of(identity.number.birth_date());
    if identity.birth_month.is_some_and(|month| month != born) {
        let message = "出生年月与身份证号不符,以档案认定为准";
        problems.push(Fault::warning("BIRTH_MISMATCH", message).at("birth_month"));
    }
    let Some(spell) = &person.spell else { return problems };
    match (spell.state, spell.ended_on) {
        (Some(RankState::Ended), None) => {
            let fault = Fault::warning("RANK_END_MISSING", "状态为已免,应填写免职级时间");
            problems.push(fault.at("rank_ended_on"));
        }
        (Some(RankState::Held), Some(_)) => {
            let fault = Fault::warning("RANK_STATE_MISMATCH", "已填写免职级时间,状态却为在任");
            problems.push(fault.at("rank_state"));
        }
        _ => {}
    }
    problems
}

//! 晋升批次花名册: the candidates, what stands in their way, and the seats.

use quanheng_eligibility::Finding;
use quanheng_forms::roster::{Blocker, Roster, RosterPerson};

use super::{Candidate, Ground, seats};

/// The roster.
pub(super) fn form(ground: &Ground, chosen: &[&Candidate]) -> Roster {
    Roster {
        batch: ground.round.plan.title.clone(),
        unit_name: ground.profile.name.clone(),
        as_of: ground.today,
        persons: chosen.iter().map(|candidate| person(ground, candidate)).collect(),
        sets: seats::sets(ground),
    }
}

fn person(ground: &Ground, candidate: &Candidate) -> RosterPerson {
    let present = candidate.present(ground);
    let waits = candidate.history.state.appointment.is_none();
    RosterPerson {
        name: candidate.profile().name.clone(),
        sex: candidate.sex(),
        born: candidate.born(),
        unit_name: present.unit_name.clone(),
        post: present.post.map(|post| post.title.clone()),
        rank: present.rank_name.clone(),
        rank_since: present.rank.map(|rank| rank.from),
        excellent_years: candidate.excellent_years(),
        proposed_rank: candidate.proposed(ground),
        earliest: candidate.found.earliest.filter(|_| waits),
        step: candidate.history.stage_label().to_owned(),
        blockers: if waits { blockers(candidate) } else { Vec::new() },
    }
}

/// What the rules find today, and what the request itself waits for.
fn blockers(candidate: &Candidate) -> Vec<Blocker> {
    let rule = |finding: &Finding| {
        let code = finding.reason?.code().to_owned();
        Some(Blocker { code, message: finding.message.clone() })
    };
    let rules = candidate.found.failures().filter_map(rule);
    let waits = candidate.history.waits_for.iter().map(|code| Blocker {
        message: match code.as_str() {
            "SUSPENDED" => "已中止",
            "FEEDBACK_UNRESOLVED" => "反映尚未核实",
            "RETURNED" => "已退回",
            "CALENDAR_NOT_PUBLISHED" => "放假调休安排尚未公布",
            _ => "待办",
        }
        .to_owned(),
        code: code.clone(),
    });
    rules.chain(waits).collect()
}

//! 《科级公务员职务职级任免与升降审核备案表》: those who were appointed, and the figures before and
//! after. How many leaders of sections there are is not known here, and left blank.

use quanheng_forms::Opinion;
use quanheng_forms::filing::{
    Concurrent, CurrentPosition, Filing, FilingCounts, FilingPerson, Holders, LeaderSeats,
    PairSeats, PersonColumn, Promoted, ProposedPosition, Removed, RemovedPosition, usual_opinion,
};
use quanheng_forms::pre_review::{Ladder, RankCount};
use quanheng_ledger::account;
use quanheng_policy::RankId;
use quanheng_register::person::Exemption;

use super::seats::{CLERKS, Ranks, in_sets, ranks};
use super::{Candidate, Ground};

/// The form.
pub(super) fn form(ground: &Ground, chosen: &[&Candidate]) -> Filing {
    Filing {
        unit_name: ground.profile.name.clone(),
        counts: counts(ground, chosen),
        persons: chosen.iter().map(|candidate| person(ground, candidate)).collect(),
        person_column: PersonColumn::BirthMonth,
        explanation: None,
        applicant: applicant(chosen),
        authority: Opinion::default(),
        filled_by: None,
        phone: None,
        filled_on: None,
    }
}

/// The usual words, where one meeting decided on all.
fn applicant(chosen: &[&Candidate]) -> Opinion {
    let decided = chosen.first().and_then(|first| {
        let on = first.history.chosen_on?;
        let same = chosen.iter().all(|one| one.history.chosen_on == Some(on));
        same.then(|| usual_opinion(on, &first.profile().name, chosen.len()))
    });
    Opinion { text: decided, on: None }
}

fn person(ground: &Ground, candidate: &Candidate) -> FilingPerson {
    let present = candidate.present(ground);
    let held = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    FilingPerson {
        name: candidate.profile().name.clone(),
        sex: candidate.sex(),
        education: candidate.education(),
        born: candidate.born(),
        identity: None,
        work_started: candidate.work_started(),
        current: CurrentPosition {
            // The register knows units, not their departments.
            department: String::new(),
            post: present.post.map(|post| post.title.clone()),
            post_since: present.post.map(|post| post.from),
            rank: held(&present.rank_name),
            rank_since: present.rank.map(|rank| rank.from),
        },
        proposed: ProposedPosition { rank: Some(candidate.proposed(ground)), ..Default::default() },
        removed: RemovedPosition { rank: held(&present.rank_name), ..Default::default() },
        excellent_years: candidate.excellent_years(),
        remark: candidate.person.facts.ex_military.then(|| "军转干部".to_owned()),
    }
}

fn counts(ground: &Ground, chosen: &[&Candidate]) -> FilingCounts {
    let of = ranks(ground, CLERKS);
    let leadership = &ground.profile.leadership;
    let (chief, deputy) = (leadership.section_principal, leadership.section_deputy);
    let (promoted, removed) = (promoted(ground, &of, chosen), removed(ground, &of, chosen));
    FilingCounts {
        slots: ground.profile.establishment.administrative,
        // A profile that was never given any has none.
        leaders_determined: (chief + deputy > 0).then_some(LeaderSeats { chief, deputy }),
        leaders_present: None,
        determined: pairs(&in_sets(ground, &of, |found| {
            i64::try_from(found.determined).unwrap_or(i64::MAX)
        })),
        present: present(ground, &of, chosen, &removed),
        promoted,
        turned: Default::default(),
        removed,
    }
}

/// Seats of two ranks together; none where they are not told apart so.
fn pairs(ladder: &Ladder) -> Option<PairSeats> {
    let pair = |at: usize| {
        let seats = match (ladder.ranks[at], ladder.ranks[at + 1]) {
            (RankCount::JoinedWithNext, RankCount::Count(both)) => both,
            (RankCount::Count(first), RankCount::Count(second)) => first.checked_add(second)?,
            _ => return None,
        };
        u32::try_from(seats).ok()
    };
    // A number of the last two that the second rank shares is none of theirs.
    let apart = ladder.ranks[1] != RankCount::JoinedWithNext;
    Some(PairSeats { upper: pair(0)?, lower: pair(2)? }).filter(|_| apart)
}

fn place(of: &Ranks, rank: &RankId) -> Option<usize> {
    of.iter().position(|one| one.as_ref() == Some(rank))
}

/// Who held the ranks before: those who hold them now, with those who were appointed where they
/// came from.
fn present(ground: &Ground, of: &Ranks, chosen: &[&Candidate], removed: &Removed) -> Holders {
    let listed = |person: &quanheng_policy::PersonId, rank: &RankId| {
        let mut states = chosen.iter().map(|one| &one.history.state);
        states.any(|state| state.person == *person && state.rank == *rank)
    };
    let mut holders = Holders {
        ranks: removed.ranks,
        exempt_upper: removed.exempt_upper,
        exempt_lower: removed.exempt_lower,
    };
    for (person, holder) in ground.account.holders() {
        let Some(at) = place(of, &holder.rank).filter(|_| !listed(person, &holder.rank)) else {
            continue;
        };
        holders.ranks[at] += 1;
        let exempt = holder.exempt == Some(account::Exemption::ExMilitaryFirstPlacement);
        let sum = if at < 2 { &mut holders.exempt_upper } else { &mut holders.exempt_lower };
        *sum += u32::from(exempt);
    }
    holders
}

/// Who rose: leaders beside their post, and the others.
fn promoted(ground: &Ground, of: &Ranks, chosen: &[&Candidate]) -> Promoted {
    let mut ranks = [0; 4];
    let mut concurrent = Concurrent::default();
    for candidate in chosen {
        let state = &candidate.history.state;
        let Some(at) = place(of, &state.rank) else { continue };
        let since = state.appointment.as_ref().map_or(ground.today, |one| one.basis.effective_on);
        let stands = candidate.person.as_of(since);
        let level = stands.main_post().and_then(|post| post.level.as_ref());
        let level = level.and_then(|level| ground.policy.leadership_level(level).ok());
        match (level.map(|level| level.value.name.clone()).as_deref(), at) {
            (Some("乡科级正职"), 0) => concurrent.chief_first += 1,
            (Some("乡科级副职"), 1) => concurrent.deputy_second += 1,
            (Some("乡科级副职"), 2) => concurrent.deputy_third += 1,
            _ => ranks[at] += 1,
        }
    }
    Promoted { ranks, concurrent, ..Promoted::default() }
}

/// Which ranks they left, and who of them took no seat there.
fn removed(ground: &Ground, of: &Ranks, chosen: &[&Candidate]) -> Removed {
    let mut removed = Removed::default();
    for candidate in chosen {
        let present = candidate.present(ground);
        let Some(rank) = present.rank else { continue };
        let Some(at) = place(of, &rank.rank) else { continue };
        removed.ranks[at] += 1;
        let exempt = rank.exemption == Some(Exemption::ExMilitaryFirstPlacement);
        let sum = if at < 2 { &mut removed.exempt_upper } else { &mut removed.exempt_lower };
        *sum += u32::from(exempt);
    }
    removed
}

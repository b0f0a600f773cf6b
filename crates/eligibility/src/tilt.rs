//! What speaks for one candidate before another (倾斜, 优先): merit, years at the grass
//! roots, urgent tasks. It ranks candidates and waives nothing.

use quanheng_policy::profile::Policy;

use crate::career::Career;
use crate::check::Candidate;
use crate::facts::facts;
use crate::refusal::Refusal;

/// A candidate with what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The candidate.
    pub candidate: Candidate,
    /// The points of all tilt rules that hold.
    pub points: u32,
    /// Those rules, by their Chinese names.
    pub grounds: Vec<String>,
}

/// Puts candidates in the order of what speaks for them, the most first; candidates of equal
/// points stay in the order in which they came. Deciders see it for reference; it makes
/// nobody a candidate, and nobody anything more than one.
///
/// # Errors
/// [`Refusal::Policy`] where the jurisdiction has no tilt rules (`tilt_rules`);
/// [`Refusal::FactMissing`] where a career is not the candidate's.
pub fn rank_candidates(
    policy: &Policy,
    candidates: Vec<(Candidate, &Career)>,
) -> Result<Vec<Ranked>, Refusal> {
    let tilts = policy.tilt_rules()?;
    let mut ranked = Vec::with_capacity(candidates.len());
    for (candidate, career) in candidates {
        if *candidate.person() != career.person {
            return Err(Refusal::FactMissing { fact: "career" });
        }
        let known = facts(policy, career, candidate.checked_on());
        let holding = tilts.value.iter().filter(|tilt| tilt.when.evaluate(&known).is_ok());
        let (mut points, mut grounds) = (0_u32, Vec::new());
        for tilt in holding {
            points = points.saturating_add(u32::from(tilt.points));
            grounds.push(tilt.name.clone());
        }
        ranked.push(Ranked { candidate, points, grounds });
    }
    ranked.sort_by_key(|one| std::cmp::Reverse(one.points));
    Ok(ranked)
}

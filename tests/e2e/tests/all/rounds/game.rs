//! One unit's rounds: what is known of them without looking, and what is asked next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;
use tonic::Code;

use super::command::Asked;
use super::town::{CLERKS, SEATS};
use crate::farm::{Answer, Farm, comparable, reason, settle};

/// The steps of a request, in their order.
pub(super) const STEPS: [&str; 10] = [
    "eligibility",
    "recommendation",
    "vetting",
    "candidates",
    "posting",
    "notice",
    "closing",
    "approval",
    "appointment",
    "filing",
];
pub(super) const NOTICE: usize = 5;
pub(super) const CLOSING: usize = 6;

/// A round, over a pre-review of the same id.
#[derive(Debug, Clone, Default)]
pub(super) struct Round {
    pub(super) id: String,
    pub(super) moves: usize,
    /// Moves that were given up.
    pub(super) lost: usize,
    pub(super) closed: bool,
    pub(super) expired: bool,
}

/// What is known of one request.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) round: usize,
    pub(super) person: usize,
    /// Its place in the steps; none while it is a draft.
    pub(super) at: Option<usize>,
    pub(super) suspended: bool,
    /// Whether a report was the cause.
    pub(super) reported: bool,
    /// Reports that are not resolved, by their ids.
    pub(super) reports: Vec<String>,
    /// From which day its notice is counted.
    pub(super) noticed_on: Option<Date>,
    pub(super) appointed: bool,
    pub(super) withdrawn: bool,
    pub(super) ended: bool,
    /// How often what was to happen to it.
    pub(super) told: BTreeMap<&'static str, usize>,
}

impl Known {
    /// Whether somebody is a candidate by it.
    pub(super) fn open(&self) -> bool {
        !self.ended && self.at.is_some() && !self.appointed
    }

    /// Whether the step that it stands at can be done.
    pub(super) fn moves(&self, step: &str) -> bool {
        let at = self.at.and_then(|at| STEPS.get(at)) == Some(&step);
        at && !self.ended && !self.suspended
    }

    pub(super) fn tell(&mut self, event: &'static str) {
        *self.told.entry(event).or_default() += 1;
    }

    pub(super) fn pause(&mut self) {
        self.suspended = true;
        self.tell("request_suspended");
    }

    /// A notice that was interrupted is counted anew.
    pub(super) fn resume(&mut self, today: Date) {
        (self.suspended, self.reported) = (false, false);
        self.tell("request_resumed");
        if self.at == Some(NOTICE) && self.noticed_on.replace(today) != Some(today) {
            self.tell("notice_moved");
        }
    }
}

/// One worker's unit.
pub(super) struct Game {
    pub(super) farm: Arc<Farm>,
    pub(super) worker: usize,
    pub(super) unit: String,
    pub(super) today: Date,
    pub(super) rounds: Vec<Round>,
    pub(super) requests: BTreeMap<String, Known>,
    /// Who is promoted.
    pub(super) promoted: BTreeSet<usize>,
    /// Whose investigation is open, and its id.
    pub(super) barred: BTreeMap<usize, String>,
    done: Arc<AtomicUsize>,
    kept: Vec<(Asked, Answer)>,
    made: u64,
    seed: u64,
}

impl Game {
    pub(super) fn new(farm: Arc<Farm>, worker: usize, done: Arc<AtomicUsize>) -> Self {
        Self {
            farm,
            worker,
            unit: format!("w{worker}"),
            today: Date::ZERO,
            rounds: Vec::new(),
            requests: BTreeMap::new(),
            promoted: BTreeSet::new(),
            barred: BTreeMap::new(),
            done,
            kept: Vec::new(),
            made: 0,
            seed: 0x9E37_79B9 ^ (worker as u64 + 1),
        }
    }

    /// What is done is counted anew.
    pub(super) fn counts(&mut self, done: &Arc<AtomicUsize>) {
        self.done = Arc::clone(done);
    }

    /// A number below another (splitmix64).
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    pub(super) fn fresh(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    pub(super) fn account(&self) -> String {
        format!("quotaAccounts/{}.general_management", self.unit)
    }

    pub(super) fn person(&self, nr: usize) -> String {
        format!("{}-c{nr}", self.unit)
    }

    pub(super) fn people(&self) -> Vec<String> {
        (0..CLERKS).map(|nr| self.person(nr)).collect()
    }

    /// Asks, and is told what the model says; sometimes asks again.
    pub(super) async fn ask(&mut self, asked: impl Into<Asked>, may: bool) -> Option<String> {
        let (asked, server) = (asked.into(), self.below(8));
        let farm = Arc::clone(&self.farm);
        let answer = settle(&farm, &asked, server).await;
        assert_eq!(answer.is_ok(), may, "{asked:?}: {answer:?} {:#?}", self.requests);
        if let Err(status) = &answer {
            let known = matches!(status.code(), Code::FailedPrecondition | Code::NotFound);
            assert!(known, "{asked:?}: {} {status:?}", reason(status));
        }
        if self.below(6) == 0 {
            let again = settle(&farm, &asked, server + 1).await;
            assert_eq!(comparable(&again), comparable(&answer), "at once: {asked:?}");
        }
        if self.below(8) == 0 {
            self.kept.push((asked, answer.clone()));
        }
        if !self.kept.is_empty() && self.below(12) == 0 {
            let (asked, answer) = &self.kept[self.seed as usize % self.kept.len()];
            let again = settle(&farm, asked, server).await;
            assert_eq!(comparable(&again), comparable(answer), "later: {asked:?}");
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        answer.ok()
    }

    /// Asks for what is not refused.
    pub(super) async fn must(&mut self, asked: impl Into<Asked>) -> String {
        self.ask(asked, true).await.unwrap_or_default()
    }

    /// Every answer that was kept is still given.
    pub(super) async fn all_again(&self) {
        for (asked, answer) in &self.kept {
            let again = settle(&self.farm, asked, 0).await;
            assert_eq!(comparable(&again), comparable(answer), "after the end: {asked:?}");
        }
    }

    /// Moves of a round that requests have or had and did not give up.
    pub(super) fn taken(&self, round: usize) -> usize {
        let holds = |known: &&Known| known.round == round && known.at.is_some() && !known.ended;
        self.requests.values().filter(holds).count()
    }

    /// Moves of a round that are held.
    pub(super) fn held(&self, round: usize) -> usize {
        let Round { moves, lost, closed, expired, .. } = self.rounds[round];
        let candidates = self.requests.values().filter(|r| r.round == round && r.open()).count();
        match (expired, closed) {
            (true, _) => 0,
            (false, true) => candidates,
            (false, false) => candidates + moves - lost - self.taken(round),
        }
    }

    pub(super) fn is_candidate(&self, person: usize) -> bool {
        self.requests.values().any(|known| known.person == person && known.open())
    }

    /// Some days later: notices end, and a new round begins where the last one is used up.
    pub(super) async fn wakes(&mut self, today: Date) {
        self.today = today;
        if self.rounds.is_empty() {
            return self.found().await;
        }
        self.notices_end().await;
        let last = self.rounds.len() - 1;
        let round = &self.rounds[last];
        if round.closed || round.lost + self.taken(last) == round.moves {
            self.file_all().await;
            if !self.rounds[last].closed {
                self.close(last).await;
            }
            let held: usize = (0..=last).map(|round| self.held(round)).sum();
            let free = SEATS - self.promoted.len() - held;
            let people = CLERKS - self.promoted.len() - held;
            let moves = free.min(people).min(3);
            if moves > 0 {
                self.open_round(moves).await;
            }
        }
    }

    /// So many commands.
    pub(super) async fn play(mut self, today: Date, commands: usize) -> Self {
        self.wakes(today).await;
        for step in 0..commands {
            self.next().await;
            if step % 20 == 19 {
                self.check_seats().await;
            }
        }
        self
    }

    async fn next(&mut self) {
        let ids: Vec<String> = self.requests.keys().cloned().collect();
        let any = (!ids.is_empty()).then(|| ids[self.below(ids.len())].clone());
        // What is on its way is more likely to be gone on with.
        let lively = |id: &&String| self.requests[*id].open() && !self.requests[*id].suspended;
        let alive: Vec<String> = ids.iter().filter(lively).cloned().collect();
        let any = match (alive.is_empty(), self.below(3)) {
            (false, 1..) => Some(alive[self.below(alive.len())].clone()),
            _ => any,
        };
        let person = self.below(CLERKS);
        match (self.below(22), any) {
            (0 | 1, _) | (_, None) => self.draft(person).await,
            (2..=4, Some(id)) => self.submit_some(id).await,
            (5, Some(id)) if self.below(4) == 0 => self.withdraw(&id).await,
            (6, Some(id)) if self.below(3) == 0 => self.refuse(&id).await,
            (7, Some(id)) => self.report(&id).await,
            (8, _) => self.resolve().await,
            (9, Some(id)) if self.below(2) == 0 => self.suspend(&id).await,
            (10 | 11, Some(id)) => self.resume_some(id).await,
            (12, _) if self.below(12) == 0 => self.close(self.rounds.len() - 1).await,
            (13, _) if self.below(2) == 0 => self.bar(person).await,
            (14, _) => self.bar_ends().await,
            (15 | 16, Some(id)) => self.several(&id).await,
            (_, Some(id)) => self.forward(&id).await,
        }
    }
}

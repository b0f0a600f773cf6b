//! Random rounds against a plain model: what is refused and what is not, and what must hold
//! after every step of it. No seat is lost or doubled, none is held for nobody, none is taken
//! without an appointment, and nothing is left to do in a case that has ended.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_ledger::hold::Status;
use quanheng_ledger::id::HoldId;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_streams::{RoundId, RoundPhase};

use super::stage::*;

on_both!(random_rounds);

const CLERKS: usize = 4;
const MOVES: usize = 3;
const STEPS: [&str; 10] = [
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

/// A small generator: the same seed, the same round.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

/// What is known of one request without looking.
#[derive(Debug, Clone, Default)]
struct Known {
    person: usize,
    /// Its place in the steps; none while it is a draft.
    at: Option<usize>,
    suspended: bool,
    /// Reports that are not resolved, by their ids.
    reports: Vec<String>,
    reported: bool,
    appointed: bool,
    ended: bool,
}

impl Known {
    fn open(&self) -> bool {
        !self.ended && self.at.is_some() && !self.appointed
    }
}

struct Game {
    stage: Stage,
    requests: BTreeMap<String, Known>,
    /// Moves that were given up.
    lost: usize,
    closed: bool,
}

async fn random_rounds(kind: Kind) {
    let (seeds, steps) = match kind {
        Kind::Sqlite => (4, 70),
        Kind::Postgres => (1, 50),
    };
    for seed in 1..=seeds {
        let stage = Stage::with(kind, CLERKS as u32).await;
        stage.round("r1", &[("GM10", "GM09"); MOVES]).await;
        let mut game = Game { stage, requests: BTreeMap::new(), lost: 0, closed: false };
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (seed * 7_919));
        for step in 0..steps {
            let told = format!("seed {seed}, step {step}");
            game.play(&mut random, &told).await;
            game.check(&told).await;
        }
    }
}

impl Game {
    fn taken(&self) -> usize {
        let holds = |known: &&Known| known.at.is_some() && !known.ended;
        self.requests.values().filter(holds).count()
    }

    fn is_candidate(&self, person: usize) -> bool {
        self.requests.values().any(|known| known.person == person && known.open())
    }

    async fn play(&mut self, random: &mut Random, told: &str) {
        let ids: Vec<String> = self.requests.keys().cloned().collect();
        let any = (!ids.is_empty()).then(|| ids[random.below(ids.len())].clone());
        match (random.below(14), any) {
            (0, _) | (_, None) => self.draft(random.below(CLERKS), told).await,
            (1 | 2, Some(id)) => self.submit(&id, told).await,
            (3, Some(id)) if random.below(3) == 0 => self.withdraw(&id, told).await,
            (4, Some(id)) if random.below(3) == 0 => self.refuse(&id, told).await,
            (5, Some(id)) => self.report(&id, told).await,
            (6, Some(id)) => self.resolve(&id, random.below(4) == 0, told).await,
            (7, Some(id)) => self.suspend(&id, told).await,
            (8, Some(id)) => self.resume(&id, told).await,
            (9, Some(_)) if random.below(20) == 0 => self.close().await,
            (_, Some(id)) => self.forward(&id, told).await,
        }
    }

    async fn draft(&mut self, person: usize, told: &str) {
        let id = format!("q{}", self.requests.len());
        let message = nominate(&id, "r1", &format!("c{person}"), "GM09");
        let done = rpc!(self.stage, clerk(), create_promotion_request, message);
        assert_eq!(done.is_ok(), !self.closed, "{told}: draft {done:?}");
        if done.is_ok() {
            self.requests.insert(id, Known { person, ..Known::default() });
        }
    }

    async fn submit(&mut self, id: &str, told: &str) {
        let known = self.requests[id].clone();
        let left = self.taken() + self.lost < MOVES;
        let promoted = self.requests.values().any(|r| r.person == known.person && r.appointed);
        let fresh = known.at.is_none() && !known.ended && !known.suspended;
        let may = fresh && !self.closed && left;
        let may = may && !promoted && !self.is_candidate(known.person);
        let done = rpc!(self.stage, clerk(), submit_promotion_request, submit(id));
        assert_eq!(done.is_ok(), may, "{told}: submit {id} {known:?} {done:?}");
        if may {
            self.requests.get_mut(id).unwrap().at = Some(0);
        }
    }

    async fn withdraw(&mut self, id: &str, told: &str) {
        let known = self.requests[id].clone();
        let may = !known.ended && !known.appointed;
        let done = rpc!(self.stage, clerk(), withdraw_promotion_request, withdraw(id));
        assert_eq!(done.is_ok(), may, "{told}: withdraw {id} {known:?} {done:?}");
        if may {
            self.end(id);
        }
    }

    fn end(&mut self, id: &str) {
        let known = self.requests.get_mut(id).unwrap();
        known.ended = true;
        self.lost += usize::from(known.at.is_some());
    }

    async fn refuse(&mut self, id: &str, told: &str) {
        let known = self.requests[id].clone();
        let step = known.at.map_or("apply", |at| STEPS.get(at).copied().unwrap_or(""));
        let done = match step {
            "eligibility" => self.stage.judge(id, "reviewer", false).await,
            "candidates" => self.stage.meet(&request_key(id), "secretary", false).await,
            "approval" => self.stage.judge(id, "head", false).await,
            _ => return,
        };
        let may = known.open() && !known.suspended;
        assert_eq!(done.is_ok(), may, "{told}: refuse {id} {known:?} {done:?}");
        if may {
            self.end(id);
        }
    }

    /// A report is taken down from the posting to the result.
    async fn report(&mut self, id: &str, told: &str) {
        let known = self.requests[id].clone();
        let may = known.open() && matches!(known.at, Some(5 | 6));
        let done = rpc!(self.stage, clerk(), record_notice_feedback, report(id));
        assert_eq!(done.is_ok(), may, "{told}: report {id} {known:?} {done:?}");
        if let Ok(done) = done {
            let known = self.requests.get_mut(id).unwrap();
            known.reports.push(done.feedback_id);
            known.reported |= !known.suspended;
            known.suspended = true;
        }
    }

    async fn resolve(&mut self, id: &str, founded: bool, told: &str) {
        let known = self.requests[id].clone();
        let Some(report) = known.reports.last().cloned() else { return };
        let may = known.open();
        let who = of_department("appointer");
        let done = rpc!(self.stage, who, resolve_notice_feedback, resolve(id, &report, founded));
        assert_eq!(done.is_ok(), may, "{told}: resolve {id} {known:?} {done:?}");
        if !may {
            return;
        }
        let known = self.requests.get_mut(id).unwrap();
        known.reports.pop();
        match (founded, known.reports.is_empty()) {
            (true, _) => self.end(id),
            (false, true) if known.reported => self.resumed(id),
            (false, _) => {}
        }
    }

    /// A notice that was interrupted is counted anew, and stands where it stood.
    fn resumed(&mut self, id: &str) {
        let known = self.requests.get_mut(id).unwrap();
        (known.suspended, known.reported) = (false, false);
    }

    async fn suspend(&mut self, id: &str, told: &str) {
        let known = self.requests[id].clone();
        let may = !known.ended && !known.suspended && !known.appointed;
        let done = rpc!(self.stage, of_department("appointer"), suspend, suspend(id));
        assert_eq!(done.is_ok(), may, "{told}: suspend {id} {known:?} {done:?}");
        if may {
            self.requests.get_mut(id).unwrap().suspended = true;
        }
    }

    async fn resume(&mut self, id: &str, told: &str) {
        let known = self.requests[id].clone();
        let may = !known.ended && known.suspended && known.reports.is_empty();
        let done = rpc!(self.stage, of_department("appointer"), resume, resume(id));
        assert_eq!(done.is_ok(), may, "{told}: resume {id} {known:?} {done:?}");
        if may {
            self.resumed(id);
        }
    }

    async fn close(&mut self) {
        let message = wire::ClosePromotionRoundRequest {
            name: "promotionRounds/r1".into(),
            reason: "申报期满".into(),
            request_id: request_id(),
            ..Default::default()
        };
        let done = rpc!(self.stage, clerk(), close_promotion_round, message);
        assert_eq!(done.is_ok(), !self.closed);
        self.closed = true;
    }

    async fn forward(&mut self, id: &str, told: &str) {
        let known = self.requests[id].clone();
        let Some(step) = known.at.and_then(|at| STEPS.get(at)) else { return };
        let may = !known.ended && !known.suspended;
        let done = self.stage.forward(id, "r1", step).await;
        assert_eq!(done.is_ok(), may, "{told}: {step} of {id} {known:?} {done:?}");
        if may {
            let known = self.requests.get_mut(id).unwrap();
            known.at = known.at.map(|at| at + 1);
            known.appointed |= *step == "appointment";
        }
    }

    async fn check(&self, told: &str) {
        let log = &self.stage.world.house.realm.log;
        let account = self.stage.account().await;
        let id = RoundId::new("r1").unwrap();
        let round = state_at::<streams::Rounds>(log, streams::promotion_round(&id), Horizon::Now);
        let round = round.await.unwrap().0.unwrap();
        assert_eq!(round.phase == RoundPhase::Closed, self.closed, "{told}");

        // Everybody has one seat, and that of the new rank only by an appointment.
        let appointed: BTreeSet<usize> =
            self.requests.values().filter(|r| r.appointed).map(|r| r.person).collect();
        let holders: BTreeMap<String, String> = account
            .holders()
            .iter()
            .map(|(person, holder)| (person.to_string(), holder.rank.to_string()))
            .collect();
        let expected = (0..CLERKS).map(|n| {
            let rank = if appointed.contains(&n) { "GM09" } else { "GM10" };
            (format!("c{n}"), rank.to_owned())
        });
        assert_eq!(holders, expected.collect(), "{told}");
        for n in 0..CLERKS {
            assert_eq!(self.stage.rank_of(&format!("c{n}")).await, holders[&format!("c{n}")]);
        }
        assert!(
            account
                .sets()
                .iter()
                .all(|set| { account.quantities(&set.set).is_some_and(|found| found.within()) })
        );

        // No move is held but for an open request, or for an open round.
        let kept = account.hold(&HoldId::new("r1").unwrap()).unwrap();
        let mut used = 0;
        for (index, m) in kept.moves.iter().enumerate() {
            let holder = round.moves.get(&index).map(|id| &self.requests[id.as_str()]);
            match &m.status {
                Status::Held => {
                    let wanted = holder.map_or(!self.closed, Known::open);
                    assert!(wanted, "{told}: move {index} is held for nobody");
                }
                Status::Used(_) => {
                    used += 1;
                    assert!(holder.is_some_and(|r| r.appointed), "{told}: move {index}");
                }
                Status::Waiting => panic!("{told}: nothing depends on anything here"),
                Status::Ended => assert!(holder.is_none(), "{told}: move {index} is nobody's"),
            }
        }
        assert_eq!(used, appointed.len(), "{told}");

        for (id, known) in &self.requests {
            let case = self.stage.case(&request_key(id)).await.unwrap();
            let filed = known.at == Some(STEPS.len());
            assert_eq!(case.ended.is_some(), known.ended || filed, "{told}: {id} {known:?}");
            assert_eq!(case.open.is_some(), case.ended.is_none(), "{told}: {id}");
            assert_eq!(case.paused.is_some(), known.suspended && !known.ended, "{told}: {id}");
            if let (Some(open), Some(at)) = (&case.open, known.at) {
                assert_eq!(open.step.as_str(), STEPS[at], "{told}: {id}");
            }
            let stream =
                streams::candidacy(&person(&format!("c{}", known.person)), &account_category());
            let claim =
                state_at::<streams::Candidacies>(log, stream, Horizon::Now).await.unwrap().0;
            let holder = claim.and_then(|claim| claim.holder);
            let own = holder == Some(format!("promotionRequests/{id}"));
            assert_eq!(own, known.open(), "{told}: {id} is a candidacy");
        }
    }
}

fn account_category() -> quanheng_policy::CategoryId {
    account().category
}

//! A plain model of accounts: lists of people, holds and transfers, and every quantity
//! counted anew from them whenever it is asked for. It knows the ratios of
//! `county_township` by heart and shares no code with the ledger.

use std::collections::BTreeSet;

/// 二级调研员; 三级、四级调研员; 三级调研员; 一级至四级主任科员; 一级、二级主任科员.
pub(crate) const SETS: [&str; 5] = ["GM04", "GM05-06", "GM05", "GM07-10", "GM07-08"];

/// Whether a rank's order lies in a set.
fn inside(set: usize, rank: u8) -> bool {
    [4..=4, 5..=6, 5..=5, 7..=10, 7..=8][set].contains(&rank)
}

/// Whether a set is another or part of it.
fn part_of(set: usize, whole: usize) -> bool {
    set == whole || (set, whole) == (2, 1) || (set, whole) == (4, 3)
}

/// What a base gives.
pub(crate) fn caps(base: i64) -> [i64; 5] {
    let (researchers, clerks) = (base * 10 / 100, base * 60 / 100);
    [base * 2 / 100, researchers, researchers * 40 / 100, clerks, clerks * 50 / 100]
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) rank: u8,
    pub(crate) exempt: bool,
    pub(crate) unit: String,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum State {
    Held,
    Waiting,
    Used,
    Ended,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) leaves: Option<u8>,
    pub(crate) to: u8,
    pub(crate) state: State,
}

impl Step {
    fn enters(&self, set: usize) -> bool {
        inside(set, self.to) && !self.leaves.is_some_and(|rank| inside(set, rank))
    }

    fn exits(&self, set: usize) -> bool {
        !inside(set, self.to) && self.leaves.is_some_and(|rank| inside(set, rank))
    }
}

/// Somebody who took a seat of a hold.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) step: usize,
    pub(crate) name: String,
    pub(crate) due: i64,
    pub(crate) filed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) steps: Vec<Step>,
    /// Set, the step that enters it, the step whose seat it uses.
    pub(crate) pairs: Vec<(usize, usize, usize)>,
    pub(crate) expires: i64,
    pub(crate) reasons: Vec<u8>,
    pub(crate) taken: Vec<Taken>,
}

impl Hold {
    pub(crate) fn open(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.state, State::Held | State::Waiting))
    }

    fn held(&self, step: usize) -> bool {
        self.steps[step].state == State::Held
    }

    /// Those who enter less those whose seat another one of them leaves.
    fn kept(&self, set: usize) -> i64 {
        let enter = (0..self.steps.len()).filter(|n| self.held(*n) && self.steps[*n].enters(set));
        let paired =
            self.pairs.iter().filter(|(of, i, j)| *of == set && self.held(*i) && self.held(*j));
        enter.count() as i64 - paired.count() as i64
    }

    fn overdue(&self, today: i64) -> bool {
        self.taken.iter().any(|taken| !taken.filed && taken.due < today)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Moved {
    pub(crate) name: String,
    pub(crate) loan: bool,
    pub(crate) out: bool,
    pub(crate) peer: String,
    pub(crate) set: usize,
    pub(crate) seats: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) unit: &'static str,
    /// 3 county, 4 township.
    pub(crate) tier: u8,
    pub(crate) referenced: bool,
    pub(crate) base: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: &'static str,
    pub(crate) tier: u8,
    pub(crate) referenced: bool,
    /// Of a pool.
    pub(crate) members: Vec<Member>,
    pub(crate) earmark: Option<(usize, i64)>,
    pub(crate) determined: [i64; 5],
    pub(crate) reserved: [i64; 5],
    pub(crate) people: Vec<Person>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) moved: Vec<Moved>,
    pub(crate) in_use: bool,
}

/// Every quantity of a set, in the order of §4.6.
pub(crate) type Figures = [i64; 9];

impl Account {
    pub(crate) fn is_pool(&self) -> bool {
        !self.members.is_empty()
    }

    pub(crate) fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }

    pub(crate) fn figures(&self, set: usize) -> Figures {
        let moved = |loan: bool, out: bool| -> i64 {
            let these = self.moved.iter().filter(|m| m.loan == loan && m.out == out);
            these.filter(|m| part_of(m.set, set)).map(|m| m.seats).sum()
        };
        let reserved = (0..5).filter(|part| part_of(*part, set)).map(|part| self.reserved[part]);
        let held = self.holds.iter().map(|hold| hold.kept(set));
        let people = || self.people.iter().filter(|person| inside(set, person.rank));
        [
            self.determined[set],
            moved(false, true),
            moved(false, false),
            moved(true, true),
            moved(true, false),
            reserved.sum(),
            held.sum(),
            people().count() as i64,
            people().filter(|person| person.exempt).count() as i64,
        ]
    }

    pub(crate) fn vacancy(&self, set: usize) -> i64 {
        let [determined, out, into, lent, borrowed, _, _, occupied, exempt] = self.figures(set);
        determined - out + into - lent + borrowed - (occupied - exempt)
    }

    pub(crate) fn available(&self, set: usize) -> i64 {
        let figures = self.figures(set);
        self.vacancy(set) - figures[5] - figures[6]
    }

    pub(crate) fn beyond(&self, set: usize) -> bool {
        let figures = self.figures(set);
        self.vacancy(set) < 0 || figures[5] + figures[6] > self.vacancy(set)
    }

    fn taken(&self, units: &BTreeSet<&str>, set: usize) -> i64 {
        let people = self.people.iter().filter(|p| !p.exempt && inside(set, p.rank));
        let people = people.filter(|p| units.contains(p.unit.as_str())).count() as i64;
        let holds = self.holds.iter().filter(|hold| units.contains(hold.unit.as_str()));
        let out = self.moved.iter().filter(|m| m.out && units.contains(m.peer.as_str()));
        let out = out.filter(|m| part_of(m.set, set)).map(|m| m.seats).sum::<i64>();
        people + holds.map(|hold| hold.kept(set)).sum::<i64>() + out
    }

    /// Whether a unit may have more of a set.
    pub(crate) fn room(&self, unit: &str, set: usize, more: i64) -> bool {
        self.available(set) >= more && self.fair(unit, set, more)
    }

    /// The prohibitions inside a pool.
    pub(crate) fn fair(&self, unit: &str, set: usize, more: i64) -> bool {
        let Some(own) = self.members.iter().find(|member| member.unit == unit) else {
            return true;
        };
        let within = |others: Vec<&Member>| {
            let units = others.iter().map(|member| member.unit).collect();
            let earned = caps(others.iter().map(|member| member.base).sum())[set];
            self.taken(&units, set) + more <= earned
        };
        let lower = self.members.iter().any(|member| member.tier == 4);
        if own.tier == 3 && lower {
            let others = self.members.iter().filter(|member| member.tier == 3).collect();
            if !within(others) {
                return false;
            }
        }
        if !own.referenced && self.members.iter().any(|member| member.referenced) {
            let others = self.members.iter().filter(|member| !member.referenced).collect();
            if !within(others) {
                return false;
            }
        }
        match self.earmark {
            Some((of, seats)) if of == set && own.tier == 3 => {
                let towns = self.members.iter().filter(|member| member.tier == 4);
                let towns = towns.map(|member| member.unit).collect();
                let kept = (seats - self.taken(&towns, set)).max(0);
                kept == 0 || self.available(set) - kept >= more
            }
            _ => true,
        }
    }

    /// Whether a unit may use the account at all.
    pub(crate) fn serves(&self, unit: &str) -> bool {
        if self.is_pool() {
            self.members.iter().any(|member| member.unit == unit)
        } else {
            self.name == unit
        }
    }

    pub(crate) fn places(
        &self,
        name: &str,
        unit: &str,
        steps: &[(Option<u8>, u8)],
        today: i64,
    ) -> Option<Hold> {
        let steps: Vec<Step> = steps
            .iter()
            .map(|(leaves, to)| Step { leaves: *leaves, to: *to, state: State::Held })
            .collect();
        let known = self.holds.iter().any(|hold| hold.name == name);
        let overdue = self.holds.iter().any(|hold| hold.unit == unit && hold.overdue(today));
        let set_up = steps.iter().all(|step| (4..=12).contains(&step.to));
        let moves = steps.iter().all(|step| step.leaves != Some(step.to));
        if known || overdue || !set_up || !moves || steps.is_empty() || !self.serves(unit) {
            return None;
        }
        for rank in 1..=12 {
            let asked = steps.iter().filter(|step| step.leaves == Some(rank)).count();
            let open = |step: &&Step| matches!(step.state, State::Held | State::Waiting);
            let pending = self.holds.iter().flat_map(|hold| &hold.steps).filter(open);
            let pending = pending.filter(|step| step.leaves == Some(rank)).count();
            let there = self.people.iter().filter(|p| !p.exempt && p.rank == rank).count();
            if asked > 0 && asked + pending > there {
                return None;
            }
        }
        let mut hold = Hold {
            name: name.into(),
            unit: unit.into(),
            steps,
            pairs: vec![],
            expires: today + 90,
            reasons: vec![],
            taken: vec![],
        };
        for set in 0..5 {
            let enter = (0..hold.steps.len()).filter(|n| hold.steps[*n].enters(set));
            let exit = (0..hold.steps.len()).filter(|n| hold.steps[*n].exits(set));
            let pairs: Vec<_> = enter.zip(exit).map(|(i, j)| (set, i, j)).collect();
            hold.pairs.extend(pairs);
            let more = hold.kept(set);
            if more > 0 && !self.room(unit, set, more) {
                return None;
            }
        }
        Some(hold)
    }

    /// Lets steps of a hold end; what used their seats finds others or waits.
    pub(crate) fn release(&mut self, hold: usize, ended: &BTreeSet<usize>) {
        let before = self.clone();
        for step in ended {
            self.holds[hold].steps[*step].state = State::Ended;
        }
        // Steps that kept a seat of their own after losing the one they relied on.
        let mut resettled: BTreeSet<(usize, usize)> = BTreeSet::new();
        loop {
            let mut changed = false;
            for step in 0..self.holds[hold].steps.len() {
                if !self.holds[hold].held(step) {
                    continue;
                }
                let was_paired = |(_, i, j): &&(usize, usize, usize)| {
                    *i == step && before.holds[hold].held(*j) && !self.holds[hold].held(*j)
                };
                let lost = self.holds[hold].pairs.iter().filter(was_paired);
                let lost: Vec<usize> = lost.map(|(set, ..)| *set).collect();
                let lost: Vec<_> =
                    lost.into_iter().filter(|set| !resettled.contains(&(step, *set))).collect();
                let fits = |set: &usize| {
                    let unit = &before.holds[hold].unit;
                    let others = self.kept_but(hold, *set, &resettled, &before);
                    let more = others + 1 - before.holds[hold].kept(*set);
                    more <= 0 || before.room(unit, *set, more)
                };
                if lost.iter().all(fits) {
                    resettled.extend(lost.into_iter().map(|set| (step, set)));
                } else {
                    self.holds[hold].steps[step].state = State::Waiting;
                    resettled.retain(|(other, _)| *other != step);
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// What a hold keeps of a set, but for steps that have lost theirs and not found
    /// another.
    fn kept_but(
        &self,
        hold: usize,
        set: usize,
        resettled: &BTreeSet<(usize, usize)>,
        before: &Self,
    ) -> i64 {
        let (now, then) = (&self.holds[hold], &before.holds[hold]);
        let lost = now
            .pairs
            .iter()
            .filter(|(of, i, j)| *of == set && now.held(*i) && then.held(*j) && !now.held(*j));
        let homeless = lost.filter(|(of, i, _)| !resettled.contains(&(*i, *of))).count();
        now.kept(set) - homeless as i64
    }

    /// Steps that wait and would find seats, one after the other.
    pub(crate) fn resumes(&self, hold: usize) -> Vec<usize> {
        let mut after = self.clone();
        let mut resumed = vec![];
        for step in 0..self.holds[hold].steps.len() {
            if self.holds[hold].steps[step].state != State::Waiting {
                continue;
            }
            let entered: Vec<_> =
                (0..5).filter(|set| self.holds[hold].steps[step].enters(*set)).collect();
            let unit = &self.holds[hold].unit;
            if entered.iter().all(|set| after.room(unit, *set, 1)) {
                after.holds[hold].steps[step].state = State::Held;
                after.holds[hold].pairs.retain(|(_, i, _)| *i != step);
                resumed.push(step);
            }
        }
        resumed
    }

    /// Whether steps of a hold may be used together.
    pub(crate) fn uses(&self, hold: usize, chosen: &BTreeSet<usize>) -> bool {
        let kept = &self.holds[hold];
        (0..5).all(|set| {
            let early = kept.pairs.iter().filter(|(of, i, j)| {
                *of == set && chosen.contains(i) && !chosen.contains(j) && kept.held(*j)
            });
            let early = early.count() as i64;
            if early > 0 && !self.room(&kept.unit, set, early) {
                return false;
            }
            let enter = chosen.iter().filter(|n| kept.steps[**n].enters(set)).count() as i64;
            let exit = chosen.iter().filter(|n| kept.steps[**n].exits(set)).count() as i64;
            let more = enter - exit;
            more <= 0 || self.vacancy(set) - self.figures(set)[5] >= more
        })
    }

    /// Whether a person may take the seat of a step.
    pub(crate) fn fits(&self, hold: usize, step: usize, name: &str, unit: &str) -> bool {
        let kept = &self.holds[hold];
        let Some(asked) = kept.steps.get(step).filter(|step| step.state == State::Held) else {
            return false;
        };
        let rank = self.person(name).filter(|person| !person.exempt).map(|person| person.rank);
        let free = rank.is_none_or(|rank| (0..5).all(|set| !inside(set, rank)));
        unit == kept.unit && (rank == asked.leaves || (asked.leaves.is_none() && free))
    }

    /// Whether seats may go from here to another account.
    pub(crate) fn gives(
        &self,
        taker: &Self,
        pool: Option<&Self>,
        loan: bool,
        (from, to): (usize, usize),
        seats: i64,
    ) -> bool {
        let in_pool = |pool: &Self, unit: &str| pool.members.iter().any(|m| m.unit == unit);
        let kinds = match loan {
            true => {
                !self.is_pool()
                    && !taker.is_pool()
                    && (!self.referenced || taker.referenced)
                    && pool.is_some_and(|p| in_pool(p, self.name) && in_pool(p, taker.name))
            }
            false => self.is_pool() && !taker.is_pool() && in_pool(self, taker.name),
        };
        let whole = (0..5).filter(|set| part_of(from, *set));
        kinds
            && seats > 0
            && self.name != taker.name
            && part_of(to, from)
            && taker.tier >= self.tier
            && whole.into_iter().all(|set| {
                let own = self.vacancy(set) + self.charged(set) - self.figures(set)[4];
                own >= seats && self.room(taker.name, set, seats)
            })
    }

    fn charged(&self, set: usize) -> i64 {
        let figures = self.figures(set);
        figures[7] - figures[8]
    }

    /// Whether so many may go back from here.
    pub(crate) fn gives_back(&self, set: usize, seats: i64, there: i64) -> bool {
        let whole = (0..5).filter(|whole| part_of(set, *whole));
        seats > 0 && seats <= there && whole.into_iter().all(|whole| self.available(whole) >= seats)
    }

    /// Whether so many may be put in reserve.
    pub(crate) fn reserves(&self, set: usize, seats: i64) -> bool {
        let whole = (0..5).filter(|whole| part_of(set, *whole));
        seats > 0 && whole.into_iter().all(|whole| self.available(whole) >= seats)
    }

    pub(crate) fn over(&self, set: usize) -> i64 {
        (-self.vacancy(set)).max(0)
    }

    pub(crate) fn capped(rank: u8) -> bool {
        (0..5).any(|set| inside(set, rank))
    }
}

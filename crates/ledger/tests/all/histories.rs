//! Random histories over five accounts: the ledger and the plain model agree on what is
//! accepted, on what is refused, and on every quantity; debits equal credits; and nothing
//! that is true of every state is ever untrue.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use proptest::prelude::*;
use quanheng_ledger::account::{Earmark, Exemption, Holder, Origin, TransferKind};
use quanheng_ledger::command::{Applicant, Command, Facts, Occupant, TransferRequest, UnitOwner};
use quanheng_ledger::digestion::{Quarter, Route, Step as PlanStep};
use quanheng_ledger::event::{Event, ReleaseReason, VacateReason};
use quanheng_ledger::hold::{Cover, MoveRequest};
use quanheng_ledger::id::{CaseId, PoolId, TransferId};
use quanheng_ledger::pool::{Member, PoolKind};
use quanheng_ledger::{check, give_back, transfer};
use quanheng_policy::class::Tier;
use quanheng_policy::{QuotaClassId, RankId};

use crate::model::{self, Account, Hold, Moved, Person, SETS, State, Taken};
use crate::world::{
    Ledger, TODAY, basis_on, calendar, case, determine, facts, general, hold as hold_id, person,
    set, unit, with,
};

/// What is tried. Numbers choose among what is there when its turn comes.
#[derive(Debug, Clone)]
enum Op {
    Determine { account: u8, base: u8, fewer: Option<(u8, u8)> },
    Reserve { account: u8, set: u8, seats: u8, release: bool },
    Place { account: u8, unit: u8, steps: Vec<(u8, u8)>, chain: bool },
    Extend { account: u8, hold: u8, reason: u8, days: u8 },
    Release { account: u8, hold: u8, mask: u8 },
    Expire { account: u8 },
    Resume { account: u8, hold: u8 },
    Occupy { account: u8, hold: u8, mask: u8, strangers: bool },
    PlaceFree { account: u8, unit: u8, rank: u8, exempt: bool, again: Option<u8> },
    Vacate { account: u8, person: u8 },
    Lower { account: u8, person: u8, to: u8 },
    Open { account: u8, unit: u8, rank: u8, count: u8, exempt: bool },
    Move { from: u8, to: u8, loan: bool, sets: (u8, u8), seats: u8 },
    GiveBack { transfer: u8, seats: u8 },
    File { account: u8, hold: u8, mask: u8, stranger: bool },
    ReturnFiling { account: u8, hold: u8 },
    Plan { account: u8, exact: bool, seats: u8 },
    Reverse { account: u8, entry: u8 },
    Days { days: u8 },
}

/// Stands for the account in which most of a history happens.
const FOCUS: u8 = 255;

fn op() -> impl Strategy<Value = Op> {
    let a = || prop_oneof![7 => Just(FOCUS), 3 => 0..6_u8];
    let few = || 0..4_u8;
    let byte = any::<u8>;
    let flag = any::<bool>;
    let steps = prop::collection::vec((byte(), byte()), 0..5);
    prop_oneof![
        1 => (a(), 20..120_u8, prop::option::weighted(0.3, (0..6_u8, few())))
            .prop_map(|(account, base, fewer)| Op::Determine { account, base, fewer }),
        2 => (a(), 0..5_u8, few(), flag())
            .prop_map(|(account, set, seats, release)| Op::Reserve { account, set, seats, release }),
        8 => (a(), few(), steps, flag()).prop_map(|(account, unit, steps, chain)| Op::Place { account, unit, steps, chain }),
        1 => (a(), byte(), few(), byte())
            .prop_map(|(account, hold, reason, days)| Op::Extend { account, hold, reason, days }),
        5 => (a(), byte(), byte()).prop_map(|(account, hold, mask)| Op::Release { account, hold, mask }),
        1 => a().prop_map(|account| Op::Expire { account }),
        4 => (a(), byte()).prop_map(|(account, hold)| Op::Resume { account, hold }),
        8 => (a(), byte(), byte(), prop::bool::weighted(0.1)).prop_map(|(account, hold, mask, strangers)| {
            Op::Occupy { account, hold, mask, strangers }
        }),
        2 => (a(), few(), 3..13_u8, flag(), prop::option::weighted(0.2, byte()))
            .prop_map(|(account, unit, rank, exempt, again)| {
                Op::PlaceFree { account, unit, rank, exempt, again }
            }),
        3 => (a(), byte()).prop_map(|(account, person)| Op::Vacate { account, person }),
        1 => (a(), byte(), 3..13_u8).prop_map(|(account, person, to)| Op::Lower { account, person, to }),
        3 => (a(), few(), 3..13_u8, 0..7_u8, prop::bool::weighted(0.2))
            .prop_map(|(account, unit, rank, count, exempt)| {
                Op::Open { account, unit, rank, count, exempt }
            }),
        4 => (a(), a(), flag(), (0..5_u8, 0..5_u8), few())
            .prop_map(|(from, to, loan, sets, seats)| Op::Move { from, to, loan, sets, seats }),
        2 => (byte(), few()).prop_map(|(transfer, seats)| Op::GiveBack { transfer, seats }),
        2 => (a(), byte(), byte(), prop::bool::weighted(0.2))
            .prop_map(|(account, hold, mask, stranger)| Op::File { account, hold, mask, stranger }),
        1 => (a(), byte()).prop_map(|(account, hold)| Op::ReturnFiling { account, hold }),
        1 => (a(), flag(), few()).prop_map(|(account, exact, seats)| Op::Plan { account, exact, seats }),
        2 => (a(), byte()).prop_map(|(account, entry)| Op::Reverse { account, entry }),
        1 => (0..60_u8).prop_map(|days| Op::Days { days }),
    ]
}

/// The ledger's accounts and the model's, side by side: three units, a unit without seats
/// that a pool feeds, a common pool, and a pool of separate accounts.
struct World {
    ledgers: Vec<Ledger>,
    models: Vec<Account>,
    focus: usize,
    day: i64,
    names: usize,
    accepted: usize,
    policy: &'static quanheng_policy::profile::Policy,
}

const UNITS: [(&str, Tier, bool); 4] = [
    ("office", Tier::County, false),
    ("station", Tier::County, true),
    ("town", Tier::Township, false),
    ("hall", Tier::Township, true),
];

fn exempting() -> &'static quanheng_policy::profile::Policy {
    use std::sync::LazyLock;
    static LOCAL: LazyLock<quanheng_policy::profile::Policy> = LazyLock::new(|| {
        with("[parameters.ex_military_exempt]\nvalue = true\narticle = \"本地规定\"\n")
    });
    &LOCAL
}

fn rank(order: u8) -> RankId {
    RankId::new(format!("GM{order:02}")).unwrap()
}

impl World {
    fn new(focus: usize) -> Self {
        let mut world = Self {
            focus,
            ledgers: vec![],
            models: vec![],
            day: 0,
            names: 0,
            accepted: 0,
            policy: exempting(),
        };
        for (name, tier, referenced) in UNITS {
            let base = if name == "hall" { 0 } else { 60 };
            let mut ledger = Ledger::default();
            let owner = UnitOwner { unit: unit(name), tier, referenced };
            let (category, determine) = (general(), determine(base));
            ledger.run(Command::DetermineUnit { owner, category, determine }, facts()).unwrap();
            world.ledgers.push(ledger);
            world.models.push(plain(name, tier, referenced, base));
        }
        for (name, kind, earmark) in
            [("common", PoolKind::Common, Some((3, 4))), ("separate", PoolKind::Separate, None)]
        {
            world.pool(name, kind, earmark);
        }
        world
    }

    fn pool(&mut self, name: &'static str, kind: PoolKind, earmark: Option<(usize, i64)>) {
        let class = || QuotaClassId::new("county_township").unwrap();
        let base = |index: usize| 40 + 10 * index as u64;
        let members = UNITS.iter().enumerate().map(|(index, (name, tier, referenced))| Member {
            unit: unit(name),
            tier: *tier,
            referenced: *referenced,
            class: class(),
            base: base(index),
        });
        let earmarks = earmark.iter().map(|(of, seats)| Earmark {
            tier: Tier::Township,
            set: set(SETS[*of]),
            seats: seats.unsigned_abs(),
        });
        let mut ledger = Ledger::default();
        ledger.does(Command::CreatePool {
            pool: PoolId::new(name).unwrap(),
            category: general(),
            tier: Tier::County,
            kind,
            members: members.collect(),
            head: None,
            reasons_required: false,
            earmarks: earmarks.collect(),
            basis: basis_on(TODAY),
        });
        ledger.does(Command::Determine(determine(0)));
        self.ledgers.push(ledger);
        let mut model = plain(name, Tier::County, false, 0);
        let members = UNITS.iter().enumerate().map(|(index, (name, tier, referenced))| {
            let tier = if *tier == Tier::County { 3 } else { 4 };
            let base = base(index).cast_signed();
            model::Member { unit: name, tier, referenced: *referenced, base }
        });
        model.members = members.collect();
        model.earmark = earmark;
        if kind == PoolKind::Common {
            model.determined = model::caps(model.members.iter().map(|m| m.base).sum());
        }
        self.models.push(model);
    }

    /// Brings the account of the history's focus to where its sets are nearly full.
    fn fill(&mut self) {
        let (model, name) = (&self.models[self.focus], UNITS[self.focus % 4].0);
        let [top, researchers, third, clerks, upper] = model.determined;
        let wanted = [
            (4, top),
            (5, third),
            (6, researchers - third - 1),
            (7, 3),
            (8, upper - 3),
            (9, clerks - upper - 2),
            (11, 3),
        ];
        let by = UNITS.iter().position(|(unit, ..)| *unit == name).unwrap_or(0) as u8;
        for (rank, count) in wanted {
            let count = u8::try_from(count).unwrap_or(0);
            self.open(self.focus, by, rank, count, false);
        }
    }

    fn date(&self) -> Date {
        TODAY + self.day.days()
    }

    fn facts(&self) -> Facts<'static> {
        Facts { policy: self.policy, calendar: calendar(), today: self.date() }
    }

    fn basis(&self) -> quanheng_ledger::event::Basis {
        basis_on(self.date())
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Runs a command on both; they must agree.
    fn both(
        &mut self,
        account: usize,
        command: Command,
        expected: bool,
        effect: impl FnOnce(&mut Account),
    ) {
        let facts = self.facts();
        let shown = format!("{command:?}");
        match (self.ledgers[account].run(command, facts), expected) {
            (Ok(_), true) => {
                self.accepted += 1;
                self.models[account].in_use |= false;
                effect(&mut self.models[account]);
            }
            (Err(_), false) => {}
            (found, _) => {
                panic!("model {expected}, ledger {found:?}: {shown}\n{:#?}", self.models[account])
            }
        }
    }

    fn agree(&self) {
        for (ledger, model) in self.ledgers.iter().zip(&self.models) {
            let account = ledger.account();
            for (index, id) in SETS.iter().enumerate() {
                let q = ledger.quantities(id);
                let found = [
                    q.determined,
                    q.allocated_out,
                    q.allocated_in,
                    q.lent_out,
                    q.borrowed_in,
                    q.reserved,
                    q.held,
                    q.occupied,
                    q.exempt,
                ];
                let found = found.map(u64::cast_signed);
                assert_eq!(found, model.figures(index), "{} {id}", model.name);
                assert_eq!(q.vacancy(), model.vacancy(index));
                assert_eq!(q.available(), model.available(index));
                let marked = account.excesses().contains_key(&set(id));
                assert_eq!(marked, model.beyond(index), "{} {id} is beyond its seats", model.name);
            }
            assert_eq!(account.holders().len(), model.people.len());
            let cases = model.holds.iter().filter(|hold| hold.open());
            let cases: BTreeSet<CaseId> = cases.map(|hold| case(&hold.name)).collect();
            assert_eq!(check::violations(account, Some(&cases)), []);
        }
    }

    fn choose<T>(list: &[T], by: u8) -> Option<(usize, &T)> {
        if list.is_empty() {
            return None;
        }
        let index = usize::from(by) % list.len();
        Some((index, &list[index]))
    }

    fn at(&self, account: u8) -> usize {
        if account == FOCUS { self.focus } else { account.into() }
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Days { days } => self.day += i64::from(days),
            Op::Determine { account, base, fewer } => self.determine(self.at(account), base, fewer),
            Op::Reserve { account, set, seats, release } => {
                self.reserve(self.at(account), set.into(), seats.into(), release);
            }
            Op::Place { account, unit, steps, chain } => {
                self.place(self.at(account), unit, &steps, chain);
            }
            Op::Extend { account, hold, reason, days } => {
                self.extend(self.at(account), hold, reason, days.into());
            }
            Op::Release { account, hold, mask } => self.release(self.at(account), hold, mask),
            Op::Expire { account } => self.expire(self.at(account)),
            Op::Resume { account, hold } => self.resume(self.at(account), hold),
            Op::Occupy { account, hold, mask, strangers } => {
                self.occupy(self.at(account), hold, mask, strangers);
            }
            Op::PlaceFree { account, unit, rank, exempt, again } => {
                self.place_free(self.at(account), unit, rank, exempt, again);
            }
            Op::Vacate { account, person } => self.vacate(self.at(account), person),
            Op::Lower { account, person, to } => self.lower(self.at(account), person, to),
            Op::Open { account, unit, rank, count, exempt } => {
                self.open(self.at(account), unit, rank, count, exempt);
            }
            Op::Move { from, to, loan, sets, seats } => {
                self.transfer((self.at(from), self.at(to)), loan, sets, seats.into());
            }
            Op::GiveBack { transfer, seats } => self.give_back(transfer, seats.into()),
            Op::File { account, hold, mask, stranger } => {
                self.file(self.at(account), hold, mask, stranger);
            }
            Op::ReturnFiling { account, hold } => self.return_filing(self.at(account), hold),
            Op::Plan { account, exact, seats } => self.plan(self.at(account), exact, seats.into()),
            Op::Reverse { account, entry } => self.reverse(self.at(account), entry),
        }
        self.agree();
    }

    fn determine(&mut self, account: usize, base: u8, fewer: Option<(u8, u8)>) {
        let model = &self.models[account];
        let base = i64::from(base);
        let mut determined = match (model.is_pool(), model.name) {
            (true, "common") => model::caps(model.members.iter().map(|m| m.base).sum()),
            (true, _) => [0; 5],
            (false, _) => model::caps(base),
        };
        let mut determine = determine(base.unsigned_abs());
        determine.basis = self.basis();
        let mut expected = true;
        if let Some((of, seats)) = fewer {
            let name = SETS.get(usize::from(of)).copied().unwrap_or("unknown");
            determine.fewer = [(set(name), seats.into())].into();
            match determined.get_mut(usize::from(of)) {
                Some(seat) if i64::from(seats) <= *seat => *seat = seats.into(),
                _ => expected = false,
            }
        }
        self.both(account, Command::Determine(determine), expected, |model| {
            model.determined = determined;
        });
    }

    fn reserve(&mut self, account: usize, of: usize, seats: i64, release: bool) {
        let (reason, basis) = ("计划".to_owned(), self.basis());
        let reserved = self.models[account].reserved;
        let of = match release {
            true => (0..5).map(|n| (of + n) % 5).find(|n| reserved[*n] > 0).unwrap_or(of),
            false => of,
        };
        let (set, count) = (set(SETS[of]), seats.unsigned_abs());
        if release {
            let expected = seats > 0 && seats <= self.models[account].reserved[of];
            let command = Command::ReleaseReserve { set, seats: count, reason, basis };
            self.both(account, command, expected, |model| model.reserved[of] -= seats);
        } else {
            let expected = self.models[account].reserves(of, seats);
            let command = Command::SetReserve { set, seats: count, reason, basis };
            self.both(account, command, expected, |model| model.reserved[of] += seats);
        }
    }

    /// A member for a pool; for a unit mostly itself.
    fn applicant(&self, account: usize, by: u8) -> (&'static str, Applicant) {
        let by = usize::from(by);
        let index = if account < 4 && by != 0 { account } else { by };
        let (name, tier, _) = UNITS[index];
        (name, Applicant { unit: unit(name), tier, above_owner: by == 0 })
    }

    fn place(&mut self, account: usize, by: u8, steps: &[(u8, u8)], chain: bool) {
        // Mostly somebody's next rank, or the one after it; else from outside, or anything.
        let people = &self.models[account].people;
        // Moves from set to set, so that one leaves what another enters.
        const CHAINS: [&[(u8, u8)]; 5] = [
            &[(7, 6), (9, 8)],
            &[(9, 8), (8, 6)],
            &[(5, 4), (7, 6)],
            &[(6, 4), (7, 5), (9, 7)],
            &[(8, 6), (7, 6), (9, 8), (10, 8)],
        ];
        let pattern = steps.first().map_or(0, |(from, _)| usize::from(*from)) % CHAINS.len();
        let chained = CHAINS[pattern].iter().map(|(from, to)| (Some(*from), *to));
        let steps = steps.iter().map(|(from, to)| match from % 8 {
            0 => (Some(from / 8 % 10 + 3), to % 11 + 2),
            1 | 2 => (None, to % 8 + 4),
            _ => match Self::choose(people, *from) {
                Some((_, person)) => (Some(person.rank), person.rank.saturating_sub(1 + to % 3)),
                None => (None, to % 8 + 4),
            },
        });
        let steps: Vec<_> = if chain { chained.collect() } else { steps.collect() };
        let (unit, applicant) = self.applicant(account, by);
        let name = self.fresh("h");
        let placed = self.models[account].places(&name, unit, &steps, self.day);
        let moves = steps
            .iter()
            .map(|(leaves, to)| MoveRequest { leaves: leaves.map(rank), to: rank(*to) });
        let command = Command::PlaceHold {
            hold: hold_id(&name),
            case: case(&name),
            applicant,
            moves: moves.collect(),
            basis: self.basis(),
        };
        self.both(account, command, placed.is_some(), |model| {
            model.in_use = true;
            model.holds.extend(placed);
        });
    }

    fn hold(&self, account: usize, by: u8) -> Option<(usize, Hold)> {
        let holds = &self.models[account].holds;
        let open: Vec<_> = (0..holds.len()).filter(|n| holds[*n].open()).collect();
        let (index, _) = match by % 4 {
            0 => Self::choose(holds, by)?,
            _ => Self::choose(&open, by).map(|(_, index)| (*index, &holds[*index]))?,
        };
        Some((index, holds[index].clone()))
    }

    /// Some of a hold's steps in these states; all of them for an empty mask.
    fn some_steps(hold: &Hold, states: &[State], mask: u8) -> BTreeSet<usize> {
        let able = (0..hold.steps.len()).filter(|n| states.contains(&hold.steps[*n].state));
        let able: Vec<_> = able.collect();
        let chosen = able.iter().enumerate().filter(|(n, _)| mask & (1 << n) != 0);
        let chosen: BTreeSet<_> = chosen.map(|(_, step)| *step).collect();
        if chosen.is_empty() { able.into_iter().collect() } else { chosen }
    }

    fn valid(&self, hold: &Hold) -> bool {
        hold.open() && hold.expires >= self.day
    }

    fn extend(&mut self, account: usize, by: u8, reason: u8, days: i64) {
        let Some((index, hold)) = self.hold(account, by) else { return };
        let until = self.day + days % 100;
        let expected = self.valid(&hold)
            && !hold.reasons.contains(&reason)
            && until > hold.expires
            && until <= self.day + 90;
        let command = Command::ExtendHold {
            hold: hold_id(&hold.name),
            reason: format!("事由{reason}"),
            expires_on: TODAY + until.days(),
            basis: self.basis(),
        };
        self.both(account, command, expected, |model| {
            model.holds[index].expires = until;
            model.holds[index].reasons.push(reason);
        });
    }

    fn release(&mut self, account: usize, by: u8, mask: u8) {
        let Some((index, hold)) = self.hold(account, by) else { return };
        let open: BTreeSet<_> = (0..hold.steps.len())
            .filter(|n| matches!(hold.steps[*n].state, State::Held | State::Waiting))
            .collect();
        let chosen: BTreeSet<_> = match mask % 8 {
            0 => (0..6).filter(|n| mask & (8 << n) != 0).collect(),
            _ => Self::some_steps(&hold, &[State::Held, State::Waiting], mask / 8),
        };
        let ended = if chosen.is_empty() { open.clone() } else { chosen.clone() };
        let expected = hold.open() && ended.is_subset(&open);
        let reason = ReleaseReason::Withdrawn;
        let command = Command::ReleaseHold { hold: hold_id(&hold.name), moves: chosen, reason };
        self.both(account, command, expected, |model| model.release(index, &ended));
    }

    fn expire(&mut self, account: usize) {
        let day = self.day;
        self.both(account, Command::ExpireHolds, true, |model| {
            for hold in model.holds.iter_mut().filter(|hold| hold.expires < day) {
                for step in &mut hold.steps {
                    if matches!(step.state, State::Held | State::Waiting) {
                        step.state = State::Ended;
                    }
                }
            }
        });
    }

    fn resume(&mut self, account: usize, by: u8) {
        let Some((index, hold)) = self.hold(account, by) else { return };
        let resumed = self.models[account].resumes(index);
        let expected = self.valid(&hold) && !resumed.is_empty();
        let command = Command::ResumeWaiting { hold: hold_id(&hold.name) };
        self.both(account, command, expected, |model| {
            let hold = &mut model.holds[index];
            hold.pairs.retain(|(_, i, _)| !resumed.contains(i));
            for step in resumed {
                hold.steps[step].state = State::Held;
            }
        });
    }

    fn occupy(&mut self, account: usize, by: u8, mask: u8, strangers: bool) {
        let Some((index, hold)) = self.hold(account, by) else { return };
        let chosen: BTreeSet<_> = match mask % 16 {
            0 => (0..6).filter(|n| mask & (16 << n) != 0).collect(),
            _ => Self::some_steps(&hold, &[State::Held], mask / 16),
        };
        let model = &self.models[account];
        let mut taken: Vec<(usize, String)> = vec![];
        for step in &chosen {
            let free = |p: &&Person| !taken.iter().any(|(_, name)| *name == p.name);
            let leaves = hold.steps.get(*step).and_then(|step| step.leaves);
            let mut able = model.people.iter().filter(free).filter(|person| match leaves {
                Some(rank) => person.rank == rank && (!person.exempt || strangers),
                None => person.exempt && strangers,
            });
            let name =
                able.next().map_or_else(|| format!("n{}-{step}", self.names), |p| p.name.clone());
            taken.push((*step, name));
        }
        self.names += 1;
        let (tier, unit_name) =
            UNITS.iter().find(|(name, ..)| *name == hold.unit).map(|(n, t, _)| (*t, *n)).unwrap();
        let fit = taken.iter().all(|(step, name)| model.fits(index, *step, name, unit_name));
        let expected = !taken.is_empty() && self.valid(&hold) && fit && model.uses(index, &chosen);
        let of = Applicant { unit: unit(unit_name), tier, above_owner: false };
        let occupants = taken.iter().map(|(index, name)| Occupant {
            index: *index,
            person: person(name),
            of: of.clone(),
            concurrent: false,
            seated_elsewhere: false,
        });
        let command = Command::Occupy {
            hold: hold_id(&hold.name),
            occupants: occupants.collect(),
            basis: self.basis(),
        };
        // Beyond the published calendar nobody knows the day.
        let due = calendar().calendar_deadline(self.date(), 30).ok();
        let due = due.map_or(i32::MAX, |due| (due - TODAY).get_days());
        self.both(account, command, expected, |model| {
            for (step, name) in taken {
                let rank = model.holds[index].steps[step].to;
                model.holds[index].steps[step].state = State::Used;
                let filed = Taken { step, name: name.clone(), due: due.into(), filed: false };
                model.holds[index].taken.push(filed);
                model.people.retain(|person| person.name != name);
                let unit = unit_name.to_owned();
                model.people.push(Person { name, rank, exempt: false, unit });
            }
        });
    }

    fn place_free(&mut self, account: usize, by: u8, to: u8, exempt: bool, again: Option<u8>) {
        let (unit, of) = self.applicant(account, by);
        let model = &self.models[account];
        let known = again.and_then(|by| Self::choose(&model.people, by));
        let known = known.map(|(_, person)| person.name.clone());
        let name = known.unwrap_or_else(|| format!("p{}", self.names));
        self.names += 1;
        let model = &self.models[account];
        let seated = model.person(&name).is_some_and(|p| Account::capped(p.rank));
        let expected = model.serves(unit) && to >= 4 && !seated && (exempt || !Account::capped(to));
        let command = Command::Place {
            person: person(&name),
            of,
            rank: rank(to),
            exempt: exempt.then_some(Exemption::ExMilitaryFirstPlacement),
            seated_elsewhere: false,
            basis: self.basis(),
        };
        self.both(account, command, expected, |model| {
            model.in_use = true;
            model.people.retain(|person| person.name != name);
            model.people.push(Person { name, rank: to, exempt, unit: unit.to_owned() });
        });
    }

    fn vacate(&mut self, account: usize, by: u8) {
        let found = Self::choose(&self.models[account].people, by);
        let name = found.map_or("nobody".to_owned(), |(_, person)| person.name.clone());
        let expected = found.is_some();
        let (reason, basis) = (VacateReason::Retirement, self.basis());
        let command = Command::Vacate { person: person(&name), reason, basis };
        self.both(account, command, expected, |model| {
            model.in_use = true;
            model.people.retain(|person| person.name != name);
        });
    }

    fn lower(&mut self, account: usize, by: u8, to: u8) {
        let Some((index, found)) = Self::choose(&self.models[account].people, by) else { return };
        let expected = to >= 4 && to > found.rank;
        let command =
            Command::LowerRank { person: person(&found.name), to: rank(to), basis: self.basis() };
        self.both(account, command, expected, |model| {
            model.in_use = true;
            (model.people[index].rank, model.people[index].exempt) = (to, false);
        });
    }

    fn open(&mut self, account: usize, by: u8, to: u8, count: u8, exempt: bool) {
        let (unit_name, of) = self.applicant(account, by);
        let names: Vec<_> = (0..count).map(|_| self.fresh("o")).collect();
        let holders: BTreeMap<_, _> = names
            .iter()
            .map(|name| {
                let holder = Holder {
                    rank: rank(to),
                    unit: of.unit.clone(),
                    tier: of.tier,
                    exempt: exempt.then_some(Exemption::SeparatelyListed),
                    concurrent: false,
                    since: self.date(),
                    origin: Origin::Opening,
                };
                (person(name), holder)
            })
            .collect();
        let expected = count > 0 && !self.models[account].in_use;
        let command = Command::RecordOpening { holders, basis: self.basis() };
        self.both(account, command, expected, |model| {
            let brought = names.into_iter().map(|name| Person {
                name,
                rank: to,
                exempt,
                unit: unit_name.to_owned(),
            });
            model.people.extend(brought);
        });
    }

    fn transfer(&mut self, (from, to): (usize, usize), loan: bool, sets: (u8, u8), seats: i64) {
        let sets = (usize::from(sets.0), usize::from(sets.1));
        let name = self.fresh("t");
        let pool = (loan && from != 3).then_some(5_usize);
        let expected = self.models[from].gives(
            &self.models[to],
            pool.map(|index| &self.models[index]),
            loan,
            sets,
            seats,
        );
        let request = TransferRequest {
            transfer: TransferId::new(&*name).unwrap(),
            kind: if loan { TransferKind::Loan } else { TransferKind::Allocation },
            from: set(SETS[sets.0]),
            to: set(SETS[sets.1]),
            seats: seats.unsigned_abs(),
            reason: None,
            basis: self.basis(),
        };
        let pool = pool.map(|index| self.ledgers[index].account());
        let (giver, taker) = (self.ledgers[from].account(), self.ledgers[to].account());
        let found = transfer(giver, taker, pool, request.clone());
        assert_eq!(found.is_ok(), expected, "{request:?} {found:?}");
        let Ok((out, into)) = found else { return };
        self.accepted += 1;
        self.ledgers[from].take(out);
        self.ledgers[to].take(into);
        for (account, out, set) in [(from, true, sets.0), (to, false, sets.1)] {
            let peer = self.models[if out { to } else { from }].name.to_owned();
            let name = name.clone();
            self.models[account].moved.push(Moved { name, loan, out, peer, set, seats });
        }
    }

    fn give_back(&mut self, by: u8, seats: i64) {
        let all: Vec<_> = (0..6)
            .flat_map(|from| self.models[from].moved.iter().map(move |m| (from, m.clone())))
            .filter(|(_, moved)| moved.out)
            .collect();
        let Some((_, (from, moved))) = Self::choose(&all, by) else { return };
        let from = *from;
        let to = self.models.iter().position(|model| model.name == moved.peer).unwrap();
        let there =
            |model: &Account| model.moved.iter().position(|m| m.name == moved.name).unwrap();
        let side = &self.models[to].moved[there(&self.models[to])];
        let expected = self.models[to].gives_back(side.set, seats, side.seats);
        let found = give_back(
            self.ledgers[from].account(),
            self.ledgers[to].account(),
            &TransferId::new(&*moved.name).unwrap(),
            seats.unsigned_abs(),
            &self.basis(),
        );
        assert_eq!(found.is_ok(), expected, "{moved:?} {found:?}");
        let Ok((out, into)) = found else { return };
        self.ledgers[from].take(out);
        self.ledgers[to].take(into);
        for account in [from, to] {
            let index = there(&self.models[account]);
            self.models[account].moved[index].seats -= seats;
            self.models[account].moved.retain(|m| m.seats > 0);
        }
    }

    /// A hold of which seats were taken.
    fn used_hold(&self, account: usize, by: u8) -> Option<(usize, Hold)> {
        let holds = &self.models[account].holds;
        let used: Vec<_> = (0..holds.len()).filter(|n| !holds[*n].taken.is_empty()).collect();
        Self::choose(&used, by).map(|(_, index)| (*index, holds[*index].clone()))
    }

    fn file(&mut self, account: usize, by: u8, mask: u8, stranger: bool) {
        let Some((index, hold)) = self.used_hold(account, by) else { return };
        let mask = if mask.is_multiple_of(3) { 255 } else { mask };
        let chosen =
            hold.taken.iter().enumerate().filter(|(n, taken)| {
                mask & (1 << n) != 0 && (!taken.filed || mask.is_multiple_of(2))
            });
        let mut names: Vec<_> = chosen.map(|(_, taken)| taken.name.clone()).collect();
        if stranger {
            names.push("stranger".into());
        }
        names.sort();
        names.dedup();
        let due = |name: &String| hold.taken.iter().any(|t| !t.filed && t.name == *name);
        let filed = names.iter().all(due);
        let persons = names.iter().map(|name| person(name)).collect();
        let command = Command::FileUse { hold: hold_id(&hold.name), persons };
        let before = self.ledgers[account].events.len();
        self.both(account, command, !names.is_empty(), |model| {
            for taken in model.holds[index].taken.iter_mut().filter(|_| filed) {
                taken.filed |= names.contains(&taken.name);
            }
        });
        if let Some(event) = self.ledgers[account].events.get(before) {
            assert_eq!(matches!(event, Event::UseFiled { .. }), filed, "{event:?}");
        }
    }

    fn return_filing(&mut self, account: usize, by: u8) {
        let Some((index, hold)) = self.used_hold(account, by) else { return };
        let filed: Vec<_> = hold.taken.iter().filter(|t| t.filed).map(|t| t.name.clone()).collect();
        let persons = filed.iter().map(|name| person(name)).collect();
        let reason = "材料不全".to_owned();
        let command = Command::ReturnFiling { hold: hold_id(&hold.name), persons, reason };
        self.both(account, command, !filed.is_empty(), |model| {
            for taken in &mut model.holds[index].taken {
                taken.filed = false;
            }
        });
    }

    fn plan(&mut self, account: usize, exact: bool, seats: i64) {
        let model = &self.models[account];
        let planned = |of: usize| if exact { model.over(of) } else { seats };
        let steps = (0..5).filter(|of| planned(*of) > 0).map(|of| PlanStep {
            set: set(SETS[of]),
            quarter: Quarter { year: 2026, quarter: 4 },
            route: Route::Retirement,
            seats: planned(of).unsigned_abs(),
        });
        let command = Command::SetDigestionPlan { steps: steps.collect(), basis: self.basis() };
        let expected = (0..5).all(|of| {
            let over = model.over(of);
            planned(of) >= over && (over > 0 || planned(of) == 0)
        });
        self.both(account, command, expected, |_| {});
    }

    /// Reverses an entry; the model looks only at whether what it wrote still stands.
    fn reverse(&mut self, account: usize, by: u8) {
        let ledger = &self.ledgers[account];
        let Some((index, event)) = Self::choose(&ledger.events, by) else { return };
        let (version, event) = (index as u64 + 1, event.clone());
        let again = ledger.events.iter().any(|event| {
            matches!(event, Event::EntryReversed { version: before, .. } if *before == version)
        });
        let model = &self.models[account];
        let of = |id: &quanheng_policy::SetId| SETS.iter().position(|s| *s == id.as_str()).unwrap();
        let holds = |name: &str, holder: &Holder| {
            ledger.account().holders().get(&person(name)) == Some(holder)
        };
        type Undo = Box<dyn FnOnce(&mut Account)>;
        let (expected, effect): (bool, Undo) = match event.clone() {
            Event::SeatOccupied { hold, person, before, holder, .. } => {
                let name = person.to_string();
                let undo = move |model: &mut Account| {
                    model.restore(&name, before);
                    model.unuse(hold.as_str(), &name);
                };
                (holds(person.as_str(), &holder), Box::new(undo))
            }
            Event::RankPlaced { person, before, holder, .. } => {
                let name = person.to_string();
                (holds(&name, &holder), Box::new(move |model| model.restore(&name, before)))
            }
            Event::RankLowered { person, before, holder, .. } => {
                let name = person.to_string();
                (holds(&name, &holder), Box::new(move |model| model.restore(&name, Some(before))))
            }
            Event::SeatVacated { person, holder, .. } => {
                let name = person.to_string();
                let gone = model.person(&name).is_none();
                (gone, Box::new(move |model| model.restore(&name, Some(holder))))
            }
            Event::ReserveSet { set, seats, .. } => {
                let (of, seats) = (of(&set), seats.cast_signed());
                (model.reserved[of] >= seats, Box::new(move |model| model.reserved[of] -= seats))
            }
            Event::ReserveReleased { set, seats, .. } => {
                let (of, seats) = (of(&set), seats.cast_signed());
                (model.reserves(of, seats), Box::new(move |model| model.reserved[of] += seats))
            }
            _ => (false, Box::new(|_| {})),
        };
        let command = Command::Reverse {
            version,
            entry: Box::new(event),
            reason: "录入有误".to_owned(),
            basis: self.basis(),
        };
        self.both(account, command, expected && !again, effect);
    }
}

impl Account {
    fn restore(&mut self, name: &str, before: Option<Holder>) {
        self.people.retain(|person| person.name != name);
        let order = |rank: &RankId| rank.as_str()[2..].parse().unwrap();
        if let Some(holder) = before {
            self.people.push(Person {
                name: name.into(),
                rank: order(&holder.rank),
                exempt: holder.exempt.is_some(),
                unit: holder.unit.to_string(),
            });
        }
    }
}

impl Account {
    /// The use of a seat was no use; what the person took is given up.
    fn unuse(&mut self, hold: &str, name: &str) {
        let hold = self.holds.iter_mut().find(|known| known.name == hold).unwrap();
        let at = hold.taken.iter().position(|taken| taken.name == name).unwrap();
        let taken = hold.taken.remove(at);
        hold.steps[taken.step].state = State::Ended;
    }
}

fn plain(name: &'static str, level: Tier, referenced: bool, base: u64) -> Account {
    Account {
        name,
        tier: if level == Tier::County { 3 } else { 4 },
        referenced,
        members: vec![],
        earmark: None,
        determined: model::caps(base.cast_signed()),
        reserved: [0; 5],
        people: vec![],
        holds: vec![],
        moved: vec![],
        in_use: false,
    }
}

/// Histories that are tried: many more in the long form.
fn cases() -> u32 {
    if std::env::var_os("QUANHENG_LONG").is_some() { 100_000 } else { 500 }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_ledger_and_the_model_agree(
        focus in 0..6_usize,
        full in any::<bool>(),
        ops in prop::collection::vec(op(), 1..60),
    ) {
        let mut world = World::new(focus);
        if full {
            world.fill();
        }
        for op in ops {
            world.apply(op);
        }
    }
}

/// What happened in histories, by kind: so that agreement is not agreement on nothing.
fn tally(ledgers: &[Ledger], found: &mut BTreeMap<String, u64>) {
    let mut count = |kind: String| *found.entry(kind).or_default() += 1;
    for event in ledgers.iter().flat_map(|ledger| &ledger.events) {
        let shown = format!("{event:?}");
        count(shown.split([' ', '(']).next().unwrap_or_default().to_owned());
        match event {
            Event::HoldReleased { waiting, .. } if !waiting.is_empty() => count("waits".into()),
            Event::HoldReleased { seated, .. } if !seated.is_empty() => count("reseated".into()),
            Event::OverQuotaDetected { cause, .. } => count(format!("{cause:?}")),
            Event::PreReviewApproved { covers, .. } => {
                let after = |cover: &Cover| matches!(cover, Cover::After(_));
                if covers.iter().flat_map(|covers| covers.values()).any(after) {
                    count("dependent hold".into());
                }
            }
            _ => {}
        }
    }
}

#[test]
fn the_histories_reach_what_can_happen() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let histories = prop::collection::vec(op(), 20..80);
    let mut found = BTreeMap::new();
    let (mut accepted, mut tried) = (0, 0);
    for round in 0..301 {
        let mut world = World::new(round % 5);
        if round % 2 == 0 {
            world.fill();
        }
        let ops = histories.new_tree(&mut runner).unwrap().current();
        tried += ops.len();
        ops.into_iter().for_each(|op| world.apply(op));
        accepted += world.accepted;
        tally(&world.ledgers, &mut found);
    }
    eprintln!("{accepted} of {tried} accepted: {found:?}");
    for kind in [
        "QuotaRedetermined",
        "SeatsAllocated",
        "SeatsLent",
        "SeatsReturned",
        "ReserveSet",
        "ReserveReleased",
        "PreReviewApproved",
        "HoldExtended",
        "HoldReleased",
        "MovesResumed",
        "SeatOccupied",
        "RankPlaced",
        "SeatVacated",
        "RankLowered",
        "OpeningBalancesRecorded",
        "UseFiled",
        "FilingReturned",
        "DigestionPlanSet",
        "DigestionProgressed",
        "EntryReversed",
        "LowerDetermination",
        "RankLowered",
        "OpeningBalance",
        "Correction",
        "dependent hold",
        "waits",
        "reseated",
    ] {
        assert!(found.get(kind).is_some_and(|count| *count >= 1), "{kind}: {found:?}");
    }
}

//! The plain model of one unit's account of general management in a county: what the
//! ledger is to say, computed the slow way.

use std::collections::BTreeMap;

/// A rank set: its id, its ranks by order, and the share of what.
const SETS: [(&str, std::ops::RangeInclusive<u8>, Share); 5] = [
    ("GM04", 4..=4, Share::Base(2, 100)),
    ("GM05-06", 5..=6, Share::Base(10, 100)),
    ("GM05", 5..=5, Share::Of("GM05-06", 40, 100)),
    ("GM07-10", 7..=10, Share::Base(60, 100)),
    ("GM07-08", 7..=8, Share::Of("GM07-10", 50, 100)),
];

enum Share {
    Base(u64, u64),
    Of(&'static str, u64, u64),
}

/// The highest rank that a county unit may have, and the lowest.
const RANKS: std::ops::RangeInclusive<u8> = 4..=12;

/// What became of a hold with one move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hold {
    /// Asked for, and not decided.
    Asked { leaves: Option<u8>, to: u8, stage: Stage },
    /// Its seats are kept.
    Held { leaves: Option<u8>, to: u8 },
    /// Somebody took the seat.
    Used { person: String, filed: bool },
    /// Given up after it was granted.
    Ended,
    /// Given up before, at some stage.
    Dropped(Stage),
}

/// How far a request is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Before the unit's party group.
    PartyGroup,
    /// Before the reviewer.
    Review,
    /// Before who approves.
    Approval,
}

/// An account.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    base: u64,
    determined: bool,
    in_use: bool,
    reserved: BTreeMap<&'static str, u64>,
    pub(super) holders: BTreeMap<String, u8>,
    pub(super) holds: BTreeMap<String, Hold>,
}

/// Whether the ledger is to take a command.
pub(super) type Verdict = Result<(), &'static str>;

impl Account {
    pub(super) fn new(base: u64) -> Self {
        Self { base, ..Self::default() }
    }

    fn cap(&self, set: &str) -> u64 {
        match SETS.iter().find(|(id, ..)| *id == set).map(|(.., share)| share) {
            Some(Share::Base(n, d)) => self.base * n / d,
            Some(Share::Of(parent, n, d)) => self.cap(parent) * n / d,
            None => 0,
        }
    }

    fn entered(leaves: Option<u8>, to: u8) -> impl Iterator<Item = &'static str> {
        let enters = move |ranks: &std::ops::RangeInclusive<u8>| {
            ranks.contains(&to) && !leaves.is_some_and(|rank| ranks.contains(&rank))
        };
        SETS.iter().filter(move |(_, ranks, _)| enters(ranks)).map(|(id, ..)| *id)
    }

    /// Determined, charged, held, reserved of a set.
    pub(super) fn balance(&self, set: &str) -> [u64; 4] {
        let ranks = SETS.iter().find(|(id, ..)| *id == set).map(|(_, ranks, _)| ranks.clone());
        let ranks = ranks.expect("a set of the county's");
        let charged = self.holders.values().filter(|rank| ranks.contains(rank)).count() as u64;
        let held = self.holds.values().filter(|hold| match hold {
            Hold::Held { leaves, to } => Self::entered(*leaves, *to).any(|id| id == set),
            _ => false,
        });
        let held = held.count() as u64;
        let determined = if self.determined { self.cap(set) } else { 0 };
        [determined, charged, held, self.reserved.get(set).copied().unwrap_or(0)]
    }

    fn available(&self, set: &str) -> i64 {
        let [determined, charged, held, reserved] = self.balance(set);
        determined as i64 - charged as i64 - held as i64 - reserved as i64
    }

    pub(super) fn set_ids() -> impl Iterator<Item = &'static str> {
        SETS.iter().map(|(id, ..)| *id)
    }

    pub(super) fn determine(&mut self) -> Verdict {
        self.determined = true;
        Ok(())
    }

    pub(super) fn is_determined(&self) -> bool {
        self.determined
    }

    pub(super) fn open(&mut self, person: &str, rank: u8, seated: bool) -> Verdict {
        if !self.determined {
            return Err("RESOURCE_NOT_FOUND");
        }
        if !RANKS.contains(&rank) {
            return Err("RANK_NOT_SET_UP");
        }
        if self.in_use {
            return Err("WRONG_STATE");
        }
        if seated {
            return Err("ALREADY_SEATED");
        }
        self.holders.insert(person.to_owned(), rank);
        Ok(())
    }

    fn judge(&self, leaves: Option<u8>, to: u8, besides: Option<&str>) -> Verdict {
        if self.holds.values().any(|hold| matches!(hold, Hold::Used { filed: false, .. })) {
            return Err("FILING_OVERDUE");
        }
        if !RANKS.contains(&to) {
            return Err("RANK_NOT_SET_UP");
        }
        if let Some(rank) = leaves {
            let holders = self.holders.values().filter(|held| **held == rank).count();
            let pending = self.holds.iter().filter(|(id, hold)| {
                Some(id.as_str()) != besides
                    && matches!(hold, Hold::Held { leaves: Some(left), .. } if *left == rank)
            });
            if 1 + pending.count() > holders {
                return Err("NO_SUCH_HOLDERS");
            }
        }
        match Self::entered(leaves, to).all(|set| self.available(set) >= 1) {
            true => Ok(()),
            false => Err("INSUFFICIENT_AVAILABLE"),
        }
    }

    pub(super) fn ask(&mut self, hold: &str, leaves: Option<u8>, to: u8) -> Verdict {
        if !self.determined {
            return Err("RESOURCE_NOT_FOUND");
        }
        if leaves == Some(to) {
            return Err("INVALID_FIELD");
        }
        self.judge(leaves, to, None)?;
        self.holds.insert(hold.to_owned(), Hold::Asked { leaves, to, stage: Stage::PartyGroup });
        Ok(())
    }

    /// The task of a stage is acted on, whichever the case is at.
    pub(super) fn act(&mut self, id: &str, at: Stage) -> Verdict {
        let (leaves, to, stage) = match self.holds.get(id).cloned() {
            Some(Hold::Asked { leaves, to, stage }) => (leaves, to, stage),
            // A task that there never was.
            None => return Err("RESOURCE_NOT_FOUND"),
            Some(Hold::Dropped(stage)) if at > stage => return Err("RESOURCE_NOT_FOUND"),
            Some(_) => return Err("WRONG_STATE"),
        };
        if at != stage {
            return Err(if at > stage { "RESOURCE_NOT_FOUND" } else { "TASK_NOT_OPEN" });
        }
        let next = match at {
            Stage::PartyGroup => Hold::Asked { leaves, to, stage: Stage::Review },
            // The approval opens only while there are seats.
            Stage::Review => {
                self.judge(leaves, to, Some(id))?;
                Hold::Asked { leaves, to, stage: Stage::Approval }
            }
            Stage::Approval => {
                self.judge(leaves, to, Some(id))?;
                self.in_use = true;
                Hold::Held { leaves, to }
            }
        };
        self.holds.insert(id.to_owned(), next);
        Ok(())
    }

    pub(super) fn withdraw(&mut self, id: &str) -> Verdict {
        let given_up = match self.holds.get(id) {
            Some(Hold::Asked { stage, .. }) => Hold::Dropped(*stage),
            Some(Hold::Held { .. }) => Hold::Ended,
            _ => return Err("WRONG_STATE"),
        };
        self.holds.insert(id.to_owned(), given_up);
        Ok(())
    }

    pub(super) fn occupy(&mut self, id: &str, person: &str) -> Verdict {
        let (leaves, to) = match self.holds.get(id) {
            Some(Hold::Held { leaves, to }) => (*leaves, *to),
            // The account knows only what it held.
            Some(Hold::Dropped(_) | Hold::Asked { .. }) | None => return Err("RESOURCE_NOT_FOUND"),
            Some(Hold::Used { .. } | Hold::Ended) => return Err("WRONG_STATE"),
        };
        let before = self.holders.get(person).copied();
        let capped = before.filter(|rank| *rank <= 10);
        if !(before == leaves || (leaves.is_none() && capped.is_none())) {
            return Err("OTHER_RANK_HELD");
        }
        self.holders.insert(person.to_owned(), to);
        self.holds.insert(id.to_owned(), Hold::Used { person: person.to_owned(), filed: false });
        Ok(())
    }

    pub(super) fn file(&mut self, id: &str) -> Verdict {
        match self.holds.get_mut(id) {
            Some(Hold::Used { filed, .. }) if !*filed => {
                *filed = true;
                Ok(())
            }
            _ => Err("RETURNED"),
        }
    }

    pub(super) fn vacate(&mut self, person: &str) -> Verdict {
        match self.holders.remove(person) {
            Some(_) => {
                self.in_use = true;
                Ok(())
            }
            None => Err("RESOURCE_NOT_FOUND"),
        }
    }

    pub(super) fn reserve(&mut self, set: &'static str, seats: u64) -> Verdict {
        if !self.determined {
            return Err("RESOURCE_NOT_FOUND");
        }
        let path = Self::path(set);
        if path.iter().any(|set| self.available(set) < seats as i64) {
            return Err("INSUFFICIENT_AVAILABLE");
        }
        for set in path {
            *self.reserved.entry(set).or_default() += seats;
        }
        Ok(())
    }

    pub(super) fn release(&mut self, set: &'static str, seats: u64) -> Verdict {
        if !self.determined {
            return Err("RESOURCE_NOT_FOUND");
        }
        let parts =
            SETS.iter().filter(|(.., share)| matches!(share, Share::Of(of, ..) if *of == set));
        let parts: u64 = parts.map(|(id, ..)| self.reserved.get(id).copied().unwrap_or(0)).sum();
        if self.reserved.get(set).copied().unwrap_or(0) - parts < seats {
            return Err("WRONG_STATE");
        }
        for set in Self::path(set) {
            *self.reserved.entry(set).or_default() -= seats;
        }
        Ok(())
    }

    fn path(set: &'static str) -> Vec<&'static str> {
        let share = SETS.iter().find(|(id, ..)| *id == set).map(|(.., share)| share);
        match share {
            Some(Share::Of(parent, ..)) => [vec![set], Self::path(parent)].concat(),
            _ => vec![set],
        }
    }
}

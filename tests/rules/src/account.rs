//! An account that is worked over and over: seats are pre-reviewed, taken, filed, and left.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use quanheng_ledger::account::{Account, Holder, Origin};
use quanheng_ledger::command::{Applicant, Command, Determine, Facts, Occupant, UnitOwner};
use quanheng_ledger::event::{Basis, VacateReason};
use quanheng_ledger::hold::MoveRequest;
use quanheng_ledger::id::{CaseId, HoldId};
use quanheng_ledger::{decide, evolve};
use quanheng_policy::calendar::Calendar;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, PersonId, QuotaClassId, RankId, UnitId};

/// People who hold seats all the while.
pub(crate) const HOLDERS: usize = 900;
/// Commands in a round.
pub(crate) const COMMANDS: usize = 4;
const TODAY: Date = date(2026, 3, 2);

pub(crate) struct Worked<'a> {
    state: Option<Account>,
    policy: &'a Policy,
    calendar: Calendar,
    rounds: u64,
}

impl<'a> Worked<'a> {
    /// An account with so many entries behind it.
    pub(crate) fn with_history(policy: &'a Policy, entries: u64) -> Self {
        let calendar = Calendar::bundled();
        let mut worked = Self { state: None, policy, calendar, rounds: 0 };
        let owner = UnitOwner { unit: unit(), tier: Tier::County, referenced: false };
        let class = QuotaClassId::new("county_township").unwrap();
        let determine = Determine { class, base: 2_000, fewer: BTreeMap::new(), basis: basis() };
        let category = CategoryId::new("general_management").unwrap();
        worked.run(Command::DetermineUnit { owner, category, determine });
        let holders = (0..HOLDERS).map(|n| {
            let holder = Holder {
                rank: rank("GM09"),
                unit: unit(),
                tier: Tier::County,
                exempt: None,
                concurrent: false,
                since: TODAY,
                origin: Origin::Opening,
            };
            (PersonId::new(format!("legacy-{n}")).unwrap(), holder)
        });
        worked.run(Command::RecordOpening { holders: holders.collect(), basis: basis() });
        while worked.state.as_ref().is_some_and(|account| account.version() < entries) {
            worked.round();
        }
        worked
    }

    fn run(&mut self, command: Command) {
        let facts = Facts { policy: self.policy, calendar: &self.calendar, today: TODAY };
        for event in decide(self.state.as_ref(), command, facts).unwrap() {
            evolve(&mut self.state, &event);
        }
    }

    /// A pre-review, its use, its filing, and a retirement.
    pub(crate) fn round(&mut self) {
        self.rounds += 1;
        let name = format!("r{}", self.rounds);
        let hold = HoldId::new(&*name).unwrap();
        let person = PersonId::new(&*name).unwrap();
        let applicant = Applicant { unit: unit(), tier: Tier::County, above_owner: false };
        self.run(Command::PlaceHold {
            hold: hold.clone(),
            case: CaseId::new(&*name).unwrap(),
            applicant: applicant.clone(),
            moves: vec![MoveRequest { leaves: None, to: rank("GM10") }],
            basis: basis(),
        });
        let occupant = Occupant {
            index: 0,
            person: person.clone(),
            of: applicant,
            concurrent: false,
            seated_elsewhere: false,
        };
        self.run(Command::Occupy { hold: hold.clone(), occupants: vec![occupant], basis: basis() });
        self.run(Command::FileUse { hold, persons: vec![person.clone()] });
        self.run(Command::Vacate { person, reason: VacateReason::Retirement, basis: basis() });
    }
}

fn unit() -> UnitId {
    UnitId::new("unit").unwrap()
}

fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

fn basis() -> Basis {
    let document = DocumentNumber::parse("组通〔2026〕1号").unwrap();
    Basis { document, effective_on: TODAY }
}

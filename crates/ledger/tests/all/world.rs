//! What the tests share: the national policy with local overlays, short names, and an
//! account that runs commands.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use quanheng_ledger::account::{Account, Exemption, Holder, Origin, Quantities};
use quanheng_ledger::command::{Applicant, Command, Determine, Facts, Occupant, UnitOwner};
use quanheng_ledger::entitlement::{RoundingRules, rounding_rules};
use quanheng_ledger::event::{Basis, Event};
use quanheng_ledger::hold::MoveRequest;
use quanheng_ledger::id::{CaseId, HoldId};
use quanheng_ledger::posting::{Book, balances, book, postings};
use quanheng_ledger::refusal::Refused;
use quanheng_ledger::{check, decide, evolve};
use quanheng_policy::calendar::Calendar;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_policy::profile::{NATIONAL, Policy, PolicyBook, Published, RatioTable};
use quanheng_policy::{CategoryId, PersonId, QuotaClassId, RankId, SetId, UnitId};

pub(crate) const TODAY: Date = date(2026, 3, 2);

/// The national policy.
pub(crate) fn policy() -> &'static Policy {
    static NATIONAL_ONLY: LazyLock<Policy> = LazyLock::new(|| with(""));
    &NATIONAL_ONLY
}

/// The national policy with an overlay of one division.
pub(crate) fn with(overlay: &str) -> Policy {
    let mut book = PolicyBook::default();
    book.publish(Published::read("national.toml", NATIONAL).unwrap()).unwrap();
    if !overlay.is_empty() {
        let text = format!(
            "format = 1\nprofile = \"local\"\nversion = 1\njurisdiction = \"420106\"\n\
             title = \"本地\"\neffective_from = \"2020-01-01\"\n{overlay}"
        );
        book.publish(Published::read("local.toml", &text).unwrap()).unwrap();
    }
    book.policy(&DivisionCode::parse("420106").unwrap(), TODAY)
}

pub(crate) fn calendar() -> &'static Calendar {
    static BUNDLED: LazyLock<Calendar> = LazyLock::new(Calendar::bundled);
    &BUNDLED
}

pub(crate) fn facts() -> Facts<'static> {
    Facts { policy: policy(), calendar: calendar(), today: TODAY }
}

pub(crate) fn general() -> CategoryId {
    CategoryId::new("general_management").unwrap()
}

pub(crate) fn table(class: &str) -> RatioTable {
    let class = QuotaClassId::new(class).unwrap();
    policy().ratio_table(&general(), &class).unwrap().value.into_owned()
}

pub(crate) fn usual() -> RoundingRules {
    rounding_rules(policy()).unwrap().0
}

pub(crate) fn set(id: &str) -> SetId {
    SetId::new(id).unwrap()
}

pub(crate) fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

pub(crate) fn unit(id: &str) -> UnitId {
    UnitId::new(id).unwrap()
}

pub(crate) fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

pub(crate) fn hold(id: &str) -> HoldId {
    HoldId::new(id).unwrap()
}

pub(crate) fn case(id: &str) -> CaseId {
    CaseId::new(id).unwrap()
}

pub(crate) fn basis() -> Basis {
    basis_on(TODAY)
}

pub(crate) fn basis_on(effective_on: Date) -> Basis {
    Basis { document: DocumentNumber::parse("组通〔2026〕1号").unwrap(), effective_on }
}

pub(crate) fn of(name: &str, tier: Tier) -> Applicant {
    Applicant { unit: unit(name), tier, above_owner: false }
}

pub(crate) fn determine(base: u64) -> Determine {
    let class = QuotaClassId::new("county_township").unwrap();
    Determine { class, base, fewer: BTreeMap::new(), basis: basis() }
}

/// A move, as `"GM08>GM07"` or `">GM10"`.
pub(crate) fn step(text: &str) -> MoveRequest {
    let (leaves, to) = text.split_once('>').unwrap();
    MoveRequest { leaves: (!leaves.is_empty()).then(|| rank(leaves)), to: rank(to) }
}

pub(crate) fn occupant(index: usize, name: &str, of: Applicant) -> Occupant {
    let person = person(name);
    Occupant { index, person, of, concurrent: false, seated_elsewhere: false }
}

/// An account under test: it runs commands, keeps the events and the double entries, and
/// checks after each that nothing is wrong with the state.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) state: Option<Account>,
    pub(crate) events: Vec<Event>,
    pub(crate) book: Book,
}

impl Ledger {
    /// The account of a county unit called `unit`, with a base.
    pub(crate) fn county(base: u64) -> Self {
        Self::of_unit("unit", Tier::County, false, base)
    }

    pub(crate) fn of_unit(name: &str, tier: Tier, referenced: bool, base: u64) -> Self {
        let mut ledger = Self::default();
        let owner = UnitOwner { unit: unit(name), tier, referenced };
        let (category, determine) = (general(), determine(base));
        ledger.run(Command::DetermineUnit { owner, category, determine }, facts()).unwrap();
        ledger
    }

    pub(crate) fn account(&self) -> &Account {
        self.state.as_ref().unwrap()
    }

    pub(crate) fn run(&mut self, command: Command, facts: Facts<'_>) -> Result<usize, Refused> {
        let events = decide(self.state.as_ref(), command, facts)?;
        Ok(self.take(events))
    }

    /// Runs a command that must pass.
    pub(crate) fn does(&mut self, command: Command) {
        self.run(command, facts()).unwrap();
    }

    /// The code with which a command is refused.
    pub(crate) fn refuses(&self, command: Command) -> &'static str {
        decide(self.state.as_ref(), command, facts()).unwrap_err().code()
    }

    pub(crate) fn take(&mut self, events: Vec<Event>) -> usize {
        for event in &events {
            book(&mut self.book, &postings(self.state.as_ref(), event));
            evolve(&mut self.state, event);
        }
        self.check();
        let count = events.len();
        self.events.extend(events);
        count
    }

    fn check(&self) {
        let account = self.account();
        assert_eq!(check::violations(account, None), [], "after {:?}", self.events.last());
        let mut book = self.book.clone();
        book.retain(|_, seats| *seats != 0);
        assert_eq!(book, balances(account), "debits and credits");
        let total: i64 = self.book.values().sum();
        assert_eq!(total, 0, "debits equal credits");
    }

    pub(crate) fn quantities(&self, id: &str) -> Quantities {
        self.account().quantities(&set(id)).unwrap()
    }

    /// Opening balances: so many of a rank, named `rank-0`, `rank-1`, …
    pub(crate) fn opens(&mut self, holders: &[(&str, usize)]) {
        self.opens_with(holders, None);
    }

    pub(crate) fn opens_with(&mut self, holders: &[(&str, usize)], exempt: Option<Exemption>) {
        let unit = match &self.account().owner() {
            quanheng_ledger::account::Owner::Unit { unit, .. } => unit.clone(),
            quanheng_ledger::account::Owner::Pool { members, .. } => members[0].unit.clone(),
        };
        let prefix = if exempt.is_some() { "exempt-" } else { "" };
        let holders = holders.iter().flat_map(|(id, count)| {
            let (unit, tier) = (unit.clone(), self.account().owner().tier());
            (0..*count).map(move |n| {
                let (rank, since) = (rank(id), TODAY);
                let (concurrent, origin) = (false, Origin::Opening);
                let holder =
                    Holder { rank, unit: unit.clone(), tier, exempt, concurrent, since, origin };
                (person(&format!("{prefix}{id}-{n}")), holder)
            })
        });
        let holders = holders.collect();
        self.does(Command::RecordOpening { holders, basis: basis() });
    }

    pub(crate) fn place(&self, name: &str, moves: &[&str]) -> Command {
        self.place_for(name, "unit", Tier::County, moves)
    }

    pub(crate) fn place_for(&self, name: &str, unit: &str, tier: Tier, moves: &[&str]) -> Command {
        Command::PlaceHold {
            hold: hold(name),
            case: case(&format!("case-{name}")),
            applicant: of(unit, tier),
            moves: moves.iter().map(|text| step(text)).collect(),
            basis: basis(),
        }
    }

    pub(crate) fn occupy(&self, name: &str, who: &[(usize, &str)]) -> Command {
        let unit = of("unit", Tier::County);
        let occupants = who.iter().map(|(index, name)| occupant(*index, name, unit.clone()));
        Command::Occupy { hold: hold(name), occupants: occupants.collect(), basis: basis() }
    }
}

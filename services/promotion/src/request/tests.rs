//! Requests as tables: what is asked after what.

#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use quanheng_ledger::event::Basis;
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId};
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{CategoryId, PersonId, RankId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::FactId;
use quanheng_streams::{
    Appointment, Ending, Entity as _, Notice, RequestId, RequestState, Requests, RoundId, Seat,
};

use super::{Command, decide};

const ON: jiff::civil::Date = date(2026, 3, 2);

fn by() -> PersonId {
    PersonId::new("p7").unwrap()
}

fn sealed() -> Sealed {
    Sealed::new("s1.a.text").unwrap()
}

fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

fn create() -> Command {
    let category = CategoryId::new("general_management").unwrap();
    let owner = OwnerId::Unit(UnitId::new("u1").unwrap());
    Command::Create {
        request: RequestId::new("q1").unwrap(),
        round: RoundId::new("r1").unwrap(),
        unit: UnitId::new("u1").unwrap(),
        account: AccountKey { owner, category: category.clone() },
        person: PersonId::new("p1").unwrap(),
        category,
        rank: rank("GM09"),
        nomination: sealed(),
        by: by(),
    }
}

fn update(to: &str) -> Command {
    Command::Update { rank: rank(to), nomination: sealed(), by: by() }
}

fn submit() -> Command {
    let seat = Seat { hold: HoldId::new("h1").unwrap(), index: 0, leaves: Some(rank("GM10")) };
    Command::Submit { seat, by: by() }
}

fn recommend(voters: u32, valid_ballots: u32, votes: u32) -> Command {
    Command::Recommend { voters, valid_ballots, votes, sealed: sealed(), by: by() }
}

fn post() -> Command {
    Command::Post(Notice {
        text: sealed(),
        channels: vec![],
        phone: String::new(),
        from: ON,
        to: ON,
        by: by(),
    })
}

fn feedback() -> FactId {
    FactId::new("f1").unwrap()
}

fn report() -> Command {
    Command::Report { feedback: feedback(), record: sealed(), by: by() }
}

fn resolve() -> Command {
    Command::Resolve { feedback: feedback(), founded: false, findings: sealed(), by: by() }
}

fn close() -> Command {
    Command::CloseNotice { result: sealed(), by: by() }
}

fn suspend() -> Command {
    Command::Suspend { reported: false, cause: sealed(), by: None }
}

fn resume() -> Command {
    Command::Resume { by: None }
}

fn appoint() -> Command {
    let document = DocumentNumber::parse("组通〔2026〕12号").unwrap();
    let basis = Basis { document, effective_on: ON };
    Command::Appoint(Appointment { basis, minutes: String::new(), by: by() })
}

fn file() -> Command {
    Command::File { by: by() }
}

fn end() -> Command {
    Command::End { ending: Ending::Withdrawn, reason: sealed(), by: None }
}

fn after(commands: Vec<Command>) -> Option<RequestState> {
    let mut state = None;
    for command in commands {
        let event = decide(state.as_ref(), command, ON).unwrap();
        Requests::evolve(&mut state, &event);
    }
    state
}

#[test]
fn a_request_goes_its_way() {
    let posted = || vec![create(), submit(), post()];
    let with = |more: Vec<Command>| [posted(), more].concat();
    for (before, asked, code) in [
        (vec![], submit(), Some("WRONG_STATE")),
        (vec![create()], create(), Some("RESOURCE_EXISTS")),
        (vec![create()], update("GM08"), None),
        (vec![create(), submit()], update("GM09"), None),
        (vec![create(), submit()], update("GM08"), Some("INVALID_FIELD")),
        (vec![create()], recommend(0, 0, 0), Some("INVALID_FIELD")),
        (vec![create()], recommend(10, 11, 1), Some("INVALID_FIELD")),
        (vec![create()], recommend(10, 9, 10), Some("INVALID_FIELD")),
        (vec![create()], recommend(10, 9, 0), None),
        (vec![create()], report(), Some("WRONG_STATE")),
        (posted(), report(), None),
        (posted(), resolve(), Some("WRONG_STATE")),
        (with(vec![report()]), close(), Some("FEEDBACK_UNRESOLVED")),
        (with(vec![report(), suspend()]), resume(), Some("FEEDBACK_UNRESOLVED")),
        (with(vec![report(), suspend(), resolve()]), resume(), None),
        (with(vec![report(), resolve()]), resolve(), Some("WRONG_STATE")),
        (with(vec![report(), resolve()]), close(), None),
        (with(vec![close()]), report(), Some("WRONG_STATE")),
        (posted(), resume(), Some("WRONG_STATE")),
        (vec![create()], appoint(), Some("WRONG_STATE")),
        (posted(), file(), Some("WRONG_STATE")),
        (with(vec![appoint()]), file(), None),
        (with(vec![appoint(), file()]), file(), Some("WRONG_STATE")),
        (with(vec![appoint()]), appoint(), Some("WRONG_STATE")),
        (with(vec![appoint()]), end(), Some("WRONG_STATE")),
        (vec![create(), end()], submit(), Some("WRONG_STATE")),
    ] {
        let state = after(before.clone());
        let found = decide(state.as_ref(), asked.clone(), ON);
        assert_eq!(found.err().map(|r| r.code()), code, "{before:?} then {asked:?}");
    }
}

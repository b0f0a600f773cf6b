//! Rounds as tables: what is asked in which phase.

#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId};
use quanheng_policy::{CategoryId, PersonId, RankId, UnitId};
use quanheng_streams::{
    Entity as _, Milestone, Plan, PlannedRank, RequestId, RoundId, RoundState, Rounds,
};

use super::{Command, decide};

const ON: jiff::civil::Date = date(2026, 3, 2);

fn by() -> PersonId {
    PersonId::new("p1").unwrap()
}

fn plan() -> Plan {
    Plan {
        title: "第一批".into(),
        scope: "本局".into(),
        ranks: vec![PlannedRank { rank: RankId::new("GM09").unwrap(), seats: 2 }],
        conditions: "按规定".into(),
        timetable: vec![Milestone { what: "推荐".into(), by: ON }],
    }
}

fn create(plan: Plan) -> Command {
    let owner = OwnerId::Unit(UnitId::new("u1").unwrap());
    Command::Create {
        round: RoundId::new("r1").unwrap(),
        unit: UnitId::new("u1").unwrap(),
        account: AccountKey { owner, category: CategoryId::new("general_management").unwrap() },
        plan,
        by: by(),
    }
}

fn request(id: &str) -> RequestId {
    RequestId::new(id).unwrap()
}

fn after(commands: Vec<Command>) -> Option<RoundState> {
    let mut state = None;
    for command in commands {
        for event in decide(state.as_ref(), command, ON).unwrap() {
            Rounds::evolve(&mut state, &event);
        }
    }
    state
}

fn decided(adopted: bool) -> Command {
    Command::DecidePlan { adopted, minutes: "1号".into(), by: by() }
}

fn attach() -> Command {
    Command::Attach { hold: HoldId::new("h1").unwrap(), by: by() }
}

fn close() -> Command {
    Command::Close { reason: "期满".into(), by: by() }
}

fn withdraw() -> Command {
    Command::Withdraw { reason: "另行安排".into(), by: by() }
}

fn take(index: usize, id: &str) -> Command {
    Command::Take { index, request: request(id) }
}

fn free(index: usize, id: &str) -> Command {
    Command::Free { index, request: request(id) }
}

#[test]
fn a_round_goes_its_way() {
    let opened = || vec![create(plan()), decided(true), attach()];
    let with = |more: Vec<Command>| [opened(), more].concat();
    let add = || Command::Add { request: request("a") };
    for (before, asked, code) in [
        (vec![], decided(true), Some("WRONG_STATE")),
        (vec![create(plan())], create(plan()), Some("RESOURCE_EXISTS")),
        (vec![create(plan())], attach(), Some("WRONG_STATE")),
        (vec![create(plan())], add(), Some("WRONG_STATE")),
        (vec![create(plan())], withdraw(), None),
        (vec![create(plan()), decided(false)], withdraw(), Some("WRONG_STATE")),
        (vec![create(plan()), decided(false)], attach(), Some("WRONG_STATE")),
        (vec![create(plan()), decided(true)], decided(true), Some("WRONG_STATE")),
        (opened(), attach(), Some("WRONG_STATE")),
        (opened(), add(), None),
        (with(vec![take(0, "a")]), take(0, "b"), Some("MOVE_TAKEN")),
        (with(vec![take(0, "a")]), take(1, "b"), None),
        (with(vec![take(0, "a")]), free(0, "b"), Some("WRONG_STATE")),
        (with(vec![take(0, "a"), free(0, "a")]), take(0, "b"), None),
        (with(vec![take(0, "a")]), withdraw(), Some("REQUESTS_OPEN")),
        (with(vec![take(0, "a"), close()]), free(0, "a"), None),
        (with(vec![close()]), add(), Some("WRONG_STATE")),
        (with(vec![close()]), take(0, "a"), Some("WRONG_STATE")),
        (with(vec![close()]), withdraw(), None),
        (opened(), Command::Close { reason: " ".into(), by: by() }, Some("INVALID_FIELD")),
    ] {
        let state = after(before.clone());
        let found = decide(state.as_ref(), asked.clone(), ON);
        assert_eq!(found.err().map(|r| r.code()), code, "{before:?} then {asked:?}");
    }
}

#[test]
fn a_plan_says_what_it_has_to() {
    let changed = |change: fn(&mut Plan)| {
        let mut plan = plan();
        change(&mut plan);
        decide(None, create(plan), ON).err().map(|refusal| refusal.code())
    };
    assert_eq!(changed(|_| ()), None);
    let wrong: [fn(&mut Plan); 6] = [
        |plan| plan.scope.clear(),
        |plan| plan.ranks.clear(),
        |plan| plan.ranks[0].seats = 0,
        |plan| plan.ranks.push(plan.ranks[0].clone()),
        |plan| plan.timetable.clear(),
        |plan| plan.timetable[0].what.clear(),
    ];
    for change in wrong {
        assert_eq!(changed(change), Some("INVALID_FIELD"));
    }
}

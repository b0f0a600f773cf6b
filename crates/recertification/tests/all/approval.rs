//! An approval asks every rule at once, and nothing lets a failed condition pass.

use jiff::civil::date;
use quanheng_policy::profile::{ApplicantClass, ChangeRoute, GateBody, GateRow, Policy};
use quanheng_recertification::decrease::{Batch, BatchCheck, Book, Settlement};
use quanheng_recertification::transition::Plan;
use quanheng_recertification::{
    Approval, Chain, Conditions, Grounds, Meeting, Opinion, PaySource, chain, check_approval,
    check_conditions, check_meeting,
};

use crate::world::{
    TODAY, codes, counted, document, grounds, opinions, policy, unit, with_transition, without,
};

struct Case {
    policy: Policy,
    route: ChangeRoute,
    conditions: Conditions,
    opinions: Vec<Opinion>,
    chain: Chain,
    passed: Vec<GateRow>,
    by: GateBody,
    meeting: Option<Meeting>,
    decrease: BatchCheck,
    plan: Option<Plan>,
}

fn batch(slots: u32) -> BatchCheck {
    let book = Book::frozen_from(&[counted("420100", 20)]);
    let becomes = Some(counted("420100", slots));
    book.check(policy(), &Batch::new([Settlement { unit: unit("u1"), becomes }]).unwrap())
}

fn meeting() -> Meeting {
    Meeting { minutes: "2026年第3次".to_owned(), due: 9, present: 6, in_favour: 5 }
}

/// A case that may be approved.
fn case(route: ChangeRoute) -> Case {
    let policy = with_transition();
    let chain = chain(&policy, ApplicantClass::PrefectureUnit).unwrap();
    let (person, roster) = (Vec::new(), std::collections::BTreeSet::new());
    Case {
        route,
        conditions: check_conditions(&grounds(), TODAY),
        opinions: opinions(),
        passed: chain.gates[..chain.gates.len() - 1].to_vec(),
        chain,
        by: GateBody::ProvincialAuthority,
        meeting: Some(meeting()),
        decrease: batch(20),
        plan: Some(Plan {
            unit: unit("u1"),
            document: document(30),
            from: TODAY,
            roster,
            persons: person,
        }),
        policy,
    }
}

fn ask(case: &Case) -> Vec<&'static str> {
    let found = check_approval(
        &case.policy,
        &Approval {
            on: TODAY,
            route: case.route,
            conditions: &case.conditions,
            opinions: &case.opinions,
            chain: &case.chain,
            passed: &case.passed,
            by: case.by,
            meeting: case.meeting.as_ref(),
            decrease: &case.decrease,
            plan: case.plan.as_ref(),
        },
    );
    codes(&found)
}

#[test]
fn what_keeps_an_approval_back() {
    use ChangeRoute::{Exit, Filing, Recertify};
    for route in ChangeRoute::ALL {
        assert!(ask(&case(*route)).is_empty(), "{route:?}");
    }
    let self_funded = Grounds { pay: Some(PaySource::SelfFunded), ..grounds() };
    let failing = check_conditions(&self_funded, TODAY);
    let stale = check_conditions(&grounds(), date(2026, 3, 1));
    type Spoil<'a> = Box<dyn Fn(&mut Case) + 'a>;
    let rows: Vec<(Spoil<'_>, &str, [bool; 3])> = vec![
        (
            Box::new(|case| case.conditions = failing.clone()),
            "NOT_FISCALLY_FUNDED",
            [true, false, false],
        ),
        // Grounds of another day say nothing about this one.
        (Box::new(|case| case.conditions = stale.clone()), "FACT_MISSING", [true, false, false]),
        (Box::new(|case| case.opinions.clear()), "OPINION_MISSING", [true, false, false]),
        (
            Box::new(|case| case.by = GateBody::PrefectureAuthority),
            "WRONG_AUTHORITY",
            [true, true, true],
        ),
        (Box::new(|case| case.passed.clear()), "GATE_SKIPPED", [true, true, true]),
        (Box::new(|case| case.meeting = None), "COLLECTIVE_DECISION_MISSING", [true, true, true]),
        (Box::new(|case| case.decrease = batch(21)), "ONLY_DECREASE_VIOLATED", [true, true, false]),
        (Box::new(|case| case.plan = None), "TRANSITION_PLAN_MISSING", [false, false, true]),
    ];
    for (spoil, code, fails) in rows {
        for (route, fails) in [Recertify, Filing, Exit].into_iter().zip(fails) {
            let mut case = case(route);
            spoil(&mut case);
            let wanted: &[&str] = if fails { &[code] } else { &[] };
            assert_eq!(ask(&case), wanted, "{code} {route:?}");
        }
    }
}

#[test]
fn a_meeting_has_a_quorum_a_majority_and_minutes() {
    let of = |due, present, in_favour| Meeting { due, present, in_favour, ..meeting() };
    let rows = [
        (of(9, 6, 5), true),
        (of(9, 5, 5), false),
        (of(9, 9, 4), false),
        // Half is no majority.
        (of(8, 8, 4), false),
        (of(8, 8, 5), true),
        (of(3, 2, 2), true),
        // More than there are, or nobody.
        (of(3, 4, 4), false),
        (of(9, 6, 7), false),
        (of(0, 0, 0), false),
        (Meeting { minutes: " ".to_owned(), ..meeting() }, false),
    ];
    for (meeting, wanted) in rows {
        let found = check_meeting(policy(), Some(&meeting));
        assert_eq!(!found.failed(), wanted, "{meeting:?}: {}", found.message);
    }
    assert!(check_meeting(&without("collective_decision"), Some(&meeting())).failed());
}

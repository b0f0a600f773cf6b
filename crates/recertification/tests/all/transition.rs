//! Plans for those who leave: what they must cover, when they close, when they are late.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use quanheng_policy::condition::Value;
use quanheng_recertification::transition::{
    PersonTransition, Plan, Talk, check_close, check_plan, overdue, transition_ends_on,
};
use quanheng_recertification::{Outcome, Reason};

use crate::world::{TODAY, codes, document, person, policy, unit, with_transition};

fn done(id: &str) -> PersonTransition {
    PersonTransition {
        person: person(id),
        option: Some("随职能划转机关".to_owned()),
        talk: Some(Talk {
            on: date(2025, 9, 1), policy: "过渡期政策".to_owned(), signed: true
        }),
        pay_protected: Some(true),
        done_on: Some(date(2025, 10, 1)),
    }
}

fn plan(persons: Vec<PersonTransition>) -> Plan {
    Plan {
        unit: unit("u1"),
        document: document(30),
        from: date(2025, 7, 1),
        roster: persons.iter().map(|one| one.person.clone()).collect(),
        persons,
    }
}

#[test]
fn an_exit_needs_a_plan_that_covers_everybody() {
    let local = with_transition();
    assert_eq!(codes(&check_plan(&local, None)), ["TRANSITION_PLAN_MISSING"]);
    let mut short = plan(vec![done("p1")]);
    assert!(check_plan(&local, Some(&short)).passed());
    short.roster.insert(person("p2"));
    assert_eq!(codes(&check_plan(&local, Some(&short))), ["TRANSITION_PLAN_MISSING"]);
    assert_eq!(check_close(&local, &short, TODAY).facts["waiting"], Value::Text("p2".to_owned()));
    // How long a transition lasts is said nowhere but in local policy.
    let found = check_plan(policy(), Some(&plan(vec![done("p1")])));
    assert_eq!(codes(&found), ["POLICY_NOT_CONFIGURED"]);
}

#[test]
fn every_step_with_every_person() {
    let talk = |talk: Talk| PersonTransition { talk: Some(talk), ..done("p1") };
    let said = done("p1").talk.unwrap();
    let rows = [
        (PersonTransition { option: None, ..done("p1") }, "去向"),
        (PersonTransition { option: Some("另行安排".to_owned()), ..done("p1") }, "去向"),
        (PersonTransition { talk: None, ..done("p1") }, "谈话记录"),
        (talk(Talk { signed: false, ..said.clone() }), "谈话记录"),
        (talk(Talk { policy: String::new(), ..said.clone() }), "谈话记录"),
        (talk(Talk { on: date(2026, 3, 3), ..said }), "谈话记录"),
        (PersonTransition { done_on: None, ..done("p1") }, "办结日期"),
        (PersonTransition { done_on: Some(date(2026, 3, 3)), ..done("p1") }, "办结日期"),
    ];
    let local = with_transition();
    let options = local.transition_options().unwrap().value.into_owned();
    for (one, wanted) in rows {
        assert_eq!(one.open(&options, TODAY), [wanted]);
        let found = check_close(&local, &plan(vec![one, done("p2")]), TODAY);
        assert_eq!(found.reason, Some(Reason::TransitionOpen));
        assert_eq!(found.facts["persons_done"], Value::Number(1));
    }
    let found = check_close(policy(), &plan(vec![done("p1")]), TODAY);
    assert_eq!(found.reason, Some(Reason::PolicyNotConfigured));
    assert_eq!(check_close(&local, &plan(vec![]), TODAY).outcome, Outcome::Pass);
}

#[test]
fn a_plan_that_outlives_its_period_is_told() {
    let local = with_transition();
    let last = transition_ends_on(&local, date(2025, 7, 1)).unwrap();
    assert_eq!(last, date(2028, 6, 30));
    let open = plan(vec![PersonTransition { done_on: None, ..done("p1") }]);
    let late = |plan: &Plan, on: Date| overdue(&local, plan, on).unwrap();
    assert_eq!(late(&open, last), None);
    let found = late(&open, date(2028, 7, 1)).unwrap();
    assert_eq!((found.outcome, found.reason), (Outcome::Warn, Some(Reason::TransitionOverdue)));
    assert_eq!(late(&plan(vec![done("p1")]), date(2028, 7, 1)), None);
    assert!(overdue(policy(), &open, last).is_err());
}

proptest! {
    #[test]
    fn a_plan_closes_exactly_when_nobody_waits(
        persons in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 0..12),
        left_out in 0..3_usize,
    ) {
        let local = with_transition();
        let one = |(nr, (chosen, talked, ended)): (usize, &(bool, bool, bool))| {
            let whole = done(&format!("p{nr}"));
            PersonTransition {
                option: whole.option.filter(|_| *chosen),
                talk: whole.talk.filter(|_| *talked),
                done_on: whole.done_on.filter(|_| *ended),
                ..done(&format!("p{nr}"))
            }
        };
        let mut plan = plan(persons.iter().enumerate().map(one).collect());
        plan.roster.extend((0..left_out).map(|nr| person(&format!("x{nr}"))));
        let whole = persons.iter().filter(|(a, b, c)| *a && *b && *c).count();
        let total = persons.len() + left_out;
        let found = check_close(&local, &plan, TODAY);
        prop_assert_eq!(found.failed(), whole < total);
        let number = |n: usize| Value::Number(n.try_into().unwrap());
        prop_assert_eq!(&found.facts["persons"], &number(total));
        prop_assert_eq!(&found.facts["persons_done"], &number(whole));
    }
}

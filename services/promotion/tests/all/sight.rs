//! Who may ask about whom, and what is told.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_identity::{Principal, Role};
use registry::person_event::Event;
use wire::RuleOutcome::{Fail, NotApplicable, Pass, Withheld};

use crate::world::*;

on_both!(
    sealed_facts_are_told_to_who_may_read_them,
    what_is_withheld_does_not_show_between_the_lines,
    a_person_of_another_jurisdiction_is_not_there,
    rights,
    whoever_was_erased_is_not_judged,
    who_was_told_sealed_facts_is_recorded,
);

const OPEN: [&str; 5] = ["service", "ladder", "next_rank", "rank_set_up", "qualification"];

async fn sealed_facts_are_told_to_who_may_read_them(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let asked = ask(about("p1", "GM09"), day(2026, 3, 2));
    let whole = world.check_as(&manager(), asked.clone()).await.unwrap();
    assert!(whole.candidate && !whole.withheld);
    let open = world.check_as(&viewer(), asked.clone()).await.unwrap();
    assert!(open.withheld && !open.candidate && open.earliest_on.is_none());
    assert_eq!(open.findings.len(), whole.findings.len());
    for (told, known) in open.findings.iter().zip(&whole.findings) {
        if OPEN.contains(&told.rule.as_str()) {
            assert_eq!(told, known);
            assert!(matches!(told.outcome(), Pass | NotApplicable));
        } else {
            assert_eq!(told.outcome(), Withheld, "{}", told.rule);
            assert!(told.facts.is_empty() && told.reason.is_empty(), "{}", told.rule);
            assert!(told.earliest_on.is_none() && told.failing.is_empty(), "{}", told.rule);
        }
    }
    // Facts of one's own are told back to anybody.
    let own = world.check_as(&viewer(), ask(inline(clerk(&[]), "GM09"), day(2026, 3, 2))).await;
    assert!(own.unwrap().candidate);
}

async fn what_is_withheld_does_not_show_between_the_lines(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let asked = ask(about("p1", "GM09"), day(2026, 3, 2));
    let before = world.check_as(&viewer(), asked.clone()).await.unwrap();
    let fact = registry::Sanction { id: "s1".into(), ..sanction("warning", None) };
    world.record("p1", vec![event(Event::RecordSanction(fact), day(2026, 1, 15))]).await;
    assert_eq!(world.check_as(&viewer(), asked).await.unwrap(), before);
    // What is open is refused openly.
    let skipping = ask(about("p1", "GM08"), day(2026, 3, 2));
    let found = world.check_as(&viewer(), skipping).await.unwrap();
    assert_eq!((of(&found, "next_rank").outcome(), reasons(&found)), (Fail, vec!["SKIP_RANK"]));
}

async fn a_person_of_another_jurisdiction_is_not_there(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    world.clerk("p2", "u2", 2).await;
    let here = within(Role::QuotaManager, HERE);
    let on = day(2026, 3, 2);
    assert!(world.check_as(&here, ask(about("p1", "GM09"), on)).await.unwrap().candidate);
    let hidden = world.check_as(&here, ask(about("p2", "GM09"), on)).await.unwrap_err();
    let missing = world.check_as(&here, ask(about("p9", "GM09"), on)).await.unwrap_err();
    assert_eq!((hidden.code, missing.code), (tonic::Code::NotFound, tonic::Code::NotFound));
    assert_eq!(hidden.reason, "RESOURCE_NOT_FOUND");
    assert_eq!(hidden.metadata["resource"], "persons/p2");
    assert_eq!(hidden.message.replace("p2", "p9"), missing.message);
}

async fn rights(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let on = day(2026, 3, 2);
    let nobody = |role: Role| principal("somebody", &[role]);
    let refused = world.check_as(&nobody(Role::Operator), ask(about("p1", "GM09"), on)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, tonic::Code::PermissionDenied);
    assert_eq!(refused.reason, "ACCESS_DENIED");
    assert_eq!(refused.metadata["action"], "EligibilityCheck");
    // Who publishes policy tries it on facts, and sees no persons.
    let publisher: Principal = nobody(Role::PolicyPublisher);
    let found = world.check_as(&publisher, ask(inline(clerk(&[]), "GM09"), on)).await.unwrap();
    assert!(found.candidate);
    let refused = world.check_as(&publisher, ask(about("p1", "GM09"), on)).await.unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    assert_eq!(refused.metadata["action"], "PersonsRead");
}

/// How often it is recorded that somebody saw what is held about a person.
async fn seen(world: &World, id: &str) -> Vec<String> {
    use futures::StreamExt as _;
    let stream = quanheng_streams::views(&quanheng_policy::PersonId::new(id).unwrap());
    let log = &world.house.realm.log;
    let first = quanheng_eventlog::Version(1);
    let records = log.read_stream(stream, first, quanheng_eventlog::Direction::Forward);
    let records = records.map(|record| {
        let record = record.unwrap();
        let envelope = record.envelope().unwrap();
        format!("{} {}", record.event_type, envelope.principal.as_deref().unwrap())
    });
    records.collect().await
}

async fn who_was_told_sealed_facts_is_recorded(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    world.clerk("p2", "u1", 2).await;
    let on = day(2026, 3, 2);
    world.check_as(&viewer(), ask(about("p1", "GM09"), on)).await.unwrap();
    assert_eq!(seen(&world, "p1").await, [""; 0], "nothing sealed was told");
    let by = |who: &str| format!("quanheng.audit.person_viewed.v1 {who}");
    world.check_as(&manager(), ask(about("p1", "GM09"), on)).await.unwrap();
    let manager_saw = seen(&world, "p1").await;
    assert_eq!(manager_saw, [by(&manager().name())]);
    let questions = vec![about("p1", "GM09"), about("p2", "GM09"), about("p1", "GM08")];
    world.batch(&manager(), questions, on).await.unwrap();
    assert_eq!([seen(&world, "p1").await.len(), seen(&world, "p2").await.len()], [2, 1]);
}

async fn whoever_was_erased_is_not_judged(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let before = world.house.head().await;
    world.erase("p1").await;
    let asked = ask(about("p1", "GM09"), day(2026, 3, 2));
    let then = wire::CheckEligibilityRequest { known_at: at(before), ..asked.clone() };
    for asked in [asked, then] {
        for who in [manager(), viewer()] {
            let refused = world.check_as(&who, asked.clone()).await.unwrap_err();
            assert_eq!(refused.code, tonic::Code::FailedPrecondition);
            assert_eq!(
                (refused.reason.as_str(), refused.rules),
                ("PERSON_ERASED", vec!["PERSON_ERASED".to_owned()])
            );
            assert_eq!(refused.metadata["resource"], "persons/p1");
        }
    }
    // From elsewhere there is nobody to be erased.
    let there = within(Role::QuotaManager, THERE);
    let refused = world.check_as(&there, ask(about("p1", "GM09"), None)).await.unwrap_err();
    assert_eq!(refused.reason, "RESOURCE_NOT_FOUND");
}

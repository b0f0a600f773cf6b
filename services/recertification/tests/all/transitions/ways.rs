//! A plan from being opened to being closed.

use quanheng_policy::profile::ChangeRoute;
use quanheng_register::person::SlotKind;

use super::stage::*;

on_both!(
    the_whole_way,
    seats_move_with_persons,
    a_plan_of_an_exit_waits_for_its_approval,
    kept_treatment_lasts_to_the_end,
    who_came_later_is_put_into_the_plan,
    questions_are_sealed,
    repeated_requests_answer_the_same,
);

/// W-108 on the way.
async fn the_whole_way(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    let opened = stage.get().await;
    let persons: Vec<_> =
        opened.persons.iter().map(|one| (one.person.as_str(), one.rank.as_str())).collect();
    assert_eq!(persons, [("persons/a", "GM10"), ("persons/b", "GM10"), ("persons/c", "")]);
    assert_eq!((opened.persons_total, opened.persons_done), (3, 0));
    assert_eq!(opened.persons[0].open, ["去向", "谈话记录", "办结日期"]);
    assert_eq!((opened.state(), opened.overdue), (wire::TransitionState::Open, false));

    for one in ["a", "b", "c"] {
        call!(world, manager(), record_talk, talk(one)).unwrap();
        let placed =
            call!(world, manager(), record_placement, place(one, INSTITUTION, "")).unwrap();
        assert!(placed.transition.unwrap().persons.iter().any(|told| told.placement.is_some()));
    }
    // The seats are released, the ranks end, the slots are other ones.
    assert!(stage.holders("old").await.is_empty());
    assert_eq!(stage.seat("a").await, None);
    let a = stage.person("a").await;
    assert_eq!(a.as_of(today()).slot_kind(), Some(SlotKind::OtherInstitution));
    assert!(a.ranks.values().all(|rank| rank.to == Some(today())));
    let told = stage.get().await;
    assert_eq!(
        (told.persons[0].left_account.as_str(), told.persons[0].account.as_str()),
        (account("old").as_str(), "")
    );

    call!(world, manager(), finish_person, finish("a")).unwrap();
    let head = world.house.head().await;
    let early = call!(world, manager(), close_transition, close()).unwrap_err();
    assert_eq!((early.code, early.reason.as_str()), (Code::FailedPrecondition, "TRANSITION_OPEN"));
    assert_eq!(
        (early.metadata["persons"].as_str(), early.metadata["persons_done"].as_str()),
        ("3", "1")
    );
    assert_eq!(early.metadata["waiting"], "b、c");
    world.unchanged(head).await;
    for one in ["b", "c"] {
        call!(world, manager(), finish_person, finish(one)).unwrap();
    }
    let closed = call!(world, manager(), close_transition, close()).unwrap().transition.unwrap();
    assert_eq!((closed.state(), closed.persons_done), (wire::TransitionState::Closed, 3));
    assert_eq!(closed, stage.get().await);
    let again = call!(world, manager(), close_transition, close()).unwrap_err();
    assert_eq!(again.reason, "WRONG_STATE");

    let min_position = world.house.head().await;
    let timeline = wire::GetTimelineRequest { name: PLAN.into(), min_position };
    let told_of = call!(world, manager(), get_timeline, timeline).unwrap().entries;
    assert_eq!(told_of.len(), 1 + 3 + 3 + 3 + 1);
    assert_eq!(told_of.last().unwrap().summary, "过渡办结");
    for (filter, who, found) in [
        ("", manager(), 1),
        ("state = \"CLOSED\"", manager(), 1),
        ("state = \"OPEN\"", manager(), 0),
        ("unit = \"units/old\"", manager(), 1),
        ("", governor("boss", COUNTY), 1),
        ("", governor("boss", "420000"), 0),
        ("", clerk("a", "old", COUNTY), 1),
        ("", clerk("stranger", "post", COUNTY), 0),
    ] {
        let filter = filter.to_owned();
        let list = wire::ListTransitionsRequest { min_position, filter, ..Default::default() };
        let listed = call!(world, who, list_transitions, list).unwrap().transitions;
        assert_eq!(listed.len(), found, "{}", who.id);
        assert!(listed.iter().all(|one| one.persons.is_empty()));
    }
}

async fn seats_move_with_persons(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    call!(world, manager(), record_placement, place("a", ORGAN, "organ")).unwrap();
    call!(world, manager(), record_placement, place("b", REFERENCED, "new")).unwrap();
    assert_eq!(stage.holders("old").await, Vec::<String>::new());
    assert_eq!(
        (stage.holders("organ").await, stage.holders("new").await),
        (vec!["a".to_owned()], vec!["b".to_owned()])
    );
    assert_eq!(stage.seat("a").await, Some(account("organ")));
    assert_eq!(stage.seat("b").await, Some(account("new")));
    let (a, b) = (stage.person("a").await, stage.person("b").await);
    let unit = |person: &quanheng_register::person::Person| {
        person.as_of(today()).unit().map(ToString::to_string)
    };
    assert_eq!((unit(&a), unit(&b)), (Some("organ".into()), Some("new".into())));
    assert_eq!(a.as_of(today()).slot_kind(), Some(SlotKind::Administrative));
    assert_eq!(b.as_of(today()).slot_kind(), Some(SlotKind::ReferencedInstitution));
    assert!(a.ranks.values().all(|rank| rank.to.is_none()));
    let told = stage.get().await;
    assert_eq!(told.persons[0].account, account("organ"));
}

async fn a_plan_of_an_exit_waits_for_its_approval(kind: Kind) {
    let stage = Stage::open(kind).await;
    let world = &stage.world;
    stage.case("k1", ChangeRoute::Exit).await;
    call!(world, manager(), open_transition, plan("k1")).unwrap();
    call!(world, manager(), record_talk, talk("a")).unwrap();
    call!(world, manager(), record_placement, place("a", INSTITUTION, "")).unwrap();
    // It is a plan alone: it may be changed, and nothing else changes.
    call!(world, manager(), record_placement, place("a", ORGAN, "organ")).unwrap();
    assert_eq!(stage.holders("old").await, ["a", "b"]);
    assert_eq!(stage.person("a").await.slots.len(), 1);
    let early = call!(world, manager(), finish_person, finish("a")).unwrap_err();
    assert_eq!((early.code, early.reason.as_str()), (Code::FailedPrecondition, "NOT_DECIDED"));
    let early = call!(world, manager(), close_transition, close()).unwrap_err();
    assert_eq!(early.reason, "NOT_DECIDED");
}

async fn kept_treatment_lasts_to_the_end(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    for (one, option) in [("a", RETAIN), ("b", RETIRE)] {
        call!(world, manager(), record_talk, talk(one)).unwrap();
        call!(world, manager(), record_placement, place(one, option, "")).unwrap();
    }
    assert_eq!(stage.holders("old").await, ["a", "b"]);
    let early = call!(world, manager(), finish_person, finish("a")).unwrap_err();
    assert_eq!(
        (early.code, early.reason.as_str()),
        (Code::FailedPrecondition, "TREATMENT_RETAINED")
    );
    let serving = call!(world, manager(), finish_person, finish("b")).unwrap_err();
    assert_eq!(serving.reason, "STILL_IN_SERVICE");
    world.house.clock.pass_days(370);
    assert!(stage.get().await.overdue);
    call!(world, manager(), finish_person, finish("a")).unwrap();
    assert_eq!(stage.holders("old").await, ["b"]);
    assert!(stage.person("a").await.ranks.values().all(|rank| rank.to.is_some()));
    // Until then another place may be found.
    call!(world, manager(), record_placement, place("b", INSTITUTION, "")).unwrap();
    assert!(stage.holders("old").await.is_empty());
    let again = call!(world, manager(), record_placement, place("b", RETAIN, "")).unwrap_err();
    assert_eq!((again.code, again.reason.as_str()), (Code::FailedPrecondition, "PERSON_PLACED"));
}

async fn who_came_later_is_put_into_the_plan(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    Registered(&world.house.realm).person("late", "old", None).await;
    for one in ["a", "b", "c"] {
        call!(world, manager(), record_talk, talk(one)).unwrap();
        call!(world, manager(), record_placement, place(one, INSTITUTION, "")).unwrap();
        call!(world, manager(), finish_person, finish(one)).unwrap();
    }
    let left_out = call!(world, manager(), close_transition, close()).unwrap_err();
    assert_eq!(
        (left_out.reason.as_str(), left_out.metadata["waiting"].as_str()),
        ("TRANSITION_OPEN", "late")
    );
    call!(world, manager(), record_talk, talk("late")).unwrap();
    assert_eq!(stage.get().await.persons_total, 4);
    call!(world, manager(), record_placement, place("late", INSTITUTION, "")).unwrap();
    call!(world, manager(), finish_person, finish("late")).unwrap();
    call!(world, manager(), close_transition, close()).unwrap();
}

async fn questions_are_sealed(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    world.house.realm.keys.create(&["persons/a"]).await.unwrap();
    let mut message = talk("a");
    message.talk.as_mut().unwrap().question = "待遇如何保留".into();
    let told = call!(world, manager(), record_talk, message).unwrap().transition.unwrap();
    assert_eq!(told.persons[0].talk.as_ref().unwrap().question, "");
    let told = stage.get().await;
    assert_eq!(told.persons[0].talk.as_ref().unwrap().question, "待遇如何保留");
    let min_position = world.house.head().await;
    let get = wire::GetTransitionRequest { name: PLAN.into(), min_position };
    let viewer =
        quanheng_identity::Principal { ..principal("viewer", &[quanheng_identity::Role::Viewer]) };
    let told = call!(world, viewer, get_transition, get).unwrap().transition.unwrap();
    assert_eq!(told.persons[0].talk.as_ref().unwrap().question, "");
}

async fn repeated_requests_answer_the_same(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    let trial = wire::RecordPlacementRequest { validate_only: true, ..place("a", INSTITUTION, "") };
    let head = world.house.head().await;
    call!(world, manager(), record_placement, trial).unwrap();
    world.unchanged(head).await;
    let (said, placed, done) = (talk("a"), place("a", INSTITUTION, ""), finish("a"));
    let first = call!(world, manager(), record_talk, said.clone()).unwrap();
    assert_eq!(call!(world, manager(), record_talk, said).unwrap(), first);
    let first = call!(world, manager(), record_placement, placed.clone()).unwrap();
    assert_eq!(call!(world, manager(), record_placement, placed).unwrap(), first);
    let first = call!(world, manager(), finish_person, done.clone()).unwrap();
    let head = world.house.head().await;
    assert_eq!(call!(world, manager(), finish_person, done).unwrap(), first);
    world.unchanged(head).await;
}

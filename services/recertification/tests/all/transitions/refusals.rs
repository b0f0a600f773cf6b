//! What is refused of transitions, each once: code, reason, facts; nothing changes by it.

use quanheng_policy::profile::ChangeRoute;
use quanheng_streams::Verdict;

use super::stage::*;

on_both!(
    plans_that_cannot_be,
    placements_that_cannot_be,
    persons_who_are_not_ready,
    who_may_not,
    what_policy_does_not_say
);

async fn plans_that_cannot_be(kind: Kind) {
    let stage = Stage::open(kind).await;
    let world = &stage.world;
    let head = world.house.head().await;
    let none = call!(world, manager(), open_transition, plan("k9")).unwrap_err();
    assert_eq!(
        (none.code, none.metadata["resource"].as_str()),
        (Code::NotFound, "recertificationCases/k9")
    );
    world.unchanged(head).await;
    stage.case("k1", ChangeRoute::Recertify).await;
    let head = world.house.head().await;
    let early = call!(world, manager(), open_transition, plan("k1")).unwrap_err();
    assert_eq!((early.code, early.reason.as_str()), (Code::FailedPrecondition, "WRONG_STATE"));
    assert_eq!(early.metadata["case"], "recertificationCases/k1");
    world.unchanged(head).await;
    stage.decided("k1", Verdict::Denied).await;
    call!(world, manager(), open_transition, plan("k1")).unwrap();
    let head = world.house.head().await;
    let other = wire::OpenTransitionRequest { transition_id: "t2".into(), ..plan("k1") };
    let twice = call!(world, manager(), open_transition, other).unwrap_err();
    assert_eq!(
        (twice.reason.as_str(), twice.metadata["transition"].as_str()),
        ("TRANSITION_EXISTS", PLAN)
    );
    stage.case("k2", ChangeRoute::Exit).await;
    let same = call!(world, manager(), open_transition, plan("k2")).unwrap_err();
    assert_eq!((same.code, same.reason.as_str()), (Code::AlreadyExists, "RESOURCE_EXISTS"));
    world.unchanged(head + 1).await;
    for (field, message) in [
        ("case", wire::OpenTransitionRequest { case: "k1".into(), ..plan("k1") }),
        ("from", wire::OpenTransitionRequest { from: None, ..plan("k1") }),
        (
            "transition_id",
            wire::OpenTransitionRequest { transition_id: "没 有".into(), ..plan("k1") },
        ),
    ] {
        assert_eq!(call!(world, manager(), open_transition, message).unwrap_err().fields, [field]);
    }
}

async fn placements_that_cannot_be(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    let head = world.house.head().await;
    for (field, message) in [
        ("placement.option", place("a", "自谋职业", "")),
        ("placement.unit", place("a", ORGAN, "")),
        ("placement.unit", place("a", RETAIN, "organ")),
        ("placement.option", place("a", " ", "")),
        (
            "placement",
            wire::RecordPlacementRequest { placement: None, ..place("a", ORGAN, "organ") },
        ),
        (
            "person",
            wire::RecordPlacementRequest { person: "a".into(), ..place("a", ORGAN, "organ") },
        ),
    ] {
        let refused = call!(world, manager(), record_placement, message).unwrap_err();
        assert_eq!(
            (refused.code, &refused.fields[..]),
            (Code::InvalidArgument, &[field.to_owned()][..])
        );
    }
    for (unit, option) in [("new", ORGAN), ("organ", REFERENCED), ("old", REFERENCED)] {
        let refused =
            call!(world, manager(), record_placement, place("a", option, unit)).unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "UNIT_NOT_FIT"),
            "{unit}"
        );
        assert_eq!(refused.metadata["unit"], format!("units/{unit}"));
    }
    let nowhere = call!(world, manager(), record_placement, place("a", ORGAN, "none")).unwrap_err();
    assert_eq!(
        (nowhere.code, nowhere.metadata["resource"].as_str()),
        (Code::NotFound, "units/none")
    );
    // A unit without an account has no seat for them.
    let no_account =
        call!(world, manager(), record_placement, place("a", REFERENCED, "post")).unwrap_err();
    assert_eq!(
        (no_account.code, no_account.metadata["resource"].as_str()),
        (Code::NotFound, account("post").as_str())
    );
    world.unchanged(head).await;
}

async fn persons_who_are_not_ready(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    let head = world.house.head().await;
    let refused = call!(world, manager(), finish_person, finish("a")).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "PERSON_OPEN"));
    assert_eq!(refused.metadata["open"], "去向、谈话记录");
    let other = call!(world, manager(), record_talk, talk("stranger")).unwrap_err();
    assert_eq!(
        (other.reason.as_str(), other.metadata["person"].as_str()),
        ("NOT_OF_PLAN", "persons/stranger")
    );
    let mut later = talk("a");
    later.talk.as_mut().unwrap().on = in_days(1);
    assert_eq!(call!(world, manager(), record_talk, later).unwrap_err().fields, ["talk.on"]);
    let nobody = call!(world, manager(), record_talk, talk("nobody")).unwrap_err();
    assert_eq!(
        (nobody.code, nobody.metadata["resource"].as_str()),
        (Code::NotFound, "persons/nobody")
    );
    let stale = wire::FinishPersonRequest { etag: "v9".into(), ..finish("a") };
    assert_eq!(call!(world, manager(), finish_person, stale).unwrap_err().reason, "ETAG_MISMATCH");
    world.unchanged(head).await;
    call!(world, manager(), record_talk, talk("a")).unwrap();
    let mut placed = place("a", INSTITUTION, "");
    placed.placement.as_mut().unwrap().effective_on = in_days(20);
    call!(world, manager(), record_placement, placed).unwrap();
    let early = call!(world, manager(), finish_person, finish("a")).unwrap_err();
    assert_eq!(early.reason, "NOT_YET_EFFECTIVE");
    world.house.clock.pass_days(21);
    call!(world, manager(), finish_person, finish("a")).unwrap();
    let again = call!(world, manager(), finish_person, finish("a")).unwrap_err();
    assert_eq!(again.reason, "PERSON_FINISHED");
}

async fn who_may_not(kind: Kind) {
    let stage = Stage::leaving(kind).await;
    let world = &stage.world;
    let head = world.house.head().await;
    let stranger = clerk("stranger", "post", COUNTY);
    let refused = call!(world, stranger, record_talk, talk("a")).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let get = wire::GetTransitionRequest { name: PLAN.into(), min_position: head };
    let hidden = call!(world, stranger, get_transition, get.clone()).unwrap_err();
    assert_eq!(hidden.code, Code::NotFound);
    let abroad = call!(world, governor("boss", "420000"), get_transition, get.clone()).unwrap_err();
    assert_eq!(abroad.code, Code::NotFound);
    world.unchanged(head).await;
    let own = clerk("a", "old", COUNTY);
    call!(world, own, get_transition, get).unwrap();
    call!(world, own, record_talk, talk("b")).unwrap();
}

async fn what_policy_does_not_say(kind: Kind) {
    let world_of = World::open(kind).await;
    let registered = Registered(&world_of.house.realm);
    registered.referenced("old", COUNTY, 60, "bureau").await;
    let bare = Stage::over(world_of);
    bare.case("k1", ChangeRoute::Exit).await;
    let refused = call!(bare.world, manager(), open_transition, plan("k1")).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "POLICY_NOT_CONFIGURED")
    );
    assert_eq!(refused.metadata["parameter"], "transition_period_months");
}

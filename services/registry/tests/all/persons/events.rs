//! What happens to persons (人员变动).

use pbjson_types::FieldMask;
use quanheng_api::quanheng::registry::v1 as wire;
use wire::person_event as of;
use wire::person_event::Event;

use super::*;

on_both!(
    events_of_one_request_build_on_each_other,
    all_or_none,
    facts_are_sealed_lifted_and_corrected,
    a_spell_is_put_right,
    whoever_leaves_may_come_back,
    a_change_at_the_same_time_is_not_lost,
    a_move_takes_the_person_to_another_county,
    a_person_stays_within_bounds,
);

async fn events_of_one_request_build_on_each_other(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let events = vec![
        take_rank("r1", "GM12", day(2020, 6, 1)),
        take_rank("r2", "GM11", day(2022, 6, 1)),
        take_post("t1", "u1", day(2023, 1, 1)),
    ];
    let message = record("p1", events);
    let answer = world.api.record_person_events(request(&registrar(), message.clone())).await;
    let person = answered(answer).unwrap().person.unwrap();
    assert_eq!(
        (person.current_rank.as_str(), person.current_rank_since),
        ("GM11", day(2022, 6, 1))
    );
    assert_eq!(
        (person.current_level.as_str(), person.current_title.as_str()),
        ("L42", "样例局副局长")
    );
    let first = &person.rank_spells[0];
    assert_eq!((first.to, first.left()), (day(2022, 6, 1), wire::RankLeaveReason::Promoted));
    assert_eq!(person.rank_spells[1].document_number, "样组〔2024〕12号");
    assert_eq!(world.basic("p1").await, person);
    let again = world.api.record_person_events(request(&registrar(), message)).await;
    assert_eq!(answered(again).unwrap().person.unwrap(), person);

    let leave = of::LeavePost {
        spell_id: "t1".into(),
        reason: wire::PostLeaveReason::TurnedToRank.into(),
        on: None,
    };
    let leave_rank = of::LeaveRank {
        spell_id: "r2".into(),
        reason: wire::RankLeaveReason::LeadershipPost.into(),
        on: day(2024, 3, 1),
    };
    let events = vec![
        event(Event::LeavePost(leave), day(2024, 2, 1)),
        event(Event::LeaveRank(leave_rank), day(2024, 2, 1)),
    ];
    let person = world.record(&registrar(), "p1", events).await.unwrap();
    assert_eq!(
        (person.post_spells[0].to, person.rank_spells[1].to),
        (day(2024, 2, 1), day(2024, 3, 1))
    );
    assert_eq!((person.current_rank.as_str(), person.current_title.as_str()), ("", ""));
}

async fn all_or_none(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let head = world.house.head().await;
    let events =
        vec![take_rank("r1", "GM12", day(2020, 6, 1)), take_rank("r1", "GM11", day(2021, 6, 1))];
    let refused = world.record(&registrar(), "p1", events).await.unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["at"].as_str()),
        ("RESOURCE_EXISTS", "events[1]")
    );
    assert_eq!(world.house.head().await, head);
    assert!(world.basic("p1").await.rank_spells.is_empty());
}

async fn facts_are_sealed_lifted_and_corrected(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let lift = of::LiftSanction { id: "s1".into(), on: day(2023, 11, 6) };
    let open = wire::Investigation {
        id: "i1".into(),
        opened_by: "样例县纪委监委".into(),
        ..Default::default()
    };
    let close =
        of::CloseInvestigation { id: "i1".into(), on: day(2023, 4, 1), outcome: "了结".into() };
    let commended =
        wire::Commendation { id: "c1".into(), kind: "merit_3".into(), ..Default::default() };
    let relative = wire::Relative {
        id: "k1".into(),
        relation: "配偶".into(),
        full_name: "贾样例".into(),
        ..Default::default()
    };
    let events = vec![
        sanction("s1"),
        // Lifted in the request that records it.
        event(Event::LiftSanction(lift), None),
        event(Event::OpenInvestigation(open), day(2023, 2, 1)),
        event(Event::RecordCommendation(commended), day(2022, 2, 1)),
        event(Event::DeclareRelative(relative), None),
        event(Event::RecordAssessment(assessment(2023, "excellent")), None),
        event(Event::RecordAssessment(assessment(2024, "competent")), None),
    ];
    let answered = world.record(&registrar(), "p1", events).await.unwrap();
    assert!(answered.sanctions.is_empty() && answered.assessments.is_empty());
    let withdraw = of::WithdrawRelative { id: "k1".into() };
    let events = vec![
        event(Event::CloseInvestigation(close), None),
        event(Event::WithdrawRelative(withdraw), None),
        event(Event::CorrectAssessment(assessment(2024, "basically_competent")), None),
    ];
    world.record(&registrar(), "p1", events).await.unwrap();

    let whole = world.full("p1").await;
    assert_eq!(
        (whole.sanctions[0].on, whole.sanctions[0].lifted_on),
        (day(2023, 5, 6), day(2023, 11, 6))
    );
    assert_eq!(whole.sanctions[0].note, "样例处分事由");
    let closed = &whole.investigations[0];
    assert_eq!(
        (closed.opened_on, closed.closed_on, closed.outcome.as_str()),
        (day(2023, 2, 1), day(2023, 4, 1), "了结")
    );
    assert_eq!(whole.commendations[0].kind, "merit_3");
    assert!(whole.relatives[0].withdrawn);
    let results: Vec<_> =
        whole.assessments.iter().map(|it| (it.year, it.result.as_str())).collect();
    assert_eq!(results, [(2023, "excellent"), (2024, "basically_competent")]);

    let corrected = wire::Sanction {
        id: "s1".into(),
        kind: "demerit".into(),
        on: day(2023, 5, 7),
        ..Default::default()
    };
    let voided =
        of::correct_fact::Void { kind: wire::FactKind::Commendation.into(), id: "c1".into() };
    let correct = |fact| of::CorrectFact { fact: Some(fact), reason: "录入有误".into() };
    let events = vec![
        event(Event::CorrectFact(correct(of::correct_fact::Fact::Sanction(corrected))), None),
        event(Event::CorrectFact(correct(of::correct_fact::Fact::Voided(voided))), None),
    ];
    world.record(&registrar(), "p1", events).await.unwrap();
    let whole = world.full("p1").await;
    assert_eq!((whole.sanctions[0].kind.as_str(), whole.commendations.len()), ("demerit", 0));
}

async fn a_spell_is_put_right(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let events =
        vec![take_rank("r1", "GM12", day(2020, 6, 1)), take_post("t1", "u1", day(2021, 1, 1))];
    world.record(&registrar(), "p1", events).await.unwrap();
    let correct = |id: &str, spell, paths: &[&str]| {
        let correct = of::CorrectSpell {
            spell_id: id.into(),
            spell: Some(spell),
            update_mask: Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
            reason: "录入有误".into(),
        };
        event(Event::CorrectSpell(correct), None)
    };
    let rank = wire::RankSpell {
        from: day(2020, 7, 1),
        exemption: wire::Exemption::ExMilitaryFirstPlacement.into(),
        ..Default::default()
    };
    // The level is cleared, the unit is another.
    let post = wire::PostSpell { unit: "units/u3".into(), ..Default::default() };
    let events = vec![
        correct("r1", of::correct_spell::Spell::Rank(rank), &["from", "exemption", "batch"]),
        correct("t1", of::correct_spell::Spell::Post(post), &["unit", "level"]),
    ];
    let person = world.record(&registrar(), "p1", events).await.unwrap();
    let (rank, post) = (&person.rank_spells[0], &person.post_spells[0]);
    assert_eq!((rank.from, rank.batch.as_str(), rank.rank.as_str()), (day(2020, 7, 1), "", "GM12"));
    assert_eq!(rank.exemption(), wire::Exemption::ExMilitaryFirstPlacement);
    assert_eq!(
        (post.unit.as_str(), post.level.as_str(), post.from),
        ("units/u3", "", day(2021, 1, 1))
    );

    let unknown =
        correct("r1", of::correct_spell::Spell::Rank(wire::RankSpell::default()), &["seat"]);
    let refused = world.record(&registrar(), "p1", vec![unknown]).await.unwrap_err();
    assert_eq!(refused.fields, ["events[0].correct_spell.update_mask"]);
    let voided = correct("t1", of::correct_spell::Spell::Voided(true), &[]);
    let person = world.record(&registrar(), "p1", vec![voided]).await.unwrap();
    assert!(person.post_spells.is_empty());
}

async fn whoever_leaves_may_come_back(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let leave = of::LeaveService { reason: wire::LeaveReason::Resignation.into(), on: None };
    let events = vec![
        take_rank("r1", "GM12", day(2020, 6, 1)),
        event(Event::LeaveService(leave), day(2022, 1, 1)),
    ];
    let person = world.record(&registrar(), "p1", events).await.unwrap();
    assert_eq!((person.status(), person.unit.as_str()), (wire::ServiceStatus::LeftService, ""));
    assert_eq!(person.rank_spells[0].left(), wire::RankLeaveReason::LeftService);
    assert_eq!(
        world.ids(&viewer(), r#"unit = "units/u1" AND status = "left_service""#).await,
        ["p1"]
    );

    let reinstate = of::Reinstate { reason: "录入有误".into() };
    let person =
        world.record(&registrar(), "p1", vec![event(Event::Reinstate(reinstate), None)]).await;
    let person = person.unwrap();
    assert_eq!(
        (person.status(), person.current_rank.as_str()),
        (wire::ServiceStatus::InService, "GM12")
    );
    assert_eq!(
        world.ids(&viewer(), r#"unit = "units/u1" AND status = "in_service""#).await,
        ["p1"]
    );

    let rejoin = of::Rejoin {
        unit: "units/u3".into(),
        slot: wire::SlotKind::Administrative.into(),
        category: "general_management".into(),
        entry: wire::EntryWay::OpenTransferSelection.into(),
        ..Default::default()
    };
    let events = vec![
        event(Event::LeaveService(leave), day(2022, 1, 1)),
        event(Event::Rejoin(rejoin), day(2023, 1, 1)),
    ];
    let person = world.record(&registrar(), "p1", events).await.unwrap();
    assert_eq!(
        (person.unit.as_str(), person.entry()),
        ("units/u3", wire::EntryWay::OpenTransferSelection)
    );
    let services: Vec<_> = person.service_spells.iter().map(|it| (it.from, it.to)).collect();
    assert_eq!(services, [(day(2020, 3, 1), day(2022, 1, 1)), (day(2023, 1, 1), None)]);
    let as_of = wire::GetPersonRequest { as_of: day(2022, 6, 1), ..get("p1") };
    let between = world.get_as(&viewer(), as_of).await.unwrap();
    assert_eq!(between.status(), wire::ServiceStatus::LeftService);
}

async fn a_change_at_the_same_time_is_not_lost(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let (who, years) = (registrar(), 2015..2023);
    let recorded = years.clone().map(|year| {
        let fact = event(Event::RecordAssessment(assessment(year, "competent")), None);
        world.record(&who, "p1", vec![fact])
    });
    for done in futures::future::join_all(recorded).await {
        done.unwrap();
    }
    let known = world.full("p1").await.assessments;
    assert_eq!(known.iter().map(|it| it.year).collect::<Vec<_>>(), years.collect::<Vec<_>>());
}

async fn a_move_takes_the_person_to_another_county(kind: Kind) {
    use quanheng_identity::Role;
    let world = World::open(kind).await;
    let here = within("li", Role::Registrar, HERE);
    let there = within("wang", Role::Registrar, THERE);
    world.create(&here, create("p1", "u1", 1)).await.unwrap();
    let basic = wire::PersonView::Basic;
    assert_eq!(world.get(&there, "p1", basic).await.unwrap_err().reason, "RESOURCE_NOT_FOUND");
    // Neither of the two may bring the person over alone.
    for who in [&here, &there] {
        let refused = world.record(who, "p1", vec![move_slot("u2", day(2024, 1, 1))]).await;
        assert_eq!(refused.unwrap_err().reason, "ACCESS_DENIED");
    }
    let above = within("zhao", Role::Registrar, "530100");
    let moved = world.record(&above, "p1", vec![move_slot("u2", day(2024, 1, 1))]).await.unwrap();
    assert_eq!(moved.unit, "units/u2");
    assert!(world.get(&there, "p1", basic).await.is_ok());
    assert_eq!(world.get(&here, "p1", basic).await.unwrap_err().reason, "RESOURCE_NOT_FOUND");
    assert_eq!((world.ids(&here, "").await.len(), world.ids(&there, "").await.len()), (0, 1));

    // A move that is still to come: both see the person, and the old place counts.
    let tomorrow = world.house.realm.today().tomorrow().unwrap();
    let tomorrow = Some(quanheng_api::date(tomorrow));
    let moved = world.record(&above, "p1", vec![move_slot("u1", tomorrow)]).await.unwrap();
    assert_eq!(moved.unit, "units/u2");
    for who in [&here, &there] {
        assert_eq!(world.get(who, "p1", basic).await.unwrap().unit, "units/u2");
    }
    world.record(&there, "p1", vec![sanction("s1")]).await.unwrap();
    assert_eq!(
        world.record(&here, "p1", vec![sanction("s2")]).await.unwrap_err().reason,
        "ACCESS_DENIED"
    );
    world.house.clock.pass_days(1);
    assert_eq!(world.get(&here, "p1", basic).await.unwrap().unit, "units/u1");
    world.record(&here, "p1", vec![sanction("s2")]).await.unwrap();
}

async fn a_person_stays_within_bounds(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    // The longest notes there are, in the longest characters.
    let note = "\u{20000}".repeat(1_000);
    let long = || {
        let fact =
            wire::Sanction { kind: "warning".into(), note: note.clone(), ..Default::default() };
        event(Event::RecordSanction(fact), day(2023, 5, 6))
    };
    let many: Vec<_> = std::iter::repeat_with(long).take(100).collect();
    world.record(&registrar(), "p1", many.clone()).await.unwrap();
    let refused = world.record(&registrar(), "p1", many).await.unwrap_err();
    assert_eq!(refused.reason, "PERSON_BYTES_MAX");
    // The view goes on, and so does the person.
    world.record(&registrar(), "p1", vec![sanction("s1")]).await.unwrap();
    assert_eq!(world.full("p1").await.sanctions.len(), 101);
}

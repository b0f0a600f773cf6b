//! Requests take effect once, however often they are sent.

use futures::future::join_all;
use quanheng_eventlog::{
    CommitError, Expect, Method, Micros, Outcome, Position, Principal, Transaction, Version,
};
use quanheng_log_tests::{Fixture, Kind, count_up, key, stream};
use uuid::Uuid;

on_every_backend!(
    a_repetition_gets_the_first_answer,
    a_repetition_is_not_held_to_its_expectations,
    another_body_under_the_same_id_is_refused,
    requests_are_told_apart_by_principal_and_method,
    many_at_once_take_effect_once,
    a_refusal_is_kept_like_a_success,
    a_conflict_is_not_kept,
    old_answers_are_forgotten_when_told,
);

fn request(id: Uuid) -> Transaction {
    count_up(&[stream("a"), stream("b")]).keyed(key(id, "body"), "the answer")
}

async fn a_repetition_gets_the_first_answer(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let id = Uuid::now_v7();
    let Outcome::Committed(first) = log.commit(request(id)).await.unwrap() else {
        panic!("the first time it is new")
    };
    log.commit(count_up(&[stream("a")])).await.unwrap();
    assert_eq!(log.commit(request(id)).await.unwrap(), Outcome::Replayed(first.clone()));
    log.close().await;
    let log = fixture.open().await;
    let Outcome::Replayed(again) = log.commit(request(id)).await.unwrap() else {
        panic!("also after a restart")
    };
    assert_eq!(again, first);
    assert_eq!(log.head().await.unwrap(), Position(3));
}

async fn a_repetition_is_not_held_to_its_expectations(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let id = Uuid::now_v7();
    let once = || request(id).expect(stream("a"), Expect::None);
    let first = log.commit(once()).await.unwrap().into_receipt();
    // The expectation fails now; but the request was answered, and that is asked.
    // The first repetition in a row is found out late, the second early.
    for _ in 0..2 {
        assert_eq!(log.commit(once()).await.unwrap(), Outcome::Replayed(first.clone()));
    }
}

async fn another_body_under_the_same_id_is_refused(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let id = Uuid::now_v7();
    log.commit(request(id)).await.unwrap();
    let other = count_up(&[stream("c")]).keyed(key(id, "another body"), "x");
    for _ in 0..2 {
        let refused = log.commit(other.clone()).await;
        assert!(
            matches!(refused, Err(CommitError::KeyReused { request_id }) if request_id == id),
            "{refused:?}"
        );
    }
    assert_eq!(log.stream_version(&stream("c")).await.unwrap(), Version::NONE);
}

async fn requests_are_told_apart_by_principal_and_method(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let id = Uuid::now_v7();
    let mut keys = [key(id, "body"), key(id, "body"), key(id, "body")];
    keys[1].principal = Principal::new("principals/other").unwrap();
    keys[2].method = Method::new("test.v1.TestService/Other").unwrap();
    let commits = keys.map(|key| log.commit(count_up(&[stream("a")]).keyed(key, "")));
    for outcome in join_all(commits).await {
        assert!(matches!(outcome.unwrap(), Outcome::Committed(_)));
    }
    assert_eq!(log.head().await.unwrap(), Position(3));
}

async fn many_at_once_take_effect_once(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = match kind {
        Kind::Sqlite => vec![fixture.open().await],
        _ => vec![fixture.open().await, fixture.open().await],
    };
    for _ in 0..5 {
        let before = logs[0].head().await.unwrap();
        let ids = [Uuid::now_v7(), Uuid::now_v7()];
        let commits = (0..32).map(|n| logs[n % logs.len()].commit(request(ids[n / 2 % 2])));
        let outcomes = join_all(commits).await;
        let mut committed = 0;
        for outcome in &outcomes {
            committed += u32::from(matches!(outcome.as_ref().unwrap(), Outcome::Committed(_)));
        }
        assert_eq!(committed, 2);
        for (n, outcome) in outcomes.iter().enumerate() {
            let same = outcomes[n % 4].as_ref().unwrap().receipt();
            assert_eq!(outcome.as_ref().unwrap().receipt(), same);
        }
        assert_eq!(logs[0].head().await.unwrap(), Position(before.0 + 4));
    }
}

async fn a_refusal_is_kept_like_a_success(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let id = Uuid::now_v7();
    let refusal = || Transaction::default().keyed(key(id, "body"), "INSUFFICIENT_AVAILABLE");
    let first = log.commit(refusal()).await.unwrap().into_receipt();
    assert_eq!((first.position, first.versions.len()), (Position(1), 0));
    log.commit(count_up(&[stream("a")])).await.unwrap();
    // Whoever asks again with the same id is told the same, even if it would fit now.
    let now_it_fits = request(id);
    let Outcome::Replayed(again) = log.commit(now_it_fits).await.unwrap() else {
        panic!("it was refused")
    };
    assert_eq!(again, first);
    assert_eq!(log.head().await.unwrap(), Position(2));
}

async fn a_conflict_is_not_kept(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let id = Uuid::now_v7();
    let at = |version| request(id).expect(stream("a"), Expect::Exact(Version(version)));
    let conflict = log.commit(at(1)).await;
    assert!(matches!(conflict, Err(CommitError::Conflict { .. })), "{conflict:?}");
    let committed = log.commit(at(0)).await.unwrap();
    assert!(matches!(committed, Outcome::Committed(_)));
}

async fn old_answers_are_forgotten_when_told(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let (old, new) = (Uuid::now_v7(), Uuid::now_v7());
    log.commit(request(old)).await.unwrap();
    for _ in 0..3 {
        log.commit(request(Uuid::now_v7())).await.unwrap();
    }
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let kept = log.commit(request(new)).await.unwrap().into_receipt();
    assert_eq!(log.prune_answers(Micros(0)).await.unwrap(), 0);
    assert_eq!(log.prune_answers(kept.time).await.unwrap(), 4);
    assert_eq!(log.commit(request(new)).await.unwrap(), Outcome::Replayed(kept));
    let again = log.commit(request(old)).await.unwrap();
    assert!(matches!(again, Outcome::Committed(_)), "the old answer is gone");
}

//! Approvals in one commit, and from two processes at once: no scope ever grows.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_recertification::decrease::{Book, Figures, Scope};
use quanheng_streams::{CaseKey, CaseKind};
use tonic::Code;

use super::stage::{
    CITY, Kind, PROVINCE, Stage, all_materials, clerk, converted, creating, key, rpc, with_slots,
};

on_both!(
    a_batch_that_does_not_fit_is_not_committed,
    what_leaves_makes_room_whatever_the_order,
    two_processes_never_let_a_scope_grow,
);

/// Whether the province, and the city, have not grown.
fn fits(book: &Book) -> bool {
    let mut measured = book.scopes().filter(|scope| !matches!(scope, Scope::Department(_)));
    measured.all(|scope| book.before(scope).is_some_and(|before| book.after(scope).within(before)))
}

/// A case that asks for so many slots, at its approval.
async fn grows(stage: &Stage, id: &str, unit: &str, slots: u32) -> CaseKey {
    let mut create = creating(id, unit, with_slots(unit, slots));
    let grounds = create.grounds.as_mut().unwrap();
    grounds.establishment.as_mut().unwrap().referenced_institution = slots;
    rpc!(stage, &clerk(unit), create_case, create).unwrap();
    stage.bring(id, unit, &all_materials()).await.unwrap();
    stage.submit(id, unit).await.unwrap();
    stage.accept(id, "c-case_officer", &all_materials()).await.unwrap();
    let key = key(CaseKind::Recertification, id);
    for person in [
        "c-case_officer",
        "c-organization_department_reviewer",
        "c-establishment_office_reviewer",
        "c-finance_department_reviewer",
        "c-task_force_lead",
        "c-organization_department_head",
    ] {
        stage.approve(&key, person).await.unwrap();
    }
    key
}

/// A case that lets a unit out, at its approval.
async fn leaves(stage: &Stage, id: &str, unit: &str) -> CaseKey {
    stage.submitted(id, unit, converted(unit)).await;
    stage.planned(id, unit).await;
    stage.accept(id, "c-case_officer", &all_materials()).await.unwrap();
    let key = key(CaseKind::ReferenceExit, id);
    for person in ["c-case_officer", "c-task_force_lead", "c-organization_department_head"] {
        stage.approve(&key, person).await.unwrap();
    }
    key
}

/// W-95, W-96: before 500 units of 12,000 slots, 480 of 11,950 committed.
async fn a_batch_that_does_not_fit_is_not_committed(kind: Kind) {
    let stage = Stage::open(kind).await;
    let names: Vec<String> = (0..500).map(|nr| format!("old{nr}")).collect();
    let frozen: Vec<(&str, &str, u32)> =
        names.iter().map(|name| (name.as_str(), PROVINCE, 24)).collect();
    let kept: Vec<(&str, &str, u32)> = (names[..480].iter().enumerate())
        .map(|(nr, name)| (name.as_str(), PROVINCE, if nr < 430 { 25 } else { 24 }))
        .collect();
    stage.under_way(&frozen, &kept).await;
    let book = stage.book_state().await;
    let province = book.book.scopes().next().unwrap().clone();
    assert_eq!(book.book.before(&province), Some(Figures { units: 500, headcount: 12_000 }));
    assert_eq!(book.book.after(&province), Figures { units: 480, headcount: 11_950 });
    let mut keys = Vec::new();
    for nr in 0..12_u32 {
        let unit = format!("c{nr}");
        stage.referenced(&unit, CITY, 4).await;
        // Eleven of four slots and one of six make 50; ten more are too many.
        let slots = if nr < 11 { 4 } else { 6 };
        keys.push(grows(&stage, &format!("k{nr}"), &unit, slots).await);
    }
    // 480 + 12 units, 11,950 + 50 slots.
    let too_much = grows_more(&stage).await;
    let mut all = keys[..11].to_vec();
    all.push(too_much.clone());
    let head = stage.house.head().await;
    let refused = stage.meet_all(&all).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "ONLY_DECREASE_VIOLATED")
    );
    let figures = |name: &str| refused.metadata[name].as_str();
    assert_eq!(figures("scope"), PROVINCE);
    assert_eq!((figures("before_units"), figures("before_headcount")), ("500", "12000"));
    assert_eq!((figures("committed_units"), figures("committed_headcount")), ("480", "11950"));
    assert_eq!((figures("after_units"), figures("after_headcount")), ("492", "12010"));
    assert_eq!((figures("room_units"), figures("room_headcount")), ("8", "-10"));
    assert_eq!(stage.house.head().await, head);
    // No unit is denied by it.
    for key in &all {
        assert_eq!(stage.get(&key.id).await.state(), wire::CaseState::Approval);
    }
    stage.meet_all(&keys).await.unwrap();
    let book = stage.book_state().await;
    assert_eq!(book.book.after(&province), Figures { units: 492, headcount: 12_000 });
    let room = book.book.room(&province);
    assert_eq!((room.units, room.headcount), (8, 0));
}

/// A unit with ten slots more than the room.
async fn grows_more(stage: &Stage) -> CaseKey {
    stage.referenced("cmore", CITY, 16).await;
    grows(stage, "kmore", "cmore", 16).await
}

async fn what_leaves_makes_room_whatever_the_order(kind: Kind) {
    let stage = Stage::open(kind).await;
    let mut units = Vec::new();
    for nr in 0..2 {
        units.push((format!("c{nr}"), format!("d{nr}")));
    }
    let all: Vec<(&str, &str, u32)> = units
        .iter()
        .flat_map(|(grown, left)| [(grown.as_str(), CITY, 20), (left.as_str(), CITY, 20)])
        .collect();
    stage.under_way(&all, &all).await;
    for (nr, (grown, left)) in units.iter().enumerate() {
        stage.referenced(grown, CITY, 20).await;
        stage.referenced(left, CITY, 20).await;
        let grown = grows(&stage, &format!("g{nr}"), grown, 40).await;
        let left = leaves(&stage, &format!("l{nr}"), left).await;
        // Alone it does not fit.
        let refused = stage.meet(&grown, true).await.unwrap_err();
        assert_eq!(refused.reason, "ONLY_DECREASE_VIOLATED");
        let order = if nr == 0 { [grown, left] } else { [left, grown] };
        stage.meet_all(&order).await.unwrap();
    }
    let book = stage.book_state().await.book;
    assert!(fits(&book));
    assert_eq!(book.units().len(), 2);
}

async fn two_processes_never_let_a_scope_grow(kind: Kind) {
    let stage = Stage::open(kind).await;
    let all = [("c0", CITY, 20), ("c1", CITY, 20), ("c2", CITY, 30), ("gone", CITY, 10)];
    stage.under_way(&all, &all[..3]).await;
    for (unit, division, slots) in &all[..3] {
        stage.referenced(unit, division, *slots).await;
    }
    let first = grows(&stage, "k0", "c0", 26).await;
    let second = grows(&stage, "k1", "c1", 26).await;
    // On SQLite a log has one process; there, both are asked of it at once.
    let other = match kind {
        Kind::Postgres => Some(Stage::at(stage.house.place.clone()).await),
        Kind::Sqlite => None,
    };
    let beside = other.as_ref().unwrap_or(&stage);
    let (one, two) = tokio::join!(stage.meet(&first, true), beside.meet(&second, true));
    let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].reason, "ONLY_DECREASE_VIOLATED");
    assert_eq!(refused[0].metadata["committed_headcount"], "76");
    assert!(fits(&stage.book_state().await.book));
}

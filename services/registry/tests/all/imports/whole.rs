//! Sound files become registers.

use std::collections::BTreeSet;

use quanheng_api::quanheng::common::v1::operation::State;
use quanheng_identity::Role;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::person::{Person, RankReason};
use quanheng_register::private::{Assessment, PrivateProfile};
use quanheng_register::unit::Unit;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_sealing::KeyState;
use quanheng_sheets::{Column, Encoding, Form, Kind as Cell, Value, csv, persons, units, xlsx};
use quanheng_streams as streams;

use super::{
    CUT_OVER, DIVISION, What, World, person_file, person_rows, registrar, sent, unit_file,
    unit_rows, with_units,
};
use crate::world::{Kind, principal};

on_both!(
    three_hundred_units_and_two_thousand_persons,
    files_of_other_programs,
    a_roster_without_codes,
    posts_from_a_form,
    a_trial_commits_nothing,
);

async fn person(world: &World, id: &str) -> Person {
    let stream = streams::person(&PersonId::new(id).unwrap());
    let log = &world.house.realm.log;
    let (state, ..) = state_at::<streams::Persons>(log, stream, Horizon::Now).await.unwrap();
    state.unwrap()
}

async fn unit(world: &World, id: &str) -> Unit {
    let stream = streams::unit(&UnitId::new(id).unwrap());
    let log = &world.house.realm.log;
    let (state, ..) = state_at::<streams::Units>(log, stream, Horizon::Now).await.unwrap();
    state.unwrap()
}

/// What is sealed about somebody, for a place.
async fn opened<T: serde::de::DeserializeOwned>(
    world: &World,
    id: &str,
    place: &str,
    sealed: &str,
) -> T {
    let name = format!("persons/{id}");
    let KeyState::Live(key) = world.house.realm.keys.get(&name).await.unwrap() else {
        panic!("{name} has no key");
    };
    serde_json::from_slice(&key.open(&format!("{name}:{place}"), sealed).unwrap()).unwrap()
}

async fn three_hundred_units_and_two_thousand_persons(kind: Kind) {
    let world = World::open(kind).await;
    let rows = unit_rows(300);
    let operation = world.imported(What::Units, sent(unit_file(&rows))).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    assert_eq!((operation.items_total, operation.items_done), (300, 300));
    assert_eq!(operation.kind, "units.import");
    let moment = |time: &Option<pbjson_types::Timestamp>| {
        time.as_ref().map(|time| (time.seconds, time.nanos)).unwrap()
    };
    assert!(moment(&operation.create_time) < moment(&operation.update_time));
    assert!(operation.position > 0);
    assert_eq!(world.documents("units").await, 300);
    for row in &rows {
        let id = row.id.clone().unwrap();
        let unit = unit(&world, id.as_str()).await;
        let profile = unit.as_of(CUT_OVER).unwrap();
        assert_eq!((&profile.name, &profile.credit_code), (&row.name, &row.credit_code));
        assert_eq!(profile.parent, row.parent_id);
        assert!(profile.contact.is_some());
    }
    let claims = world.records("quanheng.credit_code.claimed.v1").await;
    assert_eq!(claims.len(), 300);

    let rows = person_rows(2_000, 300);
    let operation = world.imported(What::Persons, sent(person_file(&rows))).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    assert_eq!((operation.items_total, operation.items_done), (2_000, 2_000));
    assert_eq!(world.documents("persons").await, 2_000);
    let registered = world.records("quanheng.registry.person_registered.v1").await;
    let streams: BTreeSet<_> = registered.iter().map(|record| record.stream.clone()).collect();
    assert_eq!((registered.len(), streams.len()), (2_000, 2_000));
    let record = registered[0].envelope().unwrap();
    assert_eq!(record.principal.as_deref(), Some("principals/registrar"));
    assert!(record.tags().any(|tag| tag == format!("divisions/{DIVISION}")));
    for row in rows.iter().step_by(97) {
        same_person(&world, row).await;
    }
    nothing_is_legible(&world, &rows).await;
}

/// A person is what the row says.
async fn same_person(world: &World, row: &persons::PersonRow) {
    let id = row.id.clone().unwrap();
    let person = person(world, id.as_str()).await;
    let (_, slot) = person.slot_on(CUT_OVER).unwrap();
    assert_eq!(Some(&slot.unit), row.unit_id.as_ref());
    assert_eq!(slot.document.as_ref().unwrap().to_string(), "样组〔2026〕1号");
    let spell = row.spell.as_ref().unwrap();
    let rank = person.ranks.values().next().unwrap();
    assert_eq!(rank.rank, spell.rank.as_ref().unwrap().rank);
    assert_eq!(Some(rank.from), spell.since);
    assert_ne!(rank.reason, RankReason::Other);
    assert_eq!(person.posts.len(), usize::from(row.post.is_some()));
    assert_eq!(person.facts.conversion.is_some(), row.conversion.is_some());
    let years: Vec<u32> = person.assessments.keys().map(|y| u32::try_from(*y).unwrap()).collect();
    assert_eq!(years, [2020, 2021, 2022, 2023, 2024]);
    let sealed = person.private.as_ref().unwrap().as_str();
    let profile: PrivateProfile = opened(world, id.as_str(), "profile", sealed).await;
    assert_eq!(profile.name, row.identity.name);
    assert_eq!(profile.identity_number, row.identity.number.reveal());
    let sealed = person.assessments[&2024].as_str();
    let result: Assessment = opened(world, id.as_str(), "assessment/2024", sealed).await;
    assert_eq!(result.raw, row.assessments[4].wording);
    for (kind, value) in [("identity", &profile.identity_number), ("name", &profile.name)] {
        let found = world.house.realm.keys.index_find(kind, value).await.unwrap();
        assert!(found.contains(&format!("persons/{id}")), "{kind}");
    }
}

/// No record and no blob has a name or an identity number in it.
async fn nothing_is_legible(world: &World, rows: &[persons::PersonRow]) {
    let log = &world.house.realm.log;
    let registered = world.records("quanheng.registry.person_registered.v1").await;
    let started = world.records("quanheng.operation.operation_started.v1").await;
    let mut texts: Vec<Vec<u8>> = registered.iter().map(|r| r.bytes.to_vec()).collect();
    for record in &started {
        texts.push(record.bytes.to_vec());
        for blob in record.envelope().unwrap().blobs() {
            texts.push(log.blob(&blob.unwrap().digest).await.unwrap().unwrap().to_vec());
        }
    }
    assert!(texts.len() > 2_002);
    for row in rows.iter().step_by(397) {
        for secret in [row.identity.number.reveal(), row.identity.name.as_str()] {
            let secret = secret.as_bytes();
            let found = texts.iter().any(|text| text.windows(secret.len()).any(|w| w == secret));
            assert!(!found, "a secret is legible");
        }
    }
}

async fn files_of_other_programs(kind: Kind) {
    let world = World::open(kind).await;
    let rows = unit_rows(30);
    let values: Vec<_> = rows.iter().map(units::UnitRow::values).collect();
    let cells = |from: usize| values[from..from + 10].iter().map(Vec::as_slice);
    let files = [
        ("旧版.xls", xlsx(&units::FORM, cells(0)).unwrap()),
        ("国标.csv", csv(&units::FORM, Encoding::Gb18030, cells(10)).unwrap()),
        ("通用.csv", csv(&units::FORM, Encoding::Utf8, cells(20)).unwrap()),
    ];
    for ((name, file), count) in files.into_iter().zip([10, 20, 30]) {
        let mut sent = sent(file);
        sent.head.file_name = name.to_owned();
        let operation = world.imported(What::Units, sent).await;
        assert_eq!(operation.state(), State::Done, "{name}: {operation:?}");
        assert_eq!(world.documents("units").await, count, "{name}");
    }
}

/// Rosters of other systems know units by their names and persons by nothing.
async fn a_roster_without_codes(kind: Kind) {
    let world = World::open(kind).await;
    let mut units = unit_rows(3);
    units[2].name = units[1].name.clone();
    let operation = world.imported(What::Units, sent(unit_file(&units))).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    let mut rows = person_rows(3, 1);
    for (row, name) in rows.iter_mut().zip([&units[0].name, &units[1].name, "无此单位"]) {
        (row.id, row.unit_id, row.unit_name) = (None, None, Some(name.to_owned()));
    }
    let operation = world.imported(What::Persons, sent(person_file(&rows))).await;
    let errors = operation.sheet_errors.iter().filter(|error| !error.warning);
    let reasons: Vec<_> = errors.map(|error| error.reason.as_str()).collect();
    assert_eq!(reasons, ["UNIT_NAME_AMBIGUOUS", "UNIT_UNKNOWN"]);
    let operation = world.imported(What::Persons, sent(person_file(&rows[..1]))).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    let registered = world.records("quanheng.registry.person_registered.v1").await;
    assert!(registered[0].envelope().unwrap().tags().any(|tag| tag == "units/sample-0"));
}

/// The headers of the form of posts, in another order and with another column.
static POSTS: Form = Form {
    title: "职位",
    columns: &[
        Column::new("post_id", &["职位代码"], Cell::Text),
        Column::new("unit_id", &["单位代码"], Cell::Text),
        Column::new("title", &["职位名称"], Cell::Text),
        Column::new("level", &["领导职务层次"], Cell::Text),
        Column::new("category", &["职位类别"], Cell::Text),
        Column::new("member", &["是否领导班子成员"], Cell::Text),
        Column::new("authorised", &["职数"], Cell::Count),
        Column::new("since", &["设置日期"], Cell::Date),
        Column::new("duties", &["职责"], Cell::Text),
    ],
};

async fn posts_from_a_form(kind: Kind) {
    let world = World::open(kind).await;
    with_units(&world, 2).await;
    let row = |id: &str, unit: &str, title: &str, level: &str, category: &str, posts: u32| {
        vec![
            Value::text(id),
            Value::text(unit),
            Value::text(title),
            Value::text(level),
            Value::text(category),
            Value::text(if level.is_empty() { "否" } else { "是" }),
            Value::Number(posts),
            Value::Empty,
            Value::text("样例职责"),
        ]
    };
    let sound = [
        row("p1", "sample-0", "局长", "乡科级正职", "综合管理类", 1),
        row("p2", "sample-0", "副局长", "L42", "general_management", 2),
        row("", "sample-1", "科员", "", "", 3),
    ];
    let file = |rows: &[Vec<Value>]| xlsx(&POSTS, rows.iter().map(Vec::as_slice)).unwrap();
    let operation = world.imported(What::Posts, sent(file(&sound))).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    assert_eq!(world.documents("posts").await, 3);
    let faulty = [
        row("p1", "sample-0", "局长", "", "", 1),
        row("p9", "sample-9", "局长", "", "", 1),
        row("p3", "sample-0", "", "", "", 1),
        row("p4", "sample-0", "局长", "局级", "", 1),
        row("p5", "sample-0", "局长", "", "无此类别", 1),
        row("p6", "sample-0", "局长", "", "", 0),
        row("p7", "sample-1", "甲", "", "", 1),
        row("p7", "sample-1", "乙", "", "", 1),
        row("a b", "sample-1", "乙", "", "", 1),
    ];
    let operation = world.imported(What::Posts, sent(file(&faulty))).await;
    assert_eq!(operation.state(), State::Failed);
    let told: Vec<_> = operation
        .sheet_errors
        .iter()
        .map(|error| (error.row, error.column.as_str(), error.reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (2, "post_id", "RESOURCE_EXISTS"),
            (3, "unit_id", "UNIT_UNKNOWN"),
            (4, "title", "VALUE_MISSING"),
            (5, "level", "CHOICE_UNKNOWN"),
            (6, "category", "CATEGORY_UNKNOWN"),
            (7, "authorised", "AUTHORISED_ZERO"),
            (8, "post_id", "POST_ID_DUPLICATE"),
            (9, "post_id", "POST_ID_DUPLICATE"),
            (10, "post_id", "ID_FORMAT"),
        ]
    );
    assert_eq!(world.documents("posts").await, 3);
}

async fn a_trial_commits_nothing(kind: Kind) {
    let world = World::open(kind).await;
    let client = world.client(&registrar()).await;
    let head = world.house.head().await;
    let mut rows = unit_rows(20);
    let mut trial = sent(unit_file(&rows));
    trial.head.validate_only = true;
    let operation = client.import(What::Units, trial).await.unwrap();
    assert_eq!((operation.state(), operation.name.as_str()), (State::Done, ""));
    assert_eq!(operation.items_total, 20);
    rows[3].id = rows[4].id.clone();
    let mut trial = sent(unit_file(&rows));
    trial.head.validate_only = true;
    let operation = client.import(What::Units, trial).await.unwrap();
    assert_eq!((operation.state(), operation.name.as_str()), (State::Failed, ""));
    let errors = operation.sheet_errors.iter().filter(|error| !error.warning);
    let errors: Vec<_> = errors.map(|error| (error.row, error.letter.as_str())).collect();
    assert_eq!(errors, [(5, "AB"), (6, "AB")]);
    assert_eq!(operation.failure.unwrap().reason, "SHEET_REFUSED");
    assert!(operation.marked_copy.is_empty());
    assert_eq!(world.house.head().await, head);
    assert_eq!(world.house.realm.keys.index_find("name", "x").await.unwrap().len(), 0);

    // Who may not register units may not try it, either.
    let viewer = principal("viewer", &[Role::Viewer]);
    let refused = world.client(&viewer).await.import(What::Units, sent(Vec::new())).await;
    assert_eq!(refused.unwrap_err().reason, "ACCESS_DENIED");
}

//! Nothing that is sealed stands anywhere in clear: not in the files, not in the tables.

use quanheng_api::quanheng::registry::v1 as wire;
use wire::person_event::Event;

use super::*;

on_both!(nothing_private_is_stored_in_clear);

async fn nothing_private_is_stored_in_clear(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let relative = wire::Relative {
        relation: "配偶".into(),
        full_name: "贾隐名".into(),
        position: "隐名县隐名局".into(),
        ..Default::default()
    };
    let open = wire::Investigation { opened_by: "隐名监委".into(), ..Default::default() };
    let events = vec![
        sanction("s1"),
        event(Event::DeclareRelative(relative), None),
        event(Event::OpenInvestigation(open), day(2024, 1, 1)),
        // What is open, to see that the search finds what is there.
        take_post("t1", "u1", day(2023, 1, 1)),
    ];
    world.record(&registrar(), "p1", events).await.unwrap();
    let change = wire::UpdatePersonRequest {
        name: "persons/p1".into(),
        private_profile: Some(profile(2)),
        ..Default::default()
    };
    world.update(&registrar(), change).await.unwrap();
    world.full("p1").await;
    world.numbered(&number(2)).await;
    world.erase(&officer(), erase("p1")).await.unwrap();
    world.house.settle().await;

    let stored = stored(&world).await;
    let holds = |text: &str| {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        stored.iter().any(|piece| {
            let bytes = text.as_bytes();
            piece.windows(bytes.len()).any(|window| window == bytes)
                || piece.windows(hex.len()).any(|window| window == hex.as_bytes())
        })
    };
    for open in ["样例局副局长", "persons/p1", "person_erased"] {
        assert!(holds(open), "{open} is not found at all");
    }
    let numbers = [number(1), number(2)];
    let masked = format!("530102********{}", &number(1)[14..]);
    let private = [
        full_name(1),
        full_name(2),
        "甄**".into(),
        masked,
        "13812345678".into(),
        "138****5678".into(),
        "云南昆明".into(),
        "样例处分事由".into(),
        "贾隐名".into(),
        "隐名县".into(),
        "隐名监委".into(),
    ];
    for text in numbers.iter().chain(&private) {
        assert!(!holds(text), "{text} is stored in clear");
    }
}

/// All bytes of the realm: its files, or every row of its tables as text.
async fn stored(world: &World) -> Vec<Vec<u8>> {
    use sqlx::{AssertSqlSafe, Connection as _};
    let Some((connect, schema)) = world.house.place.postgres() else {
        let files = std::fs::read_dir(world.house.place.folder()).unwrap();
        return files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    };
    let mut connection = sqlx::PgConnection::connect_with(&connect).await.unwrap();
    let tables = "SELECT table_schema || '.' || table_name FROM information_schema.tables \
                  WHERE starts_with(table_schema, $1)";
    let tables: Vec<String> =
        sqlx::query_scalar(tables).bind(&schema).fetch_all(&mut connection).await.unwrap();
    let mut pieces = Vec::new();
    for table in tables {
        let rows = AssertSqlSafe(format!("SELECT whole::text FROM {table} whole"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.unwrap();
        pieces.extend(rows.into_iter().map(String::into_bytes));
    }
    pieces
}

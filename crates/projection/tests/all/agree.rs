//! A filter says the same in SQL and in memory, on random trees and documents.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use quanheng_projection::{Doc, Filter, Op, Order, Query, Value};

use crate::domain::{POSTS, Post, commit, register, set};
use crate::rig::{Kind, Rig, caught_up};

on_both!(sql_and_memory_agree);

const DOCUMENTS: usize = 80;
const FILTERS: usize = 400;

fn post() -> impl Strategy<Value = Post> {
    use proptest::option::of;
    let text = || of(prop_oneof!["[ab铨\"'%_]{0,2}", Just("长".repeat(200))]);
    let day = of((1i8..=3).prop_map(|day| format!("2026-11-0{day}")));
    (text(), text(), of(-2i64..3), of(any::<bool>()), day).prop_map(
        |(unit, rank, seats, open, since)| Post { unit, rank, seats, open, since, changes: 0 },
    )
}

fn comparison() -> impl Strategy<Value = Filter> {
    let op = prop::sample::select(vec![
        Op::Equal,
        Op::NotEqual,
        Op::Less,
        Op::LessOrEqual,
        Op::Greater,
        Op::GreaterOrEqual,
    ]);
    let with = prop_oneof![
        (prop::sample::select(vec!["unit", "rank"]), "[ab铨\"'%_]{0,2}".prop_map(Value::Text)),
        (Just("id"), "[0-9]{2}".prop_map(Value::Text)),
        (Just("seats"), (-2i64..3).prop_map(Value::Integer)),
        (Just("open"), any::<bool>().prop_map(Value::Boolean)),
        (Just("since"), (1i8..=3).prop_map(|d| Value::Date(jiff::civil::date(2026, 11, d)))),
    ];
    (op, with).prop_map(|(op, (column, value))| Filter::compare(column, op, value))
}

fn filter() -> impl Strategy<Value = Filter> {
    let columns = vec!["id", "unit", "rank", "seats", "open", "since"];
    let present = prop::sample::select(columns).prop_map(Filter::present);
    let leaf = prop_oneof![6 => comparison(), 1 => present];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::Any),
            inner.prop_map(Filter::not),
        ]
    })
}

async fn sql_and_memory_agree(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let mut runner = TestRunner::new(Config::default());
    let posts: Vec<Post> =
        (0..DOCUMENTS).map(|_| post().new_tree(&mut runner).unwrap().current()).collect();
    let events = posts.iter().enumerate().map(|(n, post)| set(&format!("{n:02}"), post));
    // A unit without a name is no document: it is left out of this register.
    let events = events.zip(&posts).filter(|(_, post)| post.unit.as_deref() != Some(""));
    commit(
        &log,
        events.filter(|(_, p)| p.unit.as_ref().is_none_or(|u| u.len() < 255)).map(|(e, _)| e),
    )
    .await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let all = view.list("posts", &Query::default()).await.unwrap().docs;
    assert!(all.len() > DOCUMENTS / 3);

    let orders = [&[][..], &["rank", "seats"], &["since"], &["seats"]];
    let mut found = 0;
    for n in 0..FILTERS {
        let filter = filter().new_tree(&mut runner).unwrap().current();
        let passes = |doc: &&Doc| filter.matches(&POSTS, &doc.id, &doc.parse().unwrap());
        let expected: Vec<&str> = all.iter().filter(passes).map(|doc| doc.id.as_str()).collect();
        let order = Order::ascending(orders[n % orders.len()]);
        let query = Query { filter: filter.clone(), order, ..Query::default() };
        let mut listed = view.list("posts", &query).await.unwrap().docs;
        listed.sort_by(|a, b| a.id.cmp(&b.id));
        let listed: Vec<&str> = listed.iter().map(|doc| doc.id.as_str()).collect();
        assert_eq!(listed, expected, "{filter:?}");
        let count = view.count("posts", &filter).await.unwrap();
        assert_eq!(count, Some(expected.len() as u64), "{filter:?}");
        found += usize::from(!expected.is_empty() && expected.len() < all.len());
    }
    assert!(found > FILTERS / 4, "too few filters tell documents apart: {found}");
}

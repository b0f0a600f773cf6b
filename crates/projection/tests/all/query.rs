//! Asking: pages along an index, both ways, while documents change; and that it is
//! an index by which they are found.

use std::collections::HashSet;

use quanheng_projection::{Bounds, Cursor, Direction, Filter, Op, Order, Query, ReadError, View};

use crate::domain::{POSTS, Post, commit, post, register, set};
use crate::rig::{Kind, Rig, caught_up};

on_both!(
    pages_follow_the_order_both_ways,
    pages_hold_while_documents_change,
    documents_are_found_by_ids,
    what_is_beyond_a_bound_is_refused,
    what_is_served_is_found_by_an_index,
);

/// All ids along an order, in pages of a size.
async fn walk(view: &View, filter: &Filter, order: Order, limit: usize) -> Vec<String> {
    let mut query = Query { filter: filter.clone(), order, after: None, limit };
    let mut ids = Vec::new();
    loop {
        let listed = view.list("posts", &query).await.unwrap();
        assert!(listed.docs.len() <= limit);
        ids.extend(listed.docs.into_iter().map(|doc| doc.id));
        let Some(next) = listed.next else { return ids };
        // As a client has it: through a token.
        let token = next.to_token(b"query");
        query.after = Some(Cursor::from_token(&token, b"query").unwrap());
    }
}

async fn pages_follow_the_order_both_ways(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let mut posts: Vec<(String, Post)> = (0..60_i64)
        .map(|n| {
            let mut p = post("u1", &format!("GM{:02}", n % 4), n % 3 - 1);
            p.rank = p.rank.filter(|_| n % 5 != 0);
            p.seats = p.seats.filter(|_| n % 7 != 0);
            (format!("p{:02}", (n * 37) % 60), p)
        })
        .collect();
    commit(&log, posts.iter().map(|(id, post)| set(id, post))).await;
    commit(&log, [set("elsewhere", &post("u2", "GM00", 0))]).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    // What is missing is smaller than everything.
    posts.sort_by(|(a, p), (b, q)| (&p.rank, p.seats, a).cmp(&(&q.rank, q.seats, b)));
    let filter = Filter::equal("unit", "u1");
    let expected: Vec<_> = posts.iter().map(|(id, _)| id.clone()).collect();
    let backwards: Vec<_> = expected.iter().rev().cloned().collect();
    let columns = &["rank", "seats"];
    for limit in [1, 7, 60, 61, 1_000] {
        let there = walk(&view, &filter, Order::ascending(columns), limit).await;
        assert_eq!(there, expected, "{limit}");
        let back = walk(&view, &filter, Order::descending(columns), limit).await;
        assert_eq!(back, backwards, "{limit}");
    }
    for (op, text) in [
        (Op::Equal, "GM02"),
        (Op::Less, "GM02"),
        (Op::LessOrEqual, "GM02"),
        (Op::Greater, "GM02"),
        (Op::GreaterOrEqual, "GM02"),
    ] {
        let filter = filter.clone().and(Filter::compare("rank", op, text));
        let passes = |p: &Post| filter.matches(&POSTS, "", &serde_json::to_value(p).unwrap());
        let expected: Vec<_> =
            posts.iter().filter(|(_, p)| passes(p)).map(|(id, _)| id.clone()).collect();
        assert!(expected.len() > 5);
        let found = walk(&view, &filter, Order::ascending(columns), 4).await;
        assert_eq!(found, expected, "{op} {text}");
    }
    let by_id = walk(&view, &Filter::all(), Order::descending(&[]), 9).await;
    assert_eq!(by_id.len(), 61);
    assert!(by_id.is_sorted_by(|a, b| a > b));
}

async fn pages_hold_while_documents_change(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let still = |n: i64| set(&format!("still{n:02}"), &post("u1", "GM07", n));
    commit(&log, (0..40).map(still)).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    for direction in [Direction::Ascending, Direction::Descending] {
        let order = Order { columns: &["seats"], direction };
        let mut query = Query { order, limit: 3, ..Query::default() };
        let mut seen = Vec::new();
        let mut n = 0;
        loop {
            let listed = view.list("posts", &query).await.unwrap();
            seen.extend(listed.docs.into_iter().map(|doc| doc.id));
            // Others come and go, before and behind.
            n += 1;
            let moving = |k: i64| set(&format!("moving{k}"), &post("u1", "GM07", (n * k) % 40));
            commit(&log, (0..9).map(moving)).await;
            caught_up(&projections).await;
            match listed.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        let still: Vec<_> = seen.iter().filter(|id| id.starts_with("still")).collect();
        assert_eq!(still.len(), 40);
        assert_eq!(still.iter().collect::<HashSet<_>>().len(), 40);
    }
}

async fn documents_are_found_by_ids(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    commit(&log, ["a", "b", "c/d"].map(|id| set(id, &post("u1", "GM07", 1)))).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let found = view.get_many("posts", &["c/d", "nobody", "a", "a", "x\0y"]).await.unwrap();
    let ids: Vec<_> = found.iter().map(|doc| doc.as_ref().map(|doc| doc.id.as_str())).collect();
    assert_eq!(ids, [Some("c/d"), None, Some("a"), Some("a"), None]);
}

async fn what_is_beyond_a_bound_is_refused(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig
        .start_with(&log, vec![register(1)], |bounds| {
            bounds.page_size_max = 5;
            bounds.ids_per_get_max = 2;
            bounds.count_max = 6;
            bounds.filter_terms_max = 2;
        })
        .await;
    commit(&log, (0..8).map(|n| set(&format!("p{n}"), &post("u1", "GM07", n)))).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    // A page size is cut, as AIP-158 has it.
    for limit in [0, 5, 6, 1_000] {
        let query = Query { limit, ..Query::default() };
        assert_eq!(view.list("posts", &query).await.unwrap().docs.len(), 5, "{limit}");
    }
    let too_many = view.get_many("posts", &["a", "b", "c"]).await.unwrap_err();
    assert!(matches!(too_many, ReadError::BoundExceeded(e) if e.bound == "ids_per_get_max"));
    assert_eq!(view.count("posts", &Filter::all()).await.unwrap(), None);
    let few = Filter::compare("seats", Op::Less, 6);
    assert_eq!(view.count("posts", &few).await.unwrap(), Some(6));
    let query = Query { order: Order::ascending(&["open"]), ..Query::default() };
    let no_order = view.list("posts", &query).await.unwrap_err();
    assert!(matches!(no_order, ReadError::NoOrder { .. }), "{no_order}");
    for (filter, says) in [
        (Filter::Any(vec![Filter::all(); 5]), "filter_terms_max"),
        (Filter::equal("nothing", 1), "no column nothing"),
        (Filter::equal("seats", "1"), "seats takes: integer"),
        (Filter::equal("unit", "a\0b"), "unit takes: text"),
    ] {
        let query = Query { filter, ..Query::default() };
        let error = view.list("posts", &query).await.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

async fn what_is_served_is_found_by_an_index(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    for unit in 0..20 {
        let events = (0..150_i64).map(|n| {
            let mut p = post(&format!("u{unit}"), &format!("GM{:02}", n % 3 + 6), n);
            p.open = Some(n % 2 == 0);
            p.since = Some(format!("2026-{:02}-{:02}", n % 12 + 1, n % 28 + 1));
            set(&format!("u{unit}p{n}"), &p)
        });
        commit(&log, events).await;
    }
    caught_up(&projections).await;
    rig.on_views("ANALYZE").await;
    let view = projections.view("register").unwrap();
    let bounds = Bounds::default();
    for (filter, order, index) in [
        ("", "", None),
        ("id > u1", "id desc", None),
        ("", "seats desc", Some("i3")),
        ("seats > 3 AND seats <= 7", "seats", Some("i3")),
        ("unit = u3", "", Some("i1")),
        ("unit = u3 AND rank >= GM07", "rank desc", Some("i1")),
        ("unit = u3 AND rank = GM07", "rank, seats", Some("i1")),
        ("open = true AND unit = u3", "since", Some("i2")),
        ("unit = u3 AND open = false AND since < 2026-06-01", "since desc", Some("i2")),
        ("rank = GM07", "", Some("i4")),
    ] {
        let what = format!("{filter} by {order}");
        let filter = POSTS.parse_filter(filter, &bounds).unwrap();
        let order = POSTS.serves(&filter, &POSTS.parse_order(order).unwrap()).unwrap();
        let mut query = Query { filter, order, after: None, limit: 10 };
        // The first page, and one behind it.
        for _ in 0..2 {
            let plan = view.explain("posts", &query).await.unwrap().join("\n");
            let (sorts, scans) = match kind {
                Kind::Sqlite => ("TEMP B-TREE", "no such words"),
                Kind::Postgres => ("Sort", "Seq Scan"),
            };
            assert!(!plan.contains(sorts) && !plan.contains(scans), "{what}:\n{plan}");
            // Nothing is read that is not asked for.
            assert!(!plan.contains("Filter:"), "{what}:\n{plan}");
            let name = match (index, kind) {
                (Some(index), _) => format!("register_v1_posts_{index}"),
                (None, Kind::Sqlite) => "sqlite_autoindex_register_v1_posts_1".to_owned(),
                (None, Kind::Postgres) => "register_v1_posts_pkey".to_owned(),
            };
            assert!(plan.contains(&name), "{what}: not by {name}:\n{plan}");
            query.after = view.list("posts", &query).await.unwrap().next;
        }
    }
}

//! Connections to the views that break, also in the middle of a commit.

use std::time::Duration;

use quanheng_projection::{Bounds, Projections};
use quanheng_testkit::proxy::Proxy;

use crate::domain::{commit, post, register, removed, set};
use crate::fold::everything;
use crate::rig::{Kind, Rig, caught_up, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connections_lose_and_repeat_nothing() {
    let rig = Rig::new(Kind::Postgres);
    let log = rig.log().await;
    let proxy = Proxy::start(rig.views_port(), b"COMMIT").await.unwrap();
    let views = rig.views_through(proxy.port()).await;
    let bounds = Bounds { fold_events_max: 2, ..Bounds::default() };
    let projections =
        Projections::start(log.clone(), views, vec![register(1)], bounds).await.unwrap();
    caught_up(&projections).await;
    for n in 0..40_i64 {
        match n % 10 {
            2 => proxy.cut_after(1),
            5 => proxy.cut_before(1),
            8 => proxy.cut_all(),
            _ => {}
        }
        let id = format!("p{}", n % 6);
        commit(&log, [set(&id, &post("u1", "GM07", n)), set("hot", &post("u2", "GM07", n))]).await;
        if n % 4 == 3 {
            commit(&log, [removed(&id)]).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    caught_up(&projections).await;
    assert!(proxy.cut_count() >= 4, "{}", proxy.cut_count());

    // Away altogether: it says so, and comes back.
    proxy.refuse(true);
    proxy.cut_all();
    commit(&log, [set("late", &post("u3", "GM07", 1))]).await;
    eventually(async || projections.status().await.unwrap()[0].trouble.is_some()).await;
    proxy.refuse(false);
    caught_up(&projections).await;
    assert_eq!(projections.status().await.unwrap()[0].trouble, None);

    let reference = rig.start(&log, register(2)).await;
    caught_up(&reference).await;
    for collection in ["posts", "units"] {
        assert_eq!(
            everything(&projections, "register", collection).await,
            everything(&reference, "register", collection).await
        );
    }
}

//! Reading: directions, pages, filters, and where they end.

use futures::{StreamExt as _, TryStreamExt as _};
use quanheng_eventlog::{
    Direction, EventDraft, Filter, Log, Page, Position, Record, Transaction, Version,
};
use quanheng_log_tests::{Fixture, Kind, count_up, event_type, stream, tag};

on_every_backend!(
    a_stream_is_read_either_way_from_anywhere,
    pages_of_any_size_give_the_same_and_end_at_commits,
    filters_agree_with_their_meaning,
    a_read_ends_at_the_head_it_started_from,
    a_hole_is_never_passed_over,
    a_reader_that_pauses_holds_nothing,
    a_filter_has_a_bound,
);

async fn a_stream_is_read_either_way_from_anywhere(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open_with(|bounds| bounds.page_events_max = 4).await;
    let (name, other) = (stream("a"), stream("other"));
    for _ in 0..10 {
        log.commit(count_up(&[other.clone(), name.clone()])).await.unwrap();
    }
    use Direction::{Backward, Forward};
    for (from, direction, expected) in [
        (0, Forward, (1..=10).collect::<Vec<u64>>()),
        (1, Forward, (1..=10).collect()),
        (5, Forward, (5..=10).collect()),
        (10, Forward, vec![10]),
        (11, Forward, vec![]),
        (u64::MAX, Forward, vec![]),
        (0, Backward, vec![]),
        (1, Backward, vec![1]),
        (8, Backward, (1..=8).rev().collect()),
        (10, Backward, (1..=10).rev().collect()),
        (u64::MAX, Backward, (1..=10).rev().collect()),
    ] {
        let records = log.read_stream(name.clone(), Version(from), direction);
        let records: Vec<Record> = records.try_collect().await.unwrap();
        assert!(records.iter().all(|record| record.stream == name));
        let versions: Vec<_> = records.iter().map(|record| record.version.0).collect();
        assert_eq!(versions, expected, "from {from} {direction:?}");
    }
    let nothing = log.read_stream(stream("absent"), Version(1), Forward);
    assert_eq!(nothing.count().await, 0);
}

/// Commits of one to four events, with types and tags that overlap.
async fn fill(log: &Log, commits: u64) {
    for n in 0..commits {
        let transaction = (0..=n % 4).fold(Transaction::default(), |transaction, k| {
            let name = event_type(["t.a.v1", "t.b.v1", "t.c.v1"][((n + k) % 3) as usize]);
            let draft = EventDraft::new(stream(n % 7), name, &k).unwrap();
            let draft = draft.tagged(tag(format!("two/{}", n % 2)));
            let draft = draft.tagged(tag(format!("five/{}", (n + k) % 5)));
            transaction.append(draft)
        });
        log.commit(transaction).await.unwrap();
    }
}

async fn pages_of(log: &Log, after: Position, filter: &Filter, size: usize) -> Vec<Page> {
    log.read(after, filter.clone(), size).try_collect().await.unwrap()
}

async fn pages_of_any_size_give_the_same_and_end_at_commits(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    fill(&log, 60).await;
    let all: Vec<Record> = pages_of(&log, Position::START, &Filter::all(), 10_000)
        .await
        .into_iter()
        .flat_map(|page| page.records)
        .collect();
    assert!(all.iter().map(|r| r.position.0).eq(1..=150));
    let ends: Vec<_> = all.iter().filter(|r| r.commit.is_end()).map(|r| r.position).collect();
    for size in [0, 1, 2, 3, 7, 64, 150, 151] {
        for after in [0, 1, 74, 149, 150] {
            let pages = pages_of(&log, Position(after), &Filter::all(), size).await;
            let read: Vec<_> = pages.iter().flat_map(|page| page.records.clone()).collect();
            let expected = &all[usize::try_from(after).unwrap()..];
            assert_eq!(read, expected, "pages of {size} after {after}");
            assert!(pages.iter().all(|page| ends.contains(&page.through)));
        }
    }
}

async fn filters_agree_with_their_meaning(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    fill(&log, 60).await;
    let all: Vec<Record> = pages_of(&log, Position::START, &Filter::all(), 512)
        .await
        .into_iter()
        .flat_map(|page| page.records)
        .collect();
    let types = ["t.a.v1", "t.b.v1", "t.none.v1"];
    let tags = ["two/0", "five/3", "none/0"];
    for choice in 0..64_u32 {
        let chosen = |bit: usize| choice >> bit & 1 == 1;
        let mut filter = Filter::all();
        for (bit, name) in types.iter().enumerate().filter(|(bit, _)| chosen(*bit)) {
            let _ = bit;
            filter = filter.or_type(event_type(name));
        }
        for (bit, name) in tags.iter().enumerate().filter(|(bit, _)| chosen(bit + 3)) {
            let _ = bit;
            filter = filter.and_tag(tag(name));
        }
        let expected: Vec<_> = all.iter().filter(|record| filter.matches(record)).collect();
        for size in [1, 5, 512] {
            for after in [0, 77] {
                let pages = pages_of(&log, Position(after), &filter, size).await;
                let read: Vec<_> = pages.iter().flat_map(|page| &page.records).collect();
                let expected = expected.iter().filter(|record| record.position.0 > after);
                let expected: Vec<_> = expected.copied().collect();
                assert_eq!(read, expected, "{filter:?} pages of {size} after {after}");
                if let Some(last) = pages.last() {
                    assert_eq!(last.through, Position(150), "the end is seen in any case");
                }
            }
        }
    }
}

async fn a_read_ends_at_the_head_it_started_from(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    fill(&log, 20).await;
    let head = log.head().await.unwrap();
    let mut pages = std::pin::pin!(log.read(Position::START, Filter::all(), 5));
    let mut last = Position::START;
    while let Some(page) = pages.next().await {
        last = page.unwrap().through;
        fill(&log, 3).await;
    }
    assert_eq!(last, head);
    assert!(log.head().await.unwrap() > head);
}

async fn a_hole_is_never_passed_over(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    fill(&log, 20).await;
    fixture.vandalise("DELETE FROM events WHERE position = 17").await;
    let read = log.read(Position::START, Filter::all(), 10).try_collect::<Vec<_>>().await;
    assert!(matches!(read, Err(quanheng_eventlog::ReadError::Damaged(_))), "{read:?}");
    // Whoever has it in memory still delivers what was there; from the database, nobody.
    let beside = fixture.open_beside().await;
    let mut subscription = beside.subscribe(Position(10), Filter::all()).await.unwrap();
    let damaged = loop {
        match subscription.next().await {
            Ok(_) => assert!(subscription.after() < Position(17)),
            Err(error) => break error,
        }
    };
    assert!(matches!(damaged, quanheng_eventlog::ReadError::Damaged(_)), "{damaged:?}");
}

async fn a_reader_that_pauses_holds_nothing(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    for _ in 0..40 {
        log.commit(count_up(&vec![stream("a"); 100])).await.unwrap();
    }
    // More readers than connections, each with pages on their way, and then none of
    // them asks for more.
    let mut paused = Vec::new();
    for _ in 0..12 {
        let mut pages = Box::pin(log.read(Position::START, Filter::all(), 64));
        pages.next().await.unwrap().unwrap();
        paused.push(pages);
    }
    let soon = std::time::Duration::from_secs(5);
    for _ in 0..20 {
        let all = Filter::all();
        let page = log.page(Position::START, &all, 10);
        tokio::time::timeout(soon, page).await.expect("a connection is free").unwrap();
    }
    for mut pages in paused {
        let mut events = 0;
        while let Some(page) = pages.next().await {
            events += page.unwrap().records.len();
        }
        assert!(events >= 3_900, "{events}");
    }
    tokio::time::timeout(soon, log.close()).await.expect("closing waits for nobody");
}

async fn a_filter_has_a_bound(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    fill(&log, 3).await;
    let of =
        |terms: u32| (0..terms).fold(Filter::all(), |f, n| f.or_type(event_type(&format!("t{n}"))));
    log.page(Position::START, &of(64), 10).await.unwrap();
    let refused = log.page(Position::START, &of(65), 10).await;
    let exceeded = |error: &quanheng_eventlog::ReadError| matches!(error, quanheng_eventlog::ReadError::BoundExceeded(e) if e.bound == "filter_terms_max");
    assert!(exceeded(&refused.unwrap_err()));
    assert!(exceeded(&log.subscribe(Position::START, of(65)).await.map(|_| ()).unwrap_err()));
    let read = log.read(Position::START, of(65), 10).try_collect::<Vec<_>>().await;
    assert!(exceeded(&read.unwrap_err()));
}

//! The blind index finds who was put there, and tells nobody else anything.

use quanheng_sealing::{BATCH_MAX, FOUND_MAX};

use crate::fixture::{Fixture, Kind, code, on_every_backend};

on_every_backend!(
    digests_are_stable_in_a_realm_and_differ_between_realms,
    subjects_are_found_by_value,
    entries_need_a_live_subject,
    too_many_are_refused,
);

async fn digests_are_stable_in_a_realm_and_differ_between_realms(kind: Kind) {
    let (one, other) = (Fixture::new(kind), Fixture::new(kind));
    let keys = one.open().await;
    let digest = keys.index("identity", "11010519491231002X");
    assert!(digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    let others = [
        keys.index("identity", "11010519491231002x"),
        keys.index("name", "11010519491231002X"),
        keys.index("identity1", "1010519491231002X"),
        keys.index("", "identity11010519491231002X"),
        other.open().await.index("identity", "11010519491231002X"),
    ];
    assert!(!others.contains(&digest));
    keys.close().await;
    assert_eq!(one.open().await.index("identity", "11010519491231002X"), digest);
}

async fn subjects_are_found_by_value(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    keys.create(&["persons/1", "persons/2", "persons/3"]).await.unwrap();
    let entries = [
        ("name", "张三", "persons/2"),
        ("name", "张三", "persons/1"),
        ("name", "李四", "persons/3"),
        ("phone", "张三", "persons/3"),
    ];
    for _again in 0..2 {
        keys.index_put(&entries).await.unwrap();
    }
    keys.index_put(&[]).await.unwrap();
    let keys = fixture.open().await;
    assert_eq!(keys.index_find("name", "张三").await.unwrap(), ["persons/1", "persons/2"]);
    assert_eq!(keys.index_find("name", "李四").await.unwrap(), ["persons/3"]);
    assert!(keys.index_find("name", "王五").await.unwrap().is_empty());

    keys.erase("persons/1", 5).await.unwrap();
    assert_eq!(keys.index_find("name", "张三").await.unwrap(), ["persons/2"]);
    let gone = [("name", "张三", "persons/2"), ("name", "王五", "persons/2")];
    keys.index_remove(&gone).await.unwrap();
    assert!(keys.index_find("name", "张三").await.unwrap().is_empty());
    assert_eq!(keys.index_find("phone", "张三").await.unwrap(), ["persons/3"]);
}

async fn entries_need_a_live_subject(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    keys.create(&["persons/1", "persons/2"]).await.unwrap();
    keys.erase("persons/2", 5).await.unwrap();
    let long = "x".repeat(65);
    let cases = [
        (("name", "张三", "persons/2"), "SUBJECT_ERASED"),
        (("name", "张三", "persons/3"), "SUBJECT_UNKNOWN"),
        (("name", "张三", "人员"), "SUBJECT_INVALID"),
        (("", "张三", "persons/1"), "INDEX_KIND_INVALID"),
        (("姓名", "张三", "persons/1"), "INDEX_KIND_INVALID"),
        ((long.as_str(), "张三", "persons/1"), "INDEX_KIND_INVALID"),
    ];
    for (entry, expected) in cases {
        let put = keys.index_put(&[("name", "张三", "persons/1"), entry]).await;
        assert_eq!(code(put), expected, "{entry:?}");
    }
    assert!(keys.index_find("name", "张三").await.unwrap().is_empty(), "all or none");
    assert_eq!(code(keys.index_find("", "张三").await), "INDEX_KIND_INVALID");
}

async fn too_many_are_refused(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    let subjects: Vec<String> = (0..=FOUND_MAX).map(|nr| format!("persons/{nr}")).collect();
    let entries: Vec<_> = subjects.iter().map(|subject| ("name", "王伟", &**subject)).collect();
    assert_eq!(code(keys.index_put(&entries).await), "KEYS_TOO_MANY");
    for part in subjects.chunks(BATCH_MAX) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        keys.create(&part).await.unwrap();
    }
    keys.index_put(&entries[..FOUND_MAX]).await.unwrap();
    assert_eq!(keys.index_find("name", "王伟").await.unwrap().len(), FOUND_MAX);
    keys.index_put(&entries[FOUND_MAX..]).await.unwrap();
    assert_eq!(code(keys.index_find("name", "王伟").await), "KEYS_TOO_MANY");
}

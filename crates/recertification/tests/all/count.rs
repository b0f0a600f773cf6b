//! Every worked example of chapter 10.6 stands in these tests under its id, and the run says
//! how many there were.

use std::collections::BTreeSet;

const RECERTIFICATION: [&str; 16] = [
    "W-90", "W-91", "W-93", "W-94", "W-95", "W-96", "W-98", "W-99", "W-100", "W-103", "W-104",
    "W-105", "W-107", "W-108", "W-110", "W-111",
];

/// Ids as rows name them (`W-107`) and as tests do (`w_107_…`).
fn ids(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for prefix in ["W-", "w_"] {
        for (at, _) in source.match_indices(prefix) {
            let rest = &source[at + 2..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if (2..=3).contains(&digits) {
                found.insert(format!("W-{}", &rest[..digits]));
            }
        }
    }
    found
}

#[test]
fn every_example_is_a_test() {
    let found = ids(include_str!("examples.rs"));
    let missing: Vec<_> = RECERTIFICATION.iter().filter(|id| !found.contains(**id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("10.6 重新认定: {} examples", RECERTIFICATION.len());
}

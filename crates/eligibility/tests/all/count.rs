//! Every worked example of chapter 10.3 stands in these tests under its id, and the run says
//! how many there were.

use std::collections::BTreeSet;

const ELIGIBILITY: [&str; 21] = [
    "W-40", "W-41", "W-43", "W-44", "W-45", "W-47", "W-47b", "W-49", "W-51", "W-53", "W-54",
    "W-55", "W-57", "W-58", "W-60", "W-61", "W-62", "W-63", "W-64", "W-66", "W-67",
];

/// Ids as rows name them (`W-47b`) and as tests do (`w_62_…`).
fn ids(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for prefix in ["W-", "w_"] {
        for (at, _) in source.match_indices(prefix) {
            let rest = &source[at + 2..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let b = rest[digits..].starts_with('b')
                && !rest[digits + 1..].starts_with(char::is_alphanumeric);
            if digits == 2 {
                found.insert(format!("W-{}{}", &rest[..digits], if b { "b" } else { "" }));
            }
        }
    }
    found
}

#[test]
fn every_example_is_a_test() {
    let found = ids(include_str!("examples.rs"));
    let missing: Vec<_> = ELIGIBILITY.iter().filter(|id| !found.contains(**id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("10.3 任职资格: {} examples", ELIGIBILITY.len());
}

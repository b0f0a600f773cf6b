//! Every worked example of chapters 10.1 and 10.2 stands in these tests under its id, and
//! the run says how many of each kind there were.

use std::collections::BTreeSet;

const ENTITLEMENT: [&str; 11] =
    ["W-01", "W-02", "W-04", "W-05", "W-06", "W-08", "W-09", "W-10", "W-13", "W-14", "W-16"];
const LEDGER: [&str; 15] = [
    "W-20", "W-22", "W-23", "W-24b", "W-25", "W-27", "W-28", "W-28b", "W-29", "W-31", "W-32",
    "W-34", "W-35", "W-36", "W-38",
];

/// Ids as rows name them (`W-28b`) and as tests do (`w_28b_…`).
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
    let entitlement = ids(include_str!("entitlements.rs"));
    let ledger = ids(include_str!("examples.rs"));
    for (kind, wanted, found) in
        [("10.1 职数核定", &ENTITLEMENT[..], &entitlement), ("10.2 职数台账", &LEDGER[..], &ledger)]
    {
        let missing: Vec<_> = wanted.iter().filter(|id| !found.contains(**id)).collect();
        assert!(missing.is_empty(), "{kind}: {missing:?}");
        println!("{kind}: {} examples", wanted.len());
    }
}

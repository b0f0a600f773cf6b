//! The worked examples of 10.1 and the pool examples of 10.2, each a row named by its id,
//! and the properties of which they are samples.
use proptest::prelude::*;
use quanheng_ledger::entitlement::{Entitlement, Establishment, How, Line, RoundingRules, explain};
use quanheng_ledger::pool::{Member, Pool};
use quanheng_policy::class::Tier;
use quanheng_policy::profile::{NestedRounding, PolicyError, RankSet, RatioTable};
use quanheng_policy::{CategoryId, QuotaClassId, Ratio};

use crate::world::{general, policy, rank, set, table, unit, usual};

/// Id, class, base, and caps by set.
type Row<'a> = (&'a str, &'a str, u64, &'a [(&'a str, u64)]);

#[test]
fn what_the_ratios_give() {
    let rows: &[Row<'_>] = &[
        (
            "W-01",
            "county_township",
            180,
            &[("GM04", 3), ("GM05-06", 18), ("GM05", 7), ("GM07-10", 108), ("GM07-08", 54)],
        ),
        (
            "W-02",
            "county_township",
            9,
            &[("GM04", 0), ("GM05-06", 0), ("GM05", 0), ("GM07-10", 5), ("GM07-08", 2)],
        ),
        (
            "W-04 pooled",
            "county_township",
            360,
            &[("GM04", 7), ("GM05-06", 36), ("GM05", 14), ("GM07-10", 216), ("GM07-08", 108)],
        ),
        ("W-05", "county_leading_group", 33, &[("GM02", 3), ("GM03-04", 6)]),
        (
            "W-06",
            "prefecture",
            2_600,
            &[
                ("GM02", 26),
                ("GM03-06", 520),
                ("GM03-04", 208),
                ("GM03", 104),
                ("GM07-10", 1_560),
                ("GM07-08", 780),
            ],
        ),
        ("W-08", "prefecture_leading_group", 35, &[("GM01", 5)]),
        ("W-09", "provincial", 120, &[("GM01-02", 6), ("GM01", 1), ("GM03-06", 54)]),
        ("W-10 floored", "provincial", 67, &[("GM01-02", 3), ("GM01", 0)]),
        ("W-13", "county_township", 137, &[("GM07-10", 82), ("GM07-08", 41)]),
        ("W-13", "county_township", 24, &[("GM07-10", 14), ("GM07-08", 7)]),
        ("no posts", "county_township", 0, &[("GM04", 0), ("GM05-06", 0), ("GM07-10", 0)]),
    ];
    for (id, class, base, caps) in rows {
        let class = QuotaClassId::new(*class).unwrap();
        let found = explain(policy(), &general(), &class, *base).unwrap();
        for (name, cap) in *caps {
            assert_eq!(found.entitlement.cap(&set(name)), Some(*cap), "{id}: {name}");
        }
        assert!(!found.sources.is_empty() && found.sources.iter().all(|s| !s.article.is_empty()));
    }
    eprintln!("10.1 entitlements: {} rows", rows.len());
}

#[test]
fn w_10_the_nested_rounding_is_a_parameter() {
    let exact = RoundingRules { nested: NestedRounding::FloorOfExact, ..usual() };
    let found = Entitlement::compute(&table("provincial"), 67, exact);
    assert_eq!(found.cap(&set("GM01")), Some(1), "67 × 5% × 30% = 1.005");
}

#[test]
fn w_13_two_parts_are_kept_apart_where_the_profile_says_so() {
    let strict = RoundingRules { strict_split: true, ..usual() };
    for (base, parts) in [(137, (41, 41)), (24, (7, 7))] {
        let found = Entitlement::compute(&table("county_township"), base, strict);
        let rest = found.cap(&set("GM07-10-rest")).unwrap();
        assert_eq!((found.cap(&set("GM07-08")).unwrap(), rest), parts);
    }
}

#[test]
fn w_14_logistics_posts_are_never_counted() {
    let establishment = Establishment { counted: 45, logistics: 5 };
    assert_eq!(establishment.base(), 45);
}

#[test]
fn w_16_without_a_table_nothing_is_computed() {
    let judge = CategoryId::new("judge").unwrap();
    let refused = explain(policy(), &judge, &QuotaClassId::new("county_township").unwrap(), 100);
    assert!(matches!(refused, Err(PolicyError::NoRatioTable { .. })), "{refused:?}");
}

#[test]
fn the_working_is_shown() {
    let found = Entitlement::compute(&table("county_township"), 180, usual());
    let lines: Vec<_> = found.lines.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "二级调研员 ≤ 2% × 180 = 3.6 → 3",
            "三级、四级调研员 ≤ 10% × 180 = 18 → 18",
            "三级调研员 ≤ 40% × 18 = 7.2 → 7",
            "一级至四级主任科员 ≤ 60% × 180 = 108 → 108",
            "一级、二级主任科员 ≤ 50% × 108 = 54 → 54",
        ]
    );
}

#[test]
fn a_small_unit_gets_one_only_where_the_profile_says_so() {
    let small = |rules| Entitlement::compute(&table("county_township"), 9, rules);
    assert_eq!(small(usual()).cap(&set("GM04")), Some(0));
    let raised = small(RoundingRules { min_one: true, ..usual() });
    assert_eq!(raised.cap(&set("GM04")), Some(1));
    let none = Entitlement::compute(
        &table("county_township"),
        0,
        RoundingRules { min_one: true, ..usual() },
    );
    assert!(none.lines.iter().all(|line| line.cap == 0), "nothing of nothing");
    let raised = |line: &Line| matches!(line.how, How::Share { raised: true, .. });
    assert!(!none.lines.iter().any(raised), "nor is it shown as raised");
    let mut barred = table("county_township");
    barred.sets[0].ratio = Ratio::new(0, 1).unwrap();
    let barred = Entitlement::compute(&barred, 9, RoundingRules { min_one: true, ..usual() });
    assert_eq!(barred.lines[0].cap, 0, "a share of nothing is not raised");
}

fn member(name: &str, tier: Tier, base: u64) -> Member {
    Member { unit: unit(name), tier, referenced: false, class: class(), base }
}

fn class() -> QuotaClassId {
    QuotaClassId::new("county_township").unwrap()
}

#[test]
fn w_04_pooling_yields_what_rounding_lost() {
    let members: Vec<_> = (0..40).map(|n| member(&n.to_string(), Tier::Township, 9)).collect();
    let class = class();
    let pool = Pool::new(&members, &class);
    let table = table("county_township");
    let apart = pool.by_sum_of_shares(&table, usual());
    let apart: Vec<u64> =
        ["GM04", "GM05-06", "GM07-10", "GM07-08"].map(|id| apart[&set(id)]).into();
    assert_eq!(apart, [0, 0, 200, 80]);
    let left = pool.remainder(&table, usual());
    let left: Vec<u64> = ["GM04", "GM05-06", "GM07-10"].map(|id| left[&set(id)]).into();
    assert_eq!(left, [7, 36, 16]);
}

#[test]
fn w_29_separate_accounting_and_its_remainder() {
    let ten_percent = RatioTable {
        article: "示例".into(),
        sets: vec![RankSet {
            id: set("S"),
            name: "示例".into(),
            ranks: vec![rank("PE06")],
            of: None,
            ratio: Ratio::new(1, 10).unwrap(),
        }],
        uncapped: vec![],
    };
    let bases = [27, 33, 41, 58, 72];
    let members = bases.map(|base| member(&base.to_string(), Tier::County, base));
    let class = class();
    let pool = Pool::new(&members, &class);
    assert_eq!(pool.by_sum_of_shares(&ten_percent, usual())[&set("S")], 21);
    assert_eq!(pool.by_sum_of_base(&ten_percent, usual()).cap(&set("S")), Some(23));
    assert_eq!(pool.remainder(&ten_percent, usual())[&set("S")], 2);
}

#[test]
fn others_earn_what_their_own_bases_give() {
    let mut members = vec![
        member("county", Tier::County, 200),
        member("station", Tier::County, 40),
        member("town", Tier::Township, 160),
    ];
    members[1].referenced = true;
    let class = class();
    let ceilings = Pool::new(&members, &class).ceilings(&table("county_township"), usual());
    let others: Vec<Vec<_>> =
        ceilings.iter().map(|c| c.others.iter().map(|unit| unit.as_str()).collect()).collect();
    assert_eq!(others, [vec!["county", "station"], vec!["county", "town"]]);
    let earned: Vec<_> = ceilings.iter().map(|c| c.earned[&set("GM07-10")]).collect();
    assert_eq!(earned, [144, 216]);
    let alone = Pool::new(&members[..1], &class).ceilings(&table("county_township"), usual());
    assert_eq!(alone, [], "nobody to protect");
}

/// Tables of any shape: sets of the base, each with a chain of parts.
fn any_table() -> impl Strategy<Value = RatioTable> {
    let ratio =
        (0..=100_u64, 1..=100_u64).prop_map(|(a, b)| Ratio::new(a.min(b), b.max(a)).unwrap());
    let chain = prop::collection::vec(ratio, 1..4);
    prop::collection::vec(chain, 1..4).prop_map(|chains| {
        let mut sets = Vec::new();
        for (top, chain) in chains.iter().enumerate() {
            let mut of = None;
            for (depth, ratio) in chain.iter().enumerate() {
                let id = set(&format!("S{top}-{depth}"));
                let ranks = (0..4 - depth).map(|r| rank(&format!("R{top}-{r}"))).collect();
                let name = id.to_string();
                sets.push(RankSet { id: id.clone(), name, ranks, of: of.clone(), ratio: *ratio });
                of = Some(id);
            }
        }
        RatioTable { article: "x".into(), sets, uncapped: vec![] }
    })
}

fn any_rules() -> impl Strategy<Value = RoundingRules> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(exact, min_one, strict_split)| {
        let nested =
            if exact { NestedRounding::FloorOfExact } else { NestedRounding::FloorOfFloored };
        RoundingRules { nested, min_one, strict_split }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_cap_exceeds_its_share_its_parent_or_the_base(table in any_table(), rules in any_rules(), base in 0..5_000_u64) {
        let found = Entitlement::compute(&table, base, rules);
        for (line, row) in found.lines.iter().zip(&table.sets) {
            let whole = line.of.as_ref().map_or(base, |of| found.cap(of).unwrap());
            prop_assert!(line.cap <= whole, "a part exceeds the whole");
            if !rules.min_one && rules.nested == NestedRounding::FloorOfFloored {
                let (n, d) = (row.ratio.numerator(), row.ratio.denominator());
                prop_assert!(line.cap * d <= whole * n, "more than the share");
                prop_assert!((line.cap + 1) * d > whole * n, "less than the share gives");
            }
        }
        if rules.strict_split {
            for parent in &found.lines {
                let parts = found.lines.iter().filter(|line| line.of.as_ref() == Some(&parent.set));
                let parts: Vec<_> = parts.collect();
                if parts.len() > 1 {
                    prop_assert_eq!(parts.iter().map(|part| part.cap).sum::<u64>(), parent.cap);
                }
            }
        }
    }

    #[test]
    fn more_posts_never_give_fewer_seats(table in any_table(), rules in any_rules(), base in 0..5_000_u64, more in 0..50_u64) {
        // Where the parts are kept apart, the rest of a set may shrink when its part grows.
        let rules = RoundingRules { strict_split: false, ..rules };
        let before = Entitlement::compute(&table, base, rules);
        let after = Entitlement::compute(&table, base + more, rules);
        for (before, after) in before.lines.iter().zip(&after.lines) {
            prop_assert!(before.cap <= after.cap, "{before} but {after}");
        }
    }

    #[test]
    fn exact_nesting_never_gives_less_than_floored(table in any_table(), base in 0..5_000_u64) {
        let rules = |nested| RoundingRules { nested, min_one: false, strict_split: false };
        let floored = Entitlement::compute(&table, base, rules(NestedRounding::FloorOfFloored));
        let exact = Entitlement::compute(&table, base, rules(NestedRounding::FloorOfExact));
        for (floored, exact) in floored.lines.iter().zip(&exact.lines) {
            prop_assert!(floored.cap <= exact.cap);
        }
    }

    #[test]
    fn pooling_never_gives_less_than_the_parts_together(table in any_table(), bases in prop::collection::vec(0..300_u64, 1..12)) {
        let rules = RoundingRules { nested: NestedRounding::FloorOfFloored, min_one: false, strict_split: false };
        let members: Vec<_> =
            bases.iter().map(|base| member("m", Tier::County, *base)).collect();
        let class = class();
        let pool = Pool::new(&members, &class);
        let apart = pool.by_sum_of_shares(&table, rules);
        for line in pool.by_sum_of_base(&table, rules).lines {
            prop_assert!(apart[&line.set] <= line.cap);
        }
    }

}

//! The worked examples of 10.1 and the pool examples of 10.2, each a row named by its id,
//! and the properties of which they are samples.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;
use quanheng_ledger::entitlement::{
    Entitlement, Establishment, RoundingRules, explain, rounding_rules,
};
use quanheng_ledger::pool::{Member, Pool, PoolRefusal};
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{
    NATIONAL, NestedRounding, Policy, PolicyBook, PolicyError, Published, RankSet, RatioTable,
};
use quanheng_policy::{CategoryId, QuotaClassId, RankId, Ratio, SetId};

fn policy() -> Policy {
    let mut book = PolicyBook::default();
    book.publish(Published::read("national.toml", NATIONAL).unwrap()).unwrap();
    book.policy(&DivisionCode::parse("420106").unwrap(), date(2026, 11, 23))
}

fn general() -> CategoryId {
    CategoryId::new("general_management").unwrap()
}

fn table(class: &str) -> RatioTable {
    let class = QuotaClassId::new(class).unwrap();
    policy().ratio_table(&general(), &class).unwrap().value.into_owned()
}

fn usual() -> RoundingRules {
    rounding_rules(&policy()).unwrap().0
}

fn set(id: &str) -> SetId {
    SetId::new(id).unwrap()
}

fn rank(id: &str) -> RankId {
    RankId::new(id).unwrap()
}

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
        let found =
            explain(&policy(), &general(), &QuotaClassId::new(*class).unwrap(), *base).unwrap();
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
    let refused = explain(&policy(), &judge, &QuotaClassId::new("county_township").unwrap(), 100);
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
}

fn member(unit: &str, tier: Tier, base: u64, holders: &[(&str, u64)]) -> Member {
    Member {
        unit: unit.into(),
        tier,
        referenced: false,
        base,
        holders: holders.iter().map(|(id, n)| (rank(id), *n)).collect(),
    }
}

#[test]
fn w_04_pooling_yields_what_rounding_lost() {
    let members = (0..40).map(|n| member(&n.to_string(), Tier::Township, 9, &[])).collect();
    let pool = Pool { members };
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
    let members = bases.map(|base| member(&base.to_string(), Tier::County, base, &[]));
    let pool = Pool { members: members.into() };
    assert_eq!(pool.by_sum_of_shares(&ten_percent, usual())[&set("S")], 21);
    assert_eq!(pool.by_sum_of_base(&ten_percent, usual()).cap(&set("S")), Some(23));
    assert_eq!(pool.remainder(&ten_percent, usual())[&set("S")], 2);
}

#[test]
fn w_28b_a_pool_does_not_move_seats_up() {
    let table = table("county_township");
    let pool = Pool {
        members: vec![
            member("县直", Tier::County, 200, &[("GM09", 120)]),
            member("乡镇", Tier::Township, 160, &[("GM09", 66)]),
        ],
    };
    let refused = pool.admit(0, &rank("GM10"), &table, usual());
    assert_eq!(
        refused,
        Err(PoolRefusal::UpwardUse { set: set("GM07-10"), earned: 120, used: 121 })
    );
    assert!(refused.unwrap_err().to_string().starts_with("UPWARD_USE_FORBIDDEN"));
    assert_eq!(pool.admit(1, &rank("GM10"), &table, usual()), Ok(()), "the townships have 30 free");
}

#[test]
fn w_28_a_bureau_does_not_reach_its_referenced_units_seats() {
    let table = table("county_township");
    let mut station = member("农机站", Tier::County, 100, &[("GM09", 10)]);
    station.referenced = true;
    let bureau = member("农业农村局", Tier::County, 50, &[("GM09", 30)]);
    let pool = Pool { members: vec![bureau, station] };
    let refused = pool.admit(0, &rank("GM09"), &table, usual());
    assert_eq!(
        refused,
        Err(PoolRefusal::ParentOccupies { set: set("GM07-10"), earned: 30, used: 31 })
    );
    assert_eq!(pool.admit(1, &rank("GM09"), &table, usual()), Ok(()));
}

#[test]
fn a_rank_above_the_ceiling_is_not_in_the_pool() {
    let pool = Pool { members: vec![member("县直", Tier::County, 200, &[])] };
    let refused = pool.admit(0, &rank("GM03"), &table("county_township"), usual());
    assert_eq!(refused, Err(PoolRefusal::RankNotSetUp { rank: rank("GM03") }));
    assert_eq!(pool.admit(0, &rank("GM12"), &table("county_township"), usual()), Ok(()));
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
        let members = bases.iter().map(|base| member("m", Tier::County, *base, &[])).collect();
        let pool = Pool { members };
        let apart = pool.by_sum_of_shares(&table, rules);
        for line in pool.by_sum_of_base(&table, rules).lines {
            prop_assert!(apart[&line.set] <= line.cap);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// However the pool is filled, seat by seat, no prohibition is ever defeated.
    #[test]
    fn a_pool_filled_in_any_order_defeats_no_prohibition(
        members in prop::collection::vec((0..2_u8, any::<bool>(), 0..80_u64), 1..6),
        asks in prop::collection::vec((any::<prop::sample::Index>(), 4..=10_u8), 0..80),
    ) {
        let table = table("county_township");
        let members = members.into_iter().map(|(tier, referenced, base)| {
            let tier = if tier == 0 { Tier::County } else { Tier::Township };
            Member { referenced, ..member("m", tier, base, &[]) }
        });
        let mut pool = Pool { members: members.collect() };
        for (who, order) in asks {
            let (who, rank) = (who.index(pool.members.len()), rank(&format!("GM{order:02}")));
            if pool.admit(who, &rank, &table, usual()).is_ok() {
                *pool.members[who].holders.entry(rank).or_default() += 1;
            }
        }
        let within = |which: &dyn Fn(&Member) -> bool| {
            let chosen: Vec<_> = pool.members.iter().filter(|m| which(m)).collect();
            let base = chosen.iter().map(|m| m.base).sum();
            let mut holders = BTreeMap::new();
            for (rank, count) in chosen.iter().flat_map(|m| &m.holders) {
                *holders.entry(rank.clone()).or_default() += count;
            }
            Entitlement::compute(&table, base, usual()).exceeded_by(&holders).is_none()
        };
        prop_assert!(within(&|_| true), "the pool as a whole");
        if pool.members.iter().any(|m| m.tier == Tier::Township) {
            prop_assert!(within(&|m| m.tier == Tier::County), "upward use");
        }
        if pool.members.iter().any(|m| m.referenced) {
            prop_assert!(within(&|m| !m.referenced), "a parent occupies");
        }
    }
}

//! What makes the arrangement of a year whole (全国年节及纪念日放假办法): the occasions that
//! every year before it had. They are data: those of the calendar that the program ships.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use quanheng_policy::calendar::BUNDLED;

use crate::table::Table;

/// How many years are looked at. Among any ten there is one in which 中秋 falls into the
/// days of 国庆 and bears no name of its own.
const YEARS: usize = 10;

static SHIPPED: LazyLock<Table> = LazyLock::new(|| Table::of_published(BUNDLED));

/// The occasions for which a year has days off: those of the shipped years before it, and
/// of it.
pub(crate) fn required(year: i16) -> BTreeSet<&'static str> {
    let table: &'static Table = &SHIPPED;
    let before = table.years().into_iter().rev().filter(|known| *known <= year).take(YEARS);
    let common = before.map(|known| table.occasions(known));
    let common = common.reduce(|common, more| &common & &more).unwrap_or_default();
    // 劳动 and 劳动节 are one.
    common.into_iter().map(|occasion| occasion.strip_suffix('节').unwrap_or(occasion)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_occasions_of_a_year_are_those_of_the_years_before() {
        for (year, expected) in [
            (2003, vec![]),
            (2006, vec!["元旦", "劳动", "国庆", "春节"]),
            (2026, vec!["元旦", "劳动", "国庆", "春节", "清明", "端午"]),
            (2027, vec!["元旦", "劳动", "国庆", "春节", "清明", "端午"]),
        ] {
            let expected: BTreeSet<_> =
                expected.into_iter().map(|name| if name == "春节" { "春" } else { name }).collect();
            assert_eq!(required(year), expected, "{year}");
        }
    }

    #[test]
    fn what_is_shipped_is_whole() {
        let table = Table::read(BUNDLED).expect("the shipped calendar");
        assert_eq!(table.years().len(), 23);
        assert_eq!(table.counts()[&2026].makeup_workdays, 6);
        assert_eq!(table.counts()[&2026].holidays, 33);
    }
}

//! Which questions an index answers.
//!
//! A list that no index serves would read the whole collection at every page. So it
//! is refused, and what is supported is named.

use crate::definition::{Collection, Index};
use crate::filter::{Filter, Op};
use crate::order::{Direction, Order, OrderBy};

/// A filter and an order that no index of the collection serves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; supported are: {}", .supported.join("; "))]
pub struct Unsupported {
    /// What stands in the way.
    pub reason: String,
    /// The combinations that are supported, one for each index.
    pub supported: Vec<String>,
}

impl Unsupported {
    /// For people.
    #[must_use]
    pub fn zh(&self) -> String {
        let supported = self.supported.join("；");
        format!("没有索引支持这样的筛选与排序，支持的组合（首个排序字段可加范围条件）：{supported}")
    }
}

/// What a filter asks, if it is a conjunction of plain comparisons.
#[derive(Default)]
struct Conjunction<'a> {
    equals: Vec<&'a str>,
    /// Column, and whether it is a lower bound.
    ranges: Vec<(&'a str, bool)>,
}

impl<'a> Conjunction<'a> {
    fn of(filter: &'a Filter) -> Option<Self> {
        let mut conjunction = Self::default();
        conjunction.add(filter)?;
        Some(conjunction)
    }

    fn add(&mut self, filter: &'a Filter) -> Option<()> {
        match filter {
            Filter::All(parts) => parts.iter().try_for_each(|part| self.add(part)),
            Filter::Compare { column, op, .. } => {
                match op {
                    Op::NotEqual => return None,
                    Op::Equal => self.equals.push(column),
                    Op::Less | Op::LessOrEqual => self.ranges.push((column, false)),
                    Op::Greater | Op::GreaterOrEqual => self.ranges.push((column, true)),
                }
                Some(())
            }
            Filter::Any(_) | Filter::Not(_) | Filter::Present { .. } => None,
        }
    }

    /// Whether an index leads straight to what is asked: every column of its equality is
    /// given, and of the rest only the first of its order is bounded.
    fn fits(&self, index: &Index) -> bool {
        let first = index.order.first().copied().unwrap_or("id");
        let mut given: Vec<_> = self.equals.iter().filter(|name| **name != first).collect();
        let pinned = self.equals.len() - given.len();
        given.sort_unstable();
        let mut wanted: Vec<_> = index.equals.iter().collect();
        wanted.sort_unstable();
        let of_first = self.ranges.iter().all(|(name, _)| *name == first);
        let lower = self.ranges.iter().filter(|(_, lower)| *lower).count();
        let upper = self.ranges.len() - lower;
        let one_range = pinned + lower.max(upper) <= 1;
        given == wanted && of_first && one_range
    }
}

/// The direction in which an index is walked to give an order, if it does.
fn walk(index: &Index, order: &OrderBy) -> Option<Direction> {
    let direction = order.0.first().map_or(Direction::Ascending, |(_, direction)| *direction);
    let mut columns = index.order.iter().copied().chain(["id"]);
    // An order that the index only refines is given, too.
    let given = order.0.iter().all(|asked| Some(*asked) == columns.next().map(|c| (c, direction)));
    given.then_some(direction)
}

impl Collection {
    /// The order of an index by which a filter and an order are answered without reading
    /// what is not asked for: a conjunction of equalities and at most one range, on the
    /// first column of the order.
    ///
    /// # Errors
    /// [`Unsupported`] names the combinations that are supported.
    pub fn serves(&self, filter: &Filter, order: &OrderBy) -> Result<Order, Unsupported> {
        let refuse = |reason: String| {
            let supported = self.all_indexes().map(|index| index.to_string()).collect();
            Err(Unsupported { reason, supported })
        };
        let Some(asked) = Conjunction::of(filter) else {
            return refuse("only comparisons (not !=) that are joined by AND are supported".into());
        };
        let fitting = || self.all_indexes().filter(|index| asked.fits(index));
        let found = fitting().find_map(|index| Some((index, walk(&index, order)?)));
        match found {
            Some((index, direction)) => Ok(Order { columns: index.order, direction }),
            None if fitting().next().is_none() => {
                refuse("no index has just these fields".to_owned())
            }
            None => refuse(format!("no index with these fields has the order {order}")),
        }
    }

    fn all_indexes(&self) -> impl Iterator<Item = Index> {
        let declared = self.indexes.iter().copied();
        let by_id = std::iter::once(Index::BY_ID);
        by_id.filter(|by_id| !self.indexes.contains(by_id)).chain(declared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::Bounds;
    use crate::column::{Column, ColumnKind};

    const fn text(name: &'static str, pointer: &'static str) -> Column {
        Column { name, pointer, kind: ColumnKind::Text }
    }

    const POSTS: Collection = Collection {
        name: "posts",
        columns: &[
            text("unit", "/unit"),
            text("status", "/status"),
            text("rank", "/rank"),
            text("name", "/name"),
        ],
        indexes: &[
            Index { equals: &[], order: &["name"] },
            Index { equals: &["unit"], order: &[] },
            Index { equals: &["unit", "status"], order: &["rank", "name"] },
        ],
    };

    #[test]
    fn an_index_serves_what_it_leads_to() {
        use Direction::{Ascending, Descending};
        let by_rank: &[&str] = &["rank", "name"];
        for (filter, order, expected) in [
            ("", "", Some((&[][..], Ascending))),
            ("", "id desc", Some((&[], Descending))),
            ("id = a", "", Some((&[], Ascending))),
            ("id > a AND id <= b", "", Some((&[], Ascending))),
            ("", "name", Some((&["name"], Ascending))),
            ("", "name desc, id desc", Some((&["name"], Descending))),
            ("", "name desc, id", None),
            ("name = a", "", Some((&["name"], Ascending))),
            ("name >= a AND name < b", "name desc", Some((&["name"], Descending))),
            ("name >= a AND name > b", "", None),
            ("unit = a", "", Some((&[], Ascending))),
            ("unit = a", "name", None),
            ("status = b AND unit = a", "", Some((by_rank, Ascending))),
            ("unit = a AND status = b AND rank >= c", "rank", Some((by_rank, Ascending))),
            (
                "unit = a AND status = b AND rank = c",
                "rank desc, name desc",
                Some((by_rank, Descending)),
            ),
            ("unit = a AND status = b AND name >= c", "rank", None),
            ("unit = a AND status = b", "name", None),
            ("unit = a AND unit = b", "", None),
            ("status = b", "", None),
            ("unit = a OR unit = b", "", None),
            ("NOT unit = a", "", None),
            ("unit != a", "", None),
            ("unit:*", "", None),
            ("unit > a", "", None),
        ] {
            let parsed = POSTS.parse_filter(filter, &Bounds::default()).expect(filter);
            let order_by = POSTS.parse_order(order).expect(order);
            let served = POSTS.serves(&parsed, &order_by);
            let expected = expected.map(|(columns, direction)| Order { columns, direction });
            assert_eq!(served.as_ref().ok(), expected.as_ref(), "{filter} by {order}");
            if let Err(unsupported) = served {
                let says = unsupported.to_string();
                assert!(
                    says.contains("unit = … AND status = …, order by rank, name, id"),
                    "{says}"
                );
            }
        }
    }
}

//! A caller's bounds and a request's filter as one conjunction, in the form that an index
//! serves: at most one bound on either side of a column.

use std::cmp::Ordering;

use quanheng_projection::{Filter, Op, Value};

/// What passes both; none if nothing can.
pub(crate) fn joined(within: Filter, asked: Filter) -> Option<Filter> {
    let (Filter::All(bounds), Filter::All(mut parts)) = (all(within), all(asked)) else {
        return None;
    };
    let mut kept = Vec::new();
    for bound in bounds {
        match place(&bound, &parts)? {
            Place::Needed => kept.push(bound),
            Place::Implied => {}
            Place::Instead(index) => parts[index] = bound,
        }
    }
    kept.append(&mut parts);
    Some(Filter::All(kept))
}

fn all(filter: Filter) -> Filter {
    match filter {
        Filter::All(parts) => Filter::All(parts),
        part => Filter::All(vec![part]),
    }
}

/// What becomes of a bound.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Needed,
    Implied,
    /// It is narrower than this part of what is asked.
    Instead(usize),
}

/// None: nothing passes.
fn place(bound: &Filter, parts: &[Filter]) -> Option<Place> {
    let Some((column, side, limit)) = range(bound) else { return Some(Place::Needed) };
    for (index, part) in parts.iter().enumerate() {
        if let Filter::Compare { column: named, op: Op::Equal, value } = part
            && named == column
        {
            return holds(bound, value).then_some(Place::Implied);
        }
        match range(part) {
            Some((named, same, value)) if (named, same) == (column, side) => {
                let narrower = match (value.order(limit)?, side) {
                    (Ordering::Equal, _) => strict(part) || !strict(bound),
                    (Ordering::Greater, Side::Lower) | (Ordering::Less, Side::Upper) => true,
                    _ => false,
                };
                return Some(if narrower { Place::Implied } else { Place::Instead(index) });
            }
            _ => {}
        }
    }
    Some(Place::Needed)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

fn range(filter: &Filter) -> Option<(&str, Side, &Value)> {
    let Filter::Compare { column, op, value } = filter else { return None };
    let side = match op {
        Op::Greater | Op::GreaterOrEqual => Side::Lower,
        Op::Less | Op::LessOrEqual => Side::Upper,
        Op::Equal | Op::NotEqual => return None,
    };
    Some((column, side, value))
}

fn strict(filter: &Filter) -> bool {
    matches!(filter, Filter::Compare { op: Op::Less | Op::Greater, .. })
}

fn holds(filter: &Filter, value: &Value) -> bool {
    let Filter::Compare { op, value: limit, .. } = filter else { return false };
    value.order(limit).is_some_and(|order| match op {
        Op::Equal => order.is_eq(),
        Op::NotEqual => order.is_ne(),
        Op::Less => order.is_lt(),
        Op::LessOrEqual => order.is_le(),
        Op::Greater => order.is_gt(),
        Op::GreaterOrEqual => order.is_ge(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(op: Op, value: &str) -> Filter {
        Filter::compare("division", op, value)
    }

    #[test]
    fn bounds_and_filter_are_one_conjunction() {
        use Op::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        let (from, to) = (compare(GreaterOrEqual, "5301"), compare(Less, "5301:"));
        let within = || from.clone().and(to.clone());
        let tier = Filter::equal("tier", "COUNTY");
        for (asked, expected) in [
            (vec![], Some(vec![from.clone(), to.clone()])),
            (vec![tier.clone()], Some(vec![from.clone(), to.clone(), tier.clone()])),
            (vec![compare(Equal, "530102")], Some(vec![compare(Equal, "530102")])),
            (vec![compare(Equal, "530201")], None),
            (
                vec![compare(GreaterOrEqual, "530102")],
                Some(vec![to.clone(), compare(GreaterOrEqual, "530102")]),
            ),
            (vec![compare(GreaterOrEqual, "52")], Some(vec![to.clone(), from.clone()])),
            (vec![compare(Greater, "5301")], Some(vec![to.clone(), compare(Greater, "5301")])),
            (vec![compare(LessOrEqual, "5301:")], Some(vec![from.clone(), to.clone()])),
        ] {
            let joined = joined(within(), Filter::All(asked.clone()));
            assert_eq!(joined, expected.map(Filter::All), "{asked:?}");
        }
    }
}

//! Conditions over facts (条件): trees of all / any / not / compare, as data. Evaluating
//! one tells which branches failed and on which facts, so that a refusal can be explained.
//!
//! A fact that is missing fails its comparison, and so does its negation: what is not
//! known is never in anybody's favour (fail closed).

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// 是 / 否
    Flag(bool),
    /// A whole number: years, months, a count, an order.
    Number(i64),
    /// A date, as `2026-11-23`.
    Date(#[schemars(with = "String")] Date),
    /// A code or name.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(true) => f.write_str("是"),
            Self::Flag(false) => f.write_str("否"),
            Self::Number(number) => number.fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Facts by their names.
pub type Facts = BTreeMap<String, Value>;

/// How a fact is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// 等于
    Equal,
    /// 不等于
    NotEqual,
    /// 不少于
    AtLeast,
    /// 不超过
    AtMost,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Every branch holds; an empty list holds.
    All(Vec<Self>),
    /// One branch holds; an empty list does not.
    Any(Vec<Self>),
    /// The branch does not hold, though all that it asks is known.
    Not(Box<Self>),
    /// A fact compares so with a value of its own kind.
    Compare {
        /// The fact's name.
        fact: String,
        /// How.
        is: Comparison,
        /// With what.
        value: Value,
    },
}

/// A comparison that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The way to it from the root: `any/2/all/0`.
    pub path: String,
    /// The fact's name.
    pub fact: String,
    /// How it was to compare; the opposite below a `not`.
    pub is: Comparison,
    /// With what.
    pub wanted: Value,
    /// What the fact is; none if it is not known.
    pub found: Option<Value>,
}

/// What came of a condition: holds, does not, or cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Holds,
    Fails,
    Unknown,
}

impl Comparison {
    fn opposite(self) -> Option<Self> {
        match self {
            Self::Equal => Some(Self::NotEqual),
            Self::NotEqual => Some(Self::Equal),
            Self::AtLeast | Self::AtMost => None,
        }
    }

    /// None if the two are not of one kind, or have no order.
    fn compare(self, found: &Value, wanted: &Value) -> Option<bool> {
        use std::cmp::Ordering;
        let ordering = match (found, wanted) {
            (Value::Number(a), Value::Number(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (Value::Flag(a), Value::Flag(b)) if self.opposite().is_some() => a.cmp(b),
            (Value::Text(a), Value::Text(b)) if self.opposite().is_some() => a.cmp(b),
            _ => return None,
        };
        Some(match self {
            Self::Equal => ordering == Ordering::Equal,
            Self::NotEqual => ordering != Ordering::Equal,
            Self::AtLeast => ordering != Ordering::Less,
            Self::AtMost => ordering != Ordering::Greater,
        })
    }
}

impl Condition {
    /// Whether it holds.
    ///
    /// # Errors
    /// Every comparison that would have to come out differently, in the tree's order.
    pub fn evaluate(&self, facts: &Facts) -> Result<(), Vec<Failure>> {
        let mut failures = Vec::new();
        match self.walk(facts, "", false, &mut failures) {
            Truth::Holds => Ok(()),
            Truth::Fails | Truth::Unknown => Err(failures),
        }
    }

    fn walk(&self, facts: &Facts, path: &str, negated: bool, failures: &mut Vec<Failure>) -> Truth {
        let below = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}/{name}"),
        };
        match self {
            Self::Compare { fact, is, value } => {
                let found = facts.get(fact);
                let truth = match found.and_then(|found| is.compare(found, value)) {
                    Some(true) => Truth::Holds,
                    Some(false) => Truth::Fails,
                    None => Truth::Unknown,
                };
                let wanted = if negated { Truth::Fails } else { Truth::Holds };
                if truth != wanted {
                    failures.push(Failure {
                        path: path.to_owned(),
                        fact: fact.clone(),
                        is: if negated { is.opposite().unwrap_or(*is) } else { *is },
                        wanted: value.clone(),
                        found: found.cloned(),
                    });
                }
                truth
            }
            Self::Not(branch) => match branch.walk(facts, &below("not"), !negated, failures) {
                Truth::Holds => Truth::Fails,
                Truth::Fails => Truth::Holds,
                Truth::Unknown => Truth::Unknown,
            },
            Self::All(branches) => {
                let (mut truth, before) = (Truth::Holds, failures.len());
                for (index, branch) in branches.iter().enumerate() {
                    let name = below(&format!("all/{index}"));
                    match (branch.walk(facts, &name, negated, failures), truth) {
                        (Truth::Fails, _) => truth = Truth::Fails,
                        (Truth::Unknown, Truth::Holds) => truth = Truth::Unknown,
                        _ => {}
                    }
                }
                // Under a `not` one failing branch is enough.
                if negated && truth == Truth::Fails {
                    failures.truncate(before);
                }
                truth
            }
            Self::Any(branches) => {
                let (mut truth, before) = (Truth::Fails, failures.len());
                for (index, branch) in branches.iter().enumerate() {
                    let name = below(&format!("any/{index}"));
                    match (branch.walk(facts, &name, negated, failures), truth) {
                        (Truth::Holds, _) => truth = Truth::Holds,
                        (Truth::Unknown, Truth::Fails) => truth = Truth::Unknown,
                        _ => {}
                    }
                }
                // One branch that holds is enough: the others are no failures.
                if !negated && truth == Truth::Holds {
                    failures.truncate(before);
                }
                truth
            }
        }
    }

    /// Every fact that it asks for.
    pub fn facts(&self) -> Vec<&str> {
        match self {
            Self::Compare { fact, .. } => vec![fact],
            Self::Not(branch) => branch.facts(),
            Self::All(branches) | Self::Any(branches) => {
                branches.iter().flat_map(Self::facts).collect()
            }
        }
    }

    /// How deep the tree is.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Self::Compare { .. } => 1,
            Self::Not(branch) => 1 + branch.depth(),
            Self::All(branches) | Self::Any(branches) => {
                1 + branches.iter().map(Self::depth).max().unwrap_or(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compare(fact: &str, is: Comparison, value: i64) -> Condition {
        Condition::Compare { fact: fact.into(), is, value: Value::Number(value) }
    }

    /// The example of a local extra condition in 5.9: rank time, and one of several
    /// combinations of years and age.
    fn senior() -> Condition {
        use Comparison::AtLeast;
        let pair = |years, age| {
            Condition::All(vec![
                compare("years_at_section_chief", AtLeast, years),
                compare("age", AtLeast, age),
            ])
        };
        Condition::All(vec![
            compare("years_in_rank", AtLeast, 2),
            Condition::Any(vec![pair(5, 43), pair(3, 48), compare("age", AtLeast, 57)]),
        ])
    }

    fn facts(pairs: &[(&str, i64)]) -> Facts {
        pairs.iter().map(|(name, n)| ((*name).to_owned(), Value::Number(*n))).collect()
    }

    #[test]
    fn failing_branches_are_named() {
        let person = facts(&[("years_in_rank", 1), ("years_at_section_chief", 5), ("age", 42)]);
        let failures = senior().evaluate(&person).expect_err("too early");
        let paths: Vec<_> = failures.iter().map(|failure| failure.path.as_str()).collect();
        let expected = ["all/0", "all/1/any/0/all/1", "all/1/any/1/all/1", "all/1/any/2"];
        // The second pair asks for three years, which five are.
        assert_eq!(paths, expected);
        assert_eq!(failures[0].found, Some(Value::Number(1)));
        let person = facts(&[("years_in_rank", 2), ("years_at_section_chief", 5), ("age", 43)]);
        assert_eq!(senior().evaluate(&person), Ok(()));
    }

    #[test]
    fn what_is_not_known_is_in_nobodys_favour() {
        let asks = compare("age", Comparison::AtLeast, 50);
        let nothing = Facts::new();
        assert_eq!(asks.evaluate(&nothing).expect_err("unknown")[0].found, None);
        let negated = Condition::Not(Box::new(asks.clone()));
        assert!(negated.evaluate(&nothing).is_err(), "nor is its negation");
        let text = BTreeMap::from([("age".to_owned(), Value::Text("50".into()))]);
        assert!(asks.evaluate(&text).is_err() && negated.evaluate(&text).is_err());
        assert_eq!(Condition::All(vec![]).evaluate(&nothing), Ok(()));
        assert!(Condition::Any(vec![]).evaluate(&nothing).is_err());
    }

    fn condition() -> impl Strategy<Value = Condition> {
        use Comparison::{AtLeast, AtMost, Equal, NotEqual};
        let leaf =
            (0..4_u8, prop::sample::select(vec![AtLeast, AtMost, Equal, NotEqual]), 0..4_i64)
                .prop_map(|(fact, is, value)| compare(&fact.to_string(), is, value));
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
                inner.prop_map(|branch| Condition::Not(Box::new(branch))),
            ]
        })
    }

    /// Plain truth, when all is known.
    fn truth(condition: &Condition, facts: &Facts) -> bool {
        match condition {
            Condition::All(branches) => branches.iter().all(|branch| truth(branch, facts)),
            Condition::Any(branches) => branches.iter().any(|branch| truth(branch, facts)),
            Condition::Not(branch) => !truth(branch, facts),
            Condition::Compare { fact, is, value } => {
                is.compare(&facts[fact], value).expect("numbers compare")
            }
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_plain_truth(condition in condition(), values in prop::collection::vec(0..4_i64, 4)) {
            let facts: Facts = values.iter().enumerate().map(|(n, v)| (n.to_string(), Value::Number(*v))).collect();
            let evaluated = condition.evaluate(&facts);
            prop_assert_eq!(evaluated.is_ok(), truth(&condition, &facts));
        }

        #[test]
        fn learning_a_fact_never_turns_certainty(condition in condition(), values in prop::collection::vec(0..4_i64, 4), hidden in 0..4_usize) {
            let facts: Facts = values.iter().enumerate().map(|(n, v)| (n.to_string(), Value::Number(*v))).collect();
            let mut fewer = facts.clone();
            fewer.remove(&hidden.to_string());
            if condition.evaluate(&fewer).is_ok() {
                prop_assert!(condition.evaluate(&facts).is_ok(), "it held without knowing");
            }
        }
    }
}

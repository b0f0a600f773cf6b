//! Whether posts are more than the establishment, and what is true of every state.

use std::collections::BTreeMap;

use quanheng_policy::CategoryId;
use serde::Serialize;

use super::decide::faults;
use super::{Post, PostProfile};
use crate::unit::UnitProfile;

/// Posts that are more than what they are set up within (职位数超编制).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excess {
    /// Of which category; none: of the unit as a whole.
    pub category: Option<CategoryId>,
    /// Posts that are set up.
    pub posts: u64,
    /// What they may be: the establishment, or the category's part of it.
    pub authorised: u64,
}

/// Where the posts of a unit are more than its establishment, or those of a category more
/// than the category's base. People are told; nothing is refused.
#[must_use]
pub fn excesses<'a>(
    unit: &UnitProfile,
    posts: impl IntoIterator<Item = &'a PostProfile>,
) -> Vec<Excess> {
    let mut by_category: BTreeMap<&CategoryId, u64> = BTreeMap::new();
    for post in posts {
        *by_category.entry(&post.category).or_default() += u64::from(post.authorised);
    }
    let whole = Excess {
        category: None,
        posts: by_category.values().sum(),
        authorised: unit.counted_establishment(),
    };
    let parts = by_category.iter().map(|(category, posts)| Excess {
        category: Some((*category).clone()),
        posts: *posts,
        authorised: unit.base(category),
    });
    [whole].into_iter().chain(parts).filter(|part| part.posts > part.authorised).collect()
}

/// What is wrong with a state.
#[must_use]
pub fn violations(post: &Post) -> Vec<String> {
    let timeline = &post.timeline;
    let (begun, end) = (timeline.begun_on(), timeline.end().map(|end| end.on));
    let changes = timeline.changes();
    let mut found = Vec::new();
    if changes.iter().any(|change| change.on < begun) {
        found.push("an entry before the beginning".to_owned());
    }
    if end.is_some_and(|end| end <= timeline.last_change_on()) {
        found.push("an entry from the end on".to_owned());
    }
    if !changes.is_sorted_by_key(|change| (change.on, change.version)) {
        found.push("entries out of order".to_owned());
    }
    let days = timeline.days_from(begun).into_iter();
    let broken = days.filter(|day| post.as_of(*day).is_some_and(|p| !faults(&p).is_empty()));
    found.extend(broken.map(|day| format!("a profile that breaks a rule on {day}")));
    found
}

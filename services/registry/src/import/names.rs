//! Names that sheets use for what policies define: ranks (职级) and categories (职位类别).

use std::collections::HashMap;

use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, RankId};
use quanheng_register::unit::GENERAL_MANAGEMENT;

/// Ranks and categories by their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    ranks: HashMap<String, (CategoryId, RankId)>,
    categories: HashMap<String, CategoryId>,
}

impl Names {
    /// Those that a policy knows. Where two ladders use one name, general management has
    /// it.
    pub(super) fn of(policy: &Policy) -> Self {
        let mut names = Self::default();
        let mut ladders = HashMap::new();
        // The closest layer says what a category's ladder is.
        for layer in policy.layers() {
            for (category, ladder) in &layer.document.ladders {
                ladders.entry(category.clone()).or_insert_with(|| ladder.clone());
            }
        }
        let mut ladders: Vec<_> = ladders.into_iter().collect();
        let general = |category: &CategoryId| category.as_str() == GENERAL_MANAGEMENT;
        ladders.sort_by_key(|(category, _)| (!general(category), category.clone()));
        for (category, ladder) in ladders {
            names.categories.entry(plain(&ladder.name)).or_insert_with(|| category.clone());
            for rank in ladder.ranks {
                let own = (category.clone(), rank.id);
                names.ranks.entry(own.1.as_str().to_owned()).or_insert_with(|| own.clone());
                names.ranks.entry(plain(&rank.name)).or_insert(own);
            }
            names.categories.insert(category.as_str().to_owned(), category);
        }
        names
    }

    /// A rank by its name or id.
    pub(super) fn rank(&self, name: &str) -> Option<(CategoryId, RankId)> {
        self.ranks.get(&plain(name)).cloned()
    }

    /// A category by its name or id.
    pub(super) fn category(&self, name: &str) -> Option<CategoryId> {
        let name = plain(name);
        let found = self.categories.get(&name);
        // 综合管理类公务员, 综合管理类职级, 综合管理
        let bare = |name: &str| {
            let ends = ["公务员", "职级序列", "职级", "类"];
            ends.iter().fold(name.to_owned(), |name, end| {
                name.strip_suffix(end).map_or(name.clone(), str::to_owned)
            })
        };
        let alike =
            || self.categories.iter().find(|(own, _)| bare(own) == bare(&name)).map(|(_, id)| id);
        found.or_else(alike).cloned()
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use quanheng_policy::codes::DivisionCode;
    use quanheng_policy::profile::{PolicyBook, Published};

    use super::*;

    #[test]
    fn names_of_the_national_profile_are_known() {
        const NATIONAL: &str = include_str!("../../../../crates/policy/data/national.toml");
        let mut book = PolicyBook::default();
        let published = Published::read("national", NATIONAL).expect("the shipped profile");
        book.publish(published).expect("the first");
        let division = DivisionCode::parse("530102").expect("a code");
        let names = Names::of(&book.policy(&division, jiff::civil::date(2026, 1, 1)));
        for (name, rank) in [
            ("一级主任科员", Some("GM07")),
            ("一级 主任科员", Some("GM07")),
            ("GM07", Some("GM07")),
            ("特级科员", None),
        ] {
            let found = names.rank(name);
            let found = found.as_ref().map(|(_, rank)| rank.as_str());
            assert_eq!(found, rank, "{name}");
        }
        for name in ["综合管理类", "综合管理类公务员", "综合管理", "general_management"]
        {
            let found = names.category(name);
            assert_eq!(found.expect(name).as_str(), "general_management", "{name}");
        }
        assert_eq!(names.category("某类"), None);
    }
}

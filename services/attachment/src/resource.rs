//! What an attachment may be linked to.

use quanheng_eventlog::{StreamName, Tag};
use quanheng_policy::check_id;
use quanheng_runtime::Failure;

/// A resource by its name: a unit, a post, a person, an account, or a hold of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    stream: StreamName,
}

impl Resource {
    /// Reads a resource name.
    ///
    /// # Errors
    /// `INVALID_FIELD` for one of another kind.
    pub(crate) fn read(field: &str, name: &str) -> Result<Self, Failure> {
        let id = |text: &str| check_id(text).is_ok();
        let account = |text: &str| quanheng_streams::account(text).is_some();
        let parts: Vec<&str> = name.split('/').collect();
        let known = match parts[..] {
            ["units", unit] => id(unit),
            ["units", unit, "posts", post] => id(unit) && id(post),
            ["persons", person] => id(person),
            ["quotaAccounts", key] => account(key),
            ["quotaAccounts", key, "holds", hold] => account(key) && id(hold),
            _ => false,
        };
        let stream = StreamName::new(name).ok().filter(|_| known);
        let wrong = || {
            let expected = "应为单位、职位、人员、职数账户或预审的资源名,如 units/{unit}";
            Failure::field(field, expected)
        };
        Ok(Self { stream: stream.ok_or_else(wrong)? })
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        self.stream.as_str()
    }

    /// The stream that holds its history: the resource exists if that has begun.
    pub(crate) fn stream(&self) -> StreamName {
        self.stream.clone()
    }

    /// The tag under which events about it are found.
    pub(crate) fn tag(&self) -> Result<Tag, Failure> {
        Tag::new(self.name()).map_err(Failure::internal)
    }

    /// The parts of the name.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.name().split('/').collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_resources_are_known() {
        for (name, known) in [
            ("units/u1", true),
            ("units/u1/posts/p1", true),
            ("persons/p1", true),
            ("quotaAccounts/u1.general_management", true),
            ("quotaAccounts/pool.p1.general_management/holds/h1", true),
            ("units/", false),
            ("units/u1/", false),
            ("units/u1/posts", false),
            ("persons/p1/views", false),
            ("quotaAccounts/u1", false),
            ("quotaAccounts/u1.general_management/refusals", false),
            ("identities/abc", false),
            ("policies", false),
            ("attachments/abc", false),
            ("units/a b", false),
            ("", false),
        ] {
            assert_eq!(Resource::read("resource", name).is_ok(), known, "{name:?}");
        }
    }
}

//! What somebody must be allowed to read besides, to watch the documents of it.

use quanheng_identity::Action;

/// The right that the documents of a projection's collection need. Of what is not known
/// here, the narrowest that reading asks for: nothing is open because it was forgotten.
#[must_use]
pub fn right(projection: &str, collection: &str) -> Action {
    let begins = |word: &str| projection.starts_with(word) || collection.starts_with(word);
    // Persons first: also where a projection of another name has a collection of theirs.
    if begins("person") {
        Action::PersonsRead
    } else if begins("attachment") {
        Action::AttachmentsRead
    } else if begins("quota") {
        Action::QuotaRead
    } else if begins("office") {
        Action::OfficesRead
    } else if begins("approval") {
        Action::TasksRead
    } else if begins("unit") || begins("post") {
        Action::UnitsRead
    } else if begins("operation") {
        Action::OperationsRead
    } else {
        Action::PersonsRead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_needs_the_right_to_read_its_resource() {
        for (projection, collection, expected) in [
            ("units", "units", Action::UnitsRead),
            ("posts", "posts", Action::UnitsRead),
            ("persons", "persons", Action::PersonsRead),
            ("units", "persons", Action::PersonsRead),
            ("quota", "accounts", Action::QuotaRead),
            ("ledger", "quota_accounts", Action::QuotaRead),
            ("attachments", "attachment_links", Action::AttachmentsRead),
            ("operations", "operations", Action::OperationsRead),
            ("approval", "inbox", Action::TasksRead),
            ("approval", "offices", Action::OfficesRead),
            ("something", "else", Action::PersonsRead),
        ] {
            assert_eq!(right(projection, collection), expected, "{projection} {collection}");
        }
    }
}

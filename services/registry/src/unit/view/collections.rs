//! Which documents there are, and what they can be asked for.

use quanheng_eventlog::{EventType, Filter};
use quanheng_projection::columns::{index, text, truth};
use quanheng_projection::{Collection, Definition, InvalidDefinition};

use super::project::Register;
use crate::post::POSTS;

/// The projection of units and posts.
pub const UNITS_PROJECTION: &str = "units";
/// Its units.
pub const UNITS: &str = "units";

/// Callers with a jurisdiction ask for a range of divisions: each combination has an index
/// in that order.
const COLLECTIONS: &[Collection] = &[
    Collection {
        name: UNITS,
        columns: &[
            text("name", "/name"),
            text("division", "/division"),
            text("tier", "/tier"),
            text("kind", "/kind"),
            text("nature", "/nature"),
            text("grade", "/grade"),
            text("status", "/status"),
            text("parent", "/parent"),
            truth("referenced", "/referenced"),
            text("credit_code", "/credit_code"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&[], &["name"]),
            index(&["name"], &["division"]),
            index(&["credit_code"], &["division"]),
            index(&["division"], &["name"]),
            index(&["parent"], &["name"]),
            index(&["parent"], &["division"]),
            index(&["tier"], &["division"]),
            index(&["kind"], &["division"]),
            index(&["nature"], &["division"]),
            index(&["grade"], &["division"]),
            index(&["status"], &["division"]),
            index(&["referenced"], &["division"]),
            index(&["tier", "kind"], &["division"]),
            index(&["status", "tier"], &["division"]),
            index(&["status", "kind"], &["division"]),
            index(&["status", "parent"], &["division"]),
            index(&["status", "referenced"], &["division"]),
        ],
    },
    Collection {
        name: POSTS,
        columns: &[
            text("unit", "/unit"),
            text("title", "/title"),
            text("division", "/division"),
            text("level", "/level"),
            text("category", "/category"),
            truth("leading_group_member", "/leading_group_member"),
            text("status", "/status"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&["unit"], &["title"]),
            index(&["unit", "level"], &["title"]),
            index(&["unit", "category"], &["title"]),
            index(&["unit", "leading_group_member"], &["title"]),
            index(&["unit", "status"], &["title"]),
            index(&["title"], &["division"]),
            index(&["level"], &["division"]),
            index(&["category"], &["division"]),
            index(&["leading_group_member"], &["division"]),
            index(&["status"], &["division"]),
        ],
    },
];

/// What changes a document: events of units and posts, and those of persons that may move
/// somebody's slot.
const EVENTS: [&str; 14] = [
    "unit_registered",
    "unit_updated",
    "unit_abolished",
    "unit_corrected",
    "post_created",
    "post_updated",
    "post_abolished",
    "post_corrected",
    "person_registered",
    "person_rejoined",
    "slot_moved",
    "spell_corrected",
    "left_service",
    "reinstated",
];

/// The projection of units and posts.
///
/// # Errors
/// [`InvalidDefinition`]: a mistake in this module, which its test finds.
pub fn units_definition() -> Result<Definition, InvalidDefinition> {
    let mut filter = Filter::all();
    for name in EVENTS {
        let name = EventType::new(format!("quanheng.registry.{name}.v1"));
        filter = filter.or_type(name.map_err(|error| InvalidDefinition {
            projection: UNITS_PROJECTION.to_owned(),
            reason: error.to_string(),
        })?);
    }
    Ok(Definition::new(UNITS_PROJECTION, 1, COLLECTIONS, Register)?.over(filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        let definition = units_definition().expect("a definition");
        assert_eq!(definition.name(), UNITS_PROJECTION);
        assert_eq!(definition.filter().types.len(), EVENTS.len());
    }
}

//! Posts on the wire and from it.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Version;
use quanheng_policy::UnitId;
use quanheng_register::id::PostId;
use quanheng_register::post::{Post, PostProfile};
use quanheng_runtime::wire::id;
use quanheng_runtime::{Failure, etag};

/// The name of a post.
pub(super) fn name(unit: &UnitId, post: &PostId) -> String {
    format!("units/{unit}/posts/{post}")
}

/// The unit and the post of a name.
pub(super) fn parse_name(field: &str, text: &str) -> Result<(UnitId, PostId), Failure> {
    let [unit, post] = quanheng_api::resource_id::<2>("units/{unit}/posts/{post}", text)
        .map_err(|error| Failure::field(field, error.to_string()))?;
    Ok((id(field, unit)?, id(field, post)?))
}

/// A post as it was on a day; before it was set up, as it begins.
pub(super) fn post(state: &Post, on: Date) -> wire::Post {
    let timeline = &state.timeline;
    let profile = state.as_of(on.max(timeline.begun_on()));
    let mut told = wire::Post {
        name: name(&state.unit, &state.post),
        established_on: Some(date(timeline.begun_on())),
        abolished_on: timeline.end().map(|end| date(end.on)),
        etag: etag(Version(state.version)),
        ..wire::Post::default()
    };
    if let Some(profile) = profile {
        told.title = profile.title;
        told.level = profile.level.map(|level| level.to_string()).unwrap_or_default();
        told.category = profile.category.to_string();
        told.leading_group_member = profile.leading_group_member;
        told.authorised = profile.authorised;
        told.duties = profile.duties;
    }
    told
}

/// What a message says of a post.
pub(crate) fn profile(given: &wire::Post) -> Result<PostProfile, Failure> {
    Ok(PostProfile {
        title: given.title.trim().to_owned(),
        level: match given.level.as_str() {
            "" => None,
            level => Some(id("post.level", level)?),
        },
        category: id("post.category", &given.category)?,
        leading_group_member: given.leading_group_member,
        authorised: given.authorised,
        duties: given.duties.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::civil::date;
    use proptest::prelude::*;
    use quanheng_policy::codes::DocumentNumber;
    use quanheng_register::Basis;
    use quanheng_register::post::{Event, evolve};

    use super::*;

    proptest! {
        #[test]
        fn a_post_comes_back_as_it_went(
            title in "[一-龥]{1,20}",
            level in prop::option::of("L[1-4][1-2]"),
            category in "[a-z_]{1,20}",
            leading_group_member: bool,
            authorised: u32,
            duties in "[一-龥]{0,40}",
        ) {
            let there = PostProfile {
                title,
                level: level.map(|level| level.try_into().unwrap()),
                category: category.try_into().unwrap(),
                leading_group_member,
                authorised,
                duties,
            };
            let basis = Basis {
                document: DocumentNumber::parse("云编〔2026〕1号").unwrap(),
                effective_on: date(2026, 1, 1),
            };
            let event = Event::PostCreated {
                unit: UnitId::new("a").unwrap(),
                post: PostId::new("b").unwrap(),
                profile: there.clone(),
                basis,
            };
            let mut state = None;
            evolve(&mut state, &event);
            let told = post(&state.unwrap(), date(2026, 2, 1));
            prop_assert_eq!(profile(&told).unwrap(), there);
            let (unit, post) = parse_name("name", &told.name).unwrap();
            prop_assert_eq!(name(&unit, &post), told.name);
        }
    }

    #[test]
    fn a_name_has_both_ids() {
        for bad in ["", "units/a", "units/a/posts/", "units/a/posts/b/c", "units//posts/b"] {
            assert_eq!(parse_name("name", bad).unwrap_err().reason(), "INVALID_FIELD", "{bad}");
        }
    }
}

//! Units on the wire.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Version;
use quanheng_policy::UnitId;
use quanheng_register::post::{Excess, PostProfile, excesses};
use quanheng_register::unit::{Lineage, Unit, UnitProfile, UnitStatus, warnings};
use quanheng_runtime::etag;
pub(super) use quanheng_runtime::wire::units::{
    change_kind_message, nature_message, profile_message,
};

/// The name of a unit.
pub(super) fn name(unit: &UnitId) -> String {
    format!("units/{unit}")
}

fn names(units: &[UnitId]) -> Vec<String> {
    units.iter().map(name).collect()
}

/// A unit as it was on a day. The contact is still sealed: it stands where the telephone
/// number belongs until [`reveal`](super::contact::reveal) opens it.
pub(super) fn unit(state: &Unit, on: Date) -> wire::Unit {
    let profile = state.as_of(on);
    let lineage: Vec<_> = state.lineage.iter().filter(|line| line.on <= on).collect();
    let abolition = state.abolition();
    let mut predecessors = Vec::new();
    for unit in lineage.iter().flat_map(|line| names(&line.predecessors)) {
        if !predecessors.contains(&unit) {
            predecessors.push(unit);
        }
    }
    let warned = profile.as_ref().map(warnings).unwrap_or_default();
    wire::Unit {
        name: name(&state.unit),
        profile: profile.as_ref().map(profile_message),
        status: status(state.status(on)).into(),
        established_on: Some(date(state.timeline.begun_on())),
        abolished_on: abolition.map(|(on, _)| date(on)),
        predecessors,
        successors: abolition.map(|(_, why)| names(&why.successors)).unwrap_or_default(),
        registered_headcount: 0,
        warnings: warned.iter().map(ToString::to_string).collect(),
        lineage: lineage.into_iter().map(lineage_message).collect(),
        abolished_by: abolition.map_or(0, |(_, why)| change_kind_message(why.kind).into()),
        etag: etag(Version(state.version)),
    }
}

fn lineage_message(line: &Lineage) -> wire::UnitLineage {
    wire::UnitLineage {
        version: line.version,
        effective_on: Some(date(line.on)),
        kinds: line.kinds.iter().map(|kind| change_kind_message(*kind).into()).collect(),
        predecessors: names(&line.predecessors),
    }
}

/// What people should look at where posts are more than the establishment.
pub(crate) fn post_warnings<'a>(
    unit: &UnitProfile,
    posts: impl IntoIterator<Item = &'a PostProfile>,
) -> Vec<String> {
    excesses(unit, posts).iter().map(excess).collect()
}

fn excess(Excess { category, posts, authorised }: &Excess) -> String {
    match category {
        None => format!("职位数 {posts} 超过编制 {authorised}"),
        Some(category) => {
            format!("职位类别 {category} 的职位数 {posts} 超过核定职位数 {authorised}")
        }
    }
}

pub(super) fn status(status: UnitStatus) -> wire::UnitStatus {
    match status {
        UnitStatus::NotYet => wire::UnitStatus::NotYet,
        UnitStatus::Active => wire::UnitStatus::Active,
        UnitStatus::Abolished => wire::UnitStatus::Abolished,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::civil::date;
    use proptest::prelude::*;
    use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
    use quanheng_policy::codes::{CreditCode, DivisionCode, DocumentNumber};
    use quanheng_register::Sealed;
    use quanheng_register::unit::{
        Actual, ChangeKind, Establishment, LeadershipPosts, Nature, Reference,
    };

    use super::super::parse;
    use super::*;

    fn one_of<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = T> {
        prop::sample::select(all)
    }

    fn texts() -> impl Strategy<Value = [String; 5]> {
        ["[一-龥]{1,20}", "[一-龥]{0,8}", "[一-龥]{0,8}", "[一-龥]{0,40}", "[一-龥]{0,20}"]
    }

    prop_compose! {
        fn classes()(
            tier in one_of(vec![Tier::Central, Tier::Province, Tier::County, Tier::Township]),
            standing in one_of(vec![Standing::Ordinary, Standing::Ministry]),
            grade in one_of(vec![UnitGrade::Ministerial, UnitGrade::ViceSection]),
            kind in one_of(vec![UnitKind::Organ, UnitKind::ReferencedUnit, UnitKind::Vertical]),
            nature in one_of(Nature::ALL.to_vec()),
        ) -> (Tier, Standing, UnitGrade, UnitKind, Nature) {
            (tier, standing, grade, kind, nature)
        }
    }

    prop_compose! {
        fn profiles()(
            [name, short_name, sequence, functions, remarks] in texts(),
            (tier, standing, grade, kind, nature) in classes(),
            credit_code in prop::option::of(Just("91350100M000100Y43")),
            division in one_of(vec!["000000", "530000", "530102", "530102001"]),
            parent in prop::option::of("[a-z0-9_-]{1,64}"),
            vertical: bool,
            slots: [u32; 5],
            actual: [u32; 2],
            posts: [u32; 5],
            category_posts in prop::collection::btree_map("[a-z_]{1,20}", any::<u32>(), 0..4),
            approved in prop::option::of(0_i32..20_000),
            contact in prop::option::of("[!-~]{1,60}"),
        ) -> UnitProfile {
            let day = |days: i32| date(1990, 1, 1).saturating_add(jiff::Span::new().days(days));
            UnitProfile {
                name, short_name, sequence, functions, remarks,
                tier, standing, grade, kind, nature,
                credit_code: credit_code.map(|code| CreditCode::parse(code).unwrap()),
                division: DivisionCode::parse(division).unwrap(),
                parent: parent.map(|parent| UnitId::new(parent).unwrap()),
                vertical,
                establishment: Establishment {
                    administrative: slots[0],
                    referenced_institution: slots[1],
                    special_political_legal: slots[2],
                    logistics: slots[3],
                    other_institution: slots[4],
                },
                actual: Actual { administrative: actual[0], referenced: actual[1] },
                leadership: LeadershipPosts {
                    division_principal: posts[0],
                    division_deputy: posts[1],
                    section_principal: posts[2],
                    section_deputy: posts[3],
                    group_posts: posts[4],
                },
                category_posts: category_posts
                    .into_iter()
                    .map(|(category, posts)| (category.try_into().unwrap(), posts))
                    .collect(),
                reference: approved.map(|days| Reference {
                    approved_on: day(days),
                    approval_document: DocumentNumber::parse("云组参〔2008〕7号").unwrap(),
                }),
                contact: contact.map(|text| Sealed::new(text).unwrap()),
            }
        }
    }

    proptest! {
        #[test]
        fn a_profile_comes_back_as_it_went(there in profiles()) {
            let mut told = profile_message(&there);
            let contact = told.contact_phone.take().map(|text| Sealed::new(text).unwrap());
            let back = parse::profile(&told, "profile", contact);
            prop_assert_eq!(back.unwrap(), there);
        }

        /// What a profile sets as a patch makes any other profile like it, save that an
        /// absent approval and absent category posts leave those that are there.
        #[test]
        fn a_whole_profile_is_a_whole_patch(there in profiles(), other in profiles()) {
            let mut told = profile_message(&there);
            told.replace_category_posts = true;
            told.reference.get_or_insert_default();
            let patch = parse::patch(&told, "profile", Some(there.contact.clone())).unwrap();
            let mut after = other;
            patch.apply_to(&mut after);
            prop_assert_eq!(after, there);
        }
    }

    #[test]
    fn what_is_not_set_stays() {
        let patch = parse::patch(&wire::UnitProfile::default(), "profile", None).unwrap();
        assert!(patch.is_empty(), "{patch:?}");
    }

    #[test]
    fn kinds_of_change_are_read_as_they_are_told() {
        for kind in ChangeKind::ALL {
            let told = change_kind_message(*kind);
            assert_eq!(parse::change_kind(told), Some(parse::AskedKind::One(*kind)));
        }
        let headcount = parse::change_kind(wire::UnitChangeKind::Headcount);
        assert_eq!(headcount, Some(parse::AskedKind::Headcount));
        assert_eq!(parse::change_kind(wire::UnitChangeKind::Unspecified), None);
    }

    #[test]
    fn a_new_unit_says_what_it_is() {
        let whole = wire::UnitProfile {
            display_name: Some("样例县档案局".into()),
            division: Some("530102".into()),
            tier: Some(wire::Tier::County.into()),
            grade: Some(wire::UnitGrade::Section.into()),
            kind: Some(wire::UnitKind::Organ.into()),
            nature: Some(wire::UnitNature::Organ.into()),
            ..wire::UnitProfile::default()
        };
        assert!(parse::profile(&whole, "profile", None).is_ok());
        type Unset = fn(&mut wire::UnitProfile);
        let cases: [(Unset, &str, &str); 9] = [
            (|p| p.display_name = None, "profile.display_name", "INVALID_FIELD"),
            (|p| p.division = None, "profile.division", "INVALID_FIELD"),
            (|p| p.tier = Some(0), "profile.tier", "INVALID_FIELD"),
            (|p| p.grade = None, "profile.grade", "INVALID_FIELD"),
            (|p| p.kind = Some(99), "profile.kind", "INVALID_FIELD"),
            (|p| p.nature = None, "profile.nature", "INVALID_FIELD"),
            (|p| p.division = Some("53".into()), "profile.division", "DIVISION_CODE_FORMAT"),
            (
                |p| p.credit_code = Some("91350100M000100Y44".into()),
                "profile.credit_code",
                "CREDIT_CODE_CHECK",
            ),
            (|p| p.parent = Some("persons/1".into()), "profile.parent", "INVALID_FIELD"),
        ];
        for (unset, field, reason) in cases {
            let mut given = whole.clone();
            unset(&mut given);
            let failure = parse::profile(&given, "profile", None).unwrap_err();
            assert_eq!(failure.reason(), reason, "{field}");
            assert_eq!(failure.metadata()["field"], field);
        }
    }
}

//! Units on the wire.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Version;
use quanheng_policy::UnitId;
use quanheng_register::post::{Excess, PostProfile, excesses};
use quanheng_register::unit::{
    Actual, ChangeKind, Establishment, LeadershipPosts, Lineage, Nature, Reference, Unit,
    UnitProfile, UnitStatus, warnings,
};
use quanheng_runtime::etag;
use quanheng_runtime::wire::{grade_message, kind_message, standing_message, tier_message};

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

pub(super) fn nature_message(nature: Nature) -> wire::UnitNature {
    match nature {
        Nature::Organ => wire::UnitNature::Organ,
        Nature::ReferencedInstitution => wire::UnitNature::ReferencedInstitution,
        Nature::ReferencedMassOrganization => wire::UnitNature::ReferencedMassOrganization,
        Nature::PublicInstitution => wire::UnitNature::PublicInstitution,
    }
}

pub(super) fn change_kind_message(kind: ChangeKind) -> wire::UnitChangeKind {
    use wire::UnitChangeKind as To;
    match kind {
        ChangeKind::Abolished => To::Abolish,
        ChangeKind::Merged => To::Merge,
        ChangeKind::Split => To::Split,
        ChangeKind::Transferred => To::Transfer,
        ChangeKind::Renamed => To::Rename,
        ChangeKind::GradeRaised => To::Upgrade,
        ChangeKind::GradeLowered => To::Downgrade,
        ChangeKind::Integrated => To::Integrate,
        ChangeKind::ConvertedToOrgan => To::ConvertToOrgan,
        ChangeKind::ConvertedOther => To::ConvertOther,
        ChangeKind::AffiliationChanged => To::Affiliation,
        ChangeKind::HeadcountIncreased => To::HeadcountIncrease,
        ChangeKind::HeadcountDecreased => To::HeadcountDecrease,
        ChangeKind::FunctionChanged => To::Function,
        ChangeKind::BecameReferenced => To::BecomeReferenced,
    }
}

/// A profile, whole. The contact stays sealed; see [`unit`].
pub(super) fn profile_message(profile: &UnitProfile) -> wire::UnitProfile {
    let posts = profile.category_posts.iter();
    wire::UnitProfile {
        display_name: Some(profile.name.clone()),
        short_name: Some(profile.short_name.clone()),
        credit_code: Some(profile.credit_code.as_ref().map(ToString::to_string).unwrap_or_default()),
        division: Some(profile.division.to_string()),
        tier: Some(tier_message(profile.tier).into()),
        standing: Some(standing_message(profile.standing).into()),
        grade: Some(grade_message(profile.grade).into()),
        kind: Some(kind_message(profile.kind).into()),
        nature: Some(nature_message(profile.nature).into()),
        sequence: Some(profile.sequence.clone()),
        parent: Some(profile.parent.as_ref().map(name).unwrap_or_default()),
        vertical: Some(profile.vertical),
        establishment: Some(establishment(&profile.establishment)),
        actual: Some(actual(&profile.actual)),
        leadership_posts: Some(leadership(&profile.leadership)),
        category_posts: posts.map(|(id, posts)| (id.to_string(), *posts)).collect(),
        reference: profile.reference.as_ref().map(reference),
        functions: Some(profile.functions.clone()),
        contact_name: None,
        contact_phone: profile.contact.as_ref().map(|sealed| sealed.as_str().to_owned()),
        remarks: Some(profile.remarks.clone()),
        replace_category_posts: false,
    }
}

fn establishment(slots: &Establishment) -> wire::Establishment {
    wire::Establishment {
        administrative: slots.administrative,
        referenced_institution: slots.referenced_institution,
        special_political_legal: slots.special_political_legal,
        logistics: slots.logistics,
        other_institution: slots.other_institution,
    }
}

fn actual(actual: &Actual) -> wire::ActualHeadcount {
    wire::ActualHeadcount {
        administrative: actual.administrative,
        referenced: actual.referenced,
    }
}

fn leadership(posts: &LeadershipPosts) -> wire::LeadershipPosts {
    wire::LeadershipPosts {
        division_principal: posts.division_principal,
        division_deputy: posts.division_deputy,
        section_principal: posts.section_principal,
        section_deputy: posts.section_deputy,
        leading_group: posts.group_posts,
    }
}

fn reference(reference: &Reference) -> wire::ReferenceApproval {
    wire::ReferenceApproval {
        approved_on: Some(date(reference.approved_on)),
        document_number: reference.approval_document.to_string(),
    }
}

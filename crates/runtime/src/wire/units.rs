//! Units on the wire: what a unit is, and the kinds of changes, both ways.

use std::collections::BTreeMap;

use quanheng_api::date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::class::Standing;
use quanheng_policy::codes::{CreditCode, DocumentNumber};
use quanheng_policy::{CategoryId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::unit::{
    Actual, ChangeKind, Establishment, LeadershipPosts, Nature, Reference, UnitPatch, UnitProfile,
};

use super::{
    division, grade, grade_message, id, kind, kind_message, required, standing, standing_message,
    tier, tier_message, unit, wrong_code,
};
use crate::failure::Failure;
use crate::reading::required_day;

/// A nature (单位性质) on the wire.
#[must_use]
pub fn nature_message(nature: Nature) -> wire::UnitNature {
    match nature {
        Nature::Organ => wire::UnitNature::Organ,
        Nature::ReferencedInstitution => wire::UnitNature::ReferencedInstitution,
        Nature::ReferencedMassOrganization => wire::UnitNature::ReferencedMassOrganization,
        Nature::PublicInstitution => wire::UnitNature::PublicInstitution,
    }
}

/// A kind of change on the wire.
#[must_use]
pub fn change_kind_message(kind: ChangeKind) -> wire::UnitChangeKind {
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

/// A profile, whole. The contact stays sealed; see `contact`.
#[must_use]
pub fn profile_message(profile: &UnitProfile) -> wire::UnitProfile {
    let posts = profile.category_posts.iter();
    wire::UnitProfile {
        display_name: Some(profile.name.clone()),
        short_name: Some(profile.short_name.clone()),
        credit_code: Some(
            profile.credit_code.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
        division: Some(profile.division.to_string()),
        tier: Some(tier_message(profile.tier).into()),
        standing: Some(standing_message(profile.standing).into()),
        grade: Some(grade_message(profile.grade).into()),
        kind: Some(kind_message(profile.kind).into()),
        nature: Some(nature_message(profile.nature).into()),
        sequence: Some(profile.sequence.clone()),
        parent: Some(
            profile.parent.as_ref().map(|parent| format!("units/{parent}")).unwrap_or_default(),
        ),
        vertical: Some(profile.vertical),
        establishment: Some(establishment_message(&profile.establishment)),
        actual: Some(actual_message(&profile.actual)),
        leadership_posts: Some(leadership_message(&profile.leadership)),
        category_posts: posts.map(|(id, posts)| (id.to_string(), *posts)).collect(),
        reference: profile.reference.as_ref().map(reference_message),
        functions: Some(profile.functions.clone()),
        contact_name: None,
        contact_phone: profile.contact.as_ref().map(|sealed| sealed.as_str().to_owned()),
        remarks: Some(profile.remarks.clone()),
        replace_category_posts: false,
    }
}

/// An establishment (编制) on the wire.
#[must_use]
pub fn establishment_message(slots: &Establishment) -> wire::Establishment {
    wire::Establishment {
        administrative: slots.administrative,
        referenced_institution: slots.referenced_institution,
        special_political_legal: slots.special_political_legal,
        logistics: slots.logistics,
        other_institution: slots.other_institution,
    }
}

fn actual_message(actual: &Actual) -> wire::ActualHeadcount {
    wire::ActualHeadcount { administrative: actual.administrative, referenced: actual.referenced }
}

fn leadership_message(posts: &LeadershipPosts) -> wire::LeadershipPosts {
    wire::LeadershipPosts {
        division_principal: posts.division_principal,
        division_deputy: posts.division_deputy,
        section_principal: posts.section_principal,
        section_deputy: posts.section_deputy,
        leading_group: posts.group_posts,
    }
}

fn reference_message(reference: &Reference) -> wire::ReferenceApproval {
    wire::ReferenceApproval {
        approved_on: Some(date(reference.approved_on)),
        document_number: reference.approval_document.to_string(),
    }
}

/// A profile whose every field counts: of a new unit. `contact` is what was sealed of it.
///
/// # Errors
/// `INVALID_FIELD`, and the codes of codes.
pub fn profile(
    given: &wire::UnitProfile,
    at: &str,
    contact: Option<Sealed>,
) -> Result<UnitProfile, Failure> {
    let patch = patch(given, at, Some(contact))?;
    let missing = |field: &str| Failure::field(format!("{at}.{field}"), "须填写或取值无效");
    Ok(UnitProfile {
        name: patch.name.ok_or_else(|| missing("display_name"))?,
        short_name: patch.short_name.unwrap_or_default(),
        credit_code: patch.credit_code.flatten(),
        division: patch.division.ok_or_else(|| missing("division"))?,
        tier: patch.tier.ok_or_else(|| missing("tier"))?,
        standing: patch.standing.unwrap_or(Standing::Ordinary),
        grade: patch.grade.ok_or_else(|| missing("grade"))?,
        kind: patch.kind.ok_or_else(|| missing("kind"))?,
        nature: patch.nature.ok_or_else(|| missing("nature"))?,
        sequence: patch.sequence.unwrap_or_default(),
        parent: patch.parent.flatten(),
        vertical: patch.vertical.unwrap_or_default(),
        establishment: patch.establishment.unwrap_or_default(),
        actual: patch.actual.unwrap_or_default(),
        leadership: patch.leadership.unwrap_or_default(),
        category_posts: patch.category_posts.unwrap_or_default(),
        reference: patch.reference.flatten(),
        functions: patch.functions.unwrap_or_default(),
        contact: patch.contact.flatten(),
        remarks: patch.remarks.unwrap_or_default(),
    })
}

/// What a profile sets. `contact`: what becomes of the sealed contact.
///
/// # Errors
/// `INVALID_FIELD`, and the codes of codes.
pub fn patch(
    given: &wire::UnitProfile,
    at: &str,
    contact: Option<Option<Sealed>>,
) -> Result<UnitPatch, Failure> {
    let field = |name: &str| format!("{at}.{name}");
    let text = |text: &Option<String>| text.as_deref().map(|text| text.trim().to_owned());
    Ok(UnitPatch {
        name: text(&given.display_name),
        short_name: text(&given.short_name),
        credit_code: clearable(given.credit_code.as_deref(), |text| {
            CreditCode::parse(text).map_err(|error| wrong_code(&field("credit_code"), error))
        })?,
        division: match &given.division {
            Some(code) => Some(division(&field("division"), code)?),
            None => None,
        },
        tier: given.tier.map(|_| required(&field("tier"), tier(given.tier()))).transpose()?,
        standing: match given.standing.map(|_| given.standing()) {
            Some(wire::Standing::Unspecified) => Some(Standing::Ordinary),
            Some(value) => Some(required(&field("standing"), standing(value))?),
            None => None,
        },
        grade: given.grade.map(|_| required(&field("grade"), grade(given.grade()))).transpose()?,
        kind: given.kind.map(|_| required(&field("kind"), kind(given.kind()))).transpose()?,
        nature: match given.nature {
            Some(_) => Some(required(&field("nature"), nature(given.nature()))?),
            None => None,
        },
        sequence: text(&given.sequence),
        parent: clearable(given.parent.as_deref(), |name| unit(&field("parent"), name))?,
        vertical: given.vertical,
        establishment: given.establishment.as_ref().map(establishment),
        actual: given.actual.as_ref().map(actual),
        leadership: given.leadership_posts.as_ref().map(leadership),
        category_posts: category_posts(given, at)?,
        reference: match &given.reference {
            Some(approval) => Some(reference(approval, &field("reference"))?),
            None => None,
        },
        functions: text(&given.functions),
        contact,
        remarks: text(&given.remarks),
    })
}

/// Not given: stays. Empty: cleared.
fn clearable<T>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Failure>,
) -> Result<Option<Option<T>>, Failure> {
    match text.map(str::trim) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => Ok(Some(Some(parse(text)?))),
    }
}

fn category_posts(
    given: &wire::UnitProfile,
    at: &str,
) -> Result<Option<BTreeMap<CategoryId, u32>>, Failure> {
    if given.category_posts.is_empty() && !given.replace_category_posts {
        return Ok(None);
    }
    let field = format!("{at}.category_posts");
    let posts = given.category_posts.iter();
    let posts = posts.map(|(category, posts)| Ok((id(&field, category)?, *posts)));
    posts.collect::<Result<_, Failure>>().map(Some)
}

fn reference(approval: &wire::ReferenceApproval, at: &str) -> Result<Option<Reference>, Failure> {
    if approval.approved_on.is_none() && approval.document_number.is_empty() {
        return Ok(None);
    }
    let approved_on = required_day(&format!("{at}.approved_on"), approval.approved_on.as_ref())?;
    let document = DocumentNumber::parse(&approval.document_number);
    let approval_document =
        document.map_err(|error| wrong_code(&format!("{at}.document_number"), error))?;
    Ok(Some(Reference { approved_on, approval_document }))
}

/// An establishment (编制).
#[must_use]
pub fn establishment(slots: &wire::Establishment) -> Establishment {
    Establishment {
        administrative: slots.administrative,
        referenced_institution: slots.referenced_institution,
        special_political_legal: slots.special_political_legal,
        logistics: slots.logistics,
        other_institution: slots.other_institution,
    }
}

fn actual(actual: &wire::ActualHeadcount) -> Actual {
    Actual { administrative: actual.administrative, referenced: actual.referenced }
}

fn leadership(posts: &wire::LeadershipPosts) -> LeadershipPosts {
    LeadershipPosts {
        division_principal: posts.division_principal,
        division_deputy: posts.division_deputy,
        section_principal: posts.section_principal,
        section_deputy: posts.section_deputy,
        group_posts: posts.leading_group,
    }
}

/// A nature (单位性质); none if it is not given.
#[must_use]
pub fn nature(nature: wire::UnitNature) -> Option<Nature> {
    match nature {
        wire::UnitNature::Unspecified => None,
        wire::UnitNature::Organ => Some(Nature::Organ),
        wire::UnitNature::ReferencedInstitution => Some(Nature::ReferencedInstitution),
        wire::UnitNature::ReferencedMassOrganization => Some(Nature::ReferencedMassOrganization),
        wire::UnitNature::PublicInstitution => Some(Nature::PublicInstitution),
    }
}

/// A kind of change as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedKind {
    /// This one.
    One(ChangeKind),
    /// 编制调整: more or fewer.
    Headcount,
}

/// A kind of change; none if it is not given.
#[must_use]
pub fn change_kind(kind: wire::UnitChangeKind) -> Option<AskedKind> {
    use wire::UnitChangeKind as From;
    Some(AskedKind::One(match kind {
        From::Unspecified => return None,
        From::Headcount => return Some(AskedKind::Headcount),
        From::Abolish => ChangeKind::Abolished,
        From::Merge => ChangeKind::Merged,
        From::Split => ChangeKind::Split,
        From::Transfer => ChangeKind::Transferred,
        From::Rename => ChangeKind::Renamed,
        From::Upgrade => ChangeKind::GradeRaised,
        From::Downgrade => ChangeKind::GradeLowered,
        From::Integrate => ChangeKind::Integrated,
        From::ConvertToOrgan => ChangeKind::ConvertedToOrgan,
        From::ConvertOther => ChangeKind::ConvertedOther,
        From::Affiliation => ChangeKind::AffiliationChanged,
        From::HeadcountIncrease => ChangeKind::HeadcountIncreased,
        From::HeadcountDecrease => ChangeKind::HeadcountDecreased,
        From::Function => ChangeKind::FunctionChanged,
        From::BecomeReferenced => ChangeKind::BecameReferenced,
    }))
}

/// Units by their names.
///
/// # Errors
/// `INVALID_FIELD`.
pub fn units(at: &str, names: &[String]) -> Result<Vec<UnitId>, Failure> {
    let named = names.iter().enumerate();
    named.map(|(index, name)| unit(&format!("{at}[{index}]"), name)).collect()
}

//! What several documents tell of units, grounds and routes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_forms::recertification::{Basis, Duty, UnitFacts};
use quanheng_policy::UnitId;
use quanheng_policy::class::UnitGrade;
use quanheng_recertification::{DutyDocument, DutyIssuer, Issuer, LegalBasis};
use quanheng_register::unit::{Unit, UnitProfile};
use quanheng_streams::Verdict;

/// Units that documents name.
#[derive(Default)]
pub(crate) struct Units(pub(crate) BTreeMap<UnitId, Unit>);

impl Units {
    /// What a unit is called on a day; none where it is not known.
    pub(super) fn name(&self, unit: &UnitId, on: Date) -> Option<String> {
        let unit = self.0.get(unit)?;
        let profile = unit.as_of(on).or_else(|| unit.as_of(Date::MAX))?;
        Some(profile.name)
    }

    /// The columns of a unit. Where its division lies is told by its code alone: names of divisions
    /// are not kept. The contact is sealed, and stays blank.
    pub(super) fn facts(&self, profile: &UnitProfile, on: Date) -> UnitFacts {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let reference = profile.reference.as_ref();
        let referenced = profile.nature.is_referenced();
        let slots = &profile.establishment;
        let posts = &profile.leadership;
        UnitFacts {
            name: profile.name.clone(),
            credit_code: profile.credit_code.as_ref().map(ToString::to_string),
            supervisor: profile.parent.as_ref().and_then(|parent| self.name(parent, on)),
            nature: Some(profile.nature.label().to_owned()),
            sequence: text(&profile.sequence),
            level: Some(grade(profile.grade).to_owned()),
            administrative_slots: Some(slots.administrative),
            administrative_actual: Some(profile.actual.administrative),
            referenced_slots: Some(slots.referenced_institution),
            referenced_actual: Some(profile.actual.referenced),
            approved_on: reference.filter(|_| referenced).map(|reference| reference.approved_on),
            approval_number: reference
                .filter(|_| referenced)
                .map(|reference| reference.approval_document.to_string()),
            division_posts: (Some(posts.division_principal), Some(posts.division_deputy)),
            section_posts: (Some(posts.section_principal), Some(posts.section_deputy)),
            remarks: text(&profile.remarks),
            ..UnitFacts::default()
        }
    }
}

fn grade(grade: UnitGrade) -> &'static str {
    match grade {
        UnitGrade::Ministerial => "省部级正职",
        UnitGrade::ViceMinisterial => "省部级副职",
        UnitGrade::Bureau => "厅局级正职",
        UnitGrade::ViceBureau => "厅局级副职",
        UnitGrade::Division => "县处级正职",
        UnitGrade::ViceDivision => "县处级副职",
        UnitGrade::Section => "乡科级正职",
        UnitGrade::ViceSection => "乡科级副职",
    }
}

/// A basis of authority.
pub(super) fn basis(basis: &LegalBasis) -> Basis {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Basis {
        kind: basis.kind.label().to_owned(),
        title: basis.title.clone(),
        number: text(&basis.number),
        article: basis.article.clone(),
        excerpt: text(&basis.excerpt),
        issuer: issuer(basis.issuer).to_owned(),
        in_force_from: Some(basis.in_force_from),
        in_force_to: basis.in_force_to,
        function: text(&basis.function),
    }
}

fn issuer(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::NationalCongress => "全国人大及其常委会",
        Issuer::CentralCommittee => "党中央",
        Issuer::StateCouncil => "国务院",
        Issuer::NationalSupervisionCommission => "国家监察委员会",
        Issuer::ProvincialCongress => "省级人大及其常委会",
        Issuer::CityCongress => "设区的市、自治州人大及其常委会",
        Issuer::SpecialZoneCongress => "经济特区所在地的省、市人大及其常委会",
        Issuer::AutonomousCongress => "民族自治地方人大",
        Issuer::Ministry => "国务院部门",
        Issuer::LocalGovernment => "地方人民政府",
        Issuer::EstablishmentOffice => "机构编制部门",
        Issuer::Other => "",
    }
}

/// A document of main duties.
pub(super) fn duty(duty: &DutyDocument) -> Duty {
    Duty {
        number: duty.document.to_string(),
        issuer: match duty.issuer {
            DutyIssuer::PartyCommittee => "党委",
            DutyIssuer::Government => "政府",
            DutyIssuer::EstablishmentOffice => "机构编制部门",
            DutyIssuer::Other => "",
        }
        .to_owned(),
        issued_on: Some(duty.issued_on),
        duties: duty.duties.clone(),
    }
}

/// How it was decided, in Chinese.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "予以认定",
        Verdict::Denied => "不予认定",
        Verdict::ExitApproved => "批准退出",
        Verdict::Filed => "备案",
    }
}

/// A department of the joint review, as policy names it.
pub(super) fn department(id: &str) -> String {
    match id {
        "organization_department" => "组织部门",
        "establishment_office" => "机构编制部门",
        "finance_department" => "财政部门",
        other => other,
    }
    .to_owned()
}

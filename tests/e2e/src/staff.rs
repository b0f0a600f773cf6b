//! Who sits where: the people who decide what a test or a demonstration asks for.

use quanheng_api::date;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_policy::codes::{DivisionCode, Sex};
use quanheng_sheets::sample;
use tonic::{Request, Status};

use crate::{Client, Who, request_id};

/// 党委(党组)书记
pub const SECRETARY: &str = "party_group_secretary";
/// 职数审核
pub const REVIEWER: &str = "quota_reviewer";
/// 组织部负责人
pub const HEAD: &str = "organization_department_head";

/// Registers somebody who acts, with a slot in a unit.
///
/// # Errors
/// What refuses it.
pub async fn register(
    client: &Client,
    who: Who,
    unit: &str,
    division: &DivisionCode,
) -> Result<(), Status> {
    let id = who.person().unwrap_or_default();
    let row = sample::person(9_000_000 + who as u64, division);
    let number = &row.identity.number;
    let sex = match number.sex() {
        Sex::Male => registry::Sex::Male,
        Sex::Female => registry::Sex::Female,
    };
    let private = registry::PrivateProfile {
        full_name: row.identity.name.clone(),
        identity_number: number.reveal().to_owned(),
        sex: sex.into(),
        nation: "汉族".into(),
        birth_date: Some(date(number.birth_date())),
        political_status: "中共党员".into(),
        ..Default::default()
    };
    let message = registry::CreatePersonRequest {
        person_id: id,
        person: Some(registry::Person {
            unit: unit.to_owned(),
            slot: registry::SlotKind::Administrative.into(),
            category: "general_management".into(),
            private_profile: Some(private),
            ..Default::default()
        }),
        basis: Some(Basis {
            document_number: "示例组通〔2019〕1号".into(),
            effective_on: Some(date(jiff::civil::date(2019, 6, 1))),
        }),
        request_id: request_id(),
        ..Default::default()
    };
    client.registry().create_person(message).await.map(drop)
}

/// Makes a unit the authority of a division (公务员主管部门).
///
/// # Errors
/// What refuses it.
pub async fn authority(client: &Client, division: &str, unit: &str) -> Result<(), Status> {
    let message = approval::NameAuthorityRequest {
        division: division.to_owned(),
        unit: unit.to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    client.offices().name_authority(message).await.map(drop)
}

/// Puts somebody into an office.
///
/// # Errors
/// What refuses it.
pub async fn office(client: &Client, unit: &str, role: &str, who: Who) -> Result<(), Status> {
    client.offices().set_office(seat(unit, role, who)).await.map(drop)
}

/// The request that puts somebody into an office.
#[must_use]
pub fn seat(unit: &str, role: &str, who: Who) -> approval::SetOfficeRequest {
    approval::SetOfficeRequest {
        unit: unit.to_owned(),
        role: role.to_owned(),
        person: format!("persons/{}", who.person().unwrap_or_default()),
        from: Some(date(jiff::civil::date(2019, 6, 1))),
        request_id: request_id(),
        ..Default::default()
    }
}

/// A task of a pre-review's case, by its number: 2 the unit's party group, 3 the review, 4
/// the approval.
#[must_use]
pub fn task(hold: &str, nr: u32) -> String {
    let id = hold.trim_start_matches("quotaAccounts/").replace("/holds/", ".");
    format!("approvalTasks/pre_review.{id}.{nr}")
}

/// What a party group of three decided with one voice.
#[must_use]
pub fn unanimous(task: String) -> approval::RecordMeetingRequest {
    let secretary = format!("persons/{}", Who::Secretary.person().unwrap_or_default());
    let members = vec![secretary, "persons/member-1".to_owned(), "persons/member-2".to_owned()];
    approval::RecordMeetingRequest {
        name: task,
        meeting: Some(approval::Meeting {
            due: members.clone(),
            present: members,
            in_favour: 3,
            against: 0,
            abstained: 0,
            minutes_ref: "党组会议纪要〔2026〕3号".to_owned(),
        }),
        opinion: "同意申报".to_owned(),
        basis: None,
        request_id: request_id(),
        ..Default::default()
    }
}

/// An approval, with what an important decision rests on.
#[must_use]
pub fn approve(task: String, basis: Option<Basis>) -> approval::ApproveTaskRequest {
    approval::ApproveTaskRequest {
        name: task,
        opinion: "同意".to_owned(),
        minutes_ref: basis.as_ref().map(|_| "部务会纪要〔2026〕9号".to_owned()).unwrap_or_default(),
        basis,
        request_id: request_id(),
        ..Default::default()
    }
}

/// Takes a pre-review from its request to its approval: meeting, review, approval. The
/// position of the last.
///
/// # Errors
/// What refuses one of them.
pub async fn grant(people: [&Client; 3], hold: &str, basis: Option<Basis>) -> Result<u64, Status> {
    let [secretary, reviewer, head] = people;
    secretary.tasks().record_meeting(unanimous(task(hold, 2))).await?;
    reviewer.tasks().approve_task(approve(task(hold, 3), None)).await?;
    let approved = head.tasks().approve_task(Request::new(approve(task(hold, 4), basis))).await?;
    Ok(approved.into_inner().position)
}

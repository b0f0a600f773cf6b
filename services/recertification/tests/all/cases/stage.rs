//! A province with its authorities and offices, a campaign, a book, and short names.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::date;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_approval::ApprovalApi;
use quanheng_casework::case::Matters;
use quanheng_eventlog::{BlobRef, Transaction};
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_policy::profile::Published;
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::campaign::{Event as Course, Phase, PhaseState};
use quanheng_recertification::decrease::{Counted, Place as Counts};
use quanheng_recertification::{Clear, ThreeClear};
use quanheng_recertification_service::{RecertificationApi, definitions, matters};
use quanheng_streams as streams;
use quanheng_streams::{
    BookEvent, CampaignEvent, CampaignId, CaseKey, CaseKind, Notified, PolicyEvent,
    ProvinceCampaignEvent, PublishedDocument, SurveyAnswer, SurveyEvent, TaskForce,
};
use quanheng_workflow::case::{TaskNr, TaskState};

pub(crate) use quanheng_test_house::{
    Kind, Place, Registered, TestHouse, Told, principal, request, request_id, told,
};

/// The province, a city and a county of it.
pub(crate) const PROVINCE: &str = "420000";
pub(crate) const CITY: &str = "420100";
pub(crate) const COUNTY: &str = "420102";

/// Every office of a task force and of an authority.
const ROLES: [&str; 8] = [
    "case_officer",
    "organization_department_reviewer",
    "establishment_office_reviewer",
    "finance_department_reviewer",
    "task_force_lead",
    "organization_department_head",
    "approval_secretary",
    "registrar",
];

/// What a re-certification must bring.
pub(crate) const MATERIALS: [&str; 10] = [
    "request",
    "authorization",
    "founding_approval",
    "staff_overview",
    "change_documents",
    "establishment_documents",
    "function_comparison",
    "headcount_comparison",
    "roster_and_diversion",
    "finance_certificate",
];

/// Calls a method of the service as somebody.
macro_rules! rpc {
    ($stage:expr, $who:expr, $method:ident, $message:expr) => {{
        use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
        let answer = $stage.api.$method(crate::cases::stage::request($who, $message)).await;
        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| crate::cases::stage::told(&status))
    }};
}
pub(crate) use rpc;

pub(crate) struct Stage {
    pub(crate) house: TestHouse,
    pub(crate) api: RecertificationApi,
    tasks: ApprovalApi,
}

pub(crate) fn document(nr: u32) -> DocumentNumber {
    DocumentNumber::parse(&format!("测组〔2026〕{nr}号")).unwrap()
}

pub(crate) fn unit_id(id: &str) -> UnitId {
    UnitId::new(id).unwrap()
}

pub(crate) fn campaign_id() -> CampaignId {
    CampaignId::new("c26").unwrap()
}

#[allow(clippy::unnecessary_wraps, reason = "as messages have it")]
pub(crate) fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    Some(Date { year, month, day })
}

/// A clerk of a unit.
pub(crate) fn clerk(unit: &str) -> Principal {
    Principal {
        unit: Some(unit_id(unit)),
        person: Some(PersonId::new(format!("clerk-{unit}")).unwrap()),
        ..principal(&format!("clerk-{unit}"), &[Role::UnitClerk])
    }
}

/// Somebody in an office of an authority: `p-case_officer`.
pub(crate) fn officer(person: &str) -> Principal {
    Principal {
        person: Some(PersonId::new(person).unwrap()),
        ..principal(person, &[Role::QuotaManager])
    }
}

pub(crate) fn file() -> String {
    "ab".repeat(32)
}

fn counted(division: &str, department: Option<&str>, headcount: u32) -> Counted {
    let division = DivisionCode::parse(division).unwrap();
    Counted { place: Counts::new(division, department.map(unit_id)).unwrap(), headcount }
}

/// What may be chosen, and for how long a transition lasts.
const TRANSITIONS: &str = "[parameters.transition_period_months]\nvalue = 12\narticle = \"本地规定\"\n\
    [parameters.transition_options]\nvalue = [\"转为事业单位工作人员\"]\narticle = \"本地规定\"\n";

impl Stage {
    /// Publishes parameters of the province.
    async fn publish(&self, parameters: &str) {
        let text = format!(
            "format = 1\nprofile = \"local\"\nversion = 1\njurisdiction = \"{PROVINCE}\"\n\
             title = \"本地\"\neffective_from = \"2015-01-01\"\n{parameters}"
        );
        let published = Published::read("local.toml", &text).unwrap();
        let document = &published.document;
        let blob = BlobRef::of(text.as_bytes());
        let event = PolicyEvent::ProfilePublished {
            document: PublishedDocument {
                id: document.profile.clone(),
                version: document.version,
                title: document.title.clone(),
                sha256: blob.digest.to_string(),
                size: blob.size,
            },
            jurisdiction: document.jurisdiction.clone(),
            effective_from: document.effective_from,
            effective_to: document.effective_to,
        };
        let draft = streams::draft::<streams::Policies>(streams::policies(), &event).unwrap();
        let transaction = Transaction::default().append(draft.with_blob(blob));
        let transaction = transaction.blob(text.into_bytes().into());
        self.house.realm.log.commit(transaction).await.unwrap();
    }

    /// Makes the plan without which nobody leaves: nobody works at the unit.
    pub(crate) async fn planned(&self, case: &str, unit: &str) {
        let open = wire::OpenTransitionRequest {
            case: format!("recertificationCases/{case}"),
            document_number: "测过渡〔2026〕1号".into(),
            from: Some(quanheng_api::date(self.house.realm.today())),
            transition_id: format!("t-{case}"),
            request_id: request_id(),
            validate_only: false,
        };
        rpc!(self, &clerk(unit), open_transition, open).unwrap();
    }

    /// A province in which nothing is under way.
    pub(crate) async fn open(kind: Kind) -> Self {
        let stage = Self::at(Place::new(kind).await).await;
        stage.house.publish_national().await;
        stage.publish(TRANSITIONS).await;
        let registered = Registered(&stage.house.realm);
        for (short, division) in [("p", PROVINCE), ("c", CITY), ("x", COUNTY)] {
            let unit = format!("auth-{short}");
            registered.unit(&unit, division, 30, None).await;
            registered.authority(division, &unit).await;
            for role in ROLES {
                registered.office(&unit, role, &format!("{short}-{role}")).await;
            }
            registered.unit(&format!("dept-{short}"), division, 40, None).await;
        }
        let event = streams::AttachmentEvent::AttachmentUploaded {
            sha256: file(),
            size: 1,
            file_name: "材料.pdf".into(),
            media_type: "application/pdf".into(),
            by: "principals/test".into(),
        };
        let stream = streams::attachment(&file());
        let draft = streams::draft::<streams::Attachments>(stream, &event).unwrap();
        registered.append(draft).await;
        stage
    }

    /// Another process over the same log.
    pub(crate) async fn at(place: Place) -> Self {
        let house = TestHouse::open_at(place, definitions().unwrap()).await;
        let api = RecertificationApi::new(Arc::clone(&house.house));
        let tasks = ApprovalApi::new(Arc::clone(&house.house), Matters::new(matters()));
        Self { house, api, tasks }
    }

    /// A campaign whose phases are as given.
    pub(crate) async fn campaign(&self, phases: &[(Phase, PhaseState)]) {
        let campaign = campaign_id();
        let by = PersonId::new("p-head").unwrap();
        let notified = Notified {
            title: "重新认定".into(),
            division: DivisionCode::parse(PROVINCE).unwrap(),
            document: document(1),
            notice: String::new(),
            attachments: vec![],
            baseline_on: date(2025, 12, 31),
            survey_due_on: date(2026, 12, 31),
        };
        let on = date(2026, 1, 4);
        let mut events = vec![CampaignEvent::CampaignNotified {
            campaign: campaign.clone(),
            notified,
            by: by.clone(),
            on,
        }];
        events.extend(phases.iter().map(|(phase, to)| CampaignEvent::CampaignMoved {
            moved: Course::PhaseMoved { phase: *phase, to: *to },
            by: by.clone(),
            on,
        }));
        for event in events {
            self.campaign_event(&event).await;
        }
        let began = ProvinceCampaignEvent::ProvinceCampaignBegan { campaign, on };
        let stream = streams::province_campaigns(&DivisionCode::parse(PROVINCE).unwrap());
        let draft = streams::draft::<streams::ProvinceCampaigns>(stream, &began).unwrap();
        Registered(&self.house.realm).append(draft).await;
    }

    pub(crate) async fn campaign_event(&self, event: &CampaignEvent) {
        let stream = streams::campaign(&campaign_id());
        let draft = streams::draft::<streams::Campaigns>(stream, event).unwrap();
        Registered(&self.house.realm).append(draft).await;
    }

    /// A task force of a division, the offices' people its members.
    pub(crate) async fn task_force(&self, division: &str, lead: &str, members: &[(&str, &str)]) {
        let member = |(person, department): &(&str, &str)| streams::Member {
            person: PersonId::new(*person).unwrap(),
            department: (*department).to_owned(),
        };
        let force = TaskForce {
            lead: PersonId::new(lead).unwrap(),
            members: members.iter().map(member).collect(),
            document: document(2),
        };
        let division = DivisionCode::parse(division).unwrap();
        let by = PersonId::new("p-head").unwrap();
        let on = date(2026, 1, 4);
        self.campaign_event(&CampaignEvent::TaskForceSet { division, force, by, on }).await;
    }

    /// Both phases take cases in, and a book with room.
    pub(crate) async fn under_way(&self, frozen: &[(&str, &str, u32)], kept: &[(&str, &str, u32)]) {
        self.campaign(&[
            (Phase::Provincial, PhaseState::Closed),
            (Phase::Municipal, PhaseState::Open),
        ])
        .await;
        self.book(frozen, kept).await;
    }

    /// A book: units by name, division and slots.
    pub(crate) async fn book(&self, frozen: &[(&str, &str, u32)], kept: &[(&str, &str, u32)]) {
        let of = |units: &[(&str, &str, u32)]| -> BTreeMap<UnitId, Counted> {
            let units = units.iter();
            units.map(|(id, at, slots)| (unit_id(id), counted(at, None, *slots))).collect()
        };
        for event in [
            BookEvent::UnitsFrozen { units: of(frozen) },
            BookEvent::UnitsRetained { units: of(kept) },
            BookEvent::BookOpened { on: date(2026, 1, 5) },
        ] {
            let stream = streams::book(&campaign_id());
            let draft = streams::draft::<streams::Books>(stream, &event).unwrap();
            Registered(&self.house.realm).append(draft).await;
        }
    }

    /// A survey that was signed, its three clear or not.
    pub(crate) async fn survey(&self, unit: &str, documents_clear: bool) {
        let (by, on) = (PersonId::new("somebody").unwrap(), date(2026, 1, 6));
        let answer = SurveyAnswer {
            affected: true,
            changes: vec![],
            structural: None,
            predecessors: vec![],
            successors: vec![],
            functions: "公共事务".into(),
            establishment_before: None,
            establishment_after: None,
            staff: 12,
            issues: vec![],
            remarks: String::new(),
        };
        let clear =
            |clear| Clear { clear: Some(clear), evidence: vec!["测组〔2026〕9号".into()] };
        let three = ThreeClear {
            staff: clear(true),
            documents: clear(documents_clear),
            functions: clear(true),
        };
        for event in [
            SurveyEvent::SurveySubmitted {
                campaign: campaign_id(),
                unit: unit_id(unit),
                answer: Box::new(answer),
                by: by.clone(),
                on,
            },
            SurveyEvent::SurveySigned { by: by.clone(), on },
            SurveyEvent::ThreeClearConfirmed {
                three,
                exception: None,
                complete: documents_clear,
                by,
                on,
            },
        ] {
            let stream = streams::survey(&campaign_id(), &unit_id(unit));
            let draft = streams::draft::<streams::Surveys>(stream, &event).unwrap();
            Registered(&self.house.realm).append(draft).await;
        }
    }

    /// A referenced unit of a division, under a department of its level.
    pub(crate) async fn referenced(&self, id: &str, division: &str, slots: u32) {
        let department = match division {
            PROVINCE => "dept-p",
            CITY => "dept-c",
            _ => "dept-x",
        };
        Registered(&self.house.realm).referenced(id, division, slots, department).await;
    }

    pub(crate) async fn book_state(&self) -> streams::BookState {
        self.state::<streams::Books>(streams::book(&campaign_id())).await
    }

    pub(crate) async fn state<E: streams::Entity>(
        &self,
        stream: quanheng_eventlog::StreamName,
    ) -> E::State {
        use quanheng_runtime::reading::{Horizon, state_at};
        state_at::<E>(&self.house.realm.log, stream, Horizon::Now).await.unwrap().0
    }

    /// The task of a person in a case.
    async fn task_of(&self, key: &CaseKey, person: &str) -> TaskNr {
        let person = PersonId::new(person).unwrap();
        let case = self.house.case(key).await.unwrap();
        let open = case.open.unwrap_or_else(|| panic!("{key} has ended"));
        let mut tasks = open.tasks.iter().filter(|task| task.state == TaskState::Open);
        let own = tasks.find(|task| task.holders().contains(&person));
        own.unwrap_or_else(|| panic!("{key}: {person} has nothing to do: {open:?}")).nr
    }

    /// Approves what is a person's to decide.
    pub(crate) async fn approve(&self, key: &CaseKey, person: &str) -> Result<(), Told> {
        let nr = self.task_of(key, person).await;
        let message = approval::ApproveTaskRequest {
            name: format!("approvalTasks/{key}.{}", nr.0),
            opinion: "同意".into(),
            request_id: request_id(),
            ..Default::default()
        };
        let answer = self.tasks.approve_task(request(&officer(person), message)).await;
        answer.map(drop).map_err(|status| told(&status))
    }

    /// Refuses it.
    pub(crate) async fn refuse(&self, key: &CaseKey, person: &str) -> Result<(), Told> {
        let nr = self.task_of(key, person).await;
        let message = approval::RefuseTaskRequest {
            name: format!("approvalTasks/{key}.{}", nr.0),
            opinion: "不同意".into(),
            request_id: request_id(),
            ..Default::default()
        };
        let answer = self.tasks.refuse_task(request(&officer(person), message)).await;
        answer.map(drop).map_err(|status| told(&status))
    }

    /// Returns it to a step.
    pub(crate) async fn give_back(
        &self,
        key: &CaseKey,
        person: &str,
        to: &str,
    ) -> Result<(), Told> {
        let nr = self.task_of(key, person).await;
        let message = approval::ReturnTaskRequest {
            name: format!("approvalTasks/{key}.{}", nr.0),
            to_step: to.into(),
            opinion: "退回重办".into(),
            request_id: request_id(),
            ..Default::default()
        };
        let answer = self.tasks.return_task(request(&officer(person), message)).await;
        answer.map(drop).map_err(|status| told(&status))
    }

    fn meeting(in_favour: bool) -> approval::Meeting {
        let members: Vec<String> = (1..=5).map(|nr| format!("persons/member-{nr}")).collect();
        approval::Meeting {
            due: members.clone(),
            present: members,
            in_favour: if in_favour { 5 } else { 0 },
            against: if in_favour { 0 } else { 5 },
            abstained: 0,
            minutes_ref: "测常纪〔2026〕3号".into(),
        }
    }

    fn basis() -> Option<Basis> {
        Some(Basis { document_number: document(7).to_string(), effective_on: day(2026, 6, 1) })
    }

    /// The body meets on a case.
    pub(crate) async fn meet(&self, key: &CaseKey, in_favour: bool) -> Result<(), Told> {
        let nr = self.task_of(key, "p-approval_secretary").await;
        let message = approval::RecordMeetingRequest {
            name: format!("approvalTasks/{key}.{}", nr.0),
            meeting: Some(Self::meeting(in_favour)),
            opinion: "会议研究".into(),
            basis: Self::basis(),
            request_id: request_id(),
            ..Default::default()
        };
        let who = officer("p-approval_secretary");
        let answer = self.tasks.record_meeting(request(&who, message)).await;
        answer.map(drop).map_err(|status| told(&status))
    }

    /// The body meets on many cases at once.
    pub(crate) async fn meet_all(&self, keys: &[CaseKey]) -> Result<(), Told> {
        let mut decisions = Vec::new();
        for key in keys {
            let nr = self.task_of(key, "p-approval_secretary").await;
            decisions.push(approval::TaskDecision {
                task: format!("approvalTasks/{key}.{}", nr.0),
                opinion: "会议研究".into(),
                basis: Self::basis(),
                meeting: Some(Self::meeting(true)),
                ..Default::default()
            });
        }
        let message = approval::BatchDecideTasksRequest {
            decisions,
            atomic: true,
            request_id: request_id(),
            ..Default::default()
        };
        let who = officer("p-approval_secretary");
        let answer = self.tasks.batch_decide_tasks(request(&who, message)).await;
        answer.map(drop).map_err(|status| told(&status))
    }

    pub(crate) async fn get(&self, id: &str) -> wire::RecertificationCase {
        let message = wire::GetCaseRequest {
            name: format!("recertificationCases/{id}"),
            min_position: self.house.head().await,
        };
        rpc!(self, &officer("p-case_officer"), get_case, message).unwrap().case.unwrap()
    }

    pub(crate) async fn create(
        &self,
        id: &str,
        unit: &str,
        change: wire::ReportedChange,
    ) -> Result<wire::RecertificationCase, Told> {
        let answer = rpc!(self, &clerk(unit), create_case, creating(id, unit, change));
        answer.map(|answer| answer.case.unwrap())
    }

    pub(crate) async fn bring(&self, id: &str, unit: &str, codes: &[&str]) -> Result<(), Told> {
        let material = |code: &&str| wire::Material {
            code: (*code).to_owned(),
            files: vec![format!("attachments/{}", file())],
            ..Default::default()
        };
        let message = wire::SubmitMaterialsRequest {
            name: format!("recertificationCases/{id}"),
            materials: codes.iter().map(material).collect(),
            request_id: request_id(),
            ..Default::default()
        };
        rpc!(self, &clerk(unit), submit_materials, message).map(drop)
    }

    pub(crate) async fn submit(&self, id: &str, unit: &str) -> Result<(), Told> {
        let message = wire::SubmitCaseRequest {
            name: format!("recertificationCases/{id}"),
            request_id: request_id(),
            ..Default::default()
        };
        rpc!(self, &clerk(unit), submit_case, message).map(drop)
    }

    pub(crate) async fn accept(&self, id: &str, who: &str, codes: &[&str]) -> Result<(), Told> {
        let material = |code: &&str| wire::Material {
            code: (*code).to_owned(),
            status: wire::MaterialStatus::Accepted.into(),
            ..Default::default()
        };
        let message = wire::ReviewMaterialsRequest {
            name: format!("recertificationCases/{id}"),
            materials: codes.iter().map(material).collect(),
            request_id: request_id(),
            ..Default::default()
        };
        rpc!(self, &officer(who), review_materials, message).map(drop)
    }

    /// A case with everything, submitted.
    pub(crate) async fn submitted(&self, id: &str, unit: &str, change: wire::ReportedChange) {
        self.create(id, unit, change).await.unwrap();
        self.bring(id, unit, &all_materials()).await.unwrap();
        self.submit(id, unit).await.unwrap();
    }

    /// A re-certification that waits for the joint review. `at`: the task force's place.
    pub(crate) async fn at_joint_review(
        &self,
        id: &str,
        unit: &str,
        change: wire::ReportedChange,
        at: &str,
    ) -> CaseKey {
        self.submitted(id, unit, change).await;
        let officer = format!("{at}-case_officer");
        self.accept(id, &officer, &all_materials()).await.unwrap();
        let key = key(CaseKind::Recertification, id);
        self.approve(&key, &officer).await.unwrap();
        key
    }

    /// A re-certification that waits for its approval.
    pub(crate) async fn at_approval(
        &self,
        id: &str,
        unit: &str,
        change: wire::ReportedChange,
        at: &str,
    ) -> CaseKey {
        let key = self.at_joint_review(id, unit, change, at).await;
        for department in ["organization_department", "establishment_office", "finance_department"]
        {
            self.approve(&key, &format!("{at}-{department}_reviewer")).await.unwrap();
        }
        self.approve(&key, &format!("{at}-task_force_lead")).await.unwrap();
        if unit.starts_with('x') {
            self.approve(&key, "x-organization_department_head").await.unwrap();
        }
        self.approve(&key, &format!("{at}-organization_department_head")).await.unwrap();
        key
    }
}

pub(crate) fn all_materials() -> Vec<&'static str> {
    let mut all = MATERIALS.to_vec();
    all.push("three_clear_sign_off");
    all
}

pub(crate) fn key(kind: CaseKind, id: &str) -> CaseKey {
    CaseKey { kind, id: id.to_owned() }
}

pub(crate) fn creating(
    id: &str,
    unit: &str,
    change: wire::ReportedChange,
) -> wire::CreateCaseRequest {
    wire::CreateCaseRequest {
        unit: format!("units/{unit}"),
        campaign: String::new(),
        change: Some(change),
        grounds: Some(grounds()),
        reason: "机构改革".into(),
        renews: String::new(),
        case_id: id.to_owned(),
        request_id: request_id(),
        validate_only: false,
    }
}

/// Grounds that carry: a law, a duty document, slots, fiscal pay.
pub(crate) fn grounds() -> wire::CaseGrounds {
    wire::CaseGrounds {
        bases: vec![basis(
            wire::BasisKind::ProvincialLocalRegulation,
            wire::BasisIssuer::ProvincialCongress,
        )],
        duties: vec![wire::DutyDocument {
            document_number: document(5).to_string(),
            issuer: wire::DutyIssuer::EstablishmentOffice.into(),
            issued_on: day(2025, 3, 1),
            duties: "市政公用事业管理".into(),
        }],
        establishment: Some(registry::Establishment {
            referenced_institution: 20,
            ..Default::default()
        }),
        pay: wire::PaySource::Fiscal.into(),
    }
}

pub(crate) fn basis(kind: wire::BasisKind, issuer: wire::BasisIssuer) -> wire::LegalBasis {
    wire::LegalBasis {
        kind: kind.into(),
        title: "测试条例".into(),
        article: "第三条".into(),
        issuer: issuer.into(),
        division: PROVINCE.into(),
        in_force_from: day(2020, 1, 1),
        function: "公共事务管理".into(),
        ..Default::default()
    }
}

fn changed(
    kind: registry::UnitChangeKind,
    unit: &str,
    after: registry::UnitProfile,
    functions_changed: bool,
) -> wire::ReportedChange {
    let one = |after| wire::ChangedUnit {
        unit: format!("units/{unit}"),
        after,
        functions_changed: Some(functions_changed),
        ..Default::default()
    };
    wire::ReportedChange {
        kind: kind.into(),
        predecessors: vec![one(None)],
        successors: vec![one(Some(after))],
        documents: vec![document(6).to_string()],
        effective_on: day(2026, 3, 1),
    }
}

/// Another name, and no more.
pub(crate) fn renamed(unit: &str) -> wire::ReportedChange {
    let after = registry::UnitProfile {
        display_name: Some("测试新名中心".into()),
        ..Default::default()
    };
    changed(registry::UnitChangeKind::Rename, unit, after, false)
}

/// Other functions.
pub(crate) fn other_functions(unit: &str) -> wire::ReportedChange {
    let after = registry::UnitProfile {
        functions: Some("新的管理职能".into()),
        ..Default::default()
    };
    changed(registry::UnitChangeKind::Function, unit, after, true)
}

/// Other functions, with so many slots.
pub(crate) fn with_slots(unit: &str, slots: u32) -> wire::ReportedChange {
    let after = registry::UnitProfile {
        functions: Some("新的管理职能".into()),
        establishment: Some(registry::Establishment {
            referenced_institution: slots,
            ..Default::default()
        }),
        ..Default::default()
    };
    changed(registry::UnitChangeKind::Function, unit, after, true)
}

/// It becomes an organ.
pub(crate) fn converted(unit: &str) -> wire::ReportedChange {
    let after = registry::UnitProfile {
        nature: Some(registry::UnitNature::Organ.into()),
        kind: Some(registry::UnitKind::Organ.into()),
        ..Default::default()
    };
    changed(registry::UnitChangeKind::ConvertToOrgan, unit, after, false)
}

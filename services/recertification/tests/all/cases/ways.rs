//! Whole ways of cases, on each of the three routes.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_recertification::campaign::{Phase, PhaseState};
use quanheng_register::unit::Nature;
use quanheng_streams as streams;
use quanheng_streams::CaseKind;

use super::stage::{
    CITY, COUNTY, Kind, PROVINCE, Stage, all_materials, clerk, converted, creating, key, officer,
    other_functions, renamed, request_id, rpc, unit_id,
};

on_both!(
    a_provincial_unit_is_certified_anew,
    a_county_unit_goes_through_every_gate,
    a_new_name_is_filed,
    a_unit_becomes_an_organ,
    a_correction_comes_back,
    gates_are_passed_again_after_a_return,
    the_establishment_office_is_asked,
    what_is_asked_twice_happens_once,
);

async fn a_provincial_unit_is_certified_anew(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("p1", PROVINCE, 20).await;
    stage.campaign(&[(Phase::Provincial, PhaseState::Open)]).await;
    stage.book(&[("p1", PROVINCE, 20)], &[("p1", PROVINCE, 20)]).await;
    stage.survey("p1", true).await;
    let mut create = creating("k1", "p1", other_functions("p1"));
    create.campaign = "campaigns/c26".into();
    let made = rpc!(stage, &clerk("p1"), create_case, create).unwrap().case.unwrap();
    assert_eq!(made.state(), wire::CaseState::Draft);
    assert_eq!(made.route(), wire::ChangeRoute::Recertify);
    assert_eq!(made.blockers, ["MATERIALS_INCOMPLETE"]);
    stage.bring("k1", "p1", &all_materials()).await.unwrap();
    stage.submit("k1", "p1").await.unwrap();
    assert_eq!(stage.get("k1").await.state(), wire::CaseState::CompletenessCheck);
    let phase = streams::phase_cases(&super::stage::campaign_id(), Phase::Provincial);
    assert_eq!(stage.state::<streams::PhaseCases>(phase.clone()).await.len(), 1);
    stage.accept("k1", "p-case_officer", &all_materials()).await.unwrap();
    let key = key(CaseKind::Recertification, "k1");
    stage.approve(&key, "p-case_officer").await.unwrap();
    stage.approve(&key, "p-organization_department_reviewer").await.unwrap();
    // An adverse opinion goes up with the case and stops nothing.
    stage.refuse(&key, "p-establishment_office_reviewer").await.unwrap();
    assert_eq!(stage.get("k1").await.state(), wire::CaseState::JointReview);
    stage.approve(&key, "p-finance_department_reviewer").await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!(told.state(), wire::CaseState::Conclusion);
    let adverse: Vec<&str> =
        told.opinions.iter().filter(|one| !one.favourable).map(|one| &*one.department).collect();
    assert_eq!(adverse, ["establishment_office"]);
    stage.approve(&key, "p-task_force_lead").await.unwrap();
    stage.approve(&key, "p-organization_department_head").await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!(told.state(), wire::CaseState::Approval);
    assert_eq!(told.recommendation(), wire::Recommendation::Approve);
    stage.meet(&key, true).await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!(told.state(), wire::CaseState::Approved);
    let acts: Vec<(&str, &str)> =
        told.gates.iter().map(|gate| (gate.act.as_str(), gate.body.as_str())).collect();
    assert_eq!(
        acts,
        [
            ("propose", "parent_department"),
            ("conclude", "provincial_task_force"),
            ("report", "provincial_authority"),
            ("approve", "provincial_committee"),
        ]
    );
    assert!(told.central_filing_due_on.is_some());
    assert!(stage.state::<streams::PhaseCases>(phase).await.is_empty());
    let book = stage.book_state().await;
    assert_eq!(book.book.units()[&unit_id("p1")].headcount, 20);
    let message = wire::RegisterUnitRequest {
        name: "recertificationCases/k1".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let told = rpc!(stage, &officer("p-registrar"), register_unit, message).unwrap();
    assert_eq!(told.case.unwrap().state(), wire::CaseState::Registered);
    let unit = stage.state::<streams::Units>(streams::unit(&unit_id("p1"))).await.unwrap();
    let reference = unit.as_of(stage.house.realm.today()).unwrap().reference.unwrap();
    assert_eq!(reference.approval_document, super::stage::document(7));
    assert_eq!(reference.approved_on, stage.house.realm.today());
    // It may be changed anew while it is filed with the central authority.
    let open = streams::reference_case(&unit_id("p1"));
    assert_eq!(stage.state::<streams::OpenCases>(open).await.unwrap().holder, None);
    let message = wire::FileWithCentralAuthorityRequest {
        name: "recertificationCases/k1".into(),
        document_number: super::stage::document(8).to_string(),
        request_id: request_id(),
        ..Default::default()
    };
    let told = rpc!(stage, &officer("p-registrar"), file_with_central_authority, message).unwrap();
    assert_eq!(told.case.unwrap().state(), wire::CaseState::CentrallyFiled);
    let message = wire::PublishPrecedentRequest {
        name: "recertificationCases/k1".into(),
        title: "省级条例授权".into(),
        summary: "以省级地方性法规认定".into(),
        request_id: request_id(),
        ..Default::default()
    };
    rpc!(stage, &officer("p-case_officer"), publish_precedent, message).unwrap();
    let min_position = stage.house.head().await;
    let message = wire::ListPrecedentsRequest {
        min_position,
        filter: "basis = \"PROVINCIAL_LOCAL_REGULATION\"".into(),
        ..Default::default()
    };
    let found = rpc!(stage, &officer("p-case_officer"), list_precedents, message).unwrap();
    assert_eq!(found.precedents.len(), 1);
    assert_eq!(found.precedents[0].outcome, "APPROVED");
    let name = "recertificationCases/k1".to_owned();
    let message = wire::GetTimelineRequest { name, min_position };
    let told = rpc!(stage, &officer("p-case_officer"), get_timeline, message).unwrap();
    assert!(told.entries.is_sorted_by_key(|entry| entry.position));
    assert!(told.entries.iter().any(|entry| entry.summary.starts_with("予以认定")));
    let message = wire::ListCasesRequest {
        min_position,
        filter: "campaign = \"campaigns/c26\" AND state = \"CENTRALLY_FILED\"".into(),
        ..Default::default()
    };
    let found = rpc!(stage, &officer("p-case_officer"), list_cases, message).unwrap();
    assert_eq!(found.cases.len(), 1);
    let message = wire::GetBookRequest {
        campaign: "campaigns/c26".into(),
        min_position,
        ..Default::default()
    };
    let book = rpc!(stage, &officer("p-case_officer"), get_book, message).unwrap();
    assert_eq!(book.scopes[0].scope, PROVINCE);
    assert_eq!(book.scopes[0].room, Some(wire::ScopeFigures { units: 0, headcount: 0 }));
}

async fn a_county_unit_goes_through_every_gate(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("x1", COUNTY, 20).await;
    stage.under_way(&[("x1", COUNTY, 20)], &[("x1", COUNTY, 20)]).await;
    let key = stage.at_approval("k1", "x1", other_functions("x1"), "c").await;
    stage.meet(&key, true).await.unwrap();
    let told = stage.get("k1").await;
    let acts: Vec<(&str, &str)> =
        told.gates.iter().map(|gate| (gate.act.as_str(), gate.body.as_str())).collect();
    assert_eq!(
        acts,
        [
            ("propose", "parent_department"),
            ("conclude", "prefecture_task_force"),
            ("report", "county_authority"),
            ("report", "prefecture_authority"),
            ("approve", "provincial_authority"),
        ]
    );
    assert!(told.central_filing_due_on.is_none());
    let message = wire::RegisterUnitRequest {
        name: "recertificationCases/k1".into(),
        request_id: request_id(),
        ..Default::default()
    };
    rpc!(stage, &officer("x-registrar"), register_unit, message).unwrap();
    let case = stage.house.case(&key).await.unwrap();
    assert_eq!(case.ended.unwrap().end.as_str(), "registered");
}

/// W-90
async fn a_new_name_is_filed(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    stage.submitted("k1", "c1", renamed("c1")).await;
    assert_eq!(stage.get("k1").await.route(), wire::ChangeRoute::Filing);
    stage.accept("k1", "c-case_officer", &all_materials()).await.unwrap();
    let key = key(CaseKind::ReferenceFiling, "k1");
    stage.approve(&key, "c-case_officer").await.unwrap();
    stage.meet(&key, true).await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!(told.state(), wire::CaseState::Filed);
    assert_eq!(told.decision.unwrap().document_number, super::stage::document(7).to_string());
    assert_eq!(stage.book_state().await.book.units().len(), 1);
    let open = streams::reference_case(&unit_id("c1"));
    assert_eq!(stage.state::<streams::OpenCases>(open).await.unwrap().holder, None);
}

/// W-94, as far as the unit goes.
async fn a_unit_becomes_an_organ(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    stage.submitted("k1", "c1", converted("c1")).await;
    stage.planned("k1", "c1").await;
    assert_eq!(stage.get("k1").await.route(), wire::ChangeRoute::Exit);
    stage.accept("k1", "c-case_officer", &all_materials()).await.unwrap();
    let key = key(CaseKind::ReferenceExit, "k1");
    for person in ["c-case_officer", "c-task_force_lead", "c-organization_department_head"] {
        stage.approve(&key, person).await.unwrap();
    }
    stage.meet(&key, true).await.unwrap();
    assert_eq!(stage.get("k1").await.state(), wire::CaseState::ExitApproved);
    assert!(stage.book_state().await.book.units().is_empty());
    let unit = stage.state::<streams::Units>(streams::unit(&unit_id("c1"))).await.unwrap();
    let profile = unit.as_of(stage.house.realm.today()).unwrap();
    assert_eq!((profile.nature, profile.reference), (Nature::Organ, None));
}

async fn a_correction_comes_back(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    stage.submitted("k1", "c1", other_functions("c1")).await;
    let ask = wire::RequestCorrectionRequest {
        name: "recertificationCases/k1".into(),
        text: "请补充职能对照".into(),
        materials: vec!["function_comparison".into(), "other".into()],
        request_id: request_id(),
        ..Default::default()
    };
    let told = rpc!(stage, &officer("c-case_officer"), request_correction, ask).unwrap();
    assert_eq!(told.case.unwrap().state(), wire::CaseState::CorrectionRequested);
    let answer = || wire::AnswerCorrectionRequest {
        name: "recertificationCases/k1".into(),
        answer: "已补充".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = rpc!(stage, &clerk("c1"), answer_correction, answer()).unwrap_err();
    assert_eq!(refused.reason, "MATERIALS_INCOMPLETE");
    assert_eq!(refused.metadata["missing"], "other");
    stage.bring("k1", "c1", &["function_comparison", "other"]).await.unwrap();
    let told = rpc!(stage, &clerk("c1"), answer_correction, answer()).unwrap().case.unwrap();
    assert_eq!(told.state(), wire::CaseState::CompletenessCheck);
    assert_eq!(told.corrections.len(), 1);
    assert_eq!(told.corrections[0].answer, "已补充");
    let again = rpc!(stage, &clerk("c1"), answer_correction, answer()).unwrap_err();
    assert_eq!(again.reason, "WRONG_STATE");
}

async fn gates_are_passed_again_after_a_return(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("x1", COUNTY, 20).await;
    stage.under_way(&[("x1", COUNTY, 20)], &[("x1", COUNTY, 20)]).await;
    let key = stage.at_joint_review("k1", "x1", other_functions("x1"), "c").await;
    for department in ["organization_department", "establishment_office", "finance_department"] {
        stage.approve(&key, &format!("c-{department}_reviewer")).await.unwrap();
    }
    stage.approve(&key, "c-task_force_lead").await.unwrap();
    assert_eq!(stage.get("k1").await.gates.len(), 2);
    stage.give_back(&key, "x-organization_department_head", "conclusion").await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!((told.state(), told.gates.len()), (wire::CaseState::Conclusion, 1));
    assert_eq!(told.opinions.len(), 3);
    stage.give_back(&key, "c-task_force_lead", "joint_review").await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!((told.state(), told.gates.len()), (wire::CaseState::JointReview, 1));
    for department in ["organization_department", "establishment_office", "finance_department"] {
        stage.approve(&key, &format!("c-{department}_reviewer")).await.unwrap();
    }
    stage.refuse(&key, "c-task_force_lead").await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!(told.recommendation(), wire::Recommendation::Deny);
    assert_eq!((told.state(), told.gates.len()), (wire::CaseState::Report, 2));
}

async fn the_establishment_office_is_asked(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    let key = stage.at_joint_review("k1", "c1", other_functions("c1"), "c").await;
    let consult = wire::RecordConsultationRequest {
        name: "recertificationCases/k1".into(),
        documents: vec![wire::ConsultedDocument {
            document_number: super::stage::document(3).to_string(),
            title: "三定规定".into(),
            ..Default::default()
        }],
        request_id: request_id(),
        ..Default::default()
    };
    let who = officer("c-organization_department_reviewer");
    rpc!(stage, &who, record_consultation, consult).unwrap();
    let due = stage.house.case(&key).await.unwrap().open.unwrap().due;
    let refer = wire::ReferToEstablishmentOfficeRequest {
        name: "recertificationCases/k1".into(),
        question: "请厘清职能".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let told = rpc!(stage, &who, refer_to_establishment_office, refer.clone()).unwrap();
    let told = told.case.unwrap();
    assert_eq!(told.state(), wire::CaseState::Referred);
    assert_eq!(told.blockers, ["REFERRAL_OPEN"]);
    let refer = wire::ReferToEstablishmentOfficeRequest { request_id: request_id(), ..refer };
    let again = rpc!(stage, &who, refer_to_establishment_office, refer).unwrap_err();
    assert_eq!(again.reason, "WRONG_STATE");
    // The clock stands still meanwhile.
    stage.house.clock.pass_days(21);
    let answer = wire::AnswerReferralRequest {
        name: "recertificationCases/k1".into(),
        answer: "职能已厘清".into(),
        document_number: super::stage::document(4).to_string(),
        request_id: request_id(),
        ..Default::default()
    };
    let stranger = officer("c-finance_department_reviewer");
    let denied = rpc!(stage, &stranger, answer_referral, answer.clone()).unwrap_err();
    assert_eq!(denied.reason, "ACCESS_DENIED");
    let office = officer("c-establishment_office_reviewer");
    let told = rpc!(stage, &office, answer_referral, answer).unwrap().case.unwrap();
    assert_eq!(told.state(), wire::CaseState::JointReview);
    assert_eq!(told.referrals[0].answer, "职能已厘清");
    let after = stage.house.case(&key).await.unwrap().open.unwrap().due;
    assert_ne!(due, after);
}

async fn what_is_asked_twice_happens_once(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    let create = creating("k1", "c1", other_functions("c1"));
    let mut trial = create.clone();
    trial.validate_only = true;
    let head = stage.house.head().await;
    rpc!(stage, &clerk("c1"), create_case, trial).unwrap();
    assert_eq!(stage.house.head().await, head);
    let first = rpc!(stage, &clerk("c1"), create_case, create.clone()).unwrap();
    let head = stage.house.head().await;
    let again = rpc!(stage, &clerk("c1"), create_case, create.clone()).unwrap();
    assert_eq!((first, head), (again, stage.house.head().await));
    let mut other = create;
    other.reason = "另一事由".into();
    let reused = rpc!(stage, &clerk("c1"), create_case, other).unwrap_err();
    assert_eq!(reused.reason, "REQUEST_ID_REUSED");
    let withdraw = wire::WithdrawCaseRequest {
        name: "recertificationCases/k1".into(),
        reason: "暂缓".into(),
        request_id: request_id(),
        etag: "v9.9".into(),
        ..Default::default()
    };
    let stale = rpc!(stage, &clerk("c1"), withdraw_case, withdraw.clone()).unwrap_err();
    assert_eq!(stale.reason, "ETAG_MISMATCH");
    let etag = stage.get("k1").await.etag;
    let withdraw = wire::WithdrawCaseRequest { etag, request_id: request_id(), ..withdraw };
    let told = rpc!(stage, &clerk("c1"), withdraw_case, withdraw).unwrap().case.unwrap();
    assert_eq!(told.state(), wire::CaseState::Withdrawn);
    // Its unit may have another.
    stage.create("k2", "c1", renamed("c1")).await.unwrap();
}

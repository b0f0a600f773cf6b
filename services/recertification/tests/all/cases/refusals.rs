//! Every refusal once: code, reason, figures, and that nothing changed.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_recertification::campaign::{Phase, PhaseState};
use quanheng_streams::CaseKind;
use tonic::Code;

use super::stage::{
    CITY, Kind, PROVINCE, Registered, Stage, Told, all_materials, basis, clerk, creating, grounds,
    key, officer, other_functions, renamed, request_id, rpc,
};

on_both!(
    the_phase_is_locked,
    the_three_are_not_clear,
    a_failed_condition_has_no_way_around,
    an_opinion_is_missing,
    who_may_not_review,
    what_is_no_case,
    nothing_was_frozen,
    a_filing_that_is_more,
    conditions_are_asked_inline,
    what_a_batch_would_do_is_asked,
);

fn is(told: &Told, code: Code, reason: &str) {
    assert_eq!((told.code, told.reason.as_str()), (code, reason), "{told:?}");
}

/// W-103
async fn the_phase_is_locked(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.campaign(&[(Phase::Provincial, PhaseState::Open)]).await;
    stage.book(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    stage.survey("c1", true).await;
    let mut create = creating("k1", "c1", other_functions("c1"));
    create.campaign = "campaigns/c26".into();
    rpc!(stage, &clerk("c1"), create_case, create).unwrap();
    stage.bring("k1", "c1", &all_materials()).await.unwrap();
    let head = stage.house.head().await;
    let refused = stage.submit("k1", "c1").await.unwrap_err();
    is(&refused, Code::FailedPrecondition, "PHASE_LOCKED");
    assert_eq!(refused.metadata["resource"], "recertificationCases/k1");
    assert_eq!(refused.metadata["provincial_state"], "open");
    assert_eq!(stage.house.head().await, head);
}

/// W-105
async fn the_three_are_not_clear(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("p1", PROVINCE, 20).await;
    stage.campaign(&[(Phase::Provincial, PhaseState::Open)]).await;
    stage.book(&[("p1", PROVINCE, 20)], &[("p1", PROVINCE, 20)]).await;
    stage.survey("p1", false).await;
    let mut create = creating("k1", "p1", other_functions("p1"));
    create.campaign = "campaigns/c26".into();
    rpc!(stage, &clerk("p1"), create_case, create).unwrap();
    let missing = stage.submit("k1", "p1").await.unwrap_err();
    is(&missing, Code::FailedPrecondition, "MATERIALS_INCOMPLETE");
    stage.bring("k1", "p1", &all_materials()).await.unwrap();
    let refused = stage.submit("k1", "p1").await.unwrap_err();
    is(&refused, Code::FailedPrecondition, "THREE_CLEAR_INCOMPLETE");
    assert_eq!(refused.metadata["unclear"], "编制文件");
    stage.survey("p1", true).await;
    stage.submit("k1", "p1").await.unwrap();
}

/// W-98, W-100
async fn a_failed_condition_has_no_way_around(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    let mut create = creating("k1", "c1", other_functions("c1"));
    let rule = basis(wire::BasisKind::DepartmentalRule, wire::BasisIssuer::Ministry);
    let plan = basis(wire::BasisKind::ThreeDeterminations, wire::BasisIssuer::EstablishmentOffice);
    create.grounds = Some(wire::CaseGrounds { bases: vec![rule, plan], ..grounds() });
    rpc!(stage, &clerk("c1"), create_case, create.clone()).unwrap();
    stage.bring("k1", "c1", &all_materials()).await.unwrap();
    stage.submit("k1", "c1").await.unwrap();
    stage.accept("k1", "c-case_officer", &all_materials()).await.unwrap();
    let key = key(CaseKind::Recertification, "k1");
    stage.approve(&key, "c-case_officer").await.unwrap();
    for department in ["organization_department", "establishment_office", "finance_department"] {
        stage.approve(&key, &format!("c-{department}_reviewer")).await.unwrap();
    }
    stage.approve(&key, "c-task_force_lead").await.unwrap();
    stage.approve(&key, "c-organization_department_head").await.unwrap();
    let head = stage.house.head().await;
    let refused = stage.meet(&key, true).await.unwrap_err();
    is(&refused, Code::FailedPrecondition, "NO_STATUTORY_AUTHORIZATION");
    assert_eq!(stage.house.head().await, head);
    // The body may only refuse; the unit counts no more.
    stage.meet(&key, false).await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!(told.state(), wire::CaseState::Denied);
    assert_eq!(told.decision.unwrap().reasons, ["NO_STATUTORY_AUTHORIZATION"]);
    assert!(stage.book_state().await.book.units().is_empty());
    // It is heard again only with something new, whether it says that it was denied or not.
    let again = |id: &str, grounds: wire::CaseGrounds, renews: &str| wire::CreateCaseRequest {
        grounds: Some(grounds),
        renews: renews.into(),
        ..creating(id, "c1", other_functions("c1"))
    };
    for renews in ["", "recertificationCases/k1"] {
        let same = again("k2", create.grounds.clone().unwrap(), renews);
        let refused = rpc!(stage, &clerk("c1"), create_case, same).unwrap_err();
        is(&refused, Code::FailedPrecondition, "NOTHING_NEW");
        assert_eq!(refused.metadata["denied"], "recertificationCases/k1");
    }
    let unpaid = wire::CaseGrounds { pay: wire::PaySource::SelfFunded.into(), ..grounds() };
    let told = rpc!(stage, &clerk("c1"), create_case, again("k2", unpaid, "")).unwrap();
    let told = told.case.unwrap();
    assert_eq!(told.renews, "recertificationCases/k1");
    assert!(told.blockers.contains(&"NOT_FISCALLY_FUNDED".to_owned()));
}

/// W-104
async fn an_opinion_is_missing(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    let key = stage.at_joint_review("k1", "c1", other_functions("c1"), "c").await;
    stage.approve(&key, "c-organization_department_reviewer").await.unwrap();
    stage.approve(&key, "c-establishment_office_reviewer").await.unwrap();
    let told = stage.get("k1").await;
    assert_eq!(told.state(), wire::CaseState::JointReview);
    assert_eq!(told.blockers, ["OPINION_MISSING"]);
    stage.approve(&key, "c-finance_department_reviewer").await.unwrap();
    assert_eq!(stage.get("k1").await.state(), wire::CaseState::Conclusion);
}

async fn who_may_not_review(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("p1", PROVINCE, 20).await;
    stage.campaign(&[(Phase::Provincial, PhaseState::Open)]).await;
    stage.book(&[("p1", PROVINCE, 20)], &[("p1", PROVINCE, 20)]).await;
    stage.survey("p1", true).await;
    stage
        .task_force(
            PROVINCE,
            "p-task_force_lead",
            &[
                ("p-organization_department_reviewer", "organization_department"),
                ("p-establishment_office_reviewer", "finance_department"),
            ],
        )
        .await;
    // Who reviews finance is of the applicant's own parent department.
    Registered(&stage.house.realm).person("p-finance_department_reviewer", "dept-p", None).await;
    let mut create = creating("k1", "p1", other_functions("p1"));
    create.campaign = "campaigns/c26".into();
    rpc!(stage, &clerk("p1"), create_case, create).unwrap();
    stage.bring("k1", "p1", &all_materials()).await.unwrap();
    stage.submit("k1", "p1").await.unwrap();
    let denied = stage.accept("k1", "p-registrar", &all_materials()).await.unwrap_err();
    is(&denied, Code::PermissionDenied, "ACCESS_DENIED");
    stage.accept("k1", "p-case_officer", &all_materials()).await.unwrap();
    let key = key(CaseKind::Recertification, "k1");
    stage.approve(&key, "p-case_officer").await.unwrap();
    let head = stage.house.head().await;
    let other = stage.approve(&key, "p-establishment_office_reviewer").await.unwrap_err();
    is(&other, Code::FailedPrecondition, "NOT_OF_TASK_FORCE");
    assert_eq!(other.metadata["department"], "establishment_office");
    let own = stage.approve(&key, "p-finance_department_reviewer").await.unwrap_err();
    is(&own, Code::PermissionDenied, "CONFLICT_OF_INTEREST");
    assert_eq!(own.metadata["unit"], "units/dept-p");
    assert_eq!(stage.house.head().await, head);
    stage.approve(&key, "p-organization_department_reviewer").await.unwrap();
}

async fn what_is_no_case(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    stage.referenced("c2", CITY, 20).await;
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    stage.create("k1", "c1", other_functions("c1")).await.unwrap();
    let head = stage.house.head().await;
    let refused = stage.create("k2", "c1", renamed("c1")).await.unwrap_err();
    is(&refused, Code::FailedPrecondition, "UNIT_HAS_OPEN_CASE");
    assert_eq!(refused.metadata["case"], "recertificationCases/k1");
    let refused = stage.create("k1", "c2", renamed("c2")).await.unwrap_err();
    is(&refused, Code::AlreadyExists, "RESOURCE_EXISTS");
    let other = creating("k3", "c2", renamed("c2"));
    let denied = rpc!(stage, &clerk("c1"), create_case, other).unwrap_err();
    is(&denied, Code::PermissionDenied, "ACCESS_DENIED");
    // Of a unit that the change does not concern.
    let foreign = stage.create("k3", "c2", renamed("c1")).await.unwrap_err();
    is(&foreign, Code::InvalidArgument, "INVALID_FIELD");
    // Another establishment than the change says.
    let mut create = creating("k3", "c2", other_functions("c2"));
    let establishment = create.grounds.as_mut().unwrap().establishment.as_mut().unwrap();
    establishment.referenced_institution = 21;
    let refused = rpc!(stage, &clerk("c2"), create_case, create).unwrap_err();
    is(&refused, Code::InvalidArgument, "INVALID_FIELD");
    assert_eq!(refused.metadata["field"], "grounds.establishment");
    // A change of another route is another case.
    let update = wire::UpdateCaseRequest {
        name: "recertificationCases/k1".into(),
        change: Some(renamed("c1")),
        grounds: Some(grounds()),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = rpc!(stage, &clerk("c1"), update_case, update).unwrap_err();
    is(&refused, Code::FailedPrecondition, "REROUTE");
    let bring = wire::SubmitMaterialsRequest {
        name: "recertificationCases/k1".into(),
        materials: vec![wire::Material {
            code: "request".into(),
            files: vec![format!("attachments/{}", "cd".repeat(32))],
            ..Default::default()
        }],
        request_id: request_id(),
        ..Default::default()
    };
    let refused = rpc!(stage, &clerk("c1"), submit_materials, bring).unwrap_err();
    is(&refused, Code::NotFound, "RESOURCE_NOT_FOUND");
    let refused = stage.accept("k1", "c-case_officer", &["request"]).await.unwrap_err();
    is(&refused, Code::FailedPrecondition, "WRONG_STATE");
    let register = wire::RegisterUnitRequest {
        name: "recertificationCases/k1".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = rpc!(stage, &officer("c-registrar"), register_unit, register).unwrap_err();
    is(&refused, Code::FailedPrecondition, "WRONG_STATE");
    let nobody = wire::GetCaseRequest {
        name: "recertificationCases/none".into(),
        min_position: stage.house.head().await,
    };
    let refused = rpc!(stage, &officer("c-case_officer"), get_case, nobody).unwrap_err();
    is(&refused, Code::NotFound, "RESOURCE_NOT_FOUND");
    assert_eq!(stage.house.head().await, head);
}

async fn nothing_was_frozen(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    let key = stage.at_approval("k1", "c1", other_functions("c1"), "c").await;
    let refused = stage.meet(&key, true).await.unwrap_err();
    is(&refused, Code::FailedPrecondition, "BASELINE_MISSING");
    stage.under_way(&[("c1", CITY, 20)], &[("c1", CITY, 20)]).await;
    stage.meet(&key, true).await.unwrap();
}

async fn a_filing_that_is_more(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.referenced("c1", CITY, 20).await;
    // W-93: what comes together goes the strictest way.
    let mut change = renamed("c1");
    change.successors[0].functions_changed = Some(true);
    let told = stage.create("k1", "c1", change).await.unwrap();
    assert_eq!(told.route(), wire::ChangeRoute::Recertify);
    // A filing that says nothing of functions is none.
    stage.referenced("c2", CITY, 20).await;
    let mut silent = renamed("c2");
    silent.successors[0].functions_changed = None;
    let told = stage.create("k2", "c2", silent).await.unwrap();
    assert_eq!(told.route(), wire::ChangeRoute::Recertify);
}

/// W-98, W-99, W-100
async fn conditions_are_asked_inline(kind: Kind) {
    let stage = Stage::open(kind).await;
    let asked = |grounds| wire::CheckConditionsRequest {
        division: CITY.into(),
        grounds: Some(grounds),
        ..Default::default()
    };
    let who = officer("somebody");
    let met = rpc!(stage, &who, check_conditions, asked(grounds())).unwrap();
    assert_eq!(met.verdict, "MET");
    let unpaid = wire::CaseGrounds { pay: wire::PaySource::SelfFunded.into(), ..grounds() };
    let denied = rpc!(stage, &who, check_conditions, asked(unpaid)).unwrap();
    assert_eq!(denied.verdict, "DENIED");
    assert!(denied.findings.iter().any(|one| one.reason == "NOT_FISCALLY_FUNDED"));
    let rule = basis(wire::BasisKind::DepartmentalRule, wire::BasisIssuer::Ministry);
    let rules = wire::CaseGrounds { bases: vec![rule], ..grounds() };
    let denied = rpc!(stage, &who, check_conditions, asked(rules)).unwrap();
    assert!(denied.findings.iter().any(|one| one.reason == "NO_STATUTORY_AUTHORIZATION"));
    let unknown = wire::CaseGrounds { pay: 0, ..grounds() };
    assert_eq!(rpc!(stage, &who, check_conditions, asked(unknown)).unwrap().verdict, "UNKNOWN");
}

async fn what_a_batch_would_do_is_asked(kind: Kind) {
    let stage = Stage::open(kind).await;
    let unit = |id: &str, headcount| wire::UnitSettlement {
        unit: format!("units/{id}"),
        division: CITY.into(),
        headcount,
        ..Default::default()
    };
    let asked = |headcount| wire::CheckOnlyDecreaseRequest {
        division: PROVINCE.into(),
        before: vec![unit("a", 10), unit("b", 10)],
        committed: vec![unit("a", 10)],
        settlements: vec![unit("n", headcount)],
        ..Default::default()
    };
    let who = officer("somebody");
    let fits = rpc!(stage, &who, check_only_decrease, asked(10)).unwrap();
    assert!(fits.passed);
    let line = &fits.scopes[0];
    assert_eq!(line.scope, PROVINCE);
    assert_eq!(line.room, Some(wire::ScopeFigures { units: 0, headcount: 0 }));
    let grows = rpc!(stage, &who, check_only_decrease, asked(11)).unwrap();
    assert!(!grows.passed);
    assert_eq!(grows.scopes[0].room, Some(wire::ScopeFigures { units: 0, headcount: -1 }));
    // Against a campaign's book: the cases together, and one of them alone.
    stage.referenced("c1", CITY, 20).await;
    stage.referenced("c2", CITY, 20).await;
    stage
        .under_way(&[("c1", CITY, 20), ("c2", CITY, 20)], &[("c1", CITY, 20), ("c2", CITY, 20)])
        .await;
    let mut more = creating("k1", "c1", super::stage::with_slots("c1", 30));
    more.grounds.as_mut().unwrap().establishment = None;
    rpc!(stage, &clerk("c1"), create_case, more).unwrap();
    stage.create("k2", "c2", super::stage::converted("c2")).await.unwrap();
    let of = |cases: &[&str]| wire::CheckOnlyDecreaseRequest {
        campaign: "campaigns/c26".into(),
        cases: cases.iter().map(|id| format!("recertificationCases/{id}")).collect(),
        ..Default::default()
    };
    assert!(!rpc!(stage, &who, check_only_decrease, of(&["k1"])).unwrap().passed);
    assert!(rpc!(stage, &who, check_only_decrease, of(&["k1", "k2"])).unwrap().passed);
    assert!(rpc!(stage, &who, check_only_decrease, of(&["k2", "k1"])).unwrap().passed);
}

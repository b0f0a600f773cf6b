//! Every refusal that the service can give, provoked once: code, reason, what it is about,
//! and that nothing changed.

use quanheng_api::date;
use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_identity::Principal;
use quanheng_test_house::{Kind, Registered, request_id};
use tonic::{Code, Status};

use crate::world::{
    BUREAU, World, as_request, ask, basis, decider, determine, occupy, opening, told,
};

on_both!(every_refusal_says_why_and_changes_nothing);

struct Case {
    name: &'static str,
    status: Status,
    code: Code,
    reason: &'static str,
    /// A field, a rule or a fact that it names.
    names: &'static str,
}

macro_rules! refused {
    ($world:expr, $cases:expr, $name:literal, $code:ident, $reason:literal, $names:literal, $method:ident, $message:expr) => {
        refused!($world, &$world.all, $cases, $name, $code, $reason, $names, $method, $message)
    };
    ($world:expr, $who:expr, $cases:expr, $name:literal, $code:ident, $reason:literal, $names:literal, $method:ident, $message:expr) => {{
        let before = events($world).await;
        let answer = $world.api.$method(as_request($who, $message)).await;
        let status = answer.err().unwrap_or_else(|| panic!("{}: not refused", $name));
        let after = events($world).await;
        assert_eq!(before, after, "{}: something changed", $name);
        $cases.push(Case {
            name: $name,
            status,
            code: Code::$code,
            reason: $reason,
            names: $names,
        });
    }};
}

/// How many events there are, besides what is recorded of refusals.
async fn events(world: &World) -> usize {
    let log = &world.test.realm.log;
    let pages: Vec<_> = futures::TryStreamExt::try_collect(log.read(
        quanheng_eventlog::Position::START,
        quanheng_eventlog::Filter::all(),
        512,
    ))
    .await
    .unwrap();
    let refusal = "quanheng.quota.use_refused.v1";
    let records = pages.iter().flat_map(|page| &page.records);
    records.filter(|record| record.event_type.as_str() != refusal).count()
}

fn reserve(set: &str, seats: u64) -> wire::SetReserveRequest {
    wire::SetReserveRequest {
        account: BUREAU.into(),
        set: set.into(),
        seats,
        reason: "预留".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn every_refusal_says_why_and_changes_nothing(kind: Kind) {
    let world = &World::determined(kind).await;
    let mut cases = Vec::new();
    let c = &mut cases;
    let no_id = wire::DetermineQuotaRequest { request_id: String::new(), ..determine("bureau") };
    refused!(
        world,
        c,
        "no request id",
        InvalidArgument,
        "INVALID_FIELD",
        "request_id",
        determine_quota,
        no_id
    );
    let no_basis = wire::DetermineQuotaRequest { basis: None, ..determine("bureau") };
    refused!(
        world,
        c,
        "no basis",
        InvalidArgument,
        "INVALID_FIELD",
        "basis",
        determine_quota,
        no_basis
    );
    let bad = common::Basis { document_number: "十二号".into(), ..basis().unwrap() };
    let bad = wire::DetermineQuotaRequest { basis: Some(bad), ..determine("bureau") };
    refused!(
        world,
        c,
        "a wrong document number",
        InvalidArgument,
        "DOCUMENT_NUMBER_FORMAT",
        "basis.document_number",
        determine_quota,
        bad
    );
    let bad = common::Basis { effective_on: None, ..basis().unwrap() };
    let bad = wire::DetermineQuotaRequest { basis: Some(bad), ..determine("bureau") };
    refused!(
        world,
        c,
        "no day of effect",
        InvalidArgument,
        "INVALID_FIELD",
        "basis.effective_on",
        determine_quota,
        bad
    );
    let bad = wire::GetQuotaAccountRequest { name: "accounts/1".into(), ..Default::default() };
    refused!(
        world,
        c,
        "a wrong name",
        InvalidArgument,
        "INVALID_FIELD",
        "name",
        get_quota_account,
        bad
    );
    let none =
        wire::GetQuotaAccountRequest { name: "quotaAccounts/x.judge".into(), ..Default::default() };
    refused!(
        world,
        c,
        "no such account",
        NotFound,
        "RESOURCE_NOT_FOUND",
        "quotaAccounts/x.judge",
        get_quota_account,
        none
    );
    refused!(
        world,
        c,
        "no such unit",
        NotFound,
        "RESOURCE_NOT_FOUND",
        "units/nowhere",
        determine_quota,
        determine("nowhere")
    );
    let judges = wire::DetermineQuotaRequest { category: "judge".into(), ..determine("bureau") };
    refused!(
        world,
        c,
        "W-16: no ratio table",
        FailedPrecondition,
        "NO_RATIO_TABLE",
        "NO_RATIO_TABLE",
        determine_quota,
        judges
    );
    let more = wire::DetermineQuotaRequest {
        fewer: [("GM05-06".to_owned(), 19)].into(),
        ..determine("bureau")
    };
    refused!(
        world,
        c,
        "more than the ratios give",
        FailedPrecondition,
        "EXCEEDS_ENTITLEMENT",
        "EXCEEDS_ENTITLEMENT",
        determine_quota,
        more
    );
    let early = common::Basis {
        effective_on: Some(date(jiff::civil::date(2018, 1, 1))),
        ..basis().unwrap()
    };
    let early = wire::DetermineQuotaRequest { basis: Some(early), ..determine("bureau") };
    refused!(
        world,
        c,
        "before the unit existed",
        FailedPrecondition,
        "WRONG_STATE",
        "WRONG_STATE",
        determine_quota,
        early
    );

    refused!(
        world,
        c,
        "W-22: reserve beyond vacancy",
        FailedPrecondition,
        "INSUFFICIENT_AVAILABLE",
        "INSUFFICIENT_AVAILABLE",
        set_reserve,
        reserve("GM05-06", 19)
    );
    refused!(
        world,
        c,
        "no such set",
        NotFound,
        "RESOURCE_NOT_FOUND",
        "GM99",
        set_reserve,
        reserve("GM99", 1)
    );
    refused!(
        world,
        c,
        "no seats",
        InvalidArgument,
        "INVALID_FIELD",
        "seats",
        set_reserve,
        reserve("GM05-06", 0)
    );
    let release = wire::ReleaseReserveRequest {
        account: BUREAU.into(),
        set: "GM05-06".into(),
        seats: 1,
        reason: "释放".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        world,
        c,
        "nothing reserved",
        FailedPrecondition,
        "WRONG_STATE",
        "WRONG_STATE",
        release_reserve,
        release
    );

    let upward =
        wire::RequestPreReviewRequest { unit: "units/city".into(), ..ask("up", &[("", "GM10")]) };
    refused!(
        world,
        c,
        "W-27: upward use",
        FailedPrecondition,
        "UPWARD_USE_FORBIDDEN",
        "UPWARD_USE_FORBIDDEN",
        request_pre_review,
        upward
    );
    world.determine("station").await.unwrap();
    let parent = wire::RequestPreReviewRequest {
        account: "quotaAccounts/station.general_management".into(),
        ..ask("parent", &[("", "GM10")])
    };
    refused!(
        world,
        c,
        "W-28: the parent occupies",
        FailedPrecondition,
        "PARENT_OCCUPIES_SUBORDINATE",
        "PARENT_OCCUPIES_SUBORDINATE",
        request_pre_review,
        parent
    );
    let stranger =
        wire::RequestPreReviewRequest { unit: "units/town".into(), ..ask("town", &[("", "GM10")]) };
    refused!(
        world,
        c,
        "not of the account",
        FailedPrecondition,
        "NOT_OF_ACCOUNT",
        "NOT_OF_ACCOUNT",
        request_pre_review,
        stranger
    );
    refused!(
        world,
        c,
        "W-58: rank not set up",
        FailedPrecondition,
        "RANK_NOT_SET_UP",
        "RANK_NOT_SET_UP",
        request_pre_review,
        ask("x", &[("", "GM03")])
    );
    refused!(
        world,
        c,
        "too many",
        FailedPrecondition,
        "INSUFFICIENT_AVAILABLE",
        "GM04",
        request_pre_review,
        ask("x", &[("", "GM04"); 4])
    );
    refused!(
        world,
        c,
        "nobody to leave",
        FailedPrecondition,
        "NO_SUCH_HOLDERS",
        "NO_SUCH_HOLDERS",
        request_pre_review,
        ask("x", &[("GM08", "GM07")])
    );
    refused!(
        world,
        c,
        "no moves",
        InvalidArgument,
        "INVALID_FIELD",
        "moves",
        request_pre_review,
        ask("x", &[])
    );
    refused!(
        world,
        c,
        "no move at all",
        InvalidArgument,
        "INVALID_FIELD",
        "moves",
        request_pre_review,
        ask("x", &[("GM10", "GM10")])
    );
    let many = ask("x", &vec![("", "GM10"); 401]);
    refused!(
        world,
        c,
        "beyond a bound",
        ResourceExhausted,
        "MOVES_PER_PRE_REVIEW_MAX",
        "moves_per_pre_review_max",
        request_pre_review,
        many
    );
    let silent =
        wire::RequestPreReviewRequest { unit_opinion: String::new(), ..ask("x", &[("", "GM10")]) };
    refused!(
        world,
        c,
        "no opinion",
        InvalidArgument,
        "INVALID_FIELD",
        "unit_opinion",
        request_pre_review,
        silent
    );

    let nobody = Principal { person: None, ..world.all.clone() };
    refused!(
        world,
        &nobody,
        c,
        "nobody of the register",
        PermissionDenied,
        "ACCESS_DENIED",
        "principals/everything",
        request_pre_review,
        ask("own", &[("", "GM10")])
    );
    world
        .api
        .request_pre_review(as_request(&world.all, ask("own", &[("", "GM10")])))
        .await
        .unwrap();
    refused!(
        world,
        c,
        "asked before",
        AlreadyExists,
        "RESOURCE_EXISTS",
        "holds/own",
        request_pre_review,
        ask("own", &[("", "GM10")])
    );

    world
        .api
        .record_opening_balances(as_request(&world.all, opening(BUREAU, &[("p0", "GM10")])))
        .await
        .unwrap();
    refused!(
        world,
        c,
        "a holder twice",
        FailedPrecondition,
        "ALREADY_SEATED",
        "ALREADY_SEATED",
        record_opening_balances,
        opening(BUREAU, &[("p0", "GM09")])
    );
    refused!(
        world,
        c,
        "twice in one request",
        InvalidArgument,
        "INVALID_FIELD",
        "holders",
        record_opening_balances,
        opening(BUREAU, &[("p1", "GM10"), ("p1", "GM10")])
    );
    refused!(
        world,
        c,
        "no holders",
        InvalidArgument,
        "INVALID_FIELD",
        "holders",
        record_opening_balances,
        opening(BUREAU, &[])
    );
    refused!(
        world,
        c,
        "an unknown person",
        NotFound,
        "RESOURCE_NOT_FOUND",
        "persons/ghost",
        record_opening_balances,
        opening(BUREAU, &[("ghost", "GM10")])
    );
    // In use from now on: no more opening balances.
    world.hold("h1", &[("GM10", "GM09")]).await;
    refused!(
        world,
        c,
        "the books are open",
        FailedPrecondition,
        "WRONG_STATE",
        "WRONG_STATE",
        record_opening_balances,
        opening(BUREAU, &[("p1", "GM10")])
    );
    refused!(
        world,
        &decider(),
        c,
        "somebody from above",
        FailedPrecondition,
        "UPWARD_USE_FORBIDDEN",
        "UPWARD_USE_FORBIDDEN",
        occupy_seats,
        occupy("h1", &[(0, "citizen")])
    );
    refused!(
        world,
        &decider(),
        c,
        "another rank held",
        FailedPrecondition,
        "OTHER_RANK_HELD",
        "OTHER_RANK_HELD",
        occupy_seats,
        occupy("h1", &[(0, "p1")])
    );
    refused!(
        world,
        &decider(),
        c,
        "no such move",
        FailedPrecondition,
        "WRONG_STATE",
        "WRONG_STATE",
        occupy_seats,
        occupy("h1", &[(9, "p0")])
    );
    refused!(
        world,
        &decider(),
        c,
        "no such hold",
        NotFound,
        "RESOURCE_NOT_FOUND",
        "holds/none",
        resume_hold,
        wire::ResumeHoldRequest {
            name: format!("{BUREAU}/holds/none"),
            request_id: request_id(),
            ..Default::default()
        }
    );
    let place = wire::PlaceHolderRequest {
        account: BUREAU.into(),
        person: "persons/p2".into(),
        rank: "GM10".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        world,
        &decider(),
        c,
        "a seat without pre-review",
        FailedPrecondition,
        "PRE_REVIEW_REQUIRED",
        "PRE_REVIEW_REQUIRED",
        place_holder,
        place.clone()
    );
    let exempt = wire::PlaceHolderRequest {
        exemption: wire::Exemption::ExMilitaryFirstPlacement.into(),
        request_id: request_id(),
        ..place
    };
    refused!(
        world,
        &decider(),
        c,
        "no exemption here",
        FailedPrecondition,
        "EXEMPTION_NOT_ALLOWED",
        "EXEMPTION_NOT_ALLOWED",
        place_holder,
        exempt
    );
    let vacate = wire::VacateSeatsRequest {
        account: BUREAU.into(),
        persons: vec!["persons/p4".into()],
        reason: wire::VacateReason::Death.into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        world,
        &decider(),
        c,
        "no seat to leave",
        NotFound,
        "RESOURCE_NOT_FOUND",
        "p4",
        vacate_seats,
        vacate.clone()
    );
    let unsaid = wire::VacateSeatsRequest { reason: 0, request_id: request_id(), ..vacate };
    refused!(
        world,
        &decider(),
        c,
        "no reason to leave",
        InvalidArgument,
        "INVALID_FIELD",
        "reason",
        vacate_seats,
        unsaid
    );
    let plan = wire::SetDigestionPlanRequest {
        account: BUREAU.into(),
        steps: vec![wire::DigestionStep {
            year: 2027,
            quarter: 1,
            set: "GM05-06".into(),
            route: 1,
            seats: 1,
        }],
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        world,
        c,
        "nothing to digest",
        FailedPrecondition,
        "NOT_OVER_QUOTA",
        "NOT_OVER_QUOTA",
        set_digestion_plan,
        plan
    );
    let reverse = |version: u64| wire::ReverseEntryRequest {
        name: format!("{BUREAU}/entries/{version}"),
        reason: "误".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        world,
        c,
        "not to be reversed",
        FailedPrecondition,
        "NOT_REVERSIBLE",
        "NOT_REVERSIBLE",
        reverse_entry,
        reverse(1)
    );
    refused!(
        world,
        c,
        "no such entry",
        NotFound,
        "RESOURCE_NOT_FOUND",
        "entries/99",
        reverse_entry,
        reverse(99)
    );
    let file = wire::FileUseRequest {
        hold: format!("{BUREAU}/holds/h1"),
        persons: vec![],
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        world,
        c,
        "no names to file",
        InvalidArgument,
        "INVALID_FIELD",
        "persons",
        file_use,
        file
    );

    // W-35: a use that is not filed in time stops the next pre-review.
    world.api.occupy_seats(as_request(&decider(), occupy("h1", &[(0, "p0")]))).await.unwrap();
    refused!(
        world,
        c,
        "W-35: filing overdue",
        FailedPrecondition,
        "FILING_OVERDUE",
        "due_on",
        request_pre_review,
        ask("late", &[("", "GM10")])
    );
    world.test.clock.pass_days(91);
    let own = wire::ExtendHoldRequest {
        name: format!("{BUREAU}/holds/h1"),
        reason: "延期".into(),
        expires_on: Some(date(jiff::civil::date(2027, 12, 1))),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        world,
        &decider(),
        c,
        "a hold that is done",
        FailedPrecondition,
        "WRONG_STATE",
        "WRONG_STATE",
        extend_hold,
        own
    );

    let registered = Registered(&world.test.realm);
    registered.unit("late", "420106", 20, None).await;
    let simulate = wire::SimulateUseRequest {
        account: BUREAU.into(),
        base_change: -1_000,
        ..Default::default()
    };
    refused!(
        world,
        c,
        "less than nothing",
        InvalidArgument,
        "INVALID_FIELD",
        "base_change",
        simulate_use,
        simulate
    );

    for case in &cases {
        let found = told(&case.status);
        assert_eq!((found.code, found.reason.as_str()), (case.code, case.reason), "{}", case.name);
        let named = found.fields.iter().chain(&found.rules).chain(found.metadata.keys());
        let mut named = named.chain(found.metadata.values());
        assert!(named.any(|text| text.contains(case.names)), "{}: {found:?}", case.name);
    }
    assert!(cases.len() > 45);
}

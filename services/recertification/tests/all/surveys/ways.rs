//! A survey from being filled in to its three clears, and what is refused on the way.

use crate::campaigns::world::*;

on_both!(
    the_whole_way,
    no_phase_locks_a_survey,
    two_people_sign,
    what_stands_is_not_filled_in_anew,
    answers_agree_with_themselves,
    who_may_not,
    three_clears_are_hard,
    three_clears_may_only_warn,
    late_answers_are_told,
    repeated_requests_answer_the_same,
    signing_races_with_filling_in_anew,
);

pub(super) const SURVEY: &str = "campaigns/c1/surveys/station";

pub(super) fn answer() -> wire::SurveyAnswer {
    wire::SurveyAnswer {
        affected: true,
        changes: vec![wire::SurveyedChange {
            field: "名称".into(),
            before: "旧站".into(),
            after: "新站".into(),
            document_number: "昆编〔2024〕5号".into(),
            effective_on: day(2024, 5, 1),
        }],
        functions: "行使某项公共事务管理职能".into(),
        staff: 18,
        issues: vec!["人员底数尚待核对".into()],
        ..Default::default()
    }
}

pub(super) fn submit() -> wire::SubmitSurveyRequest {
    asked!(SubmitSurveyRequest { name: SURVEY.into(), answer: Some(answer()) })
}

pub(super) fn writer() -> quanheng_identity::Principal {
    clerk("writer", "station", "530100")
}

fn signer() -> quanheng_identity::Principal {
    clerk("signer", "station", "530100")
}

fn sign() -> wire::SignSurveyRequest {
    asked!(SignSurveyRequest { name: SURVEY.into() })
}

fn reopen() -> wire::ReopenSurveyRequest {
    asked!(ReopenSurveyRequest { name: SURVEY.into(), reason: "编制数有误".into() })
}

fn clear(clear: bool, evidence: &[&str]) -> Option<wire::Clear> {
    let evidence = evidence.iter().map(|one| (*one).to_owned()).collect();
    Some(wire::Clear { clear: Some(clear), evidence })
}

fn all_clear() -> wire::ThreeClear {
    wire::ThreeClear {
        staff: clear(true, &["花名册"]),
        documents: clear(true, &["昆编〔2024〕5号"]),
        functions: clear(true, &["三定规定"]),
    }
}

fn confirm(three: wire::ThreeClear, reason: &str) -> wire::ConfirmThreeClearRequest {
    asked!(ConfirmThreeClearRequest {
        name: SURVEY.into(),
        three_clear: Some(three),
        override_reason: reason.into(),
    })
}

impl World {
    async fn survey(&self) -> wire::Survey {
        let min_position = self.house.head().await;
        let get = wire::GetSurveyRequest { name: SURVEY.into(), min_position };
        call!(self, manager(), get_survey, get).unwrap().survey.unwrap()
    }

    async fn signed(&self) {
        call!(self, writer(), submit_survey, submit()).unwrap();
        call!(self, signer(), sign_survey, sign()).unwrap();
    }
}

async fn the_whole_way(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let filled = call!(world, writer(), submit_survey, submit()).unwrap().survey.unwrap();
    assert_eq!(filled.state(), wire::SurveyState::Submitted);
    assert_eq!((filled.answer.as_ref(), filled.division.as_str()), (Some(&answer()), "530100"));
    assert_eq!((filled.submitted_by.as_str(), filled.late), ("persons/writer", false));
    assert_eq!(filled, world.survey().await);
    let signed = call!(world, signer(), sign_survey, sign()).unwrap().survey.unwrap();
    assert_eq!(
        (signed.state(), signed.signed_by.as_str()),
        (wire::SurveyState::Signed, "persons/signer")
    );
    let confirmed = call!(world, manager(), confirm_three_clear, confirm(all_clear(), "")).unwrap();
    let confirmed = confirmed.survey.unwrap();
    assert!(confirmed.three_clear_complete && confirmed.three_clear_override.is_none());
    assert_eq!(confirmed, world.survey().await);
    let reopened = call!(world, manager(), reopen_survey, reopen()).unwrap().survey.unwrap();
    // What was confirmed was confirmed of the answer that stood.
    assert_eq!(
        (reopened.state(), reopened.three_clear_complete),
        (wire::SurveyState::Submitted, false)
    );
    call!(world, writer(), submit_survey, submit()).unwrap();

    let unaffected = wire::SubmitSurveyRequest {
        name: "campaigns/c1/surveys/post".into(),
        answer: Some(wire::SurveyAnswer { staff: 9, ..Default::default() }),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, manager(), submit_survey, unaffected).unwrap();
    let list = |filter: &str| wire::ListSurveysRequest {
        parent: CAMPAIGN.into(),
        filter: filter.into(),
        ..Default::default()
    };
    let min_position = world.house.head().await;
    for (filter, who, found) in [
        ("", manager(), 2),
        ("affected = true", manager(), 1),
        ("state = \"SUBMITTED\"", manager(), 2),
        ("state = \"SIGNED\"", manager(), 0),
        ("", governor("boss", "530102"), 1),
        ("", governor("boss", "530000"), 2),
        ("", writer(), 1),
        ("state = \"SUBMITTED\"", writer(), 1),
    ] {
        let message = wire::ListSurveysRequest { min_position, ..list(filter) };
        let listed = call!(world, who, list_surveys, message).unwrap().surveys;
        assert_eq!(listed.len(), found, "{filter} {}", who.id);
    }
    let abroad = call!(world, governor("boss", "420000"), list_surveys, list("")).unwrap_err();
    assert_eq!(abroad.code, Code::NotFound);
}

/// W-103
async fn no_phase_locks_a_survey(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    // A municipal unit fills in while no phase is open, while only the provincial one is, and
    // after it.
    call!(world, writer(), submit_survey, submit()).unwrap();
    let phase = || (CAMPAIGN.to_owned(), PROVINCIAL);
    let (name, phase_of) = phase();
    call!(world, manager(), open_phase, asked!(OpenPhaseRequest { name: name, phase: phase_of }))
        .unwrap();
    call!(world, writer(), submit_survey, submit()).unwrap();
    let (name, phase_of) = phase();
    call!(world, manager(), end_intake, asked!(EndIntakeRequest { name: name, phase: phase_of }))
        .unwrap();
    let (name, phase_of) = phase();
    call!(world, manager(), close_phase, asked!(ClosePhaseRequest { name: name, phase: phase_of }))
        .unwrap();
    call!(world, writer(), submit_survey, submit()).unwrap();
    call!(world, signer(), sign_survey, sign()).unwrap();
    // Only its own window does.
    let close = asked!(CloseSurveyRequest { name: CAMPAIGN.into() });
    call!(world, manager(), close_survey, close).unwrap();
    let head = world.house.head().await;
    for refused in [
        call!(world, writer(), submit_survey, submit()).unwrap_err(),
        call!(world, signer(), sign_survey, sign()).unwrap_err(),
        call!(world, manager(), reopen_survey, reopen()).unwrap_err(),
    ] {
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "SURVEY_CLOSED")
        );
        assert_eq!(refused.metadata["survey"], SURVEY);
    }
    world.unchanged(head).await;
    call!(world, manager(), confirm_three_clear, confirm(all_clear(), "")).unwrap();
}

async fn two_people_sign(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let none = call!(world, signer(), sign_survey, sign()).unwrap_err();
    assert_eq!((none.code, none.metadata["resource"].as_str()), (Code::NotFound, SURVEY));
    call!(world, writer(), submit_survey, submit()).unwrap();
    let head = world.house.head().await;
    let own = call!(world, writer(), sign_survey, sign()).unwrap_err();
    assert_eq!((own.code, own.reason.as_str()), (Code::PermissionDenied, "CONFLICT_OF_INTEREST"));
    assert_eq!(own.metadata["person"], "persons/writer");
    // Who governs may, but has to belong to the unit or its parent department.
    let other = call!(world, governor("stranger", "530000"), sign_survey, sign()).unwrap_err();
    assert_eq!((other.code, other.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let other = call!(world, clerk("stranger", "post", "530102"), sign_survey, sign()).unwrap_err();
    assert_eq!(other.reason, "ACCESS_DENIED");
    world.unchanged(head).await;
    let parent = clerk("parent", "bureau", "530100");
    let signed = call!(world, parent, sign_survey, sign()).unwrap().survey.unwrap();
    assert_eq!(signed.signed_by, "persons/parent");
    let get =
        wire::GetSurveyRequest { name: SURVEY.into(), min_position: world.house.head().await };
    call!(world, parent, get_survey, get.clone()).unwrap();
    let hidden = call!(world, clerk("stranger", "post", "530102"), get_survey, get).unwrap_err();
    assert_eq!(hidden.code, Code::NotFound);
}

async fn what_stands_is_not_filled_in_anew(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    world.signed().await;
    let head = world.house.head().await;
    for refused in [
        call!(world, writer(), submit_survey, submit()).unwrap_err(),
        call!(world, signer(), sign_survey, sign()).unwrap_err(),
    ] {
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "SURVEY_SIGNED")
        );
    }
    let stale = wire::ReopenSurveyRequest { etag: "v1".into(), ..reopen() };
    assert_eq!(call!(world, manager(), reopen_survey, stale).unwrap_err().reason, "ETAG_MISMATCH");
    world.unchanged(head).await;
    call!(world, manager(), reopen_survey, reopen()).unwrap();
    let again = call!(world, manager(), reopen_survey, reopen()).unwrap_err();
    assert_eq!((again.code, again.reason.as_str()), (Code::FailedPrecondition, "WRONG_STATE"));
    let early = call!(world, manager(), confirm_three_clear, confirm(all_clear(), "")).unwrap_err();
    assert_eq!(early.reason, "WRONG_STATE");
    call!(world, writer(), submit_survey, submit()).unwrap();
}

async fn answers_agree_with_themselves(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let head = world.house.head().await;
    let changed = |change: fn(&mut wire::SurveyAnswer)| {
        let mut answer = answer();
        change(&mut answer);
        asked!(SubmitSurveyRequest { name: SURVEY.into(), answer: Some(answer) })
    };
    for (field, message) in [
        ("answer.changes", changed(|one| one.changes.clear())),
        ("answer.affected", changed(|one| one.affected = false)),
        ("answer.changes[0].field", changed(|one| one.changes[0].field.clear())),
        (
            "answer.changes[0].effective_on",
            changed(|one| one.changes[0].effective_on = day(2024, 2, 31)),
        ),
        ("answer.predecessors[0]", changed(|one| one.predecessors = vec!["post".into()])),
        ("answer.structural", changed(|one| one.predecessors = vec!["units/post".into()])),
        ("answer", wire::SubmitSurveyRequest { answer: None, ..submit() }),
        ("name", wire::SubmitSurveyRequest { name: "surveys/x".into(), ..submit() }),
    ] {
        let refused = call!(world, writer(), submit_survey, message).unwrap_err();
        assert_eq!(
            (refused.code, &refused.fields[..]),
            (Code::InvalidArgument, &[field.to_owned()][..])
        );
    }
    world.unchanged(head).await;
}

async fn who_may_not(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let head = world.house.head().await;
    for who in [clerk("stranger", "post", "530102"), governor("boss", "420000")] {
        let refused = call!(world, who, submit_survey, submit()).unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::PermissionDenied, "ACCESS_DENIED")
        );
    }
    let abroad =
        wire::SubmitSurveyRequest { name: "campaigns/c1/surveys/foreign".into(), ..submit() };
    let refused = call!(world, manager(), submit_survey, abroad).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "NOT_OF_CAMPAIGN")
    );
    let nowhere =
        wire::SubmitSurveyRequest { name: "campaigns/c1/surveys/none".into(), ..submit() };
    let refused = call!(world, manager(), submit_survey, nowhere).unwrap_err();
    assert_eq!(
        (refused.code, refused.metadata["resource"].as_str()),
        (Code::NotFound, "units/none")
    );
    let no_campaign =
        wire::SubmitSurveyRequest { name: "campaigns/c9/surveys/station".into(), ..submit() };
    let refused = call!(world, manager(), submit_survey, no_campaign).unwrap_err();
    assert_eq!(
        (refused.code, refused.metadata["resource"].as_str()),
        (Code::NotFound, "campaigns/c9")
    );
    world.unchanged(head).await;
}

/// W-105, hard.
async fn three_clears_are_hard(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    world.signed().await;
    let head = world.house.head().await;
    let no_evidence = wire::ThreeClear { documents: clear(true, &[]), ..all_clear() };
    let not_clear = wire::ThreeClear { staff: clear(false, &["花名册"]), ..all_clear() };
    for (three, reason, unclear) in [
        (no_evidence.clone(), "", "编制文件"),
        (not_clear, "", "人员底数"),
        // Nobody decides otherwise.
        (no_evidence, "省里已同意", "编制文件"),
        (wire::ThreeClear::default(), "", "人员底数、编制文件、单位职能设置"),
    ] {
        let refused =
            call!(world, manager(), confirm_three_clear, confirm(three, reason)).unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "THREE_CLEAR_INCOMPLETE")
        );
        assert_eq!(
            (refused.metadata["unclear"].as_str(), refused.metadata["survey"].as_str()),
            (unclear, SURVEY)
        );
    }
    let needless = call!(world, manager(), confirm_three_clear, confirm(all_clear(), "理由"));
    assert_eq!(needless.unwrap_err().fields, ["override_reason"]);
    let missing = format!("attachments/{}", "b".repeat(64));
    let three = wire::ThreeClear { staff: clear(true, &[&missing]), ..all_clear() };
    let refused = call!(world, manager(), confirm_three_clear, confirm(three, "")).unwrap_err();
    assert_eq!((refused.code, &refused.metadata["resource"]), (Code::NotFound, &missing));
    let refused =
        call!(world, writer(), confirm_three_clear, confirm(all_clear(), "")).unwrap_err();
    assert_eq!(refused.code, Code::PermissionDenied);
    world.unchanged(head).await;
}

/// W-105, where policy only warns.
async fn three_clears_may_only_warn(kind: Kind) {
    let world = World::open(kind).await;
    world.publish("[parameters.three_clear]\nvalue = \"warn\"\narticle = \"本地规定\"\n").await;
    world.campaign().await;
    world.signed().await;
    let unclear = wire::ThreeClear { documents: clear(false, &[]), ..all_clear() };
    let refused =
        call!(world, manager(), confirm_three_clear, confirm(unclear.clone(), " ")).unwrap_err();
    assert_eq!(refused.reason, "THREE_CLEAR_INCOMPLETE");
    let passed =
        call!(world, manager(), confirm_three_clear, confirm(unclear, "文件正在补办")).unwrap();
    let passed = passed.survey.unwrap();
    assert!(!passed.three_clear_complete);
    let exception = passed.three_clear_override.clone().unwrap();
    assert_eq!(
        (exception.reason.as_str(), exception.person.as_str()),
        ("文件正在补办", "persons/boss")
    );
    assert_eq!(passed, world.survey().await);
}

async fn late_answers_are_told(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    world.house.clock.pass_days(31);
    let late = call!(world, writer(), submit_survey, submit()).unwrap().survey.unwrap();
    assert!(late.late);
    assert_eq!(late, world.survey().await);
}

async fn repeated_requests_answer_the_same(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let message = submit();
    let first = call!(world, writer(), submit_survey, message.clone()).unwrap();
    let head = world.house.head().await;
    assert_eq!(call!(world, writer(), submit_survey, message).unwrap(), first);
    world.unchanged(head).await;
    let trial = wire::SignSurveyRequest { validate_only: true, ..sign() };
    call!(world, signer(), sign_survey, trial).unwrap();
    world.unchanged(head).await;
    let message = sign();
    let first = call!(world, signer(), sign_survey, message.clone()).unwrap();
    assert_eq!(call!(world, signer(), sign_survey, message).unwrap(), first);
    let message = confirm(all_clear(), "");
    let first = call!(world, manager(), confirm_three_clear, message.clone()).unwrap();
    assert_eq!(call!(world, manager(), confirm_three_clear, message).unwrap(), first);
}

/// Whatever comes first: what is signed is what the signer could have seen, or nothing is.
async fn signing_races_with_filling_in_anew(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let filled = call!(world, writer(), submit_survey, submit()).unwrap().survey.unwrap();
    let seen = wire::SignSurveyRequest { etag: filled.etag, ..sign() };
    let (signed, again) =
        tokio::join!(async { call!(world, signer(), sign_survey, seen) }, async {
            call!(world, writer(), submit_survey, submit())
        });
    assert_ne!(signed.is_ok(), again.is_ok(), "{signed:?} {again:?}");
    let now = world.survey().await;
    assert_eq!(now.state() == wire::SurveyState::Signed, signed.is_ok());
}

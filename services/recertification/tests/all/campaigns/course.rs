//! A campaign from its notice to its end.

use quanheng_eventlog::{Expect, Transaction};
use quanheng_recertification::campaign::Phase;
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, PhaseCaseEvent, PhaseCases, RecertificationId};

use super::world::*;

on_both!(
    the_whole_way,
    repeated_requests_answer_the_same,
    trials_change_nothing,
    phases_close_when_their_cases_are_decided,
    closing_races_with_submitting,
    who_sees_campaigns,
);

/// Runs a command on the campaign.
macro_rules! step {
    ($world:expr, $method:ident, $message:ident { $($field:ident: $value:expr),* }) => {{
        let message = asked!($message { name: CAMPAIGN.into(), $($field: $value),* });
        call!($world, manager(), $method, message)
    }};
}
pub(super) use step;

fn states(campaign: &wire::Campaign) -> Vec<wire::PhaseState> {
    campaign.phases.iter().map(|phase| phase.state()).collect()
}

fn case_draft(event: &PhaseCaseEvent) -> quanheng_eventlog::EventDraft {
    let stream = streams::phase_cases(&CampaignId::new("c1").unwrap(), Phase::Provincial);
    streams::draft::<PhaseCases>(stream, event).unwrap()
}

async fn the_whole_way(kind: Kind) {
    use wire::PhaseState::{Closed, NotOpen, Open, Reviewing};
    let world = World::open(kind).await;
    let opened = world.campaign().await;
    assert_eq!(opened.survey(), wire::SurveyWindow::Open);
    assert_eq!(states(&opened), [NotOpen, NotOpen]);
    assert_eq!(opened, world.get().await);

    let task_force = Some(force(PROVINCE, &DEPARTMENTS));
    let set = step!(world, set_task_force, SetTaskForceRequest { task_force: task_force });
    let set = set.unwrap().campaign.unwrap();
    assert_eq!(set.task_forces, [force(PROVINCE, &DEPARTMENTS)]);
    let city = Some(force("530100", &DEPARTMENTS));
    let set = step!(world, set_task_force, SetTaskForceRequest { task_force: city });
    assert_eq!(set.unwrap().campaign.unwrap().task_forces.len(), 2);

    step!(world, freeze_baseline, FreezeBaselineRequest {}).unwrap();
    let open = step!(world, open_phase, OpenPhaseRequest { phase: PROVINCIAL });
    assert_eq!(states(&open.unwrap().campaign.unwrap()), [Open, NotOpen]);
    let locked = step!(world, open_phase, OpenPhaseRequest { phase: MUNICIPAL }).unwrap_err();
    assert_eq!((locked.code, locked.reason.as_str()), (Code::FailedPrecondition, "PHASE_LOCKED"));
    assert_eq!(locked.metadata["provincial_state"], "open");
    assert_eq!(locked.metadata["campaign"], CAMPAIGN);
    let reason = "省委同意提前开放".to_owned();
    let given = step!(world, override_phase_gate, OverridePhaseGateRequest { reason: reason });
    let given = given.unwrap().campaign.unwrap().gate_override.unwrap();
    assert_eq!(
        (given.reason.as_str(), given.person.as_str()),
        ("省委同意提前开放", "persons/boss")
    );
    let open = step!(world, open_phase, OpenPhaseRequest { phase: MUNICIPAL });
    assert_eq!(states(&open.unwrap().campaign.unwrap()), [Open, Open]);

    let early = step!(world, close_phase, ClosePhaseRequest { phase: PROVINCIAL }).unwrap_err();
    assert_eq!(early.reason, "WRONG_STATE");
    let early = step!(world, close_campaign, CloseCampaignRequest {}).unwrap_err();
    assert_eq!(early.reason, "WRONG_STATE");
    for phase in [PROVINCIAL, MUNICIPAL] {
        step!(world, end_intake, EndIntakeRequest { phase: phase }).unwrap();
    }
    assert_eq!(states(&world.get().await), [Reviewing, Reviewing]);
    for phase in [PROVINCIAL, MUNICIPAL] {
        step!(world, close_phase, ClosePhaseRequest { phase: phase }).unwrap();
    }
    assert_eq!(states(&world.get().await), [Closed, Closed]);
    let closed = step!(world, close_survey, CloseSurveyRequest {}).unwrap();
    assert_eq!(closed.campaign.unwrap().survey(), wire::SurveyWindow::Closed);
    let ended = step!(world, close_campaign, CloseCampaignRequest {}).unwrap();
    assert!(ended.campaign.clone().unwrap().closed);
    assert_eq!(ended.campaign.unwrap(), world.get().await);

    let name = CAMPAIGN.to_owned();
    let timeline = wire::GetTimelineRequest { name, min_position: world.house.head().await };
    let told = call!(world, manager(), get_timeline, timeline.clone()).unwrap().entries;
    assert_eq!(told.len(), 13);
    assert!(told.iter().all(|entry| entry.person == "persons/boss" && !entry.summary.is_empty()));
    let (notice, frozen) = (&told[0], &told[3]);
    assert_eq!(notice.document_number, "滇公局发〔2026〕1号");
    assert_eq!(frozen.summary, "冻结改革前基数:3 个单位、60 名编制");
    let hidden = call!(world, governor("boss", "420000"), get_timeline, timeline).unwrap_err();
    assert_eq!(hidden.code, Code::NotFound);

    // The province may begin another.
    call!(world, manager(), create_campaign, create("c2")).unwrap();
    let list = wire::ListCampaignsRequest {
        min_position: world.house.head().await,
        filter: format!("division = \"{PROVINCE}\""),
        order_by: "created_on".into(),
        ..Default::default()
    };
    let listed = call!(world, manager(), list_campaigns, list).unwrap().campaigns;
    assert_eq!(listed.len(), 2);
    let list = wire::ListCampaignsRequest { filter: "closed = true".into(), ..Default::default() };
    let listed = call!(world, manager(), list_campaigns, list).unwrap().campaigns;
    assert_eq!(listed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [CAMPAIGN]);
}

async fn repeated_requests_answer_the_same(kind: Kind) {
    let world = World::open(kind).await;
    let message = create("c1");
    let first = call!(world, manager(), create_campaign, message.clone()).unwrap();
    let head = world.house.head().await;
    assert_eq!(call!(world, manager(), create_campaign, message).unwrap(), first);
    let freeze = asked!(FreezeBaselineRequest { name: CAMPAIGN.into() });
    world.unchanged(head).await;
    let first = call!(world, manager(), freeze_baseline, freeze.clone()).unwrap();
    let head = world.house.head().await;
    assert_eq!(call!(world, manager(), freeze_baseline, freeze).unwrap(), first);
    let open = asked!(OpenPhaseRequest { name: CAMPAIGN.into(), phase: PROVINCIAL });
    world.unchanged(head).await;
    let first = call!(world, manager(), open_phase, open.clone()).unwrap();
    let head = world.house.head().await;
    assert_eq!(call!(world, manager(), open_phase, open).unwrap(), first);
    world.unchanged(head).await;
}

async fn trials_change_nothing(kind: Kind) {
    let world = World::open(kind).await;
    let head = world.house.head().await;
    let trial = wire::CreateCampaignRequest { validate_only: true, ..create("c1") };
    let told = call!(world, manager(), create_campaign, trial).unwrap();
    assert_eq!(told.campaign.unwrap().name, CAMPAIGN);
    world.unchanged(head).await;
    let opened = world.campaign().await;
    let head = world.house.head().await;
    let trial = wire::FreezeBaselineRequest {
        name: CAMPAIGN.into(),
        validate_only: true,
        etag: opened.etag.clone(),
        request_id: request_id(),
    };
    let told = call!(world, manager(), freeze_baseline, trial).unwrap().campaign.unwrap();
    assert_eq!(told.baseline.unwrap().before.unwrap().units, 3);
    world.unchanged(head).await;
    assert_eq!(world.get().await, opened);
}

async fn phases_close_when_their_cases_are_decided(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    step!(world, open_phase, OpenPhaseRequest { phase: PROVINCIAL }).unwrap();
    let cases = ["a", "b"].map(|id| RecertificationId::new(id).unwrap());
    for case in cases.clone() {
        world.append(case_draft(&PhaseCaseEvent::PhaseCaseEntered { case })).await;
    }
    assert_eq!(world.get().await.phases[0].open_cases, 2);
    step!(world, end_intake, EndIntakeRequest { phase: PROVINCIAL }).unwrap();
    for (left, case) in [(2, &cases[0]), (1, &cases[1])] {
        let head = world.house.head().await;
        let open = step!(world, close_phase, ClosePhaseRequest { phase: PROVINCIAL }).unwrap_err();
        assert_eq!((open.code, open.reason.as_str()), (Code::FailedPrecondition, "CASES_OPEN"));
        assert_eq!(open.metadata["open_cases"], left.to_string());
        world.unchanged(head).await;
        world.append(case_draft(&PhaseCaseEvent::PhaseCaseLeft { case: case.clone() })).await;
    }
    let closed = step!(world, close_phase, ClosePhaseRequest { phase: PROVINCIAL }).unwrap();
    assert_eq!(closed.campaign.unwrap().phases[0].state(), wire::PhaseState::Closed);
}

/// A submission reads the campaign and appends to the phase; closing the phase reads both. The log
/// lets one of them through.
async fn closing_races_with_submitting(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    step!(world, open_phase, OpenPhaseRequest { phase: PROVINCIAL }).unwrap();
    step!(world, end_intake, EndIntakeRequest { phase: PROVINCIAL }).unwrap();
    let campaign = streams::campaign(&CampaignId::new("c1").unwrap());
    let seen = {
        use quanheng_runtime::reading::{Horizon, state_at};
        let read =
            state_at::<streams::Campaigns>(&world.house.realm.log, campaign.clone(), Horizon::Now);
        read.await.unwrap().1
    };
    let case = RecertificationId::new("late").unwrap();
    let entered = case_draft(&PhaseCaseEvent::PhaseCaseEntered { case });
    let submission = Transaction::default().append(entered).expect(campaign, Expect::Exact(seen));
    let (closed, submitted) = tokio::join!(
        async { step!(world, close_phase, ClosePhaseRequest { phase: PROVINCIAL }) },
        world.house.realm.log.commit(submission)
    );
    assert_ne!(closed.is_ok(), submitted.is_ok(), "{closed:?} {submitted:?}");
    let now = world.get().await;
    let open = now.phases[0].open_cases;
    assert_eq!(now.phases[0].state() == wire::PhaseState::Closed, open == 0);
}

async fn who_sees_campaigns(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let min_position = world.house.head().await;
    let get = wire::GetCampaignRequest { name: CAMPAIGN.into(), min_position };
    let list = wire::ListCampaignsRequest { min_position, ..Default::default() };
    // Whoever lies within the province sees what is asked of it.
    for who in [
        governor("boss", PROVINCE),
        governor("boss", "530100"),
        clerk("writer", "station", "530100"),
        clerk("stranger", "post", "530102"),
    ] {
        call!(world, who, get_campaign, get.clone()).unwrap();
        let listed = call!(world, who, list_campaigns, list.clone()).unwrap();
        assert_eq!(listed.campaigns.len(), 1, "{}", who.id);
    }
    let abroad = governor("boss", "420000");
    let hidden = call!(world, abroad, get_campaign, get).unwrap_err();
    assert_eq!((hidden.code, hidden.reason.as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    assert!(call!(world, abroad, list_campaigns, list).unwrap().campaigns.is_empty());
}

//! Events of campaigns of re-certification, their surveys, and transitions.

use std::collections::BTreeMap;

use quanheng_eventlog::StreamName;
use quanheng_ledger::id::{AccountKey, OwnerId};
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_recertification::campaign::{Event, Override, Phase, PhaseState};
use quanheng_recertification::decrease::Figures;
use quanheng_recertification::{Clear, ThreeClear};
use quanheng_register::unit::{ChangeKind, Establishment};
use quanheng_streams::{
    CampaignEvent, CampaignId, Campaigns, Frozen, Member, Notified, PhaseCaseEvent, PhaseCases,
    Placement, ProvinceCampaignEvent, ProvinceCampaigns, RecertificationId, SeatMove, SurveyAnswer,
    SurveyEvent, SurveyedChange, Surveys, TalkRecord, TaskForce, TransitionEvent, TransitionId,
    Transitions,
};

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{LATER, ON, SHA256, category, document, person, rank, sealed, unit};

fn campaign() -> CampaignId {
    CampaignId::new("c1").unwrap()
}

fn case() -> RecertificationId {
    RecertificationId::new("k1").unwrap()
}

fn transition() -> TransitionId {
    TransitionId::new("t1").unwrap()
}

fn province() -> DivisionCode {
    DivisionCode::parse("530000").unwrap()
}

fn by() -> PersonId {
    person("p7")
}

fn exception() -> Override {
    Override { by: by(), on: ON, reason: "省委同意".to_owned() }
}

impl Published for Campaigns {
    names! { CampaignEvent {
        CampaignNotified: "campaign_notified",
        CampaignMoved: "campaign_moved",
        TaskForceSet: "task_force_set",
        BaselineFrozen: "baseline_frozen",
    } }

    fn stream() -> StreamName {
        quanheng_streams::campaign(&campaign())
    }

    fn samples() -> Vec<Sample<CampaignEvent>> {
        let moved = |moved| CampaignEvent::CampaignMoved { moved, by: by(), on: ON };
        vec![
            full(CampaignEvent::CampaignNotified {
                campaign: campaign(),
                notified: Notified {
                    title: "参照管理单位重新认定".to_owned(),
                    division: province(),
                    document: document(),
                    notice: "按期填报".to_owned(),
                    attachments: vec![SHA256.to_owned()],
                    baseline_on: ON,
                    survey_due_on: LATER,
                },
                by: by(),
                on: ON,
            }),
            full(moved(Event::PhaseMoved { phase: Phase::Provincial, to: PhaseState::Open })),
            form("overridden", moved(Event::GateOverridden(exception()))),
            form("survey_closed", moved(Event::SurveyClosed)),
            form("closed", moved(Event::Closed)),
            full(CampaignEvent::TaskForceSet {
                division: province(),
                force: TaskForce {
                    lead: person("p1"),
                    members: vec![Member {
                        person: person("p2"),
                        department: "finance_department".to_owned(),
                    }],
                    document: document(),
                },
                by: by(),
                on: ON,
            }),
            full(CampaignEvent::BaselineFrozen {
                frozen: Frozen {
                    position: 77,
                    before: Figures { units: 3, headcount: 60 },
                    on: ON,
                },
                by: by(),
            }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec![
            "campaign_notified",
            "task_force_set",
            "baseline_frozen",
            "campaign_moved",
            "campaign_moved.overridden",
            "campaign_moved.survey_closed",
            "campaign_moved.closed",
        ]]
    }
}

impl Published for Surveys {
    names! { SurveyEvent {
        SurveySubmitted: "survey_submitted",
        SurveySigned: "survey_signed",
        SurveyReopened: "survey_reopened",
        ThreeClearConfirmed: "three_clear_confirmed",
    } }

    fn stream() -> StreamName {
        quanheng_streams::survey(&campaign(), &unit("u1"))
    }

    fn samples() -> Vec<Sample<SurveyEvent>> {
        let clear = |clear| Clear { clear: Some(clear), evidence: vec!["花名册".to_owned()] };
        let slots = |referenced_institution| {
            Some(Establishment { referenced_institution, ..Establishment::default() })
        };
        let answer = SurveyAnswer {
            affected: true,
            changes: vec![SurveyedChange {
                field: "名称".to_owned(),
                before: "旧站".to_owned(),
                after: "新站".to_owned(),
                document: document(),
                effective_on: Some(ON),
            }],
            structural: Some(ChangeKind::Merged),
            predecessors: vec![unit("u0")],
            successors: vec![unit("u1")],
            functions: "某项职能".to_owned(),
            establishment_before: slots(22),
            establishment_after: slots(20),
            staff: 18,
            issues: vec!["人员底数未清".to_owned()],
            remarks: "无".to_owned(),
        };
        let confirmed = |three, exception, complete| SurveyEvent::ThreeClearConfirmed {
            three,
            exception,
            complete,
            by: by(),
            on: LATER,
        };
        let three = |documents| ThreeClear {
            staff: clear(true),
            documents: clear(documents),
            functions: clear(true),
        };
        vec![
            full(SurveyEvent::SurveySubmitted {
                campaign: campaign(),
                unit: unit("u1"),
                answer: Box::new(answer),
                by: by(),
                on: ON,
            }),
            full(SurveyEvent::SurveySigned { by: person("p8"), on: LATER }),
            full(SurveyEvent::SurveyReopened {
                reason: "编制数有误".to_owned(),
                by: by(),
                on: LATER,
            }),
            full(confirmed(three(false), Some(exception()), false)),
            form("complete", confirmed(three(true), None, true)),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec![
            "survey_submitted",
            "survey_signed",
            "three_clear_confirmed",
            "three_clear_confirmed.complete",
            "survey_reopened",
        ]]
    }
}

impl Published for Transitions {
    names! { TransitionEvent {
        TransitionOpened: "transition_opened",
        PersonAdded: "person_added",
        TalkRecorded: "talk_recorded",
        PersonPlaced: "person_placed",
        SeatSettled: "seat_settled",
        PersonFinished: "person_finished",
        TransitionClosed: "transition_closed",
        TransitionCancelled: "transition_cancelled",
    } }

    fn stream() -> StreamName {
        quanheng_streams::transition(&transition())
    }

    fn samples() -> Vec<Sample<TransitionEvent>> {
        let account =
            |id: &str| AccountKey { owner: OwnerId::Unit(unit(id)), category: category() };
        let seat = || SeatMove { from: account("u1"), to: Some(account("u2")) };
        let held = || Some((rank("GM10"), ON));
        let placement = Placement {
            option: "随职能划转机关".to_owned(),
            unit: Some(unit("u2")),
            post: "某岗位".to_owned(),
            pay_protected: true,
            document: document(),
            effective_on: LATER,
        };
        vec![
            full(TransitionEvent::TransitionOpened {
                transition: transition(),
                case: case(),
                unit: unit("u1"),
                document: document(),
                from: ON,
                ends_on: LATER,
                roster: BTreeMap::from([(person("p1"), held()), (person("p2"), held())]),
                by: by(),
                on: ON,
            }),
            full(TransitionEvent::PersonAdded {
                person: person("p3"),
                rank: held(),
                by: by(),
                on: ON,
            }),
            full(TransitionEvent::TalkRecorded {
                person: person("p1"),
                talk: TalkRecord {
                    on: ON,
                    policy: "讲解过渡政策".to_owned(),
                    question: Some(sealed("question")),
                    signed: true,
                    by: by(),
                },
            }),
            full(TransitionEvent::PersonPlaced {
                person: person("p1"),
                placement,
                seat: Some(seat()),
                by: by(),
            }),
            full(TransitionEvent::SeatSettled { person: person("p1"), seat: seat() }),
            full(TransitionEvent::PersonFinished { person: person("p1"), by: by(), on: LATER }),
            full(TransitionEvent::TransitionClosed { by: by(), on: LATER }),
            full(TransitionEvent::TransitionCancelled {
                reason: "撤回申请".to_owned(), on: LATER
            }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        let opened = ["transition_opened", "person_added", "talk_recorded"];
        let ended = ["person_finished", "transition_closed"];
        let placed = opened.iter().copied().chain(["person_placed"]);
        let settled = ["transition_opened", "seat_settled", "transition_cancelled"];
        vec![placed.chain(ended).collect(), settled.to_vec()]
    }
}

impl Published for ProvinceCampaigns {
    names! { ProvinceCampaignEvent {
        ProvinceCampaignBegan: "province_campaign_began",
        ProvinceCampaignEnded: "province_campaign_ended",
    } }

    fn stream() -> StreamName {
        quanheng_streams::province_campaigns(&province())
    }

    fn samples() -> Vec<Sample<ProvinceCampaignEvent>> {
        vec![
            full(ProvinceCampaignEvent::ProvinceCampaignBegan { campaign: campaign(), on: ON }),
            full(ProvinceCampaignEvent::ProvinceCampaignEnded { campaign: campaign(), on: LATER }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["province_campaign_began", "province_campaign_ended"]]
    }
}

impl Published for PhaseCases {
    names! { PhaseCaseEvent {
        PhaseCaseEntered: "phase_case_entered",
        PhaseCaseLeft: "phase_case_left",
    } }

    fn stream() -> StreamName {
        quanheng_streams::phase_cases(&campaign(), Phase::Municipal)
    }

    fn samples() -> Vec<Sample<PhaseCaseEvent>> {
        vec![
            full(PhaseCaseEvent::PhaseCaseEntered { case: case() }),
            full(PhaseCaseEvent::PhaseCaseLeft { case: case() }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["phase_case_entered", "phase_case_left"]]
    }
}

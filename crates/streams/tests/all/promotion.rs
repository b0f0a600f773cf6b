//! Events of rounds and requests of promotion.

use quanheng_eventlog::StreamName;
use quanheng_ledger::event::Basis;
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId};
use quanheng_register::claim::Event as Claimed;
use quanheng_register::id::FactId;
use quanheng_streams::{
    Appointment, Candidacies, Ending, HoldUses, Judgement, LadderRank, Milestone, Notice, Plan,
    PlannedRank, RankDecision, RankDecisionEvent, RankDecisions, RequestEvent, RequestId, Requests,
    RoundEvent, RoundId, Rounds, Seat,
};

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{LATER, ON, SHA256, category, document, person, rank, sealed, unit};

fn round() -> RoundId {
    RoundId::new("r1").unwrap()
}

fn request() -> RequestId {
    RequestId::new("q1").unwrap()
}

fn hold() -> HoldId {
    HoldId::new("h1").unwrap()
}

fn account() -> AccountKey {
    AccountKey { owner: OwnerId::Unit(unit("u1")), category: category() }
}

fn basis() -> Basis {
    Basis { document: document(), effective_on: ON }
}

fn feedback() -> FactId {
    FactId::new("f1").unwrap()
}

fn by() -> quanheng_policy::PersonId {
    person("p7")
}

impl Published for Rounds {
    names! { RoundEvent {
        RoundCreated: "round_created",
        PlanDecided: "plan_decided",
        PreReviewAttached: "pre_review_attached",
        RequestAdded: "request_added",
        MoveTaken: "move_taken",
        MoveFreed: "move_freed",
        RoundClosed: "round_closed",
        RoundWithdrawn: "round_withdrawn",
    } }

    fn stream() -> StreamName {
        quanheng_streams::promotion_round(&round())
    }

    fn samples() -> Vec<Sample<RoundEvent>> {
        let plan = Plan {
            title: "2024年第一批职级晋升".to_owned(),
            scope: "本局综合管理类公务员".to_owned(),
            ranks: vec![PlannedRank { rank: rank("GM09"), seats: 2 }],
            conditions: "符合任职年限和考核要求".to_owned(),
            timetable: vec![Milestone { what: "民主推荐".to_owned(), by: LATER }],
        };
        let decided = |adopted| RoundEvent::PlanDecided {
            adopted,
            minutes: "某局党组〔2024〕3号".to_owned(),
            by: by(),
            on: ON,
        };
        vec![
            full(RoundEvent::RoundCreated {
                round: round(),
                unit: unit("u1"),
                account: account(),
                plan,
                by: by(),
                on: ON,
            }),
            full(decided(true)),
            form("refused", decided(false)),
            full(RoundEvent::PreReviewAttached { hold: hold(), by: by(), on: ON }),
            full(RoundEvent::RequestAdded { request: request() }),
            full(RoundEvent::MoveTaken { index: 1, request: request() }),
            full(RoundEvent::MoveFreed { index: 1, request: request() }),
            full(RoundEvent::RoundClosed {
                reason: "申报期满".to_owned(), by: by(), on: LATER
            }),
            full(RoundEvent::RoundWithdrawn {
                reason: "另行安排".to_owned(), by: by(), on: LATER
            }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        let begun = ["round_created", "plan_decided", "pre_review_attached", "request_added"];
        let mut closed = begun.to_vec();
        closed.extend(["move_taken", "move_freed", "round_closed"]);
        let mut withdrawn = begun.to_vec();
        withdrawn.push("round_withdrawn");
        vec![closed, withdrawn, vec!["round_created", "plan_decided.refused"]]
    }
}

impl Published for Requests {
    names! { RequestEvent {
        RequestCreated: "request_created",
        RequestUpdated: "request_updated",
        RequestSubmitted: "request_submitted",
        EligibilityDecided: "eligibility_decided",
        RecommendationRecorded: "recommendation_recorded",
        VettingRecorded: "vetting_recorded",
        CandidateDecided: "candidate_decided",
        NoticePosted: "notice_posted",
        NoticeMoved: "notice_moved",
        FeedbackReceived: "feedback_received",
        FeedbackResolved: "feedback_resolved",
        NoticeClosed: "notice_closed",
        ApprovalDecided: "approval_decided",
        Appointed: "appointed",
        PromotionFiled: "promotion_filed",
        RequestSuspended: "request_suspended",
        RequestResumed: "request_resumed",
        RequestEnded: "request_ended",
    } }

    fn stream() -> StreamName {
        quanheng_streams::promotion_request(&request())
    }

    fn samples() -> Vec<Sample<RequestEvent>> {
        let mut samples = begun();
        samples.extend(noticed());
        samples.extend(concluded());
        samples
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![
            vec![
                "request_created",
                "request_updated",
                "request_submitted.from_outside",
                "request_submitted",
                "eligibility_decided",
                "recommendation_recorded",
                "vetting_recorded",
                "candidate_decided",
                "notice_posted",
                "feedback_received",
                "request_suspended",
                "feedback_resolved",
                "request_resumed",
                "notice_moved",
                "notice_closed",
                "approval_decided",
                "appointed",
                "promotion_filed",
            ],
            vec!["request_created", "approval_decided.refused", "request_ended"],
            vec![
                "request_created",
                "request_suspended.by_rule",
                "request_resumed.by_rule",
                "request_ended.by_rule",
            ],
        ]
    }
}

fn begun() -> Vec<Sample<RequestEvent>> {
    let submitted = |leaves: Option<&str>| RequestEvent::RequestSubmitted {
        seat: Seat { hold: hold(), index: 1, leaves: leaves.map(rank) },
        by: by(),
        on: ON,
    };
    vec![
        full(RequestEvent::RequestCreated {
            request: request(),
            round: round(),
            unit: unit("u1"),
            account: account(),
            person: person("p1"),
            category: category(),
            rank: rank("GM09"),
            nomination: sealed("nomination"),
            by: by(),
            on: ON,
        }),
        full(RequestEvent::RequestUpdated {
            rank: rank("GM08"),
            nomination: sealed("nomination-2"),
            by: by(),
            on: LATER,
        }),
        full(submitted(Some("GM10"))),
        form("from_outside", submitted(None)),
        full(RequestEvent::EligibilityDecided {
            judgement: Judgement {
                passed: false,
                failed: vec!["RANK_NOT_SET_UP".to_owned()],
                findings: sealed("findings"),
                policy: SHA256.to_owned(),
                person_version: 12,
                opinion: "单位未设置该职级".to_owned(),
                by: by(),
                on: ON,
            },
        }),
        full(RequestEvent::RecommendationRecorded {
            voters: 30,
            valid_ballots: 29,
            votes: sealed("votes"),
            by: by(),
            on: ON,
        }),
        full(RequestEvent::VettingRecorded { record: sealed("vetting"), by: by(), on: ON }),
        full(RequestEvent::CandidateDecided {
            adopted: true,
            minutes: "某局党组〔2024〕5号".to_owned(),
            by: by(),
            on: ON,
        }),
    ]
}

fn noticed() -> Vec<Sample<RequestEvent>> {
    vec![
        full(RequestEvent::NoticePosted {
            notice: Notice {
                text: sealed("notice"),
                channels: vec!["单位公示栏".to_owned()],
                phone: "12380".to_owned(),
                from: ON,
                to: LATER,
                by: by(),
            },
        }),
        full(RequestEvent::NoticeMoved { to: LATER.tomorrow().unwrap(), on: LATER }),
        full(RequestEvent::FeedbackReceived {
            feedback: feedback(),
            record: sealed("report"),
            by: by(),
            on: ON,
        }),
        full(RequestEvent::FeedbackResolved {
            feedback: feedback(),
            founded: false,
            findings: sealed("found"),
            by: by(),
            on: LATER,
        }),
        full(RequestEvent::NoticeClosed { result: sealed("result"), by: by(), on: LATER }),
    ]
}

fn concluded() -> Vec<Sample<RequestEvent>> {
    let decided = |approved, basis| RequestEvent::ApprovalDecided {
        approved,
        opinion: "同意".to_owned(),
        minutes: "县委常委会〔2024〕8号".to_owned(),
        basis,
        by: by(),
        on: LATER,
    };
    let suspended = |reported, by| RequestEvent::RequestSuspended {
        reported,
        cause: sealed("cause"),
        by,
        on: LATER,
    };
    let resumed = |by| RequestEvent::RequestResumed { by, on: LATER };
    let ended =
        |ending, by| RequestEvent::RequestEnded { ending, reason: sealed("reason"), by, on: LATER };
    vec![
        full(decided(true, Some(basis()))),
        form("refused", decided(false, None)),
        full(RequestEvent::Appointed {
            appointment: Appointment {
                basis: basis(),
                minutes: "县委常委会〔2024〕8号".to_owned(),
                by: by(),
            },
        }),
        full(RequestEvent::PromotionFiled { by: by(), on: LATER }),
        full(suspended(true, Some(by()))),
        form("by_rule", suspended(false, None)),
        full(resumed(Some(by()))),
        form("by_rule", resumed(None)),
        full(ended(Ending::Refused, Some(by()))),
        form("by_rule", ended(Ending::Withdrawn, None)),
    ]
}

impl Published for RankDecisions {
    names! { RankDecisionEvent {
        RankLoweringDecided: "rank_lowering_decided",
        TransferRankDetermined: "transfer_rank_determined",
    } }

    fn stream() -> StreamName {
        quanheng_streams::rank_decisions(&person("p1"))
    }

    fn samples() -> Vec<Sample<RankDecisionEvent>> {
        let at = |ladder: &str, id: &str| LadderRank {
            category: quanheng_policy::CategoryId::new(ladder).unwrap(),
            rank: rank(id),
        };
        let decision = |from, to| RankDecision {
            from,
            to,
            grounds: sealed("grounds"),
            basis: basis(),
            minutes: "某局党组〔2024〕9号".to_owned(),
            policy: SHA256.to_owned(),
            person_version: 14,
            by: by(),
            on: LATER,
        };
        let general = "general_management";
        let lowered = decision(at(general, "GM09"), at(general, "GM10"));
        let determined = decision(at("judge", "JU07"), at(general, "GM05"));
        vec![
            full(RankDecisionEvent::RankLoweringDecided { decision: lowered }),
            full(RankDecisionEvent::TransferRankDetermined { decision: determined }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["rank_lowering_decided", "transfer_rank_determined"]]
    }
}

macro_rules! claims {
    ($entity:ident, $stream:expr, $by:literal) => {
        impl Published for $entity {
            names! { Claimed { Claimed: "claimed", Released: "released", } }

            fn stream() -> StreamName {
                $stream
            }

            fn samples() -> Vec<Sample<Claimed>> {
                let by = || $by.to_owned();
                vec![full(Claimed::Claimed { by: by() }), full(Claimed::Released { by: by() })]
            }

            fn histories() -> Vec<Vec<&'static str>> {
                vec![vec!["claimed", "released"]]
            }
        }
    };
}

claims!(
    Candidacies,
    quanheng_streams::candidacy(&person("p1"), &category()),
    "promotionRequests/q1"
);
claims!(HoldUses, quanheng_streams::hold_use(&account(), &hold()), "promotionRounds/r1");

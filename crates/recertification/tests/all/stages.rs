//! Where a case may go.

use std::collections::BTreeSet;

use quanheng_policy::profile::{ApplicantClass, ChangeRoute, GateAct};
use quanheng_recertification::{CaseStage, Chain, chain};

use crate::world::policy;

fn of(class: ApplicantClass) -> Chain {
    chain(policy(), class).unwrap()
}

/// Every stage that can be reached from one without passing through another.
fn reached(
    from: CaseStage,
    route: ChangeRoute,
    chain: &Chain,
    without: Option<CaseStage>,
) -> BTreeSet<CaseStage> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(stage) = open.pop() {
        let next = stage.next(route, chain).into_iter();
        open.extend(next.filter(|one| Some(*one) != without && seen.insert(*one)));
    }
    seen
}

#[test]
fn every_route_ends_in_its_own_decisions() {
    use ApplicantClass::{CountyUnit, ProvincialUnit};
    use CaseStage::{CentralFiled, Denied, ExitApproved, Filed, Registered};
    let rows: [(ChangeRoute, ApplicantClass, &[CaseStage]); 4] = [
        (ChangeRoute::Recertify, CountyUnit, &[Registered, Denied]),
        (ChangeRoute::Recertify, ProvincialUnit, &[Registered, CentralFiled, Denied]),
        (ChangeRoute::Filing, ProvincialUnit, &[Filed]),
        (ChangeRoute::Exit, ProvincialUnit, &[ExitApproved]),
    ];
    let after = [CaseStage::TransitionPlan, CaseStage::TransitionClosed];
    for (route, class, wanted) in rows {
        let all = reached(CaseStage::Draft, route, &of(class), None);
        let decisions: Vec<CaseStage> =
            all.into_iter().filter(|one| one.decided() && !after.contains(one)).collect();
        assert_eq!(decisions, wanted, "{route:?} {class:?}");
    }
}

#[test]
fn what_was_decided_is_not_decided_again() {
    let chain = of(ApplicantClass::ProvincialUnit);
    for route in ChangeRoute::ALL {
        for stage in CaseStage::ALL.iter().filter(|stage| stage.decided()) {
            let later = reached(*stage, *route, &chain, None);
            assert!(later.iter().all(|one| one.decided()), "{stage:?}");
        }
        let denied = reached(CaseStage::Denied, *route, &chain, None);
        assert_eq!(
            denied.into_iter().collect::<Vec<_>>(),
            [CaseStage::TransitionPlan, CaseStage::TransitionClosed]
        );
    }
}

#[test]
fn no_stage_of_a_chain_is_gone_around() {
    for class in ApplicantClass::ALL {
        let chain = of(*class);
        let gate = |act| !chain.bodies(act).is_empty();
        for (needed, there) in [
            (CaseStage::CompletenessCheck, true),
            (CaseStage::JointReview, true),
            (CaseStage::TaskForceConclusion, gate(GateAct::Conclude)),
            (CaseStage::AuthorityReport, gate(GateAct::Report)),
        ] {
            let ask = |without| reached(CaseStage::Draft, ChangeRoute::Recertify, &chain, without);
            assert_eq!(ask(None).contains(&needed), there, "{class:?} {needed:?}");
            let around = ask(Some(needed)).contains(&CaseStage::Approval);
            assert_eq!(around, !there, "{class:?} {needed:?}");
        }
        // Every gate may return the case to the stage before it.
        let back = CaseStage::Approval.next(ChangeRoute::Recertify, &chain);
        assert!(back.iter().any(|stage| !stage.decided()), "{class:?}");
    }
}

#[test]
fn the_clock_stands_still_only_while_the_establishment_office_is_asked() {
    for stage in CaseStage::ALL {
        assert_eq!(stage.clock_paused(), *stage == CaseStage::Referral);
        assert!(!stage.label().is_empty());
    }
}

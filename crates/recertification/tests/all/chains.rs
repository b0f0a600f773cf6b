//! Chains of authority: who stands where, and that nothing is approved but through every gate.

use proptest::prelude::*;
use quanheng_policy::class::Tier;
use quanheng_policy::profile::{ApplicantClass, GateAct, GateBody, GateRow, PolicyError};
use quanheng_recertification::{Progress, Reason, Vertical, applicant_class, chain};

use crate::world::{parameter, policy, with, without};

#[test]
fn who_applies() {
    use ApplicantClass::{
        CentralUnit, CountyUnit, PrefectureUnit, ProvincialUnit, UnderCentralVertical,
        UnderProvincialVertical,
    };
    for (tier, vertical, class) in [
        (Tier::Central, None, CentralUnit),
        (Tier::Province, None, ProvincialUnit),
        (Tier::Prefecture, None, PrefectureUnit),
        (Tier::County, None, CountyUnit),
        (Tier::Township, None, CountyUnit),
        (Tier::County, Some(Vertical::Central), UnderCentralVertical),
        (Tier::Prefecture, Some(Vertical::Province), UnderProvincialVertical),
    ] {
        assert_eq!(applicant_class(tier, vertical), class, "{tier:?} {vertical:?}");
    }
}

#[test]
fn who_stands_at_the_gates() {
    use GateBody::{
        CentralAuthority, CountyAuthority, ParentDepartment, PrefectureAuthority,
        PrefectureTaskForce, ProvincialAuthority, ProvincialCommittee, ProvincialTaskForce,
        VerticalAgency,
    };
    type Row = (ApplicantClass, GateBody, Vec<GateBody>, Vec<GateBody>, GateBody, bool);
    let rows: [Row; 6] = [
        (ApplicantClass::CentralUnit, ParentDepartment, vec![], vec![], CentralAuthority, false),
        (
            ApplicantClass::UnderCentralVertical,
            VerticalAgency,
            vec![],
            vec![],
            CentralAuthority,
            false,
        ),
        (
            ApplicantClass::ProvincialUnit,
            ParentDepartment,
            vec![ProvincialTaskForce],
            vec![ProvincialAuthority],
            ProvincialCommittee,
            true,
        ),
        (
            ApplicantClass::UnderProvincialVertical,
            VerticalAgency,
            vec![ProvincialTaskForce],
            vec![],
            ProvincialAuthority,
            false,
        ),
        (
            ApplicantClass::PrefectureUnit,
            ParentDepartment,
            vec![PrefectureTaskForce],
            vec![PrefectureAuthority],
            ProvincialAuthority,
            false,
        ),
        (
            ApplicantClass::CountyUnit,
            ParentDepartment,
            vec![PrefectureTaskForce],
            vec![CountyAuthority, PrefectureAuthority],
            ProvincialAuthority,
            false,
        ),
    ];
    assert_eq!(rows.len(), ApplicantClass::ALL.len());
    for (class, proposes, concludes, reports, approves, central) in rows {
        let chain = chain(policy(), class).unwrap();
        assert_eq!(chain.bodies(GateAct::Propose), [proposes], "{class:?}");
        assert_eq!(chain.bodies(GateAct::Conclude), concludes, "{class:?}");
        assert_eq!(chain.bodies(GateAct::Report), reports, "{class:?}");
        assert_eq!(chain.approver(), Some(approves), "{class:?}");
        assert_eq!(chain.central_filing, central, "{class:?}");
        assert!(!chain.article.is_empty() && !class.label().is_empty());
    }
}

#[test]
fn no_gate_is_passed_by_another_or_before_its_turn() {
    let chain = chain(policy(), ApplicantClass::PrefectureUnit).unwrap();
    let gates = chain.gates.clone();
    let check = |passed: &[GateRow], act, by| chain.check_gate(passed, act, by).reason;
    let rows = [
        (0, GateAct::Approve, GateBody::ProvincialAuthority, Some(Reason::GateSkipped)),
        (3, GateAct::Approve, GateBody::PrefectureAuthority, Some(Reason::WrongAuthority)),
        (3, GateAct::Approve, GateBody::ProvincialAuthority, None),
        (1, GateAct::Conclude, GateBody::ProvincialTaskForce, Some(Reason::WrongAuthority)),
        (4, GateAct::Approve, GateBody::ProvincialAuthority, Some(Reason::GateSkipped)),
    ];
    for (passed, act, by, wanted) in rows {
        assert_eq!(check(&gates[..passed], act, by), wanted, "{passed} {act:?} {by:?}");
    }
    // What was passed must be the chain's own beginning.
    let other = [gates[0], gates[2]];
    let found = check(&other, GateAct::Approve, GateBody::ProvincialAuthority);
    assert_eq!(found, Some(Reason::GateSkipped));
}

#[test]
fn a_chain_that_is_not_said_is_none() {
    assert!(matches!(
        chain(&without("reference_authority_chains"), ApplicantClass::CountyUnit),
        Err(PolicyError::NotConfigured { .. })
    ));
    let one = "[{ class = \"county_unit\", article = \"x\", gates = [\
               { act = \"propose\", by = \"applicant\" }, \
               { act = \"approve\", by = \"provincial_authority\" }] }]";
    let local = with(&parameter("reference_authority_chains", one));
    assert_eq!(chain(&local, ApplicantClass::CountyUnit).unwrap().gates.len(), 2);
    assert!(chain(&local, ApplicantClass::PrefectureUnit).is_err());
}

const BODIES: [GateBody; 7] = [
    GateBody::ParentDepartment,
    GateBody::PrefectureTaskForce,
    GateBody::ProvincialTaskForce,
    GateBody::CountyAuthority,
    GateBody::PrefectureAuthority,
    GateBody::ProvincialAuthority,
    GateBody::ProvincialCommittee,
];
const ACTS: [GateAct; 4] = [GateAct::Propose, GateAct::Conclude, GateAct::Report, GateAct::Approve];

proptest! {
    #[test]
    fn nothing_is_approved_but_through_every_gate_in_order(
        class in prop::sample::select(ApplicantClass::ALL.to_vec()),
        steps in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..10_u8, any::<bool>()), 0..40
        ),
    ) {
        let chain = chain(policy(), class).unwrap();
        let (mut progress, mut model) = (Progress::default(), Vec::new());
        for (act, by, returns, right) in steps {
            if returns == 0 {
                let gate = act.index(6);
                let there = progress.return_before(gate);
                prop_assert_eq!(there, gate < model.len());
                model.truncate(gate);
            } else {
                let next = chain.next(model.len()).filter(|_| right);
                let gate = next.unwrap_or(GateRow { act: *act.get(&ACTS), by: *by.get(&BODIES) });
                let fits = chain.gates.get(model.len()) == Some(&gate);
                prop_assert_eq!(progress.pass(&chain, gate.act, gate.by).is_ok(), fits);
                if fits { model.push(gate); }
            }
            prop_assert_eq!(progress.passed(), &model[..]);
            prop_assert_eq!(progress.approved(&chain), model == chain.gates);
        }
    }
}

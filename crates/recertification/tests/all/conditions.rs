//! The conditions, one deviation at a time, and what holds of all grounds.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use quanheng_recertification::{
    BasisFault, BasisKind, DutyIssuer, Grounds, Issuer, LegalBasis, PaySource, Rule, Verdict,
    check_conditions,
};
use quanheng_register::unit::Establishment;

use crate::world::{TODAY, codes, division, grounds, regulation};

/// A basis of a kind as the right body issues it.
fn sound(kind: BasisKind) -> LegalBasis {
    let (issuer, area) = match kind {
        BasisKind::NationalLaw => (Issuer::NationalCongress, None),
        BasisKind::AdministrativeRegulation | BasisKind::StateCouncilDecision => {
            (Issuer::StateCouncil, None)
        }
        BasisKind::SupervisionRegulation => (Issuer::NationalSupervisionCommission, None),
        BasisKind::ProvincialLocalRegulation => (Issuer::ProvincialCongress, Some("420000")),
        BasisKind::CityLocalRegulationApproved => (Issuer::CityCongress, Some("420100")),
        BasisKind::SpecialZoneRegulation => (Issuer::SpecialZoneCongress, Some("420100")),
        BasisKind::AutonomousOrSeparateRegulation => (Issuer::AutonomousCongress, Some("420100")),
        BasisKind::PolicyDocumentEqualToRegulation => (Issuer::CentralCommittee, None),
        BasisKind::DepartmentalRule => (Issuer::Ministry, None),
        BasisKind::LocalGovernmentRule => (Issuer::LocalGovernment, Some("420000")),
        BasisKind::NormativeDocument => (Issuer::LocalGovernment, Some("420000")),
        BasisKind::ThreeDeterminations => (Issuer::EstablishmentOffice, None),
    };
    let approved_on = Some(date(2009, 12, 1));
    LegalBasis { kind, issuer, division: area.map(division), approved_on, ..regulation() }
}

fn fault(basis: &LegalBasis) -> Option<BasisFault> {
    basis.fault(&division("420100"), TODAY)
}

#[test]
fn the_kinds_of_article_four_and_no_others() {
    let insufficient = [
        BasisKind::DepartmentalRule,
        BasisKind::LocalGovernmentRule,
        BasisKind::NormativeDocument,
        BasisKind::ThreeDeterminations,
    ];
    for kind in BasisKind::ALL {
        let wanted = insufficient.contains(kind).then_some(BasisFault::KindInsufficient);
        assert_eq!(fault(&sound(*kind)), wanted, "{kind:?}");
        if wanted.is_none() {
            let elsewhere = LegalBasis { issuer: Issuer::Other, ..sound(*kind) };
            assert_eq!(fault(&elsewhere), Some(BasisFault::WrongIssuer), "{kind:?}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_basis() {
    let city = sound(BasisKind::CityLocalRegulationApproved);
    let rows = [
        (LegalBasis { title: " ".into(), ..regulation() }, BasisFault::Incomplete),
        (LegalBasis { article: String::new(), ..regulation() }, BasisFault::Incomplete),
        (LegalBasis { function: String::new(), ..regulation() }, BasisFault::Incomplete),
        (LegalBasis { division: Some(division("430000")), ..regulation() }, BasisFault::Elsewhere),
        (LegalBasis { division: None, ..regulation() }, BasisFault::Elsewhere),
        // A province's regulation is the province's, not a city's.
        (LegalBasis { division: Some(division("420100")), ..regulation() }, BasisFault::Elsewhere),
        (LegalBasis { approved_on: None, ..city.clone() }, BasisFault::NotApproved),
        (LegalBasis { approved_on: Some(date(2026, 3, 3)), ..city }, BasisFault::NotApproved),
        (LegalBasis { in_force_from: date(2026, 3, 3), ..regulation() }, BasisFault::NotYetInForce),
        (LegalBasis { in_force_to: Some(date(2026, 3, 1)), ..regulation() }, BasisFault::Repealed),
    ];
    for (basis, wanted) in rows {
        assert_eq!(fault(&basis), Some(wanted), "{basis:?}");
        assert!(!wanted.label().is_empty());
    }
    for basis in [
        LegalBasis { in_force_from: TODAY, ..regulation() },
        LegalBasis { in_force_to: Some(TODAY), ..regulation() },
    ] {
        assert_eq!(fault(&basis), None, "the first and the last day count");
    }
}

#[test]
fn one_condition_at_a_time() {
    let nothing = Grounds { bases: vec![], ..grounds() };
    let no_duties = Grounds { duties: vec![], ..grounds() };
    let mut later = grounds();
    later.duties[0].issued_on = date(2026, 3, 3);
    let mut by_itself = grounds();
    by_itself.duties[0].issuer = DutyIssuer::Other;
    let organ = Establishment { administrative: 9, ..Establishment::default() };
    let workers = Establishment { logistics: 9, ..Establishment::default() };
    let with_slots = |slots| Grounds { establishment: slots, ..grounds() };
    let paid = |pay| Grounds { pay, ..grounds() };
    let rows = [
        (nothing, Verdict::Denied, "NO_STATUTORY_AUTHORIZATION"),
        (no_duties, Verdict::Denied, "DUTY_DOCUMENT_MISSING"),
        (later, Verdict::Denied, "DUTY_DOCUMENT_MISSING"),
        (by_itself, Verdict::Denied, "DUTY_DOCUMENT_MISSING"),
        (with_slots(Some(organ)), Verdict::Denied, "NO_INSTITUTION_SLOTS"),
        (with_slots(Some(workers)), Verdict::Denied, "NO_INSTITUTION_SLOTS"),
        (with_slots(None), Verdict::Unknown, "FACT_MISSING"),
        (paid(Some(PaySource::PartlyFiscal)), Verdict::Denied, "NOT_FISCALLY_FUNDED"),
        (paid(None), Verdict::Unknown, "FACT_MISSING"),
    ];
    for (grounds, verdict, code) in rows {
        let found = check_conditions(&grounds, TODAY);
        assert_eq!((found.verdict(), &codes(&found.findings)[..]), (verdict, &[code][..]));
    }
}

#[test]
fn a_finding_says_what_became_of_each_basis() {
    let bases = vec![sound(BasisKind::DepartmentalRule), regulation()];
    let found = check_conditions(&Grounds { bases, ..grounds() }, TODAY);
    let finding = found.findings.of(Rule::Authorization).unwrap();
    assert_eq!(found.verdict(), Verdict::Met);
    assert!(finding.facts["basis_1"].to_string().contains("不足以单独"));
    assert!(finding.facts["basis_2"].to_string().contains("成立"));
}

fn day() -> impl Strategy<Value = Date> {
    (2000..2040_i16, 1..=12_i8).prop_map(|(year, month)| date(year, month, 1))
}

fn basis() -> impl Strategy<Value = LegalBasis> {
    let kind = prop::sample::select(BasisKind::ALL.to_vec());
    let area = prop::option::of(prop::sample::select(vec!["420000", "420100", "430000"]));
    (kind, area, day(), prop::option::of(day())).prop_map(|(kind, area, from, to)| LegalBasis {
        division: area.map(division),
        in_force_from: from,
        in_force_to: to,
        ..sound(kind)
    })
}

proptest! {
    #[test]
    fn rules_and_documents_never_carry_a_function(
        mut bases in prop::collection::vec(basis(), 0..6), on in day()
    ) {
        bases.retain(|basis| !basis.kind.sufficient());
        let found = check_conditions(&Grounds { bases, ..grounds() }, on);
        prop_assert_eq!(found.verdict(), Verdict::Denied);
    }

    #[test]
    fn more_bases_never_harm_and_order_says_nothing(
        bases in prop::collection::vec(basis(), 1..5), more in basis(), on in day()
    ) {
        let met = |bases: Vec<LegalBasis>| {
            let found = check_conditions(&Grounds { bases, ..grounds() }, on);
            !found.findings.of(Rule::Authorization).unwrap().failed()
        };
        let was = met(bases.clone());
        let carried = bases.iter().any(|one| one.fault(&division("420100"), on).is_none());
        prop_assert_eq!(was, carried);
        prop_assert_eq!(was, met(bases.iter().rev().cloned().collect()));
        let with_more = met(bases.into_iter().chain([more]).collect());
        prop_assert!(with_more || !was);
    }
}

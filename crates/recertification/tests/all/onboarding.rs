//! What waits elsewhere until a unit is decided.

use jiff::civil::date;
use quanheng_recertification::Reason;
use quanheng_recertification::onboarding::{
    FourQuestions, Recertification, Team, check_four_questions, check_onboarding,
};
use quanheng_register::unit::Nature;

use crate::world::{TODAY, document};

fn team() -> Team {
    Team {
        recertification: Some(Recertification::NotAffected),
        nature: Some(Nature::ReferencedInstitution),
        staff_identified: Some(true),
    }
}

#[test]
fn only_what_is_decided_and_fixed_enters() {
    let decided = |one| Team { recertification: Some(one), ..team() };
    let approved = |on| decided(Recertification::Approved { document: document(9), on });
    let rows = [
        (team(), None),
        (Team { nature: Some(Nature::Organ), ..team() }, None),
        (approved(TODAY), None),
        (approved(date(2026, 3, 3)), Some(Reason::RecertificationPending)),
        (decided(Recertification::Pending), Some(Reason::RecertificationPending)),
        (decided(Recertification::Denied), Some(Reason::NotReferenced)),
        (decided(Recertification::Exited), Some(Reason::NotReferenced)),
        (Team { nature: Some(Nature::PublicInstitution), ..team() }, Some(Reason::NotReferenced)),
        (Team { recertification: None, ..team() }, Some(Reason::FactMissing)),
        (Team { nature: None, ..team() }, Some(Reason::FactMissing)),
        (Team { staff_identified: None, ..team() }, Some(Reason::FactMissing)),
        (Team { staff_identified: Some(false), ..team() }, Some(Reason::FactMissing)),
    ];
    for (team, wanted) in rows {
        assert_eq!(check_onboarding(&team, TODAY).reason, wanted, "{team:?}");
    }
}

#[test]
fn four_answers_and_one_way_to_pass() {
    let answers = [None, Some(false), Some(true)];
    let mut passed = 0;
    for nr in 0..81 {
        let pick = |place: u32| answers[(nr / 3_usize.pow(place)) % 3];
        let asked = FourQuestions {
            main_duty_in_specialty: pick(0),
            technical_and_hard_to_replace: pick(1),
            staff_mostly_technical: pick(2),
            serves_the_cause: pick(3),
        };
        let found = check_four_questions(asked);
        passed += u32::from(!found.failed());
        let no = (0..4).any(|place| pick(place) == Some(false));
        assert_eq!(found.reason == Some(Reason::FourQuestionsNotMet), no);
    }
    assert_eq!(passed, 1);
}

//! The documents of re-certification, opened again.

mod documents;
mod hostile;
mod sheets;
pub(crate) mod world;

use quanheng_forms::recertification::{
    application, approval, cases, changes, decrease, filing, ledger, transition,
};

use crate::world::MADE;
use world::{application as request, approval as form};

/// Every document of re-certification, under the name that a test knows it by.
pub(crate) fn made() -> Vec<(String, Vec<u8>)> {
    let blank = application::Application {
        applicant: world::CENTRE.to_owned(),
        unit: quanheng_forms::recertification::UnitFacts {
            name: world::CENTRE.to_owned(),
            ..Default::default()
        },
        ..Default::default()
    };
    let mut wordy = form(0);
    wordy.bases[0].excerpt = Some(crate::every::LONG.repeat(20));
    let documents = [
        ("rc_application.docx", application::docx(&request(), MADE)),
        ("rc_application_blank.docx", application::docx(&blank, MADE)),
        ("rc_approval.docx", approval::docx(&[form(0), approval::Approval::default()], MADE)),
        ("rc_approval_wordy.docx", approval::docx(&[wordy], MADE)),
        ("rc_filing.docx", filing::docx(&world::filing(2), MADE)),
        ("rc_filing_list.xlsx", filing::xlsx(&world::filing(3), MADE)),
        ("rc_decrease.xlsx", decrease::xlsx(&world::decrease(), MADE)),
        ("rc_changes.xlsx", changes::xlsx(&world::changes(2), MADE)),
        ("rc_ledger.xlsx", ledger::xlsx(&world::ledger(3), MADE)),
        ("rc_ledger_one.docx", ledger::docx(&world::ledger_unit(0), MADE, MADE)),
        ("rc_cases.xlsx", cases::xlsx(&world::cases(2), MADE)),
        ("rc_statistics.xlsx", world::statistics().xlsx(MADE)),
        ("rc_transition.xlsx", transition::xlsx(&world::transition(5), MADE)),
        ("rc_talk.docx", transition::docx(&[world::talk(0), world::talk(1)], MADE)),
    ];
    documents.into_iter().map(|(name, made)| (name.to_owned(), made.unwrap())).collect()
}

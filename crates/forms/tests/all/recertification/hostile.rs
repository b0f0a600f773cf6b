//! Texts that mean harm, numbers that do not belong, and more than fits.

use jiff::civil::date;
use quanheng_forms::recertification::transition::Transition;
use quanheng_forms::recertification::{
    application, approval, cases, changes, decrease, filing, ledger, transition,
};
use quanheng_forms::{
    CASES_MAX, CHANGES_MAX, FACTS_MAX, FORMS_MAX, FormError, SCOPES_MAX, TRANSITION_ROWS_MAX,
    UNITS_MAX,
};

use super::world;
use crate::open::{paragraphs, sheets};
use crate::world::{MADE, identity};

type Made = Result<Vec<u8>, FormError>;
/// A document with a text where a name stands.
type Maker = fn(&str) -> Made;

const SHEETS: [(&str, Maker); 7] = [
    ("filing", |text| {
        let mut form = world::filing(1);
        text.clone_into(&mut form.units[0].unit.name);
        filing::xlsx(&form, MADE)
    }),
    ("decrease", |text| {
        let mut form = world::decrease();
        text.clone_into(&mut form.scopes[0].name);
        decrease::xlsx(&form, MADE)
    }),
    ("changes", |text| {
        let mut form = world::changes(1);
        form.units[0].fields[0].before = Some(text.to_owned());
        changes::xlsx(&form, MADE)
    }),
    ("ledger", |text| {
        let mut form = world::ledger(1);
        text.clone_into(&mut form.units[0].unit.name);
        ledger::xlsx(&form, MADE)
    }),
    ("cases", |text| {
        let mut form = world::cases(1);
        text.clone_into(&mut form.cases[0].unit_name);
        cases::xlsx(&form, MADE)
    }),
    ("statistics", |text| {
        let mut form = world::statistics();
        text.clone_into(&mut form.places[0].name);
        form.xlsx(MADE)
    }),
    ("transition", |text| {
        let mut form = world::transition(1);
        text.clone_into(&mut form.persons[0].name);
        transition::xlsx(&form, MADE)
    }),
];
const DOCUMENTS: [(&str, Maker); 5] = [
    ("application", |text| {
        let mut form = world::application();
        text.clone_into(&mut form.applicant);
        application::docx(&form, MADE)
    }),
    ("approval", |text| {
        let mut form = world::approval(0);
        text.clone_into(&mut form.unit.name);
        approval::docx(&[form], MADE)
    }),
    ("filing", |text| {
        let mut form = world::filing(1);
        text.clone_into(&mut form.units[0].unit.name);
        filing::docx(&form, MADE)
    }),
    ("ledger", |text| {
        let mut form = world::ledger_unit(0);
        text.clone_into(&mut form.unit.name);
        ledger::docx(&form, MADE, MADE)
    }),
    ("talk", |text| {
        let mut form = world::talk(0);
        text.clone_into(&mut form.name);
        transition::docx(&[form], MADE)
    }),
];

#[test]
fn no_text_becomes_a_formula_or_changes() {
    for text in ["=1+1", "+1", "-1", "@SUM(A1)", "<w:p>&amp;'\"</w:p>]]>", "_x0041_", "007", "𠮷"]
    {
        for (form, make) in SHEETS {
            let sheets = sheets(&make(text).unwrap());
            assert!(!sheets[0].find(text).is_empty(), "{form}: {text}");
            let formula = |xml: &str| xml.contains("<f>") || xml.contains("<f ");
            assert!(!sheets.iter().any(|sheet| formula(&sheet.xml)), "{form}: {text}");
        }
        for (form, make) in DOCUMENTS {
            let paragraphs = paragraphs(&make(text).unwrap());
            assert!(paragraphs.iter().any(|found| found == text), "{form}: {text}");
        }
    }
}

#[test]
fn characters_that_no_file_may_hold_are_refused() {
    for bad in ['\u{0}', '\u{1B}', '\u{202E}', '\u{FFFF}'] {
        for (form, make) in SHEETS.into_iter().chain(DOCUMENTS) {
            let refused = make(&format!("示{bad}例")).unwrap_err();
            assert_eq!(refused.code(), "CHARACTER_NOT_ALLOWED", "{form}: {bad:?}");
        }
    }
}

#[test]
fn long_texts_are_refused_on_sheets_and_go_on_in_documents() {
    let tall = "长".repeat(3_900);
    for (form, make) in SHEETS {
        assert_eq!(make(&tall).unwrap_err().code(), "TEXT_TOO_TALL", "{form}");
    }
    for (form, make) in DOCUMENTS {
        assert!(make(&tall).is_ok(), "{form}");
    }
}

#[test]
fn no_identity_number_stands_in_a_plan_or_a_talk() {
    let number = identity(0).reveal().to_owned();
    let places: [fn(&mut Transition, String); 4] = [
        |plan, text| plan.unit_name.push_str(&text),
        |plan, text| plan.persons[0].name.push_str(&text),
        |plan, text| plan.persons[1].remark = Some(text),
        |plan, text| plan.persons[0].new_post = Some(text),
    ];
    for put in places {
        let mut plan = world::transition(2);
        put(&mut plan, format!("号码{number}"));
        let refused = transition::xlsx(&plan, MADE).unwrap_err();
        assert_eq!(refused.code(), "IDENTITY_NUMBER_NOT_ALLOWED");
        assert!(!refused.to_string().contains(&number));
    }
    let mut talk = world::talk(0);
    talk.wish = Some(number);
    let refused = transition::docx(&[talk], MADE).unwrap_err();
    assert_eq!(refused.code(), "IDENTITY_NUMBER_NOT_ALLOWED");
}

#[test]
fn a_transition_does_not_end_before_it_begins() {
    let reversed = Transition { to: Some(date(2025, 12, 31)), ..world::transition(1) };
    assert_eq!(transition::xlsx(&reversed, MADE).unwrap_err().code(), "PERIOD_REVERSED");
}

#[test]
fn more_than_a_bound_is_refused() {
    let mut units = world::filing(1);
    units.units = vec![units.units[0].clone(); UNITS_MAX + 1];
    let mut forms = world::filing(1);
    forms.units = vec![forms.units[0].clone(); FORMS_MAX + 1];
    let mut bases = world::approval(0);
    bases.bases = vec![bases.bases[0].clone(); FACTS_MAX + 1];
    let mut materials = world::application();
    materials.materials = vec![materials.materials[0].clone(); FACTS_MAX + 1];
    let mut scopes = world::decrease();
    scopes.scopes = vec![scopes.scopes[0].clone(); SCOPES_MAX + 1];
    let mut fields = world::changes(1);
    fields.units[0].fields = vec![fields.units[0].fields[0].clone(); CHANGES_MAX + 1];
    let mut history = world::ledger(1);
    history.units[0].changes = vec![history.units[0].changes[0].clone(); CHANGES_MAX + 1];
    let mut many = world::cases(1);
    many.cases = vec![many.cases[0].clone(); CASES_MAX + 1];
    let mut places = world::statistics();
    places.places = vec![places.places[0].clone(); SCOPES_MAX + 1];
    let mut persons = world::transition(1);
    persons.persons = vec![persons.persons[0].clone(); TRANSITION_ROWS_MAX + 1];
    let made: [(&str, Made); 11] = [
        ("UNITS_MAX", filing::xlsx(&units, MADE)),
        ("FORMS_MAX", filing::docx(&forms, MADE)),
        ("FACTS_MAX", approval::docx(&[bases], MADE)),
        ("FACTS_MAX", application::docx(&materials, MADE)),
        ("SCOPES_MAX", decrease::xlsx(&scopes, MADE)),
        ("CHANGES_MAX", changes::xlsx(&fields, MADE)),
        ("CHANGES_MAX", ledger::xlsx(&history, MADE)),
        ("CASES_MAX", cases::xlsx(&many, MADE)),
        ("SCOPES_MAX", places.xlsx(MADE)),
        ("TRANSITION_ROWS_MAX", transition::xlsx(&persons, MADE)),
        ("FORMS_MAX", transition::docx(&vec![world::talk(0); FORMS_MAX + 1], MADE)),
    ];
    for (code, made) in made {
        assert_eq!(made.unwrap_err().code(), code);
    }
    let mut figures = world::decrease();
    figures.scopes[0].after.slots = u32::MAX;
    assert_eq!(decrease::xlsx(&figures, MADE).unwrap_err().code(), "COUNT_MAX");
}

#[test]
fn empty_tables_are_tables() {
    assert!(
        decrease::xlsx(&decrease::Decrease { scopes: vec![], ..world::decrease() }, MADE).is_ok()
    );
    assert!(changes::xlsx(&world::changes(0), MADE).is_ok());
    assert!(ledger::xlsx(&world::ledger(0), MADE).is_ok());
    assert!(cases::xlsx(&world::cases(0), MADE).is_ok());
    assert!(transition::xlsx(&Transition::default(), MADE).is_ok());
}

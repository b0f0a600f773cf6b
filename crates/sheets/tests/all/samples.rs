//! Made-up units and persons.

use std::collections::HashSet;

use quanheng_policy::codes::DivisionCode;
use quanheng_sheets::{persons, sample, units};

#[test]
fn samples_are_the_same_for_the_same_seed_and_their_own() {
    let division = DivisionCode::parse("530102").unwrap();
    let mut numbers = HashSet::new();
    let mut codes = HashSet::new();
    for seed in 0..5_000 {
        let person = sample::person(seed, &division);
        assert_eq!(person, sample::person(seed, &division));
        assert_eq!(persons::check(&person), [], "{seed}");
        assert!(person.identity.number.reveal().starts_with("530102"));
        assert!(numbers.insert(person.identity.number), "{seed}");
        let unit = sample::unit(seed, &division);
        assert_eq!(units::check(&unit, &|_| None), [], "{seed}");
        assert!(codes.insert(unit.credit_code.unwrap()), "{seed}");
    }
}

//! Values that only one may have.

use quanheng_register::claim::{Claim, Command, Event, decide, evolve};

use crate::world::{code, reread};

fn claim(by: &str) -> Command {
    Command::Claim { by: by.to_owned() }
}

fn release(by: &str) -> Command {
    Command::Release { by: by.to_owned() }
}

#[test]
fn only_one_has_a_value() {
    let rows = [
        ("nobody gives it up", release("units/a"), "RESOURCE_NOT_FOUND", None),
        ("the first takes it", claim("units/a"), "OK", Some("units/a")),
        ("again, and nothing happens", claim("units/a"), "OK", Some("units/a")),
        ("another is refused", claim("units/b"), "ALREADY_CLAIMED", Some("units/a")),
        ("another cannot give it up", release("units/b"), "RESOURCE_NOT_FOUND", Some("units/a")),
        ("the first gives it up", release("units/a"), "OK", None),
        ("another takes it", claim("units/b"), "OK", Some("units/b")),
    ];
    let mut state: Option<Claim> = None;
    for (name, command, expected, holder) in rows {
        let outcome = decide(state.as_ref(), command);
        assert_eq!(code(&outcome), expected, "{name}");
        for event in outcome.unwrap_or_default() {
            evolve(&mut state, &reread(&event));
        }
        let found = state.as_ref().and_then(|claim| claim.holder.as_deref());
        assert_eq!(found, holder, "{name}");
    }
    assert_eq!(state.unwrap().version, 3);
}

#[test]
fn events_have_names() {
    let event = Event::Claimed { by: "persons/a".into() };
    assert_eq!(serde_json::to_value(&event).unwrap()["type"], event.name());
}

//! Streams of golden events become states, and states survive being kept as snapshots.

use std::collections::BTreeSet;

use quanheng_eventlog::{Fold as _, Record};
use quanheng_streams::Of;

use crate::golden::{Published, event_type, file, file_of, record, text};

/// The records of a history, from the golden files.
fn records<E: Published>(history: &[&str]) -> Vec<Record> {
    let record = |(version, name): (u64, &&str)| {
        let file = file::<E>(name);
        let data = text(&file).unwrap_or_else(|| panic!("there is no {file}"));
        let name = name.split('.').next().unwrap();
        record(&event_type::<E>(name), &E::stream(), &data, version)
    };
    (1..).zip(history).map(record).collect()
}

/// The state that a snapshot of a state holds.
fn kept<E: Published>(state: &E::State) -> E::State {
    let fold = Of::<E>::default();
    let snapshot = fold.save(state).unwrap();
    let restored = fold.restore(&snapshot).expect("what was saved is restored");
    assert_eq!(fold.save(&restored).unwrap(), snapshot, "a snapshot has one form");
    restored
}

#[test]
fn a_state_is_the_same_after_it_was_kept() {
    fn check<E: Published>() {
        for history in E::histories() {
            let fold = Of::<E>::default();
            let (mut state, mut from_snapshots) = (fold.initial(), kept::<E>(&fold.initial()));
            for (name, record) in history.iter().zip(records::<E>(&history)) {
                fold.evolve(&mut state, &record).unwrap();
                fold.evolve(&mut from_snapshots, &record).unwrap();
                from_snapshots = kept::<E>(&from_snapshots);
                assert_eq!(from_snapshots, state, "after {name}");
            }
        }
    }
    crate::for_every_entity!(check());
}

/// Else the histories would prove little.
#[test]
fn every_event_of_a_history_changes_the_state() {
    fn check<E: Published>() {
        if size_of::<E::State>() == 0 {
            return;
        }
        for history in E::histories() {
            let fold = Of::<E>::default();
            let mut state = fold.initial();
            for (name, record) in history.iter().zip(records::<E>(&history)) {
                let before = state.clone();
                fold.evolve(&mut state, &record).unwrap();
                let leaves_one = !E::TRACELESS.contains(name);
                assert_eq!(state != before, leaves_one, "the trace of {name}");
            }
        }
    }
    crate::for_every_entity!(check());
}

#[test]
fn histories_name_every_golden_file() {
    fn check<E: Published>() {
        let names = E::histories().into_iter().flatten();
        let told: BTreeSet<String> = names.map(file::<E>).collect();
        let published: BTreeSet<String> = E::samples().iter().map(file_of::<E>).collect();
        assert_eq!(told, published);
    }
    crate::for_every_entity!(check());
}

/// A record of another area, of another version or of another shape is no event.
#[test]
fn what_is_not_of_the_kind_is_refused() {
    fn check<E: Published>() {
        let name = E::NAMES[0];
        let data = text(&file::<E>(name)).unwrap();
        let known = event_type::<E>(name);
        let newer = known.replace(".v1", ".v2");
        for (event_type, data, what) in [
            ("quanheng.elsewhere.it_happened.v1", data.as_str(), "another area"),
            (newer.as_str(), data.as_str(), "a version to come"),
            (known.as_str(), r#"{"type":"never_heard_of"}"#, "another type"),
        ] {
            let record = record(event_type, &E::stream(), data, 1);
            let mut state = Of::<E>::default().initial();
            assert!(Of::<E>::default().evolve(&mut state, &record).is_err(), "{what}: {known}");
        }
    }
    crate::for_every_entity!(check());
}

//! The golden files, and what must be true of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use quanheng_eventlog::{
    CommitRef, Envelope, Facts, Micros, Position, Record, StreamName, Version,
};
use quanheng_streams::Entity;
use serde_json::{Map, Value};

/// A kind of stream whose events are published.
pub(crate) trait Published:
    Entity<Event: Debug + PartialEq, State: Debug + PartialEq + Clone>
{
    /// What its events are called, each once. Made by [`names!`](crate::names) beside
    /// [`Self::name`], so that an event without a name does not compile.
    const NAMES: &'static [&'static str];

    /// Events that change nothing of the state: they are told, and that is all.
    const TRACELESS: &'static [&'static str] = &[];

    /// What an event is called.
    fn name(event: &Self::Event) -> &'static str;

    /// A stream of the kind.
    fn stream() -> StreamName;

    /// Every form of every event, the fullest under the event's own name.
    fn samples() -> Vec<Sample<Self::Event>>;

    /// Streams by the names of their golden files, without area and version. Together they
    /// name every file.
    fn histories() -> Vec<Vec<&'static str>>;
}

/// An event in one of its forms.
pub(crate) struct Sample<E> {
    form: Option<&'static str>,
    pub(crate) event: E,
}

/// An event in its fullest form.
pub(crate) fn full<E>(event: E) -> Sample<E> {
    Sample { form: None, event }
}

/// An event in another form, which is written differently.
pub(crate) fn form<E>(form: &'static str, event: E) -> Sample<E> {
    Sample { form: Some(form), event }
}

/// `quanheng.quota.seat_vacated.v1`
pub(crate) fn event_type<E: Entity>(name: &str) -> String {
    format!("quanheng.{}.{name}.v1", E::AREA)
}

/// The file of an event by its name and form: `entry_reversed.reserve` is
/// `quanheng.quota.entry_reversed.v1.reserve.json`.
pub(crate) fn file<E: Entity>(name: &str) -> String {
    let (name, form) = name.split_once('.').map_or((name, None), |(name, form)| (name, Some(form)));
    let form = form.map(|form| format!(".{form}")).unwrap_or_default();
    format!("{}{form}.json", event_type::<E>(name))
}

pub(crate) fn file_of<E: Published>(sample: &Sample<E::Event>) -> String {
    let name = E::name(&sample.event);
    match sample.form {
        None => file::<E>(name),
        Some(form) => file::<E>(&format!("{name}.{form}")),
    }
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// The text of a golden file; none if there is no such file.
pub(crate) fn text(file: &str) -> Option<String> {
    std::fs::read_to_string(folder().join(file)).ok()
}

/// The record of an event as the log would hand it out.
pub(crate) fn record(event_type: &str, stream: &StreamName, data: &str, version: u64) -> Record {
    let commit = CommitRef { id: uuid::Uuid::from_u128(1), index: 0, count: 1 };
    let (position, version) = (Position(version), Version(version));
    let (id, time) = (uuid::Uuid::from_u128(position.0.into()), Micros(0));
    let envelope = Envelope {
        specversion: "1.0".into(),
        id,
        source: "/realms/01930000-0000-7000-8000-000000000009".into(),
        event_type: event_type.into(),
        subject: stream.as_str().into(),
        time: time.to_string().into(),
        datacontenttype: "application/json".into(),
        position: position.to_string().into(),
        version: version.to_string().into(),
        commitid: commit.id,
        commitindex: commit.index,
        commitcount: commit.count,
        principal: None,
        onbehalfof: None,
        method: None,
        requestid: None,
        correlationid: None,
        causationid: None,
        traceparent: None,
        policyhash: None,
        tags: None,
        blobs: None,
        data: serde_json::from_str(data).unwrap(),
    };
    let bytes = serde_json::to_vec(&envelope).unwrap().into();
    let event_type = event_type.try_into().unwrap();
    let facts = Facts::default();
    Record { position, stream: stream.clone(), version, id, event_type, time, commit, bytes, facts }
}

/// What an event is in the log: its type, and its facts.
fn written<E: Published>(event: &E::Event) -> (String, Value) {
    let draft = quanheng_streams::draft::<E>(E::stream(), event).unwrap();
    (draft.event_type.to_string(), serde_json::from_str(draft.data.get()).unwrap())
}

/// The event that today's code reads from facts in the log.
fn read_back<E: Published>(name: &str, data: &str) -> Result<Arc<E::Event>, String> {
    let record = record(&event_type::<E>(name), &E::stream(), data, 1);
    quanheng_streams::read::<E>(&record).map_err(|error| error.to_string())
}

fn check_sample<E: Published>(sample: &Sample<E::Event>) -> Result<(), String> {
    let (name, file) = (E::name(&sample.event), file_of::<E>(sample));
    let (written_type, written_facts) = written::<E>(&sample.event);
    if written_type != event_type::<E>(name) {
        return Err(format!("is written under the type {written_type}"));
    }
    let Some(text) = text(&file) else {
        let data = serde_json::to_string_pretty(&sample.event).unwrap();
        let back = read_back::<E>(name, &data)?;
        if *back != sample.event {
            return Err(format!("would be read as another event: {back:?}"));
        }
        if !updating() {
            return Err("there is no such file; UPDATE_GOLDEN=1 writes it".to_owned());
        }
        std::fs::write(folder().join(&file), data + "\n").unwrap();
        return Ok(());
    };
    let published: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if published != written_facts {
        return Err(format!(
            "is written in another form now:\n{written_facts:#}\n\
             A published version never changes: make a .v2, with an upcaster."
        ));
    }
    let read = read_back::<E>(name, &text)?;
    if *read != sample.event {
        return Err(format!("is read as another event now: {read:?}"));
    }
    let (_, again) = written::<E>(&read);
    if again == published { Ok(()) } else { Err(format!("comes back as {again:#}")) }
}

#[test]
fn every_published_form_is_read_and_written_as_it_was() {
    fn check<E: Published>(faults: &mut Vec<String>) {
        for sample in E::samples() {
            if let Err(fault) = check_sample::<E>(&sample) {
                faults.push(format!("{}: {fault}", file_of::<E>(&sample)));
            }
        }
    }
    let mut faults = Vec::new();
    crate::for_every_entity!(check(&mut faults));
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n\n"));
}

#[test]
fn every_event_has_a_sample_of_its_fullest_form() {
    fn check<E: Published>() {
        let samples = E::samples();
        let full = samples.iter().filter(|sample| sample.form.is_none());
        let full: Vec<_> = full.map(|sample| E::name(&sample.event)).collect();
        assert_eq!(full, E::NAMES, "the events of {}, in order", std::any::type_name::<E>());
    }
    crate::for_every_entity!(check());
}

#[test]
fn no_file_is_left_without_its_event() {
    fn gather<E: Published>(files: &mut BTreeSet<String>) {
        for sample in E::samples() {
            let file = file_of::<E>(&sample);
            assert!(files.insert(file.clone()), "two events are called {file}");
        }
    }
    let mut expected = BTreeSet::from([crate::words::FILE.to_owned()]);
    crate::for_every_entity!(gather(&mut expected));
    let found = std::fs::read_dir(folder()).unwrap();
    for file in found.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        assert!(expected.contains(&file), "{file} is of no event: what was published is read");
    }
}

/// A field that is only ever absent would not be frozen at all.
#[test]
fn every_field_is_given_in_some_file() {
    type Fields = BTreeMap<String, bool>;

    /// Whether the members are things of one kind, by their ids.
    fn is_table(members: &Map<String, Value>) -> bool {
        let fields = |value: &Value| value.as_object().map(|row| row.keys().cloned().collect());
        let kinds: BTreeSet<Option<Vec<String>>> = members.values().map(fields).collect();
        members.len() > 1 && kinds.len() == 1 && !kinds.contains(&None)
    }

    fn is_given(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Array(items) => !items.is_empty(),
            Value::Object(members) => !members.is_empty(),
            Value::String(text) => !text.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        }
    }

    /// Notes for every field, with the name of what it lies in, whether it is given.
    fn note(fields: &mut Fields, within: &str, value: &Value) {
        match value {
            Value::Object(rows) if is_table(rows) => {
                rows.values().for_each(|row| note(fields, within, row));
            }
            Value::Object(members) => {
                for (key, value) in members {
                    *fields.entry(format!("{within}.{key}")).or_default() |= is_given(value);
                    note(fields, key, value);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| note(fields, within, item)),
            _ => {}
        }
    }

    fn check<E: Published>() {
        let mut fields = Fields::new();
        for sample in E::samples() {
            note(&mut fields, E::name(&sample.event), &written::<E>(&sample.event).1);
        }
        let absent: Vec<_> = fields.iter().filter(|(_, given)| !**given).collect();
        assert!(absent.is_empty(), "{}: {absent:?}", std::any::type_name::<E>());
    }
    crate::for_every_entity!(check());
}

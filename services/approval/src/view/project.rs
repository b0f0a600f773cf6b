//! The fold from records to documents.

use jiff::civil::Date;
use quanheng_eventlog::{Record, Version};
use quanheng_policy::PersonId;
use quanheng_projection::{DocKey, Docs, ProjectError, Projector, Seed, StateFold, StreamState};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, OfficeEvent, SubstitutionEvent, TaskKey};
use quanheng_workflow::case::{Case, Due, TaskNr};
use quanheng_workflow::event::Event;

use super::{
    CASES, CaseDoc, INBOX, InboxDoc, NEVER, OFFICES, OfficeDoc, SUBSTITUTIONS, SubstitutionDoc,
    TASKS, TaskDoc, Tray, case_id, inbox_id, task_id,
};
use crate::message::case_state;
use crate::track::Moved;

/// The projector.
pub(super) struct Approval;

fn case_of(record: &Record) -> Option<CaseKey> {
    CaseKey::parse(record.stream.as_str().strip_prefix("cases/")?)
}

/// The value of the first tag of a kind.
fn tag(record: &Record, prefix: &str) -> Result<Option<String>, ProjectError> {
    let envelope = record.envelope()?;
    let mut found = envelope.tags().filter_map(|tag| tag.strip_prefix(prefix));
    Ok(found.next().map(str::to_owned))
}

fn case_key(key: &CaseKey) -> DocKey {
    DocKey::new(CASES, case_id(key))
}

fn task_text(key: &CaseKey, nr: TaskNr) -> TaskKey {
    TaskKey { case: key.clone(), nr }
}

fn task_key(key: &CaseKey, nr: TaskNr) -> DocKey {
    DocKey::new(TASKS, task_id(&task_text(key, nr)))
}

fn inbox_key(person: &PersonId, tray: Tray, of: &str) -> DocKey {
    DocKey::new(INBOX, inbox_id(person, tray, of))
}

/// The documents of inboxes that a step of a case takes away, and those that it puts there.
struct Trays {
    gone: Vec<DocKey>,
    /// With whose it is, in which list, of which task, and by when it is due.
    there: Vec<(PersonId, Tray, Option<TaskNr>, Date)>,
}

fn day(due: Option<Due>) -> Date {
    match due {
        Some(Due::On(day)) => day,
        _ => NEVER,
    }
}

fn trays(key: &CaseKey, moved: &Moved<'_>) -> Trays {
    let (before, after) = moved.todo();
    let text = |nr| task_text(key, nr).to_string();
    let gone = before.keys().filter(|entry| !after.contains_key(entry));
    let mut gone: Vec<DocKey> =
        gone.map(|(nr, person)| inbox_key(person, Tray::Todo, &text(*nr))).collect();
    let new = after.iter().filter(|(entry, due)| before.get(entry) != Some(due));
    let mut there: Vec<_> =
        new.map(|((nr, person), due)| (person.clone(), Tray::Todo, Some(*nr), day(*due))).collect();
    if let Some(deed) = moved.deed() {
        let persons = deed.by.persons();
        there.extend(persons.map(|p| (p.clone(), Tray::Done, Some(deed.task), NEVER)));
    }
    match moved.event {
        Event::DecisionRecalled { task, by, .. } => {
            gone.extend(by.persons().map(|p| inbox_key(p, Tray::Done, &text(*task))));
        }
        Event::CaseStarted { initiator, .. } => {
            there.push((initiator.clone(), Tray::Initiated, None, NEVER));
        }
        Event::Copied { to, .. } => {
            there.extend(to.iter().map(|person| (person.clone(), Tray::Copied, None, NEVER)));
        }
        _ => {}
    }
    Trays { gone, there }
}

fn tray_key(key: &CaseKey, person: &PersonId, tray: Tray, nr: Option<TaskNr>) -> DocKey {
    match nr {
        Some(nr) => inbox_key(person, tray, &task_text(key, nr).to_string()),
        None => inbox_key(person, tray, &key.to_string()),
    }
}

/// The documents that a step of a case touches, besides that of the case.
fn touched(key: &CaseKey, moved: &Moved<'_>, keys: &mut Vec<DocKey>) {
    let Trays { gone, there } = trays(key, moved);
    keys.extend(moved.numbers().into_iter().map(|nr| task_key(key, nr)));
    keys.extend(gone);
    keys.extend(there.iter().map(|(person, tray, nr, _)| tray_key(key, person, *tray, *nr)));
}

impl Projector for Approval {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        if let Some(key) = case_of(record) {
            return Ok(vec![case_key(&key)]);
        }
        Ok(match Other::of(record)? {
            Some(Other::Office(unit, event)) => vec![office_key(&unit, &event)],
            Some(Other::Substitution(person, event)) => {
                vec![substitution_key(&person, event.id())]
            }
            None => Vec::new(),
        })
    }

    fn touches_also(
        &self,
        record: &Record,
        before: StreamState<'_>,
        _docs: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        let Some(key) = case_of(record) else { return Ok(Vec::new()) };
        let event = streams::read::<streams::Cases>(record)?;
        let before = before.wanted::<Option<Case>>()?;
        let mut keys = Vec::new();
        touched(&key, &Moved::of(before.as_ref(), &event), &mut keys);
        Ok(keys)
    }

    fn foresees(
        &self,
        records: &[&Record],
        before: StreamState<'_>,
        _docs: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        let Some(key) = records.first().and_then(|record| case_of(record)) else {
            return Ok(Vec::new());
        };
        let mut keys = Vec::new();
        let mut after = None;
        for record in records {
            let event = streams::read::<streams::Cases>(record)?;
            let case = match &after {
                Some(case) => case,
                None => before.wanted::<Option<Case>>()?,
            };
            let moved = Moved::of(case.as_ref(), &event);
            touched(&key, &moved, &mut keys);
            after = Some(moved.after);
        }
        Ok(keys)
    }

    fn seed(&self, record: &Record, docs: &Docs) -> Result<Option<Seed>, ProjectError> {
        let Some(key) = case_of(record) else { return Ok(None) };
        let doc = docs.get::<CaseDoc>(&case_key(&key))?;
        Ok(doc.map(|doc| Seed::new(Version(doc.version), doc.state)))
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        case_of(record)?;
        Some(streams::Of::<streams::Cases>::default().into())
    }

    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        if let Some(key) = case_of(record) {
            let event = streams::read::<streams::Cases>(record)?;
            let before = before.wanted::<Option<Case>>()?;
            return of_case(record, &key, &Moved::of(before.as_ref(), &event), docs);
        }
        match Other::of(record)? {
            Some(Other::Office(unit, event)) => of_office(record, &unit, &event, docs),
            Some(Other::Substitution(person, event)) => {
                of_substitution(record, &person, &event, docs)
            }
            None => Ok(()),
        }
    }
}

/// What happened to a case.
fn of_case(
    record: &Record,
    key: &CaseKey,
    moved: &Moved<'_>,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let Some(after) = &moved.after else { return Ok(()) };
    let division = tag(record, "divisions/")?.unwrap_or_default();
    let unit = after.about.unit.as_ref().map(|unit| format!("units/{unit}"));
    let kind = key.kind.as_str();
    for nr in moved.numbers() {
        let id = task_text(key, nr).to_string();
        docs.change::<TaskDoc>(&task_key(key, nr), |doc| {
            doc.task = id;
            doc.case = key.to_string();
            kind.clone_into(&mut doc.kind);
            doc.unit.clone_from(&unit);
            doc.division.clone_from(&division);
            moved.apply(nr, &mut doc.facts, record.time.0);
        })?;
    }
    let Trays { gone, there } = trays(key, moved);
    for key in gone {
        docs.remove(&key)?;
    }
    for (person, tray, nr, due_on) in there {
        let doc = InboxDoc {
            person: format!("persons/{person}"),
            view: tray,
            kind: kind.to_owned(),
            unit: unit.clone(),
            division: division.clone(),
            case: key.to_string(),
            task: nr.map(|nr| task_text(key, nr).to_string()),
            due_on,
            log_position: record.position.0,
        };
        docs.put(&tray_key(key, &person, tray, nr), &doc)?;
    }
    docs.change::<CaseDoc>(&case_key(key), |doc| {
        doc.case = key.to_string();
        kind.clone_into(&mut doc.kind);
        doc.unit = unit;
        doc.division = division;
        doc.settle(record.version, moved, after);
    })
}

impl CaseDoc {
    fn settle(&mut self, version: Version, moved: &Moved<'_>, after: &Case) {
        let standing = case_state(after).as_str_name().trim_start_matches("CASE_STATE_");
        standing.clone_into(&mut self.standing);
        match moved.event {
            Event::CaseStarted { on, .. } => self.started_on = Some(*on),
            Event::CaseEnded { on, .. } => self.ended_on = Some(*on),
            _ => {}
        }
        self.version = version.0;
        self.involve(moved, after);
        let open = after.open.as_ref().filter(|_| after.paused.is_none());
        let due = open.filter(|open| !open.deadline_passed).and_then(|open| open.due);
        self.tick_on = match due {
            Some(Due::On(day)) => day.tomorrow().ok(),
            _ => None,
        };
        self.awaits = matches!(due, Some(Due::AwaitsCalendar { .. }));
        // The same step may come to the same day once more: each time is one of its own.
        let sets = matches!(
            moved.event,
            Event::StepOpened { .. }
                | Event::StepResumed { .. }
                | Event::DueSet { .. }
                | Event::Resumed { .. }
                | Event::DecisionRecalled { .. }
        );
        if let Some(open) = open.filter(|_| sets) {
            self.tick = format!("{}.{version}", open.step);
        }
        self.state = Some(after.clone());
    }

    /// Remembers who has taken part.
    fn involve(&mut self, moved: &Moved<'_>, after: &Case) {
        self.involved.insert(after.initiator.clone());
        self.involved.extend(moved.deed().into_iter().flat_map(|deed| deed.by.persons().cloned()));
        match moved.event {
            Event::Copied { to, .. } => self.involved.extend(to.iter().cloned()),
            Event::DelegationResolved { by, .. }
            | Event::TaskClaimed { by, .. }
            | Event::TaskTransferred { by, .. }
            | Event::TaskDelegated { by, .. }
            | Event::SignersAdded { by, .. } => self.involved.extend(by.persons().cloned()),
            Event::BodyDecided { meeting, .. } => {
                self.involved.extend(meeting.present.iter().cloned());
            }
            _ => {}
        }
    }
}

/// What is no case.
enum Other {
    Office(String, std::sync::Arc<OfficeEvent>),
    Substitution(String, std::sync::Arc<SubstitutionEvent>),
}

impl Other {
    fn of(record: &Record) -> Result<Option<Self>, ProjectError> {
        let stream = record.stream.as_str();
        if let Some(unit) = stream.strip_prefix("offices/") {
            let event = streams::read::<streams::Offices>(record)?;
            return Ok(Some(Self::Office(unit.to_owned(), event)));
        }
        if let Some(person) = stream.strip_prefix("substitutions/") {
            let event = streams::read::<streams::Substitutions>(record)?;
            return Ok(Some(Self::Substitution(person.to_owned(), event)));
        }
        Ok(None)
    }
}

fn office_key(unit: &str, event: &OfficeEvent) -> DocKey {
    let (OfficeEvent::OfficeTaken { role, person, .. }
    | OfficeEvent::OfficeLeft { role, person, .. }) = event;
    DocKey::new(OFFICES, format!("{unit}/{role}/{person}"))
}

fn substitution_key(person: &str, id: &str) -> DocKey {
    DocKey::new(SUBSTITUTIONS, format!("{person}/{id}"))
}

fn of_office(
    record: &Record,
    unit: &str,
    event: &OfficeEvent,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let division = tag(record, "divisions/")?.unwrap_or_default();
    docs.change::<OfficeDoc>(&office_key(unit, event), |doc| {
        doc.unit = format!("units/{unit}");
        doc.division = division;
        match event {
            OfficeEvent::OfficeTaken { role, person, from } => {
                doc.role = role.to_string();
                doc.person = format!("persons/{person}");
                (doc.from, doc.until) = (Some(*from), None);
            }
            OfficeEvent::OfficeLeft { role, person, on } => {
                doc.role = role.to_string();
                doc.person = format!("persons/{person}");
                doc.until = Some(*on);
            }
        }
    })
}

fn of_substitution(
    record: &Record,
    person: &str,
    event: &SubstitutionEvent,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let key = substitution_key(person, event.id());
    match event {
        SubstitutionEvent::SubstitutionEnded { .. } => docs.remove(&key),
        SubstitutionEvent::SubstitutionMade { id, stand_in } => {
            let doc = SubstitutionDoc {
                id: id.clone(),
                person: format!("persons/{person}"),
                substitute: format!("persons/{}", stand_in.by),
                division: tag(record, "divisions/")?.unwrap_or_default(),
                stand_in: stand_in.clone(),
            };
            docs.put(&key, &doc)
        }
    }
}

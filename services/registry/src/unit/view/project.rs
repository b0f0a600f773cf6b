//! The fold.

use jiff::civil::Date;
use quanheng_eventlog::Record;
use quanheng_policy::UnitId;
use quanheng_projection::{DocKey, Docs, ProjectError, Projector, StateFold, StreamState};
use quanheng_register::id::PostId;
use quanheng_register::person::{self, Person};
use quanheng_register::post::Post;
use quanheng_register::unit::{Correction, Event, Unit};
use quanheng_streams as streams;
use serde_json::{Map, Value as Json};

use super::{Kept, UNITS, unit_document};
use crate::post::{POSTS, post_document, seats};

/// Folds units, posts, and how many persons a unit has.
pub(super) struct Register;

/// Whose stream it is.
enum Subject {
    Unit(UnitId),
    Post(UnitId, PostId),
    Person,
}

impl Subject {
    fn of(record: &Record) -> Result<Self, ProjectError> {
        let parts: Vec<&str> = record.stream.as_str().split('/').collect();
        let found = match parts[..] {
            ["units", unit] => UnitId::new(unit).ok().map(Self::Unit),
            ["units", unit, "posts", post] => {
                UnitId::new(unit).ok().zip(PostId::new(post).ok()).map(|(u, p)| Self::Post(u, p))
            }
            ["persons", _] => Some(Self::Person),
            _ => None,
        };
        found.ok_or_else(|| ProjectError::Other(format!("{} is no stream of these", record.stream)))
    }
}

fn unit_key(unit: &UnitId) -> DocKey {
    DocKey::new(UNITS, format!("units/{unit}"))
}

fn post_key(unit: &str, post: &str) -> DocKey {
    DocKey::new(POSTS, format!("{unit}/posts/{post}"))
}

/// The unit that has a person's slot, by what is recorded last.
fn slot_unit(person: Option<&Person>) -> Option<UnitId> {
    person?.slot_on(Date::MAX).map(|(_, slot)| slot.unit.clone())
}

/// From which unit to which a record moves a person's slot.
fn slot_moves(
    record: &Record,
    before: StreamState<'_>,
) -> Result<(Option<UnitId>, Option<UnitId>), ProjectError> {
    let before = before.wanted::<Option<Person>>()?;
    let mut after = before.clone();
    person::evolve(&mut after, &*streams::read::<streams::Persons>(record)?);
    Ok((slot_unit(before.as_ref()), slot_unit(after.as_ref())))
}

/// Whether a unit's event may say where the unit is.
fn may_relocate(record: &Record) -> Result<bool, ProjectError> {
    Ok(match &*streams::read::<streams::Units>(record)? {
        Event::UnitUpdated { changes, .. } => changes.division.is_some(),
        Event::UnitCorrected { correction: Correction::Voided, .. } => true,
        Event::UnitCorrected {
            correction: Correction::Amended { changes, effective_on }, ..
        } => changes.division.is_some() || effective_on.is_some(),
        Event::UnitRegistered { .. } | Event::UnitAbolished { .. } => false,
    })
}

fn kept(docs: &Docs, key: &DocKey) -> Result<Kept, ProjectError> {
    Ok(docs.get::<Kept>(key)?.unwrap_or_default())
}

impl Projector for Register {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(match Subject::of(record)? {
            Subject::Unit(unit) => vec![unit_key(&unit)],
            Subject::Post(unit, post) => {
                let key = unit_key(&unit);
                vec![post_key(&key.id, post.as_str()), key]
            }
            Subject::Person => Vec::new(),
        })
    }

    fn touches_also(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        match Subject::of(record)? {
            Subject::Unit(unit) if may_relocate(record)? => {
                let key = unit_key(&unit);
                let posts = kept(docs, &key)?.posts;
                Ok(posts.keys().map(|post| post_key(&key.id, post)).collect())
            }
            Subject::Person => {
                let (from, to) = slot_moves(record, before)?;
                Ok(from.iter().chain(&to).map(unit_key).collect())
            }
            Subject::Unit(_) | Subject::Post(..) => Ok(Vec::new()),
        }
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        Some(match Subject::of(record).ok()? {
            Subject::Unit(_) => streams::Of::<streams::Units>::default().into(),
            Subject::Post(..) => streams::Of::<streams::Posts>::default().into(),
            Subject::Person => streams::Of::<streams::Persons>::default().into(),
        })
    }

    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        if let Subject::Person = Subject::of(record)? {
            let (from, to) = slot_moves(record, before)?;
            if from != to {
                count(docs, from.as_ref(), -1)?;
                count(docs, to.as_ref(), 1)?;
            }
        }
        Ok(())
    }

    fn settle(
        &self,
        record: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        match Subject::of(record)? {
            Subject::Unit(id) => match after.wanted::<Option<Unit>>()? {
                Some(unit) => settle_unit(record, &id, unit, docs),
                None => Ok(()),
            },
            Subject::Post(unit, _) => match after.wanted::<Option<Post>>()? {
                Some(post) => settle_post(&unit, post, docs),
                None => Ok(()),
            },
            Subject::Person => Ok(()),
        }
    }
}

/// One person more or fewer. A unit that the register does not know has no document.
fn count(docs: &mut Docs, unit: Option<&UnitId>, by: i64) -> Result<(), ProjectError> {
    let Some(unit) = unit else { return Ok(()) };
    let key = unit_key(unit);
    let Some(mut document) = docs.get::<Map<String, Json>>(&key)? else { return Ok(()) };
    let persons = document.get("registered_headcount").and_then(Json::as_i64).unwrap_or(0);
    let persons = Json::from((persons + by).max(0));
    if let Some(told) = document.get_mut("unit").and_then(Json::as_object_mut) {
        told.insert("registered_headcount".to_owned(), persons.clone());
    }
    document.insert("registered_headcount".to_owned(), persons);
    docs.put(&key, &document)
}

fn settle_unit(
    record: &Record,
    id: &UnitId,
    unit: &Unit,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let key = unit_key(id);
    let kept = kept(docs, &key)?;
    let posts: Vec<String> = kept.posts.keys().cloned().collect();
    let document = unit_document(unit, kept)?;
    let division = document["division"].clone();
    docs.put(&key, &document)?;
    if !may_relocate(record)? {
        return Ok(());
    }
    for post in posts {
        let key = post_key(&key.id, &post);
        if let Some(mut post) = docs.get::<Map<String, Json>>(&key)? {
            post.insert("division".to_owned(), division.clone());
            docs.put(&key, &post)?;
        }
    }
    Ok(())
}

fn settle_post(unit: &UnitId, post: &Post, docs: &mut Docs) -> Result<(), ProjectError> {
    let key = unit_key(unit);
    let mut document = docs.get::<Map<String, Json>>(&key)?.unwrap_or_default();
    let division = document.get("division").and_then(Json::as_str).unwrap_or_default().to_owned();
    let seats = serde_json::to_value(seats(post)?);
    let seats = seats.map_err(|error| ProjectError::Other(error.to_string()))?;
    if let Some(posts) = document.get_mut("posts").and_then(Json::as_object_mut) {
        posts.insert(post.post.to_string(), seats);
        docs.put(&key, &document)?;
    }
    let post_key = post_key(&key.id, post.post.as_str());
    docs.put(&post_key, &post_document(post, &division)?)
}

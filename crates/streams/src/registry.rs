//! The registers: units, posts, persons, and the values that only one may have.

use quanheng_eventlog::{EventDraft, Tag};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::claim::{self, Claim};
use quanheng_register::id::PostId;
use quanheng_register::person::{self, Person};
use quanheng_register::post::{self, Post};
use quanheng_register::unit::{self, Unit};

use crate::entity::{Entity, Unreadable, draft};
use crate::names;

/// Units (单位).
pub struct Units;

impl Entity for Units {
    const AREA: &'static str = "registry";
    const FORM: &'static str = "unit.1";
    type Event = unit::Event;
    type State = Option<Unit>;

    fn evolve(state: &mut Option<Unit>, event: &unit::Event) {
        unit::evolve(state, event);
    }
}

/// Posts (职位).
pub struct Posts;

impl Entity for Posts {
    const AREA: &'static str = "registry";
    const FORM: &'static str = "post.1";
    type Event = post::Event;
    type State = Option<Post>;

    fn evolve(state: &mut Option<Post>, event: &post::Event) {
        post::evolve(state, event);
    }
}

/// Persons (人员).
pub struct Persons;

impl Entity for Persons {
    const AREA: &'static str = "registry";
    const FORM: &'static str = "person.1";
    type Event = person::Event;
    type State = Option<Person>;

    fn evolve(state: &mut Option<Person>, event: &person::Event) {
        person::evolve(state, event);
    }
}

/// Identity numbers, by their blind index (公民身份号码占用).
pub struct Identities;

impl Entity for Identities {
    const AREA: &'static str = "identity";
    const FORM: &'static str = "claim.1";
    type Event = claim::Event;
    type State = Option<Claim>;

    fn evolve(state: &mut Option<Claim>, event: &claim::Event) {
        claim::evolve(state, event);
    }
}

/// Credit codes (统一社会信用代码占用).
pub struct CreditCodes;

impl Entity for CreditCodes {
    const AREA: &'static str = "credit_code";
    const FORM: &'static str = "claim.1";
    type Event = claim::Event;
    type State = Option<Claim>;

    fn evolve(state: &mut Option<Claim>, event: &claim::Event) {
        claim::evolve(state, event);
    }
}

/// The draft of a unit's event, tagged with the units that it came from or went into, its
/// parent and its division.
///
/// # Errors
/// [`Unreadable`].
pub fn unit_draft(id: &UnitId, event: &unit::Event) -> Result<EventDraft, Unreadable> {
    let mut draft = draft::<Units>(names::unit(id), event)?;
    let (others, parent, division) = match event {
        unit::Event::UnitRegistered { profile, predecessors, .. } => {
            (predecessors.as_slice(), profile.parent.as_ref(), Some(&profile.division))
        }
        unit::Event::UnitUpdated { changes, predecessors, .. } => {
            let parent = changes.parent.as_ref().and_then(Option::as_ref);
            (predecessors.as_slice(), parent, changes.division.as_ref())
        }
        unit::Event::UnitAbolished { successors, .. } => (successors.as_slice(), None, None),
        unit::Event::UnitCorrected { .. } => (&[][..], None, None),
    };
    for unit in others.iter().chain(parent).take(UNITS_TAGGED_MAX) {
        draft = draft.tagged(Tag::new(names::unit(unit))?);
    }
    if let Some(division) = division {
        draft = draft.tagged(Tag::new(format!("divisions/{division}"))?);
    }
    Ok(draft)
}

/// An event bears few tags; a larger merger is found through its units' own streams.
const UNITS_TAGGED_MAX: usize = 48;

/// The draft of a post's event, tagged with its unit.
///
/// # Errors
/// [`Unreadable`].
pub fn post_draft(
    unit: &UnitId,
    id: &PostId,
    event: &post::Event,
) -> Result<EventDraft, Unreadable> {
    let draft = draft::<Posts>(names::post(unit, id), event)?;
    Ok(draft.tagged(Tag::new(names::unit(unit))?))
}

/// The draft of a person's event, tagged with the units that it is about, and with the
/// division of the unit that holds the person's newest slot, as that unit is on the day of
/// the decision. A view takes the person's division from there: a later move of the unit to
/// another division reaches the person with the next event.
///
/// # Errors
/// [`Unreadable`].
pub fn person_draft(
    id: &PersonId,
    division: Option<&DivisionCode>,
    event: &person::Event,
) -> Result<EventDraft, Unreadable> {
    use person::Event;
    let mut draft = draft::<Persons>(names::person(id), event)?;
    let unit = match event {
        Event::PersonRegistered { slot, .. }
        | Event::SlotMoved { slot, .. }
        | Event::PersonRejoined { slot, .. } => Some(&slot.unit),
        Event::PostTaken { post, .. } => Some(&post.unit),
        _ => None,
    };
    if let Some(unit) = unit {
        draft = draft.tagged(Tag::new(names::unit(unit))?);
    }
    if let Some(division) = division {
        draft = draft.tagged(Tag::new(format!("divisions/{division}"))?);
    }
    Ok(draft)
}

/// The draft of an identity number's event, tagged with the person.
///
/// # Errors
/// [`Unreadable`].
pub fn identity_draft(index: &str, event: &claim::Event) -> Result<EventDraft, Unreadable> {
    let draft = draft::<Identities>(names::identity(index), event)?;
    let (claim::Event::Claimed { by } | claim::Event::Released { by }) = event;
    Ok(draft.tagged(Tag::new(by.as_str())?))
}

//! Coming into service, moving within it, and leaving it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;

use super::{fresh, open_facts, ranks, serving, spells};
use crate::facts::Facts;
use crate::id::SpellId;
use crate::person::event::Event;
use crate::person::facts::{EntryWay, PersonPatch};
use crate::person::spell::{
    LeaveReason, MoveWay, PostLeaveReason, PostSpell, RankSpell, SlotSpell,
};
use crate::person::state::{Person, Service};
use crate::refusal::{Refusal, Refused};
use crate::text::{REMARK_CHARS_MAX, given};

/// At most so many intervals are brought in at cut-over.
const OPENING_SPELLS_MAX: usize = 100;

/// What held at cut-over.
pub(super) struct Opening {
    pub(super) cut_over: Date,
    pub(super) posts: BTreeMap<SpellId, PostSpell>,
    pub(super) ranks: BTreeMap<SpellId, RankSpell>,
    pub(super) changes: PersonPatch,
}

/// A slot in a unit that exists on its first day.
pub(super) fn slot_stands(slot: &SlotSpell, facts: Facts<'_>) -> Result<(), Refusal> {
    facts.in_time("from", slot.from)?;
    facts.unit_on(&slot.unit, slot.from).map(|_| ())
}

/// No other slot begins on the same day.
pub(super) fn alone(person: &Person, spell: &SpellId, slot: &SlotSpell) -> Result<(), Refusal> {
    let mut others = person.slots.iter().filter(|(id, _)| *id != spell);
    match others.find(|(_, other)| other.from == slot.from) {
        Some((other, _)) => Err(Refusal::SpellOverlap { other: other.clone() }),
        None => Ok(()),
    }
}

pub(super) fn move_slot(
    person: &Person,
    spell: SpellId,
    slot: SlotSpell,
    way: MoveWay,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    fresh(person, &spell)?;
    slot_stands(&slot, facts)?;
    serving(person, slot.from)?;
    alone(person, &spell, &slot)?;
    if slot.document.is_none() {
        return Err(Refusal::invalid("document", "须有调动文号").into());
    }
    let same = person.slot_on(slot.from).is_some_and(|(_, now)| {
        (&now.unit, now.slot, &now.category) == (&slot.unit, slot.slot, &slot.category)
    });
    if same {
        return Err(Refusal::state("编制所在单位、编制类型和职位类别均无变化").into());
    }
    Ok(vec![Event::SlotMoved { spell, slot, way }])
}

pub(super) fn open(
    person: &Person,
    opening: Opening,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let Opening { cut_over, posts, ranks, changes } = opening;
    if person.opened_on.is_some() {
        return Err(Refusal::Exists { what: "期初信息".into() }.into());
    }
    if posts.len() + ranks.len() > OPENING_SPELLS_MAX {
        let what = format!("不超过 {OPENING_SPELLS_MAX} 段任职");
        return Err(Refusal::invalid("posts", &what).into());
    }
    let mut found: Vec<_> = facts.in_time("cut_over", cut_over).err().into_iter().collect();
    let mut after = person.clone();
    after.opened_on = Some(cut_over);
    for (spell, post) in &posts {
        found.extend(fresh(&after, spell).err());
        found.extend(spells::post_faults(&after, spell, post, facts));
        found.extend(before(cut_over, post.from));
        after.posts.insert(spell.clone(), post.clone());
    }
    for (spell, rank) in &ranks {
        found.extend(fresh(&after, spell).err());
        found.extend(ranks::faults(&after, spell, rank, facts));
        found.extend(before(cut_over, rank.from));
        after.ranks.insert(spell.clone(), rank.clone());
    }
    let open = posts.values().any(|post| post.to.is_none());
    if open || ranks.values().any(|rank| rank.to.is_none()) {
        found.extend(serving(person, cut_over).err());
    }
    changes.apply_to(&mut after.facts);
    found.extend(open_facts(&after.facts, facts));
    Refused::none_of(found)?;
    Ok(vec![Event::OpeningFactsRecorded { cut_over, posts, ranks, changes }])
}

/// At cut-over, only what had begun by then.
fn before(cut_over: Date, from: Date) -> Option<Refusal> {
    (from > cut_over).then(|| Refusal::invalid("from", "期初任职应不晚于启用日期"))
}

/// Leaves service: everything that is open ends.
pub(super) fn leave(
    person: &Person,
    reason: LeaveReason,
    on: Date,
    document: Option<DocumentNumber>,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    facts.in_time("on", on)?;
    let Some(Service { from, left: None, .. }) = person.service.last() else {
        return Err(Refusal::NotInService { on }.into());
    };
    if on <= *from {
        return Err(Refusal::SpellEmpty { field: "on", from: *from, to: on }.into());
    }
    if document.is_none() && reason != LeaveReason::Death {
        return Err(Refusal::invalid("document", "须有文号").into());
    }
    Refused::none_of(later(person, on))?;
    let (mut events, mut closed) = (Vec::new(), Vec::new());
    for (spell, _) in person.posts.iter().filter(|(_, post)| post.to.is_none()) {
        closed.push(spell.clone());
        let (spell, document) = (spell.clone(), document.clone());
        events.push(Event::PostLeft { spell, on, reason: PostLeaveReason::LeftService, document });
    }
    for (spell, _) in person.ranks.iter().filter(|(_, rank)| rank.to.is_none()) {
        closed.push(spell.clone());
        let (spell, document) = (spell.clone(), document.clone());
        events.push(Event::RankLeft { spell, on, reason: reason.of_rank(), document });
    }
    for (spell, _) in person.secondments.iter().filter(|(_, away)| away.to.is_none()) {
        closed.push(spell.clone());
        events.push(Event::SecondmentEnded { spell: spell.clone(), on });
    }
    events.push(Event::LeftService { reason, on, closed, document });
    Ok(events)
}

/// What begins on the day of leaving or later, or ends only after it, stands in the way.
fn later(person: &Person, on: Date) -> Vec<Refusal> {
    let slots = person.slots.iter().map(|(id, slot)| (id, slot.from, None));
    let posts = person.posts.iter().map(|(id, post)| (id, post.from, post.to));
    let ranks = person.ranks.iter().map(|(id, rank)| (id, rank.from, rank.to));
    let away = person.secondments.iter().map(|(id, away)| (id, away.from, away.to));
    let all = slots.chain(posts).chain(ranks).chain(away);
    let late = all.filter_map(|(id, from, to)| {
        let last = if on <= from { Some(from) } else { to.filter(|to| on < *to) };
        last.map(|last| (id, last))
    });
    late.map(|(id, last)| Refusal::LaterEntries { what: format!("任职期间 {id}"), on, last })
        .collect()
}

/// The person did not leave: what ended with it goes on.
pub(super) fn reinstate(
    person: &Person,
    reason: String,
    document: Option<DocumentNumber>,
) -> Result<Vec<Event>, Refused> {
    Refused::none_of(given("reason", &reason, REMARK_CHARS_MAX).into_iter().collect())?;
    let Some(Service { left: Some((on, _)), closed, .. }) = person.service.last() else {
        return Err(Refusal::state("该人员在职,无需更正").into());
    };
    // What was put right since is left as it is.
    let reopens = |spell: &&SpellId| match (person.posts.get(*spell), person.ranks.get(*spell)) {
        (Some(post), _) => post.to == Some(*on),
        (_, Some(rank)) => rank.to == Some(*on),
        _ => person.secondments.get(*spell).is_some_and(|away| away.to == Some(*on)),
    };
    let reopened: Vec<_> = closed.iter().filter(reopens).cloned().collect();
    let mut after = Some(person.clone());
    let event = Event::Reinstated { reason, reopened, document };
    crate::person::evolve(&mut after, &event);
    let clash = after.iter().flat_map(crate::person::violations).find_map(|found| match found {
        crate::person::Violation::Overlap(_, other) => Some(Refusal::SpellOverlap { other }),
        _ => None,
    });
    Refused::none_of(clash.into_iter().collect())?;
    Ok(vec![event])
}

pub(super) fn rejoin(
    person: &Person,
    spell: SpellId,
    slot: SlotSpell,
    entry: EntryWay,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    fresh(person, &spell)?;
    let Some(Service { left: Some((left_on, reason)), .. }) = person.service.last() else {
        return Err(Refusal::state("该人员在职").into());
    };
    if *reason == LeaveReason::Death {
        return Err(Refusal::state("该人员已故").into());
    }
    slot_stands(&slot, facts)?;
    if slot.from < *left_on {
        return Err(Refusal::SpellEmpty { field: "from", from: *left_on, to: slot.from }.into());
    }
    if slot.document.is_none() {
        return Err(Refusal::invalid("document", "须有文号").into());
    }
    Ok(vec![Event::PersonRejoined { spell, slot, entry }])
}

//! Posts (任免职) and secondments (挂职).

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;

use super::{fresh, interval, overlap, served, unknown};
use crate::facts::Facts;
use crate::id::SpellId;
use crate::person::event::Event;
use crate::person::spell::{PostLeaveReason, PostSpell, Secondment};
use crate::person::state::Person;
use crate::refusal::{Refusal, Refused};
use crate::text::{NAME_CHARS_MAX, given};

/// Whether two posts exclude each other: two main leadership posts at one time.
pub(in crate::person) fn exclude(a: &PostSpell, b: &PostSpell) -> bool {
    a.is_main_leadership() && b.is_main_leadership() && overlap((a.from, a.to), (b.from, b.to))
}

/// What a post held for a time breaks: by itself, and beside the others.
pub(super) fn post_faults(
    person: &Person,
    spell: &SpellId,
    post: &PostSpell,
    facts: Facts<'_>,
) -> Vec<Refusal> {
    let mut found: Vec<_> = given("title", &post.title, NAME_CHARS_MAX).into_iter().collect();
    found.extend(interval(post.from, post.to, facts).err());
    found.extend(place_faults(person, post, facts));
    if post.to.is_none() && post.left.is_some() {
        found.push(Refusal::invalid("left", "尚未免职,不应有免职事由"));
    }
    let others = person.posts.iter().filter(|(id, _)| *id != spell);
    let other = others.filter(|(_, other)| exclude(post, other)).map(|(id, _)| id.clone()).next();
    found.extend(other.map(|other| Refusal::SpellOverlap { other }));
    found
}

/// What is wrong with where a post is. Posts that were brought in at cut-over may be older
/// than what the register knows of the unit.
fn place_faults(person: &Person, post: &PostSpell, facts: Facts<'_>) -> Option<Refusal> {
    let brought_in = person.opened_on.is_some_and(|cut_over| post.from <= cut_over);
    let known = match brought_in {
        true => facts.unit_by(&post.unit, post.from),
        false => facts.unit_on(&post.unit, post.from),
    };
    let id = match known {
        Err(refusal) => return Some(refusal),
        Ok(_) => post.post.as_ref()?,
    };
    facts.post_on(&post.unit, id, post.from, brought_in).err()
}

pub(super) fn take_post(
    person: &Person,
    spell: SpellId,
    post: PostSpell,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    fresh(person, &spell)?;
    let mut found = post_faults(person, &spell, &post, facts);
    if post.document.is_none() {
        found.push(Refusal::invalid("document", "须有任职文号"));
    }
    found.extend(served(person, post.from, post.to).err());
    Refused::none_of(found)?;
    Ok(vec![Event::PostTaken { spell, post }])
}

pub(super) fn leave_post(
    person: &Person,
    spell: SpellId,
    on: Date,
    reason: PostLeaveReason,
    document: DocumentNumber,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let post = person.posts.get(&spell).ok_or_else(|| unknown(&spell))?;
    if post.to.is_some() {
        return Err(Refusal::state("该职务已免,日期有误的请更正").into());
    }
    interval(post.from, Some(on), facts)?;
    Ok(vec![Event::PostLeft { spell, on, reason, document: Some(document) }])
}

/// What a secondment breaks.
pub(super) fn secondment_faults(secondment: &Secondment, facts: Facts<'_>) -> Vec<Refusal> {
    let mut found: Vec<_> = given("place", &secondment.place, NAME_CHARS_MAX).into_iter().collect();
    found.extend(interval(secondment.from, secondment.to, facts).err());
    let unit = secondment.unit.as_ref();
    found.extend(unit.and_then(|unit| facts.unit_on(unit, secondment.from).err()));
    found
}

pub(super) fn start_secondment(
    person: &Person,
    spell: SpellId,
    secondment: Secondment,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    fresh(person, &spell)?;
    let mut found = secondment_faults(&secondment, facts);
    found.extend(served(person, secondment.from, secondment.to).err());
    Refused::none_of(found)?;
    Ok(vec![Event::SecondmentStarted { spell, secondment }])
}

pub(super) fn end_secondment(
    person: &Person,
    spell: SpellId,
    on: Date,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let secondment = person.secondments.get(&spell).ok_or_else(|| unknown(&spell))?;
    if secondment.to.is_some() {
        return Err(Refusal::state("挂职已结束,日期有误的请更正").into());
    }
    interval(secondment.from, Some(on), facts)?;
    Ok(vec![Event::SecondmentEnded { spell, on }])
}

//! Ranks (任免职级).

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;

use super::{fresh, interval, overlap, served, unknown};
use crate::facts::Facts;
use crate::id::SpellId;
use crate::person::event::Event;
use crate::person::spell::{RankLeaveReason, RankReason, RankSpell};
use crate::person::state::Person;
use crate::refusal::{Refusal, Refused};
use crate::text::{NAME_CHARS_MAX, bounded};

/// Whether two ranks exclude each other: of one category, at one time.
pub(in crate::person) fn exclude(a: &RankSpell, b: &RankSpell) -> bool {
    a.category == b.category && overlap((a.from, a.to), (b.from, b.to))
}

/// What a rank held for a time breaks: by itself, and beside the others.
pub(super) fn faults(
    person: &Person,
    spell: &SpellId,
    rank: &RankSpell,
    facts: Facts<'_>,
) -> Vec<Refusal> {
    let mut found: Vec<_> = bounded("batch", &rank.batch, NAME_CHARS_MAX).into_iter().collect();
    found.extend(interval(rank.from, rank.to, facts).err());
    if rank.to.is_none() && rank.left.is_some() {
        found.push(Refusal::invalid("left", "尚未免职级,不应有免职级事由"));
    }
    let others = person.ranks.iter().filter(|(id, _)| *id != spell);
    let other = others.filter(|(_, other)| exclude(rank, other)).map(|(id, _)| id.clone()).next();
    found.extend(other.map(|other| Refusal::SpellOverlap { other }));
    found
}

/// Why an earlier rank of the category ends when another is taken.
fn left_for(reason: RankReason) -> RankLeaveReason {
    match reason {
        RankReason::Promotion => RankLeaveReason::Promoted,
        RankReason::Lowered => RankLeaveReason::Lowered,
        RankReason::TransferIn => RankLeaveReason::TransferOut,
        RankReason::CategoryConversion | RankReason::InitialConversion => {
            RankLeaveReason::Converted
        }
        RankReason::Probation
        | RankReason::ExMilitary
        | RankReason::PostToRank
        | RankReason::Other => RankLeaveReason::Other,
    }
}

/// Takes a rank. The open one of the category, if it began before, ends on that day.
pub(super) fn take(
    person: &Person,
    spell: SpellId,
    rank: RankSpell,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    fresh(person, &spell)?;
    let mut after = person.clone();
    let open = person.ranks.iter().find(|(_, open)| {
        open.category == rank.category && open.to.is_none() && open.from < rank.from
    });
    let mut events = Vec::new();
    if let Some((open, _)) = open {
        if let Some(open) = after.ranks.get_mut(open) {
            open.to = Some(rank.from);
        }
        events.push(Event::RankLeft {
            spell: open.clone(),
            on: rank.from,
            reason: left_for(rank.reason),
            document: rank.document.clone(),
        });
    }
    let mut found = faults(&after, &spell, &rank, facts);
    if rank.document.is_none() {
        found.push(Refusal::invalid("document", "须有任职文号"));
    }
    found.extend(served(person, rank.from, rank.to).err());
    let slot = person.slot_on(rank.from).map(|(_, slot)| slot.slot);
    let without = slot.filter(|slot| !slot.has_ranks());
    found.extend(without.map(|slot| Refusal::SlotWithoutRanks { slot }));
    Refused::none_of(found)?;
    events.push(Event::RankTaken { spell, rank });
    Ok(events)
}

pub(super) fn leave(
    person: &Person,
    spell: SpellId,
    on: Date,
    reason: RankLeaveReason,
    document: DocumentNumber,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let rank = person.ranks.get(&spell).ok_or_else(|| unknown(&spell))?;
    if rank.to.is_some() {
        return Err(Refusal::state("该职级已免,日期有误的请更正").into());
    }
    interval(rank.from, Some(on), facts)?;
    Ok(vec![Event::RankLeft { spell, on, reason, document: Some(document) }])
}

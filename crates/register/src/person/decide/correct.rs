//! Putting intervals right (更正).

use quanheng_policy::codes::DocumentNumber;

use super::service::{alone, slot_stands};
use super::spells::{post_faults, secondment_faults};
use super::{ranks, served, unknown};
use crate::facts::Facts;
use crate::id::SpellId;
use crate::person::event::{Event, SpellFix};
use crate::person::evolve;
use crate::person::finding::{Violation, violations};
use crate::person::state::{Person, SpellKind};
use crate::refusal::{Refusal, Refused};
use crate::text::{REMARK_CHARS_MAX, given};

/// What is put right.
pub(super) struct Correcting {
    pub(super) spell: SpellId,
    pub(super) fix: SpellFix,
    pub(super) reason: String,
    pub(super) document: Option<DocumentNumber>,
}

pub(super) fn correct(
    person: &Person,
    asked: Correcting,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let Correcting { spell, fix, reason, document } = asked;
    let kind = person.spell(&spell).ok_or_else(|| unknown(&spell))?;
    Refused::none_of(given("reason", &reason, REMARK_CHARS_MAX).into_iter().collect())?;
    let empty = match (&fix, kind) {
        (SpellFix::Slot(fix), SpellKind::Slot) => fix.is_empty(),
        (SpellFix::Post(fix), SpellKind::Post) => fix.is_empty(),
        (SpellFix::Rank(fix), SpellKind::Rank) => fix.is_empty(),
        (SpellFix::Secondment(fix), SpellKind::Secondment) => fix.is_empty(),
        (SpellFix::Voided, _) => false,
        _ => return Err(Refusal::invalid("fix", "更正内容与任职期间的种类不符").into()),
    };
    if empty {
        return Err(Refusal::invalid("fix", "没有更正内容").into());
    }
    let event = Event::SpellCorrected { spell: spell.clone(), fix, reason, document };
    let mut after = Some(person.clone());
    evolve(&mut after, &event);
    let found = after.as_ref().map(|after| faults(after, &spell, facts)).unwrap_or_default();
    Refused::none_of(found)?;
    Ok(vec![event])
}

/// What the corrected interval breaks: by itself, beside the others, and in its service.
fn faults(after: &Person, spell: &SpellId, facts: Facts<'_>) -> Vec<Refusal> {
    let mut found = Vec::new();
    if let Some(slot) = after.slots.get(spell) {
        found.extend(slot_stands(slot, facts).err());
        found.extend(alone(after, spell, slot).err());
    }
    if let Some(post) = after.posts.get(spell) {
        found.extend(post_faults(after, spell, post, facts));
    }
    if let Some(rank) = after.ranks.get(spell) {
        found.extend(ranks::faults(after, spell, rank, facts));
    }
    if let Some(secondment) = after.secondments.get(spell) {
        found.extend(secondment_faults(secondment, facts));
    }
    let spans = [
        after.posts.get(spell).map(|post| (post.from, post.to)),
        after.ranks.get(spell).map(|rank| (rank.from, rank.to)),
        after.secondments.get(spell).map(|away| (away.from, away.to)),
    ];
    let closed = spans.into_iter().flatten().filter(|(_, to)| to.is_some());
    found.extend(closed.filter_map(|(from, to)| served(after, from, to).err()));
    found.extend(
        violations(after)
            .iter()
            .filter_map(|violation| match violation {
                Violation::Service => Some("更正后任职时间与编制不相连"),
                Violation::SlotOutsideService(_) => Some("更正后编制期间不在任职时间之内"),
                Violation::OpenAfterService(_) => Some("该人员已不在职,任职期间须有终止日期"),
                _ => None,
            })
            .map(Refusal::state),
    );
    found
}

//! Decisions about posts. Pure functions of the post, the command and the facts.

use super::Post;
use super::command::Command;
use super::event::{Correction, Event};
use super::evolve::evolve;
use super::profile::PostProfile;
use crate::basis::Basis;
use crate::facts::Facts;
use crate::refusal::{Refusal, Refused};
use crate::text::{DUTIES_CHARS_MAX, NAME_CHARS_MAX, REMARK_CHARS_MAX, bounded, given};
use crate::timeline::{EntryKind, Phase};

/// The events that a command brings about.
///
/// # Errors
/// Every rule that it breaks; nothing changes then.
pub fn decide(
    state: Option<&Post>,
    command: Command,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let event = match command {
        Command::Create { unit, post, profile, basis } => {
            if state.is_some() {
                let what = format!("units/{unit}/posts/{post}");
                return Err(Refusal::Exists { what }.into());
            }
            facts.in_time("effective_on", basis.effective_on)?;
            facts.unit_on(&unit, basis.effective_on)?;
            Event::PostCreated { unit, post, profile, basis }
        }
        Command::Update { changes, basis } => {
            let post = known(state)?;
            stands(post, &basis, facts)?;
            facts.unit_on(&post.unit, basis.effective_on)?;
            if changes.is_empty() {
                return Err(Refusal::invalid("changes", "没有变更内容").into());
            }
            Event::PostUpdated { changes, basis }
        }
        Command::Abolish { basis } => {
            let post = known(state)?;
            stands(post, &basis, facts)?;
            if post.timeline.end().is_some() {
                let what = format!("{} 已登记撤销,日期有误的请更正", name(post));
                return Err(Refusal::WrongState { what }.into());
            }
            Event::PostAbolished { basis }
        }
        Command::Correct { version, correction, reason, basis } => {
            correct(known(state)?, version, correction, reason, basis, facts)?
        }
    };
    let mut after = state.cloned();
    evolve(&mut after, &event);
    Refused::none_of(after.as_ref().map(|post| unsound(post, facts)).unwrap_or_default())?;
    Ok(vec![event])
}

fn known(state: Option<&Post>) -> Result<&Post, Refusal> {
    state.ok_or_else(|| Refusal::NotFound { what: "该职位".into() })
}

fn name(post: &Post) -> String {
    format!("units/{}/posts/{}", post.unit, post.post)
}

fn stands(post: &Post, basis: &Basis, facts: Facts<'_>) -> Result<(), Refused> {
    let on = basis.effective_on;
    facts.in_time("effective_on", on)?;
    let what = match post.timeline.standing(on) {
        Phase::Active => return Ok(()),
        Phase::NotYet => format!("{} 自 {} 起设置", name(post), post.timeline.begun_on()),
        Phase::Ended => format!("{} 在 {on} 已撤销", name(post)),
    };
    Err(Refusal::WrongState { what }.into())
}

fn correct(
    post: &Post,
    version: u64,
    correction: Correction,
    reason: String,
    basis: Option<Basis>,
    facts: Facts<'_>,
) -> Result<Event, Refused> {
    let entry = post.timeline.entry(version);
    let entry =
        entry.ok_or_else(|| Refusal::NotFound { what: format!("第 {version} 次登记") })?;
    let mut found: Vec<_> = given("reason", &reason, REMARK_CHARS_MAX).into_iter().collect();
    match &correction {
        Correction::Amended { changes, effective_on } => {
            if changes.is_empty() && effective_on.is_none() {
                found.push(Refusal::invalid("changes", "没有更正内容"));
            }
            if entry == EntryKind::End && !changes.is_empty() {
                found.push(Refusal::state("撤销登记只能更正生效日期"));
            }
            found.extend(effective_on.and_then(|on| facts.in_time("effective_on", on).err()));
        }
        Correction::Voided if entry == EntryKind::Begin => {
            found.push(Refusal::state("设置登记不能作废,只能更正"));
        }
        Correction::Voided => {}
    }
    Refused::none_of(found)?;
    Ok(Event::PostCorrected { version, correction, reason, basis })
}

/// What a post's entries break.
fn unsound(post: &Post, facts: Facts<'_>) -> Vec<Refusal> {
    let timeline = &post.timeline;
    let begun = timeline.begun_on();
    let mut found = Vec::new();
    found.extend(facts.unit_on(&post.unit, begun).err());
    if let Some(early) = timeline.changes().first().filter(|change| change.on < begun) {
        let what = format!("{} 自 {begun} 起设置,{} 尚不存在", name(post), early.on);
        found.push(Refusal::WrongState { what });
    }
    if let Some(end) = timeline.end()
        && end.on <= timeline.last_change_on()
    {
        let (what, last) = (name(post), timeline.last_change_on());
        found.push(Refusal::LaterEntries { what, on: end.on, last });
    }
    let profiles = timeline.days_from(begun).into_iter().filter_map(|day| post.as_of(day));
    for fault in profiles.flat_map(|profile| faults(&profile)) {
        if !found.contains(&fault) {
            found.push(fault);
        }
    }
    found
}

/// What is wrong with a profile by itself.
pub(super) fn faults(profile: &PostProfile) -> Vec<Refusal> {
    let texts = [
        given("title", &profile.title, NAME_CHARS_MAX),
        bounded("duties", &profile.duties, DUTIES_CHARS_MAX),
    ];
    let mut found: Vec<_> = texts.into_iter().flatten().collect();
    if profile.authorised == 0 {
        found.push(Refusal::invalid("authorised", "应大于 0"));
    }
    found
}

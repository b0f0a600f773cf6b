//! Decisions about a transition, pure.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::Policy;
use quanheng_policy::{PersonId, RankId, UnitId};
use quanheng_recertification::transition::{Destination, Plan, check_close, transition_ends_on};
use quanheng_streams::{
    Placement, RecertificationId, SeatMove, TalkRecord, TransitionEvent, TransitionId,
    TransitionPerson, TransitionState,
};

use super::person_of;
use super::refusal::Refusal;

/// The rank that a person held, and since when.
pub(crate) type Held = Option<(RankId, Date)>;

/// What may be asked of a transition.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// 建立过渡方案
    Open {
        transition: TransitionId,
        case: RecertificationId,
        unit: UnitId,
        document: DocumentNumber,
        from: Date,
        roster: BTreeMap<PersonId, Held>,
    },
    /// 列入过渡人员
    Add { person: PersonId, rank: Held },
    /// 谈话
    Talk { person: PersonId, talk: TalkRecord },
    /// 去向. `decided`: whether the unit leaves by now, so that it takes effect.
    Place { person: PersonId, placement: Placement, seat: Option<SeatMove>, decided: bool },
    /// 一人办结. `seat`: what is released with it; `left_service`: whether the register says so.
    Finish { person: PersonId, seat: Option<SeatMove>, decided: bool, left_service: bool },
    /// 过渡办结, over everybody who has to stand in the plan.
    Close { plan: Box<Plan>, decided: bool },
}

/// What a command brings about.
///
/// # Errors
/// Why it changes nothing.
pub(crate) fn decide(
    state: Option<&TransitionState>,
    command: Command,
    policy: &Policy,
    by: &PersonId,
    today: Date,
) -> Result<Vec<TransitionEvent>, Refusal> {
    let (by, on) = (by.clone(), today);
    Ok(match command {
        Command::Open { transition, case, unit, document, from, roster } => {
            if state.is_some() {
                return Err(Refusal::Exists);
            }
            let ends_on = transition_ends_on(policy, from)?;
            vec![TransitionEvent::TransitionOpened {
                transition,
                case,
                unit,
                document,
                from,
                ends_on,
                roster,
                by,
                on,
            }]
        }
        Command::Add { person, rank } => {
            let transition = open(state)?;
            match transition.persons.contains_key(&person) {
                true => Vec::new(),
                false => vec![TransitionEvent::PersonAdded { person, rank, by, on }],
            }
        }
        Command::Talk { person, talk } => {
            unfinished(open(state)?, &person)?;
            if talk.on > today {
                return Err(Refusal::invalid("talk.on", "谈话日期不能晚于今天"));
            }
            vec![TransitionEvent::TalkRecorded { person, talk }]
        }
        Command::Place { person, placement, seat, decided } => {
            let one = unfinished(open(state)?, &person)?;
            if decided && one.placement.as_ref().is_some_and(took_effect) {
                return Err(Refusal::Placed { person });
            }
            check_placement(policy, &placement)?;
            vec![TransitionEvent::PersonPlaced { person, placement, seat, by }]
        }
        Command::Finish { person, seat, decided, left_service } => {
            let transition = open(state)?;
            let one = unfinished(transition, &person)?;
            if !decided {
                return Err(Refusal::NotDecided);
            }
            may_finish(transition, &person, one, policy, left_service, today)?;
            let settled =
                seat.map(|seat| TransitionEvent::SeatSettled { person: person.clone(), seat });
            let finished = TransitionEvent::PersonFinished { person, by, on };
            settled.into_iter().chain([finished]).collect()
        }
        Command::Close { plan, decided } => {
            open(state)?;
            if !decided {
                return Err(Refusal::NotDecided);
            }
            let found = check_close(policy, &plan, today);
            if found.failed() {
                return Err(Refusal::Rule(Box::new(found)));
            }
            vec![TransitionEvent::TransitionClosed { by, on }]
        }
    })
}

fn open(state: Option<&TransitionState>) -> Result<&TransitionState, Refusal> {
    let transition = state.ok_or(Refusal::Missing)?;
    match (&transition.closed_on, &transition.cancelled) {
        (None, None) => Ok(transition),
        _ => Err(Refusal::Closed),
    }
}

fn unfinished<'a>(
    transition: &'a TransitionState,
    person: &PersonId,
) -> Result<&'a TransitionPerson, Refusal> {
    let one = transition.persons.get(person);
    let one = one.ok_or_else(|| Refusal::NotOfPlan { person: person.clone() })?;
    match one.done_on {
        None => Ok(one),
        Some(on) => Err(Refusal::Finished { person: person.clone(), on }),
    }
}

/// Whether a placement of a unit that was decided has taken effect.
fn took_effect(placement: &Placement) -> bool {
    Destination::read(&placement.option).is_some_and(|one| !one.waits())
}

/// What a placement brings about, if policy lets it be chosen.
///
/// # Errors
/// Why it may not be chosen so.
pub(crate) fn check_placement(
    policy: &Policy,
    placement: &Placement,
) -> Result<Destination, Refusal> {
    let options = policy.transition_options()?;
    if !options.value.contains(&placement.option) {
        return Err(Refusal::NoOption {
            option: placement.option.clone(),
            options: options.value.to_vec(),
        });
    }
    let destination = Destination::read(&placement.option)
        .ok_or_else(|| Refusal::UnknownOption { option: placement.option.clone() })?;
    if destination.moves() && placement.unit.is_none() {
        return Err(Refusal::invalid("placement.unit", "该去向须写明接收单位"));
    }
    if destination.waits() && placement.unit.is_some() {
        return Err(Refusal::invalid("placement.unit", "该去向没有接收单位"));
    }
    Ok(destination)
}

fn may_finish(
    transition: &TransitionState,
    id: &PersonId,
    one: &TransitionPerson,
    policy: &Policy,
    left_service: bool,
    today: Date,
) -> Result<(), Refusal> {
    let options = policy.transition_options()?;
    let open = person_of(id, one).open(&options.value, today);
    let open: Vec<_> = open.into_iter().filter(|what| *what != "办结日期").collect();
    let Some(placement) = one.placement.as_ref().filter(|_| open.is_empty()) else {
        return Err(Refusal::PersonOpen { person: id.clone(), open });
    };
    if placement.effective_on > today {
        return Err(Refusal::NotYet { person: id.clone(), on: placement.effective_on });
    }
    match Destination::read(&placement.option) {
        Some(Destination::RetainTreatment) if today <= transition.ends_on => {
            Err(Refusal::Retains { person: id.clone(), ends_on: transition.ends_on })
        }
        Some(Destination::EarlyRetirement) if !left_service => {
            Err(Refusal::InService { person: id.clone() })
        }
        _ => Ok(()),
    }
}

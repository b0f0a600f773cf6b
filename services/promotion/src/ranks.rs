//! Ranks that change by no promotion: lowered (降低职级), or determined on a transfer to another
//! ladder (转任后职级确定). What changes in the register changes in the ledger at once.

use jiff::civil::Date;
use quanheng_casework::{Sight, people};
use quanheng_eligibility::{
    Career, Context, Elsewhere, Lowering, Qualification, Target, allowed_ranks, career_of,
    check_transfer, lowering, lowering_for_year,
};
use quanheng_eventlog::{Digest, EventDraft, Tag};
use quanheng_ledger::command::{Command, Occupant};
use quanheng_ledger::event::VacateReason;
use quanheng_ledger::hold::Status;
use quanheng_ledger::id::{AccountKey, HoldId, OwnerId};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, PersonId, RankId};
use quanheng_register::id::SpellId;
use quanheng_register::person::{self, Person, RankLeaveReason, RankReason, RankSpell};
use quanheng_register::unit::UnitProfile;
use quanheng_register::{Facts, Known};
use quanheng_runtime::wire::Basis;
use quanheng_runtime::{Failure, RuleFault, sealed};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use quanheng_streams::{LadderRank, RankDecision, RankDecisionEvent};
use quanheng_workflow::case::About;
use tonic::Code;

use crate::person::opened;
use crate::roster::name_of;
use crate::seats::{hold_name, on_account};
use crate::{refusal, seal};

/// What a change of a rank rests on.
#[derive(Debug, Clone)]
pub(crate) struct Grounds {
    /// Why; sealed.
    pub(crate) text: String,
    /// 会议纪要文号
    pub(crate) minutes: String,
    /// 文号、生效日期
    pub(crate) basis: Basis,
    /// Who enters it.
    pub(crate) by: PersonId,
    /// The name of the new spell in the register.
    pub(crate) spell: SpellId,
}

/// A change, with everything that it brings about.
pub(crate) struct Changed {
    pub(crate) from: LadderRank,
    pub(crate) to: LadderRank,
    pub(crate) months_before: u32,
    pub(crate) merged: bool,
    pub(crate) left_account: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) drafts: Vec<EventDraft>,
}

/// A person as the rules see one on a day.
pub(crate) struct Subject<'a> {
    person: &'a Person,
    career: Career,
    policy: Policy,
    unit: Option<UnitProfile>,
    version: u64,
    on: Date,
}

/// Reads a person, whom the caller governs and is not kin to.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`, `ACCESS_DENIED`, `CONFLICT_OF_INTEREST`, `PERSON_ERASED`.
pub(crate) fn subject<'a>(
    sight: &Sight<'a>,
    id: &PersonId,
    qualifications: &[Qualification],
    by: &PersonId,
    on: Date,
) -> Result<Subject<'a>, Failure> {
    let (name, stream) = (name_of(id), streams::person(id));
    let registered = sight.need::<streams::Persons>(&stream)?.as_ref();
    let registered = registered.ok_or_else(|| Failure::not_found(&name))?;
    let keys = sight.keys([id])?;
    let about = About { persons: [id.clone()].into(), ..About::default() };
    if by == id || people::relatives(sight, &about)?.contains(by) {
        let message = format!("{by} 应当回避:事项涉及本人或其亲属");
        return Err(Failure::new(Code::PermissionDenied, "CONFLICT_OF_INTEREST", message)
            .with("person", format!("persons/{by}")));
    }
    let unit = match registered.slot_on(on) {
        Some((_, slot)) => sight.registered_unit(&slot.unit)?.as_of(on),
        None => None,
    };
    let division = unit.as_ref().map_or_else(DivisionCode::nation, |unit| unit.division.clone());
    sight.governs(&division)?;
    let elsewhere = Elsewhere {
        unit: unit.as_ref().map(UnitProfile::facts),
        qualifications: qualifications.to_vec(),
        extra: Default::default(),
    };
    let career = career_of(registered, opened(registered, keys.get(id))?, elsewhere, on);
    Ok(Subject {
        person: registered,
        career: career.map_err(|refused| refusal::failure(&name, &refused))?,
        policy: sight.policy(&division, on),
        unit,
        version: sight.desk.version(&stream).unwrap_or_default().0,
        on,
    })
}

/// Lowers a rank: for an incompetent year, or on another ground.
///
/// # Errors
/// What the rules, the ledger or the register refuse by; `DISMISSAL_DUE` where the years ask
/// for more than a lower rank.
pub(crate) fn lower(
    sight: &Sight<'_>,
    subject: &Subject<'_>,
    category: &CategoryId,
    year: Option<i16>,
    grounds: &Grounds,
) -> Result<Changed, Failure> {
    let name = name_of(&subject.person.person);
    let Subject { policy, career, on, .. } = subject;
    let found = match year {
        Some(year) => lowering_for_year(policy, career, category, year, *on),
        None => lowering(policy, career, category, *on),
    };
    let (from, to, months_before, merged) = match found
        .map_err(|refused| refusal::failure(&name, &refused))?
    {
        Lowering::Rank { from, to, months_before, merged, .. } => (from, to, months_before, merged),
        Lowering::Dismissal { years, .. } => {
            let years: Vec<String> = years.iter().map(ToString::to_string).collect();
            let message = format!("{} 年度连续不称职,应予辞退", years.join("、"));
            return Err(Failure::rule("DISMISSAL_DUE", &name, message).with("person", name));
        }
    };
    let at = |rank| LadderRank { category: category.clone(), rank };
    let (from, to) = (at(from), at(to));
    let mut drafts = taken(sight, subject, (&from, &to), RankReason::Lowered, grounds)?;
    let seated = seated(sight, &subject.person.person, category)?;
    if let Some(key) = &seated {
        let command = Command::LowerRank {
            person: subject.person.person.clone(),
            to: to.rank.clone(),
            basis: grounds.basis.clone().into(),
        };
        drafts.extend(on_account(sight, key, command)?.1);
    }
    let decision = decision(sight, subject, &from, &to, grounds)?;
    drafts.push(decided(sight, subject, RankDecisionEvent::RankLoweringDecided { decision })?);
    let account = seated.as_ref().map(account_name);
    let left_account = account.clone();
    Ok(Changed { from, to, months_before, merged, left_account, account, drafts })
}

/// The ranks that the rank held in one ladder may become in another.
///
/// # Errors
/// `FACT_MISSING` where none is held; what the policy does not say.
pub(crate) fn allowed(
    subject: &Subject<'_>,
    from: &CategoryId,
    to: &CategoryId,
) -> Result<(RankId, Vec<RankId>), Failure> {
    let name = name_of(&subject.person.person);
    let held = subject.person.as_of(subject.on).rank(from).map(|spell| spell.rank.clone());
    let held = held.ok_or_else(|| {
        let message = format!("{name} 在 {} 没有 {from} 的职级", subject.on);
        Failure::rule("FACT_MISSING", &name, message).with("fact", "held_rank")
    })?;
    let found = allowed_ranks(&subject.policy, from, &held, to).map_err(|error| {
        Failure::rule(error.code(), &name, error.to_string()).with("person", &name)
    })?;
    Ok((held, found.ranks))
}

/// Determines the rank after a transfer.
///
/// # Errors
/// What the rules, the ledger or the register refuse by.
pub(crate) fn determine(
    sight: &Sight<'_>,
    subject: &Subject<'_>,
    from: &CategoryId,
    target: &Target,
    hold: Option<&(AccountKey, HoldId)>,
    grounds: &Grounds,
) -> Result<Changed, Failure> {
    let id = &subject.person.person;
    let (held, _) = allowed(subject, from, &target.category)?;
    let context = Context::default();
    let Subject { policy, career, on, .. } = subject;
    let check = check_transfer(policy, career, from, target, *on, &context);
    let faults = check.failures().filter_map(|finding| {
        Some(RuleFault {
            code: finding.reason?.code().to_owned(),
            subject: name_of(id),
            message: finding.message.clone(),
        })
    });
    let faults: Vec<RuleFault> = faults.collect();
    if !faults.is_empty() {
        let ranks: Vec<&str> = check.allowed.iter().map(RankId::as_str).collect();
        return Err(Failure::rules(faults)
            .with("person", name_of(id))
            .with("allowed", ranks.join("、")));
    }
    let from = LadderRank { category: from.clone(), rank: held };
    let to = LadderRank { category: target.category.clone(), rank: target.rank.clone() };
    let mut drafts = taken(sight, subject, (&from, &to), RankReason::CategoryConversion, grounds)?;
    let left = seated(sight, id, &from.category)?;
    if let Some(key) = &left {
        let (person, basis) = (id.clone(), grounds.basis.clone().into());
        let command = Command::Vacate { person, reason: VacateReason::TransferOut, basis };
        drafts.extend(on_account(sight, key, command)?.1);
    }
    let key = seat(sight, subject, &to, hold, grounds, &mut drafts)?;
    let decision = decision(sight, subject, &from, &to, grounds)?;
    drafts.push(decided(sight, subject, RankDecisionEvent::TransferRankDetermined { decision })?);
    Ok(Changed {
        from,
        to,
        months_before: 0,
        merged: false,
        left_account: left.as_ref().map(account_name),
        account: Some(account_name(&key)),
        drafts,
    })
}

fn account_name(key: &AccountKey) -> String {
    format!("quotaAccounts/{}", streams::account_id(key))
}

/// Takes a seat of the new rank: through a pre-review, or without one where it has no cap.
fn seat(
    sight: &Sight<'_>,
    subject: &Subject<'_>,
    to: &LadderRank,
    hold: Option<&(AccountKey, HoldId)>,
    grounds: &Grounds,
    drafts: &mut Vec<EventDraft>,
) -> Result<AccountKey, Failure> {
    let id = &subject.person.person;
    let slot = subject.person.slot_on(subject.on).map(|(_, slot)| slot.unit.clone());
    let own =
        slot.map(|unit| AccountKey { owner: OwnerId::Unit(unit), category: to.category.clone() });
    let key = hold.map(|(key, _)| key.clone()).or(own);
    let key = key.ok_or_else(|| {
        let name = name_of(id);
        Failure::rule("WRONG_STATE", &name, format!("{name} 在 {} 没有编制", subject.on))
    })?;
    if key.category != to.category {
        return Err(Failure::field("hold", "预审的职位类别与拟确定职级不符"));
    }
    let of = sight.applicants_of(&key, [id], subject.on)?;
    let of = of.into_iter().next().ok_or_else(|| Failure::internal("an applicant is missing"))?;
    sight.need::<streams::Seats>(&streams::seat(id, &key.category))?;
    let seated_elsewhere = sight.seated_elsewhere(&key, id);
    let basis = grounds.basis.clone().into();
    let command = match hold {
        None => Command::Place {
            person: id.clone(),
            of,
            rank: to.rank.clone(),
            exempt: None,
            seated_elsewhere,
            basis,
        },
        Some((_, hold)) => {
            sight.unused(&key, hold)?;
            let (_, kept) = crate::seats::hold(sight, &key, hold)?;
            let fits = kept.moves.iter().position(|m| {
                let asked = &m.request;
                m.status == Status::Held && asked.to == to.rank && asked.leaves.is_none()
            });
            let index = fits.ok_or_else(|| {
                let name = hold_name(&key, hold);
                let message = format!("预审中没有可供选用的 {} 项", to.rank);
                Failure::rule("NO_MOVE_LEFT", &name, message).with("hold", name)
            })?;
            let concurrent = subject.person.as_of(subject.on).main_post().is_some();
            let person = id.clone();
            let occupant = Occupant { index, person, of, concurrent, seated_elsewhere };
            Command::Occupy { hold: hold.clone(), occupants: vec![occupant], basis }
        }
    };
    drafts.extend(on_account(sight, &key, command)?.1);
    Ok(key)
}

/// The account in which a person has a seat of a category.
fn seated(
    sight: &Sight<'_>,
    id: &PersonId,
    category: &CategoryId,
) -> Result<Option<AccountKey>, Failure> {
    let claim = sight.need::<streams::Seats>(&streams::seat(id, category))?.as_ref();
    let holder = claim.and_then(|claim| claim.holder.as_ref());
    Ok(holder.and_then(|name| streams::account(name.strip_prefix("quotaAccounts/")?)))
}

/// Enters the new rank in the register; the one that it is converted from ends with it.
fn taken(
    sight: &Sight<'_>,
    subject: &Subject<'_>,
    (from, to): (&LadderRank, &LadderRank),
    reason: RankReason,
    grounds: &Grounds,
) -> Result<Vec<EventDraft>, Failure> {
    let (id, basis) = (&subject.person.person, &grounds.basis);
    let rank = RankSpell {
        category: to.category.clone(),
        rank: to.rank.clone(),
        from: basis.effective_on,
        to: None,
        reason,
        exemption: None,
        batch: String::new(),
        left: None,
        document: Some(basis.document.clone()),
    };
    let left = subject.person.ranks.iter().filter(|(_, spell)| {
        spell.to.is_none() && spell.category == from.category && from.category != to.category
    });
    let mut commands: Vec<person::Command> = Vec::new();
    if reason == RankReason::CategoryConversion {
        commands.extend(left.map(|(spell, _)| person::Command::LeaveRank {
            spell: spell.clone(),
            on: basis.effective_on,
            reason: RankLeaveReason::Converted,
            document: basis.document.clone(),
        }));
    }
    commands.push(person::Command::TakeRank { spell: grounds.spell.clone(), rank });
    let known = Known::default();
    let (mut state, mut drafts) = (Some(subject.person.clone()), Vec::new());
    let newest = subject.person.slots.values().max_by_key(|slot| slot.from);
    let division = match newest {
        Some(slot) => Some(sight.last_profile(&slot.unit)?.division),
        None => None,
    };
    for command in commands {
        let facts = Facts::new(sight.today, &known);
        let events = person::decide(state.as_ref(), command, facts);
        let events = events.map_err(|refused| refusal::of_register(&refused, &name_of(id)))?;
        for event in events {
            person::evolve(&mut state, &event);
            let draft = streams::person_draft(id, division.as_ref(), &event);
            drafts.push(draft.map_err(Failure::internal)?);
        }
    }
    Ok(drafts)
}

fn decision(
    sight: &Sight<'_>,
    subject: &Subject<'_>,
    from: &LadderRank,
    to: &LadderRank,
    grounds: &Grounds,
) -> Result<RankDecision, Failure> {
    let id = &subject.person.person;
    let name = name_of(id);
    let key = match sight.keys([id])?.get(id) {
        Some(KeyState::Live(key)) => key,
        Some(KeyState::Erased { .. }) => return Err(sealed::erased(&name)),
        Some(KeyState::Missing) | None => {
            return Err(Failure::internal("the key of a person is missing"));
        }
    };
    let place = format!("rankDecision/{}", grounds.spell);
    Ok(RankDecision {
        from: from.clone(),
        to: to.clone(),
        grounds: seal::seal_at(key, &place, &grounds.text)?,
        basis: grounds.basis.clone().into(),
        minutes: grounds.minutes.clone(),
        policy: Digest(subject.policy.hash()).to_string(),
        person_version: subject.version,
        by: grounds.by.clone(),
        on: sight.today,
    })
}

fn decided(
    sight: &Sight<'_>,
    subject: &Subject<'_>,
    event: RankDecisionEvent,
) -> Result<EventDraft, Failure> {
    let id = &subject.person.person;
    let stream = streams::rank_decisions(id);
    sight.appends(&stream)?;
    let draft = streams::draft::<streams::RankDecisions>(stream, &event);
    let mut draft = draft.map_err(Failure::internal)?;
    let division = subject.unit.as_ref().map(|unit| format!("divisions/{}", unit.division));
    for tag in division.into_iter().chain([name_of(id)]) {
        draft = draft.tagged(Tag::new(tag).map_err(Failure::internal)?);
    }
    Ok(draft.under_policy(Digest(subject.policy.hash())))
}

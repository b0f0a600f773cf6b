//! Taking and leaving seats: at cut-over, through a hold, without a seat, and vacating.

use std::collections::BTreeMap;

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_ledger::account::{Exemption, Holder, Origin};
use quanheng_ledger::command::{Command, Occupant};
use quanheng_ledger::event::Event;
use quanheng_ledger::id::AccountKey;
use quanheng_policy::{PersonId, RankId};
use quanheng_runtime::reading::required_day;
use quanheng_runtime::wire::basis;
use quanheng_runtime::{Call, Decided, Failure, check_etag, etag, next_etag};
use quanheng_streams as streams;
use quanheng_streams::account_stream;

use super::on_account;
use crate::{message, parse};
use quanheng_casework::run;
use quanheng_casework::{Scope, Sight};

/// Holders of one entry: all of them stand in one record.
const HOLDERS_PER_ENTRY: usize = 150;

/// A holder as the request has it.
#[derive(Clone)]
struct Opening {
    person: PersonId,
    rank: RankId,
    exempt: Option<Exemption>,
    concurrent: bool,
    since: jiff::civil::Date,
}

pub(super) async fn record_opening(
    call: &Call,
    request: wire::RecordOpeningBalancesRequest,
) -> Result<wire::RecordOpeningBalancesResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    parse::bounded(request.holders.len())?;
    let holders = request.holders.iter().map(|holder| {
        Ok(Opening {
            person: parse::person("holders.person", &holder.person)?,
            rank: parse::rank("holders.rank", &holder.rank)?,
            exempt: parse::exemption(holder.exemption()),
            concurrent: holder.concurrent,
            since: required_day("holders.since", holder.since.as_ref())?,
        })
    });
    let holders = holders.collect::<Result<Vec<Opening>, Failure>>()?;
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = holders.iter().find(|holder| !seen.insert(&holder.person)) {
        return Err(Failure::field("holders", format!("persons/{} 重复", twice.person)));
    }
    let basis = basis(request.basis.as_ref())?;
    let given = request.etag.clone();
    let persons: Vec<PersonId> = holders.iter().map(|holder| holder.person.clone()).collect();
    let scope = Scope::new(call, vec![key.clone()]).persons(persons);
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&division)?;
        check_etag(sight.desk, &account_stream(&key), &given)?;
        let on = basis.effective_on;
        let persons = holders.iter().map(|holder| &holder.person);
        let of = sight.applicants_of(&key, persons, on)?;
        let placed = holders.iter().zip(of).map(|(opening, of)| {
            if !account.admits(&opening.rank) {
                let message = format!("本账户不设职级 {}", opening.rank);
                return Err(Failure::rule("RANK_NOT_SET_UP", opening.rank.as_str(), message));
            }
            let holder = Holder {
                rank: opening.rank.clone(),
                unit: of.unit,
                tier: of.tier,
                exempt: opening.exempt,
                concurrent: opening.concurrent,
                since: opening.since,
                origin: Origin::Opening,
            };
            Ok((opening.person.clone(), holder))
        });
        let placed = placed.collect::<Result<Vec<_>, Failure>>()?;
        let events = opened(sight, &key, placed, &basis)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let etag = next_etag(sight.desk, &account_stream(&key), &drafts);
        Ok(Decided::new(drafts, message::account(&after, etag)))
    });
    let done = done.await?;
    Ok(wire::RecordOpeningBalancesResponse {
        account: Some(done.answer),
        position: done.position.0,
    })
}

/// The entries that bring holders in, each as large as a record may be.
fn opened(
    sight: &Sight<'_>,
    key: &AccountKey,
    placed: Vec<(PersonId, Holder)>,
    basis: &quanheng_runtime::wire::Basis,
) -> Result<Vec<Event>, Failure> {
    let chunks = placed.chunks(HOLDERS_PER_ENTRY).map(|chunk| {
        let holders: BTreeMap<PersonId, Holder> = chunk.iter().cloned().collect();
        Command::RecordOpening { holders, basis: basis.clone().into() }
    });
    let commands: Vec<Command> = match placed.is_empty() {
        true => {
            vec![Command::RecordOpening { holders: BTreeMap::new(), basis: basis.clone().into() }]
        }
        false => chunks.collect(),
    };
    sight.decide_all(key, commands)
}

pub(super) async fn occupy(
    call: &Call,
    request: wire::OccupySeatsRequest,
) -> Result<wire::OccupySeatsResponse, Failure> {
    let (key, hold) = parse::hold("hold", &request.hold)?;
    parse::bounded(request.occupants.len())?;
    let basis = basis(request.basis.as_ref())?;
    let asked = request.occupants.iter().map(|occupant| {
        let person = parse::person("occupants.person", &occupant.person)?;
        Ok((occupant.move_index as usize, person, occupant.concurrent))
    });
    let asked = asked.collect::<Result<Vec<_>, Failure>>()?;
    let persons: Vec<PersonId> = asked.iter().map(|(_, person, _)| person.clone()).collect();
    let scope = Scope::new(call, vec![key.clone()]).persons(persons).pre_review(&key, &hold);
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&division)?;
        sight.unused(&key, &hold)?;
        let on = basis.effective_on;
        let of = sight.applicants_of(&key, asked.iter().map(|(_, person, _)| person), on)?;
        let occupants = asked.iter().zip(of).map(|((index, person, concurrent), of)| Occupant {
            index: *index,
            person: person.clone(),
            of,
            concurrent: *concurrent,
            seated_elsewhere: sight.seated_elsewhere(&key, person),
        });
        let command = Command::Occupy {
            hold: hold.clone(),
            occupants: occupants.collect(),
            basis: basis.clone().into(),
        };
        let events = sight.decide(&key, &division, command, sight.today)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let stream = streams::pre_review(&key, &hold);
        let of_hold = etag(sight.desk.version(&stream).unwrap_or_default());
        let of_account = next_etag(sight.desk, &account_stream(&key), &drafts);
        let kept = after.hold(&hold);
        let pre_review = message::pre_review(&key, &hold, sight.pre_review(), kept, of_hold);
        Ok(Decided::new(
            drafts,
            wire::OccupySeatsResponse {
                account: Some(message::account(&after, of_account)),
                pre_review: Some(pre_review),
                position: 0,
            },
        ))
    });
    let done = done.await?;
    Ok(wire::OccupySeatsResponse { position: done.position.0, ..done.answer })
}

pub(super) async fn place(
    call: &Call,
    request: wire::PlaceHolderRequest,
) -> Result<wire::PlaceHolderResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let person = parse::person("person", &request.person)?;
    let rank = parse::rank("rank", &request.rank)?;
    let exempt = parse::exemption(request.exemption());
    let basis = basis(request.basis.as_ref())?;
    let scope = Scope::new(call, vec![key.clone()]).persons([person.clone()]);
    let account = key.clone();
    let done = on_account(call, &request, key, scope, move |sight| {
        let of = sight.applicants_of(&account, [&person], basis.effective_on)?;
        let of = of.into_iter().next().ok_or_else(|| Failure::internal("no applicant"))?;
        Ok(Command::Place {
            seated_elsewhere: sight.seated_elsewhere(&account, &person),
            person: person.clone(),
            of,
            rank: rank.clone(),
            exempt,
            basis: basis.clone().into(),
        })
    });
    let done = done.await?;
    Ok(wire::PlaceHolderResponse { account: Some(done.answer), position: done.position.0 })
}

pub(super) async fn vacate(
    call: &Call,
    request: wire::VacateSeatsRequest,
) -> Result<wire::VacateSeatsResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let persons = parse::persons("persons", &request.persons)?;
    if persons.is_empty() {
        return Err(Failure::field("persons", "不得为空"));
    }
    let reason = parse::vacate_reason(request.reason())?;
    let basis = basis(request.basis.as_ref())?;
    let scope = Scope::new(call, vec![key.clone()]).persons(persons.iter().cloned());
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&division)?;
        let commands = persons.iter().map(|person| Command::Vacate {
            person: person.clone(),
            reason,
            basis: basis.clone().into(),
        });
        let events = sight.decide_all(&key, commands.collect())?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let etag = next_etag(sight.desk, &account_stream(&key), &drafts);
        Ok(Decided::new(drafts, message::account(&after, etag)))
    });
    let done = done.await?;
    Ok(wire::VacateSeatsResponse { account: Some(done.answer), position: done.position.0 })
}

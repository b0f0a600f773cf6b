//! Persons (人员) from the roster of 8.6: registration, opening facts, assessments,
//! commendations and sanctions, each person in one commit.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_eventlog::{EventDraft, Read, Version};
use quanheng_identity::Action;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::claim::{self, Claim};
use quanheng_register::id::{FactId, SpellId};
use quanheng_register::person::{
    self, Command, FactKind, PersonFacts, PersonPatch, PostSpell, RankSpell, SlotSpell,
};
use quanheng_register::private::{Assessment, Commendation, PrivateProfile, Sanction};
use quanheng_register::{Facts, Known, Refusal, Sealed};
use quanheng_runtime::Failure;
use quanheng_sealing::SubjectKey;
use quanheng_sheets::persons::PersonRow;
use quanheng_sheets::{Bounds, Fault, Import, ReadError};
use quanheng_streams as streams;
use serde::{Deserialize, Serialize};

use super::kind::{Decision, Ground, Halt, Items, Kind, More, RowFault, Sight, UnitNames, refused};
use super::names::Names;
use super::roster;
use crate::person::seal;

/// Persons.
pub(super) struct Persons;

/// A person to be registered. What is sealed is, until it is sealed, a placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    pub(super) row: u32,
    pub(super) person: PersonId,
    /// The blind index of the identity number.
    pub(super) identity: String,
    pub(super) private: Sealed,
    pub(super) slot: SlotSpell,
    pub(super) facts: PersonFacts,
    pub(super) posts: BTreeMap<SpellId, PostSpell>,
    pub(super) ranks: BTreeMap<SpellId, RankSpell>,
    pub(super) changes: PersonPatch,
    pub(super) assessments: BTreeMap<i16, Sealed>,
    pub(super) commendations: BTreeMap<FactId, Sealed>,
    pub(super) sanctions: BTreeMap<FactId, Sealed>,
}

/// What of a person is sealed.
pub(super) struct Secret {
    pub(super) profile: PrivateProfile,
    pub(super) assessments: Vec<Assessment>,
    pub(super) commendations: BTreeMap<FactId, Commendation>,
    pub(super) sanctions: BTreeMap<FactId, Sanction>,
}

impl Kind for Persons {
    const NAME: &'static str = "persons.import";
    const METHOD: &'static str = "quanheng.registry.v1.RegistryService/ImportPersons";
    const ACTION: Action = Action::PersonsWrite;
    const CHUNK: usize = 400;

    type Row = PersonRow;
    type Item = Item;
    type Secret = Secret;

    fn read(bytes: &[u8], bounds: &Bounds, names: &Names) -> Result<Import<PersonRow>, ReadError> {
        quanheng_sheets::persons::read(bytes, bounds, |name| names.rank(name))
    }

    fn unit_names(rows: &Import<PersonRow>) -> BTreeSet<String> {
        let nameless = rows.rows.iter().filter(|row| row.row.unit_id.is_none());
        nameless.filter_map(|row| row.row.unit_name.clone()).collect()
    }

    fn items(rows: &Import<PersonRow>, ground: &Ground, known: &UnitNames) -> Items<Self> {
        let mut made = Items { items: Vec::new(), secrets: Vec::new(), problems: Vec::new() };
        for row in &rows.rows {
            let (person, problems) = roster::person(row.number, &row.row, ground, known);
            made.problems.extend(problems.into_iter().map(|problem| (row.number, problem)));
            if let Some((item, secret)) = person {
                made.items.push(item);
                made.secrets.push(secret);
            }
        }
        made
    }

    fn subject(item: &Item) -> String {
        seal::resource(&item.person)
    }

    fn has_secret(_: &Secret) -> bool {
        true
    }

    fn seal(item: &mut Item, secret: &Secret, key: &SubjectKey) -> Result<(), Failure> {
        let name = key.subject();
        let put = |place: &str, plain: Result<Vec<u8>, serde_json::Error>| {
            let text = key.seal(&format!("{name}:{place}"), &plain.map_err(Failure::internal)?);
            Sealed::new(text).map_err(Failure::internal)
        };
        item.private = put(seal::PROFILE, serde_json::to_vec(&secret.profile))?;
        for fact in &secret.assessments {
            let sealed = put(&seal::assessment(fact.year), serde_json::to_vec(fact))?;
            item.assessments.insert(fact.year, sealed);
        }
        for (id, fact) in &secret.commendations {
            let place = seal::fact(FactKind::Commendation, id);
            item.commendations.insert(id.clone(), put(&place, serde_json::to_vec(fact))?);
        }
        for (id, fact) in &secret.sanctions {
            let place = seal::fact(FactKind::Sanction, id);
            item.sanctions.insert(id.clone(), put(&place, serde_json::to_vec(fact))?);
        }
        Ok(())
    }

    fn found_by(secret: &Secret) -> Vec<(&'static str, &str)> {
        let profile = &secret.profile;
        vec![(seal::NAME, &profile.name), (seal::IDENTITY, &profile.identity_number)]
    }

    fn digest(item: &mut Item, secret: &Secret, index: &dyn Fn(&str, &str) -> String) {
        item.identity = index(seal::IDENTITY, &secret.profile.identity_number);
    }

    fn reads(items: &[Item], more: &More) -> Vec<Read> {
        let units: BTreeSet<&UnitId> = items
            .iter()
            .flat_map(|item| {
                let posts = item.posts.values().map(|post| &post.unit);
                posts.chain([&item.slot.unit])
            })
            .collect();
        let units = units.into_iter().map(streams::unit).map(streams::state::<streams::Units>);
        // Nearly all are new: the version tells that without a state to be loaded.
        let persons = items.iter().map(|item| Read::version(streams::person(&item.person)));
        let claims = items.iter().map(|item| {
            let stream = streams::identity(&item.identity);
            match more.claims.contains(&item.identity) {
                true => streams::state::<streams::Identities>(stream),
                false => Read::version(stream),
            }
        });
        units.chain(persons).chain(claims).collect()
    }

    fn decide(items: &[Item], sight: &Sight<'_>) -> Result<Decision, Halt> {
        let mut done = Decision::default();
        let mut unread = BTreeSet::new();
        for item in items {
            match claim(item, sight)? {
                Claimed::Unread => {
                    unread.insert(item.identity.clone());
                }
                Claimed::Free(claims) => match register(item, sight)? {
                    Ok(drafts) => {
                        done.drafts.extend(drafts);
                        done.drafts.extend(claims);
                    }
                    Err(faults) => done.faults.extend(faults),
                },
                Claimed::Taken => {
                    let fault = Fault::error("IDENTITY_REGISTERED", "该公民身份号码已经登记");
                    let problem = fault.at("identity_number");
                    done.faults.push(RowFault { row: item.row, problem });
                }
            }
        }
        match unread.is_empty() {
            true => Ok(done),
            false => Err(Halt::More(More { claims: unread, ..More::default() })),
        }
    }
}

/// Whether an identity number is free.
enum Claimed {
    Free(Vec<EventDraft>),
    Taken,
    /// Somebody had it: whether they still have is not known yet.
    Unread,
}

fn claim(item: &Item, sight: &Sight<'_>) -> Result<Claimed, Halt> {
    let stream = streams::identity(&item.identity);
    let held = match sight.desk.state::<Option<Claim>>(&stream) {
        Some(claim) => claim.as_ref(),
        None if sight.desk.version(&stream).unwrap_or_default() == Version::NONE => None,
        None if sight.more.claims.contains(&item.identity) => {
            return Err(Failure::internal("a claim was not read").into());
        }
        None => return Ok(Claimed::Unread),
    };
    let by = seal::resource(&item.person);
    // Nobody is registered yet under this name: who has the number is somebody else.
    if held.is_some_and(|claim| claim.holder.is_some()) {
        return Ok(Claimed::Taken);
    }
    let Ok(events) = claim::decide(held, claim::Command::Claim { by }) else {
        return Ok(Claimed::Taken);
    };
    let drafts = events.iter().map(|event| streams::identity_draft(&item.identity, event));
    let drafts: Vec<_> = drafts.collect::<Result<_, _>>().map_err(Failure::internal)?;
    Ok(Claimed::Free(drafts))
}

fn register(
    item: &Item,
    sight: &Sight<'_>,
) -> Result<Result<Vec<EventDraft>, Vec<RowFault>>, Halt> {
    let row = item.row;
    let stream = streams::person(&item.person);
    if sight.desk.version(&stream).unwrap_or_default() != Version::NONE {
        let fault = Fault::error("PERSON_EXISTS", format!("人员代码 {} 已登记", item.person));
        return Ok(Err(vec![RowFault { row, problem: fault.at("id") }]));
    }
    if let Some(fault) = sight.unit_fault(&item.slot.unit) {
        return Ok(Err(vec![RowFault { row, problem: fault.at("unit_id") }]));
    }
    let mut known = Known::default();
    let units = [&item.slot.unit].into_iter().chain(item.posts.values().map(|post| &post.unit));
    for id in units {
        known.units.extend(sight.unit(id).map(|unit| (id.clone(), unit)));
    }
    let facts = Facts::new(sight.today, &known);
    let (mut state, mut events) = (None, Vec::new());
    for command in commands(item, sight.ground.basis.effective_on) {
        match person::decide(state.as_ref(), command, facts) {
            Ok(decided) => {
                for event in decided {
                    person::evolve(&mut state, &event);
                    events.push(event);
                }
            }
            Err(refusals) => return Ok(Err(refused(row, &refusals, column))),
        }
    }
    let unit = sight.unit(&item.slot.unit);
    let place = unit.and_then(|unit| {
        unit.as_of(sight.today).or_else(|| unit.as_of(Date::MAX)).map(|profile| profile.division)
    });
    let drafts =
        events.iter().map(|event| streams::person_draft(&item.person, place.as_ref(), event));
    let drafts: Vec<_> = drafts.collect::<Result<_, _>>().map_err(Failure::internal)?;
    Ok(Ok(drafts))
}

fn commands(item: &Item, cut_over: Date) -> Vec<Command> {
    let mut commands = vec![Command::Register {
        person: item.person.clone(),
        private: item.private.clone(),
        spell: SpellId::new(roster::SLOT).unwrap_or_else(|_| unreachable!("a plain id")),
        slot: item.slot.clone(),
        facts: item.facts.clone(),
    }];
    if !(item.posts.is_empty() && item.ranks.is_empty() && item.changes.is_empty()) {
        commands.push(Command::RecordOpening {
            cut_over,
            posts: item.posts.clone(),
            ranks: item.ranks.clone(),
            changes: item.changes.clone(),
        });
    }
    let assessments = item.assessments.iter();
    commands.extend(assessments.map(|(year, sealed)| Command::RecordAssessment {
        year: *year,
        sealed: sealed.clone(),
        corrects: false,
    }));
    let facts = item.commendations.iter();
    commands.extend(facts.map(|(id, sealed)| Command::RecordCommendation {
        commendation: id.clone(),
        sealed: sealed.clone(),
    }));
    let facts = item.sanctions.iter();
    commands.extend(facts.map(|(id, sealed)| Command::RecordSanction {
        sanction: id.clone(),
        sealed: sealed.clone(),
    }));
    commands
}

/// Where the roster has what a refusal is about.
fn column(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound { .. } | Refusal::BeforeUnit { .. } | Refusal::UnitAbolished { .. } => {
            "unit_id"
        }
        Refusal::SlotWithoutRanks { .. } => "establishment",
        refusal => match refusal.field() {
            Some("title") => "post_title",
            Some("same_level_since") => "post_same_level_since",
            Some("separately_listed") => "separate_since",
            Some("conversion") => "conversion_on",
            Some("batch") => "rank_batch",
            Some("year") => "assessment_year_1",
            Some("from" | "to" | "left") => "rank_since",
            _ => "name",
        },
    }
}

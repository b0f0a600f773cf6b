//! A person as a row of the roster (花名册, 8.6).

use jiff::civil::Date;
use quanheng_policy::codes::{IdentityNumber, YearMonth};
use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, PersonId, RankId, UnitId};
use quanheng_register::person::{
    FactKind, ListingReason, Person, PostWay, RankLeaveReason, RankReason, RankSpell, SlotKind,
};
use quanheng_register::private::{
    Assessment, Commendation, Education, PrivateProfile, Sanction, Sex,
};
use quanheng_runtime::Failure;
use quanheng_sealing::SubjectKey;
use quanheng_sheets::persons::{self, PersonRow};
use quanheng_sheets::{Choice as _, Value};

use super::{mask, message, seal};

/// Several things in one cell.
const BETWEEN: &str = "；";
/// Results that the form has room for.
const ASSESSMENTS_MAX: usize = 5;

/// What a row is made of.
pub(crate) struct Row<'a> {
    pub(crate) person: &'a Person,
    pub(crate) key: &'a SubjectKey,
    pub(crate) serial: Option<u32>,
    pub(crate) unit: Option<UnitId>,
    pub(crate) unit_name: Option<String>,
    /// Names ranks.
    pub(crate) policy: Option<&'a Policy>,
    pub(crate) today: Date,
}

/// The row of who was erased: the serial number and that.
pub(crate) fn erased(serial: Option<u32>, name: &str) -> Vec<Value> {
    let mut values = vec![Value::Empty; persons::FORM.columns.len()];
    put(&mut values, "serial", Value::of(serial, Value::Number));
    put(&mut values, "name", Value::text("(已删除)"));
    put(&mut values, "id", Value::text(name.strip_prefix("persons/").unwrap_or_default()));
    values
}

fn put(values: &mut [Value], key: &str, value: Value) {
    let place = persons::FORM.columns.iter().position(|column| column.key == key);
    if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
        *slot = value;
    }
}

impl Row<'_> {
    /// With names and numbers masked, and nothing else that is sealed but sex and month of
    /// birth.
    pub(crate) fn masked(&self) -> Result<Vec<Value>, Failure> {
        let profile = self.profile()?;
        let identity = persons::Identity {
            name: String::new(),
            number: number(&profile)?,
            sex: Some(sex(profile.sex)),
            nation: None,
            birth_month: Some(YearMonth::of(profile.birth_date.first_day())),
            native_place: None,
            political_status: None,
            joined_on: None,
            work_started_on: None,
            grass_roots_two_years: None,
        };
        let mut values = self.open(identity).values();
        put(&mut values, "name", Value::text(&mask::name(&profile.name)));
        let masked = mask::identity_number(&profile.identity_number);
        put(&mut values, "identity_number", Value::text(&masked));
        Ok(values)
    }

    /// With everything.
    pub(crate) fn whole(&self) -> Result<Vec<Value>, Failure> {
        let profile = self.profile()?;
        let identity = persons::Identity {
            name: profile.name.clone(),
            number: number(&profile)?,
            sex: Some(sex(profile.sex)),
            nation: given(&profile.nation),
            birth_month: Some(YearMonth::of(profile.birth_date.first_day())),
            native_place: given(&profile.native_place),
            political_status: persons::PoliticalStatus::of_word(&profile.political_status),
            joined_on: profile.party_joined.map(|day| day.first_day()),
            work_started_on: profile.work_started.map(|day| day.first_day()),
            grass_roots_two_years: Some(profile.grass_roots_two_years),
        };
        let mut row = self.open(identity);
        row.registered_on = profile.registered_on;
        row.full_time = education(profile.full_time_education.as_ref());
        row.on_job = education(profile.in_service_education.as_ref());
        row.commendations = self.commendations()?;
        row.sanctions = self.sanctions()?;
        row.assessments = self.assessments()?;
        Ok(row.values())
    }

    fn profile(&self) -> Result<PrivateProfile, Failure> {
        let sealed = self.person.private.as_ref();
        let sealed = sealed.ok_or_else(|| Failure::internal("a person of whom nothing is held"))?;
        seal::profile(self.key, sealed.as_str())
    }

    fn open(&self, identity: persons::Identity) -> PersonRow {
        let (person, stands) = (self.person, self.person.as_of(self.today));
        let post = stands.main_post().or_else(|| stands.posts.first().map(|(_, post)| *post));
        PersonRow {
            serial: self.serial,
            unit_name: self.unit_name.clone(),
            identity,
            establishment: stands.slot_kind().and_then(establishment),
            registered_on: None,
            full_time: persons::Education::default(),
            on_job: persons::Education::default(),
            post: post.map(|post| persons::LeadershipPost {
                level: post.level.clone(),
                title: Some(post.title.clone()),
                since: Some(post.from),
                way: way(post.way),
                same_level_since: person.facts.same_level_since,
                concurrent: Some(post.concurrent),
                approved_on: None,
            }),
            conversion: self.conversion(),
            separately_listed: person.facts.separately_listed.map(|listing| {
                persons::SeparateListing {
                    since: Some(listing.since),
                    reason: Some(match listing.reason {
                        ListingReason::Reform => persons::SeparateListingReason::Reform,
                        ListingReason::Election => persons::SeparateListingReason::Election,
                        ListingReason::Other => persons::SeparateListingReason::Other,
                    }),
                    ..persons::SeparateListing::default()
                }
            }),
            spell: self.spell(message::rank_of(&stands)),
            commendations: persons::Honours::default(),
            sanctions: persons::Sanctions::default(),
            assessments: Vec::new(),
            unit_id: self.unit.clone(),
            id: Some(PersonId::clone(&person.person)),
        }
    }

    /// A rank by its name in the ladder; by its id where policy names none.
    fn named(&self, category: &CategoryId, rank: &RankId) -> persons::NamedRank {
        let known = self.policy.and_then(|policy| policy.rank(category, rank).ok());
        let name = known.map_or_else(|| rank.to_string(), |rank| rank.name);
        persons::NamedRank { name, category: category.clone(), rank: rank.clone() }
    }

    fn conversion(&self) -> Option<persons::Conversion> {
        let conversion = self.person.facts.conversion.as_ref()?;
        let spells = self.person.ranks.values();
        let spell = spells.into_iter().find(|spell| spell.rank == conversion.rank);
        let category = spell
            .map(|spell| &spell.category)
            .or_else(|| super::decide::newest_slot(self.person).map(|slot| &slot.category))?;
        Some(persons::Conversion {
            rank: Some(self.named(category, &conversion.rank)),
            on: Some(conversion.on),
            same_level_since: Some(conversion.level_since),
            ex_military: Some(self.person.facts.ex_military),
            approved_on: None,
        })
    }

    /// The rank that is held, or the last that was.
    fn spell(&self, held: Option<&RankSpell>) -> Option<persons::RankSpell> {
        let last = self.person.ranks.values().filter(|spell| spell.from <= self.today);
        let spell = held.or_else(|| last.max_by_key(|spell| (spell.to, spell.from)))?;
        let ended = held.is_none();
        Some(persons::RankSpell {
            rank: Some(self.named(&spell.category, &spell.rank)),
            since: Some(spell.from),
            reason: Some(rank_reason(spell.reason)),
            batch: persons::Batch::parse(&spell.batch),
            ended_on: spell.to.filter(|_| ended),
            end_reason: spell.left.filter(|_| ended).and_then(rank_left),
            state: Some(if ended { persons::RankState::Ended } else { persons::RankState::Held }),
            ..persons::RankSpell::default()
        })
    }

    fn commendations(&self) -> Result<persons::Honours, Failure> {
        let facts: Vec<Commendation> = self.facts(FactKind::Commendation)?;
        let joined = |text: &dyn Fn(&Commendation) -> String| {
            let texts: Vec<_> = facts.iter().map(text).collect();
            given(&texts.join(BETWEEN))
        };
        let document = |fact: &Commendation| {
            fact.document.as_ref().map(ToString::to_string).unwrap_or_default()
        };
        Ok(persons::Honours {
            title: joined(&|fact| fact.kind.label().to_owned()),
            time: joined(&|fact| fact.on.to_string()),
            authority: None,
            document: facts
                .iter()
                .any(|fact| fact.document.is_some())
                .then(|| joined(&document))
                .flatten(),
        })
    }

    fn sanctions(&self) -> Result<persons::Sanctions, Failure> {
        let facts: Vec<Sanction> = self.facts(FactKind::Sanction)?;
        let joined = |text: &dyn Fn(&Sanction) -> String| {
            let texts: Vec<_> = facts.iter().map(text).collect();
            given(&texts.join(BETWEEN))
        };
        let lifted = |fact: &Sanction| fact.lifted_on.map(|on| on.to_string()).unwrap_or_default();
        Ok(persons::Sanctions {
            title: joined(&|fact| fact.kind.label().to_owned()),
            time: joined(&|fact| fact.on.to_string()),
            authority: None,
            lifted: facts
                .iter()
                .any(|fact| fact.lifted_on.is_some())
                .then(|| joined(&lifted))
                .flatten(),
        })
    }

    fn facts<T: serde::de::DeserializeOwned>(&self, kind: FactKind) -> Result<Vec<T>, Failure> {
        let held = self.person.held.get(&kind).into_iter().flatten();
        held.map(|(id, held)| seal::open(self.key, &seal::fact(kind, id), held.sealed.as_str()))
            .collect()
    }

    /// The newest years.
    fn assessments(&self) -> Result<Vec<persons::Assessment>, Failure> {
        let years = self.person.assessments.iter().rev().take(ASSESSMENTS_MAX);
        let mut found = Vec::new();
        for (year, sealed) in years {
            let place = seal::assessment(*year);
            let fact: Assessment = seal::open(self.key, &place, sealed.as_str())?;
            let raw = persons::AssessmentResult::of_wording(&fact.raw).map(|_| fact.raw.as_str());
            let wording = raw.unwrap_or(fact.result.label());
            let result = persons::AssessmentResult::of_wording(wording);
            let (Some(result), Ok(year)) = (result, u32::try_from(*year)) else { continue };
            found.push(persons::Assessment { year, result, wording: wording.to_owned() });
        }
        Ok(found)
    }
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn number(profile: &PrivateProfile) -> Result<IdentityNumber, Failure> {
    profile.identity().map_err(|_| Failure::internal("an identity number that is none"))
}

fn sex(sex: Sex) -> quanheng_policy::codes::Sex {
    match sex {
        Sex::Male => quanheng_policy::codes::Sex::Male,
        Sex::Female => quanheng_policy::codes::Sex::Female,
    }
}

fn education(education: Option<&Education>) -> persons::Education {
    let Some(education) = education else { return persons::Education::default() };
    persons::Education {
        education: given(&education.level),
        degree: given(&education.degree),
        school: given(&education.school),
        major: given(&education.major),
    }
}

/// The form knows two kinds.
fn establishment(slot: SlotKind) -> Option<persons::EstablishmentKind> {
    match slot {
        SlotKind::Administrative => Some(persons::EstablishmentKind::Administrative),
        SlotKind::ReferencedInstitution => Some(persons::EstablishmentKind::Referenced),
        SlotKind::SpecialPoliticalLegal | SlotKind::Logistics | SlotKind::OtherInstitution => None,
    }
}

fn way(way: PostWay) -> Option<persons::AppointmentWay> {
    match way {
        PostWay::Selection => Some(persons::AppointmentWay::Selection),
        PostWay::Election => Some(persons::AppointmentWay::Election),
        PostWay::InboundTransfer => Some(persons::AppointmentWay::InboundTransfer),
        PostWay::Appointment => Some(persons::AppointmentWay::Appointment),
        PostWay::Other => None,
    }
}

fn rank_reason(reason: RankReason) -> persons::RankReason {
    match reason {
        RankReason::Promotion => persons::RankReason::Promotion,
        RankReason::Probation => persons::RankReason::Probation,
        RankReason::TransferIn => persons::RankReason::TransferIn,
        RankReason::ExMilitary => persons::RankReason::ExMilitary,
        RankReason::PostToRank => persons::RankReason::PostToRank,
        RankReason::InitialConversion
        | RankReason::CategoryConversion
        | RankReason::Lowered
        | RankReason::Other => persons::RankReason::Other,
    }
}

fn rank_left(reason: RankLeaveReason) -> Option<persons::RankEndReason> {
    match reason {
        RankLeaveReason::Lowered => Some(persons::RankEndReason::Lowered),
        RankLeaveReason::Retirement | RankLeaveReason::EarlyRetirement => {
            Some(persons::RankEndReason::Retired)
        }
        RankLeaveReason::TransferOut => Some(persons::RankEndReason::TransferOut),
        _ => None,
    }
}

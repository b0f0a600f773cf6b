//! A small world: units, posts and persons by short names, with valid codes.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{CreditCode, DivisionCode, DocumentNumber, IdentityNumber};
use quanheng_policy::{CategoryId, LevelId, PersonId, RankId, UnitId};
use quanheng_register::id::{FactId, PostId, SpellId};
use quanheng_register::person::{
    self, Person, PersonFacts, PostSpell, PostWay, RankReason, RankSpell, Secondment, SlotKind,
    SlotSpell,
};
use quanheng_register::post::{self, Post, PostProfile};
use quanheng_register::unit::{
    self, Actual, Establishment, LeadershipPosts, Nature, Reference, Unit, UnitChange, UnitProfile,
};
use quanheng_register::{Basis, Facts, Known, Refused, Sealed};

/// The day of most tests.
pub(crate) const TODAY: Date = date(2024, 6, 30);

pub(crate) fn day(n: i64) -> Date {
    date(2024, 1, 1).checked_add(n.days()).unwrap()
}

pub(crate) fn document() -> DocumentNumber {
    DocumentNumber::parse("组通〔2024〕12号").unwrap()
}

pub(crate) fn basis(on: Date) -> Basis {
    Basis { document: document(), effective_on: on }
}

pub(crate) fn unit_id(name: &str) -> UnitId {
    UnitId::new(name).unwrap()
}

pub(crate) fn post_id(name: &str) -> PostId {
    PostId::new(name).unwrap()
}

pub(crate) fn person_id(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(crate) fn spell(name: &str) -> SpellId {
    SpellId::new(name).unwrap()
}

pub(crate) fn fact(name: &str) -> FactId {
    FactId::new(name).unwrap()
}

pub(crate) fn category(name: &str) -> CategoryId {
    CategoryId::new(name).unwrap()
}

pub(crate) fn general() -> CategoryId {
    category(unit::GENERAL_MANAGEMENT)
}

pub(crate) fn sealed(text: &str) -> Sealed {
    Sealed::new(text).unwrap()
}

/// A credit code of an organisation, with its check.
pub(crate) fn credit_code(body: &str) -> CreditCode {
    let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut codes = alphabet.chars().map(|check| CreditCode::parse(&format!("{body}{check}")));
    codes.find_map(Result::ok).unwrap()
}

/// An identity number, with its check.
pub(crate) fn identity(body: &str) -> IdentityNumber {
    let mut numbers = "0123456789X".chars().map(|c| IdentityNumber::parse(&format!("{body}{c}")));
    numbers.find_map(Result::ok).unwrap()
}

/// A county organ with 30 administrative slots.
pub(crate) fn organ(name: &str) -> UnitProfile {
    UnitProfile {
        name: name.to_owned(),
        short_name: String::new(),
        credit_code: None,
        division: DivisionCode::parse("530302").unwrap(),
        tier: Tier::County,
        standing: Standing::Ordinary,
        grade: UnitGrade::Section,
        kind: UnitKind::Organ,
        nature: Nature::Organ,
        sequence: "政府".to_owned(),
        parent: None,
        vertical: false,
        establishment: Establishment { administrative: 30, ..Establishment::default() },
        actual: Actual::default(),
        leadership: LeadershipPosts::default(),
        category_posts: BTreeMap::new(),
        reference: None,
        functions: "农业农村工作".to_owned(),
        contact: None,
        remarks: String::new(),
    }
}

/// A referenced institution of the county with so many slots.
pub(crate) fn referenced(name: &str, slots: u32) -> UnitProfile {
    UnitProfile {
        kind: UnitKind::ReferencedUnit,
        nature: Nature::ReferencedInstitution,
        establishment: Establishment { referenced_institution: slots, ..Establishment::default() },
        reference: Some(Reference { approved_on: date(2012, 5, 1), approval_document: document() }),
        ..organ(name)
    }
}

/// An institution that is not referenced.
pub(crate) fn institution(name: &str) -> UnitProfile {
    UnitProfile {
        kind: UnitKind::DirectlyAffiliated,
        nature: Nature::PublicInstitution,
        establishment: Establishment { other_institution: 12, ..Establishment::default() },
        ..organ(name)
    }
}

pub(crate) fn slot(unit: &str, from: Date) -> SlotSpell {
    SlotSpell {
        unit: unit_id(unit),
        slot: SlotKind::Administrative,
        category: general(),
        from,
        document: Some(document()),
    }
}

pub(crate) fn post_spell(unit: &str, from: Date, to: Option<Date>) -> PostSpell {
    PostSpell {
        unit: unit_id(unit),
        post: None,
        level: Some(LevelId::new("L42").unwrap()),
        title: "副局长".to_owned(),
        from,
        to,
        way: PostWay::Selection,
        concurrent: false,
        left: None,
        document: Some(document()),
    }
}

pub(crate) fn rank_spell(rank: &str, from: Date, to: Option<Date>) -> RankSpell {
    RankSpell {
        category: general(),
        rank: RankId::new(rank).unwrap(),
        from,
        to,
        reason: RankReason::Promotion,
        exemption: None,
        batch: String::new(),
        left: None,
        document: Some(document()),
    }
}

pub(crate) fn secondment(from: Date, to: Option<Date>) -> Secondment {
    Secondment { unit: None, place: "某省某厅".to_owned(), from, to, document: None }
}

/// The registers of a test.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) units: BTreeMap<UnitId, Unit>,
    pub(crate) posts: BTreeMap<(UnitId, PostId), Post>,
    pub(crate) persons: BTreeMap<PersonId, Person>,
}

impl World {
    /// Reads what a decision needs: here, everything.
    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            units: self.units.iter().map(|(id, unit)| (id.clone(), unit)).collect(),
            posts: self.posts.iter().map(|(id, post)| (id.clone(), post)).collect(),
        }
    }

    pub(crate) fn unit(&mut self, id: &str, command: unit::Command) -> Result<(), Refused> {
        let id = unit_id(id);
        let known = self.known();
        let events = unit::decide(self.units.get(&id), command, Facts::new(TODAY, &known))?;
        self.record_units(events.into_iter().map(|event| (id.clone(), event)).collect());
        Ok(())
    }

    pub(crate) fn change(
        &mut self,
        change: UnitChange,
    ) -> Result<Vec<(UnitId, unit::Event)>, Refused> {
        let known = self.known();
        let events = unit::decide_change(change, Facts::new(TODAY, &known))?;
        self.record_units(events.clone());
        Ok(events)
    }

    fn record_units(&mut self, events: Vec<(UnitId, unit::Event)>) {
        for (id, event) in events {
            let event = reread(&event);
            let mut state = self.units.remove(&id);
            unit::evolve(&mut state, &event);
            let state = reread(&state.unwrap());
            assert_eq!(unit::violations(&state), [], "after {event:?}");
            self.units.insert(id, state);
        }
    }

    pub(crate) fn register(&mut self, id: &str, profile: UnitProfile, on: Date) {
        let command = unit::Command::Register {
            unit: unit_id(id),
            profile: Box::new(profile),
            basis: basis(on),
        };
        self.unit(id, command).unwrap();
    }

    pub(crate) fn post(
        &mut self,
        unit: &str,
        id: &str,
        command: post::Command,
    ) -> Result<(), Refused> {
        let id = (unit_id(unit), post_id(id));
        let known = self.known();
        let events = post::decide(self.posts.get(&id), command, Facts::new(TODAY, &known))?;
        for event in events {
            let event = reread(&event);
            let mut state = self.posts.remove(&id);
            post::evolve(&mut state, &event);
            let state = reread(&state.unwrap());
            assert!(post::violations(&state).is_empty(), "after {event:?}");
            self.posts.insert(id.clone(), state);
        }
        Ok(())
    }

    pub(crate) fn person(
        &mut self,
        id: &str,
        command: person::Command,
    ) -> Result<Vec<person::Event>, Refused> {
        let id = person_id(id);
        let known = self.known();
        let events = person::decide(self.persons.get(&id), command, Facts::new(TODAY, &known))?;
        let mut state = self.persons.remove(&id);
        for event in &events {
            person::evolve(&mut state, &reread(event));
        }
        let state = reread(&state.unwrap());
        assert_eq!(person::violations(&state), [], "after {events:?}");
        self.persons.insert(id, state);
        Ok(events)
    }

    /// The county bureau `ju` with a post `deputy`, and 王芳 in it since the first day.
    pub(crate) fn with_person() -> Self {
        let mut world = Self::default();
        world.register("ju", organ("某县农业农村局"), day(-400));
        world.register("zhan", referenced("某县农机站", 10), day(-400));
        let profile = PostProfile {
            title: "副局长".to_owned(),
            level: Some(LevelId::new("L42").unwrap()),
            category: general(),
            leading_group_member: true,
            authorised: 2,
            duties: String::new(),
        };
        let command = post::Command::Create {
            unit: unit_id("ju"),
            post: post_id("deputy"),
            profile,
            basis: basis(day(-400)),
        };
        world.post("ju", "deputy", command).unwrap();
        world.person("wang", register("s0", slot("ju", day(0)))).unwrap();
        world
    }

    pub(crate) fn wang(&self) -> &Person {
        &self.persons[&person_id("wang")]
    }
}

pub(crate) fn register(name: &str, slot: SlotSpell) -> person::Command {
    person::Command::Register {
        person: person_id("wang"),
        private: sealed("sealed:wang"),
        spell: spell(name),
        slot,
        facts: PersonFacts::default(),
    }
}

/// What comes back from its JSON, the same as it went.
pub(crate) fn reread<T>(value: &T) -> T
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = serde_json::to_string(value).unwrap();
    let again: T = serde_json::from_str(&text).unwrap();
    assert_eq!(&again, value, "{text}");
    again
}

/// The code of the first refusal, or `OK`.
pub(crate) fn code<T>(outcome: &Result<T, Refused>) -> &'static str {
    outcome.as_ref().err().map_or("OK", Refused::code)
}

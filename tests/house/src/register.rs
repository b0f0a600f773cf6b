//! What tests of other services need in the registers, put into the log directly.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use quanheng_eventlog::{BlobRef, EventDraft, Expect, Transaction};
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_policy::profile::Published;
use quanheng_policy::{CategoryId, PersonId, RankId, UnitId};
use quanheng_register::id::SpellId;
use quanheng_register::person::{
    Event as PersonEvent, PersonFacts, RankReason, RankSpell, SlotKind, SlotSpell,
};
use quanheng_register::unit::{
    Actual, Establishment, Event as UnitEvent, LeadershipPosts, Nature, Reference, UnitProfile,
};
use quanheng_register::{Basis, Sealed};
use quanheng_runtime::{Deadline, Realm};
use quanheng_streams as streams;
use quanheng_streams::{
    AuthorityEvent, OfficeEvent, PolicyEvent, PublishedDocument, PublishedYears,
};
use quanheng_workflow::definition::Role;
use quanheng_workflow::{Flow, defaults};

/// The national profile as the program ships it.
const NATIONAL: &str = include_str!("../../../crates/policy/data/national.toml");

/// Registers units and persons as their service would, without asking its questions.
pub struct Registered<'a>(pub &'a Arc<Realm>);

/// The document of everything.
fn document() -> DocumentNumber {
    DocumentNumber::parse("测试〔2020〕1号").expect("a number")
}

impl Registered<'_> {
    /// An organ or referenced unit with so many posts, since 2019.
    ///
    /// # Panics
    /// When an id or code is none.
    pub async fn unit(&self, id: &str, division: &str, posts: u32, parent: Option<&str>) {
        self.profile(id, profile(id, division, posts, parent, false)).await;
    }

    /// A referenced unit (参照管理单位) with so many posts, since 2019.
    ///
    /// # Panics
    /// When an id or code is none.
    pub async fn referenced(&self, id: &str, division: &str, posts: u32, parent: &str) {
        self.profile(id, profile(id, division, posts, Some(parent), true)).await;
    }

    /// A unit of any kind, since 2019.
    ///
    /// # Panics
    /// When an id is none.
    pub async fn profile(&self, id: &str, profile: UnitProfile) {
        let unit = UnitId::new(id).expect("an id");
        let event = UnitEvent::UnitRegistered {
            unit: unit.clone(),
            profile: Box::new(profile),
            kinds: Vec::new(),
            predecessors: Vec::new(),
            basis: Basis { document: document(), effective_on: date(2019, 6, 1) },
            note: String::new(),
        };
        self.append(streams::unit_draft(&unit, &event).expect("a draft")).await;
    }

    /// A person in service since 2019 with a slot in a unit and, maybe, a rank of general
    /// management since 2020.
    ///
    /// # Panics
    /// When an id is none.
    pub async fn person(&self, id: &str, unit: &str, rank: Option<&str>) {
        let person = PersonId::new(id).expect("an id");
        let category = CategoryId::new("general_management").expect("an id");
        let registered = PersonEvent::PersonRegistered {
            person: person.clone(),
            private: Sealed::new("s1.a.none").expect("text"),
            spell: SpellId::new("slot-1").expect("an id"),
            slot: SlotSpell {
                unit: UnitId::new(unit).expect("an id"),
                slot: SlotKind::Administrative,
                category: category.clone(),
                from: date(2019, 6, 1),
                document: Some(document()),
            },
            facts: PersonFacts::default(),
        };
        let mut events = vec![registered];
        if let Some(rank) = rank {
            events.push(PersonEvent::RankTaken {
                spell: SpellId::new("rank-1").expect("an id"),
                rank: RankSpell {
                    category,
                    rank: RankId::new(rank).expect("an id"),
                    from: date(2020, 1, 1),
                    to: None,
                    reason: RankReason::Promotion,
                    exemption: None,
                    batch: String::new(),
                    left: None,
                    document: Some(document()),
                },
            });
        }
        for event in events {
            let draft = streams::draft::<streams::Persons>(streams::person(&person), &event);
            let tag = quanheng_eventlog::Tag::new(format!("units/{unit}")).expect("a tag");
            self.append(draft.expect("a draft").tagged(tag)).await;
        }
    }

    /// Puts a person into an office of a unit, since 2019.
    ///
    /// # Panics
    /// When an id is none.
    pub async fn office(&self, unit: &str, role: &str, person: &str) {
        let event = OfficeEvent::OfficeTaken {
            role: Role::new(role).expect("an id"),
            person: PersonId::new(person).expect("an id"),
            from: date(2019, 6, 1),
        };
        let stream = streams::offices(&UnitId::new(unit).expect("an id"));
        self.append(streams::draft::<streams::Offices>(stream, &event).expect("a draft")).await;
    }

    /// Makes a unit the authority of a division (公务员主管部门).
    ///
    /// # Panics
    /// When an id or code is none.
    pub async fn authority(&self, division: &str, unit: &str) {
        let event = AuthorityEvent::AuthorityNamed { unit: UnitId::new(unit).expect("an id") };
        let stream = streams::authority(&DivisionCode::parse(division).expect("a code"));
        self.append(streams::draft::<streams::Authorities>(stream, &event).expect("a draft")).await;
    }

    /// An event as it is.
    ///
    /// # Panics
    /// When the log does not take it.
    pub async fn append(&self, draft: EventDraft) {
        self.0.log.commit(Transaction::default().append(draft)).await.expect("it is taken");
    }
}

/// A unit with its tier taken from its division's code: two levels below the province a
/// county, with nine digits a township.
fn profile(
    id: &str,
    division: &str,
    posts: u32,
    parent: Option<&str>,
    referenced: bool,
) -> UnitProfile {
    let division = DivisionCode::parse(division).expect("a code");
    let (tier, grade) = match division.as_str().len() {
        9 => (Tier::Township, UnitGrade::Section),
        _ if division.as_str().ends_with("0000") => (Tier::Province, UnitGrade::Bureau),
        _ if division.as_str().ends_with("00") => (Tier::Prefecture, UnitGrade::Division),
        _ => (Tier::County, UnitGrade::Section),
    };
    let slots = if referenced { (0, posts) } else { (posts, 0) };
    UnitProfile {
        name: format!("测试单位{id}"),
        short_name: String::new(),
        credit_code: None,
        division,
        tier,
        standing: Standing::Ordinary,
        grade,
        kind: if referenced { UnitKind::ReferencedUnit } else { UnitKind::Organ },
        nature: if referenced { Nature::ReferencedInstitution } else { Nature::Organ },
        sequence: String::new(),
        parent: parent.map(|parent| UnitId::new(parent).expect("an id")),
        vertical: false,
        establishment: Establishment {
            administrative: slots.0,
            referenced_institution: slots.1,
            ..Establishment::default()
        },
        actual: Actual::default(),
        leadership: LeadershipPosts::default(),
        category_posts: std::collections::BTreeMap::new(),
        reference: referenced
            .then(|| Reference { approved_on: date(2019, 6, 1), approval_document: document() }),
        functions: String::new(),
        contact: None,
        remarks: String::new(),
    }
}

/// Publishes the national profile, the default flows and the shipped calendar.
pub(crate) async fn publish_national(realm: &Realm) {
    let published = Published::read("national", NATIONAL).expect("the shipped profile");
    let shipped = &published.document;
    let described = |id: &str, version: u32, title: &str, text: &str| PublishedDocument {
        id: id.to_owned(),
        version,
        title: title.to_owned(),
        sha256: BlobRef::of(text.as_bytes()).digest.to_string(),
        size: text.len() as u64,
    };
    let profile = PolicyEvent::ProfilePublished {
        document: described(&shipped.profile, shipped.version, &shipped.title, NATIONAL),
        jurisdiction: shipped.jurisdiction.clone(),
        effective_from: shipped.effective_from,
        effective_to: shipped.effective_to,
    };
    let table = quanheng_policy::calendar::BUNDLED;
    let years = quanheng_policy::calendar::Calendar::bundled();
    let calendar = PolicyEvent::CalendarPublished {
        calendar: PublishedYears {
            years: years.published_years().collect(),
            source: "随程序发布".to_owned(),
            sha256: BlobRef::of(table.as_bytes()).digest.to_string(),
            size: table.len() as u64,
        },
    };
    let mut publications = vec![(profile, NATIONAL), (calendar, table)];
    for (file, text) in defaults::ALL {
        let flow = Flow::read(file, text).expect("a shipped flow");
        let definition = &flow.definition;
        let document = described(&definition.flow, definition.version, &definition.title, text);
        publications.push((PolicyEvent::FlowPublished { document }, text));
    }
    let stream = streams::policies();
    let mut transaction = Transaction::default().expect(stream.clone(), Expect::None);
    for (event, text) in publications {
        let draft = streams::draft::<streams::Policies>(stream.clone(), &event);
        let draft = draft.expect("a draft").with_blob(BlobRef::of(text.as_bytes()));
        transaction = transaction.append(draft).blob(text.as_bytes().to_vec().into());
    }
    let taken = realm.log.commit(transaction).await.expect("it is taken");
    // Reads that name no position see it from here on.
    let deadline = Deadline::after(Duration::from_secs(30));
    let read = realm.policies.shelf_at(taken.into_receipt().position, deadline).await;
    read.expect("policies are read");
}

//! What the imports of units, posts and persons have in common.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use quanheng_eventlog::{Desk, EventDraft, Read};
use quanheng_identity::Action;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_register::refusal::Refused;
use quanheng_register::unit::Unit;
use quanheng_register::{Basis, Refusal};
use quanheng_runtime::{Failure, policies};
use quanheng_sealing::SubjectKey;
use quanheng_sheets::{Bounds, Fault, Import, Problem, ReadError};
use quanheng_streams as streams;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::names::Names;

/// A kind of import.
pub(super) trait Kind: Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
    /// The RPC that starts it.
    const METHOD: &'static str;
    /// What who starts it may do.
    const ACTION: Action;
    /// How many rows one commit holds.
    const CHUNK: usize;

    /// A row as the form has it.
    type Row: Send + Sync + 'static;
    /// A row as it is committed: what is personal is sealed. It is kept in blobs, so what
    /// was written once is read for ever.
    type Item: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;
    /// What of a row is to be sealed.
    type Secret: Send + Sync + 'static;

    /// Reads a file.
    ///
    /// # Errors
    /// [`ReadError`]: the file as a whole.
    fn read(bytes: &[u8], bounds: &Bounds, names: &Names) -> Result<Import<Self::Row>, ReadError>;

    /// Names of units that rows refer to without an id.
    fn unit_names(_rows: &Import<Self::Row>) -> BTreeSet<String> {
        BTreeSet::new()
    }

    /// Rows as items, in the order in which they are to be committed, and what is wrong
    /// with them. Not yet sealed.
    fn items(rows: &Import<Self::Row>, ground: &Ground, known: &UnitNames) -> Items<Self>;

    /// Under whose key its secret is sealed.
    fn subject(item: &Self::Item) -> String;

    /// Whether there is anything to seal.
    fn has_secret(secret: &Self::Secret) -> bool;

    /// Seals its secret into an item.
    ///
    /// # Errors
    /// [`Failure`] when it is too long.
    fn seal(item: &mut Self::Item, secret: &Self::Secret, key: &SubjectKey) -> Result<(), Failure>;

    /// By which values the subject is found: kind and value.
    fn found_by(_secret: &Self::Secret) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    /// What else an item needs of the keys: digests of its values.
    fn digest(
        _item: &mut Self::Item,
        _secret: &Self::Secret,
        _index: &dyn Fn(&str, &str) -> String,
    ) {
    }

    /// What the decision about some items reads.
    fn reads(items: &[Self::Item], more: &More) -> Vec<Read>;

    /// Decides about some items. Pure.
    ///
    /// # Errors
    /// [`Halt`].
    fn decide(items: &[Self::Item], sight: &Sight<'_>) -> Result<Decision, Halt>;
}

/// On what an import rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ground {
    pub(super) basis: Basis,
    pub(super) jurisdiction: DivisionCode,
    /// The day on which the file was validated.
    pub(super) today: Date,
}

/// Units by their names.
pub(super) type UnitNames = HashMap<String, Vec<UnitId>>;

/// What became of rows.
pub(super) struct Items<K: Kind + ?Sized> {
    pub(super) items: Vec<K::Item>,
    /// The secret of each item.
    pub(super) secrets: Vec<K::Secret>,
    /// What is wrong or doubtful, with the number of the row.
    pub(super) problems: Vec<(u32, Problem)>,
}

/// What turned out to be needed while deciding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct More {
    /// Units.
    pub(super) units: BTreeSet<UnitId>,
    /// Claims of values, by their streams' last part.
    pub(super) claims: BTreeSet<String>,
}

impl More {
    /// Adds; whether anything is new.
    pub(super) fn add(&mut self, other: More) -> bool {
        let before = (self.units.len(), self.claims.len());
        self.units.extend(other.units);
        self.claims.extend(other.claims);
        before != (self.units.len(), self.claims.len())
    }
}

/// Why a decision cannot be taken.
pub(super) enum Halt {
    /// It has to read more first.
    More(More),
    /// A fault of the program.
    Failure(Failure),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// What is wrong with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowFault {
    pub(super) row: u32,
    pub(super) problem: Problem,
}

/// What comes of some items: their events, or what is wrong.
#[derive(Debug, Default)]
pub(super) struct Decision {
    pub(super) drafts: Vec<EventDraft>,
    pub(super) faults: Vec<RowFault>,
    /// Units that are made, for the decisions about later items.
    pub(super) units: Vec<Unit>,
}

/// What a decision sees.
pub(super) struct Sight<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) ground: &'a Ground,
    pub(super) today: Date,
    /// Units that earlier items make, while a file is only validated.
    made: &'a BTreeMap<UnitId, Unit>,
    pub(super) more: &'a More,
}

impl<'a> Sight<'a> {
    pub(super) fn new(
        desk: &'a Desk<'a>,
        ground: &'a Ground,
        made: &'a BTreeMap<UnitId, Unit>,
        more: &'a More,
    ) -> Self {
        Self { desk, ground, today: policies::day(desk), made, more }
    }

    /// A unit that was read, or that earlier items make.
    pub(super) fn unit(&self, id: &UnitId) -> Option<&'a Unit> {
        let stored = || self.desk.state::<Option<Unit>>(&streams::unit(id))?.as_ref();
        self.made.get(id).or_else(stored)
    }

    /// Whether it is known if there is such a unit.
    pub(super) fn has_read(&self, id: &UnitId) -> bool {
        let stored = || self.desk.state::<Option<Unit>>(&streams::unit(id)).is_some();
        self.made.contains_key(id) || stored()
    }

    /// What is wrong with a division.
    pub(super) fn outside(&self, division: &DivisionCode) -> Option<Fault> {
        let within = self.ground.jurisdiction.contains(division);
        (!within).then(|| Fault::error("ACCESS_DENIED", format!("不在管辖范围内:{division}")))
    }

    /// What is wrong with a unit that a row is about: it has to be there, and within.
    pub(super) fn unit_fault(&self, id: &UnitId) -> Option<Fault> {
        let on = self.ground.basis.effective_on;
        let profile = self
            .unit(id)
            .and_then(|unit| unit.as_of(on.max(self.today)).or_else(|| unit.as_of(Date::MAX)));
        match profile {
            // What is not within is not there for the caller.
            Some(profile) if self.ground.jurisdiction.contains(&profile.division) => None,
            _ => Some(Fault::error("UNIT_UNKNOWN", format!("未找到单位 {id}"))),
        }
    }
}

/// The problem that a refusal is, in the column that `key` says.
pub(super) fn refused(
    row: u32,
    refused: &Refused,
    key: impl Fn(&Refusal) -> &'static str,
) -> Vec<RowFault> {
    let problems = refused.refusals().iter().map(|refusal| RowFault {
        row,
        problem: Fault::error(refusal.code(), message(refusal)).at(key(refusal)),
    });
    problems.collect()
}

/// Refusals begin with the field's name on the wire, which a sheet does not have.
fn message(refusal: &Refusal) -> String {
    let text = refusal.to_string();
    let field = refusal.field().map(|field| format!("{field}:"));
    let bare = field.and_then(|field| text.strip_prefix(&field).map(str::to_owned));
    bare.unwrap_or(text)
}

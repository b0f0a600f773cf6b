//! Units (单位) from the form of 8.5.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use quanheng_eventlog::{EventDraft, Read};
use quanheng_identity::Action;
use quanheng_policy::UnitId;
use quanheng_policy::codes::CreditCode;
use quanheng_register::claim::{self, Claim};
use quanheng_register::unit::{self, Command, UnitProfile};
use quanheng_register::{Facts, Known, Refusal};
use quanheng_runtime::Failure;
use quanheng_sealing::SubjectKey;
use quanheng_sheets::units::UnitRow;
use quanheng_sheets::{Bounds, Fault, Import, Problem, ReadError};
use quanheng_streams as streams;
use serde::{Deserialize, Serialize};

use super::kind::{Decision, Ground, Halt, Items, Kind, More, RowFault, Sight, UnitNames, refused};
use super::names::Names;
use super::{divisions, unit_form};

/// Units.
pub(super) struct Units;

/// A unit to be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    row: u32,
    unit: UnitId,
    profile: UnitProfile,
}

/// Who is reached at a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) phone: String,
}

impl Kind for Units {
    const NAME: &'static str = "units.import";
    const METHOD: &'static str = "quanheng.registry.v1.RegistryService/ImportUnits";
    const ACTION: Action = Action::UnitsWrite;
    const CHUNK: usize = 200;

    type Row = UnitRow;
    type Item = Item;
    type Secret = Contact;

    fn read(bytes: &[u8], bounds: &Bounds, _: &Names) -> Result<Import<UnitRow>, ReadError> {
        quanheng_sheets::units::read(bytes, bounds, divisions::named)
    }

    fn items(rows: &Import<UnitRow>, ground: &Ground, _: &UnitNames) -> Items<Self> {
        let above = Above::of(rows);
        let (mut made, mut problems) = (Vec::new(), Vec::new());
        for row in &rows.rows {
            let unit = above.ids[&row.number].clone();
            let (profile, found) = unit_form::profile(&row.row, ground);
            let (parent, doubt) = above.parent(&row.row);
            problems.extend(found.into_iter().chain(doubt).map(|found| (row.number, found)));
            let Some(mut profile) = profile else { continue };
            profile.parent = parent;
            let contact = Contact {
                name: row.row.contact.clone().unwrap_or_default(),
                phone: row.row.phone.clone().unwrap_or_default(),
            };
            made.push((Item { row: row.number, unit, profile }, contact));
        }
        let (ordered, cycles) = parents_first(made, &above.all);
        problems.extend(cycles);
        let (items, secrets) = ordered.into_iter().unzip();
        Items { items, secrets, problems }
    }

    fn subject(item: &Item) -> String {
        format!("units/{}", item.unit)
    }

    fn has_secret(secret: &Contact) -> bool {
        *secret != Contact::default()
    }

    fn seal(item: &mut Item, secret: &Contact, key: &SubjectKey) -> Result<(), Failure> {
        let sealed = crate::unit::sealed_contact(key, &secret.name, &secret.phone)?;
        item.profile.contact = Some(sealed);
        Ok(())
    }

    fn reads(items: &[Item], more: &More) -> Vec<Read> {
        let own = items.iter().map(|item| &item.unit);
        let parents = items.iter().filter_map(|item| item.profile.parent.as_ref());
        let units: BTreeSet<&UnitId> = own.chain(parents).chain(&more.units).collect();
        let units = units.into_iter().map(streams::unit).map(streams::state::<streams::Units>);
        let codes: BTreeSet<&CreditCode> =
            items.iter().filter_map(|item| item.profile.credit_code.as_ref()).collect();
        let codes = codes.into_iter().map(streams::credit_code);
        units.chain(codes.map(streams::state::<streams::CreditCodes>)).collect()
    }

    fn decide(items: &[Item], sight: &Sight<'_>) -> Result<Decision, Halt> {
        let mut done = Decision::default();
        // What earlier items of this chunk make.
        let mut made: BTreeMap<UnitId, unit::Unit> = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for item in items {
            match above(item, &made, sight) {
                Err(unread) => {
                    missing.insert(unread);
                }
                Ok(known) => match register(item, &known, sight)? {
                    Ok((unit, drafts)) => {
                        done.drafts.extend(drafts);
                        made.insert(item.unit.clone(), unit);
                    }
                    Err(faults) => done.faults.extend(faults),
                },
            }
        }
        if !missing.is_empty() {
            return Err(Halt::More(More { units: missing, ..More::default() }));
        }
        done.units = made.into_values().collect();
        Ok(done)
    }
}

/// The units above an item; the one that has to be read first if that is not known.
fn above<'a>(
    item: &Item,
    made: &'a BTreeMap<UnitId, unit::Unit>,
    sight: &Sight<'a>,
) -> Result<Known<'a>, UnitId> {
    let mut known = Known::default();
    let mut next: Vec<UnitId> = item.profile.parent.iter().cloned().collect();
    while let Some(id) = next.pop() {
        if known.units.contains_key(&id) {
            continue;
        }
        let found = made.get(&id).or_else(|| sight.unit(&id));
        match found {
            Some(unit) => {
                next.extend(unit.parents_ever());
                known.units.insert(id, unit);
            }
            None if sight.has_read(&id) => {}
            None => return Err(id),
        }
    }
    Ok(known)
}

type Registered = (unit::Unit, Vec<EventDraft>);
/// A unit with what is to be sealed.
type Made = (Item, Contact);

fn register(
    item: &Item,
    known: &Known<'_>,
    sight: &Sight<'_>,
) -> Result<Result<Registered, Vec<RowFault>>, Halt> {
    let row = item.row;
    let fault = |fault: Fault, key| RowFault { row, problem: fault.at(key) };
    if sight.unit(&item.unit).is_some() {
        let taken = Fault::error("UNIT_EXISTS", format!("单位代码 {} 已登记", item.unit));
        return Ok(Err(vec![fault(taken, "id")]));
    }
    let mut faults: Vec<RowFault> = sight
        .outside(&item.profile.division)
        .map(|found| fault(found, "division"))
        .into_iter()
        .collect();
    let command = Command::Register {
        unit: item.unit.clone(),
        profile: Box::new(item.profile.clone()),
        basis: sight.ground.basis.clone(),
    };
    let events = match unit::decide(None, command, Facts::new(sight.today, known)) {
        Ok(events) => events,
        Err(refusals) => {
            faults.extend(refused(row, &refusals, column));
            return Ok(Err(faults));
        }
    };
    let mut state = None;
    let mut drafts = Vec::new();
    for event in &events {
        unit::evolve(&mut state, event);
        drafts.push(streams::unit_draft(&item.unit, event).map_err(Failure::internal)?);
    }
    match claim(item, sight)? {
        Ok(claimed) => drafts.extend(claimed),
        Err(found) => faults.push(fault(found, "credit_code")),
    }
    match state {
        Some(unit) if faults.is_empty() => Ok(Ok((unit, drafts))),
        _ => Ok(Err(faults)),
    }
}

/// The claim of the credit code; no two rows of a file have the same.
fn claim(item: &Item, sight: &Sight<'_>) -> Result<Result<Vec<EventDraft>, Fault>, Halt> {
    let Some(code) = &item.profile.credit_code else { return Ok(Ok(Vec::new())) };
    let stream = streams::credit_code(code);
    let claim = sight.desk.state::<Option<Claim>>(&stream).and_then(Option::as_ref);
    let by = format!("units/{}", item.unit);
    match claim::decide(claim, claim::Command::Claim { by }) {
        Ok(events) => {
            let drafts = events
                .iter()
                .map(|event| streams::draft::<streams::CreditCodes>(stream.clone(), event));
            let drafts: Result<_, _> = drafts.collect();
            Ok(Ok(drafts.map_err(Failure::internal)?))
        }
        Err(_) => Ok(Err(Fault::error("CREDIT_CODE_TAKEN", "该统一社会信用代码已由其他单位登记"))),
    }
}

/// Where the form has what a refusal is about.
fn column(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound { .. }
        | Refusal::ParentCycle { .. }
        | Refusal::ParentTooDeep { .. }
        | Refusal::ParentBelow { .. }
        | Refusal::BeforeUnit { .. }
        | Refusal::UnitAbolished { .. } => "parent_id",
        Refusal::TierMismatch { .. } => "division",
        Refusal::NatureMismatch { .. } => "nature",
        refusal => match refusal.field() {
            Some("sequence") => "sequence",
            Some("remarks") => "note",
            _ => "name",
        },
    }
}

/// The units of a file, for those that name one of them as theirs.
struct Above {
    /// The id of each row.
    ids: HashMap<u32, UnitId>,
    by_name: HashMap<String, Vec<UnitId>>,
    /// Every id that the file gives, also to rows that cannot be taken.
    all: HashSet<UnitId>,
}

impl Above {
    fn of(rows: &Import<UnitRow>) -> Self {
        let mut above = Self { ids: HashMap::new(), by_name: HashMap::new(), all: HashSet::new() };
        for row in &rows.rows {
            let made = || UnitId::new(uuid::Uuid::now_v7().to_string()).ok();
            let Some(id) = row.row.id.clone().or_else(made) else { continue };
            above.by_name.entry(row.row.name.clone()).or_default().push(id.clone());
            above.ids.insert(row.number, id);
        }
        let form = rows.table.layout.form();
        if let Some(position) = form.position("id") {
            let ids = rows.table.rows.iter().map(|row| row.values[position].display());
            above.all.extend(ids.filter_map(|id| UnitId::new(id).ok()));
        }
        above
    }

    /// The unit above a row: by its id, or by its name if the file has it.
    fn parent(&self, row: &UnitRow) -> (Option<UnitId>, Option<Problem>) {
        if let Some(id) = row.parent_id.as_ref().or(row.supervisor_id.as_ref()) {
            return (Some(id.clone()), None);
        }
        let Some(name) = &row.supervisor else { return (None, None) };
        match self.by_name.get(name).map(Vec::as_slice) {
            Some([only]) if row.id.as_ref() != Some(only) => (Some(only.clone()), None),
            _ => {
                let message = "未填写上级单位代码,文件中也没有此名称的单位;未登记隶属关系";
                (None, Some(Fault::warning("SUPERVISOR_UNKNOWN", message).at("supervisor")))
            }
        }
    }
}

/// Sorts units so that each comes after the one above it. Units under one that the file
/// has, but that cannot be taken, are left out: what is wrong with them is told there.
fn parents_first(made: Vec<Made>, all: &HashSet<UnitId>) -> (Vec<Made>, Vec<(u32, Problem)>) {
    let own: HashSet<UnitId> = made.iter().map(|(item, _)| item.unit.clone()).collect();
    let mut waiting: HashMap<UnitId, Vec<Made>> = HashMap::new();
    let (mut ordered, mut ready) = (Vec::with_capacity(made.len()), Vec::new());
    for (item, contact) in made.into_iter().rev() {
        match item.profile.parent.clone() {
            Some(parent) if own.contains(&parent) => {
                waiting.entry(parent).or_default().push((item, contact));
            }
            Some(parent) if all.contains(&parent) => {}
            _ => ready.push((item, contact)),
        }
    }
    while let Some((item, contact)) = ready.pop() {
        ready.extend(waiting.remove(&item.unit).unwrap_or_default());
        ordered.push((item, contact));
    }
    // What still waits for another leads back to itself, or under one that was left out.
    let left: HashMap<UnitId, UnitId> = waiting
        .values()
        .flatten()
        .filter_map(|(item, _)| Some((item.unit.clone(), item.profile.parent.clone()?)))
        .collect();
    let cycles = waiting.values().flatten().filter(|(item, _)| leads_back(&item.unit, &left));
    let cycle = || Fault::error("PARENT_CYCLE", "上级单位形成循环隶属").at("parent_id");
    let cycles = cycles.map(|(item, _)| (item.row, cycle())).collect();
    (ordered, cycles)
}

fn leads_back(unit: &UnitId, parents: &HashMap<UnitId, UnitId>) -> bool {
    let mut at = parents.get(unit);
    for _ in 0..=parents.len() {
        match at {
            Some(above) if above == unit => return true,
            Some(above) => at = parents.get(above),
            None => return false,
        }
    }
    false
}

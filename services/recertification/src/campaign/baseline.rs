//! The counts before the reform (改革前基数), read from the register.
//!
//! The register is read as the log has it up to one position, which the campaign keeps: every
//! unit of the province as it was on the baseline day, and as it is today. What is recorded
//! after that position is decided by cases, as every later change is.

use std::collections::{BTreeMap, HashMap};

use futures::TryStreamExt as _;
use jiff::civil::Date;
use quanheng_eventlog::{EventType, Filter, Position};
use quanheng_policy::UnitId;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DivisionCode;
use quanheng_recertification::decrease::{Book, Counted, Figures, Place, Scope};
use quanheng_register::unit::{Unit, UnitProfile, UnitStatus};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::{BookEvent, Entity as _};

/// Units of one event at most: a record has a bound, an id too.
const UNITS_PER_EVENT: usize = 150;
/// Events of the register of units.
const EVENTS: [&str; 4] = ["unit_registered", "unit_updated", "unit_abolished", "unit_corrected"];

/// What the register says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    /// Up to where it was read.
    pub(crate) position: u64,
    /// Units that were referenced on the baseline day.
    pub(crate) frozen: BTreeMap<UnitId, Counted>,
    /// Units that are referenced today.
    pub(crate) retained: BTreeMap<UnitId, Counted>,
}

/// Reads it.
///
/// # Errors
/// [`Failure`] when the log cannot be read.
pub(crate) async fn read(
    call: &Call,
    province: &DivisionCode,
    baseline_on: Date,
    today: Date,
) -> Result<Baseline, Failure> {
    let head = call.realm.log.head().await?;
    let mut filter = Filter::all();
    for name in EVENTS {
        let event_type = EventType::new(format!("quanheng.registry.{name}.v1"));
        filter = filter.or_type(event_type.map_err(Failure::internal)?);
    }
    let mut units: HashMap<UnitId, Option<Unit>> = HashMap::new();
    let pages = call.realm.log.read(Position::START, filter, 512);
    let mut pages = std::pin::pin!(pages);
    while let Some(page) = pages.try_next().await? {
        for record in &page.records {
            if record.position > head {
                break;
            }
            let Some(id) = record.stream.as_str().strip_prefix("units/") else { continue };
            let Ok(id) = UnitId::new(id) else { continue };
            let event = streams::read::<streams::Units>(record).map_err(Failure::internal)?;
            streams::Units::evolve(units.entry(id).or_default(), &event);
        }
        // A province has many: others get their turn.
        tokio::task::yield_now().await;
        if page.records.last().is_some_and(|last| last.position > head) {
            break;
        }
    }
    let mut found = Baseline { position: head.0, ..Baseline::default() };
    for (id, unit) in units {
        let Some(unit) = unit else { continue };
        for (day, counts) in [(baseline_on, &mut found.frozen), (today, &mut found.retained)] {
            if let Some(counted) = counted(&unit, province, day)? {
                counts.insert(id.clone(), counted);
            }
        }
    }
    Ok(found)
}

/// How a unit counted in a province on a day; none if it was not referenced there.
pub(crate) fn counted(
    unit: &Unit,
    province: &DivisionCode,
    on: Date,
) -> Result<Option<Counted>, Failure> {
    if unit.status(on) != UnitStatus::Active {
        return Ok(None);
    }
    let counts = |profile: &UnitProfile| {
        let decided = profile.tier != Tier::Central && province.contains(&profile.division);
        decided && profile.nature.is_referenced()
    };
    let Some(profile) = unit.as_of(on).filter(counts) else { return Ok(None) };
    let place = Place::new(profile.division, profile.parent).map_err(Failure::internal)?;
    Ok(Some(Counted { place, headcount: profile.establishment.referenced_institution }))
}

impl Baseline {
    /// The province's counts on the baseline day.
    pub(crate) fn before(&self, province: &DivisionCode) -> Figures {
        let book = Book::frozen_from(self.frozen.values());
        book.before(&Scope::Province(province.clone())).unwrap_or_default()
    }

    /// What the book is told, in pieces that records have room for.
    pub(crate) fn events(&self, today: Date) -> Vec<BookEvent> {
        let frozen = pieces(&self.frozen).map(|units| BookEvent::UnitsFrozen { units });
        let retained = pieces(&self.retained).map(|units| BookEvent::UnitsRetained { units });
        frozen.chain(retained).chain([BookEvent::BookOpened { on: today }]).collect()
    }
}

fn pieces(
    units: &BTreeMap<UnitId, Counted>,
) -> impl Iterator<Item = BTreeMap<UnitId, Counted>> + '_ {
    let all: Vec<_> = units.iter().collect();
    let many = all.len().div_ceil(UNITS_PER_EVENT);
    (0..many).map(move |piece| {
        let part = all.iter().skip(piece * UNITS_PER_EVENT).take(UNITS_PER_EVENT);
        part.map(|(id, counted)| ((*id).clone(), (*counted).clone())).collect()
    })
}

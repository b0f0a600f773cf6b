//! What the detectors find (问题线索), page by page: units of the ledger first, then accounts of
//! seats, then the books of campaigns.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Digest;
use quanheng_policy::UnitId;
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_projection::{Cursor, Filter, Op, Order, Query, View};
use quanheng_recertification::detect::Detector;
use quanheng_runtime::reading::{page_size, read_failure};
use quanheng_runtime::wire::{division, unit as named};
use quanheng_runtime::{Call, Failure, Shelf};
use quanheng_streams::CampaignId;
use serde::Deserialize;

use super::ledger::{listed, opened};
use crate::findings::{self, Found, OF_ACCOUNTS, OF_UNITS, Wanted};
use crate::message::shared::unit_name;
use crate::view::{BOOKS, LEDGER_UNITS, UnitDoc};

/// The view of persons, as the registry keeps it.
const PERSONS_PROJECTION: &str = "persons";
/// The view of accounts, as the ledger of seats keeps it.
const QUOTA_PROJECTION: &str = "quota";
const ACCOUNTS: &str = "quota_accounts";
/// Documents that are looked at together.
const AT_ONCE: usize = 20;
/// Documents that one call looks at, at most: it may answer fewer findings than were asked for.
const LOOKED_AT_MAX: usize = 400;

/// Where the findings come from, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Units,
    Accounts,
    Books,
}

impl Source {
    const ALL: [Self; 3] = [Self::Units, Self::Accounts, Self::Books];

    fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|one| *one == self)?;
        Self::ALL.get(at + 1).copied()
    }

    /// Which of its detectors are asked.
    fn asked(self, wanted: Wanted) -> bool {
        match self {
            Self::Units => wanted.any(&OF_UNITS),
            Self::Accounts => wanted.any(&OF_ACCOUNTS),
            Self::Books => wanted.any(&[Detector::CountsGrown]),
        }
    }
}

/// Where a page goes on: after so many documents behind a cursor, and so many findings of the
/// next.
#[derive(Debug, Clone)]
struct Place {
    source: Source,
    after: Option<Cursor>,
    docs: usize,
    found: usize,
}

impl Place {
    fn first(source: Source) -> Self {
        Self { source, after: None, docs: 0, found: 0 }
    }

    fn token(&self, binding: &str) -> String {
        let at = Source::ALL.iter().position(|one| *one == self.source).unwrap_or_default();
        let after = self.after.as_ref().map(|after| after.to_token(binding.as_bytes()));
        let place = format!("{at}.{}.{}.{}", self.docs, self.found, after.unwrap_or_default());
        let digest = Digest::of(format!("{binding} {place}").as_bytes()).to_string();
        format!("{}.{place}", &digest[..32])
    }

    fn of(token: &str, binding: &str) -> Option<Self> {
        let [_, at, docs, found, after] = token.splitn(5, '.').collect::<Vec<_>>()[..] else {
            return None;
        };
        let after = match after {
            "" => None,
            after => Some(Cursor::from_token(after, binding.as_bytes()).ok()?),
        };
        let source = Source::ALL.get(at.parse::<usize>().ok()?).copied()?;
        let place = Self { source, after, docs: docs.parse().ok()?, found: found.parse().ok()? };
        (place.token(binding) == token).then_some(place)
    }
}

/// Whose findings are asked for.
struct Asked {
    unit: Option<UnitId>,
    within: Filter,
    wanted: Wanted,
}

pub(super) async fn list(
    call: &Call,
    request: wire::ListFindingsRequest,
) -> Result<wire::ListFindingsResponse, Failure> {
    let wanted = Wanted::parse(&request.detector);
    let wanted = wanted.ok_or_else(|| Failure::field("detector", "没有这一问题代码"))?;
    if !Source::ALL.iter().any(|source| source.asked(wanted)) {
        return Err(Failure::field("detector", "这一问题目前不能在此查找"));
    }
    let (view, shelf) = opened(call, request.min_position).await?;
    let unit = match request.unit.as_str() {
        "" => None,
        name => Some(named("unit", name)?),
    };
    if unit.is_some() && !request.division.is_empty() {
        return Err(Failure::field("division", "单位与行政区划只能填写其一"));
    }
    let within = match (&unit, request.division.as_str()) {
        (Some(unit), _) => {
            listed(call, &view, unit).await?;
            Filter::all()
        }
        (None, "") => below(&call.principal.jurisdiction),
        (None, code) => {
            let code = division("division", code)?;
            call.governs(&code)?;
            below(&code)
        }
    };
    let asked = Asked { unit, within, wanted };
    let size = page_size(call, &request)?;
    let binding = format!(
        "{} {} {} {} {}",
        call.method, request.unit, request.division, request.detector, call.principal.id
    );
    let place = match request.page_token.as_str() {
        "" => Place::first(Source::Units),
        token => Place::of(token, &binding)
            .ok_or_else(|| Failure::field("page_token", "翻页标记无效,或不属于本次查询"))?,
    };
    let staff = call.realm.view(PERSONS_PROJECTION, request.min_position, call.deadline).await?;
    let seats = call.realm.view(QUOTA_PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let walk = Walk { call, shelf: &shelf, view, staff, seats, asked };
    let (found, next) = walk.page(place, size).await?;
    Ok(wire::ListFindingsResponse {
        findings: found.into_iter().map(Found::message).collect(),
        position: position.0,
        next_page_token: next.map(|next| next.token(&binding)).unwrap_or_default(),
    })
}

/// Documents of a division and those below it.
pub(super) fn below(division: &DivisionCode) -> Filter {
    let code = division.as_str();
    let stem = match division.level() {
        DivisionLevel::Nation => return Filter::all(),
        DivisionLevel::Province => &code[..2],
        DivisionLevel::Prefecture => &code[..4],
        DivisionLevel::County | DivisionLevel::Township => code,
    };
    // Digits are below `:` in every collation that the views use.
    let from = Filter::compare("division", Op::GreaterOrEqual, stem);
    from.and(Filter::compare("division", Op::Less, format!("{stem}:")))
}

#[derive(Deserialize)]
struct Placed {
    division: String,
}

/// A document of a source: its id, and what it says.
struct Looked {
    id: String,
    division: String,
    unit: Option<UnitDoc>,
}

struct Walk<'a> {
    call: &'a Call,
    shelf: &'a Shelf,
    view: View,
    staff: View,
    seats: View,
    asked: Asked,
}

impl Walk<'_> {
    /// Findings from a place on, and where it goes on.
    async fn page(&self, from: Place, size: usize) -> Result<(Vec<Found>, Option<Place>), Failure> {
        let (mut found, mut looked, mut place) = (Vec::new(), 0, from);
        loop {
            if !place.source.asked(self.asked.wanted) {
                match place.source.next() {
                    Some(next) => place = Place::first(next),
                    None => return Ok((found, None)),
                }
                continue;
            }
            let (docs, next) = self.docs(&place).await?;
            for doc in docs.into_iter().skip(place.docs) {
                if found.len() >= size || looked >= LOOKED_AT_MAX {
                    return Ok((found, Some(place)));
                }
                looked += 1;
                let issues = self.of(place.source, &doc).await?;
                let (all, room) =
                    (issues.len() - place.found.min(issues.len()), size - found.len());
                found.extend(issues.into_iter().skip(place.found).take(room));
                if all > room {
                    place.found += room;
                    return Ok((found, Some(place)));
                }
                (place.docs, place.found) = (place.docs + 1, 0);
            }
            place = match (next, place.source.next()) {
                (Some(next), _) => {
                    Place { after: Some(next), docs: 0, found: 0, source: place.source }
                }
                (None, Some(source)) => Place::first(source),
                (None, None) => return Ok((found, None)),
            };
        }
    }

    /// The documents behind a place.
    async fn docs(&self, place: &Place) -> Result<(Vec<Looked>, Option<Cursor>), Failure> {
        let within = self.asked.within.clone();
        let (view, collection, filter) = match (place.source, &self.asked.unit) {
            (Source::Units, None) => {
                (&self.view, LEDGER_UNITS, Filter::equal("listed", true).and(within))
            }
            (Source::Units, Some(unit)) => {
                let doc = listed(self.call, &self.view, unit).await?;
                let (id, division) = (unit.to_string(), doc.division.clone());
                return Ok((vec![Looked { id, division, unit: Some(doc) }], None));
            }
            (Source::Accounts, None) => (&self.seats, ACCOUNTS, within),
            (Source::Accounts, Some(unit)) => {
                (&self.seats, ACCOUNTS, Filter::equal("unit", unit_name(unit)))
            }
            (Source::Books, None) => (&self.view, BOOKS, within),
            (Source::Books, Some(_)) => return Ok((Vec::new(), None)),
        };
        let by_unit = place.source == Source::Accounts && self.asked.unit.is_some();
        let order = if by_unit { Order::BY_ID } else { Order::ascending(&["division"]) };
        let after = place.after.clone();
        let query = Query { filter, order, after, limit: AT_ONCE };
        let listed = view.list(collection, &query).await.map_err(read_failure)?;
        let mut docs = Vec::with_capacity(listed.docs.len());
        for doc in &listed.docs {
            let Placed { division } = doc.parse().map_err(Failure::internal)?;
            let unit = match place.source {
                Source::Units => Some(doc.parse().map_err(Failure::internal)?),
                Source::Accounts | Source::Books => None,
            };
            docs.push(Looked { id: doc.id.clone(), division, unit });
        }
        Ok((docs, listed.next))
    }

    /// What is found about a document.
    async fn of(&self, source: Source, doc: &Looked) -> Result<Vec<Found>, Failure> {
        let (call, wanted) = (self.call, self.asked.wanted);
        match (source, &doc.unit) {
            (Source::Units, Some(held)) => {
                let id = UnitId::new(doc.id.as_str()).map_err(Failure::internal)?;
                findings::unit(call, self.shelf, &self.staff, &id, held, wanted).await
            }
            (Source::Units, None) => Ok(Vec::new()),
            (Source::Accounts, _) => findings::account(call, &doc.id, &doc.division, wanted).await,
            (Source::Books, _) => {
                let id = CampaignId::new(doc.id.as_str()).map_err(Failure::internal)?;
                findings::scopes(call, &id, &doc.division).await
            }
        }
    }
}

//! What every read has in common: positions, pages, and states as they were known once.

use futures::StreamExt as _;
use jiff::civil::Date;
use quanheng_api::Listing;
use quanheng_api::google;
use quanheng_api::quanheng::common::v1::{KnownAt, known_at};
use quanheng_eventlog::{
    Digest, Direction, Log, Micros, Position, ReadError as LogReadError, Record, StreamName,
    Version,
};
use quanheng_policy::codes::DivisionLevel;
use quanheng_projection::{Bounds, Cursor, Doc, Filter, Op, Query, ReadError, View};
use quanheng_streams::{Entity, read};

use crate::call::Call;
use crate::failure::Failure;

/// How long pages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSizes {
    /// Items of a page, if no size is asked for (`page_size_default`).
    pub default: usize,
    /// Items of a page at most; larger sizes are cut to it, as AIP-158 has it
    /// (`page_size_max`).
    pub max: usize,
}

impl Default for PageSizes {
    fn default() -> Self {
        Self { default: 50, max: 1_000 }
    }
}

/// The size of a page.
///
/// # Errors
/// `INVALID_FIELD` for a negative size.
pub fn page_size(call: &Call, listing: &impl Listing) -> Result<usize, Failure> {
    let PageSizes { default, max } = call.realm.pages;
    match usize::try_from(listing.page_size()) {
        Ok(0) => Ok(default.clamp(1, max.max(1))),
        Ok(size) => Ok(size.min(max)),
        Err(_) => Err(Failure::field("page_size", "不能为负数")),
    }
}

/// A projection that has not read far enough.
#[must_use]
pub fn behind(projection: &str, position: Position) -> Failure {
    Failure::unavailable("PROJECTION_BEHIND", "查询视图尚未更新到所要求的位置,请稍后重试")
        .with("projection", projection)
        .with("min_position", position.to_string())
}

/// Why a view cannot be read.
#[must_use]
pub fn read_failure(error: ReadError) -> Failure {
    match error {
        ReadError::Behind { projection, asked, .. } => behind(projection, asked),
        ReadError::Failed { projection, failure } => {
            Failure::unavailable("PROJECTION_FAILED", "查询视图已停止,请联系运维")
                .with("projection", projection)
                .with("position", failure.position.to_string())
        }
        ReadError::BeyondHead { asked, head } => LogReadError::BeyondHead { asked, head }.into(),
        ReadError::Log(error) => error.into(),
        ReadError::BoundExceeded(exceeded) => {
            Failure::bound(exceeded.bound, exceeded.max, exceeded.actual)
        }
        ReadError::Closing => Failure::unavailable("DRAINING", "服务正在停止,请稍后重试"),
        error @ ReadError::Store(_) => {
            tracing::warn!(%error, "the views cannot be read");
            Failure::unavailable("VIEWS_UNAVAILABLE", "暂时无法查询,请稍后重试")
        }
        error => Failure::internal(error),
    }
}

/// A page of a collection, as a list asks for it (AIP-158, AIP-160, AIP-132).
pub struct Page {
    /// The documents.
    pub docs: Vec<Doc>,
    /// The token of the next page; empty at the end.
    pub next: String,
    /// What of it is counted cheaply.
    pub total: Option<u64>,
}

/// Which documents a caller may list: those whose `division` lies in the jurisdiction.
/// Who governs the whole country may list all.
#[must_use]
pub fn jurisdiction(call: &Call) -> Filter {
    let division = &call.principal.jurisdiction;
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

/// Lists documents of a collection: those that pass the request's filter and another one
/// that the caller cannot widen, in the request's order or a default one.
///
/// # Errors
/// `INVALID_FIELD` for a filter, order or token that cannot be, or is not served.
pub async fn list(
    call: &Call,
    view: &View,
    collection: &'static str,
    listing: &impl Listing,
    within: Filter,
    default_order: &str,
) -> Result<Page, Failure> {
    let definition = view.definition();
    let known = definition.collection(collection);
    let known = known.ok_or_else(|| Failure::internal(format!("no collection {collection}")))?;
    let bounds = Bounds::default();
    let filter = match listing.filter() {
        "" => Filter::all(),
        text => known.parse_filter(text, &bounds).map_err(|e| Failure::field("filter", e.zh()))?,
    };
    let Some(filter) = crate::within::joined(within, filter) else {
        return Ok(Page { docs: Vec::new(), next: String::new(), total: Some(0) });
    };
    let order = if listing.order_by().is_empty() { default_order } else { listing.order_by() };
    let order = known.parse_order(order).map_err(|e| Failure::field("order_by", e.zh()))?;
    let served = known.serves(&filter, &order);
    let order = served.map_err(|error| Failure::field("filter", error.zh()))?;
    let binding =
        format!("{} {collection} {:?} {:?} {}", call.method, filter, order, call.principal.id);
    let after = match listing.page_token() {
        "" => None,
        token => Some(
            Cursor::from_token(token, binding.as_bytes())
                .map_err(|_| Failure::field("page_token", "翻页标记无效,或不属于本次查询"))?,
        ),
    };
    let first = after.is_none();
    let query = Query { filter, order, after, limit: page_size(call, listing)? };
    let listed = view.list(collection, &query).await.map_err(read_failure)?;
    let next = listed.next.map(|next| next.to_token(binding.as_bytes())).unwrap_or_default();
    let total = match first && next.is_empty() {
        true => Some(listed.docs.len() as u64),
        false => None,
    };
    Ok(Page { docs: listed.docs, next, total })
}

/// A day that a request names.
///
/// # Errors
/// `INVALID_FIELD` if there is no such day.
pub fn day(field: &str, date: Option<&google::r#type::Date>) -> Result<Option<Date>, Failure> {
    match quanheng_api::optional_day(date) {
        None => Ok(None),
        Some(Some(day)) => Ok(Some(day)),
        Some(None) => Err(Failure::field(field, "不是有效日期")),
    }
}

/// A day that a request has to name.
///
/// # Errors
/// `INVALID_FIELD` if it does not, or if there is no such day.
pub fn required_day(field: &str, date: Option<&google::r#type::Date>) -> Result<Date, Failure> {
    day(field, date)?.ok_or_else(|| Failure::field(field, "须填写日期"))
}

/// Up to where the log was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    /// Everything.
    Now,
    /// Up to a position.
    At(Position),
    /// Up to a moment.
    Before(Micros),
}

impl Horizon {
    /// What a request says.
    ///
    /// # Errors
    /// `INVALID_FIELD` for a time that there is not.
    pub fn of(known_at: Option<&KnownAt>) -> Result<Self, Failure> {
        match known_at.and_then(|known| known.at.as_ref()) {
            None => Ok(Self::Now),
            Some(known_at::At::Position(position)) => Ok(Self::At(Position(*position))),
            Some(known_at::At::Time(time)) => {
                let micros = time.seconds.checked_mul(1_000_000);
                let micros = micros.and_then(|us| us.checked_add(i64::from(time.nanos) / 1_000));
                let invalid = || Failure::field("known_at", "不是有效时间");
                Ok(Self::Before(Micros(micros.ok_or_else(invalid)?)))
            }
        }
    }

    /// Whether it lies before.
    #[must_use]
    pub fn admits(self, position: Position, time: Micros) -> bool {
        match self {
            Self::Now => true,
            Self::At(last) => position <= last,
            Self::Before(last) => time <= last,
        }
    }
}

/// A page of the records of a stream, newest first, and the token of the next page. The
/// token is bound to the stream, the method and the caller.
///
/// # Errors
/// `INVALID_FIELD` for a size or token that cannot be; [`Failure`] when the log cannot be
/// read.
pub async fn newest_records(
    call: &Call,
    stream: StreamName,
    listing: &impl Listing,
) -> Result<(Vec<Record>, String), Failure> {
    let size = page_size(call, listing)?;
    let token = |version: Version| {
        let bound = format!("{} {stream} {} {version}", call.method, call.principal.id);
        let digest = Digest::of(bound.as_bytes()).to_string();
        format!("{version}.{}", &digest[..32])
    };
    let from = match listing.page_token() {
        "" => Version(u64::MAX >> 1),
        given => {
            let version = given.split('.').next().and_then(|version| version.parse().ok());
            let version = version.map(Version).filter(|version| token(*version) == given);
            version.ok_or_else(|| Failure::field("page_token", "翻页标记无效,或不属于本次查询"))?
        }
    };
    let records = call.realm.log.read_stream(stream.clone(), from, Direction::Backward);
    let mut records = std::pin::pin!(records.take(size + 1));
    let mut page = Vec::new();
    while let Some(record) = records.next().await {
        page.push(record?);
    }
    let next = page.get(size).map(|record| token(record.version)).unwrap_or_default();
    page.truncate(size);
    Ok((page, next))
}

/// The state of a stream as it was known, with its version and the position of its last
/// event.
///
/// # Errors
/// [`Failure`] when the log cannot be read.
pub async fn state_at<E: Entity>(
    log: &Log,
    stream: StreamName,
    horizon: Horizon,
) -> Result<(E::State, Version, Position), Failure> {
    let mut state = E::State::default();
    let (mut version, mut position) = (Version::NONE, Position::START);
    let records = log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    while let Some(record) = records.next().await {
        let record = record?;
        if !horizon.admits(record.position, record.time) {
            break;
        }
        E::evolve(&mut state, &*read::<E>(&record).map_err(Failure::internal)?);
        (version, position) = (record.version, record.position);
    }
    Ok((state, version, position))
}

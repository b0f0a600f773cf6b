//! Pages of what is published: it only grows, so a place in it is a place for good.

use quanheng_api::Listing;
use quanheng_eventlog::Digest;
use quanheng_runtime::reading::page_size;
use quanheng_runtime::{Call, Failure};

/// A page of a list in memory.
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// The token of the next page; empty at the end.
    pub(crate) next: String,
    /// How many there are in all.
    pub(crate) total: u64,
}

/// The page that a request asks for.
pub(crate) fn cut<T>(
    call: &Call,
    listing: &impl Listing,
    items: impl Iterator<Item = T>,
) -> Result<Page<T>, Failure> {
    let size = page_size(call, listing)?;
    let from = match listing.page_token() {
        "" => 0,
        token => place(call, token)?,
    };
    let all: Vec<T> = items.collect();
    let total = all.len();
    if from > total {
        return Err(invalid());
    }
    let items: Vec<T> = all.into_iter().skip(from).take(size).collect();
    let end = from + items.len();
    let next = if end < total { token(call, end) } else { String::new() };
    Ok(Page { items, next, total: total as u64 })
}

fn invalid() -> Failure {
    Failure::field("page_token", "翻页标记无效,或不属于本次查询")
}

/// Bound to the list and the caller.
fn token(call: &Call, place: usize) -> String {
    let bound = format!("{} {} {place}", call.method, call.principal.id);
    let seal = Digest::of(bound.as_bytes()).to_string();
    format!("{}-{place:x}", &seal[..16])
}

fn place(call: &Call, text: &str) -> Result<usize, Failure> {
    let (_, place) = text.split_once('-').ok_or_else(invalid)?;
    let place = usize::from_str_radix(place, 16).map_err(|_| invalid())?;
    if token(call, place) == text { Ok(place) } else { Err(invalid()) }
}

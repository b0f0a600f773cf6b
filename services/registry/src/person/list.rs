//! Lists of persons, masked, and finding one by name or identity number.

use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_policy::PersonId;
use quanheng_projection::View;
use quanheng_register::person::Person;
use quanheng_runtime::reading::{
    Horizon, day, jurisdiction, list as page_of, page_size, read_failure, state_at,
};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;

use super::read::{Detail, Held, may_see, shown};
use super::view::{PERSONS, PERSONS_PROJECTION, PersonDoc};
use super::{message, page, private, seal};

/// Persons of a page, each of whom is rebuilt as one was known.
const KNOWN_AT_PAGE_MAX: i32 = 100;
/// Persons that are rebuilt at once.
const AT_ONCE: usize = 16;
/// Persons whose names are compared at once.
const FOUND_AT_ONCE: usize = 256;

/// 查阅人员列表
pub(crate) async fn list(
    call: &Call,
    mut request: wire::ListPersonsRequest,
) -> Result<wire::ListPersonsResponse, Failure> {
    let on = day("as_of", request.as_of.as_ref())?.unwrap_or_else(|| call.realm.today());
    let horizon = Horizon::of(request.known_at.as_ref())?;
    if horizon != Horizon::Now {
        let asked = if request.page_size == 0 { KNOWN_AT_PAGE_MAX } else { request.page_size };
        request.page_size = asked.min(KNOWN_AT_PAGE_MAX);
    }
    let view = call.realm.view(PERSONS_PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let (documents, next, total) = match Wanted::of(&request)? {
        Some(wanted) => find(call, &view, &request, &wanted).await?,
        None => {
            let within = jurisdiction(call);
            let page = page_of(call, &view, PERSONS, &request, within, "division").await?;
            let documents = page.docs.iter().map(|doc| doc.parse().map_err(Failure::internal));
            (documents.collect::<Result<_, _>>()?, page.next, page.total)
        }
    };
    Ok(wire::ListPersonsResponse {
        persons: answered(call, documents, on, horizon).await?,
        position: position.0,
        next_page_token: next,
        total_size: total.unwrap_or_default(),
    })
}

/// A page of documents as they are answered: the keys are fetched together.
async fn answered(
    call: &Call,
    documents: Vec<PersonDoc>,
    on: Date,
    horizon: Horizon,
) -> Result<Vec<wire::Person>, Failure> {
    let mut held = keys_of(call, &documents).await?;
    let rebuilt = rebuilt(call, documents, horizon).await?;
    let mut persons = Vec::with_capacity(rebuilt.len());
    for document in rebuilt {
        if let Some(erased_on) = document.erased_on {
            persons.push(message::erased(&document.name, erased_on));
            continue;
        }
        // Whom nobody knew yet is not listed.
        let Some(person) = &document.state else { continue };
        let key = held.remove(&document.name);
        let key = key.ok_or_else(|| Failure::internal("a key that was not asked for"))?;
        persons.push(shown(person, &key, Detail::Basic, on)?);
    }
    Ok(persons)
}

/// The keys of persons who were not erased.
pub(crate) async fn keys_of(
    call: &Call,
    documents: &[PersonDoc],
) -> Result<std::collections::HashMap<String, Held>, Failure> {
    let live = documents.iter().filter(|document| !document.erased);
    let names: Vec<_> = live.map(|document| document.name.as_str()).collect();
    let keys = call.realm.keys.get_many(&names).await;
    let keys = keys.map_err(|error| seal::keys_failure(&error))?.into_iter();
    Ok(keys.map(|(name, state)| (name.clone(), Held::of(&name, state))).collect())
}

/// The documents with their states as they were known.
async fn rebuilt(
    call: &Call,
    documents: Vec<PersonDoc>,
    horizon: Horizon,
) -> Result<Vec<PersonDoc>, Failure> {
    if horizon == Horizon::Now {
        return Ok(documents);
    }
    let rebuilding = documents.into_iter().map(|mut document| async move {
        if let Some(now) = &document.state {
            document.state = known(call, &now.person, horizon).await?;
        }
        Ok::<_, Failure>(document)
    });
    let rebuilding: Vec<_> = rebuilding.collect();
    let rebuilding: BoxStream<'_, _> = stream::iter(rebuilding).buffered(AT_ONCE).boxed();
    rebuilding.try_collect().await
}

async fn known(
    call: &Call,
    person: &PersonId,
    horizon: Horizon,
) -> Result<Option<Person>, Failure> {
    let stream = streams::person(person);
    Ok(state_at::<streams::Persons>(&call.realm.log, stream, horizon).await?.0)
}

/// Who is looked for.
struct Wanted {
    name: Option<String>,
    identity_number: Option<String>,
}

impl Wanted {
    fn of(request: &wire::ListPersonsRequest) -> Result<Option<Self>, Failure> {
        let given = |text: &str| !text.is_empty();
        if !given(&request.full_name) && !given(&request.identity_number) {
            return Ok(None);
        }
        for (field, text) in [("filter", &request.filter), ("order_by", &request.order_by)] {
            if given(text) {
                return Err(Failure::field(field, "按姓名或公民身份号码查找时不能筛选或排序"));
            }
        }
        let name = given(&request.full_name).then(|| private::full_name(&request.full_name));
        let number = given(&request.identity_number)
            .then(|| private::identity_number(&request.identity_number));
        Ok(Some(Self { name, identity_number: number }))
    }

    /// The number finds fewer than the name.
    fn entry(&self) -> (&'static str, &str) {
        match (&self.identity_number, &self.name) {
            (Some(number), _) => (seal::IDENTITY, number),
            (None, name) => (seal::NAME, name.as_deref().unwrap_or_default()),
        }
    }
}

type Found = (Vec<PersonDoc>, String, Option<u64>);

/// Finds persons by the blind index. What it leads to is opened and compared: an entry may
/// be of a name that somebody no longer has.
async fn find(
    call: &Call,
    view: &View,
    request: &wire::ListPersonsRequest,
    wanted: &Wanted,
) -> Result<Found, Failure> {
    let (kind, value) = wanted.entry();
    let size = page_size(call, request)?;
    let digest = call.realm.keys.index(kind, value);
    let binding = format!("{} {kind} {digest} {}", call.method, call.principal.id);
    let after = page::place(&request.page_token, &binding)?;
    let subjects = call.realm.keys.index_find(kind, value).await;
    let subjects = subjects.map_err(|error| seal::keys_failure(&error))?;
    let mut ids: Vec<&str> =
        subjects.iter().filter_map(|name| name.strip_prefix("persons/")).collect();
    ids.sort_unstable();
    ids.retain(|id| after.is_none_or(|after| *id > after));
    let mut found: Vec<PersonDoc> = Vec::new();
    for ids in ids.chunks(FOUND_AT_ONCE) {
        let documents = view.get_many(PERSONS, ids).await.map_err(read_failure)?;
        let documents = documents.into_iter().flatten();
        let documents = documents.map(|doc| doc.parse().map_err(Failure::internal));
        let mut documents: Vec<PersonDoc> = documents.collect::<Result<_, _>>()?;
        documents.retain(|document| !document.erased && may_see(call, document));
        let held = keys_of(call, &documents).await?;
        for document in documents {
            if !is_wanted(&document, held.get(&document.name), wanted)? {
                continue;
            }
            if found.len() == size {
                let last = found.last().and_then(|last| last.name.strip_prefix("persons/"));
                let next = page::token(last.unwrap_or_default(), &binding);
                return Ok((found, next, None));
            }
            found.push(document);
        }
    }
    let total = after.is_none().then_some(found.len() as u64);
    Ok((found, String::new(), total))
}

fn is_wanted(document: &PersonDoc, held: Option<&Held>, wanted: &Wanted) -> Result<bool, Failure> {
    let sealed = document.state.as_ref().and_then(|person| person.private.as_ref());
    let (Some(sealed), Some(Held::Key(key))) = (sealed, held) else { return Ok(false) };
    let profile = seal::profile(key, sealed.as_str())?;
    let same = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|it| it == own);
    Ok(same(&wanted.name, &profile.name) && same(&wanted.identity_number, &profile.identity_number))
}

/// Everything that a filter lists, page by page.
pub(crate) struct Pages<'c> {
    call: &'c Call,
    view: View,
    request: wire::ListPersonsRequest,
    ended: bool,
}

impl<'c> Pages<'c> {
    /// # Errors
    /// [`Failure`] when the view cannot be read.
    pub(crate) async fn of(
        call: &'c Call,
        filter: &str,
        min_position: u64,
    ) -> Result<Self, Failure> {
        let view = call.realm.view(PERSONS_PROJECTION, min_position, call.deadline).await?;
        let filter = filter.to_owned();
        let request = wire::ListPersonsRequest { filter, page_size: 1_000, ..Default::default() };
        Ok(Self { call, view, request, ended: false })
    }

    /// The position that the pages are of, or an earlier one.
    ///
    /// # Errors
    /// [`Failure`] when the view stands still.
    pub(crate) fn position(&self) -> Result<Position, Failure> {
        self.view.position().map_err(read_failure)
    }

    /// The next page; none after the last.
    ///
    /// # Errors
    /// As lists.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<PersonDoc>>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let within = jurisdiction(self.call);
        let (call, view, request) = (self.call, &self.view, &self.request);
        let page = page_of(call, view, PERSONS, request, within, "division").await?;
        self.ended = page.next.is_empty();
        self.request.page_token = page.next;
        let documents = page.docs.iter().map(|doc| doc.parse().map_err(Failure::internal));
        documents.collect::<Result<_, _>>().map(Some)
    }
}

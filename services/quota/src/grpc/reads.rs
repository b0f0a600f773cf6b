//! Reading accounts, entries, holders and pre-reviews.

use std::sync::Arc;

use futures::StreamExt as _;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_eventlog::{Direction, Position, Version};
use quanheng_ledger::id::{AccountKey, OwnerId};
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Doc, Filter, Query, View};
use quanheng_runtime::reading::{Horizon, day, jurisdiction, list, read_failure, state_at};
use quanheng_runtime::{Call, Failure, etag, today};
use quanheng_streams as streams;
use quanheng_streams::{account_id, account_stream};
use serde::de::DeserializeOwned;

use crate::view::{
    ACCOUNTS, AccountDoc, ENTRIES, EntryDoc, HOLDERS, HolderDoc, PRE_REVIEWS, PROJECTION,
    PreReviewDoc, balances_on, category_of, pre_review_id,
};
use crate::{message, parse};
use quanheng_casework::named;

fn parsed<T: DeserializeOwned>(doc: &Doc) -> Result<T, Failure> {
    doc.parse().map_err(Failure::internal)
}

fn position(view: &View) -> Result<u64, Failure> {
    Ok(view.position().map_err(read_failure)?.0)
}

/// The document of an account that the caller may see.
async fn account_doc(
    call: &Call,
    view: &View,
    key: &AccountKey,
) -> Result<Arc<AccountDoc>, Failure> {
    let name = message::account_name(key);
    let doc = view.read::<AccountDoc>(ACCOUNTS, &account_id(key)).await.map_err(read_failure)?;
    let doc = doc.ok_or_else(|| Failure::not_found(&name))?;
    sees(call, &doc.division, doc.unit.as_deref(), &name)?;
    Ok(doc)
}

/// Who governs the division may see it, and who acts for the unit.
fn sees(call: &Call, division: &str, unit: Option<&str>, name: &str) -> Result<(), Failure> {
    let own = call.principal.unit.as_ref().map(|unit| format!("units/{unit}"));
    if own.is_some() && own.as_deref() == unit {
        return Ok(());
    }
    let division = DivisionCode::parse(division).map_err(Failure::internal)?;
    call.sees(&division, name)
}

pub(super) async fn get_account(
    call: &Call,
    request: wire::GetQuotaAccountRequest,
) -> Result<wire::GetQuotaAccountResponse, Failure> {
    let key = parse::account("name", &request.name)?;
    let as_of = day("as_of", request.as_of.as_ref())?;
    let horizon = Horizon::of(request.known_at.as_ref())?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = account_doc(call, &view, &key).await?;
    let account = match (as_of, horizon) {
        (None, Horizon::Now) => doc.account.clone(),
        (None, horizon) => {
            let log = &call.realm.log;
            let state = state_at::<streams::Accounts>(log, account_stream(&key), horizon).await?;
            let (account, version, _) = state;
            let account = account.ok_or_else(|| Failure::not_found(&request.name))?;
            message::account(&account, etag(version))
        }
        (Some(on), horizon) => {
            let events = events(call, &key, horizon).await?;
            balances_on(events, on).ok_or_else(|| Failure::not_found(&request.name))?
        }
    };
    Ok(wire::GetQuotaAccountResponse { account: Some(account), position: position(&view)? })
}

type Dated = (Arc<quanheng_ledger::event::Event>, Position, jiff::civil::Date);

async fn events(call: &Call, key: &AccountKey, horizon: Horizon) -> Result<Vec<Dated>, Failure> {
    let stream = account_stream(key);
    let records = call.realm.log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let mut events = Vec::new();
    while let Some(record) = records.next().await {
        let record = record?;
        if !horizon.admits(record.position, record.time) {
            break;
        }
        let event = streams::read::<streams::Accounts>(&record).map_err(Failure::internal)?;
        events.push((event, record.position, today(record.time)));
    }
    Ok(events)
}

pub(super) async fn list_accounts(
    call: &Call,
    request: wire::ListQuotaAccountsRequest,
) -> Result<wire::ListQuotaAccountsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let page = list(call, &view, ACCOUNTS, &request, jurisdiction(call), "").await?;
    let accounts = page.docs.iter().map(|doc| Ok(parsed::<AccountDoc>(doc)?.account));
    Ok(wire::ListQuotaAccountsResponse {
        accounts: accounts.collect::<Result<_, Failure>>()?,
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

/// The account that a list is of, if it is of one.
async fn parent(
    call: &Call,
    view: &View,
    name: &str,
) -> Result<(Filter, Option<Arc<AccountDoc>>), Failure> {
    if name == "quotaAccounts/-" || name.is_empty() {
        return Ok((jurisdiction(call), None));
    }
    let key = parse::account("parent", name)?;
    let doc = account_doc(call, view, &key).await?;
    Ok((Filter::equal("account", account_id(&key)), Some(doc)))
}

pub(super) async fn list_entries(
    call: &Call,
    request: wire::ListLedgerEntriesRequest,
) -> Result<wire::ListLedgerEntriesResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let (within, account) = parent(call, &view, &request.parent).await?;
    let order = if account.is_some() { "version" } else { "" };
    let page = list(call, &view, ENTRIES, &request, within, order).await?;
    let mut entries = Vec::with_capacity(page.docs.len());
    for doc in &page.docs {
        let doc: EntryDoc = parsed(doc)?;
        let mut entry = doc.entry;
        entry.summary = with_names(call, &doc.account, &doc.division, &entry.summary);
        entries.push(entry);
    }
    Ok(wire::ListLedgerEntriesResponse {
        entries,
        position: position(&view)?,
        next_page_token: page.next,
    })
}

/// A summary with ranks by their names, as today's policy has them.
fn with_names(call: &Call, account: &str, division: &str, summary: &str) -> String {
    let (Some(key), Ok(division)) = (streams::account(account), DivisionCode::parse(division))
    else {
        return summary.to_owned();
    };
    let policy = call.realm.policies.shelf().policy(&division, call.realm.today());
    named(summary, &policy, &key.category)
}

pub(super) async fn list_holders(
    call: &Call,
    request: wire::ListHoldersRequest,
) -> Result<wire::ListHoldersResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let key = parse::account("parent", &request.parent)?;
    let account = account_doc(call, &view, &key).await?;
    let within = Filter::equal("account", account_id(&key));
    let page = list(call, &view, HOLDERS, &request, within, "").await?;
    let holders = page.docs.iter().map(|doc| Ok(parsed::<HolderDoc>(doc)?.holder));
    debug_assert!(category_of(&account.account).is_some());
    Ok(wire::ListHoldersResponse {
        holders: holders.collect::<Result<_, Failure>>()?,
        position: position(&view)?,
        next_page_token: page.next,
        total_size: u64::from(account.account.holders),
    })
}

pub(super) async fn get_pre_review(
    call: &Call,
    request: wire::GetPreReviewRequest,
) -> Result<wire::GetPreReviewResponse, Failure> {
    let (key, hold) = parse::hold("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = view.get(PRE_REVIEWS, &pre_review_id(&key, &hold)).await.map_err(read_failure)?;
    let doc: PreReviewDoc = parsed(&doc.ok_or_else(|| Failure::not_found(&request.name))?)?;
    sees(call, &doc.division, doc.unit.as_deref(), &request.name)?;
    Ok(wire::GetPreReviewResponse {
        pre_review: Some(doc.message(&key, &hold)),
        position: position(&view)?,
    })
}

pub(super) async fn list_pre_reviews(
    call: &Call,
    request: wire::ListPreReviewsRequest,
) -> Result<wire::ListPreReviewsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let (within, _) = parent(call, &view, &request.parent).await?;
    let page = list(call, &view, PRE_REVIEWS, &request, within, "").await?;
    let pre_reviews = page.docs.iter().map(|doc| {
        let invalid = || Failure::internal("a pre-review without a name");
        let (account, hold) = doc.id.split_once('/').ok_or_else(invalid)?;
        let key = streams::account(account).ok_or_else(invalid)?;
        let hold = hold.to_owned().try_into().map_err(Failure::internal)?;
        Ok(parsed::<PreReviewDoc>(doc)?.message(&key, &hold))
    });
    Ok(wire::ListPreReviewsResponse {
        pre_reviews: pre_reviews.collect::<Result<_, Failure>>()?,
        position: position(&view)?,
        next_page_token: page.next,
    })
}

/// The pools of separate accounts that an account's unit is a member of.
pub(super) async fn pools_of(call: &Call, key: &AccountKey) -> Result<Vec<AccountKey>, Failure> {
    let OwnerId::Unit(unit) = &key.owner else { return Ok(Vec::new()) };
    let unit = format!("units/{unit}");
    let head = call.realm.log.head().await?;
    let view = call.realm.view(PROJECTION, head.0, call.deadline).await?;
    let account = view.get(ACCOUNTS, &account_id(key)).await.map_err(read_failure)?;
    let Some(account) = account else { return Ok(Vec::new()) };
    let division = parsed::<AccountDoc>(&account)?.division;
    let mut pools = Vec::new();
    for place in around(&division) {
        let filter = Filter::equal("pool_kind", "separate")
            .and(Filter::equal("category", key.category.as_str()))
            .and(Filter::equal("division", place));
        let found = view.list(ACCOUNTS, &Query { filter, ..Query::default() }).await;
        for doc in found.map_err(read_failure)?.docs {
            let pool = parsed::<AccountDoc>(&doc)?.account.pool.unwrap_or_default();
            if pool.members.iter().any(|member| member.unit == unit) {
                pools.extend(streams::account(&doc.id));
            }
        }
    }
    Ok(pools)
}

/// A division and those around it.
fn around(division: &str) -> Vec<String> {
    let mut places = vec![division.to_owned(), "000000".to_owned()];
    places.extend(division.get(..2).map(|stem| format!("{stem}0000")));
    places.extend(division.get(..4).map(|stem| format!("{stem}00")));
    places.extend(division.get(..6).map(str::to_owned));
    places.sort_unstable();
    places.dedup();
    places
}

//! Accounts, entries, holders and pre-reviews as documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_eventlog::{Envelope, EventType, Filter, InvalidName, Position, Record};
use quanheng_ledger::account::{Account, Owner};
use quanheng_ledger::event::Event;
use quanheng_ledger::hold::Hold;
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_ledger::pool::PoolKind;
use quanheng_ledger::posting::postings;
use quanheng_policy::{CategoryId, PersonId};
use quanheng_projection::columns::{index, text};
use quanheng_projection::{
    Collection, Column, ColumnKind, Definition, DocKey, Docs, ProjectError, Projector, StateFold,
    StreamState,
};
use quanheng_runtime::{etag, today};
use quanheng_streams as streams;
use quanheng_streams::{Entity as _, PreReviewState, account_id};
use serde::{Deserialize, Serialize};

use crate::message;

/// The projection.
pub const PROJECTION: &str = "quota";
/// Accounts: id `{account}`.
pub const ACCOUNTS: &str = "quota_accounts";
/// Entries: id `{account}/{version}`.
pub const ENTRIES: &str = "ledger_entries";
/// Holders: id `{account}/{person}`.
pub const HOLDERS: &str = "seat_holders";
/// Pre-reviews: id `{account}/{hold}`.
pub const PRE_REVIEWS: &str = "pre_reviews";

const fn of_kind(name: &'static str, pointer: &'static str, kind: ColumnKind) -> Column {
    Column { name, pointer, kind }
}

static COLLECTIONS: [Collection; 4] = [
    Collection {
        name: ACCOUNTS,
        columns: &[
            text("unit", "/unit"),
            text("category", "/category"),
            text("tier", "/tier"),
            text("division", "/division"),
            text("pool_kind", "/pool_kind"),
            of_kind("over_quota", "/over_quota", ColumnKind::Boolean),
            of_kind("filing_due_on", "/filing_due_on", ColumnKind::Date),
            of_kind("filing_awaits_calendar", "/filing_awaits_calendar", ColumnKind::Boolean),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&["unit"], &[]),
            index(&["category"], &["division"]),
            index(&["tier"], &["division"]),
            index(&["over_quota"], &["division"]),
            index(&["pool_kind"], &["division"]),
            index(&["pool_kind", "category", "division"], &[]),
            index(&[], &["filing_due_on"]),
            index(&["filing_awaits_calendar"], &["division"]),
        ],
    },
    Collection {
        name: ENTRIES,
        columns: &[
            text("account", "/account"),
            text("type", "/type"),
            text("division", "/division"),
            text("hold", "/hold"),
            of_kind("version", "/version", ColumnKind::Integer),
            of_kind("log_position", "/log_position", ColumnKind::Integer),
            of_kind("effective_on", "/effective_on", ColumnKind::Date),
        ],
        indexes: &[
            index(&["account"], &["version"]),
            index(&["account"], &["effective_on"]),
            index(&["account", "type"], &["version"]),
            index(&["account", "hold"], &["version"]),
            index(&[], &["log_position"]),
            index(&[], &["division"]),
            index(&["type"], &["division"]),
        ],
    },
    Collection {
        name: HOLDERS,
        columns: &[
            text("account", "/account"),
            text("person", "/person"),
            text("rank", "/rank"),
            text("unit", "/unit"),
            text("division", "/division"),
        ],
        indexes: &[
            index(&["account"], &[]),
            index(&["account"], &["rank"]),
            index(&["person"], &[]),
            index(&["unit"], &["rank"]),
            index(&[], &["division"]),
        ],
    },
    Collection {
        name: PRE_REVIEWS,
        columns: &[
            text("account", "/account"),
            text("unit", "/unit"),
            text("state", "/state"),
            text("division", "/division"),
            of_kind("expires_on", "/expires_on", ColumnKind::Date),
            of_kind("filing_due_on", "/filing_due_on", ColumnKind::Date),
        ],
        indexes: &[
            index(&["account"], &[]),
            index(&["account", "state"], &["expires_on"]),
            index(&["unit"], &["expires_on"]),
            index(&["state"], &["expires_on"]),
            index(&["state"], &["division"]),
            index(&[], &["division"]),
            index(&[], &["filing_due_on"]),
        ],
    },
];

/// The events that are folded.
const TYPES: [&str; 27] = [
    "pool_created",
    "pool_redefined",
    "quota_determined",
    "quota_redetermined",
    "seats_allocated",
    "seats_lent",
    "seats_returned",
    "reserve_set",
    "reserve_released",
    "pre_review_approved",
    "hold_extended",
    "hold_released",
    "moves_resumed",
    "seat_occupied",
    "filing_due_set",
    "rank_placed",
    "seat_vacated",
    "rank_lowered",
    "opening_balances_recorded",
    "use_filed",
    "filing_returned",
    "over_quota_detected",
    "digestion_plan_set",
    "digestion_progressed",
    "entry_reversed",
    "pre_review_requested",
    "pre_review_granted",
];
const MORE_TYPES: [&str; 3] =
    ["pre_review_returned", "pre_review_rejected", "pre_review_withdrawn"];

/// The projection's definition.
///
/// # Errors
/// A fault of the program.
pub fn definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let types = TYPES.iter().chain(&MORE_TYPES);
    let types: Result<Vec<EventType>, InvalidName> =
        types.map(|name| EventType::new(format!("quanheng.quota.{name}.v1"))).collect();
    let filter = types?.into_iter().fold(Filter::all(), Filter::or_type);
    Ok(Definition::new(PROJECTION, 2, &COLLECTIONS, Quota)?.over(filter))
}

/// An account's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AccountDoc {
    pub(crate) unit: Option<String>,
    pub(crate) category: String,
    pub(crate) tier: String,
    pub(crate) division: String,
    pub(crate) pool_kind: Option<String>,
    pub(crate) over_quota: bool,
    pub(crate) filing_due_on: Option<Date>,
    #[serde(default)]
    pub(crate) filing_awaits_calendar: bool,
    pub(crate) account: wire::QuotaAccount,
}

/// An entry's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct EntryDoc {
    pub(crate) account: String,
    pub(crate) division: String,
    pub(crate) version: u64,
    pub(crate) log_position: u64,
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    pub(crate) effective_on: Option<Date>,
    pub(crate) hold: Option<String>,
    pub(crate) entry: wire::LedgerEntry,
}

/// A holder's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct HolderDoc {
    pub(crate) account: String,
    pub(crate) division: String,
    pub(crate) person: String,
    pub(crate) rank: String,
    pub(crate) unit: String,
    pub(crate) holder: wire::Holder,
}

/// A pre-review's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PreReviewDoc {
    pub(crate) account: String,
    pub(crate) division: String,
    pub(crate) unit: Option<String>,
    pub(crate) state: String,
    pub(crate) expires_on: Option<Date>,
    pub(crate) filing_due_on: Option<Date>,
    pub(crate) version: u64,
    pub(crate) case: Option<PreReviewState>,
    pub(crate) hold: Option<Hold>,
}

impl PreReviewDoc {
    /// As the API answers it.
    pub(crate) fn message(&self, key: &AccountKey, id: &HoldId) -> wire::PreReview {
        let etag = etag(quanheng_eventlog::Version(self.version));
        message::pre_review(key, id, self.case.as_ref(), self.hold.as_ref(), etag)
    }

    fn settle(&mut self, key: &AccountKey, id: &HoldId) {
        let message = self.message(key, id);
        message
            .state()
            .as_str_name()
            .trim_start_matches("PRE_REVIEW_STATE_")
            .clone_into(&mut self.state);
        self.unit = Some(message.unit);
        let open = self.hold.as_ref().filter(|hold| hold.is_open());
        self.expires_on = open.map(|hold| hold.expires_on);
        self.filing_due_on = self.hold.as_ref().and_then(Hold::filing_due_on);
    }
}

/// Which stream of the ledger a record is of.
enum Of {
    Account(AccountKey),
    PreReview(AccountKey, HoldId),
}

fn stream_of(record: &Record) -> Option<Of> {
    let rest = record.stream.as_str().strip_prefix("quotaAccounts/")?;
    match rest.split_once("/holds/") {
        None => Some(Of::Account(streams::account(rest)?)),
        Some((account, hold)) => {
            Some(Of::PreReview(streams::account(account)?, HoldId::new(hold).ok()?))
        }
    }
}

fn division_of(record: &Record) -> Result<String, ProjectError> {
    Ok(division_in(&record.envelope()?))
}

fn division_in(envelope: &Envelope<'_>) -> String {
    let mut divisions = envelope.tags().filter_map(|tag| tag.strip_prefix("divisions/"));
    divisions.next().unwrap_or_default().to_owned()
}

fn account_key(key: &AccountKey) -> DocKey {
    DocKey::new(ACCOUNTS, account_id(key))
}

fn entry_key(key: &AccountKey, version: u64) -> DocKey {
    DocKey::new(ENTRIES, format!("{}/{version:020}", account_id(key)))
}

fn holder_key(key: &AccountKey, person: &PersonId) -> DocKey {
    DocKey::new(HOLDERS, format!("{}/{person}", account_id(key)))
}

/// The id of a pre-review's document.
pub(crate) fn pre_review_id(key: &AccountKey, hold: &HoldId) -> String {
    format!("{}/{hold}", account_id(key))
}

fn pre_review_key(key: &AccountKey, hold: &HoldId) -> DocKey {
    DocKey::new(PRE_REVIEWS, pre_review_id(key, hold))
}

struct Quota;

impl Projector for Quota {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        match stream_of(record) {
            None => Ok(Vec::new()),
            Some(Of::PreReview(key, hold)) => Ok(vec![pre_review_key(&key, &hold)]),
            Some(Of::Account(key)) => {
                let event = streams::read::<streams::Accounts>(record)?;
                let mut keys = vec![account_key(&key), entry_key(&key, record.version.0)];
                keys.extend(event.persons().into_iter().map(|person| holder_key(&key, person)));
                keys.extend(event.hold().map(|hold| pre_review_key(&key, hold)));
                if let Event::EntryReversed { version, .. } = &*event {
                    keys.push(entry_key(&key, *version));
                }
                Ok(keys)
            }
        }
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        match stream_of(record)? {
            Of::Account(_) => Some(streams::Of::<streams::Accounts>::default().into()),
            Of::PreReview(..) => None,
        }
    }

    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        match stream_of(record) {
            None => Ok(()),
            Some(Of::PreReview(key, hold)) => pre_review(record, &key, &hold, docs),
            Some(Of::Account(key)) => {
                let before = before.wanted::<Option<Account>>()?;
                entry(record, &key, before.as_ref(), docs)
            }
        }
    }

    fn settle(
        &self,
        record: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(Of::Account(key)) = stream_of(record) else { return Ok(()) };
        let after = after.wanted::<Option<Account>>()?;
        let Some(account) = after else { return Ok(()) };
        let event = streams::read::<streams::Accounts>(record)?;
        let (persons, hold) = (event.persons(), event.hold());
        if persons.is_empty() && hold.is_none() {
            return Ok(());
        }
        let division = division_of(record)?;
        for person in persons {
            let doc = holder_key(&key, person);
            match account.holders().get(person) {
                None => docs.remove(&doc)?,
                Some(holder) => docs.put(
                    &doc,
                    &HolderDoc {
                        account: account_id(&key),
                        division: division.clone(),
                        person: format!("persons/{person}"),
                        rank: holder.rank.to_string(),
                        unit: format!("units/{}", holder.unit),
                        holder: message::holder(person.as_str(), holder),
                    },
                )?,
            }
        }
        if let Some(hold) = hold {
            let kept = account.hold(hold).cloned();
            docs.change::<PreReviewDoc>(&pre_review_key(&key, hold), |doc| {
                doc.account = account_id(&key);
                doc.division.clone_from(&division);
                doc.hold = kept;
                doc.settle(&key, hold);
            })?;
        }
        Ok(())
    }

    fn conclude(
        &self,
        last: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(Of::Account(key)) = stream_of(last) else { return Ok(()) };
        let Some(account) = after.wanted::<Option<Account>>()? else { return Ok(()) };
        let message = message::account(account, etag(last.version));
        let kind = match account.owner() {
            Owner::Unit { .. } => None,
            Owner::Pool { kind: PoolKind::Common, .. } => Some("common".to_owned()),
            Owner::Pool { kind: PoolKind::Separate, .. } => Some("separate".to_owned()),
        };
        let due = account.unfiled_holds().filter_map(|(_, hold)| hold.filing_due_on());
        docs.put(
            &account_key(&key),
            &AccountDoc {
                unit: Some(message.unit.clone()).filter(|unit| !unit.is_empty()),
                category: message.category.clone(),
                tier: message.tier().as_str_name().trim_start_matches("TIER_").to_owned(),
                division: division_of(last)?,
                pool_kind: kind,
                over_quota: message.over_quota,
                filing_due_on: due.min(),
                filing_awaits_calendar: message.filing_awaits_calendar,
                account: message,
            },
        )
    }
}

fn pre_review(
    record: &Record,
    key: &AccountKey,
    hold: &HoldId,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let event = streams::read::<streams::PreReviews>(record)?;
    let division = division_of(record)?;
    docs.change::<PreReviewDoc>(&pre_review_key(key, hold), |doc| {
        doc.account = account_id(key);
        doc.division = division;
        doc.version = record.version.0;
        streams::PreReviews::evolve(&mut doc.case, &event);
        doc.settle(key, hold);
    })
}

fn entry(
    record: &Record,
    key: &AccountKey,
    before: Option<&Account>,
    docs: &mut Docs,
) -> Result<(), ProjectError> {
    let event = streams::read::<streams::Accounts>(record)?;
    let envelope = record.envelope()?;
    let moved = postings(before, &event);
    let effective_on = event.effective_on().unwrap_or_else(|| today(record.time));
    let hold = event.hold().map(|hold| message::hold_name(key, hold));
    let persons = event.persons();
    let account = account_id(key);
    let entry = wire::LedgerEntry {
        name: format!("quotaAccounts/{account}/entries/{}", record.version),
        version: record.version.0,
        position: record.position.0,
        effective_on: Some(date(effective_on)),
        r#type: record.event_type.to_string(),
        summary: summary(&event, before),
        postings: moved.iter().map(message::posting).collect(),
        document_number: event.basis().map(|basis| basis.document.to_string()).unwrap_or_default(),
        principal: envelope.principal.as_deref().unwrap_or_default().to_owned(),
        recorded_at: record.time.to_string(),
        persons: persons.iter().map(|person| format!("persons/{person}")).collect(),
        hold: hold.clone().unwrap_or_default(),
        reversed: false,
        request_id: envelope.requestid.map(|id| id.to_string()).unwrap_or_default(),
    };
    docs.put(
        &entry_key(key, record.version.0),
        &EntryDoc {
            account,
            division: division_in(&envelope),
            version: record.version.0,
            log_position: record.position.0,
            event_type: record.event_type.to_string(),
            effective_on: Some(effective_on),
            hold,
            entry,
        },
    )?;
    if let Event::EntryReversed { version, .. } = &*event {
        let doc = entry_key(key, *version);
        if let Some(mut reversed) = docs.get::<EntryDoc>(&doc)? {
            reversed.entry.reversed = true;
            docs.put(&doc, &reversed)?;
        }
    }
    Ok(())
}

/// What an entry says, for people. Ranks stand as codes; whoever shows it names them.
fn summary(event: &Event, before: Option<&Account>) -> String {
    let set_name = |set: &quanheng_policy::SetId| {
        let sets = before.map(Account::sets).unwrap_or_default();
        let found = sets.iter().find(|seats| seats.set == *set);
        found.map_or_else(|| set.to_string(), |seats| seats.name.clone())
    };
    match event {
        Event::PoolCreated { owner, .. } => format!("建立统筹池,成员 {} 个", owner.members().len()),
        Event::PoolRedefined { members, .. } => format!("调整统筹成员为 {} 个", members.len()),
        Event::QuotaDetermined { determination, .. } => {
            format!("核定职数,基数 {}", determination.base)
        }
        Event::QuotaRedetermined { determination } => {
            format!("重新核定职数,基数 {}", determination.base)
        }
        Event::SeatsAllocated { side, .. } => {
            format!("调拨 {} {} 个({})", set_name(&side.set), side.seats, account_id(&side.peer))
        }
        Event::SeatsLent { side, .. } => {
            format!("借用 {} {} 个({})", set_name(&side.set), side.seats, account_id(&side.peer))
        }
        Event::SeatsReturned { seats, .. } => format!("归还 {seats} 个"),
        Event::ReserveSet { set, seats, reason, .. } => {
            format!("预留 {} {seats} 个:{reason}", set_name(set))
        }
        Event::ReserveReleased { set, seats, reason, .. } => {
            format!("释放预留 {} {seats} 个:{reason}", set_name(set))
        }
        Event::PreReviewApproved { moves, expires_on, .. } => {
            format!("预审通过 {} 项,有效期至 {expires_on}", moves.len())
        }
        Event::HoldExtended { reason, expires_on, .. } => {
            format!("预审延期至 {expires_on}:{reason}")
        }
        Event::HoldReleased { moves, .. } => format!("释放预审占用 {} 项", moves.len()),
        Event::MovesResumed { moves, .. } => format!("递补 {} 项", moves.len()),
        Event::SeatOccupied { person, before: Some(left), holder, .. } => {
            format!("persons/{person} 由 {} 任 {}", left.rank, holder.rank)
        }
        Event::SeatOccupied { person, holder, .. } | Event::RankPlaced { person, holder, .. } => {
            format!("persons/{person} 任 {}", holder.rank)
        }
        Event::FilingDueSet { index, due_on, .. } => {
            format!("第 {index} 项备案期限定为 {due_on}")
        }
        Event::SeatVacated { person, holder, .. } => format!("persons/{person} 免 {}", holder.rank),
        Event::RankLowered { person, before, holder, .. } => {
            format!("persons/{person} 由 {} 降为 {}", before.rank, holder.rank)
        }
        Event::OpeningBalancesRecorded { holders, .. } => format!("期初 {} 人", holders.len()),
        Event::UseFiled { persons, .. } => format!("使用备案 {} 人", persons.len()),
        Event::FilingReturned { .. } => "退回备案".to_owned(),
        Event::OverQuotaDetected { sets, .. } => {
            let names: Vec<_> = sets.iter().map(set_name).collect();
            format!("超职数:{}", names.join("、"))
        }
        Event::DigestionPlanSet { steps, .. } => format!("制定消化计划 {} 步", steps.len()),
        Event::DigestionProgressed { digested, remaining } => {
            format!("消化 {} {} 个,尚超 {remaining} 个", set_name(&digested.set), digested.seats)
        }
        Event::EntryReversed { version, reason, .. } => format!("冲正第 {version} 笔:{reason}"),
    }
}

/// The balances of an account on a day, as the dates of effect have it, from its events in
/// order, each with the day on which it was recorded.
pub(crate) fn balances_on(
    events: impl IntoIterator<Item = (Arc<Event>, Position, Date)>,
    on: Date,
) -> Option<wire::QuotaAccount> {
    use quanheng_ledger::posting::{Place, book};
    let mut state = None;
    let mut books = quanheng_ledger::posting::Book::new();
    for (event, _, recorded) in events {
        let moved = postings(state.as_ref(), &event);
        if event.effective_on().unwrap_or(recorded) <= on {
            book(&mut books, &moved);
        }
        quanheng_ledger::evolve(&mut state, &event);
    }
    let account = state?;
    let own_pool = matches!(account.owner(), Owner::Pool { .. });
    let mut sets = BTreeMap::new();
    for ((set, place), seats) in &books {
        let found: &mut quanheng_ledger::account::Quantities = sets.entry(set.clone()).or_default();
        let count = seats.unsigned_abs();
        match place {
            Place::Determination => found.determined = count,
            Place::Reserved => found.reserved = count,
            Place::Held => found.held = count,
            Place::Occupied => found.occupied = count,
            Place::Exemption => found.exempt = count,
            Place::Available => {}
            Place::Other(peer) => {
                let pool = own_pool || matches!(peer.owner, quanheng_ledger::id::OwnerId::Pool(_));
                match (pool, *seats > 0) {
                    (true, true) => found.allocated_out += count,
                    (true, false) => found.allocated_in += count,
                    (false, true) => found.lent_out += count,
                    (false, false) => found.borrowed_in += count,
                }
            }
        }
    }
    let balances = account
        .sets()
        .iter()
        .map(|set| message::balance_of(set, sets.get(&set.set).copied().unwrap_or_default()));
    let balances: Vec<_> = balances.collect();
    Some(wire::QuotaAccount {
        over_quota: balances.iter().any(|set| set.vacancy < 0),
        sets: balances,
        as_of: Some(date(on)),
        ..message::account(&account, etag(quanheng_eventlog::Version(account.version())))
    })
}

/// The category of an account's document.
pub(crate) fn category_of(account: &wire::QuotaAccount) -> Option<CategoryId> {
    CategoryId::new(account.category.clone()).ok()
}

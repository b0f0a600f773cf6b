//! What the program ships: the national profile, the default flows, the calendar. They are
//! committed when a server starts on a log that lacks them; what somebody published in
//! their place stays.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_eventlog::{Digest, Position};
use quanheng_identity::Principal;
use quanheng_policy::calendar::BUNDLED;
use quanheng_policy::profile::{NATIONAL, Published};
use quanheng_runtime::{Call, Decided, Deciding, Failure, House, Realm, derived_id};
use quanheng_streams::PolicyEvent;
use quanheng_workflow::{Flow, defaults};

use crate::calendar::recorded;
use crate::document::{decided, event, located};
use crate::table::{self, Table};
use crate::{flow, profile};

const METHOD: &str = "quanheng.policy.v1.PolicyService/PublishDefaults";
const CALENDAR_SOURCE: &str = "国务院办公厅历年放假通知(随程序发布)";

/// Commits what the program ships and the log lacks, and waits until it is on the shelf.
/// Any number of processes may do so at once, any number of times.
///
/// # Errors
/// [`Failure`] when the log cannot be read or written.
pub async fn publish_defaults(realm: &Arc<Realm>) -> Result<(), Failure> {
    let system = Arc::new(Principal::system(&realm.name));
    let call = House::job(realm, system, METHOD);
    let mut position = Position::START;
    position = position.max(national(&call).await?);
    for (file, text) in defaults::ALL {
        position = position.max(default_flow(&call, file, text).await?);
    }
    position = position.max(calendar(&call).await?);
    realm.policies.shelf_at(position, call.deadline).await?;
    Ok(())
}

async fn national(call: &Call) -> Result<Position, Failure> {
    let read = Published::read("national.toml", NATIONAL).map_err(shipped)?;
    let name = profile::name(&read.document.profile, read.document.version);
    let command = profile::deciding(call, read, NATIONAL)?;
    publish(call, &name, NATIONAL, command).await
}

async fn default_flow(call: &Call, file: &str, text: &str) -> Result<Position, Failure> {
    let read = Flow::read(file, text).map_err(shipped)?;
    let command = flow::deciding(call, read, text)?;
    publish(call, file, text, command).await
}

/// The years of the shipped calendar that nobody has published.
async fn calendar(call: &Call) -> Result<Position, Failure> {
    let shipped = Table::of_published(BUNDLED);
    let policies = call.realm.policies.clone();
    let command = Deciding::new(vec![policies.read()], move |desk| {
        let known: BTreeSet<i16> = policies.at(desk)?.calendar().published_years().collect();
        let years = &shipped.years() - &known;
        if years.is_empty() {
            return Ok(Decided::new(Vec::new(), wire::PublishCalendarResponse::default()));
        }
        let text = Bytes::from(table::only(BUNDLED, &years));
        let table = Table::of_published(&String::from_utf8_lossy(&text));
        let calendar = recorded(&table, CALENDAR_SOURCE, &text);
        let draft = event(&PolicyEvent::CalendarPublished { calendar }, &text)?;
        Ok(decided(draft, text, wire::PublishCalendarResponse::default()))
    });
    publish(call, "calendar.csv", BUNDLED, command).await
}

/// Under a request id that follows from the text, so that it takes effect once.
async fn publish<A: Message + Default + Clone + 'static>(
    call: &Call,
    name: &str,
    text: &str,
    command: Deciding<A>,
) -> Result<Position, Failure> {
    let digest = Digest::of(text.as_bytes()).to_string();
    let request_id = derived_id("publish_defaults", name, &digest);
    let done = call.realm.engine.execute_as(call, request_id, text.as_bytes(), command).await;
    match done {
        Ok(done) => Ok(done.position),
        // Somebody published another text in its place: theirs holds.
        Err(failure) if matches!(failure.reason(), "RESOURCE_EXISTS" | "JURISDICTION_TAKEN") => {
            tracing::warn!(name, %failure, "what the program ships is not published");
            Ok(Position::START)
        }
        Err(failure) => Err(failure),
    }
}

/// A fault of the program.
fn shipped(errors: Vec<quanheng_policy::located::DocumentError>) -> Failure {
    Failure::internal(located(errors))
}

//! Imports (导入): a worksheet is received in pieces, validated whole, and committed in
//! chunks by an operation (长时操作) that outlives its call and its server.
//!
//! * [`upload`]: pieces become a file; [`kind`]: what units, posts and persons have in
//!   common; [`units`], [`posts`], [`persons`]: what they have not.
//! * [`check`]: everything that is wrong with a file, before anything is committed: cells,
//!   rows among each other, and rows against the register, by the very decisions that
//!   would be taken; [`report`]: how that is told.
//! * [`plan`]: the validated rows with personal data sealed, as blobs; [`start`] commits
//!   the operation over them.
//! * [`run`]: chunk after chunk. A commit holds a chunk's events and how far the operation
//!   is, and is only taken where the operation stands at its beginning: so no row is
//!   committed twice, however often and by however many servers an operation is resumed.

mod check;
mod divisions;
mod kind;
mod look;
mod names;
mod persons;
mod plan;
mod post_form;
mod posts;
mod report;
mod roster;
mod run;
mod start;
mod unit_form;
mod units;
mod upload;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_projection::{Filter, Op, Query};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Deadline, Failure, House, Realm};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tonic::Streaming;
use uuid::Uuid;

pub(crate) use plan::Input;
pub(crate) use report::sheet_errors_of;

use crate::operation::{OPERATIONS, OPERATIONS_PROJECTION, OperationDoc};
use kind::Kind;

/// What imports may take. What exceeds a bound is refused with an error that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportBounds {
    /// Bytes of a file.
    pub import_bytes_max: usize,
    /// Bytes of one piece of it.
    pub import_piece_bytes_max: usize,
    /// How long the next piece is waited for.
    pub import_piece_wait_max: Duration,
    /// Files that are received and validated at once.
    pub imports_max: usize,
    /// Bytes of one blob of validated rows.
    pub plan_part_bytes_max: usize,
    /// Items of one commit; none: as many as the kind has it.
    pub chunk_items_max: Option<usize>,
}

impl Default for ImportBounds {
    fn default() -> Self {
        Self {
            import_bytes_max: 64 << 20,
            import_piece_bytes_max: 1 << 20,
            import_piece_wait_max: Duration::from_secs(30),
            imports_max: 4,
            plan_part_bytes_max: 8 << 20,
            chunk_items_max: None,
        }
    }
}

/// Imports that go on in this process. Dropping the last clone stops them where they are,
/// as killing the process would.
#[derive(Clone)]
pub struct Imports(Arc<Inner>);

struct Inner {
    bounds: ImportBounds,
    gate: Semaphore,
    running: Arc<Running>,
    tasks: Mutex<JoinSet<()>>,
    closing: watch::Sender<bool>,
}

/// A realm's name, and an operation.
type RunKey = (String, Uuid);

/// Which operations run here; true: somebody asked again meanwhile.
type Running = Mutex<HashMap<RunKey, bool>>;

/// How often operations are looked for whose server is no more.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

impl Imports {
    /// Imports into the realms of a house. Operations that other servers began and no
    /// longer go on with are taken over after a minute or two.
    #[must_use]
    pub fn new(house: &Arc<House>) -> Self {
        let imports = Self::within(ImportBounds::default());
        let (house, inner) = (Arc::downgrade(house), Arc::downgrade(&imports.0));
        let mut closing = imports.0.closing.subscribe();
        lock(&imports.0.tasks).spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(SWEEP_EVERY) => {}
                    _ = closing.wait_for(|closing| *closing) => return,
                }
                let (Some(house), Some(inner)) = (house.upgrade(), inner.upgrade()) else {
                    return;
                };
                for realm in house.realms() {
                    if let Err(error) = Self(Arc::clone(&inner)).take_over(realm).await {
                        tracing::warn!(realm = realm.name, %error, "operations cannot be read");
                    }
                }
            }
        });
        imports
    }

    /// Imports within bounds. Nothing is taken over from other servers.
    #[must_use]
    pub fn within(bounds: ImportBounds) -> Self {
        Self(Arc::new(Inner {
            gate: Semaphore::new(bounds.imports_max),
            bounds,
            running: Arc::default(),
            tasks: Mutex::default(),
            closing: watch::Sender::new(false),
        }))
    }

    pub(crate) fn bounds(&self) -> &ImportBounds {
        &self.0.bounds
    }

    /// Goes on with every operation that is running by what the realm's log says. Called
    /// when a server starts; calling it again does no harm, nor does another server that
    /// does the same. Says how many there are.
    ///
    /// # Errors
    /// [`Failure`] when they cannot be read.
    pub async fn resume_all(&self, realm: &Arc<Realm>) -> Result<usize, Failure> {
        let running = running(realm).await?;
        for doc in &running {
            self.go_on(realm, doc.0);
        }
        Ok(running.len())
    }

    /// Goes on with operations that did not move for a while.
    async fn take_over(&self, realm: &Arc<Realm>) -> Result<(), Failure> {
        let patience = i64::try_from(SWEEP_EVERY.as_micros()).unwrap_or(i64::MAX);
        let before = realm.now().0.saturating_sub(patience);
        for (operation, updated) in running(realm).await? {
            if updated < before {
                self.go_on(realm, operation);
            }
        }
        Ok(())
    }

    /// Goes on with an operation in the background.
    pub(crate) fn go_on(&self, realm: &Arc<Realm>, operation: Uuid) {
        if *self.0.closing.borrow() {
            return;
        }
        let key = (realm.name.clone(), operation);
        let mut running = lock(&self.0.running);
        if let Some(again) = running.get_mut(&key) {
            *again = true;
            return;
        }
        running.insert(key.clone(), false);
        let job = run::Job {
            realm: Arc::downgrade(realm),
            operation,
            bounds: self.0.bounds.clone(),
            closing: self.0.closing.subscribe(),
        };
        let running = Arc::clone(&self.0.running);
        let mut tasks = lock(&self.0.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            loop {
                job.run().await;
                let mut running = lock(&running);
                match running.get_mut(&key) {
                    // It was resumed after this run had seen that it stopped.
                    Some(again) if *again => *again = false,
                    _ => {
                        running.remove(&key);
                        return;
                    }
                }
            }
        });
    }

    /// Stops each operation after the chunk at hand. They go on when a server starts.
    pub async fn stop(&self) {
        self.0.closing.send_replace(true);
        let mut tasks = std::mem::take(&mut *lock(&self.0.tasks));
        while tasks.join_next().await.is_some() {}
    }

    /// A place among the files that are received and validated at once.
    async fn place(&self, call: &Call) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
        let busy = || {
            let max = self.0.bounds.imports_max as u64;
            Failure::bound("imports_max", max, max + 1).retry_after(Duration::from_secs(1))
        };
        match call.deadline.bound(self.0.gate.acquire()).await {
            Some(Ok(place)) => Ok(place),
            _ => Err(busy()),
        }
    }
}

/// The operations that are running by what the log says, and when each moved last.
async fn running(realm: &Arc<Realm>) -> Result<Vec<(Uuid, i64)>, Failure> {
    const PATIENCE: Duration = Duration::from_secs(60);
    let head = realm.log.head().await?;
    let view = realm.view(OPERATIONS_PROJECTION, head.0, Deadline::after(PATIENCE)).await?;
    let collection = view.definition().collection(OPERATIONS);
    let collection = collection.ok_or_else(|| Failure::internal("no operations"))?;
    let order = collection.parse_order("create_time").map_err(Failure::internal)?;
    let filter = Filter::compare("state", Op::Equal, "RUNNING");
    let order = collection.serves(&filter, &order).map_err(Failure::internal)?;
    let mut query = Query { filter, order, after: None, limit: 0 };
    let mut found = Vec::new();
    loop {
        let page = view.list(OPERATIONS, &query).await.map_err(read_failure)?;
        for doc in &page.docs {
            let updated = doc.parse::<OperationDoc>().map_err(Failure::internal)?.updated();
            found.push((doc.id.parse().map_err(Failure::internal)?, updated));
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(found),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}

pub(crate) async fn units(
    imports: &Imports,
    call: &Call,
    stream: Streaming<wire::ImportUnitsRequest>,
) -> Result<wire::ImportUnitsResponse, Failure> {
    let operation = start::import::<units::Units, _>(imports, call, stream).await?;
    Ok(wire::ImportUnitsResponse { operation: Some(operation) })
}

pub(crate) async fn posts(
    imports: &Imports,
    call: &Call,
    stream: Streaming<wire::ImportPostsRequest>,
) -> Result<wire::ImportPostsResponse, Failure> {
    let operation = start::import::<posts::Posts, _>(imports, call, stream).await?;
    Ok(wire::ImportPostsResponse { operation: Some(operation) })
}

pub(crate) async fn persons(
    imports: &Imports,
    call: &Call,
    stream: Streaming<wire::ImportPersonsRequest>,
) -> Result<wire::ImportPersonsResponse, Failure> {
    let operation = start::import::<persons::Persons, _>(imports, call, stream).await?;
    Ok(wire::ImportPersonsResponse { operation: Some(operation) })
}

/// What may be done by whom may start an operation of a kind.
pub(crate) fn action_of(kind: &str) -> Option<quanheng_identity::Action> {
    [
        (units::Units::NAME, units::Units::ACTION),
        (posts::Posts::NAME, posts::Posts::ACTION),
        (persons::Persons::NAME, persons::Persons::ACTION),
    ]
    .into_iter()
    .find_map(|(name, action)| (name == kind).then_some(action))
}

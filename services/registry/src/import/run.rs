//! An operation that goes on: chunk after chunk, until it is done or stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use quanheng_api::quanheng::common::v1 as common;
use quanheng_identity::Principal;
use quanheng_runtime::{Decided, Deciding, Failure, House, Realm, derived_id};
use quanheng_sheets::Severity;
use quanheng_streams as streams;
use quanheng_streams::{OperationEvent, OperationState, Operations, Phase};
use tokio::sync::watch;
use tonic::Code;
use uuid::Uuid;

use super::check::TRIES_MAX;
use super::kind::{Decision, Ground, Halt, Kind, More, RowFault, Sight};
use super::persons::Persons;
use super::plan;
use super::posts::Posts;
use super::start::operation_draft;
use super::units::Units;
use super::{ImportBounds, lock};
use crate::operation::{self, Known};

const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// An operation that runs in this process.
pub(super) struct Job {
    pub(super) realm: Weak<Realm>,
    pub(super) operation: Uuid,
    pub(super) bounds: ImportBounds,
    pub(super) closing: watch::Receiver<bool>,
}

/// How far a chunk brought the operation.
enum Step {
    /// To here.
    On(u64),
    /// It does not run any more.
    Stopped,
    /// Another process was faster: look where the operation stands.
    Elsewhere,
}

impl Job {
    /// Runs the operation until it stops, the realm closes, or this server does. While the
    /// log or the keys cannot be had, it waits.
    pub(super) async fn run(&self) {
        let mut pause = PAUSE;
        loop {
            let Some(realm) = self.realm.upgrade() else { return };
            match self.through(&realm).await {
                Ok(()) => return,
                Err(failure) if failure.reason() == "DRAINING" => return,
                // It does not get better by waiting: somebody has to look, and to resume it.
                Err(failure) if failure.code() == Code::Internal && pause == PAUSE_MAX => {
                    if self.give_up(&realm, &failure).await.is_ok() {
                        return;
                    }
                }
                Err(failure) => {
                    let id = self.operation;
                    tracing::warn!(operation = %id, %failure, "an import has to wait");
                }
            }
            drop(realm);
            let mut closing = self.closing.clone();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = closing.wait_for(|closing| *closing) => return,
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Records that the operation cannot go on by a fault of the program.
    async fn give_up(&self, realm: &Arc<Realm>, failure: &Failure) -> Result<(), Failure> {
        let (operation, stream) = (self.operation, streams::operation(self.operation));
        let event = OperationEvent::OperationFailed {
            reason: failure.reason().to_owned(),
            message: failure.message().to_owned(),
            row: None,
        };
        let draft = operation_draft(operation, &event)?;
        let reads = vec![streams::state::<Operations>(stream.clone())];
        let command = Deciding::new(reads, move |desk| {
            let state = desk.state::<OperationState>(&stream);
            let runs = state.is_some_and(|state| state.phase == Phase::Running);
            let events = if runs { vec![draft.clone()] } else { Vec::new() };
            Ok(Decided::new(events, common::Operation::default()))
        });
        let system = Arc::new(Principal::system(realm.name.clone()));
        let call = House::job(realm, system, "quanheng.registry.jobs/GiveUpImport");
        let request_id = Uuid::now_v7();
        realm.engine.execute_as(&call, request_id, request_id.as_bytes(), command).await?;
        Ok(())
    }

    async fn through(&self, realm: &Arc<Realm>) -> Result<(), Failure> {
        let Some(known) = operation::find(&realm.log, self.operation).await? else {
            return Ok(());
        };
        match known.state.kind.as_str() {
            Units::NAME => self.chunks::<Units>(realm, known).await,
            Posts::NAME => self.chunks::<Posts>(realm, known).await,
            Persons::NAME => self.chunks::<Persons>(realm, known).await,
            kind => Err(Failure::internal(format!("no import is called {kind}"))),
        }
    }

    async fn chunks<K: Kind>(&self, realm: &Arc<Realm>, known: Known) -> Result<(), Failure> {
        let mut known = known;
        let mut items: (u64, Arc<Vec<K::Item>>) = (0, Arc::default());
        let mut done = known.state.items_done;
        while known.is_running() && !*self.closing.borrow() {
            let Some((part, before)) = known.input.part(done) else {
                return Err(Failure::internal("the rows of an operation do not suffice"));
            };
            if items.1.is_empty() || items.0 != before {
                items = (before, Arc::new(plan::items(&part.content.read(&realm.log).await?)?));
            }
            let chunk = Chunk::<K> {
                job: self,
                realm,
                known: &known,
                items: Arc::clone(&items.1),
                before,
                from: done,
            };
            match chunk.commit().await? {
                Step::On(to) => done = to,
                Step::Stopped => return Ok(()),
                Step::Elsewhere => {
                    let again = operation::find(&realm.log, self.operation).await?;
                    known = again.ok_or_else(|| Failure::internal("an operation is gone"))?;
                    done = known.state.items_done;
                }
            }
        }
        Ok(())
    }
}

/// Some rows that are committed together.
struct Chunk<'a, K: Kind> {
    job: &'a Job,
    realm: &'a Arc<Realm>,
    known: &'a Known,
    /// The rows of the part.
    items: Arc<Vec<K::Item>>,
    /// How many rows stand before the part.
    before: u64,
    from: u64,
}

impl<K: Kind> Chunk<'_, K> {
    async fn commit(&self) -> Result<Step, Failure> {
        let chunk = self.job.bounds.chunk_items_max.unwrap_or(K::CHUNK).max(1);
        let start = usize::try_from(self.from - self.before).map_err(Failure::internal)?;
        let mut end = self.items.len().min(start + chunk);
        let ground = Arc::new(Ground {
            basis: self.known.input.basis.clone(),
            jurisdiction: self.known.input.jurisdiction.clone(),
            today: self.realm.today(),
        });
        let call = House::job(self.realm, self.principal(), K::METHOD);
        let mut more = More::default();
        let needed: Arc<Mutex<More>> = Arc::default();
        for _ in 0..TRIES_MAX {
            let command = self.command(start..end, &ground, &more, &needed);
            // The same for whoever commits this chunk; another one after it was resumed.
            let instance = format!("{}@{}", self.from, self.known.resumptions);
            let name = streams::operation(self.job.operation).to_string();
            let request_id = derived_id("import", &name, &instance);
            let body = format!("{} {}", start, end);
            let engine = &self.realm.engine;
            match engine.execute_as(&call, request_id, body.as_bytes(), command).await {
                Ok(done) => return Ok(self.step(&done.answer)),
                Err(failure) if failure.reason() == UNREAD => {
                    if !more.add(std::mem::take(&mut *lock(&needed))) {
                        break;
                    }
                }
                // Rows that are larger than usual: fewer of them.
                Err(failure) if failure.code() == Code::ResourceExhausted && end > start + 1 => {
                    end = start + (end - start) / 2;
                }
                // Another server has a chunk of another size.
                Err(failure) if failure.reason() == "REQUEST_ID_REUSED" => {
                    return Ok(Step::Elsewhere);
                }
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::lost_race("units"))
    }

    fn step(&self, answer: &common::Operation) -> Step {
        match answer.state() {
            common::operation::State::Running if answer.items_done > self.from => {
                Step::On(answer.items_done)
            }
            common::operation::State::Running => Step::Elsewhere,
            _ => Step::Stopped,
        }
    }

    /// Who asked for the operation; what they may do was checked when they did.
    fn principal(&self) -> Arc<Principal> {
        let name = &self.known.state.by;
        let id = name.strip_prefix("principals/").unwrap_or(name);
        Arc::new(Principal {
            id: id.to_owned(),
            display_name: id.to_owned(),
            roles: BTreeSet::new(),
            unit: None,
            jurisdiction: self.known.input.jurisdiction.clone(),
            realm: self.realm.name.clone(),
            person: None,
        })
    }

    fn command(
        &self,
        rows: std::ops::Range<usize>,
        ground: &Arc<Ground>,
        more: &More,
        needed: &Arc<Mutex<More>>,
    ) -> Deciding<common::Operation> {
        let operation = self.job.operation;
        let stream = streams::operation(operation);
        let mut reads = K::reads(&self.items[rows.clone()], more);
        reads.push(streams::state::<Operations>(stream.clone()));
        let (items, ground, more) = (Arc::clone(&self.items), Arc::clone(ground), more.clone());
        let (needed, from) = (Arc::clone(needed), self.from);
        let made = BTreeMap::new();
        Deciding::new(reads, move |desk| {
            let state = desk.state::<OperationState>(&stream);
            let state = state.ok_or_else(|| Failure::internal("the operation was not read"))?;
            // Only who stands where the operation stands takes the chunk.
            if state.phase != Phase::Running || state.items_done != from {
                return Ok(Decided::new(Vec::new(), answer(state.phase, state.items_done)));
            }
            let sight = Sight::new(desk, &ground, &made, &more);
            let Decision { mut drafts, faults, .. } = match K::decide(&items[rows.clone()], &sight)
            {
                Ok(decision) => decision,
                Err(Halt::Failure(failure)) => return Err(failure),
                Err(Halt::More(more)) => {
                    *lock(&needed) = more;
                    return Err(Failure::unavailable(UNREAD, "请重试"));
                }
            };
            let is_error = |fault: &&RowFault| fault.problem.fault.severity == Severity::Error;
            if let Some(fault) = faults.iter().find(is_error) {
                let draft = operation_draft(operation, &stopped(fault))?;
                return Ok(Decided::new(vec![draft], answer(Phase::Failed, from)));
            }
            let items_done = from + rows.len() as u64;
            let advanced = OperationEvent::OperationAdvanced { items_done };
            drafts.push(operation_draft(operation, &advanced)?);
            let finished = items_done >= state.items;
            if finished {
                drafts.push(operation_draft(operation, &OperationEvent::OperationFinished {})?);
            }
            let phase = if finished { Phase::Done } else { Phase::Running };
            Ok(Decided::new(drafts, answer(phase, items_done)))
        })
    }
}

const UNREAD: &str = "READS_UNKNOWN";

fn answer(phase: Phase, items_done: u64) -> common::Operation {
    common::Operation {
        state: operation::state_message(phase).into(),
        items_done,
        ..common::Operation::default()
    }
}

/// The register changed since the file was validated.
fn stopped(fault: &RowFault) -> OperationEvent {
    let fault_of = &fault.problem.fault;
    OperationEvent::OperationFailed {
        reason: fault_of.code.to_owned(),
        message: format!("第 {} 行:{}", fault.row, fault_of.message),
        row: Some(fault.row),
    }
}

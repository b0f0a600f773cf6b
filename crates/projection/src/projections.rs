//! The projections of a process: started together, each on its own.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use quanheng_eventlog::{Log, Position};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::bounds::Bounds;
use crate::definition::Definition;
use crate::read::ReadError;
use crate::runner::{Progress, Runner};
use crate::store::checkpoint::Failure;
use crate::store::{StoreError, Views};
use crate::view::View;

/// Why projections could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Two definitions of one name.
    #[error("projection {0} is defined twice")]
    Twice(&'static str),
    /// The columns, indexes or filter changed without a new version. Give it one.
    #[error("projection {0} v{1} has changed: it needs a new version")]
    Changed(&'static str, u32),
    /// The views are those of another realm. Nothing was touched.
    #[error("the views are those of realm {found}, not of {expected}")]
    OtherRealm {
        /// The realm of the log.
        expected: String,
        /// The realm of the views.
        found: String,
    },
    /// The views' database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a projection is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: u32,
    /// Everything up to here is in its documents.
    pub position: Position,
    /// The newest position of the log.
    pub head: Position,
    /// How many positions lie between.
    pub lag: u64,
    /// Why it stands still, if it does.
    pub failure: Option<Failure>,
    /// What it waits for at the moment, if it cannot go on.
    pub trouble: Option<String>,
}

/// One projection of this process.
pub(crate) struct Member {
    pub(crate) definition: Arc<Definition>,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) wanted: watch::Sender<Position>,
    pub(crate) watchers: Arc<Semaphore>,
}

/// What all parts share.
pub(crate) struct Shared {
    pub(crate) log: Log,
    pub(crate) views: Views,
    pub(crate) bounds: Arc<Bounds>,
    pub(crate) closed: watch::Sender<bool>,
}

/// The projections of a process. Dropping the last clone stops them at once.
#[derive(Clone)]
pub struct Projections {
    shared: Arc<Shared>,
    members: Arc<Vec<Arc<Member>>>,
    tasks: Arc<Tasks>,
}

struct Tasks(Mutex<Vec<JoinHandle<()>>>);

impl Tasks {
    fn take(&self) -> Vec<JoinHandle<()>> {
        let mut tasks = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
        std::mem::take(&mut *tasks)
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.take().into_iter().for_each(|task| task.abort());
    }
}

impl Projections {
    /// Starts a task for each definition. A projection that failed before tries again.
    ///
    /// # Errors
    /// [`StartError`]; then none was started.
    pub async fn start(
        log: Log,
        views: Views,
        definitions: Vec<Definition>,
        bounds: Bounds,
    ) -> Result<Self, StartError> {
        let bounds = Arc::new(bounds.sane());
        let mut names = HashSet::new();
        for definition in &definitions {
            if !names.insert(definition.name()) {
                return Err(StartError::Twice(definition.name()));
            }
            begin(&log, &views, definition).await?;
        }
        let (mut members, mut tasks) = (Vec::new(), Vec::new());
        let closed = watch::Sender::new(false);
        for definition in definitions {
            let definition = Arc::new(definition);
            let (progress, told) = watch::channel(Progress::default());
            let (wanted, asked) = watch::channel(Position::START);
            let runner = Runner::new(
                log.clone(),
                views.clone(),
                Arc::clone(&definition),
                Arc::clone(&bounds),
                progress,
                asked,
            );
            tasks.push(tokio::spawn(runner.run(closed.subscribe())));
            let watchers = Arc::new(Semaphore::new(bounds.watchers_max));
            members.push(Arc::new(Member { definition, progress: told, wanted, watchers }));
        }
        Ok(Self {
            shared: Arc::new(Shared { log, views, bounds, closed }),
            members: Arc::new(members),
            tasks: Arc::new(Tasks(Mutex::new(tasks))),
        })
    }

    /// The documents of a projection.
    ///
    /// # Errors
    /// [`ReadError::NoProjection`].
    pub fn view(&self, name: &str) -> Result<View, ReadError> {
        let member = self.members.iter().find(|member| member.definition.name() == name);
        let member = member.ok_or_else(|| ReadError::NoProjection(name.to_owned()))?;
        Ok(View { shared: Arc::clone(&self.shared), member: Arc::clone(member) })
    }

    /// Waits until a projection has come to a position.
    ///
    /// # Errors
    /// [`ReadError`]: the deadline has passed, the projection stands still, or the log
    /// has no such position.
    pub async fn wait_for(
        &self,
        name: &str,
        position: Position,
        deadline: Instant,
    ) -> Result<(), ReadError> {
        self.view(name)?.wait_for(position, deadline).await
    }

    /// Waits until every projection has come to where the log stands now. A process
    /// serves once it has: until then documents may be missing that others have shown.
    ///
    /// # Errors
    /// As [`Projections::wait_for`].
    pub async fn wait_caught_up(&self, deadline: Instant) -> Result<(), ReadError> {
        let head = self.shared.log.head().await?;
        for member in self.members.iter() {
            self.wait_for(member.definition.name(), head, deadline).await?;
        }
        Ok(())
    }

    /// How each projection is doing.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    pub async fn status(&self) -> Result<Vec<Status>, ReadError> {
        let progress: Vec<_> =
            self.members.iter().map(|member| member.progress.borrow().clone()).collect();
        let head = self.shared.log.head().await?;
        let status = self.members.iter().zip(progress).map(|(member, progress)| Status {
            name: member.definition.name(),
            version: member.definition.version(),
            position: progress.position,
            head,
            lag: head.0.saturating_sub(progress.position.0),
            failure: progress.failure,
            trouble: progress.trouble,
        });
        Ok(status.collect())
    }

    /// Stops the projections and ends the watches. The views stay open.
    pub async fn close(&self) {
        self.shared.closed.send_replace(true);
        for task in self.tasks.take() {
            if task.await.is_err_and(|error| error.is_panic()) {
                tracing::error!("the runner of a projection had panicked");
            }
        }
    }
}

async fn begin(log: &Log, views: &Views, definition: &Definition) -> Result<(), StartError> {
    let realm = log.realm();
    views.begin_projection(definition, realm).await?;
    let Some(checkpoint) = views.checkpoint(definition).await? else {
        return Ok(());
    };
    if checkpoint.realm != realm.id.to_string() {
        let expected = realm.id.to_string();
        return Err(StartError::OtherRealm { expected, found: checkpoint.realm });
    }
    if checkpoint.shape != definition.shape() {
        return Err(StartError::Changed(definition.name(), definition.version()));
    }
    views.clear_failure(definition).await?;
    Ok(())
}

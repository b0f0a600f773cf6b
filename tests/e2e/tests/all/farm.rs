//! Servers that are killed and started again, somebody's clients to each that runs, and
//! commands that are sent again and again until they are answered.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use quanheng_e2e::{Client, Server, Setup, Who};
use tokio::sync::{Mutex, RwLock};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Who asks and who decides.
#[derive(Clone)]
pub(crate) struct People {
    pub(crate) asker: Client,
    pub(crate) decider: Client,
    pub(crate) secretary: Client,
    pub(crate) reviewer: Client,
    pub(crate) head: Client,
}

/// What came back: the whole answer as text, or the refusal.
pub(crate) type Answer = Result<String, Status>;

/// An answer as text.
pub(crate) fn text<T: std::fmt::Debug>(answer: tonic::Response<T>) -> String {
    format!("{:?}", answer.into_inner())
}

/// A command with its message, the same however often it is sent.
pub(crate) trait Ask: std::fmt::Debug + Sync {
    /// Sends it, each to whom it belongs.
    fn send(&self, people: &People) -> impl Future<Output = Answer> + Send;
}

/// The servers, and somebody's clients to each that runs.
pub(crate) struct Farm {
    pub(crate) servers: Mutex<Vec<Server>>,
    clients: RwLock<Vec<Option<People>>>,
}

impl Farm {
    /// So many servers on one database; none: SQLite.
    pub(crate) async fn start(database: Option<&str>, servers: usize, flags: Vec<String>) -> Self {
        let setup = match database {
            None => Setup::default(),
            Some(url) => Setup::postgres(url, crate::postgres::realm()),
        };
        let mut started = vec![Server::start(Setup { flags, ..setup }).await];
        while started.len() < servers {
            let next = started[0].beside().await;
            started.push(next);
        }
        let clients = RwLock::new(vec![None; servers]);
        let farm = Self { servers: Mutex::new(started), clients };
        farm.connect_all().await;
        farm
    }

    async fn connect(&self, index: usize) {
        let servers = self.servers.lock().await;
        let server = &servers[index];
        let clients = People {
            asker: server.client(Who::Everything).await,
            decider: server.client(Who::Decider).await,
            secretary: server.client(Who::Secretary).await,
            reviewer: server.client(Who::Reviewer).await,
            head: server.client(Who::Head).await,
        };
        self.clients.write().await[index] = Some(clients);
    }

    /// Clients to every server.
    pub(crate) async fn connect_all(&self) {
        let many = self.clients.read().await.len();
        for index in 0..many {
            self.connect(index).await;
        }
    }

    /// Clients to one that is likely to run.
    pub(crate) async fn clients(&self, from: usize) -> People {
        loop {
            let clients = self.clients.read().await;
            let many = clients.len();
            let found = (0..many).find_map(|step| clients[(from + step) % many].clone());
            drop(clients);
            if let Some(found) = found {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills one at this instant and starts it again.
    pub(crate) async fn kill(&self, index: usize) {
        self.clients.write().await[index] = None;
        self.servers.lock().await[index].restart().await;
        self.connect(index).await;
    }

    /// Kills all at this instant and starts them again with other flags.
    pub(crate) async fn restart_with(&self, flags: &[String]) {
        self.clients.write().await.fill(None);
        let mut servers = self.servers.lock().await;
        for server in servers.iter_mut() {
            server.kill().await;
        }
        for server in servers.iter_mut() {
            server.restart_with(flags.to_vec()).await;
        }
        drop(servers);
        self.connect_all().await;
    }

    /// Kills so many times, spread over so many commands, whatever their speed.
    pub(crate) async fn harass(
        &self,
        kills: usize,
        commands: usize,
        done: &AtomicUsize,
        over: &AtomicBool,
    ) {
        let servers = self.clients.read().await.len();
        for kill in 1..=kills {
            let at = commands * kill / (kills + 1);
            while done.load(Ordering::Relaxed) < at && !over.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.kill(kill % servers).await;
        }
    }

    /// Reads until it is answered for sure.
    pub(crate) async fn read<T, F: Future<Output = Result<T, Status>>>(
        &self,
        read: impl Fn(Client) -> F,
    ) -> T {
        for turn in 0..2_000 {
            let client = self.clients(turn).await.asker;
            match read(client).await {
                Ok(answer) => return answer,
                Err(status) if is_doubtful(&status) || status.code() == Code::DeadlineExceeded => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(status) => panic!("not to be read: {status:?}"),
            }
        }
        panic!("never answered");
    }

    /// The position of the log.
    pub(crate) async fn head(&self) -> u64 {
        use quanheng_api::quanheng::projection::v1::ListProjectionsRequest;
        let projections = self.read(|client| async move {
            client.projection().list_projections(ListProjectionsRequest {}).await
        });
        let projections = projections.await.into_inner().projections;
        projections.iter().map(|projection| projection.head).max().unwrap_or(0)
    }
}

/// Whether an answer says nothing about what became of the command.
pub(crate) fn is_doubtful(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Aborted)
        || (status.code() == Code::Internal && status.get_error_details().error_info().is_none())
}

/// The reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().map_or_else(|| format!("{status:?}"), |info| info.reason.clone())
}

/// Answers as they can be compared: metadata has no order on the wire.
pub(crate) fn comparable(answer: &Answer) -> Result<String, (Code, String, String)> {
    match answer {
        Ok(text) => Ok(text.clone()),
        Err(status) => Err((status.code(), reason(status), status.message().to_owned())),
    }
}

/// Sends a command until it is answered for sure.
pub(crate) async fn settle(farm: &Farm, command: &impl Ask, server: usize) -> Answer {
    for turn in 0..2_000 {
        let people = farm.clients(server + turn).await;
        match command.send(&people).await {
            Err(status) if is_doubtful(&status) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            answer => return answer,
        }
    }
    panic!("never answered: {command:?}");
}

/// Lets somebody kill while others work; what they come to.
pub(crate) async fn under_kills<T: Send + 'static>(
    farm: &Arc<Farm>,
    kills: usize,
    commands: usize,
    workers: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
    done: Arc<AtomicUsize>,
) -> Vec<T> {
    let over = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = workers.into_iter().map(tokio::spawn).collect();
    let killer = tokio::spawn({
        let (farm, over) = (Arc::clone(farm), Arc::clone(&over));
        async move { farm.harass(kills, commands, &done, &over).await }
    });
    let mut ended = Vec::new();
    for worker in workers {
        ended.push(worker.await.expect("no worker disagreed"));
    }
    over.store(true, Ordering::Relaxed);
    killer.await.expect("servers start again");
    ended
}

//! Single-event commands, reads of one resource, and latency at half of the peak.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::quota::v1::quota_service_client::QuotaServiceClient;
use quanheng_e2e::{Client, Server, Shown, Who, request_id};
use quanheng_eventlog::Log;
use tempfile::TempDir;
use tonic::transport::Channel;

use crate::limit::{Appender, Asker, BareServer, sync_p99_us};
use crate::load::{self, Caller, Pace, caught_up};
use crate::place::{Database, Place};
use crate::report::{Line, Report, Target, median, rounded};
use crate::town::{self, Account};

/// Callers at the same time.
const CLIENTS: usize = 64;
/// HTTP/2 connections that they share.
const CONNECTIONS: usize = 4;

/// Reserves a seat, releases one, and so on.
#[derive(Clone)]
struct Reserver {
    client: QuotaServiceClient<Shown>,
    account: Arc<Account>,
    calls: Arc<AtomicU64>,
}

impl Caller for Reserver {
    async fn call(&mut self) {
        let (account, set) = (&self.account.name, &self.account.set);
        let position = if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            let request = town::reserve(account, set, 1);
            self.client.set_reserve(request).await.unwrap().into_inner().position
        } else {
            let request = quota::ReleaseReserveRequest {
                account: account.clone(),
                set: set.clone(),
                seats: 1,
                reason: "测量".to_owned(),
                basis: town::basis(town::DETERMINED),
                request_id: request_id(),
                ..quota::ReleaseReserveRequest::default()
            };
            self.client.release_reserve(request).await.unwrap().into_inner().position
        };
        assert!(position > 0);
    }
}

/// Gets one account again and again.
#[derive(Clone)]
struct Getter {
    client: QuotaServiceClient<Shown>,
    name: String,
}

impl Caller for Getter {
    async fn call(&mut self) {
        let request = quota::GetQuotaAccountRequest {
            name: self.name.clone(),
            ..quota::GetQuotaAccountRequest::default()
        };
        let answer = self.client.get_quota_account(request).await.unwrap().into_inner();
        assert!(answer.account.is_some());
    }
}

/// A server with accounts, a log beside it and a bare server, all idle but one at a time.
pub(crate) struct Bench<'a> {
    database: &'a Database,
    rounds: usize,
    time: Duration,
    accounts: Vec<Arc<Account>>,
    /// How often each client has called: spread, and on one. So no run leaves seats reserved.
    calls: [Vec<Arc<AtomicU64>>; 2],
    clients: Vec<Client>,
    bare: BareServer,
    channels: Vec<Channel>,
    log: Log,
    server: Server,
    _places: [Place; 2],
}

impl<'a> Bench<'a> {
    pub(crate) async fn start(database: &'a Database, rounds: usize, time: Duration) -> Self {
        let place = database.place();
        let server = place.serve().await;
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(server.client(Who::Everything).await);
        }
        let units = town::units(&clients[0], CLIENTS).await;
        let accounts = town::accounts(&clients[0], &units).await;
        let docs = accounts.iter().map(|account| (account.name.clone(), account.json.clone()));
        let bare = BareServer::start(database, &docs.collect::<Vec<_>>()).await;
        let mut channels = Vec::new();
        for _ in 0..CONNECTIONS {
            channels.push(bare.connect().await);
        }
        let beside = database.place();
        let log = beside.log().await;
        let accounts = accounts.into_iter().map(Arc::new).collect();
        let places = [place, beside];
        Self {
            database,
            rounds,
            time,
            accounts,
            calls: [(); 2].map(|()| (0..CLIENTS).map(|_| Arc::default()).collect()),
            clients,
            bare,
            channels,
            log,
            server,
            _places: places,
        }
    }

    pub(crate) async fn end(mut self) {
        self.log.close().await;
        drop(self.bare);
        assert!(self.server.stop().await, "the server ends well");
    }

    fn reservers(&self, accounts: usize) -> Vec<Reserver> {
        let calls = &self.calls[usize::from(accounts == 1)];
        let reserver = |nr: usize| Reserver {
            client: self.clients[nr % CONNECTIONS].quota(),
            account: Arc::clone(&self.accounts[nr % accounts]),
            calls: Arc::clone(&calls[nr]),
        };
        (0..CLIENTS).map(reserver).collect()
    }

    async fn spread(&self) -> Pace {
        load::closed(self.reservers(CLIENTS), self.time).await
    }

    async fn on_one(&self) -> Pace {
        load::closed(self.reservers(1), self.time).await
    }

    async fn log(&self) -> Pace {
        let appenders = (0..CLIENTS).map(|nr| Appender::new(&self.log, nr)).collect();
        load::closed(appenders, self.time).await
    }

    /// Commands over many accounts against the log's own rate, and on one account against
    /// many.
    pub(crate) async fn commands(&self, report: &mut Report) {
        let mut spread = Line::new("commands", "1/s", Target::AtLeast(0.5));
        let mut one = Line::new("one_account", "1/s", Target::AtLeast(0.7));
        // Connections, caches and statements are warm before anything counts.
        let _ = (self.spread().await, self.log().await);
        let (mut p50, mut p99, mut behind) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            // What the views have still to take must not slow the limit down.
            caught_up(&self.clients[0]).await;
            let log = self.log().await;
            let many = self.spread().await;
            behind.push(caught_up(&self.clients[0]).await.as_secs_f64());
            let hot = self.on_one().await;
            spread.round(log.rate, many.rate);
            one.round(many.rate, hot.rate);
            p50.push(many.p50_us);
            p99.push(many.p99_us);
        }
        let spread = spread.with("clients", CLIENTS).with("p50_us", median(p50));
        let spread = spread.with("views_behind_s", rounded(median(behind)));
        report.add(self.database.name(), spread.with("p99_us", median(p99)));
        report.add(self.database.name(), one.with("clients", CLIENTS));
    }

    /// One resource by its name against one row by its key.
    pub(crate) async fn get(&self, report: &mut Report) {
        let mut line = Line::new("get", "1/s", Target::AtLeast(0.7));
        for round in 0..=self.rounds {
            let askers = (0..CLIENTS).map(|nr| {
                let channel = self.channels[nr % CONNECTIONS].clone();
                Asker::get(channel, self.accounts[nr].name.clone())
            });
            let bare = load::closed(askers.collect(), self.time).await;
            let getters = (0..CLIENTS).map(|nr| Getter {
                client: self.clients[nr % CONNECTIONS].quota(),
                name: self.accounts[nr].name.clone(),
            });
            let ours = load::closed(getters.collect(), self.time).await;
            // The first only warms up.
            if round > 0 {
                line.round(bare.rate, ours.rate);
            }
        }
        report.add(self.database.name(), line.with("clients", CLIENTS));
    }

    /// What 99 of 100 commands take at half of the peak, against an echo and a sync.
    pub(crate) async fn latency(&self, report: &mut Report) {
        let peak = self.spread().await.rate;
        caught_up(&self.clients[0]).await;
        let rate = peak / 2.0;
        let folder = TempDir::with_prefix("quanheng-bench-").unwrap();
        let mut line = Line::new("latency_p99", "us", Target::AtMost(1.0));
        let (mut echoes, mut syncs, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        let mut p50 = Vec::new();
        let text = self.accounts[0].json.clone();
        for _ in 0..self.rounds {
            let sync = sync_p99_us(folder.path());
            let askers: Vec<_> = (0..CLIENTS)
                .map(|nr| Asker::echo(self.channels[nr % CONNECTIONS].clone(), text.clone()))
                .collect();
            let echo = load::open(&askers, rate, self.time * 2).await;
            let ours = load::open(&self.reservers(CLIENTS), rate, self.time * 2).await;
            line.round(10.0 * echo.p99_us + 3.0 * sync, ours.p99_us);
            echoes.push(echo.p99_us);
            syncs.push(sync);
            rates.push(ours.rate);
            p50.push(ours.p50_us);
        }
        let line = line
            .with("echo_p99_us", median(echoes))
            .with("sync_p99_us", median(syncs))
            .with("p50_us", median(p50))
            .with("peak", rounded(peak))
            .with("rate", rounded(median(rates)));
        report.add(self.database.name(), line);
    }
}

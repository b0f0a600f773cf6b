//! Workers that ask, an operator that kills, and what must hold in the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_e2e::{Client, Server, Setup, Who, staff};
use quanheng_policy::codes::DivisionCode;
use tokio::sync::{Mutex, RwLock};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::accounts::Account;
use super::world::{Answer, Command, People, World};
use crate::sizes;

/// What is run.
pub(super) struct Plan {
    pub(super) database: Option<String>,
    pub(super) servers: usize,
    pub(super) workers: usize,
    pub(super) commands: usize,
}

/// The servers, and somebody's clients to each that runs.
struct Farm {
    servers: Mutex<Vec<Server>>,
    clients: RwLock<Vec<Option<People>>>,
}

impl Farm {
    async fn start(plan: &Plan) -> Self {
        let setup = match &plan.database {
            None => Setup::default(),
            Some(url) => Setup::postgres(url.clone(), crate::postgres::realm()),
        };
        let first = Server::start(setup).await;
        let mut servers = vec![first];
        while servers.len() < plan.servers {
            let next = servers[0].beside().await;
            servers.push(next);
        }
        let farm = Self { servers: Mutex::new(servers), clients: RwLock::new(Vec::new()) };
        for index in 0..plan.servers {
            farm.clients.write().await.push(None);
            farm.connect(index).await;
        }
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

    /// A client to one that is likely to run.
    async fn clients(&self, from: usize) -> People {
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
    async fn kill(&self, index: usize) {
        self.clients.write().await[index] = None;
        self.servers.lock().await[index].restart().await;
        self.connect(index).await;
    }
}

/// The county's organisation department, and who sits in it.
async fn seat(client: &Client) {
    let division = DivisionCode::parse("420106").expect("a code");
    let unit = World::organisation_department();
    client.registry().create_unit(unit).await.expect("a unit");
    for who in [Who::Everything, Who::Secretary, Who::Reviewer, Who::Head] {
        staff::register(client, who, "units/org", &division).await.expect("a person");
    }
    staff::authority(client, "420106", "units/org").await.expect("an authority");
    for (role, who) in [(staff::REVIEWER, Who::Reviewer), (staff::HEAD, Who::Head)] {
        staff::office(client, "units/org", role, who).await.expect("an office");
    }
}

/// Whether an answer says nothing about what became of the command.
fn is_doubtful(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Aborted)
        || (status.code() == Code::Internal && status.get_error_details().error_info().is_none())
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().map_or_else(|| format!("{status:?}"), |info| info.reason.clone())
}

/// Answers as they can be compared: metadata has no order on the wire.
fn comparable(answer: &Answer) -> Result<String, (Code, String, String)> {
    match answer {
        Ok(text) => Ok(text.clone()),
        Err(status) => Err((status.code(), reason(status), status.message().to_owned())),
    }
}

/// Sends a command until it is answered for sure.
async fn settle(farm: &Farm, command: &Command, server: usize) -> Answer {
    for turn in 0..2_000 {
        let people = farm.clients(server + turn).await;
        let answer = command.send(&people).await;
        match answer {
            Err(status) if is_doubtful(&status) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            answer => return answer,
        }
    }
    panic!("never answered: {command:?}");
}

/// Whether the ledger said what the model says.
fn agrees(command: &Command, expected: Result<(), &'static str>, answer: &Answer) {
    let said = match answer {
        Ok(text) if text.starts_with("RETURNED") => Err("RETURNED".to_owned()),
        Ok(_) => Ok(()),
        Err(status) => Err(reason(status)),
    };
    let expected = expected.map_err(str::to_owned);
    assert_eq!(said, expected, "{command:?}: {answer:?}");
}

async fn work(
    farm: Arc<Farm>,
    worker: usize,
    commands: usize,
    done: Arc<AtomicUsize>,
) -> (World, Vec<(Command, Answer)>) {
    let mut world = World::new(worker);
    let mut kept: Vec<(Command, Answer)> = Vec::new();
    for step in 0..commands {
        let (command, expected) = world.next();
        let server = world.below(8);
        let answer = settle(&farm, &command, server).await;
        agrees(&command, expected, &answer);
        if world.below(10) == 0 {
            let again = settle(&farm, &command, server + 1).await;
            assert_eq!(comparable(&again), comparable(&answer), "at once: {command:?}");
        }
        if step % 16 == 0 {
            kept.push((command, answer));
        }
        if !kept.is_empty() && world.below(40) == 0 {
            let (command, answer) = &kept[world.below(kept.len())];
            let again = settle(&farm, command, server).await;
            assert_eq!(comparable(&again), comparable(answer), "later: {command:?}");
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    (world, kept)
}

/// Runs the plan to its end.
pub(super) async fn run(plan: Plan) {
    let farm = Arc::new(Farm::start(&plan).await);
    seat(&farm.clients(0).await.asker).await;
    let (done, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let each = plan.commands / plan.workers + 1;
    let workers = (0..plan.workers)
        .map(|worker| tokio::spawn(work(Arc::clone(&farm), worker, each, Arc::clone(&done))));
    let workers: Vec<_> = workers.collect();
    let killer = tokio::spawn({
        let (farm, done, over) = (Arc::clone(&farm), Arc::clone(&done), Arc::clone(&over));
        let kills = sizes::model_kills();
        async move {
            for kill in 1..=kills {
                // Spread over the whole run, whatever its speed.
                let at = plan.commands * kill / (kills + 1);
                while done.load(Ordering::Relaxed) < at && !over.load(Ordering::Relaxed) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                farm.kill(kill % plan.servers).await;
            }
        }
    });
    let mut worlds = Vec::new();
    for worker in workers {
        worlds.push(worker.await.expect("no worker disagreed"));
    }
    over.store(true, Ordering::Relaxed);
    killer.await.expect("servers start again");
    farm.kill(0).await;
    for (world, kept) in &worlds {
        for (command, answer) in kept {
            let again = settle(&farm, command, 0).await;
            assert_eq!(comparable(&again), comparable(answer), "after the end: {command:?}");
        }
        for (unit, account) in &world.accounts {
            compare(&farm, unit, account).await;
        }
    }
    rebuilt_views_are_the_same(&farm, &plan).await;
}

/// What the server says of an account is what the model says.
async fn compare(farm: &Farm, unit: &str, model: &Account) {
    let found = match account(farm, unit).await {
        Ok(found) => found,
        Err(status) => {
            assert!(!model.is_determined(), "{unit}: {status:?}");
            return;
        }
    };
    for set in Account::set_ids() {
        let balance = found.sets.iter().find(|balance| balance.set == set).expect("a set");
        let said = [balance.determined, balance.charged, balance.held, balance.reserved];
        assert_eq!(said, model.balance(set), "{unit} {set}");
    }
    assert_eq!(found.holders as usize, model.holders.len(), "{unit}");
}

async fn account(farm: &Farm, unit: &str) -> Result<quota::QuotaAccount, Status> {
    let client = farm.clients(0).await.asker;
    let head = head(&client).await;
    let message = quota::GetQuotaAccountRequest {
        name: format!("quotaAccounts/{unit}.general_management"),
        min_position: head,
        ..Default::default()
    };
    let answer = client.quota().get_quota_account(message).await?.into_inner();
    Ok(answer.account.expect("an account"))
}

async fn head(client: &Client) -> u64 {
    let message = quanheng_api::quanheng::projection::v1::ListProjectionsRequest {};
    let projections = client.projection().list_projections(message).await;
    let projections = projections.expect("projections").into_inner().projections;
    projections.iter().map(|projection| projection.head).max().unwrap_or(0)
}

/// Every account, by its name.
async fn accounts(farm: &Farm) -> BTreeMap<String, quota::QuotaAccount> {
    let client = farm.clients(0).await.asker;
    let min_position = head(&client).await;
    let mut accounts = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let message = quota::ListQuotaAccountsRequest {
            min_position,
            page_size: 100,
            page_token,
            ..Default::default()
        };
        let answer = client.quota().list_quota_accounts(message).await.expect("a page");
        let answer = answer.into_inner();
        accounts.extend(answer.accounts.into_iter().map(|found| (found.name.clone(), found)));
        if answer.next_page_token.is_empty() {
            return accounts;
        }
        page_token = answer.next_page_token;
    }
}

/// Projections that are built from zero are those that lived through it all.
async fn rebuilt_views_are_the_same(farm: &Farm, plan: &Plan) {
    let lived = accounts(farm).await;
    assert!(!lived.is_empty());
    {
        let mut servers = farm.servers.lock().await;
        for server in servers.iter_mut() {
            assert!(server.stop().await, "it stops in an orderly way");
        }
        match &plan.database {
            None => {
                for file in ["views.sqlite", "views.sqlite-wal", "views.sqlite-shm"] {
                    let file = servers[0].data().join(file);
                    if file.exists() {
                        std::fs::remove_file(file).expect("views are removed");
                    }
                }
            }
            Some(url) => {
                let realm = servers[0].realm().to_owned();
                drop_schema(url, &format!("{realm}_views")).await;
            }
        }
        for server in servers.iter_mut() {
            server.restart().await;
        }
    }
    for index in 0..plan.servers {
        farm.connect(index).await;
    }
    let rebuilt = accounts(farm).await;
    assert_eq!(lived.len(), rebuilt.len());
    for (name, account) in lived {
        assert_eq!(rebuilt[&name], account, "{name}");
    }
}

async fn drop_schema(url: &str, schema: &str) {
    use sqlx::{AssertSqlSafe, Connection as _};
    let mut connection = sqlx::PgConnection::connect(url).await.expect("the database");
    let drop = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
    sqlx::raw_sql(drop).execute(&mut connection).await.expect("it is dropped");
}

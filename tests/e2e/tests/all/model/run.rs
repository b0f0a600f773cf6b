//! Workers that ask, an operator that kills, and what must hold in the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_e2e::{Client, Who, staff};
use quanheng_policy::codes::DivisionCode;
use tonic::Status;

use super::accounts::Account;
use super::world::{Command, World};
use crate::farm::{Answer, Farm, comparable, reason, settle, under_kills};
use crate::sizes;

/// What is run.
pub(super) struct Plan {
    pub(super) database: Option<String>,
    pub(super) servers: usize,
    pub(super) workers: usize,
    pub(super) commands: usize,
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
    let farm = Farm::start(plan.database.as_deref(), plan.servers, Vec::new());
    let farm = Arc::new(farm.await);
    seat(&farm.clients(0).await.asker).await;
    let done = Arc::new(AtomicUsize::new(0));
    let each = plan.commands / plan.workers + 1;
    let workers =
        (0..plan.workers).map(|worker| work(Arc::clone(&farm), worker, each, Arc::clone(&done)));
    let workers: Vec<_> = workers.collect();
    let kills = sizes::model_kills();
    let worlds = under_kills(&farm, kills, plan.commands, workers, Arc::clone(&done)).await;
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
    let head = farm.head().await;
    let client = farm.clients(0).await.asker;
    let message = quota::GetQuotaAccountRequest {
        name: format!("quotaAccounts/{unit}.general_management"),
        min_position: head,
        ..Default::default()
    };
    let answer = client.quota().get_quota_account(message).await?.into_inner();
    Ok(answer.account.expect("an account"))
}

/// Every account, by its name.
async fn accounts(farm: &Farm) -> BTreeMap<String, quota::QuotaAccount> {
    let client = farm.clients(0).await.asker;
    let min_position = farm.head().await;
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
    farm.connect_all().await;
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

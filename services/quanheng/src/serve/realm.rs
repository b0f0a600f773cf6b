//! Opening a realm: keys, log, policies, views, projections.

use std::sync::Arc;

use quanheng_eventlog::{
    Backend as LogBackend, Clock, Log, Micros, Options, PostgresOptions as LogPostgres, Snapshots,
    SqliteOptions as LogSqlite, SystemClock,
};
use quanheng_projection::{
    Backend as ViewsBackend, PostgresOptions as ViewsPostgres, Projections,
    SqliteOptions as ViewsSqlite, Views,
};
use quanheng_runtime::reading::PageSizes;
use quanheng_runtime::{Denials, Engine, Policies, Realm};
use quanheng_sealing::{FileMasterKey, Keys, KeysBackend};
use sqlx::postgres::PgConnectOptions;

use super::Fault;
use crate::config::{Config, DemoClock};

/// A clock of a demonstration, which is refused outside of one.
struct MovedClock(i64);

impl Clock for MovedClock {
    fn now(&self) -> Micros {
        Micros(SystemClock.now().0.saturating_add(self.0))
    }
}

struct FixedClock(i64);

impl Clock for FixedClock {
    fn now(&self) -> Micros {
        Micros(self.0)
    }
}

fn clock(config: &Config) -> Result<Arc<dyn Clock>, Fault> {
    match (config.demo_clock(), config.demo.enabled) {
        (DemoClock::Real, _) => Ok(Arc::new(SystemClock)),
        (_, false) => Err("演示时钟只能在演示模式下使用(demo.enabled)".into()),
        (DemoClock::Moved(by), true) => Ok(Arc::new(MovedClock(by))),
        (DemoClock::Fixed(at), true) => Ok(Arc::new(FixedClock(at))),
    }
}

/// Where everything of the realm is.
struct Places {
    log: LogBackend,
    views: ViewsBackend,
    keys: KeysBackend,
}

fn places(config: &Config) -> Result<Places, Fault> {
    if config.database.is_empty() {
        let folder = config.realm_dir();
        return Ok(Places {
            log: LogBackend::Sqlite(LogSqlite::new(&folder)),
            views: ViewsBackend::Sqlite(ViewsSqlite::new(&folder)),
            keys: KeysBackend::Sqlite(folder),
        });
    }
    let connect: PgConnectOptions = config.database.0.parse()?;
    Ok(Places {
        log: LogBackend::Postgres(LogPostgres::new(connect.clone(), config.log_schema())),
        views: ViewsBackend::Postgres(ViewsPostgres::new(connect.clone(), config.views_schema())),
        keys: KeysBackend::Postgres { connect, schema: config.keys_schema() },
    })
}

/// Opens the realm; makes it where it is not there yet.
pub(super) async fn open(config: &Config) -> Result<Arc<Realm>, Fault> {
    let clock = clock(config)?;
    let places = places(config)?;
    let path = config.master_key_path();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let bounds = config.eventlog.bounds();
    let views = Views::open(&places.views).await?;
    let snapshots: Option<Arc<dyn Snapshots>> = Some(Arc::new(views.clone()));
    let options = Options { backend: places.log, bounds, clock: Arc::clone(&clock), snapshots };
    let log = Log::open(options).await?;
    let cipher = config.cipher.into();
    let master = Arc::new(FileMasterKey::open_or_create(&path)?.with_cipher(cipher));
    let keys = Keys::open(places.keys, master, cipher).await?;
    let policies = Policies::open(log.clone()).await?;
    let mut definitions = vec![
        quanheng_registry::units_definition()?,
        quanheng_registry::persons_definition()?,
        quanheng_registry::operations_definition()?,
        quanheng_quota::definition()?,
        quanheng_approval::definition()?,
        quanheng_promotion::definition()?,
        quanheng_attachment::definition()?,
    ];
    definitions.extend(quanheng_recertification_service::definitions()?);
    let bounds = config.projection.bounds();
    let projections = Projections::start(log.clone(), views.clone(), definitions, bounds).await?;
    Ok(Arc::new(Realm {
        name: config.realm.clone(),
        engine: Engine::new(log.clone(), policies.clone(), keys.clone()),
        log,
        policies,
        views,
        projections,
        keys,
        denials: Denials::default(),
        clock,
        pages: PageSizes {
            default: config.limits.page_size_default,
            max: config.limits.page_size_max,
        },
    }))
}

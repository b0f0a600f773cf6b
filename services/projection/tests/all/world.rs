//! A realm of one's own on either database, a server over it, and callers by role.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use quanheng_eventlog::{Log, Options, Position, SystemClock};
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Bounds, Definition, Projections, Views};
use quanheng_runtime::{Denials, Engine, House, Policies, Realm};
use quanheng_sealing::{Cipher, FileMasterKey, Keys, KeysBackend};
use quanheng_testkit::cluster::{Cluster, SHARED};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

/// On what the realm is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Runs each case on both databases.
macro_rules! on_every_backend {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(crate::world::Kind::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(crate::world::Kind::Postgres).await; })*
        }
    };
}
pub(crate) use on_every_backend;

/// Where a realm is kept: opened as often as wanted on PostgreSQL, once on SQLite.
struct Place {
    folder: TempDir,
    postgres: Option<(PgConnectOptions, String)>,
    _cluster: Option<Cluster>,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

impl Place {
    fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if kind == Kind::Sqlite {
            return Self { folder, postgres: None, _cluster: None };
        }
        let cluster = std::env::var(SHARED).is_err().then(Cluster::start);
        let url = cluster.as_ref().map_or_else(|| std::env::var(SHARED).unwrap(), Cluster::url);
        let nr = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let schema = format!("prj{}_{nr}", std::process::id());
        Self { folder, postgres: Some((url.parse().unwrap(), schema)), _cluster: cluster }
    }

    fn log(&self) -> quanheng_eventlog::Backend {
        use quanheng_eventlog::{Backend, PostgresOptions, SqliteOptions};
        match &self.postgres {
            None => Backend::Sqlite(SqliteOptions::new(self.folder.path())),
            Some((connect, schema)) => {
                let mut options = PostgresOptions::new(connect.clone(), schema.clone());
                options.poll_interval = Duration::from_millis(20);
                options.readers_max = 3;
                Backend::Postgres(options)
            }
        }
    }

    fn views(&self) -> quanheng_projection::Backend {
        use quanheng_projection::{Backend, PostgresOptions, SqliteOptions};
        match &self.postgres {
            None => Backend::Sqlite(SqliteOptions::new(self.folder.path())),
            Some((connect, schema)) => {
                let mut options = PostgresOptions::new(connect.clone(), format!("{schema}_views"));
                options.connections_max = 4;
                Backend::Postgres(options)
            }
        }
    }

    fn keys(&self) -> KeysBackend {
        match &self.postgres {
            None => KeysBackend::Sqlite(self.folder.path().to_owned()),
            Some((connect, schema)) => {
                KeysBackend::Postgres { connect: connect.clone(), schema: format!("{schema}_keys") }
            }
        }
    }

    async fn open(&self, definitions: Vec<Definition>, bounds: Bounds) -> Arc<Realm> {
        let log = Log::open(Options::from(self.log())).await.unwrap();
        let policies = Policies::open(log.clone()).await.unwrap();
        let views = Views::open(&self.views()).await.unwrap();
        let projections = Projections::start(log.clone(), views.clone(), definitions, bounds);
        let master = FileMasterKey::open_or_create(self.folder.path().join("master.key")).unwrap();
        let keys = Keys::open(self.keys(), Arc::new(master), Cipher::Aes256Gcm).await.unwrap();
        Arc::new(Realm {
            name: "default".to_owned(),
            engine: Engine::new(log.clone(), policies.clone()),
            log,
            policies,
            projections: projections.await.unwrap(),
            views,
            keys,
            denials: Denials::default(),
            clock: Arc::new(SystemClock),
        })
    }
}

/// A realm with a server over it.
pub(crate) struct World {
    pub(crate) realm: Arc<Realm>,
    pub(crate) channel: Channel,
    place: Arc<Place>,
}

impl World {
    pub(crate) async fn new(kind: Kind) -> Self {
        Self::at(Arc::new(Place::new(kind)), |_| {}).await
    }

    #[allow(dead_code, reason = "not every crate's tests need it")]
    pub(crate) async fn with(kind: Kind, change: impl FnOnce(&mut Bounds)) -> Self {
        Self::at(Arc::new(Place::new(kind)), change).await
    }

    /// The same realm in another process, as far as the database can tell.
    #[allow(dead_code, reason = "not every crate's tests need it")]
    pub(crate) async fn beside(&self) -> Self {
        Self::at(Arc::clone(&self.place), |_| {}).await
    }

    async fn at(place: Arc<Place>, change: impl FnOnce(&mut Bounds)) -> Self {
        let mut bounds = Bounds {
            poll_interval: Duration::from_millis(20),
            checkpoint_interval: Duration::from_millis(20),
            bookmark_interval_min: Duration::from_millis(10),
            ..Bounds::default()
        };
        change(&mut bounds);
        let realm = place.open(super::definitions(), bounds).await;
        let house = Arc::new(House::new([Arc::clone(&realm)]));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = InterceptedService::new(super::server(house), recognise);
        let serving = Server::builder().add_service(service);
        tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener)));
        let channel = Channel::from_shared(format!("http://{address}")).unwrap();
        let channel = channel.connect().await.unwrap();
        Self { realm, channel, place }
    }

    pub(crate) async fn head(&self) -> Position {
        self.realm.log.head().await.unwrap()
    }

    /// Expects that a call is refused and changes nothing.
    pub(crate) async fn refused<T: std::fmt::Debug>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Refusal {
        let before = self.head().await;
        let refusal = refusal(call.await.expect_err("it is refused"));
        assert_eq!(self.head().await, before, "{refusal:?}");
        refusal
    }
}

/// Why a call was refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) reason: String,
    pub(crate) fields: Vec<String>,
    #[allow(dead_code, reason = "not every crate's tests need it")]
    pub(crate) metadata: std::collections::HashMap<String, String>,
}

impl Refusal {
    pub(crate) fn is(&self, code: Code, reason: &str) {
        assert_eq!((self.code, self.reason.as_str()), (code, reason), "{self:?}");
    }

    pub(crate) fn is_field(&self, field: &str) {
        self.is(Code::InvalidArgument, "INVALID_FIELD");
        assert_eq!(self.fields, [field], "{self:?}");
    }
}

/// What a status tells. Each has a message for people.
pub(crate) fn refusal(status: Status) -> Refusal {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no reason: {status:?}"));
    assert_eq!(details.localized_message().map(|message| message.locale.as_str()), Some("zh-CN"));
    let fields = details.bad_request().map(|bad| bad.field_violations.clone());
    Refusal {
        code: status.code(),
        reason: info.reason.clone(),
        fields: fields.into_iter().flatten().map(|violation| violation.field).collect(),
        metadata: info.metadata.clone(),
    }
}

/// Somebody: an id, roles, a jurisdiction. A test's stand-in for a token.
#[derive(Debug, Clone)]
pub(crate) struct As(String);

/// Somebody who calls.
pub(crate) fn who(id: &str, roles: &[Role], division: &str) -> As {
    let roles: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    As(format!("{id}|{}|{division}", roles.join(",")))
}

impl Interceptor for As {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let who = MetadataValue::try_from(&self.0).unwrap();
        request.metadata_mut().insert("x-who", who);
        Ok(request)
    }
}

#[allow(clippy::result_large_err, reason = "as interceptors are")]
fn recognise(mut request: Request<()>) -> Result<Request<()>, Status> {
    let Some(who) = request.metadata().get("x-who") else { return Ok(request) };
    let who = who.to_str().unwrap().to_owned();
    let [id, roles, division] = who.split('|').collect::<Vec<_>>()[..] else { panic!("{who}") };
    let roles: BTreeSet<Role> = roles.split(',').filter_map(Role::parse).collect();
    request.extensions_mut().insert(Arc::new(Principal {
        id: id.to_owned(),
        display_name: id.to_owned(),
        roles,
        unit: None,
        jurisdiction: DivisionCode::parse(division).unwrap(),
        realm: "default".to_owned(),
        person: None,
    }));
    Ok(request)
}

/// A request id of one's own.
pub(crate) fn request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

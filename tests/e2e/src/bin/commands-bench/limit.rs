//! The limits: a bare server in a process of its own, single appenders, and the disk.

use std::convert::Infallible;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::task::{Context, Poll};
use std::time::Instant;

use clap::Args;
use quanheng_eventlog::{
    Digest, EventDraft, EventType, Log, Method, Principal, RequestKey, StreamName, Tag, Transaction,
};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tonic::codegen::{BoxFuture, Service, StdError, http};
use tonic::server::{NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use uuid::Uuid;

use crate::load::{Caller, percentile};
use crate::place::{Database, fresh_name};

/// Answers with what lies under a key, or with what was asked; nothing else.
#[derive(Clone)]
struct Bare(Store);

#[derive(Clone)]
enum Store {
    Sqlite(SqlitePool),
    Postgres(PgPool, String),
}

impl Store {
    async fn find(&self, id: &str) -> Result<Option<String>, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => {
                let select = sqlx::query_scalar("SELECT doc FROM docs WHERE id = $1");
                select.bind(id).fetch_optional(pool).await
            }
            Self::Postgres(pool, select) => {
                let select = sqlx::query_scalar(AssertSqlSafe(select.clone()));
                select.bind(id).fetch_optional(pool).await
            }
        }
    }

    /// A table of documents, on the same terms as the views' readers have.
    async fn fill(at: &str, docs: &[(String, String)]) -> Self {
        if !at.starts_with("postgres") {
            let options = SqliteConnectOptions::new().filename(at).create_if_missing(true);
            let options = options.journal_mode(SqliteJournalMode::Wal);
            let pool = SqlitePoolOptions::new().max_connections(4);
            let pool = pool.connect_with(options).await.unwrap();
            let create = "CREATE TABLE docs (id TEXT PRIMARY KEY, doc TEXT NOT NULL)";
            sqlx::query(create).execute(&pool).await.unwrap();
            for (id, doc) in docs {
                let insert = sqlx::query("INSERT INTO docs VALUES ($1, $2)").bind(id).bind(doc);
                insert.execute(&pool).await.unwrap();
            }
            return Self::Sqlite(pool);
        }
        let pool = PgPoolOptions::new().max_connections(12).connect(at).await.unwrap();
        let table = fresh_name();
        let create = format!("CREATE TABLE {table} (id TEXT PRIMARY KEY, doc TEXT NOT NULL)");
        sqlx::query(AssertSqlSafe(create)).execute(&pool).await.unwrap();
        for (id, doc) in docs {
            let insert = format!("INSERT INTO {table} VALUES ($1, $2)");
            let insert = sqlx::query(AssertSqlSafe(insert)).bind(id).bind(doc);
            insert.execute(&pool).await.unwrap();
        }
        Self::Postgres(pool, format!("SELECT doc FROM {table} WHERE id = $1"))
    }
}

struct Get(Store);
struct Echo;

impl UnaryService<String> for Get {
    type Response = String;
    type Future = BoxFuture<Response<String>, Status>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let store = self.0.clone();
        Box::pin(async move {
            let found = store.find(request.get_ref()).await;
            let found = found.map_err(|error| Status::internal(error.to_string()))?;
            Ok(Response::new(found.ok_or_else(|| Status::not_found("none"))?))
        })
    }
}

impl UnaryService<String> for Echo {
    type Response = String;
    type Future = BoxFuture<Response<String>, Status>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        Box::pin(std::future::ready(Ok(Response::new(request.into_inner()))))
    }
}

impl NamedService for Bare {
    const NAME: &'static str = "bench.Bare";
}

impl<B> Service<http::Request<B>> for Bare
where
    B: tonic::codegen::Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let store = self.0.clone();
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<String, String>::default());
            Ok(match request.uri().path() {
                "/bench.Bare/Echo" => grpc.unary(Echo, request).await,
                _ => grpc.unary(Get(store), request).await,
            })
        })
    }
}

/// The bare server's process.
#[derive(Debug, Args)]
pub(crate) struct BareArgs {
    /// A file or a database URL.
    #[arg(long)]
    at: String,
    /// The documents: a JSON file.
    #[arg(long)]
    docs: PathBuf,
}

impl BareArgs {
    /// Serves until it is killed.
    pub(crate) async fn run(self) {
        let docs: Vec<(String, String)> =
            serde_json::from_slice(&std::fs::read(self.docs).unwrap()).unwrap();
        let store = Store::fill(&self.at, &docs).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("listening on {}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder();
        let mut server = server.max_concurrent_streams(256);
        let server = server.add_service(Bare(store));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        server.serve_with_incoming(incoming).await.unwrap();
    }
}

/// A bare server, killed when it is dropped.
pub(crate) struct BareServer {
    address: String,
    _child: Child,
    _folder: TempDir,
}

impl BareServer {
    /// Starts one over some documents.
    pub(crate) async fn start(database: &Database, docs: &[(String, String)]) -> Self {
        let folder = TempDir::with_prefix("quanheng-bench-").unwrap();
        let file = folder.path().join("docs.json");
        std::fs::write(&file, serde_json::to_vec(docs).unwrap()).unwrap();
        let sqlite = folder.path().join("docs.sqlite");
        let at = database.url().map_or_else(|| sqlite.display().to_string(), str::to_owned);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["bare", "--at", &at])
            .arg("--docs")
            .arg(&file)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let address = line.strip_prefix("listening on ").unwrap().to_owned();
        Self { address, _child: child, _folder: folder }
    }

    /// A connection.
    pub(crate) async fn connect(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.tcp_nodelay(true).connect().await.unwrap()
    }
}

/// Asks the bare server.
#[derive(Clone)]
pub(crate) struct Asker {
    channel: Channel,
    path: &'static str,
    asked: String,
}

impl Asker {
    /// For a document.
    pub(crate) fn get(channel: Channel, id: String) -> Self {
        Self { channel, path: "/bench.Bare/Get", asked: id }
    }

    /// For what it says.
    pub(crate) fn echo(channel: Channel, text: String) -> Self {
        Self { channel, path: "/bench.Bare/Echo", asked: text }
    }
}

impl Caller for Asker {
    async fn call(&mut self) {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let path = http::uri::PathAndQuery::from_static(self.path);
        let codec = ProstCodec::<String, String>::default();
        let answer: Response<String> =
            grpc.unary(Request::new(self.asked.clone()), path, codec).await.unwrap();
        assert!(!answer.get_ref().is_empty());
    }
}

/// Appends to the log in this process, one or more events a commit: of the form and size of
/// the ledger's, under request keys, with answers.
pub(crate) struct Appender {
    log: Log,
    stream: StreamName,
    event_type: EventType,
    unit: Tag,
    principal: Principal,
    method: Method,
    /// Events of one commit.
    events: usize,
    nr: u64,
}

impl Appender {
    /// One event a commit.
    pub(crate) fn new(log: &Log, appender: usize) -> Self {
        Self::of(log, appender, 1)
    }

    /// So many events a commit.
    pub(crate) fn of(log: &Log, appender: usize, events: usize) -> Self {
        Self {
            events,
            log: log.clone(),
            stream: StreamName::new(format!("quotaAccounts/bench-{appender}")).unwrap(),
            event_type: EventType::new("quanheng.quota.reserve_set.v1").unwrap(),
            unit: Tag::new(format!("units/bench-{appender}")).unwrap(),
            principal: Principal::new("principals/manager").unwrap(),
            method: Method::new("quanheng.quota.v1.QuotaService/SetReserve").unwrap(),
            nr: 0,
        }
    }
}

impl Caller for Appender {
    async fn call(&mut self) {
        let request_id = Uuid::now_v7();
        let key = RequestKey {
            request_id,
            principal: self.principal.clone(),
            method: self.method.clone(),
            digest: Digest::of(request_id.as_bytes()),
        };
        let mut transaction = Transaction::default();
        for _ in 0..self.events {
            self.nr += 1;
            let facts = serde_json::json!({
                "type": "reserve_set", "set": "GM03-06", "seats": 1, "reason": "预留",
                "nr": self.nr,
                "basis": { "document": "示例组通〔2024〕3号", "effective_on": "2024-01-01" },
            });
            let draft = EventDraft::new(self.stream.clone(), self.event_type.clone(), &facts);
            transaction = transaction.append(draft.unwrap().tagged(self.unit.clone()));
        }
        transaction.context.request_id = Some(request_id);
        transaction.context.principal = Some(self.principal.clone());
        transaction.context.method = Some(self.method.clone());
        let transaction = transaction.keyed(key, "{\"position\":\"0000000\"}");
        self.log.commit(transaction).await.unwrap();
    }
}

/// The time below which 99 of 100 syncs of the disk end, now, in microseconds.
pub(crate) fn sync_p99_us(folder: &Path) -> f64 {
    let mut file = File::create(folder.join(fresh_name())).unwrap();
    let times = (0..400).map(|_| {
        let start = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        start.elapsed().as_micros() as u64
    });
    let mut times: Vec<u64> = times.collect();
    times.sort_unstable();
    percentile(&times, 99.0)
}

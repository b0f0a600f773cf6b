//! A realm with a server over it on a socket, and callers by role.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use quanheng_eventlog::Position;
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::Bounds;
use quanheng_runtime::Realm;
pub(crate) use quanheng_test_house::Kind;
use quanheng_test_house::{Place, TestHouse, Told, told};
use tokio::net::TcpListener;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};

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

/// A realm with a server over it.
pub(crate) struct World {
    pub(crate) realm: Arc<Realm>,
    pub(crate) channel: Channel,
    house: TestHouse,
}

impl World {
    pub(crate) async fn new(kind: Kind) -> Self {
        Self::at(Place::new(kind).await, Bounds::default()).await
    }

    pub(crate) async fn with(kind: Kind, change: impl FnOnce(&mut Bounds)) -> Self {
        // Whoever waits for news in a test does not wait long.
        let mut bounds = Bounds {
            bookmark_interval_min: std::time::Duration::from_millis(10),
            ..Bounds::default()
        };
        change(&mut bounds);
        Self::at(Place::new(kind).await, bounds).await
    }

    /// The same realm in another process, as far as the database can tell.
    pub(crate) async fn beside(&self) -> Self {
        Self::at(self.house.place.clone(), Bounds::default()).await
    }

    async fn at(place: Place, bounds: Bounds) -> Self {
        let house = TestHouse::open_bounded(place, super::definitions(), bounds).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = super::server(Arc::clone(&house.house));
        let serving = Server::builder().add_service(InterceptedService::new(server, recognise));
        tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener)));
        let channel = Channel::from_shared(format!("http://{address}")).unwrap();
        let channel = channel.connect().await.unwrap();
        Self { realm: Arc::clone(&house.realm), channel, house }
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
        let refusal = refusal(&call.await.expect_err("it is refused"));
        assert_eq!(self.head().await, before, "{refusal:?}");
        refusal
    }
}

/// Why a call was refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) Told);

impl Refusal {
    pub(crate) fn is(&self, code: Code, reason: &str) {
        assert_eq!(self.what(), (code, reason), "{self:?}");
    }

    pub(crate) fn what(&self) -> (Code, &str) {
        (self.0.code, self.0.reason.as_str())
    }
}

pub(crate) fn refusal(status: &Status) -> Refusal {
    Refusal(told(status))
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
    let jurisdiction = DivisionCode::parse(division).unwrap();
    let principal = quanheng_test_house::principal(id, &[]);
    request.extensions_mut().insert(Arc::new(Principal { roles, jurisdiction, ..principal }));
    Ok(request)
}

//! A realm in the test's own process: the real log, views and keys on SQLite or PostgreSQL,
//! with a clock that the test moves. Everything of a server but the sockets.

mod act;
mod failure;
mod place;
mod register;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use quanheng_eventlog::{Clock, Log, Micros, Options, SystemClock};
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Bounds, Definition, Projections, Views};
use quanheng_runtime::{Denials, Engine, House, Policies, Realm};
use quanheng_sealing::{Cipher, FileMasterKey, Keys};
use tonic::Request;

pub use act::person;
pub use failure::{Told, told};
pub use place::{Kind, Place};
pub use register::Registered;

/// A clock that stands at the machine's time, moved by the test.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Moves it on by some days.
    pub fn pass_days(&self, days: i64) {
        self.0.fetch_add(days * 86_400_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Micros {
        Micros(SystemClock.now().0 + self.0.load(Ordering::SeqCst))
    }
}

/// A realm, and what a test needs around it.
pub struct TestHouse {
    /// Where it is.
    pub place: Place,
    /// The realm.
    pub realm: Arc<Realm>,
    /// The house, for services.
    pub house: Arc<House>,
    /// Its clock.
    pub clock: Arc<TestClock>,
}

impl TestHouse {
    /// Opens a realm of its own.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(kind: Kind, definitions: Vec<Definition>) -> Self {
        Self::open_at(Place::new(kind).await, definitions).await
    }

    /// Opens a realm where one is already, as another process would.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open_at(place: Place, definitions: Vec<Definition>) -> Self {
        Self::open_bounded(place, definitions, Bounds::default()).await
    }

    /// Opens a realm with other limits of its views.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open_bounded(place: Place, definitions: Vec<Definition>, bounds: Bounds) -> Self {
        let clock = Arc::new(TestClock::default());
        let mut options = Options::from(place.log());
        options.clock = Arc::<TestClock>::clone(&clock);
        let views = Views::open(&place.views()).await.expect("the views open");
        options.snapshots = Some(Arc::new(views.clone()));
        let log = Log::open(options).await.expect("the log opens");
        let master = FileMasterKey::open_or_create(place.folder().join("master.key"));
        let master = Arc::new(master.expect("a master key"));
        let keys = Keys::open(place.keys(), master, Cipher::default()).await;
        let keys = keys.expect("the keys open");
        let policies = Policies::open(log.clone()).await.expect("policies are read");
        let projections = Projections::start(log.clone(), views.clone(), definitions, bounds);
        let realm = Arc::new(Realm {
            name: "test".to_owned(),
            engine: Engine::new(log.clone(), policies.clone(), keys.clone()),
            log,
            policies,
            projections: projections.await.expect("projections start"),
            views,
            keys,
            denials: Denials::default(),
            clock: Arc::<TestClock>::clone(&clock),
            pages: quanheng_runtime::reading::PageSizes::default(),
        });
        let mut house = House::new([Arc::clone(&realm)]);
        house.call_wait_default = Duration::from_secs(20);
        Self { place, realm, house: Arc::new(house), clock }
    }

    /// Publishes what the program ships: the national profile and the calendar.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn publish_national(&self) {
        register::publish_national(&self.realm).await;
    }

    /// Waits until every projection has seen all there is.
    ///
    /// # Panics
    /// When one does not within half a minute.
    pub async fn settle(&self) {
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        let settled = self.realm.projections.wait_caught_up(deadline).await;
        settled.expect("projections catch up");
    }

    /// The position of the log.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn head(&self) -> u64 {
        self.realm.log.head().await.expect("the log is read").0
    }
}

/// A principal with some roles, in the whole country.
#[must_use]
pub fn principal(id: &str, roles: &[Role]) -> Principal {
    Principal {
        id: id.to_owned(),
        display_name: id.to_owned(),
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        unit: None,
        jurisdiction: DivisionCode::nation(),
        realm: "test".to_owned(),
        person: None,
    }
}

/// A principal who may do everything that tokens may.
#[must_use]
pub fn everything() -> Principal {
    let roles = Role::ALL.into_iter().filter(|role| *role != Role::System);
    principal("everything", &roles.collect::<Vec<_>>())
}

/// A call of somebody's, as the server would let it in.
#[must_use]
pub fn request<T>(principal: &Principal, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Arc::new(principal.clone()));
    request
}

/// A new request id.
#[must_use]
pub fn request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

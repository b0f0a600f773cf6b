//! Imports through their service, as clients send them.

mod faults;
mod runs;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::civil::{Date, date};
use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::common::v1::operation_service_client::OperationServiceClient;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_api::quanheng::registry::v1::registry_service_client::RegistryServiceClient;
use quanheng_eventlog::{Filter, Position, Record};
use quanheng_identity::{Principal, Role};
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::Definition;
use quanheng_registry::{
    ImportBounds, Imports, OperationApi, RegistryApi, operations_definition, persons_definition,
    units_definition,
};
use quanheng_sheets::persons::PersonRow;
use quanheng_sheets::units::UnitRow;
use quanheng_sheets::{persons, sample, units, xlsx};
use tokio::task::JoinHandle;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Status};

use crate::world::{Kind, Place, TestHouse, Told, principal, request_id, told};

/// Where the made-up units are.
pub(crate) const DIVISION: &str = "530102";
/// The day of cut-over.
pub(crate) const CUT_OVER: Date = date(2026, 1, 1);

pub(crate) fn registrar() -> Principal {
    principal("registrar", &[Role::Registrar])
}

pub(crate) fn definitions() -> Vec<Definition> {
    vec![
        units_definition().unwrap(),
        persons_definition().unwrap(),
        operations_definition().unwrap(),
    ]
}

/// A realm with the services over it, behind a socket.
pub(crate) struct World {
    pub(crate) house: TestHouse,
    pub(crate) imports: Imports,
}

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Units,
    Posts,
    Persons,
}

/// An import on its way.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) head: wire::ImportHead,
    pub(crate) content: Vec<u8>,
}

pub(crate) fn sent(content: Vec<u8>) -> Sent {
    let head = wire::ImportHead {
        file_name: "样例.xlsx".into(),
        validate_only: false,
        basis: Some(common::Basis {
            document_number: "样组〔2026〕1号".into(),
            effective_on: Some(quanheng_api::date(CUT_OVER)),
        }),
        sha256: String::new(),
        request_id: request_id(),
    };
    Sent { head, content }
}

/// The service as somebody calls it.
pub(crate) struct Client {
    channel: Channel,
    server: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl World {
    pub(crate) async fn open(kind: Kind) -> Self {
        Self::open_with(kind, ImportBounds::default()).await
    }

    pub(crate) async fn open_with(kind: Kind, bounds: ImportBounds) -> Self {
        let house = TestHouse::open(kind, definitions()).await;
        house.publish_national().await;
        Self { house, imports: Imports::within(bounds) }
    }

    /// What another process would be.
    pub(crate) async fn open_at(place: Place, bounds: ImportBounds) -> Self {
        let house = TestHouse::open_at(place, definitions()).await;
        Self { house, imports: Imports::within(bounds) }
    }

    pub(crate) async fn client(&self, who: &Principal) -> Client {
        let who = Arc::new(who.clone());
        let know = move |mut request: Request<()>| {
            request.extensions_mut().insert(Arc::clone(&who));
            Ok::<_, Status>(request)
        };
        let house = || Arc::clone(&self.house.house);
        let registry = RegistryApi::new(house(), self.imports.clone()).server();
        let operations = OperationApi::new(house(), self.imports.clone()).server();
        let server = Server::builder()
            .add_service(InterceptedService::new(registry, know.clone()))
            .add_service(InterceptedService::new(operations, know));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = server.serve_with_incoming(TcpIncoming::from(listener));
        let server = tokio::spawn(async move { served.await.unwrap() });
        let channel = Channel::from_shared(format!("http://{address}")).unwrap();
        Client { channel: channel.connect().await.unwrap(), server }
    }

    /// Imports a file, and waits for its operation.
    pub(crate) async fn imported(&self, what: What, sent: Sent) -> common::Operation {
        let client = self.client(&registrar()).await;
        let operation = client.import(what, sent).await.unwrap();
        client.wait(&operation.name).await
    }

    /// Every record of a type.
    pub(crate) async fn records(&self, event_type: &str) -> Vec<Record> {
        let event_type = quanheng_eventlog::EventType::new(event_type).unwrap();
        let filter = Filter::all().or_type(event_type);
        let pages = self.house.realm.log.read(Position::START, filter, 512);
        let pages: Vec<_> = pages.collect().await;
        pages.into_iter().flat_map(|page| page.unwrap().records).collect()
    }

    /// How many documents a collection has.
    pub(crate) async fn documents(&self, collection: &str) -> u64 {
        self.house.settle().await;
        let projection = match collection {
            "posts" => "units",
            other => other,
        };
        let view = self.house.realm.projections.view(projection).unwrap();
        let counted = view.count(collection, &quanheng_projection::Filter::all()).await;
        counted.unwrap().unwrap()
    }
}

macro_rules! send {
    ($self:ident, $sent:ident, $rpc:ident, $message:ident, $module:ident) => {{
        use wire::$module::Part;
        let wrap = |part| wire::$message { part: Some(part) };
        let mut pieces = vec![wrap(Part::Head($sent.head))];
        let content = $sent.content.chunks(300_000);
        pieces.extend(content.map(|piece| wrap(Part::Content(piece.to_vec()))));
        let mut client = RegistryServiceClient::new($self.channel.clone());
        let mut request = Request::new(tokio_stream::iter(pieces));
        request.set_timeout(Duration::from_secs(120));
        client.$rpc(request).await.map(|answer| answer.into_inner().operation.unwrap())
    }};
}

impl Client {
    pub(crate) async fn import(&self, what: What, sent: Sent) -> Result<common::Operation, Told> {
        let answer = match what {
            What::Units => {
                send!(self, sent, import_units, ImportUnitsRequest, import_units_request)
            }
            What::Posts => {
                send!(self, sent, import_posts, ImportPostsRequest, import_posts_request)
            }
            What::Persons => {
                send!(self, sent, import_persons, ImportPersonsRequest, import_persons_request)
            }
        };
        answer.map_err(|status| told(&status))
    }

    pub(crate) fn operations(&self) -> OperationServiceClient<Channel> {
        OperationServiceClient::new(self.channel.clone())
    }

    pub(crate) async fn get(&self, name: &str) -> Result<common::Operation, Told> {
        let message = common::GetOperationRequest { name: name.to_owned() };
        let answer = self.operations().get_operation(message).await;
        answer.map(|got| got.into_inner().operation.unwrap()).map_err(|status| told(&status))
    }

    pub(crate) async fn wait(&self, name: &str) -> common::Operation {
        let mut request = Request::new(common::WaitOperationRequest { name: name.to_owned() });
        request.set_timeout(Duration::from_secs(120));
        let answer = self.operations().wait_operation(request).await.unwrap();
        answer.into_inner().operation.unwrap()
    }

    pub(crate) async fn resume(&self, name: &str) -> Result<common::Operation, Told> {
        let message =
            common::ResumeOperationRequest { name: name.to_owned(), request_id: request_id() };
        let answer = self.operations().resume_operation(message).await;
        answer.map(|got| got.into_inner().operation.unwrap()).map_err(|status| told(&status))
    }

    pub(crate) async fn cancel(&self, name: &str) -> Result<common::Operation, Told> {
        let message =
            common::CancelOperationRequest { name: name.to_owned(), request_id: request_id() };
        let answer = self.operations().cancel_operation(message).await;
        answer.map(|got| got.into_inner().operation.unwrap()).map_err(|status| told(&status))
    }
}

pub(crate) fn division() -> DivisionCode {
    DivisionCode::parse(DIVISION).unwrap()
}

/// Made-up units `sample-0` to `sample-{count - 1}`.
pub(crate) fn unit_rows(count: u64) -> Vec<UnitRow> {
    (0..count).map(|seed| sample::unit(seed, &division())).collect()
}

/// Made-up persons of the first units.
pub(crate) fn person_rows(count: u64, of_units: u64) -> Vec<PersonRow> {
    let row = |seed| {
        let mut row = sample::person(seed, &division());
        row.unit_id = UnitId::new(format!("sample-{}", seed % of_units)).ok();
        row.registered_on = row.registered_on.map(|on| on.min(date(2025, 6, 30)));
        row
    };
    (0..count).map(row).collect()
}

pub(crate) fn unit_file(rows: &[UnitRow]) -> Vec<u8> {
    let values: Vec<_> = rows.iter().map(UnitRow::values).collect();
    xlsx(&units::FORM, values.iter().map(Vec::as_slice)).unwrap()
}

pub(crate) fn person_file(rows: &[PersonRow]) -> Vec<u8> {
    let values: Vec<_> = rows.iter().map(PersonRow::values).collect();
    xlsx(&persons::FORM, values.iter().map(Vec::as_slice)).unwrap()
}

/// Units that persons are imported into.
pub(crate) async fn with_units(world: &World, count: u64) {
    let operation = world.imported(What::Units, sent(unit_file(&unit_rows(count)))).await;
    assert_eq!(operation.state(), common::operation::State::Done, "{operation:?}");
}

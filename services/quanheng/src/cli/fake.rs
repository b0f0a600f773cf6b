//! A server that answers as a test says, over a real connection.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _};
use prost::Message;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::{
    ClientStreamingService, Grpc, NamedService, ServerStreamingService, UnaryService,
};
use tonic::{Request, Response, Status, Streaming};
use tower::Service;

use super::codec::BytesCodec;

/// What is answered to one call: messages, and then perhaps a status.
pub(crate) struct Answer {
    messages: Vec<Bytes>,
    status: Option<Status>,
}

impl Answer {
    /// One message.
    pub(crate) fn message(message: &impl Message) -> Self {
        Self { messages: vec![message.encode_to_vec().into()], status: None }
    }

    /// A refusal.
    pub(crate) fn status(status: Status) -> Self {
        Self { messages: Vec::new(), status: Some(status) }
    }

    /// A further message.
    pub(crate) fn and(mut self, message: &impl Message) -> Self {
        self.messages.push(message.encode_to_vec().into());
        self
    }

    /// Ends in a refusal.
    pub(crate) fn then(self, status: Status) -> Self {
        Self { status: Some(status), ..self }
    }

    fn one(self) -> Result<Response<Bytes>, Status> {
        match self.status {
            Some(status) => Err(status),
            None => Ok(Response::new(self.messages.into_iter().next().unwrap_or_default())),
        }
    }

    fn many(self) -> BoxStream<'static, Result<Bytes, Status>> {
        let messages = self.messages.into_iter().map(Ok);
        stream::iter(messages.chain(self.status.map(Err))).boxed()
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) messages: Vec<Bytes>,
    pub(crate) metadata: tonic::metadata::MetadataMap,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    asked: Vec<Asked>,
}

/// The server; it answers call by call, in order, whatever is called.
#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<Script>>);

impl Fake {
    /// Serves some answers; says where.
    pub(crate) async fn serve(answers: Vec<Answer>) -> (Self, SocketAddr) {
        let fake = Self::default();
        fake.script().answers = answers.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let server = tonic::transport::Server::builder()
            .add_service(Named::<0>(fake.clone()))
            .add_service(Named::<1>(fake.clone()))
            .add_service(Named::<2>(fake.clone()))
            .add_service(Named::<3>(fake.clone()))
            .add_service(Named::<4>(fake.clone()));
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tokio::spawn(server.serve_with_incoming(incoming));
        (fake, address)
    }

    /// Every call so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script().asked.clone()
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.0.lock().expect("no test panics inside")
    }

    fn answer(&self, asked: Asked) -> Answer {
        let mut script = self.script();
        script.asked.push(asked);
        let none = || Answer::status(Status::internal("the script has no further answer"));
        script.answers.pop_front().unwrap_or_else(none)
    }
}

/// The fake under the name of one service.
#[derive(Clone)]
struct Named<const SERVICE: usize>(Fake);

impl NamedService for Named<0> {
    const NAME: &'static str = "quanheng.registry.v1.RegistryService";
}
impl NamedService for Named<1> {
    const NAME: &'static str = "quanheng.projection.v1.ProjectionService";
}
impl NamedService for Named<2> {
    const NAME: &'static str = "quanheng.common.v1.OperationService";
}
impl NamedService for Named<3> {
    const NAME: &'static str = "quanheng.promotion.v1.PromotionService";
}
impl NamedService for Named<4> {
    const NAME: &'static str = "quanheng.recertification.v1.RecertificationService";
}

impl<const SERVICE: usize> Service<http::Request<Body>> for Named<SERVICE> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        let fake = self.0.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(BytesCodec);
            let call = Call { method: method.clone(), fake };
            Ok(match method.as_str() {
                "Watch" => grpc.server_streaming(Many(call), request).await,
                import if import.starts_with("Import") => {
                    grpc.client_streaming(call, request).await
                }
                export if export.starts_with("Export") => {
                    grpc.server_streaming(Many(call), request).await
                }
                _ => grpc.unary(call, request).await,
            })
        })
    }
}

#[derive(Clone)]
struct Call {
    method: String,
    fake: Fake,
}

impl Call {
    fn asked(&self, metadata: tonic::metadata::MetadataMap, messages: Vec<Bytes>) -> Answer {
        self.fake.answer(Asked { method: self.method.clone(), messages, metadata })
    }
}

impl UnaryService<Bytes> for Call {
    type Response = Bytes;
    type Future = BoxFuture<'static, Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let metadata = request.metadata().clone();
        let answer = self.asked(metadata, vec![request.into_inner()]);
        Box::pin(async move { answer.one() })
    }
}

impl ClientStreamingService<Bytes> for Call {
    type Response = Bytes;
    type Future = BoxFuture<'static, Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        let call = self.clone();
        Box::pin(async move {
            let metadata = request.metadata().clone();
            let mut stream = request.into_inner();
            let mut messages = Vec::new();
            while let Some(message) = stream.message().await? {
                messages.push(message);
            }
            call.asked(metadata, messages).one()
        })
    }
}

struct Many(Call);

impl ServerStreamingService<Bytes> for Many {
    type Response = Bytes;
    type ResponseStream = BoxStream<'static, Result<Bytes, Status>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let metadata = request.metadata().clone();
        let answer = self.0.asked(metadata, vec![request.into_inner()]);
        Box::pin(async move { Ok(Response::new(answer.many())) })
    }
}

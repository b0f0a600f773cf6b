//! The way to a server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use futures::Stream;
use http::uri::PathAndQuery;
use prost_reflect::MethodDescriptor;
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status, Streaming};

use super::codec::BytesCodec;
use super::failure::CliFailure;

/// In which metadata a call names its realm.
const REALM: &str = "quanheng-realm";
/// The token, where no file is named.
const TOKEN_VARIABLE: &str = "QUANHENG_TOKEN";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
const TOKEN_FILE_BYTES_MAX: u64 = 4_096;

/// Which server, and as whom.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "连接")]
pub(crate) struct ClientArgs {
    /// 服务地址
    #[arg(
        long,
        global = true,
        env = "QUANHENG_SERVER",
        default_value = "http://127.0.0.1:7300",
        value_name = "地址"
    )]
    pub(crate) server: String,
    /// 存放令牌的文件;未指定时读取环境变量 QUANHENG_TOKEN
    #[arg(long, global = true, env = "QUANHENG_TOKEN_FILE", value_name = "文件")]
    pub(crate) token_file: Option<PathBuf>,
    /// 域名称(服务承载多个域时)
    #[arg(long, global = true, env = "QUANHENG_REALM", value_name = "域")]
    pub(crate) realm: Option<String>,
    /// 单次调用最长等待秒数
    #[arg(long, global = true, default_value_t = 30, value_name = "秒")]
    pub(crate) timeout: u64,
}

/// A connection to a server. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    channel: Channel,
    server: String,
    authorization: Option<MetadataValue<Ascii>>,
    realm: Option<MetadataValue<Ascii>>,
    timeout: Duration,
    trace_id: String,
}

impl ClientArgs {
    /// A connection that is made when it is first needed.
    ///
    /// # Errors
    /// A malformed address, or a token that cannot be read.
    pub(crate) fn connect(&self) -> Result<Connection, CliFailure> {
        let with_scheme = match self.server.contains("://") {
            true => self.server.clone(),
            false => format!("http://{}", self.server),
        };
        let endpoint = Endpoint::from_shared(with_scheme.clone())
            .map_err(|error| CliFailure::usage(format!("服务地址 {}:{error}", self.server)))?
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("quanheng/", env!("CARGO_PKG_VERSION")))
            .map_err(CliFailure::internal)?;
        let realm = self.realm.as_deref().map(|realm| {
            realm.parse().map_err(|_| CliFailure::usage(format!("域名称 {realm} 含非法字符")))
        });
        Ok(Connection {
            channel: endpoint.connect_lazy(),
            server: with_scheme,
            authorization: self.authorization()?,
            realm: realm.transpose()?,
            timeout: Duration::from_secs(self.timeout.clamp(1, 3_600)),
            trace_id: format!("{:032x}", rand::random::<u128>().max(1)),
        })
    }

    fn authorization(&self) -> Result<Option<MetadataValue<Ascii>>, CliFailure> {
        let token = match &self.token_file {
            Some(path) => Some(read_token(path)?),
            None => std::env::var(TOKEN_VARIABLE).ok(),
        };
        let Some(token) = token.map(|token| token.trim().to_owned()).filter(|t| !t.is_empty())
        else {
            return Ok(None);
        };
        let shown: Result<MetadataValue<Ascii>, _> = format!("Bearer {token}").parse();
        let mut shown = shown.map_err(|_| CliFailure::usage("令牌含非法字符"))?;
        shown.set_sensitive(true);
        Ok(Some(shown))
    }
}

fn read_token(path: &Path) -> Result<String, CliFailure> {
    let failed = |error| CliFailure::io(format!("令牌文件 {}", path.display()), error);
    let found = std::fs::metadata(path).map_err(failed)?;
    if found.len() > TOKEN_FILE_BYTES_MAX {
        return Err(CliFailure::usage(format!("{} 不是只含一个令牌的文件", path.display())));
    }
    std::fs::read_to_string(path).map_err(failed)
}

impl Connection {
    /// The channel itself, for the standard services.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The trace that all calls of this command belong to.
    pub(crate) fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// How long one call may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Calls a method that takes one message and answers one.
    ///
    /// # Errors
    /// What the server says.
    pub(crate) async fn unary(
        &self,
        method: &MethodDescriptor,
        message: Bytes,
    ) -> Result<Bytes, Status> {
        let mut grpc = self.grpc().await?;
        let request = self.request(message, Some(self.timeout));
        let answer = grpc.unary(request, path(method), BytesCodec).await;
        answer.map(Response::into_inner).map_err(|status| self.located(status))
    }

    /// Calls a method that takes one message and answers many. It may go on for ever.
    ///
    /// # Errors
    /// What the server says.
    pub(crate) async fn server_streaming(
        &self,
        method: &MethodDescriptor,
        message: Bytes,
    ) -> Result<Streaming<Bytes>, Status> {
        let mut grpc = self.grpc().await?;
        let request = self.request(message, None);
        let answers = grpc.server_streaming(request, path(method), BytesCodec).await;
        answers.map(Response::into_inner).map_err(|status| self.located(status))
    }

    /// Calls a method that takes many messages and answers one.
    ///
    /// # Errors
    /// What the server says.
    pub(crate) async fn client_streaming(
        &self,
        method: &MethodDescriptor,
        messages: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Result<Bytes, Status> {
        let mut grpc = self.grpc().await?;
        let request = self.request(messages, None);
        let answer = grpc.client_streaming(request, path(method), BytesCodec).await;
        answer.map(Response::into_inner).map_err(|status| self.located(status))
    }

    async fn grpc(&self) -> Result<Grpc<Channel>, Status> {
        let mut grpc = Grpc::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
        let ready = grpc.ready().await;
        ready.map_err(|error| self.located(Status::from_error(Box::new(error))))?;
        Ok(grpc)
    }

    /// Says of which server a failure on the way is; what the server itself said stays.
    fn located(&self, status: Status) -> Status {
        match std::error::Error::source(&status) {
            None => status,
            Some(cause) => Status::new(status.code(), format!("{}:{}", self.server, root(cause))),
        }
    }

    /// Who asks, in which realm and trace, and how long they wait.
    pub(crate) fn request<T>(&self, message: T, timeout: Option<Duration>) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        if let Some(authorization) = &self.authorization {
            metadata.insert("authorization", authorization.clone());
        }
        if let Some(realm) = &self.realm {
            metadata.insert(REALM, realm.clone());
        }
        let span_id = rand::random::<u64>().max(1);
        if let Ok(parent) = format!("00-{}-{span_id:016x}-01", self.trace_id).parse() {
            metadata.insert("traceparent", parent);
        }
        if let Some(timeout) = timeout {
            request.set_timeout(timeout);
        }
        request
    }
}

fn path(method: &MethodDescriptor) -> PathAndQuery {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    path.parse().expect("names of services and methods are plain")
}

/// The innermost cause says what happened.
fn root(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

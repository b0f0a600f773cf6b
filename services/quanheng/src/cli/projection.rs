//! `quanheng projection …` (投影): lists, and watches that survive disconnections.

use std::time::Duration;

use bytes::Bytes;
use clap::{Args, Subcommand};
use futures::StreamExt as _;
use projection::watch_response::Event;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use quanheng_api::quanheng::projection::v1 as projection;
use tonic::{Code, Status};

use super::api;
use super::failure::CliFailure;
use super::output::{json, out};
use super::session::{Done, Session, note};

const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// What can be done with projections.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionCommand {
    /// 列出投影及其进度
    List,
    /// 订阅集合的变化,每行输出一个 JSON;断线后自动续接
    Watch(WatchArgs),
}

/// What is watched, and from where.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// 集合,如 units、persons、quota_accounts
    collection: String,
    /// 筛选(AIP-160)
    #[arg(long, value_name = "条件", default_value = "")]
    filter: String,
    /// 从该续接标记继续
    #[arg(long, value_name = "标记", default_value = "")]
    resume_token: String,
    /// 不先输出现有文档
    #[arg(long)]
    no_snapshot: bool,
    /// 无变化时书签的间隔秒数;0 为服务默认
    #[arg(long, value_name = "秒", default_value_t = 0)]
    heartbeat: u32,
    /// 断线后不续接
    #[arg(long)]
    once: bool,
}

impl ProjectionCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List => session.answer(projection::ListProjectionsRequest {}).await,
            Self::Watch(watch) => {
                tokio::select! {
                    done = watch.run(session) => done,
                    _ = tokio::signal::ctrl_c() => Ok(()),
                }
            }
        }
    }
}

impl WatchArgs {
    async fn run(self, session: &Session) -> Done {
        let mut token = self.resume_token.clone();
        let mut pause = PAUSE_FIRST;
        loop {
            let before = token.clone();
            let status = match self.follow(session, &mut token).await? {
                None => Status::unavailable("the server ended the watch"),
                Some(status) => status,
            };
            let resumable = matches!(
                status.code(),
                Code::Unavailable | Code::Cancelled | Code::Unknown | Code::ResourceExhausted
            );
            if self.once || !resumable {
                return Err(session.failure(&status, None));
            }
            if token != before {
                pause = PAUSE_FIRST;
            }
            note(format_args!("连接中断,{} 毫秒后续接", pause.as_millis()));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Follows one connection to its end; the token moves on with what was written.
    async fn follow(
        &self,
        session: &Session,
        token: &mut String,
    ) -> Result<Option<Status>, CliFailure> {
        let method = api::method("ProjectionService/Watch")?;
        let request = projection::WatchRequest {
            collection: self.collection.clone(),
            filter: self.filter.clone(),
            resume_token: token.clone(),
            include_snapshot: !self.no_snapshot && token.is_empty(),
            heartbeat_seconds: self.heartbeat,
        };
        let bytes = Bytes::from(request.encode_to_vec());
        let mut events = match session.connection.server_streaming(&method, bytes).await {
            Ok(events) => events,
            Err(status) => return Ok(Some(status)),
        };
        while let Some(event) = events.next().await {
            let bytes = match event {
                Ok(bytes) => bytes,
                Err(status) => return Ok(Some(status)),
            };
            let message = DynamicMessage::decode(method.output(), bytes.clone());
            out(&format!("{}\n", json(&message.map_err(CliFailure::internal)?)?))?;
            let event = projection::WatchResponse::decode(bytes).map_err(CliFailure::internal)?;
            match event.event {
                Some(Event::SnapshotComplete(at)) => *token = at.resume_token,
                Some(Event::CommitEnd(at)) if !at.resume_token.is_empty() => {
                    *token = at.resume_token;
                }
                Some(Event::Bookmark(at)) => *token = at.resume_token,
                _ => {}
            }
        }
        Ok(None)
    }
}

//! Downloads: the content in pieces, at the pace of whoever reads.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure};
use quanheng_streams::Attachments;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::message;
use crate::sight::sees;

/// Bytes of one piece of a download; the last may be smaller.
pub const DOWNLOAD_PIECE_BYTES: usize = 256 * 1024;
/// Downloads that one process serves at once: each may hold a whole file in memory.
pub const DOWNLOADS_MAX: usize = 32;
/// How long whoever downloads may let a piece wait.
pub const DOWNLOAD_WAIT_MAX: Duration = Duration::from_secs(30);

/// What a download streams.
pub(crate) type Downloaded =
    Pin<Box<dyn Stream<Item = Result<wire::DownloadAttachmentResponse, Status>> + Send>>;

pub(crate) async fn download(
    downloads: &Arc<Semaphore>,
    call: &Call,
    request: wire::DownloadAttachmentRequest,
) -> Result<Downloaded, Failure> {
    let turn = Arc::clone(downloads).try_acquire_owned().map_err(|_| {
        let max = DOWNLOADS_MAX as u64;
        Failure::bound("attachment_downloads_max", max, max + 1).retry_after(Duration::from_secs(1))
    })?;
    let digest = message::digest(&request.name)?;
    let log = &call.realm.log;
    let name = quanheng_streams::attachment(&digest.to_string());
    let state = state_at::<Attachments>(log, name, Horizon::Now).await?.0;
    if state.sha256.is_empty() {
        return Err(Failure::not_found(&request.name));
    }
    sees(call, (&state).into()).await?;
    let missing = || Failure::internal(format!("no blob {digest}"));
    let content = log.blob(&digest).await?.ok_or_else(missing)?;
    let (sender, pieces) = mpsc::channel(2);
    let (whole, ended) = oneshot::channel();
    tokio::spawn(async move {
        let _turn = turn;
        for piece in content.chunks(DOWNLOAD_PIECE_BYTES) {
            let piece = wire::DownloadAttachmentResponse { content: piece.to_vec() };
            if sender.send_timeout(Ok(piece), DOWNLOAD_WAIT_MAX).await.is_err() {
                return;
            }
        }
        let _ = whole.send(());
    });
    // Nobody is to take a part for the whole.
    let end = stream::once(async move { ended.await.err().map(|_| Err(too_slow().into())) });
    let end = end.filter_map(std::future::ready);
    Ok(Box::pin(ReceiverStream::new(pieces).chain(end)))
}

fn too_slow() -> Failure {
    let message = "下载中断:接收过慢,请重新下载";
    Failure::new(Code::ResourceExhausted, "DOWNLOAD_WAIT_MAX", message)
        .with("bound", "download_wait_max")
        .with("max_seconds", DOWNLOAD_WAIT_MAX.as_secs().to_string())
}

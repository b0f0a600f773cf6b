//! Looking at what a decision would see, without deciding anything.

use std::sync::{Arc, Mutex};

use quanheng_eventlog::{Changes, CommitError, Context, Desk, Log, Proposal, Read};
use quanheng_runtime::Failure;

#[derive(Debug, thiserror::Error)]
#[error("looked only")]
struct Looked;

/// What a function makes of the desk. It runs on the sequencer: no I/O, and not for long.
///
/// # Errors
/// [`Failure`] when the log cannot be read.
pub(super) async fn look<T: Send + 'static>(
    log: &Log,
    reads: Vec<Read>,
    see: impl Fn(&Desk<'_>) -> T + Send + Sync + 'static,
) -> Result<T, Failure> {
    let seen = Arc::new(Mutex::new(None));
    let put = Arc::clone(&seen);
    let proposal = Proposal::with(Context::default(), None, reads, move |desk| {
        let value = see(desk);
        *super::lock(&put) = Some(value);
        Err::<Changes, _>(Box::new(Looked))
    });
    match log.commit(proposal).await {
        Err(CommitError::Aborted(abort)) if abort.is::<Looked>() => {
            let value = super::lock(&seen).take();
            value.ok_or_else(|| Failure::internal("nothing was seen"))
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err(Failure::internal("a look was committed")),
    }
}

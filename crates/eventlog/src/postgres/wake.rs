//! Waking other processes: a notification after a commit, never inside it. A commit
//! that notifies holds a lock of the whole server until it is durable; a transaction
//! of its own that writes nothing holds it for a moment.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};

use crate::name::Position;
use crate::sequencer::Pause;

/// Notifications closer together than this are sent as one.
const COALESCE: Duration = Duration::from_millis(2);

/// Sends the newest position to whoever listens, as long as the log is open.
pub(crate) async fn notify(pool: PgPool, channel: String, mut head: watch::Receiver<Position>) {
    while head.changed().await.is_ok() {
        let position = *head.borrow_and_update();
        let sent = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(&channel)
            .bind(position.0.to_string())
            .execute(&pool)
            .await;
        if let Err(error) = sent {
            tracing::debug!(%error, "nobody was woken; others find out by polling");
        }
        tokio::time::sleep(COALESCE).await;
    }
}

/// Hears that others committed, as long as the log is open. What a notification says is
/// not believed, only that it is worth looking: any login can send one. Whatever goes
/// wrong, it starts over; what it misses meanwhile is found by polling.
pub(crate) async fn listen(pool: PgPool, channel: String, wake: Arc<Notify>) {
    let mut pause = Pause::new();
    while !pool.is_closed() {
        let listening = async {
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(&channel).await?;
            loop {
                listener.recv().await?;
                wake.notify_one();
            }
        };
        let ended: Result<(), sqlx::Error> = listening.await;
        if let Err(error) = ended {
            tracing::debug!(%error, "listening again");
        }
        pause.wait().await;
    }
}

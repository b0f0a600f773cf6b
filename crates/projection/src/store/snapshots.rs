//! Snapshots of long streams, kept beside the views: both can be built again.

use async_trait::async_trait;
use quanheng_eventlog::{Realm, Snapshot, Snapshots, StreamName, Version};

use super::database::Statement;
use super::{StoreError, Views};

/// Makes the table.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS snapshots (
    stream TEXT NOT NULL, form TEXT NOT NULL, incarnation TEXT NOT NULL,
    version BIGINT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (stream, form)
)";

const LOAD: &str = "SELECT version, state FROM snapshots
    WHERE stream = P1 AND form = P2 AND incarnation = P3";

/// A process that was slow does not put an older one back.
const SAVE: &str = "INSERT INTO snapshots (stream, form, incarnation, version, state)
    VALUES (P1, P2, P3, P4, P5)
    ON CONFLICT (stream, form) DO UPDATE SET
        incarnation = excluded.incarnation, version = excluded.version, state = excluded.state
    WHERE snapshots.incarnation <> excluded.incarnation OR snapshots.version < excluded.version";

impl Views {
    fn statement(&self, text: &str, values: Vec<sea_query::Value>) -> Statement {
        let mark = if self.database.is_postgres() { "$" } else { "?" };
        let text = (1..=values.len()).fold(text.to_owned(), |text, place| {
            text.replace(&format!("P{place}"), &format!("{mark}{place}"))
        });
        Statement { text, values: sea_query_sqlx::SqlxValues(sea_query::Values(values)) }
    }

    async fn load_snapshot(
        &self,
        realm: Realm,
        stream: &StreamName,
        form: &str,
    ) -> Result<Option<Snapshot>, StoreError> {
        let values =
            vec![stream.as_str().into(), form.into(), realm.incarnation.to_string().into()];
        let rows = self.database.fetch(self.statement(LOAD, values)).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let version = Version(row.integer(0)?.unsigned_abs());
        Ok(Some(Snapshot { version, state: row.text(1)?.into_bytes() }))
    }

    async fn save_snapshot(
        &self,
        realm: Realm,
        stream: &StreamName,
        form: &str,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        let Ok(state) = String::from_utf8(snapshot.state) else {
            return Err(StoreError::Refused("a snapshot that is no text".to_owned()));
        };
        let values = vec![
            stream.as_str().into(),
            form.into(),
            realm.incarnation.to_string().into(),
            i64::try_from(snapshot.version.0).unwrap_or(i64::MAX).into(),
            state.into(),
        ];
        let mut work = self.database.begin().await?;
        work.execute(self.statement(SAVE, values)).await?;
        work.commit().await
    }
}

#[async_trait]
impl Snapshots for Views {
    async fn load(&self, realm: Realm, stream: &StreamName, form: &str) -> Option<Snapshot> {
        let found = self.load_snapshot(realm, stream, form).await;
        found.unwrap_or_else(|error| {
            tracing::warn!(%error, %stream, "a snapshot cannot be read");
            None
        })
    }

    async fn save(&self, realm: Realm, stream: &StreamName, form: &str, snapshot: Snapshot) {
        if let Err(error) = self.save_snapshot(realm, stream, form, snapshot).await {
            tracing::warn!(%error, %stream, "a snapshot cannot be kept");
        }
    }
}

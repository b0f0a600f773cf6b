//! Leases: which of several processes does a job that one is enough for. Nothing may rest
//! on it: a process that sleeps long may wake and believe that it still has one. So each
//! lease bears a token that grows with every change of hands (fencing).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::database::Statement;
use super::{StoreError, Views};

/// Makes the table.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS leases (
    name TEXT PRIMARY KEY, holder TEXT NOT NULL, token BIGINT NOT NULL, expires_us BIGINT NOT NULL
)";

/// Takes a lease that is free, has run out, or is one's own.
const TAKE: &str = "INSERT INTO leases (name, holder, token, expires_us)
    VALUES (P1, P2, 1, P3)
    ON CONFLICT (name) DO UPDATE SET
        token = CASE WHEN leases.holder = excluded.holder THEN leases.token
                     ELSE leases.token + 1 END,
        holder = excluded.holder,
        expires_us = excluded.expires_us
    WHERE leases.holder = excluded.holder OR leases.expires_us < P4
    RETURNING token";

impl Views {
    /// Takes a lease for a while, or prolongs it; none while another process has it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be reached.
    pub async fn lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Option<u64>, StoreError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let us = |at: Duration| i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        let postgres = self.database.is_postgres();
        let mark = if postgres { "$" } else { "?" };
        let text = (1..=4).fold(TAKE.to_owned(), |text, place| {
            text.replace(&format!("P{place}"), &format!("{mark}{place}"))
        });
        let values = sea_query::Values(vec![
            name.into(),
            holder.into(),
            us(now + time).into(),
            us(now).into(),
        ]);
        let values = sea_query_sqlx::SqlxValues(values);
        let mut work = self.database.begin().await?;
        let rows = work.fetch(Statement { text, values }).await?;
        let token = rows.first().map(|row| row.integer(0)).transpose()?;
        work.commit().await?;
        Ok(token.map(|token| token.unsigned_abs()))
    }
}

//! Checkpoints: how far each version of each projection has come, and over which log.

use quanheng_eventlog::{Micros, Position, Realm};
use sea_query::{
    Alias, Condition, DeleteStatement, Expr, ExprTrait as _, OnConflict, Query, SelectStatement,
    UpdateStatement,
};

use super::database::{Row, Work};
use super::ddl::{self, PROJECTIONS, documents_table, removals_table};
use super::{StoreError, Views};
use crate::definition::Definition;

/// Why a projection stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The record that could not be folded.
    pub position: Position,
    /// Why not.
    pub reason: String,
}

/// How far a projection has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) position: Position,
    pub(crate) shape: String,
    pub(crate) realm: String,
    pub(crate) incarnation: String,
    /// Removals up to here may be forgotten.
    pub(crate) removals_floor: Position,
    pub(crate) failure: Option<Failure>,
}

/// Positions are below 2⁶³: a log that counts a million a second takes 292,000 years.
pub(crate) fn to_sql(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}

pub(crate) fn from_sql(position: i64) -> Position {
    Position(u64::try_from(position).unwrap_or(0))
}

fn column(name: &str) -> Expr {
    Expr::col(Alias::new(name))
}

fn is(definition: &Definition) -> Condition {
    Condition::all()
        .add(column("name").eq(definition.name()))
        .add(column("version").eq(i64::from(definition.version())))
}

fn select(definition: &Definition) -> SelectStatement {
    let columns = [
        "position",
        "shape",
        "realm",
        "incarnation",
        "removals_floor",
        "failure",
        "failure_position",
    ];
    Query::select()
        .columns(columns.map(Alias::new))
        .from(Alias::new(PROJECTIONS))
        .cond_where(is(definition))
        .take()
}

fn read(row: &Row) -> Result<Checkpoint, StoreError> {
    let failure = match (row.optional_text(5)?, row.optional_integer(6)?) {
        (Some(reason), position) => {
            Some(Failure { position: from_sql(position.unwrap_or(0)), reason })
        }
        (None, _) => None,
    };
    Ok(Checkpoint {
        position: from_sql(row.integer(0)?),
        shape: row.text(1)?,
        realm: row.text(2)?,
        incarnation: row.text(3)?,
        removals_floor: from_sql(row.integer(4)?),
        failure,
    })
}

pub(crate) fn delete(definition: &Definition) -> DeleteStatement {
    Query::delete().from_table(Alias::new(PROJECTIONS)).cond_where(is(definition)).take()
}

fn update(definition: &Definition) -> UpdateStatement {
    Query::update().table(Alias::new(PROJECTIONS)).cond_where(is(definition)).take()
}

/// Holds if the checkpoint is where this process left it, over the same log.
fn unmoved(from: Position, incarnation: &str) -> Condition {
    Condition::all()
        .add(column("position").eq(to_sql(from)))
        .add(column("incarnation").eq(incarnation))
}

impl Views {
    /// The checkpoint of a projection; none before it was first begun.
    pub(crate) async fn checkpoint(
        &self,
        definition: &Definition,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let statement = self.database.build(&select(definition));
        let rows = self.database.fetch(statement).await?;
        rows.first().map(read).transpose()
    }

    /// Makes the tables and the checkpoint of a projection where there are none.
    pub(crate) async fn begin_projection(
        &self,
        definition: &Definition,
        realm: Realm,
    ) -> Result<(), StoreError> {
        self.run_ddl(&ddl::create_tables(definition, self.database.is_postgres())).await?;
        let columns =
            ["name", "version", "shape", "realm", "incarnation", "position", "removals_floor"];
        let mut insert = Query::insert();
        insert.into_table(Alias::new(PROJECTIONS)).columns(columns.map(Alias::new));
        insert.values_panic([
            definition.name().into(),
            i64::from(definition.version()).into(),
            definition.shape().into(),
            realm.id.to_string().into(),
            realm.incarnation.to_string().into(),
            0_i64.into(),
            0_i64.into(),
        ]);
        let key = ["name", "version"].map(Alias::new);
        insert.on_conflict(OnConflict::columns(key).do_nothing().to_owned());
        let mut work = self.database.begin().await?;
        work.execute(self.database.build(&insert)).await?;
        work.commit().await
    }

    /// Takes the indexes of a projection away if nothing is in it yet: it is built faster
    /// without them. Whether it did.
    pub(crate) async fn drop_indexes(
        &self,
        definition: &Definition,
        incarnation: &str,
    ) -> Result<bool, StoreError> {
        let mut work = self.database.begin().await?;
        // The row's lock keeps everybody else from beginning meanwhile.
        let start = Position::START;
        if !self.advance(&mut work, definition, incarnation, start, start).await? {
            return Ok(false);
        }
        work.run(ddl::drop_indexes(definition).join(";\n")).await?;
        work.commit().await?;
        Ok(true)
    }

    /// Makes the indexes of a projection where there are none.
    pub(crate) async fn make_indexes(&self, definition: &Definition) -> Result<(), StoreError> {
        let is_postgres = self.database.is_postgres();
        self.database.run_large(&ddl::create_tables(definition, is_postgres)).await
    }

    /// Begins a projection from nothing, over the log as it is now: unless another
    /// process has already done so.
    pub(crate) async fn reset(
        &self,
        definition: &Definition,
        from: &Checkpoint,
        incarnation: &str,
    ) -> Result<(), StoreError> {
        let mut reset = update(definition);
        reset
            .values([
                (Alias::new("position"), 0_i64.into()),
                (Alias::new("removals_floor"), 0_i64.into()),
                (Alias::new("incarnation"), incarnation.into()),
                (Alias::new("failure"), Expr::val(None::<String>)),
                (Alias::new("failure_position"), Expr::val(None::<i64>)),
            ])
            .cond_where(unmoved(from.position, &from.incarnation));
        let mut work = self.database.begin().await?;
        if work.execute(self.database.build(&reset)).await? == 0 {
            return Ok(());
        }
        for collection in definition.collections() {
            for table in
                [documents_table(definition, collection), removals_table(definition, collection)]
            {
                let delete = Query::delete().from_table(Alias::new(table)).take();
                work.execute(self.database.build(&delete)).await?;
            }
        }
        work.commit().await
    }

    /// Moves the checkpoint as the first act of a transaction, if nobody else has moved
    /// it: the row's lock keeps others out until the end.
    pub(crate) async fn advance(
        &self,
        work: &mut Work,
        definition: &Definition,
        incarnation: &str,
        from: Position,
        to: Position,
    ) -> Result<bool, StoreError> {
        let mut advance = update(definition);
        advance
            .value(Alias::new("position"), to_sql(to))
            .cond_where(unmoved(from, incarnation))
            .and_where(column("failure").is_null());
        Ok(work.execute(self.database.build(&advance)).await? == 1)
    }

    /// Records that a projection stands still.
    pub(crate) async fn record_failure(
        &self,
        definition: &Definition,
        incarnation: &str,
        from: Position,
        failure: &Failure,
    ) -> Result<bool, StoreError> {
        let mut fail = update(definition);
        fail.value(Alias::new("failure"), failure.reason.clone())
            .value(Alias::new("failure_position"), to_sql(failure.position))
            .cond_where(unmoved(from, incarnation))
            .and_where(column("failure").is_null());
        let mut work = self.database.begin().await?;
        let recorded = work.execute(self.database.build(&fail)).await? == 1;
        work.commit().await?;
        Ok(recorded)
    }

    /// Lets a projection that failed try again.
    pub(crate) async fn clear_failure(&self, definition: &Definition) -> Result<(), StoreError> {
        let mut clear = update(definition);
        clear
            .value(Alias::new("failure"), Expr::val(None::<String>))
            .value(Alias::new("failure_position"), Expr::val(None::<i64>))
            .and_where(column("failure").is_not_null());
        let mut work = self.database.begin().await?;
        work.execute(self.database.build(&clear)).await?;
        work.commit().await
    }

    /// Forgets removals beyond a number and an age, the oldest first.
    pub(crate) async fn prune_removals(
        &self,
        definition: &Definition,
        kept: u64,
        before: Micros,
    ) -> Result<(), StoreError> {
        let mut work = self.database.begin().await?;
        for collection in definition.collections() {
            let table = Alias::new(removals_table(definition, collection));
            let surplus = Query::select()
                .column(Alias::new("position"))
                .from(table.clone())
                .order_by(Alias::new("position"), sea_query::Order::Desc)
                .limit(1)
                .offset(kept)
                .take();
            let aged = Query::select()
                .column(Alias::new("position"))
                .from(table.clone())
                .and_where(column("time").lt(before.0))
                .order_by(Alias::new("position"), sea_query::Order::Desc)
                .limit(1)
                .take();
            let mut cut = Position::START;
            for statement in [surplus, aged] {
                let rows = work.fetch(self.database.build(&statement)).await?;
                let found = rows.first().map(|row| row.integer(0)).transpose()?;
                cut = cut.max(from_sql(found.unwrap_or(0)));
            }
            if cut == Position::START {
                continue;
            }
            let mut floor = update(definition);
            floor
                .value(Alias::new("removals_floor"), to_sql(cut))
                .and_where(column("removals_floor").lt(to_sql(cut)));
            work.execute(self.database.build(&floor)).await?;
            let delete = Query::delete()
                .from_table(table)
                .and_where(column("position").lte(to_sql(cut)))
                .take();
            work.execute(self.database.build(&delete)).await?;
        }
        work.commit().await
    }
}

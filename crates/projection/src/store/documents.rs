//! Documents: loaded and written in bulk, listed along an index, and their changes in
//! the order of positions.

use std::sync::Arc;

use quanheng_eventlog::{Micros, Position};
use sea_query::{
    Alias, Condition, DeleteStatement, Expr, ExprTrait as _, InsertStatement, OnConflict, Query,
    SelectStatement,
};

use super::checkpoint::{from_sql, to_sql};
use super::database::{Row, Statement, Work};
use super::ddl::{documents_table, removals_table};
use super::{StoreError, Views};
use crate::column::Value;
use crate::definition::{Collection, Definition, key_column};
use crate::document::{Became, Change, Doc, DocKey};
use crate::filter::Filter;
use crate::order::{Direction, Order};
use crate::page_token::Cursor;
use crate::projector::ProjectError;
use crate::sort_key::KeyRange;

/// Rows of one statement, at most. Statements come in few sizes, each a power of two, so
/// that the databases compile each once and keep it.
const ROWS_MAX: usize = 64;
/// Ids of one statement, at most.
const IDS_MAX: usize = 1_024;

/// Cuts rows into pieces of those sizes, the largest first.
fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut size = ROWS_MAX;
    std::iter::from_fn(move || {
        while size > rows.len() {
            size /= 2;
        }
        let (piece, rest) = rows.split_at_checked(size).filter(|(piece, _)| !piece.is_empty())?;
        rows = rest;
        Some(piece)
    })
}

/// Runs of documents of which the same changed. PostgreSQL writes a changed row anew and
/// into every index, whatever changed: there one run is as good as many.
fn alike(puts: &[Put], whole: bool) -> impl Iterator<Item = &[Put]> {
    puts.chunk_by(move |one, next| whole || one.changed == next.changed)
}

/// Ids for one statement of those sizes: the last is named as often as it takes.
fn padded(mut ids: Vec<String>) -> Vec<String> {
    if let Some(last) = ids.last().cloned() {
        ids.resize(ids.len().next_power_of_two(), last);
    }
    ids
}

/// A document on its way to the database, with its columns.
pub(crate) struct Put {
    id: String,
    position: Position,
    json: Arc<str>,
    values: Vec<Option<Value>>,
    keys: Vec<Vec<u8>>,
    /// Which of the columns, and of the keys after them, are not what the database holds.
    changed: Vec<bool>,
}

impl Put {
    /// With the sort keys of a document, and what of it is new.
    fn new(
        collection: &Collection,
        (id, position): (String, Position),
        json: Arc<str>,
        values: Vec<Option<Value>>,
        stored: Option<Vec<Option<Value>>>,
    ) -> Self {
        let keys = collection.keys(&values, &id);
        let changed = match stored {
            None => vec![true; values.len() + keys.len()],
            Some(stored) => {
                let keys_stored = collection.keys(&stored, &id);
                let columns = values.iter().zip(&stored).map(|(new, old)| new != old);
                columns.chain(keys.iter().zip(&keys_stored).map(|(new, old)| new != old)).collect()
            }
        };
        Self { id, position, json, values, keys, changed }
    }
}

/// A removal on its way to the database.
pub(crate) struct Removed {
    id: String,
    position: Position,
    last: Arc<str>,
}

/// What is to be written to one collection.
pub(crate) struct CollectionWrite {
    collection: &'static Collection,
    puts: Vec<Put>,
    removed: Vec<Removed>,
}

impl CollectionWrite {
    pub(crate) fn removals(&self) -> usize {
        self.removed.len()
    }
}

/// Sorts changes by collection, and makes their sort keys.
pub(crate) fn prepare(
    definition: &Definition,
    changes: Vec<Change>,
) -> Result<Vec<CollectionWrite>, ProjectError> {
    let empty = |collection| CollectionWrite { collection, puts: vec![], removed: vec![] };
    let mut writes: Vec<_> = definition.collections().iter().map(empty).collect();
    for Change { key, position, became } in changes {
        let write = writes.iter_mut().find(|write| write.collection.name == key.collection);
        let write = write.ok_or(ProjectError::NoCollection(key.collection))?;
        match became {
            Became::Removed { last } => {
                write.removed.push(Removed { id: key.id, position, last });
            }
            Became::Put { json, values, stored } => {
                let place = (key.id, position);
                write.puts.push(Put::new(write.collection, place, json, values, stored));
            }
        }
    }
    // Those of which the same changes are written together.
    writes.iter_mut().for_each(|write| write.puts.sort_by(|a, b| a.changed.cmp(&b.changed)));
    Ok(writes)
}

/// A document that changed, or was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It stands like this now.
    Put(Doc),
    /// It was removed.
    Removed {
        /// Which.
        id: String,
        /// The end of the commit that removed it.
        position: Position,
        /// Its JSON before it was removed.
        last: Arc<str>,
    },
}

impl Changed {
    /// The end of the commit that changed it.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            Self::Put(doc) => doc.position,
            Self::Removed { position, .. } => *position,
        }
    }

    /// The document's id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Put(doc) => &doc.id,
            Self::Removed { id, .. } => id,
        }
    }
}

fn column(name: &str) -> Expr {
    Expr::col(Alias::new(name))
}

fn read_doc(row: &Row) -> Result<Doc, StoreError> {
    let json = row.text(2)?.into();
    Ok(Doc { id: row.text(0)?, position: from_sql(row.integer(1)?), json })
}

fn select_docs(table: &str) -> SelectStatement {
    let columns = ["id", "position", "doc"].map(Alias::new);
    Query::select().columns(columns).from(Alias::new(table)).take()
}

/// Writes documents. Of those that are there already only the columns are set that changed:
/// an index whose columns are not named is left alone.
fn upsert(table: &str, write: &CollectionWrite, puts: &[Put], whole: bool) -> InsertStatement {
    let collection = write.collection;
    let columns = collection.columns.iter().map(|column| column.name.to_owned());
    let indexed = columns.chain((0..collection.orders().len()).map(key_column));
    let indexed: Vec<_> = indexed.map(Alias::new).collect();
    let always = ["position", "doc"].map(Alias::new);
    let changed = |place: &usize| whole || puts.iter().any(|put| put.changed[*place]);
    let changing = (0..indexed.len()).filter(changed).map(|place| indexed[place].clone());
    let changing: Vec<_> = always.iter().cloned().chain(changing).collect();
    let mut insert = Query::insert();
    insert.into_table(Alias::new(table));
    let id = [Alias::new("id")].into_iter();
    insert.columns(id.chain(always.iter().cloned()).chain(indexed.iter().cloned()));
    for put in puts {
        let typed = collection.columns.iter().zip(&put.values).map(|(column, value)| {
            value.as_ref().map_or_else(|| Value::missing(column.kind), Value::to_sql)
        });
        let head: [sea_query::Value; 3] =
            [put.id.clone().into(), to_sql(put.position).into(), put.json.to_string().into()];
        let keys = put.keys.iter().map(|key| key.clone().into());
        insert.values_panic(head.into_iter().chain(typed).chain(keys).map(Expr::val));
    }
    insert.on_conflict(OnConflict::column(Alias::new("id")).update_columns(changing).to_owned());
    insert
}

fn delete_ids<'a>(table: &str, ids: impl Iterator<Item = &'a String>) -> DeleteStatement {
    let ids: Vec<_> = ids.cloned().collect();
    Query::delete().from_table(Alias::new(table)).and_where(column("id").is_in(ids)).take()
}

fn insert_removals(table: &str, removed: &[Removed], time: Micros) -> InsertStatement {
    let mut insert = Query::insert();
    let columns = ["id", "position", "time", "doc"];
    insert.into_table(Alias::new(table)).columns(columns.map(Alias::new));
    for Removed { id, position, last } in removed {
        insert.values_panic([
            id.clone().into(),
            to_sql(*position).into(),
            time.0.into(),
            last.to_string().into(),
        ]);
    }
    let change = OnConflict::column(Alias::new("id"))
        .update_columns(["position", "time", "doc"].map(Alias::new))
        .to_owned();
    insert.on_conflict(change);
    insert
}

impl Views {
    /// A document by its id; none if there is none.
    pub(crate) async fn document(
        &self,
        definition: &Definition,
        collection: &Collection,
        id: &str,
    ) -> Result<Option<Doc>, StoreError> {
        // What is asked most often needs no builder of statements.
        let table = documents_table(definition, collection);
        let text = format!("SELECT id, position, doc FROM {table} WHERE id = $1");
        let values = sea_query_sqlx::SqlxValues(sea_query::Values(vec![id.into()]));
        let rows = self.database.fetch(Statement { text, values }).await?;
        rows.first().map(read_doc).transpose()
    }

    /// A document by its id, unless it is the one that is known; none if there is none.
    pub(crate) async fn document_since(
        &self,
        definition: &Definition,
        collection: &Collection,
        id: &str,
        known: Option<Position>,
    ) -> Result<Option<(Position, Option<String>)>, StoreError> {
        let table = documents_table(definition, collection);
        let text = format!(
            "SELECT position, CASE WHEN position = $2 THEN NULL ELSE doc END FROM {table} \
             WHERE id = $1"
        );
        // No document stands at a negative position.
        let known = known.map_or(-1, to_sql);
        let values = sea_query::Values(vec![id.into(), known.into()]);
        let values = sea_query_sqlx::SqlxValues(values);
        let rows = self.database.fetch(Statement { text, values }).await?;
        let row = |row: &Row| Ok((from_sql(row.integer(0)?), row.optional_text(1)?));
        rows.first().map(row).transpose()
    }

    /// Loads documents by key; those that are not there are left out.
    pub(crate) async fn load(
        &self,
        definition: &Definition,
        keys: &[DocKey],
    ) -> Result<Vec<(DocKey, Doc)>, StoreError> {
        let mut loaded = Vec::new();
        for collection in definition.collections() {
            let ids = keys.iter().filter(|key| key.collection == collection.name);
            let ids: Vec<_> = ids.map(|key| key.id.clone()).collect();
            for ids in ids.chunks(IDS_MAX) {
                let table = documents_table(definition, collection);
                let ids = padded(ids.to_vec());
                let select = select_docs(&table).and_where(column("id").is_in(ids)).take();
                for row in self.database.fetch(self.database.build(&select)).await? {
                    let doc = read_doc(&row)?;
                    loaded.push((DocKey::new(collection.name, doc.id.clone()), doc));
                }
            }
        }
        Ok(loaded)
    }

    /// Writes what changed in a collection.
    pub(crate) async fn write(
        &self,
        work: &mut Work,
        definition: &Definition,
        write: &CollectionWrite,
        time: Micros,
    ) -> Result<(), StoreError> {
        let documents = documents_table(definition, write.collection);
        let removals = removals_table(definition, write.collection);
        for removed in pieces(&write.removed) {
            let delete = delete_ids(&documents, removed.iter().map(|removed| &removed.id));
            work.execute(self.database.build(&delete)).await?;
            let insert = insert_removals(&removals, removed, time);
            work.execute(self.database.build_insert(&insert)).await?;
        }
        let whole = self.database.is_postgres();
        for puts in alike(&write.puts, whole).flat_map(pieces) {
            // What is there again was not removed: a document stands in one table only.
            let delete = delete_ids(&removals, puts.iter().map(|put| &put.id));
            work.execute(self.database.build(&delete)).await?;
            let upsert = upsert(&documents, write, puts, whole);
            work.execute(self.database.build_insert(&upsert)).await?;
        }
        Ok(())
    }

    /// Documents that pass a filter, along an order, after a cursor.
    pub(crate) async fn page(
        &self,
        definition: &Definition,
        collection: &Collection,
        filter: &Filter,
        order: Order,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<(Doc, Cursor)>, StoreError> {
        let select = page(definition, collection, filter, order, after, limit)?;
        let rows = self.database.fetch(self.database.build(&select)).await?;
        let row = |row: &Row| {
            let doc = read_doc(row)?;
            let cursor = match order.columns.is_empty() {
                true => Cursor(doc.id.clone().into_bytes()),
                false => Cursor(row.bytes(3)?),
            };
            Ok((doc, cursor))
        };
        rows.iter().map(row).collect()
    }

    /// How the database would find a page.
    pub(crate) async fn explain(
        &self,
        definition: &Definition,
        collection: &Collection,
        filter: &Filter,
        order: Order,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let select = page(definition, collection, filter, order, after, limit)?;
        let mut statement = self.database.build(&select);
        let (explain, place) = match self.database.is_postgres() {
            true => ("EXPLAIN", 0),
            false => ("EXPLAIN QUERY PLAN", 3),
        };
        statement.text = format!("{explain} {}", statement.text);
        let rows = self.database.fetch(statement).await?;
        rows.iter().map(|row| row.text(place)).collect()
    }

    /// How many documents pass a filter; none if there are more than `count_max`.
    pub(crate) async fn count(
        &self,
        definition: &Definition,
        collection: &Collection,
        filter: &Filter,
        count_max: u64,
    ) -> Result<Option<u64>, StoreError> {
        let table = documents_table(definition, collection);
        let found = Query::select()
            .expr(Expr::val(1_i64))
            .from(Alias::new(table))
            .cond_where(filter.to_sql())
            .limit(count_max.saturating_add(1))
            .take();
        let count = Query::select()
            .expr(Expr::cust("count(*)"))
            .from_subquery(found, Alias::new("found"))
            .take();
        let rows = self.database.fetch(self.database.build(&count)).await?;
        let count = rows.first().map(|row| row.integer(0)).transpose()?.unwrap_or(0);
        Ok(u64::try_from(count).ok().filter(|count| *count <= count_max))
    }

    /// What changed after a place (position and id) and up to a position, in the order of
    /// positions and ids, at most `limit`.
    pub(crate) async fn changed(
        &self,
        definition: &Definition,
        collection: &Collection,
        after: &(Position, String),
        through: Position,
        limit: usize,
    ) -> Result<Vec<Changed>, StoreError> {
        let documents = documents_table(definition, collection);
        let removals = removals_table(definition, collection);
        let changed_docs = within(select_docs(&documents), after, through, limit);
        let removed = within(select_docs(&removals), after, through, limit);
        let rows = self.database.fetch(self.database.build(&changed_docs)).await?;
        let mut changes = rows
            .iter()
            .map(|row| read_doc(row).map(Changed::Put))
            .collect::<Result<Vec<_>, _>>()?;
        for row in self.database.fetch(self.database.build(&removed)).await? {
            let Doc { id, position, json: last } = read_doc(&row)?;
            changes.push(Changed::Removed { id, position, last });
        }
        changes.sort_by(|a, b| (a.position(), a.id()).cmp(&(b.position(), b.id())));
        changes.truncate(limit);
        Ok(changes)
    }
}

/// Rows after a place and up to a position. The first comparison alone is for the index.
fn within(
    mut select: SelectStatement,
    (position, id): &(Position, String),
    through: Position,
    limit: usize,
) -> SelectStatement {
    let after = Condition::any().add(column("position").gt(to_sql(*position))).add(
        Condition::all()
            .add(column("position").eq(to_sql(*position)))
            .add(column("id").gt(id.clone())),
    );
    select
        .and_where(column("position").gte(to_sql(*position)))
        .and_where(column("position").lte(to_sql(through)))
        .cond_where(after)
        .order_by(Alias::new("position"), sea_query::Order::Asc)
        .order_by(Alias::new("id"), sea_query::Order::Asc)
        .limit(limit as u64)
        .take()
}

/// The statement of a page.
pub(crate) fn page(
    definition: &Definition,
    collection: &Collection,
    filter: &Filter,
    order: Order,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<SelectStatement, StoreError> {
    let unsupported =
        || StoreError::Refused(format!("no index is ordered by {}", order.columns.join(", ")));
    let key_name = collection.key_column(order.columns).ok_or_else(unsupported)?;
    let mut select = select_docs(&documents_table(definition, collection));
    match order.columns.first() {
        None => {
            select.cond_where(filter.to_sql());
            if let Some(Cursor(cursor)) = after {
                let id = Expr::val(String::from_utf8_lossy(cursor).into_owned());
                select.and_where(match order.direction {
                    Direction::Ascending => column("id").gt(id),
                    Direction::Descending => column("id").lt(id),
                });
            }
        }
        Some(first) => {
            let mut range = KeyRange::default();
            let rest = range.take_from(filter, first);
            if let Some(cursor) = after {
                range.go_on(cursor, order.direction);
            }
            select.column(Alias::new(&key_name)).cond_where(rest.to_sql());
            let KeyRange { from, to } = range;
            select.and_where_option(from.map(|from| column(&key_name).gte(from)));
            select.and_where_option(to.map(|to| column(&key_name).lt(to)));
        }
    }
    let direction = match order.direction {
        Direction::Ascending => sea_query::Order::Asc,
        Direction::Descending => sea_query::Order::Desc,
    };
    Ok(select.order_by(Alias::new(&key_name), direction).limit(limit as u64).take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_sizes_and_none_is_lost() {
        for (rows, expected) in [
            (0, &[][..]),
            (1, &[1]),
            (7, &[4, 2, 1]),
            (64, &[64]),
            (200, &[64, 64, 64, 8]),
            (127, &[64, 32, 16, 8, 4, 2, 1]),
        ] {
            let rows: Vec<usize> = (0..rows).collect();
            let cut: Vec<_> = pieces(&rows).collect();
            assert_eq!(cut.iter().map(|piece| piece.len()).collect::<Vec<_>>(), expected);
            assert_eq!(cut.concat(), rows);
        }
    }

    #[test]
    fn ids_are_padded_with_the_last() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(padded(ids(&[])), ids(&[]));
        assert_eq!(padded(ids(&["a"])), ids(&["a"]));
        assert_eq!(padded(ids(&["a", "b", "c"])), ids(&["a", "b", "c", "c"]));
    }
}

//! The tables: for each collection of each version of a projection one of documents and
//! one of removals, and one of checkpoints for all.

use sea_query::{
    Alias, ColumnDef, Index as IndexStatement, PostgresQueryBuilder, SchemaBuilder,
    SqliteQueryBuilder, Table, TableCreateStatement,
};

use crate::column::ColumnKind;
use crate::definition::{Collection, Definition, key_column};

/// The table of checkpoints.
pub(crate) const PROJECTIONS: &str = "projections";

/// The table of a collection's documents.
pub(crate) fn documents_table(definition: &Definition, collection: &Collection) -> String {
    format!("{}_v{}_{}", definition.name(), definition.version(), collection.name)
}

/// The table of a collection's removals.
pub(crate) fn removals_table(definition: &Definition, collection: &Collection) -> String {
    format!("{}_r", documents_table(definition, collection))
}

fn text(name: &str, is_postgres: bool) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.text();
    if is_postgres {
        // The order of bytes, as in SQLite and in memory.
        column.extra("COLLATE \"C\"");
    }
    column
}

fn number(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    column.big_integer();
    column
}

fn create(table: &str, columns: &mut [ColumnDef]) -> TableCreateStatement {
    let mut statement = Table::create();
    statement.table(Alias::new(table)).if_not_exists();
    for column in columns {
        statement.col(column);
    }
    statement
}

fn render(statement: &TableCreateStatement, is_postgres: bool) -> String {
    match is_postgres {
        true => statement.build(PostgresQueryBuilder),
        // Without a row id of its own: the id is the key.
        false => statement.build(SqliteQueryBuilder),
    }
}

pub(crate) fn projections_table(is_postgres: bool) -> String {
    let text = |name| text(name, is_postgres);
    let mut columns = [
        text("name").not_null().take(),
        number("version").not_null().take(),
        text("shape").not_null().take(),
        text("realm").not_null().take(),
        text("incarnation").not_null().take(),
        number("position").not_null().take(),
        number("removals_floor").not_null().take(),
        text("failure"),
        number("failure_position"),
    ];
    let mut statement = create(PROJECTIONS, &mut columns);
    let mut key = IndexStatement::create();
    key.col(Alias::new("name")).col(Alias::new("version"));
    statement.primary_key(&mut key);
    render(&statement, is_postgres)
}

/// Everything that makes the tables of a projection, if they are not there yet.
pub(crate) fn create_tables(definition: &Definition, is_postgres: bool) -> Vec<String> {
    let of = |collection| collection_tables(definition, collection, is_postgres);
    definition.collections().iter().flat_map(of).collect()
}

fn collection_tables(
    definition: &Definition,
    collection: &Collection,
    is_postgres: bool,
) -> Vec<String> {
    let table = documents_table(definition, collection);
    let mut columns = vec![
        text("id", is_postgres).not_null().primary_key().take(),
        number("position").not_null().take(),
        text("doc", is_postgres).not_null().take(),
    ];
    for column in collection.columns {
        let mut typed = match column.kind {
            ColumnKind::Text | ColumnKind::Date => text(column.name, is_postgres),
            ColumnKind::Integer => number(column.name),
            ColumnKind::Boolean => ColumnDef::new(Alias::new(column.name)),
        };
        if column.kind == ColumnKind::Boolean {
            typed.boolean();
        }
        columns.push(typed);
    }
    for place in 0..collection.orders().len() {
        let mut key = ColumnDef::new(Alias::new(key_column(place)));
        columns.push(key.blob().not_null().take());
    }
    let mut statements = vec![render(&create(&table, &mut columns), is_postgres)];
    let indexes = indexes(definition, collection).into_iter();
    statements.extend(indexes.map(|(name, columns)| {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        create_index(&name, &table, &columns, is_postgres)
    }));

    let removals = removals_table(definition, collection);
    let mut columns = [
        text("id", is_postgres).not_null().primary_key().take(),
        number("position").not_null().take(),
        number("time").not_null().take(),
        text("doc", is_postgres).not_null().take(),
    ];
    statements.push(render(&create(&removals, &mut columns), is_postgres));
    let name = format!("{removals}_position");
    statements.push(create_index(&name, &removals, &["position", "id"], is_postgres));
    statements
}

/// The indexes of a collection's documents: their names and columns.
fn indexes(definition: &Definition, collection: &Collection) -> Vec<(String, Vec<String>)> {
    let table = documents_table(definition, collection);
    let owned = |columns: &[&str]| columns.iter().map(|column| (*column).to_owned()).collect();
    let mut indexes = vec![(format!("{table}_position"), owned(&["position", "id"]))];
    for (place, declared) in collection.indexes.iter().enumerate() {
        // `Definition::new` checks nothing less: every order of an index has its key.
        let key = collection.key_column(declared.order).unwrap_or_else(|| "id".to_owned());
        if declared.equals.is_empty() && declared.order.is_empty() {
            continue;
        }
        let columns = owned(&[declared.equals, &[key.as_str()]].concat());
        indexes.push((format!("{table}_i{}", place + 1), columns));
    }
    indexes
}

/// Takes the indexes of all documents away. [`create_tables`] makes them again.
pub(crate) fn drop_indexes(definition: &Definition) -> Vec<String> {
    let collections = definition.collections().iter();
    let names = collections.flat_map(|collection| indexes(definition, collection));
    names.map(|(name, _)| format!("DROP INDEX IF EXISTS \"{name}\"")).collect()
}

fn create_index(name: &str, table: &str, columns: &[&str], is_postgres: bool) -> String {
    let mut statement = IndexStatement::create();
    statement.if_not_exists().name(name).table(Alias::new(table));
    for column in columns {
        statement.col(Alias::new(*column));
    }
    match is_postgres {
        true => statement.build(PostgresQueryBuilder),
        false => statement.build(SqliteQueryBuilder),
    }
}

/// Everything that takes the tables of a projection away.
pub(crate) fn drop_tables(definition: &Definition, is_postgres: bool) -> Vec<String> {
    fn drop(table: String, builder: impl SchemaBuilder) -> String {
        Table::drop().table(Alias::new(table)).if_exists().build(builder)
    }
    let tables = definition.collections().iter().flat_map(|collection| {
        [documents_table(definition, collection), removals_table(definition, collection)]
    });
    let drop = |table| match is_postgres {
        true => drop(table, PostgresQueryBuilder),
        false => drop(table, SqliteQueryBuilder),
    };
    tables.map(drop).collect()
}

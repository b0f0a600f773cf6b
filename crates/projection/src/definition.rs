//! Definitions: what a projection is called, which documents it keeps, and who folds.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use quanheng_eventlog::Filter as LogFilter;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::bounds::INDEX_TEXTS_MAX;
use crate::column::{Column, ColumnKind, Value, WrongKind};
use crate::projector::Projector;
use crate::sort_key::sort_key;

/// What a collection can be asked for quickly: documents where the columns of `equals`
/// have given values, in the order of the columns of `order` (and of the id, where they
/// are alike), either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Index {
    /// Columns that are compared for equality.
    pub equals: &'static [&'static str],
    /// Columns that give the order.
    pub order: &'static [&'static str],
}

impl Index {
    /// All documents in the order of their ids. Every collection has it.
    pub const BY_ID: Self = Self { equals: &[], order: &[] };
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals = self.equals.iter().map(|column| format!("{column} = …"));
        let equals = equals.collect::<Vec<_>>().join(" AND ");
        let order = [self.order, &["id"]].concat().join(", ");
        match equals.is_empty() {
            true => write!(f, "order by {order}"),
            false => write!(f, "{equals}, order by {order}"),
        }
    }
}

/// Documents of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Collection {
    /// Its name: lower-case letters, digits and `_`, at most 24.
    pub name: &'static str,
    /// What of the documents is indexed.
    pub columns: &'static [Column],
    /// What can be asked for quickly.
    pub indexes: &'static [Index],
}

/// Names that the tables of a collection need for themselves.
const RESERVED: [&str; 3] = ["id", "position", "doc"];

impl Collection {
    /// The column of a name. Every collection has `id`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Column> {
        const ID: Column = Column { name: "id", pointer: "", kind: ColumnKind::Text };
        if name == ID.name {
            return Some(ID);
        }
        self.columns.iter().find(|column| column.name == name).copied()
    }

    /// The different orders of the indexes, save that by id alone.
    pub(crate) fn orders(&self) -> Vec<&'static [&'static str]> {
        let mut orders: Vec<&'static [&'static str]> = Vec::new();
        for index in self.indexes {
            if !index.order.is_empty() && !orders.contains(&index.order) {
                orders.push(index.order);
            }
        }
        orders
    }

    /// The column of the table in which the sort keys of an order stand; none if no
    /// index has this order.
    pub(crate) fn key_column(&self, order: &[&str]) -> Option<String> {
        if order.is_empty() {
            return Some("id".to_owned());
        }
        let place = self.orders().iter().position(|known| *known == order)?;
        Some(key_column(place))
    }

    /// The values of the columns in a document, in their order.
    pub(crate) fn values(&self, document: &Json) -> Result<Vec<Option<Value>>, WrongKind> {
        self.columns.iter().map(|column| column.of(document)).collect()
    }

    /// The sort keys of a document, in the order of [`Collection::orders`].
    pub(crate) fn keys(&self, values: &[Option<Value>], id: &str) -> Vec<Vec<u8>> {
        let value = |name: &&str| {
            let place = self.columns.iter().position(|column| column.name == *name);
            place.and_then(|place| values.get(place)?.as_ref())
        };
        let key = |order: &[&'static str]| sort_key(order.iter().map(value), id);
        self.orders().into_iter().map(key).collect()
    }

    fn check(&self) -> Result<(), String> {
        let mut names = HashSet::new();
        for column in self.columns {
            let name = column.name;
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.".contains(&b);
            let is_plain = !name.is_empty() && name.len() <= 40 && name.bytes().all(plain);
            if !is_plain || RESERVED.contains(&name) || name.starts_with("key_") {
                return Err(format!("column {name:?}: not a name that a column may have"));
            }
            if !column.pointer.starts_with('/') {
                return Err(format!("column {name}: {:?} is no JSON pointer", column.pointer));
            }
            if !names.insert(name) {
                return Err(format!("column {name} is declared twice"));
            }
        }
        self.indexes.iter().try_for_each(|index| self.check_index(index))
    }

    fn check_index(&self, index: &Index) -> Result<(), String> {
        let mut texts = 0;
        let mut named = HashSet::new();
        for name in index.equals.iter().chain(index.order) {
            let Some(column) = self.columns.iter().find(|column| column.name == *name) else {
                return Err(format!("index ({index}): there is no column {name}"));
            };
            if !named.insert(name) {
                return Err(format!("index ({index}): {name} stands in it twice"));
            }
            texts += usize::from(column.kind == ColumnKind::Text);
        }
        if texts > INDEX_TEXTS_MAX {
            return Err(format!("index ({index}): more than {INDEX_TEXTS_MAX} text columns"));
        }
        Ok(())
    }
}

pub(crate) fn key_column(place: usize) -> String {
    format!("key_{}", place + 1)
}

/// A projection: a name, a version, and a pure fold from records to documents.
#[derive(Clone)]
pub struct Definition {
    name: &'static str,
    version: u32,
    collections: &'static [Collection],
    filter: LogFilter,
    projector: Arc<dyn Projector>,
}

/// A definition that cannot be: the programmer's mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("projection {projection}: {reason}")]
pub struct InvalidDefinition {
    /// Which.
    pub projection: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Definition {
    /// A projection over the whole log.
    ///
    /// Whatever changes the documents that the same log gives (the fold, the columns, the
    /// indexes, the filter) takes a new version. It builds beside the old one.
    ///
    /// # Errors
    /// [`InvalidDefinition`]: a name or an index that cannot be.
    pub fn new(
        name: &'static str,
        version: u32,
        collections: &'static [Collection],
        projector: impl Projector,
    ) -> Result<Self, InvalidDefinition> {
        let filter = LogFilter::all();
        let definition =
            Self { name, version, collections, filter, projector: Arc::new(projector) };
        match definition.check() {
            Ok(()) => Ok(definition),
            Err(reason) => Err(InvalidDefinition { projection: name.to_owned(), reason }),
        }
    }

    /// Only events that pass a filter are folded.
    #[must_use]
    pub fn over(mut self, filter: LogFilter) -> Self {
        self.filter = filter;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Its collections.
    #[must_use]
    pub fn collections(&self) -> &'static [Collection] {
        self.collections
    }

    /// A collection by its name.
    #[must_use]
    pub fn collection(&self, name: &str) -> Option<&'static Collection> {
        self.collections.iter().find(|collection| collection.name == name)
    }

    /// Which events it folds.
    #[must_use]
    pub fn filter(&self) -> &LogFilter {
        &self.filter
    }

    pub(crate) fn projector(&self) -> &dyn Projector {
        &*self.projector
    }

    /// A digest of everything that decides the shape of its tables and which events it
    /// folds: what may not change without a new version.
    pub(crate) fn shape(&self) -> String {
        let shape = format!("{:?} {:?}", self.collections, self.filter);
        let digest = Sha256::digest(shape.as_bytes());
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    fn check(&self) -> Result<(), String> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_name = |name: &str| {
            let starts = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
            starts && name.len() <= 24 && name.bytes().all(plain)
        };
        if !is_name(self.name) || self.version == 0 {
            return Err("a name of at most 24 of a-z, 0-9 and _, and a version above 0".into());
        }
        let mut names = HashSet::new();
        for collection in self.collections {
            if !is_name(collection.name) || !names.insert(collection.name) {
                return Err(format!("collection {:?}: not a name, or twice", collection.name));
            }
            collection.check().map_err(|what| format!("collection {}: {what}", collection.name))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Definition({} v{})", self.name, self.version)
    }
}

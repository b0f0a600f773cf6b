//! Worksheets as officials exchange them: xlsx and CSV in and out, with errors marked cell
//! by cell; pure: bytes in, bytes out.
//!
//! * [`Form`], [`Column`]: forms as data.
//! * [`table`], [`rows`]: what a file of any kind says, as [`Value`]s with [`CellError`]s.
//! * [`SheetWriter`], [`CsvWriter`], [`write_marked`]: the way back.
//! * [`units`], [`persons`]: the unit form (单位基本情况) and the roster (人员信息), typed.
//! * [`survey`]: the survey sheet of re-certification (基础摸底表), typed.
//! * [`sample`]: made-up units and persons.

mod bounds;
mod convert;
mod error;
mod finding;
mod form;
mod guard;
mod header;
mod marked;
mod parse;
pub mod persons;
mod read;
pub mod sample;
mod source;
pub mod survey;
mod text;
pub mod units;
mod value;
mod write;

pub use bounds::Bounds;
pub use convert::{Choice, Import, Numbered};
pub use error::{ReadError, WriteError};
pub use finding::{CellError, Fault, Findings, Problem, Severity, column_letter, shown};
pub use form::{Column, Form, HeaderCell, Kind};
pub use header::{Layout, UnknownColumn};
pub use marked::{LIST_TITLE, write_marked};
pub use read::{Each, Row, Table, rows, table};
pub use text::{CsvWriter, Encoding, csv};
pub use value::Value;
pub use write::{SheetWriter, xlsx};

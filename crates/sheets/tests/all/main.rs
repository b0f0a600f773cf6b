//! The tests of sheets: tables of cells and files, round trips as properties, and files of
//! other programs.
#![allow(clippy::unwrap_used, missing_docs)]

mod cells;
mod files;
mod headers;
mod hostile;
mod marked;
mod persons;
mod round_trip;
mod samples;
mod survey;
mod units;
mod world;

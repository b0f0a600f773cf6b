//! What the service shows, as documents.

pub(crate) mod campaigns;
pub(crate) mod cases;
mod ledger;

pub(crate) use ledger::{
    BOOKS, BookDoc, LEDGER_PROJECTION, LEDGER_UNITS, REVIEWS, UnitDoc, definition as ledger,
    units_of,
};

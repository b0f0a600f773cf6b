//! What the service shows, as documents.

mod ledger;

pub(crate) use ledger::{
    BOOKS, LEDGER_PROJECTION, LEDGER_UNITS, UnitDoc, definition as ledger, units_of,
};

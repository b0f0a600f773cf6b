//! Figures of law and practice as data (政策参数): pure code that knows no storage, no
//! clock and no network.
//!
//! * [`calendar`]: working days, public notices, deadlines.
//! * [`codes`]: identity numbers, credit codes, divisions, document numbers, dates.
//! * [`Ratio`]: exact shares.

pub mod calendar;
pub mod codes;
mod ratio;

pub use ratio::{Exact, InvalidRatio, Ratio};

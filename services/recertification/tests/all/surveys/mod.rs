//! Surveys: filling in, signing, the three clears, sheets.

mod sheets;
mod ways;

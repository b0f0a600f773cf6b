//! Rounds and requests, from the plan to the filing.

mod bars;
mod changes;
mod documents;
mod ends;
mod model;
mod notices;
mod reads;
mod refusals;
mod seats;
mod stage;
mod ways;

//! Rounds and requests, from the plan to the filing.

mod bars;
mod changes;
mod documents;
mod ends;
mod guards;
mod model;
mod notices;
mod reads;
mod refusals;
mod rights;
mod seats;
mod stage;
mod ways;

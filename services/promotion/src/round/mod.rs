//! Rounds (晋升批次): what may be asked of one, and why it is refused. Its events and its state
//! stand in `quanheng-streams`.

mod command;
mod decide;
mod refusal;
#[cfg(test)]
mod tests;

pub(crate) use command::Command;
pub(crate) use decide::decide;

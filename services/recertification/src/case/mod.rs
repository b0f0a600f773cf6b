//! Cases of re-certification, filing and exit (重新认定、备案、退出事项): what may be asked of one, and
//! what it brings about. Pure; where it stands in its flow, the case of the flow says.

mod command;
mod decide;
mod novelty;
mod refusal;

pub(crate) use command::{Asked, Command};
pub(crate) use decide::decide;
pub(crate) use novelty::brings_new;
pub(crate) use refusal::Refusal;

//! Carrying out decisions (办理): what services share that change seats and cases in one
//! commit.
//!
//! * [`Scope`], [`Sight`]: what a decision reads of the log, and how it sees it; [`run`]
//!   executes one, and reads on demand what it turns out to need.
//! * [`case`]: acting on a case: the flow's own decision, and what follows from it elsewhere
//!   ([`case::Matter`]), in the same commit.
//! * [`people`]: who sits where, seen from a case.
//! * [`work`]: who acts for which unit, etags, and drafts, of whatever has a case.
//! * [`in_one`]: several decisions in one commit, each over what those before it bring about;
//!   [`Whole`]: what is decided once, over all of them.

pub mod case;
mod foresight;
pub mod people;
mod refusal;
mod run;
mod said;
mod scope;
mod staged;
pub mod work;

pub use foresight::Foresight;
pub use refusal::{Place, failure, named};
pub use run::{run, run_asked};
pub use scope::{Scope, Sight, pool_division};
pub use staged::{Part, Whole, in_one};

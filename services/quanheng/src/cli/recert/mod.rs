//! `quanheng recert …` (重新认定、备案、退出事项).

mod apply;
mod checks;
mod review;

use clap::Subcommand;

use super::session::{Done, Session};

/// What can be done with cases of reference management.
#[derive(Debug, Subcommand)]
pub(crate) enum RecertCommand {
    #[command(flatten)]
    Apply(apply::ApplyCommand),
    #[command(flatten)]
    Review(review::ReviewCommand),
    #[command(flatten)]
    Check(checks::CheckCommand),
}

impl RecertCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Apply(command) => command.run(session).await,
            Self::Review(command) => command.run(session).await,
            Self::Check(command) => command.run(session).await,
        }
    }
}

//! `quanheng request …` (职级晋升申请).

mod conclude;
mod notice;
mod propose;
mod steps;

use clap::Subcommand;

use super::session::{Done, Session};
use conclude::ConcludeCommand;
use notice::NoticeCommand;
use propose::ProposeCommand;
use steps::StepCommand;

/// What can be done with requests.
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    #[command(flatten)]
    Propose(ProposeCommand),
    #[command(flatten)]
    Step(StepCommand),
    /// 公示
    #[command(subcommand)]
    Notice(NoticeCommand),
    #[command(flatten)]
    Conclude(ConcludeCommand),
}

impl RequestCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Propose(command) => command.run(session).await,
            Self::Step(command) => command.run(session).await,
            Self::Notice(command) => command.run(session).await,
            Self::Conclude(command) => command.run(session).await,
        }
    }
}

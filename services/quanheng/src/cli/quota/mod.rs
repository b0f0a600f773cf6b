//! `quanheng quota …` (职数台账).

mod account;
mod hold;
mod lookup;
mod pool;
mod review;
mod seats;

use clap::Subcommand;

use super::session::{Done, Session};
use account::AccountCommand;
use hold::HoldCommand;
use lookup::LookupCommand;
use pool::{PoolCommand, TransferCommand};
use review::ReviewCommand;
use seats::SeatsCommand;

/// What can be done with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum QuotaCommand {
    #[command(flatten)]
    Lookup(LookupCommand),
    #[command(flatten)]
    Account(AccountCommand),
    /// 统筹池
    #[command(subcommand)]
    Pool(PoolCommand),
    #[command(flatten)]
    Transfer(TransferCommand),
    /// 职数使用预审
    #[command(subcommand)]
    PreReview(ReviewCommand),
    /// 预审占用
    #[command(subcommand)]
    Hold(HoldCommand),
    #[command(flatten)]
    Seats(SeatsCommand),
}

impl QuotaCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Lookup(command) => command.run(session).await,
            Self::Account(command) => command.run(session).await,
            Self::Pool(command) => command.run(session).await,
            Self::Transfer(command) => command.run(session).await,
            Self::PreReview(command) => command.run(session).await,
            Self::Hold(command) => command.run(session).await,
            Self::Seats(command) => command.run(session).await,
        }
    }
}

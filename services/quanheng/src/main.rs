//! The one program: every service by role, and the command line.

mod cli;
mod config;
mod realm;
mod serve;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(std::env::args_os().collect()).await
}

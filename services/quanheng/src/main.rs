//! The one program: every service by role, and the command line.

mod cli;
mod config;
mod realm;
mod serve;

use std::process::ExitCode;

/// A call makes and drops many small things, on more than one thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(std::env::args_os().collect()).await
}

//! `quanheng person erase` (擦除个人信息): asks before it does what cannot be undone.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use quanheng_api::quanheng::registry::v1::ErasePersonRequest;

use crate::cli::args::{self, Write};
use crate::cli::failure::CliFailure;
use crate::cli::session::{Done, Session};

/// Whose data, who ordered it, and why.
#[derive(Debug, Args)]
pub(crate) struct EraseArgs {
    /// 人员
    #[arg(value_parser = args::person)]
    name: String,
    /// 责令机关,或本人申请
    #[arg(long, value_name = "单位或人")]
    ordered_by: String,
    /// 原因
    #[arg(long, value_name = "文字")]
    reason: String,
    /// 不再询问
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    write: Write,
}

impl EraseArgs {
    /// Asks, and does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        if !self.yes && !self.write.validate_only {
            confirm(&self.name)?;
        }
        let request = ErasePersonRequest {
            name: self.name,
            ordered_by: self.ordered_by,
            reason: self.reason,
            request_id: self.write.request_id,
            validate_only: self.write.validate_only,
        };
        session.answer(request).await
    }
}

/// The person's id is to be typed: a habit does not answer that.
fn confirm(name: &str) -> Result<(), CliFailure> {
    if !std::io::stdin().is_terminal() {
        return Err(CliFailure::usage("擦除须确认:请在终端中执行,或加 --yes"));
    }
    let id = name.rsplit('/').next().unwrap_or(name);
    let asked = format!("将永久擦除 {name} 的个人信息,不可恢复。请输入其编号 {id} 以确认:");
    let _ = write!(std::io::stderr(), "{asked}");
    let mut typed = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut typed)
        .map_err(|error| CliFailure::io("标准输入", error))?;
    if typed.trim() == id {
        return Ok(());
    }
    Err(CliFailure::refused("NOT_CONFIRMED", "未确认,没有擦除"))
}

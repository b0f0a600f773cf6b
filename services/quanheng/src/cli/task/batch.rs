//! Many tasks decided at once.

use clap::Args;
use quanheng_api::quanheng::approval::v1 as approval;

use crate::cli::args::{self, BasisArgs, Write};
use crate::cli::failure::CliFailure;
use crate::cli::input;
use crate::cli::session::{Done, Session};

/// Which tasks, and how they are decided.
#[derive(Debug, Clone, Args)]
pub(crate) struct BatchArgs {
    /// 任务(可重复)
    #[arg(value_parser = args::task, required_unless_present = "file")]
    names: Vec<String>,
    /// 任务名单文件,每行一项;- 为标准输入
    #[arg(long, value_name = "文件")]
    file: Option<String>,
    /// 同意或不同意
    #[arg(long, value_name = "决定", value_parser = args::choices("quanheng.approval.v1.Verdict"))]
    verdict: i32,
    /// 意见
    #[arg(long, value_name = "文字", default_value = "")]
    opinion: String,
    #[command(flatten)]
    basis: BasisArgs,
    /// 会议纪要文号
    #[arg(long, value_name = "文号", default_value = "")]
    minutes: String,
    /// 整批办理:全部办理,或全部不办理
    #[arg(long)]
    atomic: bool,
    #[command(flatten)]
    write: Write,
}

/// Tasks by name or id, one a line.
fn listed(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter_map(|line| args::task(line).ok()).collect()
}

impl BatchArgs {
    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Done {
        let mut names = self.names;
        if let Some(file) = &self.file {
            names.extend(listed(&input::read(file)?));
        }
        if names.is_empty() {
            return Err(CliFailure::usage("没有要办理的任务"));
        }
        let basis = self.basis.basis();
        let decisions = names.into_iter().map(|task| approval::TaskDecision {
            task,
            verdict: self.verdict,
            opinion: self.opinion.clone(),
            basis: basis.clone(),
            minutes_ref: self.minutes.clone(),
            etag: String::new(),
            meeting: None,
        });
        let request = approval::BatchDecideTasksRequest {
            decisions: decisions.collect(),
            atomic: self.atomic,
            request_id: self.write.request_id,
            validate_only: self.write.validate_only,
        };
        session.answer(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tasks_is_read() {
        let names = listed("request.r1.2\n\n approvalTasks/request.r2.3 \n");
        assert_eq!(names, ["approvalTasks/request.r1.2", "approvalTasks/request.r2.3"]);
    }
}

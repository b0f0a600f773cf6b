//! The command line: what can be said, and to whom it goes.

/// Sends a change of reference management, with what every change takes.
macro_rules! change {
    ($session:ident, $request:ident { $($field:ident),* $(,)? }, $write:ident, $etag:ident $(,)?) => {
        $session
            .answer(quanheng_api::quanheng::recertification::v1::$request {
                $($field,)*
                request_id: $write.request_id,
                validate_only: $write.validate_only,
                etag: $etag.etag,
            })
            .await
    };
}

mod api;
mod args;
mod attachment;
mod call;
mod campaign;
mod case;
mod codec;
mod columns;
mod config;
mod connect;
mod failure;
#[cfg(test)]
mod fake;
mod health;
mod input;
mod labels;
mod ledger;
mod office;
mod operation;
mod output;
mod person;
mod policy;
mod post;
mod projection;
mod promotion;
mod quota;
mod rank;
mod recert;
mod request;
mod round;
mod session;
mod substitution;
mod survey;
#[cfg(test)]
mod talk_tests;
mod task;
#[cfg(test)]
mod tests;
mod token;
mod transfer;
mod transition;
mod unit;
mod usage;
mod view;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::ConfigFlags;
use crate::realm::RealmCommand;
pub(crate) use config::failure as config_failure;
use connect::ClientArgs;
pub(crate) use failure::CliFailure;
pub(crate) use output::{Output, document, out};
use session::Session;
pub(crate) use session::{Done, note};
pub(crate) use transfer::{bar, hex};
pub(crate) use view::empty_table;

/// 铨衡:单位、人员、职数、晋升与政策
#[derive(Debug, Parser)]
#[command(name = "quanheng", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// 输出形式:table 供人阅读,json 供程序读取
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t = Output::Table,
        env = "QUANHENG_OUTPUT",
        value_name = "形式",
        hide_possible_values = true
    )]
    output: Output,
    #[command(subcommand)]
    command: Top,
}

/// A group of commands that speak to a server.
#[derive(Debug, clap::Args)]
struct Group<C: Subcommand> {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    command: C,
}

#[derive(Debug, Subcommand)]
enum Top {
    /// 启动服务
    Serve {
        #[command(flatten)]
        flags: Box<ConfigFlags>,
    },
    /// 列出全部配置项、值、默认值与来源
    Config(config::ShowArgs),
    /// 单位
    Unit(Group<unit::UnitCommand>),
    /// 职位
    Post(Group<post::PostCommand>),
    /// 人员
    Person(Group<person::PersonCommand>),
    /// 职数台账
    Quota(Group<quota::QuotaCommand>),
    /// 职级晋升任职资格审核
    Promotion(Group<promotion::PromotionCommand>),
    /// 职级晋升批次
    Round(Group<round::RoundCommand>),
    /// 职级晋升申请
    Request(Group<request::RequestCommand>),
    /// 重新认定工作
    Campaign(Group<campaign::CampaignCommand>),
    /// 摸底表
    Survey(Group<survey::SurveyCommand>),
    /// 重新认定、备案、退出事项
    Recert(Group<recert::RecertCommand>),
    /// 人员过渡安排
    Transition(Group<transition::TransitionCommand>),
    /// 参照管理单位台账
    Ledger(Group<ledger::LedgerCommand>),
    /// 审批任务
    Task(Group<task::TaskCommand>),
    /// 事项
    Case(Group<case::CaseCommand>),
    /// 代办
    Substitution(Group<substitution::SubstitutionCommand>),
    /// 流程岗位与主管部门
    Office(Group<office::OfficeCommand>),
    /// 降低职级、转任后确定职级
    Rank(Group<rank::RankCommand>),
    /// 政策参数、流程与日历
    Policy(Group<policy::PolicyCommand>),
    /// 投影
    Projection(Group<projection::ProjectionCommand>),
    /// 附件
    Attachment(Group<attachment::AttachmentCommand>),
    /// 长时操作
    Operation(Group<operation::OperationCommand>),
    /// 以 JSON 调用任一方法
    Call {
        #[command(flatten)]
        client: ClientArgs,
        #[command(flatten)]
        call: call::CallArgs,
    },
    /// 令牌
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// 域的备份与恢复
    #[command(subcommand)]
    Realm(RealmCommand),
    /// 检查服务是否就绪
    Healthcheck(health::HealthArgs),
    /// 输出命令补全脚本
    Completion {
        /// 命令解释器
        #[arg(value_name = "解释器")]
        shell: Shell,
    },
}

/// The whole tree of commands, in Chinese.
pub(crate) fn command() -> clap::Command {
    usage::localized(Cli::command()).arg(
        clap::Arg::new("version")
            .short('V')
            .long("version")
            .action(clap::ArgAction::Version)
            .help_heading("选项")
            .help("显示版本"),
    )
}

/// Understands the command line and does what it says.
pub(crate) async fn run(args: Vec<OsString>) -> ExitCode {
    let wants_json = args.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
        || args.iter().any(|arg| arg == "--output=json");
    let cli =
        command().try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match cli {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            // Help and version are answers.
            return match out(&usage::help(&error)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(failure) => failure.report(Output::Table),
            };
        }
        Err(error) if error.kind() == HELP_INSTEAD => {
            note(usage::help(&error));
            return failure::Exit::Usage.into();
        }
        Err(error) => {
            let output = if wants_json { Output::Json } else { Output::Table };
            return usage::failure(&error).report(output);
        }
    };
    let output = cli.output;
    match cli.command {
        Top::Serve { flags } => match flags.load() {
            Ok(loaded) => crate::serve::run(loaded.config).await,
            Err(faults) => config::failure(&faults).report(output),
        },
        command => match dispatch(command, output).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(output),
        },
    }
}

const HELP_INSTEAD: clap::error::ErrorKind =
    clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;

async fn dispatch(command: Top, output: Output) -> Done {
    let session =
        |client: &ClientArgs| client.connect().map(|connection| Session { connection, output });
    match command {
        // Its exit code is its own: `run` has seen to it.
        Top::Serve { .. } => Ok(()),
        Top::Config(show) => show.run(output),
        Top::Unit(group) => group.command.run(&session(&group.client)?).await,
        Top::Post(group) => group.command.run(&session(&group.client)?).await,
        Top::Person(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Quota(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Promotion(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Round(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Request(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Campaign(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Survey(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Recert(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Transition(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Ledger(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Task(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Case(group) => group.command.run(&session(&group.client)?).await,
        Top::Substitution(group) => group.command.run(&session(&group.client)?).await,
        Top::Office(group) => group.command.run(&session(&group.client)?).await,
        Top::Rank(group) => Box::pin(group.command.run(&session(&group.client)?)).await,
        Top::Policy(group) => group.command.run(&session(&group.client)?).await,
        Top::Projection(group) => group.command.run(&session(&group.client)?).await,
        Top::Attachment(group) => group.command.run(&session(&group.client)?).await,
        Top::Operation(group) => group.command.run(&session(&group.client)?).await,
        Top::Call { client, call } => call.run(&session(&client)?).await,
        Top::Token(token) => token.run(output),
        Top::Realm(realm) => realm.run(output).await,
        Top::Healthcheck(health) => health.run(output).await,
        Top::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut self::command(), "quanheng", &mut script);
            out(&String::from_utf8_lossy(&script))
        }
    }
}

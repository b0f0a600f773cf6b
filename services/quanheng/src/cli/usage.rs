//! What clap says, in Chinese, and with the exit codes of this program.

use std::io::IsTerminal as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

use super::failure::CliFailure;

const TEMPLATE: &str = "{about-with-newline}\n用法:{usage}\n\n{all-args}{after-help}";

/// What clap writes by itself, and what stands there instead.
const PHRASES: [(&str, &str); 6] = [
    ("[OPTIONS]", "[选项]"),
    ("Possible values:", "可用的值:"),
    ("[possible values: ", "[可用的值:"),
    ("[default:", "[默认:"),
    ("[env:", "[环境变量:"),
    ("Print help", "显示帮助"),
];

/// What arguments without an option are called.
const PLACES: [(&str, &str); 9] = [
    ("name", "名称"),
    ("account", "账户"),
    ("hold", "预审"),
    ("unit", "单位"),
    ("file", "文件"),
    ("resource", "资源"),
    ("collection", "集合"),
    ("method", "方法"),
    ("json", "JSON"),
];

/// A command with Chinese headings, and its subcommands likewise.
pub(crate) fn localized(command: Command) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("显示帮助");
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .next_help_heading(None)
        .arg(help)
        .mut_args(argument);
    for name in names {
        command = command.mut_subcommand(name, localized);
    }
    command
}

fn argument(arg: Arg) -> Arg {
    let place = PLACES.iter().find(|(id, _)| arg.is_positional() && arg.get_id() == id);
    let arg = match place {
        Some((_, name)) => arg.value_name(name),
        None => arg,
    };
    let nothing = arg.get_default_values().first().is_some_and(|value| value.is_empty());
    let arg = if nothing { arg.hide_default_value(true) } else { arg };
    if arg.get_help_heading().is_some() {
        return arg;
    }
    let heading = if arg.is_positional() { "参数" } else { "选项" };
    arg.help_heading(heading)
}

/// Help as it is shown.
pub(crate) fn help(error: &clap::Error) -> String {
    let rendered = error.render();
    let text = match std::io::stdout().is_terminal() {
        true => rendered.ansi().to_string(),
        false => rendered.to_string(),
    };
    PHRASES.iter().fold(text, |text, (english, chinese)| text.replace(english, chinese))
}

/// Why the command line cannot be understood.
pub(crate) fn failure(error: &clap::Error) -> CliFailure {
    let told = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let (arg, value) = (told(ContextKind::InvalidArg), told(ContextKind::InvalidValue));
    let valid = told(ContextKind::ValidValue);
    let mut message = match error.kind() {
        ErrorKind::UnknownArgument => format!("没有选项或参数 {arg}"),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令 {}", told(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("缺少 {arg}"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "缺少命令,可用 --help 查看".to_owned()
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} 缺少值"),
        ErrorKind::InvalidValue => format!("{arg} 的值 {value:?} 不可用"),
        ErrorKind::ValueValidation => {
            let source = std::error::Error::source(error).map(ToString::to_string);
            format!("{arg} 的值 {value:?} 有误:{}", source.unwrap_or_default())
        }
        ErrorKind::ArgumentConflict => {
            format!("{arg} 不能与 {} 同时使用", told(ContextKind::PriorArg))
        }
        ErrorKind::NoEquals => format!("{arg} 须写成 选项=值"),
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => format!("{arg} 的值过多"),
        ErrorKind::TooFewValues => format!("{arg} 的值过少"),
        ErrorKind::InvalidUtf8 => "命令行不是 UTF-8 文本".to_owned(),
        _ => error.to_string().trim().to_owned(),
    };
    if !valid.is_empty() {
        message.push_str(&format!("(可用:{valid})"));
    }
    for kind in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand] {
        let suggested = told(kind);
        if !suggested.is_empty() {
            message.push_str(&format!(",是否为 {suggested}"));
        }
    }
    CliFailure::usage(message)
}

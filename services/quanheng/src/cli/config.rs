//! `quanheng config` (配置): every key, its value, and where that comes from.

use clap::Args;
use serde_json::Value;

use super::failure::CliFailure;
use super::output::{Output, document, out};
use super::session::Done;
use super::view::empty_table;
use crate::config::{ConfigFlags, Fault, as_json, rows, schema};

/// What of the configuration is shown.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    flags: ConfigFlags,
    /// 输出配置文件的 JSON Schema
    #[arg(long)]
    schema: bool,
    /// 只列出不同于默认值的配置项
    #[arg(long)]
    changed: bool,
}

impl ShowArgs {
    /// Shows it.
    pub(crate) fn run(self, output: Output) -> Done {
        if self.schema {
            return document(&schema());
        }
        let loaded = self.flags.load().map_err(|faults| failure(&faults))?;
        let mut rows = rows(&loaded);
        rows.retain(|row| !self.changed || row.value != row.default);
        if output == Output::Json {
            return document(&as_json(&rows));
        }
        let mut table = empty_table();
        table.set_header(["配置项", "值", "默认值", "来源", "含义"]);
        for row in rows {
            let (value, default) = (plain(&row.value), plain(&row.default));
            table.add_row([row.key, value, default, row.source.to_string(), row.meaning]);
        }
        out(&format!("{table}\n"))
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    }
}

/// A configuration that cannot be used: every fault, each with its place.
pub(crate) fn failure(faults: &[Fault]) -> CliFailure {
    let mut failure = CliFailure::usage("配置有误");
    failure.reason = "CONFIG_INVALID".to_owned();
    failure.fields = faults
        .iter()
        .map(|fault| super::failure::Detail {
            key: if fault.key.is_empty() { "-".to_owned() } else { fault.key.clone() },
            subject: String::new(),
            message: format!("{}({})", fault.what, fault.source),
        })
        .collect();
    failure
}

//! What goes to standard output: tables for people, one JSON document for programs.

use std::io::{self, Write as _};

use clap::ValueEnum;
use prost_reflect::{DynamicMessage, ReflectMessage as _, SerializeOptions, Value};

use super::failure::CliFailure;
use super::session::{Done, note};
use super::view;

/// For whom answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// 表格
    #[default]
    Table,
    /// JSON
    Json,
}

/// A message as proto3 writes it in JSON, under the names of the files.
///
/// # Errors
/// When it cannot be written; it always can.
pub(crate) fn json(message: &DynamicMessage) -> Result<serde_json::Value, CliFailure> {
    let options = SerializeOptions::new().use_proto_field_name(true);
    let written = message.serialize_with_options(serde_json::value::Serializer, &options);
    written.map_err(CliFailure::internal)
}

/// Prints an answer.
///
/// # Errors
/// When standard output is gone.
pub(crate) fn print(answer: &DynamicMessage, output: Output) -> Done {
    match output {
        Output::Table => out(&view::answer(answer)),
        Output::Json => document(&json(answer)?),
    }
}

/// Prints a JSON document.
///
/// # Errors
/// When standard output is gone.
pub(crate) fn document(value: &serde_json::Value) -> Done {
    let text = serde_json::to_string_pretty(value).map_err(CliFailure::internal)?;
    out(&format!("{text}\n"))
}

/// Prints text. Who closed the pipe has read enough: that is no failure.
///
/// # Errors
/// When standard output is gone otherwise.
pub(crate) fn out(text: &str) -> Done {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => written.map_err(|error| CliFailure::io("标准输出", error)),
    }
}

/// Writes a list page by page: a table a page, or one document over all.
#[derive(Debug)]
pub(crate) struct ListWriter {
    output: Output,
    all: bool,
    pages: usize,
    items: usize,
    field: String,
}

impl ListWriter {
    /// A list of which nothing is written yet.
    pub(crate) fn new(output: Output, all: bool) -> Self {
        Self { output, all, pages: 0, items: 0, field: String::new() }
    }

    /// Writes a page; says how many items it has.
    ///
    /// # Errors
    /// When standard output is gone.
    pub(crate) fn page(&mut self, answer: &DynamicMessage) -> Result<usize, CliFailure> {
        let lists = answer.descriptor();
        // An answer may have several kinds of items, of which a list has one.
        let all: Vec<_> = lists.fields().filter(|field| field.is_list()).collect();
        let filled = all.iter().find(|field| answer.has_field(field));
        let list = filled.or(all.first()).cloned();
        let list = list.ok_or_else(|| CliFailure::internal("回答中没有列表"))?;
        let value = answer.get_field(&list).into_owned();
        let items: Vec<&DynamicMessage> =
            value.as_list().unwrap_or_default().iter().filter_map(Value::as_message).collect();
        self.pages += 1;
        match self.output {
            Output::Table if items.is_empty() && self.pages > 1 => {}
            Output::Table => out(&view::list(&items))?,
            Output::Json => {
                if self.pages == 1 {
                    list.name().clone_into(&mut self.field);
                    out(&format!("{{\n  {:?}: [", list.name()))?;
                }
                for item in &items {
                    let comma = if self.items > 0 { "," } else { "" };
                    out(&format!("{comma}\n    {}", json(item)?))?;
                    self.items += 1;
                }
            }
        }
        Ok(items.len())
    }

    /// Writes what stands behind the last page.
    ///
    /// # Errors
    /// When standard output is gone.
    pub(crate) fn finish(self, last: &DynamicMessage, next: &str) -> Done {
        let written = json(last)?;
        match self.output {
            Output::Json => {
                let mut tail = String::from("\n  ]");
                for key in ["position", "total_size"] {
                    if let Some(value) = written.get(key) {
                        tail.push_str(&format!(",\n  {key:?}: {value}"));
                    }
                }
                if !next.is_empty() {
                    let next = serde_json::Value::String(next.to_owned());
                    tail.push_str(&format!(",\n  \"next_page_token\": {next}"));
                }
                out(&format!("{tail}\n}}\n"))
            }
            Output::Table => {
                if let Some(total) = written["total_size"].as_str() {
                    note(format_args!("总数 {total}"));
                }
                if !next.is_empty() && !self.all {
                    note(format_args!("还有更多:--page-token {next},或 --all 取全部"));
                }
                Ok(())
            }
        }
    }
}

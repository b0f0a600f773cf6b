//! `quanheng call`: any method, with its request as JSON.

use bytes::Bytes;
use clap::Args;
use futures::{StreamExt as _, stream};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::json;

use super::api;
use super::failure::CliFailure;
use super::input;
use super::labels;
use super::output::{Output, document, json as as_json, out};
use super::session::{Done, Session, settle_request_id};
use super::view;

/// Which method, and what it is given.
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// 方法,如 RegistryService/GetUnit
    #[arg(required_unless_present = "list")]
    method: Option<String>,
    /// 请求的 JSON;- 为标准输入,@文件 为文件;流式请求为每行一个 JSON
    #[arg(default_value = "{}")]
    json: String,
    /// 列出全部方法
    #[arg(long)]
    list: bool,
    /// 说明方法的请求与回答,不调用
    #[arg(long)]
    describe: bool,
}

impl CallArgs {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        if self.list {
            return list(session.output);
        }
        let method = api::method(self.method.as_deref().unwrap_or_default())?;
        if self.describe {
            return out(&describe(&method));
        }
        let (text, place) = match self.json.as_str() {
            "-" => (input::read("-")?, "标准输入"),
            file if file.starts_with('@') => (input::read(&file[1..])?, &file[1..]),
            text => (text.to_owned(), "命令行"),
        };
        if method.is_client_streaming() {
            return send_many(session, &method, &text, place).await;
        }
        let message = input::dynamic(&method.input(), &text, place)?;
        if method.is_server_streaming() {
            return receive_many(session, &method, message).await;
        }
        let answer = session.call_dynamic(&method, message).await?;
        document(&as_json(&answer)?)
    }
}

async fn receive_many(
    session: &Session,
    method: &MethodDescriptor,
    message: DynamicMessage,
) -> Done {
    let bytes = Bytes::from(message.encode_to_vec());
    let answers = session.connection.server_streaming(method, bytes).await;
    let mut answers = answers.map_err(|status| session.failure(&status, None))?;
    while let Some(answer) = answers.next().await {
        let answer = answer.map_err(|status| session.failure(&status, None))?;
        let answer = DynamicMessage::decode(method.output(), answer);
        out(&format!("{}\n", as_json(&answer.map_err(CliFailure::internal)?)?))?;
    }
    Ok(())
}

async fn send_many(session: &Session, method: &MethodDescriptor, text: &str, place: &str) -> Done {
    let mut messages = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{place} 第 {} 行", index + 1);
        messages.push(input::dynamic(&method.input(), line, &place)?);
    }
    let request_id = messages.iter_mut().find_map(settle_head);
    let messages: Vec<Bytes> =
        messages.into_iter().map(|message| message.encode_to_vec().into()).collect();
    let answer = session.connection.client_streaming(method, stream::iter(messages)).await;
    let answer = answer.map_err(|status| session.failure(&status, request_id))?;
    let answer = DynamicMessage::decode(method.output(), answer).map_err(CliFailure::internal)?;
    document(&as_json(&answer)?)
}

/// Of a stream, the head carries the request id.
fn settle_head(message: &mut DynamicMessage) -> Option<String> {
    let head = message.get_field_by_name_mut("head")?;
    match head {
        prost_reflect::Value::Message(head) => settle_request_id(head),
        _ => None,
    }
}

fn list(output: Output) -> Done {
    if output == Output::Json {
        let methods = api::methods().map(|method| {
            json!({
                "method": api::short_name(&method),
                "package": method.parent_service().package_name(),
                "request": method.input().full_name(),
                "response": method.output().full_name(),
                "client_streaming": method.is_client_streaming(),
                "server_streaming": method.is_server_streaming(),
            })
        });
        return document(&json!({ "methods": methods.collect::<Vec<_>>() }));
    }
    let mut table = view::empty_table();
    table.set_header(["方法", "请求", "流"]);
    for method in api::methods() {
        let flow = match (method.is_client_streaming(), method.is_server_streaming()) {
            (false, false) => "",
            (true, false) => "上行",
            (false, true) => "下行",
            (true, true) => "双向",
        };
        table.add_row([&api::short_name(&method), method.input().name(), flow]);
    }
    out(&format!("{table}\n"))
}

fn describe(method: &MethodDescriptor) -> String {
    let mut text = format!("{}\n", api::short_name(method));
    for (what, message) in [("请求", method.input()), ("回答", method.output())] {
        text.push_str(&format!("\n{what} {}\n", message.name()));
        fields(&message, 1, &mut text);
    }
    text
}

/// The fields of a message, those of its inner messages below them.
fn fields(message: &MessageDescriptor, depth: usize, text: &mut String) {
    const DEPTH_MAX: usize = 4;
    for field in message.fields() {
        let many = if field.is_list() { "[]" } else { "" };
        let kind = match field.kind() {
            Kind::Message(inner) => inner.name().to_owned(),
            Kind::Enum(of) => {
                let values = of.values().filter(|value| value.number() != 0);
                values.map(|value| value.name().to_owned()).collect::<Vec<_>>().join("|")
            }
            kind => format!("{kind:?}").to_lowercase(),
        };
        let label = labels::field(&field);
        let label = if label == field.name() { String::new() } else { format!("  {label}") };
        let indent = "  ".repeat(depth);
        text.push_str(&format!("{indent}{}: {kind}{many}{label}\n", field.name()));
        let inner = field.kind().as_message().cloned();
        let ours = inner.filter(|inner| inner.full_name().starts_with("quanheng."));
        if let Some(inner) = ours.filter(|_| depth < DEPTH_MAX && !field.is_map()) {
            fields(&inner, depth + 1, text);
        }
    }
}

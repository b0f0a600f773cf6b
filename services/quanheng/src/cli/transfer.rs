//! Worksheets and files on their way in and out, with progress for people.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use futures::{StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use prost::{Message as _, Name};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use quanheng_api::quanheng::common::v1::{GetOperationRequest, Operation, operation};
use quanheng_api::quanheng::registry::v1::{ImportHead, SheetFormat};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::api;
use super::args::{BasisArgs, Fresh, Write};
use super::failure::CliFailure;
use super::input;
use super::output::{Output, print};
use super::session::{Done, Session, note, part};

/// Bytes of one piece of a file.
const PIECE_BYTES: usize = 256 * 1024;
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// What an import takes.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// 表格文件(xlsx 或 csv);- 为标准输入
    file: String,
    /// 不等办理完成即返回
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    basis: BasisArgs,
    #[command(flatten)]
    write: Write,
}

/// What an export takes.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// 写入的文件;- 为标准输出
    #[arg(long, value_name = "文件")]
    to: PathBuf,
    /// 文件格式;未指定时按文件名后缀
    #[arg(long, value_name = "格式")]
    format: Option<Format>,
    /// 筛选(AIP-160)
    #[arg(long, value_name = "条件", default_value = "")]
    pub(crate) filter: String,
    #[command(flatten)]
    pub(crate) fresh: Fresh,
}

/// In which form a worksheet comes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// Excel 工作簿
    Xlsx,
    /// CSV(UTF-8)
    Csv,
    /// CSV(GB18030)
    CsvGb18030,
}

impl ImportArgs {
    /// Sends the file, follows the operation, shows how it ended.
    pub(crate) async fn run(self, session: &Session, method: &str) -> Done {
        let content = input::read_bytes(&self.file)?;
        let head = ImportHead {
            file_name: file_name(&self.file),
            validate_only: self.write.validate_only,
            basis: self.basis.basis(),
            sha256: hex(&Sha256::digest(&content)),
            request_id: request_id(self.write.request_id),
        };
        let request_id = head.request_id.clone();
        let answer = upload(session, &api::method(method)?, &head, content, &request_id).await?;
        let begun: Operation = part(&answer, "operation")?;
        // A trial is over once it is answered, and has no name to ask for.
        if begun.name.is_empty() {
            return ended(session, &answer, begun);
        }
        if self.no_wait {
            return print(&answer, session.output);
        }
        follow(session, &begun.name).await
    }
}

impl ExportArgs {
    /// The form that was asked for, or that the file's name says.
    pub(crate) fn format(&self) -> Option<SheetFormat> {
        Some(match self.format {
            Some(Format::Xlsx) => SheetFormat::Xlsx,
            Some(Format::Csv) => SheetFormat::CsvUtf8,
            Some(Format::CsvGb18030) => SheetFormat::CsvGb18030,
            None => match self.to.extension()?.to_str()? {
                "csv" => SheetFormat::CsvUtf8,
                _ => SheetFormat::Xlsx,
            },
        })
    }

    /// Fetches the file.
    pub(crate) async fn run<M: prost::Message + Name>(
        self,
        session: &Session,
        method: &str,
        request: &M,
    ) -> Done {
        let bytes = download(session, &api::method(method)?, request, &self.to).await?;
        note(format_args!("已写入 {}({bytes} 字节)", self.to.display()));
        Ok(())
    }
}

/// A request id that was given, or a new one.
pub(crate) fn request_id(given: String) -> String {
    if given.is_empty() { uuid::Uuid::now_v7().to_string() } else { given }
}

/// The last part of a path; what came by standard input has a plain name.
pub(crate) fn file_name(path: &str) -> String {
    let name = Path::new(path).file_name().and_then(|name| name.to_str());
    name.filter(|name| *name != "-").unwrap_or("input.xlsx").to_owned()
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends a head and then the content in pieces, with a bar.
///
/// # Errors
/// What the server says; the request id if its fate is unknown.
pub(crate) async fn upload<H: prost::Message + Name>(
    session: &Session,
    method: &MethodDescriptor,
    head: &H,
    content: Vec<u8>,
    request_id: &str,
) -> Result<DynamicMessage, CliFailure> {
    upload_under(session, method, ("head", head), content, request_id).await
}

/// The same, of a method that calls its head otherwise.
///
/// # Errors
/// What the server says; the request id if its fate is unknown.
pub(crate) async fn upload_under<H: prost::Message + Name>(
    session: &Session,
    method: &MethodDescriptor,
    (field, head): (&str, &H),
    content: Vec<u8>,
    request_id: &str,
) -> Result<DynamicMessage, CliFailure> {
    let bar = bar(session.output, content.len() as u64, "上传");
    let mut first = DynamicMessage::new(method.input());
    first.set_field_by_name(field, Value::Message(api::dynamic(head)));
    let first = Bytes::from(first.encode_to_vec());
    let content = Bytes::from(content);
    let (input, moving) = (method.input(), bar.clone());
    let pieces = (0..content.len()).step_by(PIECE_BYTES).map(move |at| {
        let piece = content.slice(at..content.len().min(at + PIECE_BYTES));
        moving.inc(piece.len() as u64);
        let mut message = DynamicMessage::new(input.clone());
        message.set_field_by_name("content", Value::Bytes(piece));
        Bytes::from(message.encode_to_vec())
    });
    let messages = stream::iter(std::iter::once(first).chain(pieces));
    let answer = session.connection.client_streaming(method, messages).await;
    bar.finish_and_clear();
    let answer = answer.map_err(|status| session.failure(&status, Some(request_id.to_owned())))?;
    DynamicMessage::decode(method.output(), answer).map_err(CliFailure::internal)
}

/// Fetches content into a file that appears when it is whole; says how many bytes.
///
/// # Errors
/// What the server says, or the file's folder.
pub(crate) async fn download<M: prost::Message + Name>(
    session: &Session,
    method: &MethodDescriptor,
    request: &M,
    to: &Path,
) -> Result<u64, CliFailure> {
    let bytes = Bytes::from(request.encode_to_vec());
    let answers = session.connection.server_streaming(method, bytes).await;
    let mut answers = answers.map_err(|status| session.failure(&status, None))?;
    let failed = |error| CliFailure::io(to.display(), error);
    let stdout = to == Path::new("-");
    let beside = to.with_extension(format!("part-{:08x}", rand::random::<u32>()));
    let mut writer: Box<dyn tokio::io::AsyncWrite + Unpin + Send> = if stdout {
        Box::new(tokio::io::stdout())
    } else {
        Box::new(tokio::fs::File::create(&beside).await.map_err(failed)?)
    };
    let bar = spinner(session.output, "下载");
    let mut total = 0;
    let fetched = loop {
        match answers.next().await {
            None => break Ok(()),
            Some(Err(status)) => break Err(session.failure(&status, None)),
            Some(Ok(answer)) => {
                let piece = content(method, answer)?;
                total += piece.len() as u64;
                bar.set_position(total);
                if let Err(error) = writer.write_all(&piece).await {
                    break Err(failed(error));
                }
            }
        }
    };
    bar.finish_and_clear();
    let flushed = writer.flush().await.map_err(failed);
    drop(writer);
    let done = fetched.and(flushed);
    if !stdout {
        match done {
            Ok(()) => tokio::fs::rename(&beside, to).await.map_err(failed)?,
            Err(_) => drop(tokio::fs::remove_file(&beside).await),
        }
    }
    done.map(|()| total)
}

/// Fetches content into a file that is not there yet, unless it is to be replaced.
///
/// # Errors
/// `FILE_EXISTS`; what the server says, or the file's folder.
pub(crate) async fn save<M: prost::Message + Name>(
    session: &Session,
    method: &str,
    request: &M,
    to: &Path,
    force: bool,
) -> Done {
    let kept = !force && to != Path::new("-");
    if kept && tokio::fs::try_exists(to).await.unwrap_or(false) {
        let message = format!("{} 已存在;覆盖请加 --force", to.display());
        return Err(CliFailure::refused("FILE_EXISTS", message));
    }
    let bytes = download(session, &api::method(method)?, request, to).await?;
    note(format_args!("已写入 {}({bytes} 字节)", to.display()));
    Ok(())
}

fn content(method: &MethodDescriptor, answer: Bytes) -> Result<Bytes, CliFailure> {
    let message = DynamicMessage::decode(method.output(), answer);
    let message = message.map_err(CliFailure::internal)?;
    let content = message.get_field_by_name("content");
    let content = content.as_deref().and_then(Value::as_bytes).cloned();
    Ok(content.unwrap_or_default())
}

/// Shows an operation's progress until it ends, and then how it ended.
///
/// # Errors
/// `OPERATION_FAILED` if it did; what the server says.
pub(crate) async fn follow(session: &Session, name: &str) -> Done {
    let bar = bar(session.output, 0, "办理");
    let (answer, operation) = loop {
        let request = GetOperationRequest { name: name.to_owned() };
        let answer = session.call(request).await?;
        let operation: Operation = part(&answer, "operation")?;
        bar.set_length(operation.items_total);
        bar.set_position(operation.items_done);
        if operation.state() != operation::State::Running {
            break (answer, operation);
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    };
    bar.finish_and_clear();
    ended(session, &answer, operation)
}

/// Shows how an operation ended.
fn ended(session: &Session, answer: &DynamicMessage, operation: Operation) -> Done {
    print(answer, session.output)?;
    match operation.state() {
        operation::State::Done if errors(&operation) == 0 => Ok(()),
        operation::State::Done => {
            let count = operation.sheet_errors_total;
            Err(CliFailure::refused("SHEET_INVALID", format!("表格有 {count} 处问题,未导入")))
        }
        operation::State::Cancelled => {
            Err(CliFailure::refused("OPERATION_CANCELLED", "操作已取消"))
        }
        _ => {
            let failure = operation.failure.unwrap_or_default();
            let reason =
                if failure.reason.is_empty() { "OPERATION_FAILED" } else { &failure.reason };
            Err(CliFailure::refused(reason, format!("操作失败:{}", failure.message)))
        }
    }
}

/// What is wrong with the sheet and no mere warning; of what is not listed, all is.
fn errors(operation: &Operation) -> u64 {
    let warnings = operation.sheet_errors.iter().filter(|error| error.warning).count();
    operation.sheet_errors_total.saturating_sub(warnings as u64)
}

/// A bar on standard error; nothing where programs read.
pub(crate) fn bar(output: Output, length: u64, what: &'static str) -> ProgressBar {
    if output == Output::Json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}");
    let bar = ProgressBar::new(length).with_message(what);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

fn spinner(output: Output, what: &'static str) -> ProgressBar {
    if output == Output::Json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} {pos} 字节 {elapsed}");
    let bar = ProgressBar::new_spinner().with_message(what);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

//! Backup and restore of a realm (域的备份与恢复).
//!
//! A backup is a tar file: `manifest.json` with the realm, its head, and the digest of
//! every part; the log; the keys of persons. Views are not in it: they are folded again.
//! The master key is not in it unless that is asked for: whoever finds the file reads no
//! personal data. The keys are copied **after** the log (on PostgreSQL, in the same
//! snapshot): every event of the copy that is sealed then has its key in the copy.
//!
//! Restoring goes into an empty place, gives the log a new incarnation, and repeats the
//! erasures that the log knows of, and those that a list names which was kept since: a
//! key that was destroyed does not come back with an old backup.

mod archive;
mod erasures;
mod error;
mod manifest;
mod postgres;
mod restore;
mod sqlite;
mod stage;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use quanheng_eventlog::{Backend, Log, Options, PostgresOptions, SqliteOptions};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;

use crate::cli::{CliFailure, Done, Output, bar, document, note, out};
use crate::config::{Config, ConfigFlags};
pub(crate) use error::RealmError;
use manifest::Manifest;

/// What can be done with a realm as a whole.
#[derive(Debug, Subcommand)]
pub(crate) enum RealmCommand {
    /// 备份一个域(服务可继续运行)
    Backup(BackupArgs),
    /// 从备份恢复到空的数据目录或模式
    Restore(RestoreArgs),
    /// 校验备份文件,显示其清单
    Inspect {
        /// 备份文件
        file: PathBuf,
    },
    /// 校验日志是否完好
    Verify {
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// 列出已擦除的人员,供恢复旧备份时重新擦除
    Erasures {
        /// 写入的文件;- 为标准输出
        #[arg(long, value_name = "文件", default_value = "-")]
        to: PathBuf,
        #[command(flatten)]
        flags: ConfigFlags,
    },
}

/// What is backed up, and to where.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// 写入的备份文件
    #[arg(long, value_name = "文件")]
    to: PathBuf,
    /// 连同主密钥一起备份(该文件须另行妥善保管)
    #[arg(long)]
    with_master_key: bool,
    #[command(flatten)]
    flags: ConfigFlags,
}

/// What is restored, and how carefully.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// 备份文件
    #[arg(long, value_name = "文件")]
    from: PathBuf,
    /// 备份之后擦除的人员名单(realm erasures 的输出),恢复时重新擦除
    #[arg(long, value_name = "文件")]
    erased: Option<PathBuf>,
    /// 不校验恢复后的日志
    #[arg(long)]
    no_verify: bool,
    #[command(flatten)]
    flags: ConfigFlags,
}

impl RealmCommand {
    /// Does it.
    pub(crate) async fn run(self, output: Output) -> Done {
        match self {
            Self::Backup(backup) => {
                let config = config(backup.flags)?;
                let spinner = bar(output, 0, "备份");
                spinner.enable_steady_tick(std::time::Duration::from_millis(200));
                let made = make(&config, &backup.to, backup.with_master_key).await;
                spinner.finish_and_clear();
                let manifest = made?;
                if manifest.master_key {
                    note("备份中含主密钥:得到该文件者可读取全部个人信息");
                }
                shown(&manifest, &backup.to, output)
            }
            Self::Restore(restore) => {
                let config = config(restore.flags)?;
                let progress = bar(output, 0, "恢复");
                let order = restore::Order {
                    from: &restore.from,
                    erased: restore.erased.as_deref(),
                    verify: !restore.no_verify,
                };
                let restored = restore::restore(&config, &order, &progress).await;
                progress.finish_and_clear();
                restored?.show(output)
            }
            Self::Inspect { file } => {
                let inspected = file.clone();
                let manifest = tokio::task::spawn_blocking(move || archive::inspect(&inspected));
                let manifest = manifest.await.map_err(CliFailure::internal)??;
                shown(&manifest, &file, output)
            }
            Self::Verify { flags } => verify(&config(flags)?, output).await,
            Self::Erasures { to, flags } => {
                let config = config(flags)?;
                let log = open_read_only(&config).await?;
                let erased = erasures::of_log(&log).await?;
                log.close().await;
                let text = erasures::text(&erased);
                if to == Path::new("-") {
                    return out(&text);
                }
                stage::write_whole(&to, text.as_bytes()).map_err(CliFailure::from)
            }
        }
    }
}

fn config(flags: ConfigFlags) -> Result<Config, CliFailure> {
    let loaded = flags.load().map_err(|faults| crate::cli::config_failure(&faults))?;
    Ok(loaded.config)
}

/// Copies the realm into a file.
pub(crate) async fn make(
    config: &Config,
    to: &Path,
    with_master_key: bool,
) -> Result<Manifest, RealmError> {
    let staged = stage::Stage::beside(to)?;
    let mut manifest = match config.database.is_empty() {
        true => sqlite::copy(&config.realm_dir(), &staged).await?,
        false => postgres::copy(config, &staged).await?,
    };
    manifest.realm_name.clone_from(&config.realm);
    if with_master_key {
        staged.take_in(&config.master_key_path(), manifest::MASTER_KEY)?;
        manifest.master_key = true;
    }
    let to = to.to_owned();
    let packed = tokio::task::spawn_blocking(move || archive::pack(&staged, manifest, &to));
    packed.await.map_err(|error| RealmError::Task(error.to_string()))?
}

fn shown(manifest: &Manifest, file: &Path, output: Output) -> Done {
    if output == Output::Json {
        let mut value = serde_json::to_value(manifest).map_err(CliFailure::internal)?;
        value["file"] = file.display().to_string().into();
        return document(&value);
    }
    let mut table = crate::cli::empty_table();
    for (label, value) in [
        ("备份文件", file.display().to_string()),
        ("域", format!("{}({})", manifest.realm_name, manifest.realm_id)),
        ("数据库", manifest.database.to_string()),
        ("日志末尾", manifest.head.to_string()),
        ("生成时间", manifest.made_at.clone()),
        ("程序版本", manifest.program.clone()),
        ("含主密钥", if manifest.master_key { "是" } else { "否" }.to_owned()),
        ("字节数", manifest.parts.iter().map(|part| part.bytes).sum::<u64>().to_string()),
    ] {
        table.add_row([label.to_owned(), value]);
    }
    out(&format!("{table}\n"))
}

/// How a realm's log is opened.
pub(crate) fn log_options(config: &Config) -> Result<Options, RealmError> {
    if config.database.is_empty() {
        return Ok(log_options_in(config, &config.realm_dir()));
    }
    let backend = Backend::Postgres(PostgresOptions::new(connect(config)?, config.log_schema()));
    Ok(Options { bounds: config.eventlog.bounds(), ..backend.into() })
}

/// How a log in a folder is opened.
pub(crate) fn log_options_in(config: &Config, folder: &Path) -> Options {
    let backend = Backend::Sqlite(SqliteOptions::new(folder));
    Options { bounds: config.eventlog.bounds(), ..backend.into() }
}

/// The database, of which the configuration says that it can be read.
pub(crate) fn connect(config: &Config) -> Result<PgConnectOptions, RealmError> {
    config.database.0.parse().map_err(RealmError::Database)
}

async fn open_read_only(config: &Config) -> Result<Log, RealmError> {
    Ok(Log::open_read_only(log_options(config)?).await?)
}

async fn verify(config: &Config, output: Output) -> Done {
    let log = open_read_only(config).await?;
    let head = log.head().await.map_err(|error| RealmError::Read(error.to_string()))?;
    let progress = bar(output, head.0, "校验");
    let verified = log.verify(|position| progress.set_position(position.0)).await;
    progress.finish_and_clear();
    log.close().await;
    let verified = verified.map_err(RealmError::Verify)?;
    let (through, commits) = (verified.through.0, verified.commits);
    match output {
        Output::Json => document(&json!({
            "through": through.to_string(),
            "commits": commits.to_string(),
            "tags": verified.tags.to_string(),
            "blobs": verified.blobs.to_string(),
        })),
        Output::Table => out(&format!("日志完好:至位置 {through},{commits} 次提交\n")),
    }
}

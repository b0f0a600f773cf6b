//! Why a realm could not be copied or restored.

use std::io;
use std::path::PathBuf;

use quanheng_eventlog::{OpenError, VerifyError};
use quanheng_sealing::{KeysError, MasterKeyFileError};

use crate::cli::CliFailure;

/// Why a realm could not be copied or restored. Nothing is left half done: files appear
/// when they are whole, and a restore that fails leaves its place as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RealmError {
    /// A file or folder cannot be used.
    #[error("{}:{error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There is no realm to copy.
    #[error("{} 中没有域的数据", .0.display())]
    Missing(PathBuf),
    /// The place to restore to holds something.
    #[error("恢复的目标 {0} 不为空;请恢复到空的数据目录或尚不存在的模式")]
    NotEmpty(String),
    /// The file to be written is there.
    #[error("{} 已存在,不予覆盖", .0.display())]
    Exists(PathBuf),
    /// The file is no backup, or not one that this program reads.
    #[error("不是可用的备份文件:{0}")]
    NotABackup(String),
    /// A part of the file is not what the manifest says.
    #[error("备份已损坏:{part} 的{what}与清单不符")]
    Damaged {
        /// Which part.
        part: String,
        /// Size or digest.
        what: &'static str,
    },
    /// A backup of one kind of database cannot be restored to the other.
    #[error("备份来自 {found},不能恢复到 {wanted}")]
    OtherDatabase {
        /// The backup's.
        found: &'static str,
        /// The configuration's.
        wanted: &'static str,
    },
    /// The database says no.
    #[error("数据库:{0}")]
    Database(#[from] sqlx::Error),
    /// The log cannot be opened.
    #[error("日志:{0}")]
    Log(#[from] OpenError),
    /// The log cannot be read.
    #[error("日志:{0}")]
    Read(String),
    /// The log is not sound.
    #[error("日志校验未通过:{0}")]
    Verify(VerifyError),
    /// The keys cannot be used.
    #[error("密钥库:{0}")]
    Keys(#[from] KeysError),
    /// The master key cannot be used.
    #[error("{0}")]
    Master(#[from] MasterKeyFileError),
    /// A list of erasures cannot be read.
    #[error("擦除名单第 {line} 行:{what}")]
    Erasures {
        /// Which line.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Work in the background ended unexpectedly.
    #[error("内部任务中断:{0}")]
    Task(String),
}

impl RealmError {
    /// Names the file that an error is about.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "IO",
            Self::Missing(_) => "REALM_MISSING",
            Self::NotEmpty(_) => "TARGET_NOT_EMPTY",
            Self::Exists(_) => "FILE_EXISTS",
            Self::NotABackup(_) => "NOT_A_BACKUP",
            Self::Damaged { .. } => "BACKUP_DAMAGED",
            Self::OtherDatabase { .. } => "OTHER_DATABASE",
            Self::Database(_) => "DATABASE",
            Self::Log(_) | Self::Read(_) => "LOG_UNAVAILABLE",
            Self::Verify(_) => "LOG_NOT_SOUND",
            Self::Keys(_) => "KEYS_UNAVAILABLE",
            Self::Master(error) => error.code(),
            Self::Erasures { .. } => "ERASURES_INVALID",
            Self::Task(_) => "INTERNAL",
        }
    }
}

impl From<RealmError> for CliFailure {
    fn from(error: RealmError) -> Self {
        let message = error.to_string();
        match &error {
            RealmError::Missing(_) => Self::not_found(error.code(), message),
            RealmError::Erasures { .. } => Self::invalid(error.code(), message),
            RealmError::Database(_) | RealmError::Log(OpenError::Served(_)) => {
                Self::unavailable(error.code(), message)
            }
            RealmError::Io { .. } | RealmError::Task(_) => Self::broken(error.code(), message),
            _ => Self::refused(error.code(), message),
        }
    }
}

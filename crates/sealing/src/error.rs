//! Why something could not be sealed, opened or kept: stable codes, and messages for people.

/// Why a sealed text or a wrapped key does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text has not the form of a sealed text.
    #[error("密文格式不正确")]
    Malformed,
    /// The text was sealed under another key or for another place, or was changed.
    #[error("密文无法解密:密钥或用途不符,或内容被改动")]
    Refused,
    /// The wrapped key was wrapped by another master key, or was changed.
    #[error("主密钥无法解开数据密钥:主密钥不符,或内容被改动")]
    MasterRefused,
    /// The master key's service does not answer. Try again.
    #[error("主密钥服务暂不可用:{0}")]
    MasterUnavailable(String),
}

impl SealError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "SEALED_TEXT_MALFORMED",
            Self::Refused => "SEALED_TEXT_REFUSED",
            Self::MasterRefused => "MASTER_KEY_REFUSED",
            Self::MasterUnavailable(_) => "MASTER_KEY_UNAVAILABLE",
        }
    }
}

/// Why the store of keys cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The subject's key was destroyed. It never has another.
    #[error("{subject} 的个人信息已擦除,不能再次启用")]
    Erased {
        /// Whose key it was.
        subject: String,
    },
    /// The subject has no key. Create it first.
    #[error("{subject} 尚无密钥")]
    Unknown {
        /// Who has none.
        subject: String,
    },
    /// A subject is 1 to 255 bytes of printable ASCII without blanks, quotes and backslashes.
    #[error("密钥主体名称不合规:{0:?}")]
    InvalidSubject(String),
    /// A kind is 1 to 64 of a-z, A-Z, 0-9, `_` and `-`.
    #[error("索引类别名称不合规:{0:?}")]
    InvalidKind(String),
    /// More than fits one call. Ask in parts, or for something narrower.
    #[error("{what} 超过上限 {max}")]
    TooMany {
        /// The name of the bound.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// The store was made or rotated with another master key. Open it with that one.
    #[error("主密钥不符:密钥库使用 {expected},所给为 {given}")]
    WrongMaster {
        /// The id of the master key that the store was last wrapped with.
        expected: String,
        /// The id of the given one.
        given: String,
    },
    /// The master key is right, and the row does not unwrap: restore it from a backup.
    #[error("{subject} 的密钥已损坏")]
    Damaged {
        /// Whose key it is.
        subject: String,
    },
    /// The master key's service does not answer. Nothing was changed; try again.
    #[error(transparent)]
    Master(SealError),
    /// The key is erased, but readers kept a copy of its page in the write-ahead log.
    /// Erase again: it goes on from here.
    #[error("密钥已擦除,但预写日志尚未清空,请重试擦除")]
    NotScrubbed,
    /// The folder or the schema cannot be used.
    #[error("密钥库无法打开:{0}")]
    Unusable(String),
    /// The database does not answer, or refuses. Nothing was changed; try again.
    #[error("密钥库暂不可用:{0}")]
    Unavailable(String),
}

impl KeysError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Erased { .. } => "SUBJECT_ERASED",
            Self::Unknown { .. } => "SUBJECT_UNKNOWN",
            Self::InvalidSubject(_) => "SUBJECT_INVALID",
            Self::InvalidKind(_) => "INDEX_KIND_INVALID",
            Self::TooMany { .. } => "KEYS_TOO_MANY",
            Self::WrongMaster { .. } => "MASTER_KEY_WRONG",
            Self::Damaged { .. } => "KEY_DAMAGED",
            Self::Master(error) => error.code(),
            Self::NotScrubbed => "KEYS_NOT_SCRUBBED",
            Self::Unusable(_) => "KEYS_UNUSABLE",
            Self::Unavailable(_) => "KEYS_UNAVAILABLE",
        }
    }
}

impl From<sqlx::Error> for KeysError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

//! Tokens from a file (令牌文件), which may change while the server runs.

mod entry;

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use subtle::ConstantTimeEq as _;

use crate::authenticate::{AuthError, Authenticator};
use crate::principal::Principal;
use crate::token::presented;
use entry::Entry;

/// Bytes of a token file.
pub const TOKEN_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Principals in a token file.
pub const PRINCIPALS_MAX: usize = 10_000;
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Why a token file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// It cannot be read.
    #[error("令牌文件 {} 无法读取:{error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Others than its owner may read or write it. Take their rights away: `chmod 600`.
    #[error("令牌文件 {} 的权限为 {mode:03o},除属主外不得读写,请执行 chmod 600", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is larger than [`TOKEN_FILE_BYTES_MAX`].
    #[error("令牌文件 {} 超过 {TOKEN_FILE_BYTES_MAX} 字节", .0.display())]
    TooLarge(PathBuf),
    /// Something in it is wrong: mend the line.
    #[error("{}:{line}: {what}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what was expected.
        what: String,
    },
}

impl TokenFileError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "TOKEN_FILE_UNREADABLE",
            Self::Open { .. } => "TOKEN_FILE_MODE",
            Self::TooLarge(_) => "TOKEN_FILE_TOO_LARGE",
            Self::Invalid { .. } => "TOKEN_FILE_INVALID",
        }
    }
}

/// Today in China (UTC+8), where the dates of tokens are meant.
#[must_use]
pub fn today_in_china() -> Date {
    const CHINA: Offset = Offset::constant(8);
    Timestamp::now().to_zoned(TimeZone::fixed(CHINA)).date()
}

/// The tokens of a file.
///
/// ```toml
/// [[principals]]
/// id = "zhangsan"
/// display_name = "张三"
/// roles = ["unit_clerk", "viewer"]
/// unit = "u-1001"
/// jurisdiction = "110000"
/// realm = "default"
/// person = "p-2001"
/// token_sha256 = "…"       # 64 hexadecimal digits, from `new_token`
/// expires_on = 2027-12-31  # the last day on which it is good; optional
/// ```
///
/// `unit` is required of a `unit_clerk`, and optional otherwise, as `person` is; `realm`
/// is `default` if it is not said. The file is looked at at most once a second, when
/// somebody calls: a changed one is read, and a broken or missing one is told to the log
/// while the tokens of before stay good. Who is to lose access is taken out of the file.
pub struct TokenFile {
    path: PathBuf,
    entries: ArcSwap<Vec<Entry>>,
    polled: Mutex<Polled>,
    poll_interval: Duration,
    today: Box<dyn Fn() -> Date + Send + Sync>,
}

/// When the file was last looked at, and what it was then.
struct Polled {
    at: Instant,
    stamp: Option<Stamp>,
}

/// What changes when a file changes.
#[derive(PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
    mode: u32,
}

impl TokenFile {
    /// Reads the file.
    ///
    /// # Errors
    /// [`TokenFileError`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TokenFileError> {
        let path = path.into();
        let (stamp, read) = read(&path);
        Ok(Self {
            entries: ArcSwap::from_pointee(read?),
            polled: Mutex::new(Polled { at: Instant::now(), stamp }),
            path,
            poll_interval: POLL_INTERVAL,
            today: Box::new(today_in_china),
        })
    }

    /// Tells the day in another way.
    #[must_use]
    pub fn with_today(self, today: impl Fn() -> Date + Send + Sync + 'static) -> Self {
        Self { today: Box::new(today), ..self }
    }

    /// Looks at the file more or less often.
    #[must_use]
    pub fn with_poll_interval(self, poll_interval: Duration) -> Self {
        Self { poll_interval, ..self }
    }

    /// How many principals the file names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.load().len()
    }

    /// Whether the file names nobody. It never does: such a file is refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the file again if it changed. Whoever finds another at it goes on with what
    /// there is.
    fn poll(&self) {
        let mut polled = match self.polled.try_lock() {
            Ok(polled) => polled,
            Err(std::sync::TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
            Err(std::sync::TryLockError::WouldBlock) => return,
        };
        if polled.at.elapsed() < self.poll_interval {
            return;
        }
        polled.at = Instant::now();
        if Stamp::of_file(&self.path) == polled.stamp {
            return;
        }
        let (stamp, read) = read(&self.path);
        polled.stamp = stamp;
        match read {
            Ok(entries) => {
                tracing::info!(principals = entries.len(), "the token file is read again");
                self.entries.store(Arc::new(entries));
            }
            Err(error) => {
                tracing::error!(%error, code = error.code(), "令牌文件有误,继续使用原有令牌");
            }
        }
    }
}

impl Authenticator for TokenFile {
    fn authenticate(&self, authorization: Option<&str>) -> Result<Arc<Principal>, AuthError> {
        self.poll();
        let digest = presented(authorization)?;
        let entries = self.entries.load();
        // Every entry is compared, and every byte: the time tells nothing.
        let mut found = None;
        for entry in entries.iter() {
            if bool::from(entry.digest.ct_eq(&digest)) {
                found = Some(entry);
            }
        }
        let entry = found.ok_or(AuthError::Unknown)?;
        if entry.expires_on.is_some_and(|last| last < (self.today)()) {
            return Err(AuthError::Expired);
        }
        Ok(Arc::clone(&entry.principal))
    }
}

impl fmt::Debug for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display().to_string();
        f.debug_struct("TokenFile").field("path", &path).finish_non_exhaustive()
    }
}

/// What the file was, as far as one can tell, and who is in it. The stamp is taken before
/// the text: a change in between is found at the next look.
fn read(path: &Path) -> (Option<Stamp>, Result<Vec<Entry>, TokenFileError>) {
    let failed = |error| TokenFileError::Io { path: path.to_owned(), error };
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (found, file) = match opened {
        Ok(opened) => opened,
        Err(error) => return (Stamp::of_file(path), Err(failed(error))),
    };
    let stamp = Stamp::of(&found);
    let entries = check(path, &stamp).and_then(|()| {
        let mut text = String::new();
        file.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        entry::parse(path, &text)
    });
    (Some(stamp), entries)
}

fn check(path: &Path, stamp: &Stamp) -> Result<(), TokenFileError> {
    if stamp.mode & 0o077 != 0 {
        return Err(TokenFileError::Open { path: path.to_owned(), mode: stamp.mode });
    }
    if stamp.bytes > TOKEN_FILE_BYTES_MAX {
        return Err(TokenFileError::TooLarge(path.to_owned()));
    }
    Ok(())
}

impl Stamp {
    /// None: there is no file to be seen.
    fn of_file(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().as_ref().map(Self::of)
    }

    #[cfg(unix)]
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            modified: found.modified().ok(),
            bytes: found.len(),
            inode: found.ino(),
            mode: found.mode() & 0o777,
        }
    }

    #[cfg(not(unix))]
    fn of(found: &Metadata) -> Self {
        Self { modified: found.modified().ok(), bytes: found.len(), inode: 0, mode: 0 }
    }
}

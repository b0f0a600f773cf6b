//! The master key in a file: 32 random bytes in base64 and a newline, readable by its
//! owner alone.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::cipher::Cipher;
use crate::error::SealError;
use crate::index::{hex, hmac};
use crate::master::MasterKey;

const WRAPPED_AES: u8 = 1;
const WRAPPED_SM4: u8 = 2;
const CONTEXT: &[u8] = b"quanheng/wrapped-key/1";
/// 32 bytes in base64, a newline, and one byte more to notice what is too long.
const FILE_BYTES_MAX: u64 = 47;

/// Why a master key's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFileError {
    /// There is none. Restore it: without it nothing sealed can be opened.
    #[error("主密钥文件不存在:{}", .0.display())]
    Missing(PathBuf),
    /// Others than its owner may read it. Take their rights away: `chmod 600`.
    #[error("主密钥文件 {} 的权限为 {mode:03o},除属主外不得读写,请执行 chmod 600", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It does not hold 32 bytes in base64 and a newline.
    #[error("主密钥文件已损坏:{}(应为 32 字节的 Base64 文本)", .0.display())]
    Malformed(PathBuf),
    /// It cannot be read or made.
    #[error("主密钥文件 {}:{error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl MasterKeyFileError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "MASTER_KEY_MISSING",
            Self::Open { .. } => "MASTER_KEY_FILE_MODE",
            Self::Malformed(_) => "MASTER_KEY_MALFORMED",
            Self::Io { .. } => "MASTER_KEY_FILE",
        }
    }
}

/// A master key from a file.
pub struct FileMasterKey {
    id: String,
    cipher: Cipher,
    aes: Zeroizing<[u8; 32]>,
    sm4: Zeroizing<[u8; 32]>,
}

impl FileMasterKey {
    /// Reads the file.
    ///
    /// # Errors
    /// [`MasterKeyFileError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, MasterKeyFileError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| failed(path, error))?;
        check_mode(path, &file)?;
        let mut text = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX as usize));
        file.take(FILE_BYTES_MAX).read_to_end(&mut text).map_err(|error| failed(path, error))?;
        let key = parse(&text).ok_or_else(|| MasterKeyFileError::Malformed(path.to_owned()))?;
        Ok(Self::from_bytes(&key))
    }

    /// Reads the file; makes it first, durably, if there is none. Processes that do so at
    /// once get the same key.
    ///
    /// # Errors
    /// [`MasterKeyFileError`].
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self, MasterKeyFileError> {
        let path = path.as_ref();
        match Self::open(path) {
            Err(MasterKeyFileError::Missing(_)) => {}
            other => return other,
        }
        create(path).map_err(|error| failed(path, error))?;
        Self::open(path)
    }

    /// Wraps with another cipher from now on. Keys that either wrapped are unwrapped.
    #[must_use]
    pub fn with_cipher(self, cipher: Cipher) -> Self {
        Self { cipher, ..self }
    }

    fn from_bytes(key: &[u8; 32]) -> Self {
        let digest = hmac(key, &["quanheng/master/id/1"]);
        Self {
            id: format!("file:{}", hex(&digest[..8])),
            cipher: Cipher::default(),
            aes: hmac(key, &["quanheng/master/aes-256-gcm/1"]),
            sm4: hmac(key, &["quanheng/master/sm4-gcm/1"]),
        }
    }

    fn key(&self, cipher: Cipher) -> &[u8] {
        let derived = match cipher {
            Cipher::Aes256Gcm => &self.aes,
            Cipher::Sm4Gcm => &self.sm4,
        };
        &derived[..cipher.key_bytes()]
    }
}

#[async_trait]
impl MasterKey for FileMasterKey {
    fn id(&self) -> &str {
        &self.id
    }

    async fn wrap(&self, key: &[u8; 32]) -> Result<Vec<u8>, SealError> {
        let form = match self.cipher {
            Cipher::Aes256Gcm => WRAPPED_AES,
            Cipher::Sm4Gcm => WRAPPED_SM4,
        };
        let mut wrapped = vec![form];
        wrapped.extend(self.cipher.seal(self.key(self.cipher), CONTEXT, key));
        Ok(wrapped)
    }

    async fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let (cipher, wrapped) = match wrapped.split_first() {
            Some((&WRAPPED_AES, rest)) => (Cipher::Aes256Gcm, rest),
            Some((&WRAPPED_SM4, rest)) => (Cipher::Sm4Gcm, rest),
            _ => return Err(SealError::MasterRefused),
        };
        let plain = cipher.open(self.key(cipher), CONTEXT, wrapped);
        let plain = plain.ok_or(SealError::MasterRefused)?;
        let mut key = Zeroizing::new([0; 32]);
        if plain.len() != key.len() {
            return Err(SealError::MasterRefused);
        }
        key.copy_from_slice(&plain);
        Ok(key)
    }
}

impl fmt::Debug for FileMasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileMasterKey({})", self.id)
    }
}

fn failed(path: &Path, error: io::Error) -> MasterKeyFileError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => MasterKeyFileError::Missing(path),
        _ => MasterKeyFileError::Io { path, error },
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), MasterKeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = file.metadata().map_err(|error| failed(path, error))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(MasterKeyFileError::Open { path: path.to_owned(), mode })
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &File) -> Result<(), MasterKeyFileError> {
    Ok(())
}

fn parse(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some(key)
}

/// Writes a new key beside its place and links it there: whoever sees the file sees all
/// of it, and whoever comes second leaves the first one's.
fn create(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let beside = folder.join(format!(".{name}.{:016x}", rand::random::<u64>()));
    let made = write_key(&beside).and_then(|()| match fs::hard_link(&beside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&beside);
    made.and(removed)?;
    File::open(folder)?.sync_all()
}

fn write_key(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut key = Zeroizing::new([0_u8; 32]);
    rand::fill(&mut key[..]);
    let mut text = Zeroizing::new(STANDARD.encode(&key[..]));
    text.push('\n');
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

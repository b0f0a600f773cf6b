//! The master key (主密钥): what wraps the keys of subjects.

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::error::SealError;

/// A key that wraps keys and never shows itself: a file, a key service (KMS), a hardware
/// module.
#[async_trait]
pub trait MasterKey: Send + Sync + 'static {
    /// Which key it is: 1 to 255 bytes of printable ASCII, another for every key and
    /// version, nothing secret.
    fn id(&self) -> &str;

    /// Wraps a key; another text each time. At most 4,096 bytes.
    ///
    /// # Errors
    /// [`SealError::MasterUnavailable`].
    async fn wrap(&self, key: &[u8; 32]) -> Result<Vec<u8>, SealError>;

    /// What was wrapped.
    ///
    /// # Errors
    /// [`SealError::MasterRefused`] when it was wrapped by another key or was changed;
    /// [`SealError::MasterUnavailable`].
    async fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError>;
}

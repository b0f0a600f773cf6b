//! The key of a subject: what seals and opens what is held about them.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, NONCE_BYTES, TAG_BYTES};
use crate::error::SealError;
use crate::index::hmac;

const AES_PREFIX: &str = "s1.a.";
const SM4_PREFIX: &str = "s1.m.";

/// The key of one subject. Cheap to clone; its bytes are wiped with the last clone.
#[derive(Clone)]
pub struct SubjectKey(Arc<Inner>);

struct Inner {
    subject: String,
    cipher: Cipher,
    aes: Zeroizing<[u8; 32]>,
    sm4: Zeroizing<[u8; 32]>,
}

impl SubjectKey {
    /// Each cipher has a key of its own, derived from the stored one and the subject: a
    /// stored key that was moved to another subject opens nothing there.
    pub(crate) fn derive(subject: &str, cipher: Cipher, stored: &[u8; 32]) -> Self {
        let derived = |label: &str| hmac(stored, &[label, subject]);
        Self(Arc::new(Inner {
            subject: subject.to_owned(),
            cipher,
            aes: derived("quanheng/seal/aes-256-gcm/1"),
            sm4: derived("quanheng/seal/sm4-gcm/1"),
        }))
    }

    /// Whose key it is.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    fn key(&self, cipher: Cipher) -> &[u8] {
        let derived = match cipher {
            Cipher::Aes256Gcm => &self.0.aes,
            Cipher::Sm4Gcm => &self.0.sm4,
        };
        &derived[..cipher.key_bytes()]
    }

    /// Seals a text for a place, such as `persons/1:identity`: it opens nowhere else.
    /// The result is printable ASCII, about 4/3 of the plain text and 45 bytes, and
    /// another one each time.
    #[must_use]
    pub fn seal(&self, context: &str, plain: &[u8]) -> String {
        let cipher = self.0.cipher;
        let sealed = cipher.seal(self.key(cipher), context.as_bytes(), plain);
        let prefix = match cipher {
            Cipher::Aes256Gcm => AES_PREFIX,
            Cipher::Sm4Gcm => SM4_PREFIX,
        };
        let mut text = prefix.to_owned();
        URL_SAFE_NO_PAD.encode_string(sealed, &mut text);
        text
    }

    /// Opens a text that was sealed for a place, by either cipher.
    ///
    /// # Errors
    /// [`SealError::Malformed`], or [`SealError::Refused`] when subject, place or a
    /// single bit are others.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (cipher, text) = if let Some(text) = sealed.strip_prefix(AES_PREFIX) {
            (Cipher::Aes256Gcm, text)
        } else if let Some(text) = sealed.strip_prefix(SM4_PREFIX) {
            (Cipher::Sm4Gcm, text)
        } else {
            return Err(SealError::Malformed);
        };
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Malformed)?;
        if sealed.len() < NONCE_BYTES + TAG_BYTES {
            return Err(SealError::Malformed);
        }
        let plain = cipher.open(self.key(cipher), context.as_bytes(), &sealed);
        plain.ok_or(SealError::Refused)
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectKey({})", self.0.subject)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const CONTEXT: &str = "persons/1:identity";

    /// Frozen: events and views hold such texts for as long as their log lives. Made by
    /// another program than ours, after the description of the format.
    const SEALED: [(&str, &str); 2] = [
        ("aes-256-gcm", "s1.a.ZGVmZ2hpamtsbW5vEpTw8nRydQIWb73demTMI_Ku9pmGUw"),
        ("sm4-gcm", "s1.m.ZGVmZ2hpamtsbW5vpgFPvbzRRdzUknW0uJhmR2zC8yhlZw"),
    ];

    #[test]
    fn texts_that_were_sealed_stay_readable() {
        let key = SubjectKey::derive("persons/1", Cipher::default(), &[9; 32]);
        for (cipher, sealed) in SEALED {
            let plain = key.open(CONTEXT, sealed).map(|plain| plain.to_vec());
            assert_eq!(plain.as_deref(), Ok("张三".as_bytes()), "{cipher}");
        }
    }

    #[test]
    fn a_stored_key_serves_its_subject_alone() {
        for cipher in [Cipher::Aes256Gcm, Cipher::Sm4Gcm] {
            let [one, other] =
                ["persons/1", "persons/2"].map(|who| SubjectKey::derive(who, cipher, &[9; 32]));
            let sealed = one.seal(CONTEXT, b"x");
            assert_eq!(other.open(CONTEXT, &sealed), Err(SealError::Refused));
            assert_eq!(one.open(CONTEXT, &sealed).unwrap().to_vec(), b"x");
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let key = SubjectKey::derive("persons/1", Cipher::default(), &[9; 32]);
        assert_eq!(format!("{key:?}"), "SubjectKey(persons/1)");
    }
}

//! Keyed digests: the blind index, and keys derived from keys. HMAC-SHA-256 (RFC 2104).

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::KeysError;

/// Bytes of the name of a kind of indexed values.
pub const INDEX_KIND_BYTES_MAX: usize = 64;

/// The digest of parts under a key. Each part stands behind its length, so that no two
/// lists of parts run into one.
pub(crate) fn hmac(key: &[u8], parts: &[&str]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn check_kind(kind: &str) -> Result<(), KeysError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if (1..=INDEX_KIND_BYTES_MAX).contains(&kind.len()) && kind.bytes().all(plain) {
        return Ok(());
    }
    Err(KeysError::InvalidKind(kind.chars().take(INDEX_KIND_BYTES_MAX).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4231_test_case_2() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").expect("any length");
        mac.update(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&mac.finalize().into_bytes()), expected);
    }

    /// Frozen: digests of the blind index stand in stream names of stored logs.
    #[test]
    fn the_digest_of_parts_stays_what_it_is() {
        let digest = hex(&*hmac(&[7; 32], &["identity", "11010519491231002X"]));
        assert_eq!(digest, "bf5e04487240890f05c77df7164c1e90be35cc9a80bb01ba9aefebd93f3dcf4b");
    }

    #[test]
    fn parts_do_not_run_into_one() {
        let lists: [&[&str]; 5] =
            [&["ab", "c"], &["a", "bc"], &["abc"], &["abc", ""], &["", "abc"]];
        let digests: std::collections::HashSet<String> =
            lists.iter().map(|parts| hex(&*hmac(b"key", parts))).collect();
        assert_eq!(digests.len(), lists.len());
    }
}

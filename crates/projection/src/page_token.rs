//! Page tokens: where a list goes on, bound to the question and to who asks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Where a page ended: the sort key of its last document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) Vec<u8>);

/// A text that is no token of this question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not one of this query and caller")]
pub struct InvalidPageToken;

const FORM: u8 = 1;
const SEAL_BYTES: usize = 16;
/// Longer than any cursor's token.
const TOKEN_BYTES_MAX: usize = 8_192;

impl Cursor {
    /// The token for a cursor. `binding` says what the token belongs to: the query with
    /// all its parts but the page size, and the caller.
    #[must_use]
    pub fn to_token(&self, binding: &[u8]) -> String {
        let token = [&[FORM][..], &seal(binding, &self.0), &self.0].concat();
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Reads a token, which must have been made under the same binding.
    ///
    /// # Errors
    /// [`InvalidPageToken`] for that of another query or caller, and for anything else.
    pub fn from_token(token: &str, binding: &[u8]) -> Result<Self, InvalidPageToken> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(InvalidPageToken);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidPageToken)?;
        let (form, rest) = bytes.split_first().ok_or(InvalidPageToken)?;
        let (sealed, cursor) = rest.split_at_checked(SEAL_BYTES).ok_or(InvalidPageToken)?;
        if *form != FORM || sealed != seal(binding, cursor) {
            return Err(InvalidPageToken);
        }
        Ok(Self(cursor.to_vec()))
    }
}

fn seal(binding: &[u8], cursor: &[u8]) -> [u8; SEAL_BYTES] {
    let mut hash = Sha256::new();
    hash.update((binding.len() as u64).to_be_bytes());
    hash.update(binding);
    hash.update(cursor);
    let digest: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|place| digest[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_query() {
        let cursor = Cursor(b"\x01GM07\x00posts/1".to_vec());
        let token = cursor.to_token(b"query and caller");
        assert_eq!(Cursor::from_token(&token, b"query and caller"), Ok(cursor));
        assert_eq!(Cursor::from_token(&token, b"another query"), Err(InvalidPageToken));
        for place in 0..token.len() {
            let mut tampered = token.clone().into_bytes();
            tampered[place] = if tampered[place] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(tampered).expect("ASCII");
            let read = Cursor::from_token(&tampered, b"query and caller");
            assert_eq!(read, Err(InvalidPageToken), "{place}");
        }
        for token in ["", "AQ", "%%", "5bGx"] {
            assert_eq!(Cursor::from_token(token, b""), Err(InvalidPageToken), "{token}");
        }
    }
}

//! Tokens: 256 random bits that their holder shows, and of which the server knows the
//! digest alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::authenticate::AuthError;

const PREFIX: &str = "qh_";
const TOKEN_BYTES_MIN: usize = 20;
const TOKEN_BYTES_MAX: usize = 512;

/// The SHA-256 of a token.
pub(crate) type TokenDigest = [u8; 32];

/// A new token and the SHA-256 of its text in hexadecimal digits, for the token file. The
/// token is shown once and kept nowhere.
#[must_use]
pub fn new_token() -> (String, String) {
    let mut secret = [0_u8; 32];
    rand::fill(&mut secret);
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let digest = hex(&digest_of(&token));
    (token, digest)
}

pub(crate) fn digest_of(token: &str) -> TokenDigest {
    Sha256::digest(token.as_bytes()).into()
}

/// The digest of the token in `Bearer <token>` (RFC 6750). The scheme's case does not
/// matter; the token is 20 to 512 bytes of RFC 6750's characters.
pub(crate) fn presented(authorization: Option<&str>) -> Result<TokenDigest, AuthError> {
    let shown = authorization.map(str::trim).filter(|shown| !shown.is_empty());
    let shown = shown.ok_or(AuthError::Missing)?;
    let (scheme, token) = shown.split_once(' ').ok_or(AuthError::Malformed)?;
    let token = token.trim_start_matches(' ');
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    let well_formed = scheme.eq_ignore_ascii_case("bearer")
        && (TOKEN_BYTES_MIN..=TOKEN_BYTES_MAX).contains(&token.len())
        && token.bytes().all(plain);
    if !well_formed {
        return Err(AuthError::Malformed);
    }
    Ok(digest_of(token))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A digest from 64 hexadecimal digits.
pub(crate) fn parse_digest(text: &str) -> Option<TokenDigest> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16);
        let (high, low) = (digit(pair[0])?, digit(pair[1])?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(digest)
}

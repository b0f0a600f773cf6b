//! Resume tokens: from where a watch goes on, and of which log, projection and filter.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quanheng_eventlog::{Position, Realm};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::definition::Definition;
use crate::filter::Filter;

/// From where a watch goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumeToken {
    pub(crate) scope: Scope,
    pub(crate) position: Position,
}

/// To which watch a token belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope {
    realm: Realm,
    version: u32,
    /// Of projection, collection and filters.
    question: [u8; 16],
}

/// A text that is no token, or one of another realm or question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the resume token is not one of this watch")]
pub struct TokenMismatch;

/// Why a watch cannot go on from a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It belongs to another question.
    Mismatch,
    /// The log was restored, or the projection has a new version.
    Expired,
}

const FORM: u8 = 1;
const SEAL_BYTES: usize = 8;
const BYTES: usize = 1 + SEAL_BYTES + 16 + 16 + 4 + 16 + 8;

impl Scope {
    pub(crate) fn new(
        realm: Realm,
        definition: &Definition,
        collection: &str,
        filters: [&Filter; 2],
    ) -> Self {
        let question = format!("{} {collection} {filters:?}", definition.name());
        let question = half(&Sha256::digest(question.as_bytes()).into());
        Self { realm, version: definition.version(), question }
    }

    /// Whether a watch of this scope can go on from a token.
    pub(crate) fn admits(&self, token: &ResumeToken) -> Result<Position, Unfit> {
        let theirs = &token.scope;
        if (theirs.realm.id, theirs.question) != (self.realm.id, self.question) {
            return Err(Unfit::Mismatch);
        }
        match *theirs == *self {
            true => Ok(token.position),
            false => Err(Unfit::Expired),
        }
    }
}

fn half(digest: &[u8; 32]) -> [u8; 16] {
    std::array::from_fn(|place| digest[place])
}

impl ResumeToken {
    /// The token as text, for a client to keep.
    #[must_use]
    pub fn encode(&self) -> String {
        let Scope { realm, version, question } = &self.scope;
        let body = [
            &realm.id.as_bytes()[..],
            realm.incarnation.as_bytes(),
            &version.to_be_bytes(),
            question,
            &self.position.0.to_be_bytes(),
        ]
        .concat();
        let seal: [u8; 32] = Sha256::digest(&body).into();
        URL_SAFE_NO_PAD.encode([&[FORM][..], &seal[..SEAL_BYTES], &body].concat())
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`TokenMismatch`] for what is no token.
    pub fn decode(text: &str) -> Result<Self, TokenMismatch> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenMismatch)?;
        if bytes.len() != BYTES || bytes[0] != FORM {
            return Err(TokenMismatch);
        }
        let (seal, body) = bytes[1..].split_at(SEAL_BYTES);
        let expected: [u8; 32] = Sha256::digest(body).into();
        if *seal != expected[..SEAL_BYTES] {
            return Err(TokenMismatch);
        }
        let mut rest = body;
        let realm = Realm {
            id: Uuid::from_bytes(take(&mut rest)),
            incarnation: Uuid::from_bytes(take(&mut rest)),
        };
        let version = u32::from_be_bytes(take(&mut rest));
        let question = take(&mut rest);
        let position = Position(u64::from_be_bytes(take(&mut rest)));
        Ok(Self { scope: Scope { realm, version, question }, position })
    }
}

/// The next bytes of a text whose length was checked.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (taken, left) = rest.split_at(N);
    *rest = left;
    std::array::from_fn(|place| taken[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_else() {
        let realm = Realm { id: Uuid::from_u128(1), incarnation: Uuid::from_u128(2) };
        let scope = Scope { realm, version: 3, question: [4; 16] };
        let token = ResumeToken { scope, position: Position(5) };
        let text = token.encode();
        assert_eq!(ResumeToken::decode(&text), Ok(token));
        assert_eq!(scope.admits(&token), Ok(Position(5)));
        for place in 0..text.len() {
            let mut tampered = text.clone().into_bytes();
            tampered[place] = if tampered[place] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(tampered).expect("ASCII");
            assert_eq!(ResumeToken::decode(&tampered), Err(TokenMismatch), "{place}");
        }
        let with = |change: fn(&mut Scope)| {
            let mut scope = scope;
            change(&mut scope);
            scope.admits(&token)
        };
        assert_eq!(with(|s| s.realm.id = Uuid::from_u128(9)), Err(Unfit::Mismatch));
        assert_eq!(with(|s| s.question = [9; 16]), Err(Unfit::Mismatch));
        assert_eq!(with(|s| s.realm.incarnation = Uuid::from_u128(9)), Err(Unfit::Expired));
        assert_eq!(with(|s| s.version = 9), Err(Unfit::Expired));
    }
}

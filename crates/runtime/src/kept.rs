//! Answers as they are kept under a request key: of successes, and of refusals by a rule.

use bytes::{BufMut as _, Bytes, BytesMut};
use prost::Message;

use crate::failure::Failure;

const SUCCESS: u8 = 0;
const REFUSAL: u8 = 1;

/// A success with its answer.
pub(crate) fn success<A: Message>(answer: &A) -> Bytes {
    let mut bytes = BytesMut::with_capacity(1 + answer.encoded_len());
    bytes.put_u8(SUCCESS);
    bytes.put_slice(&answer.encode_to_vec());
    bytes.freeze()
}

/// A refusal with all that it tells.
pub(crate) fn refusal(failure: &Failure) -> Bytes {
    let mut bytes = vec![REFUSAL];
    let written = serde_json::to_writer(&mut bytes, failure);
    written.expect("texts and numbers are written to memory");
    bytes.into()
}

/// What was kept.
///
/// # Errors
/// The refusal, if it was one; an internal failure if it cannot be read.
pub(crate) fn read<A: Message + Default>(kept: &Bytes) -> Result<A, Failure> {
    match kept.split_first() {
        Some((&SUCCESS, answer)) => A::decode(answer).map_err(Failure::internal),
        Some((&REFUSAL, failure)) => {
            Err(serde_json::from_slice(failure).unwrap_or_else(Failure::internal))
        }
        _ => Err(Failure::internal("a kept answer of an unknown kind")),
    }
}

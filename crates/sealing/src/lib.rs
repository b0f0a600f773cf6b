//! Personal data under keys of each person's own (个人信息加密): sealing, opening, erasing.
//!
//! What says who a person is, or what is held about them, stands in events, views and
//! exports only as sealed text. Every subject has a key of its own; the keys lie in a
//! store beside the log, each wrapped by a master key. Who destroys a key erases what it
//! sealed, everywhere and for good, and the log keeps its bytes and its proofs.
//!
//! * [`Keys`] is the store, on SQLite or PostgreSQL; [`SubjectKey`] seals and opens.
//! * [`MasterKey`] is the border to a key service; [`FileMasterKey`] is a file.
//! * [`Cipher`] is AES-256-GCM, or SM4-GCM where national cryptography (国密) is required.
//! * [`Keys::index`] is the blind index (盲索引): equal values give equal digests, and
//!   nobody without the realm's key can try values out.
//!
//! The sealed text is `s1.a.<text>`, or `s1.m.<text>` with SM4: unpadded base64url of the
//! nonce (96 random bits), the ciphertext and the tag (128 bits).
//!
//! # What erasing reaches
//!
//! On SQLite no copy of the wrapped key stays in the file or its write-ahead log.
//! PostgreSQL keeps the old version of the row until it is vacuumed and its page reused,
//! and in the write-ahead logs that are archived. Backups of either keep what they held.
//! All these copies are wrapped: they are worth nothing without the master key of their
//! time, so rotate it ([`Keys::rewrap`]) and destroy the old one. Whoever restores an
//! older store repeats the erasures that the log knows of.

mod cache;
mod cipher;
mod error;
mod index;
mod keys;
mod master;
mod master_file;
mod store;
mod subject;

pub use cipher::Cipher;
pub use error::{KeysError, SealError};
pub use index::INDEX_KIND_BYTES_MAX;
pub use keys::{BATCH_MAX, CACHED_KEYS_MAX, FOUND_MAX, KeyState, Keys, SUBJECT_BYTES_MAX};
pub use master::MasterKey;
pub use master_file::{FileMasterKey, MasterKeyFileError};
pub use store::{KeysBackend, SQLITE_FILE};
pub use subject::SubjectKey;
pub use zeroize::Zeroizing;

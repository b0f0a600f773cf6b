//! The gRPC surface: messages, clients and servers generated from `proto/`, the
//! descriptor set, and the conversions that every service needs.

mod convert;
mod name;

pub use convert::{date, day, json, optional_day, timestamp};
pub use pbjson_types;

pub use name::{InvalidResourceName, resource_id};

mod packages {
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::pedantic,
        reason = "generated from proto/, where the comments are"
    )]
    include!(concat!(env!("OUT_DIR"), "/packages.rs"));
}

pub use packages::{google, quanheng};

mod shapes {
    include!(concat!(env!("OUT_DIR"), "/shapes.rs"));
}

/// The descriptors of all files, for reflection and for JSON.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// What every command carries.
pub trait Mutation {
    /// The caller's id of the request.
    fn request_id(&self) -> &str;
    /// Whether only to say what would happen.
    fn validate_only(&self) -> bool;
    /// The etag that the resource must have; empty: whatever it has.
    fn etag(&self) -> &str;
}

/// What every read carries.
pub trait Query {
    /// The position that the answer must have seen; 0: whatever is there.
    fn min_position(&self) -> u64;
}

/// What every list carries.
pub trait Listing {
    /// How many items at most; 0: the default.
    fn page_size(&self) -> i32;
    /// Where to go on from; empty: the beginning.
    fn page_token(&self) -> &str;
    /// AIP-160; empty: everything.
    fn filter(&self) -> &str;
    /// AIP-132; empty: the default.
    fn order_by(&self) -> &str;
}

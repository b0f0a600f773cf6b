//! The service of re-certification, on both databases.

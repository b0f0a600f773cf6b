//! What projections there are, and their documents as they change.

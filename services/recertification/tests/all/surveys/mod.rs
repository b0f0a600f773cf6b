//! Surveys: filling in, signing, the three clears.

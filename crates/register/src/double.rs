//! Fields of patches that may be cleared: absent keeps, `null` clears, a value sets.

use serde::{Deserialize, Deserializer};

/// Reads what is there, so that `null` differs from nothing.
pub(crate) fn read<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(from).map(Some)
}

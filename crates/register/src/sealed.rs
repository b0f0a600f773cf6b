//! Text under a person's own key. Nothing here can open it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// No sealed text is longer, so that an event that carries it fits a record.
pub const SEALED_BYTES_MAX: usize = 40_000;

/// A sealed text (密文): opaque, printable ASCII.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sealed(String);

/// A text that cannot be a sealed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("密文应为 1 至 {SEALED_BYTES_MAX} 个可见 ASCII 字符")]
pub struct InvalidSealed;

impl Sealed {
    /// Takes a sealed text.
    ///
    /// # Errors
    /// [`InvalidSealed`].
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidSealed> {
        let text = text.into();
        let fits = (1..=SEALED_BYTES_MAX).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits && plain { Ok(Self(text)) } else { Err(InvalidSealed) }
    }

    /// The text, for who can open it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sealed {
    type Error = InvalidSealed;

    fn try_from(text: String) -> Result<Self, InvalidSealed> {
        Self::new(text)
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        sealed.0
    }
}

/// Says how long it is, never what it is.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

//! Names and numbers of the log: newtypes that cannot hold a wrong value.

use std::fmt;
use std::sync::Arc;

use crate::bounds::NAME_BYTES_MAX;

/// Why a name was refused. The reason is stable; the text is for developers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {text:?}: {reason}")]
pub struct InvalidName {
    /// Which kind of name: `stream`, `event type`, `tag`, …
    pub kind: &'static str,
    /// The offending text, cut to the longest length a name may have.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Names are printable ASCII without blanks, quotes and backslashes: one form in
/// every database, index and collation, and no escaping anywhere.
fn check_name(kind: &'static str, text: &str) -> Result<(), InvalidName> {
    let reason = if text.is_empty() {
        "empty"
    } else if text.len() > NAME_BYTES_MAX {
        "longer than 255 bytes"
    } else if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') {
        "only printable ASCII without blanks, quotes and backslashes is allowed"
    } else {
        return Ok(());
    };
    let text = text.chars().take(NAME_BYTES_MAX).collect();
    Err(InvalidName { kind, text, reason })
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Checks the text: 1 to 255 bytes of printable ASCII without blanks,
            /// quotes and backslashes.
            ///
            /// # Errors
            /// [`InvalidName`] says what is wrong.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidName> {
                check_name($kind, text.as_ref())?;
                Ok(Self(Arc::from(text.as_ref())))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// For text that the log itself stored, and so checked when it was written.
            /// Verification, not reading, is what compares it with the record.
            #[allow(dead_code)]
            pub(crate) fn stored(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<&str> for $type {
            type Error = InvalidName;
            fn try_from(text: &str) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }
    };
}

name!(
    /// The name of a stream: the resource whose history it holds, such as
    /// `quotaAccounts/0193…`.
    StreamName,
    "stream"
);
name!(
    /// The type of an event with its version, such as `quanheng.quota.seats_occupied.v1`.
    EventType,
    "event type"
);
name!(
    /// A tag: another resource that an event is about, such as `persons/0193…`.
    /// Everything about one person is found by the person's tag, across streams.
    Tag,
    "tag"
);
name!(
    /// Who acts, such as `principals/zhangsan`.
    Principal,
    "principal"
);
name!(
    /// The full name of the RPC or job that a request belongs to.
    Method,
    "method"
);

/// The place of an event in the log: 1, 2, 3, … without a hole, in commit order.
/// [`Position::START`] (0) stands before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The next position.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The index of the event as a leaf of the audit tree.
    ///
    /// # Panics
    /// At [`Position::START`], which is no event.
    #[must_use]
    pub fn leaf_index(self) -> u64 {
        assert!(self.0 > 0, "the start of the log is no event");
        self.0 - 1
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of an event in its stream: 1, 2, 3, … without a hole.
/// [`Version::NONE`] (0) is the version of a stream without events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Version(pub u64);

impl Version {
    /// The version of a stream that has no event.
    pub const NONE: Self = Self(0);

    /// The next version.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment in microseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use quanheng_eventlog::Micros;
/// let moment: Micros = "2026-11-23T04:27:08.000001Z".parse()?;
/// assert_eq!(moment.0, 1_795_408_028_000_001);
/// assert_eq!(moment.to_string(), "2026-11-23T04:27:08.000001Z");
/// # Ok::<(), quanheng_eventlog::InvalidMoment>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Micros(pub i64);

/// A text that is no moment in the form the log writes, or one out of range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a moment in RFC 3339 form with microseconds: {0:?}")]
pub struct InvalidMoment(pub String);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => write!(f, "{moment:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl std::str::FromStr for Micros {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        let moment: jiff::Timestamp =
            text.parse().map_err(|_| InvalidMoment(text.chars().take(64).collect()))?;
        let micros = Self(moment.as_microsecond());
        // Only the form that the log writes: one moment, one text.
        if micros.to_string() == text {
            Ok(micros)
        } else {
            Err(InvalidMoment(text.chars().take(64).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for (text, ok) in [
            ("units/1", true),
            ("a", true),
            ("!~", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            ("a\\b", false),
            ("单位", false),
            ("a\u{0}", false),
            ("a\n", false),
        ] {
            assert_eq!(StreamName::new(text).is_ok(), ok, "{text:?}");
        }
        assert!(Tag::new("x".repeat(255)).is_ok());
        assert!(Tag::new("x".repeat(256)).is_err());
    }

    #[test]
    fn a_moment_has_one_text() {
        let moment = Micros(1_795_408_028_000_001);
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert!("2026-11-23T04:27:08Z".parse::<Micros>().is_err());
        assert!("2026-11-23T12:27:08.000001+08:00".parse::<Micros>().is_err());
        assert!("yesterday".parse::<Micros>().is_err());
    }
}

//! Names of things that policy data defines: ladders, ranks, classes, rank sets.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A text that is no name of policy data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("名称应由 1 至 64 个字母、数字、下划线或连字符组成:{0:?}")]
pub struct InvalidId(pub String);

/// Whether a text may be a name: 1 to 64 letters, digits, `_` or `-`.
///
/// # Errors
/// [`InvalidId`].
pub fn check_id(text: &str) -> Result<(), InvalidId> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(());
    }
    Err(InvalidId(text.chars().take(64).collect()))
}

/// A type for names of one kind: text of 1 to 64 letters, digits, `_` or `-`.
#[macro_export]
macro_rules! id_type {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Checks a name: 1 to 64 letters, digits, `_` or `-`.
            ///
            /// # Errors
            /// [`InvalidId`]($crate::InvalidId).
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::InvalidId> {
                let text = text.into();
                $crate::check_id(&text)?;
                Ok(Self(text))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::InvalidId;
            fn try_from(text: String) -> Result<Self, $crate::InvalidId> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(id: $type) -> Self {
                id.0
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::std::fmt::Debug for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// A name that stands in policy documents, and so has a schema.
macro_rules! policy_id {
    ($(#[$doc:meta])* $type:ident) => {
        id_type!($(#[$doc])* $type);

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" })
            }
        }
    };
}

policy_id!(
    /// A position category (职位类别), and the rank ladder (职级序列) that belongs to it:
    /// `general_management`, `police_enforcement`, …
    CategoryId
);
policy_id!(
    /// A rank (职级): `GM07` is 一级主任科员.
    RankId
);
policy_id!(
    /// A leadership level (领导职务层次): `L31` is 县处级正职.
    LevelId
);
policy_id!(
    /// The row of the ratio table that a unit takes (比例类别): `county_township`, …
    QuotaClassId
);
policy_id!(
    /// A set of ranks under one cap (职级组): `GM09-10` is 三级、四级主任科员.
    SetId
);
id_type!(
    /// A unit (单位): an organ or institution with an establishment of its own.
    UnitId
);
id_type!(
    /// A person (人员). Never an identity number.
    PersonId
);

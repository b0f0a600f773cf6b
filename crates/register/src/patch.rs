//! Sparse changes: what is absent stays as it is.

/// Declares the patch of a record: for each listed field an option.
macro_rules! patch_of {
    ($(#[$doc:meta])* $patch:ident of $record:ident {
        $($(#[$attribute:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        ///
        /// Absent fields stay. Fields that may be lacking are cleared by `Some(None)`.
        #[derive(Debug, Clone, PartialEq, Eq, Default, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $patch {
            $(
                #[doc = concat!("See [`", stringify!($record), "::", stringify!($field), "`].")]
                #[serde(default, skip_serializing_if = "Option::is_none")]
                $(#[$attribute])*
                pub $field: Option<$type>,
            )*
        }

        impl $patch {
            /// The fields that it sets.
            #[must_use]
            pub fn fields(&self) -> Vec<&'static str> {
                let set = [$((stringify!($field), self.$field.is_some())),*];
                set.into_iter().filter_map(|(field, set)| set.then_some(field)).collect()
            }

            /// Whether it changes nothing.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.fields().is_empty()
            }

            /// What leads from one record to another.
            #[must_use]
            pub fn between(before: &$record, after: &$record) -> Self {
                Self {
                    $($field: (before.$field != after.$field).then(|| after.$field.clone()),)*
                }
            }

            /// Sets in a record what it sets.
            pub fn apply_to(&self, record: &mut $record) {
                $(if let Some(value) = &self.$field {
                    record.$field.clone_from(value);
                })*
            }
        }

        impl $crate::patch::Overlay for $patch {
            fn overlay(&mut self, by: &Self) {
                $(if by.$field.is_some() {
                    self.$field.clone_from(&by.$field);
                })*
            }
        }
    };
}

/// A patch that takes over what another sets.
pub(crate) trait Overlay {
    fn overlay(&mut self, by: &Self);
}

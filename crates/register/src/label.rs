//! Chinese names of what the forms list.

/// Gives an enum its Chinese names, and reads them.
macro_rules! labelled {
    ($type:ident { $($variant:ident: $label:literal,)* }) => {
        impl $type {
            /// All of them, in the order of the forms.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in Chinese.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $label,)*
                }
            }

            /// Reads a name in Chinese, as [`Self::label`] writes it.
            #[must_use]
            pub fn read(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.label() == text.trim())
            }
        }
    };
}

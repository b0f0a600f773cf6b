//! What events are called: one table a kind of stream.

/// The names of an event's variants, as associated items of [`crate::golden::Published`].
/// The match has no wildcard: a new variant does not compile before it is named here, and
/// what is named here must have a golden file.
macro_rules! names {
    ($event:ident { $($variant:ident: $name:literal,)* }) => {
        const NAMES: &'static [&'static str] = &[$($name),*];

        fn name(event: &Self::Event) -> &'static str {
            match event {
                $($event::$variant { .. } => $name,)*
            }
        }
    };
}
pub(crate) use names;

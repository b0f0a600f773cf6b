//! What is sealed about a person, as plain values (§8.3, §8.6, §8.10). Callers check them,
//! seal them, and hand the sealed text to the register; nothing here is ever written openly,
//! and `Debug` tells nothing.

mod day;
mod fact;
mod profile;

pub use day::DayOrMonth;
pub use fact::{
    Assessment, AssessmentResult, Commendation, CommendationKind, Investigation, Relative,
    Sanction, SanctionKind,
};
pub use profile::{Education, PrivateProfile, PrivateWarning, Sex};

/// Says of which type a value is, and nothing of what it holds.
macro_rules! debug_hides {
    ($($type:ident),*) => {
        $(impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        })*
    };
}
use debug_hides;

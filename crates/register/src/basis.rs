//! On what an entry rests.

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use serde::{Deserialize, Serialize};

/// On what an entry rests (依据), and from when it takes effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The document (文号).
    pub document: DocumentNumber,
    /// From when it takes effect.
    pub effective_on: Date,
}

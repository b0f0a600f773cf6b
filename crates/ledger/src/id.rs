//! Names of what an account keeps.

use std::fmt;

use quanheng_policy::{CategoryId, UnitId, id_type};
use serde::{Deserialize, Serialize};

id_type!(
    /// A pool (统筹池).
    PoolId
);
id_type!(
    /// A hold (预审占用): the seats that one pre-review keeps.
    HoldId
);
id_type!(
    /// The case that a hold belongs to: a pre-review, a promotion round.
    CaseId
);
id_type!(
    /// An allocation or a loan.
    TransferId
);

/// Whose account it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerId {
    /// A unit's own.
    Unit(UnitId),
    /// A pool's.
    Pool(PoolId),
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(unit) => unit.fmt(f),
            Self::Pool(pool) => pool.fmt(f),
        }
    }
}

/// One account per owner and position category (职数账户).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountKey {
    /// Whose.
    pub owner: OwnerId,
    /// Of which category.
    pub category: CategoryId,
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.category)
    }
}

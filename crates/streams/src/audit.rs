//! What is recorded for auditors alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::entity::Entity;

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AuditEvent {
    /// 越权访问被拒, summed up over a minute.
    AccessDenied {
        /// The minute: seconds since 1970, a multiple of 60.
        minute: i64,
        /// How often, by method.
        times: BTreeMap<String, u64>,
    },
    /// 查阅个人敏感信息
    PersonViewed {
        /// By which method.
        method: String,
    },
    /// 导出个人敏感信息
    PersonsExported {
        /// How many persons.
        persons: u64,
        /// Under which filter.
        filter: String,
    },
}

/// Records for auditors. They make no state.
pub struct Audit;

impl Entity for Audit {
    const AREA: &'static str = "audit";
    const FORM: &'static str = "audit.1";
    type Event = AuditEvent;
    type State = ();

    fn evolve(_: &mut (), _: &AuditEvent) {}
}

//! Who is calling (主体): a person with a task, or a program.

use std::collections::BTreeSet;
use std::fmt;

use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use serde::{Deserialize, Serialize};

use crate::action::Action;

/// Bytes of the name of a realm: it names database schemas, with an ending.
pub const REALM_BYTES_MAX: usize = 32;

/// What somebody is there for (角色). What a role may do is said by [`Action::roles`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 查阅
    Viewer,
    /// 登记管理: keeps the registers of units, posts and persons.
    Registrar,
    /// 职数管理: works in the department in charge (主管部门).
    QuotaManager,
    /// 单位经办: acts for one unit.
    UnitClerk,
    /// 政策发布
    PolicyPublisher,
    /// 审计
    Auditor,
    /// 运维
    Operator,
    /// 个人信息管理: answers for private facts, and erases them.
    PrivacyOfficer,
    /// 系统内部: the server itself. No token has it.
    System,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 9] = [
        Self::Viewer,
        Self::Registrar,
        Self::QuotaManager,
        Self::UnitClerk,
        Self::PolicyPublisher,
        Self::Auditor,
        Self::Operator,
        Self::PrivacyOfficer,
        Self::System,
    ];

    /// The stable name: `unit_clerk`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Registrar => "registrar",
            Self::QuotaManager => "quota_manager",
            Self::UnitClerk => "unit_clerk",
            Self::PolicyPublisher => "policy_publisher",
            Self::Auditor => "auditor",
            Self::Operator => "operator",
            Self::PrivacyOfficer => "privacy_officer",
            Self::System => "system",
        }
    }

    /// The name for people: 单位经办.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Viewer => "查阅",
            Self::Registrar => "登记管理",
            Self::QuotaManager => "职数管理",
            Self::UnitClerk => "单位经办",
            Self::PolicyPublisher => "政策发布",
            Self::Auditor => "审计",
            Self::Operator => "运维",
            Self::PrivacyOfficer => "个人信息管理",
            Self::System => "系统内部",
        }
    }

    /// The role of a stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who is calling. It holds no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The part of the name behind `principals/`: 1 to 64 letters, digits, `_` or `-`.
    pub id: String,
    /// The name that people read (姓名或用途).
    pub display_name: String,
    /// What they are there for.
    pub roles: BTreeSet<Role>,
    /// The unit they act for (所在单位).
    pub unit: Option<UnitId>,
    /// The division within which they act (管辖区划).
    pub jurisdiction: DivisionCode,
    /// The realm they belong to: 1 to [`REALM_BYTES_MAX`] of a-z, 0-9 and `_`, a letter first.
    pub realm: String,
    /// The person they are, if that is registered: nobody decides on their own case.
    pub person: Option<PersonId>,
}

impl Principal {
    /// The server itself, in a realm: timers and what follows from events (系统内部).
    #[must_use]
    pub fn system(realm: impl Into<String>) -> Self {
        Self::whole_country(SYSTEM, "系统", BTreeSet::from([Role::System]), realm.into())
    }

    /// Everybody on the machine, where there are no tokens: every role.
    pub(crate) fn local() -> Self {
        Self::whole_country(LOCAL, "本机用户", BTreeSet::from(Role::ALL), "default".to_owned())
    }

    fn whole_country(id: &str, display_name: &str, roles: BTreeSet<Role>, realm: String) -> Self {
        Self {
            id: id.to_owned(),
            display_name: display_name.to_owned(),
            roles,
            unit: None,
            jurisdiction: DivisionCode::nation(),
            realm,
            person: None,
        }
    }

    /// The resource name: `principals/{id}`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("principals/{}", self.id)
    }

    /// Whether one of the roles may do it.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        action.roles().iter().any(|role| self.roles.contains(role))
    }

    /// Whether a division lies in the jurisdiction, or is it.
    #[must_use]
    pub fn within(&self, division: &DivisionCode) -> bool {
        self.jurisdiction.contains(division)
    }
}

const SYSTEM: &str = "system";
const LOCAL: &str = "local";

/// Names that no token may take: the log would not tell who it was.
pub(crate) const RESERVED: [&str; 2] = [SYSTEM, LOCAL];

pub(crate) fn realm_is_plain(realm: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    realm.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && realm.len() <= REALM_BYTES_MAX
        && realm.bytes().all(plain)
}

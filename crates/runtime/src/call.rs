//! A call: who asks, where, and why.

use std::sync::Arc;

use quanheng_eventlog::Principal as PrincipalName;
use quanheng_identity::{Action, Principal};
use quanheng_policy::codes::DivisionCode;
use uuid::Uuid;

use crate::failure::Failure;
use crate::house::Realm;
use crate::time::Deadline;

/// Who asks, where, and why. Handlers see a principal, never a token.
#[derive(Clone)]
pub struct Call {
    /// Who.
    pub principal: Arc<Principal>,
    /// In which realm.
    pub realm: Arc<Realm>,
    /// The full name of the RPC or job.
    pub method: &'static str,
    /// The piece of work that it belongs to, if the caller names one.
    pub correlation_id: Option<Uuid>,
    /// The event that caused it, if one did.
    pub causation_id: Option<Uuid>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// By when it has to be answered.
    pub deadline: Deadline,
}

impl Call {
    /// The principal's name, as events bear it.
    ///
    /// # Errors
    /// When it is no name: a fault of the token file.
    pub fn principal_name(&self) -> Result<PrincipalName, Failure> {
        PrincipalName::new(self.principal.name()).map_err(Failure::internal)
    }

    /// Whether the caller's jurisdiction covers a division.
    ///
    /// # Errors
    /// `ACCESS_DENIED`.
    pub fn governs(&self, division: &DivisionCode) -> Result<(), Failure> {
        if self.principal.within(division) {
            return Ok(());
        }
        self.realm.denials.record(&self.principal, self.method);
        Err(Failure::denied(format!("不在管辖范围内:{division}"))
            .with("division", division.to_string()))
    }

    /// Whether the caller may see a division's resources. What it may not see is not there.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND`.
    pub fn sees(&self, division: &DivisionCode, name: &str) -> Result<(), Failure> {
        if self.principal.within(division) {
            return Ok(());
        }
        self.realm.denials.record(&self.principal, self.method);
        Err(Failure::not_found(name))
    }

    /// Whether the caller may do something more than the method asks for.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.principal.may(action)
    }

    /// Demands that the caller may do something more than the method asks for.
    ///
    /// # Errors
    /// `ACCESS_DENIED`.
    pub fn demand(&self, action: Action) -> Result<(), Failure> {
        if self.may(action) {
            return Ok(());
        }
        self.realm.denials.record(&self.principal, self.method);
        Err(Failure::denied("无权执行该操作").with("action", format!("{action:?}")))
    }
}

//! What a server is made of: its realms, each with its log, views, keys and policies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quanheng_eventlog::{Clock, Log, Micros, Position};
use quanheng_identity::{Action, Principal};
use quanheng_projection::{Projections, View, Views};
use quanheng_sealing::Keys;
use tonic::metadata::MetadataMap;
use uuid::Uuid;

use crate::call::Call;
use crate::denial::Denials;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::policies::Policies;
use crate::reading::{self, PageSizes};
use crate::time::Deadline;

/// The metadata in which a call names its realm, where a server serves several.
pub const REALM: &str = "quanheng-realm";
/// The metadata in which a call names the piece of work that it belongs to.
pub const CORRELATION: &str = "quanheng-correlation-id";

/// One realm (域): a province, say. Realms share nothing.
pub struct Realm {
    /// What it is called.
    pub name: String,
    /// Its log.
    pub log: Log,
    /// Executes commands.
    pub engine: Engine,
    /// Profiles, flows, calendars.
    pub policies: Policies,
    /// Documents.
    pub views: Views,
    /// What folds them.
    pub projections: Projections,
    /// Keys of persons.
    pub keys: Keys,
    /// Refused access, summed up.
    pub denials: Denials,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How long pages are.
    pub pages: PageSizes,
}

impl Realm {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    /// The day, in China.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        crate::time::today(self.now())
    }

    /// Waits until a projection has folded everything up to a position.
    ///
    /// # Errors
    /// `PROJECTION_BEHIND` past the deadline; `PROJECTION_FAILED` if it has stopped.
    pub async fn settled(
        &self,
        projection: &'static str,
        min_position: u64,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let position = Position(min_position);
        let deadline = deadline.instant().into_std();
        let waited = self.projections.wait_for(projection, position, deadline).await;
        waited.map_err(reading::read_failure)
    }

    /// The documents of a projection, once it has folded everything up to a position.
    ///
    /// # Errors
    /// `PROJECTION_BEHIND` past the deadline; `PROJECTION_FAILED` if it has stopped.
    pub async fn view(
        &self,
        projection: &'static str,
        min_position: u64,
        deadline: Deadline,
    ) -> Result<View, Failure> {
        let view = self.projections.view(projection).map_err(reading::read_failure)?;
        if min_position > 0 {
            let deadline = deadline.instant().into_std();
            let waited = view.wait_for(Position(min_position), deadline).await;
            waited.map_err(reading::read_failure)?;
        }
        Ok(view)
    }

    /// Stops folding and closes everything.
    pub async fn close(&self) {
        self.denials.flush(self).await;
        self.projections.close().await;
        self.log.close().await;
        self.views.close().await;
        self.keys.close().await;
    }
}

/// What a server is made of.
pub struct House {
    realms: BTreeMap<String, Arc<Realm>>,
    /// How long a call may take that names no deadline.
    pub call_wait_default: Duration,
}

impl House {
    /// A house of some realms.
    #[must_use]
    pub fn new(realms: impl IntoIterator<Item = Arc<Realm>>) -> Self {
        let realms = realms.into_iter().map(|realm| (realm.name.clone(), realm)).collect();
        Self { realms, call_wait_default: Duration::from_secs(10) }
    }

    /// Its realms.
    pub fn realms(&self) -> impl Iterator<Item = &Arc<Realm>> {
        self.realms.values()
    }

    /// Lets a call in: somebody known, in a realm of theirs, who may do what the method
    /// does.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `ACCESS_DENIED`, `RESOURCE_NOT_FOUND` for a realm.
    pub fn enter<T>(
        &self,
        request: &tonic::Request<T>,
        method: &'static str,
        action: Action,
    ) -> Result<Call, Failure> {
        let principal = request.extensions().get::<Arc<Principal>>().cloned();
        let principal = principal.ok_or_else(unauthenticated)?;
        let metadata = request.metadata();
        let realm = self.realm_of(&principal, metadata)?;
        if !principal.may(action) {
            realm.denials.record(&principal, method);
            return Err(Failure::denied("无权执行该操作").with("action", format!("{action:?}")));
        }
        let correlation_id = match text(metadata, CORRELATION) {
            Some(id) => {
                Some(id.parse::<Uuid>().map_err(|_| Failure::field(CORRELATION, "应为 UUID"))?)
            }
            None => None,
        };
        Ok(Call {
            principal,
            realm,
            method,
            correlation_id,
            causation_id: None,
            traceparent: quanheng_telemetry::current_traceparent().or_else(|| {
                text(metadata, "traceparent").and_then(quanheng_telemetry::callers_traceparent)
            }),
            deadline: Deadline::after(self.wait(metadata)),
        })
    }

    /// A call that the server makes itself, for a job.
    #[must_use]
    pub fn job(realm: &Arc<Realm>, principal: Arc<Principal>, method: &'static str) -> Call {
        Call {
            principal,
            realm: Arc::clone(realm),
            method,
            correlation_id: None,
            causation_id: None,
            traceparent: quanheng_telemetry::current_traceparent(),
            deadline: Deadline::after(Duration::from_secs(60)),
        }
    }

    /// A principal belongs to one realm; where a server serves several, a call may name it.
    fn realm_of(
        &self,
        principal: &Principal,
        metadata: &MetadataMap,
    ) -> Result<Arc<Realm>, Failure> {
        let named = text(metadata, REALM).unwrap_or(&principal.realm);
        if named != principal.realm {
            return Err(Failure::denied("不属于该域").with("realm", named));
        }
        let realm = self.realms.get(named).cloned();
        realm.ok_or_else(|| Failure::not_found(format!("realms/{named}")))
    }

    /// How long the caller waits: `grpc-timeout`, at most the hour that nobody waits longer
    /// than.
    fn wait(&self, metadata: &MetadataMap) -> Duration {
        const WAIT_MAX: Duration = Duration::from_secs(3_600);
        let wait = text(metadata, "grpc-timeout").and_then(grpc_timeout);
        wait.unwrap_or(self.call_wait_default).min(WAIT_MAX)
    }
}

/// Nobody known.
#[must_use]
pub fn unauthenticated() -> Failure {
    Failure::new(tonic::Code::Unauthenticated, "UNAUTHENTICATED", "未登录或凭证无效")
}

fn text<'a>(metadata: &'a MetadataMap, key: &str) -> Option<&'a str> {
    metadata.get(key)?.to_str().ok()
}

/// `100m` is a hundred milliseconds.
fn grpc_timeout(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if number.len() > 8 {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number.checked_mul(3_600)?),
        "M" => Duration::from_secs(number.checked_mul(60)?),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_grpc_writes_them() {
        for (text, expected) in [
            ("100m", Some(Duration::from_millis(100))),
            ("2S", Some(Duration::from_secs(2))),
            ("1H", Some(Duration::from_secs(3_600))),
            ("5x", None),
            ("S", None),
            ("", None),
            ("123456789S", None),
            ("1秒", None),
        ] {
            assert_eq!(grpc_timeout(text), expected, "{text:?}");
        }
    }
}

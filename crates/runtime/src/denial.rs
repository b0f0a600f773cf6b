//! Refused access of known principals, summed up by principal and minute, so that a storm
//! of refusals does not fill the log. What was not written yet when a process is killed
//! is lost; the refusals themselves were not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use quanheng_eventlog::{Context, Expect, Principal as PrincipalName, Transaction};
use quanheng_identity::Principal;
use quanheng_streams::{Audit, AuditEvent, denials, draft};

use crate::house::Realm;

/// Principals that are summed up at once; more in one minute are counted together.
const PRINCIPALS_MAX: usize = 10_000;
/// Methods that are told apart.
const METHODS_MAX: usize = 256;
/// How often what is known is written.
const FLUSH_EVERY: Duration = Duration::from_secs(60);

/// Refused access, summed up.
#[derive(Default)]
pub struct Denials {
    waiting: Mutex<BTreeMap<String, BTreeMap<String, u64>>>,
}

impl Denials {
    /// Notes that somebody was refused.
    pub fn record(&self, principal: &Principal, method: &'static str) {
        let meter = opentelemetry::global::meter("quanheng.runtime");
        let counter = meter.u64_counter("access.denied").build();
        counter.add(1, &[opentelemetry::KeyValue::new("method", method)]);
        let mut waiting = self.waiting.lock().unwrap_or_else(|broken| broken.into_inner());
        let many = waiting.len() >= PRINCIPALS_MAX && !waiting.contains_key(&principal.id);
        let id = if many { "others" } else { principal.id.as_str() };
        let methods = waiting.entry(id.to_owned()).or_default();
        let many = methods.len() >= METHODS_MAX && !methods.contains_key(method);
        *methods.entry(if many { "others" } else { method }.to_owned()).or_default() += 1;
    }

    /// Writes what is known.
    pub async fn flush(&self, realm: &Realm) {
        let waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(|broken| broken.into_inner());
            std::mem::take(&mut *waiting)
        };
        let minute = realm.now().0.div_euclid(60_000_000) * 60;
        for (id, times) in waiting {
            if let Err(error) = write(realm, &id, minute, times).await {
                tracing::error!(principal = id, %error, "refused access cannot be recorded");
            }
        }
    }

    /// Writes what is known every minute, as long as the realm is open.
    pub fn keep(realm: &Arc<Realm>) {
        let realm: Weak<Realm> = Arc::downgrade(realm);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(FLUSH_EVERY).await;
                let Some(realm) = realm.upgrade() else { return };
                realm.denials.flush(&realm).await;
            }
        });
    }
}

async fn write(
    realm: &Realm,
    id: &str,
    minute: i64,
    times: BTreeMap<String, u64>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let stream = denials(id);
    let event = draft::<Audit>(stream.clone(), &AuditEvent::AccessDenied { minute, times })?;
    let context = Context {
        principal: Some(PrincipalName::new(format!("principals/{id}"))?),
        ..Context::default()
    };
    let transaction = Transaction { context, ..Transaction::default() };
    realm.log.commit(transaction.append(event).expect(stream, Expect::Any)).await?;
    Ok(())
}

//! Two counties with a unit, a person and a pool of seats.

use quanheng_eventlog::{EventDraft, EventType, StreamName, Tag};
use quanheng_test_house::Registered;

use crate::world::World;

/// `units/u1`, `persons/p1`, the unit's account and the county's pool in 440106;
/// `units/u2` in 440104.
pub(crate) async fn settle(world: &World) {
    let registers = Registered(&world.realm);
    registers.unit("u1", "440106", 30, None).await;
    registers.unit("u2", "440104", 30, None).await;
    registers.person("p1", "u1", None).await;
    registers.append(account("u1.general_management")).await;
    registers.append(account("pool.c1.general_management")).await;
}

/// The service asks an account only where it is.
fn account(id: &str) -> EventDraft {
    let stream = StreamName::new(format!("quotaAccounts/{id}")).unwrap();
    let event_type = EventType::new("quanheng.quota.pool_created.v1").unwrap();
    let draft = EventDraft::new(stream, event_type, &serde_json::json!({})).unwrap();
    draft.tagged(Tag::new("divisions/440106").unwrap())
}

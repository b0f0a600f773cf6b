//! Persons (人员): who holds which slot, post and rank from when to when, readable without
//! any key; and what is held about them, sealed.

mod command;
mod decide;
mod event;
mod evolve;
mod facts;
mod finding;
mod fix;
mod spell;
mod state;

pub use command::Command;
pub use decide::decide;
pub use event::{Event, SpellFix};
pub use evolve::evolve;
pub use facts::{Conversion, EntryWay, ListingReason, PersonFacts, PersonPatch, SeparateListing};
pub use finding::{SlotWarning, Violation, slot_warnings, violations};
pub use fix::{PostFix, RankFix, SecondmentFix, SlotFix};
pub use spell::{
    Exemption, LeaveReason, MoveWay, PostLeaveReason, PostSpell, PostWay, RankLeaveReason,
    RankReason, RankSpell, Secondment, SlotKind, SlotSpell,
};
pub use state::{Erasure, FactKind, Held, Person, PersonOn, Service, ServiceStatus, SpellKind};

//! What is published: profiles, flows and calendars. The texts are blobs.

use jiff::civil::Date;
use quanheng_policy::codes::DivisionCode;
use serde::{Deserialize, Serialize};

use crate::entity::Entity;

/// A version of a profile or flow (政策参数、流程定义), published for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedDocument {
    /// The profile or flow.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// What it is, in Chinese.
    pub title: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
    /// Size of the text in bytes.
    pub size: u64,
}

/// The arrangement of whole years (放假调休安排), published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedYears {
    /// The years.
    pub years: Vec<i16>,
    /// The document that arranges them.
    pub source: String,
    /// SHA-256 of the table, hex.
    pub sha256: String,
    /// Size of the table in bytes.
    pub size: u64,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PolicyEvent {
    /// 发布政策参数
    ProfilePublished {
        /// The document.
        document: PublishedDocument,
        /// Where it holds.
        jurisdiction: DivisionCode,
        /// The first day on which it holds.
        effective_from: Date,
        /// The last, if that is known.
        effective_to: Option<Date>,
    },
    /// 发布流程
    FlowPublished {
        /// The document.
        document: PublishedDocument,
    },
    /// 发布日历
    CalendarPublished {
        /// The years.
        calendar: PublishedYears,
    },
}

/// Which texts are published, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyIndex {
    /// Profiles.
    pub profiles: Vec<PublishedDocument>,
    /// Flows.
    pub flows: Vec<PublishedDocument>,
    /// Calendars.
    pub calendars: Vec<PublishedYears>,
}

/// The stream of all that is published.
pub struct Policies;

impl Entity for Policies {
    const AREA: &'static str = "policy";
    const FORM: &'static str = "policies.1";
    type Event = PolicyEvent;
    type State = PolicyIndex;

    fn evolve(state: &mut PolicyIndex, event: &PolicyEvent) {
        match event {
            PolicyEvent::ProfilePublished { document, .. } => state.profiles.push(document.clone()),
            PolicyEvent::FlowPublished { document } => state.flows.push(document.clone()),
            PolicyEvent::CalendarPublished { calendar } => state.calendars.push(calendar.clone()),
        }
    }
}

//! Attachments, and operations that go on after their call.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::entity::Entity;

/// What happens to an attachment (附件).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AttachmentEvent {
    /// 上传. The content is a blob.
    AttachmentUploaded {
        /// SHA-256 of the content, hex.
        sha256: String,
        /// Its size in bytes.
        size: u64,
        /// The file's name.
        file_name: String,
        /// Its media type.
        media_type: String,
        /// Who uploaded it: a principal's name.
        by: String,
    },
    /// 关联
    AttachmentLinked {
        /// The resource.
        resource: String,
        /// Who linked it.
        by: String,
    },
    /// 解除关联
    AttachmentUnlinked {
        /// The resource.
        resource: String,
        /// Why.
        reason: String,
        /// Who did.
        by: String,
    },
}

/// An attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// SHA-256 of the content, hex; empty before it is uploaded.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// The file's name, as it was first uploaded.
    pub file_name: String,
    /// Its media type.
    pub media_type: String,
    /// Who uploaded it first.
    pub by: String,
    /// What it is linked to.
    pub links: BTreeSet<String>,
}

/// Attachments.
pub struct Attachments;

impl Entity for Attachments {
    const AREA: &'static str = "attachment";
    const FORM: &'static str = "attachment.1";
    type Event = AttachmentEvent;
    type State = Attachment;

    fn evolve(state: &mut Attachment, event: &AttachmentEvent) {
        match event {
            AttachmentEvent::AttachmentUploaded { sha256, size, file_name, media_type, by } => {
                state.sha256.clone_from(sha256);
                state.size = *size;
                state.file_name.clone_from(file_name);
                state.media_type.clone_from(media_type);
                state.by.clone_from(by);
            }
            AttachmentEvent::AttachmentLinked { resource, .. } => {
                state.links.insert(resource.clone());
            }
            AttachmentEvent::AttachmentUnlinked { resource, .. } => {
                state.links.remove(resource);
            }
        }
    }
}

/// What happens to an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OperationEvent {
    /// It begins. Its input is blobs, in order.
    OperationStarted {
        /// `units.import`, `persons.import`, `posts.import`.
        kind: String,
        /// How many items there are.
        items: u64,
        /// What it was asked with, as the service reads it.
        input: serde_json::Value,
        /// Who asked: a principal's name.
        by: String,
    },
    /// Items up to here are committed, in this very commit.
    OperationAdvanced {
        /// How many.
        items_done: u64,
    },
    /// It goes on after it stopped.
    OperationResumed {
        /// Who said so.
        by: String,
    },
    /// It is done.
    OperationFinished {},
    /// It stopped: what was committed stays.
    OperationFailed {
        /// A stable reason.
        reason: String,
        /// For people, zh-CN.
        message: String,
        /// The row of the file that it stopped at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<u32>,
    },
    /// Somebody stopped it.
    OperationCancelled {
        /// Who.
        by: String,
    },
}

/// How an operation stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// There is none.
    #[default]
    None,
    /// It goes on.
    Running,
    /// It is done.
    Done,
    /// It stopped by a fault.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// An operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationState {
    /// How it stands.
    pub phase: Phase,
    /// What it does.
    pub kind: String,
    /// How many items there are.
    pub items: u64,
    /// How many are committed.
    pub items_done: u64,
    /// What it was asked with.
    pub input: serde_json::Value,
    /// Who asked.
    pub by: String,
    /// Why it failed: reason and message.
    pub failure: Option<(String, String)>,
    /// The row of the file that it stopped at.
    #[serde(default)]
    pub failed_row: Option<u32>,
}

/// Operations.
pub struct Operations;

impl Entity for Operations {
    const AREA: &'static str = "operation";
    const FORM: &'static str = "operation.1";
    type Event = OperationEvent;
    type State = OperationState;

    fn evolve(state: &mut OperationState, event: &OperationEvent) {
        match event {
            OperationEvent::OperationStarted { kind, items, input, by } => {
                *state = OperationState {
                    phase: Phase::Running,
                    kind: kind.clone(),
                    items: *items,
                    items_done: 0,
                    input: input.clone(),
                    by: by.clone(),
                    failure: None,
                    failed_row: None,
                };
            }
            OperationEvent::OperationAdvanced { items_done } => state.items_done = *items_done,
            OperationEvent::OperationResumed { .. } => {
                state.phase = Phase::Running;
                (state.failure, state.failed_row) = (None, None);
            }
            OperationEvent::OperationFinished {} => state.phase = Phase::Done,
            OperationEvent::OperationFailed { reason, message, row } => {
                state.phase = Phase::Failed;
                state.failure = Some((reason.clone(), message.clone()));
                state.failed_row = *row;
            }
            OperationEvent::OperationCancelled { .. } => state.phase = Phase::Cancelled,
        }
    }
}

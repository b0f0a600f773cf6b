//! Events of policies, attachments, operations, and what auditors read.

use std::collections::BTreeMap;

use quanheng_eventlog::StreamName;
use quanheng_streams::{
    AttachmentEvent, Attachments, Audit, AuditEvent, OperationEvent, Operations, Policies,
    PolicyEvent, PublishedDocument, PublishedYears,
};

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{CLERK, LATER, ON, SHA256, division};

fn by() -> String {
    CLERK.to_owned()
}

impl Published for Policies {
    names! { PolicyEvent {
        ProfilePublished: "profile_published",
        FlowPublished: "flow_published",
        CalendarPublished: "calendar_published",
    } }

    fn stream() -> StreamName {
        quanheng_streams::policies()
    }

    fn samples() -> Vec<Sample<PolicyEvent>> {
        let document = |id: &str, title: &str| PublishedDocument {
            id: id.to_owned(),
            version: 3,
            title: title.to_owned(),
            sha256: SHA256.to_owned(),
            size: 4_096,
        };
        let profile = |effective_to| PolicyEvent::ProfilePublished {
            document: document("county", "某县职级职数政策参数"),
            jurisdiction: division(),
            effective_from: ON,
            effective_to,
        };
        let calendar = PublishedYears {
            years: vec![2024, 2025],
            source: "国办发明电〔2023〕7号".to_owned(),
            sha256: SHA256.to_owned(),
            size: 1_024,
        };
        vec![
            full(profile(Some(LATER))),
            form("open_ended", profile(None)),
            full(PolicyEvent::FlowPublished {
                document: document("promotion", "职级晋升流程")
            }),
            full(PolicyEvent::CalendarPublished { calendar }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec![
            "profile_published",
            "profile_published.open_ended",
            "flow_published",
            "calendar_published",
        ]]
    }
}

impl Published for Attachments {
    names! { AttachmentEvent {
        AttachmentUploaded: "attachment_uploaded",
        AttachmentLinked: "attachment_linked",
        AttachmentUnlinked: "attachment_unlinked",
    } }

    fn stream() -> StreamName {
        quanheng_streams::attachment(SHA256)
    }

    fn samples() -> Vec<Sample<AttachmentEvent>> {
        let resource = || "quotaAccounts/u1.general_management/holds/h1".to_owned();
        vec![
            full(AttachmentEvent::AttachmentUploaded {
                sha256: SHA256.to_owned(),
                size: 20_480,
                file_name: "会议纪要.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                by: by(),
            }),
            full(AttachmentEvent::AttachmentLinked { resource: resource(), by: by() }),
            full(AttachmentEvent::AttachmentUnlinked {
                resource: resource(),
                reason: "传错文件".to_owned(),
                by: by(),
            }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![Self::NAMES.to_vec()]
    }
}

impl Published for Operations {
    names! { OperationEvent {
        OperationStarted: "operation_started",
        OperationAdvanced: "operation_advanced",
        OperationResumed: "operation_resumed",
        OperationFinished: "operation_finished",
        OperationFailed: "operation_failed",
        OperationCancelled: "operation_cancelled",
    } }

    fn stream() -> StreamName {
        quanheng_streams::operation(uuid::Uuid::from_u128(7))
    }

    fn samples() -> Vec<Sample<OperationEvent>> {
        let failed = |row| OperationEvent::OperationFailed {
            reason: "STORAGE_UNAVAILABLE".to_owned(),
            message: "存储暂不可用".to_owned(),
            row,
        };
        vec![
            full(OperationEvent::OperationStarted {
                kind: "persons.import".to_owned(),
                items: 200,
                input: serde_json::json!({ "unit": "u1", "sheets": ["人员"], "rows": 200 }),
                by: by(),
            }),
            full(OperationEvent::OperationAdvanced { items_done: 100 }),
            full(OperationEvent::OperationResumed { by: by() }),
            full(OperationEvent::OperationFinished {}),
            full(failed(Some(101))),
            form("of_no_row", failed(None)),
            full(OperationEvent::OperationCancelled { by: by() }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![
            vec![
                "operation_started",
                "operation_advanced",
                "operation_failed",
                "operation_failed.of_no_row",
                "operation_resumed",
                "operation_finished",
            ],
            vec!["operation_started", "operation_cancelled"],
        ]
    }
}

impl Published for Audit {
    names! { AuditEvent {
        AccessDenied: "access_denied",
        PersonViewed: "person_viewed",
        PersonsExported: "persons_exported",
    } }

    fn stream() -> StreamName {
        quanheng_streams::denials("clerk-7")
    }

    fn samples() -> Vec<Sample<AuditEvent>> {
        let method = || "quanheng.registry.v1.RegistryService/GetPerson".to_owned();
        vec![
            full(AuditEvent::AccessDenied {
                minute: 1_719_792_000,
                times: BTreeMap::from([(method(), 3)]),
            }),
            full(AuditEvent::PersonViewed { method: method() }),
            full(AuditEvent::PersonsExported {
                persons: 200,
                filter: "unit = \"units/u1\"".to_owned(),
            }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![Self::NAMES.to_vec()]
    }
}

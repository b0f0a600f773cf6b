//! Commands against a server that fails as servers do.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use clap::FromArgMatches as _;
use prost::Message as _;
use quanheng_api::quanheng::common::v1::{
    Failure, GetOperationResponse, Operation, SheetError, operation::State,
};
use quanheng_api::quanheng::projection::v1::watch_response::{
    Bookmark, CommitEnd, Event, SnapshotComplete,
};
use quanheng_api::quanheng::projection::v1::{WatchRequest, WatchResponse};
use quanheng_api::quanheng::registry::v1::{
    CreateUnitRequest, CreateUnitResponse, ExportUnitsResponse, GetUnitResponse,
    ImportUnitsRequest, ImportUnitsResponse, ListUnitsRequest, ListUnitsResponse, Unit,
    import_units_request::Part,
};
use sha2::Digest as _;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::failure::{CliFailure, Exit};
use super::fake::{Answer, Asked, Fake};
use super::{Cli, command, dispatch, hex};

/// Runs a command line against a server with these answers.
async fn run(line: &str, answers: Vec<Answer>) -> (Result<(), CliFailure>, Vec<Asked>) {
    let (fake, address) = Fake::serve(answers).await;
    let server = format!("http://{address}");
    let args = ["quanheng"].into_iter().chain(line.split(' ')).chain(["--server", &server]);
    let matches = command().try_get_matches_from(args).unwrap();
    let cli = Cli::from_arg_matches(&matches).unwrap();
    let done = dispatch(cli.command, cli.output).await;
    (done, fake.asked())
}

fn unavailable() -> Answer {
    let mut details = ErrorDetails::with_retry_info(Some(Duration::from_millis(1)));
    details.set_error_info("DRAINING", "quanheng", std::collections::HashMap::new());
    Answer::status(Status::with_error_details(Code::Unavailable, "x", details))
}

fn unit(id: &str) -> Unit {
    Unit { name: format!("units/{id}"), ..Default::default() }
}

#[tokio::test]
async fn a_change_is_sent_again_under_the_same_id() {
    let created = CreateUnitResponse { unit: Some(unit("u-1")), position: 3 };
    let answers = vec![unavailable(), unavailable(), Answer::message(&created)];
    let (done, asked) = run("unit create --display-name 甲", answers).await;
    done.unwrap();
    assert_eq!(asked.len(), 3);
    let ids: Vec<String> = asked
        .iter()
        .map(|asked| CreateUnitRequest::decode(asked.messages[0].clone()).unwrap().request_id)
        .collect();
    assert!(ids[0].parse::<uuid::Uuid>().is_ok());
    assert!(ids.iter().all(|id| *id == ids[0]));
    let traces: Vec<_> = asked
        .iter()
        .map(|asked| asked.metadata.get("traceparent").unwrap().to_str().unwrap()[..35].to_owned())
        .collect();
    assert_eq!(traces[0], traces[2], "one command is one trace");
}

#[tokio::test]
async fn patience_ends_and_the_id_is_told() {
    let answers = (0..9).map(|_| unavailable()).collect();
    let id = "0193a5c8-0000-7000-8000-000000000001";
    let (done, asked) = run(&format!("unit create --request-id {id}"), answers).await;
    let failure = done.unwrap_err();
    assert_eq!(asked.len(), 4);
    assert_eq!((failure.exit, failure.reason.as_str()), (Exit::Unavailable, "DRAINING"));
    assert_eq!(failure.request_id.as_deref(), Some(id));
    assert!(failure.as_text().contains(&format!("--request-id {id}")));
}

#[tokio::test]
async fn a_refusal_is_final() {
    let refused = || Answer::status(Status::failed_precondition("no"));
    let (done, asked) = run("unit create", vec![refused(), refused()]).await;
    let failure = done.unwrap_err();
    assert_eq!((failure.exit, asked.len()), (Exit::Refused, 1));
    assert_eq!(failure.request_id, None, "its fate is known");
}

#[tokio::test]
async fn nobody_there_is_told_so() {
    let args = ["quanheng", "unit", "show", "u", "--server", "http://127.0.0.1:1"];
    let cli = Cli::from_arg_matches(&command().try_get_matches_from(args).unwrap()).unwrap();
    let failure = dispatch(cli.command, cli.output).await.unwrap_err();
    assert_eq!(failure.exit, Exit::Unavailable);
    assert!(failure.message.contains("127.0.0.1:1"), "{}", failure.message);
}

#[tokio::test]
async fn realm_and_token_go_along() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "qh_abcdefghijklmnopqrstuvwxyz\n").unwrap();
    let line = format!("unit show u-1 --realm beijing --token-file {}", file.display());
    let answer = GetUnitResponse { unit: Some(unit("u-1")), position: 1 };
    let (done, asked) = run(&line, vec![Answer::message(&answer)]).await;
    done.unwrap();
    let metadata = &asked[0].metadata;
    assert_eq!(metadata.get("quanheng-realm").unwrap(), "beijing");
    assert_eq!(metadata.get("authorization").unwrap(), "Bearer qh_abcdefghijklmnopqrstuvwxyz");
    assert!(metadata.get("grpc-timeout").is_some());
}

#[tokio::test]
async fn lists_go_on_page_by_page() {
    let page = |ids: &[&str], next: &str| {
        Answer::message(&ListUnitsResponse {
            units: ids.iter().map(|id| unit(id)).collect(),
            next_page_token: next.to_owned(),
            ..Default::default()
        })
    };
    let asked_of = |asked: &[Asked]| -> Vec<(i32, String)> {
        let requests = asked.iter().map(|asked| {
            let request = ListUnitsRequest::decode(asked.messages[0].clone()).unwrap();
            (request.page_size, request.page_token)
        });
        requests.collect()
    };
    let (done, asked) =
        run("unit list --all", vec![page(&["a", "b"], "t1"), page(&["c"], "")]).await;
    done.unwrap();
    assert_eq!(asked_of(&asked), [(500, String::new()), (500, "t1".into())]);
    let answers = vec![page(&["a", "b"], "t1"), page(&["c"], "t2")];
    let (done, asked) = run("unit list --limit 3 --output json", answers).await;
    done.unwrap();
    assert_eq!(asked_of(&asked), [(3, String::new()), (1, "t1".into())]);
}

fn event(event: Event) -> WatchResponse {
    WatchResponse { event: Some(event) }
}

#[tokio::test]
async fn a_watch_goes_on_where_it_was() {
    let snapshot =
        event(Event::SnapshotComplete(SnapshotComplete { position: 1, resume_token: "t1".into() }));
    let end = event(Event::CommitEnd(CommitEnd { position: 2, resume_token: "t2".into() }));
    let bookmark =
        event(Event::Bookmark(Bookmark { resume_token: "t3".into(), position: 2, head: 2 }));
    let answers = vec![
        unavailable(),
        Answer::message(&snapshot).and(&end).then(Status::unavailable("gone")),
        Answer::message(&bookmark).then(Status::unavailable("gone")),
        Answer::status(Status::out_of_range("expired")),
    ];
    let (done, asked) = run("projection watch units --filter a=1", answers).await;
    assert_eq!(done.unwrap_err().exit, Exit::Usage);
    let requests: Vec<(String, bool)> = asked
        .iter()
        .map(|asked| WatchRequest::decode(asked.messages[0].clone()).unwrap())
        .map(|request| (request.resume_token, request.include_snapshot))
        .collect();
    let expected = [("", true), ("", true), ("t2", false), ("t3", false)];
    assert_eq!(requests, expected.map(|(token, snapshot)| (token.to_owned(), snapshot)));
}

fn operation(state: State, done: u64) -> Operation {
    Operation {
        name: "operations/o-1".into(),
        state: state.into(),
        items_total: 10,
        items_done: done,
        ..Default::default()
    }
}

#[tokio::test]
async fn an_import_is_sent_whole_and_followed_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("单位.xlsx");
    let content: Vec<u8> = (0..600_000_u32).map(|n| n as u8).collect();
    std::fs::write(&file, &content).unwrap();
    let line = format!("unit import {} --document 组通〔2026〕1号", file.display());
    let begun = || ImportUnitsResponse { operation: Some(operation(State::Running, 0)) };
    let at = |operation: Operation| GetOperationResponse { operation: Some(operation) };
    let running = at(operation(State::Running, 5));
    let ended = |operation: Operation| {
        vec![Answer::message(&begun()), Answer::message(&running), Answer::message(&at(operation))]
    };
    let (done, asked) = run(&line, ended(operation(State::Done, 10))).await;
    done.unwrap();
    let methods: Vec<&str> = asked.iter().map(|asked| asked.method.as_str()).collect();
    assert_eq!(methods, ["ImportUnits", "GetOperation", "GetOperation"]);
    let mut parts = asked[0]
        .messages
        .iter()
        .map(|message| ImportUnitsRequest::decode(message.clone()).unwrap().part.unwrap());
    let Some(Part::Head(head)) = parts.next() else { panic!("the head comes first") };
    assert_eq!(
        (head.file_name.as_str(), head.sha256),
        ("单位.xlsx", hex(&sha2::Sha256::digest(&content)))
    );
    assert_eq!(head.basis.unwrap().document_number, "组通〔2026〕1号");
    let sent: Vec<u8> = parts
        .flat_map(|part| match part {
            Part::Content(piece) => piece.to_vec(),
            Part::Head(_) => panic!("one head"),
        })
        .collect();
    assert!(sent == content);

    let error = |warning| SheetError { row: 3, warning, ..Default::default() };
    let with_errors = |warning| Operation {
        sheet_errors: vec![error(warning)],
        sheet_errors_total: 1,
        ..operation(State::Done, 10)
    };
    let failed = Operation {
        failure: Some(Failure { reason: "CONFLICT".into(), ..Default::default() }),
        ..operation(State::Failed, 5)
    };
    for (operation, reason) in [
        (with_errors(false), Some("SHEET_INVALID")),
        (with_errors(true), None),
        (failed, Some("CONFLICT")),
        (operation(State::Cancelled, 5), Some("OPERATION_CANCELLED")),
    ] {
        let (done, _) = run(&line, ended(operation)).await;
        assert_eq!(done.err().map(|failure| failure.reason.clone()).as_deref(), reason);
    }
}

#[tokio::test]
async fn an_export_appears_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    let line = format!("unit export --to {}", file.display());
    let piece = |text: &str| ExportUnitsResponse { content: text.as_bytes().to_vec() };
    let broken = Answer::message(&piece("ab")).then(Status::internal("disk"));
    let (done, _) = run(&line, vec![broken]).await;
    assert_eq!(done.unwrap_err().exit, Exit::Internal);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let whole = Answer::message(&piece("ab")).and(&piece("c"));
    let (done, _) = run(&line, vec![whole]).await;
    done.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"abc");
}

#[tokio::test]
async fn documents_of_a_round_replace_no_file_unasked() {
    use promotion::export_round_documents_response::Part;
    use quanheng_api::quanheng::promotion::v1 as promotion;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notice.docx");
    let line = format!("round export r1 --kind notice --request a --to {}", file.display());
    let piece = |part| promotion::ExportRoundDocumentsResponse { part: Some(part) };
    let whole = || {
        let head = promotion::DocumentFile { size: 3, ..Default::default() };
        let first = Answer::message(&piece(Part::Head(head)));
        first.and(&piece(Part::Content(b"ab".to_vec()))).and(&piece(Part::Content(b"c".to_vec())))
    };
    let (done, asked) = run(&line, vec![whole()]).await;
    done.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"abc");
    let request = asked[0].messages[0].clone();
    let request = promotion::ExportRoundDocumentsRequest::decode(request).unwrap();
    assert_eq!(request.kind(), promotion::RoundDocument::Notice);
    assert_eq!(request.round, "promotionRounds/r1");
    assert_eq!(request.requests, ["promotionRequests/a"]);
    std::fs::write(&file, b"kept").unwrap();
    let (done, asked) = run(&line, vec![]).await;
    assert_eq!((done.unwrap_err().reason.as_str(), asked.len()), ("FILE_EXISTS", 0));
    assert_eq!(std::fs::read(&file).unwrap(), b"kept");
    let (done, _) = run(&format!("{line} --force"), vec![whole()]).await;
    done.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"abc");
}

#[tokio::test]
async fn any_method_is_called_with_json() {
    let created = CreateUnitResponse { unit: Some(unit("u-1")), position: 3 };
    let line = r#"call RegistryService/CreateUnit {"unit_id":"u-1","basis":{"effective_on":"2026-01-02"}}"#;
    let (done, asked) = run(line, vec![Answer::message(&created)]).await;
    done.unwrap();
    let request = CreateUnitRequest::decode(asked[0].messages[0].clone()).unwrap();
    assert_eq!(request.basis.unwrap().effective_on.unwrap().day, 2);
    assert!(!request.request_id.is_empty());
    let (done, asked) = run("call RegistryService/CreateUnit {\"x\":1}", vec![]).await;
    assert_eq!((done.unwrap_err().exit, asked.len()), (Exit::Usage, 0));
}

#[tokio::test]
async fn a_survey_sheet_is_sent_and_its_marked_copy_is_kept() {
    use quanheng_api::quanheng::recertification::v1 as recertification;
    use recertification::import_surveys_request::Part;
    let folder = tempfile::tempdir().unwrap();
    let (file, marked) = (folder.path().join("a.csv"), folder.path().join("marked.csv"));
    std::fs::write(&file, b"abc").unwrap();
    let line = format!(
        "survey import {} --campaign c-1 --gb18030 --marked {}",
        file.display(),
        marked.display()
    );
    let refused = recertification::ImportSurveysResponse {
        errors: vec![SheetError { row: 3, ..Default::default() }],
        marked: b"marked".to_vec(),
        ..Default::default()
    };
    let (done, asked) = run(&line, vec![Answer::message(&refused)]).await;
    assert_eq!(done.unwrap_err().reason, "SHEET_INVALID");
    assert_eq!(std::fs::read(&marked).unwrap(), b"marked");
    let parts = asked[0].messages.iter().map(|message| {
        let message = recertification::ImportSurveysRequest::decode(message.clone()).unwrap();
        message.part.unwrap()
    });
    let parts: Vec<Part> = parts.collect();
    let [Part::Open(open), Part::Content(content)] = &parts[..] else { panic!("{parts:?}") };
    assert_eq!(
        (open.campaign.as_str(), open.gb18030, open.marked_copy),
        ("campaigns/c-1", true, true)
    );
    assert_eq!((content.as_slice(), open.request_id.is_empty()), (&b"abc"[..], false));
    let taken = recertification::ImportSurveysResponse { taken: 1, ..Default::default() };
    run(&line, vec![Answer::message(&taken)]).await.0.unwrap();
}

#[tokio::test]
async fn a_case_is_made_of_files() {
    use quanheng_api::quanheng::recertification::v1 as recertification;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("change.json");
    let text = r#"{"kind": "UNIT_CHANGE_KIND_RENAME", "effective_on": "2026-03-02",
        "documents": ["鄂编发〔2026〕7号"], "successors": [{"unit": "units/u-1",
        "after": {"display_name": "甲中心"}, "functions_changed": false}]}"#;
    std::fs::write(&file, text).unwrap();
    let line = format!("recert create --unit u-1 --change {} --reason 更名", file.display());
    let answer = recertification::CreateCaseResponse::default();
    let (done, asked) = run(&line, vec![Answer::message(&answer)]).await;
    done.unwrap();
    let request = asked[0].messages[0].clone();
    let request = recertification::CreateCaseRequest::decode(request).unwrap();
    let change = request.change.unwrap();
    assert_eq!((request.unit.as_str(), change.effective_on.unwrap().day), ("units/u-1", 2));
    assert_eq!(change.successors[0].functions_changed, Some(false));
    assert!(!request.request_id.is_empty());
}

//! Importing the survey sheet.

use futures::stream;
use quanheng_identity::Principal;
use wire::import_surveys_request::Part;

use super::ways::*;
use crate::campaigns::world::*;

on_both!(
    a_file_is_taken_whole,
    a_file_is_refused_whole,
    files_that_are_none,
    repeated_files_are_taken_once
);

const HEAD: &str = "单位名称,单位代码,改革前名称,改革前编制数,参照公务员法管理事业单位编制数,\
                    改革后职能,涉改,变动情形,变动文件,变动时间,人员底数清";

fn file(rows: &[&str]) -> Vec<u8> {
    format!("{HEAD}\n{}\n", rows.join("\n")).into_bytes()
}

fn open() -> wire::SurveyImport {
    wire::SurveyImport { campaign: CAMPAIGN.into(), request_id: request_id(), ..Default::default() }
}

fn piece(part: Part) -> Result<wire::ImportSurveysRequest, tonic::Status> {
    Ok(wire::ImportSurveysRequest { part: Some(part) })
}

impl World {
    async fn import(
        &self,
        who: &Principal,
        open: wire::SurveyImport,
        content: Vec<u8>,
    ) -> Result<wire::ImportSurveysResponse, Told> {
        let pieces = content.chunks(40).map(|part| piece(Part::Content(part.to_vec())));
        let pieces: Vec<_> = [piece(Part::Open(open))].into_iter().chain(pieces).collect();
        let request = quanheng_test_house::request(who, stream::iter(pieces));
        self.api.import_pieces(request).await.map_err(|status| told(&status))
    }
}

const STATION: &str = "新站,station,旧站,22,20,某项职能,是,名称调整,昆编〔2024〕5号,2024-05-01,否";
const POST: &str = "小站,post,,,10,,否,,,,";

fn reasons(answer: &wire::ImportSurveysResponse) -> Vec<(u32, &str)> {
    let errors = answer.errors.iter().filter(|error| !error.warning);
    errors.map(|error| (error.row, error.reason.as_str())).collect()
}

async fn a_file_is_taken_whole(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let head = world.house.head().await;
    let trial = wire::SurveyImport { validate_only: true, ..open() };
    let tried = world.import(&manager(), trial, file(&[STATION, POST])).await.unwrap();
    assert_eq!((tried.taken, reasons(&tried)), (2, vec![]));
    world.unchanged(head).await;
    let taken = world.import(&manager(), open(), file(&[STATION, POST])).await.unwrap();
    assert_eq!((taken.taken, reasons(&taken)), (2, vec![]));
    assert_eq!(world.house.head().await, head + 2);
    let get = wire::GetSurveyRequest { name: SURVEY.into(), min_position: taken.position };
    let survey = call!(world, manager(), get_survey, get).unwrap().survey.unwrap();
    let answer = survey.answer.unwrap();
    assert!(answer.affected);
    let changes: Vec<_> = answer
        .changes
        .iter()
        .map(|one| (one.field.as_str(), one.before.as_str(), one.after.as_str()))
        .collect();
    assert_eq!(changes, [("名称", "旧站", "新站"), ("参照管理编制", "22", "20")]);
    assert_eq!(
        (answer.functions.as_str(), &answer.issues[..]),
        ("某项职能", &["人员底数未清".to_owned()][..])
    );
    // In the other encoding the same.
    let (bytes, _, _) = encoding_rs::GB18030.encode(HEAD);
    let (row, _, _) = encoding_rs::GB18030.encode(STATION);
    let content = [&bytes[..], b"\n", &row[..], b"\n"].concat();
    for gb18030 in [true, false] {
        let open = wire::SurveyImport { gb18030, ..open() };
        let taken = world.import(&writer(), open, content.clone()).await.unwrap();
        assert_eq!((taken.taken, reasons(&taken)), (1, vec![]));
    }
}

async fn a_file_is_refused_whole(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    call!(world, writer(), submit_survey, submit()).unwrap();
    let sign = asked!(SignSurveyRequest { name: SURVEY.into() });
    call!(world, clerk("signer", "station", "530100"), sign_survey, sign).unwrap();
    let head = world.house.head().await;
    for (rows, found) in [
        (&[POST, STATION][..], vec![(3, "SURVEY_SIGNED")]),
        (&[POST, "无,none,,,1,,否,,,,"][..], vec![(3, "RESOURCE_NOT_FOUND")]),
        (&[POST, "外,foreign,,,1,,否,,,,"][..], vec![(3, "NOT_OF_CAMPAIGN")]),
        (&["无代码,,,,1,,否,,,,", POST][..], vec![(2, "UNIT_ID_MISSING")]),
        (&["小站,post,,,1,,是,名称调整,,,"][..], vec![(2, "CHANGE_DOCUMENT_MISSING")]),
        (&["小站,post,,,1,,否,名称调整,,,"][..], vec![(2, "AFFECTED_CONTRADICTED")]),
        (&["小站,post,,,1,,,,,,"][..], vec![(2, "AFFECTED_MISSING")]),
    ] {
        let answer = world.import(&manager(), open(), file(rows)).await.unwrap();
        assert_eq!((answer.taken, reasons(&answer)), (0, found));
        world.unchanged(head).await;
    }
    // Marked where it was asked for, and only then.
    let marked = wire::SurveyImport { marked_copy: true, ..open() };
    let answer = world.import(&manager(), marked, file(&[POST, STATION])).await.unwrap();
    assert!(answer.marked.starts_with(b"PK"));
    // A clerk takes in no other unit's.
    let answer = world.import(&writer(), open(), file(&[POST])).await.unwrap();
    assert_eq!(reasons(&answer), [(2, "ACCESS_DENIED")]);
    world.unchanged(head).await;
}

async fn files_that_are_none(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let head = world.house.head().await;
    let empty = world.import(&manager(), open(), file(&[])).await.unwrap();
    assert_eq!(reasons(&empty), [(0, "NO_ROWS")]);
    let none = world.import(&manager(), open(), b"a,b\n1,2\n".to_vec()).await.unwrap();
    assert_eq!((none.taken, none.errors.len()), (0, 1));
    let unnamed = wire::SurveyImport { campaign: "c1".into(), ..open() };
    let refused = world.import(&manager(), unnamed, file(&[POST])).await.unwrap_err();
    assert_eq!(refused.fields, ["open.campaign"]);
    let unasked = wire::SurveyImport { request_id: String::new(), ..open() };
    let refused = world.import(&manager(), unasked, file(&[POST])).await.unwrap_err();
    assert_eq!(refused.code, Code::InvalidArgument);
    let no_head = quanheng_test_house::request(
        &manager(),
        stream::iter(vec![piece(Part::Content(file(&[POST])))]),
    );
    let refused = told(&world.api.import_pieces(no_head).await.unwrap_err());
    assert_eq!(refused.fields, ["open"]);
    world.unchanged(head).await;
}

async fn repeated_files_are_taken_once(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let open = open();
    let first = world.import(&manager(), open.clone(), file(&[STATION, POST])).await.unwrap();
    let head = world.house.head().await;
    let again = world.import(&manager(), open.clone(), file(&[STATION, POST])).await.unwrap();
    assert_eq!(again, first);
    let other = world.import(&manager(), open, file(&[POST])).await.unwrap_err();
    let refused = (other.code, other.reason.as_str());
    assert_eq!(refused, (Code::InvalidArgument, "REQUEST_ID_REUSED"));
    world.unchanged(head).await;
}

//! Importing surveys (导入摸底表): the file is read whole; where anything keeps a row out, nothing
//! is taken; otherwise all answers are recorded in one commit.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use prost::Message as _;
use quanheng_api::quanheng::common::v1::SheetError;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_casework::{Scope, Sight, run_asked};
use quanheng_eventlog::Digest;
use quanheng_policy::{PersonId, UnitId};
use quanheng_runtime::{Asked, Call, Decided, Failure, request_id};
use quanheng_sheets::survey::SurveyRow;
use quanheng_sheets::{Bounds, CellError, Fault, Import, Problem, Severity, survey as sheet};
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, SurveyAnswer};
use tonic::{Code, Status};

use super::surveys::campaign_of;
use crate::survey::{self, Command, decide, written};
use crate::{parse, work};

/// Answers of one file at most: they are one commit.
const ROWS_MAX: u32 = 1_000;
/// Bytes of a file, and of a piece of it.
const BYTES_MAX: usize = 16 << 20;
const PIECE_BYTES_MAX: usize = 2 << 20;
/// How long the next piece is waited for.
const PIECE_WAIT_MAX: Duration = Duration::from_secs(30);
/// Errors that are told.
const ERRORS_MAX: usize = 1_000;

/// An answer, and in which row it stands.
struct Item {
    row: u32,
    unit: UnitId,
    answer: SurveyAnswer,
}

/// A file that was sent: what it says of itself, and its content.
struct Upload {
    head: wire::SurveyImport,
    content: Vec<u8>,
}

pub(super) async fn import<S>(
    call: &Call,
    pieces: S,
) -> Result<wire::ImportSurveysResponse, Failure>
where
    S: Stream<Item = Result<wire::ImportSurveysRequest, Status>>,
{
    let by = work::actor(call)?;
    let Upload { head, content } = received(pieces).await?;
    let campaign = parse::campaign("open.campaign", &head.campaign)?;
    let asked = Asked {
        request_id: request_id(&head.request_id)?,
        body: [head.encode_to_vec(), Digest::of(&content).0.to_vec()].concat(),
        trial: head.validate_only,
    };
    let head_position = call.realm.log.head().await?.0;
    let bounds = Bounds { rows_max: ROWS_MAX, file_bytes_max: BYTES_MAX, ..Bounds::default() };
    let gb18030 = head.gb18030;
    let read = tokio::task::spawn_blocking(move || {
        let content = if gb18030 { utf8(&content) } else { content };
        sheet::read(&content, &bounds, |_| None)
    });
    let import = match read.await.map_err(Failure::internal)? {
        Ok(import) => import,
        Err(error) => {
            let error = whole(error.code(), &error.to_string());
            return Ok(refused(vec![error], Vec::new(), head_position));
        }
    };
    let (items, problems) = items(&import);
    if import.table.rows.is_empty() {
        let error = whole("NO_ROWS", "文件中没有数据行");
        return Ok(refused(vec![error], Vec::new(), head_position));
    }
    let found = findings(&import, problems);
    if found.iter().any(|one| one.severity == Severity::Error) {
        let marked = marked(&import, &found, head.marked_copy)?;
        return Ok(refused(found.iter().map(told).collect(), marked, head_position));
    }
    let done = run_asked(call, &asked, Scope::new(call, vec![]), move |sight| {
        taken(sight, &campaign, &items, &by)
    });
    let done = done.await?;
    let mut answer = done.answer;
    answer.position = done.position.0;
    if answer.errors.is_empty() {
        // What is doubtful is told; it was taken all the same.
        answer.errors = found.iter().map(told).collect();
        return Ok(answer);
    }
    let problems = answer.errors.iter().map(|error| {
        (error.row, Fault::error(code(&error.reason), error.message.clone()).at("id"))
    });
    let more = findings(&import, problems.collect());
    answer.errors = more.iter().map(told).collect();
    answer.marked = marked(&import, &more, head.marked_copy)?;
    Ok(answer)
}

/// The head, then the content, bounded in every way.
async fn received<S>(pieces: S) -> Result<Upload, Failure>
where
    S: Stream<Item = Result<wire::ImportSurveysRequest, Status>>,
{
    use wire::import_surveys_request::Part;
    let mut pieces = std::pin::pin!(pieces);
    let (mut head, mut content) = (None, Vec::new());
    loop {
        let next = tokio::time::timeout(PIECE_WAIT_MAX, pieces.next()).await;
        let next = next.map_err(|_| {
            let message = "等待上传内容超时,请重新上传";
            Failure::new(Code::DeadlineExceeded, "UPLOAD_STALLED", message)
        })?;
        let Some(piece) = next else { break };
        let broken =
            |status: Status| Failure::new(status.code(), "UPLOAD_BROKEN", "上传中断,请重新上传");
        match (piece.map_err(broken)?.part, &head) {
            (Some(Part::Open(open)), None) => head = Some(open),
            (Some(Part::Open(_)), Some(_)) => {
                return Err(Failure::field("open", "文件说明只能发送一次"));
            }
            (Some(Part::Content(_)), None) => {
                return Err(Failure::field("open", "应先发送文件说明"));
            }
            (Some(Part::Content(piece)), Some(_)) => {
                bound("import_piece_bytes_max", PIECE_BYTES_MAX, piece.len())?;
                bound("import_bytes_max", BYTES_MAX, content.len() + piece.len())?;
                content.extend(piece);
            }
            (None, _) => return Err(Failure::field("part", "须为文件说明或内容")),
        }
    }
    let head = head.ok_or_else(|| Failure::field("open", "应先发送文件说明"))?;
    Ok(Upload { head, content })
}

fn bound(name: &str, max: usize, actual: usize) -> Result<(), Failure> {
    match actual <= max {
        true => Ok(()),
        false => Err(Failure::bound(name, max as u64, actual as u64)),
    }
}

/// A CSV file that is said to be in GB18030, as UTF-8. A workbook says so itself.
fn utf8(content: &[u8]) -> Vec<u8> {
    if content.starts_with(b"PK") || content.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return content.to_vec();
    }
    let (text, _, _) = encoding_rs::GB18030.decode(content);
    text.into_owned().into_bytes()
}

/// The answers of rows without errors, and what is wrong with others.
fn items(import: &Import<SurveyRow>) -> (Vec<Item>, Vec<(u32, Problem)>) {
    let (mut items, mut problems, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for numbered in &import.rows {
        let row = numbered.number;
        match survey::sheet::answer(&numbered.row) {
            Ok((unit, answer)) => {
                if !seen.insert(unit.clone()) {
                    let problem = Fault::error("UNIT_TWICE", "同一单位只能填写一行").at("id");
                    problems.push((row, problem));
                }
                items.push(Item { row, unit, answer });
            }
            Err(wrong) => problems.extend(wrong.into_iter().map(|problem| (row, problem))),
        }
    }
    (items, problems)
}

/// Everything that was found, in the order of the rows.
fn findings(import: &Import<SurveyRow>, problems: Vec<(u32, Problem)>) -> Vec<CellError> {
    let table = &import.table;
    let mut found: Vec<CellError> = table.findings.list().to_vec();
    found.extend(problems.into_iter().filter_map(|(number, problem)| {
        let row = table.rows.iter().find(|row| row.number == number)?;
        Some(table.layout.finding(row, problem))
    }));
    found.sort_by_key(|one| one.row);
    found.truncate(ERRORS_MAX);
    found
}

fn marked(
    import: &Import<SurveyRow>,
    found: &[CellError],
    asked: bool,
) -> Result<Vec<u8>, Failure> {
    match asked {
        false => Ok(Vec::new()),
        true => quanheng_sheets::write_marked(&import.table, found).map_err(Failure::internal),
    }
}

fn told(found: &CellError) -> SheetError {
    SheetError {
        row: found.row,
        column: found.key.to_owned(),
        letter: found.letter.clone().unwrap_or_default(),
        reason: found.code.to_owned(),
        message: found.message.clone(),
        warning: found.severity == Severity::Warning,
    }
}

/// What is wrong with the file as a whole.
fn whole(reason: &str, message: &str) -> SheetError {
    let (reason, message) = (reason.to_owned(), message.to_owned());
    SheetError { reason, message, ..SheetError::default() }
}

fn refused(errors: Vec<SheetError>, marked: Vec<u8>, position: u64) -> wire::ImportSurveysResponse {
    wire::ImportSurveysResponse { taken: 0, errors, marked, position }
}

/// Records all answers, or tells why rows are refused and records none.
fn taken(
    sight: &Sight<'_>,
    campaign: &CampaignId,
    items: &[Item],
    by: &PersonId,
) -> Result<Decided<wire::ImportSurveysResponse>, Failure> {
    let state = work::campaign(sight, campaign)?;
    let names = items.iter().map(|item| streams::unit(&item.unit));
    sight.need_all::<streams::Units>(names.collect::<Vec<_>>())?;
    let names = items.iter().map(|item| streams::survey(campaign, &item.unit));
    sight.need_all::<streams::Surveys>(names.collect::<Vec<_>>())?;
    let (mut drafts, mut errors) = (Vec::new(), Vec::new());
    for item in items {
        let one = || {
            sight.profile(&item.unit, sight.today)?;
            work::acts_for(sight, &item.unit)?;
            campaign_of(sight, campaign, &item.unit)?;
            let stream = streams::survey(campaign, &item.unit);
            let before = sight.need::<streams::Surveys>(&stream)?.as_ref();
            let policy = sight.policy(&sight.last_profile(&item.unit)?.division, sight.today);
            let (campaign, unit) = (campaign.clone(), item.unit.clone());
            let answer = Box::new(item.answer.clone());
            let command = Command::Submit { campaign: campaign.clone(), unit, answer };
            let event = decide(&state.course, before, command, &policy, by, sight.today);
            let name = survey::name(&campaign, &item.unit);
            let event = event.map_err(|refusal| refusal.failure(&name))?;
            Ok::<_, Failure>(written(sight, &campaign, &item.unit, &[event])?.0)
        };
        match one() {
            Ok(more) => drafts.extend(more),
            Err(failure) if refuses(failure.code()) => errors.push(SheetError {
                row: item.row,
                reason: failure.reason().to_owned(),
                message: failure.message().to_owned(),
                ..SheetError::default()
            }),
            Err(failure) => return Err(failure),
        }
    }
    if errors.is_empty() {
        let taken = items.len() as u64;
        let answer = wire::ImportSurveysResponse { taken, ..Default::default() };
        return Ok(Decided::new(drafts, answer));
    }
    errors.truncate(ERRORS_MAX);
    let answer = wire::ImportSurveysResponse { errors, ..Default::default() };
    Ok(Decided::new(Vec::new(), answer))
}

/// Whether a failure is about the row, and not about the call.
fn refuses(code: Code) -> bool {
    matches!(
        code,
        Code::FailedPrecondition | Code::InvalidArgument | Code::NotFound | Code::PermissionDenied
    )
}

/// The code of a refusal, as a sheet's finding bears one.
fn code(reason: &str) -> &'static str {
    const KNOWN: [&str; 8] = [
        "SURVEY_SIGNED",
        "SURVEY_CLOSED",
        "RESOURCE_NOT_FOUND",
        "ACCESS_DENIED",
        "NOT_OF_CAMPAIGN",
        "UNIT_ABOLISHED",
        "WRONG_STATE",
        "INVALID_FIELD",
    ];
    KNOWN.into_iter().find(|known| *known == reason).unwrap_or("ROW_REFUSED")
}

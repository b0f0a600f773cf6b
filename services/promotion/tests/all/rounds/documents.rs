//! Documents of a round: each at its time, opened again, with the right facts in the right
//! places; who may take them, and that it is recorded.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use futures::{StreamExt as _, TryStreamExt as _};
use quanheng_eventlog::{Digest, Direction, Version};
use wire::RoundDocument as Form;
use wire::export_round_documents_response::Part;

use super::stage::*;

on_both!(
    a_round_in_documents,
    each_posting_has_its_notice,
    a_leader_takes_a_rank_beside_the_post,
    only_who_may_read_what_is_sealed_takes_documents,
    nobody_who_was_erased_stands_in_a_document,
);

async fn export(
    stage: &Stage,
    who: &Principal,
    kind: Form,
    requests: &[&str],
) -> Result<(wire::DocumentFile, Vec<u8>), Told> {
    let message = wire::ExportRoundDocumentsRequest {
        round: "promotionRounds/r1".into(),
        kind: kind.into(),
        requests: names(requests),
        min_position: stage.world.house.head().await,
    };
    let parts = rpc!(stage, who, export_round_documents, message)?;
    let mut parts: Vec<_> = parts.try_collect().await.unwrap();
    let Some(Part::Head(head)) = parts.remove(0).part else { panic!("first comes the head") };
    let content = parts.into_iter().flat_map(|piece| match piece.part {
        Some(Part::Content(content)) => content,
        other => panic!("{other:?}"),
    });
    let content: Vec<u8> = content.collect();
    assert_eq!(head.size, content.len() as u64);
    assert_eq!(head.sha256, Digest::of(&content).to_string());
    Ok((head, content))
}

/// The cells of a worksheet, by their references.
struct Cells(calamine::Range<Data>);

impl Cells {
    fn of(bytes: &[u8], sheet: usize) -> Self {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
        let name = book.sheet_names()[sheet].clone();
        Self(book.worksheet_range(&name).unwrap())
    }

    fn at(&self, reference: &str) -> String {
        let digits = reference.find(|c: char| c.is_ascii_digit()).unwrap();
        let (letters, row) = reference.split_at(digits);
        let letter = |column, letter| column * 26 + u32::from(letter - b'@');
        let column = letters.bytes().fold(0, letter) - 1;
        let value = self.0.get_value((row.parse::<u32>().unwrap() - 1, column));
        value.map(ToString::to_string).unwrap_or_default()
    }

    fn all<const N: usize>(&self, references: [&str; N]) -> [String; N] {
        references.map(|reference| self.at(reference))
    }

    /// The row in which a column says something.
    fn row(&self, column: &str, text: &str) -> u32 {
        (1..200).find(|row| self.at(&format!("{column}{row}")) == text).unwrap()
    }
}

/// The names of the files in a file.
fn files(bytes: &[u8]) -> Vec<String> {
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names = archive.file_names().map(|name| name.unwrap().into_owned());
    names.collect()
}

/// The words of a document.
fn words(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut xml = String::new();
    archive.by_name("word/document.xml").unwrap().read_to_string(&mut xml).unwrap();
    let texts = xml.split('<').filter_map(|tag| tag.split_once('>'));
    texts.map(|(_, text)| text).collect()
}

async fn refused(stage: &Stage, kind: Form, requests: &[&str]) -> Told {
    export(stage, &manager(), kind, requests).await.unwrap_err()
}

async fn a_round_in_documents(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"); 2]).await;
    let nothing = [
        Form::FilingForm,
        Form::ApprovalForms,
        Form::Notice,
        Form::NoticeList,
        Form::Roster,
        Form::EligibilityReview,
    ];
    for kind in nothing {
        let told = refused(&stage, kind, &[]).await;
        assert_eq!(
            (told.code, told.reason.as_str()),
            (Code::FailedPrecondition, "NOTHING_TO_EXPORT")
        );
    }
    pre_review(&stage).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.submitted("b", "r1", "c1", "GM09").await;
    roster(&stage).await;
    stage.to("a", "r1", "notice").await;
    notice(&stage).await;
    review(&stage).await;
    let told = refused(&stage, Form::FilingForm, &["a"]).await;
    assert_eq!(told.reason, "WRONG_STATE");
    stage.to("a", "r1", "").await;
    approval(&stage).await;
    filing(&stage).await;
    let (head, content) = export(&stage, &manager(), Form::All, &[]).await.unwrap();
    assert_eq!(
        (head.file_name.as_str(), head.media_type.as_str()),
        ("晋升批次表样.zip", "application/zip")
    );
    let files = files(&content);
    let expected = [
        "公务员职级职数使用审批表.xlsx",
        "公务员晋升职级任职资格审核表.xlsx",
        "公务员职级晋升批次花名册.xlsx",
        "职级晋升公示.docx",
        "职级晋升公示名单.xlsx",
        "公务员职级任免审批表.docx",
        "科级公务员职务职级任免与升降审核备案表.xlsx",
    ];
    assert_eq!(files, expected);
}

async fn pre_review(stage: &Stage) {
    let (head, content) = export(stage, &clerk(), Form::PreReviewForm, &[]).await.unwrap();
    assert_eq!(head.file_name, "公务员职级职数使用审批表.xlsx");
    let cells = Cells::of(&content, 0);
    let unit = cells.all(["B2", "F2", "I2", "K2"]);
    assert_eq!(unit, ["测试单位u1", "机关单位", "正科级", "20"].map(str::to_owned));
    // Set up: of 20 posts 三级、四级调研员 2, 主任科员 12, of them 一级、二级 6.
    let figures = |row: u32| {
        ["B", "C", "D", "E", "F", "G", "H", "I", "J", "K"]
            .map(|column| cells.at(&format!("{column}{row}")))
    };
    let of = |row: [&str; 10]| row.map(str::to_owned);
    assert_eq!(figures(4), of(["2", "", "0", "0", "2", "12", "6", "", "6", ""]), "determined");
    assert_eq!(figures(6), of(["0", "", "0", "0", "0", "2", "0", "0", "0", "2"]), "used");
    assert_eq!(figures(8), of(["2", "", "0", "0", "2", "10", "6", "", "4", ""]), "vacant");
    assert_eq!(figures(10), of(["0", "", "0", "0", "0", "2", "0", "0", "2", "0"]), "intended");
    let told = refused(stage, Form::PreReviewForm, &["a"]).await;
    assert_eq!(told.fields, ["requests"]);
}

async fn roster(stage: &Stage) {
    let (_, content) = export(stage, &clerk(), Form::Roster, &[]).await.unwrap();
    let cells = Cells::of(&content, 0);
    assert!(cells.at("A2").contains("批次：2026年第一批职级晋升"), "{}", cells.at("A2"));
    let row = cells.all(["B4", "C4", "D4", "E4", "F4", "G4", "H4", "J4", "L4", "M4"]);
    let expected = [
        "甄样例",
        "男",
        "1980.01",
        "测试单位u1",
        "",
        "四级主任科员",
        "2022-07-01",
        "三级主任科员",
        "任职资格审核中",
        "",
    ];
    assert_eq!(row, expected.map(str::to_owned));
    assert_eq!(cells.all(["B5", "B6"]), ["甄样例".to_owned(), String::new()]);
    let seats = Cells::of(&content, 1);
    let row = seats.row("B", "一级至四级主任科员");
    let figures = ["A", "C", "D", "E", "F"].map(|column| seats.at(&format!("{column}{row}")));
    assert_eq!(figures, ["测试单位u1", "12", "2", "10", "缺 10"].map(str::to_owned));
    stage.sanction("c1").await;
    let (_, content) = export(stage, &clerk(), Form::Roster, &["b"]).await.unwrap();
    let cells = Cells::of(&content, 0);
    assert!(cells.at("M4").contains("IN_SANCTION_PERIOD"), "{}", cells.at("M4"));
    assert_eq!(cells.at("B5"), "", "only who was asked for");
}

async fn notice(stage: &Stage) {
    let state = stage.state("a").await;
    let posted = state.notice.unwrap();
    let (head, content) = export(stage, &clerk(), Form::Notice, &[]).await.unwrap();
    assert_eq!(head.file_name, "职级晋升公示.docx");
    let text = words(&content);
    let spoken =
        |day: jiff::civil::Date| format!("{}年{}月{}日", day.year(), day.month(), day.day());
    for expected in [
        "关于甄样例同志拟晋升职级的公示",
        "经测试单位u1党委（党组）会议研究",
        "甄样例，男，1980年1月出生，群众，现任测试单位u1四级主任科员，拟晋升三级主任科员。",
        &format!("{}至{}（5个工作日）。", spoken(posted.from), spoken(posted.to)),
        "联系电话：12380",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("53010219800101"), "no identity number");
    let (_, content) = export(stage, &clerk(), Form::NoticeList, &[]).await.unwrap();
    let cells = Cells::of(&content, 0);
    let row = cells.all(["B3", "D3", "F3", "G3", "H3"]);
    let expected = ["甄样例", "1980.01", "群众", "测试单位u1四级主任科员", "三级主任科员"];
    assert_eq!(row, expected.map(str::to_owned));
    let told = refused(stage, Form::Notice, &["b"]).await;
    assert_eq!(told.reason, "WRONG_STATE");
}

async fn review(stage: &Stage) {
    let (_, content) = export(stage, &clerk(), Form::EligibilityReview, &["a"]).await.unwrap();
    let cells = Cells::of(&content, 0);
    assert_eq!(
        cells.all(["B4", "C4", "D4", "I4"]),
        ["甄样例", "测试单位u1四级主任科员", "三级主任科员", "符合"].map(str::to_owned)
    );
    let tenure = cells.row("E", "任职年限");
    assert_eq!(cells.at(&format!("F{tenure}")), "符合");
    assert!(cells.at(&format!("H{tenure}")).contains("职务与职级并行规定"));
    cells.row("C", "意见");
    // Who waits for the review stands there with what the rules find today.
    let (_, content) = export(stage, &clerk(), Form::EligibilityReview, &["b"]).await.unwrap();
    let cells = Cells::of(&content, 0);
    assert_eq!(cells.at("I4"), "不符合");
    let sanction = cells.row("F", "不符合");
    assert!(cells.at(&format!("G{sanction}")).contains("IN_SANCTION_PERIOD"));
}

async fn approval(stage: &Stage) {
    let (_, content) = export(stage, &manager(), Form::ApprovalForms, &[]).await.unwrap();
    let text = words(&content);
    for expected in [
        "测试单位u1四级主任科员",
        "云南昆明",
        "18级",
        "三级主任科员",
        "2003.07",
        "样例县样例局",
        "民主推荐，参加12人，有效票11张，得票9张。",
        "纪检监察意见：无不良反映",
        "年度考核：2022年称职、2023年称职、2024年称职、2025年称职。",
        "公示，未收到反映；公示期间无异议。",
        "经测试单位u1党委（党组）会议研究决定（样例局党组〔2026〕5号），同意晋升为三级主任科员，报请审批。",
        "意见（样例县委常委会〔2026〕8号）。",
        "任职文号：样组〔2024〕12号",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    // The other was chosen by no meeting.
    assert_eq!(text.matches("甄样例").count(), 1);
}

async fn filing(stage: &Stage) {
    let (_, content) = export(stage, &manager(), Form::FilingForm, &[]).await.unwrap();
    let cells = Cells::of(&content, 0);
    assert_eq!(cells.at("E3"), "测试单位u1");
    let blank = cells.all(["B8", "C8", "D8", "E8", "F8", "AE8", "AF8", "AG8"]);
    assert_eq!(blank, [""; 8].map(str::to_owned), "nobody said how many leaders there are");
    let figures = cells.all(["A8", "G8", "I8", "O8", "P8", "Q8", "X8", "Y8", "AL8", "AM8", "AN8"]);
    let expected = ["20", "6", "6", "2", "0", "2", "1", "0", "2", "1", "1"];
    assert_eq!(figures, expected.map(str::to_owned));
    let person = cells.all(["C12", "I12", "K12", "U12", "X12", "AD12", "AH12", "A13"]);
    let expected = [
        "甄样例",
        "1980.01",
        "2003.07",
        "四级主任科员",
        "2022-07-01",
        "三级主任科员",
        "四级主任科员",
    ];
    assert_eq!(person[..7], expected.map(str::to_owned));
    assert!(!person[7].starts_with('2'), "nobody else was appointed");
}

async fn each_posting_has_its_notice(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"); 2]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.submitted("b", "r1", "c1", "GM09").await;
    stage.to("a", "r1", "closing").await;
    stage.to("b", "r1", "notice").await;
    let told = refused(&stage, Form::Notice, &[]).await;
    assert_eq!(told.reason, "NOTICES_DIFFER");
    export(&stage, &clerk(), Form::Notice, &["b"]).await.unwrap();
    let (_, content) = export(&stage, &clerk(), Form::All, &[]).await.unwrap();
    let mut files = files(&content);
    files.retain(|name| name.contains("（"));
    let expected = [
        "职级晋升公示（1）.docx",
        "职级晋升公示（2）.docx",
        "职级晋升公示名单（1）.xlsx",
        "职级晋升公示名单（2）.xlsx",
    ];
    assert_eq!(files, expected);
}

async fn a_leader_takes_a_rank_beside_the_post(kind: Kind) {
    use quanheng_api::quanheng::registry::v1 as registry;
    let stage = Stage::open(kind).await;
    stage.world.person("c0", "u1", 1).await;
    let post = registry::PostSpell {
        unit: "units/u1".into(),
        level: "L42".into(),
        title: "办公室副主任".into(),
        way: registry::PostWay::Selection.into(),
        ..Default::default()
    };
    let post = event(registry::person_event::Event::TakePost(post), day(2023, 1, 1));
    let mut events = vec![take_rank("GM10", day(2022, 7, 1)), post];
    events.extend([2022, 2024, 2025].map(|year| assess(year, "competent")));
    events.push(assess(2023, "excellent"));
    stage.world.record("c0", events).await;
    stage.determine(20).await;
    stage.holders(&[("c0", "GM10")]).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "").await;
    let (_, content) = export(&stage, &manager(), Form::FilingForm, &[]).await.unwrap();
    let cells = Cells::of(&content, 0);
    let figures = cells.all(["Q8", "X8", "Z8", "AA8", "AB8", "AM8", "AN8"]);
    assert_eq!(figures, ["1", "0", "0", "0", "1", "1", "0"].map(str::to_owned));
    let person = cells.all(["O12", "R12", "U12", "AJ12"]);
    let expected = ["办公室副主任", "2023-01-01", "四级主任科员", "2023;"];
    assert_eq!(person, expected.map(str::to_owned));
    let (_, content) = export(&stage, &manager(), Form::ApprovalForms, &[]).await.unwrap();
    let text = words(&content);
    for expected in
        ["测试单位u1办公室副主任、四级主任科员", "乡科级副职、四级主任科员", "2023年优秀", "6个月"]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

async fn only_who_may_read_what_is_sealed_takes_documents(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let denied = export(&stage, &viewer(), Form::Roster, &[]).await.unwrap_err();
    assert_eq!((denied.code, denied.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let there = within(Role::QuotaManager, THERE);
    let hidden = export(&stage, &there, Form::Roster, &[]).await.unwrap_err();
    assert_eq!((hidden.code, hidden.reason.as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    let wrong = refused(&stage, Form::Unspecified, &[]).await;
    assert_eq!((wrong.code, wrong.fields), (Code::InvalidArgument, vec!["kind".to_owned()]));
    let other = refused(&stage, Form::Roster, &["z"]).await;
    assert_eq!((other.code, other.fields), (Code::InvalidArgument, vec!["requests".to_owned()]));
    assert!(taken(&stage, "manager").await.is_empty(), "nothing was taken");

    export(&stage, &manager(), Form::Roster, &[]).await.unwrap();
    let taken = taken(&stage, "manager").await;
    assert_eq!(taken.len(), 1);
    for told in [r#""persons":1"#, "promotionRounds/r1", "ROSTER", "ExportRoundDocuments"] {
        assert!(taken[0].contains(told), "{told} in {}", taken[0]);
    }
    assert!(!taken[0].contains("甄样例"));
}

/// What is recorded of the exports of somebody.
async fn taken(stage: &Stage, principal: &str) -> Vec<String> {
    let log = &stage.world.house.realm.log;
    let records = log.read_stream(streams::exports(principal), Version(1), Direction::Forward);
    let text =
        |record: quanheng_eventlog::Record| String::from_utf8_lossy(&record.bytes).into_owned();
    records.map(|record| text(record.unwrap())).collect().await
}

async fn nobody_who_was_erased_stands_in_a_document(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"); 2]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.submitted("b", "r1", "c1", "GM09").await;
    stage.world.erase("c1").await;
    for kind in [Form::Roster, Form::All] {
        let told = refused(&stage, kind, &[]).await;
        assert_eq!(told.reason, "PERSON_ERASED");
        assert_eq!(told.metadata["resource"], "persons/c1");
    }
    export(&stage, &manager(), Form::Roster, &["a"]).await.unwrap();
    export(&stage, &manager(), Form::PreReviewForm, &[]).await.unwrap();
}

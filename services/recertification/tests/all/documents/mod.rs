//! Documents as files, and what was counted of a campaign.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use futures::StreamExt as _;
use jiff::civil::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
use quanheng_identity::Role;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{ChangeRoute as Route, GateBody};
use quanheng_recertification::decrease::{Counted, Place};
use quanheng_register::unit::{ChangeKind, UnitPatch};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_streams as streams;
use quanheng_streams::{
    BookEvent, CampaignEvent, CampaignId, Consulted, Notified, RecertificationEvent, SurveyAnswer,
    SurveyEvent, TransitionEvent, TransitionId, Verdict,
};
use quanheng_test_house::principal;
use tonic::{Code, Status};
use wire::RecertificationDocument as Document;
use wire::export_documents_response::Part;

use crate::ledger::world::{
    COUNTY, DAY, Kind, Registered, World, call, number, person, request, told, unit,
};

on_both!(
    documents_of_a_case,
    the_ledger_of_a_division_and_of_a_unit,
    documents_and_counts_of_a_campaign,
    a_transition_names_persons,
    what_cannot_be_exported,
);

/// A document as a file: its head, and its content.
async fn export(
    world: &World,
    document: Document,
    of: &str,
) -> Result<(wire::DocumentFile, Vec<u8>), Status> {
    let asked = wire::ExportDocumentsRequest {
        document: document.into(),
        of: of.to_owned(),
        as_of: None,
        min_position: world.house.head().await,
    };
    let mut parts = world.api.export_documents(request(&world.all, asked)).await?.into_inner();
    let (mut head, mut content) = (None, Vec::new());
    while let Some(part) = parts.next().await {
        match part?.part.unwrap() {
            Part::File(file) => head = Some(file),
            Part::Content(piece) => content.extend(piece),
        }
    }
    let head = head.unwrap();
    assert_eq!(head.size, content.len() as u64);
    Ok((head, content))
}

/// All texts of a workbook.
fn cells(content: &[u8]) -> BTreeSet<String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content.to_vec())).unwrap();
    let sheets = book.worksheets();
    let rows = sheets.iter().flat_map(|(_, range)| range.rows());
    let texts = rows.flatten().map(|cell| match cell {
        Data::Float(number) => format!("{number:.0}"),
        other => other.to_string(),
    });
    texts.filter(|text| !text.is_empty()).collect()
}

/// The text of a document.
fn words(content: &[u8]) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(content.to_vec())).unwrap();
    let mut part = zip.by_name("word/document.xml").unwrap();
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut part, &mut xml).unwrap();
    let mut text = String::new();
    let mut inside = false;
    for letter in xml.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    text
}

async fn renamed(world: &World) {
    let name = Some("武昌区改名中心".to_owned());
    let patch = UnitPatch { name, ..UnitPatch::default() };
    world.change("a", DAY, &[ChangeKind::Renamed], patch, &[]).await;
    world.draft("m1", "a", Route::Filing, DAY).await;
    let (by, on) = (person("clerk"), date(2026, 3, 8));
    world.case("m1", RecertificationEvent::CaseSubmitted { by, on }).await;
    let day = date(2026, 3, 20);
    world.decide("m1", Verdict::Filed, GateBody::ProvincialAuthority, day).await;
}

async fn documents_of_a_case(kind: Kind) {
    let world = World::open(kind).await;
    renamed(&world).await;
    let of = "recertificationCases/m1";
    for (document, has) in [
        (Document::Application, "武昌区改名中心"),
        (Document::ApprovalForm, "鄂组参〔2026〕3号"),
        (Document::FilingForm, "武昌区改名中心"),
    ] {
        let (head, content) = export(&world, document, of).await.unwrap();
        assert!(head.file_name.ends_with(".docx"), "{}", head.file_name);
        let text = words(&content);
        assert!(text.contains(has), "{document:?}: {text}");
    }
}

async fn the_ledger_of_a_division_and_of_a_unit(kind: Kind) {
    let world = World::open(kind).await;
    renamed(&world).await;
    let (head, content) = export(&world, Document::UnitLedger, COUNTY).await.unwrap();
    assert_eq!(head.file_name, "参照管理单位台账.xlsx");
    let cells = cells(&content);
    for text in
        ["武昌区改名中心", "测试单位b", "测试单位c", "名称调整", "备案管理", "鄂编〔2026〕8号"]
    {
        assert!(cells.contains(text), "{text} is not in {cells:?}");
    }
    let (_, content) = export(&world, Document::UnitSheet, "units/a").await.unwrap();
    let text = words(&content);
    assert!(text.contains("武昌区改名中心") && text.contains("名称调整"), "{text}");
    // As it was before.
    let asked = wire::ExportDocumentsRequest {
        document: Document::UnitSheet.into(),
        of: "units/a".to_owned(),
        as_of: Some(quanheng_api::date(date(2026, 3, 1))),
        min_position: 0,
    };
    assert!(world.api.export_documents(request(&world.all, asked)).await.is_ok());
}

/// Opens a campaign with a book.
async fn opened(world: &World) -> CampaignId {
    let campaign = CampaignId::new("reform").unwrap();
    let notified = CampaignEvent::CampaignNotified {
        campaign: campaign.clone(),
        notified: Notified {
            title: "重新认定工作".to_owned(),
            division: DivisionCode::parse("420000").unwrap(),
            document: number("鄂组通〔2026〕1号"),
            notice: String::new(),
            attachments: Vec::new(),
            baseline_on: date(2024, 12, 31),
            survey_due_on: date(2026, 5, 31),
        },
        by: person("head"),
        on: DAY,
    };
    let stream = streams::campaign(&campaign);
    let draft = streams::draft::<streams::Campaigns>(stream, &notified).unwrap();
    Registered(&world.house.realm).append(draft).await;
    campaign
}

async fn documents_and_counts_of_a_campaign(kind: Kind) {
    let world = World::open(kind).await;
    let campaign = opened(&world).await;
    let refused =
        told(&export(&world, Document::Comparison, "campaigns/reform").await.unwrap_err());
    assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "BASELINE_MISSING"));
    let place = Place::new(DivisionCode::parse(COUNTY).unwrap(), Some(unit("bureau"))).unwrap();
    let counted = |headcount| Counted { place: place.clone(), headcount };
    let frozen = BTreeMap::from([(unit("a"), counted(20)), (unit("b"), counted(15))]);
    for event in [
        BookEvent::UnitsFrozen { units: frozen.clone() },
        BookEvent::UnitsRetained { units: frozen },
        BookEvent::BookOpened { on: DAY },
    ] {
        let draft = streams::draft::<streams::Books>(streams::book(&campaign), &event).unwrap();
        Registered(&world.house.realm).append(draft).await;
    }
    let (_, content) = export(&world, Document::Comparison, "campaigns/reform").await.unwrap();
    let told = cells(&content);
    assert!(told.contains("测试单位bureau") && told.contains("420000"), "{told:?}");

    // Two cases of the campaign, one of which was looked into.
    let profile = world.profile("a").await;
    for (id, of) in [("m1", "a"), ("m2", "b")] {
        let state = draft_of(&world, id, of, &campaign, profile.clone());
        world.case(id, state).await;
    }
    let (by, on) = (person("reviewer"), date(2026, 3, 10));
    world.case("m1", RecertificationEvent::CaseSubmitted { by: by.clone(), on }).await;
    for text in ["缺条文摘录", "缺编制文件", "缺职能对照"] {
        let (text, materials) = (text.to_owned(), BTreeSet::new());
        let by = by.clone();
        let asked = RecertificationEvent::CorrectionRequested { text, materials, by, on };
        world.case("m1", asked).await;
    }
    let consulted = Consulted {
        document: number("鄂编〔2026〕8号"),
        title: "机构设置批复".to_owned(),
        by: by.clone(),
        on,
    };
    world.case("m1", RecertificationEvent::DocumentConsulted { consulted }).await;
    let submitted = SurveyEvent::SurveySubmitted {
        campaign: campaign.clone(),
        unit: unit("a"),
        answer: Box::new(answer()),
        by: by.clone(),
        on,
    };
    for event in [submitted, SurveyEvent::SurveySigned { by, on }] {
        let stream = streams::survey(&campaign, &unit("a"));
        let draft = streams::draft::<streams::Surveys>(stream, &event).unwrap();
        Registered(&world.house.realm).append(draft).await;
    }
    let asked = wire::GetReviewStatisticsRequest {
        campaign: "campaigns/reform".to_owned(),
        min_position: world.house.head().await,
    };
    let counts = call!(world, get_review_statistics, asked.clone()).unwrap();
    let states: BTreeMap<_, _> = counts.states.clone().into_iter().collect();
    let expected = [("CORRECTION_REQUESTED", 1), ("DRAFT", 1)];
    assert_eq!(states, expected.map(|(state, count)| (state.to_owned(), count)).into());
    assert_eq!((counts.cases, counts.documents_consulted, counts.feedback_rounds), (2, 1, 3));
    let average = counts.average_rounds.unwrap();
    assert_eq!((average.numerator, average.denominator), (3, 2));
    assert_eq!((counts.surveys_signed, counts.units_affected, counts.units), (1, 1, 2));
    let mut stranger = world.all.clone();
    stranger.jurisdiction = DivisionCode::parse(COUNTY).unwrap();
    let failure = told_of(&call!(world, &stranger, get_review_statistics, asked).unwrap_err());
    assert_eq!(failure, Code::NotFound);

    let (_, content) = export(&world, Document::ReviewLedger, "campaigns/reform").await.unwrap();
    let told = cells(&content);
    for text in ["机构设置批复", "缺条文摘录", "m1", "m2", "重新认定"] {
        assert!(told.contains(text), "{text} is not in {told:?}");
    }
}

fn told_of(status: &Status) -> Code {
    told(status).code
}

fn answer() -> SurveyAnswer {
    SurveyAnswer {
        affected: true,
        changes: Vec::new(),
        structural: None,
        predecessors: Vec::new(),
        successors: Vec::new(),
        functions: "水政监察".to_owned(),
        establishment_before: None,
        establishment_after: None,
        staff: 12,
        issues: Vec::new(),
        remarks: String::new(),
    }
}

fn draft_of(
    _: &World,
    id: &str,
    of: &str,
    campaign: &CampaignId,
    profile: quanheng_register::unit::UnitProfile,
) -> RecertificationEvent {
    let changed = streams::ReportedUnit {
        unit: unit(of),
        before: Some(Box::new(profile.clone())),
        after: Some(Box::new(profile)),
        functions_changed: Some(true),
    };
    RecertificationEvent::CaseCreated {
        case: streams::RecertificationId::new(id).unwrap(),
        unit: unit(of),
        campaign: Some(campaign.clone()),
        change: Box::new(streams::ReportedChange {
            kind: ChangeKind::FunctionChanged,
            predecessors: Vec::new(),
            successors: vec![changed],
            documents: vec![number("鄂编〔2026〕8号")],
            effective_on: DAY,
        }),
        changes: BTreeSet::new(),
        route: Route::Recertify,
        grounds: Box::new(streams::CaseGrounds::default()),
        reason: "测试".to_owned(),
        renews: None,
        by: person("clerk"),
        on: DAY,
    }
}

async fn a_transition_names_persons(kind: Kind) {
    let world = World::open(kind).await;
    let id = TransitionId::new("t1").unwrap();
    let opened = TransitionEvent::TransitionOpened {
        transition: id.clone(),
        case: streams::RecertificationId::new("m1").unwrap(),
        unit: unit("a"),
        document: number("鄂组通〔2026〕9号"),
        from: DAY,
        ends_on: date(2028, 3, 1),
        roster: BTreeMap::from([(person("p1"), None)]),
        by: person("clerk"),
        on: DAY,
    };
    let stream = streams::transition(&id);
    let draft = streams::draft::<streams::Transitions>(stream, &opened).unwrap();
    Registered(&world.house.realm).append(draft).await;
    assert_eq!(world.ledger("a").await.transition, "transitions/t1");
    let exports = || async {
        let stream = streams::exports(&world.all.id);
        let log = &world.house.realm.log;
        state_at::<streams::Audit>(log, stream, Horizon::Now).await.unwrap().1.0
    };
    let before = exports().await;
    let (head, content) = export(&world, Document::Transition, "transitions/t1").await.unwrap();
    assert_eq!(head.file_name, "退出人员过渡安排表.xlsx");
    assert!(cells(&content).iter().any(|text| text.contains("鄂组通〔2026〕9号")));
    assert_eq!(exports().await, before + 1, "who took it is recorded");
    // Not for those who may not read what is sealed.
    let mut viewer = principal("viewer", &[Role::Viewer]);
    viewer.jurisdiction = world.all.jurisdiction.clone();
    let asked = wire::ExportDocumentsRequest {
        document: Document::Transition.into(),
        of: "transitions/t1".to_owned(),
        ..Default::default()
    };
    let refused = world.api.export_documents(request(&viewer, asked)).await.err().unwrap();
    assert_eq!(told(&refused).code, Code::PermissionDenied);
}

async fn what_cannot_be_exported(kind: Kind) {
    let world = World::open(kind).await;
    for (document, of, code) in [
        (Document::Unspecified, "units/a", Code::InvalidArgument),
        (Document::Application, "recertificationCases/none", Code::NotFound),
        (Document::Application, "units/a", Code::InvalidArgument),
        (Document::UnitLedger, "units/a", Code::InvalidArgument),
        (Document::UnitSheet, "units/plain", Code::NotFound),
        (Document::ReviewLedger, "campaigns/none", Code::NotFound),
        (Document::Transition, "transitions/none", Code::NotFound),
    ] {
        let failure = told(&export(&world, document, of).await.unwrap_err());
        assert_eq!(failure.code, code, "{document:?} of {of}");
    }
    let dated = wire::ExportDocumentsRequest {
        document: Document::Application.into(),
        of: "recertificationCases/m1".to_owned(),
        as_of: Some(quanheng_api::date(DAY)),
        ..Default::default()
    };
    let refused = world.api.export_documents(request(&world.all, dated)).await.err().unwrap();
    assert_eq!(told(&refused).fields, ["as_of"]);
    // The division of another is not one's own.
    let mut stranger = world.all.clone();
    stranger.jurisdiction = DivisionCode::parse("420200").unwrap();
    let ledger = wire::ExportDocumentsRequest {
        document: Document::UnitLedger.into(),
        of: COUNTY.to_owned(),
        ..Default::default()
    };
    let refused = world.api.export_documents(request(&stranger, ledger)).await.err().unwrap();
    assert_eq!(told(&refused).code, Code::PermissionDenied);
}

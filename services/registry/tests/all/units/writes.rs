//! Registration, changes, corrections, and what is told of them.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::{Direction, Version};
use quanheng_identity::Role;
use tonic::Code;

use super::*;

const PHONE: &str = "0871-65123456";

fn with_contact() -> wire::UnitProfile {
    wire::UnitProfile {
        contact_name: Some("王小明".into()),
        contact_phone: Some(PHONE.into()),
        ..organ("样例县档案局", "530102")
    }
}

#[tokio::test]
async fn a_unit_is_registered_and_read() {
    let world = World::open(Kind::Sqlite).await;
    let profile = wire::UnitProfile { credit_code: Some(ORGAN_CODE.into()), ..with_contact() };
    let answer = world.create(&registrar(), create("archive", profile)).await.unwrap();
    assert_eq!(answer.position, 2, "the unit and its credit code");
    let unit = answer.unit.unwrap();
    assert_eq!((unit.name.as_str(), unit.etag.as_str()), ("units/archive", "v1"));
    assert_eq!(unit.status(), wire::UnitStatus::Active);
    assert_eq!(unit.established_on, day(2020, 1, 1));
    assert!(unit.warnings.is_empty(), "{:?}", unit.warnings);
    let told = unit.profile.clone().unwrap();
    assert_eq!((told.contact_name(), told.contact_phone()), ("王小明", PHONE));
    assert_eq!(world.get(&registrar(), "archive").await.unwrap(), unit);

    // The log holds the contact sealed.
    let stream = quanheng_eventlog::StreamName::new("units/archive").unwrap();
    let records = world.house.realm.log.read_stream(stream, Version(1), Direction::Forward);
    let records: Vec<_> = futures::TryStreamExt::try_collect(records).await.unwrap();
    for record in &records {
        let text = String::from_utf8(record.bytes.to_vec()).unwrap();
        assert!(!text.contains(PHONE) && !text.contains("王小明"), "{text}");
        assert!(text.contains("s1.a."), "{text}");
    }

    // Who may not see private data sees little of it; a list shows nobody the number.
    let viewer = principal("viewer", &[Role::Viewer]);
    let told = world.get(&viewer, "archive").await.unwrap().profile.unwrap();
    assert_eq!((told.contact_name(), told.contact_phone()), ("王**", "087*-****3456"));
    let listed = world.list(&registrar(), Default::default()).await.unwrap();
    let told = listed.units[0].profile.clone().unwrap();
    assert_eq!((told.contact_name(), told.contact_phone()), ("王小明", "087*-****3456"));
}

#[tokio::test]
async fn a_trial_stores_nothing() {
    let world = World::open(Kind::Sqlite).await;
    let trial = wire::CreateUnitRequest { validate_only: true, ..create("a", with_contact()) };
    let answer = world.create(&registrar(), trial.clone()).await.unwrap();
    assert_eq!((answer.unit.unwrap().name.as_str(), answer.position), ("units/a", 0));
    assert_eq!(world.house.head().await, 0);
    let state = world.house.realm.keys.get("units/a").await.unwrap();
    assert!(matches!(state, quanheng_sealing::KeyState::Missing), "{state:?}");
    // The same request id may be used in earnest.
    let earnest = wire::CreateUnitRequest { validate_only: false, ..trial };
    world.create(&registrar(), earnest).await.unwrap();
}

#[tokio::test]
async fn a_repetition_gets_the_first_answer() {
    let world = World::open(Kind::Sqlite).await;
    let message = wire::CreateUnitRequest { unit_id: String::new(), ..create("", with_contact()) };
    let first = world.create(&registrar(), message.clone()).await.unwrap();
    let again = world.create(&registrar(), message.clone()).await.unwrap();
    assert_eq!(first, again, "also the id that the server made, and the contact");
    let other = wire::CreateUnitRequest { unit_id: "other".into(), ..message };
    let reused = world.create(&registrar(), other).await;
    assert_eq!(refusal(reused), (Code::InvalidArgument, "REQUEST_ID_REUSED".into()));

    // A refusal by a rule is kept, too: it stays even when the rule would now allow it.
    let id = first.unit.unwrap().name;
    let early = wire::UpdateUnitRequest {
        name: id.clone(),
        basis: basis(2019, 1, 1),
        ..update("", wire::UnitProfile { remarks: Some("注".into()), ..Default::default() })
    };
    let refused = refusal(world.update(&registrar(), early.clone()).await);
    assert_eq!(refused, (Code::FailedPrecondition, "BEFORE_UNIT_EXISTED".into()));
    let earlier = wire::UpdateUnitRequest {
        name: id,
        basis: None,
        correction: true,
        reason: "设立日期有误".into(),
        corrected_effective_on: day(2018, 1, 1),
        ..update("", wire::UnitProfile::default())
    };
    world.update(&registrar(), earlier).await.unwrap();
    let refused = refusal(world.update(&registrar(), early.clone()).await);
    assert_eq!(refused.1, "BEFORE_UNIT_EXISTED");
    let anew = wire::UpdateUnitRequest { request_id: request_id(), ..early };
    world.update(&registrar(), anew).await.unwrap();
}

#[tokio::test]
async fn a_unit_is_known_as_it_was_then() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("样例县档案局", "530102")).await;
    let renamed = wire::UnitProfile {
        display_name: Some("样例县档案馆".into()),
        ..wire::UnitProfile::default()
    };
    let answer = world.update(&registrar(), update("a", renamed)).await.unwrap();
    let before = answer.position - 1;
    let etag = answer.unit.unwrap().etag;
    assert_eq!(etag, "v2");
    let name = |unit: wire::Unit| unit.profile.map(|p| p.display_name().to_owned());
    let asked = |as_of, known_at| wire::GetUnitRequest {
        name: "units/a".into(),
        min_position: answer.position,
        as_of,
        known_at,
    };
    for (as_of, position, expected) in [
        (None, None, Some("样例县档案馆")),
        (day(2021, 12, 31), None, Some("样例县档案局")),
        (day(2022, 1, 1), None, Some("样例县档案馆")),
        (None, Some(before), Some("样例县档案局")),
        (day(2022, 6, 1), Some(before), Some("样例县档案局")),
        (day(2019, 1, 1), None, None),
    ] {
        let unit = world.get_as(asked(as_of, position.and_then(known_at))).await.unwrap();
        assert_eq!(name(unit.clone()).as_deref(), expected, "{as_of:?} {position:?}");
        let not_yet = expected.is_none();
        assert_eq!(unit.status() == wire::UnitStatus::NotYet, not_yet);
    }
    let unknown = world.get_as(asked(None, known_at(0))).await;
    assert_eq!(refusal(unknown), (Code::NotFound, "RESOURCE_NOT_FOUND".into()));
}

#[tokio::test]
async fn entries_are_corrected_by_name() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("样例县档案局", "530102")).await;
    let say = |text: &str| wire::UnitProfile {
        display_name: Some(text.into()),
        ..wire::UnitProfile::default()
    };
    world.update(&registrar(), update("a", say("样例县挡案馆"))).await.unwrap();
    let correct = |version, profile: Option<wire::UnitProfile>| wire::UpdateUnitRequest {
        correction: true,
        reason: "录入有误".into(),
        corrected_version: version,
        void_entry: profile.is_none(),
        basis: None,
        ..update("a", profile.unwrap_or_default())
    };
    // The last entry, unless one is named.
    world.update(&registrar(), correct(0, Some(say("样例县档案馆")))).await.unwrap();
    world.update(&registrar(), correct(1, Some(say("样例县档案科")))).await.unwrap();
    let name = async |as_of| {
        let min_position = world.house.head().await;
        let message =
            wire::GetUnitRequest { name: "units/a".into(), as_of, min_position, known_at: None };
        world.get_as(message).await.unwrap().profile.unwrap().display_name().to_owned()
    };
    assert_eq!(name(day(2021, 1, 1)).await, "样例县档案科");
    assert_eq!(name(None).await, "样例县档案馆");
    world.update(&registrar(), correct(2, None)).await.unwrap();
    assert_eq!(name(None).await, "样例县档案科");
    let again = world.update(&registrar(), correct(2, None)).await;
    assert_eq!(refusal(again), (Code::NotFound, "RESOURCE_NOT_FOUND".into()));

    let message =
        wire::ListUnitHistoryRequest { name: "units/a".into(), page_size: 2, ..Default::default() };
    let first = world.history(&registrar(), message.clone()).await.unwrap();
    let summaries = |page: &wire::ListUnitHistoryResponse| {
        page.entries.iter().map(|entry| entry.summary.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        summaries(&first),
        ["更正第 2 次登记:作废;原因:录入有误", "更正第 1 次登记:改 单位名称;原因:录入有误",]
    );
    let next = wire::ListUnitHistoryRequest {
        page_token: first.next_page_token.clone(),
        page_size: 10,
        ..message.clone()
    };
    let rest = world.history(&registrar(), next).await.unwrap();
    assert_eq!(
        summaries(&rest),
        [
            "更正第 2 次登记:改 单位名称;原因:录入有误",
            "变更登记:更名;修改 单位名称;单位名称改为 样例县挡案馆",
            "设立登记:样例县档案局",
        ]
    );
    assert_eq!(rest.next_page_token, "");
    let oldest = rest.entries.last().unwrap();
    assert_eq!(oldest.version, 1);
    assert_eq!(oldest.effective_on, day(2020, 1, 1));
    assert_eq!(oldest.r#type, "quanheng.registry.unit_registered.v1");
    assert_eq!(oldest.principal, "principals/registrar");
    assert_eq!(oldest.document_number, "云编〔2020〕1号");
    // A token is good for its caller alone.
    let stolen = wire::ListUnitHistoryRequest { page_token: first.next_page_token, ..message };
    let viewer = principal("viewer", &[Role::Viewer]);
    let refused = world.history(&viewer, stolen).await;
    assert_eq!(refusal(refused), (Code::InvalidArgument, "INVALID_FIELD".into()));
}

#[tokio::test]
async fn a_contact_is_changed_in_part() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", with_contact()).await;
    let contact = |name: Option<&str>, phone: Option<&str>| wire::UnitProfile {
        contact_name: name.map(str::to_owned),
        contact_phone: phone.map(str::to_owned),
        ..wire::UnitProfile::default()
    };
    for (given, expected) in [
        (contact(None, Some("13800000000")), Some(("王小明", "13800000000"))),
        (contact(Some("李小红"), None), Some(("李小红", "13800000000"))),
        (contact(Some(""), Some("")), None),
        (contact(None, Some(PHONE)), Some(("", PHONE))),
    ] {
        let answer = world.update(&registrar(), update("a", given.clone())).await.unwrap();
        let told = answer.unit.unwrap().profile.unwrap();
        let found =
            told.contact_phone.as_ref().map(|_| (told.contact_name(), told.contact_phone()));
        assert_eq!(found, expected, "{given:?}");
    }
}

#[tokio::test]
async fn a_credit_code_has_one_holder() {
    let world = World::open(Kind::Sqlite).await;
    let with_code = |name: &str| wire::UnitProfile {
        credit_code: Some(ORGAN_CODE.into()),
        ..organ(name, "530102")
    };
    world.unit("a", with_code("样例县档案局")).await;
    let claimed = world.create(&registrar(), create("b", with_code("样例县史志办"))).await;
    let claimed = claimed.unwrap_err();
    assert_eq!(
        (claimed.code, claimed.reason.as_str()),
        (Code::FailedPrecondition, "ALREADY_CLAIMED")
    );
    assert_eq!(claimed.metadata["holder"], "units/a");
    // Given up, it is free; and nothing else changes with it.
    let none = wire::UnitProfile { credit_code: Some(String::new()), ..Default::default() };
    let answer = world.update(&registrar(), update("a", none)).await.unwrap();
    assert_eq!(answer.unit.unwrap().profile.unwrap().credit_code(), "");
    world.unit("b", with_code("样例县史志办")).await;
    assert_eq!(world.ids(&registrar(), &format!("credit_code = {ORGAN_CODE}")).await, ["b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_with_the_same_etag_wins() {
    let world = World::open(Kind::Sqlite).await;
    let etag = world.unit("a", organ("样例县档案局", "530102")).await.etag;
    let say = |text: &str| wire::UpdateUnitRequest {
        etag: etag.clone(),
        ..update("a", wire::UnitProfile { remarks: Some(text.into()), ..Default::default() })
    };
    let registrar = registrar();
    let (one, other) =
        tokio::join!(world.update(&registrar, say("甲")), world.update(&registrar, say("乙")));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(won.unwrap().unit.unwrap().etag, "v2");
    assert_eq!(refusal(lost), (Code::Aborted, "ETAG_MISMATCH".into()));
}

#[tokio::test]
async fn persons_are_counted_where_their_slots_are() {
    use quanheng_policy::{CategoryId, PersonId, UnitId};
    use quanheng_register::id::SpellId;
    use quanheng_register::person::{Event, LeaveReason, MoveWay, SlotKind, SlotSpell};
    let world = World::open(Kind::Sqlite).await;
    for id in ["a", "b"] {
        world.unit(id, organ("样例县某局", "530102")).await;
    }
    for person in ["zhang", "wang", "li"] {
        world.registered().person(person, "a", None).await;
    }
    let append = async |person: &str, event: Event| {
        let draft = quanheng_streams::person_draft(&PersonId::new(person).unwrap(), None, &event);
        world.registered().append(draft.unwrap()).await;
    };
    let slot = |unit: &str| SlotSpell {
        unit: UnitId::new(unit).unwrap(),
        slot: SlotKind::Administrative,
        category: CategoryId::new("general_management").unwrap(),
        from: jiff::civil::date(2021, 1, 1),
        document: None,
    };
    let spell = |id: &str| SpellId::new(id).unwrap();
    let counts = async || {
        let mut counts = Vec::new();
        for id in ["a", "b"] {
            counts.push(world.get(&registrar(), id).await.unwrap().registered_headcount);
        }
        counts
    };
    assert_eq!(counts().await, [3, 0]);
    let moved =
        Event::SlotMoved { spell: spell("s2"), slot: slot("b"), way: MoveWay::LateralTransfer };
    append("zhang", moved).await;
    assert_eq!(counts().await, [2, 1]);
    let left = |on| Event::LeftService {
        reason: LeaveReason::Retirement,
        on,
        closed: Vec::new(),
        document: None,
    };
    append("zhang", left(jiff::civil::date(2022, 1, 1))).await;
    append("wang", left(jiff::civil::date(2022, 1, 1))).await;
    assert_eq!(counts().await, [1, 0]);
    let back = Event::Reinstated { reason: "有误".into(), reopened: Vec::new(), document: None };
    append("zhang", back).await;
    assert_eq!(counts().await, [1, 1]);
    // What changes the unit leaves the count.
    let remarks = wire::UnitProfile { remarks: Some("注".into()), ..Default::default() };
    world.update(&registrar(), update("a", remarks)).await.unwrap();
    assert_eq!(counts().await, [1, 1]);
}

#[tokio::test]
async fn a_jurisdiction_hides_and_bounds() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("here", organ("甲县某局", "530102")).await;
    world.unit("there", organ("乙县某局", "530103")).await;
    let clerk = within("clerk", Role::Registrar, "530102");
    assert!(world.get(&clerk, "here").await.is_ok());
    let hidden = refusal(world.get(&clerk, "there").await);
    assert_eq!(hidden, (Code::NotFound, "RESOURCE_NOT_FOUND".into()));
    assert_eq!(hidden, refusal(world.get(&clerk, "nowhere").await), "hidden is not there");
    let message = wire::ListUnitHistoryRequest { name: "units/there".into(), ..Default::default() };
    assert_eq!(refusal(world.history(&clerk, message).await), hidden);
    assert_eq!(world.ids(&clerk, "").await, ["here"]);
    let remarks = || wire::UnitProfile { remarks: Some("注".into()), ..Default::default() };
    let denied = (Code::PermissionDenied, "ACCESS_DENIED".to_owned());
    assert_eq!(refusal(world.update(&clerk, update("there", remarks())).await), denied);
    let elsewhere = create("new", organ("乙县新局", "530103"));
    assert_eq!(refusal(world.create(&clerk, elsewhere).await), denied);
    // Moving a unit needs both places.
    let away = wire::UnitProfile { division: Some("530103".into()), ..Default::default() };
    assert_eq!(refusal(world.update(&clerk, update("here", away.clone())).await), denied);
    let above = within("above", Role::Registrar, "530100");
    world.update(&above, update("here", away)).await.unwrap();
    assert_eq!(refusal(world.get(&clerk, "here").await), hidden);
    // A viewer registers nothing.
    let viewer = principal("viewer", &[Role::Viewer]);
    let new = create("new", organ("甲县新局", "530102"));
    assert_eq!(refusal(world.create(&viewer, new).await), denied);
    world.house.realm.denials.flush(&world.house.realm).await;
}

#[tokio::test]
async fn a_history_too_long_for_a_document_is_read_from_the_log() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("样例县档案局", "530102")).await;
    // Each entry is as long as it may be; together they are more than a document holds.
    for nr in 0..60 {
        let functions = format!("{nr:04}{}", "责".repeat(7_996));
        let profile = wire::UnitProfile { functions: Some(functions), ..Default::default() };
        world.update(&registrar(), update("a", profile)).await.unwrap();
    }
    let unit = world.get(&registrar(), "a").await.unwrap();
    assert_eq!(unit.etag, "v61");
    assert!(unit.profile.unwrap().functions().starts_with("0059"));
    let listed = world.list(&registrar(), Default::default()).await.unwrap();
    assert_eq!(listed.units[0].etag, "v61");
    let status = world.house.realm.projections.status().await.unwrap();
    assert_eq!(status[0].failure, None);
}

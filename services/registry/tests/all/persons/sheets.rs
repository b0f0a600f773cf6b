//! The roster as a file.

use futures::TryStreamExt as _;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;
use quanheng_sheets::{Bounds, Table, Value, persons, table};
use wire::person_event::Event;

use super::*;

on_both!(a_roster_is_exported);

impl World {
    async fn export(
        &self,
        who: &Principal,
        message: wire::ExportPersonsRequest,
    ) -> Result<Vec<u8>, Told> {
        let min_position = self.house.head().await;
        let message = wire::ExportPersonsRequest { min_position, ..message };
        let pieces = answered(self.api.export_persons(request(who, message)).await)?;
        let pieces: Vec<_> = pieces.try_collect().await.unwrap();
        Ok(pieces.into_iter().flat_map(|piece| piece.content).collect())
    }
}

fn cell(table: &Table, row: usize, key: &str) -> String {
    let place = persons::FORM.columns.iter().position(|column| column.key == key).unwrap();
    match &table.rows[row].values[place] {
        Value::Invalid(text) => text.to_string(),
        value => value.display(),
    }
}

async fn a_roster_is_exported(kind: Kind) {
    let world = World::open(kind).await;
    world.house.publish_national().await;
    world.person("p1", "u1", 1).await;
    world.person("p2", "u2", 2).await;
    world.person("p3", "u1", 3).await;
    let events = vec![
        take_rank("r1", "GM11", day(2021, 1, 1)),
        take_post("t1", "u1", day(2023, 1, 1)),
        sanction("s1"),
        event(Event::RecordAssessment(assessment(2023, "excellent")), None),
    ];
    world.record(&registrar(), "p1", events).await.unwrap();
    world.erase(&officer(), erase("p3")).await.unwrap();

    let masked = world.export(&viewer(), wire::ExportPersonsRequest::default()).await.unwrap();
    let sheet = table(&persons::FORM, &masked, &Bounds::default()).unwrap();
    assert_eq!(sheet.rows.len(), 3);
    let row = |key| cell(&sheet, 0, key);
    assert_eq!((row("name"), row("id"), row("unit_id")), ("甄**".into(), "p1".into(), "u1".into()));
    assert_eq!(row("identity_number"), format!("530102********{}", &number(1)[14..]));
    assert_eq!((row("unit_name"), row("rank")), ("测试单位u1".into(), "一级科员".into()));
    assert_eq!((row("post_level"), row("rank_batch")), ("乡科级副职".into(), "第1批".into()));
    assert_eq!((row("sanction"), row("assessment_result_1"), row("nation")), Default::default());
    assert_eq!(cell(&sheet, 1, "name"), "(已删除)");
    assert_eq!(cell(&sheet, 1, "unit_id"), "");
    assert!(world.events_of("principals/viewer/exports").await.is_empty());

    let whole = wire::ExportPersonsRequest {
        view: wire::PersonView::Full.into(),
        format: wire::SheetFormat::CsvGb18030.into(),
        filter: r#"unit = "units/u1" AND rank = "GM11""#.into(),
        ..Default::default()
    };
    let denied = world.export(&viewer(), whole.clone()).await.unwrap_err();
    assert_eq!(denied.reason, "ACCESS_DENIED");
    let content = world.export(&registrar(), whole.clone()).await.unwrap();
    let sheet = table(&persons::FORM, &content, &Bounds::default()).unwrap();
    assert_eq!(sheet.rows.len(), 1);
    let row = |key| cell(&sheet, 0, key);
    assert_eq!((row("name"), row("identity_number")), (full_name(1), number(1)));
    assert_eq!((row("sanction"), row("sanction_time")), ("警告".into(), "2023-05-06".into()));
    assert_eq!(
        (row("assessment_year_1"), row("assessment_result_1")),
        ("2023".into(), "优秀".into())
    );
    let exported = world.events_of("principals/registrar/exports").await;
    let told = String::from_utf8(exported[0].bytes.to_vec()).unwrap();
    assert!(told.contains(r#""persons":1"#) && told.contains("GM11"), "{told}");

    let there = within("wang", Role::Viewer, THERE);
    let content = world.export(&there, wire::ExportPersonsRequest::default()).await.unwrap();
    let sheet = table(&persons::FORM, &content, &Bounds::default()).unwrap();
    assert_eq!((sheet.rows.len(), cell(&sheet, 0, "id")), (1, "p2".into()));
    let wrong = wire::ExportPersonsRequest { filter: "x = 1".into(), ..Default::default() };
    assert_eq!(world.export(&viewer(), wrong).await.unwrap_err().fields, ["filter"]);
}

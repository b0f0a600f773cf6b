//! Units and posts as worksheets.

use futures::TryStreamExt as _;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;
use quanheng_sheets::units::UnitRow;
use quanheng_sheets::{Bounds, units};

use super::*;

impl World {
    async fn exported(
        &self,
        who: &Principal,
        format: wire::SheetFormat,
        filter: &str,
    ) -> Result<Vec<u8>, Told> {
        let message = wire::ExportUnitsRequest {
            format: format.into(),
            min_position: self.house.head().await,
            filter: filter.to_owned(),
        };
        let pieces = answered(self.api.export_units(request(who, message)).await)?;
        let pieces: Vec<_> = pieces.try_collect().await.map_err(|status| told(&status))?;
        Ok(pieces.into_iter().flat_map(|piece| piece.content).collect())
    }
}

fn read(bytes: &[u8]) -> Vec<UnitRow> {
    let import = units::read(bytes, &Bounds::default(), |_| None).unwrap();
    import.rows.into_iter().map(|row| row.row).collect()
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let world = World::open(Kind::Sqlite).await;
    world
        .unit(
            "top",
            wire::UnitProfile {
                contact_name: Some("王小明".into()),
                contact_phone: Some("0871-65123456".into()),
                ..organ("县委办", "530102")
            },
        )
        .await;
    world
        .unit(
            "c",
            wire::UnitProfile {
                parent: Some("units/top".into()),
                credit_code: Some("12530102015100002J".into()),
                remarks: Some("=1+1".into()),
                ..referenced("档案中心", "530102")
            },
        )
        .await;
    world.unit("other", organ("他县局", "530103")).await;
    for format in
        [wire::SheetFormat::Xlsx, wire::SheetFormat::CsvUtf8, wire::SheetFormat::CsvGb18030]
    {
        let bytes = world.exported(&registrar(), format, "division = 530102").await.unwrap();
        let rows = read(&bytes);
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["档案中心", "县委办"], "{format:?}");
        let center = &rows[0];
        assert_eq!(center.supervisor.as_deref(), Some("县委办"));
        assert_eq!(center.parent_id.as_ref().unwrap().as_str(), "top");
        assert_eq!(center.referenced_slots, Some(10));
        assert_eq!(center.note.as_deref(), Some("=1+1"));
        assert_eq!(center.approval_number.as_ref().unwrap().to_string(), "云组参〔2008〕7号");
        assert_eq!(rows[1].phone.as_deref(), Some("0871-65123456"));
        assert_eq!(rows[1].contact.as_deref(), Some("王小明"));
    }
    // Who may not see private data gets a sheet without it; a jurisdiction bounds the sheet.
    let viewer = within("viewer", Role::Viewer, "530102");
    let bytes = world.exported(&viewer, wire::SheetFormat::CsvUtf8, "").await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("县委办"), "{text}");
    assert!(!text.contains("65123456") && !text.contains("王小明"), "{text}");
    assert!(!text.contains("他县局"), "{text}");
    let refused = world.exported(&viewer, wire::SheetFormat::Xlsx, "colour = red").await;
    assert_eq!(refusal(refused), (tonic::Code::InvalidArgument, "INVALID_FIELD".into()));
}

#[tokio::test]
async fn a_long_sheet_comes_in_pieces() {
    const UNITS: usize = 1_203;
    let world = World::open(Kind::Sqlite).await;
    for nr in 0..UNITS {
        world.registered().unit(&format!("u{nr:04}"), "530102", 20, None).await;
    }
    for format in [wire::SheetFormat::CsvUtf8, wire::SheetFormat::Xlsx] {
        let bytes = world.exported(&registrar(), format, "").await.unwrap();
        let mut ids: Vec<_> =
            read(&bytes).into_iter().map(|row| row.id.unwrap().to_string()).collect();
        assert_eq!(ids.len(), UNITS, "{format:?}");
        ids.dedup();
        assert_eq!(ids.len(), UNITS, "{format:?}");
    }
}

#[tokio::test]
async fn posts_are_exported() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("甲局", "530102")).await;
    let message = wire::CreatePostRequest {
        parent: "units/a".into(),
        post_id: "clerk".into(),
        post: Some(wire::Post {
            title: "科员".into(),
            category: "general_management".into(),
            authorised: 3,
            ..Default::default()
        }),
        basis: basis(2021, 1, 1),
        request_id: request_id(),
        validate_only: false,
    };
    answered(world.api.create_post(request(&registrar(), message)).await).unwrap();
    let message = wire::ExportPostsRequest {
        format: wire::SheetFormat::CsvUtf8.into(),
        min_position: world.house.head().await,
        filter: String::new(),
    };
    let pieces = answered(world.api.export_posts(request(&registrar(), message)).await).unwrap();
    let pieces: Vec<_> = pieces.try_collect().await.unwrap();
    let bytes: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.content).collect();
    let text = String::from_utf8(bytes).unwrap();
    let row = text.lines().find(|line| line.contains("科员")).unwrap();
    for value in ["a", "general_management", "3", "2021-01-01", "clerk", "否"] {
        assert!(row.split(',').any(|cell| cell == value), "{value} in {row}");
    }
}

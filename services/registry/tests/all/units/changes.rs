//! Changes over several units.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;
use tonic::Code;
use wire::UnitChangeKind as Change;

use super::*;

const INSTITUTION_CODE: &str = "12530102015100002J";

fn with_code(profile: wire::UnitProfile, code: &str) -> wire::UnitProfile {
    wire::UnitProfile { credit_code: Some(code.to_owned()), ..profile }
}

#[tokio::test]
async fn two_units_become_one_that_takes_a_code_over() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", with_code(referenced("甲中心", "530102"), INSTITUTION_CODE)).await;
    world.unit("b", referenced("乙中心", "530102")).await;
    let merged = with_code(referenced("甲乙中心", "530102"), INSTITUTION_CODE);
    let merged = wire::UnitProfile { contact_phone: Some("0871-65123456".into()), ..merged };
    let message = wire::ChangeUnitsRequest {
        note: "县编委会议研究同意".into(),
        ..change(Change::Merge, &["a", "b"], vec![successor("c", Some(merged))])
    };
    let trial = wire::ChangeUnitsRequest { validate_only: true, ..message.clone() };
    let before = world.house.head().await;
    let tried = world.change(&registrar(), trial).await.unwrap();
    assert_eq!((tried.units.len(), world.house.head().await), (3, before));

    let answer = world.change(&registrar(), message.clone()).await.unwrap();
    let told: Vec<_> =
        answer.units.iter().map(|unit| (unit.name.as_str(), unit.status())).collect();
    let (active, gone) = (wire::UnitStatus::Active, wire::UnitStatus::Abolished);
    assert_eq!(told, [("units/c", active), ("units/a", gone), ("units/b", gone)]);
    // Three units, and the code is given up and taken: one commit.
    assert_eq!(answer.position, before + 5);
    let c = world.get(&registrar(), "c").await.unwrap();
    assert_eq!(c.predecessors, ["units/a", "units/b"]);
    assert_eq!(c.lineage.len(), 1);
    assert_eq!(c.lineage[0].kinds().collect::<Vec<_>>(), [Change::Merge]);
    assert_eq!(c.profile.unwrap().contact_phone(), "0871-65123456");
    let a = world.get(&registrar(), "a").await.unwrap();
    assert_eq!((a.successors, a.abolished_on), (vec!["units/c".to_owned()], day(2023, 1, 1)));
    assert_eq!(Change::try_from(a.abolished_by), Ok(Change::Merge));
    let lists = async |filter: &str| world.ids(&registrar(), filter).await;
    assert_eq!(lists("status = UNIT_STATUS_ACTIVE").await, ["c"]);
    assert_eq!(lists("status = UNIT_STATUS_ABOLISHED").await, ["a", "b"]);
    // The code is c's now.
    let other = with_code(organ("丙局", "530102"), INSTITUTION_CODE);
    let claimed = world.create(&registrar(), create("d", other)).await.unwrap_err();
    assert_eq!(claimed.metadata["holder"], "units/c");
    // Again: the first answer.
    assert_eq!(world.change(&registrar(), message).await.unwrap(), answer);
    let message = wire::ListUnitHistoryRequest { name: "units/a".into(), ..Default::default() };
    let history = world.history(&registrar(), message).await.unwrap();
    assert_eq!(
        history.entries[0].summary,
        "撤销登记:合并,承接单位 units/c;说明:县编委会议研究同意"
    );

    // The merger of a was entered by mistake: it needs its code back, which c has.
    let void = wire::UpdateUnitRequest {
        correction: true,
        reason: "误录".into(),
        void_entry: true,
        basis: None,
        ..update("a", wire::UnitProfile::default())
    };
    assert_eq!(refusal(world.update(&registrar(), void).await).1, "ALREADY_CLAIMED");
}

#[tokio::test]
async fn every_kind_of_change_is_made() {
    let world = World::open(Kind::Sqlite).await;
    let slots = |administrative| wire::UnitProfile {
        establishment: Some(wire::Establishment { administrative, ..Default::default() }),
        ..wire::UnitProfile::default()
    };
    let set = wire::UnitProfile::default;
    world.unit("top", organ("上级局", "530102")).await;
    let cases: Vec<(Change, wire::UnitProfile, &[&str], Vec<wire::Successor>)> = vec![
        (Change::Abolish, organ("撤", "530102"), &["u"], vec![]),
        (
            Change::Split,
            organ("分", "530102"),
            &["u"],
            vec![successor("u", Some(slots(12))), successor("v", Some(organ("分出", "530102")))],
        ),
        (
            Change::Transfer,
            organ("转", "530102"),
            &["u"],
            vec![successor(
                "u",
                Some(wire::UnitProfile { parent: Some("units/top".into()), ..set() }),
            )],
        ),
        (
            Change::Rename,
            organ("旧名", "530102"),
            &["u"],
            vec![successor(
                "u",
                Some(wire::UnitProfile { display_name: Some("新名".into()), ..set() }),
            )],
        ),
        (
            Change::Upgrade,
            organ("升", "530102"),
            &["u"],
            vec![successor(
                "u",
                Some(wire::UnitProfile {
                    grade: Some(wire::UnitGrade::ViceDivision.into()),
                    ..set()
                }),
            )],
        ),
        (
            Change::Downgrade,
            organ("降", "530102"),
            &["u"],
            vec![successor(
                "u",
                Some(wire::UnitProfile {
                    grade: Some(wire::UnitGrade::ViceSection.into()),
                    ..set()
                }),
            )],
        ),
        (Change::Headcount, organ("增", "530102"), &["u"], vec![successor("u", Some(slots(30)))]),
        (Change::Headcount, organ("减", "530102"), &["u"], vec![successor("u", Some(slots(10)))]),
        (
            Change::Function,
            organ("职", "530102"),
            &["u"],
            vec![successor(
                "u",
                Some(wire::UnitProfile { functions: Some("档案".into()), ..set() }),
            )],
        ),
        (
            Change::ConvertToOrgan,
            referenced("参", "530102"),
            &["u"],
            vec![successor(
                "u",
                Some(wire::UnitProfile {
                    kind: Some(wire::UnitKind::Organ.into()),
                    nature: Some(wire::UnitNature::Organ.into()),
                    reference: Some(wire::ReferenceApproval::default()),
                    establishment: slots(10).establishment,
                    ..set()
                }),
            )],
        ),
    ];
    for (index, (kind, profile, from, to)) in cases.into_iter().enumerate() {
        let named =
            |id: &str| if id == "u" || id == "v" { format!("{id}{index}") } else { id.into() };
        world.unit(&named("u"), profile).await;
        let from: Vec<_> = from.iter().map(|id| named(id)).collect();
        let from: Vec<_> = from.iter().map(String::as_str).collect();
        let to = to.into_iter().map(|to| {
            let id = named(to.unit.trim_start_matches("units/"));
            successor(&id, to.profile)
        });
        let answer = world.change(&registrar(), change(kind, &from, to.collect())).await;
        let units = answer.unwrap_or_else(|told| panic!("{kind:?}: {told:?}")).units;
        let wanted = units.iter().find(|unit| unit.name == format!("units/u{index}")).unwrap();
        let min_position = world.house.head().await;
        let message = wire::ListUnitHistoryRequest {
            name: wanted.name.clone(),
            min_position,
            ..Default::default()
        };
        let history = world.history(&registrar(), message).await.unwrap();
        assert_eq!(history.entries.len(), 2, "{kind:?}");
    }
}

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let world = World::open(Kind::Sqlite).await;
    world.unit("a", organ("甲局", "530102")).await;
    world.unit("b", referenced("乙中心", "530102")).await;
    world.unit("far", organ("远局", "530103")).await;
    let head = world.house.head().await;
    let new = |name: &str| Some(organ(name, "530102"));
    let rule = Code::FailedPrecondition;
    let cases = [
        (change(Change::Unspecified, &["a"], vec![]), Code::InvalidArgument, "INVALID_FIELD"),
        (change(Change::Abolish, &[], vec![]), Code::InvalidArgument, "INVALID_FIELD"),
        (change(Change::Abolish, &["a", "a"], vec![]), Code::InvalidArgument, "INVALID_FIELD"),
        (change(Change::Abolish, &["nobody"], vec![]), Code::NotFound, "RESOURCE_NOT_FOUND"),
        (change(Change::Merge, &["a", "b"], vec![]), rule, "SUCCESSOR_MISSING"),
        (
            change(Change::Merge, &["a", "b"], vec![successor("c", new("丙"))]),
            rule,
            "CHANGE_MISMATCH",
        ),
        (
            change(Change::Split, &["a"], vec![successor("c", new("丙")), successor("d", None)]),
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
        (
            change(
                Change::Integrate,
                &["a", "b"],
                vec![successor("c", Some(organ("丙", "530103")))],
            ),
            Code::PermissionDenied,
            "ACCESS_DENIED",
        ),
        (change(Change::Abolish, &["far"], vec![]), Code::PermissionDenied, "ACCESS_DENIED"),
    ];
    let clerk = within("clerk", Role::Registrar, "530102");
    for (index, (message, code, reason)) in cases.into_iter().enumerate() {
        let refused = refusal(world.change(&clerk, message).await);
        assert_eq!(refused, (code, reason.to_owned()), "case {index}");
    }
    let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = world.change(&clerk, change(Change::Abolish, &many, vec![])).await;
    assert_eq!(refusal(refused), (Code::ResourceExhausted, "CHANGE_PREDECESSORS_MAX".into()));
    assert_eq!(world.house.head().await, head);
}

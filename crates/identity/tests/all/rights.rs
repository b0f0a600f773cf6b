//! Every role and every action, written out.

use std::collections::BTreeSet;

use quanheng_identity::{Action, Authenticator as _, LocalOnly, Principal, Role};
use quanheng_policy::codes::DivisionCode;

/// The columns of the table below.
const ROLES: [Role; 9] = [
    Role::Viewer,
    Role::Registrar,
    Role::QuotaManager,
    Role::UnitClerk,
    Role::PolicyPublisher,
    Role::Auditor,
    Role::Operator,
    Role::PrivacyOfficer,
    Role::System,
];

/// `x` may, `.` may not.
#[rustfmt::skip]
const MATRIX: [(Action, &str); 30] = [
    //                            查阅 登记 职数 经办 政策 审计 运维 个人 系统
    (Action::UnitsRead,          "x x x x x x . x x"),
    (Action::UnitsWrite,         ". x . . . . . . ."),
    (Action::PostsWrite,         ". x . . . . . . ."),
    (Action::PersonsRead,        "x x x x . x . x x"),
    (Action::PersonsReadPrivate, ". x x x . . . x ."),
    (Action::PersonsWrite,       ". x . . . . . . ."),
    (Action::PersonsErase,       ". . . . . . . x ."),
    (Action::QuotaRead,          "x x x x x x . . x"),
    (Action::QuotaRequest,       ". . . x . . . . ."),
    (Action::QuotaDetermine,     ". . x . . . . . ."),
    (Action::QuotaDecide,        ". . x . . . . . x"),
    (Action::EligibilityCheck,   "x x x x x x . . ."),
    (Action::PromotionRead,      "x x x x x x . . x"),
    (Action::PromotionRequest,   ". . . x . . . . ."),
    (Action::PromotionManage,    ". . x . . . . . x"),
    (Action::RecertificationRead, "x x x x x x . . x"),
    (Action::RecertificationRequest, ". . . x . . . . ."),
    (Action::RecertificationManage, ". . x . . . . . x"),
    (Action::TasksRead,          "x x x x . x . . x"),
    (Action::TasksAct,           "x x x x . . . . x"),
    (Action::OfficesRead,        "x x x x x x . . x"),
    (Action::OfficesWrite,       ". x . . . . . . ."),
    (Action::PolicyRead,         "x x x x x x x x x"),
    (Action::PolicyPublish,      ". . . . x . . . ."),
    (Action::AttachmentsRead,    ". x x x x x . x ."),
    (Action::AttachmentsWrite,   ". x x x x . . . ."),
    (Action::ProjectionsRead,    "x x x x x x x x x"),
    (Action::ProjectionsWatch,   "x x x x x x . . x"),
    (Action::OperationsRead,     ". x x x x x x x x"),
    (Action::Backup,             ". . . . . . x . ."),
];

fn with(roles: impl IntoIterator<Item = Role>) -> Principal {
    Principal { roles: roles.into_iter().collect(), ..Principal::system("default") }
}

#[test]
fn every_role_and_every_action() {
    let listed: BTreeSet<Action> = MATRIX.iter().map(|(action, _)| *action).collect();
    assert_eq!(listed, BTreeSet::from(Action::ALL));
    assert_eq!(listed.len(), MATRIX.len());
    assert_eq!(ROLES, Role::ALL);
    for (action, cells) in MATRIX {
        let cells: Vec<&str> = cells.split(' ').collect();
        assert_eq!(cells.len(), ROLES.len());
        for (role, cell) in ROLES.into_iter().zip(cells) {
            assert_eq!(with([role]).may(action), cell == "x", "{role} {action:?}");
        }
        assert!(!with([]).may(action), "nobody's roles {action:?}");
        assert!(with(ROLES).may(action), "all roles {action:?}");
    }
}

#[test]
fn roles_add_up() {
    for (action, _) in MATRIX {
        for one in ROLES {
            for other in ROLES {
                let either = with([one]).may(action) || with([other]).may(action);
                assert_eq!(with([one, other]).may(action), either, "{one} {other} {action:?}");
            }
        }
    }
}

#[test]
fn rights_that_never_meet_in_one_role() {
    for role in ROLES {
        let one = with([role]);
        assert!(!(one.may(Action::QuotaRequest) && one.may(Action::QuotaDecide)), "{role}");
        assert!(!(one.may(Action::Backup) && one.may(Action::PersonsRead)), "{role}");
        assert!(!(one.may(Action::PersonsErase) && one.may(Action::PersonsWrite)), "{role}");
    }
}

#[test]
fn roles_have_one_name() {
    for role in ROLES {
        assert_eq!(Role::parse(role.as_str()), Some(role));
        assert_eq!(role.to_string(), role.as_str());
        let own = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(role.as_str());
        assert_eq!(<Role as serde::Deserialize>::deserialize(own), Ok(role));
    }
    let labels: BTreeSet<&str> = ROLES.into_iter().map(Role::label).collect();
    assert_eq!(labels.len(), ROLES.len());
    for name in ["", "Viewer", "admin", "查阅"] {
        assert_eq!(Role::parse(name), None, "{name}");
    }
}

#[test]
fn jurisdictions_contain_what_lies_in_them() {
    let cases = [
        ("000000", "110101", true),
        ("000000", "000000", true),
        ("110000", "110000", true),
        ("110000", "110101001", true),
        ("110000", "120000", false),
        ("110000", "000000", false),
        ("130100", "130000", false),
        ("130100", "130102", true),
        ("130100", "130200", false),
        ("130102", "130102003", true),
        ("130102003", "130102", false),
        ("130102003", "130102004", false),
    ];
    for (jurisdiction, division, within) in cases {
        let jurisdiction = DivisionCode::parse(jurisdiction).unwrap();
        let principal = Principal { jurisdiction, ..Principal::system("default") };
        let asked = DivisionCode::parse(division).unwrap();
        assert_eq!(principal.within(&asked), within, "{} {division}", principal.jurisdiction);
    }
}

#[test]
fn the_principals_that_need_no_token() {
    let system = Principal::system("hebei");
    assert_eq!((system.name().as_str(), system.realm.as_str()), ("principals/system", "hebei"));
    assert_eq!(system.roles, BTreeSet::from([Role::System]));
    let everybody = LocalOnly::default();
    for shown in [None, Some("Bearer anything")] {
        let local = everybody.authenticate(shown).unwrap();
        assert_eq!(local.name(), "principals/local");
        assert_eq!(local.roles, BTreeSet::from(ROLES));
        assert_eq!((local.jurisdiction.as_str(), local.realm.as_str()), ("000000", "default"));
        assert_eq!((&local.unit, &local.person), (&None, &None));
    }
}

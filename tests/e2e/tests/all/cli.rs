//! The command line against a server: what people read, what programs read, and how it ends.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use quanheng_e2e::{Program, Ran, Server, Setup, Who, request_id, staff};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_sheets::persons::{
    EstablishmentKind, NamedRank, PersonRow, RankReason, RankSpell, RankState,
};
use quanheng_sheets::units::UnitRow;
use quanheng_sheets::{Bounds, Value, persons, sample, units, xlsx};
use serde_json::Value as Json;

const BASIS: [&str; 4] = ["--document", "鄂组通〔2026〕7号", "--effective-on", "2026-03-02"];

/// What people run.
async fn run(server: &Server, who: Who, args: &[&str]) -> String {
    server.program(who, args).run().await.ok()
}

/// What programs run.
async fn json(server: &Server, who: Who, args: &[&str]) -> Json {
    server.program(who, args).args(["--output", "json"]).run().await.json()
}

/// What programs read of a registrar's run that was refused.
async fn json_of(server: &Server, args: &[&str]) -> Json {
    let ran = server.program(Who::Registrar, args).args(["--output", "json"]).run().await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    serde_json::from_str(&ran.out).unwrap()
}

/// A change, by a document.
async fn change(server: &Server, who: Who, args: &[&str]) -> Json {
    json(server, who, &[args, &BASIS].concat()).await
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "it does not say {word}:\n{text}");
    }
}

const UNIT: [&str; 18] = [
    "--display-name",
    "示例区甲局",
    "--division",
    "420106",
    "--tier",
    "county",
    "--grade",
    "section",
    "--kind",
    "organ",
    "--nature",
    "organ",
    "--administrative",
    "60",
    "--document",
    "鄂编发〔2019〕3号",
    "--effective-on",
    "2019-06-01",
];

async fn create_unit(server: &Server, id: &str) -> Json {
    let args = [&["unit", "create", "--id", id][..], &UNIT].concat();
    json(server, Who::Registrar, &args).await
}

fn position(answer: &Json) -> String {
    answer["position"].as_str().expect("a position").to_owned()
}

fn division() -> DivisionCode {
    DivisionCode::parse("420106").unwrap()
}

/// Units as a worksheet has them: made-up ones under one parent.
fn unit_rows(seeds: std::ops::Range<u64>) -> Vec<UnitRow> {
    seeds.map(|seed| sample::unit(seed, &division())).collect()
}

/// Persons of a unit as a worksheet has them, each in a rank.
fn person_rows(unit: &str, ranks: &[&str]) -> Vec<PersonRow> {
    let row = |(index, name): (usize, &&str)| {
        let (category, rank) = sample::general_rank(name).unwrap();
        let since = Some(Date::constant(2024, 7, 1));
        let spell = RankSpell {
            rank: Some(NamedRank { name: (*name).to_owned(), category, rank }),
            since,
            reason: Some(RankReason::Promotion),
            approved_on: since,
            state: Some(RankState::Held),
            ..RankSpell::default()
        };
        PersonRow {
            unit_name: None,
            establishment: Some(EstablishmentKind::Administrative),
            post: None,
            conversion: None,
            spell: Some(spell),
            unit_id: UnitId::new(unit).ok(),
            id: PersonId::new(format!("p-{}", index + 1)).ok(),
            ..sample::person(500 + index as u64, &division())
        }
    };
    ranks.iter().enumerate().map(row).collect()
}

fn unit_sheet(folder: &Path, rows: &[UnitRow]) -> PathBuf {
    let values: Vec<_> = rows.iter().map(UnitRow::values).collect();
    let file = folder.join("units.xlsx");
    std::fs::write(&file, xlsx(&units::FORM, values.iter().map(Vec::as_slice)).unwrap()).unwrap();
    file
}

fn person_sheet(folder: &Path, rows: &[PersonRow]) -> PathBuf {
    let values: Vec<_> = rows.iter().map(PersonRow::values).collect();
    let file = folder.join("persons.xlsx");
    std::fs::write(&file, xlsx(&persons::FORM, values.iter().map(Vec::as_slice)).unwrap()).unwrap();
    file
}

#[tokio::test]
async fn units_are_registered_listed_and_changed() {
    let server = Server::start(Setup::default()).await;
    let created = create_unit(&server, "u-1").await;
    assert_eq!(created["unit"]["profile"]["display_name"], "示例区甲局");
    let made = position(&created);
    let shown = run(&server, Who::Viewer, &["unit", "show", "u-1", "--min-position", &made]).await;
    says(&shown, &["单位名称", "示例区甲局", "420106", "县级", "正科级", "机关", "存续", "60"]);
    let listed = run(&server, Who::Viewer, &["unit", "list"]).await;
    says(&listed, &["资源", "单位名称", "政区", "层级", "规格", "类型", "状态", "units/u-1"]);

    let renamed = ["unit", "update", "units/u-1", "--display-name", "示例区乙局"];
    let updated = change(&server, Who::Registrar, &renamed).await;
    let at = position(&updated);
    let shown = json(&server, Who::Viewer, &["unit", "show", "u-1", "--min-position", &at]).await;
    assert_eq!(shown["unit"]["profile"]["display_name"], "示例区乙局");
    for when in [["--as-of", "2025-01-01"], ["--known-at", &made]] {
        let args = [&["unit", "show", "u-1"][..], &when].concat();
        let past = json(&server, Who::Viewer, &args).await;
        assert_eq!(past["unit"]["profile"]["display_name"], "示例区甲局", "{when:?}");
    }
    let history = ["unit", "history", "u-1", "--min-position", &at];
    let history = run(&server, Who::Viewer, &history).await;
    says(&history, &["版本", "内容", "文号", "经办", "鄂组通〔2026〕7号", "principals/registrar"]);

    let mut at = at;
    for id in ["u-2", "u-3", "u-4"] {
        at = position(&create_unit(&server, id).await);
    }
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let page = ["unit", "list", "--limit", "3", "--page-token", &token, "--min-position", &at];
        let page = json(&server, Who::Viewer, &page).await;
        let units = page["units"].as_array().unwrap().iter();
        names.extend(units.map(|unit| unit["name"].as_str().unwrap().to_owned()));
        match page["next_page_token"].as_str() {
            Some(next) if !next.is_empty() => token = next.to_owned(),
            _ => break,
        }
    }
    names.sort_unstable();
    assert_eq!(names, ["units/u-1", "units/u-2", "units/u-3", "units/u-4"]);
    let only = ["unit", "list", "--all", "--filter", "name = \"示例区乙局\""];
    assert_eq!(json(&server, Who::Viewer, &only).await["units"].as_array().unwrap().len(), 1);

    let abolish = ["unit", "change", "--kind", "abolish", "--from", "u-4"];
    let changed = change(&server, Who::Registrar, &abolish).await;
    let at = position(&changed);
    let gone = run(&server, Who::Viewer, &["unit", "show", "u-4", "--min-position", &at]).await;
    says(&gone, &["已撤销"]);
}

#[tokio::test]
async fn sheets_go_in_and_come_out() {
    let server = Server::start(Setup::default()).await;
    let sheet = unit_sheet(server.folder(), &unit_rows(0..4));
    let sheet = sheet.to_str().unwrap();
    let established = ["--document", "鄂编发〔2019〕3号", "--effective-on", "2019-06-01"];
    let import = [&["unit", "import", sheet][..], &established].concat();
    let tried = [&import[..], &["--validate-only"]].concat();
    json(&server, Who::Registrar, &tried).await;
    let none = json(&server, Who::Viewer, &["unit", "list"]).await;
    assert_eq!(none["units"].as_array().map_or(0, Vec::len), 0);
    let done = run(&server, Who::Registrar, &import).await;
    says(&done, &["operations/", "完成", "units.import"]);

    // Not waited for, and waited for afterwards.
    let rows = person_rows("sample-1", &["一级主任科员", "三级主任科员", "一级科员"]);
    let sheet = person_sheet(server.folder(), &rows);
    let import = ["person", "import", sheet.to_str().unwrap(), "--no-wait"];
    let begun = change(&server, Who::Registrar, &import).await;
    let operation = begun["operation"]["name"].as_str().unwrap();
    let ended = json(&server, Who::Operator, &["operation", "wait", operation]).await;
    let ended = &ended["operation"];
    assert_eq!((&ended["state"], &ended["items_done"]), (&"STATE_DONE".into(), &"3".into()));
    let listed = run(&server, Who::Operator, &["operation", "list"]).await;
    says(&listed, &["种类", "状态", "已办", "persons.import", "units.import", "完成"]);
    let shown = json(&server, Who::Operator, &["operation", "show", operation]).await;
    assert_eq!(shown["operation"]["state"], "STATE_DONE");

    let at = ended["position"].as_str().unwrap();
    let listed = run(&server, Who::Viewer, &["person", "list", "--min-position", at]).await;
    says(&listed, &["姓名", "编制", "职级", "任职级起", "persons/p-1", "GM07", "GM09", "GM11"]);
    let (name, number) = (&rows[0].identity.name, rows[0].identity.number.reveal());
    assert!(!listed.contains(name.as_str()) && !listed.contains(number), "{listed}");
    let find = ["person", "find", "--identity-number-stdin", "--output", "json"];
    let find = server.program(Who::Registrar, &find).input(format!("{number}\n"));
    assert_eq!(find.run().await.json()["persons"][0]["name"], "persons/p-1");

    for (file, starts) in [("units.csv", &b"\xef\xbb\xbf"[..]), ("out.xlsx", b"PK\x03\x04")] {
        let to = server.folder().join(file);
        let export = ["unit", "export", "--to", to.to_str().unwrap(), "--min-position", at];
        run(&server, Who::Viewer, &export).await;
        let bytes = std::fs::read(&to).unwrap();
        assert!(bytes.starts_with(starts), "{file}");
    }
    let csv = std::fs::read_to_string(server.folder().join("units.csv")).unwrap();
    says(&csv, &["单位名称", "sample-0", "sample-3"]);
    let full = ["person", "export", "--full", "--format", "csv", "--to", "-"];
    let exported = run(&server, Who::Registrar, &full).await;
    says(&exported, &["姓名", name, number, "p-3"]);
    let masked = ["person", "export", "--format", "csv", "--to", "-"];
    assert!(!run(&server, Who::Viewer, &masked).await.contains(number));
    assert_eq!(server.program(Who::Viewer, &full).run().await.code, Some(4));

    for file in ["log.sqlite", "log.sqlite-wal", "views.sqlite", "views.sqlite-wal"] {
        let bytes = std::fs::read(server.data().join(file)).unwrap();
        for secret in [name.as_str(), number] {
            let told = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!told, "{file} holds {secret}");
        }
    }

    // A sheet with a fault is told of cell by cell, and nothing of it is taken.
    let mut rows = person_rows("sample-1", &["一级主任科员", "四级主任科员"]);
    rows[1].id = PersonId::new("p-7").ok();
    rows[1].unit_id = UnitId::new("no-such-unit").ok();
    let sheet = person_sheet(server.folder(), &rows[1..]);
    let import = [&["person", "import", sheet.to_str().unwrap()][..], &BASIS].concat();
    let refused = server.program(Who::Registrar, &import).run().await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    says(&refused.err, &["SHEET_REFUSED"]);
    says(&refused.out, &["栏目", "说明", "表格问题", "attachments/"]);
    let tried = server.program(Who::Registrar, &import).arg("--validate-only").run().await;
    says(&tried.failed(1), &["SHEET_REFUSED"]);
    // The copy that says where is kept for good: it says it of nobody by name.
    let refused = json_of(&server, &import).await;
    let copy = server.folder().join("marked.xlsx");
    let marked = refused["operation"]["marked_copy"].as_str().unwrap();
    let download = ["attachment", "download", marked, "--to", copy.to_str().unwrap()];
    run(&server, Who::Manager, &download).await;
    let copy = std::fs::read(copy).unwrap();
    let copy = quanheng_sheets::table(&persons::FORM, &copy, &Bounds::default()).unwrap();
    let cells: Vec<_> = copy.rows[0].values.iter().map(Value::display).collect();
    let identity = &rows[1].identity;
    assert!(cells.iter().any(|cell| cell == "no-such-unit"), "{cells:?}");
    for secret in [identity.name.as_str(), identity.number.reveal()] {
        assert!(cells.iter().all(|cell| !cell.contains(secret)), "{cells:?}");
    }
    assert_eq!(server.program(Who::Viewer, &["person", "show", "p-7"]).run().await.code, Some(3));
}

/// The people who decide what `u-1` asks for, in their offices.
async fn staffed(server: &Server) {
    create_unit(server, "dept").await;
    let client = server.client(Who::Everything).await;
    for (who, unit) in [
        (Who::Everything, "units/u-1"),
        (Who::Secretary, "units/u-1"),
        (Who::Reviewer, "units/dept"),
        (Who::Head, "units/dept"),
    ] {
        staff::register(&client, who, unit, &division()).await.unwrap();
    }
    let named = ["office", "authority", "420106", "--unit", "dept"];
    let named = json(server, Who::Registrar, &named).await;
    assert_eq!(named["authority"]["unit"], "units/dept");
    let mut at = String::new();
    for (unit, role, person) in [
        ("u-1", staff::SECRETARY, "staff-secretary"),
        ("dept", staff::REVIEWER, "staff-reviewer"),
        ("dept", staff::HEAD, "staff-head"),
    ] {
        let set = ["office", "set", "--unit", unit, "--role", role, "--person", person];
        at = position(&json(server, Who::Registrar, &set).await);
    }
    let offices = ["office", "list", "--min-position", &at];
    let offices = run(server, Who::Viewer, &offices).await;
    says(&offices, &["单位", "岗位", "人员", "quota_reviewer", "persons/staff-head", "420106"]);
    let shown = run(server, Who::Viewer, &["office", "authority", "420106"]).await;
    says(&shown, &["units/dept", "420106"]);
}

/// Takes a pre-review through its tasks, each by its own people.
async fn decided_on_tasks(server: &Server, account: &str) {
    let case = format!("pre_review.{account}.h-1");
    let task = |nr: u32| format!("{case}.{nr}");
    let (meeting, review, approval) = (task(2), task(3), task(4));
    let shown = run(server, Who::Secretary, &["task", "list"]).await;
    says(&shown, &["任务", "步骤", "状态", "待办", "申报单位党委", &meeting]);
    let other = server.program(Who::Everything, &["task", "claim", &meeting]).run().await;
    says(&other.failed(4), &["ACCESS_DENIED", "不是办理人"]);
    let met = ["task", "meeting", &meeting, "--in-favour", "3", "--minutes", "纪要〔2026〕3号"];
    let members = ["staff-secretary", "member-1", "member-2"];
    let members = members.into_iter().flat_map(|member| ["--due", member]);
    let met: Vec<&str> = met.into_iter().chain(members).collect();
    let met = json(server, Who::Secretary, &met).await;
    assert_eq!(met["task"]["state"], "TASK_STATE_DECIDED");
    let at = position(&met);
    let todo = json(server, Who::Reviewer, &["task", "list", "--min-position", &at]).await;
    assert_eq!(todo["tasks"][0]["name"], format!("approvalTasks/{review}"), "{todo}");
    let targets = run(server, Who::Reviewer, &["task", "return", &review]).await;
    says(&targets, &["apply", "填报职级职数使用审批表"]);
    // One who is away lets another act.
    let away = ["substitution", "create", "staff-head", "--to", "2099-12-31", "--reason", "出差"];
    let away = json(server, Who::Reviewer, &[&away[..], &["--id", "s-1"]].concat()).await;
    let at = position(&away);
    let todo = run(server, Who::Head, &["task", "list", "--min-position", &at]).await;
    says(&todo, &["代办", "persons/staff-reviewer", &review]);
    let listed = run(server, Who::Head, &["substitution", "list"]).await;
    says(&listed, &["被代办人", "persons/staff-reviewer", "出差"]);
    let ended = ["substitution", "delete", "staff-reviewer/s-1"];
    json(server, Who::Reviewer, &ended).await;
    let batch = ["task", "batch", &review, "--verdict", "approve", "--opinion", "同意"];
    let batch = run(server, Who::Reviewer, &batch).await;
    says(&batch, &["任务", "状态", "已办", &review]);
    let approve = ["task", "approve", &approval, "--opinion", "同意"];
    // What is important is decided in a meeting.
    let plain = server.program(Who::Head, &approve).args(BASIS).run().await.failed(1);
    says(&plain, &["COLLECTIVE_DECISION_REQUIRED", "规则"]);
    let approve = [&approve[..], &["--minutes", "纪要〔2026〕9号"]].concat();
    let approved = change(server, Who::Head, &approve).await;
    let at = position(&approved);
    let shown = run(server, Who::Everything, &["case", "show", &case, "--min-position", &at]).await;
    says(&shown, &["步骤", "内容", "公务员主管部门批准", "同意", "persons/staff-head", "办结"]);
    let done = run(server, Who::Head, &["task", "list", "--view", "done"]).await;
    says(&done, &["结果", "同意", &approval]);
    let begun = run(server, Who::Everything, &["task", "list", "--view", "initiated"]).await;
    says(&begun, &["事项", "职数使用预审", "办结"]);
}

/// A round that is planned, and its form for the pre-review as a worksheet.
async fn form_of_a_round(server: &Server, account: &str) {
    let create = ["round", "create", "--unit", "u-1", "--account", account, "--id", "r-1"];
    let plan = ["--title", "2026年第一批职级晋升", "--scope", "本局公务员", "--rank", "GM10=1"];
    let plan =
        [&plan[..], &["--conditions", "符合年限", "--milestone", "2026-12-01=备案"]].concat();
    let at = position(&json(server, Who::Everything, &[&create[..], &plan].concat()).await);
    let to = server.folder().join("审批表.xlsx");
    let export = ["round", "export", "r-1", "--kind", "pre-review-form", "--min-position", &at];
    let export = [&export[..], &["--to", to.to_str().unwrap()]].concat();
    run(server, Who::Everything, &export).await;
    assert!(std::fs::read(&to).unwrap().starts_with(b"PK"), "it is a worksheet");
}

#[tokio::test]
async fn seats_go_the_whole_way() {
    let server = Server::start(Setup::default()).await;
    let at = position(&create_unit(&server, "u-1").await);
    let rows = person_rows("u-1", &["一级主任科员", "四级主任科员", "一级科员"]);
    let sheet = person_sheet(server.folder(), &rows);
    let cut_over = ["--document", "鄂组通〔2025〕9号", "--effective-on", "2025-07-01"];
    let import = [&["person", "import", sheet.to_str().unwrap()][..], &cut_over].concat();
    run(&server, Who::Registrar, &import).await;

    let entitlement = ["quota", "entitlement", "--unit", "u-1", "--min-position", &at];
    says(&run(&server, Who::Viewer, &entitlement).await, &["职数组", "比例", "应得", "核定过程"]);
    let account = "u-1.general_management";
    let determined = change(&server, Who::Manager, &["quota", "determine", "--unit", "u-1"]).await;
    assert_eq!(determined["account"]["name"], format!("quotaAccounts/{account}"));
    let opening = server.folder().join("opening.csv");
    std::fs::write(&opening, "person,rank,since\np-1,GM07,2024-07-01\np-2,GM10,2024-07-01\n")
        .unwrap();
    let opening = ["quota", "opening", account, opening.to_str().unwrap()];
    let opened = change(&server, Who::Manager, &opening).await;
    let at = position(&opened);
    let show = ["quota", "show", account, "--min-position", &at];
    says(&run(&server, Who::Viewer, &show).await, &["核定", "使用", "空缺", "可用", "满缺"]);
    let holders = run(&server, Who::Viewer, &["quota", "holders", account]).await;
    says(&holders, &["人员", "职级", "persons/p-1", "GM07", "persons/p-2", "GM10"]);

    staffed(&server).await;
    let simulate = ["quota", "simulate", account, "--unit", "u-1", "--move", ":GM10"];
    json(&server, Who::Viewer, &simulate).await;
    let ask = ["quota", "pre-review", "request", account, "--unit", "u-1", "--move", ":GM10"];
    let ask = [&ask[..], &["--opinion", "同意申报", "--id", "h-1"]].concat();
    change(&server, Who::Everything, &ask).await;
    form_of_a_round(&server, account).await;
    let hold = format!("{account}/h-1");
    decided_on_tasks(&server, account).await;
    let occupied =
        change(&server, Who::Decider, &["quota", "occupy", &hold, "--occupant", "0=p-3"]).await;
    let at = position(&occupied);
    let reviews =
        run(&server, Who::Viewer, &["quota", "pre-review", "list", "--min-position", &at]).await;
    says(&reviews, &["预审", "状态", "申报人", "审核人", "principals/head"]);
    run(&server, Who::Viewer, &["quota", "pre-review", "show", &hold]).await;
    let filed = json(&server, Who::Everything, &["quota", "file", &hold, "--person", "p-3"]).await;
    let at = position(&filed);
    let entries =
        run(&server, Who::Viewer, &["quota", "entries", account, "--min-position", &at]).await;
    says(&entries, &["分录", "生效", "内容", "文号", "经办", "principals/everything"]);
    let listed = json(&server, Who::Viewer, &["quota", "list"]).await;
    assert_eq!(listed["accounts"][0]["holders"], 3, "{listed}");
    run(&server, Who::Viewer, &["quota", "reconcile", account]).await;
    let over =
        ["quota", "pre-review", "request", account, "--unit", "u-1", "--opinion", "同意申报"];
    let over: Vec<_> = over.into_iter().chain(["--move", ":GM07"].repeat(60)).collect();
    let refused = server.program(Who::Everything, &over).args(BASIS).run().await.failed(1);
    says(&refused, &["INSUFFICIENT_AVAILABLE", "规则"]);
}

#[tokio::test]
async fn who_may_be_a_candidate_is_told_rule_by_rule() {
    let server = Server::start(Setup::default()).await;
    create_unit(&server, "u-1").await;
    let sheet =
        person_sheet(server.folder(), &person_rows("u-1", &["一级主任科员", "四级主任科员"]));
    let import = ["person", "import", sheet.to_str().unwrap()];
    let imported = change(&server, Who::Registrar, &import).await;
    let at = imported["operation"]["position"].as_str().unwrap();

    let check = ["promotion", "check", "--person", "p-1", "--rank", "GM05", "--min-position", at];
    let told = run(&server, Who::Manager, &check).await;
    says(&told, &["人员", "persons/p-1", "审核结果", "不通过", "不适用", "最早日期", "逐级晋升"]);
    let told = json(&server, Who::Manager, &check).await;
    let rules = told["eligibility"]["findings"].as_array().unwrap();
    let skipped = rules.iter().find(|finding| finding["rule"] == "next_rank").unwrap();
    assert_eq!(
        (&skipped["outcome"], &skipped["reason"]),
        (&"RULE_OUTCOME_FAIL".into(), &"SKIP_RANK".into())
    );
    // What rests on sealed facts is for those who may read them.
    says(&run(&server, Who::Viewer, &check).await, &["不予显示"]);

    let list = server.folder().join("names.txt");
    std::fs::write(&list, "p-1\npersons/p-2\np-none\n").unwrap();
    let batch = ["promotion", "batch", "--rank", "GM09", "--min-position", at];
    let listed = [&batch[..], &["--file", list.to_str().unwrap()]].concat();
    let told = run(&server, Who::Manager, &listed).await;
    says(&told, &["persons/p-1", "persons/p-2", "未审核", "RESOURCE_NOT_FOUND", "审核 3 人"]);
    let unit = [&batch[..], &["--unit", "u-1"]].concat();
    let told = json(&server, Who::Manager, &unit).await;
    let results = told["results"].as_array().unwrap();
    let persons: Vec<_> = results.iter().map(|one| one["person"].as_str().unwrap()).collect();
    assert_eq!(persons, ["persons/p-1", "persons/p-2"]);
    assert!(results.iter().all(|one| one["eligibility"]["rank"] == "GM09"), "{told}");
}

#[tokio::test]
async fn policies_projections_and_attachments_are_at_hand() {
    let server = Server::start(Setup::default()).await;
    let created = create_unit(&server, "u-1").await;
    let profiles = run(&server, Who::Viewer, &["policy", "profiles"]).await;
    says(&profiles, &["标题", "政区", "生效自", "policyProfiles/national/versions/1"]);
    let profile = ["policy", "profile", "policyProfiles/national/versions/1", "--text"];
    says(&run(&server, Who::Viewer, &profile).await, &["jurisdiction = \"000000\""]);
    let explain = ["policy", "explain", "--division", "420106", "--on", "2026-03-02"];
    says(&run(&server, Who::Viewer, &explain).await, &["名称", "值", "政策", "条款"]);
    let explained = ["policy", "explain", "--unit", "u-1", "--min-position", &position(&created)];
    let explained = json(&server, Who::Viewer, &explained).await;
    assert!(!explained["explanations"].as_array().unwrap().is_empty());
    run(&server, Who::Viewer, &["policy", "flows"]).await;
    says(&run(&server, Who::Viewer, &["policy", "calendars"]).await, &["年度", "放假天数"]);

    let projections = run(&server, Who::Operator, &["projection", "list"]).await;
    says(&projections, &["投影", "版本", "位置", "末尾", "units", "persons", "quota"]);

    let note = server.folder().join("批复.txt");
    std::fs::write(&note, "同意。\n").unwrap();
    let upload = ["attachment", "upload", note.to_str().unwrap(), "--link", "units/u-1"];
    let uploaded = json(&server, Who::Registrar, &upload).await;
    let name = uploaded["attachment"]["name"].as_str().unwrap();
    let at = position(&uploaded);
    let listed = ["attachment", "list", "units/u-1", "--min-position", &at];
    says(&run(&server, Who::Registrar, &listed).await, &["文件名", "批复.txt", "上传人", name]);
    let copy = server.folder().join("copy.txt");
    let download = ["attachment", "download", name, "--to", copy.to_str().unwrap()];
    run(&server, Who::Registrar, &download).await;
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&note).unwrap());
    let to_stdout = ["attachment", "download", name, "--to", "-"];
    assert_eq!(run(&server, Who::Registrar, &to_stdout).await, "同意。\n");
    let unlink = ["attachment", "unlink", name, "units/u-1", "--reason", "误传"];
    json(&server, Who::Registrar, &unlink).await;

    let call = ["call", "RegistryService/GetUnit", r#"{"name": "units/u-1"}"#];
    let called = server.program(Who::Viewer, &call).run().await.json();
    let name = called["unit"]["profile"]["display_name"].as_str();
    assert_eq!(name, Some("示例区甲局"), "{called}");
}

#[tokio::test]
async fn a_failure_ends_with_the_code_of_its_kind() {
    let server = Server::start(Setup::default()).await;
    create_unit(&server, "u-1").await;
    let same = [&["unit", "create", "--id", "u-1"][..], &UNIT].concat();
    let nameless = ["unit", "create", "--id", "u-2", "--division", "420106"];
    let reused = request_id();
    let first = [&["unit", "create", "--id", "u-5", "--request-id", &reused][..], &UNIT].concat();
    run(&server, Who::Registrar, &first).await;
    let other = [&["unit", "create", "--id", "u-6", "--request-id", &reused][..], &UNIT].concat();
    let stale = ["unit", "update", "u-1", "--display-name", "示例区丙局", "--etag", "stale"];
    let stale = [&stale[..], &BASIS].concat();
    let beyond = ["unit", "list", "--min-position", "1000000"];
    let table: [(Who, &[&str], i32, &str); 12] = [
        (Who::Registrar, &same, 1, "RESOURCE_EXISTS"),
        (Who::Registrar, &stale, 1, "ETAG_MISMATCH"),
        (Who::Registrar, &nameless, 2, "INVALID_FIELD"),
        (Who::Registrar, &other, 2, "REQUEST_ID_REUSED"),
        (Who::Viewer, &beyond, 2, "POSITION_BEYOND_HEAD"),
        (Who::Viewer, &["unit", "fly"], 2, "USAGE"),
        (Who::Viewer, &["unit", "show"], 2, "USAGE"),
        (Who::Viewer, &["unit", "create", "--tier", "moon"], 2, "USAGE"),
        (Who::Viewer, &["unit", "show", "u-none"], 3, "RESOURCE_NOT_FOUND"),
        (Who::Viewer, &same, 4, "ACCESS_DENIED"),
        (Who::Viewer, &["person", "show", "p-1", "--full"], 4, "ACCESS_DENIED"),
        (Who::Viewer, &["unit", "export", "--to", "/no/such/folder/u.csv"], 70, "IO"),
    ];
    for (who, args, code, reason) in table {
        let told = server.program(who, args).run().await;
        assert!(told.out.is_empty(), "{args:?}: {}", told.out);
        let told = told.failed(code);
        assert!(told.starts_with(reason), "{args:?}: {told}");
        let told = server.program(who, args).args(["--output", "json"]).run().await.failed(code);
        let told: Json = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{args:?}: {told}"));
        assert_eq!(told["error"]["reason"], reason, "{told}");
        assert_eq!(told["error"]["exit_code"], code, "{told}");
        let message = told["error"]["message"].as_str().unwrap();
        // What the machine says of its files is said in its words.
        let chinese = message.chars().any(|c| c > '\u{3000}');
        assert!(chinese || reason == "IO", "{args:?} in Chinese: {message}");
    }
    let nobody = Program::new(["unit", "list", "--server", &server.address().to_string()]);
    says(&nobody.run().await.failed(4), &["TOKEN_MISSING"]);
    let unreachable = Program::new(["unit", "list", "--server", "127.0.0.1:1", "--timeout", "1"]);
    says(&unreachable.run().await.failed(5), &["127.0.0.1:1"]);
}

#[tokio::test]
async fn it_helps_itself_without_a_server() {
    for (shell, sign) in
        [("bash", "complete -F"), ("zsh", "#compdef quanheng"), ("fish", "complete -c quanheng")]
    {
        let script = Program::new(["completion", shell]).run().await.ok();
        says(&script, &[sign, "pre-review", "healthcheck"]);
    }
    let script = Program::new(["completion", "bash"]).run().await.ok();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("completion.bash");
    std::fs::write(&file, script).unwrap();
    let bash = std::process::Command::new("bash").arg("-n").arg(&file).status();
    assert!(bash.is_ok_and(|status| status.success()), "bash reads it");
    let version = Program::new(["--version"]).run().await.ok();
    says(&version, &["quanheng", env!("CARGO_PKG_VERSION")]);
    for words in [&[][..], &["unit"], &["quota", "pre-review"], &["realm", "backup"]] {
        let help = Program::new(words.iter().chain(&["--help"])).run().await.ok();
        says(&help, &["用法", "--help", "显示帮助"]);
        assert!(!help.contains("Usage") && !help.contains("Options"), "{help}");
    }
    let shown = Program::new(["config", "--data-dir", "/tmp/elsewhere", "--output", "json"]);
    let shown: Ran = shown.within(folder.path()).run().await;
    assert!(shown.json().to_string().contains("/tmp/elsewhere"));
    let secret = Program::new(["config"]).within(folder.path());
    let secret = secret.env("QUANHENG_DATABASE", "postgres://own:secretword@db.example/q");
    let told = secret.run().await.ok();
    assert!(told.contains("db.example") && !told.contains("secretword"), "{told}");
}

//! Reference management on the command line: the ledger of units against a server.

use quanheng_e2e::{Server, Setup, Who};
use serde_json::Value as Json;

async fn json(server: &Server, who: Who, args: &[&str]) -> Json {
    server.program(who, args).args(["--output", "json"]).run().await.json()
}

/// Registers a referenced institution of the county.
async fn registered(server: &Server, id: &str, name: &str) {
    let args = [
        "unit",
        "create",
        "--id",
        id,
        "--display-name",
        name,
        "--division",
        "420106",
        "--tier",
        "county",
        "--grade",
        "section",
        "--kind",
        "referenced-unit",
        "--nature",
        "referenced-institution",
        "--referenced",
        "20",
        "--document",
        "鄂编发〔2019〕3号",
        "--effective-on",
        "2019-06-01",
    ];
    json(server, Who::Registrar, &args).await;
}

#[tokio::test]
async fn the_ledger_shows_what_nobody_has_brought() {
    let server = Server::start(Setup::default()).await;
    registered(&server, "u-1", "示例区甲站").await;
    registered(&server, "u-2", "示例区乙站").await;
    let renamed = [
        "unit",
        "update",
        "u-1",
        "--display-name",
        "示例区甲中心",
        "--document",
        "鄂编发〔2026〕7号",
        "--effective-on",
        "2026-03-02",
    ];
    let renamed = json(&server, Who::Registrar, &renamed).await;
    let at = renamed["position"].as_str().unwrap().to_owned();

    let units = ["ledger", "units", "--min-position", &at];
    let listed = server.program(Who::Viewer, &units).run().await.ok();
    for word in ["单位名称", "示例区甲中心", "示例区乙站", "参照管理", "420106"]
    {
        assert!(listed.contains(word), "{word}: {listed}");
    }
    let missing = ["ledger", "units", "--filter", "case_missing = true"];
    let missing = json(&server, Who::Viewer, &missing).await;
    let units: Vec<_> = missing["units"].as_array().unwrap().iter().collect();
    assert_eq!((units.len(), units[0]["unit"].as_str()), (1, Some("units/u-1")));

    let card = server.program(Who::Viewer, &["ledger", "unit", "u-1"]).run().await.ok();
    assert!(card.contains("示例区甲站 → 示例区甲中心"), "{card}");
    let then = ["ledger", "unit", "u-1", "--as-of", "2025-01-01"];
    let then = json(&server, Who::Viewer, &then).await;
    assert_eq!(then["unit"]["profile"]["display_name"], "示例区甲站");

    let route = ["recert", "route", "--unit", "u-1", "--on", "2026-03-02"];
    let route = json(&server, Who::Viewer, &route).await;
    assert_eq!(route["routed"][0]["changes"][0], "REFERENCE_CHANGE_RENAMED");
    let lineage = json(&server, Who::Viewer, &["ledger", "lineage", "u-1"]).await;
    assert_eq!(lineage["nodes"].as_array().unwrap().len(), 1);
    // Nobody has approved either of them.
    let found = ["ledger", "findings", "--detector", "V-RC-1", "--all"];
    let found = json(&server, Who::Viewer, &found).await;
    let causes: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|one| one["cause"].clone()).collect();
    assert_eq!(causes, ["no_approval", "no_approval"]);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.xlsx");
    let export = ["ledger", "export", "420106", "--to", file.to_str().unwrap()];
    server.program(Who::Viewer, &export).run().await.ok();
    assert!(std::fs::read(&file).unwrap().starts_with(b"PK"));
    let again = server.program(Who::Viewer, &export).run().await.failed(1);
    assert!(again.contains("--force"), "{again}");
}

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::keys::{Config, DatabaseUrl, DemoClock, LogFormat, Role};
use super::layers::{Fault, Inputs, Loaded, Source, leaves, load, tree};
use super::show::{as_json, rows, schema};

/// A file, an environment, flags; and what comes of them.
struct Layers<'a> {
    file: &'a str,
    environment: &'a [(&'a str, &'a str)],
    flags: &'a [(&'a str, &'a str)],
}

impl Layers<'_> {
    fn load(&self) -> (Result<Loaded, Vec<Fault>>, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.toml");
        std::fs::write(&path, self.file).unwrap();
        let own = |text: &str| text.to_owned();
        let inputs = Inputs {
            file: Some(path.clone()),
            environment: self.environment.iter().map(|(k, v)| (own(k), own(v))).collect(),
            flags: self.flags.iter().map(|(k, v)| (own(k), format!("--{k}"), own(v))).collect(),
        };
        (load(&inputs), path)
    }
}

const NONE: Layers<'_> = Layers { file: "", environment: &[], flags: &[] };

#[test]
fn each_layer_covers_the_one_before_it() {
    let file = "realm = \"f\"\n[log]\nformat = \"json\"\nfilter = \"warn\"\n";
    for (environment, flags, expected, layer) in [
        (&[][..], &[][..], "f", "file"),
        (&[("QUANHENG_REALM", "e")][..], &[][..], "e", "environment"),
        (&[("QUANHENG_REALM", "e")][..], &[("realm", "l")][..], "l", "flag"),
        (&[][..], &[("realm", "l")][..], "l", "flag"),
    ] {
        let (loaded, path) = Layers { file, environment, flags }.load();
        let loaded = loaded.unwrap();
        assert_eq!(
            (loaded.config.realm.as_str(), loaded.source("realm").layer()),
            (expected, layer)
        );
        assert_eq!(loaded.config.log.format, LogFormat::Json);
        assert_eq!(loaded.source("log.filter"), &Source::File(path, 4));
        assert_eq!(loaded.source("listen"), &Source::Default);
    }
}

#[test]
fn text_is_read_as_the_key_is_written() {
    let (loaded, _) = Layers {
        environment: &[
            ("QUANHENG_DATABASE", "postgres://q:geheim@db/q"),
            ("QUANHENG_ROLES", "registry, quota"),
            ("QUANHENG_GRPC_WEB", "false"),
            ("QUANHENG_EVENTLOG__QUEUE_WAIT_MAX_MS", "250"),
            // Others' variables.
            ("QUANHENG_SERVER", "http://x"),
            ("QUANHENG_TEST_POSTGRES", "x"),
            ("PATH", "/bin"),
        ],
        ..NONE
    }
    .load();
    let config = loaded.unwrap().config;
    assert_eq!(config.roles, [Role::Registry, Role::Quota]);
    assert!(!config.grpc_web && config.plays(Role::Quota) && !config.plays(Role::Timers));
    assert_eq!(config.eventlog.bounds().queue_wait_max.as_millis(), 250);
}

#[test]
fn faults_are_told_where_they_stand() {
    let wrong_file =
        "realm = 7\n\n[limits]\npage_size_maxx = 3\ncalls_max = -1\n[log]\nformat = \"xml\"\n";
    let (loaded, path) = Layers {
        file: wrong_file,
        environment: &[("QUANHENG_LOG__FORMATT", "json"), ("QUANHENG_REFLECTION", "yes")],
        flags: &[("listen", "7300"), ("cipher", "des")],
    }
    .load();
    let faults = loaded.unwrap_err();
    let at = |line| Source::File(path.clone(), line);
    let environment = |name: &str| Source::Environment(name.to_owned());
    let flag = |name: &str| Source::Flag(format!("--{name}"));
    for (key, source, part) in [
        ("realm", at(1), "应为文本"),
        ("limits.page_size_maxx", at(4), "没有这个配置项"),
        ("limits.calls_max", at(5), "类型"),
        ("log.format", at(7), "pretty、json"),
        ("log.formatt", environment("QUANHENG_LOG__FORMATT"), "没有这个配置项"),
        ("reflection", environment("QUANHENG_REFLECTION"), "true 或 false"),
        ("listen", flag("listen"), "127.0.0.1:7300"),
        ("cipher", flag("cipher"), "sm4gcm"),
    ] {
        let fault = faults.iter().find(|fault| fault.key == key).unwrap();
        assert_eq!(fault.source, source, "{key}");
        assert!(fault.what.contains(part), "{key}: {}", fault.what);
    }
    assert_eq!(faults.len(), 8, "{faults:?}");
    let (loaded, _) = Layers { file: "a = \n", ..NONE }.load();
    assert!(loaded.unwrap_err()[0].to_string().contains("q.toml:1:不是合法的 TOML"));
}

#[test]
fn the_whole_must_hold_together() {
    for (flags, key) in [
        (&[("realm", "Beijing")][..], "realm"),
        (&[("roles", "quota")][..], "roles"),
        (&[("roles", "")][..], "roles"),
        (&[("database", "mysql://x")][..], "database"),
        (&[("listen", "0.0.0.0:7300")][..], "listen"),
        (&[("telemetry.sample_percent", "101")][..], "telemetry.sample_percent"),
        (&[("telemetry.otlp_endpoint", "collector:4317")][..], "telemetry.otlp_endpoint"),
        (&[("telemetry.prometheus", "9464")][..], "telemetry.prometheus"),
        (&[("limits.page_size_max", "10")][..], "limits.page_size_default"),
        (&[("limits.page_size_max", "1001")][..], "limits.page_size_max"),
        (&[("limits.calls_max", "0")][..], "limits.calls_max"),
        (&[("timers.interval_ms", "1")][..], "timers.interval_ms"),
        (&[("demo.clock", "+720h")][..], "demo.clock"),
        (&[("demo.enabled", "true"), ("demo.clock", "gestern")][..], "demo.clock"),
    ] {
        let (loaded, _) = Layers { flags, ..NONE }.load();
        let faults = loaded.unwrap_err();
        assert_eq!(faults[0].key, key, "{flags:?}");
        assert_eq!(faults.len(), 1, "{faults:?}");
    }
    for flags in [
        &[][..],
        &[("listen", "0.0.0.0:7300"), ("tokens_file", "t.toml")][..],
        &[("roles", "quota,timers"), ("database", "postgres://db/q")][..],
        &[("demo.enabled", "true"), ("demo.clock", "2026-11-24T09:00:00+08:00")][..],
    ] {
        let (loaded, _) = Layers { flags, ..NONE }.load();
        assert!(loaded.is_ok(), "{flags:?}: {loaded:?}");
    }
}

#[test]
fn clocks_are_read() {
    for (text, expected) in [
        ("", Some(DemoClock::Real)),
        ("1970-01-01T00:00:01Z", Some(DemoClock::Fixed(1_000_000))),
        ("+1h", Some(DemoClock::Moved(3_600_000_000))),
        ("-24h", Some(DemoClock::Moved(-86_400_000_000))),
        ("tomorrow", None),
        ("明天", None),
        ("+", None),
    ] {
        assert_eq!(DemoClock::parse(text), expected, "{text}");
    }
}

#[test]
fn passwords_are_masked() {
    for (url, masked) in [
        ("", ""),
        ("postgres://db/q", "postgres://db/q"),
        ("postgres://u@db/q", "postgres://u@db/q"),
        (
            "postgres://u:p@ss@db:5432/q?sslmode=require",
            "postgres://u:***@db:5432/q?sslmode=require",
        ),
        ("postgres://db/q?user=u&password=p", "postgres://db/q?user=u&password=***"),
        ("host=db password=p", "***"),
    ] {
        assert_eq!(DatabaseUrl(url.to_owned()).masked(), masked);
    }
    let (loaded, _) = Layers { flags: &[("database", "postgres://u:geheim@db/q")], ..NONE }.load();
    let loaded = loaded.unwrap();
    assert!(!format!("{loaded:?}").contains("geheim"));
    assert!(!as_json(&rows(&loaded)).to_string().contains("geheim"));
}

#[test]
fn every_key_has_a_meaning_and_every_bound_its_name() {
    let (loaded, _) = NONE.load();
    let rows = rows(&loaded.unwrap());
    for row in &rows {
        assert!(row.meaning.chars().any(|c| c > '\u{4e00}'), "{} has no meaning", row.key);
    }
    let keys = leaves(&tree(&Config::default()));
    assert_eq!(rows.len(), keys.len());
    let known: BTreeMap<_, _> = rows.iter().map(|row| (row.key.as_str(), row)).collect();
    for bound in ["eventlog.queue_items_max", "projection.watchers_max", "limits.answers_kept_days"]
    {
        assert!(known.contains_key(bound), "{bound}");
    }
    assert_eq!(Config::default().eventlog.bounds(), quanheng_eventlog::Bounds::default());
    assert_eq!(Config::default().projection.bounds(), quanheng_projection::Bounds::default());
    let schema = schema();
    assert_eq!(schema["properties"]["log"]["properties"]["format"]["oneOf"][1]["const"], "json");
    assert!(schema.get("required").is_none());
}

//! What must be true of a configuration as a whole.

use std::net::SocketAddr;

use sqlx::postgres::PgConnectOptions;

use super::keys::{Config, DemoClock, Role};

/// The keys that are wrong, and why, for people.
pub(crate) fn check(config: &Config) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    let mut require = |holds: bool, key: &'static str, what: &str| {
        if !holds {
            faults.push((key, what.to_owned()));
        }
    };
    require(!config.data_dir.as_os_str().is_empty(), "data_dir", "不得为空");
    require(
        realm_is_plain(&config.realm),
        "realm",
        "应为 1 至 32 个小写字母、数字或下划线,以字母开头",
    );
    require(!config.roles.is_empty(), "roles", "至少一个角色");
    let whole = config.roles.contains(&Role::All);
    require(
        whole || config.roles.is_empty() || !config.database.is_empty(),
        "roles",
        "使用 SQLite 时一个进程须承担全部角色(all);分角色部署请配置 database",
    );
    let url = &config.database.0;
    let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let parsed = || postgres && url.parse::<PgConnectOptions>().is_ok();
    require(url.is_empty() || parsed(), "database", "应为 postgres://用户:口令@主机:端口/库名");

    let telemetry = &config.telemetry;
    require(telemetry.sample_percent <= 100, "telemetry.sample_percent", "应为 0 至 100");
    let endpoint = telemetry.otlp_endpoint.as_str();
    let has_scheme = endpoint.starts_with("http://") || endpoint.starts_with("https://");
    require(
        endpoint.is_empty() || has_scheme,
        "telemetry.otlp_endpoint",
        "应以 http:// 或 https:// 开头",
    );
    let prometheus = telemetry.prometheus.as_str();
    require(
        prometheus.is_empty() || prometheus.parse::<SocketAddr>().is_ok(),
        "telemetry.prometheus",
        "应为地址与端口,如 127.0.0.1:9464",
    );

    let limits = &config.limits;
    for (key, value) in [
        ("limits.request_bytes_max", limits.request_bytes_max),
        ("limits.response_bytes_max", limits.response_bytes_max),
        ("limits.calls_max", limits.calls_max),
        ("limits.calls_per_connection_max", limits.calls_per_connection_max as usize),
        ("limits.page_size_default", limits.page_size_default),
        ("limits.answers_kept_days", limits.answers_kept_days as usize),
    ] {
        require(value > 0, key, "应大于 0");
    }
    require(limits.call_wait_default_ms > 0, "limits.call_wait_default_ms", "应大于 0");
    require(config.timers.interval_ms >= 10, "timers.interval_ms", "应不少于 10");
    require(config.drain_seconds <= 3_600, "drain_seconds", "应不超过 3600");
    require(
        limits.page_size_default <= limits.page_size_max,
        "limits.page_size_default",
        "不得大于 limits.page_size_max",
    );
    require(
        limits.page_size_max <= config.projection.page_size_max,
        "limits.page_size_max",
        "不得大于 projection.page_size_max",
    );

    let clock = DemoClock::parse(&config.demo.clock);
    let clock_form = "应为时刻(2026-11-24T09:00:00+08:00)或偏移(+720h、-24h)";
    require(clock.is_some(), "demo.clock", clock_form);
    require(
        config.demo.enabled || config.demo.clock.is_empty(),
        "demo.clock",
        "只有 demo.enabled = true 时才能改变时钟",
    );
    let has_tokens = config.tokens_path().is_some();
    if let Err(refused) = quanheng_identity::listen_allowed(&config.listen, has_tokens) {
        faults.push(("listen", refused.to_string()));
    }
    faults
}

/// A realm's name stands in the names of schemas.
pub(crate) fn realm_is_plain(realm: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    realm.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
        && realm.len() <= quanheng_identity::REALM_BYTES_MAX
        && realm.bytes().all(plain)
}

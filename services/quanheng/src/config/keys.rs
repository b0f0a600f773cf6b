//! Every key of the configuration, with its default and its meaning.
//!
//! What stands in `description` is shown to people by `quanheng config`, and is what the
//! published schema says.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{EventlogBounds, ProjectionBounds};

/// What the program is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[schemars(description = "数据目录:SQLite 文件与主密钥所在")]
    pub(crate) data_dir: PathBuf,
    #[schemars(description = "PostgreSQL 地址(postgres://…);空为使用数据目录中的 SQLite")]
    pub(crate) database: DatabaseUrl,
    #[schemars(description = "域名称;PostgreSQL 模式名由此派生:域、域_views、域_keys")]
    pub(crate) realm: String,
    #[schemars(description = "本进程承担的角色")]
    pub(crate) roles: Vec<Role>,
    #[schemars(description = "监听地址;未配置令牌文件时只能为本机回环地址")]
    pub(crate) listen: SocketAddr,
    #[schemars(description = "令牌文件;空为本机用户免登录")]
    pub(crate) tokens_file: PathBuf,
    #[schemars(description = "主密钥文件;空为数据目录下的 master.key")]
    pub(crate) master_key_file: PathBuf,
    #[schemars(description = "封存个人信息的算法:aes256gcm 或 sm4gcm(国密)")]
    pub(crate) cipher: Cipher,
    #[schemars(description = "是否提供 gRPC 反射")]
    pub(crate) reflection: bool,
    #[schemars(description = "是否接受 gRPC-Web")]
    pub(crate) grpc_web: bool,
    #[schemars(description = "收到停止信号后等待在办请求结束的秒数")]
    pub(crate) drain_seconds: u64,
    pub(crate) log: LogKeys,
    pub(crate) telemetry: TelemetryKeys,
    pub(crate) limits: LimitKeys,
    pub(crate) timers: TimerKeys,
    pub(crate) demo: DemoKeys,
    pub(crate) eventlog: EventlogBounds,
    pub(crate) projection: ProjectionBounds,
}

/// How log lines look, and which there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogKeys {
    #[schemars(description = "日志格式:pretty 供人阅读,json 每行一个对象")]
    pub(crate) format: LogFormat,
    #[schemars(description = "日志级别,写法同 RUST_LOG,如 info,sqlx=warn")]
    pub(crate) filter: String,
}

/// Where traces and metrics go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TelemetryKeys {
    #[schemars(description = "OTLP(gRPC)收集端地址,如 http://127.0.0.1:4317;空为不发送")]
    pub(crate) otlp_endpoint: String,
    #[schemars(description = "Prometheus 指标监听地址,如 127.0.0.1:9464;空为不提供")]
    pub(crate) prometheus: String,
    #[schemars(description = "链路采样百分比,0 至 100")]
    pub(crate) sample_percent: u8,
    #[schemars(description = "本进程的实例名;空为主机名加进程号")]
    pub(crate) instance: String,
}

/// What a caller may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitKeys {
    #[schemars(description = "请求消息的最大字节数")]
    pub(crate) request_bytes_max: usize,
    #[schemars(description = "响应消息的最大字节数")]
    pub(crate) response_bytes_max: usize,
    #[schemars(description = "每个连接上同时进行的调用数")]
    pub(crate) calls_per_connection_max: u32,
    #[schemars(description = "全进程同时进行的调用数")]
    pub(crate) calls_max: usize,
    #[schemars(description = "未指明期限的调用最长等待毫秒数")]
    pub(crate) call_wait_default_ms: u64,
    #[schemars(description = "列表每页默认条数")]
    pub(crate) page_size_default: usize,
    #[schemars(description = "列表每页最多条数,超出的按此截断")]
    pub(crate) page_size_max: usize,
    #[schemars(description = "请求结果的保留天数,期内同一请求编号返回同一结果")]
    pub(crate) answers_kept_days: u32,
}

/// Work that comes due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimerKeys {
    #[schemars(description = "查看到期事项的间隔毫秒数")]
    pub(crate) interval_ms: u64,
}

/// What is for demonstrations alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoKeys {
    #[schemars(description = "演示模式;正式环境不得开启")]
    pub(crate) enabled: bool,
    #[schemars(
        description = "演示时钟:固定时刻(2026-11-24T09:00:00+08:00)或偏移(+720h、-24h);空为真实时钟"
    )]
    pub(crate) clock: String,
}

/// What of the program this process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Everything.
    All,
    /// Registers, imports and their operations.
    Registry,
    /// The ledger.
    Quota,
    /// Who may be a candidate for a rank.
    Promotion,
    /// 重新认定、参照管理单位台账
    Recertification,
    /// 审批任务、流程岗位
    Approval,
    /// Profiles, flows and calendars.
    Policy,
    /// Attachments.
    Attachment,
    /// Lists of projections and watches.
    Projection,
    /// What comes due.
    Timers,
}

/// With what personal data is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cipher {
    /// AES-256-GCM.
    Aes256Gcm,
    /// SM4-GCM (国密).
    Sm4Gcm,
}

impl From<Cipher> for quanheng_sealing::Cipher {
    fn from(cipher: Cipher) -> Self {
        match cipher {
            Cipher::Aes256Gcm => Self::Aes256Gcm,
            Cipher::Sm4Gcm => Self::Sm4Gcm,
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The address of a database. Its password is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct DatabaseUrl(pub(crate) String);

impl DatabaseUrl {
    /// Whether there is none: the data folder is used.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The address without its secrets.
    pub(crate) fn masked(&self) -> String {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return if self.0.is_empty() { String::new() } else { "***".to_owned() };
        };
        // The host begins behind the last `@`; parameters may hold a password, too.
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let place = match place.rsplit_once('@') {
            Some((login, host)) => match login.split_once(':') {
                Some((user, _)) => format!("{user}:***@{host}"),
                None => place.to_owned(),
            },
            None => place.to_owned(),
        };
        let parameters: Vec<String> = parameters
            .split('&')
            .filter(|parameter| !parameter.is_empty())
            .map(|parameter| match parameter.split_once('=') {
                Some((key, _)) if key.contains("password") => format!("{key}=***"),
                _ => parameter.to_owned(),
            })
            .collect();
        let mark = if parameters.is_empty() { "" } else { "?" };
        format!("{scheme}://{place}{mark}{}", parameters.join("&"))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.masked())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "./quanheng-data".into(),
            database: DatabaseUrl(String::new()),
            realm: "default".into(),
            roles: vec![Role::All],
            listen: ([127, 0, 0, 1], 7300).into(),
            tokens_file: PathBuf::new(),
            master_key_file: PathBuf::new(),
            cipher: Cipher::Aes256Gcm,
            reflection: false,
            grpc_web: true,
            drain_seconds: 30,
            log: LogKeys { format: LogFormat::Pretty, filter: "info".into() },
            telemetry: TelemetryKeys {
                otlp_endpoint: String::new(),
                prometheus: String::new(),
                sample_percent: 100,
                instance: String::new(),
            },
            limits: LimitKeys {
                request_bytes_max: 4 * 1024 * 1024,
                response_bytes_max: 16 * 1024 * 1024,
                calls_per_connection_max: 256,
                calls_max: 2_048,
                call_wait_default_ms: 10_000,
                page_size_default: 50,
                page_size_max: 1_000,
                answers_kept_days: 30,
            },
            timers: TimerKeys { interval_ms: 5_000 },
            demo: DemoKeys { enabled: false, clock: String::new() },
            eventlog: EventlogBounds::default(),
            projection: ProjectionBounds::default(),
        }
    }
}

impl Config {
    /// The folder of the realm's files, where they are kept on SQLite.
    pub(crate) fn realm_dir(&self) -> PathBuf {
        self.data_dir.join(&self.realm)
    }

    /// Where the master key is.
    pub(crate) fn master_key_path(&self) -> PathBuf {
        if self.master_key_file.as_os_str().is_empty() {
            return self.data_dir.join("master.key");
        }
        self.master_key_file.clone()
    }

    /// The tokens, if callers have to show one.
    pub(crate) fn tokens_path(&self) -> Option<&std::path::Path> {
        Some(self.tokens_file.as_path()).filter(|path| !path.as_os_str().is_empty())
    }

    /// The schema of a realm's log, on PostgreSQL.
    pub(crate) fn log_schema(&self) -> String {
        self.realm.clone()
    }

    /// The schema of a realm's views.
    pub(crate) fn views_schema(&self) -> String {
        format!("{}_views", self.realm)
    }

    /// The schema of a realm's keys.
    pub(crate) fn keys_schema(&self) -> String {
        format!("{}_keys", self.realm)
    }

    /// Whether this process plays a role.
    pub(crate) fn plays(&self, role: Role) -> bool {
        self.roles.contains(&Role::All) || self.roles.contains(&role)
    }

    /// The clock of a demonstration.
    pub(crate) fn demo_clock(&self) -> DemoClock {
        DemoClock::parse(&self.demo.clock).unwrap_or(DemoClock::Real)
    }
}

/// What time a demonstration has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DemoClock {
    /// The machine's.
    Real,
    /// Always the same moment, in microseconds since 1970.
    Fixed(i64),
    /// The machine's, moved by microseconds.
    Moved(i64),
}

impl DemoClock {
    /// Reads the key `demo.clock`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::Real);
        }
        let signed = [("+", 1), ("-", -1)];
        let signed = signed.map(|(sign, factor)| Some((text.strip_prefix(sign)?, factor)));
        let Some((amount, sign)) = signed.into_iter().flatten().next() else {
            let moment: jiff::Timestamp = text.parse().ok()?;
            return Some(Self::Fixed(moment.as_microsecond()));
        };
        let amount: jiff::SignedDuration = amount.parse().ok()?;
        Some(Self::Moved(sign * i64::try_from(amount.as_micros()).ok()?))
    }
}

/// Milliseconds as a duration.
pub(crate) fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

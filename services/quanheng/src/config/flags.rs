//! The flags that set keys.

use std::path::PathBuf;

use clap::Args;

use super::layers::{Fault, Inputs, Loaded, load};

/// Flags for the keys that are set most often; `--set` for all others.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "配置")]
pub(crate) struct ConfigFlags {
    /// 配置文件(默认:当前目录下的 quanheng.toml,若有)
    #[arg(long, value_name = "文件")]
    config: Option<PathBuf>,
    /// 数据目录
    #[arg(long, value_name = "目录")]
    data_dir: Option<String>,
    /// PostgreSQL 地址(含口令时请改用环境变量 QUANHENG_DATABASE)
    #[arg(long, value_name = "地址")]
    database: Option<String>,
    /// 域名称
    #[arg(long, value_name = "域")]
    realm: Option<String>,
    /// 承担的角色,以逗号分隔
    #[arg(long, value_name = "角色")]
    roles: Option<String>,
    /// 监听地址
    #[arg(long, value_name = "地址")]
    listen: Option<String>,
    /// 令牌文件
    #[arg(long, value_name = "文件")]
    tokens_file: Option<String>,
    /// 主密钥文件
    #[arg(long, value_name = "文件")]
    master_key_file: Option<String>,
    /// 提供 gRPC 反射
    #[arg(long)]
    reflection: bool,
    /// 日志格式:pretty 或 json
    #[arg(long, value_name = "格式")]
    log_format: Option<String>,
    /// 日志级别,写法同 RUST_LOG
    #[arg(long, value_name = "级别")]
    log_filter: Option<String>,
    /// 设置任一配置项,如 --set limits.page_size_max=500(可重复)
    #[arg(long, value_name = "键=值")]
    set: Vec<String>,
}

impl ConfigFlags {
    /// The configuration that all layers give.
    ///
    /// # Errors
    /// Every fault, with its place.
    pub(crate) fn load(self) -> Result<Loaded, Vec<Fault>> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        load(&self.inputs(environment))
    }

    /// What the layers are made of.
    pub(crate) fn inputs(self, environment: std::collections::BTreeMap<String, String>) -> Inputs {
        let mut flags = Vec::new();
        for (key, value) in [
            ("data_dir", self.data_dir),
            ("database", self.database),
            ("realm", self.realm),
            ("roles", self.roles),
            ("listen", self.listen),
            ("tokens_file", self.tokens_file),
            ("master_key_file", self.master_key_file),
            ("reflection", self.reflection.then(|| "true".to_owned())),
            ("log.format", self.log_format),
            ("log.filter", self.log_filter),
        ] {
            if let Some(value) = value {
                let flag = format!("--{}", key.replace(['_', '.'], "-"));
                flags.push((key.to_owned(), flag, value));
            }
        }
        for set in self.set {
            let (key, value) = set.split_once('=').unwrap_or((set.as_str(), ""));
            flags.push((key.trim().to_owned(), format!("--set {}", key.trim()), value.to_owned()));
        }
        Inputs { file: self.config, environment, flags }
    }
}

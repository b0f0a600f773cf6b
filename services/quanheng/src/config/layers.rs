//! Defaults, file, environment, flags: each layer over the one before it, key by key, and
//! every value with the place where it stands.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check;
use super::keys::Config;

/// What environment variables begin with; a section is set apart by `__`.
pub(crate) const PREFIX: &str = "QUANHENG_";
/// The file that is read if none is named.
pub(crate) const FILE: &str = "quanheng.toml";
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The program.
    Default,
    /// A line of the file.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl Source {
    /// The name of the layer, for programs.
    pub(crate) fn layer(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File(..) => "file",
            Self::Environment(_) => "environment",
            Self::Flag(_) => "flag",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("默认值"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "环境变量 {name}"),
            Self::Flag(flag) => write!(f, "命令行 {flag}"),
        }
    }
}

/// A value that cannot be taken, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The key; empty: the layer as a whole.
    pub(crate) key: String,
    /// Where it stands.
    pub(crate) source: Source,
    /// What is wrong, for people.
    pub(crate) what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, source, what } = self;
        match key.as_str() {
            "" => write!(f, "{source}:{what}"),
            key => write!(f, "{source}:{key}:{what}"),
        }
    }
}

/// What the layers are made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    /// The file that was named; it must be there.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Key, flag, value.
    pub(crate) flags: Vec<(String, String, String)>,
}

/// A configuration, with the source of every value.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// The values.
    pub(crate) config: Config,
    sources: BTreeMap<String, Source>,
}

impl Loaded {
    /// Where the value of a key comes from.
    pub(crate) fn source(&self, key: &str) -> &Source {
        self.sources.get(key).unwrap_or(&Source::Default)
    }
}

/// Reads the layers and checks what comes out.
///
/// # Errors
/// Every fault that was found, each with its place.
pub(crate) fn load(inputs: &Inputs) -> Result<Loaded, Vec<Fault>> {
    let mut layers = Layers::new();
    match &inputs.file {
        Some(file) => layers.file(file),
        None if Path::new(FILE).is_file() => layers.file(Path::new(FILE)),
        None => {}
    }
    layers.environment(&inputs.environment);
    for (key, flag, value) in &inputs.flags {
        layers.text(key, value, Source::Flag(flag.clone()));
    }
    layers.finish()
}

/// The keys and values of a tree, by their dotted names.
pub(crate) fn leaves(tree: &Value) -> BTreeMap<String, Value> {
    fn walk(value: &Value, key: &str, leaves: &mut BTreeMap<String, Value>) {
        let Value::Object(section) = value else {
            leaves.insert(key.to_owned(), value.clone());
            return;
        };
        for (name, value) in section {
            let dot = if key.is_empty() { "" } else { "." };
            walk(value, &format!("{key}{dot}{name}"), leaves);
        }
    }
    let mut found = BTreeMap::new();
    walk(tree, "", &mut found);
    found
}

/// The configuration as a tree.
pub(crate) fn tree(config: &Config) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

struct Layers {
    tree: Value,
    defaults: BTreeMap<String, Value>,
    sources: BTreeMap<String, Source>,
    faults: Vec<Fault>,
}

impl Layers {
    fn new() -> Self {
        let tree = tree(&Config::default());
        let defaults = leaves(&tree);
        Self { tree, defaults, sources: BTreeMap::new(), faults: Vec::new() }
    }

    fn fault(&mut self, key: &str, source: Source, what: impl Into<String>) {
        self.faults.push(Fault { key: key.to_owned(), source, what: what.into() });
    }

    fn file(&mut self, path: &Path) {
        let whole = || Source::File(path.to_owned(), 1);
        let text = match read(path) {
            Ok(text) => text,
            Err(what) => return self.fault("", whole(), what),
        };
        let table = match DeTable::parse(&text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let source = Source::File(path.to_owned(), line(&text, at));
                return self.fault("", source, format!("不是合法的 TOML:{}", error.message()));
            }
        };
        self.section(path, &text, "", table.get_ref());
    }

    fn section(&mut self, path: &Path, text: &str, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let dot = if prefix.is_empty() { "" } else { "." };
            let key = format!("{prefix}{dot}{}", name.get_ref());
            let source = Source::File(path.to_owned(), line(text, name.span().start));
            if self.defaults.contains_key(&key) {
                match json(value) {
                    Some(value) => self.set(&key, value, source),
                    None => self.fault(&key, source, "值的类型不可用"),
                }
                continue;
            }
            match value.get_ref() {
                DeValue::Table(inner) if self.is_section(&key) => {
                    self.section(path, text, &key, inner);
                }
                _ if self.is_section(&key) => self.fault(&key, source, "应为一节([…])"),
                _ => self.unknown(&key, source),
            }
        }
    }

    fn is_section(&self, key: &str) -> bool {
        let prefix = format!("{key}.");
        self.defaults.keys().any(|known| known.starts_with(&prefix))
    }

    fn environment(&mut self, environment: &BTreeMap<String, String>) {
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let key = rest.to_ascii_lowercase().replace("__", ".");
            let source = Source::Environment(name.clone());
            if self.defaults.contains_key(&key) {
                self.text(&key, value, source);
            } else if rest.contains("__") {
                // Others belong to the command line's other half, or to somebody else.
                self.unknown(&key, source);
            }
        }
    }

    /// Sets a key from text, as its default's type is written.
    fn text(&mut self, key: &str, text: &str, source: Source) {
        let text = text.trim();
        let value = match self.defaults.get(key) {
            None => return self.unknown(key, source),
            Some(Value::Bool(_)) => match text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => return self.fault(key, source, "应为 true 或 false"),
            },
            Some(Value::Number(_)) => match text.parse::<u64>() {
                Ok(number) => number.into(),
                Err(_) => return self.fault(key, source, format!("应为非负整数,实际 {text:?}")),
            },
            Some(Value::Array(_)) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()
            }
            Some(_) => text.into(),
        };
        self.set(key, value, source);
    }

    /// Sets a key and tries the whole at once, so that a fault is told where it stands.
    fn set(&mut self, key: &str, value: Value, source: Source) {
        let pointer = format!("/{}", key.replace('.', "/"));
        let Some(place) = self.tree.pointer_mut(&pointer) else {
            return self.unknown(key, source);
        };
        let before = std::mem::replace(place, value);
        match Config::deserialize(&self.tree) {
            Ok(_) => {
                self.sources.insert(key.to_owned(), source);
            }
            Err(error) => {
                let what = expected(key, &before, &error.to_string());
                if let Some(place) = self.tree.pointer_mut(&pointer) {
                    *place = before;
                }
                self.fault(key, source, what);
            }
        }
    }

    fn unknown(&mut self, key: &str, source: Source) {
        let near = self.defaults.keys().find(|known| {
            let last = |key: &str| key.rsplit('.').next().map(str::to_owned);
            last(known) == last(key)
        });
        let near = near.map_or_else(String::new, |near| format!(",是否为 {near}"));
        self.fault(key, source, format!("没有这个配置项{near}"));
    }

    fn finish(mut self) -> Result<Loaded, Vec<Fault>> {
        let config = match Config::deserialize(&self.tree) {
            Ok(config) => config,
            Err(error) => {
                self.fault("", Source::Default, error.to_string());
                return Err(self.faults);
            }
        };
        let loaded = Loaded { config, sources: self.sources };
        for (key, what) in check::check(&loaded.config) {
            let source = loaded.source(key).clone();
            self.faults.push(Fault { key: key.to_owned(), source, what });
        }
        if self.faults.is_empty() { Ok(loaded) } else { Err(self.faults) }
    }
}

/// What a value should have been; choices and lists say what there is.
fn expected(key: &str, before: &Value, error: &str) -> String {
    let choices = match key {
        "roles" => {
            "all、registry、quota、promotion、recertification、approval、policy、attachment、projection、timers"
        }
        "cipher" => "aes256gcm、sm4gcm",
        "log.format" => "pretty、json",
        _ => "",
    };
    if !choices.is_empty() {
        return format!("可用:{choices}");
    }
    match before {
        Value::Bool(_) => "应为 true 或 false".to_owned(),
        Value::Number(_) => "应为范围内的非负整数".to_owned(),
        _ if key == "listen" => "应为地址与端口,如 127.0.0.1:7300".to_owned(),
        Value::String(_) => "应为文本".to_owned(),
        _ => error.to_owned(),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let found = std::fs::metadata(path).map_err(|error| format!("无法读取:{error}"))?;
    if found.len() > FILE_BYTES_MAX {
        return Err(format!("超过 {FILE_BYTES_MAX} 字节"));
    }
    std::fs::read_to_string(path).map_err(|error| format!("无法读取:{error}"))
}

fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// A value of TOML as JSON; none for dates, fractions and tables, which no key takes.
fn json(value: &Spanned<DeValue<'_>>) -> Option<Value> {
    Some(match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(number) => {
            u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()?.into()
        }
        DeValue::Array(items) => items.iter().map(json).collect::<Option<Vec<_>>>()?.into(),
        _ => return None,
    })
}

//! What `quanheng config` shows: every key, its value, where that comes from, its meaning.

use serde_json::{Value, json};

use super::keys::Config;
use super::layers::{Loaded, leaves, tree};

/// A key as it is shown.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its dotted name.
    pub(crate) key: String,
    /// Its value; secrets are masked.
    pub(crate) value: Value,
    /// What it is if nobody says anything.
    pub(crate) default: Value,
    /// Its layer and place.
    pub(crate) source: super::layers::Source,
    /// What it means, zh-CN.
    pub(crate) meaning: String,
}

/// Every key.
pub(crate) fn rows(loaded: &Loaded) -> Vec<Row> {
    let values = leaves(&tree(&loaded.config));
    let mut defaults = leaves(&tree(&Config::default()));
    let schema = schema();
    values
        .into_iter()
        .map(|(key, value)| Row {
            value: if key == "database" { loaded.config.database.masked().into() } else { value },
            default: defaults.remove(&key).unwrap_or_default(),
            source: loaded.source(&key).clone(),
            meaning: meaning(&schema, &key),
            key,
        })
        .collect()
}

/// The keys for programs.
pub(crate) fn as_json(rows: &[Row]) -> Value {
    let rows = rows.iter().map(|row| {
        json!({
            "key": row.key,
            "value": row.value,
            "default": row.default,
            "layer": row.source.layer(),
            "source": row.source.to_string(),
            "meaning": row.meaning,
        })
    });
    json!({ "keys": rows.collect::<Vec<_>>() })
}

/// The JSON schema of the file.
pub(crate) fn schema() -> Value {
    let mut settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<Config>().to_value();
    everything_is_optional(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), "quanheng.toml".into());
    }
    schema
}

/// What a file does not say keeps its default.
fn everything_is_optional(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.remove("required");
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.values_mut().for_each(everything_is_optional);
    }
}

fn meaning(schema: &Value, key: &str) -> String {
    let mut place = schema;
    for part in key.split('.') {
        place = &place["properties"][part];
    }
    place["description"].as_str().unwrap_or_default().to_owned()
}

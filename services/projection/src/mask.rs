//! Documents as they leave the house: no sealed text, and no folded state, which may hold
//! one in a form that is not known here.

use pbjson_types::value::Kind;
use pbjson_types::{ListValue, Struct, Value};
use serde_json::Value as Json;

/// How sealed texts begin, by cipher.
const SEALED: [&str; 2] = ["s1.a.", "s1.m."];
/// What stands in their place.
const MASK: &str = "[sealed]";
/// The key under which a view keeps a folded state, an object that only it reads. What is no
/// object is how something stands (状态), and is told.
const STATE: &str = "state";
/// Whole numbers up to here are exact in a `google.protobuf.Value`; larger ones are text.
const EXACT_MAX: u64 = 1 << 53;

/// A document without what is sealed. One that is no object has no fields.
pub(crate) fn document(json: Json) -> Struct {
    match json {
        Json::Object(fields) => Struct { fields: object(fields) },
        _ => Struct::default(),
    }
}

fn object(fields: serde_json::Map<String, Json>) -> std::collections::HashMap<String, Value> {
    let folded = |key: &str, json: &Json| key == STATE && (json.is_object() || json.is_array());
    let kept = fields.into_iter().filter(|(key, json)| !folded(key, json));
    kept.map(|(key, json)| (masked(key), value(json))).collect()
}

fn masked(text: String) -> String {
    match SEALED.iter().any(|prefix| text.starts_with(prefix)) {
        true => MASK.to_owned(),
        false => text,
    }
}

fn value(json: Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(truth) => Kind::BoolValue(truth),
        Json::Number(number) => self::number(&number),
        Json::String(text) => Kind::StringValue(masked(text)),
        Json::Array(items) => {
            Kind::ListValue(ListValue { values: items.into_iter().map(value).collect() })
        }
        Json::Object(fields) => Kind::StructValue(Struct { fields: object(fields) }),
    };
    Value { kind: Some(kind) }
}

/// A number of JSON is a double on the wire. One that would not be exact goes as text.
fn number(number: &serde_json::Number) -> Kind {
    let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    match (magnitude, number.as_f64()) {
        (Some(magnitude), Some(double)) if magnitude <= EXACT_MAX => Kind::NumberValue(double),
        (None, Some(double)) => Kind::NumberValue(double),
        _ => Kind::StringValue(number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_never_leaves() {
        let document = document(serde_json::json!({
            "name": "s1.a.AAAA",
            "phone": "s1.m.BBBB",
            "state": { "private": "s1.a.CCCC" },
            "unit": "units/u1",
            "s1.a.key": 1,
            "held": [["s1.a.DDDD"], { "deep": "s1.m.EEEE", "state": {}, "plain": "s1.x" }],
            "review": { "state": "granted" },
            "other": { "state": "s1.a.FFFF" },
        }));
        let text = serde_json::to_string(&document).expect("JSON");
        for leaked in ["AAAA", "BBBB", "CCCC", "DDDD", "EEEE", "FFFF", "s1.a", "s1.m", "private"] {
            assert!(!text.contains(leaked), "{leaked}: {text}");
        }
        assert_eq!(text.matches(MASK).count(), 6, "{text}");
        assert!(!document.fields.contains_key(STATE) && text.contains("granted"), "{text}");
        assert!(text.contains("units/u1") && text.contains("s1.x"), "{text}");
    }

    #[test]
    fn numbers_are_exact_or_text() {
        let json = serde_json::json!({
            "small": -3, "edge": EXACT_MAX, "large": EXACT_MAX + 1, "deep": i64::MIN, "none": null,
        });
        let document = document(json);
        let kind = |key: &str| document.fields[key].kind.clone().expect("a kind");
        assert_eq!(kind("small"), Kind::NumberValue(-3.0));
        assert_eq!(kind("edge"), Kind::NumberValue(9_007_199_254_740_992.0));
        assert_eq!(kind("large"), Kind::StringValue("9007199254740993".into()));
        assert_eq!(kind("deep"), Kind::StringValue(i64::MIN.to_string()));
        assert_eq!(kind("none"), Kind::NullValue(0));
    }

    #[test]
    fn only_objects_are_documents() {
        assert!(document(serde_json::json!(["s1.a.AAAA"])).fields.is_empty());
    }
}

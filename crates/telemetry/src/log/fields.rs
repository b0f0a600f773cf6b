//! The fields of an event or a span, masked as they are recorded.

use std::error::Error;
use std::fmt::Debug;

use serde_json::Value;
use tracing::field::{Field, Visit};

use crate::mask::{mask, mask_number};

/// The field that holds what an event says.
const MESSAGE: &str = "message";
/// Fields that are instructions to the OpenTelemetry layer, and say nothing in a log.
const OTEL: &str = "otel.";

/// Names and masked values, in the order in which they were recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// Takes the message out of an event's fields; empty if there is none.
    pub(crate) fn take_message(&mut self) -> String {
        let Some(at) = self.0.iter().position(|(name, _)| *name == MESSAGE) else {
            return String::new();
        };
        match self.0.remove(at).1 {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(&'static str, Value)> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn set(&mut self, field: &Field, value: Value) {
        let name = field.name();
        if name.starts_with(OTEL) {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    fn set_text(&mut self, field: &Field, text: &str) {
        self.set(field, Value::String(mask(text).into_owned()));
    }

    fn set_number(&mut self, field: &Field, number: impl ToString + Copy + Into<Value>) {
        let value = mask_number(number).map_or_else(|| number.into(), Value::String);
        self.set(field, value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set_text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set_text(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Value::Bool(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set_number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set_number(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.set_text(field, &value.to_string());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.set_text(field, &value.to_string());
    }

    /// An error with its causes, since the cause is what helps.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        self.set_text(field, &text);
    }
}

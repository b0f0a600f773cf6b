//! Spans on their way out, masked.

use std::borrow::Cow;
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::mask::{mask, mask_number};

/// An exporter that gives spans on with everything masked that [`mask`] knows.
#[derive(Debug)]
pub(crate) struct Masking<E>(pub(crate) E);

impl<E: SpanExporter> SpanExporter for Masking<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(mask_span);
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn mask_span(span: &mut SpanData) {
    mask_text(&mut span.name);
    mask_attributes(&mut span.attributes);
    if let Status::Error { description } = &mut span.status {
        mask_text(description);
    }
    for event in &mut span.events.events {
        mask_text(&mut event.name);
        mask_attributes(&mut event.attributes);
    }
    for link in &mut span.links.links {
        mask_attributes(&mut link.attributes);
    }
}

fn mask_text(text: &mut Cow<'static, str>) {
    if let Cow::Owned(masked) = mask(text) {
        *text = masked.into();
    }
}

fn mask_attributes(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        mask_value(&mut attribute.value);
    }
}

fn mask_value(value: &mut Value) {
    match value {
        Value::String(text) => mask_string(text),
        Value::I64(number) => {
            if let Some(masked) = mask_number(*number) {
                *value = masked.into();
            }
        }
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(mask_string),
        Value::Array(Array::I64(numbers)) => {
            let shown = |number: &i64| mask_number(*number).unwrap_or(number.to_string());
            if numbers.iter().any(|number| mask_number(*number).is_some()) {
                let texts = numbers.iter().map(|number| shown(number).into()).collect();
                *value = Value::Array(Array::String(texts));
            }
        }
        _ => (),
    }
}

fn mask_string(text: &mut StringValue) {
    if let Cow::Owned(masked) = mask(text.as_str()) {
        *text = masked.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_kind_are_masked() {
        let texts = |texts: &[&'static str]| {
            Value::Array(Array::String(texts.iter().map(|text| (*text).into()).collect()))
        };
        let table = [
            (Value::from("call 13800138000"), Value::from("call [mobile]")),
            (Value::from("position 42"), Value::from("position 42")),
            (Value::I64(110_101_199_003_071_233), Value::from("[identity]")),
            (Value::I64(42), Value::I64(42)),
            (texts(&["11010119900307002X", "a"]), texts(&["[identity]", "a"])),
            (Value::Array(Array::I64(vec![7, 13_800_138_000])), texts(&["7", "[mobile]"])),
            (Value::Array(Array::I64(vec![7, 8])), Value::Array(Array::I64(vec![7, 8]))),
            (Value::Bool(true), Value::Bool(true)),
        ];
        for (mut value, masked) in table {
            mask_value(&mut value);
            assert_eq!(value, masked);
        }
    }
}

//! JSON that is given to a command, as a message of the API.

use std::io::Read as _;
use std::path::Path;

use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor};
use serde_json::{Value, json};

use super::api;
use super::failure::CliFailure;

const INPUT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The text of a file; `-` is standard input.
///
/// # Errors
/// When it cannot be read, or is too large.
pub(crate) fn read(path: &str) -> Result<String, CliFailure> {
    let bytes = read_bytes(path)?;
    String::from_utf8(bytes).map_err(|_| CliFailure::usage(format!("{path} 不是 UTF-8 文本")))
}

/// The bytes of a file; `-` is standard input.
///
/// # Errors
/// When it cannot be read, or is too large.
pub(crate) fn read_bytes(path: &str) -> Result<Vec<u8>, CliFailure> {
    let failed = |error| CliFailure::io(if path == "-" { "标准输入" } else { path }, error);
    let mut bytes = Vec::new();
    let limit = INPUT_BYTES_MAX + 1;
    let read = if path == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(Path::new(path))
            .and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(failed)?;
    if bytes.len() as u64 > INPUT_BYTES_MAX {
        return Err(CliFailure::usage(format!("{path} 超过 {INPUT_BYTES_MAX} 字节")));
    }
    Ok(bytes)
}

/// The message that a file of JSON describes.
///
/// # Errors
/// A usage failure that says where it is wrong.
pub(crate) fn message<M: Message + Name + Default>(path: &str) -> Result<M, CliFailure> {
    parse(&read(path)?, path)
}

/// The messages of a file that holds one, or a list of them.
///
/// # Errors
/// A usage failure that says where it is wrong.
pub(crate) fn message_list<M: Message + Name + Default>(path: &str) -> Result<Vec<M>, CliFailure> {
    let items = match value(&read(path)?, path)? {
        Value::Array(items) => items,
        one => vec![one],
    };
    let descriptor = descriptor::<M>();
    let typed = |(index, item)| {
        let place = format!("{path} 第 {} 项", index + 1);
        dynamic_of(&descriptor, item, &place)?.transcode_to().map_err(CliFailure::internal)
    };
    items.into_iter().enumerate().map(typed).collect()
}

/// The message that a JSON text describes.
///
/// # Errors
/// A usage failure that says where it is wrong.
pub(crate) fn parse<M: Message + Name + Default>(text: &str, place: &str) -> Result<M, CliFailure> {
    let message = dynamic(&descriptor::<M>(), text, place)?;
    message.transcode_to().map_err(CliFailure::internal)
}

/// The dynamic message that a JSON text describes.
///
/// # Errors
/// A usage failure that says where it is wrong.
pub(crate) fn dynamic(
    descriptor: &MessageDescriptor,
    text: &str,
    place: &str,
) -> Result<DynamicMessage, CliFailure> {
    dynamic_of(descriptor, value(text, place)?, place)
}

fn descriptor<M: Message + Name>() -> MessageDescriptor {
    api::message(&M::full_name()).expect("generated from the same files")
}

fn value(text: &str, place: &str) -> Result<Value, CliFailure> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        CliFailure::usage(format!("{place}:第 {line} 行第 {column} 列不是合法的 JSON"))
    })
}

fn dynamic_of(
    descriptor: &MessageDescriptor,
    mut value: Value,
    place: &str,
) -> Result<DynamicMessage, CliFailure> {
    dates(descriptor, &mut value);
    DynamicMessage::deserialize(descriptor.clone(), value)
        .map_err(|error| CliFailure::usage(format!("{place}:不是 {}:{error}", descriptor.name())))
}

/// Lets `"2026-01-01"` stand for a date: it is what people write.
fn dates(descriptor: &MessageDescriptor, value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        let field =
            descriptor.get_field_by_name(name).or_else(|| descriptor.get_field_by_json_name(name));
        if let Some(field) = field {
            dates_of(&field, value);
        }
    }
}

fn dates_of(field: &FieldDescriptor, value: &mut Value) {
    let kind = field.kind();
    let Some(descriptor) = kind.as_message() else { return };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| dates_of(field, item)),
        Value::String(text) if descriptor.full_name() == "google.type.Date" => {
            if let Ok(date) = super::args::date(text) {
                *value = json!({ "year": date.year, "month": date.month, "day": date.day });
            }
        }
        value => dates(descriptor, value),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use quanheng_api::quanheng::registry::v1::{PersonEvent, person_event::Event};

    use super::*;

    #[test]
    fn dates_may_be_written_as_people_write_them() {
        let text = r#"{"take_rank": {"rank": "GM07", "from": "2026-03-01"},
                       "basis": {"documentNumber": "组通〔2026〕12号", "effective_on": "2026-03-02"}}"#;
        let event: PersonEvent = parse(text, "x").unwrap();
        let basis = event.basis.unwrap();
        assert_eq!(basis.document_number, "组通〔2026〕12号");
        assert_eq!(basis.effective_on.unwrap().day, 2);
        let Some(Event::TakeRank(spell)) = event.event else { panic!("another event") };
        assert_eq!((spell.from.unwrap().month, spell.rank.as_str()), (3, "GM07"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            ("{\n \"rank\" 1}", "第 2 行第 9 列"),
            (r#"{"no_such_field": 1}"#, "不是 PersonEvent"),
            (r#"{"take_rank": {"from": "2026-02-30"}}"#, "不是 PersonEvent"),
        ] {
            let failure = parse::<PersonEvent>(text, "事件.json").unwrap_err();
            assert!(failure.message.contains(expected), "{}", failure.message);
            assert!(failure.message.starts_with("事件.json"));
        }
    }
}

//! Messages for people: a card of what is plain, a table of what there are many of.

use comfy_table::{Table, presets};
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value,
};

use super::columns::columns;
use super::labels;

const CELL_CHARS_MAX: usize = 200;

/// A whole answer.
pub(crate) fn answer(message: &DynamicMessage) -> String {
    let mut blocks = Vec::new();
    let mut tail = Vec::new();
    for (field, value) in present(message) {
        match (field.name(), &value) {
            ("next_page_token", _) => {}
            ("position" | "total_size", value) => {
                let label = if field.name() == "position" { "位置" } else { "总数" };
                tail.push(format!("{label} {}", plain(&field, value)));
            }
            (_, Value::Message(inner)) if !is_plain(&field.kind()) => {
                blocks.push(card(inner));
            }
            (_, Value::List(items)) if field.kind().as_message().is_some() => {
                blocks.push(list(&messages(items)));
            }
            (_, value) => tail.push(format!("{} {}", labels::field(&field), plain(&field, value))),
        }
    }
    if blocks.is_empty() && tail.is_empty() {
        blocks.push("(无)".to_owned());
    }
    if !tail.is_empty() {
        blocks.push(tail.join(",") + "\n");
    }
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n")
}

/// Rows of one kind; nothing where there are none.
pub(crate) fn list(items: &[&DynamicMessage]) -> String {
    let Some(first) = items.first() else { return "(无)\n".to_owned() };
    let columns = match columns(first.descriptor().full_name()) {
        Some(columns) => {
            columns.iter().map(|(label, path)| ((*label).to_owned(), (*path).to_owned())).collect()
        }
        None => every_plain_field(&first.descriptor()),
    };
    let rows: Vec<Vec<String>> =
        items.iter().map(|item| columns.iter().map(|(_, path)| at(item, path)).collect()).collect();
    // A column that says nothing of anybody is left out.
    let told: Vec<bool> = (0..columns.len())
        .map(|column| rows.iter().any(|row| !matches!(row[column].as_str(), "" | "0" | "否")))
        .collect();
    let keep = |cells: Vec<String>| -> Vec<String> {
        let cells = cells.into_iter().zip(&told);
        cells.filter_map(|(cell, told)| told.then_some(cell)).collect()
    };
    let mut table = empty_table();
    table.set_header(keep(columns.iter().map(|(label, _)| label.clone()).collect()));
    for row in rows {
        table.add_row(keep(row));
    }
    format!("{table}\n")
}

/// One message: its plain fields in two columns, then its lists.
pub(crate) fn card(message: &DynamicMessage) -> String {
    let mut table = empty_table();
    let mut lists = Vec::new();
    fill(message, "", &mut table, &mut lists);
    let mut text = String::new();
    if table.row_iter().next().is_some() {
        text = format!("{table}\n");
    }
    for (label, block) in lists {
        text.push_str(&format!("\n{label}\n{block}"));
    }
    text
}

fn fill(
    message: &DynamicMessage,
    prefix: &str,
    table: &mut Table,
    lists: &mut Vec<(String, String)>,
) {
    for (field, value) in present(message) {
        let label = format!("{prefix}{}", labels::field(&field));
        match &value {
            Value::Message(inner) if !is_plain(&field.kind()) => {
                fill(inner, &format!("{label}·"), table, lists);
            }
            Value::List(items) if field.kind().as_message().is_some() && !field.is_map() => {
                lists.push((label, list(&messages(items))));
            }
            value => {
                // Set, but to nothing.
                let text = plain(&field, value);
                if !text.is_empty() {
                    table.add_row([label, text]);
                }
            }
        }
    }
}

/// A table as all are: borders of lines, the width that its cells need.
pub(crate) fn empty_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table
}

fn messages(items: &[Value]) -> Vec<&DynamicMessage> {
    items.iter().filter_map(Value::as_message).collect()
}

/// The fields that are set, in the order of the file.
fn present(message: &DynamicMessage) -> impl Iterator<Item = (FieldDescriptor, Value)> + '_ {
    let fields = message.descriptor();
    let fields: Vec<FieldDescriptor> = fields.fields().collect();
    fields.into_iter().filter(|field| message.has_field(field)).map(|field| {
        let value = message.get_field(&field).into_owned();
        (field, value)
    })
}

fn every_plain_field(descriptor: &MessageDescriptor) -> Vec<(String, String)> {
    let plain = descriptor.fields().filter(|field| is_plain(&field.kind()) && !field.is_map());
    plain.map(|field| (labels::field(&field), field.name().to_owned())).collect()
}

/// The field that a dotted path leads to, as text; empty where nothing is.
fn at(message: &DynamicMessage, path: &str) -> String {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(field) = message.descriptor().get_field_by_name(name) else { return String::new() };
    if !message.has_field(&field) && field.supports_presence() {
        return String::new();
    }
    let value = message.get_field(&field);
    match (&*value, rest) {
        (value, "") => plain(&field, value),
        (Value::Message(inner), rest) => at(inner, rest),
        _ => String::new(),
    }
}

/// Whether a kind is one text: a date, a share, a moment, or no message at all.
fn is_plain(kind: &Kind) -> bool {
    kind.as_message().is_none_or(|message| {
        matches!(
            message.full_name(),
            "google.type.Date"
                | "google.protobuf.Timestamp"
                | "google.protobuf.Struct"
                | "quanheng.common.v1.Ratio"
        )
    })
}

fn plain(field: &FieldDescriptor, value: &Value) -> String {
    let text = match value {
        Value::Bool(flag) => if *flag { "是" } else { "否" }.to_owned(),
        Value::I32(number) => number.to_string(),
        Value::I64(number) => number.to_string(),
        Value::U32(number) => number.to_string(),
        Value::U64(number) => number.to_string(),
        Value::F32(number) => number.to_string(),
        Value::F64(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Bytes(bytes) => format!("{} 字节", bytes.len()),
        Value::EnumNumber(number) => match (field.kind().as_enum(), number) {
            (None, number) => number.to_string(),
            (Some(_), 0) => String::new(),
            (Some(of), number) => labels::value(of, *number),
        },
        Value::Message(inner) => inner_text(inner),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| plain(field, item)).collect();
            items.join("、")
        }
        Value::Map(entries) => {
            let mut entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}={}", key_text(key), plain(field, value)))
                .collect();
            entries.sort();
            entries.join("、")
        }
    };
    cut(text)
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

fn inner_text(message: &DynamicMessage) -> String {
    let number = |name: &str| -> i64 {
        let value = message.get_field_by_name(name);
        value.as_deref().map_or(0, |value| match value {
            Value::I32(number) => i64::from(*number),
            Value::I64(number) => *number,
            Value::U64(number) => i64::try_from(*number).unwrap_or(i64::MAX),
            _ => 0,
        })
    };
    match message.descriptor().full_name() {
        // A day of 0: known to the month.
        "google.type.Date" if number("day") == 0 => {
            format!("{:04}-{:02}", number("year"), number("month"))
        }
        "google.type.Date" => {
            format!("{:04}-{:02}-{:02}", number("year"), number("month"), number("day"))
        }
        "google.protobuf.Timestamp" => {
            let moment = jiff::Timestamp::from_second(number("seconds"));
            moment.map_or_else(|_| String::new(), in_china)
        }
        "quanheng.common.v1.Ratio" => format!("{}/{}", number("numerator"), number("denominator")),
        _ => serde_json::to_string(message).unwrap_or_default(),
    }
}

/// A moment by the clocks of China, where the work is done.
fn in_china(moment: jiff::Timestamp) -> String {
    const CHINA: jiff::tz::Offset = jiff::tz::Offset::constant(8);
    let there = moment.to_zoned(jiff::tz::TimeZone::fixed(CHINA));
    there.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Control characters would reach the terminal, and whole documents would fill it.
fn cut(text: String) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    if text.chars().count() <= CELL_CHARS_MAX {
        return text.chars().map(shown).collect();
    }
    let head: String = text.chars().take(CELL_CHARS_MAX).map(shown).collect();
    format!("{head}…")
}

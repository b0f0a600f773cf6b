//! What fields and values are called by people: the Chinese words that stand beside them
//! in the files of the API, or a word of our own where those are of another shape.

use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor};

use super::words::{BARE_FIELDS, FIELDS, VALUES};

/// What a field is called.
pub(crate) fn field(field: &FieldDescriptor) -> String {
    let kind = field.kind();
    let of_enum = kind.as_enum().and_then(|of| said(&of.parent_file(), of.path()));
    let named = |words: &[(&str, &str)]| {
        let found = words.iter().find(|(name, _)| *name == field.name());
        found.map(|(_, label)| (*label).to_owned())
    };
    let of_message = || kind.as_message().and_then(|of| said(&of.parent_file(), of.path()));
    of_enum
        .or_else(|| named(FIELDS))
        .or_else(|| said(&field.parent_file(), field.path()))
        .or_else(of_message)
        .or_else(|| named(BARE_FIELDS))
        .unwrap_or_else(|| field.name().to_owned())
}

/// What a value of an enumeration is called.
pub(crate) fn value(of: &EnumDescriptor, number: i32) -> String {
    let Some(value) = of.get_value(number) else { return number.to_string() };
    let full_name = format!("{}.{}", of.package_name(), value.name());
    if let Some((_, label)) = VALUES.iter().find(|(name, _)| *name == full_name) {
        return (*label).to_owned();
    }
    let said = said(&value.parent_file(), value.path());
    said.unwrap_or_else(|| short(of, value.name()).replace('-', "_").to_ascii_uppercase())
}

/// `UNIT_KIND_LEADING_GROUP` of `UnitKind` is `leading-group`.
pub(crate) fn short(of: &EnumDescriptor, name: &str) -> String {
    let mut prefix = String::new();
    for (at, letter) in of.name().char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            prefix.push('_');
        }
        prefix.push(letter.to_ascii_uppercase());
    }
    prefix.push('_');
    name.strip_prefix(&prefix).unwrap_or(name).to_ascii_lowercase().replace('_', "-")
}

/// The Chinese words of the comment at a place in a file.
fn said(file: &FileDescriptor, path: &[i32]) -> Option<String> {
    let info = file.file_descriptor_proto().source_code_info.as_ref()?;
    let location = info.location.iter().find(|location| location.path == path)?;
    words(location.leading_comments.as_ref().or(location.trailing_comments.as_ref())?)
}

/// The first Chinese words of a comment.
fn words(comment: &str) -> Option<String> {
    let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let joins = |c: char| chinese(c) || c == '、' || c == '/';
    let start = comment.find(chinese)?;
    let words: String = comment[start..].chars().take_while(|c| joins(*c)).collect();
    Some(words.trim_end_matches(['、', '/']).to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::api;
    use super::*;

    /// Every message that an answer may hold.
    fn answered() -> Vec<prost_reflect::MessageDescriptor> {
        let mut found = Vec::new();
        let mut next: Vec<_> = api::methods().map(|method| method.output()).collect();
        while let Some(message) = next.pop() {
            let ours = message.full_name().starts_with("quanheng.");
            if ours && !message.is_map_entry() && !found.contains(&message) {
                next.extend(message.fields().filter_map(|f| f.kind().as_message().cloned()));
                found.push(message);
            }
        }
        found
    }

    #[test]
    fn whatever_people_see_has_a_chinese_name() {
        let chinese = |text: &str| text.chars().any(|c| c >= '\u{4e00}');
        let mut nameless = std::collections::BTreeSet::new();
        for message in answered() {
            for descriptor in message.fields() {
                if !chinese(&field(&descriptor)) {
                    nameless.insert(format!("{}.{}", message.name(), descriptor.name()));
                }
                let kind = descriptor.kind();
                let Some(of) = kind.as_enum() else { continue };
                for number in of.values().map(|value| value.number()).filter(|n| *n != 0) {
                    if !chinese(&value(of, number)) {
                        nameless.insert(format!("{} = {number}", of.full_name()));
                    }
                }
            }
        }
        assert!(nameless.is_empty(), "{nameless:#?}");
    }

    #[test]
    fn words_come_from_the_files_of_the_api() {
        for (message, name, label) in [
            ("quanheng.registry.v1.UnitProfile", "display_name", "单位名称"),
            ("quanheng.registry.v1.UnitProfile", "parent", "主管单位"),
            ("quanheng.registry.v1.UnitProfile", "establishment", "编制数"),
            ("quanheng.registry.v1.UnitProfile", "kind", "机构类型"),
            ("quanheng.registry.v1.Sanction", "on", "决定生效日期"),
            ("quanheng.common.v1.Basis", "document_number", "文号"),
            ("quanheng.quota.v1.SetBalance", "reserved", "预留"),
            ("quanheng.quota.v1.SetBalance", "badge", "满缺"),
            ("quanheng.quota.v1.SetBalance", "set", "职数组"),
        ] {
            let descriptor = api::message(message).unwrap();
            let descriptor = descriptor.get_field_by_name(name).unwrap();
            assert_eq!(field(&descriptor), label, "{message}.{name}");
        }
        for (enumeration, number, label, name) in [
            ("quanheng.registry.v1.UnitKind", 2, "领导班子", "leading-group"),
            ("quanheng.registry.v1.Tier", 5, "乡镇", "township"),
            ("quanheng.common.v1.Operation.State", 2, "完成", "done"),
            ("quanheng.quota.v1.PreReviewState", 5, "预审通过", "held"),
        ] {
            let of = api::enumeration(enumeration).unwrap();
            assert_eq!(value(&of, number), label);
            assert_eq!(short(&of, of.get_value(number).unwrap().name()), name);
        }
    }
}

//! What fields and values are called by people: the Chinese words that stand beside them
//! in the files of the API, or a word of our own where those are of another shape.

use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor};

/// Fields whose comment is no name, or that bear none.
const OWN: [(&str, &str); 66] = [
    ("name", "名称"),
    ("unit", "单位"),
    ("units", "单位"),
    ("person", "人员"),
    ("persons", "人员"),
    ("post", "职位"),
    ("posts", "职位"),
    ("account", "账户"),
    ("accounts", "账户"),
    ("from", "自"),
    ("to", "至"),
    ("position", "位置"),
    ("head", "末尾"),
    ("lag", "落后"),
    ("etag", "版本标签"),
    ("version", "版本"),
    ("status", "状态"),
    ("state", "状态"),
    ("category", "职位类别"),
    ("rank", "职级"),
    ("ranks", "职级"),
    ("set", "职数组"),
    ("of", "上级组"),
    ("label", "名称"),
    ("tier", "层级"),
    ("standing", "地位"),
    ("grade", "规格"),
    ("profile", "概况"),
    ("private_profile", "个人信息"),
    ("warnings", "提示"),
    ("established_on", "设立日期"),
    ("abolished_on", "撤销日期"),
    ("registered_headcount", "在册人数"),
    ("leading_group_member", "班子成员"),
    ("authorised", "可任人数"),
    ("current_rank", "现职级"),
    ("current_rank_since", "任现职级起"),
    ("current_level", "现职务层次"),
    ("current_title", "现职务"),
    ("erased", "已擦除"),
    ("erased_on", "擦除日期"),
    ("badge", "满缺"),
    ("allocated_out", "调拨出"),
    ("allocated_in", "调拨入"),
    ("lent_out", "借出"),
    ("borrowed_in", "借入"),
    ("usable", "可用总数"),
    ("charged", "计入占用"),
    ("forced_by", "超额原因"),
    ("over_since", "超额起始"),
    ("over_quota", "超职数"),
    ("seats", "职数"),
    ("whole", "计算基数"),
    ("exact", "取整前"),
    ("cap", "应得"),
    ("working", "核定过程"),
    ("failure", "失败原因"),
    ("message", "说明"),
    ("reason", "原因"),
    ("code", "代码"),
    ("kind", "种类"),
    ("title", "标题"),
    ("effective_from", "生效自"),
    ("effective_to", "生效至"),
    ("publish_time", "发布时间"),
    ("publisher", "发布人"),
];

/// What a field is called.
pub(crate) fn field(field: &FieldDescriptor) -> String {
    let own = OWN.iter().find(|(name, _)| *name == field.name());
    if let Some((_, label)) = own {
        return (*label).to_owned();
    }
    let comment = comment(&field.parent_file(), field.path());
    comment.and_then(|comment| words(&comment)).unwrap_or_else(|| field.name().to_owned())
}

/// What a value of an enumeration is called.
pub(crate) fn value(of: &EnumDescriptor, number: i32) -> String {
    let Some(value) = of.get_value(number) else { return number.to_string() };
    let comment = comment(&value.parent_file(), value.path());
    let words = comment.and_then(|comment| words(&comment));
    words.unwrap_or_else(|| short(of, value.name()).replace('-', "_").to_ascii_uppercase())
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

fn comment(file: &FileDescriptor, path: &[i32]) -> Option<String> {
    let info = file.file_descriptor_proto().source_code_info.as_ref()?;
    let location = info.location.iter().find(|location| location.path == path)?;
    location.leading_comments.clone().or_else(|| location.trailing_comments.clone())
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

    #[test]
    fn words_come_from_the_files_of_the_api() {
        for (message, name, label) in [
            ("quanheng.registry.v1.UnitProfile", "display_name", "单位名称"),
            ("quanheng.registry.v1.UnitProfile", "parent", "主管单位"),
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
            ("quanheng.common.v1.Operation.State", 2, "DONE", "done"),
            ("quanheng.quota.v1.PreReviewState", 5, "预审通过", "held"),
        ] {
            let of = api::enumeration(enumeration).unwrap();
            assert_eq!(value(&of, number), label);
            assert_eq!(short(&of, of.get_value(number).unwrap().name()), name);
        }
    }
}

//! What of private data is shown to whom may not see it (隐去): enough to tell two persons
//! of a list apart, not enough to know who they are.

/// 张**: however long the name is.
pub(crate) fn name(name: &str) -> String {
    match name.chars().next() {
        Some(first) => format!("{first}**"),
        None => String::new(),
    }
}

/// 110105********002X
pub(crate) fn identity_number(number: &str) -> String {
    ends(number, 6, 4, 8)
}

/// 138****5678; of a shorter number, its end.
pub(crate) fn phone(phone: &str) -> String {
    match phone.len() {
        0 => String::new(),
        11.. => ends(phone, 3, 4, 4),
        8.. => ends(phone, 0, 4, 4),
        _ => "****".to_owned(),
    }
}

/// What stands first and last, and stars between.
fn ends(text: &str, first: usize, last: usize, stars: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    // Nothing that would be told whole is masked.
    if chars.len() < first + last + 1 {
        return "*".repeat(stars);
    }
    let begin: String = chars[..first].iter().collect();
    let end: String = chars[chars.len() - last..].iter().collect();
    format!("{begin}{}{end}", "*".repeat(stars))
}

#[cfg(test)]
mod tests {
    #[test]
    fn masks_leave_what_they_say() {
        type Mask = fn(&str) -> String;
        let rows: [(Mask, &str, &str); 13] = [
            (super::name, "张三", "张**"),
            (super::name, "欧阳明月", "欧**"),
            (super::name, "买买提·吐尔逊", "买**"),
            (super::name, "张", "张**"),
            (super::name, "", ""),
            (super::identity_number, "11010519491231002X", "110105********002X"),
            (super::identity_number, "110105", "********"),
            (super::identity_number, "", "********"),
            (super::phone, "13800005678", "138****5678"),
            (super::phone, "010-12345678", "010****5678"),
            (super::phone, "12345678", "****5678"),
            (super::phone, "12345", "****"),
            (super::phone, "", ""),
        ];
        for (mask, text, expected) in rows {
            assert_eq!(mask(text), expected, "{text}");
        }
    }
}

//! What is masked and what stays. All numbers are made up; their check digits are right
//! unless the row says otherwise.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::{mask, mask_number};

#[test]
fn personal_data_and_tokens_are_masked() {
    let table = [
        // Identity numbers.
        ("110101199003071233", "[identity]"),
        ("11010119900307002X", "[identity]"),
        ("11010119900307002x", "[identity]"),
        ("身份证110101199003071233号", "身份证[identity]号"),
        ("persons/990000197901010013/posts", "persons/[identity]/posts"),
        ("person_440306198511200024_old", "person_[identity]_old"),
        ("ID440306198511200024", "ID[identity]"),
        ("{\"id\":\"440306198511200024\"}", "{\"id\":\"[identity]\"}"),
        ("a wrong check digit 110101199003071234", "a wrong check digit [identity]"),
        ("the old form 110101900307123", "the old form [identity]"),
        ("１１０１０１１９９００３０７００２Ｘ", "[identity]"),
        ("110101199003071233,440306198511200024", "[identity],[identity]"),
        // Mobile numbers.
        ("13800138000", "[mobile]"),
        ("手机：13800138000。", "手机：[mobile]。"),
        ("tel13800138000", "tel[mobile]"),
        ("+8613800138000", "+[mobile]"),
        ("8613800138000", "[mobile]"),
        ("+86 138 0013 8000", "+86 [mobile]"),
        ("138-0013-8000", "[mobile]"),
        ("１３８００１３８０００", "[mobile]"),
        // Tokens.
        ("qh_c2VjcmV0LXNlY3JldA", "[token]"),
        ("token=qh_c2Vj.cmV0/x+y==; rest", "token=[token]; rest"),
        ("Bearer%20qh_c2VjcmV0", "Bearer%20[token]"),
        ("authorization: Bearer eyJhbGci.eyJzdWIi.c2ln", "authorization: Bearer [token]"),
        ("\"bearer  c2VjcmV0\"", "\"bearer  [token]\""),
        ("BEARER 0198c0de-5a1f-7c3e-9d2b-13800138000a", "BEARER [token]"),
        ("13800138000qh_c2VjcmV0", "[mobile][token]"),
        // All of them, and what is between them.
        (
            "张三 110101199003071233 13800138000 qh_c2VjcmV0 第42号",
            "张三 [identity] [mobile] [token] 第42号",
        ),
    ];
    for (text, masked) in table {
        assert_eq!(mask(text), masked, "{text}");
        assert_eq!(mask(masked), masked, "again: {text}");
    }
}

#[test]
fn everything_else_stays() {
    let table = [
        "",
        "nothing to see, 无",
        "position 1 of 18446744073709551615",
        "position 4294967296",
        "1234567890",
        "unit 110101, 440306, 990000",
        "110101 19900307",
        "国办发〔2024〕15号",
        "QH-2026-000123",
        "编办〔2026〕1380号",
        "2026-07-01T09:30:00.123456Z",
        "2026-07-01 09:30:00 +08:00",
        "20260701093000",
        "20260701093000123",
        "1782898200",
        "1782898200123",
        "1782898200123456",
        "1782898200123456789",
        "units/0198c0de-5a1f-7c3e-9d2b-138001380001/posts/7",
        "0198c0de-5a1f-7c3e-9d2b-a13800138000",
        "11010119-9003-0712-3312-110101199003",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-a13800138000c3dd8448eb211c80319c-b13800138000cc31-01",
        "12110000400000624D",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d613800138000",
        "quanheng.quota.reserved.v1",
        "the bearer",
        "bearer",
        "qh_",
        "qh",
        "128 2048 4096",
        "127.0.0.1:13800",
        "99.86%",
    ];
    for text in table {
        assert_eq!(mask(text), text);
    }
}

#[test]
fn numbers_are_masked_as_their_digits_are() {
    let table = [
        (13_800_138_000_i128, Some("[mobile]")),
        (-13_800_138_000, Some("-[mobile]")),
        (110_101_199_003_071_233, Some("[identity]")),
        (42, None),
        (110_101, None),
        (1_782_898_200_123_456, None),
        (i128::from(u64::MAX), None),
    ];
    for (number, masked) in table {
        assert_eq!(mask_number(number).as_deref(), masked, "{number}");
    }
}

/// The check digit of 17 digits (GB 11643-1999).
fn with_check_digit(body: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.chars().map(|digit| digit.to_digit(10).unwrap());
    let sum: u32 = digits.zip(weights).map(|(digit, weight)| digit * weight).sum();
    let last = "10X98765432".chars().nth((sum % 11) as usize).unwrap();
    format!("{body}{last}")
}

#[test]
fn the_made_up_numbers_have_right_check_digits() {
    let numbers =
        ["110101199003071233", "11010119900307002X", "440306198511200024", "990000197901010013"];
    for number in numbers {
        assert_eq!(with_check_digit(&number[..17]), number);
    }
}

proptest! {
    #[test]
    fn no_identity_number_comes_through(
        body in "[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}",
        before in "[^0-9a-zA-Z_０-９]{0,8}",
        after in "[^0-9a-zA-Z０-９Ｘｘ]{0,8}",
    ) {
        let number = with_check_digit(&body);
        let text = format!("{before}{number}{after}");
        prop_assert_eq!(mask(&text), format!("{before}[identity]{after}"));
    }

    #[test]
    fn no_mobile_number_comes_through(
        number in "1[0-9]{10}",
        before in "([^0-9a-zA-Z_.０-９]|tel){0,4}",
        after in "[^0-9a-zA-Z０-９Ｘｘ]{0,8}",
    ) {
        let text = format!("{before}{number}{after}");
        prop_assert_eq!(mask(&text), format!("{before}[mobile]{after}"));
    }

    #[test]
    fn uuids_and_trace_ids_stay(
        id in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16}",
    ) {
        let text = format!("units/{id} ");
        prop_assert_eq!(mask(&text), text.as_str());
    }

    #[test]
    fn masking_twice_is_masking_once(text in "([0-9X]{10,19}|qh_|[Bb]earer |[a-f0-9-]{0,36}|\\PC){0,6}") {
        let once = mask(&text).into_owned();
        prop_assert_eq!(mask(&once), once.as_str());
    }
}

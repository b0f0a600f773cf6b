//! The worked examples of calendar and codes, each a row named by its id, and the
//! properties of which they are samples.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use quanheng_policy::calendar::{Calendar, CalendarError, DayKind, FirstDay};
use quanheng_policy::codes::{
    CreditCode, DateText, DivisionCode, DivisionLevel, DocumentNumber, IdentityNumber,
    OrganisationCode, Sex, YearMonth,
};

#[test]
fn notices() {
    // id, posted, last day if the first day is excluded, last day if it is included
    let rows = [
        ("W-70", date(2025, 9, 26), date(2025, 10, 10), date(2025, 10, 9)),
        ("W-72", date(2026, 2, 12), date(2026, 2, 26), date(2026, 2, 25)),
        ("W-74", date(2025, 6, 9), date(2025, 6, 16), date(2025, 6, 13)),
        // Posted on a day off, the first day is the next working day either way.
        ("posted on a Saturday", date(2025, 6, 7), date(2025, 6, 13), date(2025, 6, 13)),
    ];
    let calendar = Calendar::bundled();
    for (id, posted, excluded, included) in rows {
        let end = |first_day| calendar.notice_end(posted, 5, first_day).unwrap();
        assert_eq!(end(FirstDay::Exclude), excluded, "{id}");
        assert_eq!(end(FirstDay::Include), included, "{id}");
    }
    eprintln!("10.4 notices: {} rows", rows.len());
}

#[test]
fn w_76_an_unpublished_year_is_refused() {
    let calendar = Calendar::bundled();
    let unpublished = Err(CalendarError::NotPublished { year: 2027 });
    assert_eq!(calendar.is_working_day(date(2027, 1, 4)).map(|_| ()), unpublished);
    let end = calendar.notice_end(date(2026, 12, 29), 5, FirstDay::Include);
    assert_eq!(end.map(|_| ()), unpublished, "also when only the end lies in it");
    let deadline = calendar.calendar_deadline(date(2026, 12, 20), 30);
    assert_eq!(deadline.map(|_| ()), unpublished);
    let text = CalendarError::NotPublished { year: 2027 }.to_string();
    assert!(text.starts_with("CALENDAR_NOT_PUBLISHED"), "{text}");
}

#[test]
fn w_78_a_deadline_in_calendar_days_moves_off_days_off() {
    let calendar = Calendar::bundled();
    let deadline = |known, days| calendar.calendar_deadline(known, days).unwrap();
    assert_eq!(deadline(date(2025, 3, 3), 30), date(2025, 4, 2), "W-78");
    // The thirtieth day is the first of October: on to the ninth.
    assert_eq!(deadline(date(2025, 9, 1), 30), date(2025, 10, 9));
    // A Sunday that is made up is a day like any other.
    assert_eq!(deadline(date(2025, 8, 29), 30), date(2025, 9, 28));
}

#[test]
fn printed_periods_are_verified() {
    let calendar = Calendar::bundled();
    let check = |from, to| calendar.check_printed_period(from, to, 5);
    assert_eq!(check(date(2025, 9, 26), date(2025, 10, 9)), Ok(5));
    assert_eq!(
        check(date(2025, 9, 26), date(2025, 10, 8)),
        Err(CalendarError::PeriodTooShort {
            from: date(2025, 9, 26),
            to: date(2025, 10, 8),
            working_days: 4,
            required: 5
        })
    );
    let backwards = check(date(2025, 9, 26), date(2025, 9, 25));
    assert!(matches!(backwards, Err(CalendarError::InvalidPeriod { .. })));
}

#[test]
fn the_shipped_arrangement_is_what_was_published() {
    let calendar = Calendar::bundled();
    assert!(calendar.published_years().eq(2004..=2026));
    let made_up = [
        (2024, vec!["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"]),
        (2025, vec!["01-26", "02-08", "04-27", "09-28", "10-11"]),
        (2026, vec!["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]),
    ];
    for (year, expected) in made_up {
        let mut found = Vec::new();
        let mut holidays = 0;
        let mut day = date(year, 1, 1);
        while day.year() == year {
            let weekend = day.weekday().to_monday_one_offset() > 5;
            match (weekend, calendar.is_working_day(day).unwrap()) {
                (true, true) => found.push(format!("{:02}-{:02}", day.month(), day.day())),
                (false, false) => holidays += 1,
                _ => {}
            }
            day = day.tomorrow().unwrap();
        }
        assert_eq!(found, expected, "{year}");
        assert!(holidays >= 10, "{year}: {holidays} holidays on weekdays");
    }
}

#[test]
fn local_days_and_later_years_lie_on_top() {
    let national = Calendar::bundled();
    let local = national
        .with_local([(date(2025, 3, 30), DayKind::Workday), (date(2025, 6, 10), DayKind::Holiday)]);
    assert_eq!(local.is_working_day(date(2025, 6, 10)), Ok(false));
    assert_eq!(local.is_working_day(date(2025, 3, 30)), Ok(true));
    assert_eq!(national.is_working_day(date(2025, 6, 10)), Ok(true));
    let next = Calendar::from_csv("date,kind,occasion\n2027-01-01,holiday,元旦\n").unwrap();
    let published = local.with_published(&next);
    assert_eq!(published.is_working_day(date(2027, 1, 1)), Ok(false));
    assert_eq!(published.is_working_day(date(2027, 1, 4)), Ok(true));
    assert_eq!(published.is_working_day(date(2025, 6, 10)), Ok(false), "local days stay");
    // A year that is published again replaces what was known of it.
    let again = Calendar::from_csv("date,kind\n2025-10-02,holiday\n").unwrap();
    assert_eq!(national.with_published(&again).is_working_day(date(2025, 10, 1)), Ok(true));
}

#[test]
fn malformed_calendar_data_is_told_by_line() {
    for (text, line) in [
        ("date,kind\nnonsense", 2),
        ("date,kind\n2025-01-01,holiday\n2025-02-30,holiday", 3),
        ("date,kind\n2025-01-01,off", 2),
        ("date,kind\n2025-01-01,holiday\n\n2025-01-01,workday", 4),
    ] {
        let error = Calendar::from_csv(text).unwrap_err();
        assert!(
            matches!(error, CalendarError::Malformed { line: at, .. } if at == line),
            "{error}"
        );
    }
}

fn published_day() -> impl Strategy<Value = Date> {
    (0..8_000_i64).prop_map(|days| date(2004, 1, 1).checked_add(days.days()).unwrap())
}

proptest! {
    #[test]
    fn adding_and_counting_are_inverse(from in published_day(), days in 1..40_u32) {
        let calendar = Calendar::bundled();
        let end = calendar.add_working_days(from, days).unwrap();
        prop_assert_eq!(calendar.count_working_days(from.tomorrow().unwrap(), end), Ok(days));
        prop_assert_eq!(calendar.is_working_day(end), Ok(true));
    }

    #[test]
    fn a_notice_has_its_days_and_ends_on_a_working_day(posted in published_day(), days in 1..30_u32) {
        let calendar = Calendar::bundled();
        let included = calendar.notice_end(posted, days, FirstDay::Include).unwrap();
        let excluded = calendar.notice_end(posted, days, FirstDay::Exclude).unwrap();
        prop_assert_eq!(calendar.count_working_days(posted, included), Ok(days));
        prop_assert!(included <= excluded);
        prop_assert_eq!(calendar.check_printed_period(posted, included, days), Ok(days));
        if included > posted {
            let short = calendar.check_printed_period(posted, included.yesterday().unwrap(), days);
            let too_short = matches!(short, Err(CalendarError::PeriodTooShort { .. }));
            prop_assert!(too_short);
        }
    }

    #[test]
    fn a_calendar_deadline_is_the_first_working_day_from_its_last_day_on(known in published_day(), days in 0..90_u32) {
        let calendar = Calendar::bundled();
        let last = known.checked_add(i64::from(days).days()).unwrap();
        let end = calendar.calendar_deadline(known, days).unwrap();
        prop_assert!(end >= last);
        prop_assert_eq!(calendar.count_working_days(last, end), Ok(1));
    }
}

#[test]
fn codes() {
    let identity = |text: &str| IdentityNumber::parse(text).map(|_| ()).map_err(|e| e.reason);
    let credit = |text: &str| CreditCode::parse(text).map(|_| ()).map_err(|e| e.reason);
    let organisation = |text: &str| OrganisationCode::parse(text).map(|_| ()).map_err(|e| e.reason);
    type Found = Result<(), &'static str>;
    let rows: Vec<(&str, Found, Found)> = vec![
        ("W-122", identity("11010519491231002X"), Ok(())),
        ("W-122", identity("110105194912310021"), Err("IDENTITY_CHECK_DIGIT")),
        ("W-122 sample", identity("440524188001010014"), Ok(())),
        ("lower case", identity("11010519491231002x"), Ok(())),
        ("full width", identity("１１０１０５１９４９１２３１００２Ｘ"), Ok(())),
        ("old form", identity("110105491231002"), Ok(())),
        ("no such day", identity("110105194902310021"), Err("IDENTITY_BIRTH_DATE")),
        ("too short", identity("1101051949123100"), Err("IDENTITY_FORMAT")),
        ("letters", identity("11010519491231A02X"), Err("IDENTITY_FORMAT")),
        ("W-123", credit("91350100M000100Y43"), Ok(())),
        ("W-123", credit("91350100M000100Y44"), Err("CREDIT_CODE_CHECK")),
        ("a letter it has not", credit("91350100M000100I43"), Err("CREDIT_CODE_FORMAT")),
        ("no division", credit("91A50100M000100Y43"), Err("CREDIT_CODE_FORMAT")),
        ("GB 11714", organisation("D2143569-X"), Ok(())),
        ("GB 11714", organisation("M000100Y-4"), Ok(())),
        ("GB 11714", organisation("M000100Y4"), Ok(())),
        ("GB 11714", organisation("M000100Y-5"), Err("ORGANISATION_CODE_CHECK")),
        ("GB 11714", organisation("M000100-Y4"), Err("ORGANISATION_CODE_FORMAT")),
    ];
    for (id, found, expected) in &rows {
        assert_eq!(found, expected, "{id}");
    }
    eprintln!("10.7 codes: {} rows", rows.len());
}

#[test]
fn an_identity_number_tells_birth_and_sex_and_hides_itself() {
    let number = IdentityNumber::parse("11010519491231002X").unwrap();
    assert_eq!((number.birth_date(), number.sex()), (date(1949, 12, 31), Sex::Female));
    assert_eq!(number.to_string(), "110105********002X");
    assert_eq!(format!("{number:?}"), "110105********002X");
    assert_eq!(number.reveal(), "11010519491231002X");
    assert_eq!(IdentityNumber::parse("110105491231002").unwrap(), number);
    let error = IdentityNumber::parse("110105194912310021").unwrap_err().to_string();
    assert!(!error.contains("1949"), "an error does not repeat the number: {error}");
}

fn checked(body: &[u8; 17]) -> Option<String> {
    let body = std::str::from_utf8(body).unwrap();
    let complete = |check: char| format!("{body}{check}");
    let candidates = "0123456789X".chars().map(complete);
    let valid: Vec<_> = candidates.filter(|text| IdentityNumber::parse(text).is_ok()).collect();
    assert!(valid.len() <= 1, "only one check digit fits");
    valid.into_iter().next()
}

proptest! {
    #[test]
    fn one_wrong_digit_is_always_found(digits in prop::collection::vec(0..10_u8, 6), birth in published_day(), sequence in 0..1_000_u16, at in 0..17_usize, by in 1..10_u8) {
        let text = format!(
            "{}{:04}{:02}{:02}{sequence:03}",
            digits.iter().map(|d| char::from(b'0' + d)).collect::<String>(),
            birth.year(), birth.month(), birth.day()
        );
        let body: [u8; 17] = text.as_bytes().try_into().unwrap();
        let valid = checked(&body).unwrap();
        let mut wrong = valid.clone().into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        prop_assert!(IdentityNumber::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC{0,24}") {
        let _ = IdentityNumber::parse(&text);
        let _ = CreditCode::parse(&text);
        let _ = OrganisationCode::parse(&text);
        let _ = DivisionCode::parse(&text);
        let _ = DocumentNumber::parse(&text);
        let _ = DateText::parse(&text);
    }
}

#[test]
fn dates_as_people_write_them() {
    let day = |y, m, d| Some(DateText::Day(date(y, m, d)));
    let month = |y, m| Some(DateText::Month(YearMonth::new(y, m).unwrap()));
    let rows = [
        ("W-125", "43831", day(2020, 1, 1)),
        ("8.8", "2009-1-1", day(2009, 1, 1)),
        ("8.8", "2009-01-01", day(2009, 1, 1)),
        ("8.8", "2012.07", month(2012, 7)),
        ("8.8", "201207", month(2012, 7)),
        ("8.8", "20120701", day(2012, 7, 1)),
        ("8.8", "2020年1月22日", day(2020, 1, 22)),
        ("8.8", "２０２０年１月２２日", day(2020, 1, 22)),
        ("month", "2020年1月", month(2020, 1)),
        ("blanks", " 2020 年 1 月 22 日 ", day(2020, 1, 22)),
        ("dots", "2012.7.1", day(2012, 7, 1)),
        ("slashes", "2012/7/1", day(2012, 7, 1)),
        ("no such day", "2021-02-29", None),
        ("no such month", "201213", None),
        ("a year alone", "2020", None),
        ("serial 60", "60", None),
        ("mixed", "2020-1.2", None),
        ("words", "去年", None),
        ("empty", "", None),
    ];
    for (id, text, expected) in rows {
        assert_eq!(DateText::parse(text).ok(), expected, "{id}: {text}");
    }
    assert_eq!(YearMonth::new(2012, 7).unwrap().to_string(), "2012.07");
    assert_eq!(YearMonth::new(2022, 7).unwrap().plus_months(24), YearMonth::new(2024, 7));
    eprintln!("8.8 dates: {} rows", rows.len());
}

#[test]
fn document_numbers_are_written_one_way() {
    for (text, expected) in [
        ("组通〔2024〕12号", Some("组通〔2024〕12号")),
        ("组通[2024]12号", Some("组通〔2024〕12号")),
        ("组通（2024）12号", Some("组通〔2024〕12号")),
        ("鄂组发 〔2024〕 第 12 号", Some("鄂组发〔2024〕12号")),
        ("组通〔24〕12号", None),
        ("组通〔2024〕12", None),
        ("〔2024〕12号", None),
        ("组通〔2024〕0号", None),
        ("组通〔2024〕十二号", None),
    ] {
        let found = DocumentNumber::parse(text).ok().map(|number| number.to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}

#[test]
fn divisions_know_their_level_and_what_lies_in_them() {
    let code = |text: &str| DivisionCode::parse(text).unwrap();
    let order = ["000000", "420000", "420100", "420106", "420106001"];
    let levels = [
        DivisionLevel::Nation,
        DivisionLevel::Province,
        DivisionLevel::Prefecture,
        DivisionLevel::County,
        DivisionLevel::Township,
    ];
    for (outer, (text, level)) in order.iter().zip(levels).enumerate() {
        assert_eq!(code(text).level(), level);
        for (inner, other) in order.iter().enumerate() {
            assert_eq!(code(text).contains(&code(other)), outer <= inner, "{text} {other}");
        }
        assert_eq!(code(text).contains(&code("420203")), outer < 2);
    }
    for text in ["", "42", "4201", "42010", "42010x", "420006", "004201", "420000001"] {
        assert!(DivisionCode::parse(text).is_err(), "{text}");
    }
    // Every division of the shipped table has a valid code, and lies in its parent.
    let table = include_str!("../data/divisions.csv");
    let mut count = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let level = code(fields[0]).level();
        if !fields[3].is_empty() {
            assert!(code(fields[3]).contains(&code(fields[0])), "{line}");
        }
        let expected = match fields[1] {
            // A city without counties stands for its own county.
            "county" if fields[0] == fields[3] => DivisionLevel::Prefecture,
            "province" => DivisionLevel::Province,
            "city" => DivisionLevel::Prefecture,
            "county" => DivisionLevel::County,
            _ => DivisionLevel::Township,
        };
        assert_eq!(level, expected, "{line}");
        count += 1;
    }
    assert_eq!(count, 44_703);
}

/// The run says how many examples of each kind there were.
#[test]
fn every_example_is_a_test() {
    let source = include_str!("examples.rs");
    for (kind, wanted) in [
        ("10.4 公示与期限", &["W-70", "W-72", "W-74", "W-76", "W-78"][..]),
        ("10.7 代码", &["W-122", "W-123", "W-125"][..]),
    ] {
        let named = |id: &&&str| {
            let name = format!("fn {}_", id.to_lowercase().replace('-', "_"));
            source.contains(&format!("(\"{id}")) || source.contains(&name)
        };
        let found = wanted.iter().filter(named).count();
        assert_eq!(found, wanted.len(), "{kind}");
        println!("{kind}: {found} examples");
    }
}

//! Rows to files and back: equal, whatever the file.

use proptest::prelude::*;
use quanheng_policy::codes::DivisionCode;
use quanheng_sheets::{Bounds, Encoding, Value, csv, persons, sample, table, units, xlsx};

use crate::world::KINDS;

fn files(form: &quanheng_sheets::Form, rows: &[Vec<Value>]) -> [(&'static str, Vec<u8>); 3] {
    let rows = || rows.iter().map(Vec::as_slice);
    [
        ("xlsx", xlsx(form, rows()).unwrap()),
        ("UTF-8", csv(form, Encoding::Utf8, rows()).unwrap()),
        ("GB18030", csv(form, Encoding::Gb18030, rows()).unwrap()),
    ]
}

#[test]
fn persons_come_back() {
    let division = DivisionCode::parse("530102").unwrap();
    let people: Vec<_> = (0..2_000).map(|seed| sample::person(seed, &division)).collect();
    let rows: Vec<_> = people.iter().map(persons::PersonRow::values).collect();
    for (what, bytes) in files(&persons::FORM, &rows) {
        let read = persons::read(&bytes, &Bounds::default(), sample::general_rank).unwrap();
        assert_eq!(read.table.findings.list(), [], "{what}");
        assert_eq!(read.rows.len(), people.len());
        for (numbered, person) in read.rows.iter().zip(&people) {
            assert_eq!(numbered.row, *person, "{what} {}", numbered.number);
        }
    }
}

#[test]
fn units_come_back() {
    let divisions = ["000000", "530000", "530100", "530102", "530102001"];
    let division = |seed: u64| DivisionCode::parse(divisions[(seed % 5) as usize]).unwrap();
    let all: Vec<_> = (0..500).map(|seed| sample::unit(seed, &division(seed))).collect();
    let rows: Vec<_> = all.iter().map(units::UnitRow::values).collect();
    for (what, bytes) in files(&units::FORM, &rows) {
        let read = units::read(&bytes, &Bounds::default(), |_| None).unwrap();
        assert_eq!(read.table.findings.list(), [], "{what}");
        for (numbered, unit) in read.rows.iter().zip(&all) {
            assert_eq!(numbered.row, *unit, "{what} {}", numbered.number);
        }
        assert_eq!(read.rows.len(), all.len());
    }
}

fn date() -> impl Strategy<Value = jiff::civil::Date> {
    (1900_i16..=2999, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| jiff::civil::date(y, m, d))
}

/// Any text that a cell may hold, with the beginnings that CSV must guard and the escapes
/// that xlsx must.
fn text() -> impl Strategy<Value = Value> {
    let any = prop_oneof![
        "[=+@'\\-\t＝]{0,3}[ -~甲乙䶵𠀀\n]{0,12}",
        "(_x00[0-9A-F]{2}_){1,2}",
        any::<String>().prop_map(|text| text.replace('\u{e5e5}', "")),
    ];
    any.prop_map(|text| match Value::text(&text) {
        Value::Empty => Value::text("某"),
        value => value,
    })
}

fn row() -> impl Strategy<Value = Vec<Value>> {
    use quanheng_policy::Ratio;
    use quanheng_policy::codes::{DocumentNumber, YearMonth};
    let maybe = |value: BoxedStrategy<Value>| prop_oneof![Just(Value::Empty), value];
    (
        text(),
        maybe(date().prop_map(Value::Date).boxed()),
        maybe(date().prop_map(|day| Value::Month(YearMonth::of(day))).boxed()),
        maybe((1949_u32..=2999).prop_map(Value::Number).boxed()),
        maybe(any::<u32>().prop_map(Value::Number).boxed()),
        maybe((0_u64..=300).prop_map(|n| Value::Percent(Ratio::new(n, 300).unwrap())).boxed()),
        maybe(Just(Value::text("否(待定)")).boxed()),
        any::<u64>().prop_map(|seed| {
            let person = sample::person(seed, &DivisionCode::nation());
            Value::Identity(person.identity.number)
        }),
        any::<u64>().prop_map(|seed| {
            let unit = sample::unit(seed, &DivisionCode::nation());
            Value::of(unit.credit_code, Value::Credit)
        }),
        (10_u32..99, 1_u32..99).prop_map(|(p, c)| {
            Value::Division(DivisionCode::parse(&format!("{p}{c:02}00")).unwrap())
        }),
        (1949_u32..2999, 1_u32..9999).prop_map(|(year, number)| {
            let number = DocumentNumber::parse(&format!("组通〔{year}〕{number}号")).unwrap();
            Value::Document(Box::new(number))
        }),
        maybe(Just(Value::text("+86-138 0000 0000")).boxed()),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i, j, k, l)| vec![a, b, c, d, e, f, g, h, i, j, k, l])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn values_of_every_kind_come_back(rows in prop::collection::vec(row(), 1..12)) {
        for (what, bytes) in files(&KINDS, &rows) {
            let read = table(&KINDS, &bytes, &Bounds::default()).unwrap();
            prop_assert_eq!(read.findings.list(), [], "{}", what);
            let values: Vec<_> = read.rows.into_iter().map(|row| row.values).collect();
            prop_assert_eq!(&values, &rows, "{}", what);
        }
    }
}

//! The divisions of the country (行政区划) by their names, as the bundled table has them.

use std::collections::HashMap;
use std::sync::LazyLock;

use quanheng_policy::codes::DivisionCode;
use quanheng_sheets::units::PlaceNames;

const TABLE: &str = include_str!("../../../../crates/policy/data/divisions.csv");

struct Division {
    name: &'static str,
    parent: &'static str,
}

struct Divisions {
    by_code: HashMap<&'static str, Division>,
    /// Codes above townships under a name: a few hundred names are borne by several.
    by_name: HashMap<&'static str, Vec<&'static str>>,
}

static DIVISIONS: LazyLock<Divisions> = LazyLock::new(|| {
    let mut divisions = Divisions { by_code: HashMap::new(), by_name: HashMap::new() };
    for line in TABLE.lines().skip(1) {
        let mut fields = line.trim_end().split(',');
        let (Some(code), Some(_level), Some(name), parent) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let parent = parent.unwrap_or_default();
        // Cities without districts stand in the table twice, as their own districts.
        if divisions.by_code.contains_key(code) {
            continue;
        }
        divisions.by_code.insert(code, Division { name, parent });
        if code.len() == 6 {
            divisions.by_name.entry(name).or_default().push(code);
        }
    }
    divisions
});

/// The division that the names of a place say: the deepest that is given, under all that
/// are given above it; none if there is none or more than one.
pub(crate) fn named(place: &PlaceNames) -> Option<DivisionCode> {
    let names = [&place.county, &place.prefecture, &place.province];
    let mut names = names.into_iter().filter_map(|name| name.as_deref()).map(str::trim);
    let deepest = names.next()?;
    let above: Vec<&str> = names.collect();
    let mut found = codes_of(deepest).filter(|code| lies_under(code, &above));
    let only = found.next()?;
    match found.next() {
        None => DivisionCode::parse(only).ok(),
        Some(_) => None,
    }
}

/// The name of a division.
#[cfg(test)]
fn name_of(code: &DivisionCode) -> Option<&'static str> {
    DIVISIONS.by_code.get(code.as_str()).map(|division| division.name)
}

/// Ways in which a name is shortened: 广东 for 广东省.
const ENDS: [&str; 12] = [
    "省",
    "市",
    "县",
    "区",
    "旗",
    "盟",
    "地区",
    "自治区",
    "回族自治区",
    "壮族自治区",
    "维吾尔自治区",
    "特别行政区",
];

fn codes_of(name: &str) -> impl Iterator<Item = &'static str> {
    let exact = DIVISIONS.by_name.get(name);
    let longer = || {
        let names = ENDS.iter().map(move |end| format!("{name}{end}"));
        names.filter_map(|name| DIVISIONS.by_name.get(name.as_str())).flatten()
    };
    let found: Vec<&'static str> = match exact {
        Some(codes) => codes.clone(),
        None => longer().copied().collect(),
    };
    found.into_iter()
}

/// Whether each of the names is that of a division above, from below upwards.
fn lies_under(code: &str, names: &[&str]) -> bool {
    let mut names = names.iter();
    let Some(mut wanted) = names.next() else { return true };
    let mut at = DIVISIONS.by_code.get(code).map(|division| division.parent);
    while let Some(code) = at.filter(|code| !code.is_empty()) {
        let Some(division) = DIVISIONS.by_code.get(code) else { return false };
        // Municipalities stand for their own second level.
        while is_name(division.name, wanted) {
            match names.next() {
                Some(next) => wanted = next,
                None => return true,
            }
        }
        at = Some(division.parent);
    }
    false
}

fn is_name(full: &str, given: &str) -> bool {
    full == given || full.strip_prefix(given).is_some_and(|end| ENDS.contains(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_its_names() {
        let place = |names: [&str; 3]| {
            let [province, prefecture, county] =
                names.map(|name| Some(name.to_owned()).filter(|name| !name.is_empty()));
            named(&PlaceNames { province, prefecture, county })
        };
        for (names, code) in [
            (["广东省", "广州市", "越秀区"], Some("440104")),
            (["广东", "广州", "越秀"], Some("440104")),
            (["广东省", "广州市", ""], Some("440100")),
            (["广东省", "", ""], Some("440000")),
            (["北京市", "", "朝阳区"], Some("110105")),
            (["北京市", "北京市", "朝阳区"], Some("110105")),
            // There are several districts of this name.
            (["", "", "朝阳区"], None),
            (["广东省", "", "朝阳区"], None),
            (["某某省", "", ""], None),
            (["", "", ""], None),
        ] {
            let found = place(names);
            assert_eq!(found.as_ref().map(DivisionCode::as_str), code, "{names:?}");
        }
    }

    #[test]
    fn the_whole_table_is_read() {
        assert!(DIVISIONS.by_code.len() > 44_000);
        assert!(DIVISIONS.by_code.keys().all(|code| DivisionCode::parse(code).is_ok()));
        let known = DivisionCode::parse("440104").expect("a code");
        assert_eq!(name_of(&known), Some("越秀区"));
    }
}

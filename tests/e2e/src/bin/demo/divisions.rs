//! One province of the real division data (行政区划), as a tree.

use quanheng_policy::class::Standing;

use crate::outcome::{Fault, Outcome, ensure};

const DIVISIONS: &str = include_str!("../../../../../crates/policy/data/divisions.csv");

/// 副省级城市
const SUB_PROVINCIAL: [&str; 15] = [
    "210100", "210200", "220100", "230100", "320100", "330100", "330200", "350200", "370100",
    "370200", "420100", "440100", "440300", "510100", "610100",
];
/// 直辖市
const MUNICIPALITIES: [&str; 4] = ["110000", "120000", "310000", "500000"];
/// Lines of the file that gather counties and have no government of their own.
const GATHERINGS: [&str; 4] = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"];

/// A division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
}

/// 县、区、县级市, with what lies in it.
#[derive(Debug, Clone)]
pub(crate) struct County {
    pub(crate) place: Place,
    pub(crate) townships: Vec<Place>,
}

/// 地级市、州, or counties directly under a province.
#[derive(Debug, Clone)]
pub(crate) struct City {
    pub(crate) place: Place,
    pub(crate) counties: Vec<County>,
}

/// 省、自治区、直辖市
#[derive(Debug, Clone)]
pub(crate) struct Province {
    pub(crate) place: Place,
    pub(crate) cities: Vec<City>,
}

struct Line {
    place: Place,
    level: &'static str,
    parent: &'static str,
}

fn lines() -> Vec<Line> {
    let lines = DIVISIONS.lines().skip(1).filter_map(|line| {
        let mut fields = line.split(',');
        let (code, level) = (fields.next()?, fields.next()?);
        let (name, parent) = (fields.next()?, fields.next()?);
        Some(Line { place: Place { code, name }, level, parent })
    });
    lines.collect()
}

impl Province {
    /// The province of a code.
    pub(crate) fn read(code: &str) -> Outcome<Self> {
        let lines = lines();
        let of = |level: &'static str, parent: &'static str| {
            let found = lines.iter().filter(move |l| l.level == level && l.parent == parent);
            found.map(|line| line.place)
        };
        let found = lines.iter().find(|line| line.level == "province" && line.place.code == code);
        let Some(found) = found else {
            let provinces = lines.iter().filter(|line| line.level == "province");
            let known: Vec<_> =
                provinces.map(|l| format!("{} {}", l.place.code, l.place.name)).collect();
            return Err(Fault::new(format!("没有省份 {code};可选:{}", known.join("、"))));
        };
        let place = found.place;
        let county =
            |place: Place| County { place, townships: of("township", place.code).collect() };
        let city =
            |place: Place| City { place, counties: of("county", place.code).map(county).collect() };
        let cities = of("city", place.code).map(city).collect();
        Ok(Self { place, cities })
    }

    /// The city whose quotas are determined: an ordinary one, with the most townships.
    pub(crate) fn showcase(&self) -> Outcome<&City> {
        let ordinary = |city: &&City| {
            let rural = city.counties.iter().filter(|county| county.townships.len() >= 4);
            city.is_government() && !city.is_sub_provincial() && rural.count() >= 2
        };
        let city = self.cities.iter().filter(ordinary).max_by_key(|city| city.townships());
        ensure!(
            city.is_some(),
            "{}没有下设县、乡镇的地级市,本演示需要市、县、乡镇三级:请以 --province 另选",
            self.place.name
        );
        city.ok_or_else(|| Fault::new("没有可用的地级市"))
    }

    pub(crate) fn is_municipality(&self) -> bool {
        MUNICIPALITIES.contains(&self.place.code)
    }
}

impl City {
    /// Whether it has a government of its own.
    pub(crate) fn is_government(&self) -> bool {
        !GATHERINGS.contains(&self.place.name)
    }

    pub(crate) fn is_sub_provincial(&self) -> bool {
        SUB_PROVINCIAL.contains(&self.place.code)
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.is_sub_provincial() {
            true => Standing::SubProvincialCity,
            false => Standing::Ordinary,
        }
    }

    pub(crate) fn townships(&self) -> usize {
        self.counties.iter().map(|county| county.townships.len()).sum()
    }
}

impl County {
    /// What it is besides a county: districts of greater cities stand higher.
    pub(crate) fn standing(&self, province: &Province, city: &City) -> Standing {
        let district = self.place.name.ends_with('区');
        match (province.is_municipality(), district, city.is_sub_provincial()) {
            (true, true, _) => Standing::MunicipalityDistrict,
            (false, true, true) => Standing::SubProvincialDistrict,
            _ => Standing::Ordinary,
        }
    }
}

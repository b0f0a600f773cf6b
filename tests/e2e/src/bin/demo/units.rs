//! Units of a province: for every government a handful of organs, with plausible made-up
//! establishment figures that are the same at every run.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_sheets::sample;
use quanheng_sheets::units::{PlaceNames, UnitLevel, UnitRow};

use crate::divisions::{City, County, Place, Province};
use crate::outcome::{Outcome, there};

/// An organ that every government of a tier has: the end of its id, its name with the
/// government's in it, its sequence, and how many slots it may have.
struct Organ(&'static str, &'static str, &'static str, (u32, u32));

const PROVINCE: [Organ; 8] = [
    Organ("zzb", "中共{}委组织部", "党群", (90, 160)),
    Organ("fgw", "{}发展和改革委员会", "政府", (120, 200)),
    Organ("czt", "{}财政厅", "政府", (120, 200)),
    Organ("jyt", "{}教育厅", "政府", (100, 180)),
    Organ("rst", "{}人力资源和社会保障厅", "政府", (100, 180)),
    Organ("zjt", "{}住房和城乡建设厅", "政府", (80, 150)),
    Organ("nyt", "{}农业农村厅", "政府", (80, 160)),
    Organ("scj", "{}市场监督管理局", "政府", (90, 180)),
];
const CITY: [Organ; 8] = [
    Organ("zzb", "中共{}委组织部", "党群", (50, 80)),
    Organ("fgw", "{}发展和改革委员会", "政府", (70, 130)),
    Organ("czj", "{}财政局", "政府", (70, 140)),
    Organ("jyj", "{}教育局", "政府", (50, 90)),
    Organ("rsj", "{}人力资源和社会保障局", "政府", (60, 120)),
    Organ("zjj", "{}住房和城乡建设局", "政府", (50, 110)),
    Organ("nyj", "{}农业农村局", "政府", (50, 110)),
    Organ("scj", "{}市场监督管理局", "政府", (70, 150)),
];
const COUNTY: [Organ; 6] = [
    Organ("zzb", "中共{}委组织部", "党群", (22, 34)),
    Organ("czj", "{}财政局", "政府", (44, 60)),
    Organ("jyj", "{}教育局", "政府", (20, 38)),
    Organ("rsj", "{}人力资源和社会保障局", "政府", (40, 56)),
    Organ("nyj", "{}农业农村局", "政府", (28, 48)),
    Organ("scj", "{}市场监督管理局", "政府", (34, 60)),
];
const TOWNSHIP_SLOTS: (u32, u32) = (30, 60);
/// 农机站, the referenced unit (参照管理单位) of a county's agriculture bureau.
const REFERENCED: &str = "njz";
const REFERENCED_SLOTS: (u32, u32) = (20, 36);
const LEADING_GROUP: &str = "ldbz";
const LEADING_GROUP_POSTS: (u32, u32) = (30, 38);

/// A number between two, which a name fixes (FNV-1a).
pub(crate) fn figure(name: &str, (from, to): (u32, u32)) -> u32 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = name
        .bytes()
        .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = hash ^ (hash >> 29);
    from + u32::try_from(mixed % u64::from(to - from + 1)).unwrap_or(0)
}

/// A unit that is to be registered.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) row: UnitRow,
}

impl Unit {
    pub(crate) fn name(&self) -> String {
        format!("units/{}", self.id)
    }

    pub(crate) fn account(&self) -> String {
        format!("quotaAccounts/{}.general_management", self.id)
    }

    pub(crate) fn is_leading_group(&self) -> bool {
        self.row.kind == Some(UnitKind::LeadingGroup)
    }

    /// Persons that it has.
    pub(crate) fn headcount(&self) -> u32 {
        let of_organ = self.row.administrative_headcount.unwrap_or(0);
        of_organ + self.row.referenced_headcount.unwrap_or(0)
    }

    /// Slots that ranks are counted of.
    pub(crate) fn slots(&self) -> u32 {
        let of_organ = self.row.administrative_slots.unwrap_or(0);
        of_organ + self.row.referenced_slots.unwrap_or(0)
    }
}

/// The units of one government.
#[derive(Debug, Clone)]
pub(crate) struct Government {
    pub(crate) place: Place,
    pub(crate) organs: Vec<Unit>,
    pub(crate) townships: Vec<Unit>,
}

impl Government {
    /// One of its organs.
    pub(crate) fn organ(&self, end: &str) -> Outcome<&Unit> {
        let id = format!("{}-{end}", self.place.code);
        there(self.organs.iter().find(|unit| unit.id == id), &format!("单位 {id}"))
    }

    fn units(&self) -> impl Iterator<Item = &Unit> {
        self.organs.iter().chain(&self.townships)
    }
}

/// All units of a province, and the parts that the story is about.
pub(crate) struct World {
    pub(crate) province: Place,
    /// The city whose quotas are determined.
    pub(crate) city: Government,
    /// Its counties: the first is looked at closely, the second pools its seats.
    pub(crate) counties: Vec<Government>,
    /// Everything else.
    pub(crate) others: Vec<Unit>,
    /// The leading group of a sub-provincial city, if there is one: no table has its ratios.
    pub(crate) without_table: Option<String>,
}

impl World {
    /// Makes the units of a province up.
    pub(crate) fn of(province: &Province) -> Outcome<Self> {
        let chosen = province.showcase()?;
        let mut maker = Maker { next: 1 };
        let city = maker.city(chosen)?;
        let counties = chosen.counties.iter().filter(|county| county.place != chosen.place);
        let counties = counties.map(|county| maker.county(province, chosen, county));
        let mut counties = counties.collect::<Outcome<Vec<_>>>()?;
        counties.sort_by_key(|county| std::cmp::Reverse(county.townships.len()));
        let mut others = maker.province(&province.place)?;
        for city in province.cities.iter().filter(|city| city.place != chosen.place) {
            if city.is_government() {
                let government = maker.city(city)?;
                others.extend(government.units().cloned());
            }
            for county in &city.counties {
                let government = maker.county(province, city, county)?;
                others.extend(government.units().cloned());
            }
        }
        let great = province.cities.iter().find(|city| city.is_sub_provincial());
        Ok(Self {
            province: province.place,
            city,
            counties,
            others,
            without_table: great.map(|city| format!("{}-{LEADING_GROUP}", city.place.code)),
        })
    }

    /// Every unit.
    pub(crate) fn units(&self) -> impl Iterator<Item = &Unit> {
        let counties = self.counties.iter().flat_map(Government::units);
        self.city.units().chain(counties).chain(&self.others)
    }

    pub(crate) fn showcase(&self) -> Outcome<&Government> {
        there(self.counties.first(), "第一个县")
    }

    pub(crate) fn pooling(&self) -> Outcome<&Government> {
        there(self.counties.get(1), "第二个县")
    }

    /// Units that get an account of their own: all of the city and its counties, but for
    /// the county that pools its seats.
    pub(crate) fn determined(&self) -> Outcome<Vec<&Unit>> {
        let pooling = self.pooling()?;
        let counties = self.counties.iter().filter(|county| county.place != pooling.place);
        Ok(self.city.units().chain(counties.flat_map(Government::units)).collect())
    }
}

/// Where a unit stands.
struct Seat<'a> {
    division: &'a str,
    tier: Tier,
    standing: Standing,
    grade: UnitGrade,
}

struct Maker {
    next: u64,
}

impl Maker {
    fn province(&mut self, place: &Place) -> Outcome<Vec<Unit>> {
        let seat = Seat {
            division: place.code,
            tier: Tier::Province,
            standing: Standing::Ordinary,
            grade: UnitGrade::Bureau,
        };
        self.organs(place, &PROVINCE, &seat)
    }

    fn city(&mut self, city: &City) -> Outcome<Government> {
        let seat = Seat {
            division: city.place.code,
            tier: Tier::Prefecture,
            standing: city.standing(),
            grade: UnitGrade::Division,
        };
        let mut organs = self.organs(&city.place, &CITY, &seat)?;
        organs.push(self.leading_group(&city.place, &Seat { grade: UnitGrade::Bureau, ..seat })?);
        // Cities without counties have townships of their own.
        let own = city.counties.iter().find(|county| county.place.code == city.place.code);
        let townships = own.map(|own| self.townships(city.place.name, &own.townships));
        Ok(Government {
            place: city.place,
            organs,
            townships: townships.transpose()?.unwrap_or_default(),
        })
    }

    fn county(&mut self, province: &Province, city: &City, county: &County) -> Outcome<Government> {
        let place = county.place;
        if place.code == city.place.code {
            return Ok(Government { place, organs: Vec::new(), townships: Vec::new() });
        }
        let standing = county.standing(province, city);
        let (tier, grade) = match standing {
            Standing::MunicipalityDistrict => (Tier::Prefecture, UnitGrade::Division),
            _ => (Tier::County, UnitGrade::Section),
        };
        let seat = Seat { division: place.code, tier, standing, grade };
        let mut organs = self.organs(&place, &COUNTY, &seat)?;
        organs.push(self.referenced(&place, &seat)?);
        organs.push(self.leading_group(&place, &Seat { grade: UnitGrade::Division, ..seat })?);
        let townships = self.townships(place.name, &county.townships)?;
        Ok(Government { place, organs, townships })
    }

    fn organs(&mut self, place: &Place, organs: &[Organ], seat: &Seat<'_>) -> Outcome<Vec<Unit>> {
        let units = organs.iter().map(|Organ(end, name, sequence, slots)| {
            let id = format!("{}-{end}", place.code);
            let slots = figure(&id, *slots);
            let unit = self.unit(id, name.replace("{}", place.name), sequence, seat, false)?;
            Ok(with_slots(unit, slots))
        });
        units.collect()
    }

    fn townships(&mut self, county: &str, townships: &[Place]) -> Outcome<Vec<Unit>> {
        let units = townships.iter().map(|township| {
            let seat = Seat {
                division: township.code,
                tier: Tier::Township,
                standing: Standing::Ordinary,
                grade: UnitGrade::Section,
            };
            let id = format!("{}-jg", township.code);
            let slots = figure(&id, TOWNSHIP_SLOTS);
            let name = format!("{county}{}机关", township.name);
            Ok(with_slots(self.unit(id, name, "乡镇", &seat, false)?, slots))
        });
        units.collect()
    }

    fn referenced(&mut self, place: &Place, seat: &Seat<'_>) -> Outcome<Unit> {
        let id = format!("{}-{REFERENCED}", place.code);
        let slots = figure(&id, REFERENCED_SLOTS);
        let name = format!("{}农机站", place.name);
        let mut unit = with_slots(self.unit(id, name, "政府", seat, true)?, slots);
        let above = UnitId::new(format!("{}-nyj", place.code))?;
        unit.row.parent_id = Some(above.clone());
        unit.row.supervisor_id = Some(above);
        unit.row.approved_on = Some(Date::constant(2020, 6, 1));
        unit.row.approval_number = Some(DocumentNumber::parse("示例组通〔2020〕18号")?);
        Ok(unit)
    }

    fn leading_group(&mut self, place: &Place, seat: &Seat<'_>) -> Outcome<Unit> {
        let id = format!("{}-{LEADING_GROUP}", place.code);
        let posts = figure(&id, LEADING_GROUP_POSTS);
        let mut unit = self.unit(id, format!("{}领导班子", place.name), "党群", seat, false)?;
        unit.row.kind = Some(UnitKind::LeadingGroup);
        unit.row.credit_code = None;
        unit.row.leading_group_seats = Some(posts);
        Ok(unit)
    }

    /// A unit without slots yet.
    fn unit(
        &mut self,
        id: String,
        name: String,
        sequence: &str,
        seat: &Seat<'_>,
        referenced: bool,
    ) -> Outcome<Unit> {
        let division = DivisionCode::parse(seat.division)?;
        let seed = self.next * 10;
        self.next += 1;
        // Among made-up units of this place, one of the right nature: its credit code fits.
        let fits = |row: &UnitRow| row.is_referenced() == referenced;
        let made = (0..64).map(|more| sample::unit(seed + more * 100_000, &division));
        let made = there(made.into_iter().find(fits), "虚构的信用代码")?;
        let row = UnitRow {
            name,
            supervisor: None,
            place: PlaceNames::default(),
            affiliation: None,
            sequence: Some(sequence.to_owned()),
            level: (seat.tier >= Tier::County).then_some(UnitLevel::Township),
            administrative_slots: None,
            administrative_headcount: None,
            referenced_slots: None,
            referenced_headcount: None,
            approved_on: None,
            approval_number: None,
            division_chief_seats: Some(u32::from(seat.tier < Tier::County)),
            division_deputy_seats: Some(if seat.tier < Tier::County { 3 } else { 0 }),
            section_chief_seats: Some(1),
            section_deputy_seats: Some(3),
            researcher_upper_seats: None,
            researcher_lower_seats: None,
            clerk_upper_seats: None,
            clerk_lower_seats: None,
            note: Some("演示数据,编制数为虚构".to_owned()),
            id: Some(UnitId::new(id.clone())?),
            parent_id: None,
            supervisor_id: None,
            division: Some(division),
            tier: Some(seat.tier),
            standing: Some(seat.standing),
            grade: Some(seat.grade),
            leading_group_seats: Some(0),
            ..made
        };
        Ok(Unit { id, row })
    }
}

/// Slots, and persons in most of them.
fn with_slots(mut unit: Unit, slots: u32) -> Unit {
    let filled = slots * figure(&format!("{} filled", unit.id), (82, 96)) / 100;
    let row = &mut unit.row;
    if row.is_referenced() {
        (row.referenced_slots, row.referenced_headcount) = (Some(slots), Some(filled));
    } else {
        (row.administrative_slots, row.administrative_headcount) = (Some(slots), Some(filled));
    }
    unit
}

/// How many units there are of each tier.
pub(crate) fn by_tier<'a>(units: impl Iterator<Item = &'a Unit>) -> BTreeMap<Tier, u64> {
    let mut counts = BTreeMap::new();
    for tier in units.filter_map(|unit| unit.row.tier) {
        *counts.entry(tier).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_units_of_a_province_share_an_id_or_a_credit_code() {
        for code in ["420000", "440000", "650000"] {
            let world = World::of(&Province::read(code).unwrap()).unwrap();
            let units: Vec<&Unit> = world.units().collect();
            let ids: BTreeSet<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
            assert_eq!(ids.len(), units.len(), "{code}");
            let codes = units.iter().filter_map(|unit| unit.row.credit_code.as_ref());
            let codes: Vec<&str> = codes.map(|code| code.as_str()).collect();
            assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{code}");
            assert!(world.counties.len() >= 2, "{code}");
        }
    }

    #[test]
    fn figures_are_the_same_at_every_run_and_within_their_bounds() {
        let world = World::of(&Province::read("420000").unwrap()).unwrap();
        let again = World::of(&Province::read("420000").unwrap()).unwrap();
        for (unit, same) in world.units().zip(again.units()) {
            assert_eq!(unit.row, same.row);
            assert!(unit.headcount() <= unit.slots());
            let township = unit.row.tier == Some(Tier::Township);
            assert!(!township || (30..=60).contains(&unit.slots()), "{}", unit.id);
        }
    }

    #[test]
    fn a_province_without_three_levels_is_refused_in_words() {
        for code in ["110000", "999999"] {
            let made = Province::read(code).and_then(|province| World::of(&province));
            let said = made.err().map(|fault| fault.to_string()).unwrap_or_default();
            assert!(said.contains("--province") || said.contains("可选"), "{code}: {said}");
        }
    }
}

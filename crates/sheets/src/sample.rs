//! Made-up units and persons for demonstrations, measurements and tests: the same for the
//! same seed, with valid check digits, and under names that nobody bears.

use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{
    CreditCode, DivisionCode, DivisionLevel, DocumentNumber, IdentityNumber, OrganisationCode,
    YearMonth,
};
use quanheng_policy::{CategoryId, PersonId, RankId, Ratio, UnitId};

use crate::persons::{
    AppointmentWay, Assessment, AssessmentResult, Batch, Conversion, Education, EstablishmentKind,
    Honours, Identity, LeadershipPost, NATIONS, NamedRank, PersonRow, PoliticalStatus, RankReason,
    RankSpell, RankState, Sanctions, level_of,
};
use crate::units::{PlaceNames, UnitLevel, UnitNature, UnitRow};

/// The ranks of the general ladder (3.2), the highest first.
pub const GENERAL_RANKS: [(&str, &str); 12] = [
    ("一级巡视员", "GM01"),
    ("二级巡视员", "GM02"),
    ("一级调研员", "GM03"),
    ("二级调研员", "GM04"),
    ("三级调研员", "GM05"),
    ("四级调研员", "GM06"),
    ("一级主任科员", "GM07"),
    ("二级主任科员", "GM08"),
    ("三级主任科员", "GM09"),
    ("四级主任科员", "GM10"),
    ("一级科员", "GM11"),
    ("二级科员", "GM12"),
];

/// A rank of the general ladder by its name.
#[must_use]
pub fn general_rank(name: &str) -> Option<(CategoryId, RankId)> {
    let (_, id) = GENERAL_RANKS.iter().find(|(own, _)| *own == name)?;
    Some((CategoryId::new("general_management").ok()?, RankId::new(*id).ok()?))
}

/// SplitMix64: a few lines, and good enough to make up people.
struct Dice(u64);

impl Dice {
    fn of(seed: u64, what: u64) -> Self {
        let mut dice = Self(seed ^ what.rotate_left(32));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a bound, which is not nothing.
    fn below(&mut self, bound: u32) -> u32 {
        let bound = u64::from(bound.max(1));
        u32::try_from(self.next() % bound).unwrap_or(0)
    }

    fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from + 1)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(u32::try_from(from.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// A day some years after another.
    fn years_after(&mut self, day: Date, from: u32, to: u32) -> Date {
        let days = self.between(from * 365, to * 365);
        day.checked_add(i64::from(days).days()).unwrap_or(day)
    }
}

const SURNAMES: [&str; 8] = ["甄", "贾", "虚", "示", "样", "拟", "例", "演"];
const GIVEN: [&str; 8] = ["示例", "样本", "虚构", "演示", "模拟", "样例", "假设", "试用"];
const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];

/// The last day that a sample knows: samples do not depend on the day they are made.
const TODAY: Date = Date::constant(2025, 6, 30);

/// The six digits of a division; of the whole country, those of nowhere.
fn area(division: &DivisionCode) -> &str {
    match division.as_str().get(..6) {
        Some("000000") | None => "990000",
        Some(area) => area,
    }
}

/// A valid identity number: the only check digit of eleven that fits.
fn identity_number(area: &str, birth: Date, sequence: u32) -> IdentityNumber {
    let (year, month, day) = (birth.year(), birth.month(), birth.day());
    let body = format!("{area}{year:04}{month:02}{day:02}{sequence:03}");
    let fitting = "0123456789X"
        .chars()
        .find_map(|check| IdentityNumber::parse(&format!("{body}{check}")).ok());
    fitting.expect("one of the eleven check digits fits any body")
}

/// A valid credit code: of an organisation code with its check, and a check over all.
fn credit_code(category: &str, area: &str, body: u32) -> CreditCode {
    let checks = || "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    // An organisation code may check to a letter that credit codes lack: the next body.
    let organisation = (body..)
        .find_map(|body| {
            let body = format!("9{:07}", body % 10_000_000);
            checks().find_map(|check| {
                let code = format!("{body}{check}");
                OrganisationCode::parse(&code).is_ok().then_some(code)
            })
        })
        .expect("one of a few bodies has a check");
    let fitting = checks().find_map(|check| {
        CreditCode::parse(&format!("{category}{area}{organisation}{check}")).ok()
    });
    fitting.expect("one of the thirty-one checks fits any body")
}

/// A made-up person who works in a division.
#[must_use]
pub fn person(seed: u64, division: &DivisionCode) -> PersonRow {
    let mut dice = Dice::of(seed, 1);
    let identity = identity(&mut dice, seed, division);
    let started = identity.work_started_on.unwrap_or(TODAY);
    let order = dice.between(6, 11) as usize;
    let since = dice.years_after(started, 1, 6).min(TODAY);
    let leader = dice.chance(20);
    let converted = dice.chance(40);
    PersonRow {
        serial: u32::try_from(seed).ok(),
        unit_name: Some(format!("示例单位{}号", seed % 1_000)),
        establishment: Some(if dice.chance(75) {
            EstablishmentKind::Administrative
        } else {
            EstablishmentKind::Referenced
        }),
        registered_on: Some(dice.years_after(started, 1, 2)),
        full_time: education(&mut dice),
        on_job: if dice.chance(30) { education(&mut dice) } else { Education::default() },
        post: leader.then(|| post(&mut dice, since)),
        conversion: conversion(order, started).filter(|_| converted),
        separately_listed: None,
        spell: Some(spell(&mut dice, order, since)),
        commendations: if dice.chance(15) { honours(&mut dice) } else { Honours::default() },
        sanctions: Sanctions::default(),
        assessments: assessments(&mut dice),
        unit_id: UnitId::new(format!("sample-{}", seed % 1_000)).ok(),
        id: PersonId::new(format!("sample-{seed}")).ok(),
        identity,
    }
}

fn identity(dice: &mut Dice, seed: u64, division: &DivisionCode) -> Identity {
    let name = [dice.pick(&SURNAMES), dice.pick(&GIVEN), dice.pick(&STEMS)].concat();
    // The seed fixes birth day and sequence: a million seeds, a million numbers.
    let days = i64::try_from(seed % 12_000).unwrap_or(0);
    let birth = Date::constant(1968, 1, 1).checked_add(days.days()).unwrap_or(TODAY);
    let sequence = u32::try_from(seed / 12_000 % 1_000).unwrap_or(0);
    let number = identity_number(area(division), birth, sequence);
    let party = dice.chance(60);
    let started = dice.years_after(birth, 20, 24).min(TODAY);
    Identity {
        name,
        sex: Some(number.sex()),
        nation: Some(
            if dice.chance(85) { NATIONS[0] } else { dice.pick(&NATIONS[..56]) }.to_owned(),
        ),
        birth_month: Some(YearMonth::of(birth)),
        native_place: Some("虚构示例".to_owned()),
        political_status: Some(if party {
            PoliticalStatus::PartyMember
        } else {
            PoliticalStatus::Masses
        }),
        joined_on: party.then(|| dice.years_after(birth, 20, 30).min(TODAY)),
        work_started_on: Some(started),
        grass_roots_two_years: Some(dice.chance(70)),
        number,
    }
}

fn education(dice: &mut Dice) -> Education {
    let (education, degree) =
        dice.pick(&[("大学本科", Some("学士")), ("硕士研究生", Some("硕士")), ("大学专科", None)]);
    Education {
        education: Some(education.to_owned()),
        degree: degree.map(str::to_owned),
        school: Some(format!("示例大学{}分校", dice.pick(&STEMS))),
        major: Some(dice.pick(&["示例管理", "示例法学", "示例工程"]).to_owned()),
    }
}

fn named_rank(order: usize) -> Option<NamedRank> {
    let (name, _) = GENERAL_RANKS.get(order)?;
    let (category, rank) = general_rank(name)?;
    Some(NamedRank { name: (*name).to_owned(), category, rank })
}

fn post(dice: &mut Dice, since: Date) -> LeadershipPost {
    LeadershipPost {
        level: level_of(dice.pick(&["乡科级正职", "乡科级副职", "县处级副职"])),
        title: Some(format!("示例{}科负责人", dice.pick(&STEMS))),
        since: Some(since),
        way: Some(dice.pick(&[AppointmentWay::Selection, AppointmentWay::Appointment])),
        same_level_since: Some(since),
        concurrent: Some(dice.chance(30)),
        approved_on: Some(since),
    }
}

/// The conversion of 2019-06-01, of those who had begun by then.
fn conversion(order: usize, started: Date) -> Option<Conversion> {
    let on = Date::constant(2019, 6, 1);
    (started < on).then(|| Conversion {
        rank: named_rank((order + 1).min(11)),
        on: Some(on),
        same_level_since: Some(on),
        ex_military: Some(false),
        approved_on: Some(on),
    })
}

fn spell(dice: &mut Dice, order: usize, since: Date) -> RankSpell {
    RankSpell {
        rank: named_rank(order),
        since: Some(since),
        reason: Some(dice.pick(&[RankReason::Promotion, RankReason::Probation])),
        approved_on: Some(since),
        batch: Some(match dice.below(6) {
            0 => Batch::FirstConversion,
            number => Batch::Number(number),
        }),
        vote: Ratio::new(u64::from(dice.between(80, 100)), 100),
        state: Some(RankState::Held),
        ..RankSpell::default()
    }
}

fn honours(dice: &mut Dice) -> Honours {
    let year = dice.between(2018, 2024);
    Honours {
        title: Some("嘉奖".to_owned()),
        time: Some(format!("{year}年3月")),
        authority: Some("中共示例县委(虚构)".to_owned()),
        document: Some(format!("示例通〔{year}〕{}号", dice.between(1, 90))),
    }
}

fn assessments(dice: &mut Dice) -> Vec<Assessment> {
    let assessment = |year| {
        let (result, wording) = match dice.below(20) {
            0..=3 => (AssessmentResult::Excellent, "优秀"),
            4 => (AssessmentResult::BasicallyCompetent, "基本称职"),
            5 => (AssessmentResult::Ungraded, "不定等次"),
            _ => (AssessmentResult::Competent, "称职"),
        };
        Assessment { year, result, wording: wording.to_owned() }
    };
    (2020..=2024).map(assessment).collect()
}

/// A made-up unit of a division.
#[must_use]
pub fn unit(seed: u64, division: &DivisionCode) -> UnitRow {
    let mut dice = Dice::of(seed, 2);
    let referenced = dice.chance(30);
    let (tier, grade) = match division.level() {
        DivisionLevel::Nation => (Tier::Central, UnitGrade::Ministerial),
        DivisionLevel::Province => (Tier::Province, UnitGrade::Bureau),
        DivisionLevel::Prefecture => (Tier::Prefecture, UnitGrade::Division),
        DivisionLevel::County => (Tier::County, UnitGrade::Section),
        DivisionLevel::Township => (Tier::Township, UnitGrade::Section),
    };
    let (category, nature, kind) = if referenced {
        ("12", UnitNature::ReferencedInstitution, UnitKind::ReferencedUnit)
    } else {
        ("11", UnitNature::Organ, UnitKind::Organ)
    };
    let slots = dice.between(10, 200);
    let people = dice.between(slots / 2, slots);
    let organ = |count| (!referenced).then_some(count);
    let year = dice.between(2007, 2024);
    let number = dice.between(1, 400);
    UnitRow {
        name: format!(
            "示例{area}第{seed}虚构管理{what}",
            area = area(division),
            what = if referenced { "中心" } else { "局" }
        ),
        credit_code: Some(credit_code(
            category,
            area(division),
            u32::try_from(seed % 9_999_991).unwrap_or(0),
        )),
        supervisor: Some(format!("示例{}主管部门", area(division))),
        place: PlaceNames::default(),
        nature: Some(nature),
        affiliation: Some("示例隶属".to_owned()),
        sequence: Some(dice.pick(&["党群", "政法", "政府"]).to_owned()),
        level: (tier == Tier::County).then_some(UnitLevel::Township),
        administrative_slots: organ(slots),
        administrative_headcount: organ(people),
        referenced_slots: referenced.then_some(slots),
        referenced_headcount: referenced.then_some(people),
        approved_on: referenced
            .then(|| Date::new(i16::try_from(year).unwrap_or(2019), 6, 1).unwrap_or(TODAY)),
        approval_number: DocumentNumber::parse(&format!("示例组通〔{year}〕{number}号"))
            .ok()
            .filter(|_| referenced),
        division_chief_seats: Some(u32::from(tier < Tier::County)),
        division_deputy_seats: Some(u32::from(tier < Tier::County) * 3),
        section_chief_seats: Some(dice.between(1, 6)),
        section_deputy_seats: Some(dice.between(1, 8)),
        researcher_upper_seats: Some(slots / 50),
        researcher_lower_seats: Some(slots / 25),
        clerk_upper_seats: Some(slots / 4),
        clerk_lower_seats: Some(slots / 3),
        contact: Some([dice.pick(&SURNAMES), dice.pick(&GIVEN)].concat()),
        phone: Some(format!("000-0000{:04}", dice.below(10_000))),
        note: None,
        id: UnitId::new(format!("sample-{seed}")).ok(),
        parent_id: (seed > 0).then(|| UnitId::new("sample-0").ok()).flatten(),
        supervisor_id: None,
        division: Some(division.clone()),
        tier: Some(tier),
        standing: Some(Standing::Ordinary),
        grade: Some(grade),
        kind: Some(kind),
        political_legal_slots: Some(0),
        institution_slots: Some(0),
        logistics_slots: Some(dice.below(6)),
        leading_group_seats: Some(dice.between(3, 7)),
    }
}

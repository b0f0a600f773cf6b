//! A row of the roster as a person of the register. Columns say less than the register
//! asks for in places; what follows then is said here, beside each.

mod facts;
mod service;

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::codes::{DocumentNumber, YearMonth};
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::{FactId, SpellId};
use quanheng_register::person::{PersonFacts, SlotKind, SlotSpell};
use quanheng_register::private::{DayOrMonth, Education, PrivateProfile, Sex};
use quanheng_register::refusal::Refused;
use quanheng_register::unit::GENERAL_MANAGEMENT;
use quanheng_sheets::persons::{self as sheet, PersonRow};
use quanheng_sheets::{Choice as _, Fault, Problem};

use super::kind::{Ground, UnitNames};
use super::persons::{Item, Secret};

/// The name of the slot's interval, of each post's and each rank's.
pub(in crate::import) const SLOT: &str = "roster-slot";
const POST: &str = "roster-post";
const RANK: &str = "roster-rank";
/// What stands where something is sealed later.
const UNSEALED: &str = "unsealed";

/// What is found while a row is read.
struct Reading<'a> {
    ground: &'a Ground,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn error(&mut self, key: &'static str, code: &'static str, message: impl Into<String>) {
        self.problems.push(Fault::error(code, message).at(key));
    }

    fn warn(&mut self, key: &'static str, code: &'static str, message: impl Into<String>) {
        self.problems.push(Fault::warning(code, message).at(key));
    }

    fn cut_over(&self) -> Date {
        self.ground.basis.effective_on
    }

    fn document(&self) -> Option<DocumentNumber> {
        Some(self.ground.basis.document.clone())
    }

    /// A day that must not lie after cut-over.
    fn by_cut_over(&mut self, key: &'static str, day: Option<Date>) -> Option<Date> {
        let cut_over = self.cut_over();
        if day.is_some_and(|day| day > cut_over) {
            let message = format!("晚于期初日期 {cut_over}(依据的生效日期)");
            self.error(key, "AFTER_CUT_OVER", message);
        }
        day
    }
}

/// The person of a row, and what is wrong or doubtful; none if something is wrong.
pub(in crate::import) fn person(
    number: u32,
    row: &PersonRow,
    ground: &Ground,
    units: &UnitNames,
) -> (Option<(Item, Secret)>, Vec<Problem>) {
    let mut reading = Reading { ground, problems: Vec::new() };
    let unit = reading.unit(row, units);
    let slot = reading.slot_kind(row);
    let profile = reading.profile(row);
    let rank = reading.rank(row);
    let post = unit.as_ref().and_then(|unit| reading.post(row, unit));
    let changes = reading.changes(row);
    let facts = PersonFacts {
        ex_military: row.conversion.as_ref().and_then(|c| c.ex_military).unwrap_or_default(),
        separately_listed: reading.listing(row),
        ..PersonFacts::default()
    };
    let assessments = reading.assessments(row);
    let commendations = reading.commendations(row);
    let sanctions = reading.sanctions(row);
    let broken = reading
        .problems
        .iter()
        .any(|problem| problem.fault.severity == quanheng_sheets::Severity::Error);
    let category = rank.as_ref().map(|rank| rank.category.clone()).or_else(general);
    let id = row.id.clone().or_else(|| PersonId::new(uuid::Uuid::now_v7().to_string()).ok());
    let (Some(unit), Some(slot), Some(category), Some(person), false) =
        (unit, slot, category, id, broken)
    else {
        return (None, reading.problems);
    };
    let (Ok(unsealed), Ok(post_id), Ok(rank_id)) =
        (Sealed::new(UNSEALED), SpellId::new(POST), SpellId::new(RANK))
    else {
        return (None, reading.problems);
    };
    let sealed_later = |ids: Vec<&FactId>| {
        ids.into_iter().map(|id| (id.clone(), unsealed.clone())).collect::<BTreeMap<_, _>>()
    };
    let item = Item {
        row: number,
        person,
        // Enough to tell rows apart until the keys are asked.
        identity: format!("{UNSEALED}-{number}"),
        private: unsealed.clone(),
        slot: SlotSpell {
            unit,
            slot,
            category,
            from: ground.basis.effective_on,
            document: Some(ground.basis.document.clone()),
        },
        facts,
        posts: post.map(|post| (post_id, post)).into_iter().collect(),
        ranks: rank.map(|rank| (rank_id, rank)).into_iter().collect(),
        changes,
        assessments: assessments.iter().map(|fact| (fact.year, unsealed.clone())).collect(),
        commendations: sealed_later(commendations.keys().collect()),
        sanctions: sealed_later(sanctions.keys().collect()),
    };
    let secret = Secret { profile, assessments, commendations, sanctions };
    (Some((item, secret)), reading.problems)
}

fn general() -> Option<CategoryId> {
    CategoryId::new(GENERAL_MANAGEMENT).ok()
}

impl Reading<'_> {
    /// By its id, or else by its name, if only one unit bears it.
    fn unit(&mut self, row: &PersonRow, units: &UnitNames) -> Option<UnitId> {
        if let Some(id) = &row.unit_id {
            return Some(id.clone());
        }
        let Some(name) = &row.unit_name else {
            self.error("unit_id", "UNIT_MISSING", "须填写单位代码或单位名称");
            return None;
        };
        match units.get(name).map(Vec::as_slice).unwrap_or_default() {
            [only] => Some(only.clone()),
            [] => {
                self.error("unit_name", "UNIT_UNKNOWN", "未找到该名称的单位");
                None
            }
            _ => {
                let message = "有多个同名单位,须填写单位代码";
                self.error("unit_name", "UNIT_NAME_AMBIGUOUS", message);
                None
            }
        }
    }

    fn slot_kind(&mut self, row: &PersonRow) -> Option<SlotKind> {
        match row.establishment {
            Some(sheet::EstablishmentKind::Administrative) => Some(SlotKind::Administrative),
            Some(sheet::EstablishmentKind::Referenced) => Some(SlotKind::ReferencedInstitution),
            None => {
                self.error("establishment", "ESTABLISHMENT_MISSING", "须填写编制类型");
                None
            }
        }
    }

    fn profile(&mut self, row: &PersonRow) -> PrivateProfile {
        let identity = &row.identity;
        let born = identity.number.birth_date();
        // Rosters know the month; where the identity number agrees, its day is known, too.
        let birth_date = match identity.birth_month {
            Some(month) if month != YearMonth::of(born) => DayOrMonth::from(month),
            _ => DayOrMonth::from(born),
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let day = |day: Option<Date>| day.map(DayOrMonth::from);
        let status = identity.political_status.map(|status| status.word().to_owned());
        let profile = PrivateProfile {
            name: identity.name.clone(),
            identity_number: identity.number.reveal().to_owned(),
            sex: Sex::from(identity.sex.unwrap_or_else(|| identity.number.sex())),
            nation: text(&identity.nation),
            birth_date,
            native_place: text(&identity.native_place),
            political_status: status.unwrap_or_default(),
            party_joined: day(identity.joined_on),
            work_started: day(identity.work_started_on),
            registered_on: row.registered_on,
            grass_roots_two_years: identity.grass_roots_two_years.unwrap_or_default(),
            full_time_education: education(&row.full_time),
            in_service_education: education(&row.on_job),
            pay_grade: None,
            phone: String::new(),
            resume: String::new(),
        };
        if let Err(refused) = profile.validate(self.ground.today) {
            self.refused(&refused);
        }
        profile
    }

    fn refused(&mut self, refused: &Refused) {
        for refusal in refused.refusals() {
            let (key, field) = match refusal.field() {
                Some(field @ "identity_number") => ("identity_number", field),
                Some(field @ "birth_date") => ("birth_month", field),
                Some(field @ "nation") => ("nation", field),
                Some(field @ "native_place") => ("native_place", field),
                Some(field @ "political_status") => ("political_status", field),
                Some(field @ "party_joined") => ("joined_on", field),
                Some(field @ "work_started") => ("work_started_on", field),
                Some(field @ "registered_on") => ("registered_on", field),
                Some(field @ "full_time_education") => ("full_time_education", field),
                Some(field @ "in_service_education") => ("on_job_education", field),
                field => ("name", field.unwrap_or_default()),
            };
            let text = refusal.to_string();
            let text = text.strip_prefix(&format!("{field}:")).unwrap_or(&text).to_owned();
            self.error(key, refusal.code(), text);
        }
    }
}

fn education(education: &sheet::Education) -> Option<Education> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let read = Education {
        level: text(&education.education),
        degree: text(&education.degree),
        school: text(&education.school),
        major: text(&education.major),
    };
    (read != Education::default()).then_some(read)
}

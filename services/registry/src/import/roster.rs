//! A row of the roster as a person of the register. Columns say less than the register
//! asks for in places; what follows then is said here, beside each.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::codes::{DateText, DocumentNumber, YearMonth};
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::{FactId, SpellId};
use quanheng_register::person::{
    Conversion, Exemption, ListingReason, PersonFacts, PersonPatch, PostSpell, PostWay,
    RankLeaveReason, RankReason, RankSpell, SeparateListing, SlotKind, SlotSpell,
};
use quanheng_register::private::{
    Assessment, AssessmentResult, Commendation, CommendationKind, DayOrMonth, Education,
    PrivateProfile, Sanction, SanctionKind, Sex,
};
use quanheng_register::refusal::Refused;
use quanheng_register::unit::GENERAL_MANAGEMENT;
use quanheng_sheets::persons::{self as sheet, Batch, PersonRow, level_name};
use quanheng_sheets::{Choice as _, Fault, Problem};

use super::kind::{Ground, UnitNames};
use super::persons::{Item, Secret};

/// The name of the slot's interval, of each post's and each rank's.
pub(super) const SLOT: &str = "roster-slot";
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
pub(super) fn person(
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

    /// 职级任免. Its document is that of the whole file: rosters have no other.
    fn rank(&mut self, row: &PersonRow) -> Option<RankSpell> {
        let spell = row.spell.as_ref()?;
        let Some(rank) = &spell.rank else {
            if spell.since.is_some() {
                self.error("rank", "RANK_MISSING", "已填写任职级时间,须填写现任职级");
            }
            return None;
        };
        let since = self.by_cut_over("rank_since", spell.since);
        let Some(from) = since else {
            self.error("rank_since", "RANK_SINCE_MISSING", "须填写任职级时间");
            return None;
        };
        let to = spell.ended_on.or(spell.terminated_on);
        let to = self.by_cut_over("rank_ended_on", to);
        if to.is_none() && spell.state == Some(sheet::RankState::Ended) {
            self.error("rank_ended_on", "RANK_END_MISSING", "状态为已免,须填写免职级时间");
        }
        if to.is_some_and(|to| to <= from) {
            self.error("rank_ended_on", "SPELL_EMPTY", "免职级时间应晚于任职级时间");
        }
        let left = spell.end_reason.map(|reason| match reason {
            sheet::RankEndReason::Lowered => RankLeaveReason::Lowered,
            sheet::RankEndReason::Retired => RankLeaveReason::Retirement,
            sheet::RankEndReason::TransferOut => RankLeaveReason::TransferOut,
        });
        let first = spell.batch == Some(Batch::FirstConversion);
        Some(RankSpell {
            category: rank.category.clone(),
            rank: rank.rank.clone(),
            from,
            to,
            reason: reason(spell.reason, first),
            exemption: exemption(row),
            batch: spell.batch.map(|batch| batch.to_string()).unwrap_or_default(),
            left: left.filter(|_| to.is_some()),
            document: self.document(),
        })
    }

    /// 领导职务. A post without a title bears the name of its level.
    fn post(&mut self, row: &PersonRow, unit: &UnitId) -> Option<PostSpell> {
        let post = row.post.as_ref()?;
        let level = post.level.as_ref().and_then(level_name);
        let title = post.title.clone().or_else(|| level.map(str::to_owned));
        let Some(title) = title else {
            if post.since.is_some() {
                let message = "已填写现任职务时间,须填写职务名称";
                self.error("post_title", "POST_TITLE_MISSING", message);
            }
            return None;
        };
        let since = self.by_cut_over("post_since", post.since);
        let Some(from) = since else {
            self.error("post_since", "POST_SINCE_MISSING", "须填写现任职务时间");
            return None;
        };
        Some(PostSpell {
            unit: unit.clone(),
            post: None,
            level: post.level.clone(),
            title,
            from,
            to: None,
            way: post.way.map_or(PostWay::Other, |way| match way {
                sheet::AppointmentWay::Selection => PostWay::Selection,
                sheet::AppointmentWay::Election => PostWay::Election,
                sheet::AppointmentWay::InboundTransfer => PostWay::InboundTransfer,
                sheet::AppointmentWay::Appointment => PostWay::Appointment,
            }),
            concurrent: post.concurrent.unwrap_or_default(),
            left: None,
            document: self.document(),
        })
    }

    /// 同级职务任职时间, 首次套转.
    fn changes(&mut self, row: &PersonRow) -> PersonPatch {
        let same_level = row.post.as_ref().and_then(|post| post.same_level_since);
        let same_level_since = self.by_cut_over("post_same_level_since", same_level);
        PersonPatch {
            same_level_since: same_level_since.map(Some),
            conversion: self.conversion(row).map(Some),
            ..PersonPatch::default()
        }
    }

    fn conversion(&mut self, row: &PersonRow) -> Option<Conversion> {
        let conversion = row.conversion.as_ref()?;
        let (Some(rank), on) = (&conversion.rank, conversion.on) else {
            if conversion.on.is_some() {
                let message = "已填写套转时间,须填写套转职级";
                self.error("conversion_rank", "CONVERSION_RANK_MISSING", message);
            }
            return None;
        };
        let on = self.by_cut_over("conversion_on", on);
        let Some(on) = on else {
            self.error("conversion_on", "CONVERSION_DATE_MISSING", "须填写套转时间");
            return None;
        };
        let level_since = conversion.same_level_since.unwrap_or(on);
        if level_since > on {
            let message = "同级职级任职时间应不晚于套转时间";
            self.error("conversion_same_level_since", "CONVERSION_ORDER", message);
        }
        let rank = rank.rank.clone();
        Some(Conversion { rank, on, level_since, months_used: 0, promotions: 0 })
    }

    /// 单列管理
    fn listing(&mut self, row: &PersonRow) -> Option<SeparateListing> {
        let listing = row.separately_listed.as_ref()?;
        let reason = match listing.reason {
            Some(sheet::SeparateListingReason::Reform) => ListingReason::Reform,
            Some(sheet::SeparateListingReason::Election) => ListingReason::Election,
            Some(sheet::SeparateListingReason::Other) => ListingReason::Other,
            None => {
                let message = "单列管理须填写事由";
                self.error("separate_reason", "SEPARATE_REASON_MISSING", message);
                return None;
            }
        };
        let since = listing.since.or(listing.approved_on);
        let Some(since) = self.by_cut_over("separate_since", since) else {
            let message = "单列管理须填写任职时间或审批时间";
            self.error("separate_since", "SEPARATE_SINCE_MISSING", message);
            return None;
        };
        Some(SeparateListing { reason, since })
    }

    /// 近五年考核. A result counts from the end of its year, or from cut-over on: rosters
    /// do not say when it was confirmed.
    fn assessments(&mut self, row: &PersonRow) -> Vec<Assessment> {
        let keys = ["1", "2", "3", "4", "5"].map(|_| "assessment_year_1");
        let mut read = Vec::new();
        for (given, key) in row.assessments.iter().zip(keys) {
            let year = i16::try_from(given.year).unwrap_or(i16::MAX);
            let ended = Date::new(year, 12, 31).unwrap_or(Date::MAX);
            let fact = Assessment {
                year,
                result: result(given.result),
                confirmed_on: ended.min(self.cut_over()),
                raw: given.wording.clone(),
            };
            match fact.validate(self.ground.today) {
                Ok(()) if (1949..=self.ground.today.year()).contains(&year) => read.push(fact),
                _ => {
                    let message = format!("考核年度 {year} 晚于期初日期或无效");
                    self.error(key, "ASSESSMENT_YEAR", message);
                }
            }
        }
        read
    }

    /// 奖励: several in one cell stand apart by 、 or ;. Those that are none of the kinds
    /// of the law are passed over with a warning.
    fn commendations(&mut self, row: &PersonRow) -> BTreeMap<FactId, Commendation> {
        let honours = &row.commendations;
        let Some(titles) = honours.title.as_deref().map(pieces) else { return BTreeMap::new() };
        let times = honours.time.as_deref().map(pieces).unwrap_or_default();
        let documents = honours.document.as_deref().map(pieces).unwrap_or_default();
        let note = honours.authority.clone().unwrap_or_default();
        let mut read = BTreeMap::new();
        for (at, title) in titles.iter().enumerate() {
            let kind = CommendationKind::read(title);
            let on = times.get(at).and_then(|time| day(time));
            let document = documents.get(at).and_then(|text| DocumentNumber::parse(text).ok());
            let fact = kind.zip(on).map(|(kind, on)| Commendation {
                kind,
                on,
                document,
                note: note.clone(),
            });
            let sound = fact.filter(|fact| fact.validate(self.ground.today).is_ok());
            match (sound, FactId::new(format!("roster-{}", at + 1))) {
                (Some(fact), Ok(id)) => {
                    read.insert(id, fact);
                }
                _ => {
                    let message = "奖励名称或时间无法识别,该项未导入,请另行登记";
                    self.warn("commendation", "COMMENDATION_NOT_TAKEN", message);
                }
            }
        }
        read
    }

    /// 处分. One that is not understood must not be lost: the row is refused.
    fn sanctions(&mut self, row: &PersonRow) -> BTreeMap<FactId, Sanction> {
        let sanctions = &row.sanctions;
        let Some(titles) = sanctions.title.as_deref().map(pieces) else {
            return BTreeMap::new();
        };
        let times = sanctions.time.as_deref().map(pieces).unwrap_or_default();
        let lifted = sanctions.lifted.as_deref().map(pieces).unwrap_or_default();
        let note = sanctions.authority.clone().unwrap_or_default();
        let mut read = BTreeMap::new();
        for (at, title) in titles.iter().enumerate() {
            let kind = SanctionKind::read(title);
            let on = times.get(at).and_then(|time| day(time));
            let fact = kind.zip(on).map(|(kind, on)| Sanction {
                kind,
                on,
                document: None,
                note: note.clone(),
                restored_on: None,
                ends_on: None,
                affects_use: false,
                lifted_on: lifted.get(at).and_then(|time| day(time)),
            });
            let sound = fact.filter(|fact| fact.validate(self.ground.today).is_ok());
            match (sound, FactId::new(format!("roster-{}", at + 1))) {
                (Some(fact), Ok(id)) => {
                    read.insert(id, fact);
                }
                _ => {
                    let message = "处分名称或时间无法识别:请按规范名称逐项填写,或清空后另行登记";
                    self.error("sanction", "SANCTION_NOT_UNDERSTOOD", message);
                }
            }
        }
        read
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

fn reason(given: Option<sheet::RankReason>, first_conversion: bool) -> RankReason {
    match given {
        Some(sheet::RankReason::Promotion) => RankReason::Promotion,
        Some(sheet::RankReason::Probation) => RankReason::Probation,
        Some(sheet::RankReason::TransferIn) => RankReason::TransferIn,
        Some(sheet::RankReason::ExMilitary) => RankReason::ExMilitary,
        Some(sheet::RankReason::PostToRank) => RankReason::PostToRank,
        _ if first_conversion => RankReason::InitialConversion,
        Some(sheet::RankReason::Other) | None => RankReason::Other,
    }
}

fn exemption(row: &PersonRow) -> Option<Exemption> {
    let ex_military = row.conversion.as_ref().and_then(|conversion| conversion.ex_military);
    match (&row.separately_listed, ex_military) {
        (Some(_), _) => Some(Exemption::SeparatelyListed),
        (None, Some(true)) => Some(Exemption::ExMilitaryFirstPlacement),
        _ => None,
    }
}

fn result(given: sheet::AssessmentResult) -> AssessmentResult {
    match given {
        sheet::AssessmentResult::Excellent => AssessmentResult::Excellent,
        sheet::AssessmentResult::Competent => AssessmentResult::Competent,
        sheet::AssessmentResult::BasicallyCompetent => AssessmentResult::BasicallyCompetent,
        sheet::AssessmentResult::Incompetent => AssessmentResult::Incompetent,
        sheet::AssessmentResult::Ungraded => AssessmentResult::Ungraded,
        sheet::AssessmentResult::NotAssessed => AssessmentResult::NotAssessed,
    }
}

/// The things in one cell.
fn pieces(cell: &str) -> Vec<&str> {
    let apart = |c: char| matches!(c, '、' | '；' | ';' | '\n');
    cell.split(apart).map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// A day, or the first of a month: `2021-03-01`, `2021.03`, `2021年3月`.
fn day(text: &str) -> Option<Date> {
    if let Ok(read) = DateText::parse(text) {
        return Some(read.first_day());
    }
    let month = text.trim().strip_suffix('月')?.replace('年', ".");
    let (year, month) = month.split_once('.')?;
    Date::new(year.trim().parse().ok()?, month.trim().parse().ok()?, 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_several_things() {
        for (cell, expected) in [
            ("嘉奖", vec!["嘉奖"]),
            ("嘉奖、记三等功", vec!["嘉奖", "记三等功"]),
            ("嘉奖；嘉奖\n", vec!["嘉奖", "嘉奖"]),
            (" ; ", vec![]),
        ] {
            assert_eq!(pieces(cell), expected, "{cell}");
        }
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        for (text, expected) in [
            ("2021-03-04", Some("2021-03-04")),
            ("2021.03", Some("2021-03-01")),
            ("2021年3月", Some("2021-03-01")),
            ("2021年3月4日", Some("2021-03-04")),
            ("三月", None),
            ("", None),
        ] {
            assert_eq!(day(text).map(|day| day.to_string()).as_deref(), expected, "{text}");
        }
    }
}

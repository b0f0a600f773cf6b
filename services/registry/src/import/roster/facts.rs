//! Assessments, commendations and sanctions of a row.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::codes::{DateText, DocumentNumber};
use quanheng_register::id::FactId;
use quanheng_register::private::{
    Assessment, AssessmentResult, Commendation, CommendationKind, Sanction, SanctionKind,
};
use quanheng_sheets::persons::{self as sheet, PersonRow};

use super::Reading;

impl Reading<'_> {
    /// 近五年考核. A result counts from the end of its year, or from cut-over on: rosters
    /// do not say when it was confirmed.
    pub(super) fn assessments(&mut self, row: &PersonRow) -> Vec<Assessment> {
        let mut read = Vec::new();
        for given in &row.assessments {
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
                    // Which of the five columns it was is no longer known; the year tells.
                    self.error("assessment_year_1", "ASSESSMENT_YEAR", message);
                }
            }
        }
        read
    }

    /// 奖励: several in one cell stand apart by 、 or ;. Those that are none of the kinds
    /// of the law are passed over with a warning.
    pub(super) fn commendations(&mut self, row: &PersonRow) -> BTreeMap<FactId, Commendation> {
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
    pub(super) fn sanctions(&mut self, row: &PersonRow) -> BTreeMap<FactId, Sanction> {
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

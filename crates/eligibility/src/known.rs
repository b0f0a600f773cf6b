//! What was known and held on a day: every rule reads a career through this.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::profile::YearResult;
use quanheng_policy::{CategoryId, LevelId, RankId};
use quanheng_register::person::RankReason;
use quanheng_register::private::{Assessment, AssessmentResult, Investigation, Sanction};

use crate::career::{Career, Holding, Spell};

/// A career as of a day.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) career: &'a Career,
    pub(crate) on: Date,
}

impl<'a> Known<'a> {
    /// Spells that had begun.
    pub(crate) fn spells(self) -> impl Iterator<Item = &'a Spell> {
        self.career.spells.iter().filter(move |spell| spell.from <= self.on)
    }

    /// Spells on the day.
    pub(crate) fn held(self) -> impl Iterator<Item = &'a Spell> {
        self.spells().filter(move |spell| spell.to.is_none_or(|to| self.on < to))
    }

    /// The rank held in a category: there is one at a time; of several the one that was
    /// taken last.
    pub(crate) fn rank(self, category: &CategoryId) -> Option<&'a RankId> {
        let held = self.held().filter_map(|spell| match &spell.holding {
            Holding::Rank { category: own, rank } if own == category => Some((spell.from, rank)),
            _ => None,
        });
        held.max().map(|(_, rank)| rank)
    }

    /// The levels of the main leadership posts held.
    pub(crate) fn levels(self) -> impl Iterator<Item = &'a LevelId> {
        self.held().filter_map(|spell| match &spell.holding {
            Holding::Post { level } => Some(level),
            Holding::Rank { .. } => None,
        })
    }

    /// When a rank was last lowered (降低职级).
    pub(crate) fn lowered_on(self) -> Option<Date> {
        let lowered = self.spells().filter(|spell| spell.reason == Some(RankReason::Lowered));
        lowered.map(|spell| spell.from).max()
    }

    /// Assessments that were confirmed, by year.
    pub(crate) fn assessments(self) -> BTreeMap<i16, &'a Assessment> {
        let mut found: BTreeMap<i16, &Assessment> = BTreeMap::new();
        let known = self.career.assessments.iter().filter(|one| one.confirmed_on <= self.on);
        for one in known {
            let newest = found.entry(one.year).or_insert(one);
            if newest.confirmed_on < one.confirmed_on {
                *newest = one;
            }
        }
        found
    }

    /// Sanctions and measures that had taken effect.
    pub(crate) fn sanctions(self) -> impl Iterator<Item = &'a Sanction> {
        self.career.sanctions.iter().filter(move |sanction| sanction.on <= self.on)
    }

    /// When a sanction was lifted, if it was by then.
    pub(crate) fn lifted_on(self, sanction: &Sanction) -> Option<Date> {
        sanction.lifted_on.filter(|lifted_on| *lifted_on <= self.on)
    }

    /// When the Party rights were restored (留党察看), if they were by then.
    pub(crate) fn restored_on(self, sanction: &Sanction) -> Option<Date> {
        sanction.restored_on.filter(|restored_on| *restored_on <= self.on)
    }

    /// Investigations without conclusion (立案审查调查尚未结案).
    pub(crate) fn open_investigations(self) -> impl Iterator<Item = &'a Investigation> {
        let open = move |one: &&Investigation| {
            one.opened_on <= self.on && one.closed_on.is_none_or(|closed_on| self.on < closed_on)
        };
        self.career.investigations.iter().filter(open)
    }
}

/// A result as policy names it.
pub(crate) fn year_result(result: AssessmentResult) -> YearResult {
    match result {
        AssessmentResult::Excellent => YearResult::Excellent,
        AssessmentResult::Competent => YearResult::Competent,
        AssessmentResult::BasicallyCompetent => YearResult::BasicallyCompetent,
        AssessmentResult::Incompetent => YearResult::Incompetent,
        AssessmentResult::Ungraded => YearResult::Ungraded,
        AssessmentResult::NotAssessed => YearResult::NotAssessed,
    }
}

//! A candidate with everything that the documents say of one.

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eligibility::{Eligibility, Finding, Opened, Rule};
use quanheng_forms::{Sex, YearMonth};
use quanheng_policy::condition::Value;
use quanheng_register::person::{Person, PostSpell, RankSpell};
use quanheng_register::private::{self, AssessmentResult, PrivateProfile};

use super::{Ground, History};
use crate::judge::KeptFinding;

/// A candidate.
pub(crate) struct Candidate {
    /// The request, and when it came so far.
    pub(crate) history: History,
    /// The person.
    pub(crate) person: Person,
    /// What was held about the person under seal.
    pub(crate) opened: Opened,
    /// What was held about the request under seal.
    pub(crate) details: wire::PromotionRequestDetails,
    /// What the review of conditions found; none before it.
    pub(crate) kept: Vec<KeptFinding>,
    /// What the rules find on the day as of which the candidate is described.
    pub(crate) found: Eligibility,
    /// That day.
    pub(crate) stands_on: Date,
}

/// What somebody is on a day (现任职务职级).
pub(super) struct Position<'c> {
    /// 单位; empty without a slot.
    pub(super) unit_name: String,
    /// 职务
    pub(super) post: Option<&'c PostSpell>,
    /// 职级
    pub(super) rank: Option<&'c RankSpell>,
    /// Its name; empty without one.
    pub(super) rank_name: String,
}

impl Position<'_> {
    /// `样例县示例局办公室副主任、二级主任科员`
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.unit_name, self.held(self.post.map(|post| post.title.as_str())))
    }

    /// A post, or its level, and the rank.
    pub(super) fn held(&self, post: Option<&str>) -> String {
        let parts = [post.unwrap_or_default(), &self.rank_name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("、")
    }
}

impl Candidate {
    /// Who the person is.
    pub(super) fn profile(&self) -> &PrivateProfile {
        &self.opened.profile
    }

    /// 性别
    pub(super) fn sex(&self) -> Sex {
        match self.profile().sex {
            private::Sex::Male => Sex::Male,
            private::Sex::Female => Sex::Female,
        }
    }

    /// 出生年月, as the file has it.
    pub(super) fn born(&self) -> YearMonth {
        YearMonth::of(self.profile().birth_date.first_day())
    }

    /// 参加工作年月
    pub(super) fn work_started(&self) -> Option<YearMonth> {
        self.profile().work_started.map(|day| YearMonth::of(day.first_day()))
    }

    /// 文化程度: both, where what was studied beside the work is another.
    pub(super) fn education(&self) -> String {
        let profile = self.profile();
        let level = |education: &Option<private::Education>| {
            education.as_ref().map(|one| one.level.clone()).filter(|level| !level.is_empty())
        };
        let kinds = (level(&profile.full_time_education), level(&profile.in_service_education));
        match kinds {
            (Some(full_time), Some(on_job)) if full_time != on_job => {
                format!("{full_time}（全日制）、{on_job}（在职）")
            }
            (Some(only), _) | (None, Some(only)) => only,
            (None, None) => String::new(),
        }
    }

    /// 拟晋升职级
    pub(super) fn proposed(&self, ground: &Ground) -> String {
        let state = &self.history.state;
        ground.rank_name(&state.category, &state.rank)
    }

    /// What the candidate is on a day.
    pub(super) fn position(&self, ground: &Ground, on: Date) -> Position<'_> {
        let stands = self.person.as_of(on);
        let post = stands.main_post().or_else(|| stands.posts.first().map(|(_, post)| *post));
        let rank = stands.rank(&self.history.state.category);
        let rank = rank.or_else(|| stands.ranks.first().map(|(_, rank)| *rank));
        Position {
            unit_name: stands.unit().map(|unit| ground.unit_name(unit, on)).unwrap_or_default(),
            post,
            rank,
            rank_name: rank
                .map(|rank| ground.rank_name(&rank.category, &rank.rank))
                .unwrap_or_default(),
        }
    }

    /// The same on the day as of which the candidate is described.
    pub(super) fn present(&self, ground: &Ground) -> Position<'_> {
        self.position(ground, self.stands_on)
    }

    fn tenure(&self) -> Option<&Finding> {
        self.found.findings.iter().find(|finding| finding.rule == Rule::Tenure)
    }

    /// By how many months excellent years shorten the tenure; none where that was not counted.
    pub(super) fn credit_months(&self) -> Option<i32> {
        match self.tenure()?.facts.get("credit_months") {
            Some(Value::Number(months)) => i32::try_from(*months).ok(),
            _ => None,
        }
    }

    /// The excellent years that shorten the tenure (因考核优秀缩短晋升职级年限的年度).
    pub(super) fn excellent_years(&self) -> Vec<i16> {
        match self.tenure().and_then(|finding| finding.facts.get("excellent_years")) {
            Some(Value::Text(years)) => {
                let numbers = years.split(|c: char| !c.is_ascii_digit());
                numbers.filter_map(|year| year.parse().ok()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Results of the years since the present rank, or post, was taken, as far as they were
    /// known on the day.
    pub(super) fn results(&self, ground: &Ground) -> Vec<(i16, AssessmentResult)> {
        let present = self.present(ground);
        let since = present.rank.map(|rank| rank.from).or(present.post.map(|post| post.from));
        let first = since.map_or(i16::MIN, Date::year);
        let all = self.opened.assessments.iter();
        let counted =
            all.filter(|(year, one)| **year >= first && one.confirmed_on <= self.stands_on);
        counted.map(|(year, one)| (*year, one.result)).collect()
    }
}

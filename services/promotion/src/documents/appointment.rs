//! 《公务员职级任免审批表》 of a candidate.

use quanheng_forms::appointment::{Appointment, AssessmentYears, Schooling};
use quanheng_forms::{Opinion, YearMonth, spoken};
use quanheng_register::private::{AssessmentResult, Education};

use super::{Candidate, Ground, career};

/// The form of one candidate.
pub(super) fn form(ground: &Ground, candidate: &Candidate) -> Appointment {
    let (profile, present) = (candidate.profile(), candidate.present(ground));
    let level = present.post.and_then(|post| post.level.as_ref());
    let level = level.map(|level| {
        let known = ground.policy.leadership_level(level);
        known.map_or_else(|_| level.to_string(), |known| known.value.name.clone())
    });
    let since = present.rank.map(|rank| rank.from).or(present.post.map(|post| post.from));
    let (applicant, authority) = opinions(ground, candidate);
    Appointment {
        name: profile.name.clone(),
        sex: candidate.sex(),
        born: candidate.born(),
        age_on: candidate.stands_on,
        native_place: profile.native_place.clone(),
        nation: profile.nation.clone(),
        political_status: profile.political_status.clone(),
        unit_and_position: present.text(),
        work_started: candidate.work_started(),
        full_time: schooling(profile.full_time_education.as_ref()),
        on_job: schooling(profile.in_service_education.as_ref()),
        present: present.held(level.as_deref()),
        present_since: since.map(YearMonth::of),
        grade: profile.pay_grade.map(|grade| format!("{grade}级")),
        assessments: years(ground, candidate),
        proposed_rank: Some(candidate.proposed(ground)),
        removed_rank: Some(present.rank_name.clone()).filter(|name| !name.is_empty()),
        career: career::lines(ground, candidate),
        findings: findings(ground, candidate),
        applicant,
        authority,
        remark: candidate.history.state.appointment.as_ref().map(|appointment| {
            let basis = &appointment.basis;
            format!("任职文号：{}，自{}起任职", basis.document, spoken(basis.effective_on))
        }),
    }
}

fn schooling(education: Option<&Education>) -> Schooling {
    let Some(education) = education else { return Schooling::default() };
    let given = |text: String| (!text.is_empty()).then_some(text);
    Schooling {
        education: given(education.level.clone()),
        degree: given(education.degree.clone()),
        school: given(format!("{}{}", education.school, education.major)),
    }
}

fn years(ground: &Ground, candidate: &Candidate) -> AssessmentYears {
    let results = candidate.results(ground);
    let count = |of: &dyn Fn(AssessmentResult) -> bool| {
        let years = results.iter().filter(|(_, result)| of(*result)).count();
        u32::try_from(years).unwrap_or(u32::MAX)
    };
    AssessmentYears {
        excellent: count(&|result| result == AssessmentResult::Excellent),
        not_counted: count(&|result| {
            matches!(
                result,
                AssessmentResult::BasicallyCompetent
                    | AssessmentResult::Ungraded
                    | AssessmentResult::NotAssessed
            )
        }),
        incompetent: count(&|result| result == AssessmentResult::Incompetent),
        credit_months: candidate.credit_months(),
    }
}

/// 民主测评和考核、公示情况: a line for each that there was.
fn findings(ground: &Ground, candidate: &Candidate) -> String {
    let found = [
        recommendation(candidate),
        vetting(candidate),
        assessments(ground, candidate),
        notice(candidate),
    ];
    found.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn recommendation(candidate: &Candidate) -> Option<String> {
    let (voters, valid, _) = candidate.history.state.recommendation.as_ref()?;
    let on = candidate.history.recommended_on.map_or_else(String::new, spoken);
    let votes = candidate.details.votes;
    Some(format!("{on}民主推荐，参加{voters}人，有效票{valid}张，得票{votes}张。"))
}

fn vetting(candidate: &Candidate) -> Option<String> {
    let vetting = candidate.details.vetting.as_ref()?;
    let on = candidate.history.vetted_on.map_or_else(String::new, spoken);
    let parts = [
        ("方式", &vetting.method),
        ("谈话情况", &vetting.interviews),
        ("档案核查", &vetting.file_check),
        ("纪检监察意见", &vetting.discipline_opinion),
        ("廉洁情况回复", &vetting.integrity_reply),
    ];
    let parts = parts.map(|(what, text)| format!("{what}：{}", text.trim_end_matches('。')));
    Some(format!("{on}考察，{}。", parts.join("；")))
}

fn assessments(ground: &Ground, candidate: &Candidate) -> Option<String> {
    let results = candidate.results(ground);
    let years: Vec<String> =
        results.iter().map(|(year, result)| format!("{year}年{}", result.label())).collect();
    (!years.is_empty()).then(|| format!("年度考核：{}。", years.join("、")))
}

fn notice(candidate: &Candidate) -> Option<String> {
    let state = &candidate.history.state;
    let notice = state.notice.as_ref()?;
    let period = format!("{}至{}公示", spoken(notice.from), spoken(notice.to));
    let (reports, founded) = (
        state.feedback.len(),
        state.feedback.values().filter(|one| one.founded == Some(true)).count(),
    );
    let open = state.unresolved().count();
    let heard = match (reports, open) {
        (0, _) if state.notice_result.is_some() => "，未收到反映".to_owned(),
        (0, _) => String::new(),
        (_, 0) => format!("，收到反映{reports}件，经核实属实{founded}件"),
        (_, open) => format!("，收到反映{reports}件，尚有{open}件未核实"),
    };
    let result = match candidate.details.notice_result.trim_end_matches('。') {
        "" => String::new(),
        result => format!("；{result}"),
    };
    Some(format!("{period}{heard}{result}。"))
}

/// What the unit's meeting decided, and the body that approves.
fn opinions(ground: &Ground, candidate: &Candidate) -> (Opinion, Opinion) {
    let history = &candidate.history;
    let numbered = |minutes: &str| match minutes {
        "" => String::new(),
        minutes => format!("（{minutes}）"),
    };
    let applicant = match history.chosen_on {
        None => Opinion::default(),
        Some(on) => {
            let minutes = numbered(&history.state.candidate_minutes);
            let (body, rank) = (ground.body(), candidate.proposed(ground));
            let text = format!("经{body}会议研究决定{minutes}，同意晋升为{rank}，报请审批。");
            Opinion { text: Some(text), on: Some(on) }
        }
    };
    let authority = match &history.approval {
        None => Opinion::default(),
        Some(approval) => {
            let opinion = match approval.opinion.trim_end_matches('。') {
                "" => "同意",
                opinion => opinion,
            };
            let text = format!("{opinion}{}。", numbered(&approval.minutes));
            Opinion { text: Some(text), on: Some(approval.on) }
        }
    };
    (applicant, authority)
}

//! What re-certification guards elsewhere (分类入轨前置): teams that would enter the enforcement ladder,
//! divisions that would join the technical reform.

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_register::unit::Nature;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Reason, Rule, list, text};

/// How the re-certification of a unit stands (重新认定状态).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recertification {
    /// Nothing to decide: the unit is an organ, or was not touched by the reform (不涉改).
    NotAffected,
    /// 未有结论
    Pending,
    /// 予以认定
    Approved {
        /// 批准文号
        document: DocumentNumber,
        /// 批准日期
        on: Date,
    },
    /// 不予认定
    Denied,
    /// 批准退出
    Exited,
}

/// A team that would enter the enforcement ladder (拟入轨执法队伍).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// How the unit's re-certification stands; none if nobody knows.
    pub recertification: Option<Recertification>,
    /// 机构性质; none if it is not fixed.
    pub nature: Option<Nature>,
    /// Whether the staff's identity is fixed (人员身份明确).
    pub staff_identified: Option<bool>,
}

/// Whether a team may enter (入轨前置条件): its unit's re-certification is decided, its nature and the
/// identity of its staff are fixed.
#[must_use]
pub fn check_onboarding(team: &Team, on: Date) -> Finding {
    let rule = Rule::OnboardingStatus;
    let state = match &team.recertification {
        None => return Finding::missing(rule, "recertification"),
        Some(state) => state,
    };
    let pending = |message: String| Finding::fail(rule, Reason::RecertificationPending, message);
    match state {
        Recertification::Pending => {
            return pending("所在单位重新认定尚无结论,不能纳入行政执法类管理".to_owned());
        }
        Recertification::Approved { on: approved, document } if *approved > on => {
            let message = format!("{document} 自 {approved} 起生效,此前不能纳入");
            return pending(message).fact("approved_on", text(approved));
        }
        Recertification::Denied | Recertification::Exited => {
            let message = "所在单位不是参照管理单位,不能纳入行政执法类管理";
            return Finding::fail(rule, Reason::NotReferenced, message);
        }
        Recertification::NotAffected | Recertification::Approved { .. } => {}
    }
    match (team.nature, team.staff_identified) {
        (None, _) => Finding::missing(rule, "nature"),
        (Some(Nature::PublicInstitution), _) => {
            let message = "所在单位是未参照管理的事业单位,不能纳入行政执法类管理";
            Finding::fail(rule, Reason::NotReferenced, message)
        }
        (_, Some(true)) => Finding::pass(rule, "机构性质、人员身份均已明确"),
        (..) => Finding::missing(rule, "staff_identified"),
    }
}

/// The four questions about a division (四个是否). What is not answered is no yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FourQuestions {
    /// 主责主业是否属于相关专业体系
    pub main_duty_in_specialty: Option<bool>,
    /// “技术含量”是否较高且具备低替代性
    pub technical_and_hard_to_replace: Option<bool>,
    /// 现有人员是否全部或大多数从事专业技术工作
    pub staff_mostly_technical: Option<bool>,
    /// 实施改革是否有利于事业发展
    pub serves_the_cause: Option<bool>,
}

/// Whether a division may join the reform of technical posts: all four are yes.
#[must_use]
pub fn check_four_questions(asked: FourQuestions) -> Finding {
    let rule = Rule::FourQuestions;
    let all = [
        (asked.main_duty_in_specialty, "主责主业属于相关专业体系"),
        (asked.technical_and_hard_to_replace, "技术含量较高且具备低替代性"),
        (asked.staff_mostly_technical, "现有人员全部或大多数从事专业技术工作"),
        (asked.serves_the_cause, "实施改革有利于事业发展"),
    ];
    let answered = |wanted: Option<bool>| {
        let found = all.iter().filter(move |(answer, _)| *answer == wanted);
        found.map(|(_, name)| *name).collect::<Vec<_>>()
    };
    let (no, open) = (answered(Some(false)), answered(None));
    match (no.is_empty(), open.is_empty()) {
        (false, _) => {
            let message = format!("不符合“四个是否”:{}", list(&no));
            Finding::fail(rule, Reason::FourQuestionsNotMet, message).fact("no", text(list(&no)))
        }
        (true, false) => Finding::missing(rule, &list(&open)),
        (true, true) => Finding::pass(rule, "“四个是否”均为是"),
    }
}

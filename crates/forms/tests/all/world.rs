//! Made-up units, persons and rounds.

use jiff::civil::{Date, date};
use quanheng_forms::appointment::{Appointment, AssessmentYears, CareerLine, Schooling};
use quanheng_forms::filing::{
    Concurrent, CurrentPosition, Filing, FilingCounts, FilingPerson, Holders, LeaderSeats, Leaders,
    PairSeats, PersonColumn, Promoted, ProposedPosition, Removed, RemovedPosition, Turned,
    usual_opinion,
};
use quanheng_forms::notice::{Candidate, Contact, Notice};
use quanheng_forms::pre_review::{Ladder, PreReview, RankCount, Seats};
use quanheng_forms::review::{Outcome, Review, ReviewedPerson, RuleResult};
use quanheng_forms::roster::{Blocker, Roster, RosterPerson, RosterSet};
use quanheng_forms::{DocumentNumber, IdentityNumber, Opinion, Sex, YearMonth};

pub(crate) const MADE: Date = date(2026, 3, 2);
pub(crate) const UNIT: &str = "样例县示例局";

const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];

pub(crate) fn name(number: usize) -> String {
    format!("甄示{}{}", STEMS[number / 10 % 10], STEMS[number % 10])
}

pub(crate) fn month(year: i16, month: i8) -> YearMonth {
    YearMonth::new(year, month).unwrap()
}

/// A valid number in an area that does not exist.
pub(crate) fn identity(number: usize) -> IdentityNumber {
    let body = format!("9900001980{:02}15{:03}", 1 + number % 12, number % 1_000);
    let fitting = "0123456789X"
        .chars()
        .find_map(|check| IdentityNumber::parse(&format!("{body}{check}")).ok());
    fitting.unwrap()
}

fn sex(number: usize) -> Sex {
    if number.is_multiple_of(3) { Sex::Female } else { Sex::Male }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn pre_review() -> PreReview {
    let researchers = |third: i32, fourth| Ladder {
        subtotal: None,
        ranks: [
            RankCount::Blank,
            RankCount::Blank,
            RankCount::Count(third),
            RankCount::Count(fourth),
        ],
    };
    PreReview {
        unit_name: UNIT.to_owned(),
        nature: "行政机关".to_owned(),
        grade: "正科级".to_owned(),
        slots: 137,
        determined: Seats {
            researchers: Ladder {
                subtotal: None,
                ranks: [
                    RankCount::Blank,
                    RankCount::Count(2),
                    RankCount::JoinedWithNext,
                    RankCount::Count(13),
                ],
            },
            clerks: Ladder::pairs(41, 41),
        },
        used: Seats { researchers: researchers(3, 8), clerks: Ladder::of([20, 19, 22, 21]) },
        vacant: Seats { researchers: researchers(0, 2), clerks: Ladder::pairs(2, -2) },
        intended: Seats { researchers: researchers(0, 1), clerks: Ladder::of([1, 0, 0, 0]) },
        applicant: Opinion {
            text: some("经局党组会议研究，同意申报使用职级职数2个，请予审批。"),
            on: Some(date(2026, 3, 2)),
        },
        authority: Opinion::default(),
    }
}

pub(crate) fn counts() -> FilingCounts {
    FilingCounts {
        slots: 137,
        leaders_determined: Some(LeaderSeats { chief: 6, deputy: 9 }),
        leaders_present: Some(Leaders { chief: 6, deputy: 8, listed: 1 }),
        determined: Some(PairSeats { upper: 41, lower: 40 }),
        present: Holders { ranks: [20, 19, 17, 16], exempt_upper: 2, exempt_lower: 1 },
        promoted: Promoted {
            leaders: Leaders { chief: 0, deputy: 1, listed: 0 },
            ranks: [2, 3, 1, 0],
            concurrent: Concurrent { chief_first: 1, deputy_second: 1, deputy_third: 1 },
        },
        turned: Turned { chief_to_second: 1, deputy_to_fourth: 0 },
        removed: Removed {
            leaders: Leaders { chief: 1, deputy: 0, listed: 0 },
            ranks: [0, 2, 2, 1],
            exempt_upper: 1,
            exempt_lower: 0,
        },
    }
}

pub(crate) fn filing_person(number: usize) -> FilingPerson {
    let leader = number.is_multiple_of(4);
    FilingPerson {
        name: name(number),
        sex: sex(number),
        education: "大学本科".to_owned(),
        born: month(1980, 1 + i8::try_from(number % 12).unwrap()),
        identity: Some(identity(number)),
        work_started: Some(month(2003, 7)),
        current: CurrentPosition {
            department: format!("示例{}科", STEMS[number % 10]),
            post: leader.then(|| "副科长".to_owned()),
            post_since: leader.then_some(date(2018, 3, 1)),
            rank: some("二级主任科员"),
            rank_since: Some(date(2021, 12, 1)),
        },
        proposed: ProposedPosition {
            department: Some(format!("示例{}科", STEMS[number % 10])),
            post: None,
            rank: some("一级主任科员"),
        },
        removed: RemovedPosition { post: None, rank: some("二级主任科员") },
        excellent_years: vec![2022, 2024],
        remark: number.is_multiple_of(5).then(|| "军转干部".to_owned()),
    }
}

pub(crate) fn filing(persons: usize) -> Filing {
    Filing {
        unit_name: UNIT.to_owned(),
        counts: counts(),
        persons: (0..persons).map(filing_person).collect(),
        person_column: PersonColumn::BirthMonth,
        explanation: some("一级主任科员含兼任1人。"),
        applicant: Opinion {
            text: Some(usual_opinion(date(2026, 2, 27), &name(0), persons)),
            on: Some(date(2026, 3, 2)),
        },
        authority: Opinion::default(),
        filled_by: some("虚构样本"),
        phone: some("000-00000000"),
        filled_on: Some(date(2026, 3, 2)),
    }
}

pub(crate) fn appointment(number: usize) -> Appointment {
    let line = |from, to, what: &str| CareerLine { from, to, what: what.to_owned() };
    Appointment {
        name: name(number),
        sex: sex(number),
        born: month(1980, 5),
        age_on: MADE,
        native_place: "虚构示例".to_owned(),
        nation: "汉族".to_owned(),
        political_status: "中共党员".to_owned(),
        unit_and_position: format!("{UNIT}办公室副主任、二级主任科员"),
        work_started: Some(month(2003, 7)),
        full_time: Schooling {
            education: some("大学本科"),
            degree: some("管理学学士"),
            school: some("示例大学公共管理学院行政管理专业"),
        },
        on_job: Schooling::default(),
        present: "乡科级副职、二级主任科员".to_owned(),
        present_since: Some(month(2021, 12)),
        grade: some("20级"),
        assessments: AssessmentYears {
            excellent: 1,
            not_counted: 0,
            incompetent: 0,
            credit_months: Some(6),
        },
        proposed_rank: some("一级主任科员"),
        removed_rank: some("二级主任科员"),
        career: vec![
            line(month(1999, 9), Some(month(2003, 7)), "示例大学公共管理学院学生"),
            line(month(2003, 7), Some(month(2012, 8)), "样例县虚构镇人民政府科员"),
            line(month(2012, 8), Some(month(2018, 3)), "样例县示例局科员、四级主任科员"),
            line(month(2018, 3), None, "样例县示例局办公室副主任（其间：2021.12晋升二级主任科员）"),
        ],
        findings: "2026年2月10日民主测评，参加40人，优秀36票、称职4票。2023至2025年年度考核结果为\
                   称职、优秀、称职。2026年2月16日至2月24日公示，未收到反映。"
            .to_owned(),
        applicant: Opinion {
            text: some("经局党组会议研究，同意晋升为一级主任科员，报请审批。"),
            on: Some(date(2026, 3, 2)),
        },
        authority: Opinion::default(),
        remark: None,
    }
}

pub(crate) fn candidate(number: usize) -> Candidate {
    Candidate {
        name: name(number),
        sex: sex(number),
        born: month(1980, 1 + i8::try_from(number % 12).unwrap()),
        education: "大学本科".to_owned(),
        political_status: "中共党员".to_owned(),
        present: format!("{UNIT}二级主任科员"),
        proposed_rank: "一级主任科员".to_owned(),
    }
}

pub(crate) fn notice(candidates: usize) -> Notice {
    Notice {
        issuer: "中共样例县委组织部".to_owned(),
        title: None,
        basis: vec![DocumentNumber::parse("样组通[2026]12号").unwrap()],
        decided_by: "中共样例县示例局党组会议".to_owned(),
        candidates: (0..candidates).map(candidate).collect(),
        from: date(2026, 3, 3),
        to: date(2026, 3, 9),
        working_days: 5,
        contact: Contact {
            receiver: "中共样例县委组织部公务员科".to_owned(),
            phone: "000-00000000、000-00000001".to_owned(),
            address: some("样例县虚构路0号"),
            mail: None,
        },
        dated: date(2026, 3, 2),
    }
}

pub(crate) fn roster(persons: usize) -> Roster {
    let blocker =
        |code: &str, message: &str| Blocker { code: code.to_owned(), message: message.to_owned() };
    let person = |number: usize| RosterPerson {
        name: name(number),
        sex: sex(number),
        born: month(1980, 5),
        unit_name: UNIT.to_owned(),
        post: number.is_multiple_of(4).then(|| "办公室副主任".to_owned()),
        rank: "二级主任科员".to_owned(),
        rank_since: Some(date(2021, 12, 1)),
        excellent_years: vec![2022],
        proposed_rank: "一级主任科员".to_owned(),
        earliest: Some(date(2024, 6, 1)),
        step: "任职资格审核".to_owned(),
        blockers: match number {
            1 => vec![
                blocker("TENURE_INSUFFICIENT", "任职年限不足，还差3个月"),
                blocker("IN_SANCTION_PERIOD", "处分影响期至2026年8月31日"),
            ],
            _ => Vec::new(),
        },
    };
    let set = |name: &str, usable, charged, intended| RosterSet {
        owner: UNIT.to_owned(),
        name: name.to_owned(),
        usable,
        charged,
        held: 1,
        reserved: 0,
        intended,
    };
    Roster {
        batch: "第3批".to_owned(),
        unit_name: UNIT.to_owned(),
        as_of: MADE,
        persons: (0..persons).map(person).collect(),
        sets: vec![
            set("一、二级主任科员", 41, 39, 1),
            set("三、四级主任科员", 40, 40, -1),
            set("三、四级调研员", 13, 15, 0),
        ],
    }
}

pub(crate) fn review(persons: usize) -> Review {
    let rule = |label: &str, article: &str, reason: &str| RuleResult {
        label: label.to_owned(),
        article: article.to_owned(),
        outcome: Outcome::Pass,
        reason: reason.to_owned(),
        code: None,
    };
    let person = |number: usize| {
        let mut rules = vec![
            rule("在职", "公务员法第二条", "在职"),
            rule(
                "逐级晋升",
                "公务员法第四十九条；职务与职级并行规定第十八条",
                "现任二级主任科员，拟晋升一级主任科员",
            ),
            rule(
                "任职年限",
                "职务与职级并行规定第十八条",
                "应满24个月，已满50个月，优秀1年缩短6个月",
            ),
            rule("年度考核等次", "职务与职级并行规定第十九条", "2022优秀；2023、2024、2025称职"),
        ];
        if number == 1 {
            rules[2].outcome = Outcome::Fail;
            rules[2].reason = "应满24个月，已满21个月".to_owned();
            rules[2].code = some("TENURE_INSUFFICIENT");
        }
        rules.push(RuleResult {
            outcome: Outcome::NotApplicable,
            ..rule("任职资格", "执法勤务警员职务序列", "不属于该职位类别")
        });
        ReviewedPerson {
            name: name(number),
            present: "二级主任科员".to_owned(),
            proposed_rank: "一级主任科员".to_owned(),
            rules,
            earliest: Some(date(2026, 6, 1)),
        }
    };
    Review {
        unit_name: UNIT.to_owned(),
        batch: "第3批".to_owned(),
        as_of: Some(MADE),
        persons: (0..persons).map(person).collect(),
        opinion: Opinion::default(),
    }
}

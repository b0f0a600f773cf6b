//! A made-up reform: units, cases, plans.

use jiff::civil::{Date, date};
use quanheng_forms::Opinion;
use quanheng_forms::recertification::application::{Application, Material, Pay, Slots, Staff};
use quanheng_forms::recertification::approval::{
    Approval, Clear, DepartmentOpinion, Headcount, ThreeClear,
};
use quanheng_forms::recertification::cases::{
    CaseOpinion, CaseRow, Cases, Consulted, Outcomes, Round, Statistics, StatisticsRow,
};
use quanheng_forms::recertification::changes::{Changes, FieldChange, FunctionChange, UnitChange};
use quanheng_forms::recertification::decrease::{Counts, Decrease, ScopeRow, Verdict};
use quanheng_forms::recertification::filing::{Filed, Filing};
use quanheng_forms::recertification::ledger::{ChangeEntry, Ledger, LedgerUnit, Relation};
use quanheng_forms::recertification::papers::Papers;
use quanheng_forms::recertification::transition::{Talk, Transition, TransitionPerson};
use quanheng_forms::recertification::{Basis, Decided, Duty, UnitFacts};

use crate::world::{MADE, name};

pub(crate) const CENTRE: &str = "样例县示例事务中心";
const BASELINE: Date = date(2024, 1, 1);

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn unit(number: usize) -> UnitFacts {
    UnitFacts {
        name: if number == 0 {
            CENTRE.to_owned()
        } else {
            format!("样例县示例事务{number}站")
        },
        credit_code: some("129900000000000000"),
        supervisor: some("样例县示例局"),
        province: some("示例省"),
        prefecture: some("虚构市"),
        county: some("样例县"),
        nature: some("参公管理的事业单位"),
        affiliation: some("县政府部门所属"),
        sequence: some("政府"),
        level: some("乡科级"),
        administrative_slots: None,
        administrative_actual: None,
        referenced_slots: Some(40),
        referenced_actual: Some(38),
        approved_on: Some(date(2012, 7, 1)),
        approval_number: some("样组通〔2012〕3号"),
        division_posts: (Some(0), Some(0)),
        section_posts: (Some(1), Some(2)),
        researcher_seats: (None, Some(2)),
        clerk_seats: (Some(12), Some(12)),
        contact: some("虚构样本"),
        phone: some("000-00000000"),
        remarks: None,
    }
}

pub(crate) fn bases() -> Vec<Basis> {
    vec![
        Basis {
            kind: "省级地方性法规".to_owned(),
            title: "示例省示例事务管理条例".to_owned(),
            number: some("示例省人大常委会公告第9号"),
            article: "第五条".to_owned(),
            excerpt: some(
                "县级以上人民政府示例事务机构依照本条例负责本行政区域内示例事务的管理工作。",
            ),
            issuer: "示例省人大常委会".to_owned(),
            in_force_from: Some(date(2020, 1, 1)),
            in_force_to: None,
            function: some("示例事务管理"),
        },
        Basis {
            kind: "行政法规".to_owned(),
            title: "《示例登记条例》".to_owned(),
            number: None,
            article: "第二条".to_owned(),
            excerpt: None,
            issuer: "国务院".to_owned(),
            in_force_from: Some(date(2015, 3, 1)),
            in_force_to: Some(date(2030, 12, 31)),
            function: None,
        },
    ]
}

pub(crate) fn duties() -> Vec<Duty> {
    vec![Duty {
        number: "样编〔2025〕3号".to_owned(),
        issuer: "中共样例县委机构编制委员会办公室".to_owned(),
        issued_on: Some(date(2025, 3, 1)),
        duties: "承担全县示例事务的管理、登记和监督检查。".to_owned(),
    }]
}

pub(crate) fn application() -> Application {
    let material = |name: &str, copies| Material { name: name.to_owned(), copies, remark: None };
    Application {
        title: None,
        number: some("样示〔2026〕8号"),
        addressee: some("中共样例县委组织部"),
        applicant: "样例县示例局".to_owned(),
        unit: unit(0),
        background: some("2025年3月由样例县示例事务1站、2站合并组建。"),
        bases: bases(),
        duties: duties(),
        slots: Slots {
            before: Some(45),
            after: Some(40),
            documents: vec!["样编〔2025〕3号".to_owned(), "样编〔2025〕4号".to_owned()],
        },
        pay: Pay { source: some("财政负担"), certificate: some("样例县财政局证明") },
        staff: Staff {
            present: Some(38),
            registered: Some(36),
            logistics: Some(2),
            remark: some("人员已随职能划转。"),
        },
        materials: vec![
            material("申请参照管理的请示", Some(1)),
            material("法律、法规授权依据", Some(2)),
            Material {
                remark: some("另附电子版"), ..material("单位现有人员的基本情况", None)
            },
        ],
        dated: Some(MADE),
    }
}

fn opinion(text: &str) -> Opinion {
    Opinion { text: some(text), on: Some(MADE) }
}

pub(crate) fn approval(number: usize) -> Approval {
    let clear = |clear, evidence: &[&str]| Clear {
        clear,
        evidence: evidence.iter().map(|&text| text.to_owned()).collect(),
    };
    let department = |name: &str, favourable| DepartmentOpinion {
        department: name.to_owned(),
        favourable,
        opinion: Opinion::default(),
    };
    Approval {
        unit: unit(number),
        route: some("重新认定"),
        changes: some("2025年3月由样例县示例事务1站、2站合并组建，职能有调整。"),
        bases: bases(),
        duties: duties(),
        pay: some("财政负担"),
        headcount: Headcount { before: Some(45), after: Some(40) },
        three_clear: ThreeClear {
            staff: clear(Some(true), &["花名册"]),
            documents: clear(Some(true), &["编制文件2份"]),
            functions: clear(Some(false), &[]),
        },
        opinions: vec![
            DepartmentOpinion {
                opinion: opinion("职能有法规授权。"),
                ..department("组织部门", Some(true))
            },
            department("机构编制部门", Some(false)),
            department("财政部门", None),
        ],
        conclusion: opinion("符合认定条件，建议予以认定。"),
        report: Opinion::default(),
        decision: Opinion::default(),
        decision_number: None,
    }
}

pub(crate) fn decided() -> Decided {
    Decided {
        authority: some("示例省委组织部"),
        on: Some(date(2026, 2, 20)),
        number: some("示组审〔2026〕6号"),
    }
}

pub(crate) fn filing(units: usize) -> Filing {
    let filed = |number| Filed { unit: unit(number), bases: bases(), approval: decided() };
    Filing {
        reporter: "示例省委组织部".to_owned(),
        on: Some(MADE),
        units: (0..units).map(filed).collect(),
        opinion: opinion("现予备案。"),
        receiver: Opinion::default(),
    }
}

pub(crate) fn decrease() -> Decrease {
    let counts = |units, slots| Counts { units, slots };
    let row = |kind: &str, name: &str, before, committed, after, verdict| ScopeRow {
        kind: kind.to_owned(),
        name: name.to_owned(),
        before,
        committed,
        after,
        verdict,
    };
    Decrease {
        batch: some("第2批"),
        baseline_on: Some(BASELINE),
        as_of: MADE,
        scopes: vec![
            row(
                "全省",
                "示例省",
                Some(counts(500, 12_000)),
                counts(480, 11_950),
                counts(492, 12_010),
                Verdict::Fail,
            ),
            row(
                "市",
                "虚构市",
                Some(counts(60, 900)),
                counts(50, 850),
                counts(48, 800),
                Verdict::Pass,
            ),
            row("县", "样例县", Some(counts(6, 90)), counts(6, 95), counts(6, 93), Verdict::Warn),
            row("主管部门", "样例县示例局", None, counts(3, 60), counts(3, 60), Verdict::Open),
        ],
    }
}

pub(crate) fn changes(units: usize) -> Changes {
    let field = |field: &str, before: Option<&str>, after: Option<&str>| FieldChange {
        field: field.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        document: before.filter(|one| Some(*one) != after).and(some("样编〔2025〕3号")),
        on: Some(date(2025, 3, 1)),
    };
    let one = |number| UnitChange {
        name: unit(number).name,
        supervisor: some("样例县示例局"),
        fields: vec![
            field("机构名称", Some("样例县示例事务1站、2站"), Some(CENTRE)),
            field("隶属关系", Some("县政府部门所属"), Some("县政府部门所属")),
            field("参照管理编制数", Some("45"), Some("40")),
            field("实有人数", None, Some("38")),
        ],
        functions: vec![
            FunctionChange {
                before: some("示例事务登记"),
                after: some("示例事务登记和监督检查"),
                moved_to: None,
                document: some("样编〔2025〕3号"),
            },
            FunctionChange {
                before: some("示例设施养护"),
                after: None,
                moved_to: some("样例县虚构公司"),
                document: None,
            },
        ],
    };
    Changes {
        reporter: "中共样例县委组织部".to_owned(),
        baseline_on: Some(BASELINE),
        as_of: MADE,
        units: (0..units).map(one).collect(),
    }
}

pub(crate) fn ledger_unit(number: usize) -> LedgerUnit {
    let relation = |name: &str, on| Relation { name: name.to_owned(), how: some("合并"), on };
    let entry = |on, kind: &str, what: &str| ChangeEntry {
        on: Some(on),
        kind: kind.to_owned(),
        what: some(what),
        document: some("样编〔2025〕3号"),
        route: some("重新认定"),
        approval: decided(),
        filing: Decided::default(),
    };
    LedgerUnit {
        unit: unit(number),
        status: some("参照管理"),
        affected: Some(true),
        route: some("重新认定"),
        approval: decided(),
        filing: Decided { on: Some(MADE), ..Decided::default() },
        predecessors: vec![
            relation("样例县示例事务1站", Some(date(2025, 3, 1))),
            relation("样例县示例事务2站", None),
        ],
        successors: Vec::new(),
        changes: vec![
            entry(date(2019, 5, 6), "名称调整", "由样例县示例所更名为样例县示例事务1站"),
            entry(date(2025, 3, 1), "多个参照管理单位合并", "与样例县示例事务2站合并组建本单位"),
        ],
    }
}

pub(crate) fn ledger(units: usize) -> Ledger {
    Ledger {
        keeper: "中共样例县委组织部".to_owned(),
        as_of: MADE,
        units: (0..units).map(ledger_unit).collect(),
    }
}

pub(crate) fn cases(cases: usize) -> Cases {
    let opinion = |department: &str, favourable, words: Option<&str>| CaseOpinion {
        department: department.to_owned(),
        favourable,
        words: words.map(str::to_owned),
    };
    let one = |number: usize| CaseRow {
        number: format!("CR-2026-{number:03}"),
        unit_name: unit(number).name,
        supervisor: some("样例县示例局"),
        route: some("重新认定"),
        submitted_on: Some(date(2026, 1, 5)),
        stage: some("予以认定"),
        rounds: vec![
            Round {
                on: Some(date(2026, 1, 12)),
                asked: "补充财政部门出具的经费来源证明".to_owned(),
                answered_on: Some(date(2026, 1, 15)),
                answer: some("已补充"),
            },
            Round { asked: "说明工勤人员去向".to_owned(), ..Round::default() },
        ],
        consulted: vec![
            Consulted {
                title: "关于组建样例县示例事务中心的批复".to_owned(),
                number: some("样编〔2025〕3号"),
                on: Some(date(2026, 1, 20)),
                finding: some("编制40名，职能两项"),
            },
            Consulted {
                title: "示例省示例事务管理条例".to_owned(), ..Consulted::default()
            },
        ],
        opinions: vec![
            opinion("组织部门", Some(true), None),
            opinion("机构编制部门", Some(true), Some("职能清晰")),
            opinion("财政部门", None, None),
        ],
        conclusion: some("建议予以认定"),
        decision: decided(),
        outcome: some("予以认定"),
    };
    Cases {
        task_force: "样例县重新认定工作专班".to_owned(),
        as_of: MADE,
        cases: (0..cases).map(one).collect(),
    }
}

pub(crate) fn statistics() -> Statistics {
    let row = |kind: &str, name: &str, scale| StatisticsRow {
        kind: kind.to_owned(),
        name: name.to_owned(),
        units: 50 * scale,
        affected: 20 * scale,
        cases: 3 * scale,
        outcomes: Outcomes { approved: scale, filed: scale, exited: 0, denied: scale },
        rounds: 7 * scale,
        documents: 40 * scale,
    };
    Statistics {
        reporter: "示例省委组织部".to_owned(),
        as_of: MADE,
        places: vec![row("全省", "示例省", 10), row("市", "虚构市", 2), row("县", "样例县", 1)],
        departments: vec![
            row("主管部门", "样例县示例局", 1),
            StatisticsRow { name: "样例县虚构局".to_owned(), ..StatisticsRow::default() },
        ],
    }
}

pub(crate) fn person(number: usize) -> TransitionPerson {
    let done = number.is_multiple_of(2);
    TransitionPerson {
        name: name(number),
        post: done.then(|| "副站长".to_owned()),
        rank: some("二级主任科员"),
        rank_since: Some(date(2021, 12, 1)),
        option: done.then(|| "转为事业单位工作人员".to_owned()),
        new_post: None,
        talked_on: Some(date(2026, 2, 1)),
        signed: done.then_some(true),
        pay_protected: Some(false),
        done_on: done.then_some(date(2026, 2, 25)),
        remark: None,
    }
}

pub(crate) fn transition(persons: usize) -> Transition {
    Transition {
        unit_name: CENTRE.to_owned(),
        document: some("样组通〔2026〕5号"),
        from: Some(date(2026, 1, 1)),
        to: None,
        persons: (0..persons).map(person).collect(),
    }
}

pub(crate) fn talk(number: usize) -> Talk {
    Talk {
        unit_name: CENTRE.to_owned(),
        name: name(number),
        position: some("二级主任科员"),
        on: None,
        place: None,
        talker: None,
        recorder: None,
        policy: some("《关于做好退出参照管理范围人员管理工作的通知》"),
        wish: None,
    }
}

pub(crate) fn papers() -> Papers {
    Papers {
        applications: vec![application()],
        approvals: vec![approval(0)],
        filing: Some(filing(2)),
        decrease: Some(decrease()),
        changes: Some(changes(2)),
        ledger: Some(ledger(2)),
        cases: Some(cases(2)),
        statistics: Some(statistics()),
        transitions: vec![transition(3), transition(1)],
        talks: vec![talk(0), talk(1)],
    }
}

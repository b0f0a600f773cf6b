//! Applications, approvals, filings, talks: their texts.

use std::io::Cursor;

use quanheng_forms::recertification::application::{self, Application};
use quanheng_forms::recertification::approval::{self, Approval, Headcount};
use quanheng_forms::recertification::ledger;
use quanheng_forms::recertification::papers::Papers;
use quanheng_forms::recertification::transition::{self, Talk};
use quanheng_forms::recertification::{UnitFacts, filing};

use super::world::{self, CENTRE};
use crate::open::{paragraphs, part, spans};
use crate::world::MADE;

#[test]
fn an_application_says_what_is_known() {
    let texts = paragraphs(&application::docx(&world::application(), MADE).unwrap());
    let expected = [
        "关于样例县示例事务中心申请参照公务员法管理的请示",
        "",
        "样示〔2026〕8号",
        "中共样例县委组织部：",
        "根据《中华人民共和国公务员法》和参照公务员法管理有关规定，现申请将样例县示例事务中心列入参照公务员法管理范围，\
         有关情况报告如下。",
        "一、单位基本情况",
        "样例县示例事务中心，所在地示例省虚构市样例县，主管单位样例县示例局，\
         单位性质为参公管理的事业单位，隶属关系为县政府部门所属，所属序列为政府，单位级别为乡科级。",
        "统一社会信用代码：129900000000000000",
        "该单位于2012年7月1日经样组通〔2012〕3号批准参照公务员法管理。",
        "机构改革变动情况：2025年3月由样例县示例事务1站、2站合并组建。",
        "二、法律、法规授权依据",
        "（一）《示例省示例事务管理条例》（示例省人大常委会公告第9号）第五条（省级地方性法规，\
         示例省人大常委会制定，自2020年1月1日起施行）。",
        "条文：县级以上人民政府示例事务机构依照本条例负责本行政区域内示例事务的管理工作。",
        "授予职能：示例事务管理",
        "（二）《示例登记条例》第二条（行政法规，国务院制定，自2015年3月1日起施行，有效至2030年12月31日）。",
        "三、主要职责",
        "（一）样编〔2025〕3号（中共样例县委机构编制委员会办公室，2025年3月1日印发）：\
         承担全县示例事务的管理、登记和监督检查。",
        "四、机构编制情况",
        "参照公务员法管理事业单位编制改革前45名，改革后40名。",
        "编制文件：样编〔2025〕3号、样编〔2025〕4号。",
        "五、工资福利来源",
        "工资福利由财政负担（样例县财政局证明）。",
        "六、现有人员情况",
        "现有人员38名，其中参照公务员法管理登记36名，工勤人员2名。",
        "人员已随职能划转。",
        "七、申报材料",
        "1．申请参照管理的请示，1份",
        "2．法律、法规授权依据，2份",
        "3．单位现有人员的基本情况（另附电子版）",
        "妥否，请批示。",
        "\n",
        "样例县示例局",
        "2026年3月2日",
        "（联系人：虚构样本，联系电话：000-00000000）",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn what_is_not_known_is_left_for_the_pen() {
    let unit = UnitFacts { name: CENTRE.to_owned(), ..UnitFacts::default() };
    let application = Application { applicant: CENTRE.to_owned(), unit, ..Application::default() };
    let texts = paragraphs(&application::docx(&application, MADE).unwrap());
    for expected in [
        "________：",
        "参照公务员法管理事业单位编制改革前________名，改革后________名。",
        "工资福利由________。",
        "现有人员________名，其中参照公务员法管理登记________名，工勤人员________名。",
        "    年  月  日",
    ] {
        assert!(texts.iter().any(|text| text == expected), "{expected}: {texts:?}");
    }
    assert!(!texts.iter().any(|text| text.contains("批准参照公务员法管理")));
}

#[test]
fn an_application_needs_who_applies_and_for_whom() {
    for (applicant, name) in [("", CENTRE), (CENTRE, "")] {
        let unit = UnitFacts { name: name.to_owned(), ..UnitFacts::default() };
        let application =
            Application { applicant: applicant.to_owned(), unit, ..Application::default() };
        assert_eq!(application::docx(&application, MADE).unwrap_err().code(), "FIELD_MISSING");
    }
}

fn after<'t>(texts: &'t [String], label: &str) -> &'t str {
    let at = texts.iter().position(|text| text == label);
    &texts[at.unwrap_or_else(|| panic!("{label}: {texts:?}")) + 1]
}

#[test]
fn an_approval_form_has_every_part() {
    let bytes = approval::docx(&[world::approval(0)], MADE).unwrap();
    let texts = paragraphs(&bytes);
    for (label, expected) in [
        ("单位名称", CENTRE),
        ("参照公务员法管理事业单位编制数", "40"),
        ("参照公务员法管理审批时间", "2012年7月1日"),
        ("行政编制数", ""),
        ("办理路径", "重新认定"),
        ("改革前参照\n管理编制数", "45"),
        ("改革后参照\n管理编制数", "40"),
        ("增减", "-5"),
        ("人员底数", "清\n花名册"),
        ("单位职能\n设置", "未清"),
        ("组织部门\n意见", "同意。职能有法规授权。"),
        ("机构编制部门\n意见", "不同意。"),
        ("财政部门\n意见", ""),
        ("工作专班\n审核结论", "符合认定条件，建议予以认定。"),
        ("同级公务员\n主管部门\n报告意见", ""),
        ("审批机关\n意见", "审批文号："),
    ] {
        assert_eq!(after(&texts, label), expected, "{label}");
    }
    let seals = texts.iter().filter(|text| text.starts_with("（章）")).count();
    let open = texts.iter().filter(|text| text.contains("年    月    日")).count();
    assert_eq!((seals, open), (6, 4), "six seals, four days to write");
    for row in spans(&bytes) {
        assert_eq!(row.iter().sum::<usize>(), 12, "{row:?}");
    }
}

#[test]
fn an_empty_approval_form_is_one_to_fill_in() {
    let texts = paragraphs(&approval::docx(&[Approval::default()], MADE).unwrap());
    assert_eq!(after(&texts, "增减"), "");
    assert_eq!(after(&texts, "法律、法规授权依据"), "");
    assert_eq!(approval::docx(&[], MADE).unwrap_err().code(), "FIELD_MISSING");
}

#[test]
fn what_a_headcount_becomes() {
    for (before, after, change) in [
        (Some(45), Some(40), Some(-5)),
        (Some(0), Some(3), Some(3)),
        (None, Some(3), None),
        (Some(3), None, None),
    ] {
        assert_eq!(Headcount { before, after }.change(), change);
    }
}

#[test]
fn a_filing_has_a_form_for_each_unit() {
    let bytes = filing::docx(&world::filing(2), MADE).unwrap();
    let texts = paragraphs(&bytes);
    let titles: Vec<_> = texts.iter().filter(|text| *text == filing::TITLE).collect();
    assert_eq!(titles.len(), 2);
    assert_eq!(after(&texts, "审批机关"), "示例省委组织部");
    assert_eq!(after(&texts, "审批文号"), "示组审〔2026〕6号");
    let basis = after(&texts, "法律、法规授权依据");
    assert!(basis.starts_with("《示例省示例事务管理条例》（示例省人大常委会公告第9号）第五条（"));
    assert!(basis.ends_with("\n授予职能：示例事务管理"), "{basis}");
    assert_eq!(part(&bytes, "word/document.xml").matches("<w:pageBreakBefore/>").count(), 1);
    assert_eq!(filing::docx(&world::filing(0), MADE).unwrap_err().code(), "FIELD_MISSING");
}

#[test]
fn a_unit_stands_with_its_history() {
    let one = world::ledger_unit(0);
    let texts = paragraphs(&ledger::docx(&one, MADE, MADE).unwrap());
    assert_eq!(texts[1], "截止日期：2026年3月2日");
    assert_eq!(after(&texts, "是否涉改"), "是");
    assert_eq!(after(&texts, "审批"), "示例省委组织部，2026年2月20日，示组审〔2026〕6号");
    assert_eq!(
        after(&texts, "前身单位"),
        "样例县示例事务1站（合并，2025年3月1日）\n样例县示例事务2站（合并）"
    );
    let heads = texts.iter().position(|text| text == "审批、备案").unwrap();
    let first = [
        "2019年5月6日",
        "名称调整",
        "由样例县示例所更名为样例县示例事务1站",
        "样编〔2025〕3号",
        "重新认定\n示例省委组织部，2026年2月20日，示组审〔2026〕6号",
    ];
    assert_eq!(texts[heads + 1..heads + 6], first);
}

#[test]
fn a_talk_is_recorded_by_hand() {
    let texts = paragraphs(&transition::docx(&[world::talk(0)], MADE).unwrap());
    assert_eq!(after(&texts, "谈话对象"), "甄示甲甲");
    assert_eq!(after(&texts, "谈话日期"), "年    月    日");
    assert_eq!(after(&texts, "本人提出的问题"), "");
    assert!(after(&texts, "讲解的政策").contains("退出参照管理范围人员"));
    for name in ["谈话对象签字", "谈话人签字", "记录人签字"] {
        assert!(after(&texts, name).ends_with("年    月    日"), "{name}");
    }
    assert!(transition::docx(&[Talk::default()], MADE).is_ok());
}

#[test]
fn everything_goes_into_one_file() {
    let papers = world::papers();
    let bytes = papers.zip(MADE).unwrap();
    assert_eq!(bytes, papers.zip(MADE).unwrap());
    let archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let expected = [
        "参照公务员法管理申请.docx",
        "参照公务员法管理审批表.docx",
        "参照公务员法管理备案表.docx",
        "参照公务员法管理备案表.xlsx",
        "只减不增对比表.xlsx",
        "机构编制前后对照表.xlsx",
        "参照管理单位台账.xlsx",
        "重新认定审核台账.xlsx",
        "重新认定情况统计表.xlsx",
        "退出人员过渡安排表001.xlsx",
        "退出人员过渡安排表002.xlsx",
        "谈话记录.docx",
    ];
    assert_eq!(names, expected);
    assert_eq!(Papers::default().documents(MADE).unwrap(), []);
}

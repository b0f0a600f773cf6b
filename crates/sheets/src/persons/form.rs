//! The columns of the roster (8.6), and the words of its lists.

use crate::convert::choice;
use crate::form::{Column, Form, Kind};

choice! {
    /// 编制类型
    pub enum EstablishmentKind / ESTABLISHMENTS {
        "行政编制" => Administrative,
        "参公管理" => Referenced,
    }
}

choice! {
    /// 任职方式
    pub enum AppointmentWay / WAYS {
        "选拔任用" => Selection,
        "选举" => Election,
        "调任" => InboundTransfer,
        "委任" => Appointment,
    }
}

choice! {
    /// 单列管理事由
    pub enum SeparateListingReason / SEPARATE_REASONS {
        "机构改革" => Reform,
        "换届" => Election,
        "其他" => Other,
    }
}

choice! {
    /// 任职级事由
    pub enum RankReason / RANK_REASONS {
        "晋升" => Promotion,
        "新录用转正定级" => Probation,
        "调入" => TransferIn,
        "军转安置" => ExMilitary,
        "领导转任职级" => PostToRank,
        "其他" => Other,
    }
}

choice! {
    /// 免职级事由
    pub enum RankEndReason / RANK_END_REASONS {
        "降级" => Lowered,
        "退休" => Retired,
        "调出" => TransferOut,
    }
}

choice! {
    /// 状态
    pub enum RankState / RANK_STATES {
        "在任" => Held,
        "已免" => Ended,
    }
}

choice! {
    /// 政治面貌 (GB/T 4762).
    pub enum PoliticalStatus / POLITICAL_STATUSES {
        "中共党员" => PartyMember,
        "中共预备党员" => ProbationaryPartyMember,
        "共青团员" => YouthLeague,
        "民革党员" => RevolutionaryCommittee,
        "民盟盟员" => DemocraticLeague,
        "民建会员" => DemocraticConstruction,
        "民进会员" => PromotingDemocracy,
        "农工党党员" => PeasantsAndWorkers,
        "致公党党员" => ZhiGongParty,
        "九三学社社员" => JiuSanSociety,
        "台盟盟员" => TaiwanLeague,
        "无党派人士" => NonParty,
        "群众" => Masses,
    }
}

/// 领导职务层次 (3.1), the highest first.
pub(crate) const LEVELS: &[&str] = &[
    "国家级正职",
    "国家级副职",
    "省部级正职",
    "省部级副职",
    "厅局级正职",
    "厅局级副职",
    "县处级正职",
    "县处级副职",
    "乡科级正职",
    "乡科级副职",
];

/// Other words for them, and the codes of the national table ZB09.
const LEVEL_WORDS: &[(&str, &str)] = &[
    ("1A01", "国家级正职"),
    ("1A02", "国家级副职"),
    ("1A11", "省部级正职"),
    ("1A12", "省部级副职"),
    ("1A21", "厅局级正职"),
    ("1A22", "厅局级副职"),
    ("1A31", "县处级正职"),
    ("1A32", "县处级副职"),
    ("1A41", "乡科级正职"),
    ("1A42", "乡科级副职"),
    ("正厅级", "厅局级正职"),
    ("副厅级", "厅局级副职"),
    ("正处级", "县处级正职"),
    ("副处级", "县处级副职"),
    ("正县级", "县处级正职"),
    ("副县级", "县处级副职"),
    ("正科级", "乡科级正职"),
    ("副科级", "乡科级副职"),
    ("正科", "乡科级正职"),
    ("副科", "乡科级副职"),
];

const SEXES: &[&str] = &["男", "女"];
const SEX_WORDS: &[(&str, &str)] = &[("1", "男"), ("2", "女"), ("男性", "男"), ("女性", "女")];
const YES_NO: &[&str] = &["是", "否"];
const YES_NO_WORDS: &[(&str, &str)] = &[
    ("1", "是"),
    ("0", "否"),
    ("√", "是"),
    ("有", "是"),
    ("没有", "否"),
    ("x", "否"),
    ("×", "否"),
];
const ESTABLISHMENT_WORDS: &[(&str, &str)] = &[
    ("行政", "行政编制"),
    ("参公", "参公管理"),
    ("参公编制", "参公管理"),
    ("参照公务员法管理", "参公管理"),
];
const POLITICAL_WORDS: &[(&str, &str)] = &[
    ("党员", "中共党员"),
    ("预备党员", "中共预备党员"),
    ("团员", "共青团员"),
    ("无党派民主人士", "无党派人士"),
    ("无党派", "无党派人士"),
    ("普通公民", "群众"),
];
const STATE_WORDS: &[(&str, &str)] = &[("现任", "在任"), ("已免职", "已免")];

/// 民族 (GB/T 3304), and the two that the standard lists apart.
pub(crate) const NATIONS: &[&str] = &[
    "汉族",
    "蒙古族",
    "回族",
    "藏族",
    "维吾尔族",
    "苗族",
    "彝族",
    "壮族",
    "布依族",
    "朝鲜族",
    "满族",
    "侗族",
    "瑶族",
    "白族",
    "土家族",
    "哈尼族",
    "哈萨克族",
    "傣族",
    "黎族",
    "傈僳族",
    "佤族",
    "畲族",
    "高山族",
    "拉祜族",
    "水族",
    "东乡族",
    "纳西族",
    "景颇族",
    "柯尔克孜族",
    "土族",
    "达斡尔族",
    "仫佬族",
    "羌族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "塔吉克族",
    "怒族",
    "乌孜别克族",
    "俄罗斯族",
    "鄂温克族",
    "德昂族",
    "保安族",
    "裕固族",
    "京族",
    "塔塔尔族",
    "独龙族",
    "鄂伦春族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
    "其他",
    "外国血统中国籍人士",
];
const NATION_WORDS: &[(&str, &str)] = &[
    ("汉", "汉族"),
    ("回", "回族"),
    ("藏", "藏族"),
    ("苗", "苗族"),
    ("彝", "彝族"),
    ("壮", "壮族"),
    ("满", "满族"),
    ("侗", "侗族"),
    ("瑶", "瑶族"),
    ("白", "白族"),
    ("傣", "傣族"),
    ("黎", "黎族"),
    ("蒙古", "蒙古族"),
    ("维吾尔", "维吾尔族"),
    ("01", "汉族"),
    ("1", "汉族"),
];

/// Results that the sheet proposes; more wordings are understood (5.9).
const RESULTS: &[&str] = &["优秀", "称职", "基本称职", "不称职", "不定等次", "不进行考核"];

const EDUCATION: &[&str] =
    &["博士研究生", "硕士研究生", "大学本科", "大学专科", "中专", "高中", "初中"];
const DEGREES: &[&str] = &["博士", "硕士", "学士"];

type Header = &'static [&'static str];

const fn text(key: &'static str, header: Header) -> Column {
    Column::new(key, header, Kind::Text).personal()
}

const fn date(key: &'static str, header: Header) -> Column {
    Column::new(key, header, Kind::Date).personal()
}

const fn list(key: &'static str, header: Header, options: &'static [&'static str]) -> Column {
    Column::new(key, header, Kind::Choice(options))
}

const fn yes(key: &'static str, header: Header) -> Column {
    list(key, header, YES_NO).synonyms(YES_NO_WORDS)
}

const fn year(key: &'static str, header: Header) -> Column {
    Column::new(key, header, Kind::Year)
}

const fn result(key: &'static str, header: Header) -> Column {
    text(key, header).suggestions(RESULTS)
}

/// The customary 67 columns in seven blocks, and those that we added. `A….` are the codes
/// of the national system, which are taken as headers.
const COLUMNS: &[Column] = &[
    Column::new("serial", &["基础信息", "序号"], Kind::Count).width(6),
    text("unit_name", &["基础信息", "单位"]).width(24).aliases(&["单位名称", "工作单位"]),
    text("name", &["基础信息", "姓名"]).required().width(10).aliases(&["A0101"]),
    Column::new("identity_number", &["基础信息", "身份证号"], Kind::IdentityNumber)
        .required()
        .personal()
        .aliases(&["A0184", "身份证号码", "公民身份号码", "公民身份证号码"]),
    list("establishment", &["基础信息", "编制类型"], ESTABLISHMENTS)
        .aliases(&["A0121"])
        .synonyms(ESTABLISHMENT_WORDS),
    date("registered_on", &["基础信息", "公务员登记时间"]),
    list("sex", &["基础信息", "性别"], SEXES)
        .personal()
        .width(6)
        .aliases(&["A0104"])
        .synonyms(SEX_WORDS),
    list("nation", &["基础信息", "民族"], NATIONS)
        .personal()
        .width(9)
        .aliases(&["A0117"])
        .synonyms(NATION_WORDS),
    Column::new("birth_month", &["基础信息", "出生年月"], Kind::Month)
        .personal()
        .aliases(&["A0107", "出生日期"]),
    text("native_place", &["基础信息", "籍贯"]).aliases(&["A0111A"]),
    list("political_status", &["基础信息", "政治面貌"], POLITICAL_STATUSES)
        .personal()
        .aliases(&["A0141"])
        .synonyms(POLITICAL_WORDS),
    date("joined_on", &["基础信息", "入党（团）时间"]).aliases(&["A0144", "入党时间"]),
    date("work_started_on", &["基础信息", "参加工作时间"]).aliases(&["A0134"]),
    yes("grass_roots_two_years", &["基础信息", "是否具有两年以上基层工作经历"]).width(16),
    text("full_time_education", &["基础信息", "全日制教育", "学历"]).suggestions(EDUCATION),
    text("full_time_degree", &["基础信息", "全日制教育", "学位"]).suggestions(DEGREES),
    text("full_time_school", &["基础信息", "全日制教育", "学校"]).width(20),
    text("full_time_major", &["基础信息", "全日制教育", "专业"]),
    text("on_job_education", &["基础信息", "在职教育", "学历"]).suggestions(EDUCATION),
    text("on_job_degree", &["基础信息", "在职教育", "学位"]).suggestions(DEGREES),
    text("on_job_school", &["基础信息", "在职教育", "学校"]).width(20),
    text("on_job_major", &["基础信息", "在职教育", "专业"]),
    list("post_level", &["领导职务信息", "现任职务"], LEVELS)
        .aliases(&["A0221", "现职务层次"])
        .synonyms(LEVEL_WORDS),
    text("post_title", &["领导职务信息", "职务名称"]).width(24).aliases(&["A0192", "单位及职务"]),
    date("post_since", &["领导职务信息", "现任职务时间"]),
    list("post_way", &["领导职务信息", "任职方式"], WAYS),
    date("post_same_level_since", &["领导职务信息", "同级职务任职时间"])
        .aliases(&["A0288", "任现职务层次时间"]),
    yes("post_concurrent", &["领导职务信息", "是否兼任"]),
    date("post_approved_on", &["领导职务信息", "审批通过时间"]),
    text("conversion_rank", &["职级套转信息", "套转职级"]),
    date("conversion_on", &["职级套转信息", "套转时间"]).aliases(&["职级套转时间"]),
    date("conversion_same_level_since", &["职级套转信息", "同级职级任职时间"]),
    yes("conversion_ex_military", &["职级套转信息", "军转不占职数"]),
    date("conversion_approved_on", &["职级套转信息", "审批时间"]),
    text("separate_title", &["实名制（单列）", "职务名称"]).width(20),
    date("separate_since", &["实名制（单列）", "任职时间"]),
    list("separate_reason", &["实名制（单列）", "单列管理事由"], SEPARATE_REASONS),
    date("separate_approved_on", &["实名制（单列）", "审批时间"]),
    date("separate_same_level_since", &["实名制（单列）", "同职务层次时间"]),
    text("rank", &["职级任免", "现任职级"]).aliases(&["A0192E", "现职级"]),
    date("rank_since", &["职级任免", "任职级时间"]).aliases(&["A0192C"]),
    list("rank_reason", &["职级任免", "任职级事由"], RANK_REASONS),
    date("rank_approved_on", &["职级任免", "审批通过日期"]),
    Column::new("rank_batch", &["职级任免", "批次"], Kind::Text).suggestions(&[
        "首次套改",
        "第1批",
        "第2批",
        "第3批",
        "第4批",
        "第5批",
    ]),
    date("rank_ended_on", &["职级任免", "免职级时间"]),
    list("rank_end_reason", &["职级任免", "免职级事由"], RANK_END_REASONS),
    Column::new("rank_vote", &["职级任免", "民主测评结果"], Kind::Percent).personal().width(12),
    date("rank_terminated_on", &["职级任免", "终止日期"]),
    list("rank_state", &["职级任免", "状态"], RANK_STATES).width(7).synonyms(STATE_WORDS),
    text("commendation", &["奖惩信息", "奖励名称"]).width(20).aliases(&["A14Z101", "奖惩综述"]),
    text("commendation_time", &["奖惩信息", "奖励时间"]),
    text("commendation_authority", &["奖惩信息", "奖励批准机关"]),
    text("commendation_document", &["奖惩信息", "奖励文号"]),
    text("sanction", &["奖惩信息", "处分名称"]).width(20),
    text("sanction_time", &["奖惩信息", "处分时间"]),
    text("sanction_authority", &["奖惩信息", "处分批准机关"]),
    text("sanction_lifted", &["奖惩信息", "处分解除时间"]),
    year("assessment_year_1", &["近五年考核信息", "年份1"]),
    result("assessment_result_1", &["近五年考核信息", "结果1"]),
    year("assessment_year_2", &["近五年考核信息", "年份2"]),
    result("assessment_result_2", &["近五年考核信息", "结果2"]),
    year("assessment_year_3", &["近五年考核信息", "年份3"]),
    result("assessment_result_3", &["近五年考核信息", "结果3"]),
    year("assessment_year_4", &["近五年考核信息", "年份4"]),
    result("assessment_result_4", &["近五年考核信息", "结果4"]),
    year("assessment_year_5", &["近五年考核信息", "年份5"]),
    result("assessment_result_5", &["近五年考核信息", "结果5"]),
    Column::new("unit_id", &["系统信息", "单位代码"], Kind::Text).ours(),
    Column::new("id", &["系统信息", "人员代码"], Kind::Text).ours().aliases(&["A0000"]),
];

/// Keys of the years and results of assessments, in the form's order.
pub(crate) const ASSESSMENT_KEYS: [(&str, &str); 5] = [
    ("assessment_year_1", "assessment_result_1"),
    ("assessment_year_2", "assessment_result_2"),
    ("assessment_year_3", "assessment_result_3"),
    ("assessment_year_4", "assessment_result_4"),
    ("assessment_year_5", "assessment_result_5"),
];

/// The roster (人员信息, 花名册).
pub static FORM: Form = Form { title: "人员信息", columns: COLUMNS };

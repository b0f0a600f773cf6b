//! The columns of the unit form (8.5), and the words of its lists.

use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};

use crate::convert::choice;
use crate::form::{Column, Form, Kind};

choice! {
    /// 单位性质
    pub enum UnitNature / NATURES {
        "机关单位" => Organ,
        "参公管理的事业单位" => ReferencedInstitution,
        "参公管理的群团组织" => ReferencedMassOrganisation,
    }
}

choice! {
    /// 单位级别, of units of counties and below.
    pub enum UnitLevel / LEVELS {
        "正县级" => County,
        "副县级" => ViceCounty,
        "乡科级" => Township,
    }
}

choice! {
    Tier / TIERS {
        "中央" => Central,
        "省级" => Province,
        "市级" => Prefecture,
        "县级" => County,
        "乡镇" => Township,
    }
}

choice! {
    Standing / STANDINGS {
        "一般" => Ordinary,
        "正部级机关" => Ministry,
        "副部级机关" => ViceMinistry,
        "副省级城市" => SubProvincialCity,
        "副省级城市的区" => SubProvincialDistrict,
        "直辖市的区" => MunicipalityDistrict,
    }
}

choice! {
    UnitGrade / GRADES {
        "正部级" => Ministerial,
        "副部级" => ViceMinisterial,
        "正厅级" => Bureau,
        "副厅级" => ViceBureau,
        "正处级" => Division,
        "副处级" => ViceDivision,
        "正科级" => Section,
        "副科级" => ViceSection,
    }
}

choice! {
    UnitKind / KINDS {
        "机关" => Organ,
        "领导班子" => LeadingGroup,
        "直属单位" => DirectlyAffiliated,
        "派出机构" => Dispatched,
        "垂直管理部门" => Vertical,
        "参照管理单位" => ReferencedUnit,
    }
}

const NATURE_WORDS: &[(&str, &str)] = &[
    ("机关", "机关单位"),
    ("行政机关", "机关单位"),
    ("党的机关", "机关单位"),
    ("参公事业单位", "参公管理的事业单位"),
    ("参照公务员法管理的事业单位", "参公管理的事业单位"),
    ("参公群团组织", "参公管理的群团组织"),
    ("参照公务员法管理的群团组织", "参公管理的群团组织"),
];

const TIER_WORDS: &[(&str, &str)] = &[
    ("省", "省级"),
    ("市", "市级"),
    ("地市级", "市级"),
    ("县", "县级"),
    ("区县级", "县级"),
    ("乡", "乡镇"),
    ("镇", "乡镇"),
    ("乡级", "乡镇"),
    ("乡镇级", "乡镇"),
];

const GRADE_WORDS: &[(&str, &str)] = &[
    ("正省级", "正部级"),
    ("正省部级", "正部级"),
    ("副省级", "副部级"),
    ("副省部级", "副部级"),
    ("正厅局级", "正厅级"),
    ("副厅局级", "副厅级"),
    ("正县级", "正处级"),
    ("正县处级", "正处级"),
    ("副县级", "副处级"),
    ("副县处级", "副处级"),
    ("正乡科级", "正科级"),
    ("副乡科级", "副科级"),
];

const LEVEL_WORDS: &[(&str, &str)] =
    &[("正处级", "正县级"), ("副处级", "副县级"), ("正科级", "乡科级"), ("科级", "乡科级")];

const fn count(key: &'static str, header: &'static [&'static str]) -> Column {
    Column::new(key, header, Kind::Count)
}

const fn text(key: &'static str, header: &'static [&'static str]) -> Column {
    Column::new(key, header, Kind::Text)
}

/// The customary 27 columns, and those that we added. `B….` are the codes of the national
/// system, which are taken as headers.
pub(crate) const COLUMNS: &[Column] = &[
    text("name", &["单位名称"]).required().width(30).aliases(&["B0101", "公章名称", "机构名称"]),
    Column::new("credit_code", &["统一社会信用代码"], Kind::CreditCode),
    text("supervisor", &["主管单位"]).width(24).aliases(&["主管部门"]),
    text("province", &["所在省"]),
    text("prefecture", &["所在市"]),
    text("county", &["所在县（区）"]).aliases(&["所在县", "所在县区"]),
    Column::new("nature", &["单位性质"], Kind::Choice(NATURES))
        .width(20)
        .aliases(&["B0131"])
        .synonyms(NATURE_WORDS),
    text("affiliation", &["隶属关系"]).aliases(&["B0124"]),
    text("sequence", &["所属序列"]).suggestions(&["党群", "政法", "政府", "人大政协", "乡镇"]),
    Column::new("level", &["单位级别"], Kind::Choice(LEVELS)).synonyms(LEVEL_WORDS),
    count("administrative_slots", &["行政编制数"]).aliases(&["B0227"]),
    count("administrative_headcount", &["（行政）实有人数"]).width(12),
    count("referenced_slots", &["参照公务员法管理事业单位编制数"]).width(16).aliases(&["B0232"]),
    count("referenced_headcount", &["（参公）实有人数"]).width(12),
    Column::new("approved_on", &["参照公务员法管理审批时间"], Kind::Date)
        .width(16)
        .aliases(&["B0238"]),
    Column::new("approval_number", &["参照公务员法管理审批文号"], Kind::DocumentNumber)
        .width(22)
        .aliases(&["B0239"]),
    count("division_chief_seats", &["县处级正职领导职数"]),
    count("division_deputy_seats", &["县处级副职领导职数"]),
    count("section_chief_seats", &["乡科级正职领导职数"]),
    count("section_deputy_seats", &["乡科级副职领导职数"]),
    count("researcher_upper_seats", &["一二级调研员职数"]),
    count("researcher_lower_seats", &["三四级调研员职数"]),
    count("clerk_upper_seats", &["一二级主任科员职数"]),
    count("clerk_lower_seats", &["三四级主任科员职数"]),
    text("contact", &["联系人"]).personal(),
    Column::new("phone", &["联系电话"], Kind::Phone).personal(),
    text("note", &["备注"]).width(24).aliases(&["B0180"]),
    text("id", &["单位代码"]).ours().aliases(&["B0114", "机构编码"]),
    text("parent_id", &["上级单位代码"]).ours().aliases(&["B0121"]),
    text("supervisor_id", &["主管单位代码"]).ours(),
    Column::new("division", &["行政区划代码"], Kind::DivisionCode).ours().aliases(&["B0117"]),
    Column::new("tier", &["层级"], Kind::Choice(TIERS)).ours().synonyms(TIER_WORDS),
    Column::new("standing", &["层级类型"], Kind::Choice(STANDINGS)).ours(),
    Column::new("grade", &["机构规格"], Kind::Choice(GRADES))
        .ours()
        .aliases(&["B0127", "机构级别"])
        .synonyms(GRADE_WORDS),
    Column::new("kind", &["机构类型"], Kind::Choice(KINDS)).ours(),
    count("political_legal_slots", &["政法专项编制数"]).ours(),
    count("institution_slots", &["事业编制数（非参照）"]).ours().width(12).aliases(&["B0233"]),
    count("logistics_slots", &["工勤编制数"]).ours().aliases(&["B0236"]),
    count("leading_group_seats", &["领导班子职数"]).ours(),
];

/// The unit form (单位基本情况).
pub static FORM: Form = Form { title: "单位基本情况", columns: COLUMNS };

//! Detectors (违规识别, §6.9): what facts of the registers, of the ledger and of promotions say is
//! wrong. They find; people decide what becomes of it.

mod person;
mod promotion;
mod seat;
mod unit;

use quanheng_policy::condition::{Facts, Value};
use quanheng_policy::{PersonId, UnitId};
use serde::Serialize;

pub use person::{RegisteredPerson, Slot, detect_person};
pub use promotion::{PromotionRecord, detect_promotion};
pub use seat::{AccountFacts, SeatFacts, detect_account, detect_seat};
pub use unit::{
    Approval, CentralFiling, FunctionOfUnit, NameFacts, ReferencedUnit, StaffOfFunctions,
    UnsettledChange, central_filing_due, detect_central_filing, detect_change, detect_functions,
    detect_name, detect_scopes, detect_staff, detect_unit,
};

macro_rules! detectors {
    ($($(#[$doc:meta])* $detector:ident: $code:literal, $label:literal, $article:literal;)+) => {
        /// A detector (问题代码).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Detector {
            $($(#[$doc])* #[serde(rename = $code)] $detector,)+
        }

        impl Detector {
            /// All detectors.
            pub const ALL: &'static [Self] = &[$(Self::$detector),+];

            /// The stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$detector => $code,)+ }
            }

            /// What it finds, in Chinese.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$detector => $label,)+ }
            }

            /// The article that is broken.
            #[must_use]
            pub fn article(self) -> &'static str {
                match self { $(Self::$detector => $article,)+ }
            }
        }
    };
}

detectors! {
    /// A unit is referenced that should not be.
    IrregularUnit: "V-RC-1", "违规参照管理登记(单位)", "参照公务员法管理的单位审批办法;违规参照管理登记";
    /// A person is registered that should not be.
    IrregularPerson: "V-RC-2", "违规登记(人员)", "参照公务员法管理的单位审批办法;违规参照管理登记";
    /// A unit stays referenced without any function.
    FunctionsGone: "V-RC-3", "职能全部划出仍参照管理", "公务员法第一百一十二条";
    /// Counts have grown.
    CountsGrown: "V-RC-4", "突破只减不增", "机构改革后参照管理单位数和编制数应较机构改革前只减不增";
    /// A new name was not filed.
    NameNotFiled: "V-RC-5", "更名未备案", "名称调整等情形进行备案管理";
    /// An approval was not filed with the central authority in time.
    CentralFilingLate: "V-RC-6", "逾期未报中央备案", "参照公务员法管理的单位审批办法第六条";
    /// A holder belongs to the parent organ.
    ParentOccupies: "V-QT-1", "机关占用所属参照管理单位职级职数", "机关占用所属参照管理单位职级职数";
    /// A holder belongs to a higher tier.
    UpwardUse: "V-QT-2", "上级占用基层职数", "严格执行上级机关不得占用基层职数政策";
    /// More seats are taken than there are, and no plan mends it.
    OverQuota: "V-QT-3", "超职数配备", "公务员法第四十三条;超职数配备职级";
    /// A seat was taken without a review, or not filed.
    UseNotReviewed: "V-QT-4", "未经预审使用职数或逾期未备案", "职数使用预审、职数使用后备案";
    /// A promotion was not as the law has it.
    IrregularPromotion: "V-PR-1", "违规晋升职级", "职务与职级并行规定第十八条至第二十一条";
    /// Functions moved and staff did not.
    StaffNotMoved: "staff_not_moved_with_function", "人员未随职能划转", "少数参照管理单位人员未随职能划转";
    /// A change takes a procedure that nobody has begun.
    CaseNotBrought: "case_not_brought", "机构变动未办理",
        "对划转为行政机关的及时批准退出;名称调整等情形进行备案管理;职能调整等情形及时进行重新认定";
}

/// About what an issue is (问题对象).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// 单位
    Unit(UnitId),
    /// 人员
    Person(PersonId),
    /// 职数账户, by its name.
    Account(String),
    /// 范围, for people.
    Scope(String),
}

/// What a detector found (问题).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// The detector.
    pub detector: Detector,
    /// What exactly is wrong: stable, in lower case with underscores.
    pub cause: &'static str,
    /// About what.
    pub subject: Subject,
    /// The figures and dates that it rests on.
    pub facts: Facts,
    /// The article that is broken.
    pub article: String,
    /// For people, in Chinese.
    pub message: String,
}

impl Issue {
    pub(crate) fn new(
        detector: Detector,
        cause: &'static str,
        subject: Subject,
        message: impl Into<String>,
    ) -> Self {
        let article = detector.article().to_owned();
        Self { detector, cause, subject, facts: Facts::new(), article, message: message.into() }
    }

    pub(crate) fn fact(mut self, name: &str, value: Value) -> Self {
        self.facts.insert(name.to_owned(), value);
        self
    }
}

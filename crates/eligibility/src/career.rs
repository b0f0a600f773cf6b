//! What rules read of a person (人员履历事实).

use jiff::civil::Date;
use quanheng_policy::class::UnitFacts;
use quanheng_policy::condition::Facts;
use quanheng_policy::{CategoryId, LevelId, PersonId, RankId};
use quanheng_register::person::{Conversion, RankReason};
use quanheng_register::private::{
    Assessment, Commendation, DayOrMonth, Investigation, Sanction, Sex,
};

/// What a person holds or held: a rank or a leadership post (职级或者领导职务).
#[derive(Clone, PartialEq, Eq)]
pub enum Holding {
    /// 职级, in the ladder of a position category.
    Rank {
        /// 职位类别
        category: CategoryId,
        /// 职级
        rank: RankId,
    },
    /// 领导职务, by its level; only the main one, never one held beside it (兼任).
    Post {
        /// 领导职务层次
        level: LevelId,
    },
}

/// A time in a rank or a leadership post (任职经历).
#[derive(Clone, PartialEq, Eq)]
pub struct Spell {
    /// What was held.
    pub holding: Holding,
    /// From when (任职时间).
    pub from: Date,
    /// The first day on which it was no longer held; none while it is.
    pub to: Option<Date>,
    /// Why a rank was taken; none of posts. Promotions after the conversion and lowerings
    /// are recognised by it.
    pub reason: Option<RankReason>,
}

/// Time at the level of a rank before the spells begin, known as a number only
/// (此前同层次任职月数).
#[derive(Clone, PartialEq, Eq)]
pub struct PriorTime {
    /// What was held then.
    pub holding: Holding,
    /// For how many months.
    pub months: u32,
}

/// A professional qualification (任职资格).
#[derive(Clone, PartialEq, Eq)]
pub struct Qualification {
    /// For which ladder (警务技术、专业技术类).
    pub category: CategoryId,
    /// Its level, by its id in policy: `senior_deputy`.
    pub level: String,
    /// From when it is valid.
    pub from: Date,
    /// The first day on which it is no longer valid, if any.
    pub to: Option<Date>,
}

/// Everything about a person that the rules of this crate read.
///
/// A career holds facts as they are known, each with its own dates. A rule that is asked
/// about a day looks only at what had happened by then: a sanction that took effect later,
/// or a result that was confirmed later, is not there yet. Only [`in_service`], [`category`],
/// [`unit`] and [`extra`] are of one day, the one for which the career was made.
///
/// Time under the county scheme of 2015 (县以下机关职级并行) that one promotion may use is
/// written as [`same_level_since`]: it lengthens the spell that the scheme's rank was
/// converted to, and no other.
///
/// It never says in its `Debug` what it holds (personal files are sensitive, §8.10).
///
/// [`in_service`]: Self::in_service
/// [`category`]: Self::category
/// [`unit`]: Self::unit
/// [`extra`]: Self::extra
/// [`same_level_since`]: Self::same_level_since
#[derive(Clone, PartialEq, Eq)]
pub struct Career {
    /// The person's name in the register.
    pub person: PersonId,
    /// 性别
    pub sex: Sex,
    /// 出生日期 (档案认定), to the day or the month.
    pub birth: DayOrMonth,
    /// 参加工作时间
    pub work_started: Option<DayOrMonth>,
    /// 工勤人员: of a worker's slot, not a cadre's.
    pub worker: bool,
    /// Whether in service (在职).
    pub in_service: bool,
    /// 职位类别 of the slot; none out of service.
    pub category: Option<CategoryId>,
    /// What the class of the unit is found by, where the unit is known.
    pub unit: Option<UnitFacts>,
    /// 现级别, 27 the lowest and 1 the highest.
    pub pay_grade: Option<u8>,
    /// Times in ranks and main leadership posts, in any order.
    pub spells: Vec<Spell>,
    /// Time before them that is known as a number only.
    pub prior: Vec<PriorTime>,
    /// 任同职务层次时间 of the file, where the spells do not reach back so far.
    pub same_level_since: Option<Date>,
    /// 首次套转 of 2019 and what of the time before it was used up since (§5.4).
    pub conversion: Option<Conversion>,
    /// 年度考核, in any order. Of two of one year the one that was confirmed last counts.
    pub assessments: Vec<Assessment>,
    /// 奖励
    pub commendations: Vec<Commendation>,
    /// 处分、诫勉、组织处理
    pub sanctions: Vec<Sanction>,
    /// 立案审查调查
    pub investigations: Vec<Investigation>,
    /// 任职资格
    pub qualifications: Vec<Qualification>,
    /// Further facts that local conditions ask for (地方附加事实), by name. A name of
    /// [`crate::facts`] is never overridden by them.
    pub extra: Facts,
}

/// Says that there is one, and nothing of what it holds.
macro_rules! debug_hides {
    ($($type:ident),*) => {
        $(impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        })*
    };
}
pub(crate) use debug_hides;

debug_hides!(Holding, Spell, PriorTime, Qualification, Career);
